"""What stands around the panels of trends: whose colours, which marks, what cannot be seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from statkit.analysis.plotted.curves import RunCurve
from statkit.analysis.plotted.means import GroupCurve
from statkit.analysis.plotted.panels import Curve, TrendFigure, TrendPanel
from statkit.views.figures.frame import MOST_ENTRIES, Entry
from statkit.views.figures.palette import Palette, Pen
from statkit.views.figures.style import INK, QUIET, Style

#: Marks along the lower edge: the attribute of a curve, marker, colour, words.
RUGS: Final = (
    ("unmeasured", "x", QUIET, "not measured"),
    ("nonfinite", "|", "#b2182b", "NaN or infinite"),
)

#: How the start of a resumed stretch is drawn.
BREAK: Final[dict[str, Any]] = {"color": QUIET, "linewidth": 0.8, "linestyle": (0, (1, 2))}

_BANDS: Final = {
    "ci": ("95 % interval", "band: 95 % interval of the mean (Student's t)"),
    "sd": ("± sd", "band: mean ± standard deviation of the runs"),
    "range": ("range", "band: lowest to highest run"),
}


def ring(colour: str, style: Style) -> dict[str, Any]:
    """Say how the best point is marked."""
    return {
        "linestyle": "none",
        "marker": "o",
        "markersize": style.ring,
        "markerfacecolor": "none",
        "markeredgecolor": colour,
        "markeredgewidth": style.line * 0.8,
    }


def has_positive(panel: TrendPanel) -> bool:
    """Tell whether anything can stand on a logarithmic scale."""
    for curve in panel.curves:
        parts = [curve.means] if isinstance(curve, GroupCurve) else [s.values for s in curve.stretches]
        if any((part > 0).any() for part in parts):
            return True
    return False


def entries(result: TrendFigure, palette: Palette, style: Style) -> Iterator[Entry]:
    """Give what the legend says: runs and groups, phases, and the marks that occur."""
    sides: dict[str, Curve] = {}
    for panel in result.panels:
        for curve in panel.curves:
            sides.setdefault(curve.side, curve)
    if len(sides) > 1:
        for side, curve in list(sides.items())[:MOST_ENTRIES]:
            yield _sample(palette.pen(side), style), _named(curve)
        if len(sides) > MOST_ENTRIES:
            yield Line2D([], [], linestyle="none"), f"and {len(sides) - MOST_ENTRIES:,} more"
    if len(result.phases) > 1:
        only = next(iter(sides))
        for phase in result.phases:
            pen = palette.pen(only, phase)
            yield _sample(pen if palette.by_phase else Pen(QUIET, pen.dash), style), phase
    yield from _marks(result, style)


def _sample(pen: Pen, style: Style) -> Line2D:
    return Line2D([], [], color=pen.colour, linestyle=pen.dash, linewidth=style.line)


def _named(curve: Curve) -> str:
    return f"{curve.side} (n = {curve.n})" if isinstance(curve, GroupCurve) else curve.side


def _marks(result: TrendFigure, style: Style) -> Iterator[Entry]:
    curves = [curve for panel in result.panels for curve in panel.curves]
    runs = [curve for curve in curves if isinstance(curve, RunCurve)]
    groups = [curve for curve in curves if isinstance(curve, GroupCurve) and curve.n > 1]
    bands = {curve.band for curve in groups} - {"none"}
    if bands:
        yield Patch(facecolor=QUIET, alpha=0.25), _BANDS[min(bands)][0]
    if any(curve.best is not None for curve in curves):
        yield Line2D([], [], **ring(INK, style)), "best"
    if any(curve.breaks for curve in runs):
        yield Line2D([], [], **BREAK), "resumed"
    for name, marker, colour, words in RUGS:
        if any(len(getattr(curve, name)) for curve in runs):
            look: dict[str, Any] = {
                "linestyle": "none",
                "marker": marker,
                "markersize": style.dot * 1.3,
                "color": colour,
            }
            yield Line2D([], [], **look), words


def notes(result: TrendFigure) -> Iterator[str]:
    """Say what cannot be seen: what the band is, what was smoothed, what was left out."""
    curves = [curve for panel in result.panels for curve in panel.curves]
    groups = [curve for curve in curves if isinstance(curve, GroupCurve)]
    runs = [curve for curve in curves if isinstance(curve, RunCurve)]
    if groups:
        band = groups[0].band
        told = [f"Lines are means over runs{', ' + _BANDS[band][1] if band in _BANDS else ''}"]
        if groups[0].align != "exact":
            told.append(f"steps aligned by {groups[0].align}")
        yield "; ".join(told) + "."
    left = dict.fromkeys(name for curve in groups for name in curve.left_out)
    if left:
        yield f"Left out, without a finite value: {', '.join(left)}."
    if any(curve.records.shape[1] for curve in runs):
        yield "Faint dots are records; several of one step are joined at their mean."
    if result.smoothing is not None:
        yield f"Strong lines are smoothed ({result.smoothing}), faint ones as recorded."
    if any(len(curve.unmeasured) for curve in runs):
        yield "Values written before anything was measured are marked × and not drawn."
    if any(curve.unplaced for curve in runs):
        count = max(curve.unplaced for curve in runs)
        yield f"{count:,} records have no {result.x} and are not drawn."
    if result.log:
        yield from _log_notes(result)


def _log_notes(result: TrendFigure) -> Iterator[str]:
    for panel in result.panels:
        if not has_positive(panel):
            yield f"{panel.metric} has no value above 0: its scale is linear."
            continue
        lost = sum(
            int((stretch.values <= 0).sum())
            for curve in panel.curves
            if isinstance(curve, RunCurve)
            for stretch in curve.stretches
        )
        if lost:
            yield f"{lost:,} values of {panel.metric} are 0 or less and have no place on a logarithmic scale."
