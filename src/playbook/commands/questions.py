"""The questions whose answer is a table: due, violations, funnel, declines, followup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from playbook.commands.arguments import Asked
from playbook.commands.session import NO_JOININGS, Session
from playbook.words.problem import ArgumentError, Problem

if TYPE_CHECKING:
    import polars as pl

    from playbook.ask.workspace import Workspace


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
    """The funnel, or with `--table` another table on how cases went."""
    return _tabled(asked, _FUNNEL, "funnel")


def declines(asked: Asked) -> int:
    """Why and where candidates decline, or with `--table` another table on declines."""
    return _tabled(asked, _DECLINES, "declines")


def limits(asked: Asked) -> int:
    """What practice makes of each limit, and which matter, or with `--table` another table on limits."""
    return _tabled(asked, _LIMITS, "limits")


def forecast(asked: Asked) -> int:
    """What the open cases will bring by when, or with `--table` another table on what comes, or came."""
    return _tabled(asked, _FORECAST, "forecast")


def followup(asked: Asked) -> int:
    """Placements with progress of their goals, next review and retention, or with `--table` another table on them."""
    return _tabled(asked, _FOLLOWUP, "placements")


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of a workspace: the method that answers, and which options it takes."""

    method: str
    takes: frozenset[str] = frozenset()

    def ask(self, workspace: Workspace[Any], as_of: str | datetime, options: Mapping[str, Any]) -> pl.DataFrame:
        answer: pl.DataFrame = getattr(workspace, self.method)(as_of, **options)
        return answer


_BY = frozenset({"by"})
_FUNNEL = {
    "funnel": _Table("funnel", _BY),
    "outcomes": _Table("outcomes", _BY),
    "flows": _Table("flows", _BY),
    "curves": _Table("stage_curves", _BY),
    "endings": _Table("stage_endings", _BY),
    "throughput": _Table("throughput", _BY),
    "waiting": _Table("waiting", _BY),
    "compared": _Table("units", _BY),
}
_DECLINES = {
    "declines": _Table("declines", _BY),
    "reasons": _Table("decline_reasons", _BY),
    "moments": _Table("decline_moments", _BY),
    "rates": _Table("decline_rates", _BY),
    "offers": _Table("offers", _BY),
    "late": _Table("late_before", _BY),
    "associations": _Table("associations"),
    "signals": _Table("signals"),
    "answers": _Table("signal_answers"),
    "cases": _Table("decline_cases"),
}
_LIMITS = {
    "limits": _Table("limits"),
    "times": _Table("limit_times"),
    "matters": _Table("matters"),
    "late": _Table("how_late"),
    "acts": _Table("unmentioned"),
    "orders": _Table("unwritten_orders"),
    "week": _Table("week_at_stake"),
    "slots": _Table("slots"),
}
_FORECAST = {
    "forecast": _Table("forecast", frozenset({"by", "days"})),
    "record": _Table("forecast_record", frozenset({"days"})),
    "reliability": _Table("reliability", frozenset({"days"})),
    "stages": _Table("forecast_stages", frozenset({"days"})),
    "arrivals": _Table("forecast_arrivals", frozenset({"days"})),
    "load": _Table("forecast_load"),
    "if-kept": _Table("if_kept"),
}
_FOLLOWUP = {
    "placements": _Table("followup", frozenset({"horizon"})),
    "milestones": _Table("milestones"),
    "retention": _Table("retention", _BY),
    "six-months": _Table("six_months", _BY),
}


_OF_JOININGS = ("retention", "six-months")


def _tabled(asked: Asked, tables: Mapping[str, _Table], default: str) -> int:
    """The table that was asked for, the columns it is grouped by to the right."""
    name = asked["table"] or default
    table = tables[name]
    options = {option: asked.get(option) for option in ("by", "horizon", "days") if asked.get(option) not in (None, ())}
    unfit = sorted(set(options) - table.takes)
    if unfit:
        known = ", ".join(other for other, one in tables.items() if set(options) <= one.takes)
        raise ArgumentError(Problem(f"--table {name}", f"does not go with --{', --'.join(unfit)}", known))
    session = Session(asked)
    answer = table.ask(session.workspace, session.as_of, options)
    if answer.is_empty() and name in _OF_JOININGS:
        session.tell(NO_JOININGS)
    groups = [column for column in asked.get("by") or () if column != "playbook"]
    return session.answer(answer.select(*(one for one in answer.columns if one not in groups), *dict.fromkeys(groups)))
