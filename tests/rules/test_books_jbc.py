"""The rule books of the first three sources, held against short traces and against the sources' own examples.

`traces/*.toml` says for every rule how it is met, met late and missed, and for every order of steps, participation and
checklist how it is kept and broken. Each is asked of the oracle and of the package.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import oracle
import polars as pl
import pytest

import playbook as pb
from playbook.answers.flow.funnel import case_states, funnel
from playbook.rules.nouns import Playbook
from playbook.rules.reading import builtin_playbooks

BOOKS = {"J": "joins-selection", "B": "placement-followup", "C": "casual-interview"}
KINDS = ("precedence", "participation", "checklist")
TRACES = Path(__file__).resolve().parents[1] / "traces"
SOURCES = Path(__file__).resolve().parents[3] / "shared" / "TRACEABILITY.md"
Row = dict[str, Any]
Traces = Mapping[str, Sequence[str]]


@cache
def written(book: str) -> Row:
    """A rule book as its file says it, which is what the oracle reads."""
    return tomllib.loads((files("playbook.rules") / "books" / f"{book}.toml").read_text(encoding="utf-8"))


@cache
def built(book: str) -> Playbook:
    """A rule book as the package reads it."""
    return next(one for one in builtin_playbooks() if one.id == book)


@cache
def traces(book: str) -> Row:
    """What `traces/` says of a rule book."""
    return tomllib.loads((TRACES / f"{book}.toml").read_text(encoding="utf-8"))


def event(case_id: str, line: str) -> Row:
    """One event of a case, as a trace writes it: day, time, activity, cells."""
    day, time, activity, *cells = line.split()
    return {
        "case_id": case_id,
        "activity": activity,
        "timestamp": f"{day}T{time}",
    } | dict(cell.split("=", 1) for cell in cells)


def tables(book: str, cases: Traces, cells: Mapping[str, str]) -> dict[str, list[Row]]:
    """The tables of some cases of a book, each with its trace; all have the same cells."""
    return {
        "cases": [{"case_id": id, "playbook": book, **cells} for id in cases],
        "events": [event(id, line) for id, trace in cases.items() for line in trace],
    }


@dataclass(frozen=True)
class Asked:
    """A book, its tables and a day: what a reader is asked about."""

    book: str
    tables: dict[str, list[Row]]
    as_of: str


class Reader(Protocol):
    """Someone who reads DESIGN section 4: the oracle or the package."""

    def due(self, asked: Asked) -> list[Row]: ...
    def violations(self, asked: Asked) -> list[Row]: ...
    def funnel(self, asked: Asked) -> list[Row]: ...
    def outcomes(self, asked: Asked) -> dict[str, str | None]: ...


class Oracle:
    """The slow reading, kept in the tests."""

    def due(self, asked: Asked) -> list[Row]:
        return oracle.due_actions(written(asked.book), asked.tables, date.fromisoformat(asked.as_of))

    def violations(self, asked: Asked) -> list[Row]:
        return oracle.violations(written(asked.book), asked.tables, date.fromisoformat(asked.as_of))

    def funnel(self, asked: Asked) -> list[Row]:
        return oracle.funnel(written(asked.book), asked.tables, date.fromisoformat(asked.as_of))

    def outcomes(self, asked: Asked) -> dict[str, str | None]:
        book = written(asked.book)
        kinds = {outcome["id"]: outcome["kind"] for outcome in book["outcome"]}
        ended = oracle.outcomes(book, asked.tables, date.fromisoformat(asked.as_of))
        return {row["case_id"]: kinds.get(row["outcome"]) for row in ended}


class Engine:
    """The package."""

    def due(self, asked: Asked) -> list[Row]:
        rows: list[Row] = self._workspace(asked).due(asked.as_of, all=True).to_dicts()
        return rows

    def violations(self, asked: Asked) -> list[Row]:
        rows: list[Row] = self._workspace(asked).violations(asked.as_of).to_dicts()
        return rows

    def funnel(self, asked: Asked) -> list[Row]:
        rows: list[Row] = funnel(self._workspace(asked).on(asked.as_of).log).to_dicts()
        return rows

    def outcomes(self, asked: Asked) -> dict[str, str | None]:
        states = case_states(self._workspace(asked).on(asked.as_of).log)
        return dict(states.select("case_id", pl.col("outcome_kind").cast(pl.String)).rows())

    def _workspace(self, asked: Asked) -> pb.Workspace:
        frames: dict[str, Any] = {name: self._frame(rows) for name, rows in asked.tables.items()}
        return pb.Workspace(playbooks=[built(asked.book)], **frames)

    def _frame(self, rows: Sequence[Row]) -> pl.DataFrame:
        columns = list(dict.fromkeys(column for row in rows for column in row))
        cells = [[row.get(column) for column in columns] for row in rows]
        return pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String), orient="row")


@pytest.fixture(params=[Oracle(), Engine()], ids=["oracle", "engine"])
def reader(request: pytest.FixtureRequest) -> Reader:
    """Both readers in turn."""
    one: Reader = request.param
    return one


def each(table: str) -> list[Any]:
    """Every entry of a table of traces, over the three books."""
    return [
        pytest.param(
            book,
            entry,
            id=f"{book}:{entry['id']}:{entry.get('entry', entry.get('due', ''))}",
        )
        for book in BOOKS.values()
        for entry in traces(book)[table]
    ]


# Rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("book", "trace"), each("rule"))
def test_a_rule_is_met_met_late_and_missed(reader: Reader, book: str, trace: Row) -> None:
    """Of three short histories of a rule one keeps the due, one comes late and one lets it pass."""
    start = trace["start"]
    cases = {
        "met": start + trace["met"],
        "late": start + trace["late"],
        "overdue": start,
    }
    assert all(3 <= len(events) <= 6 for events in cases.values())
    asked = Asked(book, tables(book, cases, trace.get("case", {})), trace["as_of"])
    rows = [row for row in reader.due(asked) if row["rule_id"] == trace["id"]]
    first = {row["case_id"]: row for row in reversed(rows) if row["entry"] == trace.get("entry", 1)}
    assert {id: row["status"] for id, row in first.items()} == {
        "met": "met",
        "late": trace.get("late_status", "met_late"),
        "overdue": trace.get("overdue_status", "overdue"),
    }
    assert {row["due_at"].isoformat() for row in first.values()} == {f"{trace['due']}T23:59:59.999999+09:00"}


@pytest.mark.parametrize("book", BOOKS.values())
def test_every_rule_has_its_traces(book: str) -> None:
    """Each rule, and each entry of a series of dues, is shown met, late and missed."""
    shown = {(one["id"], one.get("entry", 1)) for one in traces(book)["rule"]}
    wanted = {(rule.id, k) for rule in built(book).rules for k in range(1, len(rule.due) + 1)}
    assert shown == wanted


@pytest.mark.parametrize("book", BOOKS.values())
def test_a_case_that_goes_well_always_knows_what_is_next(book: str) -> None:
    """On the day of each event of a smooth case, until it ends, some action is open; on the last, it has ended well."""
    path = traces(book)["path"]
    events = path["events"]
    rows = tables(book, {"smooth": events}, path["case"])
    for line in events[:-1]:
        day = date.fromisoformat(line.split()[0])
        assert oracle.orphans(written(book), rows, day) == [], line
    last = events[-1].split()[0]
    for one in (Oracle(), Engine()):
        assert one.outcomes(Asked(book, rows, last)) == {"smooth": "won"}
        late = [row["rule_id"] for row in one.due(Asked(book, rows, last)) if row["status"] not in ("met", "void")]
        assert late == []


# Outcomes, orders of steps, participations, checklists -----------------------------------------------------------


@pytest.mark.parametrize(("book", "trace"), each("outcome"))
def test_an_outcome_ends_a_case(reader: Reader, book: str, trace: Row) -> None:
    """Of two histories one has ended in this way, and the other goes on."""
    cases = {"ended": trace["ended"], "open": trace["open"]}
    kind = next(outcome.kind for outcome in built(book).outcomes if outcome.id == trace["id"])
    asked = Asked(book, tables(book, cases, trace.get("case", {})), "2027-12-01")
    assert reader.outcomes(asked) == {"ended": kind, "open": None}


@pytest.mark.parametrize(
    ("kind", "book", "trace"),
    [
        pytest.param(kind, book, entry, id=f"{book}:{kind}:{entry['id']}")
        for kind in KINDS
        for book in BOOKS.values()
        for entry in traces(book).get(kind, [])
    ],
)
def test_a_step_is_kept_or_broken(reader: Reader, kind: str, book: str, trace: Row) -> None:
    """Of two histories one keeps an order, a participation or a checklist, and the other is told what it broke."""
    asked = Asked(
        book,
        tables(book, {"kept": trace["kept"], "broken": trace["broken"]}, {}),
        "2027-12-01",
    )
    rows = [row for row in reader.violations(asked) if (row["kind"], row["id"]) == (kind, trace["id"])]
    assert {row["case_id"] for row in rows} == {"broken"}
    if kind == "checklist":
        assert sorted(row["detail"] for row in rows) == sorted(trace["missing"])


@pytest.mark.parametrize("book", BOOKS.values())
@pytest.mark.parametrize("kind", ["outcome", *KINDS])
def test_everything_that_can_be_broken_has_its_traces(book: str, kind: str) -> None:
    """Each outcome, order of steps, participation and checklist of a rule book is shown both ways."""
    shown = sorted(one["id"] for one in traces(book).get(kind, []))
    assert shown == sorted(one["id"] for one in written(book).get(kind, []))


# The sources' own examples --------------------------------------------------------------------------------------

# J-02, J-10: A is signed, B and C are turned down after an interview, D at once.
FOUR = {
    "A": [
        "2026-09-03 10:00 applied",
        "2026-09-07 10:00 first_interview_invited",
        "2026-09-10 15:00 first_interview_held",
        "2026-09-14 10:00 second_interview_invited",
        "2026-09-17 15:00 second_interview_held",
        "2026-09-18 10:00 contract_agreed",
        "2026-09-25 15:00 guidance_meeting_held",
        "2026-09-30 10:00 contract_signed",
    ],
    "B": [
        "2026-09-03 11:00 applied",
        "2026-09-07 11:00 first_interview_invited",
        "2026-09-10 16:00 first_interview_held",
        "2026-09-14 11:00 second_interview_invited",
        "2026-09-17 16:00 second_interview_held",
        "2026-09-18 11:00 rejected",
    ],
    "C": [
        "2026-09-03 12:00 applied",
        "2026-09-07 12:00 first_interview_invited",
        "2026-09-10 17:00 first_interview_held",
        "2026-09-14 12:00 rejected",
    ],
    "D": ["2026-09-04 10:00 applied", "2026-09-07 13:00 rejected"],
}


@pytest.mark.parametrize(
    ("as_of", "entered", "still_open"),
    [
        ("2026-09-03", [3, 0, 0, 0, 0], 3),
        ("2026-09-04", [4, 0, 0, 0, 0], 4),
        ("2026-09-07", [4, 3, 0, 0, 0], 3),
        ("2026-09-10", [4, 3, 0, 0, 0], 3),
        ("2026-09-14", [4, 3, 2, 0, 0], 2),
        ("2026-09-17", [4, 3, 2, 0, 0], 2),
        ("2026-09-18", [4, 3, 2, 1, 0], 1),
        ("2026-09-25", [4, 3, 2, 1, 0], 1),
        ("2026-09-30", [4, 3, 2, 1, 1], 0),
    ],
)
def test_four_applicants_three_two_one(reader: Reader, as_of: str, entered: list[int], still_open: int) -> None:
    """Four apply, three have a first and two a second interview, and one agrees and signs (J-10)."""
    book = BOOKS["J"]
    asked = Asked(book, tables(book, FOUR, {"recruitment_closes_on": "2026-09-05"}), as_of)
    assert [row["entered"] for row in reader.funnel(asked)] == entered
    assert sum(row["open"] for row in reader.funnel(asked)) == still_open


def test_four_applicants_are_lost_where_the_source_says(reader: Reader) -> None:
    """D is lost at the application, C after the first and B after the second interview; A wins (J-10)."""
    book = BOOKS["J"]
    asked = Asked(book, tables(book, FOUR, {}), "2026-09-30")
    assert [row["lost"] for row in reader.funnel(asked)] == [1, 1, 1, 0, 0]
    assert [row["advanced"] for row in reader.funnel(asked)] == [3, 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("as_of", "status", "outcome"),
    [
        ("2026-10-06", "due_soon", None),
        ("2026-10-07", "due_today", None),
        ("2026-10-08", "lapsed", "lapsed"),
    ],
)
def test_the_eighth_day_finds_an_application_closed(
    reader: Reader, as_of: str, status: str, outcome: str | None
) -> None:
    """An applicant told nothing is still owed the notice on the seventh day and is closed after it (J-14, J-15)."""
    book = BOOKS["J"]
    rows = tables(
        book,
        {"E": ["2026-09-10 09:00 applied"]},
        {"recruitment_closes_on": "2026-09-30"},
    )
    asked = Asked(book, rows, as_of)
    notices = [row["status"] for row in reader.due(asked) if row["rule_id"] == "notify-applicants"]
    assert notices == [status]
    assert reader.outcomes(asked) == {"E": outcome}


# C-24: the table that closes the source. Dues are for a meeting on Friday 4 September 2026.
DECISIONS = {
    "proceed": {"fix-next-interview": "2026-09-04"},
    "considering_selection": {"send-feedback": "2026-09-04"},
    "considering_change": {"career-talk": "2026-09-18", "contact-again": "2026-12-04"},
    "declined": {
        "thank-after-decline": "2026-09-07",
        "hold-retrospective": "2026-09-11",
        "add-to-talent-pool": "2026-09-18",
    },
}


@pytest.mark.parametrize("reaction", DECISIONS)
def test_each_reaction_leads_to_its_own_actions(reader: Reader, reaction: str) -> None:
    """The four reactions open the actions that the source's closing table names, and no others (C-24)."""
    book = BOOKS["C"]
    rows = tables(book, {"K": [f"2026-09-04 15:00 casual_interview_held reaction={reaction}"]}, {})
    found = reader.due(Asked(book, rows, "2026-09-04"))
    assert {row["rule_id"]: row["due_at"].date().isoformat() for row in found} == DECISIONS[reaction]


def test_a_decline_is_looked_back_on_before_connecting(reader: Reader) -> None:
    """Connecting on a network is owed only once the retrospective was held (C-22, C-24)."""
    book = BOOKS["C"]
    start = ["2026-09-04 15:00 casual_interview_held reaction=declined"]
    cases = {"before": start, "after": [*start, "2026-09-08 10:00 retrospective_held"]}
    found = reader.due(Asked(book, tables(book, cases, {}), "2026-09-08"))
    assert [row["case_id"] for row in found if row["rule_id"] == "connect-on-sns"] == ["after"]


@pytest.mark.parametrize(
    ("as_of", "more", "status"),
    [
        ("2026-09-02", [], "waiting"),
        ("2026-09-03", [], "due_today"),
        ("2026-09-04", [], "overdue"),
        ("2026-09-04", ["2026-09-02 22:00 replied"], "void"),
    ],
)
def test_two_days_without_a_reply_ask_for_a_status_check(
    reader: Reader, as_of: str, more: list[str], status: str
) -> None:
    """The status check waits two days, is then due at once, and falls away with a reply (C-13)."""
    book = BOOKS["C"]
    start = [
        "2026-09-01 15:00 casual_interview_held reaction=considering_selection",
        "2026-09-01 18:00 feedback_mail_sent",
    ]
    found = reader.due(Asked(book, tables(book, {"K": start + more}, {}), as_of))
    assert [row["status"] for row in found if row["rule_id"] == "check-status"] == [status]


@pytest.mark.parametrize(
    ("form", "goals", "memo", "broken"),
    [
        ("2026-09-25 10:00 goals_agreed goal_form=sheet", "met", "met", set()),
        ("2026-09-30 22:00 goals_agreed goal_form=memo", "met", "met", set()),
        (
            "2026-10-06 10:00 goals_agreed goal_form=memo",
            "void",
            "met",
            {"goals-before-joining"},
        ),
        (None, "void", "overdue", {"goals-before-joining"}),
    ],
)
def test_a_placement_reaches_month_six_with_and_without_a_goal_sheet(
    reader: Reader, form: str | None, goals: str, memo: str, broken: set[str]
) -> None:
    """A sheet or a memo by the joining keeps the promise, which ends with it; then a memo is owed (B-20, B-24)."""
    book = BOOKS["B"]
    path = traces(book)["path"]
    smooth = [line for line in path["events"] if "goals_agreed" not in line and line < "2027-04-01"]
    rows = tables(book, {"P": smooth + ([form] if form else [])}, path["case"])
    asked = Asked(book, rows, "2027-04-01")
    status = {row["rule_id"]: row["status"] for row in reader.due(asked)}
    assert status["agree-goals"] == goals
    assert status["share-goal-memo"] == memo
    assert status["six-month-review"] == "met"
    assert {row["id"] for row in reader.violations(asked) if row["kind"] == "precedence"} == broken


def test_the_six_month_review_is_not_met_by_an_earlier_one(reader: Reader) -> None:
    """Reviews at months 1 and 3 leave the six-month review owed (B-23)."""
    book = BOOKS["B"]
    path = traces(book)["path"]
    rows = tables(
        book,
        {"P": [line for line in path["events"] if line < "2027-01-01"]},
        path["case"],
    )
    found = {row["rule_id"]: row for row in reader.due(Asked(book, rows, "2027-03-28"))}
    assert found["six-month-review"]["status"] == "due_soon"
    assert found["six-month-review"]["due_at"].date() == date(2027, 4, 1)


# Facts ------------------------------------------------------------------------------------------------------


@cache
def facts(letter: str) -> Row:
    """The facts of one source."""
    return tomllib.loads((files("playbook.rules") / "facts" / f"{letter}.toml").read_text(encoding="utf-8"))


def cited(part: object) -> Iterator[str]:
    """Every fact id that a part of a rule book cites."""
    if isinstance(part, Mapping):
        yield from part.get("fact", [])
        for value in part.values():
            yield from cited(value)
    elif isinstance(part, list):
        for value in part:
            yield from cited(value)


@pytest.mark.parametrize(("letter", "book"), BOOKS.items())
def test_every_fact_has_one_home(letter: str, book: str) -> None:
    """A fact is cited by its rule book or says where else it lives, never both; a rule book cites known facts only."""
    known = facts(letter)
    at_home = set(cited(written(book)))
    elsewhere = {id for id, fact in known.items() if "lives" in fact}
    assert at_home | elsewhere == set(known)
    assert not at_home & elsewhere
    for fact in known.values():
        assert fact["ja"] and fact["en"]
        assert ("reason" in fact) == (fact.get("lives") == "not executable")


@pytest.mark.parametrize("letter", BOOKS)
def test_the_facts_are_those_of_the_trace_table(letter: str) -> None:
    """No fact of the source is missing or of another kind, and none is invented."""
    if not SOURCES.exists():
        pytest.skip("the trace table is kept beside the project and is not here")
    rows = re.findall(
        rf"^\|({letter}-\d+)\|([A-Z]{{2}})\|",
        SOURCES.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert {id: fact["kind"] for id, fact in facts(letter).items()} == dict(rows)
