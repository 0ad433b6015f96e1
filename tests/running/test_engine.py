"""papermill's own command and function, on a fork of a warm process."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from playbook.running import engine
from playbook.running.kernel import skip_slow_import
from playbook.running.processes import forkable

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

pytestmark = pytest.mark.skipif(not forkable(), reason="a process cannot be forked here")

REGISTERED = """
import sys
from papermill.engines import papermill_engines
from playbook.running.engine import PlaybookEngine
papermill_engines.register("playbook", PlaybookEngine)
import papermill
for name in sys.argv[2:]:
    try:
        papermill.execute_notebook(
            f"{sys.argv[1]}/{name}.ipynb", f"{name}.ipynb", {"client": "北辰"}, engine_name="playbook",
            progress_bar=False, execution_timeout=2, log_output=True,
        )
    except BaseException as error:
        print(name, str(error).strip().splitlines()[-1], sep=": ")
"""
FAILS = {
    "raises": "ZeroDivisionError: division by zero",
    "exits": "SystemExit: a cell ended the report early",
    "dies": "DeadKernelError: the process ended in the middle",
    "sleeps": "CellTimeoutError: the time limit of 2 seconds has passed",
}


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """papermill run over fixture notebooks, one after the other in one process: where they are, what was said."""
    folder = tmp_path_factory.mktemp("executed")
    command = [sys.executable, "-c", REGISTERED, str(NOTEBOOKS), "every_output", *FAILS, "plants"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def record_of(folder: Path, name: str) -> dict[str, Any]:
    """An executed notebook."""
    notebook: dict[str, Any] = json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
    return notebook


def test_the_output_notebook_is_what_a_kernel_would_have_written(executed: tuple[Path, str]) -> None:
    """Outputs, counts and times are in their cells, and the parameters are given; nothing of others before it."""
    notebook = record_of(executed[0], "plants")
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == [1, 2, 3]
    assert code[1]["metadata"]["tags"] == ["injected-parameters"]
    assert "found [None, None, None" in "".join(code[2]["outputs"][0]["text"])
    assert {cell["metadata"]["papermill"]["status"] for cell in code} == {"completed"}
    assert notebook["metadata"]["papermill"]["exception"] is None


@pytest.mark.parametrize("name", FAILS)
def test_what_papermill_lets_pass_is_an_error(executed: tuple[Path, str], name: str) -> None:
    """A cell that raises, ends early, dies or takes too long fails the notebook, and its record says so."""
    folder, said = executed
    assert f"{name}: {FAILS[name]}" in said
    assert record_of(folder, name)["metadata"]["papermill"]["exception"] is True


def test_papermill_may_be_imported_before_the_engine() -> None:
    """papermill loads engines in the middle of its own import; either order works, the other one above."""
    code = "import papermill, playbook.running.engine as e\nprint(e.PlaybookEngine.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "PlaybookEngine"


def test_only_the_engine_is_made_on_demand() -> None:
    """Any other name is missing, as from any module."""
    with pytest.raises(AttributeError, match="Engin"):
        _ = engine.Engin


def test_the_slow_import_is_skipped() -> None:
    """A run does not pay for the format check of a library that no notebook needs."""
    code = (
        "from playbook.running.kernel import skip_slow_import; skip_slow_import(); import nbformat, sys; "
        "print(sys.modules['rfc3987_syntax'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "None"
    with warnings.catch_warnings():
        skip_slow_import()
