"""The record of forecasts on a real log: bills of the Diet, which move by sessions as nothing in the model does."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from small_logs import TOKYO, book

from playbook.answers.ahead.forecast import forecast
from playbook.answers.ahead.forecast_record import as_reliable, month_ends, record, reliability
from playbook.clock.known import AsOf, EventLog, known
from playbook.tables.stored import tables_from_frames

BILLS = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "japan" / "sangiin_gian_2022-06-17.csv.gz"
STAGES = {
    "提出": "議案審議情報一覧 - 提出日",
    "衆委議決": "衆議院委員会等経過情報 - 議決日",
    "衆本議決": "衆議院本会議経過情報 - 議決日",
    "参委議決": "参議院委員会等経過情報 - 議決日",
    "参本議決": "参議院本会議経過情報 - 議決日",
}
ENACTED = "その他の情報 - 公布年月日"
ROUTE = book({stage: [stage] for stage in STAGES}, [("enacted", "won", ["公布"])])
PLACES = [path for path in (BILLS,) if path.is_file()]

pytestmark = pytest.mark.skipif(not PLACES, reason="the public logs of ../shared/data are not here")


def _logs(moments: list[date]) -> list[EventLog]:
    """What was known of the bills of 2005 and later at some days."""
    with gzip.open(PLACES[0], "rb") as file:
        raw = pl.read_csv(file.read(), infer_schema=False).filter(pl.col("種類") == "法律案（内閣提出）")
    key = ["種類", "提出回次", "提出番号"]
    latest = raw.sort(pl.col("審議回次").cast(pl.Int64)).unique(key, keep="last", maintain_order=True)
    dates = {**STAGES, "公布": ENACTED}
    wide = latest.select(
        pl.concat_str(key, separator="-").alias("case_id"),
        *(pl.col(column).alias(act) for act, column in dates.items()),
    ).filter(pl.col("提出") >= "2012")
    events = wide.unpivot(index="case_id", variable_name="activity", value_name="timestamp").drop_nulls()
    cases = wide.select("case_id", playbook=pl.lit("book"))
    tables = tables_from_frames({"events": events, "cases": cases}, (ROUTE,))
    return [known(tables, (ROUTE,), AsOf.of(day, TOKYO)) for day in moments]


def test_the_record_says_how_right_forecasts_of_a_real_log_were() -> None:
    """Twelve month ends of 2020 and 2021 beside what came: held as said, or widened or withheld and said so."""
    ends = month_ends(date(2021, 12, 20))
    *past, now = _logs([*ends, date(2022, 3, 1)])
    made = record(past, now, (30, 60), draws=150)
    assert made.height == 24 and made["came"].null_count() == 0
    judged = reliability(made).row(0, named=True)
    share = judged["inside80"] / judged["made"]
    assert (judged["verdict"] == "holds") == (judged["factor"] == 1.0)
    assert judged["verdict"] != "holds" or share > 0.55
    told = as_reliable(forecast(past[-1], (30,), draws=150), reliability(made))
    assert (told["median"].null_count() == told.height) == (judged["verdict"] == "refused")


def test_the_end_of_a_session_is_seen_coming() -> None:
    """Most bills become law in May and June; the time already spent in a stage tells it month by month."""
    *past, now = _logs([*month_ends(date(2021, 12, 20)), date(2022, 3, 1)])
    made = record(past, now, (30,), draws=150)
    assert made.select(pl.corr("median", "came")).item() > 0.9
    assert made.sort("came")["made_on"][-1] in made.sort("median")["made_on"].to_list()[-2:]
