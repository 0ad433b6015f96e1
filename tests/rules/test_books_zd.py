"""The rule books interview-aftercare and dispatch-sales, held against short traces kept as data in `traces/`.

Every promise has a trace that keeps it, one that is late and one that stays overdue; every order, participation and
checklist has one that is kept and one that is broken. Each is judged twice: by the package and by the oracle.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import oracle
import pytest
from bridge import text_frame

import playbook as pb
from playbook.clock.due import OPEN
from playbook.rules.nouns import Playbook
from playbook.rules.reading import read_playbook

BOOKS = {"interview-aftercare": "Z", "dispatch-sales": "D"}
SOURCES = Path(str(pb.__file__)).parent / "rules" / "books"
TRACES = Path(__file__).parents[1] / "traces"
TOKYO = ZoneInfo("Asia/Tokyo")
LOOKED_AT = date(2026, 7, 10)

Row = Mapping[str, Any]
Tables = dict[str, list[dict[str, Any]]]
AsOf = date | datetime


# --- who judges -------------------------------------------------------------------------------------------


class Evaluator(Hashable, Protocol):
    """Anything that answers what is due, and what went against the procedure."""

    def due(self, book: str, tables: Tables, as_of: AsOf) -> Sequence[Row]: ...
    def violations(self, book: str, tables: Tables, as_of: AsOf) -> Sequence[Row]: ...


class Oracle:
    """The plain-Python reading of DESIGN section 4."""

    def due(self, book: str, tables: Tables, as_of: AsOf) -> Sequence[Row]:
        return oracle.due_actions(written(book), tables, as_of)

    def violations(self, book: str, tables: Tables, as_of: AsOf) -> Sequence[Row]:
        return oracle.violations(written(book), tables, as_of)


class Package:
    """What a user of the package gets."""

    def due(self, book: str, tables: Tables, as_of: AsOf) -> Sequence[Row]:
        rows: list[Row] = self._workspace(book, tables).due(as_of, all=True).to_dicts()
        return rows

    def violations(self, book: str, tables: Tables, as_of: AsOf) -> Sequence[Row]:
        rows: list[Row] = self._workspace(book, tables).violations(as_of).to_dicts()
        return rows

    def _workspace(self, book: str, tables: Tables) -> pb.Workspace:
        frames: dict[str, Any] = {name: text_frame(name, rows) for name, rows in tables.items() if rows}
        return pb.Workspace(playbooks=[read(book)], **frames)


EVALUATORS: list[Evaluator] = [Package(), Oracle()]


@pytest.fixture(params=EVALUATORS, ids=lambda evaluator: type(evaluator).__name__.lower())
def evaluator(request: pytest.FixtureRequest) -> Evaluator:
    """Each evaluator in turn."""
    judge: Evaluator = request.param
    return judge


# --- what is judged ---------------------------------------------------------------------------------------


@cache
def read(book: str) -> Playbook:
    """The rule book as the package reads it."""
    return read_playbook(SOURCES / f"{book}.toml")


@cache
def written(book: str) -> dict[str, Any]:
    """The rule book as it is written."""
    return load(SOURCES / f"{book}.toml")


@cache
def traces(book: str) -> dict[str, Any]:
    """The traces of a rule book."""
    return load(TRACES / f"{book}.toml")


def load(path: Path) -> dict[str, Any]:
    """A TOML file as it is written."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Trace:
    """One table of a trace file: a few histories of one rule, precedence, participation or checklist."""

    book: str
    kind: str
    number: int

    @property
    def cells(self) -> Mapping[str, Any]:
        """The table as it is written."""
        table: Mapping[str, Any] = traces(self.book)[self.kind][self.number]
        return table

    @property
    def id(self) -> str:
        """What is looked at."""
        return str(self.cells.get("id") or self.cells["rule"])

    def histories(self) -> dict[str, tuple[Sequence[str], Mapping[str, str]]]:
        """Each history by its name: the events, and cells of the case."""
        cells = self.cells
        match self.kind:
            case "rule":
                return {name: ([*cells["start"], *cells[name]], {}) for name in ("met", "late", "overdue")}
            case "example":
                return {"example": (cells["events"], {})}
            case "alternative":
                start = f"2026-06-05 10:00 {{}} {cells.get('when', '')}"
                return {
                    f"{after} {until}": ([start.format(after), f"2026-06-05 11:00 {until}"], {})
                    for after in cells["after"]
                    for until in cells["until"]
                }
            case "checklist":
                at, days = cells["at"], read(self.book).date_ids
                done = {field: "2026-12-31" if field in days else "済" for field in cells["fields"]}
                partly = {field: value for field, value in done.items() if field not in cells["left_out"]}
                on_event = " ".join([at, *(f"{field}={value}" for field, value in done.items())])
                return {
                    "on event": ([on_event], {}),
                    "on case": ([at], done),
                    "partly": ([at], partly),
                    "empty": ([at], {}),
                }
            case _:
                return {name: (cells[name], {}) for name in ("kept", "violated")}

    def case_id(self, history: str) -> str:
        """The case that stands for one history."""
        return f"{self.number}:{self.id}:{history}"


def tables_of(traces: Sequence[Trace]) -> Tables:
    """One workspace in which each history of each trace is a case of its own."""
    tables: Tables = {"events": [], "cases": [], "assignments": []}
    for trace in traces:
        for history, (lines, cells) in trace.histories().items():
            case = {"case_id": trace.case_id(history)}
            tables["events"] += [event(line) | case for line in lines]
            tables["cases"].append(case | {"playbook": trace.book} | dict(trace.cells.get("case", {})) | dict(cells))
            people = trace.cells.get("people", {}).items()
            tables["assignments"] += [case | {"role": role, "person": person} for role, person in people]
    return tables


def one_case(book: str, lines: Sequence[str], cells: Mapping[str, Any] | None = None) -> Tables:
    """A workspace of one case with these events."""
    case = {"case_id": "K-001"}
    row = case | {"playbook": book} | dict(cells or {})
    return {"events": [case | event(line) for line in lines], "cases": [row]}


@cache
def answers(evaluator: Evaluator, book: str, kind: str) -> Sequence[Row]:
    """What an evaluator says of all traces of a kind: due actions of rules, violations of the rest."""
    tables = tables_of(all_traces(book, kind))
    ask = evaluator.due if kind in ("rule", "example", "alternative") else evaluator.violations
    return ask(book, tables, LOOKED_AT)


def due_of(evaluator: Evaluator, trace: Trace, history: str) -> list[Row]:
    """The due actions of the rule that one history is about, in order of their triggers."""
    said = answers(evaluator, trace.book, trace.kind)
    own = [row for row in said if (row["case_id"], row["rule_id"]) == (trace.case_id(history), trace.id)]
    return sorted(own, key=lambda row: row["trigger_at"])


def missing(evaluator: Evaluator, trace: Trace, history: str) -> list[str]:
    """What one history lacks, by the precedence, participation or checklist that it is about."""
    said = answers(evaluator, trace.book, trace.kind)
    own = (trace.case_id(history), trace.kind, trace.id)
    return sorted(row["detail"] for row in said if (row["case_id"], row["kind"], row["id"]) == own)


def event(line: str) -> dict[str, Any]:
    """One event: "day time activity column=value ..."."""
    day, clock, activity, *cells = line.split()
    row = {"activity": activity, "timestamp": f"{day}T{clock}"}
    return row | dict(cell.split("=", 1) for cell in cells)


def moment(text: str) -> datetime:
    """A due as it is written: a day means its last microsecond."""
    if len(text) > 10:
        return datetime.fromisoformat(text).replace(tzinfo=TOKYO)
    tomorrow = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), TOKYO)
    return tomorrow - timedelta(microseconds=1)


def as_of(text: str) -> AsOf:
    """An as-of as it is written: a day, or an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO) if len(text) > 10 else date.fromisoformat(text)


def all_traces(book: str, kind: str) -> list[Trace]:
    """Every trace of a kind, in the order of the file."""
    return [Trace(book, kind, number) for number in range(len(traces(book).get(kind, [])))]


def of(kind: str) -> list[Any]:
    """Every trace of a kind, of both books, as test parameters."""
    return [pytest.param(one, id=f"{book}:{one.id}") for book in BOOKS for one in all_traces(book, kind)]


# --- promises ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["met", "late", "overdue"])
@pytest.mark.parametrize("trace", of("rule"))
def test_a_promise_is_kept_late_or_overdue_as_its_trace_says(evaluator: Evaluator, trace: Trace, ending: str) -> None:
    """Each rule, met, late and overdue, is due at the moment that was counted by hand."""
    row, *_ = due_of(evaluator, trace, ending)  # what asks again is asked again by what kept it
    own = read(trace.book).rule(trace.id).role
    assert row["status"] == {"met": "met", "late": "met_late", "overdue": "overdue"}[ending]
    assert row["due_at"] == moment(trace.cells["due"])
    assert row["role"] == (trace.cells.get("escalated", own) if ending == "overdue" else own)


@pytest.mark.parametrize("trace", of("rule"))
def test_a_trace_is_short(trace: Trace) -> None:
    """A trace can be read at a glance: three to six events."""
    assert all(3 <= len(lines) <= 6 for lines, _ in trace.histories().values())


@pytest.mark.parametrize("trace", of("example"))
def test_a_promise_arises_only_where_it_should(evaluator: Evaluator, trace: Trace) -> None:
    """Rules stay silent, become void or start anew as the examples say."""
    assert [row["status"] for row in due_of(evaluator, trace, "example")] == trace.cells["statuses"]


@pytest.mark.parametrize("trace", of("alternative"))
def test_any_of_several_starts_a_promise_and_any_of_several_keeps_it(evaluator: Evaluator, trace: Trace) -> None:
    """Whichever activity starts the clock, whichever fulfils it: within the hour, the promise is kept."""
    for history in trace.histories():
        triggered_by = history.split()[0]
        rows = [row for row in due_of(evaluator, trace, history) if row["trigger"] == triggered_by]
        assert [row["status"] for row in rows] == ["met"], history


@pytest.mark.parametrize("kind", ["rule", "precedence", "participation", "checklist"])
@pytest.mark.parametrize("book", BOOKS)
def test_everything_that_can_be_broken_has_its_trace(book: str, kind: str) -> None:
    """No rule, order, participation or checklist is without its trace, and no trace without its rule."""
    has_trace = [one["id"] for one in traces(book).get(kind, [])]
    assert sorted(has_trace) == sorted(one["id"] for one in written(book).get(kind, []))


# --- orders, participations, checklists -------------------------------------------------------------------


@pytest.mark.parametrize("trace", of("precedence"))
def test_an_order_is_kept_or_broken(evaluator: Evaluator, trace: Trace) -> None:
    """A precedence is silent where it is kept, and names what is missing where it is not."""
    assert missing(evaluator, trace, "kept") == []
    assert missing(evaluator, trace, "violated") == [", ".join(trace.cells["missing"])]


@pytest.mark.parametrize("trace", of("participation"))
def test_the_right_people_took_part_or_did_not(evaluator: Evaluator, trace: Trace) -> None:
    """A participation is kept by a role or by the person who holds it, and broken by anyone else."""
    roles = next(one.roles for one in read(trace.book).participations if one.id == trace.id)
    assert missing(evaluator, trace, "kept") == []
    assert missing(evaluator, trace, "violated") == [", ".join(roles)]


@pytest.mark.parametrize("trace", of("checklist"))
def test_a_checklist_is_complete_or_names_what_is_missing(evaluator: Evaluator, trace: Trace) -> None:
    """Each item may be filled in on the event or on the case; what is left out is named item by item."""
    assert missing(evaluator, trace, "on event") == []
    assert missing(evaluator, trace, "on case") == []
    assert missing(evaluator, trace, "partly") == sorted(trace.cells["left_out"])
    assert missing(evaluator, trace, "empty") == sorted(trace.cells["fields"])


# --- as one order ------------------------------------------------------------------------------


ORDER = traces("dispatch-sales")["golden"]


def order() -> Tables:
    """The long order, from a web inquiry on a Saturday to the individual contract."""
    return one_case("dispatch-sales", ORDER["events"], ORDER["case"])


def said(rows: Sequence[Row]) -> list[str]:
    """Rows as the golden order writes them, sorted."""
    return sorted(f"{row['rule_id']} {row['due_at'].isoformat()} {row['status']}" for row in rows)


def expected(lines: Sequence[str]) -> list[str]:
    """Lines of the golden order with the due spelled out, sorted."""
    parts = (line.split() for line in lines)
    return sorted(f"{rule} {moment(due).isoformat()} {status}" for rule, due, status in parts)


def test_a_web_inquiry_becomes_a_registered_order_with_every_clock(evaluator: Evaluator) -> None:
    """Every clock of A-1 to A-7 is due when counted by hand: Monday for a Saturday, 24 hours where 25 passed."""
    registered, _ = ORDER["at"]
    rows = evaluator.due("dispatch-sales", order(), as_of(registered["as_of"]))
    assert said(rows) == expected(registered["actions"])


def test_the_order_goes_on_after_it_was_registered(evaluator: Evaluator) -> None:
    """Approval and signature void nothing that is still owed: items, storage and updates keep their clocks."""
    registered, won = ORDER["at"]
    before = [line for line in registered["actions"] if not line.startswith("fill-order")]
    rows = evaluator.due("dispatch-sales", order(), as_of(won["as_of"]))
    assert said(rows) == expected([*before, *won["added"]])


@pytest.mark.parametrize("snapshot", ORDER["open"], ids=lambda one: str(one["as_of"]))
def test_the_open_actions_of_the_order_on_its_way(evaluator: Evaluator, snapshot: Mapping[str, Any]) -> None:
    """At each moment the order owes exactly what was known by then."""
    rows = evaluator.due("dispatch-sales", order(), as_of(snapshot["as_of"]))
    assert said([row for row in rows if row["status"] in OPEN]) == expected(snapshot["actions"])


def test_the_order_keeps_to_every_sequence_and_participation(evaluator: Evaluator) -> None:
    """The order is worked in the right sequence by the right roles; what it never wrote down is listed."""
    found = evaluator.violations("dispatch-sales", order(), date(2026, 7, 31))
    assert {row["kind"] for row in found} == {"checklist"}
    assert len([row for row in found if row["id"] == "order-hearing"]) == 13


# --- no case is forgotten ---------------------------------------------------------------------------------


def entrances() -> list[Any]:
    """Every activity that enters a stage without closing the case."""
    return [
        pytest.param(book, activity, id=f"{book}:{activity}")
        for book in BOOKS
        for stage in read(book).stages
        for activity in stage.entered_by
        if activity not in read(book).closing
    ]


@pytest.mark.parametrize(("book", "activity"), entrances())
def test_a_case_at_any_stage_has_something_to_do(evaluator: Evaluator, book: str, activity: str) -> None:
    """A live case that has just entered a stage, whatever the channel, has an open action."""
    rows = evaluator.due(book, one_case(book, [f"2026-06-05 10:00 {activity}"]), date(2026, 6, 5))
    assert [row["rule_id"] for row in rows if row["status"] in OPEN]


def test_the_long_order_is_never_without_an_open_action() -> None:
    """From inquiry to signature there is no moment at which the order is an orphan."""
    moments = [as_of(row["timestamp"]) for row in order()["events"]]
    assert [at for at in moments if oracle.orphans(written("dispatch-sales"), order(), at)] == []


# --- what the books say about themselves ------------------------------------------------------------------


def facts(book: str) -> dict[str, Any]:
    """The facts of a source, in our own words."""
    return load(SOURCES.parent / "facts" / f"{BOOKS[book]}.toml")


def cited(tables: Any) -> set[str]:
    """Every fact id in a rule book, at any depth."""
    if isinstance(tables, dict):
        own = set(tables.get("fact", []))
        return own.union(*(cited(value) for value in tables.values()))
    return set().union(*(cited(value) for value in tables)) if isinstance(tables, list) else set()


@pytest.mark.parametrize(("book", "count"), [("interview-aftercare", 44), ("dispatch-sales", 33)])
def test_every_fact_has_a_home(book: str, count: int) -> None:
    """Each fact is in the rule book or says where else it lives; the book cites no fact that does not exist."""
    stated = facts(book)
    letter = BOOKS[book]
    assert list(stated) == [f"{letter}-{number:02d}" for number in range(1, count + 1)]
    homeless = [one for one, fact in stated.items() if one not in cited(written(book)) and "lives" not in fact]
    assert homeless == []
    assert cited(written(book)) <= set(stated)


@pytest.mark.parametrize("book", BOOKS)
def test_a_fact_that_does_not_run_says_why(book: str) -> None:
    """A fact is one sentence in each language; outside the rule book it names its place, and if need be the reason."""
    for one, fact in facts(book).items():
        assert fact["kind"] in {"ST", "RL", "DL", "TH", "CK", "TP", "PR", "DT"}, one
        assert fact["ja"].endswith("。") and fact["en"].endswith("."), one
        if "lives" in fact:
            assert fact["lives"] in {"docs", "report", "golden test", "not executable"} and fact["where"], one
        if fact.get("lives") == "not executable":
            assert fact["reason"]["ja"] and fact["reason"]["en"], one


# The rules whose number the source gives. Whoever calls another one "stated" has to find the number first.
STATED = {
    "interview-aftercare": {
        "followup-mail": ["1 day"],
        "collect-impressions-by-interview": ["-0 days"],
        "answer-by-interview": ["-0 days"],
    },
    "dispatch-sales": {
        "contact-web-inquiry": ["1 business day"],
        "record-visit": ["24 hours"],
        "collect-contract-items": ["2 days"],
    },
}


@pytest.mark.parametrize("book", BOOKS)
def test_a_number_of_ours_is_never_called_the_sources(book: str) -> None:
    """Only rules whose number is in the source are stated; every other number is ours, and visible as such."""
    stated = {rule.id: [str(due) for due in rule.due] for rule in read(book).rules if rule.basis != "ours"}
    assert stated == STATED[book]
    assert all(rule.fact for rule in read(book).rules if rule.id in stated)


@pytest.mark.parametrize("book", BOOKS)
def test_every_name_is_said_in_both_languages(book: str) -> None:
    """Each thing has a Japanese name in Japanese script, and an English one without it."""
    japanese = re.compile(r"[ぁ-んァ-ヶ一-龠]")
    own = read(book)
    things: tuple[Any, ...] = (
        *own.activities, *own.dates, *own.stages, *own.outcomes, *own.roles, *own.rules,
        *own.precedences, *own.participations, *own.checklists, *own.templates, *own.benchmarks,
    )  # fmt: skip
    for thing in things:
        assert japanese.search(thing.name.ja), thing.id
        assert thing.name.en and not japanese.search(thing.name.en), thing.id
        assert thing.name.en != thing.id, thing.id


@pytest.mark.parametrize("book", BOOKS)
def test_every_draft_is_used_by_a_rule(book: str) -> None:
    """No template lies about without a rule that offers it."""
    used = {rule.template for rule in read(book).rules} - {None}
    assert {template.id for template in read(book).templates} == used


def test_the_benchmarks_of_aftercare() -> None:
    """The figures to hold one's own against are those of the source."""
    values = {benchmark.id: benchmark.value for benchmark in read("interview-aftercare").benchmarks}
    assert values == {
        "offer-decline-rate": 0.11,
        "followup-slots-per-week": 2,
        "followup-slot-minutes": 30,
        "cycle-months-min": 3,
        "cycle-months-max": 6,
    }
