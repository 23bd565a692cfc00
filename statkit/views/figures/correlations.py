"""Correlations as a triangle of cells; columns carry the numbers of the rows, so no name overflows."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from statkit.analysis.plotted.correlations import DEPENDENT, CorrelationFigure, CorrelationMatrix
from statkit.views.figures.courses import head
from statkit.views.figures.frame import Frame
from statkit.views.figures.names import inert, shown, wide
from statkit.views.figures.plot import Plot
from statkit.views.figures.style import INK, Style

_MAP: Final = "RdBu_r"
_CELL: Final = 0.34  # inches
_NAMES: Final = 0.34  # of the figure's width
_MOST_NUMBERED: Final = 40


def draw_correlations(
    result: CorrelationFigure, style: Style, size: tuple[float, float] | None = None, axes: Any = None
) -> Plot:
    """Draw a matrix a run; call it inside `style.settled` unless the axes are the user's."""
    rows = max(len(panel.metrics) for panel in result.panels)
    cell = _CELL * style.small / 9
    height = (min(rows, 24) * cell + 0.8) / style.height
    frame = Frame(
        style,
        len(result.panels),
        size=size,
        axes=axes,
        width=_width(rows, cell, style),
        height=height,
        shared=False,
    )
    several = len(result.panels) > 1
    for panel, place in zip(result.panels, frame.axes, strict=True):
        _matrix(place, panel, frame)
        words = f"{panel.method.capitalize()} correlation"
        words += f", {panel.phase}" if panel.phase else ""
        if frame.own:
            head(place, frame, words, panel.run if several else "", _beside(panel, frame))
    notes = (f"{DEPENDENT[0].upper()}{DEPENDENT[1:]}.",)
    frame.finish("" if several else result.panels[0].run, [], notes)
    return Plot(result, frame.figure, frame.axes, notes, style if frame.own else None)


def _width(rows: int, cell: float, style: Style) -> float:
    """Choose a width at which cells are little wider than high; a column of paper is filled."""
    if style.name == "paper":
        return style.width
    return min(style.width, max(0.6 * style.width, _NAMES * style.width + 1.4 * cell * rows + 0.8))


def _matrix(axes: Axes, panel: CorrelationMatrix, frame: Frame) -> None:
    count, style = len(panel.metrics), frame.style
    shown_cells = np.ma.masked_invalid(np.where(np.tri(count, dtype=bool), panel.values, np.nan))
    axes.grid(visible=False)
    mesh = axes.pcolormesh(shown_cells, cmap=_MAP, vmin=-1, vmax=1, edgecolors="white", linewidth=0.8)
    axes.set_ylim(count, 0)
    axes.set_aspect("auto")
    for side in axes.spines.values():
        side.set_visible(False)
    cell = (frame.room - _beside(panel, frame)) / count
    if wide("−0.00", style.small - 1.5) < cell - 0.03:
        _write(axes, panel, style)
    _number(axes, panel, frame)
    bar = frame.figure.colorbar(mesh, ax=axes, pad=0.015, fraction=0.05, aspect=18)
    bar.outline.set_linewidth(0)
    bar.ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
    bar.ax.tick_params(labelsize=style.small)


def _write(axes: Axes, panel: CorrelationMatrix, style: Style) -> None:
    """Write each value into its cell, white on dark; a dash where there is none."""
    for row in range(len(panel.metrics)):
        for column in range(row):
            value = panel.values[row, column]
            words = "–" if np.isnan(value) else f"{value:.2f}".replace("-", "−")
            colour = "white" if abs(value) > 0.65 else INK
            text = axes.text(
                column + 0.5,
                row + 0.5,
                words,
                ha="center",
                va="center",
                fontsize=style.small - 1.5,
                color=colour,
            )
            inert(text)


def _beside(panel: CorrelationMatrix, frame: Frame) -> float:
    """Measure the room that names and colour bar take beyond that of other panels, in inches."""
    size = frame.style.small
    names = max(wide(shown(f"{name}  00", size, _NAMES * frame.width), size) for name in panel.metrics)
    return max(0.0, names - 0.1)


def _number(axes: Axes, panel: CorrelationMatrix, frame: Frame) -> None:
    count, style = len(panel.metrics), frame.style
    every = -(-count // _MOST_NUMBERED)
    rows = range(0, count, every)
    names = [shown(f"{panel.metrics[row]}  {row + 1}", style.small, _NAMES * frame.width) for row in rows]
    places = [row + 0.5 for row in rows]
    axes.set_yticks(places)
    axes.set_yticklabels(names, fontsize=style.small)
    cell = (frame.room - _beside(panel, frame)) / count
    columns = range(0, count, max(every, math.ceil((wide(f"{count}", style.small) + 0.06) / cell)))
    axes.set_xticks([column + 0.5 for column in columns])
    axes.set_xticklabels([str(column + 1) for column in columns], fontsize=style.small)
    axes.tick_params(length=0)
    for label in (*axes.get_yticklabels(), *axes.get_xticklabels()):
        inert(label)
