"""The known truth of a simulation: shares at every fork, delays, effects, and where that leads in the long run."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from playbook.rules.nouns import Outcome, Playbook, Playbooks
from playbook.simulation.cases import PROCEDURES, PlayedCases, emitted, played_cases
from playbook.simulation.pace import AT_ONCE, PlayedMoments
from playbook.simulation.play import Fork, Procedure
from playbook.simulation.procedures import joins, placement
from playbook.simulation.scenario import Scenario

LONG_RUN = 40_000
"""How many cases are played to their ends to learn where the shares lead; the chance error of a rate is below 0.003."""


def parameters(procedure: Procedure) -> dict[str, Any]:
    """The forks and delays of a procedure as plain data: exact, as they were drawn from."""
    forks = [
        {
            "after": fork.after,
            "contact": fork.contact,
            "ways": {
                (way.step.id if way.step else "nothing"): {
                    "share": round(way.share / sum(one.share for one in fork.ways), 6),
                    **({"late": True} if way.late else {}),
                    **({"lifted": True} if way.lifted else {}),
                }
                for way in fork.ways
            },
        }
        for fork in procedure.parts
        if isinstance(fork, Fork)
    ]
    delays = {
        step.id: {"after": step.after, "chance": step.chance, **step.delay.described()}
        for step in procedure.steps()
        if step.delay is not AT_ONCE
    }
    return {"forks": forks, "delays": delays}


def in_the_long_run(scenario: Scenario, book: Playbook, cases: int = LONG_RUN) -> dict[str, Any]:
    """Where the shares lead when every case is played to its end: rates and median days per stage, ends, effects."""
    far = replace(scenario, cases={book.id: cases}, seed=scenario.seed + 1, details=False)
    played = played_cases(far, book.id)
    entered, ended, kind = _journeys(played, book)
    reached = _reached(entered, kind)
    stages = {}
    for number, stage in enumerate(book.stages):
        last = number == len(book.stages) - 1
        here = reached[number]
        advanced = here & ((kind == "won") if last else reached[number + 1])
        lost = here & ~advanced & (kind != "")
        decided = advanced | lost
        stays = _stay(entered, number, ended, advanced, decided)
        stages[stage.id] = {
            "reached": round(float(here.mean()), 4),
            "advance_rate": _rate(advanced, decided),
            "median_days": round(float(np.median(stays)), 3) if len(stays) else None,
            "ways": {name: _rate(lost & (kind == name), decided) for name in ("rejected", "declined", "lapsed")},
        }
    return {"cases": cases, "stages": stages, **_offers(played, book)}


def _journeys(cases: PlayedCases, book: Playbook) -> tuple[list[PlayedMoments], PlayedMoments, npt.NDArray[np.str_]]:
    """Per stage the first entry, then the end and its kind (empty while none), per case."""
    never = np.full(len(cases), np.datetime64("NaT", "s"))
    first: dict[str, PlayedMoments] = {}
    for step in emitted(cases.procedure):
        moments = cases.played[step.id]
        first[step.activity] = np.fmin(first.get(step.activity, never), moments)
    if joins.LAPSED in cases.played:
        first["auto_rejected"] = cases.played[joins.LAPSED]
    entered = [np.fmin.reduce([first.get(one, never) for one in stage.entered_by]) for stage in book.stages]
    ended, kind = never, np.full(len(cases), "", dtype="<U8")
    for outcome in book.outcomes:
        for activity in outcome.by:
            here = _when_held(cases, outcome, activity, never) if outcome.when else first.get(activity, never)
            later = ~np.isnat(here) & (np.isnat(ended) | (here > ended))
            ended, kind = np.where(later, here, ended), np.where(later, outcome.kind, kind)
    return entered, ended, kind


def _when_held(cases: PlayedCases, outcome: Outcome, activity: str, never: PlayedMoments) -> PlayedMoments:
    """When an activity first ended each case in a way that asks for a word: by the steps that carry it."""
    saying = [
        cases.played[step.id]
        for step in emitted(cases.procedure)
        if step.activity == activity and all(step.cells.get(name) in words for name, words in outcome.when.items())
    ]
    return np.asarray(np.fmin.reduce([never, *saying]))


def _reached(entered: list[PlayedMoments], kind: npt.NDArray[np.str_]) -> list[npt.NDArray[np.bool_]]:
    """Per stage, which cases reached it or a later one; a case that is won has reached all."""
    reached = [~np.isnat(moments) for moments in entered]
    for number in range(len(reached) - 2, -1, -1):
        reached[number] = reached[number] | reached[number + 1]
    return [mask | (kind == "won") for mask in reached]


def _stay(
    entered: list[PlayedMoments],
    number: int,
    ended: PlayedMoments,
    advanced: npt.NDArray[np.bool_],
    decided: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Elapsed days from reaching a stage (or a later one) to leaving it."""
    came = np.fmin.reduce(entered[number:])
    later = entered[number + 1 :]
    onward = np.fmin.reduce([*later, ended]) if later else ended
    left = np.where(advanced, onward, ended)
    return np.asarray((left - came)[decided] / np.timedelta64(1, "s") / 86_400, dtype=np.float64)


def _rate(part: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_]) -> float | None:
    return round(float(part.sum() / whole.sum()), 4) if whole.any() else None


def _offers(cases: PlayedCases, book: Playbook) -> dict[str, Any]:
    """For aftercare: how offers and contacts end, all told and by whether the contact came late."""
    if book.id == "placement-followup":
        return {"fates": placement.FATES}
    if book.id != "interview-aftercare":
        return {}
    accepted, declined = cases.did("offer_accepted"), cases.did("offer_declined")
    sent = cases.played["followup_sent@offer"].astype("datetime64[D]")
    late = (sent - cases.played["offer_made"].astype("datetime64[D]")) >= np.timedelta64(3, "D")
    known = accepted | declined
    return {
        "offer_acceptance": _rate(accepted, known),
        "offer_decline_when_late": _rate(declined & late, known & late),
        "offer_decline_in_time": _rate(declined & ~late, known & ~late),
        "late_contact_share": _rate(late, known),
    }


def truth_of(scenario: Scenario, books: Playbooks, long_run: bool) -> dict[str, Any]:
    """Everything that is known about how the rows came about."""
    days = {"until": str(scenario.until), "change_on": str(scenario.change_on)}
    written = asdict(replace(scenario, cases=dict(scenario.cases))) | days
    return {
        "scenario": written,
        "effects": {
            "late_contact": {
                "playbook": "interview-aftercare", "days": 3, "odds_ratio_of_decline": scenario.late_odds,
                "between": "each interview (or the offer) and the follow-up sent after it",
            },
            "aftercare_change": {
                "playbook": "interview-aftercare", "from": str(scenario.change_on),
                "odds_ratio_of_decline": scenario.change_odds if scenario.change_on else 1.0,
            },
            "none_elsewhere": "in the other playbooks nothing that is late changes how a case ends",
        },
        "playbooks": {
            book: parameters(PROCEDURES[book])
            | ({"in_the_long_run": in_the_long_run(scenario, books.named(book))} if long_run else {})
            for book, number in scenario.cases.items()
            if number
        },
    }  # fmt: skip
