"""Verdicts: no direction out of p > 0.05 or over an interval that holds none, no "no change" out of a wide one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from moving_firms import START, Moving, moving_log, moving_tables
from the_sample import sample

import playbook as pb
from playbook.answers.ahead.matters import SMALL
from playbook.answers.flow.cycles import SMALL_ODDS, SMALL_POINTS, change_effects, trends
from playbook.answers.statistics import apart, compare
from playbook.clock.known import EventLog

Row = dict[str, Any]
SURE = {"better", "worse", "more", "fewer", "matters", "above", "below"}
STILL = {"no_change", "small"}
SMALLEST = {"trends": SMALL_ODDS, "effects": SMALL_POINTS, "matters": SMALL, "how late": SMALL}


Told = tuple[str, Row, str, str, float | str]
"""Of what, the row, the columns of its interval, and what would be no difference: a number or a column."""


def moves(log: EventLog, changed_on: date) -> Iterator[Told]:
    """Every verdict on where rates went."""
    yield from (("trends", row, "ci_low", "ci_high", 1.0) for row in trends(log).iter_rows(named=True))
    effects = change_effects(log, changed_on)
    yield from (("effects", row, "ci_low", "ci_high", 0.0) for row in effects.iter_rows(named=True))


def verdicts(day: pb.Day[pl.DataFrame], changed_on: date) -> Iterator[Told]:
    """Every verdict of a day."""
    yield from moves(day.log, changed_on)
    declines, limits = day.declines(), day.limits()
    frames = [
        ("offers", declines.offers, "ci_low", "ci_high", "benchmark"),
        ("associations", declines.associations, "ci_low", "ci_high", 0.0),
        ("matters", limits.matters, "effect_low", "effect_high", 0.0),
        ("how late", limits.how_late, "effect_low", "effect_high", 0.0),
        ("units", day.funnel(by="client_id").compared, "low998", "high998", "rate"),
    ]
    for name, frame, *interval in frames:
        yield from ((name, row, *interval) for row in frame.iter_rows(named=True))


def unproven(told: Iterable[Told]) -> list[str]:
    """The verdicts that their p-value or their interval does not carry."""
    found = []
    for name, row, low, high, at in told:
        ends, verdict = (row[low], row[high]), row["verdict"]
        none = row[at] if isinstance(at, str) else at
        p_value = row.get("p_corrected", row.get("p_value"))
        sure = apart(*ends, at=none) and (p_value is None or p_value < 0.05)
        if verdict in STILL:
            sure = (max(1 / ends[0], ends[1]) if at == 1 else max(-ends[0], ends[1])) <= SMALLEST[name]
        found += [f"{name}: {verdict} of {ends}, p {p_value}"] * (verdict in SURE | STILL and not sure)
    return found


@pytest.mark.parametrize(("then", "verdict"), [((0.3, 0.6, 0.7), "worse"), ((0.9, 0.8, 0.7), "better")])
def test_a_planted_change_is_called_what_its_numbers_carry(then: tuple[float, float, float], verdict: str) -> None:
    """Firms in which a stage becomes harder, or easier, to pass: it is said, and nothing that cannot be said."""
    firm = moving_tables(Moving(cases=1500, changed_on=400.0, then=then), 1)
    said = list(moves(moving_log(firm, 730), START + timedelta(days=400)))
    assert verdict in {row["verdict"] for _, row, *_ in said}
    assert unproven(said) == []


def test_an_unproven_verdict_is_found() -> None:
    """A direction out of p > 0.05 or over an interval that holds none, and "no change" out of thirty points."""
    row = {"low": 0.01, "high": 0.3, "p_corrected": 0.04}
    assert unproven([("effects", {**row, "verdict": "better"}, "low", "high", 0.0)]) == []
    wrong = [{"verdict": "better", "low": -0.1}, {"verdict": "worse", "p_corrected": 0.06}, {"verdict": "no_change"}]
    assert len(unproven(("effects", {**row, **one}, "low", "high", 0.0) for one in wrong)) == 3


def test_an_exact_test_alone_makes_no_direction() -> None:
    """Where Fisher's p is below 0.05 and the interval holds none (238 of 300 against 15 of 15), it is not apart."""
    found = compare(238, 300, 15, 15)
    assert found.p_value is not None and found.p_value < 0.05
    assert not apart(found.ci_low, found.ci_high)


def test_every_verdict_of_the_sample_is_carried_by_its_numbers() -> None:
    """Rates, offers, rules, clients: whatever is called up, down, above, below or unmoved."""
    day = sample().on("2026-11-20")
    told = list(verdicts(day, date(2026, 4, 1)))
    assert len({name for name, *_ in told}) == 7
    assert unproven(told) == []
