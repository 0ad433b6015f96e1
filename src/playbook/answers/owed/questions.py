"""The register of open questions: what somebody asked and still waits for (facts Z-16, Z-18, Z-19)."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from playbook.clock.known import EventLog
from playbook.rules.nouns import Playbook, Rule

_OF_CASE = ("playbook", "case_id", "question")
_COLUMNS = (
    "playbook", "case_id", "client_id", "subject", "question", "asked_at", "promised_at", "for_on", "owner", "due_at",
    "status",
)  # fmt: skip


def asks(playbooks: Iterable[Playbook]) -> bool:
    """Whether answers find their question in some book: a rule of it has a key."""
    return any(_keyed(book) for book in playbooks)


def questions(log: EventLog, open_actions: pl.DataFrame) -> pl.DataFrame:
    """What was asked in a case and is still owed by a rule with `key`: one row per question, in order of due.

    Columns: `playbook, case_id, client_id, subject, question` (the cell that question and answer share; null where it
    is empty), `asked_at` (when it was asked last), `promised_at` (when its answer was put off: what keeps one such rule
    and starts another; null where nobody has replied), `for_on` (the planned date by which the same answer is owed, the
    next interview say; null where none is known), `owner, due_at, status` of what is due first.
    `open_actions` are the open due actions at the same as-of.
    """
    asking = set(open_actions.select("playbook", "rule_id").unique().rows())
    found = [_of_rule(log, book, rule, open_actions) for book in log.playbooks for rule in _keyed(book)
             if (book.id, rule.id) in asking]  # fmt: skip
    if not found:
        return _register(open_actions.clear().with_columns(_nothing(log)))
    return _register(pl.concat(found))


def _keyed(book: Playbook) -> list[Rule]:
    return [rule for rule in book.rules if rule.key]


def _nothing(log: EventLog) -> list[pl.Expr]:
    moment = pl.lit(None, pl.Datetime("us", log.zone.key))
    return [
        pl.lit(None, pl.String).alias("question"),
        pl.lit(None, pl.Date).alias("for_on"),
        moment.alias("asked_at"),
        moment.alias("promised_at"),
    ]


def _register(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per question, of the open actions of rules with a key."""
    first = rows.sort("due_at", "rule_id").with_columns(pl.col("promised_at").max().over(_OF_CASE))
    return first.unique(_OF_CASE, keep="first", maintain_order=True).select(_COLUMNS).sort("due_at", *_OF_CASE)


def _of_rule(log: EventLog, book: Playbook, rule: Rule, open_actions: pl.DataFrame) -> pl.DataFrame:
    """The open actions of one rule with a key: one row each, with what was asked, when, and by when it is promised."""
    own = open_actions.filter(pl.col("playbook") == book.id, pl.col("rule_id") == rule.id)
    keyed = _keyed(book)
    replies = [name for other in keyed for name in other.until]
    begins = [name for other in keyed for name in other.after if name not in replies]
    told = _told(log, own["case_id"], {*rule.after, *begins}, str(rule.key))
    started = own.join(
        told, left_on=("case_id", "trigger", "trigger_at"), right_on=("case_id", "activity", "at"), how="left"
    ).with_columns(pl.col("cell").fill_null(""))
    asked = told.filter(pl.col("activity").is_in(begins)).select("case_id", "cell", asked_at="at").sort("asked_at")
    with_question = started.sort("trigger_at").join_asof(
        asked, left_on="trigger_at", right_on="asked_at", by=["case_id", "cell"], coalesce=False
    )
    promised = pl.when(pl.col("trigger").is_in(replies)).then("trigger_at")
    return with_question.with_columns(
        question=pl.when(pl.col("cell") != "").then("cell"),
        for_on=_planned(log, book, rule, with_question["case_id"]),
        asked_at=pl.coalesce("asked_at", "trigger_at"),
        promised_at=promised,
    ).drop("cell")


def _told(log: EventLog, cases: pl.Series, activities: Iterable[str], column: str) -> pl.DataFrame:
    """The events of some activities in some cases: `case_id, activity, at, cell` (the cell by which answers match)."""
    known = log.events.collect_schema().names()
    cell = pl.col(column).cast(pl.String) if column in known else pl.lit(None, pl.String)
    return (
        log.events_of(cases)
        .with_columns(pl.col("case_id", "activity").cast(pl.String), cell=cell.fill_null(""))
        .filter(pl.col("activity").is_in(list(activities)))
        .select("case_id", "activity", "cell", at="timestamp")
        .collect()
    )


def _planned(log: EventLog, book: Playbook, rule: Rule, cases: pl.Series) -> pl.Series:
    """Per case the planned date by which some rule of the book owes what keeps this one."""
    names = [name for other in book.rules if not set(other.until).isdisjoint(rule.until)
             for name in other.after if name in book.date_ids and name in log.cases.columns]  # fmt: skip
    if not names:
        return pl.Series("for_on", [None] * len(cases), pl.Date)
    dates = log.cases.select("case_id", for_on=pl.coalesce(pl.col(names).cast(pl.Date)))
    return cases.to_frame().join(dates, on="case_id", how="left", maintain_order="left")["for_on"]
