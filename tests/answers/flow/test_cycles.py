"""Whether the effort pays, told cycle by cycle, and honestly where it cannot be told."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from small_logs import book, log_of
from statsmodels.stats.proportion import confint_proportions_2indep

from playbook.answers.flow import cycles
from playbook.clock.due import due_actions, recorded
from playbook.clock.known import EventLog
from playbook.rules.nouns import Rule
from playbook.rules.offset import Offset
from playbook.rules.reading import builtin_playbooks
from playbook.words.problem import ArgumentError
from playbook.words.text import Text

NOTHING = Text("", "")
SELECTION = book(
    {"application": ["applied"], "offer": ["offer_made"], "joined": ["accepted"]},
    [
        ("accepted", "won", ["accepted"]),
        ("rejected", "rejected", ["rejected"]),
        ("declined", "declined", ["withdrawn"]),
    ],
    {"driver": "client"},
    rules=[
        Rule("answer", NOTHING, ("applied",), (Offset.parse("3 days"),), ("answered", "offer_made"), "driver"),
        Rule("call", NOTHING, ("offer_made",), (Offset.parse("7 days"),), ("called",), "driver"),
    ],
)
AFTERCARE = next(one for one in builtin_playbooks() if one.id == "interview-aftercare")


def _decided(decisions: Sequence[tuple[str, int, int]], as_of: str = "2027-03-31", prefix: str = "C") -> EventLog:
    """Offers decided on given days: so many accepted, so many declined."""
    rows: list[Any] = []
    for number, (day, accepted, declined) in enumerate(decisions):
        for n in range(accepted + declined):
            case = f"{prefix}{number:02}-{n:03}"
            rows += [(case, "offer_made", day), (case, "accepted" if n < accepted else "withdrawn", f"{day}T12:00")]
    return log_of(SELECTION, rows, as_of)


def _only(frame: pl.DataFrame, **values: str) -> dict[str, Any]:
    return frame.filter(**values).row(0, named=True)


# --- series ----------------------------------------------------------------------------------------------


def test_rates_by_cycle() -> None:
    """Each cycle holds what was decided in it, by the local day, with its interval; the running one is not complete."""
    log = _decided([("2026-03-31", 3, 1), ("2026-04-01", 1, 1), ("2026-10-01", 2, 0)], "2026-10-31")
    found = cycles.cycle_rates(log).filter(stage="offer", measure="acceptance")
    assert found.select("cycle", "complete", "successes", "decided", "rate").rows() == [
        ("2025-10", True, 3, 4, 0.75),
        ("2026-04", True, 1, 2, 0.5),
        ("2026-10", False, 2, 2, 1.0),
    ]
    assert found["too_few"].all()


def test_passing_and_accepting_are_different() -> None:
    """An offer that the client took back counts against passing, and says nothing about accepting."""
    rows = [(case, "offer_made", "2026-05-01") for case in "ABC"]
    rows += [("A", "accepted", "2026-05-02"), ("B", "withdrawn", "2026-05-02"), ("C", "rejected", "2026-05-02")]
    found = cycles.cycle_rates(log_of(SELECTION, rows, "2026-06-01")).filter(stage="offer")
    assert found.select("measure", "successes", "decided").rows() == [("pass", 1, 3), ("acceptance", 1, 2)]


def test_year_over_year() -> None:
    """A cycle is held against the same months of the year before, with the interval of the difference."""
    log = _decided([("2025-05-01", 20, 30), ("2026-05-01", 35, 15)])
    found = cycles.cycle_rates(log).filter(stage="offer", measure="acceptance")
    assert found["rate_year_before"].to_list() == [None, 0.4]
    assert found["change"][1] == pytest.approx(0.3)
    theirs = confint_proportions_2indep(35, 50, 20, 50, method="newcomb")
    assert (found["change_low"][1], found["change_high"][1]) == pytest.approx(theirs, abs=1e-9)


def test_cycles_of_five_months_have_no_year_before() -> None:
    """Five months do not divide a year: nothing is compared."""
    found = cycles.cycle_rates(_decided([("2025-05-01", 9, 9), ("2026-05-01", 9, 9)]), months=5)
    assert found["rate_year_before"].null_count() == found.height


@pytest.mark.parametrize("months", [2, 7, 12])
def test_cycles_have_three_to_six_months(months: int) -> None:
    """Another length of a cycle is refused, with what is allowed (Z-37)."""
    with pytest.raises(ArgumentError, match=rf"a cycle of {months} months; allowed: 3, 4, 5 or 6 \(Z-37\)"):
        cycles.cycle_rates(_decided([]), months)


def test_no_decisions() -> None:
    """Nothing decided gives empty tables with their columns."""
    log = _decided([])
    assert cycles.cycle_rates(log).is_empty() and "change_high" in cycles.cycle_rates(log).columns
    assert cycles.change_effects(log, date(2026, 5, 1)).is_empty()
    assert "verdict" in cycles.change_effects(log, date(2026, 5, 1)).columns
    assert cycles.trends(log).is_empty() and "verdict" in cycles.trends(log).columns


# --- changes ---------------------------------------------------------------------------------------------


def _months(rates: Sequence[tuple[int, int]], start: date = date(2026, 1, 10)) -> EventLog:
    days = [
        date(start.year + (start.month - 1 + n) // 12, (start.month - 1 + n) % 12 + 1, start.day)
        for n in range(len(rates))
    ]
    return _decided([(day.isoformat(), k, n) for day, (k, n) in zip(days, rates, strict=True)])


def test_a_change_that_helped() -> None:
    """Forty of a hundred before and sixty-five of a hundred after is better, the jump estimated beside it."""
    log = _months([(10, 15)] * 4 + [(16, 9)] * 4)
    row = _only(cycles.change_effects(log, date(2026, 5, 1)), stage="offer", measure="acceptance")
    assert (row["before_successes"], row["before_decided"], row["after_successes"], row["after_decided"]) == (
        40,
        100,
        64,
        100,
    )
    assert row["difference"] == pytest.approx(0.24)
    assert (row["verdict"], row["drift"]) == ("better", False)
    assert row["step_low"] <= row["step_odds"] <= row["step_high"]
    assert row["step_odds"] > 1


def test_the_day_of_the_change_belongs_to_after() -> None:
    """A decision of the day on which the change was made is after it."""
    log = _decided([("2026-04-30", 1, 0), ("2026-05-01", 0, 1)])
    row = _only(cycles.change_effects(log, date(2026, 5, 1)), stage="offer", measure="acceptance")
    assert (row["before_decided"], row["after_decided"], row["verdict"]) == (1, 1, "too_few")
    assert row["difference"] is row["p_corrected"] is row["drift"] is None


def test_a_flat_series_is_flat_only_where_its_interval_is_narrow() -> None:
    """Hundreds of decisions a month that do not move have not moved (Z-38); of a few dozen one cannot tell."""
    few, many = _months([(12, 13), (13, 12)] * 4), _months([(300, 330), (330, 300)] * 4)
    for log, verdict in ((few, "cannot_tell"), (many, "no_change")):
        assert set(cycles.change_effects(log, date(2026, 5, 1)).filter(stage="offer")["verdict"]) == {verdict}
        assert _only(cycles.trends(log, 3), stage="offer", measure="acceptance")["verdict"] == verdict


def test_two_cycles_are_no_trend() -> None:
    """Two cycles, however full, are too few to speak of a trend."""
    row = _only(cycles.trends(_months([(5, 20)] * 3 + [(20, 5)] * 3), 3), stage="offer", measure="acceptance")
    assert (row["cycles"], row["decided"], row["odds_ratio"], row["verdict"]) == (2, 150, None, "too_few")


def test_a_rise_that_began_before() -> None:
    """A rate that was already rising before the change is marked: the difference may not be the change's doing."""
    log = _months([(8, 32), (14, 26), (20, 20), (26, 14), (30, 10), (32, 8), (34, 6), (35, 5)])
    row = _only(cycles.change_effects(log, date(2026, 5, 1)), stage="offer", measure="acceptance")
    assert (row["verdict"], row["drift"]) == ("better", True)
    assert row["step_low"] < 1


def test_a_trend_over_cycles() -> None:
    """A rate that grows cycle by cycle is better, one that shrinks is worse."""
    rising = _months([(6, 14), (8, 12), (10, 10), (12, 8), (14, 6), (15, 5)] * 2, date(2025, 1, 10))
    days = [("2025-05-01", 30, 10), ("2025-08-01", 25, 15), ("2025-11-01", 18, 22), ("2026-02-01", 10, 30)]
    row = _only(cycles.trends(_decided(days), 3), stage="offer", measure="acceptance")
    assert (row["cycles"], row["decided"], row["verdict"]) == (4, 160, "worse")
    days.reverse()
    climbing = _decided([(f"202{5 + n // 4}-{1 + 3 * (n % 4):02}-01", k, d) for n, (_, k, d) in enumerate(days)])
    assert _only(cycles.trends(climbing, 3), stage="offer", measure="acceptance")["verdict"] == "better"
    assert _only(cycles.trends(rising, 3), stage="offer", measure="acceptance")["cycles"] >= 4


def test_false_alarms_are_rare() -> None:
    """On forty random flat series at most a few call a change, with the correction for the two measures."""
    rng, alarms = random.Random(7), 0
    for _ in range(40):
        log = _months([(k, 20 - k) for k in (sum(rng.random() < 0.5 for _ in range(20)) for _ in range(6))])
        alarms += any(v in {"better", "worse"} for v in cycles.change_effects(log, date(2026, 4, 1))["verdict"])
    assert alarms <= 4


# --- surveys ---------------------------------------------------------------------------------------------


def test_surveys() -> None:
    """Answers are told apart by kind and question; the mean has Student's interval; later answers are not known."""
    scores = [4, 5, 3, 4, 5]
    rows: list[dict[str, Any]] = [
        {"case_id": "A", "answered_on": f"2026-05-0{n + 1}", "kind": "accepted", "question": "why", "score": score}
        for n, score in enumerate(scores)
    ]
    rows[1]["comment"] = "人がよかった"
    rows += [{"case_id": "A", "answered_on": "2026-05-09", "kind": "declined", "question": "why", "comment": "遅い"}]
    rows += [{"case_id": "A", "answered_on": "2026-06-02", "kind": "internal", "question": "load", "score": 1}]
    found = cycles.surveys(log_of(SELECTION, [("A", "applied", "2026-04-01")], "2026-06-01", surveys=rows))
    assert found.select("kind", "question", "cycle", "answers", "scored").rows() == [
        ("accepted", "why", "2026-04", 5, 5),
        ("declined", "why", "2026-04", 1, 0),
    ]
    low, high = stats.t.interval(0.95, 4, np.mean(scores), stats.sem(scores))
    assert (found["ci_low"][0], found["ci_high"][0]) == pytest.approx((low, high), abs=1e-12)
    assert found["comments"].to_list() == [["人がよかった"], ["遅い"]]
    assert (found["mean_score"][1], found["ci_low"][1]) == (None, None)


# --- hours and capacity ----------------------------------------------------------------------------------

WORK = [
    {"person": "佐藤", "worked_on": "2026-09-07", "minutes": 30, "case_id": "A", "activity": "called"},
    {"person": "佐藤", "worked_on": "2026-09-13", "minutes": 50, "case_id": "B", "activity": "called"},
    {"person": "佐藤", "worked_on": "2026-09-14", "minutes": 20, "activity": None},
    {"person": "鈴木", "worked_on": "2026-09-07", "minutes": 10, "case_id": "A", "activity": "answered"},
    {"person": "鈴木", "worked_on": "2026-12-07", "minutes": 99, "case_id": "A", "activity": "answered"},
]
APPLIED = [(case, "applied", "2026-09-01") for case in "AB"]


def test_workload() -> None:
    """Hours, entries and minutes per case by person and activity; what was logged after as-of is not known (Z-40)."""
    found = cycles.aftercare_time(log_of(SELECTION, APPLIED, "2026-10-01", worklog=WORK))
    assert found.select("cycle", "person", "activity", "entries", "cases", "minutes_per_case").rows() == [
        ("2026-04", "佐藤", "called", 2, 2, 40.0),
        ("2026-04", "佐藤", None, 1, 0, None),
        ("2026-04", "鈴木", "answered", 1, 1, 10.0),
    ]
    assert found["hours"].sum() == pytest.approx(110 / 60)


def test_weeks_against_the_allowance() -> None:
    """A week runs from Monday to Sunday; two half-hours a week are agreed, eighty minutes are too many (Z-22)."""
    found = cycles.workload_weeks(log_of(SELECTION, APPLIED, "2026-10-01", worklog=WORK))
    assert found.filter(person="佐藤").select("week", "minutes", "allowance").rows() == [
        (date(2026, 9, 7), 80.0, 60.0),
        (date(2026, 9, 14), 20.0, 60.0),
    ]
    assert found["load"].to_list() == pytest.approx([80 / 60, 20 / 60, 10 / 60])


def _packed(minutes: dict[str, float] | None = None, **others: Any) -> pl.DataFrame:
    rows: list[Any] = [(f"C{n}", "applied", f"2026-09-0{n + 1}") for n in range(4)]
    rows += [("D0", "offer_made", "2026-09-03")]
    held = [{"role": "driver", "person": "佐藤"}]
    log = recorded(log_of(SELECTION, rows, "2026-09-07", **{"assignments": held, **others}))
    return cycles.capacity(log, due_actions(log), minutes)


def test_capacity_names_what_does_not_fit() -> None:
    """Two half-hours a week take two actions: the offer first, then the oldest due; the rest is named."""
    found = _packed()
    assert found.select("case_id", "priority", "minutes", "used", "fits").rows() == [
        ("D0", 1, 30.0, 30.0, True),
        ("C0", 2, 30.0, 60.0, True),
        ("C1", 2, 30.0, 60.0, False),
        ("C2", 2, 30.0, 60.0, False),
        ("C3", 2, 30.0, 60.0, False),
    ]
    assert found["allowance"].unique().to_list() == [60.0]


def test_a_shorter_action_still_finds_room() -> None:
    """An action too long for what is left is passed over, and a shorter one behind it is not."""
    found = _packed({"call": 45, "answer": 20})
    assert found["fits"].to_list() == [True, False, False, False, False]
    found = _packed({"call": 20, "answer": 20})
    assert found["fits"].to_list() == [True, True, True, False, False]


def test_minutes_are_learned_from_the_log() -> None:
    """Without a figure of one's own, an action takes the median that was logged for what fulfils it."""
    work = [{"person": "佐藤", "worked_on": "2026-09-01", "minutes": m, "activity": "answered"} for m in (5, 10, 90)]
    found = _packed(worklog=work)
    assert dict(found.select("rule_id", "minutes").unique().rows()) == {"call": 30.0, "answer": 10.0}
    assert found["fits"].to_list() == [True, True, True, True, False]


def test_nobody_has_time_for_unassigned_work() -> None:
    """Work without an owner fits nowhere."""
    found = _packed(assignments=[])
    assert found["owner"].null_count() == 5
    assert not found["fits"].any()


# --- priorities ------------------------------------------------------------------------------------------


def test_priorities() -> None:
    """An unanswered sign of a decline comes first, then the last stages; a position that fills easily comes last
    (Z-41)."""
    rows: list[Any] = [("S", "applied", "2026-09-05"), ("S", "decline_signal_received", "2026-09-06T09:00")]
    rows += [("O", "offer_made", "2026-09-01"), ("U", "applied", "2026-09-02"), ("E", "applied", "2026-09-03")]
    rows += [("answered", "applied", "2026-09-04"), ("answered", "decline_signal_received", "2026-09-06T09:00")]
    rows += [("answered", "candidate_called", "2026-09-06T10:00")]
    cases = [{"case_id": "E", "position": "営業"}, {"case_id": "U", "position": "経理"}]
    for n in range(20):
        sales, books = f"w{n}", f"l{n}"
        rows += [
            (sales, "offer_accepted", "2026-09-01"),
            (books, "applied", "2026-08-01"),
            (books, "rejected", "2026-08-02"),
        ]
        cases += [{"case_id": sales, "position": "営業"}, {"case_id": books, "position": "経理"}]
    found = cycles.priorities(log_of(AFTERCARE, rows, "2026-09-10", cases))
    assert found.select("case_id", "priority", "criterion").rows() == [
        ("S", 1, "signal"),
        ("O", 1, "last_stages"),
        ("U", 2, "usual"),
        ("answered", 2, "usual"),
        ("E", 3, "easy_to_fill"),
    ]


# --- contribution ----------------------------------------------------------------------------------------


def test_contributions() -> None:
    """What each person did, kept in time and logged, also two people in one cell (Z-42)."""
    rows: list[Any] = [("A", "applied", "2026-09-01T10:00"), ("B", "applied", "2026-09-01T10:00")]
    rows += [{"case_id": "A", "activity": "answered", "timestamp": "2026-09-02T10:00", "resource": "佐藤;鈴木"}]
    rows += [{"case_id": "B", "activity": "answered", "timestamp": "2026-09-09T10:00", "resource": "佐藤"}]
    rows += [("A", "accepted", "2026-09-10T10:00"), ("C", "applied", "2026-09-01T10:00")]
    held = [{"role": "driver", "person": "佐藤"}]
    log = recorded(log_of(SELECTION, rows, "2026-10-01", assignments=held, worklog=WORK))
    found = cycles.contributions(log, due_actions(log))
    assert found.select("person", "done", "cases", "won", "kept", "on_time").rows() == [
        ("佐藤", 2, 2, 1, 2, 1),
        ("鈴木", 1, 1, 1, 0, 0),
    ]
    assert found["rate"].to_list() == [pytest.approx(1 / 3), None]
    assert found["hours"].to_list() == pytest.approx([100 / 60, 10 / 60])


def test_days_after_as_of_are_unknown() -> None:
    """A worklog entry or an answer from tomorrow changes nothing today."""
    tomorrow = date(2026, 10, 1) + timedelta(days=1)
    late = [{"person": "佐藤", "worked_on": tomorrow.isoformat(), "minutes": 500}]
    assert cycles.workload_weeks(log_of(SELECTION, APPLIED, "2026-10-01", worklog=late)).is_empty()
