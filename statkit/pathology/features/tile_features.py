"""Every feature of a tile: one row, with what it was measured by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from statkit.analysis.result import Result
from statkit.pathology.features.colour import colour
from statkit.pathology.features.pixel_range import Undo, undone
from statkit.pathology.features.stains import TISSUE_DENSITY, Matrix
from statkit.pathology.features.texture import check_levels, texture
from statkit.pathology.features.tile import StainChoice, Tile


@dataclass(frozen=True, slots=True, kw_only=True)
class TileFeatures(Result):
    """The features of one tile. Null (None) where a feature does not exist.

    Attributes
    ----------
    height, width : int
        Pixels.
    stains, nuclear_stain, counterstain : str
        Which vectors were used, and what the two stains are.
    stain_matrix : tuple of three tuples
        A row a stain, optical density in red, green and blue.
    mpp : float or None
        Micrometres per pixel.
    undo : str or None
        What was undone before measuring.
    nuclear_threshold : float or None
        Hematoxylin density above which a pixel is nuclear; null on a flat tile.
    nuclear_least_area_px : int
        The smallest object counted.
    tissue_threshold : float
        Mean optical density above which a pixel is tissue.
    glcm_levels : int
    tissue_fraction : float
        Share of pixels that are tissue.
    hematoxylin_mean, hematoxylin_std, counterstain_mean, counterstain_std : float
        Densities over the tile, natural logarithm.
    hematoxylin_tissue_mean, counterstain_tissue_mean : float or None
        The same over its tissue; null without tissue.
    stain_unexplained : float or None
        Mean optical density that the two stains do not explain; null with three of them.
    nuclei_count, nuclei_at_border : int
        Objects, and those of them that the tile cuts.
    nuclei_per_10k_px, nuclear_area_fraction : float
    nuclei_per_mm2 : float or None
        Null without ``mpp``.
    nuclear_…_mean, nuclear_…_std : float or None
        Shapes of the objects, as `Nuclei.measures` defines them; null without an object.
    glcm_… : float or None
        Texture of the luminance, as `texture` defines it.
    red_…, green_…, blue_…, color_… : float
        As `colour` defines them.
    """

    height: int
    width: int
    stains: str
    nuclear_stain: str
    counterstain: str
    stain_matrix: Matrix
    mpp: float | None
    undo: str | None
    nuclear_threshold: float | None
    nuclear_least_area_px: int
    tissue_threshold: float
    glcm_levels: int
    tissue_fraction: float
    hematoxylin_mean: float
    hematoxylin_std: float
    hematoxylin_tissue_mean: float | None
    counterstain_mean: float
    counterstain_std: float
    counterstain_tissue_mean: float | None
    stain_unexplained: float | None
    nuclei_count: int
    nuclei_at_border: int
    nuclei_per_10k_px: float
    nuclei_per_mm2: float | None
    nuclear_area_fraction: float
    nuclear_area_px_mean: float | None
    nuclear_area_px_std: float | None
    nuclear_area_um2_mean: float | None
    nuclear_area_um2_std: float | None
    nuclear_eccentricity_mean: float | None
    nuclear_eccentricity_std: float | None
    nuclear_solidity_mean: float | None
    nuclear_solidity_std: float | None
    nuclear_circularity_mean: float | None
    nuclear_circularity_std: float | None
    nuclear_axis_major_px_mean: float | None
    nuclear_axis_major_px_std: float | None
    nuclear_axis_minor_px_mean: float | None
    nuclear_axis_minor_px_std: float | None
    glcm_contrast: float | None
    glcm_dissimilarity: float | None
    glcm_homogeneity: float | None
    glcm_asm: float | None
    glcm_energy: float | None
    glcm_correlation: float | None
    glcm_entropy: float | None
    red_mean: float
    green_mean: float
    blue_mean: float
    red_variance: float
    green_variance: float
    blue_variance: float
    color_variance_spatial: float
    color_variance_across_channels: float


def tile_features(
    image: Any,
    *,
    stains: StainChoice = "H&E",
    mpp: float | None = None,
    undo: Undo | None = None,
    levels: int = 16,
) -> TileFeatures:
    """Measure a tile.

    Parameters
    ----------
    image : array_like, shape (H, W, 3)
        RGB, uint8 or floats in [0, 1]; other floats with ``undo``.
    stains : {"H&E", "H-DAB", "macenko"}, Stains, or array_like of shape (2, 3) or (3, 3)
        Fixed vectors, an estimate from this tile, or vectors of one's own, the nuclear stain first.
    mpp : float, optional
        Micrometres per pixel. Without, nothing is given per area of tissue.
    undo : {"[-1,1]", "imagenet"} or (mean, std), optional
        How a network's input becomes RGB in [0, 1] again.
    levels : {8, 16, 32}
        Grey levels of the texture.

    Returns
    -------
    TileFeatures

    Raises
    ------
    UsageError
        The image, or an option, is none of these.

    Examples
    --------
    >>> import numpy as np
    >>> white = tile_features(np.full((64, 64, 3), 255, np.uint8))
    >>> white.nuclei_count, white.tissue_fraction, white.nuclei_per_mm2
    (0, 0.0, None)
    """
    check_levels(levels)
    return measured(Tile.of(image, stains, mpp, undo), undo, levels)


def measured(tile: Tile, undo: Undo | None, levels: int) -> TileFeatures:
    """Measure a tile that is taken apart; what ``undo`` undid is only noted."""
    given: dict[str, Any] = _settings(tile, undo, levels)
    given |= _stain_densities(tile)
    given |= tile.nuclei.measures()
    given |= texture(tile.luminance, levels)
    given |= colour(tile.image)
    return TileFeatures(**given)


def _settings(tile: Tile, undo: Undo | None, levels: int) -> dict[str, Any]:
    height, width = tile.luminance.shape
    return {
        "height": height,
        "width": width,
        "stains": tile.stains.name,
        "nuclear_stain": tile.stains.names[0],
        "counterstain": tile.stains.names[1],
        "stain_matrix": tile.stains.matrix,
        "mpp": tile.mpp,
        "undo": undone(undo),
        "nuclear_threshold": tile.nuclei.threshold,
        "nuclear_least_area_px": tile.nuclei.least_area,
        "tissue_threshold": TISSUE_DENSITY,
        "glcm_levels": levels,
    }


def _stain_densities(tile: Tile) -> dict[str, float | None]:
    found: dict[str, float | None] = {"tissue_fraction": float(tile.tissue.mean())}
    for place, name in enumerate(("hematoxylin", "counterstain")):
        density = tile.densities[..., place]
        found[f"{name}_mean"] = float(density.mean())
        found[f"{name}_std"] = float(density.std())
        found[f"{name}_tissue_mean"] = float(np.mean(density[tile.tissue])) if tile.tissue.any() else None
    found["stain_unexplained"] = tile.stains.unexplained(tile.optical_density)
    return found
