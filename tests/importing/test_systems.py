"""Exports of known systems: kintone, Greenhouse, Lever, OpenCATS, XES, OCEL 2.0 and pm4py's names."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import polars as pl
import pytest

from playbook.importing import (
    export_ocel,
    export_xes,
    from_pm4py,
    import_files,
    mapping_from,
    to_pm4py,
)
from playbook.importing.formats import read_raw
from playbook.words.problem import WorkspaceError

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "formats"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real samples are not part of the project")


def saved(path: Path, data: Any) -> Path:
    path.write_text(data if isinstance(data, str) else json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


# kintone

REPEATED = """
    "レコードの開始行","レコード番号","候補者","面談日","面談の種類","面談者","次回予定日"
    "*","12","佐藤　昇","2026-01-05","カジュアル面談","高橋","2026-02-01"
    "","12","佐藤　昇","2026-01-12","一次面接","鈴木
    田中","2026-02-01"
    "","12","佐藤　昇","2026-01-20","最終面接","","2026-02-01"
    "*","13","髙橋 花","","","",""
"""
BLANK = """
    "レコードの開始行","レコード番号","候補者","面談日","面談の種類","面談者","次回予定日"
    "*","12","佐藤　昇","2026-01-05","カジュアル面談","高橋","2026-02-01"
    "","","","2026-01-12","一次面接","鈴木",""
    "","","","2026-01-20","最終面接","",""
    "*","13","髙橋 花","","","",""
"""
KINTONE = {
    "playbook": "interview-aftercare",
    "values": {
        "activity": {
            "カジュアル面談": "casual_meeting_held",
            "一次面接": "first_interview_held",
            "最終面接": "final_interview_held",
        }
    },
    "source": [
        {
            "file": "*",
            "cases": {"case_id": "レコード番号", "subject": "候補者", "next_interview_on": "次回予定日"},
            "events": {"activity": "面談の種類", "timestamp": "面談日", "resource": "面談者"},
        }
    ],
}


@pytest.mark.parametrize("text", [REPEATED, BLANK])
def test_lines_of_a_kintone_table_are_not_records(tmp_path, text):
    """Four lines are two records: two cases, three events of the first, whether the export repeats the record's
    fields or not.
    """
    path = saved(tmp_path / "案件.csv", dedent(text).lstrip())
    found = import_files([path], mapping_from(KINTONE))
    assert found.tables["cases"].select("case_id", "subject", "next_interview_on").rows() == [
        ("12", "佐藤　昇", "2026-02-01"),
        ("13", "髙橋 花", None),
    ]
    assert found.tables["events"].select("case_id", "activity", "timestamp").rows() == [
        ("12", "casual_meeting_held", "2026-01-05"),
        ("12", "first_interview_held", "2026-01-12"),
        ("12", "final_interview_held", "2026-01-20"),
    ]
    assert found.tables["events"]["resource"].to_list()[2] is None
    assert found.report.files.select("kind", "records", "read").rows() == [("kintone", 2, 4)]
    assert found.quarantine.is_empty()


def test_the_api_gives_the_same_as_the_csv_with_field_codes(tmp_path):
    """A record with a table from the REST API becomes the same rows; 16:30 UTC is the next day in Japan."""

    def field(kind: str, value: Any) -> dict[str, Any]:
        return {"type": kind, "value": value}

    rows = [
        ("2026-01-04T16:30:00Z", "カジュアル面談", [{"code": "t", "name": "高橋"}]),
        ("2026-01-12T01:00:00Z", "一次面接", [{"code": "s", "name": "鈴木"}, {"code": "n", "name": "田中"}]),
    ]
    table = [
        {
            "id": str(n),
            "value": {
                "面談日": field("DATETIME", at),
                "面談の種類": field("DROP_DOWN", kind),
                "面談者": field("USER_SELECT", who),
            },
        }
        for n, (at, kind, who) in enumerate(rows)
    ]
    record = {
        "$id": field("__ID__", "12"),
        "レコード番号": field("RECORD_NUMBER", "12"),
        "候補者": field("SINGLE_LINE_TEXT", "佐藤　昇"),
        "次回予定日": field("DATE", None),
        "面談": field("SUBTABLE", table),
    }
    found = import_files([saved(tmp_path / "records.json", {"records": [record]})], mapping_from(KINTONE))
    assert found.tables["cases"]["subject"].to_list() == ["佐藤　昇"]
    assert found.tables["events"].select("timestamp", "resource").rows() == [
        ("2026-01-05T01:30:00+09:00", "高橋"),
        ("2026-01-12T10:00:00+09:00", "鈴木, 田中"),
    ]


@needs_samples
@pytest.mark.parametrize(
    ("name", "records", "lines"),
    [
        ("kntnr_record.json", 1, 2),
        ("kntnr_records.json", 3, 5),
        ("kntnr_records_nested.json", 3, 4),
        ("javaclient_record_fields.json", 1, 1),
        ("javaclient_record_builtins.json", 1, 1),
        ("javaclient_record_SUBTABLE.json", 1, 1),
        ("javaclient_record_SUBTABLE_empty.json", 1, 1),
        ("javaclient_record_emptyRecord.json", 1, 1),
    ],
)
def test_real_answers_of_kintone_have_the_right_number_of_records(name, records, lines):
    """Every sample of the API is read, with its records and the lines of its tables."""
    (raw,) = read_raw(SAMPLES / "kintone" / name)
    assert (raw.kind, raw.records, len(raw.frame)) == ("kintone", records, lines)


@needs_samples
def test_every_type_of_value_of_kintone_is_text():
    """Choices are joined, people, files and groups give their names, markup gives its words, nothing is left as
    JSON.
    """
    (raw,) = read_raw(SAMPLES / "kintone" / "javaclient_record_fields.json")
    row = raw.frame.row(0, named=True)
    assert row["check_box"] == "option 1, option 2"
    assert (row["user_select"], row["org_select"], row["file"], row["rich_text"]) == (
        "User",
        "Organization",
        "test.jpg",
        "test",
    )
    assert not any(str(value).startswith(("{", "[")) for value in row.values())


# Greenhouse


def answers(name: str, section: str) -> Any:
    listed = json.loads((SAMPLES / "greenhouse" / name).read_text(encoding="utf-8"))
    return next(one["json"] for one in listed if one["section"] == section)


def test_collected_answers_of_greenhouse_are_unwrapped(tmp_path):
    """Answers with the section they come from, requests among them: the records of the kind are read, once each."""
    one = {"id": 7, "candidate_id": 1, "applied_at": "2026-01-05T01:00:00Z", "rejected_at": None, "status": "active",
           "jobs": [{"id": 3, "name": "Clerk"}]}  # fmt: skip
    told = [
        {"section": "The application object", "json": one},
        {"section": "GET: List Applications", "json": [one, {**one, "id": 8}]},
        {"section": "POST: Reject Application", "json": {"rejection_reason_id": 14}},
        {"section": "DELETE", "json": {"message": "gone"}},
    ]
    found = import_files([saved(tmp_path / "applications.json", told)])
    assert found.tables["cases"]["case_id"].to_list() == ["7", "8"]
    assert found.tables["events"].select("case_id", "activity").rows() == [("7", "applied"), ("8", "applied")]


@needs_samples
@pytest.mark.parametrize("kind", ["applications", "offers", "scheduled_interviews", "candidates", "jobs"])
def test_the_documentation_of_greenhouse_as_it_was_collected_is_read(kind):
    """The samples as they are: every kind that has a mapping is recognised, and gives rows."""
    found = import_files([SAMPLES / "greenhouse" / f"harvest_docs_{kind}.json"])
    assert any(len(frame) for frame in found.tables.values())


@needs_samples
def test_the_samples_of_greenhouse_become_cases_and_events(tmp_path):
    """Applications, interviews and offers of the vendor's documentation, with days of Japan."""
    files = [
        saved(tmp_path / "applications.json", [answers("harvest_docs_applications.json", "The application object")]),
        saved(
            tmp_path / "interviews.json",
            answers("harvest_docs_scheduled_interviews.json", "GET: List Scheduled Interviews"),
        ),
        saved(tmp_path / "offers.json", answers("harvest_docs_offers.json", "GET: List Offers")),
        saved(tmp_path / "reasons.json", answers("harvest_docs_rejection_reasons.json", "GET: List Rejection Reasons")),
    ]
    values = {
        "values": {
            "activity": {"Culture Fit": "first_interview_held", "Whiteboarding Challenge": "second_interview_held"}
        }
    }
    sources = {"source": [{"file": "*.json", "format": "greenhouse"}], "playbook": "interview-aftercare"}
    found = import_files(files, mapping_from({**sources, **values}))
    events = found.tables["events"].select("case_id", "activity", "timestamp", "reason").rows()
    assert ("985314", "applied", "2016-03-27T05:11:39+09:00", None) in events
    assert ("985314", "rejected", "2016-08-18T06:08:29.686000+09:00", "Lacking skill(s)/qualification(s)") in events
    assert ("4684156", "first_interview_held", "2014-03-27T07:15:00+09:00", None) in events
    assert ("432905", "second_interview_held", "2017-08-22", None) in events
    assert ("91081818", "offer_made", "2018-06-07", None) in events
    assert ("91081818", "offer_accepted", "2018-06-07T05:23:43.387000+09:00", None) in events
    cases = {row["case_id"]: row for row in found.tables["cases"].rows(named=True)}
    assert cases["91081818"]["joins_on"] == "2018-07-20"
    assert found.quarantine.is_empty()


# Lever

STAGES = {
    "data": [
        {"id": "lead-new", "text": "New lead"},
        {"id": "s-1", "text": "Phone screen"},
        {"id": "s-2", "text": "On-site"},
    ]
}
REASONS = {
    "data": [
        {"id": "r-1", "text": "Offer declined", "status": "active"},
        {"id": "r-2", "text": "Underqualified", "status": "active"},
    ]
}


def opportunity(number: int, changes: list[tuple[str, int]], archived: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "id": f"op-{number}",
        "name": "佐藤　昇",
        "headline": "営業",
        "contact": f"c-{number}",
        "stage": changes[-1][0],
        "origin": "applied",
        "sources": ["求人媒体", "紹介"],
        "owner": "u-1",
        "createdAt": 1767571200000,
        "archived": archived,
        "stageChanges": [
            {"toStageId": stage, "toStageIndex": n, "updatedAt": at, "userId": "u-1"}
            for n, (stage, at) in enumerate(changes)
        ],
        "applications": [],
    }


def test_an_opportunity_of_lever_may_go_back_and_forth(tmp_path):
    """Each move is an event in its order, named by the list of stages; the archive says how it ended and why."""
    day = 86_400_000
    moves = [
        ("lead-new", 1767571200000),
        ("s-1", 1767571200000 + day),
        ("lead-new", 1767571200000 + 2 * day),
        ("s-1", 1767571200000 + 3 * day),
    ]
    ended = {"archivedAt": 1767571200000 + 4 * day, "reason": "r-1"}
    other = opportunity(2, [("s-2", 1767571200000)], {"archivedAt": 1767571200000 + day, "reason": "r-2"})
    files = [
        saved(tmp_path / "opportunities.json", {"data": [opportunity(1, moves, ended), other], "hasNext": False}),
        saved(tmp_path / "stages.json", STAGES),
        saved(tmp_path / "reasons.json", REASONS),
    ]
    found = import_files(files)
    events = found.tables["events"].filter(pl.col("case_id") == "op-1").sort("timestamp", maintain_order=True)
    assert events.select("activity", "timestamp").rows() == [
        ("applied", "2026-01-05T09:00:00+09:00"),
        ("New lead", "2026-01-05T09:00:00+09:00"),
        ("Phone screen", "2026-01-06T09:00:00+09:00"),
        ("New lead", "2026-01-07T09:00:00+09:00"),
        ("Phone screen", "2026-01-08T09:00:00+09:00"),
        ("offer_declined", "2026-01-09T09:00:00+09:00"),
    ]
    ends = (
        found.tables["events"]
        .filter(pl.col("reason").is_not_null())
        .sort("case_id")
        .select("activity", "reason")
        .rows()
    )
    assert ends == [("offer_declined", "Offer declined"), ("rejected", "Underqualified")]
    assert found.tables["cases"].select("case_id", "subject").rows() == [("op-1", "佐藤　昇"), ("op-2", "佐藤　昇")]
    assert "Phone screen" in "".join(found.report.doubts["ja"])


# OpenCATS

HISTORY = """
    candidate_joborder_status_history_id,candidate_id,joborder_id,date,status_from,status_to,site_id
    1,5,7,2015-08-25 18:57:34,0,100,1
    2,5,7,2015-08-27 12:13:46,100,400,1
    3,5,7,2015-09-01 09:00:00,400,500,1
    4,5,7,2015-09-10 09:00:00,500,700,1
    5,6,7,0000-00-00 00:00:00,0,100,1
"""
DUMP = """
    CREATE TABLE `candidate` (
      `candidate_id` int(11) NOT NULL,
      `last_name` varchar(64) NOT NULL,
      `first_name` varchar(64) NOT NULL
    ) ENGINE=MyISAM;
    INSERT INTO `candidate` VALUES (5,'O\\'Brien','Sean'),(6,'Sato, N.','');
    CREATE TABLE `candidate_joborder_status_history` (
      `candidate_joborder_status_history_id` int(11) NOT NULL AUTO_INCREMENT,
      `candidate_id` int(11) NOT NULL DEFAULT '0',
      `joborder_id` int(11) NOT NULL DEFAULT '0',
      `date` datetime NOT NULL,
      `status_from` int(11) NOT NULL,
      `status_to` int(11) NOT NULL,
      `site_id` int(11) NOT NULL,
      PRIMARY KEY (`candidate_joborder_status_history_id`)
    ) ENGINE=MyISAM;
    INSERT INTO `candidate_joborder_status_history` VALUES (1,5,7,'2015-08-25 18:57:34',0,100,1),
    (2,5,7,'2015-08-27 12:13:46',100,400,1),(3,5,7,'2015-09-01 09:00:00',400,500,1),
    (4,5,7,'2015-09-10 09:00:00',500,700,1),(5,6,7,'0000-00-00 00:00:00',0,100,1);
"""


@pytest.mark.parametrize(("name", "text"), [("history.csv", HISTORY), ("cats.sql", DUMP)])
def test_the_history_of_opencats_becomes_events(tmp_path, name, text):
    """A CSV of the table and a dump of the database give the same events; a date of zeros is a date that is missing."""
    found = import_files([saved(tmp_path / name, dedent(text).lstrip())])
    assert found.tables["events"].select("case_id", "activity", "timestamp", "reason").rows() == [
        ("5-7", "no_contact", "2015-08-25T18:57:34+09:00", None),
        ("5-7", "applied", "2015-08-27T12:13:46+09:00", None),
        ("5-7", "interview_scheduled", "2015-09-01T09:00:00+09:00", None),
        ("5-7", "rejected", "2015-09-10T09:00:00+09:00", "client_declined"),
    ]
    assert found.quarantine.select("table", "column", "value", "code").rows() == [
        ("events", "timestamp", "0000-00-00 00:00:00", "missing_value")
    ]
    if name == "cats.sql":
        assert found.tables["cases"].select("case_id", "subject").rows() == [
            ("5-7", "Sean O'Brien"),
            ("6-7", "Sato, N."),
        ]


def test_a_dump_that_breaks_off_is_one_message(tmp_path):
    """A truncated dump names the table whose row breaks off."""
    text = dedent(DUMP)
    with pytest.raises(WorkspaceError, match="candidate_joborder_status_history: a row breaks off"):
        import_files([saved(tmp_path / "cats.sql", text[: text.index("'2015-09-01")])])


# XES, OCEL, pm4py

TABLES = {
    "cases": pl.DataFrame(
        {
            "case_id": ["A-1", "A-2"],
            "playbook": ["interview-aftercare"] * 2,
            "client_id": ["青葉", "若葉"],
            "opening_id": ["O-1", None],
            "subject": ["佐藤　昇", "髙橋 <花> & Co"],
            "joins_on": ["2026-04-01", None],
        }
    ),
    "events": pl.DataFrame(
        {
            "case_id": ["A-1", "A-1", "A-2"],
            "activity": ["applied", "first_interview_held", "applied"],
            "timestamp": ["2026-01-05", "2026-01-09T10:00:00+09:00", "2026-01-06T01:30:00.250000+09:00"],
            "resource": ["高橋", None, "鈴木"],
            "note": [None, "一行目\n二行目", None],
        }
    ),
    "clients": pl.DataFrame({"client_id": ["青葉", "若葉"], "name": ["青葉商事", "若葉"]}),
    "openings": pl.DataFrame({"opening_id": ["O-1"], "title": ["営業"], "recruitment_closes_on": ["2026-03-01"]}),
}


def without_ids(frame: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(frame.select(columns).rows(), key=str)


@pytest.mark.parametrize(("write", "name"), [(export_xes, "log.xes"), (export_ocel, "log.json")])
def test_a_log_that_goes_out_comes_back(tmp_path, write, name):
    """Cases, their columns and events survive a round trip; the same tables give the same bytes."""
    write(TABLES, tmp_path / name)
    first = (tmp_path / name).read_bytes()
    write(TABLES, tmp_path / name)
    assert (tmp_path / name).read_bytes() == first
    back = import_files([tmp_path / name]).tables
    cases = ("case_id", "playbook", "client_id", "opening_id", "subject", "joins_on")
    assert without_ids(back["cases"], *cases) == without_ids(TABLES["cases"], *cases)
    events = ("case_id", "activity", "resource", "note")
    assert without_ids(back["events"], *events) == without_ids(TABLES["events"], *events)
    days = [text[:10] for text in back["events"].sort("timestamp")["timestamp"]]
    assert days == ["2026-01-05", "2026-01-06", "2026-01-09"]


def test_clients_and_openings_come_back_from_ocel(tmp_path):
    """Objects that are no cases become the tables they came from."""
    export_ocel(TABLES, tmp_path / "log.json")
    back = import_files([tmp_path / "log.json"]).tables
    assert without_ids(back["clients"], "client_id", "name") == [("若葉", "若葉"), ("青葉", "青葉商事")]
    assert without_ids(back["openings"], "opening_id", "recruitment_closes_on") == [("O-1", "2026-03-01")]


XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xmlns="http://www.xes-standard.org/" xes.version="1.0">
 <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
 <global scope="event"><string key="concept:name" value="?"/></global>
 <trace><string key="concept:name" value="1"/><string key="client" value="青葉"/>
  <event><string key="concept:name" value="interview"/><string key="lifecycle:transition" value="start"/>
   <date key="time:timestamp" value="2026-01-04T16:30:00.000+00:00"/></event>
  <event><string key="concept:name" value="interview"/><string key="lifecycle:transition" value="complete"/>
   <date key="time:timestamp" value="2026-01-04T17:30:00.000Z"/><string key="org:resource" value="高橋"/>
   <int key="cost" value="3"/></event>
 </trace>
 <trace><string key="concept:name" value="2"/></trace>
</log>
"""


@pytest.mark.parametrize("packed", [False, True])
def test_an_xes_log_of_others_is_read(tmp_path, packed):
    """Plain or gzipped: UTC becomes the local day, a start is an activity of its own, attributes are kept, empty
    traces are cases.
    """
    path = tmp_path / ("log.xes.gz" if packed else "log.xes")
    path.write_bytes(gzip.compress(XES.encode("utf-8")) if packed else XES.encode("utf-8"))
    found = import_files([path], mapping_from({"playbook": "p", "source": [{"file": "*", "format": "xes"}]}))
    assert found.tables["cases"].select("case_id", "playbook", "client").rows() == [
        ("1", "p", "青葉"),
        ("2", "p", None),
    ]
    assert found.tables["events"].select("case_id", "activity", "timestamp", "resource", "cost").rows() == [
        ("1", "interview:start", "2026-01-05T01:30:00+09:00", None, None),
        ("1", "interview", "2026-01-05T02:30:00+09:00", "高橋", "3"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        XES[:400],
        "<html></html>",
        "not xml",
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><log><trace><string key="concept:name" value="&a;"/></trace></log>',
    ],
)
def test_a_log_that_is_no_xes_is_one_message(tmp_path, text):
    """A truncated log, another document, and one with entities are refused."""
    with pytest.raises(WorkspaceError, match="is no XES log that can be read"):
        import_files([saved(tmp_path / "log.xes", text)])


def test_an_object_centric_log_needs_a_type_of_case(tmp_path):
    """Where several types could be the cases, a person must say which; an event of two cases is an event of each."""
    log = {
        "objectTypes": [{"name": "offer", "attributes": []}, {"name": "desk", "attributes": []}],
        "eventTypes": [{"name": "sent", "attributes": []}],
        "objects": [
            {"id": "o1", "type": "offer", "attributes": [{"name": "fee", "time": "2026-01-01T00:00:00Z", "value": 1},
                                                          {"name": "fee", "time": "2026-02-01T00:00:00Z", "value": 2}]},
            {"id": "o2", "type": "offer", "attributes": []},
            {"id": "d1", "type": "desk", "attributes": []},
        ],
        "events": [
            {"id": "e1", "type": "sent", "time": "2026-01-04T16:30:00Z", "attributes": [],
             "relationships": [{"objectId": one, "qualifier": "x"} for one in ("o1", "o2", "d1", "gone")]},
        ],
    }  # fmt: skip
    path = saved(tmp_path / "log.json", log)
    with pytest.raises(WorkspaceError, match="which type of objects are the cases is not known: offer, desk"):
        import_files([path])
    source = {"file": "*.json", "format": "ocel", "case": "offer"}
    found = import_files([path], mapping_from({"playbook": "p", "source": [source]}))
    assert found.tables["events"].select("case_id", "timestamp", "desk").rows() == [
        ("o1", "2026-01-05T01:30:00+09:00", "d1"),
        ("o2", "2026-01-05T01:30:00+09:00", "d1"),
    ]
    assert found.tables["cases"].select("case_id", "fee").rows() == [("o1", "2"), ("o2", None)]
    with pytest.raises(WorkspaceError, match="there are no objects of the type 'person'"):
        import_files([path], mapping_from({"playbook": "p", "source": [{**source, "case": "person"}]}))


def test_the_names_of_pm4py_go_out_and_come_back(tmp_path):
    """A frame with pm4py's names gives the tables again; a CSV with those names is read without a mapping."""
    frame = to_pm4py(TABLES)
    assert {"case:concept:name", "concept:name", "time:timestamp", "org:resource", "case:client_id"} <= set(
        frame.columns
    )
    back = from_pm4py(frame)
    assert without_ids(back["cases"], "case_id", "client_id") == without_ids(TABLES["cases"], "case_id", "client_id")
    assert len(back["events"]) == 3
    frame.with_columns(pl.col("time:timestamp").dt.to_string()).write_csv(tmp_path / "log.csv")
    read = import_files([tmp_path / "log.csv"]).tables
    assert without_ids(read["events"], "case_id", "activity") == without_ids(TABLES["events"], "case_id", "activity")
    with pytest.raises(WorkspaceError, match="there is no column time:timestamp"):
        from_pm4py(frame.drop("time:timestamp"))


def test_a_json_file_that_is_none_of_them_is_one_message(tmp_path):
    """Truncated JSON names its line; JSON of something else names what could be imported."""
    with pytest.raises(WorkspaceError, match="line 1, column"):
        import_files([saved(tmp_path / "a.json", '{"records": [')])
    with pytest.raises(WorkspaceError, match="no known JSON export"):
        import_files([saved(tmp_path / "a.json", [1, 2])])
    with pytest.raises(WorkspaceError, match="cannot be read as JSON"):
        import_files([saved(tmp_path / "a.json", "[" * 100_000)])
    with pytest.raises(WorkspaceError, match="looks like kintone, not like lever"):
        source = [{"file": "*", "format": "lever"}]
        import_files([saved(tmp_path / "a.json", {"records": []})], mapping_from({"playbook": "p", "source": source}))


# What each system means by what it writes

NUMBERED = """
    レコードの開始行,レコード番号,応募者,受付日,実施日,区分,面談者
    *,1,佐藤　昇,2026/4/1,2026/4/8,カジュアル面談,高橋
    ,,,,2026/4/20,カジュアル面談,
    ,,,,,一次面接,鈴木
    *,2,髙橋 花,2026/4/2,2026/4/9,カジュアル面談,高橋
"""


def test_a_line_without_a_day_has_none(tmp_path):
    """kintone: a value that repeats by chance belongs to its line all the same, and no day is filled down to a line."""
    path = saved(tmp_path / "案件.csv", dedent(NUMBERED).lstrip())
    activity = {
        "column": "区分",
        "values": {"カジュアル面談": "casual_meeting_held", "一次面接": "first_interview_held"},
    }
    source = {
        "file": "*",
        "cases": {"case_id": "レコード番号", "subject": "応募者"},
        "stages": {"受付日": "applied"},
        "events": {"activity": activity, "timestamp": "実施日", "resource": "面談者"},
    }
    found = import_files([path], mapping_from({"playbook": "interview-aftercare", "source": [source]}))
    events = found.tables["events"].sort("case_id", "timestamp")
    assert events.select("case_id", "activity", "timestamp").rows() == [
        ("1", "applied", "2026-04-01"),
        ("1", "casual_meeting_held", "2026-04-08"),
        ("1", "casual_meeting_held", "2026-04-20"),
        ("2", "applied", "2026-04-02"),
        ("2", "casual_meeting_held", "2026-04-09"),
    ]
    assert found.quarantine.select("row", "code").rows() == [(4, "missing_value")]


def test_of_the_versions_of_an_offer_the_one_in_force_counts(tmp_path):
    """Greenhouse: a deprecated version is not the offer, however it is ordered; its joining day is nobody's."""
    offer = {"id": 7, "application_id": 55, "resolved_at": None, "status": "unresolved"}
    versions = [
        {**offer, "version": 3, "sent_at": "2026-04-09", "starts_at": "2026-07-01"},
        {**offer, "version": 2, "sent_at": "2026-04-02", "starts_at": "2026-06-01", "status": "deprecated"},
    ]
    found = import_files([saved(tmp_path / "offers.json", versions)])
    assert found.tables["cases"].select("case_id", "joins_on").rows() == [("55", "2026-07-01")]
    assert found.tables["events"].select("activity", "timestamp").rows() == [("offer_made", "2026-04-09")]


def test_without_the_reasons_nobody_is_rejected(tmp_path):
    """Lever: who ended it stands in the text of the reason; without the list it is left open, and the list is named."""
    ended = {"archivedAt": 1767571200000, "reason": "r-2"}
    people = saved(tmp_path / "opportunities.json", {"data": [opportunity(1, [("s-1", 1767571200000)], ended)]})
    found = import_files([people])
    assert set(found.tables["events"]["activity"]) == {"applied", "s-1"}
    assert found.quarantine.select("value", "code").rows() == [("r-2", "unmatched")]
    assert any("lever.archive_reasons" in text for text in found.report.doubts["ja"])
    strange = {"data": [{"id": "r-2", "text": "Timing", "status": "active"}]}
    found = import_files([people, saved(tmp_path / "reasons.json", strange)])
    assert found.quarantine.select("value", "code").rows() == [("r-2", "unmapped_value")]


def test_a_pipeline_of_opencats_that_moves_back_is_open_again(tmp_path):
    """A move from a state that ends to one that does not is a return to the selection."""
    text = """
        candidate_joborder_status_history_id,candidate_id,joborder_id,date,status_from,status_to,site_id
        1,5,7,2026-04-01 09:00:00,0,400,1
        2,5,7,2026-04-08 09:00:00,400,700,1
        3,5,7,2026-04-10 09:00:00,700,500,1
        4,6,7,2026-04-01 09:00:00,500,400,1
    """
    found = import_files([saved(tmp_path / "history.csv", dedent(text).lstrip())])
    back = found.tables["events"].filter(pl.col("activity") == "returned_to_selection")
    assert back.select("case_id", "timestamp").rows() == [("5-7", "2026-04-10T09:00:00+09:00")]


def test_a_log_with_the_names_of_pm4py_is_read_like_xes(tmp_path):
    """What is not complete is another activity, and the columns of the case stay with the case."""
    text = """
        case:concept:name,concept:name,time:timestamp,lifecycle:transition,case:region
        A-1,first_interview_held,2026-04-01T10:00:00+09:00,start,関西
        A-1,first_interview_held,2026-04-01T11:00:00+09:00,COMPLETE,関西
        A-2,first_interview_held,2026-04-09T11:00:00+09:00,schedule,関東
    """
    tables = import_files([saved(tmp_path / "log.csv", dedent(text).lstrip())]).tables
    assert sorted(tables["events"]["activity"]) == [
        "first_interview_held",
        "first_interview_held:schedule",
        "first_interview_held:start",
    ]
    assert tables["cases"].select("case_id", "region").rows() == [("A-1", "関西"), ("A-2", "関東")]


def test_an_old_object_centric_log_is_named_as_such(tmp_path):
    """OCEL 1.0 is not read, and the message says what it is and what to do."""
    with pytest.raises(WorkspaceError, match="is an OCEL 1.0 log; allowed: an OCEL 2.0 log in JSON"):
        import_files([saved(tmp_path / "log.jsonocel", {"ocel:global-log": {}, "ocel:events": {}})])
