"""Dates, spans, numbers and money as a Japanese or an English reader writes them; file names and stable keys.

Every function takes a value or None and returns text; None becomes `ABSENT`. No locale data is loaded: two
languages with fixed forms are smaller than a library, and the same bytes everywhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from unicodedata import category
from zoneinfo import ZoneInfo

from playbook.words import text
from playbook.words.catalogue import msg
from playbook.words.text import Lang, Text

ABSENT = text.ABSENT
END_OF_DAY = time(23, 59, 59, 999999)
_WEEKDAYS = msg("MonTueWedThuFriSatSun")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
# Between family and given name a space, half or full width, may stay.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_FORBIDDEN = re.compile(r'(?:[\x00-\x1f\x7f<>:"/\\|?*]|[^\S \u3000])+')

_TO = msg("–")


def weekday(value: date, lang: Lang = "ja") -> str:
    """The day of the week, short.

    >>> weekday(date(2026, 11, 24)), weekday(date(2026, 11, 24), "en")
    ('火', 'Tue')
    """
    width = 1 if lang == "ja" else 3
    start = value.weekday() * width
    return _WEEKDAYS.say(lang)[start : start + width]


def day(value: date | None, lang: Lang = "ja", near: date | None = None) -> str:
    """A day with its weekday; the year is left out where it is the year of `near`.

    >>> day(date(2026, 11, 24), near=date(2026, 11, 20)), day(date(2027, 1, 4), near=date(2026, 11, 20))
    ('11/24(火)', '2027/1/4(月)')
    >>> day(date(2026, 11, 24), "en", date(2026, 1, 1)), day(date(2027, 1, 4), "en", date(2026, 1, 1))
    ('Tue 24 Nov', 'Mon 4 Jan 2027')
    """
    if value is None:
        return ABSENT
    same_year = near is not None and near.year == value.year
    if lang == "ja":
        year = "" if same_year else f"{value.year}/"
        return f"{year}{value.month}/{value.day}({weekday(value)})"
    month = _MONTHS[value.month * 3 - 3 : value.month * 3]
    return f"{weekday(value, lang)} {value.day} {month}" + ("" if same_year else f" {value.year}")


def moment(value: datetime | None, lang: Lang = "ja", near: date | None = None) -> str:
    """A day and the minute, without the minute at the start of a day (a planned date) and at its end (a due).

    >>> moment(datetime(2026, 11, 24, 23, 59, 59, 999999), near=date(2026, 1, 1))
    '11/24(火)'
    >>> moment(datetime(2026, 11, 24, 9, 5), "en", date(2026, 1, 1))
    'Tue 24 Nov 09:05'
    """
    if value is None:
        return ABSENT
    clock = "" if whole_day(value) else f" {value:%H:%M}"
    return day(value.date(), lang, near) + clock


def day_said(value: date) -> Text:
    """A day in both languages, to be filled into a message."""
    return Text(day(value, "ja"), day(value, "en"))


def moment_said(value: datetime) -> Text:
    """A moment in both languages, to be filled into a message."""
    return Text(moment(value, "ja"), moment(value, "en"))


def whole_day(value: datetime) -> bool:
    """Whether a moment stands for its day: its first or its last microsecond."""
    return value.time() in (time(0), END_OF_DAY)


def cycle(start: str, lang: Lang = "ja") -> str:
    """A cycle by its first month; any other text stays as it is.

    >>> cycle("2026-04"), cycle("2026-04", "en"), cycle("Q3")
    ('2026年4月〜', 'Apr 2026–', 'Q3')
    """
    found = _MONTH.fullmatch(start)
    if found is None:
        return start
    year, month = int(found[1]), int(found[2])
    return f"{year}年{month}月〜" if lang == "ja" else f"{_MONTHS[month * 3 - 3 : month * 3]} {year}–"


def left(days: int | None, lang: Lang = "ja", *, passed: bool = False) -> str:
    """The days from the as-of day to a due day; `passed` says that a due of the same day is over.

    >>> left(4), left(0), left(-3), left(0, passed=True)
    ('あと4日', '本日', '3日遅れ', '本日超過')
    >>> left(1, "en"), left(0, "en"), left(-3, "en")
    ('1 day left', 'today', '3 days late')
    """
    if days is None:
        return ABSENT
    if days == 0:
        return msg("passed today").say(lang) if passed else msg("today").say(lang)
    if lang == "ja":
        return f"あと{days}日" if days > 0 else f"{-days}日遅れ"
    return f"{_counted(abs(days), 'day')} {'left' if days > 0 else 'late'}"


def number(value: float | None, lang: Lang = "ja", digits: int | None = None) -> str:  # noqa: ARG001 (one interface)
    """A number with its thousands apart; whole numbers without digits after the point, others with one.

    >>> number(1234567), number(2.345)
    ('1,234,567', '2.3')
    """
    return text.rounded(value, digits)


def percent(value: float | None, lang: Lang = "ja", digits: int = 1) -> str:
    """A share as per cent.

    >>> percent(0.11), percent(1.0, digits=0)
    ('11.0%', '100%')
    """
    return number(None if value is None else value * 100, lang, digits) + _unit("%", value)


def points(value: float | None, lang: Lang = "ja", digits: int = 1) -> str:
    """A difference of two shares, in percentage points, with its sign.

    >>> points(0.032), points(-0.1, "en"), points(None)
    ('+3.2ポイント', '-10.0 points', '—')
    """
    if value is None or math.isnan(value):
        return ABSENT
    said = number(value * 100, lang, digits)
    return ("+" if value > 0 else "") + said + msg(" points").say(lang)


def interval(low: float | None, high: float | None, lang: Lang = "ja", digits: int = 1) -> str:
    """An interval of a share, in per cent.

    >>> interval(0.081, 0.182), interval(0.081, 0.182, "en"), interval(None, None)
    ('8.1〜18.2%', '8.1–18.2%', '—')
    """
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return ABSENT
    return f"{number(low * 100, lang, digits)}{_TO.say(lang)}{percent(high, lang, digits)}"


def days(value: float | None, lang: Lang = "ja") -> str:
    """A span in days, to a tenth; what comes out whole is written whole, so that a length is said in one way.

    >>> days(3.5), days(1, "en"), days(1.54, "en"), days(0.03), days(4.97)
    ('3.5日', '1 day', '1.5 days', '0日', '5日')
    """
    if value is None or math.isnan(value):
        return ABSENT
    said = number(round(value, 1), lang)
    return f"{said}日" if lang == "ja" else f"{said} day{'' if said == '1' else 's'}"


def duration(value: timedelta | None, lang: Lang = "ja") -> str:
    """An elapsed time in its two largest units: days and hours, or hours and minutes.

    >>> duration(timedelta(days=2, hours=3, minutes=5)), duration(timedelta(minutes=90), "en")
    ('2日3時間', '1 h 30 min')
    """
    if value is None:
        return ABSENT
    if value < timedelta(0):
        return "-" + duration(-value, lang)
    whole_minutes = value // timedelta(minutes=1)
    hours, left_minutes = divmod(whole_minutes, 60)
    whole_days, left_hours = divmod(hours, 24)
    if whole_days:
        return _spans((whole_days, _DAY), (left_hours, _HOUR), lang)
    return _spans((hours, _HOUR), (left_minutes, _MINUTE), lang)


def minutes(value: float | None, lang: Lang = "ja") -> str:
    """Working time given in minutes, in hours and minutes (a day of work has no fixed length).

    >>> minutes(1590), minutes(45, "en"), minutes(0)
    ('26時間30分', '45 min', '0分')
    """
    if value is None or math.isnan(value):
        return ABSENT
    hours, left_minutes = divmod(round(value), 60)
    return _spans((hours, _HOUR), (left_minutes, _MINUTE), lang)


def money(value: float | None, lang: Lang = "ja") -> str:
    """An amount in yen.

    >>> money(1200000), money(1200000, "en"), money(-300, "en")
    ('1,200,000円', '¥1,200,000', '-¥300')
    """
    if value is None or math.isnan(value):
        return ABSENT
    if lang == "ja":
        return number(value, lang, 0) + "円"
    return ("-" if value < 0 else "") + "¥" + number(abs(value), lang, 0)


def file_stem(name: str) -> str:
    """A name as (part of) a file name on any system; what must be changed gets a digest, so names stay apart.

    >>> file_stem("佐藤 花子")
    '佐藤 花子'
    >>> file_stem("../etc/passwd")
    'etc-passwd-7fef78f5'
    """
    kept = _FORBIDDEN.sub("-", "".join(c for c in name if category(c) not in {"Cf", "Cs"}))
    stem = kept.strip("-. \u3000")[:60].rstrip("-. \u3000")
    if stem and stem == name and not _RESERVED.fullmatch(stem):
        return stem
    return f"{stem or 'file'}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def action_key(row: Mapping[str, Any]) -> str:
    """What identifies one due action for ever: 32 digits from its playbook, rule, case, trigger and entry.

    Owner, due and status are not in it, so that an entry of a calendar is renewed, not doubled.
    """
    trigger_at = row["trigger_at"].astimezone(ZoneInfo("UTC")).isoformat(timespec="microseconds")
    parts = (row["playbook"], row["rule_id"], row["case_id"], row["trigger"], trigger_at, row["entry"])
    return sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]


_DAY, _HOUR, _MINUTE = msg("d"), msg("h"), msg("min")


def _spans(large: tuple[int, Text], small: tuple[int, Text], lang: Lang) -> str:
    kept = [part for part in (large, small) if part[0]] or [small]
    if lang == "ja":
        return "".join(f"{n}{unit.ja}" for n, unit in kept)
    return " ".join(f"{n} {unit.en}" for n, unit in kept)


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _unit(unit: str, value: float | None) -> str:
    return "" if value is None or math.isnan(value) else unit
