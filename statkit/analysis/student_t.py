"""Student's t, for tests whose variance is itself an estimate; fractional degrees of freedom."""

from __future__ import annotations

import math
from typing import Final

_TINY: Final = 1e-300
_TURNS: Final = 500


def two_sided_p(t: float, degrees: float) -> float:
    """Give the probability that Student's t lies at least ``abs(t)`` from 0.

    The regularised incomplete beta function I_x(degrees/2, 1/2) at x = degrees / (degrees + t²)
    (DLMF 8.17; Abramowitz & Stegun 26.5.27).

    Parameters
    ----------
    t : float
    degrees : float
        Degrees of freedom, above 0; need not be whole.
    """
    square = t * t
    if square < 1:  # the complement, which keeps its digits where the other would round x to 1
        return 1.0 - incomplete_beta(square / (degrees + square), 0.5, degrees / 2)
    return incomplete_beta(degrees / (degrees + square), degrees / 2, 0.5)


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Give the regularised incomplete beta function I_x(a, b), 0 <= x <= 1, a and b above 0.

    The continued fraction of DLMF 8.17.22, on whichever side of its turning point converges fast.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - incomplete_beta(1 - x, b, a)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logarithm) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction 1 + d1/(1 + d2/(1 + …)) by Lentz's method."""
    value, c, d = 1.0, 1.0, 0.0
    for turn in range(1, _TURNS):
        m = turn // 2
        if turn % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (_nonzero(1 + term * d))
        c = _nonzero(1 + term / c)
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _nonzero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
