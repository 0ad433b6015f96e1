"""A workspace to its tables: found, read, normalised and validated (DESIGN section 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from playbook.errors import Problem, WorkspaceError, did_you_mean
from playbook.reading import (
    EXCEL_SUFFIXES,
    SUFFIXES,
    Sheet,
    from_frame,
    open_workbook,
    read_file,
    read_sheet,
)
from playbook.rulebook import Playbook
from playbook.settings import FILE_NAME, Settings, read_settings
from playbook.tables import REQUIRED_TABLES, TABLES, Table
from playbook.text import Lang
from playbook.validation import QUARANTINE, Checked, check, empty

if TYPE_CHECKING:
    import pandas as pd

    Frame = pl.DataFrame | pl.LazyFrame | pd.DataFrame


@dataclass(frozen=True)
class Tables:
    """The normalised tables of a workspace, and what was refused.

    One frame per table of DESIGN section 2, an absent one with its declared columns and no rows. In each: `row`
    (UInt32, the row a person sees in a spreadsheet), the declared columns in their types, then all others as found.
    `quarantine`: one row per refused row: `table, row, column, value, reason, code`.
    `counts`: one row per table: `table, read, accepted, quarantined`; read = accepted + quarantined.
    `left_out`: one row per playbook that cases name and that is not in use: `playbook, cases` (how many).
    `sources`: one row per table that was found: `table, place, how` (encoding and delimiter, or format).
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
    quarantine: pl.DataFrame
    counts: pl.DataFrame
    left_out: pl.DataFrame
    sources: pl.DataFrame
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Source:
    """One table that was found, not read yet. What can offer these can be a workspace."""

    table: str
    place: str
    read: Callable[[], Sheet]


def read_tables(
    path: str | Path,
    playbooks: Sequence[Playbook],
    settings: Settings | None = None,
    lang: Lang | None = None,
) -> Tables:
    """The tables of a folder or a workbook; `settings` replaces its `workspace.toml`, `lang` the language of reasons.

    Raises WorkspaceError with every missing table, missing column and unreadable file.
    """
    place = Path(path)
    sources, problems = find_sources(place)
    if settings is None:
        try:
            settings = read_settings(place / FILE_NAME) if place.is_dir() else Settings()
        except WorkspaceError as error:
            problems = [*problems, *error.problems]
            settings = Settings()
    return _tables(sources, problems, playbooks, settings, lang, str(place))


def tables_from_frames(
    frames: Mapping[str, Frame],
    playbooks: Sequence[Playbook],
    settings: Settings | None = None,
    lang: Lang | None = None,
) -> Tables:
    """The tables of frames one already has, pandas or polars, by table name.

    Raises WorkspaceError with every missing table, missing column and frame that cannot be read.
    """
    problems = [
        Problem(
            f"frame '{name}'",
            "unknown table",
            ", ".join(TABLES),
            did_you_mean(name, list(TABLES)),
        )
        for name in frames
        if name not in TABLES
    ]
    sources = [
        Source(name, f"frame '{name}'", partial(_sheet, frame, f"frame '{name}'"))
        for name, frame in frames.items()
        if name in TABLES and frame is not None
    ]
    return _tables(sources, problems, playbooks, settings or Settings(), lang, "the frames")


def _sheet(frame: Frame, place: str) -> Sheet:
    if isinstance(frame, pl.LazyFrame):
        return from_frame(frame.collect(), place)
    if isinstance(frame, pl.DataFrame):
        return from_frame(frame, place)
    return from_frame(pl.from_pandas(frame), place)


# Finding


def find_sources(path: Path) -> tuple[list[Source], list[Problem]]:
    """The tables that a folder or a workbook holds, and what stands in the way of reading them."""
    if path.is_dir():
        return _in_folder(path)
    if not path.exists():
        return [], [
            Problem(
                str(path),
                "there is no such file or folder",
                "a folder of tables, or a workbook",
            )
        ]
    if path.suffix.lower() in EXCEL_SUFFIXES:
        return _in_workbook(path)
    return [], [
        Problem(
            str(path),
            "is no workspace",
            "a folder of tables, or a workbook with a sheet for each table",
        )
    ]


def _in_folder(folder: Path) -> tuple[list[Source], list[Problem]]:
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in sorted(folder.iterdir()):
        name, suffix = path.stem.lower(), path.suffix.lower()
        if not path.is_file() or path.name.startswith(("~$", ".")):
            continue
        if suffix in EXCEL_SUFFIXES:
            found, wrong = _in_workbook(path)
            sources += found
            problems += wrong
        elif name in TABLES and suffix in SUFFIXES:
            sources.append(Source(name, str(path), partial(read_file, path)))
        elif name in TABLES:
            problems.append(
                Problem(
                    str(path),
                    f"a table cannot be a '{path.suffix}' file",
                    ", ".join(SUFFIXES),
                )
            )
    return sources, problems


def _in_workbook(path: Path) -> tuple[list[Source], list[Problem]]:
    """The sheets that are named like tables; in a workbook named like a table, its only sheet."""
    try:
        workbook = open_workbook(path)
    except WorkspaceError as error:
        return [], list(error.problems)
    sheets = {name: name.strip().lower() for name in workbook.sheet_names}
    named = {sheet: table for sheet, table in sheets.items() if table in TABLES}
    own = path.stem.lower()
    if not named and own in TABLES and len(sheets) == 1:
        named = {workbook.sheet_names[0]: own}
    if not named and own in TABLES:
        found = "none of its sheets is named like a table: " + ", ".join(workbook.sheet_names)
        return [], [Problem(str(path), found, f"one sheet, or a sheet named '{own}'")]

    places = {sheet: f"{path}, sheet '{sheet}'" for sheet in named}
    return [
        Source(table, places[sheet], partial(read_sheet, workbook, sheet, places[sheet]))
        for sheet, table in named.items()
    ], []


# Reading


def _tables(
    sources: Sequence[Source],
    problems: Sequence[Problem],
    playbooks: Sequence[Playbook],
    settings: Settings,
    lang: Lang | None,
    place: str,
) -> Tables:
    sheets, wrong = _read_all(sources)
    found_twice = _found_twice(sources)
    missing = _missing_tables(sources, place)
    problems = [*problems, *wrong, *found_twice, *missing]
    for name, sheet in sheets.items():
        problems += _missing_columns(TABLES[name], sheet)
    if problems:
        raise WorkspaceError(problems)
    checked = _check_all(sheets, playbooks, settings, lang or settings.language)
    return Tables(
        **{name: checked[name].accepted for name in TABLES},
        quarantine=pl.concat(
            [
                pl.DataFrame(schema=QUARANTINE),
                *(checked[name].refused for name in TABLES),
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
    )


def _read_all(sources: Sequence[Source]) -> tuple[dict[str, Sheet], list[Problem]]:
    sheets: dict[str, Sheet] = {}
    problems: list[Problem] = []
    for source in sources:
        try:
            sheets[source.table] = source.read()
        except WorkspaceError as error:
            problems += error.problems
    return sheets, problems


def _found_twice(sources: Sequence[Source]) -> list[Problem]:
    places: dict[str, list[str]] = {}
    for source in sources:
        places.setdefault(source.table, []).append(source.place)
    return [
        Problem(
            ", ".join(found),
            f"table '{table}' is there {len(found)} times",
            "one file or sheet a table",
        )
        for table, found in places.items()
        if len(found) > 1
    ]


def _missing_tables(sources: Sequence[Source], place: str) -> list[Problem]:
    found = {source.table for source in sources}
    there = ", ".join(sorted(found)) or "no table"
    return [
        Problem(
            place,
            f"table '{name}' is missing; found: {there}",
            f"a file or sheet named '{name}'",
        )
        for name in REQUIRED_TABLES
        if name not in found
    ]


def _missing_columns(table: Table, sheet: Sheet) -> list[Problem]:
    there = [name for name in sheet.frame.columns if name != "row"]
    return [
        Problem(
            f"{sheet.place}, table '{table.name}'",
            f"column '{name}' is missing; found: {', '.join(there)}",
            ", ".join(table.required_columns),
            _near(name, there),
        )
        for name in table.required_columns
        if name not in there
    ]


def _near(name: str, there: Sequence[str]) -> str:
    folded = {one.lower().replace(" ", "_").replace("-", "_"): one for one in there}
    near = get_close_matches(name, list(folded), n=1, cutoff=0.6)
    return f"is it '{folded[near[0]]}'? then name that column '{name}'" if near else ""


def _check_all(
    sheets: Mapping[str, Sheet],
    playbooks: Sequence[Playbook],
    settings: Settings,
    lang: Lang,
) -> dict[str, Checked]:
    planned = frozenset(name for playbook in playbooks for name in playbook.date_ids)
    checked: dict[str, Checked] = {}
    for name in ("cases", *(name for name in TABLES if name != "cases")):
        table, zone = TABLES[name], settings.timezone
        sheet = sheets.get(name)
        checked[name] = (
            check(table, sheet, planned, zone, lang, checked.get("cases")) if sheet else empty(table, zone)
        )
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
