"""The question sheet of a talk, written, filled in by somebody, and read back as voices with their consent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import placement_sample as sample
import polars as pl
import pytest
from cli_workspaces import Command
from openpyxl import load_workbook  # type: ignore[import-untyped]

import playbook as pb
from playbook.answers.placed.editions import pack


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    tables = sample.rows()
    del tables["consents"]
    return sample.write(tmp_path / "bank", tables)


def filled(path: Path, head: Mapping[str, object], said: Mapping[str, tuple[str, object, str]]) -> None:
    """Fill in a sheet as a person does: cells of the head by name, rows by topic."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows():
        if row[0].value in head:
            row[1].value = head[row[0].value]
        if row[0].value in said:
            row[2].value, row[3].value, row[4].value = said[row[0].value]
    book.save(path)


CONSENT, SPECIAL = "要旨を相手に伝えてよい（はい/いいえ）", "健康・信条などの話も含めてよい（はい/いいえ）"
SAID = {"期待": ("任される範囲を広げたい、と話された", 4, "企業"), "気がかり": ("夏から通院している", "", "双方")}


def made(run: Command, bank: Path, tmp_path: Path, head: Mapping[str, object]) -> Path:
    assert run("talk", "P-2", "--side", "hire", "--workspace", bank, "--out", tmp_path / "s").status == 0
    path = tmp_path / "s" / "talk-P-2-hire.xlsx"
    filled(path, {"面談日": "2026-11-10", "同意の方法（書面・口頭など）": "書面", **head}, SAID)
    return path


def shown(bank: Path) -> list[str]:
    """What of the talk stands in the company's edition."""
    return pack(pb.open(bank).on("2026-11-20").log, "P-2", "company").voices["note"].to_list()


def test_a_sheet_with_brackets_of_another_width_is_read(run: Command, bank: Path, tmp_path: Path) -> None:
    """What somebody typed anew with half-width brackets, or printed before they were full-width, is the same sheet."""
    path = made(run, bank, tmp_path, {CONSENT: "はい"})
    book = load_workbook(path)
    for row in book.worksheets[0].iter_rows():
        row[0].value = str(row[0].value or "").replace("（", "(").replace("）", ")")
    book.save(path)
    assert run("talk", path, "--workspace", bank).status == 0
    assert shown(bank) == ["任される範囲を広げたい、と話された"]


def test_a_filled_sheet_becomes_voices_and_a_consent(run: Command, bank: Path, tmp_path: Path) -> None:
    """Words, score and readers are voices; the yes is a consent from the day of the talk; health needs its own yes."""
    path = made(run, bank, tmp_path, {CONSENT: "はい"})
    ran = run.english("talk", path, "--workspace", bank)
    assert "2 voices and 1 consents added" in ran.err
    ws = pb.open(bank)
    assert ws.tables.quarantine.is_empty()
    voices = ws.tables.voices.filter(case_id="P-2").select("side", "topic", "score", "shareable").rows()
    assert voices == [("hire", "期待", 4.0, "company"), ("hire", "気がかり", None, "both")]
    assert ws.tables.consents.select("case_id", "side", "to", "how").rows() == [("P-2", "hire", "company", "書面")]
    assert shown(bank) == ["任される範囲を広げたい、と話された"]


def test_a_second_yes_covers_health(run: Command, bank: Path, tmp_path: Path) -> None:
    """With both, the remark on health may stand in the company's edition as well."""
    run("talk", made(run, bank, tmp_path, {CONSENT: "はい", SPECIAL: "はい"}), "--workspace", bank)
    assert len(shown(bank)) == 2


def test_without_a_yes_nothing_leaves_the_bank(run: Command, bank: Path, tmp_path: Path) -> None:
    """A sheet without the yes gives voices and no consent: the edition holds none of them."""
    run("talk", made(run, bank, tmp_path, {}), "--workspace", bank)
    assert not (bank / "consents.csv").exists()
    assert shown(bank) == []


def test_reading_a_sheet_twice_adds_nothing(run: Command, bank: Path, tmp_path: Path) -> None:
    """What is there already is known by the sheet's own key."""
    path = made(run, bank, tmp_path, {CONSENT: "はい"})
    run("talk", path, "--workspace", bank)
    before = {file.name: file.read_bytes() for file in bank.iterdir()}
    assert "0 voices and 0 consents added" in run.english("talk", path, "--workspace", bank).err
    assert {file.name: file.read_bytes() for file in bank.iterdir()} == before


def test_every_mistake_of_a_sheet_is_said_and_nothing_is_written(run: Command, bank: Path, tmp_path: Path) -> None:
    """No such case, no day, a score beyond five: all at once, and the tables stay."""
    path = made(run, bank, tmp_path, {"案件番号": "X-1", "面談日": "来週"})
    filled(path, {}, {"期待": ("話", 9, "みんな")})
    ran = run.english("talk", path, "--workspace", bank)
    assert ran.status == 2
    assert [part in ran.err for part in ("'X-1'", "'来週'", "'9'", "'みんな'")] == [True] * 4
    voices = pl.read_csv(bank / "voices.csv", infer_schema=False)
    assert voices.filter(pl.col("case_id") == "P-2").is_empty()


def test_a_sheet_for_each_side(run: Command, bank: Path, tmp_path: Path) -> None:
    """Without a side both are made, each with its own questions; an unknown case is said with the nearest."""
    run("talk", "P-1", "--workspace", bank, "--out", tmp_path / "s")
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == ["talk-P-1-company.xlsx", "talk-P-1-hire.xlsx"]
    ran = run.english("talk", "P-11", "--workspace", bank)
    assert ran.status == 2
    assert "there is no case 'P-11'" in ran.err
