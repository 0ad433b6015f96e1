"""Offsets: what can be written, what cannot, and how they are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.rules.coherence import reach
from playbook.rules.offset import ALLOWED, Offset, Unit

COUNTED = (Unit.HOUR, Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.BUSINESS_DAY, Unit.BUSINESS_HOUR)


@st.composite
def offsets(draw: st.DrawFn) -> Offset:
    """Any offset that can be written."""
    unit = draw(st.sampled_from((Unit.SAME_DAY, *COUNTED)))
    if unit is Unit.SAME_DAY:
        return Offset(0, unit)
    least = 1 if unit in (Unit.HOUR, Unit.BUSINESS_HOUR) else -99999
    number = st.integers(least, 99999)
    return Offset(draw(number if unit is Unit.DAY else number.filter(bool)), unit)


@pytest.mark.parametrize(
    ("written", "n", "unit"),
    [
        ("same day", 0, Unit.SAME_DAY),
        ("1 day", 1, Unit.DAY),
        ("7 days", 7, Unit.DAY),
        ("1 days", 1, Unit.DAY),
        ("2 weeks", 2, Unit.WEEK),
        ("3 months", 3, Unit.MONTH),
        ("48 hours", 48, Unit.HOUR),
        ("1 business day", 1, Unit.BUSINESS_DAY),
        ("10 business days", 10, Unit.BUSINESS_DAY),
        ("-14 days", -14, Unit.DAY),
        ("-2 business days", -2, Unit.BUSINESS_DAY),
        ("4 business hours", 4, Unit.BUSINESS_HOUR),
        ("1 business hour", 1, Unit.BUSINESS_HOUR),
        ("-0 days", 0, Unit.DAY),
    ],
)
def test_written_offsets_are_read(written: str, n: int, unit: Unit) -> None:
    """A number and a unit, in the singular or the plural, are an offset."""
    assert Offset.parse(written) == Offset(n, unit)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "7",
        "days",
        "7days",
        "7  days",
        " 7 days",
        "7 days ",
        "7 days\n",
        "7 Days",
        "7 dayz",
        "7日",
        "+7 days",
        "1.5 days",
        "0 days",
        "-0 day",
        "-0 weeks",
        "-0 business days",
        "-00 days",
        "100000 days",
        "a week",
        "2 business weeks",
        "same days",
        "2 same day",
        "midpoint",
    ],
)
def test_other_texts_are_refused_with_what_is_allowed(written: str) -> None:
    """Whatever is no offset is refused, and the message shows some that are."""
    with pytest.raises(ValueError, match="'same day', or a whole number other than 0") as refused:
        Offset.parse(written)
    assert str(refused.value) == ALLOWED.en


def test_hours_are_not_counted_backwards() -> None:
    """Hours run on from an instant; backwards is for days."""
    for written in ("-24 hours", "-2 business hours"):
        with pytest.raises(ValueError, match="hours are counted forwards only"):
            Offset.parse(written)


@given(offsets())
def test_an_offset_reads_what_it_writes(offset: Offset) -> None:
    """Writing an offset and reading it again changes nothing."""
    assert Offset.parse(str(offset)) == offset


@given(offsets())
def test_an_offset_knows_its_direction(offset: Offset) -> None:
    """An offset is negative where it is written with a minus sign."""
    assert offset.negative is str(offset).startswith("-")


@pytest.mark.parametrize(
    ("written", "ja", "en"),
    [
        ("same day", "当日", "the same day"),
        ("1 day", "1日", "1 day"),
        ("7 days", "7日", "7 days"),
        ("1 week", "1週間", "1 week"),
        ("6 months", "6か月", "6 months"),
        ("24 hours", "24時間", "24 hours"),
        ("1 business day", "1営業日", "1 business day"),
        ("-1 day", "1日前", "1 day before"),
        ("-30 days", "30日前", "30 days before"),
        ("-2 business days", "2営業日前", "2 business days before"),
        ("3 business hours", "3営業時間", "3 business hours"),
        ("-0 days", "その日まで", "by the day itself"),
    ],
)
def test_offsets_are_said_in_both_languages(written: str, ja: str, en: str) -> None:
    """An offset is said as a reader says it, with singular and plural in English."""
    text = Offset.parse(written).text()
    assert (text.ja, text.en) == (ja, en)


@given(offsets())
def test_most_days_is_an_upper_bound(offset: Offset) -> None:
    """A calendar known for `most_days` knows every day that the offset can reach."""
    assert max(map(abs, reach(offset))) <= 24 * offset.most_days
