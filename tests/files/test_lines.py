"""Rows that are no rows, cells that are no days, headers that are only names: nobody is lost, nothing is taken for a person."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from xlsxwriter import Workbook

import playbook as pb
from playbook.files.delimited import read_text
from playbook.files.encodings import decode
from playbook.files.lines import no_rows, only_a_name

HEAD = "氏名,企業,応募日\n"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("合 計,2社,3件", "total_line"),
        (",小計,3", "total_line"),
        ("Total,,3", "total_line"),
        ("※黄色は要確認,,", "remark_line"),
        ("注）日付は西暦で書く,,", "remark_line"),
        ("氏名,企業,応募日", "repeated_header"),
        ("4月分,,", "remark_line"),
        (",■営業部,", "remark_line"),
        ("２０２６年度上期,,", "remark_line"),
    ],
)
def test_totals_remarks_and_headers_are_refused_with_that_reason(line: str, code: str) -> None:
    """A list's last lines and its repeated header are set aside, each with what it is."""
    sheet = read_text(f"{HEAD}佐藤,青葉,2026/4/1\n{line}\n田中,若葉,2026/4/2\n".encode(), "list.csv")
    assert sheet.frame["氏名"].to_list() == ["佐藤", "田中"]
    assert sheet.refused.select("row", "code").rows() == [(3, code)]


@pytest.mark.parametrize(
    "line",
    [
        "計 太郎,青葉,2026/4/1",
        "合計電機,青葉,4/1",
        "平均,青葉商事,2026/4/1",
        "注連 花子,※本人希望,4/1",
        "4月 一日,,",
        "田中,,",
        "5月,青葉,",
    ],
)
def test_a_person_is_no_total(line: str) -> None:
    """A name that begins like a total, or a row with words in its other cells, stays a row."""
    assert no_rows(read_text(f"{HEAD}{line}\n".encode(), "x.csv").frame).is_empty()


def test_a_total_of_a_typed_table_has_no_day() -> None:
    """Where days are days already, a row without one may be a total; a row with one is a row."""
    days = [date(2026, 4, 1), None, date(2026, 4, 2)]
    frame = pl.DataFrame(
        {"row": [2, 3, 4], "氏名": ["山田", "合計", "合計"], "企業": ["青葉", "2社", None], "応募日": days}
    )
    assert no_rows(frame).rows() == [(3, "合計 2社", "total_line")]
    assert no_rows(frame.filter(pl.col("応募日").is_not_null())).is_empty()


@pytest.mark.parametrize("header", ["*", "^x$", "^.*$", "^企業.*$"])
def test_a_header_that_looks_like_a_pattern_is_a_name(tmp_path: Path, header: str) -> None:
    """Whatever stands in a header, every question is answered, and the column is there under its name."""
    (tmp_path / "cases.csv").write_text(f"case_id,playbook,{header}\nA-1,interview-aftercare,甲\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text(
        f"case_id,activity,timestamp,{header}\nA-1,applied,2026-11-02,乙\n", encoding="utf-8"
    )
    workspace = pb.open(tmp_path)
    day = workspace.on("2026-11-20")
    assert len(day.due()) == 1
    assert [len(day.case("A-1").explain()), len(day.funnel().stages), len(day.violations())] == [1, 6, 0]
    name = only_a_name(header)
    assert (name.rstrip("\u200b"), day.case("A-1").row[name]) == (header, "甲")


def test_an_empty_day_of_a_spreadsheet_hides_nobody(tmp_path: Path) -> None:
    """Excel's zero in an optional day is empty; a day that cannot be read is refused alone, and its person stays."""
    (tmp_path / "cases.csv").write_text(
        "case_id,playbook,next_interview_on\nA-1,interview-aftercare,1900/1/0\nA-2,interview-aftercare,来週\n",
        encoding="utf-8",
    )
    (tmp_path / "events.csv").write_text(
        "case_id,activity,timestamp,recorded_at\nA-1,applied,2026-11-02,0:00:00\nA-2,applied,2026-11-02,\n",
        encoding="utf-8",
    )
    workspace = pb.open(tmp_path)
    assert workspace.due("2026-11-03")["case_id"].to_list() == ["A-1", "A-2"]
    assert workspace.quarantine.select("table", "row", "column", "value", "code").rows() == [
        ("cases", 3, "next_interview_on", "来週", "bad_date")
    ]


def test_lines_in_two_encodings_are_each_read_in_their_own() -> None:
    """One line of Shift_JIS in a file of UTF-8 is read, and said; neither becomes mojibake."""
    lines = ["氏名,企業".encode(), "髙橋,青葉商事".encode("cp932"), "﨑山,若葉".encode(), "田中,青葉".encode()]
    text, how = decode(b"\n".join(lines), "x.csv")
    assert text.splitlines() == ["氏名,企業", "髙橋,青葉商事", "﨑山,若葉", "田中,青葉"]
    assert how == "utf-8 and cp932 (lines in cp932: 2)"
    assert decode("氏名,企業\n髙橋,青葉".encode("cp932"), "x.csv")[1] == "cp932"


def test_frames_are_read_alike() -> None:
    """A frame with a column named like a pattern is a workspace like any other."""
    cases = pl.DataFrame({"case_id": ["A-1"], "playbook": ["interview-aftercare"], "*": ["x"]})
    events = pl.DataFrame({"case_id": ["A-1"], "activity": ["applied"], "timestamp": ["2026-11-02"], "^a$": ["y"]})
    assert len(pb.Workspace(cases=cases, events=events).due("2026-11-20")) == 1


def test_names_that_begin_like_formulas_are_themselves_inside(tmp_path: Path) -> None:
    """What was guarded for a spreadsheet is read as it is; an apostrophe of its own stays."""
    (tmp_path / "cases.csv").write_text(
        "case_id,playbook,client_id,subject\n'-A1,interview-aftercare,'@home,'24年卒\n", encoding="utf-8"
    )
    (tmp_path / "events.csv").write_text("case_id,activity,timestamp\n'-A1,applied,2026-11-02\n", encoding="utf-8")
    due = pb.open(tmp_path).on("R8.11.20").due()
    assert due.select("case_id", "client_id", "subject").rows() == [("-A1", "@home", "'24年卒")]


def test_an_own_workbook_may_repeat_headers_and_hold_totals(tmp_path: Path) -> None:
    """Every table of a workspace is read so: its people and companies stay, each other line has its reason."""
    sheets = {
        "cases": [["case_id", "playbook", "client_id"], ["A-1", "interview-aftercare", "C1"], ["4月分"],
                  ["case_id", "playbook", "client_id"], ["A-2", "interview-aftercare", "C1"], ["合計", "2名"]],
        "events": [["case_id", "activity", "timestamp"], ["A-1", "applied", "2026-04-01"], ["※毎週更新"],
                   ["A-2", "applied", "2026-04-02"], ["小計", 2]],
        "clients": [["client_id", "name", "segment"], ["C1", "青空", "製造"], ["client_id", "name", "segment"],
                    ["総計", "1社"]],
    }  # fmt: skip
    with Workbook(str(tmp_path / "workspace.xlsx")) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    tables = pb.open(tmp_path / "workspace.xlsx").tables
    assert [tables.cases.height, tables.events.height, tables.clients.height] == [2, 2, 1]
    refused = tables.quarantine.select("table", "row", "code").rows()
    assert sorted(refused) == [
        ("cases", 3, "remark_line"), ("cases", 4, "repeated_header"), ("cases", 6, "total_line"),
        ("clients", 3, "repeated_header"), ("clients", 4, "total_line"),
        ("events", 3, "remark_line"), ("events", 5, "total_line"),
    ]  # fmt: skip
