"""What the `when` of a rule asks: a word in a column, said by the event itself, else its case, else the opening."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.clock.known import EventLog
from playbook.files.lines import only_a_name
from playbook.rules.nouns import Rule, When

SAYS_NOTHING = -1
"""What an event says of a condition where its own cell is empty: its case is asked."""


class Condition(NamedTuple):
    """One column of a rule's `when`, and the words of which it must say one."""

    column: str
    words: tuple[str, ...]

    @property
    def of_event(self) -> pl.Expr:
        """1 where the event's own cell says one of the words, 0 where it says another, `SAYS_NOTHING` where none."""
        said = pl.col(self.column).cast(pl.String).is_in(self.words)
        return said.cast(pl.Int8).fill_null(SAYS_NOTHING)

    def of_cases(self, log: EventLog) -> npt.NDArray[np.bool_]:
        """For each case whether its own cell, else its opening's, says one of the words."""
        cells = [pl.col(self.column).cast(pl.String)] if self.column in log.cases.columns else []
        openings = log.tables.openings
        if self.column in openings.columns:
            said = dict(openings.select("opening_id", pl.col(self.column).cast(pl.String)).drop_nulls().rows())
            cells.append(pl.col("opening_id").replace_strict(said, default=None, return_dtype=pl.String))
        holds = pl.coalesce(*cells, pl.lit(None, pl.String)).is_in(self.words).fill_null(False)
        return log.cases.with_columns(holds=holds)["holds"].to_numpy()


def conditions(rules: Iterable[Rule]) -> list[Condition]:
    """All conditions of some rules, each once."""
    return sorted({condition for rule in rules for condition in of_rule(rule)})


def of_rule(rule: Rule) -> list[Condition]:
    """The conditions of a rule; all of them must hold."""
    return of_when(rule.when)


def of_when(when: When) -> list[Condition]:
    """The conditions of a `when`; all of them must hold."""
    return [Condition(only_a_name(column), tuple(words)) for column, words in when.items()]


def holding(log: EventLog, events: pl.LazyFrame, when: When) -> pl.LazyFrame:
    """The events for which a condition holds: by their own cells, else their case's, else the opening's."""
    known = events.collect_schema().names()
    for asked in of_when(when):
        of_case = log.cases.lazy().select("case_no", of_case=pl.Series(asked.of_cases(log)))
        own = asked.of_event if asked.column in known else pl.lit(SAYS_NOTHING)
        holds = pl.when(own == SAYS_NOTHING).then("of_case").otherwise(own == 1)
        events = events.join(of_case, on="case_no", how="left").filter(holds).drop("of_case")
    return events
