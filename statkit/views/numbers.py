"""Numbers as people read them: a column shares its decimals, a fraction is a percentage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from statkit.records import is_number

#: Significant digits of a column whose decimals nobody set.
DIGITS = 5


class NumberFormat:
    """How the numbers of one column are written.

    Parameters
    ----------
    values : sequence
        The column's values; what is no number does not count.
    unit : str or None
        ``fraction`` is shown in percent, ``points`` (a difference of fractions) in percentage points.
    precision : int or None
        Decimals; None chooses them from the values.
    """

    def __init__(self, values: Sequence[Any], unit: str | None = None, precision: int | None = None) -> None:
        self.percent = unit in ("fraction", "points")
        self.suffix = {"fraction": " %", "points": " pp"}.get(unit or "", "")
        self.factor = 100.0 if self.percent else 1.0
        finite = [abs(v) * self.factor for v in values if is_number(v) and v - v == 0 and v != 0]
        self.scientific = False
        if precision is not None:
            self.decimals = precision
        elif all(isinstance(v, int) for v in values if v is not None) and not self.percent:
            self.decimals = 0
        elif self.percent:
            self.decimals = 2
        elif not finite:
            self.decimals = 1
        else:
            self.decimals = max(0, min(8, DIGITS - 1 - math.floor(math.log10(max(finite)))))
            self.scientific = max(finite) < 1e-4 or max(finite) >= 1e9

    def __call__(self, value: Any) -> str:
        """Write one value; missing is a dash."""
        if value is None:
            return "–"
        if not is_number(value):
            return str(value)
        if value != value:
            return "NaN"
        if value - value != 0:
            return "inf" if value > 0 else "-inf"
        if self.scientific:
            return f"{value * self.factor:.{max(1, min(self.decimals, DIGITS) - 1)}e}"
        number = round(value * self.factor, self.decimals) + 0.0  # never -0.00
        grouped = "," if abs(value) >= 10_000 else ""
        return f"{number:{grouped}.{self.decimals}f}{self.suffix}"


def difference(unit: str | None) -> str | None:
    """Name the unit of a difference: fractions differ by percentage points."""
    return "points" if unit == "fraction" else unit


def p_value(value: float | None) -> str:
    """Write a p-value: never 0."""
    if value is None:
        return "–"
    return "<0.0001" if value < 0.0001 else f"{value:.4f}" if value < 0.01 else f"{value:.3f}"


def plain(value: Any) -> str:
    """Write any value of a record on one line."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if value - value != 0:
            return "NaN" if value != value else str(value)
        return f"{value:.3f}" if abs(value) >= 1e6 else f"{value:.6g}"
    if isinstance(value, list | tuple):
        return ", ".join(plain(item) for item in value)
    return str(value)


def float_of(value: int | float) -> float:
    """Give a number as a float; an integer beyond the largest is infinite."""
    try:
        return float(value)
    except OverflowError:  # an integer beyond the largest float
        return math.inf if value > 0 else -math.inf


def number_text(value: int | float | None, form: str, unit: str) -> str:
    """Write a number in a format and with its unit; missing is a dash."""
    if value is None:
        return "–"
    value = float_of(value)
    if value != value:
        return "NaN"
    if value - value != 0:
        return ("∞" if value > 0 else "−∞") + unit
    return f"{value:{form}}{unit}"
