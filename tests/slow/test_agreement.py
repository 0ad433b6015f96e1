"""Thousands of random workspaces with every feature: each answer of the package is that of the slow reading."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import bridge
import polars as pl
import pytest
from agreement import agrees
from strategies import FEATURES, NONE, random_counts_from, random_scenario


@pytest.mark.parametrize("block", range(60))
def test_thousands_agree(block: int) -> None:
    """Every due action, violation and orphan, at dates and at instants."""
    for seed in range(block * 50, block * 50 + 50):
        agrees(random_scenario(random.Random(f"slow {seed}")))


@pytest.mark.parametrize("feature", [*sorted(FEATURES), "none"])
def test_each_feature_alone(feature: str) -> None:
    """What one feature does by itself."""
    for seed in range(60):
        agrees(random_scenario(random.Random(f"slow {feature} {seed}"), FEATURES & {feature}))


@pytest.mark.parametrize("block", range(10))
def test_since_the_firm_counts(block: int) -> None:
    """With a beginning for all books, or for some."""
    for seed in range(block * 20, block * 20 + 20):
        rng = random.Random(f"slow since {seed}")
        books, tables, as_of = random_scenario(rng)
        agrees((books, tables, as_of), random_counts_from(rng, books, as_of))


@pytest.mark.parametrize("seed", range(100))
def test_many_moments_at_once(seed: int) -> None:
    """A replay has the rows of each moment asked alone."""
    rng = random.Random(f"slow replay {seed}")
    books, tables, as_of = random_scenario(rng)
    start = as_of.date() if isinstance(as_of, datetime) else as_of
    moments = [as_of, *(random_scenario(rng, NONE)[2] for _ in range(3))]
    moments += [start + timedelta(days=days) for days in (-60, -30, -14, -7, -1, 1, 7, 30)]
    ws = bridge.workspace(books, tables)
    found = ws.on(as_of).due_on(moments, all=True)
    for moment in dict.fromkeys(moments):
        among = found.filter(pl.col("as_of") == str(ws.on(moment).as_of)).drop("as_of")
        alone = ws.due(moment, all=True)
        assert bridge.comparable(among.to_dicts(), bridge.DUE) == bridge.comparable(alone.to_dicts(), bridge.DUE)
