"""What is simulated: how many cases of which playbooks, over how long, with which planted effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean

SAMPLE_CASES: Mapping[str, int] = {
    "joins-selection": 150,
    "placement-followup": 46,
    "casual-interview": 84,
    "interview-aftercare": 120,
    "dispatch-sales": 56,
}
"""How many cases of each playbook the sample workspace holds."""

SAMPLE_UNTIL = date(2026, 11, 20)
"""The as-of of the sample workspace."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything a simulation depends on; the same scenario gives the same rows.

    `cases`: how many of each playbook. `months` of history end at `until`; nothing later is in the tables (cases still
    open are censored there), and no case begins in the last `quiet_days`. `late_odds`: a contact three days or more
    after an interview multiplies the odds that the candidate declines by this (1: no effect). `change_on`,
    `change_odds`: from that day a better aftercare multiplies them by this (1, or no day: flat). `pace`: `office` hours
    and holidays of Japan, or `plain` elapsed time with exponential delays. `details`: people, texts and all tables;
    without, only events, cases and openings, quickly.
    """

    seed: int = 20261124
    clients: int = 12
    months: int = 24
    until: date = SAMPLE_UNTIL
    cases: Mapping[str, int] = field(default_factory=lambda: SAMPLE_CASES)
    late_odds: float = 3.0
    change_on: date | None = date(2025, 12, 1)
    change_odds: float = 0.6
    quiet_days: int = 0
    pace: Literal["office", "plain"] = "office"
    details: bool = True

    def __post_init__(self) -> None:
        """ArgumentError with everything that cannot be simulated."""
        if problems := list(_problems(self)):
            raise ArgumentError(problems)


def _problems(scenario: Scenario) -> Iterator[Problem]:
    for name in ("clients", "months"):
        if (found := getattr(scenario, name)) < 1:
            yield Problem(name, msg("found {found}", found=found), msg("1 or more"))
    for name in ("late_odds", "change_odds"):
        if (odds := getattr(scenario, name)) <= 0:
            yield Problem(name, msg("found {odds}", odds=odds), msg("more than 0 (1: no effect)"))
    if not any(scenario.cases.values()):
        yield Problem("cases", msg("there are none"), msg("at least one case of one playbook"))
    for book, number in scenario.cases.items():
        if book not in SAMPLE_CASES:
            known = list(SAMPLE_CASES)
            hint = did_you_mean(book, known)
            yield Problem("cases", msg("there is no playbook '{book}' to simulate", book=book), ", ".join(known), hint)
        elif number < 0:
            yield Problem(f"cases of {book}", msg("found {number}", number=number), msg("0 or more"))
