"""A procedure as steps and forks, and the playing of it for many cases at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from playbook.simulation.pace import AT_ONCE, Delay, PlayedMoments, Timing

Mask = npt.NDArray[np.bool_]
Played = dict[str, PlayedMoments]
"""When each step happened, one moment per case; NaT where it did not. Ids with `_` in front are not events."""

BEGIN = "_begin"
_NEVER = np.datetime64("NaT", "s")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens some time after another (after several names: after the one that happened, or the first).

    `id`: the activity, or `activity@where` where it happens several times. `role` and `channel`: as recorded on the
    event (several roles with `;`); `cells`: its other columns. `only`: for which cases, seen from what happened so far.
    """

    id: str
    after: str | tuple[str, ...]
    delay: Delay
    chance: float = 1.0
    role: str = ""
    channel: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    only: Callable[[Played], Mask] | None = None

    @property
    def activity(self) -> str:
        """The activity that is recorded."""
        return self.id.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a fork: how likely, and the step that is taken (None: nothing is ever heard again).

    `late`: a contact that came late multiplies the odds of this way; `lifted`: so does the change in aftercare.
    """

    share: float
    step: Step | None
    late: bool = False
    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Fork:
    """Exactly one of some ways, once a step has been taken.

    `contact`: the two steps between which a contact may come late (three days or more apart).
    """

    after: str | tuple[str, ...]
    ways: tuple[Way, ...]
    contact: tuple[str, str] | None = None


ProcedurePart = Step | Fork
"""What a procedure is made of."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What multiplies odds: `late` where a contact came late, `lift` from a moment on (1: no effect)."""

    late: float = 1.0
    late_days: int = 3
    lift: float = 1.0
    lift_from: np.datetime64 | None = None


@dataclass(frozen=True, slots=True)
class Procedure:
    """A playbook as it is lived: steps and forks in order, and what closes a case: activities, or single steps."""

    playbook: str
    parts: tuple[ProcedurePart, ...]
    closing: frozenset[str]

    def steps(self) -> Iterator[Step]:
        """Every step, those at the end of a way included."""
        for part in self.parts:
            if isinstance(part, Step):
                yield part
            else:
                yield from (way.step for way in part.ways if way.step is not None)

    def closes(self, step: str) -> bool:
        """This step, or any of its activity, closes the case."""
        return step in self.closing or step.partition("@")[0] in self.closing

    def after_closing(self) -> frozenset[str]:
        """Steps that come of a closing one: they happen although the case is closed."""
        found: set[str] = set()
        for step in self.steps():
            before = (step.after,) if isinstance(step.after, str) else step.after
            if any(one in found or self.closes(one) for one in before):
                found.add(step.id)
        return frozenset(found)


def play(procedure: Procedure, known: Played, rng: np.random.Generator, clock: Timing, effects: Effects) -> Played:
    """When each step of a procedure happened, for all cases at once; `known` holds the beginnings (and planned dates).

    Nothing happens to a closed case but what its closing leads to.
    """
    played = dict(known)
    for part in procedure.parts:
        if isinstance(part, Step):
            _take(part, np.ones(len(played[BEGIN]), dtype=bool), played, rng, clock)
        else:
            _choose(part, played, rng, clock, effects)
    return cut(procedure, played)


def _start(after: str | tuple[str, ...], played: Played) -> PlayedMoments:
    return played[after] if isinstance(after, str) else np.fmin.reduce([played[one] for one in after])


def _take(step: Step, chosen: Mask, played: Played, rng: np.random.Generator, clock: Timing) -> None:
    start = _start(step.after, played)
    taken = chosen & ~np.isnat(start) & (rng.random(len(start)) < step.chance)
    if step.only is not None:
        taken &= step.only(played)
    reached = start if step.delay is AT_ONCE else clock.after(rng, start, step.delay)
    played[step.id] = np.where(taken, reached, _NEVER)


def _choose(fork: Fork, played: Played, rng: np.random.Generator, clock: Timing, effects: Effects) -> None:
    start = _start(fork.after, played)
    edges = np.cumsum(weights(fork, played, effects), axis=0)
    way = (rng.random(len(start)) * edges[-1] >= edges).sum(axis=0)
    for number, one in enumerate(fork.ways):
        if one.step is not None:
            _take(one.step, way == number, played, rng, clock)


def weights(fork: Fork, played: Played, effects: Effects) -> npt.NDArray[np.float64]:
    """How likely each way is, up to a factor: one row per way, one column per case."""
    start = _start(fork.after, played)
    late = np.where(_came_late(fork, played, effects), effects.late, 1.0)
    since = effects.lift_from
    lift = np.where(start >= since, effects.lift, 1.0) if since is not None else np.ones(len(start))
    plain = np.ones(len(start))
    return np.array([way.share * (late if way.late else plain) * (lift if way.lifted else plain) for way in fork.ways])


def _came_late(fork: Fork, played: Played, effects: Effects) -> Mask:
    if fork.contact is None:
        return np.zeros(len(played[BEGIN]), dtype=bool)
    first, second = (played[step].astype("datetime64[D]") for step in fork.contact)
    return np.asarray((second - first) >= np.timedelta64(effects.late_days, "D"))


def cut(procedure: Procedure, played: Played) -> Played:
    """The same without what would have happened to closed cases."""
    closings = [moments for step, moments in played.items() if procedure.closes(step)]
    if not closings:
        return played
    closed = np.fmin.reduce(closings)
    stay = procedure.after_closing()
    return {
        step: moments
        if step.startswith("_") or step in stay
        else np.where(~np.isnat(closed) & (moments > closed), _NEVER, moments)
        for step, moments in played.items()
    }


def days_between(played: Played, first: str, second: str) -> npt.NDArray[np.float64]:
    """Whole days from one step to another; NaN where either did not happen."""
    gap = played[second].astype("datetime64[D]") - played[first].astype("datetime64[D]")
    return np.where(np.isnat(gap), np.nan, gap.astype(np.float64))


def was_played(played: Played, step: str) -> Mask:
    """For which cases a step happened."""
    return np.asarray(~np.isnat(played[step]))
