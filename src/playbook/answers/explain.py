"""Why an action is due when it is: the rule, its source, its trigger, and the days counted aloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from playbook.clock.known import EventLog
from playbook.days.calendar import Calendar
from playbook.rules.nouns import Playbook, Rule
from playbook.rules.offset import Offset, Unit
from playbook.show.formats import day as said_day
from playbook.show.formats import moment as said_moment
from playbook.words.problem import ArgumentError, Problem, did_you_mean
from playbook.words.text import Lang, Text

_DAY = timedelta(days=1)
_BASIS = {
    "stated": Text("原典に明記", "stated in the source"),
    "recommended": Text("原典の推奨", "recommended by the source"),
    "ours": Text("当方の目安(原典に数値なし)", "our default (the source gives no number)"),
}


def explained(log: EventLog, actions: pl.DataFrame, case_id: str, lang: Lang) -> pl.DataFrame:
    """The due actions of one case with why: their columns, then `because` and `counted`; one row per action.

    ArgumentError, with the nearest id, where no such case exists at the log's as-of.
    """
    found = log.cases.filter(pl.col("case_id") == case_id)
    if found.is_empty():
        hint = did_you_mean(case_id, log.cases["case_id"].to_list())
        raise ArgumentError(Problem("case", f"there is no case '{case_id}' at {log.as_of}", "a case_id", hint))
    book = next(book for book in log.playbooks if book.id == found["playbook"][0])
    calendars, variants = log.calendars
    calendar = calendars.variants[variants[found["case_no"][0]]]
    own = actions.filter(pl.col("case_id") == case_id)
    rows = own.to_dicts()
    return own.with_columns(
        because=pl.Series([because(row, book, lang) for row in rows], dtype=pl.String),
        counted=pl.Series([counted(row, book, calendar, lang) for row in rows], dtype=pl.String),
    )


def because(row: Mapping[str, Any], playbook: Playbook, lang: Lang = "ja") -> str:
    """Why a due action exists, in one sentence: rule, trigger, offset, facts and basis."""
    rule = playbook.rule(row["rule_id"])
    trigger, at = playbook.label(row["trigger"]).say(lang), said_moment(row["trigger_at"], lang)
    said = _span(rule, row["entry"]).say(lang)
    facts = ", ".join((*rule.fact, *rule.law))
    cited = f"{facts}・{_BASIS[rule.basis].ja}" if facts else _BASIS[rule.basis].ja
    if lang == "ja":
        return f"{rule.name.ja}: {trigger} {at} から{said}({cited})"
    cited = f"{facts}; {_BASIS[rule.basis].en}" if facts else _BASIS[rule.basis].en
    return f"{rule.name.en}: {said} from {trigger}, {at} ({cited})"


def _span(rule: Rule, entry: int) -> Text:
    if rule.midpoint:
        return Text("次の予定日までの中間", "halfway to the planned date")
    due = rule.due[entry - 1].text()
    if rule.wait is None:
        return due
    wait = rule.wait.text()
    return Text(f"{wait.ja}待ってから{due.ja}", f"{due.en} after waiting {wait.en}")


def counted(row: Mapping[str, Any], playbook: Playbook, calendar: Calendar, lang: Lang = "ja") -> str:
    """The days of a due action counted aloud: from the trigger to the due, with the days skipped and why."""
    rule = playbook.rule(row["rule_id"])
    steps = list(_steps(row, rule, calendar, lang))
    return " → ".join(steps)


def _steps(row: Mapping[str, Any], rule: Rule, calendar: Calendar, lang: Lang) -> Iterator[str]:
    start: datetime = row["trigger_at"]
    yield said_moment(start, lang)
    if rule.wait and row["opened_at"] is not None:
        yield from _count(rule.wait, start, row["opened_at"], calendar, lang)
        start = row["opened_at"]
        yield Text("ここから着手可", "may be done from here").say(lang)
    if rule.midpoint:
        yield Text("中間の日", "the day halfway").say(lang) + f" {said_day(row['due_at'].date(), lang)}"
        return
    yield from _count(rule.due[row["entry"] - 1], start, row["due_at"], calendar, lang)


def _count(offset: Offset, start: datetime, end: datetime, calendar: Calendar, lang: Lang) -> Iterator[str]:
    if offset.unit is Unit.HOUR:
        yield f"{offset.text().say(lang)} → {said_moment(end, lang)}"
    elif offset.unit is Unit.BUSINESS_DAY:
        yield from _business_days(offset, start.date(), calendar, lang)
    elif offset.unit is Unit.MONTH and start.day != end.day:
        missing = Text(f"{start.day}日がない月なので月末", f"that month has no day {start.day}: its last").say(lang)
        yield f"{offset.text().say(lang)} {said_day(end.date(), lang)} ({missing})"
    else:
        yield f"{offset.text().say(lang)} {said_day(end.date(), lang)}"


def _business_days(offset: Offset, day: date, calendar: Calendar, lang: Lang) -> Iterator[str]:
    step, left = (-_DAY if offset.negative else _DAY), abs(offset.n)
    count = 0
    while count < left:
        day += step
        shut = calendar.closed_as(day)
        if shut is None:
            count += 1
            ordinal = Text(f"{count}営業日目", f"business day {count}").say(lang)
            yield f"{said_day(day, lang)} {ordinal}"
        else:
            skipped = Text("数えない", "not counted").say(lang)
            yield f"{said_day(day, lang)} {shut.say(lang)}: {skipped}"
