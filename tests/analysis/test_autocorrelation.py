import numpy as np
import pytest
from scipy import linalg

from statkit.analysis import autocorrelation
from statkit.analysis.autocorrelation import LOWEST, detrended, highest, phi_of


def ar1(phi, n, rng):
    values = rng.standard_normal(n) * np.sqrt(1 - phi * phi)
    values[0] /= np.sqrt(1 - phi * phi)
    for row in range(1, n):
        values[row] += phi * values[row - 1]
    return values


def design(n):
    position = np.linspace(0, 1, n)
    bent = np.log1p(12 * position)
    return np.column_stack([np.ones(n), position, bent, bent**2])


@pytest.mark.parametrize("n", [8, 40, 301])
def test_detrended_is_the_least_squares_residual(n):
    values = np.random.default_rng(n).normal(5, 1, n) + np.arange(n)
    fitted = design(n) @ np.linalg.lstsq(design(n), values, rcond=None)[0]
    np.testing.assert_allclose(detrended(values), values - fitted, atol=1e-8)


@pytest.mark.parametrize("n", [8, 21, 60])
def test_expected_autocorrelation_by_whole_matrices(n):
    """E[r'Lr] / E[r'r] = tr(MLMC) / tr(MC), formed with every matrix in full."""
    basis = linalg.orth(design(n))
    left_over = np.eye(n) - basis @ basis.T
    shift = np.eye(n, k=1)
    expected = []
    for phi in autocorrelation._GRID:
        correlation = linalg.toeplitz(float(phi) ** np.arange(n))
        top = np.trace(left_over @ shift @ left_over @ correlation)
        expected.append(top / np.trace(left_over @ correlation))
    np.testing.assert_allclose(autocorrelation._expected(n), expected, atol=1e-9)


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.6])
def test_phi_is_nearly_unbiased_under_a_learning_curve(phi):
    rng = np.random.default_rng(7)
    found = [phi_of(ar1(phi, 60, rng)) for _ in range(300)]
    assert np.mean(found) == pytest.approx(phi, abs=0.05)
    curve = 30 * (1 - np.exp(-np.arange(60) / 12))
    found = [phi_of(curve + ar1(phi, 60, rng)) for _ in range(300)]
    assert np.mean(found) == pytest.approx(phi, abs=0.08)


def test_a_perfect_line_and_a_constant_have_no_noise():
    assert phi_of(np.arange(40.0)) == 0
    assert phi_of(np.full(40, 3.0)) == 0


def test_phi_keeps_its_range():
    rng = np.random.default_rng(0)
    assert phi_of(np.cumsum(rng.standard_normal(100))) <= highest(100) == 0.9
    assert phi_of(np.cumsum(rng.standard_normal(12))) <= highest(12) == 0.6
    assert phi_of(np.tile([1.0, -1.0], 30)) == LOWEST
