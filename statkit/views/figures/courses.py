"""What figures with a panel a run share: the course of a line between rewinds, and the run's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from statkit.views.figures import scales
from statkit.views.figures.frame import Frame
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


def along(axes: Axes, frame: Frame, places: Sequence[Floats], label: str) -> None:
    """Set the horizontal axis, the same for every panel."""
    low, high = scales.reach(np.concatenate([*places, np.empty(0)]))
    scales.across(axes, high, frame.room, frame.style, steps=label == "step")
    if frame.own:
        axes.set_xlim(low, high)


def head(axes: Axes, frame: Frame, words: str, run: str) -> None:
    """Name a panel: what it shows, and, where ``run`` is given, whose it is."""
    style = frame.style
    if not frame.own:
        name = shown(f"{words}, {run}" if run else words, style.font, frame.room)
        axes.set_ylabel(name, fontsize=style.small)
        inert(axes.yaxis.label)
        return
    left = shown(words, style.font, frame.room)
    inert(axes.set_title(left, loc="left", fontsize=style.font))
    free = frame.room - wide(left, style.font) - 0.2
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
