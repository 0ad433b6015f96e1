"""A workspace to its tables: found, read, normalised and validated (DESIGN section 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl

from playbook.files.frames import from_frame, from_pandas
from playbook.files.sheet import EXCEL_SUFFIXES, SUFFIXES, Sheet
from playbook.rules.folders import plain
from playbook.rules.nouns import Playbook
from playbook.tables.checks import QUARANTINE, WHOSE, Checked, check_table, empty
from playbook.tables.codes import coded
from playbook.tables.database import ALL, Only, is_database, read_database
from playbook.tables.declared import REQUIRED_TABLES, ROW, TABLES, TableSchema
from playbook.tables.file import read_own, read_own_sheet
from playbook.tables.settings import FILE_NAME, Settings, read_settings
from playbook.tables.versions import ending_rows
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, Said, WorkspaceError, did_you_mean, reason, said
from playbook.words.text import Text

if TYPE_CHECKING:
    import pandas as pd

    Frame = pl.DataFrame | pl.LazyFrame | pd.DataFrame


@dataclass(frozen=True)
class Tables:
    """The normalised tables of a workspace, and what was refused.

    One frame per table of DESIGN section 2, an absent one with its declared columns and no rows. In each:
    `row` (UInt32, the row a person sees in a spreadsheet), the declared columns in their types, then all
    others as found.
    `quarantine`: one row per refused row: `table, row, column, value, why, code` (`why`: see `tables.checks`; in
    words by `show.refusals`).
    `whose`: one row per refused row whose cells can be told apart: `table, row, case_id, client_id`.
    `counts`: one row per table: `table, read, accepted, quarantined`; read = accepted + quarantined.
    `left_out`: one row per playbook that cases name and that is not in use: `playbook, cases` (how many).
    `sources`: one row per table that was found: `table, place, how` (encoding and delimiter, or format).
    `doubts`: file and text of what a person should look at in the files.
    `followed`: of tables with versions, the rows that do not stand for ever (see `versions.ending_rows`).
    """

    events: pl.DataFrame
    cases: pl.DataFrame
    openings: pl.DataFrame
    clients: pl.DataFrame
    assignments: pl.DataFrame
    milestones: pl.DataFrame
    voices: pl.DataFrame
    proposals: pl.DataFrame
    surveys: pl.DataFrame
    worklog: pl.DataFrame
    closures: pl.DataFrame
    consents: pl.DataFrame
    answers: pl.DataFrame
    quarantine: pl.DataFrame
    counts: pl.DataFrame
    left_out: pl.DataFrame
    sources: pl.DataFrame
    settings: Settings = field(default_factory=Settings)
    followed: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    whose: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WHOSE))
    doubts: tuple[tuple[str, Text], ...] = ()

    def client_of_case(self) -> pl.Series:
        """The client of each (version of a) case, in the order of `cases`: its own, else its opening's latest."""
        openings = self.openings
        if "openings" in self.followed:
            openings = openings.join(self.followed["openings"], on=ROW, how="anti", maintain_order="left")
        theirs = openings.select("opening_id", of_opening="client_id")
        both = self.cases.join(theirs, on="opening_id", how="left", maintain_order="left")
        return both.select(pl.coalesce("client_id", "of_opening").alias("client_id")).to_series()


@dataclass(frozen=True, slots=True)
class StoredTable:
    """One table that was found, not read yet."""

    table: str
    place: str
    read: Callable[[], Sheet]


@dataclass(frozen=True, slots=True)
class StoredWorkspace:
    """What a place holds: tables to read, the names seen there, and what stands in the way.

    Whatever can offer this can be a workspace: a folder, a workbook, frames in memory, a database.
    """

    place: str
    sources: tuple[StoredTable, ...] = ()
    names: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_tables(
    path: str | Path,
    playbooks: Sequence[Playbook],
    settings: Settings | None = None,
    only: Only = ALL,
) -> Tables:
    """The tables of a folder, a workbook or a database; `settings` replaces its `workspace.toml`.

    Of a database, `only` spares rows of other cases the way here; the rest of a workspace is read whole.
    Raises WorkspaceError with every missing table, missing column and unreadable file.
    """
    place = str(path)
    wrong: tuple[Problem, ...] = ()
    if settings is None:
        try:
            settings = read_settings(Path(place) / FILE_NAME) if Path(place).is_dir() else Settings()
        except WorkspaceError as error:
            wrong, settings = error.problems, Settings()
    found = find(place, only)
    if settings.database:
        found = _beside(found, _in_database(_database(place, settings), only))
    return tables_of(replace(found, problems=(*wrong, *found.problems)), playbooks, settings)


def tables_from_frames(
    frames: Mapping[str, Frame],
    playbooks: Sequence[Playbook],
    settings: Settings | None = None,
) -> Tables:
    """The tables of frames one already has, pandas or polars, by table name.

    Raises WorkspaceError with every missing table, missing column and frame that cannot be read.
    """
    given = {name: frame for name, frame in frames.items() if frame is not None}
    places = {name: f"frame '{name}'" for name in given}
    found = StoredWorkspace(
        "the frames",
        tuple(
            StoredTable(name, places[name], partial(_sheet, frame, places[name]))
            for name, frame in given.items()
            if name in TABLES
        ),
        tuple(given),
        tuple(
            Problem(places[name], msg("unknown table"), ", ".join(TABLES), did_you_mean(name, list(TABLES)))
            for name in given
            if name not in TABLES
        ),
    )
    return tables_of(found, playbooks, settings or Settings())


def _sheet(frame: object, place: str) -> Sheet:
    match frame:
        case pl.LazyFrame():
            return from_frame(_collected(frame, place), place)
        case pl.DataFrame():
            return from_frame(frame, place)
        case _ if type(frame).__module__.startswith("pandas") and hasattr(frame, "iloc"):
            return from_pandas(cast("pd.DataFrame", frame), place)
        case _:
            raise WorkspaceError(
                Problem(
                    place,
                    msg("is a {name}", name=type(frame).__name__),
                    msg("a pandas or polars DataFrame, or a LazyFrame"),
                )
            )


def _collected(frame: pl.LazyFrame, place: str) -> pl.DataFrame:
    try:
        return frame.collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        found = msg("cannot be collected: {str}", str=str(error).strip()[:200])
        raise WorkspaceError(Problem(place, found, msg("a frame that can be collected"))) from None


# Finding


def find(place: str, only: Only = ALL) -> StoredWorkspace:
    """The tables that a folder, a workbook or a database holds, and what stands in the way of reading them."""
    path = Path(place)
    if is_database(place):
        return _in_database(place, only)
    if path.is_dir():
        return _in_folder(path)
    if not path.exists():
        wrong = Problem(
            place, msg("there is no such file or folder"), msg("a folder of tables, a workbook, or a database")
        )
    elif path.suffix.lower() in EXCEL_SUFFIXES:
        return _in_workbook(path)
    else:
        wrong = Problem(
            place, msg("is no workspace"), msg("a folder of tables, a workbook with a sheet a table, or a database")
        )
    raise WorkspaceError(wrong)


def _in_database(place: str, only: Only) -> StoredWorkspace:
    stored = read_database(place, only)
    sources = (
        StoredTable(table, f"{place}, table '{table}'", partial(_given, sheet))
        for table, sheet in stored.tables.items()
    )
    return StoredWorkspace(place, tuple(sources), stored.names)


def _given(sheet: Sheet | WorkspaceError) -> Sheet:
    if isinstance(sheet, WorkspaceError):
        raise sheet
    return sheet


def _database(folder: str, settings: Settings) -> str:
    """The database that a folder names: a URL, or a file from the folder."""
    return settings.database if "://" in settings.database else str(Path(folder) / settings.database)


def _beside(folder: StoredWorkspace, database: StoredWorkspace) -> StoredWorkspace:
    """What is in either; a table that is in both is found twice."""
    return StoredWorkspace(
        f"{folder.place} and {database.place}",
        (*folder.sources, *database.sources),
        (*folder.names, *database.names),
        (*folder.problems, *database.problems),
    )


def _in_folder(folder: Path) -> StoredWorkspace:
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file() or _names_a_table(path))
    except OSError as error:
        found = msg("cannot be read: {value}", value=reason(error))
        raise WorkspaceError(Problem(str(folder), found, msg("a readable folder"))) from None
    files = [_in_file(path) for path in paths if not path.name.startswith(("~$", "."))]
    return StoredWorkspace(
        str(folder),
        tuple(source for found in files for source in found.sources),
        tuple(name for found in files for name in found.names),
        tuple(problem for found in files for problem in found.problems),
    )


def _names_a_table(path: Path) -> bool:
    return path.stem.lower() in TABLES and path.suffix.lower() in SUFFIXES


def _in_file(path: Path) -> StoredWorkspace:
    place, name, suffix = str(path), path.stem.lower(), path.suffix.lower()
    if not path.is_file():
        wrong = Problem(place, _no_file(path), msg("a readable file"))
        return StoredWorkspace(place, names=(path.name,), problems=(wrong,))
    if suffix in EXCEL_SUFFIXES:
        return _in_workbook(path)
    if name not in TABLES:
        return StoredWorkspace(place, names=(path.name,))
    if suffix in SUFFIXES:
        return StoredWorkspace(place, (StoredTable(name, place, partial(read_own, path, name)),), (path.name,))
    wrong = Problem(place, msg("a table cannot be a '{suffix}' file", suffix=path.suffix), ", ".join(SUFFIXES))
    return StoredWorkspace(place, names=(path.name,), problems=(wrong,))


def _no_file(path: Path) -> Said:
    """Why what is named like the file of a table is none: a folder, a pipe, a link that leads nowhere."""
    try:
        return msg("is a folder") if plain(path).is_dir() else ""
    except OSError as error:
        return msg("cannot be read: {value}", value=reason(error))


def _in_workbook(path: Path) -> StoredWorkspace:
    """The sheets that are named like tables; in a workbook named like a table, its only sheet."""
    from playbook.files.workbook import open_workbook  # takes a while to load

    try:
        book = open_workbook(path)
    except WorkspaceError as error:
        return StoredWorkspace(str(path), names=(path.name,), problems=error.problems)
    sheets = book.names
    named = {sheet: sheet.strip().lower() for sheet in sheets if sheet.strip().lower() in TABLES}
    own = path.stem.lower()
    if not named and own in TABLES and len(sheets) == 1:
        named = {sheets[0]: own}
    if not named and own in TABLES:
        found = msg("none of its sheets is named like a table: {sheets}", sheets=", ".join(sheets))
        wrong = Problem(str(path), found, msg("one sheet, or a sheet named '{own}'", own=own))
        return StoredWorkspace(str(path), names=(path.name, *sheets), problems=(wrong,))
    sources = (
        StoredTable(table, book.place(sheet), partial(read_own_sheet, book, sheet, table))
        for sheet, table in named.items()
    )
    return StoredWorkspace(str(path), tuple(sources), (path.name, *sheets))


# Reading


def tables_of(found: StoredWorkspace, playbooks: Sequence[Playbook], settings: Settings) -> Tables:
    """The tables of what was found, read, normalised and checked; WorkspaceError with all that is wrong."""
    sheets, unreadable = _read_all(found.sources)
    problems = [*found.problems, *unreadable, *_found_twice(found.sources), *_missing_tables(found)]
    for name, sheet in sheets.items():
        problems += _missing_columns(TABLES[name], sheet)
    if problems:
        raise WorkspaceError(problems)
    checked = _check_all(sheets, playbooks, settings)
    return Tables(
        **{name: checked[name].accepted for name in TABLES},
        quarantine=pl.concat(
            [
                pl.DataFrame(schema=QUARANTINE),
                *(checked[name].refused for name in TABLES),
                *(checked[name].cells for name in TABLES),
            ]
        ),
        counts=_counts(checked),
        left_out=_left_out(checked["cases"].accepted, playbooks),
        sources=pl.DataFrame(
            [(name, sheet.place, sheet.how) for name, sheet in sheets.items()],
            schema={"table": pl.String, "place": pl.String, "how": pl.String},
            orient="row",
        ),
        settings=settings,
        followed={name: over for name in TABLES if len(over := ending_rows(name, checked[name].accepted))},
        doubts=_doubts(sheets.values()),
        whose=pl.concat([pl.DataFrame(schema=WHOSE), *(checked[name].whose for name in TABLES)]),
    )


def _doubts(sheets: Iterable[Sheet]) -> tuple[tuple[str, Text], ...]:
    """What a person should look at, by file, once for all sheets of a workbook."""
    told = ((Path(sheet.place.partition(", sheet '")[0]).name, one) for sheet in sheets for one in sheet.remarks)
    return tuple(dict.fromkeys((file, one.text) for file, one in told if one.doubt))


def _read_all(sources: Sequence[StoredTable]) -> tuple[dict[str, Sheet], list[Problem]]:
    sheets: dict[str, Sheet] = {}
    problems: list[Problem] = []
    for source in sources:
        try:
            sheets[source.table] = source.read()
        except WorkspaceError as error:
            problems += error.problems
    return sheets, problems


def _found_twice(sources: Sequence[StoredTable]) -> list[Problem]:
    places: dict[str, list[str]] = {}
    for source in sources:
        places.setdefault(source.table, []).append(source.place)
    return [
        Problem(
            ", ".join(found),
            msg("table '{table}' is there {len} times", table=table, len=len(found)),
            msg("one file or sheet a table"),
        )
        for table, found in places.items()
        if len(found) > 1
    ]


def _missing_tables(found: StoredWorkspace) -> list[Problem]:
    """The required tables that are neither there nor there and unreadable."""
    there = {source.table for source in found.sources}
    there |= {Path(said(problem.place, "en")).stem.lower() for problem in found.problems}
    others = {Path(name).stem.strip().lower(): name for name in found.names}
    return [
        Problem(
            found.place,
            msg("table '{name}' is missing; found: {value}", name=name, value=", ".join(found.names) or "nothing"),
            msg("a file or sheet named '{name}'", name=name),
            did_you_mean(name, [one for one in others if one not in TABLES]),
        )
        for name in REQUIRED_TABLES
        if name not in there
    ]


def _missing_columns(table: TableSchema, sheet: Sheet) -> list[Problem]:
    there = [name for name in sheet.frame.columns if name != ROW]
    return [
        Problem(
            f"{sheet.place}, table '{table.name}'",
            msg("column '{name}' is missing; found: {value}", name=name, value=", ".join(there)),
            ", ".join(table.required_columns),
            _near(name, there),
        )
        for name in table.required_columns
        if name not in there
    ]


def _near(name: str, there: Sequence[str]) -> Said:
    folded = {one.lower().replace(" ", "_").replace("-", "_"): one for one in there}
    near = get_close_matches(name, list(folded), n=1, cutoff=0.6)
    return msg("is it '{folded}'? then name that column '{name}'", folded=folded[near[0]], name=name) if near else ""


def _check_all(
    sheets: Mapping[str, Sheet],
    playbooks: Sequence[Playbook],
    settings: Settings,
) -> dict[str, Checked]:
    planned = frozenset(name for playbook in playbooks for name in playbook.date_ids)
    checked: dict[str, Checked] = {}
    for name in ("cases", *(name for name in TABLES if name != "cases")):
        table, zone = TABLES[name], settings.timezone
        sheet = sheets.get(name)
        if sheet is not None:
            known = checked["cases"].accepted if "cases" in checked else None
            sheet = replace(sheet, frame=coded(sheet.frame, playbooks, known))
        checked[name] = check_table(table, sheet, planned, zone, checked.get("cases")) if sheet else empty(table, zone)
    return checked


def _counts(checked: Mapping[str, Checked]) -> pl.DataFrame:
    rows = [
        (name, one.read, len(one.accepted), len(one.refused))
        for name, one in ((name, checked[name]) for name in TABLES)
    ]
    schema = {
        "table": pl.String,
        "read": pl.UInt32,
        "accepted": pl.UInt32,
        "quarantined": pl.UInt32,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _left_out(cases: pl.DataFrame, playbooks: Sequence[Playbook]) -> pl.DataFrame:
    in_use = [playbook.id for playbook in playbooks]
    others = cases.filter(~pl.col("playbook").is_in(in_use))
    return others.group_by("playbook").agg(pl.len().alias("cases")).sort("playbook")
