"""The header of a sheet, one rule for text and workbooks: where it stands, and what its columns are called.

Notes may stand above it. Names are stripped, a nameless column is called by its position, `row` makes way, and a name
that is there twice is numbered, or refused where it may be there only once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from playbook.days.moment import read_moment
from playbook.files.lines import ROW, only_a_name
from playbook.files.sheet import Headings
from playbook.words.catalogue import listed, msg
from playbook.words.problem import Problem, Remark, WorkspaceError

MOST_COLUMNS = 4_096
LOOKED_AT = 30
"""Among so many rows, counted from the first with anything in it, the header is found."""


@dataclass(frozen=True, slots=True)
class Head:
    """The rows of the header, from 0, and which cells of them are spans of one heading: (row, column) to its text."""

    rows: tuple[int, ...]
    spans: Mapping[tuple[int, int], str] = field(default_factory=dict)

    @property
    def below(self) -> int:
        """The first row below it."""
        return self.rows[-1] + 1 if self.rows else 0


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """What the columns are called. `nameless`: those that have only a number; `least`: up to where names go."""

    names: list[str]
    nameless: tuple[str, ...]
    least: int
    remarks: tuple[Remark, ...]


def head_of(rows: Sequence[Sequence[str]], told: tuple[int, ...], headings: Headings, place: str) -> Head:
    """Where the header is among some rows, of which one at least has something in it.

    As told, else the row with the most known words, else the first that looks like one; with the row below it where
    that one only fills its gaps.
    """
    if told == (0,):
        return Head(())
    if told:
        if max(told) > len(rows) or min(told) < 1 or not any(is_filled(rows[n - 1]) for n in told):
            found = msg("there is no header in row {max}", max=max(told))
            raise WorkspaceError(Problem(place, found, msg("the number of the row with the column names")))
        return Head(tuple(n - 1 for n in told))
    first = _first_of_header(rows, headings)
    return Head((first, first + 1)) if headings.rows > 1 and _fills_gaps(rows, first) else Head((first,))


def is_filled(row: Sequence[str]) -> bool:
    """Whether a row has anything in it."""
    return any(cell.strip() for cell in row)


def known_words(rows: Sequence[Sequence[str]], headings: Headings) -> list[int]:
    """How many different words that head columns stand in each row."""
    return [sum(headings.knows(cell) for cell in set(row) if cell.strip()) for row in rows]


def _first_of_header(rows: Sequence[Sequence[str]], headings: Headings) -> int:
    """The row with most words that head columns, where there are enough; else the first with anything in it; where
    notes may stand above it, the first that fills half of the columns and holds no value, such as the day on which the
    list was made."""
    known = known_words(rows, headings)
    if max(known) >= headings.enough:
        return known.index(max(known))
    if not headings.notes:
        return next(n for n, row in enumerate(rows) if is_filled(row))
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    enough = max(min(2, max(filled)), max(filled) / 2)
    full = [n for n, count in enumerate(filled) if count >= enough]
    plain = [n for n in full if not any(_is_value(cell) for cell in rows[n] if cell.strip())]
    return (plain or full)[0]


def _fills_gaps(rows: Sequence[Sequence[str]], first: int) -> bool:
    """Whether the row below a header names the columns that the header leaves nameless, and is no row of data."""
    if first + 2 >= len(rows):
        return False
    upper, lower = rows[first], rows[first + 1]
    width = len(upper)
    gaps = [n for n in range(width) if not upper[n].strip() and n < len(lower)]
    whole = [n for n in range(width) if upper[n].strip() and not (lower[n].strip() if n < len(lower) else "")]
    labels = [cell for cell in lower if cell.strip()]
    return (
        bool(gaps and whole)
        and all(lower[n].strip() for n in gaps if n < width - 1 or lower[n].strip())
        and any(lower[n].strip() for n in gaps)
        and not any(_is_value(cell) for cell in labels)
    )


def _is_value(cell: str) -> bool:
    return read_moment(cell) is not None or bool(re.fullmatch(r"[\d,.\s/:-]+", cell))


def names_of(rows: Sequence[Sequence[str]], head: Head, width: int, headings: Headings, place: str) -> ColumnNames:
    """Names for at least `width` columns from the rows of a header.

    WorkspaceError where there are more than `MOST_COLUMNS`, or two of one name that may be there only once.
    """
    least = max((n for row in rows for n, cell in enumerate(row, start=1) if cell.strip()), default=width)
    parts = [[(row[n].strip() if n < len(row) else "") for n in range(max(width, least))] for row in rows]
    for (row, column), text in head.spans.items():
        if row in head.rows and column < len(parts[0]):
            parts[head.rows.index(row)][column] = text
    if len(parts) > 1 and not head.spans:
        parts = [*(_carried(upper, parts[-1]) for upper in parts[:-1]), parts[-1]]
    given = [_joined([row[n] for row in parts]) for n in range(max(width, least))]
    if len(given) > MOST_COLUMNS:
        found, allowed = (
            msg("the header has {len:,} columns", len=len(given)),
            msg("at most {most_columns:,} columns", most_columns=MOST_COLUMNS),
        )
        raise WorkspaceError(Problem(place, found, allowed, msg("is the right delimiter used?")))
    names = [name or f"column_{n}" for n, name in enumerate(given, start=1)]
    twice = sorted(name for name, n in Counter(names).items() if n > 1)
    if twice and headings.once:
        found = msg("more than one column is named {found}", found=", ".join(f"'{name}'" for name in twice))
        raise WorkspaceError(Problem(place, found, msg("each column name once in the header")))
    names = [only_a_name(name) for name in _numbered([f"{name}_given" if name == ROW else name for name in names])]
    nameless = tuple(name for name, own in zip(names, given, strict=True) if not own)
    return ColumnNames(names, nameless, least, (*_about_header(head), *_about_twice(twice)))


def _carried(upper: list[str], lower: list[str]) -> list[str]:
    """A heading over several columns, written over the first, carried to the others."""
    carried: list[str] = []
    for here, below in zip(upper, lower, strict=True):
        carried.append(here or (carried[-1] if carried and below else ""))
    return carried


def _joined(parts: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(re.sub(r"\s+", " ", part) for part in parts if part))


def _numbered(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    taken = set(names)
    numbered = []
    for name in names:
        seen[name] += 1
        new = name
        while seen[name] > 1 and new in taken:
            new = f"{name} ({seen[name]})"
            seen[name] += new in taken
        taken.add(new)
        numbered.append(new)
    return numbered


def _about_header(head: Head) -> tuple[Remark, ...]:
    if head.rows == (0,):
        return ()
    if not head.rows:
        return (Remark(msg("there is no header, as told")),)
    rows = [str(n + 1) for n in head.rows]
    return (Remark(msg("the header is in row {rows}", rows=listed(rows))),)


def _about_twice(names: Sequence[str]) -> tuple[Remark, ...]:
    if not names:
        return ()
    return (Remark(msg("columns of the same name are numbered: {names}", names=listed(names)), doubt=True),)
