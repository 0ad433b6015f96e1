"""The morning page: the few numbers of the day, who has how much of it, a sheet for each person, what has changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from urllib.parse import quote

import polars as pl

from playbook.answers.owed.week import SHEET, WeeklyList
from playbook.pages.findings import Finding
from playbook.show import formats, labels
from playbook.show.charts.sentences import called_as, leaders
from playbook.show.day_sheets import MANY, DaySheets, asked_now, day_sheets, part_name
from playbook.show.view import Card, Cell, Column, Table, cards, table_due
from playbook.words.catalogue import msg
from playbook.words.text import Lang

_LOOKS = {"tonight": "overdue", "today": "due_today", "late": "overdue", "soon": "due_soon", "decide": "unassigned"}
_NUMBERS = ("tonight", "today", "late", "decide", "soon")
_CLOSED_SHOWN = 40
"""The closed actions that a page lists: nothing is left to do about them, and the page stays under 300 kB."""
_PEOPLE = msg("Counts by person")
_ALL = msg("Total")
_NOTHING = msg("Nothing is asked today, late, or due within {horizon} days.")
_ENDS = msg("Ending by themselves tonight: {n}. ")
_MOST = msg(" {person} has the most due today or late: {n}.")


def of_day(week: WeeklyList, lang: Lang = "ja") -> Finding:
    """What the day asks for and who has most of it; its numbers as cards."""
    numbers = _totals(week)
    shown = cards(
        Card(part_name(part, lang, week.horizon), formats.number(numbers[part], lang), status=_LOOKS[part], part=part)
        for part in SHEET
        if numbers[part] or part != "tonight"
    )
    said = _said(week, numbers, lang)
    return Finding(said, shown, counts=week.counts)


def _said(week: WeeklyList, numbers: dict[str, int], lang: Lang) -> str:
    if not any(numbers[part] for part in SHEET):
        return _NOTHING.say(lang).format(horizon=week.horizon)
    tonight, today, late, decide, soon = (numbers[part] for part in _NUMBERS)
    ends = _ENDS.say(lang).format(n=tonight) if tonight else ""
    rest = msg(
        "{today} to do today, {late} late that can still be done, {soon} within {horizon} days, {decide} to decide.",
        today=today,
        late=late,
        soon=soon,
        horizon=week.horizon,
        decide=decide,
    )
    return ends + rest.say(lang) + _most(week, lang)


def _most(week: WeeklyList, lang: Lang) -> str:
    """Who has most, where the list is that of several people."""
    loads = week.people.with_columns(n=pl.col("tonight") + pl.col("today") + pl.col("late")).filter(pl.col("n") > 0)
    if loads.height < 2:
        return ""
    counted = {called_as(owner, None, "owner", lang): n for owner, n in loads.select("owner", "n").iter_rows()}
    return _MOST.say(lang).format(person=leaders(counted, lang), n=max(counted.values()))


def _totals(week: WeeklyList) -> dict[str, int]:
    return dict(week.people.select(SHEET).sum().row(0, named=True))


def people(week: WeeklyList, lang: Lang = "ja", linked: Iterable[str] = ()) -> Table:
    """Who has how much on the sheet: one row per person who has anything there, with a link to it, and the total.

    `linked`: the pages of people who have one of their own, each `name=page`; the others are found on this one.
    """
    pages = pages_of(linked)
    on_sheet, totals = week.people.filter(pl.sum_horizontal(SHEET) > 0), _totals(week)
    parts = [part for part in _NUMBERS if totals[part] or part != "tonight"]
    heads = [Column(part, part_name(part, lang, week.horizon), figures=True) for part in parts]
    sheeted = _sheeted(week, on_sheet["owner"].to_list())
    rows = [
        (_person(row["owner"], pages, row["owner"] in sheeted, lang), *(_figure(row[part], lang) for part in parts))
        for row in on_sheet.iter_rows(named=True)
    ]
    if rows:
        rows.append((Cell(_ALL.say(lang)), *(Cell(formats.number(totals[part], lang)) for part in parts)))
    owner = Column("owner", labels.column("owner", lang))
    said = _PEOPLE.say(lang) if rows else ""
    whole = len(rows)  # on paper, too, everybody stands
    return Table(said, (owner, *heads), tuple(rows), lang=lang, compact=True, total=True, paper=whole)


def pages_of(linked: Iterable[str]) -> dict[str, str]:
    """The pages of people who have one of their own, by name, from `name=page` of each."""
    return dict(one.split("=", 1) for one in linked)


def _sheeted(week: WeeklyList, owners: list[str | None]) -> Collection[str | None]:
    """Those who have a sheet on the page of everybody."""
    return asked_now(week.actions, week.decide, owners) if len(owners) > MANY else owners


def _person(owner: str | None, pages: Mapping[str, str], sheeted: bool, lang: Lang) -> Cell:
    name = owner or labels.absent("owner", lang)
    own = quote(pages[name]) if name in pages else f"#owner={quote(name)}" if sheeted else ""
    return Cell(name, href=own, value=name)


def _figure(n: int, lang: Lang) -> Cell:
    return Cell(formats.number(n, lang) if n else "")


def sheets(
    week: WeeklyList,
    lang: Lang = "ja",
    clients: pl.DataFrame | None = None,
    owners: Sequence[str | None] | None = None,
) -> DaySheets:
    """The sheet of each person who has anything on it, in the order of `people`; of some, as if they were all."""
    if owners is None:
        owners = week.people.filter(pl.sum_horizontal(SHEET) > 0)["owner"].to_list()
    return day_sheets(
        week.actions, week.decide, owners, week.playbooks, lang, day=week.day, horizon=week.horizon, clients=clients
    )


def changes_table(week: WeeklyList, lang: Lang = "ja") -> Table:
    """What changed since the earlier list: one row per kind of change, with how many."""
    since = formats.day(week.since, lang, near=week.day)
    days = (week.day - week.since).days
    if days == 7:
        caption = msg("Since {since}", since=since).say(lang)
    else:
        caption = msg("Since {since}, {days} before", since=since, days=formats.days(days, lang)).say(lang)
    heads = (Column("change", labels.column("change", lang)), Column("n", labels.column("n", lang), figures=True))
    rows = (
        (Cell(labels.value("change", kind, lang)), Cell(formats.number(n, lang))) for kind, n in week.counts.items()
    )
    return Table(caption, heads, tuple(rows), lang=lang)


def resolved(week: WeeklyList, lang: Lang = "ja", clients: pl.DataFrame | None = None) -> Table:
    """What was open at the earlier list and is closed now: one row per action; of many the first, as is said."""
    all_of_them = week.resolved.drop("change")
    columns = ("owner", "client", "case", "rule", "due", "status")
    caption = ""
    if all_of_them.height > _CLOSED_SHOWN:
        more = msg("The first {n} of {all}", n=_CLOSED_SHOWN, all=formats.number(all_of_them.height, lang))
        caption = more.say(lang)
    first = all_of_them.head(_CLOSED_SHOWN)
    return table_due(first, week.playbooks, lang, clients=clients, columns=columns, caption=caption)
