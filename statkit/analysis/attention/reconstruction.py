"""Grey-scale reconstruction by dilation, and the connected parts of a mask, for many maps at once.

Neighbours are the eight around a cell (Vincent 1993, IEEE Trans. Image Process. 2:176).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats
from statkit.analysis.attention.mass import Bools


def reconstructed(seed: Floats, mask: Floats) -> Floats:
    """Let the seed grow to its neighbours' heights under the mask until nothing changes.

    Parameters
    ----------
    seed, mask : ndarray, shape (B, H, W), seed <= mask

    Returns
    -------
    ndarray, shape (B, H, W)
        Every cell the highest level that a path to it, kept under the mask, can bring from the seed.
    """
    count, height, width = seed.shape
    framed = np.full((count, height + 2, width + 2), -np.inf)
    inner = framed[:, 1:-1, 1:-1]
    inner[...] = seed
    across = np.empty((count, height + 2, width))
    grown = np.empty_like(seed, dtype=np.float64)
    while True:
        np.maximum(framed[:, :, :-2], framed[:, :, 2:], out=across)
        np.maximum(across, framed[:, :, 1:-1], out=across)
        np.maximum(across[:, :-2], across[:, 2:], out=grown)
        np.maximum(grown, across[:, 1:-1], out=grown)
        np.minimum(grown, mask, out=grown)
        if np.array_equal(grown, inner):
            return grown
        inner[...] = grown


def parts(marked: Bools) -> NDArray[np.intp]:
    """Number the 8-connected parts of each map's marked cells.

    Parameters
    ----------
    marked : ndarray of bool, shape (B, H, W)

    Returns
    -------
    ndarray of int, shape (B, H, W)
        0 where not marked; elsewhere a number that the cells of one part share, and no other in the batch.
    """
    numbers = np.arange(1.0, marked.size + 1).reshape(marked.shape)
    own = np.where(marked, numbers, 0.0)
    return reconstructed(own, np.where(marked, np.inf, 0.0)).astype(np.intp)
