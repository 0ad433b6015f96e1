"""The smallest scenario that still fails: rows, rules, keys and cells are taken away for as long as it does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from strategies import Scenario, Tables, toml_text

Fails = Callable[[Scenario], bool]
NEEDED = {
    *("id", "name", "kind", "by", "entered_by", "side", "after", "due", "until", "role", "toward", "gap"),
    *("activity", "requires", "at", "fields", "roles", "playbook"),
}
NEEDED_CELLS = {"case_id", "playbook", "activity", "timestamp", "rule_id", "answer", "recorded_at", "until"}


def smallest(scenario: Scenario, fails: Fails) -> Scenario:
    """What is left when nothing more can be taken away without the failure going too."""
    found, shrunk = deepcopy(scenario), True
    while shrunk:
        shrunk = False
        for smaller in _smaller(found):
            if _still(smaller, fails):
                found, shrunk = smaller, True
                break
    return found


def _still(scenario: Scenario, fails: Fails) -> bool:
    """Whether it fails in the same way; one that is no longer valid does not."""
    try:
        return fails(scenario)
    except Exception:
        return False


def _smaller(scenario: Scenario) -> Iterator[Scenario]:
    """The same with one thing less, the largest things first."""
    books, tables, as_of = scenario
    for name in [name for name in tables if name not in ("cases", "events")]:
        yield books, {other: rows for other, rows in tables.items() if other != name}, as_of
    for n in range(len(books) if len(books) > 1 else 0):
        yield books[:n] + books[n + 1 :], tables, as_of
    for name, rows in tables.items():
        for n in range(len(rows)):
            yield books, {**tables, name: rows[:n] + rows[n + 1 :]}, as_of
    for n, book in enumerate(books):
        for less in _smaller_book(book):
            yield [*books[:n], less, *books[n + 1 :]], tables, as_of
    for less_cells in _fewer_cells(tables):
        yield books, less_cells, as_of


def _smaller_book(book: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The book with one entry, key or name less."""
    for table, entries in book.items():
        if isinstance(entries, Mapping):
            for key in [key for key in entries if key not in NEEDED]:
                yield {**book, table: {one: value for one, value in entries.items() if one != key}}
            continue
        for n, entry in enumerate(entries):
            yield {**book, table: entries[:n] + entries[n + 1 :]}
            for key, value in entry.items():
                if key not in NEEDED:
                    less = {one: kept for one, kept in entry.items() if one != key}
                    yield {**book, table: [*entries[:n], less, *entries[n + 1 :]]}
                if isinstance(value, list) and len(value) > 1:
                    for m in range(len(value)):
                        fewer = entry | {key: value[:m] + value[m + 1 :]}
                        yield {**book, table: [*entries[:n], fewer, *entries[n + 1 :]]}


def _fewer_cells(tables: Tables) -> Iterator[Tables]:
    """The tables with one column less, then with one cell less."""
    for name, rows in tables.items():
        for column in dict.fromkeys(column for row in rows for column in row):
            if column not in NEEDED_CELLS:
                yield {**tables, name: [{one: row[one] for one in row if one != column} for row in rows]}
    for name, rows in tables.items():
        for n, row in enumerate(rows):
            for column in [column for column, cell in row.items() if cell and column not in NEEDED_CELLS]:
                yield {**tables, name: [*rows[:n], row | {column: None}, *rows[n + 1 :]]}


def told(scenario: Scenario) -> str:
    """The scenario as one can read and paste it."""
    books, tables, as_of = scenario
    lines = [f"as_of = {as_of!r}"]
    for name, rows in tables.items():
        lines += [f"# {name}", *(json.dumps({k: v for k, v in row.items() if v}, ensure_ascii=False) for row in rows)]
    return "\n".join([*lines, *(f"# book\n{toml_text(book)}" for book in books)])
