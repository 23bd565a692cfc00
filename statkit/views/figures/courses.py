"""What figures with a panel a run share: the course of a line between rewinds, and the run's name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from statkit.views.figures import scales
from statkit.views.figures.frame import Entry, Frame
from statkit.views.figures.names import inert, shown, wide
from statkit.views.figures.style import QUIET
from statkit.views.figures.trend_legend import BREAK

Floats = NDArray[np.float64]


def stretches(segments: Floats) -> Iterator[NDArray[np.intp]]:
    """Give the rows of each stretch between rewinds."""
    for number in np.unique(segments):
        yield np.flatnonzero(segments == number)


def breaks(axes: Axes, xs: Floats, segments: Floats) -> None:
    """Mark where a resumed training goes on."""
    for rows in list(stretches(segments))[1:]:
        axes.axvline(float(xs[rows[0]]), **BREAK, zorder=1.5)


def resumed(parts: Iterable[Floats]) -> Iterator[Entry]:
    """Give the legend's word for such a mark, where any of the segments has one."""
    if any(len(np.unique(segments)) > 1 for segments in parts):
        yield Line2D([], [], **BREAK), "resumed"


def along(axes: Axes, frame: Frame, places: Sequence[Floats], label: str) -> None:
    """Set the horizontal axis, the same for every panel."""
    low, high = scales.reach(np.concatenate([*places, np.empty(0)]))
    scales.across(axes, high, frame.room, frame.style, steps=label == "step")
    if frame.own:
        axes.set_xlim(low, high)


def head(axes: Axes, frame: Frame, words: str, run: str, beside: float = 0.0) -> None:
    """Name a panel: what it shows, and, where ``run`` is given, whose it is.

    ``beside`` is what long names on its left and a colour bar on its right take of its width, in inches.
    """
    style, room = frame.style, frame.room - beside
    if not frame.own:
        name = shown(f"{words}, {run}" if run else words, style.font, room)
        axes.set_ylabel(name, fontsize=style.small)
        inert(axes.yaxis.label)
        return
    left = shown(words, style.font, room)
    inert(axes.set_title(left, loc="left", fontsize=style.font))
    free = room - wide(left, style.font) - 0.2
    if run and free > 0.4:
        text = shown(run, style.small, free)
        inert(axes.set_title(text, loc="right", fontsize=style.small, color=QUIET))


def line_look(colour: Any, width: float, few: bool, dot: float) -> dict[str, Any]:
    """Say how a line is drawn; each of few points is shown."""
    return {
        "color": colour,
        "linewidth": width,
        "marker": "o" if few else "none",
        "markersize": dot,
        "markeredgewidth": 0,
    }
