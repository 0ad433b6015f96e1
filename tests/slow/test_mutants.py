"""One thing at a time is read wrongly or left out: the random workspaces must show it, else they prove nothing of it.

The engine's answers to the random workspaces that `make test` asks are worked out once. Each mutant is the slow
reading with one part broken, or the same reading of a workspace or rule book from which one thing was taken; where it
still agrees with the engine on all of them, that part is not held by the agreement.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import bridge
import oracle
import pytest
import strategies
from strategies import Book, Scenario, Tables
from telling import TELLING

Rows = list[tuple[str, ...]]


@pytest.fixture(scope="module")
def answered() -> list[tuple[Scenario, Rows, Rows]]:
    """The random workspaces of every day, each with the engine's due actions and violations."""
    found = []
    for seed in TELLING:
        scenario = strategies.random_scenario(random.Random(seed))
        found.append((scenario, bridge.engine_due(*scenario), bridge.engine_violations(*scenario)))
    return found


def due_of(scenario: Scenario) -> Rows:
    """The due actions by the slow reading."""
    return bridge.comparable(oracle.due_actions(*scenario), bridge.DUE)


def violations_of(scenario: Scenario) -> Rows:
    """The violations by the slow reading."""
    return bridge.violated(oracle.violations(*scenario))


def noticed(answered: list[tuple[Scenario, Rows, Rows]], mutated: Callable[[Scenario], Scenario], what: str) -> bool:
    """Whether the difference is seen in any of the workspaces."""
    if what == "violations":
        return any(violations_of(mutated(scenario)) != violations for scenario, _, violations in answered)
    return any(due_of(mutated(scenario)) != due for scenario, due, _ in answered)


def test_without_a_mutation_nothing_is_noticed(answered: list[tuple[Scenario, Rows, Rows]]) -> None:
    """The unbroken reading agrees with the engine on every workspace."""
    assert not noticed(answered, lambda scenario: scenario, "due")
    assert not noticed(answered, lambda scenario: scenario, "violations")


# --- the reading broken -----------------------------------------------------------------------------------


def _timestamp(timestamp: datetime, world: oracle.World) -> datetime:
    return timestamp


def _unmoved(case: oracle.Case, column: str, world: oracle.World) -> list[oracle.Value]:
    return [value for value in WHOLE_HISTORY(case, column, world) if value.moved_at is None]


def _never_again(book: Any, case: Any, observed: Any, world: Any) -> Any:
    quiet = {**book, "rule": [{key: one[key] for key in one if key != "record"} for one in book["rule"]]}
    return WHOLE_EVALUATION(quiet, case, observed, world)


def _first_to_last(event: oracle.Event) -> tuple[datetime, datetime]:
    return event.timestamp, event.timestamp


def _todays_owner(book: Any, role: str, case: Any, day: Any, world: Any) -> Any:
    return OWNER(book, role, case, world.today, world)


WHOLE_HISTORY, WHOLE_EVALUATION, OWNER = oracle.history_of, oracle.evaluate, oracle.owner

READINGS: dict[str, tuple[Any, str, Any]] = {
    "a day without a time is midnight": (oracle, "late_moment", _timestamp),
    "dates have no history": (oracle, "history_of", _unmoved),
    "what came before a move is all that came": (oracle.Search, "in_its_time", lambda self, event: True),
    "an answer is whatever came later": (oracle.Search, "matches", lambda self, event: True),
    "in time is when it was written": (oracle.Search, "moment", lambda self, event: event.timestamp),
    "at or after is by what was written": (
        *(oracle.Search, "at_or_after_trigger"),
        lambda self, event: event.timestamp >= self.trigger.at,
    ),
    "an event may answer itself": (oracle.Search, "too_soon", lambda self, event: False),
    "the first is the first written": (oracle, "order", _first_to_last),
    "nobody answers": (oracle, "standing_answer", lambda *_: None),
    "people hold roles for ever": (oracle, "holds_on", lambda *_: True),
    "whoever holds it now": (oracle, "owner", _todays_owner),
    "the clock never stands still": (oracle, "pauses_of", lambda *_: ()),
    "a pause is over with the as-of": (oracle.RuleClock, "still_now", lambda self: False),
    "business days stand still as days do": (
        *(oracle.RuleClock, "business_day_counts"),
        lambda self, day: self.business.business_day(day) and self.counts(day),
    ),
    "nothing rolls": (oracle.RuleClock, "rolled", lambda self, offset, day, counted_from: day),
    "every event of an outcome ends": (
        *(oracle, "ends_case"),
        lambda book, case, event: any(event.activity in one["by"] for one in book.get("outcome", [])),
    ),
    "the clock records nothing": (oracle, "evaluate", _never_again),
}


@pytest.mark.parametrize("name", READINGS)
def test_a_part_that_is_read_wrongly_is_noticed(
    name: str, answered: list[tuple[Scenario, Rows, Rows]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With this part broken the slow reading and the engine differ on some workspace."""
    where, attribute, broken = READINGS[name]
    monkeypatch.setattr(where, attribute, broken)
    assert noticed(answered, lambda scenario: scenario, "due")


# --- something taken from the workspace or its books --------------------------------------------------------


def without_column(table: str, column: str) -> Callable[[Scenario], Scenario]:
    """The workspace without a column."""

    def mutated(scenario: Scenario) -> Scenario:
        books, tables, as_of = scenario
        rows = [{name: row[name] for name in row if name != column} for row in tables.get(table, [])]
        return books, {**tables, table: rows}, as_of

    return mutated


def without_table(table: str) -> Callable[[Scenario], Scenario]:
    """The workspace without a table."""

    def mutated(scenario: Scenario) -> Scenario:
        books, tables, as_of = scenario
        kept: Tables = {name: rows for name, rows in tables.items() if name != table}
        return books, kept, as_of

    return mutated


def without_key(of: str, key: str) -> Callable[[Scenario], Scenario]:
    """The books without a key of some table."""

    def mutated(scenario: Scenario) -> Scenario:
        books, tables, as_of = scenario
        return [_less(book, of, key) for book in books], tables, as_of

    return mutated


def _less(book: Book, of: str, key: str) -> Book:
    entries = book.get(of)
    if isinstance(entries, dict):
        return book | {of: {name: value for name, value in entries.items() if name != key}}
    return book | ({of: [{name: one[name] for name in one if name != key} for one in entries]} if entries else {})


def a_second_later(scenario: Scenario) -> Scenario:
    """The same asked a second later, by the instant."""
    books, tables, as_of = scenario
    at = as_of if isinstance(as_of, datetime) else datetime.combine(as_of, datetime.max.time())
    return books, tables, at + timedelta(seconds=1)


TAKEN: dict[str, tuple[Callable[[Scenario], Scenario], str]] = {
    **{f"{table}.recorded_at": (without_column(table, "recorded_at"), "due")
       for table in ("events", "cases", "openings", "assignments", "closures")},
    **{f"{table}.gone": (without_column(table, "gone"), "due") for table in ("events", "cases", "openings")},
    "events.earliest": (without_column("events", "earliest"), "due"),
    "events.question": (without_column("events", "question"), "due"),
    "events.next_interview_on": (without_column("events", "next_interview_on"), "due"),
    "assignments.from_on": (without_column("assignments", "from_on"), "due"),
    "assignments.to_on": (without_column("assignments", "to_on"), "due"),
    "answers.trigger_at": (without_column("answers", "trigger_at"), "due"),
    "answers.until": (without_column("answers", "until"), "due"),
    **{table: (without_table(table), "due") for table in ("answers", "closures", "openings", "assignments")},
    **{f"rule.{key}": (without_key("rule", key), "due")
       for key in ("pause", "roll", "key", "wait", "when", "unless", "escalate", "record")},
    "playbook.hours": (without_key("playbook", "hours"), "due"),
    "playbook.calendar": (without_key("playbook", "calendar"), "due"),
    "outcome.when": (without_key("outcome", "when"), "due"),
    "role.falls_to": (without_key("role", "falls_to"), "due"),
    **{f"precedence.{key}": (without_key("precedence", key), "violations")
       for key in ("when", "scope", "within", "fresh")},
    "checklist.when": (without_key("checklist", "when"), "violations"),
    "participation.when": (without_key("participation", "when"), "violations"),
    "events.channel": (without_column("events", "channel"), "violations"),
    "rule.channel": (without_key("rule", "channel"), "violations"),
    "rule.wait (early)": (without_key("rule", "wait"), "violations"),
    "a second": (a_second_later, "due"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_a_thing_that_is_taken_away_is_noticed(name: str, answered: list[tuple[Scenario, Rows, Rows]]) -> None:
    """Without it the slow reading says something else than the engine says with it."""
    mutated, what = TAKEN[name]
    assert noticed(answered, mutated, what)


def test_a_due_that_is_a_day_off_is_noticed(
    answered: list[tuple[Scenario, Rows, Rows]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each unit of an offset is counted in some workspace: one more of it changes the answer."""
    for unit in ("day", "week", "month", "hour", "business day", "business hour"):
        counted = oracle.Offset.of

        def one_more(
            written: str, unit: str = unit, counted: Callable[[str], oracle.Offset] = counted
        ) -> oracle.Offset:
            offset = counted(written)
            return replace(offset, n=offset.n + 1) if offset.unit == unit and offset.n > 0 else offset

        with monkeypatch.context() as patched:
            patched.setattr(oracle.Offset, "of", staticmethod(one_more))
            assert noticed(answered, lambda scenario: scenario, "due"), unit
