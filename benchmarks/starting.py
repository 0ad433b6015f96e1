"""What a person waits for at the command line: how soon it answers, and how fast reports come.

Each command and its yardstick run in turn, in processes of their own, from the start of the process to its end; where
pages are counted by the minute, both have as many workers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

AS_OF = "2026-11-20"
NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
_PYTHON = Path(sys.executable)
_PLAYBOOK = (_PYTHON, "-m", "playbook")
_WORKERS = 2
_CASES = {"joins-selection": 3_000, "placement-followup": 800, "interview-aftercare": 700, "casual-interview": 500}
_Command = tuple[str | Path, ...]
_SURROUNDINGS = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As a user has it: what was compiled once stays compiled, ours as what pip has installed."""

Time = tuple[float, float]
"""Seconds from start to end, and of the processors."""


def measured(repeats: int) -> Iterator[list[str]]:
    """One row per question: what, goal, measured, and the same by the time of the processors."""
    with tempfile.TemporaryDirectory(prefix="playbook-bench-") as name:
        yield from _quickly(repeats, Path(name))
        yield from _reports(repeats, Path(name))
        yield from _people(Path(name))


def _quickly(repeats: int, folder: Path) -> Iterator[list[str]]:
    yardstick = (_PYTHON, "-c", "import polars")
    due = (*_PLAYBOOK, "due", "--as-of", AS_OF, "-o", folder / "due.csv")
    for what, command, goal in (("playbook due", due, "3.0"), ("playbook --help", (*_PLAYBOOK, "--help"), "–")):
        pairs = [(_time(command), _time(yardstick)) for _ in range(1 + repeats)][1:]
        one, other = (_typical([pair[n] for pair in pairs]) for n in (0, 1))
        said = f"`{what}` on the samples, cold, against `import polars` ({one[0]:.2f} s, {other[0]:.2f} s)"
        yield [said, goal, *_ratios(one, other)]


def _reports(repeats: int, folder: Path) -> Iterator[list[str]]:
    run = (*_PLAYBOOK, "run", "--as-of", AS_OF, "--force")
    pairs = [(_time((*run, "funnel", "--out", folder / "one")), _plain("funnel", folder)) for _ in range(repeats)]
    one, plain = (_typical([pair[n] for pair in pairs]) for n in (0, 1))
    said = f"one report, cold, against `papermill` + `jupyter nbconvert` ({one[0]:.1f} s, {plain[0]:.1f} s)"
    yield [said, "0.33", *_ratios(one, plain)]
    each = (*run, "case_timeline", "--each", "placement", "--workers", str(_WORKERS), "--out", folder / "each")
    pairs = [(_time(each), _side_by_side("case_timeline", folder)) for _ in range(repeats)]
    several, loop = (_typical([pair[n] for pair in pairs]) for n in (0, 1))
    pages = len(list((folder / "each").rglob("case_timeline.html")))
    rates = f"({pages * 60 / several[0]:.0f}), against plain loops of both ({_WORKERS * 60 / loop[0]:.1f})"
    theirs, ours = _a_page(loop, _WORKERS), _a_page(several, pages)
    yield [f"pages a minute on {_WORKERS} workers {rates}", "20", *_ratios(theirs, ours)]
    everything = _time((*run, "--out", folder / "all"))
    yield ["all reports of the samples, seconds", "20", *(f"{seconds:.1f}" for seconds in everything)]


def _people(folder: Path) -> Iterator[list[str]]:
    """The morning sheet of each person of a large workspace."""
    large = folder / "large"
    cases = [word for book, n in _CASES.items() for word in ("--cases", f"{book}={n}")]
    _time((*_PLAYBOOK, "simulate", large, "--until", AS_OF, "--clients", "60", "--months", "12", "--clean", *cases))
    run = (*_PLAYBOOK, "run", "weekly_due_actions", "--workspace", large, "--as-of", AS_OF, "--workers", str(_WORKERS))
    once, each = (_time((*run, *more, "--out", folder / f"people {len(more)}")) for more in ((), ("--each", "owner")))
    pages = len(list((folder / "people 2").rglob("weekly_due_actions.html")))
    rates = (f"{pages * 60 / seconds:.0f}" for seconds in each)
    cases = f"{sum(_CASES.values()):,} cases"
    yield [f"pages a minute, `--each owner` for {pages - 1} people of {cases} ({each[0]:.0f} s)", "1000", *rates]
    yield [f"the same against one page of everybody ({once[0]:.1f} s)", "–", *_ratios(each, once)]


def _plain(notebook: str, folder: Path) -> Time:
    """What papermill and nbconvert take for one notebook."""
    began, used = time.perf_counter(), _used()
    _made_plainly(notebook, folder)
    return time.perf_counter() - began, _used() - used


def _side_by_side(notebook: str, folder: Path) -> Time:
    """What papermill and nbconvert take where each of the workers makes the notebook once, all at the same time."""
    began, used = time.perf_counter(), _used()
    places = [folder / f"worker {number}" for number in range(_WORKERS)]
    for place in places:
        place.mkdir(exist_ok=True)
    with ThreadPoolExecutor(_WORKERS) as workers:
        list(workers.map(partial(_made_plainly, notebook), places))
    return time.perf_counter() - began, _used() - used


def _made_plainly(notebook: str, folder: Path) -> None:
    made = folder / f"{notebook}.ipynb"
    _time((_PYTHON, "-m", "papermill", NOTEBOOKS / made.name, made, "-p", "as_of", AS_OF))
    _time((_PYTHON, "-m", "nbconvert", "--to", "html", made))


def _a_page(of_all: Time, pages: int) -> Time:
    return of_all[0] / pages, of_all[1] / pages


def _typical(times: list[Time]) -> Time:
    return median(seconds for seconds, _ in times), median(processor for _, processor in times)


def _ratios(one: Time, other: Time) -> list[str]:
    return [f"{mine / theirs:.2f}" for mine, theirs in zip(one, other, strict=True)]


def _time(command: _Command) -> Time:
    began, used = time.perf_counter(), _used()
    done = subprocess.run(command, capture_output=True, check=False, env=_SURROUNDINGS)
    seconds, processor = time.perf_counter() - began, _used() - used
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr.decode('utf-8', 'replace')}")
    return seconds, processor


def _used() -> float:
    """The processor time of all children that have ended, and of theirs."""
    times = os.times()
    return times.children_user + times.children_system
