"""How right forecasts were: replayed from what was known, counted, and heeded."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from late_firms import TOKYO
from moving_firms import BOOK, START, Moving, moving_log, moving_tables

from playbook.answers.ahead import forecast_record
from playbook.answers.ahead.forecast import forecast
from playbook.answers.ahead.forecast_record import COLUMNS, as_reliable, month_ends, record, reliability
from playbook.answers.ahead.prospects import Forecast
from playbook.clock.judged import Judged
from playbook.clock.known import AsOf


def test_the_last_twelve_month_ends_lie_before_the_day() -> None:
    """A month end is not its own past; February ends when it ends."""
    found = month_ends(date(2026, 11, 20))
    assert len(found) == 12 and found[0] == date(2025, 11, 30) and found[-1] == date(2026, 10, 31)
    assert month_ends(date(2026, 10, 31))[-1] == date(2026, 9, 30)
    assert date(2026, 2, 28) in found


def _record(days: tuple[int, ...] = (30, 90)) -> pl.DataFrame:
    tables = moving_tables(Moving(cases=400), 1)
    return record(
        [moving_log(tables, day) for day in (450, 480, 510, 540, 570)], moving_log(tables, 600), days, draws=80
    )


def test_a_record_has_what_was_said_and_what_came_and_nothing_of_what_has_not() -> None:
    """The columns of the design; a forecast whose day has not come has nothing beside it."""
    found = _record()
    assert tuple(found.columns) == COLUMNS
    last = START + timedelta(days=570)
    assert found.filter(made_on=last, days=90)["came"].null_count() == 3
    assert found.filter(made_on=last, days=30)["came"].null_count() == 0
    assert found.filter(days=30)["came"].sum() > 20


def test_what_was_said_then_is_what_is_said_of_then_now() -> None:
    """The record is the forecast itself at each moment, to the last number."""
    tables = moving_tables(Moving(cases=200), 2)
    then = moving_log(tables, 500)
    made = record([then], moving_log(tables, 600), (30,), draws=80)
    assert made.drop("made_on", "came").equals(forecast(then, (30,), draws=80).drop("open_cases"))


def _made(came: list[int], low: int = 4, high: int = 8) -> pl.DataFrame:
    rows = [
        (date(2026, 1 + n, 28), "book", 30, "hired", 6, low, high, low - 2, high + 2, one) for n, one in enumerate(came)
    ]
    return pl.DataFrame(rows, schema=["made_on", "playbook", "days", "outcome", "median", "low80", "high80", "low95", "high95", "came"], orient="row")  # fmt: skip


@pytest.mark.parametrize(
    ("came", "inside", "verdict"),
    [
        ([6, 5, 7, 8, 4, 6, 6, 12, 5, 6], 9, "holds"),
        ([6, 10, 2, 11, 1, 6, 12, 0, 5, 10], 3, "widened"),
        ([60, 0, 70, 80, 0, 90, 50, 60, 70, 99], 0, "refused"),
        ([6, 5, 7, 8, 4], 5, "no_record"),
    ],
)
def test_a_record_decides_what_becomes_of_the_forecast(came: list[int], inside: int, verdict: str) -> None:
    """It stands, is widened, is withheld, or there is nothing to judge by."""
    row = reliability(_made(came)).row(0, named=True)
    assert (row["made"], row["inside80"], row["verdict"]) == (len(came), inside, verdict)
    assert (row["factor"] > 1) == (verdict in ("widened", "refused"))


def test_a_forecast_of_nothing_where_nothing_came_is_no_merit() -> None:
    """Outcomes that hardly happen do not make a record good."""
    easy = _made([0] * 9, 0, 0).with_columns(median=pl.lit(0), low95=pl.lit(0), high95=pl.lit(0))
    assert reliability(easy).row(0, named=True)["made"] == 0


def test_a_bad_record_widens_the_bands_and_a_worse_one_takes_them_away() -> None:
    """Twice as wide outwards, never below nothing nor above what is open; withheld, all is empty but the open cases."""
    told = pl.DataFrame(
        {"playbook": ["a", "b", "c"], "days": [30] * 3, "outcome": ["x"] * 3, "median": [5] * 3, "low80": [3] * 3,
         "high80": [8] * 3, "low95": [1] * 3, "high95": [9] * 3, "open_cases": [12] * 3}
    )  # fmt: skip
    judged = pl.DataFrame({"playbook": ["a", "b"], "factor": [2.0, 4.0], "verdict": ["widened", "refused"]})
    found = as_reliable(told, judged)
    assert found.columns == told.columns
    assert found.row(0) == ("a", 30, "x", 5, 1, 11, 0, 12, 12)
    assert found.row(1) == ("b", 30, "x", None, None, None, None, None, 12)
    assert found.row(2) == told.row(2)


def test_a_firm_whose_forecasts_were_wrong_says_so_on_the_sample_of_its_own_past() -> None:
    """A record of a steady firm holds."""
    tables = moving_tables(Moving(cases=900), 3)
    past = [moving_log(tables, day) for day in range(300, 600, 30)]
    assert reliability(record(past, moving_log(tables, 640), (30,), draws=150)).row(0, named=True)["verdict"] == "holds"


def test_a_record_is_made_once_for_a_day_however_the_forecast_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve replays serve the whole and each grouping; other days ahead have a record of their own."""
    made: list[object] = []
    monkeypatch.setattr(forecast_record, "record", lambda *asked: made.append(asked) or record(*asked, draws=20))
    day = AsOf.of(START + timedelta(days=600), TOKYO)
    judged = Judged(moving_tables(Moving(cases=120), 4), (BOOK,), day)
    whole, split = (Forecast(judged, pl.DataFrame.clone, by, days=(30,)) for by in ((), "client_id"))
    assert whole.counts.height and split.counts.height and whole.reliability.equals(split.reliability)
    assert len(made) == 1
    assert Forecast(judged, pl.DataFrame.clone, days=(60,)).record["days"].unique().to_list() == [60]
    assert len(made) == 2
