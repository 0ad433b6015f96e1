"""What a real export also holds: who acted, reasons, remarks, answers on forms, entries made late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
import polars as pl

from playbook.rules.nouns import Playbook
from playbook.simulation.cases import PlayedCases, emitted
from playbook.simulation.firm import House
from playbook.simulation.phrases import FORM_DEFAULT, phrases
from playbook.simulation.play import BEGIN
from playbook.simulation.procedures.aftercare import MEETINGS

EVENT_COLUMNS = (
    "case_id", "activity", "timestamp", "resource", "role", "channel", "reason", "note", "recorded_at", "decision",
    "reaction", "step", "consent_to_call", "goal_form", "issue_solved", "change_seen",
)  # fmt: skip
ON_EVENTS = frozenset(EVENT_COLUMNS) | {"joins_on"}
_GIVEN = ("hiring_decision", "contract_form", "credit_rating", "next_interview_at")
_SUBJECTS = {"talent", "candidate", "hire"}
_DATE_ONLY = ("placement-followup",)
_LATE_ENTRY, _LONE, _MISSING = 0.05, 0.06, 0.03


def detailed_events(
    events: pl.DataFrame, cases: PlayedCases, known: House, subjects: Sequence[str], rng: np.random.Generator
) -> pl.DataFrame:
    """Events with who acted and what was noted: one row per event, the columns of `EVENT_COLUMNS`, and `case_no`."""
    roles = _roles(events, rng)
    people = _people(events, roles, cases, known, subjects)
    added = events.with_columns(role=roles, resource=people, reason=_reasons(events, rng), note=_notes(events, rng))
    words = phrases().change
    seen = pl.Series([words[n] for n in rng.integers(0, len(words), events.height)])
    marked = added.with_columns(
        change_seen=pl.when(pl.col("activity") == "change_shared").then(seen),
        recorded_at=_late_entries(events, rng),
    )
    if "question" in marked.columns:  # the remark on a question says which, and its answer says the same (Z-19)
        marked = marked.with_columns(note=pl.coalesce("question", "note"))
    if cases.procedure.playbook in _DATE_ONLY:
        marked = marked.with_columns(pl.col("timestamp").dt.truncate("1d"), recorded_at=None)
        marked = marked.unique(["case_no", "activity", "timestamp"], keep="first", maintain_order=True)
    if "decision" in marked.columns:
        forgotten = pl.Series(rng.random(marked.height) < _MISSING)
        marked = marked.with_columns(decision=marked["decision"].set(forgotten, None))
    missing = [pl.lit(None, pl.String).alias(name) for name in EVENT_COLUMNS if name not in marked.columns]
    return marked.with_columns(missing).select("case_no", *EVENT_COLUMNS)


def _roles(events: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    """The roles that took part; now and then only the first of several was there."""
    lone = pl.Series(rng.random(events.height) < _LONE)
    first = events["role"].str.split(";").list.first()
    return first.zip_with(lone, events["role"])


def _people(
    events: pl.DataFrame, roles: pl.Series, cases: PlayedCases, known: House, subjects: Sequence[str]
) -> pl.Series:
    """The person of the first role, per event; the case's own subject where that is the candidate."""
    first = roles.str.split(";").list.first()
    wanted = [role for role in first.unique(maintain_order=True).drop_nulls().to_list() if role not in _SUBJECTS]
    held = pl.DataFrame(
        [(role, client, person) for role in wanted for client, person in enumerate(known.who(role))],
        schema={"first": pl.String, "client": pl.Int64, "person": pl.String},
        orient="row",
    )
    of_case = pl.DataFrame({"client": cases.client, "subject": pl.Series(list(subjects), dtype=pl.String)})
    rows = events.select("case_no").with_columns(first=first)
    rows = rows.hstack(of_case[rows["case_no"].cast(pl.UInt32)])
    found = rows.join(held, on=["first", "client"], how="left", maintain_order="left")
    return found.select(
        pl.when(pl.col("first").is_in(list(_SUBJECTS))).then("subject").otherwise("person").alias("resource")
    )["resource"]


def _reasons(events: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    """Why it ended, in up to three classes; a few are left empty."""
    declined = pl.Series([_classes(rng) for _ in range(events.height)])
    said = {"withdrawn": declined, "offer_declined": declined} | {
        activity: pl.Series([words[n] for n in rng.integers(0, len(words), events.height)])
        for activity, words in phrases().reasons.items()
    }
    written = pl.Series(rng.random(events.height) > _MISSING)
    return events.select(
        pl.coalesce(pl.when((pl.col("activity") == activity) & written).then(words) for activity, words in said.items())
    ).to_series()


def _classes(rng: np.random.Generator) -> str:
    number = rng.choice(3, p=(0.62, 0.28, 0.10)) + 1
    reasons, shares = zip(*phrases().declined, strict=True)
    return ";".join(reasons[n] for n in rng.choice(len(reasons), number, replace=False, p=shares))


def _notes(events: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    """A remark on every fourth event of those on which people remark."""
    draw, notes = rng.random(events.height), phrases().notes
    return pl.Series(
        [
            notes[activity][int(chance * 400) % len(notes[activity])] if activity in notes and chance < 0.25 else None
            for activity, chance in zip(events["activity"], draw, strict=True)
        ],
        dtype=pl.String,
    )


def _late_entries(events: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    """When a late entry was made: one to four days afterwards, in the morning."""
    late = pl.Series("late", rng.random(events.height) < _LATE_ENTRY)
    minutes = pl.Series("minutes", rng.integers(1, 5, events.height) * 1440 + 5 * rng.integers(100, 140, events.height))
    made = pl.col("timestamp").dt.truncate("1d") + pl.duration(minutes="minutes")
    return events.select("timestamp", late, minutes).select(pl.when("late").then(made)).to_series()


def case_frame(
    cases: PlayedCases, book: Playbook, known: House, until: datetime, rng: np.random.Generator
) -> pl.DataFrame:
    """The cases of a playbook: one row per case, with planned dates and what was filled in on forms."""
    begin = _moments(cases, BEGIN)
    plain = pl.DataFrame(
        {
            "case_id": cases.ids,
            "playbook": [book.id] * len(cases),
            "client_id": pl.Series(known.ids).gather(cases.client),
            "created_at": begin,
        }
    )
    return plain.with_columns(*_planned(cases, until), *_traits(cases)).with_columns(*_forms(cases, book, until, rng))


def _moments(cases: PlayedCases, step: str) -> pl.Series:
    return pl.Series(step, cases.played[step].astype("datetime64[us]"))


def _planned(cases: PlayedCases, until: datetime) -> list[pl.Series]:
    """Planned dates as an export of that day shows them: the latest that was agreed by then."""
    match cases.procedure.playbook:
        case "placement-followup":
            agreed = pl.Series(cases.did("offer_accepted"))
            return [_moments(cases, "_joins_on").dt.date().alias("joins_on").set(~agreed, None)]
        case "interview-aftercare":
            return [
                _latest(cases, MEETINGS, until).alias("next_interview_on"),
                _yes("met_before", [cases.played["casual_meeting_held"] <= np.datetime64(until, "s")]),
                _yes("open_question", [_still_open(cases, at.partition("@")[2], until) for at in MEETINGS]),
            ]
        case "casual-interview":
            return [_fixed_on_the_spot(cases, until), _agreed_again(cases, until)]
        case "dispatch-sales":
            visit = {"sales_assigned": "visit_held"}
            return [_latest(cases, visit, until).alias("visit_on")]
        case _:
            return []


def _yes(name: str, any_of: Sequence[np.ndarray]) -> pl.Series:
    holds = pl.Series(np.logical_or.reduce(any_of))
    return pl.Series(name, ["yes"] * len(holds), dtype=pl.String).set(~holds, None)


def _still_open(cases: PlayedCases, at: str, until: datetime) -> np.ndarray:
    """Whether the question of a meeting was put off and has not been answered by the end of the history."""
    limit = np.datetime64(until, "s")
    put_off, answered = cases.played[f"answer_deferred@{at}"], cases.played[f"question_answered@{at}-later"]
    return np.asarray((put_off <= limit) & ~(answered <= limit))


def _fixed_on_the_spot(cases: PlayedCases, until: datetime) -> pl.Series:
    """The next interview where its date was fixed in the meeting itself: on the same day (C-05)."""
    met, fixed = cases.played["casual_interview_held@proceed"], cases.played["next_interview_scheduled@proceed"]
    there = (fixed.astype("datetime64[D]") == met.astype("datetime64[D]")) & (met <= np.datetime64(until, "s"))
    written = _moments(cases, "next_interview_held@proceed").dt.strftime("%Y-%m-%d").fill_null("日時は当日の記録に")
    return written.alias("next_interview_at").set(pl.Series(~there), None)


def _agreed_again(cases: PlayedCases, until: datetime) -> pl.Series:
    """The day on which to get in touch again, as agreed in the career talk (C-16, C-17)."""
    talked = pl.Series(cases.played["career_talk_held"] <= np.datetime64(until, "s"))
    return _moments(cases, "recontacted@1").dt.date().alias("contact_again_on").set(~talked, None)


def _latest(cases: PlayedCases, meetings: dict[str, str], until: datetime) -> pl.Series:
    found = [
        pl.when(_moments(cases, agreed) <= until).then(_moments(cases, held)).alias(held)
        for agreed, held in meetings.items()
    ]
    return pl.DataFrame({}).select(pl.max_horizontal(found)).to_series().dt.date()


def _traits(cases: PlayedCases) -> list[pl.Series]:
    """What is given with a case, in words."""
    match cases.procedure.playbook:
        case "placement-followup":
            return [_said("hiring_decision", cases, "_owner_alone", "owner_alone", "shared")]
        case "dispatch-sales":
            return [
                _said("credit_rating", cases, "_low_rating", "C", "B"),
                _said("contract_form", cases, "_non_standard", "non_standard", "standard"),
            ]
        case _:
            return []


def _said(name: str, cases: PlayedCases, trait: str, yes: str, no: str) -> pl.Series:
    return pl.Series(name, np.where(cases.did(trait), yes, no))


def _forms(cases: PlayedCases, book: Playbook, until: datetime, rng: np.random.Generator) -> Iterable[pl.Series]:
    """The fields of the book's checklists, filled in where their moment has come; a few are forgotten."""
    reached = _reached(cases, until)
    moments: dict[str, list[str]] = {}
    for checklist in book.checklists:
        for item in checklist.fields:
            if item.id not in ON_EVENTS and item.id not in _GIVEN:
                moments.setdefault(item.id, []).append(checklist.at)
    for name, at in moments.items():
        words = phrases().forms.get(name, FORM_DEFAULT)
        picked = np.array(words)[rng.integers(0, len(words), len(cases))]
        filled = np.logical_or.reduce([reached[one] for one in at if one in reached])
        forgotten = rng.random(len(cases)) < (_MISSING if len(words) > 1 else _MISSING / 3)
        yield pl.Series(name, picked, dtype=pl.String).set(pl.Series(~filled | forgotten), None)


def _reached(cases: PlayedCases, until: datetime) -> dict[str, np.ndarray]:
    limit = np.datetime64(until, "s")
    found: dict[str, np.ndarray] = {}
    for step in emitted(cases.procedure):
        before = found.get(step.activity, np.zeros(len(cases), dtype=bool))
        found[step.activity] = before | (cases.played[step.id] <= limit)
    return found
