"""Somebody learns how a run went: on the index, in the status file, by a command or a mail, by the exit status."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from cli_workspaces import AS_OF, TABLES, Command, make
from quick_reports import AT, failing, publish
from thinned import ALL

from playbook.commands import telling
from playbook.commands.telling import notify, write_mail
from playbook.publishing.missed import tell_refused
from playbook.publishing.status import RunStatus
from playbook.words.problem import ArgumentError

STATUS = RunStatus("done", 0, "2026-11-23T07:00:00+09:00", "応募データ")

posix = pytest.mark.skipif(sys.platform == "win32", reason="descriptors and /dev/full are POSIX")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A small workspace."""
    return make(tmp_path / "workspace", TABLES)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder to publish to."""
    return tmp_path / "reports"


def status(out: Path) -> dict[str, Any]:
    """What the status file says."""
    told: dict[str, Any] = json.loads((out / "status.json").read_text(encoding="utf-8"))
    return told


def index(out: Path) -> str:
    """The index people open."""
    return (out / "index.html").read_text(encoding="utf-8")


def test_every_run_says_that_it_was(out: Path, workspace: Path) -> None:
    """The status of a run that made pages, of one that found nothing to do, and of one that failed in some."""
    publish(out, workspace=workspace)
    assert status(out)["status"] == "done" and status(out)["pages"] == {"made": 1}
    publish(out, workspace=workspace, started_at=AT.replace(hour=9))
    assert status(out)["at"] == "2026-11-20T09:30:00" and status(out)["pages"] == {"unchanged": 1}
    publish(out, workspace=workspace, force=True, engine=failing)
    assert (status(out)["status"], status(out)["exit_status"]) == ("failed", 1)
    assert status(out)["failed"] == [
        {"report": "plants", "target": "", "failure": "セル 3: ZeroDivisionError: division by zero"}
    ]


def test_a_refused_run_is_told_on_the_index(out: Path, workspace: Path) -> None:
    """What day failed, why, and what one sees instead; no folder of this machine; gone with the next good run."""
    publish(out, workspace=workspace)
    page = (out / "plants.html").read_bytes()
    told = tell_refused(out, AT.replace(day=23), [f"{workspace}/events.csv: is missing"])
    assert "2026年11月23日（月） の更新はできませんでした（events.csv: is missing）" in index(out)
    assert "基準日 2026年11月20日（金） のもの" in index(out)
    assert (out / "plants.html").read_bytes() == page and str(workspace) not in index(out)
    assert (told.status, told.exit_status, told.as_of) == ("refused", 2, "2026-11-20")
    assert status(out)["status"] == "refused"
    publish(out, workspace=workspace)
    assert "更新はできませんでした" not in index(out) and status(out)["status"] == "done"


def test_a_missing_table_reaches_the_index(out: Path, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command ends with 2, and who opens the index sees that the pages are those of last week."""
    publish(out, workspace=workspace, as_of="2026-11-16")
    (workspace / "events.csv").unlink()
    ran = Command(capsys)("run", "--workspace", workspace, "--as-of", AS_OF, "--out", out)
    assert ran.status == 2
    assert "の更新はできませんでした" in index(out) and "events" in index(out) and "11月16日" in index(out)


def test_where_nothing_stands_nothing_is_made(out: Path) -> None:
    """A first run that is refused leaves no folder behind."""
    assert tell_refused(out, AT, ["no"]).status == "refused"
    assert not out.exists()


def test_logs_are_not_in_the_served_folder(out: Path, workspace: Path) -> None:
    """The full story of a failure is kept beside the folder, for its owner alone; what is served names no folder."""
    (entry,) = publish(out, workspace=workspace, engine=failing).entries
    assert (out.parent / entry.log).read_text(encoding="utf-8").startswith("Traceback")
    if sys.platform != "win32":
        assert (out.parent / "reports.logs").stat().st_mode & 0o077 == 0
    notebooks = str(Path(__file__).parents[1])
    assert [path for path in out.rglob("*") if path.is_file() and notebooks.encode() in path.read_bytes()] == []
    assert not (out / ".logs").exists()


def notified(code: str, to: Path) -> str:
    """A command that is told: it writes what it is given to a file, then does something."""
    script = to.with_suffix(".py")
    script.write_text(f"import sys\nopen({str(to)!r}, 'wb').write(sys.stdin.buffer.read())\n{code}", encoding="utf-8")
    words = [sys.executable, str(script)]
    return shlex.join(words) if os.name == "posix" else subprocess.list2cmdline(words)


def test_a_command_is_told_and_a_mail_written(
    out: Path, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both hear of a run that was refused; a command that fails itself is told, and the status says so."""
    (workspace / "cases.csv").unlink()
    words = ("run", "--workspace", workspace, "--as-of", AS_OF, "--out", out, "--mail", tmp_path / "told.eml")
    ran = Command(capsys)(*words, "--notify", notified("", tmp_path / "told.json"))
    assert ran.status == 2
    told = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert told["status"] == "refused" and "cases" in told["why"][0]
    mail = message_from_bytes((tmp_path / "told.eml").read_bytes(), policy=default)
    assert mail["Subject"] == "playbook: レポートを更新できませんでした"
    body = mail.get_body()
    assert body is not None and "cases" in body.get_content()
    again = Command(capsys).english(*words, "--notify", notified("sys.exit(3)", tmp_path / "told.json"))
    assert "ended with 3" in again.err
    gone = Command(capsys).english(*words, "--notify", "no-such-command --at-all")
    assert "'no-such-command --at-all' cannot be started" in gone.err
    unclosed = Command(capsys)(*words, "--notify", "'half a name")
    assert "閉じていない引用符があります" in unclosed.err


def test_a_name_with_blanks_is_told(tmp_path: Path) -> None:
    """A command in Japanese, with blanks, in quotation marks."""
    (tmp_path / "お 知らせ").mkdir()
    notify(notified("", tmp_path / "お 知らせ" / "状態.json"), STATUS)
    assert json.loads((tmp_path / "お 知らせ" / "状態.json").read_text(encoding="utf-8"))["status"] == "done"


@posix
def test_a_command_that_hangs_is_ended_with_all_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute's patience; what it started in turn writes no disk full afterwards."""
    monkeypatch.setattr(telling, "_PATIENCE", 2.0)
    writes = tmp_path / "grows"
    child = f"import time\nwhile True:\n    open({str(writes)!r}, 'ab').write(b'.')\n    time.sleep(0.02)"
    with pytest.raises(ArgumentError, match=r"did not end within 2 seconds"):
        notify(
            notified(f"import subprocess\nsubprocess.run([sys.executable, '-c', {child!r}])", tmp_path / "a"), STATUS
        )
    size = writes.stat().st_size
    time.sleep(0.5)
    assert writes.stat().st_size == size > 0


@pytest.mark.parametrize("name", ["device", "link", "folder"])
@posix
def test_a_mail_takes_nobodys_place(tmp_path: Path, name: str) -> None:
    """A device or a folder is not replaced by it, a link stays one and its target is written."""
    to = tmp_path / "told.eml"
    if name == "link":
        to.symlink_to(tmp_path / "elsewhere.eml")
        write_mail(to, STATUS, "ja")
        assert to.is_symlink() and (tmp_path / "elsewhere.eml").read_bytes().startswith(b"Subject")
        return
    os.mkfifo(to) if name == "device" else to.mkdir()
    with pytest.raises(ArgumentError, match=r"told.eml: cannot be written"):
        write_mail(to, STATUS, "ja")
    assert not to.is_file()


@posix
def test_what_is_published_is_no_error_where_nobody_reads(out: Path, workspace: Path) -> None:
    """Standard output closed, full or unread: the pages are there, and the exit status is that of the run.

    The page is made once, and found unchanged then; by `make slow` it is made each time.
    """
    words = [sys.executable, "-m", "playbook", "run", "case_timeline", "--workspace", str(workspace), "--as-of", AS_OF]
    for nobody in (">&-", *[">/dev/full"] * Path("/dev/full").exists(), "| true"):
        line = f"set -o pipefail; {shlex.join([*words, '--out', str(out), *['--force'] * ALL])} {nobody}"
        done = subprocess.run(["bash", "-c", line], capture_output=True, encoding="utf-8", env=dict(os.environ))
        assert done.returncode == 0, f"{nobody}: {done.stderr}"
        assert "case_timeline.html" in {path.name for path in out.iterdir()}


@pytest.mark.usefixtures("in_one_process")
def test_many_workspaces_have_each_its_own_fate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One index over all: a workspace without its events is named on it, and the other is published."""
    make(tmp_path / "firms" / "NORTH", TABLES)
    make(tmp_path / "firms" / "SOUTH", {**TABLES, "workspace.toml": "language = 3"})
    make(tmp_path / "firms" / "nothing", {"notes.txt": "no workspace"})
    out = tmp_path / "all"
    words = ("run", "case_timeline", "--workspaces", tmp_path / "firms", "--as-of", AS_OF, "--out", out)
    assert "case_timeline.html: 新しいページ" in Command(capsys)(*words, "--dry-run").out and not out.exists()
    ran = Command(capsys)(*words)
    assert ran.status == 1
    assert [line.split(",")[:3] for line in ran.out.splitlines()[1:]] == [
        ["NORTH", "done", "0"],
        ["SOUTH", "refused", "2"],
    ]
    assert (out / "NORTH" / "case_timeline.html").is_file() and not (out / "SOUTH").exists()
    assert 'href="NORTH/index.html"' in index(out) and "language" in index(out)
    make(tmp_path / "firms" / "SOUTH", {"workspace.toml": 'language = "en"'})
    assert Command(capsys)(*words).status == 0
    assert "SOUTH/index.html" in index(out)
    both = Command(capsys).english(*words, "--workspace", tmp_path / "firms" / "NORTH")
    assert both.status == 2 and "together with --workspace" in both.err


def test_a_dry_run_says_why_pages_would_change(out: Path, workspace: Path) -> None:
    """What changed since a page was made: files, software, the code; or that it is new."""
    publish(out, workspace=workspace)
    make(workspace, {"openings.csv": "opening_id\n"})
    (entry,) = publish(out, workspace=workspace, dry_run=True).entries
    assert (entry.status, entry.why) == ("planned", "openings.csv")
    publish(out, workspace=workspace)
    (entry,) = publish(out, workspace=workspace, as_of="2026-11-27", dry_run=True).entries
    assert entry.why == f"as_of {AS_OF} -> 2026-11-27"
    told = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    told["versions"]["polars"] = "0.1"
    told["entries"][0]["key"] = "of other software"
    (out / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    entries = publish(out, "plants", "raises", workspace=workspace, dry_run=True).entries
    assert [entry.why.split(" -> ")[0] for entry in entries] == ["polars 0.1", "新しいページ"]
