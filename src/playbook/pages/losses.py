"""Where cases are lost: tables with bars, one playbook at a time, every ending under the name its playbook gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from playbook.pages.findings import few_lost
from playbook.rules.nouns import Outcome, Playbook
from playbook.show import formats, labels
from playbook.show.charts.panels import ORDER, Panels, stage_panels
from playbook.show.charts.sentences import called_as, stage_name
from playbook.show.view import Cell, Column, Table, table, with_bars, with_total
from playbook.words.catalogue import DOT, msg
from playbook.words.text import Lang

_WHOLE = msg("What became of the cases, by playbook")
_PARTIES = ("client", "candidate", "agency", "bank", "closed", "idle")


def whole(outcomes: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> Table:
    """What became of the cases: one row per playbook, with a bar, and the total."""
    columns = ["playbook", "cases", "won", "lost", "open", "rate", "ci_low", "ci_high", "too_few"]
    made = table(outcomes, columns, _WHOLE.say(lang), lang, playbooks=playbooks)
    kinds = {"won": "won", "lost": "lost", "open": "open"}
    bars = [_shares(row, kinds, row["cases"]) for row in outcomes.iter_rows(named=True)]
    sums = {name: formats.number(int(outcomes[name].sum()), lang) for name in ("cases", "won", "lost", "open")}
    shown = with_bars(made, bars, kinds)
    return with_total(shown, sums) if outcomes.height > 1 else shown


def stages(found: pl.DataFrame, losses: pl.DataFrame, book: Playbook, lang: Lang = "ja") -> Table:
    """How far the cases of one playbook came, and how they ended: one row per stage, a column per way of ending.

    `found` is the answer of `funnel.funnel`, `losses` that of `funnel.losses`.
    """
    own = found.filter(pl.col("playbook") == book.id)
    ways = [outcome for outcome in book.outcomes if outcome.kind != "won"]
    counted = losses.filter(pl.col("playbook") == book.id).pivot("outcome", index="stage", values="n")
    wide = own.join(counted, on="stage", how="left", maintain_order="left")
    seen = [way for way in ways if way.id in wide.columns]
    shown = wide.with_columns(pl.col(way.id).fill_null(0).alias(f"lost:{way.id}") for way in seen)
    columns = ["stage", "entered", "advanced", *(f"lost:{way.id}" for way in seen), "open"]
    columns += ["rate", "ci_low", "ci_high", "too_few", "median_days"]
    made = table(shown, columns, _stages_said(own, book, lang), lang, playbooks=[book])
    kinds = {"advanced": "advanced", **{f"lost:{way.id}": way.kind for way in seen}, "open": "open"}
    most = max([1, *shown["entered"].to_list()])
    bars = [_shares(row, kinds, most) for row in shown.iter_rows(named=True)]
    return with_bars(_named(made, seen, lang), bars, kinds)


def _named(made: Table, ways: Sequence[Outcome], lang: Lang) -> Table:
    """The table with the ways of ending under the names of their playbook."""
    names = {f"lost:{way.id}": way.name.say(lang) for way in ways}
    return replace(made, columns=tuple(replace(c, head=names.get(c.id, c.head)) for c in made.columns))


def _stages_said(own: pl.DataFrame, book: Playbook, lang: Lang) -> str:
    if few_lost(own):
        return book.name.say(lang)
    worst = own.sort("lost", descending=True, maintain_order=True).row(0, named=True)
    stage = stage_name(book, worst["stage"])
    return msg("{name}: most are lost at “{stage}”", name=book.name, stage=stage).say(lang)


def _shares(row: dict[str, object], kinds: dict[str, str], of: object) -> tuple[tuple[str, float], ...]:
    whole = float(of or 0)  # type: ignore[arg-type]
    return tuple((kind, float(row[name]) / whole) for name, kind in kinds.items() if whole)  # type: ignore[arg-type]


def panels(endings: pl.DataFrame, found: pl.DataFrame, book: Playbook, lang: Lang = "ja") -> Panels:
    """How cases leave the stages of one playbook, day by day: a small picture each."""
    own = pl.col("playbook") == book.id
    names = {stage.id: stage.name.say(lang) for stage in book.stages}
    kinds = {kind: _way(book, kind, lang) for kind in ORDER}
    return stage_panels(endings.filter(own), found.filter(own), names, kinds, lang, book.name.say(lang))


def _way(book: Playbook, kind: str, lang: Lang) -> str:
    """A way out by the names of the playbook's outcomes of that kind."""
    names = [outcome.name.say(lang) for outcome in book.outcomes if outcome.kind == kind]
    return DOT.say(lang).join(names) or labels.value("kind", kind, lang)


def waited(shares: pl.DataFrame, names: dict[str, str], lang: Lang = "ja") -> Table:
    """Where the time of the cases went: one row per playbook, the days a case waited for each party."""
    wide = shares.pivot("waited_for", index="playbook", values="days_per_case")
    parties = [party for party in _PARTIES if party in wide.columns and wide[party].sum()]
    heads = [Column(party, labels.value("side", party, lang), figures=True, chip=f"p{at}")
             for at, party in enumerate(parties)]  # fmt: skip
    most = max((sum(row[party] or 0 for party in parties) for row in wide.iter_rows(named=True)), default=1) or 1
    rows = tuple(
        (Cell(called_as(row["playbook"], names, "playbook", lang)),
         Cell("", bar=tuple((f"p{at}", (row[party] or 0) / most) for at, party in enumerate(parties))),
         *(Cell(formats.days(row[party], lang), sort=f"{row[party] or 0:.3f}") for party in parties))
        for row in wide.iter_rows(named=True)
    )  # fmt: skip
    caption = msg("Days per case, by who was waited for").say(lang)
    first = (Column("playbook", labels.column("playbook", lang)), Column("bar", ""))
    return Table(caption, (*first, *heads), rows, lang=lang, compact=True)


def weeks(counted: pl.DataFrame, names: dict[str, str], lang: Lang = "ja", near: date | None = None) -> Table:
    """How much of what was due was done in time, week by week: one row per lane, the darker the more was late.

    `counted` is the answer of `due_weeks`.
    """
    mondays = counted["week"].unique().sort().to_list()
    heads = [Column(f"{day}", formats.day(day, lang, near), figures=True) for day in mondays]
    cells = {(row["lane"], row["week"]): (row["done"], row["due"]) for row in counted.iter_rows(named=True)}
    lanes = counted["lane"].unique(maintain_order=True).to_list()
    rows = tuple(
        (Cell(called_as(lane, names, "rule_id", lang)), *(_week(cells.get((lane, day)), lang) for day in mondays))
        for lane in lanes
    )
    caption = msg("Done in time / due, by week (darker: more was late)")
    return Table(
        caption.say(lang), (Column("lane", labels.column("playbook", lang)), *heads), rows, lang=lang, compact=True
    )


def _week(counts: tuple[int, int] | None, lang: Lang) -> Cell:
    if counts is None:
        return Cell("")
    done, due = counts
    said = f"{formats.number(done, lang)} / {formats.number(due, lang)}"
    return Cell(said, sort=f"{done / due:.3f}", tint=1 - done / due)
