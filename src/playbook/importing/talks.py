"""A filled question sheet of a follow-up talk to voices and consents; reading it twice adds nothing.

What was said becomes a voice only where the row has words or a score. The yes in the head becomes a consent of that
side to the other one, from the day of the talk; a second yes covers health, creed and the like. No yes, no consent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from playbook.days.written import day_in
from playbook.files.workbook import open_workbook
from playbook.importing.store import appended, table_there, write_files
from playbook.show.talk_sheet import COLUMNS, HEAD, READERS, SIDES
from playbook.tables.columns import flags
from playbook.tables.held import fold_name
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError
from playbook.words.text import LANGS, Text

_ID = "sheet_id"
_VOICES = ("case_id", "side", "held_on", "topic", "note", "score", "shareable", _ID)
_CONSENTS = ("case_id", "side", "to", "given_on", "items", "how", _ID)
_ITEMS, _SPECIAL = "面談の要旨", "面談の要旨、要配慮個人情報（健康・信条など）"
_ZONE = "Asia/Tokyo"
_MOST = 5


@dataclass(frozen=True)
class Talk:
    """What a sheet says: one row per voice, and per consent, in the columns of these tables."""

    voices: pl.DataFrame
    consents: pl.DataFrame


def read_talk(path: Path, cases: Sequence[str]) -> Talk:
    """What a filled sheet says of one of some cases; WorkspaceError with every mistake of it."""
    cells = open_workbook(path).cells()
    about = {name: row[1] for row in cells if len(row) > 1 and (name := _named(row[0], HEAD))}
    problems: list[Problem] = []
    case_id, side, day = (
        str(about.get("case_id", "")).strip(),
        _code(about.get("side"), SIDES),
        day_in(about.get("held_on"), _ZONE),
    )
    if case_id not in cases:
        problems.append(
            Problem(_at(path, "case_id"), msg("found '{case_id}'", case_id=case_id), msg("a case_id of the workspace"))
        )
    if side is None:
        problems.append(Problem(_at(path, "side"), msg("found '{about}'", about=about.get("side", "")), _listed(SIDES)))
    if day is None:
        problems.append(
            Problem(
                _at(path, "held_on"),
                msg("found '{about}'", about=about.get("held_on", "")),
                msg("a day such as 2026/4/1"),
            )
        )
    said = list(_said(path, cells, problems))
    if problems:
        raise WorkspaceError(problems)
    assert side is not None
    assert day is not None
    return _talk(case_id, side, day, said, about)


def write_talk(talk: Talk, folder: Path) -> tuple[int, int]:
    """Add the voices and consents that are not there yet to the tables of a workspace; how many of each are new."""
    contents: dict[Path, str] = {}
    counts = []
    for name, rows in (("voices", talk.voices), ("consents", talk.consents)):
        problems: list[Problem] = []
        there = table_there(folder, name, problems)
        if problems:
            raise WorkspaceError(problems)
        known = there[_ID].drop_nulls().to_list() if there is not None and _ID in there.columns else []
        fresh = rows.filter(~pl.col(_ID).is_in(known))
        counts.append(fresh.height)
        if fresh.height:
            contents[folder / f"{name}.csv"] = appended(folder, name, fresh)
    write_files(contents)
    return counts[0], counts[1]


def _talk(case_id: str, side: str, day: date, said: list[Mapping[str, str]], about: Mapping[str, Any]) -> Talk:
    voices = [
        (case_id, side, day.isoformat(), row["topic"], row["note"], row["score"], row["shareable"] or "no",
         _id(case_id, side, day, row["topic"], row["note"], row["score"]))
        for row in said
    ]  # fmt: skip
    other = "hire" if side == "company" else "company"
    yes, special = _yes(about.get("consent")), _yes(about.get("special"))
    how = str(about.get("how") or "").strip()
    items = _SPECIAL if special else _ITEMS
    given = [(case_id, side, other, day.isoformat(), items, how, _id(case_id, side, day, other, items, how))]
    return Talk(_frame(voices, _VOICES), _frame(given if yes else [], _CONSENTS))


def _frame(rows: Sequence[tuple[str, ...]], columns: Sequence[str]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return frame.with_columns(pl.all().replace("", None)).unique(_ID, maintain_order=True)


def _said(path: Path, cells: Sequence[Sequence[Any]], problems: list[Problem]) -> Iterator[Mapping[str, str]]:
    """The rows of the table in which something was written."""
    head = next(
        (n for n, row in enumerate(cells) if {"topic", "note"} <= {_named(cell, COLUMNS) for cell in row}), None
    )
    if head is None:
        problems.append(
            Problem(path.name, msg("holds no table of questions"), msg("a row with {value}", value=COLUMNS["note"].ja))
        )
        return
    names = [_named(cell, COLUMNS) for cell in cells[head]]
    for number, row in enumerate(cells[head + 1 :], start=head + 2):
        found = {name: _text(cell) for name, cell in zip(names, row, strict=False) if name}
        if not (found.get("note") or found.get("score")):
            continue
        reader = _code(found.get("shareable"), READERS) if found.get("shareable") else ""
        place = f"{path.name}, row {number}"
        if reader is None:
            problems.append(Problem(place, msg("found '{shareable}'", shareable=found["shareable"]), _listed(READERS)))
        if found.get("score") and found["score"] not in map(str, range(1, _MOST + 1)):
            problems.append(
                Problem(
                    place, msg("found '{score}'", score=found["score"]), msg("a score from 1 to {most}", most=_MOST)
                )
            )
        yield {"topic": "", "note": "", "score": "", **found, "shareable": reader or ""}


def _id(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8")).hexdigest()[:16]


def _named(cell: object, names: Mapping[str, Text]) -> str:
    """Which of these a cell names, in either language; a bracket of another width is the same bracket."""
    said = fold_name(str(cell))
    return next((name for name, text in names.items() if said in {fold_name(text.say(lang)) for lang in LANGS}), "")


def _code(cell: object, codes: Mapping[str, Text]) -> str | None:
    written = str(cell or "").strip()
    return _named(written, codes) or (written if written in codes else None)


def _listed(codes: Mapping[str, Text]) -> str:
    return ", ".join(text.ja for text in codes.values())


def _at(path: Path, name: str) -> str:
    return f"{path.name}, '{HEAD[name].ja}'"


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _yes(cell: object) -> bool:
    return flags(pl.Series([_text(cell or "")])).to_list() == [True]
