"""The activity of every layer over the steps of one run, as a grid: layers down, steps across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.result import Result
from statkit.layout import natural_key

LayerUnit = Literal["raw", "percent"]

#: Steps beyond which neighbours are averaged: more columns than a picture has pixels show nothing more.
MOST_COLUMNS: Final = 800

#: Raw mean activations reach about 2; a value above this is a percentage of the largest.
_PERCENT_FROM: Final = 10.0

_TRUNKS: Final = ("backward", "forward")
_LAST: Final = "final"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerGrid(Result):
    """The activity of layers in one unit.

    Attributes
    ----------
    run, path : str
        The run's name and where it is.
    unit : {"raw", "percent"}
        Mean activations, or percent of the largest of their snapshot, as older files have them.
    layers : tuple of str
        Backward trunk, forward trunk, others, final fusion; natural order within each.
    starts : tuple of int
        Rows at which another trunk begins.
    xs : ndarray of float, shape (columns,)
        Places on the figure's axis.
    segments : ndarray of float, shape (columns,)
        Stretches between rewinds.
    values : ndarray of float, shape (layers, columns)
        NaN where a snapshot has no value.
    averaged : int
        How many neighbouring snapshots make one column.
    """

    run: str
    path: str
    unit: LayerUnit
    layers: tuple[str, ...]
    starts: tuple[int, ...]
    xs: Floats
    segments: Floats
    values: Floats
    averaged: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerFigure(Result):
    """A panel a run and unit; ``x_label`` names the axis they share."""

    x_label: str
    panels: tuple[LayerGrid, ...]

    @property
    def mixed(self) -> list[str]:
        """The runs that have both units, whose values are in two panels."""
        runs = [panel.run for panel in self.panels]
        return list(dict.fromkeys(run for run in runs if runs.count(run) > 1))


def layer_grids(
    run: str,
    path: str,
    xs: Floats,
    segments: Sequence[int],
    layers: Mapping[str, Sequence[Any]],
    most: int = MOST_COLUMNS,
) -> tuple[LayerGrid, ...]:
    """Make the grids of one run: one, or two where it has snapshots of both units.

    Parameters
    ----------
    run, path, xs, segments
        As in `LayerGrid`, of length n.
    layers : mapping of str to sequence of length n
        The values of each layer.
    most : int
        Columns beyond which neighbours are averaged.
    """
    names, starts = ordered(layers)
    table = np.stack([floats(layers[name]) for name in names])
    table = np.where(np.isfinite(table), table, np.nan)
    percent = are_percent(table)
    there = np.isfinite(table).any(axis=0) & np.isfinite(xs)
    found = []
    for unit, chosen in (("percent", there & percent), ("raw", there & ~percent)):
        if chosen.any():
            found.append(_grid(run, path, unit, names, starts, xs, floats(segments), table, chosen, most))  # type: ignore[arg-type]
    return tuple(found)


def ordered(layers: Mapping[str, Any]) -> tuple[list[str], tuple[int, ...]]:
    """Order layers by trunk, then naturally; and give the rows at which another trunk begins."""
    names = sorted(layers, key=lambda name: (_trunk(name), natural_key(name)))
    starts = [row for row in range(1, len(names)) if _trunk(names[row]) != _trunk(names[row - 1])]
    return names, tuple(starts)


def _trunk(name: str) -> int:
    low = name.casefold()
    if low.startswith(_LAST):
        return len(_TRUNKS) + 1
    return next((place for place, trunk in enumerate(_TRUNKS) if low.startswith(trunk)), len(_TRUNKS))


def are_percent(table: Floats) -> NDArray[np.bool_]:
    """Tell for each column whether it is in percent.

    A column with a value above 10 is; one with a fraction is raw. One of small whole numbers alone
    tells nothing: it is taken for what the columns before it are, or the first telling one after.

    Parameters
    ----------
    table : ndarray of float, shape (layers, columns)
    """
    filled = np.nan_to_num(table, nan=0.0)
    percent = filled.max(axis=0) > _PERCENT_FROM
    tells = percent | (filled != np.round(filled)).any(axis=0)
    known = np.flatnonzero(tells)
    if not len(known):
        return np.asarray(percent, dtype=bool)
    before = known[np.maximum(np.searchsorted(known, np.arange(table.shape[1]), side="right") - 1, 0)]
    taken: NDArray[np.bool_] = percent[before]
    return taken


def _grid(
    run: str,
    path: str,
    unit: LayerUnit,
    names: Sequence[str],
    starts: tuple[int, ...],
    xs: Floats,
    segments: Floats,
    table: Floats,
    chosen: NDArray[np.bool_],
    most: int,
) -> LayerGrid:
    order = np.flatnonzero(chosen)
    order = order[np.argsort(segments[order], kind="stable")]
    size = -(-len(order) // most)
    cuts = _cuts(segments[order], size)
    counts = np.diff(np.append(cuts, len(order)))
    values, there = table[:, order], np.isfinite(table[:, order])
    sums = np.add.reduceat(np.where(there, values, 0.0), cuts, axis=1)
    known = np.add.reduceat(there.astype(np.float64), cuts, axis=1)
    return LayerGrid(
        run=run,
        path=path,
        unit=unit,
        layers=tuple(names),
        starts=starts,
        xs=np.add.reduceat(xs[order], cuts) / counts,
        segments=segments[order][cuts],
        values=np.where(known > 0, sums / np.maximum(known, 1), np.nan),
        averaged=size,
    )


def _cuts(segments: Floats, size: int) -> NDArray[np.intp]:
    """Give where columns of at most ``size`` rows begin; none reaches over a rewind."""
    starts = np.flatnonzero(np.diff(segments, prepend=np.nan) != 0)
    ends = np.append(starts[1:], len(segments))
    return np.concatenate([np.arange(start, end, size) for start, end in zip(starts, ends, strict=True)])
