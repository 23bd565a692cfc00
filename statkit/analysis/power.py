"""What a comparison of so many runs can see: power, minimum detectable difference, runs needed."""

from __future__ import annotations

from functools import lru_cache
from math import erfc, lgamma, log, sqrt
from typing import Final

import numpy as np

from statkit.analysis.distributions import student_quantile

ALPHA: Final = 0.05
POWER: Final = 0.8
MOST_RUNS: Final = 100_000


def power_of_t(noncentrality: float, df: float, alpha: float = ALPHA) -> float:
    """Give the power of a two-sided t test: P(|T| > critical) under the noncentral t distribution.

    Parameters
    ----------
    noncentrality : float
        Expected value of the numerator in standard errors: d·√(n₁n₂/(n₁+n₂)) for two groups whose
        means lie d standard deviations apart, d·√n for n pairs.
    df : float
        Degrees of freedom, 1 or more.
    alpha : float
        Two-sided level of the test.

    Returns
    -------
    float
        In [alpha, 1].

    Notes
    -----
    The spread s/σ follows a chi distribution over √df; the normal probability is averaged over it
    by Gauss–Legendre quadrature (Cohen 1988, ch. 2, gives the tables this reproduces).
    """
    critical = student_quantile(1 - alpha / 2, df)
    spreads, weights = _spread_nodes(df)
    beyond = [
        _above(critical * s - noncentrality) + _above(critical * s + noncentrality) for s in spreads.tolist()
    ]
    return float(weights @ np.array(beyond))


@lru_cache(maxsize=256)
def detectable_noncentrality(df: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """Give the noncentrality at which a two-sided t test reaches ``power``."""
    low, high = 0.0, 1.0
    while power_of_t(high, df, alpha) < power:
        low, high = high, high * 2
    while high - low > 1e-10 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if power_of_t(middle, df, alpha) < power else (low, middle)
    return high


def detectable_difference(
    sd: float, n_first: int, n_second: int, alpha: float = ALPHA, power: float = POWER
) -> float | None:
    """Give the smallest difference of two means that is found with ``power``.

    Parameters
    ----------
    sd : float
        Standard deviation within a group (pooled), in the metric's unit.
    n_first, n_second : int
        Runs a side.
    alpha, power : float
        Two-sided level, and probability of finding a difference that is there.

    Returns
    -------
    float or None
        In the metric's unit, never negative; None where the sizes leave no degree of freedom.
    """
    df = n_first + n_second - 2
    if min(n_first, n_second) < 1 or df < 1:
        return None
    return sd * detectable_noncentrality(df, alpha, power) * sqrt(1 / n_first + 1 / n_second)


def detectable_paired_difference(
    sd: float, pairs: int, alpha: float = ALPHA, power: float = POWER
) -> float | None:
    """Give the smallest mean of paired differences that is found with ``power``; ``sd`` is theirs."""
    if pairs < 2:
        return None
    return sd * detectable_noncentrality(pairs - 1, alpha, power) / sqrt(pairs)


def runs_needed(
    difference: float, sd: float, *, alpha: float = ALPHA, power: float = POWER, least: int = 3
) -> int | None:
    """Give the runs a side with which a two-sample t test finds ``difference`` with ``power``.

    Parameters
    ----------
    difference, sd : float
        Difference of the means and standard deviation within a group, in the same unit.
    alpha, power : float
        Two-sided level, and probability of finding the difference.
    least : int
        Never fewer than this: a verdict needs three runs a side.

    Returns
    -------
    int or None
        Runs a side; None where the difference is 0 or would need more than 100,000.
    """

    def enough(n: int) -> bool:
        found = detectable_difference(sd, n, n, alpha, power)
        return found is not None and found <= abs(difference)

    if difference == 0 or not enough(MOST_RUNS):
        return None
    low, high = 1, least
    while not enough(high):
        low, high = high, high * 2
    if high == least:
        return least
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _above(z: float) -> float:
    """P(Z > z) of a standard normal."""
    return 0.5 * erfc(z / sqrt(2))


@lru_cache(maxsize=256)
def _spread_nodes(df: float) -> tuple[np.ndarray, np.ndarray]:
    """Quadrature nodes of s/σ, and weights that hold its density (a chi over √df)."""
    unit, weights = _legendre()
    reach = 12 / sqrt(2 * df)
    low, high = max(0.0, 1 - reach), 1 + reach
    nodes = low + (high - low) * (unit + 1) / 2
    constant = log(2) + df / 2 * log(df / 2) - lgamma(df / 2)
    density = np.exp(constant + (df - 1) * np.log(nodes) - df * nodes**2 / 2)
    return nodes, weights * density * (high - low) / 2


@lru_cache(maxsize=1)
def _legendre() -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(128)
    return nodes, weights
