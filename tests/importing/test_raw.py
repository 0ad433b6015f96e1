"""Files as they come: encodings, headers, workbooks, and everything that is broken."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pytest

from playbook.files.sheet import FileHints
from playbook.importing.raw import read_table
from playbook.words.folding import fold_id, fold_key
from playbook.words.problem import WorkspaceError


def written(path: Path, data: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(data.encode(encoding) if isinstance(data, str) else data)
    return path


NAMES = "ID,氏名,備考\r\n1,髙﨑①,Ⅱ種\r\n2,\ue000田,ｶﾅ\r\n"


@pytest.mark.parametrize(
    ("encoding", "how"),
    [
        ("utf-8", "utf-8, comma"),
        ("utf-8-sig", "utf-8-sig, comma"),
        ("cp932", "cp932, comma"),
        ("utf-16", "utf-16, comma"),
    ],
)
def test_names_survive_every_encoding(tmp_path, encoding, how):
    """Extended characters and gaiji come through UTF-8, BOM, cp932 and UTF-16 as they were written."""
    raw = read_table(written(tmp_path / "a.csv", NAMES, encoding))
    assert raw.frame["氏名"].to_list() == ["髙﨑①", "\ue000田"]
    assert raw.how == how


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters_and_quoted_line_breaks(tmp_path, delimiter):
    """Comma, tab and semicolon part cells; a quoted line break stays in its cell, and rows keep their numbers."""
    text = (
        delimiter.join(["ID", "メモ"])
        + "\n"
        + delimiter.join(["1", '"一行目\n二行目"'])
        + "\n"
        + delimiter.join(["2", "x"])
    )
    raw = read_table(written(tmp_path / "a.csv", text))
    assert raw.frame.rows() == [(2, "1", "一行目\n二行目"), (3, "2", "x")]


def test_a_header_on_the_third_line_is_found(tmp_path):
    """Titles above the header are left out and said; row numbers are those of the file; trailing blanks go."""
    raw = read_table(written(tmp_path / "a.csv", "応募一覧 2026年1月,,\n,,\n氏名 ,応募日　,備考\n佐藤,2026/1/5,\n"))
    assert raw.columns == ("氏名", "応募日", "備考")
    assert raw.frame["row"].to_list() == [4]
    assert raw.remarks[0].text.ja == "見出しは3行目"


def test_a_last_column_without_a_name_is_read(tmp_path):
    """Where the header ends in a blank and rows go on, the column is numbered; where rows do not, there is none."""
    raw = read_table(written(tmp_path / "a.csv", "ID,氏名,,\n1,佐藤,急ぎ,\n2,鈴木,,\n"))
    assert raw.columns == ("ID", "氏名", "column_3")
    assert raw.frame["column_3"].to_list()[0] == "急ぎ" and len(raw.frame) == 2 and raw.refused.is_empty()


def test_a_header_of_two_rows_is_joined(tmp_path):
    """A row that names the gaps of the one above belongs to the header."""
    raw = read_table(written(tmp_path / "a.csv", "氏名,面接,,備考\n,一次,最終,\n佐藤,2026/1/5,2026/1/9,x\n鈴木,,,\n"))
    assert raw.columns == ("氏名", "面接 一次", "面接 最終", "備考")
    assert len(raw.frame) == 2


def test_columns_of_one_name_are_numbered(tmp_path):
    """Two columns of one name are both kept, told apart, and a person is asked to look."""
    raw = read_table(written(tmp_path / "a.csv", "氏名,日付,日付\n佐藤,1,2\n"))
    assert raw.columns == ("氏名", "日付", "日付 (2)")
    assert raw.remarks[0].doubt


def test_a_table_without_a_header_is_read_as_told(tmp_path):
    """header = 0 says that the first row is data."""
    raw = read_table(written(tmp_path / "a.csv", "1,佐藤\n2,鈴木\n"), FileHints(header=(0,)))
    assert raw.frame.rows() == [(1, "1", "佐藤"), (2, "2", "鈴木")]


def test_lines_that_are_no_rows_are_refused_and_counted(tmp_path):
    """Lines of another width, open quotes, NUL characters: set aside with row and reason, the others are read."""
    data = 'ID,氏名\n1,佐藤\n2\n3,"鈴木\n4,高\0橋\n5,田中\n'
    raw = read_table(written(tmp_path / "a.csv", data))
    assert raw.frame["ID"].to_list() == ["1", "5"]
    assert raw.refused.select("row", "code").rows() == [(3, "ragged_line"), (4, "bad_quotes"), (5, "nul_character")]


@pytest.mark.parametrize("quoted", [True, False])
def test_a_cell_of_many_megabytes_is_refused_alone(tmp_path, quoted):
    """A cell that no spreadsheet could hold does not stop the others, and the report does not repeat it."""
    cell = "あ" * 3_000_000
    raw = read_table(written(tmp_path / "a.csv", f"ID,メモ\n1,{chr(34) * quoted}{cell}{chr(34) * quoted}\n2,x\n"))
    assert raw.frame["ID"].to_list() == ["2"]
    assert len(raw.refused) == 1
    assert raw.refused["value"].str.len_chars().max() <= 200


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b" \r\n\r\n", "the file is empty"),
        ("a.csv", b"\xef\xbb\xbf", "the file is empty"),
        ("a.csv", "氏名\nさとう\n".encode("euc_jp"), "EUC-JP"),
        ("a.csv", b"ID\n\xff\x81\x00\x9f\n", "is not UTF-8"),
        ("a.xlsx", b"ID,name\n1,x\n", "is not a workbook"),
        ("a.xlsx", b"PK\x03\x04 broken off", "is not a workbook"),
        ("a.parquet", b"PAR1 broken off", "is not a Parquet file"),
        ("a.docx", b"x", "a '.docx' file cannot be imported"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_message(tmp_path, name, data, message):
    """An empty, truncated or disguised file is named with what it is not."""
    with pytest.raises(WorkspaceError, match=message) as error:
        read_table(written(tmp_path / name, data))
    assert name in str(error.value)


def test_a_zip_that_is_no_workbook_is_one_message(tmp_path):
    """A zip archive by the name of a workbook is refused."""
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as packed:
        packed.writestr("readme.txt", "hello")
    with pytest.raises(WorkspaceError, match="is not a workbook"):
        read_table(tmp_path / "a.xlsx")


def test_an_encoding_that_is_told_is_used(tmp_path):
    """EUC-JP is read where the mapping says so, and a wrong claim is one message."""
    path = written(tmp_path / "a.csv", "ID,氏名\n1,佐藤\n", "euc_jp")
    assert read_table(path, FileHints(encoding="euc_jp")).frame["氏名"].to_list() == ["佐藤"]
    with pytest.raises(WorkspaceError, match="cannot be read as utf-8"):
        read_table(path, FileHints(encoding="utf-8"))


@pytest.fixture
def workbook(tmp_path) -> Path:
    """A list as people make them: a title, a header of two rows with merged cells, merged names, dates of several
    kinds.
    """
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "応募一覧"
    sheet.append(["応募者一覧", None, None, None, None])
    sheet.append([])
    sheet.append(["企業", "氏名", "面接", None, "備考"])
    sheet.append([None, None, "一次 ", "最終", None])
    sheet.append(["青葉商事", "佐藤　昇", dt.datetime(2026, 1, 5), 46040, "=1+1"])
    sheet.append([None, "髙橋 花", "令和8年1月6日", None, "1,200"])
    for cells in ("A1:E1", "A3:A4", "B3:B4", "C3:D3", "E3:E4", "A5:A6"):
        sheet.merge_cells(cells)
    book.create_sheet("集計").append(["x"])
    book.save(tmp_path / "応募.xlsx")
    return tmp_path / "応募.xlsx"


# openpyxl opens a temporary file without naming its encoding.
_BY_OPENPYXL = pytest.mark.filterwarnings("ignore::EncodingWarning")


@_BY_OPENPYXL
def test_a_workbook_with_merged_and_two_row_headers(workbook):
    """Merged headings name every column, merged names stand in each of their rows, and rows keep their numbers."""
    raw = read_table(workbook)
    assert raw.columns == ("企業", "氏名", "面接 一次", "面接 最終", "備考")
    assert raw.frame.rows() == [
        (5, "青葉商事", "佐藤　昇", "2026-01-05", "46040", ""),
        (6, "青葉商事", "髙橋 花", "令和8年1月6日", "", "1,200"),
    ]
    said = "\n".join(remark.text.ja for remark in raw.remarks)
    assert "見出しは3、4行目" in said
    assert "結果が保存されていない数式が1件" in said


@_BY_OPENPYXL
def test_a_sheet_is_chosen_by_its_name(workbook):
    """The sheet that is told is read; one that is not there is named with those that are."""
    assert read_table(workbook, FileHints(sheet="集計", header=(0,))).frame["column_1"].to_list() == ["x"]
    with pytest.raises(WorkspaceError, match="there is no sheet '応募者'"):
        read_table(workbook, FileHints(sheet="応募者"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("㈱青葉", "(株) 青葉"),
        ("ｶﾌﾞ", "カブ"),
        ("⾯接⽇", "面接日"),
        ("⻑⾕川", "長谷川"),
        ("１－２", "1-2"),
        ("4月〜6月", "4月～6月"),
        ("東京~大阪", "東京〜大阪"),
        ("Ⅱ", "II"),
    ],
)
def test_forms_that_are_the_same_to_a_reader_match(one, other):
    """Width, compatibility characters, radicals from PDF files, half-width kana and dashes do not keep texts apart."""
    assert fold_key(one) == fold_key(other)


def test_capitals_tell_ids_apart():
    """An id of some systems differs in capitals only."""
    assert fold_id("00Q5g") != fold_id("00q5G")
    assert fold_id("Ａ １") == "A1"


@pytest.mark.parametrize(("one", "other"), [("髙橋", "高橋"), ("﨑", "崎"), ("渡邊", "渡辺")])
def test_different_characters_of_names_stay_different(one, other):
    """A name is never taken for another that is only written with a related character."""
    assert fold_key(one) != fold_key(other)
