"""Workspaces spoiled as people, programs and disks spoil them, and everything that is asked of a workspace."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from cli_workspaces import AS_OF, TABLES

import playbook as pb
from playbook.pages import morning
from playbook.words.problem import PlaybookError

CELLS = (
    "", " ", "0", "-1", "1e308", "nan", "2026-02-30", "2026-11-31 25:00", "0001-01-01", "9999-12-31", "2026/11/3", "R8.11.3",
    "2026-11-20T00:00:00+14:00", "=1+1", "K" * 5_000, "\u202e", "\x00", "'", '"', "😀", "none", "NULL", "A-1", "C1",
    "joins-selection", "placement-followup", "applied", "rejected", "joined", "driver", "１２", "2026-11-20 00:00", "yes",
)  # fmt: skip
COLUMNS = ("recorded_at", "gone", "earliest", "created_at", "joins_on", "opening_id", "client_id", "reason", "row", "")
MORE = {
    "openings.csv": "opening_id,client_id,recruitment_closes_on\nO-1,C1,2026-11-10\n",
    "clients.csv": "client_id,name\nC1,北辰\nC2,青葉\n",
    "closures.csv": "date,name,client_id\n2026-11-19,創立記念日,\n",
    "answers.csv": "case_id,rule_id,answer,recorded_at,until\nA-1,notify-applicants,later,2026-11-12,2026-12-01\n",
    "milestones.csv": "case_id,milestone,track,starts_on,due_on\nA-1,覚える,hire,2026-11-01,2026-12-01\n",
    "voices.csv": "case_id,side,held_on,note\nA-1,hire,2026-11-10,元気\n",
    "workspace.toml": 'language = "ja"\n',
}


def spoiled(chance: random.Random) -> dict[str, bytes]:
    """The files of a small workspace, spoiled one to four times."""
    files = {name: text.encode("utf-8") for name, text in {**TABLES, **MORE}.items()}
    for _ in range(chance.randint(1, 4)):
        name = chance.choice(sorted(files))
        files[name] = chance.choice(SPOILING)(chance, files[name])
    return files


def _cell(chance: random.Random, content: bytes) -> bytes:
    rows = _rows(content)
    if rows:
        row = chance.choice(rows)
        if row:
            row[chance.randrange(len(row))] = chance.choice(CELLS)
    return _text(rows)


def _column(chance: random.Random, content: bytes) -> bytes:
    rows = _rows(content)
    for number, row in enumerate(rows):
        row.append(chance.choice(COLUMNS) if number == 0 else chance.choice(CELLS))
    return _text(rows)


def _without_column(chance: random.Random, content: bytes) -> bytes:
    rows = _rows(content)
    at = chance.randrange(max(1, len(rows[0]) if rows else 1))
    return _text([row[:at] + row[at + 1 :] for row in rows])


def _shuffled(chance: random.Random, content: bytes) -> bytes:
    head, *rows = _rows(content) or [[]]
    chance.shuffle(rows)
    return _text([head, *rows, *rows[: chance.randint(0, 2)]])


def _bytes(chance: random.Random, content: bytes) -> bytes:
    spoiled = bytearray(content)
    for _ in range(chance.randint(1, 5)):
        if spoiled:
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
    return bytes(spoiled)


def _cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _other_encoding(chance: random.Random, content: bytes) -> bytes:
    text = content.decode("utf-8", errors="replace")
    return text.encode(chance.choice(["cp932", "utf-16", "utf-8-sig", "euc_jp"]), errors="replace")


SPOILING: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _cell, _cell, _cell, _column, _without_column, _shuffled, _bytes, _cut, _other_encoding,
)  # fmt: skip


def _rows(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8", errors="replace").replace("\x00", "")
    return list(csv.reader(io.StringIO(text, newline="")))


def _text(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8")


def asked(folder: Path) -> str:
    """What becomes of a workspace that is read and asked: `refused`, `unanswered` or `answered`.

    Whatever is wrong is said in a sentence of this project; anything else that is raised, is raised.
    """
    try:
        day = pb.open(folder).on(AS_OF)
    except PlaybookError as error:
        assert str(error).strip()
        return "refused"
    unanswered = 0
    for question in QUESTIONS:
        try:
            question(day)
        except PlaybookError as error:
            assert str(error).strip()
            unanswered += 1
    counts = day.log.tables.counts
    assert (counts["read"] == counts["accepted"] + counts["quarantined"]).all()
    return "unanswered" if unanswered else "answered"


def _page(day: pb.Day) -> None:
    week = day.week()
    for shown in (morning.of_day(week, "ja"), morning.sheets(week, "ja", day.log.tables.clients)):
        shown._repr_html_()


QUESTIONS: tuple[Callable[[pb.Day], object], ...] = (
    lambda day: day.due(all=True),
    lambda day: day.violations(),
    lambda day: day.funnel().stages,
    lambda day: day.declines().stages,
    lambda day: day.placements().rows,
    _page,
)


def fates(folder: Path, seeds: range) -> Counter[str]:
    """What became of many spoiled workspaces, counted; one that breaks something is named by its seed."""
    counted: Counter[str] = Counter()
    for seed in seeds:
        for name, content in spoiled(random.Random(seed)).items():
            (folder / name).write_bytes(content)
        try:
            counted[asked(folder)] += 1
        except Exception as error:
            raise AssertionError(
                f"mutations.spoiled(random.Random({seed})): {type(error).__name__}: {error}"
            ) from error
    return counted
