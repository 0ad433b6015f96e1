"""The invented firm around the cases: clients, openings, who holds which role, closing days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from playbook.simulation.cases import PlayedCases
from playbook.simulation.names import POSITIONS, PROJECTS, Firm, firms, invented_people
from playbook.simulation.pace import TURN_OF_THE_YEAR
from playbook.simulation.scenario import Scenario

_HELD_BY_ALL = {
    "marketing": "marketing",
    "sales_manager": "sales_manager",
    "supervisor": "sales_manager",
    "credit_approver": "office_manager",
    "legal": "legal",
    "director": "director",
    "branch_head": "branch_head",
}
"""Roles of the agency and the bank that one person holds for everybody, by desk; two desks may be one person."""

_HELD_BY_CLIENT = {
    "president": ("decision_maker", "owner"),
    "manager": ("driver", "executive", "department_head", "hiring_manager"),
    "site": ("project_member", "site_manager", "interviewer", "next_interviewer"),
    "hr": ("hr", "recruiter", "client_contact"),
    "junior": ("followup_owner",),
}
"""Roles within a client firm, by desk."""

_MERGED = {
    5: {"manager": "president", "hr": "president", "junior": "president", "site": "president"},
    6: {"manager": "president", "junior": "hr"},
    2: {"junior": "hr"},
    10: {"site": "manager"},
}
"""Clients (by number) in which one person sits at several desks (J-09)."""

_VACANT = {
    1: ("recruiter", "hiring_manager", "interviewer"),
    3: ("followup_owner",),
    4: ("hr", "followup_owner"),
    9: ("driver", "decision_maker"),
    11: ("site_manager",),
}
"""Roles that nobody was given, by number of the client."""

_CONSULTANTS, _MANAGERS, _SALES = 3, 4, 4


@dataclass(frozen=True)
class House:
    """The firm's people: `holder[client][role]`, `common[role]`, and the clients themselves, by number."""

    clients: list[Firm]
    ids: list[str]
    holder: list[dict[str, str]]
    common: dict[str, str]
    vacant: dict[int, tuple[str, ...]] = field(default_factory=lambda: _VACANT)

    def who(self, role: str) -> list[str | None]:
        """The person who holds a role, per client; None where nobody does."""
        if role in self.common:
            return [self.common[role]] * len(self.clients)
        return [
            None if role in self.vacant.get(number, ()) else held.get(role) for number, held in enumerate(self.holder)
        ]


def house(scenario: Scenario, rng: np.random.Generator) -> House:
    """The clients and everyone who works with them."""
    listed = firms(scenario.clients)
    desks = list(_HELD_BY_CLIENT)
    names = iter(invented_people(rng, len(listed) * len(desks) + 20))
    common_desk = {desk: next(names) for desk in dict.fromkeys(_HELD_BY_ALL.values())}
    consultants, managers, sales = ([next(names) for _ in range(n)] for n in (_CONSULTANTS, _MANAGERS, _SALES))
    holder = []
    for number in range(len(listed)):
        desk = {name: next(names) for name in desks}
        desk |= {name: desk[other] for name, other in _MERGED.get(number, {}).items()}
        held = {role: desk[name] for name, roles in _HELD_BY_CLIENT.items() for role in roles}
        held["consultant"] = consultants[number % _CONSULTANTS]
        held["relationship_manager"] = managers[number % _MANAGERS]
        held["sales"] = sales[number % _SALES]
        held["partner"] = consultants[number % _CONSULTANTS]
        holder.append(held)
    common = {role: common_desk[desk] for role, desk in _HELD_BY_ALL.items()}
    return House(listed, [f"K-{n:02}" for n in range(1, len(listed) + 1)], holder, common)


def client_table(known: House, rng: np.random.Generator) -> pl.DataFrame:
    """One row per client: `client_id, name, segment, employees, client_since`."""
    return pl.DataFrame(
        {
            "client_id": known.ids,
            "name": [firm.name for firm in known.clients],
            "segment": [firm.segment for firm in known.clients],
            "employees": [firm.size for firm in known.clients],
            "client_since": [int(year) for year in rng.integers(2009, 2024, len(known.clients))],
        }
    )


def assignment_table(known: House, cases: Sequence[PlayedCases], subjects: dict[str, list[str]]) -> pl.DataFrame:
    """One row per person and role: for everyone, for a client, and for the case of each hire."""
    rows: list[tuple[str | None, ...]] = [(role, person, None, None, None) for role, person in known.common.items()]
    for number, client_id in enumerate(known.ids):
        vacant = known.vacant.get(number, ())
        rows += [
            (role, person, client_id, None, None) for role, person in known.holder[number].items() if role not in vacant
        ]
    rows += [row for played in cases for row in _of_cases(known, played, subjects)]
    columns = ("role", "person", "client_id", "opening_id", "case_id")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _of_cases(known: House, played: PlayedCases, subjects: dict[str, list[str]]) -> Iterator[tuple[str | None, ...]]:
    """The hires themselves, and for some cases a colleague who looks after them instead of the usual one."""
    playbook = played.procedure.playbook
    for number, case_id in enumerate(played.ids):
        if playbook == "placement-followup":
            yield ("hire", subjects[playbook][number], None, None, str(case_id))
        if playbook == "interview-aftercare" and number % 9 == 4:
            yield ("followup_owner", known.holder[int(played.client[number])]["interviewer"], None, None, str(case_id))


def opening_table(known: House, cases: PlayedCases) -> pl.DataFrame:
    """One row per opening of a playbook: `opening_id, client_id, title, recruitment_closes_on`."""
    n = len(cases.closes)
    return pl.DataFrame(
        {
            "opening_id": opening_ids(n),
            "client_id": [known.ids[client] for client in cases.opening_client],
            "title": titles(n),
            "recruitment_closes_on": pl.Series(cases.closes.astype("datetime64[us]").view(np.int64))
            .cast(pl.Datetime("us"))
            .dt.date(),
        }
    )


def opening_ids(n: int) -> list[str]:
    """The ids of so many openings."""
    return [f"O-{number:03}" for number in range(1, n + 1)]


def titles(n: int) -> list[str]:
    """What so many openings are about, in turn."""
    return [PROJECTS[number % len(PROJECTS)] for number in range(n)]


def positions(known: House, cases: PlayedCases, rng: np.random.Generator) -> list[str]:
    """What each case is about: its opening, else a position that its client may well look for."""
    if len(cases.closes):
        listed = titles(len(cases.closes))
        return [listed[opening] for opening in cases.opening]
    offered = [POSITIONS[known.clients[client].segment] for client in cases.client]
    picks = rng.integers(0, 12, len(cases))
    return [options[pick % len(options)] for options, pick in zip(offered, picks, strict=True)]


def closure_table(known: House, first_year: int, last_year: int) -> pl.DataFrame:
    """Closing days: the turn of the year for all, three days of Obon for some clients, an anniversary for one."""
    rows: list[tuple[date, str, str | None]] = []
    for year in range(first_year, last_year + 1):
        rows += [(date(year, month, day), "年末年始休業", None) for month, day in TURN_OF_THE_YEAR]
        rows += [(date(year, 8, day), "夏季休業", client_id) for client_id in known.ids[::4] for day in (13, 14, 15)]
        rows.append((date(year, 10, 1), "創立記念日", known.ids[-1]))
    return pl.DataFrame(rows, schema={"date": pl.Date, "name": pl.String, "client_id": pl.String}, orient="row")
