"""Columns as they were found to columns of declared kinds; what counts as blank."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

import polars as pl

from playbook.days.written import parse_days, parse_instants
from playbook.tables.declared import CellKind, ColumnSchema

EMPTY_CELLS = ("", "'", "-", "－")
"""Cells that say nothing, in any column."""

BLANK_CELLS = (*EMPTY_CELLS, "なし", "未定")
"""Cells that say nothing where an id, a code, a person, a date or a number is expected."""

ZERO_DAYS = (
    "0", "0:00", "0:00:00", "00:00", "00:00:00", "1900/1/0", "1900-01-00", "1899-12-30", "1899-12-31",
    "1899-12-30T00:00:00", "1899-12-31T00:00:00", "0000-00-00", "0000/00/00", "0000-00-00 00:00:00",
)  # fmt: skip
"""What spreadsheets and databases write where a day is empty."""

FEW = 100_000
"""Rows that are tidied sooner than looked through."""
_GLANCE = 1_000  # different cells among them, of a column that says the same things again and again

_YES = ("yes", "y", "true", "t", "1", "はい", "可", "○", "◯", "有", "有り", "あり")
_NO = ("no", "n", "false", "f", "0", "いいえ", "不可", "否", "×", "無", "無し")
_READERS = {
    "both": ("both", "双方", "両方", "三者", *_YES),
    "no": _NO,
    "company": ("company", "企業", "会社", "client"),
    "hire": ("hire", "本人", "入社者", "人材"),
}
_NUMBER = r"^[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?(?:E[+-]?[0-9]{1,2})?$|^[+-]?\.[0-9]+$"


def as_text(found: pl.Series) -> pl.Series:
    """A column as stripped text: numbers without a needless '.0', so that ids survive Excel and Parquet.

    >>> as_text(pl.Series([1001.0, None, 2.5])).to_list()
    ['1001', None, '2.5']
    """
    if found.dtype == pl.String:
        text = found.str.strip_chars()
        as_it_was = text.str.len_bytes().sum() == found.str.len_bytes().sum()
        return found if as_it_was else text  # a column of millions is kept once, not twice
    if found.dtype.is_float():
        finite = found.fill_nan(None)
        whole = (finite == finite.round()) & (finite.abs() < 2**53)
        return finite.cast(pl.String).zip_with(
            ~whole.fill_null(False), finite.cast(pl.Int64, strict=False).cast(pl.String)
        )
    if found.dtype.is_nested() or found.dtype in (pl.Binary, pl.Duration, pl.Object):
        return pl.Series(found.name, [None if cell is None else str(cell) for cell in found], pl.String)
    return found.cast(pl.String).str.strip_chars()


def is_blank(tidy: pl.Series) -> pl.Series:
    """True where a cell of a tidied column says nothing."""
    return tidy.is_null() | tidy.is_nan() if tidy.dtype.is_float() else tidy.is_null()


def unwritten(found: pl.Series, words: tuple[str, ...] = EMPTY_CELLS) -> pl.Series:
    """Text, stripped, with null for the words that say nothing."""
    text = as_text(found)
    says_nothing = text.is_in(words)
    return text.set(says_nothing, None) if says_nothing.any() else text


def tidied(
    frame: pl.DataFrame, words: Mapping[tuple[str, ...], Sequence[str]], left: Mapping[str, pl.Series] | None = None
) -> pl.DataFrame:
    """Text columns as `unwritten` makes them, by the words that say nothing in them; all in one pass over the frame.

    `left`: of columns of which some cells are known to be tidy, the others.

    >>> tidied(pl.DataFrame({"a": [" x", "-"], "b": ["なし", "-"]}), {EMPTY_CELLS: ["a"], BLANK_CELLS: ["b"]}).rows()
    [('x', None), (None, None)]
    """
    untidy = {name for names in words.values() for name in names}
    if frame.height > FEW:
        untidy = _untidy({name: (left or {}).get(name, frame[name]) for name in untidy}, words)
    tidy = []
    for nothing, names in words.items():
        text = pl.col([name for name in names if name in untidy]).str.strip_chars()
        tidy.append(text.replace(list(nothing), None))
    return frame.with_columns(tidy)


def _untidy(cells: Mapping[str, pl.Series], words: Mapping[tuple[str, ...], Sequence[str]]) -> set[str]:
    """The columns that change when tidied: of millions of rows, the others are kept once and not twice."""
    return {name for nothing, names in words.items() for name in names if _changes(_glanced(cells[name]), nothing)}


def _glanced(found: pl.Series) -> pl.Series:
    """The cells of a column, each once where a glance shows that few say many things."""
    return distinct(found) if found.head(FEW).n_unique() < _GLANCE else found


def distinct(found: pl.Series) -> pl.Series:
    """What a column says, each once, in any order; all cores look through millions of rows."""
    if len(found) <= FEW:
        return found.unique()
    return found.to_frame().lazy().unique().collect(engine="streaming").to_series()


def _changes(cells: pl.Series, nothing: Sequence[str]) -> bool:
    found = pl.col(cells.name)
    text = found.str.strip_chars()
    padded = text.str.len_bytes().sum() != found.str.len_bytes().sum()
    seen = cells.to_frame().lazy().select(padded | text.is_in(nothing).any())
    return bool(seen.collect(engine="streaming").item())


def typed(column: ColumnSchema, found: pl.Series, timezone: str) -> pl.Series:
    """A column in its declared type; null where a cell is blank or cannot be read."""
    match column.kind:
        case CellKind.KEY:
            return unwritten(found, BLANK_CELLS)
        case CellKind.TEXT:
            return unwritten(found)
        case CellKind.CHOICE:
            return _choices(found, column.allowed)
        case CellKind.INSTANT:
            return parse_instants(found, timezone)
        case CellKind.DAY:
            return parse_days(found, timezone)
        case CellKind.NUMBER:
            return numbers(found)
        case CellKind.FLAG:
            return flags(found)
        case CellKind.READERS:
            return readers(found)


def numbers(found: pl.Series) -> pl.Series:
    """Numbers as they are written, with full-width digits and separators of thousands; null where unreadable.

    >>> numbers(pl.Series(["1,200", "３０", "1,20", "30分"])).to_list()
    [1200.0, 30.0, None, None]
    """
    if found.dtype == pl.Boolean or found.dtype.is_temporal():
        return pl.Series(found.name, [None] * len(found), pl.Float64)
    if found.dtype.is_numeric():
        read = found.cast(pl.Float64)
        return read.set(~read.is_finite(), None)
    text = _folded(found)
    plain = text.set(~text.str.contains(_NUMBER), None).str.replace_all(",", "", literal=True)
    return plain.cast(pl.Float64, strict=False)


def flags(found: pl.Series) -> pl.Series:
    """Yes and no as they are written in Japanese and English; null where unreadable.

    >>> flags(pl.Series(["はい", "NO", "可", "0", "たぶん"])).to_list()
    [True, False, True, False, None]
    """
    if found.dtype == pl.Boolean:
        return found
    words = _folded(found).str.to_lowercase()
    return words.replace_strict(
        [*_YES, *_NO],
        [True] * len(_YES) + [False] * len(_NO),
        default=None,
        return_dtype=pl.Boolean,
    )


def readers(found: pl.Series) -> pl.Series:
    """In whose edition something may stand: `no`, `company`, `hire` or `both`, which is what a plain yes says.

    >>> readers(pl.Series(["はい", "不可", "企業", "本人", "双方", "たぶん"])).to_list()
    ['both', 'no', 'company', 'hire', 'both', None]
    """
    if found.dtype == pl.Boolean:
        return found.replace_strict([True, False], ["both", "no"], return_dtype=pl.String)
    words = _folded(found).str.to_lowercase()
    known = {word: reader for reader, listed in _READERS.items() for word in listed}
    return words.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)


def _choices(found: pl.Series, allowed: tuple[str, ...]) -> pl.Series:
    words = _folded(found).str.to_lowercase()
    return words.set(~words.is_in(allowed), None)


def _folded(found: pl.Series) -> pl.Series:
    """Text for matching only: compatibility characters folded, in capitals, once per distinct text."""
    text = as_text(found)
    distinct = text.drop_nulls().unique()
    folded = [unicodedata.normalize("NFKC", one).strip().upper() for one in distinct]
    return text.replace_strict(
        distinct,
        pl.Series(folded, dtype=pl.String),
        default=None,
        return_dtype=pl.String,
    )
