"""What can be said of a due action: done, not needed, later, waiting for somebody, the case closed, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from playbook.rules.nouns import Playbook, Rule, Side
from playbook.words.catalogue import either, msg, msg_in
from playbook.words.text import Text

Says = Literal["done", "closed", "not_needed", "later", "waiting_on", "reopened"]

SIDES: dict[Side, Text] = {
    "client": msg("the client"),
    "candidate": msg("the candidate"),
    "agency": msg("ourselves"),
    "bank": msg("the bank"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be said of a due action; `of`: the activity that was done, or the side that is waited for."""

    says: Says
    of: str
    name: Text


def choices(book: Playbook, rule: Rule) -> tuple[Choice, ...]:
    """What can be said of an action of a rule, in the order in which a list offers it.

    Done has one entry per activity in the rule's `until`, and closed one per activity that ends the case and somebody
    records; what the clock itself records (`record`) is nobody's to say. A rule with `record` heeds no other answer.
    """
    return tuple(_choices(book, rule))


def _choices(book: Playbook, rule: Rule) -> Iterator[Choice]:
    recorded = {one.record for one in book.rules}
    for activity in rule.until:
        if activity not in recorded:
            yield _event("done", msg("Done"), activity, book)
    if rule.record is None:
        yield Choice("later", "", msg("Later (write the day)"))
        for side in get_args(Side):
            name = SIDES[side]
            yield Choice("waiting_on", side, msg("Waiting for {name}", name=name))
        yield Choice("not_needed", "", msg("Not needed (say why)"))
        yield Choice("reopened", "", msg("Take the answer back"))
    for outcome in book.outcomes:
        for activity in outcome.by:
            if activity not in rule.until and activity not in recorded:
                yield _event("closed", msg_in("choices", "Closed"), activity, book)


def _event(says: Says, word: Text, activity: str, book: Playbook) -> Choice:
    name = book.label(activity)
    return Choice(says, activity, msg("{word}: {name}", word=word, name=name))


def ends_when(book: Playbook, rule: Rule) -> Text:
    """What ends an action of a rule, in the words of its reader.

    The activities of `until`, and, where the clock records the lapse itself, that too.
    """
    return either(msg("“{name}” is recorded", name=book.label(activity)) for activity in rule.until)
