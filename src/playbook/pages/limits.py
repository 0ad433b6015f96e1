"""The page on limits: which practice keeps, which matter, and what to do with what one cannot tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from playbook.answers.ahead.matters import SMALL
from playbook.pages.findings import Finding
from playbook.rendering.lab import StyledInNotebooks
from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.view import Card, Row, Table, cards, table
from playbook.words.catalogue import msg
from playbook.words.text import Lang


def of_limits(rules: pl.DataFrame, lang: Lang = "ja") -> Finding:
    """What the limits are in practice, in a sentence and a row of cards; `rules` is the answer of `limits.limits`."""
    live = rules.filter(pl.col("started") > 0)
    rated = live.filter(pl.col("rate").is_not_null() & (pl.col("started") >= 10))
    seldom = rated.filter(pl.col("rate") < 0.8).height
    counts = {verdict: live.filter(verdict=verdict).height for verdict in _VERDICTS}
    sentence = msg(
        "Of {height} rules, {seldom} are kept on time less than eight times in ten. Declines differ between late and "
        "on-time cases for {matters} rules and hardly differ for {small}; for {cannot_tell} there is too little to "
        "tell.",
        height=live.height,
        seldom=seldom,
        matters=counts["matters"],
        small=counts["small"],
        cannot_tell=counts["cannot_tell"],
    ).say(lang)
    shown = cards(Card(item, formats.number(n, lang)) for item, n in _counted(rules, lang))
    return Finding(sentence, shown)


def _counted(rules: pl.DataFrame, lang: Lang) -> list[tuple[str, int]]:
    """How many rules there are of each kind, by its name."""
    live = rules.filter(pl.col("started") > 0)
    rated = live.filter(pl.col("rate").is_not_null() & (pl.col("started") >= 10))
    verdicts = [(labels.value("verdict", one, lang), live.filter(verdict=one).height) for one in _VERDICTS]
    return [
        (msg("Rules started").say(lang), live.height),
        (msg("Never started").say(lang), rules.height - live.height),
        (msg("Kept less than 8 in 10").say(lang), rated.filter(pl.col("rate") < 0.8).height),
        *verdicts,
    ]


_VERDICTS = ("matters", "small", "cannot_tell")
_UNSURE = 8
"""The rules of which one cannot tell whose sentence is read: the surest of them, as in the figure above."""


@dataclass(frozen=True)
class CountedRules(StyledInNotebooks):
    """How many rules there are of each kind, to be unfolded: the cards above say it already."""

    table: Table

    def _repr_html_(self) -> str:
        shown = Markup('<details class="pb-data"><summary>{}</summary>{}</details>')
        return str(shown.format(self.table.caption, self.table.html))


def counted(rules: pl.DataFrame, lang: Lang = "ja") -> CountedRules:
    """How many rules there are of each kind: one row per kind."""
    rows = pl.DataFrame(_counted(rules, lang), schema={"item": pl.String, "n": pl.Int64}, orient="row")
    return CountedRules(table(rows, caption=msg("The rules by kind").say(lang), lang=lang))


def known_effects(told: pl.DataFrame) -> pl.DataFrame:
    """What a figure of differences needs: those that could be estimated, the surest first (see `matters.matters`)."""
    known = told.filter(pl.col("effect").is_not_null()).sort("p_value", "rule_id")
    return known.select(
        "rule_id", "late_n", "kept_n", pl.col("effect").alias("difference"), pl.col("effect_low").alias("ci_low"),
        pl.col("effect_high").alias("ci_high"), "verdict", "reason", "needs",
    )  # fmt: skip


def verdicts_said(told: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> str:
    """A sentence for each rule of which one can tell, as a list in Markdown; what is missing where none could.

    Of those of which one cannot, the surest stand with theirs; that there are more is said.
    """
    rows = told.filter(pl.col("effect").is_not_null()).sort("p_value", "rule_id")
    if rows.is_empty():
        return msg("Every rule has too few cases: nothing can be told yet of lateness and declines.").say(lang)
    names, unsure = _names(playbooks, lang), pl.col("verdict") == "cannot_tell"
    listed = pl.concat([rows.filter(~unsure), rows.filter(unsure).head(_UNSURE)])
    said = [f"- **{names[row['playbook'], row['rule_id']]}**: {_verdict(row, lang)}"
            for row in listed.iter_rows(named=True)]  # fmt: skip
    if rows.height > listed.height:
        said.append(
            "- " + msg("The other rules have too little to tell, too; their numbers are in the CSV below.").say(lang)
        )
    return "\n".join(said)


def _names(playbooks: Sequence[Playbook], lang: Lang) -> dict[tuple[str, str], str]:
    return {(book.id, rule.id): rule.name.say(lang) for book in playbooks for rule in book.rules}


def _verdict(row: Row, lang: Lang) -> str:
    low, high = (formats.number(100 * row[end], lang, 1) for end in ("effect_low", "effect_high"))
    late, kept = row["late_n"], row["kept_n"]
    match row["verdict"], row["reason"]:
        case "matters", _ if row["effect"] > 0:
            said = msg(
                "where it was late ({late}), {low} to {high} points more are lost to decline than where it"
                " was kept ({kept}).",
                late=late,
                low=low,
                high=high,
                kept=kept,
            )
        case "matters", _:
            said = msg(
                "fewer are lost where it was late ({late}) than where it was kept ({kept}): {low} to {high}"
                " points. Look for what those cases have in common.",
                late=late,
                kept=kept,
                low=low,
                high=high,
            )
        case "small", _:
            bound = max(abs(row["effect_low"]), abs(row["effect_high"]))
            said = msg(
                "late or not, declines do not differ by more than {points} points ({late} late, {kept} kept).",
                points=formats.number(100 * bound, lang, 1),
                late=late,
                kept=kept,
            )
        case _, "hopeless_late":
            said = msg(
                "cannot tell: cases with poor prospects were late more often, so lateness may only be a sign of that."
            )
        case _, "by_chance":
            said = msg(
                "cannot tell ({low} to {high} points): among as many rules as are compared here, chance alone makes "
                "such a difference now and then.",
                low=low,
                high=high,
            )
        case _:
            needs = formats.number(row["needs"], lang)
            said = msg(
                "too little to tell ({low} to {high} points). Finding a difference of {points} points would take "
                "about {needs} cases.",
                low=low,
                high=high,
                points=formats.number(100 * SMALL, lang, 0),
                needs=needs,
            )
    return said.say(lang)


def practice(rules: pl.DataFrame, lang: Lang = "ja") -> pl.DataFrame:
    """The limits beside what practice makes of them, the least kept first; those that never started are left out.

    Columns: `playbook`, `rule_id`, `started`, `rate`, `ci_low`, `ci_high`, `limit`, `p50`, `p80`, `p90`, `limit_80`,
    `limit_90` (texts with their unit).
    """
    spans = ("limit", "p50", "p80", "p90", "limit_80", "limit_90")
    rows = rules.filter(pl.col("started") > 0).sort("rate", "playbook", "rule_id", nulls_last=True)
    told = [{name: span_said(row[name], row["unit"], lang) for name in spans} for row in rows.iter_rows(named=True)]
    texts = pl.DataFrame(told, schema=dict.fromkeys(spans, pl.String))
    few = (pl.col("started") < 10).alias("too_few")
    return rows.select("playbook", "rule_id", "started", "rate", "ci_low", "ci_high", few).hstack(texts)


def span_said(value: float | None, unit: str, lang: Lang) -> str:
    """A number of a unit as a reader says it; nothing where there is none.

    >>> span_said(3, "business days", "ja"), span_said(-14.0, "days", "ja"), span_said(1.5, "hours", "en")
    ('3営業日', '14日前', '1.5 hours')
    >>> span_said(0, "days", "ja"), span_said(1, "weeks", "en")
    ('当日', '1 week')
    """
    if value is None:
        return ""
    if value == 0 and unit in ("days", "business days"):
        return msg("the same day").say(lang)
    n = formats.number(abs(value), lang, 0 if float(value).is_integer() else 1)
    named = labels.value("unit", unit, lang)
    named = named.removesuffix("s") if abs(value) == 1 and lang == "en" else named
    before = msg(" before").say(lang) if value < 0 else ""
    return f"{n}{'' if lang == 'ja' else ' '}{named}{before}"


def dead(rules: pl.DataFrame, playbooks: Sequence[Playbook], lang: Lang = "ja") -> Table:
    """The rules that nothing has ever started, to read."""
    rows = rules.filter(pl.col("started") == 0).select("playbook", "rule_id")
    caption = msg("Rules that nothing ever started").say(lang)
    return table(rows, caption=caption, lang=lang, playbooks=playbooks)
