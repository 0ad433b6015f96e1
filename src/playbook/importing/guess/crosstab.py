"""A list whose headers are days: each cell says what had become of somebody by that day (4/6 推薦, 4/13 一次面接)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import polars as pl

from playbook.importing.dates import read_dates
from playbook.importing.guess.logs import known_activity
from playbook.importing.guess.looks import Look
from playbook.importing.guess.proposal import Block
from playbook.importing.vocabulary.states import state_of
from playbook.rules.nouns import Playbook
from playbook.words.catalogue import msg
from playbook.words.folding import fold

_ENOUGH = 2


def days_of(looks: Sequence[Look]) -> dict[str, str]:
    """The columns whose headers are days, with the day of each in their order; "" where nothing says its year.

    A day without a year takes that of the other headers, or of the days in the list.
    """
    heads = [one.name for one in looks if one.filled and not one.dated and re.search(r"\d\s*[/月-]", fold(one.name))]
    told = [day for one in looks if one.dated for day in one.examples]
    series = pl.Series([*heads, *told], dtype=pl.String)
    read = read_dates(series, "Asia/Tokyo")
    days, refused = read.text.head(len(heads)), read.refused.head(len(heads))
    found = {
        name: (day or "")[:10]
        for name, day, why in zip(heads, days, refused, strict=True)
        if day is not None or why == "no_year"
    }
    return dict(sorted(found.items(), key=lambda one: one[1])) if len(found) >= _ENOUGH else {}


def of_days(looks: Sequence[Look], days: Mapping[str, str], book: Playbook) -> Iterator[Block]:
    """The events of such columns: what a cell says on its day, where the cell of the day before does not say it too."""
    by_name = {one.name: one for one in looks}
    ids = frozenset(one.id for one in book.activities)
    why = msg("a column headed by its day")
    for before, now in pairwise([None, *(by_name[name] for name in days)]):
        assert now is not None
        meant = {value: _activity(value, book, ids) for value in now.values}
        again = [value for value in now.values if before is not None and value in before.values and meant[value]]
        first = {value: "" if value in again else activity for value, activity in meant.items()}
        if any(first.values()):
            yield Block("rows", now.name, values=first, on=days[now.name], why=why)
        for value in again:
            only = {other: meant[value] if other == value else "" for other in now.values}
            unless = {before.name: (value,)} if before is not None else {}
            yield Block("rows", now.name, values=only, on=days[now.name], unless=unless, why=why)


def _activity(value: str, book: Playbook, ids: frozenset[str]) -> str:
    meaning = state_of(value)
    return known_activity(value, book) or (meaning.activity(ids, dated=True) if meaning.sure else "")
