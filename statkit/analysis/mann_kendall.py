"""The Mann-Kendall test of monotone trend, corrected for autocorrelation.

S counts the pairs of points that rise minus those that fall (Mann 1945; Kendall 1970). Its variance
under "no trend" grows when neighbours repeat each other; the plain test then alarms far too often.
Here the variance is that of Hamed & Rao (1998, J. Hydrol. 204:182) for normal AR(1) noise, with phi from
`statkit.analysis.autocorrelation`, and because phi is itself an estimate the reference is Student's t
with Satterthwaite's degrees of freedom instead of the normal. docs/statistics.md has the error rates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.autocorrelation import COEFFICIENTS, LOWEST, highest, phi_of
from statkit.analysis.student_t import two_sided_p

#: What the fit leaves of the degrees of freedom of phi; found by simulation.
_SHARE: Final = 0.7

#: Student's t has so many degrees of freedom at least; below, short series could never show a trend.
_FEWEST: Final = 8.0


#: Up to so many points all pairs are compared at once; beyond, row by row, to bound memory.
_SMALL: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The distribution of S when there is no trend.

    Attributes
    ----------
    variance : float
        Of S, ties and autocorrelation included.
    degrees : float
        Degrees of freedom of Student's t; infinite for the normal.
    phi : float
        The lag-1 correlation the variance assumes.
    """

    variance: float
    degrees: float
    phi: float

    def p_value(self, score: float) -> float:
        """Two-sided p of a score, continuity-corrected by 1 (Kendall 1970)."""
        if self.variance <= 0 or abs(score) <= 1:
            return 1.0
        z = (abs(score) - 1) / math.sqrt(self.variance)
        if math.isinf(self.degrees):
            return math.erfc(z / math.sqrt(2))
        return two_sided_p(z, self.degrees)

    def largest_accepted(self, pairs: int, alpha: float = 0.05) -> int:
        """Give the largest whole |S|, at most ``pairs``, whose p is not below ``alpha``."""
        low, high = 0, pairs
        while low < high:
            middle = (low + high + 1) // 2
            if self.p_value(middle) >= alpha:
                low = middle
            else:
                high = middle - 1
        return low


def score(steps: Floats, values: Floats) -> int:
    """Count rising minus falling pairs; a pair at one step, or of one value, counts for neither.

    Parameters
    ----------
    steps, values : ndarray, shape (n,), finite, steps non-decreasing
    """
    return int(suffix_scores(steps, values)[0]) if len(values) else 0


def suffix_scores(steps: Floats, values: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Give S of every suffix: entry k is the score of points k, k+1, …, n-1."""
    n = len(values)
    if n <= _SMALL:
        signs = np.sign(values - values[:, None]) * (steps > steps[:, None])
        return np.asarray(np.cumsum(signs.sum(axis=1)[::-1])[::-1].astype(np.int64))
    gains = np.zeros(n, dtype=np.int64)
    for row in range(n - 1):
        rises = np.sign(values[row + 1 :] - values[row]) * (steps[row + 1 :] > steps[row])
        gains[row] = int(rises.sum())
    return np.asarray(np.cumsum(gains[::-1])[::-1])


def independent_variance(steps: Floats, values: Floats) -> float:
    """Give the variance of S for independent noise, corrected for ties in either (Kendall 1970, 4.14)."""
    n = len(values)
    if n < 2:
        return 0.0
    a, b = _tie_sums(steps), _tie_sums(values)
    pairs = n * (n - 1)
    variance = (pairs * (2 * n + 5) - a[2] - b[2]) / 18 + a[0] * b[0] / (2 * pairs)
    if n > 2:
        variance += a[1] * b[1] / (9 * pairs * (n - 2))
    return float(variance)


def inflation(phi: float, n: int) -> float:
    """Give the factor by which AR(1) noise raises the variance of S (Hamed & Rao 1998, eq. 11 and 15).

    The correlation of ranks at lag i is (6/π)·arcsin(phi^i / 2).
    """
    if n < 3 or phi == 0:
        return 1.0
    lag = np.arange(1, n - 2, dtype=np.float64)
    ranks = 6 / np.pi * np.arcsin(np.power(phi, lag) / 2)
    weights = (n - lag) * (n - lag - 1) * (n - lag - 2)
    return 1 + 2 * float(weights @ ranks) / (n * (n - 1) * (n - 2))


def degrees_of_freedom(phi: float, n: int) -> float:
    """Give Satterthwaite's degrees of freedom of the corrected variance: 2 / Var(log variance).

    By the delta method Var(log variance) = (d log inflation / d phi)² · Var(phi), and
    Var(phi) = (1 - phi²) / (0.7·(n - 4)); the 0.7 is calibrated by simulation
    (docs/statistics.md). Never below 8.
    """
    small = 1e-4
    slope = math.log(inflation(phi + small, n) / inflation(phi - small, n)) / (2 * small)
    variance = slope**2 * (1 - phi**2) / max(n - COEFFICIENTS, 1)
    return max(2 * _SHARE / variance, _FEWEST) if variance > 0 else math.inf


def corrected(steps: Floats, values: Floats, phi: float | None = None) -> Reference:
    """Give the reference for AR(1) noise, phi estimated from the values unless given."""
    n = len(values)
    held = phi_of(values) if phi is None else min(max(phi, LOWEST), highest(n))
    return Reference(
        variance=independent_variance(steps, values) * inflation(held, n),
        degrees=degrees_of_freedom(held, n),
        phi=held,
    )


def plain(steps: Floats, values: Floats) -> Reference:
    """Give the textbook reference: independent noise, normal."""
    return Reference(variance=independent_variance(steps, values), degrees=math.inf, phi=0.0)


def hamed_rao_p(steps: Floats, values: Floats, slope: float) -> float | None:
    """Give the p-value of the textbook test of Hamed & Rao (1998), for comparison.

    The autocorrelation of the ranks of the values less Sen's line, at the lags where it is
    significant at 5 %. On a bent curve or with short series it alarms in up to a quarter of cases where
    nothing happens. None where the corrected variance comes out negative, as it can.

    Parameters
    ----------
    steps, values : ndarray, shape (n,), with n >= 3
    slope : float
        Sen's slope, in values per step.
    """
    n = len(values)
    ranks = _ranks(values - slope * steps)
    ranks = ranks - ranks.mean()
    power = float(ranks @ ranks)
    if power == 0:
        return 1.0
    full = np.correlate(ranks, ranks, "full")[n:] / power
    lag = np.arange(1, n)
    kept = np.abs(full) > 1.959963984540054 / math.sqrt(n)
    weights = (n - lag) * (n - lag - 1.0) * (n - lag - 2.0)
    factor = 1 + 2 * float((weights * full)[kept].sum()) / (n * (n - 1) * (n - 2))
    if factor <= 0:
        return None
    variance = independent_variance(steps, values) * factor
    return Reference(variance=variance, degrees=math.inf, phi=0.0).p_value(score(steps, values))


def _tie_sums(numbers: Floats) -> tuple[float, float, float]:
    """Give Σt(t-1), Σt(t-1)(t-2) and Σt(t-1)(2t+5) over groups of t equal numbers."""
    t = np.unique(numbers, return_counts=True)[1].astype(np.float64)
    twos = t * (t - 1)
    return float(twos.sum()), float((twos * (t - 2)).sum()), float((twos * (2 * t + 5)).sum())


def _ranks(numbers: Floats) -> Floats:
    """Rank from 1, ties sharing their mean rank."""
    _, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse], dtype=np.float64)
