"""Invented firms in which it is known what being late does: planted, nothing, or only the look of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.clock.due import due_actions
from playbook.clock.known import AsOf, EventLog, known
from playbook.rules.nouns import Activity, Outcome, Playbook, Role, Rule, Stage
from playbook.rules.offset import Offset
from playbook.tables.stored import tables_from_frames
from playbook.words.text import Text

TOKYO = ZoneInfo("Asia/Tokyo")
UNTIL = date(2026, 11, 30)
_NEVER = np.inf


@dataclass(frozen=True)
class Late:
    """A firm of `cases` over two years, whose rules (3 days each) are late as often as `late` says.

    `effects`: per rule, by how much more are lost to decline when it is late, of those alive at its due. `decline`: how
    many are lost to it otherwise. `hopeless`: how much oftener the hopeless (one in four, who decline more often by
    `worse`) are followed up late; a sign of it is recorded where `signs`. `quick`: some end within two days, so that
    they have no time to be late.
    """

    effects: Sequence[float] = (0.0,) * 6
    cases: int = 300
    late: float = 0.3
    decline: float = 0.25
    hopeless: float = 0.0
    worse: float = 0.0
    signs: bool = False
    quick: bool = True
    stages: int = 2
    until: date = field(default=UNTIL)


def late_book(rules: int) -> Playbook:
    """A playbook of so many rules, each kept by an act of its own."""
    name = Text("名", "name")
    acts = [f"{what}_{n}" for n in range(rules) for what in ("asked", "done")]
    return Playbook(
        "firm",
        name,
        activities=tuple(Activity(one, name) for one in (*acts, "applied", "met", "hired", "refused", "declined")),
        stages=(Stage("first", name, ("applied",)), Stage("second", name, ("met",))),
        outcomes=(
            Outcome("hired", name, "won", ("hired",)),
            Outcome("refused", name, "rejected", ("refused",)),
            Outcome("declined", name, "declined", ("declined",)),
        ),
        roles=(Role("agent", name, "agency"),),
        rules=tuple(
            Rule(f"rule-{n}", name, (f"asked_{n}",), (Offset.parse("72 hours"),), (f"done_{n}",), "agent")
            for n in range(rules)
        ),
    )


def late_log(firm: Late, seed: int) -> tuple[EventLog, pl.DataFrame]:
    """What is known of the firm at the end, and its due actions."""
    book = late_book(len(firm.effects))
    tables = tables_from_frames(_tables(firm, np.random.default_rng(seed)), (book,))
    log = known(tables, (book,), AsOf.of(firm.until, TOKYO))
    return log, due_actions(log).collect()


def _tables(firm: Late, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    n, rules = firm.cases, len(firm.effects)
    arrived = rng.uniform(0, 730, n)
    hopeless = rng.random(n) < 0.25
    second = rng.random(n) < 0.5 * (firm.stages > 1)
    met = np.where(second, arrived + rng.uniform(0.5, 1.5, n), _NEVER)
    asked = arrived[:, None] + rng.uniform(0.1, 6, (n, rules))
    chance = firm.late + firm.hopeless * hopeless[:, None] * (1 - firm.late)
    late = rng.random((n, rules)) < chance
    never = rng.random((n, rules)) < 0.2
    done = asked + np.where(
        late, np.where(never, _NEVER, 3 + rng.exponential(4, (n, rules))), rng.uniform(0, 3, (n, rules))
    )
    quick = rng.random(n) < 0.15 * firm.quick
    ended = np.where(quick, arrived + rng.uniform(0.2, 2.5, n), arrived + 1 + rng.gamma(2, 10, n))
    ended = np.maximum(ended, np.where(np.isfinite(met), met + 0.1, 0))
    was_late = late & (ended[:, None] > asked + 3)
    decline = firm.decline + firm.worse * hopeless + was_late @ np.asarray(firm.effects) + 0.05 * second
    kind = np.where(rng.random(n) < np.clip(decline, 0, 1), 2, np.where(rng.random(n) < 0.5, 0, 1))
    names = np.array(["hired", "refused", "declined"])[kind]
    parts = [("applied", arrived), ("met", met), *((f"asked_{r}", asked[:, r]) for r in range(rules))]
    parts += [(f"done_{r}", done[:, r]) for r in range(rules)]
    if firm.signs:
        parts.append(("decline_signal_received", np.where(hopeless & (rng.random(n) < 0.8), arrived + 0.05, _NEVER)))
    events = [_events(activity, at, (at < ended) & (at < 730)) for activity, at in parts]
    events += [_events(name, ended, (names == name) & (ended < 730)) for name in ("hired", "refused", "declined")]
    cases = pl.DataFrame({"case_id": _ids(np.arange(n)), "playbook": ["firm"] * n})
    start = datetime.combine(firm.until + timedelta(days=1), datetime.min.time()) - timedelta(days=730)
    stamped = pl.concat(events).with_columns(
        timestamp=(
            pl.lit(start) + pl.duration(microseconds=(pl.col("at") * 86_400_000_000).cast(pl.Int64))
        ).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    )
    seen = set(stamped["case_id"])
    return {
        "events": stamped.select("case_id", "activity", "timestamp"),
        "cases": cases.filter(pl.col("case_id").is_in(list(seen))),
    }


def _ids(numbers: npt.NDArray[np.int64]) -> list[str]:
    return [f"C{number:05}" for number in numbers]


def _events(activity: str, at: npt.NDArray[np.float64], kept: npt.NDArray[np.bool_]) -> pl.DataFrame:
    rows = np.flatnonzero(kept)
    return pl.DataFrame({"case_id": _ids(rows), "activity": [activity] * len(rows), "at": at[rows]})
