"""The yearly report with words: the workbook's sheets, the page's tables, the command."""

from __future__ import annotations

import json
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from cli_workspaces import Command
from python_calamine import CalamineWorkbook
from warmed import warm

import playbook as pb
from playbook.publishing.run import run_reports

EVENTS = """\
case_id,activity,timestamp
Y1,joined,2025-04-01
Y2,joined,2025-04-01
Y2,left,2025-08-29
Y3,joined,2025-05-12
Y3,dismissed,2025-07-01
"""
CASES = """\
case_id,playbook,client_id,subject,employment_term,occupation
Y1,placement-followup,K1,水野 一,無期,営業
Y2,placement-followup,K1,原田 次,無期,営業
Y3,placement-followup,K1,小川 三,無期,
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "house"
    folder.mkdir()
    tables = {"events": EVENTS, "cases": CASES, "clients": "client_id,name\nK1,若葉電機\n"}
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def sheets(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_workbook_says_figures_people_and_sources(place: Path) -> None:
    """One sheet a part: the site's columns in order, everybody with why, who is to be asked, every reading graded."""
    found = sheets(pb.open(place).on("2026-11-28").yearly(2025).workbook)
    assert list(found) == ["総合サイト", "職種別", "名簿", "未確認", "未記入", "届出との差", "根拠"]
    site = found["総合サイト"]
    head = next(n for n, row in enumerate(site) if row[0] == "年度")
    assert site[head][:7] == ["年度", "事業所", "4か月以上有期+無期", "うち無期", "4か月未満有期（延人日）",
                              "離職者数（無期・6か月以内・解雇を除く）", "判明せず"]  # fmt: skip
    assert site[head + 1][2:9] == [3.0, 3.0, 0.0, 1.0, 1.0, pytest.approx(1 / 3), pytest.approx(1 / 3)]
    people = {row[3]: row for row in found["名簿"]}
    assert "2025/8/29" in str(people["原田 次"][-1])
    assert people["小川 三"][-3] == "解雇（離職に数えない）"
    assert [row[3] for row in found["未確認"][-1:]] == ["水野 一"]
    assert any("当方の読み" in str(cell) for row in found["根拠"] for cell in row)
    assert all("助言ではありません" in str(found[name]) for name in ("総合サイト", "根拠"))


def test_until_the_window_opens_the_sheet_says_a_dash(place: Path) -> None:
    """On 30 April the leavers are "-" in the workbook and on the cards, never 0."""
    report = pb.open(place).on("2026-04-30").yearly(2025)
    site = sheets(report.workbook)["総合サイト"]
    assert site[-1][5:9] == ["-", "-", "-", "-"]
    assert [card["value"] for card in report.cards().cards.told[3:6]] == ["-", "-", "-"]


def test_a_confirmed_reading_is_said_to_be_so(place: Path) -> None:
    """What the house says in `workspace.toml` is no reading of ours any more."""
    (place / "workspace.toml").write_text('[agency]\nsix_months_end = "day_before"\n', encoding="utf-8")
    grades = dict(pb.open(place).on("2026-11-28").yearly(2025).readings.select("setting", "grade").drop_nulls().rows())
    assert grades["six_months_end"].startswith("設定で確認済み")
    assert grades["person_days"].startswith("当方の読み")


def test_the_command_files_a_year_and_keeps_it(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    """A year is filed, a case deleted: the filed counts are unchanged, and the difference is told."""
    run = Command(capsys)
    words = ("yearly", "--workspace", place, "--fiscal-year", "2025", "--as-of", "2026-11-28")
    early = run.english(*words[:-1], "2026-09-30", "--file", "left")
    assert early.status == 2
    assert "the window opens on 2026-10-01" in early.err
    for part in ("placed", "left"):
        assert run(*words, "--file", part).status == 0
    record = (place / "filed" / "2025.json").read_bytes()
    assert json.loads(record)["parts"]["left"]["offices"] == {"": {"left": 1, "unknown": 1}}
    assert "水野" not in record.decode()
    for name in ("events", "cases"):
        rows = (place / f"{name}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        (place / f"{name}.csv").write_text("".join(row for row in rows if not row.startswith("Y1")), encoding="utf-8")
    told = run.english(*words, "--table", "filed")
    assert "3 filed figures differ" in told.err
    assert (place / "filed" / "2025.json").read_bytes() == record
    assert run.english(*words, "--file", "left").status == 2


def test_the_command_gives_the_site_row_and_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    """Csv by default; nobody who joined at all is said in words, not by an empty answer alone."""
    run = Command(capsys)
    ran = run("yearly", "--workspace", place, "--fiscal-year", "2025", "--as-of", "2026-11-28")
    assert ran.out.splitlines()[1].startswith("2025,,3,3,0,1,1,0.333")
    (place / "events.csv").write_text("case_id,activity,timestamp\nY1,offer_made,2025-03-01\n", encoding="utf-8")
    ran = run("yearly", "--workspace", place, "--fiscal-year", "2025", "--as-of", "2026-11-28")
    assert "入社の記録（joined）がありません" in ran.err
    for table in ("six-months", "retention"):
        ran = run("followup", "--table", table, "--workspace", place, "--as-of", "2026-11-28")
        assert "入社の記録（joined）がありません" in ran.err


@pytest.mark.parametrize("book", ["joins-selection", "casual-interview", "interview-aftercare"])
def test_joinings_count_in_the_recruiters_books_too(place: Path, book: str) -> None:
    """Who joined and left in any book is in the yearly figures and in the retention at six months."""
    (place / "cases.csv").write_text(CASES.replace("placement-followup", book), encoding="utf-8")
    day = pb.open(place).on("2026-11-28")
    assert day.yearly(2025).site.select("placed", "left", "dismissed").row(0) == (3, 1, 1)
    counts = day.placements().six_months.row(0, named=True)
    assert [counts[name] for name in ("joined", "left", "dismissed", "unknown")] == [3, 1, 1, 1]


def test_the_page_is_published_with_its_workbook(place: Path, tmp_path: Path) -> None:
    """`playbook run yearly` makes a page with the figures, the sources and the workbook beside it."""
    out = tmp_path / "out"
    told = {
        "workspace": str(place),
        "as_of": "2026-11-28",
        "out": out,
        "started_at": datetime(2026, 11, 28, 9),
        "engine": warm(),
    }
    run_reports(["yearly"], **told)  # type: ignore[arg-type]
    page = (out / "yearly.html").read_text(encoding="utf-8")
    assert "4か月以上有期+無期" in page
    assert "当方の読み（未確認）" in page
    assert (out / "yearly.files" / "yearly-2025.xlsx").is_file()
