"""What people keep beside the log: goal sheets, voices, proposals, surveys, hours."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from playbook.simulation.cases import PlayedCases
from playbook.simulation.firm import House
from playbook.simulation.phrases import phrases

_UNLIKELY_SHARED = 2


def _day(cases: PlayedCases, step: str, number: int) -> date | None:
    moment = cases.played[step][number]
    return None if np.isnat(moment) else moment.astype("datetime64[D]").astype(date)


def _ended(cases: PlayedCases, number: int) -> date | None:
    days = [day for step in ("left", "dismissed", "followup_closed") if (day := _day(cases, step, number))]
    return min(days, default=None)


def _month_later(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(day.day, 28))


def milestone_table(cases: PlayedCases, until: date, rng: np.random.Generator) -> pl.DataFrame:
    """The goal sheets of those with a sheet agreed: one row per milestone, two or three on each track."""
    rows = []
    for number, case_id in enumerate(cases.ids):
        agreed, joins = _day(cases, "goals_agreed@sheet", number), _day(cases, "_joins_on", number)
        if agreed is None or joins is None or agreed > until:
            continue
        for track, goals in phrases().milestones.items():
            for pick in sorted(rng.choice(len(goals), int(rng.integers(2, 4)), replace=False)):
                title, month = goals[pick]
                rows.append((str(case_id), title, track, *_progress(joins, month, _ended(cases, number), until, rng)))
    schema = {
        "case_id": pl.String, "milestone": pl.String, "track": pl.String, "starts_on": pl.Date, "due_on": pl.Date,
        "achieved_on": pl.Date, "status": pl.String, "evidence": pl.String, "note": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _progress(
    joins: date, month: int, ended: date | None, until: date, rng: np.random.Generator
) -> tuple[date, date, date | None, str, str | None, str | None]:
    """Period, day of achievement, status, evidence and remark of one milestone: four in five are met about in time."""
    starts, due = _month_later(joins, max(0, month - 2)), _month_later(joins, month)
    met = due + timedelta(days=int(rng.integers(-20, 12))) if rng.random() < 0.84 else None
    evidence = phrases().evidence[int(rng.integers(0, len(phrases().evidence)))]
    if ended is not None and ended <= until and (met is None or met > ended) and due > ended - timedelta(days=15):
        return starts, due, None, "dropped", None, "途中で終了"
    if met is not None and met <= until:
        return starts, due, met, "achieved", evidence, None
    if due < until - timedelta(days=10):
        recent = due > until - timedelta(days=90)
        return starts, due, None, "at_risk" if recent else "missed", None, "繁忙期と重なり後ろ倒し"
    return starts, due, None, "planned" if starts > until else "on_track", None, None


def voice_table(cases: PlayedCases, until: date, rng: np.random.Generator) -> pl.DataFrame:
    """What both sides said at reviews: one row per remark."""
    rows = []
    for number, case_id in enumerate(cases.ids):
        for month in ("1", "3", "6"):
            for side, said in phrases().voices.items():
                held = _day(cases, "six_month_review_held" if month == "6" else f"{side}_review_held@{month}", number)
                if held is None or held > until:
                    continue
                for pick in sorted(rng.choice(len(said), int(rng.integers(1, 4)), replace=False)):
                    topic, words, score = said[pick]
                    shared = rng.random() < (0.15 if score <= _UNLIKELY_SHARED or topic == "処遇" else 0.8)
                    own = "no" if rng.random() < 0.5 else side  # what is not for the other side may be for one's own
                    rows.append((str(case_id), side, held, topic, words, score, "both" if shared else own))
    schema = {
        "case_id": pl.String, "side": pl.String, "held_on": pl.Date, "topic": pl.String, "note": pl.String,
        "score": pl.Int64, "shareable": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def proposal_table(cases: PlayedCases, known: House, until: date, rng: np.random.Generator) -> pl.DataFrame:
    """The next issues that were proposed: one row per proposal; two in five of the decided ones are won."""
    rows, issues = [], phrases().next_issue
    for number, case_id in enumerate(cases.ids):
        proposed = _day(cases, "next_issue_proposed", number)
        if proposed is None or proposed > until:
            continue
        for issue in rng.choice(len(issues), int(rng.integers(1, 3)), replace=False):
            fresh = proposed > until - timedelta(days=60)
            status = "proposed" if fresh else ("won", "lost", "proposed")[rng.choice(3, p=(0.4, 0.35, 0.25))]
            amount = int(rng.integers(6, 60)) * 100_000
            client = known.ids[int(cases.client[number])]
            rows.append((client, issues[issue], str(case_id), proposed, status, amount))
    schema = {
        "client_id": pl.String, "issue": pl.String, "case_id": pl.String, "proposed_on": pl.Date, "status": pl.String,
        "amount": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def survey_table(events: pl.DataFrame, cases: PlayedCases, until: date, rng: np.random.Generator) -> pl.DataFrame:
    """Answers to the surveys of aftercare: two rows per answered survey, the candidates' and the colleagues'."""
    accepted = set(cases.ids[cases.did("offer_accepted")].tolist())
    rows = []
    asked = events.filter(pl.col("activity").is_in(["survey_answered", "internal_survey_sent"]))
    for case_id, activity, moment in asked.select("case_id", "activity", "timestamp").iter_rows():
        inside = activity == "internal_survey_sent"
        day = moment.date() + timedelta(days=int(rng.integers(1, 8)) if inside else 0)
        if day > until or (inside and rng.random() < 0.3):
            continue
        kind = "internal" if inside else "accepted" if case_id in accepted else "declined"
        level = {"accepted": 3.6, "internal": 3.0, "declined": 2.4}[kind]
        answers = phrases().surveys[kind]
        for pick in sorted(rng.choice(len(answers), 2, replace=False)):
            question, comment = answers[pick]
            score = int(np.clip(round(level + rng.normal(0.4, 0.8)), 1, 5))
            rows.append((case_id, day, kind, question, score, comment if rng.random() < 0.85 else None))
    schema = {
        "case_id": pl.String, "answered_on": pl.Date, "kind": pl.String, "question": pl.String, "score": pl.Int64,
        "comment": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


MINUTES = {
    "followup_sent": 15, "notes_submitted": 12, "info_shared": 10, "question_answered": 20, "thanks_sent": 5,
    "candidate_called": 25, "answer_prepared": 20, "reminder_sent": 5, "survey_sent": 6,
}  # fmt: skip
"""The median minutes that an activity of aftercare takes."""


def worklog_table(events: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Minutes spent on aftercare: one row per piece of work; one in seven is not written down."""
    done = events.filter(pl.col("activity").is_in(list(MINUTES)), pl.col("resource").is_not_null())
    written = done.filter(pl.Series(rng.random(done.height) > 1 / 7))
    usual = written["activity"].replace_strict(MINUTES, return_dtype=pl.Float64).to_numpy()
    minutes = np.maximum(3, np.round(usual * rng.lognormal(0, 0.35, written.height))).astype(int)
    return written.select(
        person="resource", worked_on=pl.col("timestamp").dt.date(), minutes=pl.Series(minutes), case_id="case_id",
        activity="activity",
    )  # fmt: skip
