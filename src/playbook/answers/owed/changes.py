"""What has changed between two as-of moments: due actions that are new, resolved or worse."""

from __future__ import annotations

import polars as pl

from playbook.clock.due import OPEN, STATUSES

CHANGES = ("new", "worse", "resolved", "same")
ACTION = ("playbook", "rule_id", "case_id", "trigger", "trigger_at", "entry")
"""What identifies a due action, whenever it is asked for."""

_URGENCY = {"waiting": 0, "postponed": 0, "paused": 0, "upcoming": 1, "due_soon": 2, "due_today": 3, "overdue": 4}


def changes(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """How due actions changed between two answers: one row per action that is open in either.

    `before` and `now` are all due actions (closed ones included) at two moments. Columns: those of `now` (of `before`
    for an action that no longer exists), `before` (its status then, empty for a new one) and `change` (one of
    `CHANGES`): `new` is open now and was not, `resolved` was open and is not now, `worse` is open and more urgent.
    """
    keys = list(ACTION)
    then = before.select(*keys, before=pl.col("status"))
    current = now.join(then, on=keys, how="left", nulls_equal=True)
    gone = before.join(now, on=keys, how="anti", nulls_equal=True).with_columns(before="status", status=pl.lit(None))
    rows = pl.concat([current, gone.select(current.columns)], how="vertical_relaxed")
    open_now, open_then = (pl.col(name).is_in(list(OPEN)).fill_null(False) for name in ("status", "before"))
    worse = _urgency("status") > _urgency("before")
    change = (
        pl.when(open_now & ~open_then).then(pl.lit("new"))
        .when(~open_now & open_then).then(pl.lit("resolved"))
        .when(worse).then(pl.lit("worse"))
        .otherwise(pl.lit("same"))
    )  # fmt: skip
    return rows.filter(open_now | open_then).with_columns(change=change)


def _urgency(column: str) -> pl.Expr:
    known = {status: _URGENCY.get(status, -1) for status in STATUSES}
    return pl.col(column).cast(pl.String).replace_strict(known, default=-1, return_dtype=pl.Int8)
