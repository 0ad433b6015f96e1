"""`playbook agree`: other limits for the firm's own books, read as a diff before they are written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from the_sample import sample

from playbook.cli import main
from playbook.rules.reading import builtin_playbooks, read_playbook
from playbook.tables.samples import samples

DAY = ("--as-of", "2026-11-20", "--lang", "en")


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    """The sample workspace, as a firm's own."""
    place = tmp_path / "firm"
    place.mkdir()
    for path in Path(samples()).glob("*.csv"):
        shutil.copy(path, place)
    return place


def test_the_diff_is_shown_and_nothing_is_written(firm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A limit that was typed: two lines on standard output, and a word on how to write it."""
    assert main(["agree", "submit-notes=3 business days", "--workspace", str(firm), *DAY]) == 0
    told = capsys.readouterr()
    changed = [line for line in told.out.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert len(changed) == 2
    assert changed[1].startswith('+due = "3 business days"  # agreed 2026-11-20, was same day')
    assert "add --write" in told.err
    assert not (firm / "playbooks").exists()


def test_what_is_written_is_the_firms_own_book_and_changed_again_there(
    firm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first time a copy of the built-in book, the second time that copy; asked once more, nothing changes."""
    for limit in ("3 business days", "2 business days"):
        assert main(["agree", f"submit-notes={limit}", "--write", "--workspace", str(firm), *DAY]) == 0
    (own,) = (firm / "playbooks").glob("*.toml")
    assert str(read_playbook(own).rule("submit-notes").due[0]) == "2 business days"
    capsys.readouterr()
    assert main(["agree", "submit-notes=2 business days", "--workspace", str(firm), *DAY]) == 0
    told = capsys.readouterr()
    assert told.out == "" and "no limit changes" in told.err


def test_the_limits_that_eight_in_ten_would_keep_are_taken_from_the_log(
    firm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only of rules whose number is ours; the same numbers that `playbook limits` shows."""
    assert main(["agree", "--keep", "80", "--write", "--workspace", str(firm), *DAY]) == 0
    capsys.readouterr()
    own = {book.id: book for book in map(read_playbook, sorted((firm / "playbooks").glob("*.toml")))}
    assert len(own) >= 4
    shown = {(book, rule): n for book, rule, n in sample().on("2026-11-20").limits().rules.select(
        "playbook", "rule_id", "limit_80"
    ).iter_rows()}  # fmt: skip
    before = {book.id: book for book in builtin_playbooks()}
    changed = [
        (book.id, rule) for book in own.values() for rule in book.rules if rule.due != before[book.id].rule(rule.id).due
    ]
    assert len(changed) > 20
    for id, rule in changed:
        assert rule.basis == "ours"
        assert rule.due[0].n == shown[id, rule.id]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["submit-notes"], "no limit is named"),
        (["nobody=1 day"], "there is no such rule"),
        (["submit-notes=soon"], "found 'soon'"),
        ([], "no limit is named"),
    ],
)
def test_what_cannot_be_agreed_is_unusable(
    firm: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """Exit status 2, and the reason; nothing is written."""
    assert main(["agree", *words, "--write", "--workspace", str(firm), *DAY]) == 2
    assert said in capsys.readouterr().err
    assert not (firm / "playbooks").exists()


def test_the_sample_is_nobodys_to_change(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a workspace of one's own there is no copy to write to."""
    assert main(["agree", "submit-notes=3 days", "--lang", "en"]) == 2
    assert "no folder is named" in capsys.readouterr().err
