"""On what terms people were placed, what was asked of them later, and who agreed that what they said may be shown."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from playbook.simulation.cases import PlayedCases

OFFICE = "本店"
_OCCUPATIONS = ("管理的職業", "事務", "営業", "製造技術", "情報処理技術")
_FIXED = (3, 6, 12)


def term_columns(cases: PlayedCases, until: date, rng: np.random.Generator) -> pl.DataFrame:
    """Terms, pay and fee of placements, and the answers to the inquiries after six months: one row per case.

    Seven of eight are for an indefinite term; of those who were asked, most are still there.
    """
    rows = [_row(cases, number, until, rng) for number in range(len(cases))]
    schema = {
        "case_id": pl.String, "office": pl.String, "employment_term": pl.String, "term_months": pl.Int64,
        "occupation": pl.String, "expected_pay": pl.Int64, "fee": pl.Int64, "asked_on": pl.Date, "asked_how": pl.String,
        "asked_answer": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _row(cases: PlayedCases, number: int, until: date, rng: np.random.Generator) -> tuple[object, ...]:
    fixed = rng.random() < 0.12
    months = int(rng.choice(_FIXED))
    pay = int(rng.integers(50, 95)) * 100_000
    fee = pay * int(rng.integers(28, 36)) // 100
    occupation = _OCCUPATIONS[int(rng.integers(0, len(_OCCUPATIONS)))]
    asked, late, how = rng.random() < 0.7, int(rng.integers(2, 25)), ("電話", "メール", "訪問")[int(rng.integers(0, 3))]
    joined = _day(cases, "joined", number)
    gone = min((day for step in ("left", "dismissed") if (day := _day(cases, step, number))), default=None)
    on = joined + timedelta(days=184 + late) if joined and asked and not fixed else None
    known = on is not None and on <= until and (gone is None or gone > on)
    answer = (on, how, "在籍") if known else (None, None, None)
    term = ("有期", months) if fixed else ("無期", None)
    return str(cases.ids[number]), OFFICE, *term, occupation, pay, fee, *answer


def consent_table(voices: pl.DataFrame) -> pl.DataFrame:
    """The consents behind the voices that may be shared: one row per case, side and reader, from the first such talk.

    Every second case has the company's consent to its own hire in writing, as people forget that it is needed.
    """
    shared = voices.filter(shareable="both").group_by("case_id", "side").agg(given_on=pl.col("held_on").min())
    other = pl.col("side").replace_strict({"company": "hire", "hire": "company"}, return_dtype=pl.String)
    number = pl.col("case_id").str.extract(r"(\d+)$").cast(pl.Int64)
    forgotten = (pl.col("side") == "company") & (number % 2 == 0)
    return (
        shared.filter(~forgotten)
        .select("case_id", "side", to=other, given_on="given_on", items=pl.lit("面談の要旨"), how=pl.lit("書面"))
        .sort("given_on", "case_id", "side")
    )


def _day(cases: PlayedCases, step: str, number: int) -> date | None:
    moment = cases.played[step][number]
    return None if np.isnat(moment) else moment.astype("datetime64[D]").astype(date)
