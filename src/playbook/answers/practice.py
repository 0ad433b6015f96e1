"""Limits as a subject: what practice makes of each, which matter, and what nobody wrote down."""

from __future__ import annotations

from dataclasses import dataclass

from playbook.answers import limits, matters
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
        return self.out(matters.matters(self.log, self.judged.every))

    @property
    def how_late(self) -> Frame:
        """The same so many days past the due: one row per rule and number of days (columns: `matters.how_late`)."""
        return self.out(matters.how_late(self.log, self.judged.every))

    @property
    def unmentioned(self) -> Frame:
        """Acts in the log that no rule mentions: one row per playbook and activity (columns: `limits.unmentioned`)."""
        return self.out(limits.unmentioned(self.log))

    @property
    def unwritten_orders(self) -> Frame:
        """Orders nearly always kept that nobody wrote: one row per pair of acts (columns: `limits.orders`)."""
        return self.out(limits.orders(self.log))
