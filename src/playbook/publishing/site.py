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

What is in the folder and no run made (a README, somebody's notes) stays. Plain files go along as hard links; where
there is more (a repository with its `.git`, links, empty folders), the new pages are poured, so that nothing but pages
is touched. The folder keeps its mode, its group and its set-group bit, and so do the folders and pages in it.

One run at a time holds a lock of the operating system, which ends with the process that holds it: no lock is ever left
behind by a killed run. What such a run had built beside the folder is removed by the next one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

from playbook.publishing.manifest import sha256
from playbook.words.catalogue import aside, msg
from playbook.words.problem import PlaybookError, Problem, Said, reason

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
    def logs(self) -> Path:
        """Where the logs of failures are kept: beside the folder, which may be served, and never in it."""
        if self.base != self.out:
            return self.base / f"{self.out.name}.logs"
        name = f"{self.out.name}-{sha256(os.fsencode(self.out))[:8]}.logs"
        return Path.home() / ".local" / "state" / "playbook" / name

    @property
    def pours(self) -> bool:
        """Whether new pages are moved into the folder one by one, and the folder is not exchanged for another."""
        return self.base == self.out or _holds_more(self.out)

    @property
    def lock(self) -> Path:
        """The file that is locked while a run is on."""
        return self.base / f".{self.out.name}.lock"


def site_at(out: Path) -> Site:
    """The site of a folder, which need not exist yet.

    Raises:
        PublishError: it is a file, or cannot be written to.
    """
    with writing_to(out):
        out = _followed(out)
        if out.exists() and not out.is_dir():
            raise PublishError(Problem(str(out), msg("is a file"), msg("a folder")))
        out.parent.mkdir(parents=True, exist_ok=True)
    # A mount point cannot be exchanged, and whoever stands in the folder should go on standing in it.
    fixed = os.path.ismount(out) or out in (Path.cwd(), *Path.cwd().parents)
    inside = out.is_dir() and (fixed or not os.access(out.parent, os.W_OK))
    site = Site(out, out if inside else out.parent)
    if not os.access(site.base, os.W_OK) or (out.is_dir() and not os.access(out, os.W_OK)):
        raise _cannot_write(out, msg("the folder is read-only"))
    return site


def _followed(out: Path) -> Path:
    """The folder itself, where a link to it is given; OSError where links run in a ring."""
    try:
        return out.resolve() if out.is_symlink() else out.absolute()
    except RuntimeError:  # what Python says of a ring, up to 3.12
        raise OSError(errno.ELOOP, "Too many levels of symbolic links") from None


@contextmanager
def writing_to(out: Path) -> Iterator[None]:
    """Turn what the system says about writing into one clear sentence.

    Raises:
        PublishError: a full disk, a read-only folder, a file somebody holds open.
    """
    try:
        yield
    except OSError as error:
        raise _cannot_write(out, reason(error), error) from error


def _cannot_write(out: Path, why: Said, error: OSError | None = None) -> PublishError:
    code = error.errno if error is not None else errno.EACCES
    hint = {
        errno.ENOSPC: msg("free some space and run again; what was published is untouched"),
        errno.EDQUOT: msg("free some space and run again; what was published is untouched"),
    }.get(code or 0, msg("choose another folder with --out, or close the files that are open; nothing was changed"))
    found = msg("cannot be written: {value}", value=why)
    if error is not None and error.filename:
        found = aside(found, error.filename)
    return PublishError(Problem(str(out), found, hint=hint))


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
            hint = msg("wait until it is done, or publish to another folder with --out")
            raise PublishError(Problem(str(site.out), msg("another run is publishing here"), hint=hint))
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
    for left in sorted(site.base.glob(f"{escape(site.prefix)}*")):
        with writing_to(site.out):
            if (left / _MARKER).is_file():
                _pour(left, site.out)
            shutil.rmtree(left)


@contextmanager
def staging(site: Site) -> Iterator[Path]:
    """A new folder on the site's file system; gone when it is left, whatever became of it."""
    with writing_to(site.out):
        stage = Path(tempfile.mkdtemp(prefix=site.prefix, dir=site.base))
        # What mkdtemp makes is for its owner alone; what is published is as readable as the folder it replaces, or as
        # any new one.
        if not _alike(site.out, stage):
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


def _alike(source: Path, target: Path) -> bool:
    """Give a folder or a file the mode and group of another; False where there is no other.

    Where the group cannot be given, no more may be done with it than its owner may.
    """
    try:
        wanted = source.stat()
    except OSError:
        return False
    mode = stat.S_IMODE(wanted.st_mode)
    if hasattr(os, "chown") and target.stat().st_gid != wanted.st_gid:
        try:
            os.chown(target, -1, wanted.st_gid)
        except OSError:
            mode &= 0o707
    with suppress(OSError):
        target.chmod(mode)
    return True


def _holds_more(folder: Path) -> bool:
    """Whether a folder holds what a hard link cannot bring along: links, empty or hidden folders, what is no file."""
    for inside, folders, files in os.walk(folder):
        place = Path(inside)
        more = not folders and not files and place != folder
        paths = (place / name for name in (*folders, *files))
        if more or any(path.is_symlink() or not (path.is_dir() or path.is_file()) for path in paths):
            return True
        if any(name.startswith(".") and not name.startswith(_own_names(folder)) for name in folders):
            return True
    return False


def _own_names(folder: Path) -> tuple[str, ...]:
    """How the names begin of what runs keep in the published folder itself, and once kept there."""
    return f".{folder.name}.staging-", f".{folder.name}.lock", ".logs"


def published_files(folder: Path) -> list[str]:
    """The files of a folder, as relative POSIX paths in order; staging folders and locks left out."""
    if not folder.is_dir():
        return []
    return sorted(_names_below(folder, skipped=_own_names(folder)[:2]))


def _names_below(folder: Path, within: str = "", skipped: tuple[str, ...] = ()) -> Iterator[str]:
    """The files of a folder and its folders, by name alone: as `Path` objects they would take three times as long."""
    with suppress(PermissionError), os.scandir(folder) as entries:
        for entry in entries:
            if skipped and entry.name.startswith(skipped):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _names_below(folder / entry.name, f"{within}{entry.name}/")
            elif _is_file(entry):
                yield within + entry.name


def _is_file(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):  # a link that leads back to itself
        return entry.is_file()
    return False


def carry(source: Path, stage: Path, names: Sequence[str], into: str = "") -> None:
    """Bring files along into the next folder: as hard links where the file system has them, else as copies."""
    for name in names:
        target = stage / into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source / name, target)
        except OSError:
            shutil.copy2(source / name, target)


def publish_folder(stage: Path, site: Site, gone: Sequence[str] = (), *, pours: bool | None = None) -> None:
    """Put the next folder, which must be complete, in the place of the published one.

    Args:
        stage: the next folder.
        site: where it goes.
        gone: files of earlier runs in the published folder that are not in the next one.
        pours: whether the pages are moved into the folder (see `Site.pours`), as it was when the next one was built.

    Raises:
        PublishError: the system refuses; the next run finishes, or the old folder is still there.
    """
    with writing_to(site.out):
        pours = site.pours if pours is None else pours
        _keep_modes(site.out, stage)
        if not site.out.exists():
            stage.rename(site.out)
        elif not pours and _exchanged(stage, site.out):
            _bring_back(stage, site.out, gone)
        else:
            (stage / _MARKER).write_text("\n".join(gone), encoding="utf-8")
            _pour(stage, site.out)
            shutil.rmtree(stage)


def _keep_modes(out: Path, stage: Path) -> None:
    """Give what is new in a folder the mode and group of what stood there under the same name."""
    for path in stage.rglob("*"):
        there = out / path.relative_to(stage)
        if there.exists() and not there.is_symlink() and not there.samefile(path):
            _alike(there, path)


def _bring_back(old: Path, out: Path, gone: Sequence[str]) -> None:
    """Bring back what somebody put into the folder while the next one was built."""
    for name in set(published_files(old)) - {*gone, *LAST}:
        if not (out / name).exists():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (old / name).replace(out / name)


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
    names = [name for name in published_files(stage) if name != _MARKER]
    for name in sorted(names, key=lambda name: (name in LAST, name)):
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (stage / name).replace(target)
    for name in (stage / _MARKER).read_text(encoding="utf-8").splitlines():
        (out / name).unlink(missing_ok=True)
        _remove_empty((out / name).parent, out)
    (stage / _MARKER).unlink()


def _remove_empty(folder: Path, out: Path) -> None:
    """Remove the folders of a file that went, up to the first that holds something else."""
    with suppress(OSError):
        while folder != out:
            folder.rmdir()
            folder = folder.parent
