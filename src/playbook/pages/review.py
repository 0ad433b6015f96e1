"""The review pack of a placement, said to its reader: cards, tables and one picture, over what `editions` let pass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

import polars as pl
from markupsafe import Markup

from playbook.answers.placed.editions import Edition, Pack, careful
from playbook.answers.placed.placements import DONE
from playbook.answers.placed.retention import WITH_BOTH, WITH_COMPANY, WITH_HIRE
from playbook.days.calendar import holiday_names
from playbook.pages.letter import About, letter_of, shared
from playbook.rendering.lab import StyledInNotebooks
from playbook.show import formats, labels, view
from playbook.show.charts import pictures
from playbook.show.goal_sheet import goal_sheet_bytes
from playbook.show.letter import Letter, letter_html
from playbook.tables.settings import Settings
from playbook.words.catalogue import COMMA, aside, msg
from playbook.words.text import Lang, Text

_AGREED = ("mission_shared", "goals_agreed", "action_plan_agreed")
_ROUTES = ("contact_routes_agreed",)
_CHANGES = ("expectations_shared", "change_shared")
_FOUND = ("six_month_review_held",)
_SIDES: Mapping[Edition, tuple[str, ...]] = {"bank": ("company", "hire"), "company": ("company",), "hire": ("hire",)}
_WITH = {"company": frozenset((*WITH_BOTH, *WITH_COMPANY)), "hire": frozenset((*WITH_BOTH, *WITH_HIRE))}

_TITLE = msg("Six-month follow-up: {named} ({edition})")
_SUBJECT = msg("{}")
_EDITION: Mapping[Edition, Text] = {
    "bank": msg("the bank's own"),
    "company": msg("for the company"),
    "hire": msg("for the hire"),
}
_LEAD: Mapping[Edition, Text] = {
    "bank": msg(
        "For the bank alone: it holds what was said in confidence, and amounts. Company and hire have their own."
    ),
    "company": msg("What all three agreed, and the voices that may be shared."),
    "hire": msg("What all three agreed, and the voices that may be shared."),
}
_MEMO = msg("There is no goal sheet: we look back on the memo above, with its mission, goals and period.")
_DAY = msg("As of")
_ISSUE = msg("Management issue")
_DECIDED = {"owner_alone": msg("By the owner alone"), "shared": msg("Together")}
_CODES_TO_FILL_IN = re.compile(
    r"\s*[（(][^（）()]*[a-z_]{3,} ?/[^（）()]*[）)]$|\s*[（(][^（）()]*/ ?[^（）()]*[a-z_]{3,}[）)]$"
)
"""What a label of the rule book says to the one who fills in: which codes there are."""
_FORM = {
    "sheet": msg("Goal sheet"),
    "memo": msg("A memo instead of a sheet"),
}
_ACHIEVED, _LATE, _RISK = (
    msg("Goals achieved"),
    msg("Goals slipping"),
    msg("Goals at risk"),
)
_SIX, _NEXT, _OVERDUE = msg("Six months"), msg("Next step"), msg("Overdue")
_MISSING = msg("Not done before joining")
_OF = msg("{done} of {all}")
_NO_GOALS = msg("no goals recorded")
_PLAN = msg("Plan")
_PREPARING, _FIRST_HALF = msg("Preparation"), msg("First six months")
_REVIEWS = msg("Reviews due")
_WITH_LANE = {"company": msg("Contacts: company"), "hire": msg("Contacts: hire")}
_VOICE, _CLOSED = msg("Talk"), msg("Closed")
_WHO = msg("This placement")
_ON_PAPER = msg("Agreed in writing")
_HARD = msg("How hard-to-say matters are raised")
_GOALS = msg("Goal sheet on two tracks")
_TRACKS = msg("Progress by track")
_RESULT = msg("Found at the six-month review")
_VOICES = msg("In order of the day")
_EXPERIENCE = msg("By side and topic")
_SEEN = msg("Changes pictured and changes seen")
_PREPARED = msg("In order of due")
_PLANNED = msg("Due and held")
_STEPS = msg("Who owes it, by when")
_SOLVED = msg("Was the issue solved?")
_PROPOSED = msg("Proposals on the next issue")
_CONCERNS = msg("Concerns raised and settled")
_NOTED = msg("Notes on record")
_MISSED = msg("Out of order, left empty, absent")
_RECORDED = msg("Precautions and records of reviews")
_FILLED = msg("Items that were filled in")
_DISCUSSED = msg("When it was discussed, and the verdict")
_AMOUNTS = msg("Issues proposed, and amounts")
_RAISED = msg("Raised and settled")
_WRITTEN = msg("Notes and reasons of events")
_SINCE = msg("In order of time")
_DUE_OF = msg("{name}: due")

_CROSSES = msg("What crosses with the editions for the company and the hire")
_CROSSING = {
    "edition": msg("To"),
    "content": msg("Content"),
    "care": msg("Words that ask for care"),
}
_STAYS = msg("What stays with the bank, and why")
_KEPT_BACK = {
    "edition": msg("Not in the edition"),
    "side": msg("Said by"),
    "day": msg("Day"),
    "content": msg("Content"),
    "why": msg("Why"),
}
_REFUSED = {
    "not_shareable": msg("not marked as shareable with this reader"),
    "no_consent": msg("no consent of the speaker to this reader on record"),
    "withdrawn": msg("the consent was withdrawn"),
    "special_care": msg("of special care: a second consent that names it is needed"),
}
_SPECIAL = {
    "health": msg("health"),
    "creed": msg("creed"),
    "origin": msg("origin"),
    "crime": msg("criminal record"),
}
_PARTS: Mapping[str, tuple[Any, ...]] = {
    "agreed": (msg("What was agreed"), None, "agreed"),
    "goals": (
        msg("Goal sheet"),
        msg(
"Two tracks: the issue, and the hire's goals. “Slipping” is past its due; “at risk” is what"
" the sheet says so of, or what has three quarters of its period behind it (our own figure)."
),
        "tracks", "milestones", "found",
    ),
    "picture": (msg("In one picture"), None, "timeline"),
    "voices": (msg("What both sides said"), None, "voices"),
    "experience": (msg("Expectation and experience"), None, "experience"),
    "changes": (msg("Changes seen"), None, "changes"),
    "preparation": (msg("Before the joining"), None, "preparation"),
    "reviews": (
        msg("Planned reviews"),
        msg("The reviews at months 1 and 3 are our own figure; that at six months is of the source."),
        "reviews",
    ),
    "routes": (msg("What is hard to say"), None, "routes"),
    "steps": (msg("Next steps"), None, "steps"),
}  # fmt: skip
"""The parts of the bank's sheet: heading, a note, what is shown."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A heading or a paragraph in the words of this house; never text from data."""

    markdown: str

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a pack: the page's head, on every printed page."""

    text: str

    def _repr_html_(self) -> str:
        return str(Markup("<h1>{}</h1>").format(self.text))

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Enclosed(StyledInNotebooks):
    """A letter, shown as the page that is handed out."""

    letter: Letter

    def _repr_html_(self) -> str:
        return str(letter_html(self.letter))

    def __repr__(self) -> str:
        return f"Letter({' '.join(self.letter.to)!r}: {self.letter.subject})"


@dataclass(frozen=True)
class Review:
    """One placement's pack for one reader, in one language."""

    pack: Pack
    lang: Lang = "ja"
    about: About = field(default_factory=About)

    # ---- what stands where ----

    def part(self, name: str) -> tuple[Paragraph | view.Table | pictures.Chart, ...]:
        """One part of the bank's sheet, under its heading; nothing where it is empty, and in an edition handed out."""
        if self.pack.edition != "bank":
            return ()
        heading, note, *shown = _PARTS[name]
        found = [getattr(self, one) for one in shown]
        kept = [one for one in found if not (isinstance(one, view.Table) and not one.rows)]
        if not kept:
            return ()
        said = [Paragraph(f"## {self._say(heading)}")] + ([Paragraph(self._say(note))] if note else [])
        return (*said, *kept)

    def opening(self, settings: Settings, others: Sequence[Review] = ()) -> tuple[object, ...]:
        """What stands first: for the bank the numbers, what will cross to whom, the facts; for others the letter."""
        if self.pack.edition != "bank":
            packs = tuple(other.pack for other in others)
            letter = letter_of(self.pack, packs, self.about, settings, self.lang)
            return (Title(letter.subject), Enclosed(letter))
        crossing = [self.crossing(others), self.kept_back] if others else []
        return (self.title, self.cards, self.lead, *crossing, self.facts)

    @property
    def kept_back(self) -> view.Table:
        """Which voices stay out of whose edition, and why: one row per voice and edition."""
        heads = tuple(view.Column(id, self._say(text)) for id, text in _KEPT_BACK.items())
        rows = tuple(
            tuple(view.Cell(cell) for cell in self._kept(row)) for row in self.pack.kept_back.iter_rows(named=True)
        )
        return view.Table(self._say(_STAYS), heads, rows, lang=self.lang)

    def _kept(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        special = [self._say(_SPECIAL[kind]) for kind in (row["special"] or "").split(", ") if kind]
        why = self._say(_REFUSED[row["refused"]])
        why = aside(why, self._comma(iter(special))).say(self.lang) if special else why
        said = " ".join(part for part in (row["topic"], row["note"]) if part)
        side = labels.value("side", row["side"], self.lang)
        return (
            self._say(_EDITION[row["edition"]]),
            side,
            formats.day(row["held_on"], self.lang, self.pack.day),
            said,
            why,
        )

    def crossing(self, others: Sequence[Review]) -> view.Table:
        """What crosses to whom with the other editions: one row per voice and change, with words that ask for care."""
        packs = tuple(other.pack for other in others)
        heads = tuple(view.Column(id, self._say(text)) for id, text in _CROSSING.items())
        rows = tuple(
            (view.Cell(self._say(_EDITION[other.pack.edition])), view.Cell(said), view.Cell(self._care(said)))
            for other in others
            for said in shared(other.pack, packs, self.lang)
        )
        return view.Table(self._say(_CROSSES), heads, rows, lang=self.lang)

    def _care(self, said: str) -> str:
        """The words in a text that say that it was not meant to go on."""
        return self._comma(iter(careful(said)))

    # ---- first the summary ----

    @property
    def title(self) -> Title:
        """What this is, of whom, for whom."""
        who = self._say(_SUBJECT).format(self.pack.case["subject"] or self.pack.case["case_id"])
        named = " ".join(part for part in (self.pack.client, who) if part)
        return Title(self._say(_TITLE).format(named=named, edition=self._say(_EDITION[self.pack.edition])))

    @property
    def lead(self) -> Paragraph:
        """What this reader holds in hand."""
        return Paragraph(self._say(_LEAD[self.pack.edition]))

    @cached_property
    def cards(self) -> view.Cards:
        """The numbers that matter: goals, six months, the next step; for the bank also what is late and missing."""
        row, day = self.pack.placement, self.pack.day
        six_months = self._six_months(row["six_months_on"], day)
        return view.cards([*self._goal_cards(row), six_months, *self._steps_card(), *self._bank_cards()])

    def _goal_cards(self, row: Mapping[str, Any]) -> Iterator[view.Card]:
        if not row["milestones"]:  # nothing is known of goals: 0 slipping would say that none does
            yield view.Card(self._say(_ACHIEVED), formats.ABSENT, self._say(_NO_GOALS))
            return
        done = self._say(_OF).format(done=row["achieved"], all=row["milestones"])
        yield view.Card(self._say(_ACHIEVED), done, status="achieved" if row["achieved"] else "")
        yield view.Card(self._say(_LATE), str(row["slipping"]), status="overdue" if row["slipping"] else "")
        yield view.Card(self._say(_RISK), str(row["at_risk"]), status="at_risk" if row["at_risk"] else "")

    @property
    def headline(self) -> str:
        """What the index says of this review, from the cards that its reader sees: goals, six months, the next step."""
        said = [self._say(text) for text in (_ACHIEVED, _SIX, _NEXT)]
        shown = [card for card in self.cards.cards if card.label in said and card.value != formats.ABSENT]
        parts = [f"{card.label} {card.value}" for card in shown]
        return COMMA.say(self.lang).join(parts)

    @property
    def released(self) -> Mapping[str, Any] | None:
        """What the register of what left the house keeps of this pack: ids and keys; None for the bank's own."""
        if self.pack.edition == "bank":
            return None
        case_id, client_id = (str(self.pack.case[name] or "") for name in ("case_id", "client_id"))
        receiver = client_id if self.pack.edition == "company" else f"hire of {case_id}"
        return {
            "edition": self.pack.edition, "case": case_id, "receiver": receiver, "voices": list(self.pack.released),
        }  # fmt: skip

    def _six_months(self, mark: date | None, day: date) -> view.Card:
        left = formats.left((mark - day).days, self.lang) if mark is not None and mark >= day else ""
        return view.Card(self._say(_SIX), formats.day(mark, self.lang, day), left)

    def _steps_card(self) -> Iterator[view.Card]:
        ahead = self.pack.actions.filter(pl.col("due_at").dt.date() >= self.pack.day)["due_at"].min()
        if isinstance(ahead, datetime):  # what is late already is counted as such
            yield view.Card(self._say(_NEXT), formats.day(ahead.date(), self.lang, self.pack.day))

    def _bank_cards(self) -> Iterator[view.Card]:
        if self.pack.edition == "bank":
            missing, overdue = int(self.pack.preparation["missing"].sum()), int(self.pack.placement["overdue"])
            yield view.Card(self._say(_OVERDUE), str(overdue), status="overdue" if overdue else "")
            yield view.Card(self._say(_MISSING), str(missing), status="at_risk" if missing else "")

    # ---- what was agreed, and where it stands ----

    @property
    def facts(self) -> view.Table:
        """Who, where, since when, for what: one row per fact."""
        case, row, near = self.pack.case, self.pack.placement, self.pack.day
        pairs = [
            (self._say(_DAY), formats.day(near, self.lang)),
            (labels.column("client", self.lang), self.pack.client),
            (labels.column("subject", self.lang), case["subject"]),
            (labels.column("position", self.lang), case["position"]),
            (self._say(_ISSUE), case.get("management_issue")),
            (
                labels.column("joined_on" if row["joined_on"] else "joins_on", self.lang),
                formats.day(row["joined_on"] or case["joins_on"], self.lang),
            ),
            (labels.column("six_months_on", self.lang), formats.day(row["six_months_on"], self.lang)),
            (labels.column("ended_on", self.lang), formats.day(row["ended_on"], self.lang)),
        ]
        return self._pairs([pair for pair in pairs if pair[1] not in (None, "", formats.ABSENT)])

    @property
    def agreed(self) -> view.Table:
        """Mission, goals and plan as agreed on paper, by sheet or by memo: one row per item."""
        return self._items(_AGREED, _ON_PAPER)

    @property
    def routes(self) -> view.Table:
        """The agreed routes for what is hard to say: one row per route."""
        return self._items(_ROUTES, _HARD)

    @property
    def milestones(self) -> view.Table:
        """The goal sheet on its two tracks: one row per milestone."""
        columns = (
            "track",
            "milestone",
            "starts_on",
            "due_on",
            "achieved_on",
            "status",
            "late_days",
            "evidence",
            "note",
        )
        return self._table(self.pack.milestones, columns, _GOALS)

    @property
    def tracks(self) -> view.Table:
        """How far each track has come: one row per track."""
        kept = self.pack.milestones.filter(pl.col("status") != "dropped")
        status = pl.col("status")
        counted = kept.group_by("track", maintain_order=True).agg(
            milestones=pl.len(), achieved=status.is_in(DONE).sum(),
            **{name: (status == name).sum() for name in ("achieved_late", "slipping", "at_risk")},
        )  # fmt: skip
        rated = counted.with_columns(progress=pl.col("achieved") / pl.col("milestones"))
        return self._table(rated.rename({"at_risk": labels.value("status", "at_risk", self.lang)}), None, _TRACKS)

    @property
    def memo(self) -> Paragraph:
        """Where there is no goal sheet: what is looked back on instead (B-24); otherwise nothing."""
        return Paragraph(self._say(_MEMO) if self.pack.milestones.is_empty() else "")

    @property
    def found(self) -> view.Table:
        """What the six-month review found on both tracks: one row per item."""
        return self._items(_FOUND, _RESULT)

    # ---- what was said and seen ----

    @property
    def voices(self) -> view.Table:
        """What both sides said, as far as this reader may hear it: one row per voice."""
        return self._table(self.pack.voices, ("held_on", "side", "topic", "score", "note", "shareable"), _VOICES)

    @property
    def experience(self) -> view.Table:
        """Expectation at the start beside experience at six months: one row per side and topic."""
        columns = ("side", "topic", "start_score", "start_note", "later_score", "later_note", "change")
        return self._table(self.pack.experience, columns, _EXPERIENCE)

    @property
    def changes(self) -> view.Table:
        """The change pictured before and the changes seen since, in words: one row per sharing."""
        rows = self.pack.items.filter(
            pl.col("activity").is_in(_CHANGES), ~pl.col("item").str.starts_with("shared_with")
        )
        return self._table(self._named(rows.sort("on", maintain_order=True)), ("on", "item", "content"), _SEEN)

    # ---- plan and steps ----

    @property
    def preparation(self) -> view.Table:
        """The work before the joining: one row per step, with what is missing."""
        what = ("rule_id", "role") if self.pack.edition == "bank" else ("activity",)
        return self._table(self.pack.preparation, (*what, "due_on", "done_on", "status"), _PREPARED)

    @property
    def reviews(self) -> view.Table:
        """The planned reviews, whose plan that is (months 1 and 3 are ours), held or due: one row per review."""
        rows = self.pack.reviews.sort("due_at", "rule_id").with_columns(
            due_on=pl.col("due_at").dt.date(), done_on=pl.col("fulfilled_at").dt.date()
        )  # fmt: skip
        return self._table(rows, ("rule_id", "entry", "due_on", "done_on", "status", "basis"), _PLANNED)

    @property
    def steps(self) -> view.Table:
        """What comes next, who owes it, by when: one row per open due action, in order of due."""
        rows = self.pack.actions.sort("due_at", "rule_id").with_columns(due_on=pl.col("due_at").dt.date())
        return self._table(rows, ("due_on", "rule_id", "role", "owner", "status", "basis"), _STEPS)

    @cached_property
    def timeline(self) -> pictures.Chart:
        """The placement over time: plan, goals, reviews due, contacts, holidays."""
        marks = pl.DataFrame(list(self._marks()), schema=_MARK, orient="row")
        first, last = marks["start"].min(), max([*marks["start"], *marks["end"].drop_nulls(), self.pack.day])
        rests = [mark for mark in self._holidays() if first is not None and first <= mark[2] <= last]  # type: ignore[operator]
        whole = pl.concat([marks, pl.DataFrame(rests, schema=_MARK, orient="row")])
        return pictures.timeline(whole, self.lang, as_of=self.pack.day)

    def _marks(self) -> Iterator[tuple[str, str, date, date | None, str]]:
        yield from self._plan()
        for row in self.pack.milestones.iter_rows(named=True):
            yield from self._goal(row)
        for row in self.pack.reviews.sort("due_at").iter_rows(named=True):
            name = self._name("rule_id", row["rule_id"])
            held = row["fulfilled_at"]
            yield self._say(_REVIEWS), self._say(_DUE_OF).format(name=name), row["due_at"].date(), None, "due"
            if held is not None:
                yield self._say(_REVIEWS), name, held.date(), None, "done"
        for side in _SIDES[self.pack.edition]:
            yield from self._contacts(side)

    def _plan(self) -> Iterator[tuple[str, str, date, date | None, str]]:
        joined = self.pack.placement["joined_on"] or self.pack.case["joins_on"]
        begun = self.pack.events["timestamp"].min()
        if isinstance(begun, datetime) and joined is not None and begun.date() < joined:
            yield self._say(_PLAN), self._say(_PREPARING), begun.date(), joined, "plan"
        if joined is not None and self.pack.placement["six_months_on"] is not None:
            yield self._say(_PLAN), self._say(_FIRST_HALF), joined, self.pack.placement["six_months_on"], "plan"

    def _goal(self, row: Mapping[str, Any]) -> Iterator[tuple[str, str, date, date | None, str]]:
        start, due, done, name = row["starts_on"], row["due_on"], row["achieved_on"], row["milestone"]
        if start is not None and due is not None and start <= due:
            yield name, labels.value("track", row["track"] or "", self.lang), start, due, "milestone"
        elif due is not None:
            yield name, name, due, None, "due"
        if done is not None:
            yield name, labels.value("status", row["status"] or "achieved", self.lang), done, None, "done"
        elif row["status"] == "slipping":
            yield name, labels.value("status", "slipping", self.lang), due, None, "late"

    def _contacts(self, side: str) -> Iterator[tuple[str, str, date, date | None, str]]:
        lane = self._say(_WITH_LANE[side])
        for activity, at in self.pack.events.select("activity", "timestamp").iter_rows():
            if activity in _WITH[side]:
                yield lane, self._name("activity", activity), at.date(), None, side
        heard = self.pack.voices.filter(pl.col("side") == side)["held_on"].unique().sort()
        for day in heard:
            yield lane, self._say(_VOICE), day, None, side

    def _holidays(self) -> Iterator[tuple[str, str, date, date | None, str]]:
        years = range(self.pack.day.year - 2, self.pack.day.year + 3)
        for year in years:
            for day, name in holiday_names(year).items():
                yield "", self._say(name), day, None, "holiday"
        for day in self.pack.closed:
            yield "", self._say(_CLOSED), day, None, "holiday"

    # ---- the bank's own part ----

    @property
    def internal(self) -> Sequence[Paragraph | view.Table]:
        """What only the bank sees, under headings of its own; nothing at all in another edition."""
        if self.pack.edition != "bank":
            return ()
        missing = self.pack.missing.with_columns(
            pl.struct("kind", "id", "detail").map_elements(self._detail, return_dtype=pl.String).alias("detail")
        )
        notes = self.pack.events.filter(pl.col("note").is_not_null() | pl.col("reason").is_not_null())
        parts = (
            (_SOLVED, _DISCUSSED, self.pack.assessments, ("on", "issue_solved", "note")),
            (_PROPOSED, _AMOUNTS, self.pack.proposals, ("proposed_on", "issue", "status", "amount")),
            (_CONCERNS, _RAISED, self.pack.concerns, ("timestamp", "activity", "role", "resource", "channel", "note")),
            (_RECORDED, _FILLED, self._others, ("on", "activity", "item", "content")),
            (_NOTED, _WRITTEN, notes, ("timestamp", "activity", "note", "reason")),
            (_MISSED, _SINCE, missing, ("at", "kind", "id", "detail", "role", "basis")),
        )
        return [
            shown
            for heading, caption, frame, columns in parts
            for shown in (Paragraph(f"## {self._say(heading)}"), self._table(frame, columns, caption))
        ]

    @property
    def _others(self) -> pl.DataFrame:
        """The items that stand in no part of their own: gaps and countermeasures, the areas of care, ..."""
        shown = [*_AGREED, *_ROUTES, *_CHANGES, *_FOUND, "issue_assessed"]
        return self._named(self.pack.items.filter(~pl.col("activity").is_in(shown)))

    def _detail(self, row: Mapping[str, str]) -> str:
        if row["kind"] == "checklist":
            return self._item(row["detail"])
        if row["kind"] == "early":
            return row["detail"]
        of = {"precedence": "activity", "channel": "channel"}.get(row["kind"], "role")
        return self._comma(self._name(of, code) for code in row["detail"].split(", "))

    def _comma(self, parts: Iterator[str]) -> str:
        return ("・" if self.lang == "ja" else ", ").join(parts)

    # ---- the goal sheet as a file ----

    @property
    def sheet_name(self) -> str:
        """The file name of the goal sheet: the case's number, and nobody's name."""
        return f"goal-sheet-{formats.file_stem(str(self.pack.case['case_id']))}.xlsx"

    @property
    def sheet(self) -> bytes:
        """The goal sheet as an Excel form with what this reader may see; for the bank, the status as it was written."""
        paper = {row["item"]: row["content"] for row in self.pack.items.iter_rows(named=True)}
        told = {**self.pack.case, "client": self.pack.client, **paper}
        goals = self.pack.milestones
        own = goals.with_columns(status="written") if "written" in goals.columns else goals
        return goal_sheet_bytes(told, own, self.lang)

    # ---- small forms ----

    def _say(self, text: Text) -> str:
        return text.say(self.lang)

    def _table(self, frame: pl.DataFrame, columns: Sequence[str] | None, caption: Text) -> view.Table:
        return view.table(frame, columns, self._say(caption), self.lang, playbooks=[self.pack.book])

    def _pairs(self, pairs: Sequence[tuple[str, Any]]) -> view.Table:
        schema = {"item": pl.String, "content": pl.String}
        return self._table(pl.DataFrame(pairs, schema=schema, orient="row"), None, _WHO)

    def _items(self, activities: Sequence[str], caption: Text) -> view.Table:
        """The latest word on each item of some activities."""
        latest = self.pack.items.filter(pl.col("activity").is_in(activities)).unique(
            ["activity", "item"], keep="last", maintain_order=True
        )  # fmt: skip
        return self._table(self._named(latest), ("item", "content", "on"), caption)

    def _named(self, items: pl.DataFrame) -> pl.DataFrame:
        codes = {"goal_form": _FORM, "hiring_decision": _DECIDED}
        days = pl.col("content").str.to_date("%Y-%m-%d", strict=False)
        said = days.map_elements(lambda day: formats.day(day, self.lang), return_dtype=pl.String)
        content = pl.coalesce(said, "content")
        for item, texts in codes.items():
            said = content.replace({code: self._say(text) for code, text in texts.items()})
            content = pl.when(pl.col("item") == item).then(said).otherwise(content)
        named = {item: self._item(item) for item in items["item"].unique()}
        return items.with_columns(content=content, item=pl.col("item").replace(named))

    def _item(self, id: str) -> str:
        fields = (field for checklist in self.pack.book.checklists for field in checklist.fields)
        return _CODES_TO_FILL_IN.sub("", next((field.name.say(self.lang) for field in fields if field.id == id), id))

    def _name(self, of: str, code: str) -> str:
        text = labels.name_in(self.pack.book, of, code)
        return code if text is None else text.say(self.lang)


_MARK = {"lane": pl.String, "label": pl.String, "start": pl.Date, "end": pl.Date, "kind": pl.String}
