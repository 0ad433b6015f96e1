"""What a year of weekly exports costs: 52 lists of 5,000 people, each imported where the last one left off.

`python benchmarks/imports.py --people 5000 --weeks 52`: seconds of the processors of all imports, and the ratio of the
last to the second, for a list that knows states only and for one with a column of days a stage. In a year a quarter of
the people leave the list and are replaced, so the log grows by half; the goals are in docs/performance.md.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from playbook.importing import import_files, mapping_from, write_workspace

TOKYO = ZoneInfo("Asia/Tokyo")
START = date(2026, 1, 5)
STAGES = {"応募": "applied", "一次面接": "first_interview_held", "内定": "offer_made", "承諾": "offer_accepted"}
CASES = {"case_id": "番号", "subject": "氏名", "position": "職種"}
KINDS = {
    "states": {"states": {"column": "状況", "values": STAGES}},
    "days": {"stages": {f"{stage}日": activity for stage, activity in STAGES.items()}},
}


@dataclass
class List:
    """People and the day on which each came to each stage."""

    chance: random.Random
    came: dict[str, list[date]] = field(default_factory=dict)
    ever: int = 0

    def week(self, people: int, day: date) -> None:
        """A week: some move on, some leave the list, and it is filled up to so many people."""
        for id, days in list(self.came.items()):
            if self.chance.random() < 0.01:
                del self.came[id]
            elif len(days) < len(STAGES) and self.chance.random() < 0.04:
                days.append(day - timedelta(days=self.chance.randrange(5)))
        while len(self.came) < people:
            self.ever += 1
            self.came[f"N-{self.ever:05}"] = [day - timedelta(days=self.chance.randrange(60))]

    def write(self, path: Path, kind: str) -> None:
        """The list as an export."""
        path.write_text("\n".join(self._lines(kind)) + "\n", encoding="utf-8")

    def _lines(self, kind: str) -> Iterator[str]:
        heads = ["状況"] if kind == "states" else [f"{stage}日" for stage in STAGES]
        yield ",".join(["番号,氏名,職種", *heads])
        for id, days in self.came.items():
            cells = [list(STAGES)[len(days) - 1]] if kind == "states" else [f"{day:%Y/%m/%d}" for day in days]
            yield ",".join([id, f"人 {id}", "営業", *cells, *[""] * (len(heads) - len(cells))])


def year(folder: Path, kind: str, people: int, weeks: int) -> list[float]:
    """Seconds of the processors that each import took; every list holds so many people."""
    source = {"file": "list_*.csv", "cases": CASES, **KINDS[kind]}
    mapping = mapping_from({"playbook": "interview-aftercare", "source": [source]})
    listed, seconds = List(random.Random(7)), []
    for n in range(weeks):
        day = START + timedelta(weeks=n)
        listed.week(people, day)
        path = folder / f"list_{day:%Y%m%d}.csv"
        listed.write(path, kind)
        began = time.process_time()
        taken = datetime(day.year, day.month, day.day, 18, tzinfo=TOKYO)
        write_workspace(import_files([path], mapping, taken=taken), folder / "workspace", taken=taken)
        seconds.append(time.process_time() - began)
    return seconds


def main() -> None:
    """Measure and print one line a kind of list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--weeks", type=int, default=52)
    given = parser.parse_args()
    print(f"{given.weeks} exports of {given.people:,} people each")
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            seconds = year(Path(folder), kind, given.people, given.weeks)
        second, last = (median(some) for some in (seconds[1:4], seconds[-3:]))
        print(f"{kind:7} all {sum(seconds):5.1f} s, second {second:.2f}, last {last:.2f}: {last / second:.2f} times")


if __name__ == "__main__":
    main()
