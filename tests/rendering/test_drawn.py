"""Figures drawn at export: every mark in its place, as wide as the page, nothing left to a script."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.rendering import axes
from playbook.rendering.drawn import drawable, drawn_figure
from playbook.rendering.figure import figure_html, needs_script

BARS = {
    "data": [
        {"type": "bar", "orientation": "h", "name": "電話", "x": [2, 0], "y": [0, 1], "text": ["2", ""]},
        {"type": "bar", "orientation": "h", "name": "<面談>", "x": [2, 4], "y": [0, 1], "text": ["2", "4"]},
    ],
    "layout": {
        "barmode": "stack",
        "height": 200,
        "xaxis": {"range": [0, 4]},
        "yaxis": {"range": [1.6, -0.6], "tickvals": [0, 1], "ticktext": ["青木", "A&amp;B<br>商事"]},
        "meta": {"title": "負荷"},
    },
}


def line(**more: Any) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines+markers", "name": "組", "x": [0, 1, 2], "y": [0.2, None, 0.8], **more}


def figure(*traces: Mapping[str, Any], **layout: Any) -> dict[str, Any]:
    return {"data": list(traces), "layout": {"height": 300, "meta": {"title": "図"}, **layout}}


def elements(html: str, tag: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(f"<div>{html}</div>").iter(tag))


def test_stacked_bars_stand_one_after_the_other() -> None:
    """A bar begins where the one before it on its lane ends; one of length nothing is not there."""
    rects = [rect for rect in elements(drawn_figure(BARS), "rect") if rect.get("height") != "11"]
    ends = [(float(rect.get("x", "")[:-1]), float(rect.get("width", "")[:-1])) for rect in rects]
    (first, one), (second, two), (third, four) = ends
    assert first + one == pytest.approx(second, abs=0.02)
    assert first == third and four == pytest.approx(one + two, abs=0.02)
    assert rects[0].get("y") == rects[1].get("y") != rects[2].get("y")


def test_text_of_a_figure_is_text() -> None:
    """A name with a tag in it is shown as it is, and what was escaped for plotly is not escaped twice."""
    written = [text.text for text in elements(drawn_figure(BARS), "text")]
    assert {"青木", "A&B", "商事"} <= set(written)
    assert "<面談>" in [key.find("svg").tail for key in elements(drawn_figure(BARS), "span")]  # type: ignore[union-attr]


def test_a_line_has_a_gap_where_there_is_no_value() -> None:
    """Two points with nothing between them are two runs and two marks."""
    made = drawn_figure(figure(line()))
    assert len(elements(made, "polyline")) == 2 and len(elements(made, "path")) == 2


def test_a_band_reaches_down_to_the_line_before_it() -> None:
    """What is filled to the next line is one shape with the corners of both."""
    edge = line(y=[0.1, 0.1, 0.2], mode="lines", line={"width": 0})
    (shape,) = elements(drawn_figure(figure(edge, line(y=[0.3, 0.4, 0.5], fill="tonexty", mode="lines"))), "polygon")
    assert len(shape.get("points", "").split()) == 6


def test_many_lines_are_small_plots_of_one_scale() -> None:
    """Each line of a figure that wants it stands alone under its name, all between the same ends."""
    lines = [line(name=name, y=[n, n, n]) for n, name in enumerate("ABC")]
    made = drawn_figure(figure(*lines, meta={"title": "図", "apart": True}))
    assert re.findall(r'pb-plot-title">(\w)<', made) == ["A", "B", "C"]
    fields = [field for field in elements(made, "svg") if field.get("class") == "pb-across"]
    assert len(fields) == 3
    assert len({tuple(text.text for text in field.iter("text")) for field in fields}) == 1


def test_days_are_written_with_their_year_where_it_changes() -> None:
    """An axis of days has round ones, and the year beneath the first of each."""
    told = {"type": "date", "tickformat": "%-m/%-d\n%Y年", "range": ["2025-11-15", "2026-03-10"]}
    ticks = axes.axis_of(told, [], 7).ticks
    assert [tick.lines for tick in ticks] == [("12/1", "2025年"), ("1/1", "2026年"), ("2/1",), ("3/1",)]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 9))
def test_round_numbers_lie_within_an_axis(low: float, wide: float, most: int) -> None:
    """Ticks are in order, between the ends, and not more than one beyond what was asked for."""
    axis = axes.axis_of({"range": [low, low + wide]}, [], most)
    at = [tick.at for tick in axis.ticks]
    assert at == sorted(at) and len(at) <= most + 1
    assert all(low - wide / 1e6 <= value <= low + wide * (1 + 1e-6) for value in at)


@pytest.mark.parametrize(
    "trace",
    [
        {"type": "sankey"},
        {"type": "heatmap", "x": [1], "y": [1], "z": [[1]]},
        line(marker={"symbol": "hexagon"}),
        line(x={"bdata": "AAA=", "dtype": "i2"}),
        {"type": "bar", "x": ["a"], "y": [1]},
    ],
)
def test_what_cannot_be_drawn_is_left_to_the_script(trace: dict[str, Any]) -> None:
    """A kind of trace that is not ours, packed numbers and standing bars are not half drawn."""
    other = figure(trace)
    assert not drawable(other) and needs_script(other)
    assert 'data-for="chart-1"' in figure_html(other, 1, "ja")


def test_a_figure_of_ours_needs_no_script() -> None:
    """A figure that says what it shows is drawn; a plain one of plotly's keeps its script."""
    assert "<script" not in figure_html(figure(line()), 1, "ja")
    assert needs_script({"data": [line()], "layout": {}})


def test_a_figure_without_marks_says_so() -> None:
    """Nothing to draw is a sentence under the title, not an empty frame."""
    assert "件数が足りない" in figure_html(figure(), 1, "ja") and "<figure" not in figure_html(figure(), 1, "ja")
