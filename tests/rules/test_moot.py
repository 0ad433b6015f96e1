"""Every promise ends some time: by what keeps it, by what makes it moot, or it says why nothing does."""

from __future__ import annotations

import pytest

from playbook.rules.nouns import Playbook, Rule
from playbook.rules.reading import builtin_playbooks

BOOKS = [book for book in builtin_playbooks() if book.source.startswith("seeds/")]
RULES = [pytest.param(book, rule, id=f"{book.id}:{rule.id}") for book in BOOKS for rule in book.rules]

# What nothing makes moot, and why.
STANDS = {
    "joins-selection:consult-on-trouble": "trouble after the signing does not go away by itself: only talking it over helps",
    "interview-aftercare:touch-after-acceptance": "whoever has accepted is to hear from the company in any case",
    "interview-aftercare:survey-accepted": "why somebody chose the company is worth asking whatever comes later",
    "dispatch-sales:store-contract": "a contract that is signed is to be stored, whatever becomes of the order",
    "dispatch-sales:update-order": "the record is to say how an order ended, even where nothing else is owed any more",
}


def ends(book: Playbook, rule: Rule) -> set[str]:
    """The events that make a promise moot: those it names, and those that close the case after its trigger."""
    closing = book.closing - set(rule.until) - set(rule.after)
    return set(rule.unless) | closing


@pytest.mark.parametrize(("book", "rule"), RULES)
def test_a_promise_says_what_makes_it_moot(book: Playbook, rule: Rule) -> None:
    """There is an event that makes it moot; where its trigger may close the case itself, the rule names one."""
    starts_at_the_end = book.closing & set(rule.after)
    if f"{book.id}:{rule.id}" in STANDS:
        assert starts_at_the_end or not rule.unless
    else:
        assert rule.unless if starts_at_the_end else ends(book, rule)


def test_what_stands_is_a_rule() -> None:
    """Each exception names a rule that there is, with a sentence."""
    known = {f"{book.id}:{rule.id}" for book in BOOKS for rule in book.rules}
    assert set(STANDS) <= known
    assert all(len(why.split()) > 5 for why in STANDS.values())


@pytest.mark.parametrize(("book", "rule"), RULES)
def test_what_keeps_a_promise_does_not_make_it_moot(book: Playbook, rule: Rule) -> None:
    """No event both keeps a promise and ends it unkept."""
    assert set(rule.until).isdisjoint(rule.unless)


BEFORE_JOINING = {
    "arrange-site-visit", "start-followup", "talk-with-executives", "hasten-executive-talk", "talk-with-site",
    "hasten-site-talk", "hold-site-visit", "share-expectations", "prepare-countermeasures", "agree-action-plan",
    "organise-followup", "agree-contact-routes", "set-up-company-channel", "set-up-hire-channel", "share-mission",
    "agree-goals",
}  # fmt: skip


def test_what_is_owed_before_a_joining_ends_with_it() -> None:
    """Whatever prepares a joining is moot once it has happened; a memo of the goals is owed instead."""
    (book,) = (book for book in BOOKS if book.id == "placement-followup")
    assert {rule.id for rule in book.rules if "joined" in rule.unless} == BEFORE_JOINING
    assert book.rule("share-goal-memo").until == book.rule("agree-goals").until == ("goals_agreed",)
    assert "joined" not in book.rule("share-goal-memo").unless


def test_a_candidate_who_came_back_gets_no_farewell() -> None:
    """The surveys after a decline end with a return, and with a new offer."""
    (book,) = (book for book in BOOKS if book.id == "interview-aftercare")
    for id in ("survey-declined", "survey-internal"):
        assert {"returned_to_selection", "offer_made"} <= set(book.rule(id).unless)
