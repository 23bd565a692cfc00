"""How evenly attention is spread: Shannon's entropy (1948, Bell Syst. Tech. J. 27:379)."""

from __future__ import annotations

import math

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.attention.lattice import on_lattice
from statkit.analysis.attention.mass import Maps


def shannon(mass: Floats) -> Floats:
    """Give -Σ p·ln p along the last axis, with 0·ln 0 = 0.

    Parameters
    ----------
    mass : ndarray, shape (..., n)
        Non-negative, summing to 1 along the last axis.

    Returns
    -------
    ndarray, shape (...), in nats, in [0, ln n]
    """
    logs = np.log(np.where(mass == 0, 1.0, mass))
    found = np.clip(-(mass * logs).sum(axis=-1), 0.0, math.log(mass.shape[-1]))
    return np.asarray(found + 0.0)  # no negative zero


def entropies(maps: Maps) -> dict[str, Floats]:
    """Give the entropy on a lattice of 8×8 cells and on the map's own grid.

    Returns
    -------
    dict of ndarray, shape (B,)
        ``attention_entropy``: nats, of the mass resampled by area to 8×8, in [0, ln 64 = 4.159], so that
        maps of any size share one scale; 0 for a map of one cell. ``attention_entropy_full_nats`` and
        ``_full_bits``: on the own grid, in [0, ln N] and [0, log2 N]. ``attention_entropy_norm``: the same
        over ln N (Pielou's evenness), in [0, 1]; NaN for one cell. ``attention_effective_cells``: exp of
        it (Hill's number of order 1), in [1, N].
    """
    count, n = len(maps.mass), maps.cells
    full = shannon(maps.ranked)
    lattice = shannon(on_lattice(maps.mass).reshape(count, -1)) if n > 1 else full
    return {
        "attention_entropy": lattice,
        "attention_entropy_full_nats": full,
        "attention_entropy_full_bits": full / math.log(2),
        "attention_entropy_norm": np.minimum(full / math.log(n), 1.0) if n > 1 else np.full(count, np.nan),
        "attention_effective_cells": np.exp(full),
    }
