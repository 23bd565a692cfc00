"""Permutation tests of a difference in means: exact where they can be enumerated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import comb
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from statkit.analysis.aggregation import Floats

EXACT_LIMIT: Final = 2**20
"""Assignments up to which a test is enumerated: 11 against 11 runs, 20 pairs."""

_TOLERANCE: Final = 1e-10  # of the largest deviation: sums in another order differ by rounding
_CHUNK: Final = 2_000_000  # numbers held at once while sampling: 16 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class PermutationTest:
    """A two-sided permutation p-value and how it was obtained.

    Attributes
    ----------
    p_value : float
        Share of assignments whose difference is at least as large, in absolute size, as the one
        observed; the observed one counts. In (0, 1].
    attainable : float
        The smallest p that data of these sizes can reach.
    assignments : int
        How many were looked at.
    exact : bool
        True where those were all of them; otherwise p = (1 + hits) / (1 + assignments)
        (Phipson & Smyth 2010).
    """

    p_value: float
    attainable: float
    assignments: int
    exact: bool


def permutation_test(
    candidate: ArrayLike, baseline: ArrayLike, *, resamples: int = 10_000, seed: int = 0
) -> PermutationTest:
    """Test whether two groups could be one: labels shuffled, difference of means.

    Parameters
    ----------
    candidate, baseline : array_like, shape (n,) and (m,)
        Finite scores, at least one a side.
    resamples : int
        Shuffles drawn where all C(n+m, n) of them exceed `EXACT_LIMIT`.
    seed : int
        Of the shuffles; the exact test needs none.

    Returns
    -------
    PermutationTest
        Exact under exchangeability: with equal spreads, or equal numbers of runs and moderate
        inequality of spread (Fisher 1935; Pitman 1937).
    """
    first = np.asarray(candidate, np.float64)
    second = np.asarray(baseline, np.float64)
    pooled = np.concatenate([first, second])
    # with a pooled mean of 0, the difference of means is a fixed multiple of the first group's sum
    pooled = pooled - pooled.mean()
    n, m = len(first), len(second)
    observed = abs(float(pooled[:n].sum()))
    limit = observed - _TOLERANCE * float(np.abs(pooled).max())
    total = comb(n + m, n)
    if total <= EXACT_LIMIT:
        hits = int(np.count_nonzero(np.abs(_subset_sums(pooled, n)) >= limit))
        attainable = (2 if n == m else 1) / total
        return PermutationTest(p_value=hits / total, attainable=attainable, assignments=total, exact=True)
    return _sampled(limit, lambda rng, rows: _shuffled_sums(pooled, n, rng, rows), n + m, resamples, seed)


def sign_flip_test(differences: ArrayLike, *, resamples: int = 10_000, seed: int = 0) -> PermutationTest:
    """Test whether paired differences could as well have the other sign.

    Parameters
    ----------
    differences : array_like, shape (pairs,)
        Candidate minus baseline of each pair, finite.
    resamples, seed : int
        Used where 2^pairs exceeds `EXACT_LIMIT`.

    Returns
    -------
    PermutationTest
        Five pairs cannot go below 2/2⁵ = 0.0625.
    """
    values = np.asarray(differences, np.float64)
    limit = abs(float(values.sum())) - _TOLERANCE * float(np.abs(values).max())
    total = 2 ** len(values)
    if total <= EXACT_LIMIT:
        sums = np.zeros(1)
        for value in values.tolist():
            sums = np.concatenate([sums - value, sums + value])
        hits = int(np.count_nonzero(np.abs(sums) >= limit))
        return PermutationTest(p_value=hits / total, attainable=2 / total, assignments=total, exact=True)
    return _sampled(limit, lambda rng, rows: _flipped_sums(values, rng, rows), len(values), resamples, seed)


def _subset_sums(values: Floats, size: int) -> Floats:
    """Give the sums of all subsets of ``size`` values: those of either half, joined."""
    half = len(values) // 2
    left, right = _sums_by_size(values[:half]), _sums_by_size(values[half:])
    parts = [
        np.add.outer(left[k], right[size - k]).ravel() for k in range(len(left)) if 0 <= size - k < len(right)
    ]
    return np.concatenate(parts)


def _sums_by_size(values: Floats) -> list[Floats]:
    """Entry k: the sums of all subsets of k values."""
    sums: list[Floats] = [np.zeros(1)]
    for value in values.tolist():
        sums = [
            sums[0],
            *(np.concatenate([same, fewer + value]) for fewer, same in pairwise(sums)),
            sums[-1] + value,
        ]
    return sums


def _sampled(
    limit: float, sums: Callable[[np.random.Generator, int], Floats], width: int, resamples: int, seed: int
) -> PermutationTest:
    rng = np.random.Generator(np.random.PCG64(seed))
    rows = max(1, _CHUNK // width)
    hits = sum(
        int(np.count_nonzero(np.abs(sums(rng, min(rows, resamples - done))) >= limit))
        for done in range(0, resamples, rows)
    )
    smallest = 1 / (1 + resamples)
    return PermutationTest(
        p_value=(1 + hits) * smallest, attainable=smallest, assignments=resamples, exact=False
    )


def _shuffled_sums(pooled: Floats, size: int, rng: np.random.Generator, rows: int) -> Floats:
    shuffled = rng.permuted(np.broadcast_to(pooled, (rows, len(pooled))), axis=1)
    sums: Floats = shuffled[:, :size].sum(axis=1)
    return sums


def _flipped_sums(values: Floats, rng: np.random.Generator, rows: int) -> Floats:
    signs = rng.integers(0, 2, size=(rows, len(values)), dtype=np.int8) * 2.0 - 1.0
    sums: Floats = signs @ values
    return sums
