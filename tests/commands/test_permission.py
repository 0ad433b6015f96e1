"""Folders and files that this user may not open: said in a sentence, and nothing half-written stays."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest
from cli_workspaces import AS_OF, TABLES, Command, Ran, make

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps permissions in lists of its own")

_NOBODY = 65534


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may enter; pytest's own are its user's alone."""
    folder = Path(tempfile.mkdtemp(prefix="playbook-"))
    folder.chmod(0o755)
    yield folder
    for one in (folder, *folder.rglob("*")):
        if one.is_dir():
            one.chmod(0o755)
    shutil.rmtree(folder)


@contextmanager
def nobody() -> Iterator[None]:
    """As somebody whom permissions hold for: root may read and write everything."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(mine)


@pytest.fixture
def tiny(place: Path) -> Path:
    return make(place / "tiny", {**TABLES, "workspace.toml": 'language = "en"\n', "playbooks/notes.txt": "",
                               "facts/notes.txt": ""})  # fmt: skip


def locked_out(run: Command, *words: str | Path, locked: Path, mode: int = 0) -> Ran:
    """A command of somebody for whom the place is locked.

    It is run before, since Python loads what it needs for it from a folder of its own; what came of that is removed.
    """
    run.english(*words)
    if mode:
        shutil.rmtree(locked)
        locked.mkdir()
    locked.chmod(mode)
    with nobody():
        ran = run.english(*words)
    assert not (mode and list(locked.iterdir()))
    return ran


def test_a_folder_that_may_not_be_written_to_is_said(run: Command, tiny: Path, place: Path) -> None:
    """An output that cannot be written is unusable; nothing half-written stays."""
    folder = place / "locked"
    folder.mkdir()
    words = ("due", "--workspace", tiny, "--as-of", AS_OF, "-o", folder / "due.csv")
    ran = locked_out(run, *words, locked=folder, mode=0o555)
    assert ran.status == 2
    assert "due.csv: cannot be written" in ran.err


@pytest.mark.parametrize(
    ("command", "locked"),
    [*product(["due", "check", "funnel"], [".", "events.csv", "workspace.toml", "playbooks"]), ("check", "facts")],
)
def test_a_workspace_that_may_not_be_read_is_said(run: Command, tiny: Path, command: str, locked: str) -> None:
    """The folder, a table, the settings, the rule books: the place is named, in a sentence, and nothing but a check answers."""
    ran = locked_out(run, command, "--workspace", tiny, "--as-of", AS_OF, locked=tiny / locked)
    assert ran.status == 2 and (command == "check" or not ran.out)
    assert f"{tiny / locked}: cannot be read" in ran.err
    assert "Traceback" not in ran.err and "defect" not in ran.err


def test_a_workspace_inside_a_locked_folder_is_said(run: Command, tiny: Path, place: Path) -> None:
    """What the system refuses, wherever it is met, is no defect of the program: the place and its reason are said."""
    ran = locked_out(run, "due", "--workspace", tiny, "--as-of", AS_OF, locked=place)
    assert (ran.status, ran.out) == (2, "")
    assert str(tiny) in ran.err and "Permission denied" in ran.err
    assert "defect" not in ran.err
