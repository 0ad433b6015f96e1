"""The funnel as a subject: how far cases came, how they ended, how long each step took, and who was waited for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from playbook.answers.flow import funnel, units, waiting
from playbook.answers.subject import Frame, Subject


@dataclass(frozen=True)
class Funnel(Subject[Frame]):
    """How far cases came at one moment, by the columns that were asked for."""

    @property
    def stages(self) -> Frame:
        """How many cases came to each stage and what became of them (columns: `funnel.funnel`)."""
        return self.out(funnel.funnel(self.log, self.by, self.months))

    @property
    def outcomes(self) -> Frame:
        """How cases ended altogether: one row per playbook and group (columns: `funnel.outcomes`)."""
        return self.out(funnel.outcomes(self.log, self.by, self.months))

    @property
    def losses(self) -> Frame:
        """How the cases ended that were not won: one row per stage and outcome (columns: `funnel.losses`)."""
        return self.out(funnel.losses(self.log))

    @property
    def flows(self) -> Frame:
        """Where cases went from each stage: one row per stage and target (columns: `funnel.flows`)."""
        return self.out(funnel.flows(self.log, self.by, self.months))

    @property
    def curves(self) -> Frame:
        """How long cases stay in each stage: one row per stage and day (columns: `funnel.stage_curves`)."""
        return self.out(funnel.stage_curves(self.log, self.by, self.months))

    @property
    def endings(self) -> Frame:
        """How cases leave each stage: one row per stage, way and day (columns: `funnel.stage_endings`)."""
        return self.out(funnel.stage_endings(self.log, self.by, self.months))

    @property
    def throughput(self) -> Frame:
        """How long cases take from first event to outcome (columns: `waiting.throughput`)."""
        return self.out(waiting.throughput(self.log, self.by, self.months))

    @property
    def compared(self) -> Frame:
        """Groups held against the usual of the same stages, nobody ranked: one row each (columns: `units.units`)."""
        return self.out(units.units(self.log, self.by, self.months))

    @property
    def waiting(self) -> Frame:
        """Where the time went: one row per playbook and party waited for (columns: `waiting.waiting_shares`)."""
        return self.out(waiting.waiting_shares(self.log, self.judged.open, self.by, self.months))

    def between(self, since: date, until: date) -> Frame:
        """One period by arrival, by step and as a snapshot: one row per stage and basis (`funnel.by_date_basis`)."""
        return self.out(funnel.by_date_basis(self.log, since, until, self.by, self.months))
