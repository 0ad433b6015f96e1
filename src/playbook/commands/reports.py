"""`playbook run` and `playbook verify`: reports made and published, and made again to compare."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli

from playbook.ask.remembered import hand_on, last_touched
from playbook.commands.answering import take_in_lists
from playbook.commands.arguments import Asked
from playbook.commands.output import write_frame
from playbook.commands.session import Session
from playbook.commands.terminal import progress, say, silence_output
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, PlaybookError, Problem
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    import polars as pl

    from playbook.publishing.reports import Each, Progress, RunRecord
    from playbook.publishing.status import RunStatus
    from playbook.running.processes import Engine, WarmEngine

OUT = Path("reports")
_UNTOLD = msg("published, but standard output cannot be written to")
_COLUMNS = ("report", "target", "page", "status", "seconds", "failure")


def run(asked: Asked, warm: WarmEngine | None = None) -> int:
    """Make the reports and publish them; what became of each as rows, and the exit status.

    Where a process is warming up already, it makes them, and is handed the workspace. How it went is told on the index
    and in the status file of the folder, and to whoever is to be notified, also where nothing could be done.
    """
    if asked.get("workspaces"):
        from playbook.commands.many import run_each

        return run_each(asked)
    began = datetime.now().astimezone()
    out = asked["out"] or OUT
    try:
        done = publish(asked, out, warm)
    except Exception as error:
        if not asked["dry_run"]:
            tell_others(asked, refused_with(out, began, error, asked["lang"] or "ja"))
        raise
    write_rows(asked, _rows(done.record, asked["dry_run"]))
    if asked["dry_run"]:
        return done.exit_status
    done.session.tell(msg("published: {value}", value=out / "index.html"))
    return max(done.exit_status, tell_others(asked, done.status))


@dataclass(frozen=True)
class Done:
    """A run that has published."""

    session: ReportSession
    record: RunRecord
    exit_status: int

    @property
    def status(self) -> RunStatus:
        """How it went."""
        from playbook.publishing.status import status_of

        return replace(status_of(self.record), exit_status=self.exit_status)


def publish(asked: Asked, out: Path, warm: WarmEngine | None = None) -> Done:
    """Make the reports of one workspace and publish them to a folder; PlaybookError where nothing could be done."""
    from playbook.publishing.reports import run_reports

    session = ReportSession(asked)
    if not asked["dry_run"]:
        take_in_lists(session)
    if warm is not None:
        touched = last_touched(session.place)
        week = bool(asked["each"])
        warm.hand = lambda file: hand_on(file, session.workspace, touched, session.day, week=week)
    named = ("timeout", "memory", "workers", "on_concern")
    limits = {name: asked[name] for name in named if asked[name] is not None}
    printer = _Printer.of(asked, session)
    with _engine(asked, warm) as engine:
        record = run_reports(
            asked["REPORT"],
            workspace=session.place,
            as_of=session.day,
            out=out,
            started_at=datetime.now(session.workspace.zone),
            lang=session.lang,
            each=asked["each"],
            only=asked["only"],
            targets=session.targets,
            known=session.known,
            describe=session.describe,
            parameters=_parameters(asked),
            single_file=asked["single_file"],
            force=asked["force"],
            dry_run=asked["dry_run"],
            stale_days=session.stale_days,
            engine=engine,
            printer=printer,
            recalled=session.recalled,
            progress=partial(_progress, session.lang),
            say=say,
            **limits,
        )
    if not asked["dry_run"]:
        _register(session, out, record)
    return Done(session, record, max(record.exit_status, session.status(), int(printer is not None and printer.failed)))


def write_rows(asked: Asked, rows: pl.DataFrame) -> None:
    """What became of each page, where it was asked for; what is published stays published where nobody can be told."""
    if asked.get("output") is not None:
        write_frame(rows, asked["output"])
        return
    try:
        write_frame(rows)
    except (OSError, ValueError) as error:  # closed, or full
        silence_output()
        said = getattr(error, "strerror", None) or error
        say(f"{_UNTOLD.say(asked['lang'] or 'ja')}: {said}")


def refused_with(out: Path, began: datetime, error: Exception, lang: Lang, *, tell: bool = True) -> RunStatus:
    """How a run went that an error ended before anything was changed; told in the folder, unless only asked."""
    from playbook.publishing.missed import tell_refused
    from playbook.publishing.status import refused

    problems = error.problems if isinstance(error, PlaybookError) else ()
    why = [problem.say(lang) for problem in problems] or [f"{type(error).__name__}: {error}"]
    return tell_refused(out, began, why) if tell else refused(began, why, None)


def tell_others(asked: Asked, status: RunStatus) -> int:
    """Tell whoever is to be told how a run went; the exit status: 1 where that was not possible."""
    from playbook.commands.telling import notify, write_mail

    lang: Lang = asked["lang"] or "ja"
    failed = 0
    ways = (
        (asked.get("notify"), partial(notify, status=status)),
        (asked.get("mail"), partial(write_mail, status=status, lang=lang)),
    )
    for to, tell in ways:
        if to is None:
            continue
        try:
            tell(to)
        except PlaybookError as error:
            failed = 1
            for problem in error.problems:
                say(problem.say(lang))
    return failed


def _register(session: ReportSession, out: Path, record: RunRecord) -> None:
    """Enter in the register what left the house."""
    from playbook.publishing.register import enter, register_path

    path = register_path(session.place, out)
    entered = enter(path, record)
    if entered:
        session.tell(msg("{entered} editions entered in {path}", entered=entered, path=path))


@contextmanager
def _engine(asked: Asked, warm: WarmEngine | None) -> Iterator[Engine | None]:
    """What runs the reports: this machine, or the cluster that was named."""
    if not asked["scheduler"] or asked["dry_run"]:
        yield warm
        return
    from playbook.cluster.workers import Cluster

    with Cluster(asked["scheduler"]) as cluster:
        yield cluster.reports


@dataclass
class _Printer:
    """Prints pages; what cannot be printed is told, and leaves a page without its PDF."""

    lang: Lang
    failed: bool = False

    @classmethod
    def of(cls, asked: Asked, session: Session) -> _Printer | None:
        """The printer, where one is asked for; PdfError where there is no browser, before anything has started."""
        if not asked["pdf"] or asked["dry_run"]:
            return None
        from playbook.publishing.pdf import required_browser

        required_browser()
        return cls(session.lang)

    def __call__(self, page: Path, pdf: Path) -> None:
        from playbook.publishing.pdf import PdfError, to_pdf

        try:
            to_pdf(page, pdf)
        except PdfError as error:
            self.failed = True
            for problem in error.problems:
                say(replace(problem, place=page.name).say(self.lang))


def _parameters(asked: Asked) -> dict[str, object]:
    given = dict(asked["parameter"])
    own = {"workspace": "--workspace", "as_of": "--as-of", "lang": "--lang"}
    problems = [
        Problem(f"--parameter {name}", msg("has an option of its own: {own}", own=own[name]))
        for name in given
        if name in own
    ]
    if problems:
        raise ArgumentError(problems)
    return given


_DID: Mapping[str, Text] = {
    "made": msg("made"),
    "unchanged": msg("unchanged"),
    "planned": msg("planned"),
}


def _progress(lang: Lang, now: Progress) -> None:
    entry = now.entry
    what = " ".join(part for part in (entry.report, entry.whom) if part)
    did = _DID[entry.status].say(lang) if entry.status in _DID else entry.status
    progress(now.done, now.total, f"{what}: {entry.failure or did}")


def _rows(record: RunRecord, planned: bool = False) -> pl.DataFrame:
    """One row per page: what the run did about it; where it is only planned, also why it would be made."""
    import polars as pl

    columns = (*_COLUMNS, "why") if planned else _COLUMNS
    schema = {name: pl.Float64 if name == "seconds" else pl.String for name in columns}
    rows = [[getattr(entry, name) or None for name in columns] for entry in record.entries]
    return pl.DataFrame(rows, schema=schema, orient="row")


class ReportSession(Session):
    """A session that knows for whom reports can be made, and what is in the workspace."""

    @cached_property
    def day(self) -> str:
        """The as-of of the reports: without one, today as a whole day, so that a second run today changes nothing."""
        return self.asked["as_of"] or datetime.now(self.workspace.zone).date().isoformat()

    @property
    def stale_days(self) -> int:
        """How old the newest event may be: as asked, else as the workspace says; 0 for any age."""
        asked = self.asked["stale_days"]
        said = self.workspace.settings.freshness.get("events")
        return int(asked if asked is not None else said.most_whole_days if said else 0)

    @property
    def recalled(self) -> frozenset[str]:
        """What no edition may hold any more: a yes that was taken back counts at once, whatever the as-of."""
        from playbook.answers.placed.editions import recalled_on

        if self.workspace.tables.voices.is_empty():
            return frozenset()
        today = datetime.now(self.workspace.zone).date()
        log = self.workspace.on(self.day).log
        return recalled_on(log, max(today, log.as_of.day))

    def targets(self, _: str, each: Each) -> Mapping[str, str]:
        """The clients, placements or owners to make pages for: id to name."""
        match each:
            case "client":
                named = self.workspace.tables.clients.select("client_id", "name")
                seen = self.workspace.on(self.day).log.cases.select("client_id").drop_nulls().unique().sort("client_id")
                return _named(seen.join(named, on="client_id", how="left", maintain_order="left"))
            case "placement":
                from playbook.answers.placed.retention import placement_cases

                return _named(placement_cases(self.workspace.on(self.day).log).select("case_id", "subject"))
            case "owner":
                owners = self.workspace.due(self.day)["owner"].drop_nulls().unique().sort()
                return {owner: owner for owner in owners}

    def known(self, parameter: str) -> Collection[str]:
        """All ids that a parameter of the reports may name: of a client, a case, or a person who may owe something."""
        import polars as pl

        tables = self.workspace.tables
        match parameter:
            case "client":
                found = pl.concat([tables.clients["client_id"], tables.client_of_case()])
            case "case":
                found = tables.cases["case_id"]
            case _:
                found = pl.concat([tables.assignments["person"], self.workspace.due(self.day, all=True)["owner"]])
        return set(found.drop_nulls())

    def describe(self, workspace: str) -> Mapping[str, Any]:
        """What is in the workspace, for the record of the run and the index of the reports."""
        return {
            "label": self.workspace.settings.name or Path(workspace).name,
            "newest": self._newest,
            "counts": self.workspace.counts.to_dicts(),
            "rule_books": [
                {"id": book.id, "name": book.name.say(self.lang), "sha256": self._hashes.get(book.id, "")}
                for book in self.playbooks
            ],
        }

    @property
    def _newest(self) -> str:
        """The local day of the newest event that is known at the as-of; empty where there is none."""
        import polars as pl

        log = self.workspace.on(self.day).log
        entered = pl.coalesce("recorded_at", "timestamp").filter(~pl.col("derived")).max()
        newest = log.events.select(entered.dt.convert_time_zone(log.zone.key).dt.date()).collect().item()
        return newest.isoformat() if newest else ""

    @cached_property
    def _hashes(self) -> Mapping[str, str]:
        """The hash of each playbook's file; the workspace's own come after the built-in ones, which they replace."""
        own = Path(self.place) / "playbooks"
        folders: list[Traversable] = [files("playbook.rules") / "books", *([own] if own.is_dir() else [])]
        contents = [one.read_bytes() for folder in folders for one in folder.iterdir() if one.name.endswith(".toml")]
        return {_id(content): hashlib.sha256(content).hexdigest() for content in contents}


def _named(rows: pl.DataFrame) -> dict[str, str]:
    return {key: name or key for key, name in rows.rows()}


def _id(content: bytes) -> str:
    return str(tomli.loads(content.decode("utf-8"))["playbook"]["id"])


def verify(asked: Asked) -> int:
    """What differs when a run is made again, one line each; the exit status is 1 where anything does."""
    from playbook.publishing.reports import verify as made_again

    manifest = Path(asked["MANIFEST"])
    place = manifest / "manifest.json" if manifest.is_dir() else manifest
    lang: Lang = asked["lang"] or "ja"
    now = datetime.now().astimezone()
    differences = made_again(place, started_at=now, workspace=asked["workspace"], note=lambda told: say(told.say(lang)))
    for one in differences:
        print(one.say(lang))
    same = msg("every byte is the same")
    differs = msg("differences: {len}", len=len(differences))
    say((differs if differences else same).say(lang))
    return 1 if differences else 0
