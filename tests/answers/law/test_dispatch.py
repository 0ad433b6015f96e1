"""Contracts of dispatch: renewals ask anew, and what passes a limit of the law is a finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import playbook as pb

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "cases" / "workspaces" / "dispatch-renewal"
BASE = {"playbook": "dispatch-contracts", "client_id": "K1", "subject": "契約"}


def found(*cases: dict[str, Any], events: tuple[tuple[str, str, str], ...] = (), as_of: str = "2026-12-01") -> set[Any]:
    """The findings of contracts, each signed on the day before it starts: id, case and detail."""
    signed = [(case["case_id"], "individual_contract_signed", "2023-01-10") for case in cases if not events]
    ws = pb.Workspace(
        events=pl.DataFrame([*signed, *events], schema=["case_id", "activity", "timestamp"], orient="row"),
        cases=pl.DataFrame([{**BASE, **case} for case in cases], infer_schema_length=None),
    )
    rows = ws.on(as_of).violations()
    return set(rows.filter(pl.col("kind").is_in(["period", "precedence"])).select("id", "case_id", "detail").rows())


def ids(rows: set[Any]) -> set[tuple[str, str]]:
    return {(id, case) for id, case, _ in rows if id in ("period-passes-conflict-date", "three-years-in-one-unit",
                                                         "former-employee-within-a-year")}  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "passes"),
    [
        ({"contract_ends_on": "2026-06-30", "conflict_date_office": "2026-03-01"}, True),
        ({"contract_ends_on": "2026-02-28", "conflict_date_office": "2026-03-01"}, False),
        ({"contract_ends_on": "2026-03-01", "conflict_date_office": "2026-03-01"}, True),
        ({"contract_ends_on": "2026-06-30", "conflict_date_person": "2026-06-30"}, True),
        ({"contract_ends_on": "2026-06-30"}, False),
    ],
)
def test_a_period_may_end_the_day_before_a_conflict_date(cells: dict[str, str], passes: bool) -> None:
    """The conflict date itself is the first day on which nobody may be received."""
    assert (("period-passes-conflict-date", "D") in ids(found({"case_id": "D", **cells}))) == passes


def test_the_finding_names_the_limit_and_the_day() -> None:
    """Which of the dates is passed, and by which last day."""
    rows = found({"case_id": "D", "contract_ends_on": "2026-06-30", "conflict_date_office": "2026-03-01"})
    assert ("period-passes-conflict-date", "D", "conflict_date_office 2026-03-01: 2026-06-30") in rows


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared workspaces are not beside this clone")
def test_the_shared_renewal() -> None:
    """The second signing has neither notice nor treatment information, and the period passes the conflict date."""
    rows = pb.open(SHARED).on("2026-04-30").violations()
    told = {(row["kind"], row["id"], str(row["at"])[:10]) for row in rows.to_dicts()}
    assert ("period", "period-passes-conflict-date", "2026-04-15") in told
    assert ("precedence", "notices-before-contract", "2026-04-15") in told
    assert ("precedence", "notices-before-contract", "2026-01-15") not in told


def test_each_contract_needs_its_own_notices() -> None:
    """Two signings of one case: the notice before the first does not serve the second."""
    events = (
        ("D", "conflict_date_notice_received", "2026-01-05"), ("D", "treatment_info_received", "2026-01-05"),
        ("D", "former_employee_checked", "2026-01-06"), ("D", "individual_contract_signed", "2026-01-10"),
        ("D", "treatment_info_received", "2026-04-05"), ("D", "individual_contract_signed", "2026-04-10"),
    )  # fmt: skip
    rows = found({"case_id": "D"}, events=events)
    assert {(id, detail) for id, _, detail in rows} == {
        ("notice-before-each-contract", "conflict_date_notice_received")
    }


def test_three_years_of_one_person_in_one_unit() -> None:
    """A gap of three months or less goes on counting; of more, it begins anew."""
    unit = {"worker": "派遣 花", "org_unit": "経理課"}
    first = {"case_id": "A", **unit, "contract_starts_on": "2022-04-01", "contract_ends_on": "2024-03-31"}
    soon = {"case_id": "B", **unit, "contract_starts_on": "2024-07-01", "contract_ends_on": "2025-04-30"}
    later = {"case_id": "B", **unit, "contract_starts_on": "2024-07-02", "contract_ends_on": "2025-04-30"}
    assert ids(found(first, soon)) == {("three-years-in-one-unit", "B")}
    assert ids(found(first, later)) == set()
    assert ids(found(first, {**soon, "org_unit": "総務課"})) == set()
    assert ids(found(first, {**soon, "contract_ends_on": "2025-03-31"})) == set()


def test_a_former_employee_waits_a_year() -> None:
    """Within a year of leaving the client nobody may be sent there; retirees of sixty or more may."""
    sent = {"case_id": "D", "contract_starts_on": "2026-04-01", "contract_ends_on": "2026-06-30"}
    assert ids(found({**sent, "former_employee_left_on": "2025-04-01"})) == {("former-employee-within-a-year", "D")}
    assert ids(found({**sent, "former_employee_left_on": "2025-03-31"})) == set()
    over = {"former_employee_left_on": "2025-12-31", "over_60_retiree": "はい"}
    assert ids(found({**sent, **over})) == set()


def test_the_clock_of_a_contract() -> None:
    """Notices before the start, an answer 30 days before the end, the union a month before the office's date."""
    case = {"case_id": "D", "contract_starts_on": "2026-04-01", "contract_ends_on": "2026-06-30",
            "conflict_date_office": "2026-09-01", "created_at": "2026-03-01", **BASE}  # fmt: skip
    events = pl.DataFrame({"case_id": ["D"], "activity": ["former_employee_checked"], "timestamp": ["2026-03-02"]})
    due = pb.Workspace(events=events, cases=pl.DataFrame([case])).on("2026-03-10").due(all=True)
    days = {row["rule_id"]: str(row["due_at"])[:10] for row in due.to_dicts()}
    assert days["get-notice"] == days["get-treatment-info"] == "2026-03-31"
    assert days["decide-renewal"] == "2026-05-31"
    assert days["hear-union"] == "2026-08-01"
