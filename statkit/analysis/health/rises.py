"""Sustained rises: several values in a row far above the lowest level reached before.

The one detector behind divergence, overfitting and regress after the best; what is bad goes up, so a
quality is given with its sign turned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from statkit.analysis.arrays import MEDIAN_DEVIATION, Floats, running_median

#: So many values in a row must lie above the limit.
HELD: Final = 3

#: The limit lies so many standard deviations of the noise above the lowest level.
DEVIATIONS: Final = 6.0

#: Width of the running median whose minimum is the lowest level.
_SMOOTH: Final = 5

#: Fewer points than this have no level to rise from.
FEWEST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """A sustained rise.

    Attributes
    ----------
    low : int
        The row of the lowest level before it.
    start, end : int
        First and last row above the limit.
    level : float
        The lowest level.
    sd : float
        Standard deviation of the noise.
    lasting : bool
        Whether it holds at the last row.
    """

    low: int
    start: int
    end: int
    level: float
    sd: float
    lasting: bool


def noise_of(values: Floats) -> float:
    """Estimate the standard deviation of the noise around a smooth curve, from second differences.

    The median absolute deviation of the second differences, scaled for independent noise (their variance
    is then 6 sd²). A slope and a bend leave them alone. Noise that repeats itself is underestimated, by
    half at a lag-1 correlation of 0.7; the thresholds are calibrated with that (docs/health.md).

    Parameters
    ----------
    values : ndarray, shape (n,), with n >= 4
    """
    bends = np.diff(values, 2)
    return MEDIAN_DEVIATION * float(np.median(np.abs(bends - np.median(bends)))) / math.sqrt(6)


def sustained_rise(values: Floats, *, floor: float = 0.0, deviations: float = DEVIATIONS) -> Rise | None:
    """Find the last stretch of `HELD` or more values above the limit.

    The limit at a row is the lowest running median of rows at least `HELD` before it, plus the larger
    of ``floor`` and ``deviations`` times the standard deviation of the noise.

    Parameters
    ----------
    values : ndarray, shape (n,), finite
        What is bad goes up.
    floor : float
        Rises smaller than this do not matter, in the values' unit.
    deviations : float
        In standard deviations.
    """
    n = len(values)
    if n < FEWEST:
        return None
    smooth = running_median(values, _SMOOTH)
    lowest = np.minimum.accumulate(smooth)
    before = np.concatenate([np.full(HELD, np.inf), lowest[:-HELD]])
    sd = noise_of(_until_lowest(values, int(np.argmin(smooth))))
    rounding = 1e-9 * float(np.abs(values).max())
    above = values > before + max(deviations * sd, floor, rounding)
    stretch = _last_stretch(above)
    if stretch is None:
        return None
    start, end = stretch
    low = int(np.argmin(smooth[: start - HELD + 1]))
    return Rise(low=low, start=start, end=end, level=float(smooth[low]), sd=sd, lasting=end == n - 1)


def _until_lowest(values: Floats, lowest: int) -> Floats:
    """Cut off what comes after the lowest level, where enough is left to tell the noise."""
    return values[: lowest + 1] if lowest + 1 >= 2 * FEWEST else values


def _last_stretch(above: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[int, int] | None:
    """Find first and last row of the last stretch of `HELD` or more True."""
    padded = np.concatenate([[False], above, [False]]).astype(np.int8)
    edges = np.diff(padded)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    long = np.flatnonzero(ends - starts + 1 >= HELD)
    if len(long) == 0:
        return None
    return int(starts[long[-1]]), int(ends[long[-1]])
