"""The morning page: its numbers agree, each person has a sheet that fits, in the order of the morning."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from the_sample import sample

from playbook.answers.owed.week import SHEET, WeeklyList
from playbook.pages import morning
from playbook.show.day_sheets import ALL_LINES, MANY, ROOM, day_sheets, fitted
from playbook.words.text import LANGS, Lang

FRIDAY = "2026-11-20"


@pytest.fixture(scope="module")
def week() -> WeeklyList:
    """The list of the sample."""
    return sample().on(FRIDAY).week()


@pytest.mark.parametrize("lang", LANGS)
def test_sentence_cards_and_table_say_the_same_numbers(week: WeeklyList, lang: Lang) -> None:
    """Every number of the sentence and of the cards is a cell of the table of people, whose rows add up."""
    found, table = morning.of_day(week, lang), morning.people(week, lang)
    totals = {column.id: cell.text for column, cell in zip(table.columns, table.rows[-1], strict=True)}
    assert {card.part: card.value for card in found.cards.cards} == {part: totals[part] for part in SHEET[1:]}
    cells = {cell.text for row in table.rows for cell in row} | {"7"}
    cells |= {str(sum(row[part] for part in ("today", "late"))) for row in week.people.iter_rows(named=True)}
    assert set(re.findall(r"\d+", found.sentence)) <= cells
    for at in range(1, len(table.columns)):
        figures = [int(row[at].text or 0) for row in table.rows]
        assert figures[-1] == sum(figures[:-1])


def test_a_sheet_goes_in_the_order_of_the_morning(week: WeeklyList) -> None:
    """What ends by itself, today, late, the days ahead, to decide; every line once; nothing further ahead."""
    sheets = morning.sheets(week).sheets
    assert [sheet.owner for sheet in sheets] == [row[0].text for row in morning.people(week).rows[:-1]]
    for sheet in sheets:
        parts = [part.part for part in sheet.parts]
        assert parts == [part for part in SHEET if part in parts]
    assert (
        sum(part.n for sheet in sheets for part in sheet.parts) == week.people.select(SHEET).sum().sum_horizontal()[0]
    )


def test_a_line_says_what_for_whom_by_when() -> None:
    """A due on a day off says the last business day and the due; the reason with its facts is behind a disclosure."""
    week = sample().on("2026-11-13").week()
    made = morning.sheets(week, clients=sample().tables.clients)
    lines = [line for sheet in made.sheets for part in sheet.parts for line in part.lines]
    (line,) = [line for line in lines if line.case == "A-105" and "11/14(土)" in line.by]
    assert line.by.startswith("本日")
    assert "<details>" in line.html and "Z-" in line.why
    assert line.client == "汐待精機株式会社"


def test_many_people_share_a_page_and_nothing_is_dropped_silently(week: WeeklyList) -> None:
    """With a hundred owners of thirty late actions each the page stays small and says how many more there are."""
    action = week.part("late").head(1)
    many = [action.with_columns(owner=pl.lit(f"担当 {n:03}"), entry=pl.lit(k)) for n in range(100) for k in range(30)]
    actions = pl.concat([one.with_columns(pl.col("entry").cast(action.schema["entry"])) for one in many])
    people = actions["owner"].unique(maintain_order=True).to_list()
    told = {"day": week.day, "horizon": 7}
    html = day_sheets(actions, week.decide.head(0), people, week.playbooks, **told).html
    assert len(html.encode()) < 200_000
    assert "<details>" not in html, "with so many people the reasons stand on each one's own page"
    assert html.count("ほか24件は Excel の一覧にあります。") == 100
    own = day_sheets(actions, week.decide.head(0), people[:1], week.playbooks, **told).sheets[0]
    assert own.lines == ROOM and own.parts[0].n == 30


def test_of_very_many_people_those_have_a_sheet_who_are_asked_now(week: WeeklyList) -> None:
    """Past sixty people who has nothing but days ahead has no sheet and no link to one; the page counts them."""
    action = week.actions.head(1)
    owners = [f"担当 {n:03}" for n in range(MANY + 10)]
    actions = pl.concat(
        action.with_columns(owner=pl.lit(owner), part=pl.lit("late" if n < 50 else "soon"))
        for n, owner in enumerate(owners)
    )
    empty = week.decide.head(0)
    made = day_sheets(actions, empty, owners, week.playbooks, "en", day=week.day, horizon=7)
    assert [sheet.owner for sheet in made.sheets] == owners[:50]
    assert "20 more people have nothing but what is due within 7 days" in made.html
    table = morning.people(replace(week, actions=actions, decide=empty), "en")
    assert {row[0].text for row in table.rows if row[0].href} == set(owners[:50])
    few = day_sheets(actions, empty, owners[45:55], week.playbooks, "en", day=week.day, horizon=7)
    assert len(few.sheets) == 10 and not few.note


@given(st.lists(st.integers(0, 60), min_size=1, max_size=5), st.integers(6, 40))
def test_a_sheet_shows_the_first_parts_and_forgets_none(rows: list[int], room: int) -> None:
    """Lines fill the room, earlier parts first, and each part keeps at least three of its lines."""
    counted = {str(at): n for at, n in enumerate(rows)}
    shown = fitted(counted, room)
    assert all(min(n, 3) <= shown[part] <= n for part, n in counted.items())
    assert sum(shown.values()) <= max(room, 3 * len(rows))
    assert sum(shown.values()) >= min(sum(rows), room)


def test_what_is_promised_of_a_page_fits() -> None:
    """A hundred sheets of the fewest lines are not more than a page may hold with its heads."""
    assert ROOM * 15 <= ALL_LINES + ROOM


@pytest.mark.parametrize("lang", LANGS)
def test_a_quiet_morning_is_said(lang: Lang) -> None:
    """Before anything has happened there is no sheet, and the page says so in a sentence."""
    quiet = sample().on("2020-01-06").week()
    assert quiet.actions.is_empty()
    assert "0" not in morning.of_day(quiet, lang).sentence
    assert len(morning.sheets(quiet, lang)) == 0
    assert morning.sheets(quiet, lang).html


def test_a_week_in_which_much_was_closed_lists_the_first_and_counts_all(week: WeeklyList) -> None:
    """Of what is closed forty rows stand on the page, with how many there are; a few are all there, and nothing is said."""
    assert len(morning.resolved(week)) == week.resolved.height and not morning.resolved(week).caption
    one = week.resolved.head(1)
    much = replace(week, resolved=pl.concat([one] * 70))
    table = morning.resolved(much, "en")
    assert (len(table), table.caption) == (40, "The first 40 of 70")
