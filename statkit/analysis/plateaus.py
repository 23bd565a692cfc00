"""Plateaus: since when nothing has been gained."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from statkit.analysis.arrays import MEDIAN_DEVIATION, Floats, running_median
from statkit.analysis.mann_kendall import Reference, corrected, suffix_scores

#: A rise of the running median by more than this share of the noise's standard deviation is a gain.
GAIN: Final = 0.75

#: Width of the running median in which gains are looked for.
SMOOTH: Final = 5


def default_patience(n: int) -> int:
    """Give N, how many validations without gain make a plateau: a fifth of all, 10 at least."""
    return max(10, round(n / 5))


def noise_sd(values: Floats, phi: float) -> float:
    """Estimate the standard deviation of AR(1) noise on a slowly changing level.

    Neighbours differ by noise of variance 2·(1 - phi)·sd²; the differences' spread is taken by the median
    absolute deviation, so that neither jumps nor a steep start raise it.

    Parameters
    ----------
    values : ndarray, shape (n,), with n >= 2
    phi : float
        Lag-1 correlation of the noise, below 1.
    """
    rises = np.diff(values)
    spread = MEDIAN_DEVIATION * float(np.median(np.abs(rises - np.median(rises))))
    return spread / math.sqrt(2 * (1 - phi))


def plateau_row(
    steps: Floats, gains: Floats, *, phi: float, patience: int, alpha: float = 0.05
) -> int | None:
    """Find the row since which nothing was gained, if that is ``patience`` validations ago or more.

    The earliest row such that three things hold: the running median never again rises above its value
    there by more than `GAIN` standard deviations of the noise; the Theil-Sen interval of everything since
    holds 0; and so does that of the last ``patience`` validations. The intervals are those of
    `statkit.analysis.theil_sen`, asked through the test that they turn round. A change-point method
    would cut a smooth ramp into levels; this rule leaves it whole.

    Parameters
    ----------
    steps : ndarray, shape (n,), non-decreasing
    gains : ndarray, shape (n,), finite
        The values, signed so that more is better.
    phi : float
        Lag-1 correlation of the noise.
    patience : int
        N, in validations.
    alpha : float
        Level of the intervals, 0.05 for 95 %.

    Returns
    -------
    int or None
    """
    n = len(gains)
    latest = n - patience
    if latest < 0:
        return None
    scores = suffix_scores(steps, gains)
    smooth = running_median(gains, SMOOTH)
    best_since = np.maximum.accumulate(smooth[::-1])[::-1]
    quiet = np.flatnonzero(best_since[: latest + 1] - smooth[: latest + 1] <= GAIN * noise_sd(gains, phi))
    if len(quiet) == 0 or not _holds_zero(steps, gains, latest, int(scores[latest]), phi, alpha):
        return None
    for row in quiet:
        if _holds_zero(steps, gains, int(row), int(scores[row]), phi, alpha):
            return int(row)
    return None


def _holds_zero(steps: Floats, gains: Floats, row: int, score: int, phi: float, alpha: float) -> bool:
    reference: Reference = corrected(steps[row:], gains[row:], phi)
    return reference.p_value(score) >= alpha
