"""The register of what left the house: which edition, on what day, for whom, with which voices, and the page's hash.

One row per page that was published for somebody outside; rows are added and never changed. It holds no name and nothing
of what was said: cases by their id, voices by a key. Source: Act on the Protection of Personal Information art. 29
(PAPERS 6.2); how long it is kept is `Keep.provision`.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from playbook.publishing.manifest import Entry, RunRecord
from playbook.publishing.site import writing_to
from playbook.tables.filed import FOLDER
from playbook.tables.samples import samples

COLUMNS = ("published_at", "as_of", "edition", "case_id", "receiver", "voices", "page", "sha256")


def register_path(workspace: str, out: Path) -> Path:
    """Where the register is kept: with the workspace, where that is a folder of one's own; else with the pages."""
    folder = Path(workspace)
    own = folder.is_dir() and os.access(folder, os.W_OK) and folder.resolve() != samples().resolve()
    return (folder / FOLDER if own else out) / "register.csv"


def given_on(workspace: str, out: Path) -> dict[str, date]:
    """Per case the last day on which an edition of it left the house."""
    given: dict[str, date] = {}
    for row in read(register_path(workspace, out)):
        day = datetime.fromisoformat(row["published_at"]).date()
        given[row["case_id"]] = max(day, given.get(row["case_id"], day))
    return given


def released(record: RunRecord) -> Iterator[Mapping[str, str]]:
    """What a run published for somebody outside: one row per page that it made, by `COLUMNS`."""
    for entry in record.entries:
        told: Mapping[str, Any] = entry.summary.get("released", {})
        if entry.status == "made" and told:
            yield {
                "published_at": record.started_at, "as_of": entry.as_of, "edition": str(told["edition"]),
                "case_id": str(told["case"]), "receiver": str(told["receiver"]), "voices": " ".join(told["voices"]),
                "page": entry.page, "sha256": entry.sha256,
            }  # fmt: skip


def enter(path: Path, record: RunRecord) -> int:
    """Add what a run published to the register; how many rows were added. The same page again is no new row."""
    known = {(row["page"], row["sha256"]) for row in read(path)}
    rows = [row for row in released(record) if (row["page"], row["sha256"]) not in known]
    if not rows:
        return 0
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    if not path.exists():
        writer.writeheader()
    writer.writerows(rows)
    with writing_to(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
    return len(rows)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a register; none where there is none."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---- what is called back ----


def holds(entry: Entry, recalled: Collection[str]) -> bool:
    """Whether a page shows a voice that may not be shown any more."""
    voices = entry.summary.get("released", {}).get("voices", ())
    return any(voice in recalled for voice in voices)


def recalled_files(record: RunRecord | None, recalled: Collection[str]) -> frozenset[str]:
    """The files of a run that hold a recalled voice: pages, prints and attachments."""
    entries = record.entries if record is not None else ()
    return frozenset(name for entry in entries if holds(entry, recalled) for name in entry.outputs)


def without_recalled(record: RunRecord, recalled: Collection[str]) -> RunRecord:
    """A run without the pages that hold a recalled voice."""
    return replace(record, entries=tuple(entry for entry in record.entries if not holds(entry, recalled)))
