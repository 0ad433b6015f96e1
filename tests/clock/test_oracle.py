"""The oracle, held against cases worked out by hand: only then may it judge the engine."""

from __future__ import annotations

import ast
import json
import random
import sys
import tomllib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import oracle
import pytest
import strategies
from hypothesis import given, settings

HERE = Path(__file__).resolve()
REFERENCE = HERE.parents[3] / "shared" / "data" / "reference" / "business_days.json"
LAST = "T23:59:59.999999+09:00"

BOOK = """
[playbook]
id = "p"
calendar = "jp"

[[date]]
id = "closes_on"

[[date]]
id = "joins_on"

[[stage]]
id = "application"
entered_by = ["applied"]

[[stage]]
id = "interview"
entered_by = ["interviewed"]

[[stage]]
id = "contract"
entered_by = ["signed"]

[[outcome]]
id = "won"
kind = "won"
by = ["signed"]

[[outcome]]
id = "withdrew"
kind = "declined"
by = ["withdrawn"]

[[outcome]]
id = "lapsed"
kind = "lapsed"
by = ["auto_rejected"]

[[role]]
id = "driver"
falls_to = "boss"

[[role]]
id = "boss"
"""


def book_with(rules: str, calendar: str = "jp") -> dict[str, Any]:
    """The book above with some rules."""
    return tomllib.loads(BOOK.replace('calendar = "jp"', f'calendar = "{calendar}"') + rules)


def rule(after: str, due: str | list[str], until: str = "called", further: str = "", id_: str = "r") -> str:
    """One rule of the driver."""
    return (
        f'[[rule]]\nid = "{id_}"\nafter = ["{after}"]\ndue = {json.dumps(due)}\n'
        f'until = ["{until}"]\nrole = "driver"\n{further}\n'
    )


def log(*events: str, **case: str) -> dict[str, list[dict[str, Any]]]:
    """The tables of one case "A"; an event is "activity timestamp" or "activity timestamp recorded_at"."""
    rows = []
    for event in events:
        activity, timestamp, *recorded = event.split(" ")
        rows.append({"case_id": "A", "activity": activity, "timestamp": timestamp, "recorded_at": "".join(recorded)})
    return {"cases": [{"case_id": "A", "playbook": "p", **case}], "events": rows}


def day(written: str) -> date:
    """A date."""
    return date.fromisoformat(written)


def moment(written: str) -> datetime:
    """An instant."""
    return datetime.fromisoformat(written)


def actions(rules: str, tables: oracle.Tables, as_of: date | datetime, calendar: str = "jp") -> list[dict[str, Any]]:
    """The due actions under some rules."""
    return oracle.due_actions(book_with(rules, calendar), tables, as_of)


def statuses(rules: str, tables: oracle.Tables, as_of: date | datetime) -> list[str]:
    """Their statuses, in order."""
    return [action["status"] for action in actions(rules, tables, as_of)]


def due_of(due: str, start: str, calendar: str = "jp") -> str:
    """When an action is due, in ISO, by an event at a time."""
    found = actions(rule("applied", due), log(f"applied {start}"), day("2030-01-01"), calendar)
    return str(found[0]["due_at"].isoformat())


def test_the_oracle_shares_no_code_with_the_package() -> None:
    """Only the standard library and `holidays` are imported by the oracle."""
    tree = ast.parse((HERE.parent / "oracle.py").read_text(encoding="utf-8"))
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "."]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert "holidays" in modules
    assert not [name for name in modules - {"holidays"} if name not in sys.stdlib_module_names]


# --- days -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "start", "expected"),
    [
        ("1 business day", "2026-09-18T10:00", "2026-09-24"),  # 19, 20 weekend; 21, 22, 23 holidays
        ("1 business day", "2026-09-19T10:00", "2026-09-24"),  # the same from the Saturday
        ("2 business days", "2026-09-17T10:00", "2026-09-24"),
        ("1 business day", "2026-09-22", "2026-09-24"),  # from the citizens' holiday itself
        ("3 days", "2026-09-18T10:00", "2026-09-21"),  # holidays do not move calendar days
        ("1 business day", "2026-11-14T10:00", "2026-11-16"),  # Saturday inquiry: the end of Monday
        ("1 business day", "2026-11-13T23:59:59", "2026-11-16"),
        ("1 business day", "2026-09-17T16:30:00Z", "2026-09-24"),  # 18 September in Japan
        ("same day", "2026-11-16T00:00", "2026-11-16"),  # midnight belongs to the day it starts
        ("same day", "2026-11-16T23:59:59.999999", "2026-11-16"),
        ("7 days", "2026-11-16", "2026-11-23"),  # the first day is the day after
        ("2 weeks", "2026-11-16T12:00", "2026-11-30"),
        ("6 months", "2026-08-31T09:00", "2027-02-28"),
        ("6 months", "2026-08-30T09:00", "2027-02-28"),
        ("6 months", "2026-08-28T09:00", "2027-02-28"),
        ("6 months", "2027-08-31T09:00", "2028-02-29"),
        ("1 month", "2026-12-31T09:00", "2027-01-31"),
    ],
)
def test_days_are_counted_from_the_day_after(due: str, start: str, expected: str) -> None:
    """A span of days ends with the last microsecond of the day it reaches."""
    assert due_of(due, start) == expected + LAST


@pytest.mark.parametrize(
    ("calendar", "due", "start", "expected"),
    [
        ("jp", "1 business day", "2026-12-30T10:00", "2026-12-31"),
        ("jp-bank", "1 business day", "2026-12-30T10:00", "2027-01-04"),
        ("jp", "2 business days", "2026-12-30T10:00", "2027-01-04"),  # 1 Jan Friday, then a weekend
        ("jp-bank", "2 business days", "2026-12-30T10:00", "2027-01-05"),
        ("jp", "2 business days", "2027-12-30T10:00", "2028-01-03"),  # Monday 3 Jan: open, but not at banks
        ("jp-bank", "2 business days", "2027-12-30T10:00", "2028-01-05"),
    ],
)
def test_a_bank_also_rests_at_the_turn_of_the_year(calendar: str, due: str, start: str, expected: str) -> None:
    """jp-bank closes 12/31 and 1/2 to 1/3 on top of the national holidays."""
    assert due_of(due, start, calendar) == expected + LAST


def test_hours_are_exact() -> None:
    """24 hours end at the same wall time, weekend or not; a microsecond later is late."""
    assert due_of("24 hours", "2026-11-14T09:15:30") == "2026-11-15T09:15:30+09:00"
    rules = rule("applied", "24 hours")
    at, after = "2026-11-15T09:15:30", "2026-11-15T09:15:30.000001"
    assert statuses(rules, log("applied 2026-11-14T09:15:30", f"called {at}"), day("2026-11-20")) == ["met"]
    assert statuses(rules, log("applied 2026-11-14T09:15:30", f"called {after}"), day("2026-11-20")) == ["met_late"]


def test_closures_close_for_everyone_or_for_one_client() -> None:
    """A closure without a client moves every case, one with a client only that client's."""
    rules = rule("applied", "1 business day")
    tables = log("applied 2026-11-16", client_id="C1")  # a Monday
    assert actions(rules, tables, day("2026-11-16"))[0]["due_at"] == moment("2026-11-17" + LAST)
    for client, expected in (("", "2026-11-18"), ("C1", "2026-11-18"), ("C2", "2026-11-17")):
        tables["closures"] = [{"date": "2026-11-17", "name": "休業", "client_id": client}]
        assert actions(rules, tables, day("2026-11-16"))[0]["due_at"] == moment(expected + LAST)


def test_business_days_agree_with_an_independent_count() -> None:
    """numpy over the Cabinet Office's file gives the same days (a start on a day off rolls back first)."""
    if not REFERENCE.exists():
        pytest.skip("the independent count of business days is not beside this checkout")
    reference = json.loads(REFERENCE.read_text(encoding="utf-8"))
    calendar = oracle.Calendar(bank=False, closed=frozenset())
    checked = 0
    for row in reference["offsets"]:
        if row["n"] != 0:
            expected = row["backward"] if row["n"] > 0 else row["forward"]
            assert calendar.business_days(day(row["start"]), row["n"]).isoformat() == expected, row
            checked += 1
    for row in reference["months"]:
        assert oracle.months_later(day(row["start"]), 6).isoformat() == row["plus6m"], row
    assert checked > 50


@pytest.mark.parametrize("year", [1948, 2100])
def test_a_year_without_known_holidays_is_refused(year: int) -> None:
    """A date outside the years the holiday source knows is an error, never a guess."""
    calendar = oracle.Calendar(bank=False, closed=frozenset())
    with pytest.raises(ValueError, match=f"no holidays are known for {year}"):
        calendar.business_days(date(year, 6, 1), 1)


@pytest.mark.parametrize(
    ("due", "due_on", "act_by"),
    [
        ("-1 day", "2026-09-23", "2026-09-18"),
        ("-1 business day", "2026-09-18", "2026-09-18"),
        ("-1 week", "2026-09-17", "2026-09-17"),
        ("-1 month", "2026-08-24", "2026-08-24"),
        ("2 days", "2026-09-26", "2026-09-25"),
    ],
)
def test_counting_backwards_from_a_planned_date(due: str, due_on: str, act_by: str) -> None:
    """A negative due ends a day before the planned date, has no opening, and is acted on in time."""
    found = actions(rule("joins_on", due), log("applied 2026-08-01", joins_on="2026-09-24"), day("2026-08-01"))
    assert found[0]["due_at"] == moment(due_on + LAST)
    assert found[0]["act_by"] == day(act_by)
    opened = None if due.startswith("-") else moment("2026-09-24T00:00+09:00")
    assert found[0]["opened_at"] == opened


def test_act_by_without_a_business_day_is_the_due_day() -> None:
    """From Saturday to Sunday no business day lies, so the day of the due stands."""
    found = actions(rule("applied", "1 day"), log("applied 2026-11-14T10:00"), day("2026-11-14"))
    assert found[0]["act_by"] == day("2026-11-15")


# --- what is known ----------------------------------------------------------------------------------------


def test_a_late_recorded_row_is_not_known_before() -> None:
    """What was done in time but recorded late is overdue until it is recorded, and met after."""
    rules, tables = (
        rule("applied", "1 day"),
        log("applied 2026-11-16", "called 2026-11-17 2026-11-20T10:00"),
    )
    assert statuses(rules, tables, day("2026-11-19")) == ["overdue"]
    assert statuses(rules, tables, moment("2026-11-20T09:59+09:00")) == ["overdue"]
    assert statuses(rules, tables, moment("2026-11-20T10:00+09:00")) == ["met"]
    assert statuses(rules, tables, day("2026-11-20")) == ["met"]


def test_date_only_rows_stand_at_midnight() -> None:
    """In a log of dates, an answer on the day of the question fulfils; the question itself never does."""
    rules = rule("applied", "same day")
    found = actions(rules, log("applied 2026-11-16", "called 2026-11-16"), day("2026-11-16"))
    assert (found[0]["status"], found[0]["fulfilled_at"]) == ("met", moment("2026-11-16T00:00+09:00"))
    again = rule("called", "7 days", until="called")
    assert statuses(again, log("called 2026-11-16", "called 2026-11-18"), day("2026-11-20")) == [
        "met",
        "due_soon",
    ]


def test_the_copy_recorded_first_is_kept() -> None:
    """Of two rows of one event, written differently, the first recorded decides, else the upper one."""
    rules = rule("applied", "1 day", further='when = { reaction = "yes" }')
    tables = log("applied 2026-11-16T09:00 2026-11-18", "applied 2026-11-16T00:00Z 2026-11-17")
    tables["events"][0]["reaction"], tables["events"][1]["reaction"] = "no", "yes"
    assert statuses(rules, tables, day("2026-11-20")) == ["overdue"]
    tables["events"][0]["recorded_at"] = "2026-11-17"
    assert statuses(rules, tables, day("2026-11-20")) == []
    assert len(oracle.known_events(book_with(rules), tables, day("2026-11-20"))) == 1


def test_a_case_exists_from_its_creation_or_first_known_event() -> None:
    """A case that does not exist yet is in no answer, even where its planned dates are known."""
    rules = rule("joins_on", "-7 days")
    created = log(joins_on="2026-12-01", created_at="2026-11-16T10:00")
    assert statuses(rules, created, moment("2026-11-16T09:59+09:00")) == []
    assert statuses(rules, created, day("2026-11-16")) == ["upcoming"]
    assert statuses(rules, log(joins_on="2026-12-01"), day("2026-11-16")) == []
    ahead = log("applied 2026-11-20 2026-11-10", joins_on="2026-12-01")
    assert statuses(rules, ahead, day("2026-11-16")) == ["upcoming"]


def test_an_opening_lends_its_dates_and_client() -> None:
    """A planned date and a client come from the opening only where the case's own cell is empty."""
    tables = log("applied 2026-11-01", opening_id="O", closes_on="")
    tables["openings"] = [{"opening_id": "O", "client_id": "C9", "closes_on": "2026-11-10"}]
    found = actions(rule("closes_on", "7 days"), tables, day("2026-11-01"))
    assert [(one["client_id"], one["act_by"]) for one in found] == [("C9", day("2026-11-17"))]
    tables["cases"][0].update(closes_on="2026-11-11", client_id="C1")
    found = actions(rule("closes_on", "7 days"), tables, day("2026-11-01"))
    assert [(one["client_id"], one["act_by"]) for one in found] == [("C1", day("2026-11-18"))]


@pytest.mark.parametrize(
    ("event", "case", "opening", "holds"),
    [
        ("yes", "no", "no", True),
        ("no", "yes", "yes", False),
        ("", "yes", "no", True),
        (None, "", "yes", True),
        ("", "no", "yes", False),
        ("", "", "", False),
    ],
)
def test_when_looks_at_the_event_then_the_case_then_the_opening(
    event: str | None, case: str, opening: str, holds: bool
) -> None:
    """The first cell that is filled decides; none filled does not hold."""
    tables = log("applied 2026-11-16", opening_id="O", reaction=case)
    tables["events"][0]["reaction"] = event
    tables["openings"] = [{"opening_id": "O", "reaction": opening}]
    rules = rule("applied", "1 day", further='when = { reaction = ["yes", "maybe"] }')
    assert bool(actions(rules, tables, day("2026-11-16"))) is holds


def test_when_compares_values_as_they_are_written() -> None:
    """Numbers and truth values of a rule book meet cells that hold text."""
    tables = log("applied 2026-11-16", priority="1", urgent="true")
    assert actions(rule("applied", "1 day", further="when = { priority = 1 }"), tables, day("2026-11-16"))
    both = rule("applied", "1 day", further="when = { priority = [1, 2], urgent = true }")
    assert actions(both, tables, day("2026-11-16"))
    assert not actions(rule("applied", "1 day", further="when = { urgent = false }"), tables, day("2026-11-16"))


# --- status -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-11-15", "upcoming"),  # entered ahead of time: opened later than as-of would be waiting
        ("2026-11-16", "upcoming"),
        ("2026-11-17", "due_soon"),
        ("2026-11-23", "due_soon"),
        ("2026-11-24", "due_today"),
        ("2026-11-25", "overdue"),
        ("2026-11-24T00:00", "due_today"),
        ("2026-11-24T23:59:59.999999", "due_today"),
        ("2026-11-25T00:00", "overdue"),
        ("2026-11-16T09:00", "upcoming"),
        ("2026-11-17T00:00", "due_soon"),
        ("2026-11-24T15:00Z", "overdue"),  # midnight in Japan
    ],
)
def test_open_statuses_by_date_and_by_instant(as_of: str, expected: str) -> None:
    """A due on 24 November, seen from days and from instants around it, with a horizon of seven days."""
    tables = log("applied 2026-11-16T09:00 2026-11-01")
    if as_of == "2026-11-15":
        expected = "waiting"
    seen_from = day(as_of) if len(as_of) == 10 else moment(as_of)
    assert statuses(rule("applied", "8 days"), tables, seen_from) == [expected]


def test_a_due_of_hours_has_passed_by_the_instant_but_not_by_the_date() -> None:
    """Due at 09:00: overdue a moment later for an instant, due today for the whole date."""
    rules, tables = rule("applied", "24 hours"), log("applied 2026-11-16T09:00")
    assert statuses(rules, tables, moment("2026-11-17T09:00+09:00")) == ["due_today"]
    assert statuses(rules, tables, moment("2026-11-17T09:00:00.000001+09:00")) == ["overdue"]
    assert statuses(rules, tables, day("2026-11-17")) == ["due_today"]
    assert statuses(rules, tables, day("2026-11-18")) == ["overdue"]


def test_the_horizon_moves_the_border_of_due_soon() -> None:
    """A due in three days is soon within three days, and upcoming within two."""
    book, tables = book_with(rule("applied", "3 days")), log("applied 2026-11-16")
    for horizon, expected in ((3, "due_soon"), (2, "upcoming")):
        assert oracle.due_actions(book, tables, day("2026-11-16"), horizon=horizon)[0]["status"] == expected


def test_waiting_ends_where_the_wait_ends() -> None:
    """No reply for two days: from the start of the second day on, to be done the same day."""
    rules = rule("applied", "same day", further='wait = "2 days"')
    tables = log("applied 2026-11-16T15:00")
    found = actions(rules, tables, day("2026-11-17"))[0]
    assert found["opened_at"] == moment("2026-11-18T00:00+09:00")
    assert (found["due_at"], found["status"]) == (moment("2026-11-18" + LAST), "waiting")
    assert statuses(rules, tables, moment("2026-11-17" + LAST)) == ["waiting"]
    assert statuses(rules, tables, moment("2026-11-18T00:00+09:00")) == ["due_today"]
    hours = rule("applied", "24 hours", further='wait = "48 hours"')
    found = actions(hours, tables, day("2026-11-17"))[0]
    assert found["opened_at"] == moment("2026-11-18T15:00+09:00")
    assert found["due_at"] == moment("2026-11-19T15:00+09:00")
    business = rule("applied", "1 day", further='wait = "1 business day"')
    found = actions(business, log("applied 2026-09-18T15:00"), day("2026-09-18"))[0]
    assert found["opened_at"] == moment("2026-09-24T00:00+09:00")
    assert found["due_at"] == moment("2026-09-25" + LAST)


def test_void_until_the_due_and_closed_late_after_it() -> None:
    """A withdrawal on the last microsecond of the due voids; a microsecond later it closes late."""
    rules = rule("applied", "1 day")
    on, after = (
        log("applied 2026-11-16", "withdrawn 2026-11-17" + LAST),
        log("applied 2026-11-16", "withdrawn 2026-11-18"),
    )
    assert [(a["status"], a["voided_at"]) for a in actions(rules, on, day("2026-11-30"))] == [
        ("void", moment("2026-11-17" + LAST))
    ]
    assert statuses(rules, after, day("2026-11-30")) == ["closed_late"]
    assert statuses(rules, after, day("2026-11-17")) == ["due_today"]


def test_fulfilment_at_the_moment_of_voiding_comes_first() -> None:
    """What fulfils and closes at once is met; what closes first is void, whatever follows."""
    rules = rule("applied", "7 days", further='unless = ["signed"]')
    together = log("applied 2026-11-16", "called 2026-11-17", "withdrawn 2026-11-17")
    assert statuses(rules, together, day("2026-11-30")) == ["met"]
    closed = log("applied 2026-11-16", "withdrawn 2026-11-17T09:00", "called 2026-11-17T10:00")
    found = actions(rules, closed, day("2026-11-30"))[0]
    assert (found["status"], found["fulfilled_at"]) == ("void", None)


def test_a_closing_activity_that_is_owed_fulfils() -> None:
    """Telling somebody no fulfils the promise to tell, although it ends the case."""
    tables = log("applied 2026-11-16", "withdrawn 2026-11-17")
    assert statuses(rule("applied", "7 days", until="withdrawn"), tables, day("2026-11-30")) == ["met"]


def test_a_trigger_does_not_void_itself() -> None:
    """A thank-you owed after a withdrawal is not voided by that withdrawal, but by the next one."""
    rules = rule("withdrawn", "7 days", further='unless = ["withdrawn"]')
    once = log("withdrawn 2026-11-16")
    assert statuses(rules, once, day("2026-11-17")) == ["due_soon"]
    twice = log("withdrawn 2026-11-16", "withdrawn 2026-11-17")
    assert statuses(rules, twice, day("2026-11-17")) == ["void", "due_soon"]


def test_early_notice_is_notice() -> None:
    """For a planned date with one due, what was done before it counts; for an event it does not."""
    tables = log("called 2026-10-01", "applied 2026-11-02", closes_on="2026-11-01")
    assert statuses(rule("closes_on", "7 days"), tables, day("2026-11-03")) == ["met"]
    assert statuses(rule("closes_on", ["7 days"]), tables, day("2026-11-03")) == ["met"]
    assert statuses(rule("applied", "7 days"), tables, day("2026-11-03")) == ["due_soon"]
    gone = log("withdrawn 2026-10-01", closes_on="2026-11-01")
    assert statuses(rule("closes_on", "7 days"), gone, day("2026-11-03")) == ["void"]


# --- due lists --------------------------------------------------------------------------------------------


def test_a_series_supersedes_what_was_never_done() -> None:
    """Reviews at one, three and six months: the first is closed late once the second's due has passed."""
    rules = rule("joins_on", ["1 month", "3 months", "6 months"])
    tables = log("signed 2026-03-01", "called 2026-07-10", joins_on="2026-04-01")
    expected = {
        "2026-03-31": ["waiting", "waiting", "waiting"],
        "2026-05-01": ["due_today", "upcoming", "upcoming"],
        "2026-07-01": ["overdue", "due_today", "upcoming"],
        "2026-07-02": ["closed_late", "overdue", "upcoming"],
        "2026-07-10": ["closed_late", "met_late", "upcoming"],
        "2026-10-01": ["closed_late", "met_late", "due_today"],
        "2026-10-02": ["closed_late", "met_late", "overdue"],
    }
    for as_of, wanted in expected.items():
        found = actions(rules, tables, day(as_of))
        assert [one["status"] for one in found] == wanted, as_of
        assert [one["entry"] for one in found] == [1, 2, 3]
    assert found[0]["due_at"] == moment("2026-05-01" + LAST)
    assert found[0]["voided_at"] is None


def test_an_event_fulfils_one_entry_of_a_series() -> None:
    """A late review fulfils the entry it is late for; the next needs another one, after the first's due."""
    rules = rule("applied", ["1 week", "2 weeks"])
    late = log("applied 2026-11-02", "called 2026-11-10")
    assert statuses(rules, late, day("2026-11-12")) == ["met_late", "due_soon"]
    second = log("applied 2026-11-02", "called 2026-11-10", "called 2026-11-11")
    assert statuses(rules, second, day("2026-11-12")) == ["met_late", "met"]
    early = log("applied 2026-11-02", "called 2026-11-03", "called 2026-11-04")
    assert statuses(rules, early, day("2026-11-12")) == ["met", "due_soon"]
    before = log("called 2026-11-01", "applied 2026-11-02")
    assert statuses(rules, before, day("2026-11-02")) == ["due_soon", "upcoming"]


# --- record -----------------------------------------------------------------------------------------------

NOTIFY = rule("closes_on", "7 days", until="interviewed", further='record = "auto_rejected"', id_="notify")


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-11-08", "due_today"),
        ("2026-11-08T23:59:59.999999+09:00", "due_today"),
        ("2026-11-09T00:00:00+09:00", "lapsed"),
        ("2026-11-09", "lapsed"),
    ],
)
def test_the_seventh_day_closes_an_application_by_itself(as_of: str, expected: str) -> None:
    """Nobody told within seven days of the close: the clock rejects at its end (J-14, J-15)."""
    tables = log("applied 2026-10-20", closes_on="2026-11-01")
    book, seen_from = (book_with(NOTIFY), day(as_of) if len(as_of) == 10 else moment(as_of))
    assert [one["status"] for one in oracle.due_actions(book, tables, seen_from)] == [expected]
    derived = oracle.derived_events(book, tables, seen_from)
    assert [(one["activity"], one["timestamp"]) for one in derived] == (
        [("auto_rejected", moment("2026-11-08" + LAST))] if expected == "lapsed" else []
    )
    application = oracle.funnel(book, tables, seen_from)[0]
    assert (application["lost"], application["open"]) == ((1, 0) if expected == "lapsed" else (0, 1))


def test_a_lapse_stays_unless_it_turns_out_that_it_was_kept() -> None:
    """A notice after the seventh day changes nothing; one given in time but recorded late does."""
    late = log("applied 2026-10-20", "interviewed 2026-11-09T09:00", closes_on="2026-11-01")
    found = oracle.due_actions(book_with(NOTIFY), late, day("2026-11-10"))[0]
    assert (found["status"], found["fulfilled_at"]) == ("lapsed", None)
    kept = log("applied 2026-10-20", "interviewed 2026-11-07 2026-11-10", closes_on="2026-11-01")
    assert oracle.derived_events(book_with(NOTIFY), kept, day("2026-11-09"))
    assert not oracle.derived_events(book_with(NOTIFY), kept, day("2026-11-10"))
    gone = log("applied 2026-10-20", "withdrawn 2026-11-02", closes_on="2026-11-01")
    assert statuses(NOTIFY, gone, day("2026-11-20")) == ["void"]


def test_rules_see_what_earlier_clocks_recorded() -> None:
    """A recording rule sees only what earlier ones recorded; the other rules see all, wherever they stand."""
    thanks = rule("auto_rejected", "1 day", id_="thanks")
    second = rule("auto_rejected", "1 day", further='record = "called"', id_="second")
    tables = log("applied 2026-10-20", closes_on="2026-11-01")

    def by_rule(*rules: str) -> dict[str, str]:
        found = actions("".join(rules), tables, day("2026-11-20"))
        return {one["rule_id"]: one["status"] for one in found}

    assert by_rule(thanks, NOTIFY) == {"thanks": "overdue", "notify": "lapsed"}
    assert by_rule(thanks, NOTIFY, second) == {"thanks": "met", "notify": "lapsed", "second": "lapsed"}
    assert by_rule(second, NOTIFY) == {"notify": "lapsed"}


def test_the_clock_does_not_repeat_what_somebody_recorded() -> None:
    """A derived event equal to a known one is not added; an observed closing at the due voids instead."""
    lapse = rule("closes_on", "7 days", until="interviewed", further='record = "called"')
    tables = log("applied 2026-10-20", "called 2026-11-08" + LAST, closes_on="2026-11-01")
    assert statuses(lapse, tables, day("2026-11-20")) == ["lapsed"]
    assert oracle.derived_events(book_with(lapse), tables, day("2026-11-20")) == []
    system = log("applied 2026-10-20", "auto_rejected 2026-11-08" + LAST, closes_on="2026-11-01")
    assert statuses(NOTIFY, system, day("2026-11-20")) == ["void"]


# --- who --------------------------------------------------------------------------------------------------


def test_an_overdue_action_climbs_and_others_do_not() -> None:
    """Two days after the due the boss answers, by date and by instant; a kept promise stays the driver's."""
    rules = rule("applied", "1 day", further='escalate = [{ after = "2 days", to = "boss" }]')
    tables = log("applied 2026-11-16")

    def role(as_of: date | datetime) -> str:
        return str(actions(rules, tables, as_of)[0]["role"])

    assert [role(day(f"2026-11-{n}")) for n in (17, 18, 19, 20)] == ["driver", "driver", "driver", "boss"]
    assert role(moment("2026-11-19" + LAST)) == "driver"
    assert role(moment("2026-11-20T00:00+09:00")) == "boss"
    tables["events"].append({"case_id": "A", "activity": "called", "timestamp": "2026-11-18"})
    assert role(day("2026-11-30")) == "driver"


def test_the_most_specific_assignment_owns() -> None:
    """Case before opening before client before everyone, the upper row among equals; else who it falls to."""
    tables = log("applied 2026-11-16", client_id="C1", opening_id="O1")
    rows = [
        {"role": "boss", "person": "boss"},
        {"role": "driver", "person": "other", "case_id": "B"},
        {"role": "driver", "person": "half", "case_id": "A", "client_id": "C2"},
        {"role": "driver", "person": "general"},
        {"role": "driver", "person": "client", "client_id": "C1"},
        {"role": "driver", "person": "opening", "opening_id": "O1"},
        {"role": "driver", "person": "case", "case_id": "A"},
        {"role": "driver", "person": "lower", "case_id": "A", "client_id": "C1"},
    ]
    owners = []
    while rows:
        tables["assignments"] = rows
        owners.append(actions(rule("applied", "1 day"), tables, day("2026-11-16"))[0]["owner"])
        rows = [row for row in rows if row["person"] != owners[-1]]
        if owners[-1] is None:
            break
    assert owners == ["case", "lower", "opening", "client", "general", "boss", None]


# --- midpoint ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("joins_on", "gap", "expected"),
    [
        ("2026-11-12", "7 days", ["2026-11-07"]),
        ("2026-11-13", "7 days", ["2026-11-07"]),
        ("2026-11-14", "7 days", ["2026-11-08"]),
        ("2026-11-09", "7 days", []),
        ("2026-11-10", "1 week", ["2026-11-06"]),
        ("2026-10-01", "7 days", []),
        ("", "7 days", []),
    ],
)
def test_a_touch_halfway_to_a_far_date(joins_on: str, gap: str, expected: list[str]) -> None:
    """Only where the date is more than the gap away, at the end of the day halfway there."""
    rules = rule("applied", "midpoint", further=f'toward = "joins_on"\ngap = "{gap}"')
    found = actions(rules, log("applied 2026-11-02T18:00", joins_on=joins_on), day("2026-11-02"))
    assert [one["due_at"] for one in found] == [moment(on + LAST) for on in expected]


# --- violations -------------------------------------------------------------------------------------------


def broken(rules: str, tables: oracle.Tables) -> list[tuple[str, str, str, str]]:
    """Kind, id, local day and detail of the violations at the end of 2026."""
    found = oracle.violations(book_with(rules), tables, day("2026-12-31"))
    return [(one["kind"], one["id"], one["at"].date().isoformat(), one["detail"]) for one in found]


def test_precedence_names_what_was_missing_at_that_time() -> None:
    """Each signing without both steps at or before it is one violation, naming what was missing."""
    rules = '[[precedence]]\nid = "o"\nactivity = "signed"\nrequires = ["interviewed", "called"]\n'
    tables = log(
        "signed 2026-11-02",
        "called 2026-11-03",
        "signed 2026-11-03",
        "interviewed 2026-11-04",
        "signed 2026-11-05",
    )
    assert broken(rules, tables) == [
        ("precedence", "o", "2026-11-02", "interviewed, called"),
        ("precedence", "o", "2026-11-03", "interviewed"),
    ]


def test_a_checklist_asks_the_event_and_the_case() -> None:
    """Each field that neither the event nor the case (inherited dates included) holds is one violation."""
    rules = (
        '[[checklist]]\nid = "c"\nat = "applied"\n'
        'fields = [{ id = "wage" }, { id = "memo" }, { id = "joins_on" }, { id = "hours" }]\n'
    )
    tables = log("applied 2026-11-02", "applied 2026-11-03", wage="1800", opening_id="O", memo=" ")
    tables["events"][0]["memo"] = "x"
    tables["openings"] = [{"opening_id": "O", "joins_on": "2026-12-01", "hours": "8"}]
    assert broken(rules, tables) == [
        ("checklist", "c", "2026-11-02", "hours"),
        ("checklist", "c", "2026-11-03", "memo"),
        ("checklist", "c", "2026-11-03", "hours"),
    ]


@pytest.mark.parametrize(
    ("role", "resource", "violated"),
    [
        ("", "", True),
        ("boss", "", False),
        ("sales; boss", "", False),
        ("sales、driver", "", True),
        ("", "Sato, Suzuki", False),
        ("", "Suzuki", False),
        ("", "Tanaka", True),
        ("", "Kato", True),
    ],
)
def test_somebody_of_the_role_must_have_taken_part(role: str, resource: str, violated: bool) -> None:
    """The event names the role, or a person who holds it for this case at any level."""
    tables = log("interviewed 2026-11-02", client_id="C1")
    tables["events"][0].update(role=role, resource=resource)
    tables["assignments"] = [
        {"role": "boss", "person": "Ito", "case_id": "A"},
        {"role": "boss", "person": "Suzuki", "client_id": "C1"},
        {"role": "boss", "person": "Tanaka", "client_id": "C2"},
        {"role": "driver", "person": "Kato"},
    ]
    rules = '[[participation]]\nid = "p"\nactivity = "interviewed"\nroles = ["boss", "approver"]\n'
    expected = [("participation", "p", "2026-11-02", "boss, approver")]
    assert broken(rules, tables) == (expected if violated else [])


# --- funnel -----------------------------------------------------------------------------------------------


def many(**cases: str) -> dict[str, list[dict[str, Any]]]:
    """Tables of several cases, each with its events as "activity day, activity day" of November 2026."""
    events = []
    for case_id, told in cases.items():
        for one in told.split(", "):
            activity, n = one.split(" ")
            events.append({"case_id": case_id, "activity": activity, "timestamp": f"2026-11-{int(n):02}"})
    rows = [{"case_id": case_id, "playbook": "p", "client_id": case_id[0]} for case_id in cases]
    return {"cases": rows, "events": events}


def test_the_funnel_counts_where_cases_ended() -> None:
    """Won reached everything; lost at the furthest stage; a reopened case is open again; entered adds up."""
    tables = many(
        A1="applied 1, interviewed 3, signed 9",
        A2="applied 1, interviewed 5, withdrawn 6",
        A3="applied 2, withdrawn 4",
        B1="signed 8",
        B2="applied 1, withdrawn 2, interviewed 3",
        B3="called 1",
    )
    as_of = moment("2026-11-11T00:00+09:00")
    found = oracle.funnel(book_with(""), tables, as_of)
    counts = [[row[key] for key in ("entered", "advanced", "lost", "open")] for row in found]
    assert counts == [[5, 4, 1, 0], [4, 2, 1, 1], [2, 2, 0, 0]]
    assert [row["rate"] for row in found] == [4 / 5, 2 / 3, 1.0]
    # application: left after 2, 4, 2, 0 and 2 days; interview: 6, 1, 0 and open for 8; contract: 0 and 0
    assert [row["median_days"] for row in found] == [2.0, 1.0, 0.0]
    split = oracle.funnel(book_with(""), tables, as_of, by="client_id")
    assert [(row["client_id"], row["stage"], row["entered"]) for row in split] == [
        *(("A", "application", 3), ("A", "interview", 2), ("A", "contract", 1)),
        *(("B", "application", 2), ("B", "interview", 2), ("B", "contract", 1)),
    ]


def test_nothing_decided_gives_no_rate() -> None:
    """Open cases have no rate, no interval and no median."""
    row = oracle.funnel(book_with(""), many(A1="applied 1"), day("2026-11-30"))[0]
    assert [row[key] for key in ("open", "rate", "ci_low", "ci_high", "median_days")] == [
        1,
        None,
        None,
        None,
        None,
    ]


def test_at_one_time_the_outcome_listed_later_wins() -> None:
    """Signed and withdrawn on one date: withdrawn stands later in the file."""
    found = oracle.funnel(book_with(""), many(A1="withdrawn 5, signed 5, applied 1"), day("2026-11-30"))
    assert [row["lost"] for row in found] == [0, 0, 1]


def test_wilson_and_kaplan_meier_give_published_figures() -> None:
    """Wilson's interval of 8 in 10, and the median remission of 6-MP patients, 23 weeks (Freireich 1963)."""
    assert list(oracle.wilson(8, 10)) == pytest.approx([0.4901625, 0.9433178])
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    spans = [(timedelta(weeks=n), True) for n in ended] + [(timedelta(weeks=n), False) for n in censored]
    assert oracle.kaplan_meier_median(spans) == timedelta(weeks=23)
    assert oracle.kaplan_meier_median([(timedelta(days=1), True), (timedelta(days=2), False)]) == timedelta(days=1)
    assert oracle.kaplan_meier_median([(timedelta(days=1), False)]) is None


def test_a_live_case_without_an_open_action_is_an_orphan() -> None:
    """Called and then nothing owed: an orphan; owed, ended or not existing: none."""
    book = book_with(rule("applied", "7 days"))
    tables = many(A1="applied 1, called 2", A2="applied 1", A3="applied 1, withdrawn 2", A4="applied 29")
    found = oracle.orphans(book, tables, day("2026-11-10"))
    assert found == [{"playbook": "p", "case_id": "A1", "client_id": "A"}]


# --- random scenarios -------------------------------------------------------------------------------------


def known_at(tables: oracle.Tables, as_of: date | datetime) -> dict[str, list[dict[str, Any]]]:
    """The tables with the event rows that were recorded by then, as a person would have kept them."""
    world = oracle.world_of(tables, as_of, "Asia/Tokyo", 7)
    rows = [
        row
        for row in tables["events"]
        if world.instant(oracle.text(row, "recorded_at") or row["timestamp"]) <= world.now
    ]
    return {**tables, "events": rows}


def answers(scenario: strategies.Scenario) -> list[Any]:
    """Everything the oracle says."""
    books, tables, as_of = scenario
    questions = (oracle.due_actions, oracle.violations, oracle.funnel, oracle.orphans, oracle.derived_events)
    return [question(books, tables, as_of) for question in questions]


@settings(max_examples=25, deadline=None)
@given(strategies.scenarios())
def test_replay_gives_what_was_said_then(scenario: strategies.Scenario) -> None:
    """As-of t on the full log is as-of t on the log cut at t."""
    books, tables, as_of = scenario
    assert answers((books, known_at(tables, as_of), as_of)) == answers(scenario)


@settings(max_examples=25, deadline=None)
@given(strategies.scenarios())
def test_a_date_and_its_last_microsecond_differ_only_in_judging(scenario: strategies.Scenario) -> None:
    """Both know the same events, so the same is fulfilled or voided; only what has passed may differ."""
    books, tables, as_of = scenario
    on = as_of.date() if isinstance(as_of, datetime) else as_of
    last = datetime.combine(on, datetime.max.time(), strategies.TOKYO)
    plain = [{**book, "rule": [one for one in book["rule"] if "record" not in one]} for book in books]
    settled = ("met", "met_late", "void")
    by_date, by_instant = (
        [one for one in oracle.due_actions(plain, tables, seen) if one["status"] in settled] for seen in (on, last)
    )
    assert by_date == by_instant


@settings(max_examples=25, deadline=None)
@given(strategies.rule_books())
def test_a_rule_book_survives_being_written(book: strategies.Book) -> None:
    """The TOML text of a random rule book reads back as the same book."""
    assert tomllib.loads(strategies.toml_text(book)) == book


def test_random_scenarios_reach_every_corner() -> None:
    """A few hundred scenarios hit every status, kind of rule, kind of violation, and the borders."""
    seen: Counter[str] = Counter()
    for seed in range(400):
        books, tables, as_of = strategies.random_scenario(random.Random(seed))
        rules = {(book["playbook"]["id"], one["id"]): one for book in books for one in book["rule"]}
        seen["several books"] += len(books) > 1
        seen["instant" if isinstance(as_of, datetime) else "date"] += 1
        for action in oracle.due_actions(books, tables, as_of):
            ruled = rules[action["playbook"], action["rule_id"]]
            seen[action["status"]] += 1
            seen["series"] += action["entry"] > 1
            seen["superseded"] += action["status"] == "closed_late" and action["voided_at"] is None
            seen["escalated"] += action["role"] != ruled["role"]
            seen["owned"] += action["owner"] is not None
            seen["unassigned"] += action["owner"] is None
            seen["backwards"] += action["opened_at"] is None
            seen["midpoint"] += ruled["due"] == "midpoint"
            seen["waits"] += "wait" in ruled
            seen["kept at the last microsecond"] += action["fulfilled_at"] == action["due_at"]
            seen["void at the last microsecond"] += action["voided_at"] == action["due_at"]
        seen["derived"] += len(oracle.derived_events(books, tables, as_of))
        seen["orphan"] += len(oracle.orphans(books, tables, as_of))
        for violation in oracle.violations(books, tables, as_of):
            seen[violation["kind"]] += 1
    rare = {corner: n for corner, n in seen.items() if n < 5}
    assert not rare
    statuses_seen = {"met", "met_late", "void", "lapsed", "closed_late", *oracle.OPEN}
    assert statuses_seen <= set(seen)
    assert {"precedence", "checklist", "participation", "derived", "orphan"} <= set(seen)


def test_other_time_zones_have_their_own_days() -> None:
    """The same instants are other days in London, where a day of the clock change has 25 hours."""
    book = book_with(rule("applied", "same day"))
    tables = log("applied 2026-10-25T00:30:00+01:00")
    found = oracle.due_actions(book, tables, day("2026-10-25"), timezone="Europe/London")[0]
    assert found["due_at"] == moment("2026-10-25T23:59:59.999999+00:00")
    assert found["due_at"].astimezone(UTC) - found["trigger_at"].astimezone(UTC) > timedelta(hours=24)
