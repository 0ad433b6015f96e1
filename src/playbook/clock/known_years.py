"""Dates from which a rule counts out of the years whose holidays are known: each cell named, all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from playbook.clock.engine import Circumstances, Clock, ClockQuestion
from playbook.clock.known import EventLog
from playbook.days.calendar import FIRST_YEAR, INSTANT, LAST_YEAR, UNIX, Calendar, day_number
from playbook.rules.nouns import Playbook, Rule
from playbook.rules.offset import Offset, Unit
from playbook.words.catalogue import msg
from playbook.words.problem import CalendarError, Problem

_SHOWN = 8


@contextmanager
def dates_named(log: EventLog) -> Iterator[None]:
    """Where the clock leaves the known years: a CalendarError that names table, row, case, column and rule."""
    try:
        yield
    except CalendarError as error:
        raise CalendarError(list(_problems(log)) or error.problems) from None


@dataclass(frozen=True, slots=True)
class _Cell:
    """A date that leads out of the known years: one cell, and the rule that counts from it."""

    table: str
    column: str
    row: int
    case_id: str
    day: date
    offset: Offset
    rule: str


def _problems(log: EventLog) -> Iterator[Problem]:
    """One problem per column, date and rule, with the rows that hold it."""
    cells: dict[tuple[str, str, date, str], list[_Cell]] = {}
    for cell in _cells(log):
        cells.setdefault((cell.table, cell.column, cell.day, cell.rule), []).append(cell)
    for (table, column, day, rule), of_kind in cells.items():
        by_row = {cell.row: cell for cell in of_kind}
        rows = ", ".join(f"row {row}" for row in list(by_row)[:_SHOWN])
        case = f"case '{of_kind[0].case_id}'" if len(of_kind) == 1 else f"{len(of_kind)} cases"
        yield Problem(
            f"{table}, {rows}, {case}, column '{column}', rule '{rule}'",
            msg(
                "{offset} from {day} is outside the years whose holidays are known",
                offset=of_kind[0].offset,
                day=day.isoformat(),
            ),
            msg("{first_year} to {last_year}", first_year=FIRST_YEAR, last_year=LAST_YEAR),
            msg("is the year of this date right? leave the cell empty where there is no date"),
        )


def _cells(log: EventLog) -> Iterator[_Cell]:
    rules = [(book, rule) for book in log.playbooks for rule in book.rules]
    circumstances = Circumstances.of(log, rules)
    for shard in circumstances.events.shards:
        clock = Clock.of(circumstances, shard, ClockQuestion(log.as_of))
        for rule in clock.playbook.rules:
            for after in rule.after:
                yield from _of_trigger(log, clock, rule, after)


def _of_trigger(log: EventLog, clock: Clock, rule: Rule, after: str) -> Iterator[_Cell]:
    triggers = clock.triggers(rule, after)
    first, last = day_number(date(FIRST_YEAR, 1, 1)), day_number(date(LAST_YEAR, 12, 31))
    near = (triggers.day > last - rule.most_days) | (triggers.day < first + rule.most_days)
    calendars, variant = log.calendars
    for place in np.flatnonzero(near):
        case_no = int(clock.ordered.case_no[triggers.case[place]])
        moment = (UNIX + int(triggers.at[place]) * INSTANT).astimezone(log.zone)
        day = moment.date()
        offset = _leaving(rule, day, moment, calendars.variants[variant[case_no]])
        if offset is not None:
            table, row = _written(log, clock.playbook, case_no, after, day)
            yield _Cell(table, after, row, log.cases["case_id"][case_no], day, offset, rule.id)


def _leaving(rule: Rule, day: date, moment: datetime, calendar: Calendar) -> Offset | None:
    """The offset of a rule that leads out of the known years from a day; None where none does."""
    try:
        opened = _reached(rule.wait, day, moment, calendar) if rule.wait else day
    except CalendarError:
        return rule.wait
    for due in rule.due:
        try:
            _reached(due, opened, moment, calendar)
        except CalendarError:
            return due
    return None


def _reached(offset: Offset, day: date, moment: datetime, calendar: Calendar) -> date:
    if offset.unit is Unit.BUSINESS_HOUR:  # not further than as many business days as full days of work
        offset = Offset(1 + offset.n // 8, Unit.BUSINESS_DAY)
    reached = (moment + timedelta(hours=offset.n)).date() if offset.unit is Unit.HOUR else calendar.reach(day, offset)
    if not FIRST_YEAR <= reached.year <= LAST_YEAR:
        raise CalendarError(())
    return reached


def _written(log: EventLog, book: Playbook, case_no: int, after: str, day: date) -> tuple[str, int]:
    """The table and the row in which a trigger's date is written."""
    case = log.cases.row(case_no, named=True)
    if after not in book.date_ids:
        local = pl.col("timestamp").dt.convert_time_zone(log.zone.key).dt.date()
        of_case = log.events.filter(pl.col("case_no") == case_no, pl.col("activity") == after, local == day)
        return "events", int(of_case.select("row").head(1).collect().item())
    cases, openings = log.tables.cases, log.tables.openings
    own = cases.filter(pl.col("case_id") == case["case_id"])
    if after in cases.columns and own[after][0] is not None:
        return "cases", int(own["row"][0])
    return "openings", int(openings.filter(pl.col("opening_id") == case["opening_id"])["row"][0])
