"""Frames with codes become figures one can read: each with its title, one sentence, its table.

Every function takes a plain frame (polars, lazy or pandas) and returns a `Chart`. A chart shows itself in
JupyterLab, and carries in `layout.meta` what a page sets beside it: `title`, `caption`, `alt` (how to read
it) and `table` (`columns` and `rows`, all texts).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from playbook.rendering.figure import in_notebook
from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.charts import sentences
from playbook.show.charts.parts import (
    BLUE,
    GREY,
    KINDS,
    PALETTE,
    VERMILION,
    as_it_stands,
    band,
    beside,
    curves_by,
    dressed,
    funnel_bars,
    in_lines,
    interval_line,
    lane_height,
    marks_by_kind,
    name_lanes,
    new_figure,
    on_axis,
    points_for,
    points_of,
    read_curve,
    round_days,
    spans_of,
    two_lines,
    until,
)
from playbook.show.charts.sentences import Names, called_as, in_form, period_said, stage_name
from playbook.show.view import polars, sayer, table
from playbook.words.catalogue import msg, msg_in
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    import plotly.graph_objects as go  # type: ignore[import-untyped]

    from playbook.show.view import AnyFrame


_FUNNEL = (
    msg("Passed and lost at each stage"),
    msg("Stacked bars: how many advanced, are open (hatched) and were lost; under each name the rate, 95% interval."),
)
_SURVIVAL = (
    msg("Share still there"),
    msg(
        "The share still there by day: step curves with 95% bands, numbers at risk beneath. Where"
        " fewer than three are left, see the table."
    ),
)
_INCIDENCE = (
    msg("Cumulative share of each ending"),
    msg("The share of each ending by day: step curves with 95% bands; what ends in one way only is in the table."),
)
_SERIES = (
    msg("Period by period"),
    msg("Points by period, joined; the vertical bars are 95% intervals."),
)
_LOAD = (
    msg("Load of each person"),
    msg("Stacked bars of load by person and kind; the mark is what each can carry."),
)
_TIMELINE = (
    msg("Course and plan"),
    msg("A time line: spans as bars, moments as points; grey bands are holidays, the dashed line is the as-of."),
)
_HOURS = msg("Hours")
_FEW = msg_in("pictures", "too few to tell")


@dataclass(frozen=True)
class Chart:
    """A figure with what stands beside it: a title, one sentence, how to read it, its table."""

    figure: go.Figure
    title: str
    caption: str
    alt: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lang: Lang = "ja"
    apart: bool = False
    """Whether a page draws each of its lines as a small plot of its own: of many over each other none can be read."""

    def __repr__(self) -> str:
        return f"Chart({self.title!r}: {self.caption})"

    @property
    def meta(self) -> dict[str, Any]:
        """What a page shows beside the figure."""
        data = {"columns": list(self.columns), "rows": [list(row) for row in self.rows]}
        told = {"title": self.title, "caption": self.caption, "alt": self.alt, "table": data}
        return told | ({"apart": True} if self.apart else {})

    @property
    def json(self) -> dict[str, Any]:
        """The figure as plain JSON with `meta` in its layout; the same numbers give the same bytes.

        The title is for who draws it with plotly; a page takes it out and sets its own. Plotly's 7 kB template is not
        written.
        """
        written: dict[str, Any] = json.loads(self.figure.to_json(engine="json", remove_uids=True))
        layout = {key: value for key, value in written["layout"].items() if key != "template"}
        title = {"text": as_it_stands(self.title), "subtitle": {"text": as_it_stands(self.caption)}}
        config = {"displaylogo": False, "responsive": True}
        return {
            "data": written["data"],
            "layout": layout | {"title": title, "meta": self.meta},
            "config": config,
        }

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {**in_notebook(self.json, self.lang), "text/plain": f"{self.title}: {self.caption}"}


# ---- where cases are lost ----


def funnel(frame: AnyFrame, playbook: Playbook, lang: Lang = "ja", *, title: str = "") -> Chart:
    """Bars of a funnel: per stage how many advanced, are still open (hatched) and were lost.

    `frame` has one row per stage, in order: `stage, entered, advanced, lost, open` (counts), `rate, ci_low,
    ci_high` (share of those decided), `median_days`; with `too_few`, a rate that rests on too few is not
    written. Rows of other playbooks are left out.
    """
    data = _own(polars(frame), playbook)
    rows = data.to_dicts()
    figure = new_figure(height=130 + 50 * max(len(rows), 1), barmode="stack")
    for bars in funnel_bars(rows, range(len(rows)), lang):
        figure.add_bar(**bars)
    named = [two_lines(_stage(playbook, row["stage"], lang), _rate(row, lang)) for row in rows]
    name_lanes(figure, named)
    figure.update_xaxes(title_text=labels.column("n", lang))
    said = sentences.of_funnel(rows, playbook, lang)
    return chart_of(figure, _FUNNEL, title, said, data, lang, [playbook])


# ---- how long, and how it ends ----


_OVER_EACH_OTHER = 3
"""The curves with bands of which one can still tell which is which in one plot."""


def survival(frame: AnyFrame, lang: Lang = "ja", *, by: str = "group", title: str = "", names: Names = None) -> Chart:
    """Survival curves with bands, and the numbers at risk beneath; more than three each in a small plot of its own.

    `frame` has one row per group and time, in order: `by`, `time_days` (or `days`), `survival`, `low`,
    `high` (or `ci_low`, `ci_high`) and `at_risk` (still there just before).
    """
    curves = curves_by(polars(frame), by, "survival")
    called = {key: called_as(key, names, by, lang) for key in curves}
    longest = max((_well_known_until(curve) for curve in curves.values()), default=1.0)
    ticks, apart = round_days(longest), len(curves) > _OVER_EACH_OTHER
    lanes = [in_lines(name) for name in called.values()]
    grid = new_figure(height=320) if apart else _over_counts(lanes)
    place = {} if apart else {"row": 1, "col": 1}
    for number, (key, curve) in enumerate(curves.items()):
        name = as_it_stands(_with_count(called[key], curve, lang) if apart else called[key])
        for trace in band(until(curve, longest), "survival", name, number, most=points_for(len(curves))):
            grid.add_scatter(**trace, **place)
    grid.update_xaxes(tickvals=ticks, range=[-0.08 * longest, 1.04 * longest])
    grid.update_yaxes(range=[0, 1.02], tickformat=".0%", **place)
    if apart:
        grid.update_xaxes(title_text=labels.column("time_days", lang))
    else:
        _at_risk_beneath(grid, curves, ticks, lanes, lang)
    said = sentences.of_survival(curves, called, lang)
    return replace(chart_of(grid, _SURVIVAL, title, said, _read_at(curves, ticks, called, by), lang), apart=apart)


def _with_count(name: str, curve: pl.DataFrame, lang: Lang) -> str:
    return msg("{called} (n = {n})", called=name, n=int(curve["at_risk"][0])).say(lang)


def _at_risk_beneath(
    grid: go.Figure, curves: Mapping[Any, pl.DataFrame], ticks: Sequence[float], lanes: Sequence[str], lang: Lang
) -> None:
    """The numbers still there before each tick, a lane a curve, in the strip beneath the curves."""
    for number, curve in enumerate(curves.values()):
        counts = [str(read_curve(curve, tick, "at_risk")) for tick in ticks]
        grid.add_scatter(
            x=ticks, y=[number] * len(ticks), text=counts, mode="text", showlegend=False, hoverinfo="skip", row=2, col=1
        )
    grid.update_xaxes(title_text=labels.column("time_days", lang), showgrid=False, row=2, col=1)
    name_lanes(grid, lanes, labels.column("at_risk", lang), row=2, col=1)


def incidence(
    frame: AnyFrame,
    lang: Lang = "ja",
    *,
    by: str = "group",
    kind: str = "kind",
    title: str = "",
    names: Names = None,
) -> Chart:
    """Cumulative incidence: how each way of ending adds up over time, one panel per group that ends in several ways.

    `frame` has one row per group, kind and time: `by`, `kind`, `time_days` (or `days`), `incidence`, `low`,
    `high` (or `ci_low`, `ci_high`).
    """
    data = polars(frame)
    called = {key: called_as(key, names, by, lang) for key in data[by].unique(maintain_order=True)}
    several = {key[0]: one for key, one in _parts(data, by).items() if one[kind].n_unique() > 1}
    groups = several or {key[0]: one for key, one in _parts(data, by).items()}
    grid, _ = _panels([as_it_stands(called[key]) for key in groups], wide=1, height=170, apart=True)
    order = {ending: number for number, ending in enumerate(dict.fromkeys(data[kind]))}
    new, most = set(order), points_for(data.select(by, kind).unique().height)
    for row, one in enumerate(groups.values(), start=1):
        for ending, curve in curves_by(one, kind, "incidence").items():
            said = as_it_stands(labels.value("kind", ending, lang))
            color = KINDS.get(ending, PALETTE[order[ending] % len(PALETTE)])
            for trace in band(curve, "incidence", said, order[ending], color, legend=ending in new, most=most):
                grid.add_scatter(**trace, row=row, col=1)
            new.discard(ending)
    grid.update_yaxes(rangemode="tozero", tickformat=".0%")
    grid.update_xaxes(title_text=labels.column("time_days", lang), row=max(len(groups), 1), col=1)
    ends = _last_of(data, by, kind, called)
    drawn = ends.filter(pl.col(by).is_in([called[key] for key in groups]))
    return chart_of(grid, _INCIDENCE, title, sentences.of_incidence(drawn, by, kind, lang), ends, lang)


# ---- week by week, period by period ----


def series(
    frame: AnyFrame,
    lang: Lang = "ja",
    *,
    title: str = "",
    benchmark: float | None = None,
    percent: bool = True,
    names: Names = None,
) -> Chart:
    """A figure over the periods, with its intervals: one line per group.

    `frame` has one row per group and period, in order: `group`, `period` (text or day), `value`, `low`,
    `high` (null where there are too few), `n`. `benchmark` is a figure from outside, drawn as a dashed
    line.
    """
    data = polars(frame)
    figure = new_figure(height=360)
    periods, groups = list(dict.fromkeys(data["period"])), _parts(data, "group")
    for number, ((group,), one) in enumerate(groups.items()):
        places = [periods.index(period) + beside(number, len(groups)) for period in one["period"]]
        figure.add_scatter(**interval_line(one, as_it_stands(called_as(group, names, "group", lang)), number, places))
    if benchmark is not None:
        said = f"{labels.column('benchmark', lang)} {in_form(benchmark, percent, lang)}"
        figure.add_hline(y=benchmark, line={"dash": "dash", "color": GREY}, annotation={"text": said})
    told = [_in_two_lines(period_said(period, lang), lang) for period in periods]
    figure.update_xaxes(tickvals=list(range(len(periods))), ticktext=told, range=[-0.5, len(periods) - 0.5])
    figure.update_yaxes(tickformat=".0%" if percent else ",", rangemode="tozero")
    shown = _renamed(data.rename({"value": "rate"} if percent else {}), "group", names)
    caption = sentences.of_series(data, percent, benchmark, names, lang)
    return replace(chart_of(figure, _SERIES, title, caption, shown, lang), apart=len(groups) > 2)


def load(frame: AnyFrame, lang: Lang = "ja", *, value: str = "minutes", title: str = "", names: Names = None) -> Chart:
    """Bars of the load of each person, by kind of work, against what the person can carry.

    `frame` has one row per person and kind: `person`, `kind` (optional), `value` (`minutes`, or a count
    `n`), and `capacity` (optional, in the same unit, the same on every row of a person). `names` says what
    kinds are called.
    """
    data = polars(frame)
    by_kind = _few_kinds(data, value) if "kind" in data.columns else data.with_columns(kind=pl.lit(None, pl.String))
    people = list(dict.fromkeys(data["person"]))
    say = sayer(value, data.schema[value], lang)
    hours = 60 if value.endswith("minutes") else 1
    height = 120 + 32 * max(len(people), 1)
    figure = new_figure(height=height, barmode="stack", legend={"traceorder": "normal"})
    parts = _parts(by_kind, "kind")
    for number, kind in enumerate(_kinds_in_order(by_kind, value)):
        one = parts[(kind,)]
        amounts = dict(zip(one["person"], one[value], strict=True))
        bars = [amounts.get(person) or 0 for person in people]
        named = labels.column("load", lang) if kind is None else called_as(kind, names, "kind", lang)
        figure.add_bar(
            orientation="h",
            x=[bar / hours for bar in bars],
            y=list(range(len(people))),
            text=[_short_amount(bar, hours) for bar in bars],
            customdata=[say(bar) for bar in bars],
            name=as_it_stands(named),
            marker={"color": _color_of(kind, number), "line": {"color": "white", "width": 1}},
            textposition="inside",
            insidetextanchor="end",
            hovertemplate="%{customdata}",
            textangle=0,
        )
    if "capacity" in data.columns:
        figure.add_scatter(**_capacity(data, people, hours, lang))
    name_lanes(figure, [in_lines(person or labels.absent("person", lang)) for person in people])
    unit = _HOURS.say(lang) if hours == 60 else labels.column(value, lang)
    figure.update_xaxes(title_text=unit, rangemode="tozero")
    told = sentences.of_load(data, value, lang)
    if "kind" in data.columns:  # the table beneath has the bars as they are drawn and named, and what they add up to
        whole = by_kind.select(pl.col(value).sum().over("person")).to_series()
        data = by_kind.with_columns(total=pl.Series([say(amount) for amount in whole], dtype=pl.String))
        if names is not None:
            data = data.with_columns(pl.col("kind").map_elements(partial(_called, names, lang), return_dtype=pl.String))
    return chart_of(figure, _LOAD, title, told, data, lang)


def due_weeks(frame: AnyFrame, by: str = "rule_id") -> pl.DataFrame:
    """Due actions counted by week: one row per value of `by` and week in which something was due.

    Columns: `lane` (the value of `by`), `week` (its Monday), `due` (actions due in it, void ones left out),
    `done` (of these, met in time).
    """
    counted = polars(frame).filter(pl.col("status") != "void")
    week = pl.col("due_at").dt.date().dt.truncate("1w")
    grouped = counted.group_by(lane=pl.col(by), week=week)
    return grouped.agg(due=pl.len(), done=(pl.col("status") == "met").sum()).sort("lane", "week")


def _called(names: Names, lang: Lang, kind: str) -> str:
    return called_as(kind, names, "kind", lang)


# ---- one case ----


def timeline(frame: AnyFrame, lang: Lang = "ja", *, as_of: date | datetime | None = None, title: str = "") -> Chart:
    """One case or placement over time: plan, milestones, contacts, events and dues in lanes, holidays behind.

    `frame` has one row per mark: `lane`, `label`, `start`, `end` (both days or both instants; no end: a
    point), `kind` (see `parts.KINDS`; rows of kind `holiday` shade their days across all lanes).
    """
    data = polars(frame)
    marks = data.filter(pl.col("kind") != "holiday")
    lanes = list(dict.fromkeys(marks["lane"]))
    # Many lanes are set closer, so that one picture stays on one sheet of paper.
    figure = new_figure(height=130 + (40 if len(lanes) <= 12 else 28) * max(len(lanes), 1), barmode="overlay")
    told: set[str] = set()
    for (kind, lasting), rows in marks_by_kind(marks):
        trace = (spans_of if lasting else points_of)(rows, lanes, kind, lang)
        figure.add_trace(trace.update(legendgroup=trace.name, showlegend=trace.name not in told))
        told.add(trace.name)
    # All at once: plotly's own add_vrect checks every shape there is again for each one that is added.
    shapes = [_day_off(row) for row in data.filter(pl.col("kind") == "holiday").iter_rows(named=True)]
    if as_of is not None:
        shapes.append(_upright("line", as_of, as_of, line={"color": GREY, "dash": "dash", "width": 2}))
    figure.update_layout(shapes=shapes or None)
    name_lanes(figure, [in_lines(lane, 14) for lane in lanes])
    ticks, hover = msg("%-d %b\n%Y").say(lang), msg("%-d %b %Y").say(lang)
    figure.update_xaxes(type="date", tickformat=ticks, hoverformat=hover)
    return chart_of(figure, _TIMELINE, title, sentences.of_timeline(marks, lang), data, lang)


def _day_off(row: Mapping[str, Any]) -> dict[str, Any]:
    """A day off from its first to its last instant, also where days are told as the instants they begin at."""
    end = (row["end"] or row["start"]) + timedelta(days=1)
    return _upright("rect", row["start"], end, fillcolor=GREY, opacity=0.18, line={"width": 0}, layer="below")


def _upright(shape: str, first: date | datetime, last: date | datetime, **look: Any) -> dict[str, Any]:
    """A shape from top to bottom of a plot with one time axis."""
    return look | {"type": shape, "x0": on_axis(first), "x1": on_axis(last), "y0": 0, "y1": 1,
                   "xref": "x", "yref": "y domain"}  # fmt: skip


_MOST_KINDS = 6


def _kinds_in_order(data: pl.DataFrame, value: str) -> list[Any]:
    """The kinds of work, those with most first, what is gathered last; numbered ones (priorities) by their number."""
    totals = dict(data.group_by("kind", maintain_order=True).agg(pl.col(value).sum()).iter_rows())
    if all(str(kind).isdigit() for kind in totals):
        return sorted(totals)
    return sorted(totals, key=lambda kind: (kind == "other", -totals[kind]))


def _color_of(kind: object, number: int) -> str:
    """The colour of a kind of work; of a priority (1 to 3) the loudest for the first."""
    return {"1": VERMILION, "2": BLUE, "3": GREY}.get(str(kind), PALETTE[number % len(PALETTE)])


def _few_kinds(data: pl.DataFrame, value: str) -> pl.DataFrame:
    """The kinds with most under their names, the others as one: more colours than that cannot be told apart."""
    kinds = _kinds_in_order(data, value)
    if len(kinds) <= _MOST_KINDS:
        return data
    kept = pl.when(pl.col("kind").is_in(kinds[: _MOST_KINDS - 1])).then("kind").otherwise(pl.lit("other"))
    beside = [pl.col("capacity").first()] if "capacity" in data.columns else []
    return (
        data.with_columns(kind=kept).group_by("person", "kind", maintain_order=True).agg(pl.col(value).sum(), *beside)
    )


def _short_amount(bar: float, hours: int) -> str:
    if not bar:
        return ""
    return f"{bar / hours:.1f}" if hours != 1 else str(bar)


# ---- the figure with its table ----


def chart_of(
    figure: go.Figure,
    told: tuple[Text, Text],
    title: str,
    caption: str,
    data: pl.DataFrame,
    lang: Lang,
    playbooks: Iterable[Playbook] = (),
) -> Chart:
    """A figure with the table of its frame beside it; `told` is its usual title and how to read it."""
    shown = table(data, lang=lang, playbooks=playbooks)
    heads = tuple(column.head for column in shown.columns)
    rows = tuple(tuple(cell.text for cell in row) for row in shown.rows)
    return Chart(figure, title or told[0].say(lang), caption, told[1].say(lang), heads, rows, lang)


def _read_at(
    curves: Mapping[Any, pl.DataFrame], ticks: Sequence[float], called: Mapping[Any, str], by: str
) -> pl.DataFrame:
    """The curves at the ticks: a table for people, not every step."""
    columns = ("survival", "low", "high", "at_risk")
    rows = [
        {by: called[key], "time_days": tick} | {column: read_curve(curve, tick, column) for column in columns}
        for key, curve in curves.items()
        for tick in [*(tick for tick in ticks if tick < _last_day(curve)), _last_day(curve)]
    ]
    schema = {by: pl.String, "time_days": pl.Float64, **dict.fromkeys(columns, pl.Float64)}
    return pl.DataFrame(rows, schema=schema)


def _last_of(data: pl.DataFrame, by: str, kind: str, called: Mapping[Any, str]) -> pl.DataFrame:
    """The incidence at the last time: one row per group and kind."""
    numbers = ("time_days", "incidence", "low", "high")
    rows = []
    for (key,), one in _parts(data, by).items():
        for ending, curve in curves_by(one, kind, "incidence").items():
            last = curve.row(-1, named=True)
            rows.append((called[key], ending, *(last[number] for number in numbers)))
    schema = {by: pl.String, kind: pl.String, **dict.fromkeys(numbers, pl.Float64)}
    return pl.DataFrame(rows, schema=schema, orient="row")


# ---- grids ----


def _panels(names: Sequence[str], wide: int = 3, height: int = 190, *, apart: bool = False) -> tuple[go.Figure, int]:
    """A grid of panels with their names, and how many stand in a row; `apart`: each with a scale of its own."""
    from plotly.subplots import make_subplots  # type: ignore[import-untyped]

    wide = min(wide, max(len(names), 1))
    tall = -(-len(names) // wide) or 1
    grid = make_subplots(
        tall,
        wide,
        subplot_titles=list(names),
        shared_xaxes=False if apart else "all",
        shared_yaxes=wide > 1,
        vertical_spacing=min(0.3, 60 / (height * tall)),
        horizontal_spacing=0.03,
    )
    # The legend of a page lies above the plot, where the names of the first panels are.
    legend = {"y": 1 + 40 / (height * tall)}
    grid.update_annotations(font={"size": 13})
    return dressed(grid, height=120 + height * tall, legend=legend), wide


def _over_counts(lanes: Sequence[str]) -> go.Figure:
    """A plot with a strip of numbers beneath it."""
    from plotly.subplots import make_subplots

    strip = 40 + lane_height(lanes) * max(len(lanes), 1)
    heights = [320 / (320 + strip), strip / (320 + strip)]
    grid = make_subplots(2, 1, shared_xaxes=True, row_heights=heights, vertical_spacing=0.08)
    return dressed(grid, height=400 + strip)


# ---- small forms ----


def _parts(data: pl.DataFrame, by: str) -> dict[tuple[Any, ...], pl.DataFrame]:
    return data.partition_by(by, maintain_order=True, as_dict=True)


def _stage(playbook: Playbook, stage: str, lang: Lang) -> str:
    return in_lines(stage_name(playbook, stage).say(lang))


def _own(data: pl.DataFrame, playbook: Playbook) -> pl.DataFrame:
    if "playbook" not in data.columns:
        return data
    return data.filter(pl.col("playbook") == playbook.id).drop("playbook")


def _renamed(data: pl.DataFrame, by: str, names: Names) -> pl.DataFrame:
    return data.with_columns(pl.col(by).replace(dict(names))) if names else data


def _rate(row: Mapping[str, Any], lang: Lang) -> str:
    if row["rate"] is None:
        return ""
    if row.get("too_few"):
        return _FEW.say(lang)
    rate = formats.percent(row["rate"], lang, 0)
    return f"{rate} ({formats.interval(row['ci_low'], row['ci_high'], lang, 0)})"


def _capacity(data: pl.DataFrame, people: Sequence[str | None], hours: int, lang: Lang) -> dict[str, Any]:
    most = dict(data.select("person", "capacity").iter_rows())
    say = sayer("minutes" if hours == 60 else "n", pl.Float64(), lang)
    return {
        "x": [None if most[person] is None else most[person] / hours for person in people],
        "y": list(range(len(people))),
        "mode": "markers",
        "marker": {"symbol": "line-ns-open", "size": 26, "color": GREY, "line": {"width": 3}},
        "name": labels.column("capacity", lang),
        "text": [as_it_stands(person or labels.absent("person", lang)) for person in people],
        "customdata": [say(most[person]) for person in people],
        "hovertemplate": "%{text}: %{customdata}",
    }


def _well_known_until(curve: pl.DataFrame) -> float:
    """The last day on which three are at risk (all, where there were never so many): what follows says little."""
    enough = curve.filter(pl.col("at_risk") >= min(3, curve["at_risk"][0]))
    return max(float(enough["time_days"][-1]), 1.0)


def _last_day(curve: pl.DataFrame) -> float:
    return float(curve["time_days"][-1])


def _in_two_lines(period: str, lang: Lang) -> str:
    """A period for an axis: the year of a cycle beneath its month, so that a phone need not turn it."""
    if lang == "ja":
        year, apart, month = period.partition("年")
        return f"{month}<br>{year}年" if apart and month else period
    month, apart, year = period.removesuffix("–").partition(" ")
    return f"{month}–<br>{year}" if apart and period.endswith("–") else period
