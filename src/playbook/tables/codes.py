"""Names where ids belong: a table may say 応募 or Applied, and a rule book knows which activity that is.

Names are taken in Japanese and in English, of playbooks, activities, roles and rules. Where several playbooks call
different things by one name, the playbook of the case decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from playbook.rules.nouns import Playbook
from playbook.tables.columns import distinct
from playbook.words.text import Text

_NAMED: Mapping[str, str] = {"playbook": "playbook", "activity": "activity", "role": "role", "rule_id": "rule"}
"""The columns in which an id may be said by its name, and of what it is an id."""


def coded(frame: pl.DataFrame, playbooks: Sequence[Playbook], cases: pl.DataFrame | None = None) -> pl.DataFrame:
    """The rows of a table with ids in the place of names; what is no name stays as it is.

    `cases`: the cases with their playbooks, for names that mean several things.
    """
    for column in _NAMED.keys() & set(frame.columns):
        frame = _coded(frame, column, playbooks, cases)
    return frame


def _coded(frame: pl.DataFrame, column: str, playbooks: Sequence[Playbook], cases: pl.DataFrame | None) -> pl.DataFrame:
    if frame[column].dtype != pl.String:
        return frame
    named = _names(column, playbooks)
    said = set(distinct(frame[column]).drop_nulls()) & named.keys()
    if not said:
        return frame
    single = {name: next(iter(ids.values())) for name, ids in named.items() if len(set(ids.values())) == 1}
    cells = frame[column].replace({name: single[name] for name in said & single.keys()})
    several = said - single.keys()
    if several and "case_id" in frame.columns:
        books = {} if cases is None else dict(cases.select("case_id", "playbook").rows())
        pairs = zip(cells.to_list(), frame["case_id"].to_list(), strict=True)
        found = [named[cell].get(books.get(case, ""), cell) if cell in several else cell for cell, case in pairs]
        cells = pl.Series(column, found, dtype=pl.String)
    return frame.with_columns(cells.alias(column))


def _names(column: str, playbooks: Iterable[Playbook]) -> dict[str, dict[str, str]]:
    """What each name is the name of, by playbook; ids stand for themselves and are no names."""
    named: dict[str, dict[str, str]] = {}
    ids: set[str] = set()
    for book in playbooks:
        for id, name in _of(column, book):
            ids.add(id)
            for said in {name.ja, name.en}:
                named.setdefault(said, {}).setdefault(book.id, id)
    return {name: of for name, of in named.items() if name not in ids}


def _of(column: str, book: Playbook) -> Iterator[tuple[str, Text]]:
    match _NAMED[column]:
        case "playbook":
            yield book.id, book.name
        case "activity":
            yield from ((one.id, one.name) for one in book.activities)
        case "role":
            yield from ((one.id, one.name) for one in book.roles)
        case _:
            yield from ((one.id, one.name) for one in book.rules)
