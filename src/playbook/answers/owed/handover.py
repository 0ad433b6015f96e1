"""What goes from one person to another on a day: open promises, what was put off, dates ahead, and the assignments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from playbook.answers.subject import Frame, Subject
from playbook.clock.judged import Judged

ASSIGNMENT = ("role", "person", "client_id", "opening_id", "case_id", "from_on", "to_on", "gone")
_PROMISED = ("playbook", "rule_id", "case_id", "client_id", "subject", "role", "trigger", "trigger_at", "due_at",
             "act_by", "status")  # fmt: skip


@dataclass(frozen=True)
class Handover(Subject[Frame]):
    """What one person hands to another on a day, as known at one moment.

    What both together owe is the same before and after: only who owes it changes.
    """

    giver: str = ""
    taker: str = ""
    day: date = date.min

    @property
    def promises(self) -> Frame:
        """The open due actions of the giver: one row each, what is due first comes first."""
        return self.out(self._promises)

    @property
    def answers(self) -> Frame:
        """What was put off or is waited for: one row per answer that stands (the table's columns)."""
        return self.out(pending(self.judged, self._promises))

    @property
    def dates(self) -> Frame:
        """Planned dates to come in the cases that go over: one row each: `case_id, subject, planned, day`."""
        return self.out(self._dates)

    @property
    def assignments(self) -> Frame:
        """The versions that make it so: the giver's rows end the day before, the taker's begin on the day."""
        return self.out(rewritten(self.judged, self.giver, self.taker, self.day))

    @cached_property
    def _promises(self) -> pl.DataFrame:
        owed = self.judged.open.filter(pl.col("owner") == self.giver)
        return owed.select(_PROMISED)

    @cached_property
    def _dates(self) -> pl.DataFrame:
        cases = self.log.cases.filter(pl.col("case_id").is_in(self._promises["case_id"].implode()))
        ids = sorted({day for book in self.judged.playbooks for day in book.date_ids} & set(cases.columns))
        schema = {"case_id": pl.String, "subject": pl.String, "planned": pl.String, "day": pl.Date}
        if not ids:
            return pl.DataFrame(schema=schema)
        long = cases.unpivot(ids, index=["case_id", "subject"], variable_name="planned", value_name="day")
        return (
            long.filter(pl.col("day") >= self.judged.as_of.day).select(list(schema)).sort("day", "case_id", "planned")
        )


def pending(judged: Judged, actions: pl.DataFrame) -> pl.DataFrame:
    """Of some open actions the answers that put them off: the latest known of each case and rule."""
    given = judged.tables.answers
    known = given.filter((pl.col("recorded_at") <= judged.as_of.moment).fill_null(True)).sort("recorded_at")
    latest = known.unique(["case_id", "rule_id"], keep="last", maintain_order=True)
    standing = latest.filter(pl.col("answer") == "later")
    return standing.join(actions.select("case_id", "rule_id").unique(), on=["case_id", "rule_id"], how="semi")


def rewritten(judged: Judged, giver: str, taker: str, day: date) -> pl.DataFrame:
    """The assignments of a giver as versions from a day on: one row per row to write (`ASSIGNMENT`).

    A role that ends before the day, or begins after it, stays the giver's until then or begins as the taker's.
    """
    schema = {name: pl.Date if name.endswith("_on") else pl.String for name in ASSIGNMENT}
    standing = judged.log.tables.assignments
    kept = [pl.col(name).cast(kind) for name, kind in schema.items() if name in standing.columns and name != "gone"]
    rows = standing.filter(person=giver).select(kept)
    return pl.DataFrame(list(_rewritten(rows.to_dicts(), taker, day)), schema=schema)


def _rewritten(rows: list[dict[str, Any]], taker: str, day: date) -> Iterator[dict[str, Any]]:
    for row in rows:
        from_on, to_on = row.get("from_on"), row.get("to_on")
        if to_on is not None and to_on < day:
            continue
        if from_on is None or from_on < day:
            yield {**row, "to_on": day - timedelta(days=1)}
            yield {**row, "person": taker, "from_on": day}
        else:  # a duty that had not begun: it never becomes the giver's
            yield {**row, "gone": "yes"}
            yield {**row, "person": taker}
