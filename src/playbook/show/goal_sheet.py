"""The goal sheet as an Excel form a manager fills in: drop-downs, dates, one row a goal; read back without loss (B-19).

The form is one sheet: who it is for, what was agreed, then the table of goals. Track and status are written in words
and read back as codes; another status somebody types is kept as typed. Rows may be added, moved and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import polars as pl

from playbook.days.written import day_in
from playbook.files.workbook import open_workbook
from playbook.show import labels
from playbook.tables.declared import TABLES, CellKind
from playbook.words.catalogue import msg, msg_in
from playbook.words.problem import ArgumentError, Problem, Said, WorkspaceError, did_you_mean
from playbook.words.text import LANGS, Lang, Text

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

TRACKS = ("issue", "hire")
STATUSES = ("planned", "on_track", "at_risk", "achieved", "dropped")
_OTHER_STATUSES = ("slipping", "achieved_late", "done", "done_late", "missed")
COLUMNS = ("track", "milestone", "starts_on", "due_on", "achieved_on", "status", "evidence", "note")
ABOUT = ("case_id", "client", "subject", "position", "joins_on", "management_issue", "mission", "issue_goal",
         "hire_goal", "goal_period")  # fmt: skip
ROOM = 30
"""Rows for goals, at least."""

_DAYS = frozenset(column.name for column in TABLES["milestones"].columns if column.kind is CellKind.DAY)
_NAME = msg("Goal sheet")
_HEAD: Mapping[str, Text] = {
    "case_id": msg("Case"), "client": msg("Client"), "subject": msg("Hire"),
    "position": msg("Position"), "joins_on": msg("Joins on"),
    "management_issue": msg("Management issue"), "mission": msg("Mission"),
    "issue_goal": msg("Goal on the issue"), "hire_goal": msg("Goal of the hire"),
    "goal_period": msg("Period"),
    "track": msg("Track"), "milestone": msg("Goal or milestone"),
    "starts_on": msg("Starts on"), "due_on": msg("Due on"),
    "achieved_on": msg("Achieved on"), "status": msg("Status"),
    "evidence": msg("How we see it"), "note": msg_in("goal_sheet", "Note"),
}  # fmt: skip
_TRACK = {"issue": msg("Management issue"), "hire": msg("Goals of the hire")}
_GUIDE = msg(
    "Choose track and status from the lists; enter days like 2026/4/1. A goal in words will do."
    " When it is achieved, enter the day. Rows may be added and moved."
)
_ONLY_LISTED = msg("Choose from the list.")
_ONLY_DAYS = msg("Enter a day such as 2026/4/1.")
_WIDTHS = {"track": 14, "milestone": 34, "starts_on": 12, "due_on": 12, "achieved_on": 12, "status": 12,
           "evidence": 28, "note": 28}  # fmt: skip
_FIRST_DAY = date(1900, 3, 1)  # Excel believes in 29 February 1900
_CREATED = datetime(2000, 1, 1)
_LONGEST = 32_767  # characters of a cell in Excel
_ZONE = "Asia/Tokyo"


@dataclass(frozen=True)
class GoalSheet:
    """What a goal sheet holds: `about` (its head, by name), `milestones` in the columns of that table, and the row of
    the sheet that each of them stands in.
    """

    about: Mapping[str, str]
    milestones: pl.DataFrame
    rows: tuple[int, ...] = ()


# ---- writing ----


def write_goal_sheet(
    path: Path | IO[bytes], case: Mapping[str, Any], milestones: pl.DataFrame | None = None, lang: Lang = "ja"
) -> None:
    """Write the form of one placement: an empty one, or one with the milestones so far.

    `case` gives the cells of the head (see `ABOUT`; what it lacks stays empty); `milestones` has any of `COLUMNS` and
    others, which go to the right. The same goals give the same bytes. ArgumentError for a text no cell of Excel holds.
    """
    from xlsxwriter.workbook import Workbook

    rows = pl.DataFrame() if milestones is None else milestones
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with Workbook(str(path) if isinstance(path, Path) else path, options) as book:
        book.set_properties({"created": _CREATED})
        _Form(book, book.add_worksheet(_NAME.say(lang)), lang).fill(case, rows)


def goal_sheet_bytes(case: Mapping[str, Any], milestones: pl.DataFrame, lang: Lang = "ja") -> bytes:
    """The form of one placement as the bytes of its file."""
    file = BytesIO()
    write_goal_sheet(file, case, milestones, lang)
    return file.getvalue()


class _Form:
    """One form on one sheet."""

    def __init__(self, book: Workbook, sheet: Worksheet, lang: Lang) -> None:
        self.sheet, self.lang = sheet, lang
        line = {"border": 1, "border_color": "#BFBFBF", "valign": "top"}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.name = book.add_format({"bold": True, "bg_color": "#EEF3F3", **line})
        self.text = book.add_format({"text_wrap": True, "num_format": "@", **line})
        self.day = book.add_format({"num_format": "yyyy/m/d", "align": "left", **line})
        self.guide = book.add_format({"text_wrap": True, "font_color": "#555555", "valign": "top"})

    def fill(self, case: Mapping[str, Any], milestones: pl.DataFrame) -> None:
        """Write head and table."""
        self.sheet.write_string(0, 0, _NAME.say(self.lang), self.title)
        for row, name in enumerate(ABOUT, start=1):
            self.sheet.write_string(row, 0, _HEAD[name].say(self.lang), self.name)
            self.sheet.merge_range(row, 1, row, 3, "", self.text)
            self._write(row, 1, case.get(name))
        guide = len(ABOUT) + 2
        self.sheet.merge_range(guide, 0, guide, len(COLUMNS) - 1, _GUIDE.say(self.lang), self.guide)
        self.sheet.set_row(guide, 32)
        self._table(guide + 1, milestones)

    def _table(self, head: int, milestones: pl.DataFrame) -> None:
        names = [*COLUMNS, *(name for name in milestones.columns if name not in (*COLUMNS, *_LEFT_OUT))]
        for column, name in enumerate(names):
            self.sheet.write_string(head, column, _head(name, self.lang), self.name)
            self.sheet.set_column(column, column, _WIDTHS.get(name, 18))
        for row, goal in enumerate(milestones.iter_rows(named=True), start=head + 1):
            for column, name in enumerate(names):
                self._write(row, column, _worded(name, goal.get(name), self.lang))
        last = head + max(ROOM, milestones.height + 10)
        self._blank(head + 1 + milestones.height, last, names)
        self._choices(head + 1, last)
        self._printed(head, last, len(names))

    def _write(self, row: int, column: int, value: Any) -> None:
        if isinstance(value, date) and not isinstance(value, datetime) and value >= _FIRST_DAY:
            self.sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), self.day)
        elif value is None:
            self.sheet.write_blank(row, column, None, self.text)
        else:
            self.sheet.write_string(row, column, _fitting(str(value)), self.text)

    def _blank(self, first: int, last: int, names: Sequence[str]) -> None:
        for row in range(first, last + 1):
            for column, name in enumerate(names):
                self.sheet.write_blank(row, column, None, self.day if name in _DAYS else self.text)

    def _choices(self, first: int, last: int) -> None:
        for name, codes in (("track", TRACKS), ("status", STATUSES)):
            listed = [_worded(name, code, self.lang) for code in codes]
            told = {"error_title": _head(name, self.lang), "error_message": _ONLY_LISTED.say(self.lang)}
            # A status of one's own is allowed after a question; a third track is not.
            strict = {"error_type": "stop" if name == "track" else "warning"}
            self._validate(first, last, name, {"validate": "list", "source": listed, **told, **strict})
        for name in ("starts_on", "due_on", "achieved_on"):
            told = {"error_title": _head(name, self.lang), "error_message": _ONLY_DAYS.say(self.lang)}
            rule = {"validate": "date", "criteria": ">=", "value": _FIRST_DAY, **told}
            self._validate(first, last, name, rule)

    def _validate(self, first: int, last: int, name: str, rule: Mapping[str, Any]) -> None:
        column = COLUMNS.index(name)
        self.sheet.data_validation(first, column, last, column, {"ignore_blank": True, **rule})

    def _printed(self, head: int, last: int, columns: int) -> None:
        self.sheet.freeze_panes(head + 1, 2)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(head)
        self.sheet.print_area(0, 0, last, columns - 1)
        self.sheet.set_footer("&C&P / &N")


_LEFT_OUT = ("case_id", "row", "late_days", "written")


def _fitting(text: str) -> str:
    if len(text) > _LONGEST:
        raise ArgumentError(
            Problem(
                msg("goal sheet"),
                msg("a text of {len} characters", len=len(text)),
                msg("at most {longest}", longest=_LONGEST),
            )
        )
    return text


def _head(name: str, lang: Lang) -> str:
    return _HEAD[name].say(lang) if name in _HEAD else name


def _worded(name: str, value: Any, lang: Lang) -> Any:
    if name == "track" and value in _TRACK:
        return _TRACK[value].say(lang)
    return labels.value("status", value, lang) if name == "status" and value is not None else value


# ---- reading ----


def read_goal_sheet(path: Path) -> GoalSheet:
    """The goals of a filled form: one row per goal, with `case_id` and the columns of the form.

    Rows without any cell are left out. Raises WorkspaceError with every problem: no such file, no table of goals, no
    case, a goal without words or twice, a track or a day that cannot be read.
    """
    cells = open_workbook(path).cells()
    head = _head_row(path, cells)
    about = _about(cells[:head])
    names = _distinct([_name_of(cell) for cell in cells[head]], cells[head])
    goals = _Goals(path, names, head)
    problems = [] if about.get("case_id") else [_problem(path, "", msg("the form names no case"), _HEAD["case_id"].ja)]
    milestones = goals.read(cells[head + 1 :], about.get("case_id", ""))
    if problems or goals.problems:
        raise WorkspaceError([*problems, *goals.problems])
    return GoalSheet(about, milestones, tuple(goals.rows))


def is_goal_sheet(path: Path) -> bool:
    """Whether a workbook is such a form, with heads below a line for the case; WorkspaceError for no workbook."""
    cells = open_workbook(path).cells()
    head = next((n for n, row in enumerate(cells) if {"track", "milestone"} <= {_name_of(cell) for cell in row}), 0)
    return any(_name_of(row[0]) == "case_id" for row in cells[:head] if row)


def _head_row(path: Path, cells: Sequence[Sequence[Any]]) -> int:
    for number, row in enumerate(cells):
        if {"track", "milestone"} <= {_name_of(cell) for cell in row}:
            return number
    wanted = " / ".join(_HEAD[name].ja for name in ("track", "milestone"))
    raise WorkspaceError(
        _problem(path, "", msg("holds no table of goals"), msg("a row with the heads {wanted}", wanted=wanted))
    )


def _about(cells: Sequence[Sequence[Any]]) -> dict[str, str]:
    pairs = ((_name_of(row[0]), row[1]) for row in cells if len(row) > 1)
    return {name: _text(value) for name, value in pairs if name in ABOUT and value != ""}


_NAMES = {text.say(lang).casefold(): name for name, text in _HEAD.items() for lang in LANGS}
_CODES = {
    "track": {**{_TRACK[code].say(lang): code for code in TRACKS for lang in LANGS},
              **{labels.value("track", code, lang): code for code in TRACKS for lang in LANGS}},
    "status": {labels.value("status", code, lang): code for code in (*STATUSES, *_OTHER_STATUSES)
               for lang in LANGS},
}  # fmt: skip


def _name_of(cell: Any) -> str:
    said = str(cell).strip()
    return _NAMES.get(said.casefold(), said)


def _distinct(names: Sequence[str], heads: Sequence[Any]) -> list[str]:
    """The names of the columns; a second column of one name keeps what stands above it."""
    seen: list[str] = []
    for name, head in zip(names, heads, strict=True):
        seen.append(name if name not in seen else "" if str(head) in seen else str(head))
    return seen


def _text(value: Any) -> str:
    """A cell as a person reads it: Excel keeps whole numbers as fractions, and days as moments."""
    match value:
        case datetime():
            return value.date().isoformat()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


class _Goals:
    """The rows beneath the heads, read one by one, what is wrong with them gathered."""

    def __init__(self, path: Path, names: Sequence[str], head: int) -> None:
        self.path, self.names, self.first = path, names, head + 2
        self.problems: list[Problem] = []
        self.rows: list[int] = []

    def read(self, rows: Sequence[Sequence[Any]], case_id: str) -> pl.DataFrame:
        """The goals: one row per row with a cell in it."""
        columns = [name for name in self.names if name]
        schema = {"case_id": pl.String(), **{name: pl.Date() if name in _DAYS else pl.String() for name in columns}}
        goals = [{"case_id": case_id, **goal} for goal in self._goals(rows)]
        return pl.DataFrame(goals, schema=schema)

    def _goals(self, rows: Sequence[Sequence[Any]]) -> Iterator[dict[str, Any]]:
        seen: dict[str, int] = {}
        for number, row in enumerate(rows, start=self.first):
            if all(str(cell).strip() == "" for cell in row):
                continue
            pairs = zip(self.names, row, strict=False)
            goal = {name: self._cell(name, cell, number) for name, cell in pairs if name}
            words = goal.get("milestone")
            if words is None or not words.strip():
                self._refuse("milestone", number, msg("a goal without words"), msg("what is to be achieved, in words"))
            elif words in seen:
                self._refuse(
                    "milestone", number, msg("the same goal as in row {seen}", seen=seen[words]), msg("every goal once")
                )
            else:
                seen[words] = number
            self.rows.append(number)
            yield goal

    def _cell(self, name: str, cell: Any, row: int) -> Any:
        if cell == "":
            return None
        if name in _DAYS:
            return self._day(name, cell, row)
        if name not in _CODES:
            return _text(cell)
        code = _CODES[name].get(str(cell).strip(), _text(cell))
        if name == "track" and code not in TRACKS:
            listed = list(dict.fromkeys(_TRACK[one].ja for one in TRACKS))
            self._refuse(
                name, row, msg("found '{cell}'", cell=cell), ", ".join(listed), did_you_mean(str(cell), listed)
            )
            return None
        return code

    def _day(self, name: str, cell: Any, row: int) -> date | None:
        read = day_in(cell, _ZONE)
        if read is None:
            self._refuse(name, row, msg("found '{cell}'", cell=cell), msg("a day such as 2026/4/1"))
        return read

    def _refuse(self, name: str, row: int, found: Said, allowed: Said, hint: Said = "") -> None:
        self.problems.append(_problem(self.path, f"row {row}, '{_HEAD[name].ja}'", found, allowed, hint))


def _problem(path: Path, place: Said, found: Said, allowed: Said, hint: Said = "") -> Problem:
    return Problem(f"{path.name}, {place}" if place else path.name, found, allowed, hint)
