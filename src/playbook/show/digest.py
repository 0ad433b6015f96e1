"""The morning sheet as a mail: plain text and HTML in one file that a mail program opens; nothing is sent."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from email.policy import SMTP

from markupsafe import Markup

from playbook.show import formats
from playbook.show.day_sheets import DaySheet, PartOfSheet, SheetLine
from playbook.words.catalogue import DOT, msg
from playbook.words.text import Lang

_SUBJECT = msg("{day}: {counts}")
_HELLO = msg("{owner},")
_LEFT = msg("{n} more")
_CELL = 'style="padding:3px 10px;border-bottom:1px solid #ddd;text-align:left;vertical-align:top"'


def digest(sheet: DaySheet, day: date, lang: Lang = "ja") -> bytes:
    """One person's sheet as an `.eml`, in plain text and in HTML. The same sheet gives the same bytes."""
    counts = DOT.say(lang).join(f"{part.name} {part.n}" for part in sheet.parts)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _SUBJECT.say(lang).format(day=formats.day(day, lang, day), counts=counts)
    message["X-Unsent"] = "1"
    message.set_content(_plain(sheet, lang), charset="utf-8")
    message.add_alternative(str(_html(sheet, lang)), subtype="html", charset="utf-8")
    message["Content-Language"] = lang
    message.set_boundary("=_playbook_morning_sheet")  # not a random one: the same sheet gives the same bytes
    return message.as_bytes()


def _plain(sheet: DaySheet, lang: Lang) -> str:
    lines = [_HELLO.say(lang).format(owner=sheet.owner)]
    for part in sheet.parts:
        lines += ["", _head(part), *(f"□ {_said(line)}" for line in part.lines), *_more(part, lang)]
    return "\n".join(lines) + "\n"


def _head(part: PartOfSheet) -> str:
    return f"■ {part.name} {part.n}" + (f" - {part.hint}" if part.hint else "")


def _said(line: SheetLine) -> str:
    whom = " / ".join(part for part in (line.whom, line.client) if part)
    return f"{line.what} | {whom} | {line.by} | {line.case}"


def _more(part: PartOfSheet, lang: Lang) -> list[str]:
    left = part.n - len(part.lines)
    return [_LEFT.say(lang).format(n=left)] if left else []


def _html(sheet: DaySheet, lang: Lang) -> Markup:
    """A mail's own HTML: tables and inline styles, as mail programs know nothing else."""
    parts = Markup().join(_part(part, lang) for part in sheet.parts)
    hello = _HELLO.say(lang).format(owner=sheet.owner)
    return Markup(
        '<html lang="{}"><body style="font-family:sans-serif;font-size:14px"><p>{}</p>{}</body></html>'
    ).format(lang, hello, parts)


def _part(part: PartOfSheet, lang: Lang) -> Markup:
    cell = Markup("<td {}>{{}}</td>").format(Markup(_CELL))
    rows = Markup().join(
        Markup("<tr>{}</tr>").format(Markup().join(cell.format(said) for said in _cells(line))) for line in part.lines
    )
    more = Markup().join(Markup("<p>{}</p>").format(said) for said in _more(part, lang))
    return Markup(
        '<h3 style="margin:14px 0 4px">{} {}</h3><p>{}</p><table style="border-collapse:collapse">{}</table>{}'
    ).format(part.name, part.n, part.hint, rows, more)


def _cells(line: SheetLine) -> tuple[str, ...]:
    return ("□", line.what, " / ".join(part for part in (line.whom, line.client) if part), line.by, line.case)
