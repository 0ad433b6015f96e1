"""How dates, spans, numbers and money are written for a Japanese and for an English reader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.show import formats
from playbook.words.text import LANGS, Lang

JST = timezone(timedelta(hours=9))
NEAR = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("value", "ja", "en"),
    [
        (date(2026, 11, 24), "11/24(火)", "Tue 24 Nov"),
        (date(2026, 9, 1), "9/1(火)", "Tue 1 Sep"),
        (date(2025, 12, 31), "2025/12/31(水)", "Wed 31 Dec 2025"),
        (date(2027, 1, 3), "2027/1/3(日)", "Sun 3 Jan 2027"),
        (None, "—", "—"),
    ],
)
def test_days(value: date | None, ja: str, en: str) -> None:
    """A day carries its weekday, and its year only where it is another one."""
    assert (formats.day(value, "ja", NEAR), formats.day(value, "en", NEAR)) == (ja, en)


def test_a_day_without_a_reference_has_its_year() -> None:
    """Where no year is understood, the year is written."""
    assert formats.day(date(2026, 11, 24)) == "2026/11/24(火)"


@pytest.mark.parametrize("lang", LANGS)
def test_every_weekday_and_month(lang: Lang) -> None:
    """Weekdays and months agree with the C locale's names, and with the order of the Japanese ones."""
    for offset in range(366):
        value = date(2028, 1, 1) + timedelta(days=offset)
        said = formats.day(value, lang, value)
        if lang == "en":
            assert said == f"{value:%a} {value.day} {value:%b}"
        else:
            assert said == f"{value.month}/{value.day}({'日月火水木金土'[int(value.strftime('%w'))]})"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (datetime(2026, 11, 24, tzinfo=JST), "11/24(火)"),
        (datetime(2026, 11, 24, 23, 59, 59, 999999, JST), "11/24(火)"),
        (datetime(2026, 11, 24, 23, 59, 59, tzinfo=JST), "11/24(火) 23:59"),
        (datetime(2026, 11, 24, 0, 1, tzinfo=JST), "11/24(火) 00:01"),
    ],
)
def test_moments(value: datetime, said: str) -> None:
    """The minute is written except at the first and last microsecond of a day."""
    assert formats.moment(value, "ja", NEAR) == said


@pytest.mark.parametrize(
    ("days", "ja", "en"),
    [
        (4, "あと4日", "4 days left"),
        (1, "あと1日", "1 day left"),
        (0, "本日", "today"),
        (-1, "1日遅れ", "1 day late"),
        (-3, "3日遅れ", "3 days late"),
        (None, "—", "—"),
    ],
)
def test_days_left(days: int | None, ja: str, en: str) -> None:
    """Days before and after the due are said in words."""
    assert (formats.left(days, "ja"), formats.left(days, "en")) == (ja, en)


@pytest.mark.parametrize("say", [formats.number, formats.percent, formats.days, formats.minutes, formats.money])
@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_nothing_is_a_dash(say: Callable[[float | None, Lang], str], nothing: float | None) -> None:
    """No value, and no number, is a dash in every form; never 'nan%'."""
    assert say(nothing, "ja") == say(nothing, "en") == "—"


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (-0.04, "0.0"), (-0.0, "0"), (12345.678, "12,345.7"), (float("inf"), "∞")]
)
def test_numbers(value: float, said: str) -> None:
    """Thousands are apart and no zero is negative."""
    assert formats.number(value) == said


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=999)))
def test_durations_lose_less_than_their_smaller_unit(value: timedelta) -> None:
    """What a duration says, read back, is less than one hour (or minute) below the duration."""
    said = formats.duration(value, "en").split()
    unit = {"d": timedelta(days=1), "h": timedelta(hours=1), "min": timedelta(minutes=1)}
    read = sum((int(n) * unit[u] for n, u in zip(said[::2], said[1::2], strict=True)), timedelta(0))
    lost = unit["h"] if value >= unit["d"] else unit["min"]
    assert timedelta(0) <= value - read < lost


def test_a_negative_duration_keeps_its_sign() -> None:
    """A span before zero is said with a minus sign."""
    assert formats.duration(timedelta(minutes=-90)) == "-1時間30分"


@given(st.text(max_size=80), st.text(max_size=80))
def test_file_names_are_safe_and_apart(one: str, other: str) -> None:
    """Any text gives a file name without separators, and two texts give two names."""
    stem = formats.file_stem(one)
    assert stem and not set(stem) & set('/\\:*?"<>|\n\0') and not stem.startswith((".", "-"))
    assert len(stem) <= 70
    assert (formats.file_stem(other) == stem) == (one == other)


@pytest.mark.parametrize("name", ["con", "NUL", "..", "", "a/b", " a", "a ", "a.", "a\tb", "x" * 300, "e\u202egnp.exe"])
def test_awkward_file_names_are_changed(name: str) -> None:
    """Names that a system reserves, that climb, or that hide their direction are not used as they are."""
    assert formats.file_stem(name) != name


def test_the_key_of_an_action_outlives_a_change_of_due_and_zone() -> None:
    """Owner, due, status and the zone a trigger is written in leave the key alone; the entry does not."""
    row = {
        "playbook": "p", "rule_id": "r", "case_id": "c", "trigger": "applied", "entry": 1,
        "trigger_at": datetime(2026, 11, 2, 9, tzinfo=JST), "owner": "佐藤", "status": "overdue",
    }  # fmt: skip
    key = formats.action_key(row)
    assert len(key) == 32
    same = row | {"trigger_at": datetime(2026, 11, 2, 0, tzinfo=UTC), "owner": None, "status": "met"}
    assert formats.action_key(same) == key
    assert formats.action_key(row | {"entry": 2}) != key
    assert formats.action_key(row | {"playbook": "pr", "rule_id": ""}) != key
