"""The event log in order, and the one question the clock asks of it: what came first, at or after this?

Sorted once, rows are numbered; a case is a range of row numbers. An as-of join on the row number and "is it the same
case?" then needs no grouping. The first row of an instant stands for the instant, so ties are "at or after".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from playbook.eventlog import EventLog
from playbook.rulebook import Playbook

Key = tuple[str, str]  # playbook id, activity id


@dataclass(frozen=True)
class OrderedLog:
    """Known events of some activities, sorted by case and time.

    `rows`: one row per event: `i` (its number), `instant` (the number of the first row of its instant), `case_no`, `at`
    (microseconds since 1970-01-01 UTC), `code` (playbook and activity), and the columns that conditions ask for.
    """

    rows: pl.DataFrame
    codes: Mapping[Key, int]

    @classmethod
    def of(cls, log: EventLog, keys: Iterable[Key], columns: Sequence[str] = ()) -> OrderedLog:
        """The events whose playbook and activity are among `keys`."""
        codes = {key: number for number, key in enumerate(sorted(set(keys)))}
        vocabulary = pl.LazyFrame(
            [(playbook, activity, code) for (playbook, activity), code in codes.items()],
            schema={"playbook": pl.String, "activity": pl.String, "code": pl.UInt16},
            orient="row",
        )
        case_books = log.cases.lazy().select("case_no", of_book="playbook")
        kept = [name for name in columns if name in log.events.collect_schema().names()]
        chosen = (
            log.events.select("case_no", "activity", pl.col("timestamp").dt.epoch("us").alias("at"), *kept)
            .join(case_books, on="case_no")
            .join(vocabulary, left_on=["of_book", "activity"], right_on=["playbook", "activity"])
            .select("case_no", "at", "code", *kept)
            .sort("case_no", "at", "code")
            .with_row_index("i")
        )
        starts = pl.any_horizontal(pl.col("case_no", "at") != pl.col("case_no", "at").shift()).fill_null(True)
        instant = pl.when(starts).then("i").forward_fill()
        return cls(chosen.with_columns(instant=instant).collect(engine="streaming"), codes)

    def where(self, codes: frozenset[int]) -> pl.LazyFrame:
        """The rows of some codes, in order."""
        if not codes:
            return self.rows.clear().lazy()
        return self.rows.lazy().filter(pl.col("code").is_in(sorted(codes)))

    def code_set(self, playbook: Playbook, activities: Iterable[str]) -> frozenset[int]:
        """The codes of some activities of one playbook."""
        return frozenset(self.codes[playbook.id, activity] for activity in activities)

    def first_from(self, triggers: pl.LazyFrame, codes: frozenset[int], own: int, name: str) -> pl.LazyFrame:
        """Triggers (rows of code `own`) with, as `name`, when the first event of `codes` came: not the trigger itself,
        at or after its instant."""
        if own not in codes:
            return self._seek(triggers, codes, pl.col("instant"), name)
        # The trigger is one of them: take the first of its instant unless that is the trigger, else the next after it.
        both = self._seek(self._seek(triggers, codes, pl.col("instant"), name), codes, pl.col("i") + 1, f"{name}_next")
        first_is_other = pl.col(f"{name}_i") != pl.col("i")
        return both.with_columns(pl.when(first_is_other).then(name).otherwise(f"{name}_next").alias(name))

    def _seek(self, triggers: pl.LazyFrame, codes: frozenset[int], start: pl.Expr, name: str) -> pl.LazyFrame:
        found = self.where(codes).select(
            pl.col("i").set_sorted().alias(f"{name}_i"),
            pl.col("case_no").alias(f"{name}_case"),
            pl.col("at").alias(name),
        )
        joined = triggers.with_columns(start.set_sorted().alias("_start")).join_asof(
            found, left_on="_start", right_on=f"{name}_i", strategy="forward", coalesce=False
        )
        same_case = pl.col(f"{name}_case") == pl.col("case_no")
        return joined.with_columns(pl.when(same_case).then(name).alias(name)).drop("_start", f"{name}_case")

    def first_in_life(self, rows: pl.LazyFrame, codes: frozenset[int], name: str) -> pl.LazyFrame:
        """Rows with, as `name`, when the first event of `codes` came in the whole life of the case."""
        first = self.where(codes).group_by("case_no").agg(pl.col("at").min().alias(name))
        return rows.join(first, on="case_no", how="left")

    def first_since(
        self, rows: pl.LazyFrame, codes: frozenset[int], since: str, name: str, *, strictly: bool
    ) -> pl.LazyFrame:
        """Rows with, as `name`, when the first event of `codes` came at or after (or strictly after) a moment."""
        found = self.where(codes).select("case_no", pl.col("at").alias(name)).sort(name)
        return rows.sort(since).join_asof(
            found, left_on=since, right_on=name, by="case_no", strategy="forward", coalesce=False,
            allow_exact_matches=not strictly, check_sortedness=False,
        )  # fmt: skip
