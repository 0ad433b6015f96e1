"""The past of the tables: which version of a row stood at a moment, and what later ones changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

import playbook as pb
from playbook.tables.versions import standing_tables, version_changes

TOKYO_NOON = datetime(2026, 6, 10, 3, tzinfo=UTC)


def workspace(**tables: str) -> pb.Workspace[Any]:
    """A workspace of tables written as CSV, one case of which is open since June 1."""
    given = {
        "cases": "case_id,playbook\nA,joins-selection\n",
        "events": "case_id,activity,timestamp\nA,applied,2026-06-01 10:00\n",
    }
    frames = {name: pl.read_csv(text.encode(), infer_schema=False) for name, text in (given | tables).items()}
    return pb.Workspace(**frames)


def stood(ws: pb.Workspace[Any], table: str, moment: str) -> list[tuple[Any, ...]]:
    """The rows of a table that stood at a moment, without their numbers."""
    at = datetime.fromisoformat(moment).astimezone(ws.zone)
    rows: pl.DataFrame = getattr(standing_tables(ws.tables, at), table)
    return rows.drop("row", "recorded_at", "gone", strict=False).rows()


def test_the_version_that_was_known_last_stands_whole() -> None:
    """An empty cell of a later version is empty; before it was known, the earlier one stands."""
    ws = workspace(
        clients="client_id,name,segment,recorded_at\nC,山田,製造,\nC,山田工業,,2026-06-10 12:00\n",
    )
    assert stood(ws, "clients", "2026-06-10T11:59:59+09:00") == [("C", "山田", "製造")]
    assert stood(ws, "clients", "2026-06-10T12:00:00+09:00") == [("C", "山田工業", None)]


def test_what_is_gone_stands_no_more_until_it_is_told_of_again() -> None:
    """A version with `gone` takes its thing away; a later one brings it back."""
    ws = workspace(
        milestones="case_id,milestone,due_on,recorded_at,gone\n"
        "A,試作,2026-07-01,2026-06-01,\nA,試作,,2026-06-05,yes\nA,試作,2026-08-01,2026-06-09,\n",
    )
    found = {day: stood(ws, "milestones", f"2026-06-{day}T12:00+09:00") for day in ("02", "06", "10")}
    assert [len(rows) for rows in found.values()] == [1, 0, 1]
    assert str(found["10"][0][4]) == "2026-08-01"


@pytest.mark.parametrize("table", ["voices", "surveys", "worklog", "proposals"])
def test_a_table_without_a_key_is_known_from_when_it_was_recorded(table: str) -> None:
    """Rows that are alike are no versions of each other, and each is known from its own moment."""
    rows = {
        "voices": "case_id,side,held_on,recorded_at\nA,hire,2026-06-01,2026-06-02\nA,hire,2026-06-01,2026-06-11\n",
        "surveys": "case_id,answered_on,recorded_at\nA,2026-06-01,2026-06-02\nA,2026-06-01,2026-06-11\n",
        "worklog": "person,worked_on,minutes,recorded_at\n佐藤,2026-06-01,5,2026-06-02\n佐藤,2026-06-01,5,2026-06-11\n",
        "proposals": "client_id,issue,recorded_at\nC,採用,2026-06-02\nC,採用,2026-06-11\n",
    }
    ws = workspace(**{table: rows[table]})
    assert [len(stood(ws, table, f"2026-06-{day}T12:00+09:00")) for day in ("01", "10", "12")] == [0, 1, 2]


def test_of_two_versions_known_since_one_moment_the_upper_stands() -> None:
    """The lower one is quarantined, with the row that is kept."""
    ws = workspace(openings="opening_id,title,recorded_at\nO,甲,\nO,乙,\nO,丙,2026-06-10\n")
    assert ws.quarantine["row"].to_list() == [3]
    assert "2行目" in ws.quarantine["reason"][0]
    assert stood(ws, "openings", "2026-06-09T12:00+09:00") == [("O", None, "甲")]


def test_what_later_versions_changed_is_counted_by_column() -> None:
    """How many rows follow another of their thing, how many say that it is gone, and which columns changed."""
    ws = workspace(
        clients="client_id,name,segment,recorded_at,gone\n"
        "C,山田,製造,,\nC,山田,商社,2026-06-10,\nD,鈴木,,,\nD,鈴木,,2026-06-11,yes\nE,田中,,,\n",
    )
    assert version_changes(ws.tables).rows() == [("clients", 2, 1, "segment", 1)]


def test_tables_without_a_past_are_the_very_same_frames() -> None:
    """Nothing is copied or looked up where no row says since when it is known."""
    ws = workspace()
    assert standing_tables(ws.tables, TOKYO_NOON) is ws.tables
    assert version_changes(ws.tables).is_empty()


def test_what_is_gone_without_a_word_since_when_never_stood() -> None:
    """A table may say that a thing is gone and have no column for when that was written down."""
    cases = pl.DataFrame({"case_id": ["A", "B"], "playbook": ["joins-selection"] * 2, "gone": ["yes", None]})
    events = pl.DataFrame({"case_id": ["A", "B"], "activity": ["applied"] * 2, "timestamp": ["2026-11-10"] * 2})
    assert set(pb.Workspace(cases=cases, events=events).due("2026-11-20")["case_id"]) == {"B"}
