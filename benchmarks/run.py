"""Everything side by side in one go (`make bench`): equal answers first, then medians into docs/performance.md.

python benchmarks/run.py                      # 100 thousand, 1 and 10 million events; 12, 40 and 200 rules
python benchmarks/run.py --large              # and 50 million events, which takes some 16 GB for making the log
python benchmarks/run.py --events 10000 --rules 12 --repeats 1 --print    # a quick look

This process stays small, for what it starts inherits its peak of memory: logs are made and compared by others.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import starting

HERE = Path(__file__).resolve().parent
DATA = HERE / ".data"
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: written by benchmarks/run.py -->", "<!-- end of measured -->"
WARM, LARGE, PARTS = 10_000, 50_000_000, 10


@dataclass(frozen=True)
class Contender:
    """A way to the same answer: its script, and whether it lives in the environment of the benchmarks."""

    name: str
    script: str
    apart: bool = True
    answers: bool = True


OURS = Contender("playbook", "ours.py", apart=False)
CONTENDERS = (
    OURS,
    Contender("read + sort", "floor.py", apart=False, answers=False),
    Contender("numba, one pass", "with_numba.py"),
    Contender("DuckDB SQL", "with_duckdb.py"),
    Contender("pandas", "with_pandas.py"),
)


LARGE_ONES = (
    Contender("read + sort", "floor.py", apart=False, answers=False),
    Contender("playbook, whole", "ours.py", apart=False, answers=False),
    Contender("playbook, in parts", "ours_in_parts.py", apart=False, answers=False),
)


@dataclass
class Runs:
    """What was measured of one contender on one log and rule book; `None`: it did not finish in time."""

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)
    parts: list[dict[str, float]] = field(default_factory=list)

    def typical(self) -> float | None:
        return median(self.seconds) if self.seconds else None

    def work(self) -> float | None:
        return median(self.processor) if self.processor else None

    def part(self, name: str) -> float | None:
        return median(one[name] for one in self.parts) if self.parts else None


Key = tuple[int, int, str]


def main() -> int:
    given = _arguments()
    python = environment()
    results: dict[Key, Runs] = {}
    for events in given.events:
        folder = _log(events)
        for rules in given.rules:
            results |= _side_by_side(folder, events, rules, given, python)
    questions = {events: _questions(DATA / str(events), given, python) for events in given.events}
    begun = [] if given.no_reports else list(starting.measured(max(5, given.repeats)))
    large = _large(given) if given.large else {}
    page = _page(given, results, questions, begun, large)
    print(page)
    if not given.print:
        PAGE.write_text(_replaced(PAGE.read_text(encoding="utf-8"), page), encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(float(part)) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=numbers, default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--rules", type=numbers, default=[12, 40, 200])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=float, default=60, help="seconds after which a contender is given up")
    parser.add_argument("--large", action="store_true", help=f"{LARGE:,} events as well, once")
    parser.add_argument("--no-reports", action="store_true", help="without the command line and the reports")
    parser.add_argument("--print", action="store_true", help="print the page only")
    return parser.parse_args()


def environment() -> Path:
    """The Python of the benchmarks' own environment, made ready where it is not yet."""
    folder = HERE / ".venv"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        if folder.is_symlink():  # to an environment that is gone
            folder.unlink()
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    if subprocess.run([python, "-c", "import duckdb, numba, pm4py, ray"], capture_output=True, check=False).returncode:
        install = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes", "-r"]
        subprocess.run([python, *install, HERE / "requirements.lock"], check=True)
    return python


def _log(events: int, *parts: str) -> Path:
    """The folder of a log, made where it is not yet there."""
    folder = DATA / str(events)
    subprocess.run([sys.executable, HERE / "logs.py", folder, str(events), *parts], check=True)
    return folder


def _large(given: argparse.Namespace) -> dict[int, dict[str, dict[str, Any] | None]]:
    """The largest log, and that of ten million events for comparison: each once."""
    rules = str(given.rules[0])
    found = {}
    for events in (10_000_000, LARGE):
        folder = _log(events, str(PARTS))
        found[events] = {
            one.name: _said([sys.executable, HERE / one.script, folder, rules], 10 * given.limit) for one in LARGE_ONES
        }
    return found


def _side_by_side(folder: Path, events: int, rules: int, given: argparse.Namespace, python: Path) -> dict[Key, Runs]:
    """All contenders in turn, again and again, so that a noisy minute harms all alike."""
    found = {contender.name: Runs() for contender in CONTENDERS}
    late: set[str] = set()
    for repeat in range(given.repeats):
        for contender in CONTENDERS:
            if contender.name in late:
                continue
            out = DATA / f"answer-{contender.script}.parquet" if contender.answers and not repeat else None
            said = _run(contender, folder, rules, out, given.limit, python)
            if said is None:
                late.add(contender.name)
                continue
            runs = found[contender.name]
            runs.seconds.append(said["seconds"])
            runs.processor.append(said["processor"])
            runs.peak_mb.append(said["peak_mb"])
            runs.parts.append(said.get("parts", {}))
            if out and contender is not OURS and not _same(DATA / "answer-ours.py.parquet", out):
                raise SystemExit(f"{contender.name} answers otherwise: {events} events, {rules} rules")
            print(f"{events} events, {rules} rules, {contender.name}: {said['seconds']:.2f} s", file=sys.stderr)
    return {(events, rules, name): runs for name, runs in found.items()}


def _same(one: Path, other: Path) -> bool:
    return not subprocess.run([sys.executable, HERE / "compare.py", one, other], check=False).returncode


def _run(
    contender: Contender, folder: Path, rules: int, out: Path | None, limit: float, python: Path
) -> dict[str, Any] | None:
    command = [python if contender.apart else sys.executable, HERE / contender.script, folder, str(rules)]
    command += [out] if out else []
    if contender.script == "with_numba.py":
        command += ["--warm", _log(WARM)]
    return _said(command, limit)


def _said(command: Sequence[str | Path], limit: float) -> dict[str, Any] | None:
    """What a script prints last, as JSON; None where it takes too long."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", timeout=limit, check=False,
            env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        raise SystemExit(f"{command[1]} failed:\n{done.stderr}")
    said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return said


def _questions(folder: Path, given: argparse.Namespace, python: Path) -> dict[str, dict[str, float] | None]:
    """Seconds per question, ours and pm4py's; the answers must be equal."""
    found: dict[str, dict[str, float] | None] = {}
    answers = []
    for name, interpreter, script in (
        ("playbook", sys.executable, "questions_ours.py"),
        ("pm4py", python, "questions_pm4py.py"),
    ):
        runs = [
            _said([Path(interpreter), HERE / script, folder], given.limit)
            for _ in range(given.repeats if name == "playbook" else 1)
        ]
        said = [run for run in runs if run is not None]
        answers += [run["answers"] for run in said]
        parts = {part: median(run["seconds"][part] for run in said) for part in (said[0]["seconds"] if said else ())}
        found[name] = parts | {"peak": median(run["peak_mb"] for run in said)} if said else None
    if any(answer != answers[0] for answer in answers):
        raise SystemExit(f"pm4py answers otherwise on {folder.name} events: {answers}")
    return found


# --- the page ---------------------------------------------------------------------------------------------


def _page(
    given: argparse.Namespace,
    results: Mapping[Key, Runs],
    questions: Mapping[int, Any],
    begun: Sequence[list[str]],
    large: Mapping[int, Mapping[str, Any]],
) -> str:
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    parts = [
        f"Medians of {given.repeats} runs, each in its own process; {machine}.",
        "### Due actions: seconds",
        _table(given, results, lambda runs: _seconds(runs.typical())),
        "### Due actions: seconds of the processors, all cores together",
        _table(given, results, lambda runs: _seconds(runs.work())),
        "### Due actions: peak memory of the process, MB",
        _table(given, results, lambda runs: f"{median(runs.peak_mb):,.0f}" if runs.peak_mb else "–"),
        "### Against the goals",
        _goals(given, results, questions, begun),
        "### Funnel, time in stage, precedence: seconds",
        _asked(questions),
    ]
    if large:
        parts += [f"### {LARGE:,} events, {given.rules[0]} rules: seconds and peak memory", _grown(large)]
    return "\n\n".join(parts)


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _table(given: argparse.Namespace, results: Mapping[Key, Runs], cell: Any) -> str:
    names = [contender.name for contender in CONTENDERS]
    rows = [
        [f"{events:,}", str(rules), *(cell(results[events, rules, name]) for name in names)]
        for events in given.events
        for rules in given.rules
    ]
    return _markdown(["events", "rules", *names], rows)


def _goals(
    given: argparse.Namespace,
    results: Mapping[Key, Runs],
    questions: Mapping[int, Any],
    begun: Sequence[list[str]],
) -> str:
    events, rules = given.events[-1], 40 if 40 in given.rules else given.rules[-1]

    def times(name: str, rules: int = rules, events: int = events) -> tuple[float | None, float | None]:
        found = results[events, rules, name]
        return found.typical(), found.work()

    def ratios(one: tuple[float | None, ...], other: tuple[float | None, ...]) -> list[str]:
        return [_ratio(*pair) for pair in zip(one, other, strict=True)]

    ours = results[events, rules, OURS.name]
    where = f"{events:,} events, {rules} rules"
    floor, whole = times("read + sort"), times(OURS.name)
    rows = [
        [f"{where}: reading, validating and the clock, against read + sort", "1.0", *ratios(whole, floor)],
        [f"{where}: the clock alone, against read + sort", "1.0", _ratio(ours.part("clock"), floor[0]), ""],
        [f"{where}: peak memory, MB", "1,500", f"{median(ours.peak_mb):,.0f}", ""],
        [f"{where}: DuckDB SQL against ours", "at least 2", *ratios(times("DuckDB SQL"), whole)],
        [f"{where}: pandas against ours", "at least 4", *ratios(times("pandas"), whole)],
        [f"{events:,} events: {given.rules[-1]} rules against {given.rules[0]}", "at most 3",
         *ratios(times(OURS.name, given.rules[-1]), times(OURS.name, given.rules[0]))],
    ]  # fmt: skip
    if len(given.events) > 1:
        before = given.events[-2]
        growth = ratios(whole, times(OURS.name, events=before))
        rows.append([f"{events:,} events against {before:,}, {rules} rules", f"about {events / before:.0f}", *growth])
    asked = questions[events]["playbook"]
    if asked:
        for part in ("funnel", "time in stage"):
            rows.append([f"{events:,} events: {part}, against read + sort", "1.0", _ratio(asked[part], floor[0]), ""])
    return _markdown(["what", "goal", "measured", "by processor time"], [*rows, *begun])


def _grown(large: Mapping[int, Mapping[str, Any]]) -> str:
    rows = []
    for one in LARGE_ONES:
        small, whole = (found[one.name] for found in large.values())
        cells = [f"{said['seconds']:.1f} s, {said['peak_mb']:,.0f} MB" if said else "–" for said in (small, whole)]
        growth = _ratio(whole["seconds"] if whole else None, small["seconds"] if small else None)
        rows.append([one.name, *cells, growth])
    return _markdown(["way", *(f"{events:,} events" for events in large), "times as long"], rows)


def _ratio(one: float | None, other: float | None) -> str:
    return "–" if one is None or other is None else f"{one / other:.2f}"


def _asked(questions: Mapping[int, Any]) -> str:
    rows = []
    for events, found in questions.items():
        ours, theirs = found["playbook"] or {}, found["pm4py"] or {}
        for part in ("reading", "funnel", "time in stage", "precedence"):
            one, other = ours.get(part), theirs.get(part)
            rows.append([f"{events:,}", part, _seconds(one), _seconds(other), _ratio(other, one)])
    return _markdown(["events", "question", "playbook", "pm4py", "pm4py against ours"], rows)


def _markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _replaced(page: str, measured: str) -> str:
    before, rest = page.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{measured}\n\n{END}{rest.split(END, 1)[1]}"


if __name__ == "__main__":
    sys.exit(main())
