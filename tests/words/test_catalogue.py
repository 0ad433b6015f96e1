"""Problems in Japanese: every message of the source has its words."""

from __future__ import annotations

import re

import pytest
from messages import messages

from playbook.rules.reading import parse_playbook
from playbook.words.catalogue import catalogue, in_japanese
from playbook.words.problem import Problem, RulebookError

_DATA = {"header", "when", "look_up", "timezone", ".json", ".jsonl", ".xes", ".sql", "utf-8"}  # keys and endings
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


def test_every_message_of_the_source_has_its_words_in_japanese() -> None:
    """A new message without an entry is named with the place where it is said."""
    alike = set(catalogue()["alike"]["words"])
    lacking = {
        message: place
        for message, place in messages().items()
        if message not in alike | _DATA and not JAPANESE.search(in_japanese(message.replace("{}", "x")))
    }
    assert lacking == {}


def test_an_entry_fills_in_what_its_message_does() -> None:
    """Nothing that is found is lost, or made up, on the way."""
    for section in ("said", "place"):
        for english, japanese in catalogue()[section].items():
            holes = re.findall(r"\{(\d*)\}", japanese)
            numbers = sorted(int(hole) for hole in holes if hole)
            assert len(holes) == english.count("{}") or english.startswith("[source.")
            assert not numbers or numbers == list(range(len(numbers))), english


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        ("found 'missing'", "'missing' とあります"),
        ("found an empty list", "空のリスト とあります"),
        ("there is no case 'an empty text' at 2026-11-20", "2026-11-20 の時点に案件 'an empty text' はありません"),
        ("an id of [[activity]] or [[date]] (a, b)", "[[activity]] か [[date]] の id (a, b)"),
        ("cannot be written: No space left on device", "書き込めません: 空き容量がありません"),
        ("something nobody has translated", "something nobody has translated"),
    ],
)
def test_what_is_filled_in_is_said_too_unless_it_is_data(english: str, japanese: str) -> None:
    """What stands in quotes stays as somebody wrote it."""
    assert in_japanese(english) == japanese


def test_a_rule_book_with_every_kind_of_mistake_is_told_in_japanese() -> None:
    """No English sentence is left in what is said of a rule book."""
    text = """
    [playbook]
    name = "x"
    colour = "red"
    [[activity]]
    id = "a"
    name = { ja = "" }
    [[activity]]
    id = "a"
    [[date]]
    id = "d"
    [[role]]
    id = "r"
    side = "bank "
    falls_to = "r"
    [[rule]]
    id = "one"
    after = ["a", "b"]
    due = ["7 dayz", 3, "same day"]
    until = "a"
    role = "rr"
    basis = "guess"
    fact = ["J14"]
    when = { x = [] }
    [[rule]]
    id = "two"
    after = ["a"]
    wait = "1 day"
    due = "-2 days"
    until = ["d"]
    role = "r"
    [[benchmark]]
    id = "b"
    value = "0.1"
    [[rules]]
    """
    with pytest.raises(RulebookError) as refused:
        parse_playbook(text, "book.toml")
    told = [problem.parts("ja") for problem in refused.value.problems]
    assert len(told) > 15
    english = re.compile(r"\b(found|a [a-z]{3,}|an|the|of|is|are|or|with|each|missing|unknown|such|key|number|did)\b")
    for said in told:
        for part in (said.place, said.found, said.allowed, said.hint):
            assert not english.search(re.sub(r"'[^']*'|\"[^\"]*\"", "", part)), part


def test_english_stays_as_the_code_says_it() -> None:
    """In English nothing is looked up."""
    problem = Problem("line 3", "found 'x'", "one of them", "did you mean 'y'?")
    assert problem.say("en") == str(problem) == "line 3: found 'x'; allowed: one of them\n  Hint: did you mean 'y'?"
    assert problem.say("ja") == "3 行目: 'x' とあります。使えるもの: どちらか一方\n  ヒント: 'y' のことですか"
