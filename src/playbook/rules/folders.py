"""The files of a folder, or why it cannot be looked into: a folder that is locked is not an empty one."""

from __future__ import annotations

from pathlib import Path

from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError, reason

_NO_FILES = ("~$", ".")


def files_in(folder: Path, *endings: str) -> list[Path]:
    """The files of a folder whose names end so, by name; none where there is no such folder.

    What a system or an office program puts beside them (`._x.toml`, `~$x.xlsx`) is left out. WorkspaceError says that
    a folder cannot be looked into.
    """
    try:
        paths = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        found = msg("cannot be read: {value}", value=reason(error))
        raise WorkspaceError(Problem(str(folder), found, msg("a readable folder"))) from None
    return [path for path in paths if path.name.lower().endswith(endings) and not path.name.startswith(_NO_FILES)]
