"""The yearly report of an agency, with words: figures per office and occupation, who was counted and why, whom to ask.

Every figure shows the day it was read for and its source; what is our reading of a text says so. Nothing here is legal
advice, and the page says that too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import polars as pl

from playbook.answers.law import statutory
from playbook.answers.law.statutory import FiscalYear
from playbook.answers.placed.retention import contacts
from playbook.clock.known import EventLog
from playbook.pages.findings import Finding
from playbook.show import formats, view
from playbook.show.workbook import WorkbookPage, workbook
from playbook.tables.settings import READINGS, Agency
from playbook.words.catalogue import msg, msg_in
from playbook.words.text import Lang, Text

_HEADS: Mapping[str, Text] = {
    "fiscal_year": msg("Fiscal year"),
    "office": msg("Office"),
    "placed": msg("Four months or more, and indefinite"),
    "indefinite": msg("Of these indefinite"),
    "person_days": msg("Below four months (person-days)"),
    "left": msg("Left within six months (not dismissed)"),
    "unknown": msg("Not known"),
    "leaving_rate": msg("Leaving rate (left of indefinite)"),
    "unknown_rate": msg("Share not known (beside it)"),
    "opens_on": msg("Leavers are filed from"),
    "left_so_far": msg("Left, as known today"),
    "unknown_so_far": msg("Not known today"),
    "not_yet": msg("Six months not over"),
    "dismissed": msg_in("yearly", "Dismissed (no leaver)"),
    "term_unknown": msg("Term not written (in no figure)"),
    "not_employment": msg("No employment (in no figure)"),
    "occupation": msg("Occupation"),
    "with_fee": msg("With fee and expected pay"),
    "fees": msg("Fees (yen)"),
    "pay": msg("Expected annual pay (yen)"),
    "fee_rate": msg("Fee rate (%)"),
    "indefinite_before": msg("Indefinite, the year before"),
    "left_before": msg("Left, the year before"),
    "unknown_before": msg("Not known, the year before"),
    "leaving_rate_before": msg("Leaving rate, the year before"),
    "client": msg("Client"),
    "case_id": msg("Case"),
    "subject": msg_in("yearly", "Name"),
    "contract": msg("Term as written"),
    "term": msg("Kind"),
    "joined_on": msg_in("yearly", "Joined on"),
    "last_day": msg("Six months end on"),
    "ended_on": msg("Left or dismissed on"),
    "asked_on": msg_in("yearly", "Asked on"),
    "asked_how": msg("Asked how"),
    "state": msg("Counted as"),
    "because": msg("Why"),
    "missing": msg_in("yearly", "Missing"),
    "ask_from": msg("Ask from"),
    "ask_by": msg("Owed by"),
    "seen_on": msg("Later contact with the person (no answer)"),
    "part": msg("Filing"),
    "filed_on": msg("Filed on"),
    "figure": msg("Figure"),
    "filed": msg("Filed"),
    "now": msg("Now"),
    "difference": msg("Difference"),
    "what": msg("What"),
    "reading": msg("How it is done here"),
    "grade": msg("How sure"),
    "source": msg("Source (read November 2026)"),
    "setting": msg("Setting ([agency] in workspace.toml)"),
}
_VALUES: Mapping[str, Mapping[str, Text]] = {
    "term": {
        "indefinite": msg("Indefinite"),
        "long": msg("Four months or more"),
        "short": msg("Below four months"),
        "not_employment": msg("No employment"),
        "unknown": msg("Not written"),
    },
    "state": {
        "left": msg_in("yearly", "Left"),
        "dismissed": msg("Dismissed (no leaver)"),
        "there": msg("There"),
        "unknown": msg("Not known"),
        "not_yet": msg("Not over"),
    },
    "missing": {
        "answer": msg("Whether they were there after the last day"),
        "left_on": msg("The day they left"),
        "term": msg("Indefinite, or how many months"),
        "office": msg("Office"),
        "occupation": msg("Occupation"),
        "expected_pay": msg("Expected annual pay"),
        "fee": msg("Fee"),
    },
    "part": {
        "placed": msg("Placements (April)"),
        "left": msg("Leavers (October to December)"),
    },
    "figure": {name: _HEADS[name] for names in statutory.PARTS.values() for name in names},
}
_WHY: Mapping[str, Text] = {
    "left_within": msg("left ({ended}) by the last day ({last})"),
    "dismissed_within": msg("dismissed ({ended}) by the last day ({last}): no leaver"),
    "left_after": msg("left ({ended}) after the last day ({last})"),
    "dismissed_after": msg("dismissed ({ended}) after the last day ({last})"),
    "answered": msg("there, by the answer of {asked}, after {last}"),
    "not_asked": msg("no answer on record after {last}"),
    "asked_too_early": msg("the answer ({asked}) is not after {last}"),
    "no_answer": msg("asked ({asked}), but nobody could say"),
    "contradictory": msg("left before joining, by the record: one of the days is wrong"),
    "day_missing": msg("left, by the answer of {asked}; no day given"),
    "not_over": msg("the six months end on {last}"),
    "long": msg("a term of four months or more: leaving is not counted"),
    "short": msg("a term below four months: counted in person-days"),
    "not_employment": msg("no employment: in no figure"),
    "term_unknown": msg("the term is not written: in no figure"),
}
_RATES = frozenset({"leaving_rate", "unknown_rate", "leaving_rate_before"})
_SITE = ("fiscal_year", "office", "placed", "indefinite", "person_days", "left", "unknown", "leaving_rate",
         "unknown_rate", "opens_on", "left_so_far", "unknown_so_far", "not_yet", "dismissed", "term_unknown",
         "not_employment")  # fmt: skip
_OCCUPATIONS = ("office", "occupation", "placed", "with_fee", "fees", "pay", "fee_rate", "indefinite_before",
                "left_before", "unknown_before", "leaving_rate_before")  # fmt: skip
_PEOPLE = ("office", "client", "case_id", "subject", "occupation", "contract", "term", "joined_on", "last_day",
           "ended_on", "asked_on", "asked_how", "state", "person_days", "because")  # fmt: skip
_TO_ASK = ("office", "client", "case_id", "subject", "missing", "joined_on", "last_day", "ask_from", "ask_by",
           "seen_on")  # fmt: skip
_TO_WRITE = ("office", "client", "case_id", "subject", "missing", "joined_on", "ask_by")
_FILED = ("part", "filed_on", "office", "figure", "filed", "now", "difference")

_NAMES = {
    "site": msg("Site"),
    "occupations": msg("Occupations"),
    "people": msg("People"),
    "to_ask": msg("To ask"),
    "to_write": msg("To fill in"),
    "filed": msg("Filed and now"),
    "readings": msg("Sources"),
}
_TITLE = msg("Yearly figures of the agency, fiscal year {year}")
_AS_OF = msg("From what was on record on {day}")
_CAPTION = msg("{name}, on {day}")
_NOT_ADVICE = msg("Not legal advice: check with your labour bureau before filing.")
_DASH = msg("Leavers and not known are filed from {day}; until then the site shows '-', which is not 0.")
_TOP = msg(
    "Up to five occupations, none of ten placements or fewer; a fee rate only where every placement has fee and pay."
)
_STRICT = msg("Without an answer dated after the last day a person is not known, whatever talks there were.")
_NOT_FILED = msg("No filing of this year is on record.")
_HEADLINE = msg("Fiscal {year}: {placed} placed, {indefinite} indefinite, {left} left, {unknown} not known")
_ASK_CARD = msg("Still to ask")
_OURS, _SET, _STATED = (
    msg("our reading, to be confirmed"),
    msg("confirmed in the settings"),
    msg("from published texts"),
)

_READINGS: tuple[tuple[str, Text, Mapping[str, Text], Text], ...] = (
    (
        "",
        msg("Columns, in order"),
        {"": msg("as on the site")},
        msg("the pages of 人材サービス総合サイト"),
    ),
    (
        "",
        msg("Windows"),
        {"": msg("placements 1 to 30 April, leavers 1 October to 31 December of the next year")},
        msg("art. 32-16(3); advance-news (Dec 2017)"),
    ),
    (
        "",
        msg("Leavers"),
        {"": msg("of the indefinite: every leaving but a dismissal")},
        msg("hr-savior.com"),
    ),
    (
        "six_months_end",
        msg("The last day of six months"),
        {
            "day_before": msg("the day of joining counts: 30 September"),
            "same_day": msg("from the day after: 1 October"),
        },
        msg("inferred; the guidelines were not read"),
    ),
    (
        "",
        msg("Denominator of the leaving rate"),
        {"": msg("all indefinite, not known included; their share stands beside")},
        msg("our reading of a note of a paper of MHLW"),
    ),
    (
        "person_days",
        msg("Person-days of short terms"),
        {
            "in_year": msg("days in the fiscal year of joining"),
            "whole": msg("all its days, in the fiscal year of joining"),
        },
        msg("the guide to the form was not read"),
    ),
    (
        "",
        msg("Fee rates"),
        {"": msg("fees of expected pay, rounded at the second decimal")},
        msg("leaflet of MHLW, from April 2025"),
    ),
    (
        "",
        msg("How long it is shown"),
        {"": msg("five years; filed counts stay as filed")},
        msg("rule 24-5(4), as quoted there"),
    ),
)


@dataclass(frozen=True)
class Yearly:
    """The figures of one fiscal year on a day, in the parts that are filed, checked and asked about.

    `site`, `occupations`, `to_ask`, `to_write`, `filed`: see `law.statutory`; `people`: everybody who joined in the
    year, with `client` and `because` (why counted so, in words); `joinings`: how many are on record, of any year;
    `first_joined`: the day of the first of them.
    """

    year: FiscalYear
    day: date
    agency: Agency
    site: pl.DataFrame
    occupations: pl.DataFrame
    people: pl.DataFrame
    to_ask: pl.DataFrame
    to_write: pl.DataFrame
    filed: pl.DataFrame
    joinings: int
    first_joined: date | None
    lang: Lang

    # The page

    def cards(self) -> Finding:
        """The numbers above the report."""
        sums = {
            name: _sum(self.site, name)
            for name in ("placed", "indefinite", "person_days", "left", "unknown", "leaving_rate")
        }
        indefinite = sums["indefinite"] or 0
        rate = None if sums["left"] is None or not indefinite else sums["left"] / indefinite
        said = {name: _figure(value, self.lang) for name, value in sums.items()}
        shown = view.cards(
            (
                *(view.Card(self._head(name), said[name]) for name in ("placed", "indefinite", "person_days", "left",
                                                                       "unknown")),
                view.Card(self._head("leaving_rate"), "-" if rate is None else formats.percent(rate, self.lang)),
                view.Card(_ASK_CARD.say(self.lang), formats.number(self.to_ask["case_id"].n_unique(), self.lang)),
            )
        )  # fmt: skip
        return Finding(_HEADLINE.say(self.lang).format(year=self.year.year, **said), shown, stands=False)

    def table(self, part: str) -> view.Table:
        """One part as a table of the page; the parts are those of `frame`, and `readings`."""
        page = next(page for page in self.pages if page.name == _NAMES[part].say(self.lang))
        worded = page.frame.select(_said(page, name, self.lang).alias(page.heads[name]) for name in page.heads)
        caption = _CAPTION.say(self.lang).format(name=page.name, day=formats.day(self.day, self.lang))
        return view.table(worded, caption=caption, lang=self.lang, paper=15)

    def frame(self, part: str) -> pl.DataFrame:
        """One part as data: the columns of `law.statutory`; `cases`: rows for the book `agency-duties`."""
        frames = {
            "site": self.site, "occupations": self.occupations, "people": self.people, "to_ask": self.to_ask,
            "to_write": self.to_write, "filed": self.filed, "readings": self.readings,
            "cases": statutory.duties(self.people, self.year, self.site["office"].to_list()),
        }  # fmt: skip
        return frames[part.replace("-", "_")]

    @property
    def nobody_joined(self) -> bool:
        """Whether no joining at all is on record, of whatever year."""
        return not self.joinings

    @property
    def before_the_record(self) -> bool:
        """Whether nothing is known of the year: nobody is on record up to its end, and nothing was filed of it."""
        return (self.first_joined is None or self.first_joined > self.year.last) and self.filed.is_empty()

    # The workbook

    @property
    def pages(self) -> tuple[WorkbookPage, ...]:
        """The sheets of the workbook, in order."""
        lang = self.lang
        title = _TITLE.say(lang).format(year=self.year.year)
        as_of, not_advice = _AS_OF.say(lang).format(day=formats.day(self.day, lang)), _NOT_ADVICE.say(lang)
        dash = _DASH.say(lang).format(day=formats.day(self.year.leavers_open, lang))
        dashes = frozenset({"left", "unknown", "leaving_rate", "unknown_rate", "fee_rate", "leaving_rate_before"})
        filed_note = () if self.filed.height else (_NOT_FILED.say(lang),)
        parts: tuple[tuple[str, pl.DataFrame, tuple[str, ...], tuple[str, ...]], ...] = (
            ("site", self.site, _SITE, (as_of, dash, not_advice)),
            ("occupations", self.occupations, _OCCUPATIONS, (as_of, _TOP.say(lang))),
            ("people", self.people, _PEOPLE, (as_of, _STRICT.say(lang))),
            ("to_ask", self.to_ask, _TO_ASK, (as_of,)),
            ("to_write", self.to_write, _TO_WRITE, (as_of,)),
            ("filed", self.filed, _FILED, (as_of, *filed_note)),
            ("readings", self.readings, ("what", "reading", "grade", "source", "setting"), (not_advice,)),
        )
        return tuple(
            WorkbookPage(
                _NAMES[name].say(lang), frame, {column: self._head(column) for column in columns}, title, notes,
                _RATES, dashes, {of: {code: said.say(lang) for code, said in codes.items()} for of, codes in
                                 _VALUES.items()},
            )
            for name, frame, columns, notes in parts
        )  # fmt: skip

    @property
    def workbook(self) -> bytes:
        """All parts as one Excel file."""
        return workbook(self.pages, self.lang)

    @property
    def readings(self) -> pl.DataFrame:
        """How each figure is counted, and from what source: one row per rule of counting."""
        rows = [
            (what.say(self.lang), self._read(key, choices), self._grade(key), source.say(self.lang), key or None)
            for key, what, choices, source in _READINGS
        ]
        return pl.DataFrame(rows, schema=["what", "reading", "grade", "source", "setting"], orient="row")

    def _read(self, key: str, choices: Mapping[str, Text]) -> str:
        return choices[getattr(self.agency, key) if key else ""].say(self.lang)

    def _grade(self, key: str) -> str:
        grade = _STATED if not key else _SET if key in self.agency.said else _OURS
        allowed = f" ({' | '.join(READINGS[key])})" if key else ""
        return grade.say(self.lang) + allowed

    def _head(self, name: str) -> str:
        return _HEADS[name].say(self.lang)


def yearly(
    log: EventLog,
    agency: Agency,
    fiscal_year: int | None = None,
    *,
    office: str = "",
    filed: Mapping[str, Any] | None = None,
    lang: Lang = "ja",
) -> Yearly:
    """The yearly figures as they stand on the as-of's day; without a year, of the last one that is over.

    `office` keeps one; `filed` is what was filed of the year (see `statutory.against_filed`).
    """
    today = log.as_of.day
    year = FiscalYear(fiscal_year) if fiscal_year is not None else FiscalYear.of(today).before
    everybody = statutory.placed(log, agency)
    figures = statutory.site(everybody, year, today, statutory.offices_of(everybody, agency))
    compared = statutory.against_filed(figures, filed or {})
    names = dict(log.tables.clients.select("client_id", "name").rows())
    seen = _seen_after(log, everybody)
    people = everybody.filter(fiscal_year=year.year)
    missing = statutory.to_ask(everybody, year, seen)
    if office:
        of_office = pl.col("office") == office
        figures, compared, people, missing = (one.filter(of_office) for one in (figures, compared, people, missing))
        everybody = everybody.filter(of_office)
    asks = pl.col("missing").is_in(["answer", "left_on", "term"])
    return Yearly(
        year,
        today,
        agency,
        figures,
        statutory.occupations(everybody, year),
        _named(people, names).with_columns(because=_because(people, lang)),
        _named(missing.filter(asks), names),
        _named(missing.filter(~asks), names),
        compared,
        everybody.height,
        cast("date | None", everybody["joined_on"].min()),
        lang,
    )


def _named(frame: pl.DataFrame, names: Mapping[str, str | None]) -> pl.DataFrame:
    client = pl.col("client_id").replace_strict(names, default=None, return_dtype=pl.String)
    return frame.with_columns(client=pl.coalesce(client, "client_id"))


def _seen_after(log: EventLog, people: pl.DataFrame) -> dict[str, date]:
    """The last contact with each hire after its six months, where there was one."""
    met = contacts(log).filter(side="hire").join(people.select("case_id", "last_day"), on="case_id")
    late = met.filter(pl.col("day") > pl.col("last_day")).group_by("case_id").agg(pl.col("day").max())
    return dict(late.rows())


def _because(people: pl.DataFrame, lang: Lang) -> pl.Series:
    said = [
        _WHY[row["why"]].say(lang).format(
            last=formats.day(row["last_day"], lang), ended=formats.day(row["ended_on"] or row["asked_on"], lang),
            asked=formats.day(row["asked_on"], lang),
        )
        for row in people.iter_rows(named=True)
    ]  # fmt: skip
    return pl.Series(said, dtype=pl.String)


def _sum(frame: pl.DataFrame, name: str) -> int | None:
    known = frame[name].drop_nulls()
    return int(known.sum()) if len(known) else None


def _figure(value: int | None, lang: Lang) -> str:
    return "-" if value is None else formats.number(value, lang)


def _said(page: WorkbookPage, name: str, lang: Lang) -> pl.Series:
    """A column of a part as the page shows it: codes in words, shares in per cent, "-" where nothing may be said."""
    found = page.frame[name]
    if name in page.percent:
        shares = [formats.percent(value, lang) if value is not None else "-" for value in found]
        return pl.Series(name, shares, pl.String)
    if found.dtype.is_numeric() and name not in page.dashes and name != "fiscal_year":
        return found
    if found.dtype.is_numeric():
        digits = 1 if name == "fee_rate" else None
        plain = [str(value) if name == "fiscal_year" else formats.number(value, lang, digits) if value is not None
                 else "-" if name in page.dashes else "" for value in found]  # fmt: skip
        return pl.Series(name, plain, pl.String)
    if found.dtype == pl.Date:
        return pl.Series(name, [formats.day(value, lang) if value is not None else "" for value in found], pl.String)
    words = page.values.get(name, {})
    return pl.Series(name, [None if value is None else words.get(str(value), str(value)) for value in found], pl.String)
