"""The section of open questions: who asked what, since when, and for which day the answer is promised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl
from markupsafe import Markup

from playbook.answers.owed.questions import asks
from playbook.rendering.lab import StyledInNotebooks
from playbook.rules.nouns import Playbook
from playbook.show.view import Table, table
from playbook.words.catalogue import msg
from playbook.words.text import Lang

_SHOWN = (
    "subject",
    "case_id",
    "client_id",
    "question",
    "asked_at",
    "promised_at",
    "for_on",
    "owner",
    "due_at",
    "status",
)
_TITLE = msg("Open questions")
_NONE = msg("No question is open.")


@dataclass(frozen=True, slots=True)
class Register(StyledInNotebooks):
    """The questions that are open, under their heading; nothing at all where no book asks for them."""

    title: str
    sentence: str
    questions: Table

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        if not self.title:
            return ""
        heading = Markup("<h2>{}</h2>").format(self.title)
        return str(
            heading + (self.questions.html if len(self.questions) else Markup("<p>{}</p>").format(self.sentence))
        )


def register(
    found: pl.DataFrame,
    playbooks: Iterable[Playbook],
    lang: Lang = "ja",
    *,
    followed: Iterable[str],
    near: date,
    clients: pl.DataFrame | None = None,
) -> Register:
    """The open questions (`questions.questions`).

    `followed`: the playbooks that some case follows; the others ask for nothing.
    """
    books, used = tuple(playbooks), set(followed)
    if not asks(book for book in books if book.id in used):
        return Register("", "", Table("", (), (), lang=lang))
    said = _said(found, near, lang)
    shown = table(found, _SHOWN, said, lang, playbooks=books, clients=clients, near=near)
    return Register(_TITLE.say(lang), said, shown)


def _said(rows: pl.DataFrame, day: date, lang: Lang) -> str:
    if rows.is_empty():
        return _NONE.say(lang)
    late = rows.filter(pl.col("for_on") < day).height
    said = msg(
        "Questions open: {n}; nobody has replied yet: {silent}; the promised day has passed: {late}",
        n=rows.height,
        silent=rows["promised_at"].null_count(),
        late=late,
    )
    return said.say(lang)
