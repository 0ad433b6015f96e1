"""A proposal, asked about one question at a time: on a terminal, or from the lines that are given."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TextIO

from playbook.commands.terminal import say
from playbook.importing.guess import Guess, ImportQuestion, guess_from, read_raws
from playbook.words.catalogue import msg
from playbook.words.text import Lang


def asked_about(
    files: Iterable[Path], lang: Lang, answers: Mapping[str, str], lines: TextIO | None = None
) -> tuple[Guess, dict[str, str]]:
    """The proposal with all answers, and the answers: those that were given before, then one line a question.

    An empty line takes the likeliest answer, `0` leaves the question open; where the lines end, the rest stays open.
    """
    raws = read_raws(list(files))
    found = dict(answers)
    seen: set[str] = set()
    ended = lines is None
    while True:
        guess = guess_from(raws, found)
        question = next((one for one in guess.questions if one.key not in seen), None)
        if question is None or ended:
            return guess, found
        seen.add(question.key)
        answer, ended = _answer(question, len(seen), lang, lines or sys.stdin)
        if answer is not None:
            found[question.key] = answer


def _answer(question: ImportQuestion, number: int, lang: Lang, lines: TextIO) -> tuple[str | None, bool]:
    """What is answered (None where it stays open), and whether the lines have ended."""
    say("")
    say(f"{number}. {question.text.say(lang)}", "bold")
    if question.why.say(lang):
        say(f"   {question.why.say(lang)}")
    for n, choice in enumerate(question.choices, start=1):
        mark = msg("  <- Enter alone takes this").say(lang)
        say(f"   {n}: {choice.text.say(lang)}{mark if choice.id == question.suggested else ''}")
    say(msg("   0: I do not know (leave it open)").say(lang))
    ids = [choice.id for choice in question.choices]
    while True:
        line = lines.readline()
        if not line:
            return None, True
        written = line.strip()
        if not written:
            return question.suggested, False
        if written == "0":
            return None, False
        if written.isdigit() and int(written) <= len(ids):
            return ids[int(written) - 1], False
        say(msg("   a number from 0 to {len}, please", len=len(ids)).say(lang))
