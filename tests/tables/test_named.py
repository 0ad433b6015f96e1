"""Numbers that a notebook runner made of ids and days are taken as what they mean, or refused in a sentence."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from cli_workspaces import AS_OF, CASES, EVENTS, make

import playbook as pb
from playbook.clock.known import AsOf
from playbook.tables.named import named
from playbook.words.problem import ArgumentError

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("given", "meant"), [("007", "007"), (7, "007"), (12, "12"), ("", ""), (None, ""), ("K-1", "K-1")]
)
def test_the_id_that_is_meant(given: object, meant: str) -> None:
    """As written; of a number, the id that is this number with zeros before it."""
    assert named("client", given, {"007", "12", "K-1"}) == meant


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (8, "client: there is no '8'; allowed: 007, 07, K-1"),
        (7, "client: the number 7 could be 2 of them; allowed: 007, 07\n.*papermill -r client 007"),
        ("7", "client: there is no '7'"),
        (7.5, "client: there is no '7.5'"),
    ],
)
def test_what_nobody_is_called(given: object, said: str) -> None:
    """An id that does not exist, or a number that could be several, is an error with what there is."""
    with pytest.raises(ArgumentError, match=said):
        named("client", given, {"007", "07", "K-1"})


@pytest.mark.parametrize(
    "given",
    [20261120, np.int64(20261120), 20261120.0, "20261120", "2026-11-20", date(2026, 11, 20), pd.Timestamp("2026-11-20"),
     np.datetime64("2026-11-20")],
)  # fmt: skip
def test_a_day_however_it_comes(given: Any) -> None:
    """A number that spells a day, of numpy's too, and a midnight of pandas, ask for the end of that day."""
    assert AsOf.of(given, TOKYO) == AsOf.of("2026-11-20", TOKYO)


@pytest.mark.parametrize("given", [1.5, float("nan"), pd.NaT, None, True])
def test_what_is_no_day_is_refused_in_a_sentence(given: Any) -> None:
    """A float between two days, a cell without a day, nothing at all."""
    with pytest.raises(ArgumentError, match=f"'{given}' is not a date"):
        AsOf.of(given, TOKYO)


def test_a_midnight_that_is_meant_as_an_instant_is_one() -> None:
    """Python has a type for days: its midnight is an instant, and so is one with a zone."""
    for given in (datetime(2026, 11, 20), pd.Timestamp("2026-11-20", tz="Asia/Tokyo")):
        assert not AsOf.of(given, TOKYO).by_date
    with pytest.raises(ArgumentError, match="'2026112' is not a date"):
        AsOf.of(2026112, TOKYO)


def test_the_door_takes_numbers(tmp_path: Path) -> None:
    """`papermill -p client 1 -p case 12`: the week of client 001, the review of what is called 12."""
    files = {"events.csv": EVENTS.replace("A-1", "12"), "cases.csv": CASES.replace("A-1", "12").replace("C1", "001")}
    day = pb.open(make(tmp_path / "w", files)).on(AS_OF)
    assert day.week(client=1).actions.equals(day.week(client="001").actions)
    assert set(day.week(client=1).actions["client_id"]) == {"001"}
    assert day.case(12).explain().equals(day.case("12").explain())
    with pytest.raises(ArgumentError, match="client: there is no 'NOBODY'; allowed: 001, C2"):
        day.week(client="NOBODY")
