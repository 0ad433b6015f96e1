"""Live cases that nobody owes anything: the places where a procedure has nothing to say."""

from __future__ import annotations

import polars as pl

from playbook.answers.funnel import case_states
from playbook.clock.known import EventLog


def orphans(log: EventLog, open_actions: pl.DataFrame) -> pl.DataFrame:
    """Live cases without an open due action: one row per case.

    Columns: `playbook, case_id, client_id, subject, stage` (the furthest), `last_at` (instant of the last known event),
    `last_activity`. `open_actions` are the open due actions at the same as-of.
    """
    live = case_states(log).filter(pl.col("outcome").is_null()).join(open_actions, on="case_id", how="anti")
    last = log.events.sort("timestamp", "activity").group_by("case_id").last()
    seen = last.select("case_id", last_at="timestamp", last_activity="activity").collect()
    subjects = log.cases.select("case_id", "subject")
    rows = live.join(subjects, on="case_id", how="left").join(seen, on="case_id", how="left")
    columns = ("playbook", "case_id", "client_id", "subject", "stage", "last_at", "last_activity")
    return rows.select(columns).sort("playbook", "case_id")
