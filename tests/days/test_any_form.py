"""One text, and all it may say of a day: a moment, a choice that its column decides, or the code of why it is none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from playbook.days.any_form import read_day
from playbook.days.moment import moment_of, read_moment
from playbook.words.folding import fold


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("2026-01-05", "iso"),
        ("2026.1.5", "slashes"),
        ("２０２６年１月５日", "kanji"),
        ("R8.1.5", "era"),
        ("20260105", "compact"),
        ("2026-01-04T16:30Z", "zoned"),
    ],
)
def test_a_text_with_one_reading_is_read_the_same_everywhere(written, form):
    """A cell of an export and one of a workspace's own table say one moment, and the form tells how it is written."""
    cell = read_day(written)
    assert (cell.form, cell.moment) == (form, read_moment(written))
    assert moment_of(fold(written)).at == cell.moment


def test_what_a_column_must_decide_is_left_open():
    """The order of three numbers, the year of a day without one, and the epoch of a serial number stay choices."""
    assert read_day("1/2/2026").by_order == {"day first": datetime(2026, 2, 1), "month first": datetime(2026, 1, 2)}
    assert read_day("1月9日 10時").yearless == (1, 9, timedelta(hours=10))
    assert (read_day("46027.5").form, read_day("46027.5").moment) == ("excel", datetime(2026, 1, 5, 12))


def test_words_beside_a_day_are_its_note():
    """The one day in a short text is read, and what stands beside it is kept; of two days none is chosen."""
    assert (read_day("2026/10/14予定").note, read_day("2026/10/14予定").moment) == (
        "予定",
        datetime(2026, 10, 14),
    )
    assert read_day("10/14→10/16").refused == "two_days"


def test_an_unusual_dash_parts_a_date_like_any_other():
    """What a word processor makes of a hyphen does not make a date unreadable, in either reader."""
    assert read_moment("2026‐01−05") == datetime(2026, 1, 5) == read_day("2026‐01−05").moment
