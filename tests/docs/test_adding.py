"""What ARCHITECTURE.md says of adding something is so: a report and an import format, added in a copy of the house."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from guides import ROOT
from write_notebook import notebook_at

PAGE = '''"""Who came, in one line."""

from playbook.ask.day import Day
from playbook.words.catalogue import msg
from playbook.words.text import Lang

_CAME = msg("{n} came through the new door")


def arrivals(day: Day, lang: Lang) -> str:
    """How many cases there are."""
    return _CAME.say(lang).format(n=day.log.cases.height)
'''
CELLS = (
    "import playbook as pb\nfrom playbook.pages.arrivals import arrivals\n\nday = pb.open(workspace).on(as_of)",
    'print("新しい窓口", arrivals(day, lang))',
)
SYSTEM = '''"""Hrbox: a list of people under `hrbox`."""

from playbook.importing.nested import flat
from playbook.importing.system import System

SYSTEM = System(
    "hrbox", 45, is_json=lambda data: isinstance(data, dict) and "hrbox" in data,
    read_json=lambda data, path, case: (flat(data["hrbox"], "hrbox", path),),
)
'''
ASK = """
import json, sys
from datetime import datetime
from pathlib import Path
from playbook.importing.formats import read_raw
from playbook.importing.mapping import FORMATS
from playbook.publishing.reports import report_names, notebook_folder, run_reports

home = Path(sys.argv[1])
at = datetime(2026, 11, 20, 8, 30)
made = run_reports(("arrivals",), workspace=str(home / "ws"), as_of="2026-11-20", out=home / "out", lang="en",
                   started_at=at)
(raw,) = read_raw(home / "people.json")
print(json.dumps({"kind": raw.kind, "rows": raw.frame.height, "formats": FORMATS, "status": made.exit_status,
                  "order": made.entries[0].order, "reports": report_names(notebook_folder())}))
"""
SHARED = ("src/playbook", "docs/words.py", "notebooks")


def files(home: Path) -> dict[str, bytes]:
    """What lies in a copy of the house."""
    kept = (path for part in SHARED for path in [home / part, *(home / part).rglob("*")] if path.is_file())
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in kept if "__pycache__" not in path.parts}


def known(path: Path, said: str, told: str) -> None:
    """One more message in a catalogue, as somebody writes it there."""
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(f'\nmsgid "{said}"\nmsgstr "{told}"\n')


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes], dict[str, Any]]:
    """A copy with a report and a format more: where, what lay there before, and what it said when asked."""
    home = tmp_path_factory.mktemp("house")
    for part in SHARED:
        to = home / part
        to.parent.mkdir(parents=True, exist_ok=True)
        whole = (ROOT / part).is_dir()
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / part, to, ignore=ignored) if whole else shutil.copy(ROOT / part, to)
    before = files(home)
    notebook = home / "notebooks" / "arrivals.ipynb"
    notebook_at(notebook, *CELLS)
    told = json.loads(notebook.read_text(encoding="utf-8"))
    told["metadata"]["playbook"] = {"order": 5}
    notebook.write_text(json.dumps(told), encoding="utf-8")
    package = home / "src" / "playbook"
    (package / "pages" / "arrivals.py").write_text(PAGE, encoding="utf-8")
    (package / "importing" / "systems" / "hrbox.py").write_text(SYSTEM, encoding="utf-8")
    known(package / "words" / "translations" / "ja.po", "{n} came through the new door", "新しい窓口から {n} 人")
    known(package / "words" / "translations" / "notebooks.po", "新しい窓口", "The new door")
    (home / "ws").mkdir()
    (home / "ws" / "events.csv").write_text("case_id,activity,timestamp\nA,applied,2026-11-02\n", encoding="utf-8")
    (home / "ws" / "cases.csv").write_text("case_id,playbook\nA,joins-selection\n", encoding="utf-8")
    (home / "people.json").write_text(json.dumps({"hrbox": [{"name": "水野"}]}), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(home / "src"), "PYTHONUTF8": "1"}
    for asked in (["docs/words.py"], ["-c", ASK, str(home)]):
        done = subprocess.run([sys.executable, *asked], cwd=home, env=environment, capture_output=True, text=True,
                              encoding="utf-8", timeout=250, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr
    return home, before, json.loads(done.stdout.splitlines()[-1])


House = tuple[Path, dict[str, bytes], dict[str, Any]]


def test_a_report_is_its_notebook_its_page_and_its_words(house: House) -> None:
    """Beside the test four files are written, two are made of them; it runs, in English, and says where it stands."""
    home, before, said = house
    after = files(home)
    touched = {name for name in after if after[name] != before.get(name)} - {"src/playbook/importing/systems/hrbox.py"}
    words = "src/playbook/words/translations"
    assert touched == {"notebooks/arrivals.ipynb", "src/playbook/pages/arrivals.py", f"{words}/ja.po",
                       f"{words}/notebooks.po", f"{words}/ja.mo", "notebooks/en/arrivals.ipynb"}  # fmt: skip
    assert (said["status"], said["order"]) == (0, 5)
    assert "arrivals" in said["reports"]
    assert "The new door 1 came through the new door" in (home / "out" / "arrivals.html").read_text(encoding="utf-8")


def test_an_import_format_is_its_module(house: House) -> None:
    """A module among the systems is read and may be named in a mapping, and nothing else was told of it."""
    _, _, said = house
    assert (said["kind"], said["rows"]) == ("hrbox", 1)
    assert "hrbox" in said["formats"]
