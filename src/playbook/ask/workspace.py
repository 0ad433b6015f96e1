"""A workspace one can ask: the tables of a firm and the playbooks it works by, in one object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import polars as pl
import polars.selectors as cs

from playbook.ask import remembered
from playbook.ask.reading import read_place
from playbook.clock.due import OPEN, due_actions, recorded
from playbook.clock.known import AsOf, EventLog, known
from playbook.clock.known_years import dates_named
from playbook.rules.nouns import Playbook
from playbook.rules.reading import builtin_playbooks, playbooks_in, read_playbook
from playbook.tables.database import ALL, Only
from playbook.tables.samples import samples
from playbook.tables.settings import Settings, read_settings
from playbook.tables.stored import Tables, tables_from_frames
from playbook.words.problem import ArgumentError, Problem, did_you_mean
from playbook.words.text import Lang

if TYPE_CHECKING:
    import pandas as pd

    from playbook.answers.editions import Edition
    from playbook.answers.week import WeeklyList
    from playbook.ask.day import Day, Ids, RuleShown
    from playbook.pages.portfolio import Portfolio
    from playbook.pages.review import Review
    from playbook.show.drafts import Draft

    Frame = pl.DataFrame | pl.LazyFrame | pd.DataFrame

Moment = str | date | datetime
Kind = Literal["polars", "pandas"]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_MOST_RECENT = 4

DUE_ORDER = ("due_at", "playbook", "case_id", "rule_id", "trigger_at", "trigger", "entry")
VIOLATION_ORDER = ("at", "playbook", "kind", "id", "case_id", "detail")


def open(
    path: str | Path = "",
    playbooks: Sequence[str | Path | Playbook] = (),
    frames: Kind = "polars",
    *,
    client: str = "",
    playbook: str = "",
) -> Workspace:
    """A workspace read from a folder, a workbook or a database; without a path, the sample workspace.

    A database is a DuckDB or SQLite file, or the URL of a PostgreSQL: `postgresql://HOST/DATABASE`, its password in the
    environment and never in the URL. `client` and `playbook` narrow the workspace as `only` does; of a database, only
    what they ask for is read, and counts and quarantine cover that much.

    `playbooks` (files, or playbooks already read) are used and no others; without, the built-in ones and those that the
    workspace keeps in `playbooks/*.toml`, where one with the id of a built-in replaces it. Answers come as `frames`.
    Raises WorkspaceError and RulebookError with every problem found.
    """
    place = str(path or samples())
    workspace = None if playbooks else remembered.workspace_at(place)
    if workspace is None:
        workspace = _read(place, playbooks, Only(client, playbook))
    workspace.place, workspace.frames = place, frames
    return workspace.only(client=client, playbook=playbook) if client or playbook else workspace


def _read(place: str, playbooks: Sequence[str | Path | Playbook], only: Only) -> Workspace:
    folder = Path(place)
    settings = read_settings(folder / "workspace.toml") if folder.is_dir() else Settings()
    books = _chosen(playbooks) if playbooks else _in_use(folder)
    tables = read_place(place, books, settings, only=only)
    if only != ALL and tables.cases.is_empty():
        tables = read_place(place, books, settings)  # whole, so that the error can name what there is
    return Workspace._of(tables, books, settings, "polars", place)


def _chosen(playbooks: Sequence[str | Path | Playbook]) -> tuple[Playbook, ...]:
    return tuple(book if isinstance(book, Playbook) else read_playbook(Path(book)) for book in playbooks)


def _in_use(place: Path) -> tuple[Playbook, ...]:
    own = playbooks_in(place / "playbooks") if place.is_dir() else ()
    return tuple({book.id: book for book in (*builtin_playbooks(), *own)}.values())


class _Recent(dict[_Key, _Value]):
    """The latest answers only: a year asked for day by day is not to fill the memory."""

    def __setitem__(self, asked: _Key, answer: _Value) -> None:
        if len(self) >= _MOST_RECENT and asked not in self:
            del self[next(iter(self))]
        super().__setitem__(asked, answer)


class Workspace:
    """Tables and playbooks, ready to be asked.

    From frames one already has, pandas or polars: `Workspace(events=events, cases=cases)`; every table of DESIGN
    section 2 is a keyword. The answers come in the kind that came in.
    """

    tables: Tables
    playbooks: tuple[Playbook, ...]
    settings: Settings
    frames: Kind
    place: str

    def __init__(
        self,
        *,
        playbooks: Sequence[str | Path | Playbook] = (),
        settings: Settings | None = None,
        **tables: Frame,
    ) -> None:
        books = _chosen(playbooks) if playbooks else builtin_playbooks()
        kind: Kind = "polars" if all(_is_polars(frame) for frame in tables.values()) else "pandas"
        read = tables_from_frames(tables, books, settings or Settings())
        self._fill(read, books, settings or Settings(), kind, "frames")

    @classmethod
    def _of(
        cls, tables: Tables, playbooks: Sequence[Playbook], settings: Settings, frames: Kind, place: str
    ) -> Workspace:
        made = cls.__new__(cls)
        made._fill(tables, playbooks, settings, frames, place)
        return made

    def _fill(
        self, tables: Tables, playbooks: Sequence[Playbook], settings: Settings, frames: Kind, place: str
    ) -> None:
        self.tables, self.playbooks, self.settings = tables, tuple(playbooks), settings
        self.frames, self.place = frames, place
        self._observed_logs = _Recent[AsOf, EventLog]()
        self._logs = _Recent[AsOf, EventLog]()
        self._actions = _Recent[tuple[AsOf, bool, int], pl.DataFrame]()

    # The moment

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose days are counted."""
        return ZoneInfo(self.settings.timezone)

    def as_of(self, as_of: Moment) -> AsOf:
        """The moment that is asked for, in this workspace's zone."""
        return AsOf.of(as_of, self.zone)

    def log(self, as_of: Moment) -> EventLog:
        """What is known at an as-of, with what the clock itself recorded by then."""
        moment = self.as_of(as_of)
        if moment not in self._logs:
            observed = self._observed(moment)
            with dates_named(observed):
                self._logs[moment] = recorded(observed)
        return self._logs[moment]

    def _observed(self, moment: AsOf) -> EventLog:
        """What is known at an as-of, before the clock itself records; due actions need no more."""
        if moment not in self._observed_logs:
            self._observed_logs[moment] = known(self.tables, self.playbooks, moment)
        return self._observed_logs[moment]

    # The questions

    def due(self, as_of: Moment, *, all: bool = False, horizon: int | None = None) -> Any:
        """Due actions: one row per rule, trigger and entry of the rule's `due` list (columns: `due.due_actions`).

        Open ones only; with `all`, also those that are met, void, lapsed or closed. In order of due.
        """
        # A copy, which costs nothing: a frame can be changed in place, and what is kept must stay as it is.
        return self._out(self._due(as_of, all=all, horizon=horizon).clone())

    def _due(self, as_of: Moment, *, all: bool, horizon: int | None = None) -> pl.DataFrame:
        """The due actions, worked out once: most questions start from them."""
        asked = self.as_of(as_of), all, self.settings.horizon if horizon is None else horizon
        if asked not in self._actions:
            moment, _, days = asked
            whole = self._actions.get((moment, True, days))
            self._actions[asked] = (
                self._judged(moment, days, only_open=not all)
                if whole is None
                else whole.filter(pl.col("status").is_in(OPEN))
            )
        return self._actions[asked]

    def _judged(self, moment: AsOf, days: int, *, only_open: bool) -> pl.DataFrame:
        observed = self._observed(moment)
        with dates_named(observed):
            found = due_actions(observed, days, only_open=only_open).with_columns(cs.enum().cast(pl.String))
            return found.collect()

    def violations(self, as_of: Moment, *, case: str = "") -> Any:
        """Steps out of order, missing items, missing participants: one row each (columns: `violations.violations`).

        Of one case, where `case` names it; ArgumentError, with the nearest id, where there is no such case.
        """
        from playbook.answers.violations import violations

        if case:
            self.case(case, as_of)
        rows = violations(self.log(as_of), case)
        return self._out(rows.sort(VIOLATION_ORDER, nulls_last=True).collect())

    def changes(self, as_of: Moment, since: Moment) -> Any:
        """What is new, worse or resolved since an earlier as-of: one row per action (columns: `changes.changes`).

        ArgumentError where `since` is after the as-of.
        """
        from playbook.answers.changes import changes

        self._earlier(since, as_of)
        return self._out(changes(self._due(since, all=True), self._due(as_of, all=True)))

    def _earlier(self, since: Moment, as_of: Moment) -> None:
        """ArgumentError where a moment to compare with is after the as-of."""
        if self.as_of(since).moment > self.as_of(as_of).moment:
            found = f"{self.as_of(since)} is after the as-of {self.as_of(as_of)}"
            raise ArgumentError(Problem("since", found, "an earlier moment"))

    def weekly(self, as_of: Moment, since: Moment | None = None, *, owner: str = "", client: str = "") -> WeeklyList:
        """The Monday list, with what changed since an earlier as-of (a week before, where none is given).

        `owner` and `client` narrow it to one person or one client (`client_id`).
        """
        from playbook.answers.changes import changes
        from playbook.answers.orphans import orphans
        from playbook.answers.week import weekly_list

        asked = self.as_of(as_of)
        earlier = since or (asked.day if asked.by_date else asked.moment) - timedelta(days=7)
        self._earlier(earlier, as_of)
        before, now = (self._due(moment, all=True) for moment in (earlier, as_of))
        kept = [pl.col(name) == value for name, value in (("owner", owner), ("client_id", client)) if value]
        rows = changes(before, now).filter(pl.lit(True), *kept)
        idle = orphans(self.log(as_of), now.filter(pl.col("status").is_in(list(OPEN))))
        of_client = idle.filter(pl.lit(True), *(pl.col("client_id") == client for _ in client[:1]))
        return weekly_list(rows, of_client, self.playbooks, self.settings.horizon, self.as_of(earlier).day)

    def drafts(self, actions: Any, as_of: Moment, *, lang: Lang | None = None) -> tuple[Draft, ...]:
        """A draft for each of some open due actions whose rule names a template; nothing is sent."""
        from playbook.clock.owners import owners
        from playbook.show.drafts import Sources, drafts

        log, tables = self.log(as_of), self.tables
        people = owners(log).join(log.cases.lazy().select("case_no", "case_id"), on="case_no").collect()
        sources = Sources(log.cases, log.events.collect(), tables.openings, tables.clients, people)
        return drafts(actions, self.playbooks, sources, lang or self.settings.language)

    def orphans(self, as_of: Moment) -> Any:
        """Live cases without an open due action: one row per case (columns: `orphans.orphans`)."""
        from playbook.answers.orphans import orphans

        return self._out(orphans(self.log(as_of), self._due(as_of, all=False)))

    def funnel(self, as_of: Moment, *, by: str | Sequence[str] = ()) -> Any:
        """How far cases came and where they were lost: one row per stage (columns: `funnel.funnel`)."""
        from playbook.answers.funnel import funnel

        return self._out(funnel(self.log(as_of), (by,) if isinstance(by, str) else tuple(by)))

    def outcomes(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """How cases ended altogether: one row per playbook and group (columns: `funnel.outcomes`)."""
        from playbook.answers.funnel import outcomes

        return self._out(outcomes(self.log(as_of), by, months))

    def date_bases(
        self, as_of: Moment, since: date, until: date, *, by: str | Sequence[str] = (), months: int = 6
    ) -> Any:
        """One period by arrival, by step and as a snapshot: one row per stage and basis (`funnel.by_date_basis`)."""
        from playbook.answers.funnel import by_date_basis

        return self._out(by_date_basis(self.log(as_of), since, until, by, months))

    def flows(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """Where cases went from each stage: one row per stage and target (columns: `funnel.flows`)."""
        from playbook.answers.funnel import flows

        return self._out(flows(self.log(as_of), by, months))

    def stage_curves(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """The share still in each stage over time: one row per stage and time (columns: `funnel.stage_curves`)."""
        from playbook.answers.funnel import stage_curves

        return self._out(stage_curves(self.log(as_of), by, months))

    def stage_endings(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """How stages end over time: one row per stage, ending and time (columns: `funnel.stage_endings`)."""
        from playbook.answers.funnel import stage_endings

        return self._out(stage_endings(self.log(as_of), by, months))

    def throughput(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """How long cases take from first event to outcome: one row per playbook (columns: `waiting.throughput`)."""
        from playbook.answers.waiting import throughput

        return self._out(throughput(self.log(as_of), by, months))

    def waiting(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """Where the time went: one row per playbook and party waited for (columns: `waiting.waiting_shares`)."""
        from playbook.answers.waiting import waiting_shares

        return self._out(waiting_shares(self.log(as_of), self._due(as_of, all=False), by, months))

    # Declines

    def decline_cases(self, as_of: Moment) -> Any:
        """The cases that were declined or lapsed: one row each (columns: `declines.decline_cases`)."""
        from playbook.answers.declines import decline_cases

        return self._out(decline_cases(self.log(as_of)))

    def decline_rates(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """How many of the decided cases were declined: one row per playbook and group (`declines.decline_rates`)."""
        from playbook.answers.declines import decline_rates

        return self._out(decline_rates(self.log(as_of), by, months))

    def declines(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """Why cases were declined, stage by stage: one row per stage and reason (columns: `declines.declines`)."""
        from playbook.answers.declines import declines

        return self._out(declines(self.log(as_of), by, months))

    def decline_reasons(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """Why cases were declined: one row per reason (columns: `declines.decline_reasons`)."""
        from playbook.answers.declines import decline_reasons

        return self._out(decline_reasons(self.log(as_of), by, months))

    def decline_moments(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """When cases were declined: one row per moment (columns: `declines.decline_moments`)."""
        from playbook.answers.declines import decline_moments

        return self._out(decline_moments(self.log(as_of), by, months))

    def contact_gaps(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """Contact gaps before the end: one row per playbook and kind (columns: `declines.contact_gaps`)."""
        from playbook.answers.declines import contact_gaps

        return self._out(contact_gaps(self.log(as_of), by, months))

    def offers(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """Offers against the benchmark: one row per playbook that makes offers (columns: `declines.offers`)."""
        from playbook.answers.declines import offers

        return self._out(offers(self.log(as_of), by=by, months=months))

    def late_before(self, as_of: Moment, *, by: str | Sequence[str] = (), months: int = 6) -> Any:
        """Which rule was late before a decline: one row per rule and kind (columns: `declines.late_before`)."""
        from playbook.answers.declines import late_before

        return self._out(late_before(self.log(as_of), self._due(as_of, all=True), by, months))

    def associations(self, as_of: Moment) -> Any:
        """Whether more decline where a rule was late: one row per rule (columns: `declines.associations`)."""
        from playbook.answers.declines import associations

        return self._out(associations(self.log(as_of), self._due(as_of, all=True)))

    def signals(self, as_of: Moment) -> Any:
        """Signs of a decline and their answers: one row per sign (columns: `declines.signals`)."""
        from playbook.answers.declines import signals

        return self._out(signals(self.log(as_of)))

    def signal_answers(self, as_of: Moment) -> Any:
        """How signs were answered, and who came back: one row per channel (columns: `declines.signal_answers`)."""
        from playbook.answers.declines import signal_answers

        return self._out(signal_answers(self.log(as_of)))

    # Cycles

    def cycle_rates(self, as_of: Moment, *, months: int = 6) -> Any:
        """Pass and acceptance rates: one row per stage, measure and cycle (columns: `cycles.cycle_rates`)."""
        from playbook.answers.cycles import cycle_rates

        return self._out(cycle_rates(self.log(as_of), months))

    def trends(self, as_of: Moment, *, months: int = 6) -> Any:
        """Whether rates move over the cycles: one row per stage and measure (columns: `cycles.trends`)."""
        from playbook.answers.cycles import trends

        return self._out(trends(self.log(as_of), months))

    def change_effects(self, as_of: Moment, changed_on: date) -> Any:
        """What a change in aftercare did: one row per stage and measure (columns: `cycles.change_effects`)."""
        from playbook.answers.cycles import change_effects

        return self._out(change_effects(self.log(as_of), changed_on))

    def surveys(self, as_of: Moment, *, months: int = 6) -> Any:
        """What was answered: one row per kind, question and cycle (columns: `cycles.surveys`)."""
        from playbook.answers.cycles import surveys

        return self._out(surveys(self.log(as_of), months))

    def workload(self, as_of: Moment, *, months: int = 6) -> Any:
        """Hours logged: one row per cycle, person and activity (columns: `cycles.workload`)."""
        from playbook.answers.cycles import workload

        return self._out(workload(self.log(as_of), months))

    def workload_weeks(self, as_of: Moment) -> Any:
        """How full each week was: one row per person and week (columns: `cycles.workload_weeks`)."""
        from playbook.answers.cycles import workload_weeks

        return self._out(workload_weeks(self.log(as_of)))

    def priorities(self, as_of: Moment) -> Any:
        """Whom to follow up first: one row per open case (columns: `cycles.priorities`)."""
        from playbook.answers.cycles import priorities

        return self._out(priorities(self.log(as_of)))

    def capacity(self, as_of: Moment, *, minutes: Mapping[str, float] | None = None) -> Any:
        """The coming week's work packed into what each person can carry: one row per due action (`cycles.capacity`)."""
        from playbook.answers.cycles import capacity

        return self._out(capacity(self.log(as_of), self._due(as_of, all=False), minutes))

    def contributions(self, as_of: Moment) -> Any:
        """What each person contributed: one row per person (columns: `cycles.contributions`)."""
        from playbook.answers.cycles import contributions

        return self._out(contributions(self.log(as_of), self._due(as_of, all=True)))

    # Limits

    def limits(self, as_of: Moment) -> Any:
        """What practice makes of each limit, and whether it matters: one row per rule (columns: `limits.limits`)."""
        from playbook.answers.limits import limits

        return self._out(limits(self.log(as_of), self._due(as_of, all=True)))

    def limit_times(self, as_of: Moment) -> Any:
        """How long promises really took: one row per rule and entry of its `due` list (columns: `limits.times`)."""
        from playbook.answers.limits import times

        return self._out(times(self.log(as_of), self._due(as_of, all=True)))

    def matters(self, as_of: Moment) -> Any:
        """What being late goes along with, and how surely: one row per rule (columns: `matters.matters`)."""
        from playbook.answers.matters import matters

        return self._out(matters(self.log(as_of), self._due(as_of, all=True)))

    def how_late(self, as_of: Moment) -> Any:
        """The same so many days past the due: one row per rule and number of days (columns: `matters.how_late`)."""
        from playbook.answers.matters import how_late

        return self._out(how_late(self.log(as_of), self._due(as_of, all=True)))

    def unmentioned(self, as_of: Moment) -> Any:
        """Acts in the log that no rule mentions: one row per playbook and activity (columns: `limits.unmentioned`)."""
        from playbook.answers.limits import unmentioned

        return self._out(unmentioned(self.log(as_of)))

    def unwritten_orders(self, as_of: Moment) -> Any:
        """Orders nearly always kept that nobody wrote: one row per pair of acts (columns: `limits.orders`)."""
        from playbook.answers.limits import orders

        return self._out(orders(self.log(as_of)))

    # Placements

    def followup(self, as_of: Moment, *, horizon: int | None = None) -> Any:
        """Placements with progress of goals, next review and retention: one row each (`followup.placements`)."""
        from playbook.answers.placements import placements

        return self._out(placements(self.log(as_of), self.settings.horizon if horizon is None else horizon))

    def milestones(self, as_of: Moment) -> Any:
        """The goal sheets as they stand: one row per milestone (columns: `followup.milestone_progress`)."""
        from playbook.answers.placements import milestone_progress

        return self._out(milestone_progress(self.log(as_of)))

    def retention(self, as_of: Moment, *, by: str | Sequence[str] = ()) -> Any:
        """The share of hires still there by day: one row per group and day (columns: `retention.retention`)."""
        from playbook.answers.retention import retention

        return self._out(retention(self.log(as_of), by))

    def six_months(self, as_of: Moment, *, by: str | Sequence[str] = ()) -> Any:
        """Stayed, left, unknown at six months: one row per fiscal year (columns: `retention.within_six_months`)."""
        from playbook.answers.retention import within_six_months

        return self._out(within_six_months(self.log(as_of), by))

    def review(self, case: str, as_of: Moment, *, edition: Edition = "bank", lang: Lang | None = None) -> Review:
        """The review pack of one placement, cut to what its reader may see.

        Without a case, of the placement whose six months end nearest to the as-of. ArgumentError where there is none.
        """
        from playbook.answers.editions import pack
        from playbook.pages.review import Review

        found = pack(self.log(as_of), case, edition, self.settings.horizon)
        return Review(found, lang or self.settings.language)

    def portfolio(
        self, as_of: Moment, *, manager: str = "", client: str = "", by: str = "segment", weeks: int = 4
    ) -> Portfolio:
        """The placements of a manager and a client (of all, where they are empty); curves go by a column."""
        from playbook.pages.portfolio import portfolio

        days = self.settings.horizon
        return portfolio(self.log(as_of), manager=manager, client=client, by=by, weeks=weeks, horizon=days)

    # One action, one case

    def explain(self, case_id: str, as_of: Moment, *, lang: Lang | None = None) -> Any:
        """Why each action of one case is due when it is: one row per action, closed ones included.

        The columns of `due`, then `because` (rule, trigger, offset, facts and basis in a sentence) and `counted` (the
        days counted aloud, holidays by name). ArgumentError where there is no such case.
        """
        from playbook.answers.explain import explained

        return self._out(
            explained(self.log(as_of), self._due(as_of, all=True), case_id, lang or self.settings.language)
        )

    def story(self, case_id: str, as_of: Moment, *, lang: Lang | None = None) -> Any:
        """One case as marks for a picture: events, planned dates, due actions, closed days (columns: `story.story`)."""
        from playbook.answers.timeline import story

        actions = self._due(as_of, all=True).filter(pl.col("case_id") == case_id)
        return self._out(story(self.log(as_of), actions, case_id, lang or self.settings.language))

    def happened(self, case_id: str, as_of: Moment) -> Any:
        """The known events of one case, in order: one row per event (columns: `story.happened`)."""
        from playbook.answers.timeline import happened

        return self._out(happened(self.log(as_of), case_id))

    def case(self, case_id: str, as_of: Moment) -> dict[str, Any]:
        """What is known of one case, by column; ArgumentError, with the nearest id, where there is none."""
        cases = self.log(as_of).cases
        found = cases.filter(pl.col("case_id") == case_id)
        if found.is_empty():
            hint = did_you_mean(case_id, cases["case_id"].to_list())
            raise ArgumentError(Problem("case", f"there is no case '{case_id}' at {as_of}", "a case_id", hint))
        return found.row(0, named=True)

    def most_urgent_case(self, as_of: Moment) -> str:
        """The case whose open action is due first; the first of all cases where nothing is open."""
        actions = self._due(as_of, all=False)["case_id"]
        return str((actions if len(actions) else self.log(as_of).cases["case_id"])[0])

    def playbook_of(self, case_id: str, as_of: Moment) -> Playbook:
        """The playbook that a case moves through."""
        return self.playbook(self.case(case_id, as_of)["playbook"])

    def clocks(self, as_of: Moment) -> Any:
        """How well each rule's clock is kept: one row per rule (columns: `clocks.clocks_kept`)."""
        from playbook.answers.punctuality import clocks_kept

        return self._out(clocks_kept(self._due(as_of, all=True)))

    # Rules

    def playbook(self, id: str) -> Playbook:
        """The playbook with this id; KeyError where it is not in use."""
        for book in self.playbooks:
            if book.id == id:
                return book
        raise KeyError(id)

    def only(self, *, client: str = "", playbook: str = "") -> Workspace:
        """The same workspace narrowed to the cases of one client (`client_id`), of one playbook, or of both.

        Its playbooks are those that these cases follow. ArgumentError where there is no such client or playbook.
        """
        from playbook.tables.subset import followed, narrowed

        books = followed(self.playbooks, playbook)
        tables = narrowed(self.tables, [book.id for book in books], client)
        with_cases = set(tables.cases["playbook"])
        kept = [book for book in books if book.id in with_cases]
        return self._of(tables, kept, self.settings, self.frames, self.place)

    def with_playbooks(self, playbooks: Sequence[Playbook]) -> Workspace:
        """The same tables under other playbooks of the same ids and planned dates."""
        return self._of(self.tables, playbooks, self.settings, self.frames, self.place)

    def with_changes(self, changes: Mapping[str, str]) -> Workspace:
        """What if: the same log under changed rules, such as `{"notify-applicants.due": "5 days"}`."""
        from playbook.answers.whatif import changed

        return self.with_playbooks(changed(self.playbooks, changes))

    def what_if(self, as_of: Moment, changes: Mapping[str, str]) -> Any:
        """Breaches, load and lapses now and under changed rules: one row per rule (columns: `whatif.compared`)."""
        from playbook.answers.whatif import compared

        other = self.with_changes(changes)
        return self._out(compared(self._due(as_of, all=True), other._due(as_of, all=True)))

    # By hand, in JupyterLab

    @property
    def rules(self) -> Ids[RuleShown]:
        """The rules by id, each to read: `ws.rules["notify-applicants"]`, completed with Tab."""
        from playbook.ask.day import rules

        return rules(self.playbooks, self.settings.language)

    def on(self, as_of: Moment) -> Day:
        """The workspace as of a moment, to look around in: `due`, and `cases`, `owners`, `clients` by id."""
        from playbook.ask.day import Day

        return Day(self, as_of)

    def _repr_html_(self) -> str:
        from playbook.ask.day import workspace_shown

        return workspace_shown(self)._repr_html_()

    # What came in

    @property
    def quarantine(self) -> Any:
        """Rows that could not be used: one row each: `table, row, column, value, reason`."""
        return self._out(self.tables.quarantine)

    @property
    def counts(self) -> Any:
        """Rows read, accepted and quarantined: one row per table."""
        return self._out(self.tables.counts)

    def _out(self, frame: pl.DataFrame) -> Any:
        return frame.to_pandas() if self.frames == "pandas" else frame

    def __repr__(self) -> str:
        books = ", ".join(book.id for book in self.playbooks)
        return (
            f"Workspace({self.place!r}: {self.tables.cases.height} cases, {self.tables.events.height} events; {books})"
        )


def _is_polars(frame: object) -> bool:
    return isinstance(frame, pl.DataFrame | pl.LazyFrame)


__all__ = ["Kind", "Moment", "Workspace", "open"]
