"""Twenty thousand spoiled workspaces, read and then asked: due actions, violations, funnel, declines, placements, a page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mutations import fates

INPUTS = int(os.environ.get("PLAYBOOK_INPUTS", 20_000))


@pytest.mark.timeout(0)
def test_no_spoiled_workspace_breaks_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each is refused in a sentence, or asked; how many of each kind there were is told."""
    counted = fates(tmp_path, range(1_000, 1_000 + INPUTS))
    with capsys.disabled():
        print(f"\n{counted.total():,} spoiled workspaces: {dict(counted)}")
    assert counted.total() == INPUTS
    assert counted["answered"] > INPUTS / 10
