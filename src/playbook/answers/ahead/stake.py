"""The week under capacity: what is open, ranked by what is at stake a minute, packed into what people have.

What is at stake is what lateness goes along with where that is known to matter; nothing is said of the rest. What a
source states stays on top, whatever the figures say.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from playbook.answers.flow.cycles import NORMAL, allowance_of, costs, priorities
from playbook.clock.known import EventLog

PRESSING = ("overdue", "due_today", "due_soon")

CAPACITY = "capacity"
"""The column of assignments that says how many minutes a week a person has, where it is not two slots of thirty."""

SLOT = 30.0
"""Minutes of one slot more."""


def week_at_stake(
    log: EventLog, actions: pl.DataFrame, told: pl.DataFrame, minutes: Mapping[str, float] | None = None
) -> pl.DataFrame:
    """The open work of the coming days, what is most worth doing first: one row per due action, by owner, in order.

    `actions` are the due actions at the log's as-of, `told` the answer of `matters.matters`. Columns: `owner` (null:
    unassigned, which nobody has time for), `playbook`, `rule_id`, `case_id`, `client_id`, `due_at`, `status`, `basis`,
    `minutes` (see `cycles.capacity`), `at_stake` (the share of a case lost to decline that goes along with being late,
    where its rule matters and it is not late yet; null where one cannot tell, or hardly anything is), `used` (minutes
    taken so far), `allowance` (minutes a week: two slots of thirty, or the person's `capacity` in assignments), `fits`.

    In order: what a source states, then by what is at stake a minute, then by the priority of the case and the due. An
    action that no longer fits is passed over, so that a shorter one may still find room; it is named all the same, with
    what is at stake.
    """
    work = _work(log, actions, told, minutes or {})
    return work.hstack(_packed(work, 0.0)).select(*_COLUMNS, "used", "allowance", "fits")


_COLUMNS = (
    "owner", "playbook", "rule_id", "case_id", "client_id", "due_at", "status", "basis", "minutes", "at_stake",
)  # fmt: skip


def slots(
    log: EventLog, actions: pl.DataFrame, told: pl.DataFrame, minutes: Mapping[str, float] | None = None
) -> pl.DataFrame:
    """What does not fit, and what one slot more would hold: one row per person with open work.

    Columns: `owner`, `allowance`, `minutes` (of all the work), `left_over` (due actions that do not fit), `stake_left`
    (what is at stake in them; 0 where one cannot tell), `slot_holds` (due actions that thirty minutes more would hold),
    `slot_saves` (what is at stake in those).
    """
    work = _work(log, actions, told, minutes or {}).filter(pl.col("owner").is_not_null())
    both = work.hstack(_packed(work, 0.0)).with_columns(more=_packed(work, SLOT)["fits"])
    left, gained = ~pl.col("fits"), ~pl.col("fits") & pl.col("more")
    stake = pl.col("at_stake").fill_null(0.0)
    return both.group_by("owner", maintain_order=True).agg(
        pl.col("allowance").first(),
        pl.col("minutes").sum(),
        left_over=left.sum().cast(pl.Int64),
        stake_left=stake.filter(left).sum(),
        slot_holds=gained.sum().cast(pl.Int64),
        slot_saves=stake.filter(gained).sum(),
    )


def _work(log: EventLog, actions: pl.DataFrame, told: pl.DataFrame, minutes: Mapping[str, float]) -> pl.DataFrame:
    """The pressing actions in the order in which they are to be done."""
    matter = told.filter((pl.col("verdict") == "matters") & (pl.col("effect") > 0))
    ranks = priorities(log).select("case_id", "priority")
    costed = (
        actions.filter(pl.col("status").is_in(PRESSING))
        .join(matter.select("playbook", "rule_id", "effect"), on=["playbook", "rule_id"], how="left")
        .join(ranks, on="case_id", how="left")
        .join(costs(log, minutes), on=["playbook", "rule_id"], how="left")
        .with_columns(
            at_stake=pl.when(pl.col("status") != "overdue").then(pl.col("effect")),
            priority=pl.col("priority").fill_null(NORMAL),
        )
    )
    rank = pl.col("at_stake").fill_null(0.0) / pl.col("minutes").clip(lower_bound=1.0)
    people = _capacities(log.tables.assignments)
    usual = allowance_of(log.playbooks)
    return (
        costed.sort(
            "owner", pl.col("basis") != "stated", -rank, "priority", "due_at", "playbook", "rule_id", "case_id",
            nulls_last=True,
        )
        .join(people, left_on="owner", right_on="person", how="left", maintain_order="left")
        .with_columns(allowance=pl.col("own").fill_null(usual))
    )  # fmt: skip


def _capacities(assignments: pl.DataFrame) -> pl.DataFrame:
    """Minutes a week of the people who have their own: `person`, `own`."""
    if CAPACITY not in assignments.columns:
        return pl.DataFrame(schema={"person": pl.String, "own": pl.Float64})
    own = pl.col(CAPACITY).cast(pl.Float64, strict=False)
    given = assignments.select("person", own=own).filter(pl.col("own").is_not_null() & pl.col("person").is_not_null())
    return given.group_by("person").agg(pl.col("own").max())


def _packed(work: pl.DataFrame, more: float) -> pl.DataFrame:
    """What fits, in order: `used`, `fits`, with so many minutes more for everybody."""
    packed: list[tuple[float, bool]] = []
    used = dict[str | None, float]()
    for owner, cost, allowance in work.select("owner", "minutes", "allowance").iter_rows():
        fits = owner is not None and used.get(owner, 0.0) + cost <= allowance + more
        used[owner] = used.get(owner, 0.0) + (cost if fits else 0.0)
        packed.append((used[owner], fits))
    return pl.DataFrame(packed, schema={"used": pl.Float64, "fits": pl.Boolean}, orient="row")
