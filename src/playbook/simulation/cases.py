"""The cases of one playbook: when they begin, whose they are, and the playing of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.simulation.pace import OfficeClock, PlainClock, PlayedMoments, Timing, office_day
from playbook.simulation.play import BEGIN, Effects, Played, Procedure, Step, cut, play
from playbook.simulation.procedures import aftercare, casual, dispatch, joins, placement
from playbook.simulation.scenario import Scenario

PROCEDURES: dict[str, Procedure] = {
    module.PROCEDURE.playbook: module.PROCEDURE for module in (joins, placement, casual, aftercare, dispatch)
}
PREFIX = {
    "joins-selection": "J",
    "placement-followup": "P",
    "casual-interview": "C",
    "interview-aftercare": "A",
    "dispatch-sales": "D",
}
_BY_CANDIDATES = ("joins-selection", "interview-aftercare")
_PER_OPENING = 5
_GROWTH = 0.6


@dataclass(frozen=True)
class PlayedCases:
    """The cases of one playbook, played to their ends: one entry per case, in order of beginning.

    `client`: number of the client; `opening`: number of the opening within the playbook, -1 without;
    `closes`: per opening, the day on which its recruitment closes.
    """

    procedure: Procedure
    ids: npt.NDArray[np.str_]
    client: npt.NDArray[np.int64]
    opening: npt.NDArray[np.int64]
    opening_client: npt.NDArray[np.int64]
    closes: PlayedMoments
    played: Played

    def __len__(self) -> int:
        return len(self.ids)

    def did(self, step: str) -> npt.NDArray[np.bool_]:
        """For which cases a step happened at all."""
        return ~np.isnat(self.played[step])


def effects_of(scenario: Scenario) -> Effects:
    """The planted effects as the player takes them."""
    since = None if scenario.change_on is None else np.datetime64(scenario.change_on, "s")
    return Effects(late=scenario.late_odds, lift=scenario.change_odds, lift_from=since)


def clock_of(scenario: Scenario) -> Timing:
    """The clock of a scenario."""
    if scenario.pace == "plain":
        return PlainClock()
    return OfficeClock(*_years(scenario))


def _years(scenario: Scenario) -> tuple[int, int]:
    return scenario.until.year - scenario.months // 12 - 2, scenario.until.year + 4


def rng_of(scenario: Scenario, subject: str) -> np.random.Generator:
    """The chance of one subject, which no other subject's chance depends on."""
    return np.random.default_rng([scenario.seed, *subject.encode("utf-8")])


def played_cases(scenario: Scenario, playbook: str) -> PlayedCases:
    """All cases of a playbook, played to their ends."""
    rng, n = rng_of(scenario, playbook), scenario.cases.get(playbook, 0)
    clock, procedure = clock_of(scenario), PROCEDURES[playbook]
    opening, closes, begin = _begin(scenario, playbook, rng, n)
    known: Played = {BEGIN: begin, **_given(scenario, playbook, rng, begin, closes, opening)}
    played = play(procedure, known, rng, clock, effects_of(scenario))
    if playbook == "joins-selection":
        played = cut(procedure, joins.lapse(played))
    of_opening = _pick_clients(rng, len(closes), scenario.clients)
    client = of_opening[opening] if len(closes) else _pick_clients(rng, n, scenario.clients)
    width = max(3, len(str(n)))
    ids = np.char.add(f"{PREFIX[playbook]}-", np.char.zfill(np.arange(1, n + 1).astype(np.str_), width))
    return PlayedCases(procedure, ids, client, opening, of_opening, closes, played)


def _begin(
    scenario: Scenario, playbook: str, rng: np.random.Generator, n: int
) -> tuple[npt.NDArray[np.int64], PlayedMoments, PlayedMoments]:
    """Per case its opening and its beginning (in order), and per opening the day it closes."""
    if playbook != "joins-selection":
        begin = np.sort(_spread(scenario, rng, n, whole_days=playbook in _BY_CANDIDATES))
        return np.full(n, -1), np.array([], dtype="datetime64[s]"), begin
    first = np.sort(_spread(scenario, rng, max(1, -(-n // _PER_OPENING)), whole_days=False)).astype("datetime64[D]")
    closes = first + rng.integers(20, 31, len(first))
    opening = np.sort(rng.integers(0, len(first), n))
    day = first[opening] + (rng.random(n) * (closes - first).astype(np.int64)[opening]).astype(np.int64)
    begin = np.minimum((day + _minutes(rng, n, 7, 23)).astype("datetime64[s]"), _last_hour(scenario))
    order = np.argsort(begin, kind="stable")
    return opening[order], closes.astype("datetime64[s]"), begin[order]


def _last_hour(scenario: Scenario) -> np.datetime64:
    return np.datetime64(f"{scenario.until}T23:00:00", "s")


def _spread(scenario: Scenario, rng: np.random.Generator, n: int, whole_days: bool) -> PlayedMoments:
    """Moments spread over the history: on any day by those who apply, else in office hours."""
    last = np.datetime64(scenario.until, "D") - scenario.quiet_days
    first = last.astype("datetime64[M]") - scenario.months
    span = (last - first.astype("datetime64[D]")).astype(int)
    day = first.astype("datetime64[D]") + np.floor(span * _evenly(rng, n)).astype(np.int64)
    if scenario.pace == "plain":
        return np.asarray(day + (rng.random(n) * 86_400).astype("timedelta64[s]"), dtype="datetime64[s]")
    weekend_too = whole_days & (rng.random(n) < 0.6)
    day = np.where(weekend_too, day, office_day(day, *_years(scenario)).astype("datetime64[D]"))
    hours = (7, 23) if whole_days else (9, 18)
    return np.asarray(day + _minutes(rng, n, *hours), dtype="datetime64[s]")


def _evenly(rng: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
    """Where in the history each case begins: one in every n-th part, the later parts a little shorter."""
    return ((np.arange(n) + rng.random(n)) / max(n, 1)) ** _GROWTH


def _minutes(rng: np.random.Generator, n: int, first: int, last: int) -> npt.NDArray[np.timedelta64]:
    return rng.integers(first * 60, last * 60, n).astype("timedelta64[m]")


def _given(
    scenario: Scenario,
    playbook: str,
    rng: np.random.Generator,
    begin: PlayedMoments,
    closes: PlayedMoments,
    opening: npt.NDArray[np.int64],
) -> Played:
    """What is known of each case from its beginning: planned dates and traits."""
    if playbook == "joins-selection":
        return {joins.CLOSES: closes[opening]}
    if playbook == "dispatch-sales":
        return dispatch.traits(rng, begin)
    if playbook == "placement-followup":
        first, last = _years(scenario)
        business: Callable[[PlayedMoments], PlayedMoments] = partial(office_day, first_year=first, last_year=last)
        return {**placement.traits(rng, begin), **placement.joining(rng, begin, business)}
    return {}


def _pick_clients(rng: np.random.Generator, n: int, clients: int) -> npt.NDArray[np.int64]:
    """A client for each, the first ones somewhat busier than the last."""
    busy = 1.0 / (3 + np.arange(clients))
    return rng.choice(clients, n, p=busy / busy.sum())


def long_events(cases: PlayedCases, until: np.datetime64) -> tuple[npt.NDArray[np.int64], ...]:
    """Every event up to a moment as three arrays: the number of its case, of its step, and when."""
    steps = emitted(cases.procedure)
    found = [np.flatnonzero(cases.played[step.id] <= until) for step in steps]
    case = np.concatenate(found) if found else np.array([], dtype=np.int64)
    number = np.repeat(np.arange(len(steps)), [len(one) for one in found])
    when = [cases.played[step.id][one].astype("datetime64[us]") for step, one in zip(steps, found, strict=True)]
    moment = np.concatenate(when) if when else np.array([], dtype="datetime64[us]")
    return case, number, moment.view(np.int64)


def emitted(procedure: Procedure) -> list[Step]:
    """The steps that leave an event."""
    return [step for step in procedure.steps() if not step.id.startswith("_")]


def event_frame(cases: PlayedCases, until: np.datetime64) -> pl.DataFrame:
    """Every event up to a moment: one row per event, `case_no, step_no, case_id, activity, timestamp, role, channel`
    and the cells that steps carry; in order of time."""
    case, number, moment = long_events(cases, until)
    steps = emitted(cases.procedure)
    cells = sorted({name for step in steps for name in step.cells})
    columns: dict[str, list[str | None]] = {
        "activity": [step.activity for step in steps],
        "role": [step.role or None for step in steps],
        "channel": [step.channel or None for step in steps],
        **{name: [step.cells.get(name) for step in steps] for name in cells},
    }
    by_step = {name: pl.Series(name, values, pl.String).gather(number) for name, values in columns.items()}
    frame = pl.DataFrame(
        {
            "case_no": case,
            "step_no": number,
            "case_id": pl.Series(cases.ids).gather(case),
            "timestamp": pl.Series(moment).cast(pl.Datetime("us")),
            **by_step,
        }
    )
    return frame.sort("timestamp", "case_no", "step_no").unique(
        ["case_no", "activity", "timestamp"], keep="first", maintain_order=True
    )
