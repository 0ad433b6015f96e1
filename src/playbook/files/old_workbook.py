"""Workbooks of before 2007 (.xls): their sheets by xlrd, the cells typed as the reader of later ones types them.

xlrd is Python through and through: whatever a damaged or hostile file says, the worst is an exception. The reader of
later workbooks aborts the whole process on a ring of sectors or on a size that nobody can mean.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import xlrd
from xlrd.sheet import Cell, Sheet

from playbook.days.any_form import Epoch

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a compound file begins, in which old workbooks are, and later ones with a password."""
_LOCKED = "EncryptedPackage".encode("utf-16-le")

MergedCells = tuple[tuple[int, int], tuple[int, int]]
"""Two corners of merged cells, both within."""


class LockedWorkbookError(Exception):
    """A workbook has a password."""


class DamagedWorkbookError(Exception):
    """A compound file, or a sheet in it, cannot be read; the text is the library's, often empty."""


class OldWorkbook:
    """An .xls that is open; a sheet is read when it is asked for, and held no longer than that."""

    def __init__(self, path: Path) -> None:
        """OSError, LockedWorkbookError, DamagedWorkbookError: it cannot be read."""
        whole = path.read_bytes()
        if _LOCKED in whole:
            raise LockedWorkbookError
        try:
            self._book = xlrd.open_workbook(
                file_contents=whole, logfile=io.StringIO(), on_demand=True, formatting_info=True, ragged_rows=True
            )
        except Exception as error:  # of a damaged file, anything: an index, a division, an assertion
            if "encrypted" in str(error):
                raise LockedWorkbookError from None
            raise DamagedWorkbookError(str(error)) from None
        self.names: list[str] = self._book.sheet_names()
        self.epoch: Epoch = "excel 1904" if self._book.datemode else "excel 1900"

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The sheets that a person does not see, of those that can be read."""
        found = set()
        for name in self.names:
            with suppress(DamagedWorkbookError):
                found |= {name} if self._loaded(name).visibility else set()
        return frozenset(found)

    def read(self, name: str, rows: int | None = None) -> tuple[list[list[Any]], list[MergedCells]]:
        """The cells of a sheet and its merged ranges; of some rows alone, those from the first with anything in it."""
        sheet = self._loaded(name)
        filled = [n for n in range(sheet.nrows) if any(sheet.row_values(n))]
        first = filled[0] if filled and rows is not None else 0
        last = min(sheet.nrows, first + rows) if rows is not None else max(filled, default=-1) + 1
        cells = [[self._value(cell) for cell in sheet.row(n)] for n in range(first, last)]
        width = max(map(len, cells), default=0)
        spans = [((top, left), (below - 1, beside - 1)) for top, below, left, beside in sheet.merged_cells]
        return [[*row, *[""] * (width - len(row))] for row in cells], spans

    def _loaded(self, name: str) -> Sheet:
        try:
            sheet = self._book.sheet_by_name(name)
        except Exception as error:
            raise DamagedWorkbookError(str(error)) from None
        self._book.unload_sheet(name)
        return sheet

    def _value(self, cell: Cell) -> Any:
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        if cell.ctype == xlrd.XL_CELL_DATE:
            return self._moment(cell)
        return cell.value if cell.ctype in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER) else ""

    def _moment(self, cell: Cell) -> Any:
        """A day, a moment, a time of day or a length of time, by its number and how it is shown."""
        days, style = float(cell.value), self._book.xf_list[cell.xf_index or 0].format_key
        try:
            if re.search(r"(?i)\[[hms]+\]", self._book.format_map[style].format_str):
                return dt.timedelta(days=days)
            moment = xlrd.xldate_as_datetime(days, self._book.datemode)
        except (ValueError, OverflowError):  # no calendar has it
            return days
        if 0 <= days < 1:
            return moment.time()
        return moment if moment.time() != dt.time() else moment.date()
