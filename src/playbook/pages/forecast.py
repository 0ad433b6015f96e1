"""The page of what will come: said with its bands, and with how right the same forecast was before."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from playbook.pages.findings import Finding
from playbook.rules.nouns import Outcome, Playbook, Playbooks
from playbook.show import formats, labels
from playbook.show.charts.ahead import band_said
from playbook.show.view import Card, cards
from playbook.words.catalogue import msg
from playbook.words.text import Lang


def of_forecast(
    counts: pl.DataFrame, reliability: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja"
) -> Finding:
    """What the nearest days bring, in a sentence and a card a playbook; both frames are those of `day.forecast()`."""
    soonest = counts.filter(pl.col("days") == pl.col("days").min())
    items = [card for book in playbooks if (card := _card(soonest, reliability, book, lang)) is not None]
    sentence = _sentence(soonest, playbooks, lang)
    shown = cards(items)
    return Finding(sentence, shown)


def won_of(book: Playbook) -> Outcome | None:
    """The first way in which a case is won."""
    return next((one for one in book.outcomes if one.kind == "won"), None)


def _won(soonest: pl.DataFrame, book: Playbook) -> pl.DataFrame:
    won = won_of(book)
    return soonest.filter(pl.col("playbook") == book.id, pl.col("outcome") == (won.id if won else ""))


def _card(soonest: pl.DataFrame, reliability: pl.DataFrame, book: Playbook, lang: Lang) -> Card | None:
    rows, won = _won(soonest, book), won_of(book)
    if rows.is_empty() or won is None:
        return None
    row = rows.row(0, named=True)
    label = f"{book.name.say(lang)}: {won.name.say(lang)}"
    judged = reliability.filter(playbook=book.id)["verdict"]
    beside = labels.value("verdict", judged[0] if len(judged) else "no_record", lang)
    if row["median"] is None:
        return Card(label, msg("No forecast").say(lang), beside)
    low, high = (formats.number(row[one], lang) for one in ("low80", "high80"))
    of = msg("80% band {low} to {high}, {open_cases} open", low=low, high=high, open_cases=row["open_cases"])
    return Card(label, formats.number(row["median"], lang), f"{of.say(lang)} · {beside}")


def _sentence(soonest: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang) -> str:
    told = []
    for book in playbooks:
        rows, won = _won(soonest, book).filter(pl.col("median").is_not_null()), won_of(book)
        if won is not None and not rows.is_empty():
            told.append(f"{book.name.say(lang)}: {won.name.say(lang)} {band_said(rows.row(0, named=True), lang)}")
    if not told:
        return msg("Too few cases have ended: there is no forecast yet.").say(lang)
    days, listed = soonest["days"][0], msg("; ").say(lang).join(told)
    return msg("From the open cases, in {days} days: {listed}.", days=days, listed=listed).say(lang)


def by_horizon(counts: pl.DataFrame, lang: Lang = "ja") -> pl.DataFrame:
    """Counts to come with a column for each number of days ahead: one row per what is counted, in the order given.

    `counts` has `days`, `median` and the bands; what has no forecast, or no chance to come, is left out. A cell says
    the median and its 80 % band, `3 (1〜5)`.
    """
    told = counts.filter(pl.col("median").is_not_null(), pl.col("high95") > 0)
    keys = [name for name in told.columns if name not in {"days", "median", "low80", "high80", "low95", "high95"}]
    heads = {days: msg("In {days} days (80% band)", days=days).say(lang) for days in sorted(set(counts["days"]))}
    rows: dict[tuple[object, ...], dict[str, str]] = {}
    for row in told.iter_rows(named=True):
        n, low, high = (formats.number(row[name], lang) for name in ("median", "low80", "high80"))
        said = msg("{n} ({low}–{high})", n=n, low=low, high=high).say(lang)
        rows.setdefault(tuple(row[key] for key in keys), {})[heads[row["days"]]] = said
    found = [dict(zip(keys, key, strict=True)) | cells for key, cells in rows.items()]
    return pl.DataFrame(
        found, schema={key: counts.schema[key] for key in keys} | dict.fromkeys(heads.values(), pl.String)
    )


def record_said(reliability: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> str:
    """How right the forecasts of each playbook were and what follows from it, as a list in Markdown."""
    books = Playbooks(playbooks)
    lines = [
        f"- **{book.name.say(lang)}**: {_judged(row, lang)}"
        for row in reliability.iter_rows(named=True)
        if (book := books.get(row["playbook"]))
    ]
    return "\n".join(lines)


def _judged(row: dict[str, object], lang: Lang) -> str:
    made, inside = row["made"], row["inside80"]
    counted = msg(
        "of {made} forecasts {days} days ahead, {inside} lay inside the 80% band.",
        made=made,
        days=row["days"],
        inside=inside,
    )
    match row["verdict"]:
        case "holds":
            more = msg("No more lay outside than chance has it.")
        case "widened":
            factor = formats.number(float(str(row["factor"])), lang, 1)
            more = msg("That is too few: the bands below are {factor} times as wide.", factor=factor)
        case "refused":
            more = msg("That is far too few: there is no forecast.")
        case _:
            return msg("too few forecasts have come due to say how right they are.").say(lang)
    return counted.say(lang) + ("" if lang == "ja" else " ") + more.say(lang)
