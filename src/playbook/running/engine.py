"""A papermill engine: ``papermill --engine playbook in.ipynb out.ipynb`` runs on a fork of a warm process.

The same notebooks, the same outputs as with a kernel, without the seconds a kernel takes to start: in a loop over
``execute_notebook`` the warm process is started once, and each notebook still has a process of its own. A cell that
raises, runs out of ``execution_timeout``, kills its process or ends it with ``sys.exit`` fails the notebook; of these
papermill's own engine lets the last pass. Other languages, and systems that cannot fork, go to that engine.

papermill loads the engines of other packages in the middle of its own import. So nothing here imports papermill until
``PlaybookEngine`` is asked for, and either may be imported first.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from playbook.running.job import Job, JobResult, outcome_of
from playbook.running.processes import RunLimits, WarmProcess, forkable

_LOG = logging.getLogger("papermill")


def __getattr__(name: str) -> Any:
    if name == "PlaybookEngine":
        return _engine()
    raise AttributeError(name)


@cache
def _engine() -> type:
    from papermill.engines import Engine, NBClientEngine  # type: ignore[import-untyped]

    class PlaybookEngine(Engine):  # type: ignore[misc]
        """Runs each notebook on a fork of a warm process."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> None:
            warm = _warm() if cls.nb_language(nb_man.nb) == "python" else None
            if warm is None:
                NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **kwargs)
            else:
                _execute(nb_man, warm, kwargs)

    return PlaybookEngine


@cache
def _warm() -> WarmProcess | None:
    """The warm process of this process, started at the first notebook; None where there cannot be one."""
    if not forkable():
        return None
    warm = WarmProcess()
    atexit.register(warm.close)
    return warm if warm.start() else None


def _execute(nb_man: Any, warm: WarmProcess, options: dict[str, Any]) -> None:
    limits = RunLimits(timeout=options.get("execution_timeout") or options.get("timeout") or 0)
    with tempfile.TemporaryDirectory(prefix="playbook-") as folder:
        job = _job(nb_man.nb, Path(folder))
        warm.send(0, job, limits, os.cpu_count() or 1)
        ended = warm.receive()
        if ended is None:
            _warm.cache_clear()
            raise RuntimeError("the warm process has gone; run the notebook again")
        _tell(nb_man, job, outcome_of(job, ended), options)
    nb_man.nb.metadata["language_info"] = {"name": "python", "version": sys.version.split()[0]}


def _job(nb: Any, folder: Path) -> Job:
    notebook = folder / "notebook.ipynb"
    notebook.write_text(json.dumps(nb, ensure_ascii=False), encoding="utf-8")
    return Job(
        report="notebook",
        notebook=str(notebook),
        parameters={},
        page="",
        outcome=str(folder / "outcome.json"),
        files="",
        log=str(folder / "log.txt"),
        lang="en",
        cells=str(folder / "cells.jsonl"),
        cwd=str(Path.cwd()),
        environ=dict(os.environ),
    )


def _tell(nb_man: Any, job: Job, outcome: JobResult, options: dict[str, Any]) -> None:
    """Give papermill the outputs and the times of the cells, and the failure as an error it recognises."""
    told = Path(job.cells)
    lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    done = {line["cell"]: line for line in map(json.loads, lines)}
    failed = outcome.failure.cell - 1 if outcome.failure and outcome.failure.cell else None
    for index, cell in enumerate(nb_man.nb.cells):
        nb_man.cell_start(cell, index)
        if index in done:
            _fill(cell, done[index], options)
        if index == failed or (outcome.failure and failed is None):
            _fail(cell, outcome)
            nb_man.cell_exception(cell, cell_index=index)
            nb_man.cell_complete(cell, cell_index=index)
            return
        nb_man.cell_complete(cell, cell_index=index)
        if index in done:
            _time(cell, done[index]["seconds"])


def _fill(cell: Any, line: dict[str, Any], options: dict[str, Any]) -> None:
    from nbformat import from_dict

    cell.outputs = [from_dict(output) for output in line["outputs"]]  # type: ignore[no-untyped-call]
    counts = (output.execution_count for output in cell.outputs if output.output_type == "execute_result")
    cell.execution_count = next(counts, None) or line["count"]
    for output in cell.outputs:
        if output.output_type == "stream":
            _pass_on(output, options)


def _pass_on(output: Any, options: dict[str, Any]) -> None:
    """What a cell printed, to where papermill was told to send it."""
    if options.get("log_output"):
        (_LOG.info if output.name == "stdout" else _LOG.warning)(output.text)
    file = options.get(f"{output.name}_file")
    if file is not None:
        file.write(output.text)


def _fail(cell: Any, outcome: JobResult) -> None:
    """Give the cell an error papermill cannot overlook: it takes ``SystemExit: 0``, and a silent death, for success."""
    from nbformat.v4 import new_output

    assert outcome.failure is not None
    if cell.cell_type != "code":
        return
    kinds = {"exit": "SystemExit", "timeout": "CellTimeoutError", "died": "DeadKernelError"}
    name = kinds.get(outcome.failure.kind)
    if name is not None:
        cell.outputs = [output for output in cell.outputs if output.output_type != "error"]
        message = f"{outcome.failure.message} ({outcome.failure.hint})"
        cell.outputs.append(
            new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])  # type: ignore[no-untyped-call]
        )


def _time(cell: Any, seconds: float) -> None:
    end = datetime.now(UTC)
    times = {"start_time": (end - timedelta(seconds=seconds)).isoformat(), "end_time": end.isoformat()}
    cell.metadata.papermill.update(times, duration=seconds)
