"""How right forecasts were: the same forecast made at past month ends, from what was known then, beside what came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from playbook.answers.ahead.estimates import binomial_tail
from playbook.answers.ahead.forecast import BANDS, DAYS, forecast
from playbook.answers.flow.funnel import case_states
from playbook.clock.known import EventLog

MONTHS = 12
"""How many month ends a record goes back."""

DRAWS = 200
COLUMNS = ("made_on", "playbook", "days", "outcome", "median", *BANDS, "came")

VERDICTS = ("holds", "widened", "refused", "no_record")
"""What a record does to a forecast: it stands; its bands are made as wide as they should have been; it is withheld,
since even that would not be enough; or there is no record to judge by, which is said."""

WIDEST = 3.0
"""A forecast whose bands would have to be wider than so many times is none. Ours."""

_FEWEST = 6  # forecasts that have come due, below which a record says nothing


def month_ends(day: date, months: int = MONTHS) -> list[date]:
    """The last month ends before a day, the earliest first.

    >>> [str(one) for one in month_ends(date(2026, 3, 31), 2)]
    ['2026-01-31', '2026-02-28']
    """
    found: list[date] = []
    while len(found) < months:
        day = day.replace(day=1) - timedelta(days=1)
        found.append(day)
    return found[::-1]


def record(past: Iterable[EventLog], now: EventLog, days: Sequence[int] = DAYS, draws: int = DRAWS) -> pl.DataFrame:
    """The forecasts made at past moments beside what came: one row per moment, playbook, number of days and outcome.

    `past`: what was known at each of the moments, and nothing later; `now`: what is known today. Columns: `made_on`,
    `playbook`, `days`, `outcome`, `median`, `low80`, `high80`, `low95`, `high95` (as made then; null where there was no
    forecast), `came` (of the cases open then, as far as was known then, how many had ended so by that day, as is known
    now; null where the day has not come).
    """
    parts = [_beside(made, now, days, draws) for made in past]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *parts])


_SCHEMA = {
    "made_on": pl.Date, "playbook": pl.String, "days": pl.Int64, "outcome": pl.String,
    **dict.fromkeys(("median", *BANDS, "came"), pl.Int64),
}  # fmt: skip


def _beside(made: EventLog, now: EventLog, days: Sequence[int], draws: int) -> pl.DataFrame:
    told = forecast(made, days, draws=draws)
    open_then = case_states(made).filter(pl.col("outcome").is_null()).select("case_id")
    ended = case_states(now).join(open_then, on="case_id", how="semi").filter(pl.col("outcome").is_not_null())
    horizons = pl.DataFrame({"days": list(days)}, schema={"days": pl.Int64}).with_columns(
        until=pl.lit(made.moment) + pl.duration(days=pl.col("days"))
    )
    came = (
        ended.join(horizons, how="cross")
        .filter(pl.col("outcome_at") <= pl.col("until"))
        .group_by("playbook", "days", "outcome")
        .agg(came=pl.len().cast(pl.Int64))
    )
    known = horizons.select("days", known=pl.col("until") <= now.moment)
    return (
        told.join(came, on=["playbook", "days", "outcome"], how="left", maintain_order="left")
        .join(known, on="days", maintain_order="left")
        .with_columns(made_on=pl.lit(made.as_of.day), came=pl.when("known").then(pl.col("came").fill_null(0)))
        .select(COLUMNS)
    )


def reliability(made: pl.DataFrame) -> pl.DataFrame:
    """What a record says of the forecasts of each playbook: one row per playbook, judged by its shortest horizon.

    Columns: `playbook`, `days`, `made` (forecasts that have come due and said something: not those of nothing where
    nothing came), `inside80`, `inside95` (of these, inside the bands), `factor` (how much wider the bands would have
    had to be for 80 % to lie inside; at least 1), `verdict` (see `VERDICTS`; a record is bad where a band that holds 80
    % would have held so few less than once in twenty times).
    """
    shortest = made.filter(pl.col("days") == pl.col("days").min())
    said = pl.col("came").is_not_null() & pl.col("median").is_not_null()
    judged = shortest.filter(said & ~((pl.col("high95") == 0) & (pl.col("came") == 0)))
    rows = [
        _judged(str(book), part)
        for (book,), part in shortest.select("playbook")
        .unique(maintain_order=True)
        .join(judged, on="playbook", how="left", maintain_order="left")
        .group_by("playbook", maintain_order=True)
    ]
    return pl.DataFrame(rows, schema=_RELIABILITY, orient="row")


_RELIABILITY = {
    "playbook": pl.String, "days": pl.Int64, "made": pl.Int64, "inside80": pl.Int64, "inside95": pl.Int64,
    "factor": pl.Float64, "verdict": pl.String,
}  # fmt: skip


def _judged(book: str, part: pl.DataFrame) -> tuple[str | int | float | None, ...]:
    rows = part.drop_nulls("came")
    inside80, inside95 = (
        int(rows.select(pl.col("came").is_between(f"low{band}", f"high{band}").sum()).item()) for band in (80, 95)
    )
    days = rows["days"][0] if rows.height else None
    if rows.height < _FEWEST:
        return book, days, rows.height, inside80, inside95, 1.0, "no_record"
    median, low, high, came = (rows[name].to_numpy() for name in ("median", "low80", "high80", "came"))
    half = np.where(came > median, high - median, median - low) + 0.5
    factor = max(1.0, float(np.quantile(np.abs(came - median) / half, 0.8, method="inverted_cdf")))
    bad = binomial_tail(rows.height - inside80, rows.height, 0.2) < 0.05
    verdict = "holds" if not bad else "widened" if factor <= WIDEST else "refused"
    return book, days, rows.height, inside80, inside95, factor if bad else 1.0, verdict


def as_reliable(told: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """A forecast as its record lets it stand: bands widened where they were too narrow, null where it is refused.

    `told` is an answer of `forecast`, `judged` one of `reliability`; the columns of `told`.
    """
    both = told.join(judged.select("playbook", "factor", "verdict"), on="playbook", how="left", maintain_order="left")
    factor = pl.col("factor").fill_null(1.0)
    most = pl.col("open_cases")
    refused = (pl.col("verdict") == "refused").fill_null(False)
    away = {name: (pl.col(name) - pl.col("median")) * factor for name in BANDS}
    wide = {
        name: (pl.col("median") + (one.floor() if name.startswith("low") else one.ceil())).cast(pl.Int64).clip(0, most)
        for name, one in away.items()
    }
    shown = [pl.when(~refused).then(one).alias(name) for name, one in {"median": pl.col("median"), **wide}.items()]
    return both.with_columns(shown).select(told.columns)
