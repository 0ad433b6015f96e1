"""What an import did, to be read by a person and kept beside the workspace: files, tables, columns, doubts, refused
rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import polars as pl

from playbook.importing.shapes import CODES
from playbook.tables.declared import ROW
from playbook.words.catalogue import msg, msg_in
from playbook.words.problem import Problem, WorkspaceError
from playbook.words.text import Lang

FILES = {
    "file": pl.String, "place": pl.String, "kind": pl.String, "how": pl.String, "records": pl.UInt32,
    "read": pl.UInt32, "accepted": pl.UInt32, "quarantined": pl.UInt32,
}  # fmt: skip
TABLES_MADE = {
    "place": pl.String, "table": pl.String, "read": pl.UInt32, "accepted": pl.UInt32, "quarantined": pl.UInt32,
    "skipped": pl.UInt32,
}  # fmt: skip
COLUMNS = {
    "place": pl.String, "table": pl.String, "column": pl.String, "made_from": pl.String, "ja": pl.String,
    "en": pl.String, "values": pl.UInt32, "changed": pl.UInt32, "refused": pl.UInt32, "examples": pl.String,
}  # fmt: skip
REMARKS = {"place": pl.String, "column": pl.String, "doubt": pl.Boolean, "ja": pl.String, "en": pl.String}
QUARANTINED = {
    "table": pl.String, ROW: pl.UInt32, "column": pl.String, "value": pl.String, "code": pl.String, "place": pl.String,
}  # fmt: skip
CHANGES = {
    "kind": pl.String, "table": pl.String, "id": pl.String, "name": pl.String, "what": pl.String, "before": pl.String,
    "after": pl.String,
}  # fmt: skip
WRITTEN = {"table": pl.String, "added": pl.UInt32, "changed": pl.UInt32, "same": pl.UInt32, "only_here": pl.UInt32}

FOLDER = "import"
REPORT_FILE, READABLE_FILE, QUARANTINE_FILE = "report.json", "report.md", "quarantine.csv"


@dataclass(frozen=True)
class Report:
    """How an import went.

    `files`: one row per raw table: `file, place, kind, how, records, read, accepted, quarantined` (lines; read =
    accepted + quarantined: a line is quarantined where it is no row). `tables`: one row per raw table and table made
    of it: `place, table, read, accepted, quarantined, skipped` (rows; read = accepted + quarantined; skipped ones
    were left out because the mapping says so). `columns`: one row per column made: `place, table, column, made_from,
    ja, en` (how it was read), `values, changed, refused, examples`. `remarks`: one row per decision: `place, column,
    doubt, ja, en`. `written`: one row per table of the workspace: `table, added, changed, same, only_here`.
    """

    files: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FILES))
    tables: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TABLES_MADE))
    columns: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COLUMNS))
    remarks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REMARKS))
    written: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WRITTEN))
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGES))

    @property
    def doubts(self) -> pl.DataFrame:
        """The decisions that a person should look at: one row each."""
        return self.remarks.filter("doubt")

    def to_json(self) -> str:
        """The report as JSON, the same bytes for the same import."""
        parts = {part.name: getattr(self, part.name).to_dicts() for part in fields(self)}
        return json.dumps(parts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    def say(self, lang: Lang = "ja") -> str:
        """The report as Markdown, in one language."""
        return "\n".join(_said(self, lang)) + "\n"

    def to_check(self, lang: Lang = "ja") -> str:
        """What a person must look at, as Markdown; empty where there is nothing."""
        if self.doubts.is_empty():
            return ""
        lines = [_remark(row, lang) for row in self.doubts.rows(named=True)]
        return "\n".join([f"## {_TITLES['doubts'].say(lang)}", "", *lines]) + "\n"


def quarantine_said(quarantine: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """The refused rows and cells of an import with `reason`, what their code means in one language."""
    reasons = {code: text.say(lang) for code, text in CODES.items()}
    said = pl.col("code").replace_strict(reasons, default=pl.col("code"), return_dtype=pl.String)
    return quarantine.select("table", ROW, "column", "value", said.alias("reason"), "code", "place")


_SCHEMAS: dict[str, dict[str, Any]] = {"files": FILES, "tables": TABLES_MADE, "columns": COLUMNS, "remarks": REMARKS,
                                       "written": WRITTEN, "changes": CHANGES}  # fmt: skip


def read_report(workspace: Path) -> Report | None:
    """The report of the last import into a workspace; None where nothing was imported.

    Raises WorkspaceError where the report is there and cannot be read.
    """
    path = workspace / FOLDER / REPORT_FILE
    if not path.is_file():
        return None
    try:
        parts = json.loads(path.read_text(encoding="utf-8"))
        frames: dict[str, Any] = {
            name: pl.DataFrame(parts.get(name, []), schema=schema) for name, schema in _SCHEMAS.items()
        }
        return Report(**frames)
    except (ValueError, KeyError, TypeError, OSError, pl.exceptions.PolarsError) as error:
        found = msg("cannot be read: {error}", error=error)
        raise WorkspaceError(Problem(str(path), found, msg("a report that an import wrote; import again"))) from None


_TITLES = {
    "title": msg("Import report"),
    "doubts": msg("Please check"),
    "decisions": msg("Decisions"),
    "files": msg("Files"),
    "tables": msg("Tables made"),
    "columns": msg("Column by column"),
    "written": msg("Written to the workspace"),
    "changes": msg("What has changed since the export before"),
}
_HEADS = {
    "files": msg("place|format|read as|records|lines|accepted|quarantined"),
    "tables": msg("place|table|rows|accepted|quarantined|left out"),
    "columns": msg("table|column|from|how|values|changed form|refused|examples"),
    "written": msg("table|added|changed|same|only here"),
}
_CELLS = {
    "files": ("place", "kind", "how", "records", "read", "accepted", "quarantined"),
    "tables": ("place", "table", "read", "accepted", "quarantined", "skipped"),
    "columns": ("table", "column", "made_from", "lang", "values", "changed", "refused", "examples"),
    "written": ("table", "added", "changed", "same", "only_here"),
}


def _said(report: Report, lang: Lang) -> list[str]:
    lines = [f"# {_TITLES['title'].say(lang)}", ""]
    for key, rows in (("doubts", report.doubts), ("decisions", report.remarks.filter(~pl.col("doubt")))):
        if len(rows):
            lines += [f"## {_TITLES[key].say(lang)}", "", *(_remark(row, lang) for row in rows.rows(named=True)), ""]
    if len(report.changes):
        lines += [f"## {_TITLES['changes'].say(lang)}", "", *changes_lines(report, lang), ""]
    for name in ("files", "tables", "columns", "written"):
        frame: pl.DataFrame = getattr(report, name)
        if len(frame):
            lines += [f"## {_TITLES[name].say(lang)}", "", *_table(name, frame, lang), ""]
    return lines[:-1]


def changes_lines(report: Report, lang: Lang) -> list[str]:
    """What the export says otherwise than the one before: a line a kind, by name, as many as fit."""
    lines = []
    for kind, text in _CHANGED.items():
        rows = report.changes.filter(kind=kind).rows(named=True)
        if rows:
            shown = [_change(row) for row in rows[:_NAMED]]
            more = [msg("{value} more", value=len(rows) - _NAMED).say(lang)] if rows[_NAMED:] else []
            between = msg_in("between sentences", "; ").say(lang)
            lines.append(f"- {text.say(lang).format(n=len(rows))}: {between.join([*shown, *more])}")
    return lines


_NAMED = 12
_CHANGED = {
    "moved": msg("{n} events moved"),
    "withdrawn": msg("{n} events withdrawn, their day was cleared"),
    "changed": msg("{n} cells changed"),
    "owner": msg("{n} changes of owner"),
    "gone": msg("{n} gone from the export"),
    "twin": msg("{n} new cases look like one that vanished; if they are the same, give them its id and import again"),
    "erased": msg("{n} cases were erased here before and are left out; take them out of what is exported, too"),
}


def _change(row: dict[str, Any]) -> str:
    """Whose, what, and how it changed."""
    whose = " ".join(_plain(part) for part in (row["name"] or row["id"], row["what"]) if part)
    moved = [_plain(_shown(part)) for part in (row["before"], row["after"])]
    return f"{whose} {' → '.join(moved)}" if any(moved) else whose


def _shown(cell: str | None) -> str:
    """A moment as far as it says anything: a day without its midnight."""
    return (cell or "").removesuffix("T00:00:00+09:00").removesuffix("T00:00:00")


def _remark(row: dict[str, Any], lang: Lang) -> str:
    where = " / ".join(_plain(part) for part in (row["place"], row["column"]) if part)
    return f"- {where}: {_plain(row[lang])}"


def _table(name: str, frame: pl.DataFrame, lang: Lang) -> list[str]:
    head = _HEADS[name].say(lang).split("|")
    keys = [lang if key == "lang" else key for key in _CELLS[name]]
    rows = ["| " + " | ".join(_plain(row[key]) for key in keys) + " |" for row in frame.rows(named=True)]
    return ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *rows]


_ESCAPED = str.maketrans(
    {"|": "\\|", "\n": " ", "\r": " ", "<": "&lt;", ">": "&gt;", "`": "\\`", "[": "\\[", "*": "\\*", "_": "\\_"}
)


def _plain(cell: object) -> str:
    """A cell that cannot become anything but text in Markdown."""
    return "" if cell is None else str(cell).translate(_ESCAPED)
