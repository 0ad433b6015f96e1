"""A file as it was exported to raw tables of text, every decision said; the reader of files finds rows and header.

Delimited text, workbooks and Parquet are one reader's; formats that nest (kintone, Greenhouse, Lever, XES ...) have a
module each and give the same shape: one row per line, and where a record has several lines, which line begins it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from playbook.days.any_form import Epoch
from playbook.files.encodings import decode
from playbook.files.reader import read_file, unreadable
from playbook.files.sheet import (
    EXCEL_SUFFIXES,
    NO_HINTS,
    PARQUET_SUFFIXES,
    REFUSED,
    SUFFIXES,
    TEXT_SUFFIXES,
    FileHints,
    Headings,
    Sheet,
)
from playbook.importing.text import by_fold
from playbook.importing.vocabulary.headers import heads_a_column
from playbook.rules.folders import plain
from playbook.tables.columns import as_text
from playbook.tables.declared import ROW
from playbook.words.catalogue import listed, msg
from playbook.words.folding import fold_key
from playbook.words.problem import Problem, Remark, WorkspaceError, did_you_mean

if TYPE_CHECKING:
    from playbook.files.workbook import Book

LISTS = Headings(heads_a_column, enough=2, notes=True, rows=2, once=False)
"""How the header of a list is known: by two words that head columns, over one row or two."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One raw table.

    `frame`: one row per line, all text but `row`, the number a person sees. `starts` is true where a line begins a
    record (None: every line does); `lines` names the columns whose values belong to a line, the others belong to its
    record. `refused`: one row per line that is no row: `row, value, code`. `kind` says what the records are.
    `sheet`: of a workbook, with those whose rows are here as well (`with_sheets_alike`).
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
    more_sheets: tuple[str, ...] = ()

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


def read_table(path: Path, told: FileHints = NO_HINTS) -> Raw:
    """The raw table of a delimited text, a workbook's sheet or a Parquet file.

    Raises WorkspaceError where the file cannot be read, saying what it is not and what to do.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        wrong = msg("is a folder") if path.is_dir() else msg("there is no such file")
        raise WorkspaceError(Problem(str(path), wrong, msg("a file that was exported")))
    if suffix not in SUFFIXES:
        allowed = ", ".join((*TEXT_SUFFIXES, *EXCEL_SUFFIXES, *PARQUET_SUFFIXES, ".json", ".jsonl", ".xes", ".sql"))
        found = msg("a '{suffix}' file cannot be imported", suffix=path.suffix)
        raise WorkspaceError(Problem(str(path), found, allowed))
    if suffix in EXCEL_SUFFIXES:
        return _of_workbook(path, told)
    return _raw(read_file(path, told, LISTS), path)


def _raw(sheet: Sheet, path: Path, name: str = "") -> Raw:
    """The sheet as a raw table of text, without rows that say nothing."""
    columns = [as_text(sheet.frame[one]) if sheet.how == "parquet" else sheet.frame[one] for one in sheet.columns]
    frame = pl.DataFrame([sheet.frame[ROW], *columns])
    saying = [(column.str.strip_chars() != "").fill_null(False) for column in columns]
    frame = frame.filter(pl.any_horizontal(*saying)) if saying else frame
    raw = Raw("table", frame, path, sheet.place, sheet.how, sheet.refused, sheet=name)
    return replace(raw, epoch=sheet.epoch, remarks=sheet.remarks)


def file_bytes(path: Path) -> bytes:
    """The bytes of a file; WorkspaceError where it cannot be read or is empty."""
    try:
        data = plain(path).read_bytes()
    except OSError as error:
        raise unreadable(path, error) from None
    if not data.strip():
        raise WorkspaceError(Problem(str(path), msg("the file is empty"), msg("an export with at least a header")))
    return data


def file_text(path: Path, encoding: str | None = None) -> tuple[str, str]:
    """The text of a file and its encoding: as told, else found; WorkspaceError where it is not text in it."""
    return decode(file_bytes(path), str(path), encoding)


# Workbooks


def _of_workbook(path: Path, told: FileHints) -> Raw:
    from playbook.files.workbook import open_workbook, read_sheet

    book = open_workbook(path)
    name, remarks = _sheet_name(book, told)
    sheet = read_sheet(book, name, told, LISTS)
    return _raw(replace(sheet, remarks=(*remarks, *sheet.remarks)), path, name)


def with_sheets_alike(raw: Raw) -> Raw:
    """The raw table of a workbook's sheet, with the rows of all others to be seen that have the same columns: a sheet a
    month, a client, a team. Rows are numbered through; only to guess from."""
    if raw.kind != "table" or not raw.sheet:
        return raw
    from playbook.files.workbook import open_workbook

    book = open_workbook(raw.file)
    shown = [name for name in book.names if name not in book.hidden and name != raw.sheet]
    alike = [one for name in shown if (one := _headed_alike(book, name, raw)) is not None]
    if not alike:
        return raw
    read = [raw.sheet, *(one.sheet for one in alike)]
    hidden = [name for name in book.names if name in book.hidden]
    told = _about_sheets([raw.sheet], shown, hidden)
    other = [remark for remark in raw.remarks if remark not in told]
    now = _about_sheets(read, [name for name in shown if name not in read], hidden)
    together = Remark(msg("sheets with the same columns, read together: {sheets}", sheets=listed(read)))
    frame = pl.concat([raw.frame, *(one.frame.select(raw.frame.columns) for one in alike)])
    rows = pl.Series(ROW, range(2, 2 + len(frame)), dtype=raw.frame.schema[ROW])
    remarks = (together, *now, *other)
    return replace(raw, frame=frame.with_columns(rows), more_sheets=tuple(read[1:]), remarks=remarks)


def _headed_alike(book: Book, name: str, raw: Raw) -> Raw | None:
    """Another sheet of a workbook, where it has the columns of one that was read."""
    from playbook.files.workbook import read_sheet

    if (_heads_of(book, name) or 0) < LISTS.enough:
        return None
    try:
        found = _raw(read_sheet(book, name, NO_HINTS, LISTS), raw.file, name)
    except WorkspaceError:
        return None
    return found if set(found.columns) == set(raw.columns) else None


def _sheet_name(book: Book, told: FileHints) -> tuple[str, tuple[Remark, ...]]:
    """The sheet that was told, else the first one to be seen that is headed like a list, else the first with anything
    in it; hidden ones are told of."""
    if told.sheet is not None:
        found = by_fold(book.names).get(fold_key(told.sheet))
        if found is None:
            wrong = msg("there is no sheet '{sheet}'", sheet=told.sheet)
            raise WorkspaceError(
                Problem(str(book.path), wrong, ", ".join(book.names), did_you_mean(told.sheet, book.names))
            )
        return found, ()
    shown = [name for name in book.names if name not in book.hidden]
    tables = {name: heads for name in shown if (heads := _heads_of(book, name)) is not None}
    if not tables:
        raise WorkspaceError(
            Problem(str(book.path), msg("no sheet has anything in it"), msg("a header row, then one row per row"))
        )
    best = next((name for name, heads in tables.items() if heads >= LISTS.enough), next(iter(tables)))
    unread = [name for name in shown if name != best]
    return best, _about_sheets([best], unread, [one for one in book.names if one in book.hidden])


def _heads_of(book: Book, name: str) -> int | None:
    """How many words that head columns stand together in a row at the top of a sheet; None where nothing is there."""
    try:
        top = book.top(name)
    except WorkspaceError:
        return None
    return max((sum(heads_a_column(cell) for cell in row) for row in top), default=None)


def _about_sheets(read: Sequence[str], others: Sequence[str], hidden: Sequence[str]) -> tuple[Remark, ...]:
    """Which sheets were read, which were not, and which of those are hidden."""
    found = []
    if others:
        found.append(Remark(msg("sheet '{read}' was read, not: {others}", read=listed(read), others=listed(others))))
    if hidden:
        found.append(Remark(msg("hidden sheets were not read: {hidden}", hidden=listed(hidden)), doubt=True))
    return tuple(found)
