"""Rows found to rows accepted and rows refused: every row is one or the other, and every refusal
says why, in codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from playbook.days.calendar import FIRST_YEAR, LAST_YEAR
from playbook.days.written import undecided
from playbook.files.lines import REASONS as OF_LINES
from playbook.files.sheet import Sheet
from playbook.tables.columns import BLANK_CELLS, EMPTY_CELLS, FEW, ZERO_DAYS, as_text, is_blank, tidied, typed
from playbook.tables.declared import ROW, CellKind, ColumnSchema, TableSchema
from playbook.tables.versions import known_from, sharing

QUARANTINE = {
    "table": pl.String(),
    ROW: pl.UInt32(),
    "column": pl.String(),
    "value": pl.String(),
    "why": pl.String(),
    "code": pl.String(),
}
CASE = "case_place"
"""The column of accepted events that says where their case stands among the accepted cases, from 0."""

_SHOWN = 200
_SINCE = "since when it is known"

CODES = (
    "missing_key", "missing_value", "bad_date", "ambiguous_date", "out_of_years", "bad_number", "bad_value",
    "unknown_case", "quarantined_case", "duplicate_event", "duplicate_id", "duplicate_row", *OF_LINES,
)  # fmt: skip
"""Why a row, or a cell of it, cannot be used; `show.refusals` has the words."""

PART, NEXT = "\x1f", "\x1e"
"""Between the column, the code and the rest of one finding, and between the findings of a row."""

WHOSE = {"table": pl.String, ROW: pl.UInt32, "case_id": pl.String, "client_id": pl.String}
"""Of a refused row: the case and the client it names."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One table after reading: its accepted rows, its refused ones, and how many there were.

    `refused`: one row per refused row: the columns of `QUARANTINE`. `read` = rows accepted + rows refused.
    `refused_ids`: for `cases`, one row per refused row that names a case: `case_id`, `row`. `cells`: like `refused`,
    one row per row that was accepted without a cell of it that could not be read.
    `whose`: one row per refused row, or row with such a cell, that can be told apart: the columns of `WHOSE`.
    """

    accepted: pl.DataFrame
    refused: pl.DataFrame
    read: int
    refused_ids: pl.DataFrame
    cells: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUARANTINE))
    whose: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WHOSE))


def check_table(
    table: TableSchema,
    sheet: Sheet,
    planned: frozenset[str],
    timezone: str,
    cases: Checked | None = None,
) -> Checked:
    """The rows of a sheet, normalised to the declared types, parted into accepted and refused.

    `planned`: names of planned dates; `cases`: the checked cases that rows of this table may name.
    """
    columns = [*table.columns, *_planned(table, sheet.frame, planned), *_of_its_past(table, sheet.frame)]
    among = cases.accepted["case_id"] if cases is not None and table.refers_to_cases else None
    place = None if among is None else _places_as_found(sheet.frame, among)
    # An id that a case has is tidy; of millions, only the others are looked through.
    left = {} if place is None else {"case_id": sheet.frame["case_id"].filter(place.is_null())}
    tidy = _tidied(columns, sheet.frame, left)
    rows = _normalised(columns, tidy, timezone)
    findings = list(_cell_findings(columns, sheet.frame, tidy, rows, timezone))
    if cases is not None and among is not None:
        if place is None or (place.null_count() and not rows["case_id"].equals(sheet.frame["case_id"])):
            place = places(rows["case_id"], among)
        findings += _case_findings(rows, place, cases)
        rows = rows.with_columns(place.alias(CASE)) if table.name == "events" else rows
    findings, cells = _parted(table, findings)
    rows = _without_cells(rows, cells)
    cells = _one_per_row([cells])
    bad = _one_per_row(findings)
    good = rows.join(bad.select(ROW), on=ROW, how="anti") if len(bad) else rows
    repeated = _repetitions(table, good)
    if len(repeated):
        good = good.join(repeated.select(ROW), on=ROW, how="anti")
    lines = _line_refusals(sheet)
    if not any(map(len, (lines, bad, repeated, cells))):  # nearly always
        return Checked(good, _NOTHING, len(sheet.frame), _NO_IDS)
    refused = pl.concat([lines, bad, repeated]).sort(ROW)
    ids = (
        rows.join(refused.select(ROW), on=ROW, how="semi").select("case_id", ROW) if table.name == "cases" else _NO_IDS
    )
    return Checked(
        good,
        _of_table(table, refused),
        len(sheet.frame) + len(sheet.refused),
        ids.drop_nulls().unique("case_id", keep="first", maintain_order=True),
        _of_table(table, cells.join(refused.select(ROW), on=ROW, how="anti")),
        _whose(table, rows, pl.concat([refused.select(ROW), cells.select(ROW)])),
    )


def _of_table(table: TableSchema, refused: pl.DataFrame) -> pl.DataFrame:
    return refused.select(pl.lit(table.name).alias("table"), pl.all()).select(*QUARANTINE)


def _parted(table: TableSchema, findings: list[pl.DataFrame]) -> tuple[list[pl.DataFrame], pl.DataFrame]:
    """The findings that refuse their row, and those of optional cells of things that stay without them: a date that
    cannot be read hides nobody."""
    if table.name not in _STAYING:
        return findings, _NO_FINDINGS
    optional = [name for name in (column.name for column in table.columns) if name not in table.required_columns]
    spared = [frame.filter(_is_spared(frame, table, optional)) for frame in findings if len(frame)]
    kept = [frame.filter(~_is_spared(frame, table, optional)) for frame in findings if len(frame)]
    return kept, pl.concat([_NO_FINDINGS, *spared])


def _without_cells(rows: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """The rows, with nothing in the cells that were refused alone."""
    for (column,), refused in cells.group_by("column"):
        name = str(column)
        rows = rows.with_columns(rows[name].set(rows[ROW].is_in(refused[ROW].implode()), None))
    return rows


_STAYING = ("cases", "openings", "clients")


def _is_spared(frame: pl.DataFrame, table: TableSchema, optional: list[str]) -> pl.Series:
    required = frame["column"].is_in(list(table.required_columns))
    unread = frame["code"].is_in(["bad_date", "ambiguous_date", "out_of_years", "bad_number", "bad_value"])
    return ~required & unread & (frame["column"].is_in(optional) | pl.Series([table.planned]))


def _whose(table: TableSchema, rows: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """Of which case and which client the refused rows are, as far as they say it."""
    if refused.is_empty():
        return pl.DataFrame(schema=WHOSE)
    named = [pl.col(name) if name in rows.columns else pl.lit(None).alias(name) for name in ("case_id", "client_id")]
    kept = rows.join(refused.select(ROW), on=ROW, how="semi")
    return kept.select(pl.lit(table.name).alias("table"), ROW, *named).cast(WHOSE)  # type: ignore[arg-type]


_NOTHING = pl.DataFrame(schema=QUARANTINE)
_NO_IDS = pl.DataFrame(schema={"case_id": pl.String, ROW: pl.UInt32})
_FINDING = {name: dtype for name, dtype in QUARANTINE.items() if name != "table"}
_NO_FINDINGS = pl.DataFrame(schema=_FINDING)


def empty(table: TableSchema, timezone: str) -> Checked:
    """A table that is absent: its declared columns, no rows."""
    return Checked(pl.DataFrame(schema=table.schema(timezone)), _NOTHING, 0, _NO_IDS)


def _planned(table: TableSchema, found: pl.DataFrame, planned: frozenset[str]) -> list[ColumnSchema]:
    declared = {column.name for column in table.columns}
    names = [name for name in found.columns if name in planned - declared] if table.planned else []
    return [ColumnSchema(name, CellKind.DAY) for name in names]


def _of_its_past(table: TableSchema, found: pl.DataFrame) -> list[ColumnSchema]:
    """The columns of a table's past that it has, and of events the moment after which they happened."""
    doubt = [ColumnSchema("earliest", CellKind.INSTANT)] if table.name == "events" else []
    return [column for column in (*table.history, *doubt) if column.name in found.columns]


def _places_as_found(found: pl.DataFrame, among: pl.Series) -> pl.Series | None:
    """The place of each case id as it was found, of many rows that have them as text."""
    told = found.height > FEW and found.schema.get("case_id") == pl.String
    return places(found["case_id"], among) if told else None


def _tidied(columns: list[ColumnSchema], found: pl.DataFrame, left: Mapping[str, pl.Series]) -> pl.DataFrame:
    """The columns as found, text stripped, and null where it says nothing."""
    kinds = {column.name: column.kind for column in columns}
    text = found.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
    words: dict[tuple[str, ...], list[str]] = {BLANK_CELLS: [], EMPTY_CELLS: [], _NO_DAY: []}
    for name, dtype in text.schema.items():
        kind = kinds.get(name, CellKind.TEXT)
        if dtype == pl.String:
            nothing = _NO_DAY if kind in (CellKind.INSTANT, CellKind.DAY) else BLANK_CELLS
            words[EMPTY_CELLS if kind is CellKind.TEXT else nothing].append(name)
    return tidied(text, words, left)


_NO_DAY = (*BLANK_CELLS, *ZERO_DAYS)


def _normalised(columns: list[ColumnSchema], tidy: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Declared columns first, in their types; then the others as they are."""
    schema, declared = tidy.schema, [column.name for column in columns]

    def read(column: ColumnSchema) -> pl.Series:
        found = tidy[column.name]
        return found if column.kind in _WORDS and found.dtype == pl.String else typed(column, found, timezone)

    given = [read(column) for column in columns if column.name in schema]
    others = [series for series in tidy.get_columns() if series.name not in {ROW, *declared}]
    absent = (column for column in columns if column.name not in schema)
    nothing = (pl.lit(None, one.kind.dtype(timezone)).alias(one.name) for one in absent)  # a literal takes no room
    whole = pl.DataFrame([tidy[ROW], *given, *others]).with_columns(nothing)
    return whole.select(ROW, *declared, *(series.name for series in others))


_WORDS = (CellKind.KEY, CellKind.TEXT)


def _cell_findings(
    columns: list[ColumnSchema],
    found: pl.DataFrame,
    tidy: pl.DataFrame,
    rows: pl.DataFrame,
    timezone: str,
) -> Iterator[pl.DataFrame]:
    for column in columns:
        if column.name not in found.columns:
            continue
        raw, read = found[column.name], rows[column.name]
        if read.null_count() and (column.required or column.kind not in _WORDS):
            blank = read.is_null() if column.kind in _WORDS else is_blank(tidy[column.name])
            if column.required:
                code = "missing_key" if column.kind is CellKind.KEY else "missing_value"
                yield _findings(rows, blank, column, raw, code)
            if read.null_count() > blank.sum():  # what is blank is read as null
                yield from _unread(column, rows, raw, read.is_null() & ~blank)
        if column.kind in (CellKind.INSTANT, CellKind.DAY):
            yield _findings(rows, _outside(read, timezone), column, raw, "out_of_years")


def _unread(column: ColumnSchema, rows: pl.DataFrame, raw: pl.Series, unread: pl.Series) -> Iterator[pl.DataFrame]:
    match column.kind:
        case CellKind.INSTANT | CellKind.DAY:
            either = undecided(raw)
            yield _findings(rows, unread & either, column, raw, "ambiguous_date")
            yield _findings(rows, unread & ~either, column, raw, "bad_date")
        case CellKind.NUMBER:
            yield _findings(rows, unread, column, raw, "bad_number")
        case CellKind.FLAG | CellKind.CHOICE | CellKind.READERS:
            allowed = ", ".join(column.allowed or ("yes", "no"))
            yield _findings(rows, unread, column, raw, "bad_value", allowed)
        case CellKind.KEY | CellKind.TEXT:
            pass


def _outside(read: pl.Series, timezone: str) -> pl.Series:
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR + 1, 1, 1)
    if read.dtype == pl.Date:
        return (read < first) | (read >= last)
    zone = ZoneInfo(timezone)
    begins = datetime(first.year, 1, 1, tzinfo=zone)
    ends = datetime(last.year, 1, 1, tzinfo=zone)
    return (read < begins) | (read >= ends)


def _findings(
    rows: pl.DataFrame,
    mask: pl.Series,
    column: ColumnSchema,
    raw: pl.Series,
    code: str,
    more: str = "",
) -> pl.DataFrame:
    if not mask.any():
        return _NO_FINDINGS
    return pl.DataFrame(
        {
            ROW: rows[ROW].filter(mask),
            "value": as_text(raw.filter(mask)).str.head(_SHOWN),
        }
    ).select(
        ROW,
        pl.lit(column.name).alias("column"),
        "value",
        pl.lit(PART.join((column.name, code, more))).alias("why"),
        pl.lit(code).alias("code"),
    )


def places(keys: pl.Series, among: pl.Series) -> pl.Series:
    """For each key its (first) place (UInt32) among others, from 0; null where it is none of them.

    Found by two hashes of 64 bits, which is quicker than by text; by the text itself should one of them be ambiguous.
    """
    ours, theirs = _hashed(keys), _hashed(among)
    found = _joined(ours["1"], theirs["1"])
    if len(found) == len(keys) and (theirs.select("2")[found]["2"] == ours["2"]).all():  # of a frame: by all cores
        return found
    return _joined(keys, among)


def _hashed(keys: pl.Series) -> pl.DataFrame:
    return keys.to_frame().select(pl.first().hash(seed).alias(str(seed)) for seed in (1, 2))


def _joined(keys: pl.Series, among: pl.Series) -> pl.Series:
    known = among.alias("key").to_frame().with_row_index("place")
    if len(keys) < len(among):
        known = known.filter(pl.col("key").is_in(keys.implode()))
    if known["key"].n_unique() < len(known):  # hardly ever, and the first of each takes five times as long to find
        known = known.unique("key", keep="first", maintain_order=True)
    return keys.alias("key").to_frame().join(known, on="key", how="left", maintain_order="left")["place"]


def _case_findings(rows: pl.DataFrame, place: pl.Series, cases: Checked) -> list[pl.DataFrame]:
    """Rows that name a case which is not among the accepted ones."""
    stranger = place.is_null() & rows["case_id"].is_not_null()
    if not stranger.any():
        return []
    strangers = rows.select(ROW, "case_id").filter(stranger)
    either = strangers.join(
        cases.refused_ids.rename({ROW: "case_row"}),
        on="case_id",
        how="left",
        maintain_order="left",
    )
    gone = pl.format(f"case_id{PART}quarantined_case{PART}{{}}", "case_row")
    return [
        either.select(
            ROW,
            pl.lit("case_id").alias("column"),
            pl.col("case_id").alias("value"),
            gone.fill_null(PART.join(("case_id", "unknown_case", ""))).alias("why"),
            pl.lit("unknown_case").alias("code"),
        )
    ]


def _one_per_row(findings: list[pl.DataFrame]) -> pl.DataFrame:
    """One refusal per row: the first finding, with why of all of them."""
    found = [frame for frame in findings if len(frame)]
    if not found:
        return _NO_FINDINGS
    return (
        pl.concat(found)
        .group_by(ROW, maintain_order=True)
        .agg(
            pl.first("column", "value"),
            pl.col("why").str.join(NEXT),
            pl.first("code"),
        )
        .select(*_FINDING)
    )


def _repetitions(table: TableSchema, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose key another row has that is known since the same moment: the upper one stays."""
    key = list(table.key)
    again = sharing(rows, key) if key else None
    if again is None:
        return _NO_FINDINGS
    since = known_from(table.name).alias(_SINCE) if "recorded_at" in rows.columns else pl.lit(None).alias(_SINCE)
    suspects = rows.filter(again).with_columns(since)
    first = suspects.sort(ROW).with_columns(kept=pl.col(ROW).first().over(*key, _SINCE))
    code = {"events": "duplicate_event"}.get(table.name, "duplicate_id" if len(key) == 1 else "duplicate_row")
    return (
        first.filter(pl.col(ROW) != pl.col("kept"))
        .select(
            ROW,
            pl.lit(key[0]).alias("column"),
            pl.col(key[0]).cast(pl.String).alias("value"),
            pl.format(f"{key[0]}{PART}{code}{PART}{{}}", "kept").alias("why"),
            pl.lit(code).alias("code"),
        )
        .select(*_FINDING)
    )


def _line_refusals(sheet: Sheet) -> pl.DataFrame:
    if sheet.refused.is_empty():
        return _NO_FINDINGS
    return sheet.refused.select(
        ROW,
        pl.lit(None, pl.String).alias("column"),
        pl.col("value").str.strip_chars().str.head(_SHOWN),
        pl.format(f"{PART}{{}}{PART}", "code").alias("why"),
        "code",
    )
