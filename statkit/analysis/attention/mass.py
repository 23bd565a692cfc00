"""Attention maps made ready to measure: checked, scaled to their own range, and as mass summing to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats

Bools: TypeAlias = NDArray[np.bool_]

#: How a map becomes mass: its height above its own minimum, or its positive part.
Normalisation = Literal["minmax", "sum"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Maps:
    """B attention maps of one size.

    A map that holds NaN or infinity, or whose range exceeds float64, is not `usable`: it stands here as
    zeros, and what is computed of it means nothing.

    Attributes
    ----------
    raw : ndarray, shape (B, H, W)
        The values as given.
    scaled : ndarray, shape (B, H, W)
        ``(raw - low) / (high - low)``, in [0, 1]; 0 all over a flat map.
    mass : ndarray, shape (B, H, W)
        Non-negative, each map summing to 1; ``1 / (H·W)`` all over a flat map; NaN all over a map that has
        no positive value under the normalisation ``sum``.
    ranked : ndarray, shape (B, H·W)
        `mass` in ascending order.
    low, high : ndarray, shape (B,)
    flat, usable : ndarray of bool, shape (B,)
    nonfinite : ndarray, shape (B,)
        Share of cells that are NaN or infinite, in [0, 1].
    """

    raw: Floats
    scaled: Floats
    mass: Floats
    ranked: Floats
    low: Floats
    high: Floats
    flat: Bools
    usable: Bools
    nonfinite: Floats

    @classmethod
    def of(cls, maps: Any, normalisation: Normalisation = "minmax") -> Maps:
        """Take maps of shape (B, H, W), any real dtype.

        Parameters
        ----------
        maps : array_like, shape (B, H, W)
        normalisation : {"minmax", "sum"}
            ``minmax``: ``(a - min a) / Σ(a - min a)``, blind to offset and scale. ``sum``:
            ``max(a, 0) / Σ max(a, 0)``.

        Raises
        ------
        ValueError
            Not three axes, an empty one, no numbers, or an unknown normalisation.
        """
        if normalisation not in ("minmax", "sum"):
            raise ValueError(f"normalisation is {normalisation!r}; choose 'minmax' or 'sum'.")
        given = _numbers(maps)
        nonfinite = 1 - np.isfinite(given).mean(axis=(1, 2))
        with np.errstate(invalid="ignore", over="ignore"):
            usable = np.isfinite(given.max(axis=(1, 2)) - given.min(axis=(1, 2)))
        raw = given if usable.all() else np.where(_cells(usable), given, 0.0)
        low, high = raw.min(axis=(1, 2)), raw.max(axis=(1, 2))
        flat = high == low
        scaled = (raw - _cells(low)) / _cells(np.where(flat, 1.0, high - low))
        mass = _mass(raw, scaled, high, flat, normalisation)
        return cls(
            raw=raw,
            scaled=scaled,
            mass=mass,
            ranked=np.sort(mass.reshape(len(mass), -1), axis=1),
            low=low,
            high=high,
            flat=flat,
            usable=usable,
            nonfinite=nonfinite,
        )

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in cells."""
        _, height, width = self.raw.shape
        return int(height), int(width)

    @property
    def cells(self) -> int:
        """How many cells a map has."""
        height, width = self.size
        return height * width


def _numbers(maps: Any) -> Floats:
    given = np.asarray(maps)
    if given.ndim != 3 or given.size == 0:
        raise ValueError(
            f"Found an array of shape {given.shape}; attention maps come as (B, H, W), no axis empty. Reduce "
            "channels first; a single map goes to attention_metrics."
        )
    if given.dtype.kind not in "biuf":
        raise ValueError(f"Found values of dtype {given.dtype}; attention maps hold real numbers.")
    return given.astype(np.float64)


def _mass(raw: Floats, scaled: Floats, high: Floats, flat: Bools, normalisation: Normalisation) -> Floats:
    weights = scaled
    if normalisation == "sum":
        weights = np.maximum(raw, 0.0) / _cells(np.where(high > 0, high, np.nan))
    weights = np.where(_cells(flat), 1.0, weights)
    return np.asarray(weights / weights.sum(axis=(1, 2), keepdims=True))


def _cells(each: NDArray[Any]) -> NDArray[Any]:
    """Give one value a map the shape that spreads over its cells."""
    return each[:, None, None]
