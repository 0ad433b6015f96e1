"""What the open cases will bring by when: medians with bands that hold chance and the uncertainty of the estimates.

Answered from what is known at the log's as-of and nothing else; how right the same forecast was before is in
`forecast_record`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import polars as pl

from playbook.answers.ahead.paths import (
    Hazards,
    Moves,
    Paths,
    StateNumbers,
    drawn_hazards,
    exposures,
    fading,
    memory,
    moves,
    walk,
)
from playbook.answers.flow.funnel import columns_of, groups_of
from playbook.answers.statistics import Floats, too_few
from playbook.answers.subject import By
from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook

DAYS = (30, 60, 90)
"""How many days ahead a forecast looks, where nothing else is asked for."""

BANDS = {"low80": 0.1, "high80": 0.9, "low95": 0.025, "high95": 0.975}
"""The ends of the 80 and the 95 % band, as shares of the paths."""

DRAWS = 600
_AT_ONCE = 2_000_000  # paths walked at a time
_ALIKE = 10.0  # ends by which a group is drawn towards its playbook

COLUMNS = ("playbook", "days", "outcome", "median", "low80", "high80", "low95", "high95", "open_cases")


def forecast(log: EventLog, days: Sequence[int] = DAYS, by: By = (), draws: int = DRAWS) -> pl.DataFrame:
    """How many of the open cases will have ended in each way: one row per playbook, group, number of days and outcome.

    Columns: `playbook`, `days` (from as-of), `outcome` (an outcome id of the book), `median`, `low80`, `high80`,
    `low95`, `high95` (cases; the bands hold at least 80 and 95 %), `open_cases`, then those of `by`. What is not known
    of the hazards is drawn with the chances, so few cases give wide bands; where fewer than `statistics.TOO_FEW` cases
    of a playbook ever ended there is no forecast, and the five are null. New arrivals are apart (`arrivals`).

    A group (a client, a unit) follows its playbook, quicker or slower as far as its own ends say so; groups without an
    open case have no row.
    """
    names = _names(by)
    parts = [_of_groups(known, days, draws) for known in _books(log, by)]
    rows = pl.concat(parts) if parts else pl.DataFrame(schema={**_SCHEMA, **dict.fromkeys(names, pl.String)})
    return rows.select(*COLUMNS, *names)


def stages_ahead(log: EventLog, days: Sequence[int] = DAYS, draws: int = DRAWS) -> pl.DataFrame:
    """How many of the open cases will have come to each stage (a start is one): one row per playbook, days and stage.

    Columns: `playbook`, `days`, `stage`, then as in `forecast` from `median`. A stage that cases are in already, or
    passed, is not come to again.
    """
    parts = []
    for known in _books(log, ()):
        open_ones, hazards = known.moves.only(known.moves.open), known.hazards(draws)
        counts = None if hazards is None else _counted(hazards, open_ones, days, known.rng(2))[1][:, :, 1:]
        stages = [stage.id for stage in known.book.stages]
        parts.append(_summed(known.book, stages, counts, days, len(open_ones.case)).rename({"outcome": "stage"}))
    return pl.concat(parts) if parts else pl.DataFrame(schema=_SCHEMA).rename({"outcome": "stage"})


def arrivals(log: EventLog, days: Sequence[int] = DAYS, draws: int = DRAWS) -> pl.DataFrame:
    """How many cases will arrive, and how many of those end in each way: one row per playbook, days and outcome.

    Columns: `playbook`, `days`, `outcome` (empty: the arrivals themselves), then `median`, `low80`, `high80`, `low95`,
    `high95`. Arrivals come as in the last half year, week by week; without eight such weeks the five are null.
    """
    parts = [_arriving(known, days, draws) for known in _books(log, ())]
    rows = pl.concat(parts) if parts else pl.DataFrame(schema=_SCHEMA)
    return rows.drop("open_cases")


def _names(by: By) -> list[str]:
    return [name for name in columns_of(by) if name != "playbook"]


@dataclass(frozen=True)
class _KnownMoves:
    """A playbook with its moves, and the groups of its cases: `group[case_no]` is a row of `groups`."""

    book: Playbook
    moves: Moves
    group: StateNumbers
    groups: pl.DataFrame
    seed: int
    drawn: dict[tuple[str, int], Hazards]

    def hazards(self, draws: int) -> Hazards | None:
        """Draws of the hazards; None where too few cases ever ended."""
        if too_few(int((self.moves.to >= self.moves.states).sum())):
            return None
        asked = self.book.id, draws
        if asked not in self.drawn:  # ends, stages and arrivals start from the same draws
            self.drawn[asked] = drawn_hazards(self.moves, draws, self.rng(0), memory(self.moves))
        return self.drawn[asked]

    def rng(self, purpose: int) -> np.random.Generator:
        """Chance, the same for the same book and day, so that a page made again is the same page.

        Another for each purpose: the draws of the hazards, then the paths of ends, of stages, of arrivals.
        """
        return np.random.default_rng([self.seed, purpose])


def _books(log: EventLog, by: By) -> Iterator[_KnownMoves]:
    names = _names(by)
    grouped = groups_of(log, names) if names else log.cases.select("case_no", "playbook")
    for book in log.playbooks:
        own = grouped.filter(pl.col("playbook") == book.id)
        if own.is_empty() or not book.outcomes:
            continue
        groups = own.select(names).unique().sort(names, nulls_last=True) if names else pl.DataFrame({"all": [None]})
        number = np.zeros(log.cases.height, dtype=np.int64)
        if names:
            placed = own.join(groups.with_row_index("group"), on=names, nulls_equal=True)
            number[placed["case_no"].to_numpy()] = placed["group"].to_numpy()
        seed = crc32(f"{book.id} {log.as_of}".encode())
        kept: dict[tuple[str, int], Hazards] = log.__dict__.setdefault("hazards_drawn", {})
        yield _KnownMoves(book, moves(log, book), number, groups.select(names), seed, kept)


def _of_groups(known: _KnownMoves, days: Sequence[int], draws: int) -> pl.DataFrame:
    """The forecast of a playbook, or of each group of its open cases."""
    rng, names = known.rng(1), known.groups.columns
    open_ones = known.moves.only(known.moves.open)
    hazards, group = known.hazards(draws), known.group[open_ones.case]
    outcomes = [outcome.id for outcome in known.book.outcomes]
    rows = []
    for number in np.unique(group).tolist() if names else [0]:
        here = open_ones.only(group == number)
        counts = None
        if hazards is not None:
            own = hazards.times(_factors(known, number, draws, rng)) if names else hazards
            counts = _counted(own, here, days, rng)[0]
        values = known.groups.row(number, named=True) if names else {}
        told = _summed(known.book, outcomes, counts, days, len(here.case))
        rows.append(told.with_columns(pl.lit(values[name], known.groups.schema[name]).alias(name) for name in names))
    nothing = pl.DataFrame(schema={**_SCHEMA, **known.groups.schema})
    return pl.concat([nothing, *rows])


def _factors(known: _KnownMoves, number: int, draws: int, rng: np.random.Generator) -> Floats:
    """How much quicker or slower each end of a group may come than in its playbook: `factors[draw, end]`.

    Ends seen against ends that the playbook's hazards would give in the days that the group spent, drawn towards 1;
    all advances go together.
    """
    weight = fading(memory(known.moves))
    days, seen = exposures(known.moves, weight)
    own_days, own_seen = exposures(known.moves.only(known.group[known.moves.case] == number), weight)
    usual = np.divide(seen, days[:, :, None], out=np.zeros_like(seen), where=days[:, :, None] > 0)
    expected, came = (usual * own_days[:, :, None]).sum((0, 1)), own_seen.sum((0, 1))
    states = known.moves.states
    expected[:states], came[:states] = expected[:states].sum(), came[:states].sum()
    found = rng.gamma(_ALIKE + came, size=(draws, len(came))) / (_ALIKE + expected)
    found[:, :states] = found[:, :1]
    return np.asarray(found, dtype=np.float64)


def _counted(hazards: Hazards, here: Moves, days: Sequence[int], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """How many end in each way, and come to each state, by each day: `[draw, day, outcome]`, `[draw, day, state]`."""
    ended = np.zeros((hazards.draws, len(days), here.outcomes))
    entered = np.zeros((hazards.draws, len(days), here.states))
    n = len(here.case)
    at_a_time = max(1, _AT_ONCE // max(n, 1) // 16)
    for first in range(0, hazards.draws, at_a_time):
        draws = np.arange(first, min(first + at_a_time, hazards.draws))
        state, spent = np.tile(here.state, len(draws)), np.tile(here.spent, len(draws))
        draw = np.repeat(draws, n)
        _add(walk(hazards, draw, state, spent, np.zeros(len(draw)), max(days), rng), draw, days, ended, entered)
    return ended, entered


def _add(paths: Paths, draw: StateNumbers, days: Sequence[int], ended: Floats, entered: Floats) -> None:
    """Count the ends and entries of some paths by each day."""
    which, state, at = paths.entries
    for place, day in enumerate(days):
        inside = (paths.end >= 0) & (paths.at <= day)
        np.add.at(ended[:, place], (draw[inside], paths.end[inside]), 1)
        np.add.at(entered[:, place], (which[at <= day], state[at <= day]), 1)


WEEKS = 26
"""Weeks whose arrivals are taken for those to come."""

_FEWEST_WEEKS = 8


def _arriving(known: _KnownMoves, days: Sequence[int], draws: int) -> pl.DataFrame:
    """What cases that have not arrived yet will bring."""
    rng, outcomes = known.rng(3), ["", *(outcome.id for outcome in known.book.outcomes)]
    hazards = known.hazards(draws)
    begun = (
        np.append(True, known.moves.case[1:] != known.moves.case[:-1]) if len(known.moves.case) else np.zeros(0, bool)
    )
    ages = -known.moves.entered[begun]
    weeks = min(WEEKS, int(ages.max(initial=0.0) // 7))
    if hazards is None or weeks < _FEWEST_WEEKS:
        return _summed(known.book, outcomes, None, days, 0)
    counts = np.bincount((ages[ages < 7 * weeks] // 7).astype(np.int64), minlength=weeks)
    ahead = -(-max(days) // 7)
    # Which past weeks those to come are like is not known either: weights of the weeks are drawn anew for every path.
    weights = rng.gamma(1.0, size=(draws, weeks))
    picks = (rng.random((draws, ahead, 1)) * weights.sum(1)[:, None, None] >= np.cumsum(weights, 1)[:, None, :]).sum(2)
    arriving = rng.poisson(counts[picks] * 0.5) + rng.poisson(counts[picks] * 0.5)
    draw, week = (np.repeat(one.ravel(), arriving.ravel()) for one in np.mgrid[:draws, :ahead])
    start = 7 * (week + rng.random(len(week)))
    firsts = known.moves.state[begun][ages < 7 * weeks]
    state = rng.choice(firsts, len(draw)) if len(firsts) else np.zeros(len(draw), np.int64)
    paths = walk(hazards, draw, state, np.zeros(len(draw)), start, max(days), rng)
    ended = np.zeros((draws, len(days), known.moves.outcomes))
    _add(paths, draw, days, ended, np.zeros((draws, len(days), known.moves.states)))
    came = np.stack([np.bincount(draw[start <= day], minlength=draws) for day in days], axis=1)
    return _summed(known.book, outcomes, np.concatenate([came[:, :, None], ended], axis=2), days, 0)


_SCHEMA = {
    "playbook": pl.String, "days": pl.Int64, "outcome": pl.String,
    **dict.fromkeys(("median", *BANDS, "open_cases"), pl.Int64),
}  # fmt: skip


def _summed(
    book: Playbook, names: Sequence[str], counts: Floats | None, days: Sequence[int], open_cases: int
) -> pl.DataFrame:
    """Medians and bands, one row per day and name; null where there is no forecast."""
    shares = (0.5, *BANDS.values())
    rows: list[tuple[str | int | None, ...]] = []
    for place, day in enumerate(days):
        for number, name in enumerate(names):
            found: list[int | None] = [None] * len(shares)
            if counts is not None:
                quantiles = np.quantile(counts[:, place, number], shares, method="inverted_cdf")
                found = [round(one) for one in quantiles.tolist()]
            rows.append((book.id, day, name, *found, open_cases))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
