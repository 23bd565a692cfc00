"""The attention of one layer against the consensus of an image's raters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from statkit.pathology.validation.cases import CaseRow, ImageCase
from statkit.pathology.validation.consensus import Method
from statkit.pathology.validation.distances import DISTANCES, Unit, distances
from statkit.pathology.validation.overlap import OVERLAPS, overlap
from statkit.pathology.validation.thresholding import Threshold, attended, enlarged

Mask = NDArray[np.bool_]

#: What is compared without a threshold, as `statkit.pathology.association` defines it.
LOCALISATION: Final = ("average_precision", "pointing_game", "energy", "lift")

#: The values of a `Measured`, in the order they are shown.
VALUES: Final = (*OVERLAPS, *DISTANCES, *LOCALISATION, "annotation_fraction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(CaseRow):
    """One layer's attention against the annotation of one label in one image.

    Attributes
    ----------
    layer : str
    raters : tuple of str
        Whose masks the annotation is the consensus of.
    annotation_fraction : float
        Share of the image that is annotated: by chance, average precision and energy are that, and so is
        Dice where as much is attended.
    attention_fraction : float or None
        Share that counts as attended.
    iou, dice, precision, recall, kappa : float or None
        As in `overlap.Overlap`.
    hausdorff, hd95, nsd : float or None
        As in `distances.Distances`.
    average_precision, pointing_game, energy, lift : float or None
        Without a threshold, as in `statkit.pathology.association`: area under the precision-recall curve,
        whether the highest pixel is annotated, the share of attention mass inside and that over the
        annotated share. None where nothing or everything is annotated, or a mask stands for the attention.
    reason : str or None
        Why nothing is defined: the attention is flat, or not finite.
    """

    layer: str
    raters: tuple[str, ...]
    annotation_fraction: float
    attention_fraction: float | None
    iou: float | None
    dice: float | None
    precision: float | None
    recall: float | None
    kappa: float | None
    hausdorff: float | None
    hd95: float | None
    nsd: float | None
    average_precision: float | None
    pointing_game: float | None
    energy: float | None
    lift: float | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is kept the same for every image.

    Attributes
    ----------
    threshold : Threshold
    tolerance : float
        Of NSD, in ``unit``.
    unit : {"px", "µm"}
    consensus : {"staple", "majority"}
    """

    threshold: Threshold
    tolerance: float
    unit: Unit
    consensus: Method

    def distances(self, case: ImageCase, first: Mask, second: Mask) -> dict[str, float | None]:
        """Compare two outlines in an image."""
        mpp = case.mpp if self.unit == "µm" else None
        apart = distances(first, second, tolerance=self.tolerance, mpp=mpp)
        return {name: getattr(apart, name) for name in DISTANCES}


def measured(
    case: ImageCase, label: str, annotation: Mask, layers: Sequence[str], measure: Measure
) -> Iterator[Measured]:
    """Compare an image's attention, layer by layer, with an annotation of shape (H, W)."""
    for layer in layers:
        if layer not in case.attention:
            continue
        mask = attended(case.attention[layer], annotation, measure.threshold)
        values: dict[str, Any] = dict.fromkeys(VALUES)
        values["annotation_fraction"] = float(annotation.mean())
        if mask is not None:
            covered = overlap(mask, annotation)
            values |= {name: getattr(covered, name) for name in OVERLAPS}
            values |= measure.distances(case, mask, annotation)
            values |= _localised(case.attention[layer], annotation)
        yield Measured(
            **case.facts(label),
            layer=layer,
            raters=tuple(case.annotations),
            attention_fraction=None if mask is None else float(mask.mean()),
            **values,
            reason="attention flat or not finite" if mask is None else None,
        )


def _localised(attention: NDArray[Any], annotation: Mask) -> dict[str, float]:
    """Measure without a threshold; nothing where there is nothing to rank or to tell apart."""
    if np.asarray(attention).dtype == np.bool_ or annotation.all() or not annotation.any():
        return {}
    from statkit.pathology.association.pointing import energy_in_mask, pointing_game
    from statkit.pathology.association.precision_recall import average_precision
    from statkit.pathology.association.ranked import Ranked

    plane = enlarged(attention, annotation.shape)
    assert plane is not None
    energy = energy_in_mask(plane, annotation)
    return {
        "average_precision": average_precision(Ranked.of(plane), annotation),
        "pointing_game": pointing_game(plane, annotation).hit,
        "energy": energy.share,
        "lift": energy.lift,
    }
