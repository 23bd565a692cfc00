"""Means over images and their intervals, resampled by patient."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats
from statkit.analysis.bootstrap import Interval, generator, percentile_interval

#: Resamples of an interval.
RESAMPLES: Final = 2_000

#: Images below which a mean says nothing of other images.
LEAST_IMAGES: Final = 10

_ASSOCIATION: Final = 2
_VALIDATION: Final = 3


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
    counts = _counts(_numbered(owners), resamples, seed, _VALIDATION, part)
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


def cluster_interval(
    values: Floats, owners: NDArray[np.intp], *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval | None:
    """Bootstrap the mean over images: patients are drawn, then images within each drawn patient.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One finite number an image.
    owners : ndarray of int, shape (n,)
        Whose image each is.
    resamples, seed : int
        How many, and what seeds them.

    Returns
    -------
    tuple of float or None
        95 % percentile interval (two-stage bootstrap, Davison & Hinkley 1997, section 3.8); None below two
        patients. A patient drawn k times gives k times as many images as they have. Too short with few
        patients.
    """
    numbers = _numbered(owners.tolist())
    if max(numbers, default=0) < 1:
        return None
    counts = _counts(numbers, resamples, seed, _ASSOCIATION)
    return percentile_interval(counts @ values / counts.sum(axis=1))


def difference_interval(first: Floats, second: Floats) -> Interval | None:
    """Give the interval of the difference second - first of two groups' resampled means, shape (resamples,).

    None where no pair of resamples has both.
    """
    differences = second - first
    finite = differences[np.isfinite(differences)]
    return percentile_interval(finite) if len(finite) else None


def _patients(owners: Sequence[Hashable], known: NDArray[np.bool_]) -> int:
    return len({owner for owner, counted in zip(owners, known, strict=True) if counted})


def _numbered(owners: Sequence[Hashable]) -> tuple[int, ...]:
    """Number the patients in order of appearance, one number an image."""
    numbers: dict[Hashable, int] = {}
    return tuple(numbers.setdefault(owner, len(numbers)) for owner in owners)


@lru_cache(maxsize=1)  # the questions to one set of images share them
def _counts(given: tuple[int, ...], resamples: int, *seed: int) -> Floats:
    """Give how often every resample took every image, shape (resamples, n)."""
    owners = np.array(given, dtype=np.intp)
    sizes = np.bincount(owners)
    rng = generator(*seed)
    drawn = rng.multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), size=resamples)
    counts = np.empty((resamples, len(owners)))
    for patient, size in enumerate(sizes):
        times = drawn[:, patient]
        counts[:, owners == patient] = (
            rng.multinomial(times * size, np.full(size, 1 / size)) if size > 1 else times[:, None]
        )
    counts.flags.writeable = False
    return counts


def _ratio(sums: Floats, numbers: Floats) -> Floats:
    ratio: Floats = np.divide(sums, numbers, out=np.full(sums.shape, np.nan), where=numbers > 0)
    return ratio
