"""Columns of text as they come, made comparable for matching, and freed of cells that say nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import polars as pl

from playbook.words.folding import fold, fold_id, fold_key

BLANK_WORDS = ("", "'", "-", "－", "ー", "―", "—", "なし", "無し", "未定", "n/a", "null", "none", "nan")
"""Cells that say nothing where a date, an id or a code is expected, after `fold`."""

# Forms of one character that keyboards, systems and registers write in each other's place; 斎 and 斉, 島 and 嶋 are
# other names.
_FORMS = (
    [*"髙﨑德瀨濵濱邊邉𠮷栁桒賴黑淸靑增寬緖薰郞敎悅每橫步硏祿綠緣說銳錄澤櫻廣國惠壽眞"],
    [*"高崎徳瀬浜浜辺辺吉柳桑頼黒清青増寛緒薫郎教悦毎横歩研禄緑縁説鋭録沢桜広国恵寿真"],
)


def in_one_form(series: pl.Series) -> pl.Series:
    """A folded column with the forms of one character made alike.

    >>> in_one_form(pl.Series(["髙﨑", "斎藤", "斉藤"])).to_list()
    ['高崎', '斎藤', '斉藤']
    """
    return series.str.replace_many(*_FORMS)


_PLAIN = r"^[!-~]*$"
"""Texts that no fold changes but for capitals: printable ASCII without blanks."""


def folded(series: pl.Series, how: Callable[[str], str] = fold_key) -> pl.Series:
    """A column for matching, folded once per distinct text that is not plain."""
    plain = series.str.contains(_PLAIN).fill_null(True)
    quick = series if how is fold_id else series.str.to_lowercase()
    if plain.all():
        return quick
    distinct = series.filter(~plain).unique()
    read = pl.Series([how(one) for one in distinct], dtype=pl.String)
    slow = series.replace_strict(distinct, read, default=None, return_dtype=pl.String)
    return quick.zip_with(plain, slow)


def without_blanks(series: pl.Series, words: Iterable[str] = ()) -> pl.Series:
    """A column of text, stripped, with null for the cells that say nothing."""
    blank = {*BLANK_WORDS, *map(fold, words)}
    longest = 2 * max(map(len, blank))
    short = series.filter((series.str.len_chars() <= longest).fill_null(False))
    if not any(re.search(r"\d", word) for word in blank):
        short = short.filter(~short.str.contains(r"\d"))
    silent = [one for one in short.unique() if fold(one) in blank]
    spaces = series.str.strip_chars() == ""
    return series.str.strip_chars().set(series.is_in(silent) | spaces, None)


def stripped(series: pl.Series) -> pl.Series:
    """A column of text, stripped at both ends, with null where nothing is left."""
    text = series.str.strip_chars()
    return text.set(text == "", None)


def by_fold(names: Iterable[str]) -> dict[str, str]:
    """The first of some names for each way they fold."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(fold_key(name), name)
    return found


def replaced_values(series: pl.Series, values: Mapping[str, str]) -> tuple[pl.Series, pl.Series]:
    """A column with its values replaced where they match after folding, and where that was."""
    known = {fold_key(given): wanted for given, wanted in values.items()}
    distinct = series.drop_nulls().unique()
    hit = {one: known[fold_key(one)] for one in distinct if fold_key(one) in known}
    found = (
        series.is_in(list(hit)) if hit else pl.Series(series.name, [False], pl.Boolean).new_from_index(0, len(series))
    )
    return series.replace(list(hit), list(hit.values())) if hit else series, found.fill_null(False)


def private_use(series: pl.Series) -> int:
    """How many cells hold private-use characters (外字): kept as they are, shown by a machine that has the font."""
    return int(series.str.contains(r"[\x{E000}-\x{F8FF}]").sum() or 0)
