"""Text as it comes, made comparable: for matching only, never to be written in the place of what a person wrote."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import polars as pl

BLANK_WORDS = ("", "'", "-", "－", "ー", "―", "—", "なし", "無し", "未定", "n/a", "null", "none", "nan")
"""Cells that say nothing where a date, an id or a code is expected, after `fold`."""

# Copies from PDF files bring radicals in the place of ideographs. NFKC knows those of the block 康熙部首 (U+2F00),
# but of CJK Radicals Supplement only two; these are the others that stand for a whole ideograph
# (EquivalentUnifiedIdeograph.txt).
_RADICALS = str.maketrans(
    "⺟⺠⺩⺭⻁⻄⻅⻆⻉⻋⻑⻒⻓⻘⻝⻣⻤⻨⻩⻭⻯⻲⻳⻫⻬⺁⺒⺓⻌⻍⻎",
    "母民王示虎西見角貝車長镸长青食骨鬼麦黄歯竜亀龟斉齐厂巳幺辶辶辶",
)
_SPACES = re.compile(r"\s+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DASHES = str.maketrans("‐‑‒–—―−〜", "-------~")


@lru_cache(maxsize=65536)
def fold(written: str) -> str:
    """A text for matching: width, compatibility forms, radicals, kana width, blanks, dashes and capitals made alike.

    >>> fold("  ㈱ 青葉　商事 "), fold("ｶﾌﾞｼｷ"), fold("⾯接⽇"), fold("Ｎo－１")
    ('(株) 青葉 商事', 'カブシキ', '面接日', 'no-1')
    """
    plain = unicodedata.normalize("NFKC", written.translate(_INVISIBLE).translate(_RADICALS))
    return _SPACES.sub(" ", plain.translate(_DASHES)).strip().casefold()


@lru_cache(maxsize=65536)
def fold_key(written: str) -> str:
    """A text for matching names and ids: as `fold`, without any blank.

    >>> fold_key("佐藤　昇") == fold_key("佐藤 昇") == fold_key("佐藤昇")
    True
    """
    return fold(written).replace(" ", "")


@lru_cache(maxsize=65536)
def fold_id(written: str) -> str:
    """An id for matching: width, blanks and dashes made alike; capitals tell ids apart.

    >>> fold_id("Ａ－１ "), fold_id("a-1")
    ('A-1', 'a-1')
    """
    plain = unicodedata.normalize("NFKC", written.translate(_INVISIBLE).translate(_RADICALS))
    return _SPACES.sub("", plain.translate(_DASHES))


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


def replaced(series: pl.Series, values: Mapping[str, str]) -> tuple[pl.Series, pl.Series]:
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
