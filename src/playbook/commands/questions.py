"""The questions whose answer is a table: due, violations, funnel, declines, followup."""

from __future__ import annotations

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
