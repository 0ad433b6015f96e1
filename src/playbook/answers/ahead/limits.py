"""Which limits practice keeps, what realistic ones would be, and what the log does that no rule speaks of.

Stated limits are never moved by the log: what practice shows stands beside them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain, product

import numpy as np
import polars as pl

from playbook.answers.ahead.estimates import binomial_tail
from playbook.answers.ahead.matters import matters
from playbook.answers.ahead.taken import NOTHING, limit_of, taken, unit_of
from playbook.answers.statistics import Floats, kaplan_meier, too_few, with_rate
from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook, Rule

SHARES = (0.5, 0.8, 0.9)
"""The shares of a rule's due actions whose time is given."""

ALMOST_ALWAYS = 0.9
"""An order is nearly always kept where its share, at the low end of its interval, is at least this. Ours."""

_RULE = ["playbook", "rule_id"]
_BREACHED = ("met_late", "closed_late", "lapsed", "overdue")


def limits(log: EventLog, actions: pl.DataFrame) -> pl.DataFrame:
    """What practice makes of each limit, and whether it matters: one row per rule of a playbook that cases follow.

    `actions` are all due actions at the log's as-of. Columns: `playbook`, `rule_id`, `started` (due actions; 0: a dead
    rule), `kept` (met in time), `rate` (kept of those decided: an action still in time is no success yet), `ci_low`,
    `ci_high` (95 % Wilson), `unit` (of the rule), `p50`, `p80`, `p90` (how long it really took, Kaplan-Meier, in that
    unit; what is still open counts as longer than so far), `limit` (the rule's number in that unit), `limit_80`,
    `limit_90` (the whole number that 80 and 90 % would keep; null below `statistics.TOO_FEW` done), `late_n`, `kept_n`,
    `effect`, `effect_low`, `effect_high`, `verdict` (see `matters.matters`). A rule with several dues has no one limit:
    `unit` is that of its first, and the times of each entry are in `times`.
    """
    books = _followed(log)
    rules = pl.DataFrame([_said(book, rule) for book in books for rule in book.rules], schema=_SAID, orient="row")
    once = times(log, actions).filter(pl.col("dues") == 1)
    found = (
        rules.join(_kept(actions), on=_RULE, how="left", maintain_order="left")
        .join(once.select(*_RULE, "p50", "p80", "p90", "limit_80", "limit_90"), on=_RULE, how="left")
        .join(matters(log, actions).select(*_RULE, *_EFFECT), on=_RULE, how="left")
    )
    counts = pl.col("started", "kept", "late_n", "kept_n").fill_null(0)
    return found.with_columns(counts, pl.col("verdict").fill_null("cannot_tell")).select(COLUMNS).sort(_RULE)


_EFFECT = ("late_n", "kept_n", "effect", "effect_low", "effect_high", "verdict")
COLUMNS = (
    *_RULE, "started", "kept", "rate", "ci_low", "ci_high", "unit", "p50", "p80", "p90", "limit", "limit_80",
    "limit_90", *_EFFECT,
)  # fmt: skip
_SAID = {"playbook": pl.String, "rule_id": pl.String, "unit": pl.String, "limit": pl.Int64}


def _said(book: Playbook, rule: Rule) -> tuple[str, str, str, int | None]:
    """What the book says: a limit where there is but one."""
    return book.id, rule.id, f"{unit_of(rule)}s", limit_of(rule) if len(rule.due) == 1 else None


def _followed(log: EventLog) -> list[Playbook]:
    in_use = set(log.cases["playbook"])
    return [book for book in log.playbooks if book.id in in_use]


def _kept(actions: pl.DataFrame) -> pl.DataFrame:
    status = pl.col("status")
    counted = actions.group_by(_RULE).agg(
        started=pl.len().cast(pl.Int64),
        kept=(status == "met").sum().cast(pl.Int64),
        decided=status.is_in(["met", *_BREACHED]).sum().cast(pl.Int64),
    )
    return with_rate(counted, "kept", "decided")


def times(log: EventLog, actions: pl.DataFrame) -> pl.DataFrame:
    """How long each promise really took: one row per rule and entry of its `due` list that was ever started.

    Columns: `playbook`, `rule_id`, `entry`, `dues` (in the list), `unit`, `done`, `censored` (not done by the end of
    the case, or by as-of), then for 50, 80 and 90 % `p50`, `p50_low`, `p50_high`, ... (Kaplan-Meier with its 95 %
    log-log interval, in the unit of the rule; null where the curve does not get there), `limit`, `limit_80`,
    `limit_90`.
    """
    rules = {(book.id, rule.id): rule for book in log.playbooks for rule in book.rules}
    rows = [
        _timed(rules[book, rule], entry, part)
        for (book, rule, entry), part in taken(log, actions).group_by(*_RULE, "entry", maintain_order=True)
    ]
    found = pl.concat(rows) if rows else pl.DataFrame(schema=_TIMED)
    return found.select(*_TIMED).sort(*_RULE, "entry")


_POINTS = [f"p{round(100 * share)}" for share in SHARES]
_TIMED = {
    "playbook": pl.String, "rule_id": pl.String, "entry": pl.UInt8, "dues": pl.Int64, "unit": pl.String,
    "done": pl.Int64, "censored": pl.Int64,
    **{f"{point}{end}": pl.Float64 for point in _POINTS for end in ("", "_low", "_high")},
    "limit": pl.Int64, "limit_80": pl.Int64, "limit_90": pl.Int64,
}  # fmt: skip


def _timed(rule: Rule, entry: int, part: pl.DataFrame) -> pl.DataFrame:
    curve, done = kaplan_meier(part["took"], part["done"]), int(part["done"].sum())
    days = curve["days"].to_numpy()
    reached = {
        f"{point}{end}": _when(days, curve[column].to_numpy(), share)
        for point, share in zip(_POINTS, SHARES, strict=True)
        for end, column in (("", "survival"), ("_low", "ci_low"), ("_high", "ci_high"))
    }
    row = {
        "dues": len(rule.due) or 1,
        "unit": f"{unit_of(rule, entry)}s",
        "done": done,
        "censored": part.height - done,
        **reached,
        "limit": limit_of(rule, entry),
        "limit_80": None if too_few(done) else _whole(reached["p80"]),
        "limit_90": None if too_few(done) else _whole(reached["p90"]),
    }
    known = part.head(1).select(*_RULE, "entry")
    return known.hstack(pl.DataFrame([row], schema={name: _TIMED[name] for name in row}))


def _when(days: Floats, survival: Floats, share: float) -> float | None:
    """When so many were done: the smallest time at which no more than the rest is still open."""
    reached = np.flatnonzero(survival <= 1 - share + 1e-9)  # nan, where a band has no end, is none
    return float(days[reached[0]]) if len(reached) else None


def _whole(time: float | None) -> int | None:
    return None if time is None else math.ceil(time - NOTHING)


# --- what no rule speaks of ------------------------------------------------------------------------------


def unmentioned(log: EventLog) -> pl.DataFrame:
    """Acts in the log that no rule mentions: one row per playbook and activity, the commonest first.

    Columns: `playbook`, `activity`, `n` (events), `cases`, `last_at`. A rule mentions what starts, keeps or voids it,
    and what it records; stages, outcomes, precedences and checklists mention an act too.
    """
    named = pl.DataFrame(
        [(book.id, one) for book in log.playbooks for one in sorted(_mentioned(book))],
        schema={"playbook": pl.String, "activity": pl.String},
        orient="row",
    )
    return (
        _happened(log)
        .join(named.lazy(), on=["playbook", "activity"], how="anti")
        .group_by("playbook", "activity")
        .agg(
            n=pl.len().cast(pl.Int64),
            cases=pl.col("case_no").n_unique().cast(pl.Int64),
            last_at=pl.col("timestamp").max(),
        )
        .sort("playbook", -pl.col("n"), "activity")
        .collect()
    )


def _mentioned(book: Playbook) -> set[str]:
    rules = chain.from_iterable(
        (*rule.after, *rule.until, *rule.unless, *([rule.record] if rule.record else [])) for rule in book.rules
    )
    return {
        *rules,
        *book.closing,
        *(one for stage in book.stages for one in stage.entered_by),
        *chain.from_iterable((one.activity, *one.requires) for one in book.precedences),
        *(one.activity for one in book.participations),
        *(one.at for one in book.checklists),
    }


def _happened(log: EventLog) -> pl.LazyFrame:
    cases = log.cases.lazy().select("case_no", "playbook")
    events = log.events.filter(~pl.col("derived")).select("case_no", "timestamp", pl.col("activity").cast(pl.String))
    return events.join(cases, on="case_no")


def orders(log: EventLog) -> pl.DataFrame:
    """Orders nearly always kept that nobody wrote: one row per playbook and pair of acts, `first` before `then`.

    Columns: `playbook`, `first`, `then`, `cases` (in which `then` happened), `support` (of the playbook's cases),
    `kept` (in these, `first` had happened before), `confidence` with its 95 % Wilson interval `ci_low`, `ci_high`,
    `expected` (the confidence that chance alone would give: of the cases alive so long after they began, how many had
    done `first` by then), `p_corrected` (exact one-sided binomial test against it, Bonferroni over all pairs tried).

    A pair is tried where at least `statistics.TOO_FEW` cases had both and no rule, precedence or order of stages leads
    from one to the other; it is given where the low end is at least `ALMOST_ALWAYS` and chance does not explain it. One
    that follows from two others is left out.
    """
    tried = list(chain.from_iterable(_pairs(log, book) for book in _followed(log)))
    rated = with_rate(pl.DataFrame(tried, schema=_PAIR, orient="row"), "kept", "cases", "confidence")
    high = rated.filter((pl.col("ci_low") >= ALMOST_ALWAYS) & (pl.col("confidence") > pl.col("expected")))
    chances = [
        min(binomial_tail(kept, cases, expected) * len(tried), 1.0)
        for kept, cases, expected in high.select("kept", "cases", "expected").rows()
    ]
    tested = high.with_columns(p_corrected=pl.Series(chances, dtype=pl.Float64))
    always = tested.filter(pl.col("p_corrected") < 0.05)
    kept = pl.Series(_direct(always.select("playbook", "first", "then").rows()), dtype=pl.Boolean)
    columns = ("playbook", "first", "then", "cases", "support", "kept", "confidence", "ci_low", "ci_high", "expected",
               "p_corrected")  # fmt: skip
    return always.filter(kept).select(columns).sort("playbook", -pl.col("support"), "then", "first")


_PAIR = {
    "playbook": pl.String, "first": pl.String, "then": pl.String, "cases": pl.Int64, "support": pl.Float64,
    "kept": pl.Int64, "expected": pl.Float64,
}  # fmt: skip
_Pair = tuple[str, str, str]


def _pairs(log: EventLog, book: Playbook) -> Iterator[tuple[str, str, str, int, float, int, float]]:
    """Every pair of acts that may be an order, with how often it was one and would be by chance."""
    names, ages, lives = _ages(log, book)
    n, written, did = len(lives), _written(book), ~np.isnan(ages)
    ordered, ends = np.sort(ages, axis=0), np.sort(np.where(did, lives[:, None], np.nan), axis=0)  # nan: at the end
    life = np.sort(lives)
    for then, first in product(range(len(names)), repeat=2):
        if first == then or {(names[first], names[then]), (names[then], names[first])} & written:
            continue
        at = ages[did[:, then], then]
        if too_few(int((did[:, first] & did[:, then]).sum())):
            continue
        # Who did it by then and is alive: who did it by then, without those who did it and were gone by then.
        by_then = np.searchsorted(ordered[:, first], at) - np.searchsorted(ends[:, first], at)
        expected = float(np.mean(by_then / (n - np.searchsorted(life, at))))
        kept = int((ages[did[:, then], first] < at).sum())
        yield book.id, names[first], names[then], len(at), len(at) / n, kept, expected


def _ages(log: EventLog, book: Playbook) -> tuple[list[str], Floats, Floats]:
    """The acts of a playbook; how old each case was when it first did each (nan: never); how old it grew."""
    happened = _happened(log).filter(pl.col("playbook") == book.id).collect()
    age = (pl.col("timestamp") - pl.col("timestamp").min().over("case_no")).dt.total_microseconds()
    aged = happened.select("case_no", "activity", age=age.cast(pl.Float64))
    wide = aged.pivot("activity", index="case_no", values="age", aggregate_function="min", sort_columns=True)
    wide = wide.sort("case_no")  # what is averaged is added up in one order, so that it is the same to the last digit
    names = [name for name in wide.columns if name != "case_no"]
    oldest = aged.group_by("case_no").agg(pl.col("age").max())
    lives = wide.select("case_no").join(oldest, on="case_no", maintain_order="left")
    return names, wide.drop("case_no").fill_null(float("nan")).to_numpy(), lives["age"].to_numpy()


def _written(book: Playbook) -> set[tuple[str, str]]:
    """The orders that the book itself makes: by its rules, precedences and stages, and what follows from them."""
    known = {(after, until) for rule in book.rules for after in rule.after for until in rule.until}
    known |= {(needed, one.activity) for one in book.precedences for needed in one.requires}
    for place, stage in enumerate(book.stages):
        later = chain.from_iterable(other.entered_by for other in book.stages[place + 1 :])
        known |= set(product(stage.entered_by, (*later, *book.closing)))
    acts = sorted(set(chain.from_iterable(known)))
    for middle in acts:  # what follows from two orders is written too
        before = [one for one in acts if (one, middle) in known]
        known |= {(one, other) for one in before for other in acts if (middle, other) in known}
    return known


def _direct(orders: Sequence[_Pair]) -> list[bool]:
    """Which of some orders do not follow from two others."""
    known = set(orders)
    acts = {(book, one) for book, *pair in orders for one in pair}
    return [
        not any((book, first, one) in known and (book, one, then) in known for of, one in acts if of == book)
        for book, first, then in orders
    ]
