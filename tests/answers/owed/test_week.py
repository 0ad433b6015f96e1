"""The morning list: where each open action stands, and which cases are to be decided about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from the_sample import sample

import playbook as pb
from playbook.answers.owed.outlived import LONG_OVERDUE_DAYS, SILENT_DAYS
from playbook.answers.owed.week import PARTS, SHEET, WeeklyList

FRIDAY = "2026-11-20"
ASSIGNED = pl.DataFrame({"role": ["driver", "decision_maker"], "person": ["推進 一郎", "決裁 花子"]})


def joins(*events: str, closes: str = "", as_of: str = FRIDAY) -> WeeklyList:
    """The list of one selection whose events are written `day activity`."""
    rows = [dict(zip(("timestamp", "activity"), event.split(), strict=True), case_id="A-1") for event in events]
    case = {"case_id": "A-1", "playbook": "joins-selection", "subject": "山田", "recruitment_closes_on": closes or None}
    cases = pl.DataFrame([case], schema_overrides={"recruitment_closes_on": pl.String})
    return pb.Workspace(events=pl.DataFrame(rows), cases=cases, assignments=ASSIGNED).on(as_of).week()


def placed(week: WeeklyList) -> dict[str, str]:
    """The part of each action, by its rule."""
    return {rule: str(part) for rule, part in week.actions.select("rule_id", "part").iter_rows()}


@pytest.fixture(scope="module")
def week() -> WeeklyList:
    """The list of the sample."""
    return sample().on(FRIDAY).week()


def by_hand(row: dict[str, Any], day: date, records: set[tuple[str, str]]) -> str:
    """Where an action stands, read off in plain Python."""
    if row["outlived"]:
        return "decide"
    if row["status"] == "overdue":
        return "late"
    if row["status"] in ("postponed", "paused"):
        return "later"
    if row["act_by"] <= day:
        return "tonight" if (row["playbook"], row["rule_id"]) in records else "today"
    return "soon" if row["act_by"] <= day + timedelta(days=7) else "later"


@pytest.mark.parametrize("asked", [FRIDAY, "2026-11-21", "2026-09-08", "2026-06-30"])
def test_every_open_action_stands_in_one_part_by_the_day_to_act(asked: str) -> None:
    """Parts go by the last business day to act, not by the due; the parts are all there is, in their order."""
    week = sample().on(asked).week()
    records = {(book.id, rule.id) for book in week.playbooks for rule in book.rules if rule.record}
    for row in week.actions.iter_rows(named=True):
        assert row["part"] == by_hand(row, week.day, records)
    order = [PARTS.index(part) for part in week.actions["part"]]
    assert order == sorted(order)


def test_what_falls_due_on_days_off_is_asked_for_on_the_last_business_day() -> None:
    """On a Friday the list asks for what falls due over the weekend, beside what is due that day."""
    today = sample().on("2026-11-13").week().part("today")
    assert set(today["act_by"]) == {date(2026, 11, 13)}
    assert today.filter(today["due_at"].dt.date() > date(2026, 11, 13)).height > 0


def test_what_the_clock_ends_is_said_on_the_last_business_day_before_it() -> None:
    """Applicants to be answered by Sunday, or the clock rejects them: on Friday that stands first."""
    week = joins("2026-11-10 applied", closes="2026-11-15")
    assert placed(week)["notify-applicants"] == "tonight"
    assert week.people.row(0, named=True)["tonight"] == 1
    assert placed(joins("2026-11-10 applied", closes="2026-11-17"))["notify-applicants"] == "soon"


def test_late_work_stays_late_while_it_can_still_be_done() -> None:
    """Four days late is late; more than a month late, the case is to be decided about."""
    late = joins("2026-11-10 applied", "2026-11-12 first_interview_invited")
    assert placed(late)["arrange-first-interview"] == "late"
    assert late.decide.is_empty()
    day = date.fromisoformat(FRIDAY) - timedelta(days=LONG_OVERDUE_DAYS + 4)
    old = joins(f"{day} applied", f"{day} first_interview_invited", "2026-11-18 trouble_reported")
    assert old.decide.row(0, named=True)["whys"] == ["long_overdue"]
    assert placed(old)["arrange-first-interview"] == "decide"


def test_a_step_that_the_case_went_past_is_superseded() -> None:
    """An interview that was held leaves nothing to arrange: the action stands to be decided about, not late."""
    week = joins("2026-11-10 applied", "2026-11-11 first_interview_invited", "2026-11-13 second_interview_held")
    assert dict(week.actions.select("rule_id", "outlived").iter_rows())["arrange-first-interview"] == "superseded"


def test_a_silent_case_is_decided_about() -> None:
    """Nothing known for more than ninety days: what is overdue in the case is no work of this morning."""
    day = date.fromisoformat(FRIDAY) - timedelta(days=SILENT_DAYS + 1)
    assert joins(f"{day} applied").decide.row(0, named=True)["whys"] == ["silent"]


def test_a_case_to_decide_about_stands_once(week: WeeklyList) -> None:
    """Each case once, with all that was not done in it, under the person whose action is longest overdue."""
    assert week.decide["case_id"].is_unique().all()
    actions = week.part("decide")
    assert set(week.decide["case_id"]) == set(actions["case_id"]) | set(week.orphans["case_id"])
    for row in week.decide.filter(pl.col("rules").is_not_null()).iter_rows(named=True):
        own = actions.filter(case_id=row["case_id"]).sort("due_at", "rule_id")
        assert row["owner"] == own["owner"][0]
        assert set(row["rules"]) == set(own["rule_id"])


def test_a_case_that_nobody_owes_anything_has_somebody_to_decide(week: WeeklyList) -> None:
    """Live cases without a next step stand among those to decide about, with whoever holds their first role."""
    idle = week.decide.filter(pl.col("whys").list.contains("no_step"))
    assert set(idle["case_id"]) == {"D-056", "A-120"}
    assert idle["owner"].null_count() == 0


def test_the_lists_of_people_add_up_to_the_whole(week: WeeklyList) -> None:
    """Made for each owner, the numbers are that person's row of the whole list."""
    for row in week.people.filter(pl.col("owner").is_not_null()).iter_rows(named=True):
        own = week.only(owner=row["owner"])
        assert own.people.row(0, named=True) == row
        assert own.decide.height == row["decide"]
    assert week.people["decide"].sum() == week.decide.height
    for part in SHEET:
        if part != "decide":
            assert week.people[part].sum() == week.part(part).height
