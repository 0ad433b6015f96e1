"""Due actions: who owes whom what by when. The one engine, the same for every rule (DESIGN section 4).

A due action is one promise, made by one trigger, to be kept by one role before one moment. All rules are evaluated
together, over the event log in order; a due is looked up per day, never counted per row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, zip_longest

import numpy as np
import polars as pl

from playbook.calendar import CalendarBook
from playbook.eventlog import EventLog
from playbook.offset import Offset, Unit
from playbook.ordered import Key, OrderedLog
from playbook.owners import owners
from playbook.rulebook import Playbook, Rule

STATUSES = (
    "overdue", "due_today", "due_soon", "upcoming", "waiting",
    "met", "met_late", "void", "lapsed", "closed_late",
)  # fmt: skip
OPEN = STATUSES[:5]

_HOUR = 3_600_000_000
_FIRST = np.zeros(1, dtype=np.uint16)  # the only calendar, where there is but one
_PROMISE = {
    "promise": pl.UInt16, "playbook": pl.String, "rule_id": pl.String, "trigger": pl.String, "entry": pl.UInt8,
    "rule_role": pl.String, "basis": pl.String, "channel": pl.String, "template": pl.String, "records": pl.String,
}  # fmt: skip
_MOMENTS = ("trigger_at", "opened_at", "due_at", "found", "voided", "next_due")


def due_actions(log: EventLog, horizon: int = 7) -> pl.LazyFrame:
    """All due actions at an as-of: one row per rule, trigger and entry of the rule's `due` list.

    Columns: `playbook, rule_id, case_id, client_id, role, owner, trigger` (text); `trigger_at, opened_at, due_at`
    (instants; `opened_at` is empty for a due counted backwards); `act_by` (day); `fulfilled_at` (instant); `status`
    (one of `STATUSES`); then `voided_at` (instant), `entry` (place in the `due` list, from 1), `opening_id, subject,
    position`, `days_left` (days from the as-of's day to the due's), `basis, channel, template`.

    Raises CalendarError for a date outside the known years. Source: DESIGN section 4; days are counted without the
    first (Civil Code, art. 140).
    """
    log = log if log.turns else recorded(log)
    turns = list(_turns(log.playbooks))
    seen = [*zip(log.turns, turns, strict=True), (log, _others(log.playbooks))]
    return pl.concat([_Clock.of(at_turn, rules).answer(horizon) for at_turn, rules in seen])


def recorded(log: EventLog) -> EventLog:
    """The log with every event that the clock itself records by its as-of: rules with `record`, in file order.

    `turns` keeps the log as each of those rules saw it: with what the earlier ones recorded, without its own.
    """
    for rules in _turns(log.playbooks):
        after = log.with_derived(_Clock.of(log, rules).lapses())
        log = replace(after, turns=(*log.turns, log))
    return log


_Rules = list[tuple[Playbook, Rule]]


def _turns(playbooks: Sequence[Playbook]) -> Iterator[_Rules]:
    """The rules with `record`, turn by turn: the first of every playbook, then the second, ..."""
    recording = [[(book, rule) for rule in book.rules if rule.record] for book in playbooks]
    for turn in zip_longest(*recording):
        yield [rule for rule in turn if rule is not None]


def _others(playbooks: Sequence[Playbook]) -> _Rules:
    return [(book, rule) for book in playbooks for rule in book.rules if not rule.record]


@dataclass(frozen=True)
class _Clock:
    """Some rules over one log, ready to be asked."""

    log: EventLog
    ordered: OrderedLog
    rules: _Rules

    @classmethod
    def of(cls, log: EventLog, rules: _Rules) -> _Clock:
        columns = sorted({column for _, rule in rules for column in rule.when})
        keys = set(chain.from_iterable(_keys(book, rule) for book, rule in rules))
        return cls(log, OrderedLog.of(log, keys, columns), rules)

    def answer(self, horizon: int) -> pl.LazyFrame:
        """The due actions of these rules, with status, role and owner."""
        role = pl.when(pl.col("status") == "overdue").then(pl.coalesce("escalated", "rule_role")).otherwise("rule_role")
        judged = self._judged(horizon).with_columns(role=role)
        owned = judged.join(owners(self.log), on=["case_no", "role"], how="left")
        return _presented(owned, self.log, self._calendar)

    def lapses(self) -> pl.DataFrame:
        """What the clock records: one row per derived event."""
        lapsed = self._judged(horizon=0).filter(pl.col("status") == "lapsed")
        return (
            lapsed.select("case_no", activity="records", timestamp=self._calendar.instant("due_at"))
            .unique()
            .join(self.log.cases.lazy().select("case_no", "case_id"), on="case_no")
            .select("case_no", "case_id", "activity", "timestamp")
            .collect()
        )

    @cached_property
    def _calendar(self) -> _Reckoning:
        book, variants = self.log.calendars
        return _Reckoning(book, variants.to_numpy())

    def _judged(self, horizon: int) -> pl.LazyFrame:
        promises: list[tuple[object, ...]] = []
        frames = []
        for book, rule in self.rules:
            for after, rows in self._triggers(book, rule):
                for entry, dated in enumerate(self._entries(book, rule, rows), start=1):
                    number = pl.lit(len(promises), pl.UInt16).alias("promise")
                    escalated = self._escalated(rule, dated)
                    frames.append(escalated.select(number, "case_no", *_MOMENTS, "escalated"))
                    promises.append((len(promises), book.id, rule.id, after, entry, rule.role,
                                     rule.basis, rule.channel, rule.template, rule.record))  # fmt: skip
        table = pl.LazyFrame(promises, schema=_PROMISE, orient="row")
        rows = pl.concat(frames) if frames else _no_rows()
        return rows.join(table, on="promise").with_columns(status=_status(self.log, horizon))

    def _triggers(self, book: Playbook, rule: Rule) -> Iterator[tuple[str, pl.LazyFrame]]:
        """For each thing that starts the rule's clock: one row per trigger, with its case, instant and local day."""
        for after in rule.after:
            if after in book.date_ids:
                if after in self.log.cases.columns:
                    yield after, self._dated(book, rule, after)
            else:
                yield after, self._happened(book, rule, after)

    def _happened(self, book: Playbook, rule: Rule, after: str) -> pl.LazyFrame:
        own = self.ordered.codes[book.id, after]
        rows = self.ordered.where(frozenset({own}))
        if rule.when:
            asked = self.log.cases.lazy().select("case_no", *self._case_values(rule))
            rows = rows.join(asked, on="case_no", how="left", maintain_order="left").filter(*self._holds(rule))
        rows = self.ordered.first_from(rows, self.ordered.code_set(book, rule.until), own, "found")
        rows = self.ordered.first_from(rows, self._voiding(book, rule), own, "voided")
        return rows.select("case_no", "found", "voided", trigger_at="at", day=self._calendar.day("at"))

    def _dated(self, book: Playbook, rule: Rule, after: str) -> pl.LazyFrame:
        cases = self.log.cases.lazy().filter(pl.col("playbook") == book.id, pl.col(after).is_not_null())
        asked = cases.select("case_no", pl.col(after).cast(pl.Int32).alias("day"), *self._case_values(rule))
        conditions = (pl.col(f"case:{name}").is_in(list(values)) for name, values in rule.when.items())
        rows = asked.filter(pl.lit(True), *conditions)
        rows = rows.select("case_no", "day", trigger_at=self._calendar.start("day"))
        until, voiding = self.ordered.code_set(book, rule.until), self._voiding(book, rule)
        if len(rule.due) == 1:  # early notice is notice: the whole life of the case
            return self.ordered.first_in_life(self.ordered.first_in_life(rows, until, "found"), voiding, "voided")
        rows = self.ordered.first_since(rows, until, "trigger_at", "found", strictly=False)
        return self.ordered.first_since(rows, voiding, "trigger_at", "voided", strictly=False)

    def _holds(self, rule: Rule) -> Iterator[pl.Expr]:
        """Whether each condition holds: on the event's own cell, where it has one, else on the case."""
        for name, values in rule.when.items():
            own = [_text(name)] if name in self.ordered.rows.columns else []
            yield pl.coalesce(*own, f"case:{name}").is_in(list(values))

    def _case_values(self, rule: Rule) -> list[pl.Expr]:
        """What a case says, where the event itself says nothing: its own cell, else its opening's."""
        own, opening = self.log.cases.columns, self._opening_columns
        return [
            pl.coalesce(
                *([_text(name)] if name in own else []),
                *(
                    [pl.col("opening_id").replace_strict(opening[name], default=None, return_dtype=pl.String)]
                    if name in opening
                    else []
                ),
                pl.lit(None, pl.String),
            ).alias(f"case:{name}")
            for name in rule.when
        ]

    @cached_property
    def _opening_columns(self) -> dict[str, dict[str, str]]:
        openings = self.log.tables.openings
        asked = {name for _, rule in self.rules for name in rule.when} & set(openings.columns)
        cells = openings.select("opening_id", *(_text(name) for name in sorted(asked)))
        return {name: dict(cells.select("opening_id", name).drop_nulls().rows()) for name in sorted(asked)}

    def _voiding(self, book: Playbook, rule: Rule) -> frozenset[int]:
        return self.ordered.code_set(book, _voids(book, rule))

    def _entries(self, book: Playbook, rule: Rule, rows: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
        """One frame per entry of the rule's `due` list: its moments, what fulfilled it and what voided it."""
        clock = self._calendar
        rows = rows.with_columns(opened_at=pl.col("trigger_at"))
        if rule.wait:
            opened = clock.reach(rule.wait, "trigger_at", "day", opening=True)
            rows = rows.with_columns(opened_at=opened).with_columns(day=clock.day("opened_at"))
        if rule.midpoint:
            yield self._halfway(rule, rows).with_columns(next_due=pl.lit(None, pl.Int64))
            return
        dues = [f"due_{k}" for k in range(len(rule.due))]
        reached = (clock.reach(due, "opened_at", "day") for due in rule.due)
        rows = rows.with_columns(moment.alias(name) for name, moment in zip(dues, reached, strict=True))
        until = self.ordered.code_set(book, rule.until)
        for k, due in enumerate(rule.due):
            if k:  # after the entry before was due, and after what fulfilled it
                since = pl.max_horizontal(dues[k - 1], self._fulfilling(rule, dues[k - 1])).alias("since")
                rows = rows.with_columns(since).drop("found")
                rows = self.ordered.first_since(rows, until, "since", "found", strictly=True)
            next_due = pl.col(dues[k + 1]) if k + 1 < len(dues) else pl.lit(None, pl.Int64)
            in_time = next_due.is_null() | (pl.col("found") <= next_due)
            rows = rows.with_columns(found=pl.when(in_time).then("found"), next_due=next_due)
            opened_at = pl.lit(None, pl.Int64) if due.negative else pl.col("opened_at")
            yield rows.with_columns(due_at=pl.col(dues[k]), opened_at=opened_at)

    def _fulfilling(self, rule: Rule, due: str) -> pl.Expr:
        """What fulfilled an entry; where the clock had recorded its lapse, nothing did."""
        if not rule.record:
            return pl.col("found")
        lapsed = (pl.col(due) < self.log.as_of.passed_before) & (pl.col("found") > pl.col(due))
        return pl.when(~lapsed).then("found")

    def _escalated(self, rule: Rule, rows: pl.LazyFrame) -> pl.LazyFrame:
        """With, as `escalated`, the role of the last escalation whose moment has passed."""
        to = pl.lit(None, pl.String)
        if rule.escalate:
            rows = rows.with_columns(due_day=self._calendar.day("due_at"))
        for step in rule.escalate:
            moment = self._calendar.reach(step.after, "due_at", "due_day")
            to = pl.when(moment < self.log.as_of.passed_before).then(pl.lit(step.to)).otherwise(to)
        return rows.with_columns(escalated=to)

    def _halfway(self, rule: Rule, rows: pl.LazyFrame) -> pl.LazyFrame:
        assert rule.midpoint is not None
        toward = rule.midpoint.toward
        if toward not in self.log.cases.columns:
            return rows.filter(False).with_columns(due_at=pl.lit(None, pl.Int64))
        planned = self.log.cases.lazy().select("case_no", toward=pl.col(toward).cast(pl.Int32))
        between = pl.col("toward") - pl.col("day")
        gap = rule.midpoint.gap.n * (7 if rule.midpoint.gap.unit is Unit.WEEK else 1)
        far = rows.join(planned, on="case_no", how="left").filter(between > gap)
        return far.with_columns(middle=pl.col("day") + between // 2).with_columns(due_at=self._calendar.end("middle"))


def _keys(book: Playbook, rule: Rule) -> Iterator[Key]:
    events = (name for name in rule.after if name not in book.date_ids)
    for activity in chain(events, rule.until, _voids(book, rule)):
        yield book.id, activity


def _voids(book: Playbook, rule: Rule) -> frozenset[str]:
    return frozenset(rule.unless) | (book.closing - frozenset(rule.until))


def _text(column: str) -> pl.Expr:
    """A cell as text, null where it is empty."""
    text = pl.col(column).cast(pl.String)
    return pl.when(text.str.strip_chars() != "").then(text)


def _no_rows() -> pl.LazyFrame:
    return pl.LazyFrame(
        schema={
            "promise": pl.UInt16,
            "case_no": pl.UInt32,
            **dict.fromkeys(_MOMENTS, pl.Int64),
            "escalated": pl.String,
        }
    )


def _status(log: EventLog, horizon: int) -> pl.Expr:
    """The status at as-of, tested in the order of DESIGN section 4."""
    as_of, due, found, voided = log.as_of, pl.col("due_at"), pl.col("found"), pl.col("voided")
    passed = due < as_of.passed_before
    fulfilled = found.is_not_null() & (voided.is_null() | (found <= voided))
    void = voided.is_not_null() & (voided <= due)
    lapsed = pl.col("records").is_not_null() & passed
    superseded = (pl.col("next_due") < as_of.passed_before).fill_null(False)
    return (
        pl.when(fulfilled & (found <= due)).then(pl.lit("met"))
        .when(~fulfilled & void).then(pl.lit("void"))
        .when(lapsed).then(pl.lit("lapsed"))
        .when(fulfilled).then(pl.lit("met_late"))
        .when(voided.is_not_null() | superseded).then(pl.lit("closed_late"))
        .when(passed).then(pl.lit("overdue"))
        .when(pl.col("opened_at") >= as_of.reached_before).then(pl.lit("waiting"))
        .when(due < as_of.start(1)).then(pl.lit("due_today"))
        .when(due < as_of.start(1 + horizon)).then(pl.lit("due_soon"))
        .otherwise(pl.lit("upcoming"))
        .cast(pl.Enum(STATUSES))
    )  # fmt: skip


def _presented(rows: pl.LazyFrame, log: EventLog, clock: _Reckoning) -> pl.LazyFrame:
    about = ["case_id", "client_id", "opening_id", "subject", "position"]
    cases = log.cases.lazy().select("case_no", *about)
    kept = pl.col("status").is_in(["met", "met_late"])
    as_of_day = pl.lit(log.as_of.day).cast(pl.Int32)
    first = pl.when(pl.col("opened_at").is_not_null()).then(clock.day("opened_at"))
    act_by = pl.when(first.is_null() | (pl.col("open_day") >= first)).then("open_day").otherwise("due_day")
    return (
        rows.with_columns(due_day=clock.day("due_at"))
        .with_columns(open_day=clock.last_open("due_day"))
        .join(cases, on="case_no")
        .select(
            "playbook", "rule_id", "case_id", "client_id", "role", "owner", "trigger",
            trigger_at=clock.instant("trigger_at"),
            opened_at=clock.instant("opened_at"),
            due_at=clock.instant("due_at"),
            act_by=act_by.cast(pl.Date),
            fulfilled_at=pl.when(kept).then(clock.instant("found")),
            status="status",
            voided_at=pl.when(pl.col("status").is_in(["void", "closed_late"])).then(clock.instant("voided")),
            entry="entry",
            opening_id="opening_id", subject="subject", position="position",
            days_left=pl.col("due_day") - as_of_day,
            basis="basis", channel="channel", template="template",
        )
    )  # fmt: skip


@dataclass(frozen=True)
class _Reckoning:
    """Days and moments of columns, looked up in the calendars of the cases."""

    book: CalendarBook
    variants: np.ndarray

    def day(self, moment: str) -> pl.Expr:
        """The local day of an instant."""
        return _looked_up(self.book.day_of, pl.Int32, moment)

    def start(self, day: str) -> pl.Expr:
        """The first instant of a local day."""
        return _looked_up(self.book.start, pl.Int64, day)

    def end(self, day: str) -> pl.Expr:
        """The last microsecond of a local day."""
        return _looked_up(self.book.end, pl.Int64, day)

    def instant(self, moment: str) -> pl.Expr:
        """An instant in the workspace's time zone."""
        return pl.col(moment).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(self.book.zone.key)

    def last_open(self, day: str) -> pl.Expr:
        """The last business day not after a day, in the case's calendar."""
        return self._by_case(self.book.last_open, day, pl.Int32)

    def reach(self, offset: Offset, moment: str, day: str, *, opening: bool = False) -> pl.Expr:
        """The moment that an offset reaches: the end of a day (for an opening, its start), or the instant for hours."""
        if offset.unit is Unit.HOUR:
            return pl.col(moment) + offset.n * _HOUR
        edge = self.book.start if opening else self.book.end
        if offset.unit is not Unit.BUSINESS_DAY:
            return _looked_up(lambda days: edge(self.book.reach(offset, _FIRST, days)), pl.Int64, day)
        return self._by_case(lambda variants, days: edge(self.book.reach(offset, variants, days)), day, pl.Int64)

    def _by_case(self, look_up: Callable[..., np.ndarray], day: str, dtype: type[pl.DataType]) -> pl.Expr:
        if len(self.book.variants) == 1:
            return _looked_up(lambda days: look_up(_FIRST, days), dtype, day)
        return _looked_up(lambda cases, days: look_up(self.variants[cases], days), dtype, "case_no", day)


def _looked_up(look_up: Callable[..., np.ndarray], dtype: type[pl.DataType], *columns: str) -> pl.Expr:
    """Columns through a vectorised look-up; a null anywhere stays null (polars tries its plans on rows of nulls)."""

    def batch(values: Sequence[pl.Series]) -> pl.Series:
        if not any(series.null_count() for series in values):
            return pl.Series(look_up(*(series.to_numpy() for series in values)), dtype=dtype)
        rows = pl.DataFrame(list(values)).with_row_index("at")
        known = rows.drop_nulls()
        found = np.zeros(len(rows), dtype=np.int64)
        found[known["at"].to_numpy()] = look_up(*(series.to_numpy() for series in known.drop("at").iter_columns()))
        return pl.Series(found, dtype=dtype).set(~rows["at"].is_in(known["at"].implode()), None)

    return pl.map_batches(list(columns), batch, return_dtype=dtype, is_elementwise=True)
