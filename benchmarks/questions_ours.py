"""Funnel, time in stage and precedence, ours: from the folder of Parquet files to the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import common
import polars as pl
from logs import END, PRECEDENCES, STEPS
from rules import toml_text

import playbook as pb
from playbook.answers.flow.funnel import funnel, stays
from playbook.rules.reading import parse_playbook


def main(folder: Path, clock: common.Stopwatch) -> dict[str, Any]:
    with clock("reading"):
        workspace = pb.open(folder, playbooks=[parse_playbook(toml_text(0), "benchmark")])
        log = workspace.on(END).log
    with clock("funnel"):
        entered = dict(funnel(log).select("stage", "entered").rows())
    with clock("time in stage"):
        stay = stays(log).filter(pl.col("ended") == "advanced", pl.col("stage_no") < len(STEPS) - 1)
        days = dict(stay.group_by("stage").agg(pl.col("elapsed").mean() / common.DAY).rows())
    with clock("precedence"):
        late = workspace.violations(END).group_by("id").agg(pl.col("case_id").n_unique())
    return {
        "funnel": {step: entered[f"stage-{step}"] for step in STEPS},
        "time in stage": {step: round(days[f"stage-{step}"], 4) for step in STEPS[:-1]},
        "precedence": {
            f"{one}-before-{other}": dict(late.rows()).get(f"{one}-before-{other}", 0) for one, other in PRECEDENCES
        },
    }


if __name__ == "__main__":
    common.ask(main)
