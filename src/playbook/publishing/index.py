"""The page all others are found from, and the page that stands for a report that could not be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import jinja2

from playbook.publishing.manifest import Entry, RunRecord, print_of
from playbook.publishing.status import RunStatus
from playbook.rendering.attachments import COUNTS
from playbook.rendering.frame import TEMPLATES, Placement, css_string, frame, say_day
from playbook.running.job import Failure
from playbook.show import labels
from playbook.words.catalogue import msg, msg_in
from playbook.words.text import Lang

_SAID = {
    "title": msg_in("index", "Reports"),
    "reports": msg("Reports"),
    "report": msg("Report"),
    "target": msg("For"),
    "status": msg("Status"),
    "summary": msg("In short"),
    "files": msg_in("index", "Files"),
    "more_files": msg("{} more"),
    "as_of": msg("As of"),
    "everyone": msg("Everyone"),
    "made": msg("Updated"),
    "unchanged": msg("Unchanged"),
    "failed": msg("Failed"),
    "kept": msg("Earlier page"),
    "standing_on": msg("Older"),
    "failures": msg("Reports that could not be made"),
    "standing": msg("The earlier page still stands."),
    "why": msg_in("index", "Why"),
    "data": msg("The data"),
    "workspace": msg("Workspace"),
    "file": msg("Files"),
    "size": msg("Size"),
    "table": msg("Table"),
    "read": msg("Rows read"),
    "accepted": msg("Used"),
    "quarantined": msg("Set aside"),
    "changed": msg("Changed since the last run"),
    "nothing": msg_in("index", "nothing"),
    "older": msg("Earlier runs"),
    "newest": msg("These are earlier reports. Go to the newest"),
    "run": msg("Made at"),
    "pages": msg("Pages"),
    "new": msg("New"),
    "resolved": msg("Resolved"),
    "worse": msg("More urgent"),
    "versions": msg("Made with"),
    "back": msg("All reports"),
    "not_made": msg("This report could not be made"),
    "where": msg("Where"),
    "what": msg("What happened"),
    "hint": msg("What to do"),
    "log": msg("The full log"),
    "last_good": msg("See the last good page"),
    "cell": msg("Cell"),
}


@cache
def environment() -> jinja2.Environment:
    """What fills the templates of indexes."""
    loader = jinja2.FileSystemLoader(TEMPLATES / "playbook")
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _say(lang: Lang) -> dict[str, str]:
    return {name: text.say(lang) for name, text in _SAID.items()}


_MISSED = msg("The update of {day} failed ({why}). You see the reports as of {as_of}")


def folder_html(record: RunRecord, folder: str) -> str:
    """The index of the folder of one client, owner or placement: of its entries, and nothing of anybody else."""
    own = [_within(entry, folder) for entry in record.entries]
    label = own[0].target_label or own[0].target
    described = {"label": record.described.get("label", "")}
    alone = replace(record, entries=tuple(own), inputs=(), described=described, changed=None)
    return index_html(alone, (), title=label)


def _within(entry: Entry, folder: str) -> Entry:
    """An entry as it is seen from the folder it is in; for whom it is stands at the top already."""
    page, failure_page = (name.removeprefix(f"{folder}/") for name in (entry.page, entry.failure_page))
    return replace(entry, page=page, failure_page=failure_page, target="", target_label="")


def _missed(missed: RunStatus | None, record: RunRecord) -> str:
    if missed is None:
        return ""
    day = say_day(missed.at[:10], record.lang)
    return _MISSED.say(record.lang).format(
        day=day, why=" / ".join(missed.why[:3]), as_of=say_day(record.as_of, record.lang)
    )


def index_html(
    record: RunRecord, older: Sequence[RunRecord], newest: str = "", *, title: str = "", missed: RunStatus | None = None
) -> str:
    """The index of a published folder.

    Args:
        record: the run it speaks of.
        older: the runs before it whose pages are kept.
        newest: for the index of an earlier run, where the newest is.
        title: what stands at the top.
        missed: a later run that was refused.
    """
    place = Placement(lang=record.lang, as_of=record.as_of)
    title = title or _SAID["title"].say(record.lang)
    return (
        environment()
        .get_template("runs.html.j2")
        .render(
            lang=record.lang,
            say=_say(record.lang),
            frame=frame(place, charts=False),
            running_head=css_string(title),
            title=title,
            record=record,
            label=record.described.get("label", ""),
            rows=[_row(entry, record) for entry in sorted(record.entries, key=lambda entry: entry.order)],
            cards=_cards(record),
            counts=[
                {**row, "table": labels.value("table", row["table"], record.lang)}
                for row in record.described.get("counts", ())
            ],
            made_at=_moment(record.started_at, record.lang),
            older=[_old(each, record.lang) for each in older],
            newest=newest,
            missed=_missed(missed, record),
            many=any(entry.whom for entry in record.entries),
            versions=[f"{name} {number}" for name, number in record.versions.items() if number],
        )
    )


def _row(entry: Entry, record: RunRecord) -> dict[str, Any]:
    """One line of the index."""
    return {
        "entry": entry,
        "title": entry.title or entry.report,
        "target": entry.whom,
        "status": _status(entry, record),
        "as_of": say_day(entry.as_of, record.lang),
        "headline": entry.summary.get("headline", ""),
        "counts": [
            (name, entry.summary["counts"][name]) for name in COUNTS if entry.summary.get("counts", {}).get(name)
        ],
        "files": [(print_of(entry.page), "PDF")] * bool(entry.pdf)
        + [(f"{entry.files_folder}/{file.name}", file.label) for file in entry.files],
        "standing": bool(entry.sha256),
    }


def _status(entry: Entry, record: RunRecord) -> str:
    if entry.failure:
        return "kept" if entry.sha256 else "failed"
    if entry.status == "older":
        return "standing_on"
    return "made" if entry.run == record.run else "unchanged"


def _cards(record: RunRecord) -> list[tuple[str, int, str]]:
    """The numbers above the list: label, number, status."""
    say = _say(record.lang)
    statuses = [_status(entry, record) for entry in record.entries]
    totals = {name: sum(entry.summary.get("counts", {}).get(name, 0) for entry in _whole(record)) for name in COUNTS}
    told = [(say["reports"], sum(bool(entry.sha256) for entry in record.entries), "")]
    told += [(say["failed"], len(record.failed), "overdue")] if record.failed else []
    told += [(say["made"], statuses.count("made"), "met")]
    tones = {"new": "due_soon", "resolved": "met", "worse": "overdue"}
    return told + [(say[name], totals[name], tones[name]) for name in COUNTS if totals[name]]


def _whole(record: RunRecord) -> list[Entry]:
    """The entries that count for everyone, or for each target where there are no others: no row is counted twice."""
    whole = [entry for entry in record.entries if not entry.whom]
    return whole or list(record.entries)


def _old(record: RunRecord, lang: Lang) -> dict[str, Any]:
    pages = [entry for entry in record.entries if entry.sha256]
    return {
        "href": f"history/{record.run}/index.html",
        "made_at": _moment(record.started_at, lang),
        "as_of": say_day(record.as_of, lang),
        "pages": len(pages),
        "failed": len(record.failed),
    }


def _moment(started_at: str, lang: Lang) -> str:
    return say_day(datetime.fromisoformat(started_at).replace(tzinfo=None).isoformat(), lang)


def failure_html(entry: Entry, failure: Failure, lang: Lang) -> str:
    """The page that says why a report could not be made, and where the last good one is."""
    title = entry.title or entry.report
    return (
        environment()
        .get_template("failure.html.j2")
        .render(
            lang=lang,
            say=_say(lang),
            frame=frame(Placement(lang=lang), charts=False),
            running_head=css_string(title),
            title=title,
            entry=entry,
            failure=failure,
            place=failure.place(lang),
            target=entry.target_label or entry.target,
            home="index.html",
            good=entry.page.rpartition("/")[2] if entry.sha256 else "",
            good_as_of=say_day(entry.as_of, lang),
        )
    )
