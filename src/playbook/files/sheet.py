"""One sheet of raw cells, and what is known of it before it is read: nothing is interpreted yet, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from playbook.files.lines import NO_ROW, ROW, no_rows
from playbook.words.problem import Remark

if TYPE_CHECKING:
    from playbook.days.any_form import Epoch

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
EXCEL_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
PARQUET_SUFFIXES = (".parquet",)
SUFFIXES = (*TEXT_SUFFIXES, *PARQUET_SUFFIXES, *EXCEL_SUFFIXES)

MAX_CELL = 131_072
"""Characters in one cell; Excel itself stops at 32,767."""
SHOWN = 200
"""Characters of a refused row that are repeated."""
REFUSED = NO_ROW


@dataclass(frozen=True, slots=True)
class FileHints:
    """What a person says about a file: its sheet, the rows of its header (0: there is none), its encoding."""

    sheet: str | None = None
    header: tuple[int, ...] = ()
    encoding: str | None = None


NO_HINTS = FileHints()


@dataclass(frozen=True, slots=True)
class Headings:
    """What is known of the columns before a file is read.

    `knows`: whether a cell is a word that heads a column; `enough`: how many of them in one row make it the header;
    `notes`: whether notes may stand above a header without them; `rows`: over how many rows it may go; `once`: whether
    no two columns may have one name.
    """

    knows: Callable[[str], bool] = lambda _: False
    enough: int = 1
    notes: bool = False
    rows: int = 1
    once: bool = True


ANY = Headings()
"""Columns of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table as it was found.

    `frame`: one row per row found; `row` and the columns as headed, text or already typed.
    `refused`: one row per line that is no row: `row`, `value` (its start), `code` (why).
    `place` names file and sheet; `how` says which encoding and delimiter were used. `remarks`: what was decided on the
    way, and what a person should look at. `epoch`: from when a workbook counts its days, where that is known.
    """

    frame: pl.DataFrame
    place: str
    how: str = ""
    refused: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REFUSED))
    remarks: tuple[Remark, ...] = ()
    epoch: Epoch | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file."""
        return tuple(name for name in self.frame.columns if name != ROW)


def without_nothing(frame: pl.DataFrame, nameless: Sequence[str]) -> pl.DataFrame:
    """The columns, but for those without a name in which no cell says anything."""
    nothing = [name for name in nameless if not (frame[name].str.strip_chars() != "").any()]
    return frame.drop(nothing) if nothing else frame


def looked_through(sheet: Sheet) -> Sheet:
    """The sheet without what is no row of it: totals, remarks, repeated headers and cells beyond any bound are refused,
    and it ends at its last row with anything in it (blank rows above it stay)."""
    frame = _without_blank_end(sheet.frame)
    stray = [some for some in (no_rows(frame), _too_long(frame)) if len(some)]
    if not stray and sheet.refused.is_empty():  # nearly always
        return replace(sheet, frame=frame)
    refused = pl.concat([sheet.refused, *stray]).unique(ROW, keep="first").sort(ROW)
    kept = frame.filter(~frame[ROW].is_in(refused[ROW].implode())) if stray else frame
    return replace(sheet, frame=kept, refused=refused.with_columns(pl.col("value").str.head(SHOWN)))


def _too_long(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with a cell that no spreadsheet could hold."""
    most = frame.select(pl.col(pl.String).str.len_bytes().max())
    if not most.width:  # a table of days or numbers alone
        return pl.DataFrame(schema=REFUSED)
    long = [name for name, bytes_ in zip(most.columns, most.row(0), strict=True) if (bytes_ or 0) > MAX_CELL]
    if not long:
        return pl.DataFrame(schema=REFUSED)
    begun = pl.concat_str([pl.col(name).str.head(SHOWN) for name in most.columns], separator=" ", ignore_nulls=True)
    rows = frame.filter(pl.any_horizontal(pl.col(name).str.len_chars() > MAX_CELL for name in long))
    return rows.select(ROW, begun.alias("value"), pl.lit("cell_too_long").alias("code"))


def _without_blank_end(frame: pl.DataFrame) -> pl.DataFrame:
    if frame.height and any(str(cell).strip() for cell in frame.row(-1)[1:] if cell is not None):  # nearly always
        return frame
    texts = [pl.col(name).cast(pl.String).str.strip_chars() != "" for name in frame.columns if name != ROW]
    last = frame.select(pl.any_horizontal(*texts, False).fill_null(False).arg_true().last()).item()
    return frame.head(0 if last is None else last + 1)
