"""papermill's own command and function, on a fork of a warm process."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path

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
    papermill.execute_notebook(
        f"{sys.argv[1]}/{name}.ipynb", "out.ipynb", {"client": "北辰"}, engine_name="playbook",
        progress_bar=False, execution_timeout=2, log_output=True,
    )
"""


def executed(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """papermill run over fixture notebooks in a process of its own."""
    command = [sys.executable, "-c", REGISTERED, str(NOTEBOOKS), *names]
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=folder, check=False)


def test_the_output_notebook_is_what_a_kernel_would_have_written(tmp_path: Path) -> None:
    """Outputs, counts and times are in their cells, and the parameters are given."""
    done = executed(tmp_path, "every_output", "plants")
    assert done.returncode == 0, done.stderr
    notebook = json.loads((tmp_path / "out.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == [1, 2, 3]
    assert code[1]["metadata"]["tags"] == ["injected-parameters"]
    assert "found [None, None, None" in "".join(code[2]["outputs"][0]["text"])
    assert {cell["metadata"]["papermill"]["status"] for cell in code} == {"completed"}
    assert notebook["metadata"]["papermill"]["exception"] is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("raises", "ZeroDivisionError: division by zero"),
        ("exits", "SystemExit: a cell ended the report early"),
        ("dies", "DeadKernelError: the process ended in the middle"),
        ("sleeps", "CellTimeoutError: the time limit of 2 seconds has passed"),
    ],
)
def test_what_papermill_lets_pass_is_an_error(tmp_path: Path, name: str, message: str) -> None:
    """A cell that raises, ends early, dies or takes too long fails the notebook, and its record says so."""
    done = executed(tmp_path, name)
    assert done.returncode == 1
    assert message in done.stderr
    notebook = json.loads((tmp_path / "out.ipynb").read_text(encoding="utf-8"))
    assert notebook["metadata"]["papermill"]["exception"] is True


def test_the_engine_may_be_imported_before_papermill() -> None:
    """papermill loads engines in the middle of its own import; either order works."""
    for first, second in (("playbook.running.engine", "papermill"), ("papermill", "playbook.running.engine")):
        code = f"import {first}, {second}\nimport playbook.running.engine as e\nprint(e.PlaybookEngine.__name__)"
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
