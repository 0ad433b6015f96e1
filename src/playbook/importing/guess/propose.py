"""A mapping proposed from headers and values, with the reason for each line, for a person to check; nothing is
imported.

Headers and values are read by the words of `words.toml` and by the names of the activities of the built-in playbooks;
shape decides what is a day, an id, a history. What is not certain is a comment and a question: a proposal is right or
in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from playbook.files.sheet import EXCEL_SUFFIXES
from playbook.importing.formats import own_mapping, read_raw
from playbook.importing.guess.histories import history_of, propose_history
from playbook.importing.guess.lists import other_table, propose_list
from playbook.importing.guess.logs import known_activity
from playbook.importing.guess.others import propose_other
from playbook.importing.guess.proposal import Asker, ColumnGuess, ImportQuestion
from playbook.importing.guess.toml import Line, quoted, reasoned, remarked, toml_list
from playbook.importing.raw import Raw, with_sheets_alike
from playbook.importing.run import import_files
from playbook.importing.text import without_blanks
from playbook.importing.vocabulary.headers import ACTIVITIES, header_of
from playbook.importing.vocabulary.words import planned_date
from playbook.rules.nouns import Playbook
from playbook.rules.reading import builtin_playbooks
from playbook.words.catalogue import joined, msg
from playbook.words.folding import fold_key
from playbook.words.problem import Problem, WorkspaceError
from playbook.words.text import Text

REASONS = {
    "file": pl.String, "column": pl.String, "becomes": pl.String, "sure": pl.Boolean, "ja": pl.String, "en": pl.String,
}  # fmt: skip
_USUAL = "interview-aftercare"
_STRANGE = 30
_NAMED = 2
"""So many activities must be named for another playbook than the usual one."""
_VALUES = 300


@dataclass(frozen=True)
class Guess:
    """`mapping_toml`: a mapping to save, check and use; its comments are said in both languages. `reasons`: one row
    per column: `file, column, becomes, sure, ja, en`. `questions`: what only a person can say, the ones about most
    rows first; their answers, given to `guess_mapping`, make it surer.
    """

    mapping_toml: Text
    reasons: pl.DataFrame
    questions: tuple[ImportQuestion, ...] = ()


def guess_mapping(files: Sequence[Path], answers: Mapping[str, str] | None = None) -> Guess:
    """A mapping for some files, to be checked by a person.

    The TOML is valid as it is; what is only likely is left out and said in comments. `answers`: the id of a choice by
    the key of its question. Raises WorkspaceError where no file can be read.
    """
    return guess_from(read_raws(files), answers or {})


def read_raws(files: Sequence[Path]) -> list[Raw]:
    """The raw tables of some files to guess from; WorkspaceError where one cannot be read, or none has a row."""
    problems: list[Problem] = []
    raws: list[Raw] = []
    for path in files:
        try:
            raws.extend(with_sheets_alike(raw) for raw in read_raw(Path(path)))
        except WorkspaceError as error:
            problems.extend(error.problems)
    if raws and all(raw.frame.is_empty() for raw in raws):
        problems.extend(_no_row(raw) for raw in raws)
    if problems or not raws:
        raise WorkspaceError(
            problems or [Problem(msg("files"), msg("there are none"), msg("at least one file that was exported"))]
        )
    return raws


def guess_from(raws: Sequence[Raw], answers: Mapping[str, str]) -> Guess:
    """A mapping for some raw tables, with what a person has answered."""
    named = _named_in(raws)
    book = _playbook(raws, named)
    # Of a known format, one file may give several tables; it needs one source.
    asked = list({(raw.file, raw.kind.split(".")[0]): raw for raw in reversed(raws)}.values())[::-1]
    askers = [Asker(raw.file.name, answers, book) for raw in asked]
    parts = [_source(raw, asker) for raw, asker in zip(asked, askers, strict=True)]
    head = [
        _HEAD,
        "",
        reasoned(f'playbook = "{book.id}"', _why_book(named[book.id])),
        *(remarked(line) for line in _values_to_map(raws)),
    ]
    text = joined("\n", [*head, *(line for lines, _ in parts for line in lines), ""])
    rows = [
        (raw.file.name, line.column, line.becomes, line.sure, line.why.ja, line.why.en)
        for raw, (_, lines) in zip(asked, parts, strict=True)
        for line in lines
    ]
    questions = sorted((one for asker in askers for one in asker.questions), key=lambda one: -one.rows)
    return Guess(text, pl.DataFrame(rows, schema=REASONS, orient="row"), tuple(questions))


def _no_row(raw: Raw) -> Problem:
    refused = len(raw.refused)
    found = (
        msg("{refused} rows, of which none can be used", refused=refused) if refused else msg("a header without rows")
    )
    return Problem(raw.place, found, msg("at least one row to guess from"))


_HEAD = msg("# Proposed from headers and values. Check and correct it, then use it with playbook import --map.")


# The playbook


def _playbook(raws: Sequence[Raw], scores: Mapping[str, int]) -> Playbook:
    """The built-in playbook of which most activities are named; where none stands out, that of the format."""
    books = builtin_playbooks()
    usual = next((own.playbook for raw in raws if (own := own_mapping(raw.kind)) and own.playbook in books.ids), _USUAL)
    best = max(scores, key=lambda name: (scores[name], name == usual))
    return books.named(best if scores[best] >= _NAMED else usual)


def _named_in(raws: Sequence[Raw]) -> dict[str, int]:
    """Of each playbook, how many activities headers name, as its labels or by their words, and the values of a log."""
    names = [name for raw in raws for name in raw.columns]
    said = {_bare(name) for name in names}
    said |= {fold_key(value) for raw in raws if (log := history_of(raw)) for value in _values(raw, log.activity)}
    meant = {ACTIVITIES.get(header_of(name).noun) for name in names}
    return {
        book.id: sum(
            one.id in meant or any(fold_key(text) in said for text in (one.name.ja, one.name.en, one.id))
            for one in book.activities
        )
        + len({planned_date(name, book.date_ids) for name in names} - {""})
        for book in builtin_playbooks()
    }


def _bare(header: str) -> str:
    """A header without the words for a day."""
    return fold_key(header_of(header).stem)


def _values(raw: Raw, column: str) -> list[str]:
    return without_blanks(raw.frame[column]).drop_nulls().unique(maintain_order=True).head(_VALUES).to_list()


def _why_book(n: int) -> Text:
    if n:
        return msg("{n} of its activities are named in headers or values", n=n)
    return msg("for want of a better sign; change it if it is another")


def _values_to_map(raws: Sequence[Raw]) -> list[Line]:
    """What a format's own mapping leaves to be mapped: the activities that the playbook does not know."""
    known = [raw for raw in raws if own_mapping(raw.kind) is not None]
    if not known:
        return []
    imported = import_files(list(dict.fromkeys(raw.file for raw in raws if raw.kind != "table")), None)
    activities = imported.tables.get("events", pl.DataFrame(schema={"activity": pl.String}))["activity"].unique().sort()
    ids = {one.id for book in builtin_playbooks() for one in book.activities}
    strange = [name for name in activities.drop_nulls() if name not in ids][:_STRANGE]
    if not strange:
        return []
    why = msg("activities that the playbook does not have; say which they are")
    meant = {
        name: next(filter(None, (known_activity(name, book) for book in builtin_playbooks())), "") for name in strange
    }
    return [why, "[values.activity]", *(f"{quoted(name)} = {quoted(id)}" for name, id in meant.items())]


# One file


def _source(raw: Raw, asker: Asker) -> tuple[list[Line], list[ColumnGuess]]:
    """The lines of a [[source]], and what they say of each column."""
    lines: list[Line] = ["", "[[source]]", f"file = {quoted(raw.file.name)}"]
    if raw.kind not in ("table", "kintone"):
        return _known_format(raw, lines)
    if raw.file.suffix.lower() in EXCEL_SUFFIXES and raw.sheet:
        sheets = (raw.sheet, *raw.more_sheets)
        lines.append(f"sheet = {toml_list(sheets) if raw.more_sheets else quoted(raw.sheet)}")
    lines += [remarked(remark.text) for remark in raw.remarks]
    log = history_of(raw)
    if log is not None:
        more, told = propose_history(raw, log, asker)
    elif kind := other_table(raw):
        more, told = propose_other(raw, kind, asker)
    else:
        more, told = propose_list(raw, asker)
    return [*lines, *more], told


def _known_format(raw: Raw, lines: list[Line]) -> tuple[list[Line], list[ColumnGuess]]:
    kind = raw.kind.split(".")[0]
    why = msg("an export of {kind}, read by its own mapping", kind=raw.kind)
    return [*lines, reasoned(f"format = {quoted(kind)}", why)], [ColumnGuess("*", kind, why)]
