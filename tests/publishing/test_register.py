"""The register of what left the house, and pages that are called back once a consent is withdrawn."""

from __future__ import annotations

from pathlib import Path

import placement_sample as sample
import pytest
from cli_workspaces import Command

from playbook.publishing.register import read, register_path
from playbook.tables.samples import samples

SAID = "任される範囲を広げたい"

pytestmark = pytest.mark.usefixtures("in_one_process")


def found_in(folder: Path, word: str) -> list[str]:
    """The files of a folder that hold a word."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and word.encode() in path.read_bytes()
    )


def test_a_withdrawn_consent_is_found_nowhere(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What the hire said stands in the company's edition and in the register's keys; once the consent is withdrawn, the
    next run leaves it in no page, history included, and the register still tells what had left.
    """
    run = Command(capsys)
    tables = sample.rows()
    place, out = sample.write(tmp_path / "bank", tables), tmp_path / "out"
    words = ("run", "followup_review", "--workspace", place, "--out", out, "-p", "edition=company", "-p", "case=P-1")
    assert run(*words, "--as-of", "2026-11-20").status == 0
    page = "followup_review-case-P-1-company.html"
    assert found_in(out, SAID) == [page]
    (row,) = read(register_path(str(place), out))
    assert (row["edition"], row["case_id"], row["receiver"], row["page"]) == ("company", "P-1", "K-1", page)
    assert len(row["voices"].split()) == 4

    assert run(*words, "--as-of", "2026-11-21").status == 0
    assert found_in(out, SAID) == [page]  # an edition that leaves the house is kept as it is now, not as it was

    given = [{**one, "withdrawn_on": "2026-11-22"} for one in sample.CONSENTS]
    sample.write(place, {"consents": given})
    assert run(*words, "--as-of", "2026-11-23").status == 0
    assert found_in(out, SAID) == []
    assert (out / page).is_file()
    assert list((out / "history").rglob(page)) == []
    assert len(read(register_path(str(place), out))) == 3


def test_a_page_that_was_not_asked_for_goes_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Another report is run after the withdrawal: the old edition is removed all the same."""
    run = Command(capsys)
    place, out = sample.write(tmp_path / "bank", sample.rows()), tmp_path / "out"
    words = ("run", "--workspace", place, "--out", out, "--as-of", "2026-11-20")
    assert run(*words, "followup_review", "-p", "edition=company", "-p", "case=P-1").status == 0
    sample.write(place, {"consents": [{**one, "withdrawn_on": "2026-11-22"} for one in sample.CONSENTS]})
    assert run(*words, "yearly").status == 0
    assert found_in(out, SAID) == []


def test_the_bank_s_own_pack_is_not_entered(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What stays in the house is in no register."""
    run = Command(capsys)
    place, out = sample.write(tmp_path / "bank", sample.rows()), tmp_path / "out"
    assert run("run", "followup_review", "--workspace", place, "--out", out, "--as-of", "2026-11-20").status == 0
    assert read(register_path(str(place), out)) == []


def test_the_sample_is_left_as_it_is(tmp_path: Path) -> None:
    """What is published of the sample is entered beside its pages, not in the sample."""
    assert register_path(str(samples()), tmp_path) == tmp_path / "register.csv"
    assert register_path(str(tmp_path), tmp_path / "out") == tmp_path / "filed" / "register.csv"
