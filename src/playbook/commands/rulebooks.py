"""`playbook rules`: the rule books as tables to read, and what they are held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from playbook.commands.arguments import Asked
from playbook.commands.session import Session
from playbook.rules.facts import Fact, citations, coverage, facts
from playbook.rules.firm_facts import facts_in, unknown_facts
from playbook.rules.nouns import Playbook, Precedence, Rule, When
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, RulebookError
from playbook.words.text import Lang

_VIEWS = ("coverage", "facts", "roles", "workload")


def rules(asked: Asked) -> int:
    """The rules as a table; or where each fact lives, every place that cites one, roles and people, or their load."""
    chosen = [view for view in _VIEWS if asked[view]]
    if len(chosen) > 1:
        places = " and ".join(f"--{view}" for view in chosen)
        raise ArgumentError(Problem(places, msg("do not go together"), msg("one of them")))
    session = Session(asked)
    match chosen:
        case ["coverage"]:
            return _coverage(session)
        case ["facts"]:
            session.write(_with_words(citations(session.playbooks), facts(), session.lang))
        case ["roles"]:
            return _roles(session)
        case ["workload"]:
            from playbook.answers.owed.raci import workload

            return session.answer(workload(session.workspace.due(session.as_of)))
        case _:
            session.write(rule_table(session.playbooks, session.lang))
    return 0


def _coverage(session: Session) -> int:
    """Each fact with its places; the exit status is 1 where a fact has lost its place."""
    own = facts_in(Path(session.place) / "facts")
    if problems := [*unknown_facts(session.playbooks, own)]:
        raise RulebookError(problems)
    table = coverage(session.playbooks, own)
    if table.is_empty():
        ids = ", ".join(book.id for book in session.playbooks)
        found = msg("there are no facts to hold {ids} against", ids=ids)
        raise RulebookError(
            Problem("rules --coverage", found, msg("facts/*.toml in the workspace, or a built-in playbook"))
        )
    session.write(_with_words(table, (*facts(), *own), session.lang))
    lost = table.filter(~pl.col("covered"))["fact"].to_list()
    held, of = table.height - len(lost), table.height
    session.tell(msg("{held} of {of} facts have a place", held=held, of=of))
    if lost:
        session.tell(msg("facts without a place: {value}", value=", ".join(lost)))
    return 1 if lost else 0


def _roles(session: Session) -> int:
    from playbook.answers.owed.raci import raci

    workspace = session.workspace
    rows = raci(workspace.on(session.as_of).log, workspace.due(session.as_of))
    return session.answer(_with_roles(rows, session.playbooks, session.lang))


def _with_roles(rows: pl.DataFrame, playbooks: Iterable[Playbook], lang: Lang) -> pl.DataFrame:
    """The same with `role_name` after the role and the `duties` of its phase at the end."""
    roles = {(book.id, role.id): role for book in playbooks for role in book.roles}
    named, duties = [], []
    for book, id, phase in rows.select("playbook", "role", "phase").rows():
        role = roles[book, id]
        named.append(role.name.say(lang))
        duties.append("; ".join(duty.text.say(lang) for duty in role.duties if duty.phase == (phase or "")) or None)
    rows = rows.with_columns(duties=pl.Series(duties, dtype=pl.String))
    return rows.insert_column(rows.columns.index("role") + 1, pl.Series("role_name", named, pl.String))


def _with_words(table: pl.DataFrame, known: Iterable[Fact], lang: Lang) -> pl.DataFrame:
    """Where facts live, with what each says in our words; with its `reason`, where the table says whether it lives."""
    of = {fact.id: fact for fact in known}
    found = [of.get(id) for id in table["fact"]]
    says = pl.Series("says", [fact and fact.text.say(lang) for fact in found], pl.String)
    if "covered" not in table.columns:
        return table.with_columns(says)
    reason = pl.Series("reason", [(fact and fact.reason.say(lang)) or None for fact in found], pl.String)
    return table.with_columns(reason).insert_column(2, says)


def rule_table(playbooks: Iterable[Playbook], lang: Lang = "ja") -> pl.DataFrame:
    """The rule books: one row per rule, precedence, participation and checklist, in the order of the files.

    Columns: `playbook, kind, id, name, after, when, wait, due, until, unless, role, channel, template, escalate`,
    `record, pause, roll, key, scope, within, fresh, fact, law, basis, source`; what a kind does not have is empty. For
    a precedence `after` is the activity and `until` what it requires; for a checklist `until` names its items.
    """
    rows = [row for book in playbooks for row in _rows(book, lang)]
    return pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String))


_COLUMNS = ("playbook", "kind", "id", "name", "after", "when", "wait", "due", "until", "unless", "role", "channel",
            "template", "escalate", "record", "pause", "roll", "key", "scope", "within", "fresh", "fact", "law",
            "basis", "source")  # fmt: skip


def _rows(book: Playbook, lang: Lang) -> Iterator[dict[str, Any]]:
    own = {"playbook": book.id, "source": book.source or None}
    for rule in book.rules:
        yield {**own, "kind": "rule", **_named(rule, lang), **_rule(rule)}
    for one in book.precedences:
        yield {**own, "kind": "precedence", **_named(one, lang), **_precedence(one)}
    for one_of in book.participations:
        yield {**own, "kind": "participation", **_named(one_of, lang), "after": one_of.activity,
               "role": _list(one_of.roles)}  # fmt: skip
    for checklist in book.checklists:
        items = _list(item.id for item in checklist.fields)
        yield {**own, "kind": "checklist", **_named(checklist, lang), "after": checklist.at, "until": items,
               "role": checklist.role}  # fmt: skip


def _named(noun: Any, lang: Lang) -> dict[str, Any]:
    return {"id": noun.id, "name": noun.name.say(lang), "when": _when(noun.when), "fact": _list(noun.fact),
            "law": _list(noun.law), "basis": noun.basis}  # fmt: skip


def _when(when: When) -> str | None:
    return _list(f"{name} = {' or '.join(values)}" for name, values in when.items())


def _rule(rule: Rule) -> dict[str, Any]:
    middle = rule.midpoint and f"midpoint to {rule.midpoint.toward}, where more than {rule.midpoint.gap} away"
    return {
        "after": _list(rule.after),
        "wait": str(rule.wait) if rule.wait else None,
        "due": middle or _list(map(str, rule.due)),
        "until": _list(rule.until),
        "unless": _list(rule.unless),
        "role": rule.role,
        "channel": _list(rule.channel),
        "template": rule.template,
        "escalate": _list(f"{step.after}: {step.to}" for step in rule.escalate),
        "record": rule.record,
        "pause": rule.pause and f"{', '.join(rule.pause.after)} to {', '.join(rule.pause.until)}",
        "roll": rule.roll,
        "key": rule.key,
    }


def _precedence(one: Precedence) -> dict[str, Any]:
    return {
        "after": one.activity,
        "until": _list(one.requires),
        "scope": one.scope,
        "within": str(one.within) if one.within else None,
        "fresh": "true" if one.fresh else None,
    }


def _list(parts: Iterable[str]) -> str | None:
    return "; ".join(parts) or None
