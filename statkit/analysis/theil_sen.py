"""The Theil-Sen slope: the median of the slopes through all pairs of points.

Sen 1968, JASA 63:1379. It shrugs off a quarter of the points being wild. Its interval turns the
Mann-Kendall test round: all slopes that the test, run on what they leave over, would not refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from statkit.analysis.arrays import Floats, Points, block_medians

#: Up to so many points every pair is used (12.5 million slopes, 100 MB).
EXACT: Final = 5_000

#: Beyond, the points are first reduced to the medians of so many blocks of neighbours.
BLOCKS: Final = 2_000

#: Up to so many points all pairs are formed at once; beyond, row by row, to bound memory.
_SMALL: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """A slope with its interval, in values per step.

    Attributes
    ----------
    slope : float
    low, high : float
        The ends of the interval.
    score : int
        Mann-Kendall's S of the same points: rising minus falling pairs.
    tied : float
        The share of pairs with equal values, in [0, 1].
    """

    slope: float
    low: float
    high: float
    score: int
    tied: float


def reduced(points: Points) -> tuple[Floats, Floats, str]:
    """Give the steps and values the slope is computed on, and the method in words."""
    if len(points) <= EXACT:
        return points.steps, points.values, "exact"
    steps = block_medians(points.steps, BLOCKS)
    return steps, block_medians(points.values, BLOCKS), f"{BLOCKS:,} block medians"


def pair_slopes(steps: Floats, values: Floats) -> Floats:
    """Give the slope through every pair of points at different steps, earlier point first.

    Parameters
    ----------
    steps, values : ndarray, shape (n,), steps non-decreasing

    Returns
    -------
    ndarray, shape (n·(n-1)/2 less the pairs at one step,)
    """
    n = len(values)
    if n <= _SMALL:
        early, late = np.triu_indices(n, 1)
        apart = steps[late] > steps[early]
        early, late = early[apart], late[apart]
        return np.asarray((values[late] - values[early]) / (steps[late] - steps[early]))
    slopes = np.empty(n * (n - 1) // 2)
    filled = 0
    for row in range(n - 1):
        first = max(row + 1, int(np.searchsorted(steps, steps[row], side="right")))
        count = n - first
        rises = values[first:] - values[row]
        np.divide(rises, steps[first:] - steps[row], out=slopes[filled : filled + count])
        filled += count
    return slopes[:filled]


def slope_between(slopes: Floats, accepted: int) -> Slope:
    """Give the median slope, and the interval of the slopes b with |S(b)| <= ``accepted``.

    S(b) is the score of values - b·steps: the slopes above b less those below. The interval leaves out
    0 exactly when |S(0)| > ``accepted``, that is when the test refuses "no trend" (where ties put an end
    at 0 all the same, the interval is open there and the nearest other slope is given).

    Parameters
    ----------
    slopes : ndarray, shape (m,), with m >= 1
        As `pair_slopes` gives them; reordered in place.
    accepted : int
        The largest |S| the test accepts.
    """
    m = len(slopes)
    score = int(np.count_nonzero(slopes > 0)) - int(np.count_nonzero(slopes < 0))
    tied = int(np.count_nonzero(slopes == 0)) / m
    below = min(max((m - accepted + 1) // 2, 1), m)  # the low end is the below-th smallest slope
    places = sorted({below - 1, (m - 1) // 2, m // 2, m - below})
    slopes.partition(places)
    low, high = float(slopes[below - 1]), float(slopes[m - below])
    if score > accepted and low <= 0:
        low = float(slopes[slopes > 0].min())
    if score < -accepted and high >= 0:
        high = float(slopes[slopes < 0].max())
    median = (float(slopes[(m - 1) // 2]) + float(slopes[m // 2])) / 2
    return Slope(slope=median, low=low, high=high, score=score, tied=tied)
