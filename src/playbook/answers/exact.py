"""Three exact distributions, of counts and of means, written out: what this project needs of a statistics library.

A library of 140 MB for three functions would be a sixth of all that a consultant installs. Each is held against SciPy
in the tests.
"""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

_ALIKE = 1 + 1e-7
"""Outcomes whose chances differ by less are as likely as each other: the last digits are of the arithmetic."""

_LARGE = 1_000
"""From as many degrees of freedom on, the expansion of the quantile is exact to eleven digits."""


def binomial_p(successes: int, trials: int, expected: float) -> float:
    """The two-sided p-value of the exact binomial test: the chance of all outcomes that are no likelier.

    >>> round(binomial_p(8, 20, 0.11), 4)
    0.0008
    """
    if not 0 < expected < 1:
        return float(successes == (trials if expected >= 1 else 0))
    k = np.arange(trials + 1)
    chances = _choose(trials)[k] + k * math.log(expected) + (trials - k) * math.log1p(-expected)
    return _as_unlikely(chances, successes)


def fisher_p(k1: int, n1: int, k0: int, n0: int) -> float:
    """The two-sided p-value of Fisher's exact test of k1 of n1 against k0 of n0.

    >>> round(fisher_p(3, 10, 9, 10), 4)
    0.0198
    """
    total = k1 + k0
    k = np.arange(max(0, total - n0), min(n1, total) + 1)
    return _as_unlikely(_choose(n1)[k] + _choose(n0)[total - k], k1 - int(k[0]))


def student_t(freedom: int) -> float:
    """How many standard errors from a mean its 95 % interval ends, by the degrees of freedom.

    Source: M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions (1964), 26.7.3, 26.7.4, 26.7.5.

    >>> round(student_t(1), 3), round(student_t(15), 3)
    (12.706, 2.131)
    """
    return _student_t(min(freedom, 10**15))


@cache
def _student_t(n: int) -> float:
    z = NormalDist().inv_cdf(0.975)
    if n >= _LARGE:
        terms = (
            (z**3 + z) / 4,
            (5 * z**5 + 16 * z**3 + 3 * z) / 96,
            (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        )
        return z + sum(term / float(n) ** power for power, term in enumerate(terms, 1))
    t = z
    for _ in range(100):  # from below, Newton's steps never go beyond the quantile
        step = (0.975 - _below(t, n)) / _density(t, n)
        t += step
        if abs(step) <= 1e-13 * t:
            break
    return t


def _below(t: float, n: int) -> float:
    """The chance of less than `t`, by the finite series in the angle."""
    angle = math.atan(t / math.sqrt(n))
    cosine = math.cos(angle)
    term = cosine if n % 2 else 1.0
    found = term if n > 1 else 0.0
    for power in range(2 + n % 2, n - 1, 2):
        term *= cosine**2 * (power - 1) / power
        found += term
    found *= math.sin(angle)
    return 0.5 + ((angle + found) / math.pi if n % 2 else found / 2)


def _density(t: float, n: int) -> float:
    scale = math.lgamma((n + 1) / 2) - math.lgamma(n / 2) - math.log(n * math.pi) / 2
    return math.exp(scale - (n + 1) / 2 * math.log1p(t * t / n))


def _choose(n: int) -> npt.NDArray[np.float64]:
    """The logarithms of the numbers of ways to choose 0 to n of n."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    found: npt.NDArray[np.float64] = logs[n] - logs - logs[::-1]
    return found


def _as_unlikely(chances: npt.NDArray[np.float64], observed: int) -> float:
    """The share of the outcomes no likelier than the observed one; chances are logarithms, up to a common factor."""
    weights = np.exp(chances - chances.max())
    return min(1.0, float(weights[weights <= weights[observed] * _ALIKE].sum() / weights.sum()))
