"""Writes `src/playbook/days/holidays.tsv`: Japan's national holidays as the package `holidays` knows them.

    python docs/days_off.py

Read from there they take a twentieth of the time that the package takes to start, and nobody has to install it. After a
newer `holidays`, run this again; a test holds the two together.
"""

from __future__ import annotations

from pathlib import Path

import holidays

from playbook.days.calendar import FIRST_YEAR, LAST_YEAR

TABLE = Path(__file__).resolve().parent.parent / "src" / "playbook" / "days" / "holidays.tsv"


def table() -> str:
    """One line a day, in order: the day, its name in Japanese, its name in English."""
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    ja, en = (holidays.country_holidays("JP", years=years, language=lang) for lang in ("ja", "en_US"))
    return "".join(f"{day}\t{ja[day]}\t{en[day]}\n" for day in sorted(ja))


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8", newline="\n")
