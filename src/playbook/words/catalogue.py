"""What problems say, in Japanese: found in `problems.toml` by the English of the code, whole or as a pattern.

A problem is said once, in English, where it is found; so a message reads as a sentence there, and the other language
stands in one file, in the order of the subjects, as a translator wants it. What has no entry stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_HOLE = re.compile(r"\{(\d*)\}")


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One message with what is filled in; `quoted` says which of that stands in quotes."""

    shape: re.Pattern[str]
    japanese: str
    quoted: tuple[bool, ...]
    weight: int

    @classmethod
    def of(cls, english: str, japanese: str) -> _Pattern:
        parts = english.split("{}")
        shape = re.compile("(.*?)".join(map(re.escape, parts)), re.DOTALL)
        quoted = tuple(part.endswith(("'", '"')) for part in parts[:-1])
        return cls(shape, japanese, quoted, len("".join(parts)))


def in_japanese(english: str) -> str:
    """A message in Japanese.

    >>> in_japanese("found '7 dayz'"), in_japanese("a list, each an id of [[role]]")
    ("'7 dayz' とあります", 'リスト。それぞれが [[role]] の id')
    """
    return _said(english, "said")


def place_in_japanese(place: str) -> str:
    """A place in Japanese: the words of its parts.

    >>> place_in_japanese("rules.toml, [[rule]] notify, key 'due'")
    "rules.toml, [[rule]] notify, キー 'due'"
    """
    return ", ".join(_said(part, "place") for part in place.split(", "))


def _said(english: str, section: str) -> str:
    whole, patterns = _known(section)
    if english in whole:
        return whole[english]
    for pattern in patterns:
        if found := pattern.shape.fullmatch(english):
            return _filled(pattern, found.groups(), section)
    return english


def _filled(pattern: _Pattern, found: tuple[str, ...], section: str) -> str:
    words = [one if quoted else _said(one, section) for one, quoted in zip(found, pattern.quoted, strict=True)]
    left = iter(words)
    return _HOLE.sub(lambda hole: words[int(hole[1])] if hole[1] else next(left), pattern.japanese)


@cache
def _known(section: str) -> tuple[dict[str, str], tuple[_Pattern, ...]]:
    """Whole messages, and patterns, those with the most words of their own first."""
    said = catalogue()[section]
    patterns = sorted((_Pattern.of(*pair) for pair in said.items() if "{}" in pair[0]), key=lambda one: -one.weight)
    return {english: japanese for english, japanese in said.items() if "{}" not in english}, tuple(patterns)


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """The file: messages in `said`, parts of places in `place`, and in `alike` what needs no other words."""
    import tomli  # here, as most starts of the program have nothing to complain of

    return tomli.loads((files("playbook.words") / "translations" / "problems.toml").read_text(encoding="utf-8"))
