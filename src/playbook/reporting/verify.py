"""A run made again from its manifest, and held against it byte for byte."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from playbook.errors import ArgumentError, Problem
from playbook.reporting.manifest import Entry, RunRecord, changed_inputs, inputs_of, read_manifest
from playbook.reporting.notebook import find_notebook, notebook_folder
from playbook.reporting.plan import Plan, Request, schema_of
from playbook.reporting.pool import Engine, Limits
from playbook.reporting.publish import site_at
from playbook.reporting.run import Run


def verify(
    manifest: Path,
    *,
    started_at: datetime,
    workspace: str | None = None,
    notebooks: Path | None = None,
    limits: Limits | None = None,
    engine: Engine | None = None,
) -> tuple[str, ...]:
    """What differs when a run is made again from its manifest, one line each; none where every byte is the same.

    Raises:
        ArgumentError: the file is not a manifest, or its workspace is gone.
    """
    record = read_manifest(manifest)
    if record is None:
        raise ArgumentError(Problem(str(manifest), "there is no such file"))
    place = workspace or record.workspace
    now = inputs_of(place, manifest.parent)
    if now is None and record.inputs:
        raise ArgumentError(Problem(place, "the workspace is gone", hint="name it with --workspace"))
    changed = [f"input {name}: changed" for name in changed_inputs(record.inputs, now or ())]
    folder = notebooks or notebook_folder()
    with tempfile.TemporaryDirectory(prefix="playbook-") as again:
        asked = (record.as_of, record.lang)
        entries = [entry for entry in record.entries if entry.sha256 and (entry.as_of, entry.lang) == asked]
        return (*changed, *_differences(record, entries, place, folder, Path(again), started_at, limits, engine))


def _differences(
    record: RunRecord,
    entries: Sequence[Entry],
    place: str,
    folder: Path,
    again: Path,
    started_at: datetime,
    limits: Limits | None,
    engine: Engine | None,
) -> Iterator[str]:
    plans = [_again(entry, place, folder) for entry in entries]
    request = Request((), place, record.as_of, record.lang, None, (), {}, record.single_file, folder)
    run = Run(request, plans, (), {}, limits or Limits(), engine, True, started_at, lambda _: None)
    made = {entry.page: entry for entry in run.publish(site_at(again / "reports")).entries}
    for entry in entries:
        yield from _compared(entry, made[entry.page])


def _again(entry: Entry, place: str, folder: Path) -> Plan:
    path = find_notebook(entry.report, folder)
    schema = schema_of(path)
    given: dict[str, object] = {**entry.parameters}
    if "workspace" in schema.names:
        given["workspace"] = str(Path(place).absolute()) if Path(place).exists() else place
    return Plan(entry.report, path, entry.target, entry.target_label, schema.check(given), entry.page, "")


def _compared(before: Entry, now: Entry) -> Iterator[str]:
    if now.failure:
        yield f"{before.page}: failed: {now.failure}"
        return
    if before.sha256 != now.sha256:
        yield f"{before.page}: differs"
    then, today = ({file.name: file.sha256 for file in entry.files} for entry in (before, now))
    for name in sorted(then.keys() | today.keys()):
        if then.get(name) != today.get(name):
            yield f"{before.files_folder}/{name}: differs"
