"""Who does what, for whom, in which phase, and how much it is: roles, people and their load."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from playbook.clock.known import EventLog
from playbook.clock.owners import owners
from playbook.rules.nouns import Playbook

LETTERS = ("R", "A", "C", "I")
"""R does work of its own, A answers for what is late or nobody's, C must take part, I has a duty and none of these."""

_MATRIX = {
    "playbook": pl.String,
    "role": pl.String,
    "side": pl.String,
    "phase": pl.String,
    "raci": pl.String,
}


def raci(log: EventLog, open_actions: pl.DataFrame) -> pl.DataFrame:
    """Roles, phases and people: one row per playbook, client, role, phase and person.

    Columns: `playbook, client_id, role, side, phase` (empty for a role without a duty of its own), `raci`
    (`LETTERS`; `R/A` where it is both), `person` (empty: nobody), `cases` (live or not, that the person answers for in
    that role), `open` and `overdue` (due actions of that role and client now), `person_open` and `person_overdue` (all
    of the person's, over roles and clients: one person may hold several roles). Source: J-09, D-08.
    """
    people = _people(log)
    matrix = pl.concat([_matrix(book) for book in log.playbooks] or [pl.DataFrame(schema=_ROWS)])
    keys, somebody = ["playbook", "client_id", "role"], pl.col("person").is_not_null()
    own = open_actions.group_by(*keys, person="owner").agg(_LOAD)
    whole = (
        open_actions.group_by(person="owner").agg(_LOAD).rename({"open": "person_open", "overdue": "person_overdue"})
    )
    return (
        people.join(matrix, on=["playbook", "role"])
        .join(own, on=[*keys, "person"], how="left", nulls_equal=True)
        .join(whole.filter(somebody), on="person", how="left")
        .with_columns(pl.col("open", "overdue").fill_null(0))
        .with_columns(pl.when(somebody).then(pl.col("person_open", "person_overdue").fill_null(0)))
        .sort("playbook", "client_id", "order", "person", nulls_last=True)
        .select("playbook", "client_id", "role", "side", "phase", "raci", "person", "cases", "open",
                "overdue", "person_open", "person_overdue")
    )  # fmt: skip


_LOAD = (pl.len().alias("open"), (pl.col("status") == "overdue").sum().alias("overdue"))


def workload(open_actions: pl.DataFrame) -> pl.DataFrame:
    """What each person has open: one row per person, the busiest first.

    Columns: `person` (empty: what nobody answers for), `open, overdue` (due actions), `cases`, `clients`, `roles`
    (how many of each).
    """
    counted = open_actions.group_by(person="owner").agg(
        *_LOAD,
        cases=pl.col("case_id").n_unique(),
        clients=pl.col("client_id").drop_nulls().n_unique(),
        roles=pl.struct("playbook", "role").n_unique(),
    )
    return counted.sort("open", "person", descending=[True, False], nulls_last=True)


def _people(log: EventLog) -> pl.DataFrame:
    """Who answers: one row per playbook, client, role and person, with how many cases; nobody is a row too."""
    roles = pl.DataFrame(
        [(book.id, role.id) for book in log.playbooks for role in book.roles],
        schema={"playbook": pl.String, "role": pl.String},
        orient="row",
    )
    cases = log.cases.select("case_no", "playbook", "client_id").join(roles, on="playbook")
    answering = cases.join(owners(log).collect(), on=["case_no", "role"], how="left")
    return answering.group_by("playbook", "client_id", "role", person="owner").agg(cases=pl.len())


_ROWS = {**_MATRIX, "order": pl.Int64}


def _matrix(book: Playbook) -> pl.DataFrame:
    return pl.DataFrame([{**row, "order": order} for order, row in enumerate(_phases(book))], schema=_ROWS)


def _phases(book: Playbook) -> Iterator[dict[str, str | None]]:
    """One row per role and phase of its duties, in the order of the file; a role without duties has one row."""
    for role in book.roles:
        for phase in dict.fromkeys(duty.phase for duty in role.duties) or {"": None}:
            yield {"playbook": book.id, "role": role.id, "side": role.side, "phase": phase or None,
                   "raci": _letters(book, role.id)}  # fmt: skip


def _letters(book: Playbook, role: str) -> str:
    does = any(rule.role == role for rule in book.rules)
    answers = any(step.to == role for rule in book.rules for step in rule.escalate) or any(
        other.falls_to == role for other in book.roles
    )
    takes_part = any(role in one.roles for one in book.participations)
    if does or answers:
        return "/".join(["R"] * does + ["A"] * answers)
    return "C" if takes_part else "I"
