"""A TOML file becomes a `Playbook`, or one error that carries every mistake of the file.

`grammar` says what a file may contain. Reading goes in three steps: each value by its kind, then what only several
values together can get wrong (names, clocks, cycles), then the frozen objects of `nouns`.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, assert_never

import tomli

from playbook.rules import grammar
from playbook.rules.coherence import Mention, ReadTable, ReadTables, at_key, problems_together, reach
from playbook.rules.folders import BY_HAND, files_in, plain
from playbook.rules.grammar import (
    ChoiceValue,
    ConditionValue,
    DueValue,
    Flag,
    GrammarTable,
    Label,
    Many,
    Name,
    Number,
    One,
    Opening,
    Span,
    ValueKind,
    Word,
    allowed,
)
from playbook.rules.nouns import (
    Activity,
    Benchmark,
    Checklist,
    Duty,
    Escalation,
    Field,
    Hours,
    Midpoint,
    Outcome,
    Participation,
    Pause,
    PlannedDate,
    Playbook,
    Playbooks,
    Precedence,
    Role,
    Rule,
    Stage,
    Template,
)
from playbook.rules.offset import Offset, Unit
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, RulebookError, Said, did_you_mean, in_both, reason
from playbook.words.text import LANGS, Text

_MAX_DAYS = 36_600  # a hundred years; a longer offset is a slip of the finger and leaves every calendar


def read_playbook(path: Path) -> Playbook:
    """The playbook of one TOML file; RulebookError carries every mistake of it."""
    try:
        raw = plain(path, BY_HAND).read_bytes()
    except OSError as error:
        why = reason(error)
        raise RulebookError(
            Problem(str(path), msg("cannot be read: {reason}", reason=why), msg("a TOML file"))
        ) from None
    return parse_playbook(_decode(raw, str(path)), str(path))


def parse_playbook(text: str, place: str) -> Playbook:
    """The playbook that a text says; `place` names the text in errors, usually the path of its file."""
    return _playbook(text, place, drafts=True)


@cache
def builtin_playbooks() -> Playbooks:
    """The built-in playbooks, in the order of their file names."""
    found = sorted((Path(__file__).parent / "books").glob("*.toml"), key=lambda file: file.name)
    # The tests check the drafts of these files, so that no start of the program has to load Jinja for them.
    return Playbooks(_playbook(file.read_text(encoding="utf-8"), file.name, drafts=False) for file in found)


def playbooks_in(folder: Path) -> tuple[Playbook, ...]:
    """The playbooks of all `*.toml` files of a folder, by file name; none where there is no such folder.

    RulebookError carries the mistakes of all files, two files with one id included.
    """
    problems: list[Problem] = []
    books: dict[str, tuple[Path, Playbook]] = {}
    for path in files_in(folder, ".toml"):
        try:
            book = read_playbook(path)
        except RulebookError as error:
            problems.extend(error.problems)
            continue
        if book.id in books:
            first = books[book.id][0].name
            place = f"{path}, [playbook] {book.id}, key 'id'"
            problems.append(
                Problem(
                    place,
                    msg("'{id}' is also the id of {first}", id=book.id, first=first),
                    msg("an id used by one file"),
                )
            )
        books.setdefault(book.id, (path, book))
    if problems:
        raise RulebookError(problems)
    return tuple(book for _, book in books.values())


# Text and TOML -----------------------------------------------------------------------------------------------------


def _decode(raw: bytes, place: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = msg("in Notepad: Save as, encoding UTF-8 (メモ帳なら「名前を付けて保存」で文字コードを UTF-8 に)")
        raise RulebookError(Problem(f"{place}, line {line}", msg("the file is not UTF-8"), "UTF-8", hint)) from None


_POSITION = re.compile(r" \((?:at line (?P<line>\d+), column (?P<column>\d+)|at end of document)\)$")
_TOML_HINTS = {
    "Cannot declare": msg("a table that occurs several times has two brackets each time: [[rule]]"),
    "Cannot overwrite": msg("the same key or table is written twice"),
    "Invalid value": msg("a text stands between double quotes"),
    "Unescaped": msg("a backslash in a text is written twice"),
    "Invalid hex": msg("a backslash in a text is written twice"),
}


def _toml(text: str, place: str) -> dict[str, Any]:
    """The tables of a TOML text as plain dictionaries."""
    try:
        return tomli.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise RulebookError(Problem(place, msg("lists or tables nested too deeply"), msg("a TOML file"))) from None
    except ValueError as error:
        raise RulebookError(_syntax_problem(str(error), text, place)) from None


def _syntax_problem(message: str, text: str, place: str) -> Problem:
    """TOML stops at its first mistake, so this is the only problem of its file."""
    position = _POSITION.search(message)
    if position is None:
        endless = message.startswith("Exceeds the limit")  # so says Python of its digits
        found = msg("a number has thousands of digits") if endless else in_both(message, _TOML_SAYS)
        return Problem(place, found, msg("a TOML file"))
    line = int(position["line"] or text.count("\n") + 1)
    column = f", column {position['column']}" if position["column"] else " (end of the file)"
    allowed = msg('a line of TOML, such as role = "driver" or after = ["applied"]')
    hint = next((hint for start, hint in _TOML_HINTS.items() if message.startswith(start)), "")
    return Problem(f"{place}, line {line}{column}", in_both(message[: position.start()], _TOML_SAYS), allowed, hint)


_TOML_SAYS = (
    msg("Invalid value"),
    msg("Invalid statement"),
    msg("Invalid initial character for a key part"),
    msg("Expected '=' after a key in a key/value pair"),
    msg("Expected newline or end of document after a statement"),
    msg("Unterminated string"),
    msg("Illegal character {}"),
    msg("Cannot overwrite a value"),
    msg("Cannot declare {} twice"),
    msg("Unclosed array"),
    msg("Unclosed inline table"),
)
"""What the reader of TOML can say."""


def toml_of(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; RulebookError where it cannot be read."""
    try:
        raw = plain(path, BY_HAND).read_bytes()
    except OSError as error:
        why = reason(error)
        raise RulebookError(
            Problem(str(path), msg("cannot be read: {reason}", reason=why), msg("a TOML file"))
        ) from None
    return _toml(_decode(raw, str(path)), str(path))


# Values, each by its kind --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a file got wrong and what it mentions, gathered while its values are read.

    A value that cannot be used is noted and read as None, so that the rest of the file is read all the same.
    """

    drafts: bool
    problems: list[Problem] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)

    def note(self, place: Said, found: Said, allowed: Said, hint: Said = "") -> None:
        self.problems.append(Problem(place, found, allowed, hint))

    def rows(self, table: GrammarTable, value: object, place: str) -> list[ReadTable]:
        """The rows of one top-level table."""
        listed = [value] if table.single else value
        if isinstance(listed, list) and listed and all(isinstance(row, dict) for row in listed):
            return [self.row(table, row, place, number) for number, row in enumerate(listed, 1)]
        hint = msg("one table has single brackets, a table that may occur several times has two")
        self.note(
            f"{place}, {table.heading}",
            msg("found {shown}", shown=_shown(value)),
            msg("tables headed {heading}", heading=table.heading),
            hint,
        )
        return []

    def row(self, table: GrammarTable, value: dict[str, Any], place: str, number: int) -> ReadTable:
        which = _id_of(value) or ("" if table.single else f"number {number}")
        title = f"{table.heading} {which}".rstrip()
        place = f"{place}, {title}"
        return ReadTable(place, title, number, self.keys(table, value, place))

    def keys(self, table: GrammarTable, value: dict[str, Any], place: str) -> dict[str, Any]:
        """The usable values of one table by key."""
        known = {key.name: key for key in table}
        for name in value:
            if name not in known:
                hint = did_you_mean(name, list(known))
                self.note(at_key(place, name), msg("unknown key"), ", ".join(known), hint)
        for name, key in known.items():
            if key.required and name not in value:
                self.note(at_key(place, name), msg("missing"), allowed(key.kind))
        read = {
            name: self.value(key.kind, value[name], at_key(place, name)) for name, key in known.items() if name in value
        }
        return {name: usable for name, usable in read.items() if usable is not None}

    def value(self, kind: ValueKind | GrammarTable, value: object, place: str) -> Any:
        """The value in its final form; None, and its problems noted, where it cannot be used."""
        try:
            return self.by_kind(kind, value, place)
        except RulebookError as error:
            self.problems.extend(error.problems)
            return None

    def by_kind(self, kind: ValueKind | GrammarTable, value: object, place: str) -> Any:
        match kind:
            case Word():  # the most frequent first
                return _word(kind, value, place)
            case Many():
                return self.many(kind, value, place)
            case Name():
                return self.name(kind, value, place)
            case Label():
                return self.label(kind, value, place)
            case ChoiceValue():
                return _choice(kind, value, place)
            case Number():
                return _number(kind, value, place)
            case Flag():
                return _flag(kind, value, place)
            case Opening():
                return _opening(kind, value, place)
            case Span():
                return _span(kind, value, place)
            case ConditionValue():
                return _condition(kind, value, place)
            case DueValue():
                return self.due(kind, value, place)
            case One():
                return self.entry(kind.of, value, place)
            case GrammarTable():
                return self.entry(kind, value, place)
            case _:
                assert_never(kind)

    def name(self, kind: Name, value: object, place: str) -> str:
        name = _word(kind, value, place)
        self.mentions.append(Mention(place, name, kind.of))
        return name

    def label(self, kind: Label, value: object, place: str) -> Text | None:
        if not isinstance(value, dict):
            said = value if isinstance(value, str) and value.strip() and "\n" not in value else "..."
            raise _wrong(kind, value, place, msg('write {{ ja = "{said}", en = "..." }}', said=said))
        texts = self.keys(grammar.BOTH_LANGUAGES, value, place)
        if kind.draft and self.drafts:
            for lang, text in texts.items():
                self.problems.extend(_draft_problems(text, at_key(place, lang)))
        return Text(**texts) if len(texts) == len(LANGS) else None

    def due(self, kind: DueValue, value: object, place: str) -> tuple[Offset, ...] | str:
        if value == grammar.MIDPOINT:
            return grammar.MIDPOINT
        if not isinstance(value, list):
            return (_span(kind.of, value, place),)
        if not value:
            raise _wrong(kind, value, place)
        return self.entries(kind.of, value, place)

    def many(self, kind: Many, value: object, place: str) -> tuple[Any, ...]:
        if kind.alone and isinstance(value, str):
            return (self.by_kind(kind.of, value, place),)
        if not isinstance(value, list) or not value:
            raise _wrong(
                kind, value, place, msg('write ["{value}"]', value=value) if isinstance(value, str) and value else ""
            )
        named = [_id_of(entry) if isinstance(entry, dict) else entry for entry in value]
        ids = [id for id in named if isinstance(id, str) and id]
        if len(set(ids)) < len(ids):
            for id, times in Counter(ids).items():
                if times > 1:
                    self.note(place, msg("'{id}' occurs {times} times", id=id, times=times), msg("each entry once"))
        return self.entries(kind.of, value, place)

    def entries(self, kind: ValueKind | GrammarTable, value: list[object], place: str) -> tuple[Any, ...]:
        """The usable entries of a list."""
        read = (self.value(kind, entry, _at_entry(place, n, entry)) for n, entry in enumerate(value, 1))
        return tuple(usable for usable in read if usable is not None)

    def entry(self, table: GrammarTable, value: object, place: str) -> Any:
        """One built entry of a list of tables."""
        if not isinstance(value, dict):
            raise _wrong(table, value, place)
        before = len(self.problems)
        read = self.keys(table, value, place)
        return _BUILD[table.name](read) if len(self.problems) == before else None


def values_of(table: GrammarTable, value: dict[str, Any], place: str) -> dict[str, Any]:
    """The values of one table of another file than a rule book; RulebookError with every mistake of it."""
    reading = _Reading(drafts=False)
    values = reading.keys(table, value, place)
    if reading.problems:
        raise RulebookError(reading.problems)
    return values


def _wrong(kind: ValueKind | GrammarTable, value: object, place: Said, hint: Said = "") -> RulebookError:
    return RulebookError(Problem(place, msg("found {shown}", shown=_shown(value)), allowed(kind), hint))


def _word(kind: Word | Name, value: object, place: str) -> str:
    if isinstance(value, str) and re.search(kind.pattern, value):
        return value
    quoted = _is_number(value) and re.search(kind.pattern, str(value))
    raise _wrong(kind, value, place, msg('write "{value}"', value=value) if quoted else "")


def _choice(kind: ChoiceValue, value: object, place: str) -> str:
    if isinstance(value, str) and value in kind.words:
        return value
    raise _wrong(kind, value, place, did_you_mean(value, kind.words) if isinstance(value, str) else "")


def _number(kind: Number, value: object, place: str) -> float:
    if isinstance(value, int | float) and _is_number(value) and abs(value) <= sys.float_info.max:
        return float(value)
    raise _wrong(kind, value, place, msg("write it without quotes") if isinstance(value, str) and value else "")


def _flag(kind: Flag, value: object, place: str) -> bool:
    if isinstance(value, bool):
        return value
    quoted = isinstance(value, str) and value.strip() in ("true", "false")
    raise _wrong(kind, value, place, msg("write it without quotes") if quoted else "")


def _opening(kind: Opening, value: object, place: str) -> Hours:
    try:
        return Hours.parse(value if isinstance(value, str) else "")
    except ValueError:
        raise _wrong(kind, value, place) from None


def _span(kind: Span, value: object, place: str) -> Offset:
    if not isinstance(value, str):
        raise _wrong(
            kind, value, place, msg('write the unit too: "{value} days"', value=value) if _is_number(value) else ""
        )
    try:
        offset = Offset.parse(value)
    except ValueError:
        raise _wrong(kind, value, place, _offset_hint(value)) from None
    if offset.unit not in kind.units or (offset.negative and not kind.backwards):
        raise _wrong(kind, value, place)
    if min(map(abs, reach(offset))) > _MAX_DAYS * 24:
        raise RulebookError(
            Problem(place, msg("found {shown}", shown=_shown(value)), msg("an offset of at most a hundred years"))
        )
    return offset


def _condition(kind: ConditionValue, value: object, place: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not value:
        raise _wrong(kind, value, place)
    read: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for column, found in value.items():
        entries = found if isinstance(found, list) else [found]
        read[column] = tuple(filter(None, map(_cell, entries)))
        if not entries or len(read[column]) < len(entries):
            problems.extend(_wrong(kind, found, at_key(place, column)).problems)
    if problems:
        raise RulebookError(problems)
    return read


def _cell(value: object) -> str:
    """A value as cells spell it; empty where no cell can hold it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | str():
            return str(value).strip()
        case _:
            return ""


def _at_entry(place: str, number: int, entry: object) -> str:
    return f"{place}, entry {_id_of(entry) or number}"


def _id_of(value: object) -> str:
    """The id of a table, or an empty text where it has none that can name it."""
    id = value.get("id") if isinstance(value, dict) else None
    return id if isinstance(id, str) and id.strip() else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: object) -> Said:
    """A found value in few words."""
    match value:
        case str() if not value.strip():
            return msg("an empty text")
        case str():
            return f"'{value}'" if len(value) <= 60 else f"'{value[:57]}...'"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return msg("the number {value}", value=value) if len(str(value)) <= 60 else msg("a number too large")
        case list():
            return msg("a list") if value else msg("an empty list")
        case dict():
            return msg("a table") if value else msg("an empty table")
        case dt.date() | dt.time():
            return msg("the date or time {value}", value=value)
        case _:
            return f"{value!r}"


_UNIT_WORDS = {
    "営業時間": Unit.BUSINESS_HOUR,
    "営業日": Unit.BUSINESS_DAY,
    "時間": Unit.HOUR,
    "週": Unit.WEEK,
    "月": Unit.MONTH,
    "日": Unit.DAY,
    "business hour": Unit.BUSINESS_HOUR,
    "working hour": Unit.BUSINESS_HOUR,
    "hour": Unit.HOUR,
    "week": Unit.WEEK,
    "month": Unit.MONTH,
    "business": Unit.BUSINESS_DAY,
    "working": Unit.BUSINESS_DAY,
    "day": Unit.DAY,
}


def _offset_hint(written: str) -> Said:
    """What was probably meant by an offset that cannot be read.

    >>> _offset_hint("5営業日以内").en
    "did you mean '5 business days'?"
    >>> _offset_hint("100000 days").en
    "at most a hundred years, such as '1200 months'"
    """
    number = re.search(r"-?\d+", written)
    if number is not None and len(number[0].lstrip("-0")) > 5:
        return msg("at most a hundred years, such as '1200 months'")
    unit = next((unit for word, unit in _UNIT_WORDS.items() if word in written.lower()), None)
    if unit is not None and number is not None and int(number[0]):
        return msg("did you mean '{near}'?", near=Offset(int(number[0]), unit))
    return did_you_mean(written.lower(), [grammar.MIDPOINT, Unit.SAME_DAY])


def _draft_problems(text: str, place: str) -> Iterator[Problem]:
    """A syntax error of a Jinja template; Jinja stops at its first."""
    if not any(mark in text for mark in ("{{", "{%", "{#")):
        return
    from jinja2 import Environment, TemplateSyntaxError  # here, as most starts of the program read no draft

    try:
        Environment(autoescape=True).parse(text)
    except RecursionError:
        yield Problem(
            place, msg("lists or tables nested too deeply"), msg("a Jinja template, such as 'Dear {{ case.subject }}'")
        )
    except TemplateSyntaxError as error:
        found = msg("Jinja, line {lineno}: {rstrip}", lineno=error.lineno, rstrip=(error.message or "").rstrip("."))
        yield Problem(place, found, msg("a Jinja template, such as 'Dear {{ case.subject }}'"))


# The frozen objects


def _named(build: Callable[..., Any]) -> Callable[[Mapping[str, Any]], Any]:
    """A builder for tables whose label may be left out."""
    return lambda row: build(**{"name": Text(row["id"], row["id"]), **row})


def _labelled(build: Callable[..., Any], label: str) -> Callable[[Mapping[str, Any]], Any]:
    """A builder for entries that say their label in place."""

    def entry(row: Mapping[str, Any]) -> Any:
        others = {key: value for key, value in row.items() if key not in LANGS}
        return build(**others, **{label: Text(row["ja"], row["en"])})

    return entry


def _rule(row: Mapping[str, Any]) -> Rule:
    values = dict(row)
    toward, gap = values.pop("toward", None), values.pop("gap", None)
    if values["due"] == grammar.MIDPOINT:
        values |= {"due": (), "midpoint": Midpoint(toward, gap)}
    rule: Rule = _named(Rule)(values)
    return rule


def _role(row: Mapping[str, Any]) -> Role:
    role: Role = _named(Role)({"side": "client", **row})
    return role


_BUILD: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "activity": _named(Activity),
    "date": _named(PlannedDate),
    "stage": _named(Stage),
    "outcome": _named(Outcome),
    "role": _role,
    "rule": _rule,
    "precedence": _named(Precedence),
    "participation": _named(Participation),
    "checklist": _named(Checklist),
    "template": _named(Template),
    "benchmark": _named(Benchmark),
    "duty": _labelled(Duty, "text"),
    "escalation": lambda row: Escalation(**row),
    "pause": lambda row: Pause(**row),
    "field": _labelled(Field, "name"),
}
_PLURAL = {
    "activity": "activities",
    "date": "dates",
    "stage": "stages",
    "outcome": "outcomes",
    "role": "roles",
    "rule": "rules",
    "precedence": "precedences",
    "participation": "participations",
    "checklist": "checklists",
    "template": "templates",
    "benchmark": "benchmarks",
}


def _playbook(text: str, place: str, *, drafts: bool) -> Playbook:
    data = _toml(text, place)
    reading = _Reading(drafts)
    rows = _rows(data, place, reading)
    problems = [*reading.problems, *problems_together(rows, reading.mentions)]
    if problems:
        raise RulebookError(_row_by_row(problems, rows))
    tables = {plural: tuple(map(_BUILD[table], _values(rows[table]))) for table, plural in _PLURAL.items()}
    playbook: Playbook = _named(Playbook)({**rows["playbook"][0].values, **tables})
    return playbook


def _row_by_row(problems: list[Problem], rows: ReadTables) -> list[Problem]:
    """The problems in the order in which a person goes through the file."""
    places = [row.place for of_table in rows.values() for row in of_table]

    def order(problem: Problem) -> int:
        within = (n for n, place in enumerate(places) if f"{problem.place}, ".startswith(f"{place}, "))
        return next(within, -1)

    return sorted(problems, key=order)


def _values(rows: list[ReadTable]) -> Iterator[Mapping[str, Any]]:
    return (row.values for row in rows)


def _rows(data: dict[str, Any], place: str, reading: _Reading) -> ReadTables:
    """The rows of every table of the grammar; tables that it does not know are noted."""
    rows: dict[str, list[ReadTable]] = {name: [] for name in grammar.TABLES}
    for name, value in data.items():
        table = grammar.TABLES.get(name)
        if table is not None:
            rows[name] = reading.rows(table, value, place)
        else:
            where = f"{place}, {_heading(name, value)}"
            headings = ", ".join(table.heading for table in grammar.TABLES.values())
            reading.note(where, msg("unknown table"), headings, did_you_mean(name, list(grammar.TABLES)))
    if "playbook" not in data:
        reading.note(f"{place}, [playbook]", msg("missing"), msg("one [playbook] with at least an id"))
    return rows


def _heading(name: str, value: object) -> str:
    match value:
        case dict():
            return f"[{name}]"
        case list():
            return f"[[{name}]]"
        case _:
            return f"key '{name}'"
