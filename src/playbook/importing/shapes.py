"""One raw table to rows of the workspace's tables: columns joined, values mapped, wide made long, a history made
events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256

import polars as pl

from playbook.days.any_form import Epoch
from playbook.files.lines import REASONS as OF_LINES
from playbook.importing.dates import (
    REFUSALS,
    DateColumn,
    Reading,
    order_doubts,
    read_dates,
    said_forms,
)
from playbook.importing.mapping import LookUp, MappedCell, MappedRows, MappedState, Others
from playbook.importing.raw import Raw
from playbook.importing.text import folded, in_one_form, private_use, replaced_values, without_blanks
from playbook.importing.vocabulary.states import took_place
from playbook.tables.columns import EMPTY_CELLS
from playbook.tables.declared import ROW, TABLES, CellKind, TableSchema
from playbook.words.catalogue import msg
from playbook.words.folding import fold_key
from playbook.words.problem import Problem, Remark, WorkspaceError, did_you_mean
from playbook.words.text import Text

REFUSED_CELL = {ROW: pl.UInt32, "column": pl.String, "value": pl.String, "code": pl.String}
CODES: dict[str, Text] = {
    **REFUSALS,
    "missing_key": msg("this cell must not be empty"),
    "missing_value": msg("this cell must not be empty"),
    "unmapped_value": msg("a value that the mapping's values do not have"),
    "unmatched": msg("not found in the file it is looked up in"),
    "duplicate_event": msg("the same event stands further up"),
    "second_record": msg("its record has an id that stands further up"),
    "duplicate_row": msg("the same id stands further up with other cells"),
    **OF_LINES,
    "bad_record": msg("not a record"),
}
_SHOWN = 200
_EXAMPLES = 3
_WORDS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """How one column of a table was made: what from, how it was read, how many cells changed form, with examples."""

    table: str
    column: str
    made_from: tuple[str, ...]
    how: Text
    values: int
    changed: int
    refused: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """Rows of one table made from one raw table.

    `frame`: one row per accepted row, text, with `row`. `refused`: one row per refused row: `row, column, value, code`.
    `read` = accepted + refused; `skipped` rows were left out because the mapping says so and are in neither.
    """

    rows: MappedRows
    frame: pl.DataFrame
    refused: pl.DataFrame
    skipped: int
    columns: tuple[ColumnReport, ...]

    @property
    def read(self) -> int:
        """How many rows the raw table offered."""
        return len(self.frame) + len(self.refused)


@dataclass(frozen=True, slots=True)
class _Column:
    """The cells of one column over all lines of the raw table; `codes` says which are refused, `skip` which are left
    out.
    """

    text: pl.Series
    codes: pl.Series | None = None
    skip: pl.Series | None = None
    raw: pl.Series | None = None
    how: Text = field(default=Text("", ""))
    notes: pl.Series | None = None


LookUps = Callable[[LookUp, str], Mapping[str, str]]
"""From a join and the place that asks for it to what each folded key gives."""


@dataclass(frozen=True)
class Shaping:
    """One raw table with the settings that its rows are made by."""

    raw: Raw
    timezone: str
    source_timezone: str | None = None
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    look_up: LookUps = lambda _join, _place: {}
    lenient: bool = False
    taken: datetime | None = None

    def made(self, rows: MappedRows) -> Made:
        """The rows of one table; WorkspaceError where a column that the mapping names is not in the file."""
        table = TABLES[rows.table]
        columns = {name: self._column(table, name, cell, rows) for name, cell in rows.cells.items()}
        if rows.stage:
            columns = self._happened(rows, columns)
        if rows.state is not None:
            columns = self._became(rows, rows.state, columns)
        offered = self._offered(rows, columns)
        skipped = self._any([column.skip for column in columns.values()], offered)
        taken = offered & ~skipped
        codes = _with_missing(table, columns)
        bad = self._any([code.is_not_null() for code in codes.values()], taken)
        frame = pl.DataFrame(
            [self.raw.frame[ROW], *(c.text.alias(name) for name, c in columns.items()), *self._kept(rows)]
        )
        reports = tuple(_report(table, name, rows, column, codes[name], taken) for name, column in columns.items())
        return Made(
            rows, frame.filter(taken & ~bad), _refused(self.raw, columns, codes, bad), int(skipped.sum()), reports
        )

    # Days and states

    def _happened(self, rows: MappedRows, columns: Mapping[str, _Column]) -> dict[str, _Column]:
        """The events of a column of days: those alone that took place, with what is written beside their day."""
        time = columns["timestamp"]
        key = self._date_key(rows, "timestamp", rows.cells["timestamp"])
        if key is None:
            return dict(columns)
        read = self.dates(*key)
        planned = read.planned & read.text.is_not_null()
        left = time.skip if time.skip is not None else planned & False
        if rows.marks and time.raw is not None:
            left |= _is_one_of(time.raw, list(rows.marks))
        stands = self._stands(rows, read.notes)
        left |= (~stands).fill_null(False)
        codes = time.codes if time.codes is not None else pl.Series([None] * len(planned), dtype=pl.String)
        off = read.called_off & read.text.is_not_null() & ~planned & stands.is_null()
        codes = _first_code(codes, "not_held", off)
        if rows.planned is None:
            codes = _first_code(codes, "planned_day", planned)
        else:
            left |= planned | self._to_come(read.text)
        codes = codes.set(left, None)
        found = {**columns, "timestamp": replace(time, codes=codes, skip=left)}
        notes = read.notes.set(left, None)
        return found if notes.null_count() == len(notes) else _with_note(found, notes)

    def _stands(self, rows: MappedRows, notes: pl.Series) -> pl.Series:
        """Where a mark beside a day tells whether what the column is of took place on it; null where none does."""
        mine = rows.cells["activity"].always or ""
        told = {mark: str(took_place(mine, outcome)) for mark, outcome in rows.marks.items() if outcome}
        text, hit = replaced_values(notes, told)
        return (text == "True").set(~hit, None)

    def _to_come(self, days: pl.Series) -> pl.Series:
        """Where a day lies after the export was taken."""
        never = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(days))
        if self.taken is None:
            return never
        return (days.str.head(10) > self.taken.date().isoformat()).fill_null(False)

    def _became(self, rows: MappedRows, state: MappedState, columns: Mapping[str, _Column]) -> dict[str, _Column]:
        """The events of a column of states: at the day that says since when, else between the days that the state
        cannot come before and the export."""
        if state.beside is not None:
            columns = self._with_days(rows, state.beside, columns)
        time, activity = columns["timestamp"], columns["activity"]
        known = activity.text.is_not_null() & ~(activity.skip if activity.skip is not None else activity.text.is_null())
        unsaid = known & time.text.is_null()
        text, early = time.text, None
        if unsaid.any():
            text = text.set(unsaid, self._known_from(rows))
            early = self._latest(rows, state.after).set(~unsaid, None)
            early = early.set((early > text.str.head(10)).fill_null(False), None)
        found = {**columns, "timestamp": replace(time, text=text)}
        if early is not None and early.null_count() < len(early):
            found["earliest"] = _Column(early)
        return found

    def _with_days(self, rows: MappedRows, cell: MappedCell, columns: Mapping[str, _Column]) -> dict[str, _Column]:
        """The marks of a column of days: where one stands beside a day (4/10 ×), that is its day."""
        (name,) = cell.columns
        source, time, activity = self.named(name, rows, cell), columns["timestamp"], rows.cells["activity"]
        if source is None:
            return dict(columns)
        read = self.dates((source,), self._reading(cell))
        dated = read.text.is_not_null() & read.notes.is_not_null()
        if not dated.any():
            return dict(columns)
        words = self._clean(source, CellKind.KEY).zip_with(~dated, read.notes)
        marked = _mapped(_Column(words, raw=words), activity.values, "activity", activity)
        day = replace(time, text=time.text.zip_with(~dated, read.text))
        return _with_note({**columns, "activity": marked, "timestamp": day}, read.notes.set(~dated, None))

    def _known_from(self, rows: MappedRows) -> str:
        """When the export was taken: as told, else the last day that stands in it."""
        if self.taken is not None:
            return self.taken.isoformat()
        days = [day for one in self._read.values() if isinstance(day := one.text.str.head(10).max(), str)]
        if not days:
            allowed = msg("the moment of the export: --taken, or taken= in Python")
            raise WorkspaceError(Problem(rows.place, msg("nothing says when a state began"), allowed))
        return max(days)

    def _latest(self, rows: MappedRows, names: Sequence[str]) -> pl.Series:
        """Of each row the latest of some days, as a day."""
        keys = self._after_keys(rows, names)
        days = [self.dates(*key).text.str.head(10).alias(str(n)) for n, key in enumerate(keys)]
        none = pl.Series("", [None], pl.String).new_from_index(0, len(self.raw.frame))
        if not days:
            return none
        return pl.DataFrame(days).select(pl.max_horizontal(pl.all())).to_series()

    def _after_keys(self, rows: MappedRows, names: Sequence[str]) -> list[tuple[tuple[str, ...], Reading]]:
        found = [self.named(name, rows, MappedCell(optional=self.lenient)) for name in names]
        return [((one,), self._reading(MappedCell())) for one in found if one is not None]

    def _planned(self, sources: tuple[str, ...], cell: MappedCell) -> _Column:
        """The day that is still to come, of some columns of days: the one in the last column that has any."""
        text = pl.Series("", [None], pl.String).new_from_index(0, len(self.raw.frame))
        for source in sources:
            read = self.dates((source,), self._reading(cell))
            coming = (read.planned | self._to_come(read.text)) & read.text.is_not_null()
            text = read.text.set(~coming, None).fill_null(text)
        return _Column(text, raw=text)

    def _last_of(self, sources: tuple[str, ...], cell: MappedCell) -> _Column:
        """The latest day of some columns of days."""
        reads = [self.dates((source,), self._reading(cell)).text.alias(source) for source in sources]
        days = pl.DataFrame([one.str.head(10).alias(str(n)) for n, one in enumerate(reads)])
        text = days.select(pl.max_horizontal(pl.all())).to_series()
        return _Column(text, raw=text)

    # Which rows

    def _offered(self, rows: MappedRows, columns: Mapping[str, _Column]) -> pl.Series:
        """Where a line offers a row: it begins a record or the rows are of lines, the condition holds, and it says
        anything.
        """
        offered = self._lines(rows)
        for name, wanted in rows.when.items():
            column = self.named(name, rows, MappedCell(columns=(name,)))
            if column is not None:
                offered &= _is_one_of(self.raw.frame[column], wanted)
            elif not self.lenient:
                offered &= False
        for name, unwanted in rows.unless.items():
            column = self.named(name, rows, MappedCell(columns=(name,)))
            if column is not None:
                offered &= ~_is_one_of(self.raw.frame[column], unwanted)
        return offered & self._said(rows, columns)

    def _lines(self, rows: MappedRows) -> pl.Series:
        every = pl.Series([True], dtype=pl.Boolean).new_from_index(0, len(self.raw.frame))
        if self.raw.starts is None:
            return every
        return every if self._of_lines(rows) else self.raw.starts

    def _said(self, rows: MappedRows, columns: Mapping[str, _Column]) -> pl.Series:
        """Where any of the columns says something that makes such a row a row."""
        every = pl.Series([True], dtype=pl.Boolean).new_from_index(0, len(self.raw.frame))
        if rows.table == "cases":
            return every
        needed = TABLES[rows.table].required_columns
        telling = [name for name in needed if name in columns and name != "case_id" and rows.cells[name].always is None]
        said = [columns[name].text.is_not_null() | _spoken_for(columns[name]) for name in telling]
        return self._any(said, every) if said else every

    def _any(self, masks: Sequence[pl.Series | None], among: pl.Series) -> pl.Series:
        found = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(self.raw.frame))
        for mask in masks:
            if mask is not None:
                found |= mask.fill_null(False)
        return found & among

    # Columns

    def named(self, name: str, rows: MappedRows, cell: MappedCell) -> str | None:
        """The file's column that a mapping means; None where it is not there and need not be."""
        found = self.raw.column(name)
        if found is None and not (cell.optional or self.lenient):
            listed = ", ".join(self.raw.columns[:40]) or msg("none")
            hint = did_you_mean(name, self.raw.columns)
            raise WorkspaceError(
                Problem(
                    rows.place,
                    msg("there is no column '{name}' in {place}", name=name, place=self.raw.place),
                    listed,
                    hint,
                )
            )
        return found

    def _column(self, table: TableSchema, name: str, cell: MappedCell, rows: MappedRows) -> _Column:
        kind = next((column.kind for column in table.columns if column.name == name), None)
        if cell.always is not None:
            return _Column(pl.Series([cell.always], dtype=pl.String).new_from_index(0, len(self.raw.frame)))
        sources = [self.named(source, rows, cell) for source in cell.sources]
        if cell.made_of:
            return _Column(self._ids(sources, cell))
        if cell.latest:
            return self._last_of(tuple(one for one in sources if one), cell)
        if cell.planned:
            return self._planned(tuple(one for one in sources if one), cell)
        if _is_date(kind, name, cell):
            return self._date(tuple(one for one in sources if one), cell)
        text = self._text(sources, cell, kind)
        column = _Column(text, raw=text)
        if cell.look_up is not None:
            column = _looked_up(column, self.look_up(cell.look_up, rows.place), cell)
        general = self.values.get(name, {})
        values = {**cell.values, **general} if self.lenient else {**general, **cell.values}
        column = _mapped(column, values, name, cell)
        return column if cell.default is None else replace(column, text=column.text.fill_null(cell.default))

    def _text(self, sources: Sequence[str | None], cell: MappedCell, kind: CellKind | None) -> pl.Series:
        """The cells of some columns, joined; text keeps its words, an id or a code is blank where it says nothing."""
        parts = [self._clean(one, kind) for one in sources if one is not None]
        if not parts:
            return pl.Series("", [None], pl.String).new_from_index(0, len(self.raw.frame))
        if len(parts) == 1:
            return parts[0]
        frame = pl.DataFrame([part.alias(str(n)) for n, part in enumerate(parts)])
        joined = frame.select(pl.concat_str(pl.all(), separator=cell.joined, ignore_nulls=True)).to_series()
        return joined.set(joined == "", None)

    def _clean(self, name: str, kind: CellKind | None) -> pl.Series:
        """A column of the file without the cells that say nothing; each is cleaned once."""
        as_text = kind in (CellKind.TEXT, None)
        if (name, as_text) not in self._cleaned:
            column = self.raw.frame[name]
            text = column.str.strip_chars()
            clean = (
                text.set(text.is_in([*EMPTY_CELLS, *self.empty]), None)
                if as_text
                else without_blanks(column, self.empty)
            )
            self._cleaned[name, as_text] = clean
        return self._cleaned[name, as_text]

    @cached_property
    def _cleaned(self) -> dict[tuple[str, bool], pl.Series]:
        return {}

    def _ids(self, sources: Sequence[str | None], cell: MappedCell) -> pl.Series:
        """A short id made of the folded cells; rows that agree in all of them are one, or numbered in their order."""
        joined = self._identities(sources)
        distinct = joined.unique()
        digests = pl.Series([sha256(one.encode("utf-8")).hexdigest()[:8] for one in distinct], dtype=pl.String)
        base = joined.replace_strict(distinct, digests, return_dtype=pl.String)
        if cell.repeats or self.raw.starts is not None:
            return cell.prefix + base
        nth = pl.DataFrame({"id": base}).select(pl.int_range(pl.len()).over("id") + 1).to_series()
        suffix = pl.Series([f"-{n}" if n > 1 else "" for n in nth], dtype=pl.String)
        return cell.prefix + base + suffix

    def _identities(self, sources: Sequence[str | None]) -> pl.Series:
        """The folded cells of some columns in one text."""
        parts = [
            in_one_form(folded(self.raw.frame[one])).fill_null("").alias(one)
            for one in dict.fromkeys(sources)
            if one is not None
        ]
        return pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator="\x1f")).to_series()

    def _date(self, sources: tuple[str, ...], cell: MappedCell) -> _Column:
        read = self.dates(sources, self._reading(cell))
        raw = self._text(sources, cell, CellKind.INSTANT)
        return _Column(read.text, read.refused, raw=raw, how=said_forms(read.forms), notes=read.notes)

    def _reading(self, cell: MappedCell) -> Reading:
        told = cell.reading
        return replace(told, timezone=told.timezone or self.source_timezone, epoch=told.epoch or self._known_epoch)

    @property
    def _known_epoch(self) -> Epoch | None:
        return self.raw.epoch if self.raw.epoch == "excel 1904" else None

    def _kept(self, rows: MappedRows) -> list[pl.Series]:
        """The columns that are carried along under their own names."""
        used = {self.raw.column(name) for cell in rows.cells.values() for name in cell.sources}
        own = [
            name for name in self.raw.columns if name not in used and (name in self.raw.lines) == self._of_lines(rows)
        ]
        wanted = own if "*" in rows.keep else rows.keep
        names = dict.fromkeys(found for name in wanted if (found := self.named(name, rows, MappedCell())) is not None)
        kept = {name.removeprefix("case:"): name for name in names}
        return [self._clean(name, None).alias(new) for new, name in kept.items() if new not in rows.cells]

    def _of_lines(self, rows: MappedRows) -> bool:
        """Whether what makes a row of this table another row stands on the lines of a record, not on the record."""
        table = TABLES[rows.table]
        telling = [rows.cells[name] for name in (*table.key, *table.required_columns) if name in rows.cells]
        return bool({self.raw.column(name) for cell in telling for name in cell.sources} & self.raw.lines)

    # Dates, decided for whole columns

    @cached_property
    def _read(self) -> dict[tuple[tuple[str, ...], Reading], DateColumn]:
        return {}

    def dates(self, sources: tuple[str, ...], told: Reading) -> DateColumn:
        """A date column of the whole raw table, decided once, in the light of the dates that are read already."""
        key = (sources, told)
        if key not in self._read:
            text = self._text(sources, MappedCell(), CellKind.INSTANT)
            beside = [one.text for one in self._read.values()]
            self._read[key] = read_dates(text, self.timezone, told, beside, self._export_day)
        return self._read[key]

    @property
    def _export_day(self) -> date | None:
        return self.taken.date() if self.taken else None

    def look_again(self, rows: Sequence[MappedRows]) -> None:
        """Read all date columns of some rows, then once more those that were unsure, knowing the others."""
        keys = [key for one in rows for key in self._date_keys(one)]
        wanted = list(dict.fromkeys(key for key in keys if key is not None))
        alone = {(sources, told): self.dates(sources, told) for sources, told in wanted}
        for (sources, told), first in alone.items():
            others = [one.text for key, one in alone.items() if key != (sources, told) and _sure(one)]
            if others:
                text = self._text(sources, MappedCell(), CellKind.INSTANT)
                again = read_dates(text, self.timezone, told, others, self._export_day)
                self._read[sources, told] = again if not _sure(first) or again.remarks != first.remarks else first

    def _date_keys(self, rows: MappedRows) -> list[tuple[tuple[str, ...], Reading]]:
        """The columns of days that some rows are made from, with how each is read."""
        found = [
            self._date_key(rows, name, cell) for name, cell in rows.cells.items() if not (cell.planned or cell.latest)
        ]
        found += [
            ((one,), self._reading(c)) for c in rows.cells.values() if c.latest for one in self._named_all(c, rows)
        ]
        after = self._after_keys(rows, rows.state.after) if rows.state is not None else []
        return [*(key for key in found if key is not None), *after]

    def _named_all(self, cell: MappedCell, rows: MappedRows) -> list[str]:
        return [one for source in cell.columns if (one := self.named(source, rows, cell)) is not None]

    def _date_key(self, rows: MappedRows, name: str, cell: MappedCell) -> tuple[tuple[str, ...], Reading] | None:
        kind = next((column.kind for column in TABLES[rows.table].columns if column.name == name), None)
        if cell.always is not None or cell.made_of or not _is_date(kind, name, cell):
            return None
        found = tuple(one for source in cell.columns if (one := self.named(source, rows, cell)) is not None)
        return (found, self._reading(cell)) if found else None

    def remarks(self, rows: Sequence[MappedRows]) -> list[tuple[str, Remark]]:
        """What was decided about columns, and what a person should look at: column and remark."""
        found = [(" + ".join(sources), remark) for (sources, _), one in self._read.items() for remark in one.remarks]
        stages = [
            (" + ".join(key[0]), self._read[key].text)
            for one in rows
            if one.stage and (key := self._date_key(one, "timestamp", one.cells["timestamp"])) and key in self._read
        ]
        more = (self._about_states, self._about_taken, self._about_gaiji, self._about_ids)
        return [*found, *order_doubts(stages), *(remark for about in more for remark in about(rows))]

    def _about_taken(self, rows: Sequence[MappedRows]) -> list[tuple[str, Remark]]:
        """A doubt where states are dated by the last day of the file, for want of the day of the export."""
        undated = next((one for one in rows if one.state is not None and one.state.since is None), None)
        if undated is None or self.taken is not None or not self._read:
            return []
        day = self._known_from(undated)
        ja = f"書き出した日が不明なため、表の最後の日（{day}）に分かったこととしました。--taken で指定できます"
        en = f"not known when it was exported; states are known from its last day ({day}); say it with --taken"
        return [("", Remark(Text(ja, en), doubt=True))]

    def _about_states(self, rows: Sequence[MappedRows]) -> list[tuple[str, Remark]]:
        """The words of columns of states and marks that no mapping names, which become nothing."""
        named: dict[str, set[str]] = {}
        dated = {one.cells["timestamp"].columns[0] for one in rows if one.stage}
        for one in rows:
            if one.state is not None and (column := self.raw.column(one.state.column)) is not None:
                named.setdefault(column, set()).update(map(fold_key, one.cells["activity"].values))
        return [(name, remark) for name, known in named.items() for remark in self._unnamed(name, known, name in dated)]

    def _unnamed(self, name: str, known: Collection[str], dated: bool) -> list[Remark]:
        cells = self._clean(name, CellKind.KEY)
        if dated:
            cells = cells.set(self.dates((name,), self._reading(MappedCell())).text.is_not_null(), None)
        counts = Counter(one for one in cells.drop_nulls() if fold_key(one) not in known)
        if not counts:
            return []
        shown = "、".join(f"{word[:30]} {n}件" for word, n in counts.most_common(_WORDS_SHOWN))
        ja = f"できごとにしなかった言葉：{shown}"
        en = f"words that became no event: {shown}"
        return [Remark(Text(ja, en), doubt=True)]

    def _about_gaiji(self, rows: Sequence[MappedRows]) -> list[tuple[str, Remark]]:
        used = dict.fromkeys(
            found for one in rows for c in one.cells.values() for s in c.sources if (found := self.raw.column(s))
        )
        counted = [(name, private_use(self.raw.frame[name])) for name in used]
        return [
            (
                name,
                Remark(
                    msg("{n} cells hold private-use characters, kept", n=n),
                    True,
                ),
            )
            for name, n in counted
            if n
        ]

    def _about_ids(self, rows: Sequence[MappedRows]) -> list[tuple[str, Remark]]:
        cells = (cell for one in rows for cell in one.cells.values())
        made = {tuple(cell.made_of) for cell in cells if cell.made_of and not cell.repeats}
        found = []
        for columns in sorted(made):
            sources = [self.raw.column(one) for one in columns]
            same = len(self.raw.frame) - self._identities(sources).n_unique()
            if same and self.raw.starts is None:
                ja = f"これらの列がすべて同じ行が{same}件あり、上からの順番で区別しました"
                en = f"{same} rows agree in all of these with a row above; told apart by their order"
                found.append((" + ".join(columns), Remark(Text(ja, en), doubt=True)))
        return found


def _first_code(codes: pl.Series, code: str, where: pl.Series) -> pl.Series:
    """The codes, with one more where a cell has none yet."""
    return codes.fill_null(_code(code, where))


def _with_note(columns: Mapping[str, _Column], notes: pl.Series) -> dict[str, _Column]:
    """The columns of events with what is written beside their days as a note, below what the row itself notes."""
    own = columns["note"].text if "note" in columns else pl.Series([None] * len(notes), dtype=pl.String)
    both = pl.DataFrame([own.alias("own"), notes.alias("beside")])
    text = both.select(pl.concat_str("own", "beside", separator=" / ", ignore_nulls=True)).to_series()
    return {**columns, "note": _Column(text.set(text == "", None))}


def _sure(read: DateColumn) -> bool:
    return not any(remark.doubt for remark in read.remarks) and not (read.refused == "ambiguous_date").any()


def _is_date(kind: CellKind | None, name: str, cell: MappedCell) -> bool:
    """A declared date, a column named like one (`joins_on`), or one that the mapping calls a date."""
    return kind in (CellKind.INSTANT, CellKind.DAY) or cell.date or (kind is None and name.endswith(("_on", "_at")))


def _is_one_of(column: pl.Series, wanted: Sequence[str]) -> pl.Series:
    keys = [fold_key(one) for one in wanted]
    return folded(column).fill_null("").is_in(keys)


def _spoken_for(column: _Column) -> pl.Series:
    """Where a cell that is blank now said something: it is refused, or left out because the mapping says so."""
    found = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(column.text))
    if column.codes is not None:
        found |= column.codes.is_not_null()
    return found if column.skip is None else found | column.skip


def _others(name: str, cell: MappedCell) -> Others:
    """What becomes of a value that no mapping names: an activity is refused, anything else kept."""
    return cell.others or ("refuse" if name == "activity" else "keep")


def _mapped(column: _Column, values: Mapping[str, str], name: str, cell: MappedCell) -> _Column:
    """The column with its values replaced; one that is mapped to nothing leaves its row out."""
    if not values and cell.otherwise is None:
        return column
    text, hit = replaced_values(column.text, values)
    left = text.is_not_null() & ~hit
    skip = hit & (text == "").fill_null(False)
    codes = column.codes
    if cell.otherwise is not None:
        text, left = text.set(left, cell.otherwise), left & False
    match _others(name, cell):
        case "refuse":
            codes = _code("unmapped_value", left) if codes is None else codes.fill_null(_code("unmapped_value", left))
        case "blank":
            text = text.set(left, None)
        case "skip":
            skip |= left
        case "keep":
            pass
    return replace(column, text=text.set(text == "", None), codes=codes, skip=skip)


def _code(code: str, where: pl.Series) -> pl.Series:
    return pl.Series([code], dtype=pl.String).new_from_index(0, len(where)).set(~where, None)


def _looked_up(column: _Column, known: Mapping[str, str], cell: MappedCell) -> _Column:
    """What the other file gives; a cell without a match stays, or goes, as `others` says (else it stays)."""
    keys = folded(column.text)
    found = keys.replace_strict(
        pl.Series(list(known), dtype=pl.String),
        pl.Series(list(known.values()), dtype=pl.String),
        default=None,
        return_dtype=pl.String,
    )
    lost = column.text.is_not_null() & found.is_null()
    how = Text("", "")
    if cell.look_up and lost.any():
        n = int(lost.sum())
        ja, en = f"{cell.look_up.file} に見つからない値が{n}件", f"{n} cells not found in {cell.look_up.file}"
        how = Text(ja, en)
    text = found if cell.others in ("blank", "refuse") else found.fill_null(column.text)
    codes = _code("unmatched", lost) if cell.others == "refuse" else None
    return replace(column, text=text, codes=codes, how=how, skip=lost if cell.others == "skip" else None)


def _with_missing(table: TableSchema, columns: Mapping[str, _Column]) -> dict[str, pl.Series]:
    """The codes of each column: what cannot be read, and where a required cell is blank."""
    codes = {}
    for name, column in columns.items():
        found = (
            column.codes
            if column.codes is not None
            else pl.Series([None], dtype=pl.String).new_from_index(0, len(column.text))
        )
        if name in table.required_columns:
            kind = next(one.kind for one in table.columns if one.name == name)
            code = pl.Series(["missing_key" if kind is CellKind.KEY else "missing_value"]).new_from_index(0, len(found))
            found = found.zip_with(found.is_not_null() | column.text.is_not_null(), code)
        codes[name] = found
    return codes


def _refused(raw: Raw, columns: Mapping[str, _Column], codes: Mapping[str, pl.Series], bad: pl.Series) -> pl.DataFrame:
    """One row per refused row: the first of its cells that cannot be used."""
    if not bad.any():
        return pl.DataFrame(schema=REFUSED_CELL)
    parts = [
        pl.DataFrame(
            {
                ROW: raw.frame[ROW],
                "column": pl.Series([name], dtype=pl.String).new_from_index(0, len(bad)),
                "value": (columns[name].raw if columns[name].raw is not None else columns[name].text),
                "code": code,
            }
        )
        .with_row_index("line")
        .filter(bad & code.is_not_null())
        for name, code in codes.items()
    ]
    first = pl.concat(parts).unique("line", keep="first", maintain_order=True).sort("line")
    return first.select(ROW, "column", pl.col("value").str.head(_SHOWN), "code").cast(REFUSED_CELL)  # type: ignore[arg-type]


def _report(
    table: TableSchema, name: str, rows: MappedRows, column: _Column, codes: pl.Series, taken: pl.Series
) -> ColumnReport:
    text = column.text.filter(taken)
    before = (column.raw if column.raw is not None else column.text).filter(taken)
    changed = text.is_not_null() & before.is_not_null() & (text != before)
    pairs = zip(before.filter(changed).head(50), text.filter(changed).head(50), strict=True)
    examples = tuple(dict.fromkeys(f"{a[:40]} → {b[:40]}" for a, b in pairs))[:_EXAMPLES]
    made_from = rows.cells[name].sources if name in rows.cells else ()
    values = int(text.is_not_null().sum())
    refused = int(codes.filter(taken).is_not_null().sum())
    how = _how(rows.cells.get(name, MappedCell()), column)
    return ColumnReport(table.name, name, made_from, how, values, int(changed.sum()), refused, examples)


def _how(cell: MappedCell, column: _Column) -> Text:
    if cell.always is not None:
        return msg("always '{always}'", always=cell.always)
    if cell.made_of:
        return msg("an id made of these columns")
    if column.how.ja or column.how.en:
        return column.how
    if cell.look_up is not None:
        return msg("'{give}' of {file}", give=cell.look_up.give, file=cell.look_up.file)
    if cell.values:
        return msg("values mapped")
    return msg("as written")
