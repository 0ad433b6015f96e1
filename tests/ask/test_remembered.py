"""The workspace that a command has read and hands on to the pages of its run."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from thinned import ALL
from write_notebook import notebook_at

import playbook as pb
from playbook.ask import remembered
from playbook.publishing.reports import run_reports
from playbook.running import sealed_memory
from playbook.running.forkserver import SEVERAL
from playbook.running.processes import WarmEngine, forkable
from playbook.tables.samples import samples

pytestmark = pytest.mark.skipif(sealed_memory.new_file() is None, reason="this system cannot seal a file in memory")

AS_OF = "2026-11-20"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample workspace, to be changed."""
    return Path(shutil.copytree(samples(), tmp_path / "workspace"))


@pytest.fixture
def file() -> Iterator[int]:
    """A file to hand something over in."""
    file = sealed_memory.new_file()
    assert file is not None
    yield file
    os.close(file)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[pb.Workspace, Path, int]]:
    """A copy of the sample that nobody changes, as it is read and as it is handed over."""
    folder = Path(shutil.copytree(samples(), tmp_path_factory.mktemp("kept") / "workspace"))
    file = sealed_memory.new_file()
    assert file is not None
    yield _handed(folder, file), folder, file
    os.close(file)


@pytest.fixture
def given(kept: tuple[pb.Workspace, Path, int], monkeypatch: pytest.MonkeyPatch) -> tuple[pb.Workspace, Path, int]:
    """The workspace that was handed to this process, its folder, and the file that it lies in."""
    monkeypatch.setattr(sealed_memory, "_received", [kept[2]])
    return kept


def _handed(folder: Path, file: int) -> pb.Workspace:
    touched = remembered.last_touched(str(folder))
    workspace = pb.open(folder)
    remembered.hand_on(file, workspace, touched, AS_OF)
    return workspace


def test_the_list_of_everybody_is_handed_on_and_each_person_has_a_part_of_it(
    folder: Path, file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person's list is the one of a workspace read anew, and nothing is worked out again for it."""
    touched = remembered.last_touched(str(folder))
    remembered.hand_on(file, pb.open(folder), touched, AS_OF, week=True)
    anew = pb.open(folder).on(AS_OF)
    monkeypatch.setattr(sealed_memory, "_received", [file])
    given = pb.open(folder).on(AS_OF)
    assert list(given.weeks) and not anew.weeks
    for owner in anew.due()["owner"].drop_nulls().unique().sort()[:4]:
        mine, theirs = given.week(owner=owner), anew.week(owner=owner)
        for part in ("actions", "decide", "resolved", "orphans", "handed_over"):
            assert_frame_equal(getattr(mine, part), getattr(theirs, part))
    assert_frame_equal(given.week("2026-11-18").actions, anew.week("2026-11-18").actions)


def test_a_workspace_handed_on_answers_as_one_that_is_read(given: tuple[pb.Workspace, Path, int]) -> None:
    """Whoever opens the folder finds the same tables and answers, and the folder under the name it was asked by."""
    read, folder, _ = given
    place = os.path.relpath(folder)
    found = pb.open(place)
    assert (found.place, found.frames, found.playbooks) == (place, "polars", read.playbooks)
    assert remembered.workspace_at(place) is not None
    for since in (AS_OF, "2026-06-01") if ALL else (AS_OF,):
        assert_frame_equal(found.due(since, all=True), read.due(since, all=True))
        assert_frame_equal(found.violations(since), read.violations(since))
        assert_frame_equal(found.funnel(since, by="client_id"), read.funnel(since, by="client_id"))
    assert type(pb.open(place, frames="pandas").due(AS_OF)).__module__.startswith("pandas")
    client = str(read.tables.clients["client_id"][0])
    assert_frame_equal(pb.open(place, client=client).due(AS_OF), read.only(client=client).due(AS_OF))


def test_each_makes_its_own(given: tuple[pb.Workspace, Path, int]) -> None:
    """What is done to a workspace that was handed on is not found by whoever opens the folder next."""
    read, folder, _ = given
    first = pb.open(folder)
    first.tables.events.drop_in_place("resource")
    due = first.due(AS_OF)
    due.drop_in_place("owner")
    assert "owner" in first.due(AS_OF).columns
    assert "resource" in pb.open(folder).tables.events.columns
    assert_frame_equal(pb.open(folder).due(AS_OF), read.due(AS_OF))


def test_what_is_handed_over_cannot_be_changed(given: tuple[pb.Workspace, Path, int]) -> None:
    """The file is sealed: not even its owner writes into it any more."""
    read, _, file = given
    assert read.place
    with pytest.raises(PermissionError, match="Operation not permitted"):
        os.pwrite(file, b"x", 0)
    with pytest.raises(PermissionError, match="Operation not permitted"):
        os.ftruncate(file, 0)


def test_a_file_that_was_touched_is_read_anew(folder: Path, file: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that came later is there, and a workspace of one's own playbooks or of another folder is one's own."""
    given = _handed(folder, file)
    monkeypatch.setattr(sealed_memory, "_received", [file])
    assert remembered.workspace_at(str(folder.parent)) is None
    chosen = pb.open(folder, given.playbooks[:1])
    assert len(chosen.playbooks) == 1
    worklog = next(folder.glob("events.*"))
    with worklog.open("a", encoding="utf-8") as out:
        out.write("\n")
    assert remembered.workspace_at(str(folder)) is None
    assert pb.open(folder).tables.counts.height == given.tables.counts.height


def test_what_may_change_unseen_is_not_handed_on(folder: Path, file: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single file or a database says nothing of when its rows changed; a large workspace is not held twice."""
    workspace = pb.open(folder)
    remembered.hand_on(file, workspace, remembered.last_touched(str(folder / "events.csv")), AS_OF)
    monkeypatch.setattr(remembered, "_MOST_EVENTS", 10)
    remembered.hand_on(file, workspace, remembered.last_touched(str(folder)), AS_OF)
    assert os.fstat(file).st_size == 0


def test_what_finds_no_room_is_not_handed_on(file: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a workspace is none: who is handed it reads the folder itself."""

    class Full:
        def __reduce__(self) -> str:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sealed_memory, "_received", [file])
    sealed_memory.hand_over(file, [b"x" * 100_000, Full()])
    assert sealed_memory.given() is None


_PLANTS = """
import os

import playbook as pb
from playbook.running import sealed_memory

print("ready", len(sealed_memory._unpacked))
ws = pb.open(workspace)
print("rows", ws.tables.events.height, "columns", "planted" in ws.tables.events.columns, hasattr(ws, "planted"))
ws.tables.events.insert_column(0, ws.tables.events["case_id"].alias("planted"))
ws.planted = client
try:
    os.pwrite(sealed_memory._received[0], b"planted", 0)
except PermissionError:
    print("sealed")
"""


@pytest.mark.skipif(not forkable(), reason="a process cannot be forked here")
@pytest.mark.parametrize("pages", [2, SEVERAL + 2])
def test_nothing_planted_in_what_is_handed_on_reaches_another_page(folder: Path, tmp_path: Path, pages: int) -> None:
    """Each page finds the rows that were handed on, untouched, whether it unpacks them or they are there already."""
    notebook_at(tmp_path / "notebooks" / "plants.ipynb", _PLANTS)
    rows = pb.open(folder).tables.events.height

    def hand(file: int) -> None:
        _handed(folder, file)

    with WarmEngine() as engine:
        engine.hand = hand
        record = run_reports(
            ["plants"], workspace=str(folder), as_of=AS_OF, out=tmp_path / "reports", started_at=datetime(2026, 11, 20),
            notebooks=tmp_path / "notebooks", each="client", targets=lambda *_: {f"C-{n}": "" for n in range(pages)},
            engine=engine,
        )  # fmt: skip
    made = [(tmp_path / "reports" / entry.page).read_text(encoding="utf-8") for entry in record.entries]
    assert [f"rows {rows} columns False False" in page and "sealed" in page for page in made] == [True] * pages
    assert [f"ready {int(pages > SEVERAL)}" in page for page in made] == [True] * pages


def test_a_lazy_frame_is_handed_on_as_what_it_gives(file: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is given before something is handed over; then each asks for an object of its own."""
    monkeypatch.setattr(sealed_memory, "_received", [file])
    assert sealed_memory.given() is None
    sealed_memory.hand_over(file, pl.LazyFrame({"a": [1, 2]}).filter(pl.col("a") > 1))
    one, other = sealed_memory.given(), sealed_memory.given()
    assert one is not other
    assert one.collect().rows() == [(2,)]
