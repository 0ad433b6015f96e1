"""Message drafts: the right words, what is missing made visible, and no way out of the sandbox or the header."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import date
from email.policy import default
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from show_sample import AS_OF, BOOK, CLIENTS, DUE, SCRIPT, action, at, due_frame, end

from playbook.rules import reading
from playbook.rules.nouns import Playbook, Template
from playbook.show.drafts import Draft, Sources, draft_table, drafts, write_drafts, write_eml
from playbook.words.problem import RulebookError
from playbook.words.text import LANGS, Lang, Text

CASES = pl.DataFrame(
    {
        "case_id": ["A-1", "A-2"],
        "subject": ["山田 太郎", "田中 花子"],
        "email": ["taro@example.com", None],
        "joins_on": [date(2027, 2, 1), None],
        "title": [None, "自分の題"],
    }
)
OPENINGS = pl.DataFrame({"opening_id": ["O-1"], "title": ["経理の募集"], "place": ["盛岡"]})
EVENTS = pl.DataFrame(
    {
        "case_id": ["A-1", "A-1", "A-2"],
        "activity": ["applied", "invited", "applied"],
        "timestamp": [at(11, 10, 9, 30), at(11, 11), at(11, 10, 9, 30)],
        "note": ["ご質問あり", "別の行", "別の人"],
    },
    schema_overrides={"timestamp": pl.Datetime("us", "Asia/Tokyo")},
)
PEOPLE = pl.DataFrame({"case_id": ["A-1"], "role": ["driver"], "owner": ["佐藤"]})
SOURCES = Sources(CASES, EVENTS, OPENINGS, CLIENTS, PEOPLE)


def draft_of(body: str, lang: Lang = "ja", subject: str = "件名", **more: object) -> Draft:
    """The draft of one due action whose template is this text."""
    template = Template("thanks", Text("お礼", "Thanks"), "mail", Text(body, body), Text(subject, subject))
    book = replace(BOOK, templates=(template,))
    (made,) = drafts(due_frame(action("thank", **more)), [book], SOURCES, lang)
    return made


# ---- what a draft says ----


def test_one_draft_per_open_action_with_a_template() -> None:
    """Open due actions that name a template have a draft, in order; closed ones and others have none."""
    made = drafts(DUE, [BOOK], SOURCES)
    assert [(draft.rule_id, draft.case_id) for draft in made] == [("notify", "A-1"), ("thank", "A-2"), ("ask", "A-1")]
    closed = due_frame(*(action("thank", status=status) for status in ("met", "void", "lapsed", "closed_late")))
    assert drafts(closed, [BOOK], SOURCES) == ()


def test_a_draft_is_filled_in() -> None:
    """Names, days and the sender stand where the template wants them, in Japanese."""
    (made,) = drafts(due_frame(action("notify", trigger="closes_on")), [BOOK], SOURCES)
    assert made.subject == "結果について(青葉精機)"
    assert made.body == (
        "山田 太郎 様\n\n青葉精機の佐藤です。11/24(火)までにお返事します。配属: 【未入力: case.department】\n\n佐藤\n"
    )
    assert made.missing == ("case.department",)


def test_the_same_draft_in_english() -> None:
    """The template's other language, with days and gaps in it."""
    (made,) = drafts(due_frame(action("notify")), [BOOK], SOURCES, "en")
    assert "before Tue 24 Nov. Department: [missing: case.department]" in made.body
    assert made.subject == "The result (青葉精機)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ case.joins_on }}", "2027/2/1(月)"),
        ("{{ case.title }}・{{ case.place }}", "経理の募集・盛岡"),
        ("{{ opening.title }}", "経理の募集"),
        ("{{ event.timestamp }} {{ event.note }} {{ event.name }}", "11/10(火) 09:30 ご質問あり 応募"),
        ("{{ people.driver }}", "佐藤"),
        ("{{ action.rule }}・{{ action.left }}・{{ action.why }}",
         "お礼を送る・あと4日・応募 11/10(火) 09:30 の当日中（Z-01・当方の目安）"),
        ("{{ client }} {{ case }} {{ sender.name }}", "青葉精機 山田 太郎 佐藤"),
        ("{% if case.nothing %}a{% else %}b{% endif %}{{ case.nothing | default('c') }}", "bc"),
        ("{% for item in case.items %}x{% endfor %}", ""),
    ],
)  # fmt: skip
def test_what_a_template_can_read(text: str, said: str) -> None:
    """Case (else opening), trigger, people, client, action and sender, as readers write; conditions are no gaps."""
    made = draft_of(text)
    assert (made.body, made.missing) == (said, ())


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("{{ case.nothing }}", "case.nothing"),
        ("{{ event.reason }}", "event.reason"),
        ("{{ client.pager | upper }}", "client.pager"),
        ("{{ cas.subject }}", "cas.subject"),
        ("{{ case.deep.deeper }}", "case.deep.deeper"),
        ("{{ sender.firm }}", "sender.firm"),
        ("{{ case['weird key'] }}", "case.weird key"),
    ],
)
@pytest.mark.parametrize("lang", LANGS)
def test_a_missing_value_is_visible_and_listed(text: str, missing: str, lang: Lang) -> None:
    """What is not there is named in the draft, in its language, and in its list, once."""
    made = draft_of(f"{text} {text}", lang)
    assert made.missing == (missing,)
    mark = Text("【未入力: {}】", "[missing: {}]").say(lang).format(missing)
    assert made.body.count(mark) + made.body.count(mark.upper()) == 2


@pytest.mark.parametrize("lang", LANGS)
def test_what_the_playbook_names_is_missing_by_its_name(lang: Lang) -> None:
    """A role or an item of a checklist that is not there is said in the reader's words; the path stays in the list."""
    made = draft_of("{{ people.boss }}", lang)
    name = Text("社長", "Owner").say(lang)
    assert (made.missing, made.gaps) == (("people.boss",), (name,))
    assert name in made.body and "people.boss" not in made.body and "<mark>" in made._repr_html_()


def test_a_draft_nobody_owns_has_no_sender() -> None:
    """Without an owner the sender is a gap, not the word for nobody."""
    made = draft_of("{{ sender }}", owner=None)
    assert (made.body, made.missing) == ("【未入力: sender】", ("sender",))


def test_the_sender_can_say_more() -> None:
    """A firm or a telephone number given for the sender can be used."""
    told = replace(SOURCES, sender={"firm": "みちのく人材"})
    template = Template("thanks", Text("a", "a"), "mail", Text("{{ sender.firm }} {{ sender }}", ""))
    book = replace(BOOK, templates=(template,))
    (made,) = drafts(due_frame(action("thank")), [book], told)
    assert made.body == "みちのく人材 佐藤"


def test_the_event_of_a_planned_date_is_empty() -> None:
    """A planned date has no event to read from; its name is known."""
    made = draft_of("{{ event.name }} {{ event.note }}", trigger="closes_on", trigger_at=at(11, 10))
    assert made.body == "募集終了 【未入力: event.note】"


# ---- to whom ----


def test_only_the_template_says_to_whom() -> None:
    """The address is the one a template sets; by default there is none, so that nobody is written to by a guess."""
    assert draft_of("x").to == ""
    assert draft_of("{% set to = case.email %}x").to == "taro@example.com"
    made = draft_of("{% set to = case.email %}x", case_id="A-2")
    assert (made.to, made.missing) == ("", ("case.email",))


@pytest.mark.parametrize(
    "address",
    ["a@example.com, b@example.com", "a@example.com\nBcc: b@example.com", "<a@example.com>", "x", "佐藤@例.jp", "a@-b",
     "a b@example.com", "a@example.com;b@example.com"],
)  # fmt: skip
def test_an_address_is_one_address_or_none(address: str) -> None:
    """More than one address, a display name or a line break in the data is no address."""
    cases = CASES.with_columns(email=pl.lit(address))
    template = Template("thanks", Text("a", "a"), "mail", Text("{% set to = case.email %}x", ""))
    (made,) = drafts(due_frame(action("thank")), [replace(BOOK, templates=(template,))], replace(SOURCES, cases=cases))
    assert made.to == ""
    assert email.message_from_bytes(write_eml(made), policy=default)["to"] is None


# ---- the sandbox ----


@pytest.mark.parametrize(
    "text",
    [
        "{{ case.__class__ }}", "{{ ''.__class__.__mro__ }}", "{{ case._values }}", "{{ action.why.__init__ }}",
        "{{ case|attr('_values') }}", "{{ cycler.__init__.__globals__ }}", "{{ self.__init__.__globals__ }}",
    ],
)  # fmt: skip
def test_a_template_cannot_leave_the_sandbox(text: str) -> None:
    """Nothing of Python's insides is ever in a draft: it is refused, or missing."""
    try:
        made = draft_of(text)
    except RulebookError as error:
        assert "unsafe" in str(error)
    else:
        assert made.missing and "class" not in made.body.replace(made.missing[0], "")


def test_every_broken_template_is_named_at_once() -> None:
    """Templates that cannot be used are one error with rule book, template, text and language of each."""
    broken = replace(
        BOOK,
        templates=(
            Template("result", Text("a", "a"), "mail", Text("{{ case.", "")),
            Template("thanks", Text("a", "a"), "mail", Text("x", ""), Text("{% if %}", "")),
        ),
    )
    with pytest.raises(RulebookError, match=r"selection, \[\[template\]\] result, body.ja: ") as caught:
        drafts(DUE, [broken], SOURCES)
    assert [problem.place for problem in caught.value.problems] == [
        "selection, [[template]] result, body.ja",
        "selection, [[template]] thanks, subject.ja",
    ]


def test_an_unknown_template_names_the_nearest() -> None:
    """A rule that names a template its book does not have is an error with a hint."""
    with pytest.raises(RulebookError, match=r"found the template 'thank'; allowed: result, thanks"):
        drafts(due_frame(action("thank", template="thank")), [BOOK], SOURCES)


def test_text_from_data_is_never_run() -> None:
    """Template syntax in a name stays text."""
    cases = CASES.with_columns(subject=pl.lit("{{ 1 + 1 }}{% raw %}"))
    (made,) = drafts(due_frame(action("notify")), [BOOK], replace(SOURCES, cases=cases))
    assert made.body.startswith("{{ 1 + 1 }}{% raw %} 様")


# ---- mail files ----


@given(st.text(), st.text())
@example("x\r\nBcc: a@example.com", "")
@example("x\u2028Bcc: a@example.com\x85Cc: b@example.com", "\r\n.\r\nBcc: a@example.com")
def test_data_cannot_add_a_header(name: str, note: str) -> None:
    """Whatever a name or a note holds, the file has its own headers, one subject line and the note in its body."""
    cases = CASES.with_columns(subject=pl.lit(f"{name}\r\nBcc: c@example.com"), note=pl.lit(f"note {note}"))
    template = Template("thanks", Text("a", "a"), "mail", Text("{{ case.note }}", ""), Text("{{ case.subject }}", ""))
    (made,) = drafts(due_frame(action("thank")), [replace(BOOK, templates=(template,))], replace(SOURCES, cases=cases))
    read = email.message_from_bytes(write_eml(made), policy=default)
    assert set(read.keys()) == {
        "Subject", "X-Unsent", "Content-Language", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip
    assert len(made.subject.splitlines()) == 1 and "Bcc: c@example.com" in made.subject
    assert read.get_content().startswith("note ")


def test_a_mail_file_opens_as_a_draft() -> None:
    """The file says that it was not sent, in which language it is, to whom, and carries the text whole."""
    made = draft_of("{% set to = case.email %}{{ case.subject }} 様\n\nお礼" + "あ" * 2000)
    read = email.message_from_bytes(write_eml(made), policy=default)
    assert (read["X-Unsent"], read["Content-Language"], read["To"]) == ("1", "ja", "taro@example.com")
    assert read["Subject"] == "件名" and read.get_content_charset() == "utf-8"
    assert read.get_content().replace("\r\n", "\n").rstrip("\n") == made.body == "山田 太郎 様\n\nお礼" + "あ" * 2000


def test_the_same_draft_gives_the_same_bytes() -> None:
    """No date, no random id or boundary is in a mail file."""
    (made,) = drafts(due_frame(action("notify")), [BOOK], SOURCES)
    assert write_eml(made) == write_eml(made)
    assert b"Date:" not in write_eml(made) and b"Message-ID" not in write_eml(made)


def test_each_draft_has_its_own_file(tmp_path: Path) -> None:
    """Two entries of a series, two cases and hostile ids are different files in the folder, nowhere else."""
    frame = due_frame(
        action("thank", entry=1), action("thank", entry=2), action("thank", case_id="../../A"), action("ask")
    )
    made = drafts(frame, [BOOK], SOURCES)
    paths = write_drafts(made, tmp_path / "drafts")
    assert len(set(paths)) == 4 and all(path.parent == tmp_path / "drafts" for path in paths)
    assert paths[0].name.startswith("A-1-thank-") and paths[0].suffix == ".eml"
    assert sorted(path.name for path in (tmp_path / "drafts").iterdir()) == sorted(draft.filename for draft in made)


def test_drafts_as_a_table_and_in_a_notebook() -> None:
    """Drafts are listed with what is missing, and shown escaped with the gaps marked."""
    made = drafts(due_frame(action("notify", subject=SCRIPT)), [BOOK], replace(SOURCES, cases=CASES.head(0)))
    table = draft_table(made)
    assert table.row(0, named=True)["missing"] == ["case.subject", "case.department"]
    shown = made[0]._repr_html_()
    assert "<mark>【未入力: case.subject】</mark>" in shown and "<script" not in shown
    assert draft_table([]).columns == table.columns


# ---- the built-in templates ----


def built_in() -> list[Playbook]:
    folder = Path(reading.__file__).parent / "books"
    return [reading.read_playbook(path) for path in sorted(folder.glob("*.toml"))]


@pytest.mark.parametrize("lang", LANGS)
def test_every_built_in_template_can_be_drafted(lang: Lang) -> None:
    """Each template of each built-in rule book gives a draft, reads only what exists, and names its gaps."""
    for book in built_in():
        for template in book.templates:
            row = action("thank", template=template.id, due_at=end(11, 24)) | {"playbook": book.id}
            (made,) = drafts(due_frame(row), [book], SOURCES, lang)
            assert made.subject and made.body.strip(), (book.id, template.id)
            roots = {name.split(".")[0] for name in made.missing}
            assert roots <= {"case", "event", "people", "client", "sender"}, (book.id, template.id, roots)
            assert "{{" not in made.body and AS_OF.isoformat() not in made.body
