"""A published folder that is always wholly old or wholly new, whenever a run is killed.

The addresses must not change (``reports/weekly_due_actions.html`` is what people have bookmarked and mailed), and a
run makes many files that belong together. So a run builds the complete next folder beside the published one, files
that stay the same as hard links, and then puts it in its place in one step:

- **exchange**, where the system can swap two folders in one call (Linux ``renameat2``, macOS ``renamex_np``). Before
  the call everything is old, after it everything is new; nobody sees anything else.
- **pour**, everywhere else (Windows, file systems without the call, a folder that is a mount point): a marker says the
  new folder is complete, then file after file is moved into place with ``os.replace``, the index and the manifest last.
  Each page is whole at any moment; a run killed in these milliseconds leaves pages of two runs beside each other, and
  the next run finishes the move before it does anything else.

Files in the folder that no run made (a README, somebody's notes) go along untouched.

One run at a time holds a lock of the operating system, which ends with the process that holds it: no lock is ever left
behind by a killed run. What such a run had built beside the folder is removed by the next one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playbook.words.problem import PlaybookError, Problem

LAST = ("index.html", "manifest.json")

_MARKER = ".complete"
_AT_FDCWD, _RENAME_EXCHANGE, _RENAME_SWAP = -100, 2, 2


class PublishError(PlaybookError):
    """A folder that cannot be published to; what was there is untouched."""


@dataclass(frozen=True, slots=True)
class Site:
    """A published folder, and where the next one is built.

    Attributes:
        out: the published folder.
        base: the folder in which staging and lock live: the parent, or the folder itself where that is impossible.
    """

    out: Path
    base: Path

    @property
    def prefix(self) -> str:
        """How the names of this site's staging folders begin."""
        return f".{self.out.name}.staging-"

    @property
    def lock(self) -> Path:
        """The file that is locked while a run is on."""
        return self.base / f".{self.out.name}.lock"


def site_at(out: Path) -> Site:
    """The site of a folder, which need not exist yet.

    Raises:
        PublishError: it is a file, or cannot be written to.
    """
    out = out.absolute() if not out.is_symlink() else out.resolve()
    if out.exists() and not out.is_dir():
        raise PublishError(Problem(str(out), "is a file", "a folder"))
    with writing_to(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    # A mount point cannot be exchanged, and whoever stands in the folder should go on standing in it.
    fixed = os.path.ismount(out) or out in (Path.cwd(), *Path.cwd().parents)
    inside = out.is_dir() and (fixed or not os.access(out.parent, os.W_OK))
    site = Site(out, out if inside else out.parent)
    if not os.access(site.base, os.W_OK) or (out.is_dir() and not os.access(out, os.W_OK)):
        raise _cannot_write(out, "the folder is read-only")
    return site


@contextmanager
def writing_to(out: Path) -> Iterator[None]:
    """Turn what the system says about writing into one clear sentence.

    Raises:
        PublishError: a full disk, a read-only folder, a file somebody holds open.
    """
    try:
        yield
    except OSError as error:
        raise _cannot_write(out, error.strerror or str(error), error) from error


def _cannot_write(out: Path, why: str, error: OSError | None = None) -> PublishError:
    code = error.errno if error is not None else errno.EACCES
    hint = {
        errno.ENOSPC: "free some space and run again; what was published is untouched",
        errno.EDQUOT: "free some space and run again; what was published is untouched",
    }.get(code or 0, "choose another folder with --out, or close the files that are open; nothing was changed")
    name = f" ({error.filename})" if error is not None and error.filename else ""
    return PublishError(Problem(str(out), f"cannot be written: {why}{name}", hint=hint))


# ---- one run at a time ----


@contextmanager
def locked(site: Site, wait: float, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the site's lock; ``waiting`` is called once if another run holds it.

    Raises:
        PublishError: the other run still holds it after ``wait`` seconds.
    """
    descriptor = _acquire(site, wait, waiting)
    try:
        yield
    finally:
        # Removed while still held; whoever waits on the removed file finds out and opens the new one.
        with suppress(OSError):
            site.lock.unlink()
        os.close(descriptor)


def _acquire(site: Site, wait: float, waiting: Callable[[], None]) -> int:
    deadline = time.monotonic() + wait
    told = False
    while True:
        with writing_to(site.out):
            descriptor = os.open(site.lock, os.O_RDWR | os.O_CREAT, 0o644)
        if _lock(descriptor) and _is_at(descriptor, site.lock):
            return descriptor
        os.close(descriptor)
        if not told:
            waiting()
            told = True
        if time.monotonic() > deadline:
            hint = "wait until it is done, or publish to another folder with --out"
            raise PublishError(Problem(str(site.out), "another run is publishing here", hint=hint))
        time.sleep(0.1)


def _lock(descriptor: int) -> bool:
    """Take the lock of an open file if nobody has it; it ends with the process."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    with suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


# ---- the next folder ----


def recover(site: Site) -> None:
    """Finish what a killed run had begun to move, and remove what it had only begun to build."""
    for left in sorted(site.base.glob(f"{site.prefix}*")):
        with writing_to(site.out):
            if (left / _MARKER).is_file():
                _pour(left, site.out)
            shutil.rmtree(left)


@contextmanager
def staging(site: Site) -> Iterator[Path]:
    """A new folder on the site's file system; gone when it is left, whatever became of it."""
    with writing_to(site.out):
        stage = Path(tempfile.mkdtemp(prefix=site.prefix, dir=site.base))
        # What mkdtemp makes is for its owner alone; what is published is as readable as any new folder.
        stage.chmod(0o777 & ~_umask())
    try:
        yield stage
    finally:
        if not (stage / _MARKER).is_file():
            shutil.rmtree(stage, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def files_in(folder: Path) -> list[str]:
    """The files of a folder, as relative POSIX paths in order; staging folders and locks left out."""
    if not folder.is_dir():
        return []
    skipped = (f".{folder.name}.staging-", f".{folder.name}.lock")
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if not path.parts[0].startswith(skipped))


def carry(source: Path, stage: Path, names: Sequence[str], into: str = "") -> None:
    """Bring files along into the next folder: as hard links where the file system has them, else as copies."""
    for name in names:
        target = stage / into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source / name, target)
        except OSError:
            shutil.copy2(source / name, target)


def publish(stage: Path, site: Site, gone: Sequence[str] = ()) -> None:
    """Put the next folder, which must be complete, in the place of the published one.

    Args:
        stage: the next folder.
        site: where it goes.
        gone: files of the published folder that are not in the next one.

    Raises:
        PublishError: the system refuses; the next run finishes, or the old folder is still there.
    """
    with writing_to(site.out):
        if not site.out.exists():
            stage.rename(site.out)
        elif site.base == site.out or not _exchanged(stage, site.out):
            (stage / _MARKER).write_text("\n".join(gone), encoding="utf-8")
            _pour(stage, site.out)
            shutil.rmtree(stage)


def _exchanged(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where the system cannot."""
    libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform in ("linux", "darwin") else None
    first, second = os.fsencode(one), os.fsencode(other)
    if hasattr(libc, "renameat2"):
        return bool(libc.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE) == 0)
    if hasattr(libc, "renamex_np"):
        return bool(libc.renamex_np(first, second, _RENAME_SWAP) == 0)
    return False


def _pour(stage: Path, out: Path) -> None:
    """Move every file of a complete folder into the published one, the index and the manifest last."""
    names = [name for name in files_in(stage) if name != _MARKER]
    for name in sorted(names, key=lambda name: (name in LAST, name)):
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (stage / name).replace(target)
    for name in (stage / _MARKER).read_text(encoding="utf-8").splitlines():
        (out / name).unlink(missing_ok=True)
        with suppress(OSError):
            (out / name).parent.rmdir()
    (stage / _MARKER).unlink()
