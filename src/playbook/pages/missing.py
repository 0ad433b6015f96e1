"""What a report says where it has nothing to show: what is missing in the workspace, and what to do about it."""

from __future__ import annotations

import polars as pl

from playbook.answers.law.statutory import FiscalYear
from playbook.answers.placed.retention import is_placement
from playbook.clock.known import EventLog
from playbook.pages.yearly import Yearly
from playbook.rendering.nothing import NothingToShowError
from playbook.show import formats
from playbook.words.catalogue import msg
from playbook.words.text import Lang, Text

_NO_CASES = msg("There is no case yet on {day}.")
_NONE_OF = msg("There is no case of “{book}” yet on {day}.")
_FILL = msg("Write cases into the table cases and what happened into events, or read an export with playbook import.")
_LATER = msg("The first event is on {first}: ask for a later day with --as-of.")
_PLACEMENTS = msg("Follow-up of placements")
_TOO_FEW = msg("Of the cases known on {day} ({n}) too few have ended for this report.")
_NO_JOININGS = msg("Up to the end of fiscal {year} no placement is on record: the figures are not 0 but unknown.")
_WRITE_JOININGS = msg("Write each joining into events, or read an export with playbook import.")
_LATER_YEAR = msg("The first joining on record is of {first}: ask for that year with -p fiscal_year={then}.")
_FILLS = msg("It fills as cases end; what is to be done now stands in this week's actions.")


def unless_cases(log: EventLog, lang: Lang = "ja", *, book: str = "", client: str = "") -> None:
    """End the report early, saying so, where no case is known: of a playbook and of a client, where they are named.

    Raises NothingToShowError.
    """
    found = log.cases.filter(pl.lit(True), *_named("playbook", book), *_named("client_id", client))
    if found.is_empty():
        names = [one.name.say(lang) for one in log.playbooks if one.id == book]
        raise _nothing(log, lang, names[0] if names else book)


def unless_placements(log: EventLog, lang: Lang = "ja") -> None:
    """End the report early, saying so, where no placement is known. Raises NothingToShowError."""
    if not placements_known(log):
        raise _nothing(log, lang, _PLACEMENTS.say(lang))


def placements_known(log: EventLog) -> bool:
    """Whether there is any placement."""
    books = [book.id for book in log.playbooks if is_placement(book)]
    return not log.cases.filter(pl.col("playbook").is_in(books)).is_empty()


def unless_enough(enough: bool, log: EventLog, lang: Lang = "ja") -> None:
    """End a report of figures early, saying so, where the cases are too few for any. Raises NothingToShowError."""
    if not enough:
        day = formats.day(log.as_of.day, lang)
        said = _TOO_FEW.say(lang).format(n=formats.number(log.cases.height, lang), day=day)
        raise NothingToShowError(said, _FILLS.say(lang))


def unless_joinings(report: Yearly) -> None:
    """End the yearly report early where nothing is on record that its year could be counted from.

    Raises NothingToShowError.
    """
    if not report.before_the_record:
        return
    lang, first = report.lang, report.first_joined
    said = _NO_JOININGS.say(lang).format(year=report.year.year)
    if first is None:
        raise NothingToShowError(said, _WRITE_JOININGS.say(lang))
    then = FiscalYear.of(first).year
    raise NothingToShowError(said, _LATER_YEAR.say(lang).format(first=formats.day(first, lang), then=then))


def contradicted(left: pl.Series) -> Text | None:
    """The sentence on the cases that no figure counts, as their records cannot all be true; None where there is none.

    `left`: their ids, as `day.sound.left` has them. A command and a page say the same.
    """
    if left.is_empty():
        return None
    return msg(
        "{cases} cases are in none of these figures, as their records cannot all be true: playbook check names each",
        cases=len(left),
    )


def _named(column: str, value: str) -> list[pl.Expr]:
    return [pl.col(column) == value] if value else []


def _nothing(log: EventLog, lang: Lang, book: str) -> NothingToShowError:
    day = formats.day(log.as_of.day, lang)
    missing = (_NONE_OF if book else _NO_CASES).say(lang).format(day=day, book=book)
    first = log.tables.events.lazy().select(pl.col("timestamp").min()).collect().item()
    if log.cases.is_empty() and first is not None and first > log.moment:
        return NothingToShowError(missing, _LATER.say(lang).format(first=formats.day(first.date(), lang)))
    return NothingToShowError(missing, _FILL.say(lang))
