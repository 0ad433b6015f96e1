"""The moment that an offset reaches: over closed days and office hours, and over what stands still (DESIGN 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

import numpy as np
import numpy.typing as npt

from playbook.clock.ordered import Rows
from playbook.clock.pauses import Pauses
from playbook.days.calendar import CalendarBook, Days, Moments
from playbook.rules.nouns import Hours, Roll
from playbook.rules.offset import Offset, Unit

_HOUR = 3_600_000_000
_ONE = Offset(1, Unit.BUSINESS_DAY)
_Variants = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Counting:
    """How a rule counts: in which calendars and hours, whether closed days are rolled over, and what stands still."""

    calendars: CalendarBook
    hours: Hours
    roll: Roll | None = None
    pauses: Pauses | None = None

    def reach(
        self, offset: Offset, variant: _Variants, case: Rows, moments: Moments, days: Days, *, opening: bool = False
    ) -> Moments:
        """The moment that an offset reaches: the end of a day (for an opening, its start), or the instant for hours.

        `variant`: the calendar of each case; `days`: the local days of the moments.
        """
        if offset.of_instants:
            return self._instant(offset, variant, case, moments)
        reached = self._day(offset, variant, case, moments, days)
        if self.roll is not None and offset.rolls:
            reached = self.rolled(reached, variant, case, days, backwards=offset.negative)
        return self.calendars.start(reached) if opening else self.calendars.end(reached)

    def rolled(self, reached: Days, variant: _Variants, case: Rows, since: Days, *, backwards: bool = False) -> Days:
        """Days, those that are closed moved to a business day; before the day it is counted from only backwards."""
        before = self.calendars.last_open(variant, reached)
        closed = np.flatnonzero(before != reached)
        if not len(closed):
            return reached
        moved = reached.copy()
        if self.roll == "previous":
            kept = closed if backwards else closed[before[closed] >= since[closed]]
            moved[kept] = before[kept]
            return moved
        own = variant if len(variant) == 1 else variant[closed]
        counting = replace(self, roll=None, pauses=None) if backwards else self
        at = self.calendars.end(reached[closed])
        moved[closed] = counting._day(_ONE, own, case[closed], at, reached[closed])
        return moved

    def _day(self, offset: Offset, variant: _Variants, case: Rows, moments: Moments, days: Days) -> Days:
        """The day that an offset reaches, before it is rolled."""
        reached = self.calendars.reach(offset, variant, days)
        if self.pauses is None or offset.negative or not len(days):
            return reached
        held = self.pauses.touching(case, moments)
        if not len(held):
            return reached
        own = variant if len(variant) == 1 else variant[held]
        moved = reached.copy()
        if offset.unit is Unit.BUSINESS_DAY:
            moved[held] = self._business_days(offset.n, own, case[held], days[held])
        else:
            moved[held] = self._days(case[held], days[held], reached[held])
        return moved

    def _days(self, case: Rows, days: Days, reached: Days) -> Days:
        """As many days that are not still as the day that was reached is away; of no days, the first not still."""
        pauses = _sure(self.pauses)
        first, last = pauses.days(self.calendars)
        target = reached.copy()
        none = reached == days
        for which, stretch in pauses.in_turn(case):
            begin = np.maximum(first[stretch], days[which] + ~none[which])
            meets = (begin <= target[which]) & (begin <= last[stretch])
            target[which] += np.where(meets, last[stretch] - begin + 1, 0).astype(target.dtype)
        return target

    def _business_days(self, n: int, variant: _Variants, case: Rows, days: Days) -> Days:
        """The n-th business day after each day that is not still at the close of its hours."""
        pauses, rank = _sure(self.pauses), self.calendars.open_rank
        first, last = pauses.business_days(self.calendars, self.hours)
        target = rank(variant, days) + n
        for which, stretch in pauses.in_turn(case):
            own = variant if len(variant) == 1 else variant[which]
            begin = np.maximum(first[stretch], days[which] + 1)
            end = np.maximum(last[stretch], begin - 1)
            before, upto = rank(own, begin - 1), rank(own, end)
            target[which] += np.where(before < target[which], upto - before, 0)
        return self.calendars.nth_open(variant, target)

    def _instant(self, offset: Offset, variant: _Variants, case: Rows, moments: Moments) -> Moments:
        span = offset.n * _HOUR
        match offset.unit:
            case Unit.HOUR:
                reached = moments + span
                held = () if self.pauses is None else self.pauses.touching(case, moments)
                if len(held):
                    reached[held] = self._elapsed(case[held], moments[held], reached[held])
                return reached
            case Unit.BUSINESS_HOUR:
                return self._office(span, variant, case, moments)
            case Unit.SAME_DAY | Unit.DAY | Unit.WEEK | Unit.MONTH | Unit.BUSINESS_DAY:
                raise TypeError("days are counted from a day, not from an instant")
            case _:
                assert_never(offset.unit)

    def _elapsed(self, case: Rows, since: Moments, reached: Moments) -> Moments:
        """Hours that pass outside the stretches."""
        pauses, target = _sure(self.pauses), reached.copy()
        for which, stretch in pauses.in_turn(case):
            begin = np.maximum(pauses.since[stretch], since[which])
            target[which] += np.where(begin < target[which], np.maximum(pauses.until[stretch] - begin, 0), 0)
        return target

    def _office(self, span: int, variant: _Variants, case: Rows, moments: Moments) -> Moments:
        """The instant at which so much office time has passed, outside the stretches."""
        passed = self.calendars.office_time
        target = passed(self.hours, variant, moments) + span
        held = () if self.pauses is None else self.pauses.touching(case, moments)
        if len(held):
            pauses, own = _sure(self.pauses), variant if len(variant) == 1 else variant[held]
            moved, since = target[held], moments[held]
            for which, stretch in pauses.in_turn(case[held]):
                mine = own if len(own) == 1 else own[which]
                begin = passed(self.hours, mine, np.maximum(pauses.since[stretch], since[which]))
                end = passed(self.hours, mine, np.maximum(pauses.until[stretch], since[which]))
                moved[which] += np.where(begin < moved[which], end - begin, 0)
            target[held] = moved
        return self.calendars.office_reached(self.hours, variant, target)


def _sure(pauses: Pauses | None) -> Pauses:
    assert pauses is not None
    return pauses
