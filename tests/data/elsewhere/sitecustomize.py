"""A process that lacks what Windows lacks, and each process that it starts: Python imports this before all else.

The package sees an `os`, a `sys`, a `signal` and a `select` without what only POSIX has; modules of POSIX are not there for it.
For everybody, a file that is open (or mapped) can be neither removed nor replaced, and nothing is renamed onto what is there.
A file that is opened by the package without its encoding being said is an error. Libraries see the system as it is.
"""

from __future__ import annotations

import builtins
import fcntl
import os
import pathlib
import select
import signal
import subprocess  # noqa: F401  (it asks for msvcrt once, and takes its being there for Windows)
import sys
import types
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

LACKING = {
    os: {
        "chown", "fork", "forkpty", "fchmod", "fchown", "geteuid", "getegid", "getgid", "getuid", "getpgid", "getpriority", "killpg",
        "lchown", "memfd_create", "MFD_ALLOW_SEALING", "MFD_CLOEXEC", "mkfifo", "nice", "O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW",
        "openpty", "pipe2", "posix_spawn", "sched_getaffinity", "setpgid", "setsid", "setuid", "statvfs", "sysconf", "uname",
        "wait", "wait4", "WNOHANG", "WIFEXITED", "WEXITSTATUS", "WIFSIGNALED", "WTERMSIG",
    },
    signal: {
        "alarm", "setitimer", "pthread_kill", "pthread_sigmask", "SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGSTOP",
        "SIGUSR1", "SIGUSR2",
    },
    select: {"poll", "epoll"},
    sys: set[str](),
}  # fmt: skip
ABSENT = {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}


class Lesser:
    """A module without some of its names."""

    def __init__(self, whole: types.ModuleType, lacking: set[str], **other: Any) -> None:
        vars(self).update(_whole=whole, _lacking=lacking, **other)

    def __getattr__(self, name: str) -> Any:
        if name in self._lacking:
            raise AttributeError(f"module '{self._whole.__name__}' has no attribute '{name}' on Windows")
        return getattr(self._whole, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._whole, name, value)


def _locking(descriptor: int, mode: int, length: int) -> None:
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if mode else fcntl.LOCK_UN)


def _refuse_where_open(path: Any) -> None:
    """As Windows does: a file that this process has open, or anything in a folder, holds it."""
    at = str(pathlib.Path(path).absolute())
    held = [os.path.realpath(one) for one in pathlib.Path("/proc/self/fd").iterdir()]
    with pathlib.Path("/proc/self/maps").open(encoding="utf-8") as maps:
        held += [line.split(None, 5)[-1].rstrip("\n") for line in maps]
    if any(one == at or one.startswith(at + os.sep) for one in held):
        raise PermissionError(13, "The process cannot access the file because it is being used", at)


def _renamed(source: Any, target: Any) -> None:
    _refuse_where_open(source)
    if os.path.lexists(target):
        raise FileExistsError(17, "Cannot create a file when that file already exists", os.fspath(target))
    _rename(source, target)


def _replaced(source: Any, target: Any) -> None:
    for path in (source, target):
        _refuse_where_open(path)
    if pathlib.Path(target).is_dir():
        raise PermissionError(5, "Access is denied", os.fspath(target))
    _replace(source, target)


def _removed(path: Any, **more: Any) -> None:
    if "dir_fd" not in more:  # as shutil.rmtree gives it, which Windows has not
        _refuse_where_open(path)
    _unlink(path, **more)


_rename, _replace, _unlink = os.rename, os.replace, os.unlink
os.rename, os.replace, os.unlink, os.remove = _renamed, _replaced, _removed, _removed  # type: ignore[assignment]

_SEEN: dict[str, Any] = {whole.__name__: Lesser(whole, lacking) for whole, lacking in LACKING.items()}
_SEEN["sys"] = Lesser(sys, set(), platform="win32")
_SEEN["msvcrt"] = types.SimpleNamespace(locking=_locking, LK_NBLCK=2, LK_UNLCK=0)
_import = builtins.__import__


def _imported(
    name: str,
    globals: Mapping[str, Any] | None = None,
    locals: Any = None,
    fromlist: Sequence[str] = (),
    level: int = 0,
) -> Any:
    told = globals or {}
    by = str(told.get("__package__") or told.get("__name__") or "")
    if level == 0 and by.split(".")[0] == "playbook":
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        if name in _SEEN:
            return _SEEN[name]
    return _import(name, globals, locals, fromlist, level)


builtins.__import__ = _imported
warnings.filterwarnings("error", category=EncodingWarning, module=r"playbook(\.|$)")
