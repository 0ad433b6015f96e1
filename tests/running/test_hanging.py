"""Nothing waits for ever: a process that hangs is given up after a time, and what it was to do is done otherwise."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from write_notebook import notebook_at

from playbook.running import processes as pool
from playbook.running.job import Ended, Job, outcome_of
from playbook.running.processes import RunLimits, WarmEngine, WarmProcess, forkable, run_jobs

pytestmark = pytest.mark.skipif(not forkable(), reason="a process cannot be forked here")


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that should end, ends within a second."""
    monkeypatch.setattr(pool, "_STOPS", 1.0)


@pytest.fixture
def warm(hurry: None) -> Iterator[WarmProcess]:
    """A warm process."""
    process = WarmProcess()
    assert process.start()
    yield process
    process.close()


def stop(process: WarmProcess) -> None:
    """Let a process hang: it lives, and does nothing."""
    assert process._process is not None
    os.kill(process._process.pid, signal.SIGSTOP)


def job(folder: Path, *cells: str) -> Job:
    """A job that runs these cells."""
    notebook = folder / "notebook.ipynb"
    notebook_at(notebook, *cells)
    files = {name: str(folder / name) for name in ("page", "outcome", "files", "log")}
    return Job(report="notebook", notebook=str(notebook), parameters={}, **files)


def test_a_warm_process_that_hangs_is_silent_no_longer_than_its_limit(warm: WarmProcess) -> None:
    """Who waits for a process that hangs is told that it is gone, and closing it takes no longer."""
    stop(warm)
    began = time.monotonic()
    assert warm.receive(0.2) is None
    warm.close()
    assert time.monotonic() - began < 30


def test_a_process_that_never_warms_up_cannot_be_forked(hurry: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where warming up takes longer than any machine needs, the plain way is taken."""
    monkeypatch.setattr(pool, "_WARMS_UP", 0.01)
    process = WarmProcess()
    assert not process.start()
    process.close()


def test_a_report_whose_warm_process_hangs_is_made_by_another(
    hurry: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warm process is started anew, and the report is made after all."""
    receive = WarmProcess.receive

    def hang_once(self: WarmProcess, timeout: float = 0) -> Ended | None:
        monkeypatch.setattr(WarmProcess, "receive", receive)
        stop(self)
        return receive(self, 0.2)

    monkeypatch.setattr(WarmProcess, "receive", hang_once)
    with WarmEngine() as engine:
        ((_, outcome),) = run_jobs([job(tmp_path, "1 + 1")], RunLimits(timeout=100), engine)
    assert outcome.status == "ok", outcome.failure


@pytest.mark.parametrize(("free", "word"), [(4096, "空き容量がありません"), (1 << 30, "exit 1")])
def test_a_process_that_dies_on_a_full_disk_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, word: str
) -> None:
    """It could write nothing of why itself; who waited for it sees that the disk is full."""
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free))
    failure = outcome_of(job(tmp_path, "1"), Ended(0, 1.0, "exit 1", "", 0)).failure
    assert failure is not None and failure.message == f"実行中のプロセスが途中で止まりました（{word}）"
