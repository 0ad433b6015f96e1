"""Exports taken one after another: what changed becomes a version, and a past day's answer stays what it was."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

import polars as pl
import pytest

import playbook as pb
from playbook.importing import import_files, mapping_from, write_workspace
from playbook.importing.report import Report

TOKYO = ZoneInfo("Asia/Tokyo")
MAPPING = mapping_from(
    {
        "playbook": "interview-aftercare",
        "source": [
            {
                "file": "応募者一覧_20261109.csv",
                "cases": {"case_id": "応募番号", "subject": "氏名", "joins_on": "入社予定日"},
                "stages": {"応募日": "applied", "一次面接日": "first_interview_held"},
                "assignments": {"case_id": "応募番号", "person": "担当", "role": {"always": "aftercare"}},
            }
        ],
    }
)
FIRST = """
    応募番号,氏名,応募日,一次面接日,入社予定日,担当
    A-1,山田 花子,2026/11/2,2026/11/6,,佐藤
    A-2,鈴木 一郎,2026/11/3,,2026/12/1,佐藤
    A-3,髙橋 恵,2026/11/4,2026/11/5,,田中
"""


def taken(day: int, hour: int = 18) -> datetime:
    """A moment of November 2026."""
    return datetime(2026, 11, day, hour, tzinfo=TOKYO)


def week(folder: Path, day: int, text: str, **more: bool) -> Report:
    """An export of a day, imported into the workspace of a folder."""
    path = folder / f"応募者一覧_202611{day:02}.csv"
    path.write_text(dedent(text).lstrip(), encoding="utf-8")
    return write_workspace(import_files([path], MAPPING, taken=taken(day)), folder / "ws", **more)


def events(folder: Path, as_of: str) -> list[tuple[str, str, str]]:
    """Who did what when, as known at a moment."""
    known = pb.open(folder / "ws").on(as_of).log.events.sort("timestamp", "case_id").collect()
    said = known.select("case_id", "activity", pl.col("timestamp").dt.date().cast(pl.String))
    return [(case, activity, day) for case, activity, day in said.rows()]


def changed(report: Report) -> set[tuple[str, str, str | None, str | None]]:
    """What the report tells by name: kind, whose, from, to."""
    rows = report.changes.select("kind", "name", pl.col("before").str.head(10), pl.col("after").str.head(10)).rows()
    return {(kind, name, before, after) for kind, name, before, after in rows}


def test_a_week_that_says_the_same_adds_nothing(tmp_path: Path) -> None:
    """The same list a week later leaves every file as it was, byte for byte, under its new name."""
    week(tmp_path, 9, FIRST)
    tables = {path.name: path.read_bytes() for path in (tmp_path / "ws").glob("*.csv")}
    report = week(tmp_path, 16, FIRST)
    assert report.changes.is_empty()
    assert {path.name: path.read_bytes() for path in (tmp_path / "ws").glob("*.csv")} == tables


def test_a_moved_date_moves_and_a_past_day_stays(tmp_path: Path) -> None:
    """The interview is held on another day from the export on; asked about the day before, it is where it was."""
    week(tmp_path, 9, FIRST)
    before = events(tmp_path, "2026-11-15")
    due = pb.open(tmp_path / "ws").due("2026-11-15", all=True)
    report = week(tmp_path, 16, FIRST.replace("2026/11/6", "2026/11/13"))
    assert changed(report) == {("moved", "山田 花子", "2026-11-06", "2026-11-13")}
    assert events(tmp_path, "2026-11-15") == before
    assert pb.open(tmp_path / "ws").due("2026-11-15", all=True).equals(due)
    held = [row for row in events(tmp_path, "2026-11-16") if row[:2] == ("A-1", "first_interview_held")]
    assert held == [("A-1", "first_interview_held", "2026-11-13")]
    assert week(tmp_path, 23, FIRST.replace("2026/11/6", "2026/11/13")).changes.is_empty()


def test_a_cleared_date_withdraws_the_event_it_made(tmp_path: Path) -> None:
    """An interview whose day was cleared was not held, from the export on; set again, it is held again."""
    week(tmp_path, 9, FIRST)
    report = week(tmp_path, 16, FIRST.replace("2026/11/6", ""))
    assert changed(report) == {("withdrawn", "山田 花子", "2026-11-06", None)}
    assert "取り下げたできごと 1 件: 山田 花子 first" in report.say("ja").replace("\\_", "_")
    assert ("A-1", "first_interview_held", "2026-11-06") in events(tmp_path, "2026-11-15")
    assert ("A-1", "first_interview_held", "2026-11-06") not in events(tmp_path, "2026-11-16")
    week(tmp_path, 23, FIRST.replace("2026/11/6", "2026/11/20"))
    assert ("A-1", "first_interview_held", "2026-11-20") in events(tmp_path, "2026-11-23")


def test_a_planned_date_and_a_name_become_a_version(tmp_path: Path) -> None:
    """A joining put off and a corrected name stand from the export on; the day before, what was known then."""
    week(tmp_path, 9, FIRST)
    week(tmp_path, 16, FIRST.replace("2026/12/1", "2027/1/4").replace("鈴木 一郎", "鈴木 一朗"))
    workspace = pb.open(tmp_path / "ws")
    rows = [workspace.on(day).case("A-2").row for day in ("2026-11-15", "2026-11-16")]
    assert [(row["subject"], str(row["joins_on"])) for row in rows] == [
        ("鈴木 一郎", "2026-12-01"), ("鈴木 一朗", "2027-01-04"),
    ]  # fmt: skip


def test_a_new_case_is_known_from_its_export_unless_it_is_backlog(tmp_path: Path) -> None:
    """Who stands in the list for the first time is nobody the week before; a backlog was always known."""
    week(tmp_path, 9, FIRST)
    more = FIRST + "    A-4,伊藤 健,2026/11/2,,,田中\n"
    week(tmp_path, 16, more)
    assert "A-4" not in pb.open(tmp_path / "ws").on("2026-11-15").log.cases["case_id"]
    week(tmp_path, 17, more + "    A-5,中村 栞,2026/11/2,,,田中\n", backlog=True)
    assert "A-5" in pb.open(tmp_path / "ws").on("2026-11-15").log.cases["case_id"]


def test_a_change_of_owner_keeps_who_held_it_before(tmp_path: Path) -> None:
    """The old owner holds the role to the day before the export, the new one from it on."""
    week(tmp_path, 9, FIRST)
    report = week(tmp_path, 16, FIRST.replace("2026/11/6,,佐藤", "2026/11/6,,木村"))
    assert changed(report) == {("owner", "山田 花子", "佐藤", "木村")}
    rows = pl.read_csv(tmp_path / "ws" / "assignments.csv", infer_schema=False).filter(case_id="A-1")
    assert rows.select("person", "from_on", "to_on").rows() == [
        ("佐藤", None, None), ("佐藤", None, "2026-11-15"), ("木村", "2026-11-16", None),
    ]  # fmt: skip
    assert week(tmp_path, 23, FIRST.replace("2026/11/6,,佐藤", "2026/11/6,,木村")).changes.is_empty()


def test_who_is_missing_stays_unless_the_export_is_whole(tmp_path: Path) -> None:
    """A window of a list takes nobody away; a whole one does, from its day on, with all that it said of them."""
    week(tmp_path, 9, FIRST)
    fewer = "\n".join(line for line in FIRST.splitlines() if "A-3" not in line)
    report = week(tmp_path, 16, fewer)
    assert report.changes.is_empty()
    assert dict(report.written.select("table", "only_here").rows())["cases"] == 1
    report = week(tmp_path, 23, fewer, complete=True)
    assert {row[:2] for row in changed(report)} == {("gone", "髙橋 恵")}
    workspace = pb.open(tmp_path / "ws")
    assert "A-3" in workspace.on("2026-11-22").log.cases["case_id"]
    assert "A-3" not in workspace.on("2026-11-23").log.cases["case_id"]


def test_a_new_case_that_looks_like_one_that_vanished_is_named(tmp_path: Path) -> None:
    """The same name under another id may be the same person: told, never doubled in silence."""
    week(tmp_path, 9, FIRST)
    report = week(tmp_path, 16, FIRST.replace("A-3,髙橋 恵", "A-9,髙橋　恵"))
    assert ("twin", "髙橋　恵", "A-3", "A-9") in changed(report)


def test_states_become_events_between_two_exports(tmp_path: Path) -> None:
    """A state that is new came after the export before and not after this one; the same state says nothing new."""
    mapping = mapping_from(
        {
            "playbook": "interview-aftercare",
            "source": [
                {
                    "file": "state_*.csv",
                    "cases": {"case_id": "ID", "subject": "氏名"},
                    "stages": {"応募日": "applied"},
                    "states": {"column": "状況", "values": {"内定": "offer_made", "辞退": "declined"}},
                }
            ],
        }
    )

    def once(day: int, state: str) -> Report:
        path = tmp_path / f"state_{day}.csv"
        path.write_text(f"ID,氏名,応募日,状況\n1,山田,2026/11/2,{state}\n", encoding="utf-8")
        return write_workspace(import_files([path], mapping, taken=taken(day)), tmp_path / "ws")

    once(9, "選考中")
    once(16, "内定")
    once(23, "内定")
    rows = pl.read_csv(tmp_path / "ws" / "events.csv", infer_schema=False).filter(activity="offer_made")
    assert rows.height == 1
    assert rows["timestamp"].item().startswith("2026-11-16T18:00")
    assert rows["earliest"].item().startswith("2026-11-09T18:00")


@pytest.mark.parametrize("day", [9, 16])
def test_files_of_other_weeks_find_their_mapping(tmp_path: Path, day: int) -> None:
    """The mapping names one file; the day in another's name does not matter."""
    assert len(week(tmp_path, day, FIRST).files) == 1
