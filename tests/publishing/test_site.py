"""The published folder is wholly old or wholly new, whatever happens to a run."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from thinned import tries
from write_notebook import notebook_at

from playbook.publishing import site as publishing
from playbook.publishing.index import index_html
from playbook.publishing.manifest import read_manifest, same_files, to_text
from playbook.publishing.site import (
    PublishError,
    carry,
    locked,
    publish_folder,
    published_files,
    recover,
    site_at,
    staging,
)
from playbook.running.forkserver import working_threads

posix = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and file modes are POSIX")

RUNS = """
import itertools, sys
from datetime import datetime, timedelta
from pathlib import Path
from playbook.publishing.reports import run_reports

home, first = Path(sys.argv[1]), int(sys.argv[2])
for number in itertools.count(first):
    (home / "workspace" / "events.csv").write_text(f"version {number}", encoding="utf-8")
    run_reports(
        (), workspace=str(home / "workspace"), as_of="2026-11-20", out=home / "reports",
        started_at=datetime(2026, 1, 1) + timedelta(minutes=number), notebooks=home / "notebooks", wait=20,
    )
    print(number, flush=True)
"""

# The same without the notebooks: nearly all of its time is publishing, which is what is to be interrupted.
QUICK_RUNS = (
    """
from pathlib import Path
from playbook.publishing import run
from playbook.running.job import JobResult

def pages(jobs, limits, engine):
    for job in jobs:
        page = Path(job.page)
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(Path(job.parameters["workspace"], "events.csv").read_text(encoding="utf-8"), encoding="utf-8")
        yield job, JobResult("ok", 0.0, title=job.report)

run.run_jobs = pages
"""
    + RUNS
)


def said(folder: Path) -> dict[str, str]:
    """The files of a folder and what they hold."""
    return {name: (folder / name).read_text(encoding="utf-8") for name in published_files(folder)}


def names(folder: Path) -> list[str]:
    """What stands in a folder."""
    return sorted(path.name for path in folder.iterdir())


def fill(folder: Path, **files: str) -> None:
    """Write files; a dot of a name is written as two underscores."""
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "pour"])
def test_a_new_set_takes_the_place_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    """New files are there, files that go are gone, files of others stay; nothing is left beside the folder."""
    if not exchange:
        monkeypatch.setattr(publishing, "_exchanged", lambda *_: False)
    site = site_at(tmp_path / "reports")
    fill(site.out, index__html="old", gone__html="old", README__md="mine")
    with staging(site) as stage:
        fill(stage, index__html="new", page__html="new")
        carry(site.out, stage, ["README.md"])
        publish_folder(stage, site, gone=["gone.html"])
    assert said(site.out) == {"README.md": "mine", "index.html": "new", "page.html": "new"}
    assert names(tmp_path) == ["reports"]


def test_a_pour_that_was_killed_is_finished_by_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where folders cannot be exchanged, the next run first moves what the killed one had not, the index last."""
    monkeypatch.setattr(publishing, "_exchanged", lambda *_: False)
    site = site_at(tmp_path / "reports")
    fill(site.out, index__html="old", a__html="old", b__html="old")
    moved: list[str] = []
    replace = Path.replace

    def replace_two(self: Path, target: Path) -> None:
        if len(moved) == 2:
            raise KeyboardInterrupt
        moved.append(target.name)
        replace(self, target)

    with monkeypatch.context() as killing, pytest.raises(KeyboardInterrupt), staging(site) as stage:
        killing.setattr(Path, "replace", replace_two)
        fill(stage, index__html="new", a__html="new", b__html="new")
        publish_folder(stage, site)
    assert said(site.out) == {"a.html": "new", "b.html": "new", "index.html": "old"}
    recover(site)
    assert said(site.out) == {"a.html": "new", "b.html": "new", "index.html": "new"}
    assert names(tmp_path) == ["reports"]


def test_what_a_killed_run_had_begun_to_build_is_removed(tmp_path: Path) -> None:
    """A staging folder without its marker is of no use to anybody."""
    site = site_at(tmp_path / "reports")
    fill(tmp_path / ".reports.staging-x", index__html="half")
    fill(tmp_path / "reports", index__html="old")
    recover(site)
    assert names(tmp_path) == ["reports"]
    assert said(site.out) == {"index.html": "old"}


def test_the_second_run_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    """Two runs never publish at once; the second is told, and gets its turn."""
    site = site_at(tmp_path / "reports")
    told = threading.Event()
    order: list[str] = []

    def second() -> None:
        with locked(site, 10, told.set):
            order.append("second")

    with locked(site, 1, lambda: None):
        thread = threading.Thread(target=second)
        thread.start()
        assert told.wait(5)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
    assert names(tmp_path) == []


def test_a_run_that_waits_too_long_says_why(tmp_path: Path) -> None:
    """Waiting has an end, with a clear word."""
    site = site_at(tmp_path / "reports")
    with (
        locked(site, 1, lambda: None),
        pytest.raises(PublishError, match=r"another run is publishing here\n.*--out"),
        locked(site, 0.2, lambda: None),
    ):
        raise AssertionError("two runs hold the lock")


def test_a_read_only_folder_is_a_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is named, and what to do."""
    (tmp_path / "reports").mkdir()
    monkeypatch.setattr(publishing.os, "access", lambda path, _: Path(path) != tmp_path / "reports")
    with pytest.raises(PublishError, match=r"reports: cannot be written: the folder is read-only\n.*--out"):
        site_at(tmp_path / "reports")


def test_whoever_stands_in_the_folder_goes_on_standing_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cd reports; playbook run --out .` leaves the shell in the published folder, not in a removed one."""
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path / "reports")
    site = site_at(Path())
    with staging(site) as stage:
        fill(stage, index__html="new")
        publish_folder(stage, site)
    assert Path.cwd() == tmp_path / "reports"
    assert names(Path()) == ["index.html"]


def test_a_full_disk_is_a_clear_message_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old set stays, and the message says what to do."""
    site = site_at(tmp_path / "reports")
    fill(site.out, index__html="old")

    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing.tempfile, "mkdtemp", full)
    with pytest.raises(PublishError, match=r"No space left on device\n.*free some space"), staging(site):
        raise AssertionError("there was no space")
    assert said(site.out) == {"index.html": "old"}


def whole_set(out: Path) -> str:
    """The version a published folder holds; fails where it is not one complete set."""
    record = read_manifest(out / "manifest.json")
    assert record is not None, "no manifest"
    assert all(same_files(out, entry) for entry in record.entries), "a page is not what the manifest says"
    older = [each for run in record.older if (each := read_manifest(out / "runs" / f"{run}.json")) is not None]
    assert (out / "index.html").read_text(encoding="utf-8") == index_html(record, older), "the index is of another run"
    assert (out / "runs" / f"{record.run}.json").read_text(encoding="utf-8") == to_text(record)
    versions = {
        (out / entry.page).read_text(encoding="utf-8").split("version ")[1].split("<")[0] for entry in record.entries
    }
    assert len(versions) == 1, f"pages of several runs: {versions}"
    return versions.pop()


def prepare(home: Path) -> None:
    """A workspace that says its version, and three reports that repeat it."""
    (home / "workspace").mkdir()
    for name in "abc":
        code = "from pathlib import Path\n\nprint(Path(workspace, 'events.csv').read_text(encoding='utf-8'))"
        notebook_at(home / "notebooks" / f"{name}.ipynb", code)


def killed_after(home: Path, runs: str, number: int, seconds: float) -> int:
    """Run from a version on, kill -9 so many seconds after the first run; the version that stands then."""
    command = [sys.executable, "-c", runs, str(home), str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == str(number), "the run after a killed one did not finish"
        time.sleep(seconds)
        process.kill()
    return int(whole_set(home / "reports"))


@posix
@pytest.mark.parametrize(
    ("runs", "kills", "longest"), [(QUICK_RUNS, tries(5, 8), 0.3), (RUNS, tries(1, 2), 1.5)], ids=["quick", "real"]
)
def test_killed_at_any_moment_the_folder_is_one_complete_set(
    tmp_path: Path, runs: str, kills: int, longest: float
) -> None:
    """kill -9 at random moments: what is published is one set, the next run goes on, nothing is left behind.

    PLAYBOOK_KILLS sets how often; the nightly run uses 200.
    """
    prepare(tmp_path)
    chance = random.Random(20261120)
    number = 0
    for _ in range(int(os.environ.get("PLAYBOOK_KILLS", kills))):
        version = killed_after(tmp_path, runs, number, chance.uniform(0, longest))
        assert version >= number
        number = version + 1
    left = [name for name in names(tmp_path) if name.startswith(".reports.staging-")]
    assert len(left) <= 2, "only what the last killed run had begun may be left, for the next run to remove"
    site = site_at(tmp_path / "reports")
    with locked(site, 0, lambda: pytest.fail("a killed run left a lock")):
        recover(site)
    assert names(tmp_path) == ["notebooks", "reports", "workspace"]


def test_a_process_whose_frames_have_worked_is_not_forked() -> None:
    """The warm process looks at its own threads: polars, once it has worked, must not be forked."""
    look = "from playbook.running.forkserver import working_threads\nimport polars as pl\n"
    work = "pl.DataFrame({'a': [3, 1] * 1000}).group_by('a').len()\n"
    tell = "print(len(working_threads()))"
    told = [
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, encoding="utf-8").stdout.strip()
        for code in (look + tell, look + work + tell)
    ]
    if sys.platform == "linux":
        assert told[0] == "0" and int(told[1]) > 0
    assert working_threads() is not None
