"""Contracts of dispatch against the law's own limits: a period that passes a conflict date (抵触日), three years of one
person in one unit, a former employee within a year.

The conflict date is the first day on which nobody may be received any more: a contract that has it as its last day
passes it already. Sources (PAPERS 4.1 to 4.3, 4.9, read November 2026): 労働者派遣法 35条の5, 40条の2, 40条の3,
40条の9; a gap of more than three months begins the three years anew. Not legal advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from playbook.answers.law import noted
from playbook.answers.law.statutory import last_day
from playbook.clock.known import EventLog
from playbook.tables.settings import Agency

SIGNED = "individual_contract_signed"
PASSES, THREE_YEARS, FORMER = (
    "period-passes-conflict-date", "three-years-in-one-unit", "former-employee-within-a-year",
)  # fmt: skip

_ENDS, _STARTS = ("contract_ends_on", "period_ends_on"), ("contract_starts_on", "period_starts_on")
_PERIOD = "dispatch_period"
_LIMITS = ("conflict_date_office", "conflict_date_person", "conflict_date")
_FORMER = ("former_employee_left_on",)
_PARTS = re.compile(r"\s*(?:〜|～|~|から|–|—| - |→)\s*")
_YEARS, _GAP = 36, 3
_DAY = timedelta(days=1)
_OVER_60 = ("yes", "はい", "60歳以上", "定年", "true", "1")


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract as far as it is written: its case, its days, and whom it is about."""

    case: Mapping[str, Any]
    starts_on: date | None
    ends_on: date | None
    limits: tuple[tuple[str, date], ...]

    @property
    def worker(self) -> tuple[str, str, str] | None:
        """Who works where: the three years count by person and unit; None where either is not written."""
        unit, person = (str(self.case.get(name) or "").strip() for name in ("org_unit", "worker"))
        return (str(self.case["client_id"]), unit, person) if unit and person else None


def contracts(log: EventLog) -> list[Contract]:
    """The contracts of the books that know a signing, in order of their first day."""
    books = [book.id for book in log.playbooks if SIGNED in {activity.id for activity in book.activities}]
    cases = log.cases.filter(pl.col("playbook").is_in(books))
    if not {_PERIOD, *_ENDS, *_STARTS, *_FORMER} & set(cases.columns):
        return []
    found = [_contract(case) for case in cases.iter_rows(named=True)]
    return sorted(found, key=lambda one: (one.starts_on or date.max, str(one.case["case_id"])))


def _contract(case: Mapping[str, Any]) -> Contract:
    written = _PARTS.split(str(case.get(_PERIOD) or ""))
    first, last = (written[0], written[-1]) if len(written) == 2 else ("", "")
    limits = tuple((name, day) for name in _LIMITS if (day := noted.as_day(case.get(name))) is not None)
    return Contract(
        case, _first(case, _STARTS) or noted.as_day(first), _first(case, _ENDS) or noted.as_day(last), limits
    )


def findings(log: EventLog) -> pl.DataFrame:
    """What passes a limit of the law: one row per signed contract and limit, `at` being its latest signing.

    Columns: `case_no, playbook, id` (see above), `at, detail` (the limit and the day that passes it), `resource`.
    """
    signed = _signings(log)
    rows = [
        (case["case_no"], case["playbook"], id, detail, signed[case["case_no"]])
        for case, id, detail in _found(contracts(log))
        if case["case_no"] in signed
    ]
    instant = pl.Datetime("us", log.zone.key)
    flat = [(no, book, id, detail, *when) for no, book, id, detail, when in rows]
    text = dict.fromkeys(("playbook", "id", "detail"), pl.String())
    schema: dict[str, Any] = {"case_no": pl.UInt32, **text, "at": instant, "resource": pl.String}
    return pl.DataFrame(flat, schema=schema, orient="row")


def _signings(log: EventLog) -> dict[int, tuple[datetime, str | None]]:
    """The latest signing of each case, and who signed."""
    events = log.events.filter(pl.col("activity").cast(pl.String) == SIGNED)
    latest = events.select("case_no", "timestamp", "resource").sort("timestamp").collect()
    return {no: (at, resource) for no, at, resource in latest.iter_rows()}


def _found(all_of_them: list[Contract]) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    for one in all_of_them:
        for name, limit in one.limits:
            if one.ends_on is not None and one.ends_on >= limit:
                yield one.case, PASSES, f"{name} {limit}: {one.ends_on}"
        left = _first(one.case, _FORMER)
        over = str(one.case.get("over_60_retiree") or "").strip().lower() in _OVER_60
        if left is not None and one.starts_on is not None and not over:
            until = last_day(left, Agency(six_months_end="same_day"), 12)
            if one.starts_on <= until:
                yield one.case, FORMER, f"{left}: {one.starts_on} <= {until}"
    yield from _too_long(all_of_them)


def _too_long(all_of_them: list[Contract]) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    """Contracts of one person in one unit that go on beyond three years, gaps of three months or less included."""
    begun: dict[tuple[str, str, str], tuple[date, date]] = {}
    for one in all_of_them:
        if one.worker is None or one.starts_on is None or one.ends_on is None:
            continue
        first, before = begun.get(one.worker, (one.starts_on, one.starts_on))
        if one.starts_on - _DAY > last_day(before, Agency(six_months_end="same_day"), _GAP):
            first = before = one.starts_on
        begun[one.worker] = (first, max(before, one.ends_on))
        last = last_day(first, Agency(), _YEARS)
        if one.ends_on > last:
            yield one.case, THREE_YEARS, f"{first} -> {last}: {one.ends_on}"


def _first(case: Mapping[str, Any], names: tuple[str, ...]) -> date | None:
    return next((day for name in names if (day := noted.as_day(case.get(name))) is not None), None)
