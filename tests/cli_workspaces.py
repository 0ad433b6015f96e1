"""Tiny workspaces for the tests of the command line, and a way to run a command as a person does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from playbook.cli import main

AS_OF = "2026-11-20"

EVENTS = """\
case_id,activity,timestamp,resource
A-1,applied,2026-11-01 10:00,佐藤 花
A-1,first_interview_invited,2026-11-03 10:00,佐藤 花
A-2,applied,2026-11-02 10:00,
A-3,applied,2026-11-16 10:00,
"""
CASES = """\
case_id,playbook,client_id,subject,recruitment_closes_on
A-1,joins-selection,C1,山田 太郎,2026-11-10
A-2,joins-selection,C1,鈴木 一,2026-11-18
A-3,joins-selection,C2,田中 実,2026-11-30
"""
ASSIGNMENTS = """\
role,person,client_id
driver,高橋 進,C1
decision_maker,社長 一郎,
"""
MAPPING = """\
playbook = "joins-selection"
[[source]]
file = "応募者.csv"
[source.cases]
case_id = "応募ID"
subject = "氏名"
[source.stages]
"応募日" = "applied"
"一次面接日" = "first_interview_held"
"""
BOOK = """\
[playbook]
id = "BOOK"
[[activity]]
id = "applied"
name = { ja = "応募", en = "Applied" }
[[activity]]
id = "answered"
name = { ja = "回答", en = "Answered" }
[[role]]
id = "clerk"
name = { ja = "事務", en = "Clerk" }
side = "client"
[[rule]]
id = "answer"
name = { ja = "回答する", en = "Answer" }
after = ["applied"]
due = "3 days"
until = ["answered"]
role = "clerk"
"""

TABLES = {"events.csv": EVENTS, "cases.csv": CASES, "assignments.csv": ASSIGNMENTS}


def make(folder: Path, files: Mapping[str, str]) -> Path:
    """A folder with some files in it."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def book(id: str, **changes: str) -> str:
    """A small rule book; `changes` replace what stands in it."""
    text = BOOK.replace("BOOK", id)
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


@dataclass(frozen=True)
class Ran:
    """What a command did: its status, what it printed, and what it told."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Command:
    """Commands as a person types them."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str | Path) -> Ran:
        self.capture.readouterr()
        status = main([str(word) for word in words])
        captured = self.capture.readouterr()
        return Ran(status, captured.out, captured.err)

    def english(self, *words: str | Path) -> Ran:
        """The same in English."""
        return self(*words, "--lang", "en")
