"""What is proposed for one file: a line for each column, blocks of events, and the questions that are open.

Everything that is decided goes through `Asker.decide`: what a person has answered goes before what is proposed, and
what is in doubt without an answer is left out of the mapping and asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from playbook.rules.nouns import Playbook
from playbook.words.catalogue import msg
from playbook.words.text import Text

NOTHING = "-"
"""The answer that a column or a value is not used."""


@dataclass(frozen=True, slots=True)
class AnswerChoice:
    """One answer to a question: what it stands for in the proposal, and its words."""

    id: str
    text: Text


@dataclass(frozen=True, slots=True)
class ImportQuestion:
    """What only a person can say. `key` finds its answer again; `suggested`: the id of the likeliest choice; `rows`:
    how many rows it is about; `why`: what is known."""

    key: str
    text: Text
    why: Text
    choices: tuple[AnswerChoice, ...]
    suggested: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What one column becomes, and why; `sure` is false where a person must look."""

    column: str
    becomes: str
    why: Text
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """Events of one kind, as they stand in the mapping.

    `kind`: stage (a column of days), rows (a column of activities with a time), state. `doubts`: values with what they
    may be, as comments.
    """

    kind: str
    column: str
    activity: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    time: str = ""
    planned: str = ""
    resource: str = ""
    reason: str = ""
    recorded: str = ""
    after: tuple[str, ...] = ()
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    why: Text = field(default_factory=lambda: Text("", ""))
    note: str = ""
    result: str = ""
    on: str = ""


@dataclass
class Asker:
    """What a person has answered, and what is still to be asked."""

    file: str
    answers: Mapping[str, str]
    book: Playbook
    questions: list[ImportQuestion] = field(default_factory=list)

    def decide(
        self, key: str, text: Text, why: Text, choices: Sequence[AnswerChoice], suggested: str, rows: int = 0
    ) -> str | None:
        """The answer, where there is one; else None, and the question is noted."""
        whole = f"{self.file} | {key}"
        ids = {one.id for one in choices}
        if (answer := self.answers.get(whole)) in ids:
            return answer
        self.questions.append(ImportQuestion(whole, text, why, tuple(choices), suggested, rows))
        return None

    def choices(self, activities: Sequence[str]) -> list[AnswerChoice]:
        """Activities of the book as choices, and that it is nothing."""
        names = {one.id: one.name for one in self.book.activities} | {one.id: one.name for one in self.book.dates}
        named = [AnswerChoice(one, names[one]) for one in activities if one in names]
        return [*named, AnswerChoice(NOTHING, msg("none of them (not used)"))]

    def name(self, activity: str) -> Text:
        """The label of an activity or a planned date."""
        names = {one.id: one.name for one in self.book.activities} | {one.id: one.name for one in self.book.dates}
        return names.get(activity, Text(activity, activity))
