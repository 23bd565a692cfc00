"""Means over images and their intervals, resampled by patient."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats
from statkit.analysis.bootstrap import Interval, generator, percentile_interval

#: Resamples of an interval.
RESAMPLES: Final = 2_000

_PURPOSE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Means:
    """Means of several values over the same images.

    Attributes
    ----------
    means : tuple of float or None
        One a value, over the images where it is defined; None where it nowhere is.
    intervals : tuple of (float, float) or None
        95 % percentile intervals; None below two patients.
    draws : ndarray, shape (resamples, values)
        The resampled means; NaN where a resample met no defined value.
    """

    means: tuple[float | None, ...]
    intervals: tuple[Interval | None, ...]
    draws: Floats


def resampled_means(
    values: Floats, owners: Sequence[Hashable], *, resamples: int = RESAMPLES, seed: int = 0, part: int = 0
) -> Means:
    """Give means over images and how they scatter when patients, then their images, are drawn again.

    The two-stage bootstrap of Davison & Hinkley 1997, section 3.8: patients are drawn with replacement,
    and for each drawn patient as many of their images as they have. All values share the draws. With few
    patients such intervals are too short.

    Parameters
    ----------
    values : ndarray, shape (images, values)
        NaN where a value is undefined; it then counts neither in the mean nor in a resample.
    owners : sequence, length images
        Whose image each is.
    resamples, seed : int
        How many, and what seeds them.
    part : int
        Makes draws of two groups of images independent under one seed.
    """
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    counts = _counts(owners, resamples, generator(seed, _PURPOSE, part))
    means = _ratio(filled.sum(axis=0), known.sum(axis=0))
    draws = _ratio(counts @ filled, counts @ known)
    patients = [_patients(owners, column) for column in known.T]
    intervals = tuple(
        percentile_interval(column[np.isfinite(column)]) if several > 1 else None
        for column, several in zip(draws.T, patients, strict=True)
    )
    return Means(
        means=tuple(None if mean != mean else float(mean) for mean in means), intervals=intervals, draws=draws
    )


def difference_interval(first: Floats, second: Floats) -> Interval | None:
    """Give the interval of the difference second - first of two groups' resampled means, shape (resamples,).

    None where no pair of resamples has both.
    """
    differences = second - first
    finite = differences[np.isfinite(differences)]
    return percentile_interval(finite) if len(finite) else None


def _patients(owners: Sequence[Hashable], known: NDArray[np.bool_]) -> int:
    return len({owner for owner, counted in zip(owners, known, strict=True) if counted})


def _counts(owners: Sequence[Hashable], resamples: int, rng: np.random.Generator) -> Floats:
    """Give how often every resample took every image, (resamples, images)."""
    numbers: dict[Hashable, list[int]] = {}
    for place, owner in enumerate(owners):
        numbers.setdefault(owner, []).append(place)
    drawn = rng.multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)), size=resamples)
    counts = np.empty((resamples, len(owners)))
    for times, places in zip(drawn.T, numbers.values(), strict=True):
        size = len(places)
        counts[:, places] = (
            times[:, None] if size == 1 else rng.multinomial(times * size, np.full(size, 1 / size))
        )
    return counts


def _ratio(sums: Floats, numbers: Floats) -> Floats:
    ratio: Floats = np.divide(sums, numbers, out=np.full(sums.shape, np.nan), where=numbers > 0)
    return ratio
