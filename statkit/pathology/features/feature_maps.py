"""The features of a tile as maps of its size: what attention is associated with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from skimage.filters import sobel

from statkit.analysis.arrays import Floats
from statkit.pathology.features.pixel_range import Undo
from statkit.pathology.features.stains import TISSUE_DENSITY, Stains
from statkit.pathology.features.tile import StainChoice, Tile

#: The maps by name, those of numbers and those of yes and no.
CONTINUOUS: Final = ("hematoxylin", "counterstain", "nuclear_density", "luminance", "edges")
MASKS: Final = ("nuclei", "tissue")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureMaps:
    """Maps of one tile, each of shape (H, W), and what they were made by.

    Attributes
    ----------
    hematoxylin, counterstain : ndarray of float64
        Density of the nuclear stain and of the other (eosin, DAB); natural logarithm, >= 0.
    nuclei : ndarray of bool
        Inside a nucleus.
    nuclear_density : ndarray of float64
        ``nuclei`` under a Gaussian, in [0, 1].
    tissue : ndarray of bool
        Mean optical density above ``tissue_threshold``.
    luminance : ndarray of float64
        Weighted sum of the channels (ITU-R BT.709), in [0, 1]. A feature as simple as can be: an
        association with stains that this one has too says little of them.
    edges : ndarray of float64
        Magnitude of the luminance's gradient (Sobel), in [0, 1].
    stains : Stains
    nuclear_density_sigma_px : float
        Standard deviation of the Gaussian.
    nuclear_threshold : float or None
        Hematoxylin density above which a pixel is nuclear; None on a flat tile.
    tissue_threshold : float
    mpp : float or None
        Micrometres per pixel.
    """

    hematoxylin: Floats
    counterstain: Floats
    nuclei: NDArray[np.bool_]
    nuclear_density: Floats
    tissue: NDArray[np.bool_]
    luminance: Floats
    edges: Floats
    stains: Stains
    nuclear_density_sigma_px: float
    nuclear_threshold: float | None
    tissue_threshold: float
    mpp: float | None

    def continuous(self) -> dict[str, Floats]:
        """Give the maps of numbers by name: ``hematoxylin`` to ``edges``."""
        return {name: getattr(self, name) for name in CONTINUOUS}

    def masks(self) -> dict[str, NDArray[np.bool_]]:
        """Give the masks by name: ``nuclei`` and ``tissue``."""
        return {name: getattr(self, name) for name in MASKS}


def feature_maps(
    image: Any,
    *,
    stains: StainChoice = "H&E",
    mpp: float | None = None,
    undo: Undo | None = None,
) -> FeatureMaps:
    """Make the maps of a tile.

    Parameters
    ----------
    image, stains, mpp, undo
        As `tile_features` takes them; the two agree: nuclei and densities are the same.

    Returns
    -------
    FeatureMaps

    Raises
    ------
    UsageError
        The image, or an option, is none of these.

    Examples
    --------
    >>> import numpy as np
    >>> maps = feature_maps(np.full((64, 64, 3), 255, np.uint8))
    >>> maps.hematoxylin.shape, maps.nuclei.any(), maps.nuclear_density_sigma_px
    ((64, 64), np.False_, 8.0)
    """
    tile = Tile.of(image, stains, mpp, undo)
    return FeatureMaps(
        hematoxylin=tile.densities[..., 0],
        counterstain=tile.densities[..., 1],
        nuclei=tile.nuclei.mask,
        nuclear_density=tile.nuclei.density(),
        tissue=tile.tissue,
        luminance=tile.luminance,
        edges=np.asarray(sobel(tile.luminance)),
        stains=tile.stains,
        nuclear_density_sigma_px=tile.nuclei.sigma,
        nuclear_threshold=tile.nuclei.threshold,
        tissue_threshold=TISSUE_DENSITY,
        mpp=tile.mpp,
    )
