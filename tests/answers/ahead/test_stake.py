"""The week under capacity: what is stated on top, then what is most at stake a minute; what falls off is named."""

from __future__ import annotations

from typing import Any

import polars as pl
from small_logs import book, log_of

from playbook.answers.ahead.stake import slots, week_at_stake
from playbook.clock.due import due_actions
from playbook.rules.nouns import Rule
from playbook.rules.offset import Offset
from playbook.words.text import Text

NAME = Text("名", "name")


def _rule(id: str, basis: str = "ours", due: str = "3 days") -> Rule:
    return Rule(id, NAME, (f"asked_{id}",), (Offset.parse(due),), (f"done_{id}",), "agent", basis=basis)  # type: ignore[arg-type]


BOOK = book(
    {"application": ["applied"]},
    [("won", "won", ["hired"]), ("declined", "declined", ["declined"])],
    {"agent": "agency"},
    rules=(_rule("costly"), _rule("cheap"), _rule("unknown"), _rule("law", "stated", "6 days")),
)
TOLD = pl.DataFrame(
    {"playbook": ["book"] * 3, "rule_id": ["costly", "cheap", "unknown"], "effect": [0.3, 0.1, 0.4],
     "verdict": ["matters", "matters", "cannot_tell"]}
)  # fmt: skip


def _asked(*rules: str, as_of: str = "2026-11-20", **more: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The week and the slots of Kana, who is asked for these in one case each."""
    events = [event for n, rule in enumerate(rules) for event in
              ((f"C-{n}", "applied", "2026-11-18"), (f"C-{n}", f"asked_{rule}", "2026-11-19T09:00:00"))]  # fmt: skip
    people = [{"role": "agent", "person": "Kana", **more}]
    log = log_of(BOOK, events, as_of, assignments=people)
    actions = due_actions(log).collect()
    return week_at_stake(log, actions, TOLD), slots(log, actions, TOLD)


def test_what_is_stated_comes_first_then_what_is_most_at_stake() -> None:
    """The law's action is due last and done first; the unknown has no price, whatever its estimate says."""
    week, _ = _asked("cheap", "unknown", "costly", "law")
    assert week["rule_id"].to_list() == ["law", "costly", "cheap", "unknown"]
    assert week["at_stake"].to_list() == [None, 0.3, 0.1, None]
    assert week["fits"].to_list() == [True, True, False, False]


def test_what_falls_off_is_named_with_its_price_and_what_one_slot_more_saves() -> None:
    """Two slots hold two; a third would hold the next most at stake."""
    _, told = _asked("cheap", "unknown", "costly", "law")
    row = told.row(0, named=True)
    assert (row["owner"], row["allowance"], row["left_over"]) == ("Kana", 60.0, 2)
    assert (row["stake_left"], row["slot_holds"], row["slot_saves"]) == (0.1, 1, 0.1)


def test_people_may_have_another_capacity() -> None:
    """A column of assignments says how many minutes a week somebody has."""
    week, told = _asked("cheap", "costly", "law", capacity=90)
    assert week["fits"].all() and week["allowance"].unique().to_list() == [90.0]
    assert told.row(0, named=True)["left_over"] == 0


def test_what_is_late_already_has_no_price() -> None:
    """Its lateness is no longer to be avoided."""
    week, _ = _asked("costly", as_of="2026-11-26")
    assert week.select("status", "at_stake").rows() == [("overdue", None)]


def test_nobody_has_time_for_what_is_unassigned() -> None:
    """It is in the list, and fits nowhere."""
    log = log_of(BOOK, [("C", "applied", "2026-11-18"), ("C", "asked_costly", "2026-11-19T09:00:00")], "2026-11-20")
    actions = due_actions(log).collect()
    assert week_at_stake(log, actions, TOLD).select("owner", "fits").rows() == [(None, False)]
    assert slots(log, actions, TOLD).is_empty()
