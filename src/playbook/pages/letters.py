"""The papers of one placement in Word: the letter of an edition, and the bank's own review sheet.

The letter is made of its reader's edition alone (`pages.letter`); the sheet is the bank's, and holds what it knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from playbook.answers.law import statutory
from playbook.answers.law.keeping import keeping
from playbook.answers.placed.consents import permitted
from playbook.answers.placed.editions import EDITIONS, Edition, Pack, pack, readers_named
from playbook.answers.placed.retention import known_voices
from playbook.clock.known import EventLog
from playbook.files.reach import packed_too_far
from playbook.pages.grants import grants_in_short
from playbook.pages.letter import about, client_of, era_of, goals_of, letter_of
from playbook.show import formats, labels
from playbook.show.letter import Letter
from playbook.show.review_sheet import ReviewSheet, Voice
from playbook.show.word import Era, written_day
from playbook.tables.settings import Settings
from playbook.words.catalogue import aside, msg, msg_in
from playbook.words.problem import ArgumentError, Problem
from playbook.words.text import Lang

_REFUSED = {
    "not_shareable": msg_in("sheet", "no"),
    "no_consent": msg("no (no consent)"),
    "withdrawn": msg("no (consent withdrawn)"),
    "special_care": msg("no (no consent for what asks for special care)"),
}
_SHARED = msg("yes (consent of {day})")
_CONCERN = msg("something hard to say was raised")
_MOST_VOICES = 6
_TERMS = {
    "indefinite": msg_in("sheet", "indefinite"),
    "long": msg_in("sheet", "fixed"),
    "short": msg_in("sheet", "fixed"),
    "not_employment": msg("no employment (contract for work)"),
}
_TERM_MONTHS = msg("{term}, {months} months")
_STATES = {
    "there": msg_in("sheet", "in post"),
    "left": msg_in("sheet", "left"),
    "dismissed": msg_in("sheet", "dismissed"),
    "unknown": msg_in("sheet", "not known"),
    "not_yet": msg("six months are not over"),
}
_HEAD = (
    msg("Client, trade, branch"), msg("Hire, position, joined on"), msg("Term of employment"), msg("Way of placement"),
    msg("Fee, refund until"), msg("Grant, until"), msg("Six months are over on"), msg("In charge (handed over from)"),
)  # fmt: skip


def letter(
    log: EventLog,
    case_id: str,
    settings: Settings,
    sent_on: date | None = None,
    lang: Lang = "ja",
    edition: Edition = "company",
) -> Letter:
    """What the letter of a placement says on a day; ArgumentError where there is no such placement, or no letter."""
    if edition == "bank":
        raise ArgumentError(Problem(msg("edition"), msg("found '{edition}'", edition=edition), "company, hire"))
    packs = {one: pack(log, case_id, one) for one in EDITIONS[1:]}
    found = packs[edition]
    stands = about(log, found.case["case_id"], found.case["client_id"], settings, sent_on)
    return letter_of(found, tuple(packs.values()), stands, settings, lang, sent_on)


def review_sheet(
    log: EventLog, case_id: str, settings: Settings, letter_sent_on: date | None = None, lang: Lang = "ja"
) -> ReviewSheet:
    """What the bank's own sheet says of a placement on a day."""
    found = pack(log, case_id, "bank")
    case_id = str(found.case["case_id"])
    people = statutory.placed(log, settings.agency).filter(case_id=case_id)
    hire = people.row(0, named=True) if people.height else {}
    assessed = found.assessments["issue_solved"].drop_nulls().to_list() if found.assessments.height else []
    says = _Says(lang, era_of(settings))
    names = {rule.id: rule.name.say(lang) for rule in found.book.rules}
    grants = grants_in_short(log, case_id, settings, lang)
    return ReviewSheet(
        made_on=log.as_of.day,
        era=says.era,
        lang=lang,
        number=case_id,
        drafter=str(found.placement["manager"] or ""),
        head=_sheet_head(found, hire, client_of(log, found.case["client_id"]), grants, says),
        in_post=_in_post(hire, says),
        issue_solved=str(assessed[-1]) if assessed else "",
        goals=goals_of(found, lang),
        company=_said(log, case_id, "company", says),
        hire=_said(log, case_id, "hire", says),
        talks=[
            (names[row["rule_id"]], row["due_at"].date(), row["fulfilled_at"].date() if row["fulfilled_at"] else None)
            for row in found.reviews.sort("due_at").iter_rows(named=True)
        ],
        concerns=[
            (row["timestamp"].date(), str(row["note"] or _CONCERN.say(lang)))
            for row in found.concerns.iter_rows(named=True)
            if row["activity"] == "concern_raised"
        ],
        proposals=[
            (str(row["issue"]), says.yen(row["amount"]), labels.value("status", str(row["status"] or ""), lang))
            for row in found.proposals.iter_rows(named=True)
        ],
        kept_until=_kept_until(log, case_id, settings),
        letter_sent_on=letter_sent_on,
    )


@dataclass(frozen=True)
class _Says:
    """How a sheet writes days, amounts and parts of a cell."""

    lang: Lang
    era: Era

    def day(self, day: date | None) -> str:
        return written_day(day, self.era, self.lang)

    def yen(self, amount: float | None) -> str:
        return "" if amount is None else formats.money(amount, self.lang)

    def joined(self, *parts: object) -> str:
        said = (self.day(part) if isinstance(part, date) else str(part) for part in parts if part not in (None, ""))
        return ("　" if self.lang == "ja" else ", ").join(said)


def template_of(settings: Settings) -> Path | None:
    """The house's Word file; ArgumentError where the settings name one that is not there."""
    named = settings.letter.template
    if named and not Path(named).is_file():
        raise ArgumentError(
            Problem(
                "workspace.toml, key 'letter'",
                msg("there is no file '{named}'", named=named),
                msg("a Word file (.docx)"),
            )
        )
    if named and (bomb := packed_too_far(Path(named))):
        raise ArgumentError(Problem(named, bomb, msg("a Word file (.docx)")))
    return Path(named) if named else None


def _sheet_head(
    found: Pack, hire: Mapping[str, Any], client: Mapping[str, Any], grants: Sequence[str], says: _Says
) -> list[tuple[str, str]]:
    case, row = found.case, found.placement
    term = said.say(says.lang) if (said := _TERMS.get(str(hire.get("term")))) else ""
    if term and hire.get("term_months"):
        term = _TERM_MONTHS.say(says.lang).format(term=term, months=f"{hire['term_months']:g}")
    values = (
        says.joined(found.client, client.get("segment"), case.get("branch")),
        says.joined(case["subject"], case["position"], says.day(row["joined_on"])),
        term,
        str(case.get("placement_type") or ""),
        says.joined(says.yen(hire.get("fee")), case.get("refund_until")),
        says.joined(*grants) or says.joined(case.get("grant"), case.get("grant_until")),
        says.day(hire.get("last_day") or row["six_months_on"]),
        says.joined(row["manager"], case.get("handed_over_from")),
    )
    return [(head.say(says.lang), value) for head, value in zip(_HEAD, values, strict=True)]


def _in_post(hire: Mapping[str, Any], says: _Says) -> str:
    if not hire.get("state"):
        return ""
    state = _STATES[hire["state"]]
    ended = aside(state, says.day(hire["ended_on"])) if hire.get("ended_on") else state
    asked = says.joined(hire.get("asked_on"), hire.get("asked_how"))
    return f"{asked} = {ended.say(says.lang)}".removeprefix(" = ")


def _said(log: EventLog, case_id: str, side: str, says: _Says) -> list[Voice]:
    """One side's latest voices, each with whether it may be shared with the other side, and since which consent."""
    heard = known_voices(log).filter(pl.col("case_id") == case_id, pl.col("side") == side)
    other = "hire" if side == "company" else "company"
    consents = log.tables.consents.filter(pl.col("case_id") == case_id)
    judged = permitted(heard, consents, other, log.as_of.day, readers_named(log).get(case_id, {}))
    return [
        Voice(
            row["held_on"],
            says.joined(row["topic"], row["note"]),
            "" if row["score"] is None else f"{row['score']:g}",
            _SHARED.say(says.lang).format(day=says.day(row["consented_on"]))
            if row["refused"] is None
            else _REFUSED[row["refused"]].say(says.lang),
        )
        for row in judged.tail(_MOST_VOICES).iter_rows(named=True)
    ]


def _kept_until(log: EventLog, case_id: str, settings: Settings) -> date | None:
    rows = keeping(log, settings, ()).filter(case_id=case_id)
    until: date | None = rows["keep_until"][0] if rows.height else None
    return until
