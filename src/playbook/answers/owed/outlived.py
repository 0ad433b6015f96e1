"""Overdue actions that can no longer be done as they are written: what is left is to decide about their case."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from playbook.answers.flow.funnel import case_states
from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook, Rule

WHYS = ("day_passed", "superseded", "silent", "long_overdue")
"""Why an overdue action is outlived; of several, the first holds."""

SILENT_DAYS = 90
"""A case without a known event for longer than this is silent (our own figure: a quarter)."""

LONG_OVERDUE_DAYS = 30
"""An action overdue for longer than this is no work of a morning any more (our own figure: a month)."""

_KEYS = ("playbook", "rule_id")


def outlived(log: EventLog, actions: pl.DataFrame) -> pl.DataFrame:
    """The open due actions of a log with `outlived` beside them: one row per action, in the order given.

    `outlived` says why an overdue action can no longer be done as written, and is null for all others: the planned day
    that it had to come before has passed (`day_passed`); the case has come to a stage beyond the one it leads to
    (`superseded`); nothing is known of its case for `SILENT_DAYS` (`silent`); it is overdue for more than
    `LONG_OVERDUE_DAYS` (`long_overdue`). Rules with `record` are never outlived: their clock ends them itself.
    """
    day = pl.lit(log.as_of.day)
    facts = actions.join(_of_rules(log), on=list(_KEYS), how="left", maintain_order="left").join(
        _of_cases(log), on="case_id", how="left", maintain_order="left"
    )
    first_that_holds = pl.coalesce(
        pl.when(pl.col("backwards") & (pl.col("trigger_at").dt.date() <= day)).then(pl.lit("day_passed")),
        pl.when(pl.col("stage_no") > pl.col("leads_to")).then(pl.lit("superseded")),
        pl.when(pl.col("last_on") < day - pl.duration(days=SILENT_DAYS)).then(pl.lit("silent")),
        pl.when(pl.col("due_at").dt.date() < day - pl.duration(days=LONG_OVERDUE_DAYS)).then(pl.lit("long_overdue")),
    )
    late = (pl.col("status") == "overdue") & ~pl.col("records").fill_null(False)
    return actions.with_columns(facts.select(outlived=pl.when(late).then(first_that_holds)).to_series())


def _of_rules(log: EventLog) -> pl.DataFrame:
    """One row per rule: whether it counts backwards, whether the clock records it, the stage that it leads to."""
    rows = [(book.id, rule.id, _backwards(rule), bool(rule.record), max(_leads_to(book, rule), default=None))
            for book in log.playbooks for rule in book.rules]  # fmt: skip
    schema = {"playbook": pl.String, "rule_id": pl.String, "backwards": pl.Boolean, "records": pl.Boolean}
    return pl.DataFrame(rows, schema={**schema, "leads_to": pl.Int16}, orient="row")


def _backwards(rule: Rule) -> bool:
    return any(due.negative for due in rule.due)


def _leads_to(book: Playbook, rule: Rule) -> Iterator[int]:
    """The stages that what fulfils a rule enters."""
    return (number for number, stage in enumerate(book.stages) if not set(stage.entered_by).isdisjoint(rule.until))


def _of_cases(log: EventLog) -> pl.DataFrame:
    """One row per case: how far it came, and the day of its last known event."""
    rows = [(book.id, stage.id, number) for book in log.playbooks for number, stage in enumerate(book.stages)]
    schema = {"playbook": pl.String, "stage": pl.String, "stage_no": pl.Int16}
    numbered = pl.DataFrame(rows, schema=schema, orient="row")
    far = case_states(log).select("case_id", "playbook", pl.col("stage").cast(pl.String))
    said = log.events.filter(~pl.col("derived")).group_by("case_no").agg(last=pl.col("timestamp").max()).collect()
    last = log.cases.select("case_no", "case_id").join(said, on="case_no", how="left")
    days = last.select("case_id", last_on=pl.col("last").dt.convert_time_zone(log.zone.key).dt.date())
    return far.join(numbered, on=["playbook", "stage"], how="left").drop("playbook", "stage").join(days, on="case_id")
