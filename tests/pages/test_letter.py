"""The edition that is handed out is a letter: customary order, and nothing on it that must not be."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from placement_sample import AS_OF, frame, rows
from published import publish

import playbook as pb
from playbook.answers.placed.editions import CAREFUL, Edition, Pack
from playbook.pages.letter import Letter
from playbook.tables.settings import LetterHead, settings_from
from playbook.words.text import LANGS, Lang

HANDED_OUT: tuple[Edition, ...] = ("company", "hire")
NEVER = re.compile(
    r"当方の目安|原典|ルール|超過|遅延|要注意|評点|融資|[BJCDZ]-\d\d|index\.html|our own figure|[Oo]verdue|[Ss]lipping"
)


def workspace() -> pb.Workspace:
    """The small bank."""
    return pb.Workspace(**{name: frame(table) for name, table in rows().items()})


def pack(edition: Edition, case: str = "P-1") -> Pack:
    """What a reader may know of a placement of the small bank."""
    return workspace().on(AS_OF).review(case, edition=edition).pack


def text(letter: Letter) -> str:
    """What the letter says, without its tags."""
    return re.sub(r"<[^>]+>", "\n", str(letter.html))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("edition", HANDED_OUT)
def test_a_letter_goes_in_the_customary_order(edition: Edition, lang: Lang) -> None:
    """Day, addressee, sender, subject, opening, sentences, close, numbered parts, lines to sign."""
    letter = Letter(pack(edition), LetterHead("青葉銀行", "人材支援部", "課長", "山本 和子"), lang)
    said = text(letter)
    close = {"ja": "敬具", "en": "Sincerely yours,"}[lang]
    parts = [letter.addressee, "青葉銀行", letter.subject, *letter.sentences, close, letter.goals["milestone"][0]]
    places = [said.index(part) for part in parts]
    assert places == sorted(places)
    assert {"company": "青葉精機 御中", "hire": "森田 健 様"}[edition] == Letter(pack(edition)).addressee
    assert said.rindex({"ja": "氏名・日付", "en": "Name and date"}[lang]) > places[-1]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("edition", HANDED_OUT)
def test_a_letter_holds_nothing_of_the_house(edition: Edition, lang: Lang, tmp_path: Path) -> None:
    """No lateness, source, rule, figure of ours, score, link to the index, or empty section, on the page itself."""
    publish(tmp_path, lang, "followup_review", parameters={"edition": edition})
    page = (tmp_path / f"followup_review-{edition}.html").read_text(encoding="utf-8")
    body = page[page.index("<body") : page.index("<script", page.index("</main>"))]
    assert NEVER.search(body) is None
    assert 'class="pb-empty"' not in body and "<h2" not in body
    assert body.count('class="letter"') == 1


def test_three_sentences_come_from_the_record() -> None:
    """What was reached is counted from recorded days, not from what the bank computes of them."""
    found = pack("company")
    letter = Letter(found)
    reached = found.milestones.filter(pl.col("status").ne_missing("dropped"))["achieved_on"].count()
    assert f"のうち、{reached}件に到達" in letter.sentences[0]
    assert 1 <= len(letter.sentences) <= 3


def test_of_somebody_who_left_no_six_months_are_reported() -> None:
    """The letter says the day of leaving, and neither promises nor congratulates."""
    found = pack("company")
    letter = Letter(replace(found, placement={**found.placement, "ended_on": date(2026, 10, 1)}))
    assert "6か月" not in letter.subject and "退職されました" in letter.sentences[0]
    assert not any("次は" in said for said in letter.sentences) and "今後の予定" not in text(letter)


def test_only_what_all_readers_may_read_is_in_a_letter_that_both_sign() -> None:
    """A voice that stands in one edition alone is left out where the other side comes to read the letter."""
    found = pack("company")
    voices = pl.DataFrame(
        {"case_id": ["P-1"] * 2, "side": ["company", "hire"], "held_on": [date(2026, 6, 1)] * 2,
         "topic": ["会議", "会議"], "score": [4, 4], "note": ["よく話す", "慣れた"]}
    )  # fmt: skip
    mine, theirs = replace(found, voices=voices), replace(found, edition="hire", voices=voices.tail(1))
    assert "よく話す" in text(Letter(mine)) and "よく話す" not in text(Letter(mine, readers=(mine, theirs)))
    assert "慣れた" in text(Letter(mine, readers=(mine, theirs)))


def test_the_bank_reads_first_what_will_cross() -> None:
    """Each voice and change of the other editions is listed with its reader, and words that were said in confidence."""
    day = workspace().on(AS_OF)
    bank, others = day.review("P-1"), [day.review("P-1", edition=edition) for edition in HANDED_OUT]
    table = bank.crossing(others)
    listed = [row[1].text for row in table.rows]
    packs = tuple(other.pack for other in others)
    assert listed == [said for other in others for said in Letter(other.pack, readers=packs).shared]
    careful = replace(others[0], pack=replace(others[0].pack, items=others[0].pack.items.clear(), voices=pl.DataFrame(
        {"case_id": ["P-1"], "side": ["company"], "held_on": [date(2026, 6, 1)], "topic": ["役職"], "score": [3],
         "note": [f"役職の案。{CAREFUL[0]}話していない"]})))  # fmt: skip
    assert bank.crossing([careful]).rows[0][2].text == CAREFUL[0]


def test_the_bank_sees_what_stays_with_it_and_why() -> None:
    """Each voice that an edition lacks is listed with the reason; nobody but the bank is shown that table."""
    day = workspace().on(AS_OF)
    bank = day.review("P-1", lang="en")
    table = bank.kept_back
    assert len(table) == bank.pack.kept_back.height > 0
    held = {row[3].text for row in table.rows if row[0].text == "for the company"}
    crossing = " ".join(Letter(day.review("P-1", edition="company").pack).shared)
    assert held and not any(said.split(" ", 1)[1] in crossing for said in held)
    assert all(row[4].text for row in table.rows)
    assert table in bank.opening(settings_from({}).letter, [day.review("P-1", edition="company", lang="en")])
    assert not day.review("P-1", edition="hire").kept_back.rows


def test_a_workspace_says_who_signs() -> None:
    """`[letter]` gives the house, department and name that stand on the letter."""
    head = settings_from({"letter": {"house": "青葉銀行", "department": "人材支援部", "name": "山本 和子"}}).letter
    said = text(Letter(pack("company"), head))
    assert "青葉銀行" in said and "人材支援部" in said and "山本 和子" in said
