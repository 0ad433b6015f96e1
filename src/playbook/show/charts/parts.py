"""The parts that figures are made of.

Colours keep a contrast of 3 to 1 on white and on a dark page and differ for the colour-blind, who also get
dashes, symbols and hatching. Fonts, grid and paper are left to the page, which knows light, dark and print.
Text from data is escaped: plotly reads tags in text.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from playbook.show import labels
from playbook.show.charts.sentences import ChartRows, period_said
from playbook.words.text import Lang

if TYPE_CHECKING:
    import plotly.graph_objects as go  # type: ignore[import-untyped]

BLUE, VERMILION, GREEN, PINK, OCHRE, GREY = "#2E7EBB", "#D55E00", "#009E73", "#CC79A7", "#9A7B1F", "#777777"
PALETTE = (BLUE, VERMILION, GREEN, PINK, OCHRE, GREY)
KINDS: Mapping[str, str] = {
    "advanced": BLUE, "won": GREEN, "open": GREY, "lost": VERMILION, "rejected": VERMILION, "declined": PINK,
    "lapsed": OCHRE, "unknown": GREY, "plan": BLUE, "milestone": GREEN, "due": GREY, "late": VERMILION, "done": GREEN,
    "event": BLUE, "contact": OCHRE, "company": OCHRE, "hire": PINK, "holiday": GREY,
}  # fmt: skip
"""The colour of a kind, the same in every figure."""


DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
_KIND_SYMBOLS = {"due": "diamond-open", "late": "x", "done": "circle", "milestone": "star", "contact": "square",
                 "plan": "star-diamond", "company": "square", "hire": "triangle-up", "event": "circle"}  # fmt: skip


def funnel_bars(rows: ChartRows, places: Sequence[int], lang: Lang) -> list[dict[str, Any]]:
    """The three parts of a funnel's bars; what is open is hatched, because it is not decided."""
    parts = (("advanced", BLUE, ""), ("open", GREY, "/"), ("lost", VERMILION, ""))
    return [
        {
            "orientation": "h",
            "x": [row[part] for row in rows],
            "y": list(places),
            "name": labels.column(part, lang),
            "text": [str(row[part] or "") for row in rows],
            "marker": {"color": color} | ({"pattern": hatched(hatch)} if hatch else {}),
            "textposition": "inside",
            "insidetextanchor": "middle",
            "textangle": 0,
            "hovertemplate": "%{x}",
            "legendgroup": part,
            "showlegend": True,
        }
        for part, color, hatch in parts
    ]


def band(
    curve: pl.DataFrame,
    value: str,
    name: str,
    number: int,
    color: str = "",
    *,
    legend: bool = True,
    most: int = 240,
) -> list[dict[str, Any]]:
    """A step curve over its band: the lower edge, the upper edge filled down to it, the line."""
    color = color or PALETTE[number % len(PALETTE)]
    curve = _thinned(curve, value, most)
    shape = {"shape": "hv", "width": 0}
    start = pl.int_range(pl.len()) == 0  # where nothing has happened yet, the band is the line
    bounded = curve.with_columns(pl.when(start).then(pl.col(edge).fill_null(pl.col(value))).otherwise(edge).alias(edge)
                                 for edge in ("low", "high"))  # fmt: skip
    known = bounded.drop_nulls(["low", "high"])
    edge = {"x": known["time_days"].to_list(), "mode": "lines", "line": shape, "hoverinfo": "skip",
            "showlegend": False, "legendgroup": name}  # fmt: skip
    line = {"shape": "hv", "width": 2.5, "color": color, "dash": _dash(number)}
    return [
        {**edge, "y": known["low"].to_list()},
        {**edge, "y": known["high"].to_list(), "fill": "tonexty", "fillcolor": faded(color, 0.18)},
        {"x": curve["time_days"].to_list(), "y": curve[value].to_list(), "mode": "lines", "line": line,
         "name": name, "legendgroup": name, "showlegend": legend},
    ]  # fmt: skip


def _dash(number: int) -> str:
    """Colour and dash together tell apart more lines than there are colours."""
    return DASHES[(number + number // len(PALETTE)) % len(DASHES)]


def beside(number: int, of: int) -> float:
    """How far the line of one of several groups stands beside the middle of a period, so that none hides another."""
    return round((number - (of - 1) / 2) * min(0.1, 0.6 / max(of, 1)), 3)


def interval_line(one: pl.DataFrame, name: str, number: int, places: Sequence[float]) -> dict[str, Any]:
    """Points by period, joined, each with its interval; a period without a value is a gap."""
    up = (one["high"] - one["value"]).to_list()
    down = (one["value"] - one["low"]).to_list()
    color = PALETTE[number % len(PALETTE)]
    return {
        "x": list(places), "y": one["value"].to_list(), "name": name,
        "mode": "lines+markers", "line": {"color": color, "dash": _dash(number), "width": 2},
        "marker": {"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 8},
        "error_y": {"type": "data", "symmetric": False, "array": _zeroed(up), "arrayminus": _zeroed(down),
                    "thickness": 1.5, "width": 4},
        "connectgaps": False, "cliponaxis": False, "hovertemplate": f"%{{y}}<extra>{name}</extra>",
    }  # fmt: skip


def marks_by_kind(marks: pl.DataFrame) -> Iterable[tuple[tuple[str, bool], ChartRows]]:
    """The marks by kind, spans apart from points."""
    spans = marks.with_columns(span=pl.col("end").is_not_null())
    parts = spans.partition_by("kind", "span", maintain_order=True, as_dict=True)
    return [((str(kind), bool(span)), rows.to_dicts()) for (kind, span), rows in parts.items()]


def spans_of(rows: ChartRows, lanes: Sequence[str], kind: str, lang: Lang) -> go.Bar:
    """Marks that last, as bars on a time axis."""
    from plotly.graph_objects import Bar

    ends = [day_after(row["end"]) for row in rows]
    return Bar(
        orientation="h", base=[on_axis(row["start"]) for row in rows],
        x=[(end - row["start"]) / timedelta(milliseconds=1) for end, row in zip(ends, rows, strict=True)],
        y=[lanes.index(row["lane"]) for row in rows], width=0.45,
        text=[as_it_stands(row["label"]) if not row["lane"].startswith(row["label"]) else "" for row in rows],
        textposition="inside", insidetextanchor="start",
        marker={"color": KINDS.get(kind, GREY), "line": {"color": "white", "width": 1}},
        name=as_it_stands(labels.value("kind", kind, lang)),
        customdata=[f"{period_said(row['start'], lang)} – {period_said(row['end'], lang)}" for row in rows],
        hovertemplate="%{text}<br>%{customdata}",
    )  # fmt: skip


def points_of(rows: ChartRows, lanes: Sequence[str], kind: str, lang: Lang) -> go.Scatter:
    """Marks of one moment, as points; the symbol tells the kind as well as the colour."""
    from plotly.graph_objects import Scatter

    return Scatter(
        x=[on_axis(row["start"]) for row in rows], y=[lanes.index(row["lane"]) for row in rows],
        text=[as_it_stands(row["label"]) for row in rows], mode="markers",
        name=as_it_stands(labels.value("kind", kind, lang)),
        marker={"symbol": _KIND_SYMBOLS.get(kind, "circle"), "size": 12, "color": KINDS.get(kind, GREY)},
        customdata=[period_said(row["start"], lang) for row in rows], hovertemplate="%{text}<br>%{customdata}",
    )  # fmt: skip


def new_figure(**layout: Any) -> go.Figure:
    """An empty figure whose labels always have room."""
    from plotly.graph_objects import Figure

    return dressed(Figure(), **layout)


def dressed(figure: go.Figure, **layout: Any) -> go.Figure:
    """A figure whose labels always have room; the template is taken out when it is written."""
    # A number too long for its bar is left out, not made too small to read; the table has it.
    figure.update_layout(uniformtext={"minsize": 10, "mode": "hide"}, **layout)
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    return figure


def name_lanes(
    figure: go.Figure, names: Sequence[str], title: str = "", row: int | None = None, col: int | None = None
) -> None:
    """Names down the side, the first on top; two lanes of one name stay two. Of a grid, beside a row or a column."""
    lanes = {"range": [len(names) - 0.4, -0.6], "showgrid": False, "zeroline": False}
    figure.update_yaxes(**lanes, row=row)
    written = {"tickvals": list(range(len(names))), "ticktext": list(names), "title_text": title}
    figure.update_yaxes(**written, row=row, col=col)


# ---- curves ----


def curves_by(data: pl.DataFrame, by: str, value: str) -> dict[Any, pl.DataFrame]:
    """The curves by group, to the digits one can see; columns may have the names of `statistics`."""
    known = {"days": "time_days", "ci_low": "low", "ci_high": "high"}
    renamed = data.rename({old: new for old, new in known.items() if old in data.columns})
    days = pl.col("time_days").cast(pl.Float64)
    seen = pl.when(days < 10).then(days.round(2)).otherwise(days.round(1))
    rounded = renamed.with_columns(seen.alias("time_days"), pl.col(value).round(3))
    bounded = rounded.with_columns(pl.col("low", "high").cast(pl.Float64).round(3))
    parts = bounded.partition_by(by, maintain_order=True, as_dict=True)
    return {key[0]: curve.sort("time_days", maintain_order=True) for key, curve in parts.items()}


def points_for(curves: int) -> int:
    """How many points each of so many curves may have, so that a page stays light."""
    return min(240, max(32, 480 // max(curves, 1)))


def _thinned(curve: pl.DataFrame, value: str, most: int) -> pl.DataFrame:
    """The steps of a curve and its last point; of very many steps every k-th: they are narrower than a pixel."""
    nth, last = pl.int_range(pl.len()), pl.len() - 1
    steps = curve.filter((pl.col(value) != pl.col(value).shift(1)).fill_null(True) | (nth == last))
    every = -(-steps.height // most) or 1
    return steps.filter((nth % every == 0) | (nth == last))


def until(curve: pl.DataFrame, day: float) -> pl.DataFrame:
    """A step curve up to a day, where it ends level."""
    kept = curve.filter(pl.col("time_days") <= day)
    if kept.height == curve.height or kept.is_empty():
        return curve
    return pl.concat([kept, kept.tail(1).with_columns(time_days=pl.lit(day))])


def read_curve(curve: pl.DataFrame, time: float, column: str) -> Any:
    """A step curve read at a time: `at_risk` just before it, everything else just after the last step."""
    if column == "at_risk":
        later = curve.filter(pl.col("time_days") >= time)
        return later["at_risk"][0] if later.height else 0
    earlier = curve.filter(pl.col("time_days") <= time)
    return earlier[column][-1] if earlier.height else (0.0 if column == "incidence" else 1.0)


def round_days(most: float) -> list[float]:
    """Five or so round numbers of days from 0."""
    steps = (1, 2, 5, 7, 10, 14, 20, 30, 50, 60, 90, 100, 180, 200, 365, 500, 730, 1000, 1825, 3650)
    step = next((step for step in steps if most / step <= 6), steps[-1])
    return [float(step * n) for n in range(int(most // step) + 1)]


# ---- small forms ----


def on_axis(moment: date | datetime) -> str:
    """A moment for an axis: local, without zone, because plotly would turn it into UTC."""
    return moment.replace(tzinfo=None).isoformat() if isinstance(moment, datetime) else moment.isoformat()


def day_after(day: Any) -> Any:
    """The end of a span: a day is over when the next begins."""
    return day if isinstance(day, datetime) else day + timedelta(days=1)


def _zeroed(values: Sequence[float | None]) -> list[float]:
    return [max(0.0, round(value, 6)) if value is not None else 0.0 for value in values]


def hatched(shape: str) -> dict[str, Any]:
    """A pattern over a bar that leaves the number in it readable."""
    return {"shape": shape, "fillmode": "overlay", "fgcolor": "white", "fgopacity": 0.4, "solidity": 0.2}


def faded(color: str, opacity: float) -> str:
    """A colour one can see through."""
    red, green, blue = (int(color[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def as_it_stands(text: str) -> str:
    """Text that plotly shows as it is, tags and all."""
    return html.escape(text, quote=False)


def in_lines(name: str, width: int = 11) -> str:
    """The name of a lane in lines, so that a phone keeps room for the figure; every tag in it is shown as text.

    >>> in_lines("一次面接の日程調整を始める"), in_lines("First interview"), in_lines("A<b>")
    ('一次面接の<br>日程調整を始める', 'First interview', 'A&lt;b&gt;')
    """
    return "<br>".join(as_it_stands(line) for line in _lines(name, width))


def _lines(name: str, width: int) -> list[str]:
    """By words where there are any, else in parts of about one length; always between a name and the next."""
    if " / " in name:
        return [line for part in name.split(" / ") for line in _lines(part, width)]
    if " " in name and name.isascii():
        return textwrap.wrap(name, 2 * width) or [name]
    parts = -(-len(name) // width) or 1
    if parts == 1:
        return [name]
    ideal = -(-len(name) // parts)
    near = [at for at in range(max(ideal - 4, 1), min(ideal + 3, len(name))) if _may_break(name[at - 1], name[at])]
    at = min(near, key=lambda place: abs(place - ideal), default=ideal)
    return [name[:at], *_lines(name[at:], width)]


def _may_break(before: str, after: str) -> bool:
    """Whether a Japanese reader would end a line here: after a particle or a comma, before a bracket."""
    if before in "、。・）)」":
        return after not in "、。・）)」"
    if before + after == "か月":
        return False
    return after in "（(「" or ("ぁ" <= before <= "ゖ" and not "ぁ" <= after <= "ゖ" and after not in "、。・ー）)」")


_FIRM = re.compile(r"^(?:株式会社|有限会社|合同会社)|(?:株式会社|有限会社|合同会社)$")


def without_form(name: str) -> str:
    """The name of a firm without its legal form, where a label has little room.

    >>> without_form("株式会社つむぎ野フーズ"), without_form("汐待精機株式会社"), without_form("株式会社")
    ('つむぎ野フーズ', '汐待精機', '株式会社')
    """
    return _FIRM.sub("", name).strip() or name


def lane_height(names: Sequence[str]) -> int:
    """The pixels a lane needs for the tallest of the names."""
    return 8 + 13 * max((name.count("<br>") + 1 for name in names), default=1)


def two_lines(name: str, beneath: str) -> str:
    """The name of a lane (already escaped) with a smaller line beneath it, which takes no room from the figure."""
    return f'{name}<br><span style="font-size:11px">{as_it_stands(beneath)}</span>' if beneath else name
