"""`playbook explain CASE`: why each action of a case is due when it is, to read aloud."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from playbook.clock.due import OPEN
from playbook.commands.arguments import Asked
from playbook.commands.session import Session
from playbook.commands.terminal import Colour, painted
from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.words.catalogue import COMMA, aside, msg
from playbook.words.text import Lang

if TYPE_CHECKING:
    import polars as pl

_COLOURS: Mapping[str, Colour] = {"overdue": "red", "due_today": "yellow", "due_soon": "yellow", "met": "green"}
_WHY, _COUNTED, _OWNER = msg("why"), msg("counted"), msg("owner")
_KEPT, _DUE = msg("done"), msg("due")
_ENDS = msg("ends when")
_NOTHING = msg("this case has no due actions")


def explain(asked: Asked) -> int:
    """Every action of the case, closed ones included: as readable text, or with `-o` as rows."""
    session = Session(asked)
    case = session.workspace.on(session.as_of).case(asked["CASE"])
    rows = case.explain(lang=session.lang)
    if asked["output"]:
        return session.answer(rows)
    print("\n".join(_told(rows, case.row, case.playbook, session.lang)))
    return session.status()


def _told(rows: pl.DataFrame, case: Mapping[str, Any], book: Playbook, lang: Lang) -> Iterator[str]:
    subject = f" {case['subject']}" if case["subject"] else ""
    yield painted(f"{case['case_id']}{subject} — {aside(book.name, book.id).say(lang)}", "bold", sys.stdout)
    if rows.is_empty():
        yield _NOTHING.say(lang)
    for row in rows.iter_rows(named=True):
        yield ""
        yield from _action(row, book, lang)


def _action(row: Mapping[str, Any], book: Playbook, lang: Lang) -> Iterator[str]:
    status = labels.value("status", row["status"], lang)
    due = f"{_DUE.say(lang)} {formats.moment(row['due_at'], lang)}"
    kept = (
        f"{COMMA.say(lang)}{_KEPT.say(lang)} {formats.moment(row['fulfilled_at'], lang)}" if row["fulfilled_at"] else ""
    )
    role = book.role(row["role"]).name.say(lang)
    owner = aside(row["owner"] or labels.absent("owner", lang), role).say(lang)
    shown = painted(f"[{status}]", _COLOURS.get(row["status"], "dim"), sys.stdout)
    yield f"{shown} {aside(book.rule(row['rule_id']).name, row['rule_id']).say(lang)}"
    yield f"  {due}{kept}{COMMA.say(lang)}{_OWNER.say(lang)} {owner}"
    yield f"  {_WHY.say(lang)}: {row['because']}"
    yield f"  {_COUNTED.say(lang)}: {row['counted']}"
    if row["status"] in OPEN:
        yield f"  {_ENDS.say(lang)}: {row['ends']}"
