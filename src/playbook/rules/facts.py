"""Where each fact of the sources lives: the claim that a written procedure runs, held against itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Protocol

import polars as pl
import tomli

from playbook.rules.nouns import Facts, Playbook
from playbook.words.catalogue import msg
from playbook.words.text import Text

FAMILIES = ("J", "B", "C", "Z", "D")
"""The sources in the order of `seeds/000` to `seeds/004`: one letter, one file of facts, one playbook."""

OUTSIDE = ("golden test", "report", "docs", "not executable")
"""Where a fact may live outside a rule book; what is not executable says its reason in the docs."""


Strength = Literal["stated", "recommended", "told"]
"""How strongly a sentence speaks: it demands, it recommends, or it merely tells."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a source, in our own words; `lives` and `where` only where its place is outside a rule book.

    `basis`: how strongly its sentence speaks, by its own modal `word`; `limit`: the number it gives, if any, as a rule
    writes it. `place`: where in its document a firm's own fact stands.
    """

    id: str
    kind: str
    text: Text
    basis: Strength = "told"
    word: str = ""
    limit: str = ""
    place: str = ""
    lives: str = ""
    where: str = ""
    reason: Text = field(default=Text("", ""))


@dataclass(frozen=True, slots=True)
class Place:
    """One place that carries a fact: what it is (`rule`, `role duty`, ...), whose, and which."""

    fact: str
    kind: str
    playbook: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.playbook}/{self.id}" if self.playbook else f"{self.kind} {self.id}"


class _Noun(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def fact(self) -> Facts: ...


@cache
def facts() -> tuple[Fact, ...]:
    """Every fact of the five sources, in the order of the sources."""
    folder = files("playbook.rules") / "facts"
    texts = ((folder / f"{family}.toml").read_text(encoding="utf-8") for family in FAMILIES)
    return tuple(_fact(name, said) for text in texts for name, said in tomli.loads(text).items())


def _fact(id: str, said: dict[str, Any]) -> Fact:
    reason = Text(**said.get("reason", {"ja": "", "en": ""}))
    others = {key: said[key] for key in ("kind", "basis", "word", "limit", "lives", "where") if key in said}
    return Fact(id, text=Text(said["ja"], said["en"]), reason=reason, **others)


def measured(playbooks: Sequence[Playbook], own: Sequence[Fact] = ()) -> tuple[Fact, ...]:
    """The facts that some playbooks are held against: those of the sources of built-in ones, and a firm's own."""
    families = {
        family for family, book in zip(FAMILIES, _BOOKS, strict=True) if any(one.id == book for one in playbooks)
    }
    return (*(fact for fact in facts() if fact.id.partition("-")[0] in families), *own)


def fact_places(playbooks: Iterable[Playbook], known: Sequence[Fact] | None = None) -> Iterator[Place]:
    """Every place that carries a fact: in the playbooks, and outside them for the facts that are known."""
    for book in playbooks:
        for kind, noun, cited in _cited(book):
            yield from (Place(fact, kind, book.id, noun) for fact in cited)
    outside = facts() if known is None else known
    yield from (Place(fact.id, fact.lives, "", fact.where) for fact in outside if fact.lives)


def _cited(book: Playbook) -> Iterator[tuple[str, str, Facts]]:
    """The nouns of a playbook with the facts they cite: kind, id, facts."""
    yield "playbook", book.id, book.fact
    simple: dict[str, Sequence[_Noun]] = {
        "activity": book.activities,
        "planned date": book.dates,
        "stage": book.stages,
        "outcome": book.outcomes,
        "role": book.roles,
        "rule": book.rules,
        "precedence": book.precedences,
        "participation": book.participations,
        "checklist": book.checklists,
        "template": book.templates,
        "benchmark": book.benchmarks,
    }
    for kind, nouns in simple.items():
        yield from ((kind, noun.id, noun.fact) for noun in nouns)
    for role in book.roles:
        yield from (("role duty", f"{role.id}@{duty.phase}", duty.fact) for duty in role.duties)
    for checklist in book.checklists:
        yield from (("checklist item", f"{checklist.id}.{item.id}", item.fact) for item in checklist.fields)


def coverage(playbooks: Sequence[Playbook], own: Sequence[Fact] = ()) -> pl.DataFrame:
    """Where each fact lives: one row per fact, in the order of the sources; then a firm's own, in that of its files.

    Playbooks of a firm's own are held against its own facts, those of the package against their sources.

    Columns: `fact, kind` (ST, RL, DL, TH, CK, TP, PR or DT), `basis` (how strongly its sentence speaks: stated,
    recommended or told), `word` (the modal word that says so, as the source has it), `covered`, `places` (how many),
    `lives` (what carries it, by kind), `where` (each place).
    """
    known = measured(playbooks, own)
    of_fact: dict[str, list[Place]] = {}
    for place in fact_places(playbooks, known):
        of_fact.setdefault(place.fact, []).append(place)
    rows = [(fact.id, fact.kind, fact.basis, fact.word, *_lived(of_fact.get(fact.id, []))) for fact in known]
    schema = {
        "fact": pl.String,
        "kind": pl.String,
        "basis": pl.String,
        "word": pl.String,
        "covered": pl.Boolean,
        "places": pl.Int64,
        "lives": pl.String,
        "where": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _lived(found: list[Place]) -> tuple[bool, int, str, str]:
    kinds = "; ".join(dict.fromkeys(place.kind for place in found))
    return bool(found), len(found), kinds, "; ".join(map(str, found))


def citations(playbooks: Sequence[Playbook]) -> pl.DataFrame:
    """Every place that carries a fact: one row per fact and place, in the order of the sources.

    Columns: `fact, kind` (what carries it), `playbook, id`.
    """
    order = {fact.id: number for number, fact in enumerate(facts())}
    found = sorted(fact_places(playbooks), key=lambda place: order.get(place.fact, len(order)))
    rows = [(one.fact, one.kind, one.playbook or None, one.id) for one in found]
    return pl.DataFrame(rows, schema=dict.fromkeys(("fact", "kind", "playbook", "id"), pl.String), orient="row")


def facts_page(playbooks: Sequence[Playbook]) -> str:
    """The trace table as a page of the documentation: every fact, its places, and why, where it cannot run."""
    of_fact: dict[str, list[Place]] = {}
    for place in fact_places(playbooks):
        of_fact.setdefault(place.fact, []).append(place)
    parts = [_PAGE_HEAD.format(n=len(facts()))]
    for family, book in zip(FAMILIES, _BOOKS, strict=True):
        parts.append(f"## {family}: {book}\n")
        parts += [_fact_entry(fact, of_fact.get(fact.id, [])) for fact in facts() if fact.id.startswith(family)]
    return "\n".join(parts)


_BOOKS = ("joins-selection", "placement-followup", "casual-interview", "interview-aftercare", "dispatch-sales")
_PAGE_HEAD = """\
# 原典の事実と、その居場所 / The facts of the sources, and where they live

各項には、原典の文の強さと、その強さを示す原典の語があります。強さは「定める」「勧める」「述べる」の3つで、
定める文だけが手順書で stated に、勧める文だけが recommended になれます。
`playbook rules --coverage` が同じものを表にします。このページは `playbook.rules.facts.facts_page` が書き、
テストが食い違いを見つけます。{n} 件。

Each entry says how strongly its sentence speaks, and the word of the source that says so: it demands, recommends, or
tells. Only what is demanded may be stated in a rule book, and only what is recommended may be recommended.
`playbook rules --coverage` gives the same as a table. This page is written by `playbook.rules.facts.facts_page`,
and a test finds where it differs. {n} facts.
"""


def _fact_entry(fact: Fact, found: list[Place]) -> str:
    where = "".join(f"- {place.kind}: `{'/'.join(filter(None, (place.playbook, place.id)))}`\n" for place in found)
    reason = f"- {fact.reason.ja}\n- {fact.reason.en}\n" if fact.reason.ja else ""
    strength = _STRENGTHS[fact.basis]
    said = f"{strength.ja}「{fact.word}」 / {strength.en}"
    return f"### {fact.id}\n\n{fact.text.ja}<br>\n{fact.text.en}\n\n- {said}\n{where}{reason}"


_STRENGTHS: dict[Strength, Text] = {
    "stated": msg("demands"),
    "recommended": msg("recommends"),
    "told": msg("tells"),
}
