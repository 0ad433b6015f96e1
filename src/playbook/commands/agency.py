"""What an agency owes: the yearly figures, filed and shown, the books, grants of its clients, papers in Word."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from playbook.commands.arguments import Asked
from playbook.commands.output import moved_into
from playbook.commands.session import NO_JOININGS, Session
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem
from playbook.words.text import Text

if TYPE_CHECKING:
    import polars as pl

    from playbook.pages.yearly import Yearly

_FILED = msg("filed '{part}' of {year}: counts only, in {path}")
_DIFFERS = msg("{n} filed figures differ from what the tables say now (--table filed); what was filed stays")
_NO_TERM = msg("{n} who joined have no employment_term and are in no figure (--table to-ask)")


def yearly(asked: Asked) -> int:
    """The figures of a fiscal year: one table, or all of them as a workbook; with `--file`, kept as filed."""
    session = Session(asked)
    workspace = session.workspace
    report = workspace.on(session.as_of).yearly(
        asked["fiscal_year"], office=asked["office"] or "", filed=workspace.filed, lang=session.lang
    )
    if asked["file"]:
        _file(session, report)
    _tell(session, report)
    if report.nobody_joined:
        session.tell(NO_JOININGS)
    return _answer(session, report, "site")


class _Book(Protocol):
    """Some tables that are asked for one at a time, or go into a workbook together."""

    @property
    def workbook(self) -> bytes: ...

    def frame(self, name: str, /) -> pl.DataFrame: ...


def _answer(session: Session, book: _Book, usual: str) -> int:
    """The table that is asked for, or all of them where a workbook is."""
    to: Path | None = session.asked["output"]
    if to is not None and to.suffix.lower() == ".xlsx" and session.asked["table"] is None:
        moved_into(to, lambda beside: beside.write_bytes(book.workbook))
        session.tell_left_out()
        return session.status()
    return session.answer(book.frame(session.asked["table"] or usual))


def _file(session: Session, report: Yearly) -> None:
    """Keep the counts of one part as they are filed: whole years and all offices only."""
    from playbook.answers.law import statutory
    from playbook.tables.filed import file_counts
    from playbook.tables.settings import READINGS

    part = session.asked["file"]
    if session.asked["office"]:
        raise ArgumentError(Problem("--file", msg("does not go with --office"), msg("all offices at once")))
    opens = report.year.leavers_open if part == "left" else date(report.year.year + 1, 4, 1)
    if report.day < opens:
        raise ArgumentError(
            Problem(
                f"--file {part}",
                msg("the window opens on {opens}", opens=opens),
                msg("an --as-of from {opens}", opens=opens),
            )
        )
    path = file_counts(
        session.place, report.year.year, part, statutory.counts_to_file(report.site, part), filed_on=report.day,
        as_of=report.day, readings={name: getattr(report.agency, name) for name in READINGS},
    )  # fmt: skip
    told = {"year": report.year.year, "part": part, "path": path}
    session.tell(Text(_FILED.ja.format(**told), _FILED.en.format(**told)))


def _tell(session: Session, report: Yearly) -> None:
    import polars as pl

    moved = report.filed.filter(pl.col("difference") != 0).height
    if moved:
        session.tell(Text(_DIFFERS.ja.format(n=moved), _DIFFERS.en.format(n=moved)))
    unwritten = int(report.site["term_unknown"].sum())
    if unwritten:
        session.tell(Text(_NO_TERM.ja.format(n=unwritten), _NO_TERM.en.format(n=unwritten)))


def ledgers(asked: Asked) -> int:
    """The three books: one of them as a table, or all as a workbook."""
    from playbook.answers.law.keeping import keeping
    from playbook.tables.filed import frozen_years

    session = Session(asked)
    day = session.workspace.on(session.as_of)
    states = keeping(day.log, session.workspace.settings, frozen_years(session.place))
    may_go = {case: since for case, since in states.select("case_id", "erasable_since").rows() if since is not None}
    books = day.ledgers(office=asked["office"] or "", may_go=may_go, lang=session.lang)
    lacking = books.ledgers.missing.height
    if lacking:
        session.tell(Text(_LACKING.ja.format(n=lacking), _LACKING.en.format(n=lacking)))
    return _answer(session, books, "jobs")


def grants(asked: Asked) -> int:
    """How the conditions of each grant stand that a client has switched on, or the cases for the clock."""
    session = Session(asked)
    book = session.workspace.on(session.as_of).grants(lang=session.lang)
    if book.checks.is_empty():
        session.tell(msg("no client has a grant switched on (column 'grants' of clients)"))
    return _answer(session, book, "checks")


_LACKING = msg("{n} items that the books need are not written in the tables (--table missing)")


def letter(asked: Asked) -> int:
    """The letter of one placement and the bank's own sheet, as Word files in a folder; or the words, to be edited."""
    from playbook.show.formats import file_stem

    session = Session(asked)
    if asked["wording"]:
        return _wording(asked["wording"], session)
    if not asked["CASE"]:
        raise ArgumentError(Problem("CASE", msg("is missing"), msg("a case_id")))
    day, case = session.workspace.on(session.as_of), asked["CASE"]
    sent_on = date.fromisoformat(str(asked["sent_on"])[:10]) if asked["sent_on"] else None
    written = day.letter(case, sent_on=sent_on, edition=asked["to"] or "company", lang=session.lang)
    papers = {"letter": written, "review-sheet": day.review_sheet(case, lang=session.lang)}
    folder: Path = asked["out"] or Path("letters")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in papers.items():
        to = folder / f"{name}-{file_stem(case)}.docx"
        moved_into(to, lambda beside, content=content: beside.write_bytes(content))  # type: ignore[misc]
        session.tell(msg("written: {to}", to=to))
    return 0


def _wording(to: Path, session: Session) -> int:
    """The words that come with the package, with their remarks; a file that is there stays."""
    from playbook.show.wording import own_text

    if to.exists():
        raise ArgumentError(Problem("--wording", msg("is there already: {value}", value=to), msg("a new file")))
    moved_into(to, lambda beside: beside.write_bytes(own_text(session.lang).encode("utf-8-sig")))
    session.tell(msg("written: {to}", to=to))
    return 0
