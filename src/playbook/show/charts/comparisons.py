"""Figures that compare: how often something was named, by how much two groups differ, where the time went.

Each takes a plain frame and returns a `Chart`, as those of `charts` do. A share that rests on too few cases is drawn as
a count and not written as a percentage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.charts.parts import (
    BLUE,
    GREEN,
    GREY,
    OCHRE,
    PINK,
    VERMILION,
    folded,
    hatched,
    lane_height,
    name_lanes,
    new_figure,
    plain,
    two_lines,
)
from playbook.show.charts.pictures import Chart, chart_of
from playbook.show.charts.sentences import NOTHING, Names, Rows, called_as
from playbook.show.view import polars
from playbook.words.catalogue import COMMA, msg, msg_in
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    from playbook.show.view import AnyFrame

_SHARES = (
    msg("Counts and shares"),
    msg("Bars of counts; under each name the share with its 95% interval."),
)
_EFFECTS = (
    msg("Differences and how sure they are"),
    msg("Points are differences of rates, lines their 95% intervals; one that crosses 0 may be chance."),
)
_WAITING = (
    msg("Where the days of a case went"),
    msg(
        "Bars of the time by who was waited for; the numbers are days per case and add up to those"
        " under each name (rounded)."
    ),
)
_UNITS = (
    msg("Compared with the usual of the same stages"),
    msg("Each point is one group; inside the dotted lines lie 95% of those as usual, inside the solid ones 99.8%."),
)
_FEW = msg_in("comparisons", "too few to tell")
_NO_TEST = msg("The numbers are too small to tell any difference yet.")
_POINTS = msg("Difference (points)")
_AWAY = msg("Rate minus usual (points)")
_SIDES: Mapping[str, tuple[str, str]] = {
    "candidate": (PINK, ""),
    "client": (OCHRE, ""),
    "agency": (BLUE, ""),
    "closed": (GREY, "/"),
    "idle": (GREEN, "x"),
}
_MOST_BARS = 12


def shares(
    frame: AnyFrame,
    of: str,
    lang: Lang = "ja",
    *,
    n: str = "n",
    share: str = "share",
    title: str = "",
    names: Names = None,
    playbooks: Iterable[Playbook] = (),
) -> Chart:
    """How often each value of a column was named: bars of counts with their shares, the commonest first.

    `frame` has one row per value of `of`: counts `n` and `share` (columns may have other names), `ci_low`, `ci_high`,
    `too_few`. `names` says what the values are called. The figure shows the first twelve, the table all.
    """
    data = polars(frame)
    rows = data.head(_MOST_BARS).to_dicts()
    said = [called_as(row[of], names, of, lang) for row in rows]
    names_in_lines = [folded(name) for name in said]
    figure = new_figure(height=100 + (18 + lane_height(names_in_lines)) * max(len(rows), 1))
    figure.add_bar(
        orientation="h",
        x=[row[n] for row in rows],
        y=list(range(len(rows))),
        marker={"color": BLUE},
        text=[str(row[n]) for row in rows],
        textposition="auto",
        textangle=0,
        hoverinfo="skip",
        showlegend=False,
    )
    shown_shares = [_share(row, share, lang) for row in rows]
    name_lanes(figure, [two_lines(name, told) for name, told in zip(names_in_lines, shown_shares, strict=True)])
    most = max((row[n] for row in rows), default=0)
    figure.update_xaxes(title_text=labels.column(n, lang), rangemode="tozero", dtick=1 if most <= 8 else None)
    shown = data.with_columns(pl.Series(of, [called_as(code, names, of, lang) for code in data[of]], pl.String))
    return chart_of(figure, _SHARES, title, _said_shares(rows, said, n, share, lang), shown, lang, playbooks)


def _share(row: Mapping[str, Any], share: str, lang: Lang) -> str:
    if row.get("too_few"):
        return _FEW.say(lang)
    if row[share] is None:
        return ""
    return f"{formats.percent(row[share], lang, 0)} ({formats.interval(row['ci_low'], row['ci_high'], lang, 0)})"


def _said_shares(rows: Rows, said: list[str], n: str, share: str, lang: Lang) -> str:
    if not rows or not max(row[n] for row in rows):
        return NOTHING.say(lang)
    cases = max(row[n] for row in rows)
    tops = [place for place, row in enumerate(rows) if row[n] == cases]
    if len(tops) == len(rows) > 1:
        return msg("Each: {cases}.", cases=cases).say(lang)
    first = rows[tops[0]]
    named = Text(_listed([f"「{said[top]}」" for top in tops], "と", "など{n}つ"),
                 _listed([f"“{said[top]}”" for top in tops], ", ", " and others ({n})"))  # fmt: skip
    each = msg("each ") if len(tops) > 1 else Text("", "")
    if first.get("too_few"):
        return msg(
            "Most often: {named}: {each}{cases}. Too few to tell a share.", named=named, each=each, cases=cases
        ).say(lang)
    many = "" if len(tops) > 1 and share == "rate" else _share(first, share, lang)
    label = labels.column(share, lang)
    beside = msg(", {label} {many}", label=label.lower(), many=many) if many else Text("", "")
    return msg("Most often: {named}: {each}{cases}{beside}.", named=named, each=each, cases=cases, beside=beside).say(
        lang
    )


def _listed(names: list[str], joint: str, more: str) -> str:
    """Up to three names; of more the first and how many they are."""
    return joint.join(names) if len(names) <= 3 else names[0] + more.format(n=len(names))


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
    lanes = [folded(called_as(row[of], names, of, lang)) for row in rows]
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


def waiting(frame: AnyFrame, lang: Lang = "ja", *, by: str = "playbook", title: str = "", names: Names = None) -> Chart:
    """Where the days of a case went: stacked bars by who was waited for, one bar per value of `by`.

    `frame` is that of `waiting.waiting_shares`: one row per group and party: `waited_for`, `cases`, `days_per_case`,
    `share`.
    """
    told = polars(frame)
    data = told.filter(pl.col("days_per_case").sum().over("waited_for") > 0)
    groups = list(dict.fromkeys(data[by]))
    named = [folded(called_as(group, names, by, lang)) for group in groups]
    height = 150 + (30 + lane_height(named)) * max(len(groups), 1)
    figure = new_figure(height=height, barmode="stack", legend={"traceorder": "normal"})
    for side, one in data.partition_by("waited_for", maintain_order=True, as_dict=True).items():
        color, hatch = _SIDES.get(str(side[0]), (GREY, ""))
        spent = dict(zip(one[by], one["days_per_case"], strict=True))
        days = [spent.get(group) or 0.0 for group in groups]
        part = dict(zip(one[by], one["share"], strict=True))
        figure.add_bar(
            orientation="h",
            x=[round(part.get(group) or 0.0, 4) for group in groups],
            y=list(range(len(groups))),
            name=plain(labels.value("waited_for", str(side[0]), lang)),
            text=[formats.number(day, lang, 1) if day else "" for day in days],
            customdata=[formats.days(day, lang) for day in days],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            marker={"color": color, "pattern": hatched(hatch)},
            hovertemplate="%{x:.0%}, %{customdata}",
        )
    whole = dict(data.group_by(by).agg(pl.col("days_per_case").sum()).iter_rows())
    said = [formats.days(whole[group], lang) for group in groups]
    name_lanes(figure, [two_lines(name, days) for name, days in zip(named, said, strict=True)])
    figure.update_xaxes(tickformat=".0%", range=[0, 1.02], tickvals=[0, 0.25, 0.5, 0.75, 1])
    shown = told.drop("total").with_columns(
        pl.Series(by, [called_as(group, names, by, lang) for group in told[by]], pl.String)
    )
    return chart_of(figure, _WAITING, title, _said_waiting(data, by, names, lang), shown, lang)


def _said_waiting(data: pl.DataFrame, by: str, names: Names, lang: Lang) -> str:
    parts = []
    for group in data.filter(pl.col("share").is_not_null()).partition_by(by, maintain_order=True):
        most = group.sort("days_per_case", descending=True, maintain_order=True).row(0, named=True)
        whole = formats.days(float(group["days_per_case"].sum()), lang)
        side, share = labels.value("waited_for", most["waited_for"], lang), formats.percent(most["share"], lang, 0)
        called = called_as(most[by], names, by, lang)
        parts.append(
            msg("{called}: “{side}” ({share} of {whole})", called=called, side=side, share=share, whole=whole).say(lang)
        )
    if not parts:
        return NOTHING.say(lang)
    joined = msg("; ").say(lang).join(parts)
    return msg("The longest part: {joined}.", joined=joined).say(lang)


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
        text=[plain(name) if away else "" for name, away in zip(rows[by], outside, strict=True)],
        textposition="top center",
        customdata=[plain(name) for name in rows[by]],
        hovertemplate="%{customdata}: %{y:+.1f}<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(title_text=labels.column("decided", lang), rangemode="tozero", tickformat="d")
    figure.update_yaxes(title_text=_AWAY.say(lang), tickformat="+d", zeroline=False)
    told = data.with_columns(difference=pl.col("rate") - pl.col("usual"))
    columns = (by, "decided", "rate", "usual", "difference", "pooled", "low998", "high998", "verdict")
    return chart_of(figure, _UNITS, title, _said_units(rows, by, lang), told.select(columns), lang, [playbook])


_SIDE_OF = {"below": VERMILION, "above": GREEN}


def _points_away(rows: pl.DataFrame, column: str) -> list[float]:
    return [100 * away for away in rows[column] - rows["usual"]]


def _said_units(rows: pl.DataFrame, by: str, lang: Lang) -> str:
    if rows.is_empty():
        return NOTHING.say(lang)
    inside = rows.filter(verdict="inside").height
    told = msg("{inside} of {n} lie inside the 99.8% limits.", inside=inside, n=rows.height).say(lang)
    for verdict in ("below", "above"):
        named = sorted(rows.filter(verdict=verdict)[by])
        if named:
            told += ("" if lang == "ja" else " ") + _outside(verdict, COMMA.say(lang).join(named)).say(lang)
    return told


def _outside(verdict: str, named: str) -> Text:
    return msg("Below: {named}.", named=named) if verdict == "below" else msg("Above: {named}.", named=named)
