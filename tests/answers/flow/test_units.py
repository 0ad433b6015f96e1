"""Units compared fairly: the mix held, chance allowed for, nobody ranked."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from small_logs import book, log_of
from statsmodels.stats.proportion import proportion_confint

from playbook.answers.flow.units import units

STEPS = book({"applied": ["applied"], "met": ["met"]}, [("hired", "won", ["hired"]), ("no", "rejected", ["refused"])])


def _log(units_of: dict[str, list[tuple[int, int, int]]]) -> pl.DataFrame:
    """Units whose cases were refused at once, met and refused, or hired, so many of each."""
    events, cases = [], []
    for unit, parts in units_of.items():
        for part, (early, late, hired) in enumerate(parts):
            for n in range(early + late + hired):
                id = f"{unit}-{part}-{n:03}"
                cases.append({"case_id": id, "unit": unit})
                acts = (
                    ["applied", "refused"]
                    if n < early
                    else ["applied", "met", "refused" if n < early + late else "hired"]
                )
                events += [(id, act, f"2026-01-{1 + at:02}T10:00:00") for at, act in enumerate(acts)]
    return units(log_of(STEPS, events, "2026-11-20", cases), "unit")


def test_a_unit_with_harder_stages_is_not_worse_for_it() -> None:
    """One in five gets past the first stage, four in five past the second; one unit has only second stages."""
    events = [("A", n, ["applied", "refused"] if n < 80 else ["applied", "met", "refused" if n < 84 else "hired"])
              for n in range(100)]  # fmt: skip
    events += [("B", n, ["met", "refused" if n < 20 else "hired"]) for n in range(100)]
    rows = [(f"{unit}-{n:03}", act, f"2026-01-0{1 + at}") for unit, n, acts in events for at, act in enumerate(acts)]
    cases = [{"case_id": f"{unit}-{n:03}", "unit": unit} for unit in "AB" for n in range(100)]
    found = units(log_of(STEPS, rows, "2026-11-20", cases), "unit")
    rates = dict(found.select("unit", "rate").iter_rows())
    assert rates["B"] > 2 * rates["A"]
    assert found["verdict"].to_list() == ["inside", "inside"]
    assert found["usual"].to_list() == pytest.approx(found["rate"].to_list())


def test_one_far_beyond_chance_is_named_and_the_rest_are_as_usual() -> None:
    """Six units alike, one of which sends hardly anybody on."""
    alike = {name: [(40, 30, 30)] for name in "ABCDEF"}
    found = _log({**alike, "G": [(95, 4, 1)]})
    verdicts = dict(found.select("unit", "verdict").iter_rows())
    assert verdicts.pop("G") == "below"
    assert set(verdicts.values()) <= {"inside", "above"}


def test_few_cases_are_not_judged_and_drawn_all_the_way_in() -> None:
    """Five of five says nothing of a unit; there is no rank, and rows go by name."""
    found = _log({"Z": [(40, 30, 30)], "B": [(0, 0, 2)], "A": [(40, 30, 30)]})
    assert found["unit"].to_list() == ["A", "B", "Z"]
    small = found.filter(unit="B").row(0, named=True)
    assert small["verdict"] == "too_few"
    assert abs(small["pooled"] - small["usual"]) < abs(small["rate"] - small["usual"])


def test_units_that_differ_by_luck_alone_stay_inside() -> None:
    """Of 200 units drawn from one coin hardly one lies beyond the 99.8 % limits."""
    rng = np.random.default_rng(0)
    found = _log({f"U{n:03}": [(60 - k, 0, k)] for n, k in enumerate(rng.binomial(60, 0.4, 200))})
    assert found.filter(pl.col("verdict") != "inside").height <= 2
    within = found.select(pl.col("rate").is_between("low95", "high95").mean()).item()
    assert within == pytest.approx(0.95, abs=0.05)


def test_the_limits_are_those_of_a_normal_interval_around_the_usual() -> None:
    """With one stage they are the limits of statsmodels for a rate of the usual size."""
    one = book({"applied": ["applied"]}, [("hired", "won", ["hired"]), ("no", "rejected", ["refused"])])
    events = [(f"{u}-{n:02}", act, f"2026-01-0{1 + at}") for u in "AB" for n in range(50)
              for at, act in enumerate(("applied", "hired" if n < 20 else "refused"))]  # fmt: skip
    cases = [{"case_id": f"{u}-{n:02}", "unit": u} for u in "AB" for n in range(50)]
    row = units(log_of(one, events, "2026-11-20", cases), "unit").row(0, named=True)
    low, high = proportion_confint(20, 50, 0.05, "normal")
    assert (row["low95"], row["high95"]) == pytest.approx((low, high))
