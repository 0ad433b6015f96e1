"""The weekly list given back: what people chose in it becomes events and answers, or is refused with the reason.

Columns are found by their heads and rows by the key they carry, so that a list that was sorted, filtered, partly
deleted or saved by another program is read as well. Reading a list twice adds nothing: what it makes has an
`answer_id`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import polars as pl

from playbook.clock.judged import Judged
from playbook.days.written import moment_in
from playbook.files.sheet import EXCEL_SUFFIXES
from playbook.files.workbook import open_workbook
from playbook.importing.store import appended, table_there, write_files
from playbook.rules.choices import Choice, choices
from playbook.rules.folders import files_in
from playbook.rules.nouns import Playbook, Rule
from playbook.show import labels
from playbook.show.answer_list import ANSWER, DAY, KEY, NOTE, RowKey
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, WorkspaceError
from playbook.words.text import LANGS, Text

FOLDER = "answers"
"""The folder of a workspace in which filled lists are found by a run."""

_ID = "answer_id"
_EVENTS = ("case_id", "activity", "timestamp", "resource", "note", "recorded_at", _ID)
_ANSWERS = (
    "case_id", "rule_id", "answer", "recorded_at", "until", "trigger_at", "waiting_on", "by", "note", _ID,
)  # fmt: skip
REFUSED = {"place": pl.String, "row": pl.UInt32, "column": pl.String, "value": pl.String, "ja": pl.String,
           "en": pl.String}  # fmt: skip

_NO_KEY = msg("the row has lost its key: no telling which action it is")
_NO_CHOICE = msg("a note or a day, and no answer is chosen")
_UNKNOWN = msg("is nothing that can be said of this action")
_NO_CASE = msg("there is no such case in the workspace")
_NO_RULE = msg("there is no such rule in the playbook of this case")
_NO_DAY = msg("the day cannot be read")
_WANTS_DAY = msg("write the day until which it is put off")
_PAST = msg("the day it is put off to has passed")
_AHEAD = msg("what is done cannot lie in the future")


@dataclass(frozen=True)
class Answered:
    """What lists said: one row per event, per answer, and per row that was refused (`REFUSED`)."""

    events: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict.fromkeys(_EVENTS, pl.String)))
    answers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict.fromkeys(_ANSWERS, pl.String)))
    refused: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REFUSED))

    def and_(self, other: Answered) -> Answered:
        """Both, the rows of the other below."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("events", "answers", "refused"))
        return Answered(*(pl.concat(pair) for pair in pairs))


def read_list(path: Path, judged: Judged, taken: datetime) -> Answered:
    """What a filled list says; `taken`: when it was filled in, from which its answers are known.

    A day that is missing beside what was done is the day of `taken`. Raises WorkspaceError where the file is no
    workbook, and ArgumentError where it holds no list of due actions.
    """
    reader = _AnswerReader(judged, taken, str(path))
    for number, row in _rows(path):
        reader.read(number, row)
    return reader.answered()


def answer_given(judged: Judged, case_id: str, rule_id: str, answer: Mapping[str, str], taken: datetime) -> Answered:
    """An answer given by hand: the columns of the table `answers` beside case and rule.

    Raises ArgumentError where there is no such case or rule.
    """
    reader = _AnswerReader(judged, taken, "answer")
    rule, wrong = reader.rule_of(case_id, rule_id)
    if rule is None or wrong is not None:
        raise ArgumentError(Problem("answer", f"'{case_id}' '{rule_id}'", wrong or _NO_RULE))
    row = {"case_id": case_id, "rule_id": rule_id, "recorded_at": taken.isoformat(), **answer}
    digest = _digest([row.get(name, "") for name in _ANSWERS])
    rows = pl.DataFrame([{**dict.fromkeys(_ANSWERS), **row, _ID: digest}], schema=dict.fromkeys(_ANSWERS, pl.String))
    return Answered(answers=rows)


def write_answers(answered: Answered, folder: Path) -> tuple[int, int]:
    """Add events and answers to the tables of a workspace; how many of each are new.

    Raises WorkspaceError where a table cannot be read or written; nothing is written then.
    """
    contents: dict[Path, str] = {}
    counts = []
    for name, rows in (("events", answered.events), ("answers", answered.answers)):
        fresh = rows.filter(~pl.col(_ID).is_in(_known_ids(folder, name))).unique(_ID, maintain_order=True)
        counts.append(fresh.height)
        if fresh.height:
            contents[folder / f"{name}.csv"] = appended(folder, name, fresh)
    write_files(contents)
    return counts[0], counts[1]


def _known_ids(folder: Path, name: str) -> list[str]:
    problems: list[Problem] = []
    there = table_there(folder, name, problems)
    if problems:
        raise WorkspaceError(problems)
    return there[_ID].drop_nulls().to_list() if there is not None and _ID in there.columns else []


def lists_in(folder: Path) -> list[Path]:
    """The filled lists that wait in a workspace, in order of name."""
    return files_in(folder / FOLDER, *EXCEL_SUFFIXES)


# ---- the file ----


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of the list with the number a person sees: `answer`, `day`, `note`, `key`, `owner`."""
    book = open_workbook(path)
    for name in book.names:
        rows = book.cells(name)
        for first, row in enumerate(rows):
            if columns := _columns(row):
                for number, cells in enumerate(rows[first + 1 :], start=first + 2):
                    yield number, {key: cells[place] if place < len(cells) else "" for key, place in columns.items()}
                return
    wanted = "、".join(text.ja for text in (ANSWER, KEY)) + f" / {ANSWER.en}, {KEY.en}"
    raise ArgumentError(
        Problem(str(path), msg("holds no list of due actions"), msg("a sheet with the columns {wanted}", wanted=wanted))
    )


def _columns(row: Sequence[Any]) -> dict[str, int]:
    """Where the columns of the list are, if a row is its head: the answers and the keys at least."""
    heads = {_folded(str(cell)): place for place, cell in reversed(list(enumerate(row)))}
    wanted = {"answer": ANSWER, "day": DAY, "note": NOTE, "key": KEY}
    names = {key: [text.say(lang) for lang in LANGS] for key, text in wanted.items()}
    names["owner"] = [labels.column("owner", lang) for lang in LANGS]
    found = {key: heads[_folded(name)] for key, options in names.items() for name in options if _folded(name) in heads}
    return found if {"answer", "key"} <= set(found) else {}


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


# ---- its rows ----


@dataclass
class _AnswerReader:
    judged: Judged
    taken: datetime
    place: str
    events: list[dict[str, str | None]] = field(default_factory=list)
    answers: list[dict[str, str | None]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)

    def answered(self) -> Answered:
        """What was read so far."""
        return Answered(
            pl.DataFrame(self.events, schema=dict.fromkeys(_EVENTS, pl.String)),
            pl.DataFrame(self.answers, schema=dict.fromkeys(_ANSWERS, pl.String)),
            pl.DataFrame(self.refused, schema=REFUSED),
        )

    def rule_of(self, case_id: str, rule_id: str) -> tuple[tuple[Playbook, Rule] | None, Text | None]:
        """The rule of a case, or why there is none."""
        book_id = self._books.get(case_id)
        if book_id is None:
            return None, _NO_CASE
        book = self.judged.playbooks.named(book_id)
        rule = next((one for one in book.rules if one.id == rule_id), None)
        return ((book, rule), None) if rule else (None, _NO_RULE)

    @cached_property
    def _books(self) -> dict[str, str]:
        return dict(self.judged.log.cases.select("case_id", "playbook").rows())

    def read(self, number: int, row: Mapping[str, Any]) -> None:
        """One row of the list: nothing where nothing was said, else an event, an answer or a refusal."""
        answer, day, note = (row.get(name, "") for name in ("answer", "day", "note"))
        text = str(answer).strip()
        if not text and not str(day).strip() and not str(note).strip():
            return None
        try:
            key = RowKey.read(str(row["key"]))
        except (ValueError, TypeError):
            return self._refuse(number, KEY, row["key"], _NO_KEY)
        if not text:
            return self._refuse(number, ANSWER, note or day, _NO_CHOICE)
        found, wrong = self.rule_of(key.case_id, key.rule_id)
        if found is None:
            return self._refuse(number, KEY, str(key), cast(Text, wrong))
        choice = _chosen(text, choices(*found))
        if choice is None:
            return self._refuse(number, ANSWER, text, _UNKNOWN)
        moment = moment_in(day, self.judged.as_of.zone.key)
        if moment is None and str(day).strip():
            return self._refuse(number, DAY, day, _NO_DAY)
        return self._say(number, key, choice, moment, str(note).strip(), _person(row.get("owner", "")))

    def _say(
        self, number: int, key: RowKey, choice: Choice, moment: datetime | date | None, note: str, owner: str
    ) -> None:
        day = moment.date() if isinstance(moment, datetime) else moment
        digest = _digest([*map(str, (key, choice.says, choice.of, moment or "", note))])
        made: dict[str, str | None] = {"case_id": key.case_id, "note": note or None, _ID: digest,
                                       "recorded_at": self.taken.isoformat()}  # fmt: skip
        if choice.says in ("done", "closed"):
            if day is not None and day > self.taken.date():
                return self._refuse(number, DAY, day, _AHEAD)
            at = (moment or self.taken.date()).isoformat()
            self.events.append({**dict.fromkeys(_EVENTS), **made, "activity": choice.of, "timestamp": at,
                                "resource": owner or None})  # fmt: skip
            return None
        later = choice.says in ("later", "waiting_on")
        if later and day is None:
            return self._refuse(number, DAY, "", _WANTS_DAY)
        if later and day is not None and day <= self.taken.date():
            return self._refuse(number, DAY, day, _PAST)
        self.answers.append({
            **dict.fromkeys(_ANSWERS), **made, "rule_id": key.rule_id, "trigger_at": key.trigger_at,
            "answer": "later" if later else choice.says, "until": day.isoformat() if later and day else None,
            "waiting_on": choice.of if choice.says == "waiting_on" else None, "by": owner or None,
        })  # fmt: skip
        return None

    def _refuse(self, number: int, column: Text, value: Any, reason: Text) -> None:
        self.refused.append({"place": self.place, "row": number, "column": column.ja, "value": str(value),
                             "ja": reason.ja, "en": reason.en})  # fmt: skip


def _chosen(text: str, offered: Sequence[Choice]) -> Choice | None:
    """The choice that is written: its name in either language, or the beginning of one and no other."""
    written = _folded(text)
    names = [(choice, _folded(name)) for choice in offered for name in (choice.name.ja, choice.name.en)]
    exact = [choice for choice, name in names if name == written]
    near = {id(choice): choice for choice, name in names if name.startswith(written)}
    return exact[0] if exact else next(iter(near.values())) if len(near) == 1 else None


def _person(cell: Any) -> str:
    """The owner that a row names; nobody where it says that nobody is assigned."""
    name = str(cell).strip()
    return "" if name in {labels.absent("owner", lang) for lang in LANGS} else name


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]
