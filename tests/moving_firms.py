"""Invented firms whose cases move through stages by known laws, so that it is known what comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
from late_firms import TOKYO

from playbook.clock.known import AsOf, EventLog, known
from playbook.rules.nouns import Activity, Outcome, Playbook, Role, Stage
from playbook.tables.stored import Tables, tables_from_frames
from playbook.words.text import Text

START = date(2024, 10, 1)
_NAME = Text("名", "name")
STAGES = ("applied", "met", "offered")
ENDS = ("hired", "refused", "declined")


@dataclass(frozen=True)
class Moving:
    """A firm of `cases` that arrive over `days`; stages last by a gamma law (shape 2: not memoryless).

    `onward`: how many go on from each stage (from the last: are hired); of the others half refuse, half decline.
    `changed_on` a day of the history, everything lasts `slower` times as long and `onward` is that of `then`.
    """

    cases: int = 300
    days: int = 730
    means: tuple[float, float, float] = (10.0, 14.0, 7.0)
    onward: tuple[float, float, float] = (0.6, 0.6, 0.7)
    changed_on: float = np.inf
    slower: float = 1.0
    then: tuple[float, float, float] = field(default=(0.6, 0.6, 0.7))


BOOK = Playbook(
    "moving",
    _NAME,
    activities=tuple(Activity(one, _NAME) for one in (*STAGES, *ENDS)),
    stages=tuple(Stage(one, _NAME, (one,)) for one in STAGES),
    outcomes=tuple(
        Outcome(one, _NAME, kind, (one,)) for one, kind in zip(ENDS, ("won", "rejected", "declined"), strict=True)
    ),  # type: ignore[arg-type]
    roles=(Role("agent", _NAME, "agency"),),
)


def moving_tables(firm: Moving, seed: int) -> Tables:
    """Everything that ever happens in the firm, also after its history."""
    rng = np.random.default_rng(seed)
    ids = [f"C{number:05}" for number in range(firm.cases)]
    now = np.sort(rng.uniform(0, firm.days, firm.cases))
    alive = np.ones(firm.cases, dtype=bool)
    parts = []
    for stage, name in enumerate(STAGES):
        parts.append(_rows(ids, name, now, alive))
        new = now >= firm.changed_on
        lasts = rng.gamma(2, firm.means[stage] / 2, firm.cases) * np.where(new, firm.slower, 1.0)
        on = rng.random(firm.cases) < np.where(new, firm.then[stage], firm.onward[stage])
        now, declines = now + lasts, rng.random(firm.cases) < 0.5
        for end, kept in (("refused", ~declines), ("declined", declines)):
            parts.append(_rows(ids, end, now, alive & ~on & kept))
        alive = alive & on
    parts.append(_rows(ids, "hired", now, alive))
    frames = {"events": pl.concat(parts), "cases": pl.DataFrame({"case_id": ids, "playbook": ["moving"] * firm.cases})}
    return tables_from_frames(frames, (BOOK,))


def _rows(ids: list[str], activity: str, at: np.ndarray, kept: np.ndarray) -> pl.DataFrame:
    start = datetime.combine(START, datetime.min.time())
    return pl.DataFrame(
        [
            (ids[row], activity, (start + timedelta(days=float(at[row]))).isoformat(timespec="microseconds"))
            for row in np.flatnonzero(kept)
        ],
        schema={"case_id": pl.String, "activity": pl.String, "timestamp": pl.String},
        orient="row",
    )


def moving_log(tables: Tables, day: int) -> EventLog:
    """What was known of the firm so many days after its beginning."""
    return known(tables, (BOOK,), AsOf.of(START + timedelta(days=day), TOKYO))
