"""Figures held against a known truth, over a thousand simulated runs; what was found is written to docs/statistics.md.

Run by `pytest tests/slow`, some minutes. The simulator (`playbook.simulation`) draws every fork and delay from shares
that are known; in `plain` time nothing depends on the calendar, so that a large run watched to its end is the truth of
a small one cut off in the middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from playbook.answers.flow import declines
from playbook.answers.flow.cycles import change_effects, trends
from playbook.answers.flow.funnel import DAY, funnel, stays
from playbook.answers.statistics import cumulative_incidence, kaplan_meier, median
from playbook.clock.due import due_actions, recorded
from playbook.clock.known import AsOf, EventLog, known
from playbook.rules.reading import builtin_playbooks
from playbook.simulation import simulate
from playbook.tables.settings import Settings
from playbook.tables.stored import tables_from_frames

RUNS = 1_000
BOOK = "interview-aftercare"
STAGES = ("application", "first_interview", "second_interview", "final_interview", "offer")
FLAT: dict[str, Any] = {"pace": "plain", "late_odds": 1.0, "change_on": None}
YOUNG: dict[str, Any] = {**FLAT, "months": 3}
"""Three months of history: about every sixth case is still open in its first stage."""

DOCS = Path(__file__).resolve().parents[2] / "docs" / "statistics.md"


def log_of(seed: int, cases: int, **changes: Any) -> EventLog:
    """The event log of one simulated run at the end of its history."""
    simulated = simulate(seed=seed, cases={BOOK: cases}, details=False, **changes)
    books = [book for book in builtin_playbooks() if book.id == BOOK]
    tables = tables_from_frames(simulated.tables, books, Settings())
    return known(tables, books, AsOf.of(simulated.scenario.until, ZoneInfo("Asia/Tokyo")))


@dataclass(frozen=True)
class Truth:
    """What is true of one stage: the days of stays watched to their ends, how each ended, the rate of advancing."""

    days: np.ndarray[Any, np.dtype[np.float64]]
    ended: pl.Series

    @property
    def rate(self) -> float:
        return float((self.ended == "advanced").mean() or 0)

    def quantile(self, share_left: float) -> float:
        """The day by which this share has left."""
        return float(np.quantile(self.days, share_left))

    def survival(self, day: float) -> float:
        return float((self.days > day).mean())

    def incidence(self, cause: str, day: float) -> float:
        return float(((self.ended == cause).to_numpy() & (self.days <= day)).mean())


@cache
def truths() -> dict[str, Truth]:
    """Two hundred thousand cases, every one watched to its end."""
    log = log_of(7, 200_000, **FLAT, quiet_days=400)
    ended = stays(log).filter(pl.col("ended").is_not_null())
    return {
        stage: Truth((own["elapsed"] / DAY).to_numpy(), own["ended"])
        for (stage,), own in ended.partition_by("stage", as_dict=True).items()
    }


def stage_stays(seed: int, cases: int, **changes: Any) -> Iterator[tuple[str, pl.DataFrame]]:
    """The stays of one run, stage by stage."""
    every = stays(log_of(seed, cases, **changes)).with_columns(days=pl.col("elapsed") / DAY)
    for stage in STAGES:
        yield stage, every.filter(pl.col("stage") == stage)


class Coverage:
    """How often intervals held the truth, by what they are intervals of."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], list[bool]] = {}

    def note(self, kind: str, stage: str, truth: float, low: float | None, high: float | None) -> None:
        """Count one interval; one that is open to a side holds everything on it."""
        held = (low is None or low <= truth + 1e-9) and (high is None or truth - 1e-9 <= high)
        self.held.setdefault((kind, stage), []).append(held)

    def share(self, kind: str) -> float:
        """The share of runs in which intervals of a kind held the truth, all stages together."""
        return float(np.mean([held for (one, _), all_held in self.held.items() if one == kind for held in all_held]))

    def of(self, kind: str, stage: str) -> float | None:
        """The same for one stage; None where it was not looked at."""
        held = self.held.get((kind, stage))
        return float(np.mean(held)) if held else None


def _read(curve: pl.DataFrame, day: float, column: str) -> float | None:
    value = curve.filter(pl.col("days") <= day)[column].last()
    return None if value is None else float(value)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    """Every interval of a thousand runs: rates of cases watched to the end, curves of young data with open cases."""
    found = Coverage()
    for seed in range(RUNS):
        rates = funnel(log_of(seed, 200, **FLAT, quiet_days=200))
        for row in rates.filter(pl.col("stage").is_in(STAGES)).iter_rows(named=True):
            found.note("wilson", row["stage"], truths()[row["stage"]].rate, row["ci_low"], row["ci_high"])
        for stage, own in stage_stays(seed, 300, **YOUNG):
            _note_curves(found, stage, own)
    return found


def _note_curves(found: Coverage, stage: str, own: pl.DataFrame) -> None:
    truth = truths()[stage]
    curve = kaplan_meier(own["days"], own["ended"].is_not_null())
    for left in (0.25, 0.5, 0.75):
        day = truth.quantile(left)
        low, high = _read(curve, day, "ci_low"), _read(curve, day, "ci_high")
        if low is not None:
            found.note("kaplan_meier", stage, truth.survival(day), low, high)
    middle = median(curve)
    found.note("median", stage, truth.quantile(0.5), middle.low, middle.high)
    day, causes = truth.quantile(0.75), cumulative_incidence(own["days"], own["ended"])
    for (cause,), grown in causes.partition_by("cause", as_dict=True).items():
        low = _read(grown, day, "ci_low")
        if low is not None and cause in ("advanced", "rejected", "declined"):
            found.note(f"incidence {cause}", stage, truth.incidence(str(cause), day), low, _read(grown, day, "ci_high"))


KINDS = ("wilson", "kaplan_meier", "median", "incidence advanced", "incidence rejected", "incidence declined")


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_cover(coverage: Coverage, kind: str) -> None:
    """Nominal 95 % intervals hold the truth in 93 to 97 % of a thousand runs."""
    assert 0.93 <= coverage.share(kind) <= 0.97


# --- biased ways to count --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Middle:
    """Medians of the time in a stage: the true one, and the mean over the runs of three estimates of it."""

    stage: str
    truth: float
    ours: float
    completed: float
    movers: float


@pytest.fixture(scope="module")
def middles() -> list[Middle]:
    """Three estimates on the same young data: ours, of completed stays only, of those who moved on only."""
    seen: dict[str, list[tuple[float, float, float]]] = {stage: [] for stage in STAGES}
    for seed in range(RUNS):
        for stage, own in stage_stays(seed, 300, **YOUNG):
            over, moved = own.filter(pl.col("ended").is_not_null()), own.filter(pl.col("ended") == "advanced")
            ours = median(kaplan_meier(own["days"], own["ended"].is_not_null())).value
            if ours is not None and over.height and moved.height:
                seen[stage].append((ours, _median(over), _median(moved)))
    return [
        Middle(stage, truths()[stage].quantile(0.5), *(float(mean) for mean in np.mean(rows, axis=0)))
        for stage, rows in seen.items()
    ]


def _median(own: pl.DataFrame) -> float:
    return float(own["days"].median())  # type: ignore[arg-type]


def test_our_median_is_right_and_the_usual_ones_are_not(middles: list[Middle]) -> None:
    """In the first stage completed stays look too short by over 5 %, movers too long by over 10 %; ours is within 3 %."""
    first = next(one for one in middles if one.stage == "application")
    assert abs(first.ours / first.truth - 1) < 0.03
    assert first.completed / first.truth - 1 < -0.05
    assert first.movers / first.truth - 1 > 0.10


# --- late contact and declines ---------------------------------------------------------------------------

CONTACT = "followup-mail"
FOUND = ("more", "fewer")


def _findings(seed: int, cases: int, **changes: Any) -> pl.DataFrame:
    log = recorded(log_of(seed, cases, change_on=None, **changes))
    found = declines.associations(log, due_actions(log).collect())
    return found.filter(pl.col("verdict").is_in(FOUND))


def _share(runs: int, happened: Callable[[int], bool]) -> float:
    return sum(happened(seed) for seed in range(runs)) / runs


@pytest.fixture(scope="module")
def power() -> dict[int, float]:
    """How often the planted effect of a late contact is found, by the number of cases."""

    def found(cases: int) -> Callable[[int], bool]:
        return lambda seed: (_findings(seed, cases, late_odds=3.0)["rule_id"] == CONTACT).any()

    return {600: _share(200, found(600)), 1_500: _share(100, found(1_500)), 6_000: _share(100, found(6_000))}


@pytest.fixture(scope="module")
def false_alarms() -> float:
    """How often any rule is held against declines where none has an effect."""
    return _share(RUNS, lambda seed: _findings(seed, 600, late_odds=1.0).height > 0)


def test_a_planted_effect_is_found(power: dict[int, float]) -> None:
    """A late contact that triples the odds of a decline is found in nine of ten runs of 6,000 cases."""
    assert power[6_000] >= 0.9
    assert power[600] < power[1_500] < power[6_000]


def test_no_effect_seldom_alarms(false_alarms: float) -> None:
    """With no effect at all, at most one run in twenty holds any rule against declines."""
    assert false_alarms <= 0.05


# --- series ----------------------------------------------------------------------------------------------

CHANGED = date(2025, 12, 1)


@dataclass(frozen=True)
class Flatness:
    """In which share of runs a flat history was said to move, and a changed one to have changed."""

    trend_alarms: float
    change_alarms: float
    change_found: float


@pytest.fixture(scope="module")
def flatness() -> Flatness:
    """A thousand flat histories, and a hundred in which aftercare improved."""

    def moved(verdicts: pl.Series) -> bool:
        return bool(verdicts.is_in(["better", "worse"]).any())

    trend_alarms, change_alarms = 0, 0
    for seed in range(RUNS):
        log = log_of(seed, 600, **FLAT)
        trend_alarms += moved(trends(log)["verdict"])
        change_alarms += moved(change_effects(log, CHANGED)["verdict"])
    better = {**FLAT, "change_on": CHANGED, "change_odds": 0.4}

    def improved(seed: int) -> bool:
        return bool((change_effects(log_of(seed, 3_000, **better), CHANGED)["verdict"] == "better").any())

    return Flatness(trend_alarms / RUNS, change_alarms / RUNS, _share(100, improved))


def test_a_flat_series_is_reported_as_flat(flatness: Flatness) -> None:
    """Of a thousand flat histories at most one in twenty is said to move, by trend or by change."""
    assert flatness.trend_alarms <= 0.05
    assert flatness.change_alarms <= 0.05


def test_a_change_is_found(flatness: Flatness) -> None:
    """An aftercare that more than halves the odds of a decline is found in nine of ten runs of 3,000 cases."""
    assert flatness.change_found >= 0.9


# --- written down ----------------------------------------------------------------------------------------

_KIND_NAMES = {
    "wilson": ("通過率（ウィルソン）", "Advance rate (Wilson)"),
    "kaplan_meier": ("とどまる割合（カプラン・マイヤー、3時点）", "Share still there (Kaplan-Meier, three days)"),
    "median": ("日数の中央値（カプラン・マイヤー）", "Median days (Kaplan-Meier)"),
    "incidence advanced": ("通過の累積割合（オーレン・ヨハンセン）", "Cumulative share advanced (Aalen-Johansen)"),
    "incidence rejected": ("不合格の累積割合", "Cumulative share rejected"),
    "incidence declined": ("辞退の累積割合", "Cumulative share declined"),
}
_STAGE_NAMES = {
    "application": ("応募・面談", "application"),
    "first_interview": ("一次面接", "first interview"),
    "second_interview": ("二次面接", "second interview"),
    "final_interview": ("最終面接", "final interview"),
    "offer": ("内定", "offer"),
}


def test_the_figures_are_written_down(
    coverage: Coverage,
    middles: list[Middle],
    power: dict[int, float],
    false_alarms: float,
    flatness: Flatness,
) -> None:
    """docs/statistics.md says in both languages what these runs found."""
    text = DOCS.read_text(encoding="utf-8")
    for lang in (0, 1):
        text = _replaced(text, f"coverage:{'ja' if lang == 0 else 'en'}", _coverage_table(coverage, lang))
        text = _replaced(text, f"medians:{'ja' if lang == 0 else 'en'}", _median_table(middles, lang))
        tests = _test_table(power, false_alarms, flatness, lang)
        text = _replaced(text, f"tests:{'ja' if lang == 0 else 'en'}", tests)
    DOCS.write_text(text, encoding="utf-8", newline="\n")
    assert _percent(coverage.share("wilson")) in text


def _replaced(text: str, name: str, table: str) -> str:
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, found, rest = text.partition(start)
    assert found, f"docs/statistics.md has no place for {name}"
    return before + start + table + end + rest.partition(end)[2]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---", *["---:"] * (len(head) - 1)), *rows]
    return "\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n\n"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.1f} %"


def _coverage_table(coverage: Coverage, lang: int) -> str:
    head = (("区間", "Interval")[lang], ("全体", "all")[lang], *(_STAGE_NAMES[stage][lang] for stage in STAGES))
    rows = [
        (
            _KIND_NAMES[kind][lang],
            _percent(coverage.share(kind)),
            *(_percent(coverage.of(kind, stage)) for stage in STAGES),
        )
        for kind in KINDS
    ]
    return _table(head, rows)


def _median_table(middles: list[Middle], lang: int) -> str:
    head = (
        ("段階", "真の値", "本ツール", "終わった案件だけ", "進んだ案件だけ"),
        ("Stage", "truth", "ours", "completed only", "movers only"),
    )[lang]
    return _table(head, [_median_row(one, lang) for one in middles])


def _median_row(one: Middle, lang: int) -> tuple[str, ...]:
    off = [f"{days:.2f} ({days / one.truth - 1:+.1%})" for days in (one.ours, one.completed, one.movers)]
    return (_STAGE_NAMES[one.stage][lang], f"{one.truth:.2f}", *off)


def _test_table(power: dict[int, float], false_alarms: float, flatness: Flatness, lang: int) -> str:
    head = (("問い", "該当した割合"), ("Question", "share of runs"))[lang]
    planted = [
        ((f"遅い連絡が辞退のオッズを3倍にするとき、見つかる（{n:,}件）",
          f"Late contact triples the odds of a decline: found ({n:,} cases)")[lang], _percent(share))
        for n, share in power.items()
    ]  # fmt: skip
    others = (
        (("効果がないのに、どれかのルールを疑う（600件）", "No effect, some rule suspected (600 cases)"), false_alarms),
        (("平らな推移を「動いた」と言う（600件）", "Flat series said to move (600 cases)"), flatness.trend_alarms),
        (("変更がないのに「変わった」と言う（600件）", "No change, said to have changed (600 cases)"), flatness.change_alarms),
        (("辞退のオッズを0.4倍にした変更が見つかる（3,000件）", "A change to 0.4 of the odds of a decline: found (3,000 cases)"),
         flatness.change_found),
    )  # fmt: skip
    return _table(head, [*planted, *((said[lang], _percent(share)) for said, share in others)])
