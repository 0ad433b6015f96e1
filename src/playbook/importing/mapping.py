"""The grammar of `mapping.toml` as frozen data: which file gives which rows, and where each cell comes from.

    playbook = "interview-aftercare"          # of all cases, where a source does not say otherwise

    [[source]]
    file = "応募者*.csv"                       # the files it is for
    empty = ["不明"]                           # further cells that say nothing

    [source.cases]                            # one case a record
    case_id = "応募ID"
    subject = { column = ["姓", "名"], joined = " " }
    client_id = "企業名"

    [source.stages]                           # wide to long: one column of dates a stage
    "応募日" = "applied"
    "一次面接日" = { activity = "first_interview_held", resource = "面接官", planned = "next_interview_on" }
    "最終面接" = { activity = "final_interview_held", marks = { "○" = "final_interview_held", "×" = "rejected" } }

    [[source.states]]                         # the present state of a record, or a mark: an event where it is one
    column = "選考ステータス"
    values = { "内定" = "offer_made", "辞退" = "withdrawn" }
    since = "ステータス更新日"                 # the day on which it became so, where a column says it
    after = ["応募日", "一次面接日"]            # days that it cannot come before

    [[source.events]]                         # a history of states, or one event with a condition
    when = { "結果" = ["不採用", "お見送り"] }
    activity = { always = "rejected" }
    timestamp = "結果通知日"
    reason = { column = "理由", values = { "スキル" = "skills" }, others = "keep" }

The same tables stand under `[import]` in a `workspace.toml` (`[[import.source]]` ...).
"""

from __future__ import annotations

import codecs
from collections import abc
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from playbook.days.any_form import EPOCHS, FIRST, LAST, ORDERS, Epoch, Order
from playbook.files.sheet import FileHints
from playbook.importing.dates import Reading
from playbook.importing.system import systems
from playbook.rules.reading import toml_of
from playbook.tables.declared import TABLES
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, RulebookError, Said, WorkspaceError, did_you_mean

Others = Literal["keep", "refuse", "blank", "skip"]
Read = Literal["date", "year first", "day first", "month first", "excel 1900", "excel 1904"]

FORMATS = ("table", *(system.name for system in systems()), "goal_sheet")


@dataclass(frozen=True, slots=True)
class LookUp:
    """A join: the row of another file whose `key` matches gives the cell."""

    file: str
    key: str
    give: str


@dataclass(frozen=True, slots=True)
class MappedCell:
    """Where the cells of one column come from: columns (joined), one text for all, or an id made of columns.

    `values` says what becomes what, `others` what becomes of the rest, or `otherwise` the text that they all become;
    `default` is the text of blank cells. `planned`: of columns of days, those that are planned only;
    `latest`: the latest one of them. `repeats`: rows that agree in all columns of `made_of` have one id, as where a
    case has a row for each event; without, each row has an id of its own.
    """

    columns: tuple[str, ...] = ()
    joined: str = " "
    always: str | None = None
    made_of: tuple[str, ...] = ()
    prefix: str = ""
    look_up: LookUp | None = None
    values: abc.Mapping[str, str] = field(default_factory=dict)
    others: Others | None = None
    otherwise: str | None = None
    default: str | None = None
    date: bool = False
    reading: Reading = field(default_factory=Reading)
    optional: bool = False
    planned: bool = False
    latest: bool = False
    repeats: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of the file that it is made from."""
        return (*self.columns, *self.made_of)


@dataclass(frozen=True, slots=True)
class MappedRows:
    """Rows of one table, made from the records (or lines) of one source.

    `when`, `unless`: columns and their values; an empty text stands for an empty cell. `stage`: the events of one
    column of days. `planned`: the planned date of the case that takes the days of such a column that are still to
    come. `marks`: the texts in it that are no days, or stand beside one, and what they become. `state`: the events of
    one column of states.
    """

    table: str
    cells: abc.Mapping[str, MappedCell]
    when: abc.Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    stage: bool = False
    place: str = ""
    unless: abc.Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    planned: str | None = None
    marks: abc.Mapping[str, str] = field(default_factory=dict)
    state: MappedState | None = None


@dataclass(frozen=True, slots=True)
class MappedState:
    """A column of states: each becomes an event at the day in `since`, else some time after the days in `after`. Of the
    marks of a column of days, `beside` reads the day that stands in the same cell."""

    column: str
    since: str | None = None
    after: tuple[str, ...] = ()
    beside: MappedCell | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What files of one kind give. Without rows, the mapping of its format is used. `more_sheets`: of a workbook, those
    that are read as the one in `told` is."""

    file: str
    format: str | None = None
    told: FileHints = field(default_factory=FileHints)
    timezone: str | None = None
    empty: tuple[str, ...] = ()
    case: str | None = None
    rows: tuple[MappedRows, ...] = ()
    place: str = ""
    more_sheets: tuple[str, ...] = ()

    def of_each_sheet(self) -> tuple[Source, ...]:
        """One source for each sheet that is read alike."""
        more = (replace(self, told=replace(self.told, sheet=sheet)) for sheet in self.more_sheets)
        return tuple(replace(one, more_sheets=()) for one in (self, *more))


@dataclass(frozen=True, slots=True)
class Mapping:
    """What is to become of some files. `values`: per column of the tables, what texts become, in every source."""

    sources: tuple[Source, ...]
    playbook: str | None = None
    timezone: str = "Asia/Tokyo"
    values: abc.Mapping[str, abc.Mapping[str, str]] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    place: str = "mapping.toml"


def read_mapping(path: Path | str) -> Mapping:
    """The mapping in a TOML file; WorkspaceError with every mistake, each with its place, what is allowed and a
    hint.
    """
    place = Path(path)
    try:
        written = toml_of(place)
    except RulebookError as error:
        raise WorkspaceError(error.problems) from None
    return mapping_from(written, str(place))


def mapping_from(written: abc.Mapping[str, Any], place: str = "mapping.toml") -> Mapping:
    """The mapping that is written; WorkspaceError with every mistake.

    >>> mapping_from({"playbook": "p", "sources": [], "source": [{"file": "a.csv", "cases": {"case_id": ""}}]})
    Traceback (most recent call last):
    playbook.words.problem.WorkspaceError: mapping.toml, key 'sources': unknown key; allowed: playbook, timezone, \
empty, values, source
      Hint: did you mean 'source'?
    mapping.toml, [[source]] 1 'a.csv', [cases], key 'case_id': found ''; allowed: a column in quotes, or \
{ column = "...", values = {...} }
    """
    problems: list[Problem] = []
    mapping = _MappingReader(place, problems).mapping(written)
    if problems:
        raise WorkspaceError(problems)
    return mapping


_SOURCE_KEYS = (
    "file", "format", "sheet", "header", "encoding", "timezone", "empty", "case", "stages", "states", *TABLES,
)  # fmt: skip
_STATE_KEYS = ("column", "values", "since", "after")
_MAPPING_KEYS = ("playbook", "timezone", "empty", "values", "source")
_CELL_KEYS = (
    "column", "joined", "always", "made_of", "prefix", "look_up", "values", "others", "otherwise", "default", "read",
    "formats", "timezone", "swapped", "year", "optional", "latest", "repeats",
)  # fmt: skip
_READING_KEYS = ("read", "formats", "swapped", "year", "timezone")
_STAGE_KEYS = ("activity", "planned", "marks", "since", "after", *_READING_KEYS)
_READS: tuple[str, ...] = ("date", *ORDERS, *EPOCHS)


@dataclass(frozen=True, slots=True)
class _MappingReader:
    """Reads one mapping; what cannot be used is noted and left out, so that the rest is read all the same."""

    place: str
    problems: list[Problem]

    def note(self, place: Said, found: Said, allowed: Said, hint: Said = "") -> None:
        self.problems.append(Problem(place, found, allowed, hint))

    def mapping(self, written: abc.Mapping[str, Any]) -> Mapping:
        self.known(written, _MAPPING_KEYS, self.place)
        playbook = self.text(written, "playbook", self.place)
        sources = tuple(self.sources(written.get("source"), playbook))
        values = written.get("values", {})
        if not isinstance(values, dict):
            self.note(
                self.at(self.place, "values"),
                msg("found {values!r}", values=values),
                msg("tables such as [values.activity]"),
            )
            values = {}
        return Mapping(
            sources,
            playbook,
            self.zone(written, self.place) or "Asia/Tokyo",
            {column: self.texts(values, column, f"{self.place}, [values]") for column in values},
            self.words(written, "empty", self.place),
            self.place,
        )

    def sources(self, written: object, playbook: str | None) -> Iterator[Source]:
        if not isinstance(written, list) or not written or not all(isinstance(one, dict) for one in written):
            self.note(self.at(self.place, "source"), msg("missing"), msg("one [[source]] for each kind of file"))
            return
        for number, one in enumerate(written, start=1):
            yield self.source(one, number, playbook)

    def source(self, written: abc.Mapping[str, Any], number: int, playbook: str | None) -> Source:
        file = written.get("file")
        place = f"{self.place}, [[source]] {number}" + (f" '{file}'" if isinstance(file, str) else "")
        self.known(written, _SOURCE_KEYS, place)
        if not isinstance(file, str) or not file.strip():
            self.note(
                self.at(place, "file"),
                msg("missing") if file is None else msg("found {file!r}", file=file),
                msg("a file name or a pattern"),
            )
            file = ""
        stages = list(self.stages(written.get("stages", {}), place))
        rows = [*self.tables(written, place), *stages, *self.states(written.get("states", []), place)]
        sheet, *more_sheets = self.words(written, "sheet", place) or (None,)
        if not rows and written.get("format") is None:
            self.note(
                place,
                msg("nothing is to be made of this file"),
                "[source.cases], [source.stages], [[source.events]] ...",
            )
        return Source(
            file,
            self.choice(written, "format", FORMATS, place),
            FileHints(sheet, self.header(written, place), self.encoding(written, place)),
            self.zone(written, place),
            self.words(written, "empty", place),
            self.text(written, "case", place),
            tuple(self.completed(rows, playbook)),
            place,
            tuple(dict.fromkeys(more_sheets)),
        )

    def header(self, written: abc.Mapping[str, Any], place: str) -> tuple[int, ...]:
        found = written.get("header", [])
        rows = found if isinstance(found, list) else [found]
        if not all(isinstance(row, int) and not isinstance(row, bool) and row >= 0 for row in rows):
            self.note(
                self.at(place, "header"),
                msg("found {found!r}", found=found),
                msg("the number of its row, or [3, 4]; 0 where there is none"),
            )
            return ()
        return tuple(rows)

    def encoding(self, written: abc.Mapping[str, Any], place: str) -> str | None:
        name = self.text(written, "encoding", place)
        try:
            return name and codecs.lookup(name).name
        except LookupError:
            self.note(
                self.at(place, "encoding"),
                msg("found '{name}'", name=name),
                msg("such as utf-8, cp932, utf-16, euc_jp"),
            )
            return None

    # Rows

    def tables(self, written: abc.Mapping[str, Any], place: str) -> Iterator[MappedRows]:
        for table in TABLES:
            found = written.get(table, [])
            listed = [found] if isinstance(found, dict) else found
            if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
                self.note(
                    f"{place}, key '{table}'",
                    msg("found {found!r}", found=found),
                    msg("[source.{table}] or [[source.{table}]]", table=table),
                )
                continue
            for number, one in enumerate(listed, start=1):
                where = f"{place}, [{table}]" + (f" {number}" if len(listed) > 1 else "")
                yield self.rows(table, one, where)

    def rows(self, table: str, written: abc.Mapping[str, Any], place: str) -> MappedRows:
        cells = {
            name: self.cell(value, self.at(place, name))
            for name, value in written.items()
            if name not in ("when", "unless", "keep")
        }
        when, unless = (self.condition(written, key, place) for key in ("when", "unless"))
        return MappedRows(table, cells, when, self.words(written, "keep", place), place=place, unless=unless)

    def condition(self, written: abc.Mapping[str, Any], key: str, place: str) -> dict[str, tuple[str, ...]]:
        found = written.get(key, {})
        if not isinstance(found, dict):
            self.note(
                self.at(place, key),
                msg("found {found!r}", found=found),
                msg('columns and their values: { "結果" = ["不採用"] }'),
            )
            return {}
        return {column: self.words(found, column, self.at(place, key)) for column in found}

    def stages(self, written: object, place: str) -> Iterator[MappedRows]:
        place = f"{place}, [stages]"
        if not isinstance(written, dict):
            self.note(
                place,
                msg("found {written!r}", written=written),
                msg('a column of dates and its activity: "応募日" = "applied"'),
            )
            return
        for column, value in written.items():
            cells = {"activity": value} if isinstance(value, str) else value
            at = self.at(place, column)
            if not isinstance(cells, dict) or not isinstance(cells.get("activity"), str):
                self.note(
                    at,
                    msg("found {value!r}", value=value),
                    msg('an activity, or { activity = "...", resource = "a column" }'),
                )
                continue
            others = {name: cell for name, cell in cells.items() if name not in _STAGE_KEYS}
            told = {name: cells[name] for name in _READING_KEYS if name in cells}
            rows = self.rows("events", {**others, "timestamp": {"column": column, **told}}, at)
            marks = self.texts(cells, "marks", at)
            yield replace(
                rows,
                cells={**rows.cells, "activity": MappedCell(always=cells["activity"])},
                stage=True,
                planned=self.text(cells, "planned", at),
                marks=marks,
            )
            if marks:
                more = {name: cells[name] for name in ("since", "after", *others) if name in cells}
                marked = self.state({"column": column, "values": marks, **more}, at)
                assert marked.state is not None
                yield replace(marked, state=replace(marked.state, beside=rows.cells["timestamp"]))

    def states(self, written: object, place: str) -> Iterator[MappedRows]:
        """The events of columns of states, from [source.states] or several [[source.states]]."""
        listed = [written] if isinstance(written, dict) else written
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            self.note(
                self.at(place, "states"),
                msg("found {written!r}", written=written),
                msg("[source.states] or [[source.states]]"),
            )
            return
        for number, one in enumerate(listed, start=1):
            yield self.state(one, f"{place}, [states]" + (f" {number}" if len(listed) > 1 else ""))

    def state(self, written: abc.Mapping[str, Any], place: str) -> MappedRows:
        column = self.text(written, "column", place)
        if column is None:
            self.note(self.at(place, "column"), msg("missing"), msg("the column that holds the state"))
        values = self.texts(written, "values", place)
        since = self.text(written, "since", place)
        more = {name: value for name, value in written.items() if name not in _STATE_KEYS}
        rows = self.rows("events", more, place)
        cells = {
            **rows.cells,
            "activity": MappedCell(columns=(column or "",), values=values, others="skip"),
            "timestamp": MappedCell(columns=(since,) if since else (), date=True),
        }
        return replace(rows, cells=cells, state=MappedState(column or "", since, self.words(written, "after", place)))

    def completed(self, rows: list[MappedRows], playbook: str | None) -> Iterator[MappedRows]:
        """The rows with what goes without saying: the case of the source, the playbook of the mapping, the planned
        dates that stand in columns of stages."""
        rows = _with_planned(rows)
        case = next((one.cells["case_id"] for one in rows if one.table == "cases" and "case_id" in one.cells), None)
        for one in rows:
            table = TABLES[one.table]
            more: dict[str, MappedCell] = {}
            if table.refers_to_cases and "case_id" in table.required_columns and case is not None:
                more["case_id"] = case
            if one.table == "cases" and playbook is not None:
                more["playbook"] = MappedCell(always=playbook)
            full = replace(one, cells={**more, **one.cells})
            for name in table.required_columns:
                if name not in full.cells and not (name == "playbook" and _completes(one, rows)):
                    self.note(self.at(one.place, name), msg("missing"), _missing(name))
            yield full

    # Cells

    def cell(self, written: object, place: str) -> MappedCell:
        if isinstance(written, str) and written.strip():
            return MappedCell(columns=(written,))
        if not isinstance(written, dict):
            self.note(
                place,
                msg("found {written!r}", written=written),
                msg('a column in quotes, or { column = "...", values = {...} }'),
            )
            return MappedCell()
        self.known(written, _CELL_KEYS, place)
        origins = [key for key in ("column", "always", "made_of") if key in written]
        if len(origins) != 1:
            self.note(
                place, msg("found {value}", value=", ".join(origins) or "none"), msg("one of column, always, made_of")
            )
        read = self.choice(written, "read", _READS, place)
        return MappedCell(
            self.words(written, "column", place),
            " " if "joined" not in written else self.text(written, "joined", place, blank=True) or "",
            self.text(written, "always", place),
            self.words(written, "made_of", place),
            self.text(written, "prefix", place) or "",
            self.look_up(written, place),
            self.texts(written, "values", place),
            self.choice(written, "others", get_args(Others), place),  # type: ignore[arg-type]
            self.text(written, "otherwise", place),
            self.text(written, "default", place),
            any(written.get(key) for key in ("read", "formats", "swapped", "year", "latest")),
            self.reading(written, read, place),
            self.flag(written, "optional", place),
            latest=self.flag(written, "latest", place),
            repeats=self.flag(written, "repeats", place),
        )

    def reading(self, written: abc.Mapping[str, Any], read: str | None, place: str) -> Reading:
        formats = self.words(written, "formats", place)
        for form in formats:
            if not _is_format(form):
                self.note(
                    self.at(place, "formats"),
                    msg("found '{form}'", form=form),
                    msg("a form of strptime such as '%d.%m.%Y %H:%M'"),
                )
        order: Order | None = read if read in ORDERS else None
        epoch: Epoch | None = read if read in EPOCHS else None
        swapped, year = self.flag(written, "swapped", place), self.year(written, place)
        return Reading(order, epoch, formats, self.zone(written, place), swapped, year)

    def year(self, written: abc.Mapping[str, Any], place: str) -> int | None:
        found = written.get("year")
        if found is None or (isinstance(found, int) and not isinstance(found, bool) and FIRST <= found <= LAST):
            return found
        self.note(
            self.at(place, "year"),
            msg("found {found!r}", found=found),
            msg("a year from {first} to {last}, without quotes", first=FIRST, last=LAST),
        )
        return None

    def look_up(self, written: abc.Mapping[str, Any], place: str) -> LookUp | None:
        found = written.get("look_up")
        if found is None:
            return None
        keys = ("file", "key", "give")
        if not isinstance(found, dict) or not all(isinstance(found.get(key), str) for key in keys):
            self.note(
                self.at(place, "look_up"),
                msg("found {found!r}", found=found),
                '{ file = "企業.csv", key = "コード", give = "企業名" }',
            )
            return None
        self.known(found, keys, self.at(place, "look_up"))
        return LookUp(*(found[key] for key in keys))

    # Values

    @staticmethod
    def at(place: Said, key: str) -> str:
        return f"{place}, key '{key}'"

    def known(self, written: abc.Mapping[str, Any], keys: abc.Sequence[str], place: str) -> None:
        for key in written:
            if key not in keys:
                self.note(self.at(place, key), msg("unknown key"), ", ".join(keys), did_you_mean(key, keys))

    def text(self, written: abc.Mapping[str, Any], key: str, place: str, *, blank: bool = False) -> str | None:
        found = written.get(key)
        if found is None or (isinstance(found, str) and (blank or found.strip())):
            return found
        self.note(self.at(place, key), msg("found {found!r}", found=found), msg("a text in quotes"))
        return None

    def words(self, written: abc.Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
        found = written.get(key, [])
        listed = [found] if isinstance(found, str) else found
        if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
            return tuple(listed)
        self.note(self.at(place, key), msg("found {found!r}", found=found), msg("a text in quotes, or a list of them"))
        return ()

    def texts(self, written: abc.Mapping[str, Any], key: str, place: str) -> dict[str, str]:
        found = written.get(key, {})
        if isinstance(found, dict) and all(isinstance(value, str) for value in found.values()):
            return dict(found)
        self.note(
            self.at(place, key),
            msg("found {found!r}", found=found),
            msg('what becomes what: { "書類選考" = "applied" }'),
        )
        return {}

    def choice(self, written: abc.Mapping[str, Any], key: str, allowed: abc.Sequence[str], place: str) -> str | None:
        found = written.get(key)
        if found is None or found in allowed:
            return found
        hint = did_you_mean(found, allowed) if isinstance(found, str) else ""
        self.note(self.at(place, key), msg("found {found!r}", found=found), ", ".join(allowed), hint)
        return None

    def flag(self, written: abc.Mapping[str, Any], key: str, place: str) -> bool:
        found = written.get(key, False)
        if not isinstance(found, bool):
            self.note(self.at(place, key), msg("found {found!r}", found=found), msg("true or false"))
        return found is True

    def zone(self, written: abc.Mapping[str, Any], place: str) -> str | None:
        found = written.get("timezone")
        try:
            return found and ZoneInfo(found).key
        except (LookupError, ValueError, TypeError, AttributeError, OSError):
            self.note(
                self.at(place, "timezone"),
                msg("found {found!r}", found=found),
                msg("an IANA time zone such as 'Asia/Tokyo' or 'UTC'"),
            )
            return None


def _completes(rows: MappedRows, all_rows: abc.Sequence[MappedRows]) -> bool:
    """Whether rows of cases only add columns to cases that other rows of the same source begin."""
    return any(other is not rows and other.table == "cases" and "playbook" in other.cells for other in all_rows)


def _with_planned(rows: list[MappedRows]) -> list[MappedRows]:
    """The rows; those of cases with the planned dates that columns of stages hold."""
    columns: dict[str, list[MappedCell]] = {}
    for one in rows:
        if one.planned is not None:
            columns.setdefault(one.planned, []).append(one.cells["timestamp"])
    if not columns:
        return rows
    cells = {
        name: MappedCell(
            tuple(c for one in found for c in one.columns), date=True, reading=found[0].reading, planned=True
        )
        for name, found in columns.items()
    }
    first = next((n for n, one in enumerate(rows) if one.table == "cases"), None)
    return [replace(one, cells={**cells, **one.cells}) if n == first else one for n, one in enumerate(rows)]


def _missing(name: str) -> Said:
    match name:
        case "playbook":
            return msg('the id of a playbook here, or playbook = "..." at the top')
        case "case_id":
            return msg("the column that says which case it is, here or in [source.cases]")
        case _:
            return msg('a column in quotes, or { always = "..." }')


def _is_format(form: str) -> bool:
    try:
        datetime.strptime(datetime(2026, 1, 5, 9, 5).strftime(form), form)
    except ValueError:
        return False
    return "%" in form
