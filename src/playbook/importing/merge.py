"""An import into a workspace that may already be there: what changed becomes a version, and nothing is overwritten.

So a past day's answer stays what it was (DESIGN sections 2 and 5). What an export says otherwise than the one before is
told by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from playbook.days.written import parse_instants
from playbook.importing.combine import EVENT_ID, STATE, normal_keys
from playbook.importing.erased import without_erased
from playbook.importing.exports import before as exported_before
from playbook.importing.exports import noted
from playbook.importing.goal_form import MAPPINGS as OF_GOAL_SHEETS
from playbook.importing.report import (
    CHANGES,
    FOLDER,
    QUARANTINE_FILE,
    READABLE_FILE,
    REPORT_FILE,
    WRITTEN,
    Report,
    quarantine_said,
)
from playbook.importing.run import Imported
from playbook.importing.store import csv_of, table_there, write_files
from playbook.importing.text import folded
from playbook.tables.declared import REQUIRED_TABLES, TABLES, CellKind, TableSchema
from playbook.tables.settings import FILE_NAME
from playbook.words.folding import fold_id, fold_key
from playbook.words.problem import Problem, WorkspaceError
from playbook.words.text import Lang

_AT, _GONE = "recorded_at", "gone"
_UNSEEN = ("earliest", EVENT_ID)  # what says when and how a row was made, and nothing of the thing
_OWN = ("key", "nth", "moved", "differs")  # what a row is told by while tables are merged
_SCOPE = ("case_id", "opening_id", "client_id")
_ALWAYS = -(2**62)
_Row = dict[str, Any]
_Scope = tuple[str | None, ...]


def write_workspace(
    imported: Imported,
    folder: Path,
    *,
    merge: bool = True,
    lang: Lang = "ja",
    taken: datetime | None = None,
    backlog: bool = False,
    complete: bool = False,
) -> Report:
    """Write an import into a workspace folder; the report, with what was added, changed and left per table.

    With `merge`, rows that are there stay as they are. A row that says something else becomes a version below, known
    from `taken` (when the export was taken; else the last moment in it); a new row is known from then too, unless the
    export says when it was recorded, or `backlog` says that it was always known. An event with another time: the old
    one is gone, the new one added; one whose day was cleared is gone. What the export does not hold stays and is
    counted, or is gone where the export is `complete`. Without `merge`, the tables of the import replace those that are
    there. Tables are CSV, UTF-8 with BOM, so that Excel opens them; the same import gives the same bytes, and adds
    nothing a second time. A case that was erased from the workspace stays erased, and is told by its id.
    The report stands in `import/` (report.md, report.json, quarantine.csv). Raises WorkspaceError where a table
    cannot be read or written.
    """
    imported, erased = without_erased(imported, folder)
    problems: list[Problem] = []
    there = {name: table_there(folder, name, problems) if merge else None for name in TABLES}
    if problems:
        raise WorkspaceError(problems)
    imported = replace(imported, tables=_spelt_as_there(imported.tables, there))
    stay = ("playbook",) if set(imported.report.files["kind"]) <= set(OF_GOAL_SHEETS) else ()
    old = there["cases"]
    stamp = _Stamp(
        imported,
        taken or imported.taken,
        backlog,
        complete,
        any(one is not None for one in there.values()),
        exported_before(folder, imported) if merge else None,
        frozenset(old["case_id"].drop_nulls() if old is not None and "case_id" in old.columns else ()),
    )
    counts: list[tuple[str, int, int, int, int]] = []
    changes: list[_Row] = [_erased(case) for case in erased]
    contents: dict[Path, str] = {}
    for name, table in TABLES.items():
        new = imported.tables.get(name)
        if new is None and (name not in REQUIRED_TABLES or there[name] is not None):
            continue
        merging = _Merging(table, there[name], new if new is not None else _empty(table), stamp, stay)
        contents[folder / f"{name}.csv"] = "\ufeff" + csv_of(merging.rows)
        counts.append((name, *merging.count))
        changes += merging.changes
    written = pl.DataFrame(counts, schema=WRITTEN, orient="row")
    told = pl.DataFrame([_named(one, imported, there["cases"]) for one in changes], schema=CHANGES)
    report = replace(imported.report, written=written, changes=told)
    contents[folder / FOLDER / REPORT_FILE] = report.to_json()
    contents[folder / FOLDER / READABLE_FILE] = report.say(lang)
    contents[folder / FOLDER / QUARANTINE_FILE] = "\ufeff" + csv_of(quarantine_said(imported.quarantine, lang))
    contents |= noted(folder, imported, stamp.moment)
    if imported.timezone != "Asia/Tokyo" and not (folder / FILE_NAME).exists():
        contents[folder / FILE_NAME] = f'timezone = "{imported.timezone}"\n'
    write_files(contents)
    return report


_OWNERS = {"case_id": "cases", "opening_id": "openings", "client_id": "clients"}


def _spelt_as_there(
    tables: Mapping[str, pl.DataFrame], there: Mapping[str, pl.DataFrame | None]
) -> dict[str, pl.DataFrame]:
    """The tables of an import with ids written as the workspace writes them: `１` is the `1` that is there."""
    spelt = dict(tables)
    for column, owner in _OWNERS.items():
        own = there[owner]
        known = own[column].drop_nulls().unique() if own is not None and column in own.columns else pl.Series([""])
        by_form = dict(zip(folded(known, fold_id), known, strict=True))
        for name, frame in spelt.items():
            if column in frame.columns:
                others = frame[column].drop_nulls().unique()
                others = others.filter(~others.is_in(known.implode()))
                written = {id: by_form[form] for id, form in zip(others, folded(others, fold_id), strict=True)
                           if form in by_form}  # fmt: skip
                spelt[name] = frame.with_columns(pl.col(column).replace(written)) if written else frame
    return spelt


def _empty(table: TableSchema) -> pl.DataFrame:
    return pl.DataFrame(schema={column.name: pl.String for column in table.columns})


def _erased(case: str) -> _Row:
    return {"kind": "erased", "table": "cases", "id": case, "what": None, "before": None, "after": None}


def _named(change: _Row, imported: Imported, there: pl.DataFrame | None) -> _Row:
    """A change with whose it is: the subject of the case."""
    for cases in (imported.tables.get("cases"), there):
        if cases is not None and "subject" in cases.columns:
            names = cases.filter(case_id=change["id"])["subject"].drop_nulls()
            if len(names):
                return {**change, "name": names[-1]}
    return {**change, "name": None}


@dataclass(frozen=True)
class _Stamp:
    """When what an import says is known from, and how much of the world its export holds."""

    imported: Imported
    taken: datetime | None
    backlog: bool
    complete: bool
    there_before: bool
    before: str | None = None
    """When the export before was taken, of the same source."""
    known_before: frozenset[str] = frozenset()
    """The cases that were there before."""

    @cached_property
    def moment(self) -> str:
        """The moment of the export: as told, else the last one that stands in it."""
        if self.taken is not None:
            return self.taken.isoformat()
        events = self.imported.tables.get("events")
        if events is None or events.is_empty():
            return ""
        return str(events["timestamp"].max() or "")

    @property
    def day(self) -> str:
        """The day of the export."""
        return self.moment[:10]

    @property
    def new(self) -> str | None:
        """Since when a new row is known: always, in a workspace that begins with it."""
        return None if self.backlog or not self.there_before else self.moment or None

    @cached_property
    def cases(self) -> frozenset[str]:
        """The cases that the export holds."""
        frames = [frame["case_id"] for frame in self.imported.tables.values() if "case_id" in frame.columns]
        return frozenset(one for frame in frames for one in frame.drop_nulls())

    def made(self, table: str) -> frozenset[str]:
        """The columns of a table that the export has a place for."""
        columns = self.imported.report.columns.filter(table=table)["column"]
        return frozenset(columns)


@dataclass
class _Merging:
    """One table after an import: the rows that are there, then what is new and what has changed."""

    table: TableSchema
    old: pl.DataFrame | None
    new: pl.DataFrame
    stamp: _Stamp
    stay: Sequence[str] = ()
    changes: list[_Row] = field(default_factory=list)

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The table."""
        new = _sorted(self.table, self.new)
        if self.old is None:
            return new
        return pl.concat([self._before, self._frame(self._versions)])

    @cached_property
    def count(self) -> tuple[int, int, int, int]:
        """How many rows were added, changed, left the same, and are only here."""
        if self.old is None:
            return (len(self.new), 0, 0, 0)
        added, changed = self._fresh, self._changed
        return (added, changed, self._matched - changed, len(self._standing) - self._matched)

    # What is there, and what is new

    @cached_property
    def _columns(self) -> list[str]:
        assert self.old is not None
        said = [name for row in self._versions for name, cell in row.items() if cell is not None and name not in _OWN]
        return list(dict.fromkeys([*self.old.columns, *self.new.columns, *said]))

    @property
    def _before(self) -> pl.DataFrame:
        assert self.old is not None
        return _with_columns(self.old, self._columns)

    def _frame(self, rows: Sequence[_Row]) -> pl.DataFrame:
        whole = [{name: row.get(name) for name in self._columns} for row in rows]
        return pl.DataFrame(whole, schema=dict.fromkeys(self._columns, pl.String))

    @cached_property
    def _standing(self) -> pl.DataFrame:
        """The rows that stand, each with its `key` and the `nth` row it is: of each thing its latest version, unless it
        is gone.
        """
        assert self.old is not None
        whole = _blank_as_null(self.old).with_columns(key=self._keys(self.old)).with_row_index("nth")
        in_turn = whole.with_columns(_known_since(whole, self._zone).alias("since"))
        in_turn = in_turn.sort("since", "nth", descending=[False, True]).drop("since")  # of equals the upper one stands
        latest = in_turn.unique("key" if self.table.key else "nth", keep="last", maintain_order=True).sort("nth")
        return latest.filter(~_is_yes(latest[_GONE])) if _GONE in latest.columns else latest

    @property
    def _zone(self) -> str:
        return self.stamp.imported.timezone

    def _keys(self, frame: pl.DataFrame) -> pl.Series:
        return _keyed(self.table, frame, self._key, self._zone)

    @cached_property
    def _key(self) -> list[str]:
        assert self.old is not None
        named = self.table.key or tuple(name for name in self.new.columns if name != EVENT_ID)
        return [name for name in named if name in self.new.columns and name in {*self.old.columns, *self.new.columns}]

    @cached_property
    def _offered(self) -> pl.DataFrame:
        """The rows of the import, in order, each with its `key` and the row that stands for the same thing (`nth`)."""
        rows = _blank_as_null(_sorted(self.table, self.new))
        whole = _with_columns(rows, list(dict.fromkeys([*rows.columns, *self._key])))
        found = _looked_up(whole.with_columns(key=self._keys(whole)), self._standing, "key", "nth")
        if EVENT_ID in found.columns and EVENT_ID in self._standing.columns:
            found = _looked_up(found, self._standing, EVENT_ID, "of_id")
            found = found.with_columns(nth=pl.coalesce("of_id", "nth")).drop("of_id")
        return found

    @cached_property
    def _said(self) -> pl.DataFrame:
        """The rows of the import that say anything: new ones, and of those that stand the first that says otherwise;
        with `moved`, whether it stands at another time, and `differs`, the columns in which it says otherwise.
        """
        known = _gathered(self._standing, self._offered["nth"])
        rows = self._offered.with_columns(
            self._moved_from(known).alias("moved"), self._differing(known).alias("differs")
        )
        first = rows.filter(pl.col("nth").is_null() | pl.col("nth").is_first_distinct())
        return first.filter(pl.col("nth").is_null() | pl.col("moved") | (pl.col("differs").list.len() > 0))

    def _moved_from(self, known: pl.DataFrame) -> pl.Series:
        if self.table.name != "events":
            return pl.repeat(False, len(known), eager=True)
        return self._offered["key"].ne_missing(known["key"]) & ~_is_state(self._offered)

    def _differing(self, known: pl.DataFrame) -> pl.Series:
        """Per row of the import the columns in which it says otherwise; a state that is known has no day of its own."""
        names = [name for name in self._offered.columns if name not in (_AT, *_OWN, *_UNSEEN)]
        said = [self._differs(name, known, self._offered[name]).alias(name) for name in names]
        if self.table.name == "events":
            said = [one & ~_is_state(self._offered) for one in said]
        told = pl.concat_list([pl.when(pl.col(name)).then(pl.lit(name)) for name in names])
        return pl.DataFrame(said).select(told.list.drop_nulls()).to_series()

    @cached_property
    def _versions(self) -> list[_Row]:
        """What goes below: new rows and versions, in the order of the import, then what is gone."""
        made: list[_Row] = []
        self._changed = self._fresh = 0
        of_rows = _gathered(self._standing, self._said["nth"]).to_dicts()
        for row, known in zip(self._said.to_dicts(), of_rows, strict=True):
            if row["nth"] is None:
                self._fresh += 1
                made += self._begun(row)
            else:
                self._changed += 1
                made += self._moved(known, row)
        self._matched = self._offered["nth"].drop_nulls().n_unique()
        return [*made, *self._left()]

    # A new row

    def _begun(self, row: _Row) -> Iterator[_Row]:
        if self.table.name == "assignments" and self.stamp.there_before:
            yield from self._took_over(row)
            return
        if self.table.name == "cases":
            self._twin_of_one_that_vanished(row)
        if str(row.get(EVENT_ID) or "").startswith(f"{STATE}-") and row["case_id"] in self.stamp.known_before:
            row = {**row, "earliest": max(filter(None, (row.get("earliest"), self.stamp.before)), default=None)}
        yield {**row, _AT: row.get(_AT) or self.stamp.new}

    def _took_over(self, row: _Row) -> Iterator[_Row]:
        """A new owner: who held the role in the same scope until then holds it to the day before."""
        same = self._holding.get(_role_of(row), ())
        for before in same:
            until = (datetime.fromisoformat(self.stamp.day) - timedelta(days=1)).date().isoformat()
            yield {**before, "to_on": until, _AT: self.stamp.moment}
            self._told("owner", row.get("case_id"), row.get("role"), before.get("person"), row.get("person"))
        since = self.stamp.day if same else row.get("from_on")
        yield {**row, "from_on": row.get("from_on") or since, _AT: row.get(_AT) or self.stamp.new}

    @cached_property
    def _holding(self) -> dict[_Scope, list[_Row]]:
        """The assignments without an end, by their role and scope."""
        found: dict[_Scope, list[_Row]] = {}
        for one in self._standing.to_dicts():
            if not one.get("to_on"):
                found.setdefault(_role_of(one), []).append(one)
        return found

    def _twin_of_one_that_vanished(self, row: _Row) -> None:
        """A new case that looks like one that vanished is named: a corrected name may have made it."""
        for vanished in self._vanished.get(fold_key(row.get("subject") or ""), ()):
            self._told("twin", row["case_id"], None, vanished, row["case_id"])

    @cached_property
    def _vanished(self) -> dict[str, list[str]]:
        """The cases that are not in the export, by their folded subject."""
        found: dict[str, list[str]] = {}
        if "subject" in self._standing.columns:
            gone = self._standing.filter(~pl.col("case_id").is_in(list(self.stamp.cases)), pl.col("subject") != "")
            for id, subject in gone.select("case_id", "subject").rows():
                found.setdefault(fold_key(subject), []).append(id)
        return found

    # A row that is known

    def _moved(self, known: _Row, row: _Row) -> Iterator[_Row]:
        """The versions that a row makes of the one that stands."""
        if row["moved"]:
            yield {**known, _GONE: "yes", _AT: self.stamp.moment}
            yield {**self._filled(known, row), "timestamp": row["timestamp"], _AT: row.get(_AT) or self.stamp.moment}
            self._told("moved", row["case_id"], row["activity"], known["timestamp"], row["timestamp"])
            return
        yield {**self._filled(known, row), _AT: self.stamp.moment or None}
        for name in row["differs"]:
            self._told("changed", row.get("case_id") or row["key"], name, known.get(name), row.get(name))

    def _filled(self, known: _Row, row: _Row) -> _Row:
        """The row that stands, with what the import says of it."""
        said = {name: cell for name, cell in row.items() if self._says(name, known, cell)}
        return {**known, **said, _GONE: None}

    def _says(self, name: str, known: _Row, cell: str | None) -> bool:
        """Whether a cell says anything: one that is filled does, and a day that was cleared."""
        if name in self.stay and known.get(name):
            return False
        return cell is not None or (name in self._days and name in self.stamp.made(self.table.name))

    @cached_property
    def _days(self) -> frozenset[str]:
        """The columns of days: those declared, and planned dates."""
        declared = {column.name for column in self.table.columns if column.kind in (CellKind.DAY, CellKind.INSTANT)}
        return frozenset(declared | {name for name in self.new.columns if name.endswith("_on")})

    def _differs(self, name: str, known: pl.DataFrame, after: pl.Series) -> pl.Series:
        """Per row, whether a cell of the import says otherwise than the one that stands."""
        before = known[name] if name in known.columns else pl.repeat(None, len(known), dtype=pl.String, eager=True)
        cleared = name in self._days and name in self.stamp.made(self.table.name)
        differs = after.ne_missing(before) & (after.is_not_null() | cleared)
        if name in self.stay:
            differs &= before.is_null()
        if name in self._days and differs.any():
            same = parse_instants(before, self._zone) == parse_instants(after, self._zone)
            differs &= ~same.fill_null(False)
        return differs

    # What the import does not hold

    def _left(self) -> Iterator[_Row]:
        """What is not in the import: gone where its day was cleared, or where the export is complete."""
        missing = self._standing.filter(~pl.col("nth").is_in(self._offered["nth"].drop_nulls().implode()))
        cleared = self._was_cleared(missing)
        gone = cleared | self._of_export(missing) if self.stamp.complete and self.table.key else cleared
        for row, was_cleared in zip(missing.filter(gone).to_dicts(), cleared.filter(gone), strict=True):
            yield {**row, _GONE: "yes", _AT: self.stamp.moment}
            kind = "withdrawn" if was_cleared else "gone"
            self._told(kind, row.get("case_id") or row["key"], row.get("activity"), row.get("timestamp"), None)

    def _was_cleared(self, rows: pl.DataFrame) -> pl.Series:
        """Whether an event stood in a cell that the export has, and that is empty now."""
        if self.table.name != "events" or EVENT_ID not in rows.columns:
            return pl.repeat(False, len(rows), eager=True)
        column = rows[EVENT_ID].str.split("-").list.first()
        of_cells = column.is_in(list(self.stamp.imported.cells)) & rows["case_id"].is_in(list(self.stamp.cases))
        return of_cells.fill_null(False)

    def _of_export(self, rows: pl.DataFrame) -> pl.Series:
        """Whether a row came with an export: events say so, other tables are whole where they are given."""
        whole = self.table.name != "events"
        if whole or EVENT_ID not in rows.columns:
            return pl.repeat(whole, len(rows), eager=True)
        return rows[EVENT_ID].is_not_null()

    def _told(self, kind: str, id: str | None, what: str | None, before: str | None, after: str | None) -> None:
        self.changes.append({"kind": kind, "table": self.table.name, "id": id, "what": what, "before": before,
                             "after": after})  # fmt: skip


# Rows and keys


def _known_since(rows: pl.DataFrame, zone: str) -> pl.Series:
    """Since when each version is known, in microseconds; from the start where it does not say."""
    if _AT not in rows.columns:
        return pl.Series([_ALWAYS], dtype=pl.Int64).new_from_index(0, len(rows))
    return parse_instants(rows[_AT], zone).dt.timestamp("us").fill_null(_ALWAYS)


def _is_yes(cells: pl.Series) -> pl.Series:
    said = cells.str.strip_chars().str.to_lowercase()
    return said.is_in(["yes", "y", "true", "1", "はい", "○", "〇"]).fill_null(False)


def _is_state(rows: pl.DataFrame) -> pl.Series:
    """Whether an event was made of a state."""
    if EVENT_ID not in rows.columns:
        return pl.repeat(False, len(rows), eager=True)
    return rows[EVENT_ID].str.starts_with(f"{STATE}-").fill_null(False)


def _role_of(row: _Row) -> _Scope:
    return tuple(row.get(name) for name in ("role", *_SCOPE))


def _looked_up(rows: pl.DataFrame, standing: pl.DataFrame, by: str, name: str) -> pl.DataFrame:
    """Rows with the number of the last one that stands with the same cell."""
    last = standing.filter(pl.col(by).is_not_null()).unique(by, keep="last").select(by, pl.col("nth").alias(name))
    return rows.join(last, on=by, how="left", maintain_order="left")


def _gathered(standing: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    """Per number the row that stands with it; empty where there is none."""
    return numbers.to_frame("nth").join(standing, on="nth", how="left", maintain_order="left")


def _with_columns(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The columns asked for, those that are not there empty."""
    missing = [pl.lit(None, pl.String).alias(name) for name in columns if name not in frame.columns]
    return frame.with_columns(missing).select(columns)


def _blank_as_null(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame([one.set(one.str.strip_chars() == "", None) for one in frame.get_columns()])


def _keyed(table: TableSchema, frame: pl.DataFrame, key: Sequence[str], timezone: str) -> pl.Series:
    whole = _with_columns(_blank_as_null(frame), list(dict.fromkeys([*frame.columns, *key])))
    kinds = {column.name: column.kind for column in table.columns}
    instants = {
        name: parse_instants(whole[name], timezone).dt.convert_time_zone("UTC").dt.timestamp("us")
        for name in key
        if kinds.get(name) in (CellKind.INSTANT, CellKind.DAY)
    }
    said = normal_keys(whole, key, instants)
    if table.key:
        return said
    nth = pl.DataFrame({"said": said}).select(pl.int_range(pl.len()).over("said").cast(pl.String)).to_series()
    return said + "\x1f" + nth


_ORDER: Mapping[str, tuple[str, ...]] = {"events": ("timestamp", "case_id", "activity")}


def _sorted(table: TableSchema, rows: pl.DataFrame) -> pl.DataFrame:
    """Events in order of time, everything else in order of its key, so that the same rows give the same bytes."""
    order = [name for name in _ORDER.get(table.name, table.key) if name in rows.columns]
    return rows.sort(order, nulls_last=True, maintain_order=True) if order else rows
