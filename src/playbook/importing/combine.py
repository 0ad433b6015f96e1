"""Rows made from several raw tables to one table each: ids written alike, one row per key, stable ids of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import polars as pl

from playbook.importing.shapes import REFUSED_CELL, Made
from playbook.importing.text import folded, in_one_form
from playbook.tables.declared import ROW, TABLES, TableSchema
from playbook.words.catalogue import msg
from playbook.words.folding import fold_id
from playbook.words.problem import Remark
from playbook.words.text import Text

EVENT_ID = "event_id"
STATE, ROW_OF_HISTORY = "s", "r"
"""How the ids of events begin that are made of a state, and of a line of a history; of a cell: see `cell_of`."""

_OWNERS = {"case_id": "cases", "client_id": "clients", "opening_id": "openings"}
_DERIVED = ("clients", "openings")
"""Tables whose rows are usually read off the rows of others, so that a repetition is no mistake."""


@dataclass(frozen=True, slots=True)
class TablePart:
    """Rows of one table from one raw table. `history`: each line is an event, so its case is on several lines.
    `source`: which raw table it is from."""

    made: Made
    history: bool = False
    source: int = 0


@dataclass(frozen=True, slots=True)
class Combined:
    """`tables`: one frame per table, text. `refused`: per part, further rows refused. `remarks`: column and remark."""

    tables: dict[str, pl.DataFrame]
    refused: tuple[pl.DataFrame, ...]
    remarks: tuple[tuple[str, Remark], ...]
    cells: frozenset[str] = frozenset()
    """The columns of days that events were made of, as their ids begin."""


def combine(parts: Sequence[TablePart]) -> Combined:
    """One frame per table of all parts, in order: a later part's cells win over an earlier one's."""
    frames = [part.made.frame for part in parts]
    frames, remarks = _alike(parts, frames)
    refused = []
    seconds = _second_records(parts, frames)
    for n, part in enumerate(parts):
        frame, of_second = _without_records(part, frames[n], seconds.get(part.source))
        good, bad = _without_repetitions(part, _with_event_ids(part.made, frame))
        frames[n] = good
        refused.append(pl.concat([of_second, bad]))
    tables: dict[str, pl.DataFrame] = {}
    for name in TABLES:
        chosen = [frame.drop(ROW) for part, frame in zip(parts, frames, strict=True) if part.made.rows.table == name]
        if chosen:
            tables[name], more = _merged(TABLES[name], chosen)
            remarks += more
    wide = [part.made for part in parts if part.made.rows.table == "events" and part.made.rows.state is None]
    cells = frozenset(cell_of(made) for made in wide if made.rows.cells["activity"].always is not None)
    return Combined(tables, tuple(refused), tuple(remarks), cells)


# Events


def _with_event_ids(made: Made, frame: pl.DataFrame) -> pl.DataFrame:
    """Events with an id that stays: of the cell they stand in, so that a corrected date is the same event; of a state,
    of what it is; of a history, where an activity may come again, of what they say. It begins with which of these."""
    if made.rows.table != "events" or frame.is_empty():
        return frame
    per_cell = made.rows.cells["activity"].always is not None and frame["case_id"].is_unique().all()
    if made.rows.state is not None:
        kind, parts = STATE, ["case_id", "activity"]
    elif per_cell:
        kind, parts = cell_of(made), ["case_id", "activity"]
    else:
        kind, parts = ROW_OF_HISTORY, ["case_id", "activity", "timestamp"]
    said = frame.select(pl.concat_str(parts, separator="\x1f", ignore_nulls=True)).to_series()
    ids = pl.Series(EVENT_ID, [f"{kind}-{_digest(one, 12)}" for one in said], dtype=pl.String)
    return frame.with_columns(ids)


def cell_of(made: Made) -> str:
    """The column of days that events are made of, as their ids begin."""
    return "c" + _digest(",".join(made.rows.cells["timestamp"].columns), 6)


def _digest(text: str, length: int) -> str:
    return sha256(text.encode("utf-8")).hexdigest()[:length]


# Ids


def _alike(
    parts: Sequence[TablePart], frames: list[pl.DataFrame]
) -> tuple[list[pl.DataFrame], list[tuple[str, Remark]]]:
    """The same id written in two ways (full width, blanks) becomes the way its own table writes it first."""
    remarks: list[tuple[str, Remark]] = []
    for column, owner in _OWNERS.items():
        own = [
            f[column] for p, f in zip(parts, frames, strict=True) if p.made.rows.table == owner and column in f.columns
        ]
        others = [
            f[column] for p, f in zip(parts, frames, strict=True) if p.made.rows.table != owner and column in f.columns
        ]
        changes = _spellings(own, others)
        forms, apart = _forms(own, changes)
        changes = {name: forms.get(first, first) for name, first in changes.items()} | forms
        if changes:
            frames = [f.with_columns(pl.col(column).replace(changes)) if column in f.columns else f for f in frames]
            shown = "、".join(f"{a} → {b}" for a, b in list(changes.items())[:3])
            text = msg("{len} ids written alike ({shown})", len=len(changes), shown=shown)
            remarks.append((column, Remark(text)))
        if apart:
            shown = "、".join(" / ".join(names) for names in apart[:3])
            text = msg(
                "ids that differ in the form of a character alone are kept apart ({shown}); please check", shown=shown
            )
            remarks.append((column, Remark(text, doubt=True)))
    return frames, remarks


def _forms(own: Sequence[pl.Series], changes: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    """Ids that differ in the form of a character alone (髙1, 高1): what each becomes, where no part of the import has
    both; and those that are kept apart, as one part has both: they may be two."""
    parts = [part.drop_nulls().replace(changes).unique() for part in own]
    every = _distinct(parts)
    alike = pl.DataFrame({"name": every, "form": in_one_form(folded(every, fold_id))})
    groups = alike.group_by("form", maintain_order=True).agg("name").filter(pl.col("name").list.len() > 1)
    together: dict[str, str] = {}
    apart: list[tuple[str, ...]] = []
    for names in groups["name"].to_list():
        if any(part.is_in(names).sum() > 1 for part in parts):
            apart.append(tuple(names))
        else:
            together |= dict.fromkeys(names[1:], names[0])
    return together, apart


def _spellings(own: Sequence[pl.Series], others: Sequence[pl.Series]) -> dict[str, str]:
    """What each id that is written otherwise becomes: the first way it is written, where its own table has it."""
    owned, strangers = _distinct(own), _distinct(others)
    every = pl.concat([owned, strangers]).unique(maintain_order=True)
    names = pl.DataFrame({"name": every, "alike": folded(every, fold_id)})
    first = names.with_columns(pl.col("name").first().over("alike").alias("first"))
    changes = dict(first.filter(pl.col("name") != pl.col("first")).select("name", "first").rows())
    lost = strangers.filter(~strangers.is_in(owned.implode()))
    lost = lost.filter(~lost.is_in(list(changes)))
    if len(lost) and len(owned):
        changes |= _near(lost, owned.replace(changes).unique(maintain_order=True))
    return changes


def _near(lost: pl.Series, owned: pl.Series) -> dict[str, str]:
    """Ids that differ from exactly one of the owned ones in capitals, or in the form of a character."""
    known = pl.DataFrame({"near": owned, "key": in_one_form(folded(owned))})
    single = known.filter(pl.col("key").is_unique())
    found = pl.DataFrame({"name": lost, "key": in_one_form(folded(lost))}).join(
        single, on="key", how="inner", maintain_order="left"
    )
    return dict(found.select("name", "near").rows())


def _distinct(columns: Sequence[pl.Series]) -> pl.Series:
    none = pl.Series("name", [], pl.String)
    return pl.concat([none, *(column.alias("name").drop_nulls() for column in columns)]).unique(maintain_order=True)


# One record per id


def _second_records(parts: Sequence[TablePart], frames: Sequence[pl.DataFrame]) -> dict[int, pl.Series]:
    """For each raw table with a record a row, the rows whose id stands further up and which say something else."""
    found: dict[int, pl.Series] = {}
    for part, frame in zip(parts, frames, strict=True):
        if part.made.rows.table != "cases" or part.history or frame.is_empty() or part.source in found:
            continue
        said = _said_by_row([f for p, f in zip(parts, frames, strict=True) if p.source == part.source])
        both = frame.select(ROW, "case_id").join(said, on=ROW, how="left", maintain_order="left")
        first = pl.col("said").first().over("case_id")
        again = both.filter(~pl.col("case_id").is_first_distinct(), pl.col("said") != first)[ROW]
        if len(again):
            found[part.source] = again
    return found


def _said_by_row(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Everything that was made of each row of a raw table, in one text: `row, said`."""
    texts = [
        frame.select(
            ROW,
            pl.concat_str([frame[name].fill_null("") for name in frame.columns if name not in (ROW, EVENT_ID)],
                          separator="\x1f").alias("said"),
        )
        for frame in frames
    ]  # fmt: skip
    return pl.concat(texts).group_by(ROW, maintain_order=True).agg(pl.col("said").str.join("\x1e"))


def _without_records(
    part: TablePart, frame: pl.DataFrame, seconds: pl.Series | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of a part without those of second records, and those."""
    none = pl.DataFrame(schema=REFUSED_CELL)
    if seconds is None:
        return frame, none
    theirs = frame[ROW].is_in(seconds.implode())
    key = next((name for name in ("case_id", *TABLES[part.made.rows.table].key) if name in frame.columns), ROW)
    code = "duplicate_row" if part.made.rows.table == "cases" else "second_record"
    bad = frame.filter(theirs).select(
        ROW, pl.lit(key).alias("column"), frame.filter(theirs)[key].cast(pl.String).alias("value"),
        pl.lit(code).alias("code"),
    )  # fmt: skip
    return frame.filter(~theirs), bad.cast(REFUSED_CELL)  # type: ignore[arg-type]


# One row per key


def _without_repetitions(part: TablePart, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of one part without those whose key stands further up, where that is a mistake; and those rows."""
    table = TABLES[part.made.rows.table]
    key = [name for name in table.key if name in frame.columns]
    none = pl.DataFrame(schema=REFUSED_CELL)
    if not key or table.name in _DERIVED or frame.is_empty():
        return frame, none
    again = ~frame.select(pl.struct(key).is_first_distinct()).to_series()
    if table.name != "events":
        cells = [name for name in frame.columns if name not in (ROW, EVENT_ID)]
        other = frame.select(pl.struct(cells).is_first_distinct()).to_series()
        again = again & other if not part.history else again & False
    if not again.any():
        return frame, none
    if part.made.rows.state is not None:  # a state that stands on several lines of a record is one
        return frame.filter(~again), none
    code = "duplicate_event" if table.name == "events" else "duplicate_row"
    bad = frame.filter(again).select(
        ROW, pl.lit(key[0]).alias("column"), pl.col(key[0]).alias("value"), pl.lit(code).alias("code")
    )
    return frame.filter(~again), bad.cast(REFUSED_CELL)  # type: ignore[arg-type]


def _merged(table: TableSchema, frames: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, list[tuple[str, Remark]]]:
    """One row per key, with the last cell that says something; in a table without a key all rows."""
    key = [name for name in table.key if any(name in frame.columns for frame in frames)]
    whole = pl.concat(frames, how="diagonal")
    declared = [column.name for column in table.columns if column.name in whole.columns]
    order = [*declared, *(name for name in whole.columns if name not in declared)]
    if not key:
        return whole.select(order), []
    if table.name in _DERIVED:  # of one file, the way it is written first
        frames = [_one_per_key(frame, key, first=True) for frame in frames]
    merged = _one_per_key(pl.concat(frames, how="diagonal"), key).select(order)
    return merged, _conflicts(table, whole, key)


def _one_per_key(frame: pl.DataFrame, key: Sequence[str], *, first: bool = False) -> pl.DataFrame:
    """One row per key, in order, with the first or the last cell of each column that says anything."""
    known = [name for name in key if name in frame.columns]
    cells = [pl.col(name).drop_nulls() for name in frame.columns if name not in known]
    return frame.group_by(known, maintain_order=True).agg(cell.first() if first else cell.last() for cell in cells)


def _conflicts(table: TableSchema, frame: pl.DataFrame, key: Sequence[str]) -> list[tuple[str, Remark]]:
    """Cells that differ between rows of one key by more than their spelling: a doubt a column."""
    cells = [name for name in frame.columns if name not in (*key, EVENT_ID)]
    alike = frame.select(*key, *(folded(frame[name]).alias(name) for name in cells))
    differing = alike.group_by(key, maintain_order=True).agg(pl.col(cells).drop_nulls().n_unique() > 1)
    found = []
    for name in cells:
        rows = differing.filter(name)
        if len(rows):
            example = rows[key[0]][0]
            ja = f"{table.name} の {name} が食い違う{key[0]}が{len(rows)}件あり、1つを採りました（例 {example}）"
            en = f"{table.name}.{name} differs for {len(rows)} {key[0]}, one is kept (such as {example})"
            found.append((name, Remark(Text(ja, en), doubt=True)))
    return found


def normal_keys(frame: pl.DataFrame, key: Sequence[str], instants: Mapping[str, pl.Series]) -> pl.Series:
    """One text per row that is equal where the keys say the same: ids folded, times as instants."""
    parts = [
        instants[name].cast(pl.String).fill_null("") if name in instants else folded(frame[name], fold_id).fill_null("")
        for name in key
    ]
    return (
        pl.DataFrame([part.alias(str(n)) for n, part in enumerate(parts)])
        .select(pl.concat_str(pl.all(), separator="\x1f"))
        .to_series()
    )
