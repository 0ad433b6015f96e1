"""What goes out beside the weekly list: an Excel file, a calendar per person, the mail drafts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime

import polars as pl

from playbook.answers.week import WeeklyList
from playbook.rendering.attachments import attach
from playbook.show.answer_list import weekly_book
from playbook.show.calendar_file import calendars
from playbook.show.drafts import Draft, write_eml
from playbook.show.formats import number
from playbook.words.text import Lang, Text

_EXCEL = Text("Excel: 一覧({n}件)", "Excel: the list ({n} rows)")
_CALENDAR = Text("予定表: {name}", "Calendar: {name}")
_DRAFTS = Text("メール下書き({n}通、送信はしません)", "Mail drafts ({n}; nothing is sent)")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment a zip file can name: the same drafts give the same bytes


def hand_out_week(
    week: WeeklyList,
    drafts: Iterable[Draft],
    as_of: date | datetime,
    lang: Lang = "ja",
    clients: pl.DataFrame | None = None,
) -> None:
    """Publish the files of the weekly list beside the page, with a link to each: Excel, calendars, drafts."""
    urgent = week.urgent
    name = _EXCEL.say(lang).format(n=number(urgent.height, lang))
    attach("weekly_due_actions.xlsx", weekly_book(urgent, week.playbooks, lang, clients=clients), label=name)
    made = list(drafts)
    if made:
        attach("drafts.zip", _zipped(made), label=_DRAFTS.say(lang).format(n=number(len(made), lang)))
    everything = pl.concat([week.actions, week.resolved])
    for file, content in calendars(everything, week.playbooks, as_of, lang, clients=clients).items():
        attach(file, content, label=_CALENDAR.say(lang).format(name=file.removesuffix(".ics")))


def _zipped(drafts: Iterable[Draft]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as files:
        for draft in drafts:
            files.writestr(zipfile.ZipInfo(draft.filename, _EPOCH), write_eml(draft), zipfile.ZIP_DEFLATED)
    return held.getvalue()
