"""A workspace parted by client into shards: folders of Parquet that can be asked on their own, and put together again.

Other cases' events change nothing (DESIGN section 4), so the due actions and violations of all shards are those of the
whole. A funnel is not the sum of funnels, for a median is not that of medians: it is made from the stays of all shards.
"""

from __future__ import annotations

import heapq
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from playbook.answers.flow.funnel import funnel_of, funnel_parts, in_order
from playbook.answers.owed.violations import VIOLATION_ORDER
from playbook.ask.day import Moment
from playbook.ask.workspace import Workspace
from playbook.clock.due import DUE_ORDER
from playbook.publishing.plan import folder_name
from playbook.rules.nouns import Playbook
from playbook.tables.declared import ROW, TABLES
from playbook.tables.settings import Settings
from playbook.tables.stored import Tables
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, WorkspaceError, reason

_NO_CLIENT = "__HIVE_DEFAULT_PARTITION__"
_OURS = ("client_id=*", "shard=*", "*.parquet")


@dataclass(frozen=True)
class Shard:
    """Some clients' cases with all that belongs to them: a folder of Parquet, and what is needed to ask it."""

    folder: Path
    playbooks: tuple[Playbook, ...]
    settings: Settings

    @property
    def name(self) -> str:
        """Its name: `client_id=C-001`, or `shard=0001` where it holds several clients."""
        return self.folder.name

    def workspace(self) -> Workspace[Any]:
        """The shard as a workspace. WorkspaceError where its folder cannot be seen from here."""
        if not self.folder.is_dir():
            raise WorkspaceError(Problem(str(self.folder), msg("cannot be seen"), msg("a folder that all workers see")))
        frames = {
            path.stem: pl.read_parquet(path, hive_partitioning=False, glob=False)
            for path in self.folder.glob("*.parquet")
        }
        return Workspace(playbooks=self.playbooks, settings=self.settings, **frames)


def shards(workspace: Workspace[Any], folder: Path, count: int = 0) -> tuple[Shard, ...]:
    """The workspace written as shards into a folder, one per client, or so many of about as many events each.

    Each is a folder `client_id=...` (`shard=...`) with a Parquet file a table. A case without a client of its own is
    with that of its opening; those without any are together. What was quarantined is not in them. An earlier set in
    the folder is replaced once the new one is complete. Raises ArgumentError where the folder holds anything else.
    """
    tables = workspace.tables
    placed = _placed(tables, count)
    with replaced_folder(folder) as stage:
        for name, frames in _parted(tables, placed):
            (stage / name).mkdir()
            for table, frame in frames.items():
                frame.write_parquet(stage / name / f"{table}.parquet")
    names = placed["shard"].unique().sort()
    return tuple(Shard(folder / name, workspace.playbooks, workspace.settings) for name in names)


def _placed(tables: Tables, count: int) -> pl.DataFrame:
    """Which shard each case is in: one row per version of a case, `case_id`, `client_id` and `shard`.

    A case whose client became another is with its latest one.
    """
    cases = tables.cases.select("case_id", tables.client_of_case())
    latest = cases.unique("case_id", keep="last", maintain_order=True)
    events = tables.events.group_by("case_id").len()
    load = latest.join(events, on="case_id", how="left").group_by("client_id").agg(pl.col("len").sum())
    heaviest = load.sort("len", "client_id", descending=[True, False], nulls_last=True)
    clients = heaviest["client_id"].to_list()
    if count:
        names = [f"shard={number:04d}" for number in _spread(heaviest["len"].to_list(), count)]
    else:
        names = [f"client_id={_NO_CLIENT if client is None else folder_name(client)}" for client in clients]
    known = pl.DataFrame({"client_id": clients, "shard": names}, schema={"client_id": pl.String, "shard": pl.String})
    place = latest.join(known, on="client_id", how="left", nulls_equal=True).select("case_id", "shard")
    return cases.join(place, on="case_id", how="left", maintain_order="left")


def _spread(loads: Sequence[int], count: int) -> list[int]:
    """For each load, heaviest first, the shard that has least so far.

    >>> _spread([5, 3, 3, 1], 2)
    [0, 1, 1, 0]
    """
    shards = [(0, number) for number in range(count)]
    chosen = []
    for load in loads:
        least, number = shards[0]
        heapq.heapreplace(shards, (least + load, number))
        chosen.append(number)
    return chosen


def _parted(tables: Tables, placed: pl.DataFrame) -> Iterator[tuple[str, dict[str, pl.DataFrame]]]:
    """Each shard's tables, those without a row left out."""
    whole = {name: getattr(tables, name).select(pl.exclude(ROW)) for name in TABLES}
    of_cases = [name for name, table in TABLES.items() if table.refers_to_cases and name not in _SHARED]
    place = placed.select("case_id", "shard").unique()
    parts = {name: _by_shard(whole[name], place) for name in ("cases", *of_cases)}
    for (name,), own in placed.partition_by("shard", as_dict=True).items():
        frames = {table: part[name] for table, part in parts.items() if name in part}
        opening = whole["openings"].join(frames["cases"], on="opening_id", how="semi", maintain_order="left")
        keys = {"case_id": own["case_id"], "client_id": own["client_id"], "opening_id": opening["opening_id"]}
        frames |= {table: _reaching(whole[table], keys) for table in _SHARED} | {"openings": opening}
        yield name, {table: frame for table, frame in frames.items() if len(frame) or TABLES[table].required}


_SHARED = ("clients", "assignments", "closures", "proposals")


def _by_shard(frame: pl.DataFrame, place: pl.DataFrame) -> dict[str, pl.DataFrame]:
    joined = frame.join(place, on="case_id", maintain_order="left")
    parts = joined.partition_by("shard", as_dict=True, include_key=False, maintain_order=True)
    return {name: part for (name,), part in parts.items()}


def _reaching(frame: pl.DataFrame, keys: dict[str, pl.Series]) -> pl.DataFrame:
    """The rows that may hold for some case: each key is empty, or one of those here."""
    named = [name for name in keys if name in frame.columns]
    return frame.filter(
        pl.lit(True), *(pl.col(name).is_null() | pl.col(name).is_in(keys[name].implode()) for name in named)
    )


# --- what can be asked of shards ------------------------------------------------------------------------------


class ShardQuestion(Protocol):
    """Something that can be asked of each shard, and whose parts can be put together."""

    def answer(self, workspace: Workspace[Any]) -> pl.DataFrame:
        """What a workspace answers."""

    def part(self, workspace: Workspace[Any]) -> pl.DataFrame:
        """What a shard gives to the answer of the whole."""

    def together(self, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """The answer of the whole, the same as one workspace gives."""


@dataclass(frozen=True)
class DueQuestion:
    """Due actions, as `Workspace.due` gives them."""

    as_of: Moment
    all: bool = False
    horizon: int | None = None

    def answer(self, workspace: Workspace[Any]) -> pl.DataFrame:
        """The due actions of a workspace."""
        rows: pl.DataFrame = workspace.due(self.as_of, all=self.all, horizon=self.horizon)
        return rows

    part = answer

    def together(self, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """The due actions of all shards, in order."""
        return pl.concat(parts).sort(DUE_ORDER, nulls_last=True)


@dataclass(frozen=True)
class ViolationsQuestion:
    """Violations, as `Workspace.violations` gives them."""

    as_of: Moment

    def answer(self, workspace: Workspace[Any]) -> pl.DataFrame:
        """The violations of a workspace."""
        rows: pl.DataFrame = workspace.violations(self.as_of)
        return rows

    part = answer

    def together(self, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """The violations of all shards, in order."""
        return pl.concat(parts).sort(VIOLATION_ORDER, nulls_last=True)


@dataclass(frozen=True)
class FunnelQuestion:
    """A funnel, as `Workspace.funnel` gives it."""

    as_of: Moment
    by: tuple[str, ...] = ()

    def answer(self, workspace: Workspace[Any]) -> pl.DataFrame:
        """The funnel of a workspace."""
        rows: pl.DataFrame = workspace.funnel(self.as_of, by=self.by)
        return rows

    def part(self, workspace: Workspace[Any]) -> pl.DataFrame:
        """The stays of a shard, and below them its stages and groups, which have no time."""
        return pl.concat(funnel_parts(workspace.on(self.as_of).log, self.by), how="diagonal_relaxed")

    def together(self, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """The funnel over the stays of all shards."""
        rows = pl.concat(parts, how="vertical_relaxed")
        is_stay = pl.col("elapsed").is_not_null()
        grid = rows.filter(~is_stay).drop("ended", "elapsed").unique()
        return funnel_of(rows.filter(is_stay), in_order(grid, self.by), self.by)


# --- files that are there whole or not at all -----------------------------------------------------------------


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """A new folder, which takes the place of one with shards or parts of answers once it is complete.

    Raises ArgumentError where something else is in it, or nothing can be written there.
    """
    there = set(folder.iterdir()) if folder.is_dir() else set()
    if there - {path for pattern in _OURS for path in folder.glob(pattern)} or (
        folder.exists() and not folder.is_dir()
    ):
        raise ArgumentError(Problem(str(folder), msg("holds something else"), msg("a folder that is new, or empty")))
    stage, old = (folder.with_name(f".{folder.name}.{word}") for word in ("part", "old"))
    try:
        for left in (stage, old):
            shutil.rmtree(left, ignore_errors=True)
        stage.mkdir(parents=True)
        yield stage
        if folder.exists():
            folder.rename(old)
        stage.rename(folder)
    except OSError as error:
        found = msg("cannot be written: {value}", value=reason(error))
        raise ArgumentError(Problem(str(folder), found, msg("a folder you may write to"))) from None
    shutil.rmtree(old, ignore_errors=True)


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """A Parquet file that nobody ever sees half of, however many write it at once."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        frame.write_parquet(beside)
        os.replace(beside, path)  # noqa: PTH105 - replaces on every system
    finally:
        beside.unlink(missing_ok=True)
