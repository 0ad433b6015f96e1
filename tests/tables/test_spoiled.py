"""A spoiled workspace is refused with a sentence, or read and asked without a traceback."""

from __future__ import annotations

from pathlib import Path

from mutations import fates
from thinned import tries


def test_spoiled_workspaces_are_asked(tmp_path: Path) -> None:
    """Cells, columns, rows, bytes and encodings go wrong; `tests/slow` asks twenty thousand of them."""
    counted = fates(tmp_path, range(tries(10, 24)))
    assert counted.total() == tries(10, 24)
    assert counted["answered"] and counted["refused"]
