"""How alike two maps are: Spearman's and Pearson's correlation over the cells of one grid.

Maps become vectors of mean 0 and length 1 once; every correlation is then a dot product, and all pairs of
n attention maps with n feature maps are one matrix product.

Neighbouring cells of a map resemble one another, so a correlation over cells has no textbook p-value: on
independent smooth fields it alarms in 43–80 % at a nominal 5 %. None is computed here; see `swap_null`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats


def rank_units(maps: Floats) -> Floats:
    """Give each map's centred ranks as a vector of length 1: their dot products are Spearman's.

    Parameters
    ----------
    maps : ndarray, shape (n, h, w)
        Finite. Equal cells share the mean of their ranks.

    Returns
    -------
    ndarray, shape (n, h·w)
        Zeros for a constant map.
    """
    flat = _flat(maps)
    return _units(np.array([_ranks(cells) for cells in flat]).reshape(flat.shape))


def value_units(maps: Floats) -> Floats:
    """Give each map's centred values as a vector of length 1: their dot products are Pearson's.

    Parameters
    ----------
    maps : ndarray, shape (n, h, w)
        Finite.

    Returns
    -------
    ndarray, shape (n, h·w)
        Zeros for a constant map.
    """
    flat = _flat(maps)
    largest = np.abs(flat).max(axis=1, initial=0.0, keepdims=True)
    return _units(flat / np.where(largest > 0, largest, 1.0))


def matching(first: Floats, second: Floats) -> Floats:
    """Correlate each map with the one at its own place.

    Parameters
    ----------
    first, second : ndarray, shape (n, cells)
        From `rank_units` or `value_units`.

    Returns
    -------
    ndarray, shape (n,)
        In [-1, 1]. Each depends on its two maps alone, to the last bit.
    """
    return np.asarray(np.clip((first * second).sum(axis=1), -1.0, 1.0))


def crossed(first: Floats, second: Floats) -> Floats:
    """Correlate every map of one side with every map of the other.

    Parameters
    ----------
    first, second : ndarray, shape (n, cells) and (m, cells)
        From `rank_units` or `value_units`.

    Returns
    -------
    ndarray, shape (n, m)
        Row i, column j: ``first[i]`` with ``second[j]``.
    """
    return np.asarray(np.clip(first @ second.T, -1.0, 1.0))


def _flat(maps: Floats) -> Floats:
    return maps.reshape(len(maps), maps.shape[1] * maps.shape[2])


def _units(values: Floats) -> Floats:
    centred = values - values.mean(axis=1, keepdims=True)
    constant = values.min(axis=1, initial=np.inf) == values.max(axis=1, initial=-np.inf)
    length = np.sqrt((centred * centred).sum(axis=1))
    usable = ~constant & (length > 0)
    return np.where(usable[:, None], centred / np.where(usable, length, 1.0)[:, None], 0.0)


def _ranks(cells: Floats) -> Floats:
    """Give ranks from 1, equal values their mean rank."""
    places: NDArray[np.intp]
    _, places, counts = np.unique(cells, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[places.ravel()])
