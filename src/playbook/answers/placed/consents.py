"""Who agreed that what they said may be shown to whom, and what may therefore stand in an edition on a day.

A voice leaves the bank only where the row itself says so (`shareable`) and its speaker's consent to that reader is on
record and valid that day. What was said of health, creed, origin or a record of crime (要配慮個人情報) needs a second
yes: a consent whose `items` name it. A consent that was withdrawn counts until the day before.

Source: Act on the Protection of Personal Information art. 20(2), 27 (PAPERS 6.2, 6.4, read November 2026); that a word
makes a remark one of special care is our own, cautious reading.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

SPECIAL: Mapping[str, tuple[str, ...]] = {
    "health": (
        "病", "通院", "入院", "服薬", "投薬", "診断", "障害者", "障がい", "妊娠", "出産", "不妊", "休職", "うつ",
        "鬱", "メンタル", "体調", "手術", "治療", "発達障", "依存症", "ストレスチェック", "健診", "健康", "illness",
        "disease", "hospital", "medication", "pregnan", "disabilit", "depress", "diagnos", "sick",
    ),
    "creed": ("信仰", "宗教", "宗派", "信条", "信者", "入信", "支持政党", "政治活動", "労働組合", "組合員", "religio",
              "creed", "political", "trade union"),
    "origin": ("国籍", "在日", "本籍", "出生地", "部落", "同和", "民族", "人種", "帰化", "門地", "nationality",
               "ethnic", " race"),
    "crime": ("前科", "前歴", "逮捕", "犯罪", "有罪", "執行猶予", "補導", "arrest", "criminal", "convict"),
}  # fmt: skip
"""Words by which a remark is taken to be of special care: rather one too many, as a second yes is quickly asked for."""

SECOND_YES = ("要配慮", "健康", "信条", "出自", "犯罪", "special", "health", "creed", "origin", "crime")
"""What `items` of a consent says where it covers such remarks too."""

REFUSALS = ("not_shareable", "no_consent", "withdrawn", "special_care")
"""Why a voice may not stand in an edition."""


@lru_cache(4096)
def special_care(text: str | None) -> tuple[str, ...]:
    """The kinds of special care that a remark touches, by its words.

    >>> special_care("持病で通院している"), special_care("会議の進め方が変わった")
    (('health',), ())
    """
    said = unicodedata.normalize("NFKC", text or "").lower()
    return tuple(kind for kind, words in SPECIAL.items() if any(word in said for word in words))


def voice_key(voice: Mapping[str, Any]) -> str:
    """What a register may keep of a voice: a key that tells it from others and says nothing of what was said."""
    parts = (str(voice[name] if voice[name] is not None else "") for name in ("case_id", "side", "held_on", "topic"))
    said = "\x1f".join((*parts, str(voice["note"] or "")))
    return hashlib.sha256(said.encode("utf-8")).hexdigest()[:16]


def permitted(
    voices: pl.DataFrame, consents: pl.DataFrame, edition: str, day: date, names: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """The voices with what stands in the way of showing them in an edition: one row per voice, in their order.

    Adds `consented_on` (the day of the consent that holds), `refused` (one of `REFUSALS`; null: it may be shown),
    `special` (the kinds of special care it touches, joined) and `key` (see `voice_key`). Whoever said it themselves
    needs no consent to read it again: only `shareable`. `edition`: `company` or `hire`; `bank` shows everything.
    `names`: what `to` of a consent may call a reader, such as the name of the company, and which reader that is.
    """
    granted = _granted(consents, edition, {**_TO, **(names or {})})
    rows = list(_each_judged(voices, granted, edition, day))
    return voices.hstack(pl.DataFrame(rows, schema=_JUDGED, orient="row"))


def _each_judged(
    voices: pl.DataFrame, granted: Mapping[tuple[str, str], list[_Consent]], edition: str, day: date
) -> Iterator[tuple[date | None, str | None, str | None, str]]:
    """What `permitted` adds to each voice."""
    for voice in voices.iter_rows(named=True):
        given = granted.get((voice["case_id"], voice["side"]), [])
        special = (*special_care(voice["note"]), *special_care(voice["topic"]))
        refused, since = _judged(voice, given, edition, day, bool(special))
        yield since, refused, ", ".join(dict.fromkeys(special)) or None, voice_key(voice)


_JUDGED = {"consented_on": pl.Date, "refused": pl.String, "special": pl.String, "key": pl.String}
_Consent = tuple[date, date | None, str]


def _granted(consents: pl.DataFrame, edition: str, called: Mapping[str, str]) -> dict[tuple[str, str], list[_Consent]]:
    """The consents to a reader by case and side: the day given, the day withdrawn, what they name."""
    found: dict[tuple[str, str], list[_Consent]] = {}
    for row in consents.sort("given_on").iter_rows(named=True):
        to = str(row["to"]).strip()
        if called.get(to, to.lower()) in (edition, "both"):
            known = (row["given_on"], row["withdrawn_on"], row["items"] or "")
            found.setdefault((row["case_id"], row["side"]), []).append(known)
    return found


_TO = {"企業": "company", "会社": "company", "本人": "hire", "入社者": "hire", "双方": "both", "銀行": "bank"}


def _judged(
    voice: Mapping[str, Any], given: list[_Consent], edition: str, day: date, special: bool
) -> tuple[str | None, date | None]:
    if edition == "bank":
        return None, None
    if voice["shareable"] not in (edition, "both"):
        return "not_shareable", None
    mine = [one for one in given if one[0] <= day]
    valid = [one for one in mine if one[1] is None or one[1] > day]
    covering = [one for one in valid if not special or any(word in one[2].lower() for word in SECOND_YES)]
    if covering:
        return None, covering[-1][0]
    if voice["side"] == edition and not special:
        return None, None
    if valid:
        return "special_care", None
    return ("withdrawn" if mine else "no_consent"), None


def released_key(edition: str, key: str) -> str:
    """What the register keeps of a voice in an edition."""
    return f"{edition}:{key}"


def recalled(voices: pl.DataFrame, consents: pl.DataFrame, day: date, names: NamesById | None = None) -> frozenset[str]:
    """What may stand in an edition for others no longer, as `released_key` says it: refused by the day, for any reason.

    Pages that were published with one of them are to go, wherever they are kept. `names`: by case, see `permitted`.
    """
    found = set()
    given = consents.partition_by("case_id", as_dict=True)
    for case, heard in voices.partition_by("case_id", as_dict=True).items():
        mine, called = given.get(case, consents.clear()), {**_TO, **(names or {}).get(str(case[0]), {})}
        for edition in ("company", "hire"):
            judged = _each_judged(heard, _granted(mine, edition, called), edition, day)
            found |= {released_key(edition, key) for _, refused, _, key in judged if refused is not None}
    return frozenset(found)


NamesById = Mapping[str, Mapping[str, str]]
