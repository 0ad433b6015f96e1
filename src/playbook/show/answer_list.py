"""The weekly list as an Excel file that answers back: one row a due action, and what can be said of it to choose from.

What people do to such a list (sort, filter, delete rows, add columns, save it elsewhere) leaves it readable: each row
carries a key of its own, and `importing.answered` finds the columns by their heads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl

from playbook.rules.choices import Choice, choices
from playbook.rules.nouns import Playbook, Playbooks
from playbook.show import labels
from playbook.show.spreadsheet import SheetWriter, fill, refuse_too_many
from playbook.show.view import as_of_day, labelled_due
from playbook.words.catalogue import msg
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

    from playbook.show.view import AnyFrame

_WEEKLY: Mapping[str, tuple[str, int]] = {
    "owner": ("text", 12), "role_name": ("text", 12), "client": ("wrap", 20), "case": ("wrap", 18),
    "position": ("wrap", 14), "case_id": ("text", 12), "rule": ("wrap", 26), "why": ("wrap", 44),
    "due_at": ("day", 15), "act_by": ("day", 15), "days_left": ("number", 8), "status_name": ("text", 14),
    "basis_name": ("text", 14), "channel": ("text", 10), "opened_at": ("day", 15), "fulfilled_at": ("instant", 20),
}  # fmt: skip
_HEADS = {"role_name": "role", "status_name": "status", "basis_name": "basis"}
_SHEET = msg("Due actions")
_CHOICES = "choices"

ANSWER = msg("Answer")
DAY = msg("Day")
NOTE = msg("Note")
KEY = msg("Row key (keep)")
HOW = msg(
    "How to answer: choose under “Answer” (write the day it was done, or put off to, under"
    " “Day”), save, and put the file into the folder answers of the workspace; or: playbook"
    " answer THIS-FILE"
)
_MINE: Mapping[str, tuple[Text, str, int]] = {
    "answer": (ANSWER, "wrap", 24),
    "day": (DAY, "day", 13),
    "note": (NOTE, "wrap", 24),
    "key": (KEY, "text", 14),
}
FIRST_ROW = 2
"""The first row of the list: above it stands how to answer, then the heads."""


@dataclass(frozen=True, slots=True)
class RowKey:
    """Which due action a row of the list is; `trigger_at` in ISO 8601 with offset, `listed_on` the day of the list."""

    case_id: str
    rule_id: str
    trigger: str
    trigger_at: str
    entry: int
    listed_on: str

    @classmethod
    def read(cls, written: str) -> RowKey:
        """The key that a row carries; ValueError where it is none."""
        case_id, rule_id, trigger, trigger_at, entry, listed_on = json.loads(written)
        return cls(str(case_id), str(rule_id), str(trigger), str(trigger_at), int(entry), str(listed_on))

    def __str__(self) -> str:
        return json.dumps(list(astuple(self)), ensure_ascii=False)


def row_key(row: Mapping[str, Any]) -> RowKey:
    """The key of a due action."""
    said = (row["case_id"], row["rule_id"], row["trigger"], row["trigger_at"].isoformat(), int(row["entry"]))
    return RowKey(*said, as_of_day(row).isoformat())


def weekly_book(
    frame: AnyFrame, playbooks: Iterable[Playbook], lang: Lang = "ja", *, clients: pl.DataFrame | None = None
) -> bytes:
    """The weekly list as an Excel file: one row per due action, in the order given, with what can be said of each.

    Heads and names in the language, real dates (with their weekday), days left as numbers, colours by status, a
    frozen head, filters, and set up for printing on A4 across; then the answer to choose, its day, a note, and the
    key of the row. The same rows give the same bytes.
    """
    books = Playbooks(playbooks)
    data = labelled_due(frame, books, lang, clients)
    refuse_too_many(data)
    buffer = BytesIO()
    days = msg("[$-409]ddd d mmm yyyy").say(lang)
    sheet = SheetWriter.open(buffer, _SHEET.say(lang), days)
    keys = [str(row_key(row)) for row in data.iter_rows(named=True)]
    blank = [pl.lit(None, pl.String).alias(name) for name in ("answer", "day", "note")]
    channels = [labels.value("channel", channel, lang) if channel else channel for channel in data["channel"].to_list()]
    shown = data.with_columns(channel=pl.Series(channels, dtype=pl.String)).select(
        *_WEEKLY, *blank, key=pl.Series(keys, dtype=pl.String)
    )
    heads = [labels.column(_HEADS.get(name, name), lang) for name in _WEEKLY]
    heads += [head.say(lang) for head, _, _ in _MINE.values()]
    looks = [*(look for look, _ in _WEEKLY.values()), *(look for _, look, _ in _MINE.values())]
    sheet.write(0, 0, HOW.say(lang), "")
    last = fill(sheet, heads, shown.iter_rows(), looks, first=FIRST_ROW - 1)
    _colour(sheet, data["status"], list(_WEEKLY).index("status_name"), data["status_name"])
    _offer(sheet, data, books, lang)
    _arrange(sheet.sheet, last)
    sheet.book.close()
    return buffer.getvalue()


def _colour(sheet: SheetWriter, statuses: Iterable[str | None], column: int, names: Iterable[str]) -> None:
    for row, (status, name) in enumerate(zip(statuses, names, strict=True), start=FIRST_ROW):
        if status is not None:
            sheet.write(row, column, name, f"status-{status}")


def _offer(sheet: SheetWriter, data: pl.DataFrame, books: Playbooks, lang: Lang) -> None:
    """A drop-down in each row; each set of choices stands once, on a sheet of its own that nobody needs to see."""
    offered = sheet.book.add_worksheet(_CHOICES)
    offered.hide()
    asked = set(data.select("playbook", "rule_id").rows())
    rules = {
        (book.id, rule.id): choices(book, rule) for book in books for rule in book.rules if (book.id, rule.id) in asked
    }
    places: dict[tuple[Choice, ...], str] = {}
    column = len(_WEEKLY) + list(_MINE).index("answer")
    for row, (book_id, rule_id) in enumerate(data.select("playbook", "rule_id").rows(), start=FIRST_ROW):
        own = rules.get((book_id, rule_id), ())
        if not own:
            continue
        if own not in places:
            places[own] = _written(offered, len(places), own, lang)
        rule = {"validate": "list", "source": places[own], "error_type": "warning"}
        sheet.sheet.data_validation(row, column, row, column, rule)
    if data.height:
        day = column + 1
        sheet.sheet.data_validation(
            FIRST_ROW, day, FIRST_ROW + data.height - 1, day,
            {"validate": "date", "criteria": ">", "value": "=DATE(1950,1,1)", "error_type": "warning"},
        )  # fmt: skip


def _written(offered: Worksheet, column: int, own: Sequence[Choice], lang: Lang) -> str:
    """The range in which some choices stand."""
    from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

    for row, choice in enumerate(own):
        offered.write_string(row, column, choice.name.say(lang))
    name = xl_col_to_name(column)
    return f"={_CHOICES}!${name}$1:${name}${max(len(own), 1)}"


def _arrange(sheet: Worksheet, last: int) -> None:
    widths = [width for _, width in _WEEKLY.values()] + [width for _, _, width in _MINE.values()]
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.set_column(len(widths) - 1, len(widths) - 1, 3, None, {"hidden": True})
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(FIRST_ROW - 1)
    sheet.print_area(0, 0, max(last, 1), len(widths) - 2)
    sheet.set_footer("&R&P / &N")
