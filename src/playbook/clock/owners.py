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


def owners(log: EventLog) -> pl.LazyFrame:
    """Who answers: one row per case and role that somebody answers for.

    Columns: `case_no` (UInt32), `role` (text), `owner` (text). A role without a person falls to the next (`falls_to`).
    """
    scoped = _scopes(log)
    return scoped.select("case_no", "scope").join(_answering(log, scoped), on="scope").drop("scope")


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


def _answering(log: EventLog, scoped: pl.LazyFrame) -> pl.LazyFrame:
    """One row per scope and role that somebody answers for: `scope, role, owner`."""
    scopes = _distinct(scoped)
    found = scopes.join(_chains(log), on="playbook").join(_assigned(log, scopes), on=["scope", "via"])
    first = found.sort("scope", "role", "step", "level", "row").unique(["scope", "role"], keep="first")
    return first.select("scope", "role", "owner")


def assignees(log: EventLog) -> pl.LazyFrame:
    """Everyone assigned to a role of a case, at any level: one row per case, role and person (`owner`)."""
    scoped = _scopes(log)
    everyone = _assigned(log, _distinct(scoped)).select("scope", "owner", role="via").unique()
    return scoped.select("case_no", "scope").join(everyone, on="scope").select("case_no", "role", "owner")


def _scopes(log: EventLog) -> pl.LazyFrame:
    """One row per case: `scope` numbers those that assignments cannot tell apart; keys that none names are null."""
    keys = ("playbook", "client_id", "opening_id", "case_id")
    named = [log.cases["playbook"], *(log.tables.assignments[key] for key in keys[1:])]
    kinds = [pl.Enum(values.drop_nulls().unique().sort()) for values in named]
    known = [pl.col(key).cast(kind, strict=False) for key, kind in zip(keys, kinds, strict=True)]
    scope = pl.lit(0, pl.UInt64)
    for value, kind in zip(known, kinds, strict=True):
        scope = scope * (len(kind.categories) + 1) + value.to_physical().cast(pl.UInt64).fill_null(len(kind.categories))
    numbered = log.cases.lazy().select("case_no", *known, scope=scope.rank("dense") - 1)
    return numbered.with_columns(pl.col(keys).cast(pl.String))


def _distinct(scoped: pl.LazyFrame) -> pl.LazyFrame:
    return scoped.drop("case_no").unique("scope")


def _assigned(log: EventLog, scopes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per scope and assignment that matches it: `scope, via` (the role), `owner, level, row`."""
    rows = (
        log.tables.assignments.lazy()
        .select("role", "person", "client_id", "opening_id", "case_id")
        .with_row_index("row")
    )
    return pl.concat(list(_by_level(rows, scopes)))


def _by_level(rows: pl.LazyFrame, scopes: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
    """Each row of an assignment counts at the most specific key it names; every key it names must match."""
    for level, key in enumerate(_LEVELS):
        finer = [name for name in _LEVELS[:level] if name]
        coarser = [name for name in _LEVELS[level + 1 :] if name]
        here = rows.filter(*(pl.col(name).is_null() for name in finer), *([pl.col(key).is_not_null()] if key else []))
        joined = scopes.join(here, on=key, how="inner") if key else scopes.join(here, how="cross")
        fits = [pl.col(f"{name}_right").is_null() | (pl.col(f"{name}_right") == pl.col(name)) for name in coarser]
        matching = joined.filter(*fits) if fits else joined
        yield matching.select("scope", via="role", owner="person", level=pl.lit(level), row="row")


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
