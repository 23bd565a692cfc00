"""Texture by grey-level co-occurrence (Haralick et al. 1973, IEEE Trans. Syst. Man Cybern. 3:610)."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from skimage.feature import graycomatrix, graycoprops

from statkit.analysis.arrays import Floats
from statkit.errors import UsageError

#: Numbers of grey levels that are possible. Numbers with different levels do not compare.
LEVELS: Final = (8, 16, 32)

#: Pixels between the two of a pair, and directions in radians.
DISTANCES: Final = (1, 2, 3)
ANGLES: Final = (0.0, math.pi / 4, math.pi / 2, 3 * math.pi / 4)

#: Names on disk, and what scikit-image calls them.
_PROPERTIES: Final = {
    "glcm_contrast": "contrast",
    "glcm_dissimilarity": "dissimilarity",
    "glcm_homogeneity": "homogeneity",
    "glcm_asm": "ASM",
    "glcm_energy": "energy",
    "glcm_correlation": "correlation",
}


def texture(luminance: Floats, levels: int = 16) -> dict[str, float | None]:
    """Measure texture.

    Parameters
    ----------
    luminance : ndarray, shape (H, W)
        In [0, 1], cut into ``levels`` equal steps of that range, not of the tile's own: a pale tile is
        compared with a dark one on the same scale.
    levels : {8, 16, 32}

    Returns
    -------
    dict of str to float or None
        Each the mean over three distances (1, 2, 3 pixels) and four directions (0, 45, 90, 135 degrees;
        a diagonal step is rounded to whole pixels, as scikit-image does) of a symmetric matrix that sums
        to 1. ``glcm_contrast`` in [0, (levels-1)²], ``glcm_dissimilarity`` in [0, levels-1],
        ``glcm_homogeneity`` in (0, 1], ``glcm_asm`` in (0, 1], ``glcm_energy`` = √ASM of each matrix,
        ``glcm_correlation`` in [-1, 1], ``glcm_entropy`` in nats, in [0, 2 ln levels]. A tile of one grey
        has contrast 0, energy 1, entropy 0 and correlation 1. Distances and directions in which the tile
        holds no pair of pixels are left out; None where that is all of them.

    Raises
    ------
    UsageError
        Another number of levels.
    """
    check_levels(levels)
    grey = np.clip(np.floor(luminance * levels), 0, levels - 1).astype(np.uint8)
    matrices = graycomatrix(grey, DISTANCES, ANGLES, levels=levels, symmetric=True, normed=True)
    filled = matrices.sum(axis=(0, 1)) > 0
    measured = {
        name: _mean(graycoprops(matrices, standard), filled) for name, standard in _PROPERTIES.items()
    }
    measured["glcm_entropy"] = _mean(_entropy(matrices), filled)
    return measured


def check_levels(levels: int) -> None:
    """Refuse a number of grey levels that is not offered.

    Raises
    ------
    UsageError
    """
    if levels not in LEVELS:
        raise UsageError(f"Found {levels!r} grey levels; possible: {', '.join(map(str, LEVELS))}.")


def _entropy(matrices: Floats) -> Floats:
    logarithm = np.log(matrices, out=np.zeros_like(matrices), where=matrices > 0)
    return np.asarray(-(matrices * logarithm).sum(axis=(0, 1)) + 0.0)


def _mean(values: NDArray[Any], filled: NDArray[Any]) -> float | None:
    return float(values[filled].mean()) if filled.any() else None
