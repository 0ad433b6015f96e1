"""Whom an agency may not lead to another job: those it placed for an indefinite term, for two years from the first day.

The first day counts: who joined on 2024-04-15 is not to be approached until 2026-04-14. A condition of the licence
since 1 January 2025 (業務運営要領 as quoted by minshokyo.or.jp, 9 Oct 2024, read November 2026). Not legal advice.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from playbook.answers.law.statutory import last_day, placed
from playbook.clock.known import EventLog
from playbook.tables.settings import Agency

MONTHS = 24
REMINDERS = ("contact-again", "keep-in-touch")
"""The rules whose reminders are an approach of ours; who comes of their own accord is not led anywhere."""

_BARRED = {"case_id": pl.String, "subject": pl.String, "person": pl.String, "joined_on": pl.Date, "until": pl.Date}
_SPACES = re.compile(r"[\s\u3000]+")


def barred(log: EventLog, agency: Agency) -> pl.DataFrame:
    """Who may not be approached on the as-of's day: one row per placement: `case_id, subject, person` (the name to
    match by), `joined_on, until` (the last day). Who has been dismissed or has left is still meant.
    """
    rows = [
        (row["case_id"], row["subject"], _person(row["subject"]), row["joined_on"], until)
        for row in placed(log, agency).filter(term="indefinite").iter_rows(named=True)
        if (until := last_day(row["joined_on"], Agency(), MONTHS)) >= log.as_of.day
    ]
    return pl.DataFrame(rows, schema=_BARRED, orient="row")


def withheld(actions: pl.DataFrame, log: EventLog, agency: Agency) -> pl.DataFrame:
    """Those of some due actions that would remind of approaching somebody barred, with `until`.

    The same person is known by name, as cases of different books have different ids.
    """
    reminders = actions.filter(pl.col("rule_id").cast(pl.String).is_in(list(REMINDERS)))
    if reminders.is_empty():
        return reminders.with_columns(until=pl.lit(None, pl.Date))
    people = log.cases.select("case_id", "subject")
    person = pl.col("subject").map_elements(_person, return_dtype=pl.String)
    latest = barred(log, agency).filter(pl.col("person") != "").group_by("person").agg(pl.col("until").max())
    named = people.filter(pl.col("case_id").is_in(reminders["case_id"].to_list())).with_columns(person=person)
    mine = named.join(latest, on="person").select("case_id", "until")
    return reminders.join(mine, on="case_id", how="inner", maintain_order="left")


def without_barred(actions: pl.DataFrame, log: EventLog, agency: Agency) -> pl.DataFrame:
    """The same due actions without those reminders."""
    if not actions.filter(pl.col("rule_id").cast(pl.String).is_in(list(REMINDERS))).height:
        return actions
    kept_back = withheld(actions, log, agency).select("case_id", "rule_id").unique()
    return actions.join(kept_back, on=["case_id", "rule_id"], how="anti", maintain_order="left")


def _person(name: str | None) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", name or ""))
