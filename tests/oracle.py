"""DESIGN section 4 once more, read aloud in plain Python: slow, obvious, and no code shared with the package.

Numbers in comments (1. to 6.) are those of DESIGN section 4 under "One due action per rule, per trigger, per
entry". Everything is a loop over cases, rules, triggers and entries. Instants are kept in UTC, so that
comparing two of them compares instants whatever the time zone does; they are given back in the workspace's.

Readings of this file where the section is silent:

* Clock-recorded events count wherever the section says "known event", violations included.
* `voided_at` is given only where voiding decided the status (`void`, or `closed_late` by a voiding event).
* In a `due` list of a `record` rule, an event after a lapsed entry's due does not fulfil that entry, so it is
  free to fulfil the next one.
* An open case that reached its stage later than as-of (an event entered ahead of time) is censored at 0 days.
* A checklist field that is a planned date is filled where the case inherits it; `client_id` likewise.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from math import sqrt
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

import holidays

Book = Mapping[str, Any]
Row = Mapping[str, Any]
Tables = Mapping[str, list[dict[str, Any]]]
Out = dict[str, Any]

MICROSECOND = timedelta(microseconds=1)
OPEN = ("overdue", "waiting", "due_today", "due_soon", "upcoming")


# --- cells ------------------------------------------------------------------------------------------------


def text(row: Row, column: str) -> str | None:
    """The cell as text; None where it is absent or empty."""
    value = row.get(column)
    return None if value is None or str(value).strip() == "" else str(value).strip()


def listed(value: Any) -> list[Any]:
    """A scalar in TOML means a list of one; an absent key, none."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def as_written(value: Any) -> str:
    """A TOML value as the text that a cell would hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def several(cell: str | None) -> list[str]:
    """The names in a cell that may hold several, separated by ; , or 、."""
    return [one.strip() for one in (cell or "").replace(",", ";").replace("、", ";").split(";") if one.strip()]


# --- the world at an as-of --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """One event of one case: what happened, when, since when it is known, and the row it was read from."""

    case_id: str
    activity: str
    timestamp: datetime
    recorded_at: datetime
    cells: Row = field(default_factory=dict)
    rule_id: str | None = None

    @property
    def derived(self) -> bool:
        """Recorded by the clock itself."""
        return self.rule_id is not None

    @property
    def key(self) -> tuple[str, str, datetime]:
        """Two rows with the same case, activity and timestamp are one event."""
        return self.case_id, self.activity, self.timestamp


@dataclass(frozen=True)
class Case:
    """One case with its opening, which lends it what its own cells lack."""

    id: str
    cells: Row
    opening: Row

    @property
    def opening_id(self) -> str | None:
        """What the case competes for."""
        return text(self.cells, "opening_id")

    @property
    def client_id(self) -> str | None:
        """Its own client, else its opening's."""
        return text(self.cells, "client_id") or text(self.opening, "client_id")


@dataclass(frozen=True)
class World:
    """The tables and the moment from which they are looked at."""

    tables: Tables
    as_of: date | datetime
    zone: ZoneInfo
    horizon: int

    # "Times without an offset are Asia/Tokyo": local in the workspace's time zone.
    def instant(self, cell: Any) -> datetime:
        """The instant that is written: a date is 00:00 of it, a time without offset is local."""
        if isinstance(cell, datetime):
            moment = cell
        elif isinstance(cell, date):
            moment = datetime.combine(cell, time())
        else:
            moment = datetime.fromisoformat(str(cell).strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)

    def local(self, moment: datetime | None) -> datetime | None:
        """The instant as the workspace's clock shows it."""
        return moment and moment.astimezone(self.zone)

    def day(self, moment: datetime) -> date:
        """The local day of an instant: "All days are local days"."""
        return moment.astimezone(self.zone).date()

    def start(self, day: date) -> datetime:
        """00:00 of a local day."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def end(self, day: date) -> datetime:
        """ "End of the day" is its last microsecond."""
        return self.start(day + timedelta(days=1)) - MICROSECOND

    @property
    def by_date(self) -> bool:
        """The as-of is a date, and judges by date."""
        return not isinstance(self.as_of, datetime)

    @property
    def now(self) -> datetime:
        """ "An as-of that is a date D asks what was known at the end of D"."""
        return self.instant(self.as_of) if isinstance(self.as_of, datetime) else self.end(self.as_of)

    @property
    def today(self) -> date:
        """The as-of's local day."""
        return self.day(self.now)

    def passed(self, moment: datetime) -> bool:
        """ "a due before D has passed" by date; "a due strictly before it has passed" by instant."""
        return self.day(moment) < self.today if self.by_date else moment < self.now

    def not_reached(self, moment: datetime) -> bool:
        """ "an opening after D is still waiting" by date; an opening after it, by instant."""
        return self.day(moment) > self.today if self.by_date else moment > self.now


def books_of(book: Book | Iterable[Book]) -> list[Book]:
    """One book or several."""
    return [book] if isinstance(book, Mapping) else list(book)


def world_of(tables: Tables, as_of: date | datetime, timezone: str, horizon: int) -> World:
    """The tables, seen at an as-of."""
    return World(tables, as_of, ZoneInfo(timezone), horizon)


def observed_events(world: World) -> dict[str, list[Event]]:
    """The known events of each case id, first to last, duplicates gone."""
    kept: dict[tuple[str, str, datetime], Event] = {}
    for row in world.tables.get("events", []):
        if not (text(row, "case_id") and text(row, "activity") and text(row, "timestamp")):
            continue
        try:
            timestamp = world.instant(row["timestamp"])
            recorded_at = world.instant(row["recorded_at"]) if text(row, "recorded_at") else timestamp
        except ValueError:
            continue
        event = Event(str(text(row, "case_id")), str(text(row, "activity")), timestamp, recorded_at, row)
        # "an event is known when `recorded_at` (else `timestamp`) is not after it"
        if recorded_at > world.now:
            continue
        # "the one recorded first (then the upper row) is kept"
        if event.key not in kept or recorded_at < kept[event.key].recorded_at:
            kept[event.key] = event
    by_case: dict[str, list[Event]] = {}
    for event in sorted(kept.values(), key=lambda event: (event.timestamp, event.activity)):
        by_case.setdefault(event.case_id, []).append(event)
    return by_case


def existing_cases(book: Book, world: World) -> list[tuple[Case, list[Event]]]:
    """The cases of a book that exist at as-of, each with its observed events."""
    openings: dict[str, Row] = {}
    for row in world.tables.get("openings", []):
        if opening_id := text(row, "opening_id"):
            openings.setdefault(opening_id, row)
    observed = observed_events(world)
    seen: set[str] = set()
    found = []
    for row in world.tables.get("cases", []):
        case_id = text(row, "case_id")
        if case_id is None or text(row, "playbook") is None or case_id in seen:
            continue
        seen.add(case_id)
        if text(row, "playbook") != book["playbook"]["id"]:
            continue
        events = observed.get(case_id, [])
        # "A case exists from its `created_at` where given, else from its first known event"
        created_at = text(row, "created_at")
        exists = world.instant(created_at) <= world.now if created_at else bool(events)
        if exists:
            opening = openings.get(text(row, "opening_id") or "", {})
            found.append((Case(case_id, row, opening), events))
    return found


def planned_date(case: Case, column: str, world: World) -> date | None:
    """The planned date of a case, its opening's where the case's own cell is empty."""
    cell = text(case.cells, column) or text(case.opening, column)
    return world.day(world.instant(cell)) if cell else None


# --- days -------------------------------------------------------------------------------------------------


@cache
def national_holidays(year: int) -> frozenset[date]:
    """Japan's days off of a year, substitute and citizens' holidays included."""
    if not 1949 <= year <= 2099:
        raise ValueError(f"no holidays are known for {year}")  # "an error, never a guess"
    return frozenset(holidays.country_holidays("JP", years=year))


@dataclass(frozen=True)
class Calendar:
    """The business days of one case."""

    bank: bool
    closed: frozenset[date]

    def business_day(self, day: date) -> bool:
        """Monday to Friday, without national holidays, closures and, for a bank, 12/31 and 1/2 to 1/3."""
        if day.weekday() >= 5 or day in national_holidays(day.year) or day in self.closed:
            return False
        return not (self.bank and (day.month, day.day) in {(12, 31), (1, 2), (1, 3)})

    def business_days(self, day: date, n: int) -> date:
        """The Nth business day after a day (before it, where N is negative); the day never counts itself."""
        step = timedelta(days=1 if n > 0 else -1)
        left = abs(n)
        while left:
            day += step
            if self.business_day(day):
                left -= 1
        return day

    def last_business_day(self, first: date | None, last: date) -> date:
        """ "the last business day from [first] to [last]; if there is none" the last day."""
        day = last
        while first is None or day >= first:
            if self.business_day(day):
                return day
            day -= timedelta(days=1)
        return last


def calendar_of(book: Book, case: Case, world: World) -> Calendar:
    """ "the workspace's `closures` (those without a `client_id` for everyone, the others ...)"."""
    closed = set()
    for row in world.tables.get("closures", []):
        if text(row, "date") and text(row, "client_id") in (None, case.client_id):
            closed.add(world.day(world.instant(row["date"])))
    return Calendar(book["playbook"].get("calendar", "jp") == "jp-bank", frozenset(closed))


def months_later(day: date, n: int) -> date:
    """ "a missing day becomes that month's last"."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))


def days_of(offset: str) -> int:
    """The days in "N days" or "N weeks"."""
    n, unit = offset.split(" ")
    return int(n) * (7 if unit.startswith("week") else 1)


def day_reached(offset: str, day: date, business: Calendar) -> date:
    """The local day that an offset other than hours reaches from a local day."""
    if offset == "same day":
        return day
    n, unit = offset.split(" ", 1)
    if unit.startswith("business day"):
        return business.business_days(day, int(n))
    if unit.startswith("month"):
        return months_later(day, int(n))
    return day + timedelta(days=days_of(offset))


def is_hours(offset: str) -> bool:
    """Hours are elapsed time; everything else counts days."""
    return offset.split(" ")[-1] in ("hour", "hours")


def moment_after(offset: str, origin: datetime, business: Calendar, world: World) -> datetime:
    """The table of offsets: "exactly N elapsed hours", or the end of the day that is reached."""
    if is_hours(offset):
        return origin + timedelta(hours=int(offset.split(" ")[0]))
    return world.end(day_reached(offset, world.day(origin), business))


def wait_reaches(offset: str, origin: datetime, business: Calendar, world: World) -> datetime:
    """1. "with `wait`, the start of the local day that `wait` reaches (or the instant, for hours)"."""
    if is_hours(offset):
        return moment_after(offset, origin, business, world)
    return world.start(day_reached(offset, world.day(origin), business))


# --- triggers ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trigger:
    """What starts a clock: a known event, or a planned date of the case."""

    id: str
    at: datetime
    event: Event | None


def when_holds(rule: Row, case: Case, event: Event | None) -> bool:
    """Every key holds "on the event's columns, else the case's", else the opening's; all empty does not."""
    for column, allowed in rule.get("when", {}).items():
        cell = text(event.cells, column) if event else None
        cell = cell or text(case.cells, column) or text(case.opening, column)
        if cell not in [as_written(value) for value in listed(allowed)]:
            return False
    return True


def triggers(book: Book, rule: Row, case: Case, events: list[Event], world: World) -> list[Trigger]:
    """ "the known events whose activity is in `after` (and whose `when` holds), and the planned dates"."""
    found = []
    for event in events:
        if event.activity in listed(rule["after"]) and when_holds(rule, case, event):
            found.append(Trigger(event.activity, event.timestamp, event))
    for planned in book.get("date", []):
        day = planned_date(case, planned["id"], world)
        # "A planned date ... stands for 00:00 of its day."
        if planned["id"] in listed(rule["after"]) and day and when_holds(rule, case, None):
            found.append(Trigger(planned["id"], world.start(day), None))
    return [trigger for trigger in found if midpoint_day(rule, trigger, case, world) or not is_midpoint(rule)]


def is_midpoint(rule: Row) -> bool:
    """The rule asks for a touch halfway to a planned date."""
    return listed(rule["due"]) == ["midpoint"]


def midpoint_day(rule: Row, trigger: Trigger, case: Case, world: World) -> date | None:
    """The day halfway to `toward`; None where the case has no such date, or not more than `gap` away."""
    toward = planned_date(case, rule["toward"], world) if is_midpoint(rule) else None
    if toward is None:
        return None
    day = world.day(trigger.at)
    between = (toward - day).days
    return day + timedelta(days=between // 2) if between > days_of(rule["gap"]) else None


# --- due actions ------------------------------------------------------------------------------------------


def first(moments: Iterable[datetime]) -> datetime | None:
    """The earliest, if any."""
    return min(moments, default=None)


def closing_activities(book: Book) -> set[str]:
    """The activities "listed in an [[outcome]]"."""
    return {activity for outcome in book.get("outcome", []) for activity in listed(outcome["by"])}


def voiding(book: Book, rule: Row, trigger: Trigger, events: list[Event], whole_life: bool) -> datetime | None:
    """4. The first event that makes the action void or closes the case, other than the trigger itself."""
    found = []
    for event in events:
        if trigger.event is not None and event.key == trigger.event.key:
            continue
        if not whole_life and event.timestamp < trigger.at:
            continue
        closes = event.activity in closing_activities(book)
        owed = event.activity in listed(rule.get("until"))
        if event.activity in listed(rule.get("unless")) or (closes and not owed):
            found.append(event.timestamp)
    return first(found)


def actions_of_rule(book: Book, rule: Row, case: Case, events: list[Event], world: World) -> list[Out]:
    """Every due action of one rule of one case, on the events that the rule sees."""
    found: list[Out] = []
    for trigger in triggers(book, rule, case, events, world):
        found += actions_of_trigger(book, rule, case, trigger, events, world)
    return found


def actions_of_trigger(
    book: Book, rule: Row, case: Case, trigger: Trigger, events: list[Event], world: World
) -> list[Out]:
    """One action per entry of the `due` list."""
    business = calendar_of(book, case, world)
    entries = [str(entry) for entry in listed(rule["due"])]
    # 1. and 2.: opened_at is the trigger, or what `wait` reaches; due_at is counted from it.
    wait = rule.get("wait")
    opened_at = wait_reaches(wait, trigger.at, business, world) if wait else trigger.at
    due_ats: list[datetime] = []
    for entry in entries:
        if entry == "midpoint":
            middle = midpoint_day(rule, trigger, case, world)
            assert middle is not None
            due_ats.append(world.end(middle))
        else:
            due_ats.append(moment_after(entry, opened_at, business, world))

    is_list = len(entries) > 1
    # 3. "for a planned date with a single `due`: in the whole life of the case"
    whole_life = trigger.event is None and not is_list
    voided_at = voiding(book, rule, trigger, events, whole_life)

    found: list[Out] = []
    fulfilled_before: datetime | None = None  # by the event that fulfilled entry k-1
    for k, entry in enumerate(entries):
        due_at = due_ats[k]
        candidates = []
        for event in events:
            if event.activity not in listed(rule.get("until")):
                continue
            moment = event.timestamp
            if not whole_life and k == 0:
                # "at or after its timestamp (an event of the trigger's own activity: strictly after)"
                if moment < trigger.at:
                    continue
                if trigger.event is not None and event.activity == trigger.id and moment == trigger.at:
                    continue
            if k > 0 and not moment > due_ats[k - 1]:
                continue  # "after entry k-1's `due_at`"
            if k > 0 and fulfilled_before is not None and not moment > fulfilled_before:
                continue  # "after the event that fulfilled entry k-1"
            if k + 1 < len(entries) and moment > due_ats[k + 1]:
                continue  # "not after entry k+1's `due_at`"
            candidates.append(moment)
        fulfilled_at = first(candidates)
        superseded = k + 1 < len(entries) and world.passed(due_ats[k + 1])

        # 6. "when the due has passed, unfulfilled and not voided by then ... lapsed for good"
        lapses = (
            rule.get("record") is not None
            and world.passed(due_at)
            and (fulfilled_at is None or fulfilled_at > due_at)
            and (voided_at is None or voided_at > due_at)
        )
        if lapses:
            status, fulfilled_at, voided = "lapsed", None, None
        # 5. "If fulfilment comes no later than voiding, the action is `met` or `met_late`."
        elif fulfilled_at is not None and (voided_at is None or fulfilled_at <= voided_at):
            status, voided = ("met" if fulfilled_at <= due_at else "met_late"), None
        # 5. "If voiding comes first: `void` when not after `due_at`, else `closed_late`."
        elif voided_at is not None:
            status, voided = (("void" if voided_at <= due_at else "closed_late"), voided_at)
        # 3. "An entry still unfulfilled when entry k+1's due has passed is `closed_late` there."
        elif superseded:
            status, voided = "closed_late", None
        else:
            opened = None if entry.startswith("-") else opened_at
            status, voided = open_status(opened, due_at, world), None
        fulfilled_before = fulfilled_at

        opened = None if entry.startswith("-") else opened_at  # 1. "For a negative `due` it is empty."
        role = answering_role(rule, status, due_at, business, world)
        first_day = world.day(opened) if opened else None
        found.append(
            {
                "playbook": book["playbook"]["id"],
                "rule_id": rule["id"],
                "case_id": case.id,
                "client_id": case.client_id,
                "role": role,
                "owner": owner(book, role, case, world),
                "trigger": trigger.id,
                "entry": k + 1,
                "trigger_at": trigger.at,
                "opened_at": opened,
                "due_at": due_at,
                "act_by": business.last_business_day(first_day, world.day(due_at)),
                "fulfilled_at": fulfilled_at if status in ("met", "met_late") else None,
                "voided_at": voided,
                "status": status,
            }
        )
    return found


def open_status(opened_at: datetime | None, due_at: datetime, world: World) -> str:
    """The status of an open action: "then overdue, waiting, due_today, due_soon, upcoming"."""
    if world.passed(due_at):
        return "overdue"
    if opened_at is not None and world.not_reached(opened_at):
        return "waiting"
    days_left = (world.day(due_at) - world.today).days
    if days_left == 0:
        return "due_today"
    return "due_soon" if days_left <= world.horizon else "upcoming"


def answering_role(rule: Row, status: str, due_at: datetime, business: Calendar, world: World) -> str:
    """The rule's role, "or the last `escalate` entry whose offset from `due_at` has passed" while overdue."""
    role = str(rule["role"])
    if status == "overdue":
        for step in rule.get("escalate", []):
            if world.passed(moment_after(step["after"], due_at, business, world)):
                role = step["to"]
    return role


def matches(row: Row, case: Case) -> bool:
    """Every key that the assignment gives is the case's."""
    given = [("case_id", case.id), ("opening_id", case.opening_id), ("client_id", case.client_id)]
    return all(text(row, key) in (None, value) for key, value in given)


def owner(book: Book, role: str, case: Case, world: World) -> str | None:
    """Who is assigned "for the case, its opening, its client, or generally, in this order", then falls_to."""
    falls_to = {entry["id"]: entry.get("falls_to") for entry in book.get("role", [])}
    asked: set[str] = set()
    while role and role not in asked:
        asked.add(role)
        for level in ("case_id", "opening_id", "client_id", None):
            for row in world.tables.get("assignments", []):
                if text(row, "role") != role or not text(row, "person") or not matches(row, case):
                    continue
                most_specific = next((key for key in ("case_id", "opening_id", "client_id") if text(row, key)), None)
                if most_specific == level:
                    return text(row, "person")
        role = falls_to.get(role) or ""
    return None


# --- what the clock records -------------------------------------------------------------------------------


def evaluate(book: Book, case: Case, observed: list[Event], world: World) -> tuple[list[Out], list[Event]]:
    """All actions of one case in the order of the rules, and all its events, the derived ones included.

    6. "Rules with `record` are evaluated first, in file order, each seeing what the earlier ones recorded."
    """
    events = list(observed)
    of_rule: dict[str, list[Out]] = {}
    for rule in book.get("rule", []):
        if rule.get("record") is None:
            continue
        of_rule[rule["id"]] = actions_of_rule(book, rule, case, events, world)
        recorded: list[Event] = []
        for action in of_rule[rule["id"]]:
            if action["status"] == "lapsed":
                moment = action["due_at"]
                event = Event(case.id, rule["record"], moment, moment, rule_id=rule["id"])
                if event.key not in {known.key for known in events + recorded}:
                    recorded.append(event)
        events = sorted(events + recorded, key=lambda event: (event.timestamp, event.activity))
    for rule in book.get("rule", []):
        if rule.get("record") is None:
            of_rule[rule["id"]] = actions_of_rule(book, rule, case, events, world)
    return [action for rule in book.get("rule", []) for action in of_rule[rule["id"]]], events


Evaluated = list[tuple[Case, list[Out], list[Event]]]


def evaluate_all(book: Book, world: World) -> Evaluated:
    """Every existing case of a book with its actions and events."""
    found = []
    for case, observed in existing_cases(book, world):
        actions, events = evaluate(book, case, observed, world)
        found.append((case, actions, events))
    return found


def localized(rows: list[Out], world: World) -> list[Out]:
    """The rows with every instant as the workspace's clock shows it."""
    return [
        {key: world.local(value) if isinstance(value, datetime) else value for key, value in row.items()}
        for row in rows
    ]


def due_actions(
    book: Book | Iterable[Book],
    tables: Tables,
    as_of: date | datetime,
    timezone: str = "Asia/Tokyo",
    horizon: int = 7,
) -> list[Out]:
    """All due actions, whatever their status; one per rule, trigger and entry of the `due` list."""
    world = world_of(tables, as_of, timezone, horizon)
    found: list[Out] = []
    for one in books_of(book):
        for _, actions, _ in evaluate_all(one, world):
            found += actions
    return localized(found, world)


def known_events(
    book: Book | Iterable[Book],
    tables: Tables,
    as_of: date | datetime,
    timezone: str = "Asia/Tokyo",
    horizon: int = 7,
) -> list[Out]:
    """The known events of the existing cases, derived ones included and marked; one per case, activity, time.

    `cells` is the row that was kept of an observed event, empty for a derived one.
    """
    world = world_of(tables, as_of, timezone, horizon)
    found: list[Out] = []
    for one in books_of(book):
        for _, _, events in evaluate_all(one, world):
            for event in events:
                found.append(
                    {
                        "playbook": one["playbook"]["id"],
                        "case_id": event.case_id,
                        "activity": event.activity,
                        "timestamp": event.timestamp,
                        "recorded_at": event.recorded_at,
                        "derived": event.derived,
                        "rule_id": event.rule_id,
                        "cells": event.cells,
                    }
                )
    return localized(found, world)


def derived_events(
    book: Book | Iterable[Book],
    tables: Tables,
    as_of: date | datetime,
    timezone: str = "Asia/Tokyo",
    horizon: int = 7,
) -> list[Out]:
    """What the clock itself recorded: playbook, rule_id, case_id, activity, timestamp, recorded_at."""
    columns = ("playbook", "rule_id", "case_id", "activity", "timestamp", "recorded_at")
    return [
        {column: event[column] for column in columns}
        for event in known_events(book, tables, as_of, timezone, horizon)
        if event["derived"]
    ]


# --- violations -------------------------------------------------------------------------------------------


def violations(
    book: Book | Iterable[Book],
    tables: Tables,
    as_of: date | datetime,
    timezone: str = "Asia/Tokyo",
    horizon: int = 7,
) -> list[Out]:
    """One row per event out of order, per missing field of an event, per event without its participant."""
    world = world_of(tables, as_of, timezone, horizon)
    found: list[Out] = []
    for one in books_of(book):
        for case, _, events in evaluate_all(one, world):
            for event in events:
                for kind, id_, detail in violations_of_event(one, case, event, events, world):
                    found.append(
                        {
                            "playbook": one["playbook"]["id"],
                            "kind": kind,
                            "id": id_,
                            "case_id": case.id,
                            "client_id": case.client_id,
                            "at": event.timestamp,
                            "detail": detail,
                        }
                    )
    return localized(found, world)


def violations_of_event(
    book: Book, case: Case, event: Event, events: list[Event], world: World
) -> list[tuple[str, str, str]]:
    """Kind, id and detail of everything that one event violates."""
    found = []
    for rule in book.get("precedence", []):
        if rule["activity"] != event.activity:
            continue
        # "some activity of `requires` has no known event of the same case at or before its timestamp"; where it is in
        # doubt what came first, nobody is blamed: an event at local midnight may have come at any time of its day
        local = event.timestamp.astimezone(world.zone)
        late = world.end(local.date()) if local.time() == time() else event.timestamp
        before = {other.activity for other in events if other.timestamp <= late}
        missing = [activity for activity in listed(rule["requires"]) if activity not in before]
        if missing:
            found.append(("precedence", rule["id"], ", ".join(missing)))
    for rule in book.get("checklist", []):
        if rule["at"] != event.activity:
            continue
        for item in rule["fields"]:
            # "where the field is empty on the event and on the case"
            if not text(event.cells, item["id"]) and not filled_on_case(book, case, item["id"], world):
                found.append(("checklist", rule["id"], item["id"]))
    for rule in book.get("participation", []):
        if rule["activity"] == event.activity and not took_part(listed(rule["roles"]), case, event, world):
            found.append(("participation", rule["id"], ", ".join(listed(rule["roles"]))))
    return found


def filled_on_case(book: Book, case: Case, column: str, world: World) -> bool:
    """The case has it, its inherited planned dates and client included."""
    if column in [planned["id"] for planned in book.get("date", [])]:
        return planned_date(case, column, world) is not None
    return bool(case.client_id if column == "client_id" else text(case.cells, column))


def took_part(roles: list[str], case: Case, event: Event, world: World) -> bool:
    """The event names one of the roles, or a person assigned to one of them for the case at any level."""
    if any(role in roles for role in several(text(event.cells, "role"))):
        return True
    for person in several(text(event.cells, "resource")):
        for row in world.tables.get("assignments", []):
            if text(row, "person") == person and text(row, "role") in roles and matches(row, case):
                return True
    return False


# --- funnel -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Journey:
    """How far a case came, how it ended (None: open) and when it reached and left each stage."""

    furthest: int
    outcome: str | None
    reached_at: list[datetime | None]
    left_at: list[datetime | None]


def stages_entered(book: Book, event: Event) -> list[int]:
    """The stages, by number, that an event enters."""
    return [s for s, stage in enumerate(book.get("stage", [])) if event.activity in listed(stage["entered_by"])]


def final_outcome(book: Book, events: list[Event]) -> tuple[str | None, datetime | None]:
    """ "its last outcome event, unless it entered a stage strictly later (it was reopened)"."""
    kind, ended_at = None, None
    for outcome in book.get("outcome", []):  # at one timestamp, the outcome listed later in the file wins
        for event in events:
            if event.activity in listed(outcome["by"]) and (ended_at is None or event.timestamp >= ended_at):
                kind, ended_at = str(outcome["kind"]), event.timestamp
    if ended_at is not None:
        for event in events:
            if stages_entered(book, event) and event.timestamp > ended_at:
                return None, None
    return kind, ended_at


def journey(book: Book, events: list[Event]) -> Journey:
    """What one case did in the funnel."""
    stages = book.get("stage", [])
    outcome, ended_at = final_outcome(book, events)
    # "it has a known event (derived ones included) entering it or a later stage"
    entering = [(s, event.timestamp) for event in events for s in stages_entered(book, event)]
    furthest = max((s for s, _ in entering), default=-1)
    reached_at: list[datetime | None] = []
    left_at: list[datetime | None] = []
    for here in range(len(stages)):
        reached = [moment for s, moment in entering if s >= here]
        left = [moment for s, moment in entering if s > here]
        if outcome == "won" and ended_at is not None:
            reached.append(ended_at)  # "a case that is won has reached every stage", by its outcome at the latest
        reached_at.append(first(reached))
        left_at.append(first(left) or ended_at)
    return Journey(len(stages) if outcome == "won" else furthest, outcome, reached_at, left_at)


def playbooks_followed(tables: Tables) -> set[str | None]:
    """The playbooks of the cases in the table; a playbook that none follows has no funnel."""
    of_case: dict[str | None, str | None] = {}
    for row in tables.get("cases", []):
        if text(row, "playbook"):
            of_case.setdefault(text(row, "case_id"), text(row, "playbook"))
    return {followed for case_id, followed in of_case.items() if case_id}


def case_value(case: Case, column: str) -> str | None:
    """The case's column that a funnel is split by."""
    return case.client_id if column == "client_id" else text(case.cells, column)


def funnel(
    book: Book | Iterable[Book],
    tables: Tables,
    as_of: date | datetime,
    timezone: str = "Asia/Tokyo",
    horizon: int = 7,
    by: str | None = None,
) -> list[Out]:
    """One row per playbook and stage (and value of the case column `by`, whose key is that column's name)."""
    world = world_of(tables, as_of, timezone, horizon)
    found: list[Out] = []
    for one in books_of(book):
        if one["playbook"]["id"] not in playbooks_followed(tables):
            continue
        groups: dict[str | None, list[Journey]] = {} if by else {None: []}
        for case, _, events in evaluate_all(one, world):
            groups.setdefault(case_value(case, by) if by else None, []).append(journey(one, events))
        for value in sorted(groups, key=lambda value: (value is None, value or "")):
            for here, stage in enumerate(one.get("stage", [])):
                row = {"playbook": one["playbook"]["id"], "stage": stage["id"]}
                if by:
                    row[by] = value
                found.append(row | stage_row(here, groups[value], world))
    return found


def stage_row(here: int, journeys: list[Journey], world: World) -> Out:
    """The figures of one stage over some cases."""
    entered = [one for one in journeys if one.furthest >= here]
    advanced = [one for one in entered if one.furthest > here]
    lost = [one for one in entered if one.furthest == here and one.outcome is not None]
    still = [one for one in entered if one.furthest == here and one.outcome is None]
    decided = len(advanced) + len(lost)
    low, high = wilson(len(advanced), decided)
    spans = []
    for one in entered:
        reached_at = one.reached_at[here]
        assert reached_at is not None
        left_at = None if one in still else one.left_at[here]
        elapsed = max((left_at or world.now) - reached_at, timedelta(0))
        spans.append((elapsed, left_at is not None))
    median = kaplan_meier_median(spans)
    return {
        "entered": len(entered),
        "advanced": len(advanced),
        "lost": len(lost),
        "open": len(still),
        "rate": len(advanced) / decided if decided else None,
        "ci_low": low,
        "ci_high": high,
        "median_days": None if median is None else median / timedelta(days=1),
    }


def wilson(k: int, n: int) -> tuple[float | None, float | None]:
    """The 95 % interval of k out of n (Wilson 1927); empty when nothing is decided."""
    if n == 0:
        return None, None
    z, p = NormalDist().inv_cdf(0.975), k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def kaplan_meier_median(spans: list[tuple[timedelta, bool]]) -> timedelta | None:
    """The first time at which at most half are still here (Kaplan and Meier 1958); None if never.

    A span is an elapsed time and whether it ended (else it is censored); at equal times the ended come first.
    """
    survival = Fraction(1)
    for moment in sorted({elapsed for elapsed, ended in spans if ended}):
        at_risk = sum(1 for elapsed, _ in spans if elapsed >= moment)
        ended_now = sum(1 for elapsed, ended in spans if ended and elapsed == moment)
        survival *= 1 - Fraction(ended_now, at_risk)
        if survival <= Fraction(1, 2):
            return moment
    return None


# --- orphans ----------------------------------------------------------------------------------------------


def orphans(
    book: Book | Iterable[Book],
    tables: Tables,
    as_of: date | datetime,
    timezone: str = "Asia/Tokyo",
    horizon: int = 7,
) -> list[Out]:
    """The live cases (existing, without a final outcome) that have no open action."""
    world = world_of(tables, as_of, timezone, horizon)
    found: list[Out] = []
    for one in books_of(book):
        for case, actions, events in evaluate_all(one, world):
            outcome, _ = final_outcome(one, events)
            if outcome is None and not any(action["status"] in OPEN for action in actions):
                found.append({"playbook": one["playbook"]["id"], "case_id": case.id, "client_id": case.client_id})
    return found
