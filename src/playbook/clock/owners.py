"""Who answers for a role: who is assigned to it most specifically, else to the role it falls to (DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook

# Most specific first: the keys that an assignment of this level names, and the one it is found by.
_LEVELS = ("case_id", "opening_id", "client_id", None)


def owners(log: EventLog, cases: pl.Series | None = None) -> pl.LazyFrame:
    """Who answers: one row per case (of some, by their ids) and role that somebody answers for.

    On the as-of's day. Columns: `case_no` (UInt32), `role` (text), `owner` (text). A role without a person falls to the
    next (`falls_to`).
    """
    scoped = _scopes(log, cases)
    return scoped.select("case_no", "scope").join(_answering(log, scoped), on="scope").drop("scope")


def in_time(log: EventLog) -> bool:
    """Whether any assignment says from when or to when it counts."""
    told = log.tables.assignments
    return bool(told["from_on"].count() or told["to_on"].count())


@dataclass(frozen=True)
class OwnerTable:
    """Who answers, to look up for millions of rows.

    `scope`: of each case; `person`: per scope and role, who of `people` answers (the last of them, null: nobody).
    """

    people: pl.Series
    scope: npt.NDArray[np.uint32]
    person: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, log: EventLog, roles: Mapping[str, int]) -> OwnerTable:
        """The owners of a log, its roles numbered."""
        scoped = _scopes(log).collect()
        found = _answering(log, scoped.lazy()).collect()
        scope = scoped["scope"].to_numpy()
        people = found["owner"].unique().sort()
        person = np.full((int(scope.max(initial=0)) + 1, len(roles) or 1), len(people), dtype=np.uint32)
        of_role = found["role"].replace_strict(roles, return_dtype=pl.UInt32).to_numpy()
        person[found["scope"].to_numpy(), of_role] = people.search_sorted(found["owner"]).to_numpy()
        return cls(people.extend_constant(None, 1), scope, person)

    def owner(self, case_no: npt.NDArray[np.uint32], role: npt.NDArray[np.integer]) -> pl.Series:
        """Who answers for roles of cases; null where nobody does."""
        return self.people.gather(self.person[self.scope[case_no], role])


@dataclass(frozen=True)
class OwnersInTime:
    """Who answered on which day, to look up for millions of rows.

    `turns`: every day on which it may become another for a scope and role, all three in one integer, in order;
    `person`: who of `people` answers from then on (the last of them, null: nobody).
    """

    people: pl.Series
    scope: npt.NDArray[np.uint32]
    roles: int
    turns: npt.NDArray[np.int64]
    person: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, log: EventLog, roles: Mapping[str, int]) -> OwnersInTime:
        """The owners of a log on every day, its roles numbered."""
        scoped = _scopes(log).collect()
        found = _matching(log, scoped.lazy(), every_day=True).collect()
        whole = found.select("scope", "role").unique()
        turning = [whole.with_columns(turn=pl.lit(None, pl.Date)),
                   found.select("scope", "role", turn="from_on"),
                   found.select("scope", "role", turn=pl.col("to_on").dt.offset_by("1d"))]  # fmt: skip
        turns = pl.concat(turning).unique().with_row_index("number")
        counts = _counts_on(pl.col("turn"))
        best = (
            turns.join(found, on=["scope", "role"])
            .filter(counts)
            .sort("number", *_ORDER)
            .unique("number", keep="first")
        )
        whose = turns.join(best.select("number", "owner"), on="number", how="left", maintain_order="left")
        people = found["owner"].unique().sort()
        key = _key(
            whose["scope"].to_numpy(),
            whose["role"].replace_strict(roles, return_dtype=pl.Int64).to_numpy(),
            len(roles),
            whose["turn"].cast(pl.Int32).fill_null(-_BEFORE_ALL).to_numpy(),
        )
        person = people.search_sorted(whose["owner"]).to_numpy()
        person = np.where(whose["owner"].is_null().to_numpy(), len(people), person).astype(np.uint32)
        order = np.argsort(key)
        return cls(people.extend_constant(None, 1), scoped["scope"].to_numpy(), len(roles), key[order], person[order])

    def owner(
        self, case_no: npt.NDArray[np.uint32], role: npt.NDArray[np.integer], day: npt.NDArray[np.int32]
    ) -> pl.Series:
        """Who answered for roles of cases on days; null where nobody did."""
        key = _key(self.scope[case_no], role, self.roles, day)
        turn = np.searchsorted(self.turns, key, side="right") - 1
        there = (turn >= 0) & (self.turns[turn] >> _BITS == key >> _BITS) if len(self.turns) else turn >= 0
        return self.people.gather(np.where(there, self.person[turn] if len(self.turns) else 0, len(self.people) - 1))


_BITS = 18  # of a day, counted from long before any
_BEFORE_ALL = 1 << 17


def _key(
    scope: npt.NDArray[np.integer], role: npt.NDArray[np.integer], roles: int, day: npt.NDArray[np.int32]
) -> npt.NDArray[np.int64]:
    own: npt.NDArray[np.int64] = scope.astype(np.int64) * roles + role
    return (own << _BITS) + (day.astype(np.int64) + _BEFORE_ALL)


def _counts_on(day: pl.Expr) -> pl.Expr:
    """Whether an assignment counts on a day (null: a day before all)."""
    begun = pl.col("from_on").is_null() | (pl.col("from_on") <= day).fill_null(False)
    return begun & ((pl.col("to_on") >= day) | pl.col("to_on").is_null() | day.is_null())


_ORDER = ("step", "level", "row")


def _answering(log: EventLog, scoped: pl.LazyFrame) -> pl.LazyFrame:
    """One row per scope and role that somebody answers for: `scope, role, owner`."""
    first = _matching(log, scoped).sort("scope", "role", *_ORDER).unique(["scope", "role"], keep="first")
    return first.select("scope", "role", "owner")


def _matching(log: EventLog, scoped: pl.LazyFrame, *, every_day: bool = False) -> pl.LazyFrame:
    """Who may answer: one row per scope, role and assignment that matches it, on the as-of's day or on every day."""
    scopes = _distinct(scoped)
    assigned = _assigned(log, scopes, every_day=every_day)
    return scopes.join(_chains(log), on="playbook").join(assigned, on=["scope", "via"])


def assignees(log: EventLog) -> pl.LazyFrame:
    """Everyone assigned to a role of a case, at any level: one row per case, role, person and stretch of days.

    Columns: `case_no, role, owner, from_on, to_on`.
    """
    scoped = _scopes(log)
    told = ("owner", "from_on", "to_on")
    everyone = _assigned(log, _distinct(scoped), every_day=True).select("scope", *told, role="via").unique()
    return scoped.select("case_no", "scope").join(everyone, on="scope").select("case_no", "role", *told)


def _scopes(log: EventLog, cases: pl.Series | None = None) -> pl.LazyFrame:
    """One row per case: `scope` numbers those that assignments cannot tell apart; keys that none names are null."""
    keys = ("playbook", "client_id", "opening_id", "case_id")
    named = [log.cases["playbook"], *(log.tables.assignments[key] for key in keys[1:])]
    kinds = [pl.Enum(values.drop_nulls().unique().sort()) for values in named]
    known = [pl.col(key).cast(kind, strict=False) for key, kind in zip(keys, kinds, strict=True)]
    scope = pl.lit(0, pl.UInt64)
    for value, kind in zip(known, kinds, strict=True):
        scope = scope * (len(kind.categories) + 1) + value.to_physical().cast(pl.UInt64).fill_null(len(kind.categories))
    asked = log.cases if cases is None else log.cases.filter(pl.col("case_id").is_in(cases.implode()))
    told = asked.select("case_no", *known, scope=scope)
    number = np.unique(told["scope"].to_numpy(), return_inverse=True)[1]  # as a dense rank, in a third of its time
    return told.lazy().with_columns(scope=pl.Series(number, dtype=pl.UInt32))


def _distinct(scoped: pl.LazyFrame) -> pl.LazyFrame:
    """One row per scope, its keys as text."""
    return scoped.drop("case_no").unique("scope").with_columns(pl.exclude("scope").cast(pl.String))


def _assigned(log: EventLog, scopes: pl.LazyFrame, *, every_day: bool = False) -> pl.LazyFrame:
    """One row per scope and assignment that matches: `scope, via` (the role), `owner, level, row, from_on, to_on`."""
    rows = (
        log.tables.assignments.lazy()
        .select("role", "person", "client_id", "opening_id", "case_id", "from_on", "to_on")
        .with_row_index("row")
    )
    counting = rows if every_day else rows.filter(_counts_on(pl.lit(log.as_of.day)))
    return pl.concat(list(_by_level(counting, scopes)))


def _by_level(rows: pl.LazyFrame, scopes: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
    """Each row of an assignment counts at the most specific key it names; every key it names must match."""
    for level, key in enumerate(_LEVELS):
        finer = [name for name in _LEVELS[:level] if name]
        coarser = [name for name in _LEVELS[level + 1 :] if name]
        here = rows.filter(*(pl.col(name).is_null() for name in finer), *([pl.col(key).is_not_null()] if key else []))
        joined = scopes.join(here, on=key, how="inner") if key else scopes.join(here, how="cross")
        fits = [pl.col(f"{name}_right").is_null() | (pl.col(f"{name}_right") == pl.col(name)) for name in coarser]
        matching = joined.filter(*fits) if fits else joined
        yield matching.select("scope", "from_on", "to_on", via="role", owner="person", level=pl.lit(level), row="row")


def _chains(log: EventLog) -> pl.LazyFrame:
    """Whom a role falls to, step by step: one row per playbook, role and step."""
    rows = [(book.id, role.id, step, via) for book in log.playbooks for role in book.roles
            for step, via in enumerate(_falls(book, role.id))]  # fmt: skip
    schema = {"playbook": pl.String, "role": pl.String, "step": pl.UInt16, "via": pl.String}
    return pl.LazyFrame(rows, schema=schema, orient="row")


def _falls(book: Playbook, role: str) -> Iterator[str]:
    at: str | None = role
    while at:
        yield at
        at = book.role(at).falls_to
