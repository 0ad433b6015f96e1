"""A new workspace: empty tables with their headers, commented settings, a guide, the codes to write."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path

from playbook.commands.terminal import say
from playbook.rules.nouns import Playbook
from playbook.rules.reading import builtin_playbooks
from playbook.tables.declared import TABLES, TableSchema
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean, reason
from playbook.words.text import Lang, Text

_SCHEMA = "playbooks/playbook.schema.json"


def start(folder: Path, lang: Lang = "ja", playbooks: Sequence[str] = ()) -> list[Path]:
    """Make a new workspace in a folder; the files written, in order.

    A CSV with its header for every table, `workspace.toml`, `README.md` and `README.en.md`, `codes.csv` with every code
    that may be written, and in `playbooks/` a copy of each built-in playbook that is named, to edit. The headers hold
    what those playbooks ask for (of all built-in ones, where none is named). In a folder that is a workspace already,
    only the copies of playbooks are made. Nothing is overwritten: ArgumentError names every file that is there already
    and every playbook that is not built in.
    """
    books = _named(playbooks)
    contents = dict(_copies(books)) if playbooks else {}
    if not (playbooks and (folder / "events.csv").exists()):
        contents = {**dict(_contents(books, lang)), **contents}
    elif (folder / _SCHEMA).exists():
        del contents[_SCHEMA]
    there = [name for name in contents if (folder / name).exists()]
    if there or folder.is_file():
        found = msg("is there already: {value}", value=", ".join(there)) if there else msg("is a file")
        raise ArgumentError(Problem(str(folder), found, msg("a new folder; nothing is overwritten")))
    try:
        for name, content in contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    except OSError as error:
        found = msg("cannot be written: {value}", value=reason(error))
        raise ArgumentError(Problem(str(folder), found, msg("a folder you may write to"))) from None
    return [folder / name for name in contents]


def _named(names: Sequence[str]) -> Sequence[Playbook]:
    builtin = builtin_playbooks()
    unknown = [name for name in names if name not in builtin.ids]
    if unknown:
        raise ArgumentError(
            Problem(
                f"--playbook {name}",
                msg("is no built-in playbook"),
                ", ".join(builtin.ids),
                did_you_mean(name, builtin.ids),
            )
            for name in unknown
        )
    return [builtin.named(name) for name in dict.fromkeys(names)] or builtin


def furnish(folder: Path, lang: Lang, counts_from: date | None) -> None:
    """What an imported workspace lacks: the list of codes, and settings that say from when the procedure is kept.

    `counts_from`: the day of the first export, where the workspace begins with it; what was due before is in no
    answer, as nobody kept the procedure then. What is there stays.
    """
    books = _named(())
    codes = folder / "codes.csv"
    if not codes.exists():
        codes.write_bytes(_csv([("playbook", "kind", "code", "ja", "en"), *_codes(books)]))
    settings = folder / "workspace.toml"
    if counts_from is None:
        return
    written = settings.read_text(encoding="utf-8-sig") if settings.exists() else f'language = "{lang}"\n'
    if "counts_from" in written:
        return
    settings.write_text(f"counts_from = {counts_from.isoformat()}\n{written}", encoding="utf-8", newline="\n")
    began = msg(
        "the procedure is taken to be kept from {counts_from}; what was due before is not counted. If"
        " it is another day, change counts_from in {settings}",
        counts_from=counts_from,
        settings=settings,
    )
    say(began.say(lang))


def _contents(books: Sequence[Playbook], lang: Lang) -> Iterator[tuple[str, bytes]]:
    """The files of a new workspace: name and content. Excel reads a CSV as UTF-8 only where it begins with a mark."""
    package = files("playbook.commands")
    for name in ("README.md", "README.en.md", "workspace.toml"):
        text = (package / "starter" / name).read_text(encoding="utf-8")
        yield name, text.replace('language = "ja"', f'language = "{lang}"').encode("utf-8")
    for table in TABLES.values():
        yield f"{table.name}.csv", _csv([_header(table, books)])
    yield "codes.csv", _csv([("playbook", "kind", "code", "ja", "en"), *_codes(books)])


def _copies(books: Sequence[Playbook]) -> Iterator[tuple[str, bytes]]:
    """Playbooks to edit, and beside them the schema that an editor checks them against."""
    package = files("playbook.rules")
    for book in books:
        source = (package / "books" / f"{book.id}.toml").read_bytes()
        yield f"playbooks/{book.id}.toml", b"#:schema playbook.schema.json\n" + source
    yield _SCHEMA, (package / "playbook.schema.json").read_bytes()


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _header(table: TableSchema, books: Sequence[Playbook]) -> list[str]:
    """The declared columns of a table, then the planned dates and conditions that the playbooks ask for."""
    own = [column.name for column in table.columns]
    dates = [day.id for book in books for day in book.dates] if table.planned else []
    asked = [name for book in books for rule in book.rules for name in rule.when] if table.name == "events" else []
    return list(dict.fromkeys([*own, *dates, *asked]))


def _codes(books: Sequence[Playbook]) -> Iterator[tuple[str, str, str, str, str]]:
    """What may be written in `activity`, `role` and as a planned date: one row per code of each playbook."""
    for book in books:
        yield book.id, "playbook", book.id, book.name.ja, book.name.en
        kinds: Mapping[str, Sequence[tuple[str, Text]]] = {
            "activity": [(one.id, one.name) for one in book.activities],
            "planned date": [(one.id, one.name) for one in book.dates],
            "role": [(one.id, one.name) for one in book.roles],
        }
        for kind, codes in kinds.items():
            yield from ((book.id, kind, code, name.ja, name.en) for code, name in codes)
