"""One written text to what it may say of a day, in any form that people and systems write.

A text with one reading is a moment. One that needs its column says what it leaves open: `01/02/2026` is a day in each
order in which it can be read, `1/5` a day without its year, `46027` the serial number of a spreadsheet. What is no day
says why by a code. No sentence is written here; `importing.dates` decides a column of such texts and says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from playbook.days.moment import ERA, moment_of
from playbook.words.folding import fold

Order = Literal["year first", "day first", "month first"]
ORDERS: tuple[Order, ...] = get_args(Order)
Epoch = Literal["excel 1900", "excel 1904"]
EPOCHS: tuple[Epoch, ...] = get_args(Epoch)
"""From which day a workbook counts."""

FIRST, LAST = 1950, 2100
"""The years in which a day makes sense."""
DAY_ZERO: Mapping[Epoch, datetime] = {"excel 1900": datetime(1899, 12, 30), "excel 1904": datetime(1904, 1, 1)}
"""The day 0 of a spreadsheet's serial numbers."""
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """What one text may say: one moment, or one for each order that it can be read in, or why it is no day.

    `form`: how it is written. `refused`: a code, such as `two_days`. `note`: the words beside the day.
    `yearless`: month, day and time of a day without its year.
    """

    form: str = ""
    moment: datetime | None = None
    has_time: bool = False
    by_order: Mapping[Order, datetime] = field(default_factory=dict)
    refused: str = ""
    note: str = ""
    yearless: tuple[int, int, timedelta] | None = None


_RANGE = re.compile(r"\s*(?:~|〜|から|--| - | to )\s*.*$|(?<=\d:\d\d)\s*-\s*\d{1,2}:\d\d.*$")
_TRIPLE = re.compile(r"^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:[ t](.+))?$")
_CLOCK = re.compile(r"^(午前|午後)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)? ?(am|pm)?$")
_NUMBER = re.compile(r"^\d+(?:\.\d+)?$")
_NO_YEAR = re.compile(r"^(\d{1,2})(?:[-/.]| ?月 ?)(\d{1,2}) ?日?(?: ?\([月火水木金土日]曜?日?\))?(?: ?(.+))?$")
_YEAR = rf"(?:\d{{4}}|(?<![a-z]){ERA} ?(?:\d{{1,2}}|元))"
_FULL_DAY = rf"{_YEAR} ?[-/.年] ?\d{{1,2}} ?[-/.月] ?\d{{1,2}} ?日?"
_SHORT_DAY = r"(?<![\d/.-])\d{1,2}(?:/| ?月 ?)\d{1,2}(?: ?日)?(?![\d/.-])"
_OF_DAY = (
    r"(?: ?\([月火水木金土日]曜?日?\))?"
    r"(?:[ t]?(?:午前|午後)? ?\d{1,2}(?::\d{2}(?::\d{2})?|時(?: ?\d{1,2}分)?)(?![\d:]))?"
)
_DAY_IN_TEXT = re.compile(f"(?:{_FULL_DAY}|{_SHORT_DAY}){_OF_DAY}")
_BESIDE = " \t/／、。,・:;()[]「」-~〜→"
_DURATION = re.compile(
    r"^-?\d+(?:\.\d+)? ?(?:日間?|か月|ヶ月|ヵ月|カ月|週間?|時間|分間?|年間?|"
    r"days?|weeks?|months?|hours?|min(?:utes)?|h|d)\b.*$"
    r"|^p(?:\d|t\d).*$|^-?\d{2,}:\d{2}:\d{2}.*$"
)
_TIME_ONLY = re.compile(
    r"^(?:午前|午後)?\d{1,2}(?::\d{2}){1,2}(?:\.\d+)?(?: ?[ap]m)?$|^(?:午前|午後)?\d{1,2}時(?:\d{1,2}分)?$"
)
_MONTHS = {"janfebmaraprmayjunjulaugsepoctnovdec"[n * 3 - 3 : n * 3]: n for n in range(1, 13)}
_DAY_NAME = re.compile(r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? ")
_NAMED = (
    re.compile(
        r"^(?P<d>\d{1,2})(?:st|nd|rd|th)?[ -](?P<m>[a-z]{3})[a-z]*\.?,?[ -](?P<y>\d{4}|\d{2})(?:,? (?P<t>.+))?$"
    ),
    re.compile(r"^(?P<m>[a-z]{3})[a-z]*\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>\d{4})(?:,?(?: at)? (?P<t>.+))?$"),
)


def read_day(written: str, formats: Sequence[str] = ()) -> WrittenDay:
    """What a text may say of a day, before its column is known; `formats` of `strptime` are tried first.

    >>> read_day("2026/1/5 面接済").note, sorted(read_day("1/2/2026").by_order), read_day("3日").refused
    ('面接済', ['day first', 'month first'], 'duration')
    """
    text = fold(written)
    for form in formats:
        if (read := _strptime(text, form)) is not None:
            return within_years("as told", read, any(sign in form for sign in ("%H", "%I", "%M")))
    found = _with_one_reading(text) or _by_number(text) or _by_triple(text) or _by_name(text) or _without_year(text)
    if found is None and (start := _RANGE.sub("", text)) and start != text:
        found = _with_one_reading(start) or _by_triple(start) or _without_year(start)
        found = _ranged(found) if found else None
    return found or _with_words(text) or WrittenDay(refused=_why(text))


def _without_year(text: str) -> WrittenDay | None:
    """A day and a month alone; its year is found in its row."""
    found = _NO_YEAR.match(text)
    clock = _time_of(found[3]) if found else None
    if not found or clock is None:
        return None
    month, day = int(found[1]), int(found[2])
    try:
        datetime(2024, month, day)
    except ValueError:
        return None
    return WrittenDay("no year", None, found[3] is not None, refused="no_year", yearless=(month, day, clock))


def _time_of(text: str | None) -> timedelta | None:
    """The time of day that is written behind a day; none is midnight, anything else no time."""
    if text is None:
        return timedelta()
    plain = re.sub(r"(\d{1,2})時(?:(\d{1,2})分)?", lambda found: f"{found[1]}:{int(found[2] or 0):02}", text)
    return _clock(plain)


def _with_words(text: str) -> WrittenDay | None:
    """The one day in a text that says something beside it."""
    days = list(_DAY_IN_TEXT.finditer(text))
    if len(days) != 1:
        return WrittenDay(refused="two_days") if len(days) == 2 and len(text) < _SHORT else None
    (found,) = days
    note = (text[: found.start()].strip(_BESIDE) + " " + text[found.end() :].strip(_BESIDE)).strip()
    if not note or re.search(r"\d[-/.年月]\d", note) or len(text) > _SHORT:
        return None
    cell = _with_one_reading(found[0].strip()) or _without_year(found[0])
    note += ")" * (note.count("(") - note.count(")"))  # stripped with what stood around the day
    return replace(cell, note=note) if cell is not None else None


_SHORT = 60
"""Characters of a cell that holds a day with a word beside it; a longer one is a note with a day in it."""


def _ranged(cell: WrittenDay) -> WrittenDay:
    return cell if cell.by_order else WrittenDay("range", cell.moment, cell.has_time)


def _strptime(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, _fold_format(form))
    except ValueError:
        return None


def _fold_format(form: str) -> str:
    """A format of `strptime` as its texts look after folding: `%` signs keep their letters."""
    return "".join(part if n % 2 else fold(part) or " " * bool(part) for n, part in enumerate(re.split(r"(%.)", form)))


def within_years(form: str, moment: datetime, has_time: bool) -> WrittenDay:
    """A day that was read, refused where it lies outside the years that make sense."""
    if not FIRST <= moment.year <= LAST:
        return WrittenDay(refused="out_of_range")
    return WrittenDay(form, moment, has_time)


def _with_one_reading(text: str) -> WrittenDay | None:
    read = moment_of(text)
    return None if read is None else within_years(read.form, read.at, read.has_time)


def _by_number(text: str) -> WrittenDay | None:
    """Epoch milliseconds, epoch seconds, an Excel serial number: each within the years that make sense."""
    if not _NUMBER.match(text) or len(text) > 24:
        return None
    number = float(text)
    if text.isdigit() and len(text) in (10, 12, 13):
        seconds = number if len(text) == 10 else number / 1000
        return within_years("epoch", _UNIX + timedelta(seconds=seconds), True)
    if 18_000 <= number < 75_000:
        seconds = round(number * 86400)  # what a clock shows; the rest is noise of the fraction
        return WrittenDay("excel", DAY_ZERO["excel 1900"] + timedelta(seconds=seconds), seconds % 86400 != 0)
    return None


def _by_triple(text: str) -> WrittenDay | None:
    """Three numbers, of which the order is not known: one moment for each order in which they are a date."""
    found = _TRIPLE.match(text)
    if not found:
        return None
    a, _, b, c, rest = found.groups()
    clock = _clock(rest) if rest else timedelta()
    if clock is None or len(a) == 3 or len(c) == 3 or len(a) == 4:
        return None
    orders: dict[Order, tuple[str, str, str]] = {"day first": (c, b, a), "month first": (c, a, b)}
    if len(c) <= 2:
        orders["year first"] = (a, b, c)
    read = {order: moment for order, (y, m, d) in orders.items() if len(y) in (2, 4) and (moment := _date(y, m, d))}
    if not read:
        return WrittenDay(refused="bad_date")
    return WrittenDay("triple", None, rest is not None, {order: moment + clock for order, moment in read.items()})


def _date(year: str, month: str, day: str) -> datetime | None:
    number = int(year) if len(year) == 4 else 2000 + int(year) if int(year) < 70 else 1900 + int(year)
    try:
        return datetime(number, int(month), int(day)) if FIRST <= number <= LAST else None
    except ValueError:
        return None


def _clock(text: str) -> timedelta | None:
    found = _CLOCK.match(text)
    if not found:
        return None
    half, hour, minute, second, fraction, ampm = found.groups()
    hours = int(hour) % 12 if half or ampm else int(hour)
    hours += 12 if half == "午後" or ampm == "pm" else 0
    if hours > 24 or int(minute) > 59 or int(second or 0) > 59:
        return None
    micros = int((fraction or "").ljust(6, "0")[:6])
    return timedelta(hours=hours, minutes=int(minute), seconds=int(second or 0), microseconds=micros)


def _by_name(text: str) -> WrittenDay | None:
    bare = _DAY_NAME.sub("", text)
    for shape in _NAMED:
        found = shape.match(bare)
        if not found or found["m"] not in _MONTHS:
            continue
        moment = _date(found["y"], str(_MONTHS[found["m"]]), found["d"])
        clock = _clock(found["t"]) if found["t"] else timedelta()
        if moment is not None and clock is not None:
            return WrittenDay("month name", moment + clock, found["t"] is not None)
    return None


def _why(text: str) -> str:
    if _TIME_ONLY.match(text):
        return "time_only"
    if _DURATION.match(text):
        return "duration"
    return "bad_date"
