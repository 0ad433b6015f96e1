"""The pages on limits and on what will come: sentences a consultant understands, and no word of causes."""

from __future__ import annotations

import re

import polars as pl
import pytest
from the_sample import forecast, sample

from playbook.pages import forecast as what_comes
from playbook.pages import limits as page
from playbook.publishing.reports import notebook_folder
from playbook.rendering.notebook import find_notebook, read_notebook
from playbook.rules.nouns import Playbook, Rule
from playbook.show.charts import ahead, comparisons
from playbook.words.text import LANGS, Lang, Text

BOOK = Playbook("book", Text("本", "book"), rules=tuple(Rule(f"r{n}", Text(f"規則{n}", f"rule {n}"), (), (), (), "") for n in range(5)))  # fmt: skip


def _told(*rows: tuple[str, str | None, float, float, float]) -> pl.DataFrame:
    """Rows of `matters`, one a rule: verdict, reason, effect and its interval."""
    return pl.DataFrame(
        [
            ("book", f"r{n}", 40, 60, effect, low, high, 0.01 * n, verdict, reason, 700)
            for n, (verdict, reason, effect, low, high) in enumerate(rows)
        ],
        schema=["playbook", "rule_id", "late_n", "kept_n", "effect", "effect_low", "effect_high", "p_value", "verdict", "reason", "needs"],
        orient="row",
    )  # fmt: skip


TOLD = _told(
    ("matters", None, 0.2, 0.1, 0.3),
    ("matters", None, -0.2, -0.3, -0.1),
    ("small", None, 0.01, -0.05, 0.07),
    ("cannot_tell", "uncertain", 0.1, -0.1, 0.3),
    ("cannot_tell", "hopeless_late", 0.2, 0.1, 0.3),
)
CAUSES = re.compile(
    r"\b(caus|because|leads? to|due to being late|effect of)|せいで|原因|招い(?!たとは)|影響", re.IGNORECASE
)


@pytest.mark.parametrize("lang", LANGS)
def test_each_verdict_has_its_own_sentence_with_its_numbers(lang: Lang) -> None:
    """Matters by how much, small by no more than what, cannot tell and what would; five rules, five lines."""
    lines = page.verdicts_said(TOLD, [BOOK], lang).splitlines()
    assert len(lines) == 5 and len({line.partition(": ")[2] for line in lines}) == 5
    assert "10" in lines[0] and "30" in lines[0]
    assert "7" in lines[2]
    assert "700" in lines[3]


@pytest.mark.parametrize("lang", LANGS)
def test_no_sentence_speaks_of_causes(lang: Lang) -> None:
    """Not in the verdicts, not in the notebooks' own words."""
    assert not CAUSES.search(page.verdicts_said(TOLD, [BOOK], lang))
    for name in ("limits", "forecast"):
        notebook = read_notebook(find_notebook(name, notebook_folder(), lang))
        told = "\n".join(one["source"] for one in notebook["cells"] if one["cell_type"] == "markdown")
        assert told and not CAUSES.search(told)


@pytest.mark.parametrize("lang", LANGS)
def test_where_nothing_could_be_estimated_the_page_says_what_is_missing(lang: Lang) -> None:
    """Too few cases everywhere: one sentence, not an empty list."""
    nothing = TOLD.with_columns(pl.lit(None, pl.Float64).alias(one) for one in ("effect", "effect_low", "effect_high"))
    said = page.verdicts_said(nothing, [BOOK], lang)
    assert said and "\n" not in said


@pytest.mark.parametrize("lang", LANGS)
def test_the_forecast_of_the_sample_is_said_with_its_bands_and_its_record(lang: Lang) -> None:
    """Each playbook has a card for what is won and a sentence of how right it was; a figure has its numbers beside it."""
    ws = sample()
    mine = forecast()
    counts, reliability = mine.counts, mine.reliability
    finding = what_comes.of_forecast(counts, reliability, ws.playbooks, lang)
    assert "80" in finding.sentence and len(finding.cards.cards) == 5
    assert len(what_comes.record_said(reliability, ws.playbooks, lang).splitlines()) == 5
    book = ws.playbooks.named("joins-selection")
    chart = ahead.bands(counts, book, lang)
    assert len(chart.rows) == len(book.outcomes) and "80" in chart.caption
    held = ahead.record(mine.record, book, "contracted", lang)
    assert len(held.rows) == 12


def test_a_forecast_that_is_refused_is_not_shown_as_a_number() -> None:
    """The card says that there is none, and why; the sentence leaves it out."""
    ws = sample()
    book = ws.playbooks.named("joins-selection")
    rows = [("joins-selection", 30, one.id, None, None, None, None, None, 12) for one in book.outcomes]
    counts = pl.DataFrame(rows, schema=["playbook", "days", "outcome", "median", "low80", "high80", "low95", "high95", "open_cases"], orient="row")  # fmt: skip
    judged = pl.DataFrame({"playbook": [book.id], "days": [30], "made": [20], "inside80": [3], "factor": [9.0], "verdict": ["refused"]})  # fmt: skip
    finding = what_comes.of_forecast(counts, judged, [book], "en")
    assert "no forecast yet" in finding.sentence
    assert finding.cards.cards[0].value == "No forecast"
    assert "no forecast" in what_comes.record_said(judged, [book], "en")


COMPARED = pl.DataFrame(
    [
        ("book", "A", 20, 12, 0.6, 0.5, 0.58, 0.29, 0.71, 0.17, 0.83, "inside"),
        ("book", "B", 90, 20, 0.22, 0.5, 0.3, 0.4, 0.6, 0.34, 0.66, "below"),
        ("book", "C", 40, 38, 0.95, 0.5, 0.9, 0.35, 0.65, 0.26, 0.74, "above"),
        ("book", "D", 4, 4, 1.0, 0.5, 0.6, 0.0, 1.0, 0.0, 1.0, "too_few"),
        ("other", "A", 50, 20, 0.4, 0.5, 0.4, 0.36, 0.64, 0.28, 0.72, "inside"),
    ],
    schema=["playbook", "unit", "decided", "advanced", "rate", "usual", "pooled", "low95", "high95", "low998", "high998", "verdict"],
    orient="row",
)  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_a_funnel_plot_names_only_what_lies_beyond_its_limits(lang: Lang) -> None:
    """Points by number decided, each as far from the usual as its rate; too few have none, and nobody is ranked."""
    chart = comparisons.units(COMPARED, BOOK, "unit", lang, names={"A": "東京", "B": "<b>京都", "C": "大阪"})
    *limits, points = chart.json["data"]
    assert points["x"] == [20, 40, 90] and points["y"] == pytest.approx([10.0, 45.0, -28.0])
    assert points["text"] == ["", "大阪", "&lt;b&gt;京都"]
    ends = [[-33.0, -24.0, -16.0], [33.0, 24.0, 16.0], [-21.0, -15.0, -10.0], [21.0, 15.0, 10.0]]
    assert [line["y"] for line in limits] == [pytest.approx(one) for one in ends]
    assert "京都" in chart.caption and "大阪" in chart.caption and "東京" not in chart.caption
    assert [row[0] for row in chart.rows] == ["東京", "<b>京都", "大阪"]


def test_a_funnel_plot_of_nothing_says_so() -> None:
    """Where every group has too few, there is a sentence and no point."""
    chart = comparisons.units(COMPARED.filter(verdict="too_few"), BOOK, "unit", "en")
    assert chart.json["data"][-1].get("x", []) == [] and chart.caption == "There is nothing to show yet."
