"""What will come, as a subject: of open cases, of cases yet to come, of due actions; and how right it was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from playbook.answers.ahead import forecast, forecast_load, forecast_record, if_kept, matters
from playbook.answers.flow.contradictions import only_sound
from playbook.answers.subject import Frame, Subject
from playbook.clock.judged import Judged
from playbook.clock.known import AsOf


@dataclass(frozen=True)
class Forecast(Subject[Frame]):
    """What will have come after so many `days`, as its own record lets it be said."""

    days: Sequence[int] = forecast.DAYS

    @property
    def counts(self) -> Frame:
        """How many of the open cases will have ended in each way: one row per playbook, group, days and outcome.

        Where the record was bad the bands are wider, or there is no forecast: see `reliability` (columns:
        `forecast.forecast`).
        """
        told = forecast.forecast(self.log, self.days, self.by)
        return self.out(forecast_record.as_reliable(told, self._reliability))

    @property
    def stages(self) -> Frame:
        """How many will have come to each stage: one row per playbook, days and stage (`forecast.stages_ahead`)."""
        return self.out(forecast_record.as_reliable(forecast.stages_ahead(self.log, self.days), self._reliability))

    @property
    def arrivals(self) -> Frame:
        """Cases yet to arrive and their ends: one row per playbook, days and outcome (columns: `forecast.arrivals`)."""
        return self.out(forecast.arrivals(self.log, self.days))

    @property
    def load(self) -> Frame:
        """Due actions to come: one row per person and week (columns: `forecast_load.load_ahead`)."""
        return self.out(forecast_load.load_ahead(self.log, self.judged.every))

    @property
    def if_kept(self) -> Frame:
        """What if every promise of a rule that matters were kept: one row per rule (columns: `if_kept.if_kept`)."""
        told = matters.matters(self.log, self.judged.every)
        return self.out(if_kept.if_kept(self.judged.every, told))

    @property
    def record(self) -> Frame:
        """The same forecast at the last twelve month ends beside what came (columns: `forecast_record.record`)."""
        return self.out(self._record.clone())

    @property
    def reliability(self) -> Frame:
        """What the record says of it: one row per playbook (columns: `forecast_record.reliability`)."""
        return self.out(self._reliability.clone())

    @property
    def _record(self) -> pl.DataFrame:
        """Twelve replays: made once for the same days of the same moment, whatever it is then split by."""
        kept: dict[tuple[int, ...], pl.DataFrame] = self.judged.__dict__.setdefault("forecast_records", {})
        asked = tuple(self.days)
        if asked not in kept:
            kept[asked] = self._replayed()
        return kept[asked]

    def _replayed(self) -> pl.DataFrame:
        ends = forecast_record.month_ends(self.judged.as_of.day)
        moments = (AsOf.of(day, self.judged.as_of.zone) for day in ends)
        judged = (only_sound(Judged(self.judged.tables, self.judged.playbooks, moment)) for moment in moments)
        # What is known today to be contradicted is in neither, or it would never have come.
        past = (one.without(self.judged.left).log for one in judged)
        return forecast_record.record(past, self.log, self.days)

    @cached_property
    def _reliability(self) -> pl.DataFrame:
        return forecast_record.reliability(self._record)
