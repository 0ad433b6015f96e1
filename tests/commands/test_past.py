"""What `playbook check` says of assignments that hold for two at once, or by columns that are not read."""

from __future__ import annotations

from typing import Any

import polars as pl

import playbook as pb
from playbook.commands.past import near_names, two_at_once


def assignments(text: str) -> pl.DataFrame:
    """The assignments of a workspace, as it reads them."""
    frames = {
        "cases": "case_id,playbook\nA,joins-selection\n",
        "events": "case_id,activity,timestamp\nA,applied,2026-06-01 10:00\n",
        "assignments": text,
    }
    read = {name: pl.read_csv(one.encode(), infer_schema=False) for name, one in frames.items()}
    ws: pb.Workspace[Any] = pb.Workspace(**read)
    return ws.tables.assignments


def test_two_people_in_one_scope_and_role_on_one_day_are_named() -> None:
    """Only where their days meet; another role, another client or the day after are nothing to report."""
    rows = assignments(
        "role,person,client_id,from_on,to_on\n"
        "driver,佐藤,C,,2026-03-31\ndriver,鈴木,C,2026-04-01,\ndriver,田中,C,2026-06-01,2026-06-30\n"
        "driver,高橋,D,,\nsupport,高橋,C,,\n"
    )
    assert list(two_at_once(rows)) == [("driver C", "鈴木, 田中 (3, 4)")]


def test_columns_with_another_name_for_the_days_are_named() -> None:
    """English and Japanese names; where the column that is read has cells, nothing is said."""
    rows = assignments("role,person,Valid From,終了日\ndriver,佐藤,2026-04-01,\ndriver,鈴木,,2026-03-31\n")
    assert list(near_names(rows)) == [("Valid From", 1, "from_on"), ("終了日", 1, "to_on")]
    assert not list(near_names(assignments("role,person,from_on,since\ndriver,佐藤,2026-04-01,x\n")))
