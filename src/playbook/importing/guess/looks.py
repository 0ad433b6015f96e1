"""What one column of a file looks like: how full it is, how many of its cells are days, which values it has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from playbook.importing.dates import read_dates, said_forms
from playbook.importing.raw import Raw
from playbook.importing.text import without_blanks
from playbook.importing.vocabulary.headers import Header, header_of
from playbook.words.folding import fold
from playbook.words.text import Text

ROWS_LOOKED_AT = 5000
_SHOWN = 3
_VALUES = 300


@dataclass(frozen=True)
class Look:
    """One column. `filled`, `distinct`: cells and different ones. `days`: cells that are days; numbers only where the
    header speaks of one. `counts`: the cells that are no days, the most frequent first. `notes`: what stands beside
    days in their cells. `line`: whether it belongs to the lines of a record's table."""

    name: str
    filled: int
    distinct: int
    days: int
    counts: tuple[tuple[str, int], ...]
    forms: Text
    line: bool = False
    long: bool = False

    @cached_property
    def header(self) -> Header:
        """What its header says."""
        return header_of(self.name)

    @property
    def share(self) -> float:
        """Which part of its cells are days."""
        return self.days / self.filled if self.filled else 0.0

    @property
    def dated(self) -> bool:
        """Whether it is a column of days."""
        return self.share > 0.6 and not self.long

    @property
    def values(self) -> tuple[str, ...]:
        """Its values that are no days."""
        return tuple(value for value, _ in self.counts)

    @property
    def shown(self) -> str:
        """Three of its values."""
        return ", ".join(value[:20].replace("\n", " ") for value in self.examples) or "-"

    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def look_at(raw: Raw, name: str) -> Look:
    """What a column of a raw table looks like, by its first 5,000 rows."""
    cells = without_blanks(raw.frame[name].head(ROWS_LOOKED_AT)).drop_nulls()
    counts = Counter(cells.to_list())
    header = header_of(name)
    if not counts:
        return Look(name, 0, 0, 0, (), Text("", ""), name in raw.lines)
    read = read_dates(cells, "Asia/Tokyo")
    is_day = read.text.is_not_null() | read.refused.is_in(["ambiguous_date", "no_year", "out_of_range"]).fill_null(
        False
    )
    of_days = {value for value, day in zip(cells, is_day, strict=True) if day}
    if not header.day:  # salaries, ages, ids and phone numbers are no days
        of_days = {value for value in of_days if not _is_number(value)}
    others = [(value, n) for value, n in counts.most_common() if value not in of_days]
    plain = [value for value in counts if value not in of_days]
    long = bool(plain) and sum(map(len, plain)) > 24 * len(plain)
    return Look(
        name, len(cells), len(counts), sum(counts[value] for value in of_days), tuple(others[:_VALUES]),
        said_forms(read.forms), name in raw.lines, long, tuple(counts)[:_SHOWN],
        tuple(read.notes.drop_nulls().unique(maintain_order=True)),
    )  # fmt: skip


def _is_number(value: str) -> bool:
    return bool(re.fullmatch(r"[\d,.]+", fold(value))) and not re.fullmatch(r"\d{4}\.\d{1,2}\.\d{1,2}", fold(value))


def look_at_all(raw: Raw) -> list[Look]:
    """All columns of a raw table."""
    return [look_at(raw, name) for name in raw.columns]


def is_unique(look: Look, raw: Raw) -> bool:
    """Whether a column is filled in every record, and different in each."""
    records = min(raw.records, ROWS_LOOKED_AT)
    cells = raw.of_records()[look.name].head(ROWS_LOOKED_AT)
    filled = without_blanks(cells).drop_nulls()
    return len(filled) == records == filled.n_unique() and records > 0


def repeated(names: Sequence[str], raw: Raw) -> int:
    """How many records agree with an earlier one in some columns."""
    records = raw.of_records().select([raw.of_records()[name] for name in names]) if names else raw.of_records()
    return len(records) - records.n_unique()
