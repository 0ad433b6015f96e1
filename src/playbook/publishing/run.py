"""All of a run: plan, make what has changed, publish it whole, write down what happened."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from playbook.publishing import index
from playbook.publishing.freshness import ConcernError, OnConcern, concerns
from playbook.publishing.manifest import (
    MANIFEST,
    Entry,
    InputFile,
    RunRecord,
    changed_inputs,
    changed_since,
    changed_versions,
    file_digest,
    files_folder,
    inputs_of,
    print_of,
    read_manifest,
    same_files,
    to_text,
    told_place,
    versions,
)
from playbook.publishing.owned import INDEX, STATUS, owned, refuse_foreign, refuse_in_the_way
from playbook.publishing.plan import Each, Known, Plan, Request, Targets, plans_of
from playbook.publishing.register import holds, recalled_files, without_recalled
from playbook.publishing.site import (
    Site,
    carry,
    locked,
    publish_folder,
    published_files,
    recover,
    site_at,
    staging,
    writing_to,
)
from playbook.publishing.status import RunStatus, read_status, status_of, write_status
from playbook.rendering.frame import plotly_file
from playbook.rendering.notebook import notebook_folder, read_notebook, title_of
from playbook.running.job import Job, JobResult, write_whole
from playbook.running.processes import Engine, RunLimits, run_jobs
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, Said, said
from playbook.words.text import Lang, Text

Describe = Callable[[str], Mapping[str, Any]]
Printer = Callable[[Path, Path], None]

KEPT_RUNS = 5
"""The earlier runs whose pages are kept."""

KEPT_LOGS = 9
"""The runs whose logs of failures are kept."""

KEPT_RECORDS = 99
"""The earlier runs whose records are kept."""

_WAITING = msg("another run is publishing to {}: waiting")


@dataclass(frozen=True, slots=True)
class Progress:
    """One report is done: how many are, of how many, and what became of it."""

    done: int
    total: int
    entry: Entry


def run_reports(
    reports: Sequence[str],
    *,
    workspace: str,
    as_of: str | date | datetime,
    out: Path,
    started_at: datetime,
    lang: Lang = "ja",
    each: Each | None = None,
    only: Sequence[str] = (),
    targets: Targets | None = None,
    known: Known | None = None,
    describe: Describe | None = None,
    parameters: Mapping[str, object] | None = None,
    notebooks: Path | None = None,
    single_file: bool = False,
    force: bool = False,
    dry_run: bool = False,
    timeout: float = 600,
    memory: float = 0,
    workers: int = 0,
    wait: float = 600,
    stale_days: int = 0,
    on_concern: OnConcern = "warn",
    engine: Engine | None = None,
    printer: Printer | None = None,
    recalled: Collection[str] = (),
    progress: Callable[[Progress], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> RunRecord:
    """Make reports and publish them; the record has one entry per page that stands, or should stand, in ``out``.

    Args:
        reports: names of reports or paths of notebooks; none means all in ``notebooks``.
        workspace: folder, file or database the notebooks read.
        as_of: the moment the question is asked for.
        out: the folder to publish to.
        started_at: when the run started, for its name and the index; nothing in a page depends on it.
        lang: the language of the pages.
        each: one page per client, placement or owner, for the reports that can be narrowed to one.
        only: ids of the clients, placements or owners to make pages for; none means all.
        targets: gives the ids and names to make pages for.
        known: gives all ids that a parameter (``client``, ``case``, ``owner``) may name; without, any may be named.
        describe: says what is in the workspace, for manifest and index: ``label``, ``counts`` (rows with ``table``,
            ``read``, ``accepted``, ``quarantined``), ``rule_books`` (rows with ``id``, ``name``, ``sha256``),
            ``newest`` (the day of the newest row).
        parameters: more parameters, for the reports that declare them.
        notebooks: the folder the reports are in; by default the built-in ones.
        single_file: put plotly's script into each page with charts, so that one file is all there is.
        force: make also what has not changed.
        dry_run: only say what would be made.
        timeout: seconds a report may take; 0 for no limit.
        memory: MB a report may take; 0 for no limit.
        workers: reports made at a time; 0 means as many as there are cores.
        wait: seconds to wait for another run that publishes to the same folder.
        stale_days: how old the newest row may be before it is a concern; 0 for any age.
        on_concern: what to do where data are old or far fewer than last time: say so, or stop (see ``freshness``).
        engine: ``papermill`` never forks; a function that gives each job with its outcome runs them elsewhere.
        printer: prints a page to a PDF file, which is published beside it; it makes no file where it cannot.
        recalled: keys of voices whose consent was withdrawn: older pages that show them go, those kept as well.
        progress: told of every report that is done.
        say: told, in one line, what a person should know while it runs.

    Raises:
        ArgumentError: an unknown report, parameter or target, before anything has started.
        PublishError: the folder cannot be written to.
        ConcernError: the data look wrong and the run was asked to stop for it.
    """
    request = Request(
        tuple(reports),
        workspace,
        as_of if isinstance(as_of, str) else as_of.isoformat(),
        lang,
        each,
        tuple(only),
        dict(parameters or {}),
        single_file,
        notebooks or notebook_folder(),
    )
    inputs = inputs_of(request.workspace)
    plans = plans_of(request, inputs, targets, known, read_manifest(out / MANIFEST))
    limits = RunLimits(timeout, memory, workers)
    if dry_run:
        before = read_manifest(out / MANIFEST)
        return _dry(request, plans, before, inputs, out, force, started_at)
    described = dict(describe(request.workspace)) if describe is not None else {}
    run = Run(request, plans, inputs or (), described, limits, engine, force, started_at, progress or _silent, printer,
              frozenset(recalled))  # fmt: skip
    site = site_at(out)
    with locked(site, wait, lambda: (say or _silent)(_WAITING.say(lang).format(out))):
        recover(site)
        refuse_foreign(site.out, request.workspace)
        worries = _worries(request, described, read_manifest(out / MANIFEST), stale_days, on_concern)
        told = [worry.say(lang) for worry in worries]
        for worry in told:
            (say or _silent)(worry)
        return replace(run, described={**described, "concerns": told}).publish(site)


def _worries(
    request: Request, described: Mapping[str, Any], before: RunRecord | None, stale_days: int, on_concern: OnConcern
) -> tuple[Text, ...]:
    then = before.described if before is not None else {}
    found = concerns(described, then, as_of=request.as_of, stale_days=stale_days)
    if found and on_concern == "stop":
        raise ConcernError(Problem(request.workspace, each, hint=msg("nothing was changed")) for each in found)
    return found


def _silent(_: object) -> None:
    return None


def _dry(
    request: Request,
    plans: Sequence[Plan],
    before: RunRecord | None,
    inputs: Sequence[InputFile] | None,
    out: Path,
    force: bool,
    started_at: datetime,
) -> RunRecord:
    known = inputs is not None and not force
    standing = [_unchanged(plan, before, out) if known else None for plan in plans]
    entries = tuple(
        entry or _planned(plan.entry(request, status="planned"), before, inputs, force)
        for plan, entry in zip(plans, standing, strict=True)
    )
    return _record(request, "", started_at, tuple(inputs or ()), entries)


_WHY = {
    "asked": msg("asked to make all again"),
    "new": msg("a new page"),
    "failed": msg("it failed last time"),
    "unseen": msg("a database may have changed unseen"),
    "other": msg("its notebook, or the code of playbook"),
    "gone": msg("the published page was changed or is gone"),
}


def _planned(planned: Entry, before: RunRecord | None, inputs: Sequence[InputFile] | None, force: bool) -> Entry:
    return replace(planned, why=said(_why(planned, before, inputs, force), planned.lang))


def _why(planned: Entry, before: RunRecord | None, inputs: Sequence[InputFile] | None, force: bool) -> Said:
    """Why a page would be made, in a few words: what has changed since it was."""
    entry = next((one for one in _entries(before) if one.page == planned.page), None)
    if before is None or entry is None or force:
        return _WHY["asked" if entry is not None else "new"]
    if entry.failure:
        return _WHY["failed"]
    if inputs is None:
        return _WHY["unseen"]
    changed = (
        *changed_inputs(before.inputs, inputs),
        *changed_versions(before.versions),
        *_asked_otherwise(entry, planned),
    )
    return ", ".join(changed) or _WHY["gone" if entry.key == planned.key else "other"]


def _asked_otherwise(then: Entry, now: Entry) -> Iterator[str]:
    """What a page was made with and would be made with now, where that differs: ``as_of 2026-11-16 -> 2026-11-23``."""
    before, after = ({"as_of": one.as_of, "lang": one.lang, **one.parameters} for one in (then, now))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"{name} {before.get(name, '-')} -> {after.get(name, '-')}"


def _unchanged(plan: Plan, before: RunRecord | None, out: Path) -> Entry | None:
    """The entry of the page that stands already for a plan, if it is the same page still."""
    for entry in _entries(before):
        if entry.key == plan.key and not entry.failure and same_files(out, entry):
            return replace(entry, status="unchanged")
    return None


def _record(
    request: Request, run: str, started_at: datetime, inputs: tuple[InputFile, ...], entries: tuple[Entry, ...]
) -> RunRecord:
    return RunRecord(
        run=run,
        started_at=started_at.isoformat(timespec="seconds"),
        workspace=told_place(request.workspace),
        as_of=request.as_of,
        lang=request.lang,
        inputs=inputs,
        entries=entries,
        single_file=request.single_file,
        versions=versions(),
    )


# ---- making and publishing ----


@dataclass(frozen=True)
class Run:
    """One run that holds the lock of its folder."""

    request: Request
    plans: list[Plan]
    inputs: tuple[InputFile, ...]
    described: dict[str, Any]
    limits: RunLimits
    engine: Engine | None
    force: bool
    started_at: datetime
    progress: Callable[[Progress], None]
    printer: Printer | None = None
    recalled: frozenset[str] = frozenset()

    @property
    def skips(self) -> bool:
        """Whether pages that would come out the same are left alone; a database may have changed unseen."""
        return bool(self.inputs) and not self.force

    def publish(self, site: Site) -> RunRecord:
        """Make what has changed, and publish the whole."""
        began = time.perf_counter()
        before, mine, pours = read_manifest(site.out / MANIFEST), owned(site.out), site.pours
        name = _run_name(self.started_at, site.out)
        with ExitStack() as stack:
            stage = stack.enter_context(staging(site))
            # Of the same kind as the stage, so that the next run removes what a killed one leaves.
            work = stack.enter_context(staging(site))
            with writing_to(site.out):
                made = self._make(stage, work, name, before, site)
                entries = self._permitted(_together(self.request, self.inputs, made, before, site.out))
                banned = self._banned(before, site.out)
                if (
                    before is not None
                    and not banned
                    and _same(entries, before)
                    and not self._unprinted(site.out, entries)
                ):
                    return self._standing(before, entries, site.out)
                record = replace(
                    _record(self.request, name, self.started_at, self.inputs, entries),
                    described=self.described,
                    older=_older(before, entries),
                    changed=None if before is None else changed_since(before, self.inputs, self.described),
                    seconds=round(time.perf_counter() - began, 3),
                )
                mine |= _outdated_prints(record, before) | banned
                strangers = set() if pours else set(published_files(site.out)) - mine
                _bring(stage, site.out, record, before and without_recalled(before, self.recalled), strangers, banned)
                self._correct_history(stage, record, banned)
                record = replace(record, entries=self._printed(stage, entries))
                gone = _complete(stage, record, mine)
            refuse_in_the_way(site.out, _pages_in(stage, site.out), mine)
            publish_folder(stage, site, gone, pours=pours)
        return record

    def _permitted(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """The entries without pages of earlier runs that hold a recalled voice; this run's never do."""
        return tuple(entry for entry in entries if entry.status == "made" or not holds(entry, self.recalled))

    def _banned(self, before: RunRecord | None, out: Path) -> frozenset[str]:
        """The files of the published folder that hold a recalled voice: of the run before, and of those kept."""
        if not self.recalled or before is None:
            return frozenset()
        kept = {run: read_manifest(out / "runs" / f"{run}.json") for run in before.older}
        history = {f"history/{run}/{name}" for run, one in kept.items() for name in recalled_files(one, self.recalled)}
        return frozenset(name for name in (*recalled_files(before, self.recalled), *history) if (out / name).exists())

    def _correct_history(self, stage: Path, record: RunRecord, banned: frozenset[str]) -> None:
        """Indexes of kept runs that lost a page, without it; a kept index is a link to the published one: made anew."""
        lost = {name.split("/")[1] for name in banned if name.startswith("history/")}
        for run in lost & set(record.older):
            kept = read_manifest(stage / "runs" / f"{run}.json")
            if kept is not None:
                page = stage / "history" / run / "index.html"
                page.unlink(missing_ok=True)
                _write(page, index.index_html(without_recalled(kept, self.recalled), (), newest="../../index.html"))

    def _standing(self, before: RunRecord, entries: tuple[Entry, ...], out: Path) -> RunRecord:
        """The run before, which stands; the status says that it was looked at, and the index what it said before."""
        record = replace(before, entries=entries)
        if read_status(out).get("status") == "refused":
            write_whole(out / INDEX, index_of(before, out))
        write_status(out, status_of(record, self.started_at.isoformat(timespec="seconds")))
        return record

    def _make(self, stage: Path, work: Path, name: str, before: RunRecord | None, site: Site) -> list[Entry]:
        """One entry per plan: kept where nothing has changed, else made into the stage."""
        kept: list[Entry] = []
        jobs: dict[str, tuple[Plan, Job]] = {}
        for number, plan in enumerate(self.plans):
            same = _unchanged(plan, before, site.out) if self.skips else None
            if same is not None:
                kept.append(same)
                self.progress(Progress(len(kept), len(self.plans), same))
            else:
                job = self._job(plan, stage, work / str(number))
                jobs[job.outcome] = (plan, job)
        made = list(kept)
        for job, outcome in run_jobs([job for _, job in jobs.values()], self.limits, self.engine):
            entry = self._entry(jobs[job.outcome][0], job, outcome, stage, site.logs / name, before)
            made.append(entry)
            self.progress(Progress(len(made), len(self.plans), entry))
        order = {(plan.report, plan.target): place for place, plan in enumerate(self.plans)}
        return sorted(made, key=lambda entry: order[entry.report, entry.target])

    def _unprinted(self, folder: Path, entries: Sequence[Entry]) -> list[Entry]:
        """The pages that were asked for in print and have none."""
        asked = {plan.page for plan in self.plans} if self.printer else set()
        return [
            one for one in entries if one.page in asked and one.sha256 and not (folder / print_of(one.page)).exists()
        ]

    def _printed(self, stage: Path, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """The entries with the hash of the print beside each page, the missing ones made."""
        for entry in self._unprinted(stage, entries):
            assert self.printer is not None
            self.printer(stage / entry.page, stage / print_of(entry.page))
        prints = (stage / print_of(entry.page) for entry in entries)
        hashes = (file_digest(file) if file.is_file() else "" for file in prints)
        return tuple(replace(entry, pdf=digest) for entry, digest in zip(entries, hashes, strict=True))

    def _job(self, plan: Plan, stage: Path, work: Path) -> Job:
        up = "../" * plan.page.count("/")
        work.mkdir()
        return Job(
            report=plan.report,
            notebook=str(plan.notebook.absolute()),
            parameters=plan.parameters,
            page=str(stage / plan.page),
            outcome=str(work / "outcome.json"),
            files=str(stage / files_folder(plan.page)),
            log=str(work / "log.txt"),
            lang=self.request.lang,
            as_of=self.request.as_of,
            target=plan.target_label or plan.target,
            plotly_src=None if self.request.single_file else up + plotly_asset(),
            files_href=files_folder(plan.page).rpartition("/")[2] + "/",
            index_href="index.html",
        )

    def _entry(
        self, plan: Plan, job: Job, outcome: JobResult, stage: Path, logs: Path, before: RunRecord | None
    ) -> Entry:
        if outcome.failure is not None:
            return self._failed(plan, job, outcome, stage, logs, before)
        page = stage / plan.page
        return plan.entry(
            self.request,
            status="made",
            run=logs.name,
            title=outcome.title,
            sha256=file_digest(page),
            bytes=page.stat().st_size,
            files=outcome.files,
            summary=outcome.summary,
            seconds=outcome.seconds,
        )

    def _failed(
        self, plan: Plan, job: Job, outcome: JobResult, stage: Path, logs: Path, before: RunRecord | None
    ) -> Entry:
        """The entry of a report that failed: the page that was good stays, and a page says what happened."""
        assert outcome.failure is not None
        for left in (stage / plan.page, stage / files_folder(plan.page)):
            shutil.rmtree(left, ignore_errors=True)
            left.unlink(missing_ok=True)
        log = _keep_log(job, logs, plan)
        standing = _standing(plan, before) or plan.entry(self.request, status="failed")
        failed = replace(
            standing,
            status="failed",
            key="",
            target_label=plan.target_label,
            title=standing.title or title_of(read_notebook(plan.notebook)),
            seconds=outcome.seconds,
            failure=outcome.failure.line(self.request.lang),
            failure_page=plan.page.removesuffix(".html") + ".failed.html",
            log=log,
        )
        _write(stage / failed.failure_page, index.failure_html(failed, outcome.failure, self.request.lang))
        return failed


def _keep_log(job: Job, folder: Path, plan: Plan) -> str:
    """Keep the full story of a failure for whoever has to mend it; where it stands, empty where there is none.

    It names folders of this machine and may hold anything, so it is kept for its owner alone, out of what is served.
    """
    log = Path(job.log)
    if not log.is_file():
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    folder.parent.chmod(0o700)
    kept = folder / f"{plan.page.replace('/', '_').removesuffix('.html')}.txt"
    shutil.copyfile(log, kept)
    for old in sorted(path for path in folder.parent.iterdir() if path.is_dir())[:-KEPT_LOGS]:
        shutil.rmtree(old, ignore_errors=True)
    return f"{folder.parent.name}/{folder.name}/{kept.name}"


def _standing(plan: Plan, before: RunRecord | None) -> Entry | None:
    return next((entry for entry in _entries(before) if entry.page == plan.page and entry.sha256), None)


@cache
def plotly_asset() -> str:
    """Where plotly's script stands in the published folder; its name changes with its content."""
    return f"assets/plotly-{file_digest(plotly_file())[:8]}.min.js"


def _run_name(started_at: datetime, out: Path) -> str:
    """A name for the run by its start, told apart from those of the same second."""
    base = started_at.strftime("%Y%m%dT%H%M%S")
    names = (base if n == 1 else f"{base}-{n}" for n in range(1, 10_000))
    return next(name for name in names if not (out / "runs" / f"{name}.json").exists())


def _together(
    request: Request, inputs: tuple[InputFile, ...], made: Sequence[Entry], before: RunRecord | None, out: Path
) -> tuple[Entry, ...]:
    """The entries of this run, and those of earlier runs whose pages stand on; what somebody removed is gone."""
    same_data = before is not None and bool(inputs) and before.inputs == inputs and before.versions == versions()
    pages = {entry.page for entry in made}
    complete = {entry.report for entry in made if not request.only}
    narrowed = {entry.report for entry in made if entry.target}
    stay = [
        entry
        if entry.status == "older"
        else replace(entry, status="unchanged" if same_data and entry.as_of == request.as_of else "older")
        for entry in _entries(before)
        if entry.page not in pages
        and (not entry.sha256 or (out / entry.page).is_file())
        # A client who is no longer in the data has no page any more, nor has a report that is no longer there.
        and not (entry.target and entry.report in complete & narrowed)
        and (request.reports or entry.report in {each.report for each in made})
    ]
    return (*made, *stay)


def _same(entries: Sequence[Entry], before: RunRecord) -> bool:
    """Whether nothing was made and nothing goes, so that what is published can stay as it is."""
    pages = {entry.page for entry in before.entries}
    standing = all(entry.status in ("unchanged", "older") for entry in entries)
    return standing and pages == {entry.page for entry in entries}


def _older(before: RunRecord | None, entries: Sequence[Entry]) -> tuple[str, ...]:
    """The earlier runs whose pages are kept: one more where this run changed a page."""
    if before is None:
        return ()
    then, now = ({entry.page: entry.sha256 for entry in each if entry.sha256} for each in (before.entries, entries))
    changed = bool(then) and then != now
    return ((before.run,) * changed + before.older)[:KEPT_RUNS]


def _bring(
    stage: Path,
    out: Path,
    record: RunRecord,
    before: RunRecord | None,
    strangers: set[str],
    banned: frozenset[str] = frozenset(),
) -> None:
    """Bring into the stage what stays of the published folder: pages that stand on, runs before, files of others.

    Editions that leave the house are kept as they are now, and not as they were; what is `banned` not at all.
    """
    _bring_script(stage, out)
    there = [name for name in published_files(out) if name not in banned]
    new = set(published_files(stage))
    wanted = {name for entry in record.entries for name in entry.outputs}
    records = sorted(name for name in there if name.startswith("runs/") and name not in strangers)
    scripts = {name for name in there if name.startswith("assets/plotly-")}
    kept = (wanted - _outdated_prints(record, before) | strangers | scripts | set(records[-KEPT_RECORDS:])) - new
    carry(out, stage, [name for name in there if name in kept])
    for run in record.older[1:] if _is_kept(before, record) else record.older:
        earlier = read_manifest(out / "runs" / f"{run}.json")
        folder = f"history/{run}/"
        left = {folder + name for name in _leaving(earlier)}
        carry(out, stage, [name for name in there if name.startswith(folder) and name not in left])
    if before is not None and _is_kept(before, record):
        pages = {name for entry in before.entries for name in entry.outputs} - set(_leaving(before))
        _keep(before, stage, out, [name for name in there if name in pages | scripts])


def _is_kept(before: RunRecord | None, record: RunRecord) -> bool:
    """Whether this run makes the run before it one of the earlier ones."""
    return before is not None and record.older[:1] == (before.run,)


def _leaving(record: RunRecord | None) -> list[str]:
    """The files of editions that leave the house."""
    return [name for entry in _entries(record) if entry.leaves_the_house for name in entry.outputs]


def _pages_in(stage: Path, out: Path) -> list[str]:
    """The files of the next folder that are not those of the published one brought along."""
    return [
        name for name in published_files(stage) if not ((out / name).exists() and (out / name).samefile(stage / name))
    ]


def index_of(record: RunRecord, folder: Path, missed: RunStatus | None = None) -> str:
    """The index of a published folder, of a run and those before it; `missed`: a later run that was refused."""
    return index.index_html(record, _records(record, folder), missed=missed)


def _complete(stage: Path, record: RunRecord, mine: set[str]) -> list[str]:
    """Write indexes and records into the full stage; the files of runs in the published folder that are not in it."""
    told = to_text(record)
    _write(stage / "runs" / f"{record.run}.json", told)
    _write(stage / INDEX, index_of(record, stage))
    write_folder_indexes(stage, record)
    _write(stage / STATUS, status_of(record).text)
    _write(stage / MANIFEST, told)
    return sorted(mine - set(published_files(stage)))


def write_folder_indexes(stage: Path, record: RunRecord) -> None:
    """An index in the folder of each client, owner or placement, which speaks of its pages alone."""
    entries: dict[str, list[Entry]] = {}
    for entry in record.entries:
        entries.setdefault(entry.folder, []).append(entry)
    for folder in sorted(filter(None, entries)):
        _write(stage / folder / INDEX, index.folder_html(replace(record, entries=tuple(entries[folder])), folder))


def _outdated_prints(record: RunRecord, before: RunRecord | None) -> set[str]:
    """The PDFs of pages that changed or went: a print must never stand beside a page that says something else."""
    now = {entry.page: entry.sha256 for entry in record.entries}
    changed = (entry.page for entry in _entries(before) if entry.sha256 != now.get(entry.page))
    return {print_of(page) for page in changed}


def _entries(record: RunRecord | None) -> Sequence[Entry]:
    return record.entries if record is not None else ()


def _keep(before: RunRecord, stage: Path, out: Path, names: Sequence[str]) -> None:
    """Keep the pages of the run before as they were, with an index of their own."""
    folder = f"history/{before.run}"
    carry(out, stage, names, into=folder)
    shown = replace(before, entries=tuple(entry for entry in before.entries if not entry.leaves_the_house))
    _write(stage / folder / INDEX, index.index_html(shown, (), newest="../../index.html"))
    write_folder_indexes(stage / folder, shown)


def _records(record: RunRecord, stage: Path) -> list[RunRecord]:
    found = (read_manifest(stage / "runs" / f"{run}.json") for run in record.older)
    return [each for each in found if each is not None]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # what is linked to a published file must never be written to
    path.write_text(text, encoding="utf-8", newline="\n")


def _bring_script(stage: Path, out: Path) -> None:
    """Put plotly's script into the stage where a page asks for it, unless the published folder has it to be carried."""
    name = plotly_asset()
    if not any(name in page.read_text(encoding="utf-8") for page in stage.rglob("*.html")):
        return
    if (out / name).is_file() and file_digest(out / name).startswith(name.split("-")[1].split(".")[0]):
        return
    script = stage / name
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(plotly_file(), script)
