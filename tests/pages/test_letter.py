"""The edition that is handed out is a letter: customary order, and nothing on it that must not be."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from docx import Document
from placement_sample import AS_OF, frame, rows
from published import editions_in

import playbook as pb
from playbook.answers.placed.editions import Edition, Pack
from playbook.pages.letter import About, letter_of, shared
from playbook.show.letter import Letter, letter_docx, letter_html
from playbook.tables.settings import settings_from
from playbook.words.text import LANGS, Lang

HANDED_OUT: tuple[Edition, ...] = ("company", "hire")
NEVER = re.compile(
    r"当方の目安|原典|ルール|超過|遅延|要注意|評点|融資|[BJCDZ]-\d\d|index\.html|our own figure|[Oo]verdue|[Ss]lipping"
)


HOUSE = settings_from(
    {"letter": {"house": "青葉銀行", "department": "人材支援部", "post": "課長", "name": "山本 和子"}}
)


@cache
def workspace() -> pb.Workspace:
    """The small bank."""
    return pb.Workspace(**{name: frame(table) for name, table in rows().items()})


@cache
def pack(edition: Edition, case: str = "P-1") -> Pack:
    """What a reader may know of a placement of the small bank."""
    return workspace().on(AS_OF).review(case, edition=edition).pack


def letter(found: Pack, *readers: Pack, about: About | None = None, lang: Lang = "ja") -> Letter:
    """The letter of a pack, from the house."""
    return letter_of(found, readers, about or About(), HOUSE, lang)


def text(written: Letter) -> str:
    """What the page of a letter says, without its tags."""
    return re.sub(r"<[^>]+>", "\n", str(letter_html(written)))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("edition", HANDED_OUT)
def test_a_letter_goes_in_the_customary_order(edition: Edition, lang: Lang) -> None:
    """Day, addressee, sender, subject, opening, sentences, close, numbered parts, lines to sign."""
    written = letter(pack(edition), lang=lang)
    said = text(written)
    close = {"ja": "敬具", "en": "Sincerely yours,"}[lang]
    parts = [written.to[0], "青葉銀行", written.subject, *written.sentences, close, written.goals[0].words]
    places = [said.index(part) for part in parts]
    assert places == sorted(places)
    assert {"company": ("青葉精機 御中",), "hire": ("森田 健 様",)}[edition] == letter(pack(edition)).to
    assert said.rindex({"ja": "氏名", "en": "Name"}[lang]) > places[-1]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("edition", HANDED_OUT)
def test_the_page_and_the_word_file_say_the_same(edition: Edition, lang: Lang) -> None:
    """Every line and cell of the page is in the Word file, and the other way round."""
    written = letter(pack(edition), pack("company"), pack("hire"), lang=lang)
    document = Document(BytesIO(letter_docx(written)))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    in_word = [re.sub(r"^\s*(?:\d+　|・)", "", one.text) for one in document.paragraphs] + cells
    on_page = [one for one in unescape(text(written)).split("\n") if one.strip()]
    assert len(on_page) > 30
    assert [one for one in on_page if squeezed([one]) not in squeezed(in_word)] == []
    assert [one for one in in_word if squeezed([one]) not in squeezed(on_page)] == []


def squeezed(lines: list[str]) -> str:
    """Lines one after the other, without what only parts them."""
    return re.sub(r"\s", "", "".join(lines))


@pytest.mark.parametrize(("edition", "lang"), [(edition, lang) for lang in LANGS for edition in editions_in(lang)])
def test_a_letter_holds_nothing_of_the_house(edition: Edition, lang: Lang, published: Path) -> None:
    """No lateness, source, rule, figure of ours, score, link to the index, or empty section, on the page itself."""
    page = (published / lang / f"followup_review-{edition}.html").read_text(encoding="utf-8")
    body = page[page.index("<body") : page.index("<script", page.index("</main>"))]
    assert NEVER.search(body) is None
    assert 'class="pb-empty"' not in body and "<h2" not in body
    assert body.count('class="letter"') == 1


def test_three_sentences_come_from_the_record() -> None:
    """What was reached is counted from recorded days, not from what the bank computes of them."""
    found = pack("company")
    written = letter(found)
    reached = found.milestones.filter(pl.col("status").ne_missing("dropped"))["achieved_on"].count()
    assert f"のうち、{reached}件に到達" in written.sentences[0]
    assert 1 <= len(written.sentences) <= 3


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("edition", HANDED_OUT)
def test_of_somebody_who_left_nothing_is_reported(edition: Edition, lang: Lang) -> None:
    """No months, no goals, no sentence of what comes next: neither promises nor congratulations."""
    written = letter(pack(edition), about=About("left", date(2026, 10, 1)), lang=lang)
    said = text(written)
    assert written.sentences == () and written.goals[0].words not in said
    assert not re.search(r"か月|months|目標|[Gg]oal", said)


def test_nobody_is_asked_whether_they_are_still_there() -> None:
    """Of a person nothing is known of, the company is asked; the person gets a letter like everybody."""
    unknown = About("unknown")
    assert "在籍状況ご確認のお願い" in text(letter(pack("company"), about=unknown))
    assert "ご入社6か月のご報告" in text(letter(pack("hire"), about=unknown))


def test_before_six_months_nobody_says_that_they_are_over() -> None:
    """The months in subject and sentences are those since the joining; an inquiry waits for the six to be over."""
    early = replace(pack("company"), day=date(2026, 9, 1))
    assert letter(early).subject == "森田 健 様ご入社3か月のご報告"
    asked = text(letter(early, about=About("unknown")))
    assert "3か月がたちました" in asked and "6か月" not in asked
    assert "6か月が過ぎた" in text(letter(pack("company"), about=About("unknown")))


def test_only_what_all_readers_may_read_is_in_a_letter_that_both_sign() -> None:
    """A voice that stands in one edition alone is left out where the other side comes to read the letter."""
    found = pack("company")
    voices = pl.DataFrame(
        {"case_id": ["P-1"] * 2, "side": ["company", "hire"], "held_on": [date(2026, 6, 1)] * 2,
         "topic": ["会議", "会議"], "score": [4, 4], "note": ["よく話す", "慣れた"]}
    )  # fmt: skip
    mine, theirs = replace(found, voices=voices), replace(found, edition="hire", voices=voices.tail(1))
    assert "よく話す" in text(letter(mine)) and "よく話す" not in text(letter(mine, mine, theirs))
    assert "慣れた" in text(letter(mine, mine, theirs))


def test_the_bank_reads_first_what_will_cross() -> None:
    """Each voice and change of the other editions is listed with its reader, and words that were said in confidence."""
    day = workspace().on(AS_OF)
    bank, others = day.review("P-1"), [day.review("P-1", edition=edition) for edition in HANDED_OUT]
    table = bank.crossing(others)
    listed = [row[1].text for row in table.rows]
    packs = tuple(other.pack for other in others)
    assert listed == [said for other in others for said in shared(other.pack, packs)]
    careful = replace(others[0], pack=replace(others[0].pack, items=others[0].pack.items.clear(), voices=pl.DataFrame(
        {"case_id": ["P-1"], "side": ["company"], "held_on": [date(2026, 6, 1)], "topic": ["役職"], "score": [3],
         "note": ["役職の案。まだ本人には話していない"]})))  # fmt: skip
    assert bank.crossing([careful]).rows[0][2].text == "まだ本人には"


def test_the_bank_sees_what_stays_with_it_and_why() -> None:
    """Each voice that an edition lacks is listed with the reason; nobody but the bank is shown that table."""
    day = workspace().on(AS_OF)
    bank = day.review("P-1", lang="en")
    table = bank.kept_back
    assert len(table) == bank.pack.kept_back.height > 0
    held = {row[3].text for row in table.rows if row[0].text == "for the company"}
    crossing = " ".join(shared(day.review("P-1", edition="company").pack, ()))
    assert held and not any(said.split(" ", 1)[1] in crossing for said in held)
    assert all(row[4].text for row in table.rows)
    assert table in bank.opening(settings_from({}), [day.review("P-1", edition="company", lang="en")])
    assert not day.review("P-1", edition="hire").kept_back.rows
