"""Where everybody is: no case of the table, and no row of it, is in no answer without being named."""

from __future__ import annotations

import polars as pl

from playbook.answers.flow.funnel import case_states
from playbook.clock.known import EventLog
from playbook.tables.declared import ROW
from playbook.tables.versions import RECORDED, known_from

IN_ANSWERS = ("asked", "idle", "ended")
"""Where a case is that answers know: somebody is asked for something, nobody is, or it has ended."""

MISSING = ("no_event", "later", "other_playbook", "gone", "refused")
"""Where it is in no answer: nothing has happened, not yet known, of a playbook not in use, taken back, unusable."""


def accounted(log: EventLog, open_actions: pl.DataFrame) -> pl.DataFrame:
    """Where each case of the table is: one row per case, then one per row of the table that could not be used.

    Columns: `playbook, case_id, client_id, subject, where` (one of `IN_ANSWERS` or of `MISSING`), `row` (of the table;
    of the last version). `open_actions` are the open due actions at the same as-of. A row that repeats a case that is
    there counts as a row of its own: it could not be used.
    """
    cases = log.kept.cases.unique("case_id", keep="last", maintain_order=True)
    found = cases.with_columns(_where(log, cases, open_actions))
    columns = ("playbook", "case_id", "client_id", "subject", "where", ROW)
    return pl.concat([found.select(columns), _refused(log).select(columns)]).sort("case_id", ROW, nulls_last=True)


def _where(log: EventLog, cases: pl.DataFrame, open_actions: pl.DataFrame) -> pl.Expr:
    states = case_states(log)
    ended = _among(states.filter(pl.col("outcome").is_not_null())["case_id"])
    known, asked = _among(states["case_id"]), _among(open_actions["case_id"])
    in_use = pl.col("playbook").is_in([book.id for book in log.playbooks])
    at = pl.lit(log.moment).dt.cast_time_unit("us")
    ahead = log.kept.events.filter(known_from("events") > at)["case_id"]
    later = _among(ahead) | (pl.col("created_at") > at)
    stood = _among(log.tables.cases["case_id"])
    if RECORDED in cases.columns:
        later |= ~stood & (pl.col(RECORDED) > at)
    return (
        pl.when(~in_use).then(pl.lit("other_playbook"))
        .when(known & ended & ~asked).then(pl.lit("ended"))
        .when(known & asked).then(pl.lit("asked"))
        .when(known).then(pl.lit("idle"))
        .when(later).then(pl.lit("later"))
        .when(~stood).then(pl.lit("gone"))
        .otherwise(pl.lit("no_event"))
        .alias("where")
    )  # fmt: skip


def _among(ids: pl.Series) -> pl.Expr:
    return pl.col("case_id").is_in(ids.unique().implode())


def _refused(log: EventLog) -> pl.DataFrame:
    """The rows of the table that could not be used: a bad cell of a row that is used counts for nothing here."""
    tables = log.kept
    rows = tables.quarantine.filter(pl.col("table") == "cases", ~pl.col(ROW).is_in(tables.cases[ROW].implode()))
    named = rows.select("table", ROW).unique(maintain_order=True).join(tables.whose, on=["table", ROW], how="left")
    none = pl.lit(None, pl.String)
    return named.with_columns(playbook=none, subject=none, where=pl.lit("refused"))
