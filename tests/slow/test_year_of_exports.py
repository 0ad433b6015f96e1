"""A year of weekly exports that know the present state only: what becomes of the truth, and how much looks can know.

A firm is simulated day by day; each week its list is exported (id, name, state, owner), and each export is imported
where the last one left off. What the log says at the end is held against what really happened.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

import playbook as pb
from playbook.importing import import_files, mapping_from, write_workspace

TOKYO = ZoneInfo("Asia/Tokyo")
START = date(2026, 1, 5)
STATES = {
    "応募": "applied", "一次面接済": "first_interview_held", "内定": "offer_made", "承諾": "offer_accepted",
    "辞退": "withdrawn", "不合格": "rejected",
}  # fmt: skip
NEXT = {"応募": ("一次面接済", 0.5), "一次面接済": ("内定", 0.4), "内定": ("承諾", 0.7)}
MAPPING = mapping_from(
    {
        "playbook": "interview-aftercare",
        "source": [
            {
                "file": "list_20260105.csv",
                "cases": {"case_id": "番号", "subject": "氏名"},
                "states": {"column": "状況", "values": STATES},
            }
        ],
    }
)


@dataclass
class Firm:
    """People who move from state to state; `truth`: who came to which state on which day."""

    chance: random.Random
    a_day: float
    state: dict[str, str] = field(default_factory=dict)
    truth: list[tuple[str, str, date]] = field(default_factory=list)

    def live(self, day: date) -> None:
        """One day: some apply, some move on or drop out."""
        for id, now in list(self.state.items()):
            if now in NEXT and self.chance.random() < 0.12:
                onward, rate = NEXT[now]
                self.become(id, onward if self.chance.random() < rate else self.chance.choice(["辞退", "不合格"]), day)
        for _ in range(int(self.a_day) + (self.chance.random() < self.a_day % 1)):
            self.become(f"N-{len(self.state) + 1:05}", "応募", day)

    def become(self, id: str, state: str, day: date) -> None:
        """Somebody comes to a state."""
        self.state[id] = state
        self.truth.append((id, STATES[state], day))

    def exported(self, folder: Path, day: date) -> Path:
        """The list as it stands in the evening of a day."""
        path = folder / f"list_{day:%Y%m%d}.csv"
        rows = [f"{id},人{id},{state}" for id, state in sorted(self.state.items())]
        path.write_text("番号,氏名,状況\n" + "\n".join(rows) + "\n", encoding="utf-8")
        return path


def year(folder: Path, every: int, a_day: float) -> tuple[Firm, list[float]]:
    """A year of exports, one each so many days, and how long each import took."""
    firm, seconds = Firm(random.Random(7), a_day), []
    for n in range(364):
        day = START + timedelta(days=n)
        firm.live(day)
        if n % every == every - 1:
            path, taken = firm.exported(folder, day), datetime.combine(day, datetime.min.time(), TOKYO)
            began = time.perf_counter()
            write_workspace(import_files([path], MAPPING, taken=taken + timedelta(hours=18)), folder / "ws")
            seconds.append(time.perf_counter() - began)
    return firm, seconds


def seen(firm: Firm, folder: Path) -> tuple[float, float]:
    """Which share of what happened is in the log, and which share of that is said to lie where it did."""
    rows = pb.open(folder / "ws").on(START + timedelta(days=363)).log.events.collect()
    early = pl.col("earliest") if "earliest" in rows.columns else pl.lit(None, rows["timestamp"].dtype)
    told = {
        (case, activity): (since, until)
        for case, activity, since, until in rows.select(
            "case_id", "activity", early, pl.col("timestamp").alias("to")
        ).rows()
    }
    happened = [(id, activity, day) for id, activity, day in firm.truth if day <= START + timedelta(days=363)]
    known = [(told[id, activity], day) for id, activity, day in happened if (id, activity) in told]
    right = [
        day <= until.astimezone(TOKYO).date() and (since is None or since.astimezone(TOKYO).date() <= day)
        for (since, until), day in known
    ]
    return len(known) / len(happened), sum(right) / len(right)


@pytest.mark.parametrize(("every", "least"), [(7, 0.55), (1, 0.99)])
def test_a_year_left_alone_tells_what_its_looks_can_know(tmp_path: Path, every: int, least: float) -> None:
    """States that came and went between two looks are not invented; every event that is told lies where it happened."""
    firm, _ = year(tmp_path, every, a_day=1.5)
    share, right = seen(firm, tmp_path)
    print(f"one look every {every} days: {share:.1%} of what happened is known, {right:.1%} of it within its bounds")
    assert share >= least and right == 1.0
    funnel = pb.open(tmp_path / "ws").funnel(START + timedelta(days=363))
    won = sum(1 for state in firm.state.values() if state == "承諾")
    assert abs(funnel["advanced"].to_list()[-1] - won) <= 1
    ends = (
        pb.open(tmp_path / "ws")
        .on(START + timedelta(days=363))
        .log.events.collect()
        .group_by("case_id")
        .agg("activity")
    )
    unseen = sum(1 for acts in ends["activity"] if set(acts) <= {"withdrawn", "rejected"})
    assert (
        funnel["entered"].to_list()[0] == len(firm.state) - unseen
    )  # who was only ever seen as ended came to no stage


def test_a_year_of_imports_fits_into_a_monday(tmp_path: Path) -> None:
    """Five thousand people in a year: the imports together stay well within what a Monday has."""
    _, seconds = year(tmp_path, 7, a_day=13.7)
    print(f"52 imports: {sum(seconds):.1f} s; the second {seconds[1]:.2f}, the last {seconds[-1]:.2f}")
    assert sum(seconds) < 600  # on any machine; benchmarks say what it is on a quiet one
