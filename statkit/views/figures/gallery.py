"""Which figure shows which result."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Final

from statkit.analysis.plotted.correlations import CorrelationFigure
from statkit.analysis.plotted.layers import LayerFigure
from statkit.analysis.plotted.panels import TrendFigure
from statkit.analysis.plotted.parts import PartsFigure
from statkit.analysis.plotted.rates import RateFigure
from statkit.analysis.plotted.samples import SampleFigure
from statkit.analysis.result import Result
from statkit.views.figures.correlations import draw_correlations
from statkit.views.figures.layers import draw_layers
from statkit.views.figures.parts import draw_parts
from statkit.views.figures.plot import Plot
from statkit.views.figures.rates import draw_rates
from statkit.views.figures.samples import draw_samples
from statkit.views.figures.style import settled, style_named
from statkit.views.figures.trends import draw_trends

_DRAWERS: Final[dict[type[Result], Callable[..., Plot]]] = {
    TrendFigure: draw_trends,
    PartsFigure: draw_parts,
    RateFigure: draw_rates,
    LayerFigure: draw_layers,
    CorrelationFigure: draw_correlations,
    SampleFigure: draw_samples,
}


def draw(
    result: Result, *, style: str = "screen", size: tuple[float, float] | None = None, axes: Any = None
) -> Plot:
    """Draw a result.

    Parameters
    ----------
    result : Result
        One of `statkit.analysis.plotted`.
    style : {"screen", "paper"}
        Sizes.
    size : (float, float) or None
        Width and height in inches.
    axes : Axes, sequence of Axes, or None
        The user's own, which keep the user's settings.

    Raises
    ------
    UsageError
        An unknown style, or axes that do not fit the panels.
    TypeError
        No figure shows such a result.
    """
    drawer = _DRAWERS.get(type(result))
    if drawer is None:
        raise TypeError(f"no figure shows a {type(result).__name__}")
    chosen = style_named(style)
    with settled(chosen) if axes is None else nullcontext():
        return drawer(result, chosen, size, axes)
