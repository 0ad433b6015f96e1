"""What a person sees while a command works: messages and progress on standard error, colour only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from io import TextIOWrapper
from typing import Literal, TextIO

Colour = Literal["red", "yellow", "green", "dim", "bold"]

_CODES: Mapping[Colour, str] = {"red": "31", "yellow": "33", "green": "32", "dim": "2", "bold": "1"}


def speak_utf8() -> None:
    """Standard output and error in UTF-8 with plain line ends, whatever the console's code page is."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def open_standard() -> None:
    """Let standard input, output and error be open, to nowhere where somebody closed them (``playbook run 2>&-``).

    Otherwise the next file that is opened would take their place, and receive what is written to them.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def silence_output() -> None:
    """Let nothing more go to standard output, which is closed or full: what waits to be written goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def is_colourful(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose user has not asked for plain text (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(text: str, colour: Colour, stream: TextIO) -> str:
    """The text in a colour where the stream shows colours, else as it is."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if is_colourful(stream) else text


def say(message: str, colour: Colour | None = None) -> None:
    """A message to standard error; none where nobody can be told."""
    with suppress(OSError):
        _clear()
        print(painted(message, colour, sys.stderr) if colour else message, file=sys.stderr, flush=True)


_SHOWN = {"progress": False}


def progress(done: int, total: int, what: str) -> None:
    """How far long work has come: one line that renews itself on a terminal, one line a step elsewhere."""
    with suppress(OSError):
        _renew(done, total, f"[{done}/{total}] {what}")


def _renew(done: int, total: int, line: str) -> None:
    if not sys.stderr.isatty():
        print(line, file=sys.stderr, flush=True)
        return
    _clear()
    filled = round(20 * done / total) if total else 20
    print(f"{'█' * filled}{'░' * (20 - filled)} {line}", end="", file=sys.stderr, flush=True)
    _SHOWN["progress"] = True
    if done >= total:
        _clear()


def _clear() -> None:
    if _SHOWN["progress"]:
        print("\r\x1b[K", end="", file=sys.stderr)
        _SHOWN["progress"] = False
