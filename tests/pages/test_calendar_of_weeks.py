"""Calendars over the weeks: what is renewed keeps its uid, what is gone is cancelled, for former owners too."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

import playbook as pb
from playbook.answers.owed.week import WeeklyList
from playbook.show.calendar_file import calendars, cancellations

# Reading a calendar makes icalendar ask for all time zones, which zoneinfo reads without naming an encoding.
pytestmark = pytest.mark.filterwarnings("ignore:'encoding' argument:EncodingWarning:zoneinfo")

CASES = """case_id,playbook,subject,client_id,next_interview_on,recorded_at
MOVED,interview-aftercare,青木 一,K-1,2026-12-01,2026-11-02 09:00
MOVED,interview-aftercare,青木 一,K-1,2026-12-08,2026-11-10 09:00
FIXED,interview-aftercare,石川 二,K-1,,2026-11-02 09:00
GIVEN,interview-aftercare,上田 三,K-2,,2026-11-02 09:00
DONE,interview-aftercare,江口 四,K-1,,2026-11-02 09:00
"""
EVENTS = """case_id,activity,timestamp,recorded_at,gone
MOVED,applied,2026-11-02 10:00,2026-11-02 10:00,
FIXED,applied,2026-11-04 10:00,2026-11-04 10:00,
FIXED,applied,2026-11-04 10:00,2026-11-10 10:00,yes
FIXED,applied,2026-11-05 15:00,2026-11-10 10:00,
GIVEN,applied,2026-11-05 10:00,2026-11-05 10:00,
DONE,first_interview_held,2026-11-05 10:00,2026-11-05 10:00,
DONE,followup_sent,2026-11-09 10:00,2026-11-09 10:00,
"""
ASSIGNMENTS = """role,person,client_id,from_on,to_on
hr,佐藤,K-1,2026-01-01,
hr,鈴木,K-2,2026-01-01,2026-11-10
hr,高橋,K-2,2026-11-11,
"""
FIRST, AFTER_TWO_WEEKS = "2026-11-06", "2026-11-20"


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> tuple[WeeklyList, WeeklyList]:
    """The lists of two Fridays, none having been made between them: the second is compared with the first."""
    place: Path = tmp_path_factory.mktemp("firm")
    for name, said in (("cases", CASES), ("events", EVENTS), ("assignments", ASSIGNMENTS)):
        (place / f"{name}.csv").write_text(said, encoding="utf-8")
    ws = pb.open(place)
    return ws.on(FIRST).week(), ws.on(AFTER_TWO_WEEKS).week(FIRST)


def entries(week: WeeklyList) -> dict[tuple[str, str], tuple[str, Any]]:
    """The live entries of all calendars of a week, by case and rule: whose it is, and the entry."""
    found: dict[tuple[str, str], tuple[str, Any]] = {}
    for row in week.actions.iter_rows(named=True):
        one = week.actions.filter(case_id=row["case_id"], rule_id=row["rule_id"], trigger_at=row["trigger_at"])
        ((_, content),) = calendars(one, week.playbooks, week.day).items()
        (event,) = Calendar.from_ical(content).walk("VEVENT")
        found[row["case_id"], row["rule_id"]] = (row["owner"], event)
    return found


@pytest.mark.parametrize(
    ("case", "rule"),
    [("FIXED", "invite-to-interview"), ("GIVEN", "invite-to-interview"), ("MOVED", "name-followup-owner")],
)
def test_an_entry_survives_a_corrected_time_a_new_owner_a_moved_day_and_a_skipped_week(
    weeks: tuple[WeeklyList, WeeklyList], case: str, rule: str
) -> None:
    """The same uid two weeks later, with a higher sequence; what is overdue by then stands on that day."""
    (_, before), (owner, now) = (entries(week)[case, rule] for week in weeks)
    assert before["uid"] == now["uid"] and before["sequence"] < now["sequence"]
    stands_on = date(2026, 12, 7) if case == "MOVED" else date(2026, 11, 20)
    assert now["status"] == "CONFIRMED" and now.decoded("dtstart") == stands_on
    assert owner == ("高橋" if case == "GIVEN" else "佐藤")


def gone(week: WeeklyList) -> dict[str, set[str]]:
    """The uids that are cancelled in a week, by whose calendar they are in."""
    files = cancellations(week.gone, week.playbooks, week.day)
    for content in files.values():
        assert Calendar.from_ical(content)["method"] == "CANCEL"
    return {
        name.split()[0]: {str(event["uid"]) for event in Calendar.from_ical(content).walk("VEVENT")}
        for name, content in files.items()
    }


def test_what_is_gone_is_cancelled_for_whoever_had_it(weeks: tuple[WeeklyList, WeeklyList]) -> None:
    """What was done, or moved away, in the week that no list was made of; and what passed to another person."""
    first, second = (entries(week) for week in weeks)
    cancelled = gone(weeks[1])
    assert str(first["DONE", "followup-mail"][1]["uid"]) in cancelled["佐藤"]
    assert str(first["GIVEN", "invite-to-interview"][1]["uid"]) in cancelled["鈴木"]
    live = {str(event["uid"]) for owner, event in second.values() if owner == "佐藤"}
    assert live and not live & cancelled["佐藤"]
