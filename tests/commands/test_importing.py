"""`playbook import`: exports of other systems into a workspace, and what `check` says of them."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from cli_workspaces import AS_OF, MAPPING, Command, make
from openpyxl import load_workbook

EXPORT = """\
応募ID,氏名,応募日,一次面接日
A-1,山田 太郎,2026/11/01,2026/11/10
A-2,鈴木 一,2026/11/02,
A-3,田中 実,来週,
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    return make(tmp_path / "exports", {"応募者.csv": EXPORT, "mapping.toml": MAPPING})


def test_an_export_becomes_a_workspace_with_a_report(run: Command, exports: Path, tmp_path: Path) -> None:
    """The tables are written and answer questions; what was refused is said with its reason; check repeats it."""
    words = (
        "import",
        exports / "応募者.csv",
        "--map",
        exports / "mapping.toml",
        "--taken",
        "2026-11-02",
        "-o",
        tmp_path / "ws",
    )
    ran = run(*words)
    assert ran.status == 0
    assert ran.out.startswith("# 取り込みの記録")
    assert "応募日" in ran.out
    due = run("due", "--workspace", tmp_path / "ws", "--as-of", AS_OF)
    assert due.status == 0
    assert "A-2" in due.out
    checked = run("check", "--workspace", tmp_path / "ws", "--as-of", AS_OF)
    assert checked.status == 0
    assert "取り込みの記録の全体" in checked.out
    assert "## 列ごとの読み方" not in checked.out


def test_importing_twice_adds_nothing(run: Command, exports: Path, tmp_path: Path) -> None:
    """The second import leaves the same bytes."""
    words = ("import", exports / "応募者.csv", "--map", exports / "mapping.toml", "-o", tmp_path / "ws")
    run(*words)
    before = {path.name: path.read_bytes() for path in (tmp_path / "ws").glob("*.csv")}
    assert run(*words).status == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "ws").glob("*.csv")} == before


def test_a_dry_run_writes_nothing_and_too_many_refused_rows_are_status_1(run: Command, exports: Path) -> None:
    """Only the report is printed; one row could not be used."""
    words = ("import", exports / "応募者.csv", "--map", exports / "mapping.toml", "--dry-run", "--lang", "en")
    ran = run(*words, "--max-quarantine", "0")
    assert ran.status == 1
    assert ran.out.startswith("# Import report")
    assert sorted(path.name for path in exports.iterdir()) == ["mapping.toml", "応募者.csv"]


def test_a_mapping_is_proposed_with_reasons_and_can_be_used_as_it_is(run: Command, exports: Path) -> None:
    """--guess imports nothing; what it proposes is printed, or written where --map says, and never written over."""
    printed = run("import", exports / "応募者.csv", "--guess")
    assert printed.status == 0
    assert "応募者.csv / 応募ID → case_id" in printed.err
    proposed = exports / "案.toml"
    assert run("import", exports / "応募者.csv", "--guess", "--map", proposed).out == ""
    assert proposed.read_text(encoding="utf-8") == printed.out
    again = run.english("import", exports / "応募者.csv", "--guess", "--map", proposed)
    assert again.status == 2
    assert "nothing is overwritten" in again.err
    assert run("import", exports / "応募者.csv", "--map", proposed, "--dry-run").status == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), ["no file is named", "--output: is missing"]),
        (("missing.csv", "-o", "ws"), ["missing.csv: there is no such file"]),
        (("応募者.csv", "-o", "ws", "--map", "nothing.toml"), ["nothing.toml"]),
    ],
)
def test_what_is_missing_is_said_at_once(
    run: Command, exports: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: list[str]
) -> None:
    """Files, mapping and target: unusable arguments, and nothing is written."""
    monkeypatch.chdir(exports)
    ran = run.english("import", *words)
    assert ran.status == 2
    for part in said:
        assert part in ran.err
    assert sorted(path.name for path in exports.iterdir()) == ["mapping.toml", "応募者.csv"]


KEPT = """\
応募者一覧（社外秘）,,,,,,
No,氏名,企業名,担当,応募日,一次面接日,状況
1,佐藤 花,青葉商事,高田,2026/9/1,9/10,選考中
2,髙橋 一,青葉商事,中井,2026/9/2,9/24予定,採用
3,田中 実,若葉,高田,9月3日,,音信不通
4,山田 太,若葉,中井,2026/9/4,R8.9.11,辞退
"""


def test_an_own_list_becomes_a_first_list_in_two_commands(run: Command, tmp_path: Path, monkeypatch) -> None:
    """`--ask` asks one question at a time in the user's words; every person is a case, and the list names them."""
    monkeypatch.setattr("sys.stdin", StringIO("\n2\n"))
    folder = make(tmp_path / "own", {"一覧.csv": KEPT})
    ran = run("import", folder / "一覧.csv", "--ask", "--taken", "2026-09-12", "-o", tmp_path / "ws")
    assert ran.status == 0
    assert "「状況」の「採用」（1件）は、何が起きたことですか" in ran.err
    cases = (tmp_path / "ws" / "cases.csv").read_text(encoding="utf-8-sig")
    assert all(name in cases for name in ("佐藤 花", "髙橋 一", "田中 実", "山田 太"))
    events = (tmp_path / "ws" / "events.csv").read_text(encoding="utf-8-sig")
    assert [line.split(",")[1] for line in sorted(events.splitlines()) if line.startswith("2,")] == [
        "applied",
        "offer_made",
    ]
    assert not (tmp_path / "ws" / "import" / "確認.xlsx").exists()
    due = run("due", "--workspace", tmp_path / "ws", "--as-of", "令和8年9月14日")
    assert {line.split(",")[5] for line in due.out.splitlines()[1:]} == {"高田", "中井"}


def test_what_is_not_answered_is_a_sheet_that_is_given_back(run: Command, tmp_path: Path, monkeypatch) -> None:
    """Without a terminal the open questions wait in an Excel sheet; filled and given back, they are used."""
    monkeypatch.setattr("sys.stdin", StringIO(""))
    folder = make(tmp_path / "own", {"一覧.csv": KEPT})
    ran = run("import", folder / "一覧.csv", "--ask", "-o", tmp_path / "ws")
    sheet = tmp_path / "ws" / "import" / "確認.xlsx"
    assert (ran.status, sheet.exists()) == (0, True)
    assert "分からないことが2件" in ran.err
    book = load_workbook(sheet)
    rows = {row[1].value: row for row in book["確認"].iter_rows(min_row=3)}
    rows["「状況」の「音信不通」（1件）は、何が起きたことですか"][4].value = "不採用"
    book.save(sheet)
    again = run("import", folder / "一覧.csv", "--answers", sheet, "-o", tmp_path / "again")
    assert again.status == 0
    assert "3,rejected," in (tmp_path / "again" / "events.csv").read_text(encoding="utf-8-sig")
    rows["「状況」の「音信不通」（1件）は、何が起きたことですか"][4].value = "たぶん不採用"
    book.save(sheet)
    wrong = run("import", folder / "一覧.csv", "--answers", sheet, "-o", tmp_path / "third")
    assert (wrong.status, "たぶん不採用" in wrong.err) == (2, True)
    for hidden in ("{不採用", '{"a":' * 2_000):
        rows["「状況」の「音信不通」（1件）は、何が起きたことですか"][6].value = hidden
        book.save(sheet)
        spoiled = run("import", folder / "一覧.csv", "--answers", sheet, "-o", tmp_path / "third")
        assert (spoiled.status, "隠れている選択肢の列が書き換えられています" in spoiled.err) == (2, True)


WEEKS = {
    "2026-10-05": "R-1,三浦 咲,応募,2026/10/01\nR-2,野口 亘,選考中,2026/10/02\nR-3,緒方 涼,内定,2026/09/10\n",
    "2026-10-12": "R-1,三浦 咲,一次面接済,2026/10/01\nR-2,野口 亘,不採用,2026/10/02\nR-3,緒方 涼,内定承諾,2026/09/10\n",
}


def test_next_week_s_new_states_are_read_by_the_mapping_that_was_kept(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """States that stood in no export before become events where the word alone tells them, and are told; what was said
    of the week before stays as it was."""
    monkeypatch.setattr("sys.stdin", StringIO())
    ws, due = tmp_path / "ws", ("--as-of", "2026-10-05", "--all")
    for day, rows in WEEKS.items():
        path = tmp_path / f"選考一覧_{day.replace('-', '')}.csv"
        path.write_text("応募ID,氏名,選考ステータス,応募日\n" + rows, encoding="utf-8")
        first = day == "2026-10-05"
        ran = run("import", path, "-o", ws, "--taken", day, *(("--ask",) if first else ()))
        assert ran.status == 0, ran.err
        if first:
            before = run("due", "--workspace", ws, *due).out
    assert "内定承諾→内定承諾" in ran.out and "import/mapping.toml" in ran.out
    events = (ws / "events.csv").read_text(encoding="utf-8-sig")
    for event in ("R-1,first_interview_held,2026-10-12", "R-2,rejected,2026-10-12", "R-3,offer_accepted,2026-10-12"):
        assert event in events
    assert run("due", "--workspace", ws, *due).out == before
