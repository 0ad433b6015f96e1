"""How the cost of a cluster grows, from one worker to four and with the data: a table into docs/cluster.md.

python benchmarks/cluster.py                                  # 250 thousand, 1 and 2 million events; 1, 2 and 4 workers
python benchmarks/cluster.py --events 20000 --repeats 1 --print        # a quick look

Workers are processes of this machine with one thread each, so that what is measured is dask and the shards, not polars'
own threads. The answers are compared with those of one process before anything is timed. Ray gets the same shards.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import logs
import psutil
import rules
from run import environment

os.environ["POLARS_MAX_THREADS"] = "1"  # before polars; workers inherit it

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "cluster.md"
BEGIN, END = "<!-- measured: written by benchmarks/cluster.py -->", "<!-- end of measured -->"
AS_OF, RULES, SHARDS, PAGES = "2025-11-20", 12, 16, 12


@contextmanager
def cluster_of(workers: int) -> Iterator[Any]:
    """A cluster of so many processes, warm: each has imported what it needs."""
    from distributed import LocalCluster

    from playbook.cluster.workers import Cluster

    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50
        ) as local,
        Cluster(local.scheduler_address) as cluster,
    ):
        local.wait_for_workers(workers)
        yield cluster


def timed(work: Callable[[], object], repeats: int) -> float:
    """The median of some runs, in seconds."""
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def resident_mb() -> float:
    """The memory of this process and of all that it started."""
    here = psutil.Process()
    return float(sum(process.memory_info().rss for process in (here, *here.children(recursive=True))) / 2**20)


def by_ray(*arguments: object) -> dict[str, float]:
    """What `with_ray.py` measures: seconds until the first answer and of further ones, and memory at the end."""
    borrowed = os.pathsep.join([str(HERE.parent / "src"), sysconfig.get_path("purelib")])
    command = [environment(), HERE / "with_ray.py", borrowed, *map(str, arguments)]
    alone = {**os.environ, "RAY_AUTH_MODE": "disabled"}  # as dask: nothing but this machine, and no token in its home
    done = subprocess.run(command, env=alone, check=True, stdout=subprocess.PIPE, encoding="utf-8")
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def engines(events: int, workers: Sequence[int], repeats: int, folder: Path) -> Iterator[list[str]]:
    """One row per engine, dask and Ray, for the shards of one size: start to first answer, memory, further answers."""
    import playbook as pb
    from playbook.cluster.shards import DueQuestion

    book, parted, expected = folder / "selection.toml", folder / f"shards-{events}", folder / "expected.parquet"
    asked = DueQuestion(AS_OF, all=True)
    asked.answer(pb.open(folder / f"log-{events}", [book])).write_parquet(expected)
    found = {"dask": [_by_dask(asked, parted, book, count, repeats) for count in workers]}
    found["Ray"] = [by_ray(parted, book, expected, count, repeats) for count in workers]
    for name, each in found.items():
        most = each[-1]
        yield [name, f"{most['starting']:.1f}", f"{most['mb']:,.0f}", *(f"{one['seconds']:.1f}" for one in each)]


def _by_dask(asked: Any, parted: Path, book: Path, workers: int, repeats: int) -> dict[str, float]:
    from playbook.cluster.shards import Shard
    from playbook.rules.reading import read_playbook
    from playbook.tables.settings import Settings

    shards = [Shard(path, (read_playbook(book),), Settings()) for path in sorted(parted.iterdir())]
    began = time.perf_counter()
    with cluster_of(workers) as cluster:
        cluster.ask(shards, asked)
        starting = time.perf_counter() - began
        return {
            "starting": starting,
            "seconds": timed(lambda: cluster.ask(shards, asked), repeats),
            "mb": resident_mb(),
        }


def questions(events: Sequence[int], workers: Sequence[int], repeats: int, folder: Path) -> Iterator[list[str]]:
    """One row per size: due actions by one process, and by so many workers, as one frame and as a data set."""
    import playbook as pb
    from playbook.cluster.shards import DueQuestion, FunnelQuestion, shards

    book = folder / "selection.toml"
    book.write_text(rules.toml_text(RULES), encoding="utf-8")
    asked = DueQuestion(AS_OF, all=True)
    for size in events:
        workspace_folder = logs.written(folder / f"log-{size}", size)
        workspace = pb.open(workspace_folder, [book])
        began = time.perf_counter()
        parted = shards(workspace, folder / f"shards-{size}", SHARDS)
        parting = time.perf_counter() - began
        expected = asked.answer(workspace)
        alone = timed(lambda at=workspace_folder: asked.answer(pb.open(at, [book])), repeats)
        row = [f"{size:,}", f"{len(expected):,}", f"{parting:.1f}", f"{alone:.1f}"]
        for count in workers:
            with cluster_of(count) as cluster:
                if not cluster.ask(parted, asked).equals(expected):
                    raise SystemExit(f"{size} events, {count} workers: another answer than that of one process")
                if not cluster.ask(parted, FunnelQuestion(AS_OF)).equals(FunnelQuestion(AS_OF).answer(workspace)):
                    raise SystemExit(f"{size} events, {count} workers: another funnel than that of one process")
                one = timed(lambda to=cluster, of=parted: to.ask(of, asked), repeats)
                several = timed(lambda to=cluster, of=parted: to.write(of, asked, folder / "due"), repeats)
                row.append(f"{one:.1f} / {several:.1f}")
        yield row


def reports(workers: Sequence[int], repeats: int, folder: Path) -> list[str]:
    """One row: pages a minute of the sample workspace, on this machine alone and by so many workers."""
    import playbook as pb
    from playbook.publishing.reports import run_reports
    from playbook.tables.samples import samples

    cases = {case: case for case in pb.open().tables.cases["case_id"].head(PAGES)}
    numbers = iter(range(1000))

    def run(**more: Any) -> None:
        record = run_reports(
            ["case_timeline"], workspace=str(samples()), as_of="2026-11-20", out=folder / f"out-{next(numbers)}",
            started_at=datetime(2026, 11, 20), each="placement", targets=lambda *_: cases, **more,
        )  # fmt: skip
        if record.exit_status:
            raise SystemExit(record.entries[0].failure)

    row = [f"{PAGES * 60 / timed(lambda: run(workers=1), repeats):.0f}"]
    for count in workers:
        with cluster_of(count) as cluster:
            run(engine=cluster.reports)
            row.append(f"{PAGES * 60 / timed(lambda to=cluster: run(engine=to.reports), repeats):.0f}")
    return row


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows as Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---:"] * len(head), *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=[250_000, 1_000_000, 2_000_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--print", action="store_true", help="to the screen, not into the page")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="playbook-cluster-") as name:
        folder = Path(name)
        by_size = list(questions(asked.events, asked.workers, asked.repeats, folder))
        by_engine = list(engines(asked.events[-1], asked.workers, asked.repeats, folder))
        pages = reports(asked.workers, asked.repeats, folder)
    workers = [f"{count} worker{'s' * (count > 1)}" for count in asked.workers]
    measured = "\n\n".join(
        [
            f"Python {platform.python_version()}, {os.cpu_count()} cores, {RULES} rules, {SHARDS} shards, "
            f"median of {asked.repeats}; load average {os.getloadavg()[0]:.1f} when it ended.",
            table(["events", "due actions", "parting, s", "one process, s", *workers], by_size),
            table([f"{asked.events[-1]:,} events", "start to first answer, s", "memory, MB", *workers], by_engine),
            table(["pages a minute: this machine, 1 at a time", *workers], [pages]),
        ]
    )
    if asked.print:
        print(measured)
        return
    before, after = PAGE.read_text(encoding="utf-8").split(BEGIN)[0], PAGE.read_text(encoding="utf-8").split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
