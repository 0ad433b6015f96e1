"""Calendar files: one event per due action, the same one for ever, whatever its texts hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from show_sample import AS_OF, BOOK, CLIENTS, DUE, FORMULA, JST, SCRIPT, action, at, due_frame, end

from playbook.show.calendar_file import calendar, calendars, cancellations
from playbook.show.view import labelled_due
from playbook.words.text import LANGS, Lang

# Reading a calendar makes icalendar ask for all time zones, which zoneinfo reads without naming an encoding.
pytestmark = pytest.mark.filterwarnings("ignore:'encoding' argument:EncodingWarning:zoneinfo")


def events(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def one(row: dict[str, Any], lang: Lang = "ja") -> Any:
    (event,) = events(calendar(due_frame(row), [BOOK], AS_OF, lang, clients=CLIENTS))
    return event


def test_every_due_action_is_one_event_with_its_own_uid() -> None:
    """Eight due actions are eight events with eight uids; two entries of a series are two events."""
    uids = [str(event["uid"]) for event in events(calendar(DUE, [BOOK], AS_OF))]
    assert len(set(uids)) == len(DUE)
    assert one(action("review", entry=1))["uid"] != one(action("review", entry=2))["uid"]


def test_a_newer_file_updates_instead_of_doubling() -> None:
    """Later, with other owners, dues and statuses, the uids are the same and the sequence is higher."""
    later = DUE.with_columns(
        owner=pl.lit("高橋"), due_at=pl.col("due_at") + timedelta(days=3), status=pl.lit("overdue"), role=pl.lit("boss")
    )
    first = events(calendar(DUE, [BOOK], AS_OF))
    second = events(calendar(later, [BOOK], AS_OF + timedelta(days=1)))
    assert [event["uid"] for event in first] == [event["uid"] for event in second]
    assert all(a["sequence"] < b["sequence"] for a, b in zip(first, second, strict=True))


def test_the_order_of_rows_and_other_rows_do_not_change_an_event() -> None:
    """An event has the same uid alone, among others and in any order."""
    uids = {str(event["uid"]) for event in events(calendar(DUE, [BOOK], AS_OF))}
    assert uids == {str(event["uid"]) for event in events(calendar(DUE.reverse(), [BOOK], AS_OF))}
    assert str(events(calendar(DUE[3:4], [BOOK], AS_OF))[0]["uid"]) in uids


def test_a_due_day_is_a_whole_day_event_when_it_can_last_be_done() -> None:
    """A due at the end of a day stands on the last business day, reminds at nine, and names the due day."""
    event = one(action("ask", due_at=end(11, 24), act_by=date(2026, 11, 20)))
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 11, 20), date(2026, 11, 21))
    assert event.walk("VALARM")[0].decoded("trigger") == timedelta(hours=9)
    assert "期限 2026/11/24(火)" in event["description"]


def test_a_due_instant_is_a_timed_event_in_its_zone() -> None:
    """A due in hours ends at its instant, Japanese time, and reminds an hour before."""
    event = one(action("call", due_at=at(11, 22, 9, 30)))
    assert event.decoded("dtend") == at(11, 22, 9, 30)
    assert event["dtend"].params["TZID"] == "Asia/Tokyo"
    assert event.walk("VALARM")[0].decoded("trigger") == timedelta(hours=-1)


def test_an_event_says_who_for_whom_what_and_why() -> None:
    """Summary and description hold the rule, the case, the client, the reason, the owner and the role."""
    event = one(action("notify", trigger="closes_on", trigger_at=at(11, 10)))
    assert event["summary"] == "結果を知らせる（山田 太郎／青葉精機）"
    assert str(event["description"]).split("\n") == [
        "期限 2026/11/24(火)",
        "募集終了 11/10(火) から7日以内（J-14・J-15）",
        "担当者: 佐藤",
        "役割: 推進者",
        "職種: 経理",
        "案件番号: A-1",
    ]
    english = one(action("notify", trigger="closes_on", trigger_at=at(11, 10)), "en")
    assert english["summary"] == "Tell the result (山田 太郎 / 青葉精機)"
    assert "Role: Driver" in english["description"]


def test_closed_actions_cancel_their_event() -> None:
    """A kept or void action, or one that no longer exists, cancels its event and no longer reminds."""
    for closed in ("met", "met_late", "void", "lapsed", "closed_late", None):
        event = one(action("thank", status=closed))
        assert event["status"] == "CANCELLED"
        assert event.walk("VALARM") == []
    assert one(action("thank", status="overdue"))["status"] == "CONFIRMED"


def test_what_is_overdue_stands_on_today() -> None:
    """A due that has passed is to be done on the as-of's day, all day, whenever it was due."""
    late = due_frame(action("thank", status="overdue"))
    (event,) = events(calendar(late, [BOOK], AS_OF))
    assert event.decoded("dtstart") == labelled_due(late, [BOOK])["near"][0] != late["due_at"][0].date()


def test_an_entry_is_known_by_its_place_not_by_its_time_or_owner() -> None:
    """A corrected time, a moved day, a new owner: the same uid, once; what was closed beside it cancels nothing."""
    first = due_frame(action("thank")).with_columns(nth=pl.lit(1))
    moved = first.with_columns(pl.col("trigger_at", "due_at") + timedelta(hours=3), owner=pl.lit("鈴木"))
    old, new = (events(calendar(one, [BOOK], AS_OF))[0]["uid"] for one in (first, moved))
    assert old == new
    both = pl.concat([moved, first.with_columns(status=pl.lit("closed_late"))])
    assert [event["status"] for event in events(calendar(both, [BOOK], AS_OF))] == ["CONFIRMED"]


def test_what_is_gone_is_cancelled_for_whoever_had_it() -> None:
    """A file of cancellations says so in its method and in each entry, an open action of another owner's included."""
    files = cancellations(due_frame(action("thank", owner="佐藤")), [BOOK], AS_OF)
    content = files["佐藤 取り消し.ics"]
    assert Calendar.from_ical(content)["method"] == "CANCEL"
    assert [event["status"] for event in events(content)] == ["CANCELLED"]


def test_each_owner_has_a_file() -> None:
    """One file per owner, by the owner's name, and one for what nobody owns; together they hold every action."""
    files = calendars(DUE, [BOOK], AS_OF, clients=CLIENTS)
    assert list(files) == ["担当未定.ics", "佐藤.ics", "鈴木.ics"]
    assert [len(events(content)) for content in files.values()] == [1, 5, 2]
    hostile = calendars(due_frame(action("thank", owner="../../etc/x")), [BOOK], AS_OF)
    assert all("/" not in name and not name.startswith(".") for name in hostile)


@pytest.mark.parametrize("lang", LANGS)
def test_a_file_is_well_formed(lang: Lang) -> None:
    """A file names its version and maker, carries its time zone, breaks lines at 75 octets with CR LF."""
    content = calendar(DUE, [BOOK], AS_OF, lang, clients=CLIENTS)
    lines = content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR" and lines[-2] == b"END:VCALENDAR"
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    parsed = Calendar.from_ical(content)
    assert parsed.to_ical() == content  # to the byte what a library for such files would write
    assert (parsed["version"], parsed["method"]) == ("2.0", "PUBLISH")
    assert [zone["tzid"] for zone in parsed.walk("VTIMEZONE")] == ["Asia/Tokyo"]
    assert all(event.decoded("dtstamp") == datetime(2026, 11, 20, 14, 59, 59, tzinfo=UTC) for event in events(content))


def test_an_as_of_instant_is_the_time_of_writing() -> None:
    """An as-of with a time stands for itself, with or without a zone."""
    for as_of in (at(11, 20, 9), datetime(2026, 11, 20, 9)):
        (event,) = events(calendar(DUE[:1], [BOOK], as_of))
        assert event.decoded("dtstamp") == datetime(2026, 11, 20, 0, tzinfo=UTC)


@given(st.text(), st.text(min_size=1))
def test_texts_cannot_add_to_a_calendar(subject: str, owner: str) -> None:
    """Whatever a name holds, line breaks and calendar syntax included, there is one event and its own properties."""
    row = action("thank", subject=f"{subject}\r\nATTENDEE:mailto:x@example.com\nEND:VEVENT", owner=owner)
    content = calendar(due_frame(row), [BOOK], AS_OF)
    (event,) = events(content)
    assert "attendee" not in event
    assert "ATTENDEE:mailto:x@example.com END:VEVENT" in event["summary"]


def test_hostile_texts_come_back_as_they_were() -> None:
    """Scripts, formulas, commas and semicolons are text like any other."""
    event = one(action("thank", subject=f"{SCRIPT}; a, b\\n", position=FORMULA))
    assert f"{SCRIPT}; a, b\\n" in event["summary"]
    assert FORMULA in event["description"]


def test_the_same_rows_give_the_same_bytes() -> None:
    """Nothing of the clock, and nothing random, is in a file."""
    assert calendar(DUE, [BOOK], AS_OF) == calendar(DUE, [BOOK], AS_OF)
    assert calendars(DUE, [BOOK], AS_OF) == calendars(DUE, [BOOK], AS_OF)


def test_nothing_due_is_an_empty_calendar() -> None:
    """Without due actions there is no owner's file, and a whole calendar without events."""
    assert calendars(DUE.clear(), [BOOK], AS_OF) == {}
    assert events(calendar(DUE.clear(), [BOOK], AS_OF)) == []


def test_the_zone_of_the_workspace_is_kept() -> None:
    """Another zone than Japan's is the one the events are written in."""
    frame = DUE[4:5].with_columns(pl.col("due_at").dt.convert_time_zone("America/New_York"))
    (event,) = events(calendar(frame, [BOOK], AS_OF))
    assert event["dtend"].params["TZID"] == "America/New_York"
    assert event.decoded("dtend") == at(11, 22, 9, 30).astimezone(JST)
