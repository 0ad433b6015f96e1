"""Figures that agree: what a sentence or a card says is what a table of the same page says."""

from __future__ import annotations

import polars as pl
import pytest
from said import unsupported

import playbook as pb
from playbook.pages import findings, headlines, losses
from playbook.show import formats
from playbook.words.text import LANGS, Lang

AS_OF = "2026-11-20"


def test_a_figure_without_a_table_is_found() -> None:
    """The check itself finds a number that no table has, and knows days, ids and intervals from figures."""
    page = "<main><p><strong>P-005: 12件のうち98件、11/24(火)、95%区間</strong></p><table><td>12件</td></table>"
    assert unsupported(page) == ["98 in <p><strong>P-005: 12件のうち98件、11/24(火)、95%区間</strong></p>"]


def test_losses_by_outcome_add_up_to_the_funnel() -> None:
    """Of every stage the cases lost under each outcome are together those the funnel counts as lost."""
    funnel = pb.open().on(AS_OF).funnel()
    summed = funnel.losses.group_by("playbook", "stage").agg(pl.col("n").sum())
    both = funnel.stages.join(summed, on=["playbook", "stage"], how="left").with_columns(pl.col("n").fill_null(0))
    assert both["lost"].to_list() == both["n"].to_list()
    assert both["lost"].sum() > 200


@pytest.mark.parametrize("lang", LANGS)
def test_endings_have_the_names_of_their_playbook(lang: Lang) -> None:
    """Our own refusal is not a decline, nor a dismissal a rejection: heads are the playbook's outcomes."""
    ws = pb.open()
    funnel = ws.on(AS_OF).funnel()
    for book in ws.playbooks:
        heads = [column.head for column in losses.stages(funnel.stages, funnel.losses, book, lang).columns]
        ids = funnel.losses.filter(playbook=book.id)["outcome"].unique().to_list()
        assert {outcome.name.say(lang) for outcome in book.outcomes if outcome.id in ids} <= set(heads)


def test_the_headline_of_a_loss_is_of_one_playbook() -> None:
    """The stage that loses most is said with its own cases, lost and open: no sum over other playbooks."""
    funnel = pb.open().on(AS_OF).funnel()
    worst = funnel.stages.sort("lost", descending=True).row(0, named=True)
    said = findings.of_losses(funnel.stages, funnel.outcomes, pb.open().playbooks).sentence
    assert f"{worst['entered']}件のうち{worst['lost']}件" in said and f"進行中の{worst['open']}件" in said


def test_late_and_missed_are_told_apart() -> None:
    """The cards over the clocks have the names and the totals of the columns beneath."""
    ws = pb.open()
    kept = ws.on(AS_OF).clocks().filter(playbook="dispatch-sales")
    cards = {card.label: card.value for card in headlines.of_clocks(kept, ws.violations(AS_OF)).cards.cards}
    table = headlines.table_clocks(kept, next(book for book in ws.playbooks if book.id == "dispatch-sales"))
    total = {column.head: cell.text for column, cell in zip(table.columns, table.rows[-1], strict=True)}
    assert cards["遅れ"] == total["遅れ"] == formats.number(kept["late"].sum())
    assert cards["果たさず"] == total["果たさず"] == formats.number(kept["missed"].sum())
    assert cards["期限内の割合"] == total["率"]


def test_goals_of_people_who_left_do_not_slip() -> None:
    """The portfolio counts as slipping only goals of people who are there, or not known to have gone."""
    found = pb.open().on(AS_OF).portfolio()
    gone = found.placements.filter(pl.col("status").is_in(["left", "dismissed", "not_joined"]))["case_id"].to_list()
    assert gone and found.goals.filter(pl.col("case_id").is_in(gone)).is_empty()
