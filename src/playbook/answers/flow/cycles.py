"""Whether the effort pays: rates cycle by cycle, what a change did, surveys, hours, capacity, priorities (Z-37 to
Z-42)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from playbook.answers.flow.contradictions import sound
from playbook.answers.flow.declines import SIGNAL, signals
from playbook.answers.flow.funnel import ADVANCED, case_states, cycle_of, day_of, stays
from playbook.answers.flow.offers import offer_fates, stage_of_offers
from playbook.answers.statistics import (
    Comparison,
    LevelChange,
    apart,
    compare,
    holm,
    step_change,
    too_few,
    trend,
    with_mean,
    with_rate,
)
from playbook.answers.subject import DueFrame, Frame, Subject
from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem

CYCLE_MONTHS = (3, 4, 5, 6)
"""A selection cycle is about three to six months long (Z-37)."""

SLOTS = ("followup-slots-per-week", 2)
SLOT_MINUTES = ("followup-slot-minutes", 30)
"""The benchmarks of the weekly allowance for follow-up, and their values where no playbook gives them (Z-22)."""

SMALL_POINTS, SMALL_ODDS = 0.05, 1.25
"""What is no change worth the name: an interval that lies within five points, or within a quarter of the odds a cycle
(our own figures). A wider one that holds nothing tells nothing."""

PASS, ACCEPTANCE = "pass", "acceptance"


# --- a series of rates -----------------------------------------------------------------------------------


def cycle_rates(log: EventLog, months: int = 6) -> pl.DataFrame:
    """Pass and acceptance rates as a series: one row per playbook, stage, measure and cycle in which anything was
    decided.

    Columns: `playbook`, `stage`, `measure` (`pass`: advanced of those decided in this stage; `acceptance`, in the stage
    of offers only: accepted of those the candidate decided), `cycle` (the month it begins with, by the local day of the
    decision), `complete` (the cycle has ended at as-of), `successes`, `decided`, `rate`, `ci_low`, `ci_high` (95 %
    Wilson), `too_few`, then the same cycle a year before: `rate_year_before`, `change`, `change_low`, `change_high` (95
    %, Newcombe; all null where there was none, or cycles of this length do not fall on the same months).
    """
    _check_months(months)
    key = ["playbook", "stage", "measure"]
    counted = (
        _decisions(log)
        .group_by("stage_no", *key, cycle_of(pl.col("day"), months))
        .agg(successes=pl.col("success").sum().cast(pl.Int64), decided=pl.len().cast(pl.Int64))
    )
    rated = with_rate(counted, "successes", "decided").with_columns(too_few=too_few(pl.col("decided")))
    begins = pl.col("cycle").str.to_date("%Y-%m").dt.offset_by(f"{months}mo")
    whole = rated.with_columns(complete=begins <= pl.lit(log.as_of.day).dt.offset_by("1d"))
    return (
        _year_over_year(whole, key)
        .sort(_book_order(log), "stage_no", pl.col("measure") == ACCEPTANCE, "cycle")
        .select(
            *key, "cycle", "complete", "successes", "decided", "rate", "ci_low", "ci_high", "too_few",
            "rate_year_before", "change", "change_low", "change_high",
        )
    )  # fmt: skip


def _check_months(months: int) -> None:
    if months not in CYCLE_MONTHS:
        raise ArgumentError(
            Problem(msg("months"), msg("a cycle of {months} months", months=months), "3, 4, 5 or 6 (Z-37)")
        )


def _book_order(log: EventLog) -> pl.Expr:
    books = [book.id for book in log.playbooks]
    return pl.col("playbook").replace_strict(books, list(range(len(books))), return_dtype=pl.Int64)


def _decisions(log: EventLog) -> pl.DataFrame:
    """Everything decided about a case in a stage: one row per decision and measure: its local day, and whether it was a
    success. Cases that contradict themselves decide nothing, and an offer is decided by its own answer."""
    ended = sound(log, stays(log).filter(pl.col("ended").is_not_null())).with_columns(day=day_of("left_at", log))
    columns = ["playbook", "stage_no", "stage", "day"]
    passed = ended.select(*columns, measure=pl.lit(PASS), success=pl.col("ended") == ADVANCED)
    answered = offer_fates(log).filter(pl.col("fate").is_in(["accepted", "declined"])).join(_stages(log), on="playbook")
    accepted = answered.with_columns(day=day_of("ended_at", log)).select(
        *columns, measure=pl.lit(ACCEPTANCE), success=pl.col("fate") == "accepted"
    )
    return pl.concat([passed, accepted])


def _stages(log: EventLog) -> pl.DataFrame:
    """The stage of offers of each playbook that has one: `playbook, stage_no, stage`."""
    found = [
        (book.id, book.stages.index(stage), stage.id) for book in log.playbooks if (stage := stage_of_offers(book))
    ]
    return pl.DataFrame(found, schema={"playbook": pl.String, "stage_no": pl.UInt8, "stage": pl.String}, orient="row")


def _year_over_year(rated: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    year_later = pl.col("cycle").str.to_date("%Y-%m").dt.offset_by("1y").dt.strftime("%Y-%m")
    before = rated.select(*key, year_later.alias("cycle"), k="successes", n="decided", rate_year_before="rate")
    both = rated.join(before, on=[*key, "cycle"], how="left", maintain_order="left")
    changes = [
        compare(k1, n1, k0, n0) if n0 is not None else None
        for k1, n1, k0, n0 in both.select("successes", "decided", "k", "n").rows()
    ]
    cells = [(c.difference, c.ci_low, c.ci_high) if c else (None, None, None) for c in changes]
    schema = _columns(pl.Float64, "change", "change_low", "change_high")
    return both.hstack(pl.DataFrame(cells, schema=schema, orient="row"))


# --- what a change did -----------------------------------------------------------------------------------

_EFFECT: dict[str, type[pl.DataType]] = {
    "difference": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "p_value": pl.Float64,
    "p_corrected": pl.Float64,
    "step_odds": pl.Float64,
    "step_low": pl.Float64,
    "step_high": pl.Float64,
    "drift": pl.Boolean,
    "verdict": pl.String,
}


def change_effects(log: EventLog, changed_on: date) -> pl.DataFrame:
    """What became of each rate after a change in aftercare: one row per playbook, stage and measure.

    Columns: `playbook`, `stage`, `measure`, `before_successes`, `before_decided`, `after_successes`, `after_decided`
    (decisions by local day, the day of the change belongs to after), `difference` (of the rates, after minus before),
    `ci_low`, `ci_high` (95 %, Newcombe), `p_value` (Fisher's exact test), `p_corrected` (Holm, over all rows that were
    tested), `step_odds`, `step_low`, `step_high` (the jump over and above the trend, month by month: an interrupted
    time series; null where it cannot be told), `drift` (the rate was already moving before the change, so the
    difference may not be the change's doing; null where it cannot be told), `verdict`: `better`, `worse`, `no_change`
    (the interval is narrow: rethink the effort itself, Z-38), `cannot_tell` (it is wide), or `too_few`, where the
    numbers cannot carry a test and everything from `difference` on is null.
    """
    key = ["playbook", "stage", "measure"]
    months = _monthly(_decisions(log), changed_on)
    groups = months.sort(_book_order(log), "stage_no", pl.col("measure") == ACCEPTANCE, "month").partition_by(
        "stage_no", *key, maintain_order=True
    )
    sides = [_two_sides(group) for group in groups]
    compared = [compare(k1, n1, k0, n0) for k0, n0, k1, n1 in sides]
    corrected = iter(holm([c.p_value for c in compared if c.enough and c.p_value is not None]))
    rows = [
        (*group.select(key).row(0), *side, *_effect(found, next(corrected) if found.enough else None, group))
        for group, side, found in zip(groups, sides, compared, strict=True)
    ]
    counts = ("before_successes", "before_decided", "after_successes", "after_decided")
    return pl.DataFrame(
        rows, schema={**_columns(pl.String, *key), **_columns(pl.Int64, *counts), **_EFFECT}, orient="row"
    )


def _columns(dtype: type[pl.DataType], *names: str) -> dict[str, type[pl.DataType]]:
    return dict.fromkeys(names, dtype)


def _monthly(decisions: pl.DataFrame, changed_on: date) -> pl.DataFrame:
    """Counts by whole months from the day of the change, those before it negative."""
    day = pl.col("day")
    since = (day.dt.year().cast(pl.Int32) - changed_on.year) * 12 + day.dt.month() - changed_on.month
    month = since - (day.dt.day() < changed_on.day).cast(pl.Int32)
    return decisions.group_by("playbook", "stage_no", "stage", "measure", month.alias("month")).agg(
        k=pl.col("success").sum().cast(pl.Int64), n=pl.len().cast(pl.Int64)
    )


def _two_sides(months: pl.DataFrame) -> tuple[int, int, int, int]:
    before, after = (months.filter(pl.col("month") < 0), months.filter(pl.col("month") >= 0))
    return int(before["k"].sum()), int(before["n"].sum()), int(after["k"].sum()), int(after["n"].sum())


def _effect(
    found: Comparison, p_corrected: float | None, months: pl.DataFrame
) -> tuple[float | bool | str | None, ...]:
    if p_corrected is None or found.difference is None or found.ci_low is None or found.ci_high is None:
        return (*(None,) * 9, "too_few")
    month = months["month"].to_list()
    every = pl.DataFrame({"month": pl.Series(range(min(month), max(month) + 1), dtype=pl.Int32)})
    series = every.join(months.select("month", "k", "n"), on="month", how="left").fill_null(0).sort("month")
    step = step_change(series["k"].to_list(), series["n"].to_list(), int((series["month"] < 0).sum()))
    before = series.filter(pl.col("month") < 0)
    drift = trend(before["k"].to_list(), before["n"].to_list())
    direction = "better" if found.difference > 0 else "worse"
    still = max(-found.ci_low, found.ci_high) <= SMALL_POINTS
    sure = p_corrected < 0.05 and apart(found.ci_low, found.ci_high)
    verdict = direction if sure else "no_change" if still else "cannot_tell"
    moving = None if drift is None else drift.p_value < 0.05
    return found.difference, found.ci_low, found.ci_high, found.p_value, p_corrected, *_odds(step), moving, verdict


def _odds(step: LevelChange | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if step is None else (step.odds_ratio, step.ci_low, step.ci_high)


def trends(log: EventLog, months: int = 6) -> pl.DataFrame:
    """Whether rates move over the complete cycles: one row per playbook, stage and measure.

    Columns: `playbook`, `stage`, `measure`, `cycles`, `decided`, `odds_ratio` (from one cycle to the next), `ci_low`,
    `ci_high`, `p_value`, `p_corrected` (Holm), `verdict`: `better`, `worse`, `no_change` (the interval is narrow:
    rethink the effort itself, Z-38), `cannot_tell` (it is wide) or `too_few` (less than three cycles, or too few
    decisions), where the figures are null.
    """
    key = ["playbook", "stage", "measure"]
    series = cycle_rates(log, months).filter("complete").partition_by(key, maintain_order=True)
    found = [_trend_of(one, months) for one in series]
    corrected = iter(holm([step.p_value for step in found if step]))
    rows = [
        (
            *one.select(key).row(0),
            one.height,
            int(one["decided"].sum()),
            *_moved(step, next(corrected) if step else None),
        )
        for one, step in zip(series, found, strict=True)
    ]
    figures = _columns(pl.Float64, "odds_ratio", "ci_low", "ci_high", "p_value", "p_corrected")
    head = {**_columns(pl.String, *key), **_columns(pl.Int64, "cycles", "decided")}
    return pl.DataFrame(rows, schema={**head, **figures, "verdict": pl.String}, orient="row")


def _trend_of(series: pl.DataFrame, months: int) -> LevelChange | None:
    """The trend over all cycles from first to last, those without a decision included as empty."""
    days = series["cycle"].str.to_date("%Y-%m")
    every = pl.select(day=pl.date_range(days.min(), days.max(), f"{months}mo"))  # type: ignore[arg-type]
    whole = every.join(series.with_columns(day=days), on="day", how="left").sort("day")
    k, n = (whole[name].fill_null(0).to_list() for name in ("successes", "decided"))
    return None if too_few(min(sum(k), sum(n) - sum(k))) else trend(k, n)


def _moved(step: LevelChange | None, p_corrected: float | None) -> tuple[float | str | None, ...]:
    if step is None or p_corrected is None:
        return (*(None,) * 5, "too_few")
    direction = "better" if step.odds_ratio > 1 else "worse"
    still = max(1 / step.ci_low, step.ci_high) <= SMALL_ODDS if step.ci_low > 0 else False
    sure = p_corrected < 0.05 and apart(step.ci_low, step.ci_high, at=1)
    verdict = direction if sure else "no_change" if still else "cannot_tell"
    return step.odds_ratio, step.ci_low, step.ci_high, step.p_value, p_corrected, verdict


# --- surveys ---------------------------------------------------------------------------------------------


def surveys(log: EventLog, months: int = 6) -> pl.DataFrame:
    """What those who accepted, those who declined and colleagues answered: one row per playbook, kind, question and
    cycle.

    Columns: `playbook`, `kind` (`accepted`, `declined`, `internal`), `question`, `cycle` (by the day of the answer),
    `answers`, `scored` (answers with a score), `mean_score`, `ci_low`, `ci_high` (95 %, Student's t), `comments` (list
    of texts, by day), `too_few` (to be shown as a mean). Answers after as-of are not known (Z-39).
    """
    _check_months(months)
    known = log.tables.surveys.filter(pl.col("answered_on") <= log.as_of.day)
    cases = log.cases.select("case_id", "playbook")
    answers = known.join(cases, on="case_id").sort("answered_on", "case_id", "row")
    key = ["playbook", "kind", "question", "cycle"]
    score = pl.col("score")
    counted = (
        answers.with_columns(cycle_of(pl.col("answered_on"), months))
        .group_by(key, maintain_order=True)
        .agg(
            answers=pl.len().cast(pl.Int64),
            scored=score.is_not_null().sum().cast(pl.Int64),
            mean_score=score.mean(),
            deviation=score.std(),
            comments=pl.col("comment").drop_nulls(),
        )
    )
    shown = with_mean(counted, "mean_score", "deviation", "scored").with_columns(too_few=too_few(pl.col("scored")))
    return shown.sort(_book_order(log), *key[1:], nulls_last=True).select(
        *key, "answers", "scored", "mean_score", "ci_low", "ci_high", "comments", "too_few"
    )


# --- hours, capacity, priorities -------------------------------------------------------------------------


def aftercare_time(log: EventLog, months: int = 6) -> pl.DataFrame:
    """How much time aftercare took: one row per cycle, person and activity (null: not said), by time and then by
    person.

    Columns: `cycle`, `person`, `activity`, `entries`, `hours`, `cases`, `minutes_per_case` (null without a case),
    `minutes_per_entry` (median). Work after as-of is not known (Z-40).
    """
    _check_months(months)
    minutes = pl.col("minutes")
    on_case = minutes.filter(pl.col("case_id").is_not_null()).sum()
    return (
        _worked(log)
        .group_by(cycle_of(pl.col("worked_on"), months), "person", "activity")
        .agg(
            entries=pl.len().cast(pl.Int64),
            hours=minutes.sum() / 60,
            cases=pl.col("case_id").drop_nulls().n_unique().cast(pl.Int64),
            on_case=on_case,
            minutes_per_entry=minutes.median(),
        )
        .with_columns(minutes_per_case=pl.when(pl.col("cases") > 0).then(pl.col("on_case") / pl.col("cases")))
        .sort("cycle", "person", "activity", nulls_last=True)
        .select("cycle", "person", "activity", "entries", "hours", "cases", "minutes_per_case", "minutes_per_entry")
    )


def workload_weeks(log: EventLog) -> pl.DataFrame:
    """How full each week was: one row per person and week with work in it.

    Columns: `person`, `week` (its Monday), `minutes`, `allowance` (minutes agreed for follow-up: Z-22), `load` (minutes
    of the allowance; above 1 it was exceeded).
    """
    week = pl.col("worked_on").dt.truncate("1w").alias("week")
    weekly = _worked(log).group_by("person", week).agg(pl.col("minutes").sum()).sort("person", "week")
    allowance = pl.lit(allowance_of(log.playbooks))
    return weekly.with_columns(allowance=allowance, load=pl.col("minutes") / allowance)


def _worked(log: EventLog) -> pl.DataFrame:
    return log.tables.worklog.filter(pl.col("worked_on") <= log.as_of.day)


def allowance_of(playbooks: tuple[Playbook, ...]) -> float:
    """Minutes a week that are agreed for follow-up: two slots of thirty, or what a playbook's benchmarks say (Z-22)."""
    return _benchmark(playbooks, *SLOTS) * _benchmark(playbooks, *SLOT_MINUTES)


def _benchmark(playbooks: tuple[Playbook, ...], name: str, usual: float) -> float:
    return next((one.value for book in playbooks for one in book.benchmarks if one.id == name), usual)


HIGH, NORMAL, LOW = 1, 2, 3


def priorities(log: EventLog) -> pl.DataFrame:
    """Whom to follow up first: one row per open case that has begun, the most urgent first.

    Columns: `playbook`, `case_id`, `client_id`, `subject`, `position`, `stage`, `priority` (1 high, 2 normal, 3 low),
    `criterion` (why), `reached_at`. The criteria, the first that holds: `signal` (an unanswered sign of a decline:
    high), `last_stages` (in one of the last two stages, not in the first: high), `easy_to_fill` (its position is won
    surely more often than the playbook's cases are as a whole: low), `usual` (Z-41; the thresholds are ours).
    """
    states = case_states(log).with_columns(log.cases["case_no", "subject", "position"])
    begun = states.filter(pl.col("outcome").is_null() & pl.col("stage").is_not_null())
    unanswered = signals(log, SIGNAL).filter(pl.col("answered_at").is_null())["case_id"].unique().to_list()
    late = [(book.id, stage.id) for book in log.playbooks for stage in book.stages[1:][-2:]]
    late_stages = pl.DataFrame(late, schema={"playbook": pl.String, "stage": pl.String}, orient="row")
    judged = begun.join(late_stages.with_columns(late=True), on=["playbook", "stage"], how="left").join(
        _easy(states), on=["playbook", "position"], how="left"
    )
    criterion = (
        pl.when(pl.col("case_id").is_in(unanswered))
        .then(pl.lit("signal"))
        .when("late")
        .then(pl.lit("last_stages"))
        .when("easy")
        .then(pl.lit("easy_to_fill"))
        .otherwise(pl.lit("usual"))
    )
    levels = {"signal": HIGH, "last_stages": HIGH, "easy_to_fill": LOW, "usual": NORMAL}
    ranked = judged.with_columns(criterion=criterion).with_columns(
        priority=pl.col("criterion").replace_strict(levels, return_dtype=pl.Int64)
    )
    return ranked.sort("priority", pl.col("criterion") != "signal", "reached_at", "case_id").select(
        "playbook", "case_id", "client_id", "subject", "position", "stage", "priority", "criterion", "reached_at"
    )


def _easy(states: pl.DataFrame) -> pl.DataFrame:
    """The positions that are filled easily: their rate of wins, at its lowest, above that of the playbook."""
    decided = states.filter(pl.col("outcome_kind").is_not_null() & pl.col("position").is_not_null())
    won = (pl.col("outcome_kind") == "won").sum().alias("won")
    own = decided.group_by("playbook", "position").agg(won, decided=pl.len())
    whole = with_rate(decided.group_by("playbook").agg(won, decided=pl.len()), "won", "decided", "usual")
    rated = with_rate(own, "won", "decided").join(whole.select("playbook", "usual"), on="playbook")
    easy = ~too_few(pl.col("decided")) & (pl.col("ci_low") > pl.col("usual"))
    return rated.filter(easy).select("playbook", "position", easy=pl.lit(True))


def capacity(log: EventLog, due: DueFrame, minutes: Mapping[str, float] | None = None) -> pl.DataFrame:
    """The follow-up work of the coming days packed into each person's weekly allowance: one row per due action, in
    order.

    `due` holds the due actions of the same as-of; those overdue, due today or due soon are packed. An action takes the
    minutes that `minutes` names for its rule, else the median logged for the activities that fulfil it, else one slot.
    Taken in order of priority and due, an action that no longer fits is passed over, so that a shorter one may still
    find room.

    Columns: `owner` (null: unassigned, which nobody has time for), `priority` (of the case, see `priorities`; 2 where
    it has none), `playbook`, `rule_id`, `case_id`, `client_id`, `due_at`, `status`, `minutes`, `used` (minutes taken so
    far, this one included if it fits), `allowance` (minutes a week: two slots of 30, Z-22), `fits`.
    """
    ranks = priorities(log).select("case_id", "priority")
    pressing = due.lazy().filter(pl.col("status").is_in(("overdue", "due_today", "due_soon"))).collect()
    work = pressing.join(ranks, on="case_id", how="left").with_columns(pl.col("priority").fill_null(NORMAL))
    costed = work.join(costs(log, minutes or {}), on=["playbook", "rule_id"], how="left")
    ordered = costed.sort("owner", "priority", "due_at", "playbook", "rule_id", "case_id", nulls_last=True)
    allowance, packed, used = allowance_of(log.playbooks), [], dict[str | None, float]()
    for owner, cost in ordered.select("owner", "minutes").iter_rows():
        fits = owner is not None and used.get(owner, 0.0) + cost <= allowance
        used[owner] = used.get(owner, 0.0) + (cost if fits else 0.0)
        packed.append((used[owner], fits))
    schema = {"used": pl.Float64, "fits": pl.Boolean}
    return ordered.hstack(pl.DataFrame(packed, schema=schema, orient="row")).select(
        "owner", "priority", "playbook", "rule_id", "case_id", "client_id", "due_at", "status", "minutes", "used",
        pl.lit(allowance).alias("allowance"), "fits",
    )  # fmt: skip


def costs(log: EventLog, minutes: Mapping[str, float]) -> pl.DataFrame:
    """The minutes that one action of each rule takes."""
    logged = dict(_worked(log).group_by("activity").agg(pl.col("minutes").median()).iter_rows())
    slot = _benchmark(log.playbooks, *SLOT_MINUTES)
    rows = [
        (book.id, rule.id, minutes.get(rule.id, next((logged[one] for one in rule.until if one in logged), slot)))
        for book in log.playbooks
        for rule in book.rules
    ]
    return pl.DataFrame(rows, schema={"playbook": pl.String, "rule_id": pl.String, "minutes": pl.Float64}, orient="row")


# --- thanks in numbers -----------------------------------------------------------------------------------


def contributions(log: EventLog, due: DueFrame) -> pl.DataFrame:
    """What each person contributed, in numbers to thank them with: one row per person, in order of name.

    Columns: `person`, `done` (events with this person as `resource`; a cell may name several), `cases` (they took part
    in), `won` (of these), `kept` (due actions answered for and fulfilled), `on_time` (of these, not after due), `rate`
    (on time of all answered for and settled), `ci_low`, `ci_high` (95 % Wilson), `hours` (logged), `too_few`. `due`
    holds the due actions of the same as-of (Z-42, Z-43).
    """
    parts = (_done(log), _kept(due), _hours(log))
    people = pl.concat([part.select("person") for part in parts]).unique().sort("person")
    for part in parts:
        people = people.join(part, on="person", how="left", maintain_order="left")
    counts = ("done", "cases", "won", "kept", "on_time", "settled")
    whole = people.with_columns(pl.col(counts).fill_null(0).cast(pl.Int64), pl.col("hours").fill_null(0.0))
    rated = with_rate(whole, "on_time", "settled").with_columns(too_few=too_few(pl.col("settled")))
    return rated.select("person", *counts[:5], "rate", "ci_low", "ci_high", "hours", "too_few")


def _done(log: EventLog) -> pl.DataFrame:
    won = case_states(log).with_columns(log.cases["case_no"]).filter(pl.col("outcome_kind") == "won").select("case_no")
    names = pl.col("resource").str.replace_all("[;；、,，]", ";").str.split(";")
    return (
        log.events.filter(~pl.col("derived") & pl.col("resource").is_not_null())
        .select("case_no", person=names)
        .explode("person")
        .with_columns(pl.col("person").str.strip_chars())
        .filter(pl.col("person") != "")
        .join(won.lazy().with_columns(won=True), on="case_no", how="left")
        .group_by("person")
        .agg(
            done=pl.len(),
            cases=pl.col("case_no").n_unique(),
            won=pl.col("case_no").filter(pl.col("won")).n_unique(),
        )
        .collect()
    )


def _kept(due: DueFrame) -> pl.DataFrame:
    status = pl.col("status")
    late = ["met_late", "lapsed", "closed_late", "overdue"]
    return (
        due.lazy()
        .filter(pl.col("owner").is_not_null())
        .group_by(person="owner")
        .agg(
            kept=status.is_in(["met", "met_late"]).sum(),
            on_time=(status == "met").sum(),
            settled=status.is_in(["met", *late]).sum(),
        )
        .collect()
    )


def _hours(log: EventLog) -> pl.DataFrame:
    return _worked(log).group_by("person").agg(hours=pl.col("minutes").sum() / 60)


@dataclass(frozen=True)
class Cycles(Subject[Frame]):
    """Whether the effort pays, cycle by cycle of `months`, as known at one moment."""

    @property
    def rates(self) -> Frame:
        """Pass and acceptance rates: one row per stage, measure and cycle (columns: `cycle_rates`)."""
        return self.out(cycle_rates(self.log, self.months))

    @property
    def trends(self) -> Frame:
        """Whether rates move over the cycles: one row per stage and measure (columns: `trends`)."""
        return self.out(trends(self.log, self.months))

    @property
    def surveys(self) -> Frame:
        """What was answered: one row per kind, question and cycle (columns: `surveys`)."""
        return self.out(surveys(self.log, self.months))

    @property
    def workload(self) -> Frame:
        """Hours logged: one row per cycle, person and activity (columns: `aftercare_time`)."""
        return self.out(aftercare_time(self.log, self.months))

    @property
    def weeks(self) -> Frame:
        """How full each week was: one row per person and week (columns: `workload_weeks`)."""
        return self.out(workload_weeks(self.log))

    @property
    def priorities(self) -> Frame:
        """Whom to follow up first: one row per open case (columns: `priorities`)."""
        return self.out(priorities(self.log))

    @property
    def contributions(self) -> Frame:
        """What each person contributed: one row per person (columns: `contributions`)."""
        return self.out(contributions(self.log, self.judged.every))

    def effects(self, changed_on: date) -> Frame:
        """What a change in aftercare did: one row per stage and measure (columns: `change_effects`)."""
        return self.out(change_effects(self.log, changed_on))

    def capacity(self, minutes: Mapping[str, float] | None = None) -> Frame:
        """The coming week's work packed into what each person can carry: one row per due action (`capacity`)."""
        return self.out(capacity(self.log, self.judged.open, minutes))
