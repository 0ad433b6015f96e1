"""Errors for the person who can fix them: where, what was found, what is allowed, a hint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from playbook.words.catalogue import msg, msg_in
from playbook.words.text import Lang, Text

Said = Text | str
"""What a problem says: a message in both languages, or somebody's own words, which are never translated."""


def said(what: Said, lang: Lang) -> str:
    """A message in one language; somebody's own words as they are."""
    return what.say(lang) if isinstance(what, Text) else what


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake at one place.

    >>> print(Problem("rules.toml, [[rule]] notify", msg("found {found!r}", found="7 dayz"), "7 days"))
    rules.toml, [[rule]] notify: found '7 dayz'; allowed: 7 days
    >>> print(Problem("--horizon", msg("found {found!r}", found="x"), msg("a whole number, 0 or more")).say("ja"))
    --horizon: 'x' とあります。使えるもの: 0 以上の整数
    """

    place: Said
    found: Said
    allowed: Said = ""
    hint: Said = ""

    def __str__(self) -> str:
        return self.say("en")

    def say(self, lang: Lang) -> str:
        """The problem in one language."""
        place, found, allowed, hint = self.parts(lang)
        if allowed:
            found = msg("{found}; allowed: {allowed}", found=found, allowed=allowed).say(lang)
        if hint:
            found = msg("{found}\n  Hint: {hint}", found=found, hint=hint).say(lang)
        return f"{place}: {found}"

    def parts(self, lang: Lang) -> SaidProblem:
        """Its parts in one language."""
        place = _place(self.place) if lang == "ja" and isinstance(self.place, str) else said(self.place, lang)
        found, hint = (_seen_at_once(said(part, lang)) for part in (self.found, self.hint))
        return SaidProblem(_seen_at_once(place), found, said(self.allowed, lang), hint)


def _seen_at_once(text: str) -> str:
    """What somebody wrote, without its middle where nobody would read it."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 4 :]}"


_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Remark:
    """One decision or doubt about what was read; `doubt` asks a person to look."""

    text: Text
    doubt: bool = False


class SaidProblem(NamedTuple):
    """A problem in one language."""

    place: str
    found: str
    allowed: str
    hint: str


def _place(written: str) -> str:
    """A place in Japanese: the words around numbers and around what stands in quotes, which are somebody's own."""
    return ", ".join(said(in_both(part, _PLACES), "ja") for part in written.split(", "))


_PLACES = (
    msg_in("place", "column {} (end of the file)"),
    msg_in("place", "line {} (end of the file)"),
    msg_in("place", "parameter '{}'"),
    msg_in("place", "--{} and --{}"),
    msg_in("place", "{} number {}"),
    msg_in("place", "column '{}'"),
    msg_in("place", "report '{}'"),
    msg_in("place", "cases of {}"),
    msg_in("place", "sheet '{}'"),
    msg_in("place", "table '{}'"),
    msg_in("place", "column {}"),
    msg_in("place", "rule '{}'"),
    msg_in("place", "case '{}'"),
    msg_in("place", "key '{}'"),
    msg_in("place", "entry {}"),
    msg_in("place", "{} cases"),
    msg_in("place", "line {}"),
    msg_in("place", "row {}"),
)
"""The kinds of places in files and tables, those with the most words of their own first.

What fills their holes is a number or somebody's own.
"""


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


def reason(error: BaseException) -> Said:
    """What the system says of an error."""
    return in_both(getattr(error, "strerror", None) or str(error) or type(error).__name__, _SYSTEM)


def in_both(english: str, known: Iterable[Text]) -> Said:
    """What a library says, in both languages where its words are known; what fills their holes stays as it is.

    >>> print(in_both("unrecognized arguments: -q", [Text("知らない引数です: {}", "unrecognized arguments: {}")]))
    知らない引数です: -q
    """
    for one in known:
        if found := re.fullmatch("(.*?)".join(map(re.escape, one.en.split("{}"))), english, re.DOTALL):
            return Text(one.ja.format(*found.groups()), english)
    return english


_SYSTEM = (
    msg("No such file or directory"),
    msg("Permission denied"),
    msg("Is a directory"),
    msg("Not a plain file"),
    msg("File too large"),
    msg("Too many levels of symbolic links"),
    msg("Not a directory"),
    msg("File exists"),
    msg("File name too long"),
    msg("No space left on device"),
    msg("Read-only file system"),
)


def did_you_mean(word: str, known: Sequence[str]) -> Said:
    """A hint naming the nearest known word, or an empty string.

    >>> did_you_mean("drivr", ["driver", "decision_maker"]).en
    "did you mean 'driver'?"
    """
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return msg("did you mean '{near}'?", near=near[0]) if near else ""
