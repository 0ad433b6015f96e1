"""How long what is held of a case is kept, and since when it may be erased: what waits for what is told.

Sources (PAPERS 1.10, 4.4, 4.6, 6.3, 6.8, read November 2026): books of an agency two years after completion, papers of
dispatch three years from the end, the record of what was given to others three years (ours until confirmed), counts of
a year before its people. The periods are those of `[keep]` in `workspace.toml`. Nothing here is legal advice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from playbook.answers.flow.funnel import case_states
from playbook.answers.law.statutory import placed
from playbook.clock.known import EventLog
from playbook.days.calendar import Calendar
from playbook.rules.offset import Offset
from playbook.tables.settings import Settings

_KEEPING = {
    "case_id": pl.String, "playbook": pl.String, "client_id": pl.String, "outcome": pl.String,
    "completed_on": pl.Date, "fiscal_year": pl.Int32, "keep_until": pl.Date, "erasable_since": pl.Date,
    "waits_for": pl.String,
}  # fmt: skip
WAITS = ("open", "year_not_filed", "keeping")
"""What stands in the way: the case goes on; the year it counts in is not filed whole; a period runs."""

_DISPATCH = ("dispatch-sales", "dispatch-contracts")
_NO_POACHING = Offset.parse("24 months")


def keeping(
    log: EventLog, settings: Settings, frozen: Collection[int], given: Mapping[str, date] | None = None
) -> pl.DataFrame:
    """Since when what is held of each case may be erased: one row per case, in order of `case_id`.

    Columns: `case_id, playbook, client_id`; `outcome`, `completed_on` (its day; null while the case is open);
    `fiscal_year` (of joining, where the case counts in a yearly figure); `keep_until` (the last day of the longest
    period that runs); `erasable_since` (the day after, null where something else stands in the way); `waits_for` (one
    of `WAITS`; null where it may be erased on the as-of's day).

    `frozen`: fiscal years whose counts are filed whole; `given`: per case, the last day on which an edition left the
    house. Of a hire placed for an indefinite term nothing goes in the two years in which nobody may contact them.
    """
    years = placed(log, settings.agency).filter(pl.col("term") != "not_employment")
    joined = {row["case_id"]: row for row in years.iter_rows(named=True)}
    calendar = Calendar("jp")
    rows = []
    for case in case_states(log).iter_rows(named=True):
        ended = None if case["outcome_at"] is None else case["outcome_at"].date()
        hire = joined.get(case["case_id"])
        until = _kept(case, ended, hire, settings, calendar, (given or {}).get(case["case_id"]))
        year = hire["fiscal_year"] if hire else None
        waits = _waits(until, year, frozen, log.as_of.day)
        since = until + timedelta(days=1) if until is not None and waits != "year_not_filed" else None
        rows.append((case["case_id"], case["playbook"], case["client_id"], case["outcome"], ended, year, until, since,
                     waits))  # fmt: skip
    return pl.DataFrame(rows, schema=_KEEPING, orient="row").sort("case_id")


def _kept(
    case: Mapping[str, Any],
    ended: date | None,
    hire: Mapping[str, Any] | None,
    settings: Settings,
    calendar: Calendar,
    given: date | None,
) -> date | None:
    if ended is None:
        return None
    keep = settings.keep
    period = keep.dispatch if case["playbook"] in _DISPATCH else keep.agency_books
    ends = [calendar.reach(ended, period)]
    if hire is not None and hire["term"] == "indefinite":
        ends.append(calendar.reach(hire["joined_on"], _NO_POACHING))
    if given is not None:
        ends.append(calendar.reach(given, keep.provision))
    return max(ends)


def _waits(until: date | None, year: int | None, frozen: Collection[int], today: date) -> str | None:
    if until is None:
        return "open"
    if year is not None and year not in frozen:
        return "year_not_filed"
    return "keeping" if until >= today else None
