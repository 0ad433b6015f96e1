"""A handover: what two people owe together is the same before and after; only who owes it changes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook
from the_sample import sample
from thinned import thinned

import playbook as pb
from playbook.cli import main
from playbook.clock.due import OPEN
from playbook.show import labels
from playbook.tables.samples import samples
from playbook.words.problem import ArgumentError

OPEN_LABELS = [labels.value("status", status) for status in OPEN]
AS_OF = date(2026, 11, 20)
PEOPLE = sample().on(AS_OF).due()["owner"].drop_nulls().value_counts(sort=True)["owner"].to_list()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample to write into."""
    for path in samples().glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


@pytest.mark.parametrize("giver", thinned(PEOPLE[:3]))
def test_what_both_owe_is_the_same_before_and_after(folder: Path, giver: str) -> None:
    """Written into the assignments, every open promise of one is the other's from the day on, and no other moved."""
    taker, on = "後任 花子", AS_OF + timedelta(days=3)
    words = ["handover", "--from", giver, "--to", taker, "--on", on.isoformat(), "--as-of", AS_OF.isoformat()]
    before, today = pb.open(folder).on(on).due(), pb.open(folder).on(AS_OF).due()
    assert main([*words, "--workspace", str(folder), "--write", "--out", str(folder / "drafts")]) == 0
    written = pl.read_csv(folder / "assignments.csv", infer_schema=False)
    told = written.with_columns(recorded_at=pl.when(pl.col("recorded_at").is_not_null()).then(pl.lit("2026-11-20")))
    told.write_csv(folder / "assignments.csv")  # as if it had been written on that day
    after = pb.open(folder).on(on).due()
    key = ["playbook", "rule_id", "case_id", "trigger", "trigger_at", "entry"]
    assert after.filter(owner=giver).is_empty()
    assert after.filter(owner=taker).select(key).equals(before.filter(owner=giver).select(key))
    others = ~pl.col("owner").is_in([giver, taker])
    assert after.filter(others).equals(before.filter(others))
    assert list((folder / "drafts").glob("*.eml"))
    book = load_workbook(folder / "drafts" / "引継ぎ書.xlsx")
    assert book.sheetnames == ["約束", "延期中", "先の予定日", "担当割り当て"]
    told = [[str(cell.value or "") for cell in row] for row in book["約束"].iter_rows()]
    assert any(giver in cell and taker in cell for cell in told[0])
    assert (
        len([row for row in told if any(status in row for status in OPEN_LABELS)]) == today.filter(owner=giver).height
    )


def test_the_versions_part_the_time_at_the_day() -> None:
    """The giver holds each role to the day before, the taker from the day on; nobody else is touched."""
    giver = PEOPLE[0]
    rows = sample().on(AS_OF).handover(giver, "後任", date(2026, 12, 1)).assignments
    pairs = rows.group_by("role", "client_id", "opening_id", "case_id").agg(pl.len())
    assert set(pairs["len"]) == {2}
    assert set(rows.filter(person=giver)["to_on"]) == {date(2026, 11, 30)}
    assert set(rows.filter(person="後任")["from_on"]) == {date(2026, 12, 1)}


def test_nobody_of_that_name_is_answered_with_the_nearest() -> None:
    """A mistyped name is an error that names the nearest."""
    with pytest.raises(ArgumentError, match="nobody is called"):
        sample().on(AS_OF).handover(PEOPLE[0] + "x", "後任", AS_OF)
