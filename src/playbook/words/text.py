"""One thing said in two languages; a number as both write it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, assert_never

Lang = Literal["ja", "en"]
LANGS: tuple[Lang, ...] = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """A label, a sentence or a draft, in Japanese and in English.

    >>> print(Text("応募", "Applied"))
    応募
    >>> Text("応募", "Applied").say("en")
    'Applied'
    """

    ja: str
    en: str

    def say(self, lang: Lang = "ja") -> str:
        """The text in one language."""
        match lang:
            case "ja":
                return self.ja
            case "en":
                return self.en
            case _:
                assert_never(lang)

    def __str__(self) -> str:
        return self.ja


ABSENT = "—"


def rounded(value: float | None, digits: int | None = None) -> str:
    """A number with its thousands apart; whole numbers without digits after the point, others with one.

    Every figure of a page, a paper and a mark of a picture is rounded here.

    >>> rounded(1234567), rounded(2.345), rounded(2.345, digits=2), rounded(None)
    ('1,234,567', '2.3', '2.35', '—')
    """
    if value is None or math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if digits is None:
        digits = 0 if float(value).is_integer() else 1
    return f"{round(value, digits) + 0:,.{digits}f}"
