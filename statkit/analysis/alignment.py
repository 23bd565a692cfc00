"""Series of different steps brought onto common ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.analysis.aggregation import Floats

Align = Literal["exact", "interp", "locf"]
Steps = NDArray[np.float64] | NDArray[np.int64]


def tidy(steps: ArrayLike, values: ArrayLike) -> tuple[Steps, Floats]:
    """Order a series by step, without values that are not finite; equal steps become their mean.

    Parameters
    ----------
    steps, values : array_like, shape (n,)
        Any order; a missing value is NaN.

    Returns
    -------
    tuple of numpy.ndarray
        Strictly rising steps, and their values.
    """
    places, heights = np.asarray(steps), np.asarray(values, np.float64)
    if places.shape != heights.shape or places.ndim != 1:
        raise ValueError(f"steps {places.shape} and values {heights.shape} must be one-dimensional and equal")
    finite = np.isfinite(heights)
    places, heights = places[finite], heights[finite]
    order = np.argsort(places, kind="stable")
    places, heights = places[order], heights[order]
    if len(places) < 2 or (places[1:] != places[:-1]).all():
        return places, heights
    rising, starts = np.unique(places, return_index=True)
    return rising, np.add.reduceat(heights, starts) / np.diff(np.append(starts, len(places)))


def common_steps(steps: Sequence[Steps], align: Align) -> Steps:
    """Give the steps at which all series can be read.

    Parameters
    ----------
    steps : sequence of numpy.ndarray
        The rising steps of each series.
    align : {"exact", "interp", "locf"}
        ``exact``: the steps that every series has. ``interp`` and ``locf``: every step of any series
        between the latest first and the earliest last step.

    Returns
    -------
    numpy.ndarray
        Rising; empty where the series do not meet.
    """
    if any(len(own) == 0 for own in steps):
        return np.empty(0, np.int64)
    if align == "exact":
        shared = steps[0]
        for own in steps[1:]:
            shared = shared[np.isin(shared, own)]
        return shared
    low, high = max(own[0] for own in steps), min(own[-1] for own in steps)
    every = np.unique(np.concatenate(steps))
    within: Steps = every[(every >= low) & (every <= high)]
    return within


def values_at(steps: Steps, values: Floats, at: ArrayLike, align: Align) -> Floats:
    """Read a series at given steps.

    Parameters
    ----------
    steps, values : numpy.ndarray, shape (n,)
        As `tidy` gives them.
    at : array_like, shape (m,)
        Steps to read at.
    align : {"exact", "interp", "locf"}
        ``exact``: the value at that very step. ``interp``: linear between neighbours. ``locf``: the
        last value so far, carried forward also past the end.

    Returns
    -------
    numpy.ndarray, shape (m,)
        NaN where the series says nothing: no such step, outside its range, or before its first.
    """
    wanted = np.asarray(at)
    if len(steps) == 0:
        return np.full(wanted.shape, np.nan)
    if align == "interp":
        between: Floats = np.interp(wanted, steps, values, left=np.nan, right=np.nan)
        return between
    place = np.searchsorted(steps, wanted, side="right") - 1
    known = place >= 0
    if align == "exact":
        known &= steps[np.maximum(place, 0)] == wanted
    read: Floats = np.where(known, values[np.maximum(place, 0)], np.nan)
    return read
