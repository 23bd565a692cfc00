"""An attention map as a mask: the pixels of highest attention, as many as were asked for.

The threshold is a share of the image, never a value: a value between the smallest and the largest, one
half of the range for example, makes the mask depend on contrast.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.errors import UsageError

_QUANTILE = re.compile(r"quantile:(0?\.[0-9]+)", re.ASCII)

MATCHED: Final = "matched"


@dataclass(frozen=True, slots=True)
class Threshold:
    """How much of an image counts as attended.

    Attributes
    ----------
    quantile : float or None
        The pixels above it count, so 0.8 keeps a fifth of the image; None keeps as many pixels as the
        annotation has.
    """

    quantile: float | None = None

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """Read ``matched`` or ``quantile:0.8``.

        Raises
        ------
        UsageError
            If it is neither, or the quantile is not between 0 and 1.
        """
        found = _QUANTILE.fullmatch(str(text))
        if text != MATCHED and (found is None or float(found[1]) == 0):
            raise UsageError(
                f"threshold {text!r} is unknown. Possible: matched (as many pixels as the annotation has), "
                f"or quantile:0.8 (any number between 0 and 1)."
            )
        return cls(float(found[1]) if found else None)

    def __str__(self) -> str:
        return MATCHED if self.quantile is None else f"quantile:{self.quantile}"

    def share(self, annotation: NDArray[np.bool_]) -> float:
        """Give the share of the image to keep, in [0, 1], against an annotation of shape (H, W)."""
        return float(annotation.mean()) if self.quantile is None else 1.0 - self.quantile


def attended(
    attention: ArrayLike, annotation: NDArray[np.bool_], threshold: Threshold
) -> NDArray[np.bool_] | None:
    """Give the mask of an attention map on the grid of an annotation.

    Parameters
    ----------
    attention : array_like, shape (h, w)
        A map of any range, enlarged bilinearly between cell centres (``align_corners=False``; one
        finer than the annotation is averaged by area). A mask of bool is taken as it is.
    annotation : ndarray of bool, shape (H, W)
    threshold : Threshold

    Returns
    -------
    ndarray of bool, shape (H, W), or None
        None where the map says nothing about where: the same value everywhere, or NaN or infinity in it.

    Raises
    ------
    UsageError
        If the attention has no two axes, or is a mask of another shape than the annotation.
    """
    given = np.asarray(attention)
    if given.dtype == np.bool_:
        if given.shape != annotation.shape:
            raise UsageError(
                f"a mask of shape {given.shape} against an annotation of {annotation.shape}: both are of the "
                f"image's pixels. A map of numbers may be coarser."
            )
        return given
    plane = enlarged(given, annotation.shape)
    return None if plane is None else top_share(plane, threshold.share(annotation))


def enlarged(attention: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """Bring an attention map onto the pixels of an image.

    Parameters
    ----------
    attention : array_like, shape (h, w)
    shape : tuple of int
        (H, W).

    Returns
    -------
    ndarray, shape (H, W), or None
        None where the map is flat or holds NaN or infinity.

    Raises
    ------
    UsageError
        If it is no map of numbers.
    """
    from statkit.pathology.association.grid import upsampled

    plane = np.asarray(attention)
    if plane.ndim != 2 or not plane.size or plane.dtype.kind not in "biuf":
        raise UsageError(
            f"attention of shape {plane.shape} and type {plane.dtype}: a map is (h, w), of numbers."
        )
    values = plane.astype(np.float64)
    if not np.isfinite(values).all() or values.min() == values.max():
        return None
    height, width = shape
    return upsampled(values, (height, width))


def top_share(values: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Keep the highest pixels of a map.

    Parameters
    ----------
    values : ndarray, shape (H, W)
        Finite.
    share : float
        Of the pixels to keep, in [0, 1]; their number is rounded to the nearest, half to even.

    Returns
    -------
    ndarray of bool, shape (H, W)
        Pixels as high as the lowest that is kept are kept too, so ties make it larger.
    """
    keep = round(share * values.size)
    if keep <= 0:
        return np.zeros(values.shape, dtype=bool)
    place = values.size - keep
    return np.asarray(values >= np.partition(values, place, axis=None)[place])
