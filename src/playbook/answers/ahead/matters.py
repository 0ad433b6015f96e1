"""Which limits matter for how cases end: what being late, and how late, goes along with, other things held.

Nothing here says cause. Two errors that make lateness look worse or better than it is are kept out or named: a case
that ended before the due could not be late (immortal time), so only cases alive at the due are compared; and cases
whose prospects are poor already may be followed up late (hopeless cases), so what was known at the trigger is held
fixed, and where the late ones had the poorer prospects by it, the verdict is that one cannot tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from playbook.answers.ahead.estimates import (
    Difference,
    Drawn,
    GroupNumbers,
    difference,
    horizon_of,
    pooled,
    pseudo_values,
)
from playbook.answers.flow.declines import SIGNAL, UNKNOWN
from playbook.answers.flow.funnel import case_states, stays
from playbook.answers.statistics import TOO_FEW, Floats, holm, too_few
from playbook.clock.known import EventLog
from playbook.clock.ordered import Flags
from playbook.rules.nouns import Playbook, Playbooks

SMALL = 0.10
"""Ten points of a hundred: an effect whose whole interval lies within this, either way, is called small. Ours."""

FEW = 30
"""A rule with fewer than this late, or kept, is small: it is drawn towards the rest. Ours."""

VERDICTS = ("matters", "small", "cannot_tell")
REASONS = ("too_few", "uncertain", "by_chance", "hopeless_late", "decides_itself", "recorded")
"""Why one cannot tell: fewer than `TOO_FEW` late, kept or lost; the interval holds both nothing and a lot; it is apart
from nothing, but among so many rules some are by chance (the corrected test does not find it); cases whose
prospects were poor already were followed up late; the act that keeps the rule moves the case on or closes it, so a case
that will be lost never gets there; or lateness itself ends the case, since the clock records it."""

POORER = 0.05
"""How surely the late ones must have had the poorer prospects beforehand to be called followed up late for it. Not
corrected for the number of rules: a warning too many costs less than a false "matters"."""

_DAY = 86_400_000_000
_MORE = 1.96 + 0.84  # standard errors that an effect must be away to be found in four of five firms


def matters(log: EventLog, actions: pl.DataFrame, small: float = SMALL, days_past: int = 0) -> pl.DataFrame:
    """What lateness goes along with: one row per rule that had fallen due in a case alive then.

    `actions` are all due actions at the log's as-of. Seen from the due of each (or so many days past it): of the cases
    alive then, those in which it was unfulfilled against those in which it was fulfilled, of the same playbook and
    stage (at the trigger), with what was known at the trigger held fixed (time since arrival, a sign of a decline,
    earlier promises that were late). The outcome is the share lost to decline from then on, rejected, won and lapsed
    cases competing, open cases censored; in a playbook whose outcomes know no decline, the share lost in any way.

    Columns: `playbook`, `rule_id`, `late_n`, `kept_n` (due actions compared), `within_days` (how far from the due
    one can see), `own`, `own_low`, `own_high` (difference of the shares, late minus kept, from the rule alone),
    `effect`, `effect_low`, `effect_high` (the same, small rules drawn towards the rest; 95 %), `p_value`, `p_corrected`
    (Holm, over all rules compared), `verdict`: `matters` (the corrected test finds a difference, and the intervals hold
    no 0), `small` (both intervals lie within `small`, either way) or `cannot_tell`; `reason` (see `REASONS`; null where
    one can tell), `needs` (due actions with which an effect of `small` would be found four times in five; null where
    more would not help).
    """
    compared = [
        _compared(log.playbooks, part, str(book), str(rule), small)
        for (book, rule), part in _landmarks(log, actions, days_past).group_by(
            "playbook", "rule_id", maintain_order=True
        )
    ]
    told = [one for one in compared if one.own is not None]
    own = [one.own for one in compared if one.own is not None]
    drawn = pooled([one.value for one in own], [one.error for one in own])
    corrected = holm([one.p_value for one in own]) if own else []
    judged = {id(one): (shown, p) for one, shown, p in zip(told, drawn, corrected, strict=True)}
    rows = [_row(one, judged.get(id(one)), small) for one in compared]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort("playbook", "rule_id")


_SCHEMA = {
    "playbook": pl.String, "rule_id": pl.String, "late_n": pl.Int64, "kept_n": pl.Int64, "within_days": pl.Float64,
    "own": pl.Float64, "own_low": pl.Float64, "own_high": pl.Float64,
    "effect": pl.Float64, "effect_low": pl.Float64, "effect_high": pl.Float64,
    "p_value": pl.Float64, "p_corrected": pl.Float64, "verdict": pl.String, "reason": pl.String, "needs": pl.Int64,
}  # fmt: skip

LATENESS = (0, 1, 3, 7)
"""Days past the due at which `how_late` looks."""


def how_late(
    log: EventLog, actions: pl.DataFrame, small: float = SMALL, days: Sequence[int] = LATENESS
) -> pl.DataFrame:
    """What being later and later goes along with: one row per rule and number of `days_past` its due.

    Each number of days is a landmark of its own: of the cases alive then, those in which it was still unfulfilled
    against those in which it had been done by then. So nobody counts as five days late who did not live five days.
    Columns: `playbook`, `rule_id`, `days_past`, then those of `matters` from `late_n`.
    """
    parts = [matters(log, actions, small, past).with_columns(days_past=pl.lit(past, pl.Int64)) for past in days]
    columns = ["playbook", "rule_id", "days_past", *list(_SCHEMA)[2:]]
    return pl.concat(parts).select(columns).sort("playbook", "rule_id", "days_past")


# --- the landmarks ---------------------------------------------------------------------------------------


def _landmarks(log: EventLog, actions: pl.DataFrame, days_past: int) -> pl.DataFrame:
    """The due actions whose case was alive at their due: one row each, with what was known and what became of it."""
    landmark = pl.col("due_at") + pl.duration(days=days_past)
    asked = actions.filter(pl.col("status") != "void").with_columns(landmark=landmark)
    ended = (
        case_states(log)
        .select("case_id", "outcome_kind", "outcome_at", "arrived_at")
        .hstack(log.cases.select("case_no"))
    )
    passed = pl.col("landmark").cast(pl.Int64) < log.as_of.passed_before
    alive = pl.col("outcome_at").is_null() | (pl.col("outcome_at") > pl.col("landmark"))
    void = pl.col("voided_at").is_not_null() & (pl.col("voided_at") <= pl.col("landmark"))
    by_then = (pl.col("fulfilled_at") <= pl.col("landmark")).fill_null(False)
    kept = by_then if days_past else (pl.col("status") == "met")
    told = pl.col("outcome_kind").ne_missing(UNKNOWN)  # it may have been a decline: neither group has it
    known = asked.join(ended, on="case_id", maintain_order="left").filter(passed, alive, ~void, told)
    until = pl.coalesce("outcome_at", pl.lit(log.moment))
    days = (until.cast(pl.Int64) - pl.col("landmark").cast(pl.Int64)) / _DAY
    rows = known.with_columns(late=~kept, days=days, row=pl.int_range(pl.len()))
    return _with_past(log, actions, _with_stage(log, rows)).sort("playbook", "rule_id", "row")


def _with_stage(log: EventLog, rows: pl.DataFrame) -> pl.DataFrame:
    """The furthest stage that the case had come to at the trigger; -1 before the first."""
    reached = stays(log).select("case_no", "reached_at", pl.col("stage_no").cast(pl.Int64)).sort("reached_at")
    furthest = reached.with_columns(pl.col("stage_no").cum_max().over("case_no"))
    joined = rows.sort("trigger_at").join_asof(
        furthest, left_on="trigger_at", right_on="reached_at", by="case_no", check_sortedness=False
    )
    return joined.with_columns(pl.col("stage_no").fill_null(-1))


def _with_past(log: EventLog, actions: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """What was known at the trigger: log days since arrival, a sign of a decline, earlier promises that were late."""
    at = ["case_id", "trigger_at"]
    moments = rows.select(at).unique()
    earlier = actions.filter(pl.col("status") != "void").select("case_id", "due_at", late=pl.col("status") != "met")
    late = (
        moments.join(earlier, on="case_id")
        .filter(pl.col("due_at") < pl.col("trigger_at"))
        .group_by(at)
        .agg(late_before=pl.col("late").mean())
    )
    signs = log.events.filter(pl.col("activity").cast(pl.String) == SIGNAL).select("case_id", sign_at="timestamp")
    warned = (
        moments.join(signs.collect(), on="case_id")
        .filter(pl.col("sign_at") < pl.col("trigger_at"))
        .select(*at, warned=pl.lit(1.0))
        .unique()
    )
    since = (pl.col("trigger_at").cast(pl.Int64) - pl.col("arrived_at").cast(pl.Int64)).clip(lower_bound=0) / _DAY
    joined = rows.join(late, on=at, how="left").join(warned, on=at, how="left")
    return joined.with_columns(pl.col("late_before", "warned").fill_null(0.0), since=since.log1p().fill_null(0.0))


_HELD = ("since", "warned", "late_before")


# --- one rule --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Compared:
    """One rule: how many were late and kept, the difference, and how the late ones' prospects differed before."""

    playbook: str
    rule: str
    late: int
    kept: int
    reason: str | None
    own: Difference | None = None
    within: float | None = None
    selection: float = 1.0
    needs: int | None = None


def _compared(playbooks: Sequence[Playbook], part: pl.DataFrame, book: str, rule: str, small: float) -> _Compared:
    playbook = Playbooks(playbooks).named(book)
    late = part["late"].to_numpy()
    counts = int(late.sum()), int((~late).sum())
    if reason := _refused(playbook, rule):
        return _Compared(book, rule, *counts, reason)
    lost = _lost(playbook)
    kind = part["outcome_kind"]
    cause = np.where(kind.is_null(), 0, np.where(kind.is_in(lost).fill_null(False), 1, 2))
    days = part["days"].to_numpy()
    n_lost = int((cause == 1).sum())
    if too_few(min(*counts, n_lost, len(cause) - n_lost)):
        return _Compared(book, rule, *counts, "too_few", needs=_planned(counts, n_lost, len(cause), small))
    horizon = horizon_of(days, cause)
    share = pseudo_values(days, cause, horizon)
    strata = np.unique(part["stage_no"].to_numpy(), return_inverse=True)[1]
    clusters = np.unique(part["case_id"].to_numpy(), return_inverse=True)[1]
    held = part.select(_HELD).to_numpy()
    own = difference(share, late, strata, clusters, held)
    if own is None or own.error <= 0:
        return _Compared(book, rule, *counts, "too_few", needs=_planned(counts, n_lost, len(cause), small))
    selection = _selection(share, late, strata, clusters, held)
    needs = round(len(late) * (_MORE * own.error / small) ** 2)
    return _Compared(book, rule, *counts, None, own, horizon, selection, needs)


def _refused(playbook: Playbook, rule: str) -> str | None:
    """Why a rule cannot be compared, however many cases there are."""
    found = playbook.rule(rule)
    if found.record:
        return "recorded"
    entering = {one for stage in playbook.stages for one in stage.entered_by}
    return "decides_itself" if (entering | playbook.closing) & set(found.until) else None


def _lost(playbook: Playbook) -> list[str]:
    """The kinds of outcome that are asked for: declines, or every loss where the playbook knows no decline."""
    kinds = {outcome.kind for outcome in playbook.outcomes}
    return ["declined"] if "declined" in kinds else ["rejected", "lapsed"]


def _selection(share: Floats, late: Flags, strata: GroupNumbers, clusters: GroupNumbers, held: Floats) -> float:
    """How surely the late ones had the poorer prospects already at the trigger: a one-sided p-value.

    The prospects are what `held` tells of the outcome among those kept in time, so that what lateness does to the
    outcome has no part in it.
    """
    kept = held[~late] - held[~late].mean(0)
    slopes = np.linalg.lstsq(kept, share[~late] - share[~late].mean(), rcond=None)[0]
    found = difference(held @ slopes, late, strata, clusters)
    if found is None or found.error <= 0:
        return 1.0
    return found.p_value / 2 if found.value > 0 else 1 - found.p_value / 2


def _planned(counts: tuple[int, int], lost: int, n: int, small: float) -> int:
    """How many due actions would tell, where too few are there to say how uncertain they are."""
    late, rate = ((part + 1) / (whole + 2) for part, whole in ((counts[0], sum(counts)), (lost, n)))
    return round(rate * (1 - rate) / (late * (1 - late)) * (_MORE / small) ** 2)


def _row(one: _Compared, judged: tuple[Drawn, float] | None, small: float) -> tuple[str | float | None, ...]:
    head = (one.playbook, one.rule, one.late, one.kept, one.within)
    if judged is None or one.own is None:
        return (*head, *(None,) * 8, "cannot_tell", one.reason, one.needs)
    drawn, corrected = judged
    shown = drawn if min(one.late, one.kept) < FEW else Drawn(one.own.value, *one.own.interval)
    verdict, reason = _verdict(one, shown, corrected, small)
    needs = one.needs if reason == "uncertain" else None
    return (
        *head, one.own.value, *one.own.interval, shown.value, shown.low, shown.high, one.own.p_value, corrected,
        verdict, reason, needs,
    )  # fmt: skip


def _verdict(one: _Compared, shown: Drawn, corrected: float, small: float) -> tuple[str, str | None]:
    assert one.own is not None
    both = (one.own.interval, (shown.low, shown.high))
    apart = all(low > 0 for low, _ in both) or all(high < 0 for _, high in both)
    if one.selection < POORER:
        return "cannot_tell", "hopeless_late"
    if corrected < 0.05 and apart:
        return "matters", None
    if all(-small <= low and high <= small for low, high in both):
        return "small", None
    return "cannot_tell", "by_chance" if shown.low > 0 or shown.high < 0 else "uncertain"


__all__ = ["LATENESS", "REASONS", "SMALL", "TOO_FEW", "VERDICTS", "how_late", "matters"]
