"""What happened, read off the columns of a list: days of stages, plans, marks, states, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from playbook.importing.guess.crosstab import days_of, of_days
from playbook.importing.guess.looks import Look
from playbook.importing.guess.proposal import NOTHING, AnswerChoice, Asker, Block, ColumnGuess
from playbook.importing.vocabulary.headers import ACTIVITIES, ENDS, ROUNDS, speaks_of_change_of_state
from playbook.importing.vocabulary.states import (
    ENDED,
    FAILED,
    PASSED,
    SILENT,
    UNKNOWN,
    Meaning,
    mark_beside,
    mark_of,
    state_of,
)
from playbook.importing.vocabulary.words import planned_date, rank
from playbook.rules.nouns import Playbook
from playbook.words.catalogue import msg
from playbook.words.folding import fold_key
from playbook.words.text import Text

NEXT = "next_interview_on"
JOINS = "joins_on"
ARRANGED = "interview_scheduled"
_REVIEWS = ("company_review_held", "hire_review_held")
_ENOUGH = 0.6
_CLOSING = frozenset({"rejected", "withdrawn", "offer_declined", "offer_accepted", "offer_cancelled", "left"})
_MARKED = frozenset({
    *ROUNDS, "document", "test", "third", "further", "either", "interview", "offer", "accepted", "decision",
    "withdrawn",
    "rejected", "offer_declined",
})  # fmt: skip
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_OVER = frozenset({"完了", "終了", "closed", "ended"})
_OF_SELECTION = frozenset({"new", "rejected", "withdrawn", "offer", "accepted", "offer_declined", "stage", "held"})
UNSAID = msg("it does not say whose decision it was; without an answer it counts as over, by whom unknown")
_LOST = frozenset({"rejected", "withdrawn", "offer_declined", "someone", "over", "out", "no_show"})
_Rows = Mapping[str, tuple[str, ...]]
_Conditions = tuple[tuple[str, str], ...]


@dataclass
class Happenings:
    """`blocks`: events. `planned`: for each planned date of a case its columns. `lines`: what is said of the columns.
    `doubts`: what a value may be, as a comment."""

    blocks: list[Block] = field(default_factory=list)
    planned: dict[str, list[str]] = field(default_factory=dict)
    lines: list[ColumnGuess] = field(default_factory=list)
    doubts: list[Text] = field(default_factory=list)
    dated: dict[str, str] = field(default_factory=dict)
    days: list[str] = field(default_factory=list)


@dataclass
class ListReader:
    """Reads the columns of one list that are not taken yet."""

    looks: Sequence[Look]
    book: Playbook
    asker: Asker
    reasons: Mapping[str, str]
    found: Happenings = field(default_factory=Happenings)
    used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ended = ""
        self.loose: set[tuple[str, str]] = set()  # words that say no more than that it ended
        self.known = frozenset(one.id for one in self.book.activities)

    def read(self) -> Happenings:
        """Everything that happened, in the order in which one column needs the others."""
        self._crosstab()
        self._triples()
        self._days()
        self._ended()
        self._marks()
        self._states()
        self._only_where_unknown()
        return self.found

    def _before(self, look: Look) -> tuple[str, ...]:
        """The columns of days that stand before a column: what it says comes after them."""
        names = [one.name for one in self.looks]
        here = names.index(look.name)
        return tuple(one for one in self.found.days if names.index(one) < here)

    @property
    def _free(self) -> list[Look]:
        return [one for one in self.looks if one.name not in self.used and one.filled]

    @property
    def _empty(self) -> list[Look]:
        """Columns without a cell whose headers say what they will hold."""
        return [
            one
            for one in self.looks
            if not (one.filled or one.line or one.name in self.used)
            and one.header.clear
            and one.header.noun
            and (one.header.day or self._label_of(one.name))
        ]

    def _say(self, look: Look, becomes: str, why: Text, *, sure: bool = True) -> None:
        self.used.add(look.name)
        self.found.lines.append(ColumnGuess(look.name, becomes, why, sure))

    # Columns whose headers are days

    def _crosstab(self) -> None:
        days = days_of(self._free)
        told = [one for one in self._free if one.name in days]
        blocks = list(of_days(told, days, self.book)) if all(days.values()) else []
        for look in told:
            if blocks:
                self._say(look, "state", msg("a column headed by its day"))
            elif any(state_of(value).kind for value in look.values):
                self._say(
                    look, "", msg("its header is a day of which nothing says the year; write it there"), sure=False
                )
        self.found.blocks += blocks

    # Steps whose names stand in cells: 1次ステップ, 1次ステップ実施日, 1次ステップステータス

    def _triples(self) -> None:
        pairs = [
            (look, day)
            for look in self._free
            if not look.dated and not look.line and _names_rounds(look)
            for day in self._free
            if day.dated and _is_day_of(day.name, look.name)
        ]
        # A step may hold tomorrow what another holds today.
        meant = {value: self._held(value) for look, _ in pairs for value in look.values}
        for look, day in pairs:
            why = msg("a column of names of steps, with the day of each")
            self.found.blocks.append(Block("rows", look.name, values=meant, time=day.name, why=why))
            self._say(look, "events.activity", why)
            self._say(day, "events.timestamp", why)
            for other in self._free:
                if other.name.startswith(look.name) and other.header.says == "result":
                    text = msg("the result of a step; how it ended is in another column")
                    self._say(other, "", text)

    def _held(self, value: str) -> str:
        meaning = state_of(value)
        activity = meaning.activity(self.known, dated=True)
        return activity if meaning.kind in ("stage", "held", "offer") else ""

    # Columns of days

    def _days(self) -> None:
        for look in self._free:
            if not look.days or look.long or look.line or rank("ended_on", look.name) is not None:
                continue
            if look.dated or (look.header.day and look.header.clear and look.header.noun):
                self._day(look)
        for look in self._empty:
            if look.header.says in ("", "planned") and look.header.noun not in ("interview", "hired", "decision"):
                self._day(look)

        self._application()

    def _application(self) -> None:
        """Where no column says when a person applied, one that is headed as a day alone may."""
        if "applied" not in self.known or "applied" in self.found.dated:
            return
        plain = [one for one in self._free if one.dated and not one.line and _may_be_of_application(one.name)]
        for look in plain:
            if not look.header.says:
                why = msg("no other column says when they applied")
                self._doubtful(look, ["applied"], why)
                return

    def _day(self, look: Look) -> None:
        header = look.header
        label = self._label_of(look.name)
        if planned := planned_date(look.name, self.book.date_ids):
            self.found.planned.setdefault(planned, []).append(look.name)
            self._say(look, planned, msg("days that are planned"))
            return
        if speaks_of_change_of_state(look.name) and not label:
            return
        if header.noun == "joined" and not header.says:
            self._joined(look)
        elif label and header.noun == "meeting" and any("推薦" in one.name for one in self.looks):
            self._doubtful(look, [label], msg("a meeting with the client, or with the agency's own adviser"))
        elif label and header.says in ("", "result", "arranged"):
            self._event(look, label, self._same_as(label))
        elif header.noun in ("", "birth", "contract") or header.noun == "ended":
            return
        elif header.says == "planned":
            self._plan(look)
        elif header.says == "arranged" and "確定" in look.name and header.is_interview and ARRANGED in self.known:
            why = msg("the day on which it was fixed, or the day that was fixed")
            self._doubtful(look, [ARRANGED, *filter(None, [ROUNDS.get(header.noun, "")])], why)
        elif header.says == "arranged" and header.is_interview and ARRANGED in self.known:
            self._event(look, ARRANGED, msg("the day on which the interview was arranged"))
        elif header.says:
            self._not_held(look)
        else:
            self._named(look)

    def _label_of(self, name: str) -> str:
        """The activity whose label a header is, but for a word for the day."""
        bare = re.sub(r"(?:実施日時|実施日|日時|日付|日|\s*date|_on|_at)$", "", fold_key(name))
        for one in self.book.activities:
            if bare in (fold_key(one.name.ja), fold_key(one.name.en), one.id) and bare:
                return one.id
        return ""

    def _same_as(self, activity: str) -> Text:
        name = self.asker.name(activity)
        return msg("named like the activity '{name}'", name=name)

    def _event(self, look: Look, activity: str, why: Text) -> None:
        why = msg("{why}; {days} of {filled} cells are days", why=why, days=look.days, filled=look.filled)
        planned = NEXT if NEXT in self.book.date_ids and _is_round(activity) else ""
        marks = self._marks_among(look, activity)
        after = self._before(look) if marks else ()
        who = self._interviewer(look)
        block = Block("stage", look.name, activity, planned=planned, resource=who, marks=marks, after=after, why=why)
        self.found.blocks.append(block)
        self.found.dated.setdefault(activity, look.name)
        self.found.days.append(look.name)
        self._say(look, f"events: {activity}", why)

    def _marks_among(self, look: Look, activity: str) -> dict[str, str]:
        """The marks that stand in a column of days, alone (×) or beside a day (4/10 ×), and what each is."""
        noun = next((noun for noun, one in ACTIVITIES.items() if one == activity), "")
        found = {note: mark_beside(note, noun).activity(self.known) for note in look.notes}
        marks = {note: one for note, one in found.items() if one}
        if noun in _MARKED and look.counts and _holds_marks(look):
            marks |= self._chosen(look, {value: mark_of(value, noun) for value in look.values})
        return marks

    def _interviewer(self, look: Look) -> str:
        """The column of who held the same round."""
        mine = look.header.noun
        for one in self._free:
            if one.header.says == "people" and one.header.noun == mine and mine in ROUNDS and not one.dated:
                self._say(one, "events.resource", msg("who held this interview"))
                return one.name
        return ""

    def _plan(self, look: Look) -> None:
        header = look.header
        wanted = NEXT if header.is_interview or header.noun in ("casual", "meeting") else ""
        wanted = JOINS if header.noun == "joined" else wanted
        if wanted == NEXT and NEXT not in self.book.date_ids:
            wanted = ""
        if not wanted:
            self._say(look, "", msg("days that are planned: no events"), sure=True)
            return
        self.found.planned.setdefault(wanted, []).append(look.name)
        self._say(look, wanted, msg("days that are planned"))

    def _not_held(self, look: Look) -> None:
        said = {
            "deadline": msg("deadlines: no events"),
            "wish": msg("days that are wished for: no events"),
            "pending": msg("days of what has not happened yet"),
            "result": msg("the day of a result, not of what was held"),
        }
        other = msg("not the day of a happening")
        name = ROUNDS.get(look.header.noun, "")
        if look.header.says == "result" and name in self.known and name not in self.found.dated:
            self._doubtful(look, [name], said["result"])
            return
        self._say(look, "", said.get(look.header.says, other))

    def _joined(self, look: Look) -> None:
        self.found.planned.setdefault(JOINS, []).append(look.name)
        why = msg("the day of joining, planned or real")
        if "joined" in self.known and "applied" not in self.known:  # of a hire, not of an applicant who may decline
            self.found.blocks.append(Block("stage", look.name, "joined", planned=JOINS, why=why))
            self.found.dated.setdefault("joined", look.name)
        self._say(look, JOINS, why)

    def _named(self, look: Look) -> None:
        header = look.header
        activity = ACTIVITIES.get(header.noun, "")
        if activity in self.known and header.clear and header.noun != "meeting" and activity not in self.found.dated:
            name = self.asker.name(activity)
            why = msg("its header says '{name}'", name=name)
            if header.noun == "withdrawn" and self._declines_an_offer(look, why):
                return
            if header.noun == "rejected" and self._by_either(look, why):
                return
            self._event(look, activity, why)
        elif activity in self.known:
            self._doubtful(look, [activity], msg("its header says more than that"))
        elif header.noun == "followup_talk" and set(_REVIEWS) & self.known:
            with_whom = msg("with the client or with the hire, its header does not say")
            self._doubtful(look, [one for one in _REVIEWS if one in self.known], with_whom)
        elif header.noun == "interview":
            rounds = [one for one in dict.fromkeys(ROUNDS.values()) if one in self.known]
            self._doubtful(
                look,
                rounds,
                msg("which interview it was, its header does not say"),
            )
        elif header.noun in ("hired", "decision"):
            wanted = ["offer_made", "offer_accepted", "joined"]
            self._doubtful(
                look,
                [one for one in wanted if one in self.known],
                msg("what it is the day of, its header does not say"),
            )
        else:
            self._say(look, "", msg("the playbook has no activity for it"))

    def _declines_an_offer(self, look: Look, why: Text) -> bool:
        """A day of declining, with a column of offers beside it: after an offer it is the offer that is declined."""
        offer = next(
            (one for one in self.looks if one.dated and one.header.noun == "offer" and not one.header.says), None
        )
        if offer is None or not {"offer_declined", "withdrawn"} <= self.known:
            return False
        reason = self._reason_for("withdrawn")
        empty = {offer.name: ("",)}
        block = Block("rows", "", time=look.name, reason=reason, why=why)
        self.found.blocks.append(replace(block, activity="offer_declined", unless=empty))
        self.found.blocks.append(replace(block, activity="withdrawn", when=empty))
        self.found.dated["withdrawn"] = self.found.dated["offer_declined"] = look.name
        self._say(
            look,
            "events: withdrawn",
            msg("{why}; after an offer, the offer is declined", why=why),
        )
        return True

    def _by_either(self, look: Look, why: Text) -> bool:
        """A day on which it ended, with a flag beside it that says whether the company ended it."""
        flag = next((one for one in self._free if "bycompany" in fold_key(one.name).replace("_", "")), None)
        if flag is None or not {"rejected", "withdrawn"} <= self.known:
            return False
        yes, no = (tuple(one for one in flag.values if fold_key(one) in said) for said in (_YES, _NO))
        if {*yes, *no} != set(flag.values):
            return False
        for activity, values in (("rejected", yes), ("withdrawn", no)):
            if values:
                block = Block("rows", "", activity, time=look.name, reason=self._reason_for("rejected"), why=why)
                self.found.blocks.append(replace(block, when={flag.name: values}))
                self.found.dated[activity] = look.name
        self._say(look, "ended_on", why)
        self._say(flag, "status", why)
        return True

    def _doubtful(self, look: Look, activities: Sequence[str], why: Text) -> None:
        """A column of days of which a person says what they are."""
        text = msg("what are the days in '{name}' (such as {shown})", name=look.name, shown=look.shown)
        free = [one for one in activities if one not in self.found.dated]
        more = [one for one in (NEXT,) if one in self.book.date_ids and look.header.is_interview]
        choices = self.asker.choices([*free, *more])
        suggested = free[0] if free else NOTHING
        answer = self.asker.decide(look.name, text, why, choices, suggested, look.days)
        if answer in (None, NOTHING):
            self._say(look, "" if answer or not free else f"events: {free[0]}", why, sure=answer is not None)
        elif answer in self.book.date_ids:
            self.found.planned.setdefault(answer, []).append(look.name)
            self._say(look, answer, why)
        else:
            self._event(look, answer, why)

    # How it ended

    def _ended(self) -> None:
        """The column of the day on which it ended, and who ended it, told by another column."""
        ended = [one for one in self._free if one.dated and _is_ended(one)]
        if not ended:
            return
        day = min(ended, key=lambda one: _known_rank("ended_on", one))
        tellers = [one for one in self._free if not one.dated and _tells_an_end(one)]
        if day.header.noun == "ended":  # of a loss: a column that knows the hired alone does not tell of it
            tellers = [one for one in tellers if any(state_of(value).kind in _LOST for value in one.values)]
        if not tellers:
            self._over(day)
            return
        who = min(tellers, key=_teller_rank)
        values = self._values(who)
        self.ended = day.name
        why = msg("how it ended is in '{name}', when in '{name2}'", name=who.name, name2=day.name)
        named = {ACTIVITIES[noun] for noun in day.header.nouns if noun in ("rejected", "withdrawn", "offer_declined")}
        closing = {*(_CLOSING & named or _CLOSING), UNKNOWN}
        ends = {value: activity if activity in closing else "" for value, activity in values.items()}
        undated = {day.name: ("",)}
        block = Block("rows", who.name, values=ends, time=day.name, why=why)
        self._with_offers(block, unless=undated)
        if any(ends.values()):
            state = replace(block, kind="state", time="", after=tuple(self.found.days))
            self._with_offers(state, when=undated)
        if day.header.noun == "ended" and UNKNOWN in self.known:  # where it ended and nothing says how
            told = tuple(value for value in who.values if ends[value] or state_of(value).kind in ENDED)
            over = Block("rows", "", UNKNOWN, time=day.name, why=why, unless={who.name: told} if told else {})
            self.found.blocks.append(over)
        self._say(day, "ended_on", why)
        for activity in filter(None, ends.values()):
            self.found.dated.setdefault(f"ended {activity}", day.name)

    def _over(self, day: Look) -> None:
        """The day on which it ended, of which no column says how: by whom is unknown, unless a person knows it."""
        why = msg("the day it ended, but no column says how")
        if day.header.noun != "ended" or UNKNOWN not in self.known:  # a result, perhaps a good one
            self._say(day, "", why, sure=False)
            return
        ends = [one for one in (UNKNOWN, "rejected", "withdrawn") if one in self.known]
        text = msg("what are the days in '{name}' (such as {shown})", name=day.name, shown=day.shown)
        answer = self.asker.decide(day.name, text, why, self.asker.choices(ends), UNKNOWN, day.days)
        if answer == NOTHING:
            self._say(day, "", why)
            return
        activity = answer or UNKNOWN
        block = Block("rows", "", activity, time=day.name, reason=self._reason_for(activity), why=why)
        self.found.blocks.append(block)
        self._say(day, f"events: {activity}", why)

    # Marks

    def _marks(self) -> None:
        for look in self._free:
            noun = look.header.noun
            if look.line or look.long or not noun or look.header.says not in ("", "result") or not _holds_marks(look):
                continue
            if noun in _MARKED:
                self._mark(look, noun)

    def _mark(self, look: Look, noun: str) -> None:
        why = msg("a column of marks")
        meant = {value: mark_of(value, noun) for value in look.values}
        values = self._chosen(look, meant)
        if noun == "decision" and "offer_made" not in self.found.dated and "offer_declined" in self.known:
            values = {value: "offer_declined" if one == "withdrawn" else one for value, one in values.items()}
        own = ACTIVITIES.get(noun, "")
        day = self.found.dated.get(own)
        if look.days and own in self.known and day is None:
            planned = NEXT if NEXT in self.book.date_ids and _is_round(own) else ""
            elsewhere = {value for value, one in values.items() if one and self._is_dated(one)}
            marks = {value: "" if value in elsewhere else activity for value, activity in values.items()}
            after = self._before(look)
            block = Block("stage", look.name, own, planned=planned, marks=marks, after=after, why=why)
            self.found.blocks.append(block)
            rest = {value: activity for value, activity in values.items() if value in elsewhere}
            self._with_offers(Block("state", look.name, values=rest, after=after, why=why))
            self.found.days.append(look.name)
        else:
            self._with_offers(Block("state", look.name, values=values, after=self._before(look), why=why))
        self._say(look, f"marks: {own}" if own in self.known else "marks", why)

    def _is_dated(self, activity: str) -> bool:
        return bool({activity, f"ended {activity}"} & self.found.dated.keys()) or activity == "withdrawn"

    # States

    def _states(self) -> None:
        told = [one for one in self._free if not one.dated and not one.long and not one.line and _is_state(one)]
        for look in sorted(told, key=_state_rank):
            values = self._values(look)
            why = msg("a column of present states")
            since = self._since(look) or (self._touched(look) if any(values.values()) else "")
            self._with_offers(
                Block("state", look.name, values=values, time=since, after=tuple(self.found.days), why=why)
            )
            self._say(look, "status", why)
        for look in self._free:
            if look.dated and speaks_of_change_of_state(look.name):
                self._say(
                    look,
                    "",
                    msg("the day of a change of state, of which it does not say"),
                    sure=False,
                )

    def _touched(self, state: Look) -> str:
        """A column of days on which the row was changed: whether that is when its state changed, a person must say."""
        for one in self._free:
            if one.dated and not one.header.noun and re.search(r"更新|updat|modif", fold_key(one.name)):
                text = msg("is '{name}' the day on which '{name2}' changed", name=one.name, name2=state.name)
                why = msg("a day that moves with any change of the row does not date the state")
                yes = AnswerChoice("since", msg("yes, the day the state changed"))
                no = AnswerChoice(NOTHING, msg("no, the day the row was touched"))
                if self.asker.decide(one.name, text, why, [yes, no], NOTHING, one.days) == "since":
                    self._say(one, "since", text)
                    return one.name
                return ""
        return ""

    def _since(self, state: Look) -> str:
        """The column that moves with a state: named like it, with a word for its change."""
        for one in self._free:
            if one.dated and speaks_of_change_of_state(one.name) and _same_state(state.name, one.name):
                self._say(one, "since", msg("the day on which '{name}' changed", name=state.name))
                return one.name
        return ""

    def _values(self, look: Look) -> dict[str, str]:
        meant = {value: state_of(value) for value in look.values}
        if look.header.is_interview:  # 面接状態 完了: the interview is over, not the case
            over = {value for value, one in meant.items() if one.kind == "someone" and fold_key(value) in _OVER}
            meant |= dict.fromkeys(over, Meaning("advanced"))
        return self._chosen(look, meant)

    def _chosen(self, look: Look, meant: Mapping[str, Meaning]) -> dict[str, str]:
        """What each value becomes: what is sure, and what a person has said; the rest is nothing, and asked."""
        found: dict[str, str] = {}
        counts = dict(look.counts)
        for value, meaning in meant.items():
            activity = meaning.activity(self.known)
            choices = [one for one in (activity, *meaning.choices) if one in self.known]
            told_elsewhere = bool(self.ended) and meaning.kind == "someone"
            if meaning.sure or not choices or told_elsewhere:
                found[value] = activity if meaning.sure else ""
                continue
            if meaning.kind == "someone" and not self._of_selection(look):  # 終了 of a contract, of an order
                meaning = Meaning("over", sure=False)
            if meaning.kind == "someone":
                self.loose.add((look.name, value))
            unasked = meaning.unasked if meaning.unasked in self.known else ""
            text = msg(
                "what happened where '{name}' says '{value}' ({counts} rows)",
                name=look.name,
                value=value,
                counts=counts[value],
            )
            why = UNSAID if unasked else msg("the word alone does not tell")
            answer = self.asker.decide(
                f"{look.name} | {value}",
                text,
                why,
                self.asker.choices(list(dict.fromkeys(choices))),
                choices[0],
                counts[value],
            )
            found[value] = unasked if answer is None else "" if answer == NOTHING else str(answer)
            if answer is None and not unasked:
                n, named = counts[value], [self.asker.name(one) for one in choices]
                which = Text("・".join(one.ja for one in named), ", ".join(choices))
                doubt = msg(
                    "'{value}' in '{name}' ({n} rows) is not used; write which it is: {which}",
                    value=value,
                    name=look.name,
                    n=n,
                    which=which,
                )
                self.found.doubts.append(doubt)
        return found

    def _of_selection(self, look: Look) -> bool:
        """Whether a column of states is of a selection: another of its words says so, or a header of the list."""
        kinds = {state_of(value).kind for value in look.values}
        nouns = {noun for one in self.looks for noun in one.header.nouns}
        return bool(kinds & _OF_SELECTION or nouns & {*_MARKED, "applied"})

    def _with_offers(self, block: Block, when: _Rows | None = None, unless: _Rows | None = None) -> None:
        """A block, parted so that nothing is said twice: where a column of days says it, only rows without that day;
        declines after an offer apart from those before. `when`, `unless`: of which rows alone."""
        groups: dict[_Conditions, dict[str, str]] = {}
        offer = self.found.dated.get("offer_made", "")
        both = {"offer_declined", "withdrawn"} <= self.known
        for value, activity in block.values.items():
            if activity == "withdrawn" and offer and both:
                after = self._conditions(block, "offer_declined", ("unless", offer))
                before = self._conditions(block, "withdrawn", ("when", offer))
                groups.setdefault(after, {})[value] = "offer_declined"
                groups.setdefault(before, {})[value] = "withdrawn"
            elif activity and (block.column, value) in self.loose:
                groups.setdefault((*self._conditions(block, activity), ("loose", "")), {})[value] = activity
            elif activity:
                groups.setdefault(self._conditions(block, activity), {})[value] = activity
        silent = {value: "" for value, activity in block.values.items() if not activity}
        for n, (conditions, values) in enumerate(groups.items()):
            if block.kind == "rows":  # every value must be named, or its row is refused
                values = {**dict.fromkeys(block.values, ""), **values}
            elif n == 0:
                values = {**values, **silent}
            only = {**{column: ("",) for kind, column in conditions if kind == "when"}, **(when or {})}
            but = {**{column: ("",) for kind, column in conditions if kind == "unless"}, **(unless or {})}
            reason = self._reason_for(*values.values())
            self.found.blocks.append(replace(block, values=values, reason=reason, when=only, unless=but))

    def _only_where_unknown(self) -> None:
        """A word that says no more than that it ended counts only where no other column of its row says how."""
        ends = {activity: column for activity, column in self.found.dated.items() if activity in _CLOSING}
        days = {*ends.values(), *(one.name for one in self.looks if one.header.noun == "joined" and one.dated
                                  and not one.header.says)}  # fmt: skip
        said: dict[str, set[str]] = {}
        for block in self.found.blocks:
            for value, activity in (*block.values.items(), *block.marks.items()):
                if activity in _CLOSING and (block.column, value) not in self.loose:
                    said.setdefault(block.column, set()).add(value)
        for n, block in enumerate(self.found.blocks):
            words = [value for value, activity in block.values.items() if activity]
            loose = all((block.column, word) in self.loose for word in words) if words else block.activity == UNKNOWN
            if loose and block.kind != "stage":
                when = dict.fromkeys(sorted(days - {block.time}), ("",))
                unless = {one: tuple(values) for one, values in said.items() if one and one != block.column}
                merged = replace(block, when={**when, **block.when}, unless={**unless, **block.unless})
                self.found.blocks[n] = merged

    def _conditions(self, block: Block, activity: str, *more: tuple[str, str]) -> _Conditions:
        """The columns that must be empty (`when`) or filled (`unless`) where a value says something new."""
        days = [self.found.dated.get(activity, "")]
        if block.kind == "state":
            days.append(self.found.dated.get(f"ended {activity}", ""))
        when = [("when", day) for day in days if day and day != block.time]
        return tuple(sorted({*when, *more}))

    def _reason_for(self, *activities: str) -> str:
        """The column of reasons that fits some ends."""
        for activity in activities:
            noun = next((noun for noun, one in ACTIVITIES.items() if one == activity and noun in ENDS), "")
            if noun and (found := self.reasons.get(noun) or self.reasons.get("")):
                return found
        return ""


def _may_be_of_application(header: str) -> bool:
    """Whether a header may be that of the day of an application, where no other is: a day alone, received."""
    return rank("changed_at", header) is not None or rank("received", header) is not None


def _names_rounds(look: Look) -> bool:
    """Whether the values of a column are names of rounds: 書類選考, カジュアル面談, 1次面接."""
    kinds = [state_of(value).kind for value in look.values]
    rounds = sum(kind in ("stage", "held") for kind in kinds)
    steps = rounds + sum(bool(re.search(r"書類|適性|テスト|test|screen", fold_key(value))) for value in look.values)
    return steps > 0 and steps * 5 >= len(kinds) * 4 and len(kinds) <= 30


def _is_day_of(day: str, step: str) -> bool:
    """Whether a header is that of a step with a word for its day: 2次ステップ実施日."""
    rest = fold_key(day).removeprefix(fold_key(step))
    return rest != fold_key(day) and bool(
        re.fullmatch(r"(?:の|_|-)?(?:実施日時|実施日|日時|日付|日|date|on|at|time)", rest)
    )


def _is_round(activity: str) -> bool:
    return activity in ROUNDS.values()


def _is_ended(look: Look) -> bool:
    return rank("ended_on", look.name) is not None or (look.header.noun == "ended" and not look.header.says)


def _known_rank(becomes: str, look: Look) -> int:
    found = rank(becomes, look.name)
    return 100 if found is None else found


def _tells_an_end(look: Look) -> bool:
    """Whether a column says of rows how they ended."""
    if look.long or not (_is_state(look) or rank("end", look.name) is not None):
        return False
    return any(state_of(value).kind in ENDED or state_of(value).choices for value in look.values)


def _teller_rank(look: Look) -> tuple[int, int]:
    kinds = ("end", "result", "status")
    return next(
        ((n, _known_rank(kind, look)) for n, kind in enumerate(kinds) if rank(kind, look.name) is not None), (9, 0)
    )


def _is_state(look: Look) -> bool:
    """Whether a column holds states: by its header and some known value, or by its values alone."""
    meanings = [(state_of(value).kind, n) for value, n in look.counts]
    known = sum(n for kind, n in meanings if kind)
    named = any(rank(kind, look.name) is not None for kind in ("status", "result", "end"))
    if named:
        return known > 0
    telling = {kind for kind, _ in meanings if kind in ENDED or kind in ("offer", "stage")}
    others = any(
        rank(kind, look.name) is not None for kind in ("reason", "note", "channel", "position", "subject", "personal")
    )
    about = look.header.says in ("why", "memo", "grade", "contact", "people", "place", "count", "record")
    return (
        not others
        and not about
        and look.distinct <= 30
        and known >= 0.8 * (look.filled - look.days) > 0
        and len(telling) > 1
    )


def _state_rank(look: Look) -> tuple[int, int]:
    kinds = ("end", "status", "result")
    return next(
        ((n, _known_rank(kind, look)) for n, kind in enumerate(kinds) if rank(kind, look.name) is not None), (9, 0)
    )


def _same_state(state: str, day: str) -> bool:
    """Whether the day of a change is that of a state: 選考ステップ, 選考ステップ更新日."""
    plain = re.sub(r"(?:名|名称|コード|id|\d)$", "", fold_key(state))
    if fold_key(day).startswith(plain) or plain in fold_key(day):
        return True
    words = ("ステータス", "ステップ", "フェーズ", "段階", "状況", "状態", "プロセス", "stage", "status", "phase")
    return any(word in fold_key(state) and word in fold_key(day) for word in words)


def _holds_marks(look: Look) -> bool:
    """Whether most cells that are no days are marks: ○, ×, 合格, 辞退."""
    total = sum(n for _, n in look.counts)
    known = sum(n for value, n in look.counts if _is_mark(value))
    return total > 0 and len(look.counts) <= 30 and known >= _ENOUGH * total


def _is_mark(value: str) -> bool:
    key = fold_key(value)
    return (
        key in PASSED
        or key in FAILED
        or key in SILENT
        or state_of(value).kind in (*ENDED, "no_show", "hold", "open", "someone")
    )


def unused(look: Look) -> Text:
    """Why a column is not used, with three of its values."""
    return msg("not used ({filled} cells, such as {shown})", filled=look.filled, shown=look.shown)
