"""The engine against the oracle, and the invariants of DESIGN section 4."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import bridge
import oracle
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from strategies import Scenario, random_scenario, scenarios

import playbook as pb
from playbook.clock.due import OPEN
from playbook.words.problem import ArgumentError

MANY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.mark.parametrize("block", range(10))
def test_agrees_with_the_oracle_row_by_row(block: int) -> None:
    """Random rule books, workspaces and as-of moments: every due action is the oracle's, owner and act_by included."""
    for seed in range(block * 30, block * 30 + 30):
        _agrees_with_the_oracle(*random_scenario(random.Random(seed)))


@MANY
@given(scenarios())
def test_agrees_with_the_oracle_where_hypothesis_looks(scenario: Scenario) -> None:
    """What hypothesis thinks of agrees with the oracle too."""
    _agrees_with_the_oracle(*scenario)


def _agrees_with_the_oracle(books: list[dict[str, Any]], tables: dict[str, Any], as_of: date | datetime) -> None:
    found = oracle.due_actions(books, tables, as_of)
    assert bridge.engine_due(books, tables, as_of) == bridge.comparable(found, bridge.DUE)
    still_open = [row for row in found if row["status"] in OPEN]
    assert bridge.engine_open(books, tables, as_of) == bridge.comparable(still_open, bridge.DUE)


@pytest.mark.parametrize("block", range(5))
def test_violations_agree_with_the_oracle(block: int) -> None:
    """Every precedence, checklist and participation violation is the oracle's."""
    for seed in range(block * 60, block * 60 + 60):
        books, tables, as_of = random_scenario(random.Random(seed))
        expected = bridge.comparable(oracle.violations(books, tables, as_of), bridge.VIOLATION)
        found = [row for row in bridge.engine_violations(books, tables, as_of) if row[1] not in ("early", "channel")]
        assert found == expected, f"seed {seed}"


def _known_by(row: dict[str, Any], as_of: date | datetime) -> bool:
    known = {event["row"] for event in oracle_rows(row, as_of)}
    return bool(known)


def oracle_rows(row: dict[str, Any], as_of: date | datetime) -> list[dict[str, Any]]:
    """The event itself, with a row number, where it is known at as-of."""
    tables = {"events": [row], "cases": [{"case_id": row["case_id"], "playbook": "p"}]}
    book = {"playbook": {"id": "p"}, "rule": []}
    return [{**event, "row": 0} for event in oracle.known_events([book], tables, as_of)]


@MANY
@given(scenarios())
def test_replay_gives_the_same_answer(scenario: Scenario) -> None:
    """As-of t on the full log equals as-of t on the log cut at t."""
    books, tables, as_of = scenario
    cut = {**tables, "events": [row for row in tables["events"] if _known_by(row, as_of)]}
    assert bridge.engine_due(books, tables, as_of) == bridge.engine_due(books, cut, as_of)


@MANY
@given(scenarios())
def test_row_order_never_matters(scenario: Scenario) -> None:
    """Events and cases upside down give the same due actions."""
    books, tables, as_of = scenario
    # Of events that are recorded twice at one moment, and of equally specific assignments, the upper row counts.
    tables = tables | {"events": _told_once(tables, as_of)}
    turned = {name: rows if name == "assignments" else rows[::-1] for name, rows in tables.items()}
    moved = bridge.comparable(bridge.workspace(books, turned).due(as_of, all=True).to_dicts(), bridge.DUE)
    assert bridge.engine_due(books, tables, as_of) == moved


def _told_once(tables: oracle.Tables, as_of: date | datetime) -> list[dict[str, Any]]:
    """The events without those that repeat an upper one to the moment of its recording; other repetitions stay."""
    world = oracle.world_of(tables, as_of, "Asia/Tokyo", 7)
    told: dict[Any, dict[str, Any]] = {}
    for number, row in enumerate(tables["events"]):
        key: Any = number  # what cannot be read is no repetition
        with suppress(KeyError, ValueError, TypeError):
            at = world.instant(row["timestamp"])
            recorded_at = world.instant(row["recorded_at"]) if oracle.text(row, "recorded_at") else at
            key = (oracle.text(row, "case_id"), oracle.text(row, "activity"), at, recorded_at)
        told.setdefault(key, row)
    return list(told.values())


@MANY
@given(scenarios())
def test_other_cases_change_nothing(scenario: Scenario) -> None:
    """A case alone has the due actions it has among others."""
    books, tables, as_of = scenario
    everyone = bridge.workspace(books, tables).due(as_of, all=True)
    for case_id in everyone["case_id"].unique():
        own = {name: _only(rows, case_id) if name in ("events", "cases") else rows for name, rows in tables.items()}
        alone = bridge.workspace(books, own).due(as_of, all=True)
        among = everyone.filter(pl.col("case_id") == case_id)
        assert bridge.comparable(alone.to_dicts(), bridge.DUE) == bridge.comparable(among.to_dicts(), bridge.DUE)


def _only(rows: list[dict[str, Any]], case_id: str) -> list[dict[str, Any]]:
    return [row for row in rows if str(row.get("case_id", "")).strip() == case_id]


@pytest.mark.parametrize("seed", range(40))
def test_pandas_polars_and_lazy_frames_give_the_same_rows(seed: int) -> None:
    """The kind of frame that comes in goes out, with the same rows."""
    books, tables, as_of = random_scenario(random.Random(seed))
    frames = {name: bridge.text_frame(name, rows) for name, rows in tables.items()}
    read = list(bridge.workspace(books, tables).playbooks)
    eager = pb.Workspace(playbooks=read, **frames).due(as_of, all=True)
    lazy = pb.Workspace(playbooks=read, **{name: frame.lazy() for name, frame in frames.items()}).due(as_of, all=True)
    pandas = pb.Workspace(playbooks=read, **{name: frame.to_pandas() for name, frame in frames.items()})
    from_pandas = pandas.due(as_of, all=True)
    assert isinstance(eager, pl.DataFrame) and eager.equals(lazy)
    assert type(from_pandas).__module__.startswith("pandas")
    assert bridge.comparable(pl.from_pandas(from_pandas).to_dicts(), bridge.DUE[:5]) == bridge.comparable(
        eager.to_dicts(), bridge.DUE[:5]
    )
    assert list(from_pandas["status"]) == eager["status"].to_list()


@MANY
@given(scenarios())
def test_every_live_case_has_an_open_action_or_is_an_orphan(scenario: Scenario) -> None:
    """Orphans are the oracle's: live cases without an open action, and no others."""
    books, tables, as_of = scenario
    ws = bridge.workspace(books, tables)
    expected = sorted(row["case_id"] for row in oracle.orphans(books, tables, as_of))
    assert sorted(ws.orphans(as_of)["case_id"]) == expected
    open_cases = set(ws.due(as_of)["case_id"])
    assert not open_cases & set(expected)
    assert set(ws.due(as_of)["status"]) <= set(OPEN)


def test_a_year_asked_for_day_by_day_does_not_fill_the_memory() -> None:
    """Answers are kept for those who ask again soon, and no more than a few of them; each day's own stays the same."""
    ws = pb.open()
    days = [date(2026, 11, day) for day in range(1, 11)]
    first = [ws.due(day) for day in days]
    assert len(ws._judged) < len(days) / 2
    assert [ws.due(day).equals(one) for day, one in zip(days, first, strict=True)] == [True] * len(days)


def test_the_open_ones_are_the_same_whatever_was_asked_before() -> None:
    """Asked after all due actions, the open ones are taken from among them: the same rows in the same order."""
    asked, fresh = pb.open(), pb.open()
    for as_of in (date(2026, 11, 20), datetime(2026, 6, 1, 9)):
        asked.due(as_of, all=True)
        assert asked.due(as_of).equals(fresh.due(as_of))


def test_what_went_against_the_procedure_in_one_case_is_its_part_of_all() -> None:
    """Asked of one case, the rows of that case and no others; a case that is not there is told, with the nearest."""
    ws = pb.open()
    whole = ws.violations(date(2026, 11, 20))
    for case_id in whole["case_id"].unique().sort()[:5]:
        assert ws.violations(date(2026, 11, 20), case=case_id).equals(whole.filter(case_id=case_id))
    with pytest.raises(ArgumentError, match=r"there is no case 'P-0055' at 2026-11-20[\s\S]*P-005"):
        ws.violations(date(2026, 11, 20), case="P-0055")
