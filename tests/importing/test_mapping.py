"""The mapping: every mistake at once, wide to long, histories, values, joins, constants, and the counts that must
hold.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from textwrap import dedent

import polars as pl
import pytest

from playbook.importing import Imported, import_files, import_folder, mapping_from, read_mapping, tables_of_raw
from playbook.words.problem import WorkspaceError


def made(tmp_path: Path, mapping: str, **files: str) -> Imported:
    """What some files become by a mapping; a file is named by its keyword, as `a_csv` for a.csv."""
    paths = []
    for name, text in files.items():
        path = tmp_path / ".".join(name.rsplit("_", 1))
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
        paths.append(path)
    return import_files(paths, mapping_from(tomllib.loads(dedent(mapping))))


WIDE = """
    playbook = "interview-aftercare"

    [[source]]
    file = "応募*.csv"

    [source.cases]
    case_id = "応募ID"
    subject = { column = ["姓", "名"], joined = "　" }
    client_id = "企業"
    joins_on = "入社予定日"

    [source.clients]
    client_id = "企業"
    name = "企業"

    [source.stages]
    "応募日" = "applied"
    "一次面接日" = { activity = "first_interview_held", resource = "面接官" }

    [[source.events]]
    when = { "結果" = ["お見送り", "不採用"] }
    activity = { always = "rejected" }
    timestamp = "結果日"
    reason = { column = "理由", values = { "スキル" = "skills" } }
"""
LIST = """
    応募ID,姓,名,企業,応募日,一次面接日,面接官,結果,結果日,理由,入社予定日
    A-1,佐藤,昇,㈱青葉,2026/1/5,令和8年1月9日,高橋,,,,2026年4月1日
    A-2,髙橋,花,(株)青葉,2026-01-06,未定,,お見送り,2026/1/20,ｽｷﾙ,
    Ａ－３,鈴木,,若葉,46030,1/9か1/13,田中,選考中,,,
"""


def test_one_column_of_dates_a_stage_becomes_events(tmp_path):
    """Wide becomes long, values and conditions apply, several forms of dates are one, and what is refused says why."""
    found = made(tmp_path, WIDE, 応募者_csv=LIST)
    events = found.tables["events"].select("case_id", "activity", "timestamp", "resource", "reason").rows()
    assert sorted(events) == [
        ("A-1", "applied", "2026-01-05", None, None),
        ("A-1", "first_interview_held", "2026-01-09", "高橋", None),
        ("A-2", "applied", "2026-01-06", None, None),
        ("A-2", "rejected", "2026-01-20", None, "skills"),
        ("Ａ－３", "applied", "2026-01-08", None, None),
    ]
    assert found.tables["cases"]["subject"].to_list() == ["佐藤　昇", "髙橋　花", "鈴木"]
    assert found.tables["cases"]["joins_on"].to_list() == ["2026-04-01", None, None]
    assert found.quarantine.select("table", "row", "column", "value", "code").rows() == [
        ("events", 4, "timestamp", "1/9か1/13", "two_days")
    ]


def test_rows_read_are_rows_accepted_and_quarantined(tmp_path):
    """For every table that is made, read = accepted + quarantined."""
    tables = made(tmp_path, WIDE, 応募者_csv=LIST).report.tables
    assert (tables["read"] == tables["accepted"] + tables["quarantined"]).all()
    counted = {row["table"]: (row["read"], row["quarantined"]) for row in tables.rows(named=True)}
    assert counted == {"cases": (3, 0), "clients": (3, 0), "events": (6, 1)}


def test_one_firm_written_in_two_ways_is_one_client(tmp_path):
    """㈱青葉 and (株)青葉 are one client, under the name that was written first, and that is said."""
    found = made(tmp_path, WIDE, 応募者_csv=LIST)
    assert found.tables["clients"]["name"].to_list() == ["㈱青葉", "若葉"]
    assert found.tables["cases"]["client_id"].to_list() == ["㈱青葉", "㈱青葉", "若葉"]
    assert "(株)青葉 → ㈱青葉" in "".join(found.report.remarks["ja"])


HISTORY = """
    playbook = "interview-aftercare"
    [values.activity]
    "応募" = "applied"
    "一次面接" = "first_interview_held"
    "社内メモ" = ""

    [[source]]
    file = "履歴.csv"
    [source.cases]
    case_id = "ID"
    subject = "氏名"
    [source.events]
    activity = "状態"
    timestamp = "日時"
    resource = "担当"
"""


def test_a_history_of_states_becomes_events(tmp_path):
    """Each line is an event, one case for its lines; what the mapping leaves out is counted, what it does not know
    refused.
    """
    found = made(
        tmp_path,
        HISTORY,
        履歴_csv="""
            ID,氏名,状態,日時,担当
            1,佐藤,応募,2026/1/5 9:00,高橋
            1,佐藤,一次面接,2026/1/9 10:00,高橋
            1,佐藤,応募,2026/1/12 9:00,高橋
            1,佐藤,社内メモ,2026/1/13,高橋
            1,佐藤,謎,2026/1/14,高橋
            1,佐藤,応募,2026/1/5 9:00,鈴木
            """,
    )
    assert found.tables["cases"].select("case_id", "subject").rows() == [("1", "佐藤")]
    assert found.tables["events"]["timestamp"].to_list() == [
        "2026-01-05T09:00:00+09:00",
        "2026-01-09T10:00:00+09:00",
        "2026-01-12T09:00:00+09:00",
    ]
    assert found.quarantine.select("row", "code").rows() == [(6, "unmapped_value"), (7, "duplicate_event")]
    events = found.report.tables.filter(pl.col("table") == "events").row(0, named=True)
    assert (events["read"], events["accepted"], events["quarantined"], events["skipped"]) == (5, 3, 2, 1)


JOINED = """
    playbook = "interview-aftercare"
    [[source]]
    file = "応募.csv"
    [source.cases]
    case_id = "ID"
    client_id = { column = "企業コード", look_up = { file = "企業.csv", key = "コード", give = "企業名" } }
    opening_id = { always = "2026年度" }
    [[source]]
    file = "企業.csv"
    [source.clients]
    client_id = "企業名"
    name = "企業名"
"""


def test_a_join_and_a_constant(tmp_path):
    """A code is looked up in another file, whatever its width; one that is not there stays, and is counted."""
    found = made(
        tmp_path,
        JOINED,
        応募_csv="ID,企業コード\n1,００１\n2,999\n",
        企業_csv="コード,企業名\n001,青葉商事\n002,若葉\n",
    )
    cases = found.tables["cases"].select("client_id", "opening_id").rows()
    assert cases == [("青葉商事", "2026年度"), ("999", "2026年度")]
    how = found.report.columns.filter(pl.col("column") == "client_id")["ja"].to_list()
    assert "企業.csv に見つからない値が1件" in how


def test_a_join_with_a_file_that_is_missing_is_one_message(tmp_path):
    """The file of a join that was not given is named, with those that were."""
    with pytest.raises(WorkspaceError, match=r"look_up: there is no file '企業.csv' among those imported"):
        made(tmp_path, JOINED, 応募_csv="ID,企業コード\n1,1\n")


def test_a_number_of_its_own_is_made_where_there_is_none(tmp_path):
    """An id made of columns does not depend on where a row stands or how it is spelled; equal rows are told apart and
    said.
    """
    mapping = """
        playbook = "p"
        [[source]]
        file = "*.csv"
        [source.cases]
        case_id = { made_of = ["氏名", "企業"], prefix = "K-" }
        """
    one = made(tmp_path, mapping, a_csv="氏名,企業\n佐藤　昇,青葉\n鈴木,若葉\n鈴木,若葉\n")
    other = made(tmp_path, mapping, a_csv="氏名,企業\n鈴木,若葉\n佐藤 昇,青葉\n鈴木,若葉\n")
    assert set(one.tables["cases"]["case_id"]) == set(other.tables["cases"]["case_id"])
    assert one.tables["cases"]["case_id"].is_unique().all()
    assert "同じ行が1件" in "".join(one.report.doubts["ja"])


def test_a_missing_id_and_a_second_row_of_one_id_are_refused(tmp_path):
    """A case without an id, and a row that says otherwise of a case that stands further up, go to quarantine."""
    mapping = """
        playbook = "p"
        [[source]]
        file = "*.csv"
        cases = { case_id = "ID", subject = "氏名" }
        """
    found = made(tmp_path, mapping, a_csv="ID,氏名\n1,佐藤\n,鈴木\n1,高橋\n1,佐藤\n")
    assert found.tables["cases"]["subject"].to_list() == ["佐藤"]
    assert found.quarantine.select("row", "code").rows() == [(3, "missing_key"), (4, "duplicate_row")]


def test_every_mistake_of_a_mapping_is_said_at_once():
    """Unknown keys, wrong values, missing columns: each with its place, what is allowed and a hint."""
    with pytest.raises(WorkspaceError) as error:
        mapping_from(
            {
                "timezone": "Asia/Tokio",
                "source": [
                    {"file": "a.csv", "stage": {}, "cases": {"subject": 1}},
                    {
                        "file": "b.csv",
                        "header": "three",
                        "encoding": "sjis9",
                        "events": {"activity": "x", "timestamp": "t"},
                    },
                    {"file": "c.csv", "cases": {"case_id": {"column": "a", "others": "drop", "formats": ["dd"]}}},
                    {"file": "d.csv"},
                    {},
                ],
            }
        )
    said = str(error.value)
    for expected in (
        "key 'timezone': found 'Asia/Tokio'",
        "[[source]] 1 'a.csv', key 'stage': unknown key",
        "did you mean 'stages'?",
        "[[source]] 1 'a.csv', [cases], key 'subject': found 1",
        "[[source]] 1 'a.csv', [cases], key 'case_id': missing",
        "[[source]] 1 'a.csv', [cases], key 'playbook': missing",
        "[[source]] 2 'b.csv', key 'header': found 'three'",
        "[[source]] 2 'b.csv', key 'encoding': found 'sjis9'",
        "[[source]] 2 'b.csv', [events], key 'case_id': missing",
        "key 'others': found 'drop'",
        "key 'formats': found 'dd'",
        "[[source]] 4 'd.csv': nothing is to be made of this file",
        "[[source]] 5, key 'file': missing",
    ):
        assert expected in said, expected


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path):
    """All columns that the file lacks are said at once, with the nearest one."""
    with pytest.raises(WorkspaceError) as error:
        made(
            tmp_path,
            WIDE,
            応募者_csv="応募ID,姓,企業名,応募日,一次面接,結果,結果日,理由,入社予定日\n1,佐藤,青葉,,,,,,\n",
        )
    said = str(error.value)
    assert "there is no column '企業'" in said
    assert "there is no column '名'" in said
    assert "did you mean '一次面接'?" in said


def test_a_file_that_no_source_is_for_is_one_message(tmp_path):
    """A file that the mapping does not speak of is not passed over in silence."""
    with pytest.raises(WorkspaceError, match=r"no \[\[source\]\] of the mapping is for it"):
        made(tmp_path, WIDE, 応募者_csv=LIST, 別_csv="x\n1\n")


def test_a_flat_file_without_a_mapping_asks_for_one(tmp_path):
    """Without a mapping, columns that nobody explained are not guessed."""
    (tmp_path / "a.csv").write_text("x\n1\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="--guess"):
        import_files([tmp_path / "a.csv"])


def test_a_mapping_that_is_no_toml_is_one_message(tmp_path):
    """A broken, missing or wrongly encoded mapping is said with its place."""
    broken = tmp_path / "m.toml"
    broken.write_text("playbook = ", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="m.toml, line 1 .*: Invalid value; allowed: a line of TOML"):
        read_mapping(broken)
    broken.write_text(f"playbook = {'9' * 5000}", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="m.toml: a number has thousands of digits; allowed: a TOML file"):
        read_mapping(broken)
    broken.write_bytes('playbook = "応募"'.encode("cp932"))
    with pytest.raises(WorkspaceError, match="is not UTF-8"):
        read_mapping(broken)
    with pytest.raises(WorkspaceError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")


def test_a_folder_of_raw_exports_is_a_workspace(tmp_path):
    """The [import] section makes the tables of a folder, beside those it keeps itself."""
    (tmp_path / "応募者.csv").write_text(dedent(LIST).lstrip(), encoding="cp932")
    (tmp_path / "assignments.csv").write_text("role,person\nhr,高橋\n", encoding="utf-8")
    section = tomllib.loads(dedent(WIDE))
    tables = tables_of_raw(tmp_path, section)
    assert {name: len(frame) for name, frame in tables.items()} == {
        "events": 5,
        "cases": 3,
        "clients": 2,
        "assignments": 1,
    }
    assert len(import_folder(tmp_path, section).quarantine) == 1
    with pytest.raises(WorkspaceError, match=r"none of its files is one of the \[import\] section"):
        import_folder(tmp_path, {**section, "source": [{**section["source"][0], "file": "別.csv"}]})


def test_headers_and_values_match_whatever_their_width(tmp_path):
    """Full-width letters, half-width kana, blanks and PDF radicals in headers and values do not matter."""
    mapping = """
        playbook = "p"
        [[source]]
        file = "*.csv"
        cases = { case_id = "応募ID" }
        [source.events]
        activity = { column = "ステータス", values = { "一次面接" = "first_interview_held" } }
        timestamp = "面接日"
        """
    found = made(tmp_path, mapping, a_csv="応募ＩＤ ,ｽﾃｰﾀｽ,⾯接⽇\n1,一次 ⾯接,2026/1/5\n")
    assert found.tables["events"]["activity"].to_list() == ["first_interview_held"]


def test_the_report_says_how_each_column_was_read(tmp_path):
    """Per column: where from, how, how many cells changed form with the first examples; in both languages."""
    report = made(tmp_path, WIDE, 応募者_csv=LIST).report
    applied = report.columns.filter(pl.col("column") == "timestamp (applied)").row(0, named=True)
    assert (applied["made_from"], applied["values"], applied["changed"]) == ("応募日", 3, 2)
    assert applied["examples"] == "2026/1/5 → 2026-01-05 / 46030 → 2026-01-08"
    assert "Excelのシリアル値 1件" in applied["ja"]
    assert "# 取り込みの記録" in report.say("ja")
    assert "## Column by column" in report.say("en")


def test_text_from_data_is_only_text_in_the_report(tmp_path):
    """Markup in headers and cells cannot become markup in the report."""
    text = 'ID,"a|b<script>"\n1,"[x](http://y)"\n2,z\n'
    mapping = 'playbook = "p"\n[[source]]\nfile = "*.csv"\ncases = { case_id = "ID", subject = "a|b<script>" }'
    said = made(tmp_path, mapping, a_csv=text).report.say("ja")
    assert "<script>" not in said
    assert "a\\|b&lt;script&gt;" in said


def test_the_mapping_of_the_guide_is_a_mapping(tmp_path):
    """The example of docs/import.md is read, and does with a list what its comments say."""
    guide = (Path(__file__).resolve().parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    example = guide.split("```toml\n")[1].split("```")[0]
    found = made(
        tmp_path,
        example,
        応募者_csv="""
            応募ID,姓,名,企業コード,入社予定日,選考状況,応募日,一次面接日,面接官,結果,結果日,理由,担当者
            1,佐藤,昇,１,2026/4/1,内定,2026/1/5,2026/1/9,高橋,選考中,,,鈴木
            2,髙橋,花,2,不明,終了,2026/1/6,,,お見送り,2026/1/20,経験,鈴木
            """,
        企業_csv="コード,企業名\n1,青葉\n2,若葉\n",
    )
    assert found.tables["cases"].select("client_id", "subject", "joins_on", "選考状況").rows() == [
        ("青葉", "佐藤　昇", "2026-04-01", "内定"),
        ("若葉", "髙橋　花", None, "終了"),
    ]
    happened = ["applied", "applied", "first_interview_held", "offer_made", "rejected"]
    assert sorted(found.tables["events"]["activity"]) == happened
    assert found.tables["assignments"]["person"].to_list() == ["鈴木", "鈴木"]
    assert found.quarantine.is_empty()


TWICE = """
    応募ID,氏名,応募日,一次面接日,結果,結果日
    7,佐藤　昇,2026/4/1,2026/4/8,,
    7,髙橋 花,2026/4/2,2026/4/9,お見送り,2026/4/10
    8,田中,2026/4/3,,,
    8,田中,2026/4/3,,,
"""


@pytest.mark.parametrize("ends", [True, False])
def test_a_second_record_with_a_known_id_gives_nothing(tmp_path, ends):
    """Two people under one id are not made one: the second is refused with all its events; a row written twice is one."""
    source = {
        "file": "*",
        "cases": {"case_id": "応募ID", "subject": "氏名"},
        "stages": {"応募日": "applied", "一次面接日": "first_interview_held"},
    }
    if ends:
        activity = {"column": "結果", "values": {"お見送り": "rejected"}}
        source["events"] = {"activity": activity, "timestamp": "結果日"}
    path = tmp_path / "list.csv"
    path.write_text(dedent(TWICE).lstrip(), encoding="utf-8")
    found = import_files([path], mapping_from({"playbook": "interview-aftercare", "source": [source]}))
    assert found.tables["cases"].select("case_id", "subject").rows() == [("7", "佐藤　昇"), ("8", "田中")]
    events = found.tables["events"].sort("timestamp").select("case_id", "activity", "timestamp").rows()
    assert events == [
        ("7", "applied", "2026-04-01"),
        ("8", "applied", "2026-04-03"),
        ("7", "first_interview_held", "2026-04-08"),
    ]
    refused = found.quarantine.filter(pl.col("row") == 3).select("table", "code").rows()
    assert ("cases", "duplicate_row") in refused
    assert refused.count(("events", "second_record")) == 2 + ends
