"""Brings what is said in the other language up to the code and the notebooks: `make words`.

The code's messages are English, and `ja.po` has their Japanese; the notebooks are Japanese, and `notebooks.po` has
their English, of which the notebooks in `notebooks/en` are made; those that name the digest of their code get it
anew. What is new stands there without a translation, to be written; what is no longer said is gone.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HOME = Path(__file__).resolve().parent.parent
SOURCE, NOTEBOOKS = HOME / "src" / "playbook", HOME / "notebooks"
JAPANESE = SOURCE / "words" / "translations" / "ja.po"
ENGLISH = JAPANESE.with_name("notebooks.po")
_CALLS = {"msg": None, "msg_in": ((1, "c"), 2)}
_OF_CODE = "# What the code says, in Japanese. The English of the code is the key: `make words` keeps the two together."
_OF_NOTEBOOKS = (
    "# What the notebooks say, in English. Their Japanese is the key: `make words` writes notebooks/en of it."
)
_NO_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""A file says the same whenever it is made."""
_WRITTEN_IN_JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")


def files() -> Iterator[tuple[Path, bytes]]:
    """What is to stand in each file."""
    of_code, of_notebooks, compiled = renewed(), in_english(), BytesIO()
    yield JAPANESE, _written(of_code)
    write_mo(compiled, of_code)
    yield JAPANESE.with_suffix(".mo"), compiled.getvalue()
    yield ENGLISH, _written(of_notebooks)
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if "code" in notebook["metadata"].get("playbook", {}):
            yield path, _stamped(notebook)
        yield NOTEBOOKS / "en" / path.name, _stamped(_translated(notebook, of_notebooks))


@cache
def renewed() -> Catalog:
    """The messages of the code with the Japanese that is known of them, in the order of the files."""
    said = Catalog()
    for file, _, message, _, context in extract_from_dir(SOURCE, keywords=_CALLS, method_map=[("**.py", "python")]):
        said.add(message, locations=[(file, 0)], context=context)
    return _filled(sorted(said, key=_place), JAPANESE, "ja", _OF_CODE)


def in_english() -> Catalog:
    """The texts of the notebooks with the English that is known of them, in the order in which they stand."""
    said = Catalog()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for text in _texts(path):
            said.add(text, locations=[(path.name, 0)])
    return _filled(list(said), ENGLISH, "en", _OF_NOTEBOOKS)


def _filled(said: list[Message], path: Path, locale: str, header: str) -> Catalog:
    with path.open("rb") as file:
        before = read_po(file, locale=locale)
    after = Catalog(locale, project="playbook", header_comment=header, fuzzy=False, creation_date=_NO_TIME)
    after.revision_date, after.last_translator, after.msgid_bugs_address = _NO_TIME, "playbook", ""
    for message in said:
        if message.id:
            known = before.get(message.id, message.context)
            places = sorted(set(message.locations))
            after.add(message.id, known.string if known else "", locations=places, context=message.context)
    return after


def _place(message: Message) -> tuple[str, str, str]:
    places = sorted(message.locations)
    return places[0][0] if places else "", message.id, message.context or ""


def _written(catalogue: Catalog) -> bytes:
    buffer = BytesIO()
    write_po(buffer, catalogue, width=120, include_lineno=False)
    return buffer.getvalue()


# Notebooks


def _texts(path: Path) -> Iterator[str]:
    """What a notebook says: its texts, and the literals of its code that are written in Japanese."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield source
        else:
            yield from (text for text, _ in _literals(source))


def _literals(source: str) -> Iterator[tuple[str, ast.expr]]:
    """The literals of a cell that are written in Japanese, with what fills them in braces."""
    tree = ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in inside:
                said = text
            case ast.JoinedStr(values=parts):
                said = "".join(_part(part, source) for part in parts)
            case _:
                continue
        if _WRITTEN_IN_JAPANESE.search(said):
            yield said, node


def _part(part: ast.expr, source: str) -> str:
    if isinstance(part, ast.FormattedValue):
        return f"{{{ast.get_source_segment(source, part.value)}}}"
    assert isinstance(part, ast.Constant)
    return str(part.value)


def _translated(notebook: dict[str, Any], english: Catalog) -> dict[str, Any]:
    """A notebook in English."""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        said = english.get(source).string if cell["cell_type"] == "markdown" else _code(source, english)
        cell["source"] = said.splitlines(keepends=True)
    return notebook


def _stamped(notebook: dict[str, Any]) -> bytes:
    """A notebook as it is written; with the digest of its code where it names one (`notebook.digest_of_cells`)."""
    said = notebook["metadata"].get("playbook", {})
    if "code" in said:
        code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        said["code"] = sha256(json.dumps(code).encode()).hexdigest()[:16]
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _code(source: str, english: Catalog) -> str:
    """The code of a cell with its literals in English, in the language of English."""
    found = sorted(_literals(source), key=lambda one: (one[1].lineno, one[1].col_offset), reverse=True)
    raw = source.encode("utf-8")
    starts = [0]
    for line in raw.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    for said, node in found:
        told = english.get(said).string
        if told == said:
            continue
        assert node.end_lineno is not None and node.end_col_offset is not None
        begin, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        literal = json.dumps(told, ensure_ascii=False)
        raw = raw[:begin] + ("f" * isinstance(node, ast.JoinedStr) + literal).encode("utf-8") + raw[end:]
    return re.sub(r'(?m)^(lang(?:: str)?) = "ja"', r'\1 = "en"', raw.decode("utf-8"))


if __name__ == "__main__":
    for path, content in files():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    for catalogue in (renewed(), in_english()):
        for message in catalogue:
            if message.id and not message.string:
                print(f"{message.locations[0][0]}: {message.id!r} has no words in {catalogue.locale}")
