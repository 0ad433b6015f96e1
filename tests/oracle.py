"""DESIGN sections 2 and 4 once more, read aloud in plain Python: slow, obvious, and no code shared with the package.

Numbers in comments (1. to 8.) are those of DESIGN section 4 under "One due action per rule, per trigger, per entry".
Everything is a loop over cases, rules, triggers and entries. Instants are kept in UTC, so that comparing two of them
compares instants whatever the time zone does; they are given back in the workspace's.

Readings of this file where the sections are silent:

* Clock-recorded events count wherever the section says "known event", violations included.
* `voided_at` is given only where voiding decided the status (`void`, or `closed_late` by a voiding event).
* In doubt, fulfilment is no later than voiding: its early moment is not after the late one of what voids.
* "Before" the moment of a move means early before it, and never earlier than the trigger itself.
* A value that a date has again is a value of its own: each stretch of time with one value is a trigger.
* A pause holds at its start and no more at its end; a pause of no length stops nothing.
* What escalates is counted by the rule's clock too, so it stands still in a pause; it is not rolled.
* A rolled day lands on a business day that does not stand still at the close of `hours`.
* A planned date has no doubt: it stands for 00:00 of its day, early and late.
* An answer is said at an instant, whatever the time of day; one that stands voids, wherever its trigger lies.
* An open case that reached its stage later than as-of (an event entered ahead of time) is censored at 0 days.
* A checklist field that is a planned date is filled where the case inherits it; `client_id` likewise.
* What was due before `counts_from` is done neither early nor by a wrong channel, and keeps no case from being an orphan.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
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
CountsFrom = date | Mapping[str, date] | None
Out = dict[str, Any]

MICROSECOND = timedelta(microseconds=1)
ALWAYS = datetime.min.replace(tzinfo=UTC)
ANSWER = "(answer)"
OPEN = ("postponed", "overdue", "paused", "waiting", "due_today", "due_soon", "upcoming")

# Section 2: "Rows that agree in a table's key are versions of one thing". Not listed: every row is kept.
KEYS = {
    "events": ("case_id", "activity", "timestamp"),
    "cases": ("case_id",),
    "openings": ("opening_id",),
    "clients": ("client_id",),
    "assignments": ("role", "person", "case_id", "opening_id", "client_id", "from_on"),
    "milestones": ("case_id", "milestone"),
    "closures": ("date", "client_id"),
}
MOMENTS = ("timestamp", "from_on", "date")


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
class World:
    """The tables and the moment from which they are looked at."""

    tables: Tables
    as_of: date | datetime
    zone: ZoneInfo
    horizon: int
    counts_from: CountsFrom = None
    stood: dict[tuple[str, datetime], list[Row]] = field(default_factory=dict)

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

    # Section 2, "History: a past that stays".
    def known_from(self, table: str, row: Row) -> datetime:
        """ "a row is known from then on (empty: from the start; an event from its `timestamp`)"."""
        if text(row, "recorded_at"):
            return self.instant(row["recorded_at"])
        return self.instant(row["timestamp"]) if table == "events" else ALWAYS

    def key(self, table: str, row: Row) -> tuple[Any, ...]:
        """What makes two rows versions of one thing."""
        return tuple(
            self.instant(row[column]) if column in MOMENTS and text(row, column) else text(row, column)
            for column in KEYS[table]
        )

    def standing(self, table: str, moment: datetime) -> list[Row]:
        """The rows that stood at a moment, looked for once."""
        if (table, moment) not in self.stood:
            self.stood[table, moment] = self.looked_for(table, moment)
        return self.stood[table, moment]

    def looked_for(self, table: str, moment: datetime) -> list[Row]:
        """The rows that stood at a moment: of each thing "the known one with the latest `recorded_at`"."""
        stands: dict[tuple[Any, ...], Row] = {}
        since: dict[tuple[Any, ...], datetime] = {}
        for row in self.tables.get(table, []):
            if not self.usable(table, row):
                continue
            known_from, key = self.known_from(table, row), self.key(table, row)
            if known_from > moment:
                continue
            # "Two versions known since the same moment are a duplicate: the upper stands"
            if key not in stands or known_from > since[key]:
                stands[key], since[key] = row, known_from
        # "one with `gone` = yes says that the thing is no more"
        return [
            row for row in self.tables.get(table, []) if any(row is one for one in stands.values()) and not gone(row)
        ]

    def usable(self, table: str, row: Row) -> bool:
        """Whether the row has what its table requires, in a form that can be read."""
        required = {
            "events": ("case_id", "activity", "timestamp"),
            "cases": ("case_id", "playbook"),
            "openings": ("opening_id",),
            "assignments": ("role", "person"),
            "closures": ("date",),
        }
        if not all(text(row, column) for column in required.get(table, ())):
            return False
        try:
            self.known_from(table, row)
        except ValueError:
            return False
        return True


def gone(row: Row) -> bool:
    """ "one with `gone` = yes says that the thing is no more"."""
    return text(row, "gone") == "yes"


def books_of(book: Book | Iterable[Book]) -> list[Book]:
    """One book or several."""
    return [book] if isinstance(book, Mapping) else list(book)


def world_of(
    tables: Tables, as_of: date | datetime, timezone: str, horizon: int, counts_from: CountsFrom = None
) -> World:
    """The tables, seen at an as-of."""
    return World(tables, as_of, ZoneInfo(timezone), horizon, counts_from)


# --- events and cases -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """One event of one case: what happened, when, between which moments, and the row it was read from."""

    case_id: str
    activity: str
    timestamp: datetime
    early: datetime
    late: datetime
    recorded_at: datetime
    cells: Row = field(default_factory=dict)
    rule_id: str | None = None

    @property
    def derived(self) -> bool:
        """Recorded by the clock itself."""
        return self.rule_id is not None

    @property
    def key(self) -> tuple[str, str, datetime]:
        """Rows with the same case, activity and timestamp are one event."""
        return self.case_id, self.activity, self.timestamp


def order(event: Event) -> tuple[datetime, datetime]:
    """ "the *first* of several is the one with the least late, then early, moment"."""
    return event.late, event.early


def first(events: Iterable[Event]) -> Event | None:
    """The first of several, if any."""
    return min(events, key=order, default=None)


def late_moment(timestamp: datetime, world: World) -> datetime:
    """ "a late one (the end of its day, where it is a whole day; else its `timestamp`)"."""
    local = timestamp.astimezone(world.zone)
    return world.end(local.date()) if local.time() == time() else timestamp


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


def case_at(case_id: str, world: World, moment: datetime) -> Case | None:
    """The case as it stood at a moment; None where its row was not known, or gone."""
    for row in world.standing("cases", moment):
        if text(row, "case_id") == case_id:
            for opening in world.standing("openings", moment):
                if text(opening, "opening_id") == text(row, "opening_id"):
                    return Case(case_id, row, opening)
            return Case(case_id, row, {})
    return None


def observed_events(world: World) -> dict[str, list[Event]]:
    """The known events of each case id, first to last."""
    by_case: dict[str, list[Event]] = {}
    for row in world.standing("events", world.now):
        timestamp = world.instant(row["timestamp"])
        # "an *early* moment (`earliest`, else its `timestamp`)"
        early = world.instant(row["earliest"]) if text(row, "earliest") else timestamp
        event = Event(
            str(text(row, "case_id")),
            str(text(row, "activity")),
            timestamp,
            early,
            late_moment(timestamp, world),
            world.known_from("events", row),
            row,
        )
        by_case.setdefault(event.case_id, []).append(event)
    return {case_id: in_order(events) for case_id, events in by_case.items()}


def in_order(events: Iterable[Event]) -> list[Event]:
    """By timestamp, then by name."""
    return sorted(events, key=lambda event: (event.timestamp, event.activity))


def existing_cases(book: Book, world: World) -> list[tuple[Case, list[Event]]]:
    """The cases of a book that exist at as-of, each with its observed events."""
    observed = observed_events(world)
    found = []
    for row in world.standing("cases", world.now):
        if text(row, "playbook") != book["playbook"]["id"]:
            continue
        case = case_at(str(text(row, "case_id")), world, world.now)
        assert case is not None
        events = observed.get(case.id, [])
        # "A case exists from its `created_at` where given, else from its first known event"
        created_at = text(row, "created_at")
        if world.instant(created_at) <= world.now if created_at else events:
            found.append((case, events))
    return found


def planned_date(case: Case, column: str, world: World) -> date | None:
    """The planned date of a case, its opening's where the case's own cell is empty."""
    cell = text(case.cells, column) or text(case.opening, column)
    return world.day(world.instant(cell)) if cell else None


@dataclass(frozen=True)
class Value:
    """A planned date as it was from one moment to the next; `moved_at` is None where it still stands."""

    day: date | None
    moved_at: datetime | None


def history_of(case: Case, column: str, world: World) -> list[Value]:
    """ "the values that the case's own cell, else its opening's, had from one moment to the next"."""
    moments = {ALWAYS}
    for table in ("cases", "openings"):
        moments |= {world.known_from(table, row) for row in world.tables.get(table, []) if world.usable(table, row)}
    found: list[Value] = []
    for moment in sorted(moment for moment in moments if moment <= world.now):
        then = case_at(case.id, world, moment)
        day = planned_date(then, column, world) if then else None
        if found and found[-1].day != day:
            found[-1] = replace(found[-1], moved_at=moment)
        if not found or found[-1].day != day:
            found.append(Value(day, None))
    return [value for value in found if value.day is not None]


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
        return counted(day, n, self.business_day)

    def last_business_day(self, first_day: date | None, last: date) -> date:
        """ "the last business day from [first] to [last]; if there is none" the last day."""
        day = last
        while first_day is None or day >= first_day:
            if self.business_day(day):
                return day
            day -= timedelta(days=1)
        return last


def calendar_of(book: Book, case: Case, world: World) -> Calendar:
    """ "the workspace's `closures` (those without a `client_id` for everyone, the others ...)"."""
    closed = set()
    for row in world.standing("closures", world.now):
        if text(row, "client_id") in (None, case.client_id):
            closed.add(world.day(world.instant(row["date"])))
    return Calendar(book["playbook"].get("calendar", "jp") == "jp-bank", frozenset(closed))


def counted(day: date, n: int, counts: Callable[[date], bool]) -> date:
    """The Nth day after a day that counts (before it, where N is negative); the day never counts itself."""
    step = timedelta(days=1 if n > 0 else -1)
    left = abs(n)
    while left:
        day += step
        if counts(day):
            left -= 1
    return day


def months_later(day: date, n: int) -> date:
    """ "a missing day becomes that month's last"."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))


@dataclass(frozen=True)
class Offset:
    """An offset as it is written."""

    n: int
    unit: str
    negative: bool

    @classmethod
    def of(cls, written: str) -> Offset:
        """ "same day", "3 days", "-1 business day", "2 business hours"; the unit in the singular."""
        if written == "same day":
            return cls(0, written, False)
        n, unit = written.split(" ", 1)
        return cls(int(n), unit.removesuffix("s"), n.startswith("-"))

    @property
    def rolls(self) -> bool:
        """ "not for hours, business hours or business days"."""
        return self.unit in ("same day", "day", "week", "month")


def days_in(written: str) -> int:
    """The days in "N days" or "N weeks"."""
    offset = Offset.of(written)
    return offset.n * (7 if offset.unit == "week" else 1)


@dataclass(frozen=True)
class Pause:
    """A stretch in which a rule's clock stands still: from its start on, until its end."""

    start: datetime
    end: datetime
    ended: bool


@dataclass(frozen=True)
class RuleClock:
    """How one rule counts the days of one case."""

    business: Calendar
    hours: str
    roll: str | None
    pauses: tuple[Pause, ...]
    world: World

    def still_at(self, moment: datetime) -> bool:
        """Whether the clock stands still at a moment."""
        return any(pause.start <= moment < pause.end for pause in self.pauses)

    def still_now(self) -> bool:
        """ "the clock stands still at as-of"; a pause that has not ended holds it."""
        now = self.world.now
        return any(pause.start <= now and (not pause.ended or now < pause.end) for pause in self.pauses)

    def counts(self, day: date) -> bool:
        """ "A day is *still* when the clock stands still at its last microsecond"."""
        return not self.still_at(self.world.end(day))

    def business_day_counts(self, day: date) -> bool:
        """ "a business day, when it does at the close of `hours`"; at 24:00 that is the day's last microsecond."""
        close = min(self.hours_of(day)[1], self.world.end(day))
        return self.business.business_day(day) and not self.still_at(close)

    def hours_of(self, day: date) -> tuple[datetime, datetime]:
        """When a day's office hours begin and end; 24:00 is the start of the next day."""
        opens, closes = (self.wall_clock(day, written) for written in self.hours.split("-"))
        return opens, closes

    def wall_clock(self, day: date, written: str) -> datetime:
        """The instant at which the clock on the wall shows a time of a day."""
        if written == "24:00":
            return self.world.start(day + timedelta(days=1))
        return datetime.combine(day, time.fromisoformat(written), self.world.zone).astimezone(UTC)

    def day_reached(self, offset: Offset, day: date) -> date:
        """The local day that an offset other than hours reaches from a local day."""
        clock = replace(self, pauses=()) if offset.negative else self  # "A negative `due` ... no `pause`"
        if offset.unit == "same day":  # "the first day, from that day on, that is not still"
            while not clock.counts(day):
                day += timedelta(days=1)
            return day
        if offset.unit == "business day":
            return counted(day, offset.n, clock.business_day_counts)
        if offset.unit == "day":
            return counted(day, offset.n, clock.counts)
        # "`N weeks` and `N months` first reach their day as without pauses and then count as many days, not still"
        plain = months_later(day, offset.n) if offset.unit == "month" else day + timedelta(days=7 * offset.n)
        return counted(day, (plain - day).days, clock.counts)

    def rolled(self, offset: Offset, day: date, counted_from: date) -> date:
        """The day, or the business day that `roll` makes of it."""
        if self.roll is None or not offset.rolls or self.business.business_day(day):
            return day
        if self.roll == "next":  # "rolling "next" also passes over still days"
            clock = replace(self, pauses=()) if offset.negative else self
            return counted(day, 1, clock.business_day_counts)
        before = self.business.business_days(day, -1)
        # "never a day before the one it is counted from (then it stays; a due counted backwards may go further back)"
        return before if before >= counted_from or offset.negative else day

    def reached(self, written: str, origin: datetime, *, rolls: bool = True) -> date | datetime:
        """What an offset reaches: an instant, or a day."""
        offset = Offset.of(written)
        if offset.unit == "hour":
            return self.hours_after(origin, timedelta(hours=offset.n))
        if offset.unit == "business hour":
            return self.business_hours_after(origin, timedelta(hours=offset.n))
        counted_from = self.world.day(origin)
        day = self.day_reached(offset, counted_from)
        return self.rolled(offset, day, counted_from) if rolls else day

    def due(self, written: str, origin: datetime, *, rolls: bool = True) -> datetime:
        """The table of offsets: an instant, or the end of the day that is reached."""
        found = self.reached(written, origin, rolls=rolls)
        return found if isinstance(found, datetime) else self.world.end(found)

    def wait(self, written: str, origin: datetime) -> datetime:
        """1. "the start of the local day that `wait` reaches (or the instant, for hours)"."""
        found = self.reached(written, origin)
        return found if isinstance(found, datetime) else self.world.start(found)

    def running(self, start: datetime, end: datetime) -> Iterable[tuple[datetime, datetime]]:
        """The parts of a stretch of time that lie outside pauses."""
        for pause in self.pauses:
            if pause.end <= start or pause.start >= end:
                continue
            if pause.start > start:
                yield start, pause.start
            start = pause.end
        if start < end:
            yield start, end

    def hours_after(self, origin: datetime, left: timedelta) -> datetime:
        """ "exactly N elapsed hours after that instant"; "only the time outside pauses"."""
        far = max([origin, *(pause.end for pause in self.pauses)]) + left
        return elapsed(self.running(origin, far), left)

    def business_hours_after(self, origin: datetime, left: timedelta) -> datetime:
        """ "the instant at which N hours have passed within the playbook's `hours` on business days"."""

        def stretches() -> Iterable[tuple[datetime, datetime]]:
            day = self.world.day(origin)
            while True:
                if self.business.business_day(day):
                    opens, closes = self.hours_of(day)
                    yield from self.running(max(opens, origin), closes)
                day += timedelta(days=1)

        return elapsed(stretches(), left)


def elapsed(stretches: Iterable[tuple[datetime, datetime]], left: timedelta) -> datetime:
    """The first instant at which so much time has passed within the stretches."""
    for start, end in stretches:
        if end > start and left <= end - start:
            return start + left
        left -= max(end - start, timedelta(0))
    raise AssertionError("the stretches are too short")


def pauses_of(rule: Row, events: list[Event], world: World) -> tuple[Pause, ...]:
    """ "from a known event in `pause.after` to the next known event in `pause.until`"."""
    pause = rule.get("pause")
    if pause is None:
        return ()
    # "a pause goes from the early moment of its start to the late one of its end"; "of one instant the start comes first"
    marks = [(event.early, 0) for event in events if event.activity in listed(pause["after"])]
    marks += [(event.late, 1) for event in events if event.activity in listed(pause["until"])]
    found: list[Pause] = []
    since: datetime | None = None
    for moment, kind in sorted(marks):
        if kind == 0 and since is None:  # "while it stands still, further starts mean nothing"
            since = moment
        if kind == 1 and since is not None:
            found.append(Pause(since, moment, ended=True))
            since = None
    # "A pause that has not ended is counted as if it ended with the as-of (a date: with that day)"
    now = world.start(world.today + timedelta(days=1)) if world.by_date else world.now
    if since is not None and since <= now:
        found.append(Pause(since, now, ended=False))
    return tuple(found)


def clock_of(book: Book, rule: Row, case: Case, events: list[Event], world: World) -> RuleClock:
    """How the rule counts for the case; "A negative `due` and a midpoint have no `pause`"."""
    hours = str(book["playbook"].get("hours", "09:00-18:00"))
    pauses = () if is_midpoint(rule) else pauses_of(rule, events, world)
    business = calendar_of(book, case, world)
    return RuleClock(business, hours, rule.get("roll"), pauses, world)


# --- triggers ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trigger:
    """What starts a clock: a known event, or a planned date of the case; with the date that a midpoint heads for."""

    id: str
    at: datetime
    early: datetime
    late: datetime
    event: Event | None = None
    toward: date | None = None
    moved_at: datetime | None = None


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
    found: list[Trigger] = []
    for event in events:
        if event.activity in listed(rule["after"]) and when_holds(rule, case, event):
            trigger = Trigger(event.activity, event.timestamp, event.early, event.late, event)
            found += halfway(rule, trigger, case, world) if is_midpoint(rule) else [trigger]
    for planned in book.get("date", []):
        if planned["id"] in listed(rule["after"]) and when_holds(rule, case, None):
            # "A planned date stands for 00:00 of its day."; "Each value is a trigger of its own."
            for value in history_of(case, planned["id"], world):
                assert value.day is not None
                start = world.start(value.day)
                found.append(Trigger(planned["id"], start, start, start, moved_at=value.moved_at))
    return found


def is_midpoint(rule: Row) -> bool:
    """The rule asks for a touch halfway to a planned date."""
    return listed(rule["due"]) == ["midpoint"]


def halfway(rule: Row, trigger: Trigger, case: Case, world: World) -> list[Trigger]:
    """The trigger with each date it heads for that is more than `gap` away; the event's own cell comes first."""
    assert trigger.event is not None
    own = text(trigger.event.cells, rule["toward"])
    values = [Value(world.day(world.instant(own)), None)] if own else history_of(case, rule["toward"], world)
    return [
        replace(trigger, toward=value.day, moved_at=value.moved_at)
        for value in values
        if value.day and (value.day - world.day(trigger.late)).days > days_in(rule["gap"])
    ]


# --- answers ----------------------------------------------------------------------------------------------


def standing_answer(rule: Row, case: Case, trigger: Trigger, world: World) -> Row | None:
    """8. "of the answers to an action that are known at as-of, the latest (then the lower row) stands"."""
    if rule.get("record") is not None:  # "Rules with `record` heed no answer"
        return None
    found: Row | None = None
    for row in world.tables.get("answers", []):
        if text(row, "case_id") != case.id or text(row, "rule_id") != rule["id"] or not text(row, "recorded_at"):
            continue
        recorded_at = world.instant(row["recorded_at"])
        if recorded_at > world.now:
            continue
        if text(row, "trigger_at"):  # "With `trigger_at` it is to that trigger only"
            if world.instant(row["trigger_at"]) != trigger.at:
                continue
        # "without, to all ... whose trigger is a planned date, or an event not after `recorded_at`"
        elif trigger.event is not None and trigger.early > recorded_at:
            continue
        if found is None or recorded_at >= world.instant(found["recorded_at"]):
            found = row
    # "`reopened` takes back what was said before"
    return None if found is None or text(found, "answer") == "reopened" else found


def said(answer: Row | None, what: str) -> bool:
    """The answer that stands says this."""
    return answer is not None and text(answer, "answer") == what


# --- due actions ------------------------------------------------------------------------------------------


def ends_case(book: Book, case: Case, event: Event) -> bool:
    """Whether an event "closes the case (listed in an [[outcome]])", whose `when` holds."""
    return any(
        event.activity in listed(outcome["by"]) and when_holds(outcome, case, event)
        for outcome in book.get("outcome", [])
    )


@dataclass(frozen=True)
class Search:
    """What one trigger of a rule looks for among the events of its case."""

    book: Book
    rule: Row
    case: Case
    trigger: Trigger
    events: list[Event]
    answer: Row | None
    whole_life: bool
    world: World

    def moment(self, event: Event) -> datetime:
        """When it counts as done: "the later of its own early moment and the trigger's (in the whole life: its own)"."""
        if self.whole_life or event.activity == ANSWER:
            return event.early
        return max(event.early, self.trigger.early)

    def in_its_time(self, event: Event) -> bool:
        """A date that was changed at the moment m is judged by what came before m."""
        return self.trigger.moved_at is None or self.moment(event) < self.trigger.moved_at

    def later_entry(self) -> Search:
        """3. Entry k > 1 of a `due` list is searched "after entry k-1's `due_at`", wherever a planned date lies."""
        return replace(self, whole_life=True) if self.trigger.event is None else self

    def at_or_after_trigger(self, event: Event) -> bool:
        """ "at or after" means late not before early."""
        return event.late >= self.trigger.early

    def is_trigger(self, event: Event) -> bool:
        """The event that started the clock."""
        return self.trigger.event is not None and event.key == self.trigger.event.key

    def matches(self, event: Event) -> bool:
        """7. "whose cell in that column is the same as the trigger's (empty is the same as empty)"."""
        key = self.rule.get("key")
        if key is None:
            return True
        assert self.trigger.event is not None
        return text(event.cells, key) == text(self.trigger.event.cells, key)

    def voids(self, event: Event) -> bool:
        """4. "whose activity is in `unless`, or closes the case ... and is not in `until`"."""
        if event.activity in listed(self.rule.get("unless")) and self.matches(event):
            return True
        return ends_case(self.book, self.case, event) and event.activity not in listed(self.rule.get("until"))

    def voiding(self) -> list[Event]:
        """4. What voids, "other than the trigger itself, at or after the trigger"."""
        found = [
            event
            for event in self.events
            if self.voids(event)
            and not self.is_trigger(event)
            and (self.whole_life or self.at_or_after_trigger(event))
            and self.in_its_time(event)
        ]
        if self.answer is not None and said(self.answer, "not_needed"):
            at = self.world.instant(self.answer["recorded_at"])  # 8. "voids the action at its `recorded_at`"
            if self.trigger.moved_at is None or at < self.trigger.moved_at:
                found.append(Event(self.case.id, ANSWER, at, at, at, at))
        return found

    def answering(self) -> list[Event]:
        """3. The events in `until` at or after the trigger, or in the whole life of the case."""
        return [
            event
            for event in self.events
            if event.activity in listed(self.rule.get("until"))
            and self.matches(event)
            and self.in_its_time(event)
            and (self.whole_life or (self.at_or_after_trigger(event) and not self.too_soon(event)))
        ]

    def too_soon(self, event: Event) -> bool:
        """3. "an event of the trigger's own activity: strictly after"."""
        own = self.trigger.event is not None and event.activity == self.trigger.id
        return self.is_trigger(event) or (own and not event.late > self.trigger.early)


def actions_of_rule(
    book: Book, rule: Row, case: Case, events: list[Event], world: World, starting: list[Trigger]
) -> list[Out]:
    """Every due action of one rule of one case, started by these triggers, on the events that the rule sees."""
    after = listed(rule["after"])
    taken: set[tuple[str, str, datetime]] = set()
    found: list[Out] = []
    # 7. "triggers are taken in order of `timestamp` (then of `after`)"
    for trigger in sorted(starting, key=lambda one: (one.at, after.index(one.id))):
        # 3. "for a planned date with a single `due`: in the whole life of the case"
        whole_life = trigger.event is None and len(listed(rule["due"])) == 1
        answer = standing_answer(rule, case, trigger, world)
        search = Search(book, rule, case, trigger, events, answer, whole_life, world)
        found += actions_of_trigger(search, clock_of(book, rule, case, events, world), taken)
    return found


def actions_of_trigger(search: Search, clock: RuleClock, taken: set[tuple[str, str, datetime]]) -> list[Out]:
    """One action per entry of the `due` list; `taken`: by rules with `key`, what fulfilled earlier triggers."""
    rule, trigger, world = search.rule, search.trigger, search.world
    entries = [str(entry) for entry in listed(rule["due"])]
    until = listed(rule.get("until"))
    # 1. and 2.: opened_at is the trigger, or what `wait` reaches; due_at is counted from it.
    wait = rule.get("wait")
    opened_at = clock.wait(wait, trigger.late) if wait else trigger.at
    counted_from = opened_at if wait else trigger.late
    due_ats = [due_moment(entry, counted_from, trigger, clock) for entry in entries]

    found: list[Out] = []
    used: set[tuple[str, str, datetime]] = set()
    fulfilled_before: Event | None = None  # what fulfilled entry k-1
    for k, entry in enumerate(entries):
        due_at = due_ats[k]
        next_due = due_ats[k + 1] if k + 1 < len(entries) else None
        here = search.later_entry() if k > 0 else search
        voiding, candidates = search.voiding(), here.answering()
        if k > 0:
            # "after entry k-1's `due_at`, after the event that fulfilled entry k-1"
            candidates = [event for event in candidates if event.late > due_ats[k - 1]]
            if fulfilled_before is not None:
                candidates = [event for event in candidates if event.late > fulfilled_before.early]
        if next_due is not None:  # "and not after entry k+1's `due_at`"
            candidates = [event for event in candidates if event.early <= next_due]
        candidates = [event for event in candidates if event.key not in used]  # "at most one entry"
        if rule.get("record") is not None:  # 6. "in such a rule only what comes in time fulfils or voids"
            candidates = [event for event in candidates if here.moment(event) <= due_at]
            voiding = [event for event in voiding if search.moment(event) <= due_at]
        voided = first(voiding)
        if rule.get("key") is not None:  # 7. "that no earlier trigger has taken ... and not after what voids it"
            candidates = [event for event in candidates if event.key not in taken]
            candidates = [event for event in candidates if voided is None or event.early <= voided.late]
        fulfilled = min(candidates, key=lambda event: (order(event), until.index(event.activity)), default=None)
        fulfilled_before = fulfilled
        if fulfilled is not None:
            used.add(fulfilled.key)
            taken.add(fulfilled.key)

        opened = None if entry.startswith("-") else opened_at  # 1. "For a negative `due` it is empty."
        in_time = fulfilled is not None and here.moment(fulfilled) <= due_at
        status, ended_at = judged(search, clock, opened, due_at, next_due, fulfilled, in_time, voided)
        if status is None:
            continue  # "what was neither never was"
        role = answering_role(rule, status, due_at, clock, world)
        on = world.day(ended_at) if ended_at else world.today
        first_day = world.day(opened) if opened else None
        decided_by_voiding = status == "void" or (status == "closed_late" and voided is not None)
        found.append(
            {
                "playbook": search.book["playbook"]["id"],
                "rule_id": rule["id"],
                "case_id": search.case.id,
                "client_id": search.case.client_id,
                "role": role,
                "owner": owner(search.book, role, search.case, on, world),
                "trigger": trigger.id,
                "entry": k + 1,
                "trigger_at": trigger.at,
                "opened_at": opened,
                "due_at": due_at,
                "act_by": clock.business.last_business_day(first_day, world.day(due_at)),
                "fulfilled_at": fulfilled.timestamp if fulfilled and status in ("met", "met_late") else None,
                "voided_at": voided.timestamp if voided and decided_by_voiding else None,
                "status": status,
                "search": search,
                "fulfilled": fulfilled if status in ("met", "met_late") else None,
            }
        )
    return found


def due_moment(entry: str, counted_from: datetime, trigger: Trigger, clock: RuleClock) -> datetime:
    """2. When an entry of the `due` list is due."""
    if entry != "midpoint":
        return clock.due(entry, counted_from)
    assert trigger.toward is not None
    day = clock.world.day(trigger.late)
    middle = day + timedelta(days=(trigger.toward - day).days // 2)
    return clock.world.end(clock.rolled(Offset.of("same day"), middle, day))


def judged(
    search: Search,
    clock: RuleClock,
    opened_at: datetime | None,
    due_at: datetime,
    next_due: datetime | None,
    fulfilled: Event | None,
    in_time: bool,
    voided: Event | None,
) -> tuple[str | None, datetime | None]:
    """The status of an action and when it ended (None: open); no status, where a move of its date undid it."""
    world, moved_at = search.world, search.trigger.moved_at
    # 5. "If fulfilment comes no later than voiding, the action is `met` or `met_late`."
    if fulfilled is not None and (voided is None or fulfilled.early <= voided.late):
        return ("met" if in_time else "met_late"), fulfilled.timestamp
    superseded_at = None
    if next_due is not None and (next_due < moved_at if moved_at else world.passed(next_due)):
        superseded_at = next_due  # 3. "when entry k+1's due has passed"
    # 5. "If voiding comes first: `void` when not after `due_at`, else `closed_late`."
    if voided is not None:
        if search.moment(voided) <= due_at:
            return "void", voided.timestamp
        return "closed_late", min(voided.timestamp, superseded_at or voided.timestamp)
    # 6. "when the due has passed, unfulfilled and not voided by then ... `lapsed` for good"
    if search.rule.get("record") is not None and (due_at < moved_at if moved_at else world.passed(due_at)):
        return "lapsed", due_at
    if superseded_at is not None:
        return "closed_late", superseded_at
    if moved_at is not None:  # "what was due and still open is `closed_late`"
        return ("closed_late", moved_at) if due_at < moved_at else (None, None)
    return open_status(search, clock, opened_at, due_at), None


def open_status(search: Search, clock: RuleClock, opened_at: datetime | None, due_at: datetime) -> str:
    """The status of an open action: "then postponed, overdue, paused, waiting, due_today, due_soon, upcoming"."""
    world = search.world
    until = text(search.answer, "until") if search.answer is not None and said(search.answer, "later") else None
    if until is not None and world.day(world.instant(until)) > world.today:
        return "postponed"
    if world.passed(due_at):
        return "overdue"
    if clock.still_now():
        return "paused"
    if opened_at is not None and world.not_reached(opened_at):
        return "waiting"
    days_left = (world.day(due_at) - world.today).days
    if days_left == 0:
        return "due_today"
    return "due_soon" if days_left <= world.horizon else "upcoming"


def answering_role(rule: Row, status: str, due_at: datetime, clock: RuleClock, world: World) -> str:
    """The rule's role, "or the last `escalate` entry whose offset from `due_at` has passed" while overdue."""
    role = str(rule["role"])
    if status == "overdue":
        for step in rule.get("escalate", []):
            if world.passed(clock.due(step["after"], due_at, rolls=False)):
                role = step["to"]
    return role


def matches(row: Row, case: Case) -> bool:
    """Every key that the assignment gives is the case's."""
    given = [("case_id", case.id), ("opening_id", case.opening_id), ("client_id", case.client_id)]
    return all(text(row, key) in (None, value) for key, value in given)


def holds_on(row: Row, day: date, world: World) -> bool:
    """ "An assignment counts on the days from `from_on` to `to_on`"."""
    from_on, to_on = text(row, "from_on"), text(row, "to_on")
    if from_on and world.day(world.instant(from_on)) > day:
        return False
    return not (to_on and world.day(world.instant(to_on)) < day)


def owner(book: Book, role: str, case: Case, day: date, world: World) -> str | None:
    """Who is assigned "for the case, its opening, its client, or generally, in this order", then falls_to."""
    falls_to = {entry["id"]: entry.get("falls_to") for entry in book.get("role", [])}
    asked: set[str] = set()
    while role and role not in asked:
        asked.add(role)
        for level in ("case_id", "opening_id", "client_id", None):
            for row in world.standing("assignments", world.now):
                if text(row, "role") != role or not matches(row, case) or not holds_on(row, day, world):
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
        of_rule[rule["id"]] = []
        # "dates that were moved come first, in the order of their moves (those of one moment together), ... then the rest"
        moves = {trigger.moved_at for trigger in triggers(book, rule, case, events, world)} - {None}
        for moved_at in [*sorted(moment for moment in moves if moment), None]:
            starting = [one for one in triggers(book, rule, case, events, world) if one.moved_at == moved_at]
            actions = actions_of_rule(book, rule, case, events, world, starting)
            events = with_recorded(rule, case, actions, events, world)
            of_rule[rule["id"]] += actions
    for rule in book.get("rule", []):
        if rule.get("record") is None:
            starting = triggers(book, rule, case, events, world)
            of_rule[rule["id"]] = actions_of_rule(book, rule, case, events, world, starting)
    return [action for rule in book.get("rule", []) for action in of_rule[rule["id"]]], events


def with_recorded(rule: Row, case: Case, actions: list[Out], events: list[Event], world: World) -> list[Event]:
    """6. The events, and what the clock records of those that lapsed ("one, where several lapse at the same moment")."""
    known = {event.key: event for event in events}
    for action in actions:
        if action["status"] == "lapsed":
            at = action["due_at"]
            event = Event(case.id, rule["record"], at, at, late_moment(at, world), at, rule_id=rule["id"])
            known.setdefault(event.key, event)
    return in_order(known.values())


Evaluated = list[tuple[Case, list[Out], list[Event]]]


def evaluate_all(book: Book, world: World) -> Evaluated:
    """Every existing case of a book with its actions and events."""
    found = []
    for case, observed in existing_cases(book, world):
        actions, events = evaluate(book, case, observed, world)
        found.append((case, [action for action in actions if counts(book, action, world)], events))
    return found


def counts(book: Book, action: Out, world: World) -> bool:
    """ "Due actions that were due before [counts_from] are in no answer, except those of rules with `record`"."""
    since = world.counts_from
    if isinstance(since, Mapping):
        since = since.get(book["playbook"]["id"])
    recording = {rule["id"] for rule in book.get("rule", []) if rule.get("record") is not None}
    return since is None or action["rule_id"] in recording or world.day(action["due_at"]) >= since


def localized(rows: list[Out], world: World) -> list[Out]:
    """The rows with every instant as the workspace's clock shows it, without what only this file needs."""
    return [
        {
            key: world.local(value) if isinstance(value, datetime) else value
            for key, value in row.items()
            if key not in ("search", "fulfilled")
        }
        for row in rows
    ]


def due_actions(
    book: Book | Iterable[Book],
    tables: Tables,
    as_of: date | datetime,
    timezone: str = "Asia/Tokyo",
    horizon: int = 7,
    counts_from: CountsFrom = None,
) -> list[Out]:
    """All due actions, whatever their status; one per rule, trigger and entry of the `due` list."""
    world = world_of(tables, as_of, timezone, horizon, counts_from)
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

    `cells` is the row that stands for an observed event, empty for a derived one.
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
    counts_from: CountsFrom = None,
) -> list[Out]:
    """One row per event out of order, missing field, absent participant, and action done early or wrongly."""
    world = world_of(tables, as_of, timezone, horizon, counts_from)
    evaluated = [(one, *found) for one in books_of(book) for found in evaluate_all(one, world)]
    rows: list[Out] = []
    for one, case, actions, events in evaluated:
        same_client = [
            event
            for _, other, _, its_events in evaluated
            if other.id == case.id or (case.client_id and other.client_id == case.client_id)
            for event in its_events
        ]
        broken = [
            (kind, id_, event.timestamp, detail)
            for event in events
            for kind, id_, detail in violations_of_event(one, case, event, events, same_client, world)
        ]
        broken += dict.fromkeys(violation for action in actions for violation in violations_of_action(action, events))
        for kind, id_, at, detail in broken:
            rows.append(
                {
                    "playbook": one["playbook"]["id"],
                    "kind": kind,
                    "id": id_,
                    "case_id": case.id,
                    "client_id": case.client_id,
                    "at": at,
                    "detail": detail,
                }
            )
    return localized(rows, world)


def violations_of_event(
    book: Book, case: Case, event: Event, events: list[Event], same_client: list[Event], world: World
) -> list[tuple[str, str, str]]:
    """Kind, id and detail of everything that one event violates."""
    found = []
    for rule in book.get("precedence", []):
        if rule["activity"] != event.activity or not when_holds(rule, case, event):
            continue
        there = same_client if rule.get("scope") == "client" else events
        missing = [
            activity
            for activity in listed(rule["requires"])
            if not any(other.activity == activity and serves(rule, other, event, events, world) for other in there)
        ]
        if missing:
            found.append(("precedence", rule["id"], ", ".join(missing)))
    for rule in book.get("checklist", []):
        if rule["at"] != event.activity or not when_holds(rule, case, event):
            continue
        for item in rule["fields"]:
            # "where the field is empty on the event and on the case"
            if not text(event.cells, item["id"]) and not filled_on_case(book, case, item["id"], world):
                found.append(("checklist", rule["id"], item["id"]))
    for rule in book.get("participation", []):
        if rule["activity"] != event.activity or not when_holds(rule, case, event):
            continue
        if not took_part(listed(rule["roles"]), case, event, world):
            found.append(("participation", rule["id"], ", ".join(listed(rule["roles"]))))
    return found


def serves(rule: Row, other: Event, event: Event, events: list[Event], world: World) -> bool:
    """Whether one event is what a precedence asks for before another."""
    if not event.late >= other.early:  # "at or before its timestamp"
        return False
    if rule.get("within"):  # "one whose day plus `within` has not passed by then"
        offset, day = Offset.of(rule["within"]), world.day(other.late)
        last = months_later(day, offset.n) if offset.unit == "month" else day + timedelta(days=days_in(rule["within"]))
        if event.early > world.end(last):
            return False
    if rule.get("fresh"):  # "one after (late after late) the case's previous event of `activity`"
        before = [one.late for one in events if one.activity == rule["activity"] and one.late < event.late]
        if before and not other.late > max(before):
            return False
    return True


def violations_of_action(action: Out, events: list[Event]) -> list[tuple[str, str, datetime, str]]:
    """Kind, rule, moment and detail of an action done before its time or by another channel."""
    search: Search = action["search"]
    found = []
    # "done *early* where the first event in `until` after its trigger comes before `opened_at`"
    after = [
        event
        for event in events  # of all that is known in the end, whichever rule recorded it
        if event.activity in listed(search.rule.get("until"))
        and search.matches(event)
        and not search.is_trigger(event)
        and event.late > search.trigger.early
    ]
    done = first(after)
    # Without a `wait` it opens with its trigger, and nothing comes after that and before it but in doubt.
    waits = search.rule.get("wait") is not None and action["opened_at"] is not None
    if done is not None and waits and done.late < action["opened_at"]:
        found.append(("early", action["rule_id"], done.timestamp, ""))
    # "where the event that fulfils it has a `channel` that the rule does not name"
    fulfilled: Event | None = action["fulfilled"]
    named = listed(search.rule.get("channel"))
    channel = text(fulfilled.cells, "channel") if fulfilled else None
    if fulfilled is not None and named and channel and channel not in named:
        found.append(("channel", action["rule_id"], fulfilled.timestamp, channel))
    return found


def filled_on_case(book: Book, case: Case, column: str, world: World) -> bool:
    """The case has it, its inherited planned dates and client included."""
    if column in [planned["id"] for planned in book.get("date", [])]:
        return planned_date(case, column, world) is not None
    return bool(case.client_id if column == "client_id" else text(case.cells, column))


def took_part(roles: list[str], case: Case, event: Event, world: World) -> bool:
    """The event names one of the roles, or a person assigned to one of them for the case at any level, that day."""
    if any(role in roles for role in several(text(event.cells, "role"))):
        return True
    on = world.day(event.timestamp)
    people = several(text(event.cells, "resource"))
    return any(
        text(row, "person") in people and text(row, "role") in roles and matches(row, case) and holds_on(row, on, world)
        for row in world.standing("assignments", world.now)
    )


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


def final_outcome(book: Book, case: Case, events: list[Event]) -> tuple[Row | None, Event | None]:
    """ "its last outcome event, unless it entered a stage strictly later (it was reopened)"."""
    found: Row | None = None
    last: Event | None = None
    for outcome in book.get("outcome", []):  # of one moment, the outcome listed later in the file wins
        for event in events:
            ends = event.activity in listed(outcome["by"]) and when_holds(outcome, case, event)
            if ends and (last is None or order(event) >= order(last)):
                found, last = outcome, event
    # "strictly later" than an outcome where its early moment is after the outcome's late one
    if last is not None and any(stages_entered(book, event) and event.early > last.late for event in events):
        return None, None
    return found, last


def journey(book: Book, case: Case, events: list[Event]) -> Journey:
    """What one case did in the funnel."""
    stages = book.get("stage", [])
    outcome, last = final_outcome(book, case, events)
    won = outcome is not None and outcome["kind"] == "won"
    # "it has a known event (derived ones included) entering it or a later stage"
    entering = [(s, event.timestamp) for event in events for s in stages_entered(book, event)]
    furthest = max((s for s, _ in entering), default=-1)
    reached_at: list[datetime | None] = []
    left_at: list[datetime | None] = []
    for here in range(len(stages)):
        reached = [moment for s, moment in entering if s >= here]
        left = [moment for s, moment in entering if s > here]
        if won and last is not None:
            # "a case that is won has reached every stage", by its outcome at the latest; so it has left the one before
            reached.append(last.timestamp)
            left.append(last.timestamp)
        reached_at.append(min(reached, default=None))
        left_at.append(min(left, default=last.timestamp if last else None))
    return Journey(len(stages) if won else furthest, outcome["kind"] if outcome else None, reached_at, left_at)


def outcomes(
    book: Book | Iterable[Book],
    tables: Tables,
    as_of: date | datetime,
    timezone: str = "Asia/Tokyo",
    horizon: int = 7,
) -> list[Out]:
    """How each existing case ended: playbook, case_id, outcome (its id; None: open), outcome_at."""
    world = world_of(tables, as_of, timezone, horizon)
    found: list[Out] = []
    for one in books_of(book):
        for case, _, events in evaluate_all(one, world):
            outcome, last = final_outcome(one, case, events)
            found.append(
                {
                    "playbook": one["playbook"]["id"],
                    "case_id": case.id,
                    "outcome": outcome["id"] if outcome else None,
                    "outcome_at": last.timestamp if last else None,
                }
            )
    return localized(found, world)


def playbooks_followed(world: World) -> set[str | None]:
    """The playbooks of the cases that stand in the table; a playbook that none follows has no funnel."""
    return {text(row, "playbook") for row in world.standing("cases", world.now)}


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
        if one["playbook"]["id"] not in playbooks_followed(world):
            continue
        groups: dict[str | None, list[Journey]] = {} if by else {None: []}
        for case, _, events in evaluate_all(one, world):
            groups.setdefault(case_value(case, by) if by else None, []).append(journey(one, case, events))
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
        stay = max((left_at or world.now) - reached_at, timedelta(0))
        spans.append((stay, left_at is not None))
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
    for moment in sorted({stay for stay, ended in spans if ended}):
        at_risk = sum(1 for stay, _ in spans if stay >= moment)
        ended_now = sum(1 for stay, ended in spans if ended and stay == moment)
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
    counts_from: CountsFrom = None,
) -> list[Out]:
    """The live cases (existing, without a final outcome) that have no open action."""
    world = world_of(tables, as_of, timezone, horizon, counts_from)
    found: list[Out] = []
    for one in books_of(book):
        for case, actions, events in evaluate_all(one, world):
            outcome, _ = final_outcome(one, case, events)
            if outcome is None and not any(action["status"] in OPEN for action in actions):
                found.append({"playbook": one["playbook"]["id"], "case_id": case.id, "client_id": case.client_id})
    return found
