"""Estimates behind the question which limits matter: pseudo-values, a difference with other things held, pooling.

Each is a few lines of numpy, held against lifelines and statsmodels in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum, inf, isinf, lgamma, log, log1p, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from playbook.answers.statistics import CONFIDENCE, TOO_FEW, Floats, Z
from playbook.clock.ordered import Flags

GroupNumbers = npt.NDArray[np.integer]

CENSORED, WANTED, OTHER = 0, 1, 2
"""How a case left: not yet, in the way that is asked for, in another way."""


def pseudo_values(days: Floats, cause: GroupNumbers, horizon: float) -> Floats:
    """What each case adds to the share that has left in the wanted way by a horizon, among competing ways out.

    Their mean is the Aalen-Johansen estimate; where nobody is censored each is 1 or 0. They can be regressed on
    anything, as if all cases had been watched to the horizon. The infinitesimal jackknife, which needs one pass.
    Source: Andersen, Klein and Rosthoj, Biometrika 90 (2003), 15-27; Parner et al., Scand. J. Stat. 50 (2023).

    >>> pseudo_values(np.array([1.0, 2.0, 3.0]), np.array([WANTED, OTHER, WANTED]), 9.0).round(6).tolist()
    [1.0, 0.0, 1.0]
    """
    n, left = len(days), (cause != CENSORED) & (days <= horizon)
    times, place = np.unique(days[left], return_inverse=True)
    if not len(times):
        return np.zeros(n)
    at_risk = n - np.searchsorted(np.sort(days), times, side="left")
    gone = np.bincount(place, minlength=len(times)) / at_risk
    wanted = np.bincount(place, weights=(cause[left] == WANTED).astype(np.float64), minlength=len(times)) / at_risk
    before = np.concatenate(([1.0], np.cumprod(1 - gone)[:-1]))
    incidence = np.cumsum(before * wanted)
    later = incidence[-1] - incidence
    rest = np.divide(later, 1 - gone, out=np.zeros_like(later), where=gone < 1)
    here = np.cumsum((rest * gone - before * wanted) * n / at_risk)
    reached = np.searchsorted(times, np.minimum(days, horizon), side="right")
    found = incidence[-1] + np.where(reached > 0, here[reached - 1], 0.0)
    found[left] += n / at_risk[place] * (before[place] * (cause[left] == WANTED) - rest[place])
    return np.asarray(found, dtype=np.float64)


def horizon_of(days: Floats, cause: GroupNumbers) -> float:
    """How far one can see: the last time with enough cases still there; to the end where nobody is censored."""
    if (cause != CENSORED).all():
        return float(days.max(initial=0.0))
    enough = max(TOO_FEW, round(0.02 * len(days)))
    return float(np.sort(days)[-enough]) if len(days) >= enough else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference with other things held, its standard error, and the degrees of freedom behind that."""

    value: float
    error: float
    freedom: float = inf

    @property
    def p_value(self) -> float:
        """Two-sided, of no difference: Student's t (Wallace's approximation, J. Am. Stat. Assoc. 54 (1959), 1121)."""
        if self.error <= 0:
            return 1.0
        t, n = abs(self.value) / self.error, self.freedom
        z = t if isinf(n) else (8 * n + 1) / (8 * n + 3) * sqrt(n * log1p(t * t / n))
        return 2 * NormalDist().cdf(-z)

    @property
    def interval(self) -> tuple[float, float]:
        """95 %: Student's t (Cornish and Fisher's expansion)."""
        n = self.freedom
        more = 0.0 if isinf(n) else (Z**3 + Z) / (4 * n) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * n**2)
        half = (Z + more) * self.error
        return self.value - half, self.value + half


def difference(
    outcome: Floats, group: Flags, strata: GroupNumbers, clusters: GroupNumbers, held: Floats | None = None
) -> Difference | None:
    """How much the outcome differs between a group and the rest of the same stratum, with `held` columns held fixed.

    Least squares with a level per stratum; its error is that of HC3, summed within clusters, and its degrees of freedom
    one less than the clusters of the smaller group, so that it stays honest with few cases. None where no stratum holds
    both.

    >>> y, late = np.array([1.0, 0, 1, 0, 0, 0]), np.array([True, True, True, False, False, False])
    >>> round(difference(y, late, np.zeros(6, int), np.arange(6)).value, 3)
    0.667
    """
    columns = [group.astype(np.float64)] if held is None else [group.astype(np.float64), *held.T]
    sizes = np.bincount(strata)
    x = np.column_stack([_within(column, strata, sizes) for column in columns])
    y = _within(outcome, strata, sizes)
    x = x[:, np.array([True, *(np.ptp(column) > 1e-9 for column in x.T[1:])])]
    information = x.T @ x
    if np.linalg.matrix_rank(information) < x.shape[1]:
        x, information = x[:, :1], information[:1, :1]
    if information[0, 0] < 1e-9:
        return None
    inverse = np.linalg.inv(information)
    slopes = inverse @ x.T @ y
    leverage = 1 / sizes[strata] + np.einsum("ij,jk,ik->i", x, inverse, x)
    scores = (x @ inverse[:, 0]) * (y - x @ slopes) / np.maximum(1 - leverage, 1e-3)
    fewest = min(len(np.unique(clusters[group])), len(np.unique(clusters[~group])))
    error = float(np.sqrt((np.bincount(clusters, weights=scores) ** 2).sum()))
    return Difference(float(slopes[0]), error, max(fewest - 1.0, 1.0))


def _within(column: Floats, strata: GroupNumbers, sizes: GroupNumbers) -> Floats:
    """A column without the mean of each stratum."""
    means = np.bincount(strata, weights=column, minlength=len(sizes)) / np.maximum(sizes, 1)
    return np.asarray(column - means[strata], dtype=np.float64)


def binomial_tail(k: int, n: int, p: float) -> float:
    """The chance of `k` or more of `n`, each with chance `p`: `scipy.stats.binom.sf(k - 1, n, p)` without its import.

    >>> round(binomial_tail(9, 10, 0.5), 6)
    0.010742
    """
    if p <= 0 or p >= 1:
        return 1.0 if k <= 0 or p >= 1 else 0.0
    log_n = lgamma(n + 1)
    logs = [
        log_n - lgamma(i + 1) - lgamma(n - i + 1) + i * log(p) + (n - i) * log(1 - p) for i in range(max(k, 0), n + 1)
    ]
    return min(fsum(exp(one) for one in logs), 1.0)


ENOUGH_TO_POOL = 5
"""With fewer estimates than this nothing is known of how much they differ, and each stands for itself."""

_ALIKE, _APART = 0.5, 0.3
"""How likely an estimate is one of the others' kind beforehand, and how far from 0 another may well lie. Ours."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An estimate drawn towards the others of its kind, with its 95 % interval."""

    value: float
    low: float
    high: float


def pooled(values: Sequence[float], errors: Sequence[float]) -> list[Drawn]:
    """Estimates of one kind, each drawn towards the rest as far as it is uncertain itself, and as it looks like them.

    The normal hierarchical model, summed over what the spread between them may be; each may also stand for itself, so
    that one that is plainly different is left where it is and a doubtful one gets an interval that holds both readings.
    Where there is one spread, its mean and weights are those of `statsmodels.stats.meta_analysis`.
    Source: Gelman et al., Bayesian Data Analysis (2013), section 5.4; Neuenschwander et al., Pharm. Stat. 15 (2016).
    """
    y, s2 = np.asarray(values, dtype=np.float64), np.asarray(errors, dtype=np.float64) ** 2
    if len(y) < ENOUGH_TO_POOL:
        return [Drawn(v, v - Z * e, v + Z * e) for v, e in zip(values, errors, strict=True)]
    spreads = np.linspace(0.0, 3 * max(float(np.std(y)), float(np.sqrt(s2.min()))), 60)[:, None] ** 2
    weight = 1 / (s2 + spreads)
    whole = weight.sum(1, keepdims=True)
    middle = (weight * y).sum(1, keepdims=True) / whole
    chance = _softmax(0.5 * (np.log(weight).sum(1) - np.log(whole[:, 0]) - (weight * (y - middle) ** 2).sum(1)))
    own = spreads / (spreads + s2)
    alike = _softmax(np.stack([
        np.log(_ALIKE) + 0.5 * np.log(weight) - 0.5 * weight * (y - middle) ** 2,
        np.log(1 - _ALIKE) - 0.5 * np.log(s2 + _APART**2) - 0.5 * y**2 / (s2 + _APART**2) + 0 * spreads,
    ]))  # fmt: skip
    weights = np.concatenate(chance[:, None] * alike)
    means = np.concatenate([own * y + (1 - own) * middle, _APART**2 / (s2 + _APART**2) * y + 0 * spreads])
    variances = np.concatenate([own * s2 + (1 - own) ** 2 / whole, _APART**2 * s2 / (s2 + _APART**2) + 0 * spreads])
    return [
        Drawn(float(w @ m), *_interval(w, m, np.sqrt(np.maximum(v, 0))))
        for w, m, v in zip(weights.T, means.T, variances.T, strict=True)
    ]


def _softmax(logs: Floats) -> Floats:
    """Chances, over the first axis, from their logarithms up to a constant."""
    chance = np.exp(logs - logs.max(0))
    return np.asarray(chance / chance.sum(0), dtype=np.float64)


_STEPS = np.array([NormalDist().inv_cdf((n + 0.5) / 200) for n in range(200)])


def _interval(weight: Floats, mean: Floats, error: Floats) -> tuple[float, float]:
    """The middle 95 % of a mixture of normal distributions, each taken in two hundred steps."""
    at = (mean[:, None] + error[:, None] * _STEPS).ravel()
    order = np.argsort(at)
    below = np.cumsum(np.repeat(weight / len(_STEPS), len(_STEPS))[order])
    low, high = np.searchsorted(below, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    return float(at[order[low]]), float(at[order[min(high, len(at) - 1)]])
