"""What plain papermill gave a notebook is held against what the notebook asks for, in the notebook, in its language."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from playbook.publishing.reports import notebook_folder
from playbook.rendering import injected
from playbook.words.problem import ArgumentError

DECLARED = 'workspace: str = ""  # folder\nas_of: str = "2026-11-20"\nclient: str = ""\nlang: str = "ja"'
RUN = "injected.check(lang)"


def given(monkeypatch: pytest.MonkeyPatch, *cells: str) -> None:
    """The cells that were run, as IPython keeps them: the first is nothing."""
    monkeypatch.setattr(injected, "_cells_run", lambda _shell: ["", *cells, RUN])


def test_every_unknown_name_and_an_empty_workspace_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what there is and what may have been meant, in the language of the page."""
    given(monkeypatch, DECLARED, '# Parameters\nclint = "K-01"\nworkspace = ""\nas_off = 20261120\n')
    with pytest.raises(ArgumentError) as raised:
        injected.check("en")
    assert "parameter 'clint': unknown; allowed: workspace, as_of, client, lang" in str(raised.value)
    assert "did you mean 'client'?" in str(raised.value) and "did you mean 'as_of'?" in str(raised.value)
    assert "parameter 'workspace': the text is empty; allowed: a folder" in str(raised.value)
    with pytest.raises(ArgumentError, match="パラメーター 'clint': 知らない名前です.*\n.*'client' のことですか"):
        injected.check("ja")


@pytest.mark.parametrize(
    "cells",
    [
        (DECLARED, '# Parameters\nclient = "K-01"\nas_of = 20261120\nworkspace = "data/samples"\n'),
        (DECLARED, '# Parameters\nlang = "en"\n'),
        (DECLARED, 'clint = "tried in a cell of my own"'),
        (DECLARED,),
        (),
    ],
)
def test_nothing_happens_where_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch, cells: tuple[str, ...]) -> None:
    """Known names of any type, no workspace at all, cells of somebody's own, no notebook."""
    given(monkeypatch, *cells)
    injected.check("ja")


def test_outside_of_a_notebook_there_is_nothing_to_check() -> None:
    """No IPython, no cells."""
    injected.check("ja")


def test_what_a_later_cell_raises_is_said_in_the_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a kernel, an id that nobody has is told as the page would say it; errors of others stay as they are."""
    shell = InteractiveShell()
    shell.kernel = object()
    monkeypatch.setattr(injected, "_shell", lambda: shell)
    injected.check("ja")
    for cell in (
        "import playbook as pb\npb.open('nowhere')",
        "int('x')",
    ):
        assert not shell.run_cell(cell).success
    told = capsys.readouterr().out
    assert "nowhere: そのような" in told and "invalid literal for int() with base 10" in told


def test_papermill_ends_with_the_error_in_the_notebook(tmp_path: Path) -> None:
    """A real run: not nought, and the sentence in the executed notebook, whose language was given."""
    notebook, out = notebook_folder() / "yearly.ipynb", tmp_path / "out.ipynb"
    asked = ["-p", "ofice", "東京", "-p", "lang", "en", "--no-progress-bar"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONWARNDEFAULTENCODING"}
    command = [sys.executable, "-m", "papermill", str(notebook), str(out), *asked]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, env=environment)
    assert done.returncode != 0
    cells = json.loads(out.read_text(encoding="utf-8"))["cells"]
    said = [put["evalue"] for cell in cells for put in cell.get("outputs", ()) if put["output_type"] == "error"]
    assert said and "parameter 'ofice': unknown" in said[0] and "did you mean 'office'?" in said[0]
