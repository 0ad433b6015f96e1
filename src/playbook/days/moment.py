"""One written text to a moment or day: every form people write that has only one reading.

Accepted: ISO 8601 (`2026-01-05`, `2026-01-05T09:05`, with seconds, fractions, `Z` or an offset, `20260105`),
`2026/1/5`, `2026.1.5`, `2026-1-5 9:05`, `2026年1月5日 9時5分`, `2026年1月5日 午後3時`, Japanese eras
(`令和8年1月5日`, `R8.1.5`, `令和元年5月1日`, `H31.4.30`), a weekday that fits (`2026/1/5(月)`), full-width digits.
Not accepted: `01/02/2026`, of which nobody knows whether it is January or February.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

from playbook.words.folding import fold

WrittenForm = Literal["iso", "slashes", "kanji", "era", "compact", "zoned"]
"""How a moment is written; `zoned` with an offset."""

# The first year of each era, and the day it began.
_ERAS = {
    "明治": (1868, date(1868, 1, 25)),
    "大正": (1912, date(1912, 7, 30)),
    "昭和": (1926, date(1926, 12, 25)),
    "平成": (1989, date(1989, 1, 8)),
    "令和": (2019, date(2019, 5, 1)),
}
_ERA_LETTERS = dict(zip("mtshr", _ERAS, strict=True))
ERA = f"(?:{'|'.join(_ERAS)}|[{''.join(_ERA_LETTERS)}])"
"""An era as a folded text writes it."""
_WEEKDAYS = "月火水木金土日"

_YEAR = rf"(?:(?P<era>{ERA}) ?(?P<of_era>元|[0-9]{{1,2}})|(?P<year>[0-9]{{4}}))"
_DATE = (
    rf"{_YEAR}(?: ?年 ?(?P<m1>[0-9]{{1,2}}) ?月 ?(?P<d1>[0-9]{{1,2}}) ?日"
    r"|(?P<sep>[-/.])(?P<m2>[0-9]{1,2})(?P=sep)(?P<d2>[0-9]{1,2})(?![0-9])"
    r"|(?P<m3>[0-9]{2})(?P<d3>[0-9]{2})(?![0-9]))"
)
_WEEKDAY = r"(?: ?\((?P<weekday>[月火水木金土日])(?:曜日?)?\))?"
_TIME = (
    r"(?P<half>午前|午後)? ?"
    r"(?:(?P<h1>[0-9]{1,2}):(?P<min1>[0-9]{2})(?::(?P<s1>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?: ?(?P<offset>z|[+-][0-9]{2}(?::?[0-9]{2})?))?"
    r"|(?P<h2>[0-9]{1,2}) ?時(?: ?(?P<min2>[0-9]{1,2}) ?分(?: ?(?P<s2>[0-9]{1,2}) ?秒)?)?)"
)
_WRITTEN = re.compile(rf"{_DATE}{_WEEKDAY}(?:(?:t| +|(?<=[日)])){_TIME})?")


@dataclass(frozen=True, slots=True)
class WrittenMoment:
    """What one text says: `at` local (naive), or in UTC where it has an offset; whether it says a time; its form."""

    form: WrittenForm
    at: datetime
    has_time: bool


def read_moment(written: str) -> datetime | None:
    """The moment one text says, local (naive) or in UTC where it has an offset; None where it says none.

    >>> read_moment("令和元年5月1日")
    datetime.datetime(2019, 5, 1, 0, 0)
    """
    found = moment_of(fold(written))
    return None if found is None else found.at


def moment_of(text: str) -> WrittenMoment | None:
    """The moment of a folded text, and how it is written; None where it says none, or more than one.

    >>> moment_of("2026年1月5日 9時").form, moment_of("01/02/2026")
    ('kanji', None)
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    try:
        at = _timed(_day(parts), parts)
    except (ValueError, OverflowError):
        return None
    return WrittenMoment(_form(parts), at, bool(parts["h1"] or parts["h2"]))


def _form(parts: Mapping[str, str | None]) -> WrittenForm:
    if parts["offset"] and not parts["era"]:
        return "zoned"
    if parts["era"]:
        return "era"
    if parts["m1"]:
        return "kanji"
    if parts["m3"]:
        return "compact"
    return "iso" if parts["sep"] == "-" else "slashes"


def _day(parts: Mapping[str, str | None]) -> date:
    month = int(parts["m1"] or parts["m2"] or parts["m3"] or "")
    day = int(parts["d1"] or parts["d2"] or parts["d3"] or "")
    era = parts["era"]
    if era is None:
        read = date(int(parts["year"] or ""), month, day)
    else:
        first_year, began = _ERAS[_ERA_LETTERS.get(era, era)]
        of_era = 1 if parts["of_era"] == "元" else int(parts["of_era"] or "")
        read = date(first_year + of_era - 1, month, day)
        if of_era < 1 or read < began:
            raise ValueError("before the era began")
    if parts["weekday"] and _WEEKDAYS[read.weekday()] != parts["weekday"]:
        raise ValueError("another weekday")
    return read


def _timed(day: date, parts: Mapping[str, str | None]) -> datetime:
    hour, minute = int(parts["h1"] or parts["h2"] or 0), int(parts["min1"] or parts["min2"] or 0)
    second = int(parts["s1"] or parts["s2"] or 0)
    fraction = int((parts["fraction"] or "").ljust(6, "0")[:6])
    if parts["half"] and hour > 11:  # 午前12時 and 午後12時 are noon to some and midnight to others
        raise ValueError("no hour of half a day")
    hour += 12 if parts["half"] == "午後" else 0
    if (hour, minute, second, fraction) == (24, 0, 0, 0):  # ISO 8601: the end of the day
        moment = datetime(day.year, day.month, day.day) + timedelta(days=1)
    else:
        moment = datetime(day.year, day.month, day.day, hour, minute, second, fraction)
    return moment if parts["offset"] is None else moment.replace(tzinfo=_zone(parts["offset"])).astimezone(UTC)


def _zone(offset: str) -> timezone:
    if offset == "z":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    if int(digits[2:]) > 59:
        raise ValueError("no offset")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if offset[0] == "-" else span)
