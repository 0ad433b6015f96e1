"""The three books of an agency as a workbook: every legal item with its head, what is missing, when each row may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from playbook.answers.law.ledgers import COURSE, FEES, JOBS, SEEKERS, Ledgers
from playbook.show import formats
from playbook.show.workbook import WorkbookPage, workbook
from playbook.words.catalogue import msg, msg_in
from playbook.words.text import Lang, Text

_NAMES: Mapping[str, Text] = {
    "jobs": msg("Jobs"),
    "seekers": msg("Job seekers"),
    "fees": msg("Fees"),
    "missing": msg("Missing"),
}
_HEADS: Mapping[str, Text] = {
    "employer": msg("Employer"),
    "address": msg("Address"),
    "contact": msg("Contact"),
    "received_on": msg("Received on"),
    "valid_until": msg("Valid until"),
    "headcount": msg("How many"),
    "occupation": msg("Occupation"),
    "workplace": msg("Place of work"),
    "term": msg("Term"),
    "wage": msg("Wage"),
    "name": msg("Name"),
    "born_on": msg("Born on"),
    "wish": msg("Occupation wished for"),
    "payer": msg("Paid by"),
    "paid_on": msg("Paid on"),
    "kind": msg("Kind of fee"),
    "fee": msg("Fee (yen)"),
    "basis": msg("How it was computed"),
    "case_id": msg("Case"),
    "introduced_to": msg("Introduced to"),
    "outcome": msg("Outcome"),
    "joined_on": msg("Joined on"),
    "indefinite": msg("Indefinite"),
    "no_poaching_until": msg("Not to be approached until"),
    "state": msg("Within six months"),
    "asked_on": msg("Asked on"),
    "asked_how": msg("Asked how"),
    "refund_until": msg("Refund until"),
    "refunded": msg("Refunded"),
    "may_go_on": msg("May go on"),
    "ledger": msg("Book"),
    "item": msg("Item"),
    "law": msg_in("ledgers", "Source"),
}
_STATES = {
    "left": msg("left"),
    "dismissed": msg("dismissed"),
    "there": msg("there"),
    "unknown": msg("not known"),
    "not_yet": msg("not over"),
}
_TITLE = msg("{name} ({office}), {day}")
_ALL_OFFICES = msg("all offices")
_KEPT = msg(
    "Kept two years after completion; any form with all items (Tokyo labour bureau, tkc.or.jp; the rule was not read)"
)
_ASK = msg("An empty cell is an item that the tables do not say; they are listed on the last sheet. Not legal advice.")


@dataclass(frozen=True)
class LedgerBook:
    """The books with their words, on a day, of one office or of all."""

    ledgers: Ledgers
    day: date
    office: str
    lang: Lang

    def frame(self, name: str) -> pl.DataFrame:
        """One book as data: `jobs`, `seekers`, `fees`, or what is `missing`."""
        frames = {"jobs": self.ledgers.jobs, "seekers": self.ledgers.seekers, "fees": self.ledgers.fees,
                  "missing": self.ledgers.missing}  # fmt: skip
        return frames[name]

    @property
    def workbook(self) -> bytes:
        """The three books and what is missing, a sheet each."""
        items = {"jobs": JOBS, "seekers": SEEKERS, "fees": FEES}
        columns = {name: (*(item.name for item in listed), *COURSE) for name, listed in items.items()}
        columns["missing"] = ("ledger", "item", "case_id", "law")
        return workbook([self._page(name, listed) for name, listed in columns.items()], self.lang)

    def _page(self, name: str, columns: tuple[str, ...]) -> WorkbookPage:
        office = self.office or _ALL_OFFICES.say(self.lang)
        day, called = formats.day(self.day, self.lang), _NAMES[name].say(self.lang)
        values = {
            "state": {code: said.say(self.lang) for code, said in _STATES.items()},
            "ledger": {code: said.say(self.lang) for code, said in _NAMES.items()},
            "item": {code: said.say(self.lang) for code, said in _HEADS.items()},
        }
        return WorkbookPage(
            called,
            self.frame(name),
            {column: _HEADS[column].say(self.lang) for column in columns},
            _TITLE.say(self.lang).format(name=called, office=office, day=day),
            (_KEPT.say(self.lang), _ASK.say(self.lang)),
            values=values,
        )
