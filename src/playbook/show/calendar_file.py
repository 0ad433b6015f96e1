"""Due actions as calendar files (iCalendar, RFC 5545), one per owner.

Each due action is one event with a uid of its own for ever: importing a newer file moves, changes or cancels the event
instead of adding another. Nothing of the clock is in a file: the same rows at the same as-of give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from playbook.rules.nouns import Playbook
from playbook.show import formats, labels
from playbook.show.view import labelled_due
from playbook.words.catalogue import COMMA, aside, msg
from playbook.words.text import Lang, Text

if TYPE_CHECKING:
    from icalendar import Alarm, Calendar, Event, Timezone, vText

    from playbook.show.view import AnyFrame

PRODUCT = "-//playbook//due actions//EN"
_CANCELLED = msg("cancelled")
_NAME = msg("Due: {owner}")
_DUE = msg("Due {day}")
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_HALF_HOUR = timedelta(minutes=30)
# An alarm at nine in the morning of the day; for a due at an instant, an hour before it.
_MORNING, _HOUR_BEFORE = timedelta(hours=9), timedelta(hours=-1)


def calendars(
    frame: AnyFrame,
    playbooks: Iterable[Playbook],
    as_of: date | datetime,
    lang: Lang = "ja",
    *,
    clients: pl.DataFrame | None = None,
) -> dict[str, bytes]:
    """One calendar file per owner: file name to content, in the order in which owners appear.

    `frame` holds due actions, whose open ones become events; a closed one cancels the event that an earlier file
    made. Rows without an owner share one file. See `calendar` for what an event says.
    """
    data = labelled_due(frame, playbooks, lang, clients)
    parts = data.partition_by("owner", maintain_order=True)
    return {f"{formats.file_stem(part['owner'][0])}.ics": _written(part, as_of, lang) for part in parts}


def cancellations(
    frame: AnyFrame,
    playbooks: Iterable[Playbook],
    as_of: date | datetime,
    lang: Lang = "ja",
    *,
    clients: pl.DataFrame | None = None,
) -> dict[str, bytes]:
    """One file per owner that takes entries out again (`METHOD:CANCEL`): what is closed, or somebody else's now.

    `frame` holds the due actions as their owner had them. File name to content, in the order in which owners appear.
    """
    data = labelled_due(frame, playbooks, lang, clients)
    parts = data.partition_by("owner", maintain_order=True)
    name = _CANCELLED.say(lang)
    return {
        f"{formats.file_stem(part['owner'][0])} {name}.ics": _written(part, as_of, lang, method="CANCEL")
        for part in parts
    }


def calendar(
    frame: AnyFrame,
    playbooks: Iterable[Playbook],
    as_of: date | datetime,
    lang: Lang = "ja",
    *,
    clients: pl.DataFrame | None = None,
) -> bytes:
    """All due actions of a frame as one calendar file.

    A due at the end of a day is an all-day event on the last day it can be done (`act_by`), with an alarm at nine; a
    due at an instant is the half hour before it, with an alarm an hour before; what is overdue stands on the as-of's
    day. The event says who, for whom, what and
    why. `as_of` stands for the time of writing; a later one supersedes an earlier.
    """
    return _written(labelled_due(frame, playbooks, lang, clients), as_of, lang)


def _written(data: pl.DataFrame, as_of: date | datetime, lang: Lang, method: str = "PUBLISH") -> bytes:
    zone = _zone(data)
    owners = COMMA.say(lang).join(dict.fromkeys(data["owner"]))
    book = _empty(_NAME.say(lang).format(owner=owners), zone, lang, method)
    plain = _plain(_stamp(as_of, zone))
    for row in _one_each(data, method):
        book.add_component(_event(row, plain, lang, cancelled=method == "CANCEL"))
    return bytes(book.to_ical())


def _one_each(data: pl.DataFrame, method: str) -> Iterator[Mapping[str, Any]]:
    """The rows, each entry once: an action whose trigger was corrected is open again, not cancelled beside."""
    rows = data.to_dicts()
    live = {_key(row) for row in rows if row["status"] in labels.OPEN_STATUSES}
    yield from (
        row for row in rows if method == "CANCEL" or row["status"] in labels.OPEN_STATUSES or _key(row) not in live
    )


def _key(row: Mapping[str, Any]) -> str:
    """What an entry is known by for ever: not by its day, its time or its owner, where the row says which it is.

    `nth` is the place of a trigger among those of its kind in the case; without it, its moment tells them apart.
    """
    if row.get("nth") is None:
        return formats.action_key(row)
    parts = (row["playbook"], row["rule_id"], row["case_id"], row["trigger"], row["nth"], row["entry"])
    return sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]


def _empty(name: str, zone: ZoneInfo, lang: Lang, method: str) -> Calendar:
    from icalendar import Calendar

    book = Calendar()
    book.add("prodid", PRODUCT)
    book.add("version", "2.0")
    book.add("calscale", "GREGORIAN")
    book.add("method", method)
    book.add("x-wr-calname", _one_line(name), parameters={"language": lang})
    book.add("x-wr-timezone", zone.key)
    book.add_component(_changes_of(zone.key))
    return book


@cache
def _changes_of(zone: str) -> Timezone:
    """When the clocks of a zone change, which takes long to find and is the same in every calendar."""
    from icalendar import Timezone

    return Timezone.from_tzid(zone)


def rehearse_calendar() -> None:
    """Find when the clocks of Japan change, for whoever makes many calendars from here."""
    _changes_of("Asia/Tokyo")


def _plain(stamp: datetime) -> Event:
    """What all events of a file say alike; the library takes half of an event's time to make values of it."""
    from icalendar import Event

    event = Event()
    event.add("dtstamp", stamp)
    event.add("sequence", (stamp - _BEGINNING) // timedelta(minutes=1))
    event.add("transp", "TRANSPARENT")
    return event


def _event(row: Mapping[str, Any], plain: Event, lang: Lang, *, cancelled: bool = False) -> Event:
    from icalendar import Event, vText

    event = Event(plain)
    event.add("uid", f"{_key(row)}@playbook")
    for name, value in _when(row):
        event.add(name, value)
    summary = vText(_summary(row, lang))
    event.add("summary", summary)
    event.add("description", "\n".join(_lines(row, lang)))
    event.add("categories", [row["playbook_name"], row["status_name"]])
    is_open = row["status"] in labels.OPEN_STATUSES and not cancelled
    event.add("status", "CONFIRMED" if is_open else "CANCELLED")
    if is_open:
        event.add_component(_alarm(summary, _MORNING if _all_day(row) else _HOUR_BEFORE))
    return event


def _when(row: Mapping[str, Any]) -> Iterator[tuple[str, date | datetime]]:
    due: datetime = row["due_at"]
    if row["status"] == "overdue":  # what is late is to be done today, whenever it was due
        yield "dtstart", row["near"]
        yield "dtend", row["near"] + timedelta(days=1)
    elif _all_day(row):
        day: date = row["act_by"] or due.date()
        yield "dtstart", day
        yield "dtend", day + timedelta(days=1)
    else:
        second = due.replace(microsecond=0)
        yield "dtstart", second - _HALF_HOUR
        yield "dtend", second


def _all_day(row: Mapping[str, Any]) -> bool:
    due: datetime = row["due_at"]
    return due.time() == formats.END_OF_DAY or row["status"] == "overdue"


def _alarm(said: vText, trigger: timedelta) -> Alarm:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", said)
    alarm.add("trigger", trigger)
    return alarm


def _summary(row: Mapping[str, Any], lang: Lang) -> str:
    for_whom = msg(" / ").say(lang).join(part for part in (row["case"], row["client"]) if part)
    rule = row["rule"]
    return _one_line(aside(rule, for_whom).say(lang))


def _lines(row: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    yield _DUE.say(lang).format(day=formats.moment(row["due_at"], lang))
    yield row["why"]
    for name, shown in (("owner", "owner"), ("role_name", "role"), ("position", "position"), ("case_id", "case_id")):
        if row[name]:
            colon = Text(": ", ": ").say(lang)
            yield _one_line(f"{labels.column(shown, lang)}{colon}{row[name]}")


def _zone(data: pl.DataFrame) -> ZoneInfo:
    dtype = data.schema["due_at"]
    return ZoneInfo((dtype.time_zone if isinstance(dtype, pl.Datetime) else None) or "Asia/Tokyo")


def _stamp(as_of: date | datetime, zone: ZoneInfo) -> datetime:
    """The as-of as the time of writing: a date is asked for at its end."""
    if not isinstance(as_of, datetime):
        as_of = datetime.combine(as_of, time(23, 59, 59), tzinfo=zone)
    local = as_of if as_of.tzinfo else as_of.replace(tzinfo=zone)
    return local.astimezone(UTC).replace(microsecond=0)


def _one_line(text: str) -> str:
    """Text without line breaks and control characters, which no calendar shows."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())
