"""One job: run one notebook, render its page, write down what happened.

A job and its outcome are plain JSON, so that they cross from process to process and can be read when
something broke. The outcome is this project's own record: a report is good only if every code cell ran to
its end. papermill's record says "completed" for a dead kernel, for a time-out and for ``sys.exit(0)``, and
is not asked.

Whoever starts a worker waits for its process to end. The outcome file is put in place as the last act, so a
process that ended without one has died.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import re
import shutil
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from playbook.rendering.attachments import FILES_DIR, SUMMARY
from playbook.rendering.notebook import (
    heading_of,
    is_python,
    parameters_index,
    read_notebook,
)
from playbook.rendering.parameters import Value, injected_source
from playbook.words.catalogue import msg
from playbook.words.problem import PlaybookError, reason, said
from playbook.words.text import Lang

if TYPE_CHECKING:
    from playbook.running.ipython import CellRun

JobStatus = Literal["ok", "failed"]

# Plotly otherwise guesses from the surroundings how a figure is to be shown.
ENVIRON = {
    "PLOTLY_RENDERER": "plotly_mimetype",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}

_CELL = msg("Cell {}")
_DIED = msg("the process ended in the middle ({})")
_TIMEOUT = msg("the time limit of {} seconds has passed")
_MEMORY = msg("the memory limit of {} MB was passed")
_UNWRITTEN = msg("the page cannot be written")
_EXIT = msg("a cell ended the report early (exit)")
_HINTS = {
    "timeout": msg("--timeout allows more"),
    "memory": msg("narrow the report, or use fewer --workers"),
    "exit": msg("use a condition instead of ending early"),
    "died": msg("the log says more"),
}


@dataclass(frozen=True, slots=True)
class Job:
    """One report to make.

    Attributes:
        report: its name.
        notebook: the notebook file.
        parameters: checked values, by name.
        page: the HTML file to write; empty for none.
        outcome: the JSON file to write at the very end.
        files: the folder for what it attaches.
        log: the file for everything else it says.
        lang, as_of, target, plotly_src, files_href, index_href: see ``frame.Placement``.
        cells: the file to write each cell's outputs to as it ends, one line of JSON a cell; empty for none.
        cwd: the folder to run in; empty for that of whoever started the process.
        environ: environment variables the process may not have yet.
    """

    report: str
    notebook: str
    parameters: dict[str, Value]
    page: str
    outcome: str
    files: str
    log: str
    lang: Lang = "ja"
    as_of: str = ""
    target: str = ""
    plotly_src: str | None = None
    files_href: str | None = None
    index_href: str = ""
    cells: str = ""
    cwd: str = ""
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def running(self) -> Path:
        """The file that holds the position of the cell that runs now."""
        return Path(self.outcome).with_suffix(".cell")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no page: where, what, what to do about it."""

    kind: Literal["exception", "exit", "timeout", "memory", "died", "output", "kernel"]
    message: str
    cell: int | None = None
    heading: str = ""
    hint: str = ""

    def place(self, lang: Lang) -> str:
        """The cell and the heading it stands under; empty where no cell is known."""
        if self.cell is None:
            return ""
        named = {"ja": f"「{self.heading}」", "en": f" “{self.heading}”"}[lang] if self.heading else ""
        return _CELL.say(lang).format(self.cell) + named

    def line(self, lang: Lang) -> str:
        """The failure in one readable line."""
        hint = f" — {self.hint}" if self.hint else ""
        place = f"{self.place(lang)}: " if self.cell is not None else ""
        return " ".join(f"{place}{self.message}{hint}".split())


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file published beside a page."""

    name: str
    label: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class JobResult:
    """What came of a job."""

    status: JobStatus
    seconds: float
    title: str = ""
    cells: int = 0
    charts: int = 0
    summary: dict[str, Any] = field(default_factory=dict)
    files: tuple[Attachment, ...] = ()
    failure: Failure | None = None


def to_json(value: Job | JobResult) -> str:
    """A job or an outcome as JSON."""
    return json.dumps(asdict(value), ensure_ascii=False)


def job_from(text: str) -> Job:
    """The job that JSON tells."""
    return Job(**json.loads(text))


def outcome_from(text: str) -> JobResult:
    """The outcome that JSON tells."""
    told = json.loads(text)
    files = tuple(Attachment(**each) for each in told.pop("files"))
    failure = told.pop("failure")
    return JobResult(files=files, failure=Failure(**failure) if failure else None, **told)


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)


# ---- in the process that runs the notebook ----


class StoppedError(Exception):
    """A report that cannot be published."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def run_job(job: Job, tools: Tools) -> JobResult:
    """Run one job to its outcome file; what goes wrong in the notebook is part of the outcome."""
    began = time.perf_counter()
    try:
        outcome = _made(job, tools, began)
    except StoppedError as stopped:
        outcome = JobResult("failed", _since(began), failure=stopped.failure)
    write_whole(Path(job.outcome), to_json(outcome))
    return outcome


@contextmanager
def leaving_nothing(tools: Tools) -> Iterator[None]:
    """Take back what a notebook of the package does to its process, so that a page after it finds what it found.

    That is its names and outputs, the environment, the folder and the warnings it has given; random numbers start
    anew with each page. What it may have done to modules cannot be taken back, so no other notebook is run so.
    """
    environ, folder = dict(os.environ), Path.cwd()
    with warnings.catch_warnings():
        yield
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    tools.shell.renew()


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)


def _made(job: Job, tools: Tools, began: float) -> JobResult:
    _settle(job)
    notebook = tools.execute(job, read_notebook(Path(job.notebook)))
    title, charts = _write_page(job, notebook, tools) if job.page else ("", 0)
    return JobResult(
        "ok",
        _since(began),
        title=title,
        cells=sum(cell["cell_type"] == "code" for cell in notebook["cells"]),
        charts=charts,
        summary=_summary(notebook),
        files=_files(job, notebook),
    )


def _settle(job: Job) -> None:
    """Make this process the report's: its folder for files, its random numbers the same in every run."""
    os.environ.update(job.environ)
    os.environ.update(ENVIRON)
    if job.files:
        os.environ[FILES_DIR] = job.files
    if job.cwd:
        os.chdir(job.cwd)
    random.seed(job.report)


def _write_page(job: Job, notebook: dict[str, Any], tools: Tools) -> tuple[str, int]:
    from playbook.rendering.frame import Placement
    from playbook.rendering.page import UnrenderedOutputError

    place = Placement(
        lang=job.lang,
        as_of=job.as_of,
        target=job.target,
        plotly_src=job.plotly_src,
        files_href=job.files_href,
        index_href=job.index_href,
        fallback_title=job.report,
    )
    try:
        html, resources = tools.exporter.from_notebook_node(notebook, {"placement": place})
    except UnrenderedOutputError as error:
        raise StoppedError(failure_at(job, notebook, error.cell, "output", error)) from error
    try:
        write_whole(Path(job.page), html)
    except OSError as error:
        raise StoppedError(Failure("output", f"{_UNWRITTEN.say(job.lang)}: {error.strerror}")) from error
    return resources["page"].title, resources["page"].charts


def _summary(notebook: Mapping[str, Any]) -> dict[str, Any]:
    told = [data[SUMMARY] for data in _displays(notebook) if SUMMARY in data]
    return dict(told[-1]) if told else {}


def _files(job: Job, notebook: Mapping[str, Any]) -> tuple[Attachment, ...]:
    from playbook.rendering.attachments import ATTACHMENT

    told = {data[ATTACHMENT]["name"]: data[ATTACHMENT] for data in _displays(notebook) if ATTACHMENT in data}
    folder = Path(job.files)
    names = sorted(path.name for path in folder.iterdir()) if job.files and folder.is_dir() else []
    return tuple(_file(folder / name, told.get(name, {}).get("label", name)) for name in names)


def _file(path: Path, label: str) -> Attachment:
    data = path.read_bytes()
    return Attachment(path.name, label, len(data), hashlib.sha256(data).hexdigest())


def _displays(notebook: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    outputs = (output for cell in notebook["cells"] for output in cell.get("outputs", ()))
    return [output["data"] for output in outputs if "data" in output]


class Tools:
    """What a worker uses and what can be made ahead: a shell and an exporter nobody has used."""

    def __init__(self) -> None:
        from playbook.rendering.html import PageExporter
        from playbook.running.ipython import new_shell

        self.exporter = PageExporter()
        self.shell = new_shell()

    def read_ahead(self, path: Path) -> None:
        """Read the cells of a notebook as they are read when they run, for whoever runs it many times from here."""
        for cell in read_notebook(path)["cells"]:
            if cell["cell_type"] == "code":
                self.shell.transform_cell(cell["source"])  # type: ignore[no-untyped-call]

    def execute(self, job: Job, notebook: dict[str, Any]) -> dict[str, Any]:
        """The notebook with its outputs, its parameters given.

        Raises:
            StoppedError: a cell did not run to its end.
        """
        from playbook.rendering.nothing import NothingToShowError, ended_early
        from playbook.running.ipython import run_cells

        if not is_python(notebook):
            return PapermillTools.execute_by_papermill(job, notebook)
        places, sources = _code_of(notebook, job.parameters)
        outputs: dict[int, list[Any]] = {}
        with job.running.open("wb", buffering=0) as running:

            def starting(position: int) -> None:
                running.seek(0)
                running.write(b"%-9d" % places[position])  # as long each time: nothing of the one before is left

            for place, run in zip(places, run_cells(self.shell, sources, starting=starting), strict=False):
                outputs.setdefault(place, []).extend(run.outputs)
                _write_cell(job, place, run)
                if isinstance(run.error, NothingToShowError):
                    told = ended_early(_filled(notebook, outputs), place, str(run.error), run.error.missing)
                    log_stderr(job, told["cells"])
                    return told
                if run.error is not None:
                    raise StoppedError(_exception(job, notebook, place, run.error, run.outputs))
        done = _filled(notebook, outputs)
        log_stderr(job, done["cells"])
        return done


def _filled(notebook: dict[str, Any], outputs: Mapping[int, list[Any]]) -> dict[str, Any]:
    """A notebook with the outputs of its code cells, by their position."""
    cells = [
        {**cell, "outputs": outputs.get(i, cell.get("outputs", []))} if cell["cell_type"] == "code" else cell
        for i, cell in enumerate(notebook["cells"])
    ]
    return {**notebook, "cells": cells}


class PapermillTools(Tools):
    """The same through papermill and a kernel: where a process cannot be forked, and for other languages."""

    def __init__(self) -> None:
        from playbook.rendering.html import PageExporter

        self.exporter = PageExporter()

    def execute(self, job: Job, notebook: dict[str, Any]) -> dict[str, Any]:
        """The notebook with its outputs, run by papermill's plain engine."""
        return self.execute_by_papermill(job, notebook)

    @staticmethod
    def execute_by_papermill(job: Job, notebook: dict[str, Any]) -> dict[str, Any]:
        """The notebook with its outputs, run by papermill's plain engine, whose word is not taken for it."""
        from playbook.running.kernel import execute_with_kernel

        done = execute_with_kernel(job, notebook)
        log_stderr(job, done["cells"])
        return done


def _write_cell(job: Job, place: int, run: CellRun) -> None:
    if job.cells:
        line = {"cell": place, "outputs": run.outputs, "seconds": run.seconds, "count": run.count}
        with Path(job.cells).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _code_of(notebook: Mapping[str, Any], parameters: Mapping[str, Value]) -> tuple[list[int], list[str]]:
    """The code cells in order, as positions and sources, with the parameters after the parameters cell."""
    places: list[int] = []
    sources: list[str] = []
    asked = parameters_index(notebook)
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code" and cell["source"].strip():
            places.append(index)
            sources.append(cell["source"])
            if index == asked and parameters:
                places.append(index)
                sources.append(injected_source(parameters))
    return places, sources


def log_stderr(job: Job, cells: list[dict[str, Any]]) -> None:
    """Keep what cells wrote to stderr: it is not for the page, but somebody may look for it."""
    texts = [
        output["text"]
        for cell in cells
        for output in cell.get("outputs", ())
        if output["output_type"] == "stream" and output["name"] == "stderr"
    ]
    append_log(job, "".join(texts))


def append_log(job: Job, text: str) -> None:
    """Append to the log of a job."""
    if text:
        with Path(job.log).open("a", encoding="utf-8") as file:
            file.write(text.rstrip() + "\n")


def _exception(
    job: Job,
    notebook: Mapping[str, Any],
    place: int,
    error: BaseException,
    outputs: list[Any],
) -> Failure:
    traces = [line for output in outputs if output["output_type"] == "error" for line in output["traceback"]]
    append_log(job, "\n".join(traces))
    kind: Literal["exit", "exception"] = "exit" if isinstance(error, SystemExit) else "exception"
    return failure_at(job, notebook, place, kind, error)


def failure_at(
    job: Job,
    notebook: Mapping[str, Any],
    place: int,
    kind: Literal["exception", "exit", "output"],
    error: BaseException,
) -> Failure:
    """The failure of one cell, said for people."""
    heading = heading_of(notebook, place)
    if kind == "exit":
        return Failure(kind, _EXIT.say(job.lang), place + 1, heading, _HINTS["exit"].say(job.lang))
    if isinstance(error, PlaybookError):
        first, more = error.problems[0].parts(job.lang), len(error.problems) - 1
        said = first.found if kind == "output" else f"{without_folders(first.place)}: {first.found}"
        rest = msg(" (and {more} more)", more=more).say(job.lang) if more else ""
        allowed = msg("allowed: {allowed}", allowed=first.allowed).say(job.lang)
        return Failure(kind, said + rest, place + 1, heading, first.hint or (first.allowed and allowed))
    return Failure(kind, f"{type(error).__name__}: {_first_line(str(error))}", place + 1, heading)


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return without_folders(lines[0])[:300] if lines else ""


def without_folders(text: str) -> str:
    """A text that names files without the folders they are in: a page tells nobody's home."""
    return re.sub(r"(/[\w.-]+){2,}/", "", text)


# ---- in the process that started it ----


@dataclass(frozen=True, slots=True)
class Ended:
    """How the process of a job ended.

    Attributes:
        id: the number it was asked for under.
        seconds: how long it ran.
        ended: how it ended, in a word, such as ``signal 9``.
        stopped: which limit it was stopped for; empty where it was not.
        limit: that limit, in seconds or MB.
    """

    id: int
    seconds: float
    ended: str
    stopped: Literal["", "timeout", "memory"] = ""
    limit: float = 0.0


def outcome_of(job: Job, ended: Ended) -> JobResult:
    """What came of a job whose process has ended: its own word, or that it has none."""
    if not ended.stopped and Path(job.outcome).is_file():
        return outcome_from(Path(job.outcome).read_text(encoding="utf-8"))
    kind: Literal["died", "timeout", "memory"] = ended.stopped or "died"
    told = {
        "died": _DIED.say(job.lang).format(said(_FULL, job.lang) if _is_full(job) else ended.ended),
        "timeout": _TIMEOUT.say(job.lang).format(f"{ended.limit:g}"),
        "memory": _MEMORY.say(job.lang).format(f"{ended.limit:.0f}"),
    }
    place = _running(job)
    heading = heading_of(read_notebook(Path(job.notebook)), place) if place is not None else ""
    number = None if place is None else place + 1
    failure = Failure(kind, told[kind], number, heading, _HINTS[kind].say(job.lang))
    return JobResult("failed", round(ended.seconds, 3), failure=failure)


_FULL = reason(OSError(errno.ENOSPC, "No space left on device"))
_LEFT = 1 << 18  # bytes; less holds no page


def _is_full(job: Job) -> bool:
    """Whether nothing more goes to where a job writes: its process could not even say so."""
    try:
        return shutil.disk_usage(Path(job.outcome).parent).free < _LEFT
    except OSError:
        return False


def _running(job: Job) -> int | None:
    try:
        return int(job.running.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
