"""The guides of the project, and the fenced blocks in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from quick_reports import engine
from the_sample import opened_once
from thinned import ALL
from warmed import lent

from playbook.cli import main

ROOT = Path(__file__).resolve().parents[1]
_VERIFIED, _OWN = "checked", "my-work"
"""The folder whose pages a guide lets the reader verify, and the first workspace of a reader: these are really made."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line it starts at, the file that the line above it names."""

    language: str
    text: str
    line: int
    title: str = ""


def blocks(guide: Path) -> Iterator[Block]:
    """The fenced blocks of a guide, in order."""
    text = guide.read_text(encoding="utf-8")
    for found in re.finditer(r"(?:^`([^`\n]+)`[^\n]*\n\n)?^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield Block(found[2], found[3], text.count("\n", 0, found.start(2)) + 1, found[1] or "")


def type_line(line: str) -> None:
    """Type one line of a console."""
    match shlex.split(line, comments=True):
        case []:
            pass
        case ["make", target]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE), line
        case ["pip", "install", "."]:
            assert (ROOT / "pyproject.toml").is_file()
        case ["pip", "install", distribution]:
            assert f'name = "{distribution}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        case ["playbook", "run", *words] if not {_OWN, _VERIFIED} & set(words) and not ALL:
            # The pages have tests of their own: here, that the command is understood and publishes.
            with patch("playbook.commands.reports._engine", lambda *_: nullcontext(engine)), lent():
                assert main(["run", *words]) == 0, line
        case ["playbook", *words]:
            with patch("playbook.commands.session.opened", opened_once), lent():
                assert main(words) == 0, line
        case words:
            pytest.fail(f"a reader may not have '{words[0]}'")
