"""A folder, read once a run: the command that starts a run hands the workspace it has read on to its pages.

With it go the log and the due actions at the run's as-of, from which most questions start. Each page makes a workspace
of its own from what it is handed, and so cannot tell it from one it has read itself.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playbook.running import sealed_memory
from playbook.words.problem import PlaybookError

if TYPE_CHECKING:
    from playbook.ask.workspace import Moment, Workspace

Touched = tuple[tuple[str, int, int, int], ...]

_MOST_EVENTS = 1_000_000
"""Of more than this every page keeps its own, lest all that memory be taken once more."""


@dataclass(frozen=True, slots=True)
class RememberedWorkspace:
    """A workspace by the playbooks in use in its folder; `touched`: the files there just before they were read."""

    place: Path
    touched: Touched
    workspace: Workspace[Any]


def last_touched(place: str) -> Touched:
    """When the files of a folder were last written, with their sizes; nothing where it is no folder."""
    folder = Path(place).resolve()
    try:
        paths = (*folder.iterdir(), *(folder / "playbooks").glob("*.toml"))
        kept = {path: path.stat() for path in paths if path.is_file() and not path.name.startswith(("~$", "."))}
    except OSError:
        return ()
    return tuple(sorted((str(path), is_.st_mtime_ns, is_.st_size, is_.st_ino) for path, is_ in kept.items()))


def hand_on(file: int, workspace: Workspace[Any], touched: Touched, as_of: Moment, *, week: bool = False) -> None:
    """Hand a workspace on, unless it is large, or a database has a part in it, which may change unseen.

    `week`: with the morning list of everybody, where each person's page takes a part of it.
    """
    if not touched or workspace.settings.database or workspace.tables.events.height > _MOST_EVENTS:
        return
    with suppress(PlaybookError):  # what cannot be answered is told by the pages that ask for it
        workspace = workspace.prepared(as_of, week=week)
    sealed_memory.hand_over(file, RememberedWorkspace(Path(workspace.place).resolve(), touched, workspace))


def workspace_at(place: str) -> Workspace[Any] | None:
    """The workspace of a folder as it was handed to this process; None where it must read the folder itself.

    That is where nothing was handed over, or another folder, or a file has been touched since it was read.
    """
    read = sealed_memory.given()
    if not isinstance(read, RememberedWorkspace) or read.place != Path(place).resolve():
        return None
    return read.workspace if read.touched == last_touched(place) else None
