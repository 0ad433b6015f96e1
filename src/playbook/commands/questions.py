"""The questions whose answer is a table: due, violations, funnel, declines, followup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from playbook.commands.arguments import Asked
from playbook.commands.session import NO_JOININGS, Session
from playbook.words.catalogue import msg
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
        return session.answer(workspace.on(session.as_of).since(asked["since"]))
    return session.answer(workspace.due(session.as_of, all=asked["all"], horizon=asked["horizon"]))


def _agree(asked: Asked) -> None:
    """ArgumentError with every pair of options that cannot go together."""
    problems = []
    if asked["what_if"] and not asked["set"]:
        problems.append(Problem("--what-if", msg("nothing is changed"), msg('with --set RULE.due="5 days"')))
    if asked["what_if"] and asked["since"]:
        problems.append(Problem("--what-if", msg("does not go with --since"), msg("one of them")))
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
    """One table of a day: of which subject, which part of it, and the options that it takes."""

    subject: str
    part: str
    takes: frozenset[str] = frozenset()

    def ask(self, workspace: Workspace[Any], as_of: str | datetime, options: Mapping[str, Any]) -> pl.DataFrame:
        """The rows at an as-of; `horizon` belongs to the day, the other options to the subject."""
        day = workspace.on(as_of, horizon=options.get("horizon"))
        asked = {name: option for name, option in options.items() if name != "horizon"}
        answer = getattr(getattr(day, self.subject)(**asked), self.part)
        return cast("pl.DataFrame", answer() if callable(answer) else answer)


_BY, _DAYS = frozenset({"by"}), frozenset({"days"})
_FUNNEL = {
    "funnel": _Table("funnel", "stages", _BY),
    "outcomes": _Table("funnel", "outcomes", _BY),
    "flows": _Table("funnel", "flows", _BY),
    "curves": _Table("funnel", "curves", _BY),
    "endings": _Table("funnel", "endings", _BY),
    "throughput": _Table("funnel", "throughput", _BY),
    "waiting": _Table("funnel", "waiting", _BY),
    "compared": _Table("funnel", "compared", _BY),
}
_DECLINES = {
    "declines": _Table("declines", "stages", _BY),
    "reasons": _Table("declines", "reasons", _BY),
    "moments": _Table("declines", "moments", _BY),
    "rates": _Table("declines", "rates", _BY),
    "offers": _Table("declines", "offers", _BY),
    "late": _Table("declines", "late_before", _BY),
    "associations": _Table("declines", "associations"),
    "signals": _Table("declines", "signals"),
    "answers": _Table("declines", "signal_answers"),
    "cases": _Table("declines", "cases"),
}
_LIMITS = {
    "limits": _Table("limits", "rules"),
    "times": _Table("limits", "times"),
    "matters": _Table("limits", "matters"),
    "late": _Table("limits", "how_late"),
    "acts": _Table("limits", "unmentioned"),
    "orders": _Table("limits", "unwritten_orders"),
    "week": _Table("limits", "week"),
    "slots": _Table("limits", "slots"),
}
_FORECAST = {
    "forecast": _Table("forecast", "counts", _BY | _DAYS),
    "record": _Table("forecast", "record", _DAYS),
    "reliability": _Table("forecast", "reliability", _DAYS),
    "stages": _Table("forecast", "stages", _DAYS),
    "arrivals": _Table("forecast", "arrivals", _DAYS),
    "load": _Table("forecast", "load"),
    "if-kept": _Table("forecast", "if_kept"),
}
_FOLLOWUP = {
    "placements": _Table("placements", "rows", frozenset({"horizon"})),
    "milestones": _Table("placements", "milestones"),
    "retention": _Table("placements", "retention", _BY),
    "six-months": _Table("placements", "six_months", _BY),
}


_OF_JOININGS = ("retention", "six-months")


def _tell_contradictions(session: Session, subject: str) -> None:
    """How many cases are in no figure of the answer, as their records cannot all be true; of hires, who is unknown."""
    from playbook.answers.flow.contradictions import contradictions
    from playbook.pages.missing import contradicted

    day = session.workspace.on(session.as_of)
    if subject != "placements":
        if said := contradicted(day.sound.left):
            session.tell(said)
        return
    hires = contradictions(day.log).filter(kind="left_before_joined")["case_id"].n_unique()
    if hires:
        session.tell(
            msg(
                "{hires} hires left before they joined, by the record: whether they stayed is unknown; playbook check "
                "names each",
                hires=hires,
            )
        )


def _tabled(asked: Asked, tables: Mapping[str, _Table], default: str) -> int:
    """The table that was asked for, the columns it is grouped by to the right."""
    name = asked["table"] or default
    table = tables[name]
    options = {option: asked.get(option) for option in ("by", "horizon", "days") if asked.get(option) not in (None, ())}
    unfit = sorted(set(options) - table.takes)
    if unfit:
        known = ", ".join(other for other, one in tables.items() if set(options) <= one.takes)
        raise ArgumentError(
            Problem(f"--table {name}", msg("does not go with --{value}", value=", --".join(unfit)), known)
        )
    session = Session(asked)
    answer = table.ask(session.workspace, session.as_of, options)
    if answer.is_empty() and name in _OF_JOININGS:
        session.tell(NO_JOININGS)
    _tell_contradictions(session, table.subject)
    groups = [column for column in asked.get("by") or () if column != "playbook"]
    return session.answer(answer.select(*(one for one in answer.columns if one not in groups), *dict.fromkeys(groups)))
