"""Where attention lies on the map, and how far it spreads.

Tiles are cropped anywhere, so a position means nothing clinical; it can show padding and borders.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.attention.mass import Maps


def half_diagonal(height: int, width: int) -> float:
    """Give the distance from the centre of a map to the centre of its corner cell, in cells."""
    return math.hypot(height - 1, width - 1) / 2


def positions(maps: Maps) -> dict[str, Floats]:
    """Give centroid, distances from the centre, and the spread about the centroid.

    Returns
    -------
    dict of ndarray, shape (B,)
        ``attention_center_y``, ``attention_center_x``: the centroid, 0 at the centre of the first row or
        column, 1 at that of the last, 0.5 where there is only one. ``attention_center_distance``: from the
        centroid to the map's centre over the half diagonal, in [0, 1]. ``attention_radial_mean``: mean
        distance of the mass from the centre over the half diagonal, in [0, 1]; both 0 for one cell.
        ``attention_spatial_variance``: trace of the mass-weighted covariance, px² of the map, >= 0.
        ``attention_spatial_variance_norm``: the same over (H² + W² - 2)/12, its value on an even map; NaN
        for one cell. ``attention_spatial_std``: its root, px.
    """
    height, width = maps.size
    rows, columns = maps.mass.sum(axis=2), maps.mass.sum(axis=1)
    y, down = _moments(rows)
    x, across = _moments(columns)
    variance = down + across
    reach = half_diagonal(height, width)
    far = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    even = (height**2 + width**2 - 2) / 12
    return {
        "attention_center_y": _along(y, height),
        "attention_center_x": _along(x, width),
        "attention_center_distance": np.minimum(far / (reach or 1.0), 1.0),
        "attention_radial_mean": maps.mass.reshape(len(rows), -1) @ _radii(height, width),
        "attention_spatial_variance": variance,
        "attention_spatial_variance_norm": variance / even if even else np.full(len(rows), np.nan),
        "attention_spatial_std": np.sqrt(variance),
    }


def _moments(marginal: Floats) -> tuple[Floats, Floats]:
    """Give mean and variance of the place along one axis, from its mass of shape (B, n)."""
    places = np.arange(marginal.shape[1], dtype=np.float64)
    mean = marginal @ places
    return mean, (marginal * (places - mean[:, None]) ** 2).sum(axis=1)


def _along(place: Floats, n: int) -> Floats:
    return np.clip(place / (n - 1), 0.0, 1.0) if n > 1 else place + 0.5


@lru_cache(maxsize=32)
def _radii(height: int, width: int) -> Floats:
    """Give each cell's distance from the centre over the half diagonal, shape (H·W,)."""
    y, x = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    radii = np.hypot(y, x).ravel() / (half_diagonal(height, width) or 1.0)
    radii.flags.writeable = False
    return np.asarray(radii)
