"""Stages and states of a list: what took place, what is planned, and marks that say it without a day."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest

from playbook.importing import import_files, mapping_from
from playbook.words.problem import WorkspaceError

TAKEN = datetime(2026, 6, 30, 18, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
HEAD = 'playbook = "interview-aftercare"\n[[source]]\nfile = "*.csv"\n[source.cases]\ncase_id = "番号"\n'


def imported(tmp_path: Path, text: str, mapping: str, taken: datetime | None = TAKEN):
    path = tmp_path / "list.csv"
    path.write_text(dedent(text).lstrip(), encoding="utf-8")
    return import_files([path], mapping_from(tomllib.loads(HEAD + dedent(mapping))), taken=taken)


def events(found, *columns: str):
    return found.tables["events"].sort("case_id", "timestamp", "activity").select(columns).rows()


LIST = """
    番号,応募日,一次面接,内定
    1,2026/5/1,2026/5/9,○
    2,2026/5/2,5/12予定,
    3,2026/5/3,2026/7/9,
    4,2026/5/4,×,
    5,2026/5/5,5/20 先方都合でキャンセル,
    6,2026/5/6,6/2 好印象,なぞ
"""
STAGES = """
    [source.stages]
    "応募日" = "applied"
    "一次面接" = { activity = "first_interview_held", planned = "next_interview_on", marks = { "×" = "rejected" } }
    "内定" = { activity = "offer_made", marks = { "○" = "offer_made" }, after = ["応募日", "一次面接"] }
"""


def test_a_day_that_is_planned_or_to_come_is_no_event(tmp_path):
    """Only what took place becomes an event; a planned day, and one after the export, is the case's next interview."""
    found = imported(tmp_path, LIST, STAGES)
    held = [row for row in events(found, "case_id", "activity", "timestamp", "note") if "held" in row[1]]
    assert held == [
        ("1", "first_interview_held", "2026-05-09", None),
        ("6", "first_interview_held", "2026-06-02", "好印象"),
    ]
    cases = dict(found.tables["cases"].select("case_id", "next_interview_on").rows())
    assert cases == {"1": None, "2": "2026-05-12", "3": "2026-07-09", "4": None, "5": None, "6": None}


def test_a_mark_is_an_event_at_some_time_before_the_export(tmp_path):
    """A mark has no day: it came after the days of its row that it cannot come before, and not after the export."""
    found = imported(tmp_path, LIST, STAGES)
    marks = [
        row for row in events(found, "case_id", "activity", "timestamp", "earliest") if row[2] == TAKEN.isoformat()
    ]
    assert marks == [
        ("1", "offer_made", TAKEN.isoformat(), "2026-05-09"),
        ("4", "rejected", TAKEN.isoformat(), None),
    ]


def test_what_was_called_off_is_refused_and_unknown_words_are_said(tmp_path):
    """A cell that names a day and says that nothing took place is refused with that reason; a word without a meaning is told."""
    found = imported(tmp_path, LIST, STAGES)
    assert found.quarantine.select("row", "column", "value", "code").rows() == [
        (6, "timestamp", "5/20 先方都合でキャンセル", "not_held"),
        (7, "timestamp", "なぞ", "bad_date"),
    ]
    assert any("なぞ 1件" in text for text in found.report.doubts["ja"])


def test_without_a_place_for_it_a_planned_day_is_refused(tmp_path):
    """A day that is said to be planned is never taken for one on which something happened."""
    found = imported(tmp_path, LIST, '[source.stages]\n"一次面接" = "first_interview_held"\n')
    assert ("5/12予定", "planned_day") in found.quarantine.select("value", "code").rows()


STATES = """
    番号,応募日,状況,状況の更新日,内定日,辞退理由
    1,2026/5/1,内定,2026/5/20,2026/5/20,
    2,2026/5/2,辞退,2026/5/21,2026/5/15,他社
    3,2026/5/3,辞退,,,年収
    4,2026/5/4,選考中,2026/5/4,,
"""


def test_a_state_is_an_event_at_the_day_it_began(tmp_path):
    """The day of change where a column has it, else between the row's days and the export; conditions choose the activity."""
    found = imported(
        tmp_path,
        STATES,
        """
        [[source.states]]
        column = "状況"
        values = { "内定" = "offer_made", "選考中" = "" }
        since = "状況の更新日"

        [[source.states]]
        column = "状況"
        values = { "辞退" = "offer_declined" }
        unless = { "内定日" = [""] }
        since = "状況の更新日"
        reason = "辞退理由"

        [[source.states]]
        column = "状況"
        values = { "辞退" = "withdrawn" }
        when = { "内定日" = [""] }
        since = "状況の更新日"
        after = ["応募日", "内定日"]
        reason = "辞退理由"
        """,
    )
    assert events(found, "case_id", "activity", "timestamp", "earliest", "reason") == [
        ("1", "offer_made", "2026-05-20", None, None),
        ("2", "offer_declined", "2026-05-21", None, "他社"),
        ("3", "withdrawn", TAKEN.isoformat(), "2026-05-03", "年収"),
    ]
    assert found.quarantine.is_empty()


def test_a_state_without_a_day_needs_the_moment_of_the_export(tmp_path):
    """Where nothing dates a state and nobody says when the export was taken, no day is invented."""
    mapping = '[source.states]\ncolumn = "状況"\nvalues = { "辞退" = "withdrawn" }\n'
    with pytest.raises(WorkspaceError, match="nothing says when a state began; allowed: the moment of the export"):
        imported(tmp_path, STATES, mapping, None)


def test_the_event_of_a_state_keeps_its_identity(tmp_path):
    """Seen again a week later, the same state is the same event, whatever its time."""
    mapping = '[source.states]\ncolumn = "状況"\nvalues = { "辞退" = "withdrawn" }\n'
    first, second = (imported(tmp_path, STATES, mapping, TAKEN.replace(day=day)) for day in (23, 30))
    assert first.tables["events"]["event_id"].to_list() == second.tables["events"]["event_id"].to_list()


def test_a_mark_beside_a_day_is_dated_by_it(tmp_path):
    """`4/9 不合格` was held and refused that day, `4/12 辞退` was not held; the words stay as the note of both."""
    found = imported(
        tmp_path,
        """
        番号,応募日,一次面接,内定
        1,2026/5/1,5/9 不合格(経験不足),
        2,2026/5/2,5/12 辞退,
        3,2026/5/3,2026/5/10 面接済,5/20 承諾
        4,2026/5/4,5/11 ×,
        5,2026/5/5,×,
        6,2026/5/6,5/13 先方都合で延期,
        """,
        """
        [source.stages]
        "応募日" = "applied"
        "一次面接" = { activity = "first_interview_held", marks = { "不合格(経験不足)" = "rejected", "×" = "rejected", "辞退" = "withdrawn" }, after = ["応募日"] }
        "内定" = { activity = "offer_made", marks = { "承諾" = "offer_accepted" } }
        """,
    )
    said = [row for row in events(found, "case_id", "activity", "timestamp", "note") if row[1] != "applied"]
    assert said == [
        ("1", "first_interview_held", "2026-05-09", "不合格(経験不足)"),
        ("1", "rejected", "2026-05-09", "不合格(経験不足)"),
        ("2", "withdrawn", "2026-05-12", "辞退"),
        ("3", "first_interview_held", "2026-05-10", "面接済"),
        ("3", "offer_accepted", "2026-05-20", "承諾"),
        ("3", "offer_made", "2026-05-20", "承諾"),
        ("4", "first_interview_held", "2026-05-11", "×"),
        ("4", "rejected", "2026-05-11", "×"),
        ("5", "rejected", TAKEN.isoformat(), None),
    ]
    assert found.quarantine["code"].to_list() == ["not_held"]
