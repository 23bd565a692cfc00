"""A chart as data: lines over steps, and the values of groups; drawn by `statkit.views.svg` and the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: A scale is logarithmic where all values are positive and reach over more than this factor.
LOG_FROM: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One curve.

    Attributes
    ----------
    name : str
        What it is called beside the cursor; may come from a file.
    key : str
        What the legend says; lines of one side share it.
    steps : sequence of float
        Rising.
    values : sequence of float or None
        None is a gap.
    side : int
        Lines of one side share a colour.
    """

    name: str
    key: str
    steps: Sequence[float]
    values: Sequence[float | None]
    side: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChart:
    """Curves of one quantity over steps.

    Attributes
    ----------
    title : str
        The quantity, may come from a file.
    unit : str or None
        Its unit.
    lines : sequence of Line
        One at least.
    mark : (float, float) or None
        Step and value of the best.
    note : str
        Our own words below it.
    """

    title: str
    unit: str | None
    lines: Sequence[Line]
    mark: tuple[float, float] | None = None
    note: str = ""

    @property
    def log(self) -> bool:
        """Whether the upward scale is logarithmic."""
        values = [value for line in self.lines for value in line.values if value is not None]
        return len(values) > 1 and min(values) > 0 and max(values) > LOG_FROM * min(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupValues:
    """The values of one group, their mean and its interval."""

    name: str
    values: Sequence[float]
    mean: float
    ci: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChart:
    """Groups side by side, a row each.

    Attributes
    ----------
    title, unit : str, str or None
        The quantity.
    groups : sequence of GroupValues
        Top to bottom.
    note : str
        Our own words below it.
    """

    title: str
    unit: str | None
    groups: Sequence[GroupValues]
    note: str = ""


Chart = LineChart | GroupChart


def limits(values: Sequence[float], log: bool = False) -> tuple[float, float]:
    """Give the ends of a scale with a little room; on a logarithmic one as powers of ten."""
    places = [math.log10(value) for value in values] if log else list(values)
    if not places:
        return 0.0, 1.0
    low, high = min(places), max(places)
    span = high - low
    if not span > abs(high) * 1e-9:
        half = abs(high) * 0.05 or 0.5
        return low - half, high + half
    return low - 0.05 * span, high + 0.05 * span


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Choose round numbers between the ends of a scale."""
    span = high - low
    if not 0 < span < math.inf:
        return [low]
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def powers(low: float, high: float, most: int = 5) -> list[float]:
    """Choose round numbers between the ends of a logarithmic scale, given as powers of ten."""
    found = [10.0**power for power in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)]
    if len(found) < 2:
        whole = range(math.floor(low), math.ceil(high) + 1)
        found = [factor * 10.0**power for power in whole for factor in (1, 2, 5)]
        found = [value for value in found if low <= math.log10(value) <= high]
    return found[:: -(-len(found) // most) or 1]


def label(value: float) -> str:
    """Write a tick's number."""
    if value == 0:
        return "0"
    if abs(value) >= 1e6 or abs(value) < 1e-4:
        return f"{value:.3g}"
    text = f"{value:,.6g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return text.replace(",", "") if abs(value) < 10_000 else text
