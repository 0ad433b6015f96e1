"""A warm process that makes the reports of many tests, as in one run it makes many reports."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from unittest.mock import patch

import playbook as pb
from playbook.ask.remembered import hand_on, last_touched
from playbook.running.job import Job, JobResult
from playbook.running.processes import Engine, RunLimits, WarmEngine, forkable, run_jobs
from playbook.tables.samples import samples

AS_OF = "2026-11-20"


@cache
def warm() -> Engine | None:
    """The process, warm from the first test that asks for it to the last test; None where a process cannot be forked.

    It is handed the sample workspace once, as `playbook run` hands on what it has read; a report of another workspace
    reads its own.
    """
    if not forkable():
        return None
    engine = WarmEngine()

    def hand(file: int) -> None:
        engine.hand = None
        hand_on(file, pb.open(), last_touched(str(samples())), AS_OF, week=True)

    engine.hand = hand
    engine.__enter__()
    atexit.register(engine.__exit__)
    return engine


class _Lent:
    """The process, as a command gets it that would start one of its own; what the command has read is not handed on."""

    hand: object = None

    def __call__(self, jobs: Sequence[Job], limits: RunLimits) -> Iterator[tuple[Job, JobResult]]:
        return run_jobs(jobs, limits, warm())


@contextmanager
def lent() -> Iterator[None]:
    """Commands that make a page or two make them in the process that is warm: starting their own takes a second.

    Many pages of one workspace are made sooner in a process of their own, which is handed the workspace.
    """
    with (
        patch("playbook.commands.warm.WarmEngine", lambda: nullcontext(_Lent())),
        patch("playbook.commands.many.WarmEngine", lambda: nullcontext(_Lent())),
        patch("playbook.running.processes.WarmEngine", lambda: nullcontext(_Lent())),
    ):
        yield
