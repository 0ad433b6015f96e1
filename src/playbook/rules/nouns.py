"""A playbook as frozen data: the nouns of DESIGN section 3. How a file becomes one is in `rulefile`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeVar

from playbook.rules.offset import Offset
from playbook.words.text import Text

OutcomeKind = Literal["won", "rejected", "declined", "lapsed", "unknown"]
Side = Literal["client", "agency", "bank", "candidate"]
Basis = Literal["stated", "recommended", "ours"]
CalendarName = Literal["jp", "jp-bank"]
Scope = Literal["case", "client"]
Roll = Literal["next", "previous"]
When = Mapping[str, tuple[str, ...]]
Facts = tuple[str, ...]
Laws = tuple[str, ...]
_T = TypeVar("_T", "Role", "Rule", "Template")


@dataclass(frozen=True, slots=True)
class Activity:
    """What can happen to a case; after it, what comes next lies with the side in `passes_to`."""

    id: str
    name: Text
    passes_to: Side | None = None
    fact: Facts = ()
    law: Laws = ()


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """A date column of a case or its opening that can start a clock."""

    id: str
    name: Text
    fact: Facts = ()
    law: Laws = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the funnel, entered by any of some activities."""

    id: str
    name: Text
    entered_by: tuple[str, ...]
    fact: Facts = ()
    law: Laws = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A way in which a case ends: by an event of `by` for which `when` holds."""

    id: str
    name: Text
    kind: OutcomeKind
    by: tuple[str, ...]
    when: When = field(default_factory=dict)
    fact: Facts = ()
    law: Laws = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """What a role does in one phase."""

    phase: str
    text: Text
    fact: Facts = ()
    law: Laws = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A duty that people hold; one person may hold several."""

    id: str
    name: Text
    side: Side
    falls_to: str | None = None
    duties: tuple[Duty, ...] = ()
    fact: Facts = ()
    law: Laws = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """To whom an overdue action goes, and how long after its due."""

    after: Offset
    to: str


@dataclass(frozen=True, slots=True)
class Midpoint:
    """A touch halfway between a trigger and a planned date that is more than `gap` away."""

    toward: str
    gap: Offset


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which a rule's clock stands still: from an event of `after` to the next one of `until`."""

    after: tuple[str, ...]
    until: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """After X, role R owes Y by D, or else Z, with the source it comes from.

    `due` holds one offset, or several for a series; it is empty exactly where `midpoint` is set. `channel` holds every
    channel that will do, and none where any will. `key` is the column by which events answer each other.
    """

    id: str
    name: Text
    after: tuple[str, ...]
    due: tuple[Offset, ...]
    until: tuple[str, ...]
    role: str
    when: When = field(default_factory=dict)
    wait: Offset | None = None
    midpoint: Midpoint | None = None
    unless: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    pause: Pause | None = None
    roll: Roll | None = None
    key: str | None = None
    template: str | None = None
    escalate: tuple[Escalation, ...] = ()
    record: str | None = None
    fact: Facts = ()
    law: Laws = ()
    basis: Basis = "ours"

    @property
    def most_days(self) -> int:
        """More days than any moment of this rule lies from its trigger."""
        latest = max((due.most_days for due in self.due), default=0)
        escalated = max((step.after.most_days for step in self.escalate), default=0)
        return (self.wait.most_days if self.wait else 0) + latest + escalated


@dataclass(frozen=True, slots=True)
class Precedence:
    """An activity that needs others before it, wherever `when` holds.

    With the scope "client" those of another case of the client will do; with `within`, only those not longer ago; with
    `fresh`, only those that came after the case's previous event of `activity`.
    """

    id: str
    name: Text
    activity: str
    requires: tuple[str, ...]
    when: When = field(default_factory=dict)
    scope: Scope = "case"
    within: Offset | None = None
    fresh: bool = False
    fact: Facts = ()
    law: Laws = ()
    basis: Basis = "stated"


@dataclass(frozen=True, slots=True)
class Participation:
    """An activity in which one of some roles must have taken part, wherever `when` holds."""

    id: str
    name: Text
    activity: str
    roles: tuple[str, ...]
    when: When = field(default_factory=dict)
    fact: Facts = ()
    law: Laws = ()
    basis: Basis = "stated"


@dataclass(frozen=True, slots=True)
class Field:
    """One item of a checklist: a column of the event or the case."""

    id: str
    name: Text
    fact: Facts = ()
    law: Laws = ()


@dataclass(frozen=True, slots=True)
class Checklist:
    """What must be filled in on a case by the time of an activity, wherever `when` holds."""

    id: str
    name: Text
    at: str
    fields: tuple[Field, ...]
    when: When = field(default_factory=dict)
    role: str | None = None
    fact: Facts = ()
    law: Laws = ()
    basis: Basis = "stated"


@dataclass(frozen=True, slots=True)
class Template:
    """A draft, in Jinja, over the case, the event and the people."""

    id: str
    name: Text
    channel: str
    body: Text
    subject: Text | None = None
    fact: Facts = ()
    law: Laws = ()


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A figure from outside to hold one's own against."""

    id: str
    name: Text
    value: float
    fact: Facts = ()
    law: Laws = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when an office is open on a business day, in minutes since midnight.

    >>> Hours.parse("09:00-17:30")
    Hours(opens=540, closes=1050)
    >>> str(Hours())
    '09:00-18:00'
    """

    opens: int = 9 * 60
    closes: int = 18 * 60

    @classmethod
    def parse(cls, written: str) -> Hours:
        """The hours that are written; ValueError where they are none, or less than one."""
        found = re.fullmatch(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", written)
        if found is None:
            raise ValueError(written)
        opens, closes = (60 * int(hour) + int(minute) for hour, minute in (found.groups()[:2], found.groups()[2:]))
        if closes - opens < 60 or closes > 24 * 60:
            raise ValueError(written)
        return cls(opens, closes)

    def __str__(self) -> str:
        return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (self.opens, self.closes))


@dataclass(frozen=True)
class Playbook:
    """One written procedure as data."""

    id: str
    name: Text
    source: str = ""
    calendar: CalendarName = "jp"
    hours: Hours = Hours()
    activities: tuple[Activity, ...] = ()
    dates: tuple[PlannedDate, ...] = ()
    stages: tuple[Stage, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    roles: tuple[Role, ...] = ()
    rules: tuple[Rule, ...] = ()
    precedences: tuple[Precedence, ...] = ()
    participations: tuple[Participation, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    templates: tuple[Template, ...] = ()
    benchmarks: tuple[Benchmark, ...] = ()
    fact: Facts = ()
    law: Laws = ()

    @cached_property
    def date_ids(self) -> frozenset[str]:
        """The planned dates that this playbook knows."""
        return frozenset(date.id for date in self.dates)

    @cached_property
    def closing(self) -> frozenset[str]:
        """The activities that close a case."""
        return frozenset(activity for outcome in self.outcomes for activity in outcome.by)

    def role(self, id: str) -> Role:
        """The role with this id; KeyError where there is none."""
        return _by_id(self.roles, id)

    def rule(self, id: str) -> Rule:
        """The rule with this id; KeyError where there is none."""
        return _by_id(self.rules, id)

    def template(self, id: str) -> Template:
        """The template with this id; KeyError where there is none."""
        return _by_id(self.templates, id)

    def label(self, id: str) -> Text:
        """The name of an activity or planned date; its id where it is neither."""
        names = {activity.id: activity.name for activity in self.activities} | {day.id: day.name for day in self.dates}
        return names.get(id, Text(id, id))


def _by_id(items: tuple[_T, ...], id: str) -> _T:
    for item in items:
        if item.id == id:
            return item
    raise KeyError(id)


class Playbooks(tuple[Playbook, ...]):
    """Some playbooks, in their order, and by their ids."""

    __slots__ = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(book.id for book in self)

    def named(self, id: str) -> Playbook:
        """The playbook with this id; KeyError where it is not among them."""
        book = self.get(id)
        if book is None:
            raise KeyError(id)
        return book

    def get(self, id: str) -> Playbook | None:
        """The playbook with this id; None where it is not among them."""
        return next((book for book in self if book.id == id), None)

    def and_own(self, own: Iterable[Playbook]) -> Playbooks:
        """These and a firm's own, one of which stands in the place of the one that has its id."""
        return Playbooks({book.id: book for book in (*self, *own)}.values())
