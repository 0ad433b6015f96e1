"""The letter to a client or a hire after somebody joined, with its enclosure: one text, as a page and as a Word file.

The order is that of Japanese business letters (PAPERS section 9, public guides read November 2026): day of sending,
addressee above sender, subject, season and thanks, what was done, three sentences, 記 with numbered items, 以上. It
holds what is in its reader's edition and nothing else: no lateness, no rule, no score, no fee. Who has left, or of whom
nothing is known, is written of in another way. What it says stands in `texts/`, which the house may edit (`wording`);
the English letter goes in the same order, without a phrase of the season.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from markupsafe import Markup

from playbook.show.word import Align, Era, Paper, missing, written_day
from playbook.show.wording import wording
from playbook.words.catalogue import msg, msg_in
from playbook.words.text import Lang, Text

LetterKind = Literal["there", "early", "left", "unknown"]
LetterReader = Literal["company", "hire"]

SEASONS = ("厳寒の候", "余寒の候", "早春の候", "陽春の候", "新緑の候", "初夏の候", "盛夏の候", "残暑の候", "初秋の候",
           "秋冷の候", "晩秋の候", "初冬の候")  # fmt: skip
"""The season's greeting by month of sending, January first."""

_MONTHS = 6
"""Months after which an agency is to ask whether somebody is still there."""

_MAY_BE_EMPTY = ("post", "address", "department", "writer_post", "licence", "reach", "ended", "change", "what", "until")
_GOALS = (msg("Goal"), msg("Due"), msg("Reached"))
_SHEET = (msg("Track"), msg("Goal"), msg_in("letter", "Criterion"), msg("Due"), msg("Reached"))
_BACK = (msg("The hire looks back"), msg("The company looks back"), msg("The bank looks back"))
_ROOM = "\n\n"
_SIDES = (msg("Company"), msg("Hire"), msg("Bank"))
_NAME, _DAY = msg_in("letter", "Name"), msg("Day")


@dataclass(frozen=True)
class Sender:
    """The house that writes: what stands above, beside and beneath its letters; `logo`: a picture, PNG or JPEG."""

    house: str = ""
    department: str = ""
    post: str = ""
    name: str = ""
    address: str = ""
    phone: str = ""
    mail: str = ""
    licence: str = ""
    era: Era = "reiwa"
    logo: bytes = b""


@dataclass(frozen=True)
class Goal:
    """One goal as it was agreed: its words, when it is due, what is on record, how one sees that it is reached."""

    track: str
    words: str
    due_on: date | None
    state: str
    achieved_on: date | None = None
    measure: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class LetterLine:
    """One paragraph of the letter, at its side of the sheet."""

    text: str
    align: Align = "left"
    bold: bool = False
    small: bool = False


@dataclass(frozen=True)
class Grid:
    """A table of the letter: heads, rows, widths in millimetres."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    signs: bool = False


@dataclass(frozen=True)
class LetterItem:
    """A numbered item below the letter: its title, the lines beneath, a table where it has one."""

    title: str
    lines: Sequence[str] = ()
    grid: Grid | None = None


@dataclass(frozen=True)
class NewSheet:
    """What follows stands on a sheet of its own."""


LetterPart = LetterLine | Grid | LetterItem | NewSheet


@dataclass(frozen=True)
class Letter:
    """What a letter says: to whom, of whom, and what its reader may read of the time since the joining.

    `shared`: changes and voices, a line each, that every reader of it may read; `change`: the latest change.
    """

    sent_on: date
    sender: Sender
    company: str
    addressee_post: str
    addressee: str
    person: str
    position: str
    joined_on: date | None
    kind: LetterKind
    joins_on: date | None = None
    reader: LetterReader = "company"
    lang: Lang = "ja"
    ended_on: date | None = None
    issue: str = ""
    mission: str = ""
    talks: Sequence[date] = ()
    goals: Sequence[Goal] = ()
    change: str = ""
    shared: Sequence[str] = ()
    next_steps: Sequence[tuple[date, str]] = ()
    number: str = ""
    agreed_on: date | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    # ---- what stands where ----

    @property
    def subject(self) -> str:
        """What the letter is about; only of somebody who is there are the months reported."""
        return self._one(f"subject.{self.kind}")

    @property
    def to(self) -> tuple[str, ...]:
        """To whom it goes: a company is 御中, a person 様, never both."""
        if self.reader == "hire":
            return self._lines("to.hire")
        return self._lines("to.person" if self.addressee.strip() else "to.company")

    @property
    def sentences(self) -> tuple[str, ...]:
        """Three sentences made from the record, no more: what was reached, what changed, what comes next."""
        if self.kind in ("left", "unknown"):
            return ()
        there = {"reached": self.goals, "changed": self.change, "next": self.next_steps}
        return tuple(self._one(f"sentence.{name}") for name, known in there.items() if known)

    @property
    def parts(self) -> Iterator[LetterPart]:
        """The letter and its enclosure from the top."""
        yield from self._head()
        reports = self.kind in ("there", "early")
        kind, reader = self.kind, f".{self.reader}"
        asked = "unknown" if self.months >= _MONTHS else "unknown.early"
        opening = self._one(f"opening.{asked}" if kind == "unknown" else f"opening.{kind}{reader}")
        between = "" if self.lang == "ja" else " "
        talked = self._one("talked") if reports and self.talks else ""
        yield LetterLine(between.join(filter(None, (opening, talked))))
        if self.sentences:
            yield LetterLine(("　" if self.lang == "ja" else "") + between.join(self.sentences))
        yield LetterLine(
            self._one(f"closing.left{reader}" if kind == "left" else f"closing.{'there' if reports else asked}")
        )
        yield LetterLine(self._one("close"), "right")
        if kind != "left":
            yield LetterLine(self._one("below"), "center")
            yield from self._items() if reports else map(LetterLine, self._lines(asked.replace("unknown", "answers")))
            yield from (LetterLine(one, "right") for one in self._lines("end"))
        yield LetterLine("")
        yield LetterLine(self._one("contact"))
        if reports:
            yield LetterLine(self._one("held.only"), small=True)
        if reports and self.goals:
            yield from self._goal_sheet()

    def _head(self) -> Iterator[LetterPart]:
        yield from (LetterLine(one, "right") for one in (self.number, self._day(self.sent_on)) if one)
        yield LetterLine("")
        yield from map(LetterLine, self.to)
        yield LetterLine("")
        yield from (LetterLine(one, "right") for one in self._lines("from"))
        yield from (LetterLine(one, "right") for one in self._lines("from.licence") if self.sender.licence)
        yield LetterLine("")
        yield LetterLine(self.subject, "center", bold=True)
        yield LetterLine("")
        yield from map(LetterLine, self._lines(f"greeting.{self.reader}"))

    def _items(self) -> Iterator[LetterItem]:
        """The items that are not empty, in the customary order."""
        comma = "、" if self.lang == "ja" else ", "
        heads = tuple(self._say(head) for head in _GOALS)
        goals = Grid(
            heads, [(goal.words, self._day(goal.due_on), self._state(goal)) for goal in self.goals], (86, 36, 38)
        )
        steps = [self._one("step", until=self._day(day), what=what) for day, what in self.next_steps]
        yield LetterItem(self._one("item.who"), (self._one("who" if self.joined_on else "who.early"),))
        yield LetterItem(self._one("item.issue"), (self.issue or missing(self.lang),))
        if self.mission:
            yield LetterItem(self._one("item.mission"), (self.mission,))
        if self.goals:
            yield LetterItem(self._one("item.goals"), (), goals)
        if self.talks:
            yield LetterItem(self._one("item.talks"), (comma.join(map(self._day, self.talks)),))
        if self.shared:
            yield LetterItem(self._one("item.shared"), tuple(self.shared))
        if steps:
            yield LetterItem(self._one("item.ahead"), tuple(steps))
        if self.goals:
            yield LetterItem(self._one("item.enclosed"), self._lines("enclosed"))

    def _goal_sheet(self) -> Iterator[LetterPart]:
        """The enclosure: each goal with its criterion and room for what the three sides say of it, and three names."""
        yield NewSheet()
        yield LetterLine(self._one("sheet"), "center", bold=True)
        yield LetterLine(self._one("sheet.line"))
        rows = [
            (goal.track, goal.words, goal.measure, self._day(goal.due_on), self._state(goal)) for goal in self.goals
        ]
        yield Grid([self._say(head) for head in _SHEET], rows, (18, 46, 26, 36, 36))
        yield LetterLine("")
        yield Grid((), [(self._say(side), _ROOM) for side in _BACK], (40, 122))
        yield LetterLine("")
        confirmed = self._one("sheet.confirm")
        signs = [(f"{confirmed} {self._say(side)}", "", "") for side in _SIDES]
        yield Grid(("", self._say(_NAME), self._say(_DAY)), signs, (40, 80, 40), signs=True)

    # ---- small forms ----

    def _day(self, day: date | None) -> str:
        return written_day(day, self.sender.era, self.lang)

    def _state(self, goal: Goal) -> str:
        return self._day(goal.achieved_on) if goal.achieved_on else goal.state

    def _say(self, text: Text) -> str:
        return text.say(self.lang)

    def _one(self, block: str, **more: str) -> str:
        return "\n".join(self._lines(block, **more))

    def _lines(self, block: str, **more: str) -> tuple[str, ...]:
        """The lines of a block, filled; a line all of whose holes are empty falls away."""
        words = self.words or wording(self.lang)
        filled = (self._filled(line, {**self._holes, **more}) for line in words[block].split("\n"))
        return tuple(line for line in filled if line)

    def _filled(self, line: str, holes: Mapping[str, str]) -> str:
        said = line.format_map(holes)
        if "{" not in line:
            return said
        return said.strip(" 　,、") if line.startswith("{") else said.rstrip(" 　,、")

    @property
    def _holes(self) -> Mapping[str, str]:
        """What fills the holes; what must be there and is not is marked."""
        sender, day = self.sender, self._day
        until, what = self.next_steps[0] if self.next_steps else (None, "")
        reach = [sender.phone and msg("Phone {phone}", phone=sender.phone).say(self.lang), sender.mail]
        known = {
            "person": self.person, "company": self.company, "position": self.position, "post": self.addressee_post,
            "name": self.addressee.strip(), "day": day(self.sent_on), "season": SEASONS[self.sent_on.month - 1],
            "joined": day(self.joined_on), "joins": day(self.joins_on), "ended": day(self.ended_on),
            "months": str(self.months),
            "talks": str(len(self.talks)), "goals": str(len(self.goals)),
            "reached": str(sum(goal.achieved_on is not None for goal in self.goals)), "change": self.change,
            "what": what, "until": day(until), "house": sender.house, "department": sender.department,
            "writer": sender.name, "writer_post": sender.post, "licence": sender.licence, "address": sender.address,
            "desk": sender.department or sender.house, "reach": "　".join(filter(None, reach)),
            "agreed": day(self.agreed_on),
        }  # fmt: skip
        return {hole: said or ("" if hole in _MAY_BE_EMPTY else missing(self.lang)) for hole, said in known.items()}

    @property
    def months(self) -> int:
        """Whole months from the joining to the day of sending."""
        return months_between(self.joined_on, self.sent_on)


def months_between(first: date | None, last: date) -> int:
    """Whole months from one day to another; 0 without a first day.

    >>> months_between(date(2026, 5, 11), date(2026, 11, 10)), months_between(date(2026, 5, 11), date(2026, 11, 11))
    (5, 6)
    """
    if first is None or last < first:
        return 0
    return 12 * (last.year - first.year) + last.month - first.month - (last.day < first.day)


# ---- on paper ----


def letter_docx(letter: Letter, template: Path | None = None) -> bytes:
    """The letter as a Word file, and where the person is there, the goal sheet on a page of its own."""
    paper = Paper.blank(template)
    if letter.sender.logo:
        paper.picture(letter.sender.logo)
    number = 0
    for part in letter.parts:
        match part:
            case LetterLine(text, align, bold, small):
                paper.line(text, align, bold=bold, points=13 if bold else 9 if small else 0)
            case Grid(heads, rows, widths):
                paper.table([tuple(heads), *rows] if heads else rows, widths, head=bool(heads))
            case LetterItem(title, lines, grid):
                number += 1
                alone = len(lines) == 1 and "\n" not in lines[0]
                paper.line(f"{number}　{title}　{lines[0]}" if alone else f"{number}　{title}")
                paper.lines(f"　　・{line}" for line in lines if not alone)
                if grid is not None:
                    paper.table([tuple(grid.heads), *grid.rows], grid.widths)
            case NewSheet():
                paper.new_page()
    return paper.content()


def letter_html(letter: Letter) -> Markup:
    """The letter as a page, in the same words and order."""
    parts: list[Markup] = []
    items = Markup()
    for part in letter.parts:
        if isinstance(part, LetterItem):
            inside = Markup().join(Markup("<p>{}</p>").format(line) for line in part.lines)
            grid = _grid(part.grid) if part.grid is not None else Markup()
            items += Markup("<li><b>{}</b>{}{}</li>").format(part.title, inside, grid)
            continue
        if items:
            parts, items = [*parts, Markup("<ol>{}</ol>").format(items)], Markup()
        parts.append(_html(part))
    return Markup('<article class="letter">{}{}</article>').format(_logo(letter.sender), Markup().join(parts))


def _html(part: LetterLine | Grid | NewSheet) -> Markup:
    match part:
        case LetterLine(text=""):
            return Markup()
        case LetterLine(text, align, bold, small):
            looks = {"right": "right", "center": "below", "left": ""}[align]
            kind = "subject" if bold else "small" if small else looks
            shown = Markup("<br>").join(text.split("\n"))
            said = Markup("<b>{}</b>").format(shown) if bold else shown
            return Markup('<p class="{}">{}</p>').format(kind, said) if kind else Markup("<p>{}</p>").format(said)
        case Grid():
            return _grid(part)
        case NewSheet():
            return Markup('<hr class="sheet">')


def _grid(grid: Grid) -> Markup:
    heads = Markup().join(
        Markup('<th scope="col">{}</th>').format(head) if head else Markup("<td></td>") for head in grid.heads
    )
    rows = Markup().join(
        Markup("<tr>{}</tr>").format(
            Markup().join(Markup("<td>{}</td>").format(Markup("<br>").join(cell.split("\n"))) for cell in row)
        )
        for row in grid.rows
    )
    kind = Markup(' class="sign"') if grid.signs else Markup()
    top = Markup("<thead><tr>{}</tr></thead>").format(heads) if heads else Markup()
    return Markup("<table{}>{}<tbody>{}</tbody></table>").format(kind, top, rows)


def _logo(sender: Sender) -> Markup:
    if not sender.logo:
        return Markup()
    kind = "png" if sender.logo.startswith(b"\x89PNG") else "jpeg"
    data = base64.b64encode(sender.logo).decode("ascii")
    return Markup('<img class="logo" alt="{}" src="data:image/{};base64,{}">').format(sender.house, kind, data)
