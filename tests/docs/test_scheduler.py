"""The guide to unattended runs: its crontab, its systemd units, its CI job and its Airflow task do what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from guides import ROOT, Block, blocks, type_line
from thinned import ALL

from playbook.tables.settings import read_settings

GUIDE = ROOT / "docs" / "scheduler.md"
BLOCKS = list(blocks(GUIDE))


def block(language: str, title: str = "") -> Block:
    """The block of a language, and of the file that the line above it names."""
    return next(one for one in BLOCKS if one.language == language and one.title.endswith(title))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a folder `jobs`, in it a small workspace, and a command `playbook` on the path."""
    (tmp_path / "jobs").mkdir()
    shutil.copytree(ROOT / "data/samples/worked-examples/joins-four-applicants", tmp_path / "jobs" / "my-work")
    command = tmp_path / "bin" / "playbook"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m playbook "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return tmp_path


def run(line: str, home: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A line run by the shell, as cron runs it."""
    env = {**os.environ, "HOME": str(home), "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(["/bin/sh", "-c", line], env=env, cwd=cwd, capture_output=True, text=True, encoding="utf-8")


posix = pytest.mark.skipif(os.name != "posix", reason="cron and systemd are of POSIX systems")


@posix
def test_the_line_of_the_crontab_publishes(home: Path) -> None:
    """The command of the line, run from the home folder, publishes both reports and leaves its log."""
    fields, line = re.search(r"^((?:\S+ ){5}) +(.+)$", block("cron").text, re.MULTILINE).groups()
    assert fields.split() == ["30", "6", "*", "*", "1-5"]
    assert "%" not in line
    done = run(line, home, home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in (home / "jobs/reports").glob("*.html")} == {
        "index.html", "weekly_due_actions.html", "funnel.html",
    }  # fmt: skip
    assert "weekly_due_actions" in (home / "jobs/run.log").read_text(encoding="utf-8")


@posix
def test_a_failed_line_of_the_crontab_says_so(home: Path) -> None:
    """Without its workspace, the line ends with a failure and cron's mail holds the reason."""
    shutil.rmtree(home / "jobs/my-work")
    line = re.search(r"^(?:\S+ ){5} +(.+)$", block("cron").text, re.MULTILINE)[1]
    done = run(line, home, home)
    assert done.returncode == 1
    assert "my-work" in done.stdout


@posix
def test_the_service_publishes(home: Path) -> None:
    """What the unit starts, in the folder it says, is what the crontab starts there; `make slow` lets it publish."""
    unit = block("ini", "playbook.service").text.replace("%h", str(home))
    start, folder = (re.search(rf"^{key}=(.+)$", unit, re.MULTILINE)[1] for key in ("ExecStart", "WorkingDirectory"))
    assert Path(folder) == home / "jobs" and Path(folder).is_dir()
    assert f'cd "$HOME/jobs" && {start.removeprefix("/usr/bin/env ")} > run.log' in block("cron").text
    if ALL:
        done = run(start, home, Path(folder))
        assert done.returncode == 0, done.stdout + done.stderr
        assert (home / "jobs/reports/index.html").is_file()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """systemd finds nothing wrong with the units, and understands when they are due."""
    paths = []
    for name in ("playbook.service", "playbook.timer"):
        paths.append(tmp_path / name)
        paths[-1].write_text(block("ini", name).text.replace("%h", str(tmp_path)), encoding="utf-8")
    (tmp_path / "jobs").mkdir()
    done = run(f"systemd-analyze verify --man=no {' '.join(map(str, paths))}", tmp_path, tmp_path)
    assert [line for line in done.stderr.splitlines() if "playbook." in line] == []
    when = re.search(r"^OnCalendar=(.+)$", block("ini", "playbook.timer").text, re.MULTILINE)[1]
    assert run(f"systemd-analyze calendar '{when}'", tmp_path, tmp_path).returncode == 0


def test_the_ci_job_types_commands_that_exist() -> None:
    """The job is YAML, and each of its commands is one a reader can type."""
    yaml = pytest.importorskip("yaml")
    job = yaml.safe_load(block("yaml").text)["jobs"]["reports"]
    lines = [step["run"] for step in job["steps"] if "run" in step]
    assert lines[0] == "pip install ."
    assert lines[1] in block("ini", "playbook.service").text


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Stand-ins for Airflow's DAG and papermill operator; what operators were made with."""
    made: list[dict[str, Any]] = []

    class Dag:
        def __init__(self, name: str, **how: Any) -> None: ...
        def __enter__(self) -> Dag:
            return self

        def __exit__(self, *raised: object) -> None: ...

    for name in (
        "airflow",
        "airflow.providers",
        "airflow.providers.papermill",
        "airflow.providers.papermill.operators",
    ):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    operators = ModuleType("airflow.providers.papermill.operators.papermill")
    sys.modules["airflow"].DAG = Dag
    operators.PapermillOperator = lambda **how: made.append(how)
    monkeypatch.setitem(sys.modules, operators.__name__, operators)
    yield made


def test_the_airflow_task_hands_papermill_what_it_can_run(airflow: list[dict[str, Any]], home: Path) -> None:
    """With its template filled in, what the operator hands to papermill runs."""
    exec(compile(block("python").text, str(GUIDE), "exec"), {})
    (task,) = airflow
    told = {name: value.replace("{{ ds }}", "2026-09-15") for name, value in task["parameters"].items()}
    out = home / "jobs" / task["output_nb"].replace("{{ ds }}", "2026-09-15")
    parameters = [word for name, value in told.items() for word in ("-p", name, value)]
    words = [sys.executable, "-m", "papermill", task["input_nb"], str(out), *parameters, "--no-progress-bar"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONWARNDEFAULTENCODING"}
    done = subprocess.run(words, cwd=home / "jobs", env=env, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert '"output_type": "error"' not in out.read_text(encoding="utf-8")


def test_the_commands_and_settings_of_the_guide_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines to type run in order, and the settings are settings."""
    monkeypatch.chdir(tmp_path)
    for one in BLOCKS:
        if one.language == "console":
            for line in one.text.splitlines():
                type_line(line)
    (tmp_path / "workspace.toml").write_text(block("toml").text, encoding="utf-8")
    assert read_settings(tmp_path / "workspace.toml").max_quarantine == 20


def test_nothing_in_the_guide_is_unchecked() -> None:
    """Every block of the guide is of a kind that a test above looks at."""
    assert {one.language for one in BLOCKS} == {"cron", "ini", "yaml", "python", "console", "toml"}
