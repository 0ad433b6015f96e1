from __future__ import annotations

import csv
import json
import zipfile
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook  # type: ignore[import-untyped]
from show_sample import BOOK, CLIENTS, DUE, FORMULA, JST, SCRIPT, end

from playbook.files.formulas import neutralise, neutralised, restore
from playbook.show import labels
from playbook.show.answer_list import FIRST_ROW, weekly_book
from playbook.show.spreadsheet import write_table
from playbook.words.problem import ArgumentError
from playbook.words.text import LANGS, Lang

FRAME = pl.DataFrame(
    {
        "at": [end(11, 20), None],
        "day": [date(2026, 11, 20), None],
        "text": [FORMULA, None],
        "n": [-5, None],
        "rate": [-0.25, None],
        "yes": [True, None],
        "fact": [["J-14", "J-15"], None],
        "=head": ["@x", "-1"],
    },
    schema_overrides={"at": pl.Datetime("us", JST.key)},
)


def written(frame: pl.DataFrame, format: str) -> bytes:
    buffer = BytesIO()
    write_table(frame, buffer, format)
    return buffer.getvalue()


def sheet(content: bytes) -> Any:
    return load_workbook(BytesIO(content)).worksheets[0]


# ---- formulas ----


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\ufeff=1", "\u200b=1", "＝1+1", "＋1",
        "－1＋1", "＠SUM(A1)", FORMULA, "-", "=", "+81-3-1234-5678", "'=1", "-2+3+cmd|' /C calc'!A0",
    ],
)  # fmt: skip
def test_what_could_run_is_neutralised(text: str) -> None:
    """Whatever a spreadsheet could take for a formula, in half or full width, begins with an apostrophe."""
    assert neutralise(text) == "'" + text


@pytest.mark.parametrize("text", ["", "-5", "+5", "-1,234.5", "-3.2e-5", "-12%", "佐藤", "a=b", "'24年卒", "1-2", "#1"])
def test_numbers_and_ordinary_texts_stay(text: str) -> None:
    """Numbers, also negative ones written as text, and ordinary texts are not changed."""
    assert neutralise(text) == text == restore(text)


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("=+-@'\t\r\n ＝＋－＠15"))))
@example("''=1")
@example("'-5")
def test_neutralising_loses_nothing(text: str) -> None:
    """Every text comes back, and what is written never begins like a formula unless it is a number."""
    safe = neutralise(text)
    assert restore(safe) == text
    assert safe[:1] not in set("=@＝＋－＠\t\r\n")
    if safe[:1] in {"+", "-"}:
        float(safe.rstrip("%").replace(",", ""))


@given(st.lists(st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from("=+-@'\t\r\n ＝\x1c5,.%e")))))
def test_a_column_is_neutralised_as_each_of_its_texts(texts: list[str]) -> None:
    """The fast way over a column and the plain way over one text agree."""
    column = pl.DataFrame({"t": texts}, schema={"t": pl.String})
    assert neutralised(column["t"]).to_list() == [neutralise(text) for text in texts]


# ---- csv, json, parquet ----


def test_csv_is_exact() -> None:
    """Instants with offset and six decimals, days ISO, absent empty, numbers as they are, formulas neutralised."""
    rows = list(csv.reader(StringIO(written(FRAME, "csv").decode("utf-8"))))
    assert rows == [
        ["at", "day", "text", "n", "rate", "yes", "fact", "'=head"],
        ["2026-11-20T23:59:59.999999+09:00", "2026-11-20", f"'{FORMULA}", "-5", "-0.25", "true", "J-14 J-15", "'@x"],
        ["", "", "", "", "", "", "", "-1"],
    ]


def test_a_csv_file_opens_in_japanese_excel_and_a_stream_does_not_begin_with_a_mark(tmp_path: Path) -> None:
    """A file begins with the mark by which Excel knows UTF-8; standard output does not."""
    path = tmp_path / "期限.csv"
    write_table(FRAME, path)
    assert path.read_bytes() == b"\xef\xbb\xbf" + written(FRAME, "csv")
    assert pl.read_csv(path)["text"][0] == f"'{FORMULA}"


def test_json_is_exact_and_not_neutralised() -> None:
    """In json nothing runs: texts are exact, absent values null, instants as in csv, no NaN or infinity."""
    frame = FRAME.with_columns(rate=pl.Series([float("nan"), float("inf")]))
    first, second = json.loads(written(frame, "json"))
    assert first == {
        "at": "2026-11-20T23:59:59.999999+09:00", "day": "2026-11-20", "text": FORMULA, "n": -5, "rate": None,
        "yes": True, "fact": ["J-14", "J-15"], "=head": "@x",
    }  # fmt: skip
    assert second == dict.fromkeys(first) | {"=head": "-1"}


def test_no_rows_are_an_empty_list_and_a_head() -> None:
    """A frame without rows still has its head, and is an empty json list."""
    assert written(FRAME.clear(), "csv").decode().splitlines() == ["at,day,text,n,rate,yes,fact,'=head"]
    assert json.loads(written(FRAME.clear(), "json")) == []
    assert sheet(written(FRAME.clear(), "xlsx")).max_row == 1


def test_parquet_keeps_everything() -> None:
    """Types, zones, nulls and texts come back from parquet as they were."""
    assert pl.read_parquet(BytesIO(written(FRAME, "parquet"))).equals(FRAME)


def test_other_types_are_written_too() -> None:
    """Categories, times, spans, structures, local instants and long numbers find their way into every file."""
    frame = pl.DataFrame(
        {
            "category": pl.Series(["=a"], dtype=pl.Categorical),
            "span": [timedelta(days=1, hours=2)],
            "struct": [{"a": 1}],
            "local": [datetime(2026, 11, 20, 9)],
            "long": [12345678901234567],
            "old": [date(1890, 1, 1)],
        }
    )
    text = written(frame, "csv").decode()
    assert text.splitlines()[1] == ('\'=a,P1DT2H,"{""a"":1}",2026-11-20T09:00:00.000000,12345678901234567,1890-01-01')
    assert json.loads(written(frame, "json"))[0]["struct"] == {"a": 1}
    cells = [cell.value for cell in sheet(written(frame, "xlsx"))[2]]
    assert cells == ["=a", "P1DT2H", '{"a":1}', datetime(2026, 11, 20, 9), "12345678901234567", "1890-01-01"]


@given(st.lists(st.tuples(st.text(), st.one_of(st.none(), st.integers(-(10**14), 10**14))), max_size=8))
def test_every_frame_comes_back_from_csv(rows: list[tuple[str, int | None]]) -> None:
    """Any texts and numbers written as csv are read back the same, once restored."""
    frame = pl.DataFrame(rows, schema={"text": pl.String, "n": pl.Int64}, orient="row")
    content = written(frame, "csv").decode("utf-8")
    read = list(csv.reader(StringIO(content, newline="")))[1:]
    assert [(restore(text), int(n) if n else None) for text, n in read] == rows


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    """An ending nobody writes is one clear error with the nearest right one."""
    with pytest.raises(ArgumentError, match="found the format 'xls'; allowed: csv, json, parquet, xlsx") as caught:
        write_table(FRAME, tmp_path / "a.xls")
    assert "did you mean 'xlsx'?" in str(caught.value)
    with pytest.raises(ArgumentError, match="found the format ''"):
        write_table(FRAME, tmp_path / "a")


def test_a_file_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    """A folder that does not exist is named, without a traceback's worth of words."""
    with pytest.raises(ArgumentError, match=r"a\.csv: No such file or directory; allowed: a file that can be written"):
        write_table(FRAME, tmp_path / "no" / "a.csv")


# ---- Excel ----


def test_excel_gets_real_values_and_no_formula() -> None:
    """Dates are dates, numbers numbers, and every text is a text that Excel will not run."""
    ws = sheet(written(FRAME, "xlsx"))
    assert [cell.value for cell in ws[2]] == [
        datetime(2026, 11, 20, 23, 59, 59), datetime(2026, 11, 20), FORMULA, -5, -0.25, True, "J-14 J-15", "@x",
    ]  # fmt: skip
    assert [cell.data_type for cell in ws[2]] == ["d", "d", "s", "n", "n", "b", "s", "s"]
    assert ws.cell(2, 3).quotePrefix and ws.cell(2, 8).quotePrefix and ws.cell(1, 8).quotePrefix
    assert not ws.cell(3, 8).quotePrefix
    assert ws.freeze_panes == "A2" and ws.auto_filter.ref == "A1:H3"


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_no_text_breaks_the_workbook(texts: list[str]) -> None:
    """Whatever characters a text holds, the workbook opens and no cell is a formula."""
    ws = sheet(written(pl.DataFrame({"t": texts}), "xlsx"))
    cells = [cell for (cell,) in ws.iter_rows(min_row=2, max_col=1)]
    assert all(cell.data_type != "f" for cell in cells)
    plain = [text for text in texts if text.isprintable() and text]
    assert set(plain) <= {cell.value for cell in cells}


def test_a_text_longer_than_a_cell_is_cut_visibly() -> None:
    """Excel holds 32,767 characters in a cell; a longer text ends with an ellipsis."""
    value = sheet(written(pl.DataFrame({"t": ["あ" * 40_000]}), "xlsx")).cell(2, 1).value
    assert len(value) == 32_767 and value.endswith("…")


@pytest.mark.parametrize("lang", LANGS)
def test_the_weekly_book_has_every_row_named(lang: Lang) -> None:
    """One row per due action, heads and codes in the language, real dates, days left as numbers."""
    ws = sheet(weekly_book(DUE, [BOOK], lang, clients=CLIENTS))
    rows = list(ws.iter_rows(values_only=True))
    assert len(rows) == len(DUE) + FIRST_ROW
    heads = list(rows[FIRST_ROW - 1])
    assert heads[0] == labels.column("owner", lang) and heads[10] == labels.column("days_left", lang)
    first = dict(zip(heads, rows[FIRST_ROW], strict=True))
    assert first[labels.column("owner", lang)] == labels.absent("owner", lang)
    assert first[labels.column("due_at", lang)] == datetime(2026, 11, 17, 23, 59, 59)
    assert first[labels.column("days_left", lang)] == -3
    assert first[labels.column("status", lang)] == labels.value("status", "overdue", lang)
    assert "J-14" in str(first[labels.column("why", lang)])


def test_the_weekly_book_is_formatted() -> None:
    """A frozen head, filters, days with their weekday, colours by status, ready for A4 across."""
    ws = sheet(weekly_book(DUE, [BOOK], "ja", clients=CLIENTS))
    assert ws.title == "期限一覧"
    assert ws.freeze_panes == "A3" and ws.auto_filter.ref == "A2:T10"
    assert ws["I3"].number_format == "[$-411]yyyy/m/d(aaa)"
    assert ws["L3"].fill.start_color.rgb == "FFFBEAE7"
    assert ws.page_setup.orientation == "landscape" and ws.page_setup.paperSize == 9
    assert ws["D4"].value == SCRIPT and ws["E4"].value == FORMULA and ws["E4"].quotePrefix


def test_the_same_rows_give_the_same_bytes() -> None:
    """Nothing of the clock is in any file."""
    for kind in ("csv", "json", "parquet", "xlsx"):
        assert written(FRAME, kind) == written(FRAME, kind)
    book = weekly_book(DUE, [BOOK])
    assert book == weekly_book(DUE, [BOOK])
    with zipfile.ZipFile(BytesIO(book)) as opened:
        assert {info.date_time[0] for info in opened.infolist()} == {1980}
        assert b"2000-01-01" in opened.read("docProps/core.xml")
