"""The peaks of an attention map: its h-maxima, tops that rise far enough above the way to a higher one.

A top counts when every path from it to a higher one descends by a quarter of the map's range or more
(Soille 2003, Morphological Image Analysis, ch. 6). A plateau is one top; two tops of exactly equal
height are two.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.attention.mass import Bools, Maps
from statkit.analysis.attention.reconstruction import parts, reconstructed
from statkit.analysis.attention.spatial import half_diagonal

#: How far a peak must rise, as a share of the map's range.
HEIGHT: Final = 0.25

#: Heights closer than this share of a value count as equal.
_RESOLUTION: Final = 2 * float(np.finfo(np.float64).resolution)

#: So many pairs of peaks are measured at once, to bound memory.
_PAIRS: Final = 1_000_000


def h_maxima(scaled: Floats, height: float = HEIGHT) -> Bools:
    """Mark the cells of the tops that rise by ``height`` or more.

    Parameters
    ----------
    scaled : ndarray, shape (B, H, W)
        Each map spanning [0, 1], or all 0: such a map has no top.
    height : float
        In (0, 1].

    Returns
    -------
    ndarray of bool, shape (B, H, W)
    """
    lowered = scaled - height - _RESOLUTION * np.abs(scaled)
    risen = scaled - reconstructed(lowered, scaled) >= height
    return np.asarray(risen & (scaled.max(axis=(1, 2), keepdims=True) > 0))


def coverage(maps: Maps) -> dict[str, Floats]:
    """Give the share of cells at half the map's range or above.

    Returns
    -------
    dict of ndarray, shape (B,)
        ``peak_coverage``, in [0, 1]; 0 for a flat map.
    """
    return {"peak_coverage": (maps.scaled >= 0.5).mean(axis=(1, 2))}


def peaks(maps: Maps) -> dict[str, Floats]:
    """Count the peaks, and tell how high and how far apart they are.

    Slower than everything else here together: the tops are found by growing from cell to cell.

    Returns
    -------
    dict of ndarray, shape (B,)
        ``num_attention_peaks``: 0 for a flat map. ``peak_separation_mean``: mean distance of two peaks (of
        the centroids of their tops) over the half diagonal, in [0, 2]; NaN with fewer than two.
        ``peak_intensity_mean``: mean height of the peaks within the map's range, in [0, 1]; NaN without.
    """
    owner, y, x, level = _tops(maps.scaled)
    count = len(maps.scaled)
    number = np.bincount(owner, minlength=count)
    heights = np.bincount(owner, weights=level, minlength=count)
    borders = np.searchsorted(owner, np.arange(count + 1))
    apart = [_mean_distance(y[a:b], x[a:b]) for a, b in pairwise(borders)]
    reach = half_diagonal(*maps.size) or 1.0
    return {
        "num_attention_peaks": number.astype(np.float64),
        "peak_separation_mean": np.array(apart) / reach,
        "peak_intensity_mean": np.where(number > 0, heights / np.maximum(number, 1), np.nan),
    }


def _tops(scaled: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Give map, row, column and level of every top, in the order of the maps."""
    marked = h_maxima(scaled)
    where = np.nonzero(marked)
    _, top, sizes = np.unique(parts(marked)[where], return_inverse=True, return_counts=True)
    owner, y, x, level = (np.bincount(top, weights=each) / sizes for each in (*where, scaled[where]))
    return owner.astype(np.intp), y, x, level


def _mean_distance(y: Floats, x: Floats) -> float:
    """Give the mean distance between all pairs of places; NaN with fewer than two."""
    n = len(y)
    if n < 2:
        return float("nan")
    rows = max(1, _PAIRS // n)
    total = sum(
        float(np.hypot(y[i : i + rows, None] - y, x[i : i + rows, None] - x).sum()) for i in range(0, n, rows)
    )
    return total / (n * (n - 1))
