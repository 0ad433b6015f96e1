"""Nobody vanishes: a sentence that adds up, the cases that are in no answer by name, the lines an import refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from markupsafe import Markup

from playbook.answers.owed.accounted import IN_ANSWERS, MISSING
from playbook.importing.report import FOLDER, QUARANTINE_FILE
from playbook.rendering.lab import StyledInNotebooks
from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.view import Cell, Column, Table, with_total
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
_TOTAL = msg("Rows of cases that are not in the answers: {missing} of {all}. They are named below.")
_NONE = msg("Every row of cases is in the answers: {all}.")
_REFUSED = msg("Lines that the last import refused stand in import/quarantine.csv.")
_FREE = msg("of these, may be erased")


@dataclass(frozen=True, slots=True)
class Account(StyledInNotebooks):
    """What is said of everybody: sentences, how many are where, and the cases that are on no list, one row each."""

    sentences: tuple[str, ...]
    counts: Table
    missing: Table

    def __repr__(self) -> str:
        return " ".join(self.sentences)

    def _repr_html_(self) -> str:
        paragraphs = Markup("").join(Markup("<p>{}</p>").format(one) for one in self.sentences)
        return str(paragraphs + Markup("").join(one.html for one in (self.counts, self.missing) if len(one)))


def told(
    found: pl.DataFrame | None,
    settings: Settings,
    playbooks: Iterable[Playbook],
    lang: Lang = "ja",
    *,
    place: str = "",
    kept: pl.DataFrame | None = None,
) -> Account:
    """Since when is counted; and of everybody (`accounted`; None on the list of one person) the totals and who is
    missing.

    `place`: the folder of the workspace, where an import may have left lines that it refused; their number is said.
    `kept`: how long what is held of each case is kept (`keeping`); what may be erased by now is said.
    """
    since = _counted_from(settings, playbooks, lang)
    if found is None:
        nothing = Table("", (), (), lang=lang)
        return Account(tuple(filter(None, [since])), nothing, nothing)
    free = kept.filter(pl.col("waits_for").is_null()) if kept is not None else pl.DataFrame()
    said = (_sum_of(found, lang), _refused(place, lang), since, _erasable(free, lang))
    return Account(tuple(filter(None, said)), _counted(found, free.height, lang), _missing(found, lang))


def _counted(found: pl.DataFrame, free: int, lang: Lang) -> Table:
    """How many rows of cases are where: one row per place, how many may be erased, and all of them."""
    counts = dict(found.group_by("where").len().rows())
    told = [(said, counts[where]) for where, said in _WHERE.items() if where in counts]
    rows = [*told, *[(_FREE, free)] * bool(free)]
    heads = (Column("where", msg("Rows of cases").say(lang)), Column("n", labels.column("n", lang), figures=True))
    cells = tuple((Cell(said.say(lang)), Cell(formats.number(n, lang))) for said, n in rows)
    return with_total(Table("", heads, cells, lang=lang), {"n": formats.number(found.height, lang)})


def _erasable(free: pl.DataFrame, lang: Lang) -> str:
    """How many cases may be erased, and since when the first of them."""
    if free.is_empty():
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
    missing = found.filter(~pl.col("where").is_in(IN_ANSWERS)).height
    said = _TOTAL if missing else _NONE
    return said.say(lang).format(all=formats.number(len(found), lang), missing=formats.number(missing, lang))


def _refused(place: str, lang: Lang) -> str:
    """Where the lines are that the last import refused, if it did."""
    path = Path(place) / FOLDER / QUARANTINE_FILE
    if not place or not path.is_file() or pl.read_csv(path, infer_schema=False, glob=False).is_empty():
        return ""
    return _REFUSED.say(lang)


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
