"""Due actions: who owes whom what by when. The one engine, the same for every rule (DESIGN section 4).

A due action is one promise, made by one trigger, to be kept by one role before one moment. The clock judges them shard
by shard as arrays of numbers; here they get their words back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.clock.engine import ALWAYS, OPEN, STATUSES, Actions, Circumstances, Clock, ClockQuestion
from playbook.clock.known import EventLog
from playbook.clock.ordered import NEVER, CaseRange, places_in_order
from playbook.clock.owners import OwnersInTime, OwnerTable, in_time
from playbook.days.calendar import day_number
from playbook.rules.nouns import Playbook, Rule

__all__ = ["OPEN", "STATUSES", "due_actions", "due_shards", "recorded"]

_FEW = 100_000  # events that are judged sooner than threads have taken turns
_Promise = tuple[str, str, str, int]

_PROMISE = {
    "playbook": pl.String, "rule_id": pl.String, "trigger": pl.String, "entry": pl.UInt8,
    "basis": pl.String, "channel": pl.String, "template": pl.String,
}  # fmt: skip
_CASE = ("case_id", "client_id", "opening_id", "subject", "position")

DUE_ORDER = ("due_at", "playbook", "case_id", "rule_id", "trigger_at", "trigger", "entry")
"""How due actions stand: what is due first comes first."""


def due_actions(log: EventLog, horizon: int = 7, *, only_open: bool = False) -> pl.LazyFrame:
    """All due actions at an as-of, or only the open ones: one row per rule, trigger and entry of the `due` list.

    In order of due, playbook, case, rule and trigger. Columns: `playbook, rule_id, case_id, client_id, role, owner,
    trigger` (text); `trigger_at, opened_at, due_at` (instants; `opened_at` is empty for a due counted backwards);
    `act_by` (day); `fulfilled_at` (instant); `status` (one of `STATUSES`); then `voided_at` (instant), `entry` (place
    in the `due` list, from 1), `opening_id, subject, position`, `days_left` (days from the as-of's day to the due's),
    `basis, channel, template`.

    Raises CalendarError for a date outside the known years. Source: DESIGN section 4; days are counted without the
    first (Civil Code, art. 140).
    """
    shards = list(_in_numbers(log, _question(log, horizon, only_open=only_open)))
    return Wording(log).worded(_merged(shards)).lazy()


def due_shards(log: EventLog, horizon: int = 7, *, only_open: bool = False) -> Iterator[pl.DataFrame]:
    """The due actions piece by piece, each of other cases: what does not fit in memory can be written as it comes."""
    wording = Wording(log)
    for rows in _in_numbers(log, _question(log, horizon, only_open=only_open)):
        yield wording.worded(rows)


def _merged(shards: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The rows of shards, each in order already, in order of due; the shards lose their columns one after the other,
    so that the rows are never in memory twice."""
    placed = np.argsort(np.concatenate([rows["due_at"].to_numpy() for rows in shards]), kind="stable")
    names = shards[0].columns
    return pl.DataFrame([pl.concat([rows.drop_in_place(name) for rows in shards]).gather(placed) for name in names])


def _question(log: EventLog, horizon: int, *, only_open: bool) -> ClockQuestion:
    return ClockQuestion(log.as_of, horizon, only_open, owners_then=not only_open and in_time(log))


def _in_numbers(log: EventLog, question: ClockQuestion) -> Iterator[pl.DataFrame]:
    """The due actions in numbers, shard by shard in order of playbook and case, each in order; first, none."""
    circumstances = Circumstances.of(log, rules_of(log))
    promises, roles = promises_of(log.playbooks), roles_of(log.playbooks)

    def answer(shard: CaseRange) -> pl.DataFrame:
        clock, judged = Clock.of(circumstances, shard, question).judged()
        found = (_open(one) if question.only_open else one for one in judged)
        return _numbers(clock, [one for one in found if len(one.case)], promises, roles)

    yield pl.DataFrame(schema=_numbers_asked(question))
    shards = sorted(circumstances.events.shards, key=lambda shard: shard.playbook.id)
    if len(circumstances.events.order) < _FEW:
        yield from map(answer, shards)
        return
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        yield from pool.map(answer, shards)


def recorded(log: EventLog) -> EventLog:
    """The log with every event that the clock itself records by its as-of: rules with `record`, in file order."""
    rules = [(book, rule) for book, rule in rules_of(log) if rule.record]
    if not rules:
        return log
    circumstances = Circumstances.of(log, rules)
    clocks = (Clock.of(circumstances, shard, ClockQuestion(log.as_of)) for shard in circumstances.events.shards)
    derived = [clock.judged()[0].ordered.derived() for clock in clocks]
    if not derived:
        return log
    instant = pl.col("at").cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(log.zone.key)
    rows = pl.concat(derived).select("case_no", "activity", timestamp=instant)
    return log.with_derived(rows.with_columns(case_id=log.cases["case_id"].gather(rows["case_no"])))


def rules_of(log: EventLog) -> list[tuple[Playbook, Rule]]:
    """All rules in use, each with its playbook."""
    return [(book, rule) for book in log.playbooks for rule in book.rules]


def promises_of(playbooks: Sequence[Playbook]) -> dict[_Promise, int]:
    """All promises that rules make: playbook, rule, trigger and entry, with their number in this order."""
    keys = [(book.id, rule.id, trigger, entry) for book in playbooks for rule in book.rules for trigger in rule.after
            for entry in range(1, 1 + max(1, len(rule.due)))]  # fmt: skip
    return {key: number for number, key in enumerate(sorted(keys))}


def roles_of(playbooks: Sequence[Playbook]) -> dict[str, int]:
    """All roles, with their numbers."""
    names = sorted({role.id for book in playbooks for role in book.roles})
    return {name: number for number, name in enumerate(names)}


def _numbers(
    clock: Clock, found: Sequence[Actions], promises: Mapping[_Promise, int], roles: Mapping[str, int]
) -> pl.DataFrame:
    """The due actions of a shard in order: one row each, the columns of the question."""
    schema = _numbers_asked(clock.question)
    if not found:
        return pl.DataFrame(schema=schema)
    book = clock.playbook.id
    numbers = [promises[book, one.rule.id, one.trigger, one.entry] for one in found]
    order = sorted(range(len(found)), key=numbers.__getitem__)
    in_turn, numbered = [found[place] for place in order], [numbers[place] for place in order]
    sizes = [len(one.case) for one in in_turn]

    def whole(name: str) -> npt.NDArray[Any]:
        return np.concatenate([getattr(one, name) for one in in_turn])

    case, trigger_at, opened_at, due_at, status = map(whole, ("case", "trigger_at", "opened_at", "due_at", "status"))
    due_day = clock.circumstances.calendars.day_of(due_at)
    columns = {
        "promise": np.repeat(np.array(numbered, np.uint16), sizes),
        "case_no": clock.ordered.case_no[case],
        "role": np.concatenate([_answering(clock, one, roles) for one in in_turn]),
        "trigger_at": trigger_at,
        "opened_at": np.where(opened_at == ALWAYS, NEVER, opened_at),
        "due_at": due_at,
        "act_by": clock.act_by(case, opened_at, due_day),
        "status": status,
        "due_day": due_day,
    }
    if "owner_day" in schema:
        columns["owner_day"] = _days_asked(clock, in_turn)
    if not clock.question.only_open:
        columns["fulfilled_at"] = np.where(_FULFILLED[status], whole("found"), NEVER)
        columns["voided_at"] = np.where(_VOIDED[status], whole("voided"), NEVER)
    rule = np.repeat(np.unique([one.rule.id for one in in_turn], return_inverse=True)[1], sizes)
    placed = places_in_order(trigger_at, (case << 16) + rule, due_at)  # stable: then by trigger and entry, as they came
    return pl.DataFrame({name: columns[name] for name in schema}, schema=schema)[placed]


def _open(actions: Actions) -> Actions:
    """Those that are open."""
    kept = actions.status < len(OPEN)
    return actions if kept.all() else actions.only(kept)


def _days_asked(clock: Clock, found: Sequence[Actions]) -> npt.NDArray[np.int32]:
    """The day on which the owner of each action is asked for: the as-of's, else that on which it ended."""
    ended = np.concatenate([one.ended_at() for one in found])
    calendars = clock.circumstances.calendars
    day = calendars.day_of(np.clip(ended, calendars.starts[0], calendars.starts[-1] - 1))
    return np.where(ended == NEVER, np.int32(day_number(clock.question.as_of.day)), day)


def _numbers_asked(question: ClockQuestion) -> dict[str, type[pl.DataType]]:
    """The columns of due actions in numbers; what is open has neither been fulfilled nor become void."""
    left_out = {*(_CLOSED if question.only_open else ()), *(() if question.owners_then else ("owner_day",))}
    return {name: dtype for name, dtype in _NUMBERS.items() if name not in left_out}


def _answering(clock: Clock, actions: Actions, roles: Mapping[str, int]) -> npt.NDArray[np.uint16]:
    """The number of the role that answers for each due action."""
    rule = actions.rule
    known = np.array([roles[rule.role], *(roles[step.to] for step in rule.escalate)], dtype=np.uint16)
    return known[clock.answering(actions)]


@dataclass(frozen=True)
class Wording:
    """What the numbers of due actions stand for."""

    log: EventLog

    @cached_property
    def _of_promise(self) -> pl.DataFrame:
        """One row per promise: what is said of all its due actions."""
        rules = {(book.id, rule.id): rule for book, rule in rules_of(self.log)}
        keys = ((key, rules[key[:2]]) for key in promises_of(self.log.playbooks))
        rows = [(*key, rule.basis, "; ".join(rule.channel) or None, rule.template) for key, rule in keys]
        return pl.DataFrame(rows, schema=_PROMISE, orient="row")

    @cached_property
    def _of_case(self) -> pl.DataFrame:
        return self.log.cases.select(_CASE)

    @cached_property
    def of_role(self) -> pl.Series:
        """The roles, by their numbers."""
        return pl.Series(list(roles_of(self.log.playbooks)), dtype=pl.String)

    @cached_property
    def _owners(self) -> OwnerTable:
        return OwnerTable.of(self.log, roles_of(self.log.playbooks))

    @cached_property
    def _owners_in_time(self) -> OwnersInTime:
        return OwnersInTime.of(self.log, roles_of(self.log.playbooks))

    def _owner(self, rows: pl.DataFrame) -> pl.Series:
        case_no, role = rows["case_no"].to_numpy(), rows["role"].to_numpy()
        if "owner_day" not in rows.columns:
            return self._owners.owner(case_no, role)
        return self._owners_in_time.owner(case_no, role, rows["owner_day"].to_numpy())

    def lasting(self, rows: pl.DataFrame) -> pl.DataFrame:
        """What is said of due actions at every moment: not what became of them, nor who answers."""
        said = rows.select(
            *(self.instant(rows, name) for name in ("trigger_at", "opened_at", "due_at")),
            act_by=pl.col("act_by").cast(pl.Date),
        )
        of_promise = looked_up(self._of_promise, rows["promise"])
        return pl.concat([said, of_promise, looked_up(self._of_case, rows["case_no"])], how="horizontal")

    def worded(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The due actions in words."""
        said = rows.select(
            *(self.instant(rows, name) for name in COLUMNS if name.endswith("_at")),
            act_by=pl.col("act_by").cast(pl.Date),
            days_left=pl.col("due_day") - pl.lit(self.log.as_of.day).cast(pl.Int32),
            status=STATUS.gather(rows["status"]),
            role=self.of_role.gather(rows["role"]),
            owner=self._owner(rows),
        )
        of_promise = looked_up(self._of_promise, rows["promise"])
        of_case = looked_up(self._of_case, rows["case_no"])
        return pl.concat([said, of_promise, of_case], how="horizontal").select(COLUMNS)

    def instant(self, rows: pl.DataFrame, name: str) -> pl.Expr:
        """Moments in the workspace's time zone; null where they never came."""
        came = rows[name] != NEVER if name in rows.columns else pl.Series([False])
        if not came.any():
            return _nothing(name, pl.Datetime("us", self.log.zone.key))
        moment = pl.col(name) if came.all() else pl.when(came).then(pl.col(name))
        return moment.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(self.log.zone.key).alias(name)


def looked_up(frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Some rows of a frame, by their numbers."""
    alike = [column for column in frame if _says_one_thing(column)][: frame.width - 1]  # one says how many there are
    told = frame.drop(column.name for column in alike)[rows]
    return told.with_columns(pl.lit(column[0], column.dtype).alias(column.name) for column in alike)


def _says_one_thing(column: pl.Series) -> bool:
    """Whether it says nothing in any row; or in a few rows the same text, as the playbook of all rules there are."""
    if column.dtype == pl.String and 0 < len(column) <= _FEW_PROMISES:
        return column.n_unique() == 1
    return 0 < column.null_count() == len(column)


_FEW_PROMISES = 10_000


def _nothing(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column that says nothing; it takes no room."""
    return pl.lit(None, dtype).alias(name)


STATUS = pl.Series(STATUSES, dtype=pl.Enum(STATUSES))
_FULFILLED = np.array([status in ("met", "met_late") for status in STATUSES])
_VOIDED = np.array([status in ("void", "closed_late") for status in STATUSES])
_NUMBERS = {
    "promise": pl.UInt16, "case_no": pl.UInt32, "role": pl.UInt16, "trigger_at": pl.Int64, "opened_at": pl.Int64,
    "due_at": pl.Int64, "act_by": pl.Int32, "fulfilled_at": pl.Int64, "status": pl.UInt8, "voided_at": pl.Int64,
    "due_day": pl.Int32, "owner_day": pl.Int32,
}  # fmt: skip
_CLOSED = ("fulfilled_at", "voided_at")
COLUMNS = (
    "playbook", "rule_id", "case_id", "client_id", "role", "owner", "trigger", "trigger_at", "opened_at", "due_at",
    "act_by", "fulfilled_at", "status", "voided_at", "entry", "opening_id", "subject", "position", "days_left",
    "basis", "channel", "template",
)  # fmt: skip
