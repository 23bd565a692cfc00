import math

import pytest
from scipy import stats

from statkit.analysis.distributions import chi_square_quantile, spread_interval, student_quantile


@pytest.mark.parametrize("df", [1, 2, 2.7, 4, 9, 18.31, 100, 5000])
@pytest.mark.parametrize("probability", [1e-6, 0.025, 0.3, 0.5, 0.8, 0.95, 0.975, 0.9999])
def test_student_quantile_is_scipys(df, probability):
    expected = stats.t.ppf(probability, df)
    assert student_quantile(probability, df) == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("df", [1, 2, 4, 9, 50, 400])
@pytest.mark.parametrize("probability", [0.001, 0.025, 0.5, 0.975, 0.999])
def test_chi_square_quantile_is_scipys(df, probability):
    assert chi_square_quantile(probability, df) == pytest.approx(stats.chi2.ppf(probability, df), rel=1e-9)


def test_spread_interval_of_five_runs():
    # textbook: s·√(4/11.143) and s·√(4/0.4844)
    low, high = spread_interval(2.0, 5)
    assert low == pytest.approx(2 * math.sqrt(4 / 11.143), rel=1e-4)
    assert high == pytest.approx(2 * math.sqrt(4 / 0.4844), rel=1e-4)


def test_spread_interval_of_one_run_says_nothing():
    assert spread_interval(0.0, 1) == (0.0, math.inf)
