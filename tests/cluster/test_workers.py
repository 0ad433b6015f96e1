"""A cluster of separate processes, one of them killed: nothing lost, nothing twice, the bytes of one machine."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cli_workspaces import AS_OF, TABLES, Command, make
from deadly import DeadlyDue, SlowDue
from the_sample import sample as the_sample
from thinned import ALL, tries
from warmed import warm
from write_notebook import notebook_at

import playbook as pb
from playbook.cluster import workers as cluster_module
from playbook.cluster.shards import (
    DueQuestion,
    FunnelQuestion,
    Shard,
    ShardQuestion,
    ViolationsQuestion,
    shards,
    write_parquet,
)
from playbook.cluster.workers import Cluster, ClusterError
from playbook.publishing.reports import Progress, RunRecord, run_reports
from playbook.words.problem import ArgumentError, WorkspaceError

distributed = pytest.importorskip("distributed", reason="dask is not installed")
dask = pytest.importorskip("dask", reason="dask is not installed")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no process can be killed with SIGKILL")

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MADE_AT = datetime(2026, 11, 20, 8, 30)


STARTS = 240
"""Seconds within which workers start, on a machine that is busy with much else."""


def local_cluster(workers: int) -> Any:
    """A cluster of processes on this machine.

    A worker that starts has 30 seconds for each connection, unless more is allowed; on a machine with ten times as much
    to do as it has cores, a start takes longer. One that dies while it starts is never started anew.
    """
    dask.config.set({"distributed.comm.timeouts.connect": f"{STARTS}s"})
    quiet = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"}
    return distributed.LocalCluster(processes=True, silence_logs=50, env={"POLARS_MAX_THREADS": "1"}, **quiet)


@pytest.fixture(scope="module")
def workers() -> Iterator[Any]:
    """Two workers."""
    with local_cluster(2) as cluster:
        yield cluster


@pytest.fixture
def cluster(workers: Any) -> Iterator[Cluster]:
    """The cluster as a user reaches it."""
    workers.scale(2)  # dask replaces a worker that was killed, but not one that died before it had started
    workers.wait_for_workers(2, timeout=STARTS)
    with Cluster(workers.scheduler_address) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[pb.Workspace, tuple[Shard, ...]]:
    """The sample workspace, and its shards by client."""
    workspace = the_sample()
    return workspace, shards(workspace, tmp_path_factory.mktemp("sample") / "shards")


# --- shards without a cluster -------------------------------------------------------------------------------

QUESTIONS: tuple[ShardQuestion, ...] = (
    DueQuestion(AS_OF, all=True),
    ViolationsQuestion(AS_OF),
    FunnelQuestion(AS_OF),
    FunnelQuestion(AS_OF, ("client_id", "cycle")),
)


@pytest.mark.parametrize("count", [0, 5] if ALL else [3])
def test_shards_together_are_the_whole(
    count: int, sample: tuple[pb.Workspace, tuple[Shard, ...]], tmp_path: Path
) -> None:
    """What the shards give, put together, is what the workspace answers, row by row and in its order."""
    workspace = sample[0]
    parted = shards(workspace, tmp_path / "shards", count)
    assert len(parted) == (count or workspace.tables.clients.height)
    read = [shard.workspace() for shard in parted]
    assert sum(part.tables.events.height for part in read) == workspace.tables.events.height
    for question in QUESTIONS:
        together = question.together([question.part(part) for part in read])
        assert together.equals(question.answer(workspace)), question


def test_shards_are_hive_partitions(tmp_path: Path) -> None:
    """A case has the client of its opening, or none; other tools read the folder as partitioned by client."""
    files = {
        "cases.csv": "case_id,playbook,client_id,opening_id\nA-1,joins-selection,C/1,\nA-2,joins-selection,,O-1\n"
        "A-3,joins-selection,,\n",
        "openings.csv": "opening_id,client_id\nO-1,C/1\nO-2,C2\n",
        "events.csv": "case_id,activity,timestamp\nA-1,applied,2026-11-01\nA-3,applied,2026-11-01\n",
        "assignments.csv": "role,person,client_id,case_id\ndriver,全員,,\ndriver,C2の人,C2,\ndriver,A-2の人,,A-2\n",
    }
    two, one = shards(pb.open(make(tmp_path / "w", files)), tmp_path / "shards")
    assert one.workspace().tables.cases["case_id"].to_list() == ["A-3"]
    assert two.workspace().tables.cases["case_id"].to_list() == ["A-1", "A-2"]
    assert one.workspace().tables.assignments["person"].to_list() == ["全員"]
    assert two.workspace().tables.assignments["person"].to_list() == ["全員", "A-2の人"]
    assert two.name.startswith("client_id=C-1-")
    read = pl.read_parquet(tmp_path / "shards" / "*" / "events.parquet", hive_partitioning=True)
    assert read["client_id"].to_list() == [two.name.removeprefix("client_id="), None]


def test_a_folder_with_something_else_is_left_alone(
    sample: tuple[pb.Workspace, tuple[Shard, ...]], tmp_path: Path
) -> None:
    """Shards replace shards, never other files; where writing fails, the earlier ones stay."""
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "offer.txt").touch()
    workspace = sample[0]
    with pytest.raises(ArgumentError, match="letters: holds something else"):
        shards(workspace, tmp_path / "letters")
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["offer.txt"]
    assert len(shards(workspace, tmp_path / "shards", 3)) == 3
    again = shards(workspace, tmp_path / "shards", 2)
    assert sorted(path.name for path in (tmp_path / "shards").iterdir()) == [shard.name for shard in again]
    assert {path.name for path in tmp_path.iterdir()} == {"letters", "shards"}


def some(parted: tuple[Shard, ...]) -> tuple[tuple[Shard, ...], tuple[str, ...]]:
    """Shards of some clients, of all by `make slow`, and the clients' ids."""
    chosen = parted if ALL else parted[:5]
    return chosen, tuple(shard.name.removeprefix("client_id=") for shard in chosen)


# --- questions ----------------------------------------------------------------------------------------------


def test_a_worker_dies_over_a_question(
    cluster: Cluster, sample: tuple[pb.Workspace, tuple[Shard, ...]], tmp_path: Path
) -> None:
    """Due actions come back whole and once, although a worker was killed in the middle of a shard, or of two."""
    workspace, (parted, clients) = sample[0], some(sample[1])
    deadly = DeadlyDue(AS_OF, all=True, tries=tmp_path, clients=clients[3 : 8 if ALL else 4 : 4])
    whole = workspace.due(AS_OF, all=True)
    theirs = whole if ALL else whole.filter(pl.col("client_id").is_in(clients))
    assert cluster.ask(parted, deadly).equals(theirs) and theirs.height > 100
    tries = [path.name.rpartition("-")[0] for path in tmp_path.iterdir()]
    assert set(tries) == set(clients)
    assert all(tries.count(client) > 1 for client in deadly.clients)


@pytest.mark.parametrize("question", QUESTIONS[1:] if ALL else QUESTIONS[3:], ids=str)
def test_questions(cluster: Cluster, sample: tuple[pb.Workspace, tuple[Shard, ...]], question: ShardQuestion) -> None:
    """Violations and funnels of a cluster are those of one machine."""
    workspace, (parted, clients) = sample[0], some(sample[1])
    whole = question.answer(workspace)
    theirs = whole if ALL else whole.filter(pl.col("client_id").is_in(clients))
    assert cluster.ask(parted, question).equals(theirs) and theirs.height > 10


def test_a_data_set(cluster: Cluster, sample: tuple[pb.Workspace, tuple[Shard, ...]], tmp_path: Path) -> None:
    """A data set has a file a shard, of the bytes one machine writes; the next replaces it.

    That a worker may die over it is shown by `make slow`, and over a question and over reports always.
    """
    workspace, (parted, clients) = sample[0], some(sample[1])
    (tmp_path / "tries").mkdir()
    deadly = DeadlyDue(AS_OF, tries=tmp_path / "tries", clients=clients[: int(ALL)])
    out = cluster.write(parted, deadly, tmp_path / "due")
    for shard in parted:
        write_parquet(DueQuestion(AS_OF).answer(shard.workspace()), tmp_path / "one.parquet")
        assert (out / f"{shard.name}.parquet").read_bytes() == (tmp_path / "one.parquet").read_bytes()
    read = pl.read_parquet(out / "*.parquet", hive_partitioning=False)
    whole = workspace.due(AS_OF)
    theirs = whole if ALL else whole.filter(pl.col("client_id").is_in(clients))
    assert DueQuestion(AS_OF).together([read]).equals(theirs) and theirs.height > 10
    cluster.write(parted[:2], DueQuestion(AS_OF), out)
    assert sorted(path.stem for path in out.iterdir()) == [shard.name for shard in parted[:2]]


# --- reports ------------------------------------------------------------------------------------------------


def published(out: Path) -> dict[str, bytes]:
    """What stands in a published folder, but for the records of how long it took."""
    files = (path for path in out.rglob("*") if path.is_file() and "runs" not in path.parts)
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files if path.name != "manifest.json"}


def test_a_worker_dies_over_reports(cluster: Cluster, workers: Any, tmp_path: Path) -> None:
    """Pages, attached files and failures are those of one machine, each once, although a worker was killed."""
    folder = make(tmp_path / "workspace", TABLES)
    slow = "import time\nfrom playbook.rendering.attachments import attach\ntime.sleep(0.4)\nprint(client)"
    files = "attach('list.csv', client.encode(), label='一覧')"
    notebook_at(tmp_path / "notebooks" / "slow.ipynb", slow, files)
    notebook_at(tmp_path / "notebooks" / "broken.ipynb", "1 / 0")
    clients = {f"C-{n}": f"取引先{n}" for n in range(tries(4, 8))}
    seen: list[str] = []

    def killing(now: Progress) -> None:
        if not seen:
            os.kill(next(iter(workers.workers.values())).pid, signal.SIGKILL)
        seen.append(now.entry.page)

    def run(out: Path, **more: Any) -> RunRecord:
        return run_reports(
            (), workspace=str(folder), as_of=AS_OF, out=out, started_at=MADE_AT, notebooks=tmp_path / "notebooks",
            each="client", targets=lambda *_: clients, timeout=200, **more,
        )  # fmt: skip

    here = run(tmp_path / "here", engine=warm())
    there = run(tmp_path / "there", engine=cluster.reports, progress=killing)
    assert len(seen) == len(set(seen)) == len(there.entries) == 2 * len(clients)
    assert [entry.failure for entry in there.entries] == [entry.failure for entry in here.entries]
    assert [entry.sha256 for entry in there.entries] == [entry.sha256 for entry in here.entries]
    assert sum(entry.status == "made" for entry in there.entries) == len(clients)
    one, other = published(tmp_path / "here"), published(tmp_path / "there")
    assert one.keys() == other.keys()
    logs = b"there.logs", b"here.logs"  # a page of a failure says where its log is, beside the folder
    assert [name for name in one if one[name] != other[name].replace(*logs)] == []


@pytest.mark.usefixtures("in_one_process")
def test_command_line(workers: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`playbook run --scheduler` publishes the same bytes as `playbook run`."""
    playbook = Command(capsys)
    folder = make(tmp_path / "workspace", TABLES)
    words = ("run", "case_timeline", "--workspace", folder, "--as-of", AS_OF, "--out")
    here = playbook(*words, tmp_path / "here")
    there = playbook(*words, tmp_path / "there", "--scheduler", workers.scheduler_address)
    assert (here.status, there.status) == (0, 0), there.err
    page = "case_timeline.html"
    assert (tmp_path / "there" / page).read_bytes() == (tmp_path / "here" / page).read_bytes()


# --- one readable message -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://127.0.0.1:1", "no dask scheduler answers: .*Connection refused"),
        ("nonsense", "no dask scheduler answers: missing port number in address 'nonsense'"),
        ("tcp://[x", "no dask scheduler answers: invalid address"),
    ],
)
def test_nobody_answers(address: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An address where no scheduler is ends in one message and status 2, and nothing is published."""
    with pytest.raises(ArgumentError, match=said):
        Cluster(address)
    ran = Command(capsys).english("run", "--as-of", AS_OF, "--out", tmp_path / "out", "--scheduler", address)
    assert ran.status == 2
    assert "no dask scheduler answers" in ran.err
    assert not (tmp_path / "out").exists()


def test_dask_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without dask, the message says how to install it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ArgumentError, match=r'pip install "recruit-playbook\[cluster\]"'):
        Cluster("tcp://127.0.0.1:8786")


def test_an_error_comes_back_as_it_was(
    cluster: Cluster, sample: tuple[pb.Workspace, tuple[Shard, ...]], tmp_path: Path
) -> None:
    """What is wrong with a question is said as on one machine; shards that a worker cannot see are named."""
    workspace, parted = sample
    with pytest.raises(ArgumentError, match="by: there is no column 'client'") as there:
        cluster.ask(parted, FunnelQuestion(AS_OF, ("client",)))
    with pytest.raises(ArgumentError) as here:
        workspace.funnel(AS_OF, by="client")
    assert there.value.problems == here.value.problems
    gone = Shard(tmp_path / "client_id=C-1", workspace.playbooks, workspace.settings)
    with pytest.raises(WorkspaceError, match="client_id=C-1: cannot be seen; allowed: a folder that all"):
        cluster.ask([gone], DueQuestion(AS_OF))


def test_other_code_on_the_workers(
    cluster: Cluster, sample: tuple[pb.Workspace, tuple[Shard, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers of another version are refused: their pages would have other bytes."""
    monkeypatch.setattr(cluster_module, "_code", lambda: "another")
    with pytest.raises(ArgumentError, match="a worker has other code, or other versions of what it needs"):
        cluster.ask(sample[1], DueQuestion(AS_OF))


def test_no_workers_and_deadly_work(sample: tuple[pb.Workspace, tuple[Shard, ...]], tmp_path: Path) -> None:
    """A cluster without workers is given up; so is work that kills whoever takes it, and the data set stays."""
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), local_cluster(0) as empty:
        with (
            Cluster(empty.scheduler_address, patience=0.3) as cluster,
            pytest.raises(ClusterError, match="there has been no worker for 0.3 seconds"),
        ):
            cluster.ask(sample[1], DueQuestion(AS_OF))
        empty.scale(1)
        with Cluster(empty.scheduler_address) as cluster:
            cluster.write(sample[1][:1], DueQuestion(AS_OF), tmp_path / "due")
            (tmp_path / "tries").mkdir()
            client = sample[1][0].name.removeprefix("client_id=")
            deadly = DeadlyDue(AS_OF, tries=tmp_path / "tries", clients=(client,), always=True)
            with pytest.raises(ClusterError, match="the workers that made it died again and again"):
                cluster.write(sample[1][:1], deadly, tmp_path / "due")
    assert [path.stem for path in (tmp_path / "due").iterdir()] == [sample[1][0].name]


def test_workers_that_give_nothing(cluster: Cluster, sample: tuple[pb.Workspace, tuple[Shard, ...]]) -> None:
    """A cluster whose workers hang over their work is given up after a time that can be named."""
    with (
        Cluster(cluster.address, longest=0.5) as hurried,
        pytest.raises(ClusterError, match="its workers have given nothing for 0.5 seconds"),
    ):
        hurried.ask(sample[1][:1], SlowDue(AS_OF, seconds=5))


def test_the_cluster_goes(sample: tuple[pb.Workspace, tuple[Shard, ...]]) -> None:
    """A scheduler that is gone in the middle ends in one message."""
    vanishing = local_cluster(0)
    with Cluster(vanishing.scheduler_address, patience=0.3) as cluster:
        vanishing.close()
        with pytest.raises(ClusterError, match=r"the cluster is gone|there has been no worker"):
            cluster.ask(sample[1], DueQuestion(AS_OF))
