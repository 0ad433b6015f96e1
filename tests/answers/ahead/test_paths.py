"""How cases move on: stays, hazards, paths; held against the Aalen-Johansen estimate and against known laws."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from moving_firms import BOOK, Moving, moving_log, moving_tables
from small_logs import book, log_of

from playbook.answers.ahead.paths import EDGES, HALF_LIFE, Moves, drawn_hazards, exposures, fading, memory, moves, walk
from playbook.answers.statistics import cumulative_incidence

STEPS = book(
    {"applied": ["applied"], "met": ["met"], "offered": ["offered"]},
    [("hired", "won", ["hired"]), ("declined", "declined", ["declined"])],
)


def _moved(*events: tuple[str, str, str]) -> list[tuple[int, float, int]]:
    """State, days and what came next, in order, at the end of November."""
    found = moves(log_of(STEPS, list(events), "2026-11-30T00:00"), STEPS)
    return list(zip(found.state.tolist(), found.spent.round(3).tolist(), found.to.tolist(), strict=True))


def test_a_case_goes_from_stage_to_stage_to_its_end() -> None:
    """Each stay has its days, and the last leads to the outcome, which comes after the states."""
    events = [("C", "applied", "2026-11-01"), ("C", "met", "2026-11-04"), ("C", "declined", "2026-11-10")]
    assert _moved(*events) == [(1, 3.0, 2), (2, 6.0, 4 + 1)]


def test_an_open_case_is_still_there_and_one_before_its_first_stage_has_begun() -> None:
    """The days so far count, to as-of."""
    assert _moved(("C", "called", "2026-11-20"), ("C", "applied", "2026-11-25")) == [(0, 5.0, 1), (1, 5.0, -1)]


def test_a_stage_that_was_skipped_or_entered_ahead_is_no_stay() -> None:
    """The case is where its furthest stage is."""
    assert _moved(("C", "applied", "2026-11-01"), ("C", "offered", "2026-11-05"), ("C", "met", "2026-11-09")) == [
        (1, 4.0, 3), (3, 25.0, -1)
    ]  # fmt: skip


def test_a_stage_entered_with_the_outcome_is_passed_through() -> None:
    """The contract is the stage and the end at once."""
    events = [("C", "applied", "2026-11-01"), ("C", "offered", "2026-11-08"), ("C", "hired", "2026-11-08")]
    assert _moved(*events) == [(1, 7.0, 4)]


def test_a_case_that_only_ended_was_there_for_no_time() -> None:
    """It counts as an end before the first stage."""
    assert _moved(("C", "declined", "2026-11-08")) == [(0, 0.0, 5)]


def test_exposures_are_the_days_of_all_stays_and_fade_by_half_in_a_half_life() -> None:
    """Step by step they add up to what was spent; what is a half-life old counts half."""
    known = moves(moving_log(moving_tables(Moving(cases=60), 1), 600), BOOK)
    days, seen = exposures(known, fading(1e12))
    assert days.sum() == pytest.approx(known.spent.sum() + 0.02 * seen.sum(), rel=1e-6)
    assert seen.sum() == pytest.approx((known.to >= 0).sum())
    one = Moves(np.array([0]), np.array([1]), np.array([-HALF_LIFE]), np.array([0.0]), np.array([2]), 4, 2)
    assert exposures(one, fading(HALF_LIFE))[1].sum() == pytest.approx(0.5)


def test_the_hazards_lead_to_the_incidence_of_aalen_and_johansen() -> None:
    """From a stage just entered, the share that has left in each way by a day is that of the curve with open cases."""
    known = moves(moving_log(moving_tables(Moving(cases=1500), 2), 600), BOOK)
    here = known.only(known.state == 2)
    rng = np.random.default_rng(0)
    hazards = drawn_hazards(known, 400, rng, half_life=1e12)
    n = 400 * 20
    paths = walk(hazards, np.arange(n) % 400, np.full(n, 2), np.zeros(n), np.zeros(n), 10_000, rng)
    named = [None if to < 0 else str(to) for to in here.to.tolist()]
    curves = cumulative_incidence(here.spent, named)
    for end, outcome in enumerate(BOOK.outcomes):
        if outcome.kind == "won":
            continue
        # Of those who leave this stage first: an end without a further stage on the way.
        onward = np.zeros(n, dtype=bool)
        entered = np.bincount(np.flatnonzero(paths.end == end), minlength=n).astype(bool)
        for day in (7, 14, 28):
            truth = curves.filter(cause=str(known.states + end)).filter(pl.col("days") <= day)["incidence"][-1]
            soon = entered & ~onward & (paths.at <= day)
            assert soon.mean() == pytest.approx(truth, abs=0.03 + 0.25 * (1 - truth) * (day > 7))


def test_time_already_spent_counts() -> None:
    """Stays of a gamma law hardly end on the first day: who has been there ten days leaves sooner than who just came."""
    known = moves(moving_log(moving_tables(Moving(cases=1500), 3), 600), BOOK)
    rng = np.random.default_rng(0)
    hazards, n = drawn_hazards(known, 200, rng), 4000
    left = [
        (walk(hazards, np.arange(n) % 200, np.full(n, 3), np.full(n, spent), np.zeros(n), 2.0, rng).at <= 2).mean()
        for spent in (0.0, 10.0)
    ]
    assert left[1] > 1.5 * left[0]


def test_few_cases_leave_the_hazards_more_open_than_many() -> None:
    """The spread of the draws falls with the number of cases."""
    spreads = []
    for cases in (60, 1500):
        known = moves(moving_log(moving_tables(Moving(cases=cases), 4), 600), BOOK)
        hazards = drawn_hazards(known, 300, np.random.default_rng(0))
        total = hazards.by_end.sum(3)[:, 2, :6].mean(1)
        spreads.append(total.std() / total.mean())
    assert spreads[0] > 2 * spreads[1]


def test_beyond_the_longest_stay_ever_seen_the_hazard_goes_on() -> None:
    """A case that waits longer than any before it is not stuck, nor gone at once."""
    known = moves(moving_log(moving_tables(Moving(cases=300), 5), 600), BOOK)
    by_end = drawn_hazards(known, 200, np.random.default_rng(0)).by_end.sum(3)
    assert (by_end > 0).all() and np.isfinite(by_end).all()
    assert by_end.shape[2] == len(EDGES)


def test_a_procedure_that_changed_is_forgotten_and_a_steady_one_is_not() -> None:
    """Half a year after everything became slower and fewer went on, the time before counts little."""
    steady = [memory(moves(moving_log(moving_tables(Moving(cases=500), seed), 600), BOOK)) for seed in range(6)]
    changed = Moving(cases=1000, changed_on=450, slower=1.6, then=(0.45, 0.5, 0.6))
    moved = [memory(moves(moving_log(moving_tables(changed, seed), 600), BOOK)) for seed in range(4)]
    assert steady.count(HALF_LIFE) >= 5  # chance finds a change now and then, and the bands get wider
    assert max(moved) < HALF_LIFE
