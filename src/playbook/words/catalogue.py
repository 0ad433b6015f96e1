"""Words of the code in both languages: English where they are said, Japanese in `translations/ja.po`.

`ja.po` is edited with whatever edits such files; `make words` brings it up to the code and makes `ja.mo` of it, which
is what is read. What a user wrote is filled in as it is and never looked up.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

from playbook.words.text import LANGS, Lang, Text


def msg(template: str, /, **values: object) -> Text:
    """A message in both languages, with what is filled in; a value that is a `Text` is filled in in each.

    >>> print(msg("is missing"), "/", msg("is missing").en)
    がありません / is missing
    >>> msg("{n} days", n=3).say("en")
    '3 days'
    """
    return _filled(_japanese().gettext(template), template, values)


def msg_in(context: str, template: str, /, **values: object) -> Text:
    """The same, of messages that are alike in English and not in Japanese: the context tells them apart."""
    return _filled(_japanese().pgettext(context, template), template, values)


def listed(parts: Iterable[object]) -> Text:
    """Parts one after the other, as each language parts them.

    >>> print(listed(["佐藤", "鈴木"]), "/", listed(["佐藤", "鈴木"]).en)
    佐藤、鈴木 / 佐藤, 鈴木
    """
    return joined(COMMA, parts)


def either(parts: Iterable[object]) -> Text:
    """Parts of which one is enough."""
    return joined(msg_in("between parts", " or "), parts)


def aside(said: object, more: object) -> Text:
    """Something, and in brackets behind it what is said by the way, as each language writes brackets.

    >>> print(aside("担当", "代理"), "/", aside("owner", "acting").en)
    担当（代理） / owner (acting)
    """
    return msg("{said} ({more})", said=said, more=more)


def joined(between: Text | str, parts: Iterable[object]) -> Text:
    """Parts with something between them, in each language.

    >>> joined(" → ", [msg("{n} days", n=3), "P-010"]).en
    '3 days → P-010'
    """
    parts = list(parts)
    ja, en = (_said(between, lang).join(_said(part, lang) for part in parts) for lang in LANGS)
    return Text(ja, en)


def _filled(ja: str, en: str, values: dict[str, object]) -> Text:
    if not values:
        return Text(ja, en)
    return Text(ja.format_map(_in("ja", values)), en.format_map(_in("en", values)))


def _in(lang: Lang, values: dict[str, object]) -> dict[str, object]:
    return {name: value.say(lang) if isinstance(value, Text) else value for name, value in values.items()}


def _said(part: object, lang: Lang) -> str:
    return part.say(lang) if isinstance(part, Text) else str(part)


@cache
def _japanese() -> GNUTranslations:
    """The messages in Japanese."""
    with (Path(__file__).parent / "translations" / "ja.mo").open("rb") as file:
        return GNUTranslations(file)


COMMA, DOT = msg_in("between parts", ", "), msg_in("between short parts", ", ")
"""What stands between the parts of a sentence, and between those of a cell."""
