"""Whose images they are, and intervals that know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats
from statkit.analysis.bootstrap import Interval, generator, percentile_interval
from statkit.errors import UsageError

#: Resamples of an interval.
RESAMPLES: Final = 2_000

#: Images below which what is measured says nothing of other images.
LEAST_IMAGES: Final = 10

#: Patients below which they can be exchanged in so few ways, 9 of 4 patients, that no p reaches 5 %.
LEAST_PATIENTS: Final = 5

_PURPOSE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patients:
    """The patient of each image.

    Attributes
    ----------
    owners : ndarray of int, shape (n,)
        A number for each patient.
    unknown : int
        Images whose patient is not known; each counts as a patient of its own.
    """

    owners: NDArray[np.intp]
    unknown: int

    @classmethod
    def of(cls, names: Sequence[object] | None, images: int) -> Patients:
        """Take names, None where unknown; None instead of names where all are.

        Raises
        ------
        UsageError
            Not one name an image.
        """
        given = [None] * images if names is None else list(names)
        if len(given) != images:
            raise UsageError(
                f"{len(given)} patients for {images} images; give one name an image, None if unknown."
            )
        numbers: dict[object, int] = {}
        owners = [
            numbers.setdefault(("unknown", at) if name is None else ("named", str(name)), len(numbers))
            for at, name in enumerate(given)
        ]
        return cls(owners=np.array(owners, dtype=np.intp), unknown=given.count(None))

    def count(self, kept: NDArray[np.bool_] | slice = slice(None)) -> int:
        """Give how many patients the images kept belong to."""
        return len(np.unique(self.owners[kept]))


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
    numbers = np.unique(owners, return_inverse=True)[1].ravel()
    if numbers.max(initial=0) < 1:
        return None
    counts = _counts(tuple(numbers.tolist()), resamples, seed)
    return percentile_interval(counts @ values / counts.sum(axis=1))


@lru_cache(maxsize=1)  # the layers and features of one question mostly rest on the same images
def _counts(given: tuple[int, ...], resamples: int, seed: int) -> Floats:
    """Give how often every resample took every image, shape (resamples, n)."""
    owners = np.array(given, dtype=np.intp)
    sizes = np.bincount(owners)
    rng = generator(seed, _PURPOSE)
    drawn = rng.multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), size=resamples)
    counts = np.empty((resamples, len(owners)))
    for patient, size in enumerate(sizes):
        times = drawn[:, patient]
        counts[:, owners == patient] = (
            rng.multinomial(times * size, np.full(size, 1 / size)) if size > 1 else times[:, None]
        )
    counts.flags.writeable = False
    return counts
