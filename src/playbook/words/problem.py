"""Errors for the person who can fix them: where, what was found, what is allowed, a hint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from playbook.words.catalogue import in_japanese, place_in_japanese
from playbook.words.text import Lang


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake at one place, in English; `phrases` knows the same in Japanese.

    >>> print(Problem("rules.toml, [[rule]] notify, key 'due'", "found '7 dayz'", "an offset such as '7 days'"))
    rules.toml, [[rule]] notify, key 'due': found '7 dayz'; allowed: an offset such as '7 days'
    >>> print(Problem("--horizon", "found 'x'", "a whole number, 0 or more").say("ja"))
    --horizon: 'x' とあります。使えるもの: 0 以上の整数
    """

    place: str
    found: str
    allowed: str = ""
    hint: str = ""

    def __str__(self) -> str:
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        hint = f"\n  Hint: {self.hint}" if self.hint else ""
        return f"{self.place}: {self.found}{allowed}{hint}"

    def say(self, lang: Lang) -> str:
        """The problem in one language."""
        if lang == "en":
            return str(self)
        said = self.parts(lang)
        allowed = f"。使えるもの: {said.allowed}" if said.allowed else ""
        hint = f"\n  ヒント: {said.hint}" if said.hint else ""
        return f"{said.place}: {said.found}{allowed}{hint}"

    def parts(self, lang: Lang) -> Problem:
        """The same problem with its parts in one language."""
        if lang == "en":
            return self
        return Problem(place_in_japanese(self.place), *map(in_japanese, (self.found, self.allowed, self.hint)))


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
