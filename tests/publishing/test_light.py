"""A report needs nothing that only frames of pandas, clusters, databases or tests need."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from cli_workspaces import AS_OF, TABLES, make

HEAVY = ("pandas", "pyarrow", "scipy", "duckdb", "distributed", "statsmodels", "lifelines", "playwright")
CODE = """
import sys
for name in {heavy}:
    sys.modules[name] = None
from playbook.cli import main
sys.exit(main({words}))
"""


def test_answers_come_without_what_is_an_extra(tmp_path: Path) -> None:
    """Due actions, a funnel with its intervals and declines with exact tests need no more."""
    folder = make(tmp_path / "workspace", TABLES)
    for command in ("due", "funnel", "declines", "followup"):
        words = [command, "--workspace", str(folder), "--as-of", AS_OF]
        code = CODE.format(heavy=HEAVY, words=words)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
        assert done.returncode == 0, f"{command}: {done.stderr}"


def test_nothing_heavy_is_installed_for_the_reports() -> None:
    """What is an extra, or only for tests, is no dependency of the package, nor in the lock of `make reports`."""
    root = Path(__file__).parents[2]
    needed = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    lock = (root / "requirements" / "run.lock").read_text(encoding="utf-8")
    names = {line.split("==")[0].split(">=")[0] for line in (*needed, *lock.splitlines()) if "=" in line}
    assert not names & {*HEAVY, "ruff", "mypy", "pytest", "dask"}
    assert "polars" in names and "://" not in lock
