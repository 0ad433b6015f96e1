"""Every figure agrees with an independent library, or with what was published."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import lifelines
import lifelines.datasets
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.utils import median_survival_times
from scipy import stats
from statsmodels.api import GLM
from statsmodels.genmod.families import Binomial
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from thinned import ALL, tries

from playbook.answers import statistics
from playbook.answers.exact import binomial_p

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "data" / "reference"

counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
lives = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=60)


def _dataset(name: str) -> tuple[np.ndarray, np.ndarray]:
    match name:
        case "lung":
            frame = lifelines.datasets.load_lung()
            return frame["time"].to_numpy(float), frame["status"].to_numpy(bool)
        case "waltons":
            frame = lifelines.datasets.load_waltons()
            return frame["T"].to_numpy(float), frame["E"].to_numpy(bool)
        case _:
            frame = lifelines.datasets.load_rossi()
            return frame["week"].to_numpy(float), frame["arrest"].to_numpy(bool)


# --- rates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_published(k: int, n: int, low: float, high: float) -> None:
    """The intervals are those of Newcombe (1998), Statist. Med. 17, 857-872, table I, method 3."""
    found = statistics.wilson_interval(k, n)
    assert found == pytest.approx((low, high), abs=5e-5)


@settings(max_examples=tries(8, 250), deadline=None)
@given(st.lists(counts, min_size=1, max_size=20))
def test_wilson_of_a_frame(rows: list[tuple[int, int]]) -> None:
    """The closed form over a whole frame equals SciPy's and statsmodels' interval of each row."""
    frame = statistics.with_rate(pl.DataFrame(rows, schema=["k", "n"], orient="row"), "k", "n")
    for k, n, rate, low, high in frame.iter_rows():
        if n == 0:
            assert (rate, low, high) == (None, None, None)
            continue
        assert rate == k / n
        assert (low, high) == pytest.approx(statistics.wilson_interval(k, n), abs=1e-12)
        assert (low, high) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-12)


def test_no_trials() -> None:
    """Nothing tried says nothing: the rate may be anything."""
    assert statistics.wilson_interval(0, 0) == (0.0, 1.0)


def test_lazy_rate() -> None:
    """A lazy frame stays lazy."""
    lazy = statistics.with_rate(pl.LazyFrame({"k": [1], "n": [2]}), "k", "n")
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect().columns == ["k", "n", "rate", "ci_low", "ci_high"]


def test_binomial_against_a_benchmark() -> None:
    """The exact test agrees with the sum of the probabilities of everything at most as likely."""
    k, n, p = 8, 20, 0.11
    all_probabilities = stats.binom.pmf(np.arange(n + 1), n, p)
    by_hand = all_probabilities[all_probabilities <= all_probabilities[k] * (1 + 1e-7)].sum()
    assert binomial_p(k, n, p) == pytest.approx(by_hand, rel=1e-9)


def test_small_number_guard() -> None:
    """Nine decided cases are too few, ten are not; the guard works on a column too."""
    frame = pl.DataFrame({"n": [0, 9, 10]}).with_columns(few=statistics.too_few(pl.col("n")))
    assert frame["few"].to_list() == [True, True, False]


# --- survival --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lung", "waltons", "rossi"])
def test_survival_curve_of_published_data(name: str) -> None:
    """The curve, its log-log band, the counts and the median with its interval are lifelines' own."""
    days, observed = _dataset(name)
    curve = statistics.kaplan_meier(days, observed)
    theirs = lifelines.KaplanMeierFitter().fit(days, observed)
    events = theirs.event_table
    assert curve["days"].to_list() == events.index.to_list()
    assert curve["at_risk"].to_list()[1:] == events["at_risk"].to_list()[1:]
    assert curve["left"].to_list() == events["observed"].to_list()
    assert curve["censored"].to_list() == events["censored"].to_list()
    assert curve["survival"].to_numpy() == pytest.approx(theirs.survival_function_.iloc[:, 0].to_numpy(), abs=1e-12)
    inside = (curve["survival"] > 0).to_numpy()
    band = theirs.confidence_interval_.to_numpy()[inside]
    assert curve.select("ci_low", "ci_high").to_numpy()[inside] == pytest.approx(band, abs=1e-9)
    found = statistics.median(curve)
    expected = theirs.median_survival_time_
    assert found.value == (None if np.isinf(expected) else expected)
    ends = median_survival_times(theirs.confidence_interval_).to_numpy()[0]
    assert (found.low, found.high) == tuple(None if np.isinf(end) else end for end in ends)


@pytest.mark.parametrize("name", ["lung", "waltons", "rossi"])
def test_survival_reference(name: str) -> None:
    """The figures written down in the reference file come out: n, median, S and its band at given times."""
    path = REFERENCE / "lifelines_bundled_published.json"
    if not path.exists():
        pytest.skip(f"the reference figures are not here: {path}")
    expected = json.loads(path.read_text(encoding="utf-8"))[name]
    days, observed = _dataset(name)
    curve = statistics.kaplan_meier(days, observed)
    assert (len(days), int(observed.sum())) == (expected["n"], expected["events"])
    assert statistics.median(curve).value == expected["median"]
    for at, survival in expected["S"].items():
        row = curve.filter(pl.col("days") <= float(at)).row(-1, named=True)
        assert row["survival"] == pytest.approx(survival, abs=1e-8)
        assert [row["ci_low"], row["ci_high"]] == pytest.approx(expected["S_ci95"][at], abs=1e-6)


def test_rossi_everyone_followed() -> None:
    """With everybody followed to week 52, the curve ends at the plain share: 1 - 114/432."""
    curve = statistics.kaplan_meier(*_dataset("rossi"))
    assert curve["survival"][-1] == pytest.approx(1 - 114 / 432, abs=1e-12)


def test_survival_band_at_the_ends() -> None:
    """The band is 1 while nobody has left, and not known where nobody is left."""
    curve = statistics.kaplan_meier([1, 2, 3], [False, True, True])
    assert curve["ci_low"].to_list()[:2] == [1.0, 1.0]
    assert curve.row(-1, named=True)["ci_high"] is None


def test_survival_of_nobody() -> None:
    """No case at all gives a curve of one point, and no median."""
    curve = statistics.kaplan_meier([], [])
    assert curve.height == 1
    assert statistics.median(curve) == statistics.Median(None, None, None)


def test_median_at_exactly_one_half() -> None:
    """The median is reached where the curve is one half, also when the product of floats misses it."""
    days = list(range(1, 11))
    assert statistics.median(statistics.kaplan_meier(days, [True] * 10)).value == 5
    grouped = statistics.medians(pl.DataFrame({"g": 1, "elapsed": days, "observed": True}), ["g"])
    assert grouped["median"].to_list() == [5]


@settings(max_examples=tries(8, 250), deadline=None)
@given(st.lists(lives, min_size=1, max_size=4))
def test_medians_of_groups(groups: list[list[tuple[int, bool]]]) -> None:
    """Medians of many groups at once equal the median of each group's curve, and lifelines'."""
    rows = [(g, day, seen) for g, group in enumerate(groups) for day, seen in group]
    frame = pl.DataFrame(rows, schema={"g": pl.Int64, "elapsed": pl.Int64, "observed": pl.Boolean}, orient="row")
    found = dict(statistics.medians(frame, ["g"]).iter_rows())
    for g, group in enumerate(groups):
        days, seen = zip(*group, strict=True)
        assert found[g] == statistics.median(statistics.kaplan_meier(days, seen)).value
        theirs = lifelines.KaplanMeierFitter().fit(days, seen).survival_function_.iloc[:, 0]
        reached = theirs.index[theirs <= 0.5 + 1e-9]
        assert found[g] == (reached[0] if len(reached) else None)


def test_numbers_at_risk() -> None:
    """The numbers under a curve count who is still there just before each time, as lifelines does."""
    days, observed = _dataset("lung")
    theirs = lifelines.KaplanMeierFitter().fit(days, observed).event_table["at_risk"]
    at = [5, 310, 1022]
    assert statistics.numbers_at_risk(days, at) == [int(theirs.loc[day]) for day in at]


# --- competing ways out ----------------------------------------------------------------------------------


@pytest.mark.parametrize("cause", [1, 2])
def test_cumulative_incidence(cause: int) -> None:
    """Incidence and band of each cause equal lifelines' Aalen-Johansen fit where no two causes are tied."""
    random = np.random.default_rng(11)
    days = np.sort(random.exponential(30, 150))
    causes = random.choice([0, 1, 2], 150, p=[0.3, 0.4, 0.3])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lifelines.AalenJohansenFitter().fit(days, causes, event_of_interest=cause)
    named = [None if c == 0 else str(c) for c in causes]
    ours = statistics.cumulative_incidence(days, named).filter(pl.col("cause") == str(cause))
    assert ours["incidence"].to_numpy() == pytest.approx(theirs.cumulative_density_.iloc[:, 0].to_numpy(), abs=1e-12)
    band = theirs.confidence_interval_cumulative_density_.to_numpy()
    known = ours["ci_low"].is_not_null().to_numpy() & np.isfinite(band).all(axis=1)
    assert known.sum() > 100
    low_high = np.sort(band[known], axis=1)
    assert ours.select("ci_low", "ci_high").to_numpy()[known] == pytest.approx(low_high, abs=1e-9)


@settings(max_examples=tries(8, 250), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([None, "a", "b", "c"])), min_size=1, max_size=50))
def test_incidences_and_survival_add_up(rows: list[tuple[int, str | None]]) -> None:
    """Ties or not: what left by each way and what is still there is everything, at every time."""
    days, causes = zip(*rows, strict=True)
    curve = statistics.kaplan_meier(days, [cause is not None for cause in causes])
    ways = statistics.cumulative_incidence(days, causes)
    if ways.is_empty():
        assert set(causes) == {None}
        return
    total = ways.group_by("days").agg(pl.col("incidence").sum()).sort("days")["incidence"]
    assert (total + curve["survival"]).to_numpy() == pytest.approx(np.ones(curve.height), abs=1e-12)
    assert ways.filter(pl.col("ci_low") > pl.col("incidence") + 1e-12).is_empty()


def test_one_way_out_is_one_minus_survival() -> None:
    """With a single way out, incidence is what the survival curve leaves."""
    days, observed = _dataset("waltons")
    ways = statistics.cumulative_incidence(days, ["left" if seen else None for seen in observed])
    curve = statistics.kaplan_meier(days, observed)
    assert ways["incidence"].to_numpy() == pytest.approx(1 - curve["survival"].to_numpy(), abs=1e-12)


# --- two groups ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("k1", "n1", "k0", "n0", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
    ],
)
def test_difference_published(k1: int, n1: int, k0: int, n0: int, low: float, high: float) -> None:
    """The intervals of a difference are those of Newcombe (1998), Statist. Med. 17, 873-890, table II."""
    found = statistics.compare(k1, n1, k0, n0)
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), abs=6e-5)


@settings(max_examples=tries(8, 250), deadline=None)
@given(counts, counts)
def test_difference_of_two_rates(first: tuple[int, int], second: tuple[int, int]) -> None:
    """Interval and exact p-value equal statsmodels' and SciPy's; an empty group is refused."""
    (k1, n1), (k0, n0) = first, second
    found = statistics.compare(k1, n1, k0, n0)
    if min(n1, n0) == 0:
        assert found.p_value is None and not found.enough
        return
    theirs = confint_proportions_2indep(k1, n1, k0, n0, method="newcomb")
    assert (found.ci_low, found.ci_high) == pytest.approx(theirs, abs=1e-9)
    assert found.p_value == pytest.approx(stats.fisher_exact([[k1, n1 - k1], [k0, n0 - k0]])[1])
    assert found.enough == (min(n1, n0, k1 + k0, n1 + n0 - k1 - k0) >= statistics.TOO_FEW)


def test_lady_tasting_tea() -> None:
    """Fisher's own example: three of four cups guessed right is no finding, p = 0.486."""
    found = statistics.compare(3, 4, 1, 4)
    assert found.p_value == pytest.approx(34 / 70)
    assert found.odds_ratio == 9
    assert not found.enough


@settings(max_examples=400 if ALL else 5, deadline=None)  # statsmodels takes 0.1 s for each
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_corrections(p_values: list[float]) -> None:
    """Both corrections equal statsmodels'."""
    assert statistics.holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])
    found = statistics.benjamini_hochberg(p_values)
    assert found == pytest.approx(multipletests(p_values, method="fdr_bh")[1])


def test_corrections_of_nothing() -> None:
    """No question, no correction."""
    assert statistics.holm([]) == []
    assert statistics.benjamini_hochberg([]) == []


# --- series ----------------------------------------------------------------------------------------------


def test_step_change_is_a_binomial_regression() -> None:
    """The segmented regression equals statsmodels' binomial GLM: odds ratio, interval, p-value."""
    k, n, change = [20, 24, 22, 25, 38, 41, 40], [50, 55, 52, 60, 61, 64, 60], 4
    period = np.arange(7.0)
    x = np.column_stack([np.ones(7), period, period >= change])
    theirs = GLM(np.column_stack([k, np.subtract(n, k)]), x, family=Binomial()).fit(tol=1e-12)
    found = statistics.step_change(k, n, change)
    assert found is not None
    assert found.odds_ratio == pytest.approx(np.exp(theirs.params[2]), rel=1e-8)
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(np.exp(theirs.conf_int()[2])), rel=1e-6)
    assert found.p_value == pytest.approx(theirs.pvalues[2], rel=1e-6)


def test_trend_is_a_binomial_regression() -> None:
    """The trend equals statsmodels' binomial GLM on the number of the period."""
    k, n = [20, 24, 30, 35], [50, 50, 50, 50]
    x = np.column_stack([np.ones(4), np.arange(4.0)])
    theirs = GLM(np.column_stack([k, np.subtract(n, k)]), x, family=Binomial()).fit(tol=1e-12)
    found = statistics.trend(k, n)
    assert found is not None
    assert found.odds_ratio == pytest.approx(np.exp(theirs.params[1]), rel=1e-8)
    assert found.p_value == pytest.approx(theirs.pvalues[1], rel=1e-6)


@pytest.mark.parametrize(
    ("k", "n", "change"),
    [
        ([1, 2, 3], [9, 9, 9], 1),
        ([0, 0, 0, 5, 6, 5], [9] * 6, 3),
        ([1, 2, 0, 3, 3, 3], [5, 5, 0, 5, 5, 5], 3),
    ],
)
def test_a_series_that_carries_nothing(k: list[int], n: list[int], change: int) -> None:
    """Too short a series, a side without any success or empty periods give no estimate instead of a wild one."""
    assert statistics.step_change(k, n, change) is None


def test_a_trend_needs_three_periods() -> None:
    """Two periods are a difference, not a trend."""
    assert statistics.trend([1, 2], [9, 9]) is None
