"""Live cases that nobody owes anything: the places where a procedure has nothing to say."""

from __future__ import annotations

import polars as pl

from playbook.answers.flow.funnel import case_states
from playbook.clock.known import EventLog
from playbook.clock.owners import owners


def orphans(log: EventLog, open_actions: pl.DataFrame) -> pl.DataFrame:
    """Live cases without an open due action: one row per case.

    Columns: `playbook, case_id, client_id, subject, stage` (the furthest), `last_at` (instant of the last known event),
    `last_activity`, `owner` (who answers for the first role of its playbook that somebody answers for).
    `open_actions` are the open due actions at the same as-of.
    """
    live = case_states(log).filter(pl.col("outcome").is_null()).join(open_actions, on="case_id", how="anti")
    last = log.events.sort("timestamp", "activity").group_by("case_id").last()
    seen = last.select("case_id", last_at="timestamp", last_activity="activity").collect()
    subjects = log.cases.select("case_id", "subject")
    rows = live.join(subjects, on="case_id", how="left").join(seen, on="case_id", how="left")
    held = rows.join(_holders(log, live["case_id"]), on="case_id", how="left")
    columns = ("playbook", "case_id", "client_id", "subject", "stage", "last_at", "last_activity", "owner")
    return held.select(columns).sort("playbook", "case_id")


def _holders(log: EventLog, cases: pl.Series) -> pl.DataFrame:
    """One row per case: who answers for its first role, in the order of the playbook; a candidate owes nothing."""
    roles = [(book.id, role.id, number) for book in log.playbooks for number, role in enumerate(book.roles)
             if role.side != "candidate"]  # fmt: skip
    schema = {"playbook": pl.String, "role": pl.String, "nth": pl.Int32}
    ranked = pl.DataFrame(roles, schema=schema, orient="row")
    asked = log.cases.filter(pl.col("case_id").is_in(cases.implode())).select("case_no", "case_id", "playbook")
    found = owners(log).collect().join(asked, on="case_no").join(ranked, on=["playbook", "role"])
    return found.sort("nth").group_by("case_id").agg(pl.col("owner").first())
