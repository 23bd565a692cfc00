"""One number for many runs: mean, interquartile mean, optimality gap, probability of improvement.

The definitions are those of Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the
Statistical Precipice", section 4, as its reference implementation computes them.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.analysis.distributions import student_quantile
from statkit.schema import Direction

Floats = NDArray[np.float64]


def sign(direction: Direction) -> int:
    """Give +1 where a high value is good, −1 where a low one is."""
    return 1 if direction == "max" else -1


def interquartile_mean(scores: ArrayLike) -> float:
    """Give the mean of the middle half of all scores.

    Parameters
    ----------
    scores : array_like, any shape
        At least one score; a matrix (runs × tasks) is pooled.

    Returns
    -------
    float
        ⌊n/4⌋ scores are cut at each end: equal to ``scipy.stats.trim_mean(scores, 0.25, axis=None)``.
        With fewer than four scores nothing is cut and it is the mean.
    """
    ordered = np.sort(np.asarray(scores, dtype=np.float64), axis=None)
    cut = ordered.size // 4
    return float(ordered[cut : ordered.size - cut].mean())


def wins(candidate: ArrayLike, baseline: ArrayLike, direction: Direction = "max") -> Floats:
    """Compare every candidate with every baseline run: 1 better, ½ tie, 0 worse; (n × m)."""
    lead = np.asarray(candidate, np.float64)[:, None] - np.asarray(baseline, np.float64)[None, :]
    return (np.sign(lead) * sign(direction) + 1) / 2


def probability_of_improvement(
    candidate: ArrayLike, baseline: ArrayLike, direction: Direction = "max"
) -> float:
    """Give P(a candidate run is better than a baseline run) + ½ P(they tie).

    Parameters
    ----------
    candidate, baseline : array_like, shape (runs,) or (runs, tasks)
        Scores. With tasks it is the mean of their probabilities.
    direction : {"max", "min"}
        Which way is better.

    Returns
    -------
    float
        In [0, 1]; the Mann–Whitney U over n·m.
    """
    first = np.asarray(candidate, np.float64)
    second = np.asarray(baseline, np.float64)
    if first.ndim == 1:
        return float(wins(first, second, direction).mean())
    return float(np.mean([wins(x, y, direction).mean() for x, y in zip(first.T, second.T, strict=True)]))


def mean_interval(scores: ArrayLike, confidence: float = 0.95) -> tuple[float, float] | None:
    """Give Student's interval of the mean: mean ± t·s/√n.

    Returns
    -------
    tuple of float or None
        None with fewer than two scores.
    """
    values = np.asarray(scores, np.float64)
    if values.size < 2:
        return None
    middle = float(values.mean())
    half = student_quantile((1 + confidence) / 2, values.size - 1) * spread(values) / sqrt(values.size)
    return middle - half, middle + half


def spread(scores: ArrayLike) -> float:
    """Give the sample standard deviation; 0 where all scores agree to 12 digits, NaN for one score."""
    values = np.asarray(scores, np.float64)
    if values.size < 2:
        return float("nan")
    if float(np.ptp(values)) <= 1e-12 * float(np.abs(values).max()):
        return 0.0
    return float(values.std(ddof=1))
