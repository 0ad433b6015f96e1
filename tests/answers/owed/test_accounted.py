"""Nobody vanishes: whoever is in a file is in an answer, or is named as missing."""

from __future__ import annotations

import random
import unicodedata
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import bridge
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import SEEDS, random_scenario
from thinned import tries

import playbook as pb
from playbook.answers.owed.accounted import IN_ANSWERS, MISSING
from playbook.importing import import_files, mapping_from, write_workspace

TOKYO = ZoneInfo("Asia/Tokyo")
TOLD = dict.fromkeys(("case_id", "playbook", "subject", "created_at"))
STRANGE = (
    {"case_id": None, "subject": "番号なし"},
    {"case_id": "X-1", "playbook": "nobody-knows"},
    {"case_id": "X-2", "created_at": "2099-01-01"},
    {"case_id": "X-3"},
)


def strange(rng: random.Random, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cases of a scenario, and rows as people have them too: without an id, of no playbook, twice, to come."""
    book = cases[0]["playbook"]
    added = [{**TOLD, "playbook": book, **row} for row in rng.sample(STRANGE, rng.randrange(5))]
    again = [dict(rng.choice(cases))] if rng.randrange(2) else []
    return [*cases, *again, *added]


@given(SEEDS)
@settings(max_examples=tries(4, 125), deadline=None)
def test_every_case_of_a_random_workspace_is_somewhere(seed: int) -> None:
    """Each case stands once, with what answers know of it; each row that could not be used stands beside them."""
    rng = random.Random(seed)
    books, tables, as_of = random_scenario(rng)
    tables["cases"] = strange(rng, tables["cases"])
    ws = bridge.workspace(books, tables)
    day = ws.on(as_of)
    rows = day.accounted()
    unusable = rows.filter(where="refused")
    assert rows.height - unusable.height == ws.tables.cases["case_id"].n_unique()
    assert unusable.height + ws.tables.cases.height == len(tables["cases"])
    shown = rows.filter(pl.col("where").is_in(IN_ANSWERS))
    assert sorted(shown["case_id"]) == sorted(day.log.cases["case_id"])
    assert set(rows["where"]) <= {*IN_ANSWERS, *MISSING}
    assert set(rows.filter(where="asked")["case_id"]) == set(day.due()["case_id"])
    assert set(rows.filter(where="idle")["case_id"]) == set(day.orphans()["case_id"])


MAPPING = {
    "playbook": "interview-aftercare",
    "source": [
        {
            "file": "list*.csv",
            "cases": {"case_id": "番号", "subject": "氏名"},
            "stages": {"応募日": "applied", "内定日": "offer_made"},
            "states": {"column": "状況", "values": {"選考中": "first_interview_held", "辞退": "withdrawn"}},
        }
    ],
}
PERSON = st.fixed_dictionaries(
    {
        "番号": st.sampled_from(["", " ", "1", "１", "2", "3", "A-4"]),
        "氏名": st.sampled_from(["", "山田 花子", "佐藤,昇", "髙橋"]),
        "応募日": st.sampled_from(["", "2026/3/2", "R8.3.5", "13/13/2026", "未定", "2027-04-01"]),
        "内定日": st.sampled_from(["", "2026-04-01", "2027/1/1"]),
        "状況": st.sampled_from(["", "選考中", "辞退", "不明"]),
    }
)


def exported(folder: Path, rows: list[dict[str, str]], week: int) -> Path:
    """A list of people as an export."""
    path = folder / f"list_2026040{week}.csv"
    pl.DataFrame(rows).write_csv(path)
    return path


def id_of(row: dict[str, str]) -> str:
    """The id that a line names, however wide it is written."""
    return unicodedata.normalize("NFKC", row["番号"]).strip()


@given(st.lists(st.lists(PERSON, min_size=1, max_size=7), min_size=1, max_size=2))
@settings(max_examples=tries(4, 150), deadline=None)
def test_whoever_is_in_a_file_is_in_an_answer_or_named_as_missing(exports: list[list[dict[str, str]]]) -> None:
    """Each line of an export is a case that stands somewhere, or a refused line with its number; week after week."""
    with TemporaryDirectory() as name:
        folder, people = Path(name), set[str]()
        for week, rows in enumerate(exports, 1):
            taken = datetime(2026, 4, week, 18, tzinfo=TOKYO)
            imported = import_files([exported(folder, rows, week)], mapping_from(MAPPING), taken=taken)
            write_workspace(imported, folder / "ws", taken=taken)
            refused = set(imported.quarantine.filter(table="cases")["row"])
            lines = {
                number: id_of(row) for number, row in enumerate(rows, 2) if any(cell.strip() for cell in row.values())
            }
            assert {number for number, id in lines.items() if not id} <= refused <= set(lines)
            people |= {id for number, id in lines.items() if number not in refused}
            day = pb.open(folder / "ws").on(date(2026, 4, week))
            found = day.accounted()
            assert sorted(id_of({"番号": id}) for id in found["case_id"]) == sorted(people)
            shown = found.filter(pl.col("where").is_in(IN_ANSWERS))
            named = found.filter(pl.col("where").is_in(MISSING))
            assert shown.height + named.height == len(people)
            assert set(shown["case_id"]) == set(day.log.cases["case_id"])


def test_each_is_said_to_be_where_it_is() -> None:
    """One case of each kind: asked for, idle, ended, to come, without an event, of no playbook, gone, unusable."""
    ids = ["asked", "ended", "later", "empty", "other", "gone"]
    cases = pl.DataFrame({"case_id": [*ids, "gone", None], "playbook": ["joins-selection"] * 8, "subject": ["山田"] * 8,
                          "gone": [None] * 6 + ["yes", None], "recorded_at": [None] * 6 + ["2026-04-02", None]})  # fmt: skip
    cases = cases.with_columns(playbook=pl.when(case_id="other").then(pl.lit("none")).otherwise("playbook"))
    events = [("asked", "applied", "2026-04-01"), ("ended", "withdrawn", "2026-04-01"), ("later", "applied", "2026-05-01"),
              ("gone", "applied", "2026-04-01"), ("other", "applied", "2026-04-01")]  # fmt: skip
    log = pl.DataFrame(events, schema=["case_id", "activity", "timestamp"], orient="row")
    with pytest.warns(UserWarning, match="手順書 'none' は使われていない"):
        asked = pb.Workspace(events=log, cases=cases)
    rows = asked.on("2026-04-10").accounted()
    where = dict(rows.select("case_id", "where").rows())
    assert where == {"asked": "asked", "ended": "ended", "later": "later", "empty": "no_event",
                     "other": "other_playbook", "gone": "gone", None: "refused"}  # fmt: skip
