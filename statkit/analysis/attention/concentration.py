"""How much of the attention lies in the best part of the area."""

from __future__ import annotations

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.attention.mass import Maps


def top_share(ranked: Floats, area: float) -> Floats:
    """Give the mass in the highest cells that make up a share of the area: 1 - Lorenz(1 - area).

    The last cell counts by the fraction of it that is needed, so an even map gives exactly ``area``.

    Parameters
    ----------
    ranked : ndarray, shape (B, n)
        Mass in ascending order, summing to 1.
    area : float
        In (0, 1).

    Returns
    -------
    ndarray, shape (B,), in [area, 1]
    """
    n = ranked.shape[1]
    whole = int(area * n)
    part = area * n - whole
    return np.asarray(ranked[:, n - whole :].sum(axis=1) + part * ranked[:, n - whole - 1])


def concentrations(maps: Maps) -> dict[str, Floats]:
    """Give the share of mass in the top tenth and the top fifth of the area.

    Returns
    -------
    dict of ndarray, shape (B,)
        ``attention_concentration_10`` in [0.1, 1], ``attention_concentration_20`` in [0.2, 1].
    """
    return {
        "attention_concentration_10": top_share(maps.ranked, 0.1),
        "attention_concentration_20": top_share(maps.ranked, 0.2),
    }
