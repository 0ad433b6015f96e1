"""What a header says: which happening it names, and what the rest of it makes of that.

`一次面接日` names the first interview and a day; `一次面接予定日` a plan, `内定承諾期限` a deadline, `最終面接官` a
person. The longest name wins (`内定後退社日` is leaving, no offer), and what is left beside it decides whether the
header is sure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from playbook.importing.vocabulary.words import FoundWord, found_in, is_word, spaced, undecorated, vocabulary, without
from playbook.words.folding import fold

ROUNDS = {"first": "first_interview_held", "second": "second_interview_held", "final": "final_interview_held",
          "casual": "casual_meeting_held", "meeting": "casual_meeting_held"}  # fmt: skip
"""The activity of a round that took place."""

ACTIVITIES = {
    "applied": "applied", **ROUNDS, "offer": "offer_made", "accepted": "offer_accepted",
    "offer_declined": "offer_declined", "withdrawn": "withdrawn", "rejected": "rejected", "joined": "joined",
    "left": "left", "cancelled": "offer_cancelled", "goals": "goals_agreed", "company_review": "company_review_held",
    "hire_review": "hire_review_held", "six_month_review": "six_month_review_held", "terms": "terms_explained",
    "renewal_asked": "renewal_asked", "contract_signed": "individual_contract_signed",
    "client_notified": "client_notified", "conflict_notice": "conflict_date_notice_received",
}  # fmt: skip
"""The activity of what a header names, in the books that have it."""

ENDS = frozenset({"rejected", "withdrawn", "offer_declined", "cancelled", "left", "ended"})
_INTERVIEWS = frozenset({"interview", "first", "second", "third", "further", "either", "final"})


@dataclass(frozen=True, slots=True)
class Header:
    """`noun`: the happening it names, "" where it names none. `says`: what the rest makes of it, a word of
    `[qualifiers]` or "". `day`: whether it speaks of a day. `clear`: whether nothing in it is left unread. `stem`: the
    header without words for a day. `nouns`: all that it names."""

    noun: str = ""
    says: str = ""
    day: bool = False
    clear: bool = False
    stem: str = ""
    nouns: tuple[str, ...] = ()

    @property
    def is_interview(self) -> bool:
        """Whether it names an interview of any round."""
        return self.noun in _INTERVIEWS


@cache
def header_of(header: str) -> Header:
    """What a header says.

    >>> header_of("一次面接予定日").says, header_of("内定後退社日").noun, header_of("Offer Date").clear
    ('planned', 'left', True)
    """
    text = _own_part(spaced(header))
    nouns = found_in(text, "nouns")
    rest = without(text, nouns)
    asked = [one for one in found_in(rest, "qualifiers") if not _only_tells(one, nouns)]
    left = without(rest, asked)
    days = found_in(left, "days")
    stray = re.sub(r"[\s()\[\]【】.,:;/・、_#*'\"〈〉<>＊-]+", "", without(left, days))
    says = _strongest([one.meaning for one in asked])
    if nouns and nouns[0].word in _LAST and (stray or says in ("record", "contact")):  # the last of something else
        nouns = nouns[1:]
    noun = _noun(nouns)
    speaks_of_a_day = _speaks_of_a_day(text)
    if noun == "offer" and any(one.meaning == "answer" for one in asked) and says in ("answer", "people"):  # 内定者回答
        noun, says = "decision", "" if speaks_of_a_day else "result"
    return Header(
        noun,
        says,
        speaks_of_a_day,
        not stray,
        re.sub(r"\s+", "", without(text, [*days_in(text)])),
        tuple(one.meaning for one in nouns),
    )


def _only_tells(asked: FoundWord, nouns: list[FoundWord]) -> bool:
    """Whether a word says no more than that somebody was told: 不採用連絡日."""
    return asked.word == "連絡" and any(one.meaning in _TOLD_AT_ONCE for one in nouns)


def _own_part(text: str) -> str:
    """Of a header of two rows of headings the lower part, where it alone names a happening: 選考日程 一次面接日."""
    above, _, below = text.rpartition(" ")
    japanese = not re.fullmatch(r"[\x20-\x7e]+", text)
    if above and japanese and found_in(below, "nouns") and not found_in(above, "nouns"):
        return below
    return text


def days_in(text: str) -> list[FoundWord]:
    """The words of a folded text that speak of a day alone."""
    return found_in(text, "days")


def _noun(nouns: list[FoundWord]) -> str:
    """The happening of a header; two ends in one header are an end that another column tells."""
    meanings = {one.meaning for one in nouns}
    if len(meanings & ENDS) > 1 and "left" not in meanings:
        return "ended"
    if {"accepted", "withdrawn"} <= meanings or {"accepted", "rejected"} <= meanings:
        return "decision"
    return nouns[0].meaning if nouns else ""


_TOLD_AT_ONCE = frozenset({"rejected", "withdrawn", "offer_declined", "cancelled", "offer"})
_LAST = frozenset({"最終"})
_ORDER = ("elsewhere", "deadline", "wish", "why", "memo", "grade", "people", "contact", "planned", "pending", "record",
          "arranged", "result", "count", "place", "answer")  # fmt: skip


def _strongest(asked: list[str]) -> str:
    return next((one for one in _ORDER if one in asked), "")


def _speaks_of_a_day(text: str) -> bool:
    return bool(
        re.search(
            r"日(?!本|数|程|常)|時刻|日程|タイムスタンプ|月$|(?<![a-z])(?:date|time|day|on|at|timestamp)(?![a-z])", text
        )
    )


def ends_like_an_id(header: str) -> bool:
    """Whether a header ends in a word for an id: ID, No, 番号, number, code.

    >>> [ends_like_an_id(one) for one in ("受付No.", "EmpID", "candidate_id", "№", "面接可否", "paid", "memo")]
    [True, True, True, True, False, False, False]
    """
    text = fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", undecorated(header))).replace("_", " ")
    return bool(
        re.search(r"(?:(?<![a-z])(?:id|no\.?|number|code|num)|[^\x00-\x7f](?:id|no\.?)|番号|ナンバー|コード|#)$", text)
    )


_OF_OTHERS = re.compile(
    r"求人|お?仕事|案件|企業|会社|店舗|拠点|職種|媒体|クライアント|顧客|派遣先|郵便|電話|口座|雇用形態|ステータス|状態|テーブル"
    r"|job|posting|requisition|opening|company|client|customer|phone|postal|zip|status|stage|store|shop"
)


def is_id_of_another(header: str) -> bool:
    """Whether a header names the id of a job, a company, a place: not of the row."""
    return bool(_OF_OTHERS.search(spaced(header))) and not re.search(r"応募|選考|候補", spaced(header).split("求人")[0])


def speaks_of_change_of_state(header: str) -> bool:
    """Whether a header says when a state began: not when a record was touched.

    >>> [speaks_of_change_of_state(one) for one in ("選考ステータス最終更新日時", "選考プロセス日付", "更新日時")]
    [True, True, False]
    """
    text = spaced(header)
    state = re.search(r"ステータス|ステップ|フェーズ|段階|選考状況|状態|選考プロセス|stage|status|phase|step", text)
    moved = re.search(
        r"更新|変更|移動|遷移|日付|日時|日$|since|chang|updat|moved|entered|date|(?<![a-z])at$|(?<![a-z])on$", text
    )
    other = re.search(r"実施|予定|希望|メモ|担当|次回", text)
    return bool(state and moved and not other)


@cache
def heads_a_column(cell: str) -> bool:
    """Whether a cell is a word that heads columns: a person, an id, a state, the day of a happening.

    >>> [heads_a_column(one) for one in ("氏名", "一次面接日", "山田", "2026/4/1", "内定")]
    [True, True, False, False, False]
    """
    if is_word(vocabulary()["headers"], cell):
        return True
    header = header_of(cell)
    return bool(header.noun and header.clear and (header.day or header.says))


def words_of_others(text: str, kind: str) -> int:
    """How many words of a goal sheet, or of notes of meetings, stand in a text."""
    return sum(fold(word) in text for word in vocabulary()["others"][kind])
