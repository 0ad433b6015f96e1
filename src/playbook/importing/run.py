"""Files and a mapping to the tables of a workspace, with a report of everything that was decided and refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from playbook.files.sheet import EXCEL_SUFFIXES, SUFFIXES
from playbook.importing.combine import Combined, TablePart, combine
from playbook.importing.formats import own_mapping, read_raw
from playbook.importing.mapping import LookUp, MappedCell, MappedRows, Source, mapping_from
from playbook.importing.mapping import Mapping as ImportMapping
from playbook.importing.new_words import with_new_words
from playbook.importing.raw import Raw
from playbook.importing.report import COLUMNS, FILES, QUARANTINED, REMARKS, TABLES_MADE, Report
from playbook.importing.shapes import Made, Shaping
from playbook.importing.text import stripped
from playbook.rules.nouns import Playbook
from playbook.rules.reading import builtin_playbooks
from playbook.tables.columns import as_text
from playbook.tables.declared import ROW, TABLES
from playbook.tables.file import read_own
from playbook.tables.settings import FILE_NAME
from playbook.words.catalogue import msg
from playbook.words.folding import fold_key
from playbook.words.problem import Problem, Remark, WorkspaceError, reason
from playbook.words.text import Text


@dataclass(frozen=True)
class Imported:
    """What some files became.

    `tables`: per table of DESIGN section 2, a frame of text: one row per row. `report`: how it was read. `quarantine`:
    one row per refused row: `table` (empty for a line of a file that is no row), `row, column, value, reason, code,
    place`.
    """

    tables: dict[str, pl.DataFrame]
    report: Report
    quarantine: pl.DataFrame
    timezone: str = "Asia/Tokyo"
    taken: datetime | None = None
    """When the exports were taken, where it was told."""
    cells: frozenset[str] = frozenset()
    """The columns of days that events were made of, as their ids begin."""


@dataclass(frozen=True)
class _Unit:
    """One raw table and the part of the mapping that is for it."""

    raw: Raw
    source: Source
    mapping: ImportMapping
    own: bool = False
    rows: tuple[MappedRows, ...] = field(default=())


def import_files(
    files: Sequence[Path],
    mapping: ImportMapping | None = None,
    *,
    taken: datetime | None = None,
    new_words: bool = False,
) -> Imported:
    """The tables of a workspace from some exports (a folder stands for its files).

    `taken`: when the exports were taken, in the time of the mapping: days after it are still to come, and a state that
    nothing dates is known from then on. `new_words`: states that the mapping does not name are read where the word
    alone tells what they are, and are told.

    Without a mapping, formats that say enough themselves (Greenhouse, Lever, OpenCATS, XES, OCEL, pm4py's names) are
    read by their own. Raises WorkspaceError with every unreadable file, missing column and mistake of the mapping.
    """
    paths = sorted(_expanded(files), key=lambda path: (unicodedata.normalize("NFC", path.name), str(path)))
    problems: list[Problem] = []
    units = list(_units(paths, mapping, problems))
    if problems:
        raise WorkspaceError(problems)
    learnt: list[tuple[str, str, Remark]] = []
    book = builtin_playbooks().get(mapping.playbook or "") if mapping else None
    if new_words and book is not None:
        units = [_with_new_words(unit, book, learnt) for unit in units]
    return _imported(units, mapping, taken, learnt)


def _with_new_words(unit: _Unit, book: Playbook, learnt: list[tuple[str, str, Remark]]) -> _Unit:
    read = [with_new_words(rows, unit.raw, book) for rows in unit.rows]
    learnt += [(_short(unit.raw), column, remark) for _, told in read for column, remark in told]
    return replace(unit, rows=tuple(rows for rows, _ in read))


def import_folder(folder: Path, imports: Mapping[str, Any]) -> Imported:
    """The tables of a folder of raw exports, by the `[import]` section of its `workspace.toml`.

    Tables that the folder keeps itself (`assignments.csv` ...) are taken as they are, beside those that are made.
    """
    mapping = mapping_from(imports, f"{folder / FILE_NAME}, [import]")
    wanted = [source.file for source in mapping.sources] + [
        cell.look_up.file for s in mapping.sources for r in s.rows for cell in r.cells.values() if cell.look_up
    ]
    try:
        there = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$")))
    except OSError as error:
        wrong = Problem(str(folder), msg("cannot be read: {value}", value=reason(error)), msg("a readable folder"))
        raise WorkspaceError(wrong) from None
    files = [path for path in there if path.name != FILE_NAME and any(_is_for(pattern, path) for pattern in wanted)]
    if not files:
        listed = ", ".join(path.name for path in there) or msg("nothing")
        raise WorkspaceError(
            Problem(
                str(folder),
                msg("none of its files is one of the [import] section: {listed}", listed=listed),
                ", ".join(wanted),
            )
        )
    kept = [
        path for path in there if path.stem.lower() in TABLES and path.suffix.lower() in SUFFIXES and path not in files
    ]
    return _with_kept(import_files(files, mapping), kept)


def tables_of_raw(folder: Path, imports: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """The tables of a folder of raw exports: per table a frame of text, as `import_folder` makes them."""
    return import_folder(folder, imports).tables


def _with_kept(imported: Imported, kept: Sequence[Path]) -> Imported:
    tables = dict(imported.tables)
    for path in kept:
        name = path.stem.lower()
        own = read_own(path, name).frame.drop(ROW)
        own = own.with_columns(as_text(cells) for cells in own)
        tables[name] = pl.concat([own, tables[name]], how="diagonal") if name in tables else own
    return replace(imported, tables=tables)


# Which file is read by what

_DIGITS = re.compile(r"[0-9]+(?:[-_.][0-9]+)*")


def _expanded(files: Sequence[Path]) -> Iterator[Path]:
    for path in files:
        if path.is_dir():
            inside = [one for one in sorted(path.iterdir()) if one.is_file() and not one.name.startswith((".", "~$"))]
            yield from (one for one in inside if one.name != FILE_NAME)
        else:
            yield path


def _is_for(pattern: str, path: Path) -> bool:
    """Whether a file is the one that a mapping names; only `*` stands for any text."""
    wanted, name = (unicodedata.normalize("NFC", text).casefold() for text in (pattern, path.name))
    return re.fullmatch(".*".join(map(re.escape, wanted.split("*"))), name) is not None


def _weekly(pattern: str, path: Path) -> bool:
    """Whether a file is the same but for the day in its name, as exports of other weeks are."""
    wanted, name = (_DIGITS.sub("#", unicodedata.normalize("NFKC", text)) for text in (pattern, path.name))
    return "#" in wanted and _is_for(wanted, Path(name))


def _units(paths: Sequence[Path], mapping: ImportMapping | None, problems: list[Problem]) -> Iterator[_Unit]:
    if not paths:
        problems.append(Problem(msg("files"), msg("there are none"), msg("at least one file that was exported")))
    for path in paths:
        given = mapping.sources if mapping else ()
        exact = [one for one in given if _is_for(one.file, path)]
        sources = exact or [one for one in given if _weekly(one.file, path)]
        by_sheet: list[Source | None] = [each for one in sources for each in _by_sheet(one, path)]
        for source in by_sheet or [None]:
            try:
                yield from _read(path, source, mapping)
            except WorkspaceError as error:
                problems.extend(error.problems)


def _by_sheet(source: Source, path: Path) -> tuple[Source, ...]:
    """A source for each sheet it names, where a file has sheets; any other file is read once."""
    return source.of_each_sheet() if path.suffix.lower() in EXCEL_SUFFIXES else (source,)


def _read(path: Path, source: Source | None, mapping: ImportMapping | None) -> Iterator[_Unit]:
    raws = read_raw(path, source)
    if source is not None and mapping is not None and source.rows:
        yield _Unit(raws[0], source, mapping, rows=source.rows)
        yield from (_Unit(raw, Source(path.name), mapping) for raw in raws[1:])
        return
    for raw in raws:
        own = own_mapping(raw.kind, mapping.playbook if mapping else None)
        if own is not None:
            told = source or Source(path.name)
            known = replace(
                own, values=mapping.values if mapping else {}, timezone=mapping.timezone if mapping else own.timezone
            )
            yield _Unit(
                raw, replace(own.sources[0], timezone=told.timezone, empty=told.empty), known, True, own.sources[0].rows
            )
        elif mapping is not None and (raw.kind != "table" or _is_looked_up(path, mapping)):
            yield _Unit(raw, source or Source(path.name), mapping)
        elif "." in raw.kind:
            yield _Unit(raw, Source(path.name), ImportMapping(()))
        else:
            patterns = ", ".join(one.file for one in mapping.sources) if mapping else msg("a mapping")
            hint = (
                msg("let `playbook import --guess` propose one")
                if mapping is None
                else msg("add a [[source]] with file = '{name}'", name=path.name)
            )
            found = (
                msg("no [[source]] of the mapping is for it") if mapping else msg("what its columns are is not known")
            )
            raise WorkspaceError(Problem(str(path), found, patterns, hint))


def _is_looked_up(path: Path, mapping: ImportMapping) -> bool:
    cells = (cell for source in mapping.sources for rows in source.rows for cell in rows.cells.values())
    return any(cell.look_up and _is_for(cell.look_up.file, path) for cell in cells)


# Making


def _imported(
    units: Sequence[_Unit],
    mapping: ImportMapping | None,
    taken: datetime | None,
    learnt: Sequence[tuple[str, str, Remark]] = (),
) -> Imported:
    look_ups = _LookUps(tuple(unit.raw for unit in units))
    problems: list[Problem] = []
    made: list[tuple[_Unit, Made]] = []
    remarks: list[tuple[str, str, Remark]] = [*learnt]
    for unit in units:
        shaping = Shaping(
            unit.raw,
            unit.mapping.timezone,
            unit.source.timezone,
            unit.mapping.values,
            (*unit.mapping.empty, *unit.source.empty),
            look_ups.known if not unit.own else look_ups.known_or_nothing,
            unit.own,
            taken,
        )
        remarks += [(_short(unit.raw), "", remark) for remark in (*unit.raw.remarks, *look_ups.missing(unit))]
        ready = [rows for rows in unit.rows if _columns_are_there(shaping, rows, problems)]
        shaping.look_again(ready)
        for rows in ready:
            try:
                made.append((unit, shaping.made(rows)))
            except WorkspaceError as error:
                problems.extend(problem for problem in error.problems if problem not in problems)
        remarks += [(_short(unit.raw), column, remark) for column, remark in shaping.remarks(ready)]
    if problems:
        raise WorkspaceError(dict.fromkeys(problems))
    numbers = {id(unit): n for n, unit in enumerate(units)}
    combined = combine([TablePart(one, _is_history(unit), numbers[id(unit)]) for unit, one in made])
    remarks += [("", column, remark) for column, remark in combined.remarks]
    remarks += [("events", "activity", remark) for remark in _about_activities(combined.tables)]
    report = Report(_files(units), _made(made, combined), _columns(made), _remarks(remarks))
    zone = mapping.timezone if mapping else "Asia/Tokyo"
    refused = _quarantine(units, made, combined)
    return Imported(combined.tables, report, refused, zone, taken, combined.cells)


def _columns_are_there(shaping: Shaping, rows: MappedRows, problems: list[Problem]) -> bool:
    """Whether the file has every column that these rows need; what is missing is noted, once."""
    wanted = [(name, cell) for cell in rows.cells.values() for name in cell.sources]
    after = rows.state.after if rows.state is not None else ()
    wanted += [(name, MappedCell()) for name in (*rows.when, *rows.unless, *after)]
    wanted += [(name, MappedCell()) for name in rows.keep if name != "*"]
    missing = 0
    for name, cell in wanted:
        try:
            shaping.named(name, rows, cell)
        except WorkspaceError as error:
            missing += 1
            problems.extend(problem for problem in error.problems if problem not in problems)
    return not missing


def _is_history(unit: _Unit) -> bool:
    """Whether each line of a raw table is an event, so that its case stands on several lines. A list with a column of
    days a stage, or with states, is none: its rows are records."""
    events = [rows for rows in unit.rows if rows.table == "events"]
    if unit.raw.starts is not None:
        return True  # lines of records: an id is on several of them
    wide = any(rows.stage or rows.state is not None for rows in events)
    return not wide and any(rows.cells["activity"].always is None for rows in events)


@dataclass(frozen=True, slots=True)
class _LookUps:
    """What the other files give for a key, by the folded key."""

    raws: tuple[Raw, ...]

    def known(self, join: LookUp, place: str) -> Mapping[str, str]:
        """WorkspaceError where the file or its columns are not there."""
        raw = next((raw for raw in self.raws if raw.kind == join.file or _is_for(join.file, raw.file)), None)
        if raw is None:
            listed = ", ".join(dict.fromkeys(raw.file.name for raw in self.raws))
            raise WorkspaceError(
                Problem(place, msg("look_up: there is no file '{file}' among those imported", file=join.file), listed)
            )
        key, give = raw.column(join.key), raw.column(join.give)
        if key is None or give is None:
            lost = join.key if key is None else join.give
            raise WorkspaceError(
                Problem(
                    place,
                    msg("look_up: there is no column '{lost}' in {place}", lost=lost, place=raw.place),
                    ", ".join(raw.columns),
                )
            )
        pairs = raw.frame.select(
            stripped(raw.frame[key]).alias("key"), stripped(raw.frame[give]).alias("give")
        ).drop_nulls()
        found: dict[str, str] = {}
        for one, value in pairs.rows():
            found.setdefault(fold_key(one), value)
        return found

    def missing(self, unit: _Unit) -> list[Remark]:
        """The files that a format's own mapping needs for what stands in a table, and that were not imported."""
        cells = [cell for rows in unit.rows for cell in rows.cells.values()] if unit.own else []
        needed = {
            cell.look_up.file: column
            for cell in cells
            if cell.look_up is not None and cell.others == "refuse"
            for column in cell.columns
            if column in unit.raw.columns and unit.raw.frame[column].drop_nulls().len()
        }
        lost = [(file, column) for file, column in needed.items() if all(raw.kind != file for raw in self.raws)]
        return [
            Remark(
                msg(
                    "without the file of {file} nobody knows what '{column}' means, so it is not used; import it, too",
                    file=file,
                    column=column,
                ),
                doubt=True,
            )
            for file, column in lost
        ]

    def known_or_nothing(self, join: LookUp, place: str) -> Mapping[str, str]:
        """The same where the file is there, else nothing: a format's own mapping uses what was exported."""
        there = any(raw.kind == join.file for raw in self.raws)
        return self.known(join, place) if there else {}


def _about_activities(tables: Mapping[str, pl.DataFrame]) -> list[Remark]:
    """Activities that the built-in playbook of their cases does not know: they fulfil no rule until they are mapped."""
    if not {"cases", "events"} <= tables.keys():
        return []
    events, cases = tables["events"], tables["cases"]
    if "playbook" not in cases.columns:
        return []
    both = events.select("case_id", "activity").join(cases.select("case_id", "playbook"), on="case_id", how="inner")
    found = []
    for book in builtin_playbooks():
        known = [activity.id for activity in book.activities]
        strange = both.filter((pl.col("playbook") == book.id) & ~pl.col("activity").is_in(known))["activity"]
        counts = strange.value_counts(sort=True).head(10)
        if len(counts):
            shown = "、".join(f"{name} {n}件" for name, n in counts.rows())
            ja = f"playbook「{book.id}」にない活動があります。[values.activity] で置き換えてください：{shown}"
            en = f"activities that playbook '{book.id}' does not have, map them in [values.activity]: {shown}"
            found.append(Remark(Text(ja, en), doubt=True))
    return found


# The report


def _short(raw: Raw) -> str:
    """Where a raw table stands, without the folders that lead there."""
    return raw.place.replace(str(raw.file), raw.file.name, 1)


def _files(units: Sequence[_Unit]) -> pl.DataFrame:
    rows = [
        (
            u.raw.file.name,
            _short(u.raw),
            u.raw.kind,
            u.raw.how,
            u.raw.records,
            len(u.raw.frame) + len(u.raw.refused),
            len(u.raw.frame),
            len(u.raw.refused),
        )
        for u in units
    ]
    return pl.DataFrame(rows, schema=FILES, orient="row")


def _made(made: Sequence[tuple[_Unit, Made]], combined: Combined) -> pl.DataFrame:
    rows = [
        (u.raw.file.name, m.rows.table, m.read, len(m.frame) - len(more), len(m.refused) + len(more), m.skipped)
        for (u, m), more in zip(made, combined.refused, strict=True)
    ]
    frame = pl.DataFrame(rows, schema=TABLES_MADE, orient="row")
    return frame.group_by("place", "table", maintain_order=True).agg(pl.exclude("place", "table").sum().cast(pl.UInt32))


def _columns(made: Sequence[tuple[_Unit, Made]]) -> pl.DataFrame:
    rows = [
        (
            u.raw.file.name,
            c.table,
            c.column
            if not m.rows.stage or c.column != "timestamp"
            else f"timestamp ({m.rows.cells['activity'].always})",
            " + ".join(c.made_from),
            c.how.ja,
            c.how.en,
            c.values,
            c.changed,
            c.refused,
            " / ".join(c.examples),
        )
        for u, m in made
        for c in m.columns
        if not (m.rows.stage and c.column in ("case_id", "activity")) and not (u.own and c.values == c.refused == 0)
    ]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _remarks(remarks: Sequence[tuple[str, str, Remark]]) -> pl.DataFrame:
    rows = [
        (place, column, remark.doubt, remark.text.ja, remark.text.en)
        for place, column, remark in dict.fromkeys(remarks)
    ]
    return pl.DataFrame(rows, schema=REMARKS, orient="row")


def _quarantine(units: Sequence[_Unit], made: Sequence[tuple[_Unit, Made]], combined: Combined) -> pl.DataFrame:
    lines = [
        _refusals(unit.raw.refused.with_columns(pl.lit(None, pl.String).alias("column")), None, unit) for unit in units
    ]
    rows = [
        _refusals(pl.concat([m.refused, more]), m.rows.table, u)
        for (u, m), more in zip(made, combined.refused, strict=True)
    ]
    return pl.concat([pl.DataFrame(schema=QUARANTINED), *lines, *rows]).sort("place", ROW, maintain_order=True)


def _refusals(refused: pl.DataFrame, table: str | None, unit: _Unit) -> pl.DataFrame:
    return refused.select(
        pl.lit(table, pl.String).alias("table"),
        ROW,
        "column",
        "value",
        "code",
        pl.lit(unit.raw.file.name).alias("place"),
    )
