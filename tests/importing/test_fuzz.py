"""Any bytes under any name: a readable message or a quarantine, never a traceback, and no row is lost."""

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from thinned import tries

from playbook.importing import Imported, export_ocel, export_xes, import_files, mapping_from, write_workspace
from playbook.words.problem import WorkspaceError

MAPPING = mapping_from(
    {
        "playbook": "p",
        "source": [
            {
                "file": "*",
                "format": "table",
                "cases": {"case_id": "ID", "subject": {"column": "氏名", "optional": True}, "keep": ["*"]},
                "stages": {"応募日": "applied"},
            }
        ],
    }
)
ANY = mapping_from(
    {"playbook": "p", "source": [{"file": "*", "cases": {"case_id": "ID"}, "stages": {"応募日": "applied"}}]}
)


def tried(path: Path, mapping=MAPPING) -> Imported | None:
    """What a file becomes; None where it is refused with a message that names it."""
    try:
        return import_files([path], mapping)
    except WorkspaceError as error:
        assert path.name in str(error)
        assert len(str(error)) < 20_000
        return None


def holds(found: Imported) -> None:
    """The counts that must hold of any import."""
    for counts in (found.report.files, found.report.tables):
        assert (counts["read"] == counts["accepted"] + counts["quarantined"]).all()
    refused = int(found.report.files["quarantined"].sum()) + int(found.report.tables["quarantined"].sum())
    assert refused == len(found.quarantine)
    assert not found.quarantine["code"].is_null().any()


@given(
    st.binary(max_size=300),
    st.sampled_from(["a.csv", "a.tsv", "a.xlsx", "a.xls", "a.parquet", "a.json", "a.xes", "a.sql"]),
)
@settings(max_examples=tries(6, 250), deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path_factory, data, name):
    """Random bytes under each ending end in a message or in tables whose counts hold."""
    path = tmp_path_factory.mktemp("fuzz") / name
    path.write_bytes(data)
    if (found := tried(path)) is not None:
        holds(found)


CELLS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            "",
            "1",
            "A-1",
            "2026/1/5",
            "R8.1.5",
            "46027",
            "1/2/26",
            "13/1/2026",
            "=1+1",
            "なし",
            "\0",
            '"',
            "\ue000",
            "３日",
        ]
    ),
)


@given(
    st.lists(st.lists(CELLS, min_size=0, max_size=5), max_size=12),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp932"]),
)
@settings(max_examples=tries(6, 250), deadline=None)
def test_no_row_of_a_list_is_lost(tmp_path_factory, rows, encoding):
    """Whatever the cells, every line is accepted or quarantined, each with a reason; writing it twice changes nothing."""
    folder = tmp_path_factory.mktemp("fuzz")
    text = "\n".join(["ID,氏名,応募日", *(",".join(row) for row in rows)])
    (folder / "a.csv").write_bytes(text.encode(encoding, "replace"))
    found = tried(folder / "a.csv")
    if found is None:
        return
    holds(found)
    write_workspace(found, folder / "ws")
    first = {path.name: path.read_bytes() for path in (folder / "ws").glob("*.csv")}
    write_workspace(found, folder / "ws")
    assert {path.name: path.read_bytes() for path in (folder / "ws").glob("*.csv")} == first


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["type", "value", "id", "name", "record", "records", "data", "stage", "x"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


def _given_by(value: object) -> dict[str, object]:
    return {"id": "1", "type": "case", "attributes": value, "relationships": value}


SHAPES = st.sampled_from(
    [
        lambda x: {"records": [{"ID": {"type": "SUBTABLE", "value": x}, "応募日": {"type": "DATE", "value": x}}]},
        lambda x: {"records": [{"ID": {"type": "USER_SELECT", "value": [x]}, "応募日": x}, x]},
        lambda x: {"data": [{"id": x, "stageChanges": x, "archived": x, "createdAt": x}]},
        lambda x: [{"candidate_id": x, "applied_at": x, "status": "rejected", "jobs": x, "rejection_reason": x}],
        lambda x: [{"application_id": x, "start": x, "interview": x, "status": "complete"}, x],
        lambda x: {
            "objectTypes": [],
            "eventTypes": [],
            "objects": [{"id": x, "type": "case", "attributes": x}],
            "events": [x],
        },
        lambda x: {"objectTypes": [], "eventTypes": [], "objects": [x], "events": [{"relationships": x, "type": x}]},
        lambda x: x,
    ]
)


@given(JSON, SHAPES)
@example(True, lambda x: {"objectTypes": [], "eventTypes": [], "events": [], "objects": [_given_by(x)]})
@settings(max_examples=tries(6, 250), deadline=None)
def test_any_json_is_read_or_refused(tmp_path_factory, value, shape):
    """Records of every system with anything in the place of any value end in a message or in tables whose counts hold."""
    path = tmp_path_factory.mktemp("fuzz") / "a.json"
    path.write_text(json.dumps(shape(value)), encoding="utf-8")
    for mapping in (None, ANY):
        if (found := tried(path, mapping)) is not None:
            holds(found)


def workbook() -> bytes:
    packed = io.BytesIO()
    pl.DataFrame({"ID": ["1", "2"], "応募日": ["2026/1/5", "x"]}).write_excel(packed)
    return packed.getvalue()


def log(write) -> bytes:
    import tempfile

    cases = pl.DataFrame({"case_id": ["1"], "playbook": ["p"]})
    events = pl.DataFrame({"case_id": ["1"], "activity": ["applied"], "timestamp": ["2026-01-05"]})
    with tempfile.TemporaryDirectory() as folder:
        write({"cases": cases, "events": events}, Path(folder) / "log")
        return (Path(folder) / "log").read_bytes()


@pytest.mark.parametrize(
    ("name", "make"),
    [("a.xlsx", workbook), ("a.xes", lambda: log(export_xes)), ("a.json", lambda: log(export_ocel))],
)
def test_a_file_cut_or_changed_anywhere_is_read_or_refused(tmp_path, name, make):
    """A workbook or a log that is truncated, or in which a byte is another, is read or refused, at every place."""
    whole = make()
    draw = random.Random(1)
    for _ in range(40):
        at = draw.randrange(len(whole))
        broken = whole[:at] if draw.random() < 0.5 else whole[:at] + bytes([draw.randrange(256)]) + whole[at + 1 :]
        (tmp_path / name).write_bytes(broken)
        for mapping in (None, ANY):
            if (found := tried(tmp_path / name, mapping)) is not None:
                holds(found)


def test_a_packed_workbook_that_would_fill_the_memory_is_refused(tmp_path):
    """A few kilobytes that unpack to a sheet of a billion cells are one message, at once."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook())
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        b'ref="A1:B3"', b'ref="A1:XFD1048576"'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    with pytest.raises(WorkspaceError, match="a sheet reaches to cell XFD1048576"):
        import_files([path], ANY)


def test_nine_megabytes_in_one_cell_are_refused_alone(tmp_path):
    """One cell of 9 MB is quarantined with its row; the row below it is imported. Longer lines are no lines."""
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("ID,氏名,応募日\n1,")
        for _ in range(9):
            file.write("x" * 1_000_000)
        file.write(",2026/1/5\n2,佐藤,2026/1/6\n")
    found = import_files([path], MAPPING)
    holds(found)
    assert found.tables["cases"]["case_id"].to_list() == ["2"]
    assert found.quarantine.select("row", "code").rows() == [(2, "cell_too_long")]
