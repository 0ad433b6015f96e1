"""Funnel, time in stage and precedence with pm4py, on the same file."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import common
import pandas as pd
import pm4py
from logs import PRECEDENCES, STEPS


def main(folder: Path, clock: common.Stopwatch) -> dict[str, Any]:
    with clock("reading"):
        events = pd.read_parquet(folder / "events.parquet")
        log = pm4py.format_dataframe(events, case_id="case_id", activity_key="activity", timestamp_key="timestamp")
    with clock("funnel"):
        reached = {step: _cases_with(log, STEPS[n:]) for n, step in enumerate(STEPS)}
    with clock("time in stage"):
        profile = pm4py.discover_temporal_profile(log)
        days = {one: profile[one, other][0] / 86_400 for one, other in itertools.pairwise(STEPS)}
    with clock("precedence"):
        late = {f"{one}-before-{other}": _violating(log, one, other) for one, other in PRECEDENCES}
    return {
        "funnel": reached,
        "time in stage": {step: round(mean, 4) for step, mean in days.items()},
        "precedence": late,
    }


def _cases_with(log: pd.DataFrame, activities: tuple[str, ...]) -> int:
    found = pm4py.filter_event_attribute_values(log, "concept:name", list(activities), level="case", retain=True)
    return int(found["case:concept:name"].nunique())


def _violating(log: pd.DataFrame, one: str, other: str) -> int:
    """The cases in which `other` came before any `one`: those that the DECLARE constraint does not fit."""
    model = {"precedence": {(one, other): {"support": 1, "confidence": 1}}}
    return sum(not case["is_fit"] for case in pm4py.conformance_declare(log, model))


if __name__ == "__main__":
    common.ask(main)
