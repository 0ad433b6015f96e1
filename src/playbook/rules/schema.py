"""The grammar as a JSON Schema (draft 2020-12), for editors that complete and check TOML while one types.

`python -m playbook.rules.schema` writes `playbook.schema.json`. What no schema can see (undefined names, circles, a
series that goes backwards) is left to `reading`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, assert_never

from playbook.rules.grammar import (
    BOTH_LANGUAGES,
    ENTRIES,
    MIDPOINT,
    TABLES,
    ChoiceValue,
    ConditionValue,
    DueValue,
    Flag,
    GrammarTable,
    Key,
    Label,
    Many,
    Name,
    Number,
    One,
    Opening,
    Span,
    ValueKind,
    Word,
    allowed,
)
from playbook.rules.offset import Unit
from playbook.words.problem import said
from playbook.words.text import Text

JsonSchema = dict[str, Any]
FILE = Path(__file__).with_name("playbook.schema.json")
_NOT_BLANK = r"\S"


def schema() -> JsonSchema:
    """The JSON Schema of a rule book."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "playbook",
        **_object({name: _top(table) for name, table in TABLES.items()}, required=["playbook"]),
        "$defs": {table.name: _table(table) for table in (*TABLES.values(), *ENTRIES, BOTH_LANGUAGES)},
    }


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def _object(properties: JsonSchema, required: list[str]) -> JsonSchema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _top(table: GrammarTable) -> JsonSchema:
    return _ref(table) if table.single else _list(_ref(table))


def _ref(table: GrammarTable) -> JsonSchema:
    return {"$ref": f"#/$defs/{table.name}"}


def _list(items: JsonSchema) -> JsonSchema:
    return {"type": "array", "items": items, "minItems": 1}


def _table(table: GrammarTable) -> JsonSchema:
    properties = {key.name: _key(key) for key in table}
    required = [key.name for key in table if key.required]
    described = {"description": _said(table.about), **_object(properties, required)}
    return {**described, **_MIDPOINT_NEEDS} if table is TABLES["rule"] else described


def _key(key: Key) -> JsonSchema:
    return {"description": f"{_said(key.about)}\n{said(allowed(key.kind), 'en')}", **_kind(key.kind)}


def _said(text: Text) -> str:
    return f"{text.ja}\n{text.en}"


def _kind(kind: ValueKind | GrammarTable) -> JsonSchema:
    match kind:
        case Word():
            return {"type": "string", "pattern": kind.pattern}
        case ChoiceValue():
            return {"enum": list(kind.words)}
        case Number():
            return {"type": "number"}
        case Flag():
            return {"type": "boolean"}
        case Opening():
            return {"type": "string", "pattern": kind.pattern}
        case Label():
            return _ref(BOTH_LANGUAGES)
        case Span():
            return _span(kind)
        case DueValue():
            return {"anyOf": [{"const": MIDPOINT}, _span(kind.of), _list(_span(kind.of))]}
        case Name():
            return {"type": "string", "pattern": _NOT_BLANK}
        case ConditionValue():
            return _CONDITION
        case Many(alone=True):
            return {"anyOf": [_kind(kind.of), _several(kind)]}
        case Many():
            return _several(kind)
        case One():
            return _ref(kind.of)
        case GrammarTable():
            return _ref(kind)
        case _:
            assert_never(kind)


def _several(kind: Many) -> JsonSchema:
    return {**_list(_kind(kind.of)), "uniqueItems": True}


def _span(span: Span) -> JsonSchema:
    """An offset as a pattern; 0 of anything is none but "-0 days", and hours never count backwards."""
    counted = [unit for unit in span.units if unit is not Unit.SAME_DAY]
    patterns = [f"(?!0+ )[0-9]{{1,5}} ({'|'.join(counted)})s?"]
    if Unit.SAME_DAY in span.units:
        patterns.append(Unit.SAME_DAY)
    if span.backwards:
        backwards = "|".join(unit for unit in counted if unit not in (Unit.HOUR, Unit.BUSINESS_HOUR))
        patterns += [f"-(?!0+ )[0-9]{{1,5}} ({backwards})s?", "-0 days"]
    return {"type": "string", "pattern": f"^({'|'.join(patterns)})$"}


_CELL: JsonSchema = {"type": ["string", "integer", "boolean"], "pattern": _NOT_BLANK}
_CONDITION: JsonSchema = {
    "type": "object",
    "additionalProperties": {"anyOf": [_CELL, _list(_CELL)]},
    "minProperties": 1,
}
_MIDPOINT_NEEDS: JsonSchema = {
    "if": {"properties": {"due": {"const": MIDPOINT}}, "required": ["due"]},
    "then": {"required": ["toward", "gap"], "properties": {"wait": False, "pause": False, "key": False}},
    "else": {"properties": {"toward": False, "gap": False}},
}

if __name__ == "__main__":
    FILE.write_text(schema_text(), encoding="utf-8", newline="\n")
