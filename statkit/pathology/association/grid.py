"""Maps of one tile brought onto one another: features down to the attention grid, attention up to pixels.

Down, every grid cell gets the mean over exactly the area it covers, whatever the ratio. Up, values are
interpolated bilinearly between cell centres, the outermost half cell held constant (what other libraries
call ``align_corners=False``).

Sums of products leave equal cells unequal in their last bits, and ranks would tell such cells apart. Both
directions therefore round to 2⁻⁴⁰ of a map's largest magnitude.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.attention.lattice import on_lattice

Shape = tuple[int, int]

_BITS: Final = 40


def area_averaged(plane: Floats, shape: Shape) -> Floats:
    """Average by area onto another grid of the same extent.

    Parameters
    ----------
    plane : ndarray, shape (H, W)
        Finite.
    shape : tuple of int
        (h, w), each at least 1; where larger than the plane, a cell spreads evenly over what it covers.

    Returns
    -------
    ndarray, shape (h, w)
        Each cell the mean of the plane over the cell's area.
    """
    if plane.shape == shape:
        return plane
    (height, width), (h, w) = plane.shape, shape
    with np.errstate(over="ignore", invalid="ignore"):
        averaged = _overlaps(height, h) @ plane @ _overlaps(width, w).T * (h / height * w / width)
    return _rounded(averaged)


def upsampled(plane: Floats, shape: Shape) -> Floats:
    """Interpolate bilinearly onto a finer grid of the same extent.

    Parameters
    ----------
    plane : ndarray, shape (h, w)
        Finite.
    shape : tuple of int
        (H, W); where either is smaller than the plane's, the plane is averaged by area instead.

    Returns
    -------
    ndarray, shape (H, W)
        Between the smallest and the largest value of the plane.
    """
    if plane.shape == shape:
        return plane
    if shape[0] < plane.shape[0] or shape[1] < plane.shape[1]:
        return area_averaged(plane, shape)
    return _rounded(_between(plane.shape[0], shape[0]) @ plane @ _between(plane.shape[1], shape[1]).T)


@lru_cache(maxsize=64)
def _overlaps(cells: int, onto: int) -> Floats:
    """Give what share of each cell lies in each of ``onto`` cells, shape (onto, cells).

    The lattice is square; one unit of mass in each place of a column, spread over its rows, is the share.
    """
    columns = np.eye(cells)[:, :, None]
    shares = np.asarray(on_lattice(columns, onto).sum(axis=2).T)
    shares.flags.writeable = False
    return shares


@lru_cache(maxsize=64)
def _between(cells: int, onto: int) -> Floats:
    """Give the two weights of each finer cell among the coarse ones, shape (onto, cells)."""
    place = np.clip((np.arange(onto) + 0.5) * cells / onto - 0.5, 0, cells - 1)
    low = np.minimum(place.astype(np.intp), max(cells - 2, 0))
    weights = np.zeros((onto, cells))
    weights[np.arange(onto), low] = 1 - (place - low)
    weights[np.arange(onto), np.minimum(low + 1, cells - 1)] += place - low
    weights.flags.writeable = False
    return weights


def _rounded(values: Floats) -> Floats:
    """Round to 2⁻⁴⁰ of the largest magnitude; what is not finite stays so."""
    largest = float(np.abs(values).max())
    if not np.isfinite(largest) or largest == 0:
        return values
    exponent = int(np.frexp(largest)[1])
    return np.asarray(np.ldexp(np.rint(np.ldexp(values, _BITS - exponent)), exponent - _BITS))
