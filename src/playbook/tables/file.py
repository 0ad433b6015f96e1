"""A file or a sheet to a frame of raw cells: nothing is interpreted yet, nothing is lost.

Text is decoded strictly (UTF-8 with or without BOM, UTF-16 with BOM, cp932) and split by the csv rules. Lines
that are no rows (too few or too many cells, quotes that do not close, NUL characters) are set aside with
their row number.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING

import polars as pl

from playbook.tables.declared import ROW
from playbook.tables.formulas import restore
from playbook.tables.lines import no_rows, only_a_name
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, Said, WorkspaceError, reason

if TYPE_CHECKING:
    import pandas as pd
    from python_calamine import CalamineWorkbook

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
EXCEL_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
PARQUET_SUFFIXES = (".parquet",)
SUFFIXES = (*TEXT_SUFFIXES, *PARQUET_SUFFIXES, *EXCEL_SUFFIXES)

_REFUSED = {ROW: pl.UInt32, "value": pl.String, "code": pl.String}
_DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon"}
_MAX_REREADS = 100
MOST_COLUMNS = 4_096
_LONG = 100_000  # characters from which splitting columns at once pays


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table as it was found.

    `frame`: one row per row found; `row` and the columns as headed, text or already typed.
    `refused`: one row per line that is no row: `row`, `value` (its start), `code` (why).
    `place` names file and sheet; `how` says which encoding and delimiter were used.
    """

    frame: pl.DataFrame
    place: str
    how: str = ""
    refused: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_REFUSED))


def read_file(path: Path) -> Sheet:
    """The rows of a delimited text or a Parquet file; WorkspaceError where it is neither."""
    try:
        if path.suffix.lower() in PARQUET_SUFFIXES:
            return _read_parquet(path)
        return _restored(read_text(path.read_bytes(), str(path)))
    except OSError as error:
        raise WorkspaceError(
            Problem(
                str(path),
                msg("cannot be read: {value}", value=reason(error)),
                msg("a readable file"),
            )
        ) from None


def _restored(sheet: Sheet) -> Sheet:
    """The sheet with its texts as they were before they were written so that a spreadsheet runs none as a formula."""
    frame = sheet.frame
    quoted = [name for name, kind in frame.schema.items() if kind == pl.String and _quotes(frame[name])]
    if not quoted:
        return sheet
    columns = [
        frame[name].replace(distinct, [restore(one) for one in distinct])
        for name in quoted
        if (distinct := frame[name].filter(frame[name].str.starts_with("'").fill_null(False)).unique().to_list())
    ]
    return replace(sheet, frame=frame.with_columns(columns))


def _quotes(column: pl.Series) -> bool:
    return bool(column.str.starts_with("'").any())


def _read_parquet(path: Path) -> Sheet:
    try:
        frame = pl.read_parquet(path, glob=False)
    except pl.exceptions.PolarsError as error:
        raise WorkspaceError(
            Problem(
                str(path),
                msg("is not a Parquet file: {first_line}", first_line=_first_line(error)),
                msg("a complete Parquet file"),
            )
        ) from None
    return from_frame(frame, str(path), "parquet")


def from_frame(frame: pl.DataFrame, place: str, how: str = "frame") -> Sheet:
    """A polars frame as a sheet, its rows numbered as a spreadsheet would."""
    names = _headed([str(name) for name in frame.columns], place)
    return Sheet(
        _numbered(frame.rename(dict(zip(frame.columns, names, strict=True)))),
        place,
        how,
    )


def from_pandas(frame: pd.DataFrame, place: str) -> Sheet:
    """A pandas frame as a sheet, through Arrow; mixed objects as text, cell by cell; the index is left.

    ArgumentError where Arrow is not installed.
    """
    require_arrow()
    columns = [frame.iloc[:, n] for n in range(frame.shape[1])]
    names = _headed([str(name) for name in frame.columns], place)
    cells = [_column(name, column) for name, column in zip(names, columns, strict=True)]
    return Sheet(_numbered(pl.DataFrame(cells)), place, "frame")


def require_arrow() -> None:
    """ArgumentError where pyarrow, by way of which frames of pandas come and go, is not installed."""
    if find_spec("pyarrow") is None:
        hint = 'pip install "recruit-playbook[pandas]"'
        raise ArgumentError(Problem("pandas", msg("pyarrow is not installed"), hint=hint))


def _column(name: str, column: pd.Series) -> pl.Series:
    if column.dtype == object and not {type(cell) for cell in column if cell is not None} <= _PLAIN:
        return pl.Series(name, [_written(cell) for cell in column], pl.String)
    try:
        return pl.from_pandas(column.reset_index(drop=True)).alias(name)
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError):  # several types in one column
        return pl.Series(name, [_written(cell) for cell in column], pl.String)


# What Arrow reads without changing it: where a column mixes date-times, it drops zones or times of day.
_PLAIN = {str, bool, int, float, dt.date}


def _numbered(frame: pl.DataFrame, first: int = 2) -> pl.DataFrame:
    return frame.with_row_index(ROW, offset=first)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


# Delimited text


def read_text(data: bytes, place: str) -> Sheet:
    """The records of a delimited text; the first that is not blank is the header."""
    text, encoding = decode(data, place)
    lines = list(io.StringIO(text, newline=""))
    delimiter, width = _delimiter(lines, prefer_tab=place.lower().endswith((".tsv", ".txt")))
    if not width:
        raise WorkspaceError(Problem(place, msg("the file is empty"), msg("a header line, then one line per row")))
    records = _records(lines, delimiter, place)
    header_row, header = next((row, record) for row, record in records if _says_something(record))
    if isinstance(header, _Broken) or "\0" in "".join(header):
        raise WorkspaceError(
            Problem(
                place,
                msg("the header cannot be read"),
                msg("column names, parted alike"),
                _AS_UTF8,
            )
        )
    names = _headed(header, place)
    if '"' in text or len(text) < _LONG:
        found, refused = _by_csv_rules(records, len(header), delimiter)
    else:
        found, refused = _by_splitting(lines, header_row, len(header), delimiter)
    frame = _without_blank_end(found.rename(dict(zip(found.columns[1:], names, strict=True))))
    return _set_aside(Sheet(frame, place, f"{encoding}, {_DELIMITERS[delimiter]}", _refused(refused)))


def _set_aside(sheet: Sheet) -> Sheet:
    """The sheet with totals, remarks and repeated headers among its refused lines."""
    stray = no_rows(sheet.frame)
    if stray.is_empty():
        return sheet
    frame = sheet.frame.filter(~sheet.frame[ROW].is_in(stray[ROW].implode()))
    return replace(sheet, frame=frame, refused=pl.concat([sheet.refused, stray.cast(_REFUSED)]).sort(ROW))  # type: ignore[arg-type]


_AS_UTF8 = msg("in Excel, save as 'CSV UTF-8'")


def decode(data: bytes, place: str) -> tuple[str, str]:
    """The text of a file and its encoding; WorkspaceError with the byte where it is none of those allowed."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise _undecodable(place, f"byte {error.start} is not UTF-16") from None
    try:
        marked = data.startswith(b"\xef\xbb\xbf")
        return data.decode("utf-8-sig"), "utf-8-sig" if marked else "utf-8"
    except UnicodeDecodeError as error:
        not_utf8 = f"byte {error.start} is not UTF-8"
    if (mixed := _line_by_line(data)) is not None:
        return mixed
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError as error:
        raise _undecodable(place, f"{not_utf8}, byte {error.start} is not cp932 either") from None
    if any(mark in text for mark in "\x80\uf8f0\uf8f1\uf8f2\uf8f3"):  # bytes that no Japanese text has
        raise _undecodable(place, f"{not_utf8}, and it holds bytes that cp932 leaves unused")
    if _is_euc(data):
        raise _undecodable(place, f"{not_utf8}; it looks like EUC-JP")
    return text, "cp932"


def _line_by_line(data: bytes) -> tuple[str, str] | None:
    """A text whose lines are in two encodings, each read in its own, and which were the fewer; None where all lines
    that are not plain ASCII are in one.

    A line of cp932 is hardly ever UTF-8 by accident: three bytes of each letter would have to fit.
    """
    lines = data.split(b"\n")
    odd = {n: _as_utf8(line) for n, line in enumerate(lines, start=1) if not line.isascii()}
    others = [n for n, text in odd.items() if text is None]
    if not others or len(others) == len(odd):
        return None
    try:
        read = [odd.get(n) or line.decode("cp932") for n, line in enumerate(lines, start=1)]
    except UnicodeDecodeError:
        return None
    few, name = (others, "cp932") if 2 * len(others) <= len(odd) else ([n for n in odd if odd[n]], "utf-8")
    listed = " ".join(map(str, few[:_MIXED_SHOWN])) + (" ..." if len(few) > _MIXED_SHOWN else "")
    return "\n".join(read), f"utf-8 and cp932 ({MIXED} {name}: {listed})"


MIXED = "lines in"
"""What the name of an encoding says where some lines were in another one."""
_MIXED_SHOWN = 10


def _as_utf8(line: bytes) -> str | None:
    """A line in UTF-8 with a letter of three bytes in it; None where it is none."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if any(letter > "\u07ff" for letter in text) else None


def _undecodable(place: str, found: str) -> WorkspaceError:
    return WorkspaceError(
        Problem(
            place,
            found,
            msg("UTF-8, UTF-8 with BOM, UTF-16 with BOM, cp932 (Shift_JIS of Windows)"),
            _AS_UTF8,
        )
    )


def _is_euc(data: bytes) -> bool:
    """EUC-JP passes as half-width kana of cp932, but hiragana that are read as EUC-JP are no accident."""
    try:
        return any("ぁ" <= letter <= "ん" for letter in data.decode("euc_jp"))
    except UnicodeDecodeError:
        return False


def _delimiter(lines: list[str], *, prefer_tab: bool) -> tuple[str, int]:
    """The delimiter that parts the header into most cells, and how many there are."""
    candidates = sorted(_DELIMITERS, key=lambda delimiter: prefer_tab and delimiter != "\t")
    widths = {
        delimiter: next(
            (
                1 if isinstance(record, _Broken) else len(record)
                for _, record in _records(lines, delimiter, "")
                if _says_something(record)
            ),
            0,
        )
        for delimiter in candidates
    }
    delimiter = max(widths, key=lambda one: widths[one])
    return delimiter, widths[delimiter]


@dataclass(frozen=True, slots=True)
class _Broken:
    """A line whose quotes make no sense."""

    line: str


_Record = list[str] | _Broken
_Refusal = tuple[int, str, str]  # row, value, code


def _says_something(record: _Record) -> bool:
    return isinstance(record, _Broken) or any(cell.strip() for cell in record)


def _records(lines: list[str], delimiter: str, place: str) -> Iterator[tuple[int, _Record]]:
    """Records with their row numbers; below a quote that does not close, reading goes on."""
    at, row, reread = 0, 0, 0

    def feed() -> Iterator[str]:
        nonlocal at
        while at < len(lines):
            at += 1
            yield lines[at - 1]

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        first, row = at, row + 1
        try:
            yield row, next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield row, _Broken(lines[first])
            reread += at > first + 1
            if reread > _MAX_REREADS:
                raise WorkspaceError(
                    Problem(
                        place,
                        msg(
                            "line {value}: more than {max_rereads} quotes that do not close",
                            value=first + 1,
                            max_rereads=_MAX_REREADS,
                        ),
                    )
                ) from None
            at = first + 1
            reader = csv.reader(feed(), delimiter=delimiter, strict=True)


def _by_csv_rules(
    records: Iterable[tuple[int, _Record]], width: int, delimiter: str
) -> tuple[pl.DataFrame, list[_Refusal]]:
    """The rows among some records, and the refusals."""
    numbers: list[int] = []
    rows: list[list[str]] = []
    refused: list[_Refusal] = []
    for row, record in records:
        fitted = _fitted(row, record, width, delimiter)
        if isinstance(fitted, list):
            numbers.append(row)
            rows.append(fitted)
        elif fitted is not None:
            refused.append(fitted)
    columns = zip(*rows, strict=True) if rows else [()] * width
    fields = [pl.Series(f"field_{n}", cells, pl.String) for n, cells in enumerate(columns)]
    return pl.DataFrame([pl.Series(ROW, numbers, pl.UInt32), *fields]), refused


def _by_splitting(lines: list[str], header_row: int, width: int, delimiter: str) -> tuple[pl.DataFrame, list[_Refusal]]:
    """The same where no cell is quoted, many times faster: only odd lines are taken one by one."""
    text = pl.col("line")
    numbered = pl.DataFrame({"line": pl.Series(lines, dtype=pl.String).str.strip_chars_end("\r\n")})
    below = numbered.with_row_index(ROW, offset=1).slice(header_row)
    odd = (text.str.count_matches(delimiter, literal=True) != width - 1) | text.str.contains("\0", literal=True)
    if width == 1:
        odd |= text.str.strip_chars() == ""
    even = below.filter(~odd).select(ROW, text.str.split_exact(delimiter, width - 1).alias("cells")).unnest("cells")
    rest, refused = _by_csv_rules(
        ((row, line.split(delimiter) if line else []) for row, line in below.filter(odd).rows()),
        width,
        delimiter,
    )
    return pl.concat([even, rest]).sort(ROW) if len(rest) else even, refused


def _fitted(row: int, record: _Record, width: int, delimiter: str) -> list[str] | _Refusal | None:
    """The cells of a record, or why it is no row; None for a blank line."""
    if isinstance(record, _Broken):
        return row, record.line, "bad_quotes"
    if len(record) == width > 1 and "\0" not in "".join(record):  # nearly all
        return record
    if len(record) <= 1 and not _says_something(record):
        return None
    if any("\0" in cell for cell in record):
        return row, delimiter.join(record), "nul_character"
    if not _says_something(record[width:]):
        record = record[:width]
    if not _says_something(record):
        return [*record, *[""] * (width - len(record))]
    return record if len(record) == width else (row, delimiter.join(record), "ragged_line")


def _headed(header: Sequence[str], place: str) -> list[str]:
    """Column names, stripped; a nameless column is called by its position; `row` makes way."""
    if len(header) > MOST_COLUMNS:
        found = msg("the header has {len:,} columns", len=len(header))
        raise WorkspaceError(
            Problem(
                place,
                found,
                msg("at most {most_columns:,} columns", most_columns=MOST_COLUMNS),
                msg("is the right delimiter used?"),
            )
        )
    names = [name.strip() or f"column_{n}" for n, name in enumerate(header, start=1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        listed = ", ".join(f"'{name}'" for name in twice)
        raise WorkspaceError(
            Problem(
                place,
                msg("more than one column is named {found}", found=listed),
                msg("each column name once in the header"),
            )
        )
    return [f"{name}_given" if name == ROW else only_a_name(name) for name in names]


def _refused(refusals: Sequence[_Refusal]) -> pl.DataFrame:
    return pl.DataFrame(refusals, schema=_REFUSED, orient="row")


def _without_blank_end(frame: pl.DataFrame) -> pl.DataFrame:
    """A table ends at its last row with anything in it; blank rows above it stay (and are refused later)."""
    if frame.height and _says_something(list(frame.row(-1)[1:])):  # nearly always
        return frame
    told = [pl.col(name).str.strip_chars() != "" for name in frame.columns if name != ROW]
    last = frame.select(pl.any_horizontal(told).arg_true().last()).item()
    return frame.head(0 if last is None else last + 1)


# Spreadsheets


def open_workbook(path: Path) -> CalamineWorkbook:
    """An Excel (or OpenDocument) workbook; WorkspaceError where it is none."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    hint = msg("open it in Excel and save it again")
    try:
        if too_large := _too_large(path):
            raise WorkspaceError(Problem(str(path), too_large, msg("a table"), _CLEAR))
        return CalamineWorkbook.from_path(path)
    except PasswordError:
        found, hint = msg("the workbook is locked with a password"), _UNLOCK
    except (CalamineError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        found = msg("is not a workbook that can be read: {first_line}", first_line=_first_line(error))
    except OSError as error:
        found = msg("cannot be read: {value}", value=reason(error))
    raise WorkspaceError(Problem(str(path), found, msg("an .xlsx or .xls file without a password"), hint))


_UNLOCK = msg("open it in Excel, take the password off (File, Info, Protect Workbook) and save it")
_CLEAR = msg("copy the table alone into a new workbook")
_DIMENSION = re.compile(rb'<dimension ref="[A-Z]+[0-9]+:([A-Z]+)([0-9]+)"')
_ROW = re.compile(rb'<(?:\w+:)?row [^>]*?\br="([0-9]+)"')
_LOW_CELL = re.compile(rb'\br="[A-Z]{1,3}([0-9]{6,})"')
_FAR_CELL = re.compile(rb'\br="([A-Z]{3,})[0-9]+"')
_WIDE_CELL = re.compile(rb'\br="([A-Z]{2})[0-9]+"')
_MAX_CELLS = 50_000_000
_MAX_BYTES = 4_000_000_000
_MAX_RATIO = 250
"""How many times its size a workbook may unpack to: XML of real tables packs 10 to 60 times, a bomb 1,000 times."""
_SMALL = 100_000_000
_CHUNK = 1 << 20


def _too_large(path: Path) -> Said:
    """What would not fit into memory: a sheet is read as a full rectangle, however few its cells are."""
    if not zipfile.is_zipfile(path):
        return ""
    with zipfile.ZipFile(path) as packed:
        whole = sum(member.file_size for member in packed.infolist())
        if whole > _MAX_BYTES:
            return f"unpacks to more than {_MAX_BYTES:,} bytes"
        if whole > max(_SMALL, _MAX_RATIO * path.stat().st_size):
            return msg("unpacks to more than {max_ratio} times its size", max_ratio=_MAX_RATIO)
        for member in packed.infolist():
            if member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml"):
                with packed.open(member) as sheet:
                    corner = _corner(sheet)
                if corner is not None:
                    return f"a sheet reaches to cell {corner}"
    return ""


def _corner(sheet: IO[bytes]) -> str | None:
    """The corner of a sheet that is too large, by what it says of its size and by where its cells are.

    What it says may be wrong, and cells far from all others make the rectangle as large as if it were full.
    """
    rows, columns, before = 1, b"A", b""
    while chunk := sheet.read(_CHUNK):
        text = before + chunk
        said = _DIMENSION.search(text)
        if said and _column_number(said[1]) * int(said[2]) > _MAX_CELLS:
            return (said[1] + said[2]).decode("ascii")
        rows = max(rows, *map(int, _ROW.findall(text)), *map(int, _LOW_CELL.findall(text)), 1)
        far = _FAR_CELL.findall(text) or _WIDE_CELL.findall(text)
        columns = max([columns, *far], key=_column_number)
        if _column_number(columns) * rows > _MAX_CELLS:
            return f"{columns.decode('ascii')}{rows}"
        before = text[-64:]
    return None


def _column_number(letters: bytes) -> int:
    return reduce(lambda number, letter: number * 26 + letter - 64, letters, 0)


def read_sheet(workbook: CalamineWorkbook, name: str, place: str) -> Sheet:
    """The rows of one sheet; the first with anything in it is the header."""
    from python_calamine import CalamineError

    try:
        found = workbook.get_sheet_by_name(name)
        cells = found.to_python()
    except CalamineError as error:
        raise WorkspaceError(
            Problem(place, msg("cannot be read: {first_line}", first_line=_first_line(error)), msg("a sheet of cells"))
        ) from None
    top = found.start[0] + 1 if found.start else 1
    rows = [[_written(cell) for cell in row] for row in cells]
    head = next((n for n, row in enumerate(rows) if _says_something(row)), None)
    if head is None:
        raise WorkspaceError(Problem(place, msg("the sheet is empty"), msg("a header row, then one row per row")))
    width = max(n for n, name in enumerate(rows[head], start=1) if name.strip())
    below = ((top + head + 1 + n, row) for n, row in enumerate(rows[head + 1 :]))
    frame, refused = _by_csv_rules(below, width, "\t")
    names = _headed(rows[head][:width], place)
    frame = frame.rename(dict(zip(frame.columns[1:], names, strict=True)))
    return _set_aside(Sheet(_without_blank_end(frame), place, "excel", _refused(refused)))


def _written(cell: object) -> str:
    """A cell as a person would write it: whole numbers without '.0', moments in ISO 8601."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (dt.datetime, dt.date, dt.time)) and str(cell) != "NaT":
        return cell.isoformat()
    return "" if cell is None or str(cell) in ("nan", "NaT", "<NA>") else str(cell)
