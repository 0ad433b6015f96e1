"""What goes out beside the weekly list: an Excel file, a mail and a calendar per person, the mail drafts."""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

import polars as pl

from playbook.answers.owed.week import WeeklyList
from playbook.pages import morning
from playbook.rendering.attachments import attach, show
from playbook.show.answer_list import weekly_book
from playbook.show.calendar_file import calendars, cancellations
from playbook.show.day_sheets import DaySheet
from playbook.show.digest import digest
from playbook.show.drafts import Draft, write_eml
from playbook.show.formats import file_stem
from playbook.words.catalogue import msg
from playbook.words.text import Lang

_EXCEL = msg("Excel: the list")
_CALENDAR = msg("Calendar: {name}")
_CALENDARS = msg("Calendars, one a person")
_LINKED = 60  # calendars with a link of their own; those of more people are in one file
_DRAFTS = msg("Mail drafts (nothing is sent)")
_DIGEST = msg("The sheet as a mail (nothing is sent)")
_DIGESTS = msg("The sheets as mails, one a person (nothing is sent)")
_ELSEWHERE = msg("Calendars and mails of the people who have a page of their own are there.")
_CANCELLED = msg("Cancelled entries, one calendar a person")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment a zip file can name: the same drafts give the same bytes


def hand_out_week(
    week: WeeklyList,
    drafts: Iterable[Draft],
    as_of: date | datetime,
    lang: Lang = "ja",
    clients: pl.DataFrame | None = None,
    linked: Iterable[str] = (),
) -> None:
    """Publish the files of the weekly list beside the page, with a link to each: Excel, drafts, mails, calendars.

    `linked`: as in `morning.people`; who has a page has calendar and mail there, and none here.
    """
    urgent = week.urgent
    attach(
        "weekly_due_actions.xlsx", weekly_book(urgent, week.playbooks, lang, clients=clients), label=_EXCEL.say(lang)
    )
    made = list(drafts)
    if made:
        attach("drafts.zip", _zipped(made), label=_DRAFTS.say(lang))
    elsewhere = list(morning.pages_of(linked))
    if elsewhere:
        show(f'<p class="pb-first">{html.escape(_ELSEWHERE.say(lang))}</p>', _ELSEWHERE.say(lang))
    week = week.without(elsewhere)
    letters = {f"{file_stem(sheet.owner)}.eml": digest(sheet, week.day, lang) for sheet in _each(week, lang, clients)}
    if len(letters) == 1:
        attach(*next(iter(letters.items())), label=_DIGEST.say(lang))
    elif letters:
        attach("digests.zip", _held(letters), label=_DIGESTS.say(lang))
    everything = pl.concat([week.actions, week.resolved])
    entries = calendars(everything, week.playbooks, as_of, lang, clients=clients)
    if len(entries) > _LINKED:
        attach("calendars.zip", _held(entries), label=_CALENDARS.say(lang))
    for file, content in entries.items() if len(entries) <= _LINKED else ():
        attach(file, content, label=_CALENDAR.say(lang).format(name=file.removesuffix(".ics")))
    cancelled = cancellations(week.gone, week.playbooks, as_of, lang, clients=clients)
    if cancelled:
        attach("cancelled.zip", _held(cancelled), label=_CANCELLED.say(lang))


def _each(week: WeeklyList, lang: Lang, clients: pl.DataFrame | None) -> Iterator[DaySheet]:
    """The sheet of each person who is assigned, with all the lines that one sheet holds."""
    for owner in week.people.filter(pl.col("owner").is_not_null())["owner"]:
        yield from morning.sheets(week, lang, clients, [owner]).sheets


def _zipped(drafts: Iterable[Draft]) -> bytes:
    return _held({draft.filename: write_eml(draft) for draft in drafts})


def _held(files: Mapping[str, bytes]) -> bytes:
    """Files in a zip file; the same files give the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return held.getvalue()
