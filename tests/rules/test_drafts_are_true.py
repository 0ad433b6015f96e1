"""No draft of a built-in book asserts what its case does not hold, or promises what the next rule breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from playbook.rules.nouns import Playbook, Rule, Template
from playbook.rules.reading import builtin_playbooks
from playbook.show.drafts import Draft, Sources, drafts
from playbook.words.text import LANGS, Lang

BOOKS = [book for book in builtin_playbooks() if book.templates]
USED = [pytest.param(book, rule, id=f"{book.id}:{rule.id}") for book in BOOKS for rule in book.rules if rule.template]
_READ = re.compile(r"\b(case|event|people|client|sender|action)\.(\w+)")


def template_of(book: Playbook, rule: Rule) -> Template:
    """The template of a rule."""
    return book.template(str(rule.template))


def read_by(template: Template) -> set[tuple[str, str]]:
    """What a template reads, in conditions too: (`case`, `joins_on`) ..."""
    texts = [template.body.ja, template.body.en]
    texts += [template.subject.ja, template.subject.en] if template.subject else []
    return {(of, name) for text in texts for of, name in _READ.findall(text)}


def filled(book: Playbook, rule: Rule, lang: Lang, known: set[tuple[str, str]], *, late: bool = False) -> Draft:
    """The draft of a rule for a case that holds what is known, and nothing else."""
    at = datetime(2026, 11, 2, 10)
    zone = "Asia/Tokyo"
    moments = {name: pl.Series([at]).dt.replace_time_zone(zone) for name in ("trigger_at", "opened_at", "due_at")}
    left = -40 if late else 1
    action = pl.DataFrame(
        {
            "playbook": book.id, "rule_id": rule.id, "case_id": "A", "client_id": "K", "role": rule.role,
            "owner": "担当 太郎", "trigger": rule.after[0], "entry": 1, "status": "overdue" if late else "due_soon",
            "act_by": date(2026, 11, 3), "days_left": left, "opening_id": None, "subject": "山田 花子",
            "position": None, "basis": rule.basis, "channel": None, "template": rule.template,
        },
        schema_overrides={"opening_id": pl.String, "position": pl.String, "channel": pl.String, "entry": pl.UInt8},
    ).with_columns(**moments)  # fmt: skip
    action = action.with_columns(due_at=pl.col("trigger_at") + timedelta(days=1 - left))
    columns = {name: f"[{of}.{name}]" for of, name in known if of in ("case", "event")}
    cases = pl.DataFrame(
        {"case_id": "A", "subject": "山田 花子", **{n: v for n, v in columns.items() if ("case", n) in known}}
    )
    events = pl.DataFrame(
        {
            "case_id": "A",
            "activity": rule.after[0],
            **{n: v for n, v in columns.items() if ("event", n) in known and n not in ("activity", "timestamp")},
        }
    ).with_columns(timestamp=moments["trigger_at"])
    roles = [name for of, name in known if of == "people"]
    people = pl.DataFrame({"case_id": ["A"] * len(roles), "role": roles, "owner": [f"[people.{one}]" for one in roles]})
    clients = pl.DataFrame({"client_id": "K", "name": "青葉精機"})
    (made,) = drafts(action, [book], Sources(cases, events, None, clients, people if roles else None), lang)
    return made


def sentences(text: str) -> Iterator[str]:
    """The lines of a text, without what is left to fill in."""
    yield from (line for line in text.splitlines() if line.strip())


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("book", "rule"), USED)
def test_a_draft_shows_whatever_its_case_does_not_hold(book: Playbook, rule: Rule, lang: Lang) -> None:
    """Without a fact its place is a gap that the sender sees, or the sentence is not there; with it, it is said."""
    reads = read_by(template_of(book, rule))
    every = {one for one in reads if one[1] not in ("name", "subject", "activity", "timestamp")}
    whole = filled(book, rule, lang, every)
    assert whole.missing == ()
    for one in sorted(every):
        lacking = filled(book, rule, lang, every - {one})
        said = f"[{'.'.join(one)}]"
        assert said not in lacking.body + lacking.subject
        if said in whole.body:
            assert lacking.missing == (".".join(one),) or lacking.body != whole.body


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("book", "rule"), USED)
def test_a_draft_of_an_empty_case_reads_as_a_letter(book: Playbook, rule: Rule, lang: Lang) -> None:
    """With nothing known it has no half sentence, no empty brackets, and one signature."""
    made = filled(book, rule, lang, set())
    text = made.subject + "\n" + made.body
    for leftover in ("（）", "()", "「」", '""', ", ,", "、、", "None", "  ,"):
        assert leftover not in text
    assert "\n\n\n" not in text.replace("\n \n", "\n\n")
    ending = made.body.rstrip().splitlines()
    assert made.body.count("\n担当 太郎\n") <= 1
    if "{{ sender }}" in template_of(book, rule).body.ja:
        assert ending[-1] == "担当 太郎"


# What a draft once asserted, or promised and broke: words that no case can hold.
NEVER = {
    "ja": ("調整しました", "お電話ではありがとう", "3か月ほど", "お引き止めするためのものでは", "話題に上った", "検討を重ね", "オンラインで行います", "今日は", "本日は", "先日"),
    "en": ("we have made room", "Thank you for talking with me today", "about three months", "not meant to press", "came up in our talks", "After careful thought", "takes place online", "Thank you for phoning"),
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
@pytest.mark.parametrize(("book", "rule"), USED)
def test_no_draft_asserts_what_nobody_recorded(book: Playbook, rule: Rule, lang: Lang, late: bool) -> None:
    """Sent in time or forty days late, with everything or nothing known, a draft claims nothing of the kind."""
    reads = read_by(template_of(book, rule))
    for known in (set(), reads):
        made = filled(book, rule, lang, known, late=late)
        assert [words for words in NEVER[lang] if words in made.subject + made.body] == []


@pytest.mark.parametrize("lang", LANGS)
def test_the_voice_variant_is_drafted_where_there_is_a_recording(lang: Lang) -> None:
    """With the address of a recording the thanks are the spoken ones; without, the written ones (C-10, C-11)."""
    (book,) = (one for one in BOOKS if one.id == "casual-interview")
    rule = book.rule("send-feedback")
    spoken = filled(book, rule, lang, {("case", "voice_url")}).body
    written = filled(book, rule, lang, {("case", "impression"), ("case", "advice")}).body
    assert "[case.voice_url]" in spoken and "[case.impression]" not in spoken
    assert "[case.impression]" in written and "voice_url" not in written


def test_each_situation_has_a_template_of_its_own() -> None:
    """An offer, staying in touch, and a faster selection are not written on the paper of something else."""
    used = {(book.id, rule.id): rule.template for book in BOOKS for rule in book.rules if rule.template}
    aftercare, casual = "interview-aftercare", "casual-interview"
    own = [
        used[aftercare, "touch-during-offer"],
        used[aftercare, "followup-mail"],
        used[aftercare, "offer-faster-selection"],
        used[casual, "contact-again"],
        used[casual, "keep-in-touch"],
    ]
    assert len(set(own)) == len(own)
