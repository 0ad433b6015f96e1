"""What a book calls stated, the source demands in its own words; what it recommends, the source recommends."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
import tomli

from playbook.rules.facts import FAMILIES, Fact, coverage, facts
from playbook.rules.nouns import Basis, Checklist, Participation, Playbook, Precedence, Rule
from playbook.rules.offset import Offset
from playbook.rules.reading import builtin_playbooks

SHARED = Path(__file__).resolve().parents[3] / "shared"
BOOKS = [book for book in builtin_playbooks() if book.source.startswith("seeds/")]
FACTS = {fact.id: fact for fact in facts()}
NEAR = 160  # how many characters a sentence of the sources and its neighbours take


@dataclass(frozen=True)
class Claim:
    """What a book claims of one of its sentences."""

    book: str
    id: str
    basis: Basis
    facts: tuple[Fact, ...]

    def __str__(self) -> str:
        return f"{self.book}/{self.id}"


def claims(playbook: Playbook) -> Iterator[Claim]:
    """The claims of a book: its rules, precedences, participations and checklists."""
    nouns: tuple[Rule | Precedence | Participation | Checklist, ...] = (
        *playbook.rules,
        *playbook.precedences,
        *playbook.participations,
        *playbook.checklists,
    )
    for noun in nouns:
        yield Claim(playbook.id, noun.id, noun.basis, tuple(FACTS[fact] for fact in noun.fact))


CLAIMS = [claim for book in BOOKS for claim in claims(book)]


@cache
def words() -> dict[str, frozenset[str]]:
    """The words of the sources by what they amount to; all others merely tell."""
    said = tomli.loads((files("playbook.rules") / "facts" / "words.toml").read_text(encoding="utf-8"))
    return {
        "stated": frozenset([*said["stated"]["words"], *said["stated"]["procedure"]]),
        "recommended": frozenset(said["recommended"]["words"]),
    }


# ---- facts and their words ----


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: fact.id)
def test_a_fact_is_as_strong_as_its_word(fact: Fact) -> None:
    """A fact is stated by a word that demands, recommended by one that recommends; any other word merely tells."""
    assert fact.word
    strength = next((basis for basis, known in words().items() if fact.word in known), "told")
    assert fact.basis == strength


def test_no_word_is_both_strong_and_weak() -> None:
    """Every word amounts to one thing, and every word that is kept is the word of a fact."""
    stated, recommended = words()["stated"], words()["recommended"]
    assert stated.isdisjoint(recommended)
    assert stated | recommended <= {fact.word for fact in facts()}


def _plain(text: str) -> str:
    """A text without what a table, a line or a mark in bold put between its letters."""
    return re.sub(r"[\s*]+", "", unicodedata.normalize("NFKC", text))


@cache
def _source(family: str) -> str:
    return _plain((SHARED / "seeds" / f"00{FAMILIES.index(family)}.txt").read_text(encoding="utf-8"))


@cache
def _phrases() -> dict[str, list[str]]:
    """The key phrases of the trace table, each in the parts that stand in the source."""
    table = (SHARED / "TRACEABILITY.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|([A-Z]-\d\d)\|[A-Z]{2}\|.*\|(.+)\|$", table, re.MULTILINE)
    return {
        id: [_plain(part) for phrase in re.findall("「(.+?)」", said) for part in re.split('[…“”"]', phrase)]
        for id, said in rows
    }


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: fact.id)
def test_the_word_stands_in_the_sentence_of_the_source(fact: Fact) -> None:
    """The modal word is the source's own: it stands by the key phrase of the fact."""
    if not (SHARED / "seeds").is_dir():
        pytest.skip("the sources are not beside this checkout")
    text, word = _source(fact.id[0]), _plain(fact.word)
    parts = [part for part in _phrases()[fact.id] if len(part) > 1]
    if fact.id == "D-33":
        pytest.skip("a list of systems from all over its source, which has no sentence of its own")
    near = (
        text[max(0, at.start() - NEAR) : at.end() + NEAR] for part in parts for at in re.finditer(re.escape(part), text)
    )
    assert any(word in around for around in near)


def test_the_coverage_tells_basis_and_word() -> None:
    """Each of the 158 facts says how strongly its sentence speaks, and by which word."""
    table = coverage(BOOKS)
    assert table["basis"].null_count() == table["word"].null_count() == 0
    assert table.filter(fact="J-14").select("basis", "word").row(0) == ("stated", "必ず")
    assert table.filter(fact="C-05").select("basis", "word").row(0) == ("recommended", "望ましい")


# ---- what the books claim ----


@pytest.mark.parametrize("claim", [one for one in CLAIMS if one.basis == "stated"], ids=str)
def test_what_is_stated_cites_a_sentence_that_demands(claim: Claim) -> None:
    """Whatever a book calls stated has a fact whose modal word demands it."""
    assert [fact.id for fact in claim.facts if fact.basis == "stated"]


@pytest.mark.parametrize("claim", [one for one in CLAIMS if one.basis == "recommended"], ids=str)
def test_what_is_recommended_cites_a_sentence_that_recommends(claim: Claim) -> None:
    """Whatever a book calls recommended has a fact that recommends it; one that only demands would be stated."""
    assert [fact.id for fact in claim.facts if fact.basis == "recommended"]


def test_what_no_sentence_carries_is_ours() -> None:
    """Without a fact that demands or recommends, a claim is ours."""
    weak = [claim for claim in CLAIMS if all(fact.basis == "told" for fact in claim.facts)]
    assert {claim.basis for claim in weak} == {"ours"}


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.id)
def test_the_number_of_a_rule_that_is_not_ours_is_in_its_source(book: Playbook) -> None:
    """The due, or the wait before it, of a stated or recommended rule is the limit that one of its facts gives."""
    for rule in (rule for rule in book.rules if rule.basis != "ours"):
        limits = {Offset.parse(FACTS[fact].limit) for fact in rule.fact if FACTS[fact].limit}
        assert limits & {*rule.due, *([rule.wait] if rule.wait else [])}, rule.id


@pytest.mark.parametrize("fact", [fact for fact in facts() if fact.limit], ids=lambda fact: fact.id)
def test_every_number_of_a_source_is_a_rule_of_its_book(fact: Fact) -> None:
    """A fact that gives a limit is kept as that limit by a rule that says no more and no less than its sentence."""
    rules = [rule for book in BOOKS for rule in book.rules if fact.id in rule.fact and rule.basis == fact.basis]
    assert any(Offset.parse(fact.limit) in (*rule.due, rule.wait) for rule in rules)
