"""What people said of due actions: not needed, later, or that what was said before is taken back (DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.clock.known import EventLog
from playbook.clock.ordered import NEVER, Cases, EventArrays, Rows
from playbook.days.calendar import Days, Moments

NO_DAY = int(np.iinfo(np.int32).min)
ANSWERS = ("not_needed", "later", "reopened")
_NOT_NEEDED, _LATER, _REOPENED = range(len(ANSWERS))


@dataclass(frozen=True)
class Answers:
    """The answers to one rule's actions that are known at an as-of, in order of `recorded_at`, then of their rows.

    `to`: the timestamp of the trigger that is meant, `NEVER` where none is named.
    """

    case_no: npt.NDArray[np.uint32]
    at: Moments
    answer: npt.NDArray[np.uint8]
    until: Days
    to: Moments

    def standing(
        self, arrays: EventArrays, case_no: Cases, case: Rows, trigger_at: Moments, since: Moments | None
    ) -> tuple[Moments, Days]:
        """Per trigger when it was said not to be needed (`NEVER`: it was not), and to which day it is put off.

        `case_no`: the cases of the shard; `since`: from when on an answer may be one to this trigger, whichever is
        meant; None for planned dates, which are there from the start.
        """
        mine = np.flatnonzero(np.isin(self.case_no, case_no))
        place = np.searchsorted(case_no, self.case_no[mine])
        general = self.to[mine] == NEVER
        latest = np.full(len(case_no), -1)
        latest[place[general]] = mine[general]  # in order: the latest stays
        to_any = latest[case]
        if since is not None:
            to_any = np.where((to_any >= 0) & (self.at[to_any] >= since), to_any, -1)
        chosen = np.maximum(to_any, self._to_this(arrays, mine[~general], place[~general], case, trigger_at))
        said = np.where(chosen >= 0, self.answer[chosen], _REOPENED)
        return (
            np.where(said == _NOT_NEEDED, self.at[chosen], NEVER),
            np.where(said == _LATER, self.until[chosen], NO_DAY).astype(np.int32),
        )

    def _to_this(self, arrays: EventArrays, mine: Rows, place: Rows, case: Rows, trigger_at: Moments) -> Rows:
        """Per trigger the latest answer that names it; -1 where none does."""
        if not len(mine):
            return np.full(len(case), -1)
        keys = arrays.key(place, self.to[mine])
        order = np.argsort(keys, kind="stable")
        own = arrays.key(case, trigger_at)
        last = np.searchsorted(keys[order], own, side="right") - 1
        found = order[np.maximum(last, 0)]
        return np.where((last >= 0) & (keys[found] == own), mine[found], -1)


def answers(log: EventLog) -> Mapping[tuple[str, str], Answers]:
    """The answers that are known, by playbook and rule."""
    told = log.tables.answers
    if told.is_empty():
        return {}
    rows = (
        told.join(log.cases.select("case_id", "case_no", "playbook"), on="case_id")
        .filter(pl.col("recorded_at") <= log.moment)
        .sort("recorded_at", "row")
        .select(
            "playbook",
            "rule_id",
            "case_no",
            at=pl.col("recorded_at").dt.epoch("us"),
            answer=pl.col("answer").cast(pl.Enum(ANSWERS)).to_physical().cast(pl.UInt8),
            until=pl.col("until").cast(pl.Int32).fill_null(NO_DAY),
            to=pl.col("trigger_at").dt.epoch("us").fill_null(NEVER),
        )
    )
    parts = rows.partition_by("playbook", "rule_id", as_dict=True, maintain_order=True, include_key=False)
    return {(str(book), str(rule)): Answers(*(part[name].to_numpy() for name in part.columns))
            for (book, rule), part in parts.items()}  # fmt: skip
