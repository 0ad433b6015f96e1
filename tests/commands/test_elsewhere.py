"""The commands in a process that lacks what Windows lacks, with files and a console as they are there.

Nobody who wrote this has Windows: what this shows, and what it cannot, docs/scheduler.md names.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_workspaces import AS_OF, MAPPING, TABLES

import playbook

ROOT = Path(__file__).parents[2]
LIST = "応募ID,氏名,応募日,一次面接日\r\nA-1,髙橋 一,2026/11/01,2026/11/10\r\nA-2,﨑山 実,2026/11/02,\r\n"

SAYS = """
import json, sys
from playbook.cli import main
from playbook.running import processes, sealed_memory
assert sealed_memory.new_file() is None and not processes.forkable() and not hasattr(processes.os, "fork")
print(json.dumps([main(words) for words in json.loads(sys.argv[1])]), file=sys.stderr)
"""


def typed(folder: Path, *commands: tuple[str, ...]) -> tuple[list[int], str, str]:
    """Commands typed one after the other: their statuses, what was printed, what was told."""
    given = {name: value for name, value in os.environ.items() if name not in ("PYTHONUTF8", "PYTHONPATH")}
    found = os.pathsep.join([str(ROOT / "tests/data/elsewhere"), str(Path(playbook.__file__).parents[1])])
    environment = given | {
        "PYTHONPATH": found, "PYTHONIOENCODING": "cp932", "PYTHONWARNDEFAULTENCODING": "1", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", SAYS, json.dumps(commands)],
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=300,
    )
    told = done.stderr.decode("utf-8")
    assert done.returncode == 0 and "Traceback" not in told, told
    return json.loads(told.strip().splitlines()[-1]), done.stdout.decode("utf-8"), told


@pytest.mark.skipif(sys.platform != "linux", reason="what a process holds open is looked up in /proc")
def test_the_main_commands_need_nothing_that_windows_lacks(tmp_path: Path) -> None:
    """Checked, asked, imported twice, answered, published twice: each does its work, with lines that end as there."""
    for name, text in TABLES.items():
        (tmp_path / name).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    (tmp_path / "応募者.csv").write_bytes(LIST.encode("cp932"))
    (tmp_path / "mapping.toml").write_bytes(MAPPING.replace("\n", "\r\n").encode("utf-8"))
    here, made = ("--workspace", "."), ("--workspace", "取込")
    take = ("import", "応募者.csv", "--map", "mapping.toml", "-o", "取込", "--taken")
    statuses, printed, told = typed(
        tmp_path,
        ("check", *here, "--as-of", AS_OF),
        ("due", *here, "--as-of", AS_OF),
        ("due", *here, "--as-of", AS_OF, "-o", "期限.xlsx"),
        ("due", *here, "--as-of", AS_OF, "-o", "期限.xlsx"),
        (*take, "2026-11-12"),
        (*take, "2026-11-13"),
        ("due", *made, "--as-of", AS_OF),
        ("answer", *here, "A-2", "notify-applicants", "later", "--until", "2026-12-01"),
        ("run", "funnel", *here, "--as-of", AS_OF, "--out", "reports"),
        ("run", "funnel", *here, "--as-of", AS_OF, "--out", "reports", "--force"),
    )
    assert statuses == [0] * 10, told
    assert "鈴木 一" in printed and "髙橋 一" in printed
    assert "later" in (tmp_path / "answers.csv").read_text(encoding="utf-8-sig")
    assert (tmp_path / "reports/funnel.html").is_file() and (tmp_path / "reports/index.html").is_file()
    assert json.loads((tmp_path / "reports/status.json").read_text(encoding="utf-8"))["exit_status"] == 0


POSIX = {
    "os": {
        "chown", "fork", "forkpty", "fchmod", "fchown", "getegid", "geteuid", "getgid", "getloadavg", "getpgid", "getuid", "killpg",
        "lchown", "memfd_create", "MFD_ALLOW_SEALING", "MFD_CLOEXEC", "mkfifo", "mknod", "nice", "openpty", "pipe2", "posix_spawn",
        "sched_getaffinity", "sched_setaffinity", "setpgid", "setsid", "setuid", "statvfs", "sysconf", "uname", "wait", "wait4",
        "WNOHANG",
    },
    "signal": {
        "alarm", "setitimer", "set_wakeup_fd", "SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGSTOP", "SIGUSR1",
    },
}  # fmt: skip
POSIX_MODULES = {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}
ONLY_FORKED = {"running/forkserver.py", "running/sealed_memory.py"}
"""The warm process, and what is handed to it: started where a process can be forked, which is asked before."""


def posix_names(path: Path) -> list[int]:
    """The lines of a file that name what only POSIX has, but for functions that look at the system first."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if any(isinstance(one, ast.Assign) and _is_skipped(one.value) for one in tree.body if _is_of_the_module(one)):
        return []
    inside = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and any(map(_asks, ast.walk(one)))]
    inside += [
        one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and any(map(_is_skipped, one.decorator_list))
    ]
    careful = {id(node) for function in inside for node in ast.walk(function)}
    return sorted(node.lineno for node in ast.walk(tree) if _is_posix(node) and id(node) not in careful)  # type: ignore[attr-defined]


def _asks(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hasattr":
        return True
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) == ("sys", "platform")
    )


def _is_of_the_module(node: ast.stmt) -> bool:
    """Whether it is the mark that all tests of a file bear."""
    return isinstance(node, ast.Assign) and any(
        isinstance(to, ast.Name) and to.id == "pytestmark" for to in node.targets
    )


def _is_skipped(node: ast.expr) -> bool:
    """Whether a test bears a mark that says on which systems it is not run."""
    names = {getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(node)}
    return bool(names & {"posix", "skipif"})


def _is_posix(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr in POSIX.get(node.value.id, ())
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        return bool(POSIX_MODULES & {one.split(".")[0] for one in modules})
    return False


def test_what_only_posix_has_is_asked_for_before_it_is_used(tmp_path: Path) -> None:
    """No module of the package imports or names such a thing unless it has looked whether it is there."""
    source = Path(playbook.__file__).parent
    named = {path.relative_to(source).as_posix(): posix_names(path) for path in sorted(source.rglob("*.py"))}
    assert {name for name, lines in named.items() if lines} == ONLY_FORKED
    (tmp_path / "bare.py").write_text("import os\nimport fcntl\nprint(os.getuid())\n", encoding="utf-8")
    assert posix_names(tmp_path / "bare.py") == [2, 3]


def test_what_only_posix_has_is_asked_for_by_tests_as_well() -> None:
    """A test that needs such a thing bears a mark that says so; none of its files fails to be read elsewhere."""
    tests = ROOT / "tests"
    named = {
        path.relative_to(tests).as_posix(): posix_names(path)
        for path in sorted(tests.rglob("*.py"))
        if "elsewhere" not in path.parts
    }
    assert {name for name, lines in named.items() if lines} == {"deadly.py"}, "its work dies only where a test is run"
