"""Agreed limits are written into a book line by line, and nothing else of it changes."""

from __future__ import annotations

import difflib
from importlib.resources import files

import pytest

from playbook.rules.agreed import agreed
from playbook.rules.offset import Offset
from playbook.rules.reading import builtin_playbooks, parse_playbook
from playbook.words.problem import ArgumentError


def _text(id: str) -> str:
    return (files("playbook.rules") / "books" / f"{id}.toml").read_text(encoding="utf-8")


def _offsets(*written: str) -> tuple[Offset, ...]:
    return tuple(Offset.parse(one) for one in written)


def test_one_line_changes_and_its_comment_stays_behind_the_note() -> None:
    """Two lines of a diff, the old and the new; every other byte is as it was."""
    before = _text("interview-aftercare")
    after = agreed(before, {"invite-to-interview": _offsets("3 business days")}, "book", "agreed")
    lines = [one for one in difflib.ndiff(before.split("\n"), after.split("\n")) if one[:1] in "+-"]
    assert len(lines) == 2
    assert lines[1].startswith('+ due = "3 business days"  # agreed / 資料に数字はない')
    book = parse_playbook(after, "book")
    assert book.rule("invite-to-interview").due == _offsets("3 business days")


@pytest.mark.parametrize("id", [book.id for book in builtin_playbooks()])
def test_every_limit_that_is_ours_can_be_agreed_in_every_built_in_book(id: str) -> None:
    """Each rule of our own number takes another one, alone and all of them together."""
    text, book = _text(id), next(one for one in builtin_playbooks() if one.id == id)
    wanted = {
        rule.id: tuple(Offset(due.n + (1 if due.n >= 0 else -1), due.unit) for due in rule.due)
        for rule in book.rules
        if rule.basis != "stated" and rule.due and all(due.n for due in rule.due)
    }
    after = parse_playbook(agreed(text, wanted, id), id)
    assert {rule.id: rule.due for rule in after.rules if rule.id in wanted} == wanted
    assert [rule.due for rule in after.rules if rule.id not in wanted] == [
        rule.due for rule in book.rules if rule.id not in wanted
    ]


def test_what_is_the_same_already_leaves_the_text_alone() -> None:
    """No line is touched for a limit that the book has."""
    text = _text("interview-aftercare")
    assert agreed(text, {"invite-to-interview": _offsets("5 business days")}, "book", "agreed") == text


def test_everything_that_cannot_be_agreed_is_named_at_once() -> None:
    """A rule that is not there, one whose limit its source states, one with another number of dues."""
    text = _text("joins-selection")
    book = parse_playbook(text, "book")
    stated = next(rule.id for rule in book.rules if rule.basis == "stated" and rule.due)
    ours = next(rule.id for rule in book.rules if rule.basis == "ours" and len(rule.due) == 1)
    limits = {"nobody": _offsets("1 day"), stated: _offsets("2 days"), ours: _offsets("1 day", "2 days")}
    with pytest.raises(ArgumentError) as error:
        agreed(text, limits, "book")
    said = [problem.parts("en").found for problem in error.value.problems]
    assert said == ["there is no such rule", "its limit is stated by its source", "found 2"]


def test_a_limit_over_several_lines_is_refused_and_not_lost() -> None:
    """What cannot be changed safely is said, with what is needed."""
    text = _text("placement-followup")
    book = parse_playbook(text, "book")
    series = next(rule for rule in book.rules if len(rule.due) > 1)
    shown = f"due = [{', '.join(chr(34) + str(due) + chr(34) for due in series.due)}]"
    assert shown in text
    spread = text.replace(shown, shown.replace("[", "[\n  ").replace("]", "\n]")).replace(
        'basis = "stated"', 'basis = "ours"'
    )
    with pytest.raises(ArgumentError, match=r"the limit of .* cannot be found"):
        agreed(spread, {series.id: tuple(Offset(due.n + 1, due.unit) for due in series.due)}, "book")
