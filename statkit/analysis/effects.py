"""How large a difference is: Hedges' g, Welch's interval, the paired interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, sqrt

import numpy as np
from numpy.typing import ArrayLike

from statkit.analysis.aggregation import mean_interval, spread
from statkit.analysis.distributions import student_quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class WelchDifference:
    """A difference of two means with its standard error.

    Attributes
    ----------
    difference : float
        Mean of the first minus mean of the second, in the metric's unit.
    standard_error : float
        √(s₁²/n₁ + s₂²/n₂).
    df : float
        Welch–Satterthwaite degrees of freedom; those of the pooled test where both spreads are 0.
    """

    difference: float
    standard_error: float
    df: float

    def bound(self, confidence: float) -> float:
        """Give the half-width whose one-sided level is ``confidence``: t·(standard error)."""
        return student_quantile(confidence, self.df) * self.standard_error

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Give the two-sided interval difference ± t·(standard error) (Welch 1947)."""
        half = self.bound((1 + confidence) / 2)
        return self.difference - half, self.difference + half


def welch(candidate: ArrayLike, baseline: ArrayLike) -> WelchDifference | None:
    """Compare two means without assuming equal spreads.

    Parameters
    ----------
    candidate, baseline : array_like, shape (n,) and (m,)
        Finite scores.

    Returns
    -------
    WelchDifference or None
        None where a side has fewer than two scores.
    """
    first, second = np.asarray(candidate, np.float64), np.asarray(baseline, np.float64)
    if min(len(first), len(second)) < 2:
        return None
    shares = spread(first) ** 2 / len(first), spread(second) ** 2 / len(second)
    total = sum(shares)
    freedom = len(first) - 1, len(second) - 1
    df = (
        total**2 / (shares[0] ** 2 / freedom[0] + shares[1] ** 2 / freedom[1])
        if total > 0
        else float(sum(freedom))
    )
    return WelchDifference(difference=float(first.mean() - second.mean()), standard_error=sqrt(total), df=df)


def paired_interval(differences: ArrayLike, confidence: float = 0.95) -> tuple[float, float] | None:
    """Give Student's interval of the mean of paired differences; None with fewer than two pairs."""
    return mean_interval(differences, confidence)


def pooled_spread(candidate: ArrayLike, baseline: ArrayLike) -> float | None:
    """Give √(((n₁−1)s₁² + (n₂−1)s₂²)/(n₁+n₂−2)); None with fewer than two scores a side."""
    first, second = np.asarray(candidate, np.float64), np.asarray(baseline, np.float64)
    n, m = len(first), len(second)
    if min(n, m) < 2:
        return None
    return sqrt(((n - 1) * spread(first) ** 2 + (m - 1) * spread(second) ** 2) / (n + m - 2))


def hedges_g(candidate: ArrayLike, baseline: ArrayLike) -> float | None:
    """Give the difference of the means in pooled standard deviations, corrected for small samples.

    Parameters
    ----------
    candidate, baseline : array_like, shape (n,) and (m,)
        Finite scores.

    Returns
    -------
    float or None
        J(n+m−2)·(mean₁ − mean₂)/s_pooled, in the metric's own sign, with the exact J; None with
        fewer than two scores a side, or no spread (Hedges 1981).
    """
    first, second = np.asarray(candidate, np.float64), np.asarray(baseline, np.float64)
    sd = pooled_spread(first, second)
    if not sd:
        return None
    return small_sample_factor(len(first) + len(second) - 2) * float(first.mean() - second.mean()) / sd


def small_sample_factor(df: float) -> float:
    """Give Hedges' correction J(df) = Γ(df/2) / (√(df/2)·Γ((df−1)/2)), exact, for df > 1.

    The usual approximation is 1 − 3/(4·df − 1); at df = 4 it is 0.8000 where J is 0.7979.
    """
    return exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)
