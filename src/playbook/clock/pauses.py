"""Stretches in which the clock of a case stands still, and what is counted while it runs (DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from playbook.clock.known import AsOf
from playbook.clock.ordered import NEVER, OrderedLog, Rows
from playbook.days.calendar import CalendarBook, Days, Moments
from playbook.rules.nouns import Hours, Pause

_Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pauses:
    """The stretches of the cases of a shard, in order of case and time, none touching another.

    `first`: per case its first stretch, and the end of all; `since`: when each begins, `until`: the first moment at
    which the clock runs again; `lasts`: whether it has not ended, and is counted as if it ended with the as-of.
    """

    first: Rows
    since: Moments
    until: Moments
    lasts: _Flags

    @classmethod
    def of(cls, ordered: OrderedLog, pause: Pause, as_of: AsOf) -> Pauses:
        """From an event of `pause.after` to the next of `pause.until`: of one instant the start comes first."""
        starts = np.concatenate([ordered.rows(name) for name in pause.after])
        starts = starts[np.lexsort((ordered.came.early[starts], ordered.case[starts]))]
        ends = np.sort(np.concatenate([ordered.rows(name) for name in pause.until]))
        now = as_of.start(1) if as_of.by_date else as_of.micros
        case, since, until, lasts = _stretches(ordered, starts, ends)
        until = np.where(lasts, np.maximum(now, since), until)
        order = np.lexsort((since, case))
        first = np.concatenate([[0], np.cumsum(np.bincount(case, minlength=len(ordered.case_no)))])
        return cls(first, since[order], until[order], lasts[order])

    def still(self, case: Rows, moment: int) -> _Flags:
        """Whether the clock of cases stands still at a moment, the as-of's or an earlier one."""
        begun = self.since <= moment
        stands = np.flatnonzero(begun & (self.lasts | (moment < self.until)))
        holds = np.zeros(len(self.first) - 1, np.bool_)
        holds[np.searchsorted(self.first, stands, side="right") - 1] = True
        return holds[case]

    def touching(self, case: Rows, since: Moments) -> Rows:
        """The places of those that some stretch of their case may move: it ends after they begin."""
        last = self.first[case + 1] - 1
        some = last >= self.first[case]
        return np.flatnonzero(some & (np.append(self.until, 0)[last] > since))

    def days(self, calendars: CalendarBook) -> tuple[Days, Days]:
        """Per stretch the first and the last day that is still: at its last microsecond."""
        return self._begin(calendars), self._day(calendars, self.until) - 1

    def business_days(self, calendars: CalendarBook, hours: Hours) -> tuple[Days, Days]:
        """Per stretch the first and the last day at the close of whose hours the clock stands still."""
        begin, end = self._begin(calendars), self._day(calendars, self.until)
        closes = calendars.closes(hours)
        late = closes[begin - calendars.first_day] < self.since
        early = closes[end - calendars.first_day] >= self.until
        return begin + late, end - early

    def _begin(self, calendars: CalendarBook) -> Days:
        return self._day(calendars, self.since)

    def _day(self, calendars: CalendarBook, moments: Moments) -> Days:
        return calendars.day_of(np.minimum(moments, calendars.starts[-1] - 1))

    @cached_property
    def most(self) -> int:
        """The most stretches that a case has."""
        return int(np.diff(self.first).max(initial=0))

    def in_turn(self, case: Rows) -> Iterator[tuple[Rows, Rows]]:
        """The stretches of some cases in order of time: at each turn which of them have one more, and which it is."""
        for turn in range(self.most):
            stretch = self.first[case] + turn
            which = np.flatnonzero(stretch < self.first[case + 1])
            yield which, stretch[which]


def _stretches(ordered: OrderedLog, starts: Rows, ends: Rows) -> tuple[Rows, Moments, Moments, _Flags]:
    """Case, beginning and end of every stretch, and whether it has none; the n-th of all cases in one turn."""
    arrays, came = ordered.arrays, ordered.came
    begin_key, end_key = arrays.key(ordered.case[starts], came.early[starts]), ordered.key[ends]
    all_ends = np.append(ends, ordered.end)
    case = np.unique(ordered.case[starts])
    place = np.searchsorted(begin_key, arrays.key(case, np.full(len(case), arrays.first - 1)))
    found: list[tuple[Rows, Moments, Moments, _Flags]] = []
    while len(case):
        row = starts[place]
        since = came.early[row]
        stop = np.searchsorted(end_key, arrays.key(case, since))
        stop += all_ends[stop] == row  # an activity may start a stretch and end one, but not its own
        end = all_ends[stop]
        ended = end < ordered.end
        ended[ended] = ordered.case[end[ended]] == case[ended]
        until = np.full(len(case), NEVER)
        until[ended] = came.late[end[ended]]
        found.append((case, since, until, ~ended))
        case, until = case[ended], until[ended]
        place = np.searchsorted(begin_key, arrays.key(case, until + 1))
        more = place < len(starts)
        more[more] = ordered.case[starts[place[more]]] == case[more]
        case, place = case[more], place[more]
    nothing = np.zeros(0, np.int64)
    parts = [*found, (nothing, nothing, nothing, np.zeros(0, np.bool_))]
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))  # type: ignore[return-value]
