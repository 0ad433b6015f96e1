"""How hard properties are tried: `make slow` tries each ten times as often.

Tests that are known not to hold yet stand in `not_yet.txt`, one a line: they run, are told, and stop nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from thinned import ALL

settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("all", max_examples=400, deadline=None)
settings.load_profile("all" if ALL else "quick")

NOT_YET = Path(__file__).with_name("not_yet.txt")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is known not to hold: by its whole id, or by that of all its cases."""
    lines = NOT_YET.read_text(encoding="utf-8").splitlines()
    known = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    for item in items:
        if item.nodeid in known or item.nodeid.partition("[")[0] in known:
            item.add_marker(pytest.mark.xfail(reason="known not to hold yet (tests/not_yet.txt)", strict=False))
