"""A tile taken apart: what features and maps are both made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.color import rgb2gray

from statkit.analysis.arrays import Floats
from statkit.errors import UsageError
from statkit.pathology.features.macenko import macenko
from statkit.pathology.features.nuclei import Nuclei, nuclei_in
from statkit.pathology.features.pixel_range import Undo, pixels
from statkit.pathology.features.stains import STAINS, Stains, optical_density, tissue_in

#: ``H&E``, ``H-DAB``, ``macenko`` (estimated from each tile by itself), `Stains`, or a matrix of two or
#: three rows as `Stains.of` takes it.
StainChoice: TypeAlias = str | Stains | ArrayLike

#: The resolutions that microscopes have (µm per pixel); a number beyond is another quantity.
_FINEST: Final = 0.01
_COARSEST: Final = 16.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Tile:
    """One tile, its stains separated once.

    Attributes
    ----------
    image : ndarray, shape (H, W, 3)
        RGB in [0, 1].
    stains : Stains
    mpp : float or None
        Micrometres per pixel.
    """

    image: Floats
    stains: Stains
    mpp: float | None

    @classmethod
    def of(cls, image: Any, stains: StainChoice, mpp: float | None, undo: Undo | None) -> Tile:
        """Check an image and choose its stains.

        Raises
        ------
        UsageError
            As `pixels` and `Stains.of`, or a resolution that is none.
        """
        rgb = pixels(image, undo)
        return cls(image=rgb, stains=_chosen(stains, rgb), mpp=checked_mpp(mpp))

    @cached_property
    def optical_density(self) -> Floats:
        """Natural logarithm, shape (H, W, 3)."""
        return optical_density(self.image)

    @cached_property
    def densities(self) -> Floats:
        """The density of each stain, natural logarithm, shape (H, W, 3)."""
        return self.stains.separated(self.optical_density)

    @cached_property
    def tissue(self) -> NDArray[np.bool_]:
        """Where it is not background, shape (H, W)."""
        return tissue_in(self.optical_density)

    @cached_property
    def luminance(self) -> Floats:
        """Weighted sum of the channels (ITU-R BT.709), shape (H, W), in [0, 1]."""
        return np.asarray(np.clip(rgb2gray(self.image), 0.0, 1.0))

    @cached_property
    def nuclei(self) -> Nuclei:
        """The nuclei of the first stain."""
        return nuclei_in(self.densities[..., 0], self.mpp)


def checked_mpp(mpp: float | None) -> float | None:
    """Take a resolution in micrometres per pixel.

    Raises
    ------
    UsageError
        It is no number, or none that a microscope has.
    """
    if mpp is None:
        return None
    try:
        resolution = float(mpp)
    except (TypeError, ValueError):
        resolution = math.nan
    if not _FINEST <= resolution <= _COARSEST:
        raise UsageError(
            f"Found mpp={mpp!r}; possible are {_FINEST:g} to {_COARSEST:g} micrometres per pixel (about 0.25 "
            "at 40×, 0.5 at 20×), or none where it is not known."
        )
    return resolution


def _chosen(stains: StainChoice, image: Floats) -> Stains:
    if isinstance(stains, Stains):
        return stains
    if not isinstance(stains, str):
        return Stains.of(stains)
    if stains.lower() == "macenko":
        return macenko(image)
    known = {name.lower(): choice for name, choice in STAINS.items()}
    if stains.lower() in known:
        return known[stains.lower()]
    raise UsageError(
        f"Found stains {stains!r}; possible: {', '.join(STAINS)}, macenko, or from Python a matrix of two or "
        "three stain vectors."
    )
