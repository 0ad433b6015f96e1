"""Small scenarios, one a feature of the clock, with every due action worked out by hand: the oracle and the engine.

Our own are in `tests/data/clock`; those that come with the contract lie beside this checkout. A folder holds
`book.toml`, the tables, now and then a `workspace.toml`, and per as-of `expected/AS_OF.csv` with all due actions.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import bridge
import oracle
import pytest

HERE = Path(__file__).resolve()
OWN = HERE.parents[1] / "data" / "clock"
SHARED = HERE.parents[3] / "shared" / "conformance"


@dataclass(frozen=True)
class Expected:
    """One question of a scenario, and the file with its answer."""

    folder: Path
    file: Path

    @property
    def as_of(self) -> date | datetime:
        """The moment that the file is named after; colons are written as `-`."""
        day, _, clock = self.file.stem.partition("T")
        return datetime.fromisoformat(f"{day}T{clock.replace('-', ':')}") if clock else date.fromisoformat(day)

    @property
    def book(self) -> dict[str, Any]:
        """The rule book."""
        return tomllib.loads((self.folder / "book.toml").read_text(encoding="utf-8"))

    @property
    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """The tables as text."""
        return {path.stem: _rows(path) for path in sorted(self.folder.glob("*.csv"))}

    @property
    def counts_from(self) -> Any:
        """Since when the firm counts, where it says so."""
        path = self.folder / "workspace.toml"
        return tomllib.loads(path.read_text(encoding="utf-8"))["counts_from"] if path.exists() else None

    @property
    def columns(self) -> list[str]:
        """The columns that are compared."""
        return self.file.read_text(encoding="utf-8").splitlines()[0].split(",")

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The right due actions."""
        return sorted(tuple(row[name] for name in self.columns) for row in _rows(self.file))

    def compared(self, found: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
        """Due actions in the same form."""
        return sorted(tuple(_written(row[name]) for name in self.columns) for row in found)


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return "" if value is None else str(value)


def _questions() -> Iterator[Any]:
    for root in (OWN, SHARED):
        for file in sorted(root.glob("*/expected/*.csv")):
            yield pytest.param(Expected(file.parents[1], file), id=f"{root.name}-{file.parents[1].name}-{file.stem}")
    if not SHARED.exists():
        yield pytest.param(None, id="shared")


def _asked(question: Expected | None) -> Expected:
    if question is None:
        pytest.skip("the conformance files that come with the contract are not beside this checkout")
    return question


@pytest.mark.parametrize("question", list(_questions()))
def test_the_oracle_gives_every_right_row(question: Expected | None) -> None:
    """The slow reading of the contract answers each question with exactly the rows worked out by hand."""
    asked = _asked(question)
    found = oracle.due_actions(asked.book, asked.tables, asked.as_of, counts_from=asked.counts_from)
    assert asked.compared(found) == asked.rows


@pytest.mark.parametrize("question", list(_questions()))
def test_the_engine_gives_every_right_row(question: Expected | None) -> None:
    """The package answers each question with exactly the rows worked out by hand."""
    asked = _asked(question)
    ws = bridge.workspace([asked.book], asked.tables, asked.counts_from)
    assert asked.compared(ws.due(asked.as_of, all=True).to_dicts()) == asked.rows
