"""The list that answers back: whatever people do to it in a spreadsheet, what they chose comes in as they meant it."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from the_sample import sample
from thinned import thinned, tries

import playbook as pb
from playbook.cli import main
from playbook.clock.judged import Judged
from playbook.importing.answered import Answered, lists_in, read_list, write_answers
from playbook.rules.choices import Choice, choices
from playbook.show.answer_list import ANSWER, DAY, FIRST_ROW, KEY, NOTE, RowKey, weekly_book
from playbook.tables.samples import samples
from playbook.words.problem import ArgumentError
from playbook.words.text import LANGS, Lang

AS_OF, TAKEN = date(2026, 11, 20), datetime(2026, 11, 24, 8, 30, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.fixture(scope="module")
def judged() -> Judged:
    """The sample on the day of its list."""
    return sample().judged(AS_OF)


def opened(judged: Judged, lang: Lang = "ja") -> tuple[Worksheet, dict[str, int]]:
    """The list of everything open, and where its columns are."""
    sheet = load_workbook(BytesIO(weekly_book(judged.open, judged.playbooks, lang))).worksheets[0]
    heads = {str(cell.value): cell.column for cell in sheet[FIRST_ROW]}
    wanted = {"answer": ANSWER, "day": DAY, "note": NOTE, "key": KEY}
    return sheet, {name: heads[text.say(lang)] for name, text in wanted.items()}


def offered(judged: Judged, key: RowKey) -> tuple[Choice, ...]:
    """What can be said of the action of a row."""
    books = dict(judged.log.cases.select("case_id", "playbook").rows())
    book = next(one for one in judged.playbooks if one.id == books[key.case_id])
    return choices(book, book.rule(key.rule_id))


def saved(sheet: Worksheet, folder: Path, name: str = "list.xlsx") -> Path:
    """The list as it is given back."""
    assert sheet.parent is not None
    sheet.parent.save(folder / name)
    return folder / name


@pytest.mark.parametrize(
    ("seed", "lang"), thinned([(seed, lang) for seed in range(tries(3, 70)) for lang in LANGS])
)  # all: more than ten thousand answers
def test_random_answers_survive_the_trip(judged: Judged, tmp_path: Path, lang: Lang, seed: int) -> None:
    """Sorted, thinned out, with columns of one's own between: every answer comes in, and nothing else does."""
    chance = random.Random(seed)
    sheet, at = opened(judged, lang)
    expected: set[tuple[str, ...]] = set()
    rows = []
    for number in range(FIRST_ROW + 1, sheet.max_row + 1):
        key = RowKey.read(str(sheet.cell(number, at["key"]).value))
        choice = chance.choice(offered(judged, key))
        if chance.random() < 0.8:
            day = AS_OF - timedelta(days=chance.randrange(5)) if choice.says in ("done", "closed") else None
            day = AS_OF + timedelta(days=chance.randrange(5, 40)) if choice.says in ("later", "waiting_on") else day
            note = chance.choice(["", "電話で確認", "=1+1", "@home"])
            sheet.cell(number, at["answer"]).value = choice.name.say(lang)
            sheet.cell(number, at["day"]).value = chance.choice([day, day and day.strftime("%Y/%m/%d")])
            sheet.cell(number, at["note"]).value = note
            sheet.cell(number, at["note"]).data_type = "s"
            if chance.random() < 0.9:
                expected.add((key.case_id, key.rule_id, choice.says, choice.of, str(day or ""), note, key.trigger_at))
                rows.append([cell.value for cell in sheet[number]])
                continue
        elif chance.random() < 0.5:
            rows.append([cell.value for cell in sheet[number]])
    chance.shuffle(rows)
    sheet.delete_rows(FIRST_ROW + 1, sheet.max_row)
    for row in rows:
        sheet.append(row)
    for cells in sheet.iter_rows(min_row=FIRST_ROW + 1):
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    sheet.insert_cols(2)
    found = read_list(saved(sheet, tmp_path), judged, TAKEN)
    assert found.refused.to_dicts() == []
    said = {
        (row["case_id"], row["rule_id"], "waiting_on" if row["waiting_on"] else row["answer"], row["waiting_on"] or "",
         row["until"] or "", row["note"] or "", row["trigger_at"])
        for row in found.answers.iter_rows(named=True)
    }  # fmt: skip
    assert said == {one for one in expected if one[2] not in ("done", "closed")}
    events = {(row["case_id"], row["activity"], row["timestamp"], row["note"] or "") for row in found.events.to_dicts()}
    assert events == {(one[0], one[3], one[4], one[5]) for one in expected if one[2] in ("done", "closed")}


def test_reading_a_list_twice_adds_nothing(judged: Judged, tmp_path: Path) -> None:
    """The first reading writes what is new; the second finds it there."""
    sheet, at = opened(judged)
    key = RowKey.read(str(sheet.cell(FIRST_ROW + 1, at["key"]).value))
    sheet.cell(FIRST_ROW + 1, at["answer"]).value = offered(judged, key)[0].name.ja
    path = saved(sheet, tmp_path)
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("events.csv", "cases.csv"):
        (folder / name).write_bytes((samples() / name).read_bytes())
    before = pb.open(folder).tables.events.height
    assert write_answers(read_list(path, judged, TAKEN), folder) == (1, 0)
    assert write_answers(read_list(path, judged, TAKEN), folder) == (0, 0)
    assert pb.open(folder).tables.events.height == before + 1


def test_what_was_done_without_a_day_was_done_when_it_was_told(judged: Judged, tmp_path: Path) -> None:
    """The day of the answer is the day of what was done, as a whole day; the owner of the list did it."""
    sheet, at = opened(judged)
    row = next(n for n in range(FIRST_ROW + 1, sheet.max_row) if sheet.cell(n, 1).value not in ("", "担当者未定"))
    key = RowKey.read(str(sheet.cell(row, at["key"]).value))
    sheet.cell(row, at["answer"]).value = offered(judged, key)[0].name.ja
    event = read_list(saved(sheet, tmp_path), judged, TAKEN).events.row(0, named=True)
    assert event["timestamp"] == "2026-11-24"
    assert event["resource"] == sheet.cell(row, 1).value
    assert event["recorded_at"] == TAKEN.isoformat()


@pytest.mark.parametrize(
    ("answer", "day", "note", "reason"),
    [
        ("", "", "あとで電話", "回答が選ばれていません"),
        ("なんとなく", "", "", "選べるものではありません"),
        ("後日（日付を記入）", "", "", "いつまで延ばすか"),
        ("後日（日付を記入）", "2026/11/1", "", "過ぎています"),
        ("不要", "いつか", "", "日付が読めません"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(
    judged: Judged, tmp_path: Path, answer: str, day: str, note: str, reason: str
) -> None:
    """A row is told by its number with what its reader can do about it; nothing is made of it."""
    sheet, at = opened(judged)
    row = next(
        number for number in range(FIRST_ROW + 1, sheet.max_row)
        if any(one.says == "later" for one in offered(judged, RowKey.read(str(sheet.cell(number, at["key"]).value))))
    )  # fmt: skip
    for name, value in (("answer", answer), ("day", day), ("note", note)):
        sheet.cell(row, at[name]).value = value
    found = read_list(saved(sheet, tmp_path), judged, TAKEN)
    assert found.events.is_empty() and found.answers.is_empty()
    assert found.refused["row"].item() == row and reason in found.refused["ja"].item()


def test_a_row_that_lost_its_key_is_refused(judged: Judged, tmp_path: Path) -> None:
    """Without its key no one can tell which action a row is."""
    sheet, at = opened(judged)
    sheet.cell(FIRST_ROW + 1, at["answer"]).value = "不要（理由をメモへ）"
    sheet.cell(FIRST_ROW + 1, at["key"]).value = None
    refused = read_list(saved(sheet, tmp_path), judged, TAKEN).refused
    assert refused["en"].item() == "the row has lost its key: no telling which action it is"


def test_another_workbook_is_no_list(judged: Judged, tmp_path: Path) -> None:
    """A workbook without the columns of the list is an error that names them."""
    pl.DataFrame({"氏名": ["山田"]}).write_excel(tmp_path / "other.xlsx")
    with pytest.raises(ArgumentError, match="holds no list of due actions; allowed: a sheet with the columns 回答"):
        read_list(tmp_path / "other.xlsx", judged, TAKEN)


def test_a_rule_whose_clock_records_takes_no_put_off() -> None:
    """What the platform's clock ends by itself cannot be put off: the list does not offer it."""
    book = next(one for one in pb.builtin_playbooks() if one.id == "joins-selection")
    lapsing = next(rule for rule in book.rules if rule.record)
    says = {choice.says for choice in choices(book, lapsing)}
    assert not says & {"later", "waiting_on", "not_needed", "reopened"}
    assert {"done"} <= says


def test_by_hand_and_by_the_folder_of_a_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`playbook answer` writes one answer; a list in `answers/` is found in order of name, Excel's own copies are not."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("events.csv", "cases.csv"):
        (folder / name).write_bytes((samples() / name).read_bytes())
    action = pb.open(folder).on(AS_OF).due().filter(pl.col("rule_id") != "").row(0, named=True)
    words = [
        "answer",
        action["case_id"],
        action["rule_id"],
        "not_needed",
        "--note",
        "先方で済み",
        "--workspace",
        str(folder),
    ]
    assert main([*words, "--taken", "2026-11-24T09:00"]) == 0
    written = pl.read_csv(folder / "answers.csv")
    assert written.select("case_id", "answer", "note").row(0) == (action["case_id"], "not_needed", "先方で済み")
    assert main([*words[:3], "not-needed", "--workspace", str(folder)]) == 2
    assert "not_needed, later, reopened" in capsys.readouterr().err
    (folder / "answers").mkdir()
    for name in ("b.xlsx", "a.xlsx", "~$a.xlsx", ".b.xlsx", "c.csv"):
        (folder / "answers" / name).write_bytes(b"")
    assert [path.name for path in lists_in(folder)] == ["a.xlsx", "b.xlsx"]
    assert Answered().and_(Answered()).events.is_empty()


def test_a_day_in_a_notebook_takes_an_answer(tmp_path: Path) -> None:
    """Said of the day, it stands in the workspace that is opened next: the action is postponed."""
    for name in ("events.csv", "cases.csv"):
        (tmp_path / name).write_bytes((samples() / name).read_bytes())
    day = pb.open(tmp_path).on(AS_OF)
    recorded = {rule.id for book in pb.builtin_playbooks() for rule in book.rules if rule.record}
    action = day.due().filter(~pl.col("rule_id").is_in(sorted(recorded))).row(0, named=True)
    day.answer(action["case_id"], action["rule_id"], "later", until=date(2026, 12, 24), note="先方が休み")
    rows = pb.open(tmp_path).on(AS_OF).due().filter(case_id=action["case_id"], rule_id=action["rule_id"])
    assert set(rows["status"]) == {"postponed"}
    with pytest.raises(ArgumentError, match="until: is missing"):
        day.answer(action["case_id"], action["rule_id"], "later")
