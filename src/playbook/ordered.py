"""The event log in order, and the one question the clock asks of it: what came first, at or after this?

Cases know nothing of each other, so the log is answered in shards: ranges of cases, small enough to stay near the
processor. In a shard the events are sorted once, by case and time; a case is a range of rows. Per activity a table
says, for every row, which row is its next; "the first of these activities from here on" is the least of a few look-ups.
The first row of an instant stands for the instant, so ties are "at or after".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.calendar import Moments
from playbook.eventlog import EventLog
from playbook.rulebook import Playbook

NEVER = int(np.iinfo(np.int64).max)
"""The moment of what has not happened: later than any other."""

Rows = npt.NDArray[np.intp]
Codes = npt.NDArray[np.uint16]

_SHARD = 1 << 18  # events: few enough to stay near the processor, enough to be worth a shard's fixed cost


@dataclass(frozen=True, slots=True)
class Shard:
    """A range of cases of one playbook, and the range of their events: from the first to before the last."""

    playbook: Playbook
    cases: slice
    events: slice


@dataclass(frozen=True)
class EventArrays:
    """The observed events that some rules ask about: one element per event, shard after shard, in no order within.

    `place`: of its case in `case_no`; `at`: microseconds since 1970-01-01 UTC; `activity`: its number in `numbers`;
    `source`: its row in `cells`, the columns that conditions ask for.
    `case_no`: one element per case, playbook after playbook. `first`, `width`: all moments lie in so many microseconds.
    """

    place: npt.NDArray[np.uint32]
    at: Moments
    activity: Codes
    source: Rows
    cells: pl.DataFrame
    case_no: npt.NDArray[np.uint32]
    numbers: Mapping[str, int]
    first: int
    width: int
    shards: Sequence[Shard]

    @classmethod
    def of(cls, log: EventLog, activities: Collection[str], columns: Collection[str] = ()) -> EventArrays:
        """The events of some activities, with some columns."""
        names = sorted(activities)
        events = _collected(log, names, sorted(columns))
        first, last = log.calendars[0].starts[[0, -1]].tolist()
        case_no, ranges = _by_playbook(log, most_cases(len(events), len(log.cases), last - first))
        place = _inverse(case_no)[events["case_no"].to_numpy()]
        ends = np.array([cases.stop for _, cases in ranges], dtype=np.uint32)
        shard = np.searchsorted(ends, place, side="right").astype(np.uint16)
        source = np.argsort(shard, kind="stable")
        bounds = np.concatenate([[0], np.cumsum(np.bincount(shard, minlength=len(ranges)))]).tolist()
        return cls(
            place[source],
            events["at"].to_numpy()[source],
            events["activity"].to_numpy()[source],
            source,
            events.select(pl.col("^cell:.*$").name.replace("cell:", "")),
            case_no,
            {name: number for number, name in enumerate(names)},
            first,
            last - first,
            [Shard(book, cases, slice(*bounds[n : n + 2])) for n, (book, cases) in enumerate(ranges)],
        )

    def ordered(self, shard: Shard) -> OrderedLog:
        """The events of one shard, in order."""
        case = self.place[shard.events].astype(np.intp) - shard.cases.start
        return OrderedLog.of(
            self, self.case_no[shard.cases], case, self.at[shard.events], self.activity[shard.events],
            self.source[shard.events],
        )  # fmt: skip


def most_cases(events: int, cases: int, width: int) -> int:
    """How many cases a shard may have: about so many events, and a case and a moment of it in one integer."""
    return max(1, min(_SHARD * cases // max(events, 1), NEVER // (width + 2)))


def _collected(log: EventLog, activities: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    activity = pl.col("activity").cast(pl.String).cast(pl.Enum(activities), strict=False).to_physical()
    kept = [name for name in columns if name in log.events.collect_schema().names()]
    return (
        log.events.filter(~pl.col("derived"))
        .with_columns(at=pl.col("timestamp").dt.epoch("us"), activity=activity.cast(pl.UInt16))
        .select("case_no", "at", "activity", *(pl.col(name).alias(f"cell:{name}") for name in kept))
        .filter(pl.col("activity").is_not_null())
        .collect(engine="streaming")
    )


def _by_playbook(log: EventLog, most: int) -> tuple[npt.NDArray[np.uint32], list[tuple[Playbook, slice]]]:
    """The cases of one playbook after the other, and the ranges of them that are a shard."""
    numbers = [log.cases.filter(pl.col("playbook") == book.id)["case_no"].to_numpy() for book in log.playbooks]
    ranges: list[tuple[Playbook, slice]] = []
    start = 0
    for book, own in zip(log.playbooks, numbers, strict=True):
        cuts = range(start, start + len(own), most)
        start += len(own)
        ranges += [(book, slice(cut, min(cut + most, start))) for cut in cuts]
    return np.concatenate([*numbers, np.zeros(0, np.uint32)]), ranges


def _inverse(permutation: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    places = np.empty_like(permutation)
    places[permutation] = np.arange(len(permutation), dtype=np.uint32)
    return places


@dataclass(frozen=True)
class OrderedLog:
    """The events of some cases, sorted by case and time: one element per row.

    `case`: its place among `case_no`; `at`, `activity`, `source`: as in `arrays` (`source` -1: no cells);
    `key`: case and moment in one integer that sorts.
    """

    arrays: EventArrays
    case_no: npt.NDArray[np.uint32]
    case: Rows
    at: Moments
    activity: Codes
    source: Rows
    key: Moments

    @classmethod
    def of(
        cls,
        arrays: EventArrays,
        case_no: npt.NDArray[np.uint32],
        case: Rows,
        at: Moments,
        activity: Codes,
        source: Rows,
    ) -> OrderedLog:
        """Events in any order, put in order."""
        key = case * (arrays.width + 2) + (at - arrays.first)
        order = np.argsort(key)
        return cls(arrays, case_no, case[order], at[order], activity[order], source[order], key[order])

    def with_events(self, case: Rows, at: Moments, activity: str) -> OrderedLog:
        """The same log with events of one activity; one that is there already is not added again."""
        there = self.first_since(case, at, (activity,), strictly=False) == at
        keys = np.unique(case[~there] * (self.arrays.width + 2) + (at[~there] - self.arrays.first))
        if not len(keys):
            return self
        new_case, since_first = np.divmod(keys, self.arrays.width + 2)
        number = self.arrays.numbers[activity]
        return OrderedLog.of(
            self.arrays,
            self.case_no,
            np.concatenate([self.case, new_case]),
            np.concatenate([self.at, since_first + self.arrays.first]),
            np.concatenate([self.activity, np.full(len(keys), number, np.uint16)]),
            np.concatenate([self.source, np.full(len(keys), -1)]),
        )

    def derived(self) -> pl.DataFrame:
        """What the clock recorded: one row per derived event, `case_no, activity, at`."""
        rows = np.flatnonzero(self.source < 0)
        names = pl.Series(list(self.arrays.numbers), dtype=pl.String)
        activity = names.gather(self.activity[rows].astype(np.uint32))
        return pl.DataFrame({"case_no": self.case_no[self.case[rows]], "activity": activity, "at": self.at[rows]})

    # Rows

    @cached_property
    def _instant(self) -> Rows:
        """For each row the first row of its instant."""
        begins = np.concatenate([[True], self.key[1:] != self.key[:-1]])[: len(self.key)]
        return np.maximum.accumulate(np.where(begins, np.arange(len(self.key)), 0))

    @cached_property
    def _starts(self) -> Rows:
        """For each case its first row, and for one more the end of all."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.case, minlength=len(self.case_no)))])

    @cached_property
    def _at(self) -> Moments:
        """The moment of each row, and of one more that never comes."""
        return np.append(self.at, NEVER)

    @cached_property
    def _known(self) -> dict[tuple[str, ...], Rows]:
        return {}

    def rows(self, activity: str) -> Rows:
        """The rows of one activity, in order."""
        if (activity,) not in self._known:
            self._known[activity,] = np.flatnonzero(self.activity == self.arrays.numbers[activity])
        return self._known[activity,]

    def _next(self, activity: str) -> Rows:
        """For each row, and for one more, the next row of an activity, itself included; the end where none is left."""
        if ("next", activity) not in self._known:
            rows, end = self.rows(activity), len(self.key)
            edges = np.concatenate([[-1], rows, [end]])
            self._known["next", activity] = np.repeat(edges[1:], np.diff(edges))
        return self._known["next", activity]

    def _next_after(self, own: str, activity: str) -> Rows:
        """For each row of `own` the next of an activity from its instant on, other than itself."""
        if ("after", own, activity) not in self._known:
            rows = self.rows(own)
            start = rows + 1 if activity == own else self._instant[rows]
            self._known["after", own, activity] = self._next(activity)[start]
        return self._known["after", own, activity]

    # What came first

    def first_after(self, own: str, activities: Collection[str]) -> Moments:
        """For each row of `own`, when the first of some activities came: not itself, at or after its instant."""
        return self._first(self.case[self.rows(own)], (self._next_after(own, one) for one in activities))

    def first_in_life(self, case: Rows, activities: Collection[str]) -> Moments:
        """When the first of some activities came in the whole life of cases."""
        return self._first(case, (self._next(one)[self._starts[case]] for one in activities))

    def first_since(self, case: Rows, since: Moments, activities: Collection[str], *, strictly: bool) -> Moments:
        """When the first of some activities of a case came at or after (or strictly after) a moment."""
        within = np.clip(since - self.arrays.first + strictly, 0, self.arrays.width + 1)
        start = np.searchsorted(self.key, case * (self.arrays.width + 2) + within)
        return self._first(case, (self._next(one)[start] for one in activities))

    def _first(self, case: Rows, nexts: Iterable[Rows]) -> Moments:
        """The moment of the least of some rows, where it is still of the same case."""
        found = reduce(np.minimum, nexts, np.full(len(case), len(self.key)))
        return np.where(found < self._starts[case + 1], self._at[found], NEVER)
