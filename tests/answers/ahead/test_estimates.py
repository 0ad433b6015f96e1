"""The estimates behind the limits, held against lifelines, statsmodels and SciPy."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest
from scipy import stats
from thinned import ALL

from playbook.answers.ahead.estimates import (
    CENSORED,
    OTHER,
    WANTED,
    Difference,
    binomial_tail,
    difference,
    horizon_of,
    pooled,
    pseudo_values,
)
from playbook.answers.statistics import cumulative_incidence


def _cases(seed: int, n: int, censored: float) -> tuple[np.ndarray, np.ndarray]:
    """Times with many ties, and how each case left."""
    rng = np.random.default_rng(seed)
    days = np.ceil(rng.exponential(10, n))
    cause = rng.choice([CENSORED, WANTED, OTHER], n, p=[censored, (1 - censored) / 2, (1 - censored) / 2])
    return days, cause


def test_pseudo_values_of_cases_that_all_ended_are_what_became_of_them() -> None:
    """Without anybody open there is nothing to estimate: 1 or 0."""
    days, cause = _cases(1, 200, 0.0)
    assert pseudo_values(days, cause, 15.0) == pytest.approx(((cause == WANTED) & (days <= 15)).astype(float))


@pytest.mark.parametrize("seed", [2, 3] if ALL else [2])
def test_pseudo_values_add_up_to_the_incidence_of_lifelines(seed: int) -> None:
    """Their mean is the Aalen-Johansen estimate, and each is near n F - (n - 1) F without the case."""
    from lifelines import AalenJohansenFitter

    days, cause = _cases(seed, 150, 0.3)
    days = days + np.random.default_rng(seed).uniform(0, 0.5, 150)  # lifelines draws lots where times are equal

    def incidence(kept: np.ndarray) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted = AalenJohansenFitter().fit(days[kept], cause[kept], WANTED)
        return float(fitted.cumulative_density_.loc[:15.0].iloc[-1, 0])

    everyone = np.ones(150, dtype=bool)
    found = pseudo_values(days, cause, 15.0)
    assert found.mean() == pytest.approx(incidence(everyone), abs=1e-6)
    for left_out in range(0, 150, 10 if ALL else 50):
        without = everyone.copy()
        without[left_out] = False
        jackknife = 150 * incidence(everyone) - 149 * incidence(without)
        assert found[left_out] == pytest.approx(jackknife, abs=0.02)


def test_pseudo_values_of_equal_times_add_up_to_the_incidence() -> None:
    """Where many leave on one day their mean is still the share that has left."""
    days, cause = _cases(4, 150, 0.3)
    named = [{WANTED: "wanted", OTHER: "other"}.get(one) for one in cause.tolist()]
    curve = cumulative_incidence(days, named).filter(cause="wanted").filter(pl.col("days") <= 15)
    assert pseudo_values(days, cause, 15.0).mean() == pytest.approx(curve["incidence"][-1])


def test_one_sees_to_the_end_where_nobody_is_open_and_else_as_far_as_ten_are_left() -> None:
    """Beyond the last ten a share rests on nothing."""
    days = np.arange(1.0, 101.0)
    assert horizon_of(days, np.full(100, WANTED)) == 100
    assert horizon_of(days, np.where(days > 50, CENSORED, WANTED)) == 91
    assert horizon_of(days[:5], np.full(5, CENSORED)) == 0


def test_a_difference_is_that_of_least_squares_and_its_error_that_of_hc3() -> None:
    """Slopes and robust errors are those of statsmodels, levels of the strata included."""
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    n = 120
    strata, group = rng.integers(0, 3, n), rng.random(n) < 0.3
    held = rng.normal(size=(n, 2))
    outcome = 0.2 * group + 0.1 * strata + held @ [0.3, -0.1] + rng.normal(size=n)
    design = np.column_stack([group.astype(float), held, np.eye(3)[strata]])
    expected = sm.OLS(outcome, design).fit(cov_type="HC3")
    found = difference(outcome, group, strata, np.arange(n), held)
    assert found is not None
    assert found.value == pytest.approx(expected.params[0])
    assert found.error == pytest.approx(expected.bse[0])
    fewest = min(group.sum(), n - group.sum()) - 1
    assert found.freedom == fewest
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(found.value) / found.error, fewest), rel=0.01)
    half = stats.t.ppf(0.975, fewest) * found.error
    assert found.interval == pytest.approx((found.value - half, found.value + half), rel=1e-3)


@pytest.mark.parametrize(("t", "freedom"), [(1.5, 9), (2.7, 12), (3.5, 25), (4.0, 80)])
def test_few_cases_are_judged_by_students_t(t: float, freedom: int) -> None:
    """The tail and the interval are those of SciPy to the digits that matter."""
    found = Difference(t, 1.0, freedom)
    assert found.p_value == pytest.approx(2 * stats.t.sf(t, freedom), rel=0.03)
    assert found.interval[1] - t == pytest.approx(stats.t.ppf(0.975, freedom), rel=2e-3)


def test_a_case_counted_three_times_is_no_surer_than_counted_once() -> None:
    """Rows of one case are summed before they are squared."""
    rng = np.random.default_rng(6)
    outcome, group = rng.normal(size=60), rng.random(60) < 0.5
    once = difference(outcome, group, np.zeros(60, int), np.arange(60))
    thrice = difference(*(np.tile(one, 3) for one in (outcome, group, np.zeros(60, int), np.arange(60))))
    assert once is not None and thrice is not None
    assert thrice.value == pytest.approx(once.value)
    assert thrice.error == pytest.approx(once.error, rel=0.05)


def test_groups_that_never_meet_in_a_stratum_are_not_compared() -> None:
    """Late ones of one stage and kept ones of another say nothing of lateness."""
    strata = np.array([0, 0, 0, 1, 1, 1])
    assert difference(np.arange(6.0), strata == 1, strata, np.arange(6)) is None


def test_estimates_of_one_kind_are_drawn_as_a_meta_analysis_draws_them() -> None:
    """Where all look alike, each moves towards the mean of statsmodels' random effects, the uncertain ones farther."""
    from statsmodels.stats.meta_analysis import combine_effects

    values, errors = [0.05, 0.02, 0.08, 0.0, 0.04, 0.10], [0.05, 0.05, 0.05, 0.05, 0.05, 0.2]
    middle = combine_effects(np.array(values), np.array(errors) ** 2, method_re="iterated").mean_effect_re
    found = pooled(values, errors)
    for one, value in zip(found, values, strict=True):
        assert min(value, middle) - 0.01 <= one.value <= max(value, middle) + 0.01
        assert one.low < one.value < one.high
    assert abs(found[5].value - values[5]) > 1.5 * abs(found[2].value - values[2])


def test_an_estimate_that_is_plainly_different_is_left_where_it_is() -> None:
    """One rule that matters among many that do not is not talked down by them."""
    found = pooled([0.5, *(0.0,) * 7], [0.05] * 8)
    assert found[0].value == pytest.approx(0.5, abs=0.03)
    assert found[0].low > 0.35


def test_fewer_than_five_estimates_stand_for_themselves() -> None:
    """Nothing is known of how much a few differ."""
    found = pooled([0.1, 0.3], [0.1, 0.2])
    assert [one.value for one in found] == [0.1, 0.3]
    assert found[0].high == pytest.approx(0.1 + 1.959964 * 0.1)


@pytest.mark.parametrize(("k", "n", "p"), [(9, 10, 0.5), (0, 7, 0.2), (50, 50, 0.9), (3, 400, 0.001), (5, 5, 1.0)])
def test_the_tail_of_a_binomial_is_scipys(k: int, n: int, p: float) -> None:
    """The chance of so many or more."""
    assert binomial_tail(k, n, p) == pytest.approx(stats.binom.sf(k - 1, n, p))
