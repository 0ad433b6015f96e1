"""How long promises really took, each counted in the unit of its own rule: business days stay business days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.answers.ahead.still import Still, pauses_of
from playbook.answers.statistics import Floats
from playbook.clock.known import EventLog
from playbook.days.calendar import CalendarBook, Days, Moments
from playbook.rules.nouns import Playbook, Rule
from playbook.rules.offset import Unit

_HOUR = 3_600_000_000
_KEY = ("playbook", "rule_id", "entry")

NOTHING = 1e-10
"""What numbers of hours, weeks and months may differ by and are one: less than a microsecond."""


def unit_of(rule: Rule, entry: int = 1) -> Unit:
    """The unit that an entry of a rule counts in; days where it says "same day", or halfway to a date.

    >>> from playbook.rules.offset import Offset
    >>> from playbook.words.text import Text
    >>> unit_of(Rule("r", Text("名", "name"), ("a",), (Offset.parse("2 business days"),), ("b",), "driver"))
    <Unit.BUSINESS_DAY: 'business day'>
    """
    if not rule.due:
        return Unit.DAY
    unit = rule.due[entry - 1].unit
    return Unit.DAY if unit is Unit.SAME_DAY else unit


def limit_of(rule: Rule, entry: int = 1) -> int | None:
    """The number of the rule in that unit; 0 for "same day", None where it is halfway to a date."""
    return rule.due[entry - 1].n if rule.due else None


def taken(log: EventLog, actions: pl.DataFrame) -> pl.DataFrame:
    """How long each due action took, or has taken so far: one row per action whose clock has started.

    `actions` are all due actions at the log's as-of. Columns: `playbook`, `rule_id`, `entry`, `case_id`, `took` (in the
    unit of the rule, see `unit_of`, counted from where its due is counted from: so the smallest whole number that is
    not less is the limit that would have kept it; below 0 where it was done before), `done` (false: not done by then;
    it became void, lapsed, or is open at as-of). While the clock of a rule stands still (`pause`) nothing is counted.
    """
    rules = {(book.id, rule.id): rule for book in log.playbooks for rule in book.rules}
    cases = log.cases.select("case_id", "case_no")
    lapsed = pl.when(pl.col("status") == "lapsed").then("due_at")
    done = pl.col("fulfilled_at").is_not_null()
    since = pl.coalesce("opened_at", "trigger_at")
    until = pl.coalesce("fulfilled_at", "voided_at", lapsed, pl.lit(log.moment))
    started = (
        actions.join(cases, on="case_id", maintain_order="left")
        .with_columns(since=since.cast(pl.Int64), until=until.cast(pl.Int64), done=done)
        .filter(done | (pl.col("since") <= pl.col("until")) | pl.col("opened_at").is_null())
    )
    book_of_days, variant = log.calendars
    ranks = _ranks(book_of_days)
    paused = {
        (book.id, rule.pause): pauses_of(log, book, rule.pause)
        for book in log.playbooks
        for rule in book.rules
        if rule.pause and book.id in set(log.cases["playbook"])
    }
    parts = []
    for (book, rule, entry), part in started.group_by(_KEY, maintain_order=True):
        own, case_no = log.playbooks.named(str(book)), part["case_no"].to_numpy().astype(np.int64)
        numbers, pause = variant.gather(part["case_no"]).to_numpy(), rules[book, rule].pause
        still = Still(paused[own.id, pause], book_of_days, own.hours, case_no, numbers) if pause else None
        counting = _Counting(own, rules[book, rule], book_of_days, ranks, numbers, still)
        took = counting.took(part, unit_of(rules[book, rule], entry))
        parts.append(part.with_columns(took=pl.Series(took, dtype=pl.Float64)).select(*_SCHEMA))
    return pl.concat(parts) if parts else pl.DataFrame(schema=_SCHEMA)


_SCHEMA = {
    "playbook": pl.String, "rule_id": pl.String, "entry": pl.UInt8, "case_id": pl.String, "took": pl.Float64,
    "done": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True)
class _Counting:
    """How the due actions of one rule are counted, each in the calendar of its case (`variant`)."""

    playbook: Playbook
    rule: Rule
    calendars: CalendarBook
    ranks: Days
    variant: npt.NDArray[np.integer]
    still: Still | None = None

    def took(self, part: pl.DataFrame, unit: Unit) -> Floats:
        """How many of the unit each took."""
        since, until = (part[name].to_numpy() for name in ("since", "until"))
        if unit in (Unit.HOUR, Unit.BUSINESS_HOUR):
            return self._hours(self._late(part, since), until, office=unit is Unit.BUSINESS_HOUR)
        first, last = self.calendars.day_of(since), self.calendars.day_of(until)
        if self.rule.roll == "next" and unit is not Unit.BUSINESS_DAY:
            # What is due on a closed day is due on the business day after: so is all that lies between.
            rolled = np.maximum(self._last_kept(last - 1) + 1, first)
            last = np.where(last > first, np.minimum(last, rolled), last)
        if self.still is not None:
            last = self._running(self.still, unit, first, last)
        return _COUNTS[unit](_Span(self.ranks, self.calendars.first_day, self.variant, first, last))

    def _last_kept(self, days: Days) -> Days:
        """The last day, not after each, that some due is kept on: it is open, and not still in both ways of counting.

        A due that falls on it stays there unless the whole day is still; one rolled onto it, unless its hours are.
        """
        found = self.calendars.last_open(self.variant, days)
        while self.still is not None:
            skipped = self.still.first_still(found)
            if not (both := skipped <= found).any():
                break
            found = self.calendars.last_open(self.variant, np.where(both, skipped - 1, found))
        return found

    def _running(self, still: Still, unit: Unit, first: Days, last: Days) -> Days:
        """The day on which each would have been done had nothing stood still: as many days away as counted.

        A day that is still is reached by what is due on the next that is not.
        """
        if unit is Unit.BUSINESS_DAY:
            # One more than the business days that counted before it; where that is none, the first of all.
            rank = self.calendars.open_rank(self.variant, np.maximum(last - 1, first))
            counted = rank - still.business_days(first + 1, last - 1)
            return np.where(last > first, self.calendars.nth_open(self.variant, counted + 1), last)
        counted = last - 1 - first - still.days(first + 1, last - 1)
        waited = still.days(first, last - 1) == last - first
        return np.where(last > first, np.where(waited, first, first + counted + 1), last)

    def _late(self, part: pl.DataFrame, since: Moments) -> Moments:
        """The late moment of what started the clock: an event without a time of day happened some time that day."""
        of_event = (~part["trigger"].is_in(list(self.playbook.date_ids))).to_numpy()
        day = self.calendars.day_of(since)
        whole = of_event & (self.calendars.start(day) == since)
        return np.where(whole, self.calendars.end(day), since)

    def _hours(self, since: Moments, until: Moments, *, office: bool) -> Floats:
        """The hours between, or those that the office is open, without what stood still.

        A limit is kept until the hours of it have passed: what was done while nothing ran took a microsecond more.
        """
        after = until > since
        passed = self._passed(since, until - after, office=office) + after
        return np.asarray(np.maximum(passed / _HOUR, 0.0), dtype=np.float64)

    def _passed(self, since: Moments, until: Moments, *, office: bool) -> Moments:
        passed = until - since
        if office:
            hours = self.playbook.hours
            opened, closed = (self.calendars.office_time(hours, self.variant, one) for one in (since, until))
            passed = closed - opened
        if self.still is not None:
            passed = passed - (self.still.office_time if office else self.still.elapsed)(since, until)
        return passed


@dataclass(frozen=True)
class _Span:
    """From one day to another, each in the calendar of its case (`ranks`: per calendar, its business days so far)."""

    ranks: Days
    first_day: int
    variant: npt.NDArray[np.integer]
    first: Days
    last: Days


def _days(span: _Span) -> Floats:
    return (span.last - span.first).astype(np.float64)


def _weeks(span: _Span) -> Floats:
    return _days(span) / 7


def _business_days(span: _Span) -> Floats:
    """How many business days it takes until the day is reached; counted backwards, how many lie between."""
    first, last = (day - span.first_day for day in (span.first, span.last))
    ranks = span.ranks
    ahead = ranks[span.variant, last - 1] - ranks[span.variant, first] + 1
    back = ranks[span.variant, first - 1] - ranks[span.variant, last - 1]
    return np.where(last > first, ahead, np.where(last < first, -back, 0)).astype(np.float64)


def _ranks(book: CalendarBook) -> Days:
    """Per calendar and day, how many business days there are up to it, itself included."""
    days = np.arange(book.first_day, book.first_day + book.length, dtype=np.int32)
    return np.stack([np.cumsum(calendar.last_open == days, dtype=np.int32) for calendar in book.variants])


def _months(span: _Span) -> Floats:
    """Months, and of the last one begun the part that has passed."""
    whole = _month_number(span.last) - _month_number(span.first)
    begun = np.where(_later(span.first, whole) >= span.last, whole - 1, whole)  # the last month to end before the day
    low, high = _later(span.first, begun), _later(span.first, begun + 1)
    return np.asarray(begun + (span.last - low) / (high - low), dtype=np.float64)


def _month_number(days: Days) -> npt.NDArray[np.int64]:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _later(days: Days, months: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The same days some months later; a day that is missing there becomes that month's last."""
    dates = days.astype("datetime64[D]")
    begins = dates.astype("datetime64[M]")
    target = begins + months
    last = (target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    reached = np.minimum(target.astype("datetime64[D]") + (dates - begins.astype("datetime64[D]")), last)
    return np.asarray(reached.astype(np.int64))


_COUNTS: Mapping[Unit, Callable[[_Span], Floats]] = {
    Unit.DAY: _days,
    Unit.WEEK: _weeks,
    Unit.MONTH: _months,
    Unit.BUSINESS_DAY: _business_days,
}
