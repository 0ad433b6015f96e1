"""Placements: how the goals of both tracks progress, what both sides said, what is prepared, who has gone quiet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl
import polars.selectors as cs

from playbook.answers.placed.retention import (
    QUIET,
    contacts,
    employment,
    is_placement,
    placement_cases,
    retention,
    within_six_months,
)
from playbook.answers.subject import Frame, Subject
from playbook.clock.due import OPEN, due_actions
from playbook.clock.known import EventLog
from playbook.clock.owners import owners
from playbook.rules.nouns import Rule

REVIEWS = ("company_review_held", "hire_review_held", "six_month_review_held")
"""What fulfils a review; at six months both tracks are looked at, the reviews at months 1 and 3 are ours."""

DONE = ("achieved", "achieved_late")
PROGRESS = ("planned", "on_track", "at_risk", "slipping", "achieved", "achieved_late", "dropped")

_SAID_DONE = ("achieved", "achieved_late", "done", "done_late", "met", "met_late")
_SAID_AT_RISK = ("at_risk", "slipping", "missed")
_SAID_FINE = ("on_track",)
_MOST_OF_IT = 0.75
_NEAR = timedelta(days=14)
_LIVE = ("offered", "stayed", "unknown")
_MONTHS_TO_EXPERIENCE = "5mo"


def placements(log: EventLog, horizon: int = 7, due: pl.DataFrame | None = None) -> pl.DataFrame:
    """Placements with the progress of their goals, their next review and their retention: one row per placement.

    Columns: `playbook, case_id, client_id, subject, position, manager` (the bank's person); `status` (one of
    `retention.STATES`), `joins_on, joined_on, ended_on, closed_on, six_months_on` (days), `at_six_months` (one of
    `retention.AT_SIX_MONTHS`), `days` (in employment, as far as known); `milestones` (those not dropped), `achieved`,
    `achieved_late`, `slipping`, `at_risk` (counts), `progress` (share achieved; null without milestones); `next_review`
    (rule), `next_review_on` (day), `next_review_entry`, `next_review_status`, `next_review_basis` (`ours` at months 1
    and 3); `overdue` (open actions past due); `last_company_on`, `last_hire_on` (last contact), `silent` (the side one
    has not heard for three months, or `both`; null where neither), `silent_days` (since the longer silence began).
    """
    due = owed(log, horizon) if due is None else due
    about = placement_cases(log).select("case_id", "case_no", "subject", "position")
    rows = (
        employment(log)
        .join(about, on="case_id", how="left", maintain_order="left")
        .join(_managers(log), on="case_no", how="left", maintain_order="left")
        .join(milestone_counts(log), on="case_id", how="left", maintain_order="left")
        .join(_next_review(log, due), on="case_id", how="left", maintain_order="left")
        .join(_overdue(due), on="case_id", how="left", maintain_order="left")
        .join(_silences(log), on="case_id", how="left", maintain_order="left")
    )
    live = pl.col("status").is_in(_LIVE) & pl.col("closed_on").is_null()
    counts = ("milestones", "achieved", "achieved_late", "slipping", "at_risk", "overdue")
    return rows.with_columns(
        pl.col(counts).fill_null(0), pl.when(live).then(pl.col("silent", "silent_days"))
    ).select(_PLACEMENT)  # fmt: skip


_PLACEMENT = (
    "playbook", "case_id", "client_id", "subject", "position", "manager", "status", "joins_on", "joined_on", "ended_on",
    "closed_on", "six_months_on", "at_six_months", "days", "milestones", "achieved", "achieved_late", "slipping",
    "at_risk", "progress", "next_review", "next_review_on", "next_review_entry", "next_review_status",
    "next_review_basis", "overdue", "last_company_on", "last_hire_on", "silent", "silent_days",
)  # fmt: skip


def owed(log: EventLog, horizon: int = 7) -> pl.DataFrame:
    """All due actions of placements, closed ones included: one row each (columns: `due.due_actions`), codes as text."""
    mine = placement_cases(log).lazy().select("case_id")
    found = due_actions(log, horizon).join(mine, on="case_id", how="semi").collect()
    return found.with_columns(cs.enum().cast(pl.String))


def _managers(log: EventLog) -> pl.DataFrame:
    """The person of the bank's first role: one row per case that has one."""
    roles = {
        book.id: next((role.id for role in book.roles if role.side == "bank"), None)
        for book in log.playbooks
        if is_placement(book)
    }
    wanted = pl.DataFrame({"playbook": list(roles), "role": list(roles.values())}, schema=_ROLE_OF)
    mine = placement_cases(log).select("case_no", "playbook").join(wanted, on="playbook")
    held = owners(log).collect().join(mine, on=["case_no", "role"], how="semi")
    return held.select("case_no", manager="owner")


_ROLE_OF = {"playbook": pl.String, "role": pl.String}


def review_rules(log: EventLog) -> frozenset[str]:
    """The ids of the rules that owe a review of a placement."""
    books = (book for book in log.playbooks if is_placement(book))
    return frozenset(rule.id for book in books for rule in book.rules if set(rule.until) & set(REVIEWS))


ASSESSMENT = "issue_assessed"
"""What fulfils a look at the issue: after the six-month review it is the next that makes sense (B-28)."""


def _next_review(log: EventLog, due: pl.DataFrame) -> pl.DataFrame:
    """The review that comes next of each placement: of both sides, or of the issue, should it not be solved yet."""
    of_issue = {
        rule.id for book in log.playbooks if is_placement(book) for rule in book.rules if ASSESSMENT in rule.until
    }
    rules = [*review_rules(log), *of_issue]
    reviews = due.filter(pl.col("rule_id").is_in(rules), pl.col("status").is_in(OPEN))
    return reviews.sort("due_at", "rule_id").unique("case_id", keep="first", maintain_order=True).select(
        "case_id",
        next_review="rule_id",
        next_review_on=pl.col("due_at").dt.date(),
        next_review_entry="entry",
        next_review_status="status",
        next_review_basis="basis",
    )  # fmt: skip


def _overdue(due: pl.DataFrame) -> pl.DataFrame:
    return due.filter(pl.col("status") == "overdue").group_by("case_id").agg(overdue=pl.len())


def _silences(log: EventLog) -> pl.DataFrame:
    """One row per placement: the last contact with each side, and which side has been quiet too long.

    A side one never spoke to is quiet since the first event of the case.
    """
    heard = contacts(log).pivot("side", index="case_id", values="day", aggregate_function="max")
    columns = [pl.lit(None, pl.Date).alias(side) for side in ("company", "hire") if side not in heard.columns]
    begun = log.events.group_by("case_id").agg(begun=pl.col("timestamp").min().dt.date()).collect()
    mine = placement_cases(log).select("case_id").join(begun, on="case_id", how="left")
    sides = mine.join(heard.with_columns(columns), on="case_id", how="left")
    since = {side: pl.coalesce(side, "begun") for side in ("company", "hire")}
    quiet = {side: (since[side].dt.offset_by(QUIET) < log.as_of.day).fill_null(False) for side in since}
    longest = pl.min_horizontal(*(pl.when(quiet[side]).then(since[side]) for side in since))
    silent = (
        pl.when(quiet["company"] & quiet["hire"]).then(pl.lit("both"))
        .when(quiet["company"]).then(pl.lit("company"))
        .when(quiet["hire"]).then(pl.lit("hire"))
    )  # fmt: skip
    return sides.select(
        "case_id", last_company_on="company", last_hire_on="hire", silent=silent,
        silent_days=(pl.lit(log.as_of.day) - longest).dt.total_days(),
    )  # fmt: skip


# ---- the goal sheet ----


def milestone_progress(log: EventLog) -> pl.DataFrame:
    """The goal sheets of placements as they stand on the day: one row per milestone.

    Columns: `case_id, milestone, track` (`issue`, `hire`; null where not given), `starts_on, due_on, achieved_on`,
    `status` (one of `PROGRESS`), `written` (the status as the sheet has it), `late_days` (achieved or still open after
    its due), `evidence, note`. In order of case, track and due.

    A goal in words is as good as a number; what counts is the day on which it was achieved. The states are ours:

    - `achieved`, `achieved_late`: achieved by the as-of, not after its due, or after it (said to be done without a day:
      achieved)
    - `dropped`: the sheet says so
    - `slipping`: its due day has passed
    - `at_risk`: the sheet says so; or it says nothing of the kind, and three quarters of its period have passed
      (without a start: its due is two weeks away or less)
    - `planned`: it has not started; `on_track`: all others
    """
    mine = log.tables.milestones.join(placement_cases(log).select("case_id"), on="case_id", how="semi")
    today = pl.lit(log.as_of.day)
    achieved = pl.when(pl.col("achieved_on") <= today).then("achieved_on")
    written = pl.col("status").str.strip_chars().str.to_lowercase()
    open_late = pl.when(pl.col("status") == "slipping").then(today)
    return (
        mine.with_columns(achieved_on=achieved, written="status", _undated=pl.col("achieved_on").is_null())
        .with_columns(status=_progress(today, written))
        .with_columns(late_days=(pl.coalesce("achieved_on", open_late) - pl.col("due_on")).dt.total_days())
        .with_columns(late_days=pl.when(pl.col("late_days") > 0).then("late_days"))
        .sort("case_id", pl.col("track") != "issue", "due_on", "starts_on", "row", nulls_last=True)
        .select("case_id", "milestone", "track", "starts_on", "due_on", "achieved_on", "status", "written", "late_days",
                "evidence", "note", *(name for name in _ASIDE if name in mine.columns))
    )  # fmt: skip


_ASIDE = ("measure",)
"""What a goal sheet may say beside what the table declares: by what one sees that the goal is reached."""


def _progress(today: pl.Expr, written: pl.Expr) -> pl.Expr:
    starts, due, done = (pl.col(name) for name in ("starts_on", "due_on", "achieved_on"))
    gone = (today - starts).dt.total_days() / (due - starts).dt.total_days()
    near = pl.when(starts.is_null()).then(due <= today + _NEAR).otherwise(gone >= _MOST_OF_IT)
    unjudged = ~written.is_in([*_SAID_FINE, *_SAID_AT_RISK]).fill_null(False)
    at_risk = written.is_in(_SAID_AT_RISK) | (unjudged & near)
    return (
        pl.when(written == "dropped").then(pl.lit("dropped"))
        .when(done > due).then(pl.lit("achieved_late"))
        .when(done.is_not_null() | (written.is_in(_SAID_DONE) & pl.col("_undated"))).then(pl.lit("achieved"))
        .when(due < today).then(pl.lit("slipping"))
        .when(starts > today).then(pl.lit("planned"))
        .when(at_risk).then(pl.lit("at_risk"))
        .otherwise(pl.lit("on_track"))
    )  # fmt: skip


def milestone_counts(log: EventLog) -> pl.DataFrame:
    """Milestones by placement: one row per placement that has any (columns: see `placements`)."""
    status = pl.col("status")
    kept = milestone_progress(log).filter(status != "dropped")
    counted = kept.group_by("case_id").agg(
        milestones=pl.len(),
        achieved=status.is_in(DONE).sum(),
        **{name: (status == name).sum() for name in ("achieved_late", "slipping", "at_risk")},
    )
    return counted.with_columns(progress=pl.col("achieved") / pl.col("milestones"))


# ---- what both sides said ----


def experience(voices: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Expectation at the start against experience at six months: one row per case, side and topic heard at both or one.

    Columns: `case_id, side, topic`; `start_on, start_score, start_note` (the first voice up to a month after joining);
    `later_on, later_score, later_note` (the last one from the fifth month on); `change` (of the score).

    `voices`: voices of placements; `stays`: `case_id` and `joined_on`. A placement without a joining has a start only.
    """
    joined = pl.coalesce("joined_on", pl.lit(LAST_DAY))
    dated = voices.join(stays.select("case_id", "joined_on"), on="case_id", how="inner").sort("held_on", "row")
    start = dated.filter(pl.col("held_on") <= joined.dt.offset_by("1mo"))
    later = dated.filter(pl.col("held_on") >= pl.col("joined_on").dt.offset_by(_MONTHS_TO_EXPERIENCE))
    keys = ("case_id", "side", "topic")
    both = _heard(start, "start", "first").join(
        _heard(later, "later", "last"), on=keys, how="full", coalesce=True, nulls_equal=True
    )  # fmt: skip
    return both.with_columns(change=pl.col("later_score") - pl.col("start_score")).sort(*keys, nulls_last=True)


LAST_DAY = date(2099, 1, 1)


def _heard(voices: pl.DataFrame, when: str, keep: Literal["first", "last"]) -> pl.DataFrame:
    one = voices.unique(["case_id", "side", "topic"], keep=keep, maintain_order=True)
    columns = {f"{when}_on": "held_on", f"{when}_score": "score", f"{when}_note": "note"}
    return one.select("case_id", "side", "topic", **{name: pl.col(column) for name, column in columns.items()})


# ---- before the joining ----


def preparation(log: EventLog, horizon: int = 7, due: pl.DataFrame | None = None) -> pl.DataFrame:
    """The work before the joining: one row per placement and promise that comes before it, in order of due.

    Columns: `playbook, case_id, rule_id, activity` (what fulfils it), `role, owner, due_on, done_on, status` (that of
    the due action; `void` where the joining ended it), `missing` (not done, although its day or the joining has
    passed). What was done after the joining, instead, is done late. Facts B-10 to B-20.
    """
    rules = [(book.id, rule.id, rule.until[0]) for book in log.playbooks if is_placement(book) for rule in book.rules
             if _before_joining(rule)]  # fmt: skip
    schema = {"playbook": pl.String, "rule_id": pl.String, "activity": pl.String}
    wanted = pl.DataFrame(rules, schema=schema, orient="row")
    status, ended = pl.col("status"), pl.col("status").is_in(["void", "closed_late"])
    by_joining = ended & (pl.col("voided_at") == pl.col("joined_at"))
    done_on = pl.coalesce("fulfilled_at", pl.when(by_joining).then("done_later")).dt.date()
    return (
        (owed(log, horizon) if due is None else due)
        .join(wanted, on=["playbook", "rule_id"])
        .join(_first(log, ["joined"]).select("case_id", joined_at="at"), on="case_id", how="left")
        .join(_first(log, wanted["activity"]).rename({"at": "done_later"}), on=["case_id", "activity"], how="left")
        .filter((status != "void") | by_joining.fill_null(False))
        .with_columns(done_on=done_on)
        .sort("due_at", "case_id", "rule_id")
        .select("playbook", "case_id", "rule_id", "activity", "role", "owner", "done_on",
                due_on=pl.col("due_at").dt.date(), status="status",
                missing=pl.col("done_on").is_null() & (ended | (status == "overdue")))
        .select("playbook", "case_id", "rule_id", "activity", "role", "owner", "due_on", "done_on", "status", "missing")
    )  # fmt: skip


def _first(log: EventLog, activities: Iterable[str]) -> pl.DataFrame:
    """When each of some activities first happened: one row per case and activity: `case_id, activity, at`."""
    events = log.events.filter(pl.col("activity").cast(pl.String).is_in(list(activities)))
    named = events.select("case_id", pl.col("activity").cast(pl.String), "timestamp")
    return named.group_by("case_id", "activity").agg(at=pl.col("timestamp").min()).collect()


def _before_joining(rule: Rule) -> bool:
    return any(due.negative for due in rule.due) or set(rule.after) <= {"offer_made", "offer_accepted"}


# ---- what comes next for the client ----


def known_proposals(log: EventLog) -> pl.DataFrame:
    """The bank's proposals as known at the as-of: one row per proposal; without a day, it is planned.

    Columns: `client_id, issue, case_id, proposed_on, status, amount` (yen). The table holds one status per proposal:
    the present one, whatever the as-of.
    """
    rows = log.tables.proposals.filter((pl.col("proposed_on") <= log.as_of.day).fill_null(True))
    columns = ("client_id", "issue", "case_id", "proposed_on", "status", "amount")
    return rows.sort("proposed_on", "row", nulls_last=True).select(columns)


def proposals_by_status(proposals: pl.DataFrame) -> pl.DataFrame:
    """Proposals by status: one row per status: `status, n, amount` (their sum in yen)."""
    counted = proposals.group_by("status").agg(n=pl.len(), amount=pl.col("amount").sum())
    return counted.sort("n", "status", descending=[True, False])


@dataclass(frozen=True)
class Placements(Subject[Frame]):
    """The placements at one moment: goals, reviews, and whether people stayed."""

    @property
    def rows(self) -> Frame:
        """Placements with progress of goals, next review and retention: one row each (columns: `placements`)."""
        return self.out(placements(self.log, self.judged.horizon))

    @property
    def milestones(self) -> Frame:
        """The goal sheets as they stand: one row per milestone (columns: `milestone_progress`)."""
        return self.out(milestone_progress(self.log))

    @property
    def retention(self) -> Frame:
        """The share of hires still there by day: one row per group and day (columns: `retention.retention`)."""
        return self.out(retention(self.log, self.by))

    @property
    def six_months(self) -> Frame:
        """Stayed, left, unknown at six months: one row per fiscal year (columns: `retention.within_six_months`)."""
        return self.out(within_six_months(self.log, self.by))
