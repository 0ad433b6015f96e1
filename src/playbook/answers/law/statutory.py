"""What a recruitment agency files of a year, counted as the law counts it, from recorded facts and nothing else.

Whom the figures count, by the day of joining from 1 April to 31 March: people placed for an indefinite term or for four
months or more; of these the indefinite ones; of these, who left within six months of joining (every leaving but a
dismissal, 解雇) and of whom it is not known (判明せず). Shorter terms count in person-days. Side jobs by 業務委託 are
no employment and are in no figure. Nothing is inferred: without a leaving, or an answer dated after the six months, a
hire is 判明せず, whatever was talked over with the company meanwhile.

Sources (read November 2026; nothing here is legal advice): Employment Security Act art. 32-16(3); the columns of the
site 人材サービス総合サイト; windows 1 to 30 April and 1 October to 31 December of the next year. What the texts that we
could read leave open is a `Reading`, ours until `workspace.toml` says it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import polars as pl

from playbook.answers.law import noted
from playbook.clock.known import EventLog
from playbook.tables.settings import Agency

Term = Literal["indefinite", "long", "short", "not_employment", "unknown"]
EmploymentState = Literal["left", "dismissed", "there", "unknown", "not_yet"]

JOINED, LEFT, DISMISSED, ASKED, ANSWERED = "joined", "left", "dismissed", "in_post_asked", "in_post_answered"
PLACEMENT = "placement_case"
"""The column by which a case of asking names the placement that is asked about."""

LONG = 4
"""Months from which a fixed term counts with the indefinite ones (様式第8号: 常用)."""

MONTHS = 6
MOST_OCCUPATIONS, FEWEST = 5, 10
"""Fee rates: of the five occupations with the most placements, not of ten placements or fewer (MHLW leaflet)."""

PEOPLE = {
    "fiscal_year": pl.Int32, "office": pl.String, "playbook": pl.String, "case_id": pl.String, "client_id": pl.String,
    "subject": pl.String, "occupation": pl.String, "contract": pl.String, "term": pl.String, "term_months": pl.Float64,
    "joined_on": pl.Date, "last_day": pl.Date, "ended_on": pl.Date, "ended_how": pl.String, "asked_on": pl.Date,
    "asked_how": pl.String, "answer": pl.String, "state": pl.String, "why": pl.String, "person_days": pl.Int64,
    "expected_pay": pl.Float64, "fee": pl.Float64,
}  # fmt: skip
_SITE = {
    "fiscal_year": pl.Int32, "office": pl.String, "placed": pl.Int64, "indefinite": pl.Int64, "person_days": pl.Int64,
    "left": pl.Int64, "unknown": pl.Int64, "leaving_rate": pl.Float64, "unknown_rate": pl.Float64,
    "opens_on": pl.Date, "left_so_far": pl.Int64, "unknown_so_far": pl.Int64, "not_yet": pl.Int64,
    "dismissed": pl.Int64, "term_unknown": pl.Int64, "not_employment": pl.Int64,
}  # fmt: skip
_OCCUPATIONS = {
    "office": pl.String, "occupation": pl.String, "placed": pl.Int64, "with_fee": pl.Int64, "fees": pl.Float64,
    "pay": pl.Float64, "fee_rate": pl.Float64, "indefinite_before": pl.Int64, "left_before": pl.Int64,
    "unknown_before": pl.Int64, "leaving_rate_before": pl.Float64,
}  # fmt: skip
_TO_ASK = {
    "office": pl.String, "client_id": pl.String, "case_id": pl.String, "subject": pl.String, "missing": pl.String,
    "joined_on": pl.Date, "last_day": pl.Date, "ask_from": pl.Date, "ask_by": pl.Date, "seen_on": pl.Date,
}  # fmt: skip


# ---- the year ----


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """1 April to 31 March, named by the year it begins in, with the days on which its figures are owed.

    >>> year = FiscalYear(2025)
    >>> str(year.first), str(year.last), str(year.leavers_open), str(year.leavers_due)
    ('2025-04-01', '2026-03-31', '2026-10-01', '2026-12-31')
    """

    year: int

    @classmethod
    def of(cls, day: date) -> FiscalYear:
        """The fiscal year a day is in."""
        return cls(day.year - (day.month < 4))

    @property
    def first(self) -> date:
        """1 April."""
        return date(self.year, 4, 1)

    @property
    def last(self) -> date:
        """31 March."""
        return date(self.year + 1, 3, 31)

    @property
    def placed_due(self) -> date:
        """By when the placements are owed, and the report 様式第8号: 30 April of the next year."""
        return date(self.year + 1, 4, 30)

    @property
    def leavers_open(self) -> date:
        """From when leavers and unknown are filed: 1 October of the next year. Until then the site shows "-"."""
        return date(self.year + 1, 10, 1)

    @property
    def leavers_due(self) -> date:
        """By when they are owed: 31 December of the next year."""
        return date(self.year + 1, 12, 31)

    @property
    def before(self) -> FiscalYear:
        """The fiscal year before."""
        return FiscalYear(self.year - 1)


# ---- one person ----


@dataclass(frozen=True, slots=True)
class HireRecord:
    """What is recorded of one hire's employment by the as-of, as it was written or happened."""

    joined_on: date
    term: Term
    term_months: float | None = None
    ended_on: date | None = None
    ended_how: str = ""
    asked_on: date | None = None
    answer: str = ""
    contradictory: bool = False
    """Whether the record says that the hire left before joining: then nobody knows which of the days is wrong."""


def judged(facts: HireRecord, today: date, agency: Agency) -> tuple[EmploymentState | None, str]:
    """What had become of a hire within six months, and why it is counted so; None where the term is not indefinite.

    >>> hire = HireRecord(date(2025, 4, 1), "indefinite", ended_on=date(2025, 10, 1), ended_how="left")
    >>> judged(hire, date(2026, 10, 1), Agency())
    ('there', 'left_after')
    """
    if facts.term != "indefinite":
        return None, "term_unknown" if facts.term == "unknown" else facts.term
    if facts.contradictory:
        return "unknown", "contradictory"
    last = last_day(facts.joined_on, agency)
    if facts.ended_on is not None:
        if facts.ended_on > last:
            return "there", f"{facts.ended_how}_after"
        return ("dismissed", "dismissed_within") if facts.ended_how == DISMISSED else ("left", "left_within")
    if facts.asked_on is not None and facts.asked_on <= last and facts.answer in (LEFT, DISMISSED):
        return ("dismissed", "dismissed_within") if facts.answer == DISMISSED else ("left", "left_within")
    if today <= last:
        return "not_yet", "not_over"
    if facts.asked_on is None or facts.asked_on <= last:
        return "unknown", "asked_too_early" if facts.asked_on else "not_asked"
    match facts.answer:
        case "there":
            return "there", "answered"
        case "left" | "dismissed":
            return "unknown", "day_missing"
        case _:
            return "unknown", "no_answer"


def last_day(joined_on: date, agency: Agency, months: int = MONTHS) -> date:
    """The last day of so many months of employment: the day of joining counts, unless the agency reads it otherwise.

    >>> str(last_day(date(2025, 4, 1), Agency())), str(last_day(date(2025, 8, 31), Agency()))
    ('2025-09-30', '2026-02-28')
    """
    month = joined_on.month - 1 + months
    year, month = joined_on.year + month // 12, month % 12 + 1
    end_of_month = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    if joined_on.day > end_of_month:
        return date(year, month, end_of_month)
    corresponding = date(year, month, joined_on.day)
    return corresponding if agency.six_months_end == "same_day" else corresponding - timedelta(days=1)


def term_of(written: str | None, months: float | None = None) -> tuple[Term, float | None]:
    """The kind of term that a contract form says, and its months.

    >>> term_of("無期"), term_of("有期3か月"), term_of("業務委託（準委任）"), term_of("有期", 6.0), term_of(None)
    (('indefinite', None), ('short', 3.0), ('not_employment', None), ('long', 6.0), ('unknown', None))
    """
    said = unicodedata.normalize("NFKC", written or "").lower()
    if any(word in said for word in _NOT_EMPLOYMENT):
        return "not_employment", None
    if any(word in said for word in _INDEFINITE):
        return "indefinite", None
    length = months if months is not None else _months_in(said)
    if length is not None:
        return ("long" if length >= LONG else "short"), length
    return ("short" if "日雇" in said else "unknown"), None


_NOT_EMPLOYMENT = ("業務委託", "請負", "委任", "委託", "フリーランス", "freelance", "contractor")
_INDEFINITE = ("無期", "期間の定めなし", "期間の定めのない", "正社員", "indefinite", "permanent")
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(年|years?|[かヶヵカケ箇個]?月|months?|週|weeks?|日|days?)")
_IN_MONTHS = {"年": 12.0, "y": 12.0, "月": 1.0, "m": 1.0, "週": 7 / 30, "w": 7 / 30, "日": 1 / 30, "d": 1 / 30}


def _months_in(said: str) -> float | None:
    found = _LENGTH.search(said)
    if found is None:
        return None
    unit = found[2] if found[2].isascii() else found[2][-1]
    return float(found[1]) * _IN_MONTHS[unit if not unit.isascii() else unit[0]]


def answer_of(written: str | None) -> str:
    """What was answered: `there`, `left`, `dismissed`; empty where nothing was, or nobody knew.

    >>> answer_of("在籍"), answer_of("退職済"), answer_of("回答なし")
    ('there', 'left', '')
    """
    said = unicodedata.normalize("NFKC", written or "").strip().lower()
    for answer, words in _ANSWERS.items():
        if any(word in said for word in words):
            return answer
    return ""


_ANSWERS = {
    "dismissed": ("解雇", "dismissed"),
    "left": ("離職", "退職", "left"),
    "there": ("在籍", "在職", "勤務中", "在社", "there", "stayed", "in_post", "employed"),
}


def person_days(facts: HireRecord, year: FiscalYear, today: date, agency: Agency) -> int | None:
    """The days of a term below four months, first and last included: those in the year, unless read otherwise.

    >>> summer = HireRecord(date(2025, 4, 1), "short", 3, date(2025, 6, 30), "left")
    >>> person_days(summer, FiscalYear(2025), date(2026, 4, 30), Agency())
    91
    """
    if facts.term != "short":
        return None
    whole = facts.term_months is not None and float(facts.term_months).is_integer() and facts.term_months > 0
    ends = [day for day in (facts.ended_on, today) if day is not None]
    if facts.term_months is not None:
        ends.append(
            last_day(facts.joined_on, Agency(), int(facts.term_months))
            if whole
            else facts.joined_on + timedelta(days=max(0, round(facts.term_months * 30) - 1))
        )
    elif facts.ended_on is None:
        return None
    if agency.person_days == "in_year":
        ends.append(year.last)
    return max(0, (min(ends) - facts.joined_on).days + 1)


# ---- everybody ----


def placed(log: EventLog, agency: Agency) -> pl.DataFrame:
    """Everybody who joined, with what is recorded of it: one row per case, in order of office, joining and case.

    Columns: `fiscal_year` (of joining), `office` (the case's, else the agency's), `playbook, case_id, client_id,
    subject, occupation`; `contract` (as written), `term` (`indefinite`, `long`: four months or more, `short`,
    `not_employment`, `unknown`), `term_months`; `joined_on`, `last_day` (of the six months), `ended_on`, `ended_how`
    (`left`, `dismissed`); `asked_on, asked_how, answer` (the latest inquiry by the as-of); `state` (see
    `EmploymentState`; null where the term is not indefinite), `why` (a code), `person_days` (of
    `short` terms), `expected_pay`, `fee` (yen).
    """
    today = log.as_of.day
    histories = _histories(log)
    rows = []
    for case in joining_cases(log).iter_rows(named=True):
        history = histories.get(case["case_id"])
        if history is None or history.joined_on is None:
            continue
        term, months = term_of(noted.first(case, "employment_term", "contract_form", "contract_type"),
                               case.get("term_months"))  # fmt: skip
        facts = _facts(case, history, term, months, today)
        year = FiscalYear.of(facts.joined_on)
        state, why = judged(facts, today, agency)
        rows.append(
            (
                year.year, noted.plain_text(case.get("office")) or agency.office or None, case["playbook"],
                case["case_id"], case["client_id"], case["subject"], noted.plain_text(case.get("occupation")) or None,
                noted.first(case, "employment_term", "contract_form", "contract_type"), term, months, facts.joined_on,
                last_day(facts.joined_on, agency) if term == "indefinite" else None, facts.ended_on,
                facts.ended_how or None, facts.asked_on,
                history.asked_how or noted.plain_text(case.get("asked_how")) or None, facts.answer or None,
                state, why, person_days(facts, year, today, agency), case.get("expected_pay"), case.get("fee"),
            )
        )  # fmt: skip
    frame = pl.DataFrame(rows, schema=PEOPLE, orient="row")
    return frame.sort("office", "joined_on", "case_id", nulls_last=True)


_NUMBERS = ("term_months", "expected_pay", "fee")
_DAYS = ("left_on", "asked_on")


def joining_cases(log: EventLog) -> pl.DataFrame:
    """The cases of the books that know a joining, the numbers and days in their cells read."""
    books = [book.id for book in log.playbooks if JOINED in {activity.id for activity in book.activities}]
    cases = log.cases.filter(pl.col("playbook").is_in(books))
    numbers = (pl.Series(name, noted.as_numbers(cases[name]), pl.Float64) for name in _NUMBERS if name in cases.columns)
    days = (pl.Series(name, noted.as_days(cases[name]), pl.Date) for name in _DAYS if name in cases.columns)
    return cases.with_columns(*numbers, *days)


@dataclass(slots=True)
class _History:
    """What the event log says of one placement."""

    joined_on: date | None = None
    ended_on: date | None = None
    ended_how: str = ""
    asked_on: date | None = None
    asked_how: str = ""
    answer: str = ""
    contradictory: bool = False

    def add(self, event: Mapping[str, Any]) -> None:
        """One event, later than those before it; who joined again has not left."""
        day = event["day"]
        match event["activity"]:
            case "joined":
                self.contradictory |= self.joined_on is None and self.ended_on is not None
                self.joined_on = self.joined_on or day
                self.ended_on, self.ended_how = None, ""
            case "left" | "dismissed" as how:
                kind = answer_of(noted.plain_text(event.get("left_kind")))
                self.ended_on, self.ended_how = day, DISMISSED if DISMISSED in (how, kind) else LEFT
            case "in_post_asked":
                self.asked_how = noted.plain_text(event.get("channel"))
            case _:
                self.asked_on, self.answer = day, answer_of(noted.first(event, "asked_answer", "answer", "note"))
                self.asked_how = noted.plain_text(event.get("channel")) or self.asked_how


def _histories(log: EventLog) -> dict[str, _History]:
    """What happened to each placement: events of its own case, and of the case of asking about it."""
    wanted = [JOINED, LEFT, DISMISSED, ASKED, ANSWERED]
    columns = log.events.collect_schema().names()
    extra = [name for name in ("left_kind", "asked_answer", "answer", "channel", "note") if name in columns]
    about = _placements_asked(log)
    # On one day a joining comes before its end, and the question before the answer.
    order = {activity: place for place, activity in enumerate(wanted)}
    events = (
        log.events.filter(~pl.col("derived"), pl.col("activity").cast(pl.String).is_in(wanted))
        .select("case_id", pl.col("activity").cast(pl.String), "timestamp", *extra)
        .with_columns(
            case_id=pl.col("case_id").cast(pl.String).replace(about),
            day=pl.col("timestamp").dt.date(),
            _order=pl.col("activity").replace_strict(order, return_dtype=pl.Int8),
        )
        .sort("day", "_order", "timestamp")
        .collect()
    )
    found: dict[str, _History] = {}
    for event in events.iter_rows(named=True):
        found.setdefault(event["case_id"], _History()).add(event)
    return found


def _placements_asked(log: EventLog) -> dict[str, str]:
    """Which placement each case of asking is about."""
    if PLACEMENT not in log.cases.columns:
        return {}
    asking = log.cases.filter(pl.col(PLACEMENT).is_not_null()).select("case_id", pl.col(PLACEMENT).cast(pl.String))
    return dict(asking.rows())


def _facts(case: Mapping[str, Any], history: _History, term: Term, months: float | None, today: date) -> HireRecord:
    """Events first; what stands only in the case's own cells counts as well, if it was known by the day."""
    assert history.joined_on is not None
    ended_on, ended_how = history.ended_on, history.ended_how
    written = case.get("left_on")
    if ended_on is None and written is not None and history.joined_on <= written <= today:
        ended_on = written
        ended_how = DISMISSED if answer_of(noted.plain_text(case.get("left_kind"))) == DISMISSED else LEFT
    asked_on, answer = history.asked_on, history.answer
    said_on = case.get("asked_on")
    if said_on is not None and said_on <= today and (asked_on is None or said_on > asked_on):
        asked_on, answer = said_on, answer_of(noted.plain_text(case.get("asked_answer")))
    before = ended_on is None and written is not None and written < history.joined_on
    return HireRecord(history.joined_on, term, months, ended_on, ended_how, asked_on, answer,
                 history.contradictory or before)  # fmt: skip


# ---- the figures ----


def site(people: pl.DataFrame, year: FiscalYear, today: date, offices: Sequence[str] = ()) -> pl.DataFrame:
    """The columns of the site: one row per office.

    Columns: `fiscal_year, office`; `placed` (four months or more, and indefinite), `indefinite`, `person_days` (of
    shorter terms); `left`, `unknown` (null until 1 October of the next year: the site shows "-", which is not 0);
    `leaving_rate` (left of indefinite), `unknown_rate` (beside it, of the same; who is unknown stays in the
    denominator); `opens_on`; `left_so_far, unknown_so_far, not_yet, dismissed` (of indefinite, whatever the day);
    `term_unknown` (joined, in no figure until their term is written), `not_employment` (業務委託, in no figure).
    `offices` without anybody are listed as well: the report is owed even then.
    """
    mine = people.filter(fiscal_year=year.year)
    term, state = pl.col("term"), pl.col("state")
    counted = mine.group_by("office").agg(
        placed=term.is_in(["indefinite", "long"]).sum(),
        indefinite=(term == "indefinite").sum(),
        person_days=pl.col("person_days").sum(),
        left_so_far=(state == "left").sum(),
        unknown_so_far=(state == "unknown").sum(),
        not_yet=(state == "not_yet").sum(),
        dismissed=(state == "dismissed").sum(),
        term_unknown=(term == "unknown").sum(),
        not_employment=(term == "not_employment").sum(),
    )
    idle = [one for one in offices if one not in counted["office"].to_list()]
    whole = pl.concat([counted, pl.DataFrame({"office": idle}, schema={"office": pl.String})], how="diagonal")
    whole = whole if whole.height else pl.DataFrame({"office": [None]}, schema={"office": pl.String})
    numbered = [name for name in _SITE if name in counted.columns and name != "office"]
    absent = [pl.lit(None, pl.Int64).alias(name) for name in numbered if name not in whole.columns]
    filled = whole.with_columns(absent).with_columns(pl.col(numbered).fill_null(0))
    seen = pl.lit(today >= year.leavers_open)
    return (
        filled.with_columns(
            fiscal_year=pl.lit(year.year),
            opens_on=pl.lit(year.leavers_open),
            left=pl.when(seen).then("left_so_far"),
            unknown=pl.when(seen).then("unknown_so_far"),
        )
        .with_columns(
            leaving_rate=_share("left"),
            unknown_rate=_share("unknown"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in _SITE.items())
        .sort("office", nulls_last=True)
    )


def _share(of: str) -> pl.Expr:
    return pl.when(pl.col("indefinite") > 0).then(pl.col(of) / pl.col("indefinite"))


def occupations(people: pl.DataFrame, year: FiscalYear) -> pl.DataFrame:
    """The occupations with the most placements: up to five rows per office, none of ten placements or fewer.

    Columns: `office, occupation, placed`; `with_fee` (of these with fee and expected pay), `fees`, `pay` (their sums in
    yen), `fee_rate` (per cent, one decimal, half up; null unless every placement has both); of the year before, as the
    site shows it: `indefinite_before, left_before, unknown_before, leaving_rate_before`.
    """
    counted = pl.col("term").is_in(["indefinite", "long"])
    both = pl.col("fee").is_not_null() & (pl.col("expected_pay") > 0)
    mine = people.filter(pl.col("fiscal_year") == year.year, counted, pl.col("occupation").is_not_null())
    most = (
        mine.group_by("office", "occupation")
        .agg(
            placed=pl.len(),
            with_fee=both.sum(),
            fees=pl.col("fee").filter(both).sum(),
            pay=pl.col("expected_pay").filter(both).sum(),
        )
        .filter(pl.col("placed") > FEWEST)
        .sort("office", "placed", "occupation", descending=[False, True, False], nulls_last=True)
        .group_by("office", maintain_order=True)
        .head(MOST_OCCUPATIONS)
    )
    whole = (pl.col("with_fee") == pl.col("placed")) & (pl.col("pay") > 0)
    # Rounded at the second decimal, half up: the small addition keeps 34.65 from becoming 34.6 in binary.
    rate = ((pl.col("fees") / pl.col("pay") * 1000 + 0.5 + 1e-9).floor() / 10).alias("fee_rate")
    before = (
        people.filter(pl.col("fiscal_year") == year.before.year, pl.col("term") == "indefinite")
        .group_by("office", "occupation")
        .agg(
            indefinite_before=pl.len(),
            left_before=(pl.col("state") == "left").sum(),
            unknown_before=(pl.col("state") == "unknown").sum(),
        )
    )
    return (
        most.with_columns(pl.when(whole).then(rate))
        .join(before, on=["office", "occupation"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(leaving_rate_before=pl.col("left_before") / pl.col("indefinite_before"))
        .select(pl.col(name).cast(dtype) for name, dtype in _OCCUPATIONS.items())
    )


def to_ask(people: pl.DataFrame, year: FiscalYear, seen: Mapping[str, date] | None = None) -> pl.DataFrame:
    """Who must still be asked, or what must be written down: one row per person and thing that is missing.

    Columns: `office, client_id, case_id, subject`; `missing` (`answer`: whether they were still there after the six
    months; `left_on`: the day they left; `term`: indefinite, or how many months; `office`; `occupation`; `fee`;
    `expected_pay`); `joined_on, last_day`; `ask_from` (the day after), `ask_by` (31 December of the next year; what the
    placements need, 30 April); `seen_on` (a later sign of the person on record, which is no answer, but near one).
    """
    # A house of one office need not write it.
    asked = ("occupation", "expected_pay", "fee", *(["office"] if people["office"].n_unique() > 1 else []))
    rows = [
        (
            one["office"], one["client_id"], one["case_id"], one["subject"], missing, one["joined_on"], one["last_day"],
            one["last_day"] + timedelta(days=1) if missing in ("answer", "left_on") else one["joined_on"],
            year.leavers_due if missing in ("answer", "left_on") else year.placed_due, (seen or {}).get(one["case_id"]),
        )
        for one in people.filter(fiscal_year=year.year).iter_rows(named=True)
        for missing in _missing(one, asked)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=_TO_ASK, orient="row").sort("ask_by", "office", "client_id", "case_id",
                                                                 nulls_last=True)  # fmt: skip


def _missing(one: Mapping[str, Any], asked: Collection[str]) -> Iterator[str]:
    if one["term"] == "unknown":
        yield "term"
    if one["state"] in ("unknown", "not_yet"):
        yield "left_on" if one["why"] in ("day_missing", "contradictory") else "answer"
    if one["term"] in ("indefinite", "long", "short"):
        yield from (
            name for name in ("office", "occupation", "expected_pay", "fee") if one[name] is None and name in asked
        )


def duties(people: pl.DataFrame, year: FiscalYear, offices: Sequence[str | None]) -> pl.DataFrame:
    """The cases of the book `agency-duties` for a year: one row per hire who must be asked about, and one per office.

    Columns: `case_id, playbook, client_id, subject, office, placement_case, employed_on, figures_open_on, created_at`
    (the day of joining, the first of the year); to be added to the table `cases`, from then on the clock reminds of
    asking and filing.
    """
    asking = people.filter(pl.col("state").is_in(["unknown", "not_yet"])).select(
        case_id=pl.format("{}-asked", "case_id"), client_id="client_id", subject="subject", office="office",
        placement_case="case_id", employed_on="joined_on", created_at="joined_on",
    )  # fmt: skip
    filing = pl.DataFrame(
        {
            "case_id": [f"FY{year.year}-{office or 'figures'}" for office in offices],
            "office": list(offices),
            "figures_open_on": [date(year.year + 1, 4, 1)] * len(offices),
            "created_at": [year.first] * len(offices),
        },
        schema={"case_id": pl.String, "office": pl.String, "figures_open_on": pl.Date, "created_at": pl.Date},
    )
    both = pl.concat([asking, filing], how="diagonal").with_columns(playbook=pl.lit("agency-duties"))
    return both.select("case_id", "playbook", "client_id", "subject", "office", PLACEMENT, "employed_on",
                       "figures_open_on", "created_at")  # fmt: skip


# ---- a year that was filed ----

PARTS: Mapping[str, tuple[str, ...]] = {
    "placed": ("placed", "indefinite", "person_days"),
    "left": ("left", "unknown"),
}
"""What is filed in April, and what from October to December, of each office."""


def counts_to_file(figures: pl.DataFrame, part: str) -> dict[str, dict[str, int]]:
    """The counts of one filing by office: numbers, and no name of anybody."""
    return {
        str(row["office"] or ""): {name: int(row[name]) for name in PARTS[part]}
        for row in figures.iter_rows(named=True)
    }


def against_filed(figures: pl.DataFrame, filed: Mapping[str, Any]) -> pl.DataFrame:
    """What was filed beside what the tables say today: one row per part, office and figure.

    Columns: `part` (`placed`, `left`), `filed_on`, `office, figure, filed, now, difference` (now less filed; a figure
    whose window has not opened is not compared). The filed figure stays, whatever the tables say later.
    """
    now = {str(row["office"] or ""): row for row in figures.iter_rows(named=True)}
    rows = [
        (part, date.fromisoformat(one["filed_on"]), office or None, figure, count, _now(now, office, figure, part))
        for part, one in filed.get("parts", {}).items()
        for office, counts in one["offices"].items()
        for figure, count in counts.items()
    ]
    schema = {"part": pl.String, "filed_on": pl.Date, "office": pl.String, "figure": pl.String, "filed": pl.Int64,
              "now": pl.Int64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(difference=pl.col("now") - pl.col("filed"))


def _now(now: Mapping[str, Mapping[str, Any]], office: str, figure: str, part: str) -> int:
    row = now.get(office, {})
    return int(row.get(f"{figure}_so_far" if part == "left" else figure) or 0)


def offices_of(people: pl.DataFrame, agency: Agency) -> tuple[str, ...]:
    """The offices that owe figures: those of the settings, and those of the cases."""
    named: Iterable[str] = (*agency.offices, agency.office, *people["office"].drop_nulls().to_list())
    return tuple(dict.fromkeys(one for one in named if one))
