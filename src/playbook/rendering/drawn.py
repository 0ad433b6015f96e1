"""A figure drawn as it is published: SVG that needs no script, is as wide as its page, and prints as it is seen.

What can be drawn is what our own figures are made of: lying bars, lines, points, bands and errors on one or more plots
above each other. Any other figure is left to plotly's script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from playbook.rendering import axes, marks
from playbook.rendering.axes import Axis, Tick
from playbook.rendering.marks import NARROW, PlotArea, svg_percent, text_of, width_of

_LINE = 13
_TOP = 8
_SMALL, _BESIDE = 104, 96
"""The pixels a small plot is high, and those it is wide where three stand in half a sheet."""

_MARGINS = 100
"""What a figure's height has beside its plots: its axis, its title, its legend."""


@dataclass(frozen=True, slots=True)
class _Plot:
    """One pair of axes with all that stands on it."""

    across: Mapping[str, Any]
    up: Mapping[str, Any]
    traces: tuple[Mapping[str, Any], ...]
    shapes: tuple[Mapping[str, Any], ...]
    notes: tuple[Mapping[str, Any], ...]
    title: str
    high: float


def drawable(figure: Mapping[str, Any]) -> bool:
    """Whether every trace and every plot of a figure is of the kinds that can be drawn without a script."""
    layout = figure.get("layout", {})
    beside = any(
        list(told.get("domain", (0, 1))) != [0, 1] for name, told in layout.items() if re.fullmatch(r"xaxis\d*", name)
    )
    return not beside and all(_simple(trace, layout) for trace in figure.get("data", ()))


def _simple(trace: Mapping[str, Any], layout: Mapping[str, Any]) -> bool:
    if trace.get("type") == "bar":
        return trace.get("orientation") == "h" and layout.get("barmode") in {"stack", "overlay"}
    listed = all(isinstance(trace.get(name), list | tuple) for name in ("x", "y"))
    symbol = trace.get("marker", {}).get("symbol", "circle")
    symbols = symbol if isinstance(symbol, list | tuple) else [symbol]
    known = all(str(name).removesuffix("-open") in marks.SYMBOLS for name in symbols)
    return trace.get("type") == "scatter" and listed and known and trace.get("fill", "none") in {"none", "tonexty"}


def drawn_figure(figure: Mapping[str, Any]) -> Markup:
    """The plots of a figure with their axes, and its legend above them."""
    layout = figure.get("layout", {})
    traces = tuple(figure.get("data", ()))
    plots = [_set(plot, str(layout.get("barmode", ""))) for plot in _plots(traces, layout)]
    left = max((_room_beside(field.up) for _, field, _ in plots), default=0.0)
    if layout.get("meta", {}).get("apart") and len(plots) == 1:
        return _apart(*plots[0], left)
    return _legend(traces) + Markup().join(_plot(*each, left) for each in plots)


def _plots(traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> Iterator[_Plot]:
    """The plots of a layout from top to bottom, each with its share of the height."""
    height = float(layout.get("height", 360)) - _MARGINS
    names = [name.removeprefix("yaxis") for name in layout if re.fullmatch(r"yaxis\d*", name)] or [""]
    for name in sorted(names, key=lambda name: -_domain(layout, name)[1]):
        bottom, top = _domain(layout, name)
        x = f"x{str(layout.get(f'yaxis{name}', {}).get('anchor', f'x{name}')).removeprefix('x')}"
        yield _Plot(
            layout.get(f"xaxis{x[1:]}", {}),
            layout.get(f"yaxis{name}", {}),
            tuple(trace for trace in traces if trace.get("yaxis", "y") == f"y{name}"),
            tuple(shape for shape in layout.get("shapes", ()) if str(shape["xref"]).split()[0] == x),
            tuple(note for note in layout.get("annotations", ()) if str(note.get("xref")).split()[0] == x),
            " ".join(
                text_of(note["text"])
                for note in layout.get("annotations", ())
                if note.get("yref") == "paper" and abs(float(note["y"]) - top) < 0.01
            ),
            max(height * (top - bottom), 26.0),
        )


def _domain(layout: Mapping[str, Any], name: str) -> tuple[float, float]:
    bottom, top = layout.get(f"yaxis{name}", {}).get("domain", (0, 1))
    return float(bottom), float(top)


def _legend(traces: Iterable[Mapping[str, Any]]) -> Markup:
    """What each kind of mark is, where there is more than one kind."""
    shown = {str(trace.get("name", "")): trace for trace in reversed(list(traces)) if trace.get("showlegend", True)}
    named = [(name, trace) for name, trace in reversed(shown.items()) if name]
    if len(named) < 2:
        return Markup()
    keys = (
        Markup('<span><svg class="pb-key" width="22" height="12" aria-hidden="true">{}</svg>{}</span>').format(
            _key(trace), text_of(name)
        )
        for name, trace in named
    )
    return Markup('<p class="keys">{}</p>').format(Markup(" ").join(keys))


def _key(trace: Mapping[str, Any]) -> Markup:
    """A mark as its kind is drawn."""
    if trace.get("type") == "bar":
        color = trace.get("marker", {}).get("color", "currentColor")
        return Markup('<rect class="pb-bar" width="18" height="11" y=".5" rx="2" fill="{}"/>').format(color)
    mode, line, marker = str(trace.get("mode", "markers")), trace.get("line", {}), trace.get("marker", {})
    field = PlotArea(_flat(0, 1), _flat(0, 1), 12)
    made = list(marks.lines_of(field, {"x": [0, 1], "y": [0.5, 0.5], "line": line}, None))
    drawn_line = marks.stretched(field, made) if "lines" in mode else Markup()
    first = {"color": line.get("color", "currentColor")} | dict(marker) | {"size": min(_size(marker), 11)}
    return drawn_line + (marks.symbol(first, 0, "50%", "6") if "markers" in mode else Markup())


def _size(marker: Mapping[str, Any]) -> float:
    size = marker.get("size", 8)
    return float(size[0] if isinstance(size, list | tuple) else size)


def _flat(low: float, high: float) -> Axis:
    return Axis(low, high, (), "", dated=False, named=False, grid=False, written=False)


_Starts = list[list[float | None]]


def _set(plot: _Plot, barmode: str) -> tuple[_Plot, PlotArea, _Starts]:
    """A plot with its field, and where each of its bars begins."""
    starts = list(_starts(plot, barmode))
    across = axes.axis_of(plot.across, list(_reach(plot, starts, "x")), 7)
    up = axes.axis_of(plot.up, list(_reach(plot, starts, "y")), max(2, round(plot.high / 45)))
    return plot, PlotArea(across, up, plot.high), starts


def _room_beside(up: Axis) -> float:
    """The pixels that the longest name or number down the side takes."""
    widest = max((width_of(text_of(line)) for tick in up.ticks for line in tick.lines), default=0.0)
    return widest + 10 if up.written and widest else 0.0


def _plot(plot: _Plot, field: PlotArea, starts: _Starts, left: float) -> Markup:
    """A plot: names or numbers beside it, the field, what is written beneath."""
    beneath, foot = _beneath(field)
    inside = Markup().join([*_behind(field, plot), *_marks(field, plot, starts), *_notes(field, plot), beneath])
    return Markup(
        '{title}<div class="pb-field">{axis}<svg class="pb-across" width="100%" height="{all}">'
        '<svg y="{top}" width="100%" height="{high}" overflow="visible">{inside}</svg></svg></div>'
    ).format(
        title=_titled(plot.title),
        axis=_side(field, left, _TOP, foot),
        all=round(field.high + foot + _TOP),
        top=_TOP,
        high=round(field.high),
        inside=inside,
    )


def _apart(plot: _Plot, field: PlotArea, starts: _Starts, left: float) -> Markup:
    """A small plot for each trace, or for those that belong together (a line over its band), on the same axes."""
    up = replace(field.up, ticks=field.up.ticks[:: 2 if len(field.up.ticks) > 4 else 1])
    small = replace(field, up=up, high=_SMALL, wide=_BESIDE)
    together: dict[Any, list[tuple[Mapping[str, Any], list[float | None]]]] = {}
    for number, pair in enumerate(zip(plot.traces, starts, strict=True)):
        together.setdefault(pair[0].get("legendgroup", number), []).append(pair)
    each = (_plot(_part(plot, pairs), small, [start for _, start in pairs], left) for pairs in together.values())
    return Markup('<div class="pb-apart">{}</div>').format(
        Markup().join(Markup("<div>{}</div>").format(one) for one in each)
    )


def _part(plot: _Plot, pairs: Sequence[tuple[Mapping[str, Any], object]]) -> _Plot:
    """The plot with these of its traces alone, under their name."""
    name = next((trace["name"] for trace, _ in pairs if trace.get("name")), "")
    return replace(plot, traces=tuple(trace for trace, _ in pairs), title=text_of(name))


def _titled(title: str) -> Markup:
    return Markup('<p class="pb-plot-title">{}</p>').format(title) if title else Markup()


def _starts(plot: _Plot, barmode: str) -> Iterator[list[float | None]]:
    """Where each bar of each trace begins: at its base, or where the bars before it on its lane end."""
    ends: dict[float, float] = {}
    dated = axes.is_dated(plot.across)
    for trace in plot.traces:
        if trace.get("type") != "bar":
            yield []
        elif trace.get("base") is not None:
            yield [axes.axis_number(base, dated=dated) for base in trace["base"]]
        else:
            yield [ends.get(float(lane), 0.0) for lane in trace["y"]]
            for lane, length in zip(trace["y"], trace["x"], strict=True):
                if barmode == "stack":
                    ends[float(lane)] = ends.get(float(lane), 0.0) + float(length or 0)


def _reach(plot: _Plot, starts: Sequence[Sequence[float | None]], at: str) -> Iterator[float]:
    """All values that an axis has to hold: of points, of their errors, of both ends of bars."""
    told = plot.across if at == "x" else plot.up
    dated = axes.is_dated(told)
    for trace, first in zip(plot.traces, starts, strict=True):
        if trace.get("type") == "bar" and at == "x":
            for start, end, _ in marks.bar_spans(dated, trace, first):
                yield from (start, end)
            continue
        values = [axes.axis_number(value, dated=dated) for value in trace.get(at, ())]
        error = trace.get(f"error_{at}") or {}
        for place, value in enumerate(values):
            if value is not None:
                yield value
                if error:
                    yield value + float(error["array"][place] or 0)
                    yield value - float(error.get("arrayminus", error["array"])[place] or 0)
    if at == "x" and dated:
        yield from (
            axes.axis_number(shape["x0"], dated=True) or 0.0 for shape in plot.shapes if shape["type"] == "line"
        )


def _behind(field: PlotArea, plot: _Plot) -> Iterator[Markup]:
    """The grid, the shades and lines of the layout."""
    if field.up.grid:
        for tick in field.up.ticks:
            y = f"{field.y(tick.at):.1f}"
            yield Markup('<line class="pb-grid" x1="0" x2="100%" y1="{y}" y2="{y}"/>').format(y=y)
    if field.across.grid:
        for tick in field.across.ticks:
            x = svg_percent(field.x(tick.at))
            yield Markup('<line class="pb-grid" x1="{x}" x2="{x}" y1="0" y2="{high}"/>').format(x=x, high=field.high)
    for shape in plot.shapes:
        yield _shape(field, shape)


def _shape(field: PlotArea, shape: Mapping[str, Any]) -> Markup:
    (x0, x1), (y0, y1) = _across(field, shape), _down(field, shape)
    line = shape.get("line", {})
    if shape["type"] == "rect":
        return Markup('<rect x="{}" width="{}" y="{:.1f}" height="{:.1f}" fill="{}" fill-opacity="{}"/>').format(
            svg_percent(x0), svg_percent(max(x1 - x0, 0)), min(y0, y1), abs(y1 - y0), shape.get("fillcolor", "none"),
            shape.get("opacity", 1),
        )  # fmt: skip
    dash = Markup(' stroke-dasharray="6 4"') if line.get("dash", "solid") != "solid" else Markup()
    return Markup('<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}" stroke="{}" stroke-width="{}"{}/>').format(
        svg_percent(x0), svg_percent(x1), y0, y1, line.get("color", "currentColor"), line.get("width", 2), dash
    )


def _across(field: PlotArea, shape: Mapping[str, Any]) -> tuple[float, float]:
    """Both ends of a shape as shares of the width, kept within the field."""
    if str(shape["xref"]).endswith("domain"):
        return float(shape["x0"]), float(shape["x1"])
    ends = (axes.axis_number(shape[end], dated=field.across.dated) or 0.0 for end in ("x0", "x1"))
    first, last = (min(max(field.x(end), 0.0), 1.0) for end in ends)
    return first, last


def _down(field: PlotArea, shape: Mapping[str, Any]) -> tuple[float, float]:
    if str(shape["yref"]).endswith("domain"):
        return field.high * (1 - float(shape["y0"])), field.high * (1 - float(shape["y1"]))
    return field.y(float(shape["y0"])), field.y(float(shape["y1"]))


def _marks(field: PlotArea, plot: _Plot, starts: Sequence[Sequence[float | None]]) -> Iterator[Markup]:
    """Bars, then lines, then points: no line hides a point."""
    for trace, first in zip(plot.traces, starts, strict=True):
        if trace.get("type") == "bar":
            yield from marks.bars_of(field, trace, first)
    lines = [
        mark
        for before, trace in zip([None, *plot.traces], plot.traces, strict=False)
        if "lines" in str(trace.get("mode", ""))
        for mark in marks.lines_of(field, trace, before)
    ]
    yield marks.stretched(field, lines)
    for trace in plot.traces:
        if trace.get("type") == "scatter":
            yield from marks.svg_points(field, trace)


def _notes(field: PlotArea, plot: _Plot) -> Iterator[Markup]:
    """Texts of the layout that stand at a value."""
    for note in plot.notes:
        if note.get("yref") != "paper":
            y = field.y(float(note["y"])) - 5
            yield Markup('<text x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
                svg_percent(float(note["x"])), y, text_of(note["text"])
            )


def _side(field: PlotArea, left: float, top: float, foot: float) -> Markup:
    """What is written down the side: the names of lanes or the numbers, each beside its place."""
    if not left:
        return Markup()
    written = (
        Markup('<text x="{}" y="{:.1f}" dy=".35em" text-anchor="end">{}</text>').format(
            round(left - 8), top + field.y(tick.at) + _LINE * (line - (len(tick.lines) - 1) / 2), text_of(said)
        )
        for tick in field.up.ticks
        for line, said in enumerate(tick.lines)
    )
    return Markup('<svg class="pb-side" width="{}" height="{}">{}</svg>').format(
        round(left), round(field.high + foot + top), Markup().join(written)
    )


def _beneath(field: PlotArea) -> tuple[Markup, float]:
    """What is written beneath a field, and how many pixels it takes; on a phone only every so many of the ticks."""
    axis = field.across
    if not axis.written:
        return Markup(), 4.0
    rows = max((len(tick.lines) for tick in axis.ticks), default=0)
    made = [_tick(field, tick, place) for place, tick in enumerate(axis.ticks)]
    foot = 8.0 + _LINE * rows
    if axis.title:
        foot += _LINE + 4
        made.append(
            Markup('<text x="50%" y="{:.1f}" text-anchor="middle">{}</text>').format(field.high + foot - 4, axis.title)
        )
    return Markup().join(made), foot + 4


def _tick(field: PlotArea, tick: Tick, place: int) -> Markup:
    every, narrow = (_every(field.across.ticks, room) for room in (field.wide, NARROW))
    if place % every:
        return Markup()
    hidden = Markup(' class="pb-wide"') if place % max(narrow, every) else Markup()
    lines = (
        Markup('<text x="{}" y="{:.1f}" text-anchor="middle"{}>{}</text>').format(
            svg_percent(field.x(tick.at)), field.high + 14 + _LINE * line, hidden, text_of(said)
        )
        for line, said in enumerate(tick.lines)
    )
    return Markup().join(lines)


def _every(ticks: Sequence[Tick], room: float) -> int:
    """Every how many ticks one can be written, so that none touches the next."""
    widest = max((width_of(line) for tick in ticks for line in tick.lines), default=0) + 8
    return max(1, -(-round(widest * len(ticks)) // round(room)))
