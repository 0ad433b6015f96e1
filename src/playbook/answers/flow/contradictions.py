"""Events that cannot both be true: left before joined, an interview before the application, an offer accepted that was
never made, a second offer while one stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from playbook.answers.flow.funnel import once_a_log
from playbook.clock.judged import Judged
from playbook.clock.known import EventLog

KINDS = ("left_before_joined", "before_application", "accepted_without_offer", "two_offers")

_INTERVIEWS = ("first_interview_held", "second_interview_held", "final_interview_held")
_OVER = ("offer_declined", "offer_cancelled", "rejected", "withdrawn", "ended_unknown", "returned_to_selection")

EventRow = dict[str, Any]
SCHEMA = {
    "playbook": pl.String, "case_id": pl.String, "client_id": pl.String, "kind": pl.String, "activity": pl.String,
    "at": pl.Date, "row": pl.Int64, "against": pl.String, "against_at": pl.Date, "against_row": pl.Int64,
}  # fmt: skip


@once_a_log
def contradictions(log: EventLog) -> pl.DataFrame:
    """What is contradicted by another event of its case: one row per contradiction.

    Columns: `playbook, case_id, client_id`; `kind` (one of `KINDS`); `activity`, `at` (local day) and `row` (of the
    table `events`) of the event that cannot be so; `against`, `against_at` and `against_row`: the event it contradicts,
    empty where it lacks one. Days are compared, and an event that may have happened earlier is given the benefit: where
    it is in doubt what came first, nothing is said.
    """
    asked = _asked(log)
    made = {book.id for book in log.playbooks if any(one.id == "offer_made" for one in book.activities)}
    rows: list[EventRow] = []
    for (book, case, client), own in asked.group_by("playbook", "case_id", "client_id", maintain_order=True):
        checks = _CHECKS if book in made else _CHECKS[:2]
        found = [row for check in checks for row in check(own.rows(named=True))]
        rows += [{"playbook": book, "case_id": case, "client_id": client, **row} for row in found]
    return pl.DataFrame(rows, schema=SCHEMA).sort("playbook", "case_id", "at", "kind")


@once_a_log
def left_out(log: EventLog) -> pl.Series:
    """The ids of the cases that no figure counts, as their records cannot all be true.

    An acceptance without an offer counts where no offer of its playbook is recorded at all: such a list keeps no
    offers, and who accepts has reached every stage (DESIGN section 4).
    """
    told = contradictions(log)
    if told.is_empty():
        return told["case_id"]
    offers = log.events.filter(pl.col("activity").cast(pl.String) == "offer_made").select("case_no").unique().collect()
    keeping = log.cases.join(offers, on="case_no", how="semi")["playbook"].cast(pl.String).unique()
    kept = pl.col("playbook").is_in(keeping.implode())
    return told.filter((pl.col("kind") != "accepted_without_offer") | kept)["case_id"].unique().sort()


def sound(log: EventLog, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a frame (with `case_no`) whose case contradicts itself nowhere."""
    told = left_out(log)
    if told.is_empty():
        return frame
    numbers = log.cases.filter(pl.col("case_id").cast(pl.String).is_in(told.implode()))["case_no"]
    return frame.filter(~pl.col("case_no").is_in(numbers.implode()))


def only_sound(judged: Judged) -> Judged:
    """A moment without the cases that contradict themselves, as every figure on how cases move counts."""
    return judged.without(left_out(judged.log))


def _asked(log: EventLog) -> pl.DataFrame:
    """The events of the cases in which anything may contradict, by case and day."""
    wanted = [*_INTERVIEWS, *_OVER, "applied", "offer_made", "offer_accepted", "joined", "left", "dismissed"]
    activity, day = pl.col("activity").cast(pl.String), pl.col("timestamp").dt.date()
    row = pl.col("row") if "row" in log.events.collect_schema() else pl.lit(None)
    events = log.events.filter(~pl.col("derived"), activity.is_in(wanted)).select(
        "case_no", activity, day=day, early=log.early.dt.date(), row=row.cast(pl.Int64)
    )  # fmt: skip
    offers, accepted = pl.col("activity") == "offer_made", pl.col("activity") == "offer_accepted"
    first = {
        "left": pl.col("day").filter(pl.col("activity").is_in(["left", "dismissed"])).min(),
        "joined": pl.col("early").filter(pl.col("activity") == "joined").min(),
        "held": pl.col("day").filter(pl.col("activity").is_in(_INTERVIEWS)).min(),
        "applied": pl.col("early").filter(pl.col("activity") == "applied").max(),
        "offers": offers.sum(),
        "offered": pl.col("early").filter(offers).min(),
        "accepted": pl.col("day").filter(accepted).min(),
    }
    suspects = events.group_by("case_no").agg(**first).filter(
        (pl.col("left") < pl.col("joined")).fill_null(False)
        | (pl.col("held") < pl.col("applied")).fill_null(False)
        | (pl.col("offers") > 1)
        | (pl.col("accepted").is_not_null() & (pl.col("offered") <= pl.col("accepted")).fill_null(False).not_())
    )  # fmt: skip
    told = log.cases.lazy().select("case_no", pl.col("playbook", "case_id", "client_id").cast(pl.String))
    own = events.join(suspects, on="case_no", how="semi").join(told, on="case_no")
    return own.sort("case_id", "day", "activity").collect()


def _first(events: Sequence[EventRow], *activities: str) -> EventRow | None:
    return next((one for one in events if one["activity"] in activities), None)


def _against(kind: str, event: EventRow, other: EventRow | None) -> EventRow:
    return {
        "kind": kind,
        "activity": event["activity"],
        "at": event["day"],
        "row": event["row"],
        "against": other["activity"] if other else None,
        "against_at": other["day"] if other else None,
        "against_row": other["row"] if other else None,
    }


def _left_before_joined(events: Sequence[EventRow]) -> Iterator[EventRow]:
    joined, left = _first(events, "joined"), _first(events, "left", "dismissed")
    if joined and left and left["day"] < joined["early"]:
        yield _against("left_before_joined", left, joined)


def _before_application(events: Sequence[EventRow]) -> Iterator[EventRow]:
    applied = _first(events, "applied")
    if applied is None:
        return
    yield from (
        _against("before_application", one, applied)
        for one in events
        if one["activity"] in _INTERVIEWS and one["day"] < applied["early"]
    )


def _accepted_without_offer(events: Sequence[EventRow]) -> Iterator[EventRow]:
    for one in events:
        if one["activity"] == "offer_accepted":
            offers = [other for other in events if other["activity"] == "offer_made"]
            if not any(other["early"] <= one["day"] for other in offers):
                yield _against("accepted_without_offer", one, offers[0] if offers else None)


def _two_offers(events: Sequence[EventRow]) -> Iterator[EventRow]:
    standing: EventRow | None = None
    for one in events:
        if one["activity"] in _OVER:
            standing = None
        elif one["activity"] == "offer_made":
            if standing is not None and standing["day"] < one["day"]:
                yield _against("two_offers", one, standing)
            standing = one


_CHECKS: tuple[Callable[[Sequence[EventRow]], Iterator[EventRow]], ...] = (
    _left_before_joined, _before_application, _accepted_without_offer, _two_offers,
)  # fmt: skip
