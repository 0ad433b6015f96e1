"""The page all others are found from, and the page that stands for a report that could not be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import jinja2

from playbook.publishing.manifest import Entry, RunRecord, print_of
from playbook.publishing.status import Status
from playbook.rendering.attachments import COUNTS
from playbook.rendering.frame import TEMPLATES, Placement, css_string, frame, say_day
from playbook.running.job import Failure
from playbook.show import labels
from playbook.words.text import Lang, Text

_SAID = {
    "title": Text("レポート一覧", "Reports"),
    "reports": Text("レポート", "Reports"),
    "report": Text("レポート", "Report"),
    "target": Text("対象", "For"),
    "status": Text("状態", "Status"),
    "summary": Text("要約", "In short"),
    "files": Text("添付", "Files"),
    "more_files": Text("ほか{}件", "{} more"),
    "as_of": Text("基準日", "As of"),
    "everyone": Text("全体", "Everyone"),
    "made": Text("更新", "Updated"),
    "unchanged": Text("変更なし", "Unchanged"),
    "failed": Text("失敗", "Failed"),
    "kept": Text("前回のページ", "Earlier page"),
    "standing_on": Text("以前のまま", "Older"),
    "failures": Text("作成できなかったレポート", "Reports that could not be made"),
    "standing": Text("前回のページはそのまま残っています。", "The earlier page still stands."),
    "why": Text("詳しく", "Why"),
    "data": Text("もとにしたデータ", "The data"),
    "workspace": Text("データの場所", "Workspace"),
    "file": Text("ファイル", "Files"),
    "size": Text("サイズ", "Size"),
    "table": Text("表", "Table"),
    "read": Text("読み込んだ行", "Rows read"),
    "accepted": Text("使った行", "Used"),
    "quarantined": Text("使えなかった行", "Set aside"),
    "changed": Text("前回からの変化", "Changed since the last run"),
    "nothing": Text("なし", "nothing"),
    "older": Text("以前のレポート", "Earlier runs"),
    "newest": Text("これは以前のレポートです。最新の一覧へ", "These are earlier reports. Go to the newest"),
    "run": Text("作成日時", "Made at"),
    "pages": Text("ページ", "Pages"),
    "new": Text("新規", "New"),
    "resolved": Text("解消", "Resolved"),
    "worse": Text("切迫", "More urgent"),
    "versions": Text("使用したソフトウェア", "Made with"),
    "back": Text("レポート一覧", "All reports"),
    "not_made": Text("このレポートは作成できませんでした", "This report could not be made"),
    "where": Text("場所", "Where"),
    "what": Text("内容", "What happened"),
    "hint": Text("対処", "What to do"),
    "log": Text("くわしい記録", "The full log"),
    "last_good": Text("前回作成できたページを見る", "See the last good page"),
    "cell": Text("セル", "Cell"),
}


_ORDER = (
    "weekly_due_actions",
    "placement_portfolio",
    "followup_review",
    "funnel",
    "declines",
    "cycle_review",
    "sales_operations",
    "forecast",
    "limits",
    "yearly",
    "case_timeline",
)


@cache
def environment() -> jinja2.Environment:
    """What fills the templates of indexes."""
    loader = jinja2.FileSystemLoader(TEMPLATES / "playbook")
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _say(lang: Lang) -> dict[str, str]:
    return {name: text.say(lang) for name, text in _SAID.items()}


_MISSED = Text(
    "{day} の更新はできませんでした（{why}）。表示しているのは、基準日 {as_of} のものです",
    "The update of {day} failed ({why}). You see the reports as of {as_of}",
)


def folder_html(record: RunRecord, folder: str) -> str:
    """The index of the folder of one client, owner or placement: its pages, and nothing of anybody else."""
    own = [_within(entry, folder) for entry in record.entries if entry.folder == folder]
    label = own[0].target_label or own[0].target
    described = {"label": record.described.get("label", "")}
    alone = replace(record, entries=tuple(own), inputs=(), described=described, changed=None)
    return index_html(alone, (), title=label)


def _within(entry: Entry, folder: str) -> Entry:
    """An entry as it is seen from the folder it is in; for whom it is stands at the top already."""
    page, failure_page = (name.removeprefix(f"{folder}/") for name in (entry.page, entry.failure_page))
    return replace(entry, page=page, failure_page=failure_page, target="", target_label="")


def _missed(missed: Status | None, record: RunRecord) -> str:
    if missed is None:
        return ""
    day = say_day(missed.at[:10], record.lang)
    return _MISSED.say(record.lang).format(
        day=day, why=" / ".join(missed.why[:3]), as_of=say_day(record.as_of, record.lang)
    )


def index_html(
    record: RunRecord, older: Sequence[RunRecord], newest: str = "", *, title: str = "", missed: Status | None = None
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
            rows=[_row(entry, record) for entry in sorted(record.entries, key=_place)],
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


def _place(entry: Entry) -> int:
    """Where a report stands in the list: what one opens every week first, a report of the user's own last."""
    return _ORDER.index(entry.report) if entry.report in _ORDER else len(_ORDER)


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
