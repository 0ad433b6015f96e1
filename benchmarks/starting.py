"""What a person waits for at the command line: how soon it answers, and how fast reports come.

Each command and its yardstick run in turn, in processes of their own, from the start of the process to its end.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

AS_OF = "2026-11-20"
NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
_PYTHON = Path(sys.executable)
_PLAYBOOK = (_PYTHON, "-m", "playbook")
_Command = tuple[str | Path, ...]


def measured(repeats: int) -> Iterator[list[str]]:
    """One row per question: what, goal, measured."""
    with tempfile.TemporaryDirectory(prefix="playbook-bench-") as name:
        yield from _quickly(repeats, Path(name))
        yield from _reports(Path(name))


def _quickly(repeats: int, folder: Path) -> Iterator[list[str]]:
    yardstick = (_PYTHON, "-c", "import polars")
    due = (*_PLAYBOOK, "due", "--as-of", AS_OF, "-o", folder / "due.csv")
    for what, command, goal in (("playbook due", due, "3.0"), ("playbook --help", (*_PLAYBOOK, "--help"), "–")):
        ours, theirs = zip(*((_seconds(command), _seconds(yardstick)) for _ in range(repeats)), strict=True)
        one, other = median(ours), median(theirs)
        yield [f"`{what}` on the samples, cold, against `import polars` ({one:.2f} s, {other:.2f} s)", goal,
               f"{one / other:.2f}"]  # fmt: skip


def _reports(folder: Path) -> Iterator[list[str]]:
    run = (*_PLAYBOOK, "run", "--as-of", AS_OF, "--force")
    one = _seconds((*run, "funnel", "--out", folder / "one"))
    plain = _plain("funnel", folder)
    yield [f"one report, cold, against `papermill` + `jupyter nbconvert` ({one:.1f} s, {plain:.1f} s)", "0.33",
           f"{one / plain:.2f}"]  # fmt: skip
    several = _seconds((*run, "case_timeline", "--each", "placement", "--out", folder / "each"))
    pages = len(list((folder / "each").rglob("case_timeline.html")))
    loop = 60 / median(_plain("case_timeline", folder) for _ in range(3))
    yield [f"pages a minute ({pages * 60 / several:.0f}), against a plain loop of both ({loop:.1f})", "20",
           f"{pages * 60 / several / loop:.1f}"]  # fmt: skip
    yield ["all reports of the samples, seconds", "20", f"{_seconds((*run, '--out', folder / 'all')):.1f}"]


def _plain(notebook: str, folder: Path) -> float:
    """The seconds that papermill and nbconvert take for one notebook."""
    made = folder / f"{notebook}.ipynb"
    parameters = ("-p", "as_of", AS_OF)
    papermill = (_PYTHON, "-m", "papermill", NOTEBOOKS / made.name, made, *parameters)
    return _seconds(papermill) + _seconds((_PYTHON, "-m", "nbconvert", "--to", "html", made))


def _seconds(command: _Command) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr.decode('utf-8', 'replace')}")
    return seconds
