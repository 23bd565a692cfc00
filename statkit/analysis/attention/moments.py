"""The distribution of a map's own values, before anything is normalised."""

from __future__ import annotations

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.attention.mass import Maps


def moments(maps: Maps) -> dict[str, Floats]:
    """Give mean, deviation, extremes, shape and contrast of the raw values.

    Returns
    -------
    dict of ndarray, shape (B,)
        ``mean_attention``, ``std_attention`` (population), ``min_attention``, ``max_attention``: in the
        map's unit. ``attention_kurtosis`` (Fisher's, 0 for a normal), ``attention_skewness``: biased; NaN
        for a flat map. ``attention_contrast``: the range over the sum of the absolute extremes,
        in [0, 1], Michelson's for values >= 0; 0 for a flat map.
    """
    values = maps.scaled.reshape(len(maps.scaled), -1)
    mean = values.mean(axis=1)
    off = values - mean[:, None]
    squares = off * off
    second = squares.mean(axis=1)
    spread = np.where(maps.flat, np.nan, second)  # both shapes are blind to offset and scale
    third = np.einsum("bn,bn->b", squares, off) / values.shape[1]
    fourth = np.einsum("bn,bn->b", squares, squares) / values.shape[1]
    reach = maps.high - maps.low
    return {
        "mean_attention": maps.low + reach * mean,
        "std_attention": reach * np.sqrt(second),
        "min_attention": maps.low,
        "max_attention": maps.high,
        "attention_kurtosis": fourth / spread**2 - 3,
        "attention_skewness": third / spread**1.5,
        "attention_contrast": _contrast(maps),
    }


def _contrast(maps: Maps) -> Floats:
    low, high = np.abs(maps.low), np.abs(maps.high)
    larger = np.maximum(low, high)
    unit = np.where(larger > 0, larger, 1.0)  # divided by first, so that no sum overflows
    both = low / unit + high / unit
    return np.where(maps.flat, 0.0, (maps.high - maps.low) / unit / np.where(both > 0, both, 1.0))
