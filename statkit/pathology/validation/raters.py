"""How well raters agree about one image: Cohen's, Fleiss' κ, Krippendorff's α, pairwise Dice.

Pixels are no independent items and most are background, so a κ over pixels is neither an estimate with
n = pixels nor comparable between images of different coverage: values are given per image, and the
spread comes from images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.analysis.arrays import Floats
from statkit.errors import UsageError
from statkit.pathology.validation.overlap import as_mask, overlap, overlaps


def cohen_kappa(first: ArrayLike, second: ArrayLike) -> float | None:
    """Give Cohen's κ of two raters' masks (Cohen 1960).

    Parameters
    ----------
    first, second : array_like of bool, shape (H, W)

    Returns
    -------
    float or None
        In [-1, 1]; None where both drew nothing or both everything.

    Raises
    ------
    UsageError
        If they are no masks of one shape.
    """
    return overlap(first, second).kappa


def fleiss_kappa(ratings: ArrayLike) -> float | None:
    """Give Fleiss' κ of three or more raters who rated every item (Fleiss 1971).

    Parameters
    ----------
    ratings : array_like, shape (raters, …)
        Numbers that stand for classes, bool among them; two raters are possible (this is then Scott's π).

    Returns
    -------
    float or None
        None where all ratings are the same value.

    Raises
    ------
    UsageError
        With fewer than two raters, no item, or a rating that is missing or no number.
    """
    _, counts = _counts(ratings)
    raters = np.asarray(ratings).shape[0]
    if (counts.sum(axis=0) != raters).any():
        raise UsageError("Fleiss' κ needs every rating; Krippendorff's α takes missing ones")
    shares = counts.sum(axis=1) / counts.sum()
    chance = float(shares @ shares)
    if len(counts) < 2:
        return None
    agreed = float((((counts**2).sum(axis=0) - raters) / (raters * (raters - 1))).mean())
    return (agreed - chance) / (1 - chance)


def krippendorff_alpha(ratings: ArrayLike) -> float | None:
    """Give Krippendorff's α for nominal ratings of which some may be missing (Krippendorff 2018).

    Parameters
    ----------
    ratings : array_like, shape (raters, …)
        Numbers that stand for classes, bool among them; NaN is a missing rating.

    Returns
    -------
    float or None
        None where no item was rated twice, or all such ratings are the same value.

    Raises
    ------
    UsageError
        With fewer than two raters, no item, or a rating that is no number.
    """
    return Coincidences.of(ratings).alpha()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coincidences:
    """What Krippendorff's α is made of; those of several images can be added.

    Attributes
    ----------
    shares : mapping of float to float
        How many ratings of an item rated twice or more have each value.
    disagreement : float
        Over these items, pairs of unequal ratings divided by the other ratings of the item.
    """

    shares: Mapping[float, float]
    disagreement: float

    @classmethod
    def of(cls, ratings: ArrayLike) -> Coincidences:
        """Count ratings, as `krippendorff_alpha` takes them."""
        values, counts = _counts(ratings)
        rated = counts.sum(axis=0)
        counts, rated = counts[:, rated >= 2], rated[rated >= 2]
        return cls(
            shares=dict(zip(values.tolist(), counts.sum(axis=1).tolist(), strict=True)),
            disagreement=float(((rated**2 - (counts**2).sum(axis=0)) / (rated - 1)).sum()),
        )

    def __add__(self, other: Coincidences) -> Coincidences:
        values = {*self.shares, *other.shares}
        return Coincidences(
            shares={value: self.shares.get(value, 0.0) + other.shares.get(value, 0.0) for value in values},
            disagreement=self.disagreement + other.disagreement,
        )

    def alpha(self) -> float | None:
        """Give α; None where no item was rated twice, or all such ratings are the same value."""
        total = sum(self.shares.values())
        expected = total**2 - sum(share**2 for share in self.shares.values())
        return 1 - (total - 1) * self.disagreement / expected if expected > 0 else None


def pairwise_dice(masks: ArrayLike) -> tuple[float | None, ...]:
    """Give the Dice of every pair of raters, ordered (0, 1), (0, 2) and so on to (1, 2).

    Parameters
    ----------
    masks : array_like of bool, shape (raters, H, W)

    Returns
    -------
    tuple of float or None
        None where both masks of a pair are empty.

    Raises
    ------
    UsageError
        With fewer than two raters, or what is no mask.
    """
    given = as_mask(masks, 3)
    _several(given)
    first, second = zip(*combinations(range(len(given)), 2), strict=True)
    return tuple(each.dice for each in overlaps(given[list(first)], given[list(second)]))


def _counts(ratings: ArrayLike) -> tuple[Floats, Floats]:
    """Give the values, and how many raters gave each to each item, (values, items); NaN counts for none."""
    given = np.asarray(ratings)
    try:
        given = given if given.dtype.kind in "biuf" else given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError(f"ratings are numbers, one a class: {error}") from None
    _several(given)
    table = given.reshape(len(given), -1)
    values = np.unique(table)
    values = values[values == values]
    counts = [np.count_nonzero(table == value, axis=0) for value in values]
    return values, np.array(counts, dtype=np.float64).reshape(len(values), table.shape[1])


def _several(ratings: NDArray[np.generic]) -> None:
    if ratings.ndim < 2 or len(ratings) < 2 or not ratings.size:
        raise UsageError(f"ratings of shape {ratings.shape}: agreement takes two raters and an item at least")
