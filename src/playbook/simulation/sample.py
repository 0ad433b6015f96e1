"""The sample workspace as files: the simulation as people keep it, a few rows broken on purpose, and the truth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from playbook.simulation.names import AGENCY
from playbook.simulation.scenario import Scenario
from playbook.simulation.simulated import Simulated, simulate
from playbook.tables.declared import TABLES

SETTINGS = f"""\
# 見本のワークスペースの設定。書き方は `playbook init` が作る README にあります。
name = "{AGENCY}"
timezone = "Asia/Tokyo"
language = "ja"
horizon = 7
"""

BROKEN: tuple[tuple[str, Mapping[str, str], str], ...] = (
    ("events", {"case_id": "J-010", "activity": "applied", "timestamp": "2026-02-30 10:00"}, "bad_date"),
    ("events", {"case_id": "A-012", "activity": "followup_sent", "timestamp": "来週の月曜"}, "bad_date"),
    ("events", {"case_id": "J-999", "activity": "applied", "timestamp": "2026-10-05 11:20"}, "unknown_case"),
    ("events", {"case_id": "", "activity": "visit_held", "timestamp": "2026-09-15 14:00"}, "missing_key"),
    ("cases", {"case_id": "", "playbook": "casual-interview", "client_id": "K-02", "subject": "氏名のみ"},
     "missing_key"),
    ("milestones", {"case_id": "P-003", "milestone": "次期計画の説明会", "track": "会社", "due_on": "2026-03-31"},
     "bad_value"),
    ("voices", {"case_id": "P-404", "side": "hire", "held_on": "2026-06-10", "topic": "仕事", "note": "別会社の記録"},
     "unknown_case"),
)  # fmt: skip
"""Rows that cannot be used, one per way of going wrong: table, cells, why. One event more is entered twice."""

_TWICE = 25


def sample(scenario: Scenario | None = None) -> Simulated:
    """The sample workspace with its truth, before any row is broken."""
    return simulate(scenario or Scenario(), long_run=True)


def write_simulated(simulated: Simulated, folder: Path, *, broken: bool = False) -> list[Path]:
    """The files of a workspace written to a folder: a CSV per table, `workspace.toml`, `truth.json`; which they are.

    `broken`: also write the rows of `BROKEN`, and one event twice. The same simulation gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {name: as_people_write(frame) for name, frame in simulated.tables.items()}
    if broken:
        tables = spoiled(tables)
    written = {f"{name}.csv": tables[name].write_csv(line_terminator="\n") for name in TABLES if name in tables}
    written["workspace.toml"] = SETTINGS
    written["truth.json"] = json.dumps(simulated.truth, ensure_ascii=False, indent=1, default=str) + "\n"
    for name, text in written.items():
        (folder / name).write_bytes(text.encode("utf-8"))
    return [folder / name for name in written]


def as_people_write(frame: pl.DataFrame) -> pl.DataFrame:
    """The same cells as people write them: days as days, moments to the minute, a day alone where it has no time."""
    return frame.select(_written(name, dtype) for name, dtype in frame.schema.items())


def _written(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Datetime:
        day, minute = column.dt.strftime("%Y-%m-%d"), column.dt.strftime("%Y-%m-%d %H:%M")
        return pl.when(column.dt.time() == pl.time(0, 0)).then(day).otherwise(minute).alias(name)
    return column.cast(pl.String)


def spoiled(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables with the rows of `BROKEN` spread among the others, and one event entered a second time."""
    events = tables["events"]
    again = events.slice(events.height - _TWICE, 1)
    wrong = {name: pl.DataFrame([row for table, row, _ in BROKEN if table == name]) for name in TABLES}
    return {
        name: _mixed(frame, [*wrong[name].iter_slices(1), *([again] if name == "events" else [])])
        for name, frame in tables.items()
    }


def _mixed(frame: pl.DataFrame, rows: list[pl.DataFrame]) -> pl.DataFrame:
    parts, step = [], max(1, frame.height // (len(rows) + 1))
    for number, row in enumerate(rows):
        parts += [frame.slice(number * step, step), row]
    return pl.concat([*parts, frame.slice(len(rows) * step)], how="diagonal")


def write_sample(folder: Path) -> list[Path]:
    """The sample workspace of the project, written to a folder."""
    return write_simulated(sample(), folder, broken=True)
