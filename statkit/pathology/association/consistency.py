"""Whether maps of one tile stay the same: over the steps of a training, or when the tile is turned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statkit.analysis.result import Result
from statkit.pathology.association.correlation import crossed, rank_units
from statkit.pathology.association.maps import GridMaps, Planes, planes, smallest_grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency(Result):
    """How alike the maps of a tile are, over probe tiles.

    Attributes
    ----------
    layer : str
    n_tiles : int
        With two usable maps or more.
    value : float or None
        Mean of `spatial_consistency` over these tiles; None without one.
    """

    layer: str
    n_tiles: int
    value: float | None


def spatial_consistency(maps: Planes) -> float | None:
    """Give the mean Spearman correlation over all pairs of maps of one tile.

    Parameters
    ----------
    maps : sequence of array_like, shape (h, w), or None
        Of one tile by one layer: at several steps, or of the tile turned and flipped and put back by
        `mapped_back`. Constant maps and maps with NaN or infinity are left out. Maps of different sizes meet
        on the smallest.

    Returns
    -------
    float or None
        In [-1, 1], 1 where all rank the cells alike; None with fewer than two usable maps.

    Raises
    ------
    UsageError
        As `maps.planes`.
    """
    taken = planes(maps, "the attention")
    on_grid = GridMaps.of(taken, smallest_grid(taken))
    units = rank_units(on_grid.values[on_grid.usable])
    count = len(units)
    if count < 2:
        return None
    return float(crossed(units, units)[np.triu_indices(count, 1)].mean())


def mapped_back(maps: Sequence[ArrayLike], turns: Sequence[tuple[int, bool]]) -> list[NDArray[Any]]:
    """Put maps of turned tiles back the way the tile was.

    Parameters
    ----------
    maps : sequence of array_like, shape (h, w) or (w, h)
        Each the map of one turned tile.
    turns : sequence of (int, bool)
        How each tile was turned: quarter turns counter-clockwise (`numpy.rot90`), after it was mirrored left
        to right where the bool says so.

    Returns
    -------
    list of ndarray, shape (h, w)
    """
    back = []
    for plane, (quarters, mirrored) in zip(maps, turns, strict=True):
        upright = np.rot90(np.asarray(plane), -quarters)
        back.append(upright[:, ::-1] if mirrored else upright)
    return back


def consistencies(probes: Mapping[str, Sequence[Planes]]) -> list[Consistency]:
    """Measure each layer on its probe tiles.

    Parameters
    ----------
    probes : mapping of sequences of sequences of array_like, shape (h, w), or None
        By layer, for each tile its maps.
    """
    rows = []
    for layer, tiles in probes.items():
        each = [value for tile in tiles if (value := spatial_consistency(tile)) is not None]
        rows.append(Consistency(layer=layer, n_tiles=len(each), value=float(np.mean(each)) if each else None))
    return rows
