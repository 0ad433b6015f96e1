"""The Monday list: the due actions of a week, sorted by what they ask of their reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from playbook.rules.nouns import Playbook

URGENT = ("overdue", "due_today", "due_soon")


@dataclass(frozen=True)
class WeeklyList:
    """Open due actions at an as-of, in the parts of the Monday list; every part has the columns of `actions`.

    `actions`: open due actions, in order of due, with `change` (`new`, `worse`, `same`) since an earlier as-of.
    `resolved`: actions that were open at the earlier as-of and are closed now.
    `orphans`: live cases that nobody owes anything.
    `since`: the day of the earlier as-of.
    """

    actions: pl.DataFrame
    resolved: pl.DataFrame
    orphans: pl.DataFrame
    playbooks: tuple[Playbook, ...]
    horizon: int
    since: date

    def of(self, *statuses: str) -> pl.DataFrame:
        """The actions of some statuses."""
        return self.actions.filter(pl.col("status").is_in(list(statuses)))

    @property
    def urgent(self) -> pl.DataFrame:
        """What is overdue, due today or due soon, grouped by owner: who has most overdue, then most to do, first."""
        overdue = (pl.col("status") == "overdue").sum().over("owner")
        order = [overdue, pl.len().over("owner"), pl.col("owner"), pl.col("act_by"), pl.col("due_at")]
        return self.of(*URGENT).sort(order, descending=[True, True, False, False, False], maintain_order=True)

    @property
    def unassigned(self) -> pl.DataFrame:
        """The actions that nobody answers for."""
        return self.actions.filter(pl.col("owner").is_null())

    @cached_property
    def closing(self) -> pl.DataFrame:
        """What the clock will close by itself, if nothing happens, within twice the horizon."""
        records = [(book.id, rule.id) for book in self.playbooks for rule in book.rules if rule.record]
        known = pl.DataFrame(records, schema={"playbook": pl.String, "rule_id": pl.String}, orient="row")
        soon = self.actions.filter(pl.col("days_left") <= 2 * self.horizon)
        return soon.join(known, on=["playbook", "rule_id"], how="semi", maintain_order="left")

    @property
    def counts(self) -> dict[str, int]:
        """How many actions are `new`, `worse` and `resolved` since the earlier as-of."""
        changed = {name: self.actions.filter(pl.col("change") == name).height for name in ("new", "worse")}
        return {**changed, "resolved": self.resolved.height}


def weekly_list(
    changes: pl.DataFrame, orphans: pl.DataFrame, playbooks: Iterable[Playbook], horizon: int, since: date
) -> WeeklyList:
    """The Monday list from `changes.changes` between two as-ofs and the orphans at the later one."""
    resolved = pl.col("change") == "resolved"
    actions = changes.filter(~resolved).sort("act_by", "due_at", "playbook", "case_id", "rule_id")
    return WeeklyList(actions, changes.filter(resolved), orphans, tuple(playbooks), horizon, since)
