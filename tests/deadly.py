"""Questions that kill the worker that is to answer them, or keep it waiting: importable, so that workers can be sent them."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from playbook.ask.workspace import Workspace
from playbook.cluster.shards import DueQuestion


@dataclass(frozen=True)
class DeadlyDue(DueQuestion):
    """Due actions; who comes to a shard of some clients first, dies of it. Each try leaves a file."""

    tries: Path = Path()
    clients: tuple[str, ...] = ()
    always: bool = False

    def part(self, workspace: Workspace) -> pl.DataFrame:
        """The part of a shard."""
        self._try(workspace)
        return super().answer(workspace)

    def answer(self, workspace: Workspace) -> pl.DataFrame:
        """The answer of a shard."""
        self._try(workspace)
        return super().answer(workspace)

    def _try(self, workspace: Workspace) -> None:
        client = workspace.tables.clients["client_id"][0]
        before = len(list(self.tries.glob(f"{client}-*")))
        (self.tries / f"{client}-{os.getpid()}").touch()
        if client in self.clients and (self.always or not before):
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class SlowDue(DueQuestion):
    """Due actions that take their time."""

    seconds: float = 0

    def part(self, workspace: Workspace) -> pl.DataFrame:
        """The part of a shard."""
        time.sleep(self.seconds)
        return super().part(workspace)
