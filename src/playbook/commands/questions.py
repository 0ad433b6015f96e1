"""The questions whose answer is a table: due, violations, funnel, declines, followup."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from playbook.commands.arguments import Asked
from playbook.commands.session import Session
from playbook.errors import ArgumentError, Problem

if TYPE_CHECKING:
    import polars as pl


def due(asked: Asked) -> int:
    """Due actions; with `--since` what has changed, with `--set` under changed rules, with `--what-if` both at once."""
    _agree(asked)
    session = Session(asked)
    changes = dict(asked["set"])
    workspace = session.workspace
    if asked["what_if"]:
        return session.answer(workspace.what_if(session.as_of, changes))
    if changes:
        workspace = workspace.with_changes(changes)
    if asked["since"]:
        return session.answer(workspace.changes(session.as_of, asked["since"]))
    return session.answer(workspace.due(session.as_of, all=asked["all"], horizon=asked["horizon"]))


def _agree(asked: Asked) -> None:
    """ArgumentError with every pair of options that cannot go together."""
    problems = []
    if asked["what_if"] and not asked["set"]:
        problems.append(Problem("--what-if", "nothing is changed", 'with --set RULE.due="5 days"'))
    if asked["what_if"] and asked["since"]:
        problems.append(Problem("--what-if", "does not go with --since", "one of them"))
    if problems:
        raise ArgumentError(problems)


def violations(asked: Asked) -> int:
    """Steps out of order, missing items, missing people."""
    session = Session(asked)
    return session.answer(session.workspace.violations(session.as_of))


def funnel(asked: Asked) -> int:
    """The funnel, with the columns it is grouped by to the right."""
    session = Session(asked)
    answer = session.workspace.funnel(session.as_of, by=asked["by"])
    return session.answer(_to_the_right(answer, asked["by"]))


def _to_the_right(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    groups = [name for name in columns if name != "playbook"]
    return frame.select(*(name for name in frame.columns if name not in groups), *dict.fromkeys(groups))


def declines(asked: Asked) -> int:
    """Why and where candidates decline; with `--table` the other tables on declines."""
    name, by = asked["table"] or "reasons", asked["by"]
    if by and name not in _GROUPED:
        place = f"--table {name}"
        raise ArgumentError(Problem(place, "has no groups: it does not go with --by", ", ".join(_GROUPED)))
    session = Session(asked)
    return session.answer(_to_the_right(_decline_table(session, name, by), by))


_GROUPED = ("reasons", "moments", "offers", "late")


def _decline_table(session: Session, name: str, by: tuple[str, ...]) -> pl.DataFrame:
    from playbook import declines

    log = session.workspace.log(session.as_of)
    tables: Mapping[str, Callable[[], pl.DataFrame]] = {
        "reasons": lambda: declines.declines(log, by),
        "moments": lambda: declines.decline_moments(log, by),
        "offers": lambda: declines.offers(log, by=by),
        "late": lambda: declines.late_before(log, session.workspace.due(session.as_of, all=True), by),
        "associations": lambda: declines.associations(log, session.workspace.due(session.as_of, all=True)),
        "signals": lambda: declines.signals(log),
        "answers": lambda: declines.signal_answers(log),
        "cases": lambda: declines.decline_cases(log),
    }
    return tables[name]()


def followup(asked: Asked) -> int:
    """Placements with the progress of their goals, next review and retention; with `--table` their milestones, ..."""
    from playbook import followup, retention

    session = Session(asked)
    log = session.workspace.log(session.as_of)
    horizon = session.workspace.settings.horizon if asked["horizon"] is None else asked["horizon"]
    tables: Mapping[str, Callable[[], pl.DataFrame]] = {
        "placements": lambda: followup.placements(log, horizon),
        "milestones": lambda: followup.milestone_progress(log),
        "preparation": lambda: followup.preparation(log, horizon),
        "proposals": lambda: followup.known_proposals(log),
        "retention": lambda: retention.retention(log),
        "six-months": lambda: retention.within_six_months(log),
    }
    return session.answer(tables[asked["table"] or "placements"]())
