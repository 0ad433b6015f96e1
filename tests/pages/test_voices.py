"""What one side said of the other reaches the other only where its row names that reader, in any output there is."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import placement_sample as sample
import polars as pl
from hypothesis import event, given, settings
from hypothesis import strategies as st
from thinned import ALL

import playbook as pb
from playbook.answers.placed.consents import permitted
from playbook.answers.placed.editions import EDITIONS, Edition, for_reader_voices
from playbook.words.text import LANGS, Lang

NAMES = {
    "company": {"company"}, "企業": {"company"}, "hire": {"hire"}, "本人": {"hire"}, "both": {"company", "hire"},
    "yes": {"company", "hire"}, "双方": {"company", "hire"}, "no": set(), "いいえ": set(), "": set(), "たぶん": set(),
}  # fmt: skip
"""Whom each way of filling in `shareable` names; what nobody can read names nobody."""
TO = {"company": {"company"}, "青葉精機": {"company"}, "hire": {"hire"}, "双方": {"company", "hire"}, "bank": set()}
TODAY = date.fromisoformat(sample.AS_OF)
SPECIAL = ("", "", "", "通院のことで、")
DAYS = st.integers(-200, 30).map(lambda days: TODAY + timedelta(days=days))
SIDES = st.sampled_from(["company", "hire"])
VOICE = st.tuples(SIDES, DAYS, st.sampled_from(sorted(NAMES)), st.sampled_from(SPECIAL))
VOICES, MANY = st.lists(VOICE, min_size=1, max_size=20), st.lists(VOICE, min_size=30, max_size=60)
CONSENTS = st.lists(
    st.tuples(SIDES, st.sampled_from(sorted(TO)), DAYS, st.none() | DAYS, st.sampled_from(["", "健康を含む"])),
    max_size=5,
)


def workspace(voices: list[Any], consents: list[Any]) -> tuple[pb.Workspace, list[str]]:
    """The small bank with these voices and consents, an answer of a survey, and the word by which each is known."""
    words = [f"秘{73_100_000 + number}語" for number in range(len(voices) + 1)]
    tables = {name: [row for row in rows if row.get("case_id", "P-1") == "P-1"] for name, rows in sample.rows().items()}
    tables["voices"] = [
        {"case_id": "P-1", "side": side, "held_on": str(day), "topic": "待遇", "score": "3", "note": special + word, "shareable": named}
        for (side, day, named, special), word in zip(voices, words, strict=False)
    ]  # fmt: skip
    tables["consents"] = [
        {"case_id": "P-1", "side": side, "to": to, "given_on": str(day), "how": "書面", "items": items,
         "withdrawn_on": str(until) if until else None}
        for side, to, day, until, items in consents
    ] or sample.CONSENTS[:0]  # fmt: skip
    tables["surveys"] = [
        {"case_id": "P-1", "answered_on": "2026-11-02", "kind": "accepted", "question": "q", "comment": words[-1]}
    ]
    return pb.Workspace(**{name: sample.frame(rows) for name, rows in tables.items() if rows}), words


def outputs(ws: pb.Workspace, edition: Edition, lang: Lang) -> Iterator[str]:
    """All that an edition hands out: what its page shows and carries, its letter, its goal sheet, the register's line."""
    day = ws.on(sample.AS_OF)
    others = [day.review("P-1", edition=other, lang=lang) for other in EDITIONS[1:]]
    review = next((one for one in others if one.pack.edition == edition), day.review("P-1", lang=lang))
    parts = (
        "agreed",
        "goals",
        "picture",
        "voices",
        "experience",
        "changes",
        "preparation",
        "reviews",
        "routes",
        "steps",
    )
    shown = [
        *review.opening(ws.settings, others),
        *(one for part in parts for one in review.part(part)),
        *review.internal,
    ]
    for one in shown:
        for says in ("_repr_html_", "_repr_markdown_", "__repr__"):
            if hasattr(one, says):
                yield unescape(str(getattr(one, says)()))
    yield json.dumps([review.headline, review.cards.told, review.released], ensure_ascii=False, default=str)
    for file in (review.sheet, *([day.letter("P-1", edition=edition, lang=lang)] if edition != "bank" else ())):
        with zipfile.ZipFile(io.BytesIO(file)) as parts_of:
            yield from (
                re.sub(r"<[^>]+>", "", parts_of.read(name).decode("utf-8", "replace")) for name in parts_of.namelist()
            )


def may_read(voice: Any, consents: list[Any], edition: Edition) -> bool:
    """Whether a voice may cross, as the rules are written: named, and agreed to by whoever said it, on that day."""
    side, held_on, named, special = voice
    if edition not in NAMES[named] or held_on > TODAY:
        return False
    valid = [
        (special == "" or items != "")
        for who, to, day, until, items in consents
        if who == side and edition in TO[to] and day <= TODAY and (until is None or until > TODAY)
    ]
    return any(valid) or (side == edition and special == "")


@settings(max_examples=120 if ALL else 6, deadline=None)
@given(VOICES, CONSENTS)
def test_a_voice_is_permitted_only_where_its_row_names_the_reader(voices: list[Any], consents: list[Any]) -> None:
    """Random voices, ways of naming readers, consents and withdrawals: those that may cross, and no others, are cut out."""
    ws, words = workspace(voices, consents)
    for edition in EDITIONS[1:]:
        readable = {word for voice, word in zip(voices, words, strict=False) if may_read(voice, consents, edition)}
        event(f"{edition}: {'some' if readable else 'none'} may cross")
        known = ws.tables.voices.filter(pl.col("held_on") <= TODAY)
        judged = permitted(known, ws.tables.consents, edition, TODAY, {"青葉精機": "company"})
        held = for_reader_voices(judged, edition)["note"].to_list()
        assert {word for word in words if any(word in note for note in held)} == readable


@settings(max_examples=30 if ALL else 1, deadline=None)
@given(MANY, CONSENTS, st.sampled_from(LANGS))
def test_what_may_not_cross_is_in_no_output(voices: list[Any], consents: list[Any], lang: Lang) -> None:
    """Many voices at once, of all kinds, through everything that is handed out."""
    ws, words = workspace(voices, consents)
    for edition in EDITIONS[1:]:
        told = "\n".join(outputs(ws, edition, lang))
        readable = {word for voice, word in zip(voices, words, strict=False) if may_read(voice, consents, edition)}
        assert {word for word in words if word in told} <= readable


def test_the_property_sees_what_crosses() -> None:
    """A voice that its row names for both, with its speaker's yes, is in both letters: the search finds what is there."""
    voice, consent = ("hire", TODAY, "both", ""), ("hire", "company", TODAY, None, "")
    ws, words = workspace([voice, ("hire", TODAY, "company", "")], [consent])
    assert may_read(voice, [consent], "company")
    for edition in EDITIONS[1:]:  # both sides sign the letter: what one of them alone may read is in neither's
        told = "\n".join(outputs(ws, edition, "ja"))
        assert words[0] in told and words[1] not in told
    assert words[1] in "\n".join(outputs(ws, "bank", "ja"))
