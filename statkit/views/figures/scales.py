"""Axes of a panel: units, steps, logarithms."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import NDArray

from statkit.views.figures.names import inert, wide
from statkit.views.figures.style import Style

Floats = NDArray[np.float64]

#: A band may reach so many times the span of the runs beyond them before the panel cuts it.
_BEYOND: Final = 1.0

_MARGIN: Final = 0.06


def across(axes: Axes, longest: float, inches: float, style: Style, *, steps: bool) -> None:
    """Set the horizontal axis: whole numbers with thousands apart for steps, as many as find room."""
    label = wide(f"{longest:,.0f}" if steps else "0.00", style.small) + 0.25
    most = max(1, min(7, int(inches / label) - 1))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=most, integer=steps, steps=[1, 2, 2.5, 5, 10]))
    if steps:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def name_across(axes: Axes, label: str, style: Style) -> None:
    """Name the horizontal axis."""
    inert(axes.set_xlabel(label, fontsize=style.small))


def upwards(axes: Axes, unit: str | None, *, log: bool) -> None:
    """Set the vertical axis: fractions in percent; a logarithm where asked for."""
    if log:
        axes.set_yscale("log", nonpositive="mask")
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    factor = 100.0 if unit == "fraction" else 1.0
    if log:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{factor * value:.6g}"))
        axes.yaxis.set_minor_formatter(FuncFormatter(_minor(axes, factor)))
    elif unit == "fraction":
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{factor * value:.10g}"))


def settle(axes: Axes, ends: tuple[float, float] | None, *, log: bool) -> None:
    """Set the ends of the vertical axis; a logarithm of less than a decade gets ticks of its own."""
    if ends is None:
        return
    axes.set_ylim(*ends)
    if log and ends[1] < 10 * ends[0]:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_minor_locator(NullLocator())


def _minor(axes: Axes, factor: float) -> Any:
    """Write the ticks at 2 and 5 where the scale has too few whole decades to be read."""

    def write(value: float, _: Any) -> str:
        low, high = sorted(axes.get_ylim())
        if low <= 0 or high / low > 30:
            return ""
        lead = value / 10 ** np.floor(np.log10(value) + 1e-9)
        return f"{factor * value:g}" if min(abs(lead - 2), abs(lead - 5)) < 1e-6 else ""

    return write


def limits(values: list[Floats], bands: list[Floats], *, log: bool) -> tuple[float, float] | None:
    """Give the ends of a vertical axis: all values, and the bands as far as they do not drown them.

    Parameters
    ----------
    values, bands : list of ndarray
        What is drawn as lines, and the edges of what is drawn as areas; NaN does not count.
    log : bool
        Whether only what is above 0 counts.

    Returns
    -------
    (float, float) or None
        None where nothing is finite.
    """
    inner = _span(values, log)
    if inner is None:
        return None
    low, high = inner
    outer = _span(bands, log)
    if outer is not None:
        reach = _BEYOND * (high - low) or abs(high - low) or np.inf
        low, high = max(min(low, outer[0]), low - reach), min(max(high, outer[1]), high + reach)
    if high - low <= abs(high) * 1e-9:
        half = 0.15 if log else abs(high) * 0.05 or 0.5
        low, high = low - half, high + half
    else:
        low, high = low - _MARGIN * (high - low), high + _MARGIN * (high - low)
    return (10.0**low, 10.0**high) if log else (low, high)


def _span(parts: list[Floats], log: bool) -> tuple[float, float] | None:
    together = np.concatenate([np.ravel(part) for part in parts]) if parts else np.empty(0)
    together = together[np.isfinite(together)]
    if log:
        together = np.log10(together[together > 0])
    return (float(together.min()), float(together.max())) if len(together) else None


def reach(xs: Floats) -> tuple[float, float]:
    """Give the ends of a horizontal axis; a single place lies in its middle."""
    finite = xs[np.isfinite(xs)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if high == low:
        half = max(2.0, 0.02 * abs(low))
        return low - half, high + half
    return low - 0.02 * (high - low), high + 0.02 * (high - low)
