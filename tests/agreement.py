"""The package's answers and those of the slow reading, side by side; a scenario on which they differ is made small."""

from __future__ import annotations

from typing import Any

import bridge
import oracle
import pytest
from shrinking import smallest, told
from strategies import Scenario

Rows = list[tuple[str, ...]]


def answers(scenario: Scenario, counts_from: Any = None) -> dict[str, tuple[Rows, Rows]]:
    """Per question what the package answers, and what the slow reading does."""
    books, tables, as_of = scenario
    ws = bridge.workspace(books, tables, counts_from)
    due = oracle.due_actions(books, tables, as_of, counts_from=counts_from)
    still_open = [row for row in due if row["status"] in oracle.OPEN]
    broken = oracle.violations(books, tables, as_of, counts_from=counts_from)
    nobody = oracle.orphans(books, tables, as_of, counts_from=counts_from)
    orphan = ("playbook", "case_id", "client_id")
    return {
        "open": (bridge.comparable(ws.due(as_of).to_dicts(), bridge.DUE), bridge.comparable(still_open, bridge.DUE)),
        "due": (bridge.comparable(ws.due(as_of, all=True).to_dicts(), bridge.DUE), bridge.comparable(due, bridge.DUE)),
        "violations": (bridge.violated(ws.violations(as_of).to_dicts()), bridge.violated(broken)),
        "orphans": (bridge.comparable(ws.on(as_of).orphans().to_dicts(), orphan), bridge.comparable(nobody, orphan)),
    }


def differ(scenario: Scenario, counts_from: Any = None) -> bool:
    """Whether any answer is another."""
    return any(ours != theirs for ours, theirs in answers(scenario, counts_from).values())


def agrees(scenario: Scenario, counts_from: Any = None) -> None:
    """Fails with the smallest scenario that still differs, and the rows that do."""
    if differ(scenario, counts_from):
        small = smallest(scenario, lambda one: differ(one, counts_from))
        lines = []
        for question, (ours, theirs) in answers(small, counts_from).items():
            lines += [f"{question}, package only: {row}" for row in ours if row not in theirs]
            lines += [f"{question}, oracle only: {row}" for row in theirs if row not in ours]
        pytest.fail("\n".join([*lines, f"counts from {counts_from}", told(small)]))
