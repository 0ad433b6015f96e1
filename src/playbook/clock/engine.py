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

from playbook.clock.answered import NO_DAY, Answers, answers
from playbook.clock.conditions import SAYS_NOTHING, Condition, conditions, of_rule, of_when
from playbook.clock.counting import Counting
from playbook.clock.keyed import Keyed
from playbook.clock.known import AsOf, EventLog
from playbook.clock.moves import DateMoves, date_moves
from playbook.clock.ordered import NEVER, Came, CaseRange, Cases, EventArrays, Flags, OrderedLog, Rows
from playbook.clock.pauses import Pauses
from playbook.days.calendar import CalendarBook, Days, Moments, day_number, start_of_day
from playbook.rules.nouns import Outcome, Pause, Playbook, Playbooks, Rule
from playbook.rules.offset import Offset, Unit

STATUSES = (
    "overdue", "due_today", "due_soon", "upcoming", "waiting", "postponed", "paused",
    "met", "met_late", "void", "lapsed", "closed_late",
)  # fmt: skip
OPEN = STATUSES[:7]

ALWAYS = int(np.iinfo(np.int64).min)
"""The opening of what was open from the start: earlier than any other moment."""

_ONLY = np.zeros(1, dtype=np.uint16)  # the only calendar, where there is but one
_CODE = {status: code for code, status in enumerate(STATUSES)}
_ENDS = "?ends"  # behind an activity that ends a case only where the `when` of an outcome holds
_Statuses = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ClockQuestion:
    """What the clock is asked: the due actions at an as-of, all of them or only the open ones.

    `owners_then`: of those that ended, who answered on the day when they did.
    """

    as_of: AsOf
    horizon: int = 7
    only_open: bool = False
    owners_then: bool = False


@dataclass(frozen=True)
class Circumstances:
    """What some rules ask of a log, ready to be looked up; made once for all its shards.

    `planned`: per planned date, the day of each case; `moves`: the days it was on before, and when it was moved.
    `holds`: per condition, whether it holds of each case. `variant`: the calendar of each case, by its number in
    `calendars`. `answers`: what was said of the actions of a playbook's rule. `counts_from`: per playbook the moment
    before which nothing is due.
    """

    events: EventArrays
    calendars: CalendarBook
    variant: npt.NDArray[np.uint16]
    planned: Mapping[str, Days]
    holds: Mapping[Condition, Flags]
    moves: DateMoves
    answers: Mapping[tuple[str, str], Answers]
    counts_from: Mapping[str, int]

    @classmethod
    def of(cls, log: EventLog, rules: Collection[tuple[Playbook, Rule]], *, told: bool = False) -> Circumstances:
        """What these rules ask of the log; `told`: and since when each event is known."""
        asked = sorted({*conditions(rule for _, rule in rules), *_of_outcomes(rules)})
        activities = set(chain.from_iterable(_activities(book, rule) for book, rule in rules))
        dates = {name for book, _ in rules for name in book.date_ids} & set(log.cases.columns)
        toward = {rule.midpoint.toward for _, rule in rules if rule.midpoint}
        keyed: dict[str, set[str]] = {}
        for book, rule in rules:
            if rule.key:
                keyed.setdefault(rule.key, set()).update(_activities(book, rule))
        calendars, variant = log.calendars
        counts_from = log.tables.settings.counts_from
        return cls(
            EventArrays.of(log, activities, asked, keyed, toward, told=told),
            calendars,
            variant.to_numpy(),
            {name: log.cases[name].cast(pl.Int32).fill_null(NO_DAY).to_numpy() for name in dates},
            {condition: condition.of_cases(log) for condition in asked},
            date_moves(log, dates),
            answers(log),
            {book.id: start_of_day(day, log.zone) for book, _ in rules if (day := counts_from.of(book.id))},
        )

    def holding(self, asked: Iterable[Condition], case_no: Cases, source: Rows | None) -> Flags:
        """Whether all conditions hold: on the event's own cell, where it has one, else on the case."""
        holds = np.ones(len(case_no), dtype=np.bool_)
        for condition in asked:
            of_case = self.holds[condition][case_no]
            if source is not None and condition in self.events.said:
                own = self.events.said[condition][source]
                of_case = np.where(own == SAYS_NOTHING, of_case, own == 1)
            holds &= of_case
        return holds


def _activities(book: Playbook, rule: Rule) -> Iterator[str]:
    yield from (name for name in rule.after if name not in book.date_ids)
    yield from rule.until
    yield from rule.unless
    yield from book.closing - frozenset(rule.until)
    yield from (rule.record,) if rule.record else ()
    yield from (*rule.pause.after, *rule.pause.until) if rule.pause else ()


def voids_of(book: Playbook, rule: Rule) -> frozenset[str]:
    """What voids a promise, by name in the ordered log: what its rule names, and what closes the case."""
    return frozenset(rule.unless) | _closes(book, rule)


def _closes(book: Playbook, rule: Rule) -> frozenset[str]:
    """What closes the case and does not fulfil the promise, by name in the ordered log."""
    return frozenset(_closing_name(book, one) for one in book.closing - frozenset(rule.until))


def _closing_name(book: Playbook, activity: str) -> str:
    return activity + _ENDS if all(outcome.when for outcome in _ended_by(book, activity)) else activity


def _ended_by(book: Playbook, activity: str) -> list[Outcome]:
    return [outcome for outcome in book.outcomes if activity in outcome.by]


def _of_outcomes(rules: Iterable[tuple[Playbook, Rule]]) -> Iterator[Condition]:
    books = Playbooks(()).and_own(book for book, _ in rules)
    return chain.from_iterable(of_when(outcome.when) for book in books for outcome in book.outcomes)


@dataclass(frozen=True, slots=True)
class Triggers:
    """What starts a rule's clock: one element per trigger.

    `log`: in which the rows are; `case`: its place in the shard; `came`, `day`: when, and on which local day at the
    latest; `found`, `voiding`: the rows of the first events that fulfil the promise, and that void it; `said`: when
    somebody said that it is not needed; `later`: the day to which it is put off. `source`: which event it is; None for
    planned dates. `since`, `moved`: from and to which moment a planned date had this value (None where no value of any
    has been changed).
    """

    log: OrderedLog
    case: Rows
    came: Came
    day: Days
    found: Rows
    voiding: Rows
    said: Moments | None = None
    later: Days | None = None
    source: Rows | None = None
    since: Moments | None = None
    moved: Moments | None = None

    def only(self, kept: Flags | Rows) -> Triggers:
        """Some of them."""
        arrays = ("case", "day", "found", "voiding", "said", "later", "source", "since", "moved")
        some = {name: own[kept] for name in arrays if (own := getattr(self, name)) is not None}
        return replace(self, came=self.came.only(kept), **some)

    @property
    def at(self) -> Moments:
        """The timestamps."""
        return self.came.at

    @property
    def planned(self) -> bool:
        """They are planned dates, not events."""
        return self.source is None


@dataclass(frozen=True)
class Actions:
    """The due actions of one rule, trigger and entry of the `due` list (from 1): one element each.

    `found`, `voided`: when the first event came that fulfils it, and that voids it; `superseded`: when the next entry
    was due, or its date was moved; `status`: its place in `STATUSES`.
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
    superseded: Moments
    status: _Statuses

    def only(self, kept: Flags | Rows) -> Actions:
        """Some of them."""
        arrays = ("case", "trigger_at", "opened_at", "due_at", "found", "voided", "superseded", "status")
        return replace(self, **{name: getattr(self, name)[kept] for name in arrays})

    def ended_at(self) -> Moments:
        """When each ended: fulfilled, voided, lapsed at its due, superseded; `NEVER` where it is open."""
        closed = np.minimum(self.voided, self.superseded)  # of a moved date, what voided it came before the move
        ends = {"met": self.found, "met_late": self.found, "void": self.voided, "lapsed": self.due_at}
        tests = [self.status == _CODE[status] for status in (*ends, "closed_late")]
        return np.select(tests, [*ends.values(), closed], NEVER)


@dataclass(frozen=True)
class Clock:
    """The clock of a playbook over the cases of one shard."""

    circumstances: Circumstances
    ordered: OrderedLog
    playbook: Playbook
    question: ClockQuestion

    @classmethod
    def of(cls, circumstances: Circumstances, shard: CaseRange, question: ClockQuestion) -> Clock:
        """The clock of a shard, before it has recorded anything."""
        book = shard.playbook

        def ends(ordered: OrderedLog, name: str) -> Rows:
            activity = name.removesuffix(_ENDS)
            rows, outcomes = ordered.rows(activity), _ended_by(book, activity)
            case_no, source = ordered.case_no[ordered.case[rows]], ordered.source[rows]
            return rows[
                np.logical_or.reduce([circumstances.holding(of_when(one.when), case_no, source) for one in outcomes])
            ]

        return cls(circumstances, circumstances.events.ordered(shard, ends), book, question)

    def judged(self) -> tuple[Clock, Iterator[Actions]]:
        """The clock after it has recorded all that it records, and the due actions of all rules.

        Those with `record` come first, each seeing what the earlier ones recorded; all others see all of that.
        """
        clock, found = self, list[Actions]()
        for rule in self.playbook.rules:
            if rule.record:
                judged, clock = clock.recording(rule)
                found += judged
        return clock, chain(found, *(clock.actions(rule) for rule in self.playbook.rules if not rule.record))

    def recording(self, rule: Rule) -> tuple[list[Actions], Clock]:
        """The due actions of a rule with `record`, and the clock after it has recorded what lapsed.

        Dates that were moved come first, in the order of their moves, each seeing what was recorded before.
        """
        clock, found = self, list[Actions]()
        for turn in range(self._turns(rule) + 1):
            judged = list(clock.actions(rule, turn))
            found += judged
            clock = clock.having_recorded(rule.record or "", judged)
        return found, clock

    def having_recorded(self, activity: str, actions: Iterable[Actions]) -> Clock:
        """The clock after it has recorded what lapsed."""
        lapsed = [one.only(one.status == _CODE["lapsed"]) for one in actions]
        case = np.concatenate([one.case for one in lapsed] or [np.zeros(0, np.intp)])
        due_at = np.concatenate([one.due_at for one in lapsed] or [np.zeros(0, np.int64)])
        return replace(self, ordered=self.ordered.with_derived(case, due_at, activity)) if len(case) else self

    def actions(self, rule: Rule, turn: int | None = None) -> Iterator[Actions]:
        """The due actions of one rule; of one turn, those of the dates that were moved then (at last, of the rest)."""
        for after, triggers in self.started(rule):
            if turn is not None and not rule.midpoint:  # toward which days a midpoint lies is not known yet
                triggers = triggers.only(self._turn_of(rule, triggers) == turn)
            if len(triggers.case):  # most rules are started by nothing that is open
                yield from map(self._counted, self._entries(rule, after, triggers, turn))

    def _counted(self, actions: Actions) -> Actions:
        """Those that were due since the procedure is kept; what the platform's clock does it has always done."""
        since = self.circumstances.counts_from.get(self.playbook.id)
        return actions if since is None or actions.rule.record else actions.only(actions.due_at >= since)

    # What starts a clock

    def started(self, rule: Rule) -> Iterator[tuple[str, Triggers]]:
        """What starts a rule, by activity or planned date."""
        if rule.key is not None:
            yield from self._matched(rule)
            return
        for after in rule.after:
            if after not in self.playbook.date_ids or after in self.circumstances.planned:
                yield after, self.triggers(rule, after)

    def triggers(self, rule: Rule, after: str) -> Triggers:
        """What starts it: the events of an activity, or a planned date that some table has."""
        return (self._planned if after in self.playbook.date_ids else self._happened)(rule, after)

    def _happened(self, rule: Rule, after: str) -> Triggers:
        """The events that start it: all of them, or those that something can be open of."""
        ordered = self.ordered
        if rule.record or not self.question.only_open:  # what lapses must be known to be recorded
            rows = ordered.rows(after)
            found = ordered.next_after(after, rule.until, strictly=True)
            voiding = np.minimum(ordered.next_after(after, rule.unless), self._closing(rule, after))
        else:
            ordered = self._living if self._ends_with_its_case(rule, after) else ordered
            several = len(rule.due) > 1  # one entry's fulfilment leaves the others open
            voids, until = voids_of(self.playbook, rule), frozenset(() if several else rule.until)
            kept = np.flatnonzero(ordered.none_after(after, voids | until, until - voids))
            rows, voiding = ordered.rows(after)[kept], np.full(len(kept), ordered.end)
            found = ordered.next_after(after, rule.until, strictly=True)[kept] if several else voiding
        return self._of_events(rule, ordered, rows, found, voiding)

    def _of_events(self, rule: Rule, ordered: OrderedLog, rows: Rows, found: Rows, voiding: Rows) -> Triggers:
        case, came = ordered.case[rows], ordered.when(rows)
        day = self.circumstances.calendars.day_of(came.late)
        triggers = Triggers(ordered, case, came, day, found, voiding, source=ordered.source[rows])
        return self._told(rule, triggers.only(self._holds(rule, triggers)) if rule.when else triggers)

    def _matched(self, rule: Rule) -> Iterator[tuple[str, Triggers]]:
        """The events that start a rule whose answers find their question, each with its own answer."""
        ordered, keyed = self.ordered, Keyed.of(self.ordered, rule.key or "")
        started = []
        for after in rule.after:
            rows = ordered.rows(after)
            voiding = np.minimum(keyed.first(rows, rule.unless), self._closing(rule, after))
            started.append(self._of_events(rule, ordered, rows, rows, voiding))  # the rows themselves, to be matched
        rows = np.concatenate([one.found for one in started])
        number = np.repeat(np.arange(len(started)), [len(one.found) for one in started])
        order = np.lexsort((number, ordered.came.at[rows]))
        until = np.concatenate([self._voided(one, one.voiding).late for one in started])[order]
        found = np.empty(len(rows), dtype=np.intp)
        found[order] = keyed.one_each(rows[order], rule.until, until)
        for n, (after, one) in enumerate(zip(rule.after, started, strict=True)):
            yield after, replace(one, found=found[number == n])

    def _told(self, rule: Rule, triggers: Triggers) -> Triggers:
        """The triggers with what people said of them; the clock of the platform heeds nobody."""
        said = self.circumstances.answers.get((self.playbook.id, rule.id))
        if said is None or rule.record:
            return triggers
        since = None if triggers.planned else triggers.came.early
        case_no, arrays = self.ordered.case_no, self.circumstances.events
        not_needed, later = said.standing(arrays, case_no, triggers.case, triggers.at, since)
        return replace(triggers, said=not_needed, later=later)

    def _ends_with_its_case(self, rule: Rule, after: str) -> bool:
        """Whether nothing that an activity starts stays open once its case is closed."""
        closing = self.playbook.closing
        return after not in closing and (len(rule.due) <= 1 or closing.isdisjoint(rule.until))

    @cached_property
    def _living(self) -> OrderedLog:
        """The events of the cases that are not closed: often a small part of the log."""
        return self.ordered.without_ended([_closing_name(self.playbook, one) for one in self.playbook.closing])

    def _planned(self, rule: Rule, after: str) -> Triggers:
        """The planned dates that start it, and those they were moved from; each stands for 00:00 of its day."""
        days = self.circumstances.planned[after][self.ordered.case_no]
        case, values = np.flatnonzero(days != NO_DAY), self.circumstances.moves.get(after)
        days, since, moved = days[case], None, None
        if values is not None:
            place, mine = values.of(self.ordered.case_no)
            stands = values.until[mine] == NEVER
            since, moved = np.full(len(case), ALWAYS), np.full(len(case), NEVER)
            since[np.searchsorted(case, place[stands])] = values.since[mine[stands]]
            place, mine = place[~stands], mine[~stands]
            case, days = np.concatenate([case, place]), np.concatenate([days, values.day[mine]])
            since = np.concatenate([since, values.since[mine]])
            moved = np.concatenate([moved, values.until[mine]])
        at = self.circumstances.calendars.start(days)
        until, voids = rule.until, voids_of(self.playbook, rule)
        if len(rule.due) <= 1:  # early notice is notice: the whole life of the case
            found, voiding = (self.ordered.first_in_life(case, names) for names in (until, voids))
        else:
            found, voiding = (self.ordered.first_since(case, at, names) for names in (until, voids))
        came = Came.exactly(at)
        triggers = Triggers(self.ordered, case, came, days, found, voiding, since=since, moved=moved)
        return self._told(rule, triggers.only(self._holds(rule, triggers)) if rule.when else triggers)

    def _turns(self, rule: Rule) -> int:
        """How many times dates that start a rule were moved, in the case where they were moved most often."""
        return int(np.diff(self._moments_moved(rule)[0]).max(initial=0))

    def _turn_of(self, rule: Rule, triggers: Triggers) -> Rows:
        """The turn of each trigger: which of the moves of its case took its date away; at last what stands."""
        if triggers.moved is None:
            return np.full(len(triggers.case), self._turns(rule))
        first, keys = self._moments_moved(rule)
        turn = (
            np.searchsorted(keys, self.circumstances.events.key(triggers.case, triggers.moved)) - first[triggers.case]
        )
        return np.where(triggers.moved == NEVER, self._turns(rule), turn)

    def _moments_moved(self, rule: Rule) -> tuple[Rows, Moments]:
        """Per case where its moves begin among all (and the end), and every move as case and moment in one integer."""
        case_no = self.ordered.case_no
        names = [*rule.after, *([rule.midpoint.toward] if rule.midpoint else [])]
        keys, cases = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for values in (self.circumstances.moves[name] for name in names if name in self.circumstances.moves):
            place, mine = values.of(case_no)
            changed = values.until[mine] != NEVER
            keys.append(self.circumstances.events.key(place[changed], values.until[mine[changed]]))
            cases.append(place[changed])
        every, one = np.unique(np.concatenate(keys), return_index=True)
        counts = np.bincount(np.concatenate(cases)[one].astype(np.intp), minlength=len(case_no))
        return np.concatenate([[0], np.cumsum(counts)]), every

    def _closing(self, rule: Rule, after: str) -> Rows:
        """For each event that starts the clock the first that closes its case, and does not fulfil the promise."""
        activities = _closes(self.playbook, rule)
        if (after, activities) not in self._known:
            self._known[after, activities] = self.ordered.next_after(after, activities)
        return self._known[after, activities]

    @cached_property
    def _known(self) -> dict[tuple[str, frozenset[str]], Rows]:
        return {}

    def _holds(self, rule: Rule, triggers: Triggers) -> Flags:
        """Whether all conditions hold: on the event's own cell, where it has one, else on the case."""
        of_case = self.ordered.case_no[triggers.case]
        return self.circumstances.holding(of_rule(rule), of_case, triggers.source)

    # What is due

    def _entries(self, rule: Rule, after: str, triggers: Triggers, turn: int | None) -> Iterator[Actions]:
        """The due actions of some triggers, entry after entry of the rule's `due` list."""
        counting, case = self._counting(rule), triggers.case
        opened, late, day = triggers.at, triggers.came.late, triggers.day
        if rule.wait:
            opened = late = self._reach(counting, rule.wait, case, late, day, opening=True)
            day = self.circumstances.calendars.day_of(opened)
        if rule.midpoint:
            yield self._halfway(rule, after, triggers, opened, day, turn)
            return
        dues = [self._reach(counting, due, case, late, day) for due in rule.due]
        log, never = triggers.log, np.full(len(case), NEVER)
        row, used = triggers.found, list[Rows]()
        for entry, (due, due_at, next_due) in enumerate(zip(rule.due, dues, [*dues[1:], never], strict=True), start=1):
            opening = np.full(len(case), ALWAYS) if due.negative else opened
            row = self._counting_in(rule, entry, triggers, row, due_at, next_due, used)
            yield self._judged(rule, after, entry, triggers, opening, due_at, row, next_due)
            if next_due is not never:  # the next entry: after this one was due, and after what fulfilled it
                used.append(np.where(row == log.end, -1, row))
                since = np.maximum(due_at, np.where(row == log.end, ALWAYS, log.when(row).early))
                row = log.first_since(case, since, rule.until, strictly=True)

    def _counting_in(
        self,
        rule: Rule,
        entry: int,
        triggers: Triggers,
        row: Rows,
        due_at: Moments,
        next_due: Moments,
        used: list[Rows],
    ) -> Rows:
        """From the first events of `until` on, the first that counts for an entry of the `due` list."""
        in_life = entry > 1 or self._in_life(rule, triggers)
        bound = self._bound(rule, triggers, due_at, in_life=in_life)
        if len(rule.due) > 1:
            bound = next_due if bound is None else np.minimum(bound, next_due)
        if bound is None:
            return row
        taken = [*used, *self._itself(triggers)]
        return triggers.log.first_within(triggers.case, row, bound, rule.until, taken)

    def _itself(self, triggers: Triggers) -> list[Rows]:
        """The rows of the triggers: in doubt, one may stand behind what came too late for a date that was moved."""
        log, source = triggers.log, triggers.source
        if source is None or triggers.moved is None or not log.doubtful:
            return []
        order = np.argsort(log.source, kind="stable")
        place = np.minimum(np.searchsorted(log.source, source, sorter=order), len(order) - 1)
        return [np.where(source < 0, -1, order[place])]

    def _bound(self, rule: Rule, triggers: Triggers, due_at: Moments, *, in_life: bool) -> Moments | None:
        """The last moment at which something counts: in time in a rule with `record`, before its date was moved."""
        limit = due_at if rule.record is not None else None
        if triggers.moved is not None:  # a moment is counted in whole microseconds; what stands is never moved
            before = triggers.moved - 1
            limit = before if limit is None else np.minimum(limit, before)
        if limit is None or in_life:
            return limit
        return np.where(triggers.came.early > limit, ALWAYS, limit)  # nothing counts before the trigger itself

    def _in_life(self, rule: Rule, triggers: Triggers) -> bool:
        """Whether fulfilment is searched for in the whole life of the case."""
        return triggers.planned and len(rule.due) <= 1

    def _halfway(
        self, rule: Rule, after: str, triggers: Triggers, opened: Moments, day: Days, turn: int | None
    ) -> Actions:
        """The due actions halfway between a trigger and a planned date that is far enough away."""
        assert rule.midpoint is not None
        gap = rule.midpoint.gap.n * (7 if rule.midpoint.gap.unit is Unit.WEEK else 1)
        each, toward, moved = self._toward(rule.midpoint.toward, triggers)
        far = (toward != NO_DAY) & (toward - gap > day[each])
        each, toward = each[far], toward[far]
        kept, opened, day = triggers.only(each), opened[each], day[each]
        if moved is not None:
            kept = replace(kept, moved=moved[far])
        if turn is not None:
            mine = self._turn_of(rule, kept) == turn
            kept, toward, opened, day = kept.only(mine), toward[mine], opened[mine], day[mine]
        middle = day + (toward - day) // 2
        if rule.roll is not None:
            middle = self._counting(rule).rolled(middle, self._variant(kept.case), kept.case, day)
        due_at, never = self.circumstances.calendars.end(middle), np.full(len(opened), NEVER)
        row = self._counting_in(rule, 1, kept, kept.found, due_at, never, [])
        return self._judged(rule, after, 1, kept, opened, due_at, row, never)

    def _toward(self, name: str, triggers: Triggers) -> tuple[Rows, Days, Moments | None]:
        """The days toward which a midpoint lies: which trigger each belongs to, the day, and when either was moved.

        An event's own cell comes first; else the values that the date had, each while the trigger had its own.
        """
        nowhere = np.full(len(self.circumstances.variant), NO_DAY, dtype=np.int32)
        stands = self.circumstances.planned.get(name, nowhere)[self.ordered.case_no[triggers.case]]
        own = np.full(len(stands), NO_DAY, dtype=np.int32)
        if triggers.source is not None and name in self.circumstances.events.dates:
            own = self.circumstances.events.dates[name][triggers.source]
        each, toward = np.arange(len(stands)), np.where(own == NO_DAY, stands, own)
        values = self.circumstances.moves.get(name)
        if values is None:
            return each, toward, triggers.moved
        place, mine = values.of(self.ordered.case_no)
        first = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=len(self.ordered.case_no)))])
        since = np.full(len(stands), ALWAYS) if triggers.since is None else triggers.since
        until = np.full(len(stands), NEVER) if triggers.moved is None else triggers.moved
        count = np.diff(first)[triggers.case]
        alone = np.flatnonzero((own != NO_DAY) | (count == 0))
        several = np.flatnonzero((own == NO_DAY) & (count > 0))
        again = np.repeat(several, count[several])
        ends = np.cumsum(count[several])
        turn = np.arange(len(again)) - np.repeat(ends - count[several], count[several])
        value = mine[first[triggers.case[again]] + turn]
        meet = np.maximum(since[again], values.since[value]) < np.minimum(until[again], values.until[value])
        again, value = again[meet], value[meet]
        return (
            np.concatenate([alone, again]),
            np.concatenate([toward[alone], values.day[value]]).astype(np.int32),
            np.concatenate([until[alone], np.minimum(until[again], values.until[value])]),
        )

    def _judged(
        self,
        rule: Rule,
        after: str,
        entry: int,
        triggers: Triggers,
        opened: Moments,
        due_at: Moments,
        row: Rows,
        next_due: Moments,
    ) -> Actions:
        """The due actions of some triggers with their status; of dates that were moved, what stays in the record."""
        log, moved, in_life = triggers.log, triggers.moved, self._in_life(rule, triggers)
        bound, voiding = self._bound(rule, triggers, due_at, in_life=in_life), triggers.voiding
        if bound is not None:
            voids, itself = voids_of(self.playbook, rule), self._itself(triggers)
            voiding = log.first_within(triggers.case, voiding, bound, voids, itself)
        if self.question.only_open:  # what was fulfilled, voided or superseded is neither open nor has it lapsed
            kept = (row == log.end) & (voiding == log.end)
            if rule.record is None:
                kept &= next_due >= self._judged_before(triggers)
            if not kept.all():
                triggers, moved = triggers.only(kept), None if moved is None else moved[kept]
                opened, due_at, row, voiding, next_due = (one[kept] for one in (opened, due_at, row, voiding, next_due))
        found, voided = log.when(row), self._voided(triggers, voiding)
        status = self._status(rule, entry, triggers, opened, due_at, found, voided, next_due)
        superseded = np.where(next_due < self._judged_before(triggers), next_due, NEVER)
        if moved is not None:
            superseded = np.where(voided.at == NEVER, np.minimum(superseded, moved), superseded)
        actions = Actions(
            rule, after, entry, triggers.case, triggers.at, opened, due_at, found.at, voided.at, superseded, status
        )
        if moved is None:
            return actions
        left_open = (moved != NEVER) & (status < len(OPEN))
        late = left_open & (due_at < moved)
        status[late] = _CODE["closed_late"]
        return actions.only(~left_open | late)

    def _voided(self, triggers: Triggers, voiding: Rows) -> Came:
        """When an event voided the promise, or somebody said that it is not needed."""
        voided, said = triggers.log.when(voiding), triggers.said
        if said is None:
            return voided
        return voided.or_sooner(said if triggers.moved is None else np.where(said < triggers.moved, said, NEVER))

    def _judged_before(self, triggers: Triggers) -> Moments | int:
        """A moment has passed when it lies before this: at as-of, or when the date was moved."""
        now = self.question.as_of.passed_before
        return now if triggers.moved is None else np.where(triggers.moved == NEVER, now, triggers.moved)

    def _in_time_at(self, triggers: Triggers, came: Came, *, in_life: bool) -> Moments:
        """The moment by which it is judged whether something came in time: never before the trigger itself."""
        return came.early if in_life or not triggers.log.doubtful else np.maximum(came.early, triggers.came.early)

    def _status(
        self,
        rule: Rule,
        entry: int,
        triggers: Triggers,
        opened: Moments,
        due: Moments,
        found: Came,
        voided: Came,
        next_due: Moments,
    ) -> _Statuses:
        """The status at as-of, tested in the order of DESIGN section 4."""
        in_life = self._in_life(rule, triggers)
        kept_at = self._in_time_at(triggers, found, in_life=in_life or entry > 1)
        voided_at = self._in_time_at(triggers, voided, in_life=in_life)
        if triggers.said is not None:  # what somebody said is said at its moment, wherever the trigger lies
            voided_at = np.where(voided.late == triggers.said, triggers.said, voided_at)
        as_of, horizon = self.question.as_of, self.question.horizon
        now = self._judged_before(triggers)
        passed, never = due < now, np.zeros(len(due), np.bool_)
        fulfilled = (found.early <= voided.late) & (found.at != NEVER)
        is_void = voided.at != NEVER
        tests = {
            "met": fulfilled & (kept_at <= due),
            "void": ~fulfilled & is_void & (voided_at <= due),
            "lapsed": passed if rule.record else never,
            "met_late": fulfilled,
            "closed_late": is_void | (next_due < now),
            "postponed": never if triggers.later is None else triggers.later > day_number(as_of.day),
            "overdue": passed,
            "paused": self._still(rule, triggers.case),
            "waiting": opened >= as_of.reached_before,
            "due_today": due < as_of.start(1),
            "due_soon": due < as_of.start(1 + horizon),
        }
        status = np.full(len(due), _CODE["upcoming"], np.uint8)
        for code, test in reversed(tests.items()):  # as np.select, which takes five times as long over so few
            np.putmask(status, test, _CODE[code])
        return status

    # Days and moments

    def _counting(self, rule: Rule) -> Counting:
        """How a rule counts."""
        pauses = self._pauses(rule.pause) if rule.pause else None
        return Counting(self.circumstances.calendars, self.playbook.hours, rule.roll, pauses)

    def _pauses(self, pause: Pause) -> Pauses:
        if pause not in self._paused:
            self._paused[pause] = Pauses.of(self.ordered, pause, self.question.as_of)
        return self._paused[pause]

    @cached_property
    def _paused(self) -> dict[Pause, Pauses]:
        return {}

    def _still(self, rule: Rule, case: Rows) -> Flags:
        """Whether the clock of cases stands still at as-of."""
        if rule.pause is None:
            return np.zeros(len(case), np.bool_)
        return self._pauses(rule.pause).still(case, self.question.as_of.micros)

    def _reach(
        self, counting: Counting, offset: Offset, case: Rows, moments: Moments, days: Days, *, opening: bool = False
    ) -> Moments:
        """The moment that an offset reaches: the end of a day (for an opening, its start), or the instant for hours."""
        return counting.reach(offset, self._variant(case), case, moments, days, opening=opening)

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
            for n, moment in enumerate(self.escalated(actions.only(late)), start=1):
                role[late[moment < self.question.as_of.passed_before]] = n
        return role

    def escalated(self, actions: Actions) -> list[Moments]:
        """For each step of the escalation when each action goes up to it, counted from its due by the rule's clock."""
        if not actions.rule.escalate:
            return []
        counting, due_at = replace(self._counting(actions.rule), roll=None), actions.due_at
        days = self.circumstances.calendars.day_of(due_at)
        return [self._reach(counting, step.after, actions.case, due_at, days) for step in actions.rule.escalate]

    def act_by(self, case: Rows, opened_at: Moments, due_day: Days) -> Days:
        """The last business day from the opening to the day of the due; if there is none, the day of the due."""
        last = self.circumstances.calendars.last_open(self._variant(case), due_day)
        waits = np.flatnonzero(opened_at != ALWAYS)
        opened = np.full(len(last), NO_DAY, dtype=np.int32)
        opened[waits] = self.circumstances.calendars.day_of(opened_at[waits])
        return np.where(last >= opened, last, due_day)
