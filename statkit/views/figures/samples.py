"""How values are spread: a violin each by seaborn, or every single value where they are few."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from statkit.analysis.plotted.samples import Sample, SampleFigure, SamplePanel
from statkit.views.figures import scales
from statkit.views.figures.frame import Entry, Frame
from statkit.views.figures.names import heading, inert, shown
from statkit.views.figures.palette import Palette
from statkit.views.figures.plot import Plot
from statkit.views.figures.style import INK, Style

#: Fewer values than these are shown one by one; a density of them would be invented.
_VIOLIN_FROM: Final = 40
_WIDE: Final = 0.8


def draw_samples(
    result: SampleFigure, style: Style, size: tuple[float, float] | None = None, axes: Any = None
) -> Plot:
    """Draw a panel a metric; call it inside `style.settled` unless the axes are the user's."""
    frame = Frame(style, len(result.panels), size=size, axes=axes, shared=False)
    palette = Palette(result.sides, result.phases)
    for panel, place in zip(result.panels, frame.axes, strict=True):
        _panel(place, panel, result.log, palette, frame)
    notes = tuple(_notes(result))
    title = result.sides[0] if len(result.sides) == 1 else ""
    frame.finish(title, list(_entries(result, frame.style)), notes)
    return Plot(result, frame.figure, frame.axes, notes, style if frame.own else None)


def _panel(axes: Axes, panel: SamplePanel, log: bool, palette: Palette, frame: Frame) -> None:
    style = frame.style
    values = [sample.values for sample in panel.samples]
    log = log and any((each > 0).any() for each in values)
    axes.grid(visible=False, axis="x")
    for place, sample in enumerate(panel.samples):
        if len(sample.values):
            _sample(axes, place, sample, palette.pen(sample.side, sample.phase).colour, log, style)
    scales.upwards(axes, panel.unit, log=log)
    scales.settle(axes, scales.limits(values, [], log=log), log=log)
    axes.set_xlim(-0.6, len(panel.samples) - 0.4)
    _names(axes, panel, palette, frame)
    name = heading(panel.metric, panel.unit, panel.direction, style.font, frame.room)
    if frame.own:
        inert(axes.set_title(name, loc="left", fontsize=style.font))
    else:
        axes.set_ylabel(name)
        inert(axes.yaxis.label)


def _sample(axes: Axes, place: int, sample: Sample, colour: str, log: bool, style: Style) -> None:
    values = sample.values[sample.values > 0] if log else sample.values
    if len(values) >= _VIOLIN_FROM and np.ptp(values) > 0:
        _violin(axes, place, values, colour, log)
    else:
        axes.plot(
            place + spaced(values),
            values,
            linestyle="none",
            marker="o",
            markersize=style.dot * 1.2,
            markeredgewidth=0,
            color=colour,
            alpha=0.55,
        )
    if sample.quartiles is not None:
        low, middle, high = sample.quartiles
        axes.plot([place, place], [low, high], color=INK, linewidth=style.line * 1.6, solid_capstyle="butt")
        axes.plot([place - 0.12, place + 0.12], [middle, middle], color=INK, linewidth=style.line)


def _violin(axes: Axes, place: int, values: Any, colour: str, log: bool) -> None:
    """Draw a density; seaborn is loaded here alone."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=FutureWarning)
        import seaborn

        seaborn.violinplot(
            x=np.full(len(values), place),
            y=values,
            ax=axes,
            color=colour,
            saturation=1,
            inner=None,
            linewidth=0,
            width=_WIDE,
            density_norm="width",
            cut=0,
            native_scale=True,
            log_scale=(None, 10) if log else None,
            legend=False,
        )
    axes.collections[-1].set_alpha(0.4)


def spaced(values: Any) -> Any:
    """Set values side by side where they lie close, so that each can be seen; shape (n,), within ±0.3.

    Neighbours in order of size alternate right and left of the middle; nothing random.
    """
    n = len(values)
    if n < 2:
        return np.zeros(n)
    turn = np.arange(n) * 0.381966  # the golden section spreads any number of points evenly
    return (turn - np.floor(turn) - 0.5) * 0.6


def _names(axes: Axes, panel: SamplePanel, palette: Palette, frame: Frame) -> None:
    style, count = frame.style, len(panel.samples)
    room = frame.room / count - 0.08
    names = []
    for sample in panel.samples:
        phase = sample.phase if len(palette.phases) > 1 and sample.phase else ""
        who = phase if palette.by_phase else f"{sample.side} {phase}".strip()
        lines = [who] if len(palette.sides) > 1 or phase else []
        lines.append(f"n = {len(sample.values):,}")
        names.append("\n".join(shown(line, style.small, max(room, 0.2)) for line in lines))
    axes.set_xticks(range(count))
    axes.set_xticklabels(names, fontsize=style.small)
    axes.set_xlabel("")
    axes.set_ylabel("")
    axes.tick_params(axis="x", length=0)
    for label in axes.get_xticklabels():
        inert(label)


def _entries(result: SampleFigure, style: Style) -> Iterator[Entry]:
    yield Line2D([], [], color=INK, linewidth=style.line), "median"
    yield Line2D([], [], color=INK, linewidth=style.line * 2.2), "middle half"


def _notes(result: SampleFigure) -> Iterator[str]:
    samples = [sample for panel in result.panels for sample in panel.samples]
    if any(sample.runs > 1 for sample in samples):
        yield "Values of a group's runs are pooled."
    lost = sum(sample.nonfinite for sample in samples)
    if lost:
        yield f"{lost:,} values are NaN or infinite and left out."
    if result.log and any((sample.values <= 0).any() for sample in samples):
        yield "Values of 0 or less have no place on a logarithmic scale."
