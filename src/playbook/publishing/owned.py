"""What in a published folder is a run's own, and where a run must not publish.

Everything else in the folder is somebody's: it is never overwritten, moved or removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from playbook.publishing.manifest import MANIFEST, RunRecord, read_manifest, told_place
from playbook.publishing.site import PublishError, published_files
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem

INDEX = "index.html"
STATUS = "status.json"

_RUN = r"\d{8}T\d{6}(-\d+)?"
_RECORD = re.compile(rf"runs/({_RUN})\.json")
_EARLIER = re.compile(rf"(history|\.logs)/({_RUN})/")
_SCRIPT = re.compile(r"assets/plotly-[0-9a-f]{8}\.min\.js")
_SHOWN = 3


def owned(out: Path) -> set[str]:
    """The files of a published folder that runs have made, and may replace or remove."""
    there = published_files(out)
    records = [record for record in (standing_run(out), *_records(out)) if record is not None]
    runs = {record.run for record in records} | {run for record in records for run in record.older}
    made = {name for record in records for name in outputs(record)}
    return {name for name in there if name in made or _is_of_runs(name, runs)}


def outputs(record: RunRecord) -> Iterator[str]:
    """The files that a run's record stands for in the published folder, its index and its record left out."""
    yield from (INDEX, MANIFEST, STATUS)
    for entry in record.entries:
        yield from entry.outputs
        if entry.folder:
            yield f"{entry.folder}/{INDEX}"


def _is_of_runs(name: str, runs: set[str]) -> bool:
    earlier, record = _EARLIER.match(name), _RECORD.fullmatch(name)
    return bool(
        (earlier and earlier[2] in runs) or (record and record[1] in runs) or (runs and _SCRIPT.fullmatch(name))
    )


def standing_run(out: Path) -> RunRecord | None:
    """The run whose pages stand in a folder; of one whose manifest somebody removed, as its last record tells."""
    record = read_manifest(out / MANIFEST)
    return record if record is not None else next(_records(out), None)


def _records(out: Path) -> Iterator[RunRecord]:
    """The records of runs in a folder, the latest first; what only looks like one is none. No other folder in it is
    looked into: it may be somebody's whole disk."""
    named = (f"runs/{path.name}" for path in (out / "runs").glob("*.json") if path.is_file())
    for name in sorted(filter(_RECORD.fullmatch, named), reverse=True):
        try:
            record = read_manifest(out / name)
        except ArgumentError:
            continue
        if record is not None:
            yield record


def refuse_foreign(out: Path, workspace: str) -> None:
    """PublishError where a run would harm what is in a folder.

    That is a folder which holds something, and no run made any of it (hidden files and a README are let be); and one
    that holds pages of a workspace of one's own, where those of the sample workspace are to be published.
    """
    if not out.is_dir():
        return
    before = standing_run(out)
    if before is None:
        strangers = sorted(path.name for path in out.iterdir() if not _is_harmless(path.name))
        if strangers:
            shown = ", ".join(strangers[:_SHOWN]) + " ..." * (len(strangers) > _SHOWN)
            hint = msg("name a new folder with --out; nothing was changed")
            allowed = msg("an empty folder, or one that a run has published to")
            raise PublishError(
                Problem(str(out), msg("holds files that no run made: {shown}", shown=shown), allowed, hint)
            )
    elif before.workspace and not told_place(workspace):
        found = msg(
            "holds the pages of {workspace}, and these would be of the sample workspace", workspace=before.workspace
        )
        hint = msg("name your workspace with --workspace, or another folder with --out; nothing was changed")
        raise PublishError(Problem(str(out), found, hint=hint))


def _is_harmless(name: str) -> bool:
    return name.startswith(".") or name.lower().startswith("readme")


def refuse_in_the_way(out: Path, names: Iterable[str], mine: set[str]) -> None:
    """PublishError where a page is to go where a file stands that no run made."""
    taken = sorted(name for name in names if name not in mine and ((out / name).exists() or (out / name).is_symlink()))
    if taken:
        hint = msg("move it to another place, or name another folder with --out; nothing was changed")
        raise PublishError(
            Problem(str(out / taken[0]), msg("stands where a page is to go, and no run made it"), hint=hint)
        )
