"""How long things take: delays as distributions, and the clocks that turn them into moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from playbook.days.calendar import holiday_names

PlayedMoments = npt.NDArray[np.datetime64]
"""Local moments to the second; NaT where something did not happen."""

_OPENS, _CLOSES, _LATEST = 9 * 60, 18 * 60, 21 * 60


@dataclass(frozen=True, slots=True)
class Delay:
    """A number of days, as the weights of `start`, `start + 1`, `start + 2`, ... days.

    `business`: counted in business days; else in days of the calendar. `office`: where that is no business day, the
    one before is taken.
    """

    weights: tuple[float, ...]
    start: int = 0
    business: bool = True
    office: bool = False

    @property
    def mean(self) -> float:
        """The expected number of days."""
        total = sum(self.weights)
        return sum((self.start + n) * weight for n, weight in enumerate(self.weights)) / total

    def draw(self, rng: np.random.Generator, n: int) -> npt.NDArray[np.int64]:
        """Days, one per case."""
        edges = np.cumsum(self.weights)
        return np.searchsorted(edges / edges[-1], rng.random(n), side="right").astype(np.int64) + self.start

    def described(self) -> dict[str, object]:
        """The distribution as plain data: the share of each number of days."""
        total = sum(self.weights)
        shares = {str(self.start + n): round(weight / total, 6) for n, weight in enumerate(self.weights) if weight}
        return {"unit": "business days" if self.business else "days", "share": shares, "mean": round(self.mean, 4)}


def workdays(*weights: float) -> Delay:
    """Business days: the weights of none, one, two, ..."""
    return Delay(weights)


def between(first: int, last: int) -> Delay:
    """Any number of business days from the first to the last, all equally likely."""
    return Delay((1.0,) * (last - first + 1), first)


def calendar_days(first: int, last: int) -> Delay:
    """Any number of calendar days from the first to the last, all equally likely."""
    return Delay((1.0,) * (last - first + 1), first, business=False)


AT_ONCE = Delay((1.0,))
"""No time passes: the very moment."""


class Timing(Protocol):
    """Turns a start and a delay into a moment."""

    def after(self, rng: np.random.Generator, start: PlayedMoments, delay: Delay) -> PlayedMoments:
        """The moments that a delay leads to."""
        ...


@dataclass(frozen=True, slots=True)
class PlainClock:
    """Elapsed time without nights or holidays: exponential with the delay's mean, so that truths are exact."""

    def after(self, rng: np.random.Generator, start: PlayedMoments, delay: Delay) -> PlayedMoments:
        """The start and an exponential time."""
        seconds = rng.exponential(max(delay.mean, 0.02) * 86_400, len(start))
        return np.asarray(start + np.maximum(seconds, 1).astype("timedelta64[s]"))


@dataclass(frozen=True, slots=True)
class OfficeClock:
    """Office hours of Japan: weekends, national holidays and the turn of the year are closed."""

    first_year: int
    last_year: int

    def after(self, rng: np.random.Generator, start: PlayedMoments, delay: Delay) -> PlayedMoments:
        """The moments reached; the same day when no day passes, later at some hour of the day."""
        count = delay.draw(rng, len(start))
        spread = rng.random(len(start))
        here = start.astype("datetime64[D]")
        day = self._business(here, count) if delay.business else here + count
        if delay.office:
            day = np.busday_offset(day, 0, roll="backward", busdaycal=_office_days(self.first_year, self.last_year))
        minute = _round(_OPENS + spread * (_CLOSES - _OPENS))
        soon = start + (10 + 5 * np.floor(30 * spread)).astype("timedelta64[m]")
        latest = np.maximum(here + np.timedelta64(_LATEST, "m"), start + np.timedelta64(5, "m"))
        return np.where(day == here, np.minimum(soon, latest), day + minute).astype("datetime64[s]")

    def _business(self, here: npt.NDArray[np.datetime64], count: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
        week = _office_days(self.first_year, self.last_year)
        later = np.busday_offset(here, count, roll="backward", busdaycal=week)
        today = np.busday_offset(here, 0, roll="forward", busdaycal=week)
        return np.where(count == 0, today, later)


def _round(minutes: npt.NDArray[np.float64]) -> npt.NDArray[np.timedelta64]:
    return (5 * np.floor(minutes / 5)).astype("timedelta64[m]")


@cache
def _office_days(first_year: int, last_year: int) -> np.busdaycalendar:
    closed = [day for year in range(first_year, last_year + 1) for day in holiday_names(year)]
    turns = [date(year, *at) for year in range(first_year, last_year + 1) for at in TURN_OF_THE_YEAR]
    return np.busdaycalendar(holidays=np.array([*closed, *turns], dtype="datetime64[D]"))


TURN_OF_THE_YEAR = ((12, 29), (12, 30), (12, 31), (1, 2), (1, 3))
"""The days around the New Year on which the invented agency and its clients are closed."""


def office_day(day: PlayedMoments, first_year: int, last_year: int) -> PlayedMoments:
    """The same days, moved on to the next business day where they are none."""
    return np.busday_offset(
        day.astype("datetime64[D]"), 0, roll="forward", busdaycal=_office_days(first_year, last_year)
    )
