"""Small workspaces of kinds on which the product was wrong once: what each must say, worked out by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import bridge
import polars as pl
import pytest

import playbook as pb
from playbook.answers.flow.funnel import case_states
from playbook.importing import import_files, mapping_from
from playbook.rules.reading import builtin_playbooks
from playbook.tables.settings import settings_from

# --- two questions ----------------------------------------------------------------------------------------


def _workspace(book: str, events: list[tuple[str, ...]], cases: list[dict[str, str]], **said: Any) -> pb.Workspace:
    """A workspace of one built-in book; an event is case, activity, moment and cells as `name=value`."""
    rows = [
        {"case_id": case, "activity": activity, "timestamp": at} | dict(cell.split("=") for cell in cells)
        for case, activity, at, *cells in events
    ]
    frames: Any = {
        "events": bridge.text_frame("events", rows),
        "cases": bridge.text_frame("cases", [{"playbook": book, **case} for case in cases]),
    }
    books = [one for one in builtin_playbooks() if one.id == book]
    return pb.Workspace(playbooks=books, settings=settings_from(said), **frames)


def test_an_answer_closes_its_own_question_and_no_other() -> None:
    """Of two questions the second was answered: the first is still to be prepared, and to be answered."""
    asked = [
        ("Q", "question_received", "2026-09-07 13:00", "note=残業"),
        ("Q", "answer_deferred", "2026-09-07 15:00", "note=残業"),
        ("Q", "question_received", "2026-09-08 10:00", "note=持ち物"),
        ("Q", "question_answered", "2026-09-08 10:30", "note=持ち物"),
    ]
    case = {"case_id": "Q", "subject": "乙", "next_interview_on": "2026-09-18"}
    found = _workspace("interview-aftercare", asked, [case]).due("2026-09-09", all=True)
    keyed = found.filter(pl.col("trigger").is_in(["question_received", "answer_deferred"]))
    assert sorted(
        (row["rule_id"], f"{row['trigger_at']:%d}", f"{row['due_at']:%d %H:%M}", row["status"])
        for row in keyed.to_dicts()
    ) == [
        ("answer-open-question", "07", "18 23:59", "upcoming"),  # two weeks are the 21st, a holiday as the days after
        ("prepare-open-question", "07", "10 23:59", "due_soon"),
        ("reply-to-question", "07", "07 17:00", "met"),
        ("reply-to-question", "08", "08 14:00", "met"),
    ]


# --- by the day that a column says ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("-0 days", ["due_soon", "due_today", "overdue", "upcoming"]),
        ("same day", ["waiting", "due_today", "overdue", "waiting"]),
    ],
)
def test_by_the_day_of_a_column_is_open_from_the_start(due: str, expected: list[str]) -> None:
    """What is owed by a day is open before it, near or far; what is owed on a day waits for it."""
    book = {
        "playbook": {"id": "p", "name": {"ja": "試し", "en": "A try"}},
        "activity": [{"id": "begun"}, {"id": "ended"}],
        "date": [{"id": "by_when"}],
        "role": [{"id": "holder", "side": "agency"}],
        "rule": [{"id": "r", "after": ["by_when"], "due": due, "until": ["ended"], "role": "holder"}],
    }
    days = {"near": "2026-11-24", "today": "2026-11-20", "past": "2026-11-19", "far": "2027-02-01"}
    tables: Any = {
        "cases": [{"case_id": case, "playbook": "p", "by_when": day} for case, day in days.items()],
        "events": [{"case_id": case, "activity": "begun", "timestamp": "2026-11-02 09:00"} for case in days],
    }
    found = bridge.workspace([book], tables).due("2026-11-20", all=True)
    status = dict(found.select("case_id", "status").rows())
    assert [status[case] for case in days] == expected


# --- twenty placements, and then the first day ------------------------------------------------------------


def test_a_bank_that_begins_with_twenty_placements_has_the_work_of_today() -> None:
    """Placed every 17 days since the September before last: what was due before the firm began is nobody's fault."""
    joined = [date(2025, 9, 1) + timedelta(days=17 * n) for n in range(20)]
    cases = [{"case_id": f"P{n:02}", "subject": f"候補{n}", "joins_on": str(day)} for n, day in enumerate(joined)]
    events = [(f"P{n:02}", "joined", f"{day} 09:00") for n, day in enumerate(joined)]
    before = _workspace("placement-followup", events, cases).due("2026-10-05")
    since = _workspace("placement-followup", events, cases, counts_from=date(2026, 10, 5)).due("2026-10-05", all=True)
    assert Counter(before["status"])["overdue"] > 3 * len(joined)
    assert "overdue" not in set(since["status"])
    assert since["due_at"].dt.date().min() >= date(2026, 10, 5)
    reviews = since.filter(rule_id="six-month-review")
    by_hand = [f"P{n:02}" for n, day in enumerate(joined) if day >= date(2026, 4, 5)]  # six months: 5 October or later
    assert sorted(reviews["case_id"]) == by_hand
    assert len(by_hand) == 7


# --- a day beside a time ----------------------------------------------------------------------------------

SAME_DAY = """\
No,応募した日,一次面接,結論,結論の日
K1,2026-10-01,2026-10-08 16:30,辞退,2026-10-08
K2,2026-10-01,2026-10-08,辞退,2026-10-08
K3,2026-10-01,2026-10-08 16:30,不採用,2026-10-09
K4,2026-10-01,2026-10-08 16:30,不採用,2026-10-08
K5,2026-10-01,2026-10-08 16:30,,
"""
SAME_DAY_MAPPING = {
    "playbook": "interview-aftercare",
    "source": [
        {
            "file": "一覧.csv",
            "cases": {"case_id": "No"},
            "stages": {"応募した日": "applied", "一次面接": "first_interview_held"},
            "events": [
                {
                    "activity": {"column": "結論", "values": {"不採用": "rejected", "辞退": "withdrawn"}},
                    "timestamp": "結論の日",
                }
            ],
        }
    ],
}


def test_a_result_written_as_a_day_ends_a_case_whose_interview_has_a_time(tmp_path: Path) -> None:
    """All that were decided on the day of their interview are decided, and every decline is seen."""
    (tmp_path / "一覧.csv").write_text(SAME_DAY, encoding="utf-8")
    imported = import_files([tmp_path / "一覧.csv"], mapping_from(SAME_DAY_MAPPING, tmp_path / "mapping.toml"))
    tables: Any = {name: imported.tables[name] for name in ("events", "cases")}
    day = pb.Workspace(**tables).on("2026-11-01")
    ended = case_states(day.log).select("case_id", pl.col("outcome_kind").cast(pl.String)).sort("case_id")
    assert ended.rows() == [
        ("K1", "declined"),
        ("K2", "declined"),
        ("K3", "rejected"),
        ("K4", "rejected"),
        ("K5", None),
    ]
    assert set(day.due().filter(pl.col("trigger") != "withdrawn")["case_id"]) == {"K5"}  # who declined is asked why


# --- the gates of a dispatch firm -------------------------------------------------------------------------

GATES = [
    ("D", "credit_requested", "2026-04-07 09:00", "credit_rating=D"),
    ("D", "credit_approved", "2026-04-08 09:00"),
    ("D", "base_contract_requested", "2026-04-09 09:00", "contract_form=non_standard"),
    ("D", "base_contract_sent", "2026-04-10 09:00"),
    ("R", "base_contract_on_file", "2026-05-01 10:20"),
    ("R", "order_intake_opened", "2026-05-01 11:00"),
]


def test_a_gate_asks_where_the_case_or_the_step_says_so() -> None:
    """Rated on the order itself, both gates are broken; rated on the request alone, the director's approval is owed.

    A repeat order stands on the credit that the client was given with the first.
    """
    cases = [{"case_id": "D", "client_id": "K"}, {"case_id": "R", "client_id": "K"}]
    rated = [{**cases[0], "credit_rating": "D", "contract_form": "non_standard"}, cases[1]]
    gates = ["director-before-credit", "legal-before-sending", "credit-before-order"]

    def broken(cases: list[dict[str, str]]) -> list[tuple[str, str]]:
        found = _workspace("dispatch-sales", GATES, cases).violations("2026-05-10")
        return sorted(found.filter(pl.col("id").is_in(gates)).select("case_id", "id").rows())

    assert broken(rated) == [("D", "director-before-credit"), ("D", "legal-before-sending")]
    assert broken(cases) == []
    owed = _workspace("dispatch-sales", GATES, cases).due("2026-05-10").filter(case_id="D")
    late = dict(owed.select("rule_id", "status").rows())
    assert (late["director-approval"], late["review-contract"]) == ("overdue", "overdue")
