"""Cases know nothing of each other: however a log is cut into shards, the answer is the same."""

from __future__ import annotations

import random

import bridge
import numpy as np
import polars as pl
import pytest
from strategies import random_scenario
from thinned import tries

from playbook.clock import due, ordered
from playbook.clock.due import OPEN, due_actions, due_shards
from playbook.clock.known import EventLog, known


def _log(seed: int) -> EventLog:
    books, tables, as_of = random_scenario(random.Random(seed))
    ws = bridge.workspace(books, tables)
    return known(ws.tables, ws.playbooks, ws.on(as_of).as_of)


def _rows(frame: pl.DataFrame) -> list[tuple[str, ...]]:
    return bridge.comparable(frame.to_dicts(), bridge.DUE)


@pytest.mark.parametrize("seed", range(tries(8, 40)))
def test_any_size_of_shard_gives_the_same_rows(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of one case, of a few events and of everything agree."""
    whole = _rows(due_actions(_log(seed)).collect())
    for events in (1, 9):
        monkeypatch.setattr(ordered, "_SHARD", events)
        shards = list(due_shards(_log(seed)))
        assert _rows(pl.concat(shards)) == whole
        assert sum(frame.height for frame in shards) == len(whole)


@pytest.mark.parametrize("seed", range(tries(12, 40)))
def test_open_actions_are_the_open_ones_of_all(seed: int) -> None:
    """Asked for open actions only, the clock leaves out the others and no more."""
    log = _log(seed)
    among_all = due_actions(log).filter(pl.col("status").is_in(OPEN)).collect()
    assert _rows(due_actions(log, only_open=True).collect()) == _rows(among_all)


@pytest.mark.parametrize("seed", range(tries(4, 10)))
def test_shards_side_by_side_and_in_turn_give_the_same_rows(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many events are judged by threads, a few by none; the answer does not know."""
    in_turn = _rows(due_actions(_log(seed)).collect())
    monkeypatch.setattr(due, "_FEW", 0)
    assert _rows(due_actions(_log(seed)).collect()) == in_turn


def test_no_shard_is_too_large_for_one_integer() -> None:
    """However long the time and however few the events, case and moment fit in 64 bits together."""
    width = 150 * 366 * 86_400_000_000
    most = ordered.most_cases(events=0, cases=10**7, width=width)
    assert 0 < most * (width + 2) + width < np.iinfo(np.int64).max
    assert ordered.most_cases(events=10**7, cases=10, width=width) == 1


@pytest.mark.parametrize("rows", [0, 1, 5_000])
def test_rows_are_put_in_order_as_lexsort_does(rows: int) -> None:
    """Keys of any width, wider than what is left beside a place too; rows that are alike stay as they stand."""
    rng = np.random.default_rng(7)
    keys = (
        rng.integers(-(2**62), 2**62, rows) >> 20,
        rng.integers(-128, 128, rows).astype(np.int8),
        rng.choice(np.array([ordered.NEVER, -ordered.NEVER, 0, 5]), rows),
    )
    assert (ordered.places_in_order(*keys) == np.lexsort(keys)).all()
