"""The morning sheet of each person: one line an action, in the order in which a morning asks for it.

A sheet is one table, so that its head, which names the person, is repeated wherever it breaks across paper. The reason
and the facts of a row are behind a disclosure: closed on the screen, not on paper. What does not fit is counted, never
left out silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl
from markupsafe import Markup

from playbook.rendering.lab import StyledInNotebooks
from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.view import Row, client_names, labelled_due
from playbook.words.catalogue import COMMA, DOT, aside, msg
from playbook.words.text import Lang

ROOM = 27
"""The lines that one sheet of A4 holds beside its heads, and about those of one screen and its scroll."""

ALL_LINES = 400
"""The lines that a page with the sheets of many people may hold: it stays under 300 kB."""

MANY = 60
"""The people whose sheets a page holds whole. Of more, lines say no reason, and who has nothing until then but what is
due in the days ahead has no sheet: both stand on each person's own page and in Excel."""

_FEWEST = 3  # lines of each part that are shown even where a part before it would fill the sheet
_TICK = msg("Done")
_WHAT, _WHOM, _BY = msg("What is owed"), msg("For whom"), msg("By when")
_CASE = msg("Case")
_MORE = msg("{n} more: see the Excel list.")
_TODAY = msg("today")
_AND = msg("and {n} more")
_DUE = msg("due {day}")
_FROM = msg("from {day}")
_OPEN = msg("An open case")
_NOTHING = msg("Nothing is asked today.")
_LATER = msg("{n} more people have nothing but what is due within {horizon} days: see the Excel list.")


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of a sheet: what, for whom, by when, which case, and why; `client` is what it is filtered by."""

    what: str
    whom: str
    client: str
    by: str
    case: str
    why: str = ""

    @property
    def html(self) -> Markup:
        """The line as a row of the table."""
        what = Markup("<details><summary>{}</summary><small>{}</small></details>").format(self.what, self.why)
        client = Markup(" <small>{}</small>").format(self.client) if self.client else Markup()
        return Markup(
            '<tr><td class="tick"></td><td>{}</td><td data-value="{}">{}{}</td><td>{}</td><td>{}</td></tr>'
        ).format(what if self.why else self.what, self.client, self.whom, client, self.by, self.case)


@dataclass(frozen=True, slots=True)
class PartOfSheet:
    """The lines under one head, with how many there are in all and what can be chosen for them."""

    part: str
    name: str
    lines: tuple[SheetLine, ...]
    n: int
    hint: str = ""
    lang: Lang = "ja"

    @property
    def html(self) -> Markup:
        """The part as a body of the table."""
        hint = Markup(" <small>{}</small>").format(self.hint) if self.hint else Markup()
        head = Markup('<tr class="group {}"><th scope="rowgroup" colspan="5">{} <b>{}</b>{}</th></tr>').format(
            self.part, self.name, self.n, hint
        )
        left = self.n - len(self.lines)
        more = Markup('<tr class="more"><td colspan="5">{}</td></tr>').format(_MORE.say(self.lang).format(n=left))
        rows = [head, *(line.html for line in self.lines), *([more] if left else [])]
        return Markup('<tbody data-part="{}">{}</tbody>').format(self.part, Markup("\n").join(rows))


@dataclass(frozen=True, slots=True)
class DaySheet:
    """What one person has to do this morning."""

    owner: str
    parts: tuple[PartOfSheet, ...]
    lang: Lang = "ja"

    @property
    def lines(self) -> int:
        """The lines that are shown."""
        return sum(len(part.lines) for part in self.parts)

    @property
    def html(self) -> Markup:
        """The sheet as one table."""
        counts = DOT.say(self.lang).join(f"{part.name} {part.n}" for part in self.parts)
        heads = [(_WHAT, "rule"), (_WHOM, "client"), (_BY, "due"), (_CASE, "case_id")]
        head = Markup('<tr><th scope="col" class="tick">{}</th>{}</tr>').format(
            _TICK.say(self.lang),
            Markup().join(Markup('<th scope="col" data-column="{}">{}</th>').format(id, name.say(self.lang))
                          for name, id in heads),
        )  # fmt: skip
        return Markup(
            '<table class="pb-table pb-day" data-owner="{0}" data-filter="client">'
            '<colgroup><col class="tick"><col class="what"><col><col class="by"><col class="no"></colgroup><thead>'
            '<tr class="person"><th scope="colgroup" colspan="5">{0} <small>{1}</small></th></tr>{2}</thead>\n'
            "{3}</table>"
        ).format(self.owner, counts, head, Markup("\n").join(part.html for part in self.parts))


@dataclass(frozen=True)
class DaySheets(StyledInNotebooks):
    """The sheets of some people, one below the other."""

    sheets: tuple[DaySheet, ...]
    lang: Lang = "ja"
    note: str = ""

    def __len__(self) -> int:
        return len(self.sheets)

    def __repr__(self) -> str:
        return f"DaySheets({len(self)} people, {sum(sheet.lines for sheet in self.sheets)} lines)"

    @property
    def html(self) -> Markup:
        """The sheets as tables; a sentence where nothing is asked of anybody."""
        if not self.sheets:
            return Markup('<p class="pb-empty">{}</p>').format(_NOTHING.say(self.lang))
        tables = Markup("\n").join(sheet.html for sheet in self.sheets)
        note = Markup('<p class="pb-first">{}</p>').format(self.note) if self.note else ""
        return Markup('<div class="pb-sheets">{}{}</div>').format(tables, note)

    def _repr_html_(self) -> str:
        return str(self.html)


@dataclass(frozen=True)
class _Named:
    """What lines are made with."""

    playbooks: tuple[Playbook, ...]
    lang: Lang
    day: date
    clients: Mapping[str, str]
    horizon: int
    rules: Mapping[tuple[str, str], str] = field(default_factory=dict)
    reasoned: bool = True

    def of_action(self, row: Row) -> SheetLine:
        why = row["why"] if self.reasoned else ""
        return SheetLine(row["rule"], row["case"], row["client"], self._by(row), row["case_id"], why)

    def _by(self, row: Row) -> str:
        """By when: the day to act by; the due where it is another day; for what is late the due and the days since."""
        due, act = row["due_at"], row["act_by"] or row["due_at"].date()
        said = formats.moment(due, self.lang, self.day)
        if row["status"] == "overdue":
            return aside(formats.left(row["days_left"], self.lang, passed=True), said).say(self.lang)
        if row["status"] == "waiting" and row["opened_at"] is not None:
            opens = _FROM.say(self.lang).format(day=formats.day(row["opened_at"].date(), self.lang, self.day))
            return f"{opens} {self._day(act)}"
        last = self._day(max(act, self.day))
        if max(act, self.day) == due.date():
            return last if formats.whole_day(due) else f"{last} {due:%H:%M}"
        return aside(last, _DUE.say(self.lang).format(day=said)).say(self.lang)

    def _day(self, day: date) -> str:
        return _TODAY.say(self.lang) if day == self.day else formats.day(day, self.lang, self.day)

    def of_case(self, row: Row) -> SheetLine:
        names = [self.rules.get((row["playbook"], rule), rule) for rule in row["rules"] or ()]
        what = names[0] if names else _OPEN.say(self.lang)
        more = f" {_AND.say(self.lang).format(n=len(names) - 1)}" if len(names) > 1 else ""
        comma = COMMA.say(self.lang)
        why = comma.join(labels.value("outlived", why, self.lang) for why in row["whys"])
        late = formats.left(row["days_left"], self.lang, passed=True)
        client = self.clients.get(row["client_id"] or "", row["client_id"] or "")
        listed = f"{late}: {comma.join(names)}" if names else ""
        return SheetLine(what + more, row["subject"] or row["case_id"], client, why, row["case_id"], listed)


def day_sheets(
    actions: pl.DataFrame,
    decide: pl.DataFrame,
    people: Sequence[str | None],
    playbooks: Iterable[Playbook],
    lang: Lang = "ja",
    *,
    day: date,
    horizon: int = 7,
    clients: pl.DataFrame | None = None,
) -> DaySheets:
    """One sheet per person who has something on it, in the order of `people` (None: what nobody is assigned to).

    `actions` has the columns of the weekly list, with `part`; `decide` one row per case to decide about (`rules`,
    `whys`). One person's sheet fits A4; many share a page, each with fewer lines, and what is left is counted. Of more
    than `MANY` only those have one of whom something is asked before the days ahead.
    """
    books = tuple(playbooks)
    rules = {(book.id, rule.id): rule.name.say(lang) for book in books for rule in book.rules}
    named = _Named(books, lang, day, client_names(clients), horizon, rules, len(people) <= MANY)
    shown = asked_now(actions, decide, people) if len(people) > MANY else people
    room = ROOM if len(shown) <= 1 else max(2 * _FEWEST, min(ROOM, ALL_LINES // len(shown)))
    made = (_sheet(person, actions, decide, named, clients, room) for person in shown)
    left = len(people) - len(shown)
    note = _LATER.say(lang).format(n=left, horizon=horizon) if left else ""
    return DaySheets(tuple(sheet for sheet in made if sheet.parts), lang, note)


def asked_now(actions: pl.DataFrame, decide: pl.DataFrame, people: Sequence[str | None]) -> tuple[str | None, ...]:
    """Those of the people of whom something is asked today or before, or to decide, in their order."""
    now = actions.filter(pl.col("part").is_in(["tonight", "today", "late"]))
    asked = {*now["owner"], *decide["owner"]}
    return tuple(person for person in people if person in asked)


def _sheet(
    person: str | None,
    actions: pl.DataFrame,
    decide: pl.DataFrame,
    named: _Named,
    clients: pl.DataFrame | None,
    room: int,
) -> DaySheet:
    own = pl.col("owner").eq_missing(person)
    listed, cases = actions.filter(own), decide.filter(own)
    rows = {part: listed.filter(pl.col("part") == part) for part in ("tonight", "today", "late", "soon")} | {
        "decide": cases
    }
    room_for = fitted({part: frame.height for part, frame in rows.items()}, room)
    shown = {part: frame.head(room_for[part]) for part, frame in rows.items()}
    lines = _lines(pl.concat([frame for part, frame in shown.items() if part != "decide"]), named, clients)
    lines["decide"] = [named.of_case(row) for row in shown["decide"].iter_rows(named=True)]
    parts = [_part(part, lines[part], frame.height, named) for part, frame in rows.items() if frame.height]
    return DaySheet(person or labels.absent("owner", named.lang), tuple(parts), named.lang)


def _lines(actions: pl.DataFrame, named: _Named, clients: pl.DataFrame | None) -> dict[str, list[SheetLine]]:
    """The lines of some actions, by their part."""
    lines: dict[str, list[SheetLine]] = {}
    for row in labelled_due(actions, named.playbooks, named.lang, clients).iter_rows(named=True):
        lines.setdefault(row["part"], []).append(named.of_action(row))
    return lines


def _part(part: str, lines: Sequence[SheetLine], n: int, named: _Named) -> PartOfSheet:
    hint = labels.value("hint", part, named.lang) if part in ("decide", "tonight") else ""
    return PartOfSheet(part, part_name(part, named.lang, named.horizon), tuple(lines), n, hint, named.lang)


def part_name(part: str, lang: Lang = "ja", horizon: int = 7) -> str:
    """What a part of the sheet is called.

    >>> part_name("today"), part_name("soon", "en", 5)
    ('本日', 'Within 5 days')
    """
    if part == "soon":
        return msg("Within {horizon} days", horizon=horizon).say(lang)
    return labels.value("part", part, lang)


def fitted(rows: Mapping[str, int], room: int) -> dict[str, int]:
    """How many lines of each part are shown where there is room for so many: earlier parts first, none forgotten.

    >>> fitted({"today": 30, "soon": 5, "decide": 1}, 10)
    {'today': 6, 'soon': 3, 'decide': 1}
    """
    left, shown = room, {}
    later = dict(_kept_for_later(rows))
    for part, n in rows.items():
        shown[part] = min(n, max(left - later[part], _FEWEST))
        left -= shown[part]
    return shown


def _kept_for_later(rows: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    parts = list(rows)
    for at, part in enumerate(parts):
        yield part, sum(min(rows[later], _FEWEST) for later in parts[at + 1 :])
