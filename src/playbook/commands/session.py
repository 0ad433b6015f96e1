"""What every question needs: the workspace that was named, the moment, the language, and what to tell about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playbook.ask.reading import read_place
from playbook.commands.arguments import Asked
from playbook.commands.output import write_frame
from playbook.commands.terminal import say
from playbook.rules.nouns import Playbook, Playbooks
from playbook.rules.reading import builtin_playbooks, playbooks_in, read_playbook
from playbook.tables import samples
from playbook.tables.settings import FILE_NAME, Settings, read_settings
from playbook.words.catalogue import msg
from playbook.words.problem import PlaybookError, Problem, RulebookError, did_you_mean
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    import polars as pl

    from playbook.ask.workspace import Workspace

NO_JOININGS = msg("No joining is on record: add a row 'joined' to the events of the cases that joined.")
"""What is missing where a question about those who joined has no row to answer with."""

_SAMPLE = msg("this is the sample workspace (your own: --workspace DIR)")


@dataclass(frozen=True)
class Session:
    """One command at work on one workspace."""

    asked: Asked

    @cached_property
    def place(self) -> str:
        """The workspace that was named, else the sample."""
        return str(self.asked["workspace"] or samples.samples())

    @cached_property
    def workspace(self) -> Workspace[Any]:
        """The workspace, read; what was left out of it or refused is told. PlaybookError with all that is wrong."""
        workspace = opened(self.place, self.asked.get("playbook") or ())
        if self.asked["workspace"] is None:
            say(_SAMPLE.say(self.lang), "dim")
        return workspace

    @cached_property
    def playbooks(self) -> Playbooks:
        """The playbooks in use; no table is read for them. RulebookError with every mistake of any of them."""
        chosen, problems = books_of(self.asked.get("playbook") or ())
        folder = Path(self.place) / "playbooks"
        own = () if chosen or problems else playbooks_in(folder)
        if problems:
            raise RulebookError(problems)
        return Playbooks(chosen) or builtin_playbooks().and_own(own)

    @cached_property
    def lang(self) -> Lang:
        """The language that was asked for, else the workspace's."""
        return self.asked["lang"] or settings_of(self.place).language

    @cached_property
    def as_of(self) -> str | datetime:
        """The moment that was asked for; now, where none was."""
        return self.asked["as_of"] or datetime.now(self.workspace.zone)

    def tell(self, message: Text) -> None:
        """A message to standard error, in the session's language."""
        say(message.say(self.lang))

    def answer(self, frame: Any) -> int:
        """Write an answer where it was asked for, say what it does not cover; the exit status."""
        self.write(frame)
        self.tell_left_out()
        return self.status()

    def write(self, frame: pl.DataFrame) -> None:
        """Write a frame to standard output or to the file that was asked for."""
        write_frame(frame, self.asked.get("output"))

    def tell_left_out(self) -> None:
        """Say which cases and rows are in no answer."""
        for one in self.workspace.left_out:
            self.tell(one)
        refused = self.workspace.tables.counts.filter(self.workspace.tables.counts["quarantined"] > 0)
        if len(refused):
            rows = ", ".join(f"{table} {n}" for table, n in refused.select("table", "quarantined").rows())
            self.tell(
                msg(
                    "{quarantined} rows could not be used ({rows}); playbook check --quarantine FILE lists them",
                    quarantined=self.quarantined,
                    rows=rows,
                )
            )

    @property
    def quarantined(self) -> int:
        """How many rows could not be used."""
        return int(self.workspace.tables.quarantine.height)

    def status(self) -> int:
        """The exit status: 1 where more rows were quarantined than is borne."""
        borne = self.asked["max_quarantine"]
        if borne is None:
            borne = self.workspace.settings.max_quarantine
        if borne is None or self.quarantined <= borne:
            return 0
        self.tell(
            msg(
                "more rows are quarantined than is borne: {quarantined} (at most {borne})",
                quarantined=self.quarantined,
                borne=borne,
            )
        )
        return 1


def settings_of(place: str) -> Settings:
    """The settings of a workspace; the defaults where it has none."""
    folder = Path(place)
    return read_settings(folder / FILE_NAME) if folder.is_dir() else Settings()


def opened(place: str, playbooks: tuple[str, ...]) -> Workspace[Any]:
    """A workspace; PlaybookError with everything that is wrong with its playbooks and its tables, at once."""
    from playbook.ask import workspace

    chosen, wrong = books_of(playbooks)
    if not wrong:
        try:
            return workspace.open(place, chosen)
        except PlaybookError as error:
            raise PlaybookError(wrong_with(place, playbooks) or error.problems) from None
    raise PlaybookError(wrong_with(place, playbooks))


def wrong_with(place: str, playbooks: tuple[str, ...]) -> list[Problem]:
    """Everything that makes a workspace unusable: its rule books, its settings, its tables."""
    books, problems = books_of(playbooks)
    if not playbooks:
        try:
            books = playbooks_in(Path(place) / "playbooks")
        except PlaybookError as error:
            problems.extend(error.problems)
    try:
        read_place(place, (*builtin_playbooks(), *books))
    except PlaybookError as error:
        problems.extend(error.problems)
    return problems


def books_of(names: tuple[str, ...]) -> tuple[tuple[Playbook, ...], list[Problem]]:
    """The playbooks that were named, by file or as the id of a built-in one, and what is wrong with any of them."""
    books: dict[str, Playbook] = {}
    problems: list[Problem] = []
    for name in names:
        try:
            book = _book(name)
        except RulebookError as error:
            problems.extend(error.problems)
            continue
        if book.id in books:
            problems.append(
                Problem(f"--playbook {name}", msg("'{id}' is named twice", id=book.id), msg("one file for an id"))
            )
        books[book.id] = book
    return tuple(books.values()), problems


def _book(name: str) -> Playbook:
    builtin = builtin_playbooks()
    if (book := builtin.get(name)) and not Path(name).exists():
        return book
    if not Path(name).suffix and not Path(name).exists():
        known = ", ".join(builtin.ids)
        hint = did_you_mean(name, builtin.ids)
        raise RulebookError(
            Problem(
                f"--playbook {name}", msg("there is no such file"), msg("a TOML file, or {known}", known=known), hint
            )
        )
    return read_playbook(Path(name))
