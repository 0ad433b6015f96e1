"""Errors for the person who can fix them: where, what was found, what is allowed, a hint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake at one place.

    >>> print(Problem("rules.toml, [[rule]] notify, key 'due'", "found '7 dayz'", "an offset such as '7 days'"))
    rules.toml, [[rule]] notify, key 'due': found '7 dayz'; allowed: an offset such as '7 days'
    """

    place: str
    found: str
    allowed: str = ""
    hint: str = ""

    def __str__(self) -> str:
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        hint = f"\n  Hint: {self.hint}" if self.hint else ""
        return f"{self.place}: {self.found}{allowed}{hint}"


class PlaybookError(Exception):
    """Unusable input; carries every problem found, not only the first."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class RulebookError(PlaybookError):
    """A rule book that cannot be used."""


class WorkspaceError(PlaybookError):
    """A workspace, table or file that cannot be used."""


class CalendarError(PlaybookError):
    """A date outside the years the holiday source knows."""


class ArgumentError(PlaybookError):
    """A parameter or argument that cannot be used."""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A hint naming the nearest known word, or an empty string.

    >>> did_you_mean("drivr", ["driver", "decision_maker"])
    "did you mean 'driver'?"
    """
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""
