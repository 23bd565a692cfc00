"""How much neighbouring validations repeat each other, once the learning curve is taken out.

One number, phi: the lag-1 correlation of noise that follows x[i] = phi·x[i-1] + e[i]. It is estimated
on what a flexible curve leaves over, because a learning curve under a straight line leaves its own
bend behind, which looks like correlation and hides every trend.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from statkit.analysis.arrays import Floats

#: Phi is not taken lower: the variance would be cut on thin evidence.
LOWEST: Final = -0.4

#: The detrending curve has so many coefficients: 1, position, u and u², u = log(1 + BEND · position).
COEFFICIENTS: Final = 4
BEND: Final = 12.0

_GRID: Final = np.linspace(-0.6, 0.97, 80)
_LAGS: Final = 400


def detrended(values: Floats) -> Floats:
    """Subtract the least-squares curve in 1, t, u and u², with t in [0, 1] and u = log(1 + 12·t).

    The logarithm puts the curve's freedom where a learning curve bends, at the start. A cubic in t
    leaves enough of a fast saturation behind to call it noise.

    Parameters
    ----------
    values : ndarray, shape (n,), with n >= 5
    """
    basis = _basis(len(values))
    centred = values - values.mean()
    return np.asarray(centred - basis @ (basis.T @ centred))


def phi_of(values: Floats) -> float:
    """Estimate phi, from `LOWEST` to `highest`; 0 where the curve fits to within rounding.

    The lag-1 autocorrelation of residuals is biased downwards, by 4/n and more for four fitted
    coefficients (Marriott & Pope 1954, Biometrika 41:390). The bias is undone by inverting
    E[r'Lr] / E[r'r] as a function of phi, which for a linear fit is exact.

    Parameters
    ----------
    values : ndarray, shape (n,), in step order, evenly spaced as far as anyone knows
    """
    n = len(values)
    residuals = detrended(values)
    power = float(residuals @ residuals)
    spread = values - values.mean()
    if n <= COEFFICIENTS + 1 or power <= 1e-20 * float(spread @ spread):
        return 0.0
    raw = float(residuals[1:] @ residuals[:-1]) / power
    expected = _expected(n)
    top = int(np.argmax(expected)) + 1
    return float(np.clip(np.interp(raw, expected[:top], _GRID[:top]), LOWEST, highest(n)))


def highest(n: int) -> float:
    """Give the highest phi assumed for ``n`` points: 0.6 below 15 points, else 0.9.

    Beyond it even a series that never once falls could not be told from noise.
    """
    return 0.6 if n < 15 else 0.9


@lru_cache(maxsize=64)
def _basis(n: int) -> Floats:
    """Give an orthonormal basis of the detrending curves, shape (n, COEFFICIENTS)."""
    position = np.linspace(0.0, 1.0, n)
    bent = np.log1p(BEND * position) / np.log1p(BEND)
    return np.asarray(np.linalg.qr(np.column_stack([np.ones(n), position, bent, bent**2]))[0])


@lru_cache(maxsize=64)
def _expected(n: int) -> Floats:
    """Give E[r'Lr] / E[r'r] on the grid of phi, for residuals r = Mx of AR(1) noise x.

    With M = I - QQ' and L the shift by one, both expectations are tr(A·C), C the correlation matrix
    phi^|i-j|; that is a polynomial in phi whose coefficients are the diagonal sums of A, and those are
    cross-correlations of the columns of Q.
    """
    q = _basis(n)
    ahead = np.vstack([q[1:], np.zeros((1, q.shape[1]))])  # Lq
    behind = np.vstack([np.zeros((1, q.shape[1])), q[:-1]])  # L'q
    below = -_diagonal_sums(q, q)
    below[0] += n
    above = _diagonal_sums(q, q @ (ahead.T @ q)) - _diagonal_sums(q, behind) - _diagonal_sums(ahead, q)
    above[1] += n - 1
    powers = _GRID[:, None] ** np.arange(len(below))
    return np.asarray((powers @ above) / (powers @ below))


def _diagonal_sums(left: Floats, right: Floats) -> Floats:
    """Sum left @ right.T over the diagonals at distance 0, 1, 2, …, both sides together."""
    n = len(left)
    size = 2 * n
    crossed = np.fft.irfft(
        (np.fft.rfft(left, size, axis=0) * np.conj(np.fft.rfft(right, size, axis=0))).sum(axis=1), size
    )
    lags = min(n, _LAGS)
    sums = crossed[:lags].copy()
    sums[1:] += crossed[:-lags:-1]
    return sums
