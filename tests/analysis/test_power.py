import math

import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower, TTestPower

from statkit.analysis.power import (
    detectable_difference,
    detectable_paired_difference,
    power_of_t,
    runs_needed,
)


@pytest.mark.parametrize("df", [1, 2, 4, 8, 18, 198])
@pytest.mark.parametrize("noncentrality", [0.0, 0.5, 2.0, 4.0, 9.0])
def test_power_is_the_noncentral_t_distributions(df, noncentrality):
    critical = stats.t.ppf(0.975, df)
    expected = stats.nct.sf(critical, df, noncentrality)
    if noncentrality < 5:  # beyond, the far tail is under 1e-12 and scipy gives NaN for it
        expected += stats.nct.cdf(-critical, df, noncentrality)
    assert power_of_t(noncentrality, df) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("n", "m"), [(3, 3), (5, 5), (10, 10), (3, 10), (60, 40)])
def test_detectable_difference_is_statsmodels(n, m):
    effect = TTestIndPower().solve_power(nobs1=n, ratio=m / n, alpha=0.05, power=0.8)
    assert detectable_difference(0.3, n, m) == pytest.approx(0.3 * effect, rel=1e-5)


@pytest.mark.parametrize("pairs", [3, 5, 12])
def test_detectable_paired_difference_is_statsmodels(pairs):
    effect = TTestPower().solve_power(nobs=pairs, alpha=0.05, power=0.8)
    assert detectable_paired_difference(2.0, pairs) == pytest.approx(2 * effect, rel=1e-5)


def test_no_degree_of_freedom_detects_nothing():
    assert detectable_difference(1.0, 1, 1) is None
    assert detectable_difference(1.0, 0, 5) is None
    assert detectable_paired_difference(1.0, 1) is None


@pytest.mark.parametrize(("effect", "published"), [(0.2, 394), (0.5, 64), (0.8, 26), (1.0, 17)])
def test_runs_needed_are_cohens(effect, published):
    # Cohen 1988, table 2.4.1, two-sided 5 %, power 0.80 (0.2: 393 there, 394 exact)
    assert runs_needed(effect, 1.0) == published


@pytest.mark.parametrize("effect", [0.35, 1.4, 2.5])
def test_runs_needed_are_the_first_number_with_enough_power(effect):
    n = runs_needed(effect, 1.0)
    power = TTestIndPower().power
    assert power(effect, n, 0.05) >= 0.8
    assert n == 3 or power(effect, n - 1, 0.05) < 0.8


def test_runs_needed_at_the_ends():
    assert runs_needed(1000.0, 1.0) == 3
    assert runs_needed(-0.5, 1.0) == runs_needed(0.5, 1.0)
    assert runs_needed(0.0, 1.0) is None
    assert runs_needed(1e-6, 1.0) is None


def test_a_tenth_of_the_distance_needs_a_hundred_times_the_runs():
    few, many = runs_needed(0.5, 1.0), runs_needed(0.05, 1.0)
    assert many / few == pytest.approx(100, rel=0.03)
    assert math.isfinite(many)
