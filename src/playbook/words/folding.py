"""Text as it comes, made comparable: for matching only, never to be written in the place of what a person wrote."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Copies from PDF files bring radicals in the place of ideographs. NFKC knows those of the block 康熙部首 (U+2F00),
# but of CJK Radicals Supplement only two; these are the others that stand for a whole ideograph
# (EquivalentUnifiedIdeograph.txt).
_RADICALS = str.maketrans(
    "⺟⺠⺩⺭⻁⻄⻅⻆⻉⻋⻑⻒⻓⻘⻝⻣⻤⻨⻩⻭⻯⻲⻳⻫⻬⺁⺒⺓⻌⻍⻎",
    "母民王示虎西見角貝車長镸长青食骨鬼麦黄歯竜亀龟斉齐厂巳幺辶辶辶",
)
_AS_MEANT = {**_RADICALS, **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))}  # without what is not seen
_DASHES = str.maketrans("‐‑‒–—―−〜", "-------~")


@lru_cache(maxsize=65536)
def fold(written: str) -> str:
    """A text for matching: width, compatibility forms, radicals, kana width, blanks, dashes and capitals made alike.

    >>> fold("  ㈱ 青葉　商事 "), fold("ｶﾌﾞｼｷ"), fold("⾯接⽇"), fold("Ｎo－１")
    ('(株) 青葉 商事', 'カブシキ', '面接日', 'no-1')
    """
    plain = unicodedata.normalize("NFKC", written.translate(_AS_MEANT))
    return " ".join(plain.translate(_DASHES).split()).casefold()


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
    plain = unicodedata.normalize("NFKC", written.translate(_AS_MEANT))
    return "".join(plain.translate(_DASHES).split())
