"""A proposed mapping: right where the headers say enough, with a reason for each column, and always a mapping that can be read."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from textwrap import dedent

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from thinned import tries

from playbook.importing import guess_mapping, import_files, mapping_from
from playbook.show.goal_sheet import write_goal_sheet
from playbook.words.problem import WorkspaceError

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data"

HERP = """
    応募者ID,氏名,応募経路,企業名,求人名,担当者,応募日,書類選考通過日,一次面接日,二次面接日,最終面接日,内定日,内定承諾日,選考状況,選考終了日,辞退理由,備考
    001,佐藤　昇,媒体A,㈱青葉,営業,高橋,2026/1/5,2026/1/7,2026年1月10日,,,,,お見送り,2026/1/20,,
    002,髙橋 花,紹介,㈱若葉,事務,鈴木,2026/1/6,,,,,,,選考中,,,急ぎ
    003,田中,紹介,㈱若葉,事務,鈴木,2026/1/6,2026/1/8,2026/1/12,2026/1/15,2026/1/19,2026/1/20,2026/1/22,内定承諾,2026/1/22,,
"""
ENGLISH = """
    Application ID,Candidate Name,Company,Job Title,Recruiter,Applied Date,1st Interview,Final Interview,Offer Date,Status,Closed On
    1,Ann Lee,Aoba,Sales,Kim,2026-01-05,2026-01-09,,,Rejected,2026-01-20
    2,Bo Wu,Wakaba,Clerk,Kim,2026-01-06,,,,In Process,
"""


def saved(path: Path, text: str) -> Path:
    path.write_text(dedent(text).lstrip(), encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "cases", "events"), [(HERP, 3, 10), (ENGLISH, 2, 4)])
def test_a_list_with_a_column_a_stage_is_understood(tmp_path, text, cases, events):
    """Japanese and English lists: the proposal, taken as it is, imports every case and every dated step without a refusal."""
    path = saved(tmp_path / "応募者.csv", text)
    found = import_files([path], mapping_from(tomllib.loads(guess_mapping([path]).mapping_toml.ja)))
    assert (len(found.tables["cases"]), len(found.tables["events"])) == (cases, events)
    assert found.quarantine.is_empty()
    assert {"applied", "first_interview_held", "rejected"} <= set(found.tables["events"]["activity"])
    assert {"client_id", "subject"} <= set(found.tables["cases"].columns)
    assert len(found.tables["assignments"]) == cases


def test_every_column_has_a_reason_in_both_languages(tmp_path):
    """One row per column says what it becomes and why; what is not used is said, too."""
    reasons = guess_mapping([saved(tmp_path / "a.csv", HERP)]).reasons
    assert reasons.height == 17
    assert not reasons.select(pl.any_horizontal(pl.col("ja", "en").str.strip_chars() == "")).to_series().any()
    by = {row["column"]: row for row in reasons.rows(named=True)}
    assert by["応募日"]["becomes"] == "events: applied"
    assert by["応募者ID"]["becomes"] == "case_id"
    assert (by["書類選考通過日"]["becomes"], by["書類選考通過日"]["sure"]) == ("", True)


def test_the_comments_are_in_the_language_that_is_asked(tmp_path):
    """The proposal explains itself in Japanese or in English."""
    path = saved(tmp_path / "a.csv", HERP)
    assert "確かめて" in guess_mapping([path]).mapping_toml.ja
    assert "Check and correct it" in guess_mapping([path]).mapping_toml.en


def test_a_history_of_states_is_understood(tmp_path):
    """A table with a state and a time on each line becomes events by state."""
    path = saved(
        tmp_path / "a.csv", "応募者ID,ステータス,更新日時\n1,応募,2026/1/5\n1,一次面接,2026/1/9\n2,応募,2026/1/6\n"
    )
    found = import_files([path], mapping_from(tomllib.loads(guess_mapping([path]).mapping_toml.ja)))
    assert len(found.tables["cases"]) == 2
    assert "first_interview_held" in found.tables["events"]["activity"].to_list()


@pytest.mark.parametrize(
    ("headers", "values"),
    [
        ("case_id,activity,timestamp,resource", ("applied", "first_interview_held", "rejected")),
        ("案件番号,アクティビティ,日時,担当者", ("応募", "一次面接", "お見送り")),
        ("ケースID,活動名,発生日時,実施者", ("応募", "一次面接を実施", "rejected")),
        ("Case ID,Activity,Complete Timestamp,Resource", ("Applied", "1st interview", "Rejected")),
        ("case,concept:name,time:timestamp,org:resource", ("Applied", "First interview", "Rejected")),
    ],
)
def test_an_event_log_is_understood(tmp_path, headers, values):
    """One event a row, under our own or common names: the proposal, as it is, imports every event."""
    came = [f"A-1,{value},2026-11-0{day} 10:00,佐藤" for day, value in enumerate(values, 1)]
    path = saved(tmp_path / "log.csv", "\n".join([headers, *came, f"A-2,{values[0]},2026-11-05,鈴木"]))
    guess = guess_mapping([path])
    found = import_files([path], mapping_from(tomllib.loads(guess.mapping_toml.ja)))
    assert found.quarantine.is_empty()
    assert found.tables["cases"]["case_id"].to_list() == ["A-1", "A-2"]
    events = found.tables["events"].sort("case_id", "timestamp")
    assert events["activity"].to_list() == ["applied", "first_interview_held", "rejected", "applied"]
    assert events["resource"].to_list() == ["佐藤"] * 3 + ["鈴木"]
    assert {"case_id", "events.activity", "events.timestamp"} <= set(guess.reasons["becomes"])


def test_the_playbook_of_an_event_log_is_the_one_that_knows_its_activities(tmp_path):
    """Values decide; what no playbook knows is left for a person to say."""
    rows = "case_id,activity,timestamp\nP-1,joined,2026-04-01\nP-1,hire_review_held,2026-05-08\nP-1,なぞ,2026-05-01\n"
    told = tomllib.loads(guess_mapping([saved(tmp_path / "log.csv", rows)]).mapping_toml.ja)
    assert told["playbook"] == "placement-followup"
    assert told["source"][0]["events"][0]["activity"]["values"]["なぞ"] == ""


def test_a_file_of_a_known_format_is_one_source(tmp_path):
    """A goal sheet gives goals and a case; it is proposed once, for the playbook of goal sheets."""
    write_goal_sheet(tmp_path / "sheet.xlsx", {"case_id": "P-1", "mission": "支える"})
    told = tomllib.loads(guess_mapping([tmp_path / "sheet.xlsx"]).mapping_toml.ja)
    assert told["playbook"] == "placement-followup"
    assert told["source"] == [{"file": "sheet.xlsx", "format": "goal_sheet"}]
    found = import_files([tmp_path / "sheet.xlsx"], mapping_from(told))
    assert found.tables["cases"].select("case_id", "mission").rows() == [("P-1", "支える")]


def test_known_formats_need_only_the_names_of_their_stages(tmp_path):
    """For an export that explains itself, the proposal lists the activities that the playbook does not know."""
    record = {"id": "1", "name": "x", "contact": "c", "stage": "s", "origin": "sourced", "createdAt": 1767571200000}
    record["stageChanges"] = [{"toStageId": "On-site", "updatedAt": 1767571200000, "userId": "u"}]
    path = saved(tmp_path / "opportunities.json", json.dumps({"data": [record]}))
    said = guess_mapping([path]).mapping_toml.en
    assert 'format = "lever"' in said
    assert '# "On-site" = ""' in said


def test_nothing_is_written_or_imported(tmp_path):
    """A proposal leaves the folder as it was."""
    path = saved(tmp_path / "a.csv", HERP)
    guess_mapping([path])
    assert list(tmp_path.iterdir()) == [path]


def test_an_unreadable_file_is_one_message(tmp_path):
    """There is no proposal for a file that cannot be read, or for none."""
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    with pytest.raises(WorkspaceError, match="is not a workbook"):
        guess_mapping([tmp_path / "a.xlsx"])
    with pytest.raises(WorkspaceError, match="there are none"):
        guess_mapping([])


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not part of the project")
def test_the_real_log_is_understood_as_far_as_its_headers_go():
    """447 applications, with the steps and ends that the words of the file name."""
    path = SAMPLES / "hiring" / "jsa_10_2023_processed.csv"
    found = import_files([path], mapping_from(tomllib.loads(guess_mapping([path]).mapping_toml.ja)))
    counts = dict(found.tables["events"]["activity"].value_counts().rows())
    assert len(found.tables["cases"]) == 447
    assert counts["applied"] == 437
    assert counts["offer_accepted"] == 1
    assert counts["rejected"] == 137  # who ended three more, their word does not say


WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(WORDS, min_size=1, max_size=5), st.lists(st.lists(WORDS, min_size=5, max_size=5), max_size=4))
@settings(max_examples=tries(6, 200), deadline=None)
def test_a_proposal_is_always_a_mapping(tmp_path_factory, headers, rows):
    """Whatever stands in headers and cells, the proposal is TOML that is read as a mapping."""
    import csv

    path = tmp_path_factory.mktemp("guess") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headers, *(row[: len(headers)] for row in rows)])
    try:
        guess = guess_mapping([path])
    except WorkspaceError:
        return
    assert mapping_from(tomllib.loads(guess.mapping_toml.ja)).sources[0].file == "a.csv"


@pytest.mark.parametrize(
    ("text", "message"),
    [("応募ID,応募日\n", "a header without rows"), ("ID,メモ\n1,x\0y\n", "1 rows, of which none can be used")],
)
def test_without_a_row_nothing_is_guessed(tmp_path, text, message):
    """A file with a header alone, or with unusable rows alone, is one clear error and no empty mapping."""
    with pytest.raises(WorkspaceError, match=message):
        guess_mapping([saved(tmp_path / "a.csv", text)])


def test_a_table_of_happenings_inside_records_goes_before_the_state_of_the_record(tmp_path):
    """kintone: each line of a record's table has its date and what happened; the record's own state is not that."""
    file = tmp_path / "kintone.csv"
    file.write_text(
        "レコードの開始行,レコード番号,候補者名,ステータス,日付,イベント\n"
        "*,1,髙橋 﨑子,面接中,2026/04/01,応募\n,1,髙橋 﨑子,面接中,2026/04/12,一次面接\n"
        "*,2,佐藤 太郎,不採用,2026/04/03,応募\n,2,佐藤 太郎,不採用,2026/04/10,不採用\n",
        encoding="cp932",
    )
    guess = guess_mapping([file])
    (source,) = tomllib.loads(guess.mapping_toml.ja)["source"]
    (events,) = source["events"]
    assert ("イベント", "events.activity") in guess.reasons.select("column", "becomes").rows()
    assert events["timestamp"] == "日付"
    assert events["activity"] == {
        "column": "イベント",
        "values": {"応募": "applied", "一次面接": "first_interview_held", "不採用": "rejected"},
    }


def test_a_history_keeps_when_it_happened_and_when_it_was_known_apart(tmp_path):
    """A table of phases: the id that repeats is the case, its own time the event's, the day of entry `recorded_at`; a code is nobody."""
    rows = (
        "Id,Resource,ResourceId,Phase,Date,RegistrationDate\n"
        "1,3,41,推薦,2026/04/01 10:00:00,2026/04/02 09:00:00\n"
        "2,3,41,内定,2026/04/20 10:00:00,2026/04/22 09:00:00\n"
        "3,3,42,推薦,2026/04/03 10:00:00,2026/04/03 11:00:00\n"
    )
    path = saved(tmp_path / "phases.csv", rows)
    found = import_files([path], mapping_from(tomllib.loads(guess_mapping([path]).mapping_toml.ja)))
    events = (
        found.tables["events"].sort("case_id", "timestamp").select("case_id", "activity", "timestamp", "recorded_at")
    )
    assert events.rows() == [
        ("41", "applied", "2026-04-01T10:00:00+09:00", "2026-04-02T09:00:00+09:00"),
        ("41", "offer_made", "2026-04-20T10:00:00+09:00", "2026-04-22T09:00:00+09:00"),
        ("42", "applied", "2026-04-03T10:00:00+09:00", "2026-04-03T11:00:00+09:00"),
    ]
    assert "resource" not in found.tables["events"].columns


def test_marks_beside_days_are_proposed_as_what_they_say(tmp_path: Path) -> None:
    """Of a column of days each mark beside a day is read as an end of its own, alone or with its reason behind it."""
    path = tmp_path / "一覧.csv"
    path.write_text(
        "応募番号,氏名,応募日,一次面接,内定\n1,甲,2026/5/1,5/9 不合格（経験不足）,\n2,乙,2026/5/2,5/10 ×,\n"
        "3,丙,2026/5/3,5/11 好印象,5/20 辞退\n4,丁,2026/5/4,×,\n",
        encoding="utf-8",
    )
    stages = tomllib.loads(guess_mapping([path]).mapping_toml.ja)["source"][0]["stages"]
    assert stages["一次面接"]["marks"] == {"不合格(経験不足)": "rejected", "×": "rejected"}
    assert stages["内定"]["marks"] == {"辞退": "offer_declined"}


def test_headers_that_are_days_date_what_stands_below_them(tmp_path: Path) -> None:
    """A weekly table says each week where everybody is: what is new that week happened by its day, and once."""
    path = tmp_path / "週報.csv"
    path.write_text(
        "氏名,企業,2026/4/6,4月13日,4月20日,4月27日\n甲,青葉,推薦,一次面接,一次面接,内定\n乙,青葉,,推薦,辞退,\n",
        encoding="utf-8",
    )
    found = import_files([path], mapping_from(tomllib.loads(guess_mapping([path]).mapping_toml.ja))).tables
    both = found["events"].join(found["cases"].select("case_id", "subject"), on="case_id")
    assert sorted(both.select("subject", "activity", "timestamp").rows()) == [
        ("乙", "applied", "2026-04-13"), ("乙", "withdrawn", "2026-04-20"), ("甲", "applied", "2026-04-06"),
        ("甲", "first_interview_held", "2026-04-13"), ("甲", "offer_made", "2026-04-27"),
    ]  # fmt: skip


def _imported(path: Path):
    """What the proposal of a file imports of it, and the proposal."""
    proposal = guess_mapping([path]).mapping_toml.ja
    return import_files([path], mapping_from(tomllib.loads(proposal))), proposal


def test_a_sheet_a_month_is_read_together(tmp_path):
    """Sheets with the same columns are one list: nobody is left on a sheet that is not the first; another is told of."""
    book = Workbook()
    for month, rows in {"9月": [("A1", "佐藤", "2026/9/3")], "10月": [("A2", "鈴木", "2026/10/2"), ("A1", "佐藤", "2026/9/3")],
                        "11月": [("A3", "高橋", "2026/11/9")], "集計": []}.items():  # fmt: skip
        sheet = book.create_sheet(month)
        for row in [("応募者番号", "氏名", "応募日"), *rows] if rows else [("月", "人数"), ("9月", 1)]:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / "応募.xlsx")
    found, proposal = _imported(tmp_path / "応募.xlsx")
    assert found.tables["cases"]["case_id"].sort().to_list() == ["A1", "A2", "A3"]
    assert found.tables["events"].height == 3
    assert 'sheet = ["9月", "10月", "11月"]' in proposal and "集計" in proposal


def test_a_diary_of_talks_without_ids_is_a_history_of_people(tmp_path):
    """A line for each talk, known by name alone: one case a person and opening, and what is no event is told, not lost."""
    path = saved(tmp_path / "対応履歴.csv", """
        日時,応募者,求人,対応内容,担当
        2026/11/02 10:12,小林 透,経理,応募受付,佐々木
        2026/11/04 09:30,小林 透,経理,書類選考 通過,佐々木
        2026/11/09 15:00,小林 透,経理,一次面接 実施,佐々木
        2026/11/05 18:20,三枝 彩,営業,応募受付,本田
        2026/11/12 10:00,三枝 彩,営業,書類選考 不合格,本田
        2026/11/06 08:00,長尾 光,営業,応募受付,本田
        2026/11/13 16:00,長尾 光,営業,選考辞退の連絡あり,本田
    """)  # fmt: skip
    found, proposal = _imported(path)
    assert found.tables["cases"]["subject"].sort().to_list() == ["三枝 彩", "小林 透", "長尾 光"]
    events = found.tables["events"].join(found.tables["cases"], on="case_id").sort("subject", "timestamp")
    assert events.select("subject", "activity").rows() == [
        ("三枝 彩", "applied"), ("三枝 彩", "rejected"), ("小林 透", "applied"), ("小林 透", "first_interview_held"),
        ("長尾 光", "applied"),
    ]  # fmt: skip
    assert "選考辞退の連絡あり" in proposal.splitlines()[-1]
    made = guess_mapping([path]).reasons.filter(pl.col("becomes").str.starts_with("case_id"))
    assert made["sure"].to_list() == [False] and "# 応募者 + 求人" in proposal
    asked = next(one for one in guess_mapping([path]).questions if "選考辞退の連絡あり" in one.key)
    assert "withdrawn" in [choice.id for choice in asked.choices]
    answered = guess_mapping([path], answers={asked.key: "withdrawn"}).mapping_toml.ja
    assert '"選考辞退の連絡あり" = "withdrawn"' in answered


@pytest.mark.parametrize(
    ("text", "playbook", "activities", "dates"),
    [
        ("""
        管理番号,取引先名,採用者氏名,役職,入社日,目標設定日,3ヶ月面談日,6ヶ月レビュー予定,退職日,退職理由,担当者
        B-01,株式会社青葉,原田 実,工場長,2026/4/1,2026/4/10,2026/7/3,2026/10/1,,,岡本
        B-02,若葉有限会社,野村 亮,営業部長,2026/2/2,2026/2/20,2026/5/8,,2026/7/31,一身上の都合,河村
        """, "placement-followup", {"joined", "goals_agreed", "left"}, {"joins_on"}),
        ("""
        契約No,派遣先,スタッフ名,契約開始日,契約終了日,抵触日,就業条件明示日,更新意向確認日,営業担当
        K-100,東海物産,安藤 真,2026/9/1,2026/11/30,2029/9/1,2026/8/28,2026/10/20,吉川
        K-101,中部倉庫,石田 愛,2026/10/1,2026/12/31,2029/10/1,2026/9/29,,吉川
        """, "dispatch-contracts", {"terms_explained", "renewal_asked"}, {"contract_starts_on", "contract_ends_on"}),
    ],
)  # fmt: skip
def test_a_bank_s_and_a_dispatcher_s_list_is_of_their_own_playbook(tmp_path, text, playbook, activities, dates):
    """What such a list names is the work of its own book: talks of two sides and 抵触日 of two kinds are asked, not taken."""
    path = saved(tmp_path / "一覧.csv", text.replace("\n        ", "\n"))
    found, _ = _imported(path)
    assert set(found.tables["cases"]["playbook"]) == {playbook}
    assert set(found.tables["events"]["activity"]) == activities
    assert dates <= set(found.tables["cases"].columns)
    assert found.quarantine.is_empty()
    doubts = guess_mapping([path]).reasons.filter(~pl.col("sure"))["column"].to_list()
    assert {"3ヶ月面談日", "抵触日"} & set(doubts)
    if playbook == "dispatch-contracts":
        assert set(found.tables["assignments"]["role"]) == {"sales"}


def test_a_text_file_has_no_sheets_and_is_read_once(tmp_path):
    """A mapping for a workbook of several sheets, given a text file of that name's kind, doubles nobody."""
    path = saved(tmp_path / "応募者.csv", ENGLISH)
    proposal = guess_mapping([path]).mapping_toml.ja
    sheets = proposal.replace('file = "応募者.csv"', 'file = "応募者.csv"\nsheet = ["9月", "10月"]')
    found = import_files([path], mapping_from(tomllib.loads(sheets)))
    assert (len(found.tables["cases"]), len(found.tables["events"])) == (2, 4)
    assert found.quarantine.is_empty()
