"""Events that cannot both be true: left before joined, an interview before the application, an offer accepted that was
never made, a second offer while one stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from playbook.clock.known import EventLog

KINDS = ("left_before_joined", "before_application", "accepted_without_offer", "two_offers")

_INTERVIEWS = ("first_interview_held", "second_interview_held", "final_interview_held")
_OVER = ("offer_declined", "offer_cancelled", "rejected", "withdrawn", "returned_to_selection")

Row = dict[str, Any]
SCHEMA = {
    "playbook": pl.String, "case_id": pl.String, "client_id": pl.String, "kind": pl.String, "activity": pl.String,
    "at": pl.Date, "against": pl.String, "against_at": pl.Date,
}  # fmt: skip


def contradictions(log: EventLog) -> pl.DataFrame:
    """What is contradicted by another event of its case: one row per contradiction.

    Columns: `playbook, case_id, client_id`; `kind` (one of `KINDS`); `activity` and `at` (local day) of the event that
    cannot be so; `against` and `against_at`: the event it contradicts, empty where it lacks one. Days are compared, and
    an event that may have happened earlier is given the benefit: where it is in doubt what came first, nothing is said.
    """
    wanted = [*_INTERVIEWS, *_OVER, "applied", "offer_made", "offer_accepted", "joined", "left", "dismissed"]
    activity = pl.col("activity").cast(pl.String)
    events = log.events.filter(~pl.col("derived"), activity.is_in(wanted)).with_columns(activity)
    names = events.collect_schema().names()
    early = pl.min_horizontal("timestamp", "earliest") if "earliest" in names else pl.col("timestamp")
    days = events.select(
        "case_id", "activity", day=pl.col("timestamp").dt.date(), early=early.dt.date()
    ).sort("case_id", "day", "activity")  # fmt: skip
    frame = days.collect()
    offers = {book.id for book in log.playbooks if any(one.id == "offer_made" for one in book.activities)}
    told = log.cases.select("case_id", "playbook", "client_id").cast(pl.String)
    of_case = {case: (book, client) for case, book, client in told.rows()}
    rows: list[Row] = []
    for (case,), own in frame.group_by("case_id", maintain_order=True):
        book, client = of_case.get(str(case), ("", None))
        asked = _CHECKS if book in offers else _CHECKS[:2]
        found = [row for check in asked for row in check(own.rows(named=True))]
        rows += [{"playbook": book, "case_id": str(case), "client_id": client, **row} for row in found]
    return pl.DataFrame(rows, schema=SCHEMA).sort("playbook", "case_id", "at", "kind")


def _first(events: Sequence[Row], *activities: str) -> Row | None:
    return next((one for one in events if one["activity"] in activities), None)


def _against(kind: str, event: Row, other: Row | None) -> Row:
    return {
        "kind": kind,
        "activity": event["activity"],
        "at": event["day"],
        "against": other["activity"] if other else None,
        "against_at": other["day"] if other else None,
    }


def _left_before_joined(events: Sequence[Row]) -> Iterator[Row]:
    joined, left = _first(events, "joined"), _first(events, "left", "dismissed")
    if joined and left and left["day"] < joined["early"]:
        yield _against("left_before_joined", left, joined)


def _before_application(events: Sequence[Row]) -> Iterator[Row]:
    applied = _first(events, "applied")
    if applied is None:
        return
    yield from (
        _against("before_application", one, applied)
        for one in events
        if one["activity"] in _INTERVIEWS and one["day"] < applied["early"]
    )


def _accepted_without_offer(events: Sequence[Row]) -> Iterator[Row]:
    for one in events:
        if one["activity"] == "offer_accepted":
            offers = [other for other in events if other["activity"] == "offer_made"]
            if not any(other["early"] <= one["day"] for other in offers):
                yield _against("accepted_without_offer", one, offers[0] if offers else None)


def _two_offers(events: Sequence[Row]) -> Iterator[Row]:
    standing: Row | None = None
    for one in events:
        if one["activity"] in _OVER:
            standing = None
        elif one["activity"] == "offer_made":
            if standing is not None and standing["day"] < one["day"]:
                yield _against("two_offers", one, standing)
            standing = one


_CHECKS: tuple[Callable[[Sequence[Row]], Iterator[Row]], ...] = (
    _left_before_joined, _before_application, _accepted_without_offer, _two_offers,
)  # fmt: skip
