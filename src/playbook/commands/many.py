"""`playbook run --workspaces DIR`: many workspaces, one after the other, one index; what befalls one stops no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from playbook.commands.arguments import Asked
from playbook.commands.reports import OUT, publish, refused_with, tell_others, write_rows
from playbook.commands.terminal import say
from playbook.publishing.overview import Fate, publish_overview, refuse_foreign_root
from playbook.publishing.plan import folder_name
from playbook.publishing.status import RunStatus
from playbook.running.processes import WarmEngine, forkable
from playbook.tables.settings import FILE_NAME
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, PlaybookError, Problem
from playbook.words.text import Lang

if TYPE_CHECKING:
    import polars as pl

_MARKS = ("events", "cases")


def run_each(asked: Asked) -> int:
    """Publish the reports of every workspace in a folder; the exit status.

    It is 0 where all went well, 1 where something failed in any of them, 2 where nothing could be done for any.
    """
    lang: Lang = asked["lang"] or "ja"
    began = datetime.now().astimezone()
    places = workspaces_in(Path(asked["workspaces"]), asked)
    out = asked["out"] or OUT
    folders = {place: folder_name(place.name) for place in places}
    refuse_foreign_root(out, list(folders.values()))
    fates = [_fate(asked, place, out / folders[place], lang) for place in places]
    if not asked["dry_run"]:
        publish_overview(out, fates, began, lang)
    write_rows(asked, _rows(fates))
    together = _together(fates, began)
    if asked["dry_run"]:
        return together.exit_status
    say(msg("published: {value}", value=out / "index.html").say(lang))
    return max(together.exit_status, tell_others(asked, together))


def workspaces_in(folder: Path, asked: Asked) -> list[Path]:
    """The folders in a folder that are workspaces: they hold a `workspace.toml`, or a table of events or cases.

    ArgumentError where there is none, or one workspace is named as well.
    """
    place = f"--workspaces {folder}"
    if asked["workspace"]:
        raise ArgumentError(Problem(place, msg("is given together with --workspace"), msg("one of them")))
    if not folder.is_dir():
        raise ArgumentError(Problem(place, msg("there is no such folder"), msg("a folder with workspaces in it")))
    found = sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".") and _is_one(path)
    )
    if not found:
        raise ArgumentError(
            Problem(place, msg("there is no workspace in it"), msg("folders that hold tables"), "playbook init DIR")
        )
    return found


def _is_one(folder: Path) -> bool:
    try:
        return any(path.name == FILE_NAME or path.stem.lower() in _MARKS for path in folder.iterdir())
    except OSError:  # without permission: a workspace whose fate is to be told
        return True


def _fate(asked: Asked, place: Path, out: Path, lang: Lang) -> Fate:
    """What becomes of one workspace, whatever goes wrong with it."""
    say(f"== {place.name}")
    began = datetime.now().astimezone()
    own = replace(asked, values={**asked.values, "workspace": str(place), "output": None})
    here = forkable() and not asked["dry_run"] and not asked["scheduler"]
    try:
        with WarmEngine() if here else nullcontext() as warm:
            done = publish(own, out, warm)
        planned = tuple(f"{entry.page}: {entry.why}" for entry in done.record.entries if entry.status == "planned")
        return Fate(place.name, out.name, replace(done.status, why=(*done.status.why, *planned)))
    except Exception as error:
        problems = error.problems if isinstance(error, PlaybookError) else ()
        for problem in problems:
            say(problem.say(lang))
        if not problems:
            say(f"{type(error).__name__}: {error}")
        return Fate(place.name, out.name, refused_with(out, began, error, lang, tell=not asked["dry_run"]))


def _together(fates: Sequence[Fate], began: datetime) -> RunStatus:
    """How all of it went, as one status."""
    statuses = [fate.status for fate in fates]
    worst = max(status.exit_status for status in statuses)
    all_refused = all(status.status == "refused" for status in statuses)
    pages: Counter[str] = Counter()
    for status in statuses:
        pages.update(status.pages)
    return RunStatus(
        "refused" if all_refused else "failed" if worst else "done",
        2 if all_refused else min(worst, 1),
        began.isoformat(timespec="seconds"),
        why=tuple(f"{fate.name}: {why}" for fate in fates for why in fate.status.why),
        pages=dict(pages),
        failed=tuple(
            {**one, "report": f"{fate.name}: {one['report']}"} for fate in fates for one in fate.status.failed
        ),
    )


def _rows(fates: Sequence[Fate]) -> pl.DataFrame:
    """One row per workspace: its fate."""
    import polars as pl

    rows = [
        (
            fate.name,
            fate.status.status,
            fate.status.exit_status,
            fate.status.as_of or None,
            " / ".join(fate.status.why) or None,
        )
        for fate in fates
    ]
    schema = {
        "workspace": pl.String, "status": pl.String, "exit_status": pl.Int64, "as_of": pl.String, "why": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
