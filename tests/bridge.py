"""From a random scenario to the package's own answer, in the shape of the oracle's rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from strategies import AsOf, Book, Tables, columns_of, toml_text

import playbook as pb
from playbook.rules.reading import parse_playbook
from playbook.tables.settings import Settings, settings_from

DUE = (
    "playbook", "rule_id", "case_id", "trigger", "trigger_at", "entry", "client_id", "role", "owner",
    "opened_at", "due_at", "act_by", "fulfilled_at", "voided_at", "status",
)  # fmt: skip
VIOLATION = ("playbook", "kind", "id", "case_id", "client_id", "at", "detail")


def workspace(
    books: Sequence[Book], tables: Tables, counts_from: Any = None, timezone: str = "Asia/Tokyo"
) -> pb.Workspace:
    """The scenario as a workspace made from frames of text."""
    read = [parse_playbook(toml_text(book), f"book {number}") for number, book in enumerate(books)]
    frames: dict[str, Any] = {name: text_frame(name, rows) for name, rows in tables.items()}
    said = {"timezone": timezone} | ({"counts_from": counts_from} if counts_from else {})
    settings: Settings = settings_from(said)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # chance names playbooks that nobody works by
        return pb.Workspace(playbooks=read, settings=settings, **frames)


def text_frame(table: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as a frame of text, as a CSV would hold them."""
    names = columns_of(table, rows)
    cells = [[None if row.get(name) is None else str(row[name]) for name in names] for row in rows]
    return pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")


def comparable(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Rows as sorted tuples of text, so that two answers can be held side by side."""
    return sorted(tuple(str(row[name]) for name in columns) for row in rows)


def engine_due(books: Sequence[Book], tables: Tables, as_of: AsOf) -> list[tuple[str, ...]]:
    """The package's due actions."""
    return comparable(workspace(books, tables).due(as_of, all=True).to_dicts(), DUE)


def engine_open(books: Sequence[Book], tables: Tables, as_of: AsOf) -> list[tuple[str, ...]]:
    """The package's open due actions: the Monday list is asked for these alone, by a shorter way."""
    return comparable(workspace(books, tables).due(as_of).to_dicts(), DUE)


def engine_violations(books: Sequence[Book], tables: Tables, as_of: AsOf) -> list[tuple[str, ...]]:
    """The package's violations."""
    return violated(workspace(books, tables).violations(as_of).to_dicts())


def violated(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Violations as one compares them; what is said of an action done early or wrongly is free."""
    free = ("early", "channel")
    return comparable([{**row, "detail": "" if row["kind"] in free else row["detail"]} for row in rows], VIOLATION)
