"""What people write down, in Japanese: answers on forms, voices, goals, remarks. The words are in `phrases.toml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import tomli

Words = Sequence[str]
FORM_DEFAULT: Words = ("確認済み",)
"""What is written in a field for which no answer is listed."""


@dataclass(frozen=True)
class Phrases:
    """All words of the sample.

    `reasons` by activity, those of declines apart with the share in which each is named first; `milestones` by track
    with the month after joining in which they are due; `voices` by side with topic and score; `surveys` by kind with
    their question; `notes` by activity; `forms` by field of a checklist.
    """

    change: Words
    evidence: Words
    next_issue: Words
    declined: Sequence[tuple[str, float]]
    reasons: Mapping[str, Words]
    milestones: Mapping[str, Sequence[tuple[str, int]]]
    voices: Mapping[str, Sequence[tuple[str, str, int]]]
    surveys: Mapping[str, Sequence[tuple[str, str]]]
    notes: Mapping[str, Words]
    forms: Mapping[str, Words]


@cache
def phrases() -> Phrases:
    """The words, read once."""
    written = tomli.loads(files("playbook.simulation").joinpath("phrases.toml").read_text(encoding="utf-8"))
    declined = written["reasons"].pop("declined")
    return Phrases(declined=declined, **written)
