"""Overlap of a mask with as many of the highest pixels of attention as the mask has.

The threshold is the quantile that matches the mask's share of the area, so the contrast of the map does not
matter and both sets have one size: precision, recall and Dice are then the same number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from statkit.pathology.association.maps import Bools
from statkit.pathology.association.ranked import Ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Agreement of two sets of one size k on N pixels.

    Attributes
    ----------
    iou : float
        Shared over united pixels, in [0, 1]; about f / (2 - f) by chance, f = k/N.
    dice : float
        Shared pixels over k, in [0, 1]; f by chance.
    """

    iou: float
    dice: float


def matched_overlap(ranked: Ranked, mask: Bools) -> Overlap:
    """Compare a mask with the equally large set of the pixels highest in attention.

    Parameters
    ----------
    ranked : Ranked
        Of a map of the mask's shape.
    mask : ndarray of bool, shape (H, W)
        With at least one pixel in it.

    Returns
    -------
    Overlap
        Where pixels of equal attention stand at the threshold, of each the share that still fits is taken:
        what picking among them at random gives on average (Dice exactly).
    """
    size = int(np.count_nonzero(mask))
    found = np.append(0.0, ranked.found(mask))
    taken = np.append(0, ranked.taken)
    last = int(np.searchsorted(taken, size))
    share = (size - taken[last - 1]) / (taken[last] - taken[last - 1])
    shared = float(found[last - 1] + share * (found[last] - found[last - 1]))
    return Overlap(iou=shared / (2 * size - shared), dice=shared / size)
