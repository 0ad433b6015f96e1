"""Nested records to the flat shape of an export: scalars get dotted names, each list of objects becomes lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import polars as pl

from playbook.files.lines import only_a_name
from playbook.files.sheet import REFUSED
from playbook.importing.raw import Raw
from playbook.tables.declared import ROW
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError

MAX_COLUMNS = 2000
_DEPTH = 12
_SHOWN = 200
Record = Mapping[str, Any]


def flat(records: Sequence[Any], kind: str, file: Path, place: str = "") -> Raw:
    """The raw table of some JSON objects: one row per line, `row` counts the records from 1.

    A record has as many lines as its longest list of objects; its own fields are repeated on each. Anything that is no
    object is refused.
    """
    lines: list[dict[str, str | None]] = []
    numbers: list[int] = []
    starts: list[bool] = []
    of_lines: set[str] = set()
    refused: list[tuple[int, str, str]] = []
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            refused.append((number, json.dumps(record, ensure_ascii=False)[:_SHOWN], "bad_record"))
            continue
        own, listed = _parted(record)
        for nth, parts in enumerate(zip_longest(*listed) if listed else [()]):
            merged = {name: value for part in parts if part for name, value in part.items()}
            of_lines |= merged.keys()
            lines.append({**own, **merged})
            numbers.append(number)
            starts.append(nth == 0)
    return Raw(
        kind,
        _frame(lines, numbers, place or str(file)),
        file,
        place or str(file),
        "json",
        pl.DataFrame(refused, schema=REFUSED, orient="row"),
        pl.Series("starts", starts, pl.Boolean) if of_lines else None,
        frozenset(of_lines),
    )


def _frame(lines: Sequence[Mapping[str, str | None]], numbers: Sequence[int], place: str) -> pl.DataFrame:
    names = dict.fromkeys(name for line in lines for name in line)
    if len(names) > MAX_COLUMNS:
        found = msg("its records have {len} different fields", len=len(names))
        raise WorkspaceError(Problem(place, found, msg("at most {max_columns}", max_columns=MAX_COLUMNS)))
    columns = {
        only_a_name(name) if name != ROW else f"{ROW}_given": [line.get(name) for line in lines] for name in names
    }
    numbered = pl.DataFrame({ROW: pl.Series(numbers, dtype=pl.UInt32)})
    return numbered.with_columns(pl.Series(name, cells, pl.String) for name, cells in columns.items())


def _parted(record: Record) -> tuple[dict[str, str | None], list[list[dict[str, str | None]]]]:
    """A record's own fields, and for each list of objects in it the fields of each object."""
    own: dict[str, str | None] = {}
    listed: list[list[dict[str, str | None]]] = []
    for name, value in _leaves(record, "", 0):
        if _is_objects(value):
            objects = [dict(_leaves(one, f"{name}.", 0)) for one in value]
            listed.append([{key: json_text(leaf) for key, leaf in one.items()} for one in objects])
        else:
            own[name] = json_text(value)
    return own, listed


def _leaves(record: Record, prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict) and value and depth < _DEPTH:
            yield from _leaves(value, f"{prefix}{name}.", depth + 1)
        else:
            yield f"{prefix}{name}", value


def _is_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def json_text(value: object) -> str | None:
    """A JSON value as text: a list of texts joined, anything deeper as JSON.

    >>> json_text(True), json_text(12.0), json_text(["a", "b"]), json_text([]), json_text({"a": 1})
    ('true', '12', 'a, b', None, '{"a": 1}')
    """
    match value:
        case None | []:
            return None
        case dict() if not value:
            return None
        case str():
            return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case int() | float():
            return str(value)
        case list() if not any(isinstance(one, dict | list) for one in value):
            return ", ".join(text for one in value if (text := json_text(one)))
        case _:
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
