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
from thinned import tries

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
    tree = ast.parse((HERE.parents[1] / "oracle.py").read_text(encoding="utf-8"))
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


def test_the_version_recorded_last_stands() -> None:
    """Of two rows of one event, written differently, the last recorded decides, else the upper one."""
    rules = rule("applied", "1 day", further='when = { reaction = "yes" }')
    tables = log("applied 2026-11-16T09:00 2026-11-18", "applied 2026-11-16T00:00Z 2026-11-17")
    tables["events"][0]["reaction"], tables["events"][1]["reaction"] = "no", "yes"
    assert statuses(rules, tables, day("2026-11-17")) == ["due_today"]
    assert statuses(rules, tables, day("2026-11-18")) == []
    tables["events"][0]["recorded_at"] = "2026-11-17"
    assert statuses(rules, tables, day("2026-11-17")) == []
    tables["events"].reverse()
    assert statuses(rules, tables, day("2026-11-20")) == ["overdue"]
    assert len(oracle.known_events(book_with(rules), tables, day("2026-11-20"))) == 1


def test_what_is_gone_never_was_until_it_is_there_again() -> None:
    """An event taken back fulfils nothing from then on; told once more, it does again."""
    rules = rule("applied", "1 day")
    tables = log("applied 2026-11-16T09:00", "called 2026-11-17T09:00", "called 2026-11-17T09:00 2026-11-19")
    tables["events"][2]["gone"] = "yes"
    assert statuses(rules, tables, day("2026-11-18")) == ["met"]
    assert statuses(rules, tables, day("2026-11-19")) == ["overdue"]
    tables["events"].append(tables["events"][1] | {"recorded_at": "2026-11-21"})
    assert statuses(rules, tables, day("2026-11-21")) == ["met"]
    tables["cases"].append({"case_id": "A", "playbook": "p", "recorded_at": "2026-11-23", "gone": "yes"})
    assert statuses(rules, tables, day("2026-11-22")) == ["met"]
    assert statuses(rules, tables, day("2026-11-23")) == []


def test_a_closing_day_moves_a_due_from_when_it_is_known() -> None:
    """A closure recorded on the Monday moves what that Monday is asked for, and nothing of the Sunday."""
    tables = log("applied 2026-11-13")
    tables["closures"] = [{"date": "2026-11-16", "client_id": "", "recorded_at": "2026-11-16 09:00"}]
    dues = [actions(rule("applied", "1 business day"), tables, day(f"2026-11-{n}"))[0]["due_at"] for n in (15, 16)]
    assert dues == [moment("2026-11-16" + LAST), moment("2026-11-17" + LAST)]


# --- dates that move --------------------------------------------------------------------------------------


def moved(*values: str) -> dict[str, list[dict[str, Any]]]:
    """The tables of a case whose recruitment closes on the first day, and from a moment on, on another: "day moment"."""
    tables = log("applied 2026-11-01T09:00")
    tables["cases"] = [
        {"case_id": "A", "playbook": "p", "closes_on": value, "recorded_at": "".join(since)}
        for value, *since in (one.split(" ") for one in values)
    ]
    return tables


def told(rules: str, tables: oracle.Tables, as_of: date | datetime) -> list[tuple[str, str]]:
    """The day of the trigger and the status of each action."""
    return [(one["trigger_at"].date().isoformat()[5:], one["status"]) for one in actions(rules, tables, as_of)]


def test_a_date_moved_before_its_due_leaves_nothing() -> None:
    """What was neither done nor due when the date was moved never was."""
    tables = moved("2026-11-10", "2026-11-20 2026-11-12T09:00")
    assert told(rule("closes_on", "7 days"), tables, day("2026-11-11")) == [("11-10", "due_soon")]
    assert told(rule("closes_on", "7 days"), tables, day("2026-11-12")) == [("11-20", "waiting")]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("", "closed_late"),
        ("called 2026-11-05", "met"),
        ("called 2026-11-19T08:00", "met_late"),
        ("called 2026-11-19T10:00", "closed_late"),
        ("withdrawn 2026-11-15", "void"),
        ("withdrawn 2026-11-18T12:00", "closed_late"),
    ],
)
def test_what_had_come_of_a_date_before_it_was_moved_stays(event: str, expected: str) -> None:
    """Of a close on the 10th with its due on the 17th, moved on the morning of the 19th."""
    tables = moved("2026-11-10", "2026-11-30 2026-11-19T09:00")
    tables["events"] += log(*[event] if event else [])["events"]
    found = told(rule("closes_on", "7 days"), tables, day("2026-11-20"))
    assert [status for on, status in found if on == "11-10"] == [expected]


def test_an_extension_does_not_undo_a_lapse() -> None:
    """Moved after the due had passed, the lapse stays and ends the case; moved before, it never was."""
    late, early = (moved("2026-11-01", f"2026-11-20 2026-11-{n}T00:00:01") for n in ("09", "08"))
    assert told(NOTIFY, late, day("2026-11-10")) == [("11-01", "lapsed"), ("11-20", "void")]
    assert told(NOTIFY, early, day("2026-11-10")) == [("11-20", "waiting")]


def test_an_opening_moves_the_dates_of_its_cases() -> None:
    """A date moved in the opening, and a case that goes to another opening, are moves of the case's date."""
    tables = log("applied 2026-11-01", opening_id="O")
    tables["openings"] = [
        {"opening_id": "O", "closes_on": "2026-11-10"},
        {"opening_id": "O", "closes_on": "2026-11-12", "recorded_at": "2026-11-14T00:00"},
        {"opening_id": "Q", "closes_on": "2026-11-11"},
    ]
    tables["cases"].append(tables["cases"][0] | {"opening_id": "Q", "recorded_at": "2026-11-16T00:00"})
    rules = rule("closes_on", "2 days")
    assert told(rules, tables, day("2026-11-13")) == [("11-10", "overdue")]
    assert told(rules, tables, day("2026-11-15")) == [("11-10", "closed_late"), ("11-12", "overdue")]
    assert told(rules, tables, day("2026-11-16")) == [
        *(("11-10", "closed_late"), ("11-11", "overdue"), ("11-12", "closed_late")),
    ]


def test_the_date_that_a_midpoint_heads_for_moves_too() -> None:
    """Moved before the touch was due, it leaves nothing; an event's own date comes first and does not move."""
    rules = rule("applied", "midpoint", further='toward = "closes_on"\ngap = "2 days"')
    tables = moved("2026-11-11", "2026-11-21 2026-11-05T09:00")
    assert [one["act_by"] for one in actions(rules, tables, day("2026-11-04"))] == [day("2026-11-06")]
    assert [one["due_at"] for one in actions(rules, tables, day("2026-11-05"))] == [moment("2026-11-11" + LAST)]
    tables["events"][0]["closes_on"] = "2026-11-15"
    assert [one["due_at"] for one in actions(rules, tables, day("2026-11-05"))] == [moment("2026-11-08" + LAST)]


# --- whole days and doubt ---------------------------------------------------------------------------------


def test_a_result_entered_as_a_day_answers_an_interview_with_a_time() -> None:
    """A day without a time may lie after the afternoon's interview: it fulfils, voids, and is no reopening."""
    rules = rule("interviewed", "2 hours")
    assert statuses(rules, log("interviewed 2026-11-16T17:00", "called 2026-11-16"), day("2026-11-17")) == ["met"]
    ended = log("applied 2026-11-02", "interviewed 2026-11-16T17:00", "withdrawn 2026-11-16")
    assert statuses(rules, ended, day("2026-11-17")) == ["void"]
    assert oracle.outcomes(book_with(""), ended, day("2026-11-17"))[0]["outcome"] == "withdrew"


def test_hours_are_counted_from_the_end_of_a_whole_day() -> None:
    """Of an event without a time nobody is blamed for the hours before it; a planned date stands for its 00:00."""
    assert due_of("2 hours", "2026-11-16") == "2026-11-17T01:59:59.999999+09:00"
    planned = actions(
        rule("closes_on", "2 hours"), log("applied 2026-11-01", closes_on="2026-11-16"), day("2026-11-16")
    )
    assert planned[0]["due_at"] == moment("2026-11-16T02:00+09:00")


@pytest.mark.parametrize(
    ("earliest", "expected"),
    [("2026-11-16T08:00", "met"), ("2026-11-17" + LAST, "met"), ("2026-11-18T00:00", "met_late"), ("", "met_late")],
)
def test_what_may_have_been_in_time_was_in_time(earliest: str, expected: str) -> None:
    """Known only from two exports, an answer counts from the first moment at which it can have been given."""
    tables = log("applied 2026-11-16T10:00", "called 2026-11-23T08:00")
    tables["events"][1]["earliest"] = earliest
    found = actions(rule("applied", "1 day"), tables, day("2026-11-24"))[0]
    assert (found["status"], found["fulfilled_at"]) == (expected, moment("2026-11-23T08:00+09:00"))


def test_an_event_never_answers_itself() -> None:
    """A whole day of the same activity is neither before nor after itself; another one that day may be after it."""
    again = rule("called", "1 day", until="called")
    assert statuses(again, log("called 2026-11-16"), day("2026-11-16")) == ["due_soon"]
    both = log("called 2026-11-16", "called 2026-11-16T10:00")
    assert statuses(again, both, day("2026-11-16")) == ["met", "met"]


# --- pauses, rolling, office hours ------------------------------------------------------------------------

PAUSE = 'pause = { after = ["asked"], until = ["answered"] }'


def paused_due(due: str, *events: str, as_of: str = "2026-12-31", further: str = "") -> str:
    """When it is due after an application on Wednesday 2026-11-04 10:00, with what else happened; day, or day and time."""
    tables = log("applied 2026-11-04T10:00", *events)
    found = actions(rule("applied", due, further=f"{PAUSE}\n{further}"), tables, day(as_of))[0]["due_at"]
    written = str(found.isoformat())
    return written.removesuffix(LAST)[5:].removesuffix(":00+09:00")


@pytest.mark.parametrize(
    ("due", "without", "held"),
    [
        ("same day", "11-04", "11-04"),
        ("3 days", "11-07", "11-09"),
        ("2 business days", "11-06", "11-10"),
        ("1 week", "11-11", "11-13"),
        ("1 month", "12-04", "12-06"),
        ("48 hours", "11-06T10:00", "11-08T10:00"),
        ("12 business hours", "11-05T13:00", "11-09T13:00"),
    ],
)
def test_a_clock_stands_still_while_somebody_is_waited_for(due: str, without: str, held: str) -> None:
    """Items asked for on Thursday at nine and there on Saturday at nine: two days, of which two are business days."""
    assert paused_due(due) == without
    assert paused_due(due, "asked 2026-11-05T09:00", "answered 2026-11-07T09:00") == held


@pytest.mark.parametrize("due", ["same day", "3 days", "2 business days", "1 week", "48 hours", "20 business hours"])
def test_a_pause_in_two_parts_is_one_pause(due: str) -> None:
    """A pause that ends and goes on at one instant, and one asked for twice, count as one."""
    one = paused_due(due, "asked 2026-11-05T09:00", "answered 2026-11-09T12:00")
    parts = ("asked 2026-11-05T09:00", "answered 2026-11-06T15:00", "asked 2026-11-06T15:00:01")
    assert paused_due(due, "asked 2026-11-05T09:00", "asked 2026-11-06T15:00", "answered 2026-11-09T12:00") == one
    if "hours" not in due:
        assert paused_due(due, *parts, "answered 2026-11-09T12:00") == one


def test_a_pause_over_the_weekend_moves_no_business_day() -> None:
    """From Friday evening to Monday morning no office hour and no business day is lost."""
    weekend = ("asked 2026-11-06T19:00", "answered 2026-11-09T08:00")
    assert paused_due("3 business days", *weekend) == paused_due("3 business days") == "11-09"
    assert paused_due("30 business hours", *weekend) == paused_due("30 business hours")
    assert paused_due("5 days", *weekend) == "11-12"


def test_a_pause_that_goes_on_moves_the_due_from_day_to_day() -> None:
    """It counts as if it ended with the as-of; the action is paused, and never overdue for that."""
    dues = [paused_due("2 days", "asked 2026-11-05T09:00", as_of=f"2026-11-{n}") for n in ("05", "06", "30")]
    assert dues == ["11-07", "11-08", "12-02"]
    rules, tables = rule("applied", "2 days", further=PAUSE), log("applied 2026-11-04T10:00", "asked 2026-11-05T09:00")
    assert statuses(rules, tables, day("2026-11-30")) == ["paused"]
    assert statuses(rules, tables, moment("2026-11-05T09:00+09:00")) == ["paused"]
    assert statuses(rule("applied", "same day", further=PAUSE), tables, day("2026-11-30")) == ["overdue"]


@pytest.mark.parametrize(
    ("roll", "due", "start", "expected"),
    [
        ("next", "3 days", "2026-11-18T10:00", "2026-11-24"),  # Saturday, Sunday, a holiday on Monday
        ("previous", "3 days", "2026-11-18T10:00", "2026-11-20"),
        ("previous", "1 day", "2026-11-20T10:00", "2026-11-20"),  # back to the very day it is counted from
        ("previous", "1 day", "2026-11-21T10:00", "2026-11-22"),  # and no further
        ("next", "same day", "2026-11-21T10:00", "2026-11-24"),
        ("next", "24 hours", "2026-11-20T10:00", "2026-11-21"),  # hours do not roll
        ("next", "1 month", "2026-10-21T10:00", "2026-11-24"),
    ],
)
def test_a_closed_day_becomes_the_business_day_beside_it(roll: str, due: str, start: str, expected: str) -> None:
    """After it or before it, but never before the day that is counted from."""
    found = actions(rule("applied", due, further=f'roll = "{roll}"'), log(f"applied {start}"), day("2026-12-31"))
    assert found[0]["due_at"].date().isoformat() == expected


def test_by_the_day_itself_is_open_from_the_start() -> None:
    """`-0 days` ends with the planned date and is never waiting; rolled back it may end before it."""
    tables = log("applied 2026-11-01", joins_on="2026-11-22")  # a Sunday
    found = actions(rule("joins_on", "-0 days"), tables, day("2026-11-01"))[0]
    assert (found["opened_at"], found["due_at"]) == (None, moment("2026-11-22" + LAST))
    rolled = actions(rule("joins_on", "-0 days", further='roll = "previous"'), tables, day("2026-11-01"))[0]
    assert rolled["due_at"] == moment("2026-11-20" + LAST)


@pytest.mark.parametrize(
    ("due", "start", "expected"),
    [
        ("2 business hours", "2026-11-20T17:00", "2026-11-24T10:00"),
        ("1 business hour", "2026-11-20T17:00", "2026-11-20T18:00"),
        ("1 business hour", "2026-11-20T18:00", "2026-11-24T10:00"),
        ("9 business hours", "2026-11-21T12:00", "2026-11-24T18:00"),
        ("10 business hours", "2026-11-19T07:00", "2026-11-20T10:00"),
    ],
)
def test_business_hours_pass_only_while_the_office_is_open(due: str, start: str, expected: str) -> None:
    """From nine to six on business days."""
    assert due_of(due, start) == f"{expected}:00+09:00"


# --- one answer a promise ---------------------------------------------------------------------------------


def asked(*events: str) -> list[str]:
    """The statuses of questions to be answered in a day; an event is "activity time topic" of 2026-11-16."""
    rows = []
    for event in events:
        activity, clock, *topic = event.split(" ")
        at = f"2026-11-16T{clock}" if clock != "-" else "2026-11-16"
        rows.append({"case_id": "A", "activity": activity, "timestamp": at, "topic": "".join(topic)})
    rules = rule("asked", "1 day", until="answered", further='key = "topic"\nunless = ["taken_back"]')
    return statuses(rules, {"cases": [{"case_id": "A", "playbook": "p"}], "events": rows}, day("2026-11-17"))


def test_each_question_has_its_own_answer() -> None:
    """An answer is taken by the first question of its topic that it can answer, and by no other."""
    assert asked("asked 10:00 x", "asked 11:00 y", "answered 12:00 y") == ["due_today", "met"]
    assert asked("asked 10:00 x", "asked 11:00 x", "answered 12:00 x") == ["met", "due_today"]
    assert asked("asked 10:00", "asked 11:00", "answered 12:00", "answered 13:00 x") == ["met", "due_today"]
    assert asked("asked 10:00 x", "asked 11:00 x", "answered - x", "answered 10:30 x") == ["met", "met"]
    assert asked("asked 10:00 x", "taken_back 10:30 y", "taken_back 11:00 x", "answered 12:00 x") == ["void"]
    assert asked("asked 10:00 x", "withdrawn 10:30 y", "answered 12:00 x") == ["void"]


# --- what people say --------------------------------------------------------------------------------------


def after_saying(*answers: str, as_of: str = "2026-11-20", rules: str = "") -> list[str]:
    """The statuses of a call due on 2026-11-17 and one due on 2026-11-19; an answer is "what day [until] [@trigger]"."""
    tables = log("applied 2026-11-16T10:00", "applied 2026-11-18T10:00", closes_on="2026-11-16")
    tables["answers"] = []
    for one in answers:
        what, recorded_at, *rest = one.split(" ")
        row = {"case_id": "A", "rule_id": "r", "answer": what, "recorded_at": recorded_at}
        row |= {"trigger_at" if part.startswith("@") else "until": part.removeprefix("@") for part in rest}
        tables["answers"].append(row)
    return statuses(rules or rule("applied", "1 day"), tables, day(as_of))


def test_not_needed_voids_what_was_there_when_it_was_said() -> None:
    """In time it voids, afterwards it closes late; the later question it does not touch, unless it names it."""
    assert after_saying("not_needed 2026-11-17") == ["void", "overdue"]
    assert after_saying("not_needed 2026-11-18T00:00:01") == ["closed_late", "overdue"]
    assert after_saying("not_needed 2026-11-19T09:00") == ["closed_late", "void"]
    assert after_saying("not_needed 2026-11-17 @2026-11-18T10:00") == ["overdue", "void"]
    assert after_saying("not_needed 2026-11-21") == ["overdue", "overdue"]
    assert after_saying("not_needed 2026-11-17", "reopened 2026-11-18") == ["overdue", "overdue"]
    assert after_saying("reopened 2026-11-17", "not_needed 2026-11-17") == ["void", "overdue"]


def test_later_puts_off_and_leaves_what_was_late_late() -> None:
    """Until the day named it is postponed; from that day on it is what it would have been."""
    said = ("later 2026-11-17 2026-11-19",)
    assert after_saying(*said, as_of="2026-11-18") == ["postponed", "due_soon"]
    assert after_saying(*said, as_of="2026-11-19") == ["overdue", "due_today"]
    done = log("applied 2026-11-16T10:00", "called 2026-11-18")
    done["answers"] = [{"case_id": "A", "rule_id": "r", "answer": "later", "recorded_at": "2026-11-17"}]
    done["answers"][0]["until"] = "2026-11-30"
    assert statuses(rule("applied", "1 day"), done, day("2026-11-18")) == ["met_late"]


def test_the_platforms_clock_heeds_no_answer() -> None:
    """A rule that records lapses, whatever was said; one that does not is void."""
    closing = rule("closes_on", "2 days")
    recording = rule("closes_on", "2 days", further='record = "auto_rejected"')
    assert after_saying("not_needed 2026-11-10", rules=closing) == ["void"]
    assert after_saying("not_needed 2026-11-10", rules=recording) == ["lapsed"]


def test_the_firm_answers_only_for_what_was_due_since_it_counts() -> None:
    """Due the day before: in no answer; due that day, or lapsed by the platform's clock: in every one."""
    book = book_with(rule("applied", "1 day") + NOTIFY)
    tables = log("applied 2026-11-16", "applied 2026-11-17", closes_on="2026-11-01")

    def since(counts_from: oracle.CountsFrom) -> list[tuple[str, str]]:
        found = oracle.due_actions(book, tables, day("2026-11-20"), counts_from=counts_from)
        return [(one["rule_id"], one["due_at"].date().isoformat()) for one in found]

    everything = [("r", "2026-11-17"), ("r", "2026-11-18"), ("notify", "2026-11-08")]
    assert since(None) == since({"elsewhere": day("2030-01-01")}) == everything
    assert since(day("2026-11-18")) == since({"p": day("2026-11-18")}) == everything[1:]


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


def test_a_breach_stays_with_whoever_held_the_role_then() -> None:
    """What is open belongs to today's person; what ended, to the person of the day on which it did."""
    tables = log("applied 2026-11-16", client_id="C1")
    tables["assignments"] = [
        {"role": "driver", "person": "before", "to_on": "2026-11-18"},
        {"role": "driver", "person": "after", "from_on": "2026-11-19"},
    ]
    rules = rule("applied", "1 day")

    def owner(as_of: str, *events: str) -> Any:
        return actions(rules, tables | {"events": [*tables["events"], *log(*events)["events"]]}, day(as_of))[0]["owner"]

    assert [owner(f"2026-11-{n}") for n in (18, 19)] == ["before", "after"]
    assert owner("2026-11-30", "called 2026-11-18T09:00") == "before"
    assert owner("2026-11-30", "called 2026-11-19T09:00") == "after"
    assert owner("2026-11-30", "withdrawn 2026-11-18T09:00") == "before"
    tables["assignments"].append(tables["assignments"][0] | {"to_on": "", "recorded_at": "2026-11-25"})
    assert owner("2026-11-24", "called 2026-11-18T09:00") == "before"


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


@pytest.mark.parametrize(
    ("further", "events", "violated"),
    [
        ('when = { rating = "C" }', ["signed 2026-11-05 C"], True),
        ('when = { rating = "C" }', ["signed 2026-11-05 A"], False),
        ('within = "1 week"', ["called 2026-11-02", "signed 2026-11-09"], False),
        ('within = "1 week"', ["called 2026-11-02", "signed 2026-11-10"], True),
        ('within = "1 month"', ["called 2026-10-02", "signed 2026-11-02T23:00"], False),
        ("fresh = true", ["called 2026-11-02", "signed 2026-11-03", "signed 2026-11-04"], True),
        ("fresh = true", ["called 2026-11-02", "signed 2026-11-03", "called 2026-11-03", "signed 2026-11-04"], True),
        ("fresh = true", ["signed 2026-11-01", "called 2026-11-02", "signed 2026-11-03"], False),
        ("", ["called 2026-11-05", "signed 2026-11-05T09:00"], False),
        ("", ["called 2026-11-05T10:00", "signed 2026-11-05"], False),
        ("", ["called 2026-11-05T10:00", "signed 2026-11-05T09:00"], True),
    ],
)
def test_an_order_of_steps_may_ask_for_more(further: str, events: list[str], violated: bool) -> None:
    """A condition on the event, a time within which, a new step for each; whole days have the benefit of the doubt."""
    rules = f'[[precedence]]\nid = "o"\nactivity = "signed"\nrequires = ["called"]\n{further}\n'
    tables = log(*(" ".join(event.split(" ")[:2]) for event in events))
    for row, event in zip(tables["events"], events, strict=True):
        row["rating"] = "".join(event.split(" ")[2:])
    assert ([one[2] for one in broken(rules, tables)][-1:] == [events[-1].split(" ")[1][:10]]) is violated


def test_a_step_of_another_case_of_the_client_will_do_where_the_rule_says_so() -> None:
    """A credit approved once holds for the client's next order, and for nobody else's."""
    tables = log("signed 2026-11-05", client_id="C1")
    tables["cases"] += [{"case_id": "B", "playbook": "p", "client_id": "C1"}]
    tables["events"] += [{"case_id": "B", "activity": "called", "timestamp": "2026-11-04"}]
    rules = '[[precedence]]\nid = "o"\nactivity = "signed"\nrequires = ["called"]\n'
    assert len(broken(rules, tables)) == 1
    assert broken(rules + 'scope = "client"\n', tables) == []
    for client in ("C2", ""):
        tables["cases"][1]["client_id"] = client
        assert len(broken(rules + 'scope = "client"\n', tables)) == 1
    tables["cases"][0]["client_id"] = ""
    assert len(broken(rules + 'scope = "client"\n', tables)) == 1


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["called 2026-11-17T23:00"], [("early", "r", "2026-11-17", "")]),
        (["called 2026-11-17"], [("early", "r", "2026-11-17", "")]),
        (["called 2026-11-18"], []),
        (["called 2026-11-16T10:00"], []),  # at its trigger, not after it
        (["called 2026-11-18", "called 2026-11-17"], [("early", "r", "2026-11-17", "")]),
        ([], []),
    ],
)
def test_done_before_its_time_is_early(events: list[str], expected: list[tuple[str, ...]]) -> None:
    """Not to be done for two days: what comes before the third day is early."""
    rules = rule("applied", "1 day", further='wait = "2 days"')
    assert broken(rules, log("applied 2026-11-16T10:00", *events)) == expected


def test_done_by_another_channel_is_told() -> None:
    """Only what fulfils counts, and only where it says by which channel it came."""
    tables = log("applied 2026-11-16T10:00", "called 2026-11-17T09:00", "called 2026-11-18T09:00")
    tables["events"][2]["channel"] = "visit"
    rules = rule("applied", "5 days", further='channel = ["mail", "voice"]')
    assert broken(rules, tables) == []
    for channel, expected in (("voice", []), ("visit", [("channel", "r", "2026-11-17", "visit")])):
        tables["events"][1]["channel"] = channel
        assert broken(rules, tables) == expected


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
    """The tables with the rows that were known by then, as a person would have kept them."""
    world = oracle.world_of(tables, as_of, "Asia/Tokyo", 7)
    return {
        table: [row for row in rows if not world.usable(table, row) or world.known_from(table, row) <= world.now]
        for table, rows in tables.items()
    }


def answers(scenario: strategies.Scenario) -> list[Any]:
    """Everything the oracle says."""
    books, tables, as_of = scenario
    questions = (oracle.due_actions, oracle.violations, oracle.funnel, oracle.orphans, oracle.derived_events)
    return [question(books, tables, as_of) for question in questions]


@settings(max_examples=tries(8, 300), deadline=None)
@given(strategies.scenarios())
def test_replay_gives_what_was_said_then(scenario: strategies.Scenario) -> None:
    """As-of t on the full log is as-of t on the log cut at t."""
    books, tables, as_of = scenario
    assert answers((books, known_at(tables, as_of), as_of)) == answers(scenario)


@settings(max_examples=tries(8, 300), deadline=None)
@given(strategies.scenarios())
def test_a_date_and_its_last_microsecond_differ_only_in_judging(scenario: strategies.Scenario) -> None:
    """Both know the same events, so the same is fulfilled or voided; only what has passed may differ."""
    books, tables, as_of = scenario
    on = as_of.date() if isinstance(as_of, datetime) else as_of
    last = datetime.combine(on, datetime.max.time(), strategies.TOKYO)
    # A pause that goes on counts to the end of a date, and to an instant only.
    plain = [
        {**book, "rule": [one for one in book["rule"] if "record" not in one and "pause" not in one]} for book in books
    ]
    settled = ("met", "met_late", "void")
    by_date, by_instant = (
        [one for one in oracle.due_actions(plain, tables, seen) if one["status"] in settled] for seen in (on, last)
    )
    assert by_date == by_instant


@settings(max_examples=tries(8, 300), deadline=None)
@given(strategies.rule_books())
def test_a_rule_book_survives_being_written(book: strategies.Book) -> None:
    """The TOML text of a random rule book reads back as the same book."""
    assert tomllib.loads(strategies.toml_text(book)) == book


def test_random_scenarios_reach_every_corner() -> None:
    """Some hundred scenarios hit every status, kind of rule, kind of violation, and the borders."""
    seen: Counter[str] = Counter()
    for seed in range(tries(110, 400)):
        books, tables, as_of = strategies.random_scenario(random.Random(seed))
        rules = {(book["playbook"]["id"], one["id"]): one for book in books for one in book["rule"]}
        seen["several books"] += len(books) > 1
        seen["gone"] += any(row.get("gone") for rows in tables.values() for row in rows)
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
            for option in ("pause", "roll", "key", "record"):
                seen[option] += option in ruled
                seen[f"{option} with several triggers"] += option in ruled and len(ruled["after"]) > 1
            seen["paused and rolled"] += {"pause", "roll"} <= set(ruled)
            seen["business hours"] += "business hour" in str([ruled["due"], ruled.get("wait")])
            seen["by the day"] += ruled["due"] == "-0 days"
            seen["kept at the last microsecond"] += action["fulfilled_at"] == action["due_at"]
            seen["void at the last microsecond"] += action["voided_at"] == action["due_at"]
        seen["moved"] += len(moved_actions(books, tables, as_of))
        seen["derived"] += len(oracle.derived_events(books, tables, as_of))
        seen["orphan"] += len(oracle.orphans(books, tables, as_of))
        for violation in oracle.violations(books, tables, as_of):
            seen[violation["kind"]] += 1
    rare = {corner: n for corner, n in seen.items() if n < tries(1, 5)}
    assert not rare
    statuses_seen = {"met", "met_late", "void", "lapsed", "closed_late", *oracle.OPEN}
    assert statuses_seen <= set(seen)
    kinds = {"precedence", "checklist", "participation", "early", "channel"}
    assert kinds | {"derived", "orphan", "moved", "gone", "postponed", "paused"} <= set(seen)


def moved_actions(books: list[strategies.Book], tables: oracle.Tables, as_of: date | datetime) -> list[str]:
    """The statuses of what had come of dates before they were moved."""
    world = oracle.world_of(tables, as_of, "Asia/Tokyo", 7)
    found = [action for book in books for _, actions, _ in oracle.evaluate_all(book, world) for action in actions]
    return [action["status"] for action in found if action["search"].trigger.moved_at is not None]


def test_other_time_zones_have_their_own_days() -> None:
    """The same instants are other days in London, where a day of the clock change has 25 hours."""
    book = book_with(rule("applied", "same day"))
    tables = log("applied 2026-10-25T00:30:00+01:00")
    found = oracle.due_actions(book, tables, day("2026-10-25"), timezone="Europe/London")[0]
    assert found["due_at"] == moment("2026-10-25T23:59:59.999999+00:00")
    assert found["due_at"].astimezone(UTC) - found["trigger_at"].astimezone(UTC) > timedelta(hours=24)
