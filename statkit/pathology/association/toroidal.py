"""The toroidal-shift null: attention against its own feature, moved round the tile by every offset.

For few images, where there are not enough others to swap with. It takes tissue for periodic and without a
border, which tiles are not: at a nominal 5 %, smooth fields that reach the edge alarm in 6–10 %, and maps
that share a border effect in 15 % and more, the more the more images there are
(`benchmarks/association_null.py`). Hence approximate, and never enough for a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from statkit.analysis.arrays import Floats

_TOLERANCE: Final = 1e-9  # of a Fourier transform there and back


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftTest:
    """A two-sided test of a mean correlation against shifted maps.

    Attributes
    ----------
    p_value : float
        Share of all H·W shifts, the one by nothing included, whose mean correlation is at least as large
        in absolute size as without a shift; never below 1 / (H·W).
    shifted_mean : float
        Mean correlation over all other shifts.
    shifts : int
        How many there are, H·W.
    """

    p_value: float
    shifted_mean: float
    shifts: int


def shift_test(first: Floats, second: Floats, shape: tuple[int, int]) -> ShiftTest:
    """Test matching maps against every shift of one side, the same for all images.

    Parameters
    ----------
    first, second : ndarray, shape (n, h·w)
        n >= 1 maps as vectors of mean 0 and length 1, from `correlation.rank_units`.
    shape : tuple of int
        (h, w).

    Returns
    -------
    ShiftTest
        Deterministic: every shift is looked at, by Fourier transform.
    """
    means = shifted_correlations(first, second, shape)
    hits = int(np.count_nonzero(np.abs(means) >= abs(means[0, 0]) - _TOLERANCE))
    others = means.size - 1
    return ShiftTest(
        p_value=hits / means.size,
        shifted_mean=float((means.sum() - means[0, 0]) / others) if others else 0.0,
        shifts=means.size,
    )


def shifted_correlations(first: Floats, second: Floats, shape: tuple[int, int]) -> Floats:
    """Give the mean correlation at every shift.

    Parameters
    ----------
    first, second : ndarray, shape (n, h·w)
        As for `shift_test`.
    shape : tuple of int

    Returns
    -------
    ndarray, shape (h, w)
        At (y, x): ``second`` moved down by y and right by x, what leaves coming in on the other side.
    """
    here, there = (np.fft.rfft2(maps.reshape(-1, *shape)) for maps in (first, second))
    return np.asarray(np.fft.irfft2((here * there.conj()).mean(axis=0), s=shape))
