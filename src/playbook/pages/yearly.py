"""The yearly report of an agency, with words: figures per office and occupation, who was counted and why, whom to ask.

Every figure shows the day it was read for and its source; what is our reading of a text says so. Nothing here is legal
advice, and the page says that too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from playbook.answers.law import statutory
from playbook.answers.law.statutory import FiscalYear
from playbook.answers.placed.retention import contacts
from playbook.clock.known import EventLog
from playbook.rendering.attachments import summarise
from playbook.show import formats, view
from playbook.show.workbook import Page, workbook
from playbook.tables.settings import READINGS, Agency
from playbook.words.text import Lang, Text

_HEADS: Mapping[str, Text] = {
    "fiscal_year": Text("年度", "Fiscal year"),
    "office": Text("事業所", "Office"),
    "placed": Text("4か月以上有期+無期", "Four months or more, and indefinite"),
    "indefinite": Text("うち無期", "Of these indefinite"),
    "person_days": Text("4か月未満有期(延人日)", "Below four months (person-days)"),
    "left": Text("離職者数(無期・6か月以内・解雇を除く)", "Left within six months (not dismissed)"),
    "unknown": Text("判明せず", "Not known"),
    "leaving_rate": Text("離職率(離職者数/無期)", "Leaving rate (left of indefinite)"),
    "unknown_rate": Text("判明せずの率(外数)", "Share not known (beside it)"),
    "opens_on": Text("離職者数の公表開始日", "Leavers are filed from"),
    "left_so_far": Text("いま分かる離職者数", "Left, as known today"),
    "unknown_so_far": Text("いま判明せずの人数", "Not known today"),
    "not_yet": Text("6か月が満了していない人", "Six months not over"),
    "dismissed": Text("解雇(離職者に含めない)", "Dismissed (no leaver)"),
    "term_unknown": Text("雇用期間が未記入(どの数にも入らない)", "Term not written (in no figure)"),
    "not_employment": Text("業務委託など(どの数にも入らない)", "No employment (in no figure)"),
    "occupation": Text("職種", "Occupation"),
    "with_fee": Text("手数料と年収のそろった件数", "With fee and expected pay"),
    "fees": Text("手数料の合計(円)", "Fees (yen)"),
    "pay": Text("理論年収の合計(円)", "Expected annual pay (yen)"),
    "fee_rate": Text("手数料率(%)", "Fee rate (%)"),
    "indefinite_before": Text("前年度の無期", "Indefinite, the year before"),
    "left_before": Text("前年度の離職者数", "Left, the year before"),
    "unknown_before": Text("前年度の判明せず", "Not known, the year before"),
    "leaving_rate_before": Text("前年度の離職率", "Leaving rate, the year before"),
    "client": Text("取引先", "Client"),
    "case_id": Text("案件番号", "Case"),
    "subject": Text("氏名", "Name"),
    "contract": Text("雇用期間(記入のまま)", "Term as written"),
    "term": Text("区分", "Kind"),
    "joined_on": Text("入社日", "Joined on"),
    "last_day": Text("6か月の満了日", "Six months end on"),
    "ended_on": Text("離職・解雇の日", "Left or dismissed on"),
    "asked_on": Text("確認日", "Asked on"),
    "asked_how": Text("確認の方法", "Asked how"),
    "state": Text("数え方", "Counted as"),
    "because": Text("そう数えた理由", "Why"),
    "missing": Text("足りないもの", "Missing"),
    "ask_from": Text("確認できる日", "Ask from"),
    "ask_by": Text("届出の期限", "Owed by"),
    "seen_on": Text("満了日より後の本人との接点(回答ではない)", "Later contact with the person (no answer)"),
    "part": Text("届出", "Filing"),
    "filed_on": Text("届け出た日", "Filed on"),
    "figure": Text("数", "Figure"),
    "filed": Text("届け出た値", "Filed"),
    "now": Text("いまの表の値", "Now"),
    "difference": Text("差", "Difference"),
    "what": Text("項目", "What"),
    "reading": Text("この表での扱い", "How it is done here"),
    "grade": Text("根拠の度合い", "How sure"),
    "source": Text("出典(2026年11月に確認)", "Source (read November 2026)"),
    "setting": Text("設定(workspace.toml の [agency])", "Setting ([agency] in workspace.toml)"),
}
_VALUES: Mapping[str, Mapping[str, Text]] = {
    "term": {
        "indefinite": Text("無期", "Indefinite"),
        "long": Text("有期4か月以上", "Four months or more"),
        "short": Text("有期4か月未満", "Below four months"),
        "not_employment": Text("雇用でない", "No employment"),
        "unknown": Text("未記入", "Not written"),
    },
    "state": {
        "left": Text("離職", "Left"),
        "dismissed": Text("解雇(離職に数えない)", "Dismissed (no leaver)"),
        "there": Text("在籍", "There"),
        "unknown": Text("判明せず", "Not known"),
        "not_yet": Text("満了前", "Not over"),
    },
    "missing": {
        "answer": Text("満了日より後の在籍の確認", "Whether they were there after the last day"),
        "left_on": Text("離職した日", "The day they left"),
        "term": Text("雇用期間(無期か、有期なら何か月か)", "Indefinite, or how many months"),
        "office": Text("事業所", "Office"),
        "occupation": Text("職種", "Occupation"),
        "expected_pay": Text("理論年収", "Expected annual pay"),
        "fee": Text("手数料", "Fee"),
    },
    "part": {
        "placed": Text("就職者数(4月)", "Placements (April)"),
        "left": Text("離職者数(10月から12月)", "Leavers (October to December)"),
    },
    "figure": {name: _HEADS[name] for names in statutory.PARTS.values() for name in names},
}
_WHY: Mapping[str, Text] = {
    "left_within": Text("満了日({last})までに離職({ended})", "left ({ended}) by the last day ({last})"),
    "dismissed_within": Text(
        "満了日({last})までに解雇({ended})。離職者には数えない",
        "dismissed ({ended}) by the last day ({last}): no leaver",
    ),
    "left_after": Text("離職({ended})は満了日({last})より後", "left ({ended}) after the last day ({last})"),
    "dismissed_after": Text("解雇({ended})は満了日({last})より後", "dismissed ({ended}) after the last day ({last})"),
    "answered": Text("満了日({last})より後の回答({asked})で在籍", "there, by the answer of {asked}, after {last}"),
    "not_asked": Text("満了日({last})より後の回答が記録にない", "no answer on record after {last}"),
    "asked_too_early": Text("回答({asked})が満了日({last})より前", "the answer ({asked}) is not after {last}"),
    "no_answer": Text("確認した({asked})が分からなかった", "asked ({asked}), but nobody could say"),
    "day_missing": Text(
        "離職との回答({asked})だが、離職した日が未記入", "left, by the answer of {asked}; no day given"
    ),
    "not_over": Text("6か月が満了していない(満了日 {last})", "the six months end on {last}"),
    "long": Text("4か月以上の有期。離職は数えない", "a term of four months or more: leaving is not counted"),
    "short": Text("4か月未満の有期。延人日で数える", "a term below four months: counted in person-days"),
    "not_employment": Text("雇用でない契約なので、どの数にも入れない", "no employment: in no figure"),
    "term_unknown": Text("雇用期間が未記入なので、どの数にも入らない", "the term is not written: in no figure"),
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
    "site": Text("総合サイト", "Site"),
    "occupations": Text("職種別", "Occupations"),
    "people": Text("名簿", "People"),
    "to_ask": Text("未確認", "To ask"),
    "to_write": Text("未記入", "To fill in"),
    "filed": Text("届出との差", "Filed and now"),
    "readings": Text("根拠", "Sources"),
}
_TITLE = Text("{year}年度 職業紹介の年度報告", "Yearly figures of the agency, fiscal year {year}")
_AS_OF = Text("{day} 現在の記録による", "From what was on record on {day}")
_CAPTION = Text("{name}({day}現在)", "{name}, on {day}")
_NOT_ADVICE = Text(
    "法律上の助言ではありません。届け出る前に、所轄の労働局の案内で確かめてください。",
    "Not legal advice: check with your labour bureau before filing.",
)
_DASH = Text(
    "離職者数と判明せずは {day} から届け出ます。それまでサイトの表示は「-」で、0ではありません。",
    "Leavers and not known are filed from {day}; until then the site shows '-', which is not 0.",
)
_TOP = Text(
    "就職者の多い順に5職種まで。10件以下の職種は載せません。手数料率は全件の手数料と年収がそろった職種だけです。",
    "Up to five occupations, none of ten placements or fewer; a fee rate only where every placement has fee and pay.",
)
_STRICT = Text(
    "満了日より後の日付の回答がない人は、面談の記録があっても判明せずに数えます。",
    "Without an answer dated after the last day a person is not known, whatever talks there were.",
)
_NOT_FILED = Text("この年度の届出はまだ記録されていません。", "No filing of this year is on record.")
_HEADLINE = Text(
    "{year}年度: 就職{placed}、うち無期{indefinite}、離職{left}、判明せず{unknown}",
    "Fiscal {year}: {placed} placed, {indefinite} indefinite, {left} left, {unknown} not known",
)
_ASK_CARD = Text("これから確認する人", "Still to ask")
_OURS, _SET, _STATED = (
    Text("当方の読み(未確認)", "our reading, to be confirmed"),
    Text("設定で確認済み", "confirmed in the settings"),
    Text("公表資料による", "from published texts"),
)

_READINGS: tuple[tuple[str, Text, Mapping[str, Text], Text], ...] = (
    (
        "",
        Text("公表する列とその順", "Columns, in order"),
        {"": Text("年度/4か月以上有期+無期/うち無期/4か月未満有期/離職者数/判明せず", "as on the site")},
        Text("人材サービス総合サイトの求人情報・実績の表示", "the pages of 人材サービス総合サイト"),
    ),
    (
        "",
        Text("届出の期間", "Windows"),
        {
            "": Text(
                "就職者数は翌年度の4月1日から30日、離職者数と判明せずは10月1日から12月31日",
                "placements 1 to 30 April, leavers 1 October to 31 December of the next year",
            )
        },
        Text("職業安定法32条の16第3項。advance-news.co.jp(2017年12月)の解説", "art. 32-16(3); advance-news (Dec 2017)"),
    ),
    (
        "",
        Text("離職者", "Leavers"),
        {
            "": Text(
                "無期の就職者のうち、解雇を除くすべての離職(合意・退職勧奨・死亡を含む)",
                "of the indefinite: every leaving but a dismissal",
            )
        },
        Text("hr-savior.com の解説", "hr-savior.com"),
    ),
    (
        "six_months_end",
        Text("6か月の最後の日", "The last day of six months"),
        {
            "day_before": Text(
                "入社日を1日目に数える(4月1日入社なら9月30日)", "the day of joining counts: 30 September"
            ),
            "same_day": Text("入社日の翌日から数える(4月1日入社なら10月1日)", "from the day after: 1 October"),
        },
        Text(
            "民法140条但書・143条2項と届出の期間からの推定。業務運営要領は未読",
            "inferred; the guidelines were not read",
        ),
    ),
    (
        "",
        Text("離職率の分母", "Denominator of the leaving rate"),
        {
            "": Text(
                "無期の就職者全員(判明せずも含む)。判明せずの率は外数として並べる",
                "all indefinite, not known included; their share stands beside",
            )
        },
        Text(
            "厚生労働省資料(wic-net.com/material/document/17152/3)の注の読み",
            "our reading of a note of a paper of MHLW",
        ),
    ),
    (
        "person_days",
        Text("4か月未満有期の延人日", "Person-days of short terms"),
        {
            "in_year": Text("入社した年度の日数だけ(初日と最終日を含む)", "days in the fiscal year of joining"),
            "whole": Text("年度をまたいでも、入社した年度に全日数", "all its days, in the fiscal year of joining"),
        },
        Text("様式第8号の記入要領は未読", "the guide to the form was not read"),
    ),
    (
        "",
        Text("職種別の手数料率", "Fee rates"),
        {
            "": Text(
                "手数料の合計/理論年収の合計×100、小数第2位を四捨五入",
                "fees of expected pay, rounded at the second decimal",
            )
        },
        Text(
            "厚生労働省リーフレット(wic-net.com/material/document/17612/2)。2025年4月から",
            "leaflet of MHLW, from April 2025",
        ),
    ),
    (
        "",
        Text("公表の期間", "How long it is shown"),
        {
            "": Text(
                "5年。届け出た値は filed/ に数だけを残し、後で書き換えない", "five years; filed counts stay as filed"
            )
        },
        Text(
            "職業安定法施行規則24条の5第4項(kaiketsu-j.com/compliance/6516 の引用による)",
            "rule 24-5(4), as quoted there",
        ),
    ),
)


@dataclass(frozen=True)
class Yearly:
    """The figures of one fiscal year on a day, in the parts that are filed, checked and asked about.

    `site`, `occupations`, `to_ask`, `to_write`, `filed`: see `answers.statutory`; `people`: everybody who joined in the
    year, with `client` and `because` (why counted so, in words); `joinings`: how many are on record, of any year.
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
    lang: Lang

    # The page

    def cards(self) -> view.Cards:
        """The numbers above the report, said to the index of reports as well."""
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
        summarise(headline=_HEADLINE.say(self.lang).format(year=self.year.year, **said), cards=shown.told)
        return shown

    def table(self, part: str) -> view.Table:
        """One part as a table of the page; the parts are those of `frame`, and `readings`."""
        page = next(page for page in self.pages if page.name == _NAMES[part].say(self.lang))
        worded = page.frame.select(_said(page, name, self.lang).alias(page.heads[name]) for name in page.heads)
        caption = _CAPTION.say(self.lang).format(name=page.name, day=formats.day(self.day, self.lang))
        return view.table(worded, caption=caption, lang=self.lang)

    def frame(self, part: str) -> pl.DataFrame:
        """One part as data: the columns of `answers.statutory`; `cases`: rows for the book `agency-duties`."""
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

    # The workbook

    @property
    def pages(self) -> tuple[Page, ...]:
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
            Page(
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

    `office` keeps one; `filed` is what was filed of the year (see `answers.statutory.against_filed`).
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


def _said(page: Page, name: str, lang: Lang) -> pl.Series:
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
