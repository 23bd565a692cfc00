"""How far the outlines of two masks lie apart: Hausdorff, its 95th percentile, NSD.

Libraries differ in what they take for an outline and how they count it: the same two masks have an NSD
of 0.799 by one and 0.796 by another, and eleven tools disagreed widely about Hausdorff distances
(Podobnik & Vrtovec 2024). `IMPLEMENTATION` therefore goes with every value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.analysis.arrays import Floats
from statkit.analysis.result import Result
from statkit.errors import UsageError
from statkit.pathology.validation.overlap import as_mask

#: The values that compare two outlines, in the order they are shown.
DISTANCES: Final = ("hausdorff", "hd95", "nsd")

#: What the values are, for whoever compares them with those of another program.
IMPLEMENTATION: Final = (
    "statkit: exact Euclidean distances between boundary pixels (pixels of the mask with a 4-neighbour "
    "outside it or outside the image), centre to centre; Hausdorff is the larger of the two directed maxima, "
    "HD95 the larger of the two directed 95th percentiles (linear interpolation), NSD the share of both "
    "masks' boundary pixels within the tolerance of the other boundary"
)

Unit = Literal["px", "µm"]

#: 0.6 µm at 0.2 µm a pixel comes out just below three pixels, and three pixels are within it.
_ROUNDING: Final = 1 + 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances(Result):
    """How far the outlines of two masks lie apart.

    Attributes
    ----------
    hausdorff, hd95 : float or None
        In ``unit``; null where a mask is empty.
    nsd : float or None
        Normalised surface distance at ``tolerance``, in [0, 1]: 0 where one mask is empty, null where
        both are.
    tolerance : float
        In ``unit``.
    unit : {"px", "µm"}
        Micrometres where ``mpp`` was given.
    implementation : str
        What exactly was computed.
    """

    hausdorff: float | None
    hd95: float | None
    nsd: float | None
    tolerance: float
    unit: Unit
    implementation: str = IMPLEMENTATION


def distances(
    prediction: ArrayLike, annotation: ArrayLike, *, tolerance: float = 2.0, mpp: float | None = None
) -> Distances:
    """Compare the outlines of two masks.

    Parameters
    ----------
    prediction, annotation : array_like of bool, shape (H, W)
        Of the same image.
    tolerance : float
        Distance up to which two outlines count as the same, for NSD (Nikolov et al. 2018): in µm with
        ``mpp``, else in pixels.
    mpp : float or None
        Micrometres a pixel.

    Raises
    ------
    UsageError
        If the masks differ in shape or are none, ``tolerance`` is negative or ``mpp`` not positive.

    Examples
    --------
    >>> from statkit.pathology.validation.distances import distances
    >>> distances([[1, 0, 0, 0]], [[0, 0, 0, 1]], mpp=0.5).hausdorff
    1.5
    """
    first, second = as_mask(prediction), as_mask(annotation)
    _check(first, second, tolerance, mpp)
    unit: Unit = "px" if mpp is None else "µm"
    if not first.any() or not second.any():
        nsd = 0.0 if first.any() or second.any() else None
        return Distances(hausdorff=None, hd95=None, nsd=nsd, tolerance=tolerance, unit=unit)
    pixel = 1.0 if mpp is None else mpp
    there, back = _between(_boundary(first), _boundary(second))
    within = tolerance / pixel * _ROUNDING
    near = np.count_nonzero(there <= within) + np.count_nonzero(back <= within)
    return Distances(
        hausdorff=pixel * float(max(there.max(), back.max())),
        hd95=pixel * float(max(np.percentile(there, 95), np.percentile(back, 95))),
        nsd=float(near / (len(there) + len(back))),
        tolerance=tolerance,
        unit=unit,
    )


def _check(first: NDArray[np.bool_], second: NDArray[np.bool_], tolerance: float, mpp: float | None) -> None:
    if first.shape != second.shape:
        raise UsageError(f"masks of shapes {first.shape} and {second.shape} are not of the same image")
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise UsageError(f"a tolerance of {tolerance}: it is a distance of 0 or more")
    if mpp is not None and not (math.isfinite(mpp) and mpp > 0):
        raise UsageError(f"{mpp} µm a pixel: mpp is positive")


def _boundary(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the pixels of a mask that have a 4-neighbour outside it or outside the image."""
    around = np.pad(mask, 1)
    inner = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    return np.asarray(mask & ~inner)


def _between(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Give the distance in pixels from each pixel of either set to the nearest of the other."""
    from scipy.ndimage import distance_transform_edt

    either = first | second
    box = tuple(
        slice(int(along[0]), int(along[-1]) + 1)
        for along in (np.flatnonzero(either.any(axis=axis)) for axis in (1, 0))
    )
    first, second = first[box], second[box]
    there = distance_transform_edt(~second)[first]
    back = distance_transform_edt(~first)[second]
    return there, back
