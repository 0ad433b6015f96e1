"""A whole workspace of an invented firm, and the truth about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
import polars as pl

from playbook.rules.nouns import Playbooks
from playbook.rules.reading import builtin_playbooks
from playbook.simulation import aftermath
from playbook.simulation.cases import PlayedCases, event_frame, played_cases, rng_of
from playbook.simulation.details import EVENT_COLUMNS, case_frame, detailed_events
from playbook.simulation.firm import (
    House,
    assignment_table,
    client_table,
    closure_table,
    house,
    opening_ids,
    opening_table,
    positions,
)
from playbook.simulation.names import ORDERS, SOURCES, invented_people
from playbook.simulation.neglect import neglected
from playbook.simulation.scenario import Scenario
from playbook.simulation.terms import consent_table, term_columns
from playbook.simulation.truth import parameters, truth_of

_JOINS, _PLACEMENT, _AFTERCARE, _DISPATCH = (
    "joins-selection",
    "placement-followup",
    "interview-aftercare",
    "dispatch-sales",
)


@dataclass(frozen=True)
class Simulated:
    """A simulated workspace.

    `tables`: one frame per table of DESIGN section 2, times local and without zone. `truth`: what is known of how the
    rows came about: shares at forks, delays, effects, and where they lead in the long run.
    """

    scenario: Scenario
    tables: Mapping[str, pl.DataFrame]
    truth: Mapping[str, Any]


def simulate(scenario: Scenario | None = None, *, long_run: bool | None = None, **changes: Any) -> Simulated:
    """A workspace simulated by a scenario, or by the sample's with changes: `simulate(seed=7, late_odds=1)`.

    `long_run`: also play many cases to their ends for the truth (else only with `details`; it takes seconds).
    """
    scenario = scenario or Scenario(**changes)
    cases = {book: played_cases(scenario, book) for book, number in scenario.cases.items() if number}
    tables = _detailed(scenario, cases) if scenario.details else _bare(scenario, cases)
    books = builtin_playbooks() if long_run or scenario.details else Playbooks(())
    if scenario.details if long_run is None else long_run:
        return Simulated(scenario, tables, truth_of(scenario, books, True))
    exact = {book: parameters(one.procedure) for book, one in cases.items()}
    return Simulated(scenario, tables, {"scenario": scenario, "playbooks": exact})


_PILOT = 2_000


def simulate_log(events: int, *, seed: int = 1, playbook: str = _AFTERCARE) -> Simulated:
    """A log of about so many events of one playbook, for benchmarks; ten million take about twenty seconds."""
    pilot = simulate(seed=seed, cases={playbook: _PILOT}, details=False)
    cases = max(1, round(events * _PILOT / pilot.tables["events"].height))
    return simulate(seed=seed, cases={playbook: cases}, details=False)


def _end(until: date) -> datetime:
    return datetime.combine(until, time(23, 59, 59))


def _bare(scenario: Scenario, cases: Mapping[str, PlayedCases]) -> dict[str, pl.DataFrame]:
    """Events, cases and openings only."""
    until = np.datetime64(_end(scenario.until), "s")
    events = pl.concat([event_frame(one, until) for one in cases.values()], how="diagonal")
    listed = [
        pl.DataFrame(
            {
                "case_id": one.ids,
                "playbook": [book] * len(one),
                "client_id": [f"K-{n + 1:02}" for n in one.client],
                "opening_id": _opening_of(one),
            },
            schema_overrides={"opening_id": pl.String},
        )
        for book, one in cases.items()
    ]
    tables = {"events": events.drop("case_no", "step_no"), "cases": pl.concat(listed)}
    if _JOINS in cases:
        closes = cases[_JOINS].closes.astype("datetime64[us]")
        day = pl.Series(closes).dt.date()
        tables["openings"] = pl.DataFrame({"opening_id": opening_ids(len(day)), "recruitment_closes_on": day})
    return tables


def _opening_of(cases: PlayedCases) -> list[str | None]:
    ids = opening_ids(len(cases.closes))
    return [ids[n] if n >= 0 else None for n in cases.opening]


def _detailed(scenario: Scenario, cases: Mapping[str, PlayedCases]) -> dict[str, pl.DataFrame]:
    """All tables, with people and texts."""
    known = house(scenario, rng_of(scenario, "house"))
    until = _end(scenario.until)
    last = np.datetime64(until, "s")
    cases = {book: neglected(one, last, rng_of(scenario, f"neglect {book}")) for book, one in cases.items()}
    subjects = {book: _subjects(scenario, one) for book, one in cases.items()}
    events = {book: _events(scenario, one, known, subjects[book]) for book, one in cases.items()}
    rng = rng_of(scenario, "aftermath")
    tables = {
        "events": pl.concat(events.values(), how="diagonal_relaxed")
        .sort(pl.coalesce("recorded_at", "timestamp"), "case_id", maintain_order=True)
        .select(EVENT_COLUMNS),
        "cases": _cases(scenario, cases, known, subjects, until),
        "clients": client_table(known, rng_of(scenario, "clients")),
        "assignments": assignment_table(known, list(cases.values()), subjects),
        "closures": closure_table(known, scenario.until.year - scenario.months // 12, scenario.until.year + 1),
    }
    if _JOINS in cases:
        tables["openings"] = opening_table(known, cases[_JOINS])
    if placed := cases.get(_PLACEMENT):
        tables["milestones"] = aftermath.milestone_table(placed, scenario.until, rng)
        tables["voices"] = aftermath.voice_table(placed, scenario.until, rng)
        tables["consents"] = consent_table(tables["voices"])
        tables["proposals"] = aftermath.proposal_table(placed, known, scenario.until, rng)
    if cared := cases.get(_AFTERCARE):
        tables["surveys"] = aftermath.survey_table(events[_AFTERCARE], cared, scenario.until, rng)
        tables["worklog"] = aftermath.worklog_table(events[_AFTERCARE], rng)
    return tables


def _subjects(scenario: Scenario, cases: PlayedCases) -> list[str]:
    """Whom or what each case is about: a person, or a dispatch order."""
    rng = rng_of(scenario, f"subjects {cases.procedure.playbook}")
    if cases.procedure.playbook == _DISPATCH:
        return [ORDERS[n] for n in rng.integers(0, len(ORDERS), len(cases))]
    return invented_people(rng, len(cases))


def _events(scenario: Scenario, cases: PlayedCases, known: House, subjects: list[str]) -> pl.DataFrame:
    """The events that had been recorded by the end of the history."""
    until = _end(scenario.until)
    rng = rng_of(scenario, f"details {cases.procedure.playbook}")
    rows = detailed_events(event_frame(cases, np.datetime64(until, "s")), cases, known, subjects, rng)
    return rows.filter(pl.coalesce("recorded_at", "timestamp") <= until)


def _sources(scenario: Scenario, cases: PlayedCases) -> pl.Series:
    """Where each applicant was found; placements and orders have no such source."""
    rng = rng_of(scenario, f"sources {cases.procedure.playbook}")
    found = rng.choice(SOURCES, len(cases), p=(0.5, 0.3, 0.2))
    of_applicants = cases.procedure.playbook not in (_PLACEMENT, _DISPATCH)
    return pl.Series("source", found if of_applicants else [None] * len(cases), dtype=pl.String)


def _cases(
    scenario: Scenario,
    cases: Mapping[str, PlayedCases],
    known: House,
    subjects: Mapping[str, list[str]],
    until: datetime,
) -> pl.DataFrame:
    books = builtin_playbooks()
    listed = []
    for book, one in cases.items():
        rng = rng_of(scenario, f"forms {book}")
        frame = case_frame(one, books.named(book), known, until, rng)
        titles = positions(known, one, rng) if book != _DISPATCH else [None] * len(one)
        listed.append(
            frame.with_columns(
                opening_id=pl.Series(_opening_of(one), dtype=pl.String),
                subject=pl.Series(subjects[book]),
                position=pl.Series(titles, dtype=pl.String),
                source=_sources(scenario, one),
            )
        )
    head = ("case_id", "playbook", "client_id", "opening_id", "subject", "position", "source", "created_at")
    both = pl.concat(listed, how="diagonal_relaxed")
    if placed := cases.get(_PLACEMENT):
        terms = term_columns(placed, scenario.until, rng_of(scenario, "terms"))
        both = both.join(terms, on="case_id", how="left", maintain_order="left")
    return both.select(*head, pl.exclude(head)).drop("_begin", strict=False)
