"""The quick values of one batch, as a training writes them with a dashboard: no test, no interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.pathology.association.images import same_length
from statkit.pathology.association.located import matched_iou
from statkit.pathology.association.maps import Bools, Planes, mask_planes, planes, smallest_grid
from statkit.pathology.association.side import Side

#: The feature and the mask that the two keys are about.
TISSUE: Final = "hematoxylin"
NUCLEI: Final = "nuclei"

CORRELATION: Final = "tissue_attention_correlation"
OVERLAP: Final = "nuclear_attention_overlap"


def batch_association(
    attention: Mapping[str, Planes], features: Mapping[str, Planes], masks: Mapping[str, Planes]
) -> dict[str, float | None]:
    """Measure a batch: the same numbers `associate` gives for the same images.

    Parameters
    ----------
    attention : mapping of sequences of array_like, shape (h, w), or None
        By layer, one map an image.
    features : mapping of sequences of array_like, shape (H, W), or None
        By name; ``hematoxylin`` is used.
    masks : mapping of sequences of array_like, shape (H, W), or None
        By name; ``nuclei`` is used.

    Returns
    -------
    dict
        ``attention_<layer>_tissue_attention_correlation``: mean over images of Spearman's correlation of
        attention with hematoxylin, in [-1, 1]. ``attention_<layer>_nuclear_attention_overlap``: mean over
        images of the IoU of the nuclei with as many of the highest pixels of attention, in [0, 1]. Both
        again for the first layer without the prefix. None where no image has it; absent where the feature or
        the mask is not given.

    Raises
    ------
    UsageError
        Maps that are none, or not one an image.
    """
    same_length(attention, features, masks)
    found: dict[str, float | None] = {}
    for layer, maps in attention.items():
        taken = planes(maps, f"attention of {layer}")
        told: dict[str, float | None] = {}
        if TISSUE in features:
            told[CORRELATION] = _correlation(taken, planes(features[TISSUE], TISSUE))
        if NUCLEI in masks:
            told[OVERLAP] = _overlap(taken, mask_planes(masks[NUCLEI], NUCLEI))
        found = told | found
        found |= {f"attention_{layer}_{name}": value for name, value in told.items()}
    return found


def _correlation(attention: Sequence[Floats | None], tissue: Sequence[Floats | None]) -> float | None:
    grid = smallest_grid(attention)
    each = Side.of(attention, grid).spearman(Side.of(tissue, grid))
    return float(each.mean()) if len(each) else None


def _overlap(attention: Sequence[Floats | None], nuclei: Sequence[Bools | None]) -> float | None:
    each = [matched_iou(plane, mask) for plane, mask in zip(attention, nuclei, strict=True)]
    kept = np.array([iou for iou in each if iou is not None])
    return float(kept.mean()) if len(kept) else None
