"""The activity of every layer over the steps, as a heat map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from statkit.analysis.plotted.layers import LayerFigure, LayerGrid
from statkit.views.figures import scales
from statkit.views.figures.courses import head, stretches
from statkit.views.figures.frame import Frame
from statkit.views.figures.names import inert, shown, wide
from statkit.views.figures.plot import Plot
from statkit.views.figures.style import Style

_MAP: Final = "viridis"
_MISSING: Final = "#dddddd"
_ROW: Final = 0.2  # inches that a layer's row wants
_LEAST: Final = 0.8  # of the style's height
_NAMES: Final = 0.28  # of the figure's width
_MOST_NAMES: Final = 40
_WORDS: Final = {
    "raw": "layer activity (mean activation)",
    "percent": "layer activity (% of the most active)",
}


def draw_layers(
    result: LayerFigure, style: Style, size: tuple[float, float] | None = None, axes: Any = None
) -> Plot:
    """Draw a heat map a run and unit; call it inside `style.settled` unless the axes are the user's."""
    rows = max(min(len(panel.layers), _MOST_NAMES) for panel in result.panels)
    height = max(_LEAST, (rows * _ROW * style.small / 9 + 0.7) / style.height)
    frame = Frame(style, len(result.panels), size=size, axes=axes, height=height, shared=False)
    several = len({panel.run for panel in result.panels}) > 1
    for panel, place in zip(result.panels, frame.axes, strict=True):
        _grid(place, panel, frame)
        beside = _names_wide(panel, frame)
        scales.across(
            place, float(panel.xs.max()), frame.room - beside, frame.style, steps=result.x_label == "step"
        )
        scales.name_across(place, result.x_label, frame.style)
        if frame.own:
            head(place, frame, _WORDS[panel.unit], panel.run if several else "", beside)
    notes = tuple(_notes(result))
    frame.finish("" if several else result.panels[0].run, [], notes)
    return Plot(result, frame.figure, frame.axes, notes, style if frame.own else None)


def _grid(axes: Axes, panel: LayerGrid, frame: Frame) -> None:
    count = len(panel.layers)
    top = float(np.nanmax(panel.values))
    axes.set_facecolor(_MISSING)
    axes.grid(visible=False)
    mesh = None
    for rows in stretches(panel.segments):
        mesh = axes.pcolormesh(
            edges(panel.xs[rows]),
            np.arange(count + 1),
            np.ma.masked_invalid(panel.values[:, rows]),
            cmap=_MAP,
            vmin=0.0 if np.nanmin(panel.values) >= 0 else float(np.nanmin(panel.values)),
            vmax=100.0 if panel.unit == "percent" else top if top > 0 else 1.0,
            rasterized=True,
        )
    for place in list(stretches(panel.segments))[1:]:
        axes.axvline(float(edges(panel.xs[place])[0]), color="white", linewidth=1.2, linestyle=(0, (1, 2)))
    for start in panel.starts:
        axes.axhline(start, color="white", linewidth=1.4)
    axes.set_ylim(count, 0)
    _names(axes, panel, frame)
    assert mesh is not None
    bar = frame.figure.colorbar(mesh, ax=axes, pad=0.015, fraction=0.05, aspect=18)
    bar.outline.set_linewidth(0)
    bar.ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
    bar.ax.tick_params(labelsize=frame.style.small)
    if not frame.own:
        inert(bar.ax.yaxis.label).set_text(_WORDS[panel.unit])


def _names_wide(panel: LayerGrid, frame: Frame) -> float:
    """Measure the room that names and colour bar take, in inches."""
    size = frame.style.small
    return max(wide(shown(name, size, _NAMES * frame.width), size) for name in panel.layers) + 0.5


def _names(axes: Axes, panel: LayerGrid, frame: Frame) -> None:
    every = -(-len(panel.layers) // _MOST_NAMES)
    rows = range(0, len(panel.layers), every)
    style = frame.style
    names = [shown(panel.layers[row], style.small, _NAMES * frame.width) for row in rows]
    axes.set_yticks([row + 0.5 for row in rows], ["x"] * len(names), fontsize=style.small)
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        inert(label)
        label.set_text(name)
    axes.set_yticklabels(names)
    for label in axes.get_yticklabels():
        inert(label)
    axes.tick_params(axis="y", length=0)


def edges(xs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the borders of columns, shape (n + 1,): half way between places, and as far beyond the ends."""
    if len(xs) == 1:
        half = 0.5 if abs(xs[0]) < 10 else abs(xs[0]) * 0.02
        return np.array([xs[0] - half, xs[0] + half])
    middle = (xs[1:] + xs[:-1]) / 2
    return np.concatenate([[2 * xs[0] - middle[0]], middle, [2 * xs[-1] - middle[-1]]])


def _notes(result: LayerFigure) -> Iterator[str]:
    if result.mixed:
        yield (
            f"{', '.join(result.mixed)}: older snapshots are in percent of the most active layer, newer ones "
            f"raw; each has a panel of its own."
        )
    averaged = max(panel.averaged for panel in result.panels)
    if averaged > 1:
        yield f"A column is the mean of up to {averaged:,} snapshots."
    if any(np.isnan(panel.values).any() for panel in result.panels):
        yield "Grey: no value."
