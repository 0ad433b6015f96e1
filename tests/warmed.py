"""A warm process that makes the reports of many tests, as in one run it makes many reports."""

from __future__ import annotations

import atexit
from functools import cache

import playbook as pb
from playbook.ask.remembered import hand_on, last_touched
from playbook.running.processes import Engine, WarmEngine, forkable
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
