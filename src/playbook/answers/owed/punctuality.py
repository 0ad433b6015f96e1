"""How well each clock is kept: per rule, in time, late, breached, still running."""

from __future__ import annotations

import polars as pl

from playbook.answers.flow.funnel import columns_of, groups_of
from playbook.answers.statistics import TOO_FEW, with_rate
from playbook.answers.subject import By
from playbook.clock.due import OPEN
from playbook.clock.known import EventLog


def clocks_kept(actions: pl.DataFrame, log: EventLog | None = None, by: By = (), months: int = 6) -> pl.DataFrame:
    """How many promises of a rule were kept in time: one row per rule that had a due action, and group.

    `actions` are all due actions at an as-of, `log` what was known at it, needed for `by` (see `funnel.groups_of`).
    Columns: `playbook`, those of `by`, `rule_id, basis`; `kept` (met in time), `late` (met
    after the due), `missed` (closed late or lapsed), `overdue` (open, past its due), `open` (open, in time), `void`;
    `rate` = kept / (kept + late + missed + overdue) with its 95 % Wilson interval `ci_low, ci_high`; `too_few` where
    fewer than `statistics.TOO_FEW` are decided. An action still in time is no success yet, so it does not count.
    """
    status = pl.col("status")
    groups = [name for name in columns_of(by) if name != "playbook"]
    of_cases = [name for name in groups if name not in actions.columns]  # an action has an owner and a client itself
    if log is not None and of_cases:
        of_case = log.cases.select("case_no", "case_id").join(groups_of(log, of_cases, months), on="case_no")
        actions = actions.join(of_case.select("case_id", *of_cases), on="case_id", how="left")
    counted = actions.group_by("playbook", *groups, "rule_id", "basis").agg(
        kept=(status == "met").sum(),
        late=(status == "met_late").sum(),
        missed=status.is_in(["closed_late", "lapsed"]).sum(),
        overdue=(status == "overdue").sum(),
        open=status.is_in([each for each in OPEN if each != "overdue"]).sum(),
        void=(status == "void").sum(),
    )
    decided = counted.with_columns(decided=pl.sum_horizontal("kept", "late", "missed", "overdue"))
    rated = with_rate(decided, "kept", "decided").with_columns(too_few=pl.col("decided") < TOO_FEW)
    return rated.drop("decided").sort("playbook", *groups, "rule_id", nulls_last=True)
