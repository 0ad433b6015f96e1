"""How cases move on: a semi-Markov model of stages and ends, and the paths that open cases may take by it.

The time already spent in a stage counts, and the ends compete. Hazards are steps over the days in a stage; what is not
known of them is drawn anew for every path, so that a sum of paths holds both chance and the uncertainty of the
estimate. Source: Andersen and Keiding, Stat. Meth. Med. Res. 11 (2002), 91-115; Gelman et al., Bayesian Data Analysis
(2013).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.answers.flow.funnel import DAY, case_states, once_a_log, stays
from playbook.answers.statistics import Floats
from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook

StateNumbers = npt.NDArray[np.int64]

EDGES = np.array([0, 1, 2, 4, 7, 11, 16, 23, 33, 48, 70, 105, 160, 250, 400], dtype=np.float64)
"""Where the steps of a hazard begin, in days since a stage was entered; the last has no end."""

HALF_LIFE = 365.0
"""Days after which what happened counts half: a procedure changes, and a forecast must forget the old one."""

_PRIOR = 0.5  # events that a step borrows from the step before it, so that an empty one is not a wall
_SPLIT = 2.0  # events that the ends of a step borrow from those of its stage
_ABOUT = 0.25  # events that an end never seen from a stage borrows from the other stages
_AT_ONCE = 0.02  # days: what happens at once takes half an hour


@dataclass(frozen=True)
class Moves:
    """How the cases of a playbook moved: one element per stay of a case in a state.

    States: 0 before the first stage, then the stages; `to` is a state, or the number of states and the place of the
    outcome; -1 where it is still there. `entered`, `spent` in days (`entered` before as-of, so negative).
    """

    case: StateNumbers
    state: StateNumbers
    entered: Floats
    spent: Floats
    to: StateNumbers
    states: int
    outcomes: int

    @property
    def open(self) -> npt.NDArray[np.bool_]:
        """The stays that have not ended."""
        return self.to < 0

    def only(self, kept: npt.NDArray[np.bool_]) -> Moves:
        """Some of them."""
        case, state, to = self.case[kept], self.state[kept], self.to[kept]
        return Moves(case, state, self.entered[kept], self.spent[kept], to, self.states, self.outcomes)


def moves(log: EventLog, book: Playbook) -> Moves:
    """How the cases of one playbook moved, as far as known; in order of case and time.

    A stage entered at the very moment of the outcome is passed through; a stage entered ahead of an earlier one is
    where the case is. A case that has ended is no longer there, one that was opened again is.
    """
    table = _all_moves(log).filter(pl.col("playbook") == book.id)
    case, state, to = (table[name].cast(pl.Int64).to_numpy() for name in ("case_no", "state", "to"))
    states = len(book.stages) + 1
    return Moves(case, state, table["entered"].to_numpy(), table["spent"].to_numpy(), to, states, len(book.outcomes))


@once_a_log
def _all_moves(log: EventLog) -> pl.DataFrame:
    """The stays of the cases of every playbook with outcomes, in order of case and time: the columns of `Moves`."""
    own = log.cases.select("case_no", "playbook", "created_at").hstack(case_states(log).select("outcome", "outcome_at"))
    cases = own.join(_ends(log.playbooks), on=["playbook", "outcome"], how="left", maintain_order="left")
    firsts = log.events.group_by("case_no").agg(first=pl.col("timestamp").min()).collect()
    begun = cases.join(firsts, on="case_no", how="left", maintain_order="left").select(
        "case_no", at=pl.min_horizontal("first", "created_at"), state=pl.lit(0, pl.Int64)
    )
    reached = stays(log).select("case_no", at="reached_at", state=pl.col("stage_no").cast(pl.Int64) + 1)
    steps = pl.concat([begun, reached]).join(cases.select("case_no", "playbook", "end", "outcome_at"), on="case_no")
    inside = steps.filter(
        pl.col("at").is_not_null(), pl.col("outcome_at").is_null() | (pl.col("at") < pl.col("outcome_at"))
    )
    # A case that has nothing before its outcome was there for no time at all.
    lone = cases.filter(pl.col("outcome_at").is_not_null()).join(inside, on="case_no", how="anti")
    alone = lone.select("case_no", "playbook", "end", "outcome_at", at="outcome_at", state=pl.lit(0, pl.Int64)).select(
        inside.columns
    )
    ordered = pl.concat([inside, alone]).sort("case_no", "at", "state")
    furthest = ordered.with_columns(pl.col("state").cum_max().over("case_no"))
    here = furthest.unique(["case_no", "at"], keep="last", maintain_order=True)
    moved = here.filter((pl.col("state") != pl.col("state").shift(1).over("case_no")).fill_null(True))
    later = moved.with_columns(
        left=pl.coalesce(pl.col("at").shift(-1).over("case_no"), "outcome_at"),
        to=pl.coalesce(pl.col("state").shift(-1).over("case_no"), "end").fill_null(-1),
    )
    now = pl.lit(log.moment).cast(pl.Datetime("us", log.zone.key)).cast(pl.Int64)
    until, at = pl.coalesce(pl.col("left").cast(pl.Int64), now), pl.col("at").cast(pl.Int64)
    return later.select(
        "playbook", "case_no", "state", "to",
        entered=(at - now) / DAY, spent=((until - at) / DAY).clip(lower_bound=0),
    )  # fmt: skip


def _ends(playbooks: Sequence[Playbook]) -> pl.DataFrame:
    """The number of each outcome as an end: after the states, in the order of its book."""
    rows = [
        (book.id, outcome.id, len(book.stages) + 1 + place)
        for book in playbooks
        for place, outcome in enumerate(book.outcomes)
    ]
    return pl.DataFrame(rows, schema={"playbook": pl.String, "outcome": pl.String, "end": pl.Int64}, orient="row")


@dataclass(frozen=True)
class Hazards:
    """Draws of what the hazards may be: `by_end[draw, state, step, end]`, a day; ends are states, then outcomes."""

    by_end: Floats

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return len(self.by_end)

    def times(self, factors: Floats) -> Hazards:
        """The same with every end quicker or slower: `factors[draw, end]`."""
        return Hazards(self.by_end * factors[:, None, None, :])


_Weight = Callable[[Floats], Floats]


def fading(half_life: float) -> _Weight:
    """What is so many days old counts less, by half every half-life."""
    return lambda age: np.asarray(0.5 ** (np.maximum(age, 0) / half_life))


def exposures(known: Moves, weight: _Weight) -> tuple[Floats, Floats]:
    """Days spent and ends seen, each as much as its age weighs: `days[state, step]`, `ends[state, step, end]`."""
    steps, ends = len(EDGES), known.states + known.outcomes
    days, seen = np.zeros((known.states, steps)), np.zeros((known.states, steps, ends))
    highs = np.append(EDGES[1:], np.inf)
    for step, (low, high) in enumerate(zip(EDGES, highs, strict=True)):
        inside = np.clip(known.spent - low, 0, high - low)
        counted = inside * weight(-(known.entered + low + inside / 2))
        days[:, step] = np.bincount(known.state, weights=counted, minlength=known.states)
    left = known.to >= 0
    at = np.searchsorted(EDGES, known.spent[left], side="right") - 1
    np.add.at(seen, (known.state[left], at, known.to[left]), weight(-(known.entered + known.spent)[left]))
    days[:, 0] += _AT_ONCE * seen.sum((1, 2))
    return days, seen


WINDOWS = (90.0, 180.0, 270.0)
"""Days within which a change of procedure is looked for."""

_CHANGED = 2.6  # standard errors: one in two hundred by chance, each window


def memory(known: Moves) -> float:
    """The half-life to forget by: a year, or less where cases lately move otherwise than they did before.

    For each window the ends seen in it are held against those that the hazards of the time before would give; where
    they differ by more than chance, the old procedure is forgotten over that window.
    """
    for window in WINDOWS:
        days, seen = exposures(known, _within(window))
        old_days, old_seen = exposures(known, _before(window))
        usual = np.divide(old_seen, old_days[:, :, None], out=np.zeros_like(seen), where=old_days[:, :, None] > 0)
        expected = usual * days[:, :, None]
        share = np.divide(days, old_days, out=np.zeros_like(days), where=old_days > 0)[:, :, None]
        spread = (expected * (1 + share)).sum(1)
        whole, came = expected.sum(1), np.where(old_days[:, :, None] > 0, seen, 0.0).sum(1)
        told = spread >= 5
        if told.any() and _beyond((((came - whole) ** 2)[told] / spread[told]).sum(), int(told.sum())) > _CHANGED:
            return window / 2
    return HALF_LIFE


def _within(window: float) -> _Weight:
    return lambda age: (age <= window).astype(np.float64)


def _before(window: float) -> _Weight:
    return lambda age: (age > window).astype(np.float64)


def _beyond(squares: float, n: int) -> float:
    """How many standard errors a sum of `n` squares lies above what chance gives (Wilson and Hilferty, 1931)."""
    return float(((squares / n) ** (1 / 3) - 1 + 2 / (9 * n)) / (2 / (9 * n)) ** 0.5)


def drawn_hazards(known: Moves, draws: int, rng: np.random.Generator, half_life: float = HALF_LIFE) -> Hazards:
    """So many draws of the hazards that these moves leave possible.

    Each step of a stage is gamma, its prior the step before it; the ends of a step share it by a Dirichlet, its prior
    the ends of the stage, whose prior is the ends of all stages (an advance being one to the next).
    """
    days, seen = exposures(known, fading(half_life))
    states, steps, ends = seen.shape
    found = np.zeros((draws, states, steps, ends))
    whole = seen.sum((0, 1))
    usual = whole.sum() / max(days.sum(), _AT_ONCE)
    shape, rate = _by_step(seen.sum(2), days, usual)
    totals = rng.gamma(shape, size=(draws, states, steps)) / rate
    for state in range(states):
        own = seen[state].sum(0)
        about = np.where(np.arange(ends) >= states, whole, 0.0)
        if state + 1 < states:
            about[state + 1] = max(whole[:states].sum(), 1.0)
        prior = _ABOUT * about / max(about.sum(), 1e-9)
        may = np.flatnonzero(own + prior > 0)
        split = _shares(np.tile((own + prior)[may], (draws, 1)), rng)
        shares = _shares(seen[state][:, may] + _SPLIT * split[:, None, :], rng)
        found[:, state, :, may] = np.moveaxis(totals[:, state, :, None] * shares, 2, 0)
    return Hazards(found)


def _by_step(seen: Floats, days: Floats, usual: float) -> tuple[Floats, Floats]:
    """Shape and rate of each step's gamma: `[state, step]`; the prior of one is the mean of the step before."""
    shape, rate = seen + _PRIOR, np.empty_like(days)
    before = (seen.sum(1) + _PRIOR) / (days.sum(1) + _PRIOR / max(usual, 1e-9))
    for step in range(days.shape[1]):
        rate[:, step] = days[:, step] + _PRIOR / np.maximum(before, 1e-9)
        before = shape[:, step] / rate[:, step]
    return shape, rate


def _shares(weights: Floats, rng: np.random.Generator) -> Floats:
    """Shares that add up to 1 along the last axis, a Dirichlet draw each."""
    found = rng.gamma(np.maximum(weights, 1e-6)) + 1e-300
    return np.asarray(found / found.sum(-1, keepdims=True), dtype=np.float64)


@dataclass(frozen=True)
class Paths:
    """What became of cases on their paths: `end` (an outcome's place; -1: none by the horizon) and `at`, days from now.

    `entries`: draw, state, days from now of every stage entered on the way.
    """

    end: StateNumbers
    at: Floats
    entries: tuple[StateNumbers, StateNumbers, Floats]


def walk(
    hazards: Hazards,
    draw: StateNumbers,
    state: StateNumbers,
    spent: Floats,
    start: Floats,
    horizon: float,
    rng: np.random.Generator,
) -> Paths:
    """Paths from a state and the days already spent in it, one per element, until an outcome or the horizon.

    `draw`: which draw of the hazards each follows; `start`: when it begins, days from now.
    """
    total = hazards.by_end.sum(3)
    width = np.append(np.diff(EDGES), 0.0)
    reached = np.cumsum(total * width, axis=2)
    before = np.concatenate([np.zeros((*reached.shape[:2], 1)), reached[:, :, :-1]], axis=2)
    states = total.shape[1]
    end, at = np.full(len(draw), -1, dtype=np.int64), np.full(len(draw), np.inf)
    going, where, age, now = np.arange(len(draw)), state.copy(), spent.astype(np.float64), start.astype(np.float64)
    entries: list[tuple[StateNumbers, StateNumbers, Floats]] = []
    for _ in range(states + 1):
        if not len(going):
            break
        which = draw[going]
        step = np.searchsorted(EDGES, age, side="right") - 1
        target = before[which, where, step] + total[which, where, step] * (age - EDGES[step])
        target = target + rng.exponential(size=len(going))
        there = (before[which, where] <= target[:, None]).sum(1) - 1
        ended = EDGES[there] + (target - before[which, where, there]) / np.maximum(total[which, where, there], 1e-12)
        now = now + np.maximum(ended - age, 0)
        inside = now <= horizon
        going, where, now, there, which = (one[inside] for one in (going, where, now, there, which))
        shares = np.cumsum(hazards.by_end[which, where, there], axis=1)
        to = (rng.random(len(going))[:, None] * shares[:, -1:] >= shares).sum(1)
        out = to >= states
        end[going[out]], at[going[out]] = to[out] - states, now[out]
        going, where, now = going[~out], to[~out], now[~out]
        age = np.zeros(len(going))
        entries.append((draw[going], where, now))
    joined = [np.concatenate([np.zeros(0), *parts]) for parts in zip(*entries, strict=True)] or [np.zeros(0)] * 3
    return Paths(end, at, (joined[0].astype(np.int64), joined[1].astype(np.int64), joined[2]))
