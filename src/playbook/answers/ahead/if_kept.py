"""What if every promise of a rule were kept: only where it is known to matter, and as far as that goes."""

from __future__ import annotations

import numpy as np
import polars as pl

from playbook.clock.due import OPEN

DRAWS = 4_000
_Z = 1.96
_SEED = 20_261_120


def if_kept(actions: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """By how much fewer open cases would be lost to decline: one row per rule that matters and has open actions.

    `actions` are the due actions at a moment, `told` the answer of `matters.matters` at the same. Columns: `playbook`,
    `rule_id`, `ahead` (open actions not yet due), `late_share` (as many of these are late as before), `median`,
    `low80`, `high80`, `low95`, `high95` (cases), drawn over how many would be late, by how much that goes along with
    declines, and chance. It holds as far as cases that are late and cases that are not differ in nothing else: what no
    log records stays unseen. No row where a rule hardly matters, or one cannot tell.
    """
    matter = told.filter((pl.col("verdict") == "matters") & (pl.col("effect") > 0))
    still = pl.col("status").is_in(OPEN) & (pl.col("status") != "overdue")
    ahead = actions.filter(still).group_by("playbook", "rule_id").agg(ahead=pl.len().cast(pl.Int64))
    rows = matter.join(ahead, on=["playbook", "rule_id"]).sort("playbook", "rule_id")
    rng = np.random.default_rng(_SEED)
    found = [_fewer(row, rng) for row in rows.iter_rows(named=True)]
    return rows.select("playbook", "rule_id", "ahead").hstack(pl.DataFrame(found, schema=_FOUND, orient="row"))


_FOUND = {"late_share": pl.Float64, **dict.fromkeys(("median", "low80", "high80", "low95", "high95"), pl.Float64)}


def _fewer(row: dict[str, float], rng: np.random.Generator) -> tuple[float, ...]:
    late, kept, ahead = int(row["late_n"]), int(row["kept_n"]), int(row["ahead"])
    share = rng.beta(late + 0.5, kept + 0.5, DRAWS)
    error = (row["effect_high"] - row["effect_low"]) / (2 * _Z)
    effect = np.clip(rng.normal(row["effect"], error, DRAWS), -1, 1)
    # Of those that would be late, each is lost or not with that much more chance; where lateness helps, the other way.
    lost = rng.binomial(rng.binomial(ahead, share), np.abs(effect)) * np.sign(effect)
    ends = np.quantile(lost, (0.5, 0.1, 0.9, 0.025, 0.975), method="inverted_cdf")
    return (late / (late + kept), *(float(end) for end in ends))
