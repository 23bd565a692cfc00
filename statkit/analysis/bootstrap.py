"""Resampling with replacement: runs within their group, pairs, blocks of one series.

Percentile intervals after Efron & Tibshirani 1993, stratified as in Agarwal et al. 2021: every
group is resampled in itself, so each keeps its number of runs. With few runs these intervals are
too short (three runs a side: about 80 % coverage where 95 % is promised), which is why no verdict
rests on them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.analysis.aggregation import Floats
from statkit.analysis.distributions import student_quantile

Interval = tuple[float, float]
LEAST_FOR_BLOCKS: Final = 8


def generator(*seed: int) -> np.random.Generator:
    """Give the seeded generator of one purpose: PCG64 over the numbers given."""
    return np.random.Generator(np.random.PCG64(list(seed)))


def percentile_interval(draws: Floats, confidence: float = 0.95) -> Interval:
    """Give the central interval of resampled statistics, by linear interpolation."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


@dataclass(frozen=True, slots=True, eq=False)
class Resamples:
    """Resampled versions of one group's scores.

    Attributes
    ----------
    scores : numpy.ndarray, shape (n,)
        The group's scores, in ascending order.
    indices : numpy.ndarray, shape (resamples, n)
        Which scores each resample took, every row in ascending order.
    """

    scores: Floats
    indices: NDArray[np.intp]

    @classmethod
    def draw(cls, scores: ArrayLike, resamples: int, rng: np.random.Generator) -> Resamples:
        """Resample one group ``resamples`` times."""
        ordered = np.sort(np.asarray(scores, np.float64))
        indices = rng.integers(0, len(ordered), size=(resamples, len(ordered)), dtype=np.intp)
        indices.sort(axis=1)
        return cls(ordered, indices)

    def means(self) -> Floats:
        """Give the mean of every resample."""
        means: Floats = self.scores[self.indices].mean(axis=1)
        return means

    def interquartile_means(self) -> Floats:
        """Give the interquartile mean of every resample: rows are in order, so ends are cut off."""
        n = len(self.scores)
        cut = n // 4
        means: Floats = self.scores[self.indices[:, cut : n - cut]].mean(axis=1)
        return means

    def counts(self) -> Floats:
        """Give how often every resample took every score: (resamples, n)."""
        rows, n = self.indices.shape
        places = self.indices + n * np.arange(rows)[:, None]
        return np.bincount(places.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)


def resampled_probability(candidate: Resamples, baseline: Resamples, wins: Floats) -> Floats:
    """Give the probability of improvement of every pair of resamples.

    Parameters
    ----------
    candidate, baseline : Resamples
        Drawn equally often.
    wins : numpy.ndarray, shape (n, m)
        Of the two groups' ordered scores, as `aggregation.wins` gives it.
    """
    n, m = wins.shape
    probabilities: Floats = ((candidate.counts() @ wins) * baseline.counts()).sum(axis=1) / (n * m)
    return probabilities


def stratified_interval(
    scores: ArrayLike,
    statistic: Callable[[Floats], float],
    *,
    resamples: int = 10_000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Interval:
    """Bootstrap any aggregate over runs and tasks: runs are resampled within each task.

    Parameters
    ----------
    scores : array_like, shape (runs, tasks)
        One task (shape (runs,)) is allowed.
    statistic : callable
        From a matrix of that shape to one number, for example `aggregation.interquartile_mean`.
    resamples, seed : int
        Number of resamples, and what seeds them.
    confidence : float
        In (0, 1).

    Returns
    -------
    tuple of float
        The percentile interval (Agarwal et al. 2021, section 4.1).
    """
    matrix = np.asarray(scores, np.float64)
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    rng = generator(seed)
    tasks = np.arange(matrix.shape[1])
    draws = [
        statistic(matrix[rng.integers(0, len(matrix), size=matrix.shape), tasks]) for _ in range(resamples)
    ]
    return percentile_interval(np.array(draws), confidence)


def block_length(n: int) -> int:
    """Give the block for a series of ``n`` values: the longer of ⌈2·n^(1/3)⌉ and ⌈√n⌉.

    The order n^(1/3) is Künsch's 1989; the factor, and √n for long series, come from simulation with
    autocorrelations up to 0.6 (`benchmarks/statistics_compare.py`).
    """
    return max(math.ceil(round(2 * math.cbrt(n), 9)), math.ceil(math.sqrt(n)))


def moving_block_means(values: ArrayLike, block: int, resamples: int, rng: np.random.Generator) -> Floats:
    """Give the mean of every moving-block resample of a series (Künsch 1989).

    Parameters
    ----------
    values : array_like, shape (n,)
        One series in order; neighbours may depend on one another.
    block : int
        Neighbours taken together, at most n.
    resamples : int
        How many to draw.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    numpy.ndarray, shape (resamples,)
        Each resample joins random blocks and is cut to n values.
    """
    series = np.asarray(values, np.float64)
    n, middle = len(series), float(series.mean())
    blocks = -(-n // block)
    starts = rng.integers(0, n - block + 1, size=(resamples, blocks))
    sums = np.concatenate([[0.0], np.cumsum(series - middle)])
    lengths = np.full(blocks, block)
    lengths[-1] = n - block * (blocks - 1)
    means: Floats = middle + (sums[starts + lengths] - sums[starts]).sum(axis=1) / n
    return means


def moving_block_interval(
    values: ArrayLike, *, resamples: int, rng: np.random.Generator, confidence: float = 0.95
) -> Interval | None:
    """Give a moving-block-bootstrap interval of a series' mean, widened for few blocks.

    Parameters
    ----------
    values : array_like, shape (n,)
        One series in order, taken for stationary.
    resamples : int
        How many to draw.
    rng : numpy.random.Generator
        Source of the draws.
    confidence : float
        In (0, 1).

    Returns
    -------
    tuple of float or None
        None with fewer than eight values. The resampled deviations are multiplied by
        t(n/b − 1)/z, for a spread that rests on n/b blocks, and by 1/√(1 − b/n), for blocks that are
        centred on the mean of the same series: without either, 16 values of autocorrelation 0.6 are
        covered in 60 % where 95 % is promised.
    """
    series = np.asarray(values, np.float64)
    n = len(series)
    if n < LEAST_FOR_BLOCKS:
        return None
    block = block_length(n)
    means = moving_block_means(series, block, resamples, rng)
    probability = (1 + confidence) / 2
    wider = student_quantile(probability, n / block - 1) / NormalDist().inv_cdf(probability)
    wider /= math.sqrt(1 - block / n)
    low, high = percentile_interval(means - means.mean(), confidence)
    middle = float(series.mean())
    return middle + wider * low, middle + wider * high
