"""A small line plot on a sheet: frame, ticks, bands and lines, placed by pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from statkit.views.sheet import Sheet, width_of

Floats = NDArray[np.float64]

INK: Final = "#262626"
QUIET: Final = "#6b6b6b"
FAINT: Final = "#dcdcdc"
_SIZE: Final = 8.5

#: How far the last number below may reach beyond the area, in pixels.
_BEYOND: Final = 12

#: Farther than this a scale does not reach: the distance of two ends must be a number too.
_LARGEST: Final = 1e300
_MOST_POWER: Final = 308

#: A scale is logarithmic where all values are positive and reach over more than this factor.
LOG_FROM: Final = 30.0


class PlotArea:
    """A rectangle with a scale along either side.

    Parameters
    ----------
    sheet : Sheet
        Where it is drawn.
    box : (float, float, float, float)
        Left, top, width and height of the area inside the labels, in pixels.
    across, up : sequence of float
        What the scales must hold; what is not finite does not count.
    log : bool
        A logarithmic upward scale; every value in ``up`` is then positive.
    """

    def __init__(
        self,
        sheet: Sheet,
        box: tuple[float, float, float, float],
        across: Sequence[float] | Floats,
        up: Sequence[float] | Floats,
        *,
        log: bool = False,
    ) -> None:
        self.sheet = sheet
        self.left, self.top, self.width, self.height = box
        self.log = log
        self.across = _limits(np.asarray(across, dtype=np.float64), 0.0, 0.5)
        given = np.asarray(up, dtype=np.float64)
        values = np.where(np.isfinite(given), np.clip(given, -_LARGEST, _LARGEST), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.up = _limits(np.log10(values) if log else values, 0.06)

    def frame(self, label: str, *, numbers_below: bool) -> None:
        """Draw grid, ticks and the quantity's name above; numbers below only where asked for."""
        for value, text in self._up_ticks():
            y = float(self.place([self.across[0]], [value])[0, 1])
            self.sheet.line([(self.left, y), (self.left + self.width, y)], colour=FAINT, width=0.6)
            self.sheet.text(self.left - 7, y + 4, text, size=_SIZE, colour=QUIET, align="right")
        for value in _ticks(*self.across, 5, whole=True):
            x = float(self.place([value], [1.0])[0, 0])
            base = self.top + self.height
            self.sheet.line([(x, base), (x, base + 4)], colour=QUIET, width=0.6)
            if numbers_below:
                text = _whole(value)
                middle = min(x, self.left + self.width + _BEYOND - width_of(text, _SIZE) / 2)
                self.sheet.text(middle, base + 17, text, size=_SIZE, colour=QUIET, align="center")
        base = self.top + self.height
        self.sheet.line([(self.left, base), (self.left + self.width, base)], colour=QUIET, width=0.8)
        self.sheet.text(self.left, self.top - 6, label, size=9, colour=INK, most=self.width)

    def place(self, xs: Any, ys: Any) -> Floats:
        """Give the pixels of points, shape (n, 2)."""
        x = np.asarray(xs, dtype=np.float64)
        y = np.asarray(ys, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            y = np.log10(y) if self.log else y
        right = (x - self.across[0]) / (self.across[1] - self.across[0])
        above = (y - self.up[0]) / (self.up[1] - self.up[0])
        above = np.clip(np.where(np.isfinite(above), above, np.nan), -0.02, 1.02)
        return np.stack([self.left + right * self.width, self.top + (1 - above) * self.height], axis=1)

    def line(self, xs: Any, ys: Any, *, colour: str, width: float, opacity: float = 1.0) -> None:
        """Draw a line; a single point, also one between gaps, is a dot."""
        points = self.place(xs, ys)
        self.sheet.line(points, colour=colour, width=width, opacity=opacity)
        there = np.concatenate([[False], np.isfinite(points[:, 1]), [False]])
        alone = there[1:-1] & ~there[:-2] & ~there[2:]
        for x, y in points[alone][:MOST_DOTS]:
            self.sheet.dot(float(x), float(y), 2.5, colour=colour)

    def band(self, xs: Any, lows: Any, highs: Any, *, colour: str, opacity: float) -> None:
        """Fill between two lines, stretch by stretch where both are there."""
        below, above = self.place(xs, lows), self.place(xs, highs)
        there = np.isfinite(below[:, 1]) & np.isfinite(above[:, 1])
        for stretch in np.split(np.arange(len(there)), np.flatnonzero(np.diff(there)) + 1):
            if len(stretch) > 1 and there[stretch[0]]:
                around = np.concatenate([above[stretch], below[stretch][::-1]])
                self.sheet.area(around, colour=colour, opacity=opacity)

    def level(self, value: float, *, colour: str) -> None:
        """Draw a dashed level line where it lies within the scale."""
        low, high = self.up
        if low <= (math.log10(value) if self.log else value) <= high:
            y = float(self.place([self.across[0]], [value])[0, 1])
            starts = np.arange(self.left, self.left + self.width, 9.0)
            dashes = [
                p
                for x in starts
                for p in ((x, y), (min(x + 5, self.left + self.width), y), (math.nan, math.nan))
            ]
            self.sheet.line(dashes, colour=colour, width=0.9)

    def _up_ticks(self) -> list[tuple[float, str]]:
        if not self.log:
            values = _ticks(*self.up, 3 if self.height < 90 else 4)
            step = values[1] - values[0] if len(values) > 1 else abs(values[0]) if values else 1.0
            return [(value, _number(value, step)) for value in values]
        low, high = self.up
        first, last = math.ceil(low - 1e-9), min(math.floor(high + 1e-9), _MOST_POWER)
        decades = [10.0**power for power in range(first, last + 1)]
        if len(decades) < 2:
            decades = [
                factor * 10.0**power
                for power in range(math.floor(low), math.ceil(high) + 1)
                for factor in (1, 2, 5)
                if low <= math.log10(factor * 10.0**power) <= high
            ]
        every = -(-len(decades) // 4)
        return [(value, f"{value:g}") for value in decades[::every]]


#: Single points between gaps beyond these are not marked.
MOST_DOTS: Final = 200


def is_wide(values: Floats) -> bool:
    """Tell whether values want a logarithmic scale: all positive, and far apart."""
    finite = values[np.isfinite(values)]
    return len(finite) > 1 and bool(finite.min() > 0) and bool(finite.max() > LOG_FROM * finite.min())


def _limits(values: Floats, margin: float, around: float | None = None) -> tuple[float, float]:
    """Give the ends of a scale; a single value lies in its middle, so far from both."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    span = high - low
    if not span > abs(high) * 1e-9:
        half = around or abs(high) * 0.05 or 0.5
        return low - half, high + half
    return low - margin * span, high + margin * span


def _ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    found = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10], integer=whole).tick_values(low, high)
    slack = (high - low) * 1e-9
    inside = [float(value) for value in found if low - slack <= value <= high + slack]
    return [value for value in inside if value == round(value)] if whole else inside


def _number(value: float, step: float) -> str:
    if abs(value) >= 1e5 or 0 < step < 1e-5:
        return f"{value:.3g}"
    decimals = max(0, -math.floor(math.log10(step) + 1e-9) + (step != 10.0 ** round(math.log10(step))))
    if decimals > 5:
        return f"{value:.4g}"
    text = f"{value + 0.0:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text and step >= 1 else text


def _whole(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:g}"
