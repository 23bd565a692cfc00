"""The activity of layers over steps as colours: layers down, steps across."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.plotted.layers import LayerGrid
from statkit.views import pixels
from statkit.views.grid import Box, blank
from statkit.views.plot_area import INK, QUIET
from statkit.views.sheet import Sheet

_NAMES: Final = 112
_BAR: Final = 12
_ROOM: Final = 76
_FOOT: Final = 36
_HEAD: Final = 18
_BETWEEN: Final = 28
_SIZE: Final = 8.5
_LINE: Final = 15

_UNITS: Final = {"raw": "mean activation", "percent": "percent of the largest layer"}


def about(grids: Sequence[LayerGrid]) -> str:
    """Say what the colours are of."""
    if len(grids) > 1:
        return "two units, never on one scale: percent in older snapshots, then raw"
    return "backward trunk, forward trunk, fusion" if grids else "no snapshot holds a layer's activity"


def draw(sheet: Sheet, box: Box, grids: Sequence[LayerGrid], ramp: pixels.Ramp) -> None:
    """Draw one grid, or those of two units one above the other."""
    if not grids:
        blank(sheet, box, "no layer activity")
        return
    left, top, width, height = box
    rows = sum(len(grid.layers) for grid in grids)
    free = height - _FOOT - len(grids) * _HEAD - (len(grids) - 1) * _BETWEEN
    y = top
    for grid in grids:
        high = max(1, free * len(grid.layers) // rows)
        inside = (left + _NAMES, y + _HEAD, width - _NAMES - _ROOM, high)
        sheet.text(left + _NAMES, y + 12, _UNITS[grid.unit], size=9, colour=INK, most=inside[2])
        _grid(sheet, inside, grid, ramp, left)
        y += _HEAD + high + _BETWEEN
    sheet.text(left + width - _ROOM, top + height, "step", size=9, colour=QUIET, align="right")


def _grid(sheet: Sheet, inside: Box, grid: LayerGrid, ramp: pixels.Ramp, names_at: int) -> None:
    x, y, wide, high = inside
    finite = grid.values[np.isfinite(grid.values)]
    low, top = (0.0, 100.0) if grid.unit == "percent" else (float(finite.min()), float(finite.max()))
    order = np.argsort(grid.xs, kind="stable")
    steps, table = grid.xs[order], grid.values[:, order]
    columns = _nearest(steps, wide)
    rows = np.arange(high) * len(table) // high
    picture = pixels.coloured(table[rows][:, columns], low, top, ramp)
    for row in grid.starts:  # a gap between the trunks
        edge = row * high // len(table)
        picture[max(0, edge - 1) : edge + 1] = 255
    sheet.image(x, y, picture)
    _row_names(sheet, names_at, y, high, grid)
    _steps(sheet, x, y + high, wide, steps)
    sheet.image(x + wide + 10, y, pixels.bar(high, _BAR, ramp))
    room = _ROOM - _BAR - 15
    sheet.text(x + wide + 15 + _BAR, y + 9, _number(top), size=_SIZE, colour=QUIET, most=room)
    sheet.text(x + wide + 15 + _BAR, y + high, _number(low), size=_SIZE, colour=QUIET, most=room)


def _nearest(steps: NDArray[np.float64], wide: int) -> NDArray[np.intp]:
    """Give the column nearest to each pixel's step; columns of one step alone share the width."""
    if steps[-1] <= steps[0]:
        return np.arange(wide) * len(steps) // wide
    places = steps[0] + (np.arange(wide) + 0.5) / wide * (steps[-1] - steps[0])
    nearest: NDArray[np.intp] = np.searchsorted((steps[1:] + steps[:-1]) / 2, places, side="left")
    return nearest


def _row_names(sheet: Sheet, x: int, y: int, high: int, grid: LayerGrid) -> None:
    """Name the layers, as many as there is room for."""
    count = len(grid.layers)
    every = max(1, -(-count * _LINE // high))
    for row in range(0, count, every):
        middle = y + (row + 0.5) * high / count + 4
        name = grid.layers[row]
        sheet.text(x + _NAMES - 8, middle, name, size=_SIZE, colour=QUIET, align="right", most=_NAMES - 10)


def _steps(sheet: Sheet, x: int, y: int, wide: int, steps: NDArray[np.float64]) -> None:
    sheet.text(x, y + 15, f"{steps[0]:,.0f}", size=_SIZE, colour=QUIET)
    if steps[-1] > steps[0]:
        sheet.text(x + wide, y + 15, f"{steps[-1]:,.0f}", size=_SIZE, colour=QUIET, align="right")


def _number(value: float) -> str:
    return f"{value:.0f}" if value in (0.0, 100.0) else f"{value:.2g}"
