"""The pixels of an attention map from the highest to the lowest, sorted once for every mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats
from statkit.pathology.association.maps import Bools


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranked:
    """Pixels in descending order of attention.

    Attributes
    ----------
    order : ndarray of int, shape (N,)
        Flat places, highest first.
    taken : ndarray of int, shape (g,)
        How many pixels are as high as each of the g values the map has, or higher; the last is N.
    """

    order: NDArray[np.intp]
    taken: NDArray[np.intp]

    @classmethod
    def of(cls, plane: Floats) -> Ranked:
        """Sort a finite map of shape (H, W)."""
        flat = plane.ravel()
        order = np.argsort(-flat, kind="stable")
        falls = np.flatnonzero(np.diff(flat[order])) + 1
        return cls(order=order, taken=np.append(falls, len(flat)))

    def found(self, mask: Bools) -> Floats:
        """Give how many pixels of a mask are among those `taken`, shape (g,)."""
        hits = np.cumsum(mask.ravel()[self.order])
        return np.asarray(hits[self.taken - 1], dtype=np.float64)
