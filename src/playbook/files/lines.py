"""Rows of a list that are no rows: a total below it, a remark, the header again; and names that are only names."""

from __future__ import annotations

import re
import unicodedata
from functools import reduce
from operator import or_

import polars as pl

from playbook.words.catalogue import msg
from playbook.words.text import Text

ROW = "row"
"""The row number a person sees in a spreadsheet: the header is row 1, the first row of data is row 2."""

_TOTALS = (
    "合計", "総計", "小計", "計", "総合計", "総数", "件数", "平均", "合計件数", "合計人数", "total", "totals",
    "subtotal", "grandtotal", "sum", "average", "count",
)  # fmt: skip
_REMARKS = ("※", "＊", "注)", "注）", "（注", "(注", "注：", "注:", "【注", "備考：", "備考:", "Note:", "NOTE:", "凡例")
_AMOUNT = re.compile(r"^[\d,.()%+-]*(?:名|人|件|社|%|円|日|回|歳|h)?$")
_SECTION = (
    r"[■◆●▼▶★【].*|(?:\d{2,4}[年/])?\d{1,2}月(?:分|度|期|応募|入社)?|\d{4}年度?"
    r"|(?:\d{4}年度?)?(?:上期|下期|上半期|下半期|第\dq)"
)
"""The heading of a part of the list, alone on its line: 4月分, ■営業部."""
_ENOUGH_COLUMNS = 3
_LOOKED_AT = 3
"""A total or a remark says so in one of the first columns."""


def no_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a text frame that are no rows: `row`, `value` (what they say), `code` (total_line, remark_line,
    repeated_header).

    >>> no_rows(pl.DataFrame({"row": [2, 3], "氏名": ["山田", "合計"], "応募日": ["4/1", "60名"]})).rows()
    [(3, '合計 60名', 'total_line')]
    """
    frame = _without_a_moment(frame)
    names = [name for name in frame.columns if name != ROW and frame[name].dtype == pl.String]
    if not names or len(names) < 2 or frame.is_empty():
        return pl.DataFrame(schema=NO_ROW)
    asked = frame.filter(_suspects(frame, names))
    told = [
        (int(row), " ".join(cell.strip() for cell in cells if cell and cell.strip())[:200], code)
        for row, *cells in zip(asked[ROW], *(asked[name] for name in names), strict=True)
        if (code := _code([cell.strip() if cell else "" for cell in cells], names))
    ]
    return pl.DataFrame(told, schema=NO_ROW, orient="row")


REASONS: dict[str, Text] = {
    "total_line": msg("a total, no row of the table"),
    "remark_line": msg("a remark, no row of the table"),
    "repeated_header": msg("the header again"),
    "ragged_line": msg("not as many cells as the header"),
    "bad_quotes": msg("the quotes do not close"),
    "nul_character": msg("holds a NUL character"),
    "cell_too_long": msg("a cell of more than 131,072 characters"),
}
"""Why a line of a file is no row."""

NO_ROW = {ROW: pl.UInt32, "value": pl.String, "code": pl.String}


def _without_a_moment(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with nothing in the columns that hold days and moments as such: no total, remark or header has."""
    moments = [column for column in frame if column.dtype in (pl.Date, pl.Datetime)]
    if any(column.null_count() == 0 for column in moments):  # nearly always, of tables that have their types already
        return frame.clear()
    return frame.filter(pl.col(column.name).is_null() for column in moments) if moments else frame


def _suspects(frame: pl.DataFrame, names: list[str]) -> pl.Series:
    """Where one of the first columns begins like a total or a remark, or says one of their headers."""
    first, height = names[:_LOOKED_AT], len(frame)
    heads = "|".join(re.escape(name.strip()) for name in first)
    # All of them at once: making the pattern takes longer than looking through a small file.
    cells = pl.concat([frame[name].alias("") for name in first])
    found = cells.str.contains(_SUSPECT) | cells.str.contains(rf"(?i)^\s*(?:{heads})\s*$")
    return reduce(or_, (found.slice(n * height, height) for n in range(len(first)))).fill_null(False)


_TOTAL = "|".join(r"[\s　]*".join(word) for word in _TOTALS)
_REMARK = "|".join(re.escape(word) for word in _REMARKS)
_SUSPECT = rf"^[\s　]*(?:(?i:{_TOTAL}|{_SECTION})[\s　]*$|{_REMARK})"


def _code(cells: list[str], names: list[str]) -> str:
    filled = [(cell, name) for cell, name in zip(cells, names, strict=True) if cell]
    if not filled:
        return ""
    if len(filled) > 1 and all(_plain(cell) == _plain(name) for cell, name in filled):
        return "repeated_header"
    first, *rest = (cell for cell, _ in filled)
    if _plain(first) in _TOTALS and all(_AMOUNT.match(_plain(cell)) or _plain(cell) in _TOTALS for cell in rest):
        return "total_line"
    if len(filled) == 1 and len(names) >= _ENOUGH_COLUMNS and re.fullmatch(_SECTION, _plain(first)):
        return "remark_line"
    return "remark_line" if first.startswith(_REMARKS) and len(rest) <= 1 else ""


def _plain(text: str) -> str:
    return re.sub(r"[\s　:：]", "", unicodedata.normalize("NFKC", text)).casefold()


_MARK = "\u200b"


def only_a_name(header: str) -> str:
    """A header that polars would take for a pattern (`*`, `^x$`), with an invisible mark, so that it is a name
    everywhere; any other as it is.

    >>> [only_a_name(one) == one for one in ("氏名", "*", "^x$", "a*")]
    [True, False, False, True]
    """
    return header + _MARK if header == "*" or (header.startswith("^") and header.endswith("$")) else header


def as_written(name: str) -> str:
    """The header behind the name of `only_a_name`, as it goes out.

    >>> as_written(only_a_name("*")), as_written("氏名")
    ('*', '氏名')
    """
    return name.removesuffix(_MARK)
