"""The numbers that a firm agrees on, written into its own copy of a rule book: only the limit changes, line by line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from playbook.rules.nouns import Playbook
from playbook.rules.offset import Offset
from playbook.rules.reading import parse_playbook
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean

_HEAD = re.compile(r"^\s*\[")
_RULE = re.compile(r"^\s*\[\[\s*rule\s*\]\]")
_DUE = re.compile(r"""^(?P<head>\s*due\s*=\s*)(?P<value>"[^"]*"|'[^']*'|\[[^\]]*\])(?P<rest>.*)$""")

AgreedLimits = Mapping[str, tuple[Offset, ...]]


def agreed(text: str, limits: AgreedLimits, place: str, note: str = "") -> str:
    """The text of a rule book with other limits for some of its rules; every other character stays as it was.

    `note` is written as a comment beside each, in front of what stood there. ArgumentError names every rule that there
    is not, whose limit a source states, whose number of dues is another, or whose limit cannot be found in the text.
    """
    book = parse_playbook(text, place)
    if problems := [problem for id, dues in limits.items() for problem in _unfit(book, id, dues)]:
        raise ArgumentError(problems)
    changes = {id: dues for id, dues in limits.items() if book.rule(id).due != dues}
    written = "\n".join(_lines(text.split("\n"), changes, note))
    wanted = replace(book, rules=tuple(replace(rule, due=changes.get(rule.id, rule.due)) for rule in book.rules))
    if parse_playbook(written, place).rules != wanted.rules:
        raise ArgumentError(
            Problem(
                place,
                msg("the limit of {value} cannot be found", value=", ".join(changes)),
                msg("'due = ' on a line of its own"),
            )
        )
    return written


def _unfit(book: Playbook, id: str, dues: tuple[Offset, ...]) -> list[Problem]:
    known = [rule.id for rule in book.rules]
    if id not in known:
        return [
            Problem(
                f"rule '{id}'", msg("there is no such rule"), msg("a rule of {id}", id=book.id), did_you_mean(id, known)
            )
        ]
    rule = book.rule(id)
    if rule.basis == "stated":
        return [
            Problem(
                f"rule '{id}'",
                msg("its limit is stated by its source"),
                msg("a rule whose basis is ours or recommended"),
            )
        ]
    if len(rule.due) != len(dues):
        return [
            Problem(
                f"rule '{id}'",
                msg("found {len}", len=len(dues)),
                msg("{len} limits, as the rule has", len=len(rule.due)),
            )
        ]
    return []


def _lines(lines: list[str], changes: AgreedLimits, note: str) -> list[str]:
    """The lines of a rule book, those of the changed limits written anew."""
    found = list(lines)
    for first, last in _blocks(lines):
        ids = [
            match[1] for line in lines[first:last] if (match := re.match(r"""^\s*id\s*=\s*["']([^"']*)["']""", line))
        ]
        for number in range(first, last):
            if ids and ids[0] in changes and (due := _DUE.match(lines[number])):
                found[number] = due["head"] + _written(changes[ids[0]]) + _beside(note, due["rest"])
    return found


def _blocks(lines: list[str]) -> list[tuple[int, int]]:
    """From where to where each rule goes."""
    heads = [number for number, line in enumerate(lines) if _HEAD.match(line)]
    return [
        (head, following)
        for head, following in zip(heads, [*heads[1:], len(lines)], strict=True)
        if _RULE.match(lines[head])
    ]


def _written(dues: tuple[Offset, ...]) -> str:
    said = [f'"{due}"' for due in dues]
    return said[0] if len(said) == 1 else f"[{', '.join(said)}]"


def _beside(note: str, rest: str) -> str:
    """What stands behind a limit: the note, then the comment that was there."""
    there = rest.strip().removeprefix("#").strip()
    said = " / ".join(part for part in (note, there) if part)
    return f"  # {said}" if said else ""
