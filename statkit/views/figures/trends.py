"""Trends: a panel a metric, a curve a run, a mean with its band a group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from statkit.analysis.plotted.curves import RunCurve
from statkit.analysis.plotted.means import GroupCurve
from statkit.analysis.plotted.panels import Curve, TrendFigure, TrendPanel
from statkit.views.figures import scales
from statkit.views.figures.courses import along
from statkit.views.figures.frame import Frame
from statkit.views.figures.names import heading, inert, shown, wide
from statkit.views.figures.palette import Palette, Pen
from statkit.views.figures.plot import Plot
from statkit.views.figures.style import QUIET, Style
from statkit.views.figures.trend_legend import BREAK, RUGS, entries, has_positive, ring
from statkit.views.figures.trend_legend import notes as notes_of
from statkit.views.numbers import NumberFormat

Floats = NDArray[np.float64]

#: Curves of so few points show each of them.
_POINTS_SHOWN: Final = 40

#: Where a band that reaches 0 ends on a logarithmic scale, which has no 0.
_FAR_BELOW: Final = 1e-300

#: With more curves than these only the best of all is marked, and points are not shown one by one.
_MARKED: Final = 8


def draw_trends(
    result: TrendFigure, style: Style, size: tuple[float, float] | None = None, axes: Any = None
) -> Plot:
    """Draw a figure of trends; call it inside `style.settled` unless the axes are the user's."""
    frame = Frame(style, len(result.panels), size=size, axes=axes)
    palette = Palette(result.sides, result.phases)
    for panel, place in zip(result.panels, frame.axes, strict=True):
        _panel(place, panel, result, palette, frame)
    for place in frame.bottom():
        scales.name_across(place, result.x_label, frame.style)
    notes = tuple(notes_of(result))
    alone = len(result.sides) == 1
    frame.finish(_title(result) if alone else "", list(entries(result, palette, frame.style)), notes)
    return Plot(result, frame.figure, frame.axes, notes, style if frame.own else None)


def _title(result: TrendFigure) -> str:
    curve = result.panels[0].curves[0]
    phase = f", {result.phases[0]}" if len(result.phases) == 1 else ""
    n = f" (n = {curve.n})" if isinstance(curve, GroupCurve) else ""
    return f"{curve.side}{n}{phase}"


def _panel(axes: Axes, panel: TrendPanel, result: TrendFigure, palette: Palette, frame: Frame) -> None:
    style = frame.style
    values: list[Floats] = []
    bands: list[Floats] = []
    places: list[Floats] = []
    log = result.log and has_positive(panel)
    crowded = len(panel.curves) > _MARKED
    for curve in panel.curves:
        pen = palette.pen(curve.side, curve.phase)
        if isinstance(curve, RunCurve):
            _run(axes, curve, pen, style, crowded)
            places += [stretch.xs for stretch in curve.stretches]
            values += [stretch.values for stretch in curve.stretches] + [curve.records[1]]
        else:
            _group(axes, curve, pen, style, crowded, log)
            places.append(curve.xs)
            values.append(curve.means)
            bands += [curve.least, curve.most, curve.lows, curve.highs]
        if curve.best is not None and (not crowded or (panel.best or (None,))[0] is curve):
            _ring(axes, curve.best.x, curve.best.value, pen, style)
    scales.upwards(axes, panel.unit, log=log)
    every = [place for shared in result.panels for place in _places(shared)]
    along(axes, frame, every, result.x_label)
    ends = scales.limits(values, bands, log=log)
    scales.settle(axes, ends, log=log)
    if ends is None:
        axes.set_yticks([])
        words = axes.text(0.5, 0.5, "no finite value", transform=axes.transAxes, ha="center", va="center")
        inert(words).set(color=QUIET, size=style.small)
    _head(axes, panel, frame, len(panel.curves) > 1)


def _places(panel: TrendPanel) -> Iterator[Floats]:
    for curve in panel.curves:
        if isinstance(curve, GroupCurve):
            yield curve.xs
        else:
            yield from (stretch.xs for stretch in curve.stretches)
            yield curve.unmeasured


def _run(axes: Axes, curve: RunCurve, pen: Pen, style: Style, crowded: bool) -> None:
    few = curve.finite <= (1 if crowded else _POINTS_SHOWN)
    for stretch in curve.stretches:
        if stretch.smoothed is None:
            _line(axes, stretch.xs, stretch.values, pen, style.line, 1.0, "o" if few else "", style)
        else:
            _line(axes, stretch.xs, stretch.values, pen, style.faint, 0.4, "", style)
            _line(axes, stretch.xs, stretch.smoothed, pen, style.line, 1.0, "", style)
        if not few or stretch.smoothed is not None:
            _lonely(axes, stretch.xs, stretch.values, pen, style)
    if curve.records.shape[1]:
        axes.plot(
            *curve.records,
            linestyle="none",
            marker="o",
            markersize=style.dot * 0.6,
            markeredgewidth=0,
            color=pen.colour,
            alpha=0.35,
            zorder=1.8,
        )
    for place in curve.breaks:
        axes.axvline(place, **BREAK, zorder=1.5)
    for name, marker, colour, _ in RUGS:
        _rug(axes, getattr(curve, name), marker, colour, style)


def _group(axes: Axes, curve: GroupCurve, pen: Pen, style: Style, crowded: bool, log: bool) -> None:
    lows = np.where(curve.lows <= 0, _FAR_BELOW, curve.lows) if log else curve.lows
    axes.fill_between(curve.xs, lows, curve.highs, color=pen.colour, alpha=0.2, linewidth=0, zorder=1.6)
    if curve.smoothed is None:
        few = len(curve.xs) <= (1 if crowded else _POINTS_SHOWN)
        _line(axes, curve.xs, curve.means, pen, style.line, 1.0, "o" if few else "", style)
    else:
        _line(axes, curve.xs, curve.means, pen, style.faint, 0.4, "", style)
        _line(axes, curve.xs, curve.smoothed, pen, style.line, 1.0, "", style)


def _line(
    axes: Axes,
    xs: Floats,
    values: Floats,
    pen: Pen,
    width: float,
    opacity: float,
    marker: str,
    style: Style,
) -> None:
    axes.plot(
        xs,
        values,
        color=pen.colour,
        linestyle=pen.dash,
        linewidth=width,
        alpha=opacity,
        marker=marker or "none",
        markersize=style.dot,
        markeredgewidth=0,
    )


def _lonely(axes: Axes, xs: Floats, values: Floats, pen: Pen, style: Style) -> None:
    """Mark points between gaps, which no line can show."""
    there = np.concatenate([[False], np.isfinite(values), [False]])
    alone = there[1:-1] & ~there[:-2] & ~there[2:]
    if alone.any():
        axes.plot(
            xs[alone], values[alone], linestyle="none", marker="o", markersize=style.dot, color=pen.colour
        )


def _rug(axes: Axes, xs: Floats, marker: str, colour: str, style: Style) -> None:
    """Mark along the lower edge what has no height."""
    if len(xs):
        axes.plot(
            xs,
            np.full(len(xs), 0.025),
            transform=axes.get_xaxis_transform(),
            linestyle="none",
            marker=marker,
            markersize=style.dot * 1.3,
            markeredgewidth=0.9,
            color=colour,
            zorder=3,
        )


def _ring(axes: Axes, x: float, value: float, pen: Pen, style: Style) -> None:
    axes.plot([x], [value], **ring(pen.colour, style), zorder=4)


def _head(axes: Axes, panel: TrendPanel, frame: Frame, several: bool) -> None:
    """Name metric, unit and direction on the left; on the right the best, where there is room."""
    style, room = frame.style, frame.room
    name = heading(panel.metric, panel.unit, panel.direction, style.font, room)
    if not frame.own:
        axes.set_ylabel(name)
        inert(axes.yaxis.label)
        return
    inert(axes.set_title(name, loc="left", fontsize=style.font))
    best = panel.best
    if best is None:
        return
    curve, mark = best
    text = f"best {_value(mark.value, panel.unit)} at step {mark.step:,}"
    if isinstance(curve, GroupCurve):
        text = text.replace("best", "best mean", 1)
    free = room - wide(name, style.font) - 0.25
    alone = len({each.side for each in panel.curves}) == 1
    if several:
        who = shown(f", {_who(curve, alone)}", style.small, max(0.2, free - wide(text, style.small)))
        text = text + who if len(who) > 3 else text
    if wide(text, style.small) <= free:
        inert(axes.set_title(text, loc="right", fontsize=style.small, color=QUIET))


def _who(curve: Curve, alone: bool) -> str:
    """Name a curve among the others: by its phase alone, where all are of one run."""
    if curve.phase is None or alone:
        return curve.phase or curve.side
    return f"{curve.side} {curve.phase}"


def _value(value: float, unit: str | None) -> str:
    text = NumberFormat([value], unit)(value)
    return text if unit in (None, "fraction", "count") else f"{text} {unit}"
