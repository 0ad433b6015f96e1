"""The morning list: the due actions of a day and the week after it, sorted by what they ask of their reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import polars as pl

from playbook.clock.due import OPEN
from playbook.rules.nouns import Playbook

WeekPart = Literal["tonight", "today", "late", "soon", "decide", "later"]

PARTS: tuple[WeekPart, ...] = ("tonight", "today", "late", "soon", "decide", "later")
"""What an open action asks for, in the order of the sheet.

`tonight`: the last business day before the clock ends it by itself. `today`: the last business day to do it in time.
`late`: overdue, and it can still be done as written. `soon`: to be done within the horizon. `decide`: overdue, and it
can no longer be done as written (`outlived`). `later`: everything else; never on the sheet.
"""

SHEET = PARTS[:-1]
"""The parts that stand on the sheet."""


ENTRY = ("playbook", "rule_id", "case_id", "trigger", "entry", "nth")
"""What one entry of a calendar is known by, whatever its day, its time and its owner (see `numbered`)."""


@dataclass(frozen=True)
class WeeklyList:
    """Open due actions at an as-of, in the parts of the morning sheet; every part has the columns of `actions`.

    `actions`: open due actions in order of `part` (one of `PARTS`), of the day to act by and of the due, with `change`
    (`new`, `worse`, `same`) since an earlier as-of, and `outlived`.
    `decide`: the cases to decide about (columns: `decisions`).
    `handed_over`: open actions that somebody else owed at the earlier as-of, with that `owner`.
    `resolved`: actions that were open at the earlier as-of and are closed now.
    `orphans`: live cases that nobody owes anything, with `owner`.
    `day`: of the as-of; `since`: of the earlier one.
    """

    actions: pl.DataFrame
    decide: pl.DataFrame
    resolved: pl.DataFrame
    orphans: pl.DataFrame
    playbooks: tuple[Playbook, ...]
    horizon: int
    day: date
    since: date
    handed_over: pl.DataFrame = field(default_factory=pl.DataFrame)

    def of(self, *statuses: str) -> pl.DataFrame:
        """The actions of some statuses."""
        return self.actions.filter(pl.col("status").is_in(list(statuses)))

    def part(self, *parts: WeekPart) -> pl.DataFrame:
        """The actions of some parts of the sheet, in its order."""
        return self.actions.filter(pl.col("part").is_in(list(parts)))

    def only(self, *, owner: str = "", client: str = "") -> WeeklyList:
        """What one person owes, or what is owed in the cases of one client (`client_id`)."""
        asked = [pl.col(name) == value for name, value in (("owner", owner), ("client_id", client)) if value]
        return self._where(pl.lit(True), *asked)

    def without(self, owners: Sequence[str]) -> WeeklyList:
        """What is owed by nobody of these people."""
        return self._where(~pl.col("owner").is_in(owners).fill_null(False)) if owners else self

    def _where(self, *kept: pl.Expr) -> WeeklyList:
        parts = ("actions", "decide", "resolved", "orphans", *(["handed_over"] if self.handed_over.width else []))
        return replace(self, **{name: getattr(self, name).filter(*kept) for name in parts})

    @property
    def urgent(self) -> pl.DataFrame:
        """What stands on the sheet, person by person: who has most to do first (see `people`)."""
        order = self.people.select("owner").with_row_index("nth")
        listed = self.part(*SHEET).join(order, on="owner", how="left", nulls_equal=True, maintain_order="left")
        return listed.sort("nth", maintain_order=True).drop("nth")

    @property
    def gone(self) -> pl.DataFrame:
        """What stands in its owner's calendar no more: closed, or another's now; not what was only moved."""
        left = pl.concat([self.resolved, self.handed_over], how="diagonal_relaxed").filter(
            pl.col("owner").is_not_null()
        )
        live = self.actions.select(*ENTRY, "owner")
        return left.join(live, on=live.columns, how="anti", nulls_equal=True, maintain_order="left")

    @property
    def unassigned(self) -> pl.DataFrame:
        """The actions that nobody answers for."""
        return self.actions.filter(pl.col("owner").is_null())

    @cached_property
    def people(self) -> pl.DataFrame:
        """What each person has on the sheet: one row per person (null: nobody is assigned), who has most first.

        Columns: `owner`, `tonight, today, late, decide` (cases), `soon`, `later`.
        """
        counted = [pl.col("part").eq(part).sum().alias(part) for part in PARTS if part != "decide"]
        owed = self.actions.group_by("owner").agg(*counted)
        cases = self.decide.group_by("owner").agg(decide=pl.len())
        both = owed.join(cases, on="owner", how="full", coalesce=True, nulls_equal=True)
        order = ("tonight", "late", "today", "decide", "soon", "later")
        shown = both.select("owner", *(pl.col(part).cast(pl.Int64).fill_null(0) for part in PARTS))
        return shown.sort(*order, "owner", descending=[True] * len(order) + [False])

    @property
    def counts(self) -> dict[str, int]:
        """How many actions are `new`, `worse` and `resolved` since the earlier as-of."""
        changed = {name: self.actions.filter(pl.col("change") == name).height for name in ("new", "worse")}
        return {**changed, "resolved": self.resolved.height}


def weekly_list(
    changes: pl.DataFrame, orphans: pl.DataFrame, playbooks: Iterable[Playbook], horizon: int, day: date, since: date
) -> WeeklyList:
    """The list of a day from `changes.changes` between two as-ofs and the orphans at the later one.

    `changes` has `outlived` beside its columns, `orphans` has `owner`.
    """
    books = tuple(playbooks)
    resolved = pl.col("change") == "resolved"
    kinds = pl.Enum(PARTS)
    sorted_out = changes.filter(~resolved).with_columns(part=_part(books, horizon, day).cast(kinds))
    actions = sorted_out.sort("part", "act_by", "due_at", "playbook", "case_id", "rule_id")
    closed = changes.filter(resolved).with_columns(part=pl.lit(None, kinds))
    return WeeklyList(actions, decisions(actions, orphans), closed, orphans, books, horizon, day, since)


def numbered(actions: pl.DataFrame) -> pl.DataFrame:
    """Due actions with `nth`: the place of their trigger among those of its kind in the case, closed ones included.

    It stays where a time is corrected or a day moved, so that what is known by it is renewed, not doubled.
    """
    key = ["playbook", "rule_id", "case_id", "trigger", "entry"]
    return actions.with_columns(nth=pl.col("trigger_at").rank("dense").over(key).cast(pl.Int32))


def handed_over(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Open due actions that somebody else owed before, with that `owner`: one row each; both are `numbered`."""
    key = list(ENTRY)
    live = now.filter(pl.col("status").is_in(list(OPEN)))
    had = before.filter(pl.col("status").is_in(list(OPEN)) & pl.col("owner").is_not_null()).select(*key, had="owner")
    both = live.join(had, on=key, how="inner", nulls_equal=True, maintain_order="left")
    return both.filter(pl.col("owner").ne_missing(pl.col("had"))).with_columns(owner="had").drop("had")


def decisions(actions: pl.DataFrame, orphans: pl.DataFrame) -> pl.DataFrame:
    """The cases to decide about: one row each, the longest overdue first, then those that no rule asks anything of.

    Columns: `playbook, case_id, client_id, subject, position`, `owner` (of the action that is longest overdue),
    `rules` (the ids of what was not done), `whys` (of `outlived.WHYS`; `no_step` where no rule asks anything), `due_at`
    and `days_left` (of the first; null where no rule asks anything).
    """
    keys = ("playbook", "case_id", "client_id", "subject")
    longest = actions.filter(pl.col("part") == "decide").sort("due_at", "rule_id")
    by_case = longest.group_by(keys, maintain_order=True).agg(
        pl.col("position", "owner").first(),
        rules=pl.col("rule_id").unique(maintain_order=True),
        whys=pl.col("outlived").unique(maintain_order=True),
        due_at=pl.col("due_at").first(),
        days_left=pl.col("days_left").first(),
    )
    idle = orphans.select(*keys, "owner", whys=pl.concat_list(pl.lit("no_step")))
    return pl.concat([by_case, idle], how="diagonal_relaxed")


def _part(playbooks: tuple[Playbook, ...], horizon: int, day: date) -> pl.Expr:
    """Where on the sheet an open action stands."""
    records = [f"{book.id}/{rule.id}" for book in playbooks for rule in book.rules if rule.record]
    by_itself = pl.concat_str("playbook", pl.lit("/"), "rule_id").is_in(records)
    overdue, aside = pl.col("status") == "overdue", pl.col("status").is_in(["postponed", "paused"])
    now, soon = pl.col("act_by") <= day, pl.col("act_by") <= day + timedelta(days=horizon)
    return (
        pl.when(pl.col("outlived").is_not_null()).then(pl.lit("decide"))
        .when(overdue).then(pl.lit("late"))
        .when(aside).then(pl.lit("later"))
        .when(now & by_itself).then(pl.lit("tonight"))
        .when(now).then(pl.lit("today"))
        .when(soon).then(pl.lit("soon"))
        .otherwise(pl.lit("later"))
    )  # fmt: skip
