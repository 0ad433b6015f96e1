"""Five hundred invented firms: which limits matter, and what the open cases bring, held against what is known of them.

Run by `pytest tests/slow/test_firms.py`, some minutes; what was found is written to docs/limits-and-forecasts.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from late_firms import Late, late_log
from moving_firms import Moving, moving_log, moving_tables

from playbook.answers.ahead.forecast import forecast
from playbook.answers.ahead.forecast_record import as_reliable, record, reliability
from playbook.answers.ahead.matters import matters
from playbook.answers.flow.funnel import case_states

pytestmark = pytest.mark.timeout(3600)

DOCS = Path(__file__).resolve().parents[2] / "docs" / "limits-and-forecasts.md"

LATE: dict[str, tuple[Late, int]] = {
    "null-90": (Late(cases=90), 150),
    "null-300": (Late(cases=300), 150),
    "planted-300": (Late(effects=(0.25, 0, 0, 0, 0, 0), cases=300), 150),
    "planted-900": (Late(effects=(0.2, 0, 0, 0, 0, 0), cases=900), 60),
    "hopeless-600": (Late(hopeless=0.7, worse=0.5, signs=True, cases=600), 30),
}
MOVING: dict[str, tuple[Moving, int]] = {
    "few": (Moving(cases=100), 200),
    "some": (Moving(cases=400), 150),
    "many": (Moving(cases=3000), 50),
    "changed": (Moving(cases=900, changed_on=450, slower=1.6, then=(0.45, 0.5, 0.6)), 100),
}
AT, DAYS = 600, (30, 90)


# --- limits ------------------------------------------------------------------------------------------------


def _late(name: str) -> pl.DataFrame:
    """One row per firm and rule: what was said, beside what is true."""
    firm, runs = LATE[name]
    rows = []
    for seed in range(runs):
        found = matters(*late_log(firm, 10_000 + seed))
        truth = [float(firm.effects[int(rule.removeprefix("rule-"))]) for rule in found["rule_id"]]
        rows.append(found.with_columns(firm=pl.lit(seed), truth=pl.Series(truth, dtype=pl.Float64)))
    return pl.concat(rows)


def _measured(name: str) -> dict[str, Any]:
    rows = _late(name)
    planted, rest = rows.filter(pl.col("truth") > 0), rows.filter(pl.col("truth") == 0)
    told = rows.filter(pl.col("effect").is_not_null())
    inside = ((told["effect_low"] <= told["truth"]) & (told["truth"] <= told["effect_high"])).mean()
    falsely = rest.group_by("firm").agg(pl.col("verdict").eq("matters").any())["verdict"].mean()
    return {
        "name": name,
        "firms": rows["firm"].n_unique(),
        "coverage": inside,
        "false_firms": falsely,
        "false_rules": rest["verdict"].eq("matters").mean(),
        "found": planted["verdict"].eq("matters").mean() if planted.height else None,
        "small": rest["verdict"].eq("small").mean(),
        "small_wrong": planted["verdict"].eq("small").mean() if planted.height else None,
        "hopeless": rows["reason"].fill_null("").eq("hopeless_late").mean(),
    }


@pytest.fixture(scope="module")
def limits() -> pl.DataFrame:
    return pl.DataFrame([_measured(name) for name in LATE], infer_schema_length=None)


def test_intervals_hold_the_truth_and_false_alarms_are_rare(limits: pl.DataFrame) -> None:
    """Without hopeless cases 93 to 98 % of the intervals hold the truth; a rule falsely matters less than once in 50."""
    honest = limits.filter(pl.col("hopeless") < 0.5)
    assert honest["coverage"].min() > 0.925 and honest["coverage"].max() < 0.985
    assert limits["false_rules"].max() <= 0.02
    assert honest["false_firms"].max() <= 0.08  # of 60 to 150 firms each, so chance alone takes some beyond 5 %
    alarmed = (honest["false_firms"] * honest["firms"]).sum() / honest["firms"].sum()
    assert alarmed <= 0.05


def test_what_is_planted_is_found_at_the_stated_power(limits: pl.DataFrame) -> None:
    """Twenty points in 900 cases are found nine times in ten; nothing planted is called small."""
    assert limits.filter(name="planted-900")["found"].item() > 0.8
    assert limits.filter(name="planted-300")["found"].item() > 0.4
    assert limits["small_wrong"].drop_nulls().max() == 0


def test_cases_late_because_they_are_hopeless_are_named(limits: pl.DataFrame) -> None:
    """Where the sign of it is in the log, no rule is said to matter."""
    row = limits.filter(name="hopeless-600").row(0, named=True)
    assert row["false_rules"] == 0 and row["hopeless"] > 0.8


# --- forecasts ---------------------------------------------------------------------------------------------


def _forecast(name: str) -> Iterator[dict[str, Any]]:
    firm, runs = MOVING[name]
    for seed in range(runs):
        tables = moving_tables(firm, 20_000 + seed)
        log, later = moving_log(tables, AT), moving_log(tables, AT + max(DAYS) + 1)
        ends = _ends(log, later)
        decided = case_states(log).filter(pl.col("outcome").is_not_null())
        before = moving_log(tables, AT - 90)
        for row in forecast(log, DAYS, draws=400).iter_rows(named=True):
            came = ends.filter(outcome=row["outcome"]).filter(pl.col("days") <= row["days"]).height
            share = decided.filter(outcome=row["outcome"]).height / max(decided.height, 1)
            last = _ends(before, log).filter(outcome=row["outcome"]).filter(pl.col("days") <= row["days"]).height
            yield row | {"came": came, "naive": share * row["open_cases"], "expert": last, "firm": seed}


def _ends(then: Any, later: Any) -> pl.DataFrame:
    """The cases open then that ended later: `outcome`, `days` from then."""
    open_then = case_states(then).filter(pl.col("outcome").is_null()).select("case_id")
    ended = case_states(later).join(open_then, on="case_id", how="semi").filter(pl.col("outcome").is_not_null())
    since = (pl.col("outcome_at") - pl.lit(then.moment)) / timedelta(days=1)
    return ended.select("outcome", days=since)


def _judged(name: str) -> list[dict[str, Any]]:
    rows = pl.DataFrame(list(_forecast(name)))
    found = []
    for (days,), part in rows.group_by("days", maintain_order=True):
        came = part["came"]
        expert = part["expert"].to_numpy()
        lows, highs = np.maximum(expert - 1.2816 * np.sqrt(expert), 0), expert + 1.2816 * np.sqrt(expert)
        found.append(
            {
                "name": name,
                "days": days,
                "firms": part["firm"].n_unique(),
                "open": part["open_cases"].mean(),
                "inside80": came.is_between(part["low80"], part["high80"]).mean(),
                "inside95": came.is_between(part["low95"], part["high95"]).mean(),
                "width80": (part["high80"] - part["low80"]).mean(),
                "error": (part["median"] - came).abs().mean(),
                "naive_error": (part["naive"] - came).abs().mean(),
                "expert_error": (part["expert"] - came).abs().mean(),
                "expert80": float(np.mean((lows <= came.to_numpy()) & (came.to_numpy() <= highs))),
            }
        )
    return found


@pytest.fixture(scope="module")
def forecasts() -> pl.DataFrame:
    return pl.DataFrame([row for name in MOVING for row in _judged(name)])


def test_bands_hold_what_they_say(forecasts: pl.DataFrame) -> None:
    """With few cases and many, and with a procedure changed in mid-course."""
    steady = forecasts.filter(pl.col("name") != "changed")
    assert steady["inside80"].min() > 0.78 and steady["inside95"].min() > 0.93
    changed = forecasts.filter(name="changed")
    assert changed["inside80"].min() > 0.72 and changed["inside95"].min() > 0.9
    assert forecasts.filter(name="many")["inside80"].max() < 0.92  # not honest by being wide


def test_it_is_nearer_than_a_naive_rate_and_last_quarters_number(forecasts: pl.DataFrame) -> None:
    """Both are farther off in every steady firm; where the procedure has just changed, no worse."""
    steady, changed = (forecasts.filter(pl.col("name").eq("changed") == one) for one in (False, True))
    assert (steady["error"] <= steady["naive_error"]).all()
    assert (forecasts["error"] <= forecasts["expert_error"]).all()
    assert (changed["error"] <= 1.1 * changed["naive_error"]).all()


def test_the_record_of_a_steady_firm_seldom_takes_its_forecast_away() -> None:
    """Of forty steady firms hardly one is widened or refused; that is what chance gives."""
    verdicts = []
    for seed in range(40):
        tables = moving_tables(Moving(cases=400), 30_000 + seed)
        past = [moving_log(tables, day) for day in range(AT - 330, AT + 1, 30)]
        verdicts.append(reliability(record(past, moving_log(tables, AT + 31), (30,), draws=150))["verdict"].item())
    assert verdicts.count("holds") >= 34
    assert "refused" not in verdicts


def test_a_widened_forecast_holds_more() -> None:
    """Bands made too narrow on purpose are found out by their record, and widened hold what they should."""
    firm, inside = Moving(cases=3000), []
    for seed in range(12):
        tables = moving_tables(firm, 40_000 + seed)
        past = [moving_log(tables, day) for day in range(AT - 330, AT - 29, 30)]
        made = _narrowed(record(past, moving_log(tables, AT), (30,), draws=100))
        judged = reliability(made)
        log, later = moving_log(tables, AT), moving_log(tables, AT + 31)
        told = as_reliable(_narrowed(forecast(log, (30,), draws=200)), judged)
        ends = _ends(log, later).filter(pl.col("days") <= 30)
        for row in told.drop_nulls("median").iter_rows(named=True):
            inside.append(row["low80"] <= ends.filter(outcome=row["outcome"]).height <= row["high80"])
    assert np.mean(inside) > 0.7


def _narrowed(told: pl.DataFrame) -> pl.DataFrame:
    median = pl.col("median")
    return told.with_columns(
        (median + ((pl.col(one) - median) / 4).round()).cast(pl.Int64).alias(one)
        for one in ("low80", "high80", "low95", "high95")
    )


# --- what was found, written down --------------------------------------------------------------------------


def test_the_tables_of_the_docs_are_what_was_found(limits: pl.DataFrame, forecasts: pl.DataFrame) -> None:
    """The guide shows the figures of this run."""
    text = DOCS.read_text(encoding="utf-8")
    for name, frame in (("limits", limits), ("forecasts", forecasts)):
        pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        assert pattern.search(text)
        text = pattern.sub(lambda found, frame=frame: found[1] + _table(frame) + "\n" + found[2], text)  # type: ignore[misc]
    DOCS.write_text(text, encoding="utf-8")


def _table(frame: pl.DataFrame) -> str:
    rows = [" | ".join(_said(name, value) for name, value in row.items()) for row in frame.iter_rows(named=True)]
    rule = " | ".join("---" if frame.schema[one] == pl.String else "---:" for one in frame.columns)
    return "\n".join(f"| {row} |" for row in (" | ".join(frame.columns), rule, *rows))


_COUNTS = ("firms", "days")
_PLAIN = ("open", "width80", "error", "naive_error", "expert_error")


def _said(name: str, value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if name in _COUNTS:
        return str(value)
    return f"{value:.2f}" if name in _PLAIN else f"{value:.1%}"
