"""The notebooks as people run them: cell by cell (nbval), by plain papermill, by `playbook run`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from thinned import ALL

from playbook.publishing.reports import notebook_folder, report_names

NOTEBOOKS = notebook_folder()


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """A Python module run as a person runs it."""
    # Elsewhere every file is opened with its encoding named; papermill and nbval do not name theirs.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONWARNDEFAULTENCODING"}
    return subprocess.run(
        [sys.executable, "-m", *words],
        env=env,
        cwd=NOTEBOOKS,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=900,
    )


def test_every_cell_of_every_notebook_runs() -> None:
    """nbval runs notebooks from top to bottom on the sample workspace, each in a kernel of its own.

    The first that a newcomer opens; `make slow` runs all, in both languages. The cells of the others run where their
    pages are published.
    """
    chosen = sorted(NOTEBOOKS.rglob("*.ipynb")) if ALL else [NOTEBOOKS / "start_here.ipynb"]
    args = [
        "--nbval-lax",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        "-q",
        *(["-n", "2", "--dist", "loadfile"] if ALL else []),
    ]
    done = run("pytest", *args, "--rootdir", str(NOTEBOOKS), "-c", os.devnull, *map(str, chosen))
    assert done.returncode == 0, done.stdout + done.stderr


def test_plain_papermill_runs_a_report(tmp_path: Path) -> None:
    """`papermill X.ipynb out.ipynb -p as_of ...` executes every cell of a report, in either language.

    One of them in English; a Japanese one runs so where its editions are looked through for what leaks.
    """

    def papermill(report: str) -> subprocess.CompletedProcess[str]:
        out = str(tmp_path / f"{report}.ipynb")
        (tmp_path / report).parent.mkdir(exist_ok=True)
        told = ["-p", "as_of", "2026-10-01"]
        return run("papermill", f"{report}.ipynb", out, *told, "--no-progress-bar")

    names = report_names(NOTEBOOKS)
    reports = [*names, *(f"en/{name}" for name in names)] if ALL else ["en/yearly"]
    with ThreadPoolExecutor(2) as workers:
        for report, done in zip(reports, workers.map(papermill, reports), strict=True):
            assert done.returncode == 0, f"{report}: {done.stderr}"
            cells = json.loads((tmp_path / f"{report}.ipynb").read_text(encoding="utf-8"))["cells"]
            code = [cell for cell in cells if cell["cell_type"] == "code"]
            assert all(cell["execution_count"] for cell in code), report
            assert not [out for cell in code for out in cell["outputs"] if out["output_type"] == "error"]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.rglob("*.ipynb")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    """What is committed holds no output, no count and no path of a machine; every cell has an id of its own."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info", "playbook"}
