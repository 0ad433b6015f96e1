"""A firm's own facts: kept beside its tables, and what its rule book is held against."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from cli_workspaces import Command

import playbook as pb
from playbook.answers.placed.editions import careful
from playbook.rules.facts import coverage
from playbook.rules.firm_facts import facts_in, unknown_facts
from playbook.rules.reading import parse_playbook
from playbook.words.problem import RulebookError

BOOK = """
[playbook]
id = "walk-ins"
[[activity]]
id = "asked"
[[activity]]
id = "answered"
[[role]]
id = "desk"
[[rule]]
id = "answer"
after = ["asked"]
due = "3 business days"
until = ["answered"]
role = "desk"
fact = ["K-01"]
basis = "stated"
"""
FACTS = """
[K-01]
kind = "DL"
place = "手引き 2.3 第1文"
ja = "問い合わせには3営業日以内に答える"
basis = "stated"
word = "以内に"
limit = "3 business days"

[K-02]
kind = "PR"
place = "手引き 2.4"
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    """A workspace with a rule book of its own, and the facts of its procedure."""
    for folder in ("playbooks", "facts"):
        (tmp_path / folder).mkdir()
    (tmp_path / "playbooks" / "walk-ins.toml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "facts" / "handbook.toml").write_text(FACTS, encoding="utf-8")
    (tmp_path / "cases.csv").write_text("case_id,playbook\nA,walk-ins\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text("case_id,activity,timestamp\nA,asked,2026-11-02 10:00\n", encoding="utf-8")
    return tmp_path


def problems_of(text: str, folder: Path) -> str:
    """What is wrong with a file of facts."""
    (folder / "f.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RulebookError, match=r"f\.toml") as refused:
        facts_in(folder)
    return str(refused.value)


def test_facts_of_a_firm_are_read(firm: Path) -> None:
    """Each has its id, its kind, and where its sentence stands; what it says may be left out."""
    first, second = facts_in(firm / "facts")
    assert (first.id, first.kind, first.place, first.basis, first.word) == (
        "K-01",
        "DL",
        "手引き 2.3 第1文",
        "stated",
        "以内に",
    )
    assert first.limit == "3 business days"
    assert (second.text.ja, second.text.en, second.basis) == ("手引き 2.4", "手引き 2.4", "told")
    assert facts_in(firm / "nowhere") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[k1]\nkind = "DL"\nplace = "1"\n', "[k1]: found 'k1'; allowed: a fact id such as 'J-14'"),
        ('[K-01]\nplace = "1"\n', "[K-01], key 'kind': missing"),
        ('[K-01]\nkind = "DL"\n', "[K-01], key 'place': missing"),
        ('[K-01]\nkind = "XX"\nplace = "1"\n', "[K-01], key 'kind': found 'XX'; allowed: one of 'ST'"),
        ('[K-01]\nkind = "DL"\nplac = "1"\n', "Hint: did you mean 'place'?"),
        ('[K-01]\nkind = "DL"\nplace = "1"\nbasis = "ours"\n', "key 'basis': found 'ours'; allowed: one of 'stated'"),
        ('[J-14]\nkind = "DL"\nplace = "1"\n', "[J-14]: 'J-14' is also the id of the sources"),
        ("[K-01\n", "f.toml, line 1"),
    ],
)
def test_mistakes_of_a_file_of_facts_are_named(tmp_path: Path, text: str, said: str) -> None:
    """A wrong id, a missing or unknown key, a word that is none, an id that is taken: each with its place."""
    assert said in problems_of(text, tmp_path)


def test_a_book_is_held_against_its_firms_own_facts(firm: Path) -> None:
    """What a firm's book covers is counted among the firm's facts, not among those of other sources."""
    table = coverage([parse_playbook(BOOK, "book.toml")], facts_in(firm / "facts"))
    assert table.select("fact", "covered", "basis", "word", "where").rows() == [
        ("K-01", True, "stated", "以内に", "rule walk-ins/answer"),
        ("K-02", False, "told", "", ""),
    ]


def test_an_unknown_fact_is_a_problem_at_its_place(firm: Path) -> None:
    """A citation of a fact that nothing keeps names the rule, and what may be meant."""
    wrong = parse_playbook(BOOK.replace('"K-01"', '"K-011"'), "book.toml")
    (problem,) = unknown_facts([wrong], facts_in(firm / "facts"))
    assert str(problem).startswith("rule walk-ins/answer: 'K-011' is a fact that nothing keeps")
    assert "did you mean 'K-01'?" in str(problem)


def test_the_command_measures_a_firms_book(run: Command, firm: Path) -> None:
    """`rules --coverage` prints the firm's facts, and ends with 1 while one of them has no place."""
    ran = run(
        "rules", "--coverage", "--workspace", firm, "--playbook", firm / "playbooks" / "walk-ins.toml", "--lang", "en"
    )
    assert ran.status == 1
    assert "1 of 2 facts have a place" in ran.err
    assert "facts without a place: K-02" in ran.err
    assert pl.read_csv(ran.out.encode("utf-8"), infer_schema=False)["fact"].to_list() == ["K-01", "K-02"]


def test_beside_the_built_in_books_both_are_measured(run: Command, firm: Path) -> None:
    """A workspace with its own book is held against the sources of the built-in ones and its own facts."""
    ran = run("rules", "--coverage", "--workspace", firm, "--lang", "en")
    assert "159 of 160 facts have a place" in ran.err


def test_the_command_refuses_unknown_facts(run: Command, firm: Path) -> None:
    """A fact that nothing keeps is an error with exit status 2, not silence."""
    path = firm / "playbooks" / "walk-ins.toml"
    path.write_text(BOOK.replace('"K-01"', '"X-99"'), encoding="utf-8")
    ran = run("rules", "--coverage", "--workspace", firm, "--lang", "en")
    assert ran.status == 2
    assert "rule walk-ins/answer: 'X-99' is a fact that nothing keeps" in ran.err


def test_check_says_what_a_book_lacks(run: Command, firm: Path) -> None:
    """No stages, no outcomes, nobody for a role, and a fact that nothing keeps are told in both languages."""
    path = firm / "playbooks" / "walk-ins.toml"
    path.write_text(BOOK.replace('"K-01"', '"X-99"'), encoding="utf-8")
    said = run("check", "--workspace", firm, "--as-of", "2026-11-03", "--lang", "en").out
    assert "What a rule book lacks: 3" in said
    assert "walk-ins: no [[stage]]" in said
    assert "walk-ins: no [[outcome]]" in said
    assert "walk-ins: the role 'desk' is held by nobody" in said
    assert "rule walk-ins/answer: X-99" in said
    assert "手順書に足りないもの: 3" in run("check", "--workspace", firm, "--as-of", "2026-11-03", "--lang", "ja").out


def test_check_says_where_no_promise_leads_on(run: Command, firm: Path) -> None:
    """Two promises of which neither starts from what keeps the other lead nowhere once one is kept."""
    more = BOOK + '[[rule]]\nid = "again"\nafter = ["asked"]\ndue = "1 week"\nuntil = ["answered"]\nrole = "desk"\n'
    path = firm / "playbooks" / "walk-ins.toml"
    path.write_text(more, encoding="utf-8")
    said = run("check", "--workspace", firm, "--as-of", "2026-11-03", "--lang", "en").out
    assert "no rule starts from what fulfils another" in said
    path.write_text(
        more + '[[rule]]\nid = "thank"\nafter = ["answered"]\ndue = "1 day"\nuntil = ["asked"]\nrole = "desk"\n',
        encoding="utf-8",
    )
    assert "no rule starts" not in run("check", "--workspace", firm, "--as-of", "2026-11-03", "--lang", "en").out


def test_check_asks_for_the_talk_behind_a_voice(run: Command, tmp_path: Path) -> None:
    """A voice of a day on which no talk is recorded is a contact that no clock has seen: it is asked for."""
    (tmp_path / "cases.csv").write_text("case_id,playbook\nP,placement-followup\n", encoding="utf-8")
    events = "case_id,activity,timestamp\nP,joined,2026-04-01\nP,company_review_held,2026-05-01 10:00\n"
    (tmp_path / "events.csv").write_text(events, encoding="utf-8")
    voices = "case_id,side,held_on,note\nP,company,2026-05-01,順調\nP,hire,2026-05-01,順調\nP,company,2026-06-30,よい\n"
    (tmp_path / "voices.csv").write_text(voices, encoding="utf-8")
    said = run("check", "--workspace", tmp_path, "--as-of", "2026-07-10", "--lang", "en").out
    assert "Voices without a talk of that day: if there was one, add it to the events: 2" in said
    assert "voices.company: P: 2026-06-30" in said
    assert "voices.hire: P: 2026-05-01" in said


def test_check_warns_of_a_voice_that_crosses_in_confidence(run: Command, tmp_path: Path) -> None:
    """Words that ask for confidence are named where the other side's edition may show them, and only there."""
    (tmp_path / "cases.csv").write_text("case_id,playbook\nP,placement-followup\n", encoding="utf-8")
    events = "case_id,activity,timestamp\nP,company_review_held,2026-05-01 10:00\nP,hire_review_held,2026-05-01 11:00\n"
    (tmp_path / "events.csv").write_text(events, encoding="utf-8")
    voices = (
        "case_id,side,held_on,note,shareable\nP,company,2026-05-01,昇格の案。まだ本人には話していない,both\n"
        "P,hire,2026-05-01,社内では言いにくい,no\nP,hire,2026-05-01,Off the record: leaving,company\n"
        "P,company,2026-05-01,内密に,company\n"
    )
    (tmp_path / "voices.csv").write_text(voices, encoding="utf-8")
    said = run("check", "--workspace", tmp_path, "--as-of", "2026-07-10", "--lang", "en").out
    assert "say themselves that they are in confidence: 2" in said
    assert "voices.company: P 2026-05-01: まだ本人には" in said
    assert "voices.hire: P 2026-05-01: off the record" in said
    assert "社内では" not in said and "内密" not in said


@pytest.mark.parametrize("note", [
    "未だ本人に伝えていません", "ご本人には内緒で", "内々の話", "ナイショにしてください", "社内には言えない", "会社にはまだ話していない",
    "ここだけの話", "オフレコで", "他言無用", "口外しないで", "ＯＦＦ－ＴＨＥ－ＲＥＣＯＲＤ", "Don’t tell the company", "In  confidence",
])  # fmt: skip
def test_near_spellings_of_confidence_are_heard(note: str) -> None:
    """Other words, kana and widths for the same request; everyday talk has none of them."""
    assert careful(note)
    for everyday in (
        "社内での評判がよい",
        "本人の希望を聞いた",
        "秘書課の仕事",
        "確信がある",
        "会社には慣れました",
        "He tells us more",
    ):
        assert careful(everyday) == ()


def test_check_reads_the_house_s_own_words_of_letters(run: Command, tmp_path: Path) -> None:
    """A wrong hole in either file is told with file and line, by `check`, and by whatever writes a letter with it."""
    (tmp_path / "cases.csv").write_text("case_id,playbook,subject\nP,placement-followup,森田 健\n", encoding="utf-8")
    events = "case_id,activity,timestamp\nP,offer_accepted,2026-03-01\nP,joined,2026-04-01\n"
    (tmp_path / "events.csv").write_text(events, encoding="utf-8")
    (tmp_path / "workspace.toml").write_text('[letter]\ntext = "書面.txt"\ntext_en = "letters.txt"\n', encoding="utf-8")
    (tmp_path / "書面.txt").write_text("[close]\n敬具 {nonsense}\n", encoding="utf-8")
    (tmp_path / "letters.txt").write_text("[close]\nYours truly\n[clsoe]\nYours\n", encoding="utf-8")
    asked = ("--workspace", tmp_path, "--as-of", "2026-07-10")
    said = run("check", *asked, "--lang", "ja").out
    assert "書面.txt, 2 行目: 'nonsense' という穴はありません" in said
    assert "letters.txt, 3 行目: 'clsoe' という場所はありません" in said
    refused = run("letter", "P", *asked, "--lang", "ja", "--out", tmp_path / "letters")
    assert refused.status == 2 and "書面.txt, 2 行目: 'nonsense' という穴はありません" in refused.err
    (tmp_path / "letters.txt").write_text("[close]\nYours truly\n", encoding="utf-8")
    assert run("letter", "P", *asked, "--lang", "en", "--out", tmp_path / "letters").status == 0
    assert "letters.txt" not in run("check", *asked, "--lang", "en").out


# A firm's own procedure as it lies beside the sample: written rules, their sentences, four cases -----------------

EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "samples" / "worked-examples" / "own-procedure"


def test_every_sentence_of_the_example_has_its_place(run: Command) -> None:
    """The book of the example carries all seven sentences, each promise as strongly as its sentence speaks."""
    ran = run("rules", "--coverage", "--workspace", EXAMPLE, "--playbook", EXAMPLE / "playbooks/referral.toml")
    assert ran.status == 0
    table = pl.read_csv(ran.out.encode("utf-8"), infer_schema=False)
    assert table["fact"].to_list() == [f"R-0{n}" for n in range(1, 8)]
    (book,) = (one for one in pb.open(EXAMPLE).playbooks if one.id == "referral")
    spoken = {fact.id: fact.basis for fact in facts_in(EXAMPLE / "facts")}
    assert {rule.id: {spoken[id] for id in rule.fact} for rule in book.rules if rule.basis != "ours"} == {
        rule.id: {rule.basis} for rule in book.rules if rule.basis != "ours"
    }


def test_the_example_says_what_its_firm_owes() -> None:
    """On 20 November 2026, worked out by hand: Tuesday the 3rd and Monday the 23rd are holidays."""
    ws = pb.open(EXAMPLE)
    found = ws.due("2026-11-20", all=True).with_columns(day=pl.col("due_at").dt.strftime("%m-%d"))
    assert sorted(found.select("case_id", "rule_id", "day", "status", "owner").rows()) == [
        ("R-1", "acknowledge-referral", "11-24", "due_soon", "宮本 春香"),
        ("R-1", "contact-candidate", "11-25", "due_soon", "宮本 春香"),
        ("R-2", "acknowledge-referral", "11-16", "met", "宮本 春香"),
        ("R-2", "contact-candidate", "11-18", "met_late", "宮本 春香"),
        ("R-2", "decide-on-candidate", "12-10", "upcoming", "谷 修"),
        ("R-3", "acknowledge-referral", "11-06", "met", "宮本 春香"),
        ("R-3", "contact-candidate", "11-09", "met", "宮本 春香"),
        ("R-3", "decide-on-candidate", "11-27", "void", "谷 修"),
        ("R-3", "tell-referrer", "11-13", "overdue", "宮本 春香"),
        ("R-4", "acknowledge-referral", "09-10", "met", "宮本 春香"),
        ("R-4", "arrange-allowance", "12-02", "upcoming", "宮本 春香"),
        ("R-4", "contact-candidate", "09-14", "met", "宮本 春香"),
        ("R-4", "decide-on-candidate", "10-01", "met", "谷 修"),
        ("R-4", "tell-referrer", "10-06", "met", "宮本 春香"),
    ]
    broken = ws.violations("2026-11-20").select("case_id", "kind", "id", "detail").rows()
    assert broken == [("R-3", "checklist", "referral-sheet", "agreed")]


def test_check_finds_nothing_amiss_in_the_example(run: Command) -> None:
    """Its tables are read whole, and nothing that a rule book should have is missing from it."""
    ran = run("check", "--workspace", EXAMPLE, "--as-of", "2026-11-20", "--lang", "en")
    assert ran.status == 0, ran.err
    assert "referral" not in ran.err, ran.err
