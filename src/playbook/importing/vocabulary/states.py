"""What a state says: the value of a column of states, or a mark, to what happened.

Japanese is read from its end: `書類選考中辞退` is a decline, `内定承諾待ち` nothing yet, `内定後退社` leaving. What is
an end in brackets goes before what stands outside (`不採用（辞退）`). English is read by whole words. What nobody can
know from the word alone (`採用`, `選考終了`, `音信不通`) is in doubt, and asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from playbook.importing.vocabulary.headers import ROUNDS, header_of
from playbook.importing.vocabulary.words import FoundWord, found_in, spaced, vocabulary
from playbook.words.folding import fold, fold_key


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a state means. `kind`: a word of `[states]`, `stage` (a round, held or not), `held` (a round that took
    place), or "" where it is not known. `round`: which. `sure`: whether the word alone tells it."""

    kind: str = ""
    round: str = ""
    sure: bool = True

    def activity(self, known: Collection[str], *, dated: bool = False) -> str:
        """The activity it is, among those that a book knows; "" where it is none. `dated`: each line has its time, so
        that a state is entered there."""
        wanted: tuple[str, ...] = _ACTIVITIES.get(self.kind, ())
        if self.kind == "new" and not dated:
            wanted = ()
        if self.kind == "joined" and not dated and "applied" in known:  # of an applicant: the acceptance is certain
            wanted = ("offer_accepted", "joined")
        if self.kind == "held" or (self.kind == "stage" and dated):
            wanted = (ROUNDS.get(self.round, ""),)
        return next((one for one in wanted if one in known), "")

    @property
    def choices(self) -> tuple[str, ...]:
        """What it may be, where it is in doubt."""
        return _IN_DOUBT.get(self.kind, ())

    @property
    def unasked(self) -> str:
        """What is certain of it before anybody is asked: that it ended, by whom unknown; "" where nothing is."""
        return UNKNOWN if self.kind == "someone" else ""


UNKNOWN = "ended_unknown"
"""The activity of an end of which nobody knows who brought it about."""

_ACTIVITIES = {
    "new": ("applied",), "offer": ("offer_made",), "accepted": ("offer_accepted",), "rejected": ("rejected",),
    "withdrawn": ("withdrawn",), "offer_declined": ("offer_declined",), "joined": ("joined", "offer_accepted"),
    "left": ("left",), "cancelled": ("offer_cancelled",),
}  # fmt: skip
_IN_DOUBT = {
    "hired": ("offer_made", "offer_accepted"), "someone": (UNKNOWN, "rejected", "withdrawn"),
    "over": ("offer_accepted", UNKNOWN, "rejected", "withdrawn"), "either_decline": ("withdrawn", "offer_declined"),
    "no_show": ("withdrawn", "rejected", UNKNOWN), "cancelled": ("rejected",), "by_company": ("rejected",),
}  # fmt: skip
_DOUBTFUL = frozenset({"hired", "someone", "over", "no_show", "either_decline", "by_company"})
ENDED = frozenset({"rejected", "withdrawn", "offer_declined", "accepted", "joined", "left", "cancelled", "out"})


@cache
def state_of(value: str) -> Meaning:
    """What a value of a column of states means.

    >>> [state_of(one).kind for one in ("内定承諾待ち", "書類選考中辞退", "不採用（辞退）", "Interviewing")]
    ['open', 'withdrawn', 'withdrawn', 'open']
    """
    text = re.sub(r"^(?:\d{1,2}[.:)]|【[^】]*】|\[[^\]]*\])\s*", "", fold(value)).strip() or fold(value)
    if re.fullmatch(r"[\x20-\x7e]+", text):
        return _english(re.sub(r"^\d{1,2}[.:)]\s*", "", spaced(value)) or text)
    inside = re.search(r"^(.*?)\(([^()]*)\)[^()]*$", text)
    if inside is None:
        return _japanese(text.replace(" ", ""))
    outer, inner = (_japanese(part.replace(" ", "")) for part in inside.groups())
    if inner.kind in ENDED and inner.sure:
        return Meaning("offer_declined") if (outer.kind, inner.kind) == ("offer", "withdrawn") else inner
    if outer.kind in ("rejected", "someone") and (party := _party(inside[2])):  # 見送り（本人）
        return Meaning(party)
    if outer.kind == "withdrawn" and re.match(r"(?:内定|承諾).*後", inside[2]):  # 辞退(内定後)
        return Meaning("offer_declined")
    if outer.kind == "" and header_of(inside[1]).is_interview:  # 面接(一次)
        return Meaning("stage", header_of(inside[2] + "面接").noun)
    return outer


def _party(text: str) -> str:
    """How it ended, by whose word it was: the candidate's or the company's; "" where a text names neither."""
    named = re.sub(r"(?:側|様|都合|より|から|判断)+$", "", text)
    if re.fullmatch(r"(?:ご)?本人|候補者|求職者|応募者|カンディデート|candidate", named):
        return "withdrawn"
    return "rejected" if re.fullmatch(r"企業|会社|先方|クライアント|自社|社内|当社|client|company", named) else ""


@cache
def _exact() -> dict[str, str]:
    kinds = {kind: words for kind, words in vocabulary()["states"].items() if kind != "rounds_done"}
    return {fold_key(word): kind for kind, words in kinds.items() for word in reversed(words)}


def _japanese(text: str) -> Meaning:
    kind = _exact().get(text)
    if kind is not None and kind != "rounds_done":
        return Meaning(kind, sure=kind not in _DOUBTFUL)
    if re.match(r"^未", text):
        return Meaning("open")
    if (ends := re.fullmatch(r"(.+?)(?:側|様)?(?:ng|見送り|お見送り|都合)", text)) and (party := _party(ends[1])):
        return Meaning(party)
    text = re.sub(r"(二次|2次)[/・](最終)", r"\1\2", text)
    parts = [part for part in re.split(r"[/・、,;|]| or ", text) if part]
    if len(parts) > 1 and len(kinds := {_japanese(part).kind for part in parts}) > 1 and kinds & ENDED:
        return Meaning("someone", sure=False)
    if len(parts) > 1 and _japanese(parts[0]).kind != "offer" == _japanese(parts[-1]).kind:
        return Meaning()
    if (done := _round_done(text)) is not None:
        return done
    word = _suffix(text)
    if word in ("someone", "over"):
        return _ended_as(text)
    if word is not None:
        return Meaning(word, sure=word not in _DOUBTFUL)
    header = header_of(text)
    if header.noun in (*ROUNDS, "third", "further", "interview") and header.clear and not header.says:
        return Meaning("stage", header.noun)
    return Meaning("open") if header.noun and header.says == "pending" else Meaning()


_AS = re.compile(r"(?:の?ため|につき|により|によって|による|にて|して|し|で|から|[→:：・,、-])+$")
_OVER = re.compile(r"(?:選考|対応|応募)?(?:が|を|は)?(?:終了|完了|クローズ)(?:済み?|した|しました)?$")


def _ended_as(text: str) -> Meaning:
    """An end with the word before it that says which: 辞退のため終了; without one nobody can know (採用につき終了)."""
    before = _AS.sub("", _OVER.sub("", text))
    found = _japanese(before) if before and before != text else Meaning()
    if found.kind in ENDED:
        return found
    return Meaning("over", sure=False)


def _suffix(text: str) -> str | None:
    """The kind of the longest word that ends a text."""
    for length in range(len(text), 0, -1):
        kind = _exact().get(text[-length:])
        if kind is not None and kind not in ("rounds_done", "new"):
            return None if kind == "advanced" else kind
    return None


_TOLD = re.compile(r"(?:の)?(?:通知|連絡|伝達|案内)書?(?:送付|発送)?$")
"""That somebody was told of it: 不採用通知済み."""


def _round_done(text: str) -> Meaning | None:
    """A round that was held or passed: 一次面接済, 最終面接合格."""
    ends = sorted((fold_key(word) for word in vocabulary()["states"]["rounds_done"]), key=len, reverse=True)
    done = next((word for word in ends if text.endswith(word) and len(text) > len(word)), None)
    if done is None or text.endswith(("不" + done, "未" + done)):
        return None
    header = header_of(text[: -len(done)])
    if header.noun in ROUNDS and header.clear and not header.says:
        return Meaning("held", header.noun)
    base = _exact().get(_TOLD.sub("", text[: -len(done)]))
    if done.startswith("済") and base not in (None, "rounds_done", "open"):
        return Meaning(str(base), sure=base not in _DOUBTFUL)
    return (
        Meaning("advanced") if header.noun in ("document", "test", "third", "further", "interview", "either") else None
    )


def _english(text: str) -> Meaning:
    plain = re.sub(r"[\s_/-]+", " ", text).strip()
    kind = _exact().get(plain.replace(" ", ""))
    if kind is not None and kind != "rounds_done":
        return Meaning(kind, sure=kind not in _DOUBTFUL)
    found = [one for one in found_in(plain, "states") if one.meaning != "rounds_done"]
    header = header_of(re.sub(r"(?<![a-z])by(?![a-z]).*", "", text) or text)  # a state has no deadline
    if denied := re.match(r"not (yet )?", plain):
        ended = {one.meaning for one in found} & {"joined", "hired", "offer", "accepted"}
        if denied[1] or ended:
            return Meaning("open") if denied[1] else Meaning("someone", sure=False)
    if any(one.meaning == "open" for one in found) or header.says in ("pending", "planned", "deadline"):
        return Meaning("open")
    ends = [one for one in found if one.meaning in (*ENDED, "offer", *_DOUBTFUL)]
    ends = [one for one in ends if one.meaning not in ("someone", "over")] or ends  # Closed - Hired
    if len({one.meaning for one in ends}) > 1:
        return _strongest(ends)
    if ends and ends[0].meaning == "someone":  # and more that nobody can read
        return Meaning("over", sure=False)
    if ends:
        return Meaning(ends[0].meaning, sure=ends[0].meaning not in _DOUBTFUL and _mostly(plain, ends[0]))
    if header.noun in ROUNDS and not header.says:
        done = bool(re.search(r"(?<![a-z])(?:held|done|completed|passed)(?![a-z])", plain))
        return Meaning("held" if done else "stage", header.noun) if header.clear else Meaning()
    return Meaning("new") if found and found[0].meaning == "new" and _mostly(plain, found[0]) else Meaning()


def _strongest(ends: list[FoundWord]) -> Meaning:
    """Of several words the longest, in doubt."""
    return Meaning(ends[0].meaning, sure=False)


def _mostly(text: str, found: FoundWord) -> bool:
    """Whether a word is most of what a text says."""
    return found.length * 2 >= len(text) or bool(re.search(r"(?<![a-z])(?:by|after|before|at)(?![a-z])", text))


def took_place(activity: str, outcome: str) -> bool:
    """Whether what a column of days is of took place on a day, by the outcome that stands beside it.

    >>> took_place("first_interview_held", "rejected"), took_place("first_interview_held", "withdrawn")
    (True, False)
    """
    if outcome == activity or activity == "applied":
        return True
    if activity.endswith("_held"):
        return outcome in ("rejected", UNKNOWN)
    return activity == "offer_made" and outcome in ("offer_declined", "offer_accepted")


def mark_beside(note: str, noun: str) -> Meaning:
    """What the words beside a day say of how it ended; what follows the first of them is the reason.

    >>> mark_beside("不合格 経験不足", "first").kind, mark_beside("好印象", "first").kind
    ('rejected', '')
    """
    words = [note, re.split(r"[\s:(\[、,。/・]", note, maxsplit=1)[0], note[:1]]
    found = [mark_of(one, noun) for one in words[:2]]
    found += [mark_of(words[2], noun)] if fold_key(words[2]) in FAILED else []
    ended = next((one for one in found if one.kind in ENDED and (one.sure or noun == "offer")), Meaning())
    return Meaning("offer_declined") if noun == "offer" and ended.kind == "withdrawn" else ended


def _keys(words: str) -> frozenset[str]:
    return frozenset(map(fold_key, words.split()))


PASSED = _keys("○ ◯ 〇 ◎ ✓ ✔ ✅ ☑ 通過 合格 済 済み pass passed ok true 1 可 はい yes y 有 実施")
FAILED = _keys("× ✕ ✖ ❌ ☓ ✗ ✘ x 不合格 不通過 ng fail failed 不可 落ち 見送り お見送り 不採用 否")
SILENT = _keys("△ ▲ 保留 - — 未 未定 未実施 結果待ち 待ち 調整中 検討中 false 0 no n いいえ 無")


def mark_of(value: str, noun: str) -> Meaning:
    """What a mark means in the column of a round, an offer or an acceptance.

    >>> mark_of("○", "first"), mark_of("×", "accepted").kind, mark_of("辞退", "first").kind
    (Meaning(kind='held', round='first', sure=True), 'offer_declined', 'withdrawn')
    """
    key, kind = fold_key(value), state_of(value).kind
    if key in SILENT:
        return Meaning("open")
    match noun:
        case "withdrawn" | "rejected" | "offer_declined":
            return Meaning(noun) if key in PASSED else state_of(value) if kind in ENDED else Meaning("open")
        case "decision" if kind in ("withdrawn", "accepted"):
            return Meaning(kind)
        case "accepted" | "decision":
            if key in PASSED:
                return Meaning("accepted")
            if key in FAILED or kind in ("withdrawn", "offer_declined"):
                return Meaning("offer_declined", sure=kind != "rejected" or key in FAILED)
        case "offer":
            if key in PASSED:
                return Meaning("offer")
            if key in FAILED:
                return Meaning("rejected")
            if key == "declined":  # of an offer it is the candidate who declines
                return Meaning("offer_declined")
            if kind == "withdrawn" or key in ("rejected", "reject"):
                return Meaning("offer_declined", sure=False)
        case _:
            if key in PASSED:
                return Meaning("held", noun) if noun in ROUNDS else Meaning("advanced")
            if key in FAILED:
                return Meaning("rejected")
    return state_of(value)
