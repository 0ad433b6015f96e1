"""A workspace with a past gives the same rows in shards as in one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

import playbook as pb
from playbook.clock.replay import ORDER
from playbook.cluster.shards import shards

TABLES = {
    "cases": "case_id,playbook,client_id,opening_id,recorded_at\n"
    "A,joins-selection,C1,O1,\nB,joins-selection,C1,,\nB,joins-selection,C2,,2026-06-05\nD,joins-selection,,O2,\n",
    "openings": "opening_id,client_id,recruitment_closes_on,recorded_at,gone\n"
    "O1,C1,2026-06-01,,\nO1,C1,2026-07-01,2026-06-12,\nO2,C3,2026-06-03,,\n",
    "events": "case_id,activity,timestamp,recorded_at,gone\n"
    "A,applied,2026-05-20 10:00,,\nB,applied,2026-05-21,,\nD,applied,2026-05-22 10:00,,\n"
    "D,rejected,2026-05-25 10:00,,\nD,rejected,2026-05-25 10:00,2026-05-28,yes\n",
    "answers": "case_id,rule_id,answer,recorded_at,until\nA,notify-applicants,later,2026-06-02 09:00,2026-06-20\n",
    "closures": "date,name,client_id,recorded_at\n2026-06-08,休,C1,2026-06-03\n",
    "assignments": "role,person,client_id,from_on,to_on\n"
    "driver,佐藤,C1,,2026-06-07\ndriver,鈴木,C1,2026-06-08,\ndriver,高橋,C2,,\n",
}


def test_shards_of_a_workspace_with_a_past_give_its_rows(tmp_path: Path) -> None:
    """Versions, what is gone, answers and owners in time: at every day, whichever client a case has come to."""
    frames = {name: pl.read_csv(text.encode(), infer_schema=False) for name, text in TABLES.items()}
    whole: pb.Workspace[Any] = pb.Workspace(**frames)
    assert whole.quarantine.is_empty()
    parts = [shard.workspace() for shard in shards(whole, tmp_path / "shards")]
    assert len(parts) > 1
    for day in ("2026-05-26", "2026-06-04", "2026-06-10", "2026-06-13", "2026-07-20"):
        together = pl.concat([part.due(day, all=True) for part in parts]).sort(ORDER, nulls_last=True)
        alone = whole.due(day, all=True)
        assert len(alone), day
        assert_frame_equal(together, alone)
