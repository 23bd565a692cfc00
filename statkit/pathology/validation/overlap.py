"""How two masks cover each other: IoU, Dice, precision, recall, Cohen's κ.

Dice is F1: the same number by two names. What a mask without pixels leaves undefined is null and
counted, never 0 or 1 by convention (Maier-Hein, Reinke et al. 2024, *Metrics Reloaded*): both empty,
everything is null; an empty prediction has no precision, an empty annotation no recall, and the rest
is 0. κ is also null where both masks cover every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.analysis.arrays import Floats
from statkit.analysis.result import Result
from statkit.errors import UsageError

#: The values that compare the two masks, in the order they are shown.
OVERLAPS: Final = ("iou", "dice", "precision", "recall", "kappa")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap(Result):
    """How one mask covers another.

    Attributes
    ----------
    iou : float or None
        Intersection over union, the Jaccard index; in [0, 1].
    dice : float or None
        Dice coefficient, which is F1; in [0, 1].
    precision, recall : float or None
        Share of the prediction inside the annotation, and of the annotation inside the prediction.
    kappa : float or None
        Cohen's κ of the two as raters of every pixel; in [-1, 1], 0 at chance. It rises with the
        annotation's share of the image and its pixels are no independent items.
    prediction_fraction, annotation_fraction : float
        Share of the image that each covers.
    """

    iou: float | None
    dice: float | None
    precision: float | None
    recall: float | None
    kappa: float | None
    prediction_fraction: float
    annotation_fraction: float


def overlap(prediction: ArrayLike, annotation: ArrayLike) -> Overlap:
    """Compare two masks.

    Parameters
    ----------
    prediction, annotation : array_like of bool, shape (H, W)
        Of the same image; 0 and 1 are taken too.

    Raises
    ------
    UsageError
        If a mask has other values or no pixel, or the two differ in shape.

    Examples
    --------
    >>> from statkit.pathology.validation.overlap import overlap
    >>> found = overlap([[1, 1], [0, 0]], [[1, 0], [1, 0]])
    >>> found.dice, found.kappa
    (0.5, 0.0)
    """
    return overlaps(as_mask(prediction)[None], as_mask(annotation)[None])[0]


def overlaps(predictions: ArrayLike, annotations: ArrayLike) -> tuple[Overlap, ...]:
    """Compare many pairs of masks of one shape at once.

    Parameters
    ----------
    predictions, annotations : array_like of bool, shape (n, H, W)
        One of the two may be (1, H, W) and is then compared with each of the other.

    Returns
    -------
    tuple of Overlap
        One a pair, in order.

    Raises
    ------
    UsageError
        As `overlap`.
    """
    first, second = as_mask(predictions, 3), as_mask(annotations, 3)
    single = 1 in (len(first), len(second))
    if first.shape[1:] != second.shape[1:] or (len(first) != len(second) and not single):
        raise UsageError(f"masks of shapes {first.shape} and {second.shape} are not of the same images")
    both, predicted, annotated = (_pixels(each) for each in (first & second, first, second))
    whole = float(first[0].size)
    predicted, annotated = np.broadcast_arrays(predicted, annotated)
    neither = whole - predicted - annotated + both
    missed, surplus = annotated - both, predicted - both
    columns = (
        _ratio(both, predicted + annotated - both),
        _ratio(2 * both, predicted + annotated),
        _ratio(both, predicted),
        _ratio(both, annotated),
        _ratio(
            2 * (both * neither - surplus * missed),
            predicted * (whole - annotated) + annotated * (whole - predicted),
        ),
    )
    rows = zip(*columns, predicted / whole, annotated / whole, strict=True)
    return tuple(_row(row) for row in rows)


def as_mask(values: ArrayLike, sides: int = 2) -> NDArray[np.bool_]:
    """Give a mask as bool.

    Parameters
    ----------
    values : array_like
        True and False, or 0 and 1.
    sides : int
        How many dimensions it has.

    Raises
    ------
    UsageError
        If it is no array, or has other values, other dimensions or no pixel.
    """
    try:
        given = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"no mask: {error}") from None
    if given.ndim != sides or not given.size:
        wanted = "(H, W)" if sides == 2 else "(n, H, W)"
        raise UsageError(
            f"an array of shape {given.shape} is no mask; possible: {wanted} with a pixel at least"
        )
    if given.dtype == np.bool_:
        return given
    mask: NDArray[np.bool_] = given == 1
    if not np.array_equal(mask, given != 0):
        raise UsageError("a mask holds True and False, or 0 and 1; threshold a map first (thresholding)")
    return mask


def _pixels(masks: NDArray[np.bool_]) -> Floats:
    return np.asarray(np.count_nonzero(masks, axis=(1, 2)), dtype=np.float64)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide, NaN where the denominator is 0."""
    ratio: Floats = np.divide(
        numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator != 0
    )
    return ratio


def _row(values: tuple[np.float64, ...]) -> Overlap:
    known = [None if value != value else float(value) for value in values]
    iou, dice, precision, recall, kappa, *fractions = known
    return Overlap(
        iou=iou,
        dice=dice,
        precision=precision,
        recall=recall,
        kappa=kappa,
        prediction_fraction=fractions[0] or 0.0,
        annotation_fraction=fractions[1] or 0.0,
    )
