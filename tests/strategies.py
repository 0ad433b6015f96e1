"""Random but valid rule books, workspaces and as-of moments, small and full of ties, holidays and month ends.

`random_scenario` builds one from a `random.Random`, so that thousands run fast; `scenarios` draws its seeds from
hypothesis, and `shrinking.smallest` makes a failing one small. What is drawn is valid in the grammar of
DESIGN section 3, and every cell is text or None, as a CSV holds it. Of the `FEATURES` only those are drawn that are
asked for, all of them unless said otherwise; each of them now and then, several at once.
"""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Book = dict[str, Any]
Tables = dict[str, list[dict[str, Any]]]
AsOf = date | datetime
Scenario = tuple[list[Book], Tables, AsOf]
T = TypeVar("T")

TOKYO = ZoneInfo("Asia/Tokyo")

FEATURES = frozenset(
    {
        "versions",  # rows that were told anew, or are gone; dates that move
        "earliest",  # events known only to lie between two moments
        "answers",
        "tenures",  # assignments from a day to a day
        "pause",
        "roll",
        "business hours",
        "key",
        "by the day",  # -0 days
        "toward",  # a date on the event itself
        "ends when",  # outcomes with a condition
        "gates",  # conditions, scope, within and fresh in what is no clock
        "channels",
    }
)
Features = Collection[str]
NONE: Features = frozenset()
"""What a workspace holds that uses nothing of the second contract."""

ACTIVITIES = (
    "applied",
    "invited",
    "met",
    "offered",
    "signed",
    "rejected",
    "withdrawn",
    "auto_closed",
    "contacted",
)
DATES = ("closes_on", "joins_on", "next_interview_on")
ROLES = ("driver", "sales", "approver", "boss")
PEOPLE = ("佐藤", "鈴木", "高橋", "田中")
CLIENTS = ("C1", "C2")
OPENINGS = ("O1", "O2")
OUTCOMES = {"signed": "won", "rejected": "rejected", "withdrawn": "declined", "auto_closed": "lapsed"}
SIDES = ("client", "candidate", "agency", "bank")
CHANNELS = ("mail", "voice", "visit")
QUESTIONS = ("転勤", "年収", "年収")
VALUES = {"reaction": ("considering", "declines"), "priority": (1, 2), "urgent": (True, False)}

# Days around which all happens: holidays in a row, year end, month ends, leap day, golden week, a plain week.
ANCHORS = (
    date(2026, 9, 17),
    date(2026, 9, 19),
    date(2026, 12, 28),
    date(2026, 8, 29),
    date(2027, 2, 26),
    date(2028, 2, 27),
    date(2027, 4, 28),
    date(2026, 11, 16),
)
TIMES = (time(0), time(0), time(9), time(9), time(12, 30), time(18), time(23, 59, 59, 999999))
LATER = (0, 0, 1, 1, 2, 3, 4, 5, 7, 7, 8, 10, 14, 15)
MUCH_LATER = (*LATER, 21, 31, 45, 63, 95, 190)

OFFSETS = (
    "same day",
    "1 day",
    "2 days",
    "7 days",
    "1 week",
    "1 business day",
    "2 business days",
    "5 business days",
    "24 hours",
    "48 hours",
    "1 month",
    "6 months",
)
BACKWARDS = ("-1 day", "-3 days", "-1 week", "-1 month", "-1 business day", "-3 business days")
BUSINESS_HOURS = ("1 business hour", "2 business hours", "9 business hours", "20 business hours")
HOURS = ("09:00-17:30", "10:00-19:00", "00:00-24:00", "09:00-12:30")
WAITS = ("1 day", "2 days", "1 week", "1 business day", "2 business days", "24 hours", "1 month")
SERIES = (
    ("1 day", "3 days", "7 days"),
    ("same day", "2 business days", "10 business days"),
    ("24 hours", "72 hours"),
    ("1 week", "2 weeks"),
    ("1 month", "3 months", "6 months"),
    ("2 days", "1 month"),
    ("1 day",),
)
BACKWARD_SERIES = (("-7 days", "-1 day"), ("-3 days", "3 days"), ("-1 month", "-5 business days", "1 day"))

# The columns of DESIGN section 2, with the further ones that are drawn here.
COLUMNS = {
    "events": (
        *("case_id", "activity", "timestamp", "resource", "role", "channel", "reason", "note", "recorded_at"),
        *("reaction", "urgent", "memo", "earliest", "gone", "question", "next_interview_on"),
    ),
    "cases": (
        *("case_id", "playbook", "client_id", "opening_id", "subject", "position", "created_at"),
        *(*DATES, "reaction", "priority", "memo", "wage", "recorded_at", "gone"),
    ),
    "openings": ("opening_id", "client_id", "title", *DATES, "priority", "urgent", "recorded_at", "gone"),
    "assignments": ("role", "person", "client_id", "opening_id", "case_id", "from_on", "to_on", "recorded_at", "gone"),
    "closures": ("date", "name", "client_id", "recorded_at", "gone"),
    "answers": (*("case_id", "rule_id", "answer", "recorded_at", "until", "trigger_at", "waiting_on", "by", "note"),),
}


# --- rule books -------------------------------------------------------------------------------------------


def some(rng: random.Random, items: Sequence[T], least: int, most: int) -> list[T]:
    """From `least` to `most` different ones, in random order."""
    return rng.sample(list(items), rng.randint(min(least, len(items)), min(most, len(items))))


def chance(rng: random.Random, percent: int) -> bool:
    """True that often."""
    return rng.randint(1, 100) <= percent


def named(id_: str) -> dict[str, Any]:
    """An id with a label in both languages."""
    return {"id": id_, "name": {"ja": f"「{id_}」", "en": f'"{id_}"'}}


def random_due(rng: random.Random, features: Features, *, backwards: bool) -> str | list[str]:
    """One offset or a series; counted backwards only where that is allowed."""
    if chance(rng, 35):
        return list(rng.choice(BACKWARD_SERIES if backwards and chance(rng, 40) else SERIES))
    if backwards and chance(rng, 50):
        return "-0 days" if "by the day" in features and chance(rng, 40) else rng.choice(BACKWARDS)
    return random_offset(rng, features, OFFSETS)


def random_offset(rng: random.Random, features: Features, offsets: Sequence[str]) -> str:
    """One of the offsets, or business hours."""
    return rng.choice(BUSINESS_HOURS if "business hours" in features and chance(rng, 20) else offsets)


def random_when(rng: random.Random) -> dict[str, Any]:
    """Conditions on columns; a value is a scalar or a list."""
    found: dict[str, Any] = {}
    for column in some(rng, list(VALUES), 1, 2):
        values = some(rng, VALUES[column], 1, 2)
        found[column] = values[0] if chance(rng, 40) else values
    return found


def random_rule(
    rng: random.Random, n: int, activities: list[str], roles: list[str], features: Features = FEATURES
) -> dict[str, Any]:
    """One rule: on events, on planned dates or on both; with every option now and then."""
    rule: dict[str, Any] = named(f"rule-{n}")
    kind = rng.choice(("events", "events", "events", "dates", "dates", "both", "midpoint"))
    on_dates = some(rng, DATES, 1, 2) if kind in ("dates", "both") else []
    rule["after"] = on_dates + (some(rng, activities, 1, 2) if kind != "dates" else [])
    if chance(rng, 30):
        rule["when"] = random_when(rng)
    if kind == "midpoint":
        rule |= {
            "due": "midpoint",
            "toward": rng.choice(DATES),
            "gap": rng.choice(("2 days", "7 days", "1 week")),
        }
    elif chance(rng, 25):
        wait = random_offset(rng, features, WAITS)
        rule |= {"wait": wait, "due": random_due(rng, features, backwards=False)}
    else:
        rule["due"] = random_due(rng, features, backwards=kind == "dates")
    rule["until"] = some(rng, activities, 1, 2)
    if chance(rng, 40):
        rule["unless"] = some(rng, activities, 1, 2)
    rule["role"] = rng.choice(roles)
    if "channels" in features and chance(rng, 40):
        named_channels = some(rng, CHANNELS, 1, 2)
        rule["channel"] = named_channels if len(named_channels) > 1 or chance(rng, 30) else named_channels[0]
    add_counting(rng, rule, activities, features)
    if chance(rng, 40):
        steps = rng.choice((("same day",), ("24 hours", "3 days"), ("1 business day", "1 week"), ("2 days",)))
        rule["escalate"] = [{"after": after, "to": rng.choice(roles)} for after in steps]
    if chance(rng, 30) and "key" not in rule:
        endings = [activity for activity in activities if activity in OUTCOMES]
        rule["record"] = rng.choice(endings if endings and chance(rng, 70) else activities)
    rule["basis"] = "ours"
    return rule


def add_counting(rng: random.Random, rule: dict[str, Any], activities: list[str], features: Features) -> None:
    """How the rule counts: with pauses, rolled, one answer a promise; where the grammar allows it."""
    dues = [rule["due"]] if isinstance(rule["due"], str) else rule["due"]
    forwards = dues != ["midpoint"] and not any(due.startswith("-") for due in dues)
    on_events = not set(DATES) & set(rule["after"])
    moved = [offset for offset in (*dues, rule.get("wait", "")) if "business" not in offset and "hour" not in offset]
    if "pause" in features and forwards and chance(rng, 45):
        first, *rest = some(rng, activities, 2, 3)
        rule["pause"] = {"after": [first], "until": rest}
    if "roll" in features and any(moved) and chance(rng, 40):
        rule["roll"] = rng.choice(("next", "previous"))
    if "key" in features and forwards and on_events and isinstance(rule["due"], str) and chance(rng, 35):
        rule["key"] = "question"


def random_book(rng: random.Random, id_: str, features: Features = FEATURES) -> Book:
    """One valid rule book."""
    activities = some(rng, ACTIVITIES, 5, 9)
    roles = some(rng, ROLES, 1, 4)
    book: Book = {"playbook": named(id_) | {"source": "random"}}
    if chance(rng, 40):
        book["playbook"]["calendar"] = rng.choice(("jp-bank", "jp-bank", "jp"))
    if "business hours" in features and chance(rng, 30):
        book["playbook"]["hours"] = rng.choice(HOURS)
    book["activity"] = [
        named(activity) | ({"passes_to": rng.choice(SIDES)} if "gates" in features and chance(rng, 30) else {})
        for activity in activities
    ]
    book["date"] = [named(planned) for planned in DATES]
    entering = some(rng, activities, 1, 5)
    if chance(rng, 85):
        first = entering[: 1 + len(entering) // 3]
        book["stage"] = [named("stage-0") | {"entered_by": first}]
        for n, activity in enumerate(entering[len(first) :], start=1):
            book["stage"].append(named(f"stage-{n}") | {"entered_by": [activity]})
    endings = [activity for activity in activities if activity in OUTCOMES and chance(rng, 75)]
    if endings:
        book["outcome"] = [
            named(f"ends-{activity}")
            | {"kind": OUTCOMES[activity], "by": [activity]}
            | ({"when": random_when(rng)} if "ends when" in features and chance(rng, 30) else {})
            for activity in endings
        ]
    book["role"] = []
    for n, role in enumerate(roles):
        falls = {"falls_to": rng.choice(roles[n + 1 :])} if roles[n + 1 :] and chance(rng, 60) else {}
        book["role"].append(named(role) | {"side": "agency"} | falls)
    book["rule"] = [random_rule(rng, n, activities, roles, features) for n in range(rng.randint(1, 6))]
    add_gates(rng, book, activities, roles, features)
    return book


def add_gates(rng: random.Random, book: Book, activities: list[str], roles: list[str], features: Features) -> None:
    """What a book asks for that is no clock: an order of steps, what is filled in, who takes part."""
    if chance(rng, 50):
        later, *before = some(rng, activities, 2, 3)
        book["precedence"] = [named("in-order") | {"activity": later, "requires": before} | gate(rng, features)]
        if "gates" in features:
            further = {
                "scope": rng.choice(("client", "client", "case")),
                "within": rng.choice(("3 days", "1 week", "1 month")),
                "fresh": True,
            }
            book["precedence"][0] |= {key: further[key] for key in some(rng, list(further), 1, 2)}
    if chance(rng, 40):
        fields = [{"id": name, "ja": name, "en": name} for name in some(rng, ("memo", "wage", "joins_on"), 1, 3)]
        book["checklist"] = [
            named("filled-in") | {"at": rng.choice(activities), "fields": fields} | gate(rng, features)
        ]
    if chance(rng, 40):
        book["participation"] = [
            named("took-part")
            | {"activity": rng.choice(activities), "roles": some(rng, roles, 1, 2)}
            | gate(rng, features)
        ]


def gate(rng: random.Random, features: Features) -> dict[str, Any]:
    """A condition now and then, where conditions are asked for."""
    return {"when": random_when(rng)} if "gates" in features and chance(rng, 40) else {}


def random_books(rng: random.Random, features: Features = FEATURES) -> list[Book]:
    """One to three rule books that share their vocabulary."""
    return [random_book(rng, f"book-{n}", features) for n in range(rng.choice((1, 1, 1, 2, 2, 3)))]


# --- workspaces -------------------------------------------------------------------------------------------


def blank(rng: random.Random) -> str | None:
    """An empty cell."""
    return rng.choice(("", None))


def maybe(rng: random.Random, percent: int, value: str) -> str | None:
    """A cell that is filled that often."""
    return value if chance(rng, percent) else blank(rng)


def one_of(rng: random.Random, column: str) -> str:
    """A value of a column for `when`, as a cell holds it; sometimes one that no rule names."""
    value = rng.choice((*VALUES[column], "other"))
    return str(value).lower() if isinstance(value, bool) else str(value)


def random_moment(rng: random.Random, anchor: date, days: Sequence[int] = LATER) -> datetime:
    """A local moment on a coarse grid after the anchor."""
    return datetime.combine(anchor + timedelta(days=rng.choice(days)), rng.choice(TIMES), TOKYO)


def written(rng: random.Random, moment: datetime) -> str:
    """A moment as people and systems write it; midnight also as a date alone."""
    local = moment.astimezone(TOKYO)
    forms = [
        local.isoformat(),
        local.replace(tzinfo=None).isoformat(sep=" "),
        local.replace(tzinfo=None).isoformat(),
        moment.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    ]
    if local.time() == time(0):
        forms += [local.date().isoformat()] * 3
    return rng.choice(forms)


def random_dates(rng: random.Random, anchor: date, percent: int) -> dict[str, str | None]:
    """Cells of the planned dates."""
    return {
        planned: maybe(rng, percent, (anchor + timedelta(days=rng.choice(MUCH_LATER))).isoformat()) for planned in DATES
    }


def random_recorded(rng: random.Random, moment: datetime) -> str | None:
    """When an event was recorded: mostly not said, else late, at once, or ahead of time."""
    if chance(rng, 55):
        return blank(rng)
    shift = rng.choice((0, 0, 1, 1, 2, 5, 9, -1, -4))
    return written(rng, moment + timedelta(days=shift, hours=rng.choice((0, 0, 5))))


def random_event(
    rng: random.Random, case_id: str, activities: Sequence[str], anchor: date, features: Features = FEATURES
) -> dict[str, Any]:
    """One row of events."""
    moment = random_moment(rng, anchor, MUCH_LATER if chance(rng, 15) else LATER)
    activity = rng.choice(activities)
    if activity in OUTCOMES and chance(rng, 50):  # endings are rarer than steps
        activity = rng.choice(activities)
    row = {
        "case_id": case_id,
        "activity": activity,
        "timestamp": written(rng, moment),
        "resource": maybe(rng, 40, rng.choice((PEOPLE[0], PEOPLE[1], f"{PEOPLE[2]}、{PEOPLE[0]}"))),
        "role": maybe(rng, 25, rng.choice((ROLES[0], ROLES[1], f"{ROLES[2]}; {ROLES[3]}"))),
        "recorded_at": random_recorded(rng, moment),
        "reaction": maybe(rng, 50, one_of(rng, "reaction")),
        "urgent": maybe(rng, 40, one_of(rng, "urgent")),
        "memo": maybe(rng, 30, "あり"),
    }
    further: dict[str, Callable[[], str | None]] = {
        "earliest": lambda: maybe(
            rng, 15, written(rng, moment - timedelta(hours=rng.choice((0, 1, 15, 30, 100, 200))))
        ),
        "channels": lambda: maybe(rng, 60, rng.choice(CHANNELS)),
        "key": lambda: maybe(rng, 60, rng.choice(QUESTIONS)),
        "toward": lambda: maybe(rng, 20, (anchor + timedelta(days=rng.choice(MUCH_LATER))).isoformat()),
    }
    columns = {"channels": "channel", "key": "question", "toward": "next_interview_on"}
    return row | {columns.get(name, name): cell() for name, cell in further.items() if name in features}


def random_events(
    rng: random.Random,
    cases: list[dict[str, Any]],
    books: list[Book],
    anchor: date,
    features: Features = FEATURES,
) -> list[dict[str, Any]]:
    """Rows of events: 0 to 12 a case, with duplicates, an unknown case now and then, in any order."""
    activities = {book["playbook"]["id"]: [one["id"] for one in book["activity"]] for book in books}
    rows = []
    for case in cases:
        known = activities.get(case["playbook"], list(ACTIVITIES))
        for _ in range(rng.choice((0, 1, 2, 3, 3, 4, 5, 6, 8, 12))):
            rows.append(random_event(rng, case["case_id"], known, anchor, features))
            if chance(rng, 10):
                rows.append(repeated(rng, rows[-1]))
    if chance(rng, 10):
        rows.append(random_event(rng, "nobody", ACTIVITIES, anchor, features))
    rng.shuffle(rows)
    return rows


def repeated(rng: random.Random, row: dict[str, Any]) -> dict[str, Any]:
    """The same event once more, otherwise told."""
    stamp = datetime.fromisoformat(row["timestamp"])
    moment = stamp if stamp.tzinfo else stamp.replace(tzinfo=TOKYO)
    return row | {
        "timestamp": written(rng, moment),
        "recorded_at": random_recorded(rng, moment),
        "reaction": maybe(rng, 60, one_of(rng, "reaction")),
        "memo": maybe(rng, 50, "再送"),
    }


def random_cases(rng: random.Random, books: list[Book], anchor: date) -> list[dict[str, Any]]:
    """Rows of cases: 1 to 5, some of a playbook that is not in use."""
    in_use = [book["playbook"]["id"] for book in books]
    rows = []
    for n in range(rng.randint(1, 5)):
        row: dict[str, Any] = {
            "case_id": f"A-{n + 1}",
            "playbook": "elsewhere" if chance(rng, 4) else rng.choice(in_use),
            "client_id": maybe(rng, 65, rng.choice(CLIENTS)),
            "opening_id": maybe(rng, 60, rng.choice((*OPENINGS, "O-none"))),
            "created_at": maybe(rng, 25, written(rng, random_moment(rng, anchor))),
        }
        row |= random_dates(rng, anchor, 40)
        row["reaction"] = maybe(rng, 50, one_of(rng, "reaction"))
        row["priority"] = maybe(rng, 50, one_of(rng, "priority"))
        row["memo"] = maybe(rng, 20, "あり")
        row["wage"] = maybe(rng, 50, "1800")
        rows.append(row)
    return rows


def random_openings(rng: random.Random, anchor: date) -> list[dict[str, Any]]:
    """Rows of openings."""
    return [
        {"opening_id": opening, "client_id": maybe(rng, 70, rng.choice(CLIENTS)), "title": opening}
        | random_dates(rng, anchor, 45)
        | {
            "priority": maybe(rng, 60, one_of(rng, "priority")),
            "urgent": maybe(rng, 60, one_of(rng, "urgent")),
        }
        for opening in OPENINGS
        if chance(rng, 85)
    ]


def random_assignments(
    rng: random.Random, cases: list[dict[str, Any]], anchor: date, features: Features = FEATURES
) -> list[dict[str, Any]]:
    """Rows of assignments at all levels, several of a level, some with more than one key, some for a time."""
    return [
        row
        | ({name: maybe(rng, 40, near(rng, anchor)) for name in ("from_on", "to_on")} if "tenures" in features else {})
        for row in plain_assignments(rng, cases)
    ]


def near(rng: random.Random, anchor: date) -> str:
    """A day about the anchor."""
    return (anchor + timedelta(days=rng.choice((-3, *LATER, 21, 45)))).isoformat()


def plain_assignments(rng: random.Random, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of assignments without a time."""
    return [
        {
            "role": rng.choice(ROLES),
            "person": rng.choice(PEOPLE),
            "client_id": maybe(rng, 30, rng.choice(CLIENTS)),
            "opening_id": maybe(rng, 25, rng.choice(OPENINGS)),
            "case_id": maybe(rng, 25, rng.choice(cases)["case_id"]),
        }
        for _ in range(rng.randint(0, 8))
    ]


def random_closures(rng: random.Random, anchor: date) -> list[dict[str, Any]]:
    """Rows of closures, for everyone or for one client."""
    return [
        {
            "date": (anchor + timedelta(days=rng.choice(LATER))).isoformat(),
            "name": "休業",
            "client_id": maybe(rng, 50, rng.choice(CLIENTS)),
        }
        for _ in range(rng.randint(0, 4))
    ]


def random_as_of(rng: random.Random, anchor: date) -> AsOf:
    """A date or a date-time: any, the last microsecond of a day (where dues are), or the instant after it."""
    day = anchor + timedelta(days=rng.choice((-1, *MUCH_LATER, *MUCH_LATER, 220)))
    if chance(rng, 45):
        return day
    moment = datetime.combine(day, rng.choice((*TIMES, time.max)), TOKYO)
    if chance(rng, 20):
        return moment.astimezone(UTC)
    return moment.replace(tzinfo=None) if chance(rng, 30) else moment


def random_answers(rng: random.Random, books: list[Book], tables: Tables, anchor: date) -> list[dict[str, Any]]:
    """Rows of answers to the rules of these books, some to one trigger alone."""
    rules = [rule["id"] for book in books for rule in book["rule"]]
    rows = []
    for _ in range(rng.randint(0, 16)):
        case = rng.choice(tables["cases"])
        answer = rng.choice(("not_needed", "not_needed", "later", "later", "reopened"))
        own = [event["timestamp"] for event in tables["events"] if event["case_id"] == case["case_id"]]
        own += [case[planned] for planned in DATES if case[planned]]
        until = (anchor + timedelta(days=rng.choice((*MUCH_LATER, 63, 190, 250)))).isoformat()
        rows.append(
            {
                "case_id": case["case_id"],
                "rule_id": rng.choice(rules),
                "answer": answer,
                "recorded_at": written(rng, random_moment(rng, anchor, MUCH_LATER)),
                "until": until if answer == "later" else blank(rng),
                "trigger_at": maybe(rng, 35, rng.choice(own)) if own else blank(rng),
                "waiting_on": maybe(rng, 30, rng.choice(SIDES)),
                "by": maybe(rng, 50, rng.choice(PEOPLE)),
                "note": blank(rng),
            }
        )
    return rows


# --- versions ---------------------------------------------------------------------------------------------

CHANGING = {"events": 15, "cases": 45, "openings": 60, "assignments": 30, "closures": 35}
"""How many of a hundred things were told anew."""


def add_versions(rng: random.Random, table: str, rows: list[dict[str, Any]], anchor: date) -> list[dict[str, Any]]:
    """The rows and later versions of some of them: cells that changed, things that are gone or there again."""
    found = []
    for row in rows:
        first = row if table == "events" else row | {"recorded_at": maybe(rng, 15, written(rng, told(rng, anchor)))}
        found.append(first | {"gone": maybe(rng, 2, "yes")})
        while chance(rng, CHANGING[table]):
            found.append(changed(rng, table, found[-1], anchor))
    if table in ("cases", "events", "closures") or chance(rng, 50):
        rng.shuffle(found)
    return found


def told(rng: random.Random, anchor: date) -> datetime:
    """When a version was recorded: near the anchor, on a coarse grid, so that moves meet dues and each other."""
    return random_moment(rng, anchor, (*LATER, *LATER, 21, 31, 63))


def changed(rng: random.Random, table: str, row: dict[str, Any], anchor: date) -> dict[str, Any]:
    """One more version of a row: the cells outside its key drawn anew, here and there."""
    fresh: dict[str, Any] = {}
    if table in ("cases", "openings"):
        fresh = random_dates(rng, anchor, 75) | {"client_id": maybe(rng, 60, rng.choice(CLIENTS))}
    if table == "cases":
        fresh |= {
            "opening_id": maybe(rng, 70, rng.choice(OPENINGS)),
            "reaction": maybe(rng, 60, one_of(rng, "reaction")),
        }
    if table == "events":
        fresh = {"reaction": maybe(rng, 60, one_of(rng, "reaction")), "memo": maybe(rng, 50, "訂正")}
        fresh |= {"question": maybe(rng, 60, rng.choice(QUESTIONS))} if "question" in row else {}
    if table == "assignments":
        fresh = {"to_on": maybe(rng, 60, near(rng, anchor))} if "to_on" in row else {}
    kept = {name: cell for name, cell in fresh.items() if chance(rng, 60)}
    gone = maybe(rng, 20, "yes")
    return row | kept | {"recorded_at": written(rng, told(rng, anchor)), "gone": gone}


# --- scenarios --------------------------------------------------------------------------------------------


def random_tables(rng: random.Random, books: list[Book], anchor: date, features: Features = FEATURES) -> Tables:
    """A workspace; now and then an optional table or column is not there at all."""
    cases = random_cases(rng, books, anchor)
    tables: Tables = {"cases": cases, "events": random_events(rng, cases, books, anchor, features)}
    if chance(rng, 85):
        tables["openings"] = random_openings(rng, anchor)
    if chance(rng, 85):
        tables["assignments"] = random_assignments(rng, cases, anchor, features)
    if chance(rng, 70):
        tables["closures"] = random_closures(rng, anchor)
    if "answers" in features and chance(rng, 60):
        tables["answers"] = random_answers(rng, books, tables, anchor)
    if "versions" in features:
        for table in CHANGING:
            if tables.get(table) and chance(rng, 60):
                tables[table] = add_versions(rng, table, tables[table], anchor)
    columns = [("events", "recorded_at"), ("events", "reaction"), ("cases", "created_at"), ("events", "question")]
    for table, column in columns:
        if chance(rng, 15) and not any("gone" in row for row in tables[table]):
            tables[table] = [{key: row[key] for key in row if key != column} for row in tables[table]]
    return tables


def random_scenario(rng: random.Random, features: Features = FEATURES) -> Scenario:
    """Rule books, a workspace and an as-of."""
    books = random_books(rng, features)
    anchor = rng.choice(ANCHORS)
    return books, random_tables(rng, books, anchor, features), random_as_of(rng, anchor)


def random_counts_from(rng: random.Random, books: list[Book], as_of: AsOf) -> date | dict[str, date]:
    """Since when the firm counts: for all books, or for some of them."""
    today = as_of.date() if isinstance(as_of, datetime) else as_of
    if chance(rng, 50):
        return today - timedelta(days=rng.choice(LATER))
    return {
        book["playbook"]["id"]: today - timedelta(days=rng.choice(LATER)) for book in some(rng, books, 1, len(books))
    }


SEEDS = st.integers(0, 2**48)
"""What is drawn from a seed does not shrink by itself; `shrinking.smallest` makes it small."""


def scenarios(features: Features = FEATURES) -> st.SearchStrategy[Scenario]:
    """The same for hypothesis."""
    return SEEDS.map(lambda seed: random_scenario(random.Random(seed), features))


def rule_books(features: Features = FEATURES) -> st.SearchStrategy[Book]:
    """One random rule book."""
    return SEEDS.map(lambda seed: random_book(random.Random(seed), "book-0", features))


# --- written down -----------------------------------------------------------------------------------------


def toml_text(book: Mapping[str, Any]) -> str:
    """The rule book as a TOML file: [playbook] first, then one array of tables after the other."""
    lines = []
    for table, content in book.items():
        for entry in [content] if isinstance(content, Mapping) else content:
            lines.append(f"[{table}]" if isinstance(content, Mapping) else f"[[{table}]]")
            lines += [f"{toml_key(key)} = {toml_value(value)}" for key, value in entry.items()]
            lines.append("")
    return "\n".join(lines)


def toml_key(key: str) -> str:
    """A bare key where it can be."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def toml_value(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_key(key)} = {toml_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def columns_of(table: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The columns of a table: those of its rows in order, or the declared ones where it has none."""
    found = list(dict.fromkeys(column for row in rows for column in row))
    return found or list(COLUMNS[table])


def write_workspace(folder: Path, books: Iterable[Mapping[str, Any]], tables: Tables) -> None:
    """A folder of CSV files with the rule books in `playbooks/`, as a user keeps it."""
    (folder / "playbooks").mkdir(parents=True, exist_ok=True)
    for book in books:
        path = folder / "playbooks" / f"{book['playbook']['id']}.toml"
        path.write_text(toml_text(book), encoding="utf-8")
    for table, rows in tables.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns_of(table, rows))
            writer.writeheader()
            writer.writerows(rows)
