"""A published page as a PDF, printed by a browser that is installed: Chrome, Chromium or Edge, without a window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from playbook.words.catalogue import msg
from playbook.words.problem import PlaybookError, Problem, Said, reason

BROWSER = "PLAYBOOK_BROWSER"
"""The environment variable that names the browser to print with, where it is in no usual place."""

ON_PATH = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS_ROOTS = ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData")
_WINDOWS = (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe")
_QUIET = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--no-pdf-header-footer", "--generate-pdf-document-outline", "--run-all-compositor-stages-before-draw",
)  # fmt: skip
_DRAWN = 10_000  # milliseconds of the page's own time, within which its charts are drawn


class PdfError(PlaybookError):
    """A page that could not be printed; what was there is untouched."""


def to_pdf(html: Path, pdf: Path, *, timeout: float = 120, environ: Mapping[str, str] | None = None) -> None:
    """Print a page to a PDF file: A4, with head and page numbers as its style says, its headings as the outline.

    The file is there whole or not.

    Raises PdfError where no browser is found, and where it does not print within `timeout` seconds.
    """
    browser = required_browser(environ)
    if not html.is_file():
        raise PdfError(Problem(str(html), msg("there is no such page")))
    with tempfile.TemporaryDirectory(prefix="playbook-print-", ignore_cleanup_errors=True) as folder:
        printed = Path(folder) / "page.pdf"
        _run(_command(browser, html, printed, Path(folder) / "profile"), html, printed, timeout)
        pdf.parent.mkdir(parents=True, exist_ok=True)
        beside = pdf.with_name(pdf.name + ".part")
        shutil.copyfile(printed, beside)
        beside.replace(pdf)


def required_browser(environ: Mapping[str, str] | None = None) -> Path:
    """The browser that prints; PdfError where there is none."""
    browser = find_browser(environ)
    if browser is None:
        raise PdfError(_no_browser())
    if shutil.which(browser) is None:
        raise PdfError(
            Problem(str(browser), msg("there is no such file"), hint=msg("is {browser} right?", browser=BROWSER))
        )
    return browser


def find_browser(environ: Mapping[str, str] | None = None) -> Path | None:
    """The browser that prints: the one that is named, else one on the path, else one in a usual place; None without."""
    known = os.environ if environ is None else environ
    if named := known.get(BROWSER):
        return Path(named)
    return next(_browsers(known), None)


def _browsers(environ: Mapping[str, str]) -> Iterator[Path]:
    for name in ON_PATH:
        if found := shutil.which(name, path=environ.get("PATH", "")):
            yield Path(found)
    places = [Path(place) for place in _MAC] if sys.platform == "darwin" else []
    if sys.platform == "win32":
        places = [Path(environ[root]) / place for root in _WINDOWS_ROOTS if root in environ for place in _WINDOWS]
    yield from (place for place in places if place.is_file())


def _no_browser() -> Problem:
    return Problem(
        "--pdf",
        msg("no browser to print with was found"),
        msg("Google Chrome, Chromium or Microsoft Edge"),
        msg(
            "install one, or name yours in the environment variable {browser}; the page itself prints as"
            " well: open it and print to PDF",
            browser=BROWSER,
        ),
    )


def _command(browser: Path, html: Path, pdf: Path, profile: Path) -> list[str]:
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [
        str(browser),
        *_QUIET,
        *(["--no-sandbox"] if root else []),  # a browser refuses to run as root with its sandbox
        f"--user-data-dir={profile}",
        f"--virtual-time-budget={_DRAWN}",
        f"--print-to-pdf={pdf}",
        html.absolute().as_uri(),
    ]


def _run(command: list[str], html: Path, pdf: Path, timeout: float) -> None:
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise PdfError(Problem(str(html), msg("was not printed within {timeout:g} seconds", timeout=timeout))) from None
    except OSError as error:
        raise PdfError(Problem(command[0], msg("cannot be started: {value}", value=reason(error)))) from None
    if not pdf.is_file() or pdf.stat().st_size == 0:
        told = done.stderr.decode("utf-8", errors="replace").strip().splitlines()[-1:]
        said: Said = told[0] if told else msg("it said nothing")
        raise PdfError(
            Problem(
                str(html),
                msg("was not printed: {said}", said=said),
                hint=msg("printed with {command}", command=command[0]),
            )
        )
