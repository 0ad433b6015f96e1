"""An import into a workspace that may already be there: only what is new or changed is written, nothing is taken
away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from playbook.days.written import parse_instants
from playbook.importing import goal_form
from playbook.importing.combine import EVENT_ID, normal_keys
from playbook.importing.report import FOLDER, QUARANTINE_FILE, READABLE_FILE, REPORT_FILE, WRITTEN, Report
from playbook.importing.run import Imported
from playbook.importing.store import csv_of, table_there, write_files
from playbook.tables.declared import REQUIRED_TABLES, TABLES, Kind, Table
from playbook.tables.settings import FILE_NAME
from playbook.words.problem import Problem, WorkspaceError
from playbook.words.text import Lang

_KEY = "\x00key"


def write_workspace(imported: Imported, folder: Path, *, merge: bool = True, lang: Lang = "ja") -> Report:
    """Write an import into a workspace folder; the report, with what was added, changed and left per table.

    With `merge`, rows that are there stay where they are; a row with the same key (or the same event, found again by
    its id) gets the cells that the import knows; new rows go below. Without, the tables of the import replace those
    that are there. Tables are CSV, UTF-8 with BOM, so that Excel opens them; the same import gives the same bytes.
    The report stands in `import/` (report.md, report.json, quarantine.csv). Raises WorkspaceError where a table
    cannot be read or written.
    """
    problems: list[Problem] = []
    there = {name: table_there(folder, name, problems) if merge else None for name in TABLES}
    if problems:
        raise WorkspaceError(problems)
    stay = ("playbook",) if set(imported.report.files["kind"]) <= set(goal_form.MAPPINGS) else ()
    counts: list[tuple[str, int, int, int, int]] = []
    contents: dict[Path, str] = {}
    for name, table in TABLES.items():
        new = imported.tables.get(name)
        if new is None and (name not in REQUIRED_TABLES or there[name] is not None):
            continue
        rows, count = _merged(table, there[name], new if new is not None else _empty(table), imported.timezone, stay)
        contents[folder / f"{name}.csv"] = "\ufeff" + csv_of(rows)
        counts.append((name, *count))
    report = replace(imported.report, written=pl.DataFrame(counts, schema=WRITTEN, orient="row"))
    contents[folder / FOLDER / REPORT_FILE] = report.to_json()
    contents[folder / FOLDER / READABLE_FILE] = report.say(lang)
    contents[folder / FOLDER / QUARANTINE_FILE] = "\ufeff" + csv_of(imported.quarantine)
    if imported.timezone != "Asia/Tokyo" and not (folder / FILE_NAME).exists():
        contents[folder / FILE_NAME] = f'timezone = "{imported.timezone}"\n'
    write_files(contents)
    return report


def _empty(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={column.name: pl.String for column in table.columns})


# One table


def _merged(
    table: Table, old: pl.DataFrame | None, new: pl.DataFrame, timezone: str, stay: Sequence[str] = ()
) -> tuple[pl.DataFrame, tuple[int, int, int, int]]:
    """The rows of a table after an import, and how many were added, changed, left the same, and are only here.

    `stay`: columns whose cells, where they are filled, an import leaves as they are.
    """
    new = _sorted(table, new)
    if old is None:
        return new, (len(new), 0, 0, 0)
    columns = [*old.columns, *(name for name in new.columns if name not in old.columns)]
    old, new = (_with_columns(frame, columns) for frame in (old, new))
    place = _places(table, old, new, timezone)
    fresh = new.filter(place.is_null())
    known = new.with_columns(place.alias(_KEY)).filter(pl.col(_KEY).is_not_null()).unique(_KEY, keep="last")
    numbered = old.with_row_index(_KEY)
    both = numbered.join(
        known.with_columns(pl.col(_KEY).cast(pl.UInt32)), on=_KEY, how="left", suffix="\x00new", maintain_order="left"
    )
    first = {name: (name, f"{name}\x00new") if name in stay else (f"{name}\x00new", name) for name in columns}
    updated = both.select(_KEY, *(pl.coalesce(*names).alias(name) for name, names in first.items()))
    same = updated.select(columns).equals(old, null_equal=True)
    differs = 0 if same else _differing(old, updated.select(columns))
    count = (len(fresh), differs, len(known) - differs, len(old) - len(known))
    return pl.concat([updated.select(columns), fresh]), count


def _differing(old: pl.DataFrame, new: pl.DataFrame) -> int:
    changed = [~old[name].eq_missing(new[name]) for name in old.columns]
    return int(
        pl.DataFrame([one.alias(str(n)) for n, one in enumerate(changed)])
        .select(pl.any_horizontal(pl.all()).sum())
        .item()
    )


def _with_columns(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The columns asked for, blank cells as null."""
    have = [frame[name].set(frame[name].str.strip_chars() == "", None) for name in columns if name in frame.columns]
    full = pl.DataFrame(have).with_columns(
        pl.lit(None, pl.String).alias(name) for name in columns if name not in frame.columns
    )
    return full.select(columns)


def _places(table: Table, old: pl.DataFrame, new: pl.DataFrame, timezone: str) -> pl.Series:
    """For each new row the place of the old row that it is, or null; nothing is two old rows, no two are one."""
    place = pl.Series([None] * len(new), dtype=pl.Int64)
    if table.name == "events" and EVENT_ID in old.columns and EVENT_ID in new.columns:
        place = _found(old[EVENT_ID], new[EVENT_ID])
    key = [name for name in (table.key or tuple(new.columns)) if name in new.columns]
    by_key = _found(_keyed(table, old, key, timezone), _keyed(table, new, key, timezone))
    taken = place.drop_nulls()
    return place.fill_null(by_key.set(by_key.is_in(taken.implode()), None) if len(taken) else by_key)


def _keyed(table: Table, frame: pl.DataFrame, key: Sequence[str], timezone: str) -> pl.Series:
    kinds = {column.name: column.kind for column in table.columns}
    instants = {
        name: parse_instants(frame[name], timezone).dt.convert_time_zone("UTC").dt.timestamp("us")
        for name in key
        if kinds.get(name) in (Kind.INSTANT, Kind.DAY)
    }
    said = normal_keys(frame, key, instants)
    if table.key:
        return said
    nth = pl.DataFrame({"said": said}).select(pl.int_range(pl.len()).over("said").cast(pl.String)).to_series()
    return said + "\x1f" + nth


def _found(old: pl.Series, new: pl.Series) -> pl.Series:
    known = pl.DataFrame({"key": old, "place": pl.Series(range(len(old)), dtype=pl.Int64)}).drop_nulls("key")
    first = known.unique("key", keep="first", maintain_order=True)
    return new.rename("key").to_frame().join(first, on="key", how="left", maintain_order="left")["place"]


_ORDER: Mapping[str, tuple[str, ...]] = {"events": ("timestamp", "case_id", "activity")}


def _sorted(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Events in order of time, everything else in order of its key, so that the same rows give the same bytes."""
    order = [name for name in _ORDER.get(table.name, table.key) if name in rows.columns]
    return rows.sort(order, nulls_last=True, maintain_order=True) if order else rows
