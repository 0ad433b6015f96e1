"""The door: the tables of a firm and the playbooks it works by, in one object (DESIGN section 5)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, cast, get_args, overload
from zoneinfo import ZoneInfo

import polars as pl

from playbook.answers.subject import By, Frame
from playbook.ask import remembered
from playbook.ask.day import Day, Moment, Weeks
from playbook.ask.reading import read_place
from playbook.clock.judged import Judged
from playbook.clock.known import AsOf
from playbook.files.frames import require_arrow
from playbook.rendering.lab import StyledInNotebooks
from playbook.rules.nouns import Playbook, Playbooks
from playbook.rules.reading import builtin_playbooks, playbooks_in, read_playbook
from playbook.show.refusals import with_reasons
from playbook.tables.database import ALL, Only
from playbook.tables.samples import samples
from playbook.tables.settings import Settings, read_settings
from playbook.tables.stored import Tables, tables_from_frames
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from playbook.ask.shown import Ids, RuleShown
    from playbook.words.text import Lang, Text

    Given = pl.DataFrame | pl.LazyFrame | pd.DataFrame

FrameKind = Literal["polars", "pandas"]
_MOST_RECENT = 4
"""So many days are kept: a year asked for day by day is not to fill the memory."""


@overload
def open(
    path: str | Path = "",
    playbooks: Sequence[str | Path | Playbook] = (),
    frames: Literal["polars"] = "polars",
    *,
    client: str = "",
    playbook: str = "",
) -> Workspace[pl.DataFrame]: ...


@overload
def open(
    path: str | Path = "",
    playbooks: Sequence[str | Path | Playbook] = (),
    *,
    frames: Literal["pandas"],
    client: str = "",
    playbook: str = "",
) -> Workspace[pd.DataFrame]: ...


@overload
def open(
    path: str | Path = "",
    playbooks: Sequence[str | Path | Playbook] = (),
    frames: FrameKind = "polars",
    *,
    client: str = "",
    playbook: str = "",
) -> Workspace[Any]: ...


def open(
    path: str | Path = "",
    playbooks: Sequence[str | Path | Playbook] = (),
    frames: FrameKind = "polars",
    *,
    client: str = "",
    playbook: str = "",
) -> Workspace[Any]:
    """A workspace read from a folder, a workbook or a database; without a path, the sample workspace.

    A database is a DuckDB or SQLite file, or the URL of a PostgreSQL: `postgresql://HOST/DATABASE`, its password in the
    environment and never in the URL. `client` and `playbook` narrow the workspace as `only` does; of a database, only
    what they ask for is read, and counts and quarantine cover that much.

    `playbooks` (files, or playbooks already read) are used and no others; without, the built-in ones and those that the
    workspace keeps in `playbooks/*.toml`, where one with the id of a built-in replaces it. Answers come as `frames`.
    Raises WorkspaceError and RulebookError with every problem found, ArgumentError where nothing can be opened so.
    """
    if not isinstance(cast("object", path), str | Path):
        hint = msg("tables that are there already: Workspace(events=events, cases=cases)")
        found = msg("is a {name}", name=type(path).__name__)
        raise ArgumentError(Problem("open(path)", found, msg("a folder of tables, a workbook, or a database"), hint))
    if frames not in get_args(FrameKind):
        raise ArgumentError(
            Problem("open(frames=)", msg("found {found!r}", found=frames), ", ".join(get_args(FrameKind)))
        )
    place = str(path or samples())
    workspace = None if playbooks else remembered.workspace_at(place)
    if workspace is None:
        workspace = _read(place, playbooks, Only(client, playbook))
    workspace.place, workspace.frames = place, frames
    return workspace.only(client=client, playbook=playbook) if client or playbook else workspace


def _read(place: str, playbooks: Sequence[str | Path | Playbook], only: Only) -> Workspace[Any]:
    folder = Path(place)
    settings = read_settings(folder / "workspace.toml") if folder.is_dir() else Settings()
    books = _chosen(playbooks) if playbooks else _in_use(folder)
    tables = read_place(place, books, settings, only=only)
    if only != ALL and tables.cases.is_empty():
        tables = read_place(place, books, settings)  # whole, so that the error can name what there is
    return Workspace._of(tables, books, settings, "polars", place)


def _chosen(playbooks: Sequence[str | Path | Playbook]) -> Playbooks:
    several = [playbooks] if isinstance(playbooks, str | Path | Playbook) else playbooks
    return Playbooks(book if isinstance(book, Playbook) else read_playbook(Path(book)) for book in several)


def _in_use(place: Path) -> Playbooks:
    own = playbooks_in(place / "playbooks") if place.is_dir() else ()
    return builtin_playbooks().and_own(own)


class Workspace(StyledInNotebooks, Generic[Frame]):
    """Tables and playbooks, ready to be asked.

    From frames one already has, pandas or polars: `Workspace(events=events, cases=cases)`; every table of DESIGN
    section 2 is a keyword. The answers come in the kind that came in. A playbook that cases name and that is not in use
    is warned of: these cases are in no answer.
    """

    tables: Tables
    playbooks: Playbooks
    settings: Settings
    frames: FrameKind
    place: str

    def __init__(
        self,
        *,
        playbooks: Sequence[str | Path | Playbook] = (),
        settings: Settings | None = None,
        **tables: Given,
    ) -> None:
        books = _chosen(playbooks) if playbooks else builtin_playbooks()
        kind: FrameKind = "polars" if all(_is_polars(frame) for frame in tables.values()) else "pandas"
        read = tables_from_frames(tables, books, settings or Settings())
        self._fill(read, books, settings or Settings(), kind, "frames")
        for one in self.left_out:
            warnings.warn(one.say(self.settings.language), stacklevel=2)

    @classmethod
    def _of(
        cls, tables: Tables, playbooks: Sequence[Playbook], settings: Settings, frames: FrameKind, place: str
    ) -> Workspace[Frame]:
        made = cls.__new__(cls)
        made._fill(tables, playbooks, settings, frames, place)
        return made

    def _fill(
        self, tables: Tables, playbooks: Sequence[Playbook], settings: Settings, frames: FrameKind, place: str
    ) -> None:
        self.tables, self.playbooks, self.settings = tables, Playbooks(playbooks), settings
        self.frames, self.place = frames, place
        self._judged: dict[tuple[AsOf, int], Judged] = {}
        self._weeks: Weeks = {}

    def prepared(self, as_of: Moment, *, week: bool = False) -> Workspace[Frame]:
        """The same workspace, with what most questions about a moment start from worked out, and of no other moment.

        `week`: the morning list of everybody as well, of which each person's is a part.
        """
        self.on(as_of).log.calendars[0].starts  # noqa: B018  (looked up by what explains a due)
        for every in (True, False):
            self.due(as_of, all=every)
        if week:
            self.on(as_of).week()
        made = self._of(self.tables, self.playbooks, self.settings, self.frames, self.place)
        made._judged = {moment: judged for moment, judged in self._judged.items() if judged is self.judged(as_of)}
        made._weeks = dict(self._weeks)
        return made

    @property
    def left_out(self) -> list[Text]:
        """Which cases of the tables are in no answer, since nobody works by their playbook: a sentence each."""
        return [
            msg("playbook '{playbook}' is not in use: {cases} of its cases are left out", playbook=book, cases=cases)
            for book, cases in self.tables.left_out.rows()
        ]

    # A moment

    def on(self, as_of: Moment, *, horizon: int | None = None) -> Day[Frame]:
        """The workspace as of a moment, and everything one can ask of it.

        `horizon`: how many days ahead an action is due soon, where it is not to be that of the settings.
        """
        return Day(self.judged(as_of, horizon), self.settings, self._out, self.on, self.place, self._weeks)

    def judged(self, as_of: Moment, horizon: int | None = None) -> Judged:
        """What is known and due at a moment, worked out once for all that is asked of it."""
        asked = AsOf.of(as_of, self.zone), self.settings.horizon if horizon is None else horizon
        if asked not in self._judged:
            if len(self._judged) >= _MOST_RECENT:
                del self._judged[next(iter(self._judged))]
            self._judged[asked] = Judged(self.tables, self.playbooks, *asked)
        return self._judged[asked]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose days are counted."""
        return ZoneInfo(self.settings.timezone)

    # The questions that the contract names, each a short way to the day's

    def due(self, as_of: Moment, *, all: bool = False, horizon: int | None = None) -> Frame:
        """Due actions: one row per rule, trigger and entry of the rule's `due` list (see `Day.due`)."""
        return self.on(as_of, horizon=horizon).due(all=all)

    def violations(self, as_of: Moment, *, case: str = "") -> Frame:
        """What was not done by the book: one row each (see `Day.violations`)."""
        return self.on(as_of).violations(case=case)

    def funnel(self, as_of: Moment, *, by: By = ()) -> Frame:
        """How far cases came and where they were lost: one row per stage (columns: `funnel.funnel`)."""
        return self.on(as_of).funnel(by=by).stages

    def declines(self, as_of: Moment, *, by: By = (), months: int = 6) -> Frame:
        """Why cases were declined, stage by stage: one row per stage and reason (columns: `declines.declines`)."""
        return self.on(as_of).declines(by=by, months=months).stages

    def followup(self, as_of: Moment, *, horizon: int | None = None) -> Frame:
        """Placements with progress of goals, next review and retention: one row each (`placements.placements`)."""
        return self.on(as_of, horizon=horizon).placements().rows

    def explain(self, case_id: str | int, as_of: Moment, *, lang: Lang | None = None) -> Frame:
        """Why each action of one case is due when it is: one row per action (see `Case.explain`)."""
        return self.on(as_of).case(case_id).explain(lang=lang)

    # Other workspaces

    def only(self, *, client: str = "", playbook: str = "") -> Workspace[Frame]:
        """The same workspace narrowed to the cases of one client (`client_id`), of one playbook, or of both.

        Its playbooks are those that these cases follow. ArgumentError where there is no such client or playbook.
        """
        from playbook.tables.subset import followed, narrowed

        books = followed(self.playbooks, playbook)
        tables = narrowed(self.tables, [book.id for book in books], client)
        with_cases = set(tables.cases["playbook"].unique())
        kept = [book for book in books if book.id in with_cases]
        return self._of(tables, kept, self.settings, self.frames, self.place)

    def with_playbooks(self, playbooks: Sequence[Playbook]) -> Workspace[Frame]:
        """The same tables under other playbooks of the same ids and planned dates."""
        return self._of(self.tables, playbooks, self.settings, self.frames, self.place)

    def with_changes(self, changes: Mapping[str, str]) -> Workspace[Frame]:
        """What if: the same log under changed rules, such as `{"notify-applicants.due": "5 days"}`."""
        from playbook.answers.owed.whatif import changed_playbooks

        return self.with_playbooks(changed_playbooks(self.playbooks, changes))

    def what_if(self, as_of: Moment, changes: Mapping[str, str]) -> Frame:
        """Breaches, load and lapses now and under changed rules: one row per rule (columns: `whatif.compared`)."""
        from playbook.answers.owed.whatif import compared

        other = self.with_changes(changes)
        return self._out(compared(self.judged(as_of).every, other.judged(as_of).every))

    # What came in

    def filed(self, fiscal_year: int) -> Mapping[str, Any]:
        """What an agency has filed of a fiscal year: counts alone (see `tables.filed`); empty where nothing was."""
        from playbook.tables.filed import read_filed

        return read_filed(self.place, fiscal_year)

    @property
    def rules(self) -> Ids[RuleShown]:
        """The rules by id, each to read: `ws.rules["notify-applicants"]`, completed with Tab."""
        from playbook.ask.shown import rules

        return rules(self.playbooks, self.settings.language)

    @property
    def quarantine(self) -> Frame:
        """Rows that could not be used: one row each: `table, row, column, value, reason`."""
        return self._out(with_reasons(self.tables.quarantine, self.settings.language))

    @property
    def counts(self) -> Frame:
        """Rows read, accepted and quarantined: one row per table."""
        return self._out(self.tables.counts)

    def _out(self, frame: pl.DataFrame) -> Frame:
        if self.frames != "pandas":
            return cast(Frame, frame)
        require_arrow()
        return cast(Frame, frame.to_pandas())

    def _repr_html_(self) -> str:
        from playbook.ask.shown import workspace_shown

        return workspace_shown(self)._repr_html_()

    def __repr__(self) -> str:
        books = ", ".join(book.id for book in self.playbooks)
        return (
            f"Workspace({self.place!r}: {self.tables.cases.height} cases, {self.tables.events.height} events; {books})"
        )


def _is_polars(frame: object) -> bool:
    return isinstance(frame, pl.DataFrame | pl.LazyFrame)


__all__ = ["FrameKind", "Moment", "Workspace", "open"]
