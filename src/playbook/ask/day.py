"""One moment of a workspace, and everything one can ask of it (DESIGN section 5).

`day = ws.on("2026-11-20")`, then `day.due()`, `day.funnel(by="client_id").stages`, `day.case("P-010").explain()`; by
hand in JupyterLab, `day.cases["J-<Tab>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal

import polars as pl

from playbook.answers.subject import By, Frame
from playbook.clock.due import OPEN
from playbook.clock.judged import Judged
from playbook.clock.known import AsOf, EventLog
from playbook.rendering.lab import StyledInNotebooks
from playbook.tables.named import named
from playbook.tables.settings import Settings
from playbook.words.catalogue import aside, listed, msg
from playbook.words.folding import fold_key
from playbook.words.problem import ArgumentError, Problem, Said, did_you_mean

if TYPE_CHECKING:
    from playbook.answers.ahead.practice import Limits
    from playbook.answers.ahead.prospects import Forecast
    from playbook.answers.flow.cycles import Cycles
    from playbook.answers.flow.declines import Declines
    from playbook.answers.flow.journeys import Funnel
    from playbook.answers.owed.handover import Handover
    from playbook.answers.owed.week import WeeklyList
    from playbook.answers.placed.editions import Edition
    from playbook.answers.placed.placements import Placements
    from playbook.ask.shown import Ids, Shown
    from playbook.pages.grants import GrantBook
    from playbook.pages.ledgers import LedgerBook
    from playbook.pages.portfolio import Portfolio
    from playbook.pages.review import Review
    from playbook.pages.yearly import Yearly
    from playbook.rules.nouns import Playbook, Playbooks
    from playbook.show.drafts import Draft
    from playbook.show.view import Table
    from playbook.words.text import Lang

_NAMED = 5
"""So many cases are named where a name was given for an id."""

Moment = str | date | datetime
Weeks = dict[tuple[AsOf, AsOf, int], "WeeklyList"]


@dataclass(frozen=True)
class Day(StyledInNotebooks, Generic[Frame]):
    """A workspace as of a moment: what is known and what is due are worked out once, whatever is asked.

    `at` gives the same workspace as of another moment; `out` makes the kind of frame that goes out; `weeks` keeps the
    list of everybody, of which each person has a part.
    """

    judged: Judged
    settings: Settings
    out: Callable[[pl.DataFrame], Frame]
    at: Callable[[Moment], Day[Frame]]
    place: str = ""
    weeks: Weeks = field(default_factory=dict, repr=False, compare=False)

    @property
    def as_of(self) -> AsOf:
        """The moment, in the zone of the workspace."""
        return self.judged.as_of

    @property
    def log(self) -> EventLog:
        """What is known, with what the clock itself recorded."""
        return self.judged.log

    @property
    def playbooks(self) -> Playbooks:
        """The playbooks in use."""
        return self.judged.playbooks

    def on(self, as_of: Moment) -> Day[Frame]:
        """The same workspace as of another moment."""
        return self.at(as_of)

    # What is owed

    def due(self, *, all: bool = False) -> Frame:
        """Due actions: one row per rule, trigger and entry of the rule's `due` list (columns: `due.due_actions`).

        Open ones only; with `all`, also those that are met, void, lapsed or closed. In order of due.
        """
        # A copy, which costs nothing: a frame can be changed in place, and what is kept must stay as it is.
        return self.out((self.judged.every if all else self.judged.open).clone())

    def due_on(self, moments: Sequence[Moment], *, all: bool = False) -> Frame:
        """The due actions at each of several moments: those of `due`, after `as_of` (the moment, as it is written).

        In the order of the moments, each once. It costs far less than to ask each moment alone.
        """
        from playbook.clock.replay import due_on

        asked = [AsOf.of(moment, self.as_of.zone) for moment in moments]
        return self.out(due_on(self.judged.tables, self.playbooks, asked, self.judged.horizon, all=all))

    def week(self, since: Moment | None = None, *, owner: str | int = "", client: str | int = "") -> WeeklyList:
        """The morning list, with what changed since an earlier moment (a week before, where none is given).

        `owner` and `client` narrow it to one person or one client (`client_id`), or raise ArgumentError.
        """
        whose, whom = named("owner", owner, self.judged.people), named("client", client, self.judged.clients)
        before = self._earlier(since or self._week_before)
        asked = self.as_of, before.as_of, self.judged.horizon
        if asked not in self.weeks:
            self.weeks.clear()
            self.weeks[asked] = self._week(before)
        return self.weeks[asked].only(owner=whose, client=whom)

    def _week(self, before: Day[Frame]) -> WeeklyList:
        """The morning list of everybody."""
        from playbook.answers.law.no_poaching import without_barred
        from playbook.answers.owed.changes import changes
        from playbook.answers.owed.orphans import orphans
        from playbook.answers.owed.outlived import outlived
        from playbook.answers.owed.week import handed_over, numbered, weekly_list

        then, now = numbered(before.judged.every), numbered(self.judged.every)
        rows = outlived(self.log, changes(then, now))
        rows = without_barred(rows, self.log, self.settings.agency)
        idle = orphans(self.log, self.judged.every.filter(pl.col("status").is_in(list(OPEN))))
        week = weekly_list(rows, idle, self.playbooks, self.judged.horizon, self.as_of.day, before.as_of.day)
        moved = without_barred(handed_over(then, now), self.log, self.settings.agency)
        return replace(week, handed_over=moved)

    @property
    def _week_before(self) -> Moment:
        return (self.as_of.day if self.as_of.by_date else self.as_of.moment) - timedelta(days=7)

    def since(self, earlier: Moment) -> Frame:
        """What is new, worse or resolved since an earlier moment: one row per action (columns: `changes.changes`).

        ArgumentError where `earlier` is after the as-of.
        """
        from playbook.answers.owed.changes import changes

        return self.out(changes(self._earlier(earlier).judged.every, self.judged.every))

    def _earlier(self, since: Moment) -> Day[Frame]:
        """The day to compare with; ArgumentError where it is after this one."""
        before = self.at(since)
        if before.as_of.moment > self.as_of.moment:
            found = msg("{as_of} is after the as-of {as_of2}", as_of=before.as_of, as_of2=self.as_of)
            raise ArgumentError(Problem("since", found, msg("an earlier moment")))
        return before

    def violations(self, *, case: str = "") -> Frame:
        """What was not done by the book: one row each (columns: `violations.violations`).

        Of one case, where `case` names it; ArgumentError, with the nearest id, where there is no such case.
        """
        from playbook.answers.owed.violations import VIOLATION_ORDER, violations

        if case:
            self.case(case)
        return self.out(violations(self.log, case).sort(VIOLATION_ORDER, nulls_last=True).collect())

    def orphans(self) -> Frame:
        """Live cases without an open due action: one row per case (columns: `orphans.orphans`)."""
        from playbook.answers.owed.orphans import orphans

        return self.out(orphans(self.log, self.judged.open))

    def questions(self, *, owner: str = "", client: str = "") -> Frame:
        """What was asked and still waits for its answer: one row per question (columns: `questions.questions`).

        `owner` and `client` narrow it to what one person owes, or to the cases of one client (`client_id`).
        """
        from playbook.answers.owed.questions import questions

        actions = self.judged.open
        mine = [pl.col(name) == value for name, value in (("owner", owner), ("client_id", client)) if value]
        if mine:  # all of these cases, since a question is owed by whoever owes it first
            cases = actions.filter(*mine)["case_id"]
            actions = actions.filter(pl.col("case_id").is_in(cases.implode()))
        return self.out(questions(self.log, actions).filter(pl.lit(True), *mine))

    def accounted(self) -> Frame:
        """Where each case of the table is: one row per case, and per row that could not be used
        (columns: `accounted.accounted`).
        """
        from playbook.answers.owed.accounted import accounted

        return self.out(accounted(self.log, self.judged.open))

    def keeping(self, pages: Path = Path("reports")) -> Frame:
        """Since when what is held of each case may be erased: one row per case (columns: `keeping.keeping`).

        `pages`: the published folder, whose register says what left the house where the workspace keeps none.
        """
        from playbook.answers.law.keeping import keeping
        from playbook.publishing.register import given_on
        from playbook.tables.filed import frozen_years

        given = given_on(self.place, pages)
        return self.out(keeping(self.log, self.settings, frozen_years(self.place), given))

    def clocks(self, *, by: By = (), months: int = 6) -> Frame:
        """How well each rule's clock is kept: one row per rule and group (columns: `punctuality.clocks_kept`)."""
        from playbook.answers.owed.punctuality import clocks_kept

        return self.out(clocks_kept(self.judged.every, self.log, by, months))

    def drafts(self, actions: Any, *, lang: Lang | None = None) -> tuple[Draft, ...]:
        """A draft for each of some open due actions whose rule names a template; nothing is sent.

        None to approach somebody the house itself has placed for an indefinite term within two years.
        """
        from playbook.answers.law.no_poaching import without_barred
        from playbook.clock.owners import owners
        from playbook.show.drafts import Sources, drafts
        from playbook.show.view import polars

        log, tables = self.log, self.judged.tables
        allowed = without_barred(polars(actions), log, self.settings.agency)
        cases = allowed.filter(pl.col("template").is_not_null())["case_id"].unique()
        if cases.is_empty():
            return ()
        people = owners(log, cases).join(log.cases.lazy().select("case_no", "case_id"), on="case_no").collect()
        sources = Sources(log.cases, log.events_of(cases).collect(), tables.openings, tables.clients, people)
        return drafts(allowed, self.playbooks, sources, lang or self.settings.language)

    def answer(
        self,
        case_id: str,
        rule_id: str,
        answer: Literal["not_needed", "later", "reopened"],
        *,
        until: date | None = None,
        waiting_on: str = "",
        note: str = "",
        by: str = "",
    ) -> None:
        """Say on this day of a due action that it is not needed, or later: a row of the table `answers` in the folder.

        `open` the workspace anew to see it heeded. ArgumentError where there is no such case, rule or folder.
        """
        from playbook.importing.answered import answer_given, write_answers

        folder = Path(self.place)
        if not self.place or not folder.is_dir():
            raise ArgumentError(
                Problem("answer", msg("there is no folder to write to"), msg("a workspace that is a folder"))
            )
        if answer == "later" and until is None:
            raise ArgumentError(Problem("until", msg("is missing"), msg("the day until which it is put off")))
        told = {"until": until.isoformat() if until else "", "waiting_on": waiting_on, "note": note, "by": by}
        given = {"answer": answer, **{name: value for name, value in told.items() if value}}
        write_answers(answer_given(self.judged, case_id, rule_id, given, self.as_of.moment), folder)

    # Subjects

    @cached_property
    def sound(self) -> Judged:
        """The moment without the cases whose records cannot all be true: what the figures on cases count."""
        from playbook.answers.flow.contradictions import only_sound

        return only_sound(self.judged)

    def funnel(self, *, by: By = (), months: int = 6) -> Funnel[Frame]:
        """How far cases came and where they were lost: `stages`, `outcomes`, `flows`, `curves`, `waiting` and more."""
        from playbook.answers.flow.journeys import Funnel

        return Funnel(self.sound, self.out, by, months)

    def declines(self, *, by: By = (), months: int = 6) -> Declines[Frame]:
        """Why and when cases were declined: `rates`, `stages`, `reasons`, `moments`, `offers` and more."""
        from playbook.answers.flow.declines import Declines

        return Declines(self.sound, self.out, by, months)

    def cycles(self, *, months: int = 6) -> Cycles[Frame]:
        """Whether the effort pays: `rates`, `trends`, `surveys`, `workload`, `priorities` and more."""
        from playbook.answers.flow.cycles import Cycles

        return Cycles(self.judged, self.out, (), months)

    def placements(self, *, by: By = ()) -> Placements[Frame]:
        """The placements: `rows`, `milestones`, `retention`, `six_months`."""
        from playbook.answers.placed.placements import Placements

        return Placements(self.judged, self.out, by)

    def limits(self) -> Limits[Frame]:
        """What practice makes of each limit: `rules`, `times`, `matters`, `how_late`, `unwritten_orders` and more."""
        from playbook.answers.ahead.practice import Limits

        return Limits(self.sound, self.out)

    def forecast(self, days: Sequence[int] = (30, 60, 90), *, by: By = ()) -> Forecast[Frame]:
        """What will have come after so many days: `counts`, `stages`, `arrivals`, `load`, `record`, `reliability`.

        ArgumentError for a number of days below 1.
        """
        from playbook.answers.ahead.prospects import Forecast

        unfit = [day for day in days if day < 1]
        if unfit or not days:
            found = msg("found {unfit}", unfit=unfit[0]) if unfit else msg("there are none")
            raise ArgumentError(Problem(msg("days"), found, msg("whole numbers of days, from 1")))
        return Forecast(self.sound, self.out, by, days=tuple(days))

    def handover(self, giver: str, taker: str, on: date) -> Handover[Frame]:
        """What goes from one person to another on a day: `promises`, `answers`, `dates`, `assignments`.

        ArgumentError, with the nearest name, where nobody of the giver's name is assigned to anything.
        """
        from playbook.answers.owed.handover import Handover

        people = self.log.tables.assignments["person"].unique().sort().to_list()
        if giver not in people:
            hint = did_you_mean(giver, people)
            raise ArgumentError(
                Problem("--from", msg("nobody is called '{giver}'", giver=giver), msg("a person of assignments"), hint)
            )
        return Handover(self.judged, self.out, giver=giver, taker=taker, day=on)

    def review(self, case: str | int = "", *, edition: Edition = "bank", lang: Lang | None = None) -> Review:
        """The review pack of one placement, cut to what its reader may see.

        Without a case, of the placement whose six months end nearest to the as-of. ArgumentError where there is none.
        """
        from playbook.answers.placed.editions import pack
        from playbook.pages.letter import about
        from playbook.pages.review import Review

        if not isinstance(case, str):  # a number, by way of a notebook runner
            case = named("case", case, set(self.log.cases["case_id"]))

        found = pack(self.log, case, edition, self.judged.horizon)
        stands = about(self.log, found.case["case_id"], found.case["client_id"], self.settings)
        return Review(found, lang or self.settings.language, stands)

    def portfolio(self, *, manager: str = "", client: str = "", by: str = "segment", weeks: int = 4) -> Portfolio:
        """The placements of a manager and a client (of all, where they are empty); curves go by a column."""
        from playbook.pages.portfolio import portfolio

        days = self.judged.horizon
        return portfolio(self.log, manager=manager, client=client, by=by, weeks=weeks, horizon=days)

    def yearly(
        self,
        fiscal_year: int | None = None,
        *,
        office: str = "",
        filed: Callable[[int], Mapping[str, Any]] | None = None,
        lang: Lang | None = None,
    ) -> Yearly:
        """The yearly figures of an agency as the law counts them; without a year, of the last one that is over.

        `filed` tells what was filed of a year (`Workspace.filed`), to be shown beside.
        """
        from playbook.answers.law.statutory import FiscalYear
        from playbook.pages.yearly import yearly

        year = FiscalYear.of(self.as_of.day).before.year if fiscal_year is None else fiscal_year
        told = filed(year) if filed is not None else {}
        said = lang or self.settings.language
        return yearly(self.log, self.settings.agency, year, office=office, filed=told, lang=said)

    def ledgers(
        self, *, office: str = "", may_go: Mapping[str, date] | None = None, lang: Lang | None = None
    ) -> LedgerBook:
        """The three books of an agency; `may_go`: since when each case may be erased."""
        from playbook.answers.law.ledgers import ledgers
        from playbook.pages.ledgers import LedgerBook

        found = ledgers(self.log, self.settings.agency, may_go, office)
        return LedgerBook(found, self.as_of.day, office, lang or self.settings.language)

    def grants(self, *, lang: Lang | None = None) -> GrantBook:
        """The grants that clients have switched on (their cell `grants`): how each condition stands, and its source."""
        from playbook.pages.grants import grant_book

        return grant_book(self.log, self.settings, lang or self.settings.language)

    def letter(
        self,
        case: str = "",
        *,
        sent_on: date | None = None,
        edition: Edition = "company",
        lang: Lang | None = None,
    ) -> bytes:
        """The letter to the company or the hire of a placement, as a Word file: what its edition holds, as is usual."""
        from playbook.pages.letters import letter, template_of
        from playbook.show.letter import letter_docx

        said = letter(self.log, case, self.settings, sent_on, lang or self.settings.language, edition)
        return letter_docx(said, template_of(self.settings))

    def review_sheet(self, case: str = "", *, lang: Lang | None = None) -> bytes:
        """The bank's own review sheet of a placement, as a Word file."""
        from playbook.pages.letters import review_sheet, template_of
        from playbook.show.review_sheet import review_sheet_docx

        said = review_sheet(self.log, case, self.settings, lang=lang or self.settings.language)
        return review_sheet_docx(said, template_of(self.settings))

    # One case

    def case(self, case_id: str | int) -> Case[Frame]:
        """One case; ArgumentError, with the nearest id, where there is none."""
        known = self.log.cases["case_id"]
        if not isinstance(case_id, str):  # a number, by way of a notebook runner
            case_id = named("case", case_id, set(known))
        if case_id not in known:
            hint = self._named_so(case_id) or did_you_mean(case_id, known.to_list())
            raise ArgumentError(
                Problem(
                    msg("case"),
                    msg("there is no case '{case_id}' at {as_of}", case_id=case_id, as_of=self.as_of.day),
                    msg("a case_id"),
                    hint,
                )
            )
        return Case(self, case_id)

    def _named_so(self, name: str) -> Said:
        """A hint at the cases of whoever bears a name, or a part of it."""
        asked = fold_key(name)
        cases = self.log.cases.select("case_id", "subject").drop_nulls().rows()
        alike = [aside(case, subject) for case, subject in cases if asked and asked in fold_key(subject)]
        return msg("of that name: {cases}", cases=listed(alike[:_NAMED])) if alike else ""

    def most_urgent_case(self) -> str:
        """The case whose open action is due first; the first of all cases where nothing is open."""
        actions = self.judged.open["case_id"]
        return str((actions if len(actions) else self.log.cases["case_id"])[0])

    # By hand, in JupyterLab

    def __repr__(self) -> str:
        return f"Day({str(self.as_of)!r}: {self.judged.open.height} due actions)"

    def _repr_html_(self) -> str:
        from playbook.ask.shown import Shown
        from playbook.show.view import cards_due

        return Shown((cards_due(self.judged.open, self._lang), self._listed(self.judged.open)))._repr_html_()

    @property
    def _lang(self) -> Lang:
        return self.settings.language

    @cached_property
    def cases(self) -> Ids[Shown]:
        """Each case: every action that applied and why, and what happened."""
        from playbook.ask.shown import Ids

        return Ids("cases", self.log.cases["case_id"], lambda case: self.case(case).shown)

    @cached_property
    def owners(self) -> Ids[Table]:
        """What each person owes."""
        return self._by("owner", "owners")

    @cached_property
    def clients(self) -> Ids[Table]:
        """What is owed in the cases of each client, by `client_id`."""
        return self._by("client_id", "clients")

    def _by(self, column: str, what: str) -> Ids[Table]:
        from playbook.ask.shown import Ids

        actions = self.judged.open
        ids = actions[column].drop_nulls().unique().sort()
        return Ids(what, ids, lambda id: self._listed(actions.filter(pl.col(column) == id)))

    def _listed(self, actions: pl.DataFrame) -> Table:
        from playbook.show.view import table_due

        return table_due(actions, self.playbooks, self._lang, clients=self.judged.tables.clients)


_ACTIONS = ("rule_id", "status", "because", "counted", "ends", "due_at", "act_by", "role", "owner")


@dataclass(frozen=True)
class Case(StyledInNotebooks, Generic[Frame]):
    """One case on a day."""

    day: Day[Frame]
    id: str

    @cached_property
    def row(self) -> Mapping[str, Any]:
        """What is known of it, by column."""
        return self.day.log.cases.filter(pl.col("case_id") == self.id).row(0, named=True)

    @property
    def playbook(self) -> Playbook:
        """The playbook that it moves through."""
        return self.day.playbooks.named(self.row["playbook"])

    def explain(self, *, lang: Lang | None = None) -> Frame:
        """Why each of its actions is due when it is: one row per action, closed ones included.

        The columns of `due`, then `ends` (what ends it), `because` (rule, trigger, offset, facts and basis in a
        sentence) and `counted` (the days counted aloud, holidays by name).
        """
        return self.day.out(self._explained(lang or self.day.settings.language))

    def _explained(self, lang: Lang) -> pl.DataFrame:
        from playbook.answers.owed.explain import explained

        own, whys = explained(self.day.log, self.day.judged.every, self.id)
        said = {name: [getattr(why, name).say(lang) for why in whys] for name in ("ends", "because", "counted")}
        return own.with_columns(pl.Series(name, texts, pl.String) for name, texts in said.items())

    def story(self, *, lang: Lang | None = None) -> Frame:
        """Its marks for a picture: one row per event, planned date, due action and closed day (see `timeline.story`).

        Columns: `lane, label` (text), `start, end` (instants; no end: a point), `kind`.
        """
        from playbook.answers.owed.timeline import story

        actions = self.day.judged.every.filter(pl.col("case_id") == self.id)
        said = lang or self.day.settings.language
        marks = [
            (lane.say(said), label.say(said), *rest) for lane, label, *rest in story(self.day.log, actions, self.id)
        ]
        text, instant = pl.String(), pl.Datetime("us", self.day.log.zone.key)
        schema = pl.Schema({"lane": text, "label": text, "start": instant, "end": instant, "kind": text})
        return self.day.out(pl.DataFrame(marks, schema=schema, orient="row"))

    def happened(self) -> Frame:
        """Its known events, in order: one row per event (columns: `timeline.happened`)."""
        from playbook.answers.owed.timeline import happened

        return self.day.out(happened(self.day.log, self.id))

    @property
    def shown(self) -> Shown:
        """Every action that applied and why, and what happened, as tables."""
        from playbook.answers.owed.timeline import happened
        from playbook.ask.shown import Shown
        from playbook.show.view import table

        said: dict[str, Any] = {"lang": self.day.settings.language, "playbooks": [self.playbook]}
        caption = " ".join(part for part in (self.id, self.row.get("subject")) if part)
        actions, events = self._explained(self.day.settings.language), happened(self.day.log, self.id)
        return Shown((table(actions, _ACTIONS, caption, **said), table(events, **said)))

    def _repr_html_(self) -> str:
        return self.shown._repr_html_()
