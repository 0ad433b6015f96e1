"""A person taken out of a published folder: pages, attachments, prints, logs, records, and what is kept of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from playbook.publishing import index
from playbook.publishing.manifest import MANIFEST, Entry, RunRecord, read_manifest, to_text
from playbook.publishing.owned import owned
from playbook.publishing.register import COLUMNS, read
from playbook.publishing.run import write_folder_indexes
from playbook.publishing.site import site_at, writing_to
from playbook.tables.held import readable

Finds = Callable[[str], bool]


def pages_with(out: Path, finds: Finds) -> list[str]:
    """The files of a published folder in which a person is found, relative to it, in order; none without the folder."""
    if not out.is_dir():
        return []
    paths = (path for path in out.rglob("*") if path.is_file() and path.suffix != ".js")
    return sorted(path.relative_to(out).as_posix() for path in paths if finds(readable(path)))


def erase_pages(out: Path, finds: Finds) -> list[str]:
    """Remove every file in which a person is found; records and indexes are written anew without those pages.

    Returns the files that are gone, relative to the folder. Pages for all that told of the person among others are gone
    as well: the next run makes them again.
    """
    gone = []
    mine = owned(out)
    with writing_to(out):
        for name in pages_with(out, finds):
            path = out / name
            if not _is_record(name):
                gone.append(name)
                path.unlink(missing_ok=True)
                if path.suffix == ".html":
                    path.with_suffix(".pdf").unlink(missing_ok=True)
                    shutil.rmtree(path.with_suffix(".files"), ignore_errors=True)
        for path in (*sorted((out / "runs").glob("*.json")), out / MANIFEST):
            if path.is_file():
                _correct(path, out, finds)
        _write_indexes(out, mine)
        _erase_logs(out, finds)
    return gone


def _erase_logs(out: Path, finds: Finds) -> None:
    """Remove the logs of failures, which are kept beside the folder, that tell of the person."""
    for log in site_at(out).logs.rglob("*.txt"):
        if finds(readable(log)):
            log.unlink()


def _is_record(name: str) -> bool:
    """Records and indexes are corrected, not removed."""
    return name == MANIFEST or (name.startswith("runs/") and name.endswith(".json")) or name.endswith("index.html")


def _correct(path: Path, out: Path, finds: Finds) -> None:
    """A record without the pages that are gone, and without what it says of the person."""
    record = read_manifest(path)
    if record is None:
        return
    folder = out if path.name == MANIFEST else _folder_of(record, out)
    entries = tuple(one for one in record.entries if not _gone(one, folder, finds))
    if entries != record.entries:
        path.unlink()  # a hard link of the same file may be kept elsewhere
        path.write_text(to_text(replace(record, entries=entries)), encoding="utf-8", newline="\n")


def _folder_of(record: RunRecord, out: Path) -> Path:
    kept = out / "history" / record.run
    return kept if kept.is_dir() else out


def _gone(entry: Entry, folder: Path, finds: Finds) -> bool:
    told = json.dumps(asdict(entry), ensure_ascii=False, default=str)
    return finds(told) or bool(entry.sha256 and not (folder / entry.page).exists())


def _write_indexes(out: Path, mine: set[str]) -> None:
    record = read_manifest(out / MANIFEST)
    for kept in sorted((out / "history").glob("*")):
        of_run = read_manifest(out / "runs" / f"{kept.name}.json")
        (kept / "index.html").unlink(missing_ok=True)
        if of_run is not None:
            text = index.index_html(of_run, (), newest="../../index.html")
            (kept / "index.html").write_text(text, encoding="utf-8", newline="\n")
            _write_folders(kept, of_run, out, mine)
    if record is not None:
        older = [one for run in record.older if (one := read_manifest(out / "runs" / f"{run}.json")) is not None]
        (out / "index.html").unlink(missing_ok=True)
        (out / "index.html").write_text(index.index_html(record, older), encoding="utf-8", newline="\n")
        _write_folders(out, record, out, mine)


def _write_folders(folder: Path, record: RunRecord, out: Path, mine: set[str]) -> None:
    """The indexes of clients, owners and placements anew; none where no page of theirs is left."""
    for own in folder.glob("*/index.html"):
        if own.relative_to(out).as_posix() in mine:
            own.unlink()
    write_folder_indexes(folder, record)


def erase_entries(register: Path, cases: tuple[str, ...]) -> int:
    """Take the rows of some cases out of the register of what left the house; how many there were."""
    import csv

    rows = read(register)
    kept = [row for row in rows if row["case_id"] not in cases]
    if len(kept) < len(rows):
        with writing_to(register), register.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept)
    return len(rows) - len(kept)
