"""The three books of an agency as a workbook: every legal item with its head, what is missing, when each row may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from playbook.answers.law.ledgers import COURSE, FEES, JOBS, SEEKERS, Ledgers
from playbook.show import formats
from playbook.show.workbook import Page, workbook
from playbook.words.text import Lang, Text

_NAMES: Mapping[str, Text] = {
    "jobs": Text("求人管理簿", "Jobs"),
    "seekers": Text("求職管理簿", "Job seekers"),
    "fees": Text("手数料管理簿", "Fees"),
    "missing": Text("未記入", "Missing"),
}
_HEADS: Mapping[str, Text] = {
    "employer": Text("求人者の名称", "Employer"),
    "address": Text("所在地・住所", "Address"),
    "contact": Text("連絡先", "Contact"),
    "received_on": Text("受付年月日", "Received on"),
    "valid_until": Text("有効期間", "Valid until"),
    "headcount": Text("求人数", "How many"),
    "occupation": Text("職種", "Occupation"),
    "workplace": Text("就業の場所", "Place of work"),
    "term": Text("雇用期間", "Term"),
    "wage": Text("賃金", "Wage"),
    "name": Text("求職者の氏名", "Name"),
    "born_on": Text("生年月日", "Born on"),
    "wish": Text("希望する職種", "Occupation wished for"),
    "payer": Text("手数料を支払う者", "Paid by"),
    "paid_on": Text("徴収年月日", "Paid on"),
    "kind": Text("手数料の種類", "Kind of fee"),
    "fee": Text("手数料の額(円)", "Fee (yen)"),
    "basis": Text("算出の根拠", "How it was computed"),
    "case_id": Text("案件番号", "Case"),
    "introduced_to": Text("紹介した求人者", "Introduced to"),
    "outcome": Text("取扱いの結果", "Outcome"),
    "joined_on": Text("採用年月日", "Joined on"),
    "indefinite": Text("無期", "Indefinite"),
    "no_poaching_until": Text("転職勧奨の禁止期間の末日", "Not to be approached until"),
    "state": Text("6か月以内の離職", "Within six months"),
    "asked_on": Text("離職の確認日", "Asked on"),
    "asked_how": Text("確認の方法", "Asked how"),
    "refund_until": Text("返戻金の期限", "Refund until"),
    "refunded": Text("返戻の有無", "Refunded"),
    "may_go_on": Text("廃棄できる日", "May go on"),
    "ledger": Text("帳簿", "Book"),
    "item": Text("項目", "Item"),
    "law": Text("根拠", "Source"),
}
_STATES = {
    "left": Text("離職", "left"),
    "dismissed": Text("解雇", "dismissed"),
    "there": Text("在籍", "there"),
    "unknown": Text("判明せず", "not known"),
    "not_yet": Text("満了前", "not over"),
}
_TITLE = Text("{name}({office}) {day}現在", "{name} ({office}), {day}")
_ALL_OFFICES = Text("全事業所", "all offices")
_KEPT = Text(
    "取扱いの完了から2年保存。様式は任意、項目がそろっていること(東京労働局、tkc.or.jp の解説。条文は未読)",
    "Kept two years after completion; any form with all items (Tokyo labour bureau, tkc.or.jp; the rule was not read)",
)
_ASK = Text(
    "空欄は表に書かれていない項目です。「未記入」のシートに一覧があります。法律上の助言ではありません。",
    "An empty cell is an item that the tables do not say; they are listed on the last sheet. Not legal advice.",
)


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

    def _page(self, name: str, columns: tuple[str, ...]) -> Page:
        office = self.office or _ALL_OFFICES.say(self.lang)
        day, called = formats.day(self.day, self.lang), _NAMES[name].say(self.lang)
        values = {
            "state": {code: said.say(self.lang) for code, said in _STATES.items()},
            "ledger": {code: said.say(self.lang) for code, said in _NAMES.items()},
            "item": {code: said.say(self.lang) for code, said in _HEADS.items()},
        }
        return Page(
            called,
            self.frame(name),
            {column: _HEADS[column].say(self.lang) for column in columns},
            _TITLE.say(self.lang).format(name=called, office=office, day=day),
            (_KEPT.say(self.lang), _ASK.say(self.lang)),
            values=values,
        )
