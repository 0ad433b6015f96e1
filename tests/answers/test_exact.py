"""The exact distributions, held against SciPy."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thinned import tries

from playbook.answers.exact import binomial_p, fisher_p, student_t

stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
MANY = settings(max_examples=tries(100, 300), deadline=None)


@MANY
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.01, 0.99))
def test_binomial(counts: tuple[int, int], expected: float) -> None:
    """The exact test of a rate against a benchmark is SciPy's."""
    k, n = counts
    assert binomial_p(k, n, expected) == pytest.approx(stats.binomtest(k, n, expected).pvalue, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("k", "n", "expected", "p"), [(0, 5, 0.0, 1.0), (1, 5, 0.0, 0.0), (5, 5, 1.0, 1.0)])
def test_binomial_where_nothing_is_left_to_chance(k: int, n: int, expected: float, p: float) -> None:
    """A benchmark of none or all is met or is not."""
    assert binomial_p(k, n, expected) == p


@MANY
@given(
    st.integers(1, 150).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(1, 150).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)
def test_fisher(one: tuple[int, int], other: tuple[int, int]) -> None:
    """Fisher's exact test of two rates is SciPy's."""
    (k1, n1), (k0, n0) = one, other
    found = stats.fisher_exact([[k1, n1 - k1], [k0, n0 - k0]]).pvalue
    assert fisher_p(k1, n1, k0, n0) == pytest.approx(found, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("freedom", [*range(1, 60), 99, 100, 500, 999, 1_000, 1_001, 5_000, 10**6, 10**12])
def test_student_t(freedom: int) -> None:
    """The quantile of Student's t is SciPy's to nine digits, for few and for very many observations."""
    assert student_t(freedom) == pytest.approx(float(stats.t.ppf(0.975, freedom)), rel=1e-9)
