"""Tiny traces as the guide to rule books writes them: cells of a case, what happened, and what is answered on a day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

import playbook as pb

_CELL = re.compile(r"(?P<column>\w+) = (?P<value>.+)")
_ASKED = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)\s+→ (?P<answer>.+)")
_EVENT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d)\s+(?P<activity>\w+)(?P<cells>( \w+=\S+)*)")
_KINDS = ("precedence", "checklist", "participation")


@dataclass
class Trace:
    """One case, and answers by day as (day, words)."""

    case: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[str, list[str]]] = field(default_factory=list)


def trace_of(text: str) -> Trace:
    """A trace as written; ValueError at a line that is none."""
    trace = Trace()
    for line in text.strip().splitlines():
        if found := _ASKED.fullmatch(line):
            trace.answers.append((found["day"], found["answer"].split()))
        elif found := _EVENT.fullmatch(line):
            cells = dict(cell.split("=") for cell in found["cells"].split())
            trace.events.append(
                {"case_id": "A", "activity": found["activity"], "timestamp": f"{found['day']} {found['time']}", **cells}
            )
        elif found := _CELL.fullmatch(line):
            trace.case[found["column"]] = found["value"]
        else:
            raise ValueError(f"no line of a trace: {line!r}")
    return trace


def workspace_of(trace: Trace, book: pb.Playbook) -> pb.Workspace:
    """The workspace that a trace speaks of."""
    cases = pl.DataFrame([{"case_id": "A", "playbook": book.id, **trace.case}])
    return pb.Workspace(playbooks=[book], cases=cases, events=pl.DataFrame(trace.events, infer_schema_length=None))


def answered(workspace: pb.Workspace, day: str, words: list[str]) -> list[str]:
    """What the package answers where a trace says `words`, in the same form and of the same length."""
    if words[0] in _KINDS:
        rows = workspace.violations(day).select("kind", "id", "detail").rows()
        return [word for row in rows for word in row if word][: len(words)]
    actions = workspace.due(day, all=True).rows(named=True)
    told = [_told(action) for action in actions if words[0] in (action["rule_id"], _entry(action))]
    return [words[0], *told[0][: len(words) - 1]] if told else [words[0], "none"]


def _entry(action: Mapping[str, object]) -> str:
    return f"{action['rule_id']}#{action['entry']}"


def _told(action: Mapping[str, object]) -> list[str]:
    return [str(action["status"]), str(action["due_at"])[:10], str(action["role"])]
