"""Grants for a hire, with words: each condition as met, not met or not known, and where it is said.

Amounts stand only as they were published, with the day they were read. The pages promise no grant, and say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from playbook.answers.law import grants
from playbook.clock.known import EventLog
from playbook.show import formats
from playbook.show.workbook import WorkbookPage, workbook
from playbook.tables.settings import Grants, Settings
from playbook.words.catalogue import msg, msg_in
from playbook.words.text import Lang, Text

_HEADS: Mapping[str, Text] = {
    "client": msg("Client"),
    "case_id": msg("Case"),
    "subject": msg_in("yearly", "Name"),
    "grant": msg("Grant"),
    "condition": msg("Condition"),
    "state": msg_in("grants", "State"),
    "because": msg("Why"),
    "value": msg("On record"),
    "limit": msg("Asked for"),
    "by": msg("Until"),
    "source": msg("Source (read November 2026)"),
    "what": msg("What"),
    "reading": msg("As published"),
    "grade": msg("How sure"),
    "setting": msg("Setting ([grants] in workspace.toml)"),
}
_STATES: Mapping[str, Text] = {
    "met": msg_in("grants", "Met"),
    "not_met": msg_in("grants", "Not met"),
    "not_known": msg_in("grants", "Not known"),
}
_REVICAREER, _METHOD, _YAMAGUCHI = "revicareer.jp/employ/subsidy", "revicareer.jp/employ/subsidy/method", "yg-pro.jp"
_CONDITIONS: Mapping[str, tuple[Text, str]] = {
    "pay": (msg("Yearly pay at least (transfer)"), _REVICAREER),
    "term": (msg("Months of the contract at least"), _REVICAREER),
    "no_relative": (msg("Not a relative within three degrees"), _METHOD),
    "persons": (msg("People of one company at most"), _REVICAREER),
    "data_consent": (msg("The person agreed to the data being given"), _METHOD),
    "paper_consent": (msg("The person agreed to the confirmation"), _METHOD),
    "confirmation": (msg("The bank's confirmation of the person, with the application (from 1 April 2024)"), _METHOD),
    "applied_after": (msg("Applied after the start (commissioned work: after acceptance and payment)"), _REVICAREER),
    "applied_before": (msg("Applied before the first working day"), _YAMAGUCHI),
    "stayed": (msg("Not dismissed and not moved out of the prefecture within a year"), _YAMAGUCHI),
    "conditions": (msg("The conditions of this grant"), ""),
}
_FOUND: Mapping[str, Text] = {
    "as_written": msg("by what is written"),
    "on_record": msg("on record"),
    "not_written": msg("not written"),
    "form_not_written": msg("it is not written whether it is a transfer, a side job or commissioned work (work_form)"),
    "only_ours": msg("these tables alone cannot tell; ask the company (grant_persons)"),
    "withdrawn": msg("the consent was withdrawn"),
    "after_application": msg("later than the application"),
    "not_paid_yet": msg("acceptance and payment are not on record"),
    "not_applied": msg("no application is on record"),
    "too_early": msg("applied too early"),
    "too_late": msg("applied too late"),
    "broken": msg("dismissed or moved away: to be paid back"),
    "dismissed": msg("dismissed within the year: to be paid back"),
    "left": msg("left within the year; what that means was not read"),
    "not_confirmed": msg("no confirmation after the year is on record"),
    "not_read": msg("the conditions of this grant were not read"),
}
_OF_ANOTHER = msg("{source} (Yamaguchi; what this prefecture asks was not read)")
_YEN_CHECKS, _INDEFINITE = frozenset({"pay"}), msg("Indefinite")

_CHECKED = ("client", "case_id", "subject", "grant", "condition", "state", "because", "value", "limit", "by", "source")
_READ = ("what", "reading", "grade", "source", "setting")
_NAMES = {
    "checks": msg("Conditions"),
    "readings": msg("Sources"),
}
_TITLE = msg("Grants for a hire")
_AS_OF = msg("From what was on record on {day}")
_NO_PROMISE = msg("No promise of a grant: amounts, conditions and closing days change, so check the current call.")
_NOT_KNOWN = msg("What is not written is not known; nothing is assumed.")
_PUBLISHED, _SECONDARY, _SET = (
    msg("from the grant's own page"),
    msg("from a secondary source: our reading, to be confirmed"),
    msg("confirmed in the settings"),
)
_INSIGHT = "joseikin-insight.com"
_AMOUNTS: tuple[tuple[str, Text, Text, Text, str], ...] = (
    ("lowest_pay", msg("REVICareer, transfer: least yearly pay"), msg("{n} yen"), _PUBLISHED, _REVICAREER),
    ("transfer_months", msg("REVICareer, transfer: least contract"), msg("{n} months"), _PUBLISHED, _REVICAREER),
    ("transfer_cap", msg("REVICareer, transfer: at most (30 % of the pay, up to two years)"),
     msg("{n} yen (from April 2025; the grant's page said 5,000,000, a special case 5,000,000)"), _SECONDARY, _INSIGHT),
    ("side_job_months", msg("REVICareer, side job or secondment: least contract"), msg("{n} months"), _PUBLISHED,
     _REVICAREER),
    ("side_job_cap", msg("REVICareer, side job or secondment: at most"), msg("{n} yen"), _PUBLISHED, _REVICAREER),
    ("most_persons", msg("REVICareer: people of one company"), msg("{n} people"), _PUBLISHED, _REVICAREER),
    ("prefecture_cap", msg("Yamaguchi: half of the fee, at most"), msg("{n} yen"), _PUBLISHED, _YAMAGUCHI),
    ("stay_months", msg("Yamaguchi: paid back if dismissed or moved away within"), msg("{n} months"), _PUBLISHED,
     _YAMAGUCHI),
)  # fmt: skip


@dataclass(frozen=True)
class GrantBook:
    """The applications of the clients that have a grant switched on, on a day.

    `checks`: see `answers.law.grants`, with `client`, `condition`, `because` and `source` in words; `cases`: rows for
    the book `hiring-grants`.
    """

    checks: pl.DataFrame
    cases: pl.DataFrame
    day: date
    asked: Grants
    lang: Lang

    def frame(self, part: str) -> pl.DataFrame:
        """One part as data: `checks`, `cases`, `readings`."""
        return {"checks": self.checks, "cases": self.cases, "readings": self.readings}[part]

    @property
    def workbook(self) -> bytes:
        """The conditions and their sources, a sheet each."""
        lang = self.lang
        notes = (_AS_OF.say(lang).format(day=formats.day(self.day, lang)), _NOT_KNOWN.say(lang), _NO_PROMISE.say(lang))
        states = {"state": {code: said.say(lang) for code, said in _STATES.items()}}
        frames = {
            "checks": self.checks.with_columns(self._said("value"), self._said("limit")),
            "readings": self.readings,
        }
        pages = [
            WorkbookPage(_NAMES[name].say(lang), frames[name], {one: _HEADS[one].say(lang) for one in columns},
                 _TITLE.say(lang), notes, values=states)
            for name, columns in (("checks", _CHECKED), ("readings", _READ))
        ]  # fmt: skip
        return workbook(pages, lang)

    def _said(self, name: str) -> pl.Series:
        rows = self.checks.select("check", name).rows()
        return pl.Series(name, [_value(check, value, self.lang) for check, value in rows], pl.String)

    @property
    def readings(self) -> pl.DataFrame:
        """The published numbers, one row each: `what, reading, grade, source, setting`."""
        rows = [
            (what.say(self.lang), said.say(self.lang).format(n=formats.number(getattr(self.asked, key), self.lang)),
             (_SET if key in self.asked.said else grade).say(self.lang), source, key)
            for key, what, said, grade, source in _AMOUNTS
        ]  # fmt: skip
        return pl.DataFrame(rows, schema=list(_READ), orient="row")


def grant_book(log: EventLog, settings: Settings, lang: Lang = "ja") -> GrantBook:
    """The grants of a workspace on the as-of's day."""
    found = grants.checks(log, settings.agency, settings.grants)
    names = dict(log.tables.clients.select("client_id", "name").rows())
    rows = found.to_dicts()
    worded = found.with_columns(
        client=pl.Series([names.get(row["client_id"]) or row["client_id"] for row in rows], dtype=pl.String),
        condition=pl.Series([_CONDITIONS[row["check"]][0].say(lang) for row in rows], dtype=pl.String),
        because=pl.Series([_FOUND[row["found"]].say(lang) for row in rows], dtype=pl.String),
        source=pl.Series([_source(row["check"], row["grant"], lang) for row in rows], dtype=pl.String),
    )
    cases = grants.cases(log, settings.agency, settings.grants)
    return GrantBook(worded, cases, log.as_of.day, settings.grants, lang)


def grants_in_short(log: EventLog, case_id: str, settings: Settings, lang: Lang = "ja") -> list[str]:
    """Each grant of one placement in a line: its name, how its conditions stand, the next day it hangs on."""
    found = grants.checks(log, settings.agency, settings.grants).filter(case_id=case_id)
    words = {state: text.say(lang) for state, text in _STATES.items()}
    said = []
    for (name,), mine in found.group_by(["grant"], maintain_order=True):
        counted = [f"{said_of} {n}" for state, said_of in words.items()
                   if (n := mine.filter(state=state).height)]  # fmt: skip
        ahead = mine.filter(pl.col("state") != "met", pl.col("by") >= log.as_of.day)["by"].sort().to_list()
        until = [_UNTIL.say(lang).format(day=formats.day(day, lang)) for day in ahead[:1]]
        said.append(f"{name} {' '.join([*counted, *until])}")
    return said


_UNTIL = msg_in("grants", "until {day}")


def _source(check: str, grant: str, lang: Lang) -> str:
    source = _CONDITIONS[check][1]
    yamaguchi = "山口" in grant or grants.kind_of(grant) != "prefecture"
    return source if yamaguchi else _OF_ANOTHER.say(lang).format(source=source)


def _value(check: str, value: str | None, lang: Lang) -> str | None:
    if value == "indefinite":
        return _INDEFINITE.say(lang)
    return formats.number(float(value), lang) if value is not None and check in _YEN_CHECKS else value
