"""Maps made ready to compare: one grid for all, and which of them can be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.analysis.arrays import Floats
from statkit.errors import UsageError
from statkit.pathology.association.grid import Shape, area_averaged

Bools: TypeAlias = NDArray[np.bool_]
#: One map an image, in the order of the images; None where an image has none.
Planes: TypeAlias = Sequence[ArrayLike | None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridMaps:
    """One map of each of n images on one grid.

    Attributes
    ----------
    values : ndarray, shape (n, h, w)
        Zeros where the map is not usable.
    missing, nonfinite, constant : ndarray of bool, shape (n,)
        No map at all; one that holds NaN or infinity; one with the same value everywhere, on its own grid
        or on this one. At most one of the three.
    """

    values: Floats
    missing: Bools
    nonfinite: Bools
    constant: Bools

    @classmethod
    def of(cls, maps: Sequence[Floats | None], shape: Shape) -> GridMaps:
        """Bring maps, as `planes` gives them, onto the grid ``shape`` by area.

        Parameters
        ----------
        maps : sequence of ndarray, shape (H, W), or None
            Of any sizes.
        shape : tuple of int
            (h, w).
        """
        values = np.zeros((len(maps), *shape))
        missing, nonfinite, constant = (np.zeros(len(maps), dtype=bool) for _ in range(3))
        for row, plane in enumerate(maps):
            if plane is None:
                missing[row] = True
                continue
            on_grid = area_averaged(plane, shape) if np.isfinite(plane).all() else plane
            nonfinite[row] = not np.isfinite(on_grid).all()
            constant[row] = not nonfinite[row] and (is_constant(plane) or is_constant(on_grid))
            if not nonfinite[row] and not constant[row]:
                values[row] = on_grid
        return cls(values=values, missing=missing, nonfinite=nonfinite, constant=constant)

    @property
    def usable(self) -> Bools:
        """Which maps have something to compare, shape (n,)."""
        return ~(self.missing | self.nonfinite | self.constant)


def planes(maps: Planes, name: str) -> list[Floats | None]:
    """Take maps as float64 arrays.

    Parameters
    ----------
    maps : sequence of array_like, shape (H, W), or None
        Numbers or bools.
    name : str
        What they are, for the message.

    Raises
    ------
    UsageError
        A map without two axes, an empty one, or one that holds no real numbers.
    """
    return [None if plane is None else _plane(plane, name, at) for at, plane in enumerate(maps)]


def _plane(plane: ArrayLike, name: str, at: int) -> Floats:
    try:
        given = np.asarray(plane)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"Found no array as {name} of image {at}: {error}.") from None
    if given.ndim != 2 or given.size == 0 or given.dtype.kind not in "biuf":
        raise UsageError(
            f"Found an array of shape {given.shape} and dtype {given.dtype} as {name} of image {at}; "
            "a map is (H, W), not empty, of real numbers. Reduce channels first, and give one map an image."
        )
    return given.astype(np.float64)


def smallest_grid(maps: Iterable[Floats | None]) -> Shape:
    """Give the least height and the least width among maps; 1×1 without a map."""
    shapes = [plane.shape for plane in maps if plane is not None]
    return (min(h for h, _ in shapes), min(w for _, w in shapes)) if shapes else (1, 1)


def is_constant(plane: Floats) -> bool:
    """Say whether a finite map has one value everywhere."""
    return bool(plane.min() == plane.max())


def mask_planes(masks: Planes, name: str) -> list[Bools | None]:
    """Take masks as bool arrays.

    Parameters
    ----------
    masks : sequence of array_like, shape (H, W), or None
        Bools, or the numbers 0 and 1.
    name : str
        What they are, for the message.

    Raises
    ------
    UsageError
        As `planes`; or a mask holds other numbers.
    """
    taken: list[Bools | None] = []
    for at, plane in enumerate(planes(masks, name)):
        if plane is not None and not np.isin(plane, (0.0, 1.0)).all():
            raise UsageError(
                f"Found values other than 0 and 1 in {name} of image {at}; a mask says yes or no. "
                "Compare its values with a threshold first."
            )
        taken.append(None if plane is None else plane.astype(bool))
    return taken
