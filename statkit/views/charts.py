"""Charts one above the other over the same steps: lines with their spread, bands, phases, a mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from statkit.analysis.plotted.rates import PhaseSpan
from statkit.analysis.progress import ProgressCurve
from statkit.views.grid import Box, blank
from statkit.views.plot_area import FAINT, INK, QUIET, Floats, PlotArea, is_wide
from statkit.views.sheet import Sheet, fitted, speakable, width_of

#: Colours of lines, apart for colour-blind eyes (Okabe and Ito 2008), the yellow darkened.
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#444444")

#: Curves of so few points are drawn as they are; longer ones faintly, with the smoothed line over them.
FEW: Final = 60

#: Of more lines than these only the smoothed ones are drawn: their spread would hide them.
MOST_SPREAD: Final = 3

_LEFT: Final = 58
_RIGHT: Final = 12
_FOOT: Final = 36
_BETWEEN: Final = 40
_LEGEND: Final = 16
_APART: Final = 12
_SIZE: Final = 9.0
_BAND: Final = "#cfe3f1"
_SPANS: Final = ("#f4f4f4", "#e6ebf0")
_MOST_SPANS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """One line of a chart: its name, its curve and its colour."""

    name: str
    curve: ProgressCurve
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chart:
    """One scale and the lines on it.

    Attributes
    ----------
    label : str
        The quantity and its unit.
    lines : tuple of Line
        A line without a finite value is left out.
    share : int
        How high it is among the charts of a stack.
    log : bool
        Whether the scale may be logarithmic, where values reach far.
    level : float or None
        A dashed line.
    band : (float, float) or None
        A range to shade.
    mark : (float, float) or None
        A point to mark: step and value.
    spans : tuple of PhaseSpan
        Stretches of steps to shade, with their names.
    """

    label: str
    lines: tuple[Line, ...]
    share: int = 1
    log: bool = False
    level: float | None = None
    band: tuple[float, float] | None = None
    mark: tuple[float, float] | None = None
    spans: tuple[PhaseSpan, ...] = ()

    @property
    def shown(self) -> tuple[Line, ...]:
        """The lines that hold a finite value."""
        return tuple(line for line in self.lines if np.isfinite(line.curve.means).any())


def stack(sheet: Sheet, box: Box, charts: Sequence[Chart], absent: str) -> None:
    """Draw charts one above the other; those without a line are left out.

    Parameters
    ----------
    absent : str
        What to say where none is left.
    """
    shown = [chart for chart in charts if chart.shown]
    if not shown:
        blank(sheet, box, absent)
        return
    left, top, width, height = box
    area = width - _LEFT - _RIGHT
    heads = [18 + (_LEGEND if _is_below(chart, area) else 0) for chart in shown]
    free = height - _FOOT - sum(heads) - (_BETWEEN - 18) * (len(shown) - 1)
    whole = sum(chart.share for chart in shown)
    steps = np.concatenate([line.curve.steps for chart in shown for line in chart.shown])
    y = top
    for chart, head in zip(shown, heads, strict=True):
        high = free * chart.share // whole
        _chart(
            sheet,
            (left + _LEFT, y + head, area, high),
            chart,
            steps,
            below=chart is shown[-1],
            legend=head > 18,
        )
        y += head + high + _BETWEEN - 18
    sheet.text(left + width - _RIGHT, top + height, "step", size=_SIZE, colour=QUIET, align="right")


def _is_below(chart: Chart, width: float) -> bool:
    """Tell whether the names of the lines want a row of their own."""
    names = [width_of(speakable(line.name, True), _SIZE, True) + _APART for line in chart.shown]
    return len(names) > 1 and sum(names) > width - width_of(_label(chart), _SIZE) - _APART


def _label(chart: Chart) -> str:
    return chart.label + (", log scale" if _is_log(chart) else "")


def _is_log(chart: Chart) -> bool:
    return chart.log and is_wide(np.concatenate([_ends(line.curve) for line in chart.shown]))


def _ends(curve: ProgressCurve) -> Floats:
    return np.concatenate([curve.lows, curve.highs])


def _chart(sheet: Sheet, area: Box, chart: Chart, steps: Floats, *, below: bool, legend: bool) -> None:
    values = np.concatenate([_ends(line.curve) for line in chart.shown])
    plot = PlotArea(sheet, area, steps, values, log=_is_log(chart))
    _spans(plot, chart.spans)
    if chart.band is not None:
        _shade(plot, chart.band)
    plot.frame("", numbers_below=below)
    sheet.text(area[0], area[1] - 6 - (_LEGEND if legend else 0), _label(chart), size=_SIZE, colour=INK)
    if chart.level is not None:
        plot.level(chart.level, colour=QUIET)
    for line in reversed(chart.shown):
        _line(plot, line, alone=len(chart.shown) <= MOST_SPREAD)
    if chart.mark is not None:
        x, y = plot.place([chart.mark[0]], [chart.mark[1]])[0]
        if np.isfinite(x) and np.isfinite(y):
            sheet.dot(float(x), float(y), 4.5, colour=chart.shown[0].colour, edge="#ffffff")
    _names(sheet, area, chart, legend)


def _line(plot: PlotArea, line: Line, *, alone: bool) -> None:
    curve = line.curve
    if len(curve.steps) <= FEW:
        plot.line(curve.steps, curve.means, colour=line.colour, width=1.5)
        return
    if alone:
        plot.band(curve.steps, curve.lows, curve.highs, colour=line.colour, opacity=0.15)
        plot.line(curve.steps, curve.means, colour=line.colour, width=0.7, opacity=0.35)
    gaps = np.where(np.isfinite(curve.smoothed), curve.smoothed, np.nan)
    plot.line(curve.steps, gaps, colour=line.colour, width=1.7)


def _names(sheet: Sheet, area: Box, chart: Chart, legend: bool) -> None:
    """Write the lines' names in their colours: at the right of the label, or below it."""
    left, top, width, _ = area
    lines = chart.shown
    names = [speakable(line.name, True) for line in lines]
    room = width if legend else width - width_of(_label(chart), _SIZE) - _APART
    if sum(width_of(name, _SIZE, True) + _APART for name in names) > room + _APART:
        most = room / len(lines) - _APART
        names = [fitted(name, _SIZE, True, most) for name in names]
    widths = [width_of(name, _SIZE, True) + _APART for name in names]
    x = float(left) if legend else left + width + _APART - sum(widths)
    for line, name, wide in zip(lines, names, widths, strict=True):
        sheet.text(x, top - 6, name, size=_SIZE, bold=True, colour=line.colour)
        x += wide


def _shade(plot: PlotArea, band: tuple[float, float]) -> None:
    """Shade the part of a band that lies within the scale."""
    low, high = max(band[0], plot.up[0]), min(band[1], plot.up[1])
    if not plot.log and low < high:
        y = plot.place([plot.across[0]] * 2, [high, low])[:, 1]
        plot.sheet.rectangle(plot.left, y[0], plot.width, y[1] - y[0], colour=_BAND, opacity=0.55)


def _spans(plot: PlotArea, spans: Sequence[PhaseSpan]) -> None:
    """Shade stretches in turn, and name those that have the room."""
    if len(spans) > _MOST_SPANS:
        return
    names = list(dict.fromkeys(span.name for span in spans))
    for span in spans:
        ends = plot.place([span.start, span.end], [1.0, 1.0])[:, 0]
        start, end = np.clip(ends, plot.left, plot.left + plot.width)
        colour = _SPANS[names.index(span.name) % len(_SPANS)]
        plot.sheet.rectangle(start, plot.top, end - start, plot.height, colour=colour)
        plot.sheet.line([(start, plot.top), (start, plot.top + plot.height)], colour=FAINT, width=0.8)
        name = speakable(span.name)
        if end - start > 40 or width_of(name, 8.5) < end - start - 8:
            plot.sheet.text(
                start + 4, plot.top + plot.height - 6, name, size=8.5, colour=QUIET, most=end - start - 8
            )
