"""Jobs run side by side, as many at a time as there are cores: outcomes come as they are ready.

On Linux each job is a fork of one warm process (``forkserver``). Elsewhere, and where that process cannot be
forked, each is a fresh process with papermill and a kernel: the same outcomes, slower.

A process that dies without a word is tried once more, since the reason may have been the moment (memory
taken by somebody else). So is what failed in a process that makes several pages, alone: a failure is never another
page's doing. Nothing else is: what raised, ran out of time or ended early would do so again.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from playbook.rendering.notebook import is_as_it_came, read_notebook
from playbook.running import sealed_memory
from playbook.running.job import (
    Ended,
    Job,
    JobResult,
    outcome_of,
    to_json,
    write_whole,
)

# One thread in the warm process, and the same order of sets of text in every run.
_ENVIRON = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
}

_WARMS_UP = 120.0  # seconds; two on a quiet machine
_STOPS = 60.0  # seconds within which the warm process ends what is to end; a tenth of one on a quiet machine


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What a run may take: seconds and MB a report, reports at a time; 0 is no limit."""

    timeout: float = 600
    memory: float = 0
    workers: int = 0

    def at_a_time(self, jobs: int) -> int:
        """How many of so many jobs run at a time."""
        return max(1, min(self.workers or cores(), jobs))


Engine = Literal["forked", "papermill"] | Callable[[Sequence[Job], RunLimits], Iterator[tuple[Job, JobResult]]]
"""How jobs are run: by forks, without any, or by whatever gives each job with its outcome, such as a cluster."""


def cores() -> int:
    """The cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def forkable() -> bool:
    """Whether this system can fork a warm process: macOS can in name, but its frameworks break in the child."""
    return sys.platform == "linux"


def run_jobs(jobs: Sequence[Job], limits: RunLimits, engine: Engine | None = None) -> Iterator[tuple[Job, JobResult]]:
    """Each job with its outcome, in the order they end."""
    if not jobs:
        return
    if callable(engine):
        yield from engine(jobs, limits)
        return
    if engine != "papermill" and forkable():
        with WarmEngine() as warm:
            yield from warm(jobs, limits)
        return
    yield from _by_papermill(jobs, limits)


# ---- forked from a warm process ----


class WarmEngine:
    """A warm process that warms up while whoever started it does something else; an ``Engine``.

    ``hand`` is called once there is something to do, with the file in which the jobs may find what it hands over.
    """

    hand: Callable[[int], None] | None = None

    def __init__(self) -> None:
        self._file = sealed_memory.new_file()
        self._warm = WarmProcess(self._file)

    def __enter__(self) -> WarmEngine:
        self._warm.launch()
        return self

    def __call__(self, jobs: Sequence[Job], limits: RunLimits) -> Iterator[tuple[Job, JobResult]]:
        """Each job with its outcome, in the order they end."""
        if self.hand is not None and self._file is not None:
            self.hand(self._file)
        if self._warm.ready():
            yield from _warm(self._warm, jobs, limits)
        else:
            yield from _by_papermill(jobs, limits)

    def __exit__(self, *_: object) -> None:
        self._warm.close()
        if self._file is not None:
            os.close(self._file)


class WarmProcess:
    """The client's side of ``forkserver``: send jobs, receive how their processes ended; ``file`` is handed to them."""

    def __init__(self, file: int | None = None) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._file = () if file is None else (file,)
        self._ready = False
        self._unread = b""

    def start(self) -> bool:
        """Start the process and wait until it is warm; False where it cannot be forked."""
        self.launch()
        return self.ready()

    def launch(self) -> None:
        """Start the process, which is not warm yet."""
        self._ready, self._unread = False, b""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "playbook.running.forkserver", *map(str, self._file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=os.environ | _ENVIRON,
            pass_fds=self._file,
        )

    def ready(self) -> bool:
        """Wait until the process is warm; False where it cannot be forked, or takes longer than any machine needs."""
        self._ready = self._ready or self._line(_WARMS_UP) == b"ready\n"
        return self._ready

    def send(
        self, number: int, job: Job, limits: RunLimits, threads: int, jobs: int = 1, *, shared: bool = False
    ) -> bool:
        """Ask for one job of so many; False where the process is gone.

        `shared`: it may be done by a child that has made other pages of the same notebook.
        """
        request = {
            "id": number,
            "job": asdict(job),
            "timeout": limits.timeout,
            "memory": limits.memory,
            "threads": threads,
            "jobs": jobs,
            "shared": shared,
        }
        assert self._process is not None and self._process.stdin is not None
        left = json.dumps(request).encode("utf-8") + b"\n"
        try:
            while left:
                left = left[self._process.stdin.write(left) :]
        except BrokenPipeError:
            return False
        return True

    def receive(self, timeout: float = 0) -> Ended | None:
        """How the next process ended; None where the warm process itself is gone, or hangs.

        It stops its children itself: where reports have a limit of `timeout` seconds, it is silent for hardly longer.
        """
        line = self._line(timeout + _STOPS if timeout else None)
        return Ended(**json.loads(line)) if line.endswith(b"\n") else None

    def _line(self, wait: float | None) -> bytes:
        """The next line; what there is of it where the process ends, or has said no more for so many seconds."""
        assert self._process is not None and self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._unread:
                read = self._process.stdout.read(1 << 16) if selector.select(wait) else b""
                if not read:
                    line, self._unread = self._unread, b""
                    return line
                self._unread += read
        line, end, self._unread = self._unread.partition(b"\n")
        return line + end

    def close(self) -> None:
        """End the process and all it runs."""
        if self._process is None:
            return
        if not self._ready:  # it has nothing to end, and would only hear of it once it is warm
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                continue
        try:
            self._process.wait(_STOPS)
        except subprocess.TimeoutExpired:  # it hangs
            self._process.kill()
            self._process.wait()


def _warm(warm: WarmProcess, jobs: Sequence[Job], limits: RunLimits) -> Iterator[tuple[Job, JobResult]]:
    at_a_time = limits.at_a_time(len(jobs))
    threads = max(1, cores() // at_a_time)
    waiting = deque(enumerate(jobs))
    running: dict[int, tuple[Job, bool]] = {}
    tried: set[int] = set()
    as_it_came = {path: is_as_it_came(read_notebook(Path(path))) for path in {job.notebook for job in jobs}}
    while waiting or running:
        while waiting and len(running) < at_a_time:
            number, job = waiting.popleft()
            # What is known of a process's memory is known of one page only where it makes one.
            shared = not limits.memory and number not in tried and as_it_came[job.notebook]
            running[number] = job, shared
            warm.send(number, job, limits, threads, len(jobs), shared=shared)
        for ended in _next_ended(warm, running, limits.timeout):
            job, shared = running.pop(ended.id)
            outcome = outcome_of(job, ended)
            if _worth_another_try(outcome, shared) and ended.id not in tried:
                tried.add(ended.id)
                waiting.append((ended.id, job))
            else:
                yield job, outcome


def _next_ended(warm: WarmProcess, running: Iterable[int], timeout: float) -> list[Ended]:
    """The next process to end; all of them where the warm process is gone, which is then started anew."""
    ended = warm.receive(timeout)
    if ended is not None:
        return [ended]
    warm.close()
    warm.start()
    return [Ended(number, 0.0, "server") for number in running]


def _worth_another_try(outcome: JobResult, shared: bool = False) -> bool:
    """Whether a page may come out better in a process of its own."""
    kind = outcome.failure.kind if outcome.failure is not None else ""
    return kind == "died" or (shared and kind not in ("", "timeout"))


# ---- a process of its own ----


def _by_papermill(jobs: Sequence[Job], limits: RunLimits) -> Iterator[tuple[Job, JobResult]]:
    with ThreadPoolExecutor(limits.at_a_time(len(jobs))) as threads:
        asked = {threads.submit(_one_by_papermill, job, limits): job for job in jobs}
        for done in as_completed(asked):
            yield asked[done], done.result()


def _one_by_papermill(job: Job, limits: RunLimits) -> JobResult:
    outcome = _try_by_papermill(job, limits)
    return _try_by_papermill(job, limits) if _worth_another_try(outcome) else outcome


def _try_by_papermill(job: Job, limits: RunLimits) -> JobResult:
    asked = Path(job.outcome).with_suffix(".job")
    write_whole(asked, to_json(job))
    Path(job.log).parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    stopped: Literal["", "timeout", "memory"] = ""
    with Path(job.log).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "playbook.running.kernel", str(asked)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"},
        )
        try:
            process.wait(limits.timeout or None)
        except subprocess.TimeoutExpired:
            stopped = "timeout"
            process.kill()
            process.wait()
    ended = Ended(
        0,
        time.monotonic() - began,
        f"exit {process.returncode}",
        stopped,
        limits.timeout,
    )
    return outcome_of(job, ended)
