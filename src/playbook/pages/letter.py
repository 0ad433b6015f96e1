"""What the bank hands to a company or a hire after six months: a letter and its sheet, two sides of A4.

Its order is the customary one (PAPERS section 9): day, addressee, sender, subject, opening, three sentences from the
record, a numbered list, close; then goals as agreed and the lines to sign. It holds nothing of the bank's own lateness,
no source, no rule, no figure of ours, no score, no empty section, and no link.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl
from markupsafe import Markup

from playbook.answers.placed.editions import Pack
from playbook.show import formats, labels
from playbook.tables.settings import LetterHead
from playbook.words.catalogue import COMMA, msg, msg_in
from playbook.words.text import Lang, Text

_SUBJECT = msg("Six months of {who}: our report")
_GONE = msg("Our report on {who}")
_TO = {"company": msg("{company}"), "hire": msg("{who}")}
_OPENING = msg("Thank you for the time that you and everyone concerned have given us.")
_CLOSE, _END, _BELOW = msg("Sincerely yours,"), Text("以上", ""), msg("In detail")
_TURN = msg("The details are as follows.")
_REACHED = msg("Of the {all} goals that we set together, {done} have been reached.")
_NO_GOALS = msg("This is what we have worked on together.")
_LEFT = msg("{who} left on {day}.")
_CHANGED = msg("In this time both sides have seen this change: “{change}”.")
_TALKED = msg("In this time we talked {n} times, last on {day}.")
_NEXT = msg("Next, by {day}: “{what}”.")
_HELD_ONLY = msg("Of what was said in talks, this letter holds only what its speaker agreed to share.")
_WHO = msg("Name, position, day of joining")
_ISSUE = msg("The issue at the start")
_GOALS = msg("Goals, and what was reached")
_TALKS = msg("Days of the talks")
_SHARED = msg("Changes and voices that may be shared")
_AHEAD = msg("What comes next")
_GOAL_HEADS = (msg("Goal"), msg("Due"), msg("Reached"))
_SIGN = (msg("Company"), msg("Hire"), msg("Bank"))
_CONFIRMED, _NAME_DAY = msg("Confirmed"), msg("Name and date")
_CONTACT = msg_in("letter", "Contact")
_MOST_STEPS = 3
_VOICE = ["side", "held_on", "topic", "note"]


NOBODY = LetterHead()


@dataclass(frozen=True)
class Letter:
    """The edition of a pack for a company or a hire, as a letter; what is written is what `editions` let pass.

    `readers`: the packs of all who may come to read it, since both sides sign: only a voice that stands in each of them
    is in the letter.
    """

    pack: Pack
    head: LetterHead = NOBODY
    lang: Lang = "ja"
    readers: tuple[Pack, ...] = ()

    def __repr__(self) -> str:
        return f"Letter({self.addressee!r}: {self.subject})"

    # ---- the letter in parts ----

    @property
    def who(self) -> str:
        """The person whom the letter is about."""
        return str(self.pack.case["subject"] or self.pack.case["case_id"])

    @property
    def gone(self) -> date | None:
        """The day on which the person left; None where that is not known to have happened."""
        ended: date | None = self.pack.placement["ended_on"]
        return ended

    @property
    def addressee(self) -> str:
        """To whom it goes: a company is 御中, a person 様, never both."""
        return self._say(_TO[self.pack.edition], company=self.pack.client, who=self.who)

    @property
    def subject(self) -> str:
        """What the letter is about; of somebody who left it reports no six months."""
        return self._say(_GONE if self.gone else _SUBJECT, who=self.who)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Three sentences made from the record, no more: what was reached, what changed, what comes next."""
        return tuple(said for said in (self._reached(), self._changed(), self._next()) if said)

    def _reached(self) -> str:
        if self.gone:
            return self._say(_LEFT, who=self.who, day=formats.day(self.gone, self.lang))
        goals = self.goals
        if goals.is_empty():
            return self._say(_NO_GOALS)
        return self._say(_REACHED, all=goals.height, done=goals["achieved_on"].count())

    def _changed(self) -> str:
        seen = self.pack.items.filter((pl.col("item") == "change_seen") & pl.col("content").is_not_null())
        if seen.height:
            return self._say(_CHANGED, change=seen.sort("on")["content"][-1])
        days = self.talks
        return self._say(_TALKED, n=len(days), day=formats.day(days[-1], self.lang)) if days else ""

    def _next(self) -> str:
        ahead = self.ahead
        if self.gone or not ahead:
            return ""
        day, what = ahead[0]
        return self._say(_NEXT, day=formats.day(day, self.lang), what=what)

    @property
    def goals(self) -> pl.DataFrame:
        """The goals as agreed, dropped ones left out: one row per goal."""
        return self.pack.milestones.filter(pl.col("status").ne_missing("dropped"))

    @property
    def talks(self) -> tuple[date, ...]:
        """The days of the talks that this reader knows of."""
        held = self.pack.events.filter(pl.col("activity").str.ends_with("_held"))
        days = {at.date() for at in held["timestamp"]} | set(self.pack.voices["held_on"].drop_nulls())
        return tuple(sorted(days))

    @property
    def ahead(self) -> tuple[tuple[date, str], ...]:
        """What comes next, each with its day; nothing that is late."""
        rows = self.pack.actions.filter(pl.col("due_at").dt.date() >= self.pack.day).sort("due_at", "rule_id")
        named = ((row["due_at"].date(), self._named(row["rule_id"])) for row in rows.iter_rows(named=True))
        return tuple(dict.fromkeys(named))[:_MOST_STEPS]

    @property
    def shared(self) -> tuple[str, ...]:
        """The voices and changes that may stand here, each in one line with its day."""
        seen = self.pack.items.filter((pl.col("item") == "change_seen") & pl.col("content").is_not_null())
        heard = self.pack.voices.filter(pl.col("note").is_not_null()).sort("held_on")
        for other in self.readers:
            heard = heard.join(other.voices, on=_VOICE, how="semi", nulls_equal=True, maintain_order="left")
        return (
            *(f"{formats.day(row['on'], self.lang)} {row['content']}" for row in seen.sort("on").iter_rows(named=True)),
            *(f"{formats.day(row['held_on'], self.lang)} {self._side(row['side'])}: {row['note']}"
              for row in heard.iter_rows(named=True)),
        )  # fmt: skip

    # ---- on paper ----

    @property
    def html(self) -> Markup:
        """The letter and the sheet that goes with it."""
        return Markup('<article class="letter">{}{}</article>').format(self._front(), self._enclosure())

    def _repr_html_(self) -> str:
        return str(self.html)

    def _front(self) -> Markup:
        head = self.head
        signed = (head.house, head.department, f"{head.post} {head.name}".strip(), head.address, head.phone, head.mail)
        sender = Markup("<br>").join(part for part in signed if part)
        told = [*self.sentences, self._say(_TURN)]
        return Markup(
            '<p class="right">{day}</p><p class="to">{to}</p><p class="right">{sender}</p>'
            '<p class="subject"><b>{subject}</b></p><p>{opening}</p>{told}<p class="right">{close}</p>'
        ).format(
            day=formats.day(self.pack.day, self.lang),
            to=self.addressee,
            sender=sender,
            subject=self.subject,
            opening=self._say(_OPENING),
            told=Markup().join(Markup("<p>{}</p>").format(one) for one in told),
            close=self._say(_CLOSE),
        )

    def _enclosure(self) -> Markup:
        parts = [Markup("<li><b>{}</b>{}</li>").format(name, inside) for name, inside in self._numbered()]
        end = Markup('<p class="right">{}</p>').format(self._say(_END)) if self._say(_END) else Markup()
        return Markup('<p class="below">{}</p><ol>{}</ol>{}<p class="small">{}</p>{}').format(
            self._say(_BELOW), Markup().join(parts), end, self._say(_HELD_ONLY), self._signatures()
        )

    def _numbered(self) -> Iterator[tuple[str, Markup]]:
        """The numbered parts, each only where it says something."""
        case, row = self.pack.case, self.pack.placement
        joined = row["joined_on"] or case["joins_on"]
        about = [f"{self.who} 様" if self.lang == "ja" else self.who, case["position"], formats.day(joined, self.lang)]
        yield self._say(_WHO), _line(COMMA.say(self.lang).join(str(part) for part in about if part))
        if case.get("management_issue"):
            yield self._say(_ISSUE), _line(str(case["management_issue"]))
        if self.goals.height:
            yield self._say(_GOALS), self._goal_table()
        if self.talks:
            comma = COMMA.say(self.lang)
            yield self._say(_TALKS), _line(comma.join(formats.day(day, self.lang) for day in self.talks))
        if self.shared:
            yield self._say(_SHARED), _lines(self.shared)
        if self.ahead and not self.gone:
            yield self._say(_AHEAD), _lines(tuple(f"{formats.day(day, self.lang)} {what}" for day, what in self.ahead))

    def _goal_table(self) -> Markup:
        heads = Markup().join(Markup('<th scope="col">{}</th>').format(self._say(head)) for head in _GOAL_HEADS)
        rows = Markup().join(
            Markup("<tr><td>{}</td><td>{}</td><td>{}</td></tr>").format(
                row["milestone"], formats.day(row["due_on"], self.lang), self._state(row["status"], row["achieved_on"])
            )
            for row in self.goals.iter_rows(named=True)
        )
        return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(heads, rows)

    def _state(self, status: str | None, achieved: date | None) -> str:
        """What is recorded of a goal: the day it was reached, else the state that somebody wrote."""
        if achieved is not None:
            return formats.day(achieved, self.lang)
        return labels.value("status", status, self.lang) if status else ""

    def _signatures(self) -> Markup:
        cells = Markup().join(
            Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(self._say(side), self._say(_NAME_DAY))
            for side in _SIGN
        )
        return Markup('<table class="sign"><caption>{}</caption><tbody>{}</tbody></table>').format(
            self._say(_CONFIRMED), cells
        )

    # ---- small forms ----

    def _say(self, text: Text, **told: object) -> str:
        return text.say(self.lang).format(**told)

    def _side(self, side: str) -> str:
        return labels.value("side", side, self.lang)

    def _named(self, rule: str) -> str:
        text = labels.name_in(self.pack.book, "rule_id", rule)
        return rule if text is None else text.say(self.lang)


def _line(said: str) -> Markup:
    return Markup("<p>{}</p>").format(said)


def _lines(said: tuple[str, ...]) -> Markup:
    return Markup("<ul>{}</ul>").format(Markup().join(Markup("<li>{}</li>").format(one) for one in said))
