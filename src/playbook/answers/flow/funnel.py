"""Where cases are, where they are lost and how long each stage takes, open cases counted as open (DESIGN section 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from itertools import product
from typing import TypeVar

import polars as pl

from playbook.answers.statistics import (
    cumulative_incidence,
    kaplan_meier,
    medians,
    too_few,
    with_rate,
)
from playbook.answers.subject import By
from playbook.clock.conditions import SAYS_NOTHING, Condition, of_when
from playbook.clock.known import EventLog
from playbook.clock.owners import owners
from playbook.files.lines import only_a_name
from playbook.rules.nouns import Outcome, Playbook
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean

ADVANCED = "advanced"
DAY = 86_400_000_000
"""Microseconds of a day: times in stage are elapsed days, not calendar days."""

CYCLE_EPOCH = date(2000, 4, 1)
"""Cycles are counted from here, so that those of 3, 4 and 6 months begin with the Japanese fiscal year in April."""

_Wide = tuple[Playbook, pl.DataFrame]


_Answer = TypeVar("_Answer")


def once_a_log(question: Callable[[EventLog], _Answer]) -> Callable[[EventLog], _Answer]:
    """A question that is worked out once a log, as many others start from it; nobody changes its answer in place."""

    @wraps(question)
    def asked(log: EventLog) -> _Answer:
        known: dict[str, _Answer] = log.__dict__  # where a cached property of the log would keep it
        if question.__name__ not in known:
            known[question.__name__] = question(log)
        return known[question.__name__]

    return asked


# --- one row per case ------------------------------------------------------------------------------------


@once_a_log
def case_states(log: EventLog) -> pl.DataFrame:
    """How far each case came and how it ended: one row per existing case, in order of `case_id`.

    Columns: `playbook`, `case_id`, `client_id`, `stage` (the furthest; null where none was reached), `outcome`,
    `outcome_kind` (both null while the case is open, or open again), `outcome_at`, `reached_at` (when it came to
    `stage`), `arrived_at` (when it came to its first stage). A won case has reached every stage; a stage it has no
    event for, at its outcome's time. Outcomes at one timestamp: the one listed later in the playbook holds.
    Source: DESIGN section 4, Funnel.
    """
    columns = ["playbook", "case_id", "client_id", "case_no"]
    states = [_state(playbook, wide) for playbook, wide in _journeys(log)]
    nothing = pl.DataFrame(schema={"case_no": pl.UInt32, **_state_schema(log)})
    return (
        log.cases.select(columns)
        .join(pl.concat([nothing, *states]), on="case_no", how="left", maintain_order="left")
        .drop("case_no")
    )


@once_a_log
def stays(log: EventLog) -> pl.DataFrame:
    """Every stay of a case in a stage that it reached: one row per case and stage.

    Columns: `playbook`, `case_no` (its number in the log), `stage_no`, `stage`, `reached_at`, `left_at` (null: still
    there), `ended` (`advanced`, or the kind of its outcome; null: still there), `elapsed` (microseconds until
    it left, or until as-of; 0 where it was entered ahead of time).
    """
    parts = [_stays_of(log, playbook, wide) for playbook, wide in _journeys(log) if playbook.stages]
    return pl.concat(parts) if parts else pl.DataFrame(schema=_stay_schema(log))


@once_a_log
def _journeys(log: EventLog) -> list[_Wide]:
    """Per playbook one row per case with a stage or outcome event: `case_no`, `reached_0` ... and the outcome."""
    in_use = set(log.cases["playbook"])
    books = [book for book in log.playbooks if book.id in in_use and (book.stages or book.outcomes)]
    frames = [_journey(log, playbook) for playbook in books]
    return list(zip(books, pl.collect_all(frames, engine="streaming"), strict=True))


def _journey(log: EventLog, playbook: Playbook) -> pl.LazyFrame:
    own = log.cases.lazy().filter(pl.col("playbook") == playbook.id).select("case_no")
    if log.doubtful or any(outcome.when for outcome in playbook.outcomes):
        return _doubtful_journey(log, playbook, own)
    at, stage, several = pl.col("timestamp"), pl.col("stage"), len(playbook.outcomes) + 1
    firsts = [f"reached_{number}" for number in range(len(playbook.stages))]
    first = [pl.when(stage >= number).then(at).alias(name) for number, name in enumerate(firsts)]
    # One number holds the moment of an outcome and its place in the file: the last, then the later listed, is the max.
    ended = at.cast(pl.Int64) * several + pl.col("outcome")
    return (
        _coded(log.events, playbook)
        .with_columns(*first, entered_at=pl.when(stage.is_not_null()).then(at), ended=ended)
        .group_by("case_no")
        .agg(*(pl.col(name).min() for name in firsts), pl.col("entered_at").max(), pl.col("ended").max())
        .join(own, on="case_no", how="semi")
        .with_columns(_moment(pl.col("ended") // several, log).alias("outcome_at"), ended=pl.col("ended") % several)
        .with_columns(_unless_reopened("ended"), _unless_reopened("outcome_at"))
        .with_columns(*(_as_won(playbook, name) for name in firsts))
        .select("case_no", *firsts, "outcome_at", outcome_no=pl.col("ended"))
    )


def _doubtful_journey(log: EventLog, playbook: Playbook, own: pl.LazyFrame) -> pl.LazyFrame:
    """The same where it is in doubt what came first, or where not every event that ends a case does."""
    firsts, stage = [f"reached_{number}" for number in range(len(playbook.stages))], pl.col("stage")
    first = [pl.when(stage >= number).then("timestamp").alias(name) for number, name in enumerate(firsts)]
    last = pl.col("timestamp", "late", "outcome").filter(pl.col("outcome").is_not_null()).last()
    return (
        _told(log, playbook, own)
        .with_columns(*first, entered_at=pl.when(stage.is_not_null()).then("early"))
        .sort("late", "early", "outcome", nulls_last=False)
        .group_by("case_no", maintain_order=True)
        .agg(*(pl.col(name).min() for name in firsts), pl.col("entered_at").max(), last)
        .rename({"timestamp": "outcome_at", "outcome": "ended"})
        .with_columns(reopened=(pl.col("entered_at") > pl.col("late")).fill_null(False))
        .with_columns(pl.when(~pl.col("reopened")).then(pl.col(name)).alias(name) for name in ("ended", "outcome_at"))
        .with_columns(*(_as_won(playbook, name) for name in firsts))
        .select("case_no", *firsts, "outcome_at", outcome_no=pl.col("ended"))
    )


def _told(log: EventLog, playbook: Playbook, own: pl.LazyFrame) -> pl.LazyFrame:
    """The events of a playbook's cases that enter a stage or end a case, and between which moments each came."""
    stages = {activity: no for no, stage in enumerate(playbook.stages) for activity in stage.entered_by}
    ends = [_ended(log, number, outcome) for number, outcome in enumerate(playbook.outcomes)]
    activity, nothing = pl.col("activity").cast(pl.String), pl.lit(None, pl.Int64)
    events = log.events.join(own, on="case_no", how="semi")
    for condition in sorted({one for outcome in playbook.outcomes for one in of_when(outcome.when)}):
        holds = pl.Series(condition.of_cases(log))
        events = events.join(log.cases.lazy().select("case_no", holds.alias(_said(condition))), on="case_no")
    return events.select(
        "case_no",
        "timestamp",
        early=log.early,
        late=log.late,
        stage=activity.replace_strict(list(stages), list(stages.values()), default=None, return_dtype=pl.Int16),
        outcome=pl.max_horizontal(*ends, nothing),
    ).filter(pl.col("stage").is_not_null() | pl.col("outcome").is_not_null())


def _ended(log: EventLog, number: int, outcome: Outcome) -> pl.Expr:
    """The number of an outcome where an event is one; of several the one that is listed last."""
    known = log.events.collect_schema().names()
    holds = pl.col("activity").cast(pl.String).is_in(outcome.by)
    for condition in of_when(outcome.when):
        own = condition.of_event if condition.column in known else pl.lit(SAYS_NOTHING)
        holds &= pl.when(own == SAYS_NOTHING).then(pl.col(_said(condition))).otherwise(own == 1)
    return pl.when(holds).then(pl.lit(number, pl.Int64))


def _said(condition: Condition) -> str:
    return f"said: {condition.column} {condition.words}"


def _coded(events: pl.LazyFrame, playbook: Playbook) -> pl.LazyFrame:
    """The events that enter a stage or end a case, with the number of the furthest stage and the last outcome."""
    stages = {activity: no for no, stage in enumerate(playbook.stages) for activity in stage.entered_by}
    outcomes = {activity: no for no, outcome in enumerate(playbook.outcomes) for activity in outcome.by}
    meanings = pl.LazyFrame(
        [(activity, stages.get(activity), outcomes.get(activity)) for activity in {**stages, **outcomes}],
        schema={"activity": pl.String, "stage": pl.Int16, "outcome": pl.Int16},
        orient="row",
    )
    return events.join(meanings, on="activity").select("case_no", "timestamp", "stage", "outcome")


def _moment(micros: pl.Expr, log: EventLog) -> pl.Expr:
    return micros.cast(pl.Datetime("us", log.zone.key))


def _unless_reopened(column: str) -> pl.Expr:
    reopened = (pl.col("entered_at") > pl.col("outcome_at")).fill_null(False)
    return pl.when(~reopened).then(pl.col(column)).alias(column)


def _as_won(playbook: Playbook, reached: str) -> pl.Expr:
    won = [number for number, outcome in enumerate(playbook.outcomes) if outcome.kind == "won"]
    at_outcome = pl.when(pl.col("ended").is_in(won)).then(pl.col("outcome_at"))
    return pl.min_horizontal(reached, at_outcome).alias(reached)


def _kind(playbook: Playbook) -> pl.Expr:
    kinds = [outcome.kind for outcome in playbook.outcomes]
    return _named(pl.col("outcome_no"), kinds)


def _named(number: pl.Expr, names: Sequence[str]) -> pl.Expr:
    if not names:
        return pl.lit(None, pl.String)
    return number.replace_strict(list(range(len(names))), list(names), default=None, return_dtype=pl.String)


def _state(playbook: Playbook, wide: pl.DataFrame) -> pl.DataFrame:
    firsts = [f"reached_{number}" for number in range(len(playbook.stages))]
    furthest = pl.sum_horizontal(pl.lit(0), *(pl.col(name).is_not_null() for name in firsts)).cast(pl.Int16) - 1
    return wide.select(
        "case_no",
        stage=_named(furthest, [stage.id for stage in playbook.stages]),
        outcome=_named(pl.col("outcome_no"), [outcome.id for outcome in playbook.outcomes]),
        outcome_kind=_kind(playbook),
        outcome_at="outcome_at",
        reached_at=pl.coalesce(*reversed(firsts), _never(wide)),
        arrived_at=pl.coalesce(*firsts[:1], _never(wide)),
    )


def _never(wide: pl.DataFrame) -> pl.Expr:
    return pl.lit(None, wide.schema["outcome_at"])


def _state_schema(log: EventLog) -> dict[str, pl.DataType]:
    moment = pl.Datetime("us", log.zone.key)
    texts = dict.fromkeys(("stage", "outcome", "outcome_kind"), pl.String())
    return texts | dict.fromkeys(("outcome_at", "reached_at", "arrived_at"), moment)


def _stays_of(log: EventLog, playbook: Playbook, wide: pl.DataFrame) -> pl.DataFrame:
    last = len(playbook.stages) - 1
    kinds = wide.lazy().with_columns(kind=_kind(playbook))
    return pl.concat(
        _stay(log, playbook, kinds, number, f"reached_{number + 1}" if number < last else None)
        for number in range(last + 1)
    ).collect()


def _stay(log: EventLog, playbook: Playbook, wide: pl.LazyFrame, number: int, later: str | None) -> pl.LazyFrame:
    moved = pl.col(later) if later else pl.lit(None, pl.Datetime("us", log.zone.key))
    advanced = moved.is_not_null() | (pl.col("kind") == "won").fill_null(False)
    ended = pl.when(advanced).then(pl.lit(ADVANCED)).otherwise(pl.col("kind"))
    reached, left = pl.col(f"reached_{number}"), pl.coalesce(moved, "outcome_at")
    until = pl.coalesce(left, pl.lit(log.moment)).cast(pl.Int64)
    return wide.filter(reached.is_not_null()).select(
        playbook=pl.lit(playbook.id),
        case_no="case_no",
        stage_no=pl.lit(number, pl.UInt8),
        stage=pl.lit(playbook.stages[number].id),
        reached_at=reached,
        left_at=left,
        ended=ended,
        elapsed=(until - reached.cast(pl.Int64)).clip(lower_bound=0),
    )


def _stay_schema(log: EventLog) -> dict[str, pl.DataType]:
    moment = pl.Datetime("us", log.zone.key)
    return {
        "playbook": pl.String(),
        "case_no": pl.UInt32(),
        "stage_no": pl.UInt8(),
        "stage": pl.String(),
        "reached_at": moment,
        "left_at": moment,
        "ended": pl.String(),
        "elapsed": pl.Int64(),
    }


# --- what a funnel can be split by ------------------------------------------------------------------------


def cycle_of(day: pl.Expr, months: int = 6) -> pl.Expr:
    """The cycle a day belongs to, written as the month it begins with: `2026-04`.

    >>> pl.select(cycle_of(pl.lit(date(2026, 9, 30))), half=cycle_of(pl.lit(date(2026, 2, 1)), 3)).row(0)
    ('2026-04', '2026-01')
    """
    since = (day.dt.year().cast(pl.Int32) - CYCLE_EPOCH.year) * 12 + day.dt.month() - CYCLE_EPOCH.month
    begins = since - since % months + (CYCLE_EPOCH.month - 1)
    year, month = CYCLE_EPOCH.year + begins // 12, begins % 12 + 1
    return pl.format("{}-{}", year, month.cast(pl.String).str.zfill(2)).alias("cycle")


def columns_of(by: By) -> list[str]:
    """The columns that are asked for, as a list: names, whatever they look like."""
    return [only_a_name(name) for name in ([by] if isinstance(by, str) else by)]


def groups_of(log: EventLog, by: By, months: int = 6) -> pl.DataFrame:
    """The group of every existing case: one row per case, `case_no`, `playbook` and the columns of `by`.

    `by` names columns of the cases; where they have no column of that name, also `cycle` (of so many months, in which
    the case arrived at its first stage), `month` (the month of it), `owner` (see `case_owners`), and a column of the
    events, such as `channel`: what the first event that has a word in it says. ArgumentError names what is not there.
    """
    wanted, cases = columns_of(by), log.cases
    if "cycle" in wanted and "cycle" not in cases.columns:
        cases = cases.hstack(case_states(log).select(cycle_of(day_of("arrived_at", log), months)))
    if "month" in wanted and "month" not in cases.columns:
        cases = cases.hstack(case_states(log).select(cycle_of(day_of("arrived_at", log), 1).alias("month")))
    if "owner" in wanted and "owner" not in cases.columns:
        cases = cases.hstack(case_owners(log).select("owner"))
    said = log.events.collect_schema().names()
    for name in (name for name in wanted if name not in cases.columns and name in said):
        cases = cases.join(_first_said(log, name), on="case_no", how="left", maintain_order="left")
    unknown = [name for name in wanted if name not in cases.columns]
    if unknown:
        known = sorted({*cases.columns, *said, "cycle", "month", "owner"} - _NO_GROUP)
        raise ArgumentError(
            Problem(
                "by",
                msg("there is no column '{name}' in cases", name=name),
                ", ".join(known),
                did_you_mean(name, known),
            )
            for name in unknown
        )
    return cases.select("case_no", "playbook", *(name for name in wanted if name != "playbook"))


_NO_GROUP = frozenset({"case_no", "playbook", "row", "timestamp", "recorded_at", "derived", "note"})
"""What nobody groups by."""


def _first_said(log: EventLog, column: str) -> pl.DataFrame:
    """What the first event that has a word in a column says in it: one row per case that has one."""
    told = log.events.filter(pl.col(column).is_not_null()).sort("timestamp").group_by("case_no").first()
    return told.select("case_no", pl.col(column).cast(pl.String)).collect()


def case_owners(log: EventLog) -> pl.DataFrame:
    """Who answers for each case: one row per case, in order, `case_no` and `owner` (null: unassigned).

    It is the person of the role that owes most rules of the playbook (the one named first, among equals).
    """
    busiest = pl.DataFrame(
        [(playbook.id, _busiest(playbook)) for playbook in log.playbooks],
        schema={"playbook": pl.String, "role": pl.String},
        orient="row",
    )
    cases = log.cases.select("case_no", "playbook").join(busiest, on="playbook", maintain_order="left")
    found = owners(log).select("case_no", "role", "owner").collect()
    return cases.join(found, on=["case_no", "role"], how="left", maintain_order="left").select("case_no", "owner")


def _busiest(playbook: Playbook) -> str | None:
    owed = Counter(rule.role for rule in playbook.rules)
    return max((role.id for role in playbook.roles), key=lambda role: owed[role], default=None)


def day_of(moment: str, log: EventLog) -> pl.Expr:
    """The local day of an instant."""
    return pl.col(moment).dt.convert_time_zone(log.zone.key).dt.date()


# --- the funnel ------------------------------------------------------------------------------------------


def funnel(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """How many cases came to each stage and what became of them: one row per playbook, group and stage, in order.

    Columns: `playbook`, those of `by`, `stage`, `entered` = `advanced` + `lost` + `open` (counts of cases), `rate`
    (advanced of those decided here), `ci_low`, `ci_high` (95 % Wilson; all three null when nothing is decided),
    `median_days` (Kaplan-Meier, elapsed days; null where fewer than half have left), `too_few` (the rate rests on
    too few to be shown as a percentage). Source: DESIGN section 4, Funnel.
    """
    return funnel_of(_grouped(log, stays(log), by, months), _grid(log, by, months), by)


def losses(log: EventLog) -> pl.DataFrame:
    """How the cases ended that were not won: one row per playbook, stage and outcome, in the order of the playbook.

    Columns: `playbook`, `stage` (the furthest they came to), `outcome` (its id), `outcome_kind`, `n` (cases). Of a
    stage they add up to the `lost` of the funnel.
    """
    ended = case_states(log).filter(
        pl.col("stage").is_not_null() & pl.col("outcome").is_not_null() & (pl.col("outcome_kind") != "won")
    )
    key = ["playbook", "stage", "outcome", "outcome_kind"]
    counted = ended.group_by(pl.col(key).cast(pl.String)).agg(n=pl.len().cast(pl.Int64))
    places = [(book.id, stage.id, outcome.id, number) for book in log.playbooks for number, (stage, outcome) in
              enumerate(product(book.stages, book.outcomes))]  # fmt: skip
    schema = {"playbook": pl.String, "stage": pl.String, "outcome": pl.String, "place": pl.Int64}
    order = pl.DataFrame(places, schema=schema, orient="row").with_row_index("row")
    return counted.join(order, on=["playbook", "stage", "outcome"]).sort("row").select(*key, "n")


def funnel_parts(log: EventLog, by: By = (), months: int = 6) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What a funnel is made of: the stays with the groups of their cases, and a row for every stage of every group.

    Both may be put together from logs of other cases; `funnel_of` then gives the funnel of all of them.
    """
    wanted = ["playbook", "stage_no", "ended", "elapsed", *_names(by)]
    return _grouped(log, stays(log), by, months).select(wanted), _grid(log, by, months)


def funnel_of(stay: pl.DataFrame, grid: pl.DataFrame, by: By = ()) -> pl.DataFrame:
    """The funnel of some stays: a row per row of the grid, in its order (columns: `funnel`)."""
    spans = stay.lazy().with_columns(observed=pl.col("ended").is_not_null())
    key = _key(by)
    counts, middle = pl.collect_all([spans.group_by(key).agg(_counts()), medians(spans, key)], engine="streaming")
    return (
        _rated(grid, counts, by)
        .join(middle, on=key, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(median_days=pl.col("median") / DAY)
        .select(*_head(by), *COUNTS, *RATE, "median_days", "too_few")
    )


COUNTS = ("entered", "advanced", "lost", "open")
RATE = ("rate", "ci_low", "ci_high")


def _names(by: By) -> list[str]:
    return [name for name in columns_of(by) if name != "playbook"]


def _key(by: By) -> list[str]:
    return ["playbook", *_names(by), "stage_no"]


def _head(by: By) -> list[str]:
    return ["playbook", *_names(by), "stage"]


def _grouped(log: EventLog, stay: pl.DataFrame, by: By, months: int) -> pl.DataFrame:
    """The stays, with the group of their case."""
    if not _names(by):
        return stay
    groups = groups_of(log, by, months)
    return stay.with_columns(groups[name].gather(stay["case_no"]) for name in _names(by))


def _counts() -> list[pl.Expr]:
    ended = pl.col("ended")
    return [
        pl.len().alias("entered"),
        (ended == ADVANCED).sum().alias("advanced"),
        (ended != ADVANCED).sum().alias("lost"),
        ended.is_null().sum().alias("open"),
    ]


def _rated(grid: pl.DataFrame, counts: pl.DataFrame, by: By) -> pl.DataFrame:
    """The counts with their rates, in order, and a row also for every stage of a group where nobody came."""
    decided = pl.col("advanced") + pl.col("lost")
    found = grid.join(counts, on=_key(by), how="left", nulls_equal=True, maintain_order="left")
    whole = found.with_columns(pl.col(COUNTS).fill_null(0).cast(pl.Int64)).with_columns(decided=decided)
    return with_rate(whole, "advanced", "decided").with_columns(too_few=too_few(pl.col("decided")))


def _grid(log: EventLog, by: By, months: int) -> pl.DataFrame:
    """Every stage of every group: one row per playbook that any case follows, group and stage, in order."""
    followed = set(log.tables.cases["playbook"].unique())
    books = [(number, book) for number, book in enumerate(log.playbooks) if book.id in followed]
    stages = pl.DataFrame(
        [(number, book.id, n, stage.id) for number, book in books for n, stage in enumerate(book.stages)],
        schema={"book_no": pl.UInt16, "playbook": pl.String, "stage_no": pl.UInt8, "stage": pl.String},
        orient="row",
    )
    if not _names(by):
        return stages
    groups = groups_of(log, by, months).drop("case_no").unique()
    return in_order(stages.join(groups, on="playbook"), by)


def in_order(grid: pl.DataFrame, by: By = ()) -> pl.DataFrame:
    """Every stage of every group, in the order of a funnel."""
    return grid.sort("book_no", *_names(by), "stage_no", nulls_last=True)


def outcomes(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """How cases ended altogether: one row per playbook and group in which a case came to a stage.

    Columns: `playbook`, those of `by`, `cases`, `won`, `lost` (in any other way), `open`, `rate` (won of those
    decided), `ci_low`, `ci_high` (95 % Wilson; null when nothing is decided), `too_few`.
    """
    head, kind = ["playbook", *_names(by)], pl.col("outcome_kind")
    came = groups_of(log, head, months).hstack(case_states(log).select("stage", "outcome_kind"))
    counted = (
        came.filter(pl.col("stage").is_not_null() | kind.is_not_null())
        .group_by(head)
        .agg(
            cases=pl.len().cast(pl.Int64),
            won=(kind == "won").sum().cast(pl.Int64),
            lost=(kind != "won").sum().cast(pl.Int64),
            open=kind.is_null().sum().cast(pl.Int64),
        )
        .with_columns(decided=pl.col("won") + pl.col("lost"))
    )
    rated = with_rate(counted, "won", "decided").with_columns(too_few=too_few(pl.col("decided"))).drop("decided")
    order = {book.id: number for number, book in enumerate(log.playbooks)}
    return rated.sort(pl.col("playbook").replace_strict(order, return_dtype=pl.Int64), *head[1:], nulls_last=True)


# --- three date bases ------------------------------------------------------------------------------------

BASES = ("arrival", "step", "snapshot")


def by_date_basis(log: EventLog, since: date, until: date, by: By = (), months: int = 6) -> pl.DataFrame:
    """One period seen on three date bases side by side: one row per playbook, group, stage and basis, in order.

    Columns: `playbook`, those of `by`, `stage`, `basis`, `entered`, `advanced`, `lost`, `open`, `rate`, `ci_low`,
    `ci_high`, `too_few`. Both days belong to the period; days are local. By `basis`:

    - `arrival`: the cases that arrived (came to their first stage) in the period, and what became of them until as-of;
    - `step`: what happened in the period, whenever the case arrived; `open` stood there when it ended;
    - `snapshot`: who stands there at as-of, in `open`; the other counts are null.
    """
    stay = _grouped(log, stays(log), by, months)
    came, left = day_of("reached_at", log), day_of("left_at", log)
    inside = came.is_between(since, until), left.is_between(since, until).fill_null(False)
    standing = (came <= until) & ~(left <= until).fill_null(False)
    arrived = stay.filter((pl.col("stage_no") == 0) & inside[0])
    counted = {
        "arrival": stay.join(arrived, on="case_no", how="semi").group_by(_key(by)).agg(_counts()),
        "step": stay.group_by(_key(by)).agg(*_steps(*inside), standing.sum().alias("open")),
        "snapshot": stay.group_by(_key(by)).agg(_counts()),
    }
    rows = [
        _rated(_grid(log, by, months), counted[basis], by).with_row_index("no").with_columns(basis=pl.lit(basis))
        for basis in BASES
    ]
    moving = [pl.when(pl.col("basis") != "snapshot").then(name).alias(name) for name in (*COUNTS[:3], *RATE, "too_few")]
    shown = [*_head(by), "basis", *COUNTS, *RATE, "too_few"]
    return pl.concat(rows).sort("no", maintain_order=True).with_columns(moving).select(shown)


def _steps(came: pl.Expr, left: pl.Expr) -> list[pl.Expr]:
    ended = pl.col("ended")
    return [
        came.sum().alias("entered"),
        (left & (ended == ADVANCED)).sum().alias("advanced"),
        (left & (ended != ADVANCED)).sum().alias("lost"),
    ]


# --- time in stage ---------------------------------------------------------------------------------------


def stage_curves(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """How long cases stay in each stage: one row per playbook, group, stage and distinct time.

    Columns: `playbook`, those of `by`, `stage`, then those of `statistics.kaplan_meier`: `days` (elapsed), `at_risk`,
    `left`, `censored`, `survival` (share still there), `ci_low`, `ci_high`.
    """
    return _per_stage(log, by, months, lambda days, ended: kaplan_meier(days, ended.is_not_null()))


def stage_endings(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """How each stage ends over time, as competing risks: one row per playbook, group, stage, ending and time.

    Columns: `playbook`, those of `by`, `stage`, then those of `statistics.cumulative_incidence` with the cause called
    `ended` (`advanced`, `rejected`, `declined`, `lapsed`): `days`, `at_risk`, `left`, `incidence`, `ci_low`, `ci_high`.
    """
    return _per_stage(log, by, months, cumulative_incidence).rename({"cause": "ended"})


def _per_stage(
    log: EventLog, by: By, months: int, curve: Callable[[pl.Series, pl.Series], pl.DataFrame]
) -> pl.DataFrame:
    """One curve per stage and group where somebody came, in order."""
    order = _grid(log, by, months).with_row_index("no").select("no", *_key(by))
    stay = _grouped(log, stays(log), by, months).join(order, on=_key(by), nulls_equal=True)
    nobody, parts = stay.clear(), stay.sort("no").partition_by("no", maintain_order=True)
    curves = [
        part.head(1).select(_head(by)).join(curve(part["elapsed"] / DAY, part["ended"]), how="cross")
        for part in (nobody, *parts)
    ]
    return pl.concat(curves)


# --- flows -----------------------------------------------------------------------------------------------

OPEN = "open"


def flows(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """Where cases went from each stage: one row per playbook, group, stage and target, in order of the stages.

    Columns: `playbook`, those of `by`, `source` (a stage), `target` (the next stage, `won`, `rejected`, `declined`,
    `lapsed` or `open`), `n` (cases). What flows into a stage flows out of it: a case that skipped a stage passes
    through it, as in the funnel, and a won case runs to the end.
    """
    ended = pl.col("ended")
    following = pl.col("stage").shift(-1).over("playbook", order_by="stage_no")
    order = _grid(log, by, months).with_row_index("no")
    nexts = order.select("playbook", "stage_no", "stage").unique().with_columns(following=following).drop("stage")
    onward = pl.when(ended == ADVANCED).then(pl.coalesce("following", pl.lit("won"))).otherwise(ended)
    gone = _grouped(log, stays(log), by, months).join(nexts, on=["playbook", "stage_no"])
    counted = (
        gone.with_columns(target=onward.fill_null(OPEN)).group_by(*_key(by), "target").agg(n=pl.len().cast(pl.Int64))
    )
    placed = order.join(counted, on=_key(by), nulls_equal=True).sort("no", pl.col("target") == OPEN, "target")
    return placed.select("playbook", *_names(by), "target", "n", source="stage").select(
        "playbook", *_names(by), "source", "target", "n"
    )
