"""Where the time of a case went, to the microsecond."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_logs import book, log_of
from thinned import tries

import playbook as pb
from playbook.answers.flow.waiting import WAITED_FOR, throughput, waiting, waiting_shares, waits
from playbook.clock.due import due_actions, recorded
from playbook.rules.nouns import Activity, Playbook, Rule
from playbook.rules.offset import Offset
from playbook.words.text import Text

NOTHING = Text("", "")
_BOOK = book(
    {"applied": ["applied"], "met": ["met"]},
    [("won", "won", ["signed"]), ("declined", "declined", ["withdrawn"])],
    {"driver": "client", "consultant": "agency", "talent": "candidate"},
    rules=[
        Rule("meet", NOTHING, ("applied",), (Offset.parse("3 days"),), ("met",), "driver"),
        Rule("advise", NOTHING, ("met",), (Offset.parse("3 days"),), ("advised",), "consultant"),
    ],
)
BOOK = Playbook(
    _BOOK.id, NOTHING, stages=_BOOK.stages, outcomes=_BOOK.outcomes, roles=_BOOK.roles, rules=_BOOK.rules,
    activities=tuple(Activity(one, NOTHING) for one in ("applied", "met", "advised", "replied", "signed", "withdrawn")),
)  # fmt: skip


def _hours(row: dict[str, Any]) -> dict[str, float]:
    return {side: row[side] / timedelta(hours=1) for side in WAITED_FOR if row[side]}


def test_who_was_waited_for() -> None:
    """Time runs for the side that acts next: the client meets, the agency advises, the talent replies, nobody signs."""
    rows = [
        ("A", "applied", "2026-09-07T09:00"),
        ("A", "met", "2026-09-07T12:00"),
        ("A", "advised", "2026-09-07T14:00"),
    ]
    rows += [("A", "replied", "2026-09-07T15:00"), ("A", "signed", "2026-09-07T19:00")]
    row = waiting(log_of(BOOK, rows, "2026-10-01")).row(0, named=True)
    assert _hours(row) == {"client": 3, "agency": 2, "candidate": 1, "idle": 4}
    assert row["elapsed"] == timedelta(hours=10)


def test_closed_days_are_nobodys() -> None:
    """From Friday evening to Tuesday noon over Monday's holiday, only Friday's and Tuesday's hours count."""
    rows = [("A", "applied", "2026-09-18T18:00"), ("A", "met", "2026-09-24T12:00")]
    row = waiting(log_of(BOOK, [*rows, ("A", "signed", "2026-09-24T12:00")], "2026-10-01")).row(0, named=True)
    assert _hours(row) == {"client": 6 + 12, "closed": 5 * 24}


def test_the_companys_own_closing_days() -> None:
    """A closing day of a client closes that client's cases only."""
    rows = [
        (case, what, f"2026-09-{day}T00:00") for case in "AB" for what, day in (("applied", "08"), ("signed", "10"))
    ]
    cases = [{"case_id": "A", "client_id": "C1"}, {"case_id": "B", "client_id": "C2"}]
    log = log_of(BOOK, rows, "2026-10-01", cases, closures=[{"date": "2026-09-09", "client_id": "C1"}])
    assert [closed / timedelta(hours=1) for closed in waiting(log)["closed"]] == [24, 0]


def test_the_role_on_the_event_decides() -> None:
    """Who did it, where the event says so, goes before what the rules expect."""
    met = {"case_id": "A", "activity": "met", "timestamp": "2026-09-07T12:00", "role": "talent"}
    row = waiting(log_of(BOOK, [("A", "applied", "2026-09-07T09:00"), met], "2026-09-07T12:00")).row(0, named=True)
    assert _hours(row) == {"candidate": 3}


def test_open_cases_wait_for_the_most_urgent_action() -> None:
    """An open case waits, until as-of, for whoever owes the most urgent open action; without due actions, for
    nobody."""
    log = recorded(log_of(BOOK, [("A", "applied", "2026-09-07T09:00")], "2026-09-08T09:00"))
    assert _hours(waiting(log, due_actions(log)).row(0, named=True)) == {"client": 24}
    assert _hours(waiting(log).row(0, named=True)) == {"idle": 24}


def test_a_case_ends_with_its_outcome() -> None:
    """What is written down after the outcome takes no more time of the case."""
    rows = [
        ("A", "applied", "2026-09-07T09:00"),
        ("A", "withdrawn", "2026-09-07T10:00"),
        ("A", "advised", "2026-09-09T10:00"),
    ]
    row = waiting(log_of(BOOK, rows, "2026-10-01")).row(0, named=True)
    assert _hours(row) == {"candidate": 1}


def test_a_case_without_events_took_no_time() -> None:
    """A case that exists and has not begun is listed with nothing."""
    log = log_of(BOOK, [], "2026-10-01", [{"case_id": "A", "created_at": "2026-09-01"}])
    row = waiting(log).row(0, named=True)
    assert (row["started_at"], row["elapsed"]) == (None, timedelta(0))
    assert waiting_shares(log).is_empty() and throughput(log).is_empty()


@settings(max_examples=tries(6, 200), deadline=None)
@given(st.integers(0, 2**32))
def test_parts_sum_to_the_whole(seed: int) -> None:
    """On random logs the parts of every case are never negative and sum to its elapsed time exactly."""
    rng = random.Random(seed)
    activities = ["applied", "met", "advised", "replied", "signed", "withdrawn", "other"]
    base = 1_788_000_000_000_000
    rows = [
        {
            "case_id": rng.choice("ABCDE"),
            "activity": rng.choice(activities),
            "timestamp": str(pl.Series([base + rng.randrange(10**13)]).cast(pl.Datetime("us"))[0]),
            "role": rng.choice([None, None, "talent", "driver"]),
        }
        for _ in range(rng.randint(1, 30))
    ]
    log = recorded(log_of(BOOK, rows, "2026-12-31T01:02:03.000004"))
    found = waiting(log, due_actions(log))
    parts = found.select(pl.sum_horizontal(pl.col(WAITED_FOR).dt.total_microseconds())).to_series()
    assert parts.to_list() == found["elapsed"].dt.total_microseconds().to_list()
    assert all((found[side] >= timedelta(0)).all() for side in WAITED_FOR)
    spans = found.with_columns(end=pl.coalesce("ended_at", pl.lit(log.moment)))
    assert (spans["end"] - spans["started_at"]).to_list() == found["elapsed"].to_list()


def test_shares_of_a_group() -> None:
    """The shares of every group add up to one."""
    rows = [
        ("A", "applied", "2026-09-07T09:00"),
        ("A", "met", "2026-09-07T12:00"),
        ("B", "applied", "2026-09-04T09:00"),
    ]
    shares = waiting_shares(
        log_of(BOOK, rows, "2026-09-08T09:00", [{"case_id": "A", "client_id": "C1"}]), by="client_id"
    )
    assert shares.columns == ["playbook", "client_id", "waited_for", "cases", "total", "days_per_case", "share"]
    assert shares.group_by("client_id").agg(pl.col("share").sum())["share"].to_list() == pytest.approx([1, 1])
    assert shares["waited_for"].to_list()[:5] == list(WAITED_FOR)


def test_throughput() -> None:
    """The time from first event to outcome takes open cases as open."""
    rows = [(case, "applied", "2026-09-07") for case in "ABC"] + [
        ("A", "signed", "2026-09-09"),
        ("B", "signed", "2026-09-11"),
    ]
    found = throughput(log_of(BOOK, rows, "2026-09-30"))
    assert found.rows() == [("book", 3, 2, 4.0, True)]


def test_stretches_in_order() -> None:
    """Each case's stretches follow one another without a hole."""
    rows = [("A", "applied", "2026-09-07T09:00"), ("A", "met", "2026-09-07T12:00"), ("A", "other", "2026-09-07T12:00")]
    found = waits(log_of(BOOK, [*rows, ("A", "signed", "2026-09-08T12:00")], "2026-10-01"))
    assert found["waited_for"].to_list() == ["client", "idle"]
    assert found["until"][0] == found["since"][1]


@settings(deadline=None)
@given(st.permutations(["applied", "met", "advised", "replied"]))
def test_the_order_of_one_moment_changes_nothing(order: list[str]) -> None:
    """Where a log has days only, several things happen at one moment; which row comes first is no matter."""
    rows = [("A", one, "2026-09-09") for one in order] + [("A", "applied", "2026-09-07"), ("A", "signed", "2026-09-11")]
    row = waiting(log_of(BOOK, rows, "2026-10-01")).row(0, named=True)
    assert _hours(row) == {"agency": 48, "idle": 48}


def test_the_ball_lies_with_whom_the_last_act_passed_it_to() -> None:
    """Four business days with the candidate, who was asked twice and replied; the rest with the client."""
    events = [
        ("casual_interview_held", "2026-06-01 10:00"), ("feedback_mail_sent", "2026-06-01 12:00"),
        ("status_check_sent", "2026-06-03 12:00"), ("replied", "2026-06-05 12:00"),
        ("next_interview_scheduled", "2026-06-05 12:30"), ("next_interview_held", "2026-06-09 12:30"),
    ]  # fmt: skip
    ws = pb.Workspace(
        cases=pl.DataFrame({"case_id": ["T"], "playbook": ["casual-interview"]}),
        events=pl.DataFrame(
            [("T", activity, at) for activity, at in events], schema=["case_id", "activity", "timestamp"], orient="row"
        ),
    )
    shares = dict(ws.on("2026-06-10").funnel().waiting.select("waited_for", "days_per_case").rows())
    assert shares["candidate"] == 4.0
    assert shares["idle"] == 0.0 and shares["closed"] == 2.0
