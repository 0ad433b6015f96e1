"""The tables of a workspace as text, whether they come from a workspace, an import or frames one already has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import polars as pl

from playbook.tables.columns import as_text
from playbook.tables.declared import ROW, TABLES
from playbook.tables.stored import Tables

Given: TypeAlias = Tables | Mapping[str, pl.DataFrame]


def texts(tables: Given, name: str) -> pl.DataFrame:
    """One table as text: instants and days in ISO 8601, without the row number; its declared columns always exist."""
    frame = getattr(tables, name) if isinstance(tables, Tables) else tables.get(name)
    if frame is None:
        frame = pl.DataFrame(schema={column.name: pl.String for column in TABLES[name].columns})
    written = frame.select(text_column(frame[column]) for column in frame.columns if column != ROW)
    missing = [column.name for column in TABLES[name].columns if column.name not in written.columns]
    return written.with_columns(pl.lit(None, pl.String).alias(column) for column in missing)


def text_column(column: pl.Series) -> pl.Series:
    """A column as text: an instant with its offset, a day, a number without a needless '.0'."""
    if isinstance(column.dtype, pl.Datetime):
        fine = (column.dt.microsecond() != 0).any()
        shape = "%Y-%m-%dT%H:%M:%S%.6f" if fine else "%Y-%m-%dT%H:%M:%S"
        return column.dt.strftime(shape + ("%:z" if column.dtype.time_zone else ""))
    return as_text(column)


def ordered_events(tables: Given) -> pl.DataFrame:
    """The events as text, in order of case and time: one row per event."""
    events = texts(tables, "events")
    at = events["timestamp"].str.to_datetime("%+", time_zone="UTC", strict=False)
    day = events["timestamp"].str.head(10).str.to_datetime("%Y-%m-%d", strict=False).dt.replace_time_zone("UTC")
    return events.with_columns(at.fill_null(day).alias("\x00at")).sort("case_id", "\x00at", "activity").drop("\x00at")
