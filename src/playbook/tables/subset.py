"""A workspace narrowed to what one report is about: one client, one playbook."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import polars as pl

from playbook.rules.nouns import Playbook
from playbook.tables.checks import CASE
from playbook.tables.declared import ROW
from playbook.tables.named import named
from playbook.tables.stored import Tables
from playbook.words.catalogue import msg
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
    client = named("client", client, set(whose.unique().drop_nulls()))
    followed = pl.col("playbook").is_in(list(playbooks))
    numbered = tables.cases.with_row_index(CASE).with_columns(first)
    own = numbered.filter(followed, *([whose == client] if client else []))
    kept, all_of_them = own.drop(CASE), own.height == tables.cases.height
    found = tables if all_of_them else replace(tables, cases=kept, events=_renumbered(tables.events, own))
    if not client:
        return found
    unread, _ = unread_of(tables, client=client)
    worklog = tables.worklog.join(kept, on="case_id", how="semi", maintain_order="left")
    return replace(
        found, quarantine=unread, worklog=worklog, proposals=tables.proposals.filter(pl.col("client_id") == client)
    )


def unread_of(tables: Tables, *, client: str = "", cases: Collection[str] | None = None) -> tuple[pl.DataFrame, int]:
    """The rows that could not be used and belong to a reader, and how many others there are.

    A row belongs to a client when it names the client, or a case of theirs; to who knows some `cases`, when it names
    one of those. A row that names nobody belongs to whoever may see all: to nobody, where a client or cases are given.
    """
    if not client and cases is None:
        return tables.quarantine, 0
    own = pl.lit(True)
    if client:
        theirs = tables.cases["case_id"].filter(tables.client_of_case() == client)
        own &= pl.coalesce(pl.col("case_id").is_in(theirs.implode()), False) | (pl.col("client_id") == client)
    if cases is not None:
        own &= pl.col("case_id").is_in(list(cases))
    kept = tables.quarantine.join(tables.whose.filter(own), on=["table", ROW], how="semi", maintain_order="left")
    return kept, tables.quarantine.height - kept.height


def with_cases(tables: Tables, ids: pl.Series, *, keep: bool) -> Tables:
    """The tables with some cases and their events only, or with all but those (all versions of each)."""
    first = pl.col(CASE).first().over("case_id") if "recorded_at" in tables.cases.columns else pl.col(CASE)
    named = pl.col("case_id").is_in(ids.implode())
    own = tables.cases.with_row_index(CASE).with_columns(first).filter(named if keep else ~named)
    return replace(tables, cases=own.drop(CASE), events=_renumbered(tables.events, own))


def _renumbered(events: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """The events of these cases, with the place of each case (of its first version) among them."""
    places = cases.select(CASE).with_row_index("place").unique(CASE, keep="first", maintain_order=True)
    moved = events.join(places, on=CASE, how="inner", maintain_order="left")
    return moved.with_columns(pl.col("place").alias(CASE)).drop("place")


def _unknown(what: str, wanted: str, known: Sequence[str]) -> ArgumentError:
    return ArgumentError(
        Problem(what, msg("there is no '{wanted}'", wanted=wanted), ", ".join(known), did_you_mean(wanted, known))
    )
