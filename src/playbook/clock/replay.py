"""Many moments asked at once: one pass of the clock, and for each moment what was known of it then (DESIGN section 4).

Nothing recorded later may influence an answer, so a past moment is more than the present with fewer rows. But of most
cases what is known only grows at its end: the events known at a moment are the first of those known later, in the very
order in which the clock looks for what came first. There the first event of some kind is the same at every moment from
which it is known, and before that there is none: all is searched and counted once, and each moment only asks what was
known. Cases of another kind (corrected, told of out of order, with dates that moved, with clocks that stood still, with
answers) are asked moment by moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.clock.due import COLUMNS, STATUS, Wording, due_actions, promises_of, roles_of, rules_of
from playbook.clock.engine import ALWAYS, STATUSES, Actions, Circumstances, Clock, ClockQuestion, Triggers, voids_of
from playbook.clock.known import AsOf, EventLog, known
from playbook.clock.known_years import dates_named
from playbook.clock.ordered import NEVER, CaseRange, Cases, Flags, OrderedLog, Rows
from playbook.clock.owners import OwnersInTime, OwnerTable, in_time
from playbook.days.calendar import Days, Moments, day_number
from playbook.rules.nouns import Playbook, Rule
from playbook.tables.stored import Tables
from playbook.tables.subset import with_cases
from playbook.tables.versions import standing_tables
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem

Places = npt.NDArray[np.uint16]

ORDER = ("due_at", "playbook", "case_id", "rule_id", "trigger_at", "trigger", "entry")
_CODE = {status: np.uint8(code) for code, status in enumerate(STATUSES)}


def due_on(
    tables: Tables, playbooks: Sequence[Playbook], moments: Sequence[AsOf], horizon: int = 7, *, all: bool = False
) -> pl.DataFrame:
    """The due actions at each of several moments: those of `due.due_actions`, after `as_of` (the moment, as written).

    Open ones only; with `all`, also those that are met, void, lapsed or closed. In the order of the moments, each once,
    then in order of due. Raises CalendarError for a date outside the known years, ArgumentError without a moment.
    """
    asked = list(dict.fromkeys(moments))
    if not asked:
        raise ArgumentError(Problem(msg("moments"), msg("there are none"), msg("one as-of or more")))
    days, instants = ([one for one in asked if one.by_date is by_date] for by_date in (True, False))
    kinds = [sorted(kind, key=lambda one: one.micros) for kind in (days, instants) if kind]
    parts = [part for kind in kinds for part in _of_kind(tables, playbooks, kind, horizon, all)]
    place = {str(moment): number for number, moment in enumerate(asked)}
    by_moment: dict[str, list[pl.DataFrame]] = {moment: [] for moment in place}
    for moment, rows in parts:
        by_moment[str(moment)].append(rows)
    return pl.concat([_together(moment, found) for moment, found in by_moment.items()])


def _together(moment: str, found: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The due actions of one moment, in order."""
    several = [rows for rows in found if len(rows)] or found[:1]
    rows = several[0] if len(several) == 1 else pl.concat(several).sort(ORDER, nulls_last=True, maintain_order=True)
    return rows.select(pl.lit(moment).alias("as_of"), pl.all())


def _of_kind(
    tables: Tables, playbooks: Sequence[Playbook], moments: Sequence[AsOf], horizon: int, every: bool
) -> Iterator[tuple[AsOf, pl.DataFrame]]:
    """The due actions of moments in order of time, all of them days or all of them instants."""
    if len(moments) < _FEW_MOMENTS or _calendars_change(tables, moments[0]):
        yield from _one_by_one(tables, playbooks, moments, horizon, every)
        return
    apart = _apart(tables, playbooks, moments)
    grown = tables if apart.is_empty() else with_cases(tables, apart, keep=False)
    log = known(grown, playbooks, moments[-1])
    with dates_named(log):
        replayed = Replayed.of(log, moments, horizon, every)
    yield from zip(moments, replayed.frames(), strict=True)
    apart = pl.concat([apart, log.cases["case_id"].gather(np.flatnonzero(replayed.odd))])
    if len(apart):
        yield from _one_by_one(with_cases(tables, apart, keep=True), playbooks, moments, horizon, every)


_FEW_MOMENTS = 3


def _one_by_one(
    tables: Tables, playbooks: Sequence[Playbook], moments: Sequence[AsOf], horizon: int, every: bool
) -> Iterator[tuple[AsOf, pl.DataFrame]]:
    for moment in moments:
        log = known(tables, playbooks, moment)
        with dates_named(log):
            yield moment, due_actions(log, horizon, only_open=not every).collect()


# Which cases are asked moment by moment


def _calendars_change(tables: Tables, first: AsOf) -> bool:
    """Whether closing days became known, or others, since the first moment."""
    return "closures" in tables.followed or _told_since(tables.closures, first).any()


def _told_since(rows: pl.DataFrame, first: AsOf) -> pl.Series:
    """Per row whether it became known after the first moment."""
    if "recorded_at" not in rows.columns:
        return pl.repeat(False, len(rows), eager=True)
    return (rows["recorded_at"] > first.moment).fill_null(False)


def _apart(tables: Tables, playbooks: Sequence[Playbook], moments: Sequence[AsOf]) -> pl.Series:
    """The cases of which more may have changed than that events were added."""
    found = [tables.answers["case_id"]]
    for name in ("events", "cases"):
        if name in tables.followed:
            rows: pl.DataFrame = getattr(tables, name)
            found.append(rows.join(tables.followed[name], on="row", how="semi")["case_id"])
    openings = tables.openings.filter(_told_since(tables.openings, moments[0]))["opening_id"]
    if "openings" in tables.followed:
        changed = tables.openings.join(tables.followed["openings"], on="row", how="semi")["opening_id"]
        openings = pl.concat([openings, changed])
    found.append(tables.cases.filter(pl.col("opening_id").is_in(openings.implode()))["case_id"])
    stops = {name for book in playbooks for rule in book.rules if rule.pause for name in rule.pause.after}
    if stops:
        found.append(tables.events.filter(pl.col("activity").cast(pl.String).is_in(stops))["case_id"])
    return pl.concat([ids.cast(pl.String) for ids in found]).drop_nulls().unique().sort()


# One pass for all moments


@dataclass(frozen=True)
class Timeline:
    """Several moments in order of time: each asks what was known, what had passed, what was reached by then.

    The place of a moment is its number; what never came has the place after the last.
    """

    moments: Sequence[AsOf]
    horizon: int

    def since_known(self, at: Moments) -> Places:
        """From which moment on something is known that is known from then."""
        return self._place(at, self._edges["known"], side="left")

    def since_passed(self, at: Moments) -> Places:
        """From which moment on something has passed."""
        return self._place(at, self._edges["passed"])

    def since_reached(self, at: Moments) -> Places:
        """From which moment on an opening has been reached."""
        return self._place(at, self._edges["reached"])

    def since_today(self, at: Moments) -> Places:
        """From which moment on something comes by the end of that day."""
        return self._place(at, self._edges["today"])

    def since_soon(self, at: Moments) -> Places:
        """From which moment on something comes within the horizon."""
        return self._place(at, self._edges["soon"])

    @cached_property
    def _edges(self) -> dict[str, Moments]:
        """Per question the moment at which each of the timeline's begins to see something."""
        asked = {
            "known": [one.micros for one in self.moments],
            "passed": [one.passed_before for one in self.moments],
            "reached": [one.reached_before for one in self.moments],
            "today": [one.start(1) for one in self.moments],
            "soon": [one.start(1 + self.horizon) for one in self.moments],
        }
        return {question: np.array(edges, dtype=np.int64) for question, edges in asked.items()}

    def _place(self, at: Moments, edges: Moments, side: Literal["left", "right"] = "right") -> Places:
        return np.searchsorted(edges, at, side=side).astype(np.uint16)


@dataclass(frozen=True)
class ActionSpan(Actions):
    """The due actions of one rule, trigger and entry over several moments.

    `since`: from which moment on each is there; `found_since`, `void_since`: from which moment on what fulfils it, what
    voids it is known. `kept`: what fulfils it came no later than what voids it; `in_time`, `void_in_time`: not after
    the due. `next_due`: when the next entry is due.
    """

    since: Places
    found_since: Places
    void_since: Places
    kept: Flags
    in_time: Flags
    void_in_time: Flags
    next_due: Moments

    def closed_since(self, line: Timeline) -> Places:
        """From which moment on each is closed: fulfilled, voided, superseded, or lapsed where the clock records it."""
        never = np.uint16(len(line.moments))
        ends = [np.where(self.kept, self.found_since, never), self.void_since, line.since_passed(self.next_due)]
        ends += [line.since_passed(self.due_at)] if self.rule.record else []
        soonest: Places = np.minimum.reduce(ends)
        return soonest

    def only(self, kept: Flags | Rows) -> ActionSpan:
        """Some of them."""
        more = ("since", "found_since", "void_since", "kept", "in_time", "void_in_time", "next_due")
        some = super().only(kept)
        assert isinstance(some, ActionSpan)
        return replace(some, **{name: getattr(self, name)[kept] for name in more})


@dataclass(frozen=True)
class Replay(Clock):
    """The clock of a shard at the last of several moments, which knows since when it knew.

    `begun`: per case of the log from which moment on it exists; `told`: per event of the arrays from which moment on it
    is known. `odd`: the cases (of the log) of which that is not enough to know; found on the way.
    """

    timeline: Timeline
    begun: Places
    told: Places
    odd: Flags

    def since(self, log: OrderedLog) -> Places:
        """Per row of an ordered log, and for the end, from which moment on its event is known."""
        known = self._since
        if id(log) not in known:
            never = len(self.timeline.moments)
            told = np.append(self.told, np.uint16(never))
            rows = np.append(told[log.source], np.uint16(never))
            own = np.flatnonzero(log.source < 0)
            rows[own] = self.timeline.since_passed(log.came.at[own])
            known[id(log)] = (log, rows)
        return known[id(log)][1]

    @cached_property
    def _since(self) -> dict[int, tuple[OrderedLog, Places]]:
        return {}

    def stretches(self) -> tuple[Replay, list[ActionSpan]]:
        """The clock after all that it recorded, and all due actions; what is odd about cases is marked on the way."""
        clock, judged = self.judged()
        found = list(judged)
        assert isinstance(clock, Replay)
        clock.told_in_order()
        clock.stopped_by_itself()
        return clock, [one for one in found if isinstance(one, ActionSpan)]

    def stopped_by_itself(self) -> None:
        """Marks the cases whose clock stood still from an event on that the clock itself recorded."""
        log = self.ordered
        for rule in (one for one in self.playbook.rules if one.pause):
            for name in rule.pause.after if rule.pause else ():
                self.odd[log.case_no[log.case[log.rows(name)]]] = True

    def told_in_order(self) -> None:
        """Marks the cases in which something became known before what the clock would have looked at first."""
        log, since = self.ordered, self.since(self.ordered)[:-1]
        self._out_of_order(log.case, since)
        if log.doubtful:  # triggers of rules with a key are taken in order of their timestamps
            order = np.lexsort((log.came.at, log.case))
            self._out_of_order(log.case[order], since[order])

    def _out_of_order(self, case: Rows, since: Places) -> None:
        back = (since[1:] < since[:-1]) & (case[1:] == case[:-1])
        self.odd[self.ordered.case_no[case[1:][back]]] = True

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
        log, since = triggers.log, self.since(triggers.log)
        judged = super()._judged(rule, after, entry, triggers, opened, due_at, row, next_due)
        bound = self._bound(rule, triggers, due_at, in_life=self._in_life(rule, triggers))
        voiding = triggers.voiding
        if bound is not None:
            voiding = log.first_within(triggers.case, voiding, bound, voids_of(self.playbook, rule))
        found, voided = log.when(row), log.when(voiding)
        in_life = self._in_life(rule, triggers)
        begun = self.begun[log.case_no[triggers.case]]
        if triggers.source is not None:
            own = np.append(self.told, np.uint16(0))[triggers.source]
            derived = np.flatnonzero(triggers.source < 0)
            own[derived] = self.timeline.since_passed(triggers.at[derived])
            begun = np.maximum(begun, own)
        found_since, void_since = since[row], since[voiding]
        if rule.record is not None:  # what came in time, but was told of when the clock had lapsed already
            lapsed = self.timeline.since_passed(due_at)
            none = len(self.timeline.moments)
            late = ((found_since > lapsed) & (found_since < none)) | ((void_since > lapsed) & (void_since < none))
            self.odd[log.case_no[triggers.case[late]]] = True
        arrays = {name: getattr(judged, name) for name in Actions.__dataclass_fields__}
        return ActionSpan(
            **arrays,
            since=begun,
            found_since=found_since,
            void_since=void_since,
            kept=(found.early <= voided.late) & (found.at != NEVER),
            in_time=self._in_time_at(triggers, found, in_life=in_life or entry > 1) <= due_at,
            void_in_time=self._in_time_at(triggers, voided, in_life=in_life) <= due_at,
            next_due=next_due,
        )


@dataclass(frozen=True)
class Replayed:
    """All due actions of a log over several moments, in order of due; `odd`: the cases that must be asked one by one.

    `rows`: one row per due action, numbers as in `due`; `log`: at the last moment.
    """

    log: EventLog
    timeline: Timeline
    every: bool
    rows: pl.DataFrame
    odd: Flags

    @classmethod
    def of(cls, log: EventLog, moments: Sequence[AsOf], horizon: int, every: bool) -> Replayed:
        """What the clock says of a log, searched and counted once for all moments."""
        timeline = Timeline(moments, horizon)
        circumstances = Circumstances.of(log, rules_of(log), told=True)
        told, begun = timeline.since_known(circumstances.events.told), timeline.since_known(_begun(log))
        odd = np.zeros(len(log.cases), np.bool_)
        promises = promises_of(log.playbooks)

        def answer(shard: CaseRange) -> pl.DataFrame:
            start = Clock.of(circumstances, shard, ClockQuestion(log.as_of, horizon))
            clock = Replay(circumstances, start.ordered, shard.playbook, start.question, timeline, begun, told, odd)
            return _numbered(clock, promises, _schema(log), every=every)

        shards = sorted(circumstances.events.shards, key=lambda shard: shard.playbook.id)
        with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
            parts = list(pool.map(answer, shards))
        rows = pl.concat([pl.DataFrame(schema=_schema(log)), *parts], rechunk=True)
        rows = rows.filter(~pl.Series(odd).gather(rows["case_no"]))
        return cls(log, timeline, every, rows[np.argsort(rows["due_at"].to_numpy(), kind="stable")], odd)

    def frames(self) -> Iterator[pl.DataFrame]:
        """The due actions at each moment, as `due.due_actions` gives them."""
        since, closed = self._numbers["since"], self._numbers["closed_since"]
        for place, moment in enumerate(self.timeline.moments):
            there = since <= place if self.every else (since <= place) & (place < closed)
            yield self._frame(np.flatnonzero(there), place, moment)

    @cached_property
    def _numbers(self) -> dict[str, npt.NDArray[Any]]:
        return {name: self.rows[name].to_numpy() for name in self.rows.columns}

    @cached_property
    def _wording(self) -> Wording:
        return Wording(self.log)

    @cached_property
    def _said(self) -> pl.DataFrame:
        """What is said of each due action at every moment."""
        return self._wording.lasting(self.rows)

    def _frame(self, rows: Rows, place: int, moment: AsOf) -> pl.DataFrame:
        day = np.int32(day_number(moment.day))
        names = self._numbers if self.every else [name for name in self._numbers if name not in _OF_CLOSED]
        own = {name: self._numbers[name][rows] for name in names}
        passed = own["passed_since"] <= place
        still_open = {
            "overdue": passed,
            "waiting": place < own["reached_since"],
            "due_today": own["today_since"] <= place,
            "due_soon": own["soon_since"] <= place,
        }
        closed, ends = self._closed(own, place) if self.every else ({}, _NEVER_ENDED)
        tests = closed | still_open
        status = np.select(list(tests.values()), [_CODE[one] for one in tests], _CODE["upcoming"])
        role = self._roles(own, status, place)
        kept_at = np.where(np.isin(status, _FULFILLED), ends[0], NEVER)
        voided_at = np.where(np.isin(status, _VOIDED), ends[1], NEVER)
        asked = (
            self._days_asked(own, status, (kept_at, voided_at), place, day) if self.every else np.full(len(rows), day)
        )
        became = pl.DataFrame(
            {
                "fulfilled_at": kept_at,
                "voided_at": voided_at,
                "days_left": own["due_day"] - day,
                "status": STATUS.gather(status),
                "role": self._wording.of_role.gather(role),
                "owner": self._owner(own["case_no"], role, asked, place),
            }
        )
        lively = became.with_columns(self._wording.instant(became, name) for name in ("fulfilled_at", "voided_at"))
        return pl.concat([self._said[rows], lively], how="horizontal").select(COLUMNS)

    def _closed(
        self, own: Mapping[str, npt.NDArray[Any]], place: int
    ) -> tuple[dict[str, Flags], tuple[Moments, Moments]]:
        """Which are closed at a moment, and how; when what fulfils each and what voids it came, as far as is known."""
        fulfilled = own["kept"] & (own["found_since"] <= place)
        voided = (own["void_since"] <= place) & ~fulfilled
        tests = {
            "met": fulfilled & own["in_time"],
            "void": voided & own["void_in_time"],
            "lapsed": own["record"] & (own["passed_since"] <= place) & ~fulfilled,
            "met_late": fulfilled,
            "closed_late": voided | (own["next_since"] <= place),
        }
        return tests, (own["kept_at"], np.where(voided, own["voided_at"], NEVER))

    def _roles(self, own: Mapping[str, npt.NDArray[Any]], status: npt.NDArray[np.uint8], place: int) -> Rows:
        """Who answers for each: the rule's role, or that of the last escalation that has passed while it is overdue."""
        step = np.zeros(len(status), dtype=np.intp)
        for name in (name for name in own if name.startswith("step_")):
            passed = (own[name] <= place) & (status == _CODE["overdue"])
            step[passed] = int(name.removeprefix("step_"))
        role: Rows = self._role_of[own["promise"], step]
        return role

    @cached_property
    def _role_of(self) -> Rows:
        """Per promise and step of its escalation the number of the role."""
        roles, rules = roles_of(self.log.playbooks), {(book.id, rule.id): rule for book, rule in rules_of(self.log)}
        table = np.zeros((len(promises_of(self.log.playbooks)) or 1, 1 + _steps(self.log)), dtype=np.intp)
        for (book, rule, _, _), number in promises_of(self.log.playbooks).items():
            named = [rules[book, rule].role, *(step.to for step in rules[book, rule].escalate)]
            table[number, : len(named)] = [roles[name] for name in named]
        return table

    # Who answered

    def _days_asked(
        self,
        own: Mapping[str, npt.NDArray[Any]],
        status: npt.NDArray[np.uint8],
        ends: tuple[Moments, Moments],
        place: int,
        today: np.int32,
    ) -> Days:
        """The day on which the owner of each action is asked for: the moment's, else that on which it ended."""
        kept_at, voided_at = ends
        next_due = np.where(own["next_since"] <= place, own["next_due"], NEVER)
        lapsed = np.where(status == _CODE["lapsed"], own["due_at"], NEVER)
        closed = np.where(status == _CODE["closed_late"], np.minimum(voided_at, next_due), NEVER)
        void = np.where(status == _CODE["void"], voided_at, NEVER)
        ended = np.minimum(np.minimum(kept_at, lapsed), np.minimum(closed, void))
        calendars = self.log.calendars[0]
        day = calendars.day_of(np.clip(ended, calendars.starts[0], calendars.starts[-1] - 1))
        return np.where(ended == NEVER, today, day)

    def _owner(self, case_no: Cases, role: Rows, day: Days, place: int) -> pl.Series:
        found = self._owners(place)
        return found.owner(case_no, role, day) if isinstance(found, OwnersInTime) else found.owner(case_no, role)

    def _owners(self, place: int) -> OwnerTable | OwnersInTime:
        """Who answers, by the assignments that were known at a moment."""
        kept, first = self.log.kept, self.timeline.moments[0]
        told = "assignments" in kept.followed or _told_since(kept.assignments, first).any()
        at = place if told else len(self.timeline.moments) - 1
        if at not in self._assigned:
            moment = self.timeline.moments[at]
            known = replace(self.log.tables, assignments=standing_tables(kept, moment.moment).assignments)
            log = replace(self.log, as_of=moment, tables=known)
            roles = roles_of(log.playbooks)
            self._assigned[at] = OwnersInTime.of(log, roles) if in_time(log) else OwnerTable.of(log, roles)
        return self._assigned[at]

    @cached_property
    def _assigned(self) -> dict[int, OwnerTable | OwnersInTime]:
        return {}


def _begun(log: EventLog) -> Moments:
    """Per case since when it exists and is known: from its `created_at` where given, else from its first event."""
    told = pl.coalesce("recorded_at", "timestamp").dt.epoch("us")
    first = log.events.group_by("case_no").agg(first=told.min()).collect()
    cases = log.cases.select("case_no", "created_at", *(["recorded_at"] if "recorded_at" in log.cases.columns else []))
    since = cases.join(first, on="case_no", how="left", maintain_order="left").with_columns(
        since=pl.coalesce(pl.col("created_at").dt.epoch("us"), "first")
    )
    if "recorded_at" in cases.columns:
        since = since.with_columns(since=pl.max_horizontal("since", pl.col("recorded_at").dt.epoch("us")))
    return since["since"].fill_null(NEVER).to_numpy()


def _steps(log: EventLog) -> int:
    """The most steps that an overdue action of any rule goes up."""
    return max((len(rule.escalate) for _, rule in rules_of(log)), default=0)


_OF_CLOSED = (
    "trigger_at", "opened_at", "due_at", "act_by", "kept_at", "voided_at", "next_due", "kept", "in_time",
    "void_in_time", "record", "since", "closed_since", "found_since", "void_since", "next_since",
)  # fmt: skip
_NEVER_ENDED = (np.int64(NEVER), np.int64(NEVER))
_FULFILLED = [_CODE["met"], _CODE["met_late"]]
_VOIDED = [_CODE["void"], _CODE["closed_late"]]
_PLACES = ("since", "closed_since", "found_since", "void_since", "passed_since", "next_since", "reached_since",
           "today_since", "soon_since")  # fmt: skip


def _schema(log: EventLog) -> dict[str, type[pl.DataType]]:
    """The columns of due actions over several moments, in numbers."""
    moments = dict.fromkeys(("trigger_at", "opened_at", "due_at", "kept_at", "voided_at", "next_due"), pl.Int64)
    flags = dict.fromkeys(("kept", "in_time", "void_in_time", "record"), pl.Boolean)
    steps = (f"step_{step}" for step in range(1, 1 + _steps(log)))
    places = dict.fromkeys((*_PLACES, *steps), pl.UInt16)
    return {
        "promise": pl.UInt16,
        "case_no": pl.UInt32,
        "act_by": pl.Int32,
        "due_day": pl.Int32,
        **moments,
        **flags,
        **places,
    }


def _numbered(
    clock: Replay,
    promises: Mapping[tuple[str, str, str, int], int],
    schema: Mapping[str, type[pl.DataType]],
    *,
    every: bool,
) -> pl.DataFrame:
    """The due actions of a shard over several moments, in order; only those that are open at some moment, or all."""
    clock, stretches = clock.stretches()
    shown = [one if every else one.only(one.since < one.closed_since(clock.timeline)) for one in stretches]
    found = [one for one in shown if len(one.case)]
    parts = [_of_stretch(clock, one, promises[clock.playbook.id, one.rule.id, one.trigger, one.entry], schema)
             for one in found]  # fmt: skip
    if not parts:
        return pl.DataFrame(schema=schema)
    rows = pl.concat(parts)
    sizes = [len(one.case) for one in found]
    rule = np.repeat(np.unique([one.rule.id for one in found], return_inverse=True)[1], sizes)
    case = np.concatenate([one.case for one in found])
    due_at, trigger_at, promise = (rows[name].to_numpy() for name in ("due_at", "trigger_at", "promise"))
    return rows[np.lexsort((promise, trigger_at, (case << 16) + rule, due_at))]


def _of_stretch(clock: Replay, one: ActionSpan, promise: int, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    line, never = clock.timeline, np.uint16(len(clock.timeline.moments))
    due_day = clock.circumstances.calendars.day_of(one.due_at)
    lapses = np.full(len(one.case), one.rule.record is not None)
    columns = {
        "promise": np.full(len(one.case), promise, np.uint16),
        "case_no": clock.ordered.case_no[one.case],
        "act_by": clock.act_by(one.case, one.opened_at, due_day),
        "due_day": due_day,
        "trigger_at": one.trigger_at,
        "opened_at": np.where(one.opened_at == ALWAYS, NEVER, one.opened_at),
        "due_at": one.due_at,
        "kept_at": one.found,
        "voided_at": one.voided,
        "next_due": one.next_due,
        "kept": one.kept,
        "in_time": one.in_time,
        "void_in_time": one.void_in_time,
        "record": lapses,
        "since": one.since,
        "closed_since": one.closed_since(line),
        "found_since": one.found_since,
        "void_since": one.void_since,
        "passed_since": line.since_passed(one.due_at),
        "next_since": line.since_passed(one.next_due),
        "reached_since": line.since_reached(one.opened_at),
        "today_since": line.since_today(one.due_at),
        "soon_since": line.since_soon(one.due_at),
    }
    steps = [name for name in schema if name.startswith("step_")]
    moments = clock.escalated(one)
    for number, name in enumerate(steps):
        there = number < len(moments)
        columns[name] = line.since_passed(moments[number]) if there else np.full(len(one.case), never)
    return pl.DataFrame({name: columns[name] for name in schema}, schema=schema)
