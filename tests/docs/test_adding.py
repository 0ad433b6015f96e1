"""What ARCHITECTURE.md says of adding something is so: a report, an import format, a chart and a kind of rule, in a copy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
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
CHART = '''"""How many came on each day, as bars."""

import polars as pl

from playbook.show.charts.parts import BLUE, new_figure
from playbook.show.charts.pictures import Chart, chart_of
from playbook.words.catalogue import msg
from playbook.words.text import Lang

_TOLD = (msg("Who came on each day"), msg("A bar is a day of the new door."))


def comings(frame: pl.DataFrame, lang: Lang = "ja") -> Chart:
    """One bar per row of `day`, `n`."""
    figure = new_figure(height=200)
    figure.add_bar(x=frame["day"].to_list(), y=frame["n"].to_list(), marker={"color": BLUE})
    said = msg("{n} came, at most {most} on one day.", n=frame["n"].sum(), most=frame["n"].max())
    return chart_of(figure, _TOLD, "", said.say(lang), frame, lang)
'''
KIND = {  # a due that is put off to a day of the week: file of rules or clock, what stood there, what stands there now
    "rules/nouns.py": (
        "    roll: Roll | None = None\n",
        "    roll: Roll | None = None\n    weekday: str | None = None\n",
    ),
    "rules/grammar.py": (
        '        Key("pause", One(PAUSE), msg("the clock stands still meanwhile")),\n',
        '        Key("pause", One(PAUSE), msg("the clock stands still meanwhile")),\n'
        '        Key("weekday", ChoiceValue(("mon", "tue", "wed", "thu", "fri")), msg("due on the next such day")),\n',
    ),
    "rules/coherence.py": (
        "            yield from _roll_problems(rule, due)\n",
        "            yield from _roll_problems(rule, due)\n"
        '            if "weekday" in rule.values and "roll" in rule.values:\n'
        '                yield Problem(rule.at("weekday"), msg("found with a roll"), msg("roll or a day of the week"))\n',
    ),
    "clock/engine.py": (
        "        dues = [self._reach(counting, due, case, late, day) for due in rule.due]\n",
        "        dues = [self._reach(counting, due, case, late, day) for due in rule.due]\n"
        "        if rule.weekday is not None:\n"
        "            calendars = self.circumstances.calendars\n"
        '            wanted = ("mon", "tue", "wed", "thu", "fri").index(rule.weekday)\n'
        "            days = [calendars.day_of(due) for due in dues]\n"
        "            # 1970-01-01, the day 0, was a Thursday\n"
        "            dues = [calendars.end((one + (wanted - one - 3) % 7).astype(one.dtype)) for one in days]\n",
    ),
}
BOOK = """
[playbook]
id = "callers"
name = { ja = "来客", en = "Callers" }
[[activity]]
id = "called"
name = { ja = "来訪", en = "Called" }
[[activity]]
id = "thanked"
name = { ja = "お礼", en = "Thanked" }
[[role]]
id = "host"
name = { ja = "担当", en = "Host" }
[[rule]]
id = "thank"
name = { ja = "お礼をする", en = "Thank" }
after = ["called"]
due = "2 days"
weekday = "fri"
until = ["thanked"]
role = "host"
"""
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
import playbook as pb
import polars as pl
from playbook.rules.reading import parse_playbook
from playbook.show.charts.comings import comings
from playbook.words.problem import PlaybookError

chart = comings(pl.DataFrame({"day": ["2026-11-02", "2026-11-03"], "n": [3, 5]}), "en")
text = (home / "callers.toml").read_text(encoding="utf-8")
(home / "calls").mkdir()
days = [f"C{n},called,2026-11-{n:02}" for n in range(2, 9)]
lines = {"events": ["case_id,activity,timestamp", *days],
         "cases": ["case_id,playbook", *(f"C{n},callers" for n in range(2, 9))]}
for name, of_table in lines.items():
    (home / "calls" / f"{name}.csv").write_text("\\n".join(of_table), encoding="utf-8")
due = pb.open(home / "calls", [home / "callers.toml"]).on("2026-11-30").due().sort("trigger_at")["due_at"].dt.date().cast(pl.String).to_list()
try:
    parse_playbook(text.replace('weekday = "fri"', 'weekday = "fri"\\nroll = "next"'), "callers")
    refused = ""
except PlaybookError as error:
    refused = error.problems[0].say("ja")
print(json.dumps({"kind": raw.kind, "rows": raw.frame.height, "formats": FORMATS, "status": made.exit_status,
                  "order": made.entries[0].order, "due": due, "refused": refused,
                  "chart": [chart.caption, [list(row) for row in chart.rows]], "reports": report_names(notebook_folder())}))
"""
WORDS = {
    "{n} came through the new door": "新しい窓口から {n} 人",
    "Who came on each day": "日ごとの来訪",
    "A bar is a day of the new door.": "棒は新しい窓口の一日です。",
    "{n} came, at most {most} on one day.": "{n}人が来ました。一日で最も多いのは{most}人です。",
    "due on the next such day": "次のその曜日を期限とする",
    "found with a roll": "roll といっしょに書かれています",
    "roll or a day of the week": "roll か曜日のどちらか",
}
OF_FORMAT = {"importing/systems/hrbox.py"}
OF_CHART = {"show/charts/comings.py"}
OF_WORDS = {"words/translations/ja.po", "words/translations/ja.mo"}
OF_REPORT = {"pages/arrivals.py", "words/translations/notebooks.po"}
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
    (package / "show" / "charts" / "comings.py").write_text(CHART, encoding="utf-8")
    for name, (stood, stands) in KIND.items():
        text = (package / name).read_text(encoding="utf-8")
        assert text.count(stood) == 1, f"{name}: {stood}"
        (package / name).write_text(text.replace(stood, stands), encoding="utf-8", newline="\n")
    (home / "callers.toml").write_text(BOOK, encoding="utf-8")
    for said, told_in_japanese in WORDS.items():
        known(package / "words" / "translations" / "ja.po", said, told_in_japanese)
    known(package / "words" / "translations" / "notebooks.po", "新しい窓口", "The new door")
    (home / "ws").mkdir()
    (home / "ws" / "events.csv").write_text("case_id,activity,timestamp\nA,applied,2026-11-02\n", encoding="utf-8")
    (home / "ws" / "cases.csv").write_text("case_id,playbook\nA,joins-selection\n", encoding="utf-8")
    (home / "people.json").write_text(json.dumps({"hrbox": [{"name": "水野"}]}), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(home / "src"), "PYTHONUTF8": "1"}
    for asked in (["docs/words.py"], ["-m", "playbook.rules.schema"], ["-c", ASK, str(home)]):
        done = subprocess.run([sys.executable, *asked], cwd=home, env=environment, capture_output=True, text=True,
                              encoding="utf-8", timeout=250, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr
    return home, before, json.loads(done.stdout.splitlines()[-1])


House = tuple[Path, dict[str, bytes], dict[str, Any]]


def test_a_report_is_its_notebook_its_page_and_its_words(house: House) -> None:
    """Beside the test four files are written, two are made of them; it runs, in English, and says where it stands.

    All that was written in the copy is the report's, the format's, the chart's or the kind of rule's.
    """
    home, before, said = house
    after = files(home)
    touched = {name for name in after if after[name] != before.get(name)}
    made = {"rules/playbook.schema.json"}  # of the grammar
    inside = {f"src/playbook/{name}" for name in OF_REPORT | OF_WORDS | OF_FORMAT | OF_CHART | set(KIND) | made}
    assert touched == {"notebooks/arrivals.ipynb", "notebooks/en/arrivals.ipynb", *inside}
    assert (said["status"], said["order"]) == (0, 5)
    assert "arrivals" in said["reports"]
    assert "The new door 1 came through the new door" in (home / "out" / "arrivals.html").read_text(encoding="utf-8")


def test_an_import_format_is_its_module(house: House) -> None:
    """A module among the systems is read and may be named in a mapping, and nothing else was told of it."""
    _, _, said = house
    assert (said["kind"], said["rows"]) == ("hrbox", 1)
    assert "hrbox" in said["formats"]


def test_a_chart_is_its_module_and_its_words(house: House) -> None:
    """A picture lies with its sentence in a file of its own; with its words and its test that is all it takes."""
    _, _, said = house
    caption, rows = said["chart"]
    assert caption == "8 came, at most 5 on one day."
    assert [row[-1] for row in rows] == ["3", "5"]


def test_a_kind_of_rule_is_four_files_and_its_proof(house: House) -> None:
    """Its noun, its key, what must hold together and the clock; the proof counts the days in plain Python."""
    home, _, said = house
    called = [date(2026, 11, day) for day in range(2, 9)]
    reached = [day + timedelta(days=2) for day in called]
    assert said["due"] == [(day + timedelta(days=(4 - day.weekday()) % 7)).isoformat() for day in reached]
    assert "roll か曜日のどちらか" in said["refused"]
    schema = (home / "src" / "playbook" / "rules" / "playbook.schema.json").read_text(encoding="utf-8")
    assert "次のその曜日を期限とする" in schema or "due on the next such day" in schema
