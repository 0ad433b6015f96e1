"""What an import did, to be read by a person and kept beside the workspace: files, tables, columns, doubts, refused
rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import polars as pl

from playbook.tables.declared import ROW
from playbook.words.problem import Problem, WorkspaceError
from playbook.words.text import Lang, Text

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
    "table": pl.String, ROW: pl.UInt32, "column": pl.String, "value": pl.String, "reason": pl.String, "code": pl.String,
    "place": pl.String,
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


_SCHEMAS = {"files": FILES, "tables": TABLES_MADE, "columns": COLUMNS, "remarks": REMARKS, "written": WRITTEN}


def read_report(workspace: Path) -> Report | None:
    """The report of the last import into a workspace; None where nothing was imported.

    Raises WorkspaceError where the report is there and cannot be read.
    """
    path = workspace / FOLDER / REPORT_FILE
    if not path.is_file():
        return None
    try:
        parts = json.loads(path.read_text(encoding="utf-8"))
        return Report(**{name: pl.DataFrame(parts[name], schema=schema) for name, schema in _SCHEMAS.items()})
    except (ValueError, KeyError, TypeError, OSError, pl.exceptions.PolarsError) as error:
        found = f"cannot be read: {error}"
        raise WorkspaceError(Problem(str(path), found, "a report that an import wrote; import again")) from None


_TITLES = {
    "title": Text("取り込みの記録", "Import report"),
    "doubts": Text("確かめてください", "Please check"),
    "decisions": Text("読み方の判断", "Decisions"),
    "files": Text("ファイル", "Files"),
    "tables": Text("できた表", "Tables made"),
    "columns": Text("列ごとの読み方", "Column by column"),
    "written": Text("ワークスペースへの書き込み", "Written to the workspace"),
}
_HEADS = {
    "files": Text("場所|形式|読み方|レコード|行|採用|除外", "place|format|read as|records|lines|accepted|quarantined"),
    "tables": Text("場所|表|行|採用|除外|対象外", "place|table|rows|accepted|quarantined|left out"),
    "columns": Text(
        "表|列|元の列|読み方|値|形が変わった|除外|例", "table|column|from|how|values|changed form|refused|examples"
    ),
    "written": Text("表|追加|変更|そのまま|元の表だけ", "table|added|changed|same|only here"),
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
    for name in ("files", "tables", "columns", "written"):
        frame: pl.DataFrame = getattr(report, name)
        if len(frame):
            lines += [f"## {_TITLES[name].say(lang)}", "", *_table(name, frame, lang), ""]
    return lines[:-1]


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
