"""The past of the tables: which version of each row stood at a moment (DESIGN section 2, History)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from playbook.tables.declared import ROW, TABLES

if TYPE_CHECKING:
    from playbook.tables.stored import Tables

RECORDED, GONE = "recorded_at", "gone"
_NEVER = int(np.iinfo(np.int64).max)
_ALWAYS = int(np.iinfo(np.int64).min)


def known_from(table: str) -> pl.Expr:
    """From when on a row is known: an event from its timestamp where nothing else is said; null: from the start."""
    return pl.coalesce(RECORDED, "timestamp") if table == "events" else pl.col(RECORDED)


def ending_rows(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a table that do not stand for ever: one row each, `row` and `until` (instant).

    A version stands until the next of its thing is known; one that says that its thing is gone never stands.
    """
    key = list(TABLES[table].key)
    if not key or RECORDED not in rows.columns or rows[RECORDED].null_count() == len(rows):
        return _ends(rows, table)
    again = sharing(rows, key)
    if again is None:
        return _ends(rows, table)
    several = rows.filter(again).select(ROW, *key, since=known_from(table))
    order = several.sort("since", ROW, nulls_last=False)
    until = order.select(ROW, until=pl.col("since").shift(-1).over(key)).drop_nulls()
    return pl.concat([until, _ends(rows, table)]).unique(ROW, keep="last", maintain_order=True)


def sharing(rows: pl.DataFrame, key: Sequence[str]) -> pl.Series | None:
    """Which rows may share their key with another; None where none does, which sorted hashes show at once."""
    hashes = rows.select(key).hash_rows()
    in_order = np.sort(hashes.to_numpy())
    return hashes.is_duplicated() if (in_order[1:] == in_order[:-1]).any() else None


def _ends(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """The rows that say that a thing is no more; each ends when it begins."""
    if GONE not in rows.columns:
        return pl.DataFrame(schema={ROW: pl.UInt32, "until": _instant(rows)})
    ends = rows.filter(pl.col(GONE).fill_null(False))
    since = known_from(table) if RECORDED in rows.columns else pl.lit(None, _instant(rows))
    return ends.select(ROW, until=since)


def _instant(rows: pl.DataFrame) -> pl.DataType:
    return rows.schema.get(RECORDED, pl.Datetime("us", "UTC"))


def standing_tables(tables: Tables, moment: datetime) -> Tables:
    """The tables as they stood at a moment: of each thing the version that was known last, and nothing later.

    The events are those of all versions; see `ended_events`.
    """
    names = [name for name in TABLES if name != "events"]
    found = {name: _standing(getattr(tables, name), name, tables.followed, moment) for name in names}
    changed: dict[str, Any] = {name: frame for name, frame in found.items() if frame is not getattr(tables, name)}
    return replace(tables, **changed) if changed else tables


def _standing(rows: pl.DataFrame, table: str, followed: Mapping[str, pl.DataFrame], moment: datetime) -> pl.DataFrame:
    at = pl.lit(moment).dt.cast_time_unit("us")
    if RECORDED in rows.columns and rows[RECORDED].null_count() < len(rows):
        rows = rows.filter((pl.col(RECORDED) <= at).fill_null(True))
    over = followed.get(table)
    return rows if over is None else _without(rows.lazy(), over, at).collect()


def ended_events(tables: Tables, moment: datetime) -> npt.NDArray[np.intp]:
    """The places of the events that stand no more at a moment: corrected by then, or gone."""
    over = tables.followed.get("events")
    if over is None:
        return np.zeros(0, dtype=np.intp)
    at = pl.lit(moment).dt.cast_time_unit("us")
    ended = over.filter(_ended(at))[ROW]
    return np.flatnonzero(tables.events[ROW].is_in(ended.implode()).to_numpy())


def _without(rows: pl.LazyFrame, over: pl.DataFrame, at: pl.Expr) -> pl.LazyFrame:
    """The rows without those that no longer stand."""
    ended = over.lazy().filter(_ended(at)).select(ROW)
    return rows.join(ended, on=ROW, how="anti", maintain_order="left")


def _ended(at: pl.Expr) -> pl.Expr:
    """What no longer stands at a moment; the zone of `until` is not its, where the rows say no moment at all."""
    return (pl.col("until").dt.epoch("us") <= at.dt.epoch("us")).fill_null(True)


def version_spans(tables: Tables, table: str, moment: datetime, ids: pl.Series) -> pl.DataFrame:
    """The rows of some things of a table that are known at a moment, with `since`, `until` (microseconds) and `gone`.

    What is known from the start is so since the least of all numbers; what stands, until the largest.
    """
    whole: pl.DataFrame = getattr(tables, table)
    rows = whole.filter(pl.col(TABLES[table].key[0]).is_in(ids.implode()))
    at = pl.lit(moment).dt.cast_time_unit("us")
    recorded = pl.col(RECORDED) if RECORDED in rows.columns else pl.lit(None, pl.Datetime("us", str(moment.tzinfo)))
    key = list(TABLES[table].key)
    told = rows.with_columns(since=recorded.dt.epoch("us").fill_null(_ALWAYS)).filter((recorded <= at).fill_null(True))
    gone = pl.col(GONE).fill_null(False) if GONE in rows.columns else pl.lit(False)
    later = pl.col("since").shift(-1).over(key).fill_null(_NEVER)
    return told.sort("since", ROW).with_columns(gone=gone, until=later)


def version_changes(tables: Tables) -> pl.DataFrame:
    """What later versions changed: one row per table with versions and column that one of them changed.

    Columns: `table`, `versions` (how many rows follow another one of their thing, in this table), `gone` (how many say
    that it is no more), `column` (null: none), `n` (how many of them changed it).
    """
    parts = [_changed(getattr(tables, name), name) for name in TABLES if name in tables.followed]
    return pl.concat([pl.DataFrame(schema=_CHANGED), *parts])


_CHANGED = {"table": pl.String, "versions": pl.Int64, "gone": pl.Int64, "column": pl.String, "n": pl.Int64}


def _changed(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    key = list(TABLES[table].key)
    others = [name for name in rows.columns if name not in {ROW, RECORDED, GONE, "case_place", *key}]
    several = rows.filter(rows.select(key).hash_rows().is_duplicated()) if RECORDED in rows.columns else rows.clear()
    ended = pl.col(GONE).fill_null(False) if GONE in rows.columns else pl.lit(False)
    since = known_from(table) if RECORDED in rows.columns else pl.lit(None)
    in_order = several.with_columns(since=since).sort("since", ROW, nulls_last=False)
    differs = [pl.col(name).ne_missing(pl.col(name).shift().over(key)).alias(f"column:{name}") for name in others]
    later = in_order.with_columns(*differs, number=pl.int_range(pl.len()).over(key), ended=ended)
    told = later.filter(pl.col("number") > 0)
    stays = told.filter(~pl.col("ended"))
    counts: list[tuple[str | None, int]] = [(name, int(stays[f"column:{name}"].sum())) for name in others]
    gone = int(rows[GONE].fill_null(False).sum()) if GONE in rows.columns else 0
    found = [(table, len(told), gone, name, n) for name, n in [one for one in counts if one[1]] or [(None, 0)]]
    return pl.DataFrame(found, schema=_CHANGED, orient="row")
