"""Files as people have them, to raw cells: encodings, delimiters, quotes, broken lines, workbooks."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from unittest.mock import patch

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from thinned import tries

from playbook.files.delimited import read_text
from playbook.files.reader import read_file
from playbook.files.sheet import Headings, Sheet
from playbook.files.workbook import open_workbook, read_sheet
from playbook.tables.declared import ROW
from playbook.words.problem import WorkspaceError

SHARED = Path(__file__).resolve().parents[3] / "shared"
NAMES = "案件,氏名\nA-1,髙橋 﨑子\nA-2,①Ⅱ㈱\n"


def cells(sheet: Sheet) -> list[tuple[object, ...]]:
    """Row number and cells of every row."""
    return sheet.frame.rows()


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp932", "cp932"), ("utf-16", "utf-16")],
)
@pytest.mark.parametrize(("delimiter", "called"), [(",", "comma"), ("\t", "tab"), (";", "semicolon")])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_delimiters_are_told_apart(
    encoding: str, named: str, delimiter: str, called: str, newline: str
) -> None:
    """The same table is read in every encoding, delimiter and line ending that is allowed, names unchanged."""
    text = NAMES.replace(",", delimiter).replace("\n", newline)
    sheet = read_text(text.encode(encoding), "x.csv")
    assert sheet.how == f"{named}, {called}"
    assert sheet.frame.columns == [ROW, "案件", "氏名"]
    assert cells(sheet) == [(2, "A-1", "髙橋 﨑子"), (3, "A-2", "①Ⅱ㈱")]


def test_private_use_characters_of_cp932_survive() -> None:
    """Gaiji keep their code."""
    sheet = read_text(b"name\n\xf0\x40\n", "x.csv")
    assert cells(sheet) == [(2, "\ue000")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x.csv: the file is empty"),
        (b"\n \n", "x.csv: the file is empty"),
        (b"\xef\xbb\xbf", "x.csv: the file is empty"),
        (b"a,b\n\x81\x20,1\n", r"byte 4 is not UTF-8, byte 4 is not cp932 either; allowed: UTF-8"),
        (b"a\n\x80\n", "bytes that cp932 leaves unused"),
        ("氏名\nたなか\n".encode("euc_jp"), "looks like EUC-JP"),
        (b"\xff\xfea\x00\x00", "byte 4 is not UTF-16"),
        ("案件,名\n1,2".encode("utf-16-le"), "not UTF-8|NUL|cannot be read"),
        (b"a\0,b\n1,2\n", "the header cannot be read"),
        (b'"a,b\n1,2\n', "the header cannot be read"),
        (b"a,b,a \n1,2,3\n", "more than one column is named 'a'"),
    ],
)
def test_what_is_no_table_is_one_clear_error(data: bytes, message: str) -> None:
    """A file that cannot be decoded or has no usable header is refused with its name and the reason."""
    with pytest.raises(WorkspaceError, match=message) as caught:
        read_text(data, "x.csv")
    assert "x.csv" in str(caught.value)


def test_header_only_is_a_table_without_rows() -> None:
    """A header alone is a table, and a blank end is no rows."""
    assert cells(read_text(b"a,b\n", "x.csv")) == []
    assert cells(read_text(b"a,b\n,\n , \n\n", "x.csv")) == []


def test_headers_are_stripped_and_nameless_columns_kept() -> None:
    """Spaces around names go, full-width ones too; a nameless column is called by its position."""
    sheet = read_text("\n a ,ｂ\u3000,,row\n1,2,3,4\n".encode(), "x.csv")
    assert sheet.frame.columns == [ROW, "a", "ｂ", "column_3", "row_given"]
    assert cells(sheet) == [(3, "1", "2", "3", "4")]


def test_quoted_line_breaks_are_one_row() -> None:
    """A row number counts rows as a spreadsheet does, not lines."""
    sheet = read_text(b'a,b\n1,"x\ny\r\nz"\n\n2,"say ""hi"""\n', "x.csv")
    assert cells(sheet) == [(2, "1", "x\ny\r\nz"), (4, "2", 'say "hi"')]


@pytest.mark.parametrize("quote", ["", '"'])
def test_lines_that_are_no_rows_are_set_aside(quote: str) -> None:
    """Too few or too many cells and NUL characters refuse one row each; blank cells beyond the header do not."""
    text = f"a,b\n1,2\n3\n4,5,6\n7,8,,\n\n,\n{quote}9{quote},1\x000\n11,12\n,\n"
    sheet = read_text(text.encode(), "x.csv")
    assert cells(sheet) == [(2, "1", "2"), (5, "7", "8"), (7, "", ""), (9, "11", "12")]
    assert sheet.refused.select(ROW, "code").rows() == [
        (3, "ragged_line"),
        (4, "ragged_line"),
        (8, "nul_character"),
    ]


def test_a_quote_that_does_not_close_costs_one_row() -> None:
    """Reading goes on with the next line, also where the quote would have swallowed the rest."""
    sheet = read_text(b'a,b\n1,"open\n2,x\n"3"4,y\n5,"z"\n6,"cut', "x.csv")
    assert cells(sheet) == [(3, "2", "x"), (5, "5", "z")]
    assert sheet.refused.select(ROW, "code").rows() == [
        (2, "bad_quotes"),
        (4, "bad_quotes"),
        (6, "bad_quotes"),
    ]


def test_a_file_of_open_quotes_is_refused() -> None:
    """A file in which no quote closes is an error, not an hour of reading."""
    with pytest.raises(WorkspaceError, match="more than 100 quotes that do not close"):
        read_text(b"a,b\n" + b'1,"x\n' * 400, "x.csv")


def test_a_cell_of_many_megabytes_costs_one_row() -> None:
    """A cell too large for any spreadsheet is refused, and the rest is read."""
    sheet = read_text(b'a,b\n1,"' + b"x" * 5_000_000 + b'"\n2,y\n', "x.csv")
    assert cells(sheet) == [(3, "2", "y")]
    assert sheet.refused[ROW].to_list() == [2]


line_cells = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters='"\0'), max_size=6)


@given(st.lists(st.lists(line_cells, min_size=0, max_size=4), max_size=8))
@settings(max_examples=tries(15, 250), deadline=None)
def test_splitting_and_the_csv_rules_agree(rows: list[list[str]]) -> None:
    """Text without quotes is read the same by the fast way as by the csv rules, every line accounted for."""
    lines = [",".join(row).replace("\r", "").replace("\n", "") for row in rows]
    assert_read_alike("\n".join(["a,b", "1,2", *lines]) + "\n")


def assert_read_alike(text: str) -> None:
    """A long text, which is read many rows at once, is read as a short one, record by record."""
    slow = read_text(text.encode(), "x.csv")
    with patch("playbook.files.delimited._LONG", 0):
        fast = read_text(text.encode(), "x.csv")
    assert fast.frame.equals(slow.frame)
    assert fast.refused.equals(slow.refused)


parts = st.sampled_from(
    ["a", '"', '""', ",", "\n", "\r\n", "b,c\n", '"x"', '"x,y"', 'a,"x"\n', '"a""",b\n', " ", "あ", ",,"]
)


@given(st.lists(parts, max_size=14).map("".join), st.sampled_from(["a,b\n", '"a","b"\n', "a,b\r\n"]))
@settings(max_examples=tries(60, 200), deadline=None)
def test_whatever_quotes_there_are_many_rows_at_once_are_read_alike(body: str, head: str) -> None:
    """Quotes that do not close, that stand inside a cell or around a line break mean the same to both ways."""
    assert_read_alike(head + body)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_long_table_without_anything_odd_is_read_at_once(quote: str) -> None:
    """Where the table is written again as it stands it was read right; the slow way is not taken."""
    text = f"a,b\n{quote}1{quote},{quote}あ{quote}\n"
    with patch("playbook.files.delimited._LONG", 0), patch("playbook.files.delimited._by_csv_rules", None):
        assert cells(read_text(text.encode(), "x.csv")) == [(2, "1", "あ")]


def test_notes_above_a_header_of_known_words_are_left_out() -> None:
    """The row with the known words is the header, in any delimiter, and rows keep the numbers a person sees."""
    knows = Headings({"case_id", "activity"}.__contains__)
    text = "応募の記録;2026年度\n\n更新, 毎週, 金曜, 18時\ncase_id;activity;memo\nA-1;applied;a, b, c\n"
    sheet = read_text(text.encode("cp932"), "x.csv", headings=knows)
    assert sheet.how == "cp932, semicolon"
    assert cells(sheet) == [(5, "A-1", "applied", "a, b, c")]
    assert [remark.text.en for remark in sheet.remarks] == ["the header is in row 4"]


def test_a_column_without_name_and_without_cells_is_none() -> None:
    """Commas behind the header and behind some rows are no columns; a cell that stands there is kept."""
    assert cells(read_text(b"a,b,,\n1,2,,\n3,4\n", "x.csv")) == [(2, "1", "2"), (3, "3", "4")]
    kept = read_text(b"a,b,,\n1,2\n3,4,,5\n", "x.csv")
    assert kept.frame.columns == [ROW, "a", "b", "column_4"] and kept.refused.is_empty()


@given(
    st.lists(
        st.tuples(st.text('aあ",;\n\t ', max_size=5), st.text("bー\r\n'\"", max_size=5)),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=tries(15, 250), deadline=None)
def test_what_the_csv_writer_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    """Every row written by the rules comes back cell by cell, unless it is blank at the end."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([("k", "v"), *rows])
    read = [row[1:] for row in cells(read_text(buffer.getvalue().encode(), "x.csv"))]
    while rows and not "".join(rows[-1]).strip():
        rows.pop()
    assert read == rows


@given(st.binary(max_size=60))
@settings(max_examples=tries(15, 250), deadline=None)
def test_any_bytes_are_a_table_or_one_readable_error(data: bytes) -> None:
    """No file whatever ends in anything but rows or a WorkspaceError that names it."""
    try:
        sheet = read_text(b"a,b\n" + data, "x.csv")
    except WorkspaceError as error:
        assert "x.csv" in str(error)
    else:
        assert sheet.frame.columns[0] == ROW


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    """Typed columns stay typed, and a file that is no Parquet is an error that names it."""
    path = tmp_path / "events.parquet"
    frame = pl.DataFrame({"n": [1, 2], "t": [None, "x"]})
    frame.write_parquet(path)
    assert read_file(path).frame.drop(ROW).equals(frame)
    for broken in (b"", b"PAR1", path.read_bytes()[:40]):
        path.write_bytes(broken)
        with pytest.raises(WorkspaceError, match="events.parquet: is not a Parquet file"):
            read_file(path)


# Workbooks


def workbook_of(path: Path, cells: dict[str, object]) -> None:
    """A workbook with one sheet of some cells."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("events")
        for at, value in cells.items():
            sheet.write(at, value)


def sheet_of(path: Path, name: str) -> Sheet:
    """One sheet of a workbook."""
    return read_sheet(open_workbook(path), name)


def test_row_numbers_of_a_sheet_are_those_a_person_sees(tmp_path: Path) -> None:
    """A table that begins further down keeps its row numbers; cells are written as a person would."""
    path = tmp_path / "x.xlsx"
    workbook_of(path, {"B3": "case_id ", "C3": "n", "B4": 1001, "C4": 2.5, "B6": "A", "C6": True})
    found = sheet_of(path, "events")
    assert found.frame.columns == [ROW, "case_id", "n"]
    assert cells(found) == [(4, "1001", "2.5"), (5, "", ""), (6, "A", "true")]


@pytest.mark.parametrize("name", ["calamine_date.xlsx", "calamine_date_1904.xlsx", "calamine_date.xls"])
def test_serial_dates_of_both_epochs_are_days(name: str) -> None:
    """A serial number formatted as a date is that day in workbooks of 1900 and of 1904."""
    path = SHARED / "data/formats/excel" / name
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    known = json.loads((SHARED / "data/reference/excel_dates.json").read_text(encoding="utf-8"))["values"][name]
    found = sheet_of(path, "Sheet1")
    assert [*found.frame.columns[1:]] == [known[0][0], "15"]
    assert [row[1] for row in cells(found)] == [row[0] for row in known[1:]]


def test_iso_cells_are_read() -> None:
    """A workbook that stores its dates as ISO 8601 text is read as those dates."""
    path = SHARED / "data/formats/excel/calamine_date_iso.xlsx"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    found = sheet_of(path, "Sheet")
    assert found.frame.columns == [ROW, "2021-01-01"]
    assert cells(found)[0] == (2, "2021-01-01T10:10:10")


def test_what_is_no_workbook_is_one_clear_error(tmp_path: Path) -> None:
    """Text, a cut file, another zip and a sheet that would not fit are refused with the file's name."""
    path = tmp_path / "x.xlsx"
    workbook_of(path, {"A1": "a", "XFD1048576": 1})
    with pytest.raises(WorkspaceError, match="x.xlsx: a sheet reaches to cell XFD1048576"):
        open_workbook(path)
    whole = path.read_bytes()
    for broken in (b"", b"hello", whole[: len(whole) // 2], b"PK\x05\x06" + b"\0" * 18):
        path.write_bytes(broken)
        with pytest.raises(WorkspaceError, match="x.xlsx: is not a workbook that can be read"):
            open_workbook(path)


def test_an_empty_sheet_is_one_clear_error(tmp_path: Path) -> None:
    """A sheet without a cell is named."""
    path = tmp_path / "x.xlsx"
    workbook_of(path, {})
    with pytest.raises(WorkspaceError, match="the sheet is empty"):
        sheet_of(path, "events")
