"""A file as it was exported to raw tables of text: the header is found, nothing is interpreted, every decision is said.

Delimited text, workbooks and Parquet are read here; formats that nest (kintone, Greenhouse, Lever, XES ...) have a
module each and give the same shape: one row per line, and where a record has several lines, which line begins it.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from playbook.days.written import read_moment
from playbook.importing.dates import Epoch, Remark
from playbook.importing.text import by_fold, fold_key
from playbook.importing.vocabulary.headers import heads_a_column
from playbook.tables.columns import as_text
from playbook.tables.declared import ROW
from playbook.tables.file import (
    EXCEL_SUFFIXES,
    MIXED,
    PARQUET_SUFFIXES,
    TEXT_SUFFIXES,
    decode,
    open_workbook,
    read_file,
    read_text,
)
from playbook.tables.lines import no_rows, only_a_name
from playbook.words.catalogue import listed, msg
from playbook.words.problem import Problem, WorkspaceError, did_you_mean, reason

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

REFUSED = {ROW: pl.UInt32, "value": pl.String, "code": pl.String}
MAX_CELL = 131_072
"""Characters in one cell; Excel itself stops at 32,767."""
_SHOWN = 200
_LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class Told:
    """What a person says about a file: its sheet, the rows of its header, its encoding."""

    sheet: str | None = None
    header: tuple[int, ...] = ()
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """One raw table.

    `frame`: one row per line, all text but `row`, the number a person sees. `starts` is true where a line begins a
    record (None: every line does); `lines` names the columns whose values belong to a line, the others belong to its
    record. `refused`: one row per line that is no row: `row, value, code`. `kind` says what the records are.
    """

    kind: str
    frame: pl.DataFrame
    file: Path
    place: str
    how: str
    refused: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REFUSED))
    starts: pl.Series | None = None
    lines: frozenset[str] = frozenset()
    epoch: Epoch | None = None
    remarks: tuple[Remark, ...] = ()
    sheet: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file."""
        return tuple(name for name in self.frame.columns if name != ROW)

    @property
    def records(self) -> int:
        """How many records there are, on however many lines."""
        return len(self.frame) if self.starts is None else int(self.starts.sum())

    def of_records(self) -> pl.DataFrame:
        """One row per record: its first line."""
        return self.frame if self.starts is None else self.frame.filter(self.starts)

    def column(self, name: str) -> str | None:
        """The column that is meant by a name; width, blanks and capitals do not matter."""
        return name if name in self.columns else by_fold(self.columns).get(fold_key(name))


def read_table(path: Path, told: Told = Told()) -> Raw:
    """The raw table of a delimited text, a workbook's sheet or a Parquet file.

    Raises WorkspaceError where the file cannot be read, saying what it is not and what to do.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        wrong = msg("is a folder") if path.is_dir() else msg("there is no such file")
        raise WorkspaceError(Problem(str(path), wrong, msg("a file that was exported")))
    if suffix in EXCEL_SUFFIXES:
        return _tidied(_read_workbook(path, told))
    if suffix in PARQUET_SUFFIXES:
        sheet = read_file(path)
        text = sheet.frame.select(ROW, *(as_text(sheet.frame[name]) for name in sheet.frame.columns if name != ROW))
        return _tidied(Raw("table", text, path, str(path), sheet.how))
    if suffix in TEXT_SUFFIXES:
        return _tidied(_read_delimited(path, told))
    allowed = ", ".join((*TEXT_SUFFIXES, *EXCEL_SUFFIXES, *PARQUET_SUFFIXES, ".json", ".jsonl", ".xes", ".sql"))
    raise WorkspaceError(Problem(str(path), msg("a '{suffix}' file cannot be imported", suffix=path.suffix), allowed))


def file_bytes(path: Path) -> bytes:
    """The bytes of a file; WorkspaceError where it cannot be read or is empty."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WorkspaceError(
            Problem(str(path), msg("cannot be read: {value}", value=reason(error)), msg("a readable file"))
        ) from None
    if not data.strip():
        raise WorkspaceError(Problem(str(path), msg("the file is empty"), msg("an export with at least a header")))
    return data


def file_text(path: Path, encoding: str | None = None) -> tuple[str, str]:
    """The text of a file and its encoding: as told, else found; WorkspaceError where it is not text in it."""
    data = file_bytes(path)
    if encoding is None:
        return decode(data, str(path))
    try:
        return data.decode(encoding), encoding
    except (UnicodeDecodeError, LookupError) as error:
        raise WorkspaceError(
            Problem(
                str(path),
                msg("cannot be read as {encoding}: {error}", encoding=encoding, error=error),
                msg("the encoding that the file is in"),
            )
        ) from None


def _tidied(raw: Raw) -> Raw:
    """Without rows that say nothing; rows with a cell beyond any bound are refused."""
    stray = no_rows(raw.frame)
    if len(stray):
        kept = raw.frame.filter(~raw.frame[ROW].is_in(stray[ROW].implode()))
        raw = replace(raw, frame=kept, refused=pl.concat([raw.refused, stray.cast(REFUSED)]).sort(ROW))  # type: ignore[arg-type]
    named = [pl.col(name) for name in raw.columns]
    if not named or raw.frame.is_empty():
        return raw
    size = raw.frame.select(ROW, longest=pl.max_horizontal(column.str.len_chars().fill_null(0) for column in named))
    huge = size["longest"] > MAX_CELL
    silent = raw.frame.select(pl.all_horizontal((column.str.strip_chars() == "").fill_null(True) for column in named))
    if not huge.any() and not silent.to_series().any():
        return raw
    refused = raw.frame.filter(huge).select(
        ROW,
        pl.concat_str([column.str.head(_SHOWN) for column in named], separator=" ", ignore_nulls=True)
        .str.head(_SHOWN)
        .alias("value"),
        pl.lit("cell_too_long").alias("code"),
    )
    kept = raw.frame.filter(~huge & ~silent.to_series())
    return replace(raw, frame=kept, refused=pl.concat([raw.refused, refused]).sort(ROW))


# Delimited text


def _read_delimited(path: Path, told: Told) -> Raw:
    text, encoding = file_text(path, told.encoding)
    lines = list(io.StringIO(text, newline=""))
    delimiter = _delimiter(lines)
    records, ends = _first_records(lines, delimiter)
    head = _header(records, told.header, str(path))
    width = _nameless(records, head)
    names, remarks = _named([records[n] for n in head.rows], head, width)
    below = lines[ends[head.rows[-1]] :] if head.rows else lines
    sheet = read_text((_csv_line(names, delimiter) + "".join(below)).encode("utf-8"), str(path))
    shift = head.rows[-1] if head.rows else -1
    frame = sheet.frame.with_columns((pl.col(ROW).cast(pl.Int64) + shift).cast(pl.UInt32))
    refused = sheet.refused.with_columns(
        (pl.col(ROW).cast(pl.Int64) + shift).cast(pl.UInt32), pl.col("value").str.head(_SHOWN)
    )
    how = f"{encoding}, {sheet.how.split(', ')[-1]}"
    remarks = (*remarks, *_about_encoding(encoding))
    return Raw("table", frame, path, str(path), how, refused, remarks=remarks)


def _about_encoding(encoding: str) -> tuple[Remark, ...]:
    """A doubt where some lines of a file are in another encoding than the others."""
    if MIXED not in encoding:
        return ()
    lines = encoding.partition(MIXED)[2].strip(" )")
    return (Remark(msg("its lines are in two encodings, each was read in its own ({lines})", lines=lines), doubt=True),)


def _nameless(records: Sequence[Sequence[str]], head: _Head) -> int:
    """How many columns there are, where the last ones have no name: as many as the header leaves room for and a row
    fills."""
    room = max(len(records[n]) for n in head.rows) if head.rows else max(map(len, records))
    filled = max((n for record in records for n, cell in enumerate(record, start=1) if cell.strip()), default=0)
    return min(room, filled) if head.rows else room


def _delimiter(lines: Sequence[str]) -> str:
    def cells(delimiter: str) -> int:
        return sum(len(record) - 1 for record in _first_records(lines, delimiter)[0])

    return max((",", "\t", ";"), key=cells)


def _first_records(lines: Sequence[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first records of a text, and after which line each ends."""
    reader = csv.reader(iter(lines), delimiter=delimiter)
    records: list[list[str]] = []
    ends: list[int] = []
    try:
        for record in reader:
            records.append(record)
            ends.append(reader.line_num)
            if len(records) == _LOOKED_AT:
                break
    except csv.Error:  # said later, with its row, by the reader of rows
        pass
    return records, ends


def _csv_line(names: Sequence[str], delimiter: str) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(names)
    return line.getvalue()


# The header


@dataclass(frozen=True, slots=True)
class _Head:
    """The rows of the header, from 0, and which cells of them are spans of one heading: (row, column) to its text."""

    rows: tuple[int, ...]
    spans: Mapping[tuple[int, int], str] = field(default_factory=dict)


def _header(rows: Sequence[Sequence[str]], told: tuple[int, ...], place: str) -> _Head:
    """Where the header is: as told, else the first row that fills at least half of the columns, with the row below it
    where that one only fills its gaps."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    if not any(filled):
        raise WorkspaceError(Problem(place, msg("the file is empty"), msg("a header line, then one line per row")))
    if told == (0,):
        return _Head(())
    if told:
        if max(told) > len(rows) or min(told) < 1 or not any(filled[n - 1] for n in told if n <= len(filled)):
            raise WorkspaceError(
                Problem(
                    place,
                    msg("there is no header in row {max}", max=max(told)),
                    msg("the number of the row with the column names"),
                )
            )
        return _Head(tuple(n - 1 for n in told))
    first = _first_of_header(rows, filled)
    return _Head((first, first + 1)) if _fills_gaps(rows, first) else _Head((first,))


def _first_of_header(rows: Sequence[Sequence[str]], filled: Sequence[int]) -> int:
    """The row with most words that head columns, where there are two; else the first one that fills half of the
    columns and holds no value, such as the day on which the list was made."""
    known = [sum(heads_a_column(cell) for cell in set(row) if cell.strip()) for row in rows]
    if max(known) >= _HEADS:
        return known.index(max(known))
    enough = max(min(2, max(filled)), max(filled) / 2)
    full = [n for n, count in enumerate(filled) if count >= enough]
    plain = [n for n in full if not any(_is_value(cell) for cell in rows[n] if cell.strip())]
    return (plain or full)[0]


_HEADS = 2
"""So many known words make a header."""


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


def _named(rows: Sequence[Sequence[str]], head: _Head, width: int = 0) -> tuple[list[str], tuple[Remark, ...]]:
    """Names for at least `width` columns from the rows of a header; a name that is there twice is numbered."""
    width = max((width, *(n for row in rows for n, cell in enumerate(row, start=1) if cell.strip())))
    parts = [[(row[n].strip() if n < len(row) else "") for n in range(width)] for row in rows]
    for (row, column), text in head.spans.items():
        if row in head.rows and column < width:
            parts[head.rows.index(row)][column] = text
    if len(parts) > 1 and not head.spans:
        parts = [*(_carried(upper, parts[-1]) for upper in parts[:-1]), parts[-1]]
    names = [_joined([row[n] for row in parts]) or f"column_{n + 1}" for n in range(width)]
    names = [f"{name}_given" if name == ROW else name for name in names]
    twice = sorted(name for name, n in Counter(names).items() if n > 1)
    return [only_a_name(name) for name in _numbered(names)], (*_about_header(head), *_about_twice(twice))


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


def _about_header(head: _Head) -> tuple[Remark, ...]:
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


# Workbooks


def _read_workbook(path: Path, told: Told) -> Raw:
    file_bytes(path)
    workbook = open_workbook(path)
    name, remarks = _sheet_name(workbook, told, path)
    place = f"{path}, sheet '{name}'"
    rows, spans = _grid(workbook.get_sheet_by_name(name), place)
    head = _header(rows if told.header else rows[:_LOOKED_AT], told.header, place)
    head = _Head(head.rows if told.header else _with_neighbours(head.rows, spans, len(rows)), _headings(rows, spans))
    first = head.rows[-1] + 1 if head.rows else 0
    filled = _fill_down(rows, spans, first)
    width = max((n for row in rows[first:] for n, cell in enumerate(row, start=1) if cell.strip()), default=0)
    names, more = _named([rows[n] for n in head.rows], head, width)
    cells = [[row[n] if n < len(row) else "" for n in range(len(names))] for row in rows[first:]]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
    frame = frame.insert_column(0, pl.Series(ROW, range(first + 1, first + 1 + len(cells)), pl.UInt32))
    marks = (*remarks, *more, *_about_merged(filled), *_unsaved(path))
    return Raw("table", _no_nuls(frame), path, place, "excel", epoch=_epoch(path), remarks=marks, sheet=name)


def _no_nuls(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.String).str.replace_all("\0", "", literal=True))


def _sheet_name(workbook: CalamineWorkbook, told: Told, path: Path) -> tuple[str, tuple[Remark, ...]]:
    """The sheet that was told, else the first one to be seen that is headed like a list, else the first with anything
    in it; hidden ones are told of."""
    from python_calamine import SheetVisibleEnum

    names: list[str] = workbook.sheet_names
    hidden = {one.name for one in workbook.sheets_metadata if one.visible != SheetVisibleEnum.Visible}
    if told.sheet is not None:
        found = by_fold(names).get(fold_key(told.sheet))
        if found is None:
            wrong = msg("there is no sheet '{sheet}'", sheet=told.sheet)
            raise WorkspaceError(Problem(str(path), wrong, ", ".join(names), did_you_mean(told.sheet, names)))
        return found, ()
    shown = [name for name in names if name not in hidden]
    tables = {name: heads for name in shown if (heads := _heads_of(workbook, name)) is not None}
    if not tables:
        raise WorkspaceError(
            Problem(str(path), msg("no sheet has anything in it"), msg("a header row, then one row per row"))
        )
    best = next((name for name, heads in tables.items() if heads >= _HEADS), next(iter(tables)))
    return best, _about_sheets(best, [name for name in shown if name != best], [one for one in names if one in hidden])


def _heads_of(workbook: CalamineWorkbook, name: str) -> int | None:
    """How many words that head columns stand together in a row at the top of a sheet; None where nothing is there."""
    from python_calamine import CalamineError

    try:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.height == 0:
            return None
        top = sheet.to_python(skip_empty_area=True, nrows=_LOOKED_AT)
    except CalamineError:
        return None
    return max((sum(heads_a_column(cell) for cell in row if isinstance(cell, str)) for row in top), default=0)


def _about_sheets(read: str, others: Sequence[str], hidden: Sequence[str]) -> tuple[Remark, ...]:
    """Which sheet was read, which were not, and which of those are hidden."""
    found = []
    if others:
        found.append(Remark(msg("sheet '{read}' was read, not: {others}", read=read, others=listed(others))))
    if hidden:
        found.append(Remark(msg("hidden sheets were not read: {hidden}", hidden=listed(hidden)), doubt=True))
    return tuple(found)


_Span = tuple[tuple[int, int], tuple[int, int]]


def _grid(sheet: CalamineSheet, place: str) -> tuple[list[list[str]], list[_Span]]:
    """The cells of a sheet as text, and its merged ranges."""
    from python_calamine import CalamineError

    from playbook.tables.file import _written

    try:
        rows = [[_written(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
        return rows, list(sheet.merged_cell_ranges or [])
    except CalamineError as error:
        raise WorkspaceError(
            Problem(place, msg("cannot be read: {error}", error=error), msg("a sheet of cells"))
        ) from None


def _fill_down(rows: list[list[str]], spans: Sequence[_Span], first: int) -> int:
    """Cells merged downwards below the header say their value in every row; how many were filled."""
    filled = 0
    for (top, left), (bottom, right) in spans:
        if top < first or top >= len(rows) or left >= len(rows[top]) or right > left:
            continue
        for n in range(top + 1, min(bottom + 1, len(rows))):
            filled += bool(rows[top][left].strip())
            rows[n][left] = rows[top][left]
    return filled


def _with_neighbours(rows: tuple[int, ...], spans: Sequence[_Span], height: int) -> tuple[int, ...]:
    """The rows of a header and those that merged cells tie to them."""
    wanted = set(rows)
    for (top, left), (bottom, right) in spans:
        if bottom > top and bottom - top < 4 and wanted & set(range(top, bottom + 1)) and min(wanted) <= bottom:
            wanted |= set(range(top, bottom + 1))
        elif right > left and top == max(wanted) and _parted_below(spans, top, left, right):
            wanted.add(top + 1)
    return tuple(n for n in sorted(wanted) if n < height)


def _parted_below(spans: Sequence[_Span], row: int, left: int, right: int) -> bool:
    """Whether the merged heading of several columns stands beside one that is merged downwards."""
    return any(top == row and bottom > row and not left <= a <= right for (top, a), (bottom, _) in spans)


def _headings(rows: Sequence[Sequence[str]], spans: Sequence[_Span]) -> dict[tuple[int, int], str]:
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


_UNSAVED = re.compile(rb'<c r="([A-Z]+[0-9]+)"[^>]*>\s*<f[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>')
_ERRORS = re.compile(rb'<c r="([A-Z]+[0-9]+)"[^>]*\bt="e"')
_MAX_SCAN = 200_000_000


def _unsaved(path: Path) -> tuple[Remark, ...]:
    """A doubt where formulas have no stored result or an error for one: such cells are read as blank."""
    if not zipfile.is_zipfile(path):
        return ()
    found: dict[bytes, list[str]] = {b"f": [], b"e": []}
    with zipfile.ZipFile(path) as packed:
        for member in packed.infolist():
            if not member.filename.startswith("xl/worksheets/sheet") or member.file_size > _MAX_SCAN:
                continue
            xml = packed.read(member)
            found[b"f"] += [cell.decode("ascii") for cell in _UNSAVED.findall(xml)]
            found[b"e"] += [cell.decode("ascii") for cell in _ERRORS.findall(xml)]
    said = (
        (found[b"f"], msg("formulas without a stored result")),
        (found[b"e"], msg("error values such as #N/A")),
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
        for cells, what in said
        if cells
    )


def _epoch(path: Path) -> Epoch | None:
    """The epoch in which a workbook counts its days; None where that is not known (old .xls)."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as packed:
        try:
            xml = packed.read("xl/workbook.xml")
        except KeyError:
            return None
    from_1904 = re.search(rb'<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"', xml)
    return "excel 1904" if from_1904 else "excel 1900"
