"""Ours: a folder of Parquet files in, read and validated; the open due actions out."""

from __future__ import annotations

from pathlib import Path

import common
import polars as pl
from rules import toml_text

import playbook as pb
from playbook.rules.reading import parse_playbook

pb.open  # noqa: B018  (the door loads what it needs when it is asked for: before the time is taken, as all others do)


def answer(folder: Path, rules: int, clock: common.Stopwatch) -> pl.DataFrame:
    with clock("reading"):
        workspace = pb.open(folder, playbooks=[parse_playbook(toml_text(rules), "benchmark")])
    with clock("clock"):
        found: pl.DataFrame = workspace.due(common.AS_OF)
    return found


def write(found: pl.DataFrame, out: Path) -> None:
    moments = pl.col("trigger_at", "opened_at", "due_at").dt.epoch("us")
    found.with_columns(moments, pl.col("act_by").cast(pl.Int32)).select(common.ANSWER).write_parquet(out)


if __name__ == "__main__":
    common.main(answer, write)
