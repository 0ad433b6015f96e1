"""A run made again from its manifest, and held against it byte for byte."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from playbook.publishing.manifest import (
    Entry,
    RunRecord,
    changed_inputs,
    found_place,
    inputs_of,
    read_manifest,
    versions,
)
from playbook.publishing.plan import Plan, Request, schema_of
from playbook.publishing.run import Run
from playbook.publishing.site import site_at
from playbook.rendering.notebook import find_notebook, notebook_folder
from playbook.running.processes import Engine, RunLimits
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem
from playbook.words.text import Lang, Text


def verify(
    manifest: Path,
    *,
    started_at: datetime,
    workspace: str | None = None,
    notebooks: Path | None = None,
    limits: RunLimits | None = None,
    engine: Engine | None = None,
    note: Callable[[Text], None] | None = None,
) -> tuple[Text, ...]:
    """What differs when a run is made again from its manifest, one message each; none where every byte is the same.

    Args:
        manifest: the manifest of the run.
        started_at: when this is asked; nothing depends on it.
        workspace: the workspace to read, if it is not where it was.
        notebooks: the folder of the reports; by default the built-in ones.
        limits: what a report may take.
        engine: see ``run_reports``.
        note: told, a message each, of pages that are not compared and of software that has another version now.

    Raises:
        ArgumentError: the file is not a manifest, or its workspace is gone.
    """
    record = read_manifest(manifest)
    if record is None:
        raise ArgumentError(Problem(str(manifest), msg("there is no such file")))
    place = workspace or found_place(record.workspace)
    now = inputs_of(place)
    if now is None and record.inputs:
        raise ArgumentError(Problem(place, msg("the workspace is gone"), hint=msg("name it with --workspace")))
    for line in _notes(record):
        (note or _silent)(line)
    changed = [msg("input {name}: changed", name=name) for name in changed_inputs(record.inputs, now or ())]
    again = _Again(record, place, notebooks or notebook_folder(), started_at, limits or RunLimits(), engine)
    alike: dict[tuple[str, Lang], list[Entry]] = {}
    for entry in record.entries:
        if entry.sha256 and not _of_earlier_run(entry):
            alike.setdefault((entry.as_of, entry.lang), []).append(entry)
    return (*changed, *(line for entries in alike.values() for line in again.differences(entries)))


def _silent(_: Text) -> None:
    return None


def _notes(record: RunRecord) -> Iterator[Text]:
    none = msg("none")
    for name, number in versions().items():
        then = record.versions.get(name, "")
        if then != number:
            yield msg("{name}: made with {then}, now {now}", name=name, then=then or none, now=number or none)
    for entry in record.entries:
        if not entry.sha256:
            yield msg("{page}: not compared: there is no page", page=entry.page)
        elif _of_earlier_run(entry):
            yield msg("{page}: not compared: a page of an earlier run", page=entry.page)


def _of_earlier_run(entry: Entry) -> bool:
    """Whether the page that stands is of earlier data: of a run before, or from before its report failed."""
    return entry.status == "older" or bool(entry.failure)


@dataclass(frozen=True, slots=True)
class _Again:
    """A run made again."""

    record: RunRecord
    place: str
    notebooks: Path
    started_at: datetime
    limits: RunLimits
    engine: Engine | None

    def differences(self, entries: Sequence[Entry]) -> Iterator[Text]:
        """What differs in some pages of one as-of and one language."""
        first, single = entries[0], self.record.single_file
        request = Request((), self.place, first.as_of, first.lang, None, (), {}, single, self.notebooks)
        plans = [_again(entry, self.place, self.notebooks) for entry in entries]
        run = Run(request, plans, (), {}, self.limits, self.engine, True, self.started_at, lambda _: None)
        with tempfile.TemporaryDirectory(prefix="playbook-") as folder:
            made = {entry.page: entry for entry in run.publish(site_at(Path(folder) / "reports")).entries}
        for entry in entries:
            yield from _compared(entry, made[entry.page])


def _again(entry: Entry, place: str, folder: Path) -> Plan:
    path = find_notebook(entry.report, folder, entry.lang)
    schema = schema_of(path)
    given: dict[str, object] = {**entry.parameters}
    if "workspace" in schema.names:
        given["workspace"] = str(Path(place).absolute()) if Path(place).exists() else place
    return Plan(entry.report, path, entry.target, entry.target_label, schema.check(given), entry.page, "")


def _compared(before: Entry, now: Entry) -> Iterator[Text]:
    if now.failure:
        yield msg("{page}: failed: {failure}", page=before.page, failure=now.failure)
        return
    if before.sha256 != now.sha256:
        yield _differs(before.page)
    then, today = ({file.name: file.sha256 for file in entry.files} for entry in (before, now))
    for name in sorted(then.keys() | today.keys()):
        if then.get(name) != today.get(name):
            yield _differs(f"{before.files_folder}/{name}")


def _differs(page: str) -> Text:
    return msg("{page}: differs", page=page)
