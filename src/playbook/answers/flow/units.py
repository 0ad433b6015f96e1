"""Branches, clients or people held against each other fairly: case mix held, small ones pooled, nobody ranked."""

from __future__ import annotations

from statistics import NormalDist

import polars as pl

from playbook.answers.flow.funnel import ADVANCED, columns_of, groups_of, stays
from playbook.answers.statistics import TOO_FEW
from playbook.answers.subject import By
from playbook.clock.known import EventLog

VERDICTS = ("inside", "above", "below", "too_few")
_Z = {"95": NormalDist().inv_cdf(0.975), "998": NormalDist().inv_cdf(0.999)}


def units(log: EventLog, by: By, months: int = 6) -> pl.DataFrame:
    """How many went on, against how many of the same stages usually do: one row per playbook and group, by name.

    Columns: `playbook`, those of `by`, `decided` (stays in a stage that ended), `advanced` (of these, to a later stage
    or the end), `rate`, `usual` (the rate that the playbook's stages would give this mix of stages), `pooled` (the rate
    drawn towards `usual` as far as few cases leave it open), `low95`, `high95`, `low998`, `high998` (between these a
    group as usual lies 95 and 99.8 % of the time: the limits of a funnel plot), `verdict`: `inside`, `above` or `below`
    (beyond the 99.8 % limits), `too_few` below `statistics.TOO_FEW` decided, where nothing is said.

    There is no rank. Source: D. J. Spiegelhalter, Statist. Med. 24 (2005), 1185-1202.
    """
    names = [name for name in columns_of(by) if name != "playbook"]
    groups = groups_of(log, names, months)
    # A stage that was left the moment it was entered was passed through: nobody decided anything there.
    ended = stays(log).filter(pl.col("ended").is_not_null() & (pl.col("reached_at") < pl.col("left_at")))
    mixed = ended.with_columns(groups[name].gather(ended["case_no"]) for name in names).with_columns(
        went=(pl.col("ended") == ADVANCED).cast(pl.Float64)
    )
    usual = mixed.with_columns(usual=pl.col("went").mean().over("playbook", "stage_no"))
    head = ["playbook", *names]
    # In their order: what is added up in another has other last digits, and files would differ from run to run.
    summed = usual.group_by(head, maintain_order=True).agg(
        decided=pl.len().cast(pl.Int64),
        advanced=pl.col("went").sum().cast(pl.Int64),
        usual=pl.col("usual").mean(),
        spread=(pl.col("usual") * (1 - pl.col("usual"))).sum().sqrt() / pl.len(),
    )
    rated = summed.with_columns(rate=pl.col("advanced") / pl.col("decided"))
    limits = [
        (pl.col("usual") + sign * z * pl.col("spread")).clip(0, 1).alias(f"{end}{name}")
        for name, z in _Z.items()
        for sign, end in ((-1, "low"), (1, "high"))
    ]
    told = rated.with_columns(*limits, pooled=_pooled())
    verdict = (
        pl.when(pl.col("decided") < TOO_FEW)
        .then(pl.lit("too_few"))
        .when(pl.col("rate") < pl.col("low998"))
        .then(pl.lit("below"))
        .when(pl.col("rate") > pl.col("high998"))
        .then(pl.lit("above"))
        .otherwise(pl.lit("inside"))
    )
    return (
        told.with_columns(verdict=verdict)
        .sort(head, nulls_last=True)
        .select(
            *head, "decided", "advanced", "rate", "usual", "pooled", "low95", "high95", "low998", "high998", "verdict"
        )
    )


def _pooled() -> pl.Expr:
    """The rate, drawn towards the usual one: by how much groups differ beyond chance, within their playbook."""
    away = pl.col("rate") - pl.col("usual")
    chance = pl.col("spread") ** 2
    between = (away**2 - chance).mean().over("playbook").clip(lower_bound=0)
    whole = between + chance
    own = pl.when(whole > 0).then(between / whole).otherwise(0.0)
    return pl.col("usual") + own * away
