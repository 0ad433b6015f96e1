"""A TOML file becomes a `Playbook`, or one error that carries every mistake of the file.

`grammar` says what a file may contain. Reading goes in three steps: each value by its kind, then what only several
values together can get wrong (names, clocks, cycles), then the frozen objects of `rulebook`.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, assert_never

from playbook import grammar
from playbook.errors import Problem, RulebookError, did_you_mean
from playbook.grammar import (
    Choice,
    Condition,
    Due,
    Kind,
    Label,
    Many,
    Name,
    Number,
    Span,
    Table,
    Word,
    allowed,
)
from playbook.offset import Offset, Unit
from playbook.rulebook import (
    Activity,
    Benchmark,
    Checklist,
    Duty,
    Escalation,
    Field,
    Midpoint,
    Outcome,
    Participation,
    PlannedDate,
    Playbook,
    Precedence,
    Role,
    Rule,
    Stage,
    Template,
)
from playbook.text import LANGS, Text

_MAX_DAYS = 36_600  # a hundred years; a longer offset is a slip of the finger and leaves every calendar
_LIST_AT_MOST = 12
_BOTH_LANGUAGES = Table("label", Text("表示名", "a label"), (grammar.JA, grammar.EN))


def read_playbook(path: Path) -> Playbook:
    """The playbook of one TOML file; RulebookError carries every mistake of it."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RulebookError(Problem(str(path), f"cannot be read: {reason}", "a TOML file")) from None
    return parse_playbook(_decode(raw, str(path)), str(path))


def parse_playbook(text: str, place: str) -> Playbook:
    """The playbook that a text says; `place` names the text in errors, usually the path of its file."""
    return _playbook(text, place, drafts=True)


@cache
def builtin_playbooks() -> tuple[Playbook, ...]:
    """The built-in playbooks, in the order of their file names."""
    folder = files("playbook") / "playbooks"
    found = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name
    )
    # The tests check the drafts of these files, so that no start of the program has to load Jinja for them.
    return tuple(_playbook(file.read_text(encoding="utf-8"), file.name, drafts=False) for file in found)


def playbooks_in(folder: Path) -> tuple[Playbook, ...]:
    """The playbooks of all `*.toml` files of a folder, by file name; none where there is no such folder.

    RulebookError carries the mistakes of all files, two files with one id included.
    """
    problems: list[Problem] = []
    books: dict[str, tuple[Path, Playbook]] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            book = read_playbook(path)
        except RulebookError as error:
            problems.extend(error.problems)
            continue
        if book.id in books:
            first = books[book.id][0].name
            place = f"{path}, [playbook] {book.id}, key 'id'"
            problems.append(
                Problem(place, f"'{book.id}' is also the id of {first}", "an id used by one file")
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
        hint = "in Notepad: Save as, encoding UTF-8 (メモ帳なら「名前を付けて保存」で文字コードを UTF-8 に)"
        raise RulebookError(
            Problem(f"{place}, line {line}", "the file is not UTF-8", "UTF-8", hint)
        ) from None


_POSITION = re.compile(r" \((?:at line (?P<line>\d+), column (?P<column>\d+)|at end of document)\)$")
_TWICE = re.compile(r"^Cannot (?:declare|overwrite).*")


def _toml(text: str, place: str) -> dict[str, Any]:
    """The tables of a TOML text as plain dictionaries."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise RulebookError(Problem(place, "lists or tables nested too deeply", "TOML")) from None
    except ValueError as error:
        raise RulebookError(_syntax_problem(str(error), text, place)) from None


def _syntax_problem(message: str, text: str, place: str) -> Problem:
    """TOML stops at its first mistake, so this is the only problem of its file."""
    position = _POSITION.search(message)
    if position is None:
        return Problem(place, message, "TOML")
    line = int(position["line"] or text.count("\n") + 1)
    column = f", column {position['column']}" if position["column"] else " (end of the file)"
    twice = _TWICE.match(message)
    hint = "a table that may occur several times has two brackets: [[rule]]" if twice else ""
    return Problem(f"{place}, line {line}{column}", message[: position.start()], "TOML", hint)


# Values, each by its kind --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mention:
    """A name used somewhere, to be looked up when all ids are known."""

    place: str
    name: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """One table of the file: what could be read of it, and where it stands."""

    place: str
    title: str
    number: int
    values: Mapping[str, Any]

    def at(self, key: str) -> str:
        return _at_key(self.place, key)

    def names(self, key: str) -> tuple[str, ...]:
        found: tuple[str, ...] = self.values.get(key) or ()
        return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a file got wrong and what it mentions, gathered while its values are read.

    A value that cannot be used is noted and read as None, so that the rest of the file is read all the same.
    """

    drafts: bool
    problems: list[Problem] = field(default_factory=list)
    mentions: list[_Mention] = field(default_factory=list)

    def note(self, place: str, found: str, allowed: str, hint: str = "") -> None:
        self.problems.append(Problem(place, found, allowed, hint))

    def rows(self, table: Table, value: object, place: str) -> list[_Row]:
        """The rows of one top-level table."""
        listed = [value] if table.single else value
        if isinstance(listed, list) and listed and all(isinstance(row, dict) for row in listed):
            return [self.row(table, row, place, number) for number, row in enumerate(listed, 1)]
        hint = "one table has single brackets, a table that may occur several times has two"
        self.note(
            f"{place}, {table.heading}", f"found {_shown(value)}", f"tables headed {table.heading}", hint
        )
        return []

    def row(self, table: Table, value: dict[str, Any], place: str, number: int) -> _Row:
        title = f"{table.heading} {_id_of(value) or f'number {number}'}"
        place = f"{place}, {title}"
        return _Row(place, title, number, self.keys(table, value, place))

    def keys(self, table: Table, value: dict[str, Any], place: str) -> dict[str, Any]:
        """The usable values of one table by key."""
        known = {key.name: key for key in table}
        for name in value.keys() - known.keys():
            self.note(_at_key(place, name), "unknown key", ", ".join(known), did_you_mean(name, list(known)))
        for name, key in known.items():
            if key.required and name not in value:
                self.note(_at_key(place, name), "missing", allowed(key.kind))
        read = {
            name: self.value(key.kind, value[name], _at_key(place, name))
            for name, key in known.items()
            if name in value
        }
        return {name: usable for name, usable in read.items() if usable is not None}

    def value(self, kind: Kind | Table, value: object, place: str) -> Any:
        """The value in its final form; None, and its problems noted, where it cannot be used."""
        try:
            return self.by_kind(kind, value, place)
        except RulebookError as error:
            self.problems.extend(error.problems)
            return None

    def by_kind(self, kind: Kind | Table, value: object, place: str) -> Any:
        match kind:
            case Word():
                return _word(kind, value, place)
            case Choice():
                return _choice(kind, value, place)
            case Number():
                return _number(kind, value, place)
            case Span():
                return _span(kind, value, place)
            case Condition():
                return _condition(kind, value, place)
            case Name():
                return self.name(kind, value, place)
            case Label():
                return self.label(kind, value, place)
            case Due():
                return self.due(kind, value, place)
            case Many():
                return self.many(kind, value, place)
            case Table():
                return self.entry(kind, value, place)
            case _:
                assert_never(kind)

    def name(self, kind: Name, value: object, place: str) -> str:
        name = _word(Word(allowed=allowed(kind)), value, place)
        self.mentions.append(_Mention(place, name, kind.of))
        return name

    def label(self, kind: Label, value: object, place: str) -> Text | None:
        if not isinstance(value, dict):
            said = value if isinstance(value, str) and value.strip() and "\n" not in value else "..."
            raise _wrong(kind, value, place, f'write {{ ja = "{said}", en = "..." }}')
        texts = self.keys(_BOTH_LANGUAGES, value, place)
        if kind.draft and self.drafts:
            for lang, text in texts.items():
                self.problems.extend(_draft_problems(text, _at_key(place, lang)))
        return Text(**texts) if len(texts) == len(LANGS) else None

    def due(self, kind: Due, value: object, place: str) -> tuple[Offset, ...]:
        """The offsets; none of them is how the midpoint is said."""
        if value == grammar.MIDPOINT:
            return ()
        if not isinstance(value, list):
            return (_offset(kind, value, place),)
        if not value:
            raise _wrong(kind, value, place)
        return tuple(_offset(kind, entry, _at_entry(place, n, entry)) for n, entry in enumerate(value, 1))

    def many(self, kind: Many, value: object, place: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise _wrong(kind, value, place, f'write ["{value}"]' if isinstance(value, str) and value else "")
        read = [self.value(kind.of, entry, _at_entry(place, n, entry)) for n, entry in enumerate(value, 1)]
        ids = (_id_of(entry) if isinstance(entry, dict) else entry for entry in value)
        for id, times in Counter(id for id in ids if isinstance(id, str) and id).items():
            if times > 1:
                self.note(place, f"'{id}' occurs {times} times", "each entry once")
        return tuple(usable for usable in read if usable is not None)

    def entry(self, table: Table, value: object, place: str) -> Any:
        """One built entry of a list of tables."""
        if not isinstance(value, dict):
            raise _wrong(table, value, place)
        before = len(self.problems)
        read = self.keys(table, value, place)
        return _BUILD[table.name](read) if len(self.problems) == before else None


def _wrong(kind: Kind | Table, value: object, place: str, hint: str = "") -> RulebookError:
    return RulebookError(Problem(place, f"found {_shown(value)}", allowed(kind), hint))


def _word(kind: Word, value: object, place: str) -> str:
    if isinstance(value, str) and re.search(kind.pattern, value):
        return value
    quoted = _is_number(value) and re.search(kind.pattern, str(value))
    raise _wrong(kind, value, place, f'write "{value}"' if quoted else "")


def _choice(kind: Choice, value: object, place: str) -> str:
    if isinstance(value, str) and value in kind.words:
        return value
    raise _wrong(kind, value, place, did_you_mean(value, kind.words) if isinstance(value, str) else "")


def _number(kind: Number, value: object, place: str) -> float:
    if isinstance(value, int | float) and _is_number(value) and abs(value) <= sys.float_info.max:
        return float(value)
    raise _wrong(kind, value, place, "write it without quotes" if isinstance(value, str) and value else "")


def _span(kind: Span, value: object, place: str) -> Offset:
    offset = _offset(kind, value, place)
    if offset.negative or offset.unit not in kind.units:
        raise _wrong(kind, value, place)
    return offset


def _offset(kind: Span | Due, value: object, place: str) -> Offset:
    if not isinstance(value, str):
        raise _wrong(kind, value, place, f'write the unit too: "{value} days"' if _is_number(value) else "")
    try:
        offset = Offset.parse(value)
    except ValueError as error:
        problem = Problem(place, f"found {_shown(value)}", str(error), _offset_hint(value))
        raise RulebookError(problem) from None
    if min(map(abs, _hours(offset))) > _MAX_DAYS * 24:
        raise RulebookError(Problem(place, f"found {_shown(value)}", "an offset of at most a hundred years"))
    return offset


def _condition(kind: Condition, value: object, place: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not value:
        raise _wrong(kind, value, place)
    read: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for column, found in value.items():
        entries = found if isinstance(found, list) else [found]
        read[column] = tuple(filter(None, map(_cell, entries)))
        if not entries or len(read[column]) < len(entries):
            problems.extend(_wrong(kind, found, _at_key(place, column)).problems)
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


def _at_key(place: str, key: str) -> str:
    return f"{place}, key '{key}'"


def _at_entry(place: str, number: int, entry: object) -> str:
    return f"{place}, entry {_id_of(entry) or number}"


def _id_of(value: object) -> str:
    """The id of a table, or an empty text where it has none that can name it."""
    id = value.get("id") if isinstance(value, dict) else None
    return id if isinstance(id, str) and id.strip() else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: object) -> str:
    """A found value in few words."""
    match value:
        case str():
            return f"'{value}'" if len(value) <= 60 else f"'{value[:57]}...'"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value:.20g}" if abs(value) < 1e20 else "a number too large"
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "a table" if value else "an empty table"
        case dt.date() | dt.time():
            return f"the date or time {value}"
        case _:
            return f"{value!r}"


def _offset_hint(written: str) -> str:
    """What was probably meant by an offset that cannot be read."""
    number = re.search(r"-?[0-9]+", written)
    units = [unit.value for unit in grammar.FORWARD_UNITS]
    words = re.sub(r"[^a-z ]", "", written.lower()).strip().removesuffix("s")
    near = did_you_mean(words, units).removeprefix("did you mean '").removesuffix("'?")
    if number is None or not int(number[0]) or not near:
        return did_you_mean(written.lower(), ["same day"])
    return f"did you mean '{Offset(int(number[0]), Unit(near))}'?"


def _draft_problems(text: str, place: str) -> Iterator[Problem]:
    """A syntax error of a Jinja template; Jinja stops at its first."""
    if not any(mark in text for mark in ("{{", "{%", "{#")):
        return
    from jinja2 import Environment, TemplateSyntaxError  # here, as most starts of the program read no draft

    try:
        Environment(autoescape=True).parse(text)
    except TemplateSyntaxError as error:
        found = f"Jinja, line {error.lineno}: {error.message}"
        yield Problem(place, found, "a Jinja template, such as 'Dear {{ case.subject }}'")


# What only several values together can get wrong -----------------------------------------------------------------------

_Rows = Mapping[str, list[_Row]]


def _ids(rows: list[_Row]) -> list[str]:
    return [row.values["id"] for row in rows if "id" in row.values]


def _together(rows: _Rows, mentions: Iterable[_Mention]) -> Iterator[Problem]:
    for table, of_table in rows.items():
        yield from _repeated_ids(table, of_table)
    yield from _ids_of_both(rows)
    yield from _unknown_names(rows, mentions)
    yield from _claimed_twice(rows["stage"], "entered_by")
    yield from _claimed_twice(rows["outcome"], "by")
    yield from _circles(rows["role"])
    for rule in rows["rule"]:
        yield from _rule_problems(rule, set(_ids(rows["activity"])), set(_ids(rows["date"])))


def _repeated_ids(table: str, rows: list[_Row]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for row in rows:
        id = row.values.get("id")
        if id is not None and first.setdefault(id, row.number) != row.number:
            found = f"number {row.number} repeats the id of number {first[id]}"
            yield Problem(row.at("id"), found, f"an id used once in [[{table}]]")


def _ids_of_both(rows: _Rows) -> Iterator[Problem]:
    activities = set(_ids(rows["activity"]))
    for row in rows["date"]:
        if row.values.get("id") in activities:
            allowed = "an id that is an activity or a planned date, not both"
            yield Problem(row.at("id"), f"'{row.values['id']}' is also the id of an [[activity]]", allowed)


def _unknown_names(rows: _Rows, mentions: Iterable[_Mention]) -> Iterator[Problem]:
    ids = {table: _ids(of_table) for table, of_table in rows.items()}
    for mention in mentions:
        known = [id for table in mention.of for id in ids[table]]
        if mention.name not in known:
            yield Problem(
                mention.place,
                f"'{mention.name}' is not defined",
                f"{allowed(Name(mention.of))}{_listed(known)}",
                _name_hint(mention, ids, known),
            )


def _listed(known: list[str]) -> str:
    return f" ({', '.join(known)})" if 0 < len(known) <= _LIST_AT_MOST else ""


def _name_hint(mention: _Mention, ids: Mapping[str, list[str]], known: list[str]) -> str:
    for table in ("activity", "date", "role", "template", "stage", "outcome"):
        if mention.name in ids[table]:
            return f"'{mention.name}' is defined as [[{table}]], which does not go here"
    return did_you_mean(mention.name, known) or f'define it: [[{mention.of[0]}]] id = "{mention.name}"'


def _claimed_twice(rows: list[_Row], key: str) -> Iterator[Problem]:
    """An activity enters one stage and ends a case in one way, else counts would depend on the order of the file."""
    owner: dict[str, _Row] = {}
    for row in rows:
        for activity in row.names(key):
            first = owner.setdefault(activity, row)
            if first is not row:
                found = f"'{activity}' is already in {first.place.rpartition(', ')[2]}"
                yield Problem(row.at(key), found, f"an activity in one '{key}' only")


def _circles(roles: list[_Row]) -> Iterator[Problem]:
    """Roles that fall to each other in a circle, each circle once."""
    falls_to = {row.values.get("id"): row.values.get("falls_to") for row in roles}
    seen: set[str] = set()
    for row in roles:
        path: list[str] = []
        role = row.values.get("id")
        while role is not None and role not in seen:
            seen.add(role)
            path.append(role)
            role = falls_to.get(role)
        if role in path:
            circle = " -> ".join([*path[path.index(role) :], role])
            place = next(row for row in roles if row.values.get("id") == role).at("falls_to")
            yield Problem(place, f"a circle: {circle}", "a chain of roles that ends")


def _rule_problems(rule: _Row, activities: set[str], dates: set[str]) -> Iterator[Problem]:
    due: tuple[Offset, ...] | None = rule.values.get("due")
    if due is None:
        return
    if due == ():
        yield from _midpoint_problems(rule, dates - activities)
        return
    yield from _stray_midpoint_keys(rule)
    backwards = [offset for offset in due if offset.negative]
    if backwards:
        yield from _backwards_problems(rule, backwards[0], activities - dates)
    for earlier, later in pairwise(due):
        if _not_after(later, earlier):
            allowed = "a series in which every due is later than the one before"
            yield Problem(rule.at("due"), f"'{later}' comes after '{earlier}' in the list", allowed)
    if "record" in rule.values and len(due) > 1:
        yield Problem(rule.at("record"), f"found with a list of {len(due)} dues", "record with a single due")


def _midpoint_problems(rule: _Row, dates: set[str]) -> Iterator[Problem]:
    for key in ("toward", "gap"):
        if key not in rule.values:
            kind = _kind("rule", key)
            yield Problem(rule.at(key), f"missing, as due is '{grammar.MIDPOINT}'", allowed(kind))
    for date in dates.intersection(rule.names("after")):
        found = f"'{date}' is a planned date, and due is '{grammar.MIDPOINT}'"
        yield Problem(rule.at("after"), found, "activities only")
    if "wait" in rule.values:
        yield Problem(rule.at("wait"), f"found with due '{grammar.MIDPOINT}'", "wait with an offset as due")


def _stray_midpoint_keys(rule: _Row) -> Iterator[Problem]:
    for key in ("toward", "gap"):
        if key in rule.values:
            yield Problem(
                rule.at(key), "found without the midpoint", f'{key} with due = "{grammar.MIDPOINT}"'
            )


def _backwards_problems(rule: _Row, offset: Offset, activities: set[str]) -> Iterator[Problem]:
    for activity in rule.names("after"):
        if activity in activities:
            found = f"'{offset}' counts backwards from '{activity}', which is an activity"
            yield Problem(rule.at("due"), found, "backwards only where 'after' names planned dates alone")
    if "wait" in rule.values:
        found = f"found with the due '{offset}', which counts backwards"
        yield Problem(rule.at("wait"), found, "wait with a due that counts forwards")


def _kind(table: str, key: str) -> Kind:
    found = grammar.TABLES[table].key(key)
    assert found is not None
    return found.kind


def _hours(offset: Offset) -> tuple[int, int]:
    """The fewest and the most hours between a trigger and what an offset reaches, whatever the calendar.

    >>> _hours(Offset.parse("1 month"))
    (672, 768)
    """
    n = offset.n
    match offset.unit:
        case Unit.HOUR:
            return n, n
        case Unit.SAME_DAY:
            return 0, 24
        case Unit.DAY:
            return 24 * n, 24 * n + 24
        case Unit.WEEK:
            return 24 * 7 * n, 24 * 7 * n + 24
        case Unit.MONTH:
            shortest, longest = sorted((28 * n, 31 * n))
            return 24 * shortest, 24 * longest + 24
        case Unit.BUSINESS_DAY:
            shortest, longest = sorted((n, 3 * n + (15 if n > 0 else -15)))
            return 24 * shortest, 24 * longest + 24
        case Unit.MIDPOINT:
            raise ValueError("a midpoint is no offset")
        case _:
            assert_never(offset.unit)


def _not_after(later: Offset, earlier: Offset) -> bool:
    """Whether `later` is not after `earlier` for certain: no calendar could put it there.

    >>> _not_after(Offset.parse("1 week"), Offset.parse("7 days"))
    True
    >>> _not_after(Offset.parse("30 days"), Offset.parse("1 month"))
    False
    """
    if later.unit is earlier.unit:
        return later.n <= earlier.n
    day_like = {Unit.DAY, Unit.WEEK, Unit.SAME_DAY}
    if {later.unit, earlier.unit} <= day_like:
        return _hours(later) <= _hours(earlier)
    return _hours(later)[1] <= _hours(earlier)[0]


# The frozen objects ----------------------------------------------------------------------------------------------------


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
    midpoint = Midpoint(toward, gap) if toward else None
    rule: Rule = _named(Rule)({**values, "midpoint": midpoint})
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
    problems = [*reading.problems, *_together(rows, reading.mentions)]
    if problems:
        raise RulebookError(problems)
    tables = {plural: tuple(map(_BUILD[table], _values(rows[table]))) for table, plural in _PLURAL.items()}
    playbook: Playbook = _named(Playbook)({**rows["playbook"][0].values, **tables})
    return playbook


def _values(rows: list[_Row]) -> Iterator[Mapping[str, Any]]:
    return (row.values for row in rows)


def _rows(data: dict[str, Any], place: str, reading: _Reading) -> _Rows:
    """The rows of every table of the grammar; tables that it does not know are noted."""
    rows: dict[str, list[_Row]] = {name: [] for name in grammar.TABLES}
    for name, value in data.items():
        table = grammar.TABLES.get(name)
        if table is not None:
            rows[name] = reading.rows(table, value, place)
        else:
            where = f"{place}, {_heading(name, value)}"
            headings = ", ".join(table.heading for table in grammar.TABLES.values())
            reading.note(where, "unknown table", headings, did_you_mean(name, list(grammar.TABLES)))
    if "playbook" not in data:
        reading.note(f"{place}, [playbook]", "missing", "one [playbook] with at least an id")
    return rows


def _heading(name: str, value: object) -> str:
    match value:
        case dict():
            return f"[{name}]"
        case list():
            return f"[[{name}]]"
        case _:
            return f"key '{name}'"
