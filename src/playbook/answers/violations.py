"""What was done against the procedure: steps out of order, items left empty, people who should have taken part."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import polars as pl

from playbook.clock.known import EventLog
from playbook.clock.owners import assignees
from playbook.rules.nouns import Checklist, Participation, Playbook

KINDS = ("precedence", "checklist", "participation")
_SEVERAL = r"\s*[;,、；，]\s*"  # how one cell names several roles or people

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


def violations(log: EventLog, case_id: str = "") -> pl.LazyFrame:
    """Precedence violations, missing checklist items and missing participants: one row per event and violation.

    Of one case, where it is named: the rules of its playbook are asked, and no others.
    Columns: `playbook, kind` (one of `KINDS`), `id, case_id, client_id` (text), `at` (instant of the event), `detail`
    (the activities or roles that are missing, or the checklist field), `activity`, `role` (whose checklist it is),
    `basis`, `resource` (who acted, as recorded). A checklist gives one row per missing item. Source: DESIGN section 4.
    """
    log = _of_case(log, case_id) if case_id else log
    happened = set(log.events.select(pl.col("activity").cast(pl.String).unique()).collect().to_series())
    parts = [*_precedences(log, happened), *_checklists(log, happened), *_participations(log, happened)]
    cases = log.cases.lazy().select("case_no", "client_id", of_case="case_id")
    rows = pl.concat([_nothing(log), *parts], how="vertical_relaxed").join(cases, on="case_no")
    return rows.select(pl.col("of_case").alias(name) if name == "case_id" else pl.col(name) for name in _COLUMNS)


def _of_case(log: EventLog, case_id: str) -> EventLog:
    """The log of one case, under its playbook; of nothing, where there is no such case."""
    case = log.cases.filter(pl.col("case_id") == case_id)
    events = log.events.join(case.lazy().select("case_no"), on="case_no", how="semi").collect().lazy()
    books = tuple(book for book in log.playbooks if book.id in case["playbook"])
    return replace(log, playbooks=books, cases=case, events=events)


def _nothing(log: EventLog) -> pl.LazyFrame:
    instant = pl.Datetime("us", log.zone.key)
    text = dict.fromkeys(("playbook", "kind", "id", "detail", "activity", "role", "basis", "resource"), pl.String)
    return pl.LazyFrame(schema={"case_no": pl.UInt32, "at": instant, **text}).select(_PART)


_PART = ["playbook", "kind", "id", "case_no", "at", "detail", "activity", "role", "basis", "resource"]


def _events(log: EventLog, book: Playbook, activity: str) -> pl.LazyFrame:
    of_book = log.cases.lazy().filter(pl.col("playbook") == book.id).select("case_no")
    return log.events.filter(pl.col("activity") == activity).join(of_book, on="case_no", how="semi")


def _part(book: Playbook, kind: str, id: str, basis: str, role: str | None = None) -> list[pl.Expr]:
    said = {"playbook": book.id, "kind": kind, "id": id, "basis": basis, "role": role}
    return [pl.lit(value, pl.String).alias(name) for name, value in said.items()]


def _precedences(log: EventLog, happened: Collection[str]) -> Iterator[pl.LazyFrame]:
    """One row per event for which some required activity had not happened by then."""
    first = log.events.group_by("case_no", "activity").agg(pl.col("timestamp").min().alias("first"))
    for book in log.playbooks:
        for precedence in (one for one in book.precedences if one.activity in happened):
            rows = _events(log, book, precedence.activity).select("case_no", "activity", "resource", at="timestamp")
            for required in precedence.requires:
                done = first.filter(pl.col("activity") == required).select("case_no", pl.col("first").alias(required))
                rows = rows.join(done, on="case_no", how="left", suffix="_required")
            missing = pl.concat_list(
                pl.when(pl.col(name).is_null() | (pl.col(name) > pl.col("at"))).then(pl.lit(name))
                for name in precedence.requires
            ).list.drop_nulls()
            said = _part(book, "precedence", precedence.id, precedence.basis)
            late = rows.with_columns(*said, missing=missing).filter(pl.col("missing").list.len() > 0)
            yield late.with_columns(detail=pl.col("missing").list.join(", ")).select(_PART)


def _checklists(log: EventLog, happened: Collection[str]) -> Iterator[pl.LazyFrame]:
    """One row per event and item that is empty on the event and on the case."""
    for book in log.playbooks:
        for checklist in (one for one in book.checklists if one.at in happened):
            yield _unfilled(log, book, checklist)


def _unfilled(log: EventLog, book: Playbook, checklist: Checklist) -> pl.LazyFrame:
    on_case = [field.id for field in checklist.fields if field.id in log.cases.columns]
    cases = log.cases.lazy().select("case_no", pl.col(on_case).name.prefix("case:"))
    rows = _events(log, book, checklist.at).join(cases, on="case_no", how="left")
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
    rows = _events(log, book, participation.activity).select(
        "case_no", "activity", "resource", at="timestamp", named=_several("role"), people=_several("resource")
    )
    holders = everyone.filter(pl.col("role").is_in(roles)).group_by("case_no").agg(holders="owner")
    took_part = (pl.col("named").list.set_intersection(pl.lit(roles, pl.List(pl.String))).list.len() > 0) | (
        pl.col("people").list.set_intersection("holders").list.len() > 0
    )
    said = _part(book, "participation", participation.id, participation.basis)
    absent = rows.join(holders, on="case_no", how="left").filter(~took_part.fill_null(False))
    return absent.with_columns(*said, detail=pl.lit(", ".join(roles))).select(_PART)


def _several(column: str) -> pl.Expr:
    """The people or roles that one cell names."""
    one = pl.col(column).cast(pl.String).fill_null("").str.replace_all(_SEVERAL, ";").str.strip_chars()
    return (
        one.str.split(";").list.eval(pl.element().str.strip_chars()).list.eval(pl.element().filter(pl.element() != ""))
    )
