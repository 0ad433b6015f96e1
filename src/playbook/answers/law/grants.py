"""Grants for a hire: what is public of their conditions, held against what is on record; and the dates they hang on.

A grant is switched on per client: the client's cell `grants` names it (`レビキャリ`, `山口県`). Each placement of such
a client is one application per grant. A condition is met or not met by something that is written; whatever is not
written is not known, and nothing is inferred from what usually holds.

Sources (PAPERS 3.5 to 3.7, read November 2026; no legal advice, no promise of a grant): revicareer.jp/employ/subsidy
and .../method; joseikin-insight.com (the cap since April 2025); yg-pro.jp/subsidies (Yamaguchi). What other prefectures
ask was not read, so theirs is checked by Yamaguchi's, as a reading of ours. Of any other grant nothing is checked; what
its reports ask was not found (PAPERS 3.4), and none is made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

import polars as pl

from playbook.answers.law import noted
from playbook.answers.law.statutory import PLACEMENT, joining_cases, last_day, placed, term_of
from playbook.clock.known import EventLog
from playbook.tables.settings import Agency, Grants

GrantKind = Literal["revicareer", "prefecture", "other"]
HireForm = Literal["transfer", "side_job", "commission", ""]
ConditionState = Literal["met", "not_met", "not_known"]
Judgement = tuple[ConditionState, str]
"""Whether a condition is met, and the code of what was found."""

BOOK = "hiring-grants"
SWITCH = "grants"
"""The column of clients that switches grants on."""

CHECKS = {
    "client_id": pl.String, "case_id": pl.String, "subject": pl.String, "grant": pl.String, "kind": pl.String,
    "form": pl.String, "grant_case": pl.String, "check": pl.String, "state": pl.String, "found": pl.String,
    "value": pl.String, "limit": pl.String, "by": pl.Date,
}  # fmt: skip
_CASES = {
    "case_id": pl.String, "playbook": pl.String, "client_id": pl.String, "subject": pl.String, "grant": pl.String,
    "form": pl.String, PLACEMENT: pl.String, "employed_on": pl.Date, "term_reached_on": pl.Date,
    "stay_ends_on": pl.Date, "created_at": pl.Date,
}  # fmt: skip

_NAMES = re.compile(r"[、,，;；/／・\n]+")
_PREFECTURE = re.compile(r"(?:都|道|府|県|prefecture)$", re.IGNORECASE)
_REVICAREER = ("レビキャリ", "revicareer")
_NONE = ("", "-", "なし", "無", "no", "いいえ", "none")
_SIDE_JOB = ("副業", "兼業", "出向", "side", "secondment")
_TRANSFER = ("転籍", "transfer")
_DAY = timedelta(days=1)
_FIRST_DAY_COUNTS = Agency()


def grants_of(written: object) -> tuple[tuple[str, GrantKind], ...]:
    """The grants that a cell names, each with its kind.

    >>> grants_of("レビキャリ、山口県"), grants_of("なし"), grants_of("先導的人材マッチング")
    ((('レビキャリ', 'revicareer'), ('山口県', 'prefecture')), (), (('先導的人材マッチング', 'other'),))
    """
    names = [name.strip() for name in _NAMES.split(noted.plain_text(written))]
    return tuple((name, kind_of(name)) for name in dict.fromkeys(names) if name.lower() not in _NONE)


def kind_of(name: str) -> GrantKind:
    """The kind of grant that a name means."""
    said = unicodedata.normalize("NFKC", name).strip().lower()
    if any(word in said for word in _REVICAREER):
        return "revicareer"
    return "prefecture" if said == "prefecture" or _PREFECTURE.search(said) else "other"


@dataclass(frozen=True)
class Application:
    """One placement and one grant, with what is on record of both by the as-of.

    `employed_on`: the day of joining, else the day planned; `events`: per activity of the grant's case its days;
    `ended_on`, `ended_how`: of the employment; `consents`: the person's consents to this grant.
    """

    placement: Mapping[str, Any]
    client: Mapping[str, Any]
    grant: str
    kind: GrantKind
    form: HireForm
    case: Mapping[str, Any]
    employed_on: date | None
    term: str
    term_months: float | None
    ended_on: date | None
    ended_how: str
    events: Mapping[str, Sequence[date]] = field(default_factory=dict)
    consents: Sequence[Mapping[str, Any]] = ()

    def first(self, activity: str) -> date | None:
        """The first day on which something happened to the application."""
        return min(self.events.get(activity, ()), default=None)

    def last(self, activity: str) -> date | None:
        """The last day on which it did."""
        return max(self.events.get(activity, ()), default=None)

    @property
    def filed_on(self) -> date | None:
        """The day of the application."""
        return self.first("grant_applied")


def applications(log: EventLog, agency: Agency) -> list[Application]:
    """Every application that a client's switch asks for, in order of client, placement and grant."""
    clients = {row["client_id"]: row for row in log.tables.clients.iter_rows(named=True) if grants_of(row.get(SWITCH))}
    if not clients:
        return []
    hires = {row["case_id"]: row for row in placed(log, agency).iter_rows(named=True)}
    cases = {(row.get(PLACEMENT), kind_of(noted.plain_text(row.get("grant")))): row for row in _grant_cases(log)}
    events, consents = _events(log), _consents(log)
    placements = joining_cases(log).filter(pl.col("client_id").is_in(list(clients)))
    found = []
    for row in placements.sort("client_id", "case_id").iter_rows(named=True):
        hire = hires.get(row["case_id"], {})
        employed_on = hire.get("joined_on") or noted.as_day(row.get("joins_on"))
        if employed_on is None:
            continue
        written = row.get("term_months")
        term, months = term_of(noted.first(row, "employment_term", "contract_form", "contract_type"), written)
        client = clients[row["client_id"]]
        for name, kind in grants_of(client[SWITCH]):
            case = cases.get((row["case_id"], kind), {})
            mine = [*consents.get(row["case_id"], ()), *consents.get(case.get("case_id", ""), ())]
            found.append(
                Application(
                    row, client, name, kind, _form(row, term), case, employed_on, term,
                    written if months is None else months, hire.get("ended_on"),
                    hire.get("ended_how") or "", events.get(case.get("case_id", ""), {}),
                    [one for one in mine if kind_of(noted.plain_text(one["to"])) == kind],
                )
            )  # fmt: skip
    return found


def _grant_cases(log: EventLog) -> Iterator[Mapping[str, Any]]:
    mine = log.cases.filter(pl.col("playbook") == BOOK)
    if {PLACEMENT, "grant"} <= set(mine.columns):
        yield from mine.iter_rows(named=True)


def _events(log: EventLog) -> dict[str, dict[str, list[date]]]:
    numbers = log.cases.filter(pl.col("playbook") == BOOK)["case_no"]
    events = log.events.filter(pl.col("case_no").is_in(numbers.implode()), ~pl.col("derived")).select(
        pl.col("case_id", "activity").cast(pl.String), day=pl.col("timestamp").dt.date()
    )
    found: dict[str, dict[str, list[date]]] = {}
    for case, activity, day in events.collect().iter_rows():
        found.setdefault(case, {}).setdefault(activity, []).append(day)
    return found


def _consents(log: EventLog) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in log.tables.consents.filter(side="hire").iter_rows(named=True):
        found.setdefault(row["case_id"], []).append(row)
    return found


def _form(placement: Mapping[str, Any], term: str) -> HireForm:
    """How the person works there: as it is written, else as the contract alone tells; empty where it does not."""
    said = noted.plain_text(placement.get("work_form")).lower()
    if any(word in said for word in _SIDE_JOB):
        return "commission" if term == "not_employment" else "side_job"
    if any(word in said for word in _TRANSFER) or term == "indefinite":
        return "transfer"
    return "commission" if term == "not_employment" else ""


# ---- conditions ----


def checks(log: EventLog, agency: Agency, asked: Grants) -> pl.DataFrame:
    """Every condition of every application: one row each, in order of client, placement, grant and condition.

    Columns: `client_id, case_id` (of the placement), `subject`; `grant` (as the client's cell names it), `kind`
    (`revicareer`, `prefecture`, `other`), `form` (`transfer`, `side_job`, `commission`; null: not known), `grant_case`
    (its case of the book `hiring-grants`; null where there is none); `check` (its code), `state` (`met`, `not_met`,
    `not_known`), `found` (a code that says why), `value` (what is on record), `limit` (what is asked, yen, months,
    people or days), `by` (until when; null where the sources give no day).
    """
    found = applications(log, agency)
    persons = _persons(found)
    rows = [
        (
            one.placement["client_id"], one.placement["case_id"], one.placement["subject"], one.grant, one.kind,
            one.form or None, one.case.get("case_id"), check, state, why, _written(value), _written(limit), by,
        )
        for one in found
        for check, (state, why), value, limit, by in _judged(one, asked, persons, log.as_of.day)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=CHECKS, orient="row")


CheckedCondition = tuple[str, Judgement, object, object, date | None]
"""A condition: its code, how it stands, what is on record, what is asked, until when."""


def _judged(
    one: Application, asked: Grants, persons: Mapping[tuple[str, GrantKind], int], today: date
) -> Iterator[CheckedCondition]:
    match one.kind:
        case "revicareer":
            yield from _revicareer(one, asked, persons, today)
        case "prefecture":
            yield from _prefecture(one, asked)
        case _:
            yield "conditions", ("not_known", "not_read"), None, None, None


def _revicareer(
    one: Application, asked: Grants, persons: Mapping[tuple[str, GrantKind], int], today: date
) -> Iterator[CheckedCondition]:
    if one.form in ("transfer", ""):
        pay = one.placement.get("expected_pay")
        yield "pay", _at_least(pay, asked.lowest_pay, one.form), pay, asked.lowest_pay, None
    least = asked.side_job_months if one.form in ("side_job", "commission") else asked.transfer_months
    length = "indefinite" if one.term == "indefinite" else one.term_months
    yield "term", _long_enough(one, least), length, least, None
    related = noted.flag(one.case.get("relative_within_three"))
    yield "no_relative", _by_answer(None if related is None else not related), None, None, None
    told = noted.as_number(one.case.get("grant_persons"))
    count = max((number for number in (told, persons.get(_of(one))) if number is not None), default=None)
    yield "persons", _few_enough(told, count, asked.most_persons), count, asked.most_persons, None
    yield "data_consent", _consented(one, "data_consent_given", today), None, None, None
    yield "paper_consent", _consented(one, "paper_consent_given", today), None, None, None
    issued = one.first("confirmation_issued")
    yield "confirmation", _in_time(issued, one.filed_on), issued, None, None
    yield "applied_after", _after_start(one), one.filed_on, _may_apply_from(one), None


def _prefecture(one: Application, asked: Grants) -> Iterator[CheckedCondition]:
    assert one.employed_on is not None
    until = one.employed_on - _DAY
    yield "applied_before", _before_start(one, until), one.filed_on, until, until
    last = last_day(one.employed_on, _FIRST_DAY_COUNTS, asked.stay_months)
    state, seen = _stayed(one, last)
    yield "stayed", state, seen, last, last


def _at_least(value: float | None, least: float, form: HireForm) -> Judgement:
    if value is None or not form:
        return "not_known", "not_written" if value is None else "form_not_written"
    return ("met", "as_written") if value >= least else ("not_met", "as_written")


def _long_enough(one: Application, least: int) -> Judgement:
    if not one.form:
        return "not_known", "form_not_written"
    if one.term == "indefinite":
        return "met", "as_written"
    if one.term_months is None:
        return "not_known", "not_written"
    return ("met", "as_written") if one.term_months >= least else ("not_met", "as_written")


def _by_answer(holds: bool | None) -> Judgement:
    if holds is None:
        return "not_known", "not_written"
    return ("met", "as_written") if holds else ("not_met", "as_written")


def _of(one: Application) -> tuple[str, GrantKind]:
    return str(one.placement["client_id"]), one.kind


def _persons(found: Sequence[Application]) -> dict[tuple[str, GrantKind], int]:
    """For how many people each client has applied, as far as these tables know."""
    counted: dict[tuple[str, GrantKind], int] = {}
    for one in found:
        if one.filed_on is not None:
            counted[_of(one)] = counted.get(_of(one), 0) + 1
    return counted


def _few_enough(told: float | None, count: float | None, most: int) -> Judgement:
    """More than may be is known from these tables alone; fewer only from the company, as others may have helped it."""
    if count is not None and count > most:
        return "not_met", "as_written"
    return ("met", "as_written") if told is not None else ("not_known", "only_ours")


def _consented(one: Application, activity: str, today: date) -> Judgement:
    """By an event of the application, or a row of `consents` to this grant; what was taken back counts no more."""
    paper = activity == "paper_consent_given"
    rows = [row for row in one.consents if ("確認書" in noted.plain_text(row["items"])) == paper]
    given = [*one.events.get(activity, ()), *(row["given_on"] for row in rows if row["given_on"] <= today)]
    if not given:
        return "not_known", "not_written"
    gone = one.last("grant_consent_withdrawn")
    valid = [day for day in one.events.get(activity, ()) if gone is None or day > gone]
    valid += [row["given_on"] for row in rows if row["given_on"] <= today and (row["withdrawn_on"] or date.max) > today]
    return ("met", "on_record") if valid else ("not_met", "withdrawn")


def _in_time(issued: date | None, filed: date | None) -> Judgement:
    if issued is None:
        return "not_known", "not_written"
    return ("not_met", "after_application") if filed is not None and issued > filed else ("met", "on_record")


def _may_apply_from(one: Application) -> date | None:
    return one.first("delivery_paid") if one.form == "commission" else one.employed_on


def _after_start(one: Application) -> Judgement:
    opens = _may_apply_from(one)
    if not one.form:
        return "not_known", "form_not_written"
    if opens is None:
        return "not_known", "not_paid_yet"
    if one.filed_on is None:
        return "not_known", "not_applied"
    return ("met", "on_record") if one.filed_on >= opens else ("not_met", "too_early")


def _before_start(one: Application, until: date) -> Judgement:
    if one.filed_on is None:
        return "not_known", "not_applied"
    return ("met", "on_record") if one.filed_on <= until else ("not_met", "too_late")


def _stayed(one: Application, last: date) -> tuple[Judgement, date | None]:
    """Whether the person was there for the year: dismissed or moved away within it is what the money hangs on."""
    broken = one.first("stay_broken")
    if broken is not None and broken <= last:
        return ("not_met", "broken"), broken
    if one.ended_on is not None and one.ended_on <= last:
        dismissed = one.ended_how == "dismissed"
        return (("not_met", "dismissed") if dismissed else ("not_known", "left")), one.ended_on
    sure = one.last("stay_confirmed")
    if sure is not None and sure > last:
        return ("met", "on_record"), sure
    return ("not_known", "not_confirmed"), None


def _written(value: object) -> str | None:
    if value is None:
        return None
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


# ---- cases for the clock ----


def cases(log: EventLog, agency: Agency, asked: Grants) -> pl.DataFrame:
    """The cases of the book `hiring-grants` that the tables lack: one row per placement and kind of grant.

    Columns: `case_id, playbook, client_id, subject, grant` (its kind), `form`, `placement_case, employed_on`;
    `term_reached_on` (REVICareer: the last day of the least term), `stay_ends_on` (prefecture: of the first year),
    `created_at` (the as-of's day, or the first day of work). To be added to the table `cases`; from then on the clock
    reminds of them.
    """
    rows: dict[str, tuple[object, ...]] = {}
    for one in applications(log, agency):
        if one.kind == "other" or one.case:
            continue
        assert one.employed_on is not None
        least = asked.side_job_months if one.form in ("side_job", "commission") else asked.transfer_months
        term = last_day(one.employed_on, _FIRST_DAY_COUNTS, least) if one.kind == "revicareer" and one.form else None
        stay = last_day(one.employed_on, _FIRST_DAY_COUNTS, asked.stay_months) if one.kind == "prefecture" else None
        placement, id = one.placement, f"{one.placement['case_id']}-{one.kind}"
        rows[id] = (id, BOOK, placement["client_id"], placement["subject"], one.kind, one.form or None,
                    placement["case_id"], one.employed_on, term, stay, min(log.as_of.day, one.employed_on))  # fmt: skip
    return pl.DataFrame(list(rows.values()), schema=_CASES, orient="row")
