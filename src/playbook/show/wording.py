"""The wording of letters: a plain text with named blocks and holes, which the house edits.

A block is a line `[name]` and what stands below it; `{hole}`s are filled from the record; lines that begin with `#` are
remarks. A house's own file holds the blocks that it says otherwise, the others stand as they come with the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from playbook.rules.folders import BY_HAND, plain
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError, did_you_mean, reason
from playbook.words.text import Lang

HOLES = (
    "person", "company", "position", "post", "name", "day", "season", "joined", "joins", "ended", "months",
    "talks", "goals", "reached", "change", "what", "until", "house", "department", "writer", "writer_post", "licence",
    "address", "desk", "reach", "agreed",
)  # fmt: skip
_BLOCK = re.compile(r"\[([^\[\]]+)\]\s*")
_HOLE = re.compile(r"\{([^{}]*)\}")


@cache
def own_text(lang: Lang) -> str:
    """The file that comes with the package, to be copied and changed."""
    return (files(__package__) / "texts" / f"letter.{lang}.txt").read_text(encoding="utf-8")


def wording(lang: Lang, path: Path | None = None) -> Mapping[str, str]:
    """The blocks by name: the package's, and over them those of the house's file.

    Raises WorkspaceError with every mistake of the file, each with its line: an unknown block, one that stands twice,
    an unknown hole, a brace alone, words above the first block.
    """
    ours = _ours(lang)
    if path is None:
        return ours
    theirs, problems = _read(_text(path), path.name, frozenset(ours))
    if problems:
        raise WorkspaceError(problems)
    return {**ours, **theirs}


@cache
def _ours(lang: Lang) -> Mapping[str, str]:
    return _read(own_text(lang), "", frozenset())[0]


def _text(path: Path) -> str:
    try:
        content = plain(path, BY_HAND).read_bytes()
    except OSError as error:
        found = msg("cannot be read: {error}", error=reason(error))
        raise WorkspaceError(Problem(str(path), found, msg("a text file"))) from None
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WorkspaceError(Problem(str(path), msg("is neither UTF-8 nor cp932"), msg("a text file")))


def _read(text: str, place: str, known: frozenset[str]) -> tuple[dict[str, str], list[Problem]]:
    blocks: dict[str, list[str]] = {}
    problems: list[Problem] = []
    said: list[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        at = f"{place}, line {number}"
        if line.startswith("#"):
            continue
        if head := _BLOCK.fullmatch(line):
            name = head[1].strip()
            problems += _wrong_block(name, at, known, name in blocks)
            said = blocks.setdefault(name, [])
        elif said is not None:
            said.append(line.rstrip())
            problems += _wrong_holes(line, at)
        elif line.strip():
            problems.append(Problem(at, msg("stands above the first block"), "[subject.there]"))
    return {name: "\n".join(lines).strip("\n") for name, lines in blocks.items()}, problems


def _wrong_block(name: str, at: str, known: frozenset[str], twice: bool) -> Iterator[Problem]:
    if known and name not in known:
        allowed = ", ".join(sorted(known))
        yield Problem(at, msg("there is no block '{name}'", name=name), allowed, did_you_mean(name, sorted(known)))
    elif twice:
        yield Problem(at, msg("block '{name}' stands twice", name=name))


def _wrong_holes(line: str, at: str) -> Iterator[Problem]:
    for hole in _HOLE.findall(line):
        if hole not in HOLES:
            yield Problem(at, msg("there is no hole '{hole}'", hole=hole), ", ".join(HOLES), did_you_mean(hole, HOLES))
    if re.search(r"[{}]", _HOLE.sub("", line)):
        yield Problem(at, msg("a brace without its partner"), "{person}")
