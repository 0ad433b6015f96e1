"""A workspace narrowed to what one report is about: one client, one playbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import polars as pl

from playbook.rules.nouns import Playbook
from playbook.tables.checks import CASE
from playbook.tables.stored import Tables
from playbook.words.problem import ArgumentError, Problem, did_you_mean


def followed(playbooks: Sequence[Playbook], wanted: str) -> tuple[Playbook, ...]:
    """The playbook with this id; all, where none is named. ArgumentError where it is not in use."""
    found = tuple(book for book in playbooks if wanted in ("", book.id))
    if wanted and not found:
        raise _unknown("playbook", wanted, [book.id for book in playbooks])
    return found


def narrowed(tables: Tables, playbooks: Iterable[str], client: str) -> Tables:
    """The tables with the cases of these playbooks, and of one client where it is named, and nothing of the others.

    A case without a client of its own has that of its opening. ArgumentError where no case names the client.
    """
    whose = tables.client_of_case()
    first = pl.col(CASE).first().over("case_id") if "recorded_at" in tables.cases.columns else pl.col(CASE)
    if client and client not in whose:
        raise _unknown("client", client, whose.drop_nulls().unique().sort().to_list())
    followed = pl.col("playbook").is_in(list(playbooks))
    numbered = tables.cases.with_row_index(CASE).with_columns(first)
    own = numbered.filter(followed, *([whose == client] if client else []))
    kept = own.drop(CASE)
    found = replace(tables, cases=kept, events=_renumbered(tables.events, own))
    if not client:
        return found
    worklog = tables.worklog.join(kept, on="case_id", how="semi", maintain_order="left")
    return replace(found, worklog=worklog, proposals=tables.proposals.filter(pl.col("client_id") == client))


def _renumbered(events: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """The events of these cases, with the place of each case (of its first version) among them."""
    places = cases.select(CASE).with_row_index("place").unique(CASE, keep="first", maintain_order=True)
    moved = events.join(places, on=CASE, how="inner", maintain_order="left")
    return moved.with_columns(pl.col("place").alias(CASE)).drop("place")


def _unknown(what: str, wanted: str, known: Sequence[str]) -> ArgumentError:
    return ArgumentError(Problem(what, f"there is no '{wanted}'", ", ".join(known), did_you_mean(wanted, known)))
