"""Work that nobody has got round to lately: what makes a Monday list worth reading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from playbook.simulation.cases import PlayedCases
from playbook.simulation.play import BEGIN, Played

NEGLECT = {
    "joins-selection": (0.55, 9),
    "casual-interview": (0.5, 14),
    "interview-aftercare": (0.75, 12),
    "dispatch-sales": (0.6, 10),
    "placement-followup": (0.25, 12),
}
"""The share of open cases that have stood still lately, and for how many days at most."""

REGISTERED_AHEAD = ("interview-aftercare", "dispatch-sales")
"""Where the newest case was only just registered: nothing has been done on it, so nobody owes it anything."""

_NEVER = np.datetime64("NaT", "s")


def neglected(cases: PlayedCases, until: np.datetime64, rng: np.random.Generator) -> PlayedCases:
    """The cases without what nobody has got round to: some open ones have stood still for the last days.

    Which, and for how long, does not depend on how they will end: it censors them and biases nothing.
    """
    share, longest = NEGLECT[cases.procedure.playbook]
    since = until - rng.integers(2 * 24, longest * 24 + 1, len(cases)).astype("timedelta64[h]")
    is_open = ~_closed(cases, until)
    still = is_open & (rng.random(len(cases)) < share) & (cases.played[BEGIN] < since)
    if cases.procedure.playbook in REGISTERED_AHEAD:
        newest = np.flatnonzero(is_open)[-1:]
        still[newest], since[newest] = True, np.datetime64(0, "s")
    return replace(cases, played=_stopped(cases.played, still, since))


def _closed(cases: PlayedCases, until: np.datetime64) -> npt.NDArray[np.bool_]:
    closings = [moments <= until for step, moments in cases.played.items() if cases.procedure.closes(step)]
    return np.asarray(np.logical_or.reduce(closings), dtype=np.bool_)


def _stopped(played: Played, still: npt.NDArray[np.bool_], since: npt.NDArray[np.datetime64]) -> Played:
    return {
        step: moments if step.startswith("_") else np.where(still & (moments > since), _NEVER, moments)
        for step, moments in played.items()
    }
