"""The marks of a case: what was owed runs to its due, a delay from the due on."""

from __future__ import annotations

import polars as pl
from the_sample import sample


def test_a_delay_runs_from_the_due_to_the_day_it_was_done_or_to_today() -> None:
    """Each late action has a mark to its due, and one from its due to what kept it, else to the as-of."""
    ws = sample()
    day = ws.on("2026-11-20")
    case = day.most_urgent_case()
    marks = day.case(case).story()
    owed = ws.due("2026-11-20", all=True).filter(case_id=case)
    late = owed.filter(pl.col("status").is_in(["overdue", "met_late"]))
    assert late.height
    for due, done in late.select("due_at", "fulfilled_at").rows():
        end = done or day.as_of.moment
        assert marks.filter(kind="late", start=due)["end"].to_list().count(end)
        assert due in marks.filter(kind="due")["end"].to_list()
    done = marks.filter(kind="done").select(day=pl.coalesce("end", "start"))["day"]
    assert sorted(done) == sorted(owed.filter(status="met")["fulfilled_at"]), "what was done ends the day it was done"
    closed = owed.filter(pl.col("status") == "closed_late", pl.col("voided_at").is_null())
    following = owed.join(closed.select("rule_id", entry=pl.col("entry") + 1), on=["rule_id", "entry"], how="semi")
    assert closed.height and set(following["due_at"]) <= set(marks.filter(kind="late")["end"])
    spans = marks.filter(pl.col("kind").is_in(["due", "done", "late"]), pl.col("end").is_not_null())
    ordered = spans.sort("lane", "start", "end").select("start", before=pl.col("end").shift().over("lane"))
    assert spans["lane"].n_unique() < spans.height
    assert ordered.filter(pl.col("start") < pl.col("before")).is_empty(), "actions hide each other in a lane"
