"""A small rule book and a due list of it, with hostile texts, for the tests of what people see and take away."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from playbook.rules.nouns import (
    Activity,
    Escalation,
    Midpoint,
    PlannedDate,
    Playbook,
    Role,
    Rule,
    Stage,
    Template,
)
from playbook.rules.offset import Offset
from playbook.words.text import Text

JST = ZoneInfo("Asia/Tokyo")
AS_OF = date(2026, 11, 20)
SCRIPT = "<script>alert('x')</script>"
FORMULA = "=cmd|' /C calc'!A0"


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    """A Japanese moment of 2026."""
    return datetime(year, month, day, hour, minute, tzinfo=JST)


def end(month: int, day: int, year: int = 2026) -> datetime:
    """The end of a Japanese day."""
    return at(month, day, year=year).replace(hour=23, minute=59, second=59, microsecond=999999)


def _rule(id: str, ja: str, en: str, due: tuple[str, ...], **more: Any) -> Rule:
    offsets = tuple(map(Offset.parse, due))
    return Rule(id, Text(ja, en), more.pop("after", ("applied",)), offsets, ("invited",), "driver", **more)


BOOK = Playbook(
    "selection",
    Text("選考", "Selection"),
    activities=(
        Activity("applied", Text("応募", "Applied")),
        Activity("invited", Text("面談の案内", "Invited")),
    ),
    dates=(
        PlannedDate("closes_on", Text("募集終了", "Recruitment closes")),
        PlannedDate("joins_on", Text("入社予定日", "Joining date")),
    ),
    stages=(
        Stage("application", Text("応募", "Application"), ("applied",)),
        Stage("interview", Text("面談", "Interview"), ("invited",)),
    ),
    roles=(Role("driver", Text("推進者", "Driver"), "client"), Role("boss", Text("社長", "Owner"), "client")),
    rules=(
        _rule("notify", "結果を知らせる", "Tell the result", ("7 days",), after=("closes_on",),
              fact=("J-14", "J-15"), basis="stated", template="result",
              escalate=(Escalation(Offset.parse("2 days"), "boss"),)),
        _rule("thank", "お礼を送る", "Send thanks", ("same day",), basis="ours", fact=("Z-01",), template="thanks"),
        _rule("ask", "様子をうかがう", "Ask how it is", ("1 business day",), wait=Offset.parse("2 days"),
              basis="recommended", fact=("C-13",), template="thanks"),
        _rule("visit", "現場を案内する", "Show the site", ("-30 days",), after=("joins_on",), basis="ours"),
        _rule("call", "電話する", "Call", ("48 hours",), basis="ours"),
        _rule("review", "振り返る", "Review", ("1 month", "3 months"), basis="stated", fact=("B-23",)),
        _rule("touch", "間に一度ふれる", "A touch between", (), fact=("Z-27",), basis="ours",
              midpoint=Midpoint("joins_on", Offset.parse("10 days"))),
    ),
    templates=(
        Template(
            "result", Text("結果の連絡", "Result"), "mail",
            Text("{{ case.subject }} 様\n\n{{ client.name }}の{{ people.driver }}です。"
                 "{{ action.due_at }}までにお返事します。配属: {{ case.department }}\n\n{{ sender }}\n",
                 "Dear {{ case.subject }},\n\n{{ people.driver }} of {{ client.name }}, "
                 "before {{ action.due_at }}. Department: {{ case.department }}\n\n{{ sender }}\n"),
            Text("結果について({{ client.name }})", "The result ({{ client.name }})"),
        ),
        Template(
            "thanks", Text("お礼", "Thanks"), "phone",
            Text("{% set to = case.email %}{{ case.subject }} 様、{{ event.timestamp }}はありがとうございました。",
                 "{% set to = case.email %}Thank you for {{ event.timestamp }}, {{ case.subject }}."),
        ),
    ),
)  # fmt: skip


def action(rule_id: str, **more: Any) -> dict[str, Any]:
    """One due action of the sample, with whatever differs."""
    due_at = more.get("due_at", end(11, 24))
    rule = next((rule for rule in BOOK.rules if rule.id == rule_id), None)
    return {
        "playbook": "selection", "rule_id": rule_id, "case_id": "A-1", "client_id": "K-1", "role": "driver",
        "owner": "佐藤", "trigger": "applied", "trigger_at": at(11, 10, 9, 30), "opened_at": at(11, 10, 9, 30),
        "due_at": due_at, "act_by": due_at.date(), "fulfilled_at": None, "status": "due_soon",
        "voided_at": None, "entry": 1, "opening_id": "O-1", "subject": "山田 太郎", "position": "経理",
        "days_left": (due_at.date() - AS_OF) // timedelta(days=1), "basis": rule.basis if rule else "ours",
        "channel": None, "template": rule.template if rule else None,
    } | more  # fmt: skip


_INSTANT = pl.Datetime("us", "Asia/Tokyo")
SCHEMA: dict[str, Any] = {
    "playbook": pl.String, "rule_id": pl.String, "case_id": pl.String, "client_id": pl.String, "role": pl.String,
    "owner": pl.String, "trigger": pl.String, "trigger_at": _INSTANT, "opened_at": _INSTANT, "due_at": _INSTANT,
    "act_by": pl.Date, "fulfilled_at": _INSTANT, "status": pl.String, "voided_at": _INSTANT, "entry": pl.UInt8,
    "opening_id": pl.String, "subject": pl.String, "position": pl.String, "days_left": pl.Int32,
    "basis": pl.String, "channel": pl.String, "template": pl.String,
}  # fmt: skip


def due_frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Due actions as the engine gives them."""
    return pl.DataFrame(list(rows), schema=SCHEMA)


DUE = due_frame(
    action("notify", trigger="closes_on", trigger_at=at(11, 10), due_at=end(11, 17), status="overdue", owner=None,
           role="boss"),
    action("thank", due_at=end(11, 20), status="due_today", case_id="A-2", subject=SCRIPT, position=FORMULA),
    action("ask", due_at=end(11, 24), act_by=date(2026, 11, 20), opened_at=at(11, 12)),
    action("visit", trigger="joins_on", trigger_at=at(2, 1, year=2027), due_at=end(1, 2, 2027), status="upcoming",
           owner="鈴木", client_id="K-2", opened_at=None),
    action("call", due_at=at(11, 22, 9, 30), case_id="A-3", subject=None, status="waiting", owner="鈴木",
           opened_at=at(11, 21)),
    action("review", due_at=end(11, 10), status="met_late", fulfilled_at=at(11, 12, 10), entry=2),
    action("touch", due_at=end(11, 30), status="upcoming", client_id=None),
    action("gone", due_at=end(11, 30), status="void", voided_at=at(11, 12)),
)  # fmt: skip
CLIENTS = pl.DataFrame({"client_id": ["K-1", "K-2"], "name": ["青葉精機", f'"{SCRIPT}" & Co.']})
