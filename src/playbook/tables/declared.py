"""The tables of a workspace as data (DESIGN section 2): names, columns, types, keys, allowed values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from playbook.files import lines

ROW = lines.ROW


class CellKind(StrEnum):
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
            case CellKind.INSTANT:
                return pl.Datetime("us", timezone)
            case CellKind.DAY:
                return pl.Date()
            case CellKind.NUMBER:
                return pl.Float64()
            case CellKind.FLAG:
                return pl.Boolean()
            case CellKind.KEY | CellKind.TEXT | CellKind.CHOICE | CellKind.READERS:
                return pl.String()


@dataclass(frozen=True, slots=True)
class ColumnSchema:
    """One declared column."""

    name: str
    kind: CellKind = CellKind.KEY
    required: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One declared table.

    Rows that agree in all columns of `key` are versions of one thing (see `versions`), no two of them known since the
    same moment; an empty key means that any row may be repeated. `planned` says that planned dates (the `[[date]]` ids
    of the playbooks in use) may be columns of it.
    """

    name: str
    columns: tuple[ColumnSchema, ...]
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
    def history(self) -> tuple[ColumnSchema, ...]:
        """The columns of its past, which it may have: since when a row is known, and that its thing is no more."""
        declared = {column.name for column in self.columns}
        return tuple(column for column in _HISTORY if column.name not in declared)

    def schema(self, timezone: str) -> dict[str, pl.DataType]:
        """The declared columns, the row number first, with the types they have once normalised."""
        declared = {column.name: column.kind.dtype(timezone) for column in self.columns}
        return {ROW: pl.UInt32(), **declared}


_HISTORY = (ColumnSchema("recorded_at", CellKind.INSTANT), ColumnSchema("gone", CellKind.FLAG))


def _must(name: str, kind: CellKind = CellKind.KEY, allowed: tuple[str, ...] = ()) -> ColumnSchema:
    return ColumnSchema(name, kind, required=True, allowed=allowed)


_DECLARED = (
    TableSchema(
        "events",
        (
            _must("case_id"),
            _must("activity"),
            _must("timestamp", CellKind.INSTANT),
            ColumnSchema("resource"),
            ColumnSchema("role"),
            ColumnSchema("channel"),
            ColumnSchema("reason"),
            ColumnSchema("note", CellKind.TEXT),
            ColumnSchema("recorded_at", CellKind.INSTANT),
        ),
        key=("case_id", "activity", "timestamp"),
        required=True,
        planned=True,
    ),
    TableSchema(
        "cases",
        (
            _must("case_id"),
            _must("playbook"),
            ColumnSchema("client_id"),
            ColumnSchema("opening_id"),
            ColumnSchema("subject", CellKind.TEXT),
            ColumnSchema("position", CellKind.TEXT),
            ColumnSchema("created_at", CellKind.INSTANT),
        ),
        key=("case_id",),
        required=True,
        planned=True,
    ),
    TableSchema(
        "openings",
        (_must("opening_id"), ColumnSchema("client_id"), ColumnSchema("title", CellKind.TEXT)),
        key=("opening_id",),
        planned=True,
    ),
    TableSchema(
        "clients",
        (_must("client_id"), ColumnSchema("name", CellKind.TEXT), ColumnSchema("segment")),
        key=("client_id",),
    ),
    TableSchema(
        "assignments",
        (
            _must("role"),
            _must("person"),
            ColumnSchema("client_id"),
            ColumnSchema("opening_id"),
            ColumnSchema("case_id"),
            ColumnSchema("from_on", CellKind.DAY),
            ColumnSchema("to_on", CellKind.DAY),
        ),
        key=("role", "person", "case_id", "opening_id", "client_id", "from_on"),
    ),
    TableSchema(
        "milestones",
        (
            _must("case_id"),
            _must("milestone"),
            ColumnSchema("track", CellKind.CHOICE, allowed=("issue", "hire")),
            ColumnSchema("starts_on", CellKind.DAY),
            ColumnSchema("due_on", CellKind.DAY),
            ColumnSchema("achieved_on", CellKind.DAY),
            ColumnSchema("status"),
            ColumnSchema("evidence", CellKind.TEXT),
            ColumnSchema("note", CellKind.TEXT),
        ),
        key=("case_id", "milestone"),
    ),
    TableSchema(
        "voices",
        (
            _must("case_id"),
            _must("side", CellKind.CHOICE, ("company", "hire")),
            _must("held_on", CellKind.DAY),
            ColumnSchema("topic", CellKind.TEXT),
            ColumnSchema("note", CellKind.TEXT),
            ColumnSchema("score", CellKind.NUMBER),
            ColumnSchema("shareable", CellKind.READERS, allowed=("no", "company", "hire", "both")),
        ),
    ),
    TableSchema(
        "proposals",
        (
            _must("client_id"),
            _must("issue"),
            ColumnSchema("case_id"),
            ColumnSchema("proposed_on", CellKind.DAY),
            ColumnSchema("status"),
            ColumnSchema("amount", CellKind.NUMBER),
        ),
    ),
    TableSchema(
        "surveys",
        (
            _must("case_id"),
            _must("answered_on", CellKind.DAY),
            ColumnSchema("kind", CellKind.CHOICE, allowed=("accepted", "declined", "internal")),
            ColumnSchema("question", CellKind.TEXT),
            ColumnSchema("score", CellKind.NUMBER),
            ColumnSchema("comment", CellKind.TEXT),
        ),
    ),
    TableSchema(
        "worklog",
        (
            _must("person"),
            _must("worked_on", CellKind.DAY),
            _must("minutes", CellKind.NUMBER),
            ColumnSchema("case_id"),
            ColumnSchema("activity"),
        ),
    ),
    TableSchema(
        "closures",
        (_must("date", CellKind.DAY), ColumnSchema("name", CellKind.TEXT), ColumnSchema("client_id")),
        key=("date", "client_id"),
    ),
    TableSchema(
        "consents",
        (
            _must("case_id"),
            _must("side", CellKind.CHOICE, ("company", "hire")),
            _must("to"),
            _must("given_on", CellKind.DAY),
            ColumnSchema("items", CellKind.TEXT),
            ColumnSchema("how", CellKind.TEXT),
            ColumnSchema("withdrawn_on", CellKind.DAY),
        ),
    ),
    TableSchema(
        "answers",
        (
            _must("case_id"),
            _must("rule_id"),
            _must("answer", CellKind.CHOICE, ("not_needed", "later", "reopened")),
            _must("recorded_at", CellKind.INSTANT),
            ColumnSchema("until", CellKind.DAY),
            ColumnSchema("trigger_at", CellKind.INSTANT),
            ColumnSchema("waiting_on", CellKind.CHOICE, allowed=("client", "candidate", "agency", "bank")),
            ColumnSchema("by"),
            ColumnSchema("note", CellKind.TEXT),
        ),
    ),
)

TABLES: dict[str, TableSchema] = {table.name: table for table in _DECLARED}
REQUIRED_TABLES: tuple[str, ...] = tuple(table.name for table in _DECLARED if table.required)
