"""Japanese as it is written: brackets, and one word a thing, wherever the project says something in Japanese."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from said import jargon

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "playbook"
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
NARROW = re.compile(r"[ぁ-んァ-ヶ一-龠々ー」〜。、]\s?\((?!\?)|\((?!\?)[^()]*[ぁ-んァ-ヶ一-龠]")
"""A half-width bracket behind or around Japanese."""
NO_PROSE = re.compile(r"`[^`]*`|\]\([^)\s]*\)|\d\([月火水木金土日]\)|\{%[^%]*%\}|\{+[^{}]*\}+")
"""Code, links, the weekday of a short date, and what a hole is filled with."""


def catalogue() -> Iterator[tuple[str, str]]:
    """The Japanese of every message of the code."""
    with (SOURCE / "words/translations/ja.po").open("rb") as file:
        yield from (("ja.po", message.string) for message in read_po(file) if message.id)


def notebooks() -> Iterator[tuple[str, str]]:
    """The texts of the notebooks and the literals of their code."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            said = [text] if cell["cell_type"] == "markdown" else literals(text)
            yield from ((path.name, one) for one in said)


def literals(code: str) -> list[str]:
    """The texts in a piece of code; the holes of a text are left out, docstrings are somebody's English."""
    tree = ast.parse(code)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


def books() -> Iterator[tuple[str, str]]:
    """Every Japanese text of the built-in rule books: names, duties, fields, drafts."""
    for path in sorted((SOURCE / "rules/books").glob("*.toml")):
        pending: list[object] = [tomllib.loads(path.read_text(encoding="utf-8"))]
        while pending:
            match pending.pop():
                case dict(table):
                    yield from (
                        (path.name, said) for key, said in table.items() if key == "ja" and isinstance(said, str)
                    )
                    pending += table.values()
                case list(several):
                    pending += several


def guides() -> Iterator[tuple[str, str]]:
    """The lines of the guides, without their blocks of code and pictures of characters."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), SOURCE / "commands/starter/README.md"):
        if path.name != "reference.md":  # what the docstrings say
            prose = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
            yield from ((path.name, line) for line in prose.splitlines())


def papers() -> Iterator[tuple[str, str]]:
    """What stands in Japanese in the code that writes papers, pages and lists."""
    for path in sorted(path for floor in ("show", "pages") for path in (SOURCE / floor).rglob("*.py")):
        yield from ((path.name, said) for said in literals(path.read_text(encoding="utf-8")))
    letter = SOURCE / "show/texts/letter.ja.txt"
    yield from ((letter.name, line) for line in letter.read_text(encoding="utf-8").splitlines())


EVERYWHERE = [catalogue, notebooks, books, guides, papers]


@pytest.mark.parametrize("place", EVERYWHERE, ids=lambda place: place.__name__)
def test_brackets_in_japanese_are_full_width(place: object) -> None:
    """（like this）, in everything that people read; code, links and the weekday of a short date keep theirs."""
    assert callable(place)
    said = [(name, text) for name, text in place() if JAPANESE.search(text)]
    assert len(said) > 20
    assert [(name, text) for name, text in said if NARROW.search(NO_PROSE.sub("", text))] == []


def not_said() -> list[str]:
    """The last column of the glossary."""
    rows = re.findall(r"^\|(.+)\|$", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)[2:]
    return [word.strip() for row in rows for word in row.split("|")[-1].split("、") if word.strip()]


@pytest.mark.parametrize("place", EVERYWHERE, ids=lambda place: place.__name__)
def test_one_thing_has_one_word(place: object) -> None:
    """No word that the glossary rules out stands in what pages, papers, commands, rule books, drafts and guides say."""
    assert callable(place)
    # A word that goes on is another word: フォルダー is no フォルダ, 引継ぎ no 引継, 引き継ぎます a verb.
    banned = {word: re.compile(re.escape(word) + r"(?![ーぎま、])") for word in not_said()}
    assert len(banned) > 40
    told = [(name, text) for name, text in place() if name not in {"glossary.md", "facts.md"}]  # they quote
    found = [(name, word) for name, text in told for word, said in banned.items() if said.search(text)]
    assert found == []


def test_jargon_is_found_where_it_stands() -> None:
    """A headline and a card with such words are found; a table may have them."""
    page = '<main><p><strong>{}</strong></p><li class="card x">{}</li><td>p値</td>'
    assert len(jargon(page.format("有意な差", "ハザード比"))) == 2 and jargon(page.format("差", "割合")) == []
