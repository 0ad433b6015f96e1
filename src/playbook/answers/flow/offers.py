"""What became of the offers: each offer by itself, from the activities that the rule book names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from playbook.answers.exact import binomial_p
from playbook.answers.flow.funnel import columns_of, groups_of
from playbook.answers.statistics import apart, too_few, wilson_interval, with_rate
from playbook.answers.subject import By
from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook, Stage

OFFER_DECLINES = "offer-decline-rate"
"""The benchmark against which declined offers are held (Z-03)."""

MADE, ACCEPTED = "offer_made", ("offer_accepted", "joined")
FATES = ("accepted", "declined", "withdrawn", "unknown", "open", "contradictory")
_STAGE = "offer"
_ENDED = {"won": "accepted", "declined": "declined", "rejected": "withdrawn", "lapsed": "withdrawn",
          "unknown": "unknown"}  # fmt: skip


def stage_of_offers(book: Playbook) -> Stage | None:
    """The stage that an offer enters: where `offer_made` is an activity of the book, else the one called `offer`."""
    entered = [stage for stage in book.stages if MADE in stage.entered_by]
    return next(iter([*entered, *(stage for stage in book.stages if stage.id == _STAGE)]), None)


def _spoken(book: Playbook) -> Iterator[tuple[str, str, str]]:
    """What the activities of a book say of an offer: playbook, activity, `made` or what becomes of it."""
    stage = stage_of_offers(book)
    if stage is None:
        return
    ends = [outcome for outcome in book.outcomes if not outcome.when]
    said = {activity: _ENDED[outcome.kind] for outcome in ends for activity in outcome.by}
    after = book.stages[book.stages.index(stage) + 1 :][:1]
    said |= {one: "accepted" for later in after for one in later.entered_by}
    said |= {one.id: "accepted" for one in book.activities if one.id in ACCEPTED}
    said |= dict.fromkeys([MADE] if MADE in stage.entered_by else stage.entered_by, "made")
    yield from ((book.id, activity, what) for activity, what in said.items())


def offer_fates(log: EventLog) -> pl.DataFrame:
    """Every offer and what became of it: one row per offer, by case and time.

    Columns: `playbook`, `case_no`, `made_at` (null: an acceptance of which no offer is known), `fate` (of `FATES`) and
    `ended_at`. The first that follows an offer decides: an acceptance, a decline, the end of the case by another hand.
    `contradictory` is an offer that another followed while it stood, one that was accepted before it was made, and an
    acceptance without any: in no figure are they accepted or open.
    """
    spoken = pl.LazyFrame(
        [one for book in log.playbooks for one in _spoken(book)],
        schema={"playbook": pl.String, "activity": pl.String, "said": pl.String}, orient="row",
    )  # fmt: skip
    made, said = pl.col("said") == "made", pl.col("said")
    told = (
        log.events.select("case_no", pl.col("activity").cast(pl.String), "timestamp", early=log.early, late=log.late)
        .join(log.cases.lazy().select("case_no", pl.col("playbook").cast(pl.String)), on="case_no")
        .join(spoken, on=["playbook", "activity"])
        .sort("case_no", pl.when(made).then("early").otherwise("late"), ~made)
    )
    earlier = made.cum_sum().over("case_no") - made.cast(pl.UInt32)
    alone = (said == "accepted") & (earlier == 0)
    fate = (
        pl.when(alone).then(pl.lit("contradictory"))
        .when(pl.col("next") == "made").then(pl.lit("contradictory"))
        .when(pl.col("next").is_null() & alone.any().over("case_no")).then(pl.lit("contradictory"))
        .otherwise(pl.col("next").fill_null("open"))
    )  # fmt: skip
    first_alone = alone & (alone.cum_sum().over("case_no") == 1)
    return (
        told.with_columns(next=said.shift(-1).over("case_no"), next_at=pl.col("timestamp").shift(-1).over("case_no"))
        .with_columns(fate=fate, _kept=made | first_alone)
        .filter("_kept")
        .select(
            "playbook", "case_no", pl.when(made).then("timestamp").alias("made_at"), "fate",
            ended_at=pl.when(pl.col("fate").is_in(["accepted", "declined", "withdrawn", "unknown"])).then("next_at"),
        )
        .collect()
    )  # fmt: skip


def offers(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """What became of the offers, held against the benchmark: one row per playbook that makes offers, and group.

    Columns: `playbook`, those of `by`, `offers` = `accepted` + `declined` + `withdrawn` (by the client, or lapsed) +
    `unknown` (over, and nobody knows by whom) + `open`, `cases` (with such an offer), `contradictory` (offers and
    acceptances that another record contradicts, in no other column: see `offer_fates`), `decline_rate` (declined of
    those the candidate decided), `ci_low`, `ci_high` (95 % Wilson), `benchmark` (0.11 in the built-in playbooks: Z-03),
    `p_value` (exact binomial test against it), `verdict`: `too_few`, `above`, `below` or `no_difference` (at 5 %);
    p-value and verdict are null without a benchmark.
    """
    names = [name for name in columns_of(by) if name != "playbook"]
    fates, groups = offer_fates(log), groups_of(log, names, months)
    grouped = fates.with_columns(groups[name].gather(fates["case_no"]) for name in names)
    fate, head = pl.col("fate"), ["playbook", *names]
    counts = {name: (fate == name).sum().cast(pl.Int64) for name in FATES}
    sound = fate != "contradictory"
    counted = grouped.group_by(head).agg(
        offers=sound.sum().cast(pl.Int64), cases=pl.col("case_no").filter(sound).n_unique().cast(pl.Int64), **counts
    )
    decided = counted.with_columns(decided=pl.col("accepted") + pl.col("declined")).sort(head, nulls_last=True)
    rated = with_rate(decided, "declined", "decided", "decline_rate")
    value = benchmark_of(log.playbooks, OFFER_DECLINES)
    tested = [_against(row["declined"], row["decided"], value) for row in rated.iter_rows(named=True)]
    verdicts = pl.DataFrame(tested, schema={"p_value": pl.Float64, "verdict": pl.String}, orient="row")
    return rated.drop("decided").with_columns(benchmark=pl.lit(value, pl.Float64)).hstack(verdicts)


def benchmark_of(playbooks: Iterable[Playbook], id: str) -> float | None:
    """The value of a benchmark, of the first playbook that gives it."""
    return next((one.value for book in playbooks for one in book.benchmarks if one.id == id), None)


def _against(declined: int, decided: int, benchmark: float | None) -> tuple[float | None, str | None]:
    if benchmark is None:
        return None, None
    if too_few(decided):
        return None, "too_few"
    p_value = binomial_p(declined, decided, benchmark)
    if p_value >= 0.05 or not apart(*wilson_interval(declined, decided), at=benchmark):
        return p_value, "no_difference"
    return p_value, "above" if declined / decided > benchmark else "below"
