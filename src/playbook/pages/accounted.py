"""Nobody vanishes: a sentence that adds up, the cases that are in no answer by name, the lines an import refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from markupsafe import Markup

from playbook.answers.owed.accounted import IN_ANSWERS, MISSING
from playbook.importing.report import FOLDER, QUARANTINE_FILE
from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.view import Cell, Column, Table
from playbook.tables.declared import ROW
from playbook.tables.settings import Settings
from playbook.words.catalogue import COMMA, msg
from playbook.words.text import Lang

_WHERE = {
    "asked": msg("with something due"),
    "idle": msg("live, nothing due"),
    "ended": msg("ended"),
    "no_event": msg("no event yet: nothing starts a clock"),
    "later": msg("begins later than the day asked for"),
    "other_playbook": msg("of a playbook that is not in use"),
    "gone": msg("not in the newest data any more"),
    "refused": msg("a row of cases that could not be used"),
}
_TOTAL = msg("Of {all} rows of cases {shown} are in the answers ({parts}); {missing} are not")
_NONE = msg("Of {all} rows of cases all are in the answers ({parts})")
_REFUSED = msg("; {n} more lines were refused by the last import (import/quarantine.csv)")


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of everybody: sentences, and the cases that are on no list, one row each."""

    sentences: tuple[str, ...]
    missing: Table

    def __repr__(self) -> str:
        return " ".join(self.sentences)

    def _repr_html_(self) -> str:
        paragraphs = Markup("").join(Markup("<p>{}</p>").format(one) for one in self.sentences)
        return str(paragraphs + (self.missing.html if len(self.missing) else Markup("")))


def told(
    found: pl.DataFrame | None,
    settings: Settings,
    playbooks: Iterable[Playbook],
    lang: Lang = "ja",
    *,
    place: str = "",
    kept: pl.DataFrame | None = None,
) -> Told:
    """Since when is counted; and of everybody (`accounted`; None on the list of one person) the totals and who is
    missing.

    `place`: the folder of the workspace, where an import may have left lines that it refused; their number is said.
    `kept`: how long what is held of each case is kept (`keeping`); what may be erased by now is said.
    """
    since = _counted_from(settings, playbooks, lang)
    if found is None:
        return Told(tuple(filter(None, [since])), Table("", (), (), lang=lang))
    said = (_sum_of(found, lang) + _refused(place, lang), since, _erasable(kept, lang))
    return Told(tuple(filter(None, said)), _missing(found, lang))


def _erasable(kept: pl.DataFrame | None, lang: Lang) -> str:
    """How many cases may be erased, and since when the first of them."""
    free = None if kept is None else kept.filter(pl.col("waits_for").is_null())
    if free is None or free.is_empty():
        return ""
    first = formats.day(free["erasable_since"].sort()[0], lang)
    return msg(
        "Cases that may be erased: {n}, the first since {day}. Their keeping periods are over (playbook purge).",
        n=formats.number(free.height, lang), day=first,
    ).say(lang)  # fmt: skip


def _missing(found: pl.DataFrame, lang: Lang) -> Table:
    named = found.filter(pl.col("where").is_in(MISSING))
    heads = (
        Column("where", msg("Why it is on no list").say(lang)),
        *(Column(name, labels.column(name, lang)) for name in ("case", "subject")),
        Column("row", labels.column("row", lang), figures=True),
    )
    rows = tuple(
        tuple(Cell(cell) for cell in (_WHERE[why].say(lang), case or "", subject or "", str(row)))
        for why, case, subject, row in named.select("where", "case_id", "subject", ROW).rows()
    )
    return Table(msg("Cases that are on no list").say(lang), heads, rows, lang=lang)


def _sum_of(found: pl.DataFrame, lang: Lang) -> str:
    counts = dict(found.group_by("where").len().rows())
    parts = COMMA.say(lang).join(
        f"{_WHERE[where].say(lang)} {formats.number(counts[where], lang)}" for where in IN_ANSWERS if counts.get(where)
    )
    shown = sum(counts.get(where, 0) for where in IN_ANSWERS)
    said = _TOTAL if shown < len(found) else _NONE
    numbers = {"all": len(found), "shown": shown, "missing": len(found) - shown}
    return said.say(lang).format(parts=parts or "0", **{name: formats.number(n, lang) for name, n in numbers.items()})


def _refused(place: str, lang: Lang) -> str:
    """How many lines the last import refused, where there was one."""
    path = Path(place) / FOLDER / QUARANTINE_FILE
    if not place or not path.is_file():
        return ""
    lines = pl.read_csv(path, infer_schema=False, glob=False).select("place", ROW).n_unique()
    return _REFUSED.say(lang).format(n=formats.number(lines, lang)) if lines else ""


def _counted_from(settings: Settings, playbooks: Iterable[Playbook], lang: Lang = "ja") -> str:
    """Since which day the procedures are counted, in a sentence; empty where they always were."""
    days = {book.id: (book, day) for book in playbooks if (day := settings.counts_from.of(book.id))}
    if not days:
        return ""
    if len({day for _, day in days.values()}) == 1:
        told = formats.day(next(iter(days.values()))[1], lang)
    else:
        told = COMMA.say(lang).join(f"{book.name.say(lang)} {formats.day(day, lang)}" for book, day in days.values())
    return msg("Counted from {day} (counts_from in workspace.toml): what was due before is on no list.", day=told).say(
        lang
    )
