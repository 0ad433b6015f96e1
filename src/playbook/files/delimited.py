"""Delimited text to a sheet: split by the csv rules; a line that is no row is set aside and costs no other.

Lines that are no rows: too few or too many cells, quotes that do not close, NUL characters.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import polars as pl

from playbook.files.encodings import AS_UTF8, about_encoding, decode
from playbook.files.header import LOOKED_AT, ColumnNames, head_of, is_filled, known_words, names_of
from playbook.files.lines import ROW
from playbook.files.sheet import ANY, NO_HINTS, REFUSED, FileHints, Headings, Sheet, looked_through, without_nothing
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError

_DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon"}
_MAX_REREADS = 100
_MAX_LINE = 10_000_000
_TOP = 200_000  # characters among which the header is
_MAX_ABOVE = 5_000  # records, of which most say nothing
_LONG = 1_000_000  # characters from which reading columns at once pays


def read_text(data: bytes, place: str, told: FileHints = NO_HINTS, headings: Headings = ANY) -> Sheet:
    """The records of a delimited text; WorkspaceError where it is empty, cannot be decoded or has no usable header."""
    _refuse_endless_line(data, place)
    text, encoding = decode(data, place, told.encoding)
    top = _top(text, place, told, headings)
    frame, refused = _rows(text[top.end :], top, place)
    how = f"{encoding}, {_DELIMITERS[top.delimiter]}"
    return looked_through(
        Sheet(
            without_nothing(frame, top.names.nameless),
            place,
            how,
            pl.DataFrame(refused, schema=REFUSED, orient="row"),
            (*top.names.remarks, *about_encoding(encoding)),
        )
    )


def _refuse_endless_line(data: bytes, place: str) -> None:
    """WorkspaceError where a line is longer than any record; cheap, since only the ends of lines are looked for."""
    begin = 0
    while len(data) - begin > _MAX_LINE:
        within = begin, begin + _MAX_LINE
        if (end := data.rfind(b"\n", *within)) < 0 and (end := data.rfind(b"\r", *within)) < 0:
            found = msg("a line has more than {most} bytes", most=f"{_MAX_LINE:,}")
            raise WorkspaceError(Problem(place, found, msg("a header line, then one line per row")))
        begin = end + 1


def records_of(text: str, place: str, headings: Headings = ANY) -> Iterator[tuple[dict[str, str], str]]:
    """A text record by record: its cells by the names of the header, none down to the header, and the lines it stands
    on; all of them together are the text."""
    top = _top(text, place, NO_HINTS, headings)
    lines = list(io.StringIO(text[top.end :], newline=""))
    yield {}, text[: top.end]
    at = 0
    for _, record, end in _records(lines, top.delimiter, place):
        cells = record.line.split(top.delimiter) if isinstance(record, _Broken) else record
        yield dict(zip(top.names.names, cells, strict=False)), "".join(lines[at:end])
        at = end


# The top of a text


@dataclass(frozen=True, slots=True)
class _Top:
    """What the first records of a text say: what parts the cells, how the columns are called, and where the rows begin
    (`end`: in characters; `row`: the number of the record above them)."""

    delimiter: str
    names: ColumnNames
    end: int
    row: int


def _top(text: str, place: str, told: FileHints, headings: Headings) -> _Top:
    cut = text.find("\n", _TOP) + 1 or text.find("\r", _TOP) + 1
    looked_at = text[: cut or None]
    lines = list(io.StringIO(looked_at, newline=""))
    looks = {one: _first_records(lines, one, told) for one in _DELIMITERS if one in looked_at or one in _usual(place)}
    if not any(map(_says_something, looks[","][0])):
        raise WorkspaceError(Problem(place, msg("the file is empty"), msg("a header line, then one line per row")))
    delimiter = _delimiter({one: records for one, (records, _) in looks.items()}, headings, place)
    records, ends = looks[delimiter]
    rows = [[] if isinstance(record, _Broken) else record for record in records]
    head = head_of(rows, told.header, headings, place) if any(map(is_filled, rows)) else None
    if head is None or any(isinstance(one, _Broken) or "\0" in "".join(one) for one in records[: head.below]):
        found = msg("the header cannot be read")
        raise WorkspaceError(Problem(place, found, msg("column names, parted alike"), AS_UTF8))
    width = max(len(rows[n]) for n in head.rows) if head.rows else max(map(len, rows))
    names = names_of([rows[n] for n in head.rows], head, width, headings, place)
    starts = [0, *accumulate(map(len, lines))]
    return _Top(delimiter, names, starts[ends[head.below - 1]] if head.below else 0, head.below)


def _first_records(lines: list[str], delimiter: str, told: FileHints) -> tuple[list[_Record], list[int]]:
    """The first records of a text, and after which line each ends."""
    records: list[_Record] = []
    ends: list[int] = []
    saying, most = 0, max((LOOKED_AT, *told.header))
    for _, record, end in _records(lines, delimiter, None):
        records.append(record)
        ends.append(end)
        saying += _says_something(record)
        if saying == most or len(records) == _MAX_ABOVE:
            break
    return records, ends


def _delimiter(looks: dict[str, list[_Record]], headings: Headings, place: str) -> str:
    """What parts the cells: where most known words head columns, else where most records are as wide as each other,
    else where there are most cells; of equals the tab in a file that says so."""

    def fit(delimiter: str) -> tuple[int, int, int]:
        rows = [record for record in looks[delimiter] if not isinstance(record, _Broken)]
        widths = Counter(len(row) for row in rows if len(row) > 1)
        return max(known_words(rows, headings), default=0), max(widths.values(), default=0), sum(map(len, rows))

    return max(sorted(looks, key=lambda one: one not in _usual(place)[:1]), key=fit)


def _usual(place: str) -> str:
    """What parts the cells of a file of that name, the likeliest first, where nothing in it does."""
    return "\t," if place.lower().endswith((".tsv", ".txt")) else ","


# Records


@dataclass(frozen=True, slots=True)
class _Broken:
    """A line whose quotes make no sense."""

    line: str


_Record = list[str] | _Broken
_Refusal = tuple[int, str, str]  # row, value, code


def _says_something(record: _Record) -> bool:
    return isinstance(record, _Broken) or is_filled(record)


def _records(lines: list[str], delimiter: str, place: str | None) -> Iterator[tuple[int, _Record, int]]:
    """Records with their numbers and the line after which each ends; below a quote that does not close, reading goes
    on. WorkspaceError where too many do not, unless no `place` is given: then they end."""
    at, row, reread, begun = 0, 0, 0, 0
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    while True:
        first, row = at, row + 1
        try:
            record = next(reader)
            at = begun + reader.line_num
            yield row, record, at
        except StopIteration:
            return
        except csv.Error:
            yield row, _Broken(lines[first]), first + 1
            reread += begun + reader.line_num > first + 1
            if reread > _MAX_REREADS:
                if place is None:
                    return
                found = msg("line {value}: more than {max_rereads} quotes that do not close",
                            value=first + 1, max_rereads=_MAX_REREADS)  # fmt: skip
                raise WorkspaceError(Problem(place, found)) from None
            at = begun = first + 1
            reader = csv.reader(map(lines.__getitem__, range(begun, len(lines))), delimiter=delimiter, strict=True)


# Rows


def _rows(text: str, top: _Top, place: str) -> tuple[pl.DataFrame, list[_Refusal]]:
    """The rows below the header, and the refusals: many at once where nothing is odd about them."""
    if len(text) >= _LONG:
        if (frame := _as_written(text, top)) is not None:
            return frame, []
        if '"' not in text:
            return _by_splitting(text, top)
    lines = list(io.StringIO(text, newline=""))
    return _by_csv_rules(((row, record) for row, record, _ in _records(lines, top.delimiter, place)), top)


def _as_written(text: str, top: _Top) -> pl.DataFrame | None:
    """The rows as polars reads them, where it writes them again exactly as they stand; else None."""
    ending = "\r\n" if "\r\n" in text else "\n"
    data = (text if text.endswith(ending) else text + ending).encode("utf-8", "surrogatepass")
    schema = dict.fromkeys(top.names.names, pl.String)
    try:
        frame = pl.read_csv(
            data, has_header=False, separator=top.delimiter, schema=schema, empty_string_is_null=False, glob=False
        )
    except pl.exceptions.PolarsError:
        return None
    quoting: tuple[Literal["necessary", "always"], ...] = ("necessary", "always") if b'"' in data else ("necessary",)
    for style in quoting if b"\0" not in data else ():
        again = io.BytesIO()
        frame.write_csv(again, include_header=False, separator=top.delimiter, line_terminator=ending, quote_style=style)
        if again.getbuffer() == data:
            return frame.with_row_index(ROW, offset=top.row + 1)
    return None


def _by_splitting(text: str, top: _Top) -> tuple[pl.DataFrame, list[_Refusal]]:
    """The same where no cell is quoted: only odd lines are taken one by one."""
    line, names = pl.col("line"), top.names.names
    lines = pl.DataFrame({"line": pl.Series(list(io.StringIO(text, newline="")), dtype=pl.String)})
    below = lines.select(line.str.strip_chars_end("\r\n")).with_row_index(ROW, offset=top.row + 1)
    below = below.filter(line != "")
    parted = line.str.count_matches(top.delimiter, literal=True)
    odd = (parted != len(names) - 1) | line.str.contains("\0", literal=True)
    if len(names) == 1:
        odd |= line.str.strip_chars() == ""
    cells = line.str.split_exact(top.delimiter, len(names) - 1).struct.rename_fields(names).alias("cells")
    even = below.filter(~odd).select(ROW, cells).unnest("cells")
    rest, refused = _by_csv_rules(
        ((row - top.row, one.split(top.delimiter) if one else []) for row, one in below.filter(odd).rows()), top
    )
    return pl.concat([even, rest]).sort(ROW) if len(rest) else even, refused


def _by_csv_rules(records: Iterable[tuple[int, _Record]], top: _Top) -> tuple[pl.DataFrame, list[_Refusal]]:
    """The rows among some records, numbered from 1 below the header, and the refusals."""
    numbers: list[int] = []
    rows: list[list[str]] = []
    refused: list[_Refusal] = []
    for n, record in records:
        fitted = _fitted(top.row + n, record, top)
        if isinstance(fitted, list):
            numbers.append(top.row + n)
            rows.append(fitted)
        elif fitted is not None:
            refused.append(fitted)
    return frame_of(numbers, rows, top.names.names), refused


def frame_of(numbers: Sequence[int], rows: Sequence[Sequence[str]], names: Sequence[str]) -> pl.DataFrame:
    """Rows of cells as a frame, with their numbers."""
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    cells = [pl.Series(name, column, pl.String) for name, column in zip(names, columns, strict=True)]
    return pl.DataFrame([pl.Series(ROW, numbers, pl.UInt32), *cells])


def _fitted(row: int, record: _Record, top: _Top) -> list[str] | _Refusal | None:
    """The cells of a record, or why it is no row; None for a blank line. Cells beyond the last name may be missing."""
    width = len(top.names.names)
    if isinstance(record, _Broken):
        return row, record.line, "bad_quotes"
    if len(record) == width > 1 and "\0" not in "".join(record):  # nearly all
        return record
    if len(record) <= 1 and not _says_something(record):
        return None
    if any("\0" in cell for cell in record):
        return row, top.delimiter.join(record), "nul_character"
    if not _says_something(record[width:]):
        record = record[:width]
    if top.names.least <= len(record) or not _says_something(record):
        record = [*record, *[""] * (width - len(record))]
    return record if len(record) == width else (row, top.delimiter.join(record), "ragged_line")
