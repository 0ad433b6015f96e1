"""The bank's own review sheet six months after a joining, in Word: one sheet to be stamped, with what is on record.

The order is that of internal papers of banks (PAPERS section 10; no bank's own form was found, read November 2026):
stamps, head, conclusion, goals, both voices, talks, concerns, the bank's view, what comes next, the decision. What is
not on record is marked, what only a person can judge stays open. For the bank alone, and in Japanese alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from playbook.show.letter import Goal
from playbook.show.word import Era, Paper, or_missing, written_day

_STAMPS = ("担当", "課長", "支店長", "本部（人材）")


@dataclass(frozen=True)
class Voice:
    """What one side said at a talk: the day, in short, the score, whether it may be shared, by which consent."""

    held_on: date
    said: str
    score: str
    shared: str


@dataclass(frozen=True)
class ReviewSheet:
    """What the sheet says; texts are as they are on record, empty ones are marked."""

    made_on: date
    era: Era
    number: str
    drafter: str
    head: Sequence[tuple[str, str]]
    in_post: str
    issue_solved: str
    goals: Sequence[Goal]
    company: Sequence[Voice]
    hire: Sequence[Voice]
    talks: Sequence[tuple[str, date | None, date | None]]
    concerns: Sequence[tuple[date, str]]
    proposals: Sequence[tuple[str, str, str]]
    kept_until: date | None
    letter_sent_on: date | None


def review_sheet_docx(sheet: ReviewSheet, template: Path | None = None) -> bytes:
    """The sheet as a Word file."""
    paper, era = Paper.blank(template), sheet.era
    paper.line(f"行内限り　{sheet.number}".rstrip(), "right")
    paper.line(written_day(sheet.made_on, era), "right")
    paper.line("6か月フォローアップ・レビュー票", "center", bold=True, points=14)
    paper.table([_STAMPS, ["\n\n　／"] * 4], (40, 40, 40, 40))
    paper.line(f"起案者　{or_missing(sheet.drafter)}　起案日　{written_day(sheet.made_on, era)}　回付先")
    paper.table([(name, or_missing(value)) for name, value in sheet.head], (46, 114), head=False)
    paper.heading("1　結論")
    paper.line(f"在籍確認　{or_missing(sheet.in_post)}")
    paper.line(f"定着の見込み　□良　□注意　□要対応　　経営課題　{or_missing(sheet.issue_solved)}")
    paper.heading("2　目標の到達")
    goals = [
        (one.track, one.words, written_day(one.due_on, era), _reached(one, era), one.measure) for one in sheet.goals
    ]
    paper.table([("軸", "目標", "期限", "到達", "裏づけ"), *goals], (18, 52, 34, 34, 22))
    paper.heading("3　企業の声と入社者の声")
    paper.table([("企業", "入社者"), *_side_by_side(sheet, era)], (80, 80))
    paper.line("双方の隔たり:")
    paper.heading("4　面談の実施")
    talks = [(name, written_day(due, era), written_day(held, era) if held else "未実施（理由:　　　　　　）")
             for name, due, held in sheet.talks]  # fmt: skip
    paper.table([("面談", "予定", "実施"), *talks], (60, 40, 60))
    paper.heading("5　懸念と対応")
    paper.lines(f"・{written_day(day, era)}　{what}　対応:　　　　　　　結果:" for day, what in sheet.concerns)
    paper.heading("6　所見（この人が変えたこと、離れるとすれば何か。200字）")
    paper.table([("\n\n\n",)], (160,), head=False)
    paper.heading("7　次の経営課題と提案")
    if sheet.proposals:
        paper.table([("課題・打ち手", "想定額", "状態"), *sheet.proposals], (90, 35, 35))
    paper.line("□ 融資判断とは切り離して説明した")
    paper.heading("8　判断　　□継続　□完了　□再評価（　　年　　月　　日）　　次回:")
    sent = f"企業への書面 {written_day(sheet.letter_sent_on, era)}" if sheet.letter_sent_on else "企業への書面 未送付"
    kept = written_day(sheet.kept_until, era) if sheet.kept_until else "完了の後に定まる"
    paper.line(f"保存期限　{kept}　／　{sent}", points=9)
    return paper.content()


def _reached(goal: Goal, era: Era) -> str:
    return written_day(goal.achieved_on, era) if goal.achieved_on else goal.state


def _side_by_side(sheet: ReviewSheet, era: Era) -> list[tuple[str, str]]:
    """Both sides' voices, each in its column, in order of the day."""
    said = [[_said(one, era) for one in side] for side in (sheet.company, sheet.hire)]
    most = max(1, *(len(side) for side in said))
    left, right = ([*side, *[""] * (most - len(side))] for side in said)
    return list(zip(left, right, strict=True))


def _said(voice: Voice, era: Era) -> str:
    score = f"（点 {voice.score}）" if voice.score else ""
    return f"{written_day(voice.held_on, era)}　{voice.said}{score}\n共有: {voice.shared}"
