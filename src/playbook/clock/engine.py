"""The clock: the rules of a playbook over the ordered events of some cases (DESIGN section 4).

Everything is an array, one element per trigger or per due action. What has not happened comes `NEVER`, what was open
from the start opened `ALWAYS`; so comparisons read as the rules do, and nothing is ever null.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.clock.conditions import SAYS_NOTHING, Condition, conditions, of_rule
from playbook.clock.known import AsOf, EventLog
from playbook.clock.ordered import NEVER, EventArrays, OrderedLog, Rows, Shard
from playbook.days.calendar import CalendarBook, Days, Moments
from playbook.rules.nouns import Playbook, Rule
from playbook.rules.offset import Offset, Unit

STATUSES = (
    "overdue", "due_today", "due_soon", "upcoming", "waiting",
    "met", "met_late", "void", "lapsed", "closed_late",
)  # fmt: skip
OPEN = STATUSES[:5]

ALWAYS = int(np.iinfo(np.int64).min)
"""The opening of what was open from the start: earlier than any other moment."""

_NO_DAY = int(np.iinfo(np.int32).min)
_HOUR = 3_600_000_000
_ONLY = np.zeros(1, dtype=np.uint16)  # the only calendar, where there is but one
_CODE = {status: code for code, status in enumerate(STATUSES)}
_Flags = npt.NDArray[np.bool_]
_Statuses = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Question:
    """What the clock is asked: the due actions at an as-of, all of them or only the open ones."""

    as_of: AsOf
    horizon: int = 7
    only_open: bool = False


@dataclass(frozen=True)
class Circumstances:
    """What some rules ask of a log, ready to be looked up; made once for all its shards.

    `planned`: per planned date, the day of each case. `holds`: per condition, whether it holds of each case.
    `variant`: the calendar of each case, by its number in `calendars`.
    """

    events: EventArrays
    calendars: CalendarBook
    variant: npt.NDArray[np.uint16]
    planned: Mapping[str, Days]
    holds: Mapping[Condition, _Flags]

    @classmethod
    def of(cls, log: EventLog, rules: Collection[tuple[Playbook, Rule]]) -> Circumstances:
        """What these rules ask of the log."""
        asked = conditions(rule for _, rule in rules)
        activities = set(chain.from_iterable(_activities(book, rule) for book, rule in rules))
        dates = {name for book, _ in rules for name in book.date_ids} & set(log.cases.columns)
        calendars, variant = log.calendars
        return cls(
            EventArrays.of(log, activities, asked),
            calendars,
            variant.to_numpy(),
            {name: log.cases[name].cast(pl.Int32).fill_null(_NO_DAY).to_numpy() for name in dates},
            {condition: condition.of_cases(log) for condition in asked},
        )


def _activities(book: Playbook, rule: Rule) -> Iterator[str]:
    yield from (name for name in rule.after if name not in book.date_ids)
    yield from rule.until
    yield from _voids(book, rule)
    yield from (rule.record,) if rule.record else ()


def _voids(book: Playbook, rule: Rule) -> frozenset[str]:
    return frozenset(rule.unless) | (book.closing - frozenset(rule.until))


@dataclass(frozen=True)
class Triggers:
    """What starts a rule's clock: one element per trigger.

    `case`: its place in the shard; `at`, `day`: the instant and its local day; `found`, `voided`: when the first event
    came that fulfils the promise, and that voids it.
    """

    case: Rows
    at: Moments
    day: Days
    found: Moments
    voided: Moments

    def only(self, kept: _Flags) -> Triggers:
        """Some of them."""
        return Triggers(self.case[kept], self.at[kept], self.day[kept], self.found[kept], self.voided[kept])


@dataclass(frozen=True)
class Actions:
    """The due actions of one rule, trigger and entry of the `due` list (from 1): one element each.

    `found`, `voided`: when the first event came that fulfils it, and that voids it; `status`: its place in `STATUSES`.
    """

    rule: Rule
    trigger: str
    entry: int
    case: Rows
    trigger_at: Moments
    opened_at: Moments
    due_at: Moments
    found: Moments
    voided: Moments
    status: _Statuses

    def only(self, kept: _Flags) -> Actions:
        """Some of them."""
        arrays = ("case", "trigger_at", "opened_at", "due_at", "found", "voided", "status")
        return replace(self, **{name: getattr(self, name)[kept] for name in arrays})


@dataclass(frozen=True)
class Clock:
    """The clock of a playbook over the cases of one shard."""

    circumstances: Circumstances
    ordered: OrderedLog
    playbook: Playbook
    question: Question

    @classmethod
    def of(cls, circumstances: Circumstances, shard: Shard, question: Question) -> Clock:
        """The clock of a shard, before it has recorded anything."""
        return cls(circumstances, circumstances.events.ordered(shard), shard.playbook, question)

    def all_actions(self) -> Iterator[Actions]:
        """The due actions of all rules. Those with `record` come first, each seeing what the earlier ones recorded."""
        clock = self
        for rule in self.playbook.rules:
            if rule.record:
                found = list(clock.actions(rule))
                yield from found
                clock = clock.having_recorded(rule.record, found)
        for rule in self.playbook.rules:
            if not rule.record:
                yield from clock.actions(rule)

    def run(self) -> Clock:
        """The clock after it has recorded all that it records."""
        clock = self
        for rule in self.playbook.rules:
            if rule.record:
                clock = clock.having_recorded(rule.record, clock.actions(rule))
        return clock

    def having_recorded(self, activity: str, actions: Iterable[Actions]) -> Clock:
        """The clock after it has recorded what lapsed."""
        lapsed = [one.only(one.status == _CODE["lapsed"]) for one in actions]
        case = np.concatenate([one.case for one in lapsed] or [np.zeros(0, np.intp)])
        due_at = np.concatenate([one.due_at for one in lapsed] or [np.zeros(0, np.int64)])
        return replace(self, ordered=self.ordered.with_derived(case, due_at, activity))

    def actions(self, rule: Rule) -> Iterator[Actions]:
        """The due actions of one rule."""
        for after in rule.after:
            if after not in self.playbook.date_ids or after in self.circumstances.planned:
                triggers = self.triggers(rule, after)
                if len(triggers.case):  # most rules are started by nothing that is open
                    yield from self._entries(rule, after, triggers)

    # What starts a clock

    def triggers(self, rule: Rule, after: str) -> Triggers:
        """What starts it: the events of an activity, or a planned date that some table has."""
        return (self._planned if after in self.playbook.date_ids else self._happened)(rule, after)

    def _happened(self, rule: Rule, after: str) -> Triggers:
        """The events that start it: all of them, or those that something can be open of."""
        ordered = self.ordered
        if rule.record or not self.question.only_open:  # what lapses must be known to be recorded
            rows = ordered.rows(after)
            found = ordered.moments(ordered.next_after(after, rule.until))
            voided = ordered.moments(np.minimum(ordered.next_after(after, rule.unless), self._closing(rule, after)))
        else:
            ordered = self._living if self._ends_with_its_case(rule, after) else ordered
            several = len(rule.due) > 1  # one entry's fulfilment leaves the others open
            ending = _voids(self.playbook, rule) | frozenset(() if several else rule.until)
            kept = np.flatnonzero(ordered.none_after(after, ending))
            rows, voided = ordered.rows(after)[kept], np.full(len(kept), NEVER)
            found = ordered.moments(ordered.next_after(after, rule.until)[kept]) if several else voided
        case, at = ordered.case[rows], ordered.at[rows]
        triggers = Triggers(case, at, self.circumstances.calendars.day_of(at), found, voided)
        return triggers.only(self._holds(rule, case, ordered.source[rows])) if rule.when else triggers

    def _ends_with_its_case(self, rule: Rule, after: str) -> bool:
        """Whether nothing that an activity starts stays open once its case is closed."""
        closing = self.playbook.closing
        return after not in closing and (len(rule.due) <= 1 or closing.isdisjoint(rule.until))

    @cached_property
    def _living(self) -> OrderedLog:
        """The events of the cases that are not closed: often a small part of the log."""
        return self.ordered.without_ended(self.playbook.closing)

    def _planned(self, rule: Rule, after: str) -> Triggers:
        """The planned dates that start it; each stands for 00:00 of its day."""
        days = self.circumstances.planned[after][self.ordered.case_no]
        case = np.flatnonzero(days != _NO_DAY)
        at = self.circumstances.calendars.start(days[case])
        until, voids = rule.until, _voids(self.playbook, rule)
        if len(rule.due) <= 1:  # early notice is notice: the whole life of the case
            found, voided = (self.ordered.first_in_life(case, names) for names in (until, voids))
        else:
            found, voided = (self.ordered.first_since(case, at, names) for names in (until, voids))
        triggers = Triggers(case, at, days[case], found, voided)
        return triggers.only(self._holds(rule, case, None)) if rule.when else triggers

    def _closing(self, rule: Rule, after: str) -> Rows:
        """For each event that starts the clock the first that closes its case, and does not fulfil the promise."""
        activities = self.playbook.closing - frozenset(rule.until)
        if (after, activities) not in self._known:
            self._known[after, activities] = self.ordered.next_after(after, activities)
        return self._known[after, activities]

    @cached_property
    def _known(self) -> dict[tuple[str, frozenset[str]], Rows]:
        return {}

    def _holds(self, rule: Rule, case: Rows, source: Rows | None) -> _Flags:
        """Whether all conditions hold: on the event's own cell, where it has one, else on the case."""
        holds = np.ones(len(case), dtype=np.bool_)
        for condition in of_rule(rule):
            of_case = self.circumstances.holds[condition][self.ordered.case_no[case]]
            if source is not None and condition in self.circumstances.events.said:
                own = self.circumstances.events.said[condition][source]
                of_case = np.where(own == SAYS_NOTHING, of_case, own == 1)
            holds &= of_case
        return holds

    # What is due

    def _entries(self, rule: Rule, after: str, triggers: Triggers) -> Iterator[Actions]:
        """The due actions of some triggers, entry after entry of the rule's `due` list."""
        case, opened, day = triggers.case, triggers.at, triggers.day
        if rule.wait:
            opened = self._reach(rule.wait, case, opened, day, opening=True)
            day = self.circumstances.calendars.day_of(opened)
        if rule.midpoint:
            yield self._halfway(rule, after, triggers, opened, day)
            return
        dues = [self._reach(due, case, opened, day) for due in rule.due]
        found, never = triggers.found, np.full(len(case), NEVER)
        for entry, (due, due_at, next_due) in enumerate(zip(rule.due, dues, [*dues[1:], never], strict=True), start=1):
            found = np.where(found <= next_due, found, NEVER)
            opening = np.full(len(case), ALWAYS) if due.negative else opened
            status = self._status(rule, opening, due_at, found, triggers.voided, next_due)
            yield Actions(rule, after, entry, case, triggers.at, opening, due_at, found, triggers.voided, status)
            if next_due is not never:  # the next entry: after this one was due, and after what fulfilled it
                since = np.maximum(due_at, self._fulfilling(rule, due_at, found))
                found = self.ordered.first_since(case, since, rule.until, strictly=True)

    def _fulfilling(self, rule: Rule, due_at: Moments, found: Moments) -> Moments:
        """When an entry was fulfilled, `ALWAYS` if it was not; where the clock recorded its lapse, nothing did."""
        lapsed = rule.record is not None and (due_at < self.question.as_of.passed_before) & (found > due_at)
        return np.where((found == NEVER) | lapsed, ALWAYS, found)

    def _halfway(self, rule: Rule, after: str, triggers: Triggers, opened: Moments, day: Days) -> Actions:
        """The due actions halfway between a trigger and a planned date that is far enough away."""
        assert rule.midpoint is not None
        nowhere = np.full(len(self.circumstances.variant), _NO_DAY, dtype=np.int32)
        planned = self.circumstances.planned.get(rule.midpoint.toward, nowhere)
        toward = planned[self.ordered.case_no[triggers.case]]
        gap = rule.midpoint.gap.n * (7 if rule.midpoint.gap.unit is Unit.WEEK else 1)
        far = (toward != _NO_DAY) & (toward - gap > day)
        kept, opened = triggers.only(far), opened[far]
        due_at = self.circumstances.calendars.end(day[far] + (toward[far] - day[far]) // 2)
        status = self._status(rule, opened, due_at, kept.found, kept.voided, np.full(len(opened), NEVER))
        return Actions(rule, after, 1, kept.case, kept.at, opened, due_at, kept.found, kept.voided, status)

    def _status(
        self, rule: Rule, opened: Moments, due: Moments, found: Moments, voided: Moments, next_due: Moments
    ) -> _Statuses:
        """The status at as-of, tested in the order of DESIGN section 4."""
        as_of, horizon = self.question.as_of, self.question.horizon
        passed = due < as_of.passed_before
        fulfilled = (found <= voided) & (found != NEVER)
        tests = {
            "met": fulfilled & (found <= due),
            "void": ~fulfilled & (voided <= due),
            "lapsed": passed if rule.record else np.zeros_like(passed),
            "met_late": fulfilled,
            "closed_late": (voided != NEVER) | (next_due < as_of.passed_before),
            "overdue": passed,
            "waiting": opened >= as_of.reached_before,
            "due_today": due < as_of.start(1),
            "due_soon": due < as_of.start(1 + horizon),
        }
        codes = [np.uint8(_CODE[status]) for status in tests]
        return np.select(list(tests.values()), codes, np.uint8(_CODE["upcoming"]))

    # Days and moments

    def _reach(self, offset: Offset, case: Rows, moments: Moments, days: Days, *, opening: bool = False) -> Moments:
        """The moment that an offset reaches: the end of a day (for an opening, its start), or the instant for hours."""
        if offset.unit is Unit.HOUR:
            return moments + offset.n * _HOUR
        calendars = self.circumstances.calendars
        reached = calendars.reach(offset, self._variant(case), days)
        return calendars.start(reached) if opening else calendars.end(reached)

    def _variant(self, case: Rows) -> npt.NDArray[np.uint16]:
        """The calendars that cases live by."""
        if len(self.circumstances.calendars.variants) == 1:
            return _ONLY
        return self.circumstances.variant[self.ordered.case_no[case]]

    # Who acts, and on which day at the latest

    def answering(self, actions: Actions) -> npt.NDArray[np.uint8]:
        """Who answers now: 0, the rule's own role, or n, the role of the n-th escalation, the last that has passed."""
        role = np.zeros(len(actions.case), dtype=np.uint8)
        if actions.rule.escalate:
            late = np.flatnonzero(actions.status == _CODE["overdue"])
            due_at, case = actions.due_at[late], actions.case[late]
            days = self.circumstances.calendars.day_of(due_at)
            for n, step in enumerate(actions.rule.escalate, start=1):
                passed = self._reach(step.after, case, due_at, days) < self.question.as_of.passed_before
                role[late[passed]] = n
        return role

    def act_by(self, case: Rows, opened_at: Moments, due_day: Days) -> Days:
        """The last business day from the opening to the day of the due; if there is none, the day of the due."""
        last = self.circumstances.calendars.last_open(self._variant(case), due_day)
        waits = np.flatnonzero(opened_at != ALWAYS)
        opened = np.full(len(last), _NO_DAY, dtype=np.int32)
        opened[waits] = self.circumstances.calendars.day_of(opened_at[waits])
        return np.where(last >= opened, last, due_day)
