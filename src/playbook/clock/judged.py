"""One moment judged: what is known at it, and the due actions that follow, each worked out once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl
import polars.selectors as cs

from playbook.clock.due import OPEN, due_actions, recorded
from playbook.clock.known import AsOf, EventLog, known
from playbook.clock.known_years import dates_named
from playbook.rules.nouns import Playbooks
from playbook.tables.stored import Tables


@dataclass(frozen=True)
class Judged:
    """A log and its due actions at one as-of; every question about that moment starts from them.

    `horizon`: how many days ahead an action is due soon. The frames are shared: whoever hands one out clones it.
    """

    tables: Tables
    playbooks: Playbooks
    as_of: AsOf
    horizon: int = 7

    @cached_property
    def observed(self) -> EventLog:
        """What is known, before the clock itself records; due actions need no more."""
        return known(self.tables, self.playbooks, self.as_of)

    @cached_property
    def log(self) -> EventLog:
        """What is known, with what the clock itself recorded by then."""
        with dates_named(self.observed):
            return recorded(self.observed)

    @cached_property
    def every(self) -> pl.DataFrame:
        """All due actions, those that are met, void, lapsed or closed too (columns: `due.due_actions`)."""
        return self._actions(only_open=False)

    @cached_property
    def open(self) -> pl.DataFrame:
        """The open due actions."""
        if "every" in self.__dict__:  # worked out already: what is open is a part of it
            return self.every.filter(pl.col("status").is_in(OPEN))
        return self._actions(only_open=True)

    @cached_property
    def people(self) -> frozenset[str]:
        """Everybody who is assigned to anything, or owes anything."""
        assigned = self.log.tables.assignments["person"]
        return frozenset(pl.concat([assigned, self.every["owner"]]).drop_nulls().unique().to_list())

    @cached_property
    def clients(self) -> frozenset[str]:
        """The ids of all clients, those that only a case names too."""
        tables = self.log.tables
        return frozenset(
            pl.concat([tables.clients["client_id"], tables.client_of_case()]).drop_nulls().unique().to_list()
        )

    def _actions(self, *, only_open: bool) -> pl.DataFrame:
        with dates_named(self.observed):
            found = due_actions(self.observed, self.horizon, only_open=only_open)
            return found.with_columns(cs.enum().cast(pl.String)).collect()

    @property
    def left(self) -> pl.Series:
        """The ids of the cases that it is without."""
        return pl.Series(dtype=pl.String)

    def without(self, cases: pl.Series) -> Judged:
        """The same moment without some cases, by their ids: they are in no answer of it."""
        return _Part(self.tables, self.playbooks, self.as_of, self.horizon, self, cases) if len(cases) else self


@dataclass(frozen=True)
class _Part(Judged):
    """A moment without some cases: all of it as the whole has worked it out."""

    whole: Judged | None = None
    apart: pl.Series = field(default_factory=pl.Series)

    @property
    def left(self) -> pl.Series:
        return self.apart

    @cached_property
    def observed(self) -> EventLog:
        return self._whole.observed.without(self.left)

    @cached_property
    def log(self) -> EventLog:
        return self._whole.log.without(self.left)

    @cached_property
    def every(self) -> pl.DataFrame:
        return self._kept(self._whole.every)

    @cached_property
    def open(self) -> pl.DataFrame:
        return self._kept(self._whole.open)

    def without(self, cases: pl.Series) -> Judged:
        return self._whole.without(pl.concat([self.left, cases])) if len(cases) else self

    @property
    def _whole(self) -> Judged:
        assert self.whole is not None
        return self.whole

    def _kept(self, actions: pl.DataFrame) -> pl.DataFrame:
        return actions.filter(~pl.col("case_id").is_in(self.left.implode()))
