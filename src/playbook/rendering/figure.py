"""A chart as HTML: figure, caption, data table, and the figure itself.

Drawn as SVG (see ``drawn``) where it is one of ours, else as JSON that one script on the page draws.

The contract with whoever makes charts: a display of ``application/vnd.plotly.v1+json``, or of our own ``OURS``, whose
``layout.meta`` says ::

    {"title": "...", "caption": "...", "alt": "...", "table": {"columns": ["..."], "rows": [["..."], ...]}}

``title`` and ``caption`` stand under the chart, ``alt`` is its one-sentence finding for those who cannot
see it, and ``table`` holds its numbers, formatted. All are text in the page's language and are escaped
here. A figure without ``meta`` works too: its title is taken from the layout, its table from the traces.

Colours, fonts and grid come from the page, so that a chart follows light, dark and print; a figure leaves
``layout.template``, ``layout.width`` and the fonts alone. Plotly's default template (7 kB a figure) is
taken out.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from markupsafe import Markup, escape

from playbook.rendering.drawn import drawable, drawn_figure
from playbook.rendering.lab import styled
from playbook.words.catalogue import msg
from playbook.words.text import Lang

PLOTLY = "application/vnd.plotly.v1+json"
OURS = "application/vnd.playbook.figure+json"
"""A figure of ours: a page draws it; a notebook, which does not know the name, takes the drawing beside it."""

_COLUMNS = ("labels", "parents", "x", "y", "z", "r", "theta", "values")
_TABLE = msg("How to read this chart, and its data")
_UNTITLED = msg("Chart")
_NOTHING = msg("Not enough cases to draw this.")
_SERIES = msg("Series")


@dataclass(frozen=True, slots=True)
class DataTable:
    """The numbers behind a chart, one row per mark."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def figure_html(figure: Mapping[str, Any], number: int, lang: Lang) -> Markup:
    """The ``<figure>`` of one chart; ``number`` tells it from the other charts of the page."""
    layout = dict(figure.get("layout", {}))
    meta = _meta(layout)
    title = str(meta.get("title") or _layout_title(layout) or _UNTITLED.say(lang))
    caption, alt = str(meta.get("caption", "")), str(meta.get("alt", ""))
    if meta and not figure.get("data"):
        return Markup('<p class="pb-caption">{}</p><p class="pb-empty">{}</p>').format(title, _NOTHING.say(lang))
    table = _told_table(meta) or traced_table(figure.get("data", ()), lang)
    return Markup(
        '<figure class="pb-figure" aria-labelledby="{id}-title"{described}>'
        '<figcaption><strong id="{id}-title">{title}</strong>{caption}</figcaption>'
        "{picture}{table}</figure>"
    ).format(
        id=f"chart-{number}",
        title=title,
        caption=Markup(' <span class="pb-told">{}</span>').format(caption) if caption else "",
        described=Markup(' aria-describedby="chart-{}-alt"').format(number) if alt else "",
        picture=_picture(figure, layout, number),
        table=_details(table, title, alt, number, lang),
    )


def in_notebook(figure: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """A figure as a notebook displays it: drawn, in the notebook's own light or dark; else for plotly."""
    if needs_script(figure):
        return {PLOTLY: figure}
    number = zlib.crc32(str(_meta(figure["layout"]).get("title")).encode())  # tells its parts from those of other cells
    return {OURS: figure, "text/html": styled(str(figure_html(figure, number, lang)))}


def needs_script(figure: Mapping[str, Any]) -> bool:
    """Whether plotly's script has to draw a figure: one of ours, that says what it shows, is drawn at export."""
    return not (_meta(figure.get("layout", {})) and drawable(figure))


def _picture(figure: Mapping[str, Any], layout: Mapping[str, Any], number: int) -> Markup:
    """The figure itself: drawn, or as JSON for the script."""
    if not needs_script(figure):
        return Markup(
            '<div class="pb-drawn" id="chart-{n}" role="img" aria-labelledby="chart-{n}-title">{}</div>'
        ).format(drawn_figure(figure), n=number)
    told = {"data": _written_once(figure.get("data", ())), "layout": _plain_layout(layout)}
    return Markup(
        '<div class="pb-plot" id="{id}" data-height="{height}"></div>'
        '<script type="application/json" data-for="{id}">{json}</script>'
    ).format(id=f"chart-{number}", height=_height(layout), json=Markup(script_json(told)))


def _written_once(traces: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The traces, what several say alike written once; page.js puts it back.

    An `x` that is that of an earlier trace is the number of that trace; of what a trace has in common with an
    earlier one it says only `like`, the number of that one.
    """
    known: dict[str, int] = {}
    told: list[dict[str, str]] = []
    written: list[Mapping[str, Any]] = []
    for number, trace in enumerate(traces):
        own = {key: script_json(value) for key, value in trace.items()}
        first = known.setdefault(own["x"], number) if len(own.get("x", "")) > 12 else number
        rest = own if first == number else {**own, "x": str(first)}
        like, saved = _most_alike(rest, told)
        kept = {key: trace[key] for key in trace if key not in saved}
        told.append(own)
        written.append(kept | ({"x": first} if first != number else {}) | ({"like": like} if saved else {}))
    return written


def _most_alike(trace: Mapping[str, str], earlier: Sequence[Mapping[str, str]]) -> tuple[int, frozenset[str]]:
    """The earlier trace that spares most letters, and the keys it spares; it may have no key that the trace has not."""
    best, most = (0, frozenset[str]()), 12
    for number, one in enumerate(earlier):
        if one.keys() <= trace.keys():
            alike = frozenset(key for key, value in one.items() if trace[key] == value)
            letters = sum(len(key) + len(one[key]) + 4 for key in alike)
            if letters > most:
                best, most = (number, alike), letters
    return best


def _meta(layout: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = layout.get("meta")
    return meta if isinstance(meta, Mapping) else {}


def _layout_title(layout: Mapping[str, Any]) -> str:
    title = layout.get("title", "")
    return str(title.get("text", "") if isinstance(title, Mapping) else title)


def _height(layout: Mapping[str, Any]) -> int:
    height = layout.get("height")
    return int(height) if isinstance(height, int | float) else 360


def _plain_layout(layout: Mapping[str, Any]) -> dict[str, Any]:
    """The layout without what the page itself provides."""
    dropped = {"meta", "title", "width"}
    if "template" in layout and _is_default(layout["template"]):
        dropped.add("template")
    return {key: value for key, value in layout.items() if key not in dropped}


def _is_default(template: object) -> bool:
    """Whether a template is the one plotly puts into every figure (known by the colour it paints the plot)."""
    painted = template.get("layout", {}).get("plot_bgcolor") if isinstance(template, Mapping) else None
    return painted == "#E5ECF6" or template == {}


def script_json(value: object) -> str:
    """JSON that may stand inside a ``<script>``: no ``<``, no ``>``, no ``&``, and no NaN.

    >>> script_json({"a": "</script>", "b": float("nan")})
    '{"a":"\\\\u003c/script\\\\u003e","b":null}'
    """
    text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _finite(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_finite(inner) for inner in value]
        case _:
            return value


def _told_table(meta: Mapping[str, Any]) -> DataTable | None:
    table = meta.get("table")
    if not isinstance(table, Mapping):
        return None
    return DataTable(tuple(map(str, table["columns"])), tuple(tuple(row) for row in table["rows"]))


def traced_table(traces: Sequence[Mapping[str, Any]], lang: Lang) -> DataTable:
    """The numbers of a figure that brings no table of its own: one row per mark, the series first."""
    used = [name for name in _COLUMNS if any(_vector(trace.get(name)) for trace in traces)]
    rows = [row for place, trace in enumerate(traces, 1) for row in _trace_rows(trace, place, used)]
    return DataTable((_SERIES.say(lang), *used), tuple(rows))


def _trace_rows(trace: Mapping[str, Any], place: int, used: Sequence[str]) -> Iterator[tuple[object, ...]]:
    vectors = [_vector(trace.get(name)) for name in used]
    for values in zip_longest(*vectors, fillvalue=""):
        yield (trace.get("name") or str(place), *values)


def _vector(values: Any) -> list[Any]:
    """The values of a trace's attribute as a list; plotly packs arrays of numpy as base64."""
    if isinstance(values, Mapping) and "bdata" in values:
        import numpy  # plotly itself only packs where numpy is

        packed = numpy.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
        return list(packed.tolist())
    return list(values) if isinstance(values, list | tuple) else []


def _details(table: DataTable, title: str, alt: str, number: int, lang: Lang) -> Markup:
    """How to read a figure, and its numbers, to be unfolded."""
    read = Markup('<p class="pb-alt" id="chart-{}-alt">{}</p>').format(number, alt) if alt else Markup()
    inside = read + (_table_html(table, title) if table.rows else Markup())
    if not inside:
        return Markup()
    return Markup('<details class="pb-data"><summary>{}</summary>{}</details>').format(_TABLE.say(lang), inside)


def _table_html(table: DataTable, title: str) -> Markup:
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in table.columns)
    rows = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(_cell(value) for value in row)) for row in table.rows
    )
    return Markup(
        '<div class="pb-scroll"><table class="pb-data-table">'
        '<caption class="pb-hidden">{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(title, heads, rows)


def _cell(value: object) -> Markup:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Markup('<td class="num">{}</td>').format(_number(value))
    return Markup("<td>{}</td>").format(escape("" if value is None else value))


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
