"""Tables that are there already, in Parquet or in memory, as sheets: their columns keep their types."""

from __future__ import annotations

import datetime as dt
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from playbook.files.header import Head, names_of
from playbook.files.lines import ROW
from playbook.files.sheet import ANY, Headings, Sheet, looked_through
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, WorkspaceError

if TYPE_CHECKING:
    import pandas as pd


def read_parquet(path: Path, headings: Headings = ANY) -> Sheet:
    """The rows of a Parquet file; WorkspaceError where it is none."""
    try:
        rows = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
        if rows > max(_MANY_ROWS, path.stat().st_size):
            raise WorkspaceError(
                Problem(str(path), msg("says that it holds {rows} rows", rows=f"{rows:,}"), msg("a table"))
            )
        frame = pl.read_parquet(path, glob=False)
    except pl.exceptions.PolarsError as error:
        first = str(error).strip().splitlines()[0][:200]
        found = msg("is not a Parquet file: {first_line}", first_line=first)
        raise WorkspaceError(Problem(str(path), found, msg("a complete Parquet file"))) from None
    return looked_through(from_frame(frame, str(path), "parquet", headings))


_MANY_ROWS = 10_000_000
"""Beyond them a table has at least a byte a row, or means harm."""


def from_frame(frame: pl.DataFrame, place: str, how: str = "frame", headings: Headings = ANY) -> Sheet:
    """A polars frame as a sheet, its rows numbered as a spreadsheet would."""
    names = _named(frame.columns, place, headings)
    return Sheet(_numbered(frame.rename(dict(zip(frame.columns, names, strict=True)))), place, how)


def from_pandas(frame: pd.DataFrame, place: str) -> Sheet:
    """A pandas frame as a sheet, through Arrow; mixed objects as text, cell by cell; the index is left.

    ArgumentError where Arrow is not installed.
    """
    require_arrow()
    columns = [frame.iloc[:, n] for n in range(frame.shape[1])]
    names = _named([str(name) for name in frame.columns], place, ANY)
    cells = [_column(name, column) for name, column in zip(names, columns, strict=True)]
    return Sheet(_numbered(pl.DataFrame(cells)), place, "frame")


def _named(columns: list[str], place: str, headings: Headings) -> list[str]:
    return names_of([columns], Head((0,)), len(columns), headings, place).names


def require_arrow() -> None:
    """ArgumentError where pyarrow, by way of which frames of pandas come and go, is not installed."""
    if find_spec("pyarrow") is None:
        hint = 'pip install "recruit-playbook[pandas]"'
        raise ArgumentError(Problem("pandas", msg("pyarrow is not installed"), hint=hint))


def _column(name: str, column: pd.Series) -> pl.Series:
    if column.dtype == object and not {type(cell) for cell in column if cell is not None} <= _PLAIN:
        return pl.Series(name, [written_cell(cell) for cell in column], pl.String)
    try:
        return pl.from_pandas(column.reset_index(drop=True)).alias(name)
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError):  # several types in one column
        return pl.Series(name, [written_cell(cell) for cell in column], pl.String)


# What Arrow reads without changing it: where a column mixes date-times, it drops zones or times of day.
_PLAIN = {str, bool, int, float, dt.date}


def written_cell(cell: object) -> str:
    """A cell as a person would write it: whole numbers without '.0', moments in ISO 8601.

    >>> [written_cell(one) for one in (1001.0, 2.5, True, dt.date(2026, 1, 5), None, float("nan"))]
    ['1001', '2.5', 'true', '2026-01-05', '', '']
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (dt.datetime, dt.date, dt.time)) and str(cell) != "NaT":
        return cell.isoformat()
    return "" if cell is None or str(cell) in ("nan", "NaT", "<NA>") else str(cell)


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_row_index(ROW, offset=2)
