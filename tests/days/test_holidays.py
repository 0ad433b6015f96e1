"""The table of national holidays says what the package says that it was written from."""

from __future__ import annotations

import holidays

from playbook.days.calendar import FIRST_YEAR, LAST_YEAR, holiday_names


def test_the_table_of_holidays_is_that_of_the_package() -> None:
    """Every day of every known year, with both of its names, as `holidays` has it; `docs/days_off.py` writes them."""
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    ja, en = (holidays.country_holidays("JP", years=years, language=lang) for lang in ("ja", "en_US"))
    table = {day: name for year in years for day, name in holiday_names(year).items()}
    assert {day: name.ja for day, name in table.items()} == dict(ja)
    assert {day: name.en for day, name in table.items()} == dict(en)
