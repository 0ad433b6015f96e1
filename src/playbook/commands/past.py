"""What `playbook check` says of the past of the tables: versions, and assignments that are not for one person a day."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from playbook.tables.stored import Tables
from playbook.tables.versions import version_changes
from playbook.words.catalogue import msg
from playbook.words.text import Lang

_VERSIONS = msg("{} later versions, {} gone")
_NEAR = {
    "from_on": ("valid_from", "from", "from_date", "start", "start_on", "start_date", "starts_on", "since", "開始日",
                "有効開始日", "適用開始日", "着任日"),
    "to_on": ("valid_to", "to", "to_date", "end", "end_on", "end_date", "ends_on", "until", "終了日", "有効終了日",
              "適用終了日", "離任日"),
}  # fmt: skip
_SCOPE = ("role", "case_id", "opening_id", "client_id")


def versions_told(tables: Tables, lang: Lang) -> Iterator[str]:
    """Per table with a past: how many rows are later versions, how many say that a thing is no more, what changed."""
    for (table,), rows in version_changes(tables).group_by("table", maintain_order=True):
        columns = ", ".join(f"{column} {n}" for column, n in rows.select("column", "n").rows() if column)
        told = _VERSIONS.say(lang).format(rows["versions"][0], rows["gone"][0])
        yield f"{table:<11} {told}" + (f" ({columns})" if columns else "")


def near_names(assignments: pl.DataFrame) -> Iterator[tuple[str, int, str]]:
    """Columns that say from when or to when somebody is assigned, by a name that is not read.

    Each with how many cells are filled, and the column that is read.
    """
    named = {name.strip().lower().replace(" ", "_"): name for name in assignments.columns}
    for column, others in _NEAR.items():
        if not assignments[column].count():
            for other in (named[one] for one in others if one in named):
                yield other, assignments[other].count(), column


def two_at_once(assignments: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Two people in one role of one scope on one day: the role with its scope, and both people with their rows."""
    told = assignments.select("row", "person", "from_on", "to_on", *_SCOPE)
    pairs = told.join(told, on=_SCOPE, nulls_equal=True, suffix="_other").filter(
        pl.col("row") < pl.col("row_other"), pl.col("person") != pl.col("person_other")
    )
    begin, end = pl.max_horizontal("from_on", "from_on_other"), pl.min_horizontal("to_on", "to_on_other")
    for row in pairs.filter((begin <= end).fill_null(True)).sort("row", "row_other").iter_rows(named=True):
        scope = " ".join(str(row[name]) for name in _SCOPE if row[name] is not None)
        yield scope, f"{row['person']}, {row['person_other']} ({row['row']}, {row['row_other']})"
