"""The few numbers above a report: shown as cards on its page, and said to the index of the reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from playbook.clock.due import OPEN
from playbook.rendering.attachments import summarise
from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.view import Card, Cards, cards
from playbook.words.text import Lang, Text

_CLOCKS = Text("期限の順守 {rate}、期限超過{overdue}件", "{rate} of clocks kept, {overdue} overdue")
_KEPT, _LATE, _OVERDUE = (
    Text("期限どおり", "Kept in time"),
    Text("遅れ", "Late or missed"),
    Text("期限超過中", "Overdue now"),
)
_MISSING, _DISORDER = Text("未記入の項目", "Missing items"), Text("順番違い・不参加", "Out of order, absent")
_PLAYBOOK, _OPEN, _NEXT = Text("手順書", "Playbook"), Text("未了の対応", "Open actions"), Text("次の期限", "Next due")
_NONE = Text("なし", "none")


def of_clocks(kept: pl.DataFrame, violations: pl.DataFrame, lang: Lang = "ja") -> Cards:
    """The numbers above a report on clocks: kept, late, overdue, missing items, steps out of order."""
    sums = dict(kept.select("kept", "late", "missed", "overdue").sum().row(0, named=True))
    decided = sum(sums.values())
    rate = formats.percent(sums["kept"] / decided if decided else None, lang)
    missing = violations.filter(kind="checklist").height
    shown = cards(
        (
            Card(_KEPT.say(lang), rate),
            Card(_LATE.say(lang), formats.number(sums["late"] + sums["missed"], lang)),
            Card(_OVERDUE.say(lang), formats.number(sums["overdue"], lang), status="overdue"),
            Card(_MISSING.say(lang), formats.number(missing, lang)),
            Card(_DISORDER.say(lang), formats.number(violations.height - missing, lang)),
        )
    )
    headline = _CLOCKS.say(lang).format(rate=rate, overdue=formats.number(sums["overdue"], lang))
    summarise(headline=headline, cards=shown.told)
    return shown


def of_case(case: Mapping[str, Any], story: pl.DataFrame, playbooks: Iterable[Playbook], lang: Lang = "ja") -> Cards:
    """The numbers above the story of one case: what it is, what is open, when the next due is."""
    book = next(book for book in playbooks if book.id == case["playbook"])
    live = story.filter(pl.col("status").is_in(list(OPEN)))
    upcoming: list[datetime] = live.filter(pl.col("status") != "overdue")["due_at"].sort().to_list()
    named = case["subject"] or case["case_id"]
    shown = cards(
        (
            Card(labels.column("case", lang), f"{named} ({case['case_id']})"),
            Card(_PLAYBOOK.say(lang), book.name.say(lang)),
            Card(_OPEN.say(lang), formats.number(live.height, lang)),
            Card(_OVERDUE.say(lang), formats.number(live.filter(status="overdue").height, lang), status="overdue"),
            Card(_NEXT.say(lang), formats.moment(upcoming[0], lang) if upcoming else _NONE.say(lang)),
        )
    )
    summarise(headline=f"{named}: {book.name.say(lang)}", cards=shown.told)
    return shown
