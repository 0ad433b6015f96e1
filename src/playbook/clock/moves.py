"""Planned dates that were moved: the values that each had, from when to when (DESIGN section 4, Dates that move)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from playbook.clock.known import EventLog
from playbook.clock.ordered import Cases, Rows
from playbook.days.calendar import Days, Moments
from playbook.tables.declared import ROW
from playbook.tables.stored import Tables
from playbook.tables.versions import version_spans

_ALWAYS = int(np.iinfo(np.int64).min)


@dataclass(frozen=True)
class Values:
    """The values of one planned date in cases where it has a history, in order of case and time.

    `since`, `until`: from and to which moment the case had it; the one that stands has it for ever (`NEVER`).
    """

    case_no: Cases
    day: Days
    since: Moments
    until: Moments

    def of(self, case_no: Cases) -> tuple[Rows, Rows]:
        """The values of some cases, which are in order: the place of each case among them, and of each value."""
        place = np.searchsorted(case_no, self.case_no)
        place = np.where(place < len(case_no), place, 0)
        mine = np.flatnonzero(case_no[place] == self.case_no) if len(case_no) else np.zeros(0, np.intp)
        return place[mine], mine


DateMoves = Mapping[str, Values]


def date_moves(log: EventLog, dates: Collection[str]) -> DateMoves:
    """The values of planned dates in the cases where some value may have been another before."""
    kept = log.kept
    if not {"cases", "openings"} & set(kept.followed):
        return {}
    changed, opened = (_followed(kept, name, key) for name, key in (("cases", "case_id"), ("openings", "opening_id")))
    own = pl.concat([changed, kept.cases.filter(pl.col("opening_id").is_in(opened.implode()))["case_id"]]).unique()
    cases = version_spans(kept, "cases", log.moment, own)
    openings = version_spans(kept, "openings", log.moment, cases["opening_id"].drop_nulls().unique())
    rows = cases.join(log.cases.select("case_id", "case_no"), on="case_id")
    found = {name: _values(rows, openings, name) for name in sorted(dates)}
    return {name: values for name, values in found.items() if len(values.case_no)}


def _followed(tables: Tables, table: str, key: str) -> pl.Series:
    """The things of a table of which some row does not stand for ever."""
    rows: pl.DataFrame = getattr(tables, table)
    over = tables.followed.get(table)
    return rows[key].clear() if over is None else rows.join(over, on=ROW, how="semi")[key].unique()


def _values(cases: pl.DataFrame, openings: pl.DataFrame, name: str) -> Values:
    """The values of one planned date: the case's own cell, else that of its opening at the time."""
    there = pl.when(~pl.col("gone"))
    own = there.then(pl.col(name) if name in cases.columns else pl.lit(None, pl.Date))
    of_case = cases.select("case_no", "opening_id", "gone", "since", "until", own=own)
    theirs = there.then(pl.col(name) if name in openings.columns else pl.lit(None, pl.Date))
    of_opening = openings.select("opening_id", its_since="since", its_until="until", its=theirs)
    first = of_opening.group_by("opening_id").agg(its_until=pl.col("its_since").min())
    unknown = first.select("opening_id", its_since=pl.lit(_ALWAYS), its_until="its_until", its=pl.lit(None, pl.Date))
    whole = pl.concat([of_opening, unknown]).filter(pl.col("its_since") < pl.col("its_until"))
    both = of_case.join(whole, on="opening_id", how="left").with_columns(
        since=pl.max_horizontal("since", "its_since"),
        until=pl.min_horizontal("until", "its_until"),
        day=pl.when(~pl.col("gone")).then(pl.coalesce("own", "its")),
    )
    pieces = both.filter(pl.col("since") < pl.col("until")).sort("case_no", "since")
    before = pl.col("day", "until").shift().over("case_no").name.suffix("_before")
    goes_on = pl.col("day").eq_missing(pl.col("day_before")) & (pl.col("since") == pl.col("until_before"))
    merged = (
        pieces.with_columns(before)
        .with_columns(value=(~goes_on.fill_null(False)).cum_sum())
        .group_by("value", maintain_order=True)
        .agg(pl.first("case_no", "day", "since"), pl.last("until"))
        .filter(pl.col("day").is_not_null())
    )
    return Values(
        merged["case_no"].to_numpy(),
        merged["day"].cast(pl.Int32).to_numpy(),
        merged["since"].to_numpy(),
        merged["until"].to_numpy(),
    )
