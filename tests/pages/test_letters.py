"""The letter to the client and the bank's own sheet, opened as Word opens them."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import placement_sample as sample
import pytest
from cli_workspaces import Command
from docx import Document
from openpyxl import load_workbook

import playbook as pb
from playbook.pages.letters import letter
from playbook.show.talk_sheet import TalkSheet, talk_sheet
from playbook.show.wording import HOLES, own_text, wording
from playbook.tables.settings import Settings, settings_from
from playbook.words.problem import ArgumentError, WorkspaceError
from playbook.words.text import LANGS, Lang

SAID: dict[str, Any] = {
    "name": "みちのく銀行",
    "letter": {"department": "人材紹介室", "post": "室長", "name": "佐伯 誠", "phone": "022-000-0000"},
    "agency": {"licence": "04-ユ-000000"},
}


def day(as_of: str = sample.AS_OF, said: dict[str, Any] = SAID, **tables: Any) -> Any:
    cells = {name: sample.frame(rows) for name, rows in {**sample.rows(), **tables}.items()}
    return pb.Workspace(settings=settings_from(said), **cells).on(as_of)


@cache
def today() -> Any:
    """The bank on the day of the sample, for all who only ask it."""
    return day()


def lines(content: bytes) -> list[str]:
    """The paragraphs and table rows of a Word file, in order."""
    document = Document(BytesIO(content))
    found = []
    for element in document.element.body.iterchildren():
        rows = element.findall(".//{*}tr") or [element]
        found += ["".join(part.text or "" for part in row.iter() if part.tag.endswith("}t")) for row in rows]
    return found


def test_the_letter_stands_in_the_customary_order() -> None:
    """Day, company, sender, subject, season of November, what was done, 記, goals, 以上, and the goal sheet behind it."""
    written = lines(today().letter("P-1"))
    text = "\n".join(written)
    order = ["令和8年11月20日", "青葉精機 御中", "みちのく銀行", "許可番号 04-ユ-000000", "森田 健 様ご入社6か月のご報告",
             "拝啓　晩秋の候", "敬具", "\n記\n", "1　ご入社者", "2　当初の経営課題　納期遅れを減らす", "3　ミッション", "4　目標と到達",
             "5　面談の実施日", "6　双方で共有した変化とお話", "7　同封物", "以上", "目標管理シート\n青葉精機", "確認 銀行"]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "納期遅れを半分にする令和8年11月10日取り組み中" in written
    assert "　　・令和8年11月10日 計画を全員で見るようになった" in written


def test_the_letter_holds_nothing_of_the_bank_s() -> None:
    """No lateness, no score, no amount, no word said in confidence, no rule."""
    text = "\n".join(lines(today().letter("P-1")))
    for word in ("遅延", "要注意", "目安", "原典", "相談できる人がまだいない", "来期の処遇", "1,200,000", "部品の欠品"):
        assert word not in text


def test_a_named_addressee_is_sama_and_the_company_no_onchu() -> None:
    """Post and name with 様; 御中 and 様 never together; western years where the house writes them."""
    clients = [{**sample.CLIENTS[0], "representative_post": "代表取締役", "representative": "青葉 一郎"}]
    said = {**SAID, "letter": {**SAID["letter"], "era": "western"}}
    written = lines(day(said=said, clients=[*clients, sample.CLIENTS[1]]).letter("P-1", sent_on=date(2026, 12, 1)))
    assert "代表取締役　青葉 一郎 様" in written
    assert not any("御中" in line for line in written)
    assert written[0] == "2026年12月1日"
    assert any("初冬の候" in line for line in written)


@pytest.mark.parametrize(
    ("case", "kind", "subject"),
    [
        ("P-1", "there", "森田 健 様ご入社6か月のご報告"),
        ("P-2", "unknown", "井上 直子 様の在籍状況ご確認のお願い"),
        ("P-3", "left", "高木 誠 様のその後についてのご連絡"),
    ],
)
def test_who_left_or_is_unknown_gets_another_letter(case: str, kind: str, subject: str) -> None:
    """Only of whom the person's own sign is known is reported; no other letter speaks of goals or of staying."""
    asked = today()
    assert letter(asked.log, case, asked.settings).kind == kind
    text = "\n".join(lines(asked.letter(case)))
    assert subject in text
    assert "定着" not in text
    assert ("目標管理シート" in text) == (kind == "there")


def test_what_is_missing_is_marked() -> None:
    """Without a house, a name and an issue, the gaps are seen at once."""
    cases = [{**case, "management_issue": None} for case in sample.rows()["cases"]]
    text = "\n".join(lines(day(said={}, cases=cases).letter("P-1")))
    assert "2　当初の経営課題　【未入力】" in text
    assert "担当　【未入力】　【未入力】" in text


def test_the_same_letter_gives_the_same_bytes() -> None:
    """No time of making is in the file, so that a page with it can be made again and compared."""
    assert day().letter("P-1") == today().letter("P-1")
    assert day().review_sheet("P-1") == today().review_sheet("P-1")


def test_the_letter_is_written_on_the_house_s_own_template(tmp_path: Path) -> None:
    """A letterhead in a Word file beside the tables stays above the letter; a file that is not there is said."""
    own = Document()
    own.sections[0].header.paragraphs[0].text = "みちのく銀行の便箋"
    place = sample.write(tmp_path / "bank", sample.rows())
    (place / "workspace.toml").write_text('[letter]\ntemplate = "便箋.docx"\n', encoding="utf-8")
    with pytest.raises(ArgumentError, match="there is no file"):
        pb.open(place).on(sample.AS_OF).letter("P-1")
    with ZipFile(place / "便箋.docx", "w", ZIP_DEFLATED) as bomb:
        bomb.writestr("word/document.xml", b" " * 200_000_000)
    with pytest.raises(ArgumentError, match="便箋.docx: unpacks to more than 250 times its size"):
        pb.open(place).on(sample.AS_OF).letter("P-1")
    own.save(str(place / "便箋.docx"))
    made = Document(BytesIO(pb.open(place).on(sample.AS_OF).letter("P-1")))
    assert made.sections[0].header.paragraphs[0].text == "みちのく銀行の便箋"


JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


def test_in_english_nothing_but_the_record_is_japanese() -> None:
    """All labels, days and kinds of letters, of the sheet and of a talk sheet too; no season, no era, no 様."""
    asked, recorded = today(), {str(cell) for rows in sample.rows().values() for row in rows for cell in row.values()}
    names = sorted(
        {*recorded, *SAID["letter"].values(), SAID["name"], SAID["agency"]["licence"]}, key=len, reverse=True
    )
    own = re.compile("|".join(map(re.escape, filter(JAPANESE.search, names))))
    papers = {(case, to): asked.letter(case, edition=to, lang="en") for case in ("P-1", "P-2", "P-3", "P-4")
              for to in ("company", "hire")}  # fmt: skip
    said = {key: lines(content) for key, content in papers.items()}
    said["sheet", ""] = lines(asked.review_sheet("P-1", lang="en"))
    for side in ("company", "hire"):
        cells = load_workbook(BytesIO(talk_sheet(TalkSheet("P-1", "", "", side), "en"))).worksheets[0].values
        said["talk", side] = [str(cell) for row in cells for cell in row if cell]
    assert all(len(written) > 10 for written in said.values())
    left = [(key, line) for key, written in said.items() for line in written if JAPANESE.search(own.sub("", line))]
    assert left == []


def test_english_days_are_written_out() -> None:
    """The day of sending as English letters write it, and the same order of parts."""
    text = "\n".join(lines(today().letter("P-1", lang="en")))
    order = ["20 November 2026", "青葉精機", "みちのく銀行", "森田 健: 6 months on", "Thank you for the time",
             "joined you on 11 May 2026", "Sincerely yours,", "1　Who joined", "Goal sheet", "Confirmed Bank"]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_the_house_says_it_in_its_own_words(tmp_path: Path) -> None:
    """A text file beside the tables says some blocks otherwise; its holes are filled, the other blocks stay."""
    place = sample.write(tmp_path / "bank", sample.rows())
    settings = '[letter]\nhouse = "みちのく銀行"\ntext = "書面.txt"\naddressees = { K-1 = "代表取締役　青葉 一郎" }\n'
    (place / "workspace.toml").write_text(settings, encoding="utf-8")
    own = "# 当行の言い方\n[subject.there]\n{person} 様のご活躍について（{months}か月）\n\n[close]\n謹白\n"
    (place / "書面.txt").write_bytes(own.encode("cp932"))
    written = lines(pb.open(place).on(sample.AS_OF).letter("P-1"))
    assert "森田 健 様のご活躍について（6か月）" in written and "謹白" in written and "敬具" not in written
    assert "代表取締役　青葉 一郎 様" in written and not any("御中" in line for line in written)
    assert "\n".join(written).index("ともに定めた") > 0


def test_what_is_wrong_in_the_words_is_told_with_its_line(tmp_path: Path) -> None:
    """Unknown block and hole, a block that stands twice, a brace alone, words above the blocks: all at once."""
    path = tmp_path / "書面.txt"
    path.write_text("まえがき\n[subjekt.there]\n[close]\n{persn} 様\n[close]\n{person\n", encoding="utf-8")
    with pytest.raises(WorkspaceError) as refused:
        wording("ja", path)
    told = [problem.say("ja").split("。")[0] for problem in refused.value.problems]
    assert told == [
        "書面.txt, 1 行目: 最初の [名前] より前に文があります",
        "書面.txt, 2 行目: 'subjekt.there' という場所はありません",
        "書面.txt, 4 行目: 'persn' という穴はありません",
        "書面.txt, 5 行目: [close] が二度あります",
        "書面.txt, 6 行目: 対にならない波かっこがあります",
    ]
    assert "did you mean 'person'?" in str(refused.value.problems[2])
    with pytest.raises(WorkspaceError, match="cannot be read"):
        wording("ja", tmp_path / "none.txt")


@pytest.mark.parametrize("lang", LANGS)
def test_both_texts_have_the_same_blocks_and_name_every_hole(lang: Lang) -> None:
    """What comes with the package says every place in both languages, and lists its holes for whoever edits it."""
    assert wording(lang).keys() == wording("en").keys()
    assert set(re.findall(r"\{(\w+)\}", own_text(lang).split("\n[")[0])) == set(HOLES)


def test_the_words_are_written_to_be_edited(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`playbook letter --wording FILE` writes what can be read back as it is, and overwrites nothing."""
    to = tmp_path / "書面.txt"
    assert Command(capsys)("letter", "--wording", to).status == 0
    assert wording("ja", to) == wording("ja")
    assert Command(capsys)("letter", "--wording", to).status == 2


def test_a_logo_stands_above_the_letter(tmp_path: Path) -> None:
    """A PNG beside the tables is in the Word file and on the page; what is no picture is said."""
    place = sample.write(tmp_path / "bank", sample.rows())
    (place / "workspace.toml").write_text('[letter]\nlogo = "logo.png"\n', encoding="utf-8")
    (place / "logo.png").write_bytes(PNG)
    asked = pb.open(place).on(sample.AS_OF)
    assert len(Document(BytesIO(asked.letter("P-1"))).inline_shapes) == 1
    page = asked.review("P-1", edition="company").opening(asked.settings)[1]._repr_html_()
    assert 'src="data:image/png;base64,' in page
    (place / "logo.png").write_bytes(b"no picture")
    with pytest.raises(WorkspaceError, match="is no picture"):
        pb.open(place).on(sample.AS_OF).letter("P-1")


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def test_the_review_sheet_has_stamps_voices_and_what_stays_open() -> None:
    """Stamps, head, goals with evidence, both voices with their consent, proposals with amounts, and the decision."""
    text = "\n".join(lines(today().review_sheet("P-1")))
    for part in ("行内限り　P-1", "担当課長支店長本部（人材）", "起案者　銀行の佐伯", "令和8年5月21日", "原因表",
                 "共有: 不可", "可（同意 令和8年5月20日）", "6　所見", "1,200,000円", "□ 融資判断とは切り離して説明した",
                 "8　判断　　□継続　□完了　□再評価"):  # fmt: skip
        assert part in text


def test_the_sheet_says_the_inquiry_after_six_months() -> None:
    """Asked on, how, and what it was: the statutory answer, not a guess."""
    cases = sample.rows()["cases"]
    cases[0] |= {"employment_term": "無期", "asked_on": "2026-11-12", "asked_how": "電話", "asked_answer": "在籍"}
    text = "\n".join(lines(day(cases=cases).review_sheet("P-1")))
    assert "在籍確認　令和8年11月12日　電話 = 在籍" in text


def test_the_command_writes_both_papers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`playbook letter CASE` leaves two Word files in a folder."""
    place = sample.write(tmp_path / "bank", sample.rows())
    words = ("letter", "P-1", "--workspace", place, "--as-of", sample.AS_OF, "--out", tmp_path / "out")
    assert Command(capsys)(*words).status == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["letter-P-1.docx", "review-sheet-P-1.docx"]


def test_a_wrong_setting_is_said() -> None:
    """An unknown key of [letter], another era, a number for a text: all at once."""
    with pytest.raises(WorkspaceError, match=r"unknown key(.|\n)*reiwa, western"):
        settings_from({"letter": {"hose": "x", "era": "showa", "phone": 3}})
    assert Settings().letter.era == "reiwa"
