"""What one process has worked out, handed to those that would only work out the same again.

It lies in memory, in a file that has no name and that nobody can change any more once it is handed over; whoever is
given it makes objects of its own from it. So nothing can come from one receiver to another, and nothing stays behind.
A process that makes several pages of one kind makes it once, and they read the same.
"""

from __future__ import annotations

import copyreg
import mmap
import os
import pickle
import sys
from typing import IO, Any

_received: list[int] = []
_unpacked: list[Any] = []
_keeps: list[bool] = []


def new_file() -> int | None:
    """The descriptor of an empty file to hand something over in; None where the system cannot seal one."""
    if sys.platform != "linux" or not hasattr(os, "memfd_create"):
        return None
    return os.memfd_create("playbook", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def hand_over(file: int, what: object) -> None:
    """Write an object into the file and seal it; where there is no room for it, nothing is handed over."""
    import fcntl

    try:
        with os.fdopen(os.dup(file), "wb") as out:
            _written(what, out)
    except OSError:
        os.ftruncate(file, 0)
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, seals)


def _written(what: object, out: IO[bytes]) -> None:
    import polars as pl  # here: who only starts a process that receives something need not wait for it

    pickler = pickle.Pickler(out, protocol=pickle.HIGHEST_PROTOCOL)
    # Of a lazy frame what it gives: its plan would take ten times as long to read.
    pickler.dispatch_table = copyreg.dispatch_table.copy()
    pickler.dispatch_table[pl.LazyFrame] = lambda frame: (pl.DataFrame.lazy, (frame.collect(),))
    pickler.dump(what)


def receive_from(file: int) -> None:
    """Say in which file this process, and those forked from it, may find something."""
    _received[:] = [file]
    _unpacked.clear()


def unpack() -> None:
    """Make the object now: each process that is forked from this one then finds one of its own, ready and unused."""
    _unpacked[:] = [given()]


def keep() -> None:
    """Say that this process only reads what it was handed: it is then the same object each time."""
    if not _unpacked:
        unpack()
    _keeps[:] = [True]


def given() -> Any:
    """What was handed to this process, an object of its own each time (see `keep`); None where nothing was."""
    if _unpacked:
        return _unpacked[0] if _keeps else _unpacked.pop()
    if not _received or not os.fstat(_received[0]).st_size:
        return None
    with mmap.mmap(_received[0], 0, access=mmap.ACCESS_READ) as written:
        return pickle.loads(written)
