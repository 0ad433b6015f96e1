"""Why and when candidates decline, what came before it, and what became of the signs of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import polars as pl

from playbook.answers.flow.funnel import (
    DAY,
    case_owners,
    case_states,
    columns_of,
    day_of,
    groups_of,
)
from playbook.answers.flow.offers import benchmark_of, offers
from playbook.answers.statistics import (
    Comparison,
    apart,
    compare,
    holm,
    too_few,
    with_rate,
)
from playbook.answers.subject import By, DueFrame, Frame, Subject
from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook

KINDS = ("declined", "lapsed")
"""Told apart everywhere: a candidate who declines, and a case that nobody closed before the clock did."""

UNKNOWN = "unknown"
"""The kind of an end of which only that it came is known: it may have been a decline, so no rate of declines counts
it."""

MOMENTS = ("before_set", "before_held", "after_held")
"""Of the next interview: no date yet; a date, not held yet; held, and nothing arranged since."""

_MARKS = {"_invited": "before_set", "_scheduled": "before_held", "_held": "after_held"}
_SEPARATORS = r"[;；、,，]"
_REASONS = ("reason", "reason_2", "reason_3")

CONTACT_GAP = ("contact-gap-days", 3)
"""The benchmark that says how many days without contact are a gap, and its value where no playbook gives one
(C-20)."""

SIGNAL = "decline_signal_received"

# What reaches the candidate or comes from them, by the last word of an activity: the rest is work inside the house.
_CONTACTS = (
    "accepted", "announced", "answered", "applied", "asked", "called", "connected", "contacted", "deferred", "held",
    "inquired", "invited", "made", "offered", "received", "recontacted", "replied", "returned_to_selection",
    "scheduled", "sent",
)  # fmt: skip

LATE = ("met_late", "overdue", "lapsed", "closed_late")


# --- one row per case that was lost ----------------------------------------------------------------------


def decline_cases(log: EventLog) -> pl.DataFrame:
    """Every case that its candidate declined, or that lapsed: one row per case, in order of `case_id`.

    Columns: `playbook`, `case_id`, `client_id`, `kind` (`declined`, `lapsed`), `outcome`, `stage` (the
    furthest), `ended_at`, `moment` (see `MOMENTS`), `owner` (see `funnel.case_owners`), `reasons` (list of
    codes), then the contact before it: `last_contact_at`, `gap_days` (local days from there to the end),
    `longest_gap_days` (between any two contacts up to the end), `slow` (that was 3 days or more: C-20; null
    without any contact).
    """
    states = case_states(log).with_columns(case_owners(log)).rename({"outcome_kind": "kind", "outcome_at": "ended_at"})
    ended = states.filter(pl.col("kind").is_in(KINDS))
    before = log.events.join(ended.lazy().select("case_no", "playbook", "outcome", "ended_at"), on="case_no")
    parts = pl.collect_all([_reasons(log, before), _moments(before), _gaps(log, before, ended.lazy())])
    for part in parts:
        ended = ended.join(part, on="case_no", how="left", maintain_order="left")
    slow = pl.col("longest_gap_days") >= _gap_limit(log.playbooks)
    return ended.with_columns(
        slow=slow, moment=pl.col("moment").fill_null(MOMENTS[0]), reasons=pl.col("reasons").fill_null([])
    ).select(
        *(
            "playbook",
            "case_id",
            "client_id",
            "kind",
            "outcome",
            "stage",
            "ended_at",
            "moment",
            "owner",
            "reasons",
        ),
        *("last_contact_at", "gap_days", "longest_gap_days", "slow"),
    )


def _reasons(log: EventLog, before: pl.LazyFrame) -> pl.LazyFrame:
    """The classes named on the event that ended the case: several in one cell, or in up to three columns."""
    by = pl.LazyFrame(
        [(b.id, o.id, activity) for b in log.playbooks for o in b.outcomes for activity in o.by],
        schema={"playbook": pl.String, "outcome": pl.String, "activity": pl.String},
        orient="row",
    )
    final = before.filter(pl.col("timestamp") == pl.col("ended_at")).join(by, on=["playbook", "outcome", "activity"])
    cells = [name for name in _REASONS if name in final.collect_schema()]
    written = pl.concat_str(pl.col(cells).cast(pl.String), separator=";", ignore_nulls=True)
    classes = written.str.replace_all(_SEPARATORS, ";").str.split(";")
    return (
        final.select("case_no", reason=classes)
        .explode("reason")
        .select("case_no", pl.col("reason").str.strip_chars())
        .filter(pl.col("reason") != "")
        .group_by("case_no")
        .agg(reasons=pl.col("reason").unique().sort())
    )


def _moments(before: pl.LazyFrame) -> pl.LazyFrame:
    """How far the next interview had come when the case ended: the last mark before, by the word its activity
    ends in."""
    activity = pl.col("activity").cast(pl.String)
    word = activity.str.extract("(" + "|".join(_MARKS) + ")$")
    mark = word.replace_strict(list(_MARKS), list(_MARKS.values()), default=None, return_dtype=pl.Enum(MOMENTS))
    marked = before.filter(pl.col("timestamp") <= pl.col("ended_at")).with_columns(moment=mark)
    last = pl.col("moment").sort_by("timestamp", "moment").last().cast(pl.String)
    return marked.filter(pl.col("moment").is_not_null()).group_by("case_no").agg(last)


def is_contact() -> pl.Expr:
    """Whether an event was in touch with the candidate: it names a channel, or its activity says so."""
    activity = pl.col("activity").cast(pl.String)
    said = activity.str.contains(f"(^|_)({'|'.join(_CONTACTS)})$") & ~activity.str.starts_with("internal_")
    return ~pl.col("derived") & (said | pl.col("channel").is_not_null())


def _gaps(log: EventLog, before: pl.LazyFrame, ended: pl.LazyFrame) -> pl.LazyFrame:
    contacts = before.filter(is_contact() & (pl.col("timestamp") < pl.col("ended_at"))).select(
        "case_no", at="timestamp"
    )
    touched = contacts.group_by("case_no").agg(last_contact_at=pl.col("at").max())
    ends = ended.select("case_no", at="ended_at").join(touched, on="case_no", how="semi")
    days = pl.concat([contacts, ends]).sort("case_no", "at").select("case_no", day=day_of("at", log))
    gaps = days.with_columns(gap=pl.col("day").diff().over("case_no").dt.total_days())
    return touched.join(
        gaps.group_by("case_no", maintain_order=True).agg(
            gap_days=pl.col("gap").last(), longest_gap_days=pl.col("gap").max()
        ),
        on="case_no",
    )


def _gap_limit(playbooks: Iterable[Playbook]) -> float:
    benchmark, usual = CONTACT_GAP
    return benchmark_of(playbooks, benchmark) or usual


# --- counted ---------------------------------------------------------------------------------------------


def declines(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """Why cases were declined, and where: one row per playbook, group, stage, reason and kind, the commonest first.

    Columns: `playbook`, those of `by`, `stage` (the furthest reached), `reason` (null: none was given), `kind`
    (`declined`, or `lapsed` for those that the clock closed), `n` (cases), `share` (of all cases of this playbook and
    group that ended in this kind), `ci_low`, `ci_high` (95 % Wilson), `too_few`. A case that names several reasons
    counts for each of them, so shares may add up to more than 1. `by` names columns of `decline_cases` (`slow`,
    `moment`), of the cases, `owner` or `cycle` (see `funnel.groups_of`).
    """
    cases = _grouped(log, by, months).rename({"reasons": "reason"}).explode("reason", empty_as_null=True)
    return _shared(log, cases, _names(by), ["stage", "reason"])


def decline_reasons(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """Why cases were declined, all stages together: one row per playbook, group, reason and kind, the commonest first.

    Columns: `playbook`, those of `by`, `reason` (null: none was recorded), `kind`, `n`, `share`, `ci_low`, `ci_high`,
    `too_few`, as in `declines`.
    """
    cases = _grouped(log, by, months).rename({"reasons": "reason"}).explode("reason", empty_as_null=True)
    return _shared(log, cases, _names(by), ["reason"])


def decline_rates(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """How many of the decided cases their candidate declined: one row per playbook and group.

    Columns: `playbook`, those of `by`, `cases`, `decided` (ended, and it is known how), `declined`, `lapsed`,
    `unknown` (ended, and nobody knows by whom: declined or not, so in no rate), `rate` (declined of
    those decided), `ci_low`, `ci_high` (95 % Wilson; null when nothing is decided), `too_few`.
    """
    kind, head = pl.col("outcome_kind"), ["playbook", *_names(by)]
    groups = groups_of(log, head, months).with_columns(log.cases["case_id"])
    counted = (
        groups.join(case_states(log).select("case_id", "outcome_kind"), on="case_id")
        .group_by(head)
        .agg(
            cases=pl.len().cast(pl.Int64),
            decided=(kind != UNKNOWN).sum().cast(pl.Int64),
            declined=(kind == "declined").sum().cast(pl.Int64),
            lapsed=(kind == "lapsed").sum().cast(pl.Int64),
            unknown=(kind == UNKNOWN).sum().cast(pl.Int64),
        )
    )
    rated = with_rate(counted, "declined", "decided").with_columns(too_few=too_few(pl.col("decided")))
    return rated.sort(_place(log, "playbook"), *head[1:], nulls_last=True)


def decline_moments(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """When cases were declined: one row per playbook, group, moment (see `MOMENTS`) and kind, in order of the moments.

    Columns: `playbook`, those of `by`, `moment`, `kind`, `n`, `share`, `ci_low`, `ci_high`, `too_few`, as in
    `declines`.
    """
    return _shared(log, _grouped(log, by, months), _names(by), ["moment"])


def _names(by: By) -> list[str]:
    return [name for name in columns_of(by) if name != "playbook"]


def _grouped(log: EventLog, by: By, months: int) -> pl.DataFrame:
    """The cases of `decline_cases`, with whatever else they are to be grouped by."""
    cases = decline_cases(log)
    missing = [name for name in _names(by) if name not in cases.columns]
    if not missing:
        return cases
    groups = groups_of(log, missing, months).with_columns(log.cases["case_id"])
    return cases.join(groups.select("case_id", *missing), on="case_id", maintain_order="left")


def _shared(log: EventLog, cases: pl.DataFrame, by: Sequence[str], of: Sequence[str]) -> pl.DataFrame:
    """How many cases, and which share of all those of the same playbook and group that ended in the same kind."""
    group = ["playbook", *by, "kind"]
    number = pl.col("case_id").n_unique().cast(pl.Int64)
    counted = cases.group_by(*group, *of).agg(n=number)
    rated = with_rate(
        counted.join(cases.group_by(group).agg(whole=number), on=group, nulls_equal=True), "n", "whole", "share"
    )
    order = [_place(log, name) for name in ("playbook", *by, "kind", *(name for name in of if name in _PLACED))]
    rows = rated.with_columns(too_few=too_few(pl.col("whole"))).sort(*order, -pl.col("n"), *of, nulls_last=True)
    return rows.select("playbook", *by, *of, "kind", "n", "share", "ci_low", "ci_high", "too_few")


_PLACED = ("stage", "moment")


def _place(log: EventLog, name: str) -> pl.Expr:
    """Where a value stands in the order a reader expects."""
    match name:
        case "playbook":
            value, known = pl.col(name), [book.id for book in log.playbooks]
        case "stage":  # two playbooks may call their stages the same, in another order
            value = pl.concat_str("playbook", "stage", separator="\n")
            known = [f"{book.id}\n{stage.id}" for book in log.playbooks for stage in book.stages]
        case "kind" | "moment":
            value, known = pl.col(name), [*KINDS, *MOMENTS]
        case _:
            return pl.col(name)
    return value.replace_strict(known, list(range(len(known))), default=None, return_dtype=pl.Int64)


def contact_gaps(log: EventLog, by: By = (), months: int = 6) -> pl.DataFrame:
    """How many cases had been left without contact before they ended: one row per playbook, group and kind.

    Columns: `playbook`, those of `by`, `kind`, `cases` (with any contact), `slow` (a gap of 3 days or more between two
    contacts up to the end: C-20), `rate` (slow of these), `ci_low`, `ci_high` (95 % Wilson), `median_days` (of the
    longest gap of each), `too_few`.
    """
    head = ["playbook", *_names(by), "kind"]
    known = _grouped(log, by, months).filter(pl.col("slow").is_not_null())
    counted = known.group_by(head).agg(
        cases=pl.len().cast(pl.Int64),
        slow=pl.col("slow").sum().cast(pl.Int64),
        median_days=pl.col("longest_gap_days").median(),
    )
    rated = with_rate(counted, "slow", "cases").with_columns(too_few=too_few(pl.col("cases")))
    order = [_place(log, name) for name in head]
    return rated.sort(order, nulls_last=True).select(
        *head, "cases", "slow", "rate", "ci_low", "ci_high", "median_days", "too_few"
    )


# --- rules that were late --------------------------------------------------------------------------------


def late_before(log: EventLog, due: DueFrame, by: By = (), months: int = 6) -> pl.DataFrame:
    """Which rule was late before a case was declined: one row per playbook, group, rule and kind, the commonest first.

    `due` holds the due actions of the same as-of. Columns: `playbook`, those of `by`, `rule_id`, `kind`, `n` (cases in
    which an action of the rule had passed its due, unfulfilled, before the case ended), `share` (of all cases of this
    playbook, group and kind), `ci_low`, `ci_high`, `too_few`. What came first did not cause what came later: see
    `associations`.
    """
    cases = _grouped(log, by, months)
    late = _late(due).join(cases.lazy().select("case_id", "ended_at"), on="case_id")
    before = late.filter(pl.col("due_at") < pl.col("ended_at")).select("case_id", "rule_id").unique().collect()
    shared = _shared(log, cases.join(before, on="case_id", how="left"), _names(by), ["rule_id"])
    return shared.filter(pl.col("rule_id").is_not_null())


def _late(due: DueFrame) -> pl.LazyFrame:
    return due.lazy().filter(pl.col("status").is_in(LATE))


_ASSOCIATION = {
    "playbook": pl.String,
    "rule_id": pl.String,
    "late": pl.Int64,
    "late_declined": pl.Int64,
    "on_time": pl.Int64,
    "on_time_declined": pl.Int64,
    "difference": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "odds_ratio": pl.Float64,
    "p_value": pl.Float64,
    "p_corrected": pl.Float64,
    "verdict": pl.String,
}


def associations(log: EventLog, due: DueFrame) -> pl.DataFrame:
    """Whether candidates decline more often where a rule was late: one row per playbook and rule, smallest
    p-value first.

    Seen from the due of the first action of each case and rule, so that neither group had more time to
    decline: of the cases still alive then and decided since (lapsed ones apart), those in which it was
    unfulfilled against the others.

    Columns: `playbook`, `rule_id`, `late`, `late_declined`, `on_time`, `on_time_declined` (cases),
    `difference` (of the decline rates, late minus on time), `ci_low`, `ci_high` (95 %, Newcombe),
    `odds_ratio`, `p_value` (Fisher's exact test), `p_corrected` (Holm, over the rules that were tested),
    `verdict`: `more`, `fewer`, `no_difference`, `too_few`, where the numbers cannot carry a test, or
    `no_comparison`, where the rule is kept by the very activity that moves the case on or closes it: a case that will
    be declined never gets there, so the delay may be the decline itself. With these two, everything from `difference`
    on is null. An association is not a cause.
    """
    counted, apart = _landmarks(log, due), _deciding(log.playbooks)
    refused = [key in apart for key in counted.select("playbook", "rule_id").rows()]
    compared = [compare(*row) for row in counted.select(_PAIRS).rows()]
    carried = [one.enough and not no for one, no in zip(compared, refused, strict=True)]
    p_values = [one.p_value for one, yes in zip(compared, carried, strict=True) if yes and one.p_value is not None]
    corrected = iter(holm(p_values))
    tested = [
        (*(None,) * 6, "no_comparison") if no else _verdict(one, next(corrected) if yes else None)
        for one, yes, no in zip(compared, carried, refused, strict=True)
    ]
    columns = dict(list(_ASSOCIATION.items())[6:])
    found = counted.hstack(pl.DataFrame(tested, schema=columns, orient="row"))
    return found.sort("p_value", "playbook", "rule_id", nulls_last=True)


def _deciding(playbooks: Iterable[Playbook]) -> set[tuple[str, str]]:
    """The rules that are kept by what moves the case on or closes it: keeping them is the decision itself."""
    return {
        (book.id, rule.id)
        for book in playbooks
        for rule in book.rules
        if any(one in book.closing or any(one in stage.entered_by for stage in book.stages) for one in rule.until)
    }


_PAIRS = ("late_declined", "late", "on_time_declined", "on_time")


def _verdict(found: Comparison, p_corrected: float | None) -> tuple[float | str | None, ...]:
    if p_corrected is None or found.difference is None:
        return (*(None,) * 6, "too_few")
    sign = "more" if found.difference > 0 else "fewer"
    verdict = sign if p_corrected < 0.05 and apart(found.ci_low, found.ci_high) else "no_difference"
    return (
        found.difference,
        found.ci_low,
        found.ci_high,
        found.odds_ratio,
        found.p_value,
        p_corrected,
        verdict,
    )


def _landmarks(log: EventLog, due: DueFrame) -> pl.DataFrame:
    """Cases by whether the first action of a rule was kept, and whether the candidate declined after its due."""
    decided = case_states(log).lazy().filter(pl.col("outcome_kind").is_in(["won", "rejected", "declined"]))
    cases = decided.select("case_id", "outcome_at", declined=pl.col("outcome_kind") == "declined")
    firsts = due.lazy().sort("due_at", "trigger_at").unique(["case_id", "rule_id"], keep="first", maintain_order=True)
    alive = firsts.join(cases, on="case_id").filter(pl.col("due_at") < pl.col("outcome_at"))
    kept = (pl.col("fulfilled_at") <= pl.col("due_at")).fill_null(False)
    declined = pl.col("declined")
    return (
        alive.group_by("playbook", "rule_id")
        .agg(
            late=(~kept).sum(),
            late_declined=(~kept & declined).sum(),
            on_time=kept.sum(),
            on_time_declined=(kept & declined).sum(),
        )
        .sort("playbook", "rule_id")
        .with_columns(pl.col(_PAIRS).cast(pl.Int64))
        .collect()
    )


# --- signs of a decline ----------------------------------------------------------------------------------


def signals(log: EventLog, activity: str = SIGNAL) -> pl.DataFrame:
    """Every sign of a decline and what was done about it: one row per sign, by time.

    Columns: `playbook`, `case_id`, `client_id`, `signal_at`, `signal_channel`, `answered_at`, `channel` (of
    the answer; where the event does not say, that of the rule it keeps), `hours` (elapsed until the answer),
    `came_back` (true: a stage was entered after the sign, or the case was won, and it was not declined in the
    end; null: still open, nothing yet, or ended by nobody knows whom). An answer is the first event at or after the
    sign that keeps a rule which the sign starts (Z-28 to Z-30).
    """
    answers = _answers(log.playbooks, activity)
    states = case_states(log).with_columns(log.cases["case_no"])
    seen = log.events.filter(pl.col("activity") == activity).select(
        "case_no", signal_at="timestamp", signal_channel="channel"
    )
    signs = seen.join(states.lazy(), on="case_no")
    later = log.events.select("case_no", "activity", at="timestamp", channel="channel")
    pairs = (
        signs.select("case_no", "playbook", "signal_at")
        .join(later, on="case_no")
        .filter(pl.col("at") >= pl.col("signal_at"))
    )
    answered = (
        pairs.join(answers.lazy(), on=["playbook", "activity"])
        .with_columns(channel=pl.coalesce("channel", "usual"))
        .sort("at", "activity")
        .unique(["case_no", "signal_at"], keep="first", maintain_order=True)
        .select("case_no", "signal_at", "channel", answered_at="at")
    )
    entered = (
        pairs.filter(pl.col("at") > pl.col("signal_at"))
        .join(_entering(log.playbooks).lazy(), on=["playbook", "activity"], how="semi")
        .select("case_no", "signal_at", entered=pl.lit(True))
        .unique()
    )
    key = ["case_no", "signal_at"]
    joined = signs.join(answered, on=key, how="left").join(entered, on=key, how="left")
    return (
        joined.with_columns(hours=(pl.col("answered_at") - pl.col("signal_at")).dt.total_microseconds() / (DAY / 24))
        .with_columns(came_back=_came_back())
        .sort("signal_at", "case_id")
        .select(
            "playbook",
            "case_id",
            "client_id",
            "signal_at",
            "signal_channel",
            "answered_at",
            "channel",
            "hours",
            "came_back",
        )
        .collect()
    )


def _came_back() -> pl.Expr:
    kind = pl.col("outcome_kind")
    returned = pl.col("entered").fill_null(False) | (kind == "won").fill_null(False)
    told = kind.is_not_null() & (kind != UNKNOWN)
    return pl.when(kind == "declined").then(False).when(returned).then(True).when(told).then(False)


def _answers(playbooks: Iterable[Playbook], activity: str) -> pl.DataFrame:
    """What answers a sign: the activities that keep a rule it starts, without those that move or close the case."""
    rows = {
        (book.id, answer): rule.channel[0] if rule.channel else None
        for book in playbooks
        for rule in book.rules
        if activity in rule.after
        for answer in rule.until
        if answer not in book.closing and not any(answer in stage.entered_by for stage in book.stages)
    }
    schema = {"playbook": pl.String, "activity": pl.String, "usual": pl.String}
    return pl.DataFrame([(*key, channel) for key, channel in rows.items()], schema=schema, orient="row")


def _entering(playbooks: Iterable[Playbook]) -> pl.DataFrame:
    rows = [(book.id, one) for book in playbooks for one in chain(*(stage.entered_by for stage in book.stages))]
    return pl.DataFrame(rows, schema={"playbook": pl.String, "activity": pl.String}, orient="row").unique()


def signal_answers(log: EventLog, activity: str = SIGNAL) -> pl.DataFrame:
    """How fast signs were answered, by which channel, and how many came back: one row per playbook and
    channel.

    Columns: `playbook`, `channel` (null: never answered), `signals`, `same_day` (answered on the local day of
    the sign), `median_hours` (of those answered), `decided` (declined or came back), `came_back`, `rate`,
    `ci_low`, `ci_high` (95 % Wilson, came back of those decided), `too_few`.
    """
    found = signals(log, activity).with_columns(
        same_day=(day_of("answered_at", log) == day_of("signal_at", log)).fill_null(False)
    )
    counted = found.group_by("playbook", "channel").agg(
        signals=pl.len().cast(pl.Int64),
        same_day=pl.col("same_day").sum().cast(pl.Int64),
        median_hours=pl.col("hours").median(),
        decided=pl.col("came_back").is_not_null().sum().cast(pl.Int64),
        came_back=pl.col("came_back").sum().cast(pl.Int64),
    )
    rated = with_rate(counted, "came_back", "decided").with_columns(too_few=too_few(pl.col("decided")))
    return rated.sort("playbook", pl.col("channel").is_null(), pl.col("signals") * -1, "channel")


@dataclass(frozen=True)
class Declines(Subject[Frame]):
    """Why and when cases were declined at one moment, by the columns that were asked for."""

    @property
    def cases(self) -> Frame:
        """The cases that were declined or lapsed: one row each (columns: `decline_cases`)."""
        return self.out(decline_cases(self.log))

    @property
    def rates(self) -> Frame:
        """How many of the decided cases were declined: one row per playbook and group (`decline_rates`)."""
        return self.out(decline_rates(self.log, self.by, self.months))

    @property
    def stages(self) -> Frame:
        """Why cases were declined, stage by stage: one row per stage and reason (columns: `declines`)."""
        return self.out(declines(self.log, self.by, self.months))

    @property
    def reasons(self) -> Frame:
        """Why cases were declined: one row per reason (columns: `decline_reasons`)."""
        return self.out(decline_reasons(self.log, self.by, self.months))

    @property
    def moments(self) -> Frame:
        """When cases were declined: one row per moment (columns: `decline_moments`)."""
        return self.out(decline_moments(self.log, self.by, self.months))

    @property
    def contact_gaps(self) -> Frame:
        """Contact gaps before the end: one row per playbook and kind (columns: `contact_gaps`)."""
        return self.out(contact_gaps(self.log, self.by, self.months))

    @property
    def offers(self) -> Frame:
        """Offers against the benchmark: one row per playbook that makes offers (columns: `offers`)."""
        return self.out(offers(self.log, self.by, self.months))

    @property
    def late_before(self) -> Frame:
        """Which rule was late before a decline: one row per rule and kind (columns: `late_before`)."""
        return self.out(late_before(self.log, self.judged.every, self.by, self.months))

    @property
    def associations(self) -> Frame:
        """Whether more decline where a rule was late: one row per rule (columns: `associations`)."""
        return self.out(associations(self.log, self.judged.every))

    @property
    def signals(self) -> Frame:
        """Signs of a decline and their answers: one row per sign (columns: `signals`)."""
        return self.out(signals(self.log))

    @property
    def signal_answers(self) -> Frame:
        """How signs were answered, and who came back: one row per channel (columns: `signal_answers`)."""
        return self.out(signal_answers(self.log))
