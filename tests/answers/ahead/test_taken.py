"""How long promises took: the smallest whole number that is not less is the limit that would have kept each."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_logs import book, log_of
from thinned import tries

from playbook.answers.ahead.taken import NOTHING, taken
from playbook.clock.due import due_actions
from playbook.rules.nouns import Pause, Rule
from playbook.rules.offset import Offset
from playbook.words.text import Text

NAME = Text("名", "name")
PAUSE = Pause(("asked_client",), ("client_answered",))


def _rule(n: int, unit: str, pause: Pause | None, **changes: Any) -> Rule:
    return Rule(
        f"send-{n}", NAME, ("asked",), (Offset.parse(f"{n} {unit}"),), ("sent",), "agent", pause=pause, **changes
    )


def _took(unit: str, events: list[tuple[str, str]], as_of: str = "2026-12-28", **changes: Any) -> float:
    own = book({}, [("won", "won", ["hired"])], {"agent": "agency"}, rules=(_rule(3, unit, PAUSE, **changes),))
    log = log_of(own, [("C", *one) for one in events], as_of)
    return float(taken(log, due_actions(log).collect())["took"].item())


@pytest.mark.parametrize(("unit", "took"), [("days", 4), ("business days", 2), ("hours", 98), ("business hours", 20)])
def test_what_stood_still_is_not_counted(unit: str, took: float) -> None:
    """From Monday at ten to the next Monday at noon, with the clock still from Tuesday to Friday, at ten each."""
    events = [("asked", "2026-11-09T10:00:00"), ("asked_client", "2026-11-10T10:00:00"),
              ("client_answered", "2026-11-13T10:00:00"), ("sent", "2026-11-16T12:00:00")]  # fmt: skip
    assert _took(unit, events) == took


def test_what_stands_still_today_has_taken_no_more_since() -> None:
    """Open, and paused two days after it began: two days so far, whenever one asks."""
    events = [("asked", "2026-11-09T10:00:00"), ("asked_client", "2026-11-11T10:00:00")]
    taken_by = [_took("hours", events, f"2026-{month}-20T10:00") for month in (11, 12)]
    assert taken_by == pytest.approx([48, 48], abs=0.001)


_MOMENTS = st.integers(0, 40 * 48).map(lambda half: datetime(2026, 11, 2) + timedelta(minutes=30 * half))
_UNITS = st.sampled_from(["days", "weeks", "business days", "hours", "business hours"])
_ASKED = st.integers(0, 14).map(lambda days: datetime(2026, 10, 30, 9) + timedelta(days=days))
_DAY = [datetime(2026, 11, 2)] * 2  # a day without a time of day, all of it
_NIGHT = [datetime(2026, 11, 3), datetime(2026, 11, 4, 18, 30)]  # a holiday, and a day to after the close of its hours


@settings(max_examples=tries(5, 400), deadline=None)
@given(
    unit=_UNITS,
    roll=st.sampled_from([None, "next"]),
    asked=_ASKED,
    pauses=st.lists(_MOMENTS, max_size=6),
    done=_MOMENTS,
)
@example(unit="hours", roll=None, asked=datetime(2026, 10, 30, 9), pauses=_DAY, done=datetime(2026, 11, 3))
@example(unit="days", roll="next", asked=datetime(2026, 11, 2, 9), pauses=_NIGHT, done=datetime(2026, 11, 5))
@example(unit="days", roll="next", asked=datetime(2026, 11, 7, 9), pauses=[], done=datetime(2026, 11, 9, 9))
def test_the_smallest_whole_number_that_is_not_less_would_have_kept_it(
    unit: str, roll: str | None, asked: datetime, pauses: list[datetime], done: datetime
) -> None:
    """Whatever stands still when: the clock itself says so of that number, and denies it of the number before."""
    turns = zip(sorted(pauses), ["asked_client", "client_answered"] * 3, strict=False)
    happened = [("asked", asked), ("sent", max(done, asked + timedelta(minutes=1)))]
    happened += [(name, at) for at, name in turns]
    events = [("C", name, at.isoformat()) for name, at in happened]
    changes = {} if unit == "business days" else {"roll": roll}
    first = book({}, [("won", "won", ["hired"])], {"agent": "agency"}, rules=(_rule(3, unit, PAUSE, **changes),))
    log = log_of(first, events, "2027-03-01")
    limit = math.ceil(taken(log, due_actions(log).collect())["took"].item() - NOTHING)
    tried = [n for n in (limit - 1, limit) if n > 0]
    rules = tuple(_rule(n, unit, PAUSE, **changes) for n in tried)
    again = log_of(book({}, [("won", "won", ["hired"])], {"agent": "agency"}, rules=rules), events, "2027-03-01")
    said = dict(due_actions(again).collect().select("rule_id", "status").iter_rows())
    assert said == {f"send-{n}": "met" if n == limit else "met_late" for n in tried}
