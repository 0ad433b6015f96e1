"""Columns of written dates and times to instants and days: every form with one reading, as `days.moment` reads it.

A time without an offset is local to the workspace's zone. Where the clocks go back it is the earlier of the
two instants; where they go forward, a time that was skipped is counted with the offset in force before (2:30
becomes 3:30), as in PEP 495 with fold=0 and RFC 5545.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import polars as pl

from playbook.days.moment import read_moment

_D = r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-[0-9]{2}"
_HM = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_ISO = (  # pattern, format, written with an offset
    (rf"^{_D}$", "%Y-%m-%d", False),
    (rf"^{_D}T{_HM}:[0-5][0-9]$", "%Y-%m-%dT%H:%M:%S", False),
    (rf"^{_D} {_HM}:[0-5][0-9]$", "%Y-%m-%d %H:%M:%S", False),
    (rf"^{_D}T{_HM}$", "%Y-%m-%dT%H:%M", False),
    (rf"^{_D} {_HM}$", "%Y-%m-%d %H:%M", False),
    (
        rf"^{_D}T{_HM}:[0-5][0-9](?:\.[0-9]{{1,6}})?(?:Z|[+-]{_HM})$",
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        True,
    ),
    (
        rf"^{_D} {_HM}:[0-5][0-9](?:\.[0-9]{{1,6}})?(?:Z|[+-]{_HM})$",
        "%Y-%m-%d %H:%M:%S%.f%#z",
        True,
    ),
    (rf"^{_D}T{_HM}:[0-5][0-9]\.[0-9]{{1,6}}$", "%Y-%m-%dT%H:%M:%S%.f", False),
)

_UNDECIDED = r"^\s*[0-9０-９]{1,2}\s*[-/.／．－]\s*[0-9０-９]{1,2}\s*[-/.／．－]\s*(?:[0-9０-９]{4}|[0-9０-９]{2})"


def parse_instants(series: pl.Series, tz: str) -> pl.Series:
    """The instants that are written in a column, in the zone `tz`; null where none can be read.

    A date alone stands for 00:00 of its day. Typed columns keep their meaning: days, naive times are local.

    >>> written = pl.Series(["令和8年1月5日 9時5分", "2026-01-04T16:30Z", "01/02/2026"])
    >>> parse_instants(written, "Asia/Tokyo").dt.to_string("iso:strict").to_list()
    ['2026-01-05T09:05:00.000000+09:00', '2026-01-05T01:30:00.000000+09:00', None]
    """
    dtype = series.dtype
    if isinstance(dtype, pl.Datetime):
        instants = series.cast(pl.Datetime("us", dtype.time_zone))
        return localise(instants, tz) if dtype.time_zone is None else instants.dt.convert_time_zone(tz)
    if dtype == pl.Date:
        return localise(series.cast(pl.Datetime("us")), tz)
    if dtype == pl.String:
        return _read(series.str.strip_chars(), tz)
    if dtype.is_integer() or isinstance(dtype, (pl.Categorical, pl.Enum)):
        return _read(series.cast(pl.String), tz)
    if dtype.is_float():  # whole numbers beside empty cells
        whole = series.cast(pl.Int64, strict=False)
        return _read(whole.set(whole != series, None).cast(pl.String), tz)
    return pl.Series(series.name, [None], pl.Datetime("us", tz)).new_from_index(0, len(series))


def parse_days(series: pl.Series, tz: str) -> pl.Series:
    """The local days of the zone `tz` that are written in a column; null where none can be read.

    >>> parse_days(pl.Series(["R8.1.5", "2026-01-04T16:30:00Z", "平成三十一年"]), "Asia/Tokyo").to_list()
    [datetime.date(2026, 1, 5), datetime.date(2026, 1, 5), None]
    """
    if series.dtype == pl.Date:
        return series
    if series.dtype == pl.Datetime and series.dtype.time_zone is None:  # type: ignore[attr-defined]
        return series.dt.date()
    return parse_instants(series, tz).dt.date()


def undecided(series: pl.Series) -> pl.Series:
    """True where a text is a date whose order of day, month and year cannot be known, such as 01/02/2026."""
    if series.dtype != pl.String:
        return pl.Series(series.name, [False]).new_from_index(0, len(series))
    return series.str.contains(_UNDECIDED).fill_null(False)


def localise(naive: pl.Series, tz: str) -> pl.Series:
    """The instants of local times: the earlier one of two, a skipped time with the offset before the gap."""
    instants = naive.dt.replace_time_zone(tz, ambiguous="earliest", non_existent="null")
    if instants.null_count() == naive.null_count():
        return instants
    day = timedelta(days=1)
    before = (naive - day).dt.replace_time_zone(tz, ambiguous="earliest", non_existent="null") + day
    return instants.zip_with(instants.is_not_null(), before)


def _read(text: pl.Series, tz: str) -> pl.Series:
    """ISO in one vectorised step per form; what is left once per distinct text."""
    found = pl.Series(text.name, [None], pl.Datetime("us", tz)).new_from_index(0, len(text))
    for pattern, form, aware in _ISO:
        if found.null_count() == text.null_count():
            return found
        hit = text.str.contains(pattern) & found.is_null()
        if not hit.any():
            continue
        read = text.set(~hit, None).str.to_datetime(form, strict=False, time_unit="us")
        found = found.zip_with(~hit, read.dt.convert_time_zone(tz) if aware else localise(read, tz))
    if found.null_count() == text.null_count():
        return found
    rest = text.set(found.is_not_null(), None)
    return found.zip_with(found.is_not_null(), _read_each(rest, tz))


def _read_each(text: pl.Series, tz: str) -> pl.Series:
    written = text.drop_nulls().unique()
    moments = [read_moment(one) for one in written]
    naive = [moment if moment and moment.tzinfo is None else None for moment in moments]
    utc = [moment if moment and moment.tzinfo is not None else None for moment in moments]
    local = localise(pl.Series(naive, dtype=pl.Datetime("us")), tz)
    shifted = pl.Series(utc, dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(tz)
    known = pl.DataFrame({"text": written, "instant": local.zip_with(local.is_not_null(), shifted)})
    return text.rename("text").to_frame().join(known, on="text", how="left", maintain_order="left")["instant"]


def moment_in(cell: object, tz: str) -> datetime | date | None:
    """What a cell of a workbook says: typed, or written in any form with one reading; a day where it says no time.

    >>> moment_in("R8.1.5", "Asia/Tokyo"), moment_in(datetime(2026, 1, 5, 9), "Asia/Tokyo"), moment_in("", "Asia/Tokyo")
    (datetime.date(2026, 1, 5), datetime.datetime(2026, 1, 5, 9, 0), None)
    """
    if not isinstance(cell, date):
        moment: datetime | None = parse_instants(pl.Series([str(cell or "")]), tz).item()
        cell = moment
    return cell.date() if isinstance(cell, datetime) and cell.time() == time() else cell


def day_in(cell: object, tz: str) -> date | None:
    """The day that a cell of a workbook says."""
    moment = moment_in(cell, tz)
    return moment.date() if isinstance(moment, datetime) else moment
