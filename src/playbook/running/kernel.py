"""A notebook run by papermill's plain engine and a kernel of its own: slower, and at home everywhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from playbook.rendering.notebook import parameters_index
from playbook.rendering.parameters import injected_source

if TYPE_CHECKING:
    from playbook.running.job import Job


def skip_slow_import() -> None:
    """Keep jsonschema from importing ``rfc3987_syntax``.

    The import takes 0.9 seconds of every process that touches a notebook, and checks a format no notebook
    has; jsonschema does without it where it is not installed.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def execute_with_kernel(job: Job, notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with the outputs of a run in which every code cell ended.

    Raises:
        StoppedError: a cell raised, ended the report early, or never ran.
    """
    skip_slow_import()
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from nbformat import from_dict
    from papermill.exceptions import PapermillExecutionError  # type: ignore[import-untyped]
    from papermill.execute import execute_notebook  # type: ignore[import-untyped]

    from playbook.rendering.nothing import NothingToShowError, ended_early
    from playbook.running.job import Failure, StoppedError

    ready = from_dict(_with_parameters(notebook, job))  # type: ignore[no-untyped-call]
    try:
        done = execute_notebook(ready, None, progress_bar=False, kernel_name=_kernel(notebook))
    except PapermillExecutionError as error:
        if error.ename == NothingToShowError.__name__:
            return ended_early(notebook, _place(job, notebook, error), error.evalue)
        raise StoppedError(_raised(job, notebook, error)) from error
    except (DeadKernelError, CellTimeoutError, RuntimeError) as error:
        raise StoppedError(Failure("kernel", f"{type(error).__name__}: {error}")) from error
    _refuse_unfinished(job, done)
    cells = [dict(cell) for cell in done.cells if "injected-parameters" not in cell.metadata.get("tags", ())]
    return {**notebook, "cells": cells}


def _kernel(notebook: Mapping[str, Any]) -> str:
    return str(notebook.get("metadata", {}).get("kernelspec", {}).get("name", "python3"))


def _with_parameters(notebook: dict[str, Any], job: Job) -> dict[str, Any]:
    """The notebook with a cell of our own for the parameters: papermill writes Japanese as escapes."""
    at = parameters_index(notebook)
    if at is None or not job.parameters:
        return notebook
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "injected-parameters",
        "metadata": {"tags": ["injected-parameters"]},
        "source": injected_source(job.parameters),
        "outputs": [],
        "execution_count": None,
    }
    cells = notebook["cells"]
    return {**notebook, "cells": [*cells[: at + 1], cell, *cells[at + 1 :]]}


def _raised(job: Job, notebook: dict[str, Any], error: Any) -> Any:
    from playbook.running.job import append_log, failure_at

    append_log(job, "\n".join(error.traceback))
    kind = type(error.ename, (Exception,), {})
    return failure_at(job, notebook, _place(job, notebook, error), "exception", kind(error.evalue))


def _place(job: Job, notebook: dict[str, Any], error: Any) -> int:
    """The position of the cell that raised; the cell of the parameters is not in the notebook people know."""
    at = parameters_index(notebook)
    return int(error.cell_index) - int(at is not None and bool(job.parameters) and error.cell_index > at)


def _refuse_unfinished(job: Job, done: Any) -> None:
    """Every code cell has been executed and none left the notebook: papermill itself lets both pass."""
    from playbook.running.job import Failure, StoppedError, failure_at

    for index, cell in enumerate(done.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if any(output.output_type == "error" for output in cell.outputs):
            raise StoppedError(failure_at(job, {"cells": done.cells}, index, "exit", SystemExit()))
        if cell.execution_count is None:
            raise StoppedError(Failure("kernel", "a cell never ran", index + 1))


def main() -> None:
    """Run the one job named on the command line; started by ``processes`` where a process cannot be forked."""
    from pathlib import Path

    skip_slow_import()
    from playbook.running.job import PapermillTools, job_from, run_job

    run_job(job_from(Path(sys.argv[1]).read_text(encoding="utf-8")), PapermillTools())


if __name__ == "__main__":
    main()
