"""Columns of dates: the forms that people write, what only the whole column can tell, and what is flagged."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thinned import tries

from playbook.importing.dates import Reading, order_doubts, read_dates
from playbook.tables.columns import ZERO_DAYS

TOKYO = "Asia/Tokyo"


def read(*cells: str | None, told: Reading | None = None, beside: tuple[pl.Series, ...] = ()):
    return read_dates(pl.Series(cells, dtype=pl.String), TOKYO, told or Reading(), beside)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026/1/5", "2026-01-05"),
        ("2026年1月5日", "2026-01-05"),
        ("２０２６年１月５日", "2026-01-05"),
        ("令和8年1月5日", "2026-01-05"),
        ("R8.1.5", "2026-01-05"),
        ("令和元年5月1日", "2019-05-01"),
        ("H31.4.30", "2019-04-30"),
        ("2026.1.5", "2026-01-05"),
        ("20260105", "2026-01-05"),
        ("2026/1/5(月)", "2026-01-05"),
        ("2026/1/5 9:05", "2026-01-05T09:05:00+09:00"),
        ("2026年1月5日 午後3時", "2026-01-05T15:00:00+09:00"),
        ("2026-09-17T16:30Z", "2026-09-18T01:30:00+09:00"),
        ("2026-09-17T16:30:00+00:00", "2026-09-18T01:30:00+09:00"),
        ("1767571200000", "2026-01-05T09:00:00+09:00"),
        ("1767571200", "2026-01-05T09:00:00+09:00"),
        ("46027", "2026-01-05"),
        ("46027.5", "2026-01-05T12:00:00+09:00"),
        ("5-Jan-26", "2026-01-05"),
        ("January 5, 2026 3:05 PM", "2026-01-05T15:05:00+09:00"),
        ("2026/1/5 10:00～11:00", "2026-01-05T10:00:00+09:00"),
    ],
)
def test_a_form_with_one_reading_is_read(written, expected):
    """Each form that people and systems write becomes the same day or instant in Japan."""
    found = read(written)
    assert (found.text[0], found.refused[0]) == (expected, None)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1/5", "no_year"),
        ("1940/4/1", "out_of_range"),
        ("2/30", "bad_date"),
        ("1/5→1/9", "two_days"),
        ("1月5日", "no_year"),
        ("3日", "duration"),
        ("10 days, 15:10:10", "duration"),
        ("10:10", "time_only"),
        ("2026/2/30", "bad_date"),
        ("来週", "bad_date"),
        ("2026/1/5(火)", "bad_date"),
        ("=TODAY()", "bad_date"),
    ],
)
def test_what_is_no_date_says_what_it_is(written, code):
    """A duration, a time, a day without its year, a wrong weekday: refused, each with its reason."""
    found = read(written)
    assert (found.text[0], found.refused[0]) == (None, code)


def test_several_forms_in_one_column_are_counted():
    """A column that changes its form halfway is read throughout, and the report can say how often each form occurs."""
    found = read("2026/1/5", "2026-01-06", "46029", None, "令和8年1月8日")
    assert found.text.to_list() == ["2026-01-05", "2026-01-06", "2026-01-07", None, "2026-01-08"]
    assert dict(found.forms) == {"slashes": 1, "iso": 1, "excel": 1, "era": 1}


@pytest.mark.parametrize(
    ("cells", "expected", "order"),
    [
        (("13/01/2026", "02/03/2026"), ["2026-01-13", "2026-03-02"], "日・月・年の順"),
        (("01/13/2026", "02/03/2026"), ["2026-01-13", "2026-02-03"], "月・日・年の順"),
    ],
)
def test_one_cell_with_a_single_reading_decides_the_column(cells, expected, order):
    """The order of day and month comes from the cells that leave no choice, and that is said."""
    found = read(*cells)
    assert found.text.to_list() == expected
    assert order in found.remarks[0].text.ja


def test_a_column_of_nothing_but_choices_is_refused_with_a_way_out():
    """Where nobody can know the order, no cell is read, and the person is told which line of the mapping decides."""
    found = read("01/02/2026", "03/04/2026")
    assert found.text.to_list() == [None, None]
    assert found.refused.to_list() == ["ambiguous_date"] * 2
    assert read("01/02/2026", told=Reading(order="day first")).text.to_list() == ["2026-02-01"]


def test_a_day_that_equals_its_month_needs_no_decision():
    """03/03/2026 is one day in either order."""
    assert read("03/03/2026", "01/02/2026").text.to_list() == ["2026-03-03", None]


def test_mixed_orders_keep_what_is_certain():
    """Where cells prove both orders, those with one reading are not guessed into the other, and the mixture is a
    doubt.
    """
    found = read("13/01/2026", "01/14/2026", "02/03/2026")
    assert found.refused.to_list()[2] == "ambiguous_date"
    assert found.remarks[0].doubt


def test_office_days_decide_where_no_cell_does():
    """Twelve choices that are all working days of one month in one order, and spread over a year in the other, are
    decided and flagged."""
    cells = [f"{day:02d}/10/2026" for day in (1, 2, 5, 6, 7, 8, 9, 12)]
    found = read(*cells)
    assert found.text.to_list()[:2] == ["2026-10-01", "2026-10-02"]
    assert found.remarks[0].doubt


def test_other_dates_of_the_row_decide_where_no_cell_does():
    """Dates beside the column that are known tell which reading is near."""
    days = [date(2026, month, 3) for month in range(1, 11)]
    cells = [f"{day.day:02d}/{day.month:02d}/{day.year}" for day in days]
    beside = pl.Series([(day + timedelta(days=2)).isoformat() for day in days])
    assert read(*cells).text.null_count() > 0
    assert read(*cells, beside=(beside,)).text.to_list() == [day.isoformat() for day in days]


def swapped_file(seed: int = 1, n: int = 300) -> tuple[list[date], list[str]]:
    """True working days, and what a copy says in which every date that could be swapped was."""
    draw = random.Random(seed)
    days = [date(2011, 1, 3) + timedelta(weeks=draw.randrange(200)) for _ in range(n)]  # Mondays, as days of hire are
    return days, [
        day.replace(month=day.day, day=day.month).isoformat() if day.day <= 12 else day.isoformat() for day in days
    ]


def test_a_column_of_swapped_dates_is_flagged_and_can_be_put_right():
    """A swap that parses without an error shows in the weekdays; the doubt names the cure, and the cure restores
    every day.
    """
    days, cells = swapped_file()
    assert sum(a.isoformat() != b for a, b in zip(days, cells, strict=True)) > 90
    found = read(*cells)
    assert [remark.doubt for remark in found.remarks] == [True]
    assert "swapped = true" in found.remarks[0].text.en
    assert read(*cells, told=Reading(swapped=True)).text.to_list() == [day.isoformat() for day in days]


def test_only_what_cannot_be_right_is_swapped():
    """Where the row has other days, those cells are swapped that lie far from them as they stand; the others are listed."""
    days = [date(2026, 3, 2) + timedelta(days=4 * n) for n in range(40)]
    cells = [day.isoformat() for day in days]
    wrong = [n for n, day in enumerate(days) if day.day <= 12 and day.day != day.month][::2]
    for n in wrong:
        cells[n] = days[n].replace(month=days[n].day, day=days[n].month).isoformat()
    beside = pl.Series([(day - timedelta(days=3)).isoformat() for day in days])
    found = read(*cells, told=Reading(swapped=True), beside=(beside,))
    clear = [n for n in wrong if abs((days[n] - date.fromisoformat(cells[n])).days) > 60]
    assert clear
    assert [found.text[n] for n in clear] == [days[n].isoformat() for n in clear]
    assert [found.text[n] for n in range(40) if n not in wrong] == [
        days[n].isoformat() for n in range(40) if n not in wrong
    ]
    assert [remark.doubt for remark in found.remarks] == [False, True]


def test_a_column_that_a_spreadsheet_half_converted_is_flagged():
    """Cells left as 30/03/2015 beside dates that are all before the 13th: the dates are swapped, and the cure restores them."""
    days = [date(2015, 1, 1) + timedelta(days=5 * n) for n in range(60)]
    cells = [
        f"{day:%d/%m/%Y}" if day.day > 12 else day.replace(month=day.day, day=day.month).isoformat() for day in days
    ]
    assert any("12日以前" in remark.text.ja and remark.doubt for remark in read(*cells).remarks)
    assert read(*cells, told=Reading(swapped=True)).text.to_list() == [day.isoformat() for day in days]


@pytest.mark.parametrize("seed", range(5))
def test_a_column_that_is_right_is_not_flagged(seed):
    """Working days of several years are no reason to doubt."""
    days, _ = swapped_file(seed)
    shifted = [(day + timedelta(days=n % 5)).isoformat() for n, day in enumerate(days)]
    assert read(*shifted).remarks == ()


def test_weekends_are_flagged():
    """A column in which one date in five is on a weekend is worth a look."""
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(60)]
    assert "土日" in read(*(day.isoformat() for day in days)).remarks[0].text.ja


def test_columns_in_the_wrong_order_are_flagged():
    """Interviews that lie before the application in more than one row of twenty are a doubt about the later column."""
    applied = pl.Series(["2026-01-10"] * 10)
    held = pl.Series(["2026-01-05"] * 4 + ["2026-01-20"] * 6)
    ((column, remark),) = order_doubts([("応募日", applied), ("面接日", held)])
    assert (column, remark.doubt) == ("面接日", True)
    assert "10件中4件" in remark.text.ja


def test_serials_of_a_mac_are_read_from_1904_where_that_is_told_or_nearer():
    """Excel's two epochs lie four years apart; the one that is told, or nearer to the column's written dates, is
    taken.
    """
    assert read("44565", told=Reading(epoch="excel 1904")).text.to_list() == ["2026-01-05"]
    found = read("44565", "44566", "2026/1/7", "2026/1/8")
    assert found.text.to_list()[:2] == ["2026-01-05", "2026-01-06"]
    assert any(remark.doubt for remark in found.remarks)


def test_formats_that_are_told_come_first():
    """A format of one's own is used where it fits, and the rest of the column is read as ever."""
    told = Reading(formats=("%d.%m.%y", "%Y/%m"))
    assert read("05.01.26", "2026/1/6", "2026/03", told=told).text.to_list() == [
        "2026-01-05",
        "2026-01-06",
        "2026-03-01",
    ]


def test_times_without_an_offset_may_be_utc():
    """Where the file's times are UTC, evening in London is the next day in Japan; a day alone stays its day."""
    found = read("2026-01-05 16:30", "2026-01-05", told=Reading(timezone="UTC"))
    assert found.text.to_list() == ["2026-01-06T01:30:00+09:00", "2026-01-05"]


@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=30), st.dates(date(1990, 1, 1), date(2035, 1, 1)).map(str)), max_size=30
    )
)
@settings(max_examples=tries(15, 250), deadline=None)
def test_every_cell_is_read_refused_or_blank(cells):
    """Each cell that is neither blank nor Excel's zero is either an ISO date or has a reason, never both."""
    found = read(*cells)
    for cell, text, code in zip(cells, found.text, found.refused, strict=True):
        assert ((text is not None) + (code is not None)) == (cell is not None and cell not in ZERO_DAYS)


FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "data" / "formats" / "excel"


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the real workbooks are not part of the project")
@pytest.mark.parametrize("name", ["calamine_date.xls", "calamine_date.xlsx", "calamine_date_1904.xlsx"])
def test_workbooks_of_both_epochs_say_the_same_days(name):
    """The same cells of a Windows and a Mac workbook are the same days, and a length of time is no day."""
    from playbook.files.sheet import FileHints
    from playbook.importing.raw import read_table

    raw = read_table(FIXTURES / name, FileHints(header=(0,)))
    found = read_dates(raw.frame["column_1"], TOKYO)
    assert found.text.to_list() == ["2021-01-01", "2021-01-02", None]
    assert found.refused.to_list() == [None, None, "duration"]


def test_a_day_without_a_year_takes_the_one_that_fits_its_row():
    """The other days of the row decide, over the turn of the year too; a row without another day is asked about."""
    beside = pl.Series(["2025-12-18", "2026-02-02", None])
    found = read("1月9日", "2/10", "3/4", beside=(beside,))
    assert found.text.to_list() == ["2026-01-09", "2026-02-10", "2026-03-04"]
    assert [(remark.doubt, remark.text.ja[:9]) for remark in found.remarks] == [
        (True, "年のない日付1件は"),
        (False, "年のない日付2件に"),
    ]


def test_alone_a_day_without_a_year_is_not_long_after_the_export():
    """Without any other day the export's day decides; a year that is told goes before everything."""
    taken = date(2027, 1, 20)
    cells = pl.Series(["11/5", "2/1", "6/1"])
    assert read_dates(cells, TOKYO, taken=taken).text.to_list() == ["2026-11-05", "2027-02-01", "2026-06-01"]
    assert read("11/5", told=Reading(year=2024)).text.to_list() == ["2024-11-05"]
    assert read("11/5").refused.to_list() == ["no_year"]


def test_words_beside_a_day_are_kept_and_say_whether_it_took_place():
    """A day with a word is that day; the word is its note, and says whether it is planned or was called off."""
    found = read("2026/10/5 面接済", "2026/10/14予定", "2026年3月11日／青葉", "キャンセル 2026/4/1", "2026/4/2")
    assert found.text.to_list() == ["2026-10-05", "2026-10-14", "2026-03-11", "2026-04-01", "2026-04-02"]
    assert found.notes.to_list() == ["面接済", "予定", "青葉", "キャンセル", None]
    assert found.planned.to_list() == [False, True, False, False, False]
    assert found.called_off.to_list() == [False, False, False, True, False]


@pytest.mark.parametrize("written", ["0", "00:00:00", "1900/1/0", "1899-12-30", "0000-00-00 00:00:00"])
def test_the_zero_of_a_spreadsheet_is_an_empty_day(written):
    """What Excel and databases write into an empty cell of days is no day and no mistake."""
    found = read(written, "2026/4/1")
    assert (found.text.to_list(), found.refused.null_count()) == ([None, "2026-04-01"], 2)
