"""Where attention points: its highest pixel, and how much of its mass lies in a mask."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import ndimage

from statkit.analysis.arrays import Floats
from statkit.analysis.attention.mass import Maps
from statkit.pathology.association.maps import Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointing:
    """One round of the pointing game.

    Attributes
    ----------
    hit : float
        1 where the highest pixel lies in the mask or within the tolerance of it, else 0; where several
        pixels are equally highest, the share of them that do.
    chance : float
        What a pixel picked at random would score: the share of the area in reach.
    """

    hit: float
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """Attention mass in a mask.

    Attributes
    ----------
    share : float
        Share of the mass inside, in [0, 1].
    lift : float
        That over the share of the area inside: 1 by chance, the highest possible 1 / area.
    """

    share: float
    lift: float


def pointing_game(plane: Floats, mask: Bools, tolerance: float = 0.0) -> Pointing:
    """Ask whether the highest pixel of attention lies in the mask (Zhang et al. 2018).

    Parameters
    ----------
    plane : ndarray, shape (H, W)
        Attention on the pixels of the mask; finite.
    mask : ndarray of bool, shape (H, W)
        With at least one pixel in it.
    tolerance : float
        Distance in pixels that still counts, between pixel centres. The original allows 15 px on photographs
        of about 500; on a tile of 96 that reaches nearly everything, which `Pointing.chance` shows.

    Returns
    -------
    Pointing
    """
    reached = ndimage.distance_transform_edt(~mask) <= tolerance if tolerance > 0 else mask
    return Pointing(hit=float(reached[plane == plane.max()].mean()), chance=float(reached.mean()))


def energy_in_mask(plane: Floats, mask: Bools) -> Energy:
    """Give the share of attention mass inside: the energy-based pointing game (Wang et al. 2020, Score-CAM).

    Parameters
    ----------
    plane : ndarray, shape (H, W)
        Attention on the pixels of the mask; finite, not constant. Mass is its height above its own minimum.
    mask : ndarray of bool, shape (H, W)
        With at least one pixel in it.

    Returns
    -------
    Energy
    """
    share = float(Maps.of(plane[None]).mass[0][mask].sum())
    return Energy(share=share, lift=share / float(mask.mean()))
