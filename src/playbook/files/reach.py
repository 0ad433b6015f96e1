"""How far a packed file unpacks and the cells of a workbook reach, found without holding either in memory.

A sheet is read as a full rectangle, however few its cells are: one cell in the far corner asks for terabytes.
No library says where the cells of an .xlsb are without reading them all (pyxlsb has rested since 2022, python-calamine
makes the rectangle first), so its records, each a kind, a length and a body, are looked at here.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from functools import reduce
from pathlib import Path
from typing import IO, cast

from playbook.words.catalogue import msg
from playbook.words.problem import Said

_MAX_CELLS = 50_000_000
_MAX_COLUMNS = 16_384
"""The most that Excel has; one that says more says nothing true."""
_MAX_BYTES = 2_000_000_000
_MAX_PARTS = 20_000
_MAX_RATIO = 250
"""How many times its size a part may unpack to: XML of real tables packs 10 to 60 times, a bomb 1,000 times."""
_SMALL = 100_000_000
_CHUNK = 1 << 20


def too_large(path: Path) -> Said:
    """What of a workbook would not fit into memory; empty where it fits. OSError, BadZipFile: it cannot be read."""
    if not zipfile.is_zipfile(path):
        return ""
    with zipfile.ZipFile(path) as packed:
        if bomb := unpacks_too_far(packed):
            return bomb
        for member in packed.infolist():
            with packed.open(member) as part:
                binary = member.filename.endswith(".bin")
                corner = _corner_of_binary(part) if binary else _corner_of_xml(part)
            if said := _beyond(corner):
                return said
    return ""


def packed_too_far(path: Path) -> Said:
    """Whether a file of any kind is a packed one that is a bomb; empty where it is not packed, or damaged."""
    if not zipfile.is_zipfile(path):
        return ""
    with zipfile.ZipFile(path) as packed:
        return unpacks_too_far(packed)


def unpacks_too_far(packed: zipfile.ZipFile) -> Said:
    """Whether a packed file is a bomb, by what it says of its parts; a part that says less than it holds is refused
    by whoever unpacks it."""
    parts = packed.infolist()
    if len(parts) > _MAX_PARTS:
        return msg("holds more than {most} parts", most=f"{_MAX_PARTS:,}")
    if sum(part.file_size for part in parts) > _MAX_BYTES:
        return msg("unpacks to more than {most} bytes", most=_MAX_BYTES)
    whole, size = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    for unpacked, taken in ((whole, size), *((part.file_size, part.compress_size) for part in parts)):
        if unpacked > max(_SMALL, _MAX_RATIO * taken):
            return msg("unpacks to more than {max_ratio} times its size", max_ratio=_MAX_RATIO)
    return ""


_Corner = tuple[int, int]
"""Rows and columns of the rectangle that holds all cells."""


def _beyond(corner: _Corner) -> Said:
    rows, columns = corner
    return msg("a sheet reaches to cell {cell}", cell=f"{_letters(columns)}{rows}") if _is_far(corner) else ""


def _is_far(corner: _Corner) -> bool:
    return corner[0] * corner[1] > _MAX_CELLS or corner[1] > _MAX_COLUMNS


def _letters(column: int) -> str:
    """The letters of a column.

    >>> [_letters(column) for column in (1, 26, 27, 16384)]
    ['A', 'Z', 'AA', 'XFD']
    """
    above, below = divmod(column - 1, 26)
    return (_letters(above) if above else "") + chr(65 + below)


# XML: .xlsx, .xlsm

_DIMENSION = re.compile(rb"""dimension\s+ref\s*=\s*["'][A-Za-z]+[0-9]+:([A-Za-z]{1,7})([0-9]{1,10})""")
_ROW = re.compile(rb"""row(?=\s)[^<>]*?\sr\s*=\s*["']([0-9]{1,10})["']""")
_LOW_CELL = re.compile(rb"""r(?<=\sr)\s*=\s*["'][A-Za-z]{1,7}([0-9]{4,10})["']""")
_FAR_CELL = re.compile(rb"""r(?<=\sr)\s*=\s*["']([A-Za-z]{3,7})[0-9]""")
_WIDE_CELL = re.compile(rb"""r(?<=\sr)\s*=\s*["']([A-Za-z]{2})[0-9]""")
_UNPLACED = re.compile(rb"""<(?:\w+:)?c(?=[\s/>])(?![^<>]*\sr\s*=)""")


def _corner_of_xml(sheet: IO[bytes]) -> _Corner:
    """The corner of a sheet, by what it says of its size and by where its cells are, up to where it is too far.

    What it says may be wrong, and cells far from all others make the rectangle as large as if it were full.
    """
    rows, columns, before, within, counted = 1, 1, b"", False, 0
    while chunk := sheet.read(_CHUNK):
        text = before + chunk
        said = _DIMENSION.search(text)
        if said and _is_far(stated := (int(said[2]), _column_number(said[1]))):
            return stated
        before, within = text[-64:], within or b"sheetData" in text
        if not within:  # the texts of a workbook, which are in one part, may be most of it
            continue
        counted += chunk.count(b"<row") + chunk.count(b":row")
        rows = max(rows, counted, *map(int, {*_ROW.findall(text), *_LOW_CELL.findall(text), b"1"}))
        far = _FAR_CELL.findall(text) or _WIDE_CELL.findall(text)
        columns = max(columns, _unplaced(text), *map(_column_number, {*far, b"A"}))
        if _is_far((rows, columns)):
            break
    return rows, columns


def _unplaced(text: bytes) -> int:
    """The most cells of one row that do not say where they are: each stands beside the one before it."""
    placed = text.count(b"<c ") == text.count(b"<c r=")
    if placed and not any(cell in text for cell in (b"<c>", b"<c/", b":c")):
        return 0
    return max(len(_UNPLACED.findall(row)) for row in text.split(b"row"))


def _column_number(letters: bytes) -> int:
    return reduce(lambda number, letter: number * 26 + letter - 64, letters.upper(), 0)


# Records of Excel's binary workbooks: .xlsb

_ROW_HEAD, _CELLS = 0, range(1, 12)
_BEGIN_CELLS, _END_CELLS = 0x91, 0x92
_MOST_ROWS = 1 << 20


def _corner_of_binary(part: IO[bytes]) -> _Corner:
    """The corner of a sheet of an .xlsb; of a part that is no sheet (1, 1)."""
    sheet = io.BufferedReader(cast("io.RawIOBase", part), _CHUNK)
    rows, columns, row, within = 1, 1, 0, False
    while (kind := _number(sheet, 2)) is not None and (length := _number(sheet, 4)) is not None:
        body = sheet.read(length)
        within = (within or kind == _BEGIN_CELLS) and kind != _END_CELLS
        if not within or len(body) < 4:
            continue
        (place,) = struct.unpack_from("<I", body)
        if kind == _ROW_HEAD and place >= _MOST_ROWS:  # no sheet has it: whatever reads it stops here
            break
        if kind == _ROW_HEAD:
            row = place
        elif kind in _CELLS:
            rows, columns = max(rows, row + 1), max(columns, place + 1)
    return rows, columns


def _number(file: IO[bytes], most: int) -> int | None:
    """A number of seven bits a byte, the lowest first; None at the end."""
    number = 0
    for place in range(most):
        byte = file.read(1)
        if not byte:
            return None
        number |= (byte[0] & 0x7F) << 7 * place
        if byte[0] < 0x80:
            break
    return number
