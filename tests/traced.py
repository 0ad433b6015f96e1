"""Tiny traces as the guide to rule books writes them: a case, what happened and was said, and the answer on a day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

import playbook as pb
from playbook.tables.settings import settings_from

_MOMENT = r"(?P<day>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d)\s+"
_CELL = re.compile(r"(?P<column>\w+) = (?P<value>.+)")
_PERSON = re.compile(r"(?P<role>\w+): (?P<person>\S+)( from (?P<from_on>\S+))?( to (?P<to_on>\S+))?")
_ASKED = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)\s+→ (?P<answer>.+)")
_CHANGED = re.compile(_MOMENT + r"(?P<column>\w+) = (?P<value>.+)")
_GONE = re.compile(_MOMENT + r"gone (?P<timestamp>[-0-9]+ [:0-9]+) (?P<activity>\w+)")
_SAID = re.compile(_MOMENT + r"answer (?P<rule_id>\S+) (?P<answer>\w+)( (?P<until>\S+))?")
_EVENT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)( (?P<time>\d\d:\d\d))?\s+(?P<activity>\w+)(?P<cells>( \w+=\S+)*)")
_KINDS = ("precedence", "checklist", "participation", "early", "channel")


Row = dict[str, str]


@dataclass
class Trace:
    """One case in its versions, what was told of it, and answers by day as (day, words)."""

    cases: list[Row] = field(default_factory=lambda: [{"case_id": "A"}])
    events: list[Row] = field(default_factory=list)
    assignments: list[Row] = field(default_factory=list)
    said: list[Row] = field(default_factory=list)
    answers: list[tuple[str, list[str]]] = field(default_factory=list)
    settings: dict[str, date] = field(default_factory=dict)

    def read(self, line: str) -> bool:
        """Whether this is a line of a trace; then it is read."""
        if found := _ASKED.fullmatch(line):
            self.answers.append((found["day"], found["answer"].split()))
        elif found := _PERSON.fullmatch(line):
            self.assignments.append(_filled(found.groupdict()))
        elif found := _CHANGED.fullmatch(line):
            changed = {found["column"]: found["value"], "recorded_at": f"{found['day']} {found['time']}"}
            self.cases.append(self.cases[-1] | changed)
        elif found := _GONE.fullmatch(line):
            told = {"timestamp": found["timestamp"], "activity": found["activity"], "gone": "yes"}
            self.events.append({"case_id": "A", **told, "recorded_at": f"{found['day']} {found['time']}"})
        elif found := _SAID.fullmatch(line):
            told = _filled({name: found[name] for name in ("rule_id", "answer", "until")})
            self.said.append({"case_id": "A", **told, "recorded_at": f"{found['day']} {found['time']}"})
        elif found := _EVENT.fullmatch(line):
            cells = dict(cell.split("=") for cell in found["cells"].split())
            timestamp = " ".join(_filled({name: found[name] for name in ("day", "time")}).values())
            self.events.append({"case_id": "A", "activity": found["activity"], "timestamp": timestamp, **cells})
        elif (found := _CELL.fullmatch(line)) and found["column"] == "counts_from":
            self.settings["counts_from"] = date.fromisoformat(found["value"])
        elif found:
            self.cases[0][found["column"]] = found["value"]
        else:
            return False
        return True


def _filled(cells: Mapping[str, str | None]) -> Row:
    return {name: cell for name, cell in cells.items() if cell}


def trace_of(text: str) -> Trace:
    """A trace as written; ValueError at a line that is none."""
    trace = Trace()
    for line in text.strip().splitlines():
        if not trace.read(line):
            raise ValueError(f"no line of a trace: {line!r}")
    return trace


def workspace_of(trace: Trace, book: pb.Playbook) -> pb.Workspace:
    """The workspace that a trace speaks of."""
    tables: dict[str, list[Row]] = {
        "cases": [{"playbook": book.id, **case} for case in trace.cases],
        "events": trace.events,
        "assignments": trace.assignments,
        "answers": trace.said,
    }
    frames: dict[str, Any] = {name: _frame(rows) for name, rows in tables.items() if rows}
    return pb.Workspace(playbooks=[book], settings=settings_from(trace.settings), **frames)


def _frame(rows: list[Row]) -> pl.DataFrame:
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in names}, schema_overrides=dict.fromkeys(names, pl.String)
    )


def answered(workspace: pb.Workspace, day: str, words: list[str]) -> list[str]:
    """What the package answers where a trace says `words`, in the same form and of the same length."""
    if words[0] in _KINDS:
        rows = workspace.violations(day).filter(pl.col("kind") == words[0]).select("kind", "id", "detail").rows()
        told = [list(row) for row in rows]
    else:
        actions = workspace.due(day, all=True).rows(named=True)
        told = [[words[0], *_told(action)] for action in actions if words[0] in (action["rule_id"], _entry(action))]
    fitting = [one[: len(words)] for one in told]
    return words if words in fitting else next(iter(fitting), [words[0], "none"])


def _entry(action: Mapping[str, object]) -> str:
    return f"{action['rule_id']}#{action['entry']}"


def _told(action: Mapping[str, object]) -> list[str]:
    return [str(action["status"]), str(action["due_at"])[:10], str(action["role"]), str(action["owner"])]
