"""Stain vectors estimated from the image itself (Macenko et al. 2009, IEEE ISBI, p. 1107)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.errors import UsageError
from statkit.pathology.features.pixel_range import Undo, pixels
from statkit.pathology.features.stains import TISSUE_DENSITY, Stains, optical_density, tissue_in

NAME: Final = "Macenko (estimated)"

#: The extreme directions are these percentiles of the angles, and 100 minus them.
EXTREME: Final = 1.0

#: Fewer pixels of tissue say nothing about their stains.
LEAST_PIXELS: Final = 100

#: Two vectors closer than this are one stain (degrees); hematoxylin is 39° from eosin.
LEAST_ANGLE: Final = 5.0


def macenko(images: Any, *, undo: Undo | None = None) -> Stains:
    """Estimate the two stains of one image, or of many together.

    The densities of two stains lie in a plane through the origin, between the vectors of the two. The
    plane is that of the two largest singular vectors of the optical densities of tissue (mean over
    channels above 0.15; the paper's β, whose common implementations ask it of every channel and so
    lose pure eosin, hardly seen in red); the two vectors are the 1st and 99th percentile of the angles
    in it. Estimated from one tile they vary from tile to tile: estimate once, from many tiles of the
    slide, and use that for all.

    Parameters
    ----------
    images : array_like, shape (H, W, 3), or iterable of such
        As `pixels` takes them. Their pixels are pooled.
    undo : {"[-1,1]", "imagenet"} or (mean, std), optional

    Returns
    -------
    Stains
        Rows of length 1. First, as hematoxylin, the one that absorbs more red.

    Raises
    ------
    UsageError
        An image is refused; fewer than 100 pixels are tissue; or there is only one stain.
    """
    single = getattr(images, "ndim", None) == 3
    density = _tissue([images] if single else images, undo)
    basis = _plane(density)
    along = density @ basis
    low, high = np.percentile(np.arctan2(along[:, 1], along[:, 0]), [EXTREME, 100 - EXTREME])
    if np.degrees(high - low) < LEAST_ANGLE:
        raise UsageError(
            f"Found one stain only: the colours of the tissue are {np.degrees(high - low):.1f}° apart, two "
            f"stains at least {LEAST_ANGLE:g}°. Use fixed vectors, such as H&E."
        )
    angles = np.array([low, high])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ basis.T
    ordered = vectors[np.argsort(-vectors[:, 0], kind="stable")]
    return Stains.exactly(ordered, NAME, ("hematoxylin", "counterstain"))


def _tissue(images: Iterable[Any], undo: Undo | None) -> Floats:
    """Pool the optical densities of tissue, shape (n, 3)."""
    densities = (optical_density(pixels(image, undo)) for image in images)
    parts = [density[tissue_in(density)] for density in densities]
    pooled = np.concatenate([np.empty((0, 3)), *parts])
    if len(pooled) < LEAST_PIXELS:
        raise UsageError(
            f"Found {len(pooled)} pixels of tissue (optical density above {TISSUE_DENSITY}); the stains of "
            f"{LEAST_PIXELS} or more can be estimated. Use fixed vectors, such as H&E."
        )
    return pooled


def _plane(density: Floats) -> Floats:
    """Give the plane's two directions as columns, shape (3, 2); the first points into the data."""
    _, directions = np.linalg.eigh(density.T @ density)
    first, second = directions[:, 2], directions[:, 1]
    first = first if first.sum() > 0 else -first
    second = second if second[np.argmax(np.abs(second))] > 0 else -second
    return np.stack([first, second], axis=1)
