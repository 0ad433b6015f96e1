"""A run's own processes and hand-over against a library's: `python benchmarks/handing.py [ROUNDS]`, ratios to ours.

Processes: our warm process (`running/forkserver`) and the standard library's forkserver with the same preload, from
nothing to the first and to the last of a dozen reports that do nothing. Hand-over: what a run hands to its pages, as
pickles in sealed memory (ours), with every frame as Arrow IPC instead, and as Parquet; written once, read once a page.
Rounds are interleaved, and of each the best counts, so that a busy machine disturbs all of them alike.
"""

from __future__ import annotations

import copyreg
import io
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from forked import JOBS

import playbook as pb
from playbook.simulation.simulated import simulate_log
from playbook.tables.samples import samples

# ---- processes ----


def processes(rounds: int) -> dict[str, tuple[float, float]]:
    """The best of each over the rounds, each round in a process of its own."""
    best: dict[str, tuple[float, float]] = {}
    for _ in range(rounds):
        for name in ("ours", "theirs"):
            asked = [sys.executable, str(Path(__file__).with_name("forked.py")), name]
            told = subprocess.run(asked, capture_output=True, text=True, encoding="utf-8", check=True)
            first, last = json.loads(told.stdout.splitlines()[-1])
            known = best.get(name, (first, last))
            best[name] = min(known[0], first), min(known[1], last)
    return best


# ---- hand-over ----


def _ipc(frame: pl.DataFrame) -> tuple[Any, ...]:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="uncompressed")
    return _from_ipc, (buffer.getvalue(),)


def _from_ipc(content: bytes) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(content))


def _parquet(frame: pl.DataFrame) -> tuple[Any, ...]:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="lz4")
    return _from_parquet, (buffer.getvalue(),)


def _from_parquet(content: bytes) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(content))


_WAYS: Mapping[str, Callable[[pl.DataFrame], tuple[Any, ...]] | None] = {
    "pickle": None, "Arrow IPC": _ipc, "Parquet": _parquet,
}  # fmt: skip


def _written(what: object, way: Callable[[pl.DataFrame], tuple[Any, ...]] | None) -> bytes:
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = copyreg.dispatch_table.copy()
    pickler.dispatch_table[pl.LazyFrame] = lambda frame: (pl.DataFrame.lazy, (frame.collect(),))
    if way is not None:
        pickler.dispatch_table[pl.DataFrame] = way
    pickler.dump(what)
    return buffer.getvalue()


def handed(workspace: pb.Workspace[Any], rounds: int) -> dict[str, tuple[float, float, float]]:
    """Per way the best seconds to write and to read, and megabytes."""
    workspace.on("2026-11-20").log.calendars[0].starts  # noqa: B018
    for every in (True, False):
        workspace.due("2026-11-20", all=every)
    best: dict[str, tuple[float, float, float]] = {}
    for _ in range(rounds):
        for name, way in _WAYS.items():
            began = time.perf_counter()
            content = _written(workspace, way)
            wrote = time.perf_counter()
            pickle.loads(content)
            read = time.perf_counter()
            known = best.get(name, (9e9, 9e9, 0.0))
            best[name] = min(known[0], wrote - began), min(known[1], read - wrote), len(content) / 1e6
    return best


def main(rounds: int, forks: bool = True) -> None:
    """Measure and print, each figure beside its ratio to ours."""
    found = processes(rounds) if forks else {}
    for name, (first, last) in found.items():
        ratio = [one / other for one, other in zip((first, last), found["ours"], strict=True)]
        print(f"{name:8} first {first:6.2f} s ({ratio[0]:.2f}x)   {JOBS} reports {last:6.2f} s ({ratio[1]:.2f}x)")
    log = simulate_log(200_000).tables
    many = pb.Workspace(**{name: log[name] for name in ("events", "cases")})
    for place, workspace in (("samples", pb.open(samples())), ("200,000 events", many)):
        of_each = handed(workspace, rounds)
        for name, (write, read, size) in of_each.items():
            ours_write, ours_read, _ = of_each["pickle"]
            print(f"{place:15} {name:10} write {write * 1000:7.1f} ms ({write / ours_write:.2f}x)   "
                  f"read {read * 1000:7.1f} ms ({read / ours_read:.2f}x)   {size:6.1f} MB")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
