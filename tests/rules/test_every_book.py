"""What holds for each book that comes with the package, whatever its source."""

from __future__ import annotations

import pytest

from playbook.rules.nouns import Playbook
from playbook.rules.reading import builtin_playbooks

BOOKS = [pytest.param(book, id=book.id) for book in builtin_playbooks()]


@pytest.mark.parametrize("book", BOOKS)
def test_every_activity_says_with_whom_the_ball_lies_after_it(book: Playbook) -> None:
    """Of no moment of a case it is unknown who is waited for: each activity passes the ball to a side."""
    assert [one.id for one in book.activities if one.passes_to is None] == []


@pytest.mark.parametrize("book", BOOKS)
def test_whoever_the_ball_is_passed_to_has_a_role(book: Playbook) -> None:
    """A side that is waited for has somebody in the book: a client, a candidate, an agency or a bank."""
    sides = {role.side for role in book.roles}
    assert {one.passes_to for one in book.activities} - sides == set()
