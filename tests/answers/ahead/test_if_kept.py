"""What if a rule were always kept: said only where one can tell, with what it rests on."""

from __future__ import annotations

import polars as pl
import pytest

from playbook.answers.ahead.if_kept import if_kept


def _told(verdict: str, effect: float, half: float, late: int = 40, kept: int = 60) -> pl.DataFrame:
    row = ("book", "r", late, kept, effect, effect - half, effect + half, verdict)
    columns = ["playbook", "rule_id", "late_n", "kept_n", "effect", "effect_low", "effect_high", "verdict"]
    return pl.DataFrame([row], schema=columns, orient="row")


def _open(n: int, status: str = "upcoming") -> pl.DataFrame:
    return pl.DataFrame({"playbook": ["book"] * n, "rule_id": ["r"] * n, "status": [status] * n})


def test_the_middle_is_how_many_would_be_late_times_what_that_goes_along_with() -> None:
    """Of 500 open actions two in five would be late, and a fifth of those lost more: forty cases."""
    row = if_kept(_open(500), _told("matters", 0.2, 0.02)).row(0, named=True)
    assert (row["ahead"], row["late_share"]) == (500, 0.4)
    assert row["median"] == pytest.approx(40, abs=3)
    assert row["low95"] < row["low80"] < row["median"] < row["high80"] < row["high95"]


def test_an_uncertain_effect_gives_wide_bands() -> None:
    """The width of the interval is in the bands."""
    sure, unsure = (if_kept(_open(500), _told("matters", 0.2, half)).row(0, named=True) for half in (0.02, 0.18))
    assert unsure["high80"] - unsure["low80"] > 2 * (sure["high80"] - sure["low80"])


@pytest.mark.parametrize(
    "told", [_told("cannot_tell", 0.3, 0.4), _told("small", 0.02, 0.03), _told("matters", -0.2, 0.1)]
)
def test_nothing_is_said_where_one_cannot_tell_or_lateness_goes_with_fewer(told: pl.DataFrame) -> None:
    """No row, whatever the estimate."""
    assert if_kept(_open(50), told).is_empty()


def test_what_is_late_already_cannot_be_kept() -> None:
    """Only actions still to fall due count."""
    assert if_kept(_open(50, "overdue"), _told("matters", 0.2, 0.1)).is_empty()
