"""The morning sheet as a mail."""

from __future__ import annotations

from datetime import date
from email import message_from_bytes
from email.policy import default

import pytest
from the_sample import sample

from playbook.pages import morning
from playbook.show.day_sheets import DaySheet, PartOfSheet, SheetLine
from playbook.show.digest import digest
from playbook.words.text import LANGS, Lang

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize("lang", LANGS)
def test_both_forms_of_a_mail_say_every_line_of_the_sheet(lang: Lang) -> None:
    """Plain text and HTML hold what, whom, by when and the case of each line; the subject counts them."""
    for sheet in morning.sheets(sample().on("2026-11-20").week(), lang).sheets:
        mail = message_from_bytes(digest(sheet, FRIDAY, lang), policy=default)
        plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        for part in sheet.parts:
            assert f"{part.name} {part.n}" in mail["Subject"] and part.name in plain and part.name in html
            for line in part.lines:
                assert all(said in plain for said in (line.what, line.whom, line.by, line.case))
                assert line.case in html and line.by in html
        assert mail["X-Unsent"] == "1" and mail["To"] is None and mail["Date"] is None


def test_a_mail_is_the_same_twice_and_tells_what_is_left_out() -> None:
    """No random boundary, no time; names are text and no markup; lines beyond the sheet are counted."""
    lines = tuple(SheetLine("<b>電話</b>", "山田", "青葉\r\nBcc: x", "本日", f"A-{n}") for n in range(2))
    sheet = DaySheet("佐藤\r\nBcc: y@example.jp", (PartOfSheet("today", "本日", lines, 5),))
    once = digest(sheet, FRIDAY)
    assert once == digest(sheet, FRIDAY)
    mail = message_from_bytes(once, policy=default)
    assert mail["Bcc"] is None
    assert "ほか3件" in mail.get_body(("plain",)).get_content()
    assert "&lt;b&gt;" in mail.get_body(("html",)).get_content()
