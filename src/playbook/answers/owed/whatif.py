"""What if a rule said something else: the same log under changed rules, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from playbook.rules.grammar import MIDPOINT
from playbook.rules.nouns import Playbook, Rule
from playbook.rules.offset import Offset
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, Said, did_you_mean

_BREACHED = ("overdue", "met_late", "closed_late", "lapsed")


def changed_playbooks(playbooks: Sequence[Playbook], changes: Mapping[str, str]) -> tuple[Playbook, ...]:
    """The playbooks with some keys of rules changed: `{"RULE.due": "5 days", "PLAYBOOK/RULE.wait": ""}`.

    `due` takes one offset or several, separated by commas, or `midpoint` where it is one; `wait` an offset, or nothing;
    `role` and `record` an id. A value may stand in quotes, as in a rule book.
    ArgumentError names every rule, key and value that cannot be used.
    """
    problems: list[Problem] = []
    for target, value in changes.items():
        try:
            playbooks = _with(playbooks, target, value)
        except ArgumentError as error:
            problems.extend(error.problems)
    if problems:
        raise ArgumentError(problems)
    return tuple(playbooks)


def _with(playbooks: Sequence[Playbook], target: str, value: str) -> tuple[Playbook, ...]:
    address, _, key = target.rpartition(".")
    book_id, _, rule_id = address.rpartition("/")
    found = [
        (book, rule) for book in playbooks for rule in book.rules if rule.id == rule_id and book_id in ("", book.id)
    ]
    if not found:
        known = [rule.id for book in playbooks for rule in book.rules]
        raise _refused(
            target, msg("there is no rule '{address}'", address=address), "RULE.KEY=VALUE", did_you_mean(rule_id, known)
        )
    if key not in _KEYS:
        raise _refused(
            target, msg("key '{key}' cannot be changed", key=key), ", ".join(_KEYS), did_you_mean(key, list(_KEYS))
        )
    plain = _unquoted(value)
    books = {book.id: _replaced(book, rule, _KEYS[key](book, rule, target, plain)) for book, rule in found}
    return tuple(books.get(book.id, book) for book in playbooks)


def _replaced(book: Playbook, rule: Rule, change: Mapping[str, Any]) -> Playbook:
    return replace(book, rules=tuple(replace(each, **change) if each.id == rule.id else each for each in book.rules))


def _refused(target: str, found: Said, allowed: Said, hint: Said = "") -> ArgumentError:
    return ArgumentError(Problem(f"--set {target}", found, allowed, hint))


def _unquoted(value: str) -> str:
    """A value without its quotes: not every shell takes them off."""
    bare = value.strip()
    return bare[1:-1].strip() if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'" else bare


def _offset(target: str, written: str) -> Offset:
    try:
        return Offset.parse(written.strip())
    except ValueError as error:
        raise _refused(target, msg("found '{written}'", written=written), str(error)) from None


def _due(book: Playbook, rule: Rule, target: str, value: str) -> Mapping[str, Any]:
    del book
    if value == MIDPOINT and rule.midpoint:
        return {}
    return {"due": tuple(_offset(target, part) for part in value.split(",")), "midpoint": None}


def _wait(book: Playbook, rule: Rule, target: str, value: str) -> Mapping[str, Any]:
    del book, rule
    return {"wait": _offset(target, value) if value.strip() else None}


def _role(book: Playbook, rule: Rule, target: str, value: str) -> Mapping[str, Any]:
    del rule
    known = [role.id for role in book.roles]
    if value not in known:
        raise _refused(target, msg("found '{value}'", value=value), ", ".join(known), did_you_mean(value, known))
    return {"role": value}


def _record(book: Playbook, rule: Rule, target: str, value: str) -> Mapping[str, Any]:
    del rule
    known = [activity.id for activity in book.activities]
    if value and value not in known:
        raise _refused(target, msg("found '{value}'", value=value), ", ".join(known), did_you_mean(value, known))
    return {"record": value or None}


_KEYS: Mapping[str, Callable[[Playbook, Rule, str, str], Mapping[str, Any]]] = {
    "due": _due,
    "wait": _wait,
    "role": _role,
    "record": _record,
}


def compared(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Breaches, load and lapses under two sets of rules: one row per rule.

    `before` and `after` are all due actions at one as-of. Columns: `playbook, rule_id`, then for each of `actions` (all
    of them), `open`, `breached` (overdue, late or lapsed) and `lapsed`: the count before, and with the suffix `_after`.
    """
    both = _counts(before).join(_counts(after), on=["playbook", "rule_id"], how="full", coalesce=True, suffix="_after")
    return both.fill_null(0).sort("playbook", "rule_id")


def _counts(actions: pl.DataFrame) -> pl.DataFrame:
    from playbook.clock.due import OPEN

    status = pl.col("status")
    return actions.group_by("playbook", "rule_id").agg(
        actions=pl.len(),
        open=status.is_in(list(OPEN)).sum(),
        breached=status.is_in(list(_BREACHED)).sum(),
        lapsed=(status == "lapsed").sum(),
    )
