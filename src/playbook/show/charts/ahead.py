"""Figures of what will come: a median with its two bands, and past forecasts beside what came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.charts.parts import BLUE, GREY, PALETTE, VERMILION, in_lines, lane_height, name_lanes, new_figure
from playbook.show.charts.pictures import Chart, chart_of
from playbook.show.charts.sentences import NOTHING
from playbook.show.view import polars
from playbook.words.catalogue import COMMA, msg
from playbook.words.text import Lang

if TYPE_CHECKING:
    import plotly.graph_objects as go  # type: ignore[import-untyped]

    from playbook.show.view import AnyFrame

_BANDS = (
    msg("How the open cases will end"),
    msg("For each way to end: a point for the median, a thick line for the 80% band, a thin one for the 95% band."),
)
_RECORD = (
    msg("Past forecasts, and what came"),
    msg("At each month end the forecast of then (point, 80% and 95% bands) and what came (diamond)."),
)
_CASES = msg("Cases")


def bands(frame: AnyFrame, playbook: Playbook, lang: Lang = "ja", *, title: str = "") -> Chart:
    """How many of the open cases of a playbook will have ended in each way, by number of days.

    `frame` is an answer of `forecast.forecast`; rows without a forecast are left out.
    """
    data = polars(frame).filter(pl.col("playbook") == playbook.id)
    rows = data.filter(pl.col("median").is_not_null()).sort("days", maintain_order=True)
    named = {outcome.id: outcome.name.say(lang) for outcome in playbook.outcomes}
    outcomes = list(dict.fromkeys(rows["outcome"]))
    lanes = [in_lines(named.get(one, one)) for one in outcomes]
    figure = new_figure(height=110 + (22 + lane_height(lanes)) * max(len(lanes), 1))
    days = list(dict.fromkeys(rows["days"]))
    for number, day in enumerate(days):
        own = rows.filter(days=day)
        lift = (number - (len(days) - 1) / 2) * 0.22
        places = [outcomes.index(one) + lift for one in own["outcome"]]
        color = PALETTE[number % len(PALETTE)]
        _lines(figure, own, "x", places, _days_said(day, lang), color)
    name_lanes(figure, lanes)
    figure.update_xaxes(title_text=_CASES.say(lang), rangemode="tozero", tickformat="d")
    return chart_of(figure, _BANDS, title, _said(rows, named, days, lang), data.drop("playbook"), lang, [playbook])


def _lines(figure: go.Figure, own: pl.DataFrame, along: str, places: list[float], name: str, color: str) -> None:
    """A thin line for the wide band, a thick one for the narrow, a point for the median."""
    across = "y" if along == "x" else "x"
    for band, width, shown in (("95", 1.5, False), ("80", 6, True)):
        ends = {
            "type": "data",
            "symmetric": False,
            "array": (own[f"high{band}"] - own["median"]).to_list(),
            "arrayminus": (own["median"] - own[f"low{band}"]).to_list(),
            "thickness": width,
            "width": 0,
            "color": color,
        }
        figure.add_scatter(
            **{along: own["median"].to_list(), across: places, f"error_{along}": ends},
            mode="markers",
            marker={"color": color, "size": 9},
            name=name,
            showlegend=shown,
            legendgroup=name,
            hovertemplate=f"%{{{along}}}<extra>{name}</extra>",
        )


def _days_said(day: int, lang: Lang) -> str:
    return msg("in {day} days", day=day).say(lang)


def band_said(row: Mapping[str, Any], lang: Lang) -> str:
    """A median with its 80 % band: `3件(80%の幅 1〜5件)`."""
    n, low, high = (formats.number(row[name], lang) for name in ("median", "low80", "high80"))
    return msg("{n} (80% band {low} to {high})", n=n, low=low, high=high).say(lang)


def _said(rows: pl.DataFrame, named: Mapping[str, str], days: list[int], lang: Lang) -> str:
    if rows.is_empty():
        return NOTHING.say(lang)
    first = rows.filter(days=days[0])
    parts = [f"{named[row['outcome']]} {band_said(row, lang)}" for row in first.iter_rows(named=True)]
    listed = COMMA.say(lang).join(parts)
    n = rows["open_cases"][0]
    return msg("Of {n} open cases, in {days} days: {listed}.", n=n, days=days[0], listed=listed).say(lang)


def record(frame: AnyFrame, playbook: Playbook, outcome: str, lang: Lang = "ja", *, title: str = "") -> Chart:
    """The forecasts of one outcome at past moments, for the shortest horizon, beside what came.

    `frame` is an answer of `forecast_record.record`.
    """
    data = polars(frame).filter(pl.col("playbook") == playbook.id, pl.col("outcome") == outcome)
    rows = data.filter(pl.col("days") == pl.col("days").min()).sort("made_on")
    told = rows.filter(pl.col("median").is_not_null())
    moments = rows["made_on"].to_list()
    shown = rows.drop("playbook").with_columns(_held(rows))
    figure = new_figure(height=340)
    name = msg("Forecast").say(lang)
    came = rows.filter(pl.col("came").is_not_null())
    if told.is_empty():
        return chart_of(figure, _RECORD, title, inside_said(rows, lang), shown, lang, [playbook])
    _lines(figure, told, "y", [moments.index(day) for day in told["made_on"]], name, BLUE)
    figure.add_scatter(
        x=[moments.index(day) for day in came["made_on"]],
        y=came["came"].to_list(),
        mode="markers",
        marker={"color": VERMILION, "size": 11, "symbol": "diamond", "line": {"color": GREY, "width": 1}},
        name=labels.column("came", lang),
        hovertemplate="%{y}",
    )
    figure.update_xaxes(
        tickvals=list(range(len(moments))), ticktext=[formats.day(day, lang, near=day) for day in moments]
    )
    figure.update_yaxes(title_text=_CASES.say(lang), rangemode="tozero", tickformat="d")
    return chart_of(figure, _RECORD, title, inside_said(rows, lang), shown, lang, [playbook])


def inside_said(rows: pl.DataFrame, lang: Lang) -> str:
    """How many of some forecasts lie inside the 80 % band, how many outside, and how many have not come due."""
    made = rows.filter(pl.col("median").is_not_null())
    if made["came"].count() == 0:
        return msg("No forecast has come due yet.").say(lang)
    inside, outside, later = ((_held(made) == held).sum() for held in ("inside80", "outside80", "not_due"))
    said = msg("Inside the 80% band: {inside}; outside: {outside}.", inside=inside, outside=outside).say(lang)
    return said + (msg(" Not yet due: {later}.", later=later).say(lang) if later else "")


def _held(rows: pl.DataFrame) -> pl.Series:
    """What became of each forecast: inside the 80 % band, outside of it, or not yet due; null: none was made."""
    inside = pl.col("came").is_between("low80", "high80")
    due = pl.when(inside).then(pl.lit("inside80")).otherwise(pl.lit("outside80"))
    held = pl.when(pl.col("came").is_null()).then(pl.lit("not_due")).otherwise(due)
    return rows.select(held_by_band=pl.when(pl.col("median").is_not_null()).then(held)).to_series()
