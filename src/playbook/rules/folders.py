"""The files of a folder, or why it cannot be looked into; what is read to its end is a plain file."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from playbook.words.catalogue import msg
from playbook.words.problem import Problem, WorkspaceError, reason

_NO_FILES = ("~$", ".")
BY_HAND = 20_000_000
"""Bytes: what a person writes (rules, settings, mappings) is never as large."""


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


def plain(path: Path, most: int | None = None) -> Path:
    """The path, where it can be read to its end; OSError where there is nothing, a pipe, a socket or a device.

    `most`: of how many bytes it may be.
    """
    if "\0" in str(path):  # no system has such a name
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))
    there = path.stat()
    if not stat.S_ISREG(there.st_mode) and not stat.S_ISDIR(there.st_mode):  # reading a folder fails by itself
        raise OSError(errno.EINVAL, "Not a plain file", str(path))
    if most is not None and there.st_size > most:
        raise OSError(errno.EFBIG, "File too large", str(path))
    return path
