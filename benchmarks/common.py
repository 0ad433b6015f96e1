"""What every contender is given: the question, the days, who answers; and how each is measured."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

AS_OF = date(2025, 11, 20)
HORIZON = 7
ANSWER = ("rule_id", "case_id", "entry", "trigger_at", "opened_at", "due_at", "act_by", "status", "role", "owner")
"""What is compared: moments in microseconds since 1970-01-01 UTC, days since 1970-01-01."""

HOUR, DAY, ZONE = 3_600_000_000, 86_400_000_000, 9 * 3_600_000_000
EPOCH = date(1970, 1, 1)
FIRST, LAST = date(2023, 1, 1), date(2027, 12, 31)
FIRST_DAY = (FIRST - EPOCH).days


def start_of(day: Any) -> Any:
    """The first instant of days in Tokyo."""
    return day * DAY - ZONE


TODAY = (AS_OF - EPOCH).days
KNOWN_UNTIL = start_of(TODAY + 1) - 1
PASSED_BEFORE, REACHED_BEFORE = start_of(TODAY), start_of(TODAY + 1)
SOON_BEFORE = start_of(TODAY + 1 + HORIZON)


def business_days() -> np.ndarray:
    """Per day of the years in question, whether it is a business day."""
    import holidays

    japan = holidays.country_holidays("JP", years=range(FIRST.year, LAST.year + 1))
    days = [FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1)]
    return np.array([day.weekday() < 5 and day not in japan for day in days])


def last_open(is_open: np.ndarray) -> np.ndarray:
    """Per day, the last business day not after it."""
    days = np.arange(len(is_open)) + FIRST_DAY
    return np.maximum.accumulate(np.where(is_open, days, 0))


def reached(offset: str, is_open: np.ndarray) -> np.ndarray:
    """Per day, the day that an offset of days, weeks, months or business days reaches."""
    days = np.arange(len(is_open)) + FIRST_DAY
    if offset == "same day":
        return days
    n, unit = int(offset.split(" ", 1)[0]), offset.split(" ", 1)[1].removesuffix("s")
    if unit == "business day":
        nth = np.append(np.flatnonzero(is_open), [len(is_open)] * (n + 1))
        return nth[np.cumsum(is_open) + n - 1] + FIRST_DAY
    if unit == "month":
        return np.array([_months_later(EPOCH + timedelta(int(day)), n) for day in days])
    return days + n * {"day": 1, "week": 7}[unit]


def _months_later(day: date, n: int) -> int:
    month = day.month - 1 + n
    first = date(day.year + month // 12, month % 12 + 1, 1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min((first - EPOCH).days + day.day, (after - EPOCH).days) - 1


def due_moments(offset: str, is_open: np.ndarray) -> np.ndarray:
    """Per day, the last microsecond of the day that an offset reaches."""
    return start_of(reached(offset, is_open) + 1) - 1


def hours(offset: str) -> int | None:
    """The microseconds of an offset in hours; None where it is none."""
    return int(offset.split()[0]) * HOUR if offset.endswith("hours") else None


def offsets(rules: Iterable[dict[str, Any]]) -> list[str]:
    """All offsets in days, weeks, months and business days that rules use, for dues and escalations."""
    used = [offset for rule in rules for offset in (*rule["due"], *(step["after"] for step in rule["escalate"]))]
    return sorted({offset for offset in used if hours(offset) is None})


def voids(rule: dict[str, Any]) -> list[str]:
    """The activities that make an action void."""
    from logs import OUTCOMES

    return sorted(set(rule["unless"]) | (set(OUTCOMES.values()) - set(rule["until"])))


def in_order(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rules that record first."""
    return sorted(rules, key=lambda rule: not rule["record"])


def answering(assignments: Iterable[tuple[str, str, str | None]], clients: Iterable[str]) -> dict[tuple[str, str], str]:
    """Who answers for a role of a client."""
    from rules import FALLS_TO, ROLES

    held = {(role, client): person for role, person, client in assignments}
    found: dict[tuple[str, str], str] = {}
    for role in ROLES:
        for client in clients:
            asked: str | None = role
            while asked and (role, client) not in found:
                person = held.get((asked, client)) or held.get((asked, None))
                if person:
                    found[role, client] = person
                asked = FALLS_TO.get(asked)
    return found


def main(answer: Callable[[Path, int, Stopwatch], Any], write: Callable[[Any, Path], None]) -> None:
    """Measures one answer, `FOLDER RULES [OUT]`: prints seconds, processor time and the peak of memory as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("rules", type=int)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--warm", type=Path, help="a small log to answer first, for what compiles itself")
    given = parser.parse_args()
    if given.warm:
        answer(given.warm, given.rules, Stopwatch())
    clock, whole, begun = Stopwatch(), Stopwatch(), time.process_time()
    with whole("seconds"):
        found = answer(given.folder, given.rules, clock)
    processor = time.process_time() - begun
    print(json.dumps({**whole.seconds, "processor": processor, "peak_mb": peak_mb(), "parts": clock.seconds}))
    if given.out:
        write(found, given.out)


class Stopwatch:
    """Seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started


def ask(questions: Callable[[Path, Stopwatch], dict[str, Any]]) -> None:
    """Measures some questions, one by one: `FOLDER`; prints seconds, peak and answers as JSON."""
    clock = Stopwatch()
    answers = questions(Path(sys.argv[1]), clock)
    print(json.dumps({"seconds": clock.seconds, "peak_mb": peak_mb(), "answers": answers}))


def peak_mb() -> float:
    """The most memory this process ever held."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
