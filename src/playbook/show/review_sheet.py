"""The bank's own review sheet six months after a joining, in Word: one sheet to be stamped, with what is on record.

The order is that of internal papers of banks (PAPERS section 10; no bank's own form was found, read November 2026):
stamps, head, conclusion, goals, both voices, talks, concerns, the bank's view, what comes next, the decision. What is
not on record is marked, what only a person can judge stays open. For the bank alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from playbook.show.letter import Goal
from playbook.show.word import Era, Paper, or_missing, written_day
from playbook.words.catalogue import aside, msg, msg_in
from playbook.words.text import Lang, Text

_TITLE = msg("Review sheet, six months on")
_INTERNAL = msg("For the bank alone  {number}")
_STAMPS = (
    msg_in("sheet", "In charge"), msg_in("sheet", "Section head"), msg_in("sheet", "Branch manager"),
    msg_in("sheet", "Head office (placement)"),
)  # fmt: skip
_DRAFTED = msg("Drafted by {drafter}  on {day}  to go to")
_CONCLUSION = msg("1  Conclusion")
_IN_POST = msg("In post: {in_post}")
_OUTLOOK = msg("Likely to stay:  □ yes  □ with care  □ action needed    The issue: {issue}")
_GOALS = msg("2  What was reached")
_GOAL_HEADS = (msg("Track"), msg("Goal"), msg("Due"), msg("Reached"), msg("Evidence"))
_VOICES = msg("3  What company and hire said")
_SIDES = (msg("Company"), msg("Hire"))
_GAP = msg("Where the two differ:")
_TALKS = msg("4  Talks held")
_TALK_HEADS = (msg("Talk"), msg_in("sheet", "Planned"), msg("Held"))
_NOT_HELD = msg("not held (why:          )")
_CONCERNS = msg("5  Concerns, and what was done")
_CONCERN = msg("- {day}  {what}  Done:            Result:")
_VIEW = msg("6  The bank's view (what this person changed, what would make them leave; 200 characters)")
_NEXT = msg("7  The next issue, and proposals")
_PROPOSAL_HEADS = (msg("Issue and measure"), msg("Expected amount"), msg("State"))
_APART = msg("□ explained apart from any decision on credit")
_DECISION = msg("8  Decision:  □ go on  □ close  □ review again (on           )    Next:")
_KEPT = msg("To be kept until: {kept}  /  {sent}")
_NOT_YET = msg("set once completed")
_SENT, _NOT_SENT = msg("letter to the company sent on {day}"), msg("letter to the company not sent")
_SCORE, _SHARED = msg("score {score}"), msg("May be shared: {shared}")


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
    lang: Lang = "ja"

    def say(self, text: Text, **told: object) -> str:
        """A text of the sheet in its language; what is told and not on record is marked."""
        return text.say(self.lang).format(**{name: or_missing(value, self.lang) for name, value in told.items()})

    def day(self, day: date | None) -> str:
        """A day as the house writes it."""
        return written_day(day, self.era, self.lang)


def review_sheet_docx(sheet: ReviewSheet, template: Path | None = None) -> bytes:
    """The sheet as a Word file."""
    paper, say, day = Paper.blank(template, margin=14), sheet.say, sheet.day
    paper.line(say(_INTERNAL, number=sheet.number), "right")
    paper.line(day(sheet.made_on), "right")
    paper.line(say(_TITLE), "center", bold=True, points=14)
    paper.table([[say(stamp) for stamp in _STAMPS], ["\n　／"] * 4], (40, 40, 40, 40))
    paper.line(say(_DRAFTED, drafter=sheet.drafter, day=day(sheet.made_on)))
    paper.table([(name, or_missing(value, sheet.lang)) for name, value in sheet.head], (46, 114), head=False)
    paper.heading(say(_CONCLUSION))
    paper.line(say(_IN_POST, in_post=sheet.in_post))
    paper.line(say(_OUTLOOK, issue=sheet.issue_solved))
    paper.heading(say(_GOALS))
    goals = [(one.track, one.words, day(one.due_on), _reached(one, sheet), one.evidence) for one in sheet.goals]
    paper.table([[say(head) for head in _GOAL_HEADS], *goals], (18, 48, 37, 37, 20))
    paper.heading(say(_VOICES))
    paper.table([[say(side) for side in _SIDES], *_side_by_side(sheet)], (80, 80))
    paper.line(say(_GAP))
    paper.heading(say(_TALKS))
    talks = [(name, day(due), day(held) if held else say(_NOT_HELD)) for name, due, held in sheet.talks]
    paper.table([[say(head) for head in _TALK_HEADS], *talks], (60, 40, 60))
    paper.heading(say(_CONCERNS))
    paper.lines(say(_CONCERN, day=day(on), what=what) for on, what in sheet.concerns)
    paper.heading(say(_VIEW))
    paper.table([("\n\n",)], (160,), head=False)
    paper.heading(say(_NEXT))
    if sheet.proposals:
        paper.table([[say(head) for head in _PROPOSAL_HEADS], *sheet.proposals], (90, 35, 35))
    paper.line(say(_APART))
    paper.heading(say(_DECISION))
    sent = say(_SENT, day=day(sheet.letter_sent_on)) if sheet.letter_sent_on else say(_NOT_SENT)
    kept = day(sheet.kept_until) if sheet.kept_until else say(_NOT_YET)
    paper.line(say(_KEPT, kept=kept, sent=sent), points=9)
    return paper.content()


def _reached(goal: Goal, sheet: ReviewSheet) -> str:
    return sheet.day(goal.achieved_on) if goal.achieved_on else goal.state


def _side_by_side(sheet: ReviewSheet) -> list[tuple[str, str]]:
    """Both sides' voices, each in its column, in order of the day."""
    said = [[_said(one, sheet) for one in side] for side in (sheet.company, sheet.hire)]
    most = max(1, *(len(side) for side in said))
    left, right = ([*side, *[""] * (most - len(side))] for side in said)
    return list(zip(left, right, strict=True))


def _said(voice: Voice, sheet: ReviewSheet) -> str:
    scored = aside(voice.said, sheet.say(_SCORE, score=voice.score)).say(sheet.lang) if voice.score else voice.said
    return f"{sheet.day(voice.held_on)}　{scored}\n{sheet.say(_SHARED, shared=voice.shared)}"
