"""The page adds up: everybody of the file is in an answer or named, and it says since when is counted."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from published import MADE_AT
from the_sample import sample
from warmed import warm

import playbook as pb
from playbook.pages.accounted import told
from playbook.publishing.reports import run_reports

CASES = "case_id,playbook,subject\n1,joins-selection,山田 花子\n2,joins-selection,佐藤 昇\n3,none,林 実\n,joins-selection,無番\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace of four rows of cases, of which one is asked for; an import left two lines."""
    ws = tmp_path / "ws"
    (ws / "import").mkdir(parents=True)
    (ws / "cases.csv").write_text(CASES, encoding="utf-8")
    (ws / "events.csv").write_text("case_id,activity,timestamp\n1,applied,2026-11-18\n", encoding="utf-8")
    (ws / "workspace.toml").write_text("counts_from = 2026-11-02\n", encoding="utf-8")
    lines = "table,row,place\ncases,3,a.csv\nevents,3,a.csv\nevents,9,a.csv\n"
    (ws / "import/quarantine.csv").write_text(lines, encoding="utf-8-sig")
    return ws


def test_the_weekly_page_names_whoever_is_on_no_list(folder: Path, tmp_path: Path) -> None:
    """Four rows, one in the answers: the other three by name and reason, the lines of the import, the first day."""
    record = run_reports(
        ("weekly_due_actions",),
        workspace=str(folder),
        as_of="2026-11-20",
        out=tmp_path / "out",
        started_at=MADE_AT,
        engine=warm(),
    )
    assert record.exit_status == 0
    page = (tmp_path / "out/weekly_due_actions.html").read_text(encoding="utf-8")
    assert "案件の表の4行のうち、3行が集計に入っていません" in page
    assert "佐藤 昇" in page and "林 実" in page and "import/quarantine.csv" in page
    assert re.search(r"数え始めは2026/11/0?2", page)


def test_the_list_of_one_person_tells_of_nobody_else(folder: Path) -> None:
    """Where only one person's list is asked for, the first day is said, and nobody is counted."""
    day = pb.open(folder).on(date(2026, 11, 20))
    said = told(None, day.settings, day.playbooks, "en")
    assert len(said.sentences) == 1 and said.sentences[0].startswith("Counted from") and not len(said.missing)


def test_where_nobody_is_missing_the_sentence_says_so() -> None:
    """On the sample all cases are in the answers, or each that is not is in the table."""
    day = sample().on(date(2026, 11, 20))
    found = day.accounted()
    said = told(found, day.settings, day.playbooks, "en")
    named = found.filter(~found["where"].is_in(["asked", "idle", "ended"])).height
    assert len(said.missing) == named
    assert (said.sentences[0].startswith("All ")) == (not named)


def test_what_may_be_erased_is_said_with_its_day(folder: Path) -> None:
    """A case withdrawn two years ago may go since the day after its period; before that nothing is said of it."""
    ended = "1,applied,2026-11-18\n1,withdrawn,2026-11-19\n"
    (folder / "events.csv").write_text("case_id,activity,timestamp\n" + ended, encoding="utf-8")
    ws = pb.open(folder)
    for asked, free in (("2028-11-19", False), ("2028-11-20", True)):
        day = ws.on(asked)
        said = told(day.accounted(), day.settings, day.playbooks, "en", kept=day.keeping(folder / "none"))
        assert (
            any("Cases that may be erased: 1, the first since Mon 20 Nov 2028" in one for one in said.sentences) == free
        ), said
