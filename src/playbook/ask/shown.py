"""What things show of themselves by hand in JupyterLab: each as it does in a report, ids completed with Tab."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import polars as pl

from playbook.rendering.lab import StyledInNotebooks
from playbook.rules.nouns import Playbook, Rule
from playbook.show import labels, view
from playbook.words.catalogue import msg
from playbook.words.problem import ArgumentError, Problem, did_you_mean
from playbook.words.text import Lang

if TYPE_CHECKING:
    from playbook.ask.workspace import Workspace

_T = TypeVar("_T")


class Ids(Mapping[str, _T], Generic[_T]):
    """Things by their ids; an id that is not there is an ArgumentError with the nearest one."""

    def __init__(self, what: str, ids: Iterable[str], make: Callable[[str], _T]) -> None:
        self._what, self._ids, self._make = what, tuple(dict.fromkeys(ids)), make

    def __getitem__(self, id: str) -> _T:
        if id not in self._ids:
            raise ArgumentError(
                Problem(
                    self._what,
                    msg("there is no '{id}'", id=id),
                    msg("an id of {tables}", tables=self._what),
                    did_you_mean(id, list(self._ids)),
                )
            )
        return self._make(id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, id: object) -> bool:
        return id in self._ids

    def __repr__(self) -> str:
        return f"{len(self)} {self._what}: {', '.join(self._ids[:5])}{', ...' if len(self) > 5 else ''}"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._ids)


@dataclass(frozen=True)
class Shown(StyledInNotebooks):
    """A few tables, one below the other."""

    tables: tuple[view.Table | view.Cards, ...]

    def _repr_html_(self) -> str:
        return "\n".join(str(table.html) for table in self.tables)


# ---- a rule ----

_RULE = {
    "playbook": msg("Playbook"),
    "after": msg("After"),
    "when": msg("When"),
    "due": msg("Due"),
    "until": msg("Until"),
    "unless": msg("Unless"),
    "role": msg("Role"),
    "escalate": msg("Escalates to"),
    "record": msg("The clock records"),
    "fact": msg("Source"),
    "basis": msg("Basis"),
}


@dataclass(frozen=True)
class RuleShown(StyledInNotebooks):
    """One rule of a playbook, to read."""

    playbook: Playbook
    rule: Rule
    lang: Lang = "ja"

    def __repr__(self) -> str:
        return f"{self.rule.id}: {self.rule.name.say(self.lang)} ({self.playbook.id})"

    def _repr_html_(self) -> str:
        heads = (view.Column("item", labels.column("item", self.lang)), view.Column("content", ""))
        rows = ((view.Cell(_RULE[key].say(self.lang)), view.Cell(said)) for key, said in self._said() if said)
        return str(view.Table(self.rule.name.say(self.lang), heads, tuple(rows), lang=self.lang).html)

    def _said(self) -> Iterator[tuple[str, str]]:
        rule, book = self.rule, self.playbook
        yield "playbook", book.name.say(self.lang)
        yield "after", self._names(rule.after)
        yield "when", "・".join(f"{column} = {', '.join(values)}" for column, values in rule.when.items())
        yield "due", labels.due_named(rule, book).say(self.lang)
        yield "until", self._names(rule.until)
        yield "unless", self._names(rule.unless)
        yield "role", book.role(rule.role).name.say(self.lang)
        yield (
            "escalate",
            "・".join(
                f"{step.after.text().say(self.lang)}: {book.role(step.to).name.say(self.lang)}"
                for step in rule.escalate
            ),
        )
        yield "record", self._names([rule.record] if rule.record else [])
        yield "fact", "・".join(rule.fact)
        yield "basis", labels.value("basis", rule.basis, self.lang)

    def _names(self, ids: Iterable[str]) -> str:
        return "・".join(self.playbook.label(id).say(self.lang) for id in ids)


def rules(playbooks: Iterable[Playbook], lang: Lang) -> Ids[RuleShown]:
    """Every rule by its id; where two playbooks share one, by `playbook/id`."""
    books = tuple(playbooks)
    ids = [rule.id for book in books for rule in book.rules]
    found = {
        rule.id if ids.count(rule.id) == 1 else f"{book.id}/{rule.id}": RuleShown(book, rule, lang)
        for book in books
        for rule in book.rules
    }
    return Ids("rules", found, found.__getitem__)


# ---- a workspace ----

_HELD = msg("Rows read")
_BOOKS = msg("Playbooks in use")


def workspace_shown(workspace: Workspace[Any]) -> Shown:
    """What is in a workspace: rows read and refused per table, and the playbooks in use."""
    lang, tables = workspace.settings.language, workspace.tables
    counts = view.table(tables.counts.filter(pl.col("read") > 0), caption=_HELD.say(lang), lang=lang)
    cases = dict(tables.cases["playbook"].value_counts().iter_rows())
    rows = [
        (f"{book.name.say(lang)} ({book.id})", len(book.rules), cases.get(book.id, 0)) for book in workspace.playbooks
    ]
    books = pl.DataFrame(rows, ["playbook", "rules", "cases"], orient="row")
    return Shown((counts, view.table(books, caption=_BOOKS.say(lang), lang=lang)))
