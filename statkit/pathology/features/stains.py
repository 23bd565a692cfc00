"""Stain separation by colour deconvolution (Ruifrok & Johnston 2001, Anal. Quant. Cytol. Histol. 23:291).

Light is absorbed exponentially, so the optical density of a pixel is the sum of what its stains
contribute: a density for each, times that stain's colour, a vector of three. Inverting the matrix of
the three vectors gives the densities. Logarithms are natural here; divide by ln 10 for the decadic ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.analysis.arrays import Floats
from statkit.errors import UsageError

Vector: TypeAlias = tuple[float, float, float]
Matrix: TypeAlias = tuple[Vector, Vector, Vector]

#: Transmission is not taken below this, so that black has a finite density: ln 10⁶ = 13.8.
DARKEST: Final = 1e-6

#: A pixel is tissue where the mean optical density of its channels is above this (natural logarithm):
#: where less than 86 % of the light comes through.
TISSUE_DENSITY: Final = 0.15

#: The third vector of two stains: what they do not explain.
RESIDUAL: Final = "residual"

#: Vectors of one's own, where they are not named.
_NAMES: Final = ("hematoxylin", "counterstain", "third")

#: Stains whose vectors depend on each other more than this (sine of the smallest angle) are not told apart.
_DEPENDENT: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stains:
    """Which stains are in an image, and their colours.

    Vectors depend on scanner and laboratory: a matrix belongs beside every number made with it.

    Attributes
    ----------
    name : str
        ``H&E``, ``H-DAB``, ``Macenko (estimated)`` or ``own``.
    names : tuple of str
        The three stains. The first marks the nuclei, the second is the counterstain; the third is
        ``residual`` where only two are given: the direction at right angles to both.
    matrix : tuple of three tuples
        A row a stain: its optical density in red, green and blue.
    """

    name: str
    names: tuple[str, str, str]
    matrix: Matrix

    @classmethod
    def of(
        cls,
        vectors: ArrayLike,
        name: str = "own",
        names: tuple[str, ...] | None = None,
    ) -> Stains:
        """Make stains from vectors of one's own.

        Parameters
        ----------
        vectors : array_like, shape (2, 3) or (3, 3)
            A row a stain: its optical density in red, green and blue, of any length and in any base of
            the logarithm; rows are scaled to length 1. The nuclear stain first. (scikit-image's
            ``rgb_from_…`` matrices are such, their inverses ``…_from_rgb`` not.)
        name : str
        names : tuple of str, optional
            ``hematoxylin``, ``counterstain`` and, of three, ``third``. With fewer names than rows the
            rest is ``residual``.

        Raises
        ------
        UsageError
            Another shape, a vector that is no colour, or vectors that depend on each other.
        """
        rows = _rows(vectors)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if (rows[:2] < 0).any() or not lengths.all():
            raise UsageError(
                f"Found stain vectors {np.round(rows, 3).tolist()}; optical densities are not negative, and "
                "not all 0. A matrix that separates is the inverse of the one to give here."
            )
        return cls.exactly(rows / lengths, name, names or _NAMES[: len(rows)])

    @classmethod
    def exactly(cls, vectors: Floats, name: str, names: tuple[str, ...]) -> Stains:
        """Make stains from vectors taken as they are; a third that is missing is the cross product.

        Raises
        ------
        UsageError
            The vectors depend on each other.
        """
        rows = vectors if len(vectors) == 3 else np.vstack([vectors, np.cross(*vectors)])
        lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float64).tiny)
        if np.linalg.svd(rows / lengths, compute_uv=False)[-1] < _DEPENDENT:
            raise UsageError(
                f"Found stain vectors {np.round(rows, 3).tolist()}, which depend on each other; stains of "
                "the same colour cannot be told apart."
            )
        first, second, third = (*names, RESIDUAL, RESIDUAL)[:3]
        a, b, c = ((float(red), float(green), float(blue)) for red, green, blue in rows)
        return cls(name=name, names=(first, second, third), matrix=(a, b, c))

    def separated(self, density: Floats) -> Floats:
        """Give the density of each stain.

        Parameters
        ----------
        density : ndarray, shape (..., 3)
            Optical density, as `optical_density` gives it.

        Returns
        -------
        ndarray of float64, shape (..., 3)
            In the order of ``names``, natural logarithm; what comes out negative is 0. scikit-image's
            ``separate_stains`` gives the same over ln 10⁶.
        """
        return np.asarray(np.maximum(density @ np.linalg.inv(self.matrix), 0.0))

    def unexplained(self, density: Floats) -> float | None:
        """Give the mean optical density that two stains leave unexplained, at right angles to both.

        Of several choices the right one leaves least: on scikit-image's H-DAB image H-DAB leaves 0.08 and
        H&E 0.48. None with three stains, which explain everything.
        """
        if self.names[2] != RESIDUAL:
            return None
        third = density @ np.linalg.inv(self.matrix)[:, 2]
        return float(np.abs(third).mean() * np.linalg.norm(self.matrix[2]))


#: Fixed vectors, from Ruifrok & Johnston 2001, as scikit-image has them (H&E from ``rgb_from_hed``
#: without DAB, H-DAB ``rgb_from_hdx``).
STAINS: Final = {
    "H&E": Stains.exactly(
        np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11]]), "H&E", ("hematoxylin", "eosin")
    ),
    "H-DAB": Stains.exactly(
        np.array([[0.650, 0.704, 0.286], [0.268, 0.570, 0.776]]), "H-DAB", ("hematoxylin", "DAB")
    ),
}


def optical_density(image: Floats) -> Floats:
    """Give -ln of the transmission of every channel.

    Parameters
    ----------
    image : ndarray, values in [0, 1]

    Returns
    -------
    ndarray of float64, same shape
        In [0, 13.8].
    """
    return np.asarray(-np.log(np.maximum(image, DARKEST)))


def tissue_in(density: Floats) -> NDArray[np.bool_]:
    """Mark the pixels that are not background: mean optical density above `TISSUE_DENSITY`.

    Parameters
    ----------
    density : ndarray, shape (..., 3)

    Returns
    -------
    ndarray of bool, shape (...)
    """
    return np.asarray(density.mean(axis=-1) > TISSUE_DENSITY)


def _rows(vectors: ArrayLike) -> Floats:
    try:
        rows = np.asarray(vectors, dtype=np.float64)
    except (TypeError, ValueError):
        rows = np.empty(0)
    if rows.shape not in ((2, 3), (3, 3)) or not np.isfinite(rows).all():
        raise UsageError(
            f"Found stains {vectors!r}; possible: {', '.join(STAINS)}, macenko, or a matrix of two or three "
            "finite rows, one a stain: its optical density in red, green and blue."
        )
    return rows
