"""What the open cases will bring: bands that hold what they say, and nothing that was not known yet."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from late_firms import TOKYO
from moving_firms import BOOK, START, Moving, moving_log, moving_tables
from small_logs import book, log_of
from the_sample import forecast as forecast_of_sample
from the_sample import sample
from thinned import ALL, tries

from playbook.answers.ahead.forecast import BANDS, COLUMNS, arrivals, forecast, stages_ahead
from playbook.answers.ahead.forecast_load import load_ahead
from playbook.answers.flow.funnel import case_states
from playbook.answers.placed.placements import review_rules
from playbook.clock.due import due_actions
from playbook.clock.known import AsOf, known
from playbook.rules.nouns import Rule
from playbook.rules.offset import Offset
from playbook.tables.stored import tables_from_frames
from playbook.words.text import Text

NAME = Text("名", "name")


def came(tables: object, at: int, days: int) -> dict[str, int]:
    """How many of the cases open at a day of the firm ended in each way so many days later."""
    then, later = moving_log(tables, at), moving_log(tables, at + days)  # type: ignore[arg-type]
    open_then = case_states(then).filter(pl.col("outcome").is_null())["case_id"]
    ended = case_states(later).filter(pl.col("case_id").is_in(open_then.implode()), pl.col("outcome").is_not_null())
    return dict(ended.group_by("outcome").len().iter_rows())


@pytest.mark.parametrize("firm", [Moving(cases=120), Moving(cases=1200)] if ALL else [Moving(cases=120)])
def test_the_bands_hold_what_comes_as_often_as_they_say(firm: Moving) -> None:
    """Over twelve firms the 80 % band holds at least seven in ten, the 95 % band nine in ten."""
    inside = {80: [], 95: []}
    for seed in range(12):
        tables = moving_tables(firm, seed)
        for row in forecast(moving_log(tables, 600), (30, 90), draws=300).iter_rows(named=True):
            ended = came(tables, 600, row["days"]).get(row["outcome"], 0)
            for band, held in inside.items():
                held.append(row[f"low{band}"] <= ended <= row[f"high{band}"])
    assert np.mean(inside[80]) > 0.72
    assert np.mean(inside[95]) > 0.9


def test_the_columns_are_those_of_the_design_and_groups_stand_to_the_right() -> None:
    """Outcomes are the book's, in its order, for each number of days."""
    found = forecast(moving_log(moving_tables(Moving(cases=100), 1), 600), (30, 60), draws=50)
    assert found.columns == list(COLUMNS)
    assert found.select("days", "outcome").rows() == [
        (days, outcome.id) for days in (30, 60) for outcome in BOOK.outcomes
    ]
    assert (found["low95"] <= found["low80"]).all() and (found["low80"] <= found["median"]).all()
    assert (found["median"] <= found["high80"]).all() and (found["high80"] <= found["high95"]).all()


def test_more_is_to_come_in_more_days_and_never_more_than_is_open() -> None:
    """Counts grow with the days and stay below the open cases."""
    found = forecast(moving_log(moving_tables(Moving(cases=400), 2), 600), (5, 30, 365), draws=200)
    for _, part in found.group_by("outcome"):
        assert part.sort("days")["median"].is_sorted()
    assert (found["high95"] <= found["open_cases"]).all()
    assert found.filter(days=365)["median"].sum() >= found["open_cases"][0] - 3


def test_the_same_question_has_the_same_answer() -> None:
    """A page made again is the same page; row order and another book's cases change nothing."""
    tables = moving_tables(Moving(cases=150), 3)
    assert forecast(moving_log(tables, 600), draws=100).equals(forecast(moving_log(tables, 600), draws=100))


def test_too_few_ends_are_no_forecast() -> None:
    """Nine cases that ended say nothing of the tenth: the numbers are empty, the open cases counted."""
    plain = book({"applied": ["applied"]}, [("hired", "won", ["hired"])])
    events = [(f"C-{n}", one, f"2026-0{1 + n % 8}-1{n % 9}") for n in range(9) for one in ("applied", "hired")]
    found = forecast(log_of(plain, [*events, ("D", "applied", "2026-11-01")], "2026-11-20"), (30,), draws=50)
    assert found.rows() == [("book", 30, "hired", None, None, None, None, None, 1)]


def test_a_client_whose_cases_end_otherwise_is_forecast_otherwise() -> None:
    """Of two clients, one that hires nearly all and one that hires nearly none, drawn towards both together."""
    plain = book({"applied": ["applied"]}, [("hired", "won", ["hired"]), ("refused", "rejected", ["refused"])])
    events, cases = [], []
    for client, hires in (("A", 0.95), ("B", 0.05)):
        for n in range(120):
            id, month, day = f"{client}-{n:03}", 1 + n % 9 if n < 90 else 11, 1 + n % 8
            cases.append({"case_id": id, "client_id": client})
            events.append((id, "applied", f"2026-{month:02}-{day:02}T09:00:00"))
            if n < 90:
                events.append((id, "hired" if n % 100 < 100 * hires else "refused", f"2026-{month:02}-{day + 9:02}"))
    clients = [{"client_id": one} for one in ("A", "B")]
    log = log_of(plain, events, "2026-11-10", cases, clients=clients)
    found = forecast(log, (60,), by="client_id", draws=300)
    assert found.columns == [*COLUMNS, "client_id"]
    hired = dict(found.filter(outcome="hired").select("client_id", "median").iter_rows())
    assert hired["A"] > 3 * max(hired["B"], 1)
    assert found.group_by("client_id").agg(pl.col("open_cases").first())["open_cases"].to_list() == [30, 30]


def test_stages_to_come_count_those_who_are_not_there_yet() -> None:
    """Who stands in a stage does not come to it; who stands before it may."""
    found = stages_ahead(moving_log(moving_tables(Moving(cases=400), 4), 600), (60,), draws=200)
    assert found["stage"].to_list() == ["applied", "met", "offered"]
    assert found["median"][0] == 0 and found["median"][2] > 0


def test_arrivals_are_apart_and_go_on_as_they_came() -> None:
    """About as many arrive in 28 days as arrived in 28 days, and some of them end within."""
    found = arrivals(moving_log(moving_tables(Moving(cases=1000), 5), 600), (28,), draws=400)
    came_in = found.filter(outcome="").row(0, named=True)
    assert came_in["low95"] <= 1000 * 28 / 730 <= came_in["high95"]
    assert came_in["median"] == pytest.approx(38, abs=8)
    assert 0 < found.filter(outcome="refused")["median"].item() < came_in["median"]


def test_a_firm_of_a_month_says_nothing_of_arrivals() -> None:
    """Fewer than eight weeks are no history."""
    assert arrivals(moving_log(moving_tables(Moving(cases=2000), 6), 30), (30,), draws=50)["median"].null_count() == 4


@settings(max_examples=tries(5, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_written_down_later_changes_no_earlier_forecast(data: st.DataObject) -> None:
    """Events of then that were recorded after it, ends of later, and cells of cases filled in, corrected or taken back
    since, leave the forecast of then as it was, by client too.
    """
    firm, as_of = _PLAIN, AsOf.of(START + timedelta(days=400), TOKYO)
    before = _told(firm, as_of)
    ids = data.draw(st.lists(st.sampled_from(firm["cases"]["case_id"].to_list()), min_size=1, max_size=8))
    rows = [
        {
            "case_id": id,
            "activity": data.draw(st.sampled_from(["applied", "met", "offered", "hired", "refused", "declined"])),
            "timestamp": (START + timedelta(days=data.draw(st.integers(1, 500)))).isoformat() + "T10:00:00",
            "recorded_at": (START + timedelta(days=data.draw(st.integers(402, 500)))).isoformat() + "T10:00:00",
        }
        for id in ids
    ]
    versions = [
        {
            "case_id": id,
            "playbook": BOOK.id,
            "client_id": data.draw(st.sampled_from(["K-1", "K-2", None])),
            "created_at": data.draw(st.sampled_from(["2025-01-06", None])),
            "gone": data.draw(st.sampled_from(["yes", None])),
            "recorded_at": (START + timedelta(days=data.draw(st.integers(402, 500)))).isoformat() + "T11:00:00",
        }
        for id in data.draw(st.lists(st.sampled_from(ids), max_size=6))
    ]
    later = firm | {
        "cases": pl.concat([firm["cases"], pl.DataFrame(versions, schema=_VERSION)], how="diagonal"),
        "events": pl.concat([firm["events"], pl.DataFrame(rows)], how="diagonal").sample(
            fraction=1, shuffle=True, seed=1
        ),
    }
    assert all(after.equals(then) for after, then in zip(_told(later, as_of), before, strict=True))


_VERSION = dict.fromkeys(("case_id", "playbook", "client_id", "created_at", "gone", "recorded_at"), pl.String)


def _told(firm: dict[str, pl.DataFrame], as_of: AsOf) -> list[pl.DataFrame]:
    """The forecast of a firm at a moment, whole and by client."""
    log = known(tables_from_frames(firm, (BOOK,)), (BOOK,), as_of)
    return [forecast(log, (30, 90), by=by, draws=40) for by in ((), "client_id")]


def _frames(firm: Moving, seed: int) -> dict[str, pl.DataFrame]:
    """The tables of a firm as they were given."""
    tables = moving_tables(firm, seed)
    events = tables.events.select(
        pl.col("case_id"),
        pl.col("activity").cast(pl.String),
        pl.col("timestamp").dt.convert_time_zone("Asia/Tokyo").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f"),
    )
    return {"events": events, "cases": tables.cases.select("case_id", "playbook")}


_PLAIN = _frames(Moving(cases=60), 7)


def test_due_actions_to_come_are_those_known_and_those_that_usually_come() -> None:
    """Two a week started on Monday and due on Thursday, for half a year: one week has both known, the next has two more."""
    rule = Rule("send", NAME, ("asked",), (Offset.parse("3 days"),), ("sent",), "agent")
    plain = book({}, [("won", "won", ["hired"])], {"agent": "agency"}, rules=(rule,))
    events = []
    for week in range(30):
        for twice in range(2):
            day = AsOf.of("2026-11-23", TOKYO).day - timedelta(days=7 * week)
            events.append((f"C-{week:02}-{twice}", "asked", f"{day}T09:0{twice}:00"))
            if week:
                events.append((f"C-{week:02}-{twice}", "sent", f"{day + timedelta(days=2)}T09:00:00"))
    people = [{"role": "agent", "person": "Kana"}]
    log = log_of(plain, events, "2026-11-24", assignments=people)
    found = load_ahead(log, due_actions(log).collect(), weeks=3)
    assert found.select("owner", "announced", "median", "low80", "high80").rows() == [
        ("Kana", 2, 2, 2, 2), ("Kana", 0, 2, 2, 2), ("Kana", 0, 2, 2, 2)
    ]  # fmt: skip
    assert found["week"].to_list()[0].isoformat() == "2026-11-23"
    assert set(BANDS) < set(found.columns)
    assert found["reviews"].to_list() == [0, 0, 0]


def test_reviews_to_come_are_counted_apart() -> None:
    """Of what falls due in the sample's weeks to come, those that a review of a placement fulfils, and no others."""
    day = sample().on("2026-11-20")
    load = forecast_of_sample().load
    last = load["week"].max()
    coming = day.due().with_columns(due_on=pl.col("due_at").dt.date())
    reviews = coming.filter(
        pl.col("rule_id").is_in(list(review_rules(day.log))), pl.col("due_on") < last + timedelta(7)
    )
    assert load["reviews"].sum() == reviews.height > 0
    assert (load["reviews"] <= load["announced"]).all()
