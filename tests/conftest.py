"""How hard properties are tried, and in which order tests begin.

`make test` tries the same few on every machine, `make slow` many times as many, new ones.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from thinned import ALL
from xdist.scheduler import LoadScopeScheduling

from playbook.running.kernel import skip_slow_import

gc.set_threshold(50_000, 20, 20)  # else garbage is looked for, all the while, in what is loaded and stays
skip_slow_import()  # two seconds of each worker, and of each process that a test starts to read a notebook
LIGHT = str(Path(__file__).parent / "data" / "light")
if LIGHT not in os.environ.get("PYTHONPATH", ""):
    os.environ["PYTHONPATH"] = os.pathsep.join([LIGHT, *filter(None, [os.environ.get("PYTHONPATH")])])
settings.register_profile("quick", max_examples=12, deadline=None, derandomize=True)
settings.register_profile("all", max_examples=400, deadline=None)
settings.load_profile("all" if ALL else "quick")

HERE = Path(__file__).parent
LONGEST = (
    "pages/test_sample_reports.py", "cluster/test_workers.py", "commands/test_cli.py", "docs/test_docs.py",
    "publishing/test_leaks.py", "clock/test_due.py", "tables/test_database.py", "answers/placed/test_editions.py",
    "pages/test_review.py", "publishing/test_run.py", "docs/test_scheduler.py", "rendering/test_browser.py",
    "simulation/test_simulated.py", "publishing/test_register.py", "commands/test_personal.py", "pages/test_missing.py",
    "ask/test_remembered.py", "pages/test_letters.py", "commands/test_elsewhere.py", "publishing/test_status.py",
    "words/test_catalogue.py", "rules/test_books_jbc.py", "rules/test_reading.py", "pages/test_notebooks.py",
    "docs/test_wheel.py", "docs/test_adding.py", "publishing/test_site.py", "running/test_hanging.py",
)  # fmt: skip
"""The files of tests that take longest. They begin first: at the end no core waits for one that came last."""


PUBLISHED = ("test_sample_reports.py", "test_letter.py", "test_notebook_analyses.py")
"""The files of tests that look at all pages of the sample, which one worker makes once for all of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    places = {HERE / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(_begins_with(item.path), len(places)))
    gc.freeze()


def _begins_with(path: Path) -> Path:
    return HERE / LONGEST[0] if path.name in PUBLISHED else path


@pytest.fixture
def in_one_process() -> Iterator[None]:
    """`playbook run`, typed in a test, makes its pages in the process that is warm for all tests.

    That process has the environment of the first test that asked for it: none of the variables a test sets.
    """
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
