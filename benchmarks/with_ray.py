"""The same shards, handed out by Ray instead of dask: what the choice between the two is measured by.

python benchmarks/with_ray.py PATHS SHARDS BOOK EXPECTED WORKERS REPEATS     # prints seconds and memory as JSON

It runs in the benchmarks' own environment, where Ray is; what that lacks is looked for in the project's own (PATHS).
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

sys.path += sys.argv[1].split(os.pathsep)

import polars as pl
import ray
from cluster import AS_OF, resident_mb, timed

from playbook.cluster.shards import DueQuestion, Shard
from playbook.rules.reading import read_playbook
from playbook.tables.settings import Settings


@ray.remote
def answered(shard: Shard, question: DueQuestion) -> pl.DataFrame:
    """The answer of one shard, on a worker."""
    return question.answer(shard.workspace())


def main() -> None:
    folder, book, expected, workers, repeats = sys.argv[2:]
    began = time.perf_counter()
    ray.init(
        num_cpus=int(workers), include_dashboard=False, log_to_driver=False, logging_level="ERROR",
        runtime_env={"env_vars": {"PYTHONPATH": sys.argv[1]}},
    )  # fmt: skip
    asked, playbooks = DueQuestion(AS_OF, all=True), (read_playbook(Path(book)),)
    shards = [Shard(path, playbooks, Settings()) for path in sorted(Path(folder).iterdir())]

    def ask() -> pl.DataFrame:
        return asked.together(ray.get([answered.remote(shard, asked) for shard in shards]))

    if not ask().equals(pl.read_parquet(expected)):
        raise SystemExit(f"{folder}, {workers} workers: another answer than that of one process")
    starting = time.perf_counter() - began
    print(json.dumps({"starting": starting, "seconds": timed(ask, int(repeats)), "mb": resident_mb()}))
    ray.shutdown()


if __name__ == "__main__":
    main()
