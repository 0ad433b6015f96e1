"""Grants for a hire: five placements worked out by hand, each condition met, not met or not known; and the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

import playbook as pb
from playbook.answers.law import grants
from playbook.pages.letters import review_sheet
from playbook.tables.settings import Grants, settings_from
from playbook.words.problem import WorkspaceError

CLIENTS = {
    "client_id": ["K1", "K2", "K3", "K4"], "name": ["青葉精機", "港南運輸", "瀬戸製作", "山手食品"],
    "grants": ["レビキャリ、山口県", None, "広島県", "先導"],
}  # fmt: skip
OWN = {"playbook": "placement-followup", "client_id": "K1"}
CASES: list[dict[str, Any]] = [
    {**OWN, "case_id": "P1", "subject": "水野 一", "employment_term": "無期", "expected_pay": "600万円"},
    {**OWN, "case_id": "P2", "subject": "原田 次", "employment_term": "有期6か月", "work_form": "転籍",
     "expected_pay": "4,800,000"},
    {**OWN, "case_id": "P3", "subject": "小川 三", "employment_term": "業務委託", "term_months": "3"},
    {**OWN, "case_id": "P4", "subject": "北 四", "client_id": "K2", "employment_term": "無期"},
    {**OWN, "case_id": "P5", "subject": "南 五", "client_id": "K3", "employment_term": "無期", "joins_on": "2026-12-10"},
    {**OWN, "case_id": "P6", "subject": "東 六", "client_id": "K4", "employment_term": "無期", "joins_on": "2026-12-10"},
]  # fmt: skip
GRANTS: list[dict[str, Any]] = [
    {"case_id": "G1", "placement_case": "P1", "grant": "revicareer", "form": "transfer", "employed_on": "2026-04-01",
     "relative_within_three": "いいえ", "grant_persons": "2"},
    {"case_id": "G2", "placement_case": "P1", "grant": "prefecture", "employed_on": "2026-04-01",
     "stay_ends_on": "2027-03-31"},
    {"case_id": "G3", "placement_case": "P2", "grant": "revicareer", "form": "transfer", "employed_on": "2026-05-01",
     "relative_within_three": "はい"},
    {"case_id": "G4", "placement_case": "P2", "grant": "prefecture", "employed_on": "2026-05-01"},
    {"case_id": "G5", "placement_case": "P3", "grant": "revicareer", "form": "commission", "employed_on": "2026-06-01"},
]  # fmt: skip
EVENTS = [
    ("P1", "joined", "2026-04-01"), ("P2", "joined", "2026-05-01"), ("P2", "dismissed", "2026-10-01"),
    ("P3", "joined", "2026-06-01"), ("P4", "joined", "2026-04-01"), ("P5", "followup_started", "2026-11-02"),
    ("P6", "followup_started", "2026-11-02"),
    ("G1", "work_started", "2026-04-01"), ("G1", "data_consent_given", "2026-04-05"),
    ("G1", "paper_consent_given", "2026-04-05"), ("G1", "confirmation_issued", "2026-04-10"),
    ("G1", "grant_applied", "2026-04-20"), ("G2", "grant_applied", "2026-03-31"),
    ("G3", "paper_consent_given", "2026-05-10"), ("G3", "grant_consent_withdrawn", "2026-05-20"),
    ("G4", "grant_applied", "2026-05-01"),
    ("G5", "grant_applied", "2026-08-01"), ("G5", "delivery_paid", "2026-09-01"),
    ("G5", "confirmation_issued", "2026-08-05"),
]  # fmt: skip
CONSENTS = pl.DataFrame(
    [("P3", "hire", "レビキャリ", "2026-06-05", "人材確認書"), ("P3", "company", "レビキャリ", "2026-06-05", "")],
    schema=["case_id", "side", "to", "given_on", "items"],
    orient="row",
)


def workspace(*more: tuple[str, str, str], cases: tuple[dict[str, Any], ...] = ()) -> pb.Workspace[pl.DataFrame]:
    """The placements, the applications that are on record, and what more happened."""
    applied = [{"playbook": grants.BOOK, "client_id": "K1", **one} for one in (*GRANTS, *cases)]
    return pb.Workspace(
        events=pl.DataFrame([*EVENTS, *more], schema=["case_id", "activity", "timestamp"], orient="row"),
        cases=pl.DataFrame([*CASES, *applied], infer_schema_length=None),
        clients=pl.DataFrame(CLIENTS),
        consents=CONSENTS,
    )


@pytest.fixture(scope="module")
def ws() -> pb.Workspace[pl.DataFrame]:
    """Without anything more."""
    return workspace()


def told(ws: pb.Workspace[pl.DataFrame], as_of: str = "2026-11-28", asked: Grants | None = None) -> dict[Any, Any]:
    """Per placement and grant, each condition's state and why."""
    checked = grants.checks(ws.on(as_of).log, ws.settings.agency, asked or ws.settings.grants)
    found: dict[Any, Any] = {}
    for row in checked.iter_rows(named=True):
        found.setdefault((row["case_id"], row["grant"]), {})[row["check"]] = (row["state"], row["found"])
    return found


def test_five_placements_by_hand(ws: pb.Workspace[pl.DataFrame]) -> None:
    """Every condition is met or not by what is written; whatever is not written is not known."""
    met, unwritten = ("met", "on_record"), ("not_known", "not_written")
    said, unfit = ("met", "as_written"), ("not_met", "as_written")
    assert told(ws) == {
        ("P1", "レビキャリ"): {
            "pay": said, "term": said, "no_relative": said, "persons": said, "data_consent": met,
            "paper_consent": met, "confirmation": met, "applied_after": met,
        },
        ("P1", "山口県"): {"applied_before": met, "stayed": ("not_known", "not_confirmed")},
        ("P2", "レビキャリ"): {
            "pay": unfit, "term": unfit, "no_relative": unfit, "persons": ("not_known", "only_ours"),
            "data_consent": unwritten, "paper_consent": ("not_met", "withdrawn"), "confirmation": unwritten,
            "applied_after": ("not_known", "not_applied"),
        },
        ("P2", "山口県"): {"applied_before": ("not_met", "too_late"), "stayed": ("not_met", "dismissed")},
        ("P3", "レビキャリ"): {
            "term": said, "no_relative": unwritten, "persons": ("not_known", "only_ours"), "data_consent": unwritten,
            "paper_consent": met, "confirmation": ("not_met", "after_application"),
            "applied_after": ("not_met", "too_early"),
        },
        ("P3", "山口県"): {"applied_before": ("not_known", "not_applied"), "stayed": ("not_known", "not_confirmed")},
        ("P5", "広島県"): {"applied_before": ("not_known", "not_applied"), "stayed": ("not_known", "not_confirmed")},
        ("P6", "先導"): {"conditions": ("not_known", "not_read")},
    }  # fmt: skip


def test_the_year_counts_its_first_day_and_is_confirmed_after_it(ws: pb.Workspace[pl.DataFrame]) -> None:
    """Employed on 1 April: the year ends on 31 March; a confirmation on that day is none, on the next it is one."""
    stays = grants.checks(ws.on("2027-04-30").log, ws.settings.agency, Grants()).filter(check="stayed", case_id="P1")
    assert stays["by"].item() == date(2027, 3, 31)
    early, sure = workspace(("G2", "stay_confirmed", "2027-03-31")), workspace(("G2", "stay_confirmed", "2027-04-01"))
    assert told(early, "2027-04-30")["P1", "山口県"]["stayed"] == ("not_known", "not_confirmed")
    assert told(sure, "2027-04-30")["P1", "山口県"]["stayed"] == ("met", "on_record")
    moved = workspace(("G2", "stay_broken", "2026-12-01"))
    assert told(moved, "2026-12-31")["P1", "山口県"]["stayed"] == ("not_met", "broken")
    left = workspace(("P1", "left", "2026-12-01"))
    assert told(left, "2026-12-31")["P1", "山口県"]["stayed"] == ("not_known", "left")


def test_the_house_may_say_other_numbers(ws: pb.Workspace[pl.DataFrame]) -> None:
    """What `[grants]` says counts instead of what was published, and is called confirmed."""
    asked = settings_from({"grants": {"lowest_pay": 4_500_000, "most_persons": 1}}).grants
    found = told(ws, asked=asked)
    assert found["P2", "レビキャリ"]["pay"] == ("met", "as_written")
    assert found["P1", "レビキャリ"]["persons"] == ("not_met", "as_written")
    day = ws.on("2026-11-28")
    readings = replace(day, settings=replace(day.settings, grants=asked)).grants(lang="en").readings
    grades = dict(readings.select("setting", "grade").rows())
    assert grades["lowest_pay"] == "confirmed in the settings"
    assert grades["transfer_cap"] == "from a secondary source: our reading, to be confirmed"


def test_the_cases_that_the_clock_needs(ws: pb.Workspace[pl.DataFrame]) -> None:
    """What has no case yet becomes one, with its dates; added to the tables, the clock asks for it and for no more."""
    rows = ws.on("2026-11-28").grants().cases
    assert rows.select("case_id", "employed_on", "stay_ends_on").rows() == [
        ("P3-prefecture", date(2026, 6, 1), date(2027, 5, 31)), ("P5-prefecture", date(2026, 12, 10), date(2027, 12, 9)),
    ]  # fmt: skip
    added = workspace(cases=tuple({**row, "client_id": "K3"} for row in rows[1:].cast(pl.String).to_dicts()))
    owed = added.on("2026-11-28").due().filter(case_id="P5-prefecture")
    due = {row["rule_id"]: (str(row["due_at"])[:10], row["status"]) for row in owed.to_dicts()}
    assert due == {
        "apply-before-start": ("2026-12-09", "upcoming"), "confirm-start": ("2026-12-15", "waiting"),
        "confirm-stay": ("2027-12-24", "waiting"),
    }  # fmt: skip
    assert "P5-prefecture" in set(added.on("2026-12-07").week().actions["case_id"])


def test_every_promise_of_the_book_by_hand() -> None:
    """Each rule once, its days counted on a calendar: by the first day, the start, the payment, and by what broke."""
    own = {"playbook": grants.BOOK, "client_id": "K1", "created_at": "2026-04-01", "employed_on": "2026-04-01"}
    cases = [
        {**own, "case_id": "T", "grant": "revicareer", "form": "transfer", "term_reached_on": "2027-03-31"},
        {**own, "case_id": "C", "grant": "revicareer", "form": "commission", "term_reached_on": "2026-06-30"},
        {**own, "case_id": "Y", "grant": "prefecture", "stay_ends_on": "2027-03-31"},
    ]
    events = [("T", "work_started", "2026-04-01"), ("C", "delivery_paid", "2026-09-01"),
              ("Y", "stay_broken", "2026-12-01")]  # fmt: skip
    ws = pb.Workspace(
        events=pl.DataFrame(events, schema=["case_id", "activity", "timestamp"], orient="row"),
        cases=pl.DataFrame(cases, infer_schema_length=None),
    )
    rows = ws.on("2026-12-20").due(all=True).filter(pl.col("status") != "void")
    owed = {(row["case_id"], row["rule_id"]): str(row["due_at"])[:10] for row in rows.to_dicts()}
    asked = {"get-data-consent": "2026-04-15", "get-paper-consent": "2026-04-15", "issue-confirmation": "2026-04-22"}
    assert owed == {
        **{(case, rule): day for case in "TC" for rule, day in asked.items()},
        **{(case, "confirm-start"): "2026-04-06" for case in "TCY"},
        ("T", "apply-after-start"): "2026-05-01",
        ("T", "confirm-term"): "2027-04-15",
        ("C", "apply-after-payment"): "2026-10-01",
        ("C", "confirm-term"): "2026-07-15",
        ("Y", "apply-before-start"): "2026-03-31",
        ("Y", "arrange-repayment"): "2026-12-15",
    }


def test_what_was_out_of_order_is_a_finding(ws: pb.Workspace[pl.DataFrame]) -> None:
    """An application before what it needs, with its source; the one that had all of it has no finding."""
    found = ws.on("2026-11-28").violations()
    mine = set(found.filter(pl.col("playbook") == grants.BOOK, pl.col("kind") == "precedence")
               .select("case_id", "id", "detail").rows())  # fmt: skip
    assert mine == {
        ("G5", "confirmation-with-application", "confirmation_issued"),
        ("G5", "consents-with-application", "data_consent_given, paper_consent_given"),
        ("G5", "payment-before-application", "delivery_paid"),
    }


def test_the_page_says_it_in_words_and_promises_nothing(ws: pb.Workspace[pl.DataFrame]) -> None:
    """The workbook has conditions and sources; another prefecture's says that Yamaguchi's were read."""
    book = CalamineWorkbook.from_filelike(BytesIO(ws.on("2026-11-28").grants().workbook))
    assert book.sheet_names == ["要件", "根拠"]
    rows = book.get_sheet_by_name("要件").to_python()
    said = "\n".join(" ".join(map(str, row)) for row in rows)
    assert "交付を約束するものではありません" in said
    (hiroshima,) = [row for row in rows if row[3] == "広島県" and row[4] == "就業の初日より前に申請"]
    assert hiroshima[5] == "不明"
    assert "山口県のもの" in str(hiroshima[10])
    assert [row[5] for row in rows if row[3] == "先導"] == ["不明"]


def test_the_review_sheet_has_the_grants_in_its_head(ws: pb.Workspace[pl.DataFrame]) -> None:
    """補助金と期限: each grant with how its conditions stand and the next day."""
    head = dict(review_sheet(ws.on("2026-11-28").log, "P1", ws.settings).head)
    assert head["補助金と期限"] == "レビキャリ 満たす 8　山口県 満たす 1 不明 1 2027/3/31(水)まで"
    assert dict(review_sheet(ws.on("2026-11-28").log, "P4", ws.settings).head)["補助金と期限"] == ""


@pytest.mark.parametrize(
    ("written", "says"),
    [({"lowest_pai": 1}, "lowest_pai"), ({"lowest_pay": "500万"}, "500万"), ({"stay_months": 0}, "1 to 120")],
)
def test_a_setting_that_nobody_can_mean_is_refused(written: dict[str, Any], says: str) -> None:
    """Unknown keys, text and zero are named with what is allowed."""
    with pytest.raises(WorkspaceError, match=says):
        settings_from({"grants": written})
