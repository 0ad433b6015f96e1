"""One index over many workspaces, each published to a folder of its own and with its own fate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from playbook.publishing.index import environment
from playbook.publishing.manifest import MANIFEST
from playbook.publishing.owned import INDEX
from playbook.publishing.site import PublishError, writing_to
from playbook.publishing.status import RunStatus
from playbook.rendering.frame import Placement, css_string, frame, say_day
from playbook.running.job import write_whole
from playbook.words.catalogue import msg, msg_in
from playbook.words.problem import Problem
from playbook.words.text import Lang

OVERVIEW = "workspaces.json"

_SAID = {
    "title": msg_in("overview", "All reports"),
    "workspace": msg_in("overview", "Workspace"),
    "status": msg("Status"),
    "as_of": msg("As of"),
    "why": msg_in("overview", "Why"),
    "done": msg("Updated"),
    "failed": msg("Partly failed"),
    "refused": msg("Not updated"),
    "run": msg("Run at"),
}
_TONES = {"done": "ok", "failed": "failed", "refused": "failed"}


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one workspace: its name, the folder its pages are in, how its run went."""

    name: str
    folder: str
    status: RunStatus


def refuse_foreign_root(out: Path, folders: Sequence[str]) -> None:
    """PublishError where the folder for many holds something that no such run made."""
    if not out.is_dir() or (out / OVERVIEW).is_file():
        return
    strangers = sorted(
        path.name
        for path in out.iterdir()
        if not (path.name.startswith(".") or path.name.lower().startswith("readme"))
        and not (path.name in folders and (path / MANIFEST).is_file())
    )
    if strangers:
        found = msg("holds files that no run made: {value}", value=", ".join(strangers[:3]))
        hint = msg("name a new folder with --out; nothing was changed")
        raise PublishError(Problem(str(out), found, msg("an empty folder, or one that a run has published to"), hint))


def publish_overview(out: Path, fates: Sequence[Fate], at: datetime, lang: Lang) -> None:
    """Write the index over all workspaces, and the same as JSON."""
    told = [{"name": fate.name, "folder": fate.folder, **asdict(fate.status)} for fate in fates]
    with writing_to(out):
        write_whole(out / OVERVIEW, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        write_whole(out / INDEX, overview_html(out, fates, at, lang))


def overview_html(out: Path, fates: Sequence[Fate], at: datetime, lang: Lang) -> str:
    """The index over all workspaces: one line each, what needs looking at first."""
    say = {name: text.say(lang) for name, text in _SAID.items()}
    order = ("refused", "failed", "done")
    shown = sorted(fates, key=lambda fate: (order.index(fate.status.status), fate.name))
    return (
        environment()
        .get_template("workspaces.html.j2")
        .render(
            lang=lang,
            say=say,
            frame=frame(Placement(lang=lang), charts=False),
            running_head=css_string(say["title"]),
            title=say["title"],
            made_at=say_day(at.replace(tzinfo=None).isoformat(timespec="minutes"), lang),
            rows=[_row(out, fate, say, lang) for fate in shown],
        )
    )


def _row(out: Path, fate: Fate, say: dict[str, str], lang: Lang) -> dict[str, Any]:
    status = fate.status
    failed = (f"{one['report']} {one['target']}".rstrip() + f": {one['failure']}" for one in status.failed)
    return {
        "href": f"{fate.folder}/{INDEX}" if (out / fate.folder / INDEX).is_file() else "",
        "name": status.workspace or fate.name,
        "status": say[status.status],
        "tone": _TONES[status.status],
        "as_of": say_day(status.as_of, lang) if status.as_of else "",
        "why": [*status.why, *failed],
    }
