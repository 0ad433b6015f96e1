"""How hard properties are tried, and in which order tests begin.

`make test` tries the same on every machine, `make slow` ten times as many, new ones.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import pytest
from hypothesis import settings
from thinned import ALL

settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("all", max_examples=400, deadline=None)
settings.load_profile("all" if ALL else "quick")

HERE = Path(__file__).parent
LONGEST = (
    "pages/test_sample_reports.py", "cluster/test_workers.py", "pages/test_notebooks.py", "publishing/test_run.py",
    "docs/test_docs.py", "pages/test_missing.py", "clock/test_due.py", "commands/test_cli.py", "tables/test_database.py",
    "answers/placed/test_editions.py", "importing/test_layouts.py", "publishing/test_site.py", "pages/test_review.py",
    "rendering/test_browser.py", "tables/test_stored.py", "simulation/test_simulated.py", "running/test_hanging.py",
)  # fmt: skip
"""The files of tests that take longest. They begin first: at the end no core waits for one that came last."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file stay together, those that look at the pages of the sample too, wherever tests are shared out."""
    places = {HERE / name: place for place, name in enumerate(LONGEST)}
    groups: dict[Hashable, list[pytest.Item]] = {}
    for item in items:
        shared = "published" in getattr(item, "fixturenames", ())
        path = HERE / LONGEST[0] if shared else item.path
        item.add_marker(pytest.mark.xdist_group(path.as_posix()))
        groups.setdefault(path, []).append(item)
    items[:] = [
        item for path in sorted(groups, key=lambda path: places.get(path, len(places))) for item in groups[path]
    ]
