"""Workbooks (Excel, OpenDocument) to sheets: opened only where they fit into memory, cells written as by a person.

Merged cells say their value in every row they cover; formulas without a stored result and hidden sheets are said.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from playbook.days.any_form import Epoch
from playbook.files.delimited import frame_of
from playbook.files.frames import written_cell
from playbook.files.header import LOOKED_AT, Head, head_of, is_filled, names_of
from playbook.files.old_workbook import COMPOUND, DamagedWorkbookError, LockedWorkbookError, MergedCells, OldWorkbook
from playbook.files.reach import too_large
from playbook.files.sheet import (
    ANY,
    NO_HINTS,
    REFUSED,
    FileHints,
    Headings,
    Sheet,
    looked_through,
    without_nothing,
)
from playbook.rules.folders import plain
from playbook.words.catalogue import listed, msg
from playbook.words.problem import Problem, Remark, Said, WorkspaceError, reason


class _LaterWorkbook:
    """A workbook as Excel writes it since 2007, or an OpenDocument one, that is open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _nothing_worse():
            self._book = CalamineWorkbook.from_path(path)
        self.names: list[str] = self._book.sheet_names

    @property
    def hidden(self) -> frozenset[str]:
        sheets = self._book.sheets_metadata
        return frozenset(one.name for one in sheets if one.visible != SheetVisibleEnum.Visible)

    def read(self, name: str, rows: int | None) -> tuple[list[list[Any]], list[MergedCells]]:
        with _nothing_worse():
            sheet = self._book.get_sheet_by_name(name)
            if not sheet.height:
                return [], []
            cells = sheet.to_python(skip_empty_area=rows is not None, nrows=rows)
            return cells, list(sheet.merged_cell_ranges or [])

    @cached_property
    def epoch(self) -> Epoch | None:
        for xml in _parts(self._path, "xl/workbook.xml"):
            from_1904 = re.search(rb'<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"', xml)
            return "excel 1904" if from_1904 else "excel 1900"
        return None


@contextmanager
def _nothing_worse() -> Iterator[None]:
    """What a damaged file makes the reader do that is no error of its own: DamagedWorkbookError."""
    try:
        yield
    except BaseException as error:  # a panic of what is not Python is no Exception, and its type has no address
        if type(error).__name__ != "PanicException":
            raise
        raise DamagedWorkbookError(str(error)) from None


class Book:
    """A workbook that is open: its sheets, and what it says of itself."""

    def __init__(self, path: Path, workbook: _LaterWorkbook | OldWorkbook) -> None:
        self.path, self._workbook = path, workbook
        self.names: list[str] = workbook.names

    @property
    def hidden(self) -> frozenset[str]:
        """The sheets that a person does not see."""
        return self._workbook.hidden

    @property
    def epoch(self) -> Epoch | None:
        """The epoch in which the workbook counts its days; None where that is not known (.xlsb, .ods)."""
        return self._workbook.epoch

    def place(self, name: str) -> str:
        """A sheet as a problem names it."""
        return f"{self.path}, sheet '{name}'"

    def cells(self, name: str = "") -> list[list[Any]]:
        """The cells of a sheet (the first, where none is named) from its first row and column on, typed, an empty one
        as an empty text; WorkspaceError where they cannot be read."""
        return self._read(name or self.names[0])[0]

    def top(self, name: str) -> list[list[str]]:
        """The texts among the first rows of a sheet with anything in them; WorkspaceError where they cannot be read."""
        cells, _ = self._read(name, LOOKED_AT)
        return [[cell for cell in row if isinstance(cell, str)] for row in cells]

    def _read(self, name: str, rows: int | None = None) -> tuple[list[list[Any]], list[MergedCells]]:
        try:
            return self._workbook.read(name, rows)
        except (CalamineError, DamagedWorkbookError, OSError) as error:
            found = msg("cannot be read: {first_line}", first_line=_first_line(error))
            raise WorkspaceError(Problem(self.place(name), found, msg("a sheet of cells"))) from None

    def grid(self, name: str) -> tuple[list[list[str]], list[MergedCells]]:
        """The cells of a sheet as text, and its merged ranges."""
        cells, spans = self._read(name)
        return [[written_cell(cell) for cell in row] for row in cells], spans

    @cached_property
    def unsaved(self) -> tuple[Remark, ...]:
        """A doubt where formulas have no stored result or an error for one: such cells are read as blank."""
        unsaved, wrong = [], []
        for xml in _parts(self.path, "xl/worksheets/sheet"):
            unsaved += [cell.decode("ascii") for cell in _UNSAVED.findall(xml)]
            wrong += [cell.decode("ascii") for cell in _ERRORS.findall(xml)]
        found = (
            (unsaved, msg("formulas without a stored result")),
            (wrong, msg("error values such as #N/A")),
        )
        return tuple(
            Remark(
                msg(
                    "{n} {what}, read as blank ({cells}); open in Excel and save again",
                    n=len(cells),
                    what=what,
                    cells=listed(cells[:3]),
                ),
                doubt=True,
            )
            for cells, what in found
            if cells
        )


def _parts(path: Path, begins: str) -> Iterator[bytes]:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as packed:
        for member in packed.infolist():
            if member.filename.startswith(begins) and member.file_size <= _MAX_SCAN:
                yield packed.read(member)


_UNSAVED = re.compile(rb'<c r="([A-Z]+[0-9]+)"[^<>]*>\s*<f[^<>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>')
_ERRORS = re.compile(rb'<c r="([A-Z]+[0-9]+)"[^<>]*\bt="e"')
_MAX_SCAN = 200_000_000


def read_sheet(book: Book, name: str, told: FileHints = NO_HINTS, headings: Headings = ANY) -> Sheet:
    """The rows of one sheet; WorkspaceError where it is empty, or has no usable header."""
    place = book.place(name)
    rows, spans = book.grid(name)
    top = next((n for n, row in enumerate(rows) if is_filled(row)), None)
    if top is None:
        raise WorkspaceError(Problem(place, msg("the sheet is empty"), msg("a header row, then one row per row")))
    head = head_of(rows if told.header else rows[: top + LOOKED_AT], told.header, headings, place)
    if headings.rows > 1:
        whole = head.rows if told.header else _with_neighbours(head.rows, spans, len(rows))
        head = Head(whole, _headings(rows, spans))
    filled = _fill_down(rows, spans, head.below)
    width = max((n for row in rows[head.below :] for n, cell in enumerate(row, start=1) if cell.strip()), default=0)
    names = names_of([rows[n] for n in head.rows], head, width, headings, place)
    numbers, cells, refused = [], [], []
    for number, row in enumerate(rows[head.below :], start=head.below + 1):
        if any("\0" in cell for cell in row):
            refused.append((number, "\t".join(row), "nul_character"))
            continue
        numbers.append(number)
        cells.append([*row[: len(names.names)], *[""] * (len(names.names) - len(row))])
    frame = frame_of(numbers, cells, names.names)
    remarks = (*names.remarks, *_about_merged(filled), *book.unsaved)
    lines = pl.DataFrame(refused, schema=REFUSED, orient="row")
    return looked_through(Sheet(without_nothing(frame, names.nameless), place, "excel", lines, remarks, book.epoch))


def _fill_down(rows: list[list[str]], spans: Sequence[MergedCells], first: int) -> int:
    """Cells merged downwards below the header say their value in every row; how many were filled."""
    filled, left_over = 0, sum(map(len, rows))  # no cell is merged twice, but where somebody means harm
    for (top, left), (bottom, right) in spans:
        if top < first or top >= len(rows) or left >= len(rows[top]) or right > left:
            continue
        left_over -= min(bottom + 1, len(rows)) - top
        if left_over < 0:
            break
        for n in range(top + 1, min(bottom + 1, len(rows))):
            filled += bool(rows[top][left].strip())
            rows[n][left] = rows[top][left]
    return filled


def _with_neighbours(rows: tuple[int, ...], spans: Sequence[MergedCells], height: int) -> tuple[int, ...]:
    """The rows of a header and those that merged cells tie to them."""
    wanted = set(rows)
    for (top, left), (bottom, right) in spans:
        if bottom > top and bottom - top < 4 and wanted & set(range(top, bottom + 1)) and min(wanted) <= bottom:
            wanted |= set(range(top, bottom + 1))
        elif right > left and top == max(wanted) and _parted_below(spans, top, left, right):
            wanted.add(top + 1)
    return tuple(n for n in sorted(wanted) if n < height)


def _parted_below(spans: Sequence[MergedCells], row: int, left: int, right: int) -> bool:
    """Whether the merged heading of several columns stands beside one that is merged downwards."""
    return any(top == row and bottom > row and not left <= a <= right for (top, a), (bottom, _) in spans)


def _headings(rows: Sequence[Sequence[str]], spans: Sequence[MergedCells]) -> dict[tuple[int, int], str]:
    """The text of each cell of a merged heading."""
    found: dict[tuple[int, int], str] = {}
    for (top, left), (bottom, right) in spans:
        if top >= len(rows) or left >= len(rows[top]) or (bottom - top) * (right - left + 1) > 10_000:
            continue
        for column in range(left, right + 1):
            found[top, column] = rows[top][left].strip()
            for row in range(top + 1, bottom + 1):
                found[row, column] = ""
    return found


def _about_merged(filled: int) -> tuple[Remark, ...]:
    if not filled:
        return ()
    text = msg("{filled} cells filled from cells merged downwards", filled=filled)
    return (Remark(text),)


# Opening


def open_workbook(path: Path) -> Book:
    """An Excel (or OpenDocument) workbook; WorkspaceError where it is none."""
    hint = msg("open it in Excel and save it again")
    try:
        with plain(path).open("rb") as file:
            if file.read(len(COMPOUND)) == COMPOUND:
                return Book(path, OldWorkbook(path))
        if beyond := too_large(path):
            raise WorkspaceError(Problem(str(path), beyond, msg("a table"), _CLEAR))
        return Book(path, _LaterWorkbook(path))
    except (PasswordError, LockedWorkbookError):
        found, hint = msg("the workbook is locked with a password"), _UNLOCK
    except DamagedWorkbookError:
        found = msg("is not a workbook that can be read: {first_line}", first_line=_DAMAGED)
    except (CalamineError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        found = msg("is not a workbook that can be read: {first_line}", first_line=_damage(error))
    except OSError as error:
        found = msg("cannot be read: {value}", value=reason(error))
    raise WorkspaceError(Problem(str(path), found, msg("an .xlsx or .xls file without a password"), hint))


def _damage(error: Exception) -> Said:
    """What is wrong with a workbook, in words of our own where the file as a whole cannot be opened."""
    told = _first_line(error)
    return _DAMAGED if re.search(r"(?i)zip|cfb|ole", told) else told


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


_UNLOCK = msg("open it in Excel, take the password off (File, Info, Protect Workbook) and save it")
_DAMAGED = msg("it is damaged, or no Excel file")
_CLEAR = msg("copy the table alone into a new workbook")
