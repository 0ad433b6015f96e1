"""The letter to a client six months after somebody joined, and its enclosure, as Word files on one sheet each.

The order is that of Japanese business letters (PAPERS section 9, public guides read November 2026): day of sending,
addressee above sender, subject, season and thanks, what was done, three sentences, 記 with numbered items, 以上. It
holds what is in the company's edition and nothing else: no lateness, no rule, no score, no fee. Who has left, or of
whom nothing is known, is written to in another way. It is a Japanese paper and is written in Japanese alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from playbook.show.word import MISSING, Era, Paper, or_missing, written_day

Kind = Literal["there", "left", "unknown"]

SEASONS = ("厳寒の候", "余寒の候", "早春の候", "陽春の候", "新緑の候", "初夏の候", "盛夏の候", "残暑の候", "初秋の候",
           "秋冷の候", "晩秋の候", "初冬の候")  # fmt: skip
"""The season's greeting by month of sending, January first."""

_GREETING = (
    "拝啓　{season}、貴社ますますご清栄のこととお慶び申し上げます。平素は格別のお引き立てを賜り、厚く御礼申し上げます。"
)
_CLOSING = "つきましては、下記のとおりご報告申し上げます。今後とも変わらぬお力添えをお願い申し上げます。"
_SUBJECTS = {
    "there": "{name} 様ご入社6か月のご報告",
    "left": "{name} 様のその後についてのご連絡",
    "unknown": "{name} 様の在籍状況ご確認のお願い",
}
_SHARED = "面談の内容は、お話しになった方から共有の了解をいただいたものに限っています。"


@dataclass(frozen=True)
class Sender:
    """The house that writes: what stands above, beside and beneath its letters."""

    house: str = ""
    department: str = ""
    post: str = ""
    name: str = ""
    address: str = ""
    phone: str = ""
    mail: str = ""
    licence: str = ""
    era: Era = "reiwa"


@dataclass(frozen=True)
class Goal:
    """One goal as it was agreed: its words, when it is due, what is on record, how one sees that it is reached."""

    track: str
    words: str
    due_on: date | None
    state: str
    achieved_on: date | None = None
    measure: str = ""


@dataclass(frozen=True)
class Letter:
    """What a letter says: the addressee, the person, and what both sides may read of the six months."""

    sent_on: date
    sender: Sender
    company: str
    addressee_post: str
    addressee: str
    person: str
    position: str
    joined_on: date | None
    kind: Kind
    issue: str = ""
    mission: str = ""
    talks: Sequence[date] = ()
    goals: Sequence[Goal] = ()
    changes: Sequence[str] = ()
    next_steps: Sequence[tuple[date | None, str]] = ()
    number: str = ""
    agreed_on: date | None = None
    enclosures: Sequence[str] = field(default=("目標管理シート 1部",))


def letter_docx(letter: Letter, template: Path | None = None) -> bytes:
    """The letter, and where the person is there, the goal sheet on a page of its own."""
    paper = Paper.blank(template)
    _head(paper, letter)
    paper.line(f"{_GREETING.format(season=SEASONS[letter.sent_on.month - 1])}")
    match letter.kind:
        case "there":
            _report(paper, letter)
        case "left":
            _left(paper, letter)
        case "unknown":
            _unknown(paper, letter)
    _foot(paper, letter)
    if letter.kind == "there":
        paper.new_page()
        _goal_sheet(paper, letter)
    return paper.content()


def _head(paper: Paper, letter: Letter) -> None:
    sender = letter.sender
    if letter.number:
        paper.line(letter.number, "right")
    paper.line(written_day(letter.sent_on, sender.era), "right")
    paper.line()
    named = letter.addressee.strip()
    # A company alone is 御中, a person 様; never both together.
    paper.line(or_missing(letter.company) if named else f"{or_missing(letter.company)} 御中")
    if named:
        paper.line("　".join(filter(None, (letter.addressee_post, f"{named} 様"))))
    paper.line()
    paper.lines((or_missing(sender.house), sender.department), "right")
    paper.line("　".join(filter(None, (sender.post, or_missing(sender.name)))) + "　印", "right")
    if sender.licence:
        paper.line(f"有料職業紹介事業 許可番号 {sender.licence}", "right")
    paper.line()
    paper.line(_SUBJECTS[letter.kind].format(name=letter.person), "center", bold=True, points=13)
    paper.line()


def _report(paper: Paper, letter: Letter) -> None:
    era = letter.sender.era
    held = f"これまでに{len(letter.talks)}回の面談でお話を伺いました。" if letter.talks else ""
    paper.line(
        f"　さて、{written_day(letter.joined_on, era)}に貴社へご入社の{letter.person} 様につきまして、"
        f"ご入社から6か月がたちました。{held}"
    )
    paper.line("　" + "".join((_reached(letter), _changed(letter), _ahead(letter))))
    paper.line("　" + _CLOSING)
    paper.line("敬具", "right")
    paper.line("記", "center")
    paper.line(
        f"1　ご入社者　{letter.person} 様（{or_missing(letter.position)}）　{written_day(letter.joined_on, era)}ご入社"
    )
    paper.line(f"2　当初の経営課題　{or_missing(letter.issue)}")
    if letter.mission:
        paper.line(f"　　ミッション　{letter.mission}")
    numbered = _numbered(letter)
    for number, (title, lines) in enumerate(numbered, start=3):
        paper.line(f"{number}　{title}")
        if title.startswith("目標"):
            rows = [(goal.words, written_day(goal.due_on, era), _state(goal, era)) for goal in letter.goals]
            paper.table([("目標", "期限", "到達"), *rows], (86, 36, 38))
        paper.lines(f"　　{line}" for line in lines)
    paper.line("以上", "right")


def _numbered(letter: Letter) -> list[tuple[str, list[str]]]:
    """The items that are not empty, in the customary order."""
    era = letter.sender.era
    steps = [f"{written_day(day, era)}まで　{what}" if day else what for day, what in letter.next_steps]
    items = [
        ("目標と到達（双方で合意した書面による）", [] if letter.goals else None),
        ("面談の実施日", ["、".join(written_day(day, era) for day in letter.talks)] if letter.talks else None),
        ("双方で共有した変化", [f"・{change}" for change in letter.changes] or None),
        ("今後の予定とお願い", [f"・{step}" for step in steps] or None),
        ("同封物", [f"・{one}" for one in letter.enclosures] or None),
    ]
    return [(title, lines) for title, lines in items if lines is not None]


def _reached(letter: Letter) -> str:
    reached = [goal for goal in letter.goals if goal.achieved_on is not None]
    if not letter.goals:
        return ""
    return f"ともに定めた{len(letter.goals)}つの目標のうち、{len(reached)}つに到達されています。"


def _changed(letter: Letter) -> str:
    return f"「{letter.changes[-1]}」との変化も、双方で共有しました。" if letter.changes else ""


def _ahead(letter: Letter) -> str:
    if not letter.next_steps:
        return ""
    day, what = letter.next_steps[0]
    when = f"{written_day(day, letter.sender.era)}までに" if day else ""
    return f"これからは、{when}「{what}」を予定しております。"


def _left(paper: Paper, letter: Letter) -> None:
    paper.line(
        f"　さて、{written_day(letter.joined_on, letter.sender.era)}に貴社へご入社の{letter.person} 様が"
        "ご退職になったと承りました。これまでのご配慮に御礼を申し上げますとともに、ご期待に沿えなかった点を"
        "当方でも振り返りたく存じます。"
    )
    paper.line(
        "　差し支えのない範囲で、お気づきのことをお聞かせいただけますと幸いです。今後の人材についてのご相談も承ります。"
    )
    paper.line("敬具", "right")


def _unknown(paper: Paper, letter: Letter) -> None:
    paper.line(
        f"　さて、{written_day(letter.joined_on, letter.sender.era)}に貴社へご入社の{letter.person} 様につきまして、"
        "ご入社から6か月が過ぎたことから、在籍の状況をお知らせいただきたくお願い申し上げます。"
    )
    paper.line("　職業紹介事業者に求められている確認のためで、お名前が公表されることはありません。")
    paper.line("敬具", "right")
    paper.line("記", "center")
    paper.line("□ 6か月が過ぎた日に在籍していた")
    paper.line("□ それまでに離職した（離職の日　　　　年　　月　　日）")
    paper.line("□ それまでに解雇した（解雇の日　　　　年　　月　　日）")
    paper.line("以上", "right")


def _foot(paper: Paper, letter: Letter) -> None:
    sender = letter.sender
    paper.line()
    reach = "　".join(filter(None, (sender.phone and f"電話 {sender.phone}", sender.mail)))
    paper.line(f"担当　{sender.department or sender.house or MISSING}　{or_missing(sender.name)}　{reach}".rstrip())
    if letter.kind == "there":
        paper.line(_SHARED, points=9)


def _state(goal: Goal, era: Era) -> str:
    return written_day(goal.achieved_on, era) if goal.achieved_on else goal.state


def _goal_sheet(paper: Paper, letter: Letter) -> None:
    """The enclosure: each goal with its criterion and room for what the three sides say of it, and three name lines."""
    era = letter.sender.era
    paper.line("目標管理シート", "center", bold=True, points=13)
    paper.line(f"{letter.company}　{letter.person} 様　合意した日: {written_day(letter.agreed_on, era)}")
    rows = [
        (goal.track, goal.words, goal.measure, written_day(goal.due_on, era), _state(goal, era), "", "", "")
        for goal in letter.goals
    ]
    heads = ("軸", "目標", "達成の基準", "期限", "到達", "本人の\n振り返り", "企業の\n振り返り", "銀行の\n振り返り")
    paper.table([heads, *rows], (18, 30, 20, 20, 18, 18, 18, 18))
    paper.line()
    for side in ("企業　", "入社者", "銀行　"):
        paper.line(f"確認　{side}　氏名　　　　　　　　　　　　　　日付　　　年　　月　　日")
