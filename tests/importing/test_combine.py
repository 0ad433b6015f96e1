"""The same id written in two ways is one, and is told; what may be two people stays two."""

from __future__ import annotations

import tomllib
from pathlib import Path

from playbook.importing import Imported, import_files, mapping_from

MAPPING = mapping_from(
    tomllib.loads("""
    playbook = "interview-aftercare"

    [[source]]
    file = "people.csv"
    [source.cases]
    case_id = "ID"
    subject = "氏名"
    [source.stages]
    "応募日" = "applied"

    [[source]]
    file = "history.csv"
    [source.cases]
    case_id = "ID"
    [[source.events]]
    activity = { column = "状態", values = { "内定" = "offer_made", "不採用" = "rejected" } }
    timestamp = "日"
""")
)


def combined(folder: Path, people: str, history: str) -> Imported:
    (folder / "people.csv").write_text(f"ID,氏名,応募日\n{people}\n", encoding="utf-8")
    (folder / "history.csv").write_text(f"ID,状態,日\n{history}\n", encoding="utf-8")
    return import_files([folder / "people.csv", folder / "history.csv"], MAPPING)


def test_forms_of_a_character_match_between_files(tmp_path: Path) -> None:
    """髙 and 高, 〜 and ～ in an id of two files are one case, whose events come together; the report says so."""
    found = combined(tmp_path, "髙1〜A,佐野 光,2026/4/1", "高1～A,内定,2026/4/20")
    assert found.tables["cases"].height == 1
    assert found.tables["events"]["case_id"].n_unique() == 1
    assert "表記の違う同じIDを1件そろえました" in found.report.say("ja")


def test_forms_of_a_character_in_one_file_are_two_people(tmp_path: Path) -> None:
    """Where one list has both spellings nobody knows whether they are one: they stay two, and a doubt is told."""
    found = combined(tmp_path, "髙1,佐野 光,2026/4/1\n高1,西 和,2026/4/2", "高1,内定,2026/4/20")
    assert sorted(found.tables["cases"]["subject"]) == ["佐野 光", "西 和"]
    assert found.tables["events"].filter(activity="offer_made")["case_id"].to_list() == ["高1"]
    assert ["字体だけが違う" in text for text in found.report.doubts["ja"]] == [True]


def test_other_names_are_never_alike(tmp_path: Path) -> None:
    """斎藤 and 斉藤 are two names, and capitals tell ids apart."""
    found = combined(tmp_path, "斎藤,佐野 光,2026/4/1\na-1,西 和,2026/4/2", "斉藤,内定,2026/4/20\nA-1,不採用,2026/4/21")
    assert found.tables["cases"].height == 4


def test_a_made_id_outlives_a_corrected_form(tmp_path: Path) -> None:
    """Where the id is made of the name, 髙橋 corrected to 高橋 is the same person."""
    mapping = mapping_from(
        tomllib.loads("""
        playbook = "interview-aftercare"
        [[source]]
        file = "people.csv"
        [source.cases]
        case_id = { made_of = ["氏名"] }
        subject = "氏名"
    """)
    )
    ids = []
    for name in ("髙橋 﨑子", "高橋 崎子"):
        (tmp_path / "people.csv").write_text(f"氏名,応募日\n{name},2026/4/1\n", encoding="utf-8")
        ids.append(import_files([tmp_path / "people.csv"], mapping).tables["cases"]["case_id"].item())
    assert ids[0] == ids[1]
