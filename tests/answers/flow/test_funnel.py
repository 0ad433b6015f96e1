"""Every case that came to a stage is counted once: as advanced, as lost, or as still there."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import oracle
import polars as pl
import pytest
from bridge import workspace
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from small_logs import book, log_of
from strategies import NONE, random_scenario, toml_text
from thinned import tries

from playbook.answers.flow import funnel as funnels
from playbook.answers.flow.funnel import funnel
from playbook.clock.known import EventLog
from playbook.rules.nouns import Rule
from playbook.rules.reading import parse_playbook
from playbook.words.problem import ArgumentError
from playbook.words.text import Text

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"

SELECTION = book(
    {"applied": ["applied"], "met": ["invited", "met"], "agreed": ["agreed"]},
    [
        ("won", "won", ["signed"]),
        ("rejected", "rejected", ["rejected"]),
        ("declined", "declined", ["withdrawn"]),
    ],
    {"driver": "client", "boss": "client"},
    rules=[
        Rule(f"r{n}", Text("", ""), ("applied",), (), ("met",), role)
        for n, role in enumerate(["boss", "driver", "driver"])
    ],
)


def _row(log: EventLog, stage: str, **by: str | None) -> dict[str, Any]:
    found = funnel(log, list(by))
    for column, value in by.items():
        found = found.filter(pl.col(column).eq_missing(pl.lit(value)))
    return found.row(by_predicate=pl.col("stage") == stage, named=True)


def _counts(row: dict[str, Any]) -> tuple[int, int, int, int]:
    return row["entered"], row["advanced"], row["lost"], row["open"]


# --- counts ----------------------------------------------------------------------------------------------


def test_the_worked_example() -> None:
    """Four apply, three are met, one signs: the three gates of the source's example (J-10)."""
    rows = [(case, "applied", "2026-09-01") for case in "ABCD"]
    rows += [(case, "met", "2026-09-05") for case in "ABC"]
    rows += [
        ("D", "rejected", "2026-09-03"),
        ("C", "rejected", "2026-09-09"),
        ("B", "withdrawn", "2026-09-20"),
    ]
    rows += [("A", "agreed", "2026-09-15"), ("A", "signed", "2026-09-30")]
    log = log_of(SELECTION, rows, "2026-10-01")
    assert _counts(_row(log, "applied")) == (4, 3, 1, 0)
    assert _counts(_row(log, "met")) == (3, 1, 2, 0)
    assert _counts(_row(log, "agreed")) == (1, 1, 0, 0)
    assert _row(log, "applied")["rate"] == 0.75
    assert _row(log, "met")["median_days"] == 10.0


def test_columns_and_order() -> None:
    """The columns are those of the contract, in its order, with the groups right after the playbook."""
    log = log_of(SELECTION, [("A", "applied", "2026-09-01")], "2026-10-01")
    contract = [
        "playbook",
        "stage",
        "entered",
        "advanced",
        "lost",
        "open",
        "rate",
        "ci_low",
        "ci_high",
        "median_days",
    ]
    assert funnel(log).columns[:10] == contract
    grouped = funnel(log, "client_id").columns[:11]
    assert grouped == ["playbook", "client_id", *contract[1:]]
    assert funnel(log)["stage"].to_list() == ["applied", "met", "agreed"]


def test_open_cases_are_open() -> None:
    """A case without an outcome is neither advanced nor lost, and its time in stage is censored at as-of."""
    rows = [("A", "applied", "2026-09-01"), ("B", "applied", "2026-09-01"), ("B", "met", "2026-09-03")]
    log = log_of(SELECTION, rows, "2026-09-30")
    assert _counts(_row(log, "applied")) == (2, 1, 0, 1)
    assert _row(log, "applied")["median_days"] == 2.0
    assert _row(log, "met")["median_days"] is None


def test_nothing_decided_gives_no_rate() -> None:
    """Where nobody has left, there is no rate and no interval, and it is said to be too few."""
    row = _row(log_of(SELECTION, [("A", "applied", "2026-09-01")], "2026-09-30"), "applied")
    assert (row["rate"], row["ci_low"], row["ci_high"], row["too_few"]) == (None, None, None, True)


def test_a_won_case_has_reached_every_stage() -> None:
    """A contract signed out of the blue has passed all stages, those without an event at its own time."""
    rows = [("A", "applied", "2026-09-01"), ("A", "signed", "2026-09-11")]
    log = log_of(SELECTION, rows, "2026-10-01")
    assert [_counts(_row(log, stage)) for stage in ("applied", "met", "agreed")] == [(1, 1, 0, 0)] * 3
    assert _row(log, "applied")["median_days"] == 10.0
    assert _row(log, "agreed")["median_days"] == 0.0


def test_a_skipped_stage_is_reached() -> None:
    """Who agrees without having met is counted at the stage between, for no time at all."""
    log = log_of(SELECTION, [("A", "applied", "2026-09-01"), ("A", "agreed", "2026-09-05")], "2026-10-01")
    assert _counts(_row(log, "met")) == (1, 1, 0, 0)
    assert _row(log, "met")["median_days"] == 0.0


@pytest.mark.parametrize(
    ("rejected", "met", "reopened"),
    [
        ("2026-09-05T09:00", "2026-09-05T09:00:01", True),
        ("2026-09-05T09:00", "2026-09-05T09:00", False),
        ("2026-09-05", "2026-09-05T17:00", False),  # a result entered as a day may lie after the afternoon's interview
        ("2026-09-05", "2026-09-06", True),
        ("2026-09-05T09:00", "2026-09-05", False),
    ],
)
def test_reopened(rejected: str, met: str, reopened: bool) -> None:
    """A rejected case that enters a stage strictly later is open again; where that is in doubt, it is not."""
    rows = [("A", "applied", "2026-09-01"), ("A", "rejected", rejected), ("A", "met", met)]
    expected = (1, 0, 0, 1) if reopened else (1, 0, 1, 0)
    assert _counts(_row(log_of(SELECTION, rows, "2026-10-01"), "met")) == expected


def test_an_interview_known_from_two_exports_only_reopens_nothing() -> None:
    """Met some time between two Mondays, rejected on the Wednesday between them: rejected."""
    rows = [
        {"case_id": "A", "activity": "rejected", "timestamp": "2026-09-09T10:00"},
        {"case_id": "A", "activity": "met", "timestamp": "2026-09-14T08:00", "earliest": "2026-09-07T08:00"},
    ]
    assert _counts(_row(log_of(SELECTION, rows, "2026-10-01"), "met")) == (1, 0, 1, 0)


def test_an_activity_ends_a_case_only_where_it_says_so() -> None:
    """One answer, two ways to end: by what the event says, else the case."""
    ends = [
        replace(outcome, when={"answer": (said,)}, by=("answered",))
        for outcome, said in zip(SELECTION.outcomes, ("no", "withdraws"), strict=False)
    ]
    selection = replace(SELECTION, outcomes=tuple(ends))
    rows = [{"case_id": case, "activity": "applied", "timestamp": "2026-09-01"} for case in "ABCD"]
    answers = {"A": "no", "B": "withdraws", "C": "maybe", "D": ""}
    rows += [{"case_id": case, "activity": "answered", "timestamp": "2026-09-05", "answer": said}
             for case, said in answers.items()]  # fmt: skip
    cases = [{"case_id": "D", "answer": "withdraws"}]
    states = funnels.case_states(log_of(selection, rows, "2026-10-01", cases))
    assert states["outcome"].to_list() == [ends[0].id, ends[1].id, None, ends[1].id]


@pytest.mark.parametrize("rows", [["rejected", "withdrawn"], ["withdrawn", "rejected"]])
def test_two_outcomes_at_once(rows: list[str]) -> None:
    """Of two outcomes at one moment the one listed later in the playbook holds, whatever the order of rows."""
    events = [("A", "applied", "2026-09-01"), *(("A", row, "2026-09-05") for row in rows)]
    states = funnels.case_states(log_of(SELECTION, events, "2026-10-01"))
    assert states["outcome"].to_list() == ["declined"]


def test_the_last_outcome_holds() -> None:
    """A later outcome replaces an earlier one."""
    events = [
        ("A", "applied", "2026-09-01"),
        ("A", "withdrawn", "2026-09-05"),
        ("A", "rejected", "2026-09-06"),
    ]
    state = funnels.case_states(log_of(SELECTION, events, "2026-10-01")).row(0, named=True)
    assert (state["outcome"], state["outcome_kind"]) == ("rejected", "rejected")
    assert state["outcome_at"].date() == date(2026, 9, 6)


def test_case_states_name_every_case() -> None:
    """A case without an event is there too, in no stage."""
    log = log_of(
        SELECTION,
        [("A", "met", "2026-09-02")],
        "2026-10-01",
        [{"case_id": "Z", "client_id": "C1", "created_at": "2026-09-01"}],
    )
    states = funnels.case_states(log)
    assert states.select("case_id", "client_id", "stage").rows() == [("A", None, "met"), ("Z", "C1", None)]
    assert states["arrived_at"][0] == states["reached_at"][0] == datetime.fromisoformat("2026-09-02T00:00:00+09:00")


def test_two_playbooks_share_an_activity() -> None:
    """What an activity means is decided by the playbook of its case."""
    other = book({"start": ["met"], "end": ["applied"]}, [], id="other")
    rows = [("A", "applied", "2026-09-01"), ("B", "applied", "2026-09-01")]
    log = log_of([SELECTION, other], rows, "2026-10-01", [{"case_id": "B", "playbook": "other"}])
    assert funnel(log).select("playbook", "stage", "entered").rows() == [
        ("book", "applied", 1),
        ("book", "met", 0),
        ("book", "agreed", 0),
        ("other", "start", 1),
        ("other", "end", 1),
    ]


def test_a_playbook_without_stages_has_no_funnel() -> None:
    """No stages, no rows; its cases are still listed with their state."""
    bare = book({}, [("won", "won", ["signed"])])
    log = log_of(bare, [("A", "signed", "2026-09-01")], "2026-10-01")
    assert funnel(log).is_empty() and funnel(log).columns[:2] == ["playbook", "stage"]
    assert funnels.case_states(log).height == 1


def test_small_numbers_are_marked() -> None:
    """Nine decided cases are too few to be shown as a percentage, ten are not."""
    for n, few in ((9, True), (10, False)):
        rows = [(f"{k}", what, f"2026-09-0{day}") for k in range(n) for day, what in ((1, "applied"), (2, "met"))]
        assert _row(log_of(SELECTION, rows, "2026-10-01"), "applied")["too_few"] is few


# --- groups ----------------------------------------------------------------------------------------------

CASES = [
    {"case_id": "A", "client_id": "C1", "source": "web"},
    {"case_id": "B", "client_id": "C2", "source": "web"},
    {"case_id": "C", "client_id": None, "source": "agent"},
]
EVENTS = [("A", "applied", "2026-04-01"), ("B", "applied", "2026-03-31"), ("C", "applied", "2026-10-01")]


def test_by_a_column() -> None:
    """One row per value and stage, empty values last; a column of one's own will do."""
    log = log_of(SELECTION, EVENTS, "2026-11-01", CASES)
    assert funnel(log, "client_id")["client_id"].to_list() == ["C1"] * 3 + ["C2"] * 3 + [None] * 3
    assert _row(log, "applied", source="web")["entered"] == 2
    assert _row(log, "applied", client_id=None)["entered"] == 1


def test_by_several_columns() -> None:
    """Several columns make groups together, and the rows of all groups add up to the whole."""
    log = log_of(SELECTION, EVENTS, "2026-11-01", CASES)
    split = funnel(log, ["source", "client_id"])
    assert split.columns[:4] == ["playbook", "source", "client_id", "stage"]
    assert split["entered"].sum() == funnel(log)["entered"].sum() == 3


def test_by_cycle() -> None:
    """Cycles of six months begin in April and October, by the local day on which a case arrived."""
    log = log_of(SELECTION, EVENTS, "2026-11-01", CASES)
    split = funnel(log, "cycle").filter(pl.col("stage") == "applied")
    assert split.select("cycle", "entered").rows() == [("2025-10", 1), ("2026-04", 1), ("2026-10", 1)]


def test_by_owner() -> None:
    """The owner of a case is who holds the role that owes most rules."""
    held = [{"role": "driver", "person": "佐藤"}, {"role": "driver", "person": "鈴木", "client_id": "C2"}]
    held.append({"role": "boss", "person": "田中"})
    log = log_of(SELECTION, EVENTS, "2026-11-01", CASES, assignments=held)
    assert funnels.case_owners(log)["owner"].to_list() == ["佐藤", "鈴木", "佐藤"]
    assert _row(log, "applied", owner="佐藤")["entered"] == 2


def test_by_an_unknown_column() -> None:
    """A column that is not there is named, with the nearest one."""
    log = log_of(SELECTION, EVENTS, "2026-11-01", CASES)
    with pytest.raises(
        ArgumentError, match=r"no column 'sauce' in cases; allowed: .*source.*\n.*did you mean 'source'"
    ):
        funnel(log, "sauce")


@pytest.mark.parametrize(
    ("day", "months", "cycle"),
    [
        ("2026-03-31", 6, "2025-10"),
        ("2026-04-01", 6, "2026-04"),
        ("2026-12-31", 3, "2026-10"),
        ("2026-01-01", 4, "2025-12"),
        ("1999-03-31", 6, "1998-10"),
        ("2000-09-01", 5, "2000-09"),
    ],
)
def test_cycles(day: str, months: int, cycle: str) -> None:
    """A cycle is named by the month it begins with, before the year 2000 too."""
    assert pl.select(funnels.cycle_of(pl.lit(date.fromisoformat(day)), months)).item() == cycle


# --- date bases ------------------------------------------------------------------------------------------


def test_three_date_bases() -> None:
    """One September, seen by arrivals, by steps and as it stands, gives three different and right answers."""
    rows = [
        ("old", "applied", "2026-08-20"),
        ("old", "met", "2026-09-10"),
        ("new", "applied", "2026-09-30T23:59:59"),
    ]
    rows += [
        ("late", "applied", "2026-09-05"),
        ("late", "met", "2026-10-03"),
        ("next", "applied", "2026-10-01"),
    ]
    log = log_of(SELECTION, rows, "2026-10-05")
    found = funnels.by_date_basis(log, date(2026, 9, 1), date(2026, 9, 30))
    assert found.columns[:7] == ["playbook", "stage", "basis", "entered", "advanced", "lost", "open"]
    counts = {row[1:3]: row[3:7] for row in found.rows()}
    assert counts["applied", "arrival"] == (2, 1, 0, 1)
    assert counts["applied", "step"] == (2, 1, 0, 2)
    assert counts["applied", "snapshot"] == (None, None, None, 2)
    assert counts["met", "arrival"] == (1, 0, 0, 1)
    assert counts["met", "step"] == (1, 0, 0, 1)
    assert counts["met", "snapshot"] == (None, None, None, 2)
    assert found["basis"].to_list()[:3] == list(funnels.BASES)


# --- curves and flows ------------------------------------------------------------------------------------


def test_stage_curves_and_their_median() -> None:
    """The curve of a stage falls to one half where the funnel says that its median is."""
    rows = [(f"{n}", "applied", "2026-09-01") for n in range(4)]
    rows += [(f"{n}", "met", f"2026-09-0{n + 3}") for n in range(3)]
    log = log_of(SELECTION, rows, "2026-09-30")
    curve = funnels.stage_curves(log).filter(pl.col("stage") == "applied")
    assert curve.columns == [
        "playbook",
        "stage",
        "days",
        "at_risk",
        "left",
        "censored",
        "survival",
        "ci_low",
        "ci_high",
    ]
    assert curve["survival"].to_list() == pytest.approx([1, 0.75, 0.5, 0.25, 0.25])
    assert _row(log, "applied")["median_days"] == curve.filter(pl.col("survival") <= 0.5)["days"][0] == 3.0


def test_stage_endings() -> None:
    """The ways out of a stage compete: advanced, rejected and declined grow side by side."""
    rows = [(f"{n}", "applied", "2026-09-01") for n in range(4)]
    rows += [("0", "met", "2026-09-03"), ("1", "rejected", "2026-09-04"), ("2", "withdrawn", "2026-09-05")]
    endings = funnels.stage_endings(log_of(SELECTION, rows, "2026-09-30")).filter(pl.col("stage") == "applied")
    final = endings.group_by("ended").agg(pl.col("incidence").last()).sort("ended").rows()
    assert final == [("advanced", 0.25), ("declined", 0.25), ("rejected", 0.25)]


def test_curves_of_nobody() -> None:
    """Without cases there are no curves, but the columns are there."""
    log = log_of(SELECTION, [], "2026-09-30")
    assert funnels.stage_curves(log).is_empty() and "survival" in funnels.stage_curves(log).columns
    assert funnels.stage_endings(log).is_empty() and "incidence" in funnels.stage_endings(log).columns
    assert funnels.flows(log).is_empty()


def test_flows() -> None:
    """What flows into a stage flows out of it, to the next stage, an outcome, or open."""
    rows = [(case, "applied", "2026-09-01") for case in "ABCD"]
    rows += [("A", "signed", "2026-09-05"), ("B", "met", "2026-09-05"), ("C", "withdrawn", "2026-09-05")]
    flows = funnels.flows(log_of(SELECTION, rows, "2026-09-30"))
    assert flows.select("source", "target", "n").rows() == [
        ("applied", "declined", 1),
        ("applied", "met", 2),
        ("applied", "open", 1),
        ("met", "agreed", 1),
        ("met", "open", 1),
        ("agreed", "won", 1),
    ]


# --- against the oracle ----------------------------------------------------------------------------------


def _scenario(seed: int) -> tuple[EventLog, list[dict[str, Any]], list[dict[str, Any]]]:
    """A random log, and what the oracle counts on it, for all cases and by client."""
    books, tables, as_of = random_scenario(random.Random(seed), NONE)
    world = oracle.world_of(tables, as_of, "Asia/Tokyo", 7)
    cases = [
        {
            "case_id": case.id,
            "playbook": one["playbook"]["id"],
            "client_id": case.client_id,
            "created_at": "2000-01-01",
        }
        for one in books
        for case, _ in oracle.existing_cases(one, world)
    ]
    columns = ("case_id", "activity", "timestamp")
    events = [
        {c: e[c] for c in columns} | {"recorded_at": e["recorded_at"]}
        for e in oracle.known_events(books, tables, as_of)
    ]
    random.Random(seed).shuffle(events)
    playbooks = [parse_playbook(toml_text(one), "random") for one in books]
    log = log_of(playbooks, events, as_of.isoformat(), cases)
    followed = {case["playbook"] for case in cases}
    whole = [row for row in oracle.funnel(books, tables, as_of) if row["playbook"] in followed]
    return log, whole, oracle.funnel(books, tables, as_of, by="client_id")


@settings(max_examples=tries(7, 250), deadline=None)
@given(st.integers(0, 2**32))
def test_agrees_with_the_oracle(seed: int) -> None:
    """Row by row the slow plain reading of DESIGN section 4 gives the same counts, rates and medians."""
    log, whole, by_client = _scenario(seed)
    for by, expected in ((), whole), (("client_id",), by_client):
        found = funnel(log, by)
        assert found.height == len(expected)
        for ours, theirs in zip(found.iter_rows(named=True), expected, strict=True):
            for column, value in theirs.items():
                assert ours[column] == (pytest.approx(value, abs=1e-9) if isinstance(value, float) else value), column


@settings(max_examples=tries(4, 125), deadline=None)
@given(st.integers(0, 2**32))
def test_a_workspace_agrees_with_the_oracle(seed: int) -> None:
    """The same holds for the whole way from text cells to the funnel, with what the clock itself recorded."""
    books, tables, as_of = random_scenario(random.Random(seed))
    asked = workspace(books, tables)
    for ours, theirs in (
        (asked.funnel(as_of), oracle.funnel(books, tables, as_of)),
        (asked.funnel(as_of, by="client_id"), oracle.funnel(books, tables, as_of, by="client_id")),
    ):
        assert len(ours) == len(theirs)
        for one, other in zip(ours.to_dicts(), theirs, strict=True):
            assert {name: one[name] for name in other} == pytest.approx(other, abs=1e-9)


@settings(max_examples=tries(4, 125), deadline=None)
@given(st.integers(0, 2**32))
def test_every_case_is_somewhere(seed: int) -> None:
    """Entered is advanced and lost and open, flows agree with the funnel, and groups add up to the whole."""
    log, _, _ = _scenario(seed)
    found = funnel(log)
    assert (found["entered"] == found["advanced"] + found["lost"] + found["open"]).all()
    split = funnel(log, "client_id").group_by("playbook", "stage").agg(pl.col("entered").sum())
    both = found.join(split, on=["playbook", "stage"], suffix="_split").filter(
        pl.col("entered") != pl.col("entered_split")
    )
    assert both.is_empty()
    out = funnels.flows(log).group_by("playbook", stage="source").agg(pl.col("n").sum())
    joined = found.filter(pl.col("entered") > 0).join(out, on=["playbook", "stage"])
    assert joined["n"].to_list() == joined["entered"].to_list()


def test_row_order_and_laziness() -> None:
    """Shuffled rows give the same funnel."""
    log, _, _ = _scenario(20261120)
    shuffled = replace(log, events=log.events.collect().sample(fraction=1, shuffle=True, seed=1).lazy())
    assert_frame_equal(funnel(shuffled), funnel(log))


# --- real data -------------------------------------------------------------------------------------------


def _reference(name: str) -> dict[str, Any]:
    path = SHARED / "reference" / name
    if not path.exists():
        pytest.skip(f"the real files are not here: {path}")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_a_real_job_search() -> None:
    """Answered applications alone say 7 days; with the open ones in it, half are never answered."""
    expected = _reference("jsa.json")
    raw = pl.read_csv(SHARED / "hiring" / "jsa_10_2023_processed.csv", infer_schema=False)
    rows = raw.with_row_index("n").filter(pl.col("application").is_not_null())
    answers = book({"application": ["applied"]}, [("answered", "rejected", ["answered"])])
    events = [(f"{r['n']:03}", "applied", r["application"]) for r in rows.iter_rows(named=True)]
    events += [
        (f"{r['n']:03}", "answered", r["final_answer"][:10]) for r in rows.iter_rows(named=True) if r["final_answer"]
    ]
    log = log_of(answers, events, "2023-11-17")
    row = _row(log, "application")
    km = expected["km_application_to_final_answer"]
    assert (row["entered"], row["lost"], row["median_days"]) == (km["n"], km["events"], km["median"])
    stays = funnels.stays(log)
    answered = stays.filter(pl.col("ended").is_not_null())["elapsed"] / funnels.DAY
    assert answered.median() == expected["application_to_final_answer_days_closed_only"]["median"]
    curve = funnels.stage_curves(log)
    for day in (7, 14, 30, 60):
        assert curve.filter(pl.col("days") <= day)["survival"][-1] == pytest.approx(km[f"S({day})"], abs=1e-12)


BILL_DATES = {
    "提出": "議案審議情報一覧 - 提出日",
    "衆付託": "衆議院委員会等経過情報 - 本付託日",
    "衆委議決": "衆議院委員会等経過情報 - 議決日",
    "衆本議決": "衆議院本会議経過情報 - 議決日",
    "参受領": "議案審議情報一覧 - 衆議院から受領／提出日",
    "参付託": "参議院委員会等経過情報 - 本付託日",
    "参委議決": "参議院委員会等経過情報 - 議決日",
    "参本議決": "参議院本会議経過情報 - 議決日",
    "公布": "その他の情報 - 公布年月日",
}
LOWER = ["提出", "衆付託", "衆委議決", "衆本議決", "参受領", "参付託", "参委議決", "参本議決", "公布"]
UPPER = ["提出", "参付託", "参委議決", "参本議決", "衆付託", "衆委議決", "衆本議決", "公布"]


def _bills() -> pl.DataFrame:
    """One row per government bill: its latest row, with a date per stage and its route."""
    with gzip.open(SHARED / "japan" / "sangiin_gian_2022-06-17.csv.gz", "rb") as file:
        raw = pl.read_csv(file.read(), infer_schema=False).filter(pl.col("種類") == "法律案（内閣提出）")
    key = ["種類", "提出回次", "提出番号"]
    latest = raw.sort(pl.col("審議回次").cast(pl.Int64)).unique(key, keep="last", maintain_order=True)
    route = (
        pl.when(pl.col("議案審議情報一覧 - 先議区分") == "本院先議").then(pl.lit("upper")).otherwise(pl.lit("lower"))
    )
    days = (pl.col(column).alias(stage) for stage, column in BILL_DATES.items())
    return latest.select(pl.concat_str(key, separator="-").alias("case_id"), route.alias("playbook"), *days)


def test_government_bills_of_the_diet() -> None:
    """1,987 bills on two routes: every stage holds the bills dated there or later, and 1,819 of all are promulgated."""
    expected = _reference("sangiin_bills.json")
    bills = _bills()
    dated = bills.select(pl.col(BILL_DATES).is_not_null().sum()).row(0, named=True)
    assert dated == expected["dated_bills_per_stage"]
    routes = [
        book({stage: [stage] for stage in stages}, [("enacted", "won", ["公布"])], id=route)
        for route, stages in (("lower", LOWER), ("upper", UPPER))
    ]
    events = bills.unpivot(index="case_id", variable_name="activity", value_name="timestamp").drop_nulls()
    rows = events.filter(pl.col("activity") != "playbook").rows(named=True)
    log = log_of(routes, rows, "2022-06-17", bills.select("case_id", "playbook").rows(named=True))
    found = funnel(log)
    for route, stages in (("lower", LOWER), ("upper", UPPER)):
        own = bills.filter(pl.col("playbook") == route)
        for number, stage in enumerate(stages):
            later = own.filter(pl.any_horizontal(pl.col(stages[number:]).is_not_null())).height
            row = found.row(by_predicate=(pl.col("playbook") == route) & (pl.col("stage") == stage), named=True)
            assert row["entered"] == later, (route, stage)
    start, end = (found.filter(pl.col("stage") == stage) for stage in ("提出", "公布"))
    assert start["entered"].sum() == expected["bills"]
    assert end["advanced"].sum() / start["entered"].sum() == pytest.approx(expected["conversion"]["提出->公布"])
    whole = book({"提出": ["提出"], "公布": ["公布"]}, [("enacted", "won", ["公布"])])
    gone = funnels.stays(log_of(whole, rows, "2022-06-17")).filter(
        (pl.col("stage") == "提出") & (pl.col("ended") == "advanced")
    )
    sojourn = expected["sojourn_all"]["提出->公布"]
    assert (gone.height, (gone["elapsed"] / funnels.DAY).median()) == (sojourn["n"], sojourn["median_days"])
