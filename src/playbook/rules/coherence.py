"""What only several values of a rule book together can get wrong: names, counts, circles, clocks.

Rows come as they could be read, so a row may lack what its file got wrong; that is noted elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, assert_never

from playbook.rules.grammar import MIDPOINT, Name, allowed
from playbook.rules.offset import Offset, Unit
from playbook.words.catalogue import aside, msg
from playbook.words.problem import Problem, Said, did_you_mean

_LIST_AT_MOST = 12


def at_key(place: str, key: str) -> str:
    """The place of a key."""
    return f"{place}, key '{key}'"


@dataclass(frozen=True, slots=True)
class Mention:
    """A name used somewhere, to be looked up when all ids are known."""

    place: str
    name: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadTable:
    """One table of the file: what could be read of it, and where it stands."""

    place: str
    title: str
    number: int
    values: Mapping[str, Any]

    def at(self, key: str) -> str:
        """The place of one of its keys."""
        return at_key(self.place, key)

    def names(self, key: str) -> tuple[str, ...]:
        """The names that one of its keys holds; none where it holds nothing."""
        found: tuple[str, ...] = self.values.get(key) or ()
        return found


ReadTables = Mapping[str, list[ReadTable]]


def _ids(rows: list[ReadTable]) -> list[str]:
    return [row.values["id"] for row in rows if "id" in row.values]


def problems_together(rows: ReadTables, mentions: Collection[Mention]) -> Iterator[Problem]:
    """The problems of a whole file that no value has by itself."""
    for table, of_table in rows.items():
        yield from _repeated_ids(table, of_table)
    yield from _ids_of_both(rows)
    yield from _unknown_names(rows, mentions)
    yield from _claimed_twice(rows["stage"], "entered_by")
    yield from _claimed_twice(rows["outcome"], "by")
    yield from _circles(rows["role"])
    for rule in rows["rule"]:
        yield from _rule_problems(rule, set(_ids(rows["activity"])), set(_ids(rows["date"])))


def _repeated_ids(table: str, rows: list[ReadTable]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for row in rows:
        id = row.values.get("id")
        if id is not None and first.setdefault(id, row.number) != row.number:
            found = msg("number {number} repeats the id of number {first}", number=row.number, first=first[id])
            yield Problem(row.at("id"), found, msg("an id used once in [[{table}]]", table=table))


def _ids_of_both(rows: ReadTables) -> Iterator[Problem]:
    activities = set(_ids(rows["activity"]))
    for row in rows["date"]:
        if row.values.get("id") in activities:
            found = msg("'{id}' is also the id of an [[activity]]", id=row.values["id"])
            yield Problem(row.at("id"), found, msg("an id that is an activity or a planned date, not both"))


def _unknown_names(rows: ReadTables, mentions: Collection[Mention]) -> Iterator[Problem]:
    ids = {table: _ids(of_table) for table, of_table in rows.items()}
    names = {of: list(dict.fromkeys(id for table in of for id in ids[table])) for of in {one.of for one in mentions}}
    for mention in mentions:
        known = names[mention.of]
        if mention.name not in known:
            found, hint = _unknown(mention, ids, known)
            yield Problem(mention.place, found, _one_of(Name(mention.of), known), hint)


def _one_of(name: Name, known: list[str]) -> Said:
    """What a name may be, with the ids there are where they are few."""
    names = allowed(name)
    return aside(names, ", ".join(known)) if 0 < len(known) <= _LIST_AT_MOST else names


def _unknown(mention: Mention, ids: Mapping[str, list[str]], known: list[str]) -> tuple[Said, Said]:
    """What is wrong with a name, and a hint."""
    for table in ("activity", "date", "role", "template"):
        if mention.name in ids[table]:
            return msg("'{name}' is a [[{table}]]", name=mention.name, table=table), did_you_mean(mention.name, known)
    define = msg('define it: [[{of}]] id = "{name}"', of=mention.of[0], name=mention.name)
    return msg("'{name}' is not defined", name=mention.name), did_you_mean(mention.name, known) or define


def _claimed_twice(rows: list[ReadTable], key: str) -> Iterator[Problem]:
    """An activity enters one stage and ends a case in one way, else counts would depend on the order of the file.

    Two ways to end by one activity are two only where their conditions can never hold together.
    """
    owners: dict[str, list[ReadTable]] = {}
    for row in rows:
        for activity in row.names(key):
            earlier = owners.setdefault(activity, [])
            first = next((one for one in earlier if not _exclude_each_other(one, row)), None)
            if first is not None:
                found = msg("'{activity}' is already in {title}", activity=activity, title=first.title)
                yield Problem(row.at(key), found, msg("an activity in one '{key}' only", key=key))
            earlier.append(row)


def _exclude_each_other(one: ReadTable, other: ReadTable) -> bool:
    """Whether the conditions of two rows ask one column for different words."""
    first: Mapping[str, tuple[str, ...]] = one.values.get("when", {})
    second: Mapping[str, tuple[str, ...]] = other.values.get("when", {})
    return any(set(words).isdisjoint(second[column]) for column, words in first.items() if column in second)


def _circles(roles: list[ReadTable]) -> Iterator[Problem]:
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
            yield Problem(place, msg("a circle: {circle}", circle=circle), msg("a chain of roles that ends"))


def _rule_problems(rule: ReadTable, activities: set[str], dates: set[str]) -> Iterator[Problem]:
    due: tuple[Offset, ...] | str | None = rule.values.get("due")
    yield from _key_problems(rule, due, dates - activities)
    match due:
        case None:
            return
        case str():
            yield from _midpoint_problems(rule, dates - activities)
        case _:
            yield from _due_problems(rule, due, activities - dates)
            yield from _roll_problems(rule, due)


def _key_problems(rule: ReadTable, due: tuple[Offset, ...] | str | None, dates: set[str]) -> Iterator[Problem]:
    """A key matches answers to events; a planned date has none, and of a series each entry is a promise of its own."""
    if "key" not in rule.values:
        return
    for date in dates.intersection(rule.names("after")):
        found = msg("'{date}' is a planned date, and the rule has a key", date=date)
        yield Problem(rule.at("after"), found, msg("activities only"))
    if due == MIDPOINT or (due is not None and len(due) > 1):
        found = (
            msg("found with due '{midpoint}'", midpoint=MIDPOINT)
            if due == MIDPOINT
            else msg("found with a series of dues")
        )
        yield Problem(rule.at("key"), found, msg("key with one offset as due"))
    if "record" in rule.values:
        yield Problem(rule.at("record"), msg("found with a key"), msg("record without a key"))


def _roll_problems(rule: ReadTable, due: tuple[Offset, ...]) -> Iterator[Problem]:
    """Hours never fall on a closed day as such, and business days never do."""
    wait: Offset | None = rule.values.get("wait")
    counted = (*due, wait) if wait else due
    if "roll" in rule.values and not any(offset.rolls for offset in counted):
        written = ", ".join(f"'{offset}'" for offset in counted)
        found = msg("found with {written}, which no closed day moves", written=written)
        yield Problem(rule.at("roll"), found, msg("roll with 'same day', days, weeks or months"))


def _due_problems(rule: ReadTable, due: tuple[Offset, ...], activities: set[str]) -> Iterator[Problem]:
    yield from _stray_midpoint_keys(rule)
    backwards = [offset for offset in due if offset.negative]
    if backwards:
        yield from _backwards_problems(rule, backwards[0], activities)
    for earlier, later in pairwise(due):
        if _not_after(later, earlier):
            found = msg("'{later}' is listed after '{earlier}'", later=later, earlier=earlier)
            yield Problem(rule.at("due"), found, msg("a series in which every due is later than the one before"))


def _midpoint_problems(rule: ReadTable, dates: set[str]) -> Iterator[Problem]:
    for key in ("toward", "gap"):
        if key not in rule.values:
            yield Problem(
                rule.at(key), msg("missing"), msg("{key} wherever due is '{midpoint}'", key=key, midpoint=MIDPOINT)
            )
    for date in dates.intersection(rule.names("after")):
        found = msg("'{date}' is a planned date, and due is '{midpoint}'", date=date, midpoint=MIDPOINT)
        yield Problem(rule.at("after"), found, msg("activities only"))
    for key in ("wait", "pause"):
        if key in rule.values:
            yield Problem(
                rule.at(key),
                msg("found with due '{midpoint}'", midpoint=MIDPOINT),
                msg("{key} with an offset as due", key=key),
            )


def _stray_midpoint_keys(rule: ReadTable) -> Iterator[Problem]:
    for key in ("toward", "gap"):
        if key in rule.values:
            yield Problem(
                rule.at(key),
                msg("found without the midpoint"),
                msg('{key} with due = "{midpoint}"', key=key, midpoint=MIDPOINT),
            )


def _backwards_problems(rule: ReadTable, offset: Offset, activities: set[str]) -> Iterator[Problem]:
    for activity in rule.names("after"):
        if activity in activities:
            found = msg(
                "'{offset}' counts backwards from '{activity}', which is an activity", offset=offset, activity=activity
            )
            yield Problem(rule.at("due"), found, msg("backwards only where 'after' names planned dates alone"))
    for key in ("wait", "pause"):
        if key in rule.values:
            found = msg("found with the due '{offset}', which counts backwards", offset=offset)
            yield Problem(rule.at(key), found, msg("{key} with a due that counts forwards", key=key))


def reach(offset: Offset) -> tuple[int, int]:
    """The fewest and the most hours between a trigger and what an offset reaches, whatever the calendar.

    >>> reach(Offset.parse("1 month"))
    (672, 768)
    """
    n = offset.n
    match offset.unit:
        case Unit.HOUR:
            return n, n
        case Unit.BUSINESS_HOUR:  # at least one a business day, and the last may be reached at a day's end
            return n, 24 * (3 * n + 15) + 24
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
        return reach(later) <= reach(earlier)
    return reach(later)[1] <= reach(earlier)[0]
