"""A made-up log of applications, as large as one likes: the same seed gives the same log.

python benchmarks/logs.py FOLDER EVENTS [PARTS]     # the log; and again in so many parts, each with other cases
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

STEPS = (
    "applied", "screened", "invited", "interviewed", "feedback_sent", "second_interviewed", "offered", "contracted",
)  # fmt: skip
CONTACTED, REJECTED, WITHDRAWN, LAPSED = range(len(STEPS), len(STEPS) + 4)
ACTIVITIES = (*STEPS, "contacted", "rejected", "withdrawn", "lapsed")
OUTCOMES = {"won": "contracted", "rejected": "rejected", "declined": "withdrawn", "lapsed": "lapsed"}
PRECEDENCES = (("interviewed", "rejected"), ("contacted", "invited"), ("offered", "contracted"))
"""Pairs of which the first must come before the second."""

END = "2026-01-01"
"""An as-of at which every event is known."""

CLIENTS, EVENTS_PER_CASE = 500, 8
FIRST, DAYS = np.datetime64("2024-01-01T00:00:00", "us").astype(np.int64), 730
SECOND = 1_000_000


def made_up(events: int, seed: int = 20261120) -> dict[str, pl.DataFrame]:
    """Tables of about so many events: `events` in order of time, `cases`, `assignments`.

    A case takes steps one after the other until it is closed (one in thirty is left lying); it is contacted now and
    then on the way. Times are whole seconds over two years.
    """
    rng = np.random.default_rng(seed)
    cases = max(1, events // EVENTS_PER_CASE)
    parts = _events(rng, cases)
    case, activity, at = (np.concatenate(part) for part in zip(*parts, strict=True))
    within = np.flatnonzero(at < FIRST + DAYS * 86_400 * SECOND)
    order = within[np.argsort(at[within], kind="stable")]
    ids = pl.Series([f"A-{number:08d}" for number in range(cases)])
    clients = pl.Series([f"C-{number:03d}" for number in range(CLIENTS)])
    rows = pl.DataFrame(
        {
            "case_id": ids.gather(case[order]),
            "activity": pl.Series(ACTIVITIES).gather(activity[order]),
            "timestamp": pl.Series(at[order]).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Asia/Tokyo"),
            "channel": pl.Series(["mail", "phone", "visit"]).gather(rng.integers(0, 3, len(order))),
        }
    )
    return {
        "events": rows.unique(["case_id", "activity", "timestamp"], keep="first", maintain_order=True),
        "cases": pl.DataFrame(
            {
                "case_id": ids,
                "playbook": ["selection"] * cases,
                "client_id": clients.gather((CLIENTS * rng.random(cases) ** 2).astype(np.int64)),
                "priority": pl.Series(["high", "low"]).gather(rng.integers(0, 2, cases)),
            }
        ),
        "assignments": _assignments(clients),
    }


def _events(rng: np.random.Generator, cases: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The steps of each case, how it was closed, and the contacts in between: case, activity and time of each."""
    taken = np.minimum(rng.geometric(0.12, cases), len(STEPS))
    length = taken + ((taken < len(STEPS)) & (rng.random(cases) < 29 / 30))
    first, case = np.cumsum(length) - length, np.repeat(np.arange(cases), length)
    nth = np.arange(len(case)) - first[case]
    ending = np.where(rng.random(cases) < 0.6, REJECTED, WITHDRAWN)
    begun = FIRST + rng.integers(0, DAYS * 86_400, cases) * SECOND
    waited = np.cumsum(rng.exponential(5 * 86_400, len(case)).astype(np.int64) * SECOND)
    at = begun[case] + waited - waited[first[case]]
    talks = np.repeat(np.arange(cases), rng.poisson(1.6, cases))
    span = at[first + length - 1] - begun
    talked = begun[talks] + (rng.random(len(talks)) * span[talks] // SECOND).astype(np.int64) * SECOND
    steps = np.where(nth < taken[case], nth, ending[case])
    return [(case, steps, at), (talks, np.full(len(talks), CONTACTED), talked)]


def _assignments(clients: pl.Series) -> pl.DataFrame:
    """Drivers for most clients, sales for all, a boss for everyone; a client without a driver falls to sales."""
    number = range(len(clients))
    held = [("driver", f"driver-{n % 40:02d}", clients[n]) for n in number if n % 10]
    held += [("sales", f"sales-{n % 25:02d}", clients[n]) for n in number]
    return pl.DataFrame([*held, ("boss", "boss-00", None)], schema=["role", "person", "client_id"], orient="row")


def written(folder: Path, events: int, seed: int = 20261120) -> Path:
    """A workspace folder of Parquet files that holds such a log; made once."""
    if not (folder / "assignments.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in made_up(events, seed).items():
            frame.write_parquet(folder / f"{name}.parquet")
    return folder


def parted(folder: Path, parts: int) -> list[Path]:
    """The log of a folder once more, in so many folders, each with other cases; made once. At most ten parts."""
    made = [folder / f"part-{number}-of-{parts}" for number in range(parts)]
    for number, part in enumerate(made):
        if (part / "assignments.parquet").exists():
            continue
        part.mkdir(exist_ok=True)
        own = pl.col("case_id").str.slice(-1).cast(pl.UInt8) % parts == number
        for name in ("events", "cases"):
            pl.scan_parquet(folder / f"{name}.parquet").filter(own).sink_parquet(part / f"{name}.parquet")
        pl.read_parquet(folder / "assignments.parquet").write_parquet(part / "assignments.parquet")
    return made


if __name__ == "__main__":
    written(Path(sys.argv[1]), int(sys.argv[2]))
    if sys.argv[3:]:
        parted(Path(sys.argv[1]), int(sys.argv[3]))
