"""The parts of a loss stacked over the steps, and the weights they are summed by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from statkit.analysis.plotted.parts import PartsFigure, PartsPanel
from statkit.views.figures import scales
from statkit.views.figures.courses import along, breaks, head, line_look, resumed, stretches
from statkit.views.figures.frame import Entry, Frame
from statkit.views.figures.palette import Palette
from statkit.views.figures.plot import Plot
from statkit.views.figures.style import INK, Style

_FEW: Final = 40


def draw_parts(
    result: PartsFigure, style: Style, size: tuple[float, float] | None = None, axes: Any = None
) -> Plot:
    """Draw a panel a run; call it inside `style.settled` unless the axes are the user's."""
    frame = Frame(style, len(result.panels), size=size, axes=axes, height=1.15)
    palette = Palette(result.names)
    several = len(result.panels) > 1
    for panel, place in zip(result.panels, frame.axes, strict=True):
        (_stack if panel.stacked else _lines)(place, panel, palette, frame.style)
        breaks(place, panel.xs, panel.segments)
        scales.upwards(place, None, log=False)
        along(place, frame, [each.xs for each in result.panels], result.x_label)
        head(place, frame, panel.title, panel.run if several else "")
    for place in frame.bottom():
        scales.name_across(place, result.x_label, frame.style)
    notes = tuple(_notes(result))
    frame.finish("" if several else result.panels[0].run, list(_entries(result, palette, frame.style)), notes)
    return Plot(result, frame.figure, frame.axes, notes, style if frame.own else None)


def _stack(axes: Axes, panel: PartsPanel, palette: Palette, style: Style) -> None:
    edges = panel.edges()
    for rows in stretches(panel.segments):
        for place, part in enumerate(panel.parts):
            axes.fill_between(
                panel.xs[rows],
                edges[place, rows],
                edges[place + 1, rows],
                color=palette.pen(part.name).colour,
                alpha=0.75,
                linewidth=0.4,
                edgecolor="white",
            )
        if panel.total is not None:
            few = len(rows) <= _FEW
            look = line_look(INK, style.line * 0.8, few, style.dot * 0.9)
            axes.plot(panel.xs[rows], panel.total[rows], **look)
    tops = [edges[-1]] + ([panel.total] if panel.total is not None else [])
    finite = np.concatenate(tops)
    finite = finite[np.isfinite(finite)]
    axes.set_ylim(0, float(finite.max()) * 1.06 if len(finite) and finite.max() > 0 else 1.0)


def _lines(axes: Axes, panel: PartsPanel, palette: Palette, style: Style) -> None:
    for part in panel.parts:
        for rows in stretches(panel.segments):
            look = line_look(palette.pen(part.name).colour, style.line, len(rows) <= _FEW, style.dot)
            axes.plot(panel.xs[rows], part.values[rows], **look)
    scales.settle(axes, scales.limits([part.values for part in panel.parts], [], log=False), log=False)


def _entries(result: PartsFigure, palette: Palette, style: Style) -> Iterator[Entry]:
    stacked = any(panel.stacked for panel in result.panels)
    for name in result.names:
        colour = palette.pen(name).colour
        handle = (
            Patch(color=colour, alpha=0.75) if stacked else Line2D([], [], color=colour, linewidth=style.line)
        )
        yield handle, name
    if any(panel.stacked and panel.total is not None for panel in result.panels):
        yield Line2D([], [], color=INK, linewidth=style.line * 0.8), "total as recorded"
    yield from resumed(panel.segments for panel in result.panels)


def _notes(result: PartsFigure) -> Iterator[str]:
    if any(panel.stacked and panel.total is not None for panel in result.panels):
        yield "Recorded losses are averages over steps, weights are not: stack and total need not meet."
    for panel in result.panels:
        for note in panel.notes:
            yield f"{panel.run}: {note}."
