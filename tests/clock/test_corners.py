"""Corners of the clock that random workspaces come to once in a thousand, each written down."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import bridge
import polars as pl
import pytest
from agreement import agrees
from thinned import thinned

ROLES = [{"id": "sales", "side": "agency"}, {"id": "boss", "side": "agency"}]


def _book(*rules: dict[str, Any]) -> dict[str, Any]:
    activities = ("started", "asked", "held", "done", "dropped")
    named = {"id": "p", "name": {"ja": "試し", "en": "A try"}}
    both = [{"role": "sales", **rule} for rule in rules]
    return {"playbook": named, "activity": [{"id": one} for one in activities], "role": ROLES, "rule": both}


def _tables(*events: tuple[str, str]) -> Any:
    rows = [{"case_id": "A", "activity": activity, "timestamp": at} for activity, at in events]
    return {"cases": [{"case_id": "A", "playbook": "p"}], "events": rows}


ITSELF = {"id": "lapse", "after": ["asked"], "due": "2 days", "until": ["done"], "record": "dropped"}
"""A promise that the clock itself ends: asked on the 3rd, it drops it at the end of the 5th."""


def _stopped(pause: dict[str, list[str]]) -> dict[str, Any]:
    up = [{"after": "2 days", "to": "boss"}]
    return _book(
        ITSELF, {"id": "r", "after": ["started"], "due": "1 day", "until": ["done"], "pause": pause, "escalate": up}
    )


HELD = (("started", "2026-11-02 10:00"), ("asked", "2026-11-03 10:00"), ("held", "2026-11-04 09:00"))
DAYS = [date(2026, 11, day) for day in (3, 4, 5, 6, 7, 8, 9)]


def test_it_escalates_by_a_clock_that_the_clock_itself_let_run_again() -> None:
    """Held on the 4th until what the clock drops at the end of the 5th: two days after the due are the 5th and 6th."""
    book, tables = _stopped({"after": ["held"], "until": ["dropped"]}), _tables(*HELD)
    ws = bridge.workspace([book], tables)
    answers = {day.day: role for day in DAYS for role in ws.due(day).filter(rule_id="r")["role"]}
    assert answers == {3: "sales", 4: "sales", 5: "sales", 6: "sales", 7: "boss", 8: "boss", 9: "boss"}
    for day in DAYS:
        agrees(([book], tables, day))


BEGINS, ENDS = {"after": ["held"], "until": ["dropped"]}, {"after": ["dropped"], "until": ["held"]}


@pytest.mark.parametrize(
    ("pause", "every"), thinned([(BEGINS, True), (ENDS, True), (BEGINS, False), (ENDS, False)]), ids=str
)
def test_a_replay_sees_what_the_clock_stopped_and_let_run(pause: dict[str, list[str]], every: bool) -> None:
    """Of many moments at once each has its own rows, where what the clock records begins a pause or ends one."""
    book, tables = _stopped(pause), _tables(*HELD)
    ws = bridge.workspace([book], tables)
    found = ws.on(DAYS[0]).due_on(DAYS, all=every)
    for day in DAYS:
        among = found.filter(pl.col("as_of") == day.isoformat()).drop("as_of")
        alone = ws.due(day, all=every)
        assert bridge.comparable(among.to_dicts(), bridge.DUE) == bridge.comparable(alone.to_dicts(), bridge.DUE)
        agrees(([book], tables, day))


@pytest.mark.parametrize("first", ["2026-11-04", "2026-11-04 23:59:59.999999", "2026-11-04 10:00"])
@pytest.mark.parametrize("as_of", [date(2026, 11, 4), date(2026, 11, 9), datetime(2026, 11, 5, 9)])
def test_what_starts_fulfils_and_voids_is_open_where_it_is_open_of_all(first: str, as_of: date | datetime) -> None:
    """A day and its last microsecond: what does not fulfil its like, being no later, still voids it."""
    book = _book({"id": "r", "after": ["held"], "due": "2 days", "until": ["held"], "unless": ["held"]})
    agrees(([book], _tables(("held", first), ("held", "2026-11-04 23:59:59.999999")), as_of))
