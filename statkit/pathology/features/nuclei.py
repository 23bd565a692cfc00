"""Nuclei by threshold: a proxy for a segmentation, cheap and the same everywhere.

Otsu's threshold on the hematoxylin density, holes filled, specks dropped, objects counted. Nuclei that
touch are one object, and one that the tile's border cuts is counted and measured as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import label, regionprops_table

from statkit.analysis.arrays import Floats

#: Otsu's threshold always cuts in two, also what is background alone. No density of hematoxylin below
#: this is a nucleus (natural logarithm; the pale end of weakly stained ones).
FAINTEST: Final = 0.1

#: Objects smaller than this are specks: µm² where the resolution is known, else pixels.
LEAST_AREA_UM2: Final = 10.0
LEAST_AREA_PX: Final = 30

#: Standard deviation of the Gaussian that makes the mask a density: µm where the resolution is known,
#: else pixels. 8 pixels is what the 50-pixel kernel of the original program comes to in OpenCV.
SIGMA_UM: Final = 4.0
SIGMA_PX: Final = 8.0

_SHAPES: Final = ("area", "perimeter", "eccentricity", "solidity", "axis_major_length", "axis_minor_length")
_MEASURES: Final = (
    "nuclear_area_px",
    "nuclear_area_um2",
    "nuclear_eccentricity",
    "nuclear_solidity",
    "nuclear_circularity",
    "nuclear_axis_major_px",
    "nuclear_axis_minor_px",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nuclei:
    """The nuclei of a tile.

    Attributes
    ----------
    labels : ndarray of int, shape (H, W)
        0 outside; each nucleus a number from 1, 8-connected.
    threshold : float or None
        The hematoxylin density (natural logarithm) above which a pixel is nuclear; None where the tile has
        one density only, and so no threshold.
    least_area : int
        Pixels of the smallest object kept.
    sigma : float
        Standard deviation of the density map's Gaussian, in pixels.
    mpp : float or None
        Micrometres per pixel.
    """

    labels: NDArray[np.intp]
    threshold: float | None
    least_area: int
    sigma: float
    mpp: float | None

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Where there is a nucleus, shape (H, W)."""
        return self.labels > 0

    def density(self) -> Floats:
        """Give the share of nuclear area around each pixel, shape (H, W), in [0, 1].

        The mask under a Gaussian of standard deviation ``sigma``, cut at 4 of them, mirrored at the border.
        """
        return np.asarray(ndimage.gaussian_filter(self.mask.astype(np.float64), self.sigma))

    def measures(self) -> dict[str, float | int | None]:
        """Count and measure.

        Returns
        -------
        dict
            ``nuclei_count``; ``nuclei_at_border``, those of them that the tile cuts; ``nuclei_per_10k_px``;
            ``nuclei_per_mm2``; ``nuclear_area_fraction``. Mean and standard deviation (the population's)
            over nuclei of: ``nuclear_area_px``, ``nuclear_area_um2``, ``nuclear_eccentricity`` in [0, 1),
            ``nuclear_solidity`` in (0, 1], ``nuclear_circularity`` 4πA/P² (1 for a disc, above 1 for tiny
            objects), ``nuclear_axis_major_px`` and ``nuclear_axis_minor_px`` of the ellipse of the same
            second moments. None without a nucleus; per mm² and µm² None without ``mpp``.
        """
        count, size = int(self.labels.max(initial=0)), self.labels.size
        square_mm = None if self.mpp is None else size * self.mpp**2 * 1e-6
        measured: dict[str, float | int | None] = {
            "nuclei_count": count,
            "nuclei_at_border": _at_border(self.labels),
            "nuclei_per_10k_px": count / size * 1e4,
            "nuclei_per_mm2": None if square_mm is None else count / square_mm,
            "nuclear_area_fraction": float(self.mask.mean()),
        }
        shapes = self._shapes() if count else {}
        for name in _MEASURES:
            values = shapes.get(name, np.empty(0))
            measured[f"{name}_mean"] = float(values.mean()) if len(values) else None
            measured[f"{name}_std"] = float(values.std()) if len(values) else None
        return measured

    def _shapes(self) -> dict[str, Floats]:
        """Measure every nucleus: the names of `_MEASURES`, shape (n,)."""
        found = regionprops_table(self.labels, properties=_SHAPES)
        area, round_ones = found["area"], found["perimeter"] > 0
        shapes = {
            "nuclear_area_px": area,
            "nuclear_eccentricity": found["eccentricity"],
            "nuclear_solidity": found["solidity"],
            "nuclear_circularity": 4 * math.pi * area[round_ones] / found["perimeter"][round_ones] ** 2,
            "nuclear_axis_major_px": found["axis_major_length"],
            "nuclear_axis_minor_px": found["axis_minor_length"],
        }
        return shapes if self.mpp is None else shapes | {"nuclear_area_um2": area * self.mpp**2}


def nuclei_in(hematoxylin: Floats, mpp: float | None = None) -> Nuclei:
    """Find nuclei.

    Parameters
    ----------
    hematoxylin : ndarray, shape (H, W)
        Density of the nuclear stain, natural logarithm.
    mpp : float, optional
        Micrometres per pixel; says how small an object may be (10 µm², else 30 pixels) and how wide the
        density map's Gaussian is (4 µm, else 8 pixels).

    Returns
    -------
    Nuclei
        None of them where the density is the same everywhere.
    """
    least = LEAST_AREA_PX if mpp is None else max(1, math.ceil(LEAST_AREA_UM2 / mpp**2))
    flat = hematoxylin.min() == hematoxylin.max()
    threshold = None if flat else max(float(threshold_otsu(hematoxylin)), FAINTEST)
    dark = np.zeros(hematoxylin.shape, bool) if threshold is None else hematoxylin > threshold
    return Nuclei(
        labels=_without_specks(label(ndimage.binary_fill_holes(dark), connectivity=2), least),
        threshold=threshold,
        least_area=least,
        sigma=SIGMA_PX if mpp is None else SIGMA_UM / mpp,
        mpp=mpp,
    )


def _without_specks(labels: NDArray[Any], least: int) -> NDArray[np.intp]:
    """Drop the objects of fewer than ``least`` pixels, and number the others from 1 in their order."""
    kept = np.bincount(labels.ravel()) >= least
    kept[0] = False
    numbers = np.where(kept, np.cumsum(kept), 0).astype(np.intp)
    return np.asarray(numbers[labels])


def _at_border(labels: NDArray[Any]) -> int:
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return len(np.unique(rim[rim > 0]))
