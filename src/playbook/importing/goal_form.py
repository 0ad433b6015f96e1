"""The goal sheet that a manager has filled in (see ``goal_sheet``): its goals become milestones of the placement
that it names, and what its head says goes into the case: its goals, mission and period, the hire, the day of joining.

A case that is there keeps its playbook and whatever the head leaves empty. The client is named in the head for its
reader alone: a case knows it by its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from playbook.importing.raw import Raw
from playbook.show.goal_sheet import ABOUT, COLUMNS, is_goal_sheet, read_goal_sheet
from playbook.tables.declared import ROW
from playbook.words.problem import WorkspaceError

PLAYBOOK = "placement-followup"
HEAD = tuple(name for name in ABOUT if name not in ("case_id", "client"))


def _mapping(table: str, columns: Sequence[str]) -> dict[str, Any]:
    optional = {name: {"column": name, "optional": True} for name in columns}
    return {"playbook": PLAYBOOK, "source": [{"file": "*", table: {"case_id": "case_id", **optional}}]}


MAPPINGS: dict[str, dict[str, Any]] = {
    "goal_sheet": _mapping("milestones", COLUMNS),
    "goal_sheet.case": _mapping("cases", HEAD),
}


_HEAD_ROW = 2  # where the case is named


def from_workbook(path: Path) -> tuple[Raw, ...] | None:
    """The goals of a form, one row per goal, and its case; None where the workbook is none, or cannot be opened.

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
    case = pl.DataFrame({ROW: [_HEAD_ROW], **{name: [form.about.get(name)] for name in ("case_id", *HEAD)}})
    typed = case.cast({ROW: pl.UInt32, **dict.fromkeys(("case_id", *HEAD), pl.String)})
    return (
        Raw("goal_sheet", goals, path, str(path), "goal sheet"),
        Raw("goal_sheet.case", typed, path, f"{path}, case", "goal sheet"),
    )
