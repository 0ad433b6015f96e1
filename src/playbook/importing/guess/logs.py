"""A table that is an event log already: which columns say case, activity and time, and which activity each value is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from playbook.rules.nouns import Playbook
from playbook.words.folding import fold_key

_NEEDED = ("case_id", "activity", "timestamp")


@dataclass(frozen=True, slots=True)
class LogColumns:
    """Columns of `events` by the column of the file that holds them; the three that make a log are always there.

    `made_of`: where no column is an id, those that tell the cases apart; the first stands for it in `of`.
    """

    of: Mapping[str, str]
    made_of: tuple[str, ...] = ()

    @property
    def case_id(self) -> str:
        """The column of cases."""
        return self.of["case_id"]

    @property
    def activity(self) -> str:
        """The column of activities."""
        return self.of["activity"]


def log_columns(
    columns: Sequence[str], dated: Collection[str], words: Mapping[str, Sequence[str]]
) -> LogColumns | None:
    """The columns of an event log by their headers, the surest word first; None where the table is none.

    `dated`: the columns whose cells are dates; a log has its time in one of them.
    """
    found: dict[str, str] = {}
    for becomes, said in words.items():
        fitting = [
            name for name in columns if name not in found.values() and (becomes not in _TIMES or name in dated)
        ]  # fmt: skip
        headers = {fold_key(name): name for name in reversed(fitting)}
        word = next((word for word in map(fold_key, said) if word in headers), None)
        if word is not None:
            found[becomes] = headers[word]
    return LogColumns(found) if all(name in found for name in _NEEDED) else None


_TIMES = ("timestamp", "recorded_at")


def known_activity(value: str, book: Playbook) -> str:
    """The activity that a value is: by its id, or by its label in either language; empty where it is none."""
    key = fold_key(value)
    for one in book.activities:
        if key in (fold_key(one.id), fold_key(one.name.ja), fold_key(one.name.en)):
            return one.id
    return ""
