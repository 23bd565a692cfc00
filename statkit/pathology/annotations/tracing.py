"""Masks as shapes: what a brush painted, as outlines that give exactly the same pixels back."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from statkit.pathology.annotations.parts import polygons
from statkit.pathology.annotations.shape import Geometry


def trace(
    mask: NDArray[np.bool_], *, origin: tuple[float, float] = (0.0, 0.0), downsample: float = 1.0
) -> tuple[Geometry, ...]:
    """Outline the pixels of a mask along their edges.

    Parameters
    ----------
    mask : ndarray of bool, shape (height, width)
    origin : (x, y)
        Where the mask's corner lies, in pixels of the annotations.
    downsample : float
        Pixels of the annotations along one pixel of the mask.

    Returns
    -------
    tuple of shapely Polygon
        With holes; pixels that meet at a corner alone are apart. Rasterised with the same origin and
        downsample they give the mask.
    """
    edges = np.diff(np.pad(np.asarray(mask, dtype=np.int8), ((0, 0), (1, 1))), axis=1)
    rows, lefts = np.nonzero(edges > 0)
    rights = np.nonzero(edges < 0)[1]  # row by row, so each run's end stands at its start's place
    runs = shapely.box(lefts, rows, rights, rows + 1)
    whole = shapely.simplify(shapely.union_all(runs), 0)
    placed = shapely.transform(whole, lambda corners: corners * downsample + origin)
    return tuple(polygons(placed))
