"""What was not done by the book: out of order, without an item or a person, too early, by the wrong channel."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import polars as pl

from playbook.answers.law.dispatch import SIGNED, findings
from playbook.clock.conditions import holding
from playbook.clock.due import due_actions
from playbook.clock.known import EventLog
from playbook.clock.owners import assignees
from playbook.rules.nouns import Checklist, Participation, Playbook, Playbooks, Precedence, Rule, When
from playbook.rules.offset import Offset, Unit

KINDS = ("precedence", "checklist", "participation", "early", "channel", "period")
_SEVERAL = r"\s*[;,、；，]\s*"  # how one cell names several roles, people or channels

_COLUMNS = (
    "playbook",
    "kind",
    "id",
    "case_id",
    "client_id",
    "at",
    "detail",
    "activity",
    "role",
    "basis",
    "resource",
)

VIOLATION_ORDER = ("at", "playbook", "kind", "id", "case_id", "detail")
"""How the rows of violations stand when they are shown."""


def violations(log: EventLog, case_id: str = "") -> pl.LazyFrame:
    """What was not done by the book: one row per event and violation.

    Of one case, where it is named: the rules of its playbook are asked, and no others.
    Columns: `playbook, kind` (one of `KINDS`), `id` (for what was done early or by the wrong channel, of the rule),
    `case_id, client_id` (text), `at` (instant of the event), `detail` (the activities or roles that are missing, the
    checklist field, the day from which it was to be done, the channel that was used, the limit that a period passes),
    `activity`, `role` (whose checklist or promise it is), `basis`, `resource` (who acted, as recorded). A checklist
    gives one row per missing item. Source: DESIGN section 4; kind `period`: `dispatch`.
    """
    log = _around(log, case_id) if case_id else log
    happened = set(log.events.select(pl.col("activity").cast(pl.String).unique()).collect().to_series())
    parts = [
        *_precedences(log, happened),
        *_checklists(log, happened),
        *_participations(log, happened),
        *_promises(log, happened),
        *_periods(log, happened),
    ]
    cases = log.cases.lazy().select("case_no", "client_id", of_case="case_id")
    rows = pl.concat([_nothing(log), *parts], how="vertical_relaxed").join(cases, on="case_no")
    named = rows.select(pl.col("of_case").alias(name) if name == "case_id" else pl.col(name) for name in _COLUMNS)
    return named.filter(pl.col("case_id") == case_id) if case_id else named


def _around(log: EventLog, case_id: str) -> EventLog:
    """The log of one case, under its playbook; with those of its client, where a precedence asks for them."""
    case = log.cases.filter(pl.col("case_id") == case_id)
    books = Playbooks(book for book in log.playbooks if book.id in case["playbook"])
    theirs = pl.lit(False)
    # Contracts of one person with one client are counted together (`dispatch`), as are precedences of that scope.
    of_client = any(one.scope == "client" for book in books for one in book.precedences)
    if of_client or any(SIGNED in {activity.id for activity in book.activities} for book in books):
        theirs = pl.col("client_id").is_in(case["client_id"].drop_nulls().to_list())
    kept = log.cases.filter((pl.col("case_id") == case_id) | theirs.fill_null(False)).rename({"case_no": "was"})
    cases = kept.with_row_index("case_no")
    numbers = cases.lazy().select("case_no", "was")
    events = log.events.rename({"case_no": "was"}).join(numbers, on="was").drop("was").collect().lazy()
    return replace(log, playbooks=books, cases=cases.drop("was"), events=events)


def _nothing(log: EventLog) -> pl.LazyFrame:
    instant = pl.Datetime("us", log.zone.key)
    text = dict.fromkeys(("playbook", "kind", "id", "detail", "activity", "role", "basis", "resource"), pl.String)
    return pl.LazyFrame(schema={"case_no": pl.UInt32, "at": instant, **text}).select(_PART)


_PART = ["playbook", "kind", "id", "case_no", "at", "detail", "activity", "role", "basis", "resource"]


def _events(log: EventLog, book: Playbook, activity: str, when: When) -> pl.LazyFrame:
    """The events of an activity, of the cases of a playbook, for which a condition holds."""
    of_book = log.cases.lazy().filter(pl.col("playbook") == book.id).select("case_no")
    events = log.events.filter(pl.col("activity") == activity).join(of_book, on="case_no", how="semi")
    return holding(log, events, when)


def _part(book: Playbook, kind: str, id: str, basis: str, role: str | None = None) -> list[pl.Expr]:
    said = {"playbook": book.id, "kind": kind, "id": id, "basis": basis, "role": role}
    return [pl.lit(value, pl.String).alias(name) for name, value in said.items()]


def _periods(log: EventLog, happened: Collection[str]) -> Iterator[pl.LazyFrame]:
    """Contracts of dispatch that pass a limit of the law (kind `period`): see `dispatch.findings`."""
    if SIGNED in happened:
        said = {"kind": "period", "activity": SIGNED, "basis": "stated"}
        rows = findings(log).lazy().with_columns(pl.lit(None, pl.String).alias("role"))
        yield rows.with_columns(pl.lit(value).alias(name) for name, value in said.items()).select(_PART)


# Out of order ------------------------------------------------------------------------------------------------------


def _precedences(log: EventLog, happened: Collection[str]) -> Iterator[pl.LazyFrame]:
    """One row per event for which some required activity was missing by then; in doubt, it was there."""
    for book in log.playbooks:
        for precedence in (one for one in book.precedences if one.activity in happened):
            yield _out_of_order(log, book, precedence)


def _out_of_order(log: EventLog, book: Playbook, precedence: Precedence) -> pl.LazyFrame:
    events = _events(log, book, precedence.activity, precedence.when).join(_among(log, precedence), on="case_no")
    rows = events.select("case_no", "among", "activity", "resource", at="timestamp", early=log.early, late=log.late)
    if precedence.fresh:
        rows = _with_previous(rows, _events(log, book, precedence.activity, {}).select("case_no", previous=log.late))
    for required in precedence.requires:
        done = log.events.filter(pl.col("activity") == required).join(_among(log, precedence), on="case_no")
        rows = _with_last(rows, done.select("among", first=log.early, last=log.late), required)
    lacking = (pl.when(_lacks(precedence, required)).then(pl.lit(required)) for required in precedence.requires)
    missing = rows.with_columns(missing=pl.concat_list(*lacking).list.drop_nulls())
    said = _part(book, "precedence", precedence.id, precedence.basis)
    found = missing.filter(pl.col("missing").list.len() > 0).with_columns(
        *said, detail=pl.col("missing").list.join(", ")
    )
    return found.select(_PART)


def _among(log: EventLog, precedence: Precedence) -> pl.LazyFrame:
    """The cases among whose events a precedence looks (`among`): each case's own, or those of its client."""
    own = pl.concat_str(pl.lit("case "), "case_no")
    client = pl.concat_str(pl.lit("client "), "client_id") if precedence.scope == "client" else own
    return log.cases.lazy().select("case_no", among=pl.coalesce(client, own))


def _with_previous(rows: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    """When the case's event of the same activity before each came, at the latest (`previous`)."""
    return rows.sort("late").join_asof(
        events.sort("previous"),
        left_on="late",
        right_on="previous",
        by="case_no",
        coalesce=False,
        allow_exact_matches=False,
        check_sortedness=False,
    )


def _with_last(rows: pl.LazyFrame, done: pl.LazyFrame, required: str) -> pl.LazyFrame:
    """The latest moment of those events of a required activity that may have come before each row."""
    so_far = done.sort("first").select("among", "first", pl.col("last").cum_max().over("among").alias(required))
    return (
        rows.sort("late")
        .join_asof(so_far, left_on="late", right_on="first", by="among", coalesce=False, check_sortedness=False)
        .drop("first")
    )


def _lacks(precedence: Precedence, required: str) -> pl.Expr:
    last = pl.col(required)
    lacks = last.is_null()
    if precedence.within is not None:
        lacks |= _day_after(last.dt.date(), precedence.within) < pl.col("early").dt.date()
    if precedence.fresh:
        lacks |= last <= pl.col("previous")
    return lacks.fill_null(False)


def _day_after(day: pl.Expr, within: Offset) -> pl.Expr:
    """The last day on which something done on a day still counts."""
    unit = {Unit.DAY: "d", Unit.WEEK: "w", Unit.MONTH: "mo"}[within.unit]
    return day.dt.offset_by(f"{within.n}{unit}")


# What is missing ---------------------------------------------------------------------------------------------------


def _checklists(log: EventLog, happened: Collection[str]) -> Iterator[pl.LazyFrame]:
    """One row per event and item that is empty on the event and on the case."""
    for book in log.playbooks:
        for checklist in (one for one in book.checklists if one.at in happened):
            yield _unfilled(log, book, checklist)


def _unfilled(log: EventLog, book: Playbook, checklist: Checklist) -> pl.LazyFrame:
    on_case = [field.id for field in checklist.fields if field.id in log.cases.columns]
    cases = log.cases.lazy().select("case_no", pl.col(on_case).name.prefix("case:"))
    rows = _events(log, book, checklist.at, checklist.when).join(cases, on="case_no", how="left")
    known = set(rows.collect_schema().names())
    empty = [_empty(field.id, known) & _empty(f"case:{field.id}", known) for field in checklist.fields]
    fields = [pl.when(is_empty).then(pl.lit(field.id)) for field, is_empty in zip(checklist.fields, empty, strict=True)]
    missing = rows.select("case_no", "activity", "resource", at="timestamp", detail=pl.concat_list(fields)).explode(
        "detail"
    )
    said = _part(book, "checklist", checklist.id, checklist.basis, checklist.role)
    return missing.filter(pl.col("detail").is_not_null()).with_columns(*said).select(_PART)


def _empty(column: str, known: set[str]) -> pl.Expr:
    if column not in known:
        return pl.lit(True)
    return pl.col(column).cast(pl.String).str.strip_chars().fill_null("") == ""


def _participations(log: EventLog, happened: Collection[str]) -> Iterator[pl.LazyFrame]:
    """One row per event in which none of the roles took part: neither named as role nor, by its person, as resource."""
    asked = [(book, one) for book in log.playbooks for one in book.participations if one.activity in happened]
    everyone = assignees(log).collect().lazy() if asked else pl.LazyFrame()
    for book, participation in asked:
        yield _absent(log, book, participation, everyone)


def _absent(log: EventLog, book: Playbook, participation: Participation, everyone: pl.LazyFrame) -> pl.LazyFrame:
    roles = list(participation.roles)
    rows = _events(log, book, participation.activity, participation.when).select(
        "case_no", "activity", "resource", at="timestamp", named=_several("role"), people=_several("resource")
    )
    holders = _holders(log, rows, everyone.filter(pl.col("role").is_in(roles)))
    took_part = (pl.col("named").list.set_intersection(pl.lit(roles, pl.List(pl.String))).list.len() > 0) | (
        pl.col("people").list.set_intersection("holders").list.len() > 0
    )
    said = _part(book, "participation", participation.id, participation.basis)
    absent = rows.join(holders, on=["case_no", "at"], how="left").filter(~took_part.fill_null(False))
    return absent.with_columns(*said, detail=pl.lit(", ".join(roles))).select(_PART)


def _holders(log: EventLog, rows: pl.LazyFrame, everyone: pl.LazyFrame) -> pl.LazyFrame:
    """Who held one of some roles on the day of each event: one row per case and instant, `holders`."""
    day = pl.col("at").dt.convert_time_zone(log.zone.key).dt.date()
    counts = (pl.col("from_on") <= day).fill_null(True) & (pl.col("to_on") >= day).fill_null(True)
    then = rows.select("case_no", "at").unique().join(everyone, on="case_no").filter(counts)
    return then.group_by("case_no", "at").agg(holders="owner")


def _several(column: str) -> pl.Expr:
    """The people, roles or channels that one cell names."""
    one = pl.col(column).cast(pl.String).fill_null("").str.replace_all(_SEVERAL, ";").str.strip_chars()
    return (
        one.str.split(";").list.eval(pl.element().str.strip_chars()).list.eval(pl.element().filter(pl.element() != ""))
    )


# Too early, by the wrong channel -------------------------------------------------------------------------------------


def _promises(log: EventLog, happened: Collection[str]) -> Iterator[pl.LazyFrame]:
    """One row per event that came before a promise was to be kept, or kept it by a channel the rule does not name."""
    told = _channels_told(log)
    asked = {
        (book.id, rule.id): (book, rule)
        for book in log.playbooks
        for rule in book.rules
        if (rule.wait is not None and any(one in happened for one in rule.until)) or _strays(rule, told)
    }
    if not asked:
        return
    # Rules that record stay, since the clock's own events start and end other promises.
    books = Playbooks(
        replace(book, rules=tuple(rule for rule in book.rules if rule.record or (book.id, rule.id) in asked))
        for book in log.playbooks
    )
    numbers = log.cases.lazy().select("case_id", "case_no")
    actions = due_actions(replace(log, playbooks=books)).join(numbers, on="case_id").collect().lazy()
    for book, rule in asked.values():
        mine = actions.filter(pl.col("playbook") == book.id, pl.col("rule_id") == rule.id)
        if rule.wait is not None:
            yield _done_early(log, book, rule, mine)
        if _strays(rule, told):
            yield _wrong_channel(log, book, rule, mine.filter(pl.col("fulfilled_at").is_not_null()))


def _channels_told(log: EventLog) -> set[tuple[str, str]]:
    """The activities of which a channel is told, with it."""
    if "channel" not in log.events.collect_schema().names():
        return set()
    told = (
        log.events.select(pl.col("activity").cast(pl.String), pl.col("channel").cast(pl.String)).unique().drop_nulls()
    )
    return set(told.collect().iter_rows())


def _strays(rule: Rule, told: Collection[tuple[str, str]]) -> bool:
    """Whether something that fulfils a rule was ever done by a channel that it does not name."""
    return bool(rule.channel) and any(one in rule.until and used not in rule.channel for one, used in told)


def _keeping(log: EventLog, rule: Rule, actions: pl.LazyFrame) -> pl.LazyFrame:
    """The events that keep promises of a rule: those of `until` at the moment of fulfilment, but for the trigger."""
    channel = [] if "channel" in log.events.collect_schema().names() else [pl.lit(None, pl.String).alias("channel")]
    events = log.events.filter(pl.col("activity").is_in(rule.until)).with_columns(channel)
    events = events.select("case_no", "activity", "resource", "channel", at="timestamp")
    kept = actions.select("case_no", "trigger", "trigger_at", at="fulfilled_at").join(events, on=["case_no", "at"])
    return kept.filter((pl.col("activity") != pl.col("trigger")) | (pl.col("at") != pl.col("trigger_at")))


def _done_early(log: EventLog, book: Playbook, rule: Rule, actions: pl.LazyFrame) -> pl.LazyFrame:
    """The first event of `until` after each trigger, where it came before the wait was over; in doubt, it did not."""
    key = [_key(log, rule).alias("key")]
    events = log.events.with_columns(key)
    own = events.filter(pl.col("activity").is_in(rule.after)).select(
        "case_no", "key", trigger="activity", trigger_at="timestamp", began=log.early
    )
    started = actions.select("case_no", "trigger", "trigger_at", "opened_at").unique()
    started = started.join(own, on=["case_no", "trigger", "trigger_at"], how="left").with_columns(
        pl.col("key").fill_null(""), began=pl.coalesce("began", "trigger_at")
    )
    done = events.filter(pl.col("activity").is_in(rule.until)).select(
        "case_no", "key", "activity", "resource", at="timestamp", late=log.late
    )
    itself = (pl.col("activity") == pl.col("trigger")) & (pl.col("at") == pl.col("trigger_at"))
    too_soon = started.join(done, on=["case_no", "key"]).filter(
        pl.col("late") > pl.col("began"), pl.col("late") < pl.col("opened_at"), ~itself
    )
    first = too_soon.sort("late", "at").unique(
        ["case_no", "trigger", "trigger_at", "opened_at"], keep="first", maintain_order=True
    )
    said = _part(book, "early", rule.id, rule.basis, rule.role)
    day = pl.col("opened_at").dt.convert_time_zone(log.zone.key).dt.date().cast(pl.String)
    once = first.sort("opened_at").unique(["case_no", "at"], keep="first", maintain_order=True)
    return once.with_columns(*said, detail=day).select(_PART)


def _key(log: EventLog, rule: Rule) -> pl.Expr:
    """What an event says in the column by which answers match; nothing, where the rule asks for none."""
    if rule.key is None or rule.key not in log.events.collect_schema().names():
        return pl.lit("")
    return pl.col(rule.key).cast(pl.String).str.strip_chars().fill_null("")


def _wrong_channel(log: EventLog, book: Playbook, rule: Rule, actions: pl.LazyFrame) -> pl.LazyFrame:
    """Of several events that keep a promise at one moment it is the one of the activity that the rule names first."""
    turn = pl.col("activity").cast(pl.String).replace_strict(list(rule.until), range(len(rule.until)), default=None)
    named = pl.lit(list(rule.channel), pl.List(pl.String))
    kept = _keeping(log, rule, actions).with_columns(used=_several("channel"), turn=turn)
    of = ["case_no", "at", "trigger", "trigger_at"]
    one = kept.sort("turn").unique(of, keep="first", maintain_order=True)
    right = pl.col("used").list.set_intersection(named).list.len() > 0
    said = _part(book, "channel", rule.id, rule.basis, rule.role)
    wrong = one.filter(~right, pl.col("used").list.len() > 0)
    told = wrong.with_columns(*said, detail=pl.col("channel").cast(pl.String).str.strip_chars())
    return told.unique(["case_no", "at", "activity", "detail"]).select(_PART)
