"""The question sheet of one follow-up talk, to print or to fill in Excel: questions, room for what was said, consents.

It is no appraisal: it asks how somebody is doing. What was said is read back as voices, the yes beneath as consents
(`importing.talks`); without a yes nothing of it leaves the bank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from playbook.words.catalogue import msg, msg_in
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

SIDES: Mapping[str, Text] = {"company": msg("Company"), "hire": msg("Hire")}
HEAD: Mapping[str, Text] = {
    "case_id": msg("Case"),
    "client": msg_in("talk_sheet", "Company"),
    "subject": msg_in("talk_sheet", "Hire"),
    "side": msg("Who is asked"),
    "held_on": msg("Held on"),
    "asked_by": msg("Asked by"),
    "consent": msg("May be told to the other side (yes/no)"),
    "special": msg("Health, creed and the like too (yes/no)"),
    "how": msg("How it was agreed"),
}
COLUMNS: Mapping[str, Text] = {
    "topic": msg("Topic"),
    "question": msg("Question"),
    "note": msg_in("talk_sheet", "In short"),
    "score": msg("Score (1-5)"),
    "shareable": msg("May be told to"),
}
READERS: Mapping[str, Text] = {
    "no": msg("Nobody"),
    "company": msg("Company"),
    "hire": msg("Hire"),
    "both": msg("Both"),
}
_YES_NO = (msg("yes"), msg("no"))
QUESTIONS: Mapping[str, Sequence[tuple[Text, Text]]] = {
    "hire": (
        (
            msg("Atmosphere"),
            msg("Are you at home in the place by now?"),
        ),
        (msg("Relations"), msg("Whom can you turn to?")),
        (msg_in("talk_sheet", "Work"), msg("What in the work is hard to get into?")),
        (msg_in("talk_sheet", "Expectations"), msg("What do you feel is expected of you?")),
        (
            msg("How others see you"),
            msg("How do others see you?"),
        ),
        (
            msg("Gap"),
            msg("What is other than you were told?"),
        ),
        (msg("Worries"), msg("What worries you now?")),
        (
            msg_in("talk_sheet", "Next step"),
            msg("What would you try until we talk again?"),
        ),
    ),
    "company": (
        (msg("Work"), msg("Where does it show what they can do?")),
        (msg("Relations"), msg("How do they get on with others?")),
        (
            msg("Expectations"),
            msg("Do you see the change you hoped for?"),
        ),
        (msg("The issue"), msg("How far has the issue come?")),
        (msg("Support"), msg("How does the company support them?")),
        (
            msg("Worries"),
            msg("Is there anything hard to say directly?"),
        ),
        (msg_in("talk_sheet", "Next step"), msg("What is to be settled until then?")),
    ),
}
_TITLE = msg("Talk with the {side}")
_GUIDE = msg(
    "No appraisal: leave empty what you would not say. What names nobody in the last column is told to nobody."
)
_BLANK_ROWS = 4
_CREATED = datetime(2000, 1, 1)


@dataclass(frozen=True)
class TalkSheet:
    """Whom the sheet is about, and who is asked."""

    case_id: str
    client: str
    subject: str
    side: str


def talk_sheet(sheet: TalkSheet, lang: Lang = "ja") -> bytes:
    """The sheet as the bytes of an Excel file, A4 across; the same sheet gives the same bytes."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as book:
        book.set_properties({"created": _CREATED, "author": "playbook"})
        line = {"border": 1, "border_color": "#BFBFBF", "valign": "top", "font_name": "Yu Gothic", "font_size": 10}
        looks = {
            "title": book.add_format({"bold": True, "font_size": 14, "font_name": "Yu Gothic"}),
            "name": book.add_format({**line, "bold": True, "bg_color": "#EEF3F3"}),
            "text": book.add_format({**line, "text_wrap": True, "num_format": "@"}),
            "day": book.add_format({**line, "num_format": "yyyy/m/d", "align": "left"}),
            "guide": book.add_format({"text_wrap": True, "font_color": "#555555", "valign": "top"}),
        }
        _fill(book.add_worksheet(_TITLE.say(lang).format(side=SIDES[sheet.side].say(lang))), sheet, looks, lang)
    return buffer.getvalue()


def _fill(page: Worksheet, sheet: TalkSheet, looks: Mapping[str, Format], lang: Lang) -> None:
    page.write_string(0, 0, _TITLE.say(lang).format(side=SIDES[sheet.side].say(lang)), looks["title"])
    known = {"case_id": sheet.case_id, "client": sheet.client, "subject": sheet.subject,
             "side": SIDES[sheet.side].say(lang)}  # fmt: skip
    for row, (name, said) in enumerate(HEAD.items(), start=1):
        page.write_string(row, 0, said.say(lang), looks["name"])
        page.write_string(row, 1, known.get(name, ""), looks["day" if name == "held_on" else "text"])
        if name in ("consent", "special"):
            page.data_validation(row, 1, row, 1, {"validate": "list", "source": [one.say(lang) for one in _YES_NO]})
    guide = len(HEAD) + 1
    page.merge_range(guide, 0, guide, len(COLUMNS) - 1, _GUIDE.say(lang), looks["guide"])
    page.set_row(guide, 30)
    head = guide + 1
    for column, (said, width) in enumerate(zip(COLUMNS.values(), (18, 34, 52, 10, 16), strict=True)):
        page.write_string(head, column, said.say(lang), looks["name"])
        page.set_column(column, column, width)
    rows = [(topic.say(lang), question.say(lang)) for topic, question in QUESTIONS[sheet.side]]
    for row, (topic, question) in enumerate([*rows, *[("", "")] * _BLANK_ROWS], start=head + 1):
        for column, text in enumerate((topic, question, "", "", "")):
            page.write_string(row, column, text, looks["text"])
        page.set_row(row, 34)
    last = head + len(rows) + _BLANK_ROWS
    shown = [one.say(lang) for one in READERS.values()]
    page.data_validation(head + 1, 4, last, 4, {"validate": "list", "source": shown})
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 1)
    page.print_area(0, 0, last, len(COLUMNS) - 1)
