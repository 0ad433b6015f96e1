"""Filed counts: one file a year, kept whole, never written over."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from playbook.tables.filed import file_counts, filed_path, frozen_years, read_filed
from playbook.words.problem import ArgumentError, WorkspaceError

SAID = {"filed_on": date(2026, 10, 5), "as_of": date(2026, 10, 5), "readings": {"six_months_end": "day_before"}}


def test_a_part_is_kept_as_it_was_filed(tmp_path: Path) -> None:
    """What was filed is read back; filing the part again is refused with the day; the other part joins it."""
    file_counts(tmp_path, 2025, "placed", {"東京": {"placed": 7}}, **SAID)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="'placed' was filed on 2026-10-05"):
        file_counts(tmp_path, 2025, "placed", {"東京": {"placed": 6}}, **SAID)  # type: ignore[arg-type]
    assert frozen_years(tmp_path) == ()
    file_counts(tmp_path, 2025, "left", {"東京": {"left": 0}}, **SAID)  # type: ignore[arg-type]
    filed = read_filed(tmp_path, 2025)
    assert {name: part["offices"] for name, part in filed["parts"].items()} == {
        "placed": {"東京": {"placed": 7}},
        "left": {"東京": {"left": 0}},
    }
    assert frozen_years(tmp_path) == (2025,)


def test_nothing_filed_and_something_else(tmp_path: Path) -> None:
    """A year without a filing is empty; a file that is no such record is one clear error."""
    assert read_filed(tmp_path, 2025) == {}
    filed_path(tmp_path, 2025).parent.mkdir()
    filed_path(tmp_path, 2025).write_text('{"parts": {"left": 3}}', encoding="utf-8")
    with pytest.raises(WorkspaceError, match="is not a record of filed counts"):
        read_filed(tmp_path, 2025)


def test_a_database_keeps_no_files(tmp_path: Path) -> None:
    """Counts are filed in a folder; another place is refused."""
    with pytest.raises(ArgumentError, match="is not a folder"):
        file_counts(tmp_path / "data.duckdb", 2025, "left", {}, **SAID)  # type: ignore[arg-type]
