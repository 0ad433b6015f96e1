"""Days of other time zones: where a day has 23 or 25 hours, the answer is still that of the slow reading."""

from __future__ import annotations

import random
from datetime import date
from zoneinfo import ZoneInfo

import bridge
import oracle
import pytest
import strategies
from bridge import DUE, comparable
from thinned import tries

# Zones with the days around which their clocks change; Japan changed its own from 1948 to 1951.
CHANGES = {
    "America/New_York": (date(2026, 3, 5), date(2026, 10, 28)),
    "America/Santiago": (date(2026, 4, 1),),
    "Australia/Lord_Howe": (date(2026, 4, 1), date(2026, 10, 1)),
    "Asia/Tokyo": (date(1949, 9, 5), date(1950, 5, 4), date(1951, 5, 3)),
    "UTC": (date(2026, 9, 17),),
}


@pytest.mark.parametrize("zone", CHANGES)
def test_days_are_those_of_the_zone_of_the_workspace(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random rule books and workspaces around a change of the clock give the rows of the oracle."""
    monkeypatch.setattr(strategies, "TOKYO", ZoneInfo(zone))
    monkeypatch.setattr(strategies, "ANCHORS", CHANGES[zone])
    compared = 0
    for seed in range(tries(3, 20)):
        books, tables, as_of = strategies.random_scenario(random.Random(f"{zone} {seed}"))
        workspace = bridge.workspace(books, tables, timezone=zone)
        due = comparable(workspace.due(as_of, all=True).to_dicts(), DUE)
        assert due == comparable(oracle.due_actions(books, tables, as_of, zone), DUE), f"seed {seed} at {as_of}"
        found = bridge.violated(workspace.violations(as_of).to_dicts())
        assert found == bridge.violated(oracle.violations(books, tables, as_of, zone)), f"seed {seed} at {as_of}"
        compared += len(due)
    assert compared > tries(1, 16)
