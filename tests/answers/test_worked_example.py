"""The sources' own examples as small workspaces, worked out by hand and held against the engine day by day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

import playbook as pb
from playbook.answers.flow.funnel import funnel

EXAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples" / "worked-examples"
JOINS = "joins-selection"


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def open_actions(workspace: pb.Workspace, as_of: str) -> set[tuple[str, str, str, str]]:
    """Case, rule, day of the due and status of each open action."""
    rows = workspace.due(as_of).select("case_id", "rule_id", pl.col("due_at").dt.date().cast(pl.String), "status")
    return set(rows.rows())


# --- J-10: four applied, three first interviews, two second ones, one contract -------------------------------

ENTERED = {  # by hand, from the sheet of events: on which days the number of cases that reached a stage grows
    "application": ("08-26", "08-31", "09-02", "09-07"),
    "first_interview": ("08-28", "09-02", "09-04"),
    "second_interview": ("09-07", "09-11"),
    "agreement": ("09-16",),
    "contract": ("09-30",),
}
ENDED = {"09-10": "application", "09-14": "first_interview", "09-17": "second_interview"}  # D, C, B turned down


@pytest.fixture(scope="module")
def four() -> pb.Workspace:
    return pb.open(EXAMPLES / "joins-four-applicants")


@pytest.mark.parametrize("day", days(date(2026, 8, 24), date(2026, 9, 30)), ids=str)
def test_the_funnel_of_four_applicants_at_every_as_of(four: pb.Workspace, day: date) -> None:
    """From opening to contract the funnel counts 4, 3, 2, 1 as it comes about, and who was lost where (J-10)."""
    today = f"{day:%m-%d}"
    rows = funnel(four.on(day).log).filter(pl.col("playbook") == JOINS).to_dicts()
    found = {row["stage"]: (row["entered"], row["lost"]) for row in rows}
    lost = [stage for ended, stage in ENDED.items() if ended <= today]
    expected = {stage: (sum(one <= today for one in when), lost.count(stage)) for stage, when in ENTERED.items()}
    assert {stage: counts for stage, counts in expected.items() if counts != (0, 0)} == {
        stage: counts for stage, counts in found.items() if counts != (0, 0)
    }


def test_in_the_end_the_chain_is_four_three_two_one(four: pb.Workspace) -> None:
    """Application 4, first interview 3, second interview 2, agreement and contract 1; nobody is left open (J-10)."""
    rows = funnel(four.on("2026-09-30").log).filter(pl.col("playbook") == JOINS)
    assert rows["entered"].to_list() == [4, 3, 2, 1, 1]
    assert rows["open"].to_list() == [0, 0, 0, 0, 0]
    assert rows["rate"].to_list() == [3 / 4, 2 / 3, 1 / 2, 1.0, 1.0]


KEY_DAYS = {
    # A applied: judged within three days, and over the weekend (the 29th is a Saturday); the result is owed from the close of recruitment on.
    "2026-08-26": {("A", "judge-each-application", "2026-08-31", "due_soon"),
                   ("A", "notify-applicants", "2026-09-18", "waiting")},
    # A was judged and invited the same day: an interview is to be arranged and held.
    "2026-08-28": {("A", "arrange-first-interview", "2026-08-31", "due_soon"),
                   ("A", "hold-first-interview", "2026-09-11", "upcoming")},
    # A has a date; B applied in the evening.
    "2026-08-31": {("A", "hold-first-interview", "2026-09-11", "upcoming"),
                   ("B", "judge-each-application", "2026-09-03", "due_soon"),
                   ("B", "notify-applicants", "2026-09-18", "waiting")},
    # A is invited to the second interview; B and C have dates for the first; D applied in the morning.
    "2026-09-07": {("A", "arrange-second-interview", "2026-09-10", "due_soon"),
                   ("A", "hold-second-interview", "2026-09-24", "upcoming"),
                   ("B", "hold-first-interview", "2026-09-16", "upcoming"),
                   ("C", "hold-first-interview", "2026-09-18", "upcoming"),
                   ("D", "judge-each-application", "2026-09-10", "due_soon"),
                   ("D", "notify-applicants", "2026-09-18", "waiting")},
    # Recruitment closes: everyone has had a notice. C was turned down inside the house and must be told on Monday.
    "2026-09-11": {("A", "hold-second-interview", "2026-09-24", "upcoming"),
                   ("B", "arrange-second-interview", "2026-09-14", "due_soon"),
                   ("B", "hold-second-interview", "2026-09-25", "upcoming"),
                   ("C", "tell-not-passed", "2026-09-14", "due_soon")},
    # A had the second interview and waits for a decision; B has a date; C was told.
    "2026-09-14": {("A", "decide-after-second-interview", "2026-09-17", "due_soon"),
                   ("B", "hold-second-interview", "2026-09-25", "upcoming")},
    # Agreement with A; the 19th to the 23rd are closed (a weekend and three holidays), the 26th is a Saturday; B had the second interview.
    "2026-09-16": {("A", "arrange-guidance-meeting", "2026-09-24", "upcoming"),
                   ("A", "hold-guidance-meeting", "2026-09-28", "upcoming"),
                   ("B", "decide-after-second-interview", "2026-09-24", "upcoming")},
    # B was turned down; only A is left. The seventh day after the close passes without anybody unanswered.
    "2026-09-18": {("A", "hold-guidance-meeting", "2026-09-28", "upcoming")},
    "2026-09-25": {("A", "sign-contract", "2026-10-02", "due_soon")},
    "2026-09-30": set(),
}  # fmt: skip


@pytest.mark.parametrize("as_of", KEY_DAYS)
def test_what_is_owed_on_the_key_days_of_four_applicants(four: pb.Workspace, as_of: str) -> None:
    """The open actions of each key day are those worked out by hand, and no others (J-10)."""
    assert open_actions(four, as_of) == KEY_DAYS[as_of]


def test_a_model_selection_keeps_every_promise(four: pb.Workspace) -> None:
    """In the worked example nothing was late, nothing is missing and nothing lapsed."""
    assert set(four.due("2026-09-30", all=True)["status"]) == {"met"}
    assert four.violations("2026-09-30").is_empty()
    assert not four.on("2026-10-31").log.events.collect()["derived"].any()


def test_who_answers_in_the_worked_example(four: pb.Workspace) -> None:
    """Decisions are the president's, dates the manager's, the guidance meeting the consultant's (J-03, J-05, J-26)."""
    owners = dict(four.due("2026-09-16").select("rule_id", "owner").rows())
    assert owners == {
        "arrange-guidance-meeting": "紹介会社 青木 恵",
        "hold-guidance-meeting": "紹介会社 青木 恵",
        "decide-after-second-interview": "社長 汐待 修",
    }


# --- J-15: the seventh day --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seventh() -> pb.Workspace:
    return pb.open(EXAMPLES / "joins-seventh-day")


def notices(workspace: pb.Workspace, as_of: str) -> dict[str, str]:
    due = workspace.due(as_of, all=True).filter(pl.col("rule_id") == "notify-applicants")
    return dict(due.select("case_id", "status").rows())


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-09-10", {"E": "waiting", "F": "waiting", "G": "waiting"}),
        ("2026-09-11", {"E": "due_soon", "F": "due_soon", "G": "due_soon"}),
        ("2026-09-15", {"E": "due_soon", "F": "due_soon", "G": "void"}),
        ("2026-09-18T12:00", {"E": "due_today", "F": "due_today", "G": "void"}),
        ("2026-09-18", {"E": "due_today", "F": "met", "G": "void"}),
        ("2026-09-19", {"E": "lapsed", "F": "met", "G": "void"}),
    ],
)
def test_the_notice_after_the_close_of_recruitment(seventh: pb.Workspace, as_of: str, expected: dict[str, str]) -> None:
    """Nobody answers E; F is invited late on the seventh day, in time; G withdrew before (J-14, J-15)."""
    assert notices(seventh, as_of) == expected


def test_the_seventh_day_closes_an_application_by_itself(seventh: pb.Workspace) -> None:
    """The clock records the rejection at the end of the seventh day; it is derived, and the case has lapsed (J-15)."""
    assert not seventh.on("2026-09-18").log.events.collect()["derived"].any()
    derived = seventh.on("2026-09-19").log.events.filter("derived").select("case_id", "activity", "timestamp").collect()
    assert derived.select("case_id", "activity").rows() == [("E", "auto_rejected")]
    assert derived["timestamp"].item().isoformat() == "2026-09-18T23:59:59.999999+09:00"
    row = funnel(seventh.on("2026-09-19").log).filter(pl.col("playbook") == JOINS).row(0, named=True)
    assert (row["entered"], row["advanced"], row["lost"], row["open"]) == (3, 1, 2, 0)


# --- C-24: the four reactions ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reactions() -> pb.Workspace:
    return pb.open(EXAMPLES / "casual-four-reactions")


def test_each_reaction_asks_for_its_own_actions(reactions: pb.Workspace) -> None:
    """On the day of four casual interviews each reaction has the actions of the closing table, no others (C-24)."""
    due = reactions.due("2026-06-10", all=True).filter(pl.col("trigger") == "casual_interview_held")
    asked = dict(due.group_by("case_id").agg(pl.col("rule_id").sort()).rows())
    assert asked == {
        "R1": ["fix-next-interview"],
        "R2": ["send-feedback"],
        "R3": ["career-talk", "contact-again"],
        "R4": ["add-to-talent-pool", "hold-retrospective", "thank-after-decline"],
    }


def test_two_days_of_silence_and_then_at_once(reactions: pb.Workspace) -> None:
    """The status check waits for the second day after the mail and is due that very day (C-13)."""
    check = {
        row["status"]
        for row in reactions.due("2026-06-11", all=True).filter(pl.col("rule_id") == "check-status").to_dicts()
    }
    assert check == {"waiting"}
    done = reactions.due("2026-06-12", all=True).filter(pl.col("rule_id") == "check-status")
    assert done["status"].to_list() == ["met"]
    assert done["opened_at"].item().date() == date(2026, 6, 12)


def test_three_months_later_the_one_who_stayed_hears_from_us(reactions: pb.Workspace) -> None:
    """Contact is owed three calendar months after the interview, and again three months after that (C-16)."""
    again = reactions.due("2026-09-10", all=True).filter(pl.col("rule_id") == "contact-again")
    assert again.select(pl.col("due_at").dt.date(), "status").rows() == [(date(2026, 9, 10), "met")]
    assert open_actions(reactions, "2026-09-30") == {("R3", "keep-in-touch", "2026-12-10", "waiting")}


# --- a placement and an order, from the first day to the last -------------------------------------------------


def test_a_placement_from_offer_to_the_next_issue() -> None:
    """The six-month review of someone who joined on 31 March falls on 30 September; every promise was kept (B-23)."""
    placement = pb.open(EXAMPLES / "placement-six-months")
    waiting = placement.due("2026-08-31").filter(pl.col("rule_id") == "six-month-review")
    assert waiting.select(pl.col("due_at").dt.date(), "status", "owner").rows() == [
        (date(2026, 9, 30), "upcoming", "銀行 高島 薫")
    ]
    assert set(placement.due("2026-11-20", all=True)["status"]) == {"met"}
    assert placement.violations("2026-11-20").is_empty()
    assert placement.due("2026-11-20").is_empty()


def test_an_order_from_the_web_inquiry_to_the_contract() -> None:
    """A web inquiry on a Saturday in Golden Week is to be contacted by the end of Thursday; then A-2 to A-7 (D-02)."""
    order = pb.open(EXAMPLES / "dispatch-one-order")
    first = order.due("2026-05-03").filter(pl.col("rule_id") == "contact-web-inquiry")
    assert first.select(pl.col("due_at").dt.date(), "status").rows() == [(date(2026, 5, 7), "due_soon")]
    assert set(order.due("2026-06-30", all=True)["status"]) == {"met", "void"}
    assert order.violations("2026-06-30").is_empty()
    reached = funnel(order.on("2026-06-30").log).filter(pl.col("playbook") == "dispatch-sales")
    assert reached["entered"].to_list() == [1] * 7
