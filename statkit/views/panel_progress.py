"""The panel of curves: loss, SSIM and the evolution of attention."""

from __future__ import annotations

from typing import Final

import numpy as np

from statkit.analysis.progress import ProgressCurve
from statkit.layout import natural_key
from statkit.schema import split_attention
from statkit.views.panels import Panels
from statkit.views.plot_area import QUIET, PlotArea, is_wide
from statkit.views.sheet import Sheet, fitted, speakable, width_of

#: One colour a phase or layer, apart for colour-blind eyes (Okabe and Ito 2008).
PHASES: Final = {"train": "#0072b2", "val": "#d55e00"}
_OTHER: Final = "#009e73"
_LAYERS: Final = ("#cc79a7", "#009e73", "#e69f00", "#56b4e9")

_SSIM_LINE: Final = 0.8
_LEFT: Final = 58
_BETWEEN: Final = 40
_FOOT: Final = 36
_APART: Final = 12

Box = tuple[int, int, int, int]


def about(panels: Panels) -> str:
    """Say how steady the loss is."""
    told = [f"{each.phase} {each.variation:.1%} (last {each.records})" for each in panels.so_far().stability]
    return (
        f"noise of the loss: {', '.join(told)}" if told else "too few batches to say how steady the loss is"
    )


def draw(sheet: Sheet, box: Box, panels: Panels) -> None:
    """Draw the curves one above the other over the same steps."""
    found = panels.so_far()
    entropy = [curve for curve in found.curves if (split_attention(curve.metric) or ("", ""))[1] == _ENTROPY]
    rows = [
        (label, curves, share)
        for label, curves, share in (
            ("loss", found.of("loss"), 3),
            ("SSIM (dashed: 0.8)", found.of("ssim"), 2),
            ("entropy, nats", _layers(entropy, panels.phase), 2),
        )
        if curves
    ]
    left, top, width, height = box
    if not rows:
        sheet.rectangle(left, top, width, height, colour="#f2f2f2")
        words = "no batch with a finite loss"
        sheet.text(left + width / 2, top + height / 2, words, size=11, colour=QUIET, align="center")
        return
    steps = np.concatenate([curve.steps for _, curves, _ in rows for curve in curves])
    free = height - _FOOT - 18 - _BETWEEN * (len(rows) - 1)
    whole = sum(share for *_, share in rows)
    y = top + 18
    for place, (label, curves, share) in enumerate(rows):
        high = free * share // whole
        area = (left + _LEFT, y, width - _LEFT - 12, high)
        _row(sheet, area, label, curves, steps, last=place == len(rows) - 1)
        y += high + _BETWEEN
    sheet.text(left + width - 12, top + height, "step", size=9, colour=QUIET, align="right")


_ENTROPY: Final = "attention_entropy"


def _layers(curves: list[ProgressCurve], phase: str) -> tuple[ProgressCurve, ...]:
    """Keep the phase of the dashboard, layers in natural order, as many as there are colours."""
    mine = [curve for curve in curves if curve.phase == phase and np.isfinite(curve.means).any()]
    return tuple(sorted(mine, key=lambda curve: natural_key(curve.metric))[: len(_LAYERS)])


def _row(
    sheet: Sheet,
    area: tuple[int, int, int, int],
    label: str,
    curves: tuple[ProgressCurve, ...],
    steps: np.ndarray,
    last: bool,
) -> None:
    values = np.concatenate([part for curve in curves for part in (curve.lows, curve.highs)])
    log = label == "loss" and is_wide(values)
    plot = PlotArea(sheet, area, steps, values, log=log)
    label += ", log scale" if log else ""
    plot.frame(label, numbers_below=last)
    if label.startswith("SSIM"):
        plot.level(_SSIM_LINE, colour=QUIET)
    right: float = area[0] + area[2]
    most = (area[2] - width_of(label, 9) - _APART) / len(curves) - _APART
    for place, curve in reversed(list(enumerate(curves))):
        layer = split_attention(curve.metric)
        colour = PHASES.get(curve.phase, _OTHER) if layer is None else _LAYERS[place]
        _curve(plot, curve, colour)
        right = _name(sheet, layer[0] if layer else curve.phase, right, area[1] - 6, colour, most)


def _curve(plot: PlotArea, curve: ProgressCurve, colour: str) -> None:
    """Draw the records faintly and the smoothed line over them."""
    plot.band(curve.steps, curve.lows, curve.highs, colour=colour, opacity=0.15)
    plot.line(curve.steps, curve.means, colour=colour, width=0.7, opacity=0.35)
    there = np.isfinite(curve.smoothed)
    gaps = np.where(there, curve.smoothed, np.nan)
    plot.line(curve.steps, gaps, colour=colour, width=1.7)


def _name(sheet: Sheet, name: str, right: float, y: float, colour: str, most: float) -> float:
    """Write a curve's name in its colour, from the right; give where the next one ends."""
    text = fitted(speakable(name, True), 9, True, most)
    sheet.text(right, y, text, size=9, bold=True, colour=colour, align="right")
    return right - width_of(text, 9, True) - _APART
