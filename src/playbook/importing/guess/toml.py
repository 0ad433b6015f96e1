"""A proposal as TOML, with the reasons as comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from playbook.importing.guess.proposal import Block
from playbook.words.text import Lang, Text


def on_one_line(text: str) -> str:
    """A text that stays on the line of its comment."""
    return re.sub(r"[\x00-\x1f\x7f\s]+", " ", text)


def quoted(text: str) -> str:
    """A text between double quotes, as TOML and JSON write it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_list(texts: Iterable[str]) -> str:
    """A list of texts."""
    return "[" + ", ".join(map(quoted, texts)) + "]"


def inline(values: Mapping[str, str]) -> str:
    """A table of texts on one line."""
    return "{ " + ", ".join(f"{quoted(given)} = {quoted(wanted)}" for given, wanted in values.items()) + " }"


def toml_comment(why: Text, lang: Lang) -> str:
    """A reason as a comment behind its line."""
    return f"  # {on_one_line(why.say(lang))}" if why.ja or why.en else ""


def stage_lines(blocks: Sequence[Block], lang: Lang) -> list[str]:
    """The columns of days, a line each."""
    mine = [block for block in blocks if block.kind == "stage"]
    return ["", "[source.stages]", *(_stage(block, lang) for block in mine)] if mine else []


def _stage(block: Block, lang: Lang) -> str:
    more = {"planned": block.planned, "resource": block.resource, "note": block.note, "reason": block.reason}
    parts = [f"{key} = {quoted(value)}" for key, value in more.items() if value]
    if block.marks:
        parts += [f"marks = {inline(block.marks)}"]
        parts += [f"after = {toml_list(block.after)}"] if block.after else []
    activity = quoted(block.activity)
    cell = f"{{ activity = {activity}, {', '.join(parts)} }}" if parts else activity
    return f"{quoted(block.column)} = {cell}{toml_comment(block.why, lang)}"


def event_lines(blocks: Sequence[Block], lang: Lang) -> list[str]:
    """The columns whose values say what happened at a time in another."""
    lines: list[str] = []
    for block in blocks:
        if block.kind != "rows":
            continue
        activity = (
            f"{{ always = {quoted(block.activity)} }}"
            if block.activity
            else f"{{ column = {quoted(block.column)}, values = {inline(block.values)} }}"
        )
        lines += ["", "[[source.events]]", f"activity = {activity}{toml_comment(block.why, lang)}"]
        lines += [f"timestamp = {{ always = {quoted(block.on)} }}" if block.on else f"timestamp = {quoted(block.time)}"]
        lines += _details(block)
    return lines


def state_lines(blocks: Sequence[Block], lang: Lang) -> list[str]:
    """The columns of states and marks."""
    lines: list[str] = []
    for block in blocks:
        if block.kind != "state":
            continue
        lines += ["", "[[source.states]]", f"column = {quoted(block.column)}{toml_comment(block.why, lang)}"]
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
