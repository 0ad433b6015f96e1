"""The tables of a workspace as data (DESIGN section 2): names, columns, types, keys, allowed values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from playbook.files import lines

ROW = lines.ROW


class Kind(StrEnum):
    """What the cells of a column are."""

    KEY = "key"  # an id, a code, or a person: something that is matched
    TEXT = "text"
    CHOICE = "choice"
    INSTANT = "instant"
    DAY = "day"
    NUMBER = "number"
    FLAG = "flag"
    READERS = "readers"  # in whose edition something may stand: no, company, hire, both

    def dtype(self, timezone: str) -> pl.DataType:
        """The type of such a column in a normalised table of a workspace in this zone."""
        match self:
            case Kind.INSTANT:
                return pl.Datetime("us", timezone)
            case Kind.DAY:
                return pl.Date()
            case Kind.NUMBER:
                return pl.Float64()
            case Kind.FLAG:
                return pl.Boolean()
            case Kind.KEY | Kind.TEXT | Kind.CHOICE | Kind.READERS:
                return pl.String()


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column."""

    name: str
    kind: Kind = Kind.KEY
    required: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One declared table.

    Rows that agree in all columns of `key` are versions of one thing (see `versions`), no two of them known since the
    same moment; an empty key means that any row may be repeated. `planned` says that planned dates (the `[[date]]` ids
    of the playbooks in use) may be columns of it.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    required: bool = False
    planned: bool = False

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The columns without which the table is of no use."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def refers_to_cases(self) -> bool:
        """A row names a case that must be among the accepted ones."""
        return self.name != "cases" and any(column.name == "case_id" for column in self.columns)

    @property
    def history(self) -> tuple[Column, ...]:
        """The columns of its past, which it may have: since when a row is known, and that its thing is no more."""
        declared = {column.name for column in self.columns}
        return tuple(column for column in _HISTORY if column.name not in declared)

    def schema(self, timezone: str) -> dict[str, pl.DataType]:
        """The declared columns, the row number first, with the types they have once normalised."""
        declared = {column.name: column.kind.dtype(timezone) for column in self.columns}
        return {ROW: pl.UInt32(), **declared}


_HISTORY = (Column("recorded_at", Kind.INSTANT), Column("gone", Kind.FLAG))


def _must(name: str, kind: Kind = Kind.KEY, allowed: tuple[str, ...] = ()) -> Column:
    return Column(name, kind, required=True, allowed=allowed)


_DECLARED = (
    Table(
        "events",
        (
            _must("case_id"),
            _must("activity"),
            _must("timestamp", Kind.INSTANT),
            Column("resource"),
            Column("role"),
            Column("channel"),
            Column("reason"),
            Column("note", Kind.TEXT),
            Column("recorded_at", Kind.INSTANT),
        ),
        key=("case_id", "activity", "timestamp"),
        required=True,
        planned=True,
    ),
    Table(
        "cases",
        (
            _must("case_id"),
            _must("playbook"),
            Column("client_id"),
            Column("opening_id"),
            Column("subject", Kind.TEXT),
            Column("position", Kind.TEXT),
            Column("created_at", Kind.INSTANT),
        ),
        key=("case_id",),
        required=True,
        planned=True,
    ),
    Table(
        "openings",
        (_must("opening_id"), Column("client_id"), Column("title", Kind.TEXT)),
        key=("opening_id",),
        planned=True,
    ),
    Table(
        "clients",
        (_must("client_id"), Column("name", Kind.TEXT), Column("segment")),
        key=("client_id",),
    ),
    Table(
        "assignments",
        (
            _must("role"),
            _must("person"),
            Column("client_id"),
            Column("opening_id"),
            Column("case_id"),
            Column("from_on", Kind.DAY),
            Column("to_on", Kind.DAY),
        ),
        key=("role", "person", "case_id", "opening_id", "client_id", "from_on"),
    ),
    Table(
        "milestones",
        (
            _must("case_id"),
            _must("milestone"),
            Column("track", Kind.CHOICE, allowed=("issue", "hire")),
            Column("starts_on", Kind.DAY),
            Column("due_on", Kind.DAY),
            Column("achieved_on", Kind.DAY),
            Column("status"),
            Column("evidence", Kind.TEXT),
            Column("note", Kind.TEXT),
        ),
        key=("case_id", "milestone"),
    ),
    Table(
        "voices",
        (
            _must("case_id"),
            _must("side", Kind.CHOICE, ("company", "hire")),
            _must("held_on", Kind.DAY),
            Column("topic", Kind.TEXT),
            Column("note", Kind.TEXT),
            Column("score", Kind.NUMBER),
            Column("shareable", Kind.READERS, allowed=("no", "company", "hire", "both")),
        ),
    ),
    Table(
        "proposals",
        (
            _must("client_id"),
            _must("issue"),
            Column("case_id"),
            Column("proposed_on", Kind.DAY),
            Column("status"),
            Column("amount", Kind.NUMBER),
        ),
    ),
    Table(
        "surveys",
        (
            _must("case_id"),
            _must("answered_on", Kind.DAY),
            Column("kind", Kind.CHOICE, allowed=("accepted", "declined", "internal")),
            Column("question", Kind.TEXT),
            Column("score", Kind.NUMBER),
            Column("comment", Kind.TEXT),
        ),
    ),
    Table(
        "worklog",
        (
            _must("person"),
            _must("worked_on", Kind.DAY),
            _must("minutes", Kind.NUMBER),
            Column("case_id"),
            Column("activity"),
        ),
    ),
    Table(
        "closures",
        (_must("date", Kind.DAY), Column("name", Kind.TEXT), Column("client_id")),
        key=("date", "client_id"),
    ),
    Table(
        "consents",
        (
            _must("case_id"),
            _must("side", Kind.CHOICE, ("company", "hire")),
            _must("to"),
            _must("given_on", Kind.DAY),
            Column("items", Kind.TEXT),
            Column("how", Kind.TEXT),
            Column("withdrawn_on", Kind.DAY),
        ),
    ),
    Table(
        "answers",
        (
            _must("case_id"),
            _must("rule_id"),
            _must("answer", Kind.CHOICE, ("not_needed", "later", "reopened")),
            _must("recorded_at", Kind.INSTANT),
            Column("until", Kind.DAY),
            Column("trigger_at", Kind.INSTANT),
            Column("waiting_on", Kind.CHOICE, allowed=("client", "candidate", "agency", "bank")),
            Column("by"),
            Column("note", Kind.TEXT),
        ),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _DECLARED}
REQUIRED_TABLES: tuple[str, ...] = tuple(table.name for table in _DECLARED if table.required)
