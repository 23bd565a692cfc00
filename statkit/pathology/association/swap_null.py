"""The image-swap null: attention of one patient's image against the feature of another's.

Swapped pairs keep everything the true pairs have, the smoothness of both maps, padding rings, a bias to the
centre or the border, except that they do not show the same tissue. How the mean correlation of swapped pairs
scatters is therefore what chance does here.

Images of one patient resemble one another, so whole patients are exchanged: in each draw every patient's
attention meets the features of one other patient, images within in random order. Scattering a patient's
images over many others would average the resemblance away and alarm too often.

Exchanges share no pair with the true pairing, so they scatter less about their mean than the true mean does:
with P patients its variance is P / (P - 2) times theirs where pairs of patients are exchangeable. The draws
are widened by the root of that; without it, ten patients alarm in up to 9 % and five in 11 % at a nominal 5 %
(`benchmarks/association_null.py`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.analysis.arrays import Floats
from statkit.analysis.bootstrap import generator

Places: TypeAlias = NDArray[Any]  # of unsigned integers, as narrow as the number of images allows

#: Draws of exchanges, besides the true pairing.
PERMUTATIONS: Final = 9_999

_PURPOSE: Final = 1
_CHUNK: Final = 1_000_000  # numbers held at once: 8 MB
_TOLERANCE: Final = 1e-12  # sums in another order differ by rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapTest:
    """A two-sided test of a mean correlation against exchanged images.

    Attributes
    ----------
    p_value : float or None
        (1 + hits) / (1 + permutations), hits being draws whose mean, widened, is at least as large in
        absolute size (Phipson & Smyth 2010), never below ``attainable``; None where nothing can be exchanged.
    swapped_mean : float or None
        Mean correlation of exchanged pairs: what a border or centre that all maps share gives by itself.
    attainable : float or None
        The smallest p so few patients can reach: 1 / (1 + ways to exchange them all).
    permutations : int
        Draws made.
    reason : str or None
        Why there is no p.
    """

    p_value: float | None
    swapped_mean: float | None
    attainable: float | None
    permutations: int
    reason: str | None


def swap_test(
    correlations: Floats,
    patients: ArrayLike,
    *,
    observed: float | None = None,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> SwapTest:
    """Test whether attention goes with the feature of its own image more than with that of another patient's.

    Parameters
    ----------
    correlations : ndarray, shape (n, n)
        Row i, column j: attention of image i with the feature of image j; finite.
    patients : array_like of int, shape (n,)
        Whose image each is.
    observed : float, optional
        The mean of the diagonal, where it is known more exactly than the matrix has it.
    permutations, seed : int
        How many draws, and what seeds them; the same arguments give the same p.

    Returns
    -------
    SwapTest
    """
    owners = np.unique(np.asarray(patients), return_inverse=True)[1].ravel()
    count = int(owners.max(initial=-1)) + 1
    if count < 2:
        return SwapTest(
            p_value=None,
            swapped_mean=None,
            attainable=None,
            permutations=0,
            reason=f"{count} patient{'' if count == 1 else 's'}: the image-swap null exchanges attention "
            "between two or more",
        )
    mean = float(np.diagonal(correlations).mean()) if observed is None else observed
    draws = _means(correlations, exchanges(owners, permutations, seed))
    middle = float(draws.mean())
    widened = middle + (draws - middle) * (math.sqrt(count / (count - 2)) if count > 2 else 1.0)
    hits = int(np.count_nonzero(np.abs(widened) >= abs(mean) - _TOLERANCE))
    attainable = max(1 / (1 + derangements(count)), 1 / (1 + permutations))
    return SwapTest(
        p_value=max((1 + hits) / (1 + permutations), attainable),
        swapped_mean=middle,
        attainable=attainable,
        permutations=permutations,
        reason=None,
    )


def exchanges(owners: NDArray[np.intp], number: int, seed: int) -> Places:
    """Draw exchanges of patients: for every image, an image of another patient.

    Parameters
    ----------
    owners : ndarray of int, shape (n,)
        Patients as 0, 1, … P - 1, two or more, each with an image.
    number, seed : int

    Returns
    -------
    ndarray of int, shape (number, n)
        Patients are deranged uniformly; a patient's images meet those of the partner in random order, over
        again where the partner has fewer. With one image a patient a row is a uniformly random derangement
        of the images. Read-only.
    """
    return _exchanges(tuple(owners.tolist()), number, seed)


def derangements(count: int) -> int:
    """Give how many permutations of ``count`` things leave none in its place: !n = n·!(n - 1) + (-1)ⁿ."""
    ways = 1
    for n in range(1, count + 1):
        ways = n * ways + (-1) ** n
    return ways


@lru_cache(maxsize=1)  # the layers and features of one question mostly rest on the same images
def _exchanges(given: tuple[int, ...], number: int, seed: int) -> Places:
    owners = np.array(given, dtype=np.intp)
    rng = generator(seed, _PURPOSE)
    sizes = np.bincount(owners)
    order = np.argsort(owners, kind="stable")
    starts = np.cumsum(sizes) - sizes
    within = np.empty(len(owners), dtype=np.intp)
    within[order] = np.arange(len(owners)) - np.repeat(starts, sizes)
    places = np.empty((number, len(owners)), dtype=np.min_scalar_type(len(owners)))
    for rows in _chunks(number, len(owners)):
        draws = len(places[rows])
        partner = _deranged(len(sizes), draws, rng)[:, owners]
        shuffled = _shuffled_within(owners, order, draws, rng)
        places[rows] = np.take_along_axis(shuffled, starts[partner] + within % sizes[partner], axis=1)
    places.flags.writeable = False
    return places


def _means(correlations: Floats, places: Places) -> Floats:
    """Give the mean of each draw's n pairs, shape (draws,)."""
    images = np.arange(len(correlations))
    chunks = [correlations[images, places[rows]].mean(axis=1) for rows in _chunks(len(places), len(images))]
    return np.concatenate(chunks)


def _chunks(number: int, images: int) -> Iterator[slice]:
    """Cut draws into pieces that hold `_CHUNK` numbers each."""
    size = max(1, _CHUNK // images)
    return (slice(first, min(first + size, number)) for first in range(0, number, size))


def _deranged(count: int, draws: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw uniform derangements of 0 … count - 1, shape (draws, count), by rejection: one in e is kept."""
    found: list[NDArray[np.intp]] = []
    still, places = draws, np.arange(count)
    while still > 0:
        tried = rng.permuted(np.tile(places, (3 * still + 8, 1)), axis=1)
        found.append(tried[(tried != places).all(axis=1)][:still])
        still -= len(found[-1])
    return np.concatenate(found)


def _shuffled_within(
    owners: NDArray[np.intp], order: NDArray[np.intp], draws: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Give images patient after patient, each patient's in random order, shape (draws, n)."""
    if len(owners) == owners.max() + 1:
        return np.broadcast_to(order, (draws, len(owners)))
    keys = owners + rng.random((draws, len(owners)))
    return np.argsort(keys, axis=1)
