"""The column names of pm4py and of XES in a flat table, in and out: `case:concept:name`, `concept:name`,
`time:timestamp`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from playbook.importing.raw import Raw
from playbook.importing.system import System
from playbook.importing.systems.xes import ACTIVITY, CASE, OF_CASES, RESOURCE, TIME
from playbook.importing.written import Given, ordered_events, text_column, texts
from playbook.tables.columns import as_text
from playbook.tables.declared import ROW
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError

LIFECYCLE = "lifecycle:transition"
_ACTIVITY = "activity"
_NAMES = {"case_id": CASE, "activity": ACTIVITY, "timestamp": TIME, "resource": RESOURCE, "role": "org:role"}

MAPPING: dict[str, Any] = {
    "playbook": "pm4py",
    "source": [
        {
            "file": "*",
            "cases": {
                "case_id": CASE,
                "playbook": {"column": "case:playbook", "optional": True, "default": "pm4py"},
                **{name: {"column": f"case:{name}", "optional": True} for name in OF_CASES[1:]},
                "keep": ["*"],
            },
            "events": {
                "case_id": CASE,
                "activity": {"column": _ACTIVITY, "others": "keep"},
                "timestamp": TIME,
                "resource": {"column": RESOURCE, "optional": True},
                "role": {"column": "org:role", "optional": True},
                "keep": ["*"],
            },
        }
    ],
}


def from_table(raw: Raw) -> Raw | None:
    """The same table as a log with pm4py's column names; None where it has none.

    A case is a record, its `case:...` columns are its own; a transition is read as in XES: what is not complete is
    another activity.
    """
    if not {CASE, ACTIVITY, TIME} <= set(raw.columns):
        return None
    frame = raw.frame.with_columns(_read_as(raw.frame).alias(_ACTIVITY)).drop(ACTIVITY, LIFECYCLE, strict=False)
    starts = frame[CASE].is_first_distinct().alias("starts")
    lines = frozenset(name for name in frame.columns if name != ROW and not name.startswith("case:"))
    return replace(raw, kind="pm4py", frame=frame, starts=starts, lines=lines)


def _read_as(frame: pl.DataFrame) -> pl.Series:
    """The activity of each line, with its transition where that is another than complete."""
    activity = frame[ACTIVITY]
    if LIFECYCLE not in frame.columns:
        return activity
    transition = frame[LIFECYCLE].str.strip_chars().str.to_lowercase()
    other = ~transition.fill_null("complete").is_in(["complete", ""])
    return pl.select(
        pl.when(other).then(pl.concat_str(activity, pl.lit(":"), transition)).otherwise(activity)
    ).to_series()


def to_pm4py(tables: Given) -> pl.DataFrame:
    """One row per event with pm4py's names: `case:concept:name, concept:name, time:timestamp, org:resource, ...`.

    The columns of cases are repeated as `case:...`; `time:timestamp` is an instant in UTC, as pm4py expects.

    >>> cases = pl.DataFrame({"case_id": ["1"], "playbook": ["p"]})
    >>> events = pl.DataFrame({"case_id": ["1"], "activity": ["applied"], "timestamp": ["2026-01-05T09:00:00+09:00"]})
    >>> to_pm4py({"cases": cases, "events": events}).select("case:concept:name", "time:timestamp").row(0)
    ('1', datetime.datetime(2026, 1, 5, 0, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC')))
    """
    cases = texts(tables, "cases").select(pl.col("case_id"), pl.exclude("case_id").name.prefix("case:"))
    events = ordered_events(tables).rename(_NAMES, strict=False)
    both = events.join(cases, left_on=CASE, right_on="case_id", how="left", maintain_order="left")
    day = pl.col(TIME).str.head(10).str.to_datetime("%Y-%m-%d", strict=False).dt.replace_time_zone("Asia/Tokyo")
    instant = pl.col(TIME).str.to_datetime("%+", time_zone="UTC", strict=False)
    return both.with_columns(instant.fill_null(day.dt.convert_time_zone("UTC")).dt.cast_time_unit("us"))


def from_pm4py(frame: pl.DataFrame, playbook: str = "pm4py") -> dict[str, pl.DataFrame]:
    """The tables `cases` (one row per case) and `events` (one row per event) of a log with pm4py's names.

    Raises WorkspaceError where one of the three names that every log has is missing.
    """
    missing = [name for name in (CASE, ACTIVITY, TIME) if name not in frame.columns]
    if missing:
        wrong = msg(
            "there is no column {value}; found: {value2}", value=", ".join(missing), value2=", ".join(frame.columns)
        )
        raise WorkspaceError(Problem(msg("frame"), wrong, f"{CASE}, {ACTIVITY}, {TIME}"))
    written = frame.select(
        text_column(frame[name]) if frame[name].dtype.is_temporal() else as_text(frame[name])
        for name in frame.columns
        if name != ROW
    )
    of_case = [name for name in written.columns if name.startswith("case:")]
    cases = written.select(of_case).unique(CASE, keep="first", maintain_order=True)
    named = cases.rename({name: "case_id" if name == CASE else name.removeprefix("case:") for name in of_case})
    if "playbook" not in named.columns:
        named = named.with_columns(pl.lit(playbook).alias("playbook"))
    back: Mapping[str, str] = {new: old for old, new in _NAMES.items()}
    events = written.drop(name for name in of_case if name != CASE).rename(back, strict=False)
    return {"cases": named, "events": events}


SYSTEM = System("pm4py", 60, {"pm4py": MAPPING}, from_table=from_table)
