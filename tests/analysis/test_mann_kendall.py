import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from statkit.analysis import mann_kendall
from statkit.analysis.mann_kendall import (
    corrected,
    degrees_of_freedom,
    hamed_rao_p,
    independent_variance,
    inflation,
    plain,
    score,
    suffix_scores,
)

SERIES = st.lists(st.tuples(st.integers(0, 12), st.integers(-5, 5)), min_size=3, max_size=30)


def arrays(pairs):
    pairs = sorted(pairs, key=lambda pair: pair[0])
    return np.array([p[0] for p in pairs], float), np.array([p[1] for p in pairs], float)


@given(SERIES)
def test_scores_of_all_suffixes_by_counting(pairs):
    steps, values = arrays(pairs)
    n = len(values)
    expected = [
        sum(
            int(np.sign(values[j] - values[i])) * int(steps[j] > steps[i])
            for i in range(k, n)
            for j in range(i + 1, n)
        )
        for k in range(n)
    ]
    assert suffix_scores(steps, values).tolist() == expected


def test_long_series_are_counted_row_by_row_the_same(monkeypatch):
    rng = np.random.default_rng(1)
    steps, values = np.sort(rng.integers(0, 90, 120)).astype(float), rng.integers(0, 9, 120).astype(float)
    at_once = suffix_scores(steps, values)
    monkeypatch.setattr(mann_kendall, "_SMALL", 10)
    assert suffix_scores(steps, values).tolist() == at_once.tolist()


@given(SERIES)
def test_plain_z_is_that_of_scipys_kendall_tau(pairs):
    """scipy's tau has the same variance under ties in either variable, and no continuity correction."""
    steps, values = arrays(pairs)
    tau = stats.kendalltau(steps, values, method="asymptotic", variant="b")
    if not math.isfinite(tau.pvalue):
        return
    s, variance = score(steps, values), independent_variance(steps, values)
    assert math.erfc(abs(s) / math.sqrt(2 * variance)) == pytest.approx(tau.pvalue, rel=1e-9)


def test_textbook_p_values_of_another_program():
    """The figures are pymannkendall 1.4.3's original_test and hamed_rao_modification_test."""
    t = np.arange(
        32.0
    )  # an even number of pairs: Sen's line meets no two points, which would tie by rounding
    values = np.sin(t * 1.7) + 0.05 * t + 0.6 * np.sin(t / 3)
    assert score(t, values) == 158
    assert independent_variance(t, values) == pytest.approx(3802.6666666666665)
    assert plain(t, values).p_value(158) == pytest.approx(0.010897045103689385)
    assert hamed_rao_p(t, values, 0.04138227252758013) == pytest.approx(0.0005906468192864445)
    values = np.cumsum(np.sin(t * t * 0.7))
    assert plain(t, values).p_value(336) == pytest.approx(5.5566278689411774e-08)
    assert hamed_rao_p(t, values, 0.16130556758431747) == pytest.approx(1.1156217174290717e-05)


def test_hamed_rao_of_a_line_is_one_and_never_a_crash():
    t = np.arange(20.0)
    assert hamed_rao_p(t, t, 1.0) == 1.0
    alternating = np.tile([1.0, -1.0], 10)
    answer = hamed_rao_p(t, alternating, 0.0)
    assert answer is None or 0 <= answer <= 1


@pytest.mark.parametrize(("phi", "n"), [(0.3, 8), (0.6, 10), (-0.3, 9), (0.9, 7)])
def test_inflation_is_the_exact_variance_of_s_for_normal_noise(phi, n):
    """Var(S) = Σ over pairs of pairs of (2/π)·arcsin of their differences' correlation; no approximation."""
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    total = 0.0
    for i, j in pairs:
        for k, m in pairs:
            covariance = phi ** abs(j - m) - phi ** abs(j - k) - phi ** abs(i - m) + phi ** abs(i - k)
            spread = math.sqrt((2 - 2 * phi ** (j - i)) * (2 - 2 * phi ** (m - k)))
            total += 2 / math.pi * math.asin(max(-1, min(1, covariance / spread)))
    independent = n * (n - 1) * (2 * n + 5) / 18
    assert inflation(phi, n) == pytest.approx(total / independent, rel=0.06)


def test_inflation_tends_to_its_limit():
    assert inflation(0.0, 50) == 1
    assert inflation(0.5, 20_000) == pytest.approx(
        1 + 2 * sum(6 / math.pi * math.asin(0.5**i / 2) for i in range(1, 99)), rel=1e-3
    )


def test_degrees_grow_with_n_and_never_fall_below_eight():
    assert degrees_of_freedom(0.6, 8) == 8
    assert 8 <= degrees_of_freedom(0.6, 40) < degrees_of_freedom(0.6, 400)


@given(st.integers(8, 60), st.floats(-0.4, 0.9))
def test_largest_accepted_is_the_edge_of_the_test(n, phi):
    t = np.arange(float(n))
    reference = corrected(t, t, phi)
    pairs = n * (n - 1) // 2
    edge = reference.largest_accepted(pairs)
    assert reference.p_value(edge) >= 0.05
    assert edge == pairs or reference.p_value(edge + 1) < 0.05


def test_a_constant_series_is_no_evidence():
    t = np.arange(20.0)
    assert corrected(t, np.ones(20)).p_value(0) == 1
