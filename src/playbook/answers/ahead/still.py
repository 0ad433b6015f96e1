"""How much of each span stood still: what a rule with `pause` does not count of the time that a promise took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from playbook.clock.known import EventLog
from playbook.clock.ordered import EventArrays, OrderedLog, Rows
from playbook.clock.pauses import Pauses
from playbook.days.calendar import CalendarBook, Days, Moments
from playbook.rules.nouns import Hours, Pause, Playbook

WholeNumbers = npt.NDArray[np.int64]
_NEVER = np.iinfo(np.int32).max
_Whole = npt.NDArray[Any]  # days or moments
_Span = tuple[_Whole, _Whole]
_Measure = Callable[[_Whole, _Whole, Rows], _Whole]


def pauses_of(log: EventLog, book: Playbook, pause: Pause) -> Pauses:
    """The stretches of every case of a playbook; `first` is by the number of the case in the log."""
    arrays = EventArrays.of(log, {*pause.after, *pause.until})
    shards = [shard for shard in arrays.shards if shard.playbook.id == book.id]
    found = [(shard.case_no, Pauses.of(arrays.ordered(shard, _no_ends), pause, log.as_of)) for shard in shards]
    case = np.concatenate([np.zeros(0, np.int64), *(np.repeat(own, np.diff(one.first)) for own, one in found)])
    order = np.argsort(case, kind="stable")
    since, until = (
        np.concatenate([np.zeros(0, np.int64), *(getattr(one, name) for _, one in found)])[order]
        for name in ("since", "until")
    )
    lasts = np.concatenate([np.zeros(0, np.bool_), *(one.lasts for _, one in found)])[order]
    first = np.concatenate([[0], np.cumsum(np.bincount(case, minlength=len(log.cases)))])
    return Pauses(first, since, until, lasts)


def _no_ends(_: OrderedLog, name: str) -> Rows:
    raise AssertionError(f"a pause asks for activities, not for {name}")


@dataclass(frozen=True)
class Still:
    """What stood still in spans of time, one per element: of the case `case`, in its calendar `variant`."""

    pauses: Pauses
    calendars: CalendarBook
    hours: Hours
    case: Rows
    variant: npt.NDArray[np.integer]

    def days(self, first: Days, last: Days) -> WholeNumbers:
        """How many days are still from the first to the last."""
        return self._met(self.pauses.days(self.calendars), (first, last), lambda low, high, _: high - low + 1)

    def business_days(self, first: Days, last: Days) -> WholeNumbers:
        """How many business days are, at the close of their hours."""
        stretches = self.pauses.business_days(self.calendars, self.hours)
        return self._met(stretches, (first, last), self._business_days)

    def elapsed(self, since: Moments, until: Moments) -> WholeNumbers:
        """How many microseconds pass in the stretches."""
        return self._met((self.pauses.since, self.pauses.until), (since, until), lambda low, high, _: high - low)

    def office_time(self, since: Moments, until: Moments) -> WholeNumbers:
        """How many of these the office is open."""
        return self._met((self.pauses.since, self.pauses.until), (since, until), self._office)

    def first_still(self, days: Days) -> Days:
        """Where a day is still, and still at the close of its hours: the first of those before it that are; else later.

        Both ways of counting may be still by stretches of their own.
        """
        whole, hours = np.full_like(days, _NEVER), np.full_like(days, _NEVER)
        for began, (first, last) in (
            (whole, self.pauses.days(self.calendars)),
            (hours, self.pauses.business_days(self.calendars, self.hours)),
        ):
            for which, stretch in self.pauses.in_turn(self.case):
                inside = (first[stretch] <= days[which]) & (days[which] <= last[stretch])
                began[which[inside]] = first[stretch][inside]
        return np.maximum(whole, hours)

    def _business_days(self, low: Days, high: Days, which: Rows) -> Days:
        rank, own = self.calendars.open_rank, self.variant[which]
        return rank(own, high) - rank(own, low - 1)

    def _office(self, low: Moments, high: Moments, which: Rows) -> Moments:
        passed, own = self.calendars.office_time, self.variant[which]
        return passed(self.hours, own, high) - passed(self.hours, own, low)

    def _met(self, stretches: _Span, span: _Span, measure: _Measure) -> WholeNumbers:
        """The sum of what each span has in common with the stretches of its case."""
        total = np.zeros(len(self.case), np.int64)
        for which, stretch in self.pauses.in_turn(self.case):
            low = np.maximum(stretches[0][stretch], span[0][which])
            high = np.minimum(stretches[1][stretch], span[1][which])
            met = np.flatnonzero(low <= high)
            total[which[met]] += measure(low[met], high[met], which[met])
        return total
