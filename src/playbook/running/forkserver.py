"""The warm process: it imports what notebooks import, never works itself, and forks one child a job.

A child starts with everything loaded and nothing used, does its one job and is gone, so no state of one
report can reach another. Only pages of one notebook whose code is as it came with the package may follow each other
in one child (`notebook.is_as_it_came`), which saves each of them the fork and the memory it touches: what such a page
may leave behind is known, and taken back (`job.leaving_nothing`). What must hold for that:

- Only the main thread works. polars forks safely only before its thread pool has started, so nothing here
  may touch a frame; where the imports have started such threads all the same, the process refuses (status
  3) and ``processes`` runs papermill instead.
- A child has a session of its own, so that it can be ended with all it started, and dies with this process.
- This process ends when its standard input does, that is, when whoever started it is gone.

Requests come as lines of JSON, ``{"id", "job", "timeout", "memory", "threads", "jobs", "shared"}``; for each, once its
child has ended or waits for the next page, a line goes back: an ``Ended``. Where many ``jobs`` are to come, what was
handed over is unpacked once, here, and each child has the workspace as its fork has it: its own, and as if it had
read it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Literal

from playbook.running import sealed_memory
from playbook.running.job import ENVIRON, Ended, Job, Tools, leaving_nothing, run_job
from playbook.running.kernel import skip_slow_import

PRELOAD = (
    "numpy",
    "polars",
    "plotly.graph_objects",
    "plotly.io._renderers",
    "plotly.subplots",
    "psutil",
    "bdb",
    "email.generator",
    "playbook",
    "playbook.rendering.injected",
    "playbook.ask.workspace",
    "playbook.ask.day",
    "playbook.show.view",
    "playbook.show.charts.pictures",
    "playbook.show.charts.comparisons",
    "playbook.pages.findings",
    "playbook.pages.headlines",
    "playbook.pages.handout",
    "playbook.pages.morning",
    "playbook.pages.unread",
    "playbook.show.drafts",
    "playbook.publishing.reports",
    "playbook.answers.owed.violations",
)
NOT_FORKABLE = 3

REHEARSED = (
    ("playbook.show.calendar_file", "rehearse_calendar"),
    ("playbook.show.spreadsheet", "rehearse_workbook"),
)
"""What does once, of what is loaded for several, that each file would do at first."""

SEVERAL = 4
"""With more reports than these, what only some of them need is loaded once for all, too."""

PRELOAD_FOR_SEVERAL = (
    "icalendar",
    "xlsxwriter",
    "playbook.pages.accounted",
    "playbook.pages.asked",
    "playbook.pages.missing",
    "playbook.show.answer_list",
    "playbook.show.calendar_file",
    "playbook.show.digest",
    "playbook.answers.law.no_poaching",
    "playbook.answers.owed.accounted",
    "playbook.answers.owed.changes",
    "playbook.answers.owed.outlived",
    "playbook.answers.owed.questions",
)

MOST_PAGES = 200
"""The pages that one child may make, so that what they leave in its memory has an end."""

# jemalloc makes its threads anew after a fork; the other one removes what polars wrote to disk, and nothing
# is written.
_HARMLESS = ("jemalloc_bg_thd", "polars-ooc-clea")

_LOOK_EVERY = 0.2
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """A forked process, what it does now and its limits.

    Attributes:
        line: over it a child that may make more pages of its notebook is told of the next; None for any other child.
        pages: how many it has made, with the one it makes now.
        is_free: it has said that it is done with its page, and waits.
    """

    id: int
    began: float
    timeout: float
    memory: float
    stopped: Literal["", "timeout", "memory"] = ""
    notebook: str = ""
    line: socket.socket | None = None
    pages: int = 1
    is_free: bool = False

    @classmethod
    def of(cls, request: Mapping[str, Any], line: socket.socket | None) -> Child:
        """The child that begins with what is asked for."""
        limits = request["timeout"] or 0, request["memory"] or 0
        return cls(request["id"], time.monotonic(), *limits, notebook=request["job"]["notebook"], line=line)

    def goes_on_with(self, request: Mapping[str, Any]) -> bool:
        """Whether a child that waits has been told to make one more page of its notebook."""
        if self.line is None or self.stopped or request["job"]["notebook"] != self.notebook:
            return False
        try:
            self.line.sendall(json.dumps(request["job"]).encode("utf-8") + b"\n")
        except OSError:  # it was ended by somebody
            return False
        self.id, self.began, self.timeout = request["id"], time.monotonic(), request["timeout"] or 0
        self.pages, self.is_free = self.pages + 1, False
        return True

    def hang_up(self) -> None:
        """Tell it that nothing more comes; it then ends."""
        if self.line is not None:
            self.line.close()
            self.line = None

    def limit_passed(self, pid: int) -> Literal["", "timeout", "memory"]:
        """The limit this child has passed; empty where none."""
        if self.timeout and time.monotonic() - self.began > self.timeout:
            return "timeout"
        return "memory" if self.memory and _resident_mb(pid) > self.memory else ""

    @property
    def limit(self) -> float:
        """The limit it was stopped for: seconds or MB."""
        return self.memory if self.stopped == "memory" else self.timeout


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def working_threads() -> list[str]:
    """The names of the threads of this process that a fork would lose; empty where the system does not say."""
    tasks = Path("/proc/self/task")
    names = [(task / "comm").read_text(encoding="utf-8").strip() for task in tasks.glob("*")]
    own = (tasks / str(os.getpid()) / "comm").read_text(encoding="utf-8").strip() if names else ""
    return sorted(name for name in names if name not in (own, *_HARMLESS))


def preload() -> Tools:
    """Everything a job needs, imported and made, and nothing of it used.

    What is loaded stays: no garbage is looked for in it, neither here nor in a child.
    """
    gc.disable()
    skip_slow_import()
    os.environ.update(ENVIRON)
    tools = Tools()
    _import(PRELOAD)
    _rehearse(tools)
    gc.freeze()
    return tools


def preload_for_several(tools: Tools, notebook: Path) -> None:
    """What many reports need, loaded once; of what was handed over, only where that leaves this process forkable.

    `notebook`: that of the first of them, which is that of all where each person has a page.
    """
    gc.disable()
    _import(PRELOAD_FOR_SEVERAL)
    for module, name in REHEARSED:
        with contextlib.suppress(Exception):
            getattr(importlib.import_module(module), name)()
    with contextlib.suppress(Exception):  # what is wrong with it is said where it runs
        tools.read_ahead(notebook)
    if _unpacks_alone():
        sealed_memory.unpack()
    gc.freeze()


def _unpacks_alone() -> bool:
    """Whether unpacking starts no thread, tried by a child."""
    pid = os.fork()
    if pid == 0:
        threads = True
        try:
            sealed_memory.unpack()
            threads = bool(working_threads())
        finally:
            os._exit(threads)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _import(names: Iterable[str]) -> None:
    for name in names:
        # What cannot be imported is missed by the notebook that needs it, and said there.
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _rehearse(tools: Tools) -> None:
    """Do once what every report does, so that what is imported or compiled at first use is there before the fork.

    The built-in playbooks are read too: they are content of the package and never change.
    """
    import plotly.graph_objects as go  # type: ignore[import-untyped]
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    from playbook.rendering.figure import PLOTLY
    from playbook.rendering.frame import Placement
    from playbook.rules.reading import builtin_playbooks

    builtin_playbooks()
    line = {"line": {"width": 1}}
    traces = [go.Bar(x=["a"], y=[1], marker=line), go.Scatter(x=["a"], y=[1], marker=line, **line), go.Heatmap(z=[[1]])]
    axis = {"title": {"text": "a"}}
    layout = {
        "xaxis": axis,
        "yaxis": axis,
        "shapes": [line],
        "annotations": [{"font": {"size": 1}}],
        "legend": {"y": 1},
    }
    figure = json.loads(go.Figure(traces, layout=layout).update_yaxes(side="left").to_json(engine="json"))
    shown = new_output("display_data", {PLOTLY: figure})  # type: ignore[no-untyped-call]
    code = new_code_cell("", outputs=[shown])  # type: ignore[no-untyped-call]
    words = new_markdown_cell("# a\n\n## b\n\n- *c*\n\n|d|\n|-|\n|e|\n")  # type: ignore[no-untyped-call]
    page = new_notebook(cells=[words, code])  # type: ignore[no-untyped-call]
    tools.exporter.from_notebook_node(page, {"placement": Placement(plotly_src="a")})


class Server:
    """Children by process id, and the two pipes to whoever asked."""

    def __init__(self, tools: Tools, answers: IO[str]) -> None:
        self._tools = tools
        self._answers = answers
        self._children: dict[int, Child] = {}
        self._selector = selectors.DefaultSelector()
        self._is_ready_for_several = False
        self._libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def serve(self) -> None:
        """Fork and reap until standard input ends; then end what still runs."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for descriptor in (0, woken):
            self._selector.register(descriptor, selectors.EVENT_READ)
        unread = b""
        while True:
            at_work = any(not child.is_free for child in self._children.values())
            ready = {key.fd for key, _ in self._selector.select(_LOOK_EVERY if at_work else None)}
            if woken in ready:
                os.read(woken, 4096)
            for child in self._children.values():
                if child.line is not None and child.line.fileno() in ready:
                    self._hear(child)
            if 0 in ready:
                data = os.read(0, 1 << 16)
                if not data:
                    break
                *lines, unread = (unread + data).split(b"\n")
                for line in lines:
                    self._start(json.loads(line), (woken, wake))
            self._reap()
            self._stop_beyond_limits()
        for pid in self._children:
            _kill(pid)
            os.waitpid(pid, 0)  # so that what they have used counts as used by the run

    def _start(self, request: dict[str, Any], pipes: tuple[int, int]) -> None:
        """Give the request to a child that waits for one of its kind, or fork one."""
        several = request["jobs"] > SEVERAL
        if several and not self._is_ready_for_several:
            self._is_ready_for_several = True
            preload_for_several(self._tools, Path(request["job"]["notebook"]))
        shared = several and request["shared"]
        for pid, child in self._children.items():
            if child.is_free:
                if shared and child.goes_on_with(request):
                    return
                _kill(pid)
        line, its_line = socket.socketpair() if shared else (None, None)
        child = Child.of(request, line)
        pid = os.fork()
        if pid == 0:
            child.hang_up()
            self._be_child(Job(**request["job"]), request["threads"], pipes, its_line)
        if line is not None and its_line is not None:
            its_line.close()
            self._selector.register(line, selectors.EVENT_READ)
        self._children[pid] = child

    def _be_child(self, job: Job, threads: int, pipes: tuple[int, int], line: socket.socket | None) -> None:
        """Do one job, or each that comes over the line, and end; never returns."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.setsid()
            if self._libc is not None:
                self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            for pipe in (*pipes, self._answers.fileno()):
                os.close(pipe)
            for child in self._children.values():
                child.hang_up()
            gc.enable()
            os.environ["POLARS_MAX_THREADS"] = str(threads)
            if line is None:
                _streams_to(job.log)
                run_job(job, self._tools)
            else:
                _run_each(job, line, self._tools)
            status = 0
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)

    def _hear(self, child: Child) -> None:
        """A child is done with its page and waits for another; where it has ended instead, `_reap` will see it."""
        assert child.line is not None
        is_done = False
        with contextlib.suppress(ConnectionResetError):  # it has ended before it could read what is next
            is_done = bool(child.line.recv(1))
        if is_done:
            child.is_free = True
            self._answer(child, 0)
        if not is_done or child.pages == MOST_PAGES:
            self._leave(child)

    def _leave(self, child: Child) -> None:
        if child.line is not None:
            self._selector.unregister(child.line)
            child.hang_up()

    def _reap(self) -> None:
        for pid in list(self._children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                # What a report has started does not outlive it.
                _kill(pid)
                child = self._children.pop(pid)
                self._leave(child)
                if not child.is_free:
                    self._answer(child, os.waitstatus_to_exitcode(status))

    def _answer(self, child: Child, code: int) -> None:
        word = f"signal {-code}" if code < 0 else f"exit {code}"
        ended = Ended(child.id, time.monotonic() - child.began, word, child.stopped, child.limit)
        self._answers.write(json.dumps(asdict(ended)) + "\n")
        self._answers.flush()

    def _stop_beyond_limits(self) -> None:
        for pid, child in self._children.items():
            if not (child.stopped or child.is_free) and (passed := child.limit_passed(pid)):
                child.stopped = passed
                _kill(pid)


def _run_each(job: Job, line: socket.socket, tools: Tools) -> None:
    """Make a page and each that is asked for after it, until nothing more comes or one has failed."""
    sealed_memory.keep()
    with line.makefile("r", encoding="utf-8") as asked:
        while True:
            _streams_to(job.log)
            with leaving_nothing(tools):
                outcome = run_job(job, tools)
            if outcome.failure is not None:
                return
            line.sendall(b".")
            told = asked.readline()
            if not told:
                return
            job = Job(**json.loads(told))


def _streams_to(log: str) -> None:
    """Let everything that goes past Python's own streams go to the log, and nothing come in."""
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(source, target)
    os.close(out)
    os.close(nothing)


def _kill(pid: int) -> None:
    """End a child with all it started; a child that has not yet its own session, alone."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)


def main() -> None:
    """Serve on standard input and output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this process ends it
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for file in sys.argv[1:]:
        sealed_memory.receive_from(int(file))
    tools = preload()
    if working_threads():
        sys.exit(NOT_FORKABLE)
    # Whoever started this process may have gone meanwhile; then there is nothing to do.
    with contextlib.suppress(BrokenPipeError):
        answers.write("ready\n")
        answers.flush()
        Server(tools, answers).serve()
    os._exit(0)


if __name__ == "__main__":
    main()
