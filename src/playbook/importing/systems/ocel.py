"""OCEL 2.0 in JSON: object-centric event logs in and out.

One type of objects are the cases: `application`, `case` or `placement` where there is one, else what the mapping says
(`case = "order"`). An event of several cases is an event of each. Other objects of an event are named by their ids in
a column of their type; those of the types client, opening and person become clients, openings and the resource. Where
an attribute of an object changed, its last value counts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from playbook.importing.nested import json_text
from playbook.importing.raw import Raw
from playbook.importing.system import System
from playbook.importing.written import Given, ordered_events, texts
from playbook.tables.declared import ROW
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, Remark, WorkspaceError

_CASE_TYPES = ("application", "case", "placement", "applications", "cases", "candidate", "order", "orders")
_OTHERS = {"client": "clients", "opening": "openings"}

MAPPING: dict[str, Any] = {
    "playbook": "ocel",
    "source": [
        {
            "file": "*",
            "cases": {
                "case_id": "case:id",
                "playbook": {"column": "case:playbook", "optional": True, "default": "ocel"},
                "client_id": {"column": "case:client", "optional": True},
                "opening_id": {"column": "case:opening", "optional": True},
                "subject": {"column": "case:subject", "optional": True},
                "position": {"column": "case:position", "optional": True},
                "created_at": {"column": "case:created_at", "optional": True},
                "keep": ["*"],
            },
            "events": {
                "case_id": "case:id",
                "activity": {"column": "activity", "others": "keep"},
                "timestamp": "timestamp",
                "resource": {"column": "person", "optional": True},
                "keep": ["*"],
            },
        }
    ],
}
_KEYS = {"clients": "client_id", "openings": "opening_id"}
MAPPINGS: dict[str, dict[str, Any]] = {
    "ocel": MAPPING,
    **{
        f"ocel.{table}": {"playbook": "ocel", "source": [{"file": "*", table: {key: key, "keep": ["*"]}}]}
        for table, key in _KEYS.items()
    },
}

_Object = Mapping[str, Any]


def is_ocel(data: Any) -> bool:
    """Whether a JSON value is an OCEL 2.0 log."""
    keys = ("objectTypes", "eventTypes", "objects", "events")
    return isinstance(data, dict) and all(isinstance(data.get(key), list) for key in keys)


def is_ocel_1(data: Any) -> bool:
    """Whether a JSON value is a log of the standard before: OCEL 1.0."""
    return isinstance(data, dict) and any(str(key).startswith("ocel:") for key in data)


def read_ocel(data: Any, path: Path, case: str | None = None) -> tuple[Raw, ...]:
    """The raw tables of a log: one row per event of a case (cases without events have one, too); clients and openings.

    Raises WorkspaceError where no type of objects can be the cases, or what is there is no OCEL 2.0.
    """
    objects = {str(one["id"]): one for one in data["objects"] if isinstance(one, dict) and "id" in one}
    events = [one for one in data["events"] if isinstance(one, dict)]
    kind = _case_type(objects, case, path)
    raws = [_cases(objects, events, kind, path)]
    for other, table in _OTHERS.items():
        found = [{_KEYS[table]: name, **_values(one)} for name, one in objects.items() if one.get("type") == other]
        if found:
            raws.append(Raw(f"ocel.{table}", _frame(found), path, f"{path}, objects '{other}'", "OCEL 2.0"))
    return tuple(raws)


def _case_type(objects: Mapping[str, _Object], wanted: str | None, path: Path) -> str:
    """The type of the objects that are the cases: as told, by its name, or the only one."""
    kinds = Counter(str(one.get("type")) for one in objects.values())
    if wanted is not None and wanted not in kinds:
        found = msg("there are no objects of the type '{wanted}'", wanted=wanted)
        raise WorkspaceError(Problem(str(path), found, ", ".join(kinds) or msg("none")))
    named = [kind for name in _CASE_TYPES for kind in kinds if kind.lower() == name]
    chosen = wanted or (named[0] if named else next(iter(kinds)) if len(kinds) == 1 else None)
    if chosen is None:
        found = msg(
            "which type of objects are the cases is not known: {value}",
            value=", ".join(kinds) or "there are no objects",
        )
        raise WorkspaceError(Problem(str(path), found, msg('case = "..." in the mapping, with one of these')))
    return chosen


def _cases(objects: Mapping[str, _Object], events: Sequence[_Object], kind: str, path: Path) -> Raw:
    cases = [name for name, one in objects.items() if one.get("type") == kind]
    of_case: dict[str, list[dict[str, str | None]]] = {name: [] for name in cases}
    shared = 0
    for event in events:
        related = _related(event, objects)
        ids = dict.fromkeys(name for name, _ in related if name in of_case)
        shared += len(ids) > 1
        for name in ids:
            of_case[name].append(_event(event, related, objects, kind))
    rows: list[dict[str, str | None]] = []
    starts: list[bool] = []
    numbers: list[int] = []
    for number, name in enumerate(cases, start=1):
        own = {"case:id": name, **_of_case(objects[name], objects)}
        for nth, event in enumerate(of_case[name] or [{}]):
            rows.append({**own, **event})
            starts.append(nth == 0)
            numbers.append(number)
    lines = {name for events_ in of_case.values() for event in events_ for name in event} | {"activity", "timestamp"}
    frame = _frame(rows, ("case:id", "activity", "timestamp"))
    said = msg("{shared} events belong to several cases", shared=shared)
    return Raw(
        "ocel",
        frame.with_columns(pl.Series(ROW, numbers, pl.UInt32)),
        path,
        str(path),
        "OCEL 2.0",
        starts=pl.Series("starts", starts, pl.Boolean),
        lines=frozenset(lines),
        remarks=(
            Remark(msg("the cases are the objects of the type '{kind}'", kind=kind)),
            *([Remark(said, doubt=True)] if shared else []),
        ),
    )


def _frame(rows: list[dict[str, str | None]], first: tuple[str, ...] = ()) -> pl.DataFrame:
    names = dict.fromkeys((*first, *(name for row in rows for name in row)))
    columns = {name: [row.get(name) for row in rows] for name in names}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String)).with_row_index(ROW, offset=1)


def _related(one: _Object, objects: Mapping[str, _Object]) -> list[tuple[str, str]]:
    """The ids of related objects that exist, with their qualifiers."""
    pairs = [(str(r.get("objectId")), str(r.get("qualifier", ""))) for r in _listed(one, "relationships")]
    return [(name, qualifier) for name, qualifier in pairs if name in objects]


def _event(
    event: _Object, related: list[tuple[str, str]], objects: Mapping[str, _Object], kind: str
) -> dict[str, str | None]:
    others: dict[str, list[str]] = {}
    for name, _ in related:
        if (of := str(objects[name].get("type"))) != kind:
            others.setdefault(of, []).append(
                str(_values(objects[name]).get("name") or name) if of == "person" else name
            )
    own = {"activity": json_text(event.get("type")), "timestamp": json_text(event.get("time"))}
    return {**_values(event), **{of: ", ".join(ids) for of, ids in others.items()}, **own}


def _of_case(one: _Object, objects: Mapping[str, _Object]) -> dict[str, str | None]:
    related = {f"case:{objects[name].get('type')}": name for name, _ in reversed(_related(one, objects))}
    return {**{f"case:{name}": value for name, value in _values(one).items()}, **related}


def _values(one: _Object) -> dict[str, str | None]:
    """The attributes of an event or an object; of one that changed, the last value."""
    found = [attribute for attribute in _listed(one, "attributes") if "name" in attribute]
    ordered = sorted(found, key=lambda attribute: str(attribute.get("time", "")))
    return {str(attribute["name"]): json_text(attribute.get("value")) for attribute in ordered}


def _listed(one: _Object, key: str) -> list[_Object]:
    """The entries of a list of an event or an object; what is no entry is none."""
    found = one.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


# Out


def export_ocel(tables: Given, path: Path) -> None:
    """Write a workspace as an OCEL 2.0 log: cases, openings, clients and persons as objects, the same bytes each
    time.
    """
    objects = sorted(_objects(tables), key=lambda one: (one["type"], one["id"]))
    events = list(_events(tables))
    log = {
        "objectTypes": _types(objects),
        "eventTypes": _types(events),
        "objects": objects,
        "events": events,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(log, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


_ALWAYS = "1970-01-01T00:00:00Z"


def _objects(tables: Given) -> Iterator[dict[str, Any]]:
    known: dict[str, set[str]] = {}
    for kind, table, key in (("client", "clients", "client_id"), ("opening", "openings", "opening_id")):
        rows = texts(tables, table)
        known[kind] = set(rows[key].drop_nulls())
        for row in rows.iter_rows(named=True):
            if row[key]:
                yield _object(kind, row, key, {})
    for row in texts(tables, "cases").iter_rows(named=True):
        if row["case_id"]:
            links = {kind: row[f"{kind}_id"] for kind in known if row[f"{kind}_id"] in known[kind]}
            yield _object("case", row, "case_id", links)
    for person in sorted(set(texts(tables, "events")["resource"].drop_nulls())):
        yield {"id": _person(person), "type": "person", "attributes": [_attribute("name", person, at=_ALWAYS)]}


def _person(name: str) -> str:
    return f"person:{name}"


def _object(kind: str, row: Mapping[str, str | None], key: str, links: Mapping[str, str | None]) -> dict[str, Any]:
    linked = {f"{one}_id" for one in links}
    attributes = [
        _attribute(name, value, at=_ALWAYS)
        for name, value in row.items()
        if value is not None and name != key and name not in linked
    ]
    related = [{"objectId": name, "qualifier": one} for one, name in links.items()]
    return {"id": row[key], "type": kind, "attributes": attributes, **({"relationships": related} if related else {})}


def _attribute(name: str, value: str, at: str | None = None) -> dict[str, str]:
    return {"name": name, "value": value, **({"time": at} if at else {})}


def _events(tables: Given) -> Iterator[dict[str, Any]]:
    own = ("case_id", "activity", "timestamp", "resource")
    for number, row in enumerate(ordered_events(tables).iter_rows(named=True), start=1):
        related = [{"objectId": row["case_id"], "qualifier": "case"}]
        if row["resource"]:
            related.append({"objectId": _person(row["resource"]), "qualifier": "resource"})
        attributes = [_attribute(name, value) for name, value in row.items() if value is not None and name not in own]
        yield {
            "id": f"e{number}",
            "type": row["activity"],
            "time": _instant(row["timestamp"]),
            "attributes": attributes,
            "relationships": related,
        }


def _instant(text: str) -> str:
    """A time with an offset, as OCEL asks for; a day alone is its beginning in Japan."""
    return f"{text}T00:00:00+09:00" if len(text) == 10 else text


def _types(things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names: dict[str, set[str]] = {}
    for thing in things:
        names.setdefault(thing["type"], set()).update(one["name"] for one in thing["attributes"])
    return [
        {"name": kind, "attributes": [{"name": name, "type": "string"} for name in sorted(names[kind])]}
        for kind in sorted(names)
    ]


SYSTEM = System("ocel", 10, MAPPINGS, is_ocel, read_ocel)
