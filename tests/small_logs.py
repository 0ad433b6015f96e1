"""Small event logs written by hand, for the tests of the questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from playbook.clock.known import AsOf, EventLog, known
from playbook.rules.nouns import Outcome, Playbook, Role, Rule, Stage
from playbook.tables.stored import tables_from_frames
from playbook.words.text import Text

TOKYO = ZoneInfo("Asia/Tokyo")
Row = Mapping[str, Any]


def book(
    stages: Mapping[str, Sequence[str]],
    outcomes: Iterable[tuple[str, str, Sequence[str]]],
    roles: Mapping[str, str] | None = None,
    id: str = "book",
    rules: Iterable[Rule] = (),
) -> Playbook:
    """A playbook of stages (id: activities), outcomes (id, kind, activities) and roles (id: side)."""
    return Playbook(
        id,
        Text(id, id),
        stages=tuple(Stage(one, Text(one, one), tuple(by)) for one, by in stages.items()),
        outcomes=tuple(Outcome(one, Text(one, one), kind, tuple(by)) for one, kind, by in outcomes),  # type: ignore[arg-type]
        roles=tuple(Role(one, Text(one, one), side) for one, side in (roles or {}).items()),  # type: ignore[arg-type]
        rules=tuple(rules),
    )


def log_of(
    playbooks: Playbook | Sequence[Playbook],
    events: Sequence[Row | tuple[str, str, str]],
    as_of: str,
    cases: Sequence[Row] = (),
    **others: Sequence[Row],
) -> EventLog:
    """The log of some events, each (case, activity, time) or a row; cases that are not given are made."""
    books = (playbooks,) if isinstance(playbooks, Playbook) else tuple(playbooks)
    names = ("case_id", "activity", "timestamp")
    rows = [dict(zip(names, one, strict=True)) if isinstance(one, tuple) else dict(one) for one in events]
    given = {row["case_id"]: dict(row) for row in cases}
    ids = sorted({*given, *(row["case_id"] for row in rows)})
    whole = [{"case_id": one, "playbook": books[0].id} | given.get(one, {}) for one in ids]
    frames = {"events": _frame(rows, names), "cases": _frame(whole, ("case_id", "playbook"))}
    frames |= {name: _frame(found) for name, found in others.items() if found}
    return known(tables_from_frames(frames, books), books, AsOf.of(as_of, TOKYO))


def _frame(rows: Sequence[Row], columns: Sequence[str] = ()) -> pl.DataFrame:
    """Cells as a CSV holds them: text, or nothing."""
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    cells = {name: [None if row.get(name) is None else str(row[name]) for row in rows] for name in names}
    return pl.DataFrame(cells, schema_overrides=dict.fromkeys(names, pl.String))
