"""The event log in order, and the one question the clock asks of it: what came first, at or after this?

Cases know nothing of each other, so the log is answered in shards: ranges of cases, small enough to stay near the
processor. In a shard the events are sorted once, by case and time; a case is a range of rows. Per activity a table
says, for every row, which row is its next; "the first of these activities from here on" is the least of a few look-ups.
The first row of an instant stands for the instant, so ties are "at or after".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.clock.conditions import SAYS_NOTHING, Condition
from playbook.clock.known import EventLog
from playbook.days.calendar import Moments
from playbook.rules.nouns import Playbook

NEVER = int(np.iinfo(np.int64).max)
"""The moment of what has not happened: later than any other."""

Rows = npt.NDArray[np.signedinteger]
Cases = npt.NDArray[np.uint32]
Codes = npt.NDArray[np.uint16]
Flags = npt.NDArray[np.bool_]

_SHARD = 1 << 17  # events: few enough to stay near the processor and out of memory, enough for a shard's fixed cost
_BITS = 32  # of an event's own place, in an integer that holds its case and its place
_PLACE = (1 << _BITS) - 1


@dataclass(frozen=True, slots=True)
class Shard:
    """Some cases of one playbook, in order of their number; `first` stands before them all, `events` are theirs."""

    playbook: Playbook
    case_no: Cases
    first: int
    events: slice


@dataclass(frozen=True)
class EventArrays:
    """The observed events that some rules ask about, in order of time: one element per event.

    `at`: microseconds since 1970-01-01 UTC; `activity`: its number in `numbers`; `said`: per condition that events have
    a column for, what each says of it, and at last what the clock's own say, nothing. `order`: the events by case and
    time, shard after shard, each as one integer: where its case stands among those of all shards, then its own place.
    All moments, those that the clock may record too, lie within `width` microseconds from `first`.
    """

    at: Moments
    activity: Codes
    said: Mapping[Condition, npt.NDArray[np.int8]]
    order: Rows
    numbers: Mapping[str, int]
    first: int
    width: int
    shards: Sequence[Shard]

    @classmethod
    def of(cls, log: EventLog, activities: Collection[str], conditions: Collection[Condition] = ()) -> EventArrays:
        """The events of some activities, and what they say of some conditions."""
        names, columns = sorted(activities), log.events.collect_schema().names()
        asked = {f"said:{n}": condition for n, condition in enumerate(conditions) if condition.column in columns}
        events = _collected(log, names, asked)
        first, last = log.calendars[0].starts[[0, -1]].tolist()
        groups = list(_groups(log, most_cases(len(events), len(log.cases), last - first)))
        place, begins = np.zeros(len(log.cases), np.int64), np.cumsum([0, *(len(own) for _, own in groups)])
        for begin, (_, own) in zip(begins, groups, strict=False):
            place[own] = np.arange(begin, begin + len(own))
        order = place[events["case_no"].to_numpy()] << _BITS
        order |= np.arange(len(order))
        order.sort()  # plain integers are sorted many times faster than anything else is put in order
        ends = np.searchsorted(order, begins << _BITS).tolist()
        return cls(
            events["at"].to_numpy(),
            events["activity"].to_numpy(),
            {one: events[name].extend_constant(SAYS_NOTHING, 1).to_numpy() for name, one in asked.items()},
            order,
            {name: number for number, name in enumerate(names)},
            first,
            last - first,
            [
                Shard(book, own, int(begin), slice(start, stop))
                for (book, own), begin, start, stop in zip(groups, begins, ends, ends[1:], strict=False)
            ],
        )

    def ordered(self, shard: Shard) -> OrderedLog:
        """The events of one shard, in order."""
        order = self.order[shard.events]
        case, source = (order >> _BITS) - shard.first, order & _PLACE
        return OrderedLog(self, shard.case_no, case, self.at[source], self.activity[source], source)

    def key(self, case: Rows, at: Moments) -> Moments:
        """Case and moment in one integer; moments outside the known time as the nearest just outside."""
        return case * (self.width + 2) + np.clip(at - self.first, -1, self.width)


def most_cases(events: int, cases: int, width: int) -> int:
    """How many cases a shard may have: about so many events, and a case and a moment of it in one integer."""
    return max(1, min(_SHARD * cases // max(events, 1), NEVER // (width + 2) - 1))


def _collected(log: EventLog, activities: Sequence[str], asked: Mapping[str, Condition]) -> pl.DataFrame:
    activity = pl.col("activity").cast(pl.String).cast(pl.Enum(activities), strict=False).to_physical()
    events = (
        log.events.filter(~pl.col("derived"))
        .with_columns(at=pl.col("timestamp").dt.epoch("us"), activity=activity.cast(pl.UInt16))
        .select("case_no", "at", "activity", **{name: condition.of_event for name, condition in asked.items()})
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

    `case`: its place in `case_no`; `at`, `activity`: as in `arrays`; `source`: which event of `arrays` it is, -1 where
    the clock itself recorded it.
    """

    arrays: EventArrays
    case_no: Cases
    case: Rows
    at: Moments
    activity: Codes
    source: Rows

    def with_derived(self, case: Rows, at: Moments, activity: str) -> OrderedLog:
        """The same log with events of one activity that the clock recorded; those that are there are not repeated."""
        fresh = self.first_since(case, at, {activity}) != at
        key, one = np.unique(self.arrays.key(case[fresh], at[fresh]), return_index=True)
        row, number = np.searchsorted(self.key, key), self.arrays.numbers[activity]
        return OrderedLog(
            self.arrays,
            self.case_no,
            np.insert(self.case, row, case[fresh][one]),
            np.insert(self.at, row, at[fresh][one]),
            np.insert(self.activity, row, np.uint16(number)),
            np.insert(self.source, row, -1),
        )

    def without_ended(self, activities: Collection[str]) -> OrderedLog:
        """The same log without the events of those cases in which nothing came after one of some activities."""
        ends = reduce(np.maximum, map(self._last, activities), np.full(len(self.case_no), -1))
        final = np.append(self._instant, -1)[self._starts[1:] - 1]  # the last row of a case, as its instant
        rows = np.flatnonzero((ends < final)[self.case])
        case, at, activity, source = self.case[rows], self.at[rows], self.activity[rows], self.source[rows]
        return OrderedLog(self.arrays, self.case_no, case, at, activity, source)

    def derived(self) -> pl.DataFrame:
        """What the clock recorded: one row per derived event, `case_no, activity, at`."""
        rows = np.flatnonzero(self.source < 0)
        names = pl.Series(list(self.arrays.numbers), dtype=pl.String)
        activity = names.gather(self.activity[rows].astype(np.uint32))
        return pl.DataFrame({"case_no": self.case_no[self.case[rows]], "activity": activity, "at": self.at[rows]})

    # What came first: rows, and `end` where nothing came

    @property
    def end(self) -> int:
        """The row after the last."""
        return len(self.case)

    def rows(self, activity: str) -> Rows:
        """The rows of one activity, in order."""
        number = self.arrays.numbers[activity]
        return self._by_activity[self._of_activity[number] : self._of_activity[number + 1]]

    def moments(self, rows: Rows) -> Moments:
        """When the events of some rows came; for `end`, `NEVER`."""
        return self._at[rows]

    def next_after(self, own: str, activities: Collection[str]) -> Rows:
        """For each row of `own` the first of some activities in its case: not itself, at or after its instant."""
        return reduce(np.minimum, (self._next_after(own, one) for one in activities), self._none(self.rows(own)))

    def none_after(self, own: str, activities: Collection[str]) -> Flags:
        """For each row of `own` whether none of some activities came in its case: not itself, at or after its instant.

        Asked of the last of them in each case, which is far less work than to find the first after each row.
        """
        others = [self._last(activity) for activity in activities if activity != own]
        limits = reduce(np.maximum, others, np.full(len(self.case_no), -1))[self._cases_of(own)]
        none = limits < self._instants(own)
        return none & (self._last(own)[self._cases_of(own)] == self.rows(own)) if own in activities else none

    def first_in_life(self, case: Rows, activities: Collection[str]) -> Moments:
        """When the first of some activities came in the whole life of cases."""
        return self._first(case, self._starts[case], activities)

    def first_since(
        self, case: Rows, since: Moments, activities: Collection[str], *, strictly: bool = False
    ) -> Moments:
        """When the first of some activities of a case came at or after (or strictly after) a moment."""
        return self._first(case, np.searchsorted(self.key, self.arrays.key(case, since + strictly)), activities)

    def _first(self, case: Rows, start: Rows, activities: Collection[str]) -> Moments:
        rows = reduce(np.minimum, (self._next(one)[start] for one in activities), self._none(case))
        return self.moments(self._within(self._limits(case), rows))

    def _next_after(self, own: str, activity: str) -> Rows:
        if (own, activity) not in self._known:
            start = self.rows(own) + 1 if activity == own else self._instants(own)
            self._known[own, activity] = self._within(self._limits_of(own), self._next(activity)[start])
        return self._known[own, activity]

    def _next(self, activity: str) -> Rows:
        """For each row, and for the end, the next row of an activity, itself included."""
        if ("next", activity) not in self._known:
            edges = np.concatenate([[-1], self.rows(activity), [self.end]])
            self._known["next", activity] = np.repeat(edges[1:].astype(np.int32), np.diff(edges))
        return self._known["next", activity]

    def _instants(self, own: str) -> Rows:
        """For each row of `own` the first row of its instant."""
        if ("instants", own) not in self._known:
            self._known["instants", own] = self._instant[self.rows(own)]
        return self._known["instants", own]

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
        """Case and moment of each row in one integer."""
        return self.arrays.key(self.case, self.at)

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
    def _instant(self) -> Rows:
        """For each row the first row of its instant."""
        begins = np.ones(self.end, dtype=np.bool_)
        begins[1:] = (self.at[1:] != self.at[:-1]) | (self.case[1:] != self.case[:-1])
        return np.maximum.accumulate(np.where(begins, np.arange(self.end), 0))

    @cached_property
    def _starts(self) -> Rows:
        """For each case its first row, and the end of all."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.case, minlength=len(self.case_no)))]).astype(np.int32)

    @cached_property
    def _at(self) -> Moments:
        return np.append(self.at, NEVER)
