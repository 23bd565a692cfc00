import math

import numpy as np
import pytest

from statkit.analysis.plateaus import default_patience, noise_sd, plateau_row
from statkit.analysis.trends import trend


def test_default_patience_is_a_fifth_and_ten_at_least():
    assert [default_patience(n) for n in (5, 40, 50, 200)] == [10, 10, 10, 40]


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_noise_sd_ignores_a_ramp_and_jumps(phi):
    rng = np.random.default_rng(2)
    values = rng.standard_normal(4000) * math.sqrt(1 - phi * phi)
    for row in range(1, 4000):
        values[row] += phi * values[row - 1]
    values += np.arange(4000) * 0.5
    values[1000:] += 500
    assert noise_sd(values, phi) == pytest.approx(1, abs=0.06)


def test_a_noiseless_ramp_then_level_is_dated_to_the_row():
    values = np.minimum(np.arange(40), 25.0)
    assert plateau_row(np.arange(40.0), values, phi=0.0, patience=10) == 25
    assert plateau_row(np.arange(40.0), values, phi=0.0, patience=16) is None


def test_direction_and_steps():
    loss = 5 - np.minimum(np.arange(40), 20) / 5.0
    assert trend(np.arange(40) * 500, loss, direction="min", patience=10).plateau_since == 10_000


def test_a_decline_after_the_top_is_no_plateau():
    values = np.concatenate([np.arange(20.0), 20 - np.arange(20.0)])
    assert plateau_row(np.arange(40.0), values, phi=0.0, patience=10) is None


@pytest.mark.parametrize("shape", ["line", "root", "exponential"])
def test_smooth_ramps_have_no_plateau(shape):
    """Change-point methods cut such ramps into levels (benchmarks/statistics_trend.py)."""
    t = np.arange(100)
    curve = {"line": 0.3 * t, "root": 3 * np.sqrt(t), "exponential": 40 * (1 - np.exp(-t / 60))}[shape]
    rng = np.random.default_rng(8)
    found = [
        trend(t, curve + rng.standard_normal(100), direction="max").plateau_since is not None
        for _ in range(60)
    ]
    assert sum(found) <= 3


def test_a_plateau_is_seen_within_one_and_a_half_n():
    """A rise of half a noise deviation a validation that ends after 30; looked at after every validation."""
    rng = np.random.default_rng(4)
    patience, delays = 10, []
    for _ in range(40):
        values = 0.5 * np.minimum(np.arange(60), 30) + rng.standard_normal(60)
        delays.append(
            next(
                n - 31
                for n in range(15, 61)
                if trend(range(n), values[:n], direction="max", patience=patience).plateau_since is not None
            )
        )
    assert np.mean([0 <= delay <= 1.5 * patience for delay in delays]) >= 0.85
