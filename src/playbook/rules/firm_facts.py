"""A firm's own facts: what its written procedure says, sentence by sentence, so that its rule book can be held to it.

A workspace keeps them in `facts/*.toml`, one table a fact:

    [K-01]
    kind = "DL"
    place = "手引き 2.3 第1文"
    ja = "応募には3営業日以内に返事をする"
    basis = "stated"
    word = "以内に"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from playbook.rules.facts import OUTSIDE, Fact, Strength, fact_places, facts
from playbook.rules.folders import files_in
from playbook.rules.grammar import ChoiceValue, GrammarTable, Key, Label, Span, Word
from playbook.rules.nouns import Playbook
from playbook.rules.reading import toml_of, values_of
from playbook.words.catalogue import msg
from playbook.words.problem import Problem, RulebookError, Said, did_you_mean
from playbook.words.text import Text

KINDS = ("ST", "RL", "DL", "TH", "CK", "TP", "PR", "DT")
"""Stage, role, deadline, threshold, checklist, template, principle, data."""

_ID = re.compile(r"[A-Z]+-[0-9]+")
FACT = GrammarTable(
    "fact",
    msg("one sentence of a written procedure"),
    (
        Key("kind", ChoiceValue(KINDS), msg("its kind"), required=True),
        Key("place", Word(), msg("where in its document it stands"), required=True),
        Key("ja", Word(), msg("what it says, in Japanese")),
        Key("en", Word(), msg("what it says, in English")),
        Key("basis", ChoiceValue(get_args(Strength)), msg("how strongly it speaks")),
        Key("word", Word(), msg("the word that says so")),
        Key("limit", Span(backwards=True), msg("the number it gives")),
        Key("lives", ChoiceValue(OUTSIDE), msg("the kind of its place outside a rule book")),
        Key("where", Word(), msg("its place outside a rule book")),
        Key("reason", Label(), msg("why it cannot run")),
    ),
)


def facts_in(folder: Path) -> tuple[Fact, ...]:
    """The facts of all `*.toml` files of a folder, by file name; none where there is no such folder.

    RulebookError carries the mistakes of all files: unknown keys, ids that are none, an id that is taken.
    """
    known: dict[str, Said] = {fact.id: msg("the sources") for fact in facts()}
    problems: list[Problem] = []
    found: list[Fact] = []
    for path in files_in(folder, ".toml"):
        try:
            read = _facts_of(path)
        except RulebookError as error:
            problems.extend(error.problems)
            continue
        for fact in read:
            if fact.id in known:
                taken = msg("'{id}' is also the id of {first}", id=fact.id, first=known[fact.id])
                problems.append(Problem(f"{path}, [{fact.id}]", taken, msg("an id used by one file")))
            known.setdefault(fact.id, path.name)
        found += read
    if problems:
        raise RulebookError(problems)
    return tuple(found)


def _facts_of(path: Path) -> list[Fact]:
    problems: list[Problem] = []
    made: list[Fact] = []
    for id, said in toml_of(path).items():
        place = f"{path}, [{id}]"
        if not _ID.fullmatch(id):
            problems.append(Problem(place, msg("found '{id}'", id=id), msg("a fact id such as 'J-14'")))
            continue
        try:
            made.append(_fact(id, values_of(FACT, said if isinstance(said, dict) else {}, place)))
        except RulebookError as error:
            problems.extend(error.problems)
    if problems:
        raise RulebookError(problems)
    return made


def _fact(id: str, values: dict[str, Any]) -> Fact:
    said = values.get("ja") or values.get("en") or values["place"]
    others = {
        key: values[key] for key in ("kind", "place", "basis", "word", "lives", "where", "reason") if key in values
    }
    return Fact(
        id,
        text=Text(values.get("ja", said), values.get("en", said)),
        limit=str(values.get("limit", "")),
        **others,
    )


def unknown_facts(playbooks: Iterable[Playbook], own: Sequence[Fact]) -> Iterator[Problem]:
    """Every citation of a fact that nothing keeps: one problem each, at its place."""
    known = [fact.id for fact in (*facts(), *own)]
    for place in fact_places(playbooks, ()):
        if place.fact not in known:
            found = msg("'{fact}' is a fact that nothing keeps", fact=place.fact)
            hint = did_you_mean(place.fact, known)
            yield Problem(str(place), found, msg("an id of the sources, or of facts/*.toml in the workspace"), hint)
