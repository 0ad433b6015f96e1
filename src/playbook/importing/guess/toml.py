"""A proposal as TOML, with the reasons as comments: its lines are in both languages, whoever shows them chooses one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from playbook.importing.guess.proposal import Block
from playbook.words.catalogue import joined
from playbook.words.text import Text

Line = Text | str
"""A line of a proposal: code, or code with what is said of it."""


def remarked(*parts: object) -> Line:
    """A comment of its own, that stays on its line."""
    said = joined("", parts)
    return Text(*(f"# {_SPACE.sub(' ', text)}" for text in (said.ja, said.en)))


_SPACE = re.compile(r"[\x00-\x1f\x7f\s]+")


def quoted(text: str) -> str:
    """A text between double quotes, as TOML and JSON write it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_list(texts: Iterable[str]) -> str:
    """A list of texts."""
    return "[" + ", ".join(map(quoted, texts)) + "]"


def inline(values: Mapping[str, str]) -> str:
    """A table of texts on one line."""
    return "{ " + ", ".join(f"{quoted(given)} = {quoted(wanted)}" for given, wanted in values.items()) + " }"


def reasoned(code: str, why: Text) -> Line:
    """A line with its reason as a comment behind it; as it is where there is none."""
    return joined("  ", [code, remarked(why)]) if why.ja or why.en else code


def stage_lines(blocks: Sequence[Block]) -> list[Line]:
    """The columns of days, a line each."""
    mine = [block for block in blocks if block.kind == "stage"]
    return ["", "[source.stages]", *(_stage(block) for block in mine)] if mine else []


def _stage(block: Block) -> Line:
    more = {"planned": block.planned, "resource": block.resource, "note": block.note, "reason": block.reason}
    parts = [f"{key} = {quoted(value)}" for key, value in more.items() if value]
    if block.marks:
        parts += [f"marks = {inline(block.marks)}"]
        parts += [f"after = {toml_list(block.after)}"] if block.after else []
    activity = quoted(block.activity)
    cell = f"{{ activity = {activity}, {', '.join(parts)} }}" if parts else activity
    return reasoned(f"{quoted(block.column)} = {cell}", block.why)


def event_lines(blocks: Sequence[Block]) -> list[Line]:
    """The columns whose values say what happened at a time in another."""
    lines: list[Line] = []
    for block in blocks:
        if block.kind != "rows":
            continue
        activity = (
            f"{{ always = {quoted(block.activity)} }}"
            if block.activity
            else f"{{ column = {quoted(block.column)}, values = {inline(block.values)} }}"
        )
        lines += ["", "[[source.events]]", reasoned(f"activity = {activity}", block.why)]
        lines += [f"timestamp = {{ always = {quoted(block.on)} }}" if block.on else f"timestamp = {quoted(block.time)}"]
        lines += _details(block)
    return lines


def state_lines(blocks: Sequence[Block]) -> list[Line]:
    """The columns of states and marks."""
    lines: list[Line] = []
    for block in blocks:
        if block.kind != "state":
            continue
        lines += ["", "[[source.states]]", reasoned(f"column = {quoted(block.column)}", block.why)]
        lines += [f"values = {inline(block.values)}"]
        lines += [f"since = {quoted(block.time)}"] if block.time else []
        lines += [f"after = {toml_list(block.after)}"] if block.after else []
        lines += _details(block)
    return lines


def _details(block: Block) -> list[str]:
    more = {
        "resource": block.resource, "reason": block.reason, "note": block.note, "recorded_at": block.recorded,
        "result": block.result,
    }  # fmt: skip
    lines = [f"{key} = {quoted(value)}" for key, value in more.items() if value]
    for key, found in (("when", block.when), ("unless", block.unless)):
        if found:
            inside = ", ".join(f"{quoted(column)} = {toml_list(values)}" for column, values in found.items())
            lines.append(f"{key} = {{ {inside} }}")
    return lines
