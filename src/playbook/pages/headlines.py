"""The few numbers above a report: shown as cards on its page, and said to the index of the reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from playbook.answers.week import URGENT, WeeklyList
from playbook.clock.due import OPEN
from playbook.pages.findings import Finding
from playbook.rendering.attachments import summarise
from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.charts.sentences import called_as, leaders
from playbook.show.view import Card, Cards, cards, cards_due
from playbook.words.text import Lang, Text

_WEEK = Text(
    "期限超過{overdue}件、今日{due_today}件、今週{due_soon}件",
    "{overdue} overdue, {due_today} today, {due_soon} this week",
)
_CLOCKS = Text("期限の順守 {rate}、期限超過{overdue}件", "{rate} of clocks kept, {overdue} overdue")
_KEPT, _LATE, _OVERDUE = (
    Text("期限どおり", "Kept in time"),
    Text("遅れ", "Late or missed"),
    Text("期限超過中", "Overdue now"),
)
_MISSING, _DISORDER = Text("未記入の項目", "Missing items"), Text("順番違い・不参加", "Out of order, absent")
_PLAYBOOK, _OPEN, _NEXT = Text("手順書", "Playbook"), Text("未了の対応", "Open actions"), Text("次の期限", "Next due")
_NONE = Text("なし", "none")


def of_week(week: WeeklyList, lang: Lang = "ja") -> Finding:
    """What the week asks for, who has most of it, what changed; and the numbers above the weekly list."""
    shown = cards_due(week.actions, lang)
    counts = {status: formats.number(week.of(status).height, lang) for status in URGENT}
    summarise(headline=_WEEK.say(lang).format(**counts), cards=shown.told, counts=week.counts)
    return Finding(_week_said(week, lang), shown)


def _week_said(week: WeeklyList, lang: Lang) -> str:
    n, overdue = week.urgent.height, week.of("overdue").height
    since = formats.day(week.since, lang, near=week.since)
    moved = week.counts
    changed = Text(
        f"前回({since})から、新しく出たもの{moved['new']}件、片付いたもの{moved['resolved']}件、"
        f"期限が迫ったもの{moved['worse']}件です。",
        f"Since {since}: {moved['new']} new, {moved['resolved']} resolved, {moved['worse']} more urgent.",
    )
    if not n:
        return Text(
            f"期限を過ぎた対応も、{week.horizon}日以内に期限が来る対応もありません。{changed.ja}",
            f"Nothing is overdue, and nothing is due within {week.horizon} days. {changed.en}",
        ).say(lang)
    owners = week.urgent.group_by("owner", maintain_order=True).len().iter_rows()
    counted = {called_as(owner, None, "owner", lang): count for owner, count in owners}
    person, most = leaders(counted, lang), max(counted.values())
    late = Text(
        f"うち{overdue}件は期限を過ぎています" if overdue else "期限を過ぎたものはありません",
        f"{overdue} of them overdue" if overdue else "none of them overdue",
    )
    return Text(
        f"期限を過ぎたもの、今日が期限のもの、{week.horizon}日以内に期限が来るものが合わせて{n}件あり、{late.ja}。"
        f"最も多いのは{person}の{most}件です。{changed.ja}",
        f"Overdue, due today or due within {week.horizon} days: {n}, {late.en}. "
        f"Most are with {person}: {most}. {changed.en}",
    ).say(lang)


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
