"""The goal sheet that a manager has filled in (see ``goal_sheet``): its goals become milestones of the placement
that it names. What its head says of the case is for its reader; the case itself is kept elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from playbook.errors import WorkspaceError
from playbook.goal_sheet import COLUMNS, is_goal_sheet, read_goal_sheet
from playbook.importing.raw import Raw
from playbook.tables import ROW

MAPPING: dict[str, Any] = {
    "playbook": "placement-followup",
    "source": [
        {
            "file": "*",
            "milestones": {
                "case_id": "case_id",
                **{name: {"column": name, "optional": True} for name in COLUMNS},
            },
        }
    ],
}


def from_workbook(path: Path) -> Raw | None:
    """The goals of a form, one row per goal; None where the workbook is none, or cannot be opened.

    Raises WorkspaceError for a form with something in it that cannot be read.
    """
    try:
        if not is_goal_sheet(path):
            return None
    except WorkspaceError:  # said by the reader of workbooks
        return None
    form = read_goal_sheet(path)
    rows = pl.Series(ROW, form.rows, pl.UInt32)
    goals = form.milestones.select(rows, pl.exclude(ROW).cast(pl.String))
    return Raw("goal_sheet", goals, path, str(path), "goal sheet")
