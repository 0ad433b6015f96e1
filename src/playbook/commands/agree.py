"""The command that writes agreed limits into the firm's own copy of a rule book, as a diff to read first."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from playbook.commands.arguments import Asked
from playbook.commands.output import moved_into
from playbook.commands.session import Session
from playbook.rules.agreed import AgreedLimits, agreed
from playbook.rules.folders import files_in
from playbook.rules.nouns import Playbook
from playbook.rules.offset import Offset
from playbook.rules.reading import parse_playbook
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean, reason

if TYPE_CHECKING:
    import polars as pl

_NOTE = msg("agreed {day}, was {before}")


def agree(asked: Asked) -> int:
    """The diff that other limits make of the firm's own books; with `--write`, those books, written."""
    session = Session(asked)
    folder = Path(session.place)
    if asked["workspace"] is None or not folder.is_dir():
        raise ArgumentError(Problem("--workspace", msg("no folder is named"), msg("the folder of your workspace")))
    limits = _wanted(asked, session)
    changed = [
        (path, before, after)
        for book in session.workspace.playbooks
        if any(place == book.id for place, _ in limits)
        for path, before, after in _changed(folder, book, limits, session)
    ]
    for path, before, after in changed:
        sys.stdout.write("".join(_diff(path.relative_to(folder).as_posix(), before, after)))
    if asked["write"]:
        for path, _, after in changed:
            _write(path, after)
            session.tell(msg("written: {path}", path=path))
    elif changed:
        session.tell(msg("nothing is written yet: add --write"))
    else:
        session.tell(msg("no limit changes"))
    return 0


_Rule = tuple[str, str]  # playbook, rule


def _wanted(asked: Asked, session: Session) -> dict[_Rule, tuple[Offset, ...]]:
    """The limits that were typed, and with `--keep` those that so many would keep. ArgumentError with all mistakes."""
    typed, problems = dict[_Rule, tuple[Offset, ...]](), list[Problem]()
    books = session.workspace.playbooks
    bare = list[str]()
    for word in asked["RULE"]:
        name, given, written = word.partition("=")
        found = [(book.id, rule.id) for book in books for rule in book.rules
                 if name.strip() in (rule.id, f"{book.id}/{rule.id}")]  # fmt: skip
        if len(found) != 1:
            known = [rule.id for book in books for rule in book.rules]
            said = msg("there is no such rule") if not found else msg("{len} playbooks have it", len=len(found))
            problems.append(Problem(f"rule '{name}'", said, msg("RULE, or PLAYBOOK/RULE"), did_you_mean(name, known)))
        elif given:
            try:
                typed[found[0]] = tuple(Offset.parse(one.strip().strip("\"'")) for one in written.split(","))
            except ValueError as error:
                problems.append(Problem(word, msg("found '{written}'", written=written), str(error)))
        else:
            bare.append(found[0][1])
    if asked["keep"] is None and (bare or not typed):
        problems.append(Problem("RULE=LIMIT", msg("no limit is named"), msg('RULE="5 days", or --keep 80')))
    if problems:
        raise ArgumentError(problems)
    return {**_kept(asked, session, bare, bool(typed)), **typed}


def _kept(asked: Asked, session: Session, bare: Sequence[str], typed: bool) -> dict[_Rule, tuple[Offset, ...]]:
    """The limits that 80 or 90 % would keep: of the rules that were named, or of all whose number is ours."""
    if asked["keep"] is None or (typed and not bare):
        return {}
    from playbook.answers.ahead.taken import unit_of

    found: pl.DataFrame = session.workspace.on(session.as_of).limits().rules
    ours = {(book.id, rule.id): rule for book in session.workspace.playbooks for rule in book.rules}
    rows = found.select("playbook", "rule_id", f"limit_{asked['keep']}", "limit").rows()
    return {
        (book, id): (Offset.parse(f"{n} {unit_of(ours[book, id])}s" if n else "same day"),)
        for book, id, n, limit in rows
        if n is not None and limit is not None and n != limit and (n < 0) == (limit < 0)
        and (id in bare or (not bare and ours[book, id].basis == "ours"))
    }  # fmt: skip


def _changed(
    folder: Path, book: Playbook, limits: Mapping[_Rule, tuple[Offset, ...]], session: Session
) -> Iterator[tuple[Path, str, str]]:
    """The firm's own copy of a book, before and after, and where it lies: of the built-in one where it has none."""
    own: AgreedLimits = {rule: dues for (place, rule), dues in limits.items() if place == book.id}
    path, before = _own_copy(folder, book)
    day = session.workspace.on(session.as_of).as_of.day
    after = before
    for id, dues in own.items():
        was = ", ".join(map(str, book.rule(id).due))
        after = agreed(after, {id: dues}, str(path), _NOTE.say(session.lang).format(day=day, before=was))
    if after != before:
        yield path, before, after


def _own_copy(folder: Path, book: Playbook) -> tuple[Path, str]:
    for path in files_in(folder / "playbooks", ".toml"):
        text = path.read_bytes().decode("utf-8-sig")
        if parse_playbook(text, str(path)).id == book.id:
            return path, text
    source = files("playbook.rules") / "books" / f"{book.id}.toml"
    return folder / "playbooks" / f"{book.id}.toml", source.read_text(encoding="utf-8")


def _diff(name: str, before: str, after: str) -> Iterator[str]:
    """What changes, to read; of a new copy, what differs from the built-in book."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}", n=2
    )
    return (line if line.endswith("\n") else f"{line}\n" for line in lines)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = msg("cannot be written: {value}", value=reason(error))
        raise ArgumentError(Problem(str(path), found, msg("a folder you may write to"))) from None
    moved_into(path, lambda beside: beside.write_bytes(text.encode("utf-8")))
