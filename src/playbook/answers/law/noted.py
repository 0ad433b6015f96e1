"""What a free cell of a case or a client says: text, yes or no, a number, a day; None where it says none of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from playbook.days.written import parse_days
from playbook.tables.columns import flags, numbers


def text(cell: object) -> str:
    """The cell as stripped text; empty where it is."""
    return "" if cell is None else str(cell).strip()


def first(row: Mapping[str, Any], *names: str) -> str | None:
    """The first of some cells that says something."""
    return next((said for name in names if (said := text(row.get(name)))), None)


def number(cell: object) -> float | None:
    """The number that is written.

    >>> number("600万円"), number("3か月"), number("多数")
    (6000000.0, 3.0, None)
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    said = unicodedata.normalize("NFKC", text(cell)).removesuffix("円").removesuffix("か月").removesuffix("人")
    times = 10_000 if said.endswith("万") else 1
    read = numbers(pl.Series([said.removesuffix("万")]))[0] if said else None
    return None if read is None else float(read) * times


def day(cell: object) -> date | None:
    """The day that is written, in any way in which the tables may write one."""
    if isinstance(cell, date):
        return cell
    read: date | None = parse_days(pl.Series([text(cell)]), "Asia/Tokyo")[0] if text(cell) else None
    return read


def flag(cell: object) -> bool | None:
    """Whether it says yes or no.

    >>> flag("はい"), flag("no"), flag("たぶん")
    (True, False, None)
    """
    if isinstance(cell, bool):
        return cell
    said = text(cell)
    if not said:
        return None
    read: bool | None = flags(pl.Series([said]))[0]
    return read
