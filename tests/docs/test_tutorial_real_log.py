"""The tutorial on a real log runs as it stands and its figures agree with the file."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from playbook.rules.reading import read_playbook

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial-real-log.md"
LOG = ROOT.parent / "shared" / "data" / "hiring" / "jsa_10_2023_processed.csv"


@pytest.mark.skipif(not LOG.is_file(), reason="the real log is not part of the project")
def test_every_block_of_the_tutorial_runs(tmp_path, monkeypatch, capsys):
    """A reader who pastes the blocks one after the other gets the figures that the text states."""
    shutil.copytree(ROOT / "docs" / "tutorial", tmp_path / "docs" / "tutorial")
    shutil.copy(LOG, tmp_path)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    namespace: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(TUTORIAL), "exec"), namespace)
    assert len(blocks) == 5
    assert "取り込みの記録" in capsys.readouterr().out


def test_the_rule_book_of_the_tutorial_is_short_and_valid():
    """The rule book has about twenty lines and is read without a problem."""
    path = ROOT / "docs" / "tutorial" / "job-search.toml"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 20
    assert {rule.id for rule in read_playbook(path).rules} == {"ask-after-applying", "ask-after-interview"}
