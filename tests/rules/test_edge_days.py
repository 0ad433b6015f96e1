"""One small workspace a source, with its edge days: closed weeks, midnight, dates that move, people who change.

Every row was worked out by hand; the package and the slow reading of the contract must both give it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import oracle
import pytest
from bridge import text_frame

import playbook as pb
from playbook.rules.reading import builtin_playbooks

SOURCES = Path(str(pb.__file__)).parent / "rules" / "books"
Row = dict[str, str]


@dataclass(frozen=True)
class Golden:
    """A workspace of one book, the day it is looked at, and the rows of the rules that are asked for."""

    book: str
    as_of: str
    events: tuple[str, ...]
    cases: tuple[Row, ...]
    rows: tuple[str, ...]
    others: dict[str, tuple[Row, ...]] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """The tables as people keep them."""
        events = []
        for line in self.events:
            case, day, clock, activity, *cells = line.split()
            at = day if clock == "-" else f"{day}T{clock}"
            cell = dict(one.split("=", 1) for one in cells)
            events.append({"case_id": case, "activity": activity, "timestamp": at, **cell})
        cases = [{"playbook": self.book, **case} for case in self.cases]
        return {"events": events, "cases": cases, **{name: list(rows) for name, rows in self.others.items()}}

    def said(self, found: list[dict[str, Any]]) -> list[str]:
        """The rows of the rules that the golden ones name, written in the same way."""
        asked = {tuple(row.split()[:2]) for row in self.rows}
        return sorted(
            " ".join([row["case_id"], row["rule_id"], _moment(row["due_at"]), row["status"], row["owner"] or "-"])
            for row in found
            if (row["case_id"], row["rule_id"]) in asked
        )


def _moment(due: Any) -> str:
    """The day of a due that is the end of a day, else the minute."""
    return f"{due:%Y-%m-%d}" if f"{due:%H:%M:%S}" == "23:59:59" else f"{due:%Y-%m-%dT%H:%M}"


# Golden Week 2026: 29 April (Wed), 2 and 3 May (a weekend), 4, 5 and 6 May (6: a substitute); 30 April, 1 and 7 May are open.

JOINS = Golden(
    "joins-selection",
    "2026-05-05",
    (
        "A 2026-04-20 10:00 applied",                     # the recruitment is extended before anybody is late
        "B 2026-04-10 10:00 applied",                     # the same, but only after the seventh day had passed
        "C 2026-04-30 23:50 applied",                     # ten minutes before midnight
        "D 2026-05-01 09:00 applied",
    ),
    (
        {"case_id": "A", "opening_id": "O1", "subject": "山田 花子"},
        {"case_id": "B", "opening_id": "O2", "subject": "田中 一"},
        {"case_id": "C", "opening_id": "O3", "subject": "山田 花子"},   # one person, two applications
        {"case_id": "D", "opening_id": "O3", "subject": "佐藤 良"},
    ),
    (
        "A notify-applicants 2026-05-15 waiting -",       # of the 28th of April nothing is left
        "B notify-applicants 2026-04-27 lapsed -",        # an extension does not undo it,
        "B notify-applicants 2026-05-15 void -",          # and asks nothing of a closed case
        "A judge-each-application 2026-04-23 overdue -",
        "B judge-each-application 2026-04-13 closed_late -",
        "C judge-each-application 2026-05-07 due_soon -",   # three days are Sunday the 3rd, and the week is closed
        "D judge-each-application 2026-05-07 due_soon -",   # three days are the 4th
    ),
    {
        "openings": (
            {"opening_id": "O1", "recruitment_closes_on": "2026-04-28"},
            {"opening_id": "O1", "recruitment_closes_on": "2026-05-08", "recorded_at": "2026-05-01T10:00"},
            {"opening_id": "O2", "recruitment_closes_on": "2026-04-20"},
            {"opening_id": "O2", "recruitment_closes_on": "2026-05-08", "recorded_at": "2026-05-01T10:00"},
            {"opening_id": "O3", "recruitment_closes_on": "2026-05-20"},
        )
    },
)  # fmt: skip

PLACEMENT = Golden(
    "placement-followup",
    "2026-04-10",
    (
        "P 2026-02-02 10:00 offer_made",
        "P 2026-02-09 10:00 offer_accepted",
        "P 2026-02-20 10:00 expectations_shared",
    ),
    (
        {"case_id": "P", "subject": "田中 遥", "joins_on": "2026-04-01"},
        {"case_id": "P", "subject": "田中 遥", "joins_on": "2026-05-01", "recorded_at": "2026-03-20T10:00"},
    ),
    (
        "P prepare-countermeasures 2026-03-18 closed_late -",  # was due before the joining was put off on the 20th
        "P prepare-countermeasures 2026-04-17 due_soon -",
        "P share-expectations 2026-03-18 met -",
        "P share-expectations 2026-04-17 met -",
        "P organise-followup 2026-04-24 upcoming -",      # the 25th of March had not come yet: it leaves nothing
        "P share-mission 2026-05-01 upcoming -",          # by the joining itself
        "P six-month-review 2026-11-01 waiting -",       # a Sunday: the source says six months, and no more
    ),
)  # fmt: skip

CASUAL = Golden(
    "casual-interview",
    "2026-12-31",
    (
        "A 2026-12-28 23:50 casual_interview_held reaction=considering_selection",
        "A 2026-12-28 23:55 replied",                     # before the mail: it does not answer it
        "A 2026-12-29 00:05 feedback_mail_sent",          # fifteen minutes, and a day late
        "B 2026-12-28 15:00 casual_interview_held reaction=considering_selection",
        "B 2026-12-30 10:00 feedback_mail_sent",
        "C 2026-08-31 15:00 casual_interview_held reaction=stays",
        "D 2026-09-30 15:00 casual_interview_held reaction=declined",
        "D 2026-10-20 15:00 reaction_changed reaction=later",   # came back: nobody looks back on a decline any more
        "E 2026-11-10 15:00 casual_interview_held reaction=later",
    ),
    ({"case_id": "A"}, {"case_id": "B"}, {"case_id": "C"}, {"case_id": "D"}, {"case_id": "E", "contact_again_on": "2027-01-01"}),
    (
        "A send-feedback 2026-12-28 met_late -",
        "B send-feedback 2026-12-28 met_late -",
        "A check-status 2026-12-31 due_today -",
        "B check-status 2027-01-04 waiting -",            # the second day is New Year's Day, then a weekend
        "C contact-again 2026-11-30 overdue -",           # the last day of a month without a 31st
        "D thank-after-decline 2026-10-01 closed_late -",
        "D hold-retrospective 2026-10-07 closed_late -",
        "D add-to-talent-pool 2026-10-14 closed_late -",
        "D contact-again 2027-01-20 waiting -",
        "E contact-on-agreed-day 2027-01-04 waiting -",   # agreed on: New Year's Day
    ),
)  # fmt: skip

AFTERCARE = Golden(
    "interview-aftercare",
    "2026-05-10",
    (
        "A 2026-04-30 15:00 first_interview_held",
        "A 2026-05-01 17:00 question_received note=配属",
        "A 2026-05-02 23:50 decline_signal_received channel=mail",
        "A 2026-05-03 - question_answered note=配属",     # a day without a time
        "A 2026-05-04 10:00 question_received note=転勤",
        "A 2026-05-05 12:00 followup_sent channel=mail",
        "B 2026-05-01 10:00 first_interview_held",
    ),
    ({"case_id": "A"}, {"case_id": "B"}),
    (
        "A reply-to-question 2026-05-07T12:00 met 前任",          # an hour on Friday, three on the next open day
        "A reply-to-question 2026-05-07T13:00 overdue 人事",      # 転勤 has no answer; it has gone on to HR
        "A ask-permission-to-call 2026-05-07T11:00 overdue 後任",
        "A followup-mail 2026-05-01 met_late 前任",               # the breach stays with whoever had the role
        "B followup-mail 2026-05-02 overdue 人事",                # the day after, a Saturday: the source says so
    ),
    {
        "assignments": (
            {"role": "followup_owner", "person": "前任", "to_on": "2026-05-06"},
            {"role": "followup_owner", "person": "後任", "from_on": "2026-05-07"},
            {"role": "hr", "person": "人事"},
        )
    },
)  # fmt: skip

DISPATCH = Golden(
    "dispatch-sales",
    "2026-05-08",
    (
        "W 2026-05-02 23:50 inquiry_received channel=web",
        "X 2026-04-28 18:30 inquiry_received channel=web",
        "Y 2026-05-01 23:50 visit_held",
        "Y 2026-05-02 23:51 visit_recorded",
        "Z 2026-05-01 10:00 contract_items_requested",
        "Z 2026-05-03 23:59 contract_items_received",
        "R 2026-04-08 09:00 credit_requested credit_rating=D",
        "R 2026-04-09 09:00 credit_approved credit_rating=D",
    ),
    ({"case_id": "W"}, {"case_id": "X"}, {"case_id": "Y"}, {"case_id": "Z"}, {"case_id": "R"}),
    (
        "W contact-web-inquiry 2026-05-07 overdue -",
        "X contact-web-inquiry 2026-04-30 overdue -",     # the 29th is a holiday
        "Y record-visit 2026-05-02T23:50 met_late -",     # running hours: no holiday moves them
        "Z collect-contract-items 2026-05-03 met -",      # two days are a Sunday: the source says two days
        "R director-approval 2026-04-13 overdue -",       # credit was given without it
    ),
)  # fmt: skip

GOLDEN = [JOINS, PLACEMENT, CASUAL, AFTERCARE, DISPATCH]


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.book)
def test_the_package_gives_the_rows_worked_out_by_hand(golden: Golden) -> None:
    """Due, status and owner of every row, on the edge days of a source."""
    book = next(book for book in builtin_playbooks() if book.id == golden.book)
    frames: dict[str, Any] = {name: text_frame(name, rows) for name, rows in golden.tables.items()}
    workspace = pb.Workspace(playbooks=[book], **frames)
    assert golden.said(workspace.due(golden.as_of, all=True).to_dicts()) == sorted(golden.rows)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.book)
def test_the_slow_reading_gives_them_too(golden: Golden) -> None:
    """The contract read plainly comes to the same rows."""
    written = tomllib.loads((SOURCES / f"{golden.book}.toml").read_text(encoding="utf-8"))
    found = oracle.due_actions(written, golden.tables, date.fromisoformat(golden.as_of))
    assert golden.said(found) == sorted(golden.rows)


def test_the_gate_of_a_low_rating_and_the_credit_of_a_client() -> None:
    """Credit without the director breaks the gate; a repeat order stands on its client's credit of the last year."""
    events = [
        {"case_id": "R", "activity": "credit_approved", "timestamp": "2026-04-09T09:00", "credit_rating": "D"},
        {"case_id": "S", "activity": "order_intake_opened", "timestamp": "2026-05-01T11:00", "credit_rating": None},
        {"case_id": "T", "activity": "order_intake_opened", "timestamp": "2027-04-09T11:00", "credit_rating": None},
        {"case_id": "U", "activity": "order_intake_opened", "timestamp": "2027-04-10T11:00", "credit_rating": None},
        {"case_id": "V", "activity": "order_intake_opened", "timestamp": "2026-05-01T11:00", "credit_rating": None},
    ]
    cases = [
        {"case_id": one, "playbook": "dispatch-sales", "client_id": "K1" if one != "V" else "K2"} for one in "RSTUV"
    ]
    frames = {name: text_frame(name, rows) for name, rows in {"events": events, "cases": cases}.items()}
    rows = pb.Workspace(**frames).violations("2027-05-01").to_dicts()
    found = {(row["id"], row["case_id"]) for row in rows if row["kind"] == "precedence"}
    assert found == {("director-before-credit", "R"), ("credit-before-order", "U"), ("credit-before-order", "V")}
