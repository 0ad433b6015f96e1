"""What every subject starts from: one judged moment, how its rows are grouped, and the kind of frame that goes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import polars as pl

from playbook.clock.judged import Judged
from playbook.clock.known import EventLog

Frame = TypeVar("Frame")
"""The kind of frame that goes out: polars or pandas, whichever came in."""
By = str | Sequence[str]
"""Columns by which rows are grouped; their order is that of the answer."""
DueFrame = pl.DataFrame | pl.LazyFrame
"""Due actions, as `clock.due` gives them."""


@dataclass(frozen=True)
class Subject(Generic[Frame]):
    """One subject at one moment; each of its answers is a frame.

    `by`: columns to group by (see `funnel.groups_of`), cycles being of `months`; `out` makes the frame that goes out.
    """

    judged: Judged
    out: Callable[[pl.DataFrame], Frame]
    by: str | Sequence[str] = ()
    months: int = 6

    @property
    def log(self) -> EventLog:
        """What is known at the moment."""
        return self.judged.log
