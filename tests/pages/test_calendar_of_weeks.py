"""Calendars over the weeks: what is renewed keeps its uid, what is gone is cancelled, for former owners too."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from published import MADE_AT
from warmed import warm

import playbook as pb
from playbook.answers.owed.week import WeeklyList
from playbook.publishing.manifest import Entry
from playbook.publishing.reports import run_reports
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


def write(place: Path) -> None:
    """The tables of the firm."""
    for name, said in (("cases", CASES), ("events", EVENTS), ("assignments", ASSIGNMENTS)):
        (place / f"{name}.csv").write_text(said, encoding="utf-8")


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> tuple[WeeklyList, WeeklyList]:
    """The lists of two Fridays, none having been made between them: the second is compared with the first."""
    place: Path = tmp_path_factory.mktemp("firm")
    write(place)
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


@dataclass(frozen=True)
class Made:
    """A list as `playbook run` publishes it: its entry, the uids it cancels, its page."""

    entry: Entry
    cancelled: set[str]
    page: str


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Made], Entry]:
    """Three runs into one folder: a week is left out after the first, the second is made twice; and what a week later
    would be made.
    """
    place, out = tmp_path_factory.mktemp("firm"), tmp_path_factory.mktemp("firm") / "out"
    write(place)

    def run(day: str, **how: Any) -> Entry:
        told = {"workspace": str(place), "out": out, "started_at": MADE_AT, "engine": warm(), **how}
        (entry,) = run_reports(["weekly_due_actions"], as_of=day, **told).entries
        return entry

    made = []
    for day in (FIRST, AFTER_TWO_WEEKS, AFTER_TWO_WEEKS):
        entry = run(day, force=True)
        made.append(
            Made(
                entry,
                cancelled_in(out / entry.files_folder / "cancelled.zip"),
                (out / entry.page).read_text(encoding="utf-8"),
            )
        )
    return made, run("2026-11-27", dry_run=True)


def cancelled_in(path: Path) -> set[str]:
    """The uids that the calendars of a zip file cancel; none where there is no file."""
    if not path.exists():
        return set()
    with zipfile.ZipFile(path) as held:
        return {uid for name in held.namelist() for uid in uids_of(held.read(name))}


def uids_of(content: bytes) -> set[str]:
    """The uids of a calendar."""
    return {str(event["uid"]) for event in Calendar.from_ical(content).walk("VEVENT")}


def test_a_run_after_a_skipped_week_cancels_what_went_meanwhile(
    weeks: tuple[WeeklyList, WeeklyList], runs: tuple[list[Made], Entry]
) -> None:
    """It is compared with the list that stands, and says so; what was done in the week without a list is cancelled."""
    (first, second, _), next_week = runs
    assert [one.parameters.get("since") for one in (first.entry, second.entry, next_week)] == [None, FIRST, None]
    done = str(entries(weeks[0])["DONE", "followup-mail"][1]["uid"])
    assert done not in first.cancelled and done in second.cancelled
    assert "前回（11/6(金)、14日前）からの変化" in second.page and "日前）からの変化" not in first.page


def test_a_list_made_again_for_its_own_day_is_the_same(runs: tuple[list[Made], Entry]) -> None:
    """What it is compared with stays: the page that stands is its own by now, and every byte is the same."""
    (_, second, again), _ = runs
    one, other = second.entry, again.entry
    assert (one.sha256, one.files, one.key) == (other.sha256, other.files, other.key)


def gone(week: WeeklyList) -> dict[str, set[str]]:
    """The uids that are cancelled in a week, by whose calendar they are in."""
    files = cancellations(week.gone, week.playbooks, week.day)
    for content in files.values():
        assert Calendar.from_ical(content)["method"] == "CANCEL"
    return {name.split()[0]: uids_of(content) for name, content in files.items()}


def test_what_is_gone_is_cancelled_for_whoever_had_it(weeks: tuple[WeeklyList, WeeklyList]) -> None:
    """What was done, or moved away, in the week that no list was made of; and what passed to another person."""
    first, second = (entries(week) for week in weeks)
    cancelled = gone(weeks[1])
    assert str(first["DONE", "followup-mail"][1]["uid"]) in cancelled["佐藤"]
    assert str(first["GIVEN", "invite-to-interview"][1]["uid"]) in cancelled["鈴木"]
    live = {str(event["uid"]) for owner, event in second.values() if owner == "佐藤"}
    assert live and not live & cancelled["佐藤"]
