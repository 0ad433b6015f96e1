"""The tables of a workspace folder as text, read to be written again: what is there stays as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from playbook.files.formulas import neutralise, neutralised
from playbook.files.sheet import SUFFIXES
from playbook.tables.declared import ROW
from playbook.tables.file import read_own
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError, reason


def table_there(folder: Path, name: str, problems: list[Problem]) -> pl.DataFrame | None:
    """The table as it is in the folder; None where there is none."""
    if not folder.exists():
        return None
    if not folder.is_dir():
        problems.append(
            Problem(str(folder), msg("is a file"), msg("a folder, there or to be made"))
        ) if name == "events" else None
        return None
    found = [path for path in sorted(folder.iterdir()) if path.stem.lower() == name and path.suffix.lower() in SUFFIXES]
    others = [path for path in found if path.name != f"{name}.csv"]
    if others:
        wrong = msg("table '{name}' is kept in {name2}, and an import writes CSV", name=name, name2=others[0].name)
        problems.append(
            Problem(str(others[0]), wrong, msg("save it as {name}.csv, or import into another folder", name=name))
        )
        return None
    if not found:
        return None
    try:
        sheet = read_own(found[0], name)
    except WorkspaceError as error:
        problems.extend(error.problems)
        return None
    if len(sheet.refused):
        wrong = msg("row {refused} is no row; importing would lose it", refused=sheet.refused[ROW][0])
        problems.append(Problem(str(found[0]), wrong, msg("a table whose lines all have as many cells as its header")))
    return sheet.frame.drop(ROW)


def appended(folder: Path, name: str, rows: pl.DataFrame) -> str:
    """A table of a folder with rows below those that are there, as CSV; WorkspaceError where it cannot be read."""
    problems: list[Problem] = []
    old = table_there(folder, name, problems)
    if problems:
        raise WorkspaceError(problems)
    text = rows.select(pl.all().cast(pl.String))
    return "\ufeff" + csv_of(text if old is None else pl.concat([old, text], how="diagonal"))


def csv_of(rows: pl.DataFrame) -> str:
    """A table as CSV: CRLF, quotes where needed, blank for null; a text that Excel would run gets an apostrophe."""
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    safe = rows.with_columns(neutralised(rows[name]) for name in texts).rename(neutralise)
    blank = pl.col(pl.String).replace("", None) if rows.width > 1 else pl.col(pl.String).fill_null("")
    return safe.with_columns(blank).write_csv(line_terminator="\r\n")


def write_files(contents: Mapping[Path, str]) -> None:
    """All files, each written beside its place and moved into it, so that no table is ever half there."""
    try:
        for path, text in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(path.name + ".part")
            beside.write_text(text, encoding="utf-8", newline="")
            Path(beside).replace(path)
    except OSError as error:
        place = str(error.filename or next(iter(contents)))
        raise WorkspaceError(
            Problem(
                place,
                msg("cannot be written: {value}", value=reason(error)),
                msg("a folder that can be written; close it in Excel"),
            )
        ) from None
