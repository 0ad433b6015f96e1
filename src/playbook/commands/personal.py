"""What is held of one person: shown whole for disclosure, and erased whole once nothing stands in the way."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from playbook.commands.arguments import Asked
from playbook.commands.output import moved_into
from playbook.commands.session import Session
from playbook.tables.filed import ERASED, FOLDER
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean
from playbook.words.text import Text

if TYPE_CHECKING:
    import polars as pl

    from playbook.tables.held import Person

_PAGES = Path("reports")
_STUB = ("case_id", "playbook", "fiscal_year", "outcome", "completed_on", "erased_on")
_MENTIONED = msg(
    "{rows} rows of other cases say the name: before disclosing them, see that they tell nothing of others"
)
_WOULD = msg("nothing is erased yet: add --write to do it (it cannot be undone)")
_DONE = msg("erased {n} rows and {pages} published files; make the pages for all again with playbook run")
_LEFT = msg("still there, to be taken out by hand: {where}")


def person(asked: Asked) -> int:
    """Everything that is held of a person: one row per cell, and what left the house of it."""
    from playbook.tables.held import held, person_of

    session = Session(asked)
    whom = person_of(session.place, asked["PERSON"])
    rows = held(session.place, whom)
    elsewhere = rows.filter(rows["mention"]).select("table", "row").unique().height
    if elsewhere:
        session.tell(Text(_MENTIONED.ja.format(rows=elsewhere), _MENTIONED.en.format(rows=elsewhere)))
    session.write(_with_register(rows, session, whom, asked["out"] or _PAGES))
    return 0


def _with_register(rows: pl.DataFrame, session: Session, whom: Person, out: Path) -> pl.DataFrame:
    """The rows of the register as well: to whom what was given is part of what one may ask for."""
    import polars as pl

    from playbook.publishing.register import read, register_path

    path = register_path(session.place, out)
    cells = [
        ("register", path.name, number, row["case_id"], name, value, False)
        for number, row in enumerate(read(path), start=2)
        if row["case_id"] in whom.cases
        for name, value in row.items()
        if value
    ]
    return pl.concat([rows, pl.DataFrame(cells, schema=rows.schema, orient="row")])


def purge(asked: Asked) -> int:
    """Without a case: what may be erased since when. With one: it is erased everywhere, if nothing is in the way."""
    session = Session(asked)
    states = session.workspace.on(session.as_of).keeping(asked["out"] or _PAGES)
    if not asked["CASE"]:
        return session.answer(states)
    from playbook.tables.held import erasable_files, person_of

    if session.workspace.settings.database:
        raise ArgumentError(Problem(session.place, msg("keeps its tables in a database"), msg("a folder of tables")))
    files = erasable_files(session.place)
    whom = person_of(session.place, asked["CASE"])
    _refuse(states, whom)
    if not asked["write"]:
        session.write(_planned(session, files, whom))
        session.tell(_WOULD)
        return 0
    return _erase(session, files, whom, states)


def _refuse(states: pl.DataFrame, whom: Person) -> None:
    """ArgumentError with everything that stands in the way of erasing."""
    problems = []
    for row in states.filter(states["case_id"].is_in(whom.cases)).iter_rows(named=True):
        match row["waits_for"]:
            case "keeping":
                problems.append(
                    Problem(row["case_id"], msg("is to be kept until {keep_until}", keep_until=row["keep_until"]))
                )
            case "year_not_filed":
                year = row["fiscal_year"]
                hint = msg("playbook yearly --fiscal-year {year} --file placed, then --file left", year=year)
                problems.append(
                    Problem(
                        row["case_id"], msg("counts in fiscal year {year}, which is not filed yet", year=year), "", hint
                    )
                )
            case "open" if row["playbook"] not in ("agency-duties", "hiring-grants"):
                problems.append(Problem(row["case_id"], msg("is not completed"), msg("a case with an outcome")))
            case _:
                pass
    if problems:
        raise ArgumentError(problems)


def _planned(session: Session, files: list[Path], whom: Person) -> pl.DataFrame:
    import polars as pl

    from playbook.publishing.erase import pages_with
    from playbook.tables.held import without_person

    rows = [(path.stem, path.name, without_person(path, whom)[1]) for path in files]
    pages = [("pages", name, 1) for name in pages_with(session.asked["out"] or _PAGES, _finds(whom))]
    schema = {"table": pl.String, "place": pl.String, "rows": pl.Int64}
    return pl.DataFrame([row for row in (*rows, *pages) if row[2]], schema=schema, orient="row")


def _erase(session: Session, files: list[Path], whom: Person, states: pl.DataFrame) -> int:
    """Pages first, the case's own row last: what was begun can be taken up again."""
    from playbook.publishing.erase import erase_entries, erase_pages
    from playbook.publishing.register import register_path
    from playbook.tables.held import held, mentions, without_person

    out: Path = session.asked["out"] or _PAGES
    finds = _finds(whom)
    pages = erase_pages(out, finds) if out.is_dir() else []
    erase_entries(register_path(session.place, out), whom.cases)
    _leave_stub(Path(session.place), states, whom, date.fromisoformat(str(session.as_of)[:10]))
    n = 0
    for path in files:
        content, gone = without_person(path, whom)
        if gone:
            beside = path.with_name(f".{path.name}.new")
            beside.write_bytes(content)
            beside.replace(path)
            n += gone
    session.tell(Text(_DONE.ja.format(n=n, pages=len(pages)), _DONE.en.format(n=n, pages=len(pages))))
    stub = Path(session.place) / FOLDER / ERASED
    rows = held(session.place, whom).select("place", "row").unique().sort("place", "row").rows()
    others = mentions(Path(session.place), finds, (stub, *files))
    where = [*(f"{place}:{row}" for place, row in rows), *(str(path) for path in others)]
    if where:
        session.tell(Text(_LEFT.ja.format(where=", ".join(where)), _LEFT.en.format(where=", ".join(where))))
    return int(bool(where))


def _finds(whom: Person) -> Callable[[str], bool]:
    """Whether a text of a page names the person or the case, escaped as scripts escape it or not."""
    from playbook.tables.held import case_pattern, fold_name

    pattern = case_pattern(whom.cases)
    escaped = [fold_name(json.dumps(name)[1:-1]) for name in whom.names if name]

    def found(text: str) -> bool:
        said = fold_name(text)
        return bool(pattern.search(text)) or whom.named_in(text) or any(name in said for name in escaped)

    return found


def _leave_stub(place: Path, states: pl.DataFrame, whom: Person, on: date) -> None:
    """One line per erased case: id, outcome and days; no name, no client."""
    path = place / FOLDER / ERASED
    path.parent.mkdir(exist_ok=True)
    fresh = not path.exists()
    mine = states.filter(states["case_id"].is_in(whom.cases))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if fresh:
            writer.writerow(_STUB)
        writer.writerows([*(row[name] for name in _STUB[:-1]), on] for row in mine.iter_rows(named=True))


_WROTE = msg("written: {to}")
_READ = msg("{path}: {voices} voices and {consents} consents added")


def talk(asked: Asked) -> int:
    """A question sheet for each case that is named, and each filled sheet that is named into the tables."""
    words = tuple(asked["WHAT"])
    if not words:
        raise ArgumentError(Problem("WHAT", msg("nothing is named"), msg("a case_id, or filled sheets")))
    session = Session(asked)
    sheets = [Path(word) for word in words if word.lower().endswith((".xlsx", ".xlsm"))]
    for word in words:
        if Path(word) not in sheets:
            _make_sheets(session, word)
    if sheets:
        _read_sheets(session, sheets)
    return 0


def _make_sheets(session: Session, case_id: str) -> None:
    """The sheets of a case: for the side that was named, else for both."""
    from playbook.show.formats import file_stem
    from playbook.show.talk_sheet import SIDES, TalkSheet, talk_sheet

    tables = session.workspace.tables
    found = tables.cases.filter(tables.cases["case_id"] == case_id)
    if found.is_empty():
        known = tables.cases["case_id"].to_list()
        raise ArgumentError(
            Problem(
                "WHAT",
                msg("there is no case '{case_id}'", case_id=case_id),
                msg("a case_id"),
                did_you_mean(case_id, known),
            )
        )
    case = found.row(-1, named=True)
    client = tables.clients.filter(tables.clients["client_id"] == (case["client_id"] or ""))["name"].to_list()
    folder: Path = session.asked["out"] or Path()
    folder.mkdir(parents=True, exist_ok=True)
    for side in (session.asked["side"],) if session.asked["side"] else tuple(SIDES):
        sheet = TalkSheet(case_id, str(client[-1]) if client else "", str(case["subject"] or ""), side)
        to = folder / f"{file_stem(f'talk-{case_id}-{side}')}.xlsx"
        content = talk_sheet(sheet, session.lang)
        moved_into(to, lambda beside, content=content: beside.write_bytes(content))  # type: ignore[misc]
        session.tell(Text(_WROTE.ja.format(to=to), _WROTE.en.format(to=to)))


def _read_sheets(session: Session, sheets: list[Path]) -> None:
    from playbook.importing.talks import read_talk, write_talk

    folder = Path(session.place)
    if session.asked["workspace"] is None or not folder.is_dir():
        raise ArgumentError(Problem("--workspace", msg("is missing"), msg("the folder of your workspace")))
    cases = session.workspace.tables.cases["case_id"].to_list()
    for path in sheets:
        voices, consents = write_talk(read_talk(path, cases), folder)
        told = {"path": path.name, "voices": voices, "consents": consents}
        session.tell(Text(_READ.ja.format(**told), _READ.en.format(**told)))
