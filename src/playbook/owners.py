"""Who answers for a role: who is assigned to it most specifically, else to the role it falls to (DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from playbook.eventlog import EventLog
from playbook.rulebook import Playbook

# Most specific first: the keys that an assignment of this level names, and the one it is found by.
_LEVELS = ("case_id", "opening_id", "client_id", None)


def owners(log: EventLog) -> pl.LazyFrame:
    """Who answers: one row per case and role that somebody answers for.

    Columns: `case_no` (UInt32), `role` (text), `owner` (text). A role without a person falls to the next (`falls_to`).
    """
    scoped = _scopes(log)
    scopes = scoped.drop("case_no").unique()
    found = scopes.join(_chains(log), on="playbook").join(_assigned(log, scopes), on=["scope", "via"])
    first = found.sort("scope", "role", "step", "level", "row").unique(["scope", "role"], keep="first")
    return scoped.select("case_no", "scope").join(first.select("scope", "role", "owner"), on="scope")


def assignees(log: EventLog) -> pl.LazyFrame:
    """Everyone assigned to a role of a case, at any level: one row per case, role and person (`owner`)."""
    scoped = _scopes(log)
    everyone = _assigned(log, scoped.drop("case_no").unique()).select("scope", "owner", role="via").unique()
    return scoped.select("case_no", "scope").join(everyone, on="scope").select("case_no", "role", "owner")


def _scopes(log: EventLog) -> pl.LazyFrame:
    """One row per case: `scope` numbers the cases that share playbook, client, opening and their own assignments."""
    named = log.tables.assignments.lazy().select("case_id").drop_nulls().unique()
    own = log.cases.lazy().join(named.with_columns(named=pl.lit(True)), on="case_id", how="left")
    keys = own.select("case_no", "playbook", "client_id", "opening_id", case_id=pl.when("named").then("case_id"))
    scope = pl.struct("playbook", "client_id", "opening_id", "case_id").rank("dense").alias("scope")
    return keys.with_columns(scope)


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
