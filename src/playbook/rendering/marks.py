"""Marks of a drawn figure as SVG: bars, lines, points, bands, errors.

Across, a place is a share of the field's width, so that a field is as wide as its page and a letter in it stays as
large as the text around it; down, it is in pixels.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from playbook.rendering.axes import Axis, axis_number
from playbook.words.text import rounded

WIDE, NARROW = 620, 150
"""The pixels a field has at least on a desk or on paper, and about on a phone: what does not fit there is left out."""

_EDGE = 0.015
_ACROSS = 1000
_DASHES = {"dash": "7 5", "dot": "2 4", "dashdot": "8 4 2 4", "longdash": "12 5", "longdashdot": "12 4 2 4"}
_SHAPES = {
    "circle": "M-{r},0a{r},{r} 0 1,0 {d},0a{r},{r} 0 1,0 -{d},0z",
    "square": "M-{r},-{r}h{d}v{d}h-{d}z",
    "diamond": "M0,-{e}L{e},0L0,{e}L-{e},0z",
    "star-diamond": "M0,-{e}L{h},-{h}L{e},0L{h},{h}L0,{e}L-{h},{h}L-{e},0L-{h},-{h}z",
    "triangle-up": "M0,-{e}L{e},{r}L-{e},{r}z",
    "x": "M-{r},-{r}L{r},{r}M{r},-{r}L-{r},{r}",
    "star": "M0,-{e}L{h},-{h}L{e},-{h}L{h},{q}L{r},{e}L0,{h}L-{r},{e}L-{h},{q}L-{e},-{h}L-{h},-{h}z",
    "line-ns": "M0,-{r}V{r}",
}
SYMBOLS = frozenset(_SHAPES)
"""The symbols that can be drawn, each open (an outline) too."""


@dataclass(frozen=True, slots=True)
class PlotArea:
    """The room of a plot between its axes, so many pixels high, and at least so many wide on a desk and on paper."""

    across: Axis
    up: Axis
    high: float
    wide: float = WIDE

    def x(self, value: float) -> float:
        """The share of the width at which a value stands; a little room is left at both ends."""
        return _EDGE + (1 - 2 * _EDGE) * self.across.place(value)

    def y(self, value: float) -> float:
        """The pixels from the top at which a value stands."""
        return self.high * (1 - self.up.place(value))


def svg_percent(share: float) -> str:
    """A share as SVG writes it.

    >>> svg_percent(0.51234)
    '51.23%'
    """
    return f"{round(100 * share, 2):g}%"


def width_of(text: str, size: float = 12) -> float:
    """About how many pixels a text takes."""
    return sum(size if letter > "\u2e7f" else 0.58 * size for letter in text)


def text_of(marked: object) -> str:
    """Text that was escaped for plotly, as it was written; its line breaks as spaces."""
    return html.unescape(re.sub(r"<br>", " ", re.sub(r"</?span[^>]*>", "", str(marked))))


def lines_of(field: PlotArea, trace: Mapping[str, Any], below: Mapping[str, Any] | None) -> Iterator[Markup]:
    """The line of a trace; where it is filled, the band down to the trace before it."""
    runs = list(_runs(field, trace))
    line = trace.get("line", {})
    if trace.get("fill") == "tonexty" and below is not None:
        floor = [point for run in _runs(field, below) for point in run]
        points = [point for run in runs for point in run] + floor[::-1]
        color, opacity = _seen_through(str(trace.get("fillcolor", "")))
        yield Markup('<polygon points="{}" fill="{}" fill-opacity="{}" stroke="none"/>').format(
            _joined(points), color, opacity
        )
    if line.get("width", 2):
        dash = _DASHES.get(line.get("dash", ""), "")
        for run in runs:
            yield Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="{}"{}/>').format(
                _joined(run),
                line.get("color", "currentColor"),
                line.get("width", 2),
                Markup(' stroke-dasharray="{}"').format(dash) if dash else "",
            )


def stretched(field: PlotArea, drawn: Sequence[Markup]) -> Markup:
    """Lines and bands over the whole width, however wide it is: their strokes stay as thick as they are."""
    if not drawn:
        return Markup()
    return Markup(
        '<svg class="pb-lines" width="100%" height="{high}" viewBox="0 0 {across} {high}" preserveAspectRatio="none">'
        "{drawn}</svg>"
    ).format(high=round(field.high), across=_ACROSS, drawn=Markup().join(drawn))


def _runs(field: PlotArea, trace: Mapping[str, Any]) -> Iterator[list[tuple[float, float]]]:
    """The points of a line, apart wherever there is no value."""
    run: list[tuple[float, float]] = []
    level = trace.get("line", {}).get("shape") == "hv"
    for x, y in trace_places(field, trace):
        if x is None or y is None:
            if run:
                yield run
            run = []
            continue
        at = (_ACROSS * field.x(x), field.y(y))
        if level and run:
            run.append((at[0], run[-1][1]))
        run.append(at)
    if run:
        yield run


def trace_places(field: PlotArea, trace: Mapping[str, Any]) -> list[tuple[float | None, float | None]]:
    """The values of a trace as numbers on its axes."""
    xs = (axis_number(value, dated=field.across.dated) for value in trace.get("x", ()))
    ys = (axis_number(value, dated=field.up.dated) for value in trace.get("y", ()))
    return list(zip(xs, ys, strict=False))


def _joined(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{round(x, 1):g},{round(y, 1):g}" for x, y in points)


def _seen_through(color: str) -> tuple[str, str]:
    """A colour and how much of it is seen, of `rgba(1,2,3,0.2)`."""
    found = re.fullmatch(r"rgba\((\d+),\s*(\d+),\s*(\d+),\s*([\d.]+)\)", color)
    return (f"rgb({found[1]},{found[2]},{found[3]})", found[4]) if found else (color or "currentColor", "1")


def svg_points(field: PlotArea, trace: Mapping[str, Any]) -> Iterator[Markup]:
    """The points of a trace with their errors, and the texts it writes."""
    mode = str(trace.get("mode", "markers"))
    texts = _spread(trace.get("text"))
    marker = {"color": trace.get("line", {}).get("color", "currentColor")} | trace.get("marker", {})
    for place, (x, y) in enumerate(trace_places(field, trace)):
        if x is None or y is None:
            continue
        yield from _errors(field, trace, place, x, y)
        if "markers" in mode:
            yield symbol(marker, place, svg_percent(field.x(x)), f"{field.y(y):.1f}", _told(field, trace, place))
        if "text" in mode and texts(place):
            yield Markup('<text x="{}" y="{:.1f}" dy=".35em" text-anchor="middle">{}</text>').format(
                svg_percent(field.x(x)), field.y(y), text_of(texts(place))
            )


def symbol(marker: Mapping[str, Any], place: int, x: str, y: str, told: str = "") -> Markup:
    """One symbol; `told` is said when it is pointed at."""
    name, size = str(_spread(marker.get("symbol", "circle"))(place)), float(_spread(marker.get("size", 8))(place) or 8)
    color = _spread(marker.get("color", "currentColor"))(place)
    base = name.removesuffix("-open")
    bare = name != base or base in {"x", "line-ns"}
    r = size / 2
    sizes = {"r": r, "d": 2 * r, "e": 1.25 * r, "h": 0.4 * r, "q": 0.3 * r}
    path = re.sub(r"\{(\w)\}", lambda found: f"{sizes[found[1]]:g}", _SHAPES.get(base, _SHAPES["circle"]))
    look = Markup('fill="none" stroke="{}" stroke-width="{}"' if bare else 'fill="{}" class="pb-mark"').format(
        color, *([marker.get("line", {}).get("width", 2)] if bare else [])
    )
    said = Markup("<title>{}</title>").format(told) if told else ""
    return Markup('<svg x="{}" y="{}" overflow="visible"><path d="{}" {}>{}</path></svg>').format(
        x, y, path, look, said
    )


def _errors(field: PlotArea, trace: Mapping[str, Any], place: int, x: float, y: float) -> Iterator[Markup]:
    """How far a value reaches, to both sides."""
    color = trace.get("line", {}).get("color") or _spread(trace.get("marker", {}).get("color", ""))(place)
    for way in ("error_x", "error_y"):
        told = trace.get(way)
        if not told:
            continue
        plus = float(told["array"][place] or 0)
        minus = float(told.get("arrayminus", told["array"])[place] or 0)
        if not plus and not minus:
            continue
        ends = ((x - minus, y), (x + plus, y)) if way == "error_x" else ((x, y - minus), (x, y + plus))
        (x1, y1), (x2, y2) = ((svg_percent(field.x(a)), round(field.y(b), 1)) for a, b in ends)
        yield Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="{}"/>').format(
            x1, y1, x2, y2, told.get("color") or color or "currentColor", told.get("thickness", 2)
        )


def bars_of(field: PlotArea, trace: Mapping[str, Any], starts: Sequence[float | None]) -> Iterator[Markup]:
    """Lying bars: each from its start, so many units long; its text inside where there is room for it."""
    texts, color = _spread(trace.get("text")), _spread(trace.get("marker", {}).get("color", "currentColor"))
    thick = field.high / (abs(field.up.high - field.up.low) or 1) * float(trace.get("width") or 0.72)
    for place, (start, end, lane) in enumerate(bar_spans(field.across.dated, trace, starts)):
        if start == end:
            continue
        left, right, middle = field.x(start), field.x(end), field.y(lane)
        yield Markup(
            '<rect class="{}" x="{}" width="{}" y="{:.1f}" height="{:.1f}" fill="{c}" stroke="{c}">'
            "<title>{}</title></rect>"
        ).format(
            "pb-span" if trace.get("base") is not None else "pb-bar",
            svg_percent(left), svg_percent(max(right - left, 0.002)), middle - thick / 2, thick,
            _told(field, trace, place),
            c=color(place),
        )  # fmt: skip
        said = text_of(texts(place) or "")
        room = width_of(said, 11) + 8
        if said and thick >= 11 and room <= field.wide * (right - left):
            hidden = "" if room <= NARROW * (right - left) else Markup(' class="pb-wide"')
            yield Markup('<text x="{}" y="{:.1f}" dy=".35em" text-anchor="middle" font-size="11"{}>{}</text>').format(
                svg_percent((left + right) / 2), middle, hidden, said
            )


def bar_spans(
    dated: bool, trace: Mapping[str, Any], starts: Sequence[float | None]
) -> Iterator[tuple[float, float, float]]:
    """Start, end and lane of each bar; on an axis of days a bar's length is in milliseconds."""
    unit = 86_400_000.0 if dated else 1.0
    for start, length, lane in zip(starts, trace["x"], trace["y"], strict=True):
        first = start or 0.0
        yield first, first + float(length or 0) / unit, float(lane)


def _told(field: PlotArea, trace: Mapping[str, Any], place: int) -> str:
    """What is said of a mark that is pointed at: its text and what is told of it, else its name and its value."""
    text, more = _spread(trace.get("text"))(place), _spread(trace.get("customdata"))(place)
    name = text_of(trace.get("name") or ("" if text else more) or "")
    if trace.get("type") == "bar":
        value = more or text or rounded(float(trace["x"][place] or 0))
        return (
            f"{text_of(text)}: {text_of(more)}" if text and more and field.across.dated else f"{name}: {text_of(value)}"
        )
    if text:
        return f"{text_of(text)}: {text_of(more)}" if more else text_of(text)
    across, up = (
        _value(axis, axis_number(trace[at][place], dated=axis.dated))
        for axis, at in ((field.across, "x"), (field.up, "y"))
    )
    return ": ".join(part for part in ((up, across) if field.up.named else (name, up)) if part)


def _value(axis: Axis, value: float | None) -> str:
    """A value as its axis would write it: the name of a lane, a share, a number; days are said by their texts."""
    if value is None or axis.dated:
        return ""
    if axis.named:
        return next((" ".join(tick.lines) for tick in axis.ticks if tick.at == round(value)), "")
    shares = any(line.endswith("%") for tick in axis.ticks for line in tick.lines)
    return rounded(100 * value, 1) + "%" if shares else rounded(value)


def _spread(value: Any) -> Any:
    """A value of a trace for each of its marks: one of a list, or the same for all."""
    if isinstance(value, list | tuple):
        return lambda place: value[place] if place < len(value) else None
    return lambda _: value
