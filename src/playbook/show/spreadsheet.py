"""Frames as files people open: csv, json, parquet and Excel; text from data can never become a formula.

What goes out is neutralised, numbers are not touched: in csv a text cell that a spreadsheet would run gets an
apostrophe before it (`restore` takes it off again); in Excel it is written as text, marked as such, unchanged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import polars as pl

from playbook.files.formulas import neutralise, neutralised, runs
from playbook.files.lines import as_written
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean

if TYPE_CHECKING:
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

    from playbook.show.view import AnyFrame

Target = Path | IO[bytes]

_INSTANT = "%Y-%m-%dT%H:%M:%S%.6f%:z"
_LOCAL = "%Y-%m-%dT%H:%M:%S%.6f"
_CREATED = datetime(2000, 1, 1)
_FIRST_DAY = date(1900, 3, 1)  # Excel believes in 29 February 1900
_LONGEST = 32_767  # characters of a cell in Excel
_MOST_ROWS = 1_048_575
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


# ---- any frame into a file ----


def write_table(frame: AnyFrame, target: Target, format: str = "") -> None:
    """Write a frame as csv, json, parquet or xlsx (by the ending of the file where `format` is empty).

    Instants are ISO 8601 with offset and six decimals in csv and json, days ISO; absent values are empty (null in
    json). A csv file begins with a byte order mark, so that Excel reads it as UTF-8; a csv stream does not. Excel
    knows neither zones nor microseconds: instants become local time, down to the second.
    Raises ArgumentError for another format, a file that cannot be written and rows that do not fit a sheet.
    """
    write = _WRITERS.get(format or _ending(target))
    if write is None:
        raise ArgumentError(_unknown_format(format or _ending(target), target))
    content = write(_polars(frame), isinstance(target, Path))
    if not isinstance(target, Path):
        target.write(content)
        return
    try:
        target.write_bytes(content)
    except OSError as error:
        found = error.strerror or str(error)
        raise ArgumentError(Problem(str(target), found, msg("a file that can be written"))) from error


def _polars(frame: AnyFrame) -> pl.DataFrame:
    if isinstance(frame, pl.DataFrame):
        return frame
    from playbook.show.view import polars

    return polars(frame)


def _ending(target: Target) -> str:
    return target.suffix.removeprefix(".").lower() if isinstance(target, Path) else "csv"


def _unknown_format(found: str, target: Target) -> Problem:
    place = str(target) if isinstance(target, Path) else "the output"
    return Problem(
        place, msg("found the format '{found}'", found=found), ", ".join(_WRITERS), did_you_mean(found, list(_WRITERS))
    )


def _csv(data: pl.DataFrame, file: bool) -> bytes:
    heads = {name: neutralise(as_written(name)) for name in data.columns}
    # Instants with a zone are left to the writer, which is twice as quick with them.
    flat = data.select(
        pl.col(name) if isinstance(dtype, pl.Datetime) and dtype.time_zone else _flat(name, dtype)
        for name, dtype in data.schema.items()
    )
    safe = flat.with_columns(neutralised(flat[name]) for name, dtype in data.schema.items() if _is_text(dtype))
    written: str = safe.rename(heads).write_csv(datetime_format=_INSTANT)
    return written.encode("utf-8-sig" if file else "utf-8")


def _json(data: pl.DataFrame, _: bool) -> bytes:
    flat = data.select(_dated(name, dtype) for name, dtype in data.schema.items())
    finite = flat.with_columns(pl.selectors.float().replace([float("inf"), -float("inf")], None).fill_nan(None))
    heads = [as_written(name) for name in finite.columns]
    told = (dict(zip(heads, row, strict=True)) for row in finite.iter_rows())
    rows = ",\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in told)
    return f"[{rows}]\n".encode()


def _parquet(data: pl.DataFrame, _: bool) -> bytes:
    buffer = BytesIO()
    data.write_parquet(buffer)
    return buffer.getvalue()


def _dated(name: str, dtype: pl.DataType) -> pl.Expr:
    """Instants and days as ISO text, everything else as it is."""
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string(_INSTANT if dtype.time_zone else _LOCAL)
    if dtype in (pl.Date, pl.Time, pl.Duration):
        return column.dt.to_string("iso")
    return column.cast(pl.String) if dtype in (pl.Categorical, pl.Enum) else column


def _flat(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column that fits one cell a row: a list becomes its parts with spaces between."""
    if isinstance(dtype, pl.List):
        return pl.col(name).list.eval(pl.element().cast(pl.String)).list.join(" ")
    if isinstance(dtype, pl.Struct):
        return pl.col(name).struct.json_encode()
    return _dated(name, dtype)


def _is_text(dtype: pl.DataType) -> bool:
    return isinstance(dtype, (pl.String, pl.Categorical, pl.Enum, pl.List, pl.Struct))


# ---- Excel ----


class _Formats(dict[str, "Format | None"]):
    """The formats of a workbook by their names, each made when it is first asked for; None by any other name."""

    def __init__(self, book: Workbook, looks: Mapping[str, dict[str, Any]]) -> None:
        super().__init__()
        self._book, self._looks = book, looks

    def __missing__(self, name: str) -> Format | None:
        self[name] = self._book.add_format(self._looks[name]) if name in self._looks else None
        return self[name]


@dataclass(frozen=True)
class SheetWriter:
    """A sheet being written, with its formats."""

    book: Workbook
    sheet: Worksheet
    formats: _Formats

    @classmethod
    def open(cls, buffer: BytesIO, name: str, dates: str) -> SheetWriter:
        """The first sheet of a new workbook; `dates` is how it writes days."""
        from xlsxwriter import Workbook  # type: ignore[import-untyped]

        # Nothing that comes from data is read as a formula, a link or a number.
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        book = Workbook(buffer, {**options, "strings_to_numbers": False, "remove_timezone": True})
        book.set_properties({"created": _CREATED, "author": "playbook"})
        return cls(book, book.add_worksheet(name), _Formats(book, _formats(dates)))

    def write(self, row: int, column: int, value: Any, format: str = "") -> None:
        """One value in one cell, by its type."""
        style = self.formats[format]
        match value:
            case None:
                self.sheet.write_blank(row, column, None, style)
            case bool():
                self.sheet.write_boolean(row, column, value, style)
            case int() | float():
                self._number(row, column, value, style)
            case date() if _day_of(value) < _FIRST_DAY:
                self._text(row, column, value.isoformat(), format)
            case datetime():
                moment = value.replace(tzinfo=None, microsecond=0)
                self.sheet.write_datetime(row, column, moment, style or self.formats["instant"])
            case date():
                self.sheet.write_datetime(row, column, value, style or self.formats["day"])
            case _:
                self._text(row, column, str(value), format)

    def _number(self, row: int, column: int, value: float, style: Format | None) -> None:
        # Excel has no NaN, and keeps 15 digits: a longer number would come out as another one.
        if value != value or abs(value) in (float("inf"),):
            self.sheet.write_blank(row, column, None, style)
        elif isinstance(value, int) and abs(value) >= 10**15:
            self._text(row, column, str(value), "")
        else:
            self.sheet.write_number(row, column, value, style)

    def _text(self, row: int, column: int, text: str, format: str) -> None:
        quoted = f"{format or 'text'}-quoted" if runs(text) else format
        self.sheet.write_string(row, column, _printable(text), self.formats[quoted])


def rehearse_workbook() -> None:
    """Do once what every workbook with a choice in a cell does at first, for whoever makes many of them from here."""
    writer = SheetWriter.open(BytesIO(), "a", "yyyy-mm-dd")
    writer.sheet.data_validation(1, 0, 1, 0, {"validate": "list", "source": "=$A$1:$A$2"})
    writer.book.close()


def _formats(dates: str) -> dict[str, dict[str, Any]]:
    base: dict[str, Any] = {"valign": "top", "font_name": "Yu Gothic", "font_size": 10}
    plain = {
        "text": base,
        "wrap": base | {"text_wrap": True},
        "day": base | {"num_format": dates, "align": "left"},
        "instant": base | {"num_format": f"{dates} hh:mm", "align": "left"},
        "number": base | {"num_format": "#,##0"},
        **{f"status-{status}": base | look for status, look in _LOOKS.items()},
    }
    head = {"head": base | {"bold": True, "bg_color": "#EDEAE3", "bottom": 1, "text_wrap": True}}
    quoted = {f"{name}-quoted": look | {"quote_prefix": True} for name, look in (plain | head).items()}
    return plain | head | quoted


_RED, _AMBER, _BLUE = ("#FBEAE7", "#A3261B"), ("#FBF0D9", "#7D4E00"), ("#E6EFF8", "#1F5687")
_GREEN, _GREY = ("#E7F2E6", "#2C6136"), ("#ECEBE7", "#59636B")
_TONES = {
    "overdue": _RED, "due_today": _AMBER, "due_soon": _BLUE, "upcoming": _BLUE, "waiting": _GREY, "met": _GREEN,
    "met_late": _AMBER, "postponed": _GREY, "paused": _GREY, "void": _GREY, "lapsed": _AMBER, "closed_late": _AMBER,
}  # fmt: skip
_LOOKS = {status: {"bg_color": soft, "font_color": ink, "bold": True} for status, (soft, ink) in _TONES.items()}


def _printable(text: str) -> str:
    """A text that a sheet can hold: no control characters but line breaks, and not longer than a cell."""
    kept = _UNPRINTABLE.sub("\ufffd", text)
    return kept if len(kept) <= _LONGEST else kept[: _LONGEST - 1] + "…"


def _xlsx(data: pl.DataFrame, _: bool) -> bytes:
    refuse_too_many(data)
    buffer = BytesIO()
    sheet = SheetWriter.open(buffer, "data", "yyyy-mm-dd")
    flat = data.select(
        _flat(name, dtype) if isinstance(dtype, (pl.List, pl.Struct, pl.Duration, pl.Time)) else pl.col(name)
        for name, dtype in data.schema.items()
    )
    fill(sheet, [as_written(name) for name in data.columns], flat.iter_rows())
    for column, name in enumerate(data.columns):
        sheet.sheet.set_column(column, column, min(40, max(10, _width(name) + 2)))
    sheet.book.close()
    return buffer.getvalue()


def fill(
    sheet: SheetWriter,
    heads: Sequence[str],
    rows: Iterator[tuple[Any, ...]],
    formats: Sequence[str] = (),
    first: int = 0,
) -> int:
    """Heads (in the row `first`) and rows below, frozen and filterable; the number of the last row."""
    for column, name in enumerate(heads):
        sheet.write(first, column, name, "head")
    last = first
    for last, row in enumerate(rows, start=first + 1):
        for column, value in enumerate(row):
            sheet.write(last, column, value, formats[column] if formats else "")
    sheet.sheet.freeze_panes(first + 1, 0)
    if heads:
        sheet.sheet.autofilter(first, 0, last, len(heads) - 1)
    return last


def refuse_too_many(data: pl.DataFrame) -> None:
    """ArgumentError where there are more rows than a sheet holds."""
    if data.height > _MOST_ROWS:
        found, hint = msg("found {height:,} rows", height=data.height), msg("write csv or parquet instead")
        raise ArgumentError(
            Problem("xlsx", found, msg("at most {most_rows:,} rows in a sheet", most_rows=_MOST_ROWS), hint)
        )


_WRITERS: Mapping[str, Callable[[pl.DataFrame, bool], bytes]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
    "xlsx": _xlsx,
}


def _day_of(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _width(text: str) -> int:
    """How wide a text is, in digits: Japanese takes two."""
    return sum(1 if ord(c) < 0x2E80 else 2 for c in text)
