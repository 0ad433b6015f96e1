"""Several frames as one Excel workbook to file or to print: a sheet each, with a title, notes and heads in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl

from playbook.files.formulas import runs
from playbook.words.catalogue import msg, msg_in
from playbook.words.text import Lang

if TYPE_CHECKING:
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

DASH = "-"
"""What a sheet says where a figure is not to be said yet: not 0, and not an empty cell that looks forgotten."""

_CREATED = datetime(2000, 1, 1)
_LONGEST = 32_767  # characters of a cell in Excel
_NAME_LONGEST = 31  # of a sheet's name
_PAGE_OF = msg("&L{name}&R&P of &N")


@dataclass(frozen=True)
class WorkbookPage:
    """One sheet: `heads` names the columns that are shown, in order; `dashes` those whose absence is said as "-".

    `percent`: columns that are shares (0.25 is 25.0 %). `values`: per column, what its codes are called. `notes` stand
    above the table, one line each; they are printed with it.
    """

    name: str
    frame: pl.DataFrame
    heads: Mapping[str, str]
    title: str = ""
    notes: tuple[str, ...] = ()
    percent: frozenset[str] = frozenset()
    dashes: frozenset[str] = frozenset()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def workbook(pages: Sequence[WorkbookPage], lang: Lang = "ja") -> bytes:
    """The pages as the bytes of one Excel file, each set up for A4 across; the same pages give the same bytes.

    Text is text: nothing that comes from data becomes a formula or a link.
    """
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(buffer, options) as book:
        book.set_properties({"created": _CREATED, "author": "playbook"})
        looks = _looks(book, lang)
        for page in pages:
            _Written(book.add_worksheet(page.name[:_NAME_LONGEST]), page, looks, lang).fill()
    return buffer.getvalue()


def _looks(book: Workbook, lang: Lang) -> Mapping[str, Format]:
    base: dict[str, Any] = {"font_name": "Yu Gothic", "font_size": 10, "valign": "top"}
    line = base | {"border": 1, "border_color": "#BFBFBF"}
    days = msg("yyyy-mm-dd").say(lang)
    looks = {
        "title": base | {"bold": True, "font_size": 14},
        "note": base | {"font_color": "#555555"},
        "head": line | {"bold": True, "bg_color": "#EEF3F3", "text_wrap": True},
        "text": line | {"text_wrap": True},
        "quoted": line | {"text_wrap": True, "quote_prefix": True},
        "dash": line | {"align": "right"},
        "day": line | {"num_format": days, "align": "left"},
        "number": line | {"num_format": "#,##0.##"},
        "whole": line | {"num_format": "#,##0"},
        "percent": line | {"num_format": "0.0%"},
    }
    return {name: book.add_format(look) for name, look in looks.items()}


class _Written:
    """One sheet being filled."""

    def __init__(self, sheet: Worksheet, page: WorkbookPage, looks: Mapping[str, Format], lang: Lang) -> None:
        self.sheet, self.page, self.looks, self.lang = sheet, page, looks, lang

    def fill(self) -> None:
        """Title, notes, heads and rows."""
        page = self.page
        head = 0
        for line, look in ((page.title, "title"), *((note, "note") for note in page.notes)):
            if line:
                self.sheet.write_string(head, 0, line, self.looks[look])
                head += 1
        head += head > 0
        shown = [name for name in page.heads if name in page.frame.columns]
        for column, name in enumerate(shown):
            self.sheet.write_string(head, column, page.heads[name], self.looks["head"])
            self.sheet.set_column(column, column, _width(page, name))
        for row, cells in enumerate(page.frame.select(shown).iter_rows(), start=head + 1):
            for column, (name, value) in enumerate(zip(shown, cells, strict=True)):
                self._write(row, column, name, value)
        self._arrange(head, page.frame.height, len(shown))

    def _write(self, row: int, column: int, name: str, value: Any) -> None:
        match value:
            case None if name in self.page.dashes:
                self.sheet.write_string(row, column, DASH, self.looks["dash"])
            case None:
                self.sheet.write_blank(row, column, None, self.looks["text"])
            case bool():
                self.sheet.write_string(row, column, _YES_NO[value].say(self.lang), self.looks["text"])
            case int() | float() if name in self.page.percent:
                self.sheet.write_number(row, column, value, self.looks["percent"])
            case int():
                self.sheet.write_number(row, column, value, self.looks["whole"])
            case float():
                self.sheet.write_number(row, column, value, self.looks["number"])
            case date():
                self.sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), self.looks["day"])
            case _:
                said = self.page.values.get(name, {}).get(str(value), str(value))[:_LONGEST]
                self.sheet.write_string(row, column, said, self.looks["quoted" if runs(said) else "text"])

    def _arrange(self, head: int, rows: int, columns: int) -> None:
        sheet = self.sheet
        sheet.freeze_panes(head + 1, 0)
        if columns:
            sheet.autofilter(head, 0, head + max(rows, 1), columns - 1)
            sheet.print_area(0, 0, head + max(rows, 1), columns - 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(head)
        sheet.set_footer(_PAGE_OF.say(self.lang).format(name=self.page.name.replace("&", "&&")))


_YES_NO = {True: msg("Yes"), False: msg_in("workbook", "No")}
_NARROW, _WIDE = 9, 44


def _width(page: WorkbookPage, name: str) -> int:
    """Wide enough for the head in two lines and for most of what stands beneath it."""
    if page.frame.schema[name] == pl.Date:
        return 12
    said = page.values.get(name, {})
    cells = [said.get(str(cell), str(cell)) for cell in page.frame[name].head(50) if cell is not None]
    widest = max((_digits(cell) for cell in cells), default=0)
    return max(_NARROW, min(_WIDE, max(widest + 2, _digits(page.heads[name]) // 2 + 3)))


def _digits(text: str) -> int:
    """How wide a text is, in digits: Japanese takes two."""
    return sum(1 if ord(one) < 0x2E80 else 2 for one in text)
