"""An import into a workspace: twice is once, a newer export adds what is new, what a person wrote stays."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import polars as pl
import pytest

import playbook as pb
from playbook.importing import import_files, mapping_from, read_report, write_workspace
from playbook.words.problem import WorkspaceError

MAPPING = mapping_from(
    {
        "playbook": "interview-aftercare",
        "source": [
            {
                "file": "応募者*.csv",
                "cases": {"case_id": "ID", "subject": "氏名", "status": "状況"},
                "stages": {"応募日": "applied", "一次面接日": "first_interview_held"},
            }
        ],
    }
)
MARCH = """
    ID,氏名,状況,応募日,一次面接日
    1,佐藤　昇,選考中,2026/3/2,2026/3/10
    2,髙橋 花,選考中,2026/3/3,
"""
APRIL = """
    ID,氏名,状況,応募日,一次面接日
    3,鈴木,選考中,2026/4/1,
    2,髙橋 花,お見送り,2026/3/3,2026/4/2
    1,佐藤　昇,選考中,2026/3/2,2026/3/12
"""


def imported(tmp_path: Path, text: str, name: str = "応募者.csv"):
    (tmp_path / name).write_text(dedent(text).lstrip(), encoding="utf-8")
    return import_files([tmp_path / name], MAPPING)


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}


def written(report) -> dict[str, tuple[int, ...]]:
    return {row[0]: row[1:] for row in report.written.rows()}


def test_importing_twice_changes_nothing(tmp_path):
    """The second import of one export adds nothing and gives the same bytes."""
    folder = tmp_path / "ws"
    assert written(write_workspace(imported(tmp_path, MARCH), folder)) == {
        "events": (3, 0, 0, 0),
        "cases": (2, 0, 0, 0),
    }
    first = tables(folder)
    assert written(write_workspace(imported(tmp_path, MARCH), folder)) == {
        "events": (0, 0, 3, 0),
        "cases": (0, 0, 2, 0),
    }
    assert tables(folder) == first


def test_the_same_export_gives_the_same_bytes_anywhere(tmp_path):
    """Nothing of the machine, the day or the order of rows is in a new workspace."""
    lines = dedent(MARCH).lstrip().splitlines()
    turned = "\n".join([lines[0], *reversed(lines[1:])])
    write_workspace(imported(tmp_path, MARCH), tmp_path / "one")
    write_workspace(imported(tmp_path, turned), tmp_path / "other" / "deep")
    assert tables(tmp_path / "one") == tables(tmp_path / "other" / "deep")


def test_a_newer_export_adds_and_corrects(tmp_path):
    """A new case is added, a state and a date that moved become versions, and no event stands twice."""
    folder = tmp_path / "ws"
    write_workspace(imported(tmp_path, MARCH), folder)
    report = write_workspace(imported(tmp_path, APRIL, "応募者_4月.csv"), folder)
    assert written(report) == {"events": (2, 1, 2, 0), "cases": (1, 1, 1, 0)}
    workspace = pb.open(folder)
    log = workspace.on("2026-04-10").log
    held = log.events.filter(pl.col("activity") == "first_interview_held").sort("timestamp").collect()
    assert held["timestamp"].dt.date().cast(pl.String).to_list() == ["2026-03-12", "2026-04-02"]
    assert log.cases["status"].to_list() == ["選考中", "お見送り", "選考中"]
    assert workspace.quarantine.is_empty()


def test_an_older_or_smaller_export_takes_nothing_away(tmp_path):
    """What an export does not hold stays, and is counted as only here."""
    folder = tmp_path / "ws"
    write_workspace(imported(tmp_path, MARCH), folder)
    report = write_workspace(imported(tmp_path, "ID,氏名,状況,応募日,一次面接日\n2,髙橋 花,,2026/3/3,\n"), folder)
    assert written(report) == {"events": (0, 0, 1, 2), "cases": (0, 0, 1, 1)}
    assert pb.open(folder).tables.cases["status"].to_list() == ["選考中", "選考中"]


def test_what_a_person_wrote_stays(tmp_path):
    """Rows and columns added by hand survive, in their place; an event written by hand is not imported a second
    time.
    """
    folder = tmp_path / "ws"
    folder.mkdir()
    (folder / "events.csv").write_text(
        "case_id,activity,timestamp,channel\n2,applied,令和8年3月3日,電話\n2,followup_sent,2026/3/4,mail\n",
        encoding="cp932",
    )
    (folder / "cases.csv").write_text("case_id,playbook,担当メモ\n2,interview-aftercare,急ぎ\n", encoding="cp932")
    report = write_workspace(imported(tmp_path, MARCH), folder)
    assert written(report) == {"events": (2, 0, 1, 1), "cases": (1, 1, 0, 0)}
    workspace = pb.open(folder)
    assert workspace.tables.events["activity"].to_list()[:2] == ["applied", "followup_sent"]
    assert workspace.tables.events["channel"].to_list()[:2] == ["電話", "mail"]
    assert workspace.on("2026-04-10").log.cases["担当メモ"].to_list() == [None, "急ぎ"]
    assert workspace.quarantine.is_empty()


def test_without_merging_the_tables_are_replaced(tmp_path):
    """merge=False writes the tables of the import and nothing else."""
    folder = tmp_path / "ws"
    write_workspace(imported(tmp_path, APRIL), folder)
    write_workspace(imported(tmp_path, MARCH), folder, merge=False)
    assert len(pb.open(folder).tables.cases) == 2


def test_a_table_kept_in_another_kind_of_file_is_not_shadowed(tmp_path):
    """A workspace that keeps its events in a workbook is not given a second table of events."""
    folder = tmp_path / "ws"
    folder.mkdir()
    (folder / "events.tsv").write_text("case_id\tactivity\ttimestamp\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"table 'events' is kept in events.tsv"):
        write_workspace(imported(tmp_path, MARCH), folder)
    assert not (folder / "cases.csv").exists()


def test_a_table_that_cannot_be_read_is_not_overwritten(tmp_path):
    """A line that is no row would be lost by rewriting its table: one message, and nothing is written."""
    folder = tmp_path / "ws"
    folder.mkdir()
    (folder / "events.csv").write_text("case_id,activity,timestamp\n1,applied\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="row 2 is no row; importing would lose it"):
        write_workspace(imported(tmp_path, MARCH), folder)


def test_a_file_in_the_place_of_the_folder_is_one_message(tmp_path):
    """A workspace cannot be written where a file is."""
    (tmp_path / "ws").write_text("x", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="is a file"):
        write_workspace(imported(tmp_path, MARCH), tmp_path / "ws")


def test_the_report_is_kept_beside_the_tables(tmp_path):
    """The report can be read again as it was, and the refused rows are a table of their own."""
    folder = tmp_path / "ws"
    report = write_workspace(imported(tmp_path, MARCH + "    4,田中,,3/4か3/5,\n"), folder)
    kept = read_report(folder)
    assert kept is not None
    for name in ("files", "tables", "columns", "remarks", "written"):
        assert getattr(kept, name).equals(getattr(report, name))
    assert "two_days" in (folder / "import" / "quarantine.csv").read_text(encoding="utf-8-sig")
    assert read_report(tmp_path) is None
    (folder / "import" / "report.json").write_text("{", encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"report.json: cannot be read"):
        read_report(folder)


def test_tables_open_in_excel_without_garbling(tmp_path):
    """Every table begins with the mark that tells Excel it is UTF-8, and names stand in it as they were written."""
    write_workspace(imported(tmp_path, MARCH), tmp_path / "ws")
    for data in tables(tmp_path / "ws").values():
        assert data.startswith(b"\xef\xbb\xbf")
    assert "髙橋 花" in (tmp_path / "ws" / "cases.csv").read_text(encoding="utf-8-sig")


def test_two_exports_at_once_are_one_import(tmp_path):
    """Overlapping exports of one system given together become the same cases and events as one after the other."""
    imported(tmp_path, MARCH, "応募者_1.csv")
    imported(tmp_path, APRIL, "応募者_2.csv")
    both = import_files([tmp_path / "応募者_2.csv", tmp_path / "応募者_1.csv"], MAPPING)
    assert len(both.tables["cases"]) == 3
    assert both.tables["cases"].sort("case_id")["status"].to_list() == ["選考中", "お見送り", "選考中"]
    assert "食い違う" in "".join(both.report.doubts["ja"])


def test_no_text_becomes_a_formula_and_none_is_lost(tmp_path):
    """A cell that Excel would run is written with an apostrophe, numbers are not, and importing again sees no
    difference.
    """
    text = 'ID,氏名,状況,応募日,一次面接日\n1,"=HYPERLINK(""http://x"")",-5,2026/3/2,\n2,@佐藤,+81-3-1234,2026/3/2,\n'
    folder = tmp_path / "ws"
    write_workspace(imported(tmp_path, text), folder)
    said = (folder / "cases.csv").read_text(encoding="utf-8-sig")
    assert "\"'=HYPERLINK" in said
    assert ",'@佐藤,'+81-3-1234" in said
    assert ",-5" in said
    assert written(write_workspace(imported(tmp_path, text), folder))["cases"] == (0, 0, 2, 0)


def test_who_was_erased_does_not_come_back(tmp_path):
    """The export still holds them: nothing of it is written, in tables, report or quarantine; the id alone is told."""
    folder = tmp_path / "ws"
    write_workspace(imported(tmp_path, MARCH), folder)
    (folder / "filed").mkdir()
    (folder / "filed/erased.csv").write_text("case_id,playbook\n１,interview-aftercare\n", encoding="utf-8")
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8-sig")
        path.write_text("".join(line for line in text.splitlines(True) if not line.startswith("1,")), encoding="utf-8")
    april = APRIL + "    4,佐藤　昇,選考中,不明な日,\n"
    report = write_workspace(imported(tmp_path, april), folder)
    assert report.changes.filter(kind="erased")["id"].to_list() == ["1"]
    assert "erased here before" in report.say("en")
    held = {row["case_id"] for name in ("cases", "events") for row in pl.read_csv(folder / f"{name}.csv").to_dicts()}
    assert held == {2, 3, 4}
    told = (folder / "import/report.json").read_text(encoding="utf-8")
    assert "佐藤" not in told and "不明な日" not in (folder / "import/quarantine.csv").read_text(encoding="utf-8")


def test_an_id_written_otherwise_next_week_is_the_one_that_is_there(tmp_path):
    """A full-width 1 is the case 1 of the week before, with its new event: no second case, no event of nobody."""
    folder = tmp_path / "ws"
    write_workspace(imported(tmp_path, MARCH), folder)
    write_workspace(imported(tmp_path, APRIL.replace("    1,", "    １,")), folder)
    ws = pb.open(folder)
    assert sorted(ws.on("2026-05-01").log.cases["case_id"]) == ["1", "2", "3"]
    assert ws.quarantine.is_empty()
