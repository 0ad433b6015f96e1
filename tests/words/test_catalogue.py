"""Words in both languages: what the code says and what the catalogue knows are the same, and nobody's own words change."""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from messages import unsaid

from playbook.rules.reading import parse_playbook
from playbook.words.catalogue import either, listed, msg, msg_in
from playbook.words.problem import Problem, RulebookError, reason
from playbook.words.text import Text

_HOLE = re.compile(r"{(\w*)[^{}]*}")
_ALIKE = {
    "name", "licence", "office", "offices", "agency_books", "dispatch", "provision", "key", "year", "reiwa, western",
    "playbook {} --help", "{} --help", "--map FILE", "playbook init DIR", "papermill -r {} {}", "RULE.KEY=VALUE",
    "3, 4, 5 or 6 (Z-37)", "{}://USER@HOST/DB", "row {}, '{}'", "name: type = value", "UTF-8", "header", "look_up",
    "timezone", ".json", ".jsonl", ".xes", ".sql", "dask scheduler", "dask worker {}",
    "PNG, JPEG", "company, hire", "{person}", "[subject.there]",
    "[source.cases], [source.stages], [[source.events]] ...", '{ file = "企業.csv", key = "コード", give = "企業名" }',
    'pip install "recruit-playbook[cluster]"', 'pip install "recruit-playbook[db]"',
    'pip install "recruit-playbook[pandas]"',
}  # fmt: skip
"""What is said alike in both languages: keys, commands, examples."""


@pytest.fixture(scope="module")
def tool() -> Mapping[str, Any]:
    """What brings the catalogue up to the code."""
    script = Path(__file__).resolve().parents[2] / "docs" / "words.py"
    return runpy.run_path(str(script))


def test_the_catalogue_is_what_the_code_says(tool: Mapping[str, Any]) -> None:
    """No message is missing, none unused, and what is read was made of what people edit (`make words`)."""
    for path, content in tool["files"]():
        assert path.read_bytes() == content, f"{path.name} is not current: make words"


def test_no_message_stands_where_it_is_not_found(tool: Mapping[str, Any]) -> None:
    """What gathers the messages does not look into the holes of a text, and needs them written out."""
    calls = [call for path in sorted(tool["SOURCE"].rglob("*.py")) for call in _calls(path)]
    assert len(calls) > 2000
    assert [place for place, written_out in calls if not written_out] == []


def _calls(path: Path) -> Iterator[tuple[str, bool]]:
    """Where a message is said, and whether its words are written out there, outside of the holes of a text."""
    source = path.read_text(encoding="utf-8")
    if "msg" not in source:
        return
    tree = ast.parse(source)
    holes = {id(node) for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for node in ast.walk(text)}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="msg"), args=[*words]) | ast.Call(func=ast.Name(id="msg_in"), args=[*words]):
                plain = bool(words) and all(isinstance(word, ast.Constant) for word in words)
                yield f"{path.name}:{node.lineno}", plain and id(node) not in holes


def test_every_message_has_its_japanese_with_the_same_holes(tool: Mapping[str, Any]) -> None:
    """Nothing that is found is lost, or made up, on the way."""
    messages: list[Message] = [message for message in tool["renewed"]() if message.id]
    assert [message.id for message in messages if not message.string] == []
    assert [message.id for message in messages if _holes(message.id) != _holes(message.string)] == []


def _holes(template: str) -> set[str]:
    return set(_HOLE.findall(template.replace("{{", "").replace("}}", "")))


def test_no_problem_is_told_in_one_language_alone() -> None:
    """What is found, allowed and hinted at is a message, or the same in both languages; a plain text is somebody's own."""
    assert {text: place for text, place in unsaid().items() if text not in _ALIKE} == {}


def test_nobodys_own_words_are_translated() -> None:
    """A folder called `client`, or a column called `months`, keeps its name, wherever it stands in a sentence."""
    told = Problem("client", msg("there is no column '{name}'", name="months"), "files", "calendar").say("ja")
    assert told == "client: 列 'months' はありません。使えるもの: files\n  ヒント: calendar"


def test_a_place_is_said_around_what_is_somebodys_own() -> None:
    """Row, column and key have their words; what stands in quotes stays."""
    assert Problem("cases.csv, row 12, column 'row 3'", msg("is missing")).parts("ja").place == (
        "cases.csv, 12 行目, 列 'row 3'"
    )


def test_a_message_is_filled_in_each_language() -> None:
    """A value that is itself said in two languages is filled in in each; what the system says is known."""
    denied = msg("cannot be read: {value}", value=reason(PermissionError(13, "Permission denied")))
    assert denied.en == "cannot be read: Permission denied"
    assert denied.ja == "読めません: 権限がありません"
    assert (listed(["a", Text("い", "b")]).ja, either(["a", "b"]).en) == ("a、い", "a or b")
    assert msg_in("nobody says this", "nobody has translated {n}", n=1) == Text(*["nobody has translated 1"] * 2)


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
