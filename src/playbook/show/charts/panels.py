"""Small pictures side by side, drawn when a report is made: plain SVG, the same on screen, on paper and in one file.

Each panel is one stage: how the cases that came to it left it, day by day, as areas one on the other; what is left at
the top is still there. Areas are labelled in the panel, not in a legend far away.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from playbook.rendering.lab import StyledInNotebooks
from playbook.show import formats
from playbook.words.catalogue import msg
from playbook.words.text import Lang

_WIDE, _HIGH, _LEFT, _TOP, _FOOT = 230, 128, 30, 8, 20
_STEP = 2  # pixels: what is closer is one step of a curve
_STILL = msg("still there")
_DAYS = msg(" d")


@dataclass(frozen=True, slots=True)
class Area:
    """How one way out of a stage grew: its kind (of the colour), its name, and the share by day."""

    kind: str
    name: str
    days: tuple[float, ...]
    shares: tuple[float, ...]

    def at(self, day: float) -> float:
        """The share that had left this way by a day."""
        before = bisect_right(self.days, day)
        return self.shares[before - 1] if before else 0.0


@dataclass(frozen=True, slots=True)
class Panel:
    """One stage: its name, what is said under it, and the ways out, from the bottom up."""

    name: str
    told: str
    areas: tuple[Area, ...]
    last: float
    lang: Lang = "ja"

    @property
    def html(self) -> Markup:
        """The panel as a figure within the figure."""
        drawn = Markup().join([*self._areas(), *self._axes()])
        return Markup(
            '<div class="panel"><p><b>{0}</b> <small>{1}</small></p>'
            '<svg viewBox="0 0 {2} {3}" role="img" aria-label="{0}: {1}">{4}</svg></div>'
        ).format(self.name, self.told, _LEFT + _WIDE + 8, _TOP + _HIGH + _FOOT, drawn)

    def _areas(self) -> Iterable[Markup]:
        moments = self._moments()
        base = [0.0] * len(moments)
        for area in self.areas:
            top = [low + area.at(day) for low, day in zip(base, moments, strict=True)]
            points = _steps(moments, top, self.last) + _steps(moments, base, self.last)[::-1]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            yield Markup('<polygon class="k-{}" points="{}"/>').format(area.kind, path)
            base = top

    def _moments(self) -> list[float]:
        """The days at which an area may grow: of those too close to be told apart the last."""
        days = sorted({day for area in self.areas for day in area.days if day <= self.last})
        told_apart = {round(_WIDE * day / self.last / _STEP): day for day in days if self.last}
        return sorted({0.0, self.last, *told_apart.values()})

    def _axes(self) -> Iterable[Markup]:
        for share in (0.0, 0.5, 1.0):
            y = _TOP + _HIGH * (1 - share)
            yield Markup('<line class="axis" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(_LEFT, _LEFT + _WIDE, y=y)
            yield Markup('<text x="{}" y="{}" text-anchor="end">{:.0f}%</text>').format(_LEFT - 4, y + 3.5, 100 * share)
        for part in (0, 0.5, 1):
            day = f"{self.last * part:.0f}" + (_DAYS.say(self.lang) if part == 1 else "")
            x = _LEFT + _WIDE * part
            anchor = ("start", "middle", "end")[int(part * 2)]
            yield Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, _TOP + _HIGH + 14, anchor, day)


def _steps(days: Sequence[float], shares: Sequence[float], last: float) -> list[tuple[float, float]]:
    """A curve that stays level from one day to the next."""
    points: list[tuple[float, float]] = []
    for day, share in zip(days, shares, strict=True):
        x, y = _LEFT + _WIDE * (day / last if last else 0), _TOP + _HIGH * (1 - share)
        if points and y == points[-1][1] and day != last:
            continue  # level: the next step, or the end, goes on from here
        points += [(x, points[-1][1]), (x, y)] if points else [(x, y)]
    return points


@dataclass(frozen=True)
class Panels(StyledInNotebooks):
    """Panels of one playbook with their title, their finding, and the colours named."""

    title: str
    finding: str
    panels: tuple[Panel, ...]
    kinds: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        return len(self.panels)

    @property
    def html(self) -> Markup:
        """The panels as one figure."""
        keys = (Markup('<span><i class="chip k-{}"></i>{}</span>').format(kind, name) for kind, name in self.kinds)
        return Markup(
            '<figure class="pb-panels"><figcaption><strong>{}</strong> <span class="pb-told">{}</span></figcaption>'
            '<p class="keys">{}</p><div class="panels">{}</div></figure>'
        ).format(self.title, self.finding, Markup(" ").join(keys), Markup().join(panel.html for panel in self.panels))

    def _repr_html_(self) -> str:
        return str(self.html) if self.panels else ""


ORDER = ("advanced", "rejected", "declined", "lapsed", "unknown")


def stage_panels(
    endings: pl.DataFrame,
    stages: pl.DataFrame,
    names: Mapping[str, str],
    kinds: Mapping[str, str],
    lang: Lang,
    title: str,
) -> Panels:
    """How cases leave each stage of one playbook: one panel per stage in which enough was decided.

    `endings` is the answer of `funnel.stage_endings`, `stages` that of `funnel.funnel`, both of one playbook; `names`
    says what its stages are called, `kinds` what ways out are. All panels go to the same day: nine of ten that leave at
    all have left by then, in the slowest stage.
    """
    told = [row for row in stages.iter_rows(named=True) if not row["too_few"] and row["entered"]]
    last = max((_most_days(endings.filter(stage=row["stage"])) for row in told), default=0.0)
    made = tuple(_panel(row, endings.filter(stage=row["stage"]), names, kinds, last, lang) for row in told)
    seen = {area.kind for panel in made for area in panel.areas}
    named = [(kind, kinds[kind]) for kind in ORDER if kind in seen]
    return Panels(title, _slowest(told, names, lang), made, (*named, ("open", _STILL.say(lang))))


def _most_days(curve: pl.DataFrame) -> float:
    """The day by which nine of ten of those that left had left."""
    total = curve.group_by("days").agg(pl.col("left").sum()).sort("days")
    counted = total.with_columns(share=pl.col("left").cum_sum() / pl.col("left").sum())
    return max(1.0, float(counted.filter(pl.col("share") >= 0.9)["days"].min() or 1.0))  # type: ignore[arg-type]


def _panel(
    row: dict[str, object],
    curve: pl.DataFrame,
    names: Mapping[str, str],
    kinds: Mapping[str, str],
    last: float,
    lang: Lang,
) -> Panel:
    areas = tuple(
        Area(kind, kinds[kind], tuple(own["days"]), tuple(own["incidence"]))
        for kind in ORDER
        if (own := curve.filter(ended=kind))["left"].sum()
    )
    stage, n, middle = str(row["stage"]), row["entered"], row["median_days"]
    days = formats.days(middle, lang) if isinstance(middle, float) else formats.ABSENT
    told = msg("{n} cases, half have left after {days}", n=n, days=days)
    return Panel(names.get(stage, stage), told.say(lang), areas, last, lang)


def _slowest(rows: Sequence[dict[str, object]], names: Mapping[str, str], lang: Lang) -> str:
    timed = [(row["median_days"], str(row["stage"])) for row in rows if isinstance(row["median_days"], float)]
    if not timed:
        return ""
    days, stage = max(timed)
    said, name = formats.days(days, lang), names.get(stage, stage)
    return msg("They stay longest in “{name}”: half have left after {said}.", name=name, said=said).say(lang)
