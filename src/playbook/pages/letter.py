"""What a letter says of one placement: the record as its reader may know it, in the words of the house.

One text for the page of an edition and for the Word file beside it (`show.letter`). It is made of the edition alone, so
what that edition holds back is in no letter either; and since both sides sign, only voices that all may read are in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from playbook.answers.law import statutory
from playbook.answers.placed.editions import Pack
from playbook.answers.placed.retention import QUIET, contacts, employment
from playbook.clock.known import EventLog
from playbook.rules.folders import plain
from playbook.show import labels
from playbook.show.letter import Goal, Letter, LetterKind, LetterReader, Sender, months_between
from playbook.show.word import Era, written_day
from playbook.show.wording import wording
from playbook.tables.settings import Settings
from playbook.words.catalogue import msg, msg_in
from playbook.words.problem import Problem, WorkspaceError, reason
from playbook.words.text import Lang

_UNDER_WAY = msg("under way")
"""What a letter says of a goal that is not reached and of which no state is on record."""

_TRACKS = {"issue": msg_in("letter", "Issue"), "hire": msg_in("letter", "Person")}
_MOST_STEPS = 3
_VOICE = ["side", "held_on", "topic", "note"]


@dataclass(frozen=True)
class About:
    """What a letter needs beside the pack of its reader: how it stands with the person, and whom it goes to."""

    kind: LetterKind = "there"
    ended_on: date | None = None
    post: str = ""
    name: str = ""


def about(log: EventLog, case_id: str, client_id: str | None, settings: Settings, sent_on: date | None = None) -> About:
    """How it stands with a person on a day, and the addressee at the client: of the settings, else of the table."""
    row = employment(log).filter(pl.col("case_id") == case_id).row(0, named=True)
    client = client_of(log, client_id)
    named = settings.letter.addressees.get(client_id or "", "")
    post = "" if named else str(client.get("representative_post") or "")
    name = named or str(client.get("representative") or "")
    return About(_standing(log, case_id, settings, row, sent_on or log.as_of.day), row["ended_on"], post, name)


def _standing(log: EventLog, case_id: str, settings: Settings, row: Mapping[str, Any], sent_on: date) -> LetterKind:
    """Whether the person is known to be there: by a talk of late with the person, or an answer; never by others."""
    if row["status"] in ("left", "dismissed"):
        return "left"
    people = statutory.placed(log, settings.agency).filter(case_id=case_id)
    answered = bool(people.height) and people["state"][0] == "there"
    met = contacts(log).filter(pl.col("case_id") == case_id, pl.col("side") == "hire")["day"]
    lately = met.filter(met.dt.offset_by(QUIET) >= log.as_of.day)
    if not months_between(row["joined_on"], sent_on):
        return "early"
    return "there" if answered or row["at_six_months"] == "stayed" or len(lately) else "unknown"


def client_of(log: EventLog, client_id: str | None) -> Mapping[str, Any]:
    """The row of a client; empty where there is none."""
    mine = log.tables.clients.filter(pl.col("client_id") == (client_id or ""))
    return mine.row(0, named=True) if mine.height else {}


def letter_of(
    found: Pack,
    readers: Sequence[Pack],
    about: About,
    settings: Settings,
    lang: Lang = "ja",
    sent_on: date | None = None,
) -> Letter:
    """The letter of an edition; `readers`: the packs of all who may come to read it, since both sides sign."""
    reader: LetterReader = "hire" if found.edition == "hire" else "company"
    # Nobody is asked by letter whether they themselves are still there.
    kind: LetterKind = "there" if reader == "hire" and about.kind == "unknown" else about.kind
    sender = sender_of(settings)
    changes = _changes(found)
    agreed = found.events.filter(pl.col("activity") == "goals_agreed")["timestamp"].dt.date()
    mission = found.items.filter(pl.col("item") == "mission")["content"].to_list()
    return Letter(
        sent_on=sent_on or found.day,
        sender=sender,
        company=found.client,
        addressee_post=about.post,
        addressee=about.name,
        person=str(found.case["subject"] or found.case["case_id"]),
        position=str(found.case["position"] or ""),
        joined_on=found.placement["joined_on"],
        kind=kind,
        joins_on=found.case["joins_on"],
        reader=reader,
        lang=lang,
        ended_on=about.ended_on,
        issue=str(found.case.get("management_issue") or ""),
        mission=str(mission[0]) if mission else "",
        talks=_talks(found),
        goals=goals_of(found, lang),
        change=changes[-1][1] if changes else "",
        shared=shared(found, readers, lang, sender.era),
        next_steps=_ahead(found, lang),
        agreed_on=agreed[0] if len(agreed) else None,
        words=wording(lang, settings.letter.texts().get(lang)),
    )


def shared(found: Pack, readers: Sequence[Pack], lang: Lang = "ja", era: Era = "reiwa") -> tuple[str, ...]:
    """The changes and voices that may stand in a letter, each in one line with its day."""
    heard = found.voices.filter(pl.col("note").is_not_null()).sort("held_on")
    for other in readers:
        heard = heard.join(other.voices, on=_VOICE, how="semi", nulls_equal=True, maintain_order="left")
    said = [
        (row["held_on"], f"{labels.value('side', row['side'], lang)}: {row['note']}")
        for row in heard.iter_rows(named=True)
    ]
    return tuple(f"{written_day(day, era, lang)} {what}" for day, what in (*_changes(found), *said))


def _changes(found: Pack) -> list[tuple[date, str]]:
    """The changes that were seen, by day, each once."""
    seen = found.items.filter((pl.col("item") == "change_seen") & pl.col("content").is_not_null()).sort("on")
    return list(dict.fromkeys((row["on"], str(row["content"])) for row in seen.iter_rows(named=True)))


def _talks(found: Pack) -> tuple[date, ...]:
    """The days of the talks that this reader knows of."""
    held = found.events.filter(pl.col("activity").str.ends_with("_held"))
    days = {at.date() for at in held["timestamp"]} | set(found.voices["held_on"].drop_nulls())
    return tuple(sorted(days))


def _ahead(found: Pack, lang: Lang) -> tuple[tuple[date, str], ...]:
    """What comes next, each with its day; nothing that is late."""
    rows = found.actions.filter(pl.col("due_at").dt.date() >= found.day).sort("due_at", "rule_id")
    names = {rule.id: rule.name.say(lang) for rule in found.book.rules}
    steps = ((row["due_at"].date(), names.get(row["rule_id"], "")) for row in rows.iter_rows(named=True))
    return tuple(dict.fromkeys(steps))[:_MOST_STEPS]


def goals_of(found: Pack, lang: Lang) -> list[Goal]:
    """The goals as agreed, dropped ones left out, with the states that are on record for this reader."""
    return [
        Goal(
            track.say(lang) if (track := _TRACKS.get(row["track"])) else "", str(row["milestone"]), row["due_on"],
            labels.value("status", row["status"], lang) if row["status"] else _UNDER_WAY.say(lang),
            row["achieved_on"], str(row.get("measure") or ""), str(row.get("evidence") or ""),
        )
        for row in found.milestones.filter(pl.col("status").ne_missing("dropped")).iter_rows(named=True)
    ]  # fmt: skip


def sender_of(settings: Settings) -> Sender:
    """The house that writes, as the settings say it."""
    head = settings.letter
    reach = (head.address, head.phone, head.mail, settings.agency.licence, era_of(settings))
    return Sender(head.house or settings.name, head.department, head.post, head.name, *reach, _logo(head.logo))


def era_of(settings: Settings) -> Era:
    """How the house writes years."""
    return "western" if settings.letter.era == "western" else "reiwa"


_MOST_BYTES = 150_000


def _logo(path: str) -> bytes:
    """The picture; WorkspaceError where it is not there, is none, or would weigh on every page."""
    if not path:
        return b""
    place = "workspace.toml, key 'logo'"
    try:
        content = plain(Path(path)).read_bytes()
    except OSError as error:
        raise WorkspaceError(Problem(place, msg("cannot be read: {error}", error=reason(error)))) from None
    if not content.startswith((b"\x89PNG", b"\xff\xd8")):
        raise WorkspaceError(Problem(place, msg("is no picture"), "PNG, JPEG"))
    if len(content) > _MOST_BYTES:
        raise WorkspaceError(Problem(place, msg("is larger than {most} kB", most=_MOST_BYTES // 1000), "PNG, JPEG"))
    return content
