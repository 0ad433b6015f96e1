"""What can be said of a due action: done, not needed, later, waiting for somebody, the case closed, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from playbook.rules.nouns import Playbook, Rule, Side
from playbook.words.text import Text

Says = Literal["done", "closed", "not_needed", "later", "waiting_on", "reopened"]

SIDES: dict[Side, Text] = {
    "client": Text("取引先", "the client"),
    "candidate": Text("候補者", "the candidate"),
    "agency": Text("当社", "ourselves"),
    "bank": Text("銀行", "the bank"),
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
            yield _event("done", Text("済", "Done"), activity, book)
    if rule.record is None:
        yield Choice("later", "", Text("後日（日付を記入）", "Later (write the day)"))
        for side in get_args(Side):
            name = SIDES[side]
            yield Choice("waiting_on", side, Text(f"待ち：{name.ja}", f"Waiting for {name.en}"))
        yield Choice("not_needed", "", Text("不要（理由をメモへ）", "Not needed (say why)"))
        yield Choice("reopened", "", Text("回答を取り消す", "Take the answer back"))
    for outcome in book.outcomes:
        for activity in outcome.by:
            if activity not in rule.until and activity not in recorded:
                yield _event("closed", Text("終了", "Closed"), activity, book)


def _event(says: Says, word: Text, activity: str, book: Playbook) -> Choice:
    name = book.label(activity)
    return Choice(says, activity, Text(f"{word.ja}：{name.ja}", f"{word.en}: {name.en}"))


def ends_when(book: Playbook, rule: Rule) -> Text:
    """What ends an action of a rule, in the words of its reader.

    The activities of `until`, and, where the clock records the lapse itself, that too.
    """
    names = [book.label(activity) for activity in rule.until]
    return Text(
        "、または".join(f"「{name.ja}」を記録したとき" for name in names),
        ", or ".join(f"“{name.en}” is recorded" for name in names),
    )
