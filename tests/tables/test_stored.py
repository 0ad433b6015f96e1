"""Workspaces of every kind to tables: accepted, refused with a reason, or one clear error."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from thinned import thinned, tries

from playbook.rules.nouns import PlannedDate, Playbook
from playbook.rules.offset import Offset
from playbook.show.refusals import with_reasons
from playbook.tables import checks, columns
from playbook.tables.checks import CODES, NEXT, PART
from playbook.tables.declared import ROW, TABLES, CellKind, TableSchema
from playbook.tables.settings import Settings, read_settings, settings_from
from playbook.tables.stored import Tables, read_tables, tables_from_frames
from playbook.words.problem import WorkspaceError
from playbook.words.text import LANGS, Lang, Text

TOKYO = ZoneInfo("Asia/Tokyo")
BOOK = Playbook("selection", Text("選考", "Selection"), dates=(PlannedDate("closes_on", Text("締切", "Closing")),))
CASES = "case_id,playbook,client_id,closes_on,grade\nA-1,selection,C-1,2026/1/31,x\nA-2,selection,C-1,,\n"
EVENTS = "case_id,activity,timestamp\nA-1,applied,2026-01-05T09:00\nA-2,applied,2026年1月6日 9時\n"


def folder(where: Path, **texts: str | bytes) -> Path:
    """A folder of CSV files."""
    for name, text in texts.items():
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        (where / f"{name}.csv").write_bytes(data)
    return where


def read(where: Path, **texts: str | bytes) -> Tables:
    """The tables of a folder with the usual cases and events, unless others are given."""
    return read_tables(folder(where, **{"cases": CASES, "events": EVENTS, **texts}), [BOOK])


def frame(text: str) -> pl.DataFrame:
    """A frame of text cells."""
    return pl.read_csv(io.StringIO(text), infer_schema=False)


def refused(tables: Tables, table: str) -> list[tuple[int, str | None, str | None, str]]:
    """Row, column, value and code of what was refused of a table."""
    rows = tables.quarantine.filter(pl.col("table") == table)
    return rows.sort(ROW).select(ROW, "column", "value", "code").rows()


def assert_accounted_for(tables: Tables) -> None:
    """Rows read are rows accepted and rows quarantined, each once, for every table, and types are as declared."""
    counts = {name: rest for name, *rest in tables.counts.rows()}
    for name, table in TABLES.items():
        accepted: pl.DataFrame = getattr(tables, name)
        quarantined = tables.quarantine.filter(pl.col("table") == name, ~pl.col(ROW).is_in(accepted[ROW].implode()))
        assert counts[name] == [len(accepted) + len(quarantined), len(accepted), len(quarantined)]
        rows = pl.concat([accepted[ROW], quarantined[ROW]])
        assert rows.is_unique().all()
        declared = table.schema(tables.settings.timezone)
        assert {column: accepted.schema[column] for column in declared} == declared
        assert not accepted.select(table.required_columns).null_count().sum_horizontal().sum()
        if table.key:  # of one thing there are as many rows as moments from which it was known otherwise
            since = [name for name in ("recorded_at",) if name in accepted.columns]
            assert accepted.select(*table.key, *since).is_unique().all()
    assert set(tables.quarantine["code"]) <= set(CODES)
    assert with_reasons(tables.quarantine, "ja")["reason"].null_count() == 0


# What is accepted


def test_a_clean_folder_is_accepted_whole(tmp_path: Path) -> None:
    """Every row is accepted in its declared type, unknown columns are kept, absent ones are null."""
    tables = read(tmp_path)
    assert_accounted_for(tables)
    assert tables.quarantine.is_empty()
    assert tables.events["timestamp"].to_list() == [
        datetime(2026, 1, 5, 9, tzinfo=TOKYO),
        datetime(2026, 1, 6, 9, tzinfo=TOKYO),
    ]
    assert tables.cases["closes_on"].to_list() == [date(2026, 1, 31), None]
    assert tables.cases["grade"].to_list() == ["x", None]
    assert tables.cases["created_at"].to_list() == [None, None]
    assert tables.sources.select("table", "how").rows() == [
        ("cases", "utf-8, comma"),
        ("events", "utf-8, comma"),
    ]


def test_ids_of_spreadsheets_and_typed_files_are_the_same_text() -> None:
    """1001 in a text, 1001.0 in a pandas column with gaps and 1001 in Parquet are one case."""
    events = frame("case_id,activity,timestamp\n　1001 ,x,2026-01-05\n")
    for ids in ([1001], [1001.0], ["1001"]):
        cases = pl.DataFrame({"case_id": ids, "playbook": ["selection"]})
        assert len(tables_from_frames({"cases": cases, "events": events}, [BOOK]).events) == 1


def test_blank_cells_say_nothing(tmp_path: Path) -> None:
    """Blank words are empty where an id, a person, a date or a number is expected, and stay in a text."""
    tables = read(
        tmp_path,
        milestones="case_id,milestone,due_on,status,note\nA-1,m,未定,なし,なし\nA-2,m,', - ,-\n",
        cases=CASES + "A-3,selection,なし,－,未定\n",
    )
    assert tables.milestones.select("due_on", "status", "note").rows() == [(None, None, "なし"), (None,) * 3]
    assert tables.cases.row(2, named=True)["client_id"] is None
    assert tables.cases.row(2, named=True)["grade"] == "未定"


def test_numbers_and_flags_are_read_as_written(tmp_path: Path) -> None:
    """Full-width digits, separators of thousands and words for yes and no have their meaning."""
    tables = read(
        tmp_path,
        proposals='client_id,issue,amount\nC-1,a,"1,200,000"\nC-1,b,３００\nC-1,c,１２.5\n',
        voices="case_id,side,held_on,shareable\n"
        + "".join(f"A-1,Company,2026-01-05,{word}\n" for word in ("はい", "不可", "YES", "０", "", "true")),
    )
    assert tables.proposals["amount"].to_list() == [1_200_000, 300, 12.5]
    assert tables.voices["shareable"].to_list() == ["both", "no", "both", "no", None, "both"]
    assert set(tables.voices["side"]) == {"company"}


def test_names_of_persons_stay_as_written(tmp_path: Path) -> None:
    """Only surrounding spaces go; compatibility characters of a name are not touched."""
    tables = read(tmp_path, cases="case_id,playbook,subject\nA-1,selection,　髙橋 ①㈱ \nA-2,selection,ﾔﾏﾀﾞ\n")
    assert tables.cases["subject"].to_list() == ["髙橋 ①㈱", "ﾔﾏﾀﾞ"]


def test_cases_of_other_playbooks_are_accepted_and_counted(tmp_path: Path) -> None:
    """A case whose playbook is not in use is left out by name and number, not refused."""
    tables = read(tmp_path, cases=CASES + "B-1,other,,,\nB-2,other,,,\n")
    assert tables.left_out.rows() == [("other", 2)]
    assert len(tables.cases) == 4


# What is refused


def test_every_unusable_cell_refuses_its_row_or_only_itself_with_a_reason(tmp_path: Path) -> None:
    """Missing keys, unreadable, undecided or impossible dates, numbers and values each have their code; of a case, an
    optional cell is refused alone."""
    tables = read(
        tmp_path,
        cases=CASES + "A-3,,,,\n-,selection,,,\nA-4,selection,,1/2/2026,\nA-5,selection,,2100-01-01,\nA-6,q,,x,\n",
        events=EVENTS + "A-1,,2026-01-05\nA-1,x,\nA-1,x,01/02/2026\nA-1,x,1948-12-31\nA-1,x,2026-02-30\n",
        milestones="case_id,milestone,track\nA-1,m,other\n",
        voices="case_id,side,held_on,score,shareable\nA-1,hire,2026-01-05,3点,\nA-1,hire,2026-01-05,,maybe\n,,,,\nA-1,x,,,\n",
        worklog="person,worked_on,minutes\n佐藤,2026-01-05,\n佐藤,2026-01-05,inf\n",
        closures="date\n2026-13-01\n2026-01-05\n",
    )
    assert_accounted_for(tables)
    assert refused(tables, "cases") == [
        (4, "playbook", "", "missing_key"),
        (5, "case_id", "-", "missing_key"),
        (6, "closes_on", "1/2/2026", "ambiguous_date"),
        (7, "closes_on", "2100-01-01", "out_of_years"),
        (8, "closes_on", "x", "bad_date"),
    ]
    assert tables.cases.select("case_id", "closes_on").rows()[2:] == [("A-4", None), ("A-5", None), ("A-6", None)]
    assert [(row, code) for row, _, _, code in refused(tables, "events")] == [
        (4, "missing_key"),
        (5, "missing_value"),
        (6, "ambiguous_date"),
        (7, "out_of_years"),
        (8, "bad_date"),
    ]
    assert refused(tables, "milestones") == [(2, "track", "other", "bad_value")]
    assert [(row, column, code) for row, column, _, code in refused(tables, "voices")] == [
        (2, "score", "bad_number"),
        (3, "shareable", "bad_value"),
        (4, "case_id", "missing_key"),
        (5, "side", "bad_value"),
    ]
    assert [code for *_, code in refused(tables, "worklog")] == ["missing_value", "bad_number"]
    assert refused(tables, "closures") == [(2, "date", "2026-13-01", "bad_date")]


def test_all_reasons_of_a_row_are_given(tmp_path: Path) -> None:
    """A row with several mistakes is refused once; its reason names each column."""
    tables = read(tmp_path, events=EVENTS + "X,,soon\n")
    assert len(tables.quarantine) == 1
    reason = with_reasons(tables.quarantine, "ja")["reason"].item()
    assert all(f"{column}: " in reason for column in ("case_id", "activity", "timestamp"))


@pytest.mark.parametrize("lang", LANGS)
def test_every_code_has_its_words(lang: Lang) -> None:
    """Whatever `check` may say of a row, alone or with another finding, is said in either language."""
    alone = [PART.join(("timestamp", code, "")) for code in CODES]
    rows = pl.DataFrame({"table": "events", "row": 2, "column": "timestamp", "value": "x", "code": "bad_date",
                         "why": [*alone, NEXT.join(alone)]})  # fmt: skip
    said = with_reasons(rows, lang)["reason"].to_list()
    assert all(said)
    assert said[-1] == " / ".join(f"timestamp: {one}" for one in said[:-1])


def test_reasons_come_in_both_languages(tmp_path: Path) -> None:
    """The language of the workspace, or the one that is asked for."""
    where = folder(tmp_path, cases=CASES, events=EVENTS + "X,x,2026-01-05\n")
    refused = read_tables(where, [BOOK]).quarantine
    assert with_reasons(refused, "ja")["reason"].item() == "この案件は cases にありません"
    assert with_reasons(refused, "en")["reason"].item() == "no such case in cases"


def test_rows_of_unknown_cases_are_refused_everywhere(tmp_path: Path) -> None:
    """A row must not name a case that is not there; where that case was refused, the reason says which row."""
    tables = read(
        tmp_path,
        cases=CASES + "A-3,,,,\n",
        events=EVENTS + "A-9,x,2026-01-05\nA-3,x,2026-01-05\n",
        milestones="case_id,milestone\nA-9,m\n",
        voices="case_id,side,held_on\nA-9,hire,2026-01-05\n",
        proposals="client_id,issue,case_id\nC-1,i,A-9\nC-1,i,\n",
        surveys="case_id,answered_on\nA-9,2026-01-05\n",
        worklog="person,worked_on,minutes,case_id\n佐藤,2026-01-05,5,A-9\n佐藤,2026-01-05,5,\n",
        assignments="role,person,case_id\ndriver,佐藤,A-9\ndriver,佐藤,\n",
    )
    assert_accounted_for(tables)
    for name in ("events", "milestones", "voices", "proposals", "surveys", "worklog", "assignments"):
        assert refused(tables, name)[0][1:] == ("case_id", "A-9", "unknown_case")
    assert len(tables.proposals) == len(tables.worklog) == len(tables.assignments) == 1
    gone = tables.quarantine.filter(pl.col("value") == "A-3", pl.col("table") == "events")
    assert with_reasons(gone, "ja")["reason"].item() == "この案件は cases で除外されています（4行目）"


def test_millions_of_rows_are_looked_through_as_a_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids that are padded, empty or nobody's, among such as a case has: read alike however many rows there are."""
    ids = ["A-1", "A-2", " A-1", "A-2 ", "　A-1", "", "-", "なし", "B-9", " B-9", None, "A-1"]
    for some in (ids[:2], ids[:2] + ids[8:9], ids):
        rows = pl.DataFrame({"case_id": some, "activity": [f" step-{n}" for n, _ in enumerate(some)]}).with_columns(
            timestamp=pl.lit(datetime(2026, 1, 5, 9))
        )
        frames = {"cases": frame(CASES), "events": rows}
        few = tables_from_frames(frames, [BOOK])
        for room in (columns, checks):
            monkeypatch.setattr(room, "FEW", 0)
        many = tables_from_frames(frames, [BOOK])
        monkeypatch.undo()
        assert many.events.equals(few.events)
        assert many.quarantine.equals(few.quarantine)


def test_of_rows_with_one_key_the_upper_stays(tmp_path: Path) -> None:
    """Ids are unique, also combined ones with empty parts; a refused row is in nobody's way."""
    tables = read(
        tmp_path,
        cases="case_id,playbook,closes_on\nA-1,selection,x\nA-1,selection,\nA-1,other,\nA-2,selection,\n",
        clients="client_id,name\nC-1,a\n C-1,b\n",
        openings="opening_id,closes_on\nO-1,\nO-1,\n",
        assignments="role,person,client_id\ndriver,佐藤,\ndriver,佐藤,\ndriver,鈴木,\ndriver,鈴木,C-1\n",
        milestones="case_id,milestone\nA-1,m\nA-1,m\nA-2,m\n",
        closures="date,client_id\n2026-01-05,\n2026/1/5,\n2026-01-05,C-1\n",
    )
    assert_accounted_for(tables)
    assert [(row, code) for row, _, _, code in refused(tables, "cases")] == [
        (2, "bad_date"),  # the cell alone: its row stays, and stands in the way of the next ones
        (3, "duplicate_id"),
        (4, "duplicate_id"),
    ]
    assert tables.clients["name"].to_list() == ["a"]
    assert tables.assignments[ROW].to_list() == [2, 4, 5]  # two holders of one role are both kept
    assert [row for row, *_ in refused(tables, "milestones")] == [3]
    assert [row for row, *_ in refused(tables, "closures")] == [3]
    assert refused(tables, "openings") == [(3, "opening_id", "O-1", "duplicate_id")]


def test_records_of_one_event_are_its_versions(tmp_path: Path) -> None:
    """Of two made at one moment the upper one stays; a record without its own time was made at the event's."""
    tables = read(
        tmp_path,
        events="case_id,activity,timestamp,recorded_at\n"
        "A-1,x,2026-01-05,2026-01-07\nA-1,x,2026/1/5,2026-01-06\nA-1,x,2026-01-04T15:00Z,\nA-1,x,2026-01-05,\n",
    )
    assert tables.events[ROW].to_list() == [2, 3, 4]
    assert [(row, code) for row, _, _, code in refused(tables, "events")] == [(5, "duplicate_event")]
    assert "4行目" in with_reasons(tables.quarantine, "ja")["reason"][0]


def test_broken_lines_are_refused_beside_the_others(tmp_path: Path) -> None:
    """Ragged lines, open quotes and NUL characters cost their row only."""
    tables = read(tmp_path, events=EVENTS + 'A-1,x\nA-1,"x,2026-01-05\nA-1,x\x00,2026-01-05\nA-1,y,2026-01-05\n')
    assert_accounted_for(tables)
    assert [(row, code) for row, _, _, code in refused(tables, "events")] == [
        (4, "ragged_line"),
        (5, "bad_quotes"),
        (6, "nul_character"),
    ]


# What cannot be used at all


def test_all_that_is_wrong_with_a_folder_is_told_at_once(tmp_path: Path) -> None:
    """Missing columns with the nearest header, unreadable files, unusable names and settings come in one error."""
    folder(tmp_path, cases="case id,playbook\n1,2\n", clients=b"\x81\x20", openings="opening_id,a,a\n")
    (tmp_path / "Events.JSON").write_text("{}", encoding="utf-8")
    (tmp_path / "voices.xlsx").write_text("no zip", encoding="utf-8")
    (tmp_path / "workspace.toml").write_text("horizon = 'x'", encoding="utf-8")
    with pytest.raises(WorkspaceError) as caught:
        read_tables(tmp_path, [BOOK])
    message = str(caught.value)
    assert len(caught.value.problems) == 6
    for told in (
        "column 'case_id' is missing; found: case id, playbook",
        "is it 'case id'? then name that column 'case_id'",
        "clients.csv: byte 0 is not UTF-8",
        "more than one column is named 'a'",
        "a table cannot be a '.JSON' file",
        "voices.xlsx: is not a workbook",
        "key 'horizon': found 'x'",
    ):
        assert told in message


def test_missing_tables_are_named_with_what_is_there(tmp_path: Path) -> None:
    """A required table that is missing is named, with the nearest file."""
    folder(tmp_path, event=EVENTS, cases=CASES)
    with pytest.raises(WorkspaceError, match="table 'events' is missing; found: cases.csv, event.csv") as caught:
        read_tables(tmp_path, [BOOK])
    assert "did you mean 'event'?" in str(caught.value)
    with pytest.raises(WorkspaceError, match="there is no such file or folder"):
        read_tables(tmp_path / "gone", [BOOK])
    with pytest.raises(WorkspaceError, match="event.csv: is no workspace"):
        read_tables(tmp_path / "event.csv", [BOOK])


def test_a_table_must_not_be_there_twice(tmp_path: Path) -> None:
    """Two files for one table are an error that names both."""
    (tmp_path / "EVENTS.tsv").write_text(EVENTS.replace(",", "\t"), encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"EVENTS.tsv, .*events.csv: table 'events' is there 2 times"):
        read(tmp_path)


@pytest.mark.parametrize("given", [[1], {"a": 1}, "x", pl.Series([1])])
def test_what_is_no_frame_is_refused(given: object) -> None:
    """Anything but a frame is named."""
    with pytest.raises(WorkspaceError, match="frame 'events': is a .*; allowed: a pandas or polars DataFrame"):
        tables_from_frames({"events": given, "cases": frame(CASES)}, [BOOK])  # type: ignore[dict-item]


def test_unknown_names_of_frames_are_told() -> None:
    """A frame under a name that is no table is an error with the nearest name."""
    with pytest.raises(WorkspaceError, match="frame 'event': unknown table") as caught:
        tables_from_frames({"event": frame(EVENTS), "cases": frame(CASES), "events": frame(EVENTS)}, [BOOK])
    assert "did you mean 'events'?" in str(caught.value)


# One workspace, every format


def workbook(path: Path, sheets: Mapping[str, str]) -> None:
    """A workbook with one sheet per table, moments as Excel dates where the text is ISO 8601."""
    with xlsxwriter.Workbook(path, {"remove_timezone": True}) as book:
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, text in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(csv.reader(io.StringIO(text))):
                for column, cell in enumerate(cells):
                    try:
                        sheet.write_datetime(row, column, datetime.fromisoformat(cell), moment)
                    except ValueError:
                        sheet.write(row, column, cell)


def test_every_format_gives_the_same_tables(tmp_path: Path) -> None:
    """CSV, cp932, UTF-16, TSV, Parquet, one workbook a table, one workbook for all, pandas, polars, lazy: one answer."""
    texts = {"cases": CASES, "events": EVENTS}
    places = {name: tmp_path / name for name in ("csv", "cp932", "tsv", "parquet", "books", "book")}
    for place in places.values():
        place.mkdir()
    folder(places["csv"], **texts)
    folder(places["cp932"], **{name: text.replace(",", ";").encode("cp932") for name, text in texts.items()})
    for name, text in texts.items():
        (places["tsv"] / f"{name.title()}.TSV").write_bytes(text.replace(",", "\t").encode("utf-16"))
        frame(text).write_parquet(places["parquet"] / f"{name}.parquet")
        workbook(places["books"] / f"{name}.xlsx", {"Sheet1": text})
    workbook(places["book"] / "export.xlsx", {"Events": EVENTS, "Cases": CASES, "memo": "x\n"})
    (places["book"] / "~$export.xlsx").write_bytes(b"lock")
    expected = read_tables(places["csv"], [BOOK])
    others = [read_tables(place, [BOOK]) for place in places.values()]
    others.append(read_tables(places["book"] / "export.xlsx", [BOOK]))
    frames = {name: frame(text) for name, text in texts.items()}
    others.append(tables_from_frames(frames, [BOOK]))
    others.append(tables_from_frames({name: one.lazy() for name, one in frames.items()}, [BOOK]))
    others.append(tables_from_frames({name: one.to_pandas() for name, one in frames.items()}, [BOOK]))
    for tables in others:
        assert tables.events.equals(expected.events)
        assert tables.cases.equals(expected.cases)
        assert tables.counts.equals(expected.counts)


def test_pandas_columns_of_every_kind_are_understood() -> None:
    """Mixed objects, NaT, NaN, None, categories, aware and naive moments keep what they say."""
    stamps = [
        pd.Timestamp("2026-01-05 09:00"),
        datetime(2026, 1, 4, 16, 30, tzinfo=UTC),
        date(2026, 1, 6),
        "R8.1.7",
        pd.NaT,
        float("nan"),
        pd.Timestamp("2026-01-04 10:00", tz="America/New_York"),
    ]
    events = pd.DataFrame(
        {
            "case_id": pd.Series([1, 1, "1", 1.0, 1, 1, 1], dtype=object),
            "activity": pd.Categorical(list("abcdefg")),
            "timestamp": pd.Series(stamps, dtype=object),
            "recorded_at": pd.to_datetime(["2026-01-08"] * 6 + [None]),
        }
    ).set_axis([3, 3, 1, 0, 9, 9, 9])
    cases = pd.DataFrame({"case_id": [1.0], "playbook": ["selection"], "closes_on": [None]})
    tables = tables_from_frames({"events": events, "cases": cases}, [BOOK])
    assert_accounted_for(tables)
    assert tables.events["timestamp"].to_list() == [
        datetime(2026, 1, 5, 9, tzinfo=TOKYO),
        datetime(2026, 1, 5, 1, 30, tzinfo=TOKYO),
        datetime(2026, 1, 6, tzinfo=TOKYO),
        datetime(2026, 1, 7, tzinfo=TOKYO),
        datetime(2026, 1, 5, tzinfo=TOKYO),
    ]
    assert [(row, code) for row, _, _, code in refused(tables, "events")] == [
        (6, "missing_value"),
        (7, "missing_value"),
    ]


ODD = {
    "integer": pl.Series([20260105, None]),
    "float": pl.Series([1.5, float("nan")]),
    "boolean": pl.Series([True, None]),
    "moment": pl.Series([datetime(2026, 1, 5, 9), None]).cast(pl.Datetime("ns", "Europe/Berlin")),
    "far": pl.Series([datetime(9999, 12, 31), datetime(1, 1, 1)]),
    "span": pl.Series([datetime(2026, 1, 2) - datetime(2026, 1, 1), None]),
    "list": pl.Series([[1], None]),
    "record": pl.Series([{"a": 1}, None]),
    "bytes": pl.Series([b"x", None]),
    "nothing": pl.Series([None, None]),
    "category": pl.Series(["A-1", "yes"], dtype=pl.Categorical),
    "object": pl.Series([object(), date(2026, 1, 1)], dtype=pl.Object),
}


@pytest.mark.parametrize("odd", ODD)
def test_a_column_of_any_type_is_read_or_refused(odd: str) -> None:
    """Whatever the type of a column, in whichever declared place, its rows are accepted or refused."""
    for nth, (name, table) in enumerate(TABLES.items()):
        frames = {"cases": frame(CASES), "events": frame(EVENTS)}
        ids = {column.name: pl.Series(["A-1", "A-2"]) for column in table.columns}
        for column in thinned(table.columns, list(ODD).index(odd) + nth, by=27):
            given = pl.DataFrame({**ids, column.name: ODD[odd], "extra": ODD[odd]})
            assert_accounted_for(tables_from_frames({**frames, name: given}, [BOOK]))


def test_accepted_frames_are_accepted_again(tmp_path: Path) -> None:
    """What was accepted is accepted when it comes in again."""
    first = read(tmp_path)
    again = tables_from_frames({"events": first.events.drop(ROW), "cases": first.cases.drop(ROW)}, [BOOK])
    assert again.events.equals(first.events) and again.cases.equals(first.cases)


def test_the_zone_of_the_workspace_holds(tmp_path: Path) -> None:
    """Times without an offset are local to the zone that workspace.toml names."""
    (tmp_path / "workspace.toml").write_text('timezone = "UTC"\nlanguage = "en"', encoding="utf-8")
    tables = read(tmp_path)
    assert tables.events["timestamp"][0] == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert tables.settings == Settings(timezone="UTC", language="en")


# Settings


def test_settings_are_read_whole(tmp_path: Path) -> None:
    """Every key has its place; without a file the defaults hold."""
    path = tmp_path / "workspace.toml"
    assert read_settings(path) == Settings()
    path.write_text(
        '\ufeffname = "架空"\nhorizon = 14\nmax_quarantine = 0\n[freshness]\nevents = "3 days"\n[import]\nx = 1\n',
        encoding="utf-8",
    )
    assert read_settings(path) == Settings(
        name="架空",
        horizon=14,
        max_quarantine=0,
        freshness={"events": Offset.parse("3 days")},
        imports={"x": 1},
    )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"horizont": 1}, "key 'horizont': unknown key; allowed: name, timezone"),
        ({"horizon": True}, "key 'horizon': found True; allowed: a whole number"),
        ({"max_quarantine": -1}, "key 'max_quarantine': found -1"),
        (
            {"timezone": "Asia/Tokio"},
            "found 'Asia/Tokio'; allowed: an IANA time zone.*\n.*did you mean 'Asia/Tokyo'",
        ),
        ({"timezone": 9}, "found 9; allowed: an IANA time zone"),
        ({"language": "fr"}, "found 'fr'; allowed: ja, en"),
        ({"language": ["ja"]}, "found .* allowed: ja, en"),
        ({"name": 1}, "key 'name': found 1; allowed: a text"),
        ({"freshness": 3}, "key 'freshness': found 3; allowed: a table"),
        ({"freshness": {"event": "3 days"}}, "key 'event': unknown table"),
        ({"freshness": {"events": "3 dayz"}}, "key 'events': found '3 dayz'; allowed: 'same day'"),
        ({"import": 3}, "key 'import': found 3; allowed: a table"),
    ],
)
def test_unusable_settings_are_named(written: dict[str, object], message: str) -> None:
    """Every key that is unknown and every value that is unusable is told with what is allowed."""
    with pytest.raises(WorkspaceError, match=message):
        settings_from(written)


def test_a_settings_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    """Broken TOML and another encoding are told with the file."""
    path = tmp_path / "workspace.toml"
    for data, message in (
        (b"name = ", "line 1 \\(end of the file\\): Invalid value"),
        ('name = "架"'.encode("cp932"), "line 1: the file is not UTF-8"),
    ):
        path.write_bytes(data)
        with pytest.raises(WorkspaceError, match=f"workspace.toml, {message}"):
            read_settings(path)


# Properties

GOOD = {
    CellKind.KEY: ["A-1", "A-2", "A-3", "1001", " A-1 ", "佐藤"],
    CellKind.TEXT: ["x", "なし", "a\nb", '"'],
    CellKind.CHOICE: ["issue", "hire", "company", "accepted", "Hire"],
    CellKind.INSTANT: ["2026-01-05", "2026/1/5 9:00", "R8.1.5", "2026-01-04T15:00Z", "2026-01-06"],
    CellKind.DAY: ["2026-01-05", "2026年1月6日", "2026-01-04T16:00Z"],
    CellKind.NUMBER: ["1", "1,000", "３.5"],
    CellKind.FLAG: ["はい", "no"],
    CellKind.READERS: ["はい", "both", "企業"],
}
BAD = ["", " ", "-", "未定", "01/02/2026", "2200-01-01", "x\0y", "??", "1,2", "😀"]


def cell(kind: CellKind) -> st.SearchStrategy[str]:
    """A cell of one kind: mostly usable, sometimes broken, sometimes anything."""
    anything = st.text(st.characters(blacklist_categories=("Cs",)), max_size=5)
    return st.one_of(st.sampled_from(GOOD[kind]), st.sampled_from(GOOD[kind]), st.sampled_from(BAD), anything)


def rows_of(table: TableSchema) -> st.SearchStrategy[list[list[str]]]:
    """Rows of one table."""
    return st.lists(st.tuples(*(cell(column.kind) for column in table.columns)).map(list), max_size=6)


broken = st.fixed_dictionaries({name: rows_of(table) for name, table in TABLES.items()})


@given(broken, st.booleans(), st.sampled_from(["utf-8", "utf-16"]), st.sampled_from([",", "\t", ";"]))
@settings(max_examples=tries(3, 300), deadline=None)
def test_rows_read_are_rows_accepted_and_quarantined(
    tmp_path_factory: pytest.TempPathFactory,
    rows: dict[str, list[list[str]]],
    ragged: bool,
    encoding: str,
    delimiter: str,
) -> None:
    """Whatever is broken in whichever table, every row is accounted for once and accepted rows are well typed."""
    where = tmp_path_factory.mktemp("broken")
    cut = {name: [row[: -1 if ragged and n % 3 == 2 else None] for n, row in enumerate(rows[name])] for name in TABLES}
    written = {}
    for name, table in TABLES.items():
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=delimiter)
        writer.writerow([column.name for column in table.columns])
        writer.writerows(cut[name])
        written[name] = buffer.getvalue().encode(encoding)
    tables = read_tables(folder(where, **written), [BOOK])
    assert_accounted_for(tables)
    for name, found in cut.items():
        while found and not "".join(found[-1]).strip():
            found.pop()
        assert tables.counts.filter(pl.col("table") == name)["read"].item() == len(found)


@given(broken)
@settings(max_examples=tries(3, 300), deadline=None)
def test_rows_of_frames_are_accounted_for_as_well(rows: dict[str, list[list[str]]]) -> None:
    """The same for frames, of which every row counts."""
    frames = {
        name: pl.DataFrame(rows[name], schema=[(c.name, pl.String) for c in table.columns], orient="row")
        for name, table in TABLES.items()
    }
    tables = tables_from_frames(frames, [BOOK])
    assert_accounted_for(tables)
    assert dict(tables.counts.select("table", "read").rows()) == {name: len(found) for name, found in rows.items()}
    from_pandas = tables_from_frames({name: one.to_pandas() for name, one in frames.items()}, [BOOK])
    assert from_pandas.quarantine.equals(tables.quarantine)


@given(rows_of(TABLES["events"]).map(lambda rows: rows * 2), st.randoms(use_true_random=False))
@settings(max_examples=tries(6, 200), deadline=None)
def test_row_order_never_changes_which_events_there_are(rows: list[list[str]], shuffled: random.Random) -> None:
    """The accepted events, and when each was recorded, are the same in any order of rows."""
    names = [column.name for column in TABLES["events"].columns]
    cases = pl.DataFrame({"case_id": ["A-1", "A-2", "A-3", "1001"], "playbook": ["selection"] * 4})

    def events(found: list[list[str]]) -> set[tuple[object, ...]]:
        given = pl.DataFrame(found, schema=[(name, pl.String) for name in names], orient="row")
        accepted = tables_from_frames({"events": given, "cases": cases}, [BOOK]).events
        recorded = pl.coalesce("recorded_at", "timestamp").alias("known")
        return set(accepted.select("case_id", "activity", "timestamp", recorded).rows())

    other = [*rows]
    shuffled.shuffle(other)
    assert events(other) == events(rows)


def test_a_million_events_are_read_typed(tmp_path: Path) -> None:
    """Typed Parquet is read without a detour over text: a million events, none lost."""
    n = 1_000_000
    number = pl.int_range(n, eager=True)
    pl.DataFrame(
        {
            "case_id": "A-" + (number // 8).cast(pl.String),
            "activity": "activity-" + (number % 12).cast(pl.String),
            "timestamp": (number * 60_000_000 + 1_600_000_000_000_000).cast(pl.Datetime("us", "UTC")),
        }
    ).write_parquet(tmp_path / "events.parquet")
    ids = "A-" + pl.int_range(n // 8, eager=True).cast(pl.String)
    cases = pl.DataFrame({"case_id": ids}).with_columns(playbook=pl.lit("selection"))
    cases.write_parquet(tmp_path / "cases.parquet")
    tables = read_tables(tmp_path, [BOOK])
    assert len(tables.events) == n and tables.quarantine.is_empty()
