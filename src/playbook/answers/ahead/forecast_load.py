"""How many due actions will come to each person and week: those that are known, and those nothing has started yet."""

from __future__ import annotations

import polars as pl

from playbook.answers.flow.funnel import day_of
from playbook.answers.placed.placements import review_rules
from playbook.clock.due import OPEN
from playbook.clock.known import EventLog

WEEKS = 8
"""How many weeks ahead one looks."""

PAST = 26
"""Past weeks that say how much comes unannounced."""

_FEWEST = 8  # weeks of history, below which nothing is said of what is not known yet


def load_ahead(log: EventLog, actions: pl.DataFrame, weeks: int = WEEKS) -> pl.DataFrame:
    """Due actions to come: one row per owner and week of their due, the week of the as-of first.

    `actions` are all due actions at the log's as-of. Columns: `owner` (null: unassigned), `week` (its Monday),
    `announced` (open ones that fall due in it; in the first week also what is overdue), `reviews` (those of them that
    are reviews of a placement), `median`, `low80`, `high80`, `low95`, `high95` (of all that will fall due: those
    known, and those that nothing has started yet; null without eight weeks of history). What comes unannounced is
    what came so many weeks ahead in each of the last 26 weeks, for this person; the bands are those weeks in order,
    one more counted as the next, so they hold what they say if the weeks to come are like them.
    """
    monday = pl.lit(log.as_of.day).dt.truncate("1w")
    behind = actions.select(
        "owner",
        status=pl.col("status"),
        review=pl.col("rule_id").is_in(list(review_rules(log))),
        week=(day_of("due_at", log).dt.truncate("1w") - monday).dt.total_days() // 7,
        lead=(day_of("due_at", log).dt.truncate("1w") - day_of("trigger_at", log).dt.truncate("1w")).dt.total_days()
        // 7,
    )
    owners = behind.filter(pl.col("status").is_in(OPEN))["owner"].unique().sort(nulls_last=True)
    oldest = int(behind["week"].min() or 0)  # type: ignore[arg-type]
    span = min(PAST, -oldest)
    ahead = pl.DataFrame({"ahead": list(range(weeks))}, schema={"ahead": pl.Int64})
    grid = owners.to_frame().join(ahead, how="cross")
    known = (
        behind.filter(pl.col("status").is_in(OPEN))
        .with_columns(ahead=pl.col("week").clip(lower_bound=0))
        .group_by("owner", "ahead")
        .agg(announced=pl.len().cast(pl.Int64), reviews=pl.col("review").sum().cast(pl.Int64))
    )
    rows = grid.join(known, on=["owner", "ahead"], how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.col("announced", "reviews").fill_null(0)
    )
    unknown = _unannounced(behind, owners, weeks, span)
    shown = rows.join(unknown, on=["owner", "ahead"], how="left", nulls_equal=True, maintain_order="left")
    return shown.select(
        "owner", (monday + pl.duration(weeks=pl.col("ahead"))).cast(pl.Date).alias("week"), "announced", "reviews",
        *((pl.col("announced") + pl.col(name)).alias(name) for name in _ENDS),
    )  # fmt: skip


_ENDS = {"median": 0.5, "low80": 0.1, "high80": 0.9, "low95": 0.025, "high95": 0.975}


def _unannounced(behind: pl.DataFrame, owners: pl.Series, weeks: int, span: int) -> pl.DataFrame:
    """How many fell due in a past week that nothing had started so many weeks before: quantiles, by owner and lead."""
    past = behind.filter((pl.col("week") < 0) & (pl.col("week") >= -span))
    every = owners.to_frame().join(
        pl.DataFrame({"week": list(range(-span, 0))}, schema={"week": pl.Int64}), how="cross"
    )
    parts = []
    for ahead in range(weeks):
        counted = past.filter(pl.col("lead") < ahead).group_by("owner", "week").agg(n=pl.len().cast(pl.Int64))
        filled = every.join(counted, on=["owner", "week"], how="left", nulls_equal=True).with_columns(
            pl.col("n").fill_null(0)
        )
        ends = [_ranked(share, span).alias(name) for name, share in _ENDS.items()]
        parts.append(filled.group_by("owner").agg(ends).with_columns(ahead=pl.lit(ahead, pl.Int64)))
    return pl.concat(parts)


def _ranked(share: float, n: int) -> pl.Expr:
    """The value below which the next one stays with this chance, of `n` before it; null where `n` is too small."""
    if n < _FEWEST:
        return pl.lit(None, pl.Int64)
    place = (n + 1) * share
    rank = round(place) if share == 0.5 else int(place) if share < 0.5 else -int(-place // 1)
    return pl.col("n").sort().get(min(max(rank - 1, 0), n - 1))
