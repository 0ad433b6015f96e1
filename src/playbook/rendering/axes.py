"""Axes of a drawn figure: where a value stands between the ends of its axis, and what is written along it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1)
_MONTHS_ABBREVIATED = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what is written there, in lines."""

    at: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from `low` to `high` (days since 1970 where it is `dated`), of which `low` may be the greater.

    `named`: its ticks are names of lanes or periods, not numbers.
    """

    low: float
    high: float
    ticks: tuple[Tick, ...]
    title: str
    dated: bool
    named: bool
    grid: bool
    written: bool

    def place(self, value: float) -> float:
        """Where a value stands: 0 at the low end, 1 at the high one."""
        return (value - self.low) / (self.high - self.low or 1.0)


def is_dated(told: Mapping[str, Any]) -> bool:
    """Whether an axis of a layout counts days."""
    return told.get("type") == "date"


def axis_number(value: Any, *, dated: bool) -> float | None:
    """A value of a trace as a number on its axis; a day or an instant as days since 1970.

    >>> axis_number("1970-01-02T12:00:00", dated=True), axis_number(3, dated=False), axis_number(None, dated=False)
    (1.5, 3.0, None)
    """
    if value is None:
        return None
    return (datetime.fromisoformat(str(value)) - _EPOCH) / _DAY if dated else float(value)


def axis_of(told: Mapping[str, Any], values: Sequence[float], most: int) -> Axis:
    """The axis a layout tells of, over these values; at most so many ticks where it names none."""
    dated = is_dated(told)
    low, high = _ends(told, values, dated=dated)
    title = told.get("title", {})
    return Axis(
        low,
        high,
        tuple(_ticks(told, low, high, most, dated=dated)),
        str(title.get("text", "") if isinstance(title, Mapping) else title),
        dated,
        told.get("ticktext") is not None,
        bool(told.get("showgrid", True)),
        bool(told.get("showticklabels", True)),
    )


def _ends(told: Mapping[str, Any], values: Sequence[float], *, dated: bool) -> tuple[float, float]:
    if told.get("range"):
        first, last = (axis_number(value, dated=dated) for value in told["range"])
        return first or 0.0, last or 0.0
    low, high = min(values, default=0.0), max(values, default=1.0)
    if told.get("rangemode") == "tozero":
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        high = low + 1.0
    room = 0.04 * (high - low)
    return (low - room if low else low), (high + room if high else high)


def _ticks(told: Mapping[str, Any], low: float, high: float, most: int, *, dated: bool) -> Iterable[Tick]:
    """The ticks a layout names, else round ones."""
    form = str(told.get("tickformat", ""))
    first, last = sorted((low, high))
    if told.get("tickvals") is not None:
        texts = told.get("ticktext")
        for place, value in enumerate(told["tickvals"]):
            at = axis_number(value, dated=dated) or 0.0
            said = str(texts[place]) if texts is not None else formatted(at, form)
            yield Tick(at, tuple(said.split("<br>")))
    elif dated:
        yield from _days(first, last, most, form)
    else:
        step = _round_step((last - first) / max(most, 1), whole=form in {"d", "+d"})
        for count in range(math.ceil(first / step - 1e-9), math.floor(last / step + 1e-9) + 1):
            yield Tick(count * step, (formatted(count * step, form),))


def _round_step(least: float, *, whole: bool) -> float:
    """The least of 1, 2 and 5 times a power of ten that is not smaller."""
    power = 10.0 ** math.floor(math.log10(least)) if least > 0 else 1.0
    step = next((power * times for times in (1, 2, 5, 10) if power * times >= least * (1 - 1e-9)), power * 10)
    return max(step, 1.0) if whole else step


def formatted(value: float, form: str = "") -> str:
    """A number as a layout's `tickformat` says: of plotly's forms those that our figures use.

    >>> formatted(0.25, ".0%"), formatted(3.0, "+d"), formatted(1200.0), formatted(0.5)
    ('25%', '+3', '1,200', '0.5')
    """
    match form:
        case ".0%":
            return f"{value:.0%}"
        case "+d":
            return f"{round(value):+d}" if round(value) else "0"
        case "d":
            return f"{round(value)}"
        case _:
            return f"{value:,.0f}" if value == round(value) else f"{value:,.4g}"


def _days(first: float, last: float, most: int, form: str) -> Iterable[Tick]:
    """Round days; the second line of the form, a year, stands where it changes."""
    said, _, beneath = form.partition("\n")
    before = ""
    for day in _round_days(_day(first), _day(last), most):
        at = axis_number(day.isoformat(), dated=True) or 0.0
        if first <= at <= last:
            year = _written(day, beneath)
            yield Tick(at, (_written(day, said), *([year] if year and year != before else [])))
            before = year


def _day(value: float) -> date:
    return (_EPOCH + value * _DAY).date()


def _round_days(first: date, last: date, most: int) -> list[date]:
    """Weeks, months, quarters or years between two days, not more than are wanted."""
    span = (last - first).days
    for weeks in (1, 2):
        if span / (7 * weeks) <= most:
            monday = first - timedelta(days=first.weekday())
            return [monday + timedelta(weeks=weeks * n) for n in range(span // (7 * weeks) + 2)]
    months = next((step for step in (1, 2, 3, 6, 12, 24, 60) if span / (30.4 * step) <= most), 120)
    start = (first.year * 12 + first.month - 1) // months * months
    end = last.year * 12 + last.month
    return [date(month // 12, month % 12 + 1, 1) for month in range(start, end, months)]


def _written(day: date, form: str) -> str:
    """A day by a form of `%-m`, `%-d`, `%b` and `%Y`, the same on every system and in every locale."""
    parts = {"%-m": str(day.month), "%-d": str(day.day), "%b": _MONTHS_ABBREVIATED[day.month - 1], "%Y": str(day.year)}
    for sign, said in parts.items():
        form = form.replace(sign, said)
    return form
