"""Whether the data look like today's: old exports and half-empty ones make pages that are neatly wrong.

What is looked at is what ``describe`` says of the workspace: ``newest`` (the day of the newest row, ISO text) and
``counts`` (rows with ``table`` and ``accepted``). Each concern is one sentence; a run tells them on the index, or stops
before it starts, as it is asked to.

>>> concerns({"newest": "2026-11-02"}, {}, as_of="2026-11-20", stale_days=7)[0].en
'the newest row is of 2026-11-02, 18 days before 2026-11-20'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal

from playbook.words.catalogue import msg
from playbook.words.problem import PlaybookError
from playbook.words.text import Text

OnConcern = Literal["warn", "stop"]

# Smaller tables halve by chance.
_ENOUGH_ROWS = 10


class ConcernError(PlaybookError):
    """Data that do not look like today's, and a run that was asked to stop for it."""


def concerns(now: Mapping[str, Any], before: Mapping[str, Any], *, as_of: str, stale_days: int) -> tuple[Text, ...]:
    """What is wrong with the age and the number of rows, one message each.

    Args:
        now: what is said of the workspace.
        before: what was said at the last run.
        as_of: the moment the reports speak of.
        stale_days: how old the newest row may be; 0 for any age.
    """
    return (*_stale(now, as_of, stale_days), *_fewer(now, before))


def _stale(now: Mapping[str, Any], as_of: str, stale_days: int) -> Iterator[Text]:
    newest = str(now.get("newest") or "")
    if newest and stale_days:
        days = (date.fromisoformat(as_of[:10]) - date.fromisoformat(newest[:10])).days
        if days > stale_days:
            yield msg(
                "the newest row is of {newest}, {days} days before {as_of}",
                newest=newest[:10],
                days=days,
                as_of=as_of[:10],
            )


def _fewer(now: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[Text]:
    then = {row["table"]: row["accepted"] for row in before.get("counts", ())}
    rows = {row["table"]: row["accepted"] for row in now.get("counts", ())}
    for table, count in then.items():
        if count >= _ENOUGH_ROWS and rows.get(table, 0) < count / 2:
            yield msg(
                "table {table} has {now} rows, less than half of the {then} of the last run",
                table=table,
                now=rows.get(table, 0),
                then=count,
            )
