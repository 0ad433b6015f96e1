"""The books of an agency, and whom it may not approach."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

import playbook as pb
from playbook.answers.law import no_poaching
from playbook.tables.settings import Agency

EVENTS = [
    ("P1", "offer_made", "2024-03-01"), ("P1", "joined", "2024-04-15"), ("P1", "left", "2025-02-01"),
    ("S1", "joined", "2024-05-01"),
    ("C1", "casual_interview_held", "2025-12-01"), ("C2", "casual_interview_held", "2025-12-01"),
]  # fmt: skip
CASES = [
    {"case_id": "P1", "playbook": "placement-followup", "client_id": "K1", "subject": "川村 葵", "employment_term": "無期",
     "fee": "1,800,000", "fee_paid_on": "2024-05-31", "fee_basis": "理論年収の30%", "headcount": "1", "office": "東京"},
    {"case_id": "S1", "playbook": "placement-followup", "client_id": "K1", "subject": "副業 太郎",
     "employment_term": "業務委託", "office": "東京"},
    {"case_id": "C1", "playbook": "casual-interview", "client_id": "K1", "subject": "川村　葵", "reaction": "stays",
     "office": "大阪"},
    {"case_id": "C2", "playbook": "casual-interview", "client_id": "K1", "subject": "別の人", "reaction": "stays",
     "office": "大阪"},
]  # fmt: skip


@pytest.fixture
def ws() -> pb.Workspace[pl.DataFrame]:
    events = pl.DataFrame(EVENTS, schema=["case_id", "activity", "timestamp"], orient="row")
    clients = pl.DataFrame({"client_id": ["K1"], "name": ["若葉電機"], "address": ["仙台市青葉区"]})
    return pb.Workspace(events=events, cases=pl.DataFrame(CASES, infer_schema_length=None), clients=clients)


def test_the_books_hold_what_the_tables_say_and_name_what_they_lack(ws: pb.Workspace[pl.DataFrame]) -> None:
    """Items from case, opening and client; for the indefinite two years and the six months; the rest is missing."""
    books = ws.on("2026-01-15").ledgers(may_go={"P1": date(2027, 2, 2)}).ledgers
    (fee,) = books.fees.to_dicts()
    wanted = {"payer": "若葉電機", "paid_on": "2024-05-31", "fee": "1,800,000", "basis": "理論年収の30%", "kind": None,
              "state": "there", "no_poaching_until": date(2026, 4, 14), "may_go_on": date(2027, 2, 2)}  # fmt: skip
    assert {name: fee[name] for name in wanted} == wanted
    assert books.jobs.filter(case_id="P1")["address"].item() == "仙台市青葉区"
    missing = set(books.missing.select("ledger", "item", "case_id").rows())
    assert {("fees", "kind", "P1"), ("seekers", "born_on", "P1"), ("jobs", "wage", "P1")} <= missing
    assert ("jobs", "headcount", "P1") not in missing
    assert set(books.missing["basis"]) == {"ours"}


def test_side_jobs_are_in_no_book_and_offices_stand_apart(ws: pb.Workspace[pl.DataFrame]) -> None:
    """業務委託 is no placement; a book may be kept for one office alone."""
    day = ws.on("2026-01-15")
    assert set(day.ledgers().ledgers.seekers["case_id"]) == {"P1", "C1", "C2"}
    assert set(day.ledgers(office="東京").ledgers.seekers["case_id"]) == {"P1"}


def test_the_workbook_has_a_sheet_a_book(ws: pb.Workspace[pl.DataFrame]) -> None:
    """Three books and what is missing, each with the two years it is kept for."""
    book = CalamineWorkbook.from_filelike(BytesIO(ws.on("2026-01-15").ledgers().workbook))
    assert book.sheet_names == ["求人管理簿", "求職管理簿", "手数料管理簿", "未記入"]
    for name in book.sheet_names:
        assert "2年保存" in str(book.get_sheet_by_name(name).to_python())


@pytest.mark.parametrize(("day", "reminded"), [("2026-04-14", {"C2"}), ("2026-04-15", {"C1", "C2"})])
def test_nobody_placed_is_approached_for_two_years(
    ws: pb.Workspace[pl.DataFrame], day: str, reminded: set[str]
) -> None:
    """Placed on 15 April 2024, the person is in no list and no draft until 14 April 2026, whatever the spaces."""
    asked = ws.on(day)
    due = asked.due()
    assert {"C1", "C2"} <= set(due.filter(rule_id="contact-again")["case_id"])
    assert {draft.case_id for draft in asked.drafts(due) if draft.rule_id == "contact-again"} == reminded
    week = asked.week().actions
    assert set(week.filter(rule_id="contact-again")["case_id"]) == reminded
    barred = no_poaching.barred(asked.log, Agency())
    assert ("P1" in barred["case_id"].to_list()) == (day == "2026-04-14")
