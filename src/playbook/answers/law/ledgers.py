"""The three books of a recruitment agency, from the tables it keeps anyway: jobs, job seekers, fees.

Any form will do if all items are there; they are kept for two years after completion, per office. The items are those
that the pages of the Tokyo labour bureau and tkc.or.jp list (read November 2026; the rule itself,
職業安定法施行規則24条の7, was not read), with what is added for people placed for an indefinite term. What is not
written in the tables is named as missing, never filled in. Not legal advice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from playbook.answers.law.no_poaching import MONTHS
from playbook.answers.law.statutory import last_day, placed
from playbook.clock.known import EventLog
from playbook.tables.settings import Agency

LAW = "職業安定法32条の15、施行規則24条の7"
_NOT_OURS = ("dispatch-sales", "dispatch-contracts", "agency-duties", "hiring-grants")
"""Books whose cases are no job seekers."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a book: its column here, and the columns of the tables that may say it, in order.

    `needed`: it has to be there; of `indefinite`, only for people placed for an indefinite term.
    """

    name: str
    said_by: tuple[str, ...] = ()
    needed: bool = True


JOBS: tuple[Item, ...] = (
    Item("employer", ("client_name",)),
    Item("address", ("client_address", "address")),
    Item("contact", ("client_contact", "contact", "client_phone")),
    Item("received_on", ("received_on", "created_at", "began_on")),
    Item("valid_until", ("valid_until", "recruitment_closes_on")),
    Item("headcount", ("headcount",)),
    Item("occupation", ("occupation", "title", "position")),
    Item("workplace", ("workplace",)),
    Item("term", ("contract",)),
    Item("wage", ("wage", "expected_pay")),
)
SEEKERS: tuple[Item, ...] = (
    Item("name", ("subject",)),
    Item("address", ("seeker_address", "home_address")),
    Item("born_on", ("born_on", "birth_date")),
    Item("wish", ("wished_occupation", "position", "occupation")),
    Item("received_on", ("received_on", "created_at", "began_on")),
    Item("valid_until", ("seeking_until",)),
)
FEES: tuple[Item, ...] = (
    Item("payer", ("client_name",)),
    Item("paid_on", ("fee_paid_on",)),
    Item("kind", ("fee_kind",)),
    Item("fee", ("fee",)),
    Item("basis", ("fee_basis",)),
)
COURSE = ("case_id", "introduced_to", "outcome", "joined_on", "indefinite", "no_poaching_until", "state", "asked_on",
          "asked_how", "refund_until", "refunded", "may_go_on")  # fmt: skip
"""What stands to the right in each book: how it went, and for the indefinite what is added."""


@dataclass(frozen=True)
class Ledgers:
    """The books on a day: one row per job, per job seeker, per fee; `missing`: one row per item that is not written.

    Columns of each book: the names of its items, then those of `COURSE` that it has. `missing`: `ledger, item,
    case_id, client_id, basis` (`ours`), `law`.
    """

    jobs: pl.DataFrame
    seekers: pl.DataFrame
    fees: pl.DataFrame
    missing: pl.DataFrame


def ledgers(log: EventLog, agency: Agency, may_go: Mapping[str, date] | None = None, office: str = "") -> Ledgers:
    """The three books of an agency; `may_go`: since when each case may be erased (`keeping.keeping`).

    Cases by 業務委託 are no placement and are in none of them. `office` keeps one.
    """
    cases = list(_cases(log, agency, may_go or {}, office))
    books = {
        "jobs": _book(_per_job(cases), JOBS),
        "seekers": _book(cases, SEEKERS),
        "fees": _book([case for case in cases if case["joined_on"] is not None], FEES),
    }
    lacking = [
        (name, item.name, row["case_id"], row["client_id"], "ours", LAW)
        for name, items in (("jobs", JOBS), ("seekers", SEEKERS), ("fees", FEES))
        for row in books[name].iter_rows(named=True)
        for item in items
        if item.needed and row[item.name] is None
    ]
    schema = dict.fromkeys(("ledger", "item", "case_id", "client_id", "basis", "law"), pl.String)
    return Ledgers(**books, missing=pl.DataFrame(lacking, schema=schema, orient="row"))


def _cases(log: EventLog, agency: Agency, may_go: Mapping[str, date], office: str) -> Iterator[Mapping[str, Any]]:
    """Every job seeker's case with what the tables say of it, of its opening, of its client and of its placement."""
    hires = {row["case_id"]: row for row in placed(log, agency).iter_rows(named=True)}
    openings = _by_id(log.tables.openings, "opening_id")
    clients = _by_id(log.tables.clients, "client_id")
    began = dict(log.events.group_by("case_id").agg(pl.col("timestamp").min().dt.date()).collect().rows())
    from playbook.answers.flow.funnel import case_states

    outcomes = dict(case_states(log).select("case_id", "outcome").rows())
    ours = log.cases.filter(~pl.col("playbook").is_in(list(_NOT_OURS)))
    for case in ours.sort("case_id").iter_rows(named=True):
        hire = hires.get(case["case_id"], {})
        of_office = str(case.get("office") or agency.office or "")
        if hire.get("term") == "not_employment" or (office and of_office != office):
            continue
        client = clients.get(case["client_id"], {})
        joined, indefinite = hire.get("joined_on"), hire.get("term") == "indefinite"
        yield {
            **openings.get(case["opening_id"], {}),
            **{name: value for name, value in case.items() if value is not None},
            **{f"client_{name}": value for name, value in client.items()},
            "client_id": case["client_id"],
            "began_on": began.get(case["case_id"]),
            "contract": hire.get("contract") or case.get("employment_term"),
            "introduced_to": client.get("name") or case["client_id"],
            "outcome": outcomes.get(case["case_id"]),
            "joined_on": joined,
            "indefinite": indefinite if joined is not None else None,
            "no_poaching_until": last_day(joined, Agency(), MONTHS) if indefinite and joined else None,
            "state": hire.get("state"),
            "asked_on": hire.get("asked_on"),
            "asked_how": hire.get("asked_how"),
            "refund_until": case.get("refund_until"),
            "refunded": case.get("refunded"),
            "may_go_on": may_go.get(case["case_id"]),
        }


def _by_id(frame: pl.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    rows = ({name: value for name, value in row.items() if name != "row"} for row in frame.iter_rows(named=True))
    return {str(row[key]): row for row in rows}


def _per_job(cases: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One row per opening, the one who was hired standing for it; a case without an opening is a job of its own."""
    found: dict[str, Mapping[str, Any]] = {}
    for case in cases:
        job = str(case.get("opening_id") or case["case_id"])
        if job not in found or (found[job]["joined_on"] is None and case["joined_on"] is not None):
            found[job] = case
    return list(found.values())


def _book(cases: Sequence[Mapping[str, Any]], items: Sequence[Item]) -> pl.DataFrame:
    rows = [
        [*(_said(case, item) for item in items), case["client_id"], *(_written(case.get(name)) for name in COURSE)]
        for case in cases
    ]
    dated = {"joined_on", "no_poaching_until", "asked_on", "may_go_on"}
    schema = {
        **{item.name: pl.String for item in items},
        "client_id": pl.String,
        **{name: pl.Date if name in dated else pl.Boolean if name == "indefinite" else pl.String for name in COURSE},
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _said(case: Mapping[str, Any], item: Item) -> str | None:
    found = next((case[name] for name in item.said_by if case.get(name) not in (None, "")), None)
    written = _written(found)
    return None if written is None else str(written)


def _written(value: object) -> object:
    if hasattr(value, "date") and callable(value.date):
        return value.date()
    return int(value) if isinstance(value, float) and value.is_integer() else value
