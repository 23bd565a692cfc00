"""Error rates of the trend test; the full tables are benchmarks/statistics_trend.py."""

import numpy as np
import pytest

from statkit.analysis.trends import trend


def ar1(phi, shape, rng):
    noise = rng.standard_normal(shape) * np.sqrt(1 - phi * phi)
    noise[:, 0] /= np.sqrt(1 - phi * phi)
    for row in range(1, shape[1]):
        noise[:, row] += phi * noise[:, row - 1]
    return noise


def share(series, good=("improving", "worsening")):
    return np.mean([trend(range(len(v)), v, direction="max").verdict in good for v in series])


@pytest.mark.slow
@pytest.mark.parametrize("phi", [0.0, 0.3, 0.6])
@pytest.mark.parametrize(("n", "low", "high"), [(20, 2, 9), (40, 2, 7), (100, 2, 7), (200, 2, 7)])
def test_false_alarms_at_five_per_cent(n, low, high, phi):
    alarms = 100 * share(ar1(phi, (1500, n), np.random.default_rng([n, round(10 * phi)])))
    assert low <= alarms <= high


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_false_alarms_roughly(phi):
    assert share(ar1(phi, (400, 40), np.random.default_rng(0))) <= 0.09


@pytest.mark.parametrize("scale", [5, 8, 13, 25])
def test_a_saturating_curve_is_called_improving(scale):
    curve = 1 - np.exp(-np.arange(40) / scale)
    series = 30 * curve / curve[-1] + ar1(0.0, (200, 40), np.random.default_rng(scale))
    assert share(series, ("improving",)) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("phi", [0.3, 0.6])
@pytest.mark.parametrize("scale", [8, 13])
def test_a_saturating_curve_in_autocorrelated_noise(scale, phi):
    curve = 1 - np.exp(-np.arange(40) / scale)
    series = 30 * curve / curve[-1] + ar1(phi, (500, 40), np.random.default_rng(scale))
    assert share(series, ("improving",)) >= 0.95


@pytest.mark.slow
def test_ties_keep_the_error_rate():
    noise = np.round(ar1(0.3, (1500, 40), np.random.default_rng(3)))
    assert 0.02 <= share(noise) <= 0.07


@pytest.mark.slow
@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_the_interval_covers_a_lines_slope(phi):
    ramp = 0.1 * np.arange(60)
    series = ramp + ar1(phi, (500, 60), np.random.default_rng(9))
    intervals = [trend(range(60), values, direction="max").slope_ci for values in series]
    assert np.mean([low <= 100 <= high for low, high in intervals]) >= 0.93
