"""Printing a page with the browser that is installed, and saying so where there is none."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path

import pytest

from playbook.publishing import pdf
from playbook.publishing.pdf import PdfError, find_browser, to_pdf

PAGE = "<!DOCTYPE html><html lang='ja'><meta charset='utf-8'><title>頁</title><h1>一頁</h1><h2>本日</h2><h2>Late</h2>"
needs_browser = pytest.mark.skipif(find_browser() is None, reason="no Chrome, Chromium or Edge is installed here")


def page(folder: Path, text: str = PAGE) -> Path:
    """A page in a folder with a name that an address must escape."""
    path = folder / "頁 1#a.html"
    path.write_text(text, encoding="utf-8")
    return path


def titles(pdf: bytes) -> list[str]:
    """What the document and the entries of its outline are called."""
    coded = [bytes.fromhex(text.decode()).decode("utf-16") for text in re.findall(rb"/Title\s*<(\w+)>", pdf)]
    return coded + [text.decode("ascii") for text in re.findall(rb"/Title\s*\(([^)]*)\)", pdf)]


@needs_browser
def test_a_page_becomes_a_pdf(tmp_path: Path) -> None:
    """A page is printed whole, in a folder made for it, over an older one; its headings are the outline, its text has tags."""
    out = tmp_path / "new" / "頁.pdf"
    to_pdf(page(tmp_path), out)
    first = out.read_bytes()
    assert first.startswith(b"%PDF-")
    assert first.rstrip().endswith(b"%%EOF")
    assert {"一頁", "本日", "Late"} <= set(titles(first))
    assert b"/StructTreeRoot" in first and b"/Outlines" in first
    to_pdf(page(tmp_path), out)
    assert [path.name for path in out.parent.iterdir()] == ["頁.pdf"]


def test_without_a_browser_one_is_told_what_to_do(tmp_path: Path) -> None:
    """Where no browser is found, the message says which would do and how to print without."""
    empty = {"PATH": str(tmp_path)}
    if find_browser(empty) is not None:
        pytest.skip("a browser is installed in a usual place")
    with pytest.raises(
        PdfError, match=r"--pdf: no browser[\s\S]*Chromium[\s\S]*PLAYBOOK_BROWSER[\s\S]*open it and print"
    ):
        to_pdf(page(tmp_path), tmp_path / "a.pdf", environ=empty)
    assert not (tmp_path / "a.pdf").exists()


def test_a_browser_on_the_path_is_found(tmp_path: Path) -> None:
    """The browser that is named goes before one on the path."""
    name = "chromium.exe" if sys.platform == "win32" else "chromium"
    program = tmp_path / name
    program.write_text("", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert find_browser({"PATH": str(tmp_path)}) == program
    assert find_browser({"PATH": str(tmp_path), pdf.BROWSER: "mine"}) == Path("mine")


@pytest.mark.skipif(os.name != "posix", reason="a script stands in for the browser")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'cannot open display' >&2; exit 1", "was not printed: cannot open display"),
        ("exit 0", "was not printed: it said nothing"),
        ("sleep 5", "was not printed within 0.5 seconds"),
    ],
)
def test_a_browser_that_fails_is_told(tmp_path: Path, script: str, said: str) -> None:
    """A browser that ends without a file, or does not end, is one clear error; the older file stays."""
    program = tmp_path / "browser"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    old = tmp_path / "a.pdf"
    old.write_bytes(b"old")
    with pytest.raises(PdfError, match=said):
        to_pdf(page(tmp_path), old, timeout=0.5, environ={pdf.BROWSER: str(program)})
    assert old.read_bytes() == b"old"


def test_a_browser_or_page_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A named browser that does not exist, and a missing page, are one clear error each."""
    with pytest.raises(PdfError, match="nowhere: there is no such file"):
        to_pdf(page(tmp_path), tmp_path / "a.pdf", environ={pdf.BROWSER: str(tmp_path / "nowhere")})
    with pytest.raises(PdfError, match="there is no such page"):
        to_pdf(tmp_path / "none.html", tmp_path / "a.pdf", environ={pdf.BROWSER: sys.executable})
