"""Offsets such as "7 days" or "1 business day": parsed once, explained aloud; knows no frames."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from playbook.words.catalogue import msg
from playbook.words.text import Text

_WRITTEN = re.compile(r"(?P<n>-?[0-9]{1,5}) (?P<unit>hour|day|week|month|business day|business hour)s?")


class Unit(StrEnum):
    """What an offset counts."""

    SAME_DAY = "same day"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    BUSINESS_DAY = "business day"
    BUSINESS_HOUR = "business hour"


_UNIT_TEXT = {
    Unit.HOUR: msg("hour"),
    Unit.DAY: msg("day"),
    Unit.WEEK: msg("week"),
    Unit.MONTH: msg("month"),
    Unit.BUSINESS_DAY: msg("business day"),
    Unit.BUSINESS_HOUR: msg("business hour"),
}

ALLOWED = msg(
    "'same day', or a whole number other than 0 and a unit: {examples}; or '-0 days'",
    examples="'48 hours', '7 days', '2 weeks', '3 months', '1 business day', '4 business hours', '-14 days'",
)


class OffsetError(ValueError):
    """What is written is no offset; `allowed` says what would be."""

    def __init__(self, allowed: Text) -> None:
        self.allowed = allowed
        super().__init__(allowed.en)


@dataclass(frozen=True, slots=True)
class Offset:
    """A span counted from a day or an instant (DESIGN section 4).

    >>> Offset.parse("1 business day")
    Offset(n=1, unit=<Unit.BUSINESS_DAY: 'business day'>)
    >>> Offset.parse("-2 weeks").negative, Offset.parse("-0 days").by_the_day
    (True, True)
    """

    n: int
    unit: Unit

    @classmethod
    def parse(cls, written: str) -> Offset:
        """The offset that is written; ValueError says what is allowed."""
        if written == "same day":
            return cls(0, Unit.SAME_DAY)
        if written == "-0 days":
            return cls(0, Unit.DAY)
        found = _WRITTEN.fullmatch(written)
        if found is None or int(found["n"]) == 0:
            raise OffsetError(ALLOWED)
        offset = cls(int(found["n"]), Unit(found["unit"]))
        if offset.negative and offset.of_instants:
            raise OffsetError(msg("hours are counted forwards only; {allowed}", allowed=ALLOWED))
        return offset

    @property
    def by_the_day(self) -> bool:
        """By a planned date itself, open from the start: written "-0 days"."""
        return self.n == 0 and self.unit is not Unit.SAME_DAY

    @property
    def negative(self) -> bool:
        """Counted backwards, from a planned date; the date itself included."""
        return self.n < 0 or self.by_the_day

    @property
    def of_instants(self) -> bool:
        """Counted from an instant, not from a day."""
        return self.unit in (Unit.HOUR, Unit.BUSINESS_HOUR)

    @property
    def rolls(self) -> bool:
        """Whether it can reach a closed day, which `roll` then moves."""
        return not self.of_instants and self.unit is not Unit.BUSINESS_DAY

    @property
    def most_days(self) -> int:
        """More days than this offset ever spans; a calendar must be known so far."""
        per = {Unit.HOUR: 1, Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 31, Unit.BUSINESS_DAY: 3, Unit.BUSINESS_HOUR: 3}
        return abs(self.n) * per.get(self.unit, 0) + 31

    @property
    def most_whole_days(self) -> int:
        """How many days this offset spans at the most, holidays in a row left out.

        >>> Offset.parse("2 weeks").most_whole_days, Offset.parse("36 hours").most_whole_days
        (14, 2)
        """
        if self.of_instants:
            return -(-abs(self.n) // (24 if self.unit is Unit.HOUR else 4))
        per = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 31, Unit.BUSINESS_DAY: 2}
        return abs(self.n) * per.get(self.unit, 0)

    def text(self) -> Text:
        """The offset as a reader says it.

        >>> print(Offset.parse("-30 days").text().ja, "/", Offset.parse("2 business days").text().en)
        30日前 / 2 business days
        """
        if self.unit is Unit.SAME_DAY:
            return msg("the same day")
        if self.by_the_day:
            return msg("by the day itself")
        unit, n = _UNIT_TEXT[self.unit], abs(self.n)
        span = msg("{n} {unit}", n=n, unit=unit if n == 1 else Text(unit.ja, unit.en + "s"))
        return msg("{span} before", span=span) if self.negative else span

    def __str__(self) -> str:
        if self.unit is Unit.SAME_DAY:
            return self.unit.value
        if self.by_the_day:
            return "-0 days"
        return f"{self.n} {self.unit.value}{'' if abs(self.n) == 1 else 's'}"


def said_after_wait(wait: Offset, due: Offset) -> Text:
    """A due that is counted after a wait, as a reader says it.

    >>> print(said_after_wait(Offset.parse("2 days"), Offset.parse("same day")).ja)
    2日おいて、その日のうち
    """
    if due.unit is Unit.SAME_DAY:
        return msg("on the day that comes after {wait}", wait=wait.text())
    return msg("{due} after waiting {wait}", due=due.text(), wait=wait.text())
