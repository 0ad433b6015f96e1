"""Why an action is due when it is: the days counted aloud, over pauses, closed days and office hours."""

from __future__ import annotations

import polars as pl
import pytest

import playbook as pb
from playbook.rules.reading import parse_playbook

BOOK = """
[playbook]
id = "items"
name = { ja = "書類", en = "Items" }
hours = "09:30-17:30"

[[activity]]
id = "asked"
name = { ja = "依頼", en = "Asked" }

[[activity]]
id = "items_asked"
name = { ja = "先方の書類待ち", en = "client's items awaited" }

[[activity]]
id = "items_received"
name = { ja = "書類受領", en = "Items received" }

[[activity]]
id = "answered"
name = { ja = "回答", en = "Answered" }

[[role]]
id = "sales"
name = { ja = "営業", en = "Sales" }
side = "agency"

[[rule]]
id = "answer"
name = { ja = "回答する", en = "Answer" }
after = ["asked"]
due = "DUE"
until = ["answered"]
role = "sales"
basis = "ours"
MORE
"""
PAUSE = 'pause = { after = ["items_asked"], until = ["items_received"] }'


def counted(due: str, more: str, *events: tuple[str, str], as_of: str = "2026-11-30", lang: str = "en") -> str:
    """How the only action of a case is counted."""
    book = parse_playbook(BOOK.replace("DUE", due).replace("MORE", more), "a test")
    rows = pl.DataFrame([("A", *event) for event in events], schema=["case_id", "activity", "timestamp"], orient="row")
    ws = pb.Workspace(playbooks=[book], events=rows, cases=pl.DataFrame({"case_id": ["A"], "playbook": ["items"]}))
    return str(ws.on(as_of).case("A").explain(lang=lang)["counted"].item())  # type: ignore[arg-type]


def test_a_pause_is_told_with_its_days_and_its_reason() -> None:
    """From when to when the clock stood still, and what started it."""
    events = [
        ("asked", "2026-11-04 10:00"),
        ("items_asked", "2026-11-05 12:00"),
        ("items_received", "2026-11-09 12:00"),
    ]
    said = counted("3 days", PAUSE, *events)
    assert "paused from Thu 5 Nov 2026 to Mon 9 Nov 2026 (client's items awaited)" in said
    assert said.endswith("3 days Wed 11 Nov 2026")
    assert "2026/11/5(木)から2026/11/9(月)まで停止（先方の書類待ち）" in counted("3 days", PAUSE, *events, lang="ja")


def test_business_days_that_stand_still_are_named_and_not_counted() -> None:
    """A business day counts when the clock runs at the close of its hours."""
    events = [
        ("asked", "2026-11-04 10:00"),
        ("items_asked", "2026-11-05 12:00"),
        ("items_received", "2026-11-06 12:00"),
    ]
    said = counted("2 business days", PAUSE, *events)
    assert "Thu 5 Nov 2026 paused: not counted → Fri 6 Nov 2026 business day 1" in said
    assert said.endswith("Mon 9 Nov 2026 business day 2")


def test_a_pause_that_lasts_is_told_since_when() -> None:
    """What has not ended is counted as if it ended with the as-of."""
    said = counted("3 days", PAUSE, ("asked", "2026-11-04 10:00"), ("items_asked", "2026-11-05"), as_of="2026-11-06")
    assert "paused since Thu 5 Nov 2026 (client's items awaited)" in said
    assert said.endswith("3 days Mon 9 Nov 2026")


@pytest.mark.parametrize(
    ("roll", "said"),
    [
        ("next", "3 days Sat 7 Nov 2026 Saturday → the next business day Mon 9 Nov 2026"),
        ("previous", "3 days Sat 7 Nov 2026 Saturday → the business day before Fri 6 Nov 2026"),
    ],
)
def test_a_rolled_day_is_told_with_the_closed_day_it_comes_from(roll: str, said: str) -> None:
    """The day that was reached, why it is closed, and where it was moved."""
    assert counted("3 days", f'roll = "{roll}"', ("asked", "2026-11-04 10:00")).endswith(said)


def test_office_hours_are_told_with_the_instant_they_reach() -> None:
    """Two hours from 16:30 end on the next business day."""
    said = counted("2 business hours", "", ("asked", "2026-11-06 16:30"))
    assert said.endswith("2 business hours → Mon 9 Nov 2026 10:30")
