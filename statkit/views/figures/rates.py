"""The learning rate, with the phases of its schedule behind it."""

from __future__ import annotations

from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from statkit.analysis.plotted.rates import RateFigure, RatePanel
from statkit.views.figures import scales
from statkit.views.figures.courses import along, breaks, head, line_look, resumed, stretches
from statkit.views.figures.frame import MOST_ENTRIES, Entry, Frame
from statkit.views.figures.palette import COLOURS
from statkit.views.figures.plot import Plot
from statkit.views.figures.style import Style

_FEW: Final = 40

#: Behind a line in the first colour; told apart from each other by lightness too.
_PHASES: Final = ("#fbe3cf", "#d8ecf7", "#dff1e9", "#f5e1ec", "#fdf0cc", "#e4e4e4")


def draw_rates(
    result: RateFigure, style: Style, size: tuple[float, float] | None = None, axes: Any = None
) -> Plot:
    """Draw a panel a run; call it inside `style.settled` unless the axes are the user's."""
    frame = Frame(style, len(result.panels), size=size, axes=axes)
    several = len(result.panels) > 1
    shades = {name: _PHASES[place % len(_PHASES)] for place, name in enumerate(result.names)}
    for panel, place in zip(result.panels, frame.axes, strict=True):
        _panel(place, panel, shades, result.log, frame.style)
        along(place, frame, [each.xs for each in result.panels], result.x_label)
        head(place, frame, panel.metric, panel.run if several else "")
    for place in frame.bottom():
        scales.name_across(place, result.x_label, frame.style)
    entries: list[Entry] = [(Patch(color=shades[name]), name) for name in result.names[:MOST_ENTRIES]]
    entries += resumed(panel.segments for panel in result.panels)
    frame.finish("" if several else result.panels[0].run, entries, ())
    return Plot(result, frame.figure, frame.axes, (), style if frame.own else None)


def _panel(axes: Axes, panel: RatePanel, shades: dict[str, str], log: bool, style: Style) -> None:
    for span in panel.phases:
        axes.axvspan(span.start, span.end, color=shades[span.name], linewidth=0, zorder=0.5)
    for rows in stretches(panel.segments):
        look = line_look(COLOURS[0], style.line, len(rows) <= _FEW, style.dot)
        axes.plot(panel.xs[rows], panel.values[rows], **look)
    breaks(axes, panel.xs, panel.segments)
    log = log and bool((panel.values > 0).any())
    scales.upwards(axes, None, log=log)
    scales.settle(axes, scales.limits([panel.values], [], log=log), log=log)
