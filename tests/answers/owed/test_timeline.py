"""The story of a case: what happened, in the order in which the clock takes it."""

from __future__ import annotations

import polars as pl

import playbook as pb


def test_a_result_known_as_a_day_stands_after_the_interview_of_that_day() -> None:
    """In the table and in the picture the end comes last, although its day begins before the interview's hour."""
    told = [
        ("first_interview_held", "2026-09-10 17:00"),
        ("withdrawn", "2026-09-10"),
        ("followup_sent", "2026-09-11"),
        ("applied", "2026-09-01"),
    ]
    events = pl.DataFrame([("A", *one) for one in told], schema=["case_id", "activity", "timestamp"], orient="row")
    cases = pl.DataFrame({"case_id": ["A"], "playbook": ["interview-aftercare"]})
    case = pb.Workspace(events=events, cases=cases).on("2026-09-30").case("A")
    order = ["applied", "first_interview_held", "withdrawn", "followup_sent"]
    assert case.happened()["activity"].to_list() == order
    names = [case.playbook.label(activity).en for activity in order]
    assert case.story(lang="en").filter(pl.col("lane") == "Events")["label"].to_list() == names
