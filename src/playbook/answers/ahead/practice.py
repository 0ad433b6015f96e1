"""Limits as a subject: what practice makes of each, which matter, and what nobody wrote down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from playbook.answers.ahead import limits, matters, stake
from playbook.answers.subject import Frame, Subject


@dataclass(frozen=True)
class Limits(Subject[Frame]):
    """The limits of the rules in use, held against what was really done by one moment."""

    @property
    def rules(self) -> Frame:
        """What practice makes of each limit, and whether it matters: one row per rule (columns: `limits.limits`)."""
        return self.out(limits.limits(self.log, self.judged.every))

    @property
    def times(self) -> Frame:
        """How long promises really took: one row per rule and entry of its `due` list (columns: `limits.times`)."""
        return self.out(limits.times(self.log, self.judged.every))

    @property
    def matters(self) -> Frame:
        """What being late goes along with, and how surely: one row per rule (columns: `matters.matters`)."""
        return self.out(self._matters.clone())

    @property
    def how_late(self) -> Frame:
        """The same so many days past the due: one row per rule and number of days (columns: `matters.how_late`)."""
        return self.out(matters.how_late(self.log, self.judged.every))

    def week(self, minutes: Mapping[str, float] | None = None) -> Frame:
        """The week's work, what is most at stake first, packed into what people have (`stake.week_at_stake`)."""
        return self.out(stake.week_at_stake(self.log, self.judged.open, self._matters, minutes))

    def slots(self, minutes: Mapping[str, float] | None = None) -> Frame:
        """What does not fit, and what one slot more would hold: one row per person (columns: `stake.slots`)."""
        return self.out(stake.slots(self.log, self.judged.open, self._matters, minutes))

    @cached_property
    def _matters(self) -> pl.DataFrame:
        return matters.matters(self.log, self.judged.every)

    @property
    def unmentioned(self) -> Frame:
        """Acts in the log that no rule mentions: one row per playbook and activity (columns: `limits.unmentioned`)."""
        return self.out(limits.unmentioned(self.log))

    @property
    def unwritten_orders(self) -> Frame:
        """Orders nearly always kept that nobody wrote: one row per pair of acts (columns: `limits.orders`)."""
        return self.out(limits.orders(self.log))
