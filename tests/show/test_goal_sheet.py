"""The goal sheet as an Excel form: what is written is read back, what cannot be used is named."""

from __future__ import annotations

import warnings
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from polars.testing import assert_frame_equal
from thinned import tries

from playbook.cli import main
from playbook.show.goal_sheet import COLUMNS, STATUSES, TRACKS, goal_sheet_bytes, read_goal_sheet, write_goal_sheet
from playbook.words.problem import ArgumentError, WorkspaceError
from playbook.words.text import Lang

CASE = {"case_id": "P-1", "client": "青葉精機", "subject": "森田 健", "position": "生産管理部長",
        "joins_on": date(2026, 5, 11), "mission": "納期を守れる工場にする"}  # fmt: skip
SCHEMA = {"milestone": pl.String, "track": pl.String, "starts_on": pl.Date, "due_on": pl.Date, "achieved_on": pl.Date,
          "status": pl.String, "evidence": pl.String, "note": pl.String}  # fmt: skip
GOALS = pl.DataFrame(
    [
        ("遅れの原因を表にする", "issue", date(2026, 5, 11), date(2026, 6, 30), date(2026, 6, 25), "achieved",
         "原因表", None),
        ("各課長と月に一度話す", "hire", None, date(2026, 11, 30), None, "at_risk", None, "一行目\n二行目"),
        ("=1+1", None, None, None, None, "社長と相談中", "@x", "001"),
    ],
    schema=SCHEMA,
    orient="row",
)  # fmt: skip


def edited(path: Path, **cells: Any) -> Path:
    """The form with some cells typed over, by their address."""
    book = load_workbook(path)
    for address, value in cells.items():
        book.worksheets[0][address] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EncodingWarning)  # openpyxl's temporary file
        book.save(path)
    return path


def form(folder: Path, goals: pl.DataFrame = GOALS, lang: Lang = "ja") -> Path:
    """A form with some goals."""
    path = folder / "form.xlsx"
    write_goal_sheet(path, CASE, goals, lang)
    return path


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_form_reads_back_as_it_was(tmp_path: Path, lang: Lang) -> None:
    """Goals, days, lines and texts that look like formulas come back as they went, in either language."""
    read = read_goal_sheet(form(tmp_path, lang=lang))
    expected = GOALS.select(pl.lit("P-1").alias("case_id"), *COLUMNS)
    assert_frame_equal(read.milestones, expected)
    assert read.about["subject"] == "森田 健"
    assert read.about["joins_on"] == "2026-05-11"


TEXTS = st.none() | st.text(
    st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\x00"), min_size=1, max_size=20
).filter(lambda text: text.strip() != "")  # fmt: skip
WORDS = TEXTS.filter(lambda text: text is not None)
DAYS = st.none() | st.dates(date(1868, 10, 23), date(2099, 12, 31))


@settings(max_examples=tries(12, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(WORDS, st.none() | st.sampled_from(TRACKS), DAYS, DAYS, DAYS,
                  st.none() | st.sampled_from(STATUSES), TEXTS, TEXTS),
        max_size=6, unique_by=lambda row: row[0],
    )
)  # fmt: skip
@example([("_x0041_", "issue", date(1900, 1, 1), None, None, None, "a\r\nb", "\t'=x")])
def test_nothing_is_lost(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    """Whatever a goal holds that a cell of Excel can hold comes back."""
    goals = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    read = read_goal_sheet(form(tmp_path, goals)).milestones
    assert_frame_equal(read, goals.select(pl.lit("P-1").alias("case_id"), *COLUMNS))


def test_columns_of_ones_own_go_along(tmp_path: Path) -> None:
    """A column of one's own is written to the right and read back, even under a head the form has already."""
    goals = GOALS.with_columns(pl.Series("重み", ["3", None, "1"]), pl.Series("備考", ["a", "b", None]))
    read = read_goal_sheet(form(tmp_path, goals)).milestones
    assert read["重み"].to_list() == ["3", None, "1"]
    assert read["備考"].to_list() == ["a", "b", None]
    assert read["note"].to_list() == GOALS["note"].to_list()


def test_an_empty_form_is_ready_to_be_filled(tmp_path: Path) -> None:
    """Without goals there is a form with drop-downs, days checked and room to write, that reads as no goals."""
    path = tmp_path / "empty.xlsx"
    write_goal_sheet(path, CASE)
    assert read_goal_sheet(path).milestones.height == 0
    rules = load_workbook(path).worksheets[0].data_validations.dataValidation
    assert sorted(rule.type for rule in rules) == ["date", "date", "date", "list", "list"]
    lists = {rule.formula1 for rule in rules if rule.type == "list"}
    assert lists == {'"経営課題,本人の目標"', '"計画中,順調,要注意,達成,取りやめ"'}
    filled = edited(path, A16="経営課題", B16="在庫表を作る", D16="R8.12.1", F16="順調")
    assert read_goal_sheet(filled).milestones.to_dicts() == [
        {"case_id": "P-1", "track": "issue", "milestone": "在庫表を作る", "starts_on": None,
         "due_on": date(2026, 12, 1), "achieved_on": None, "status": "on_track", "evidence": None, "note": None}
    ]  # fmt: skip


def test_days_typed_or_chosen_are_days(tmp_path: Path) -> None:
    """A day as Excel keeps it, as text and in the Japanese era is the same day."""
    path = edited(form(tmp_path), C15=datetime(2026, 5, 12), C16="2026/5/12", C17="令和8年5月12日")
    assert read_goal_sheet(path).milestones["starts_on"].to_list() == [date(2026, 5, 12)] * 3


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    """An unknown track, an unreadable day, a goal without words and a goal twice are named with their rows."""
    path = edited(form(tmp_path), A15="会社", C15="来週", B16=None, B17="遅れの原因を表にする")
    with pytest.raises(WorkspaceError) as error:
        read_goal_sheet(path)
    assert [str(problem) for problem in error.value.problems] == [
        "form.xlsx, row 15, '軸': found '会社'; allowed: 経営課題, 本人の目標",
        "form.xlsx, row 15, '開始日': found '来週'; allowed: a day such as 2026/4/1",
        "form.xlsx, row 16, '目標・節目': a goal without words; allowed: what is to be achieved, in words",
        "form.xlsx, row 17, '目標・節目': the same goal as in row 15; allowed: every goal once",
    ]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", "軸,目標\n".encode("cp932")])
def test_what_is_no_form_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is no workbook is one clear error."""
    path = tmp_path / "broken.xlsx"
    path.write_bytes(content)
    with pytest.raises(WorkspaceError, match=r"broken\.xlsx: is not a workbook that can be read"):
        read_goal_sheet(path)


def test_a_form_without_table_or_case_is_refused(tmp_path: Path) -> None:
    """A workbook without the heads, and a form that names no case, are one clear error each."""
    path = form(tmp_path)
    with pytest.raises(WorkspaceError, match="the form names no case"):
        read_goal_sheet(edited(path, B2=None))
    with pytest.raises(WorkspaceError, match="holds no table of goals"):
        read_goal_sheet(edited(path, A14="x"))
    with pytest.raises(WorkspaceError, match=r"gone\.xlsx: cannot be read"):
        read_goal_sheet(tmp_path / "gone.xlsx")


def test_a_text_no_cell_holds_is_refused() -> None:
    """A text longer than a cell of Excel is refused, not cut."""
    with pytest.raises(ArgumentError, match="a text of 40000 characters; allowed: at most 32767"):
        goal_sheet_bytes(CASE, GOALS.with_columns(note=pl.lit("あ" * 40_000)))


def test_the_same_goals_give_the_same_bytes() -> None:
    """A form written twice is the same file, and prints on landscape A4 with its heads on each page."""
    assert goal_sheet_bytes(CASE, GOALS) == goal_sheet_bytes(CASE, GOALS)
    sheet = load_workbook(BytesIO(goal_sheet_bytes(CASE, GOALS))).worksheets[0]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$14:$14"


def test_the_head_of_a_form_goes_into_its_case(tmp_path: Path) -> None:
    """A case that is there gets what the head says, and keeps the rest and its playbook; one that is not is made."""
    bank, sheet = tmp_path / "bank", tmp_path / "sheet.xlsx"
    bank.mkdir()
    kept = (
        "case_id,playbook,client_id,subject,mission\nP-1,our-followup,K-1,田中 遥,前の役目\nP-9,placement-followup,,,\n"
    )
    (bank / "cases.csv").write_text(kept, encoding="utf-8")
    (bank / "events.csv").write_text("case_id,activity,timestamp\n", encoding="utf-8")

    def imported(case: dict[str, str]) -> dict[str, dict[str, str | None]]:
        write_goal_sheet(sheet, case)
        assert main(["import", str(sheet), "-o", str(bank)]) == 0
        rows = pl.read_csv(bank / "cases.csv", infer_schema=False).to_dicts()
        return {
            row["case_id"]: {key: value for key, value in row.items() if value and key != "recorded_at"} for row in rows
        }

    head = {"case_id": "P-1", "client": "青葉精機", "mission": "後継者を支える", "hire_goal": "業務をおぼえる",
            "goal_period": "6か月"}  # fmt: skip
    assert imported(head)["P-1"] == {
        "case_id": "P-1", "playbook": "our-followup", "client_id": "K-1", "subject": "田中 遥", "mission": "後継者を支える",
        "hire_goal": "業務をおぼえる", "goal_period": "6か月",
    }  # fmt: skip
    found = imported({"case_id": "P-2", "subject": "森 明", "joins_on": "2026-04-01"})
    assert found["P-2"] == {
        "case_id": "P-2", "playbook": "placement-followup", "subject": "森 明", "joins_on": "2026-04-01",
    }  # fmt: skip
    assert list(found) == ["P-1", "P-9", "P-2"] and found["P-1"]["mission"] == "後継者を支える"


def test_a_filled_form_goes_into_the_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`playbook import` knows a goal sheet: its goals become milestones; again, or corrected, nothing is doubled."""
    assert main(["init", str(tmp_path / "bank"), "--sheet"]) == 0
    sheet, bank = tmp_path / "bank" / "目標管理シート.xlsx", str(tmp_path / "bank")

    def imported(status: str) -> list[dict[str, str]]:
        goals = pl.DataFrame([("hire", "業務をおぼえる", status), ("issue", "=棚卸し", "planned")], orient="row",
                             schema=["track", "milestone", "status"])  # fmt: skip
        write_goal_sheet(sheet, {"case_id": "P-1"}, goals)
        assert main(["import", str(sheet), "-o", bank]) == 0
        rows = pl.read_csv(tmp_path / "bank" / "milestones.csv", infer_schema=False)
        rows = rows.unique("milestone", keep="last").sort("milestone")  # the version that stands
        return rows.select("case_id", "milestone", "track", "status").to_dicts()

    first = imported("on_track")
    assert [row["status"] for row in first] == ["planned", "on_track"]
    assert imported("on_track") == first
    assert [(row["case_id"], row["track"], row["status"]) for row in imported("achieved")] == [
        ("P-1", "issue", "planned"),
        ("P-1", "hire", "achieved"),
    ]
    write_goal_sheet(sheet, {}, None)
    assert main(["import", str(sheet), "-o", bank, "--lang", "en"]) == 2
    assert "the form names no case" in capsys.readouterr().err
