import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from statkit.analysis.effects import hedges_g, paired_interval, pooled_spread, small_sample_factor, welch

X, Y = [0.61, 0.64, 0.6, 0.66, 0.63], [0.58, 0.62, 0.59, 0.6]
SCORES = st.lists(st.floats(-100, 100, allow_subnormal=False), min_size=2, max_size=12).filter(
    lambda v: max(v) - min(v) > 1e-3
)


@given(SCORES, SCORES)
def test_welch_is_scipys(x, y):
    between = welch(x, y)
    theirs = stats.ttest_ind(x, y, equal_var=False)
    interval = theirs.confidence_interval(0.95)
    assert between.df == pytest.approx(theirs.df)
    assert between.interval() == pytest.approx((interval.low, interval.high), rel=1e-7, abs=1e-7)


def test_one_sided_bound_is_scipys():
    between = welch(X, Y)
    low = stats.ttest_ind(X, Y, equal_var=False, alternative="greater").confidence_interval(0.95).low
    assert between.difference - between.bound(0.95) == pytest.approx(low)


def test_welch_without_spread_has_no_width():
    between = welch([0.6] * 3, [0.5] * 4)
    assert between.standard_error == 0
    assert between.df == 5
    assert between.interval() == (pytest.approx(0.1), pytest.approx(0.1))


def test_one_run_a_side_has_no_interval_and_no_effect():
    assert welch([1.0], [1.0, 2.0]) is None
    assert pooled_spread([1.0, 2.0], [1.0]) is None
    assert hedges_g([1.0], [1.0, 2.0]) is None
    assert hedges_g([1.0, 1.0], [2.0, 2.0]) is None
    assert paired_interval([1.0]) is None


def test_paired_interval_is_scipys():
    x, y = np.array(X[:4]), np.array(Y)
    interval = stats.ttest_rel(x, y).confidence_interval(0.95)
    assert paired_interval(x - y) == pytest.approx((interval.low, interval.high))


def test_small_sample_factor_is_hedges_table():
    # Hedges 1981, table 1
    published = {2: 0.5642, 3: 0.7236, 4: 0.7979, 10: 0.9228, 50: 0.9849}
    for df, factor in published.items():
        assert small_sample_factor(df) == pytest.approx(factor, abs=6e-5)


def test_hedges_g_is_unbiased():
    rng = np.random.default_rng(0)
    draws = [hedges_g(rng.normal(0.8, 1, 4), rng.normal(0, 1, 4)) for _ in range(20_000)]
    assert np.mean(draws) == pytest.approx(0.8, abs=0.03)


def test_hedges_g_keeps_the_metrics_sign():
    x, y = np.array(X), np.array(Y)
    pooled = np.sqrt((4 * x.var(ddof=1) + 3 * y.var(ddof=1)) / 7)
    assert hedges_g(x, y) == pytest.approx((x.mean() - y.mean()) / pooled * (1 - 3 / (4 * 7 - 1)), rel=1e-3)
    assert hedges_g(y, x) == -hedges_g(x, y)
