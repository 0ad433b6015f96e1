"""What practice makes of each limit, and what the log does that no rule speaks of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from small_logs import book, log_of
from the_sample import sample

from playbook.answers.ahead.limits import COLUMNS, limits, orders, times, unmentioned
from playbook.clock.due import due_actions
from playbook.rules.nouns import PlannedDate, Playbook, Precedence, Rule
from playbook.rules.offset import Offset
from playbook.words.text import Text

NAME = Text("名", "name")


def _book(due: str, *others: Rule, **changes: Any) -> Playbook:
    rule = Rule(
        "send", NAME, ("asked",), tuple(Offset.parse(one) for one in due.split(",")), ("sent",), "agent", **changes
    )
    return book(
        {"application": ["applied"]},
        [("won", "won", ["hired"]), ("declined", "declined", ["declined"])],
        {"agent": "agency"},
        rules=(rule, *others),
    )


def _limits(due: str, events: list[tuple[str, str, str]], as_of: str = "2026-11-30", **changes: Any) -> dict[str, Any]:
    """The row of the rule `send` over some events."""
    log = log_of(_book(due, **changes), events, as_of)
    return limits(log, due_actions(log).collect()).filter(rule_id="send").row(0, named=True)


def _sent(*days: tuple[str, str | None]) -> list[tuple[str, str, str]]:
    """A case for each pair of a day that asks and a day that sends."""
    return [
        (f"C-{number:02}", activity, f"{day}T10:00:00")
        for number, pair in enumerate(days)
        for activity, day in zip(("asked", "sent"), pair, strict=True)
        if day
    ]


def test_the_columns_are_those_of_the_design() -> None:
    """Exactly these, in this order."""
    assert list(COLUMNS) == [
        "playbook", "rule_id", "started", "kept", "rate", "ci_low", "ci_high", "unit", "p50", "p80", "p90", "limit",
        "limit_80", "limit_90", "late_n", "kept_n", "effect", "effect_low", "effect_high", "verdict",
    ]  # fmt: skip


def test_business_days_stay_business_days() -> None:
    """From Friday to Monday is one, to Saturday is one too (the next to come), over Silver Week to Thursday is one."""
    friday = [("2026-11-13", "2026-11-16")] * 6
    weekend, silver = [("2026-11-13", "2026-11-14")] * 2, [("2026-09-18", "2026-09-24")] * 2
    row = _limits("3 business days", _sent(*friday, *weekend, *silver))
    assert (row["unit"], row["limit"]) == ("business days", 3)
    assert (row["p50"], row["p80"], row["p90"], row["limit_80"], row["limit_90"]) == (1, 1, 1, 1, 1)


def test_hours_are_hours_and_the_limit_is_the_next_whole_one() -> None:
    """Half an hour more than a day is kept by 25 hours."""
    events = [event for n in range(10) for event in [(f"C-{n}", "asked", "2026-11-10T10:00:00"), (f"C-{n}", "sent", "2026-11-11T10:30:00")]]  # fmt: skip
    row = _limits("24 hours", events)
    assert (row["unit"], row["p80"], row["limit_80"], row["kept"], row["rate"]) == ("hours", 24.5, 25, 0, 0)


def test_months_end_with_the_month_and_the_part_begun_counts() -> None:
    """From 31 January to 28 February is one month; a day more begins the second."""
    row = _limits("1 month", _sent(*[("2026-01-31", "2026-02-28")] * 10))
    assert (row["unit"], row["p80"], row["limit_80"], row["kept"]) == ("months", 1, 1, 10)
    later = _limits("1 month", _sent(*[("2026-01-31", "2026-03-01")] * 10))
    assert 1 < later["p80"] < 1.1 and later["limit_80"] == 2 and later["kept"] == 0


def test_what_is_counted_back_from_a_date_stays_below_zero() -> None:
    """Done twelve days before keeps "-12 days", and would not keep "-14 days"."""
    log = log_of(
        _book("-14 days"),
        [(f"C-{n:02}", "sent", "2026-11-08T10:00:00") for n in range(10)],
        "2026-11-30",
        [{"case_id": f"C-{n:02}", "asked": "2026-11-20"} for n in range(10)],
    )
    assert limits(log, due_actions(log).collect()).height == 1  # `asked` is an activity here: never started
    dated = replace(_book("-14 days"), dates=(PlannedDate("asked", NAME),))
    log = log_of(
        dated,
        [(f"C-{n:02}", "sent", "2026-11-08T10:00:00") for n in range(10)],
        "2026-11-30",
        [{"case_id": f"C-{n:02}", "asked": "2026-11-20"} for n in range(10)],
    )
    row = limits(log, due_actions(log).collect()).row(0, named=True)
    assert (row["p80"], row["limit"], row["limit_80"], row["kept"]) == (-12, -14, -12, 0)


def test_open_actions_count_as_longer_than_so_far() -> None:
    """Eight done on day 2, and twelve still open at day 20: half are not done yet, whatever the mean of the done says."""
    row = _limits("3 days", _sent(*[("2026-11-10", "2026-11-12")] * 8, *[("2026-11-10", None)] * 12))
    assert row["p50"] is None and row["p80"] is None and row["limit_80"] is None
    assert (row["started"], row["kept"], row["rate"]) == (20, 8, pytest.approx(0.4))


def test_an_open_action_still_in_time_is_neither_kept_nor_late() -> None:
    """It does not count in the rate, and it has a place in the curve."""
    row = _limits("30 days", _sent(*[("2026-11-10", "2026-11-12")] * 10, *[("2026-11-25", None)] * 10))
    assert (row["started"], row["kept"], row["rate"], row["p50"]) == (20, 10, 1.0, 2)


def test_fewer_than_ten_done_give_no_limit_to_agree_on() -> None:
    """The times are there to see; a number for the book is not."""
    row = _limits("3 days", _sent(*[("2026-11-10", "2026-11-12")] * 9))
    assert row["p80"] == 2 and row["limit_80"] is None


def test_a_dead_rule_is_a_row_with_nothing_started() -> None:
    """A rule that nothing ever started is told, and nothing can be said of it."""
    dead = Rule("dead", NAME, ("never",), (Offset.parse("2 days"),), ("sent",), "agent")
    log = log_of(_book("3 days", dead), _sent(("2026-11-10", "2026-11-12")), "2026-11-30")
    row = limits(log, due_actions(log).collect()).filter(rule_id="dead").row(0, named=True)
    assert (row["started"], row["kept"], row["rate"], row["p50"], row["limit"]) == (0, 0, None, None, 2)
    assert (row["late_n"], row["kept_n"], row["verdict"]) == (0, 0, "cannot_tell")


def test_a_list_of_dues_has_its_times_entry_by_entry() -> None:
    """One row a rule, without one limit; `times` has a row for each entry in the unit of that entry."""
    log = log_of(_book("1 month,3 months"), _sent(("2026-01-10", "2026-02-05")), "2026-11-30")
    actions = due_actions(log).collect()
    row = limits(log, actions).row(0, named=True)
    assert (row["unit"], row["limit"], row["p50"]) == ("months", None, None)
    found = times(log, actions)
    assert found.select("entry", "dues", "limit").rows() == [(1, 2, 1), (2, 2, 3)]


def test_stated_limits_are_never_moved_by_the_log() -> None:
    """What practice shows stands beside the book's number, whatever the basis."""
    for basis in ("stated", "ours"):
        row = _limits("3 days", _sent(*[("2026-11-02", "2026-11-20")] * 10), basis=basis)
        assert (row["limit"], row["limit_80"]) == (3, 18)


def test_acts_that_no_rule_mentions_are_listed() -> None:
    """What starts, keeps or ends something is mentioned; the rest is not."""
    events = [("C-1", "applied", "2026-11-01"), ("C-1", "asked", "2026-11-02"), ("C-1", "sent", "2026-11-03"),
              ("C-1", "tea", "2026-11-04"), ("C-1", "tea", "2026-11-05"), ("C-1", "hired", "2026-11-06")]  # fmt: skip
    found = unmentioned(log_of(_book("3 days"), events, "2026-11-30"))
    assert found.select("activity", "n", "cases").rows() == [("tea", 2, 1)]


def _ordered(n: int, first_then: list[tuple[str, int]]) -> list[tuple[str, str, str]]:
    """Cases that begin on the first and do things so many days later."""
    return [
        (f"C-{case:03}", activity, f"2026-10-{1 + day + case % 3:02}T{9 + case % 7}:00:00")
        for case in range(n)
        for activity, day in [("applied", 0), *first_then]
    ]


def test_an_order_that_nobody_wrote_is_found_and_one_that_is_written_is_not() -> None:
    """A document always comes before the talk, which chance does not explain; with a precedence it is no news."""
    early = _ordered(40, [("document", 2), ("talk", 5)])
    late = [(f"D-{case:03}", activity, f"2026-10-{1 + day:02}T12:00:00") for case in range(40)
            for activity, day in (("applied", 0), ("document", 8), ("talk", 11), ("call", 20))]  # fmt: skip
    plain = _book("3 days")
    found = orders(log_of(plain, early + late, "2026-11-30"))
    assert ("document", "talk") in found.select("first", "then").rows()
    row = found.filter(first="document", then="talk").row(0, named=True)
    assert (row["cases"], row["kept"], row["confidence"]) == (80, 80, 1.0)
    assert row["expected"] < 0.9 and row["p_corrected"] < 0.05 and row["ci_low"] > 0.9
    written = replace(plain, precedences=(Precedence("p", NAME, "talk", ("document",)),))
    assert ("document", "talk") not in orders(log_of(written, early + late, "2026-11-30")).select(
        "first", "then"
    ).rows()


def test_what_every_case_begins_with_is_no_order() -> None:
    """The first act comes before everything by itself: chance explains it."""
    found = orders(log_of(_book("3 days"), _ordered(60, [("tea", 3), ("cake", 6)]), "2026-11-30"))
    assert "applied" not in found["first"].to_list()


def test_acts_in_no_order_give_no_order() -> None:
    """Which of two comes first is a matter of luck here, and nothing is said."""
    events = [
        (f"C-{case:03}", activity, f"2026-10-{1 + (case * step) % 27:02}T10:00:00")
        for case in range(80)
        for activity, step in (("tea", 5), ("cake", 7))
    ]
    assert orders(log_of(_book("3 days"), events, "2026-11-30")).is_empty()


def test_the_sample_has_a_row_for_each_of_its_rules() -> None:
    """Every rule of the books that its cases follow, none left out, each with a verdict."""
    ws = sample()
    found = ws.on("2026-11-20").limits().rules
    followed = set(ws.tables.cases["playbook"])
    assert found.height == sum(len(one.rules) for one in ws.playbooks if one.id in followed) > 100
    assert found.columns == list(COLUMNS)
    assert set(found["verdict"]) <= {"matters", "small", "cannot_tell"}
    told = found.filter(pl.col("effect").is_not_null())
    assert (told["effect_low"] < told["effect"]).all() and (told["effect"] < told["effect_high"]).all()


def test_business_hours_pass_while_the_office_is_open() -> None:
    """From 17:00 on Friday to 10:00 on Monday two office hours pass."""
    events = [event for n in range(10) for event in
              ((f"C-{n}", "asked", "2026-11-13T17:00:00"), (f"C-{n}", "sent", "2026-11-16T10:00:00"))]  # fmt: skip
    row = _limits("2 business hours", events)
    assert (row["unit"], row["p80"], row["limit_80"], row["kept"]) == ("business hours", 2, 2, 10)


def test_what_is_rolled_to_the_next_business_day_is_kept_by_the_days_before_it() -> None:
    """From Friday to Monday a limit of one day would do, as Saturday rolls to Monday."""
    row = _limits("1 day", _sent(*[("2026-11-13", "2026-11-16")] * 10), roll="next")
    assert (row["kept"], row["p80"], row["limit_80"]) == (10, 1, 1)


def test_hours_are_counted_from_the_end_of_a_day_without_a_time() -> None:
    """What happened some time on the tenth, done on the eleventh before noon, took less than half a day at the least."""
    events = [event for n in range(10) for event in
              ((f"C-{n}", "asked", "2026-11-10"), (f"C-{n}", "sent", "2026-11-11T11:30:00"))]  # fmt: skip
    row = _limits("24 hours", events)
    assert (row["kept"], row["limit_80"]) == (10, 12)
