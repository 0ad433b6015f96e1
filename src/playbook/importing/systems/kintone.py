"""kintone: records from its REST API, and its CSV export, in which a record with a table covers several lines.

A CSV with tables has a first column (レコードの開始行, or `*` from the command line tool) with `*` where a record
begins. The fields outside the tables stand on every line or only on the first; both become the same. Field names or
field codes may head the columns. Times from the API are UTC: `2026-09-17T16:30Z` is 18 September in Japan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl

from playbook.days.moment import read_moment
from playbook.importing.nested import flat, json_text
from playbook.importing.raw import Raw
from playbook.importing.system import System
from playbook.tables.declared import ROW
from playbook.words.catalogue import msg
from playbook.words.folding import fold_key
from playbook.words.problem import Remark

_MARKERS = {
    fold_key(name) for name in ("レコードの開始行", "*", "Start of record", "Record start row", "First row of record")
}


def is_kintone(data: Any) -> bool:
    """Whether a JSON value is an answer of kintone's records API (one record or many)."""
    records = _records(data)
    return records is not None and all(_is_record(record) for record in records[:20])


def _records(data: Any) -> list[Any] | None:
    match data:
        case {"records": list(records)}:
            return records
        case {"record": dict(record)}:
            return [record]
        case [{"$id": _}, *_] as records:
            return list(records)
        case _:
            return None


def _is_record(record: object) -> bool:
    return isinstance(record, dict) and all(
        isinstance(field, dict) and "type" in field and "value" in field for field in record.values()
    )


def read_json(data: Any, path: Path, _case: str | None = None) -> tuple[Raw, ...]:
    """The records of the REST API: one row per line of the longest table of each record.

    Columns are field codes; a person gives its name, with the login as `<code>.code`.
    """
    records = [_plain(record) if _is_record(record) else record for record in _records(data) or []]
    raw = flat(records, "kintone", path)
    renamed = {name: name.rpartition("\x1f")[2] for name in raw.columns if "\x1f" in name}
    names = _unique({name: renamed.get(name, name) for name in raw.columns})
    return (
        replace(
            raw,
            frame=raw.frame.rename(names),
            lines=frozenset(names[name] for name in raw.lines),
            how="kintone REST JSON",
        ),
    )


def _unique(names: Mapping[str, str]) -> dict[str, str]:
    """Field codes are unique in an app; where a table's field has the name of another, its table is named too."""
    given = list(names.values())
    return {old: new if given.count(new) == 1 else old.replace(".\x1f", ".") for old, new in names.items()}


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as plain values; a table as a list of its rows."""
    plain: dict[str, Any] = {}
    for code, field in record.items():
        if field["type"] == "SUBTABLE":
            rows = field["value"] if isinstance(field["value"], list) else []
            plain |= {code: [_row(row) for row in rows if isinstance(row, dict)]} if rows else {}
        else:
            plain |= _field(code, field)
    return plain


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    cells: dict[str, Any] = {"id": row.get("id")}
    fields = row.get("value")
    for code, field in (fields if isinstance(fields, dict) else {}).items():
        named = _field(code, field) if isinstance(field, dict) and "value" in field else {code: field}
        cells |= {f"\x1f{name}": value for name, value in named.items()}
    return cells


def _field(code: str, field: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of one field, by its type."""
    value = field["value"]
    match field.get("type"), value:
        case _, None | "" | []:
            return {code: None}
        case "RICH_TEXT", str():
            return {code: _without_tags(value)}
        case (("CREATOR" | "MODIFIER"), {"code": login, "name": name}):
            return {code: json_text(name), f"{code}.code": json_text(login)}
        case _, [{"name": _}, *_]:  # people, groups, organisations, files
            return {code: ", ".join(json_text(one.get("name")) or "" for one in value if isinstance(one, dict))}
        case _:
            return {code: json_text(value)}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as its base
        if tag in ("br", "div", "p", "li") and self.words:
            self.words.append("\n")


def _without_tags(html: str) -> str:
    parser = _Words()
    parser.feed(html)
    parser.close()
    return "".join(parser.words).strip()


# CSV


def from_table(raw: Raw) -> Raw | None:
    """The same table with its records told apart, where it is a kintone CSV with tables; None where it is not."""
    if not raw.columns or fold_key(raw.columns[0]) not in _MARKERS:
        return None
    marker = raw.columns[0]
    marks = raw.frame[marker].fill_null("").str.strip_chars().str.replace("＊", "*", literal=True)
    if not marks.is_in(["*", ""]).all():
        return None
    starts = (marks == "*").alias("starts")
    remarks = raw.remarks
    if len(starts) and not starts[0]:
        first = msg("the first line has no *; a record begins there")
        starts = pl.Series("starts", [True, *starts[1:]])
        remarks = (*remarks, Remark(first, doubt=True))
    frame, lines = _levels(raw.frame.drop(marker), starts)
    n, m = int(starts.sum()), len(frame)
    counted = Remark(msg("{n} records on {m} lines (kintone tables)", n=n, m=m))
    return replace(raw, kind="kintone", frame=frame, starts=starts, lines=lines, remarks=(*remarks, counted))


def _levels(frame: pl.DataFrame, starts: pl.Series) -> tuple[pl.DataFrame, frozenset[str]]:
    """The lines with the fields of each record repeated, and the names of the columns that belong to the lines.

    Where the record's number stands on every line, the columns of a table are those in which a further line differs
    from the first, and all between them. Where it stands on the first line alone, they are those in which any further
    line says something; a day is never filled down: a line without a day has none.
    """
    names = [name for name in frame.columns if name != ROW]
    further = ~starts
    if not further.any() or not names:
        return frame, frozenset()
    record = starts.cum_sum()
    first = {name: frame[name].filter(starts).gather(record - 1).alias(name) for name in names}
    own, theirs = ({name: _said(of[name], further) for name in names} for of in (frame, first))
    repeated = {name for name in names if (own[name] == theirs[name]).all()}
    blank = {name for name in names if (own[name] == "").all()}
    number = next((name for name in names if fold_key(name) in _NUMBERS), None)
    repeating = number in repeated - blank if number else any((own[name] != "").all() for name in repeated)
    if repeating:
        differing = [n for n, name in enumerate(names) if name not in repeated]
        inside = names[min(differing) : max(differing) + 1] if differing else []
        return frame, frozenset(inside)
    filled = frame.with_columns(first[name] for name in names if name in blank and not _holds_days(frame[name]))
    return filled, frozenset(name for name in names if name not in blank)


_NUMBERS = {fold_key(name) for name in ("レコード番号", "Record number", "$id", "record_number", "ID", "No", "番号")}


def _said(column: pl.Series, where: pl.Series) -> pl.Series:
    return column.fill_null("").str.strip_chars().filter(where)


def _holds_days(column: pl.Series) -> bool:
    """Whether most cells of a column are days."""
    said = column.drop_nulls().filter(column.drop_nulls().str.strip_chars() != "").head(200)
    return len(said) > 0 and 2 * sum(read_moment(one) is not None for one in said) > len(said)


SYSTEM = System("kintone", 20, {}, is_kintone, read_json, from_table)
