"""Words of states that a mapping which was kept does not know yet: what is sure by the word alone is read, and told.

A weekly export brings states that were in none before (内定承諾 after 内定). A mapping that a person names is read as
it is written; one that the workspace keeps from its first import would leave them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from playbook.importing.mapping import MappedRows
from playbook.importing.raw import Raw
from playbook.importing.vocabulary.states import state_of
from playbook.rules.nouns import Playbook
from playbook.words.catalogue import listed, msg
from playbook.words.folding import fold_key
from playbook.words.problem import Remark


def with_new_words(rows: MappedRows, raw: Raw, book: Playbook) -> tuple[MappedRows, tuple[tuple[str, Remark], ...]]:
    """The rows of a column of states with the words that are new and sure, and a doubt that names them."""
    column = raw.column(rows.state.column) if rows.state is not None else None
    if column is None:
        return rows, ()
    cell = rows.cells["activity"]
    new = _sure(raw, column, {fold_key(word) for word in cell.values}, book)
    if not new:
        return rows, ()
    names = {activity.id: activity.name for activity in book.activities}
    told = listed(msg("{word} as {activity}", word=word, activity=names[id]) for word, id in new.items())
    remark = msg(
        "new words of states, read as: {told}; if one means something else, say it in import/mapping.toml", told=told
    )
    cells = {**rows.cells, "activity": replace(cell, values={**cell.values, **new})}
    return replace(rows, cells=cells), ((column, Remark(remark, doubt=True)),)


def _sure(raw: Raw, column: str, known: set[str], book: Playbook) -> Mapping[str, str]:
    """What each new word means, where the word alone tells it."""
    ids = frozenset(activity.id for activity in book.activities)
    words = [word for word in raw.frame[column].drop_nulls().unique().sort() if fold_key(word) not in known]
    meant = {word: state_of(word) for word in words}
    found = {word: meaning.activity(ids) for word, meaning in meant.items() if meaning.sure}
    return {word: activity for word, activity in found.items() if activity}
