"""Whether people stayed: every placement's employment as far as it is known, curves of it, counts within six months.

Three states are kept apart, because a person nobody has heard of is not a person who stayed: `stayed`, `left` (every
leaving but a dismissal: of one's own will, by agreement, urged to) and `unknown`. Dismissals (解雇) are a fourth, never
mixed with the leavers. These are our own figures; those that a licensed employment agency files are `statutory`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import polars as pl

from playbook.answers.flow.funnel import columns_of
from playbook.answers.statistics import cumulative_incidence, kaplan_meier, numbers_at_risk, too_few, with_rate
from playbook.answers.subject import By
from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean

JOINED, LEFT, DISMISSED, CLOSED = "joined", "left", "dismissed", "followup_closed"
REFUSED = ("offer_declined", "offer_cancelled")

WITH_BOTH = (
    "followup_started", "executive_talk_held", "site_talk_held", "site_visit_held", "action_plan_agreed",
    "mission_shared", "goals_agreed", "contact_routes_agreed", "joined", "six_month_review_held", "change_shared",
    "concern_resolved",
)  # fmt: skip
WITH_COMPANY = (
    "site_visit_arranged", "expectations_shared", "followup_team_formed", "company_channel_set_up",
    "company_review_held", "issue_assessed", "next_issue_proposed", "followup_closed",
)  # fmt: skip
WITH_HIRE = ("offer_accepted", "hire_channel_set_up", "hire_review_held")
"""Activities that are a contact with both sides, with the company alone, with the hire alone."""

QUIET = "3mo"
"""Without a contact for longer than this, nothing is known any more (ours: the longest gap between the planned reviews,
from month 3 to month 6)."""

STATES = ("offered", "not_joined", "stayed", "unknown", "left", "dismissed")
AT_SIX_MONTHS = ("stayed", "left", "dismissed", "unknown", "not_yet")

_BEFORE_APRIL = 3


def is_placement(book: Playbook) -> bool:
    """Whether the cases of a playbook are placements: it knows a joining date, joining, leaving and dismissal."""
    return "joins_on" in book.date_ids and knows_joining(book)


def knows_joining(book: Playbook) -> bool:
    """Whether a playbook knows who joined and who left again, as the recruiters' books do as well."""
    return {JOINED, LEFT, DISMISSED} <= {activity.id for activity in book.activities}


def placement_cases(log: EventLog) -> pl.DataFrame:
    """The cases that are placements: one row per existing case, with `joins_on`."""
    return _cases_of(log, is_placement)


def hires(log: EventLog) -> pl.DataFrame:
    """The cases of every book that knows a joining: one row per existing case, with `joins_on`."""
    return _cases_of(log, knows_joining)


def _cases_of(log: EventLog, kind: Callable[[Playbook], bool]) -> pl.DataFrame:
    books = [book.id for book in log.playbooks if kind(book)]
    cases = log.cases.filter(pl.col("playbook").is_in(books))
    return cases if "joins_on" in cases.columns else cases.with_columns(joins_on=pl.lit(None, pl.Date))


def known_voices(log: EventLog) -> pl.DataFrame:
    """What both sides of placements had said by the as-of: one row per voice, in order of the day it was heard."""
    mine = log.tables.voices.join(placement_cases(log).select("case_id"), on="case_id", how="semi")
    return mine.filter(pl.col("held_on") <= log.as_of.day).sort("held_on", "case_id", "side", "row")


def contacts(log: EventLog) -> pl.DataFrame:
    """Every contact with a side of a placement: one row per case, side and day: `case_id, side, day`.

    `side` is `company` or `hire`; events (see `WITH_BOTH` and its neighbours) and voices count.
    """
    events = _of_day(log, placement_cases(log)).select("case_id", "activity", "day")
    with_company = events.filter(pl.col("activity").is_in([*WITH_BOTH, *WITH_COMPANY]))
    with_hire = events.filter(pl.col("activity").is_in([*WITH_BOTH, *WITH_HIRE]))
    said = known_voices(log).lazy().select("case_id", "side", day="held_on")
    parts = [
        with_company.select("case_id", pl.lit("company").alias("side"), "day"),
        with_hire.select("case_id", pl.lit("hire").alias("side"), "day"),
        said,
    ]
    return pl.concat(parts).unique().sort("case_id", "side", "day").collect()


def _of_day(log: EventLog, cases: pl.DataFrame) -> pl.LazyFrame:
    """What really happened in placements, with its local `day`."""
    mine = cases.lazy().select("case_no")
    events = log.events.filter(~pl.col("derived")).join(mine, on="case_no", how="semi")
    return events.with_columns(pl.col("activity").cast(pl.String), day=pl.col("timestamp").dt.date())


def employment(log: EventLog, *, every_book: bool = False) -> pl.DataFrame:
    """How every placement stands: one row per placement, in order of `case_id`; of `every_book`: of all `hires`.

    Columns: `playbook, case_id, client_id`; `status` (one of `STATES`); `joins_on` (the planned day), `joined_on`,
    `ended_on` (left or dismissed), `closed_on` (follow-up completed), `seen_on` (last sign that the hire was there),
    `seen_until` (to this day it is known that the hire was there: the end of its stay, or where it is cut off), `days`
    (from joining to `seen_until`), `six_months_on` (see `last_day_of_months`), `at_six_months` (one of `AT_SIX_MONTHS`;
    null without a joining).

    Who left before joining is contradictory, and `unknown`, whatever was said of the hire since (see
    ``contradictions``). A hire of whom neither side has said anything for three months (ours) is `unknown`. At six
    months, a hire is known to have stayed only by a sign of the person after `six_months_on`: a contact with the hire,
    or a later leaving. What was talked over with the company alone, and a review that was held before, are no such
    sign.
    """
    today = pl.lit(log.as_of.day)
    mine = hires(log) if every_book else placement_cases(log)
    marks = mine.lazy().select("playbook", "case_id", "client_id", "joins_on").join(
        _lived(log, mine), on="case_id", how="left"
    )  # fmt: skip
    of_hire = pl.col("day").filter(pl.col("side") == "hire")
    seen = contacts(log).lazy().group_by("case_id").agg(seen_on=pl.col("day").max(), _met_on=of_hire.max())
    stood = (
        marks.join(seen, on="case_id", how="left")
        .with_columns(seen_on=pl.when(pl.col("seen_on") >= pl.col("joined_on")).then("seen_on"))
        .with_columns(status=_status(today))
        .with_columns(seen_until=_seen_until(today), six_months_on=last_day_of_months(pl.col("joined_on"), 6))
        .with_columns(
            days=(pl.col("seen_until") - pl.col("joined_on")).dt.total_days(), at_six_months=_at_six_months(today)
        )
    )
    return stood.select(
        "playbook", "case_id", "client_id", "status", "joins_on", "joined_on", "ended_on", "closed_on", "seen_on",
        "seen_until", "days", "six_months_on", "at_six_months",
    ).sort("case_id").collect()  # fmt: skip


def _lived(log: EventLog, cases: pl.DataFrame) -> pl.LazyFrame:
    """One row per placement with events: its joining, the last way it ended unless it was joined again later."""
    activity, at = pl.col("activity"), pl.col("timestamp")
    ended = activity.is_in([LEFT, DISMISSED])
    return (
        _of_day(log, cases)
        .sort("timestamp", "activity")
        .group_by("case_id", maintain_order=True)
        .agg(
            joined_on=pl.col("day").filter(activity == JOINED).first(),
            _again=at.filter(activity == JOINED).last(),
            ended_on=pl.col("day").filter(ended).last(),
            _way=activity.filter(ended).last(),
            _ended_at=at.filter(ended).last(),
            closed_on=pl.col("day").filter(activity == CLOSED).last(),
            _refused=activity.is_in(list(REFUSED)).any(),
            _first_end=pl.col("day").filter(ended).first(),
        )
        .with_columns(_impossible=(pl.col("_first_end") < pl.col("joined_on")).fill_null(False))
        .with_columns(_stands=(pl.col("_ended_at") >= pl.col("_again")).fill_null(False))
        .with_columns(pl.when("_stands").then(pl.col("ended_on", "_way")))
    )


def last_day_of_months(first: pl.Expr, months: int) -> pl.Expr:
    """The last day of so many months of which `first` is the first day: from 1 April, six end on 30 September.

    The first day counts, as employment begins at its 00:00; where the last month lacks the day, they end with that
    month (Civil Code, art. 140 proviso and art. 143(2); that the yearly figures count so is our reading of them).
    """
    then = first.dt.offset_by(f"{months}mo")
    return pl.when(then.dt.day() == first.dt.day()).then(then.dt.offset_by("-1d")).otherwise(then)


def _status(today: pl.Expr) -> pl.Expr:
    quiet = pl.col("seen_on").dt.offset_by(QUIET) < today
    before = pl.when(pl.col("_refused")).then(pl.lit("not_joined")).otherwise(pl.lit("offered"))
    there = (
        pl.when(pl.col("closed_on").is_null() & quiet.fill_null(True))
        .then(pl.lit("unknown"))
        .otherwise(pl.lit("stayed"))
    )
    return (
        pl.when(pl.col("joined_on").is_null()).then(before)
        .when(pl.col("_impossible")).then(pl.lit("unknown"))
        .when(pl.col("_way").is_not_null()).then("_way")
        .otherwise(there)
    )  # fmt: skip


def _seen_until(today: pl.Expr) -> pl.Expr:
    """To what day the stay is known: what nobody has seen is not counted as stayed."""
    last_seen = pl.max_horizontal("seen_on", "closed_on")
    still = pl.col("status") == "stayed"
    return (
        pl.when(pl.col("_impossible")).then("joined_on")
        .when(pl.col("ended_on").is_not_null()).then("ended_on")
        .when(still & pl.col("closed_on").is_null()).then(today)
        .when(pl.col("joined_on").is_not_null()).then(last_seen)
    )  # fmt: skip


def _at_six_months(today: pl.Expr) -> pl.Expr:
    mark = pl.col("six_months_on")
    seen = pl.max_horizontal("ended_on", "_met_on") > mark
    return (
        pl.when(mark.is_null()).then(None)
        .when(pl.col("_impossible")).then(pl.lit("unknown"))
        .when(pl.col("ended_on") <= mark).then("status")
        .when(mark >= today).then(pl.lit("not_yet"))
        .when(seen).then(pl.lit("stayed"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip


# ---- curves and counts ----


def retention(log: EventLog, by: By = (), cases: Collection[str] | None = None) -> pl.DataFrame:
    """The share of hires still there by the day since joining: one row per group and distinct day, from day 0.

    Columns: `group` (the values of `by` together; `all` without), `days`, `at_risk` (still there just before), `left`
    (not dismissed), `censored` (last seen there, or dismissed), `survival`, `ci_low`, `ci_high` (95 %), `too_few`.

    `by` names columns of the cases or their clients (`segment`, `route`); `cases` keeps some. Who is unknown counts up
    to the last sign; who was dismissed up to that day. Raises ArgumentError for an unknown column.
    Source: Kaplan and Meier, JASA 53 (1958), 457-481.
    """
    parts = [
        kaplan_meier(one["days"], one["status"] == LEFT).with_columns(group=pl.lit(group), too_few=too_few(one.height))
        for group, one in _grouped(log, by, cases)
    ]
    named = [part.select("group", pl.exclude("group")) for part in parts]
    return pl.concat(named) if named else pl.DataFrame(schema=_CURVE)


def ways_out(log: EventLog, by: By = (), cases: Collection[str] | None = None) -> pl.DataFrame:
    """How leaving and dismissal add up over time: one row per group, `kind` (`left`, `dismissed`) and distinct day.

    Columns: `group`, `kind`, `days`, `at_risk`, `left` (by this way), `incidence`, `ci_low`, `ci_high` (95 %).
    Source: Aalen and Johansen, Scand. J. Statist. 5 (1978), 141-150.
    """
    parts = [
        cumulative_incidence(
            one["days"], one.select(pl.when(pl.col("status").is_in([LEFT, DISMISSED])).then("status"))["status"]
        ).select(pl.lit(group).alias("group"), pl.col("cause").alias("kind"), pl.exclude("cause"))
        for group, one in _grouped(log, by, cases)
    ]
    filled = [part for part in parts if part.height]
    return pl.concat(filled) if filled else pl.DataFrame(schema=_INCIDENCE)


def at_risk(log: EventLog, days: Sequence[float], by: By = (), cases: Collection[str] | None = None) -> pl.DataFrame:
    """How many hires are still watched just before each of some days: one row per group and day."""
    rows = [
        (group, float(day), n)
        for group, one in _grouped(log, by, cases)
        for day, n in zip(days, numbers_at_risk(one["days"], days), strict=True)
    ]
    return pl.DataFrame(rows, schema={"group": pl.String, "days": pl.Float64, "at_risk": pl.Int64}, orient="row")


def within_six_months(log: EventLog, by: By = (), cases: Collection[str] | None = None) -> pl.DataFrame:
    """What had become of the hires six months after joining: one row per fiscal year of joining (and value of `by`).

    Columns: those of `by`; `fiscal_year` (April to March); `joined` (hires); of these `left` (within six months, not
    dismissed), `dismissed`, `stayed`, `unknown` (six months over, nobody said so), `not_yet` (six months not over);
    then `rate` (stayed of stayed and left) with `ci_low`, `ci_high` (95 %, Wilson) and `too_few`.

    Our own figure: everybody who joined counts, whatever the term, and who is unknown is in no rate. What an agency
    files by law is another one (`statutory.site`).
    """
    names = _names(by)
    year = pl.col("joined_on").dt.year() - (pl.col("joined_on").dt.month() <= _BEFORE_APRIL).cast(pl.Int32)
    state = pl.col("at_six_months")
    counted = (
        _with_groups(log, names, cases)
        .with_columns(fiscal_year=year)
        .group_by(*names, "fiscal_year")
        .agg(joined=pl.len(), **{name: (state == name).sum() for name in ("left", "dismissed", "stayed", "unknown",
                                                                         "not_yet")})
        .sort(*names, "fiscal_year", nulls_last=True)
        .with_columns(_decided=pl.col("stayed") + pl.col("left"))
    )  # fmt: skip
    rated = with_rate(counted, "stayed", "_decided")
    return rated.with_columns(too_few=too_few(pl.col("_decided"))).drop("_decided")


_CURVE = {
    "group": pl.String, "days": pl.Float64, "at_risk": pl.Int64, "left": pl.Int64, "censored": pl.Int64,
    "survival": pl.Float64, "ci_low": pl.Float64, "ci_high": pl.Float64, "too_few": pl.Boolean,
}  # fmt: skip
_INCIDENCE = {
    "group": pl.String, "kind": pl.String, "days": pl.Float64, "at_risk": pl.Int64, "left": pl.Int64,
    "incidence": pl.Float64, "ci_low": pl.Float64, "ci_high": pl.Float64,
}  # fmt: skip


def _grouped(log: EventLog, by: By, cases: Collection[str] | None) -> list[tuple[str, pl.DataFrame]]:
    """The hires who joined, by group, in order of the groups' names."""
    names = _names(by)
    joined = _with_groups(log, names, cases)
    called = pl.concat_str(pl.col(names).cast(pl.String).fill_null("—"), separator=" / ") if names else pl.lit("all")
    parts = joined.with_columns(group=called).sort("group").partition_by("group", as_dict=True, maintain_order=True)
    return [(str(key[0]), one) for key, one in parts.items()]


def _names(by: By) -> list[str]:
    return [name for name in columns_of(by) if name]


def _with_groups(log: EventLog, names: Sequence[str], cases: Collection[str] | None) -> pl.DataFrame:
    """One row per hire who joined, with the columns of its case and client that are asked for."""
    joined = employment(log, every_book=True).filter(pl.col("joined_on").is_not_null())
    if cases is not None:
        joined = joined.filter(pl.col("case_id").is_in(list(cases)))
    for name in names:
        if name not in joined.columns:
            joined = joined.join(_column(log, name), on="case_id", how="left", maintain_order="left")
    return joined


def _column(log: EventLog, name: str) -> pl.DataFrame:
    own = hires(log)
    if name in own.columns:
        return own.select("case_id", name)
    clients = log.tables.clients
    if name in clients.columns:
        return own.select("case_id", "client_id").join(clients, on="client_id", how="left").select("case_id", name)
    known = [*own.columns, *clients.columns]
    raise ArgumentError(
        Problem("by", msg("there is no column '{name}'", name=name), ", ".join(known), did_you_mean(name, known))
    )
