"""Counts as a table with bars: the picture and its numbers in one."""

from __future__ import annotations

import polars as pl
import pytest

from playbook.show.charts.bars import shares
from playbook.show.view import Cell, Column, Table, with_bars, with_total
from playbook.words.text import LANGS, Lang

COUNTED = pl.DataFrame(
    {"reason": ["salary", "commute", None], "n": [8, 4, 2], "share": [0.4, 0.2, 0.1], "ci_low": [0.2, 0.1, 0.0],
     "ci_high": [0.6, 0.4, 0.3], "too_few": [False, False, True]}
)  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_each_value_has_a_bar_of_its_count_and_its_share(lang: Lang) -> None:
    """The longest bar is the commonest; a share of too few is not said; a reason nobody gave is said to be none."""
    made = shares(COUNTED, "reason", lang, title="t", names={"salary": "給与"})
    assert [row[1].bar for row in made.rows] == [(("advanced", 1.0),), (("advanced", 0.5),), (("advanced", 0.25),)]
    assert [row[2].text for row in made.rows] == ["8", "4", "2"]
    assert made.rows[0][0].text == "給与" and made.rows[2][0].text == {"ja": "記録なし", "en": "not recorded"}[lang]
    assert "%" not in made.rows[2][3].text and made.rows[0][3].text == "40.0%"
    assert made.caption.startswith("t: ") and "8" in made.caption


def test_many_values_are_cut_and_counted() -> None:
    """Of twenty values twelve are shown, and the caption says how many are not."""
    many = pl.concat([COUNTED.head(1).with_columns(reason=pl.lit(f"r{n}"), n=pl.lit(20 - n)) for n in range(20)])
    made = shares(many, "reason")
    assert len(made) == 12 and made.caption == "最も多いのはr0で、20件（ほか8項目）"


def test_of_a_tie_each_is_named_and_of_a_tie_of_many_none() -> None:
    """Two that are named equally often are said with the count of each; of four none is the commonest."""
    tied = [pl.concat([COUNTED.head(1).with_columns(reason=pl.lit(f"r{n}")) for n in range(many)]) for many in (2, 4)]
    assert [shares(one, "reason", "en", title="t").caption for one in tied] == ["t: most: r0 and r1, 8 each", "t"]


def test_bars_and_totals_are_in_the_table() -> None:
    """A bar is drawn in proportion and hidden from readers aloud; heads say its colours; the last row adds up."""
    plain = Table(
        "c", (Column("a", "A"), Column("n", "N", figures=True)), ((Cell("x"), Cell("3")), (Cell("y"), Cell("1")))
    )
    html = with_total(with_bars(plain, [(("won", 0.75),), (("lost", 0.25),)], {"n": "won"}), {"n": "4"}).html
    assert '<i class="k-won" style="width:75.0%"></i>' in html and 'aria-hidden="true"' in html
    assert '<i class="chip k-won"></i>N' in html
    assert "compact total" in html and html.rindex("合計") > html.rindex(">y<")
    assert with_total(Table("c", (Column("a", "A"),), ()), {}).rows == ()
