"""How far attention lies on the masks of one image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.pathology.association.grid import upsampled
from statkit.pathology.association.maps import Bools, is_constant
from statkit.pathology.association.matched import matched_overlap
from statkit.pathology.association.pointing import energy_in_mask, pointing_game
from statkit.pathology.association.precision_recall import average_precision, roc_auc
from statkit.pathology.association.ranked import Ranked

#: Why an image says nothing: no map or no mask; NaN or infinity in attention; attention the same everywhere;
#: a mask that covers nothing, or everything.
Fault: TypeAlias = Literal["missing", "nonfinite", "constant", "empty", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What one image says of one layer and one mask, on the pixels of the mask.

    Attributes
    ----------
    area : float
        Share of the image the mask covers, in (0, 1): chance level of ``energy``, ``average_precision``
        and ``dice``.
    pointing_game, pointing_chance : float
        `pointing.Pointing`.
    energy, lift : float
        `pointing.Energy`.
    average_precision, roc_auc : float
        `precision_recall`.
    iou, dice : float
        `matched.Overlap`.
    """

    area: float
    pointing_game: float
    pointing_chance: float
    energy: float
    lift: float
    average_precision: float
    roc_auc: float
    iou: float
    dice: float


class Pixels:
    """Attention of one image on the pixels of its masks, brought up and sorted once for each size."""

    def __init__(self, attention: Floats | None) -> None:
        self._attention = attention
        self._at: dict[tuple[int, ...], tuple[Floats, Ranked]] = {}

    def fault(self, mask: Bools | None) -> Fault | None:
        """Say why this image says nothing about a mask; None where it does."""
        if self._attention is None or mask is None:
            return "missing"
        if not np.isfinite(self._attention).all():
            return "nonfinite"
        if is_constant(self._attention) or is_constant(self.on(mask)[0]):
            return "constant"
        if not mask.any():
            return "empty"
        return "full" if mask.all() else None

    def on(self, mask: Bools) -> tuple[Floats, Ranked]:
        """Give finite attention on the pixels of a mask, and these in order."""
        assert self._attention is not None
        if mask.shape not in self._at:
            height, width = mask.shape
            fine = upsampled(self._attention, (height, width))
            self._at[mask.shape] = fine, Ranked.of(fine)
        return self._at[mask.shape]


def locate(
    attention: Floats | None, masks: Mapping[str, Bools | None], *, tolerance: float = 0.0
) -> dict[str, Located | Fault]:
    """Measure the attention of one image against its masks.

    Parameters
    ----------
    attention : ndarray, shape (h, w), or None
    masks : mapping of ndarray of bool, shape (H, W), or None
        By name.
    tolerance : float
        Of the pointing game, pixels of the mask.

    Returns
    -------
    dict
        By the masks' names.
    """
    pixels = Pixels(attention)
    return {name: pixels.fault(mask) or _located(pixels, mask, tolerance) for name, mask in masks.items()}


def matched_iou(attention: Floats | None, mask: Bools | None) -> float | None:
    """Give `Located.iou` alone, the same number; None where the image says nothing."""
    pixels = Pixels(attention)
    if mask is None or pixels.fault(mask):
        return None
    return matched_overlap(pixels.on(mask)[1], mask).iou


def _located(pixels: Pixels, mask: Bools | None, tolerance: float) -> Located:
    assert mask is not None
    plane, ranked = pixels.on(mask)
    pointing, energy = pointing_game(plane, mask, tolerance), energy_in_mask(plane, mask)
    overlap = matched_overlap(ranked, mask)
    return Located(
        area=float(mask.mean()),
        pointing_game=pointing.hit,
        pointing_chance=pointing.chance,
        energy=energy.share,
        lift=energy.lift,
        average_precision=average_precision(ranked, mask),
        roc_auc=roc_auc(ranked, mask),
        iou=overlap.iou,
        dice=overlap.dice,
    )
