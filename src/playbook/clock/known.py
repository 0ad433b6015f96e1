"""What is known at an as-of: nothing recorded later may influence an answer (DESIGN section 4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from playbook.days.calendar import FIRST_YEAR, INSTANT, LAST_YEAR, UNIX, CalendarBook, Closure, start_of_day
from playbook.days.moment import read_moment
from playbook.rules.nouns import CalendarName, Playbook, Playbooks
from playbook.tables.checks import CASE
from playbook.tables.declared import ROW
from playbook.tables.stored import Tables
from playbook.tables.versions import ended_events, known_from, standing_tables
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem

_DAY = timedelta(days=1)
_Day = TypeVar("_Day", date, datetime)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The moment a question is asked for: a whole day, judged by date, or an instant.

    >>> AsOf.of("2026-11-20", ZoneInfo("Asia/Tokyo")).moment.isoformat()
    '2026-11-20T23:59:59.999999+09:00'
    """

    day: date
    moment: datetime
    by_date: bool
    zone: ZoneInfo

    @classmethod
    def of(cls, asked: str | int | date | datetime, zone: ZoneInfo) -> AsOf:
        """The as-of that is written: a date asks for the end of that day; a date-time without offset is local.

        A number is the day it spells (papermill makes one of `-p as_of 20261120`). Of pandas, which has no type for a
        day, a midnight without a zone is its day; what is no day at all (a float, NaT) is an ArgumentError.
        """
        if not isinstance(asked, date) or str(asked) == "NaT":
            asked = _written(str(asked))
        if type(asked).__module__.startswith("pandas") and isinstance(asked, datetime) and _is_midnight(asked):
            asked = asked.date()
        if isinstance(asked, datetime):
            # By way of UTC, so that a local time that the clocks skip becomes one that exists.
            given = asked.replace(tzinfo=zone) if asked.tzinfo is None else asked
            local = _in_known_years(given).astimezone(UTC).astimezone(zone)
            return cls(local.date(), local, False, zone)
        _in_known_years(asked)
        return cls(asked, datetime.combine(asked + _DAY, time(), zone) - INSTANT, True, zone)

    @property
    def micros(self) -> int:
        """The last instant that may be known, in microseconds since 1970-01-01 UTC."""
        return self.start(1) - 1 if self.by_date else round((self.moment - UNIX) / INSTANT)

    def start(self, days_later: int = 0) -> int:
        """The first instant of the as-of's local day, or of one some days later, in microseconds."""
        return start_of_day(self.day + timedelta(days=days_later), self.zone)

    @property
    def passed_before(self) -> int:
        """A moment has passed when it lies before this: by date, or by the instant."""
        return self.start() if self.by_date else self.micros

    @property
    def reached_before(self) -> int:
        """An opening has been reached when it lies before this: by date, or by the instant."""
        return self.start(1) if self.by_date else self.micros + 1

    def __str__(self) -> str:
        return self.day.isoformat() if self.by_date else self.moment.isoformat()


def _is_midnight(asked: datetime) -> bool:
    return asked.tzinfo is None and asked.time() == time()


def _in_known_years(asked: _Day) -> _Day:
    if not FIRST_YEAR <= asked.year <= LAST_YEAR:
        years = msg(
            "a day of the years {first_year} to {last_year}, whose holidays are known",
            first_year=FIRST_YEAR,
            last_year=LAST_YEAR,
        )
        raise ArgumentError(Problem(msg("as-of"), msg("found {asked}", asked=asked.isoformat()), years))
    return asked


def _written(asked: str) -> date | datetime:
    try:
        return date.fromisoformat(asked) if len(asked.strip()) <= 10 else datetime.fromisoformat(asked.strip())
    except ValueError:
        if (moment := read_moment(asked)) is not None:
            return moment if re.search("[:：時]", asked) else moment.date()
        raise ArgumentError(
            Problem(
                msg("as-of"),
                msg("'{asked}' is not a date", asked=asked),
                msg("a date 2026-11-20 or a date-time 2026-11-20T09:00"),
            )
        ) from None


@dataclass(frozen=True)
class EventLog:
    """What is known at an as-of.

    `cases`: one row per existing case of a playbook in use, in order of `case_id`; its table's columns, with `case_no`
    (UInt32, its number here), `client_id` and the planned dates inherited from the opening where its own cell is empty.
    `events`: one row per known event; its table's columns, with `case_no` and `derived` (the clock recorded it itself;
    see `due.recorded`).
    `tables`: as they stood then (but for the events); `kept`: with all versions that there are.
    """

    as_of: AsOf
    playbooks: Playbooks
    cases: pl.DataFrame
    events: pl.LazyFrame
    tables: Tables
    kept: Tables

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose days are counted."""
        return self.as_of.zone

    @property
    def moment(self) -> datetime:
        """The last instant that may be known."""
        return self.as_of.moment

    @cached_property
    def doubtful(self) -> bool:
        """Whether of any event it is in doubt when it came: only the day is known, or between which moments."""
        told = self.kept.events
        if "earliest" in told.columns and told["earliest"].count():
            return True
        at = told["timestamp"].to_physical()
        near = told["timestamp"].filter((at & 63) == 0)  # whole seconds: the cheapest that a midnight must be
        return bool((near.dt.convert_time_zone(self.zone.key).dt.time() == time()).any())

    @property
    def early(self) -> pl.Expr:
        """Of each event the first moment at which it may have happened."""
        told = "earliest" in self.kept.events.columns
        return pl.min_horizontal("timestamp", "earliest") if told else pl.col("timestamp")

    @property
    def late(self) -> pl.Expr:
        """Of each event the last moment at which it may have happened: at 00:00 it has no time of day."""
        local = pl.col("timestamp").dt.convert_time_zone(self.zone.key)
        end_of_day = local.dt.truncate("1d").dt.offset_by("1d") - pl.duration(microseconds=1)
        return pl.when(local.dt.time() == time()).then(end_of_day).otherwise(local)

    def events_of(self, cases: pl.Series) -> pl.LazyFrame:
        """The events of some cases, by their ids."""
        numbers = self.cases.filter(pl.col("case_id").is_in(cases.implode()))["case_no"]
        return self.events.filter(pl.col("case_no").is_in(numbers.implode()))

    def with_derived(self, derived: pl.DataFrame) -> EventLog:
        """The same log with events that the clock recorded (columns: `case_no, case_id, activity, timestamp`)."""
        if derived.is_empty():
            return self
        added = derived.lazy().with_columns(derived=pl.lit(True), recorded_at=pl.col("timestamp"))
        return replace(self, events=pl.concat([self.events, added], how="diagonal_relaxed"))

    def without(self, cases: pl.Series) -> EventLog:
        """The same log without some cases, by their ids, and without their events."""
        if cases.is_empty():
            return self
        kept = self.cases.filter(~pl.col("case_id").cast(pl.String).is_in(cases.implode()))
        renumbered = kept.rename({"case_no": "_was"}).with_row_index("case_no").select([*self.cases.columns, "_was"])
        number = pl.repeat(None, self.cases.height, dtype=pl.UInt32, eager=True).scatter(
            renumbered["_was"], renumbered["case_no"]
        )
        events = self.events.with_columns(case_no=pl.lit(number).gather(pl.col("case_no")))
        return replace(self, cases=renumbered.drop("_was"), events=events.filter(pl.col("case_no").is_not_null()))

    @cached_property
    def calendars(self) -> tuple[CalendarBook, pl.Series]:
        """The calendars that these cases live by, and for each case the number of its calendar."""
        kinds: dict[str, CalendarName] = {playbook.id: playbook.calendar for playbook in self.playbooks}
        pairs = self.cases.select("playbook", "client_id").unique(maintain_order=True)
        keys = [(kinds[playbook], client) for playbook, client in pairs.rows()] or [("jp", None)]
        first, last = self._years
        book, number = CalendarBook.of(self.zone, keys, _closures(self.tables), first, last)
        numbered = pairs.with_columns(variant=pl.Series([number[key] for key in keys][: len(pairs)], dtype=pl.UInt16))
        variant = self.cases.join(
            numbered, on=["playbook", "client_id"], how="left", nulls_equal=True, maintain_order="left"
        )
        return book, variant["variant"]

    @cached_property
    def _years(self) -> tuple[int, int]:
        """The years that tables of days must hold: those of the data, and as far as any rule reaches from them."""
        dates = {name for book in self.playbooks for name in book.date_ids}
        moments = self.events.select(first=pl.col("timestamp").min(), last=pl.col("timestamp").max())
        seen = [moments.select(pl.all().dt.convert_time_zone(self.zone.key).dt.date())]
        # Dates that were moved are judged too, so those of all versions count.
        tables = (
            self.cases,
            *(getattr(self.kept, name) for name in ("cases", "openings") if name in self.kept.followed),
        )
        seen += [table.lazy().select(first=pl.col(name).min(), last=pl.col(name).max())
                 for table in tables for name in table.columns if name in dates]  # fmt: skip
        if "earliest" in self.events.collect_schema():
            local = pl.col("earliest").dt.convert_time_zone(self.zone.key).dt.date()
            seen += [self.events.select(first=local.min(), last=local.max())]
        first, last = (
            pl.concat(seen).select(pl.col("first").min(), pl.col("last").max()).collect(engine="streaming").row(0)
        )
        days = [day for day in (first, last, self.as_of.day) if day is not None]
        years = 1 + max((rule.most_days for book in self.playbooks for rule in book.rules), default=0) // 365
        return max(FIRST_YEAR, min(days).year - years), min(LAST_YEAR, max(days).year + years)


def known(tables: Tables, playbooks: Sequence[Playbook], as_of: AsOf) -> EventLog:
    """The event log at an as-of, without what the clock itself records (see `due.recorded`).

    Here, and nowhere else, the past is resolved: of each thing the version counts that stood at the as-of.
    """
    stood = standing_tables(tables, as_of.moment)
    at = pl.lit(as_of.moment).dt.cast_time_unit("us")
    begun = np.zeros(len(tables.cases), dtype=np.bool_)
    told, place = known_from("events") <= at, tables.events[CASE]
    ended = ended_events(tables, as_of.moment)
    if len(ended):  # a place of its own no more, so that nothing has to be looked up again
        place = place.clone().scatter(ended, None)
    known = tables.events.lazy().with_columns(place.alias(CASE)).filter(told).select(CASE)
    begun[known.collect(engine="streaming").to_series().drop_nulls().to_numpy()] = True
    created = (
        pl.when(pl.col("created_at").is_null())
        .then(pl.lit(pl.Series(begun)).gather(CASE))
        .otherwise(pl.col("created_at") <= at)
    )
    in_use = pl.col("playbook").is_in([playbook.id for playbook in playbooks])
    placed = _inherited(stood, playbooks).with_columns(_places(tables, stood))
    existing = placed.filter(created, in_use)
    in_order = existing if existing["case_id"].is_sorted() else existing.sort("case_id")
    cases = in_order.with_row_index("case_no")
    number = pl.repeat(None, len(tables.cases), dtype=pl.UInt32, eager=True).scatter(cases[CASE], cases["case_no"])
    numbered = tables.events.with_columns(case_no=number.gather(place), derived=pl.lit(False))
    events = numbered.lazy().filter(told, pl.col("case_no").is_not_null())
    return EventLog(as_of, Playbooks(playbooks), cases.drop(CASE), events.drop(CASE), stood, tables)


def _places(tables: Tables, stood: Tables) -> pl.Series:
    """For each case that stood, the place that its events know it by: that of its first version."""
    every = tables.cases.select(ROW, "case_id").with_row_index(CASE)
    if stood.cases is tables.cases:
        return every[CASE]
    first = every.select(ROW, pl.col(CASE).first().over("case_id"))
    return stood.cases.select(ROW).join(first, on=ROW, how="left", maintain_order="left")[CASE]


def _inherited(tables: Tables, playbooks: Sequence[Playbook]) -> pl.DataFrame:
    """The cases, with client and planned dates of the opening where a case's own cell is empty."""
    dates = {name for playbook in playbooks for name in playbook.date_ids}
    shared = [name for name in tables.openings.columns if name == "client_id" or name in dates]
    opening = tables.openings.select("opening_id", pl.col(shared).name.prefix("opening:"))
    both = tables.cases.join(opening, on="opening_id", how="left", maintain_order="left")
    own = [name for name in shared if name in tables.cases.columns]
    return both.with_columns(
        *(pl.coalesce(name, f"opening:{name}") for name in own),
        *(pl.col(f"opening:{name}").alias(name) for name in shared if name not in own),
    ).drop(f"opening:{name}" for name in shared)


def _closures(tables: Tables) -> list[Closure]:
    return [
        Closure(day, name or "", client)
        for day, name, client in tables.closures.select("date", "name", "client_id").rows()
    ]
