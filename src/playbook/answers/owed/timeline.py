"""One case from first to last event, as marks for a picture: what happened, what was planned, what was owed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import polars as pl

from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook
from playbook.words.catalogue import msg
from playbook.words.text import Text

_HAPPENED, _PLANNED, _CLOSED = msg("Events"), msg("Planned dates"), msg("closed")
_LATE = ("overdue", "met_late", "closed_late", "lapsed")

Mark = tuple[Text, Text, datetime, datetime | None, str]


def story(log: EventLog, actions: pl.DataFrame, case_id: str) -> list[Mark]:
    """The marks of one case: one per event, planned date, due action and closed day.

    In order: lane, label, start and end (instants; no end: a point), kind (`event`, `plan`, `due`, `done`, `late`,
    `holiday`). `actions` are the due actions of the case. Closed days are those of the case's calendar that are no
    weekend.
    """
    case = log.cases.row(by_predicate=pl.col("case_id") == case_id, named=True)
    book = log.playbooks.named(case["playbook"])
    marks = [*_events(log, book, case["case_no"]), *_planned(log, book, case), *_owed(log, actions, book)]
    first = min((mark[2] for mark in marks), default=log.moment)
    last = max((mark[3] or mark[2] for mark in marks), default=log.moment)
    return marks + _closed(log, case["case_no"], first.date(), last.date())


def happened(log: EventLog, case_id: str) -> pl.DataFrame:
    """The known events of one case: one row per event, with what was recorded about it, in the order of the clock.

    What is known as a day stands after what has a time on it: a result after its interview.

    Columns: `timestamp, activity, resource, role, channel, reason, note, recorded_at, derived`.
    """
    columns = ["timestamp", "activity", "resource", "role", "channel", "reason", "note", "recorded_at", "derived"]
    own = log.events.filter(pl.col("case_id") == case_id).sort(log.late, log.early, "activity")
    return own.select(columns).collect()


def _events(log: EventLog, book: Playbook, case_no: int) -> Iterator[Mark]:
    known = log.events.filter(pl.col("case_no") == case_no).sort(log.late, log.early, "activity")
    for activity, at, derived in known.select("activity", "timestamp", "derived").collect().rows():
        name = book.label(activity)
        yield _HAPPENED, msg("{name} (by the clock)", name=name) if derived else name, at, None, "event"


def _planned(log: EventLog, book: Playbook, case: dict[str, object]) -> Iterator[Mark]:
    for planned in book.dates:
        day = case.get(planned.id)
        if isinstance(day, date):
            yield _PLANNED, planned.name, _start(log, day), None, "plan"


def _owed(log: EventLog, actions: pl.DataFrame, book: Playbook) -> Iterator[Mark]:
    """A lane per rule, a further one for an action that is owed at the same time as another of its rule.

    Each action lasts from its opening (else its trigger) to its due, its delay from the due on; what was done in time
    lasts to the day it was done, and is a point where that day came before its opening. The delay of an entry that
    nobody did ends where the next entry took its place.
    """
    columns = ("rule_id", "opened_at", "trigger_at", "due_at", "fulfilled_at", "voided_at", "next_at", "status")
    entries = pl.col("due_at").shift(-1).over("rule_id", "trigger", "trigger_at", order_by="entry")
    rows = actions.with_columns(next_at=entries).sort("due_at", "rule_id").select(columns).rows()
    free: dict[str, list[datetime]] = {}
    for rule_id, opened, trigger, due, done, void, following, status in rows:
        start, until = opened or min(trigger, due), due
        if status == "met":
            start, until = min(start, done), done
        closed = following if status == "closed_late" else None
        end = max(due, done or void or closed or log.moment) if status in _LATE else until
        name = book.rule(rule_id).name
        nth = _lane(free.setdefault(rule_id, []), start, end)
        lane = msg("{name} ({nth})", name=name, nth=nth + 1) if nth else name
        yield lane, name, start, (until if until > start else None), "done" if status == "met" else "due"
        if status in _LATE:
            yield lane, name, due, (end if end > due else None), "late"


def _lane(free: list[datetime], start: datetime, end: datetime) -> int:
    """The first lane that is free by `start`; it is taken up to `end` then."""
    nth = next((lane for lane, until in enumerate(free) if until <= start), len(free))
    free[nth : nth + 1] = [end]
    return nth


def _closed(log: EventLog, case_no: int, first: date, last: date) -> list[Mark]:
    book, variants = log.calendars
    calendar = book.variants[variants[case_no]]
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    names = ((day, calendar.closed_as(day)) for day in days if day.weekday() < 5)
    closed = [(day, name) for day, name in names if name is not None]
    return [(_CLOSED, name, _start(log, day), _start(log, day), "holiday") for day, name in closed]


def _start(log: EventLog, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=log.zone)
