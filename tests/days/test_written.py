"""Written dates and times: every form with one reading, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thinned import tries

from playbook.days.moment import read_moment
from playbook.days.written import localise, parse_days, parse_instants, undecided

TOKYO = "Asia/Tokyo"

MOMENTS = {
    "2026-01-05": "2026-01-05T00:00:00+09:00",
    " 2026-01-05 ": "2026-01-05T00:00:00+09:00",
    "20260105": "2026-01-05T00:00:00+09:00",
    "2026-01-05T09:05": "2026-01-05T09:05:00+09:00",
    "2026-01-05 09:05:06": "2026-01-05T09:05:06+09:00",
    "2026-01-05T09:05:06.123": "2026-01-05T09:05:06.123000+09:00",
    "2026-01-05T09:05:06.123456789Z": "2026-01-05T18:05:06.123456+09:00",
    "2026-01-04T16:30Z": "2026-01-05T01:30:00+09:00",
    "2026-01-04T16:30:00Z": "2026-01-05T01:30:00+09:00",
    "2026-01-05T09:05:00+09:00": "2026-01-05T09:05:00+09:00",
    "2026-01-05 09:05:00+0900": "2026-01-05T09:05:00+09:00",
    "2026-01-05T00:05:00-05:00": "2026-01-05T14:05:00+09:00",
    "2026-01-05T24:00": "2026-01-06T00:00:00+09:00",
    "2026/1/5": "2026-01-05T00:00:00+09:00",
    "2026/01/05(月)": "2026-01-05T00:00:00+09:00",
    "2026-1-5 9:05": "2026-01-05T09:05:00+09:00",
    "2026.1.5": "2026-01-05T00:00:00+09:00",
    "2026年1月5日": "2026-01-05T00:00:00+09:00",
    "2026年1月5日 9時5分": "2026-01-05T09:05:00+09:00",
    "2026年1月5日9時": "2026-01-05T09:00:00+09:00",
    "2026年1月5日（月） 午後3時30分": "2026-01-05T15:30:00+09:00",
    "２０２６年１月５日　９時５分": "2026-01-05T09:05:00+09:00",
    "２０２６／１／５　９：０５": "2026-01-05T09:05:00+09:00",
    "令和8年1月5日": "2026-01-05T00:00:00+09:00",
    "㋿8年1月5日": "2026-01-05T00:00:00+09:00",
    "R8.1.5": "2026-01-05T00:00:00+09:00",
    "r8/1/5 9:05": "2026-01-05T09:05:00+09:00",
    "Ｒ８．１．５": "2026-01-05T00:00:00+09:00",
    "令和元年5月1日": "2019-05-01T00:00:00+09:00",
    "R1.5.1": "2019-05-01T00:00:00+09:00",
    "H31.4.30": "2019-04-30T00:00:00+09:00",
    "平成３１年４月３０日": "2019-04-30T00:00:00+09:00",
    "昭和64年1月7日": "1989-01-07T00:00:00+09:00",
    "S63.2.29": "1988-02-29T00:00:00+09:00",
}

UNREADABLE = [
    "",
    "-",
    "未定",
    "01/02/2026",
    "1/2/26",
    "26/1/5",
    "5.1.2026",
    "1/5",
    "2026-02-30",
    "2026-13-01",
    "2026-1/5",
    "2026-1-510:00",
    "2026-01-05T25:00",
    "2026-01-05T09:60",
    "2026-01-05T09:05:60",
    "2026-01-05T09:05+09:75",
    "2026-01-05T24:01",
    "2026/1/5(火)",
    "午後3時",
    "2026年1月5日 午後13時",
    "2026年1月5日 午前12時",
    "令和元年4月30日",
    "令和0年5月1日",
    "R8/1-5",
    "46027",
    "0000-01-01",
    "2026-01-05 とか",
    "２０２６年１３月５日",
    "9999-12-31T23:59:59-23:59",
]


@pytest.mark.parametrize(("written", "meant"), MOMENTS.items())
def test_every_form_with_one_reading_is_read(written: str, meant: str) -> None:
    """A text is the instant it says, alone and in a column of other forms."""
    expected = datetime.fromisoformat(meant)
    assert parse_instants(pl.Series([written]), TOKYO).to_list() == [expected]
    assert parse_instants(pl.Series(["2026-03-01", written, "x"]), TOKYO)[1] == expected


@pytest.mark.parametrize("written", UNREADABLE)
def test_what_has_no_single_reading_is_not_read(written: str) -> None:
    """A text that is no date, no possible date or an undecided one is null, in either way of parsing."""
    assert parse_instants(pl.Series([written, "2026-01-05"]), TOKYO)[0] is None
    assert parse_days(pl.Series([written, "2026-01-05"]), TOKYO)[0] is None


def test_undecided_order_is_told_from_no_date() -> None:
    """Day-first and month-first texts are known as such."""
    texts = pl.Series(["01/02/2026", "１/２/26", "5.1.2026", "2026/1/5", "soon", None])
    assert undecided(texts).to_list() == [True, True, True, False, False, False]


@given(st.datetimes(datetime(1949, 1, 1), datetime(2099, 12, 31)), st.sampled_from(["T", " "]))
@settings(max_examples=tries(7, 250), deadline=None)
def test_fast_and_slow_reading_agree(moment: datetime, separator: str) -> None:
    """What the vectorised forms read is what the plain reading of one text says."""
    whole = moment.replace(microsecond=0)
    texts = [
        moment.isoformat(separator),
        whole.isoformat(separator),
        whole.isoformat(separator, "minutes"),
        whole.date().isoformat(),
        moment.isoformat(separator) + "Z",
        whole.isoformat(separator) + "+05:30",
    ]
    plain = [read_moment(text) for text in texts]
    zone = ZoneInfo(TOKYO)
    expected = [one.replace(tzinfo=zone) if one.tzinfo is None else one.astimezone(zone) for one in plain if one]
    for text, meant in zip(texts, expected, strict=True):
        assert parse_instants(pl.Series([text]), TOKYO).to_list() == [meant]


@given(st.lists(st.text(max_size=30), max_size=8))
@settings(max_examples=tries(7, 250), deadline=None)
def test_any_text_is_read_or_null(texts: list[str]) -> None:
    """No text whatever stops the reading, and the column keeps its length and type."""
    read = parse_instants(pl.Series(texts, dtype=pl.String), TOKYO)
    assert len(read) == len(texts) and read.dtype == pl.Datetime("us", TOKYO)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo"])
def test_skipped_and_repeated_local_times_follow_pep_495(zone: str) -> None:
    """Every local quarter of an hour of a year is the instant that fold=0 says."""
    start = datetime(2018, 1, 1)
    naive = [start + timedelta(minutes=15 * n) for n in range(365 * 96)]
    expected = [one.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for one in naive]
    read = localise(pl.Series(naive, dtype=pl.Datetime("us")), zone).dt.convert_time_zone("UTC")
    assert read.to_list() == expected


def test_typed_columns_keep_their_meaning() -> None:
    """Days and naive times are local, aware times keep their instant, numbers are no dates but for yyyymmdd."""
    zone = ZoneInfo(TOKYO)
    day = pl.Series([date(2026, 1, 5), None])
    assert parse_instants(day, TOKYO).to_list() == [datetime(2026, 1, 5, tzinfo=zone), None]
    naive = pl.Series([datetime(2026, 1, 5, 9)]).cast(pl.Datetime("ns"))
    assert parse_instants(naive, TOKYO).to_list() == [datetime(2026, 1, 5, 9, tzinfo=zone)]
    aware = pl.Series([datetime(2026, 1, 4, 16, 30, tzinfo=UTC)])
    assert parse_instants(aware, TOKYO).to_list() == [datetime(2026, 1, 5, 1, 30, tzinfo=zone)]
    assert parse_days(aware, TOKYO).to_list() == [date(2026, 1, 5)]
    assert parse_days(naive, TOKYO).to_list() == [date(2026, 1, 5)]
    assert parse_days(pl.Series([20260105.0, 46027.0, None]), TOKYO).to_list() == [
        date(2026, 1, 5),
        None,
        None,
    ]
    assert parse_days(pl.Series([True]), TOKYO).to_list() == [None]
    assert parse_instants(pl.Series([], dtype=pl.Boolean), TOKYO).to_list() == []
