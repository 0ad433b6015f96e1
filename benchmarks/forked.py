"""A dozen reports that do nothing, by our warm process or by the standard library's: `python forked.py ours|theirs`.

It imports little: the library's children run this file once more.
"""

from __future__ import annotations

import json
import sys
import time
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory

from playbook.running.job import Job
from playbook.running.processes import RunLimits, WarmEngine

JOBS, AT_A_TIME = 12, 2
_NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "id": "p", "metadata": {"tags": ["parameters"]}, "source": "", "outputs": [],
         "execution_count": None},
        {"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "outputs": [], "execution_count": None},
    ],
    "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
}  # fmt: skip


def jobs_in(folder: Path) -> list[Job]:
    """A dozen reports that do nothing."""
    notebook = folder / "nothing.ipynb"
    notebook.write_text(json.dumps(_NOTEBOOK), encoding="utf-8")
    return [
        Job(f"r{n}", str(notebook), {}, str(folder / f"{n}.html"), str(folder / f"{n}.json"), str(folder / f"{n}"),
            str(folder / f"{n}.log"))
        for n in range(JOBS)
    ]  # fmt: skip


def ours(jobs: list[Job]) -> tuple[float, float]:
    """Seconds to the first and to the last outcome with our warm process."""
    began = time.perf_counter()
    with WarmEngine() as warm:
        ends = [time.perf_counter() - began for _ in warm(jobs, RunLimits(workers=AT_A_TIME))]
    return ends[0], ends[-1]


def theirs(jobs: list[Job]) -> tuple[float, float]:
    """The same with the standard library's forkserver, which has loaded the same beforehand."""
    began = time.perf_counter()
    context = get_context("forkserver")
    context.set_forkserver_preload(["warmed"])
    waiting, running, ends = list(jobs), {}, []
    while waiting or running:
        while waiting and len(running) < AT_A_TIME:
            process = context.Process(target=_one, args=(waiting.pop(),))
            process.start()
            running[process.sentinel] = process
        for done in wait(list(running)):
            running.pop(done).join()
            ends.append(time.perf_counter() - began)
    return ends[0], ends[-1]


def _one(job: Job) -> None:
    import warmed

    from playbook.running.job import run_job

    run_job(job, warmed.TOOLS)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        print(json.dumps((ours if sys.argv[1] == "ours" else theirs)(jobs_in(Path(folder)))))
