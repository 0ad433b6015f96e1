"""What a free cell of a case or a client says: text, yes or no, a number, a day; None where it says none of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from playbook.days.written import parse_days
from playbook.tables import columns


def plain_text(cell: object) -> str:
    """The cell as stripped text; empty where it is."""
    return "" if cell is None else str(cell).strip()


def first(row: Mapping[str, Any], *names: str) -> str | None:
    """The first of some cells that says something."""
    return next((said for name in names if (said := plain_text(row.get(name)))), None)


def as_number(cell: object) -> float | None:
    """The number that is written.

    >>> as_number("600万円"), as_number("3か月"), as_number("多数")
    (6000000.0, 3.0, None)
    """
    return as_numbers([cell])[0]


def as_numbers(cells: Iterable[object]) -> list[float | None]:
    """The numbers that are written, each text read once."""
    given = list(cells)
    said = {plain_text(cell): _bare(plain_text(cell)) for cell in given if not _is_number(cell)}
    bare = sorted({one.removesuffix("万") for one in said.values()} - {""})
    read = dict(zip(bare, columns.numbers(pl.Series(bare)), strict=True)) if bare else {}
    return [float(cell) if _is_number(cell) else _times(said[plain_text(cell)], read) for cell in given]  # type: ignore[arg-type]


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _bare(said: str) -> str:
    return unicodedata.normalize("NFKC", said).removesuffix("円").removesuffix("か月").removesuffix("人")


def _times(said: str, read: Mapping[str, Any]) -> float | None:
    found = read.get(said.removesuffix("万"))
    return None if found is None else float(found) * (10_000 if said.endswith("万") else 1)


def as_day(cell: object) -> date | None:
    """The day that is written, in any way in which the tables may write one."""
    return as_days([cell])[0]


def as_days(cells: Iterable[object]) -> list[date | None]:
    """The days that are written, each text read once."""
    given = list(cells)
    said = sorted({plain_text(cell) for cell in given if not isinstance(cell, date)} - {""})
    read = dict(zip(said, parse_days(pl.Series(said), "Asia/Tokyo"), strict=True)) if said else {}
    return [cell if isinstance(cell, date) else read.get(plain_text(cell)) for cell in given]


def flag(cell: object) -> bool | None:
    """Whether it says yes or no.

    >>> flag("はい"), flag("no"), flag("たぶん")
    (True, False, None)
    """
    if isinstance(cell, bool):
        return cell
    said = plain_text(cell)
    if not said:
        return None
    read: bool | None = columns.flags(pl.Series([said]))[0]
    return read
