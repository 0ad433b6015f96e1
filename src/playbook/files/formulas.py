"""Text from data must never become a formula: what a spreadsheet would run is made plain text, and back."""

from __future__ import annotations

import re

import polars as pl

# What a spreadsheet takes for the start of a formula, after what it skips (spaces, control and invisible characters):
# the signs, their full-width forms (read as such by Japanese Excel), and a tab or line break (OWASP, CSV injection).
_RUN = re.compile(r"'*(?:[\t\r\n]|[\s\x00-\x1f\ufeff\u200b-\u200f\u2060-\u2064]*[=+\-@＝＋－＠])")
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?%?")


def neutralise(text: str) -> str:
    """A text as a spreadsheet may read it: with an apostrophe before it where it could be run as a formula.

    Numbers stay as they are. What already begins with apostrophes before a formula gets one more, so that
    `restore` gives back every text.

    >>> neutralise("=1+1"), neutralise("-5"), neutralise("+81-3-1234-5678"), neutralise("佐藤")
    ("'=1+1", '-5', "'+81-3-1234-5678", '佐藤')
    """
    return f"'{text}" if runs(text) else text


def neutralised(texts: pl.Series) -> pl.Series:
    """A column of texts, each as `neutralise` gives it."""
    # Names and codes repeat: each is looked at once, and few of them run.
    seen = texts.unique().drop_nulls()
    risky = seen.filter(seen.str.contains(f"^{_RUN.pattern}"))
    running = risky.filter(~risky.str.contains(f"^(?:{_NUMBER.pattern})$"))
    return texts.replace(running, "'" + running) if len(running) else texts


def restore(text: str) -> str:
    """The text that was neutralised.

    >>> restore("'=1+1"), restore("'24年卒")
    ('=1+1', "'24年卒")
    """
    return text[1:] if text.startswith("'") and runs(text[1:]) else text


def runs(text: str) -> bool:
    """Whether a spreadsheet would take the text for a formula."""
    return _RUN.match(text) is not None and _NUMBER.fullmatch(text) is None
