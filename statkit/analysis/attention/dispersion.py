"""How unequal the cells are, with a threshold (sparsity) and without (Gini, Hoyer)."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.attention.mass import Maps

#: Below this share of the map's range a cell counts as low.
LOW: Final = 0.1


def dispersions(maps: Maps) -> dict[str, Floats]:
    """Give sparsity, Gini's and Hoyer's index.

    Returns
    -------
    dict of ndarray, shape (B,)
        ``attention_sparsity``: share of cells below a tenth of the map's range, in [0, 1), 0 for a flat
        map. ``attention_gini``: Gini's index of the mass, in [0, 1) (Hurley & Rickard 2009, IEEE Trans.
        Inf. Theory 55:4723). ``attention_hoyer``: (√N - L1/L2) / (√N - 1) of the mass, in [0, 1] (Hoyer
        2004, J. Mach. Learn. Res. 5:1457); NaN for a map of one cell.
    """
    low = (maps.scaled < LOW).mean(axis=(1, 2))
    return {
        "attention_sparsity": np.where(maps.flat, 0.0, low),
        "attention_gini": _gini(maps.ranked),
        "attention_hoyer": _hoyer(maps.ranked),
    }


def _gini(ranked: Floats) -> Floats:
    n = ranked.shape[1]
    rank = 2 * np.arange(1, n + 1, dtype=np.float64) - n - 1
    return np.asarray(np.maximum(ranked @ rank / n, 0.0))


def _hoyer(ranked: Floats) -> Floats:
    n = ranked.shape[1]
    if n == 1:
        return np.full(len(ranked), np.nan)
    ratio = ranked.sum(axis=1) / np.sqrt(np.einsum("bn,bn->b", ranked, ranked))
    return np.asarray(np.clip((math.sqrt(n) - ratio) / (math.sqrt(n) - 1), 0.0, 1.0))
