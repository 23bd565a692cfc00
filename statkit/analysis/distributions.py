"""Quantiles of Student's t and chi-square: what small samples need, without scipy."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import exp, inf, lgamma, log, sqrt

from statkit.analysis.student_t import incomplete_beta

_TINY = 1e-300
_EPSILON = 1e-15
_TURNS = 10_000


@lru_cache(maxsize=512)
def student_quantile(probability: float, df: float) -> float:
    """Give the value a Student t variable stays below with ``probability``.

    Parameters
    ----------
    probability : float
        In (0, 1).
    df : float
        Degrees of freedom, > 0, need not be whole (Welch–Satterthwaite).

    Returns
    -------
    float
        The quantile; relative error under 1e-10 against `scipy.stats.t.ppf` for probabilities
        between 1e-6 and 1 - 1e-6.
    """
    if probability == 0.5:
        return 0.0
    tail = 2 * min(probability, 1 - probability)
    # P(|T| > t) = I_x(df/2, 1/2) with x = df / (df + t²), Abramowitz & Stegun 26.5.27
    size = _root(lambda t: tail - incomplete_beta(df / (df + t * t), df / 2, 0.5))
    return size if probability > 0.5 else -size


@lru_cache(maxsize=512)
def chi_square_quantile(probability: float, df: float) -> float:
    """Give the value a chi-square variable stays below with ``probability``.

    Parameters
    ----------
    probability : float
        In (0, 1).
    df : float
        Degrees of freedom, > 0.

    Returns
    -------
    float
        The quantile, relative error under 1e-9 against `scipy.stats.chi2.ppf`.
    """
    return _root(lambda x: _gamma_share(df / 2, x / 2) - probability)


def _root(rising: Callable[[float], float]) -> float:
    """Find the zero of a rising function on (0, ∞) by doubling, then bisection."""
    low, high = 0.0, 1.0
    while rising(high) < 0:
        low, high = high, high * 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def _gamma_share(a: float, x: float) -> float:
    """Give the regularised lower incomplete gamma P(a, x): a series below a + 1, a fraction above."""
    if x <= 0:
        return 0.0
    front = exp(a * log(x) - x - lgamma(a))
    if x < a + 1:
        term = total = 1 / a  # DLMF 8.11.4
        n = a
        while term > total * _EPSILON:
            n += 1
            term *= x / n
            total += term
        return front * total
    return 1 - front / _upper_fraction(a, x)


def _upper_fraction(a: float, x: float) -> float:
    """Evaluate x + 1 − a − 1·(1 − a)/(x + 3 − a − …) by the modified Lentz method (DLMF 8.9.2)."""
    below = x + 1 - a
    value = c = below or _TINY
    d = 0.0
    for i in range(1, _TURNS):
        above = -i * (i - a)
        below += 2
        d = 1 / ((below + above * d) or _TINY)
        c = (below + above / c) or _TINY
        value *= c * d
        if abs(c * d - 1) < _EPSILON:
            break
    return value


def spread_interval(sd: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Give the chi-square interval of a standard deviation estimated from ``n`` normal values.

    Parameters
    ----------
    sd : float
        Sample standard deviation (n - 1 in the denominator).
    n : int
        Number of values, two or more; below that the interval is (0, inf).
    confidence : float
        In (0, 1).

    Returns
    -------
    tuple of float
        Lower and upper limit, in the unit of ``sd``. Assumes normal values: a heavy tail makes it
        too narrow.
    """
    if n < 2:
        return 0.0, inf
    df = n - 1
    tail = (1 - confidence) / 2
    return (
        sd * sqrt(df / chi_square_quantile(1 - tail, df)),
        sd * sqrt(df / chi_square_quantile(tail, df)),
    )
