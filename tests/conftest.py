"""How hard properties are tried, and in which order tests begin.

`make test` tries the same on every machine, `make slow` twenty times as many, new ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from thinned import ALL
from xdist.scheduler import LoadScopeScheduling

from playbook.running.kernel import skip_slow_import

skip_slow_import()  # two seconds of each worker, and of each process that a test starts to read a notebook
LIGHT = str(Path(__file__).parent / "data" / "light")
if LIGHT not in os.environ.get("PYTHONPATH", ""):
    os.environ["PYTHONPATH"] = os.pathsep.join([LIGHT, *filter(None, [os.environ.get("PYTHONPATH")])])
settings.register_profile("quick", max_examples=20, deadline=None, derandomize=True)
settings.register_profile("all", max_examples=400, deadline=None)
settings.load_profile("all" if ALL else "quick")

HERE = Path(__file__).parent
LONGEST = (
    "pages/test_sample_reports.py", "cluster/test_workers.py", "publishing/test_run.py", "publishing/test_leaks.py",
    "commands/test_cli.py", "docs/test_docs.py", "rendering/test_browser.py", "tables/test_database.py",
    "clock/test_due.py", "answers/placed/test_editions.py", "importing/test_layouts.py", "pages/test_notebooks.py",
    "pages/test_missing.py", "docs/test_scheduler.py", "publishing/test_site.py", "pages/test_review.py",
    "simulation/test_simulated.py", "tables/test_stored.py", "ask/test_remembered.py", "publishing/test_register.py",
    "running/test_hanging.py",
)  # fmt: skip
"""The files of tests that take longest. They begin first: at the end no core waits for one that came last."""


PUBLISHED = ("test_sample_reports.py", "test_letter.py", "test_notebook_analyses.py")
"""The files of tests that look at all pages of the sample, which one worker makes once for all of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    places = {HERE / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(_begins_with(item.path), len(places)))


def _begins_with(path: Path) -> Path:
    return HERE / LONGEST[0] if path.name in PUBLISHED else path


@pytest.fixture
def in_one_process() -> Iterator[None]:
    """`playbook run`, typed in a test, makes its pages in the process that is warm for all tests."""
    from warmed import lent  # takes a second, which who only hands out the tests need not wait for

    with lent():
        yield


class ByFile(LoadScopeScheduling):
    """Tests of one file run in one worker, and those of the files that look at the sample's pages."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return PUBLISHED[0] if file.endswith(PUBLISHED) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """What `--dist loadfile` does, but for the sample's pages; groups by mark are lost between these versions."""
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None
