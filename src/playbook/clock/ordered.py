"""The event log in order, and the one question the clock asks of it: what came first, at or after this?

Cases know nothing of each other, so the log is answered in shards: ranges of cases, small enough to stay near the
processor. In a shard the events are sorted once, by case and time; a case is a range of rows. Per activity a table
says, for every row, which row is its next; "the first of these activities from here on" is the least of a few look-ups.

Of some events only the day is known, or that they happened between two moments. Each event has an early moment and a
late one, and the order is that of the late ones (of two that are the same, of the early ones). What came "at or after"
an event, its late moment not before the other's early one, is then all that stands in its case from one row on. In a
log without doubt both are the moment itself, one array under three names, and that row is the first of its instant.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.clock.conditions import SAYS_NOTHING, Condition
from playbook.clock.known import EventLog
from playbook.days.calendar import CalendarBook, Days, Moments
from playbook.rules.nouns import Playbook

NEVER = int(np.iinfo(np.int64).max)
"""The moment of what has not happened: later than any other."""

Rows = npt.NDArray[np.signedinteger]
Cases = npt.NDArray[np.uint32]
Codes = npt.NDArray[np.uint16]
Flags = npt.NDArray[np.bool_]

Ends = Callable[["OrderedLog", str], Rows]

_MARK = "?"  # in the name of what is no activity by itself, but some events of one
_SHARD = 1 << 18  # events: few enough to stay near the processor and out of memory, enough for a shard's fixed cost
_NO_DAY = int(np.iinfo(np.int32).min)
_BITS = 32  # of an event's own place, in an integer that holds its case and its place
_PLACE = (1 << _BITS) - 1


def _of(activity: str) -> str:
    """The activity of which a name with a mark stands for some events."""
    return activity.partition(_MARK)[0]


@dataclass(frozen=True, slots=True)
class Came:
    """When something came, one element each: its timestamp, and between which moments; `NEVER` where it did not come.

    Where nothing is in doubt all three are the same array.
    """

    at: Moments
    early: Moments
    late: Moments

    @classmethod
    def exactly(cls, at: Moments) -> Came:
        """What came at known moments."""
        return cls(at, at, at)

    @property
    def doubtful(self) -> bool:
        """Some of it may have come before its late moment."""
        return self.early is not self.late

    def only(self, kept: Flags | Rows) -> Came:
        """Some of it."""
        return self._each(lambda own: own[kept])

    def with_end(self) -> Came:
        """What came, and at last what never did."""
        return self._each(lambda own: np.append(own, NEVER))

    def _each(self, of: Callable[[Moments], Moments]) -> Came:
        """The same of all three; what is one array stays one, so that nothing is done twice."""
        at = of(self.at)
        if not self.doubtful:
            return Came.exactly(at)
        return Came(at, at if self.early is self.at else of(self.early), of(self.late))

    def exact_if_known(self) -> Came:
        """The same, as one array where nothing is in doubt."""
        return self if self.doubtful and (self.early != self.late).any() else Came.exactly(self.at)

    def or_sooner(self, other: Moments) -> Came:
        """The first of each and of another moment, which is known exactly."""
        if not self.doubtful:
            return Came.exactly(np.minimum(self.at, other))
        sooner = other < self.late
        return Came(*(np.where(sooner, other, own) for own in (self.at, self.early, self.late)))


@dataclass(frozen=True, slots=True)
class CaseRange:
    """Some cases of one playbook, in order of their number; `first` stands before them all, `events` are theirs."""

    playbook: Playbook
    case_no: Cases
    first: int
    events: slice


@dataclass(frozen=True)
class EventArrays:
    """The observed events that some rules ask about, in order of their timestamps: one element per event.

    `at`, `early`, `late`: its timestamp and the moments it came between, in microseconds since 1970-01-01 UTC; the
    same array where none is in doubt. `told`: since when each is known, where that is asked. `widest`: the
    longest that any is in doubt. `activity`: its number in `numbers`.
    `said`: per condition that events have a column for, what each says of it, and at last what the clock's own say,
    nothing. `keys`: per column that answers match by, the number of what each event has there, 0 for nothing (and at
    last, of the clock's own). `dates`: per planned date that events name, the day of each. `order`: the events by case
    and timestamp, shard after shard, each as one integer: where its case stands among those of all shards, then its own
    place. All moments, those that the clock may record too, lie within `width` microseconds from `first`.
    """

    at: Moments
    early: Moments
    late: Moments
    told: Moments
    widest: int
    activity: Codes
    said: Mapping[Condition, npt.NDArray[np.int8]]
    keys: Mapping[str, npt.NDArray[np.int32]]
    dates: Mapping[str, Days]
    order: Rows
    numbers: Mapping[str, int]
    first: int
    width: int
    calendars: CalendarBook
    shards: Sequence[CaseRange]

    @classmethod
    def of(
        cls,
        log: EventLog,
        activities: Collection[str],
        conditions: Collection[Condition] = (),
        keyed: Mapping[str, Collection[str]] | None = None,
        toward: Collection[str] = (),
        *,
        told: bool = False,
    ) -> EventArrays:
        """The events of some activities, and what they say of some conditions.

        `keyed`: per column that answers match by, the activities whose cells matter; `toward`: planned dates that an
        event may name itself; `told`: say since when each event is known.
        """
        names, columns = sorted(activities), log.events.collect_schema().names()
        asked = {f"said:{n}": condition for n, condition in enumerate(conditions) if condition.column in columns}
        matched = {f"key:{name}": (name, of) for name, of in (keyed or {}).items() if name in columns}
        dates = sorted(set(toward) & set(columns))
        events = _collected(log, names, asked, matched, dates, told=told)
        calendars = log.calendars[0]
        first, last = calendars.starts[[0, -1]].tolist()
        at = events["at"].to_numpy()
        early, late = _between(events, at, calendars)
        groups = list(_groups(log, most_cases(len(events), len(log.cases), last - first)))
        place, begins = np.zeros(len(log.cases), np.int64), np.cumsum([0, *(len(own) for _, own in groups)])
        for begin, (_, own) in zip(begins, groups, strict=False):
            place[own] = np.arange(begin, begin + len(own))
        place <<= _BITS
        order = place[events["case_no"].to_numpy()]
        order |= np.arange(len(order))
        order.sort()  # plain integers are sorted many times faster than anything else is put in order
        ends = np.searchsorted(order, begins << _BITS).tolist()
        return cls(
            at,
            early,
            late,
            events["told"].to_numpy() if told else at,
            int((late - early).max(initial=0)) if late is not early else 0,
            events["activity"].to_numpy(),
            {one: events[name].extend_constant(SAYS_NOTHING, 1).to_numpy() for name, one in asked.items()},
            {column: _numbered(events[name]) for name, (column, _) in matched.items()},
            {name: events[f"date:{name}"].fill_null(_NO_DAY).extend_constant(_NO_DAY, 1).to_numpy() for name in dates},
            order,
            {name: number for number, name in enumerate(names)},
            first,
            last - first,
            calendars,
            [
                CaseRange(book, own, int(begin), slice(start, stop))
                for (book, own), begin, start, stop in zip(groups, begins, ends, ends[1:], strict=False)
            ],
        )

    def ordered(self, shard: CaseRange, ends: Ends) -> OrderedLog:
        """The events of one shard, in order; `ends`: see `OrderedLog`."""
        order = self.order[shard.events]
        case, source = (order >> _BITS) - shard.first, order & _PLACE
        at = self.at[source]
        came = Came.exactly(at)
        if self.late is not self.early:
            late, early = self.late[source], at if self.early is self.at else self.early[source]
            doubted = np.zeros(len(shard.case_no), np.bool_)
            doubted[case[early != late]] = True
            rows = np.flatnonzero(doubted[case])  # only there an event may stand elsewhere than its timestamp says
            placed = rows[places_in_order(at[rows], early[rows], late[rows], case[rows])]
            for own in (source, at, late) if early is at else (source, at, late, early):
                own[rows] = own[placed]
            came = Came(at, early, late) if len(rows) else came
        return OrderedLog(self, shard.case_no, case, came, self.activity[source], source, ends)

    def key(self, case: Rows, at: Moments) -> Moments:
        """Case and moment in one integer; moments outside the known time as the nearest just outside."""
        return case * (self.width + 2) + np.clip(at - self.first, -1, self.width)


def _numbered(cells: pl.Series) -> npt.NDArray[np.int32]:
    """The number of what each cell says, from 1; 0 for nothing, and once more at last."""
    words = pl.Enum(cells.drop_nulls().unique())
    number = cells.cast(words).to_physical().cast(pl.Int32) + 1
    return number.fill_null(0).extend_constant(0, 1).to_numpy()


def _between(events: pl.DataFrame, at: Moments, calendars: CalendarBook) -> tuple[Moments, Moments]:
    """The moments that each event came between; the very array of its timestamps where none is in doubt."""
    early = at
    if "earliest" in events.columns and events["earliest"].null_count() < len(events):
        early = np.minimum(events["earliest"].fill_null(NEVER).to_numpy(), at)
    whole = calendars.whole_days(at)
    if not len(whole):
        return early, at
    late = at.copy()
    late[whole] = calendars.end(calendars.day_of(at[whole]))
    return early, late


def places_in_order(*keys: npt.NDArray[np.integer]) -> Rows:
    """The places of rows in order of some keys of integers, the last first; rows that are alike as they stand.

    As numpy's lexsort, in a fifth of its time: of a key, as many bits as fit above a place in one integer are put in
    order at once, for plain integers are sorted many times faster than anything else is put in order.

    >>> places_in_order(np.array([3, 1, 2, 1]), np.array([0, 5, 0, 5])).tolist()
    [2, 0, 1, 3]
    """
    order = np.arange(len(keys[0]))
    bits = np.uint64(len(order).bit_length())
    at_once, place = np.uint64(64) - bits, (np.uint64(1) << bits) - np.uint64(1)
    for key in keys if len(order) else ():
        left = (key.astype(np.int64, copy=False) - key.min()).view(np.uint64)
        while left.any():
            packed = (left[order] << bits) | np.arange(len(order), dtype=np.uint64)
            packed.sort()
            order = order[(packed & place).view(np.int64)]
            left = left >> at_once
    return order


def most_cases(events: int, cases: int, width: int) -> int:
    """How many cases a shard may have: about so many events, and a case and a moment of it in one integer."""
    return max(1, min(_SHARD * cases // max(events, 1), NEVER // (width + 2) - 1))


def _collected(
    log: EventLog,
    activities: Sequence[str],
    asked: Mapping[str, Condition],
    matched: Mapping[str, tuple[str, Collection[str]]],
    dates: Sequence[str],
    *,
    told: bool,
) -> pl.DataFrame:
    activity = pl.col("activity").cast(pl.String).cast(pl.Enum(activities), strict=False).to_physical()
    said = {name: condition.of_event for name, condition in asked.items()}
    cells = {name: pl.when(pl.col("activity").is_in(list(of))).then(pl.col(column).cast(pl.String))
             for name, (column, of) in matched.items()}  # fmt: skip
    said |= {f"date:{name}": pl.col(name).cast(pl.Int32) for name in dates}
    if told:
        said["told"] = pl.coalesce("recorded_at", "timestamp").dt.epoch("us")
    if "earliest" in log.events.collect_schema():
        said["earliest"] = pl.col("earliest").dt.epoch("us")
    events = (
        log.events.filter(~pl.col("derived"))
        .with_columns(**cells)
        .with_columns(at=pl.col("timestamp").dt.epoch("us"), activity=activity.cast(pl.UInt16))
        .select("case_no", "at", "activity", *cells, **said)
        .filter(pl.col("activity").is_not_null())
        .collect(engine="streaming")
    )
    return events if events["at"].is_sorted() else events.sort("at")


def _groups(log: EventLog, most: int) -> Iterator[tuple[Playbook, Cases]]:
    """The cases of each playbook, so many at a time at most."""
    for book in log.playbooks:
        own = log.cases.filter(pl.col("playbook") == book.id)["case_no"].to_numpy()
        for start in range(0, len(own), most):
            yield book, own[start : start + most]


@dataclass(frozen=True)
class OrderedLog:
    """The events of the cases of one shard, sorted by case and time: one element per row.

    `case`: its place in `case_no`; `came`, `activity`: as in `arrays`; `source`: which event of `arrays` it is, -1
    where the clock itself recorded it. `ends`: the rows of what is no activity by itself, by a name with a `?`.
    """

    arrays: EventArrays
    case_no: Cases
    case: Rows
    came: Came
    activity: Codes
    source: Rows
    ends: Ends

    def with_derived(self, case: Rows, at: Moments, activity: str) -> OrderedLog:
        """The same log with events of one activity that the clock recorded; those that are there are not repeated."""
        own = self.rows(activity)
        key, one = np.unique(self.arrays.key(case, at), return_index=True)
        fresh = ~np.isin(key, self.arrays.key(self.case[own], self.came.at[own]))
        key, one = key[fresh], one[fresh]
        added, number = _exactly_or_that_day(at[one], self.arrays.calendars), self.arrays.numbers[activity]
        if self.doubtful or added.doubtful:
            return self._with_doubtful(case[one], added, number)
        return self._inserted(np.searchsorted(self.key, key), case[one], added, number)

    def _inserted(self, row: Rows, case: Rows, added: Came, number: int) -> OrderedLog:
        at = np.insert(self.came.at, row, added.at)
        came = Came.exactly(at)
        if self.doubtful or added.doubtful:
            whole = self.came.early is not self.came.at or added.early is not added.at
            early = np.insert(self.came.early, row, added.early) if whole else at
            came = Came(at, early, np.insert(self.came.late, row, added.late))
        return replace(
            self,
            case=np.insert(self.case, row, case),
            came=came,
            activity=np.insert(self.activity, row, np.uint16(number)),
            source=np.insert(self.source, row, -1),
        )

    def _with_doubtful(self, case: Rows, added: Came, number: int) -> OrderedLog:
        # Rows stand by case and `late`; only where two share both, all are put in order anew.
        there, key = self.arrays.key(self.case, self.came.late), self.arrays.key(case, added.late)
        by_late = np.argsort(key, kind="stable")
        key = key[by_late]
        row = np.searchsorted(there, key)
        if (np.diff(key) > 0).all() and (row == np.searchsorted(there, key, side="right")).all():
            return self._inserted(row, case[by_late], added.only(by_late), number)
        at, early, late = (
            np.concatenate([getattr(self.came, name), getattr(added, name)]) for name in ("at", "early", "late")
        )
        whole, none = np.concatenate([self.case, case]), np.full(len(case), -1)
        order = np.lexsort((at, early, late, whole))
        activity = np.concatenate([self.activity, np.full(len(case), number, np.uint16)])
        came = Came(at[order], early[order], late[order])
        source = np.concatenate([self.source, none])
        return replace(self, case=whole[order], came=came, activity=activity[order], source=source[order])

    def without_ended(self, activities: Collection[str]) -> OrderedLog:
        """The same log without the events of those cases in which nothing came after one of some activities."""
        ends = reduce(np.maximum, map(self._last, activities), np.full(len(self.case_no), -1))
        final = np.append(self.since, -1)[self._starts[1:] - 1]  # the last row of a case, as its instant
        if self.doubtful and self.end:
            final = np.maximum.reduceat(np.append(self.since, -1), np.minimum(self._starts[:-1], self.end))
        return self.of_cases(ends < final)

    def of_cases(self, kept: Flags) -> OrderedLog:
        """The same log with the events of some of its cases only."""
        rows = np.flatnonzero(kept[self.case])
        case, activity, source = self.case[rows], self.activity[rows], self.source[rows]
        return replace(self, case=case, came=self.came.only(rows).exact_if_known(), activity=activity, source=source)

    def derived(self) -> pl.DataFrame:
        """What the clock recorded: one row per derived event, `case_no, activity, at`."""
        rows = np.flatnonzero(self.source < 0)
        names = pl.Series(list(self.arrays.numbers), dtype=pl.String)
        activity = names.gather(self.activity[rows].astype(np.uint32))
        return pl.DataFrame({"case_no": self.case_no[self.case[rows]], "activity": activity, "at": self.came.at[rows]})

    @property
    def doubtful(self) -> bool:
        """Of some event it is in doubt when it came."""
        return self.came.doubtful

    # What came first: rows, and `end` where nothing came

    @property
    def end(self) -> int:
        """The row after the last."""
        return len(self.case)

    def rows(self, activity: str) -> Rows:
        """The rows of one activity, in order."""
        if _MARK in activity:
            if ("rows", activity) not in self._known:
                self._known["rows", activity] = self.ends(self, activity)
            return self._known["rows", activity]
        number = self.arrays.numbers[activity]
        return self._by_activity[self._of_activity[number] : self._of_activity[number + 1]]

    def when(self, rows: Rows) -> Came:
        """When the events of some rows came; for `end`, `NEVER`."""
        return self._came.only(rows)

    def next_after(self, own: str, activities: Collection[str], *, strictly: bool = False) -> Rows:
        """For each row of `own` the first of some activities in its case: not itself, at or after it.

        `strictly`: of its own activity only what came after it.
        """
        found = (self._next_after(own, one, strictly=strictly) for one in activities)
        return reduce(np.minimum, found, self._none(self.rows(own)))

    def none_after(self, own: str, activities: Collection[str], strictly: Collection[str] = ()) -> Flags:
        """For each row of `own` whether none of some activities came in its case: not itself, at or after it.

        Its own activity, where it is among those of `strictly`, after it.
        Asked of the last of them in each case, which is far less work than to find the first after each row.
        """
        others = [self._last(activity) for activity in activities if _of(activity) != own]
        limits = reduce(np.maximum, others, np.full(len(self.case_no), -1))[self._cases_of(own)]
        none = limits < self._since_of(own)
        for same in (activity for activity in activities if _of(activity) == own):
            if same == own and not self.doubtful:
                none &= self._last(own)[self._cases_of(own)] == self.rows(own)
            else:
                none &= self._next_after(own, same, strictly=same in strictly) == self.end
        return none

    def first_in_life(self, case: Rows, activities: Collection[str]) -> Rows:
        """The first of some activities in the whole life of cases."""
        return self._first(case, self._starts[case], activities)

    def first_since(self, case: Rows, since: Moments, activities: Collection[str], *, strictly: bool = False) -> Rows:
        """The first of some activities of a case at or after (or strictly after) a moment."""
        last = reduce(np.maximum, map(self._last, activities), np.full(len(self.case_no), -1))
        latest = np.where(last < 0, -NEVER, self._came.late[last])
        since = since + strictly
        asked = np.flatnonzero(latest[case] >= since)  # often few, and a moment is looked for far longer than compared
        rows = self._none(case)
        start = np.searchsorted(self.key, self.arrays.key(case[asked], since[asked]))
        rows[asked] = self._first(case[asked], start, activities)
        return rows

    def first_within(
        self, case: Rows, rows: Rows, until: Moments, activities: Collection[str], used: Sequence[Rows] = ()
    ) -> Rows:
        """From the first of some activities on, in each case: the first that came not after a moment, and is not used.

        `rows`: those first ones, or `end`. Where nothing is in doubt no later one is sooner, and nothing is used twice.
        """
        early, late = self._came.early, self._came.late
        if not self.doubtful:
            return np.where(early[rows] <= until, rows, np.int32(self.end))
        found, on = rows.copy(), np.flatnonzero(rows < self.end)
        while len(on):
            mine = found[on]
            wrong = early[mine] > until[on]
            for other in used:
                wrong |= other[on] == mine
            on, mine = on[wrong], mine[wrong]
            hopeless = late[mine] - self.arrays.widest > until[on]
            found[on[hopeless]] = self.end
            on, mine = on[~hopeless], mine[~hopeless]
            found[on] = self._first(case[on], mine + 1, activities)
            on = on[found[on] < self.end]
        return found

    def _first(self, case: Rows, start: Rows, activities: Collection[str]) -> Rows:
        rows = reduce(np.minimum, (self._next(one)[start] for one in activities), self._none(case))
        return self._within(self._limits(case), rows)

    def _next_after(self, own: str, activity: str, *, strictly: bool) -> Rows:
        strictly = strictly and self.doubtful and own == activity  # else no other of its activity is of its instant
        asked = own, f"{activity}{_MARK if strictly else ''}"
        if asked not in self._known:
            rows = self.rows(own)
            start = rows + 1 if _of(activity) == own else self._since_of(own)
            if _of(activity) == own and self.doubtful:  # what is written later may have come sooner
                case, early = self.case[rows], self.came.early[rows]
                start = np.searchsorted(self.key, self.arrays.key(case, early + strictly))
                start = np.where(self._next(activity)[start] == rows, rows + 1, start)
            self._known[asked] = self._within(self._limits_of(own), self._next(activity)[start])
        return self._known[asked]

    def _next(self, activity: str) -> Rows:
        """For each row, and for the end, the next row of an activity, itself included."""
        if ("next", activity) not in self._known:
            edges = np.concatenate([[-1], self.rows(activity), [self.end]])
            self._known["next", activity] = np.repeat(edges[1:].astype(np.int32), np.diff(edges))
        return self._known["next", activity]

    def _since_of(self, own: str) -> Rows:
        """For each row of `own` the first row that is at or after it."""
        if ("since", own) not in self._known:
            self._known["since", own] = self.since[self.rows(own)]
        return self._known["since", own]

    def _last(self, activity: str) -> Rows:
        """For each case its last row of an activity; -1 where it has none."""
        if ("last", activity) not in self._known:
            last = np.full(len(self.case_no), -1)
            last[self._cases_of(activity)] = self.rows(activity)  # rows are in order: the last one stays
            self._known["last", activity] = last
        return self._known["last", activity]

    def _cases_of(self, own: str) -> Rows:
        if ("cases", own) not in self._known:
            self._known["cases", own] = self.case[self.rows(own)]
        return self._known["cases", own]

    def _limits_of(self, own: str) -> Rows:
        if ("limits", own) not in self._known:
            self._known["limits", own] = self._limits(self._cases_of(own))
        return self._known["limits", own]

    def _limits(self, case: Rows) -> Rows:
        """For each case the row after its last."""
        return self._starts[1:][case]

    def _within(self, limits: Rows, rows: Rows) -> Rows:
        return np.where(rows < limits, rows, np.int32(self.end))

    def _none(self, like: Rows) -> Rows:
        return np.full(len(like), self.end, dtype=np.int32)

    @cached_property
    def _known(self) -> dict[tuple[str, str], Rows]:
        """What was looked up once, and is asked for by rule after rule."""
        return {}

    @cached_property
    def key(self) -> Moments:
        """Case and (late) moment of each row in one integer."""
        return self.arrays.key(self.case, self.came.late)

    @cached_property
    def _by_activity(self) -> Rows:
        """All rows, activity after activity."""
        return np.argsort(self.activity, kind="stable")

    @cached_property
    def _of_activity(self) -> Rows:
        """For each activity where its rows begin in `_by_activity`, and the end of all."""
        counts = np.bincount(self.activity, minlength=len(self.arrays.numbers))
        return np.concatenate([[0], np.cumsum(counts)])

    @cached_property
    def instant(self) -> Rows:
        """For each row the first that came between the same moments."""
        if not self.doubtful:
            return self.since
        early, late, case = self.came.early, self.came.late, self.case
        begins = np.ones(self.end, dtype=np.bool_)
        begins[1:] = (late[1:] != late[:-1]) | (early[1:] != early[:-1]) | (case[1:] != case[:-1])
        return np.maximum.accumulate(np.where(begins, np.arange(self.end), 0))

    @cached_property
    def since(self) -> Rows:
        """For each row the first row that is at or after it: where nothing is in doubt, the first of its instant."""
        late, begins = self.came.late, np.ones(self.end, dtype=np.bool_)
        begins[1:] = (late[1:] != late[:-1]) | (self.case[1:] != self.case[:-1])
        since = np.maximum.accumulate(np.where(begins, np.arange(self.end), 0))
        if self.doubtful:  # a few days without a time are in nearly every log
            wide = np.flatnonzero(self.came.early != late)
            since[wide] = np.searchsorted(self.key, self.arrays.key(self.case[wide], self.came.early[wide]))
        return since

    @cached_property
    def _starts(self) -> Rows:
        """For each case its first row, and the end of all."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.case, minlength=len(self.case_no)))]).astype(np.int32)

    @cached_property
    def _came(self) -> Came:
        """When each row came, and the end."""
        return self.came.with_end()


def _exactly_or_that_day(at: Moments, calendars: CalendarBook) -> Came:
    """Events of the clock's own: at 00:00 too an event has no time of day."""
    whole = calendars.whole_days(at)
    if not len(whole):
        return Came.exactly(at)
    late = at.copy()
    late[whole] = calendars.end(calendars.day_of(at[whole]))
    return Came(at, at, late)
