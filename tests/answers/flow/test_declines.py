"""Why candidates decline, when, and what came before it."""

from __future__ import annotations

import random
from math import comb
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from small_logs import book, log_of
from statsmodels.stats.proportion import confint_proportions_2indep

import playbook as pb
from playbook.answers.flow import declines, offers
from playbook.clock.due import due_actions, recorded
from playbook.pages import findings
from playbook.rules.nouns import Benchmark, Playbook, Rule
from playbook.rules.offset import Offset
from playbook.rules.reading import builtin_playbooks
from playbook.words.text import Text

NOTHING = Text("", "")
SELECTION = book(
    {"application": ["applied"], "interview": ["interview_held"], "offer": ["offer_made"], "end": ["offer_accepted"]},
    [
        ("accepted", "won", ["offer_accepted"]),
        ("rejected", "rejected", ["rejected"]),
        ("withdrawn", "declined", ["withdrawn", "offer_declined"]),
        ("closed", "lapsed", ["auto_closed"]),
    ],
    {"driver": "client"},
    rules=[
        Rule("mail", NOTHING, ("interview_held",), (Offset.parse("1 day"),), ("mail_sent",), "driver"),
        Rule("decide", NOTHING, ("interview_held",), (Offset.parse("3 days"),), ("offer_made",), "driver"),
    ],
)
AFTERCARE = next(one for one in builtin_playbooks() if one.id == "interview-aftercare")
Row = dict[str, Any]


def _ended(case: str, activity: str, at: str, **cells: str | None) -> Row:
    return {"case_id": case, "activity": activity, "timestamp": at, **cells}


def _rows(frame: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return frame.select(columns).rows()


# --- reasons ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", ["pay;speed", "pay；speed", "pay、speed", "pay,speed", " pay ， speed ;", "speed;pay;pay"]
)
def test_several_reasons_in_one_cell(cell: str) -> None:
    """Reasons in one cell are told apart by any separator a person types, each counted once."""
    log = log_of(
        SELECTION, [("A", "applied", "2026-09-01"), _ended("A", "withdrawn", "2026-09-02", reason=cell)], "2026-10-01"
    )
    assert declines.decline_cases(log)["reasons"].to_list() == [["pay", "speed"]]
    assert _rows(declines.declines(log), "stage", "reason", "kind", "n", "share") == [
        ("application", "pay", "declined", 1, 1.0),
        ("application", "speed", "declined", 1, 1.0),
    ]


def test_reasons_in_three_columns() -> None:
    """Three columns of reasons are the same as three in one cell."""
    row = _ended("A", "withdrawn", "2026-09-02", reason="pay", reason_2=None, reason_3="family")
    assert declines.decline_cases(log_of(SELECTION, [row], "2026-10-01"))["reasons"].to_list() == [["family", "pay"]]


def test_declines_of_the_contract() -> None:
    """The columns are those of the contract; shares are of all declines of the playbook, lapsed cases apart."""
    rows = [(case, "applied", "2026-09-01") for case in "ABCDE"] + [("C", "interview_held", "2026-09-02")]
    rows += [_ended("A", "withdrawn", "2026-09-03", reason="pay"), _ended("B", "withdrawn", "2026-09-03", reason="pay")]
    rows += [
        _ended("C", "withdrawn", "2026-09-03"),
        _ended("D", "auto_closed", "2026-09-03"),
        _ended("E", "rejected", "2026-09-03"),
    ]
    found = declines.declines(log_of(SELECTION, rows, "2026-10-01"))
    assert found.columns[:8] == ["playbook", "stage", "reason", "kind", "n", "share", "ci_low", "ci_high"]
    assert _rows(found, "stage", "reason", "kind", "n") == [
        ("application", "pay", "declined", 2),
        ("interview", None, "declined", 1),
        ("application", None, "lapsed", 1),
    ]
    assert found["share"].to_list() == pytest.approx([2 / 3, 1 / 3, 1])
    assert found["too_few"].all()


def test_the_reason_is_that_of_the_outcome() -> None:
    """A reason written on another event, or on an outcome that was overtaken, is not why the case ended."""
    rows = [
        _ended("A", "withdrawn", "2026-09-02", reason="old"),
        _ended("A", "interview_held", "2026-09-03", reason="no"),
    ]
    rows += [_ended("A", "withdrawn", "2026-09-05", reason="new")]
    assert declines.decline_cases(log_of(SELECTION, rows, "2026-10-01"))["reasons"].to_list() == [["new"]]


def test_no_declines() -> None:
    """Without a declined case the tables are empty and keep their columns."""
    log = log_of(SELECTION, [("A", "applied", "2026-09-01")], "2026-10-01")
    assert declines.declines(log).is_empty() and "share" in declines.declines(log).columns
    assert declines.decline_moments(log).is_empty()
    assert declines.signal_answers(log).is_empty()
    assert offers.offers(log).is_empty()


# --- moment, owner, contact ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "moment"),
    [
        ([], "before_set"),
        (["interview_scheduled"], "before_held"),
        (["interview_scheduled", "interview_held"], "after_held"),
        (["interview_scheduled", "interview_held", "second_interview_invited"], "before_set"),
        (["interview_held", "interview_scheduled"], "before_held"),
    ],
)
def test_the_moment_of_a_decline(before: list[str], moment: str) -> None:
    """A decline comes before a date was set, before the interview was held, or after it."""
    rows: list[Any] = [("A", "applied", "2026-09-01")]
    rows += [("A", activity, f"2026-09-0{day}") for day, activity in enumerate(before, 2)]
    rows += [("A", "withdrawn", "2026-09-08"), ("A", "other_held", "2026-09-09")]
    found = declines.decline_moments(log_of(SELECTION, rows, "2026-10-01"))
    assert _rows(found, "moment", "kind", "n") == [(moment, "declined", 1)]


def test_contact_gap_before_a_decline() -> None:
    """Local days without contact count up to the decline; work inside the house is no contact (C-20)."""
    rows = [
        ("A", "applied", "2026-09-01T23:50"),
        ("A", "mail_sent", "2026-09-05T00:10"),
        ("A", "notes_submitted", "2026-09-06"),
    ]
    rows += [
        ("A", "withdrawn", "2026-09-07T09:00"),
        ("B", "applied", "2026-09-01"),
        ("B", "withdrawn", "2026-09-03T23:59"),
    ]
    rows += [("C", "notes_submitted", "2026-09-01"), ("C", "withdrawn", "2026-09-30")]
    found = declines.decline_cases(log_of(SELECTION, rows, "2026-10-01"))
    assert _rows(found, "case_id", "gap_days", "longest_gap_days", "slow") == [
        ("A", 2, 4, True),
        ("B", 2, 2, False),
        ("C", None, None, None),
    ]
    assert found["last_contact_at"][0].isoformat() == "2026-09-05T00:10:00+09:00"


def test_an_event_with_a_channel_is_a_contact() -> None:
    """Whatever the activity is called, a channel says that somebody was in touch."""
    rows: list[Any] = [_ended("A", "notes_submitted", "2026-09-01", channel="phone"), ("A", "withdrawn", "2026-09-30")]
    assert declines.decline_cases(log_of(SELECTION, rows, "2026-10-01"))["gap_days"].to_list() == [29]


def test_the_gap_limit_is_the_playbooks() -> None:
    """The number of days that makes a gap is a benchmark of the playbook, three where it names none."""
    rows = [("A", "applied", "2026-09-01"), ("A", "withdrawn", "2026-09-05")]
    patient = Playbook(
        SELECTION.id, NOTHING, stages=SELECTION.stages, outcomes=SELECTION.outcomes, roles=SELECTION.roles,
        benchmarks=(Benchmark("contact-gap-days", NOTHING, 5),),
    )  # fmt: skip
    assert declines.decline_cases(log_of(SELECTION, rows, "2026-10-01"))["slow"].to_list() == [True]
    assert declines.decline_cases(log_of(patient, rows, "2026-10-01"))["slow"].to_list() == [False]


def test_declines_by_owner() -> None:
    """Declines are counted by who answered for the case, nobody included; shares are of the group."""
    rows = [(case, "withdrawn", "2026-09-05") for case in "AB"]
    held = [{"role": "driver", "person": "佐藤", "case_id": "A"}]
    log = log_of(SELECTION, rows, "2026-10-01", assignments=held)
    found = declines.declines(log, "owner")
    assert found.columns[:4] == ["playbook", "owner", "stage", "reason"]
    assert _rows(found, "owner", "kind", "n", "share") == [("佐藤", "declined", 1, 1.0), (None, "declined", 1, 1.0)]


def test_declines_by_what_came_before() -> None:
    """A column of the declined cases themselves groups too, and so does a column or the cycle of the cases."""
    rows = [("A", "applied", "2026-09-01"), ("A", "withdrawn", "2026-09-09"), ("B", "applied", "2026-03-01")]
    log = log_of(
        SELECTION, [*rows, ("B", "withdrawn", "2026-03-02")], "2026-10-01", [{"case_id": "A", "source": "web"}]
    )
    assert _rows(declines.decline_moments(log, "slow"), "slow", "moment", "n") == [
        (False, "before_set", 1),
        (True, "before_set", 1),
    ]
    assert _rows(declines.declines(log, ["source", "cycle"]), "source", "cycle", "n") == [
        ("web", "2026-04", 1),
        (None, "2025-10", 1),
    ]


# --- offers ----------------------------------------------------------------------------------------------


def _offers(accepted: int, declined: int, withdrawn: int = 0, undecided: int = 0) -> pl.DataFrame:
    ends = ["offer_accepted"] * accepted + ["offer_declined"] * declined + ["rejected"] * withdrawn + [None] * undecided
    rows = [(f"{n:03}", "offer_made", "2026-09-01") for n in range(len(ends))]
    rows += [(f"{n:03}", end, "2026-09-05") for n, end in enumerate(ends) if end]
    return offers.offers(log_of(AFTERCARE, rows, "2026-10-01"))


def test_offers_against_the_benchmark() -> None:
    """Eight declines of twenty decided offers are more than 11 % (Z-03); open and withdrawn ones are not decided."""
    row = _offers(12, 8, withdrawn=3, undecided=4).row(0, named=True)
    assert (row["offers"], row["accepted"], row["declined"], row["withdrawn"], row["open"]) == (27, 12, 8, 3, 4)
    assert (row["decline_rate"], row["benchmark"], row["verdict"]) == (0.4, 0.11, "above")
    by_hand = sum(comb(20, k) * 0.11**k * 0.89 ** (20 - k) for k in range(8, 21))
    assert row["p_value"] == pytest.approx(by_hand, rel=1e-9)


@pytest.mark.parametrize(
    ("accepted", "declined", "verdict"), [(0, 9, "too_few"), (9, 1, "no_difference"), (60, 0, "below"), (6, 4, "above")]
)
def test_verdict_on_offers(accepted: int, declined: int, verdict: str) -> None:
    """Nine offers are too few to judge; one decline in ten is no difference; none in sixty is less than 11 %."""
    assert _offers(accepted, declined)["verdict"].to_list() == [verdict]


def test_offers_without_a_benchmark() -> None:
    """Where no playbook names a benchmark there is no verdict."""
    log = log_of(SELECTION, [("A", "offer_made", "2026-09-01")], "2026-10-01")
    assert _rows(offers.offers(log), "offers", "open", "benchmark", "verdict") == [(1, 1, None, None)]


# --- late rules ------------------------------------------------------------------------------------------


def _selection_log(late_declines: int, late: int, kept_declines: int, kept: int, extra: list[Any] | None = None) -> Any:
    """Interviews on 1 September with the mail due on the 2nd: sent on the 2nd or the 4th, decided on the 8th."""
    rows: list[Any] = list(extra or [])
    for group, size, declined, sent in (("L", late, late_declines, 4), ("K", kept, kept_declines, 2)):
        for n in range(size):
            case = f"{group}{n:04}"
            rows += [(case, "interview_held", "2026-09-01T10:00"), (case, "mail_sent", f"2026-09-0{sent}T10:00")]
            rows += [(case, "withdrawn" if n < declined else "rejected", "2026-09-08T10:00")]
    return recorded(log_of(SELECTION, rows, "2026-10-01"))


def test_which_rule_was_late_before() -> None:
    """A rule counts as late before a decline when its due passed unfulfilled while the case was alive."""
    log = _selection_log(1, 1, 1, 1, [("X", "interview_held", "2026-09-01"), ("X", "withdrawn", "2026-09-02T12:00")])
    found = declines.late_before(log, due_actions(log))
    assert _rows(found, "rule_id", "kind", "n") == [("decide", "declined", 2), ("mail", "declined", 1)]
    assert found["share"].to_list() == pytest.approx([2 / 3, 1 / 3])


def test_an_association_is_found() -> None:
    """Thirty of fifty against ten of fifty is a finding, with its difference, interval and corrected p-value."""
    log = _selection_log(30, 50, 10, 50)
    row = declines.associations(log, due_actions(log)).row(by_predicate=pl.col("rule_id") == "mail", named=True)
    assert (row["late"], row["late_declined"], row["on_time"], row["on_time_declined"]) == (50, 30, 50, 10)
    assert row["difference"] == pytest.approx(0.4)
    theirs = confint_proportions_2indep(30, 50, 10, 50, method="newcomb")
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(theirs, abs=1e-9)
    assert row["odds_ratio"] == pytest.approx(6.0)
    assert row["verdict"] == "more"
    assert row["p_value"] <= row["p_corrected"] < 0.001


def test_a_rule_that_is_always_late_is_refused() -> None:
    """With nobody on time there is nothing to compare: too few, and no figures."""
    log = _selection_log(30, 50, 0, 0)
    row = declines.associations(log, due_actions(log)).row(by_predicate=pl.col("rule_id") == "mail", named=True)
    assert (row["late"], row["on_time"], row["verdict"]) == (50, 0, "too_few")
    assert row["difference"] is row["p_value"] is row["p_corrected"] is None


def test_a_rule_that_is_the_decision_itself_is_not_compared() -> None:
    """Who declines is never offered anything: that the offer was late must not be read as what drove them away."""
    log = _selection_log(30, 50, 10, 50)
    row = declines.associations(log, due_actions(log)).row(by_predicate=pl.col("rule_id") == "decide", named=True)
    assert (row["late"], row["late_declined"], row["verdict"]) == (100, 40, "no_comparison")
    assert row["difference"] is row["p_value"] is row["p_corrected"] is None


def test_small_groups_are_refused() -> None:
    """Nine late cases cannot carry a test, however striking they look."""
    log = _selection_log(9, 9, 0, 40)
    verdicts = dict(_rows(declines.associations(log, due_actions(log)), "rule_id", "verdict"))
    assert verdicts == {"mail": "too_few", "decide": "no_comparison"}


def test_who_left_before_the_due_is_in_neither_group() -> None:
    """A case that ended before the due could not be late: it must not make those on time look worse."""
    day = {"interview_held": 10, "mail_sent": 11, "withdrawn": 12}
    early = [(f"E{n}", activity, f"2026-09-01T{hour}:00") for n in range(30) for activity, hour in day.items()]
    log = _selection_log(20, 40, 20, 40, early)
    row = declines.associations(log, due_actions(log)).row(by_predicate=pl.col("rule_id") == "mail", named=True)
    assert (row["late"], row["on_time"], row["difference"]) == (40, 40, 0.0)
    assert row["verdict"] == "no_difference"


def test_no_effect_seldom_alarms() -> None:
    """Where lateness has nothing to do with declining, at most one in twenty of 200 random logs says it has."""
    rng, alarms = random.Random(42), 0
    for _ in range(200):
        late, kept = rng.randint(20, 60), rng.randint(20, 60)
        declined = [sum(rng.random() < 0.3 for _ in range(size)) for size in (late, kept)]
        alarms += declines.compare(declined[0], late, declined[1], kept).p_value < 0.05  # type: ignore[operator]
    assert alarms <= 10


# --- signs of a decline ----------------------------------------------------------------------------------


def test_signals_and_their_answers() -> None:
    """Signs are answered by what keeps the rules they start; a call without a channel went by the rule's (Z-28)."""
    rows = [
        ("A", "final_interview_held", "2026-09-01T10:00"),
        _ended("A", "decline_signal_received", "2026-09-02T09:00", channel="mail"),
        ("A", "followup_sent", "2026-09-02T09:30"),
        ("A", "candidate_called", "2026-09-02T15:00"),
        ("A", "offer_made", "2026-09-05T10:00"),
        _ended("B", "decline_signal_received", "2026-09-03T09:00", channel="phone"),
        _ended("B", "candidate_called", "2026-09-04T09:00", channel="video"),
        ("B", "withdrawn", "2026-09-06T10:00"),
        ("C", "decline_signal_received", "2026-09-04T09:00"),
        ("D", "decline_signal_received", "2026-09-04T09:00"),
        ("D", "withdrawn", "2026-09-05T09:00"),
        ("D", "returned_to_selection", "2026-09-06T09:00"),
    ]
    log = log_of(AFTERCARE, rows, "2026-10-01")
    found = declines.signals(log)
    assert _rows(found, "case_id", "signal_channel", "channel", "hours", "came_back") == [
        ("A", "mail", "phone", 6.0, True),
        ("B", "phone", "video", 24.0, False),
        ("C", None, None, None, None),
        ("D", None, None, None, True),
    ]
    by_channel = declines.signal_answers(log)
    assert _rows(by_channel, "channel", "signals", "same_day", "median_hours", "decided", "came_back", "rate") == [
        ("phone", 1, 1, 6.0, 1, 1, 1.0),
        ("video", 1, 0, 24.0, 1, 0, 0.0),
        (None, 2, 0, None, 1, 1, 1.0),
    ]


def test_row_order_changes_nothing() -> None:
    """Shuffled rows give the same tables."""
    rows: list[Any] = [
        ("A", "applied", "2026-09-01"),
        ("B", "applied", "2026-09-01"),
        ("A", "interview_held", "2026-09-02"),
    ]
    rows += [
        _ended("A", "withdrawn", "2026-09-05", reason="pay;speed"),
        _ended("B", "offer_declined", "2026-09-05", reason="pay"),
    ]
    expected = declines.declines(log_of(SELECTION, rows, "2026-10-01"))
    cases = declines.decline_cases(log_of(SELECTION, rows, "2026-10-01"))
    random.Random(1).shuffle(rows)
    shuffled = log_of(SELECTION, rows, "2026-10-01")
    assert_frame_equal(declines.declines(shuffled), expected)
    assert_frame_equal(declines.decline_cases(shuffled), cases)


def test_an_end_by_nobody_knows_whom_is_in_no_rate_of_declines() -> None:
    """It ended, so it is not open and was lost where it stood; a decline or a refusal it is not."""
    lines = [("A-1", "applied", "2026-04-01"), ("A-1", "ended_unknown", "2026-04-10"),
             ("A-2", "applied", "2026-04-01"), ("A-2", "withdrawn", "2026-04-11"),
             ("A-3", "applied", "2026-04-01"), ("A-3", "offer_made", "2026-04-12"),
             ("A-3", "ended_unknown", "2026-04-20"), ("A-4", "applied", "2026-04-02")]  # fmt: skip
    events = pl.DataFrame(lines, schema=["case_id", "activity", "timestamp"], orient="row")
    cases = pl.DataFrame({"case_id": ["A-1", "A-2", "A-3", "A-4"], "playbook": ["interview-aftercare"] * 4})
    day = pb.Workspace(cases=cases, events=events).on("2026-11-20")
    rates = day.declines().rates.select("cases", "decided", "declined", "lapsed", "unknown", "rate")
    assert rates.rows() == [(4, 1, 1, 0, 2, 1.0)]
    first = day.funnel().stages.row(0, named=True)
    assert (first["entered"], first["advanced"], first["lost"], first["open"]) == (4, 1, 2, 1)
    assert day.declines().cases["case_id"].to_list() == ["A-2"]
    offers = day.declines().offers.select("offers", "declined", "withdrawn", "unknown", "open")
    assert offers.rows() == [(1, 0, 0, 1, 0)]
    assert day.due().filter(pl.col("case_id").is_in(["A-1", "A-3"])).is_empty()
    said = str(findings.table_declined(day.declines().rates, day.declines().cases, day.playbooks, "en").html)
    assert "it may have been a decline" in said
