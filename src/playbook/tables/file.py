"""The files of a workspace's own tables: read as any file, by the columns that are declared, and with texts as they
were before they were written so that a spreadsheet runs none as a formula."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from playbook.files.formulas import restore
from playbook.files.reader import read_file
from playbook.files.sheet import TEXT_SUFFIXES, Headings, Sheet
from playbook.tables.declared import TABLES

if TYPE_CHECKING:
    from playbook.files.workbook import Book


def headings_of(table: str) -> Headings:
    """How the header of a declared table is known: by its columns, in one row, each name once."""
    names = {column.name for column in TABLES[table].columns}
    return Headings(lambda cell: cell.strip().lower().replace(" ", "_").replace("-", "_") in names)


def read_own(path: Path, table: str) -> Sheet:
    """The rows of a table in a file of its own; WorkspaceError where it cannot be read."""
    sheet = read_file(path, headings=headings_of(table))
    return replace(sheet, frame=restored(sheet.frame)) if path.suffix.lower() in TEXT_SUFFIXES else sheet


def read_own_sheet(book: Book, name: str, table: str) -> Sheet:
    """The rows of a table in a sheet of a workbook; WorkspaceError where it cannot be read."""
    from playbook.files.workbook import read_sheet

    return read_sheet(book, name, headings=headings_of(table))


def restored(frame: pl.DataFrame) -> pl.DataFrame:
    """The texts of a frame, and its heads, as they were before they were guarded.

    >>> restored(pl.DataFrame({"'-a": ["'=1+1", "'24年卒"]})).to_dict(as_series=False)
    {'-a': ['=1+1', "'24年卒"]}
    """
    seen = frame.select(pl.col(pl.String).str.starts_with("'").any())
    cells = []
    for name in seen.columns:
        if seen[name].item():
            guarded = frame[name].filter(frame[name].str.starts_with("'").fill_null(False)).unique().to_list()
            cells.append(frame[name].replace(guarded, [restore(one) for one in guarded]))
    names = {name: plain for name in frame.columns if (plain := restore(name)) not in frame.columns}
    return frame.with_columns(cells).rename(names) if cells or names else frame
