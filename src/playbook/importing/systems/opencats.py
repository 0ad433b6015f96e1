"""OpenCATS: the history of states of its pipelines, as a CSV of the table or in a dump of the database.

A case is a candidate on a job order. The numbers of its states become activities of interview-aftercare where there
is one for them; the states before a submission stay what OpenCATS calls them. 650, not in consideration, is written
when a candidate withdraws as well as when nobody wants one: ended, by whom unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from playbook.importing.raw import Raw, file_text
from playbook.importing.system import System
from playbook.tables.declared import ROW
from playbook.words.catalogue import msg
from playbook.words.folding import fold_key
from playbook.words.problem import Problem, WorkspaceError

PLAYBOOK = "interview-aftercare"
_HISTORY = "candidate_joborder_status_history"
_KINDS = {
    _HISTORY: "history",
    "candidate_joborder": "pipelines",
    "candidate": "candidates",
    "joborder": "joborders",
    "company": "companies",
}
_STATES = {
    "0": "no_status", "100": "no_contact", "200": "contacted", "250": "candidate_responded", "300": "qualifying",
    "400": "applied", "500": "interview_scheduled", "600": "offer_made", "650": "ended_unknown", "700": "rejected",
    "800": "offer_accepted",
    "No Status": "no_status", "No Contact": "no_contact", "Contacted": "contacted",
    "Candidate Responded": "candidate_responded", "Qualifying": "qualifying", "Negotiating": "qualifying",
    "Submitted": "applied", "Interviewing": "interview_scheduled", "Offered": "offer_made",
    "Not in Consideration": "ended_unknown", "Client Declined": "rejected", "Passed On": "rejected",
    "Placed": "offer_accepted",
}  # fmt: skip
_ENDED = ["650", "700", "800", "Not in Consideration", "Client Declined", "Passed On", "Placed"]
"""The states that end a pipeline; a move from one of them to another state opens it again."""
_REASONS = {"650": "not_in_consideration", "700": "client_declined", "Not in Consideration": "not_in_consideration",
            "Client Declined": "client_declined"}  # fmt: skip


def from_table(raw: Raw) -> Raw | None:
    """The same table as an OpenCATS table, where its header is that of one; None where it is not."""
    columns = {fold_key(name) for name in raw.columns}
    if {"candidate_id", "joborder_id", "status_to", "date"} <= columns:
        return replace(raw, kind="opencats.history")
    if {"candidate_id", "joborder_id", "candidate_joborder_id"} <= columns:
        return replace(raw, kind="opencats.pipelines")
    return None


# A dump of the database

_CREATE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?`(\w+)` \((.*?)\n\)", re.DOTALL)
_COLUMN = re.compile(r"^\s*`(\w+)` ", re.MULTILINE)
_INSERT = re.compile(r"INSERT INTO `(\w+)`\s*(?:\(([^)]*)\)\s*)?VALUES\s*")
_VALUE = re.compile(r"\s*(?:'((?:[^'\\]|\\.|'')*)'|(NULL)|([-+.\w]+))\s*([,)])", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)


def read_dump(path: Path, encoding: str | None = None) -> tuple[Raw, ...]:
    """The raw tables of a dump of OpenCATS that matter: history, pipelines, candidates, job orders, companies."""
    text, how = file_text(path, encoding)
    created = {name: _COLUMN.findall(body) for name, body in _CREATE.findall(text)}
    tables: dict[str, list[dict[str, str | None]]] = {}
    for found in _INSERT.finditer(text):
        name = found[1]
        if name in _KINDS:
            columns = [one.strip(" `\n") for one in found[2].split(",")] if found[2] else created.get(name, [])
            tables.setdefault(name, []).extend(_rows(text, found.end(), columns, path, name))
    if _HISTORY not in tables:
        wrong = msg("there are no rows of the table {history}", history=_HISTORY)
        raise WorkspaceError(Problem(str(path), wrong, msg("a complete SQL dump of OpenCATS")))
    return tuple(_raw(name, rows, path, how) for name, rows in tables.items())


def _rows(text: str, at: int, columns: list[str], path: Path, table: str) -> Iterator[dict[str, str | None]]:
    """The rows of one INSERT, from where its values begin."""
    while at < len(text) and text[at] == "(":
        at += 1
        values: list[str | None] = []
        closed = False
        while not closed:
            found = _VALUE.match(text, at)
            if found is None:
                wrong = Problem(
                    str(path),
                    msg("table {table}: a row breaks off", table=table),
                    msg("a complete SQL dump of OpenCATS"),
                )
                raise WorkspaceError(wrong)
            quoted, null, bare, end = found.groups()
            values.append(None if null else bare if quoted is None else _ESCAPE.sub(lambda one: one[1] or "'", quoted))
            at, closed = found.end(), end == ")"
        if len(values) != len(columns):
            wrong = Problem(
                str(path),
                msg("table {table}: {len} values for {len2} columns", table=table, len=len(values), len2=len(columns)),
                msg("one for each"),
            )
            raise WorkspaceError(wrong)
        yield dict(zip(columns, values, strict=True))
        rest = re.compile(r"\s*,\s*").match(text, at)
        at = rest.end() if rest else len(text)


def _raw(table: str, rows: list[dict[str, str | None]], path: Path, how: str) -> Raw:
    names = dict.fromkeys(name for row in rows for name in row)
    frame = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in names}, schema=dict.fromkeys(names, pl.String)
    )
    if {"first_name", "last_name"} <= set(names):
        frame = frame.with_columns(
            pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True).alias("name")
        )
    numbered = frame.with_row_index(ROW, offset=1)
    return Raw(f"opencats.{_KINDS[table]}", numbered, path, f"{path}, table {table}", f"{how}, SQL")


def _case(prefix: str = "") -> dict[str, Any]:
    return {"column": [f"{prefix}candidate_id", f"{prefix}joborder_id"], "joined": "-"}


_CASES: Mapping[str, Any] = {
    "case_id": _case(),
    "subject": {
        "column": "candidate_id",
        "look_up": {"file": "opencats.candidates", "key": "candidate_id", "give": "name"},
        "others": "blank",
    },
    "opening_id": "joborder_id",
}

MAPPINGS: dict[str, dict[str, Any]] = {
    "opencats.history": {
        "playbook": PLAYBOOK,
        "source": [
            {
                "file": "*",
                "cases": dict(_CASES),
                "openings": {"opening_id": "joborder_id"},
                "events": [
                    {
                        "activity": {"always": "returned_to_selection"},
                        "timestamp": "date",
                        "when": {"status_from": _ENDED},
                        "unless": {"status_to": _ENDED},
                    },
                    {
                        "activity": {"column": "status_to", "values": _STATES, "others": "keep"},
                        "timestamp": "date",
                        "reason": {"column": "status_to", "values": _REASONS, "others": "blank"},
                    },
                ],
            }
        ],
    },
    "opencats.pipelines": {
        "playbook": PLAYBOOK,
        "source": [{"file": "*", "cases": {**_CASES, "created_at": {"column": "date_created", "optional": True}}}],
    },
    "opencats.joborders": {
        "playbook": PLAYBOOK,
        "source": [
            {
                "file": "*",
                "openings": {
                    "opening_id": "joborder_id",
                    "title": "title",
                    "client_id": "company_id",
                    "status": "status",
                },
            }
        ],
    },
    "opencats.companies": {
        "playbook": PLAYBOOK,
        "source": [{"file": "*", "clients": {"client_id": "company_id", "name": "name"}}],
    },
}


SYSTEM = System("opencats", 50, MAPPINGS, from_table=from_table, suffixes=(".sql",), read_file=read_dump)
