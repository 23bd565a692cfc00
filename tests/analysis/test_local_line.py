import numpy as np
import pytest

from statkit.analysis.local_line import LocalLine


def dumb(values, reach):
    """Weighted least squares at every point, by numpy's own fit."""
    n, smooth = len(values), []
    for i in range(n):
        near = np.arange(max(0, i - reach), min(n, i + reach + 1))
        weights = (1 - np.abs((near - i) / (reach + 1)) ** 3) ** 3
        smooth.append(np.polyfit(near - i, values[near], 1, w=np.sqrt(weights))[1])
    return np.array(smooth)


@pytest.mark.parametrize("n", [3, 4, 9, 60])
def test_smooth_is_a_weighted_line_at_every_point(n):
    values = np.random.default_rng(n).normal(size=n)
    line = LocalLine.of(n)
    np.testing.assert_allclose(line.smooth(values), dumb(values, line.reach), atol=1e-10)


def test_a_line_is_left_alone_to_its_ends():
    values = 3 - 0.5 * np.arange(30)
    np.testing.assert_allclose(LocalLine.of(30).smooth(values), values, atol=1e-10)


def test_many_series_at_once():
    many = np.random.default_rng(0).normal(size=(5, 40))
    line = LocalLine.of(40)
    np.testing.assert_allclose(line.smooth(many), [line.smooth(each) for each in many])


def test_degrees_of_freedom_are_the_trace():
    line = LocalLine.of(25)
    matrix = np.array([line.smooth(unit) for unit in np.eye(25)]).T
    assert line.degrees_of_freedom() == pytest.approx(np.trace(matrix))


def test_residual_sd_finds_the_noise():
    rng = np.random.default_rng(1)
    line = LocalLine.of(100)
    found = [line.residual_sd(2 * rng.standard_normal(100)) for _ in range(100)]
    assert np.mean(found) == pytest.approx(2, rel=0.05)
