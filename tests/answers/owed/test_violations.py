"""Violations: conditions, the client's other cases, how long ago, anew each time, too early, the wrong channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_logs import Row, log_of
from thinned import tries

from playbook.answers.owed.violations import violations
from playbook.rules.nouns import Playbook
from playbook.rules.reading import parse_playbook

BOOK = """
[playbook]
id = "book"
[[activity]]
id = "approved"
[[activity]]
id = "checked"
[[activity]]
id = "signed"
[[activity]]
id = "asked"
[[activity]]
id = "answered"
[[date]]
id = "joins_on"
[[role]]
id = "boss"
"""
GATE = '[[precedence]]\nid = "gate"\nactivity = "signed"\nrequires = ["approved"]\n'
RULE = (
    '[[rule]]\nid = "answer"\nafter = ["asked"]\nwait = "2 days"\ndue = "3 days"\nuntil = ["answered"]\nrole = "boss"\n'
)
Event = tuple[str, str, str] | Row


def book(*tables: str) -> Playbook:
    """The small book with some more tables."""
    return parse_playbook(BOOK + "\n".join(tables), "book.toml")


def found(
    text: str, events: Sequence[Event], cases: Sequence[Row] = (), *, case: str = "", **tables: Any
) -> list[tuple[str, str, str, str, str]]:
    """Kind, id, case, local minute and detail of the violations at the end of 2026."""
    rows = (
        violations(log_of(book(text), events, "2026-12-31", cases, **tables), case)
        .sort("at", "kind", "detail")
        .collect()
    )
    said = rows.select("kind", "id", "case_id", "at", "detail").rows()
    return [(kind, id, of, f"{at:%m-%d %H:%M}", detail) for kind, id, of, at, detail in said]


def gates(more: str, events: Sequence[Event], cases: Sequence[Row] = (), **tables: Any) -> list[str]:
    """When something was signed against the gate, with some more keys."""
    return [at for kind, _, _, at, _ in found(GATE + more, events, cases, **tables) if kind == "precedence"]


# Conditions ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signed", "of_case", "of_opening", "violated"),
    [
        ("D", "", "", True),
        ("A", "D", "D", False),
        ("", "D", "A", True),
        ("", "A", "D", False),
        ("", "", "C", True),
        ("", "", "", False),
    ],
)
def test_a_gate_asks_the_event_then_its_case_then_the_opening(
    signed: str, of_case: str, of_opening: str, violated: bool
) -> None:
    """A gate with a condition is one where the nearest cell that is not empty says one of its words."""
    events = [{"case_id": "A", "activity": "signed", "timestamp": "2026-11-02 10:00", "rating": signed or None}]
    cases = [{"case_id": "A", "opening_id": "O", "rating": of_case or None}]
    openings = [{"opening_id": "O", "rating": of_opening or None}]
    late = gates('when = { rating = ["C", "D"] }\n', events, cases, openings=openings)
    assert late == (["11-02 10:00"] if violated else [])


def test_a_condition_on_a_column_that_nobody_keeps_never_holds() -> None:
    """A gate that asks for a column that no table has is no gate."""
    assert gates('when = { rating = "D" }\n', [("A", "signed", "2026-11-02 10:00")]) == []


def test_all_of_a_condition_must_hold() -> None:
    """Of two columns that a condition names, both must say one of its words."""
    both = {"case_id": "A", "activity": "signed", "timestamp": "2026-11-02 10:00", "rating": "D", "kind": "new"}
    old = both | {"timestamp": "2026-11-03 10:00", "kind": "old"}
    assert gates('when = { rating = "D", kind = "new" }\n', [both, old]) == ["11-02 10:00"]


def test_a_checklist_is_asked_only_where_its_condition_holds() -> None:
    """The items of a checklist with a condition are missing only of those events."""
    text = (
        '[[checklist]]\nid = "list"\nat = "signed"\nwhen = { form = "other" }\n'
        'fields = [{ id = "reviewed_by", ja = "確認者", en = "Reviewer" }]\n'
    )
    events = [
        {"case_id": "A", "activity": "signed", "timestamp": "2026-11-02 10:00", "form": "other"},
        {"case_id": "B", "activity": "signed", "timestamp": "2026-11-03 10:00", "form": "standard"},
    ]
    assert found(text, events) == [("checklist", "list", "A", "11-02 10:00", "reviewed_by")]


def test_participation_is_asked_only_where_its_condition_holds() -> None:
    """A role is missed only in those events for which the condition holds."""
    text = '[[participation]]\nid = "boss-in"\nactivity = "signed"\nroles = ["boss"]\nwhen = { grade = 2 }\n'
    events = [
        {"case_id": "A", "activity": "signed", "timestamp": "2026-11-02 10:00", "grade": "2"},
        {"case_id": "A", "activity": "signed", "timestamp": "2026-11-03 10:00", "grade": "1"},
        {"case_id": "A", "activity": "signed", "timestamp": "2026-11-04 10:00", "grade": "2", "role": "boss"},
    ]
    assert found(text, events) == [("participation", "boss-in", "A", "11-02 10:00", "boss")]


# The client's other cases ------------------------------------------------------------------------------------------------

TWO_CLIENTS = [
    {"case_id": "A", "client_id": "K1"},
    {"case_id": "B", "client_id": "K1"},
    {"case_id": "C", "client_id": "K2"},
    {"case_id": "D"},
    {"case_id": "E"},
]


def test_what_another_case_of_the_client_has_will_do_in_its_scope() -> None:
    """An approval of one case opens the gate for all of its client, from then on; a case without a client has its own."""
    events = [
        ("B", "signed", "2026-11-02 09:00"),
        ("A", "approved", "2026-11-02 10:00"),
        ("B", "signed", "2026-11-02 11:00"),
        ("C", "signed", "2026-11-02 12:00"),
        ("D", "approved", "2026-11-02 13:00"),
        ("E", "signed", "2026-11-02 14:00"),
        ("D", "signed", "2026-11-02 15:00"),
    ]
    assert gates('scope = "client"\n', events, TWO_CLIENTS) == ["11-02 09:00", "11-02 12:00", "11-02 14:00"]
    assert gates("", events, TWO_CLIENTS) == ["11-02 09:00", "11-02 11:00", "11-02 12:00", "11-02 14:00"]


def test_one_case_alone_is_asked_with_what_its_client_has() -> None:
    """Violations of one case are those it has among all."""
    events = [
        ("A", "approved", "2026-11-02 10:00"),
        ("B", "signed", "2026-11-02 11:00"),
        ("C", "signed", "2026-11-02 12:00"),
    ]
    text = GATE + 'scope = "client"\n'
    every = found(text, events, TWO_CLIENTS)
    for case in "ABCDE":
        assert found(text, events, TWO_CLIENTS, case=case) == [row for row in every if row[2] == case]


# How long ago ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("within", "signed", "late"),
    [
        ("12 months", "2026-11-02 23:59", False),
        ("12 months", "2026-11-03 00:01", True),
        ("1 day", "2025-11-03 18:00", False),
        ("1 day", "2025-11-04 00:30", True),
        ("2 weeks", "2025-11-16 10:00", False),
        ("2 weeks", "2025-11-17 10:00", True),
    ],
)
def test_what_lies_too_long_ago_will_not_do(within: str, signed: str, late: bool) -> None:
    """The last day that counts is the day of what was needed plus the span, to its end."""
    events = [("A", "approved", "2025-11-02 10:00"), ("A", "signed", signed)]
    assert bool(gates(f'within = "{within}"\n', events)) is late


def test_a_month_without_the_day_ends_on_its_last() -> None:
    """From 31 August, six months are over with the last day of February."""
    events = [
        ("A", "approved", "2025-08-31 10:00"),
        ("A", "signed", "2026-02-28 10:00"),
        ("A", "signed", "2026-03-01 10:00"),
    ]
    assert gates('within = "6 months"\n', events) == ["03-01 10:00"]


def test_a_renewal_counts_from_its_own_day() -> None:
    """The latest that came before decides; one that came later does not."""
    events = [
        ("A", "approved", "2025-01-10 10:00"),
        ("A", "signed", "2026-02-01 10:00"),
        ("A", "approved", "2026-02-02 10:00"),
        ("A", "signed", "2026-02-03 10:00"),
    ]
    assert gates('within = "12 months"\n', events) == ["02-01 10:00"]


# Anew each time ----------------------------------------------------------------------------------------------------------


def test_what_must_be_fresh_counts_once() -> None:
    """Each signing needs an approval since the signing before it."""
    events = [
        ("A", "approved", "2026-04-01 10:00"),
        ("A", "signed", "2026-04-02 10:00"),
        ("A", "signed", "2026-07-02 10:00"),
        ("A", "approved", "2026-10-01 10:00"),
        ("A", "signed", "2026-10-02 10:00"),
        ("B", "signed", "2026-10-03 10:00"),
    ]
    assert gates("fresh = true\n", events) == ["07-02 10:00", "10-03 10:00"]


def test_the_one_before_counts_even_where_the_condition_does_not_hold_of_it() -> None:
    """The previous event of the activity is any, whatever the gate asks of the next."""
    approved = ("A", "approved", "2026-04-01 10:00")
    first = {"case_id": "A", "activity": "signed", "timestamp": "2026-04-02 10:00", "rating": "A"}
    second = first | {"timestamp": "2026-04-03 10:00", "rating": "D"}
    assert gates('fresh = true\nwhen = { rating = "D" }\n', [approved, first, second]) == ["04-03 10:00"]


def test_fresh_among_the_cases_of_a_client() -> None:
    """An approval of another case is fresh where it came after this case's own last signing."""
    events = [
        ("A", "approved", "2026-04-01 10:00"),
        ("B", "signed", "2026-04-02 10:00"),
        ("B", "signed", "2026-04-03 10:00"),
        ("A", "approved", "2026-04-04 10:00"),
        ("B", "signed", "2026-04-05 10:00"),
    ]
    assert gates('fresh = true\nscope = "client"\n', events, TWO_CLIENTS) == ["04-03 10:00"]


# In doubt ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("approved", "signed", "late"),
    [
        ("2026-11-02 15:00", "2026-11-02", False),
        ("2026-11-02", "2026-11-02 09:00", False),
        ("2026-11-02", "2026-11-02", False),
        ("2026-11-03", "2026-11-02", True),
        ("2026-11-03 00:01", "2026-11-02", True),
        ("2026-11-02 15:00", "2026-11-02 09:00", True),
    ],
)
def test_in_doubt_what_was_needed_came_first(approved: str, signed: str, late: bool) -> None:
    """A day without a time is some time of that day, and nobody is blamed for it."""
    assert bool(gates("", [("A", "approved", approved), ("A", "signed", signed)])) is late


@pytest.mark.parametrize(
    ("approved", "late"), [("2026-04-02", False), ("2026-04-02 09:00", True), ("2026-04-02 11:00", False)]
)
def test_in_doubt_what_must_be_fresh_came_after_the_one_before(approved: str, late: bool) -> None:
    """An approval of the day of the last signing is after it as far as one can tell: late after late."""
    events = [("A", "approved", "2026-04-01 10:00"), ("A", "signed", "2026-04-02 10:00")]
    renewed = [("A", "approved", approved), ("A", "signed", "2026-06-02 10:00")]
    assert bool(gates("fresh = true\n", [*events, *renewed])) is late


# Slowly, from the contract -----------------------------------------------------------------------------------------------

MOMENTS = st.sampled_from(
    ["2026-02-28", "2026-03-01", "2026-03-01 09:00", "2026-03-01 18:00", "2026-03-31", "2026-04-30 12:00"]
)
EVENTS = st.lists(
    st.tuples(st.sampled_from("ABD"), st.sampled_from(["approved", "checked", "signed"]), MOMENTS), max_size=9
)


@settings(max_examples=tries(8, 300), deadline=None)
@given(EVENTS, st.booleans(), st.booleans(), st.sampled_from(["", "1 month", "3 days"]))
def test_gates_agree_with_the_sentence_of_the_contract(
    events: list[tuple[str, str, str]], client: bool, fresh: bool, within: str
) -> None:
    """Every mixture of scope, span and freshness gives what a plain reading gives, event by event."""
    unique = sorted(set(events))
    more = ('scope = "client"\n' if client else "") + ("fresh = true\n" if fresh else "")
    more += f'within = "{within}"\n' if within else ""
    text = GATE.replace('["approved"]', '["approved", "checked"]') + more
    rows = violations(log_of(book(text), unique, "2026-12-31", TWO_CLIENTS)).select("case_id", "at", "detail").collect()
    got = sorted((of, f"{at:%Y-%m-%d %H:%M}", detail) for of, at, detail in rows.rows())
    assert got == sorted(_slowly(unique, client, fresh, within))


def _slowly(events: list[tuple[str, str, str]], client: bool, fresh: bool, within: str) -> list[tuple[str, str, str]]:
    whose = {"A": "K1", "B": "K1", "D": "D"} if client else {"A": "A", "B": "B", "D": "D"}
    late = {at: f"{at} 24:00" if len(at) == 10 else at for _, _, at in events}
    wrong = []
    for case, activity, at in events:
        if activity != "signed":
            continue
        before = [
            late[other] for of, what, other in events if (of, what) == (case, activity) and late[other] < late[at]
        ]
        lacking = []
        for needed in ("approved", "checked"):
            will_do = [
                other
                for of, what, other in events
                if what == needed
                and whose[of] == whose[case]
                and other <= late[at]
                and (not fresh or not before or late[other] > max(before))
                and (not within or _last_day(other[:10], within) >= at[:10])
            ]
            lacking += [] if will_do else [needed]
        if lacking:
            wrong.append((case, f"{at} 00:00"[:16], ", ".join(lacking)))
    return wrong


def _last_day(day: str, within: str) -> str:
    """By hand, for the days that the test uses."""
    month = {
        "2026-02-28": "2026-03-28",
        "2026-03-01": "2026-04-01",
        "2026-03-31": "2026-04-30",
        "2026-04-30": "2026-05-30",
    }
    days = {
        "2026-02-28": "2026-03-03",
        "2026-03-01": "2026-03-04",
        "2026-03-31": "2026-04-03",
        "2026-04-30": "2026-05-03",
    }
    return (month if within == "1 month" else days)[day]


# Too early -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answered", "early"),
    [
        ("2026-11-02 18:00", True),
        ("2026-11-03 23:59", True),
        ("2026-11-03", True),
        ("2026-11-04 00:01", False),
        ("2026-11-04", False),
        ("2026-11-06 10:00", False),
    ],
)
def test_what_is_done_before_the_wait_is_over_is_early(answered: str, early: bool) -> None:
    """An action that opens on the 4th and is fulfilled on the day before was done early; its rule is named."""
    events = [("A", "asked", "2026-11-02 10:00"), ("A", "answered", answered)]
    minute = f"{answered[5:]} 00:00"[:11]
    assert found(RULE, events) == ([("early", "answer", "A", minute, "2026-11-04")] if early else [])


def test_a_promise_without_a_wait_is_never_kept_early() -> None:
    """By a planned date is any day before it too."""
    text = '[[rule]]\nid = "join"\nafter = ["joins_on"]\ndue = "-0 days"\nuntil = ["answered"]\nrole = "boss"\n'
    assert found(text, [("A", "answered", "2026-11-02 10:00")], [{"case_id": "A", "joins_on": "2026-11-20"}]) == []


# By the wrong channel --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "wrong"),
    [
        ("mail", False),
        ("voice", False),
        ("phone", True),
        (None, False),
        ("phone; mail", False),
        (" voice ", False),
        ("phone, visit", True),
    ],
)
def test_a_channel_that_the_rule_does_not_name_is_wrong(used: str | None, wrong: bool) -> None:
    """Of several channels that a rule names, each will do; an event that tells none is not blamed."""
    text = RULE.replace('wait = "2 days"\n', "") + 'channel = ["mail", "voice"]\n'
    answered = {"case_id": "A", "activity": "answered", "timestamp": "2026-11-03 10:00", "channel": used}
    said = found(text, [("A", "asked", "2026-11-02 10:00"), answered])
    assert said == ([("channel", "answer", "A", "11-03 10:00", used)] if wrong else [])


def test_only_what_keeps_a_promise_is_asked_for_its_channel() -> None:
    """A second call after the promise was kept by mail is nobody's business."""
    text = RULE.replace('wait = "2 days"\n', "") + 'channel = "mail"\n'
    mail = {"case_id": "A", "activity": "answered", "timestamp": "2026-11-03 10:00", "channel": "mail"}
    call = mail | {"timestamp": "2026-11-04 10:00", "channel": "phone"}
    assert found(text, [("A", "asked", "2026-11-02 10:00"), mail, call]) == []


def test_one_event_that_keeps_two_promises_of_a_rule_is_blamed_once() -> None:
    """Two questions answered by one call are one call by the wrong channel."""
    text = RULE.replace('wait = "2 days"\n', "") + 'channel = "mail"\n'
    call = {"case_id": "A", "activity": "answered", "timestamp": "2026-11-03 10:00", "channel": "phone"}
    events = [("A", "asked", "2026-11-02 10:00"), ("A", "asked", "2026-11-02 11:00"), call]
    assert found(text, events) == [("channel", "answer", "A", "11-03 10:00", "phone")]
