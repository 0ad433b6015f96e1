"""Reports, due actions, violations and funnels on the workers of a dask cluster: nothing lost, nothing twice.

What is handed out has a key and comes back under it once, whatever dies on the way: dask gives the work of a dead
worker to another, and what a worker makes is only looked at once it is whole. A report comes back as bytes, so that
workers need no folder in common with whoever asks; shards are read from a folder that all of them see, or a data set
is written there. Every worker must have the same version of this package and of what pages depend on.
"""

from __future__ import annotations

import math
import queue
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from playbook.cluster.shards import Shard, ShardQuestion, replaced_folder, write_parquet
from playbook.publishing.manifest import code_digest, versions
from playbook.running.job import Ended, Failure, Job, JobResult, outcome_of
from playbook.running.processes import RunLimits, WarmProcess, forkable, run_jobs
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, PlaybookError, Problem, Said, reason

T = TypeVar("T")

_CONNECT = 10  # seconds
_DIED = msg("the workers that made it died again and again")


class ClusterError(PlaybookError):
    """A cluster that is gone, or has no workers."""


class Cluster:
    """A dask cluster, by the address of its scheduler. Close it, or use it in a `with`.

    `patience`: seconds without any worker after which the cluster is given up.
    `longest`: seconds without any result after which it is, although it has workers: one of them hangs.
    Raises ArgumentError where dask is not installed, or nobody answers at the address.
    """

    def __init__(self, address: str, patience: float = 60, longest: float = 3_600) -> None:
        self.address, self.patience, self.longest = address, patience, longest
        self._client = _connected(address)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the cluster, which lives on."""
        self._client.close()

    def ask(self, shards: Sequence[Shard], question: ShardQuestion) -> pl.DataFrame:
        """The answer over all shards, row by row and in the order of the answer of one workspace."""
        parts = dict(self._each(_part, {shard.name: (shard, question) for shard in shards}))
        return question.together([parts[shard.name] for shard in shards])

    def write(self, shards: Sequence[Shard], question: ShardQuestion, out: Path) -> Path:
        """The answers as one data set: a Parquet file per shard in the folder, which all workers see.

        An earlier data set in it is replaced once the new one is complete.
        """
        with replaced_folder(out.absolute()) as stage:
            for _ in self._each(_written, {shard.name: (shard, question, stage) for shard in shards}):
                pass
            missing = [shard.name for shard in shards if not (stage / f"{shard.name}.parquet").is_file()]
            if missing:
                found = msg("workers wrote where it cannot be seen from here: {value}", value=", ".join(missing[:3]))
                raise ClusterError(Problem(str(out), found, msg("a folder that is shared by all workers")))
        return out

    def reports(self, jobs: Sequence[Job], limits: RunLimits) -> Iterator[tuple[Job, JobResult]]:
        """Each job with its outcome, in the order they end, its files in their places (an engine of `run_reports`).

        A time limit and a memory limit hold for each report, on its worker; how many run at a time is the cluster's.
        """
        asked = {job.outcome: job for job in jobs}
        sent = {key: (job, Path(job.notebook).read_bytes(), limits) for key, job in asked.items()}
        longest = max(self.longest, 3 * limits.timeout) if limits.timeout else math.inf
        for key, made in self._each(_made, sent, _LOST, longest):
            job = asked[key]
            yield job, (_given_up(job) if made is _LOST else _placed(job, made))

    # What comes back

    def _each(
        self,
        work: Callable[..., T],
        keyed: Mapping[str, tuple[object, ...]],
        lost: T | None = None,
        longest: float | None = None,
    ) -> Iterator[tuple[str, T]]:
        """Each key with what a worker made of its arguments, once, as they are done.

        `lost` stands for work that kills its workers again and again; without it, that is an error.
        """
        longest = self.longest if longest is None else longest
        done: queue.Queue[Any] = queue.Queue()
        submit = partial(self._client.submit, _done, _code(), work, pure=False)
        try:
            keys: dict[Any, str] = {submit(*arguments): key for key, arguments in keyed.items()}
        except _unreachable():
            raise self._gone() from None
        for future in keys:
            future.add_done_callback(done.put)
        try:
            while keys:
                future = self._patiently(done.get, longest)
                yield keys[future], self._result(future, lost)
                del keys[future]
        finally:
            with suppress(*_unreachable()):
                self._client.cancel(list(keys))

    def _patiently(self, wait: Callable[..., Any], longest: float) -> Any:
        """What a wait with a timeout gives in the end; ClusterError where there is nobody left to wait for."""
        began = time.monotonic()
        while True:
            with suppress(queue.Empty, TimeoutError):
                return wait(timeout=min(self.patience, longest))
            try:
                workers = self._client.nthreads()
            except _unreachable():
                raise self._gone() from None
            if not workers:
                found = msg("there has been no worker for {patience:g} seconds", patience=self.patience)
                raise ClusterError(Problem(self.address, found, hint=f"dask worker {self.address}"))
            if time.monotonic() - began >= longest:
                found = msg("its workers have given nothing for {longest:g} seconds", longest=longest)
                raise ClusterError(
                    Problem(self.address, found, hint=msg("look at the workers; smaller shards end sooner"))
                )

    def _result(self, future: Any, lost: T | None) -> T:
        """The result; that of a worker which died before it was fetched is made again."""
        if future.status == "error":
            return self._failed(future.exception(), lost)
        try:
            result = self._patiently(future.result, self.longest)
        except CancelledError:
            raise self._gone() from None
        if isinstance(result, _RefusedError):
            raise result.error()
        made: T = result
        return made

    def _failed(self, error: BaseException, lost: T | None) -> T:
        from distributed.scheduler import KilledWorker

        match error:
            case KilledWorker() if lost is not None:
                return lost
            case KilledWorker():
                raise ClusterError(
                    Problem(self.address, _DIED.en, hint=msg("fewer clients in a shard, or more memory"))
                )
            case ModuleNotFoundError():
                raise _unlike(self.address, msg("a worker has no module '{name}'", name=error.name))
            case _:
                raise error

    def _gone(self) -> ClusterError:
        return ClusterError(
            Problem(self.address, msg("the cluster is gone"), hint=msg("nothing was published; run it again"))
        )


@cache
def _unreachable() -> tuple[type[Exception], ...]:
    """What dask raises where the cluster is gone."""
    from distributed.client import ClosedClientError

    return OSError, TimeoutError, CancelledError, ClosedClientError


def _connected(address: str) -> Any:
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
    except ImportError:
        hint = 'pip install "recruit-playbook[cluster]"'
        raise ArgumentError(Problem(address, msg("dask is not installed"), hint=hint)) from None
    try:
        if not address.startswith("inproc:"):  # a client that finds nobody is slow to end; a socket is not
            socket.create_connection(get_address_host_port(address), _CONNECT).close()
        return Client(address, set_as_default=False, timeout=_CONNECT)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        found = msg("no dask scheduler answers: {value}", value=" ".join(str(error).split()))
        raise ArgumentError(
            Problem(address, found, msg("an address such as tcp://127.0.0.1:8786"), "dask scheduler")
        ) from None


# --- on a worker ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _RefusedError:
    """An error of this package, in a form that crosses from process to process."""

    kind: type[PlaybookError]
    problems: tuple[Problem, ...]

    def error(self) -> PlaybookError:
        """The error."""
        return self.kind(self.problems)


def _done(code: str, work: Callable[..., T], *arguments: Any) -> T | _RefusedError:
    try:
        if code != _code():
            raise _unlike(socket.gethostname(), msg("a worker has other code, or other versions of what it needs"))
        return work(*arguments)
    except PlaybookError as error:
        return _RefusedError(type(error), error.problems)
    except OSError as error:
        found = msg("a worker cannot read or write: {value}", value=reason(error))
        wanted = msg("folders that all workers see under the same name")
        return _RefusedError(ClusterError, (Problem(str(error.filename or socket.gethostname()), found, wanted),))


@cache
def _code() -> str:
    """What decides over the bytes of a page, beside its data."""
    return f"{code_digest()} {versions()}"


def _unlike(place: Said, found: Said) -> ArgumentError:
    hint = msg('pip install "recruit-playbook[cluster]", the same version everywhere, and start the workers anew')
    return ArgumentError(Problem(place, found, hint=hint))


def _part(shard: Shard, question: ShardQuestion) -> pl.DataFrame:
    return question.part(shard.workspace())


def _written(shard: Shard, question: ShardQuestion, folder: Path) -> None:
    write_parquet(question.answer(shard.workspace()), folder / f"{shard.name}.parquet")


@dataclass(frozen=True)
class _Made:
    """What a worker made of a job."""

    outcome: JobResult
    page: bytes | None = None
    files: Mapping[str, bytes] | None = None
    log: bytes = b""


def _made(job: Job, notebook: bytes, limits: RunLimits) -> _Made:
    """A job done in a folder of its own, and what it left there."""
    with _folder() as folder:
        own = replace(
            job,
            notebook=str(folder / Path(job.notebook).name),
            page=str(folder / "page.html") if job.page else "",
            outcome=str(folder / "outcome.json"),
            files=str(folder / "files"),
            log=str(folder / "log.txt"),
            cwd=str(folder),
        )
        Path(own.notebook).write_bytes(notebook)
        outcome = _outcome(own, limits)
        page, log, files = folder / "page.html", folder / "log.txt", folder / "files"
        return _Made(
            outcome,
            page.read_bytes() if page.is_file() else None,
            {path.name: path.read_bytes() for path in files.iterdir()} if files.is_dir() else {},
            log.read_bytes() if log.is_file() else b"",
        )


_LOST = _Made(JobResult("failed", 0.0))


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that dask removes after a worker that was killed."""
    from distributed import get_worker

    with tempfile.TemporaryDirectory(prefix="playbook-", dir=get_worker().local_directory) as folder:
        yield Path(folder)


class _Own(threading.local):
    """The warm process of a thread of a worker: it ends with the worker, for its standard input does."""

    warm: WarmProcess | None = None


_own = _Own()


def _outcome(job: Job, limits: RunLimits) -> JobResult:
    """What comes of a job in a fork of the warm process; once more where that died without a word."""
    outcome = _forked(job, limits)
    if outcome is None:
        return next(run_jobs([job], limits, "papermill"))[1]
    again = outcome.failure is not None and outcome.failure.kind == "died"
    return (_forked(job, limits) or outcome) if again else outcome


def _forked(job: Job, limits: RunLimits) -> JobResult | None:
    """What comes of a job; None where no process can be forked."""
    if _own.warm is None:
        warm = WarmProcess()
        if not forkable() or not warm.start():
            warm.close()
            return None
        _own.warm = warm
    _own.warm.send(0, job, limits, 1)
    ended = _own.warm.receive(limits.timeout)
    if ended is None:
        _own.warm.close()
        _own.warm = None
    return outcome_of(job, ended or Ended(0, 0.0, "server"))


# --- back where it was asked for --------------------------------------------------------------------------------


def _placed(job: Job, made: _Made) -> JobResult:
    """The outcome of a job, once all it made is in its place."""
    for path, content in _contents(job, made):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return made.outcome


def _given_up(job: Job) -> JobResult:
    return JobResult("failed", 0.0, failure=Failure("died", _DIED.say(job.lang)))


def _contents(job: Job, made: _Made) -> Iterator[tuple[Path, bytes]]:
    if made.log:
        yield Path(job.log), made.log
    for name, content in (made.files or {}).items():
        yield Path(job.files) / name, content
    if made.page is not None:
        yield Path(job.page), made.page
