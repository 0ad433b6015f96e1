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
from playbook.rules.offset import Offset, Unit, said_after_wait
from playbook.show.formats import day_said, moment_said
from playbook.words.catalogue import DOT, aside, joined, msg
from playbook.words.text import Text

_DAY = timedelta(days=1)
_BASIS = {
    "stated": msg("stated in the source"),
    "recommended": msg("recommended by the source"),
    "ours": msg("our default (the source gives no number)"),
}


@dataclass(frozen=True, slots=True)
class Why:
    """Of one due action: what ends it in the words of its reader, why it exists, and its days counted aloud."""

    ends: Text
    because: Text
    counted: Text


def explained(log: EventLog, actions: pl.DataFrame, case_id: str) -> tuple[pl.DataFrame, list[Why]]:
    """The due actions of a case of the log, and of each why it is due when it is."""
    found = log.cases.filter(pl.col("case_id") == case_id)
    book = log.playbooks.named(found["playbook"][0])
    calendars, variants = log.calendars
    calendar = calendars.variants[variants[found["case_no"][0]]]
    own = actions.filter(pl.col("case_id") == case_id)
    pauses = {rule.id: stretches(log, found["case_no"][0], book, rule.pause) for rule in book.rules if rule.pause}
    whys = [
        Why(
            ends_when(book, book.rule(row["rule_id"])),
            because(row, book),
            counted_aloud(row, book, calendar, pauses.get(row["rule_id"], ())),
        )
        for row in own.iter_rows(named=True)
    ]
    return own, whys


_PAUSED = msg("paused")


@dataclass(frozen=True, slots=True)
class PausedStretch:
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


def stretches(log: EventLog, case_no: int, playbook: Playbook, pause: Pause) -> tuple[PausedStretch, ...]:
    """When the clock of a case stands still, in order: of one instant a start comes before an end."""
    known = log.events.filter(pl.col("case_no") == case_no).select("activity", early=log.early, late=log.late).collect()
    starts = known.filter(pl.col("activity").is_in(pause.after)).sort("early").rows()
    ends = known.filter(pl.col("activity").is_in(pause.until)).sort("late", "early").rows()
    now = log.moment + timedelta(microseconds=1) if log.as_of.by_date else log.moment
    found: list[PausedStretch] = []
    for start in starts:
        activity, since, _ = start
        if found and (found[-1].lasts or since <= found[-1].until):
            continue  # it stands still already
        end = next((end for end in ends if end[2] >= since and end != start), None)
        until = end[2] if end else max(now, since)
        found.append(PausedStretch(since, until, playbook.label(activity), lasts=end is None))
    return tuple(found)


def because(row: Mapping[str, Any], playbook: Playbook) -> Text:
    """Why a due action exists, in one sentence: rule, trigger, offset, facts and basis."""
    rule = playbook.rule(row["rule_id"])
    facts, basis = joined(DOT, (*rule.fact, *rule.law)), _BASIS[rule.basis]
    cited = msg("{facts}; {basis}", facts=facts, basis=basis) if rule.fact or rule.law else basis
    return msg(
        "{rule}: {said} from {trigger}, {at} ({cited})",
        rule=rule.name,
        said=_span(rule, row["entry"]),
        trigger=playbook.label(row["trigger"]),
        at=moment_said(row["trigger_at"]),
        cited=cited,
    )


def _span(rule: Rule, entry: int) -> Text:
    if rule.midpoint:
        return msg("halfway to the planned date")
    due = rule.due[entry - 1]
    return due.text() if rule.wait is None else said_after_wait(rule.wait, due)


def counted_aloud(
    row: Mapping[str, Any], playbook: Playbook, calendar: Calendar, pauses: Sequence[PausedStretch] = ()
) -> Text:
    """The days of a due action counted aloud: from the trigger to the due, with the days skipped and why."""
    return joined(_THEN, _steps(row, playbook.rule(row["rule_id"]), _CountedAloud(calendar, playbook.hours, pauses)))


_THEN = " → "


@dataclass(frozen=True, slots=True)
class _CountedAloud:
    """How days are counted aloud: in which calendar and hours, over which stretches."""

    calendar: Calendar
    hours: Hours
    pauses: Sequence[PausedStretch]

    def still(self, day: date, start: datetime) -> bool:
        """Whether the clock stands still at the close of a day's office hours."""
        close = datetime.combine(day, time(), start.tzinfo) + timedelta(minutes=self.hours.closes)
        return any(one.holds(close) for one in self.pauses)

    def stood(self, start: datetime, end: datetime) -> Iterator[Text]:
        """The stretches between two moments, each aloud."""
        for one in self.pauses:
            if one.since <= end and one.until > start:
                since, after = day_said(one.since.date()), one.after
                if one.lasts:
                    yield msg("paused since {since} ({after})", since=since, after=after)
                else:
                    until = day_said(one.until.date())
                    yield msg("paused from {since} to {until} ({after})", since=since, until=until, after=after)


def _steps(row: Mapping[str, Any], rule: Rule, counting: _CountedAloud) -> Iterator[Text]:
    start: datetime = row["trigger_at"]
    yield moment_said(start)
    if rule.wait and row["opened_at"] is not None:
        yield from _count(rule.wait, rule, start, row["opened_at"], counting)
        start = row["opened_at"]
        yield msg("may be done from here")
    if rule.midpoint:
        yield _beside(msg("the day halfway"), day_said(row["due_at"].date()))
        return
    yield from _count(rule.due[row["entry"] - 1], rule, start, row["due_at"], counting)


def _count(offset: Offset, rule: Rule, start: datetime, end: datetime, counting: _CountedAloud) -> Iterator[Text]:
    stood = () if offset.negative else tuple(counting.stood(start, end))
    yield from stood
    reached = _beside(offset.text(), day_said(end.date()))
    if offset.of_instants:
        yield joined(_THEN, (offset.text(), moment_said(end)))
    elif offset.unit is Unit.BUSINESS_DAY:
        yield from _business_days(offset, start, counting)
    elif rule.roll is not None and not stood and (closed := _closed(offset, start, end, counting.calendar)):
        day, why = closed
        yield _beside(offset.text(), day_said(day), why)
        later, sooner = msg("the next business day"), msg("the business day before")
        yield _beside(later if end.date() > day else sooner, day_said(end.date()))
    elif offset.unit is Unit.MONTH and start.day != end.day and not stood:
        yield aside(reached, msg("that month has no day {day}: its last", day=start.day))
    else:
        yield reached


def _beside(*parts: Text) -> Text:
    return joined(" ", parts)


def _closed(offset: Offset, start: datetime, end: datetime, calendar: Calendar) -> tuple[date, Text] | None:
    """The closed day that an offset reaches where it is rolled, and why it is closed; None where it is not."""
    day = calendar.reach(start.date(), offset)
    why = calendar.closed_as(day)
    return (day, why) if why is not None and day != end.date() else None


def _business_days(offset: Offset, start: datetime, counting: _CountedAloud) -> Iterator[Text]:
    step, left = (-_DAY if offset.negative else _DAY), abs(offset.n)
    count, day = 0, start.date()
    while count < left:
        day += step
        shut = counting.calendar.closed_as(day)
        if shut is None and not offset.negative and counting.still(day, start):
            shut = _PAUSED
        if shut is not None:
            yield _beside(day_said(day), joined(": ", (shut, msg("not counted"))))
        else:
            count += 1
            yield _beside(day_said(day), msg("business day {count}", count=count))
