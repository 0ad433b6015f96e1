"""XES (IEEE 1849): event logs in and out.

Read with a small streaming reader over defusedxml: the libraries for XES are pm4py (AGPL, and far larger than the job)
and ones without a release for years. A trace is a case; attributes of a trace are named `case:...`, as in pm4py. An
event whose `lifecycle:transition` is neither `complete` nor absent is another activity: `interview:start`.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast
from xml.etree.ElementTree import Element, ElementTree, ParseError, SubElement, indent

import polars as pl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from playbook.importing.raw import Raw, file_bytes
from playbook.importing.system import System
from playbook.importing.written import Given, ordered_events, texts
from playbook.tables.declared import ROW
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError

ACTIVITY, CASE, TIME, RESOURCE = "concept:name", "case:concept:name", "time:timestamp", "org:resource"
_VALUES = {"string", "date", "int", "float", "boolean", "id"}

OF_CASES = ("playbook", "client_id", "opening_id", "subject", "position", "created_at")

MAPPING: dict[str, Any] = {
    "playbook": "xes",
    "source": [
        {
            "file": "*",
            "cases": {
                "case_id": CASE,
                "playbook": {"column": "case:playbook", "optional": True, "default": "xes"},
                **{name: {"column": f"case:{name}", "optional": True} for name in OF_CASES[1:]},
                "keep": ["*"],
            },
            "events": {
                "case_id": CASE,
                "activity": {"column": "activity", "others": "keep"},
                "timestamp": TIME,
                "resource": {"column": [RESOURCE], "optional": True},
                "role": {"column": ["org:role"], "optional": True},
                "keep": ["*"],
            },
        }
    ],
}


def read_xes(path: Path, _encoding: str | None = None) -> tuple[Raw, ...]:
    """The raw table of an XES log, plain or gzipped: one row per event, a trace being a record.

    Raises WorkspaceError where the file is broken off, is no XES, or holds what no log needs (entities, a DTD).
    """
    file_bytes(path)
    try:
        with _opened(path) as stream:
            return (_raw(list(_traces(stream)), path),)
    except (ParseError, DefusedXmlException, EOFError, OSError, zlib.error, UnicodeError, ValueError) as error:
        found = msg("is no XES log that can be read: {value}", value=(str(error) or type(error).__name__)[:260])
        raise WorkspaceError(Problem(str(path), found, msg("a complete .xes or .xes.gz file"))) from None


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


_Trace = tuple[dict[str, str], list[dict[str, str]]]


def _traces(stream: IO[bytes]) -> Iterator[_Trace]:
    """The attributes of each trace and of each of its events; what was read is let go of."""
    root: Element | None = None
    for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
        if root is None:
            root = element
            if _tag(element) != "log":
                raise ValueError(f"its root is <{_tag(element)}>, not <log>")
        if event == "end" and _tag(element) == "trace":
            yield _attributes(element), [_attributes(one) for one in element if _tag(one) == "event"]
            root.clear()


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _attributes(element: Element) -> dict[str, str]:
    return {
        one.get("key", ""): one.get("value", "")
        for one in element
        if _tag(one) in _VALUES and one.get("key") is not None
    }


def _raw(traces: list[_Trace], path: Path) -> Raw:
    rows: list[dict[str, str]] = []
    numbers: list[int] = []
    starts: list[bool] = []
    of_lines: set[str] = set()
    for number, (own, events) in enumerate(traces, start=1):
        case = {f"case:{key}": value for key, value in own.items()}
        for nth, one in enumerate(events or [{}]):
            named = {**one, "activity": _activity(one)} if one else {}
            of_lines |= named.keys()
            rows.append({**case, **named})
            numbers.append(number)
            starts.append(nth == 0)
    names = dict.fromkeys((CASE, "activity", TIME, *(name for row in rows for name in row)))
    frame = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in names}, schema=dict.fromkeys(names, pl.String)
    )
    numbered = frame.insert_column(0, pl.Series(ROW, numbers, pl.UInt32))
    lines = frozenset(of_lines | {"activity", TIME})
    return Raw("xes", numbered, path, str(path), "XES", starts=pl.Series("starts", starts, pl.Boolean), lines=lines)


def _activity(event: Mapping[str, str]) -> str:
    name, transition = event.get(ACTIVITY, ""), event.get("lifecycle:transition", "")
    return name if transition.lower() in ("", "complete") or not name else f"{name}:{transition.lower()}"


# Out

_KEYS = {"activity": ACTIVITY, "timestamp": TIME, "resource": RESOURCE, "role": "org:role", "case_id": ACTIVITY}
_DATES = ("timestamp", "recorded_at", "created_at")


def export_xes(tables: Given, path: Path) -> None:
    """Write cases and events as an XES log: a trace per case, in order of case and time, the same bytes each time."""
    log = Element(
        "log", {"xes.version": "1.0", "xes.features": "nested-attributes", "xmlns": "http://www.xes-standard.org/"}
    )
    for name, prefix in (("Concept", "concept"), ("Time", "time"), ("Organizational", "org")):
        SubElement(log, "extension", name=name, prefix=prefix, uri=f"http://www.xes-standard.org/{prefix}.xesext")
    events = {key[0]: part for key, part in ordered_events(tables).group_by("case_id", maintain_order=True)}
    for case in texts(tables, "cases").sort("case_id").iter_rows(named=True):
        trace = SubElement(log, "trace")
        _write(trace, case)
        for event in events.get(case["case_id"], pl.DataFrame()).iter_rows(named=True):
            _write(SubElement(trace, "event"), {key: value for key, value in event.items() if key != "case_id"})
    indent(log, " ")
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree(log).write(path, encoding="utf-8", xml_declaration=True)


def _write(element: Element, row: Mapping[str, str | None]) -> None:
    for name, value in row.items():
        if value is not None:
            SubElement(element, "date" if name in _DATES else "string", key=_KEYS.get(name, name), value=_legal(value))


def _legal(value: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(letter for letter in value if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff"))


SYSTEM = System("xes", 70, {"xes": MAPPING}, suffixes=(".xes", ".xes.gz"), read_file=read_xes)
