"""A handover as a paper: one workbook with what goes over, what was put off, the dates ahead, who answers for what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.workbook import WorkbookPage, workbook
from playbook.words.catalogue import msg
from playbook.words.text import Lang

_TITLE = msg("{giver} hands over to {taker} on {day}")
_SHEETS = {
    "promises": (
        msg("Promises"),
        msg("Open promises, what is due first comes first; from that day the successor owes them"),
    ),
    "answers": (msg("Put off"), msg("What was put off, until when, and who is waited for")),
    "dates": (msg("Dates ahead"), msg("Planned dates to come in these cases")),
    "assignments": (
        msg("Assignments"),
        msg("As they become: the day before is the last of the one, the day itself the first of the other"),
    ),
}
_HEADS: Mapping[str, tuple[str, ...]] = {
    "promises": ("client", "case_id", "subject", "rule", "trigger", "trigger_on", "due_on", "act_by", "status"),
    "answers": ("case_id", "rule", "until", "waiting_on", "by", "note"),
    "dates": ("case_id", "subject", "planned", "day"),
    "assignments": ("role", "person", "client", "opening_id", "case_id", "from_on", "to_on"),
}
_OWN = {
    "trigger_on": msg("Since"),
    "due_on": msg("Due on"),
    "rule": msg("Promised"),
    "planned": msg("Planned date"),
    "by": msg("Answered by"),
}


def handover_book(
    parts: Mapping[str, pl.DataFrame],
    playbooks: Iterable[Playbook],
    clients: pl.DataFrame,
    said: tuple[str, str, date],
    lang: Lang = "ja",
) -> bytes:
    """The workbook of a handover: a sheet per part (`Handover`: promises, answers, dates, assignments), with names.

    `said`: who hands over, to whom, from which day on.
    """
    named = _names(playbooks, clients, lang)
    giver, taker, day = said
    title = _TITLE.say(lang).format(giver=giver, taker=taker, day=formats.day(day, lang))
    return workbook([_page(name, frame, named, title, lang) for name, frame in parts.items()], lang)


def _names(playbooks: Iterable[Playbook], clients: pl.DataFrame, lang: Lang) -> Mapping[str, Mapping[str, str]]:
    """Per column what its codes are called; of two playbooks that use one code alike, the first names it."""
    rules: dict[str, str] = {}
    causes: dict[str, str] = {}
    roles: dict[str, str] = {}
    for book in playbooks:
        for rule in book.rules:
            rules.setdefault(rule.id, rule.name.say(lang))
        for activity in book.activities:
            causes.setdefault(activity.id, activity.name.say(lang))
        for planned in book.dates:
            causes.setdefault(planned.id, planned.name.say(lang))
        for role in book.roles:
            roles.setdefault(role.id, role.name.say(lang))
    called = clients.select("client_id", pl.coalesce("name", "client_id").alias("name")).unique(
        "client_id", keep="last"
    )
    return {"rule": rules, "trigger": causes, "planned": causes, "role": roles, "client": dict(called.rows())}


def _page(
    name: str, frame: pl.DataFrame, named: Mapping[str, Mapping[str, str]], title: str, lang: Lang
) -> WorkbookPage:
    sheet, note = _SHEETS[name]
    moments = {"trigger_on": "trigger_at", "due_on": "due_at"}
    days = [pl.col(at).dt.date().alias(to) for to, at in moments.items() if at in frame.columns]
    codes = {"rule_id": "rule", "client_id": "client"}
    rows = frame.with_columns(days).rename({code: to for code, to in codes.items() if code in frame.columns})
    heads = {column: _head(column, lang) for column in _HEADS[name] if column in rows.columns}
    shown = {column: names for column, names in named.items() if column in heads}
    statuses = {"status": {code: labels.value("status", code, lang) for code in _codes(rows, "status")}}
    sides = {"waiting_on": {code: labels.value("side", code, lang) for code in _codes(rows, "waiting_on")}}
    return WorkbookPage(
        sheet.say(lang),
        rows.select(list(heads)),
        heads,
        title,
        (note.say(lang),),
        values={**shown, **statuses, **sides},
    )


def _codes(rows: pl.DataFrame, column: str) -> list[str]:
    return rows[column].drop_nulls().unique().sort().to_list() if column in rows.columns else []


def _head(column: str, lang: Lang) -> str:
    return _OWN[column].say(lang) if column in _OWN else labels.column(column, lang)
