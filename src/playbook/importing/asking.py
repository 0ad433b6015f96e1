"""The open questions of a proposal as an Excel sheet 「確認」 that a person fills in and gives back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from playbook.files.workbook import open_workbook
from playbook.importing.guess import ImportQuestion
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError
from playbook.words.text import Lang, Text

SHEET = msg("Questions")
_HEADS = (
    msg("No."), msg("Question"), msg("What is known"),
    msg("Rows"), msg("Answer (choose one)"), Text("key", "key"),
    Text("choices", "choices"),
)  # fmt: skip
_ANSWER, _KEY, _CHOICES = 4, 5, 6
_HOW = msg(
    "Choose in the column 'Answer', save, and give it back: playbook import FILE --answers THIS"
    " -o WORKSPACE. What is left empty stays open."
)


def questions_book(questions: Sequence[ImportQuestion], answers: Mapping[str, str], lang: Lang = "ja") -> bytes:
    """The questions as a workbook, one row each with a drop-down of its choices; what is answered is filled in."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    buffer = BytesIO()
    book = Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(SHEET.say(lang))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "bg_color": "#E7EEF7", "text_wrap": True})
    free = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#FFF9DB", "border": 1})
    sheet.write_string(0, 0, _HOW.say(lang))
    for column, title in enumerate(_HEADS):
        sheet.write_string(1, column, title.say(lang), head)
    for row, question in enumerate(questions, start=2):
        named = {one.text.say(lang): one.id for one in question.choices}
        given = next((text for text, id in named.items() if id == answers.get(question.key)), "")
        sheet.write_number(row, 0, row - 1, wrapped)
        for column, text in ((1, question.text.say(lang)), (2, question.why.say(lang))):
            sheet.write_string(row, column, text, wrapped)
        sheet.write_number(row, 3, question.rows, wrapped)
        sheet.write_string(row, _ANSWER, given, free)
        sheet.write_string(row, _KEY, question.key)
        sheet.write_string(row, _CHOICES, json.dumps(named, ensure_ascii=False))
        sheet.data_validation(row, _ANSWER, row, _ANSWER, _drop_down(list(named)))
    for column, width in enumerate((6, 60, 40, 8, 40)):
        sheet.set_column(column, column, width)
    sheet.set_column(_KEY, _CHOICES, None, None, {"hidden": True})
    sheet.freeze_panes(2, 0)
    book.close()
    return buffer.getvalue()


def _drop_down(choices: Sequence[str]) -> dict[str, Any]:
    """A list of choices; one that is too long for Excel's 255 characters is told in the error alone."""
    fits = sum(len(one) + 1 for one in choices) <= 255 and not any("," in one for one in choices)
    return {"validate": "list", "source": list(choices)} if fits else {"validate": "any"}


def read_answers(path: Path) -> dict[str, str]:
    """The answers in a filled sheet of questions, by the key of the question.

    Raises WorkspaceError where it is no such sheet, or with each answer that is none of its choices.
    """
    book = open_workbook(path)
    names = [name for name in book.names if name in (SHEET.ja, SHEET.en)]
    if not names:
        found = msg("there is no sheet '{sheet}'", sheet=SHEET.ja)
        raise WorkspaceError(Problem(str(path), found, msg("the workbook that `playbook import --ask` wrote")))
    answers: dict[str, str] = {}
    problems: list[Problem] = []
    for number, row in enumerate(book.cells(names[0]), start=1):
        cells = [str(cell).strip() for cell in row]
        if len(cells) <= _CHOICES or not cells[_CHOICES].startswith("{") or not cells[_ANSWER]:
            continue
        place, named = f"{book.place(names[0])}, row {number}", _choices(cells[_CHOICES])
        given = named.get(cells[_ANSWER])
        if not named:
            found = msg("the hidden column of choices was changed")
            problems.append(Problem(place, found, msg("the workbook that `playbook import --ask` wrote")))
        elif given is None:
            problems.append(Problem(place, msg("found '{cells}'", cells=cells[_ANSWER]), " / ".join(named)))
        else:
            answers[cells[_KEY]] = given
    if problems:
        raise WorkspaceError(problems)
    return answers


def _choices(cell: str) -> dict[str, str]:
    """The choices of a question, by how they are worded; none where the cell no longer says any."""
    try:
        said = json.loads(cell)
    except (ValueError, RecursionError):
        return {}
    return {name: one for name, one in said.items() if isinstance(one, str)}
