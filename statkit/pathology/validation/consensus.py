"""One mask out of several raters': STAPLE, or a majority vote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.analysis.arrays import Floats
from statkit.pathology.validation.overlap import as_mask

Method = Literal["staple", "majority"]
METHODS: Final[tuple[Method, ...]] = ("staple", "majority")

#: Where the iteration ends: no sensitivity or specificity moves further than this, or that many rounds.
_TOLERANCE: Final = 1e-10
_MOST_ROUNDS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Staple:
    """What STAPLE estimates from the masks of several raters.

    Attributes
    ----------
    probability : ndarray of float, shape (H, W)
        That a pixel belongs to the true mask.
    mask : ndarray of bool, shape (H, W)
        Where it is above one half.
    sensitivity, specificity : tuple of float or None
        Of each rater; None where the true mask has no pixel, or no pixel outside it.
    rounds : int
        Iterations until nothing moved.
    """

    probability: Floats
    mask: NDArray[np.bool_]
    sensitivity: tuple[float | None, ...]
    specificity: tuple[float | None, ...]
    rounds: int


def consensus(masks: ArrayLike, method: Method = "staple") -> NDArray[np.bool_]:
    """Give one mask for several raters' of the same image.

    Parameters
    ----------
    masks : array_like of bool, shape (raters, H, W)
        A single rater's mask is its own consensus.
    method : {"staple", "majority"}
        As `staple` and `majority`.

    Raises
    ------
    UsageError
        If the masks are none.
    """
    given = as_mask(masks, 3)
    return staple(given).mask if method == "staple" else majority(given)


def majority(masks: ArrayLike) -> NDArray[np.bool_]:
    """Keep the pixels that more than half of the raters drew; with a tie a pixel is left out.

    Parameters
    ----------
    masks : array_like of bool, shape (raters, H, W)

    Returns
    -------
    ndarray of bool, shape (H, W)

    Raises
    ------
    UsageError
        If the masks are none.
    """
    given = as_mask(masks, 3)
    return np.asarray(2 * np.count_nonzero(given, axis=0) > len(given))


def staple(masks: ArrayLike) -> Staple:
    """Estimate the true mask and each rater's performance at once, by expectation maximisation.

    Warfield, Zou & Wells 2004, *Simultaneous truth and performance level estimation*, for a binary
    mask without spatial prior: every pixel has the same prior, the share of the image that the raters
    drew on average, and the iteration starts from the share of raters that drew a pixel. The prior
    makes the answer depend on how much background the image shows.

    Parameters
    ----------
    masks : array_like of bool, shape (raters, H, W)

    Raises
    ------
    UsageError
        If the masks are none.
    """
    given = as_mask(masks, 3)
    drawn, place, counts = _patterns(given)
    truth = drawn.mean(axis=1)
    prior = float(truth @ counts / counts.sum())
    performance = _performance(drawn, counts, truth)
    rounds = 0
    while rounds < _MOST_ROUNDS:
        rounds += 1
        truth = _expected(drawn, prior, performance)
        before, performance = performance, _performance(drawn, counts, truth)
        if np.abs(performance - before).max() <= _TOLERANCE:
            break
    probability = truth[place].reshape(given.shape[1:])
    inside, outside = bool((truth > 0).any()), bool((truth < 1).any())
    sensitivity, specificity = performance.tolist()
    return Staple(
        probability=probability,
        mask=probability > 0.5,
        sensitivity=tuple(value if inside else None for value in sensitivity),
        specificity=tuple(value if outside else None for value in specificity),
        rounds=rounds,
    )


def _patterns(masks: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.intp], Floats]:
    """Group the pixels by who drew them: the iteration is over a few patterns, not over pixels.

    Returns
    -------
    drawn : ndarray of bool, shape (patterns, raters)
        By whom.
    place : ndarray, shape (H·W,)
        The pattern of each pixel.
    counts : ndarray, shape (patterns,)
        How many pixels have it.
    """
    packed = np.packbits(masks.reshape(len(masks), -1), axis=0).T
    row: Any = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1])))[:, 0]
    _, first, place, counts = np.unique(row, return_index=True, return_inverse=True, return_counts=True)
    return masks.reshape(len(masks), -1)[:, first].T, place, counts.astype(np.float64)


def _performance(drawn: NDArray[np.bool_], counts: Floats, truth: Floats) -> Floats:
    """Give every rater's sensitivity and specificity, (2, raters): the M-step; 0 where undefined."""
    inside, outside = counts * truth, counts * (1 - truth)
    right = np.stack([inside @ drawn, outside @ ~drawn])
    whole = np.array([[inside.sum()], [outside.sum()]])
    return np.asarray(right / np.where(whole > 0, whole, 1.0))


def _expected(drawn: NDArray[np.bool_], prior: float, performance: Floats) -> Floats:
    """Give the probability of truth under every pattern: the E-step."""
    sensitivity, specificity = performance
    yes = prior * np.where(drawn, sensitivity, 1 - sensitivity).prod(axis=1)
    no = (1 - prior) * np.where(drawn, 1 - specificity, specificity).prod(axis=1)
    known = yes + no > 0
    return np.asarray(np.where(known, yes / np.where(known, yes + no, 1.0), drawn.mean(axis=1)))
