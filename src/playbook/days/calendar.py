"""Days of a time zone and business days of Japan, as tables to look moments up in (DESIGN section 4).

A due in days, business days, weeks or months depends only on the day it is counted from. So it is worked out
once per day and looked up for millions of rows; nothing here is counted per row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property, partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import assert_never
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from playbook.rules.nouns import CalendarName, Hours
from playbook.rules.offset import Offset, Unit
from playbook.words.catalogue import msg
from playbook.words.problem import CalendarError, Problem, Said
from playbook.words.text import Text

Days = npt.NDArray[np.int32]
Moments = npt.NDArray[np.int64]

FIRST_YEAR, LAST_YEAR = 1949, 2099  # the years for which `holidays` knows Japan's national holidays
_EPOCH = date(1970, 1, 1)
UNIX = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
_OUTSIDE = np.iinfo(np.int32).min
_DAY = 86_400_000_000
_SECOND_BITS = 63  # a million, and so every number of whole seconds, is a multiple of 64
_BANK_CLOSED = {(12, 31): msg("bank holiday"), (1, 2): msg("bank holiday"),
                (1, 3): msg("bank holiday")}  # fmt: skip


def day_number(day: date) -> int:
    """Days since 1970-01-01, as polars and numpy count them."""
    return (day - _EPOCH).days


def start_of_day(day: date, zone: ZoneInfo) -> int:
    """The first instant of a local day, in microseconds since 1970-01-01 UTC."""
    return (datetime(day.year, day.month, day.day, tzinfo=zone) - UNIX) // INSTANT


@cache
def _starts(zone: ZoneInfo, first_day: int, length: int) -> Moments:
    """The first instants of so many days; every log of a workspace asks for the same."""
    days = (_EPOCH + timedelta(days=first_day + n) for n in range(length))
    starts = np.array([start_of_day(day, zone) for day in days], dtype=np.int64)
    starts.setflags(write=False)
    return starts


@cache
def holiday_names(year: int) -> Mapping[date, Text]:
    """Japan's national holidays of one year, substitute and citizens' holidays included, by name.

    >>> holiday_names(2026)[date(2026, 9, 22)].ja
    '国民の休日'
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarError(_outside_years(msg("year {year}", year=year)))
    ja, en = (_japan()(years=year, language=lang) for lang in ("ja", "en_US"))
    return {day: Text(ja[day], en[day]) for day in ja}


@cache
def _japan() -> Callable[..., Mapping[date, str]]:
    """Japan of `holidays`. Read by itself where that can be: its package imports every country of the world."""
    import holidays

    place = Path(holidays.__file__).with_name("countries") / "japan.py"
    spec = spec_from_file_location("playbook.holidays_of_japan", place)
    if not place.is_file() or spec is None or spec.loader is None:
        return partial(holidays.country_holidays, "JP")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    japan: Callable[..., Mapping[date, str]] = module.Japan
    return japan


def _outside_years(found: Said) -> Problem:
    return Problem(
        msg("calendar"),
        msg("{found} is outside the years whose holidays are known", found=found),
        msg("{first_year} to {last_year}", first_year=FIRST_YEAR, last_year=LAST_YEAR),
        msg("is the year of this date right?"),
    )


@dataclass(frozen=True, slots=True)
class Closure:
    """A company's closing day; without a client, everyone's."""

    day: date
    name: str = ""
    client_id: str | None = None


@dataclass(frozen=True)
class Calendar:
    """Which days are business days: one calendar of a playbook and the closing days that hold for a client.

    >>> jp = Calendar("jp")
    >>> jp.reach(date(2026, 9, 18), Offset.parse("1 business day"))  # over Silver Week
    datetime.date(2026, 9, 24)
    """

    kind: CalendarName
    closures: tuple[Closure, ...] = ()
    first_year: int = FIRST_YEAR
    last_year: int = LAST_YEAR

    @cached_property
    def _names(self) -> Mapping[date, Text]:
        closed = {closure.day: Text(closure.name or "休業日", closure.name or "closed") for closure in self.closures}
        for year in range(self.first_year, self.last_year + 1):
            if self.kind == "jp-bank":
                closed |= {date(year, *at): name for at, name in _BANK_CLOSED.items()}
            closed |= holiday_names(year)
        return closed

    def closed_as(self, day: date) -> Text | None:
        """Why a day is no business day; None where it is one."""
        if name := self._names.get(day):
            return name
        return (msg("Saturday"), msg("Sunday"))[day.weekday() - 5] if day.weekday() > 4 else None

    @cached_property
    def first_day(self) -> int:
        """The number of the first day of the tables."""
        return day_number(date(self.first_year, 1, 1))

    @cached_property
    def length(self) -> int:
        """How many days the tables have."""
        return day_number(date(self.last_year, 12, 31)) - self.first_day + 1

    @cached_property
    def is_open(self) -> npt.NDArray[np.bool_]:
        """Per day of the tables, whether it is a business day."""
        is_open = (np.arange(self.length) + self.first_day + 3) % 7 < 5  # 1970-01-01 was a Thursday
        shut = np.array([day_number(day) - self.first_day for day in self._names], dtype=np.int64)
        is_open[shut[(shut >= 0) & (shut < self.length)]] = False
        return is_open

    @cached_property
    def open_rank(self) -> Days:
        """Per day, how many business days there are up to it, itself included."""
        return np.cumsum(self.is_open, dtype=np.int32)

    @cached_property
    def last_open(self) -> Days:
        """Per day of the tables, the last business day not after it."""
        return self._nth(self.open_rank - 1)

    @cached_property
    def open_days(self) -> Days:
        """The business days of the tables, in order."""
        return (np.flatnonzero(self.is_open) + self.first_day).astype(np.int32)

    def _nth(self, position: Days) -> Days:
        known = (position >= 0) & (position < len(self.open_days))
        return np.where(known, self.open_days[np.clip(position, 0, len(self.open_days) - 1)], _OUTSIDE).astype(np.int32)

    def table(self, offset: Offset) -> Days:
        """Per day of the tables, the day that an offset reaches from it."""
        days = np.arange(self.length, dtype=np.int32) + np.int32(self.first_day)
        match offset.unit:
            case Unit.SAME_DAY:
                return days
            case Unit.DAY:
                return (days + offset.n).astype(np.int32)
            case Unit.WEEK:
                return (days + 7 * offset.n).astype(np.int32)
            case Unit.MONTH:
                return _months_later(days, offset.n)
            case Unit.BUSINESS_DAY if offset.n > 0:
                return self._nth(self.open_rank + np.int32(offset.n - 1))
            case Unit.BUSINESS_DAY:
                return self._nth(self.open_rank - self.is_open.astype(np.int32) + np.int32(offset.n))
            case Unit.HOUR | Unit.BUSINESS_HOUR:
                raise TypeError("hours are counted from an instant, not from a day")
            case _:
                assert_never(offset.unit)

    def reach(self, day: date, offset: Offset) -> date:
        """The day that an offset reaches from one day; CalendarError outside the known years."""
        index = day_number(day) - self.first_day
        if not 0 <= index < self.length:
            raise CalendarError(_outside_years(day.isoformat()))
        if offset.unit is Unit.MONTH:  # the one that takes long for all days of the tables
            reached = int(_months_later(np.array([day_number(day)], np.int32), offset.n)[0])
        else:
            reached = int(self.table(offset)[index])
        if reached == _OUTSIDE:
            raise CalendarError(_outside_years(f"{offset} from {day.isoformat()}"))
        return _EPOCH + timedelta(days=reached)


def _months_later(days: Days, n: int) -> Days:
    """The same day n months later; a day that is missing there becomes that month's last."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    day_of_month = dates - months.astype("datetime64[D]")
    target = months + n
    last = (target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    reached: Days = np.minimum(target.astype("datetime64[D]") + day_of_month, last).astype(np.int64).astype(np.int32)
    return reached


@dataclass(frozen=True)
class CalendarBook:
    """All calendars that the cases of a workspace live by, stacked so that one look-up serves them all.

    Variant 0 is never special: a case's variant is its playbook's calendar and its client's closing days.
    """

    zone: ZoneInfo
    variants: tuple[Calendar, ...]

    @classmethod
    def of(
        cls,
        zone: ZoneInfo,
        kinds_and_clients: Iterable[tuple[CalendarName, str | None]],
        closures: Iterable[Closure],
        first_year: int = FIRST_YEAR,
        last_year: int = LAST_YEAR,
    ) -> tuple[CalendarBook, Mapping[tuple[CalendarName, str | None], int]]:
        """The book, and for each pair of calendar and client the number of its variant."""
        shared: list[Closure] = []
        own: dict[str, list[Closure]] = {}
        for closure in closures:
            (shared if closure.client_id is None else own.setdefault(closure.client_id, [])).append(closure)
        number: dict[tuple[CalendarName, str | None], int] = {}
        wanted: dict[tuple[CalendarName, str | None], int] = {}
        for kind, client in kinds_and_clients:
            key = (kind, client if client in own else None)
            wanted[kind, client] = number.setdefault(key, len(number))
        variants = tuple(
            Calendar(kind, (*shared, *own.get(client or "", ())), first_year, last_year) for kind, client in number
        )
        return cls(zone, variants), wanted

    @cached_property
    def first_day(self) -> int:
        """The number of the first day of every table."""
        return self.variants[0].first_day

    @cached_property
    def length(self) -> int:
        """How many days every table holds."""
        return len(self.variants[0].last_open)

    @cached_property
    def starts(self) -> Moments:
        """Per day of the tables and one more, its first instant in microseconds since 1970-01-01 UTC."""
        return _starts(self.zone, self.first_day, self.length + 1)

    @cached_property
    def _steady(self) -> bool:
        """Every day of the tables has 24 hours: days can be counted instead of looked up."""
        return bool((np.diff(self.starts) == _DAY).all())

    def day_of(self, moments: Moments) -> Days:
        """The local days of instants; CalendarError where one is outside the known years."""
        index: npt.NDArray[np.integer] = np.floor_divide(moments - self.starts[0], _DAY)
        if not self._steady:
            index = np.searchsorted(self.starts, moments, side="right") - 1
        self._check(index)
        return (index + self.first_day).astype(np.int32)

    def whole_days(self, moments: Moments) -> npt.NDArray[np.intp]:
        """The places of those instants that are the very start of a local day."""
        since = moments - self.starts[0]
        if self._steady:
            return np.flatnonzero(np.remainder(since, _DAY, out=since) == 0)
        # Days begin whole seconds from each other, so most instants are told apart by their last bits already.
        near = np.flatnonzero((since & _SECOND_BITS) == 0)
        whole: npt.NDArray[np.intp] = near[self.start(self.day_of(moments[near])) == moments[near]]
        return whole

    def _check(self, index: npt.NDArray[np.integer]) -> None:
        if index.size and not (index.min() >= 0 and index.max() < self.length):
            outside = index[(index < 0) | (index >= self.length)]
            raise CalendarError(_outside_years(self._said(int(outside[0]))))

    def _said(self, index: int) -> Said:
        """A day outside the tables, by its date where it has one."""
        number = index + self.first_day
        if not date.min.toordinal() <= number + _EPOCH.toordinal() <= date.max.toordinal():
            return msg("a date that is counted from the dates of a case")
        return msg(
            "{value}, which is counted from a date of a case,", value=(_EPOCH + timedelta(days=number)).isoformat()
        )

    def start(self, days: Days) -> Moments:
        """The first instant of local days."""
        index = days - self.first_day
        self._check(index)
        return self.starts[index]

    def end(self, days: Days) -> Moments:
        """The last microsecond of local days."""
        index = days - self.first_day
        self._check(index)
        return self.starts[index + 1] - 1

    def reach(self, offset: Offset, variants: npt.NDArray[np.integer], days: Days) -> Days:
        """The days that an offset reaches from days, each in its own calendar."""
        index = days - self.first_day
        self._check(index)
        if offset.unit is not Unit.BUSINESS_DAY or len(self.variants) == 1:
            return self._reach_table(offset, 0)[index]
        tables = np.stack([self._reach_table(offset, v) for v in range(len(self.variants))])
        reached: Days = tables[variants, index]
        return reached

    def _reach_table(self, offset: Offset, variant: int) -> Days:
        known = self._tables
        if (offset, variant) not in known:
            known[offset, variant] = self.variants[variant].table(offset)
        return known[offset, variant]

    @cached_property
    def _tables(self) -> dict[tuple[Offset, int], Days]:
        return {}

    def last_open(self, variants: npt.NDArray[np.integer], days: Days) -> Days:
        """The last business days not after days, each in its own calendar."""
        index = days - self.first_day
        self._check(index)
        if len(self.variants) == 1:
            return self.variants[0].last_open[index]
        last: Days = self._stacked("last", [calendar.last_open for calendar in self.variants])[variants, index]
        return last

    def open_rank(self, variants: npt.NDArray[np.integer], days: Days) -> Days:
        """How many business days there are from the first of the tables to days, themselves included."""
        index = days - self.first_day
        self._check(index)
        rank: Days = self._stacked("rank", [calendar.open_rank for calendar in self.variants])[variants, index]
        return rank

    def nth_open(self, variants: npt.NDArray[np.integer], rank: Days) -> Days:
        """The business day of each rank, as `open_rank` counts them."""
        most = max(len(calendar.open_days) for calendar in self.variants)
        padded = [np.pad(calendar.open_days, (0, most - len(calendar.open_days)), constant_values=_OUTSIDE)
                  for calendar in self.variants]  # fmt: skip
        table = self._stacked("nth", padded)
        found: Days = table[variants, np.clip(rank - 1, 0, most - 1)]
        return np.where((rank >= 1) & (rank <= most), found, np.int32(_OUTSIDE))

    # Office hours: what an hour is that only passes while an office is open

    def closes(self, hours: Hours) -> Moments:
        """Per day of the tables, the instant at which offices close, were it a business day."""
        return self._edges(hours)[1]

    def office_time(self, hours: Hours, variants: npt.NDArray[np.integer], moments: Moments) -> Moments:
        """How much office time has passed by instants since the tables begin, in microseconds."""
        opens, closes = self._edges(hours)
        index = self.day_of(moments) - self.first_day
        before, spans = self._office(hours)
        today = np.clip(moments, opens[index], closes[index]) - opens[index]
        passed: Moments = before[variants, index] + np.where(spans[variants, index] > 0, today, 0)
        return passed

    def office_reached(self, hours: Hours, variants: npt.NDArray[np.integer], passed: Moments) -> Moments:
        """The first instants by which so much office time has passed."""
        opens, _ = self._edges(hours)
        before, spans = self._office(hours)
        found = np.empty(len(passed), dtype=np.int64)
        for variant in range(len(self.variants)):
            own = np.flatnonzero(np.broadcast_to(variants, len(passed)) == variant)
            upto = before[variant] + spans[variant]
            index = np.searchsorted(upto, passed[own])
            self._check(index)
            found[own] = opens[index] + passed[own] - before[variant][index]
        return found

    def _edges(self, hours: Hours) -> tuple[Moments, Moments]:
        return _office_hours(self.zone, self.first_day, self.length, hours)

    def _office(self, hours: Hours) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]]:
        """Per variant and day the office time before it, and its own."""
        opens, closes = self._edges(hours)
        spans = self._stacked(f"office {hours}", [np.where(one.is_open, closes - opens, 0) for one in self.variants])
        before = self._stacked(f"before {hours}", [np.cumsum(one) - one for one in spans])
        return before, spans

    def _stacked(self, name: str, tables: Sequence[npt.NDArray[np.integer]]) -> npt.NDArray[np.integer]:
        """A table of every variant, to be looked up in all at once."""
        if name not in self._stacks:
            self._stacks[name] = np.stack(tables)
        return self._stacks[name]

    @cached_property
    def _stacks(self) -> dict[str, npt.NDArray[np.integer]]:
        return {}


@cache
def _office_hours(zone: ZoneInfo, first_day: int, length: int, hours: Hours) -> tuple[Moments, Moments]:
    """Per day, the instants at which an office opens and closes, by the local clock."""
    starts = _starts(zone, first_day, length + 1)
    uneven = np.flatnonzero(np.diff(starts) != _DAY)  # the days on which the clocks change

    def at(minutes: int) -> Moments:
        if minutes == 24 * 60:
            return starts[1:]
        clock = time(minutes // 60, minutes % 60)
        instants = starts[:-1] + minutes * (_DAY // (24 * 60))
        for n in uneven.tolist():
            day = _EPOCH + timedelta(days=first_day + n)
            instants[n] = (datetime.combine(day, clock, zone) - UNIX) // INSTANT
        return instants

    return at(hours.opens), at(hours.closes)
