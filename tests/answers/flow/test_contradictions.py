"""Events that cannot both be true are named with their days, and no figure counts them as if they were fine."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import playbook as pb
from playbook.answers.flow import cycles, offers
from playbook.answers.flow.contradictions import contradictions
from playbook.answers.law import statutory
from playbook.answers.placed.retention import employment
from playbook.pages import missing

BOOKS = {"P": "placement-followup", "A": "interview-aftercare"}


def log_of(*lines: str):
    """The log of `day_of`."""
    return day_of(*lines).log


def day_of(*lines: str, as_of: str = "2026-11-20"):
    """A day of lines such as `A-1 applied 2026-04-01`, with `~DAY` behind for the earliest moment."""
    rows = [line.split() for line in lines]
    cases = pl.DataFrame([{"case_id": case, "playbook": BOOKS[case[0]]} for case in dict.fromkeys(r[0] for r in rows)])
    columns = ("case_id", "activity", "timestamp", "earliest")
    events = [dict(zip(columns, [*(one.lstrip("~") for one in row), None][:4], strict=False)) for row in rows]
    return pb.Workspace(cases=cases, events=pl.DataFrame(events)).on(as_of)


def told(*lines: str) -> list[tuple[str, str, str | None]]:
    found = contradictions(log_of(*lines))
    return found.select("case_id", "kind", "against").rows()


def test_each_kind_is_named_with_both_days() -> None:
    """Left before joined, an interview before the application, an acceptance without an offer, a second offer."""
    found = contradictions(
        log_of(
            "P-1 left 2026-02-05", "P-1 joined 2026-04-01",
            "A-1 applied 2026-04-10", "A-1 first_interview_held 2026-04-08",
            "A-2 applied 2026-04-01", "A-2 offer_accepted 2026-04-20",
            "A-3 offer_made 2026-04-10", "A-3 offer_made 2026-04-20",
        )
    )  # fmt: skip
    assert found.select("case_id", "kind", "activity", "at", "against_at").rows() == [
        ("A-1", "before_application", "first_interview_held", date(2026, 4, 8), date(2026, 4, 10)),
        ("A-2", "accepted_without_offer", "offer_accepted", date(2026, 4, 20), None),
        ("A-3", "two_offers", "offer_made", date(2026, 4, 20), date(2026, 4, 10)),
        ("P-1", "left_before_joined", "left", date(2026, 2, 5), date(2026, 4, 1)),
    ]


def test_what_may_be_is_no_contradiction() -> None:
    """The same day, an offer after another was declined, leaving and joining again, and what may have come earlier."""
    assert told(
        "A-1 applied 2026-04-08", "A-1 first_interview_held 2026-04-08",
        "A-2 offer_made 2026-04-10", "A-2 offer_declined 2026-04-12", "A-2 offer_made 2026-04-20",
        "A-2 offer_accepted 2026-04-21",
        "P-1 joined 2026-01-01", "P-1 left 2026-02-05", "P-1 joined 2026-04-01",
        "A-3 applied 2026-04-10 ~2026-04-01", "A-3 first_interview_held 2026-04-08",
    ) == []  # fmt: skip


def test_who_left_before_joining_is_unknown() -> None:
    """Such a hire is neither stayed nor left, whatever was heard of the hire since."""
    log = log_of("P-1 joined 2025-04-01", "P-1 left 2025-02-05", "P-1 hire_review_held 2025-10-20",
                 "P-2 joined 2025-04-01", "P-2 hire_review_held 2025-10-20")  # fmt: skip
    hires = employment(log).select("case_id", "status", "at_six_months")
    assert hires.rows()[0] == ("P-1", "unknown", "unknown")
    assert hires.rows()[1][2] == "stayed"


def test_an_offer_that_is_contradicted_is_neither_accepted_nor_open() -> None:
    """Of two offers in force the first, an offer accepted before it was made and an acceptance alone stand apart."""
    rows = offers.offers(
        log_of(
            "A-1 offer_made 2026-04-10", "A-1 offer_made 2026-04-20", "A-1 offer_accepted 2026-04-22",
            "A-2 applied 2026-04-01", "A-2 offer_accepted 2026-04-20",
            "A-3 offer_accepted 2026-04-08", "A-3 offer_made 2026-04-10",
            "A-4 offer_made 2026-04-10", "A-4 offer_declined 2026-04-12", "A-4 offer_made 2026-04-20",
        )
    )  # fmt: skip
    counted = rows.select("offers", "cases", "accepted", "declined", "withdrawn", "open", "contradictory").rows()
    assert counted == [(3, 2, 1, 1, 0, 1, 4)]


def test_rates_by_cycle_leave_contradictions_out() -> None:
    """Who was interviewed before applying passes no stage in the rates; the same without the contradiction does."""
    fine = ("A-1 applied 2026-04-01", "A-1 first_interview_held 2026-04-08")
    bad = ("A-2 applied 2026-04-20", "A-2 first_interview_held 2026-04-08")
    passed = cycles.cycle_rates(log_of(*fine, *bad)).filter(stage="application", measure="pass")
    assert passed.select("successes", "decided").rows() == [(1, 1)]


def test_the_law_counts_nobody_who_left_before_joining() -> None:
    """Neither leaver nor there: unknown, and the day is asked for, whatever the hire answered since."""
    cases = pl.DataFrame({"case_id": ["P-1"], "playbook": ["placement-followup"], "employment_term": ["無期"]})
    days = [("joined", "2025-04-01"), ("left", "2025-02-05"), ("in_post_answered", "2025-10-20")]
    events = pl.DataFrame([{"case_id": "P-1", "activity": a, "timestamp": t, "asked_answer": "在籍"} for a, t in days])
    people = statutory.placed(pb.Workspace(cases=cases, events=events).on("2026-11-20").log, statutory.Agency())
    assert people.select("state", "why").rows() == [("unknown", "contradictory")]
    assert "left_on" in statutory.to_ask(people, statutory.FiscalYear(2025))["missing"].to_list()


FINE = ("A-1 applied 2026-04-01", "A-1 first_interview_held 2026-04-08", "A-1 offer_made 2026-04-20",
        "A-1 offer_declined 2026-04-25", "A-2 applied 2026-04-02", "A-3 applied 2026-04-03",
        "A-3 first_interview_held 2026-04-10", "A-3 offer_made 2026-04-21", "A-3 offer_accepted 2026-04-24")  # fmt: skip
BAD = ("A-0 applied 2026-04-20", "A-0 first_interview_held 2026-04-08", "A-0 withdrawn 2026-04-25",
       "A-4 applied 2026-04-01", "A-4 offer_accepted 2026-04-20",
       "A-5 applied 2026-04-01", "A-5 offer_made 2026-04-10", "A-5 offer_made 2026-04-20")  # fmt: skip
SUBJECTS = [
    ("funnel", ("stages", "outcomes", "losses", "flows", "curves", "endings", "throughput", "waiting", "compared")),
    ("declines", ("cases", "rates", "stages", "reasons", "moments", "contact_gaps", "offers", "late_before")),
    ("limits", ("rules", "times", "matters", "unmentioned", "unwritten_orders")),
    ("forecast", ("counts", "stages", "arrivals", "record")),
]  # fmt: skip


@pytest.fixture(scope="module")
def days() -> tuple[Any, Any]:
    """The same day with and without cases whose records cannot all be true."""
    return day_of(*FINE, *BAD), day_of(*FINE)


@pytest.mark.parametrize(("subject", "parts"), SUBJECTS)
def test_no_figure_counts_a_contradiction(days, subject: str, parts: tuple[str, ...]) -> None:
    """Funnel, declines, limits and forecast are what they are without such cases, wherever these stand."""
    mixed, fine = (getattr(day, subject)() for day in days)
    for part in parts:
        assert_frame_equal(getattr(mixed, part), getattr(fine, part))


def test_who_is_left_out_is_who_check_names(days) -> None:
    """The sentence of pages and commands counts the cases that `check` names, and is none where there is none."""
    mixed, fine = days
    assert mixed.sound.left.to_list() == ["A-0", "A-4", "A-5"]
    assert set(contradictions(mixed.log)["case_id"]) == set(mixed.sound.left)
    assert missing.contradicted(mixed.sound.left).en.startswith("3 cases are in none of these figures")
    assert missing.contradicted(fine.sound.left) is None
    assert fine.sound is fine.judged


def test_a_list_that_keeps_no_offers_has_acceptances() -> None:
    """Where no offer at all is recorded, who accepts is won; `check` still names the offer that is not there."""
    day = day_of("A-1 applied 2026-04-01", "A-1 offer_accepted 2026-04-20")
    assert contradictions(day.log)["kind"].to_list() == ["accepted_without_offer"]
    assert day.funnel().outcomes.select("won").rows() == [(1,)]
