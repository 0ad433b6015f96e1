"""Frames with codes become tables and cards with names, once, at the edge.

The grammar is a few verbs: `table` shows any frame, `table_due` a list of due actions, `cards` a row of
numbers, `why` says in one line what a due action is counted from. Each returns a small frozen object that
shows itself in JupyterLab and in a published page.

The HTML is our own and lean: a caption, `th scope`, every row, no style and no id, so that it lives under a
strict content security policy, and sorts and filters by `data-` attributes. great_tables was measured for
this: it writes 10 kB of style into every table, names cells by generated ids, and has no place for a value
to sort by.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl
from markupsafe import Markup, escape

from playbook.files.formulas import neutralise
from playbook.rendering.attachments import attach, show
from playbook.rendering.lab import StyledInNotebooks, styled
from playbook.rules.nouns import Playbook, Playbooks, Rule
from playbook.rules.offset import Offset, Unit
from playbook.show import formats, labels
from playbook.words.catalogue import DOT, msg, msg_in
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    import pandas as pd

    AnyFrame: TypeAlias = pl.DataFrame | pl.LazyFrame | pd.DataFrame

Row = Mapping[str, Any]
Sayer = Callable[[Any], str]

DUE_COLUMNS = ("owner", "client", "case", "rule", "due", "days_left", "status")
_EMPTY = msg("No rows.")
_LISTED = DOT
_YES_NO = (msg("Yes"), msg_in("view", "No"))
_ACT_BY = msg("act by {day}")
_DONE_ON = msg("done {day}")
_OPENS_ON = msg("from {day}")
_ROWS = msg("{n}")
_SINCE = msg("was {n}")
_TOTAL = msg("Total")
_UNASSIGNED = msg("Unassigned")
_PRINTED = msg("Only the first {n} rows are printed; the other {left} are on screen.")
_FIRST = msg("These are the first {n} of {all} rows. All of them are in the file below.")
_EVERY_ROW = msg("All {all} rows (CSV)")
_FEW, _SLIM, _WIDE, _WIDEST, _MANY, _LONG = 3, 5, 11, 16, 7, 26
"""Columns of a table that is no wider than it needs, of one that leaves room for another beside it, of one that is
turned on paper where it has many rows, and of one that is turned in any case; how many such rows; and the letters of a
text that needs room."""
ON_PAPER = 40
"""The rows of a table that are printed where nothing else is said: a sheet of A4."""
ON_PAGE, AT_MOST = 60, 90
"""The rows that a page carries of a table, and of which table: of one with more than so many. All are in a file."""
_ID = re.compile(r"\b[A-Z]{1,3}-[0-9]+\b")
_NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?%?")  # what page.js sorts by as it stands


# ---- what is shown ----


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; figures are set to the right; `filter` is what it is called where one filters by it.

    `chip` is the kind whose colour the bars of the table give to what the column counts.
    """

    id: str
    head: str
    figures: bool = False
    filter: str = ""
    chip: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says, small lines beneath, a mark of status; what it sorts and filters by where not by its text.

    `href` is where it leads; `bar` are lengths by kind, drawn one after the other, of which 1 is the whole width;
    `tint` is how dark the cell is, from 0 to 1.
    """

    text: str
    lines: tuple[str, ...] = ()
    sort: str = ""
    mark: str = ""
    value: str = ""
    href: str = ""
    bar: tuple[tuple[str, float], ...] = ()
    tint: float | None = None


@dataclass(frozen=True)
class Table:
    """A table for a reader: every row of its frame, in the order of the frame.

    `filters` names the columns a page may offer to filter by; `groups` gives each run of rows a head of its
    own; a `compact` table stands with low rows, in the order given; in a `total` one the last row sums up. Of more
    than `paper` rows a page prints so many, and says how many it does not; a reader who filters prints what is found.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    filters: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    lang: Lang = "ja"
    compact: bool = False
    total: bool = False
    paper: int = ON_PAPER
    file: str = ""
    of: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Table({self.caption!r}, {len(self)} rows)"

    @property
    def html(self) -> Markup:
        """The table as HTML; a sentence where there is no row."""
        if not self.rows:
            empty = _tag("p", _EMPTY.say(self.lang), css="pb-empty")
            return _tag("p", self.caption, css="pb-caption") + empty if self.caption else empty
        inside = (_tag("caption", self.caption) if self.caption else Markup()) + self._head() + self._body()
        whole = _tag(
            "table",
            inside,
            css=f"pb-table{self._looks}",
            data_filter=" ".join(self.filters),
            data_paper=str(self.paper) if self._left_out else "",
            data_all=formats.number(self.of, self.lang) if self.of else "",
        )
        scrolled = _tag("div", whole, css="pb-scroll", role="group", aria_label=self.caption, tabindex="0")
        return scrolled + (self._off_paper() if self._left_out else "") + (self._first_of() if self.of else "")

    @property
    def on_page(self) -> Table:
        """What a page carries of it: the table; where it is very long, and has no groups and no sum, its first rows."""
        if len(self) <= AT_MOST or self.groups or self.total:
            return self
        return replace(self, rows=self.rows[:ON_PAGE], of=len(self))

    @property
    def csv(self) -> str:
        """Every row as people read it, for a spreadsheet: small lines after a slash, nothing that would be run."""
        out = io.StringIO()
        write = csv.writer(out, lineterminator="\r\n")
        write.writerow(neutralise(column.head) for column in self.columns)
        write.writerows((neutralise(" / ".join((cell.text, *cell.lines))) for cell in row) for row in self.rows)
        return f"\ufeff{out.getvalue()}"

    @property
    def _looks(self) -> str:
        """What a page has to know of its form: low rows, a sum, few columns or many."""
        many = len(self.columns)
        wide = (many >= _WIDE and len(self) >= _MANY) or many >= _WIDEST
        known = {
            "compact": self.compact,
            "total": self.total,
            "slim": self.compact and many <= _SLIM,
            "few": many <= _FEW and not self.compact,
            "wide": wide and not self.compact,
        }
        return "".join(f" {name}" for name, so in known.items() if so)

    @property
    def _left_out(self) -> int:
        """How many rows are not printed: none of a table that is hardly longer than what is, and never the sum."""
        left = len(self) - self.paper - self.total
        return left if left > self.paper // 8 and not self.groups else 0

    def _off_paper(self) -> Markup:
        said = _PRINTED.say(self.lang).format(n=self.paper, left=self._left_out)
        return Markup('<p class="pb-paper" hidden>{}</p>').format(said)

    def _first_of(self) -> Markup:
        said = _FIRST.say(self.lang).format(n=len(self), all=formats.number(self.of, self.lang))
        return _tag("p", said, css="pb-first")

    def _repr_html_(self) -> str:
        return str(self.html)

    def _ipython_display_(self) -> None:
        shown = self.on_page
        show(styled(str(shown.html)), repr(self))
        if shown.of:
            name = self.file or f"{'-'.join(column.id for column in self.columns[:3])}.csv"
            attach(name, self.csv, label=_EVERY_ROW.say(self.lang).format(all=formats.number(shown.of, self.lang)))

    def _head(self) -> Markup:
        cells = (
            _tag(
                "th",
                Markup('<i class="chip k-{}"></i>{}').format(column.chip, column.head) if column.chip else column.head,
                scope="col",
                css="num" if column.figures else "long" * self._long(at),
                data_column=column.id,
                data_called=column.filter,
            )
            for at, column in enumerate(self.columns)
        )
        return _tag("thead", _tag("tr", _joined(cells)))

    def _long(self, at: int) -> bool:
        """Whether a column holds texts that would be many short lines where it is narrow."""
        return any(len(text) > _LONG for row in self.rows for text in (row[at].text, *row[at].lines))

    def _body(self) -> Markup:
        if not self.groups:
            return _tag("tbody", _joined(self._row(row, at) for at, row in enumerate(self.rows)))
        runs = groupby(zip(self.groups, self.rows, strict=True), key=lambda pair: pair[0])
        return _joined(self._group(name, [row for _, row in run]) for name, run in runs)

    def _group(self, name: str, rows: list[tuple[Cell, ...]]) -> Markup:
        count = _tag("small", _ROWS.say(self.lang).format(n=len(rows)))
        head = _tag("th", _inline(name, count), scope="rowgroup", colspan=str(len(self.columns)))
        return _tag("tbody", _tag("tr", head, css="group") + _joined(map(self._row, rows)))

    def _row(self, cells: tuple[Cell, ...], at: int = 0) -> Markup:
        beyond = bool(self._left_out) and self.paper <= at < len(self) - self.total
        return _tag("tr", _joined(map(self._cell, self.columns, cells)), css="off-paper" * beyond)

    def _cell(self, column: Column, cell: Cell) -> Markup:
        said = _tag("span", cell.text, css=f"badge {cell.mark}") if cell.mark else _ids_whole(cell.text)
        said = _tag("a", said, href=cell.href) if cell.href else said
        small = [_tag("small", _ids_whole(line)) for line in cell.lines]
        inside = Markup("<br>").join([said, *small] if said else small)
        if cell.bar:
            inside = _bar(cell.bar) + inside
        # A filter compares whole values: without this it would read the small lines too.
        value = cell.value or (cell.text if cell.lines and column.id in self.filters else "")
        order = "" if cell.sort == cell.text or _NUMBER.fullmatch(cell.text) else cell.sort
        shade = "" if cell.tint is None else f"--tint:{cell.tint:.2f}"
        css = "num" * column.figures + " tint" * bool(shade)
        return _tag("td", inside, css=css.strip(), data_sort=order, data_value=value, style=shade)


@dataclass(frozen=True, slots=True)
class Card:
    """One number that matters: its label, its value, its change since last time, where it leads."""

    label: str
    value: str
    change: str = ""
    status: str = ""
    anchor: str = ""
    part: str = ""

    @property
    def html(self) -> Markup:
        """The card as an item of a list; a page counts the rows of `part` anew where it is filtered."""
        value = _tag("strong", self.value, css="card-value")
        label = _tag("span", self.label, css="card-label")
        change = _tag("span", self.change, css="card-change") if self.change else Markup()
        inside = _inline(value, label, change)
        if self.anchor:
            inside = _tag("a", inside, href=f"#{self.anchor}")
        return _tag("li", inside, css=f"card {self.status and 'status-' + self.status}".strip(), data_part=self.part)


@dataclass(frozen=True, slots=True)
class Cards(StyledInNotebooks):
    """A row of cards."""

    cards: tuple[Card, ...]

    @property
    def told(self) -> list[dict[str, str]]:
        """The cards as plain texts: label, value and change."""
        return [{"label": card.label, "value": card.value, "change": card.change} for card in self.cards]

    @property
    def html(self) -> Markup:
        """The cards as a list in HTML."""
        return _tag("ul", _joined(card.html for card in self.cards), css="cards")

    def _repr_html_(self) -> str:
        return str(self.html)


# ---- the verbs ----


def cards(items: Iterable[Card]) -> Cards:
    """A row of cards, one per item."""
    return Cards(tuple(items))


def with_total(made: Table, sums: Mapping[str, str]) -> Table:
    """The table with a last row of totals, by the id of its columns; as it is, where it has no row."""
    if not made.rows:
        return made
    total = (Cell(_TOTAL.say(made.lang)), *(Cell(sums.get(column.id, "")) for column in made.columns[1:]))
    return replace(made, rows=(*made.rows, total), total=True, groups=(*made.groups, "") if made.groups else ())


def with_bars(
    made: Table, bars: Sequence[tuple[tuple[str, float], ...]], kinds: Mapping[str, str] | None = None
) -> Table:
    """The table, compact, with a bar after its first column; `kinds` gives the colour of what a column counts."""
    first, *rest = (replace(column, chip=(kinds or {}).get(column.id, "")) for column in made.columns)
    rows = tuple((row[0], Cell("", bar=bar), *row[1:]) for row, bar in zip(made.rows, bars, strict=True))
    return replace(made, columns=(first, Column("bar", ""), *rest), rows=rows, compact=True)


def cards_due(frame: AnyFrame, lang: Lang = "ja", before: AnyFrame | None = None) -> Cards:
    """The numbers above a list of due actions: overdue, due today, due soon, waiting, without an owner.

    `before` is the same list at an earlier as-of; where it is given, each card says the earlier number.
    """
    now, then = _counts(frame), None if before is None else _counts(before)
    names = {status: labels.value("status", status, lang) for status in ("overdue", "due_today", "due_soon")}
    names |= {"waiting": labels.value("status", "waiting", lang), "unassigned": _UNASSIGNED.say(lang)}
    return cards(
        Card(
            name,
            formats.number(now[key], lang),
            "" if then is None else _SINCE.say(lang).format(n=formats.number(then[key], lang)),
            key,
        )
        for key, name in names.items()
    )


def table(
    frame: AnyFrame,
    columns: Sequence[str] | None = None,
    caption: str = "",
    lang: Lang = "ja",
    *,
    playbooks: Iterable[Playbook] = (),
    clients: pl.DataFrame | None = None,
    near: date | None = None,
    filters: Sequence[str] = (),
    paper: int = ON_PAPER,
    file: str = "",
) -> Table:
    """Any frame as a table: one row per row, heads and codes named, values in the forms of the language.

    `columns` picks and orders; a column the frame does not have is left out. `ci_low` and `ci_high`, and both ends of
    other bands, become one interval; where `too_few` (of `arrival_rate`: `arrival_too_few`) says so, a rate is not
    written. `near` is the day whose year goes without saying (the as-of). Names of rules, roles, stages and activities
    come from the playbook of the row, or from the first of `playbooks` that knows the code; those of clients from
    `clients`. About `paper` rows are printed; of a very long table the whole is `file`, beside the page.
    """
    data = polars(frame)
    kept = [column for column in (columns or data.columns) if column in data.columns and column != "too_few"]
    books = Playbooks(playbooks)
    names = client_names(clients)
    shown = [_Shown.of(column, data, lang, near, books, names) for column in _folded(kept)]
    rows = tuple(tuple(one.cell(row) for one in shown) for row in data.iter_rows(named=True))
    heads = tuple(one.column for one in shown)
    return Table(caption, heads, rows, tuple(f for f in filters if f in kept), lang=lang, paper=paper, file=file)


def table_due(
    frame: AnyFrame,
    playbooks: Iterable[Playbook],
    lang: Lang = "ja",
    *,
    clients: pl.DataFrame | None = None,
    columns: Sequence[str] = DUE_COLUMNS,
    caption: str = "",
    group_by: str | None = None,
    paper: int = ON_PAPER,
    file: str = "",
) -> Table:
    """Due actions as a table: one row per due action, who, for whom, what and why, until when.

    Days are written without the year of the as-of. `columns` may name any of `owner`, `client`, `case`,
    `rule`, `due`, `days_left`, `status`, `change` (shown where the frame has it) and the frame's own.
    `group_by` (`owner`, `client`, ...) gathers the rows under one head per value. `clients` gives the names
    of clients; `paper` and `file` are those of `table`.
    """
    data = labelled_due(frame, playbooks, lang, clients)
    if "change" in data.columns and "change" not in columns:
        columns = (*columns, "change")
    if group_by is not None:
        data = data.with_row_index("nth").sort(pl.col("nth").min().over(group_by), maintain_order=True)
    heads = tuple(_due_head(name, name == group_by == "owner", lang) for name in columns)
    cells = [_under_its_head if name == group_by == "owner" else _due_cell(name) for name in columns]
    rows = tuple(tuple(cell(row, lang) for cell in cells) for row in data.iter_rows(named=True))
    groups = tuple(data[group_by]) if group_by is not None else ()
    filters = tuple(name for name in ("owner", "client", "status", "change") if name in columns)
    return Table(caption, heads, rows, filters, groups, lang, paper=paper, file=file)


def labelled_due(
    frame: AnyFrame, playbooks: Iterable[Playbook], lang: Lang = "ja", clients: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Due actions with names beside their codes: one row per due action, in the order given.

    Added to the columns of the frame: `rule`, `role_name`, `playbook_name`, `why` (what it is counted from),
    `client` (its name, else its id), `case` (the subject, else the case's id), `status_name`, `basis_name`
    and `near` (the as-of's day). `owner` is never empty: without a person it says so.
    """
    data = polars(frame)
    books = Playbooks(playbooks)
    names = client_names(clients)
    added = [_names_of(row, books, names, lang) for row in data.iter_rows(named=True)]
    schema = dict.fromkeys(
        ("rule", "role_name", "playbook_name", "why", "client", "case", "owner", "status_name", "basis_name"),
        pl.String,
    )
    return data.with_columns(pl.DataFrame(added, schema={**schema, "near": pl.Date}))


def why(row: Row, playbook: Playbook, lang: Lang = "ja") -> str:
    """What a due action is counted from, in one line: trigger, day, offset, facts, whose number it is.

    For example 「募集終了 9/1(火) から7日以内（J-14・J-15）」 or "within 7 days of “Recruitment closes” on
    Tue 1 Sep (J-14, J-15)". A number that the source does not give is marked as ours.
    """
    rule = _rule(playbook, row["rule_id"])
    trigger = playbook.label(row["trigger"]).say(lang)
    day = formats.moment(row["trigger_at"], lang, as_of_day(row))
    start = f"{trigger} {day}" if lang == "ja" else f"“{trigger}” on {day}"
    if rule is None:
        return start
    return _counted(rule, row["entry"] or 1, start, playbook).say(lang) + _cited(rule, lang)


def as_of_day(row: Row) -> date:
    """The as-of's local day of a due action: its due day less the days left."""
    day: date = row["due_at"].date()
    return day - timedelta(days=row["days_left"])


def filled(frame: AnyFrame) -> pl.DataFrame:
    """A frame without the columns in which no row says anything.

    >>> filled(pl.DataFrame({"case_id": ["A-1"], "note": [None]})).columns
    ['case_id']
    """
    data = polars(frame)
    return data.select(column for column in data if column.null_count() < len(column) or data.is_empty())


def polars(frame: AnyFrame) -> pl.DataFrame:
    """A polars frame from what a notebook has: polars, lazy or pandas."""
    match frame:
        case pl.DataFrame():
            return frame
        case pl.LazyFrame():
            return frame.collect()
        case _:
            return pl.from_pandas(frame)


# ---- due actions ----


def _counted(rule: Rule, entry: int, start: str, playbook: Playbook) -> Text:
    if rule.midpoint is not None:
        end = playbook.label(rule.midpoint.toward)
        return msg("halfway between {start} and “{end}”", start=start, end=end)
    due = rule.due[min(entry, len(rule.due)) - 1]
    if rule.wait is not None:
        wait, then = rule.wait.text(), _within(due)
        return msg("after a wait of {wait}, {then}, from {start}", wait=wait, then=then, start=start)
    if due.unit is Unit.SAME_DAY:
        return msg("on the same day as {start}", start=start)
    if due.by_the_day:
        return msg("by {start}", start=start)
    if due.negative:
        return msg("{due} {start}", due=due.text(), start=start)
    return msg("within {due} of {start}", due=due.text(), start=start)


def _within(due: Offset) -> Text:
    if due.unit is Unit.SAME_DAY:
        return msg("on that day")
    return msg("within {due}", due=due.text())


def _cited(rule: Rule, lang: Lang) -> str:
    mark = () if rule.basis == "stated" else (labels.value("basis", rule.basis, lang),)
    notes = (*rule.fact, *rule.law, *mark)
    if not notes:
        return ""
    return f"（{'・'.join(notes)}）" if lang == "ja" else f" ({', '.join(notes)})"


def _rule(playbook: Playbook, id: str) -> Rule | None:
    return next((rule for rule in playbook.rules if rule.id == id), None)


def _names_of(row: Row, books: Playbooks, clients: Mapping[str, str], lang: Lang) -> dict[str, Any]:
    book = books.get(row["playbook"]) or Playbook(row["playbook"], Text(row["playbook"], row["playbook"]))
    name = partial(_name, book, lang=lang)
    client = row["client_id"]
    return {
        "rule": name("rule_id", row["rule_id"]),
        "role_name": name("role", row["role"]),
        "playbook_name": book.name.say(lang),
        "why": why(row, book, lang),
        "client": clients.get(client, client) or "",
        "case": row["subject"] or row["case_id"],
        "owner": row["owner"] or labels.absent("owner", lang),
        "status_name": labels.value("status", row["status"] or "", lang),
        "basis_name": labels.value("basis", row["basis"] or "", lang),
        "near": as_of_day(row),
    }


def _name(book: Playbook, of: str, code: str | None, lang: Lang) -> str:
    if code is None:
        return ""
    text = labels.name_in(book, of, code)
    return code if text is None else text.say(lang)


def client_names(clients: pl.DataFrame | None) -> dict[str, str]:
    """What clients are called: name by `client_id`, for those that have one."""
    if clients is None or "name" not in clients.columns:
        return {}
    return {id: name for id, name in zip(clients["client_id"], clients["name"], strict=True) if name is not None}


def _counts(frame: AnyFrame) -> dict[str, int]:
    data = polars(frame).filter(pl.col("status").is_in(labels.OPEN_STATUSES))
    statuses = data["status"].to_list()
    counts = {status: statuses.count(status) for status in labels.OPEN_STATUSES}
    return counts | {"unassigned": data["owner"].null_count()}


def _owner(row: Row, _: Lang) -> Cell:
    return Cell(row["owner"], (row["role_name"],) if row["role_name"] else ())


def _due_head(name: str, grouped: bool, lang: Lang) -> Column:
    if grouped:  # the owner stands over the rows: what is left beneath is the role
        return Column(name, labels.column("role", lang), filter=labels.column(name, lang))
    return Column(name, labels.column(name, lang), name == "days_left")


def _under_its_head(row: Row, _: Lang) -> Cell:
    """An owner whose name stands over the rows already: the role is left to say."""
    return Cell(row["role_name"] or "", value=row["owner"])


def _case(row: Row, _: Lang) -> Cell:
    parts = [row["position"], row["case_id"] if row["subject"] else None]
    line = " · ".join(part for part in parts if part)
    return Cell(row["case"], (line,) if line else ())


def _rule_cell(row: Row, _: Lang) -> Cell:
    return Cell(row["rule"], (row["why"],))


def _due(row: Row, lang: Lang) -> Cell:
    due, near = row["due_at"], row["near"]
    return Cell(formats.moment(due, lang, near), _due_lines(row, lang), _instant(due))


def _due_lines(row: Row, lang: Lang) -> tuple[str, ...]:
    said = partial(formats.day, lang=lang, near=row["near"])
    if row["fulfilled_at"] is not None:
        return (_DONE_ON.say(lang).format(day=said(row["fulfilled_at"].date())),)
    if row["status"] == "waiting" and row["opened_at"] is not None:
        return (_OPENS_ON.say(lang).format(day=said(row["opened_at"].date())),)
    if row["act_by"] is not None and row["act_by"] != row["due_at"].date():
        return (_ACT_BY.say(lang).format(day=said(row["act_by"])),)
    return ()


def _days_left(row: Row, lang: Lang) -> Cell:
    if row["status"] not in labels.OPEN_STATUSES:
        return Cell("", sort=str(row["days_left"]))
    passed = row["status"] == "overdue"
    return Cell(formats.left(row["days_left"], lang, passed=passed), sort=str(row["days_left"]))


def _status(row: Row, _: Lang) -> Cell:
    if row["status"] is None:  # an action that a corrected log no longer has
        return Cell("")
    order = list(labels.STATUSES).index(row["status"])
    return Cell(row["status_name"], sort=str(order), mark=f"status-{row['status']}")


def _change(row: Row, lang: Lang) -> Cell:
    change = row["change"]
    if change in (None, "same"):  # no news; a badge on every row would hide those that are
        return Cell("")
    return Cell(labels.value("change", change, lang), mark=f"status-{_css(change)}")


def _plain(id: str, row: Row, lang: Lang) -> Cell:
    said = row[id]
    if isinstance(said, datetime):
        return Cell(formats.moment(said, lang, row["near"]), sort=_instant(said))
    if isinstance(said, date):
        return Cell(formats.day(said, lang, row["near"]), sort=said.isoformat())
    return Cell("" if said is None else labels.value(id, str(said), lang))


def _due_cell(name: str) -> Callable[[Row, Lang], Cell]:
    return _DUE_CELLS.get(name, partial(_plain, name))


_DUE_CELLS: Mapping[str, Callable[[Row, Lang], Cell]] = {
    "owner": _owner,
    "case": _case,
    "rule": _rule_cell,
    "due": _due,
    "days_left": _days_left,
    "status": _status,
    "change": _change,
}


# ---- any frame ----

_PERCENT = {
    "usual",
    "pooled",
    "low998",
    "high998",
    "rate",
    "share",
    "survival",
    "incidence",
    "retention",
    "progress",
    "benchmark",
    "load",
}
_SHARES = {"low", "high", "ci_low", "ci_high", "support", "confidence", "expected"}
_MINUTES = {"minutes", "used", "allowance"}
_MONEY = {"amount", "revenue"}
_PLAIN_NUMBERS = {"row", "entry", "year", "fiscal_year", "next_review_entry"}
_ESTIMATES = {"rate", "share", "decline_rate", "mean_score"}
_BANDS = {
    "interval": ("ci_low", "ci_high"),
    "band80": ("low80", "high80"),
    "band95": ("low95", "high95"),
    "limits998": ("low998", "high998"),
    "effect_interval": ("effect_low", "effect_high"),
}
"""Columns that stand together for two: both ends of what the estimate before them may be."""
_LISTS = {"detail": ", ", "role": ";"}
"""Columns whose cells may list several codes, and what stands between them."""
_TOO_FEW = msg_in("view", "too few to tell")


@dataclass(frozen=True, slots=True)
class _Shown:
    """How one column of any frame is shown."""

    column: Column
    lang: Lang
    say: Sayer
    books: Playbooks = field(default_factory=Playbooks)
    clients: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        name: str,
        data: pl.DataFrame,
        lang: Lang,
        near: date | None,
        books: Playbooks,
        clients: Mapping[str, str],
    ) -> _Shown:
        # The ends of a confidence interval are said as the estimate before them, those of a band as themselves.
        ends = _BANDS.get(name, (name,))
        shown = data.columns[max(data.columns.index("ci_low") - 1, 0)] if name == "interval" else ends[0]
        dtype = data.schema[shown]
        figures = name != "priority" and (dtype.is_numeric() or dtype == pl.Duration)
        say = partial(formats.points, lang=lang) if _of_rates(shown, data) else sayer(shown, dtype, lang, near)
        return cls(Column(name, labels.column(name, lang), figures), lang, say, books, clients)

    def cell(self, row: Row) -> Cell:
        name = self.column.id
        if row.get("too_few") and name in {*_ESTIMATES, "interval", "median_days"}:
            return Cell(_TOO_FEW.say(self.lang) if name in _ESTIMATES else formats.ABSENT)
        if name in _BANDS:
            low, high = _BANDS[name]
            return self._interval(row[low], row[high])
        if name.endswith("_rate") and row.get(f"{name.removesuffix('_rate')}_too_few"):
            return Cell(_TOO_FEW.say(self.lang))
        value = row[name]
        if isinstance(value, str):
            return self._named(value, row)
        if value is None and not self.column.figures:
            return Cell(labels.absent(name, self.lang))
        return Cell(self.say(value), sort=_sort(value))

    def _interval(self, low: float | None, high: float | None) -> Cell:
        if low is None or high is None:
            return Cell(formats.ABSENT)
        start, end = self.say(low), self.say(high)
        for unit in ("%", "ポイント", " points"):
            start = start.removesuffix(unit) if end.endswith(unit) else start
        return Cell(start + msg("–").say(self.lang) + end, sort=_sort(low))

    def _named(self, code: str, row: Row) -> Cell:
        of = self.column.id
        if of == "client_id":
            return Cell(self.clients.get(code, code))
        if of in {"cycle", "period"}:
            return Cell(formats.cycle(code, self.lang), sort=code)
        if of in _LISTS and _LISTS[of] in code:
            return Cell(_LISTED.say(self.lang).join(self._name(part.strip(), row) for part in code.split(_LISTS[of])))
        mark = f"status-{_css(code)}" if of == "status" else ""
        order = list(labels.STATUSES).index(code) if of == "status" and code in labels.STATUSES else ""
        return Cell(self._name(code, row), sort=str(order), mark=mark)

    def _name(self, code: str, row: Row) -> str:
        for book in self._books(row):
            text = labels.name_in(book, self.column.id, code)
            if text is not None:
                return text.say(self.lang)
        return labels.value(self.column.id, code, self.lang)

    def _books(self, row: Row) -> Iterator[Playbook]:
        own = self.books.get(row.get("playbook") or "")
        yield from [own] if own is not None else self.books


def _of_rates(name: str, data: pl.DataFrame) -> bool:
    """Whether a column is a difference of two shares: said in percentage points."""
    base = name.removesuffix("_low").removesuffix("_high")
    return base in {"difference", "effect"} or (base == "change" and "rate_year_before" in data.columns)


def sayer(name: str, dtype: pl.DataType, lang: Lang = "ja", near: date | None = None) -> Sayer:
    """How values of a column are said, from its name (`rate`, `median_days`, `amount`), else its type.

    >>> sayer("rate", pl.Float64())(0.25), sayer("median_days", pl.Float64(), "en")(3.5)
    ('25.0%', '3.5 days')
    """
    if dtype.is_numeric():
        return _sayer_of_number(name, lang)
    if dtype == pl.Date:
        return partial(formats.day, lang=lang, near=near)
    if isinstance(dtype, pl.Datetime):
        return partial(formats.moment, lang=lang, near=near)
    if dtype == pl.Duration:
        return partial(formats.duration, lang=lang)
    if dtype == pl.Boolean:
        return lambda yes: _YES_NO[0 if yes else 1].say(lang)
    return _sayer_of_text(name, lang)


def _sayer_of_number(name: str, lang: Lang) -> Sayer:
    words = set(name.split("_"))
    if name in _PLAIN_NUMBERS:
        return lambda value: formats.ABSENT if value is None else str(value)
    if name == "priority":
        return lambda value: labels.value("priority", str(value), lang)
    if name == "days_left":
        return partial(formats.left, lang=lang)
    if words & _PERCENT or name in _SHARES:
        return partial(formats.percent, lang=lang)
    if "days" in words:
        return partial(formats.days, lang=lang)
    if words & _MINUTES:
        return partial(formats.minutes, lang=lang)
    if "hours" in words:
        return lambda value: formats.minutes(None if value is None else value * 60, lang)
    if words & _MONEY:
        return partial(formats.money, lang=lang)
    if name.startswith("p_"):
        return lambda value: "<0.001" if value is not None and value < 0.0005 else formats.number(value, lang, 3)
    digits = 2 if "odds" in words or name in {"step", "step_low", "step_high"} else None
    return partial(formats.number, lang=lang, digits=digits)


def _sayer_of_text(name: str, lang: Lang) -> Sayer:
    def say(value: object) -> str:
        if isinstance(value, list | tuple):
            return _LISTED.say(lang).join(labels.value(name, str(part), lang) for part in value)
        return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)

    return say


def _folded(columns: Sequence[str]) -> list[str]:
    """The columns with both ends of an interval or a band as one.

    >>> _folded(["rate", "ci_low", "ci_high", "low80"])
    ['rate', 'interval', 'low80']
    """
    told = list(columns)
    for band, (low, high) in _BANDS.items():
        if {low, high} <= set(told):
            told = [band if name == low else name for name in told if name != high]
    return told


def _sort(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return _instant(value)
        case date():
            return value.isoformat()
        case timedelta():
            return str(value.total_seconds())
        case float():
            return f"{value:.6g}"
        case bool() | int():
            return str(value)
        case _:
            return ""


def _instant(value: datetime) -> str:
    return value.replace(tzinfo=None, microsecond=0).isoformat()


# ---- HTML: the only place where it is written ----


def _tag(name: str, inside: str, *, css: str = "", **attributes: str) -> Markup:
    """One element; text and attributes are escaped unless they are Markup, empty attributes are left out."""
    given = {"class": css, **attributes}
    # Not by `Markup.format`, which takes five times as long: a page has thousands of elements.
    written = "".join([f' {key.replace("_", "-")}="{escape(value)}"' for key, value in given.items() if value])
    return Markup(f"<{name}{written}>{escape(inside)}</{name}>")


def _bar(parts: Iterable[tuple[str, float]]) -> Markup:
    """Lengths one after the other; what they mean stands in the cells beside them."""
    drawn = (
        Markup('<i class="k-{}" style="width:{:.1f}%"></i>').format(kind, 100 * part) for kind, part in parts if part
    )
    return Markup('<span class="bar" aria-hidden="true">{}</span>').format(Markup().join(drawn))


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("\n").join(parts)


def _ids_whole(text: str) -> Markup:
    """A text in which ids such as J-16 are kept on one line.

    >>> _ids_whole("<J-16>")
    Markup('&lt;<span class="id">J-16</span>&gt;')
    """
    return Markup(_ID.sub(r'<span class="id">\g<0></span>', str(Markup.escape(text))))


def _inline(*parts: str) -> Markup:
    return Markup(" ").join(part for part in parts if part)


def _css(code: str) -> str:
    """A code as part of a class name."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "-" for c in code)
