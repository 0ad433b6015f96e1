"""The few numbers above a report: shown as cards on its page, and said to the index of the reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from playbook.answers.owed.raci import workload
from playbook.clock.due import OPEN
from playbook.pages.findings import Finding
from playbook.rules.nouns import Playbook, Playbooks
from playbook.show import formats, labels
from playbook.show.view import Card, Table, cards, table, table_due, with_total
from playbook.words.catalogue import msg
from playbook.words.text import Lang

_CLOCKS = msg("{rate} of clocks kept, {overdue} overdue")
_KEPT, _OVERDUE = msg("In time"), msg("Overdue now")
_MISSING, _OFF = msg("Missing items"), msg("Not by the book")
_PLAYBOOK, _OPEN, _NEXT = msg("Playbook"), msg("Open actions"), msg("Next due")
_NONE = msg("none")


def of_clocks(kept: pl.DataFrame, violations: pl.DataFrame, lang: Lang = "ja") -> Finding:
    """The numbers above a report on clocks: kept, late, overdue, missing items, steps out of order."""
    sums = dict(kept.select("kept", "late", "missed", "overdue").sum().row(0, named=True))
    decided = sum(sums.values())
    rate = formats.percent(sums["kept"] / decided if decided else None, lang)
    missing = violations.filter(kind="checklist").height
    shown = cards(
        (
            Card(_KEPT.say(lang), rate),
            Card(labels.column("late", lang), formats.number(sums["late"], lang)),
            Card(labels.column("missed", lang), formats.number(sums["missed"], lang)),
            Card(_OVERDUE.say(lang), formats.number(sums["overdue"], lang), status="overdue"),
            Card(_MISSING.say(lang), formats.number(missing, lang)),
            Card(_OFF.say(lang), formats.number(violations.height, lang)),
        )
    )
    headline = _CLOCKS.say(lang).format(rate=rate, overdue=formats.number(sums["overdue"], lang))
    return Finding(headline, shown, stands=False)


def table_clocks(kept: pl.DataFrame, playbook: Playbook, lang: Lang = "ja", caption: str = "") -> Table:
    """How each clock is kept: one row per rule, the least kept first, and the total that the cards above say."""
    columns = ["rule_id", "kept", "late", "missed", "overdue", "open", "rate", "ci_low", "ci_high", "too_few", "basis"]
    made = table(kept.sort("rate", "rule_id", nulls_last=True), columns, caption, lang, playbooks=[playbook])
    sums = dict(kept.select("kept", "late", "missed", "overdue", "open").sum().row(0, named=True))
    decided = sum(sums[name] for name in ("kept", "late", "missed", "overdue"))
    rate = formats.percent(sums["kept"] / decided if decided else None, lang)
    return with_total(made, {**{name: formats.number(n, lang) for name, n in sums.items()}, "rate": rate})


def table_violations(off: pl.DataFrame, playbooks: Iterable[Playbook], lang: Lang = "ja") -> Table:
    """How often what was not done by the book: one row per kind, and the total."""
    counted = (
        off.group_by("kind")
        .agg(n=pl.len(), cases=pl.col("case_id").n_unique())
        .sort("n", "kind", descending=[True, False])
    )
    made = table(counted, ["kind", "n", "cases"], lang=lang, playbooks=playbooks)
    return with_total(
        made, {"n": formats.number(off.height, lang), "cases": formats.number(off["case_id"].n_unique(), lang)}
    )


def table_open(story: pl.DataFrame, playbooks: Iterable[Playbook], lang: Lang = "ja") -> Table:
    """The open actions of a case: one row each, in order of due."""
    live = story.filter(pl.col("status").is_in(list(OPEN))).sort("due_at", maintain_order=True)
    columns = ("rule", "due", "days_left", "status", "owner")
    return table_due(live, playbooks, lang, columns=columns, caption=_OPEN.say(lang))


def of_case(case: Mapping[str, Any], story: pl.DataFrame, playbooks: Iterable[Playbook], lang: Lang = "ja") -> Finding:
    """The numbers above the story of one case: what it is, what is open, when the next due is."""
    book = Playbooks(playbooks).named(case["playbook"])
    live = story.filter(pl.col("status").is_in(list(OPEN)))
    upcoming: list[datetime] = live.filter(pl.col("status") != "overdue")["due_at"].sort().to_list()
    named, late = case["subject"] or case["case_id"], live.filter(status="overdue").height
    shown = cards(
        (
            Card(labels.column("case", lang), f"{named} ({case['case_id']})"),
            Card(_PLAYBOOK.say(lang), book.name.say(lang)),
            Card(_OPEN.say(lang), formats.number(live.height, lang)),
            Card(_OVERDUE.say(lang), formats.number(late, lang), status="overdue" if late else ""),
            Card(_NEXT.say(lang), formats.moment(upcoming[0], lang) if upcoming else _NONE.say(lang)),
        )
    )
    return Finding(f"{named}: {book.name.say(lang)}", shown, stands=False)


def late_without_reason(actions: pl.DataFrame, rules: list[str]) -> pl.DataFrame:
    """Delays that nobody has explained: the due actions of some rules that are past their due and unfulfilled.

    One row per due action, with its columns. Source: D-18, where the rules are those that ask for the reason.
    """
    unexplained = pl.col("rule_id").is_in(rules) & pl.col("status").is_in(["overdue", "closed_late", "due_today"])
    return actions.filter(unexplained).sort("due_at", "case_id")


def open_by_person(open_actions: pl.DataFrame) -> pl.DataFrame:
    """What each person has open of some actions: one row per person, the busiest first (columns: `raci.workload`)."""
    return workload(open_actions)
