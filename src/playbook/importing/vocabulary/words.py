"""The words of exports, from `words.toml`, and how they are found in a text: the longest word wins, in English whole
words alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import tomli

from playbook.words.folding import fold, fold_key


@cache
def vocabulary() -> Mapping[str, Any]:
    """`words.toml` as it is written."""
    return tomli.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class FoundWord:
    """One word found in a text: what it means, and where it stands."""

    meaning: str
    word: str
    start: int
    end: int

    @property
    def length(self) -> int:
        """How much of the text it is."""
        return self.end - self.start


@cache
def patterns(section: str) -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """The words of a section as patterns for a folded text: pattern, meaning, word."""
    return tuple(
        (re.compile(_pattern(fold(word))), meaning, fold_key(word))
        for meaning, words in vocabulary()[section].items()
        for word in (words if isinstance(words, list) else [words])
    )


def _pattern(word: str) -> str:
    """A word of Latin letters stands alone, with blanks or none between its parts; any other may stand within."""
    if re.fullmatch(r"[a-z0-9 .'?-]+", word):
        parts = r"[\s_-]*".join(re.escape(part) for part in re.split(r"[ _]", word))
        return rf"(?<![a-z0-9]){parts}(?![a-z])"
    return r"\s*".join(re.escape(letter) for letter in word.replace(" ", ""))


def found_in(text: str, section: str) -> list[FoundWord]:
    """All words of a section that stand in a folded text, none within another: the longest first."""
    every = [
        FoundWord(meaning, word, one.start(), one.end())
        for pattern, meaning, word in patterns(section)
        for one in pattern.finditer(text)
    ]
    chosen: list[FoundWord] = []
    for one in sorted(every, key=lambda found: (-found.length, -found.start)):
        if all(one.end <= other.start or one.start >= other.end for other in chosen):
            chosen.append(one)
    return chosen


_BEFORE = re.compile(
    r"^(?:[【(（\[](?:必須|任意|\d{1,2})[】)）\]]|[※★☆●◎■□▼▲◆*＊①-⑳]"
    r"|\d{1,2}[.．)）](?=\s*[^\d\s])|[ご御](?=[一-龠])|\s)+"
)
_BEHIND = re.compile(
    r"(?:[【(（\[](?:必須|任意|西暦|実績|yyyy[/-]mm[/-]dd|年月日)[】)）\]]|[▼▲↓*＊]|様|\s)+$", re.IGNORECASE
)


def undecorated(header: str) -> str:
    """A header without what only decorates it: a mark, a number before it, 必須, how a day is written.

    >>> [undecorated(one) for one in ("【必須】応募日", "※氏名", "①応募日", "応募日（西暦）", "*", "1次面接")]
    ['応募日', '氏名', '応募日', '応募日', '*', '1次面接']
    """
    return _BEHIND.sub("", _BEFORE.sub("", header)) or header


def spaced(header: str) -> str:
    """A header folded, with its English words apart: `appliedAt` and `applied_at` are two words.

    >>> spaced("FirstInterview_Date"), spaced("一次　面接日")
    ('first interview date', '一次 面接日')
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", undecorated(header))
    return re.sub(r"[\s_]+", " ", fold(apart)).strip()


@cache
def _ranks() -> Mapping[str, Mapping[str, int]]:
    return {
        becomes: {_plain(word): n for n, word in reversed(list(enumerate(words)))}
        for becomes, words in vocabulary()["headers"].items()
    }


def rank(becomes: str, header: str) -> int | None:
    """How sure a whole header is a word for something: 0 is the surest; None where it is none."""
    ranks = _ranks()[becomes]
    found = [ranks[one] for one in _ways(header) if one in ranks]
    return min(found, default=None)


def planned_date(header: str, dates: Iterable[str]) -> str:
    """The planned date, of those that a book knows, that a whole header names; empty where it names none."""
    return next((one for one in sorted(dates) if one in _ranks() and rank(one, header) is not None), "")


def _ways(header: str) -> Iterator[str]:
    """A header as a whole, and its last part where it was made of two rows of headings."""
    yield _plain(header)
    last = header.split(" ")[-1]
    if last != header and not re.match(r"^[a-z0-9._-]*$", fold(last)):
        yield _plain(last)


def _plain(text: str) -> str:
    return re.sub(r"[\s_.:・*＊]+", "", fold_key(undecorated(text))) or fold_key(text)


def is_word(becomes: Iterable[str], header: str) -> bool:
    """Whether a whole header is a word for one of some things."""
    return any(rank(one, header) is not None for one in becomes)


def without(text: str, found: Sequence[FoundWord]) -> str:
    """What is left of a text without some words, a blank in the place of each."""
    for one in sorted(found, key=lambda word: -word.start):
        text = text[: one.start] + " " + text[one.end :]
    return text
