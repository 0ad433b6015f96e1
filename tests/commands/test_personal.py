"""Disclosure and erasing: everything that is held of a person, and nothing of it afterwards."""

from __future__ import annotations

import csv
from pathlib import Path

import placement_sample as sample
import polars as pl
import pytest
from cli_workspaces import Command

from playbook.tables.held import readable

LATE = "2030-11-20"
NAMES = ("P-3", "高木 誠", "高木誠")

pytestmark = pytest.mark.usefixtures("in_one_process")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    tables = sample.rows()
    tables["voices"] = [
        *tables["voices"],
        {"case_id": "P-3", "side": "hire", "held_on": "2026-03-01", "topic": "仕事", "note": "思ったより\n静か",
         "shareable": "both"},
    ]  # fmt: skip
    tables["consents"] = [
        *tables["consents"], {"case_id": "P-3", "side": "hire", "to": "company", "given_on": "2026-03-01", "how": "書面"}
    ]  # fmt: skip
    for case in tables["cases"]:
        case["employment_term"] = "無期"
    return sample.write(tmp_path / "bank", tables)


def filed(run: Command, bank: Path) -> None:
    """File the fiscal year in which P-3 joined."""
    for part in ("placed", "left"):
        words = ("yearly", "--workspace", bank, "--fiscal-year", "2025", "--as-of", "2026-11-20", "--file", part)
        assert run(*words).status == 0


def still_in(*folders: Path) -> list[str]:
    """The files in which the person is still found; the stub keeps the id."""
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".js"]
    return [path.name for path in paths if path.name != "erased.csv"
            and any(name in readable(path) for name in NAMES)]  # fmt: skip


@pytest.mark.parametrize("asked", ["P-3", "高木　誠", "高木誠"])
def test_all_that_is_held_is_shown(run: Command, bank: Path, asked: str) -> None:
    """By case or by name, however it is spaced: every cell of every table, unknown columns included."""
    ran = run("person", asked, "--workspace", bank)
    rows = pl.read_csv(ran.out.encode(), infer_schema=False)
    assert set(rows["table"]) == {"cases", "events", "voices", "consents"}
    told = {(row["table"], row["column"]): row["value"] for row in rows.iter_rows(named=True)}
    assert told["cases", "management_issue"] == "歩留まりを上げる"
    assert told["events", "reason"] == "家庭の事情"
    assert told["voices", "note"] == "思ったより\n静か"


def test_nobody_of_that_name_is_said_with_the_nearest(run: Command, bank: Path) -> None:
    """A name that no case has is unusable input."""
    ran = run.english("person", "高木 誠一", "--workspace", bank)
    assert ran.status == 2
    assert "there is no case of '高木 誠一'" in ran.err


def test_nothing_is_erased_before_its_time(run: Command, bank: Path) -> None:
    """What stands in the way is said: the year is not filed, then the period, then it may; nothing was changed."""
    before = {path.name: path.read_bytes() for path in bank.iterdir()}
    ran = run.english("purge", "P-3", "--workspace", bank, "--as-of", LATE, "--write")
    assert ran.status == 2
    assert "counts in fiscal year 2025, which is not filed yet" in ran.err
    filed(run, bank)
    ran = run.english("purge", "P-3", "--workspace", bank, "--as-of", "2027-01-10", "--write")
    assert "is to be kept until 2028-06-20" in ran.err
    ran = run.english("purge", "P-1", "--workspace", bank, "--as-of", LATE, "--write")
    assert "P-1" in ran.err
    planned = run.english("purge", "P-3", "--workspace", bank, "--as-of", LATE, "--out", bank / "none")
    assert "nothing is erased yet" in planned.err
    assert {path.name: path.read_bytes() for path in bank.iterdir() if path.is_file()} == before


def test_a_list_says_since_when_each_case_may_be_erased(run: Command, bank: Path) -> None:
    """Two years after the leaving, the day after the last one that it is kept."""
    filed(run, bank)
    ran = run("purge", "--workspace", bank, "--as-of", "2026-11-20", "--out", bank / "none")
    rows = {row["case_id"]: row for row in csv.DictReader(ran.out.splitlines())}
    assert (rows["P-3"]["completed_on"], rows["P-3"]["keep_until"]) == ("2026-06-20", "2028-06-20")
    assert (rows["P-3"]["erasable_since"], rows["P-3"]["waits_for"]) == ("2028-06-21", "keeping")
    assert rows["P-1"]["waits_for"] == "open"


def test_a_purge_leaves_nothing_of_the_person(run: Command, bank: Path, tmp_path: Path) -> None:
    """Tables, pages, history, records and the register: nothing is found; a stub without a name stays, other rows too."""
    out = tmp_path / "out"
    for day, more in (("2026-11-20", ()), ("2026-11-21", ("-p", "edition=company", "-p", "case=P-3"))):
        words = ("run", "followup_review", *(() if more else ("placement_portfolio", "yearly")), *more)
        assert run(*words, "--workspace", bank, "--out", out, "--as-of", day).status == 0
    assert {"cases.csv", "events.csv", "voices.csv", "register.csv"} <= set(still_in(bank, out))
    filed(run, bank)
    counts = (bank / "filed" / "2025.json").read_bytes()
    others = {line for line in (bank / "events.csv").read_text(encoding="utf-8").splitlines() if "P-3" not in line}
    ran = run.english("purge", "P-3", "--workspace", bank, "--as-of", LATE, "--out", out, "--write")
    assert ran.status == 0, ran.err
    assert still_in(bank, out) == []
    assert set((bank / "events.csv").read_text(encoding="utf-8").splitlines()) == others
    assert (bank / "filed" / "2025.json").read_bytes() == counts
    stub = (bank / "filed" / "erased.csv").read_text(encoding="utf-8").splitlines()
    assert stub[1] == f"P-3,placement-followup,2025,declined,2026-06-20,{LATE}"
    assert run("check", "--workspace", bank).status == 0
    again = run("run", "placement_portfolio", "--workspace", bank, "--out", out, "--as-of", "2026-11-21")
    assert again.status == 0
    assert (out / "index.html").is_file()


def test_a_mention_elsewhere_is_told(run: Command, bank: Path) -> None:
    """A file that still says the name is named, and the command says by its status that it is not all gone."""
    filed(run, bank)
    (bank / "覚え書き.txt").write_text("高木 誠さんのこと", encoding="utf-8")
    ran = run.english("purge", "P-3", "--workspace", bank, "--as-of", LATE, "--out", bank / "none", "--write")
    assert ran.status == 1
    assert "覚え書き.txt" in ran.err
