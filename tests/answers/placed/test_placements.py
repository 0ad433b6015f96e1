"""Placements: progress of goals, next reviews, silence, retention held against an independent library."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import placement_sample as sample
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from thinned import tries

import playbook as pb
from playbook.answers.placed import placements, retention
from playbook.clock.known import EventLog
from playbook.days.calendar import Calendar
from playbook.rules.offset import Offset
from playbook.words.problem import ArgumentError

Row = dict[str, Any]


@cache
def workspace() -> pb.Workspace:
    """The bank of the sample."""
    return pb.Workspace(**{name: sample.frame(rows) for name, rows in sample.rows().items()})


def log_of(lines: dict[str, list[str]], as_of: str, **cells: str) -> EventLog:
    """The log of some placements, each with its events."""
    cases = [{"case_id": case, "playbook": sample.BOOK, **cells} for case in lines]
    events = [sample.event(case, line) for case, own in lines.items() for line in own]
    return pb.Workspace(cases=sample.frame(cases), events=sample.frame(events)).on(as_of).log


def by_case(frame: pl.DataFrame, column: str) -> dict[str, Any]:
    """A column of a frame with one row per case."""
    return dict(frame.select("case_id", column).rows())


# ---- one row per placement ----


def test_every_placement_has_its_state() -> None:
    """Stayed, unknown, left, dismissed and not there yet are told apart."""
    states = by_case(placements.placements(workspace().on(sample.AS_OF).log), "status")
    assert states == {"P-1": "stayed", "P-2": "unknown", "P-3": "left", "P-4": "offered", "P-5": "dismissed"}


def test_a_placement_says_who_when_and_what_next() -> None:
    """A placement names its manager, its next review with whose number that is, and what is overdue."""
    rows = {row["case_id"]: row for row in placements.placements(workspace().on(sample.AS_OF).log).to_dicts()}
    quiet = rows["P-2"]
    assert (quiet["manager"], quiet["next_review"]) == ("銀行の三宅", "review-months-1-3-company")
    assert (quiet["next_review_on"], quiet["next_review_status"]) == (date(2026, 9, 1), "overdue")
    assert quiet["next_review_basis"] == "ours"
    assert rows["P-4"]["next_review_basis"] == "recommended"
    assert rows["P-1"]["overdue"] == 0
    assert rows["P-1"]["next_review"] == "assess-issue"


def test_silence_is_told_by_side() -> None:
    """A side not heard for three months is silent, one heard yesterday is not, and who has gone is not asked for."""
    rows = by_case(placements.placements(workspace().on(sample.AS_OF).log), "silent")
    assert rows == {"P-1": None, "P-2": "both", "P-3": None, "P-4": None, "P-5": None}
    log = log_of({"A": ["2026-05-01 09:00 joined", "2026-08-19 10:00 hire_review_held",
                        "2026-08-21 10:00 company_review_held"]}, "2026-11-20")  # fmt: skip
    row = placements.placements(log).row(0, named=True)
    assert (row["silent"], row["silent_days"]) == ("hire", 93)


def test_a_placement_that_never_joined_owes_no_review() -> None:
    """An offer that was declined leaves no review at months 1 and 3 behind, whatever its planned date."""
    log = log_of({"A": ["2026-04-01 09:00 offer_made", "2026-04-05 09:00 offer_declined"]}, "2026-11-20",
                 joins_on="2026-06-01")  # fmt: skip
    row = placements.placements(log).row(0, named=True)
    assert (row["status"], row["next_review"], row["overdue"]) == ("not_joined", None, 0)


@settings(max_examples=tries(3, 50), deadline=None)
@given(st.dates(date(2026, 1, 1), date(2027, 1, 31)))
def test_what_happens_later_changes_nothing(day: date) -> None:
    """The placements as of a day are those of the log, the voices and the proposals cut at that day."""
    tables = sample.rows()
    upto = day.isoformat()
    tables["events"] = [row for row in tables["events"] if row["timestamp"][:10] <= upto]
    tables["voices"] = [row for row in tables["voices"] if row["held_on"] <= upto]
    tables["proposals"] = [row for row in tables["proposals"] if row["proposed_on"] <= upto]
    tables["milestones"] = [
        {**row, "achieved_on": row.get("achieved_on") if (row.get("achieved_on") or "9") <= upto else None,
         "status": None if row.get("status") == "achieved" else row.get("status")}
        for row in tables["milestones"]
    ]  # fmt: skip
    cut = pb.Workspace(**{name: sample.frame(rows or [{}]) if rows else sample.frame(sample.rows()[name]).clear()
                          for name, rows in tables.items()})  # fmt: skip
    whole, part = workspace().on(day).log, cut.on(day).log
    assert placements.placements(whole).equals(placements.placements(part))
    assert placements.known_proposals(whole).equals(placements.known_proposals(part))
    assert retention.known_voices(whole).drop("row").equals(retention.known_voices(part).drop("row"))


# ---- goals ----


def test_goals_stand_where_their_days_say() -> None:
    """A goal is done, done late, slipping, at risk, on track or dropped as of the day."""
    progress = placements.milestone_progress(workspace().on(sample.AS_OF).log)
    assert dict(progress.select("milestone", "status").rows()) == {
        "遅れの原因を表にする": "achieved",
        "計画会議を毎週ひらく": "achieved_late",
        "納期遅れを半分にする": "slipping",
        "各課長と月に一度話す": "at_risk",
        "若手を一人育てる": "on_track",
        "締め日の作業を半分に": "at_risk",
        "資格をとる": "dropped",
    }
    assert dict(progress.drop_nulls("late_days").select("milestone", "late_days").rows()) == {
        "計画会議を毎週ひらく": 11,
        "納期遅れを半分にする": 10,
    }


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2026-06-30", "planned"),
        ("2026-07-01", "on_track"),
        ("2026-08-15", "on_track"),
        ("2026-08-16", "at_risk"),
        ("2026-08-31", "at_risk"),
        ("2026-09-01", "slipping"),
        ("2026-09-10", "slipping"),
        ("2026-09-11", "achieved_late"),
    ],
)
def test_a_goal_is_judged_by_the_day_asked_for(as_of: str, status: str) -> None:
    """The same goal is planned, on track, at risk, slipping and done late as time goes by; its due day is not late."""
    progress = placements.milestone_progress(workspace().on(as_of).log)
    assert dict(progress.select("milestone", "status").rows())["計画会議を毎週ひらく"] == status


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ({"due_on": "2026-12-04"}, "at_risk"),
        ({"due_on": "2026-12-05"}, "on_track"),
        ({"starts_on": "2026-01-01", "due_on": "2026-12-01", "status": "on_track"}, "on_track"),
        ({"starts_on": "2026-11-01", "due_on": "2027-12-01", "status": "slipping"}, "at_risk"),
        ({"status": "done"}, "achieved"),
        ({"due_on": "2026-01-01", "status": "Dropped"}, "dropped"),
        ({}, "on_track"),
        ({"starts_on": "2026-11-21"}, "planned"),
        ({"achieved_on": "2026-11-20", "due_on": "2026-11-20"}, "achieved"),
    ],
)
def test_a_judgement_on_the_sheet_is_heard(cells: Row, status: str) -> None:
    """What the sheet says of an open goal goes before the rule of three quarters; a day goes before what it says."""
    tables = sample.rows() | {"milestones": [{"case_id": "P-1", "milestone": "目標", "track": "issue", **cells}]}
    log = pb.Workspace(**{name: sample.frame(rows) for name, rows in tables.items()}).on(sample.AS_OF).log
    assert placements.milestone_progress(log)["status"].to_list() == [status]


def test_progress_counts_what_was_not_dropped() -> None:
    """Progress is the share of goals achieved, late or not, among those not dropped."""
    counts = placements.milestone_counts(workspace().on(sample.AS_OF).log).sort("case_id").to_dicts()
    assert [(row["milestones"], row["achieved"], row["achieved_late"], row["progress"]) for row in counts] == [
        (5, 2, 1, 0.4),
        (1, 0, 0, 0.0),
    ]


# ---- voices, preparation, proposals ----


def test_expectation_is_held_against_experience() -> None:
    """The first voice on a topic stands beside the one at six months; what is said after the as-of is not known."""
    log = workspace().on(sample.AS_OF).log
    rows = placements.experience(retention.known_voices(log), retention.employment(log)).to_dicts()
    changes = {(row["side"], row["topic"]): row["change"] for row in rows}
    assert changes == {("company", "待遇"): None, ("company", "期待への応え方"): 1.0, ("hire", "人との関係"): None,
                       ("hire", "期待への応え方"): -1.0}  # fmt: skip
    assert next(row for row in rows if row["topic"] == "人との関係")["later_note"] is None


def test_what_is_missing_by_the_joining_date_is_named() -> None:
    """The work before the joining says what was done, done late (goals by memo) and never done."""
    rows = placements.preparation(workspace().on(sample.AS_OF).log).filter(pl.col("case_id") == "P-2").to_dicts()
    by_rule = {row["rule_id"]: (row["status"], row["missing"]) for row in rows}
    assert by_rule["agree-goals"] == ("void", False)
    assert by_rule["start-followup"] == ("met", False)
    assert by_rule["hold-site-visit"] == ("closed_late", True)
    assert by_rule["share-mission"] == ("void", True)
    assert not any(rule.startswith(("review", "six")) for rule in by_rule)
    first = placements.preparation(workspace().on(sample.AS_OF).log).filter(pl.col("case_id") == "P-1")
    assert not first["missing"].any()
    assert first.height == 17


def test_proposals_are_summed_by_status() -> None:
    """A proposal counts from the day it is made, with its amount."""
    log = workspace().on(sample.AS_OF).log
    assert placements.proposals_by_status(placements.known_proposals(log)).rows() == [
        ("proposed", 1, 1200000.0),
        ("won", 1, 3000000.0),
    ]


# ---- six months ----


@pytest.mark.parametrize(
    ("joined", "last_day"),
    [
        ("2026-08-30", "2027-02-28"),
        ("2026-08-31", "2027-02-28"),
        ("2027-08-30", "2028-02-29"),
        ("2027-08-31", "2028-02-29"),
        ("2026-09-30", "2027-03-29"),
        ("2026-12-31", "2027-06-30"),
        ("2027-04-01", "2027-09-30"),
    ],
)
def test_six_months_end_with_the_month(joined: str, last_day: str) -> None:
    """The day of joining counts, so six months end the day before; those from 30 and 31 August end with February."""
    end = date.fromisoformat(last_day)
    assert Calendar("jp").reach(date.fromisoformat(joined), Offset.parse("6 months")) - end in (
        timedelta(0),
        timedelta(days=1),
    )
    days = {"on": end, "after": end + timedelta(days=1)}
    log = log_of({case: [f"{joined} 09:00 joined", f"{day} 23:30 left"] for case, day in days.items()}, "2028-12-01")
    stays = retention.employment(log)
    assert by_case(stays, "six_months_on") == {"on": end, "after": end}
    assert by_case(stays, "at_six_months") == {"on": "left", "after": "stayed"}


@pytest.mark.parametrize(
    ("lines", "as_of", "state"),
    [
        ([], "2026-09-30", "not_yet"),
        ([], "2026-10-01", "unknown"),
        (["2026-05-10 10:00 six_month_review_held"], "2026-10-02", "unknown"),
        (["2026-09-30 10:00 six_month_review_held"], "2026-10-02", "unknown"),
        (["2026-10-01 10:00 six_month_review_held"], "2026-10-02", "stayed"),
        (["2026-10-01 10:00 company_review_held"], "2026-10-02", "unknown"),
        (["2026-10-20 10:00 next_issue_proposed"], "2026-12-02", "unknown"),
        (["2026-12-01 10:00 issue_assessed", "2026-12-01 11:00 followup_closed"], "2026-12-02", "unknown"),
        (["2026-10-01 10:00 left"], "2026-10-02", "stayed"),
        (["2026-09-30 10:00 left"], "2026-10-02", "left"),
        (["2026-12-01 10:00 dismissed"], "2026-12-02", "stayed"),
        (["2026-09-01 10:00 dismissed"], "2026-09-01", "dismissed"),
        (["2026-06-01 10:00 left", "2026-07-01 10:00 joined", "2026-11-01 10:00 hire_review_held"], "2026-11-02",
         "stayed"),
    ],
)  # fmt: skip
def test_at_six_months_silence_is_not_staying(lines: list[str], as_of: str, state: str) -> None:
    """A hire has stayed only if a sign of the person after the last day shows it; otherwise that is unknown."""
    log = log_of({"A": ["2026-04-01 09:00 joined", *lines]}, as_of)
    assert retention.employment(log)["at_six_months"].to_list() == [state]


def test_counts_go_by_the_fiscal_year_of_joining() -> None:
    """Hires of 31 March and 1 April belong to two fiscal years; dismissals are counted apart, open ones shown."""
    log = log_of(
        {
            "A": ["2026-03-31 09:00 joined", "2026-05-01 10:00 left"],
            "B": ["2026-04-01 09:00 joined", "2026-05-01 10:00 dismissed"],
            "C": ["2026-04-01 09:00 joined", "2026-10-05 10:00 hire_review_held"],
            "D": ["2026-05-01 09:00 joined"],
            "E": ["2027-03-31 09:00 joined"],
        },
        "2027-04-01",
    )
    rows = retention.within_six_months(log).to_dicts()
    columns = ("fiscal_year", "joined", "left", "dismissed", "stayed", "unknown", "not_yet", "rate")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        (2025, 1, 1, 0, 0, 0, 0, 0.0),
        (2026, 4, 0, 1, 1, 1, 1, 1.0),
    ]
    assert all(row["too_few"] for row in rows)


# ---- curves ----


def histories(lengths: list[tuple[int, str]]) -> EventLog:
    """Placements that all joined on 1 April 2026, each left, dismissed or seen after so many days."""
    start = date(2026, 4, 1)
    lines = {}
    for number, (days, way) in enumerate(lengths):
        end = start + timedelta(days=days)
        last = {"left": "left", "dismissed": "dismissed", "seen": "company_review_held"}[way]
        lines[f"P-{number:03}"] = [f"{start} 09:00 joined", f"{end} 18:00 {last}"]
    return log_of(lines, "2029-04-01")


LENGTHS = st.lists(
    st.tuples(st.integers(1, 500), st.sampled_from(["left", "dismissed", "seen"])), min_size=1, max_size=30
)


@settings(max_examples=tries(3, 50), deadline=None)
@given(LENGTHS)
def test_retention_is_that_of_lifelines(lengths: list[tuple[int, str]]) -> None:
    """The curve, its band and the numbers at risk are those of an independent library."""
    log = histories(lengths)
    mine = retention.retention(log)
    days, left = [n for n, _ in lengths], [way == "left" for _, way in lengths]
    theirs = KaplanMeierFitter().fit(days, left)
    for row in mine.to_dicts():
        assert row["survival"] == pytest.approx(theirs.predict(row["days"]), abs=1e-9)
        assert row["at_risk"] == sum(n >= row["days"] for n in days)
    band = theirs.confidence_interval_.reset_index()
    band.columns = ["days", "low", "high"]
    both = mine.join(pl.from_pandas(band), on="days").filter(pl.col("survival").is_between(0.001, 0.999))
    for row in both.to_dicts():
        assert row["ci_low"] == pytest.approx(row["low"], abs=1e-6)
        assert row["ci_high"] == pytest.approx(row["high"], abs=1e-6)


def test_ways_out_compete_as_in_lifelines() -> None:
    """Leaving and dismissal add up beside each other as in an independent library."""
    lengths = [(20, "left"), (45, "dismissed"), (60, "seen"), (90, "left"), (120, "dismissed"), (200, "seen")]
    mine = retention.ways_out(histories(lengths))
    codes = [{"left": 1, "dismissed": 2, "seen": 0}[way] for _, way in lengths]
    for kind, code in (("left", 1), ("dismissed", 2)):
        fitted = AalenJohansenFitter(calculate_variance=False).fit([n for n, _ in lengths], codes, code)
        last = mine.filter(pl.col("kind") == kind)["incidence"][-1]
        assert last == pytest.approx(float(fitted.cumulative_density_.iloc[-1, 0]), abs=1e-9)


def test_who_is_silent_counts_up_to_the_last_sign() -> None:
    """A hire nobody has heard of leaves the numbers at risk on the day of the last sign, not at the as-of."""
    log = log_of({"A": ["2026-04-01 09:00 joined", "2026-05-01 10:00 hire_review_held"],
                  "B": ["2026-04-01 09:00 joined", "2026-08-01 10:00 hire_review_held"]}, "2026-09-01")  # fmt: skip
    assert by_case(retention.employment(log), "days") == {"A": 30, "B": 153}
    assert retention.at_risk(log, [0, 31, 154])["at_risk"].to_list() == [2, 1, 0]


def test_retention_is_told_by_segment_and_by_route() -> None:
    """Curves go by any column of the case or of its client; an unknown one is refused with the nearest."""
    log = workspace().on(sample.AS_OF).log
    assert retention.retention(log, "segment")["group"].unique().sort().to_list() == ["製造", "食品"]
    assert retention.retention(log, ("segment", "route"))["group"].unique().sort().to_list() == [
        "製造 / 支店紹介", "製造 / 本部紹介", "食品 / 支店紹介", "食品 / 本部紹介"]  # fmt: skip
    assert retention.retention(log, "segment", cases=["P-1"])["group"].unique().to_list() == ["製造"]
    with pytest.raises(ArgumentError, match=r"by: there is no column 'segmnt'[\s\S]*did you mean 'segment'"):
        retention.retention(log, "segmnt")


def test_without_placements_every_answer_is_empty() -> None:
    """A workspace without placements gives frames without rows, with their columns."""
    cases = [{"case_id": "A", "playbook": "joins-selection"}]
    events = [sample.event("A", "2026-04-01 09:00 applied")]
    log = pb.Workspace(cases=sample.frame(cases), events=sample.frame(events)).on("2026-11-20").log
    assert placements.placements(log).shape == (0, 30)
    assert retention.retention(log).height == retention.ways_out(log).height == 0
    assert retention.within_six_months(log).height == 0
    assert placements.preparation(log).height == placements.milestone_progress(log).height == 0
