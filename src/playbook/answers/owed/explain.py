"""Why an action is due when it is: the rule, its source, its trigger, and the days counted aloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

from playbook.clock.known import EventLog
from playbook.days.calendar import Calendar
from playbook.rules.choices import ends_when
from playbook.rules.nouns import Hours, Pause, Playbook, Rule
from playbook.rules.offset import Offset, Unit
from playbook.show.formats import day as said_day
from playbook.show.formats import moment as said_moment
from playbook.words.catalogue import DOT, aside, msg
from playbook.words.text import Lang, Text

_DAY = timedelta(days=1)
_BASIS = {
    "stated": msg("stated in the source"),
    "recommended": msg("recommended by the source"),
    "ours": msg("our default (the source gives no number)"),
}


def explained(log: EventLog, actions: pl.DataFrame, case_id: str, lang: Lang) -> pl.DataFrame:
    """The due actions of a case of the log, and why: one row each, its columns, then `ends`, `because`, `counted`.

    `ends`: what ends it, in the words of its reader.
    """
    found = log.cases.filter(pl.col("case_id") == case_id)
    book = next(book for book in log.playbooks if book.id == found["playbook"][0])
    calendars, variants = log.calendars
    calendar = calendars.variants[variants[found["case_no"][0]]]
    own = actions.filter(pl.col("case_id") == case_id)
    rows = own.to_dicts()
    pauses = {rule.id: stretches(log, found["case_no"][0], book, rule.pause) for rule in book.rules if rule.pause}
    still = [pauses.get(row["rule_id"], ()) for row in rows]
    told = zip(rows, still, strict=True)
    rules = {rule.id: rule for rule in book.rules}
    return own.with_columns(
        ends=pl.Series([ends_when(book, rules[row["rule_id"]]).say(lang) for row in rows], dtype=pl.String),
        because=pl.Series([because(row, book, lang) for row in rows], dtype=pl.String),
        counted=pl.Series([counted(row, book, calendar, lang, stood) for row, stood in told], dtype=pl.String),
    )


_PAUSED = msg("paused")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch in which the clock of a case stands still: from when to when, after what.

    `lasts`: it has not ended, and is counted as if it ended with the as-of.
    """

    since: datetime
    until: datetime
    after: Text
    lasts: bool = False

    def holds(self, moment: datetime) -> bool:
        """Whether the clock stands still at a moment."""
        return self.since <= moment < self.until


def stretches(log: EventLog, case_no: int, playbook: Playbook, pause: Pause) -> tuple[Stretch, ...]:
    """When the clock of a case stands still, in order: of one instant a start comes before an end."""
    known = log.events.filter(pl.col("case_no") == case_no).select("activity", early=log.early, late=log.late).collect()
    starts = known.filter(pl.col("activity").is_in(pause.after)).sort("early").rows()
    ends = known.filter(pl.col("activity").is_in(pause.until)).sort("late", "early").rows()
    now = log.moment + timedelta(microseconds=1) if log.as_of.by_date else log.moment
    found: list[Stretch] = []
    for start in starts:
        activity, since, _ = start
        if found and (found[-1].lasts or since <= found[-1].until):
            continue  # it stands still already
        end = next((end for end in ends if end[2] >= since and end != start), None)
        until = end[2] if end else max(now, since)
        found.append(Stretch(since, until, playbook.label(activity), lasts=end is None))
    return tuple(found)


def because(row: Mapping[str, Any], playbook: Playbook, lang: Lang = "ja") -> str:
    """Why a due action exists, in one sentence: rule, trigger, offset, facts and basis."""
    rule = playbook.rule(row["rule_id"])
    trigger, at = playbook.label(row["trigger"]).say(lang), said_moment(row["trigger_at"], lang)
    said = _span(rule, row["entry"]).say(lang)
    facts = DOT.say(lang).join((*rule.fact, *rule.law))
    cited = f"{facts}・{_BASIS[rule.basis].ja}" if facts else _BASIS[rule.basis].ja
    if lang == "ja":
        return f"{rule.name.ja}: {trigger} {at} から{said}（{cited}）"
    cited = f"{facts}; {_BASIS[rule.basis].en}" if facts else _BASIS[rule.basis].en
    return f"{rule.name.en}: {said} from {trigger}, {at} ({cited})"


def _span(rule: Rule, entry: int) -> Text:
    if rule.midpoint:
        return msg("halfway to the planned date")
    due = rule.due[entry - 1].text()
    if rule.wait is None:
        return due
    wait = rule.wait.text()
    return msg("{due} after waiting {wait}", due=due, wait=wait)


def counted(
    row: Mapping[str, Any],
    playbook: Playbook,
    calendar: Calendar,
    lang: Lang = "ja",
    pauses: Sequence[Stretch] = (),
) -> str:
    """The days of a due action counted aloud: from the trigger to the due, with the days skipped and why."""
    rule = playbook.rule(row["rule_id"])
    steps = list(_steps(row, rule, _Counting(calendar, playbook.hours, pauses, lang)))
    return " → ".join(steps)


@dataclass(frozen=True, slots=True)
class _Counting:
    """How days are counted aloud: in which calendar and hours, over which stretches, in which language."""

    calendar: Calendar
    hours: Hours
    pauses: Sequence[Stretch]
    lang: Lang

    def still(self, day: date, start: datetime) -> bool:
        """Whether the clock stands still at the close of a day's office hours."""
        close = datetime.combine(day, time(), start.tzinfo) + timedelta(minutes=self.hours.closes)
        return any(one.holds(close) for one in self.pauses)

    def stood(self, start: datetime, end: datetime) -> Iterator[str]:
        """The stretches between two moments, each aloud."""
        for one in self.pauses:
            if one.since <= end and one.until > start:
                since, after = said_day(one.since.date(), self.lang), one.after
                if one.lasts:
                    yield msg("paused since {since} ({after})", since=since, after=after).say(self.lang)
                else:
                    until = said_day(one.until.date(), self.lang)
                    paused = msg("paused from {since} to {until} ({after})", since=since, until=until, after=after)
                    yield paused.say(self.lang)


def _steps(row: Mapping[str, Any], rule: Rule, counting: _Counting) -> Iterator[str]:
    start: datetime = row["trigger_at"]
    lang = counting.lang
    yield said_moment(start, lang)
    if rule.wait and row["opened_at"] is not None:
        yield from _count(rule.wait, rule, start, row["opened_at"], counting)
        start = row["opened_at"]
        yield msg("may be done from here").say(lang)
    if rule.midpoint:
        yield msg("the day halfway").say(lang) + f" {said_day(row['due_at'].date(), lang)}"
        return
    yield from _count(rule.due[row["entry"] - 1], rule, start, row["due_at"], counting)


def _count(offset: Offset, rule: Rule, start: datetime, end: datetime, counting: _Counting) -> Iterator[str]:
    lang = counting.lang
    stood = () if offset.negative else tuple(counting.stood(start, end))
    yield from stood
    if offset.of_instants:
        yield f"{offset.text().say(lang)} → {said_moment(end, lang)}"
    elif offset.unit is Unit.BUSINESS_DAY:
        yield from _business_days(offset, start, counting)
    elif rule.roll is not None and not stood and (closed := _closed(offset, start, end, counting.calendar)):
        day, why = closed
        yield f"{offset.text().say(lang)} {said_day(day, lang)} {why.say(lang)}"
        later, sooner = msg("the next business day"), msg("the business day before")
        yield f"{(later if end.date() > day else sooner).say(lang)} {said_day(end.date(), lang)}"
    elif offset.unit is Unit.MONTH and start.day != end.day and not stood:
        missing = msg("that month has no day {day}: its last", day=start.day)
        yield aside(f"{offset.text().say(lang)} {said_day(end.date(), lang)}", missing).say(lang)
    else:
        yield f"{offset.text().say(lang)} {said_day(end.date(), lang)}"


def _closed(offset: Offset, start: datetime, end: datetime, calendar: Calendar) -> tuple[date, Text] | None:
    """The closed day that an offset reaches where it is rolled, and why it is closed; None where it is not."""
    day = calendar.reach(start.date(), offset)
    why = calendar.closed_as(day)
    return (day, why) if why is not None and day != end.date() else None


def _business_days(offset: Offset, start: datetime, counting: _Counting) -> Iterator[str]:
    step, left = (-_DAY if offset.negative else _DAY), abs(offset.n)
    count, day, lang = 0, start.date(), counting.lang
    skipped = msg("not counted").say(lang)
    while count < left:
        day += step
        shut = counting.calendar.closed_as(day)
        if shut is not None:
            yield f"{said_day(day, lang)} {shut.say(lang)}: {skipped}"
        elif not offset.negative and counting.still(day, start):
            yield f"{said_day(day, lang)} {_PAUSED.say(lang)}: {skipped}"
        else:
            count += 1
            ordinal = msg("business day {count}", count=count).say(lang)
            yield f"{said_day(day, lang)} {ordinal}"
