"""The engine against the oracle, and the invariants of DESIGN section 4."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import bridge
import oracle
import polars as pl
import pytest
from agreement import agrees
from hypothesis import given, settings
from strategies import FEATURES, NONE, Scenario, random_counts_from, random_scenario, scenarios
from telling import TELLING
from the_sample import sample
from thinned import ALL, thinned, tries

import playbook as pb
from playbook.clock.due import OPEN
from playbook.words.problem import ArgumentError

SOME = settings(max_examples=tries(3, 50), deadline=None)
"""A workspace takes a fifth of a second to check; thousands are asked in `tests/slow`."""


@pytest.mark.parametrize("seed", range(120) if ALL else TELLING)
def test_agrees_with_the_oracle_row_by_row(seed: int) -> None:
    """Random rule books, workspaces and moments: every due action, violation and orphan is the oracle's, cell by cell."""
    agrees(random_scenario(random.Random(seed)))


@pytest.mark.parametrize("feature", [*sorted(FEATURES), "none"])
def test_each_feature_alone_agrees_with_the_oracle(feature: str) -> None:
    """What one feature does by itself is the oracle's too, and so is what a workspace without any says."""
    for seed in range(tries(1, 20)):
        agrees(random_scenario(random.Random(f"{feature} {seed}"), FEATURES & {feature}))


@SOME
@given(scenarios())
def test_agrees_with_the_oracle_where_hypothesis_looks(scenario: Scenario) -> None:
    """What hypothesis thinks of agrees with the oracle too."""
    agrees(scenario)


@pytest.mark.parametrize("seed", range(tries(4, 40)))
def test_what_was_due_before_the_firm_counts_is_in_no_answer(seed: int) -> None:
    """For all books or some of them, the oracle's rows; all, open, and the live cases that nobody looks after."""
    rng = random.Random(seed)
    books, tables, as_of = random_scenario(rng)
    agrees((books, tables, as_of), random_counts_from(rng, books, as_of))


EMPTY = {
    "events": ("recorded_at", "gone", "earliest", "question", "channel"),
    "cases": ("recorded_at", "gone"),
    "openings": ("recorded_at", "gone"),
    "assignments": ("recorded_at", "gone", "from_on", "to_on"),
    "closures": ("recorded_at", "gone"),
}


@SOME
@given(scenarios(NONE))
def test_what_is_not_used_changes_nothing(scenario: Scenario) -> None:
    """Columns of the second contract that are there and empty, and a table of answers without rows, change no row."""
    books, tables, as_of = scenario
    wider = {name: [dict.fromkeys(EMPTY[name], "") | row for row in rows] for name, rows in tables.items()}
    expected = bridge.engine_due(books, tables, as_of)
    assert bridge.engine_due(books, wider | {"answers": []}, as_of) == expected
    assert bridge.engine_violations(books, wider, as_of) == bridge.engine_violations(books, tables, as_of)


@SOME
@given(scenarios())
def test_replay_gives_the_same_answer(scenario: Scenario) -> None:
    """As-of t on all rows equals as-of t on the rows known at t: events, versions, answers, dates that moved."""
    books, tables, as_of = scenario
    world = oracle.world_of(tables, as_of, "Asia/Tokyo", 7)
    cut = {
        name: [row for row in rows if not world.usable(name, row) or world.known_from(name, row) <= world.now]
        for name, rows in tables.items()
    }
    assert bridge.engine_due(books, tables, as_of) == bridge.engine_due(books, cut, as_of)
    assert bridge.engine_violations(books, tables, as_of) == bridge.engine_violations(books, cut, as_of)


@SOME
@given(scenarios())
def test_row_order_never_matters(scenario: Scenario) -> None:
    """Rows upside down give the same due actions."""
    books, tables, as_of = scenario
    # Of versions known since the same moment, and of equally specific assignments and answers, the row's place counts.
    tables = {name: _told_once(name, rows) for name, rows in tables.items()}
    ordered = ("assignments", "answers")
    turned = {name: rows if name in ordered else rows[::-1] for name, rows in tables.items()}
    moved = bridge.comparable(bridge.workspace(books, turned).due(as_of, all=True).to_dicts(), bridge.DUE)
    assert bridge.engine_due(books, tables, as_of) == moved


def _told_once(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without those that repeat an upper one to the moment of its recording; other versions stay."""
    world = oracle.world_of({}, date(2026, 1, 1), "Asia/Tokyo", 7)
    kept: dict[Any, dict[str, Any]] = {}
    for number, row in enumerate(rows):
        key: Any = number  # what has no key, or cannot be read, is no repetition
        with suppress(KeyError, ValueError, TypeError):
            key = (world.key(table, row), world.known_from(table, row))
        kept.setdefault(key, row)
    return list(kept.values())


@SOME
@given(scenarios())
def test_other_cases_change_nothing(scenario: Scenario) -> None:
    """A case alone has the due actions it has among others."""
    books, tables, as_of = scenario
    everyone = bridge.workspace(books, tables).due(as_of, all=True)
    for case_id in everyone["case_id"].unique():
        own_tables = ("events", "cases", "answers")
        own = {name: _only(rows, case_id) if name in own_tables else rows for name, rows in tables.items()}
        alone = bridge.workspace(books, own).due(as_of, all=True)
        among = everyone.filter(pl.col("case_id") == case_id)
        assert bridge.comparable(alone.to_dicts(), bridge.DUE) == bridge.comparable(among.to_dicts(), bridge.DUE)


def _only(rows: list[dict[str, Any]], case_id: str) -> list[dict[str, Any]]:
    return [row for row in rows if str(row.get("case_id", "")).strip() == case_id]


@pytest.mark.filterwarnings("ignore:手順書:UserWarning")  # chance names playbooks that nobody works by
@pytest.mark.parametrize("seed", range(tries(2, 8)))
def test_pandas_polars_and_lazy_frames_give_the_same_rows(seed: int) -> None:
    """The kind of frame that comes in goes out, with the same rows."""
    books, tables, as_of = random_scenario(random.Random(seed))
    frames = {name: bridge.text_frame(name, rows) for name, rows in tables.items()}
    read = list(bridge.workspace(books, tables).playbooks)
    eager = pb.Workspace(playbooks=read, **frames).due(as_of, all=True)
    lazy = pb.Workspace(playbooks=read, **{name: frame.lazy() for name, frame in frames.items()}).due(as_of, all=True)
    pandas = pb.Workspace(playbooks=read, **{name: frame.to_pandas() for name, frame in frames.items()})
    from_pandas = pandas.due(as_of, all=True)
    assert isinstance(eager, pl.DataFrame) and eager.equals(lazy)
    assert type(from_pandas).__module__.startswith("pandas")
    assert bridge.comparable(pl.from_pandas(from_pandas).to_dicts(), bridge.DUE[:5]) == bridge.comparable(
        eager.to_dicts(), bridge.DUE[:5]
    )
    assert list(from_pandas["status"]) == eager["status"].to_list()


@SOME
@given(scenarios())
def test_every_live_case_has_an_open_action_or_is_an_orphan(scenario: Scenario) -> None:
    """No case is both, and what is open is open by its status."""
    books, tables, as_of = scenario
    ws = bridge.workspace(books, tables)
    found = ws.due(as_of)
    assert not set(found["case_id"]) & set(ws.on(as_of).orphans()["case_id"])
    assert set(found["status"]) <= set(OPEN)


@pytest.mark.parametrize("seed", range(tries(1, 8)))
def test_many_moments_at_once_give_the_rows_of_each_alone(seed: int) -> None:
    """A replay of several moments, dates and instants in any order, has one row per moment and action, and no other."""
    rng = random.Random(f"replay {seed}")
    books, tables, as_of = random_scenario(rng)
    moments = [as_of, *(random_scenario(rng, NONE)[2] for _ in range(2)), as_of]
    start = as_of.date() if isinstance(as_of, datetime) else as_of
    moments += [start + timedelta(days=days) for days in (-30, -7, -1, 1, 7)]
    ws = bridge.workspace(books, tables)
    for every in (True, False):
        found = ws.on(as_of).due_on(moments, all=every)
        for moment in dict.fromkeys(moments):
            alone = ws.due(moment, all=every)
            among = found.filter(pl.col("as_of") == str(ws.on(moment).as_of)).drop("as_of")
            assert bridge.comparable(among.to_dicts(), bridge.DUE) == bridge.comparable(alone.to_dicts(), bridge.DUE)


# --- what other systems got wrong ------------------------------------------------------------------------

HOLD = {"after": ["asked"], "until": ["answered"]}
DUES = ("same day", "1 day", "5 days", "2 business days", "10 business days", "2 weeks", "1 month", "20 business hours")


def _dues(due: str, started: str, *held: tuple[str, str], closed: str = "", as_of: str = "2026-12-31") -> list[Any]:
    """When an action is due that was started at a moment, with holds from one moment to another."""
    activities = ("started", "asked", "answered", "done")
    book = {
        "playbook": {"id": "p", "name": {"ja": "試し", "en": "A try"}},
        "activity": [{"id": activity} for activity in activities],
        "role": [{"id": "sales", "side": "agency"}],
        "rule": [{"id": "r", "after": ["started"], "due": due, "until": ["done"], "role": "sales", "pause": HOLD}],
    }
    told = [("started", started), *(pair for hold in held for pair in zip(("asked", "answered"), hold, strict=False))]
    rows = [{"case_id": "A", "activity": activity, "timestamp": at} for activity, at in told]
    tables: Any = {"cases": [{"case_id": "A", "playbook": "p"}], "events": rows}
    if closed:
        tables["closures"] = [{"date": closed, "name": "休業"}]
    return [row["due_at"] for row in bridge.workspace([book], tables).due(as_of, all=True).to_dicts()]


@pytest.mark.parametrize("due", [due for due in DUES if "business" in due])
@pytest.mark.parametrize("started", ["2026-11-05 10:00", "2026-11-06 17:59", "2026-11-02"])
def test_a_hold_over_a_weekend_moves_a_business_day_by_nothing(due: str, started: str) -> None:
    """From Friday's close to Monday's opening, no office time is lost."""
    assert _dues(due, started, ("2026-11-06 18:30", "2026-11-09 08:00")) == _dues(due, started)


@pytest.mark.parametrize("due", [due for due in DUES if "business" in due])
def test_a_hold_inside_closed_days_changes_nothing(due: str) -> None:
    """Saturday to Sunday, a holiday, a closing day of the firm: where nobody counts, nothing stands still."""
    started, plain = "2026-11-05 10:00", "2026-11-05 10:00"
    for hold in (("2026-11-07 10:00", "2026-11-08 20:00"), ("2026-11-23 00:01", "2026-11-23 23:00")):
        assert _dues(due, started, hold) == _dues(due, plain)
    closed = _dues(due, started, closed="2026-11-10")
    assert _dues(due, started, ("2026-11-10 09:00", "2026-11-10 18:30"), closed="2026-11-10") == closed


@pytest.mark.parametrize(
    ("due", "started"),
    thinned(
        [(due, started) for due in DUES for started in ("2026-11-02 10:00", "2026-11-05 10:00", "2026-11-06")], by=5
    ),
)
def test_a_hold_in_two_parts_is_one_hold(due: str, started: str) -> None:
    """Ended and begun again at one instant of the afternoon, it is as long as in one part."""
    one = _dues(due, started, ("2026-11-04 09:00", "2026-11-10 12:00"))
    two = _dues(
        due, started, ("2026-11-04 09:00", "2026-11-06 15:00"), ("2026-11-06 15:00:00.000001", "2026-11-10 12:00")
    )
    assert [moment.date() for moment in one] == [moment.date() for moment in two]
    assert all(moment - other <= timedelta(microseconds=1) for moment, other in zip(one, two, strict=True))


@pytest.mark.parametrize("due", thinned(DUES, 1))
def test_a_hold_that_goes_on_is_one_that_ends_with_the_day(due: str) -> None:
    """Asked for on any day of an open hold, the due is the one of a hold that ended with that day."""
    started, since = "2026-11-05 10:00", "2026-11-06 09:00"
    for as_of in ("2026-11-06", "2026-11-08", "2026-11-20"):
        ended = (date.fromisoformat(as_of) + timedelta(days=1)).isoformat() + "T00:00:00.000001"
        open_end = _dues(due, started, (since,), as_of=as_of)
        closed_end = _dues(due, started, (since, ended))
        assert [moment.date() for moment in open_end] == [moment.date() for moment in closed_end]


def test_a_year_asked_for_day_by_day_does_not_fill_the_memory() -> None:
    """Answers are kept for those who ask again soon, and no more than a few of them; each day's own stays the same."""
    ws = sample().only(client="K-03")
    days = [date(2026, 11, day) for day in range(1, 11)]
    first = [ws.due(day) for day in days]
    assert len(ws._judged) < len(days) / 2
    assert [ws.due(day).equals(one) for day, one in zip(days, first, strict=True)] == [True] * len(days)


def test_the_open_ones_are_the_same_whatever_was_asked_before() -> None:
    """Asked after all due actions, the open ones are taken from among them: the same rows in the same order."""
    asked, fresh = pb.open(), sample()
    for as_of in (date(2026, 11, 20), datetime(2026, 6, 1, 9)):
        asked.due(as_of, all=True)
        assert asked.due(as_of).equals(fresh.due(as_of))


def test_what_went_against_the_procedure_in_one_case_is_its_part_of_all() -> None:
    """Asked of one case, the rows of that case and no others; a case that is not there is told, with the nearest."""
    ws = sample()
    whole = ws.violations(date(2026, 11, 20))
    for case_id in whole["case_id"].unique().sort()[:5]:
        assert ws.violations(date(2026, 11, 20), case=case_id).equals(whole.filter(case_id=case_id))
    with pytest.raises(ArgumentError, match=r"there is no case 'P-0055' at 2026-11-20[\s\S]*P-005"):
        ws.violations(date(2026, 11, 20), case="P-0055")
