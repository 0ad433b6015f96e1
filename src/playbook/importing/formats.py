"""What kind of export a file is, and its raw tables; the mapping that each known format brings along."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from playbook.files.sheet import EXCEL_SUFFIXES, FileHints
from playbook.importing.goal_form import MAPPINGS as OF_GOAL_SHEETS
from playbook.importing.goal_form import from_workbook
from playbook.importing.mapping import MappedRows, Mapping, Source, mapping_from
from playbook.importing.raw import Raw, file_text, read_table
from playbook.importing.system import System, systems
from playbook.importing.systems import ocel
from playbook.words.catalogue import msg, msg_in
from playbook.words.problem import Problem, WorkspaceError, in_both

_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson", ".jsonocel")


def read_raw(path: Path, source: Source | None = None) -> tuple[Raw, ...]:
    """The raw tables of a file: of the format that the mapping names, else of the one it looks like.

    Raises WorkspaceError where it is of no known format, or broken.
    """
    wanted = source.format if source else None
    told = source.told if source else FileHints()
    suffix = path.suffix.lower()
    if not path.is_file():
        return (read_table(path, told),)
    if suffix in _JSON_SUFFIXES:
        return _checked(_from_json(path, wanted, source), wanted, path)
    for system in systems():
        if system.read_file and (path.name.lower().endswith(system.suffixes) or _only(system, wanted)):
            return system.read_file(path, told.encoding)
    if suffix in EXCEL_SUFFIXES and wanted in (None, "goal_sheet") and (form := from_workbook(path)):
        return form
    return _checked((_recognised(read_table(path, told)),), wanted, path)


def _only(system: System, wanted: str | None) -> bool:
    """Whether a file of whatever name is meant for a system that reads nothing but files of its own kind."""
    return wanted == system.name and system.from_table is None


def _from_json(path: Path, wanted: str | None, source: Source | None) -> tuple[Raw, ...]:
    data = _json(path, source.told.encoding if source else None)
    case = source.case if source else None
    if ocel.is_ocel_1(data):
        found, hint = msg("is an OCEL 1.0 log"), msg("pm4py reads it and writes OCEL 2.0: write_ocel2_json")
        raise WorkspaceError(Problem(str(path), found, msg("an OCEL 2.0 log in JSON"), hint))
    for system in systems():
        if system.is_json and system.read_json and system.is_json(data):
            return system.read_json(data, path, case)
    found = msg("no known JSON export") if wanted is None else msg("no {wanted} export", wanted=wanted)
    allowed = msg(
        "records of kintone, Greenhouse (applications, scheduled interviews, offers ...) or Lever, or an OCEL 2.0 log"
    )
    raise WorkspaceError(Problem(str(path), found, allowed))


_BROKEN_OFF = (
    msg_in("json", "Expecting value"),
    msg_in("json", "Expecting ',' delimiter"),
    msg_in("json", "Expecting ':' delimiter"),
    msg_in("json", "Expecting property name enclosed in double quotes"),
    msg_in("json", "Unterminated string starting at"),
    msg_in("json", "Extra data"),
    msg_in("json", "Invalid control character at"),
)
"""What Python says where a JSON file breaks off or goes wrong."""


def _json(path: Path, encoding: str | None) -> Any:
    """The value in a JSON file, or the list of values in one with a value a line."""
    text, _ = file_text(path, encoding)
    try:
        if path.suffix.lower() in (".jsonl", ".ndjson"):
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text)
    except json.JSONDecodeError as error:
        said = in_both(error.msg, _BROKEN_OFF)
        found = msg("line {lineno}, column {colno}: {msg_}", lineno=error.lineno, colno=error.colno, msg_=said)
        raise WorkspaceError(Problem(str(path), found, msg("a complete JSON file"), msg("export it again"))) from None
    except (RecursionError, ValueError) as error:
        raise WorkspaceError(
            Problem(
                str(path), msg("cannot be read as JSON: {error}", error=str(error)[:170]), msg("a JSON file of records")
            )
        ) from None


def _recognised(raw: Raw) -> Raw:
    """A flat table as the export that its header says it is."""
    known = (system.from_table(raw) for system in systems() if system.from_table)
    return next((one for one in known if one is not None), raw)


def _checked(raws: tuple[Raw, ...], wanted: str | None, path: Path) -> tuple[Raw, ...]:
    kinds = {raw.kind.split(".")[0] for raw in raws}
    if wanted in (None, "table") or wanted in kinds:
        return raws if wanted != "table" else tuple(replace(raw, kind="table") for raw in raws)
    found = msg("looks like {value}, not like {wanted}", value=", ".join(sorted(kinds)), wanted=wanted)
    raise WorkspaceError(Problem(str(path), found, msg("an export of {wanted}", wanted=wanted)))


def own_mapping(kind: str, playbook: str | None = None) -> Mapping | None:
    """The mapping that a format brings along for one kind of its records; None where only a person can say.

    >>> own_mapping("lever.opportunities").playbook, own_mapping("table")
    ('interview-aftercare', None)
    """
    brought = (OF_GOAL_SHEETS, *(system.mappings for system in systems()))
    own = next((mappings[kind] for mappings in brought if kind in mappings), None)
    if own is None:
        return None
    mapping = mapping_from({**own, "playbook": playbook or own["playbook"]}, f"the mapping of {kind}")
    (source,) = mapping.sources
    return replace(mapping, sources=(replace(source, rows=tuple(_for_playbook(one, playbook) for one in source.rows)),))


def _for_playbook(rows: MappedRows, playbook: str | None) -> MappedRows:
    """The rows of a format; cases that do not say their playbook are of the one that is told."""
    cell = rows.cells.get("playbook")
    if playbook is None or cell is None or cell.default is None:
        return rows
    return replace(rows, cells={**rows.cells, "playbook": replace(cell, default=playbook)})
