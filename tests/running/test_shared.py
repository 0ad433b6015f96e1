"""Pages of one notebook of the package that share a process: equal to those that have one each, and nobody's fault."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from warmed import AS_OF, warm
from write_notebook import notebook_at

import playbook as pb
from playbook.rendering.notebook import digest_of_cells, is_as_it_came, notebook_folder, read_notebook
from playbook.running.job import Job, JobResult
from playbook.running.processes import RunLimits, forkable, run_jobs

pytestmark = pytest.mark.skipif(not forkable(), reason="a process cannot be forked here")

# What a page finds of the pages before it; where it is told to, it does what ends it, or what ends another.
CELL = """
import builtins, os, random, signal, sys, time, warnings
from pathlib import Path

found = [os.environ.get("PLANTED"), globals().get("planted"), Path.cwd().name, random.random(), len(In), len(Out)]
print(os.getpid(), found)
warnings.warn("said in every page's log")
os.environ["PLANTED"] = planted = client
os.chdir(workspace)
match client:
    case "plants":
        builtins.planted_for_good = True
    case "minds":
        assert not hasattr(builtins, "planted_for_good")
    case "raises":
        1 / 0
    case "exits":
        sys.exit()
    case "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    case "late":
        time.sleep(60)
"""


def stamped(path: Path, cell: str = CELL) -> Path:
    """A notebook that says it came with the package."""
    notebook_at(path, cell)
    told = json.loads(path.read_text(encoding="utf-8"))
    told["metadata"] = {"playbook": {"code": digest_of_cells(told)}}
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def pages(folder: Path, notebook: Path, clients: Sequence[str], limits: RunLimits) -> dict[str, tuple[JobResult, Any]]:
    """What came of a page for each client, with the process and what it found there."""
    jobs = []
    for client in clients:
        own = folder / client
        own.mkdir(parents=True)
        files = {name: str(own / name) for name in ("outcome", "files", "log", "cells")}
        given = {"client": client, "workspace": str(folder)}
        jobs.append(Job(report="r", notebook=str(notebook), parameters=given, page="", **files))
    return {job.parameters["client"]: (outcome, _found(job)) for job, outcome in run_jobs(jobs, limits, warm())}


def _found(job: Job) -> Any:
    """What the page's last try has printed, as (process, found)."""
    lines = Path(job.cells).read_text(encoding="utf-8").splitlines()
    printed = [out["text"] for line in lines for out in json.loads(line)["outputs"] if out.get("name") == "stdout"]
    return printed[-1].split(" ", 1) if printed else None


def test_a_page_finds_nothing_of_those_before_it_in_its_process(tmp_path: Path) -> None:
    """Names, outputs, environment, folder and random numbers are new to each of the pages, which share two processes."""
    made = pages(tmp_path, stamped(tmp_path / "n.ipynb"), [f"K-{n}" for n in range(8)], RunLimits(workers=2))
    assert {outcome.status for outcome, _ in made.values()} == {"ok"}
    assert len({process for _, (process, _) in made.values()}) <= 2
    assert len({found for _, (_, found) in made.values()}) == 1
    assert "said in every page's log" in (tmp_path / "K-7" / "log").read_text(encoding="utf-8")


def test_a_notebook_whose_code_was_changed_has_a_process_for_each_page(tmp_path: Path) -> None:
    """The digest that it came with fits its code no more, and what other code leaves behind nobody knows."""
    notebook = stamped(tmp_path / "n.ipynb")
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("1 / 0", "2 / 0"), encoding="utf-8")
    made = pages(tmp_path, notebook, [f"K-{n}" for n in range(5)], RunLimits(workers=2))
    assert len({process for _, (process, _) in made.values()}) == 5


def test_what_ends_a_page_ends_no_other(tmp_path: Path) -> None:
    """Each failure is told as its page's own; who fails through another page is made anew, alone; all others are made."""
    clients = ["first", "plants", "minds", "raises", "next", "exits", "dies", "late", "last"]
    made = pages(tmp_path, stamped(tmp_path / "n.ipynb"), clients, RunLimits(timeout=5, workers=1))
    kinds = {client: outcome.failure and outcome.failure.kind for client, (outcome, _) in made.items()}
    good = dict.fromkeys(("first", "plants", "minds", "next", "last"))
    assert kinds == {**good, "raises": "exception", "exits": "exit", "dies": "died", "late": "timeout"}
    assert all(outcome.failure.cell == 2 for outcome, _ in made.values() if outcome.failure)


def test_pages_that_share_a_process_are_those_that_have_their_own(tmp_path: Path) -> None:
    """The weekly lists of some people and the files beside them, byte by byte; a limit of memory is kept by one each."""
    notebook = notebook_folder() / "weekly_due_actions.ipynb"
    owners = pb.open().on(AS_OF).week().people["owner"].drop_nulls().to_list()[:6]
    written = []
    for way, limits in {"shared": RunLimits(), "alone": RunLimits(memory=100_000)}.items():
        jobs = [_weekly(tmp_path / way / owner, notebook, owner) for owner in owners]
        assert all(outcome.failure is None for _, outcome in run_jobs(jobs, limits, warm()))
        files = [path for path in (tmp_path / way).rglob("*") if path.is_file() and "work" not in path.parts]
        written.append({path.relative_to(tmp_path / way): path.read_bytes() for path in files})
    assert written[0] == written[1]
    assert len(written[0]) >= 4 * len(owners)


def _weekly(folder: Path, notebook: Path, owner: str) -> Job:
    work = folder / "work"
    work.mkdir(parents=True)
    files = {name: str(work / name) for name in ("outcome", "log")}
    given = {"owner": owner, "as_of": AS_OF, "lang": "ja"}
    beside = str(folder / "files")
    return Job("w", str(notebook), given, str(folder / "page.html"), files=beside, plotly_src="p", **files)


def test_every_notebook_of_the_package_is_as_it_came() -> None:
    """In both languages; `make words` writes the digests."""
    notebooks = [*notebook_folder().glob("*.ipynb"), *notebook_folder().glob("en/*.ipynb")]
    assert notebooks
    assert [path.name for path in notebooks if not is_as_it_came(read_notebook(path))] == []
