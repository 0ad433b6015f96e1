"""Figures that agree: what a sentence or a card says is what a table of the same page says."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from said import page_of
from the_sample import sample

from playbook.pages import findings, headlines, losses
from playbook.show import formats
from playbook.words.text import LANGS, Lang

AS_OF = "2026-11-20"


def test_a_figure_without_a_table_is_found() -> None:
    """The check itself finds a number that no table has, and knows days, ids and intervals from figures."""
    said = "P-005: 12件のうち98件、11/24(火)、95%区間"
    page = f"<main><p><strong>{said}</strong></p><table><td>12件</td></table></main>"
    assert page_of(page).unsupported() == [f"98 in {said}"]


PLANTED = (
    "<p>{}</p>", "<li>{}</li>", "<h2>{}</h2>", "<summary>{}</summary>", "<div>{}</div>", '<img alt="{}">',
    '<table><caption>{}</caption><tr><td>7</td></tr></table>', '<svg aria-label="{}"></svg>',
    "<figure><svg><rect><title>{}</title></rect></svg><figcaption><strong>{}</strong></figcaption></figure>",
)  # fmt: skip


@pytest.mark.parametrize("place", PLANTED)
def test_a_wrong_number_is_found_wherever_it_is_said(place: str) -> None:
    """In any sentence, title or text for those who hear; nor is a number of another unit, or with other digits, one."""
    cells = "<table><tbody><tr><td>42</td><td>43.0</td></tr></tbody></table>"
    wrong = [place.format(*[said] * 2) for said in ("合わせて43件です", "43 of them", "42%", "1,042")]
    assert all(page_of(f"<main>{said}{cells}</main>").unsupported() for said in wrong)
    assert page_of(f"<main>{place.format(*['合わせて42件です'] * 2)}{cells}</main>").unsupported() == []


def test_what_rows_count_and_the_files_beside_a_page_are_cells(tmp_path: Path) -> None:
    """Rows of a table, rows that say the same where the sentence names it, and a linked CSV as a page writes its figures."""
    folder = tmp_path / "page.files"
    folder.mkdir()
    (folder / "all.csv").write_text("name,rate\n甲,0.769230\n乙,0.25\n", encoding="utf-8")
    rows = "".join(f"<tr><td>{kind}</td></tr>" for kind in ("遅れ", "遅れ", "計画"))
    page = "<main><p>{}</p><a href='page.files/all.csv'>CSV</a><table><tbody>" + rows + "</tbody></table></main>"
    assert page_of(page.format("3行、遅れ 2、76.9%"), folder).unsupported() == []
    assert len(page_of(page.format("4行、計画 5、76.8%"), folder).unsupported()) == 3
    assert len(page_of(page.format("76.9%").replace("href", "title"), folder).unsupported()) == 1


def test_a_number_of_another_section_is_none_of_its_own() -> None:
    """A sentence has its figures from its own section, a picture from its own table; the headline from anywhere, and who
    names a row or a card may say what stands in it.
    """
    one = "<section><table><tr><td>応募</td><td>42</td></tr></table></section>"
    page = f"<main><p>42件</p><ul><li class='card'><b class='card-label'>遅れ</b> 7</li></ul>{one}<section>{{}}</section></main>"
    found = {
        said: page_of(page.format(said)).unsupported()
        for said in ("<p>42件</p>", "<p>応募は42件</p>", "<p>遅れは7件</p>", "<p>7件</p>")
    }
    assert [len(wrong) for wrong in found.values()] == [1, 0, 0, 1]
    picture = "<table><tr><td>9</td></tr></table><figure><p>{}件</p><table><tr><td>8</td></tr></table></figure>"
    assert [len(page_of(page.format(picture.format(n))).unsupported()) for n in (8, 9)] == [0, 1]


def test_losses_by_outcome_add_up_to_the_funnel() -> None:
    """Of every stage the cases lost under each outcome are together those the funnel counts as lost."""
    funnel = sample().on(AS_OF).funnel()
    summed = funnel.losses.group_by("playbook", "stage").agg(pl.col("n").sum())
    both = funnel.stages.join(summed, on=["playbook", "stage"], how="left").with_columns(pl.col("n").fill_null(0))
    assert both["lost"].to_list() == both["n"].to_list()
    assert both["lost"].sum() > 200


@pytest.mark.parametrize("lang", LANGS)
def test_endings_have_the_names_of_their_playbook(lang: Lang) -> None:
    """Our own refusal is not a decline, nor a dismissal a rejection: heads are the playbook's outcomes."""
    ws = sample()
    funnel = ws.on(AS_OF).funnel()
    for book in ws.playbooks:
        heads = [column.head for column in losses.stages(funnel.stages, funnel.losses, book, lang).columns]
        ids = funnel.losses.filter(playbook=book.id)["outcome"].unique().to_list()
        assert {outcome.name.say(lang) for outcome in book.outcomes if outcome.id in ids} <= set(heads)


def test_the_headline_of_a_loss_is_of_one_playbook() -> None:
    """The stage that loses most is said with its own cases, lost and open: no sum over other playbooks."""
    funnel = sample().on(AS_OF).funnel()
    worst = funnel.stages.sort("lost", descending=True).row(0, named=True)
    said = findings.of_losses(funnel.stages, funnel.outcomes, sample().playbooks).sentence
    assert f"{worst['entered']}件のうち{worst['lost']}件" in said and f"進行中の{worst['open']}件" in said


def test_late_and_missed_are_told_apart() -> None:
    """The cards over the clocks have the names and the totals of the columns beneath."""
    ws = sample()
    kept = ws.on(AS_OF).clocks().filter(playbook="dispatch-sales")
    cards = {card.label: card.value for card in headlines.of_clocks(kept, ws.violations(AS_OF)).cards.cards}
    table = headlines.table_clocks(kept, next(book for book in ws.playbooks if book.id == "dispatch-sales"))
    total = {column.head: cell.text for column, cell in zip(table.columns, table.rows[-1], strict=True)}
    assert cards["遅れ"] == total["遅れ"] == formats.number(kept["late"].sum())
    assert cards["果たさず"] == total["果たさず"] == formats.number(kept["missed"].sum())
    assert cards["期限内の割合"] == total["率"]


def test_goals_of_people_who_left_do_not_slip() -> None:
    """The portfolio counts as slipping only goals of people who are there, or not known to have gone."""
    found = sample().on(AS_OF).portfolio()
    gone = found.placements.filter(pl.col("status").is_in(["left", "dismissed", "not_joined"]))["case_id"].to_list()
    assert gone and found.goals.filter(pl.col("case_id").is_in(gone)).is_empty()


def test_the_funnel_beside_the_page_holds_the_whole_and_every_group() -> None:
    """The CSV has the rows of all cases, grouped by nothing, then those of each group."""
    day = sample().on(AS_OF)
    whole, by_client = day.funnel().stages, day.funnel(by="client_id").stages
    written = pl.read_csv(findings.every_funnel(whole, {"client_id": by_client}).encode(), infer_schema_length=None)
    assert written.filter(pl.col("by").is_null())["lost"].to_list() == whole["lost"].to_list()
    assert written.filter(by="client_id").height == by_client.height
