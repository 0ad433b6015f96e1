"""The built wheel, in an environment that has the dependencies and nothing of this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of scripts of a new environment in which only the wheel is installed; libraries are borrowed."""
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)], cwd=ROOT, check=True)
    environment = place / "venv"
    venv.create(environment, with_pip=False)
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    paths = sysconfig.get_paths(vars={"base": str(environment), "platbase": str(environment)})
    # A path file lends the libraries without the path files in them, so the checkout itself is not there.
    lent = Path(paths["purelib"]) / "lent.pth"
    lent.write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    (wheel,) = place.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)], check=True)
    return scripts


def _run(scripts: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [str(scripts / "playbook"), *arguments],
        cwd=cwd,
        env={**environment, "PATH": f"{scripts}{os.pathsep}{environment['PATH']}"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_package_is_the_installed_one(installed: Path, tmp_path: Path) -> None:
    """What runs is the wheel, not the checkout."""
    code = "import playbook; print(playbook.__file__)"
    found = subprocess.run(
        [str(installed / "python"), "-c", code],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert str(installed.parent) in found.stdout


def test_due_answers_from_the_samples_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    """`playbook due` without a workspace reads the samples that travel in the wheel."""
    done = _run(installed, "due", "--as-of", "2026-11-20", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("playbook,rule_id,case_id,client_id,role,owner,trigger,trigger_at,")
    assert len(done.stdout.splitlines()) > 20


def test_run_publishes_from_the_notebooks_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    """`playbook run` finds its notebooks, template and samples in the wheel."""
    done = _run(installed, "run", "weekly_due_actions", "--as-of", "2026-11-20", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "pb-table" in (tmp_path / "out" / "weekly_due_actions.html").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "index.html").is_file()
