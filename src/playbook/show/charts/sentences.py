"""What a figure shows, in one sentence written from its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.view import sayer
from playbook.words.catalogue import COMMA, msg
from playbook.words.text import Lang, Text

Names = Mapping[str, str] | None
ChartRows = list[dict[str, Any]]

NOTHING = msg("There is nothing to show yet.")
ENDINGS = {"won", "rejected", "declined", "lapsed", "unknown", "open", "lost"}
_COMMA, _SEMICOLON = COMMA, msg("; ")


def of_funnel(rows: ChartRows, playbook: Playbook, lang: Lang) -> str:
    """How many came, came through, were lost and are open; where most are lost."""
    if not rows or not rows[0]["entered"]:
        return NOTHING.say(lang)
    entered, won = rows[0]["entered"], rows[-1]["advanced"]
    lost, still = sum(row["lost"] for row in rows), sum(row["open"] for row in rows)
    said = msg(
        "Of {entered} cases, {won} were completed, {lost} were lost and {still} are still open.",
        entered=entered,
        won=won,
        lost=lost,
        still=still,
    ).say(lang)
    worst = max(rows, key=lambda row: row["lost"])
    if not worst["lost"]:
        return said
    stage = stage_name(playbook, worst["stage"])
    more = msg(" Most are lost at “{stage}”: {lost}.", stage=stage, lost=worst["lost"])
    return said + more.say(lang)


def of_survival(curves: Mapping[Any, pl.DataFrame], called: Mapping[Any, str], lang: Lang) -> str:
    """The median of each group, or that half was not reached, and how many it rests on."""
    if not curves:
        return NOTHING.say(lang)
    if len(curves) > 1 and all((curve["survival"] > 0.5).all() for curve in curves.values()):
        return msg("In none of the {n} groups half have left.", n=len(curves)).say(lang)
    parts = []
    for key, curve in curves.items():
        half = curve.filter(pl.col("survival") <= 0.5)["time_days"]
        n = curve["at_risk"][0]
        median = formats.days(half[0], lang) if len(half) else msg("not reached").say(lang)
        parts.append(msg("{called} {median} (n = {n})", called=called[key], median=median, n=n).say(lang))
    joined = _COMMA.say(lang).join(parts)
    return msg("Time until half have left: {joined}.", joined=joined).say(lang)


def of_incidence(ends: pl.DataFrame, by: str, kind: str, lang: Lang) -> str:
    """The most frequent ending of each group."""
    if ends.is_empty():
        return NOTHING.say(lang)
    parts = []
    for group in ends.partition_by(by, maintain_order=True):
        top = group.sort("incidence", descending=True, maintain_order=True).row(0, named=True)
        share, ending = formats.percent(top["incidence"], lang), labels.value("kind", top[kind], lang)
        parts.append(msg("{top}: “{ending}” {share}", top=top[by], ending=ending, share=share).say(lang))
    joined = _SEMICOLON.say(lang).join(parts)
    return msg("The most frequent ending: {joined}.", joined=joined).say(lang)


def of_series(data: pl.DataFrame, percent: bool, benchmark: float | None, names: Names, lang: Lang) -> str:
    """From what to what each group went, of more than two only the one that moved most, and the benchmark."""
    groups = data.filter(pl.col("value").is_not_null()).partition_by("group", maintain_order=True)
    if not groups:
        return NOTHING.say(lang)
    if len(groups) > 2:
        joined = _moved_most(groups, percent, names, lang)
    else:
        joined = _SEMICOLON.say(lang).join(_course(one, percent, names, lang) for one in groups)
    if benchmark is None:
        return msg("{joined}.", joined=joined).say(lang)
    held = in_form(benchmark, percent, lang)
    return msg("{joined} (benchmark {held}).", joined=joined, held=held).say(lang)


def _moved_most(groups: list[pl.DataFrame], percent: bool, names: Names, lang: Lang) -> str:
    """The largest movement of several groups from their first period to their last, and whether it can be told."""
    moved = [one for one in groups if one.height > 1]
    if not moved:
        return msg("No group has two periods with enough cases to compare").say(lang)
    most = max(moved, key=lambda one: abs(one["value"][-1] - one["value"][0]))
    told = most.drop_nulls(["low", "high"])
    apart = told.height > 1 and (told["low"][-1] > told["high"][0] or told["high"][-1] < told["low"][0])
    course = _course(most, percent, names, lang)
    if apart:
        return msg("The largest movement: {course}", course=course).say(lang)
    return msg("The largest movement: {course}; the intervals overlap, so this may be chance", course=course).say(lang)


def _course(one: pl.DataFrame, percent: bool, names: Names, lang: Lang) -> str:
    first, last = one.row(0, named=True), one.row(-1, named=True)
    name = called_as(first["group"], names, "group", lang)
    was, now = in_form(first["value"], percent, lang), in_form(last["value"], percent, lang)
    start, end = period_said(first["period"], lang), period_said(last["period"], lang)
    if one.height == 1:
        return msg("{name}: {now} ({end})", name=name, now=now, end=end).say(lang)
    return msg("{name}: {was} ({start}) to {now} ({end})", name=name, was=was, start=start, now=now, end=end).say(lang)


def of_load(data: pl.DataFrame, value: str, lang: Lang) -> str:
    """Who carries most, and who carries more than they can."""
    if data.is_empty():
        return NOTHING.say(lang)
    total = data.group_by("person", maintain_order=True).agg(pl.col(value).sum())
    carried = {called_as(person, None, "person", lang): amount for person, amount in total.iter_rows()}
    most = sayer(value, data.schema[value], lang)(max(carried.values()))
    told = msg("{n} cases", n=most) if value in {"n", "open"} else most
    said = msg("Heaviest load: {leaders}, {most}.", leaders=leaders(carried, lang), most=told).say(lang)
    over = _COMMA.say(lang).join(_over(data, total, value))
    if not over:
        return said
    return said + msg(" Over capacity: {over}.", over=over).say(lang)


def _over(data: pl.DataFrame, total: pl.DataFrame, value: str) -> list[str]:
    if "capacity" not in data.columns:
        return []
    most = data.group_by("person").agg(pl.col("capacity").first())
    joined = total.join(most, on="person", how="left", maintain_order="left")
    return joined.filter(pl.col(value) > pl.col("capacity"))["person"].drop_nulls().to_list()


def of_timeline(marks: pl.DataFrame, lang: Lang) -> str:
    """From when to when, and how many marks of which kind."""
    if marks.is_empty():
        return NOTHING.say(lang)
    moments = [*marks["start"], *marks["end"].drop_nulls()]
    start, end = period_said(min(moments), lang), period_said(max(moments), lang)
    kinds = marks["kind"].to_list()
    counts = (f"{labels.value('kind', kind, lang)} {kinds.count(kind)}" for kind in dict.fromkeys(kinds))
    listed = _COMMA.say(lang).join(counts)
    return msg("{start} to {end}: {listed}.", start=start, end=end, listed=listed).say(lang)


def leaders(counted: Mapping[str, float], lang: Lang) -> str:
    """Who has most: the name, or the names of those who have equally much.

    >>> leaders({"佐藤": 3, "鈴木": 3, "田中": 1}, "ja"), leaders({"A": 2, "B": 2, "C": 2, "D": 2}, "en")
    ('佐藤と鈴木', 'A and 3 others')
    """
    most = max(counted.values())
    named = [name for name, count in counted.items() if count == most]
    if len(named) > 3:
        more = len(named) - 1
        return msg("{named} and {more} others", named=named[0], more=more).say(lang)
    return msg(" and ").say(lang).join(named)


# ---- names ----


def stage_name(playbook: Playbook, stage: str) -> Text:
    """What a playbook calls a stage; its id where it has none of that id."""
    return labels.name_in(playbook, "stage", stage) or Text(stage, stage)


def called_as(key: object, names: Names, of: str, lang: Lang) -> str:
    """What a value of the column `of` is called: by `names`, else by its label, else as it is."""
    if key is None:
        return labels.absent(of, lang) or formats.ABSENT
    return (names or {}).get(str(key)) or labels.value(of, str(key), lang)


def in_form(value: float, percent: bool, lang: Lang) -> str:
    """A value as per cent, or as a number."""
    return formats.percent(value, lang) if percent else formats.number(value, lang)


def period_said(moment: object, lang: Lang) -> str:
    """A period, a day or an instant."""
    if isinstance(moment, datetime):
        return formats.moment(moment, lang)
    return formats.day(moment, lang) if isinstance(moment, date) else formats.cycle(str(moment), lang)
