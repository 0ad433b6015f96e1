"""Cells are read once for many pages, and each page reads them as it is told to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from write_notebook import notebook_at

CODE = """
import sys
from pathlib import Path
from playbook.running.ipython import run_cells
from playbook.running.job import Tools
from playbook.rendering.notebook import read_notebook

tools, path = Tools(), Path(sys.argv[1])
tools.read_ahead(path)
ahead = len(tools.shell.input_transformer_manager._read)
cells = [cell["source"] for cell in read_notebook(path)["cells"]]
runs = list(run_cells(tools.shell, cells, starting=lambda _: None))
print(ahead, [run.outputs[-1]["data"]["text/plain"] if run.outputs else run.error for run in runs])
"""


def test_a_cell_that_was_read_ahead_follows_what_cells_before_it_change(tmp_path: Path) -> None:
    """Magics work as ever; a transformer that a cell adds changes the same cell below it, though it was read before."""
    add = "get_ipython().input_transformers_cleanup.append(lambda lines: [one.replace('6 * 7', '6 * 8') for one in lines])"
    path = tmp_path / "cells.ipynb"
    notebook_at(path, "%time x = 6\nx", "6 * 7", add, "6 * 7")
    done = subprocess.run([sys.executable, "-c", CODE, str(path)], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == "4 [None, '6', '42', None, '48']"
