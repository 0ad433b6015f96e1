"""The papers of one placement after six months: the letter to the client and the bank's own review sheet, in Word.

The letter is made of the company's edition alone, so what that edition holds back is in no letter either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from playbook.answers.law import statutory
from playbook.answers.law.keeping import keeping
from playbook.answers.placed.consents import permitted
from playbook.answers.placed.editions import Pack, pack, readers_named
from playbook.answers.placed.retention import QUIET, contacts, employment, known_voices
from playbook.clock.known import EventLog
from playbook.pages.grants import grants_in_short
from playbook.show import labels
from playbook.show.letter import Goal, Kind, Letter, Sender, letter_docx
from playbook.show.review_sheet import ReviewSheet, Voice, review_sheet_docx
from playbook.show.word import Era, written_day
from playbook.tables.settings import Settings
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem

_UNDER_WAY = "取り組み中"
"""What a letter says of a goal that is not reached: late or at risk is no word for it."""

_TRACKS = {"issue": "経営課題", "hire": "本人"}
_REFUSED = {
    "not_shareable": "不可", "no_consent": "不可（同意なし）", "withdrawn": "不可（同意の撤回）",
    "special_care": "不可（要配慮の同意なし）",
}  # fmt: skip
_TALKS = ("company_review_held", "six_month_review_held")
_CONCERN = "言いにくい懸念の申し出"
_MOST_STEPS, _MOST_VOICES = 4, 6
_TERMS = {"indefinite": "無期", "long": "有期", "short": "有期", "unknown": None, "not_employment": "業務委託"}
_STATES = {
    "there": "在籍",
    "left": "離職",
    "dismissed": "解雇",
    "unknown": "判明せず",
    "not_yet": "6か月が満了していない",
}


def client_letter(log: EventLog, case_id: str, settings: Settings, sent_on: date | None = None) -> Letter:
    """What the letter to the client of a placement says on a day; ArgumentError where there is no such placement."""
    found = pack(log, case_id, "company")
    case, client = found.case, _client(log, found.case["client_id"])
    changes = found.items.filter(pl.col("item") == "change_seen")["content"].to_list()
    events = found.events.with_columns(day=pl.col("timestamp").dt.date())
    talks = events.filter(pl.col("activity").is_in(list(_TALKS)))["day"].unique().sort().to_list()
    agreed = events.filter(pl.col("activity") == "goals_agreed")["day"]
    mission = found.items.filter(pl.col("item") == "mission")["content"].to_list()
    return Letter(
        sent_on=sent_on or log.as_of.day,
        sender=sender_of(settings),
        company=str(client.get("name") or found.client or ""),
        addressee_post=str(client.get("representative_post") or ""),
        addressee=str(client.get("representative") or ""),
        person=str(case["subject"] or case["case_id"]),
        position=str(case["position"] or ""),
        joined_on=found.placement["joined_on"],
        kind=_standing(log, case["case_id"], settings),
        issue=str(case.get("management_issue") or ""),
        mission=str(mission[0]) if mission else "",
        talks=talks,
        goals=[replace(goal, state=_UNDER_WAY) for goal in _goals(found)],
        changes=[str(change) for change in dict.fromkeys(changes)],
        next_steps=_steps(found),
        agreed_on=agreed[0] if len(agreed) else None,
    )


def letter_of(log: EventLog, case_id: str, settings: Settings, sent_on: date | None = None) -> bytes:
    """The letter as a Word file, on the template of the house where the settings name one."""
    return letter_docx(client_letter(log, case_id, settings, sent_on), _template(settings))


def review_sheet(log: EventLog, case_id: str, settings: Settings, letter_sent_on: date | None = None) -> ReviewSheet:
    """What the bank's own sheet says of a placement on a day."""
    found = pack(log, case_id, "bank")
    case_id = str(found.case["case_id"])
    people = statutory.placed(log, settings.agency).filter(case_id=case_id)
    hire = people.row(0, named=True) if people.height else {}
    assessed = found.assessments["issue_solved"].drop_nulls().to_list() if found.assessments.height else []
    era, grants = _era(settings), grants_in_short(log, case_id, settings)
    return ReviewSheet(
        made_on=log.as_of.day,
        era=era,
        number=case_id,
        drafter=str(found.placement["manager"] or ""),
        head=_sheet_head(found, hire, _client(log, found.case["client_id"]), era, grants),
        in_post=_in_post(hire),
        issue_solved=str(assessed[-1]) if assessed else "",
        goals=_goals(found),
        company=_said(log, case_id, "company"),
        hire=_said(log, case_id, "hire"),
        talks=[
            (str(row["rule"]), row["due_at"].date(), row["fulfilled_at"].date() if row["fulfilled_at"] else None)
            for row in _named(found).iter_rows(named=True)
        ],
        concerns=[
            (row["timestamp"].date(), str(row["note"] or _CONCERN))
            for row in found.concerns.iter_rows(named=True)
            if row["activity"] == "concern_raised"
        ],
        proposals=[
            (str(row["issue"]), "" if row["amount"] is None else f"{row['amount']:,.0f}円",
             labels.value("status", str(row["status"] or "")))
            for row in found.proposals.iter_rows(named=True)
        ],
        kept_until=_kept_until(log, case_id, settings),
        letter_sent_on=letter_sent_on,
    )  # fmt: skip


def review_sheet_of(log: EventLog, case_id: str, settings: Settings) -> bytes:
    """The sheet as a Word file."""
    return review_sheet_docx(review_sheet(log, case_id, settings), _template(settings))


def sender_of(settings: Settings) -> Sender:
    """The house that writes, as the settings say it."""
    head = settings.letter
    reach = (head.address, head.phone, head.mail, settings.agency.licence, _era(settings))
    return Sender(head.house or settings.name, head.department, head.post, head.name, *reach)


def _era(settings: Settings) -> Era:
    return "western" if settings.letter.era == "western" else "reiwa"


def _template(settings: Settings) -> Path | None:
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
    return Path(named) if named else None


def _client(log: EventLog, client_id: str | None) -> Mapping[str, Any]:
    mine = log.tables.clients.filter(pl.col("client_id") == (client_id or ""))
    return mine.row(0, named=True) if mine.height else {}


def _standing(log: EventLog, case_id: str, settings: Settings) -> Kind:
    """Whether the person is known to be there: by a talk of late with the person, or an answer; never by others."""
    row = employment(log).filter(pl.col("case_id") == case_id).row(0, named=True)
    if row["status"] in ("left", "dismissed"):
        return "left"
    people = statutory.placed(log, settings.agency).filter(case_id=case_id)
    answered = bool(people.height) and people["state"][0] == "there"
    met = contacts(log).filter(pl.col("case_id") == case_id, pl.col("side") == "hire")["day"]
    lately = met.filter(met.dt.offset_by(QUIET) >= log.as_of.day)
    return "there" if answered or row["at_six_months"] == "stayed" or len(lately) else "unknown"


def _goals(found: Pack) -> list[Goal]:
    return [
        Goal(
            _TRACKS.get(row["track"], ""), str(row["milestone"]), row["due_on"], labels.value("status", row["status"]),
            row["achieved_on"], str(row.get("measure") or row.get("evidence") or ""),
        )
        for row in found.milestones.iter_rows(named=True)
        if row["status"] != "dropped"
    ]  # fmt: skip


def _steps(found: Pack) -> list[tuple[date | None, str]]:
    """The next steps that this reader may know of, without a word on what is late."""
    named = {rule.id: rule.name.ja for rule in found.book.rules}
    ahead = found.actions.filter(pl.col("due_at").dt.date() >= found.day).sort("due_at").head(_MOST_STEPS)
    return [(row["due_at"].date(), named[row["rule_id"]]) for row in ahead.iter_rows(named=True)]


def _named(found: Pack) -> pl.DataFrame:
    names = {rule.id: rule.name.ja for rule in found.book.rules}
    rule = pl.col("rule_id").replace_strict(names, default=None, return_dtype=pl.String)
    return found.reviews.sort("due_at").with_columns(rule=rule)


def _sheet_head(
    found: Pack, hire: Mapping[str, Any], client: Mapping[str, Any], era: Era, grants: Sequence[str]
) -> list[tuple[str, str]]:
    case, row = found.case, found.placement
    months = f" {hire['term_months']:g}か月" if hire.get("term_months") else ""
    term = _TERMS.get(str(hire.get("term") or "unknown"))
    fee = "" if hire.get("fee") is None else f"{hire['fee']:,.0f}円"
    return [
        ("取引先・業種・取引店", _joined(found.client, client.get("segment"), case.get("branch"))),
        ("入社者・職位・入社日", _joined(case["subject"], case["position"], written_day(row["joined_on"], era))),
        ("雇用形態", f"{term}{months}" if term else ""),
        ("紹介形態", str(case.get("placement_type") or "")),
        ("紹介手数料・返戻期限", _joined(fee, case.get("refund_until"))),
        ("補助金と期限", _joined(*grants) or _joined(case.get("grant"), case.get("grant_until"))),
        ("6か月の満了日", written_day(hire.get("last_day") or row["six_months_on"], era)),
        ("担当（引継ぎ元）", _joined(row["manager"], case.get("handed_over_from"))),
    ]


def _joined(*parts: object) -> str:
    return "　".join(str(part) for part in parts if part not in (None, ""))


def _in_post(hire: Mapping[str, Any]) -> str:
    if not hire.get("state"):
        return ""
    asked = _joined(hire.get("asked_on"), hire.get("asked_how"))
    ended = f"({hire['ended_on']})" if hire.get("ended_on") else ""
    return f"{asked} = {_STATES[hire['state']]}{ended}".removeprefix(" = ")


def _said(log: EventLog, case_id: str, side: str) -> list[Voice]:
    """One side's latest voices, each with whether it may be shared with the other side, and since which consent."""
    heard = known_voices(log).filter(pl.col("case_id") == case_id, pl.col("side") == side)
    other = "hire" if side == "company" else "company"
    consents = log.tables.consents.filter(pl.col("case_id") == case_id)
    judged = permitted(heard, consents, other, log.as_of.day, readers_named(log).get(case_id, {}))
    return [
        Voice(
            row["held_on"], _joined(row["topic"], row["note"]), "" if row["score"] is None else f"{row['score']:g}",
            f"可（同意 {row['consented_on']}）" if row["refused"] is None else _REFUSED[row["refused"]],
        )
        for row in judged.tail(_MOST_VOICES).iter_rows(named=True)
    ]  # fmt: skip


def _kept_until(log: EventLog, case_id: str, settings: Settings) -> date | None:
    rows = keeping(log, settings, ()).filter(case_id=case_id)
    until: date | None = rows["keep_until"][0] if rows.height else None
    return until
