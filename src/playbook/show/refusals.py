"""Why rows could not be used, in words: what `tables.checks` says in codes."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from playbook.days.calendar import FIRST_YEAR, LAST_YEAR
from playbook.files.lines import REASONS as OF_LINES
from playbook.tables.checks import NEXT, PART
from playbook.words.catalogue import aside, msg
from playbook.words.text import Lang, Text

_DATE_FORMS = msg("write it like 2026-01-05, 2026/1/5 9:05, 2026年1月5日 or R8.1.5")

_REASONS: Mapping[str, Text] = {
    "missing_key": msg("this cell must not be empty"),
    "missing_value": msg("this cell must not be empty"),
    "bad_date": msg("not a date; {date_forms}", date_forms=_DATE_FORMS),
    "ambiguous_date": msg("the order of day and month is not known; {date_forms}", date_forms=_DATE_FORMS),
    "out_of_years": msg(
        "outside the years {first_year} to {last_year}, whose holidays are known",
        first_year=FIRST_YEAR,
        last_year=LAST_YEAR,
    ),
    "bad_number": msg("not a number"),
    "bad_value": msg("none of the allowed values"),
    "unknown_case": msg("no such case in cases"),
    "quarantined_case": msg("its case is quarantined in cases"),
    "duplicate_event": msg("the same event is recorded before"),
    "duplicate_id": msg("the same id stands further up"),
    "duplicate_row": msg("the same key stands further up"),
    **OF_LINES,
}
_OF_ROW = {
    "quarantined_case": msg("row {n}"),
    "duplicate_event": msg("row {n} is kept"),
    "duplicate_id": msg("row {n} is kept"),
    "duplicate_row": msg("row {n} is kept"),
}


def with_reasons(refused: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """The quarantine as people read it: one row per refused row: `table, row, column, value, reason, code`."""
    known = {why: _reason(why, lang) for why in refused["why"].unique()}
    said = refused["why"].replace_strict(known, return_dtype=pl.String) if known else refused["why"]
    return refused.with_columns(said.alias("reason")).select("table", "row", "column", "value", "reason", "code")


def _reason(why: str, lang: Lang) -> str:
    """The reason of one row; of several findings each with its column."""
    found = [one.split(PART) for one in why.split(NEXT)]
    said = [(column, _one(code, more, lang)) for column, code, more in found]
    return said[0][1] if len(said) == 1 else " / ".join(f"{column}: {reason}" for column, reason in said)


def _one(code: str, more: str, lang: Lang) -> str:
    if not more:
        return _REASONS[code].say(lang)
    beside = _OF_ROW[code].say(lang).format(n=more) if code in _OF_ROW else more
    return aside(_REASONS[code], beside).say(lang)
