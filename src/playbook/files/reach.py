"""How far a packed file unpacks and the cells of a workbook reach, found without holding either in memory.

A sheet is read as a full rectangle, however few its cells are: one cell in the far corner asks for terabytes.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import IO, cast

from playbook.words.catalogue import msg
from playbook.words.problem import Said

_MAX_CELLS = 50_000_000
_MAX_BYTES = 2_000_000_000
_MAX_PARTS = 20_000
_MAX_RATIO = 250
"""How many times its size a part may unpack to: XML of real tables packs 10 to 60 times, a bomb 1,000 times."""
_SMALL = 100_000_000
_CHUNK = 1 << 20


def too_large(path: Path) -> Said:
    """What of a workbook would not fit into memory; empty where it fits. OSError, BadZipFile: it cannot be read."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return _beyond(_corner_of_records(file))
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
    return corner[0] * corner[1] > _MAX_CELLS


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


# Records of the workbooks before 2007: .xls, a stream in a compound file

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOUND_SHEET, _BEGIN, _END = 0x85, 0x809, 0x0A
_OLD_CELLS = frozenset({0x06, 0x201, 0x203, 0x204, 0x205, 0x206, 0x207, 0x27E, 0xFD, 0xD6, 0xBD, 0xBE})
_MULTIPLE = frozenset({0xBD, 0xBE})


def _corner_of_records(file: IO[bytes]) -> _Corner:
    """The widest corner of the sheets of an .xls; (1, 1) where the file is none, or is damaged."""
    if file.read(8) != _COMPOUND:
        return 1, 1
    file.seek(0)
    try:
        stream = _workbook_stream(file.read())
        sheets = [at for kind, at, _ in _records(stream, 0) if kind == _BOUND_SHEET]
        corners = [_corner_of_old(stream, struct.unpack_from("<I", stream, at)[0]) for at in sheets]
    except (struct.error, IndexError, KeyError, StopIteration):
        return 1, 1
    return max(corners, key=lambda corner: corner[0] * corner[1], default=(1, 1))


def _corner_of_old(stream: bytes, begin: int) -> _Corner:
    rows, columns = 1, 1
    for kind, at, length in _records(stream, begin):
        if kind in _OLD_CELLS and length >= 6:
            row, column = struct.unpack_from("<HH", stream, at)
            last = struct.unpack_from("<H", stream, at + length - 2)[0] if kind in _MULTIPLE else column
            rows, columns = max(rows, row + 1), max(columns, column + 1, last + 1)
    return rows, columns


def _records(stream: bytes, begin: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and length of the records of one sheet, or of what stands before the sheets."""
    within = 0
    while begin + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, begin)
        yield kind, begin + 4, length
        within += (kind == _BEGIN) - (kind == _END)
        if kind == _END and within <= 0:
            return
        begin += 4 + length


def _workbook_stream(data: bytes) -> bytes:
    """The stream of a compound file that holds the workbook; StopIteration where it has none."""
    size, small = 1 << struct.unpack_from("<H", data, 30)[0], 1 << struct.unpack_from("<H", data, 32)[0]
    sector = [data[at : at + size] for at in range(size, len(data), size)]
    listed = [*struct.unpack_from("<109I", data, 76)]
    for number in _chained(data, sector, size):
        listed += struct.unpack(f"<{size // 4 - 1}I", sector[number][: size - 4])
    table = [one for number in listed if number < len(sector) for one in _numbers(sector[number])]
    folder = b"".join(sector[one] for one in _chain(table, struct.unpack_from("<I", data, 48)[0]))
    entries = {
        _entry_name(folder, at): struct.unpack_from("<II", folder, at + 116) for at in range(0, len(folder), 128)
    }
    first, length = next(entries[name] for name in ("Workbook", "WORKBOOK", "Book", "BOOK") if name in entries)
    if length >= struct.unpack_from("<I", data, 56)[0]:
        return b"".join(sector[one] for one in _chain(table, first))[:length]
    within = b"".join(sector[one] for one in _chain(table, entries["Root Entry"][0]))
    lesser = [
        one for number in _chain(table, struct.unpack_from("<I", data, 60)[0]) for one in _numbers(sector[number])
    ]
    return b"".join(within[one * small : (one + 1) * small] for one in _chain(lesser, first))[:length]


def _chained(data: bytes, sector: list[bytes], size: int) -> Iterator[int]:
    """The sectors that list further sectors of the table, each of which names the next in its last number."""
    number, left = struct.unpack_from("<II", data, 68)
    for _ in range(min(left, len(sector))):
        if number >= len(sector):
            return
        yield number
        (number,) = struct.unpack_from("<I", sector[number], size - 4)


def _numbers(sector: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(sector) // 4}I", sector[: len(sector) // 4 * 4])


def _chain(table: list[int], first: int) -> Iterator[int]:
    """The sectors of a stream in order; a chain that runs in a ring ends."""
    for _ in range(len(table)):
        if first >= len(table):
            return
        yield first
        first = table[first]


def _entry_name(folder: bytes, at: int) -> str:
    (length,) = struct.unpack_from("<H", folder, at + 64)
    return folder[at : at + max(length - 2, 0)].decode("utf-16-le", errors="replace")
