"""Who was erased does not come back with the next export: its rows are left out, and that is told by the id alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from playbook.importing.run import Imported
from playbook.importing.text import folded
from playbook.tables.filed import erased_cases
from playbook.words.folding import fold_id


def without_erased(imported: Imported, folder: Path) -> tuple[Imported, tuple[str, ...]]:
    """An import without the cases that were erased from the workspace (`filed/erased.csv`), and their ids, in order.

    Where there are any, nothing of the report quotes a cell: examples and refused values would be theirs, too.
    """
    gone = {fold_id(case) for case in erased_cases(folder)}
    theirs = {name: _of(frame, gone) for name, frame in imported.tables.items() if gone and "case_id" in frame.columns}
    came = sorted({id for name, mine in theirs.items() for id in imported.tables[name].filter(mine)["case_id"]})
    if not came:
        return imported, ()
    tables = {name: frame.filter(~theirs[name]) if name in theirs else frame for name, frame in imported.tables.items()}
    report = replace(imported.report, columns=imported.report.columns.with_columns(examples=pl.lit("")))
    quarantine = imported.quarantine.with_columns(value=pl.lit(None, pl.String))
    return replace(imported, tables=tables, report=report, quarantine=quarantine), tuple(came)


def _of(frame: pl.DataFrame, gone: set[str]) -> pl.Series:
    return folded(frame["case_id"], fold_id).is_in(list(gone)).fill_null(False)
