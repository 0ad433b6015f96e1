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

from playbook.clock import ALWAYS, OPEN, STATUSES, Actions, Circumstances, Clock, Question
from playbook.eventlog import EventLog
from playbook.ordered import NEVER, Shard
from playbook.owners import OwnerTable
from playbook.rulebook import Playbook, Rule

__all__ = ["OPEN", "STATUSES", "due_actions", "due_shards", "recorded"]

Numbers = Mapping[str, npt.NDArray[Any]]

_PROMISE = {
    "playbook": pl.String, "rule_id": pl.String, "trigger": pl.String, "entry": pl.UInt8,
    "basis": pl.String, "channel": pl.String, "template": pl.String,
}  # fmt: skip
_CASE = ("case_id", "client_id", "opening_id", "subject", "position")


def due_actions(log: EventLog, horizon: int = 7, *, only_open: bool = False) -> pl.LazyFrame:
    """All due actions at an as-of, or only the open ones: one row per rule, trigger and entry of the `due` list.

    Columns: `playbook, rule_id, case_id, client_id, role, owner, trigger` (text); `trigger_at, opened_at, due_at`
    (instants; `opened_at` is empty for a due counted backwards); `act_by` (day); `fulfilled_at` (instant); `status`
    (one of `STATUSES`); then `voided_at` (instant), `entry` (place in the `due` list, from 1), `opening_id, subject,
    position`, `days_left` (days from the as-of's day to the due's), `basis, channel, template`.

    Raises CalendarError for a date outside the known years. Source: DESIGN section 4; days are counted without the
    first (Civil Code, art. 140).
    """
    return pl.concat(due_shards(log, horizon, only_open=only_open)).lazy()


def due_shards(log: EventLog, horizon: int = 7, *, only_open: bool = False) -> Iterator[pl.DataFrame]:
    """The due actions piece by piece, each of other cases: what does not fit in memory can be written as it comes."""
    circumstances = Circumstances.of(log, _rules(log))
    question, wording = Question(log.as_of, horizon, only_open), _Wording(log, OwnerTable.of(log))

    def answer(shard: Shard) -> pl.DataFrame:
        clock = Clock.of(circumstances, shard, question)
        kept = (one.only(one.status < len(OPEN)) if only_open else one for one in clock.all_actions())
        return wording.frame([wording.numbers(clock, one) for one in kept])

    yield wording.frame([])
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        yield from pool.map(answer, circumstances.events.shards)


def recorded(log: EventLog) -> EventLog:
    """The log with every event that the clock itself records by its as-of: rules with `record`, in file order."""
    rules = [(book, rule) for book, rule in _rules(log) if rule.record]
    if not rules:
        return log
    circumstances = Circumstances.of(log, rules)
    clocks = (Clock.of(circumstances, shard, Question(log.as_of)) for shard in circumstances.events.shards)
    derived = [clock.run().ordered.derived() for clock in clocks]
    if not derived:
        return log
    instant = pl.col("at").cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(log.zone.key)
    rows = pl.concat(derived).select("case_no", "activity", timestamp=instant)
    return log.with_derived(rows.with_columns(case_id=log.cases["case_id"].gather(rows["case_no"])))


def _rules(log: EventLog) -> list[tuple[Playbook, Rule]]:
    return [(book, rule) for book in log.playbooks for rule in book.rules]


@dataclass(frozen=True)
class _Wording:
    """What the numbers of due actions stand for."""

    log: EventLog
    owners: OwnerTable

    @cached_property
    def _promises(self) -> dict[tuple[str, str, str, int], int]:
        rules = _rules(self.log)
        keys = [(book.id, rule.id, trigger, entry) for book, rule in rules for trigger in rule.after
                for entry in range(1, 1 + max(1, len(rule.due)))]  # fmt: skip
        return {key: number for number, key in enumerate(keys)}

    @cached_property
    def _promise_words(self) -> pl.DataFrame:
        """One row per promise: what is said of all its due actions."""
        rules = {(book.id, rule.id): rule for book, rule in _rules(self.log)}
        rows = [(*key, rule.basis, rule.channel, rule.template) for key in self._promises for rule in [rules[key[:2]]]]
        return pl.DataFrame(rows, schema=_PROMISE, orient="row")

    @cached_property
    def _case_words(self) -> pl.DataFrame:
        return self.log.cases.select(_CASE)

    def numbers(self, clock: Clock, actions: Actions) -> Numbers:
        """The due actions of one promise, in numbers."""
        rule = actions.rule
        case_no = clock.ordered.case_no[actions.case]
        due_day = clock.circumstances.calendars.day_of(actions.due_at)
        roles = [rule.role, *(step.to for step in rule.escalate)]
        promise = self._promises[clock.playbook.id, rule.id, actions.trigger, actions.entry]
        return {
            "promise": np.full(len(case_no), promise, np.uint16),
            "case_no": case_no,
            "role": np.array([self.owners.roles[role] for role in roles], np.uint16)[clock.answering(actions)],
            "trigger_at": actions.trigger_at,
            "opened_at": np.where(actions.opened_at == ALWAYS, NEVER, actions.opened_at),
            "due_at": actions.due_at,
            "act_by": clock.act_by(actions, due_day),
            "fulfilled_at": np.where(_FULFILLED[actions.status], actions.found, NEVER),
            "status": actions.status,
            "voided_at": np.where(_VOIDED[actions.status], actions.voided, NEVER),
            "due_day": due_day,
        }

    def frame(self, parts: Sequence[Numbers]) -> pl.DataFrame:
        """The due actions of some promises, in words."""
        numbers = {
            name: np.concatenate([nothing, *(part[name] for part in parts)]) for name, nothing in _NOTHING.items()
        }
        rows = pl.DataFrame(numbers)
        moments = [name for name in _COLUMNS if name.endswith("_at")]
        return (
            rows.select(
                *(self._instant(name) for name in moments),
                act_by=pl.col("act_by").cast(pl.Date),
                days_left=pl.col("due_day") - pl.lit(self.log.as_of.day).cast(pl.Int32),
                status=_STATUS.gather(rows["status"]),
                role=self._roles.gather(rows["role"]),
                owner=self.owners.owner(numbers["case_no"], numbers["role"]),
            )
            .hstack([*self._promise_words[rows["promise"]], *self._case_words[rows["case_no"]]])
            .select(_COLUMNS)
        )

    def _instant(self, name: str) -> pl.Expr:
        """A moment in the workspace's time zone; null where it never came."""
        moment = pl.when(pl.col(name) != NEVER).then(pl.col(name))
        return moment.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(self.log.zone.key).alias(name)

    @cached_property
    def _roles(self) -> pl.Series:
        return pl.Series(list(self.owners.roles), dtype=pl.String)


_STATUS = pl.Series(STATUSES, dtype=pl.Enum(STATUSES))
_FULFILLED = np.array([status in ("met", "met_late") for status in STATUSES])
_VOIDED = np.array([status in ("void", "closed_late") for status in STATUSES])
_NOTHING = {name: np.zeros(0, dtype) for name, dtype in {
    "promise": np.uint16, "case_no": np.uint32, "role": np.uint16, "trigger_at": np.int64, "opened_at": np.int64,
    "due_at": np.int64, "act_by": np.int32, "fulfilled_at": np.int64, "status": np.uint8, "voided_at": np.int64,
    "due_day": np.int32,
}.items()}  # fmt: skip
_COLUMNS = (
    "playbook", "rule_id", "case_id", "client_id", "role", "owner", "trigger", "trigger_at", "opened_at", "due_at",
    "act_by", "fulfilled_at", "status", "voided_at", "entry", "opening_id", "subject", "position", "days_left",
    "basis", "channel", "template",
)  # fmt: skip
