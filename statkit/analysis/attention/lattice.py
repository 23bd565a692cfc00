"""Mass on a lattice of fixed size, so that maps of any size can be told the same way.

Area resampling keeps the mass: a cell gives each lattice cell the share of its area that lies inside.
Adaptive average pooling does not; its windows overlap where the sizes do not divide.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from statkit.analysis.arrays import Floats

#: Cells along each side of the lattice.
SIDE: Final = 8


def on_lattice(mass: Floats, side: int = SIDE) -> Floats:
    """Resample by area, keeping each map's total.

    Parameters
    ----------
    mass : ndarray, shape (B, H, W)
        H and W may be smaller than the lattice: a cell then spreads evenly over what it covers.
    side : int

    Returns
    -------
    ndarray, shape (B, side, side)
    """
    down, across = _shares(mass.shape[1], side), _shares(mass.shape[2], side)
    return np.asarray(down @ mass @ across.T)


@lru_cache(maxsize=64)
def _shares(n: int, side: int) -> Floats:
    """Give the share of each of n equal cells that lies in each of ``side`` equal cells, (side, n)."""
    # In units of 1/(n·side) of the whole length all borders are whole numbers.
    cells, lattice = np.arange(n) * side, np.arange(side)[:, None] * n
    overlap = np.minimum(cells + side, lattice + n) - np.maximum(cells, lattice)
    shares = np.asarray(np.maximum(overlap, 0) / side)
    shares.flags.writeable = False
    return shares
