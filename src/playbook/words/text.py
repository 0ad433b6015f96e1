"""One thing said in two languages."""

from __future__ import annotations

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
