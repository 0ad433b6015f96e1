"""`playbook handover`: what goes from one person to another on a day, and the assignments that make it so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import polars as pl

from playbook.commands.arguments import Asked
from playbook.commands.output import moved_into
from playbook.commands.session import Session
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem


def handover(asked: Asked) -> int:
    """The promises that go over as rows, or with `--table` another part; with `--write`, it is made so."""
    missing = [Problem(flag, msg("is missing"), msg("a name of the table assignments")) for flag in ("--from", "--to")
               if not asked[flag.removeprefix("--")]]  # fmt: skip
    missing += (
        [] if asked["on"] else [Problem("--on", msg("is missing"), msg("the day from which the other person answers"))]
    )
    if missing:
        raise ArgumentError(missing)
    session = Session(asked)
    on = date.fromisoformat(str(asked["on"])[:10])
    going = session.workspace.on(session.as_of).handover(asked["from"], asked["to"], on)
    if asked["out"]:
        _drafts(session, going.promises, asked["out"], on)
        parts = {name: getattr(going, name) for name in ("promises", "answers", "dates", "assignments")}
        _paper(session, parts, asked["out"], on)
    if asked["write"]:
        _write(session, going.assignments)
    return session.answer(getattr(going, asked["table"] or "promises"))


def _drafts(session: Session, promises: pl.DataFrame, folder: Path, on: date) -> None:
    from playbook.show.drafts import write_drafts
    from playbook.show.introductions import introductions

    clients = session.workspace.tables.clients
    names = dict(clients.select("client_id", pl.coalesce("name", "client_id")).rows())
    made = introductions(promises, names, session.asked["from"], session.asked["to"], on, session.lang)
    write_drafts(made, folder)
    session.tell(msg("{len} drafts written to {folder}", len=len(made), folder=folder))


def _paper(session: Session, parts: Mapping[str, pl.DataFrame], folder: Path, on: date) -> None:
    """The handover to print, or to go through together: a workbook in the folder."""
    from playbook.pages.handover import handover_book

    workspace, asked = session.workspace, session.asked
    said = (asked["from"], asked["to"], on)
    content = handover_book(parts, workspace.playbooks, workspace.tables.clients, said, session.lang)
    to = folder / msg("handover.xlsx").say(session.lang)
    moved_into(to, lambda beside: beside.write_bytes(content))
    session.tell(msg("written: {to}", to=to))


def _write(session: Session, rows: pl.DataFrame) -> None:
    """The versions below the assignments of the workspace, known from now."""
    from playbook.importing.store import appended, write_files

    folder = Path(session.place)
    if session.asked["workspace"] is None or not folder.is_dir():
        raise ArgumentError(
            Problem("--write", msg("there is no folder to write to"), msg("--workspace with a folder of tables"))
        )
    now = datetime.now(session.workspace.zone).replace(microsecond=0).isoformat()
    written = rows.with_columns(pl.all().cast(pl.String)).with_columns(recorded_at=pl.lit(now))
    write_files({folder / "assignments.csv": appended(folder, "assignments", written)})
    session.tell(msg("{height} rows added to assignments", height=rows.height))
