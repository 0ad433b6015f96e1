"""How the last run went, in a small file beside the pages: for whoever watches, and for whoever is told.

``status.json`` in the published folder, one object: see ``RunStatus``. Every run writes it, also one that found
nothing to do and by one that was refused, so that its age says whether the Monday job runs at all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from playbook.publishing.manifest import RunRecord
from playbook.publishing.owned import STATUS
from playbook.running.job import write_whole


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How a run went.

    Attributes:
        status: ``done``; ``failed``, some pages could not be made; ``refused``, nothing was changed.
        exit_status: of the command: 0, 1 or 2.
        at: when the run started.
        workspace: as people call it.
        as_of: the moment the pages that stand speak of; empty where none stand.
        run: the run that published them.
        why: what was wrong, one sentence each; concerns about the data, where there was nothing else.
        pages: how many pages there are of each kind: ``made``, ``unchanged``, ``older``, ``failed``.
        failed: the pages that could not be made: ``report``, ``target``, ``failure``.
    """

    status: Literal["done", "failed", "refused"]
    exit_status: int
    at: str
    workspace: str = ""
    as_of: str = ""
    run: str = ""
    why: tuple[str, ...] = ()
    pages: dict[str, int] = field(default_factory=dict)
    failed: tuple[dict[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The status as JSON for people and programs."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def status_of(record: RunRecord, at: str = "") -> RunStatus:
    """How a run went that published, or found that all stands."""
    failed = [entry for entry in record.entries if entry.status == "failed"]
    return RunStatus(
        "failed" if failed else "done",
        record.exit_status,
        at or record.started_at,
        str(record.described.get("label", "")),
        record.as_of,
        record.run,
        tuple(record.described.get("concerns", ())),
        dict(sorted(Counter(entry.status for entry in record.entries).items())),
        tuple({"report": entry.report, "target": entry.whom, "failure": entry.failure} for entry in failed),
    )


def refused(at: datetime, why: Sequence[str], standing: RunRecord | None, exit_status: int = 2) -> RunStatus:
    """How a run went that changed nothing."""
    label, as_of, run = ("", "", "")
    if standing is not None:
        label, as_of, run = str(standing.described.get("label", "")), standing.as_of, standing.run
    return RunStatus("refused", exit_status, at.isoformat(timespec="seconds"), label, as_of, run, tuple(why))


def read_status(out: Path) -> dict[str, Any]:
    """What the status file of a folder says; nothing where there is none."""
    try:
        told = json.loads((out / STATUS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def write_status(out: Path, status: RunStatus) -> None:
    """Write the status file of a folder."""
    write_whole(out / STATUS, status.text)
