"""Raters among one another: their agreement on each image, and each against the consensus of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from statkit.pathology.validation.cases import CaseRow, ImageCase
from statkit.pathology.validation.consensus import consensus
from statkit.pathology.validation.distances import DISTANCES
from statkit.pathology.validation.measuring import Measure
from statkit.pathology.validation.overlap import OVERLAPS, overlap
from statkit.pathology.validation.raters import (
    Coincidences,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    pairwise_dice,
)

#: What an `Agreement` holds, and what a `HumanAgreement` does.
AGREEMENTS: Final = ("cohen_kappa", "fleiss_kappa", "krippendorff_alpha", "pairwise_dice")
HUMAN: Final = (*OVERLAPS, *DISTANCES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement(CaseRow):
    """How far the raters of one image agree about one label.

    Attributes
    ----------
    raters : tuple of str
        Two or more.
    cohen_kappa : float or None
        Of exactly two raters.
    fleiss_kappa : float or None
        Of three or more.
    krippendorff_alpha : float or None
        Of two or more.
    pairwise_dice : float or None
        Mean over the pairs of raters of whom at least one drew something.
    dice_null : int
        Pairs of which neither did.
    """

    raters: tuple[str, ...]
    cohen_kappa: float | None
    fleiss_kappa: float | None
    krippendorff_alpha: float | None
    pairwise_dice: float | None
    dice_null: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanAgreement(CaseRow):
    """One rater of an image against the consensus of the others.

    Attributes
    ----------
    rater : str
    others : int
        How many raters the consensus is of; that of one is their mask.
    iou, dice, precision, recall, kappa : float or None
        As in `overlap.Overlap`; the consensus is what is to be found.
    hausdorff, hd95, nsd : float or None
        As in `distances.Distances`.
    """

    rater: str
    others: int
    iou: float | None
    dice: float | None
    precision: float | None
    recall: float | None
    kappa: float | None
    hausdorff: float | None
    hd95: float | None
    nsd: float | None


def agreement(case: ImageCase, label: str) -> Agreement | None:
    """Compare the raters of an image; None with fewer than two."""
    drawn = case.masks(label)
    if len(drawn) < 2:
        return None
    masks = np.stack(list(drawn.values()))
    dice = pairwise_dice(masks)
    known = [value for value in dice if value is not None]
    return Agreement(
        **case.facts(label),
        raters=tuple(drawn),
        cohen_kappa=cohen_kappa(*masks) if len(masks) == 2 else None,
        fleiss_kappa=fleiss_kappa(masks) if len(masks) > 2 else None,
        krippendorff_alpha=krippendorff_alpha(masks),
        pairwise_dice=float(np.mean(known)) if known else None,
        dice_null=len(dice) - len(known),
    )


def human_agreement(case: ImageCase, label: str, measure: Measure) -> Iterator[HumanAgreement]:
    """Compare every rater of an image with the consensus of the others; nothing with fewer than two."""
    drawn = case.masks(label)
    if len(drawn) < 2:
        return
    for rater, mask in drawn.items():
        others = consensus(
            np.stack([each for name, each in drawn.items() if name != rater]), measure.consensus
        )
        covered = overlap(mask, others)
        values: dict[str, Any] = {name: getattr(covered, name) for name in OVERLAPS}
        values |= measure.distances(case, mask, others)
        yield HumanAgreement(**case.facts(label), rater=rater, others=len(drawn) - 1, **values)


def pooled_alpha(cases: Sequence[ImageCase], label: str) -> float | None:
    """Give Krippendorff's α over the pixels of all images, raters who skipped an image missing there.

    One number for raters who did not all see every image; it has no interval, since pixels are not
    independent, and large images weigh more. None where it is undefined.
    """
    found = [
        Coincidences.of(np.stack(list(drawn.values())))
        for drawn in (case.masks(label) for case in cases)
        if len(drawn) > 1
    ]
    return sum(found[1:], found[0]).alpha() if found else None
