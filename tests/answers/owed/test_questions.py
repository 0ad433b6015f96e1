"""The register of open questions: who asked what, since when, promised for which day."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

import playbook as pb
from playbook.pages.asked import register
from playbook.rules.reading import builtin_playbooks

EVENTS = """\
A,question_received,2026-09-07 13:00,残業
A,answer_deferred,2026-09-07 15:00,残業
A,question_received,2026-09-08 10:00,持ち物
A,question_answered,2026-09-08 10:30,持ち物
A,question_received,2026-09-09 09:00,転勤
B,question_received,2026-09-01 10:00,
B,answer_deferred,2026-09-01 11:00,
B,question_received,2026-09-02 10:00,残業
B,answer_deferred,2026-09-02 11:00,残業
B,question_answered,2026-09-03 11:00,残業
C,question_received,2026-09-01 10:00,残業
C,withdrawn,2026-09-04 10:00,
"""
CASES = """\
A,X社,甲,2026-09-18
B,Y社,乙,2026-09-08
C,X社,丙,
"""
BOOK = next(book for book in builtin_playbooks() if book.id == "interview-aftercare")


def _rows(text: str, *names: str) -> pl.DataFrame:
    return pl.DataFrame([line.split(",") for line in text.splitlines()], schema=list(names), orient="row")


def _workspace(**more: Any) -> pb.Workspace:
    cases = _rows(CASES, "case_id", "client_id", "subject", "next_interview_on")
    return pb.Workspace(
        playbooks=[BOOK],
        events=_rows(EVENTS, "case_id", "activity", "timestamp", "note"),
        cases=cases.with_columns(playbook=pl.lit(BOOK.id)),
        **more,
    )


@pytest.fixture(scope="module")
def found() -> pl.DataFrame:
    """The register on the evening of 9 September 2026."""
    rows: pl.DataFrame = _workspace().on("2026-09-09").questions()
    return rows


def test_a_question_stands_until_its_own_answer(found: pl.DataFrame) -> None:
    """Answered, withdrawn: gone. Put off: with its promise and the interview. Nobody has replied: without a promise."""
    shown = found.select("case_id", "question", "asked_at", "promised_at", "for_on", "status").rows()
    assert [
        (
            case,
            question,
            f"{asked:%m-%d %H:%M}",
            f"{promised:%m-%d %H:%M}" if promised else None,
            day.isoformat(),
            status,
        )
        for case, question, asked, promised, day, status in shown
    ] == [
        ("B", None, "09-01 10:00", "09-01 11:00", "2026-09-08", "overdue"),  # to be prepared by the 4th
        ("A", "転勤", "09-09 09:00", None, "2026-09-18", "due_today"),
        ("A", "残業", "09-07 13:00", "09-07 15:00", "2026-09-18", "due_soon"),
    ]


def test_a_past_day_has_the_questions_of_that_day() -> None:
    """On the 2nd both of B were promised, and one of C had no reply: the register is asked like everything else."""
    then = _workspace().on("2026-09-02").questions()
    assert sorted(then.select("case_id", pl.col("question").fill_null("")).rows()) == [
        ("B", ""),
        ("B", "残業"),
        ("C", "残業"),
    ]


def test_the_section_says_how_many_and_who_has_heard_nothing(found: pl.DataFrame) -> None:
    """One sentence with the three numbers, in both languages; of one client, its own; of a quiet one, that there are none."""
    shown = register(found, [BOOK], "ja", followed=[BOOK.id], near=date(2026, 9, 9))
    assert shown.sentence == "未回答の質問は3件。うち、返事をしていないもの1件、約束の日を過ぎたもの1件"
    assert "<h2>未回答の質問</h2>" in shown._repr_html_()
    assert "転勤" in shown._repr_html_()
    own = register(found.filter(client_id="Y社"), [BOOK], "en", followed=[BOOK.id], near=date(2026, 9, 9))
    assert own.sentence == "Questions open: 1; nobody has replied yet: 0; the promised day has passed: 1"
    assert "転勤" not in own._repr_html_()
    none = register(found.clear(), [BOOK], "en", followed=[BOOK.id], near=date(2026, 9, 9))
    assert "No question is open." in none._repr_html_()


def test_the_questions_of_one_person_or_client_are_a_part_of_all(found: pl.DataFrame) -> None:
    """Narrowed they are the rows of the register that are theirs, as they stand there."""
    held = [(role.id, person, client) for role in BOOK.roles for person, client in (("鈴木", "X社"), ("佐藤", "Y社"))]
    given = pl.DataFrame(held, schema=["role", "person", "client_id"], orient="row")
    day = _workspace(assignments=given).on("2026-09-09")
    every = day.questions()
    assert every.height == found.height and every["owner"].n_unique() > 1
    for owner in every["owner"].drop_nulls().unique():
        assert day.questions(owner=owner).equals(every.filter(owner=owner))
    for client in ("X社", "Y社"):
        assert day.questions(client=client).equals(every.filter(client_id=client))
    assert day.questions(owner="nobody").is_empty()


def test_a_procedure_without_questions_has_no_section() -> None:
    """Where no case follows a book with a key, nothing is said of questions, and no row is there."""
    ws = pb.Workspace(
        events=_rows("D,inquiry_received,2026-09-01 10:00", "case_id", "activity", "timestamp"),
        cases=_rows("D,dispatch-sales", "case_id", "playbook"),
    )
    day = ws.on("2026-09-09")
    rows = day.questions()
    assert rows.is_empty()
    assert rows.schema == _workspace().on("2026-09-09").questions().schema
    shown = register(rows, day.playbooks, followed=day.log.cases["playbook"], near=date(2026, 9, 9))
    assert shown._repr_html_() == ""
