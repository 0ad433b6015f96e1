"""Figures that compare: by how much two groups differ, and units with what is usual.

Each takes a plain frame and returns a `Chart`, as those of `charts` do. A share that rests on too few cases is drawn as
a count and not written as a percentage.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

from playbook.rules.nouns import Playbook
from playbook.show import labels
from playbook.show.charts.parts import (
    BLUE,
    GREEN,
    GREY,
    VERMILION,
    as_it_stands,
    in_lines,
    lane_height,
    name_lanes,
    new_figure,
)
from playbook.show.charts.pictures import Chart, chart_of
from playbook.show.charts.sentences import NOTHING, Names, called_as
from playbook.show.view import polars
from playbook.words.catalogue import COMMA, msg, msg_in
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    from playbook.show.view import AnyFrame

_EFFECTS = (
    msg("Differences and how sure they are"),
    msg("Points are differences of rates, lines their 95% intervals; one that crosses 0 may be chance."),
)
_UNITS = (
    msg("Compared with the usual of the same stages"),
    msg("Each point is one group; inside the dotted lines lie 95% of those as usual, inside the solid ones 99.8%."),
)
_FEW = msg_in("comparisons", "too few to tell")
_NO_TEST = msg("The numbers are too small to tell any difference yet.")
_POINTS = msg("Difference (points)")
_AWAY = msg("Rate minus usual (points)")
_MOST_BARS = 12


def effects(
    frame: AnyFrame,
    of: str,
    lang: Lang = "ja",
    *,
    title: str = "",
    caption: str = "",
    names: Names = None,
    playbooks: Iterable[Playbook] = (),
) -> Chart:
    """Differences of rates with their intervals: one point per value of a column; those too few to test are left out.

    `frame` has one row per value of `of`: `difference`, `ci_low`, `ci_high` (shares; null where it could not be
    tested), `verdict`. The table has every row, the untested ones with their verdict. `caption` says what was found.
    """
    data = polars(frame)
    rows = data.filter(pl.col("difference").is_not_null()).head(_MOST_BARS).to_dicts()
    colors = [_tone(row["verdict"]) for row in rows]
    lanes = [in_lines(called_as(row[of], names, of, lang)) for row in rows]
    figure = new_figure(height=110 + (6 + lane_height(lanes)) * max(len(rows), 1))
    figure.add_scatter(
        x=[row["difference"] * 100 for row in rows],
        y=list(range(len(rows))),
        mode="markers",
        marker={"color": colors, "size": 11},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [round((row["ci_high"] - row["difference"]) * 100, 2) for row in rows],
            "arrayminus": [round((row["difference"] - row["ci_low"]) * 100, 2) for row in rows],
            "thickness": 2,
            "color": GREY,
        },
        hovertemplate="%{x:+.1f}<extra></extra>",
        showlegend=False,
    )
    figure.add_vline(x=0, line={"color": GREY, "dash": "dash"})
    name_lanes(figure, lanes)
    figure.update_xaxes(tickformat="+d", title_text=_POINTS.say(lang))
    said = caption or ("" if rows else _NO_TEST.say(lang))
    shown = data.with_columns(pl.Series(of, [called_as(code, names, of, lang) for code in data[of]], pl.String))
    return chart_of(figure, _EFFECTS, title, said, shown, lang, playbooks)


def _tone(verdict: str) -> str:
    tones = {
        "more": VERMILION,
        "worse": VERMILION,
        "matters": VERMILION,
        "fewer": GREEN,
        "better": GREEN,
        "small": GREEN,
    }
    return tones.get(verdict, GREY)


def units(
    frame: AnyFrame, playbook: Playbook, by: str, lang: Lang = "ja", *, title: str = "", names: Names = None
) -> Chart:
    """A funnel plot of the groups of a playbook: how far each rate lies from the usual one, by how many were decided.

    `frame` is an answer of `units.units`; groups too few to tell are left out. Only what lies beyond the 99.8 % limits
    is named in the figure; nobody is ranked. Source: D. J. Spiegelhalter, Statist. Med. 24 (2005), 1185-1202.
    """
    own = polars(frame).filter(pl.col("playbook") == playbook.id, pl.col("verdict") != "too_few")
    data = own.with_columns(pl.Series(by, [called_as(code, names, by, lang) for code in own[by]], pl.String))
    rows = data.sort("decided", by)
    figure = new_figure(height=360)
    for ends, dash in ((("low998", "high998"), "solid"), (("low95", "high95"), "dot")):
        for end in ends:
            figure.add_scatter(
                x=rows["decided"].to_list(),
                y=_points_away(rows, end),
                mode="lines",
                line={"color": GREY, "dash": dash, "width": 1.5},
                hoverinfo="skip",
                showlegend=False,
            )
    figure.add_hline(y=0, line={"color": GREY, "dash": "dash"})
    outside = [verdict != "inside" for verdict in rows["verdict"]]
    figure.add_scatter(
        x=rows["decided"].to_list(),
        y=_points_away(rows, "rate"),
        mode="markers+text",
        marker={"color": [_SIDE_OF.get(verdict, BLUE) for verdict in rows["verdict"]], "size": 11},
        text=[as_it_stands(name) if away else "" for name, away in zip(rows[by], outside, strict=True)],
        textposition="top center",
        customdata=[as_it_stands(name) for name in rows[by]],
        hovertemplate="%{customdata}: %{y:+.1f}<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(title_text=labels.column("decided", lang), rangemode="tozero", tickformat="d")
    figure.update_yaxes(title_text=_AWAY.say(lang), tickformat="+d", zeroline=False)
    told = data.with_columns(difference=pl.col("rate") - pl.col("usual"))
    columns = (by, "decided", "rate", "usual", "difference", "low998", "high998", "verdict")
    return chart_of(figure, _UNITS, title, _said_units(rows, by, lang), told.select(columns), lang, [playbook])


_SIDE_OF = {"below": VERMILION, "above": GREEN}


def _points_away(rows: pl.DataFrame, column: str) -> list[float]:
    return [100 * away for away in rows[column] - rows["usual"]]


def _said_units(rows: pl.DataFrame, by: str, lang: Lang) -> str:
    if rows.is_empty():
        return NOTHING.say(lang)
    inside = rows.filter(verdict="inside").height
    told = msg("As usual (inside the 99.8% limits): {inside} of {n}.", inside=inside, n=rows.height).say(lang)
    for verdict in ("below", "above"):
        named = sorted(rows.filter(verdict=verdict)[by])
        if named:
            told += ("" if lang == "ja" else " ") + _outside(verdict, COMMA.say(lang).join(named)).say(lang)
    return told


def _outside(verdict: str, named: str) -> Text:
    return msg("Below: {named}.", named=named) if verdict == "below" else msg("Above: {named}.", named=named)
