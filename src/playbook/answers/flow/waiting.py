"""How long cases take from first to last event, and who was waited for all that time: parts that sum to the whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.answers.flow.funnel import DAY, case_states, columns_of, groups_of
from playbook.answers.statistics import medians, too_few
from playbook.answers.subject import By
from playbook.clock.due import OPEN
from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook

WAITED_FOR = ("candidate", "client", "agency", "closed", "idle")
"""Where the time went: waiting for the candidate, the client or the agency (a bank is one), days on which the house
is closed, and time in which nothing was owed by anybody."""

_SIDES = {"candidate": "candidate", "client": "client", "agency": "agency", "bank": "agency"}

# What the other side does, by the last word of an activity: the candidate, or the client where there is no candidate.
_THEIRS = ("accepted", "applied", "declined", "received", "replied", "returned_to_selection", "withdrawn", "withdrew")

_SIDE = {"playbook": pl.String, "activity": pl.String, "side": pl.String}


def waits(log: EventLog, due: pl.DataFrame | pl.LazyFrame | None = None) -> pl.DataFrame:
    """Every stretch of a case between two moments at which something happened: one row per stretch, in order.

    Columns: `case_no`, `case_id`, `playbook`, `since`, `until` (instants), `waited_for` (`candidate`, `client`,
    `agency` or `idle`), `elapsed`, `closed` (durations; `closed` is the part of it on days that are no business days of
    the case).

    A stretch is counted for the side to which the last act before it passed the ball (`passes_to`); `idle` where no act
    has passed it yet. Where a playbook says of no activity to whom it passes, a stretch is counted for the side that
    ended it: that of the role written on the event, else of what the other side does by nature (it applies, replies,
    withdraws), else of the role that owed the activity by some rule, `idle` where no rule asks for it; the last stretch
    of an open case for the role of its most urgent open action in `due` (due actions at the same as-of), `idle` without
    one. An open case runs to as-of. A case begins with its first event and ends with its outcome.
    """
    states = case_states(log).select(pl.col("outcome_at").alias("ended_at")).with_columns(log.cases["case_no"])
    acts = _acts(log).join(states.lazy(), on="case_no")
    inside = acts.filter(pl.col("at") <= pl.coalesce("ended_at", pl.lit(log.moment)))
    stretches = pl.concat([inside.select("case_no", "at", "side", "activity", "ball"), _last(log, inside, due)])
    passing = [book.id for book in log.playbooks if any(one.passes_to for one in book.activities)]
    passes = log.cases.lazy().select("case_no", passes=pl.col("playbook").is_in(passing))
    known = (
        # Of several at one moment, as in a log of days, the same one ends the stretch in whatever order they come.
        stretches.sort("case_no", "at", pl.col("side").is_null(), "activity", nulls_last=True)
        .group_by("case_no", "at", maintain_order=True)
        .agg(pl.col("side").first(), pl.col("ball").drop_nulls().last())
        .join(passes, on="case_no", maintain_order="left")
        .with_columns(
            since=pl.col("at").shift(1).over("case_no"),
            turn=pl.col("ball").forward_fill().shift(1).over("case_no"),
        )
        .filter(pl.col("since").is_not_null())
        .with_columns(side=pl.when("passes").then("turn").otherwise("side"))
        .with_columns(pl.col("side").fill_null("idle"), elapsed=pl.col("at") - pl.col("since"))
        .select("case_no", "since", until="at", waited_for="side", elapsed="elapsed")
        .collect()
    )
    named = known.join(log.cases.select("case_no", "case_id", "playbook"), on="case_no", maintain_order="left")
    return named.with_columns(closed=_closed(log, named)).select(
        "case_no", "case_id", "playbook", "since", "until", "waited_for", "elapsed", "closed"
    )


def _acts(log: EventLog) -> pl.LazyFrame:
    """What happened, and which side did it: one row per known event."""
    cases = log.cases.lazy().select("case_no", "playbook")
    roles = [(book.id, role.id, _SIDES[role.side]) for book in log.playbooks for role in book.roles]
    by_role = pl.LazyFrame(roles, schema={"playbook": pl.String, "role": pl.String, "own": pl.String}, orient="row")
    by_activity = pl.LazyFrame(
        [(book.id, activity, side) for book in log.playbooks for activity, side in _doers(book).items()],
        schema=_SIDE,
        orient="row",
    )
    return (
        log.events.select("case_no", pl.col("activity").cast(pl.String), "role", at="timestamp")
        .join(cases, on="case_no")
        .join(by_role, on=["playbook", "role"], how="left")
        .join(by_activity, on=["playbook", "activity"], how="left")
        .join(_balls(log), on=["playbook", "activity"], how="left")
        .select("case_no", "at", "activity", "ball", side=pl.coalesce("own", "side"))
    )


def _balls(log: EventLog) -> pl.LazyFrame:
    """With whom the ball lies after each activity that says so."""
    rows = [(book.id, one.id, _SIDES[one.passes_to]) for book in log.playbooks for one in book.activities
            if one.passes_to]  # fmt: skip
    return pl.LazyFrame(rows, schema={"playbook": pl.String, "activity": pl.String, "ball": pl.String}, orient="row")


def _doers(playbook: Playbook) -> dict[str, str]:
    """Which side does each activity of a playbook."""
    sides = {role.id: _SIDES[role.side] for role in playbook.roles}
    other = "candidate" if "candidate" in sides.values() else "client"
    owed = {
        activity: sides[rule.role]
        for rule in reversed(playbook.rules)
        for activity in (*rule.until, *([rule.record] if rule.record else []))
    }
    theirs = {one.id: other for one in playbook.activities if one.id.endswith(_THEIRS)}
    return owed | theirs


def _last(log: EventLog, inside: pl.LazyFrame, due: pl.DataFrame | pl.LazyFrame | None) -> pl.LazyFrame:
    """As-of as the end of the last stretch of each open case."""
    still = inside.filter(pl.col("ended_at").is_null()).select("case_no").unique()
    ends = still.with_columns(at=pl.lit(log.moment).cast(pl.Datetime("us", log.zone.key)))
    if due is None:
        return ends.with_columns(**dict.fromkeys(("side", "activity", "ball"), pl.lit(None, pl.String)))
    roles = [(book.id, role.id, _SIDES[role.side]) for book in log.playbooks for role in book.roles]
    sides = pl.LazyFrame(roles, schema={"playbook": pl.String, "role": pl.String, "side": pl.String}, orient="row")
    owed = due.lazy().filter(pl.col("status").is_in(OPEN) & (pl.col("status") != "waiting"))
    urgent = (
        owed.join(sides, on=["playbook", "role"])
        .sort("due_at", "rule_id", "role")
        .unique("case_id", keep="first", maintain_order=True)
        .join(log.cases.lazy().select("case_id", "case_no"), on="case_id")
        .select("case_no", "side")
    )
    unsaid = dict.fromkeys(("activity", "ball"), pl.lit(None, pl.String))
    return ends.join(urgent, on="case_no", how="left").with_columns(**unsaid)


def _closed(log: EventLog, stretches: pl.DataFrame) -> pl.Series:
    """How much of each stretch lies on days that are no business days of its case."""
    book, variant = log.calendars
    number = variant.gather(stretches["case_no"]).to_numpy()
    days = np.arange(book.first_day, book.first_day + book.length, dtype=np.int32)
    shut = np.stack([calendar.last_open != days for calendar in book.variants])
    before = np.concatenate(
        [np.zeros((len(shut), 1), np.int64), np.cumsum(shut * np.diff(book.starts), axis=1)], axis=1
    )

    def until(moments: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        day = book.day_of(moments) - book.first_day
        return np.asarray(before[number, day] + shut[number, day] * (moments - book.starts[day]), dtype=np.int64)

    since, to = (stretches[name].cast(pl.Int64).to_numpy() for name in ("since", "until"))
    return pl.Series("closed", until(to) - until(since)).cast(pl.Duration("us"))


def waiting(log: EventLog, due: pl.DataFrame | pl.LazyFrame | None = None) -> pl.DataFrame:
    """Where the time of every case went: one row per existing case, in order of `case_id`.

    Columns: `playbook`, `case_id`, `client_id`, `started_at` (null: not begun), `ended_at` (null: open), `elapsed` (to
    its outcome, or to as-of), then `candidate`, `client`, `agency`, `closed`, `idle`: durations whose sum is `elapsed`,
    to the microsecond. A stretch is for a side only on business days; see `waits`.
    """
    open_part = pl.col("elapsed") - pl.col("closed")
    parts = [
        pl.when(pl.col("waited_for") == side).then(open_part).sum().alias(side)
        for side in WAITED_FOR
        if side != "closed"
    ]
    summed = waits(log, due).group_by("case_no").agg(*parts, pl.col("closed", "elapsed").sum())
    begun = log.events.group_by("case_no").agg(started_at=pl.col("timestamp").min()).collect()
    ended = case_states(log).select("playbook", "case_id", "client_id", ended_at="outcome_at")
    whole = ended.with_columns(log.cases["case_no"]).join(begun, on="case_no", how="left", maintain_order="left")
    found = whole.join(summed, on="case_no", how="left", maintain_order="left")
    zero = pl.lit(0).cast(pl.Duration("us"))
    return found.with_columns(pl.col("elapsed", *WAITED_FOR).fill_null(zero)).select(
        "playbook", "case_id", "client_id", "started_at", "ended_at", "elapsed", *WAITED_FOR
    )


def waiting_shares(
    log: EventLog, due: pl.DataFrame | pl.LazyFrame | None = None, by: By = (), months: int = 6
) -> pl.DataFrame:
    """Where the time went altogether: one row per playbook, group and party waited for.

    Columns: `playbook`, those of `by`, `waited_for` (one of `WAITED_FOR`), `cases`, `total` (duration),
    `days_per_case`, `share` (of all the elapsed time of the group; the shares of a group add up to 1).
    """
    names = [name for name in columns_of(by) if name != "playbook"]
    cases = _begun(log, waiting(log, due), names, months)
    head = ["playbook", *names]
    summed = cases.group_by(head).agg(pl.len().alias("cases"), pl.col(WAITED_FOR).sum(), pl.col("elapsed").sum())
    long = summed.unpivot(WAITED_FOR, index=[*head, "cases", "elapsed"], variable_name="waited_for", value_name="total")
    micros, elapsed = (pl.col(name).dt.total_microseconds() for name in ("total", "elapsed"))
    return (
        long.with_columns(
            pl.col("cases").cast(pl.Int64),
            pl.col("waited_for").cast(pl.Enum(WAITED_FOR)),
            days_per_case=micros / DAY / pl.col("cases"),
            share=pl.when(elapsed > 0).then(micros / elapsed),
        )
        .sort(*head, "waited_for", nulls_last=True)
        .select(*head, pl.col("waited_for").cast(pl.String), "cases", "total", "days_per_case", "share")
    )


def throughput(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """How long cases take from first event to outcome, open ones censored: one row per playbook and group.

    Columns: `playbook`, those of `by`, `cases`, `ended`, `median_days` (Kaplan-Meier, elapsed; null where fewer than
    half have ended), `too_few`.
    """
    names = [name for name in columns_of(by) if name != "playbook"]
    cases = _begun(log, waiting(log), names, months).with_columns(
        elapsed=pl.col("elapsed").dt.total_microseconds(), observed=pl.col("ended_at").is_not_null()
    )
    head = ["playbook", *names]
    counted = cases.group_by(head).agg(
        cases=pl.len().cast(pl.Int64), ended=pl.col("observed").sum().cast(pl.Int64), few=too_few(pl.len())
    )
    joined = counted.join(medians(cases, head), on=head, nulls_equal=True)
    return joined.select(*head, "cases", "ended", median_days=pl.col("median") / DAY, too_few="few").sort(
        head, nulls_last=True
    )


def _begun(log: EventLog, found: pl.DataFrame, names: Sequence[str], months: int) -> pl.DataFrame:
    """The cases that have begun, with their groups."""
    cases = found.filter(pl.col("started_at").is_not_null())
    missing = [name for name in names if name not in cases.columns]
    if not missing:
        return cases
    groups = groups_of(log, missing, months).join(log.cases.select("case_no", "case_id"), on="case_no")
    return cases.join(groups.select("case_id", *missing), on="case_id", maintain_order="left")
