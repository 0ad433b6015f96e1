"""The files of a workspace's own tables, as people keep them: read with the care that exports are read with."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest
from cli_workspaces import AS_OF, Command
from xlsxwriter import Workbook

import playbook as pb
from playbook.importing.store import appended
from playbook.tables.held import Person, without_person

NOTES = "応募の記録;;\n更新: 毎週金曜, 18時;;\n\n"
EVENTS = "case_id;activity;timestamp\nA-1;applied;2026-11-02\nA-2;applied;2026-11-03\n合計;2;\n"
CASES = "case_id;playbook;subject;;\nA-1;interview-aftercare;髙橋;;\nA-2;interview-aftercare;田中\n"
ME = Person(("A-1",), ("髙橋",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace as Excel saves it on a Japanese machine: cp932, notes above, a total below, commas behind."""
    (tmp_path / "events.csv").write_bytes((NOTES + EVENTS).encode("cp932"))
    (tmp_path / "cases.csv").write_bytes((NOTES + CASES).encode("cp932"))
    return tmp_path


def test_tables_below_notes_are_read(folder: Path) -> None:
    """Both people have their action, rows keep the numbers that Excel shows, and the total is refused as one."""
    workspace = pb.open(folder)
    assert workspace.due("2026-11-03")["case_id"].to_list() == ["A-1", "A-2"]
    assert workspace.tables.cases["row"].to_list() == [5, 6]
    assert workspace.quarantine.select("table", "row", "code").rows() == [("events", 7, "total_line")]
    assert workspace.tables.sources["how"].unique().to_list() == ["cp932, semicolon"]


def test_who_is_taken_out_of_such_a_file_takes_no_note_along(folder: Path) -> None:
    """Erasing finds the rows where reading finds them; every other byte stays."""
    left, gone = without_person(folder / "events.csv", ME)
    assert (gone, left) == (1, (NOTES + EVENTS).replace("A-1;applied;2026-11-02\n", "").encode("cp932"))


# openpyxl opens a temporary file without naming its encoding.
@pytest.mark.filterwarnings("ignore::EncodingWarning")
def test_who_is_taken_out_of_a_workbook_stands_below_its_notes(tmp_path: Path) -> None:
    """The row with the case goes, the title and the other row stay."""
    path = tmp_path / "cases.xlsx"
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("cases")
        for number, row in enumerate([["応募者一覧"], [], ["case_id", "playbook"], ["A-1", "x"], ["A-2", "x"]]):
            sheet.write_row(number, 0, row)
    content, gone = without_person(path, ME)
    path.write_bytes(content)
    assert gone == 1
    cells = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    assert [row[0] for row in cells] == ["応募者一覧", None, "case_id", "A-2"]


def test_lines_in_two_encodings_are_told_and_can_be_taken_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check` says that a file is in two encodings; who is taken out of it leaves the others as they are."""
    lines = ["case_id,playbook,subject", "A-1,interview-aftercare,髙橋", "A-2,interview-aftercare,田中", ""]
    mixed = b"\n".join(line.encode("cp932" if "A-2" in line else "utf-8") for line in lines)
    (tmp_path / "cases.csv").write_bytes(mixed)
    (tmp_path / "events.csv").write_text("case_id,activity,timestamp\nA-1,applied,2026-11-02\n", encoding="utf-8")
    done = Command(capsys)("check", "--workspace", tmp_path, "--as-of", AS_OF, "--lang", "en")
    assert "cases.csv: its lines are in two encodings, each was read in its own (cp932: 3)" in done.out
    content, gone = without_person(tmp_path / "cases.csv", ME)
    assert (gone, content.decode("utf-8").splitlines()) == (1, [lines[0], lines[2]])


def test_a_formula_without_a_result_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cell that no program has computed is read as blank, and `check` names it, once for its workbook."""
    with Workbook(str(tmp_path / "mine.xlsx")) as book:
        for name, rows in {
            "cases": [["case_id", "playbook"], ["A-1", "interview-aftercare"]],
            "events": [["case_id", "activity", "timestamp"], ["A-1", "applied", "2026-11-02"]],
        }.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        sheet.write_formula("D2", "=A2", value="")
    done = Command(capsys)("check", "--workspace", tmp_path, "--as-of", AS_OF, "--lang", "en")
    assert done.out.count("1 formulas without a stored result, read as blank (D2)") == 1


def test_a_head_that_was_guarded_is_itself_again(tmp_path: Path) -> None:
    """A column named like a formula stays one column however often rows are added below."""
    (tmp_path / "clients.csv").write_text("client_id,'-memo\nC1,x\n", encoding="utf-8")
    again = appended(tmp_path, "clients", pl.DataFrame({"client_id": ["C2"], "-memo": ["y"]}))
    assert again.splitlines() == ["\ufeffclient_id,'-memo", "C1,x", "C2,y"]
